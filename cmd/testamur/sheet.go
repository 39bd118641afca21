package main

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/draw"
	standard "image/png"
	"slices"
	"strings"

	"testamur/render"
	"testamur/render/drawing"
	"testamur/render/png"
	"testamur/render/raster"
	"testamur/render/text"
)

// sheet is a contact sheet: everything that an academy's artwork becomes, on one picture to be looked at. Lengths are pixels.
type sheet struct {
	ctx     context.Context
	house   *house
	words   func(key string, pairs ...string) string
	lang    string
	under   *drawing.Drawing // grounds, headings and labels
	all     []variant
	placed  []placed
	y       int // where the next part begins
	failure error
}

// placed is a picture and where its top left stands.
type placed struct {
	at  image.Point
	img image.Image
}

// variant is a certification with one of its tiers, or none.
type variant struct {
	certification, edition, tier, label, name string
	between                                   bool // neither without a tier nor of the highest
}

// Sizes of a sheet.
const (
	sheetMargin = 40
	sheetGap    = 20
	sheetLabel  = 190 // room at the left of a row
	sheetWidth  = 2*sheetMargin + 6*300 + 5*sheetGap
)

const (
	sheetInk   drawing.Colour = 0x16202A
	sheetMute  drawing.Colour = 0x4A5763
	sheetWhite drawing.Colour = 0xFFFFFF
	sheetDark  drawing.Colour = 0x12181F
)

// sheetNames are short and long ones of the four alphabets; none is a person's.
var sheetNames = [...]struct{ name, lang string }{
	{"Bo Ek", "sv"}, {"Wilhelmina van Oosterhout-Cholmondeley", "nl"},
	{"Lê Vy", "vi"}, {"Nguyễn Phước Bảo Ngọc Quỳnh Trâm", "vi"},
	{"Λία Ρω", "el"}, {"Κωνσταντίνος Παπαδόπουλος-Χατζηγεωργίου", "el"},
	{"Ян Лис", "ru"}, {"Александра Владимировна Преображенская", "ru"},
}

var sheetStates = [...]render.State{render.StateValid, render.StateExpired, render.StateSpecimen}

// The sheet does not depend on the day.
var (
	sheetGranted = render.Date{Year: 2014, Month: 6, Day: 14}
	sheetValidTo = render.Date{Year: 2015, Month: 7, Day: 31}
)

const sheetCode = "7K3M-9QXT-4P24"

// newSheet returns an empty sheet with its title.
func (h *house) newSheet(ctx context.Context, w *world) *sheet {
	s := &sheet{ctx: ctx, house: h, words: w.words.Text, lang: w.words.Tag(), under: drawing.New(sheetWidth, 0), y: sheetMargin}
	for _, c := range h.academy.Catalogue.Certifications {
		for i, tier := range append([]string{""}, c.Tiers...) {
			v := variant{certification: c.Slug, edition: c.Newest().Name, tier: tier, label: c.Slug, name: "Maya Lindqvist", between: i > 0 && i < len(c.Tiers)}
			if tier != "" {
				v.label += ", " + w.words.Text("badge.tier."+tier)
			}
			if c.Organisation {
				v.name = "Northlight Digital GmbH"
			}
			s.all = append(s.all, v)
		}
	}
	s.text(text.Serif, h.academy.Name, 44, sheetMargin, s.y+40, sheetInk)
	s.y += 80
	return s
}

// contactSheet draws the sheet as PNG. The same academy gives the same bytes.
func (h *house) contactSheet(ctx context.Context, w *world) ([]byte, error) {
	s := h.newSheet(ctx, w)
	all := s.all
	s.large(all)
	s.sizes(all, s.words("program.sheet.white"), sheetWhite)
	s.sizes(all, s.words("program.sheet.dark"), sheetDark)
	s.names(all)
	s.cards(all)
	few := slices.DeleteFunc(slices.Clone(all), func(v variant) bool { return v.between })
	s.previews(few)
	s.certificates(few)
	if s.failure != nil {
		return nil, s.failure
	}
	return s.print(), nil
}

// print lays the pictures over their grounds.
func (s *sheet) print() []byte {
	s.y += sheetMargin - sheetGap
	ground := drawing.New(float64(sheetWidth), float64(s.y))
	ground.Fill(drawing.Rect(0, 0, float64(sheetWidth), float64(s.y)), sheetWhite)
	ground.Add(s.under, drawing.Identity)
	img := raster.Draw(ground, sheetWidth, s.y, drawing.Identity)
	for _, p := range s.placed {
		draw.Draw(img, p.img.Bounds().Sub(p.img.Bounds().Min).Add(p.at), p.img, p.img.Bounds().Min, draw.Over)
	}
	return png.Encode(img)
}

func (s *sheet) text(style text.Style, words string, size float64, x, y int, colour drawing.Colour) {
	s.under.Text(drawing.Text{Line: s.house.fonts.Line(style, words, s.lang), Size: size, X: float64(x), Y: float64(y), Colour: colour}, drawing.Left)
}

func (s *sheet) centred(words string, x, y int, colour drawing.Colour) {
	s.under.Text(drawing.Text{Line: s.house.fonts.Line(text.Body, words, s.lang), Size: 14, X: float64(x), Y: float64(y), Colour: colour}, drawing.Centre)
}

func (s *sheet) heading(words string, colour drawing.Colour) {
	s.text(text.Strong, words, 24, sheetMargin, s.y+30, colour)
	s.y += 52
}

// put places a picture.
func (s *sheet) put(x, y int, img image.Image) {
	s.placed = append(s.placed, placed{image.Pt(x, y), img})
}

// decode reads a picture of the press; the first failure ends the sheet.
func (s *sheet) decode(p render.Picture, err error) image.Image {
	var img image.Image
	if err == nil {
		img, err = standard.Decode(bytes.NewReader(p.Bytes))
	}
	if err != nil {
		if s.failure == nil {
			s.failure = fmt.Errorf("contact sheet: %w", err)
		}
		return image.NewNRGBA(image.Rect(0, 0, 1, 1))
	}
	return img
}

func (s *sheet) badge(v variant, state render.State, style render.Style, width int) image.Image {
	return s.named(v, v.name, "", state, style, width)
}

func (s *sheet) named(v variant, name, lang string, state render.State, style render.Style, width int) image.Image {
	w, h, _ := style.Fit(width, 0)
	b := render.Badge{Certification: v.certification, Edition: v.edition, Name: name, Lang: lang, State: state,
		ValidTo: sheetValidTo, Code: sheetCode, Tier: v.tier, Words: s.lang, Style: style, Width: w, Height: h}
	return s.decode(s.house.press.Badge(s.ctx, b))
}

func (s *sheet) neutral(style render.Style, width int) image.Image {
	w, h, _ := style.Fit(width, 0)
	n := render.Neutral{Words: s.lang, Style: style, Width: w, Height: h}
	return s.decode(s.house.press.Neutral(s.ctx, n))
}

func (s *sheet) state(state render.State) string { return s.words("program.sheet." + string(state)) }

// grid places pictures of one size in rows, each with its label below.
func (s *sheet) grid(columns, w, h int, labels []string, picture func(i int) image.Image) {
	for i, label := range labels {
		column := i % columns
		if column == 0 && i > 0 {
			s.y += h + 2*sheetGap
		}
		x := sheetMargin + column*(w+sheetGap)
		s.put(x, s.y, picture(i))
		s.centred(label, x+w/2, s.y+h+20, sheetMute)
	}
	s.y += h + 3*sheetGap
}

// large is every badge at 300 pixels, and the states of the first.
func (s *sheet) large(all []variant) {
	s.heading(s.words("program.sheet.large"), sheetInk)
	var labels []string
	for _, v := range all {
		labels = append(labels, v.label)
	}
	for _, state := range sheetStates[1:] {
		labels = append(labels, all[0].label+", "+s.state(state))
	}
	labels = append(labels, s.words("program.sheet.neutral"))
	s.grid(6, 300, 300, labels, func(i int) image.Image {
		switch {
		case i < len(all):
			return s.badge(all[i], render.StateValid, render.StyleSeal, 300)
		case i < len(all)+len(sheetStates)-1:
			return s.badge(all[0], sheetStates[i-len(all)+1], render.StyleSeal, 300)
		}
		return s.neutral(render.StyleSeal, 300)
	})
}

// row places pictures of several sizes side by side, standing on their middles, and returns where the next may begin.
func (s *sheet) row(x, high int, widths []int, picture func(width int) image.Image) int {
	for _, w := range widths {
		img := picture(w)
		s.put(x, s.y+(high-img.Bounds().Dy())/2, img)
		x += w + 10
	}
	return x
}

func span(widths []int) (n int) {
	for _, w := range widths {
		n += w + 10
	}
	return n
}

// sizes is every badge in every state from 150 pixels down on one ground, and in grey as a printer has it.
func (s *sheet) sizes(all []variant, heading string, ground drawing.Colour) {
	widths, grey := []int{150, 90, 64, 40, 32}, []int{150, 64}
	ink, mute := sheetInk, sheetMute
	if ground != sheetWhite {
		ink, mute = sheetWhite, 0xC3CCD4
	}
	const high = 150
	top := s.y - sheetGap/2
	s.under.Fill(drawing.Rect(0, float64(top), float64(sheetWidth), float64(52+24+(len(all)+1)*(high+12)+sheetGap)), ground)
	s.heading(heading, ink)
	block := span(widths) + sheetGap
	for i, state := range sheetStates {
		s.text(text.Strong, s.state(state), 15, sheetMargin+sheetLabel+i*block, s.y+6, mute)
	}
	s.text(text.Strong, s.words("program.sheet.grey"), 15, sheetMargin+sheetLabel+3*block, s.y+6, mute)
	s.y += 24
	for _, v := range all {
		s.text(text.Body, v.label, 15, sheetMargin, s.y+high/2+5, ink)
		x := sheetMargin + sheetLabel
		for _, state := range sheetStates {
			x = s.row(x, high, widths, func(w int) image.Image { return s.badge(v, state, render.StyleSeal, w) }) + sheetGap
		}
		s.row(x, high, grey, func(w int) image.Image { return inGrey(s.badge(v, render.StateValid, render.StyleSeal, w)) })
		s.y += high + 12
	}
	s.text(text.Body, s.words("program.sheet.neutral"), 15, sheetMargin, s.y+high/2+5, ink)
	s.row(sheetMargin+sheetLabel, high, widths, func(w int) image.Image { return s.neutral(render.StyleSeal, w) })
	s.y += high + 12 + 2*sheetGap
}

// names is every state and size with eight names; the certifications take turns.
func (s *sheet) names(all []variant) {
	widths := []int{200, 128, 90, 64, 40}
	const high = 200
	s.heading(s.words("program.sheet.names"), sheetInk)
	block := span(widths) + sheetGap/2
	for i, state := range sheetStates {
		s.text(text.Strong, s.state(state), 15, sheetMargin+sheetLabel+i*block, s.y+6, sheetMute)
	}
	s.y += 24
	for i, n := range sheetNames {
		v := all[i%len(all)]
		s.text(text.Body, n.lang, 15, sheetMargin, s.y+high/2-5, sheetInk)
		s.text(text.Body, v.label, 15, sheetMargin, s.y+high/2+15, sheetMute)
		x := sheetMargin + sheetLabel
		for _, state := range sheetStates {
			x = s.row(x, high, widths, func(w int) image.Image { return s.named(v, n.name, n.lang, state, render.StyleSeal, w) }) + sheetGap/2
		}
		s.y += high + 12
	}
	s.y += sheetGap
}

// cards is every badge as a card in every state.
func (s *sheet) cards(all []variant) {
	s.heading(s.words("program.sheet.cards"), sheetInk)
	var labels []string
	for _, v := range all {
		for _, state := range sheetStates {
			labels = append(labels, v.label+", "+s.state(state))
		}
	}
	labels = append(labels, s.words("program.sheet.neutral"))
	for i, n := range sheetNames {
		labels = append(labels, all[(i+1)%len(all)].label+", "+n.lang)
	}
	drawn := len(all) * len(sheetStates)
	s.grid(6, 300, 75, labels, func(i int) image.Image {
		switch {
		case i < drawn:
			return s.badge(all[i/len(sheetStates)], sheetStates[i%len(sheetStates)], render.StyleCard, 300)
		case i == drawn:
			return s.neutral(render.StyleCard, 300)
		}
		i -= drawn + 1
		n := sheetNames[i]
		return s.named(all[(i+1)%len(all)], n.name, n.lang, render.StateValid, render.StyleCard, 300)
	})
}

// previews is every badge as the picture beside a link, a third of its size.
func (s *sheet) previews(all []variant) {
	s.heading(s.words("program.sheet.previews"), sheetInk)
	var labels []string
	for _, v := range all {
		labels = append(labels, v.label)
	}
	labels = append(labels, all[0].label+", "+s.state(render.StateExpired), s.words("program.sheet.neutral"))
	s.grid(4, 400, 210, labels, func(i int) image.Image {
		switch {
		case i < len(all):
			return third(s.badge(all[i], render.StateValid, render.StylePreview, 1200))
		case i == len(all):
			return third(s.badge(all[0], render.StateExpired, render.StylePreview, 1200))
		}
		return third(s.neutral(render.StylePreview, 1200))
	})
}

// certificates is a certificate of every certification, and of the first in every state.
func (s *sheet) certificates(all []variant) {
	s.heading(s.words("program.sheet.certificates"), sheetInk)
	type page struct {
		variant
		state render.State
		paper render.Paper
	}
	var pages []page
	for _, v := range all {
		pages = append(pages, page{v, render.StateValid, render.A4})
	}
	for _, state := range sheetStates[1:] {
		pages = append(pages, page{all[0], state, render.A4})
	}
	pages = append(pages, page{all[0], render.StateValid, render.Letter})
	var labels []string
	for _, p := range pages {
		label := p.label
		if p.state != render.StateValid {
			label += ", " + s.state(p.state)
		}
		labels = append(labels, label+", "+strings.ToUpper(string(p.paper)))
	}
	const w = 460
	s.grid(4, w, 356, labels, func(i int) image.Image {
		p := pages[i]
		c, _ := s.house.academy.Catalogue.Find(p.certification)
		value := render.Certificate{Certification: p.certification, Edition: p.edition, Name: p.name,
			Organisation: c.Organisation, State: p.state, Granted: sheetGranted, ValidTo: sheetValidTo, Code: sheetCode, Tier: p.tier,
			Words: s.lang, Paper: p.paper, Width: w}
		return s.decode(s.house.press.Certificate(s.ctx, value))
	})
}

// inGrey is a picture without its colours.
func inGrey(img image.Image) image.Image {
	out := straight(img)
	for i := 0; i < len(out.Pix); i += 4 {
		p := out.Pix[i : i+4]
		g, _, _ := (drawing.Colour(p[0])<<16 | drawing.Colour(p[1])<<8 | drawing.Colour(p[2])).Grey().RGB()
		p[0], p[1], p[2] = g, g, g
	}
	return out
}

// third is an opaque picture a third as large, each pixel the mean of nine.
func third(img image.Image) image.Image {
	from := straight(img)
	out := image.NewNRGBA(image.Rect(0, 0, from.Rect.Dx()/3, from.Rect.Dy()/3))
	for y := range out.Rect.Dy() {
		for x := range out.Rect.Dx() {
			for c := range 4 {
				sum := 4
				for i := range 9 {
					sum += int(from.Pix[from.PixOffset(3*x+i%3, 3*y+i/3)+c])
				}
				out.Pix[out.PixOffset(x, y)+c] = uint8(sum / 9)
			}
		}
	}
	return out
}

// straight copies a picture.
func straight(img image.Image) *image.NRGBA {
	out := image.NewNRGBA(image.Rectangle{Max: img.Bounds().Size()})
	draw.Draw(out, out.Rect, img, img.Bounds().Min, draw.Src)
	return out
}
