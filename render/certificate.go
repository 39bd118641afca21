package render

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/maypok86/otter/v2"

	"testamur/messages"
	"testamur/render/drawing"
	"testamur/render/pdf"
	"testamur/render/png"
	"testamur/render/qr"
	"testamur/render/raster"
	"testamur/render/text"
)

// Lengths are millimetres, y down. The block is 210 high and centred on the sheet; columns stand at its middle and 74
// beside it.
const (
	blockHeight = 210
	column      = 74
	qrSide      = 24
)

// pt is a size in points as millimetres.
func pt(points float64) float64 { return points * 25.4 / 72 }

// size returns a sheet in landscape.
func (p Paper) size() (w, h float64, err error) {
	switch p {
	case A4:
		return 297, 210, nil
	case Letter:
		return 279.4, 215.9, nil
	}
	return 0, 0, fmt.Errorf("render: there is no paper %q", p)
}

// drawCertificate returns the certificate as PDF: a copy of the page of its kind, with what is a person's own.
func (p *Press) drawCertificate(c Certificate) ([]byte, error) {
	s, err := p.sheet(c, holders)
	if err != nil {
		return nil, err
	}
	s.draw()
	page, err := p.page(s.kind())
	if err != nil {
		return nil, err
	}
	title := s.words.Text("certificate.document", "certification", s.art.Title, "name", c.Name)
	return page.Page(pdf.Meta{
		Title: title, Author: p.brand.Name, Subject: s.words.Text("certificate.subject", "code", c.Code), Lang: s.words.Tag(),
		Created: time.Date(c.Granted.Year, time.Month(c.Granted.Month), c.Granted.Day, 0, 0, 0, 0, time.UTC),
	}, s.pieces...)
}

// pageKind is all that a certificate's page depends on beside what is a person's own: those fields are empty, so that none of
// them can be on the page. TwoLines says that the name takes two.
type pageKind struct {
	Certificate
	TwoLines bool
}

// kind returns the kind of a sheet.
func (s *sheet) kind() pageKind {
	c := s.value
	c.Name, c.Lang, c.Code, c.Granted, c.ValidTo = "", "", "", Date{}, Date{}
	return pageKind{c, s.twoLines}
}

// maxPages is how many kinds of page are kept, some 150 kB each.
const maxPages = 64

// page returns the page of a kind, made when it is first asked for.
func (p *Press) page(k pageKind) (*pdf.Template, error) {
	return p.pages.Get(context.Background(), k, otter.LoaderFunc[pageKind, *pdf.Template](func(_ context.Context, k pageKind) (*pdf.Template, error) {
		s, err := p.sheet(k.Certificate, common)
		if err != nil {
			return nil, err
		}
		s.twoLines = k.TwoLines
		s.draw()
		var samples [][]*drawing.Drawing
		for _, c := range sampleCertificates(k.Certificate) {
			sample, err := p.sheet(c, holders)
			if err != nil {
				return nil, err
			}
			sample.draw()
			samples = append(samples, sample.pieces)
		}
		return pdf.New(s.Drawing, samples...)
	}))
}

// sampleCertificates have among them every letter of dates and codes, and in a name those of the alphabet.
func sampleCertificates(c Certificate) (all []Certificate) {
	c.Name = "ABCDEFGHIJKLMNOPQRSTUVWXYZ -'."
	codes := [...]string{"0123-4567-89AB", "CDEF-GHJK-MNPQ", "RSTV-WXYZ-0000"}
	for month := range 12 {
		c.Code = codes[month%len(codes)]
		c.Granted = Date{2000 + month*10 + month%10, month + 1, 1 + month*2}
		c.ValidTo = Date{2000 + month*9, month + 1, 28 - month}
		all = append(all, c)
	}
	return all
}

// drawCertificatePicture returns the same page as PNG, as high as the sheet is for the width.
func (p *Press) drawCertificatePicture(c Certificate) ([]byte, error) {
	page, err := p.certificate(c)
	if err != nil {
		return nil, err
	}
	k := float64(c.Width) / page.W
	h := math.Round(page.H * k)
	return png.Encode(raster.Draw(page, c.Width, int(h), drawing.Scale(k, h/page.H))), nil
}

// sheet is a certificate being drawn.
type sheet struct {
	*drawing.Drawing
	press *Press
	words *messages.Language
	value Certificate
	art   Art
	known bool    // by the catalogue
	dress Art     // art, or grey
	tier  *tier   // nil for none
	x     float64 // middle
	dy    float64 // top of the block

	layer    layer              // common: with a gap for each piece of the holder's
	pieces   []*drawing.Drawing // of the holder's layer
	name     fitted             // of a layer that has one
	twoLines bool               // the name has two
	modules  qr.Matrix
}

// certificate returns the page as a list of operations in millimetres.
func (p *Press) certificate(c Certificate) (*drawing.Drawing, error) {
	s, err := p.sheet(c, whole)
	if err != nil {
		return nil, err
	}
	s.draw()
	return s.Drawing, nil
}

// sheet returns an empty sheet for a layer of a certificate.
func (p *Press) sheet(c Certificate, l layer) (*sheet, error) {
	art, known := p.art(c.Certification)
	w, h, err := c.Paper.size()
	if err != nil {
		return nil, err
	}
	s := &sheet{Drawing: drawing.New(w, h), press: p, words: p.messages.In(c.Words), value: c, art: art, known: known, dress: art, x: w / 2, dy: (h - blockHeight) / 2, layer: l}
	switch c.State {
	case StateExpired:
		s.dress = grey
	case StateValid, StateSpecimen:
		if c.Tier != "" {
			t, ok := tiers[c.Tier]
			if !ok {
				return nil, fmt.Errorf("render: there is no tier %q", c.Tier)
			}
			s.tier = &t
		}
	default:
		return nil, fmt.Errorf("render: a certificate has no state %q", c.State)
	}
	if l == common {
		return s, nil
	}
	if s.modules, err = qr.Encode(verifyAddress(p.url, c.Code)); err != nil {
		return nil, fmt.Errorf("render: QR code: %w", err)
	}
	s.name = p.setName(text.Serif, c.Name, cmp.Or(c.Lang, c.Words), room{nameBox, band{80.4 + s.dy, 71.8 + s.dy, 90.6 + s.dy}, band{81.2 + s.dy, 69.2 + s.dy, 94.2 + s.dy}})
	s.twoLines = len(s.name.Lines) > 1
	return s, nil
}

// draw draws the sheet in the order in which it is read. What reads a person's own fields is a piece.
func (s *sheet) draw() {
	s.common(s.ground, s.frame)
	if s.value.State == StateExpired { // the tab has the date
		s.holders(s.microtext, s.state)
	} else {
		s.holders(s.microtext)
		s.common(s.across, s.state)
	}
	s.common(s.heading)
	s.holders(s.holder)
	s.common(s.deed)
	s.holders(s.facts)
	s.common(s.signature, s.seal)
	s.holders(s.qr)
}

// common draws what all certificates of the kind have.
func (s *sheet) common(draw ...func()) {
	if s.layer == holders {
		return
	}
	for _, d := range draw {
		d()
	}
}

// holders draws a piece that is a person's own.
func (s *sheet) holders(draw ...func()) {
	switch s.layer {
	case common:
		s.Ops = append(s.Ops, drawing.Gap{})
		return
	case holders:
		s.Drawing = drawing.New(s.W, s.H)
		s.pieces = append(s.pieces, s.Drawing)
	}
	for _, d := range draw {
		d()
	}
}

// ground is the paper.
func (s *sheet) ground() { s.Drawing.Fill(drawing.Rect(0, 0, s.W, s.H), white) }

// line sets text with a role; y is the baseline within the block.
func (s *sheet) line(role drawing.Role, style text.Style, words string, size, x, y, tracking float64, colour drawing.Colour) float64 {
	return s.set(role, s.press.fonts.Line(style, words, s.words.Tag()), size, x, y, tracking, colour)
}

// set is line for what is shaped.
func (s *sheet) set(role drawing.Role, l text.Line, size, x, y, tracking float64, colour drawing.Colour) float64 {
	return s.Text(drawing.Text{Line: l, Size: size, X: x, Y: y + s.dy, Tracking: spaced(l, tracking), Colour: colour, Role: role}, drawing.Centre)
}

// spaced is the tracking of a line: scripts from right to left have none, since it would part letters that join.
func spaced(l text.Line, tracking float64) float64 {
	if l.RTL {
		return 0
	}
	return tracking
}

// column is the middle of a column, from -1, where reading begins, to 1.
func (s *sheet) column(i int) float64 {
	if s.words.Dir() == "rtl" {
		i = -i
	}
	return s.x + float64(i)*column
}

// date writes a date of the certificate.
func (s *sheet) date(d Date) string { return s.words.Date(d.Year, d.Month, d.Day, messages.Long) }

// frame draws the border from the outside in: rule, hairline, guilloche, hairline, room for the microtext, rule; then the
// medallions that hide its corners, and the watermark.
func (s *sheet) frame() {
	const middle, amplitude, medallion = 13.0, 3.5, 5.9
	line := drawing.Mix(s.dress.Mid, white, .36)
	box := func(inset, width, radius float64) {
		s.Stroke(drawing.RoundRect(inset, inset, s.W-2*inset, s.H-2*inset, radius), s.dress.Deep, width)
	}
	box(8.0, 0.5, 5.0)
	box(8.9, 0.13, 4.1)
	box(17.1, 0.13, 0.3)
	box(19.5, 0.35, 0.3)

	const corner = middle + medallion - 0.9
	for _, side := range []struct {
		length float64
		at     []drawing.Matrix
	}{
		{s.W - 2*corner, []drawing.Matrix{drawing.Translate(corner, middle), drawing.Translate(corner, s.H-middle)}},
		{s.H - 2*corner, []drawing.Matrix{drawing.Translate(middle, corner).Mul(drawing.Rotate(90)), drawing.Translate(s.W-middle, corner).Mul(drawing.Rotate(90))}},
	} {
		waves := math.Round(side.length / 13)
		tile := drawing.New(13, 2*amplitude)
		tile.Stroke(guilloche(side.length/waves, amplitude), line, 0.11)
		var at []drawing.Matrix
		for _, m := range side.at {
			for i := range int(waves) {
				at = append(at, m.Mul(drawing.Translate(float64(i)*side.length/waves, 0)))
			}
		}
		s.Stamp(tile, at...)
	}

	ornament := drawing.New(2*medallion, 2*medallion)
	ornament.Fill(drawing.Circle(0, 0, medallion+0.6), white)
	ornament.Stamp(rosette(2.0, medallion-0.5, 12, 4, line, 0.11), turns(12, 4)...)
	ornament.Stamp(rosette(0.4, 2.6, 8, 3, s.dress.Mid, 0.13), turns(8, 3)...)
	ornament.Stroke(drawing.Circle(0, 0, medallion), s.dress.Deep, 0.35)
	s.Stamp(ornament, drawing.Translate(middle, middle), drawing.Translate(s.W-middle, middle),
		drawing.Translate(middle, s.H-middle), drawing.Translate(s.W-middle, s.H-middle))

	watermark := drawing.New(0, 0)
	watermark.Stamp(rosette(21, 60, 36, 5, drawing.Mix(s.dress.Mid, white, .88), 0.13), turns(36, 5)...)
	s.Stamp(watermark, drawing.Translate(s.x, 100+s.dy))
}

// guilloche is one wave of the band: six pairs of sines, shifted, in an envelope.
func guilloche(length, amplitude float64) drawing.Path {
	var p drawing.Path
	for k := range 6 {
		shift := float64(k) * math.Pi / 6
		for _, sign := range []float64{1, -1} {
			p = append(p, drawing.Smooth(12, func(t float64) (x, y float64) {
				a := t * 2 * math.Pi
				return t * length, sign * amplitude * math.Sin(a+shift) * (0.72 + 0.28*math.Cos(2*a))
			})...)
		}
	}
	return p
}

// rosette is one of the curves of a rosette between two radii; turns places the others.
func rosette(inner, outer float64, lobes, curves int, colour drawing.Colour, width float64) *drawing.Drawing {
	steps := 4 // of a lobe
	if outer-inner > 10 {
		steps = 8
	}
	p := drawing.Smooth(lobes*steps, func(t float64) (x, y float64) {
		a := t * 2 * math.Pi
		r := (inner+outer)/2 + (outer-inner)/2*math.Sin(float64(lobes)*a)
		return r * math.Cos(a), r * math.Sin(a)
	})
	p.Close()
	d := drawing.New(2*outer, 2*outer)
	d.Stroke(p, colour, width)
	return d
}

// turns are the places of the curves of a rosette: each is a share of a lobe further.
func turns(lobes, curves int) []drawing.Matrix {
	out := make([]drawing.Matrix, curves)
	for k := range out {
		out[k] = drawing.Rotate(360 / float64(lobes) * float64(k) / float64(curves))
	}
	return out
}

// microtext runs between the two inner lines: who, what, until when. It is drawn once and stamped, and it has no name in
// scripts that cannot be read at that size.
func (s *sheet) microtext() {
	const size, channel, from = 2.1 * 25.4 / 72, 18.3, 20.6
	fonts := s.press.fonts
	const between = " · "
	brand, date := s.press.brand.Wordmark+between, strings.ToUpper(s.date(s.value.ValidTo))+" ·"
	words := []string{s.value.Code + between}
	if alphabetic(s.value.Name) {
		words = append(words, strings.ToUpper(s.value.Name)+between)
	}
	lines := []text.Line{fonts.Known(text.Strong, brand, "")}
	for _, w := range words {
		lines = append(lines, fonts.Line(text.Strong, w, ""))
	}
	lines = append(lines, fonts.Known(text.Strong, date, ""))
	tracking := 0.07
	if lines[0].RTL || lines[len(lines)-1].RTL { // their order is not that of the parts
		lines = []text.Line{fonts.Line(text.Strong, brand+strings.Join(words, "")+date, "")}
		tracking = spaced(lines[0], tracking)
	}
	const half = size * .727 / 2
	gap := fonts.Known(text.Strong, " ", "").Width*size + 2*tracking // as between the words
	phrase := drawing.New(0, size)
	width := -tracking
	for _, l := range lines {
		width += tracking + phrase.Text(drawing.Text{Line: l, Size: size, X: width + tracking, Tracking: tracking, Colour: s.dress.Mid}, drawing.Left)
	}
	var at []drawing.Matrix
	for _, side := range []struct {
		length float64
		start  drawing.Matrix
	}{
		{s.W - 2*from, drawing.Translate(from, channel+half)},
		{s.W - 2*from, drawing.Translate(from, s.H-channel+half)},
		{s.H - 2*from, drawing.Translate(s.W-channel-half, from).Mul(drawing.Rotate(90))},
		{s.H - 2*from, drawing.Translate(channel+half, s.H-from).Mul(drawing.Rotate(-90))},
	} {
		// as many phrases as fit, a little wider or narrower so that they fill the side
		n := max(1, math.Round(side.length/(width+gap)))
		share := side.length / n
		for i := range int(n) {
			at = append(at, side.start.Mul(drawing.Translate(float64(i)*share+gap/2, 0)).Mul(drawing.Scale((share-gap)/width, 1)))
		}
	}
	s.Stamp(phrase, at...)
}

// alphabetic reports whether a name is in Latin, Greek or Cyrillic.
func alphabetic(s string) bool {
	for _, r := range s {
		if r > 0x052F && (r < 0x1E00 || r > 0x206F) {
			return false
		}
	}
	return true
}

// opened is how far a name of two lines moves what stands round it: certify, rule, deed, title, edition.
func (s *sheet) opened() (by [5]float64) {
	if s.twoLines {
		by = [5]float64{-2.4, 3.6, 2.6, 1.9, 1.2}
	}
	return by
}

// heading draws brand, heading and what comes before the name.
func (s *sheet) heading() {
	p, mid := s.press, s.dress.Mid
	p.brand.Mark.draw(s.Drawing, s.x, 35.5+s.dy, .058, s.dress.Deep, mid)
	s.line(drawing.Paragraph, text.Brand, p.brand.Wordmark, pt(12), s.x, 48, 1.25, s.dress.Deep)
	w := s.line(drawing.Title, text.Strong, s.words.Text("certificate.heading"), pt(8), s.x, 58.8, .95, mute)
	for _, sign := range []float64{-1, 1} {
		s.rule(s.x+sign*(w/2+4), 57.8, sign*14, 0.2, mid)
	}
	s.line(drawing.Paragraph, text.Italic, s.words.Text("certificate.certify"), pt(14), s.x, 69.6+s.opened()[0], 0, neutralInk)
}

// holder draws the name and the rule under it.
func (s *sheet) holder() {
	ink := ink
	if s.value.State == StateSpecimen {
		ink = specimenInk
	}
	var width float64
	s.Part(drawing.Part{Role: drawing.Name, Lang: s.value.Lang}, func() { width = s.name.draw(s.Drawing, s.x, drawing.Centre, ink) })
	rule := min(210, max(124, width+18))
	s.rule(s.x-rule/2, 91.4+s.opened()[1], rule, 0.25, s.dress.Mid)
}

// deed draws what was achieved.
func (s *sheet) deed() {
	opened := s.opened()
	deed := "certificate.deed-examination"
	switch {
	case s.value.Organisation || !s.known: // what was asked of a person is not known either
		deed = "certificate.deed-organisation"
	case s.art.Practicum:
		deed = "certificate.deed-practicum"
	}
	s.line(drawing.Paragraph, text.Italic, s.words.Text(deed), pt(13), s.x, 99.8+opened[2], 0, neutralInk)
	s.fitted(drawing.Heading, text.Serif, s.art.Title, 210, pt(29), pt(18), 112.4+opened[3], s.dress.Mid)
	edition := s.words.Text("certificate.edition", "edition", s.value.Edition)
	if covers := s.art.Editions[s.value.Edition]; covers != "" {
		edition += " · " + covers
	}
	if s.tier != nil {
		edition = s.words.Text("certificate.tier", "tier", s.words.Text(s.tier.word)) + " · " + edition
	}
	if s.value.Organisation {
		edition += " · " + s.words.Text("certificate.not-transferable")
	}
	s.fitted(drawing.Paragraph, text.Body, edition, 200, pt(9.5), pt(7.5), 120.2+opened[4], mute)
}

// nameBox is the room for the name. Paper never cuts a name: hardly any is set under 15 pt, and the longest still fits.
var nameBox = text.Box{Width: 204, From: pt(42), To: pt(27), TwoFrom: pt(27), TwoLeading: 11, TwoShrink: .15}

// fitted draws a line as large as its width allows.
func (s *sheet) fitted(role drawing.Role, style text.Style, words string, width, from, to, y float64, colour drawing.Colour) {
	l, size := s.press.fonts.Fit(style, words, s.words.Tag(), width, from, to, 0)
	s.Text(drawing.Text{Line: l, Size: size, X: s.x, Y: y + s.dy, Colour: colour, Role: role}, drawing.Centre)
}

// rule draws a level line from x, y of the block.
func (s *sheet) rule(x, y, length, width float64, colour drawing.Colour) {
	var p drawing.Path
	p.Move(x, y+s.dy)
	p.Line(x+length, y+s.dy)
	s.Stroke(p, colour, width)
}

// facts draws the three columns: granted, valid to, code.
func (s *sheet) facts() {
	until, colour := "certificate.valid-to", ink
	if s.value.State == StateExpired {
		until, colour = "certificate.expired", expiredInk
	}
	fonts, tag := s.press.fonts, s.words.Tag()
	for i, f := range []struct {
		label  string
		value  text.Line
		size   float64
		colour drawing.Colour
	}{
		{"certificate.granted", fonts.Known(text.Strong, s.date(s.value.Granted), tag), pt(12), ink},
		{until, fonts.Known(text.Strong, s.date(s.value.ValidTo), tag), pt(12), colour},
		{"certificate.code", fonts.Line(text.Mono, s.value.Code, ""), pt(12.4), ink},
	} {
		x := s.column(i - 1)
		s.Part(drawing.Part{Role: drawing.Paragraph}, func() {
			s.set(drawing.Paragraph, fonts.Known(text.Strong, s.words.Text(f.label), tag), pt(7), x, 132.8, .55, mute)
			s.set(drawing.Paragraph, f.value, f.size, x, 138.9, 0, f.colour)
		})
	}
	for _, sign := range []float64{-1, 1} {
		var p drawing.Path
		p.Move(s.x+sign*column/2, 130+s.dy)
		p.Line(s.x+sign*column/2, 139.6+s.dy)
		s.Stroke(p, hairline, 0.25)
	}
}

// signature draws who signs. Rule, seal and QR code share a floor, the captions two lines.
func (s *sheet) signature() {
	x, who := s.column(-1), s.press.brand.Signature
	hand := drawing.Part{Role: drawing.Figure, Says: s.words.Text("certificate.signature", "name", who.Name), X: x - 25, Y: 154 + s.dy, W: 50, H: 16}
	s.Part(hand, func() {
		if len(who.Hand) > 0 { // in 50 x 16, its foot over the rule
			_, top, _, foot := who.Hand.bounds()
			k := min(50./iconSide, 16/(foot-top))
			who.Hand.draw(s.Drawing, x, 170+s.dy-(foot-iconY)*k, k, s.dress.Deep, s.dress.Deep)
		} else {
			s.Text(drawing.Text{Line: s.press.fonts.Line(text.Script, who.Name, ""), Size: pt(27), X: x, Y: 168.6 + s.dy, Colour: s.dress.Deep}, drawing.Centre)
		}
	})
	s.rule(x-29, 171.5, 58, 0.25, neutralInk)
	s.line(drawing.Paragraph, text.Strong, who.Name, pt(8.5), x, 177.3, 0, ink)
	s.line(drawing.Paragraph, text.Body, who.Role, pt(7.5), x, 181.5, 0, mute)
}

// seal draws the certification's own seal, with the tier's plate under it.
func (s *sheet) seal() {
	d := drawing.New(0, 0)
	d.Stamp(rosette(14.2, 17.2, 48, 4, drawing.Mix(s.dress.Mid, white, .1), 0.12), turns(48, 4)...)
	rim, light := s.dress.Deep, white
	if s.tier != nil {
		rim, light = s.tier.rim, s.tier.light
	}
	d.Fill(drawing.Circle(0, 0, 15.0), white)
	d.Fill(drawing.Circle(0, 0, 14.4), rim)
	d.Fill(drawing.Circle(0, 0, 14.0), light)
	d.Fill(drawing.Circle(0, 0, 13.3), s.dress.Deep)
	d.Stroke(drawing.Circle(0, 0, 8.6), drawing.Mix(s.dress.Deep, white, .55), 0.16)
	around := func(words string, r float64, below bool, deg float64, colour drawing.Colour) {
		const room = 27.5 // of arc, between the dots
		l, size := s.press.fonts.Fit(text.Brand, words, s.words.Tag(), room, pt(5.9), pt(4), .5)
		d.TextOnArc(drawing.Text{Line: l, Size: size, Tracking: spaced(l, .5), Colour: colour}, r, deg, below)
	}
	around(s.press.brand.Wordmark, 10.15, false, 0, white)
	around(s.words.Text("certificate.seal", "edition", s.value.Edition), 11.65, true, 180, s.dress.Accent)
	for _, sign := range []float64{-1, 1} {
		const deg = 96 * math.Pi / 180
		d.Fill(drawing.Circle(sign*10.9*math.Sin(deg), -10.9*math.Cos(deg), .38), s.dress.Accent)
	}
	s.art.Icon.draw(d, 0, 0, .07*s.art.IconScale, white, s.dress.Accent)
	seal := drawing.Part{Role: drawing.Figure, Says: s.words.Text("certificate.seal-figure", "certification", s.art.Title), X: s.x - 17.2, Y: 146.2 + s.dy, W: 34.4, H: 34.4}
	s.Part(seal, func() { s.Add(d, drawing.Translate(s.x, 163.4+s.dy)) })
	if s.tier == nil {
		return
	}
	word := s.press.fonts.Line(text.Title, strings.ToUpper(s.words.Text(s.tier.word)), s.words.Tag())
	tracking := spaced(word, .45)
	ww := word.WidthTracked(pt(7.6), tracking)
	w := ww + 5.6 + float64(s.tier.stars)*3
	x, y := s.x-w/2, 176.4+s.dy
	s.Drawing.Fill(drawing.RoundRect(x-.6, y-.6, w+1.2, 7.0, 1.7), white)
	s.Drawing.Fill(drawing.RoundRect(x, y, w, 5.8, 1.2), s.tier.rim)
	s.Drawing.Fill(drawing.RoundRect(x+.4, y+.4, w-.8, 5.0, .9), s.tier.tab)
	at, side := drawing.Left, 1.0 // the stars follow the word
	if word.RTL {
		at, side = drawing.Right, -1
	}
	s.Text(drawing.Text{Line: word, Size: pt(7.6), X: s.x - side*(w/2-2.2), Y: y + 3.85, Tracking: tracking, Colour: s.tier.letters}, at)
	stars(s.Drawing, s.tier.stars, s.x-side*(w/2-2.2-ww-2.5-float64(s.tier.stars-1)*1.5), y+2.95, 1.25, 3, s.tier.letters)
}

// qr draws the QR code on white with its quiet zone of four modules, and what it is for. All of it is one link.
func (s *sheet) qr() {
	modules := &s.modules
	x, y := s.column(1), 147.5+s.dy
	left, top := onGrid(x-qrSide/2), onGrid(y)
	quiet := 4 * qrSide / float64(modules.Side)
	s.Drawing.Fill(drawing.RoundRect(left-quiet, top-quiet, qrSide+2*quiet, qrSide+2*quiet, 1), white)
	address := s.press.url + "/verify/" + s.value.Code
	link := drawing.Part{Role: drawing.Link, URL: address, Says: s.words.Text("certificate.link", "address", address), X: x - 28, Y: y, W: 56, H: qrSide + 11.5}
	figure := drawing.Part{Role: drawing.Figure, Says: s.words.Text("certificate.qr-figure"), X: left, Y: top, W: qrSide, H: qrSide}
	module := qrSide / float64(modules.Side)
	s.Part(drawing.Part{Role: drawing.Paragraph}, func() {
		s.Part(link, func() {
			s.Part(figure, func() {
				s.Ops = append(s.Ops, drawing.Grid{X: left, Y: top, Cell: module, Rows: modules.Rows()})
			})
			s.set(drawing.Paragraph, s.press.fonts.Known(text.Strong, s.words.Text("certificate.scan"), s.words.Tag()), pt(8.5), x, 177.3, 0, ink)
			words := s.words.Text("certificate.type", "address", s.press.brand.Address+"/v")
			l, size := s.press.fonts.FitKnown(text.Body, words, s.words.Tag(), 68, pt(7.5), pt(5), 0)
			s.Text(drawing.Text{Line: l, Size: size, X: x, Y: 181.5 + s.dy, Colour: mute, Role: drawing.Paragraph}, drawing.Centre)
		})
	})
}

// onGrid moves a length by a fifth of a millimetre at most, to where a code of modules that are less than two pixels wide at
// 60 dots an inch is read best: its first edge is in the middle of a pixel. Of those whose edge is a pixel's, some are not
// read.
func onGrid(v float64) float64 {
	const pixel = 25.4 / 60
	return (math.Floor(v/pixel) + .5) * pixel
}

// across draws SPECIMEN over the whole page of one, under all that is read.
func (s *sheet) across() {
	if s.value.State != StateSpecimen {
		return
	}
	word := drawing.Text{Line: s.press.fonts.Line(text.Title, s.words.Text("badge.specimen"), s.words.Tag()), Size: pt(112)}
	word.Tracking = spaced(word.Line, 4)
	w := word.Line.WidthTracked(word.Size, word.Tracking)
	at := drawing.Translate(s.x+4, 126+s.dy).Mul(drawing.Rotate(-24)).Mul(drawing.Translate(-w/2, 0))
	s.Drawing.Fill(word.Outline().Transform(at), drawing.Mix(0x8A5A00, white, .90))
}

// state draws the tab of a certificate that is not to be taken for a current one: the first that is read.
func (s *sheet) state() {
	var words string
	switch s.value.State {
	case StateExpired:
		words = s.words.Text("certificate.tab-expired", "date", strings.ToUpper(s.date(s.value.ValidTo)))
	case StateSpecimen:
		words = s.words.Text("certificate.tab-specimen")
	default:
		return
	}
	l := s.press.fonts.Known(text.Heavy, words, s.words.Tag())
	tracking := spaced(l, .3)
	w := l.WidthTracked(pt(10.5), tracking) + 16
	s.Drawing.Fill(drawing.RoundRect(s.x-w/2-1, 6.6, w+2, 14.4, 3.4), white)
	s.Drawing.Fill(drawing.RoundRect(s.x-w/2, 7.6, w, 12.4, 2.6), amberInk)
	s.Drawing.Fill(drawing.RoundRect(s.x-w/2+.45, 8.05, w-.9, 11.5, 2.2), amber)
	s.Text(drawing.Text{Line: l, Size: pt(10.5), X: s.x, Y: 13.8 + pt(10.5)*.365, Tracking: tracking, Colour: amberInk, Role: drawing.Paragraph}, drawing.Centre)
}

const (
	mute       drawing.Colour = 0x4A5763
	expiredInk drawing.Colour = 0x7A4100
)
