package render

import (
	"cmp"
	"strings"

	"testamur/messages"
	"testamur/render/drawing"
	"testamur/render/text"
)

// detail is what a badge shows at a width: letters that could not be read are left out, and what stays grows.
type detail int

const (
	tiny   detail = iota // under 64 px: icon and name
	small                // from 64 px: icon, title, name, and a status that is not valid as one word
	middle               // from 128 px: everything but rings and code
	full                 // from 240 px: everything
)

func detailAt(pixels int) detail {
	switch {
	case pixels >= 240:
		return full
	case pixels >= 128:
		return middle
	case pixels >= 64:
		return small
	}
	return tiny
}

// grey is the dress of what has expired.
var grey = Art{Deep: 0x40474F, Mid: 0x616A73, Tint: 0xE9ECEF, Accent: 0xF1F3F5}

const (
	amber       drawing.Colour = 0xFFE3B3
	amberInk    drawing.Colour = 0x5A3200
	specimenInk drawing.Colour = 0x5C6975 // a name that is nobody's
)

// tier is how a tier looks.
type tier struct {
	word         string // its message
	stars        int
	rim, light   drawing.Colour
	tab, letters drawing.Colour
	double       bool // rim
}

// Platinum has the only dark tab and the only double rim, so that it differs in grey.
var tiers = map[string]tier{
	"silver":   {word: "badge.tier.silver", stars: 1, rim: 0x7C8894, light: 0xD7DEE5, tab: 0xD7DEE5, letters: ink},
	"gold":     {word: "badge.tier.gold", stars: 2, rim: 0x9A6A12, light: 0xF2CE73, tab: 0xF2CE73, letters: ink},
	"platinum": {word: "badge.tier.platinum", stars: 3, rim: 0x55616D, light: 0xF1F5F8, tab: 0x2B3640, letters: 0xF1F5F8, double: true},
}

// drawBadge draws the badge in its style as large as fits, centred on transparent, as PNG.
func (p *Press) drawBadge(b Badge) ([]byte, error) {
	d, err := p.badge(b)
	if err != nil {
		return nil, err
	}
	return centred(d, b.Width, b.Height), nil
}

// layer is a part of a badge, a card or a certificate, so that what is the same for many is drawn once. On a badge and a card
// what is the holder's is painted last and does not meet what another layer paints.
type layer int

const (
	whole   layer = iota
	common        // what is the same for every holder
	holders       // name, date and code, and what follows their width
)

func (p *Press) badge(b Badge) (*drawing.Drawing, error) {
	switch b.Style {
	case StyleCard:
		return p.card(b)
	case StylePreview:
		return p.preview(b)
	}
	return p.seal(b, detailAt(min(b.Width, b.Height)), whole)
}

// seal returns the badge of 600 x 600 units, or a layer of it.
func (p *Press) seal(b Badge, level detail, l layer) (*drawing.Drawing, error) {
	art, t, err := p.dress(b)
	if err != nil {
		return nil, err
	}
	s := seal{Drawing: drawing.New(600, 600), press: p, Badge: b, art: art, tier: t, level: level, words: p.messages.In(b.Words)}
	if art.Own != nil {
		s.own(l)
		return s.Drawing, nil
	}
	if l != holders {
		s.ground()
		s.emblem()
		s.plate()
		s.status()
		s.tab()
	}
	if l != common {
		s.name()
		s.holdersStatus()
	}
	return s.Drawing, nil
}

// seal is a badge being drawn.
type seal struct {
	*drawing.Drawing
	press *Press
	Badge
	art   Art // in the colours of the state
	tier  *tier
	level detail
	words *messages.Language
}

// plateBox returns where the name plate stands: it is wider than the silhouette.
func (s *seal) plateBox() (y, h float64) {
	if s.level <= small {
		return 398, 128
	}
	return 388, 80
}

// ground draws the silhouette: halo, rim, field with its texture.
func (s *seal) ground() {
	outline := s.art.Silhouette.outline
	s.Fill(outline(0), white) // keeps the shape visible on a dark page
	deep := 6.0
	field := 32.0
	if s.tier != nil {
		s.Fill(outline(5), s.tier.rim)
		s.Fill(outline(10), s.tier.light)
		deep = 19
		if s.tier.double {
			s.Fill(outline(15), s.tier.rim)
			s.Fill(outline(18.5), s.tier.light)
			deep = 23
		}
		field = deep + 9
	}
	s.Fill(outline(deep), s.art.Deep)

	y, h := s.plateBox()
	cut := y + h/2 // behind the plate
	s.Clip(outline(field))
	s.Fill(drawing.Rect(0, 0, 600, cut), s.art.Mid)
	if s.level == full {
		for _, r := range [...]float64{126, 196, 266, 336} {
			s.Stroke(drawing.Circle(300, s.art.IconY, r), drawing.Mix(s.art.Mid, white, .055), 30)
		}
	}
	if s.State == StateSpecimen {
		var hatch drawing.Path
		for x := -600.0; x < 600; x += 34 {
			hatch.Move(x, 600)
			hatch.Line(x+600, 0)
		}
		s.Stroke(hatch, drawing.Mix(s.art.Mid, white, .10), 9)
	}
	s.Fill(drawing.Rect(0, cut, 600, 600-cut), s.art.Deep)
	s.End()

	switch {
	case s.State == StateSpecimen && s.tier != nil: // between the tier's rim and the field
		s.Dash(outline(deep+4.5), drawing.Mix(s.art.Deep, white, .9), 4, 16, 12)
	case s.State == StateSpecimen:
		s.Dash(outline(18), drawing.Mix(s.art.Deep, white, .9), 5, 16, 12)
	case s.tier == nil && s.level >= middle: // the keyline, not beside the words under the plate
		s.Clip(drawing.Rect(0, 0, 600, cut))
		s.Stroke(outline(24.5), drawing.Mix(s.art.Deep, white, .55), 2.2)
		s.End()
	}
}

// emblem draws what stands above the plate: brand, icon, lettering, kicker.
func (s *seal) emblem() {
	shape := s.art.Silhouette
	if s.level >= middle {
		s.brand()
	}
	y, k := s.art.IconY, s.art.IconScale
	size, room, base := 76.0, 440.0, 337.0
	if shape.pointed() {
		room = 452
	}
	tabbed := s.tier != nil // the tab hangs lower than on the crest of a shield
	switch s.level {
	case tiny:
		size = 0
		if y, k = 222, k*1.75; tabbed && shape != SilhouetteShield {
			y, k = 234, s.art.IconScale*1.5
		}
	case small:
		size, base = 102, 367
		switch {
		case shape == SilhouetteShield && tabbed:
			y, k, room = y-8, k*1.2, 428
		case shape == SilhouetteShield:
			y, k, room = y-20, k*1.32, 428
		case tabbed:
			y, k, room = y-2, k*1.08, 430
		case shape == SilhouetteHexagon:
			y, k, room = y-20, k*1.26, 452
		default:
			y, k, room = y-24, k*1.32, 470
		}
	}
	s.art.Icon.draw(s.Drawing, 300, y, k, white, s.art.Accent)
	if size > 0 {
		s.centred(text.Title, s.art.Lettering, room, size, 30, base, 2, white)
	}
	if s.level < middle {
		return
	}
	tracking := 6.0
	if len([]rune(s.art.Kicker)) > 16 {
		tracking = 4.5
	}
	if s.level == middle {
		s.centred(text.Brand, s.art.Kicker, 440, 25, 10, 371, tracking, s.art.Accent)
	} else {
		s.centred(text.Brand, s.art.Kicker, 440, 20, 10, 369, tracking, s.art.Accent)
	}
}

// brand draws the wordmark along the top of the shape.
func (s *seal) brand() {
	mark, k := s.press.brand.Wordmark, 1.0
	if s.level == middle {
		k = 1.08
	}
	switch s.art.Silhouette {
	case SilhouetteHexagon:
		s.centred(text.Brand, mark, 240*k, 19*k, 8, 119+10*(k-1), 3*k, white)
	case SilhouetteShield:
		s.centred(text.Brand, mark, 420, 23*k, 10, 121, 5*k, white)
	case SilhouetteSquircle:
		s.centred(text.Brand, mark, 420, 23*k, 10, 95, 5*k, white)
	case SilhouetteOctagon:
		s.centred(text.Brand, mark, 260, min(20.5*k, 21.5), 8, 95, 3.4, white)
	default:
		r := 224.0
		if s.tier != nil { // below its tab
			r, k = 207, .9
		}
		l, size := s.press.fonts.Fit(text.Brand, mark, s.words.Tag(), 560, 25*k, 10, 5.2*k)
		s.TextOnArc(drawing.Text{Line: l, Size: size, X: 300, Y: 300, Tracking: 5.2 * k, Colour: white}, r, 0, false)
	}
}

// plate draws what the name stands on: white halo, edge in the deep colour, white face.
func (s *seal) plate() {
	y, h := s.plateBox()
	s.Fill(drawing.RoundRect(4, y-6, 592, h+12, 19), white)
	s.Fill(drawing.RoundRect(10, y, 580, h, 14), s.art.Deep)
	s.Fill(drawing.RoundRect(15, y+5, 570, h-10, 9.5), white)
}

// name draws the name on its plate.
func (s *seal) name() {
	y, h := s.plateBox()
	colour := ink
	if s.State == StateSpecimen {
		colour = specimenInk
	}
	style := text.Strong
	if s.level == tiny {
		style = text.Heavy
	}
	at := band{middle: y + h/2, top: y + 9, bottom: y + h - 9}
	if s.level == small && s.State != StateValid { // clear of the pill
		at.middle -= 4
		at.bottom -= 8
	}
	s.press.setName(style, s.Name, cmp.Or(s.Lang, s.Words), room{names[s.level], at, at}).draw(s.Drawing, 300, drawing.Centre, colour)
}

// names is the room for a name on the plate.
var names = [...]text.Box{
	full:   {Width: 528, From: 41, To: 27, TwoFrom: 27, TwoLeading: 31, TwoShrink: .8},
	middle: {Width: 540, From: 46, To: 31, TwoFrom: 31, TwoLeading: 33, TwoShrink: .8},
	small:  {Width: 546, From: 74, To: 58, TwoFrom: 53, TwoLeading: 55, TwoShrink: .8},
	tiny:   {Width: 548, From: 92, To: 70, TwoFrom: 58, TwoLeading: 56, TwoShrink: .8},
}

// foot is where things stand under the plate, and how large they are.
type foot struct {
	room           float64 // width
	pillY, pill    float64 // middle; size of its letters
	dateY, date    float64 // baseline; size
	codeY, code    float64 // no size: it could not be read
	starsY, r, gap float64 // middle; radius; from one to the next
}

func (s *seal) foot() foot {
	switch pointed := s.art.Silhouette.pointed(); {
	case pointed && s.level == full:
		return foot{room: 270, pillY: 502, pill: 18, dateY: 503, date: 23.5, codeY: 527, code: 19, starsY: 546, r: 9.5, gap: 23}
	case pointed:
		return foot{room: 290, pillY: 504, pill: 21.5, dateY: 508, date: 25.5, starsY: 538, r: 12, gap: 29}
	case s.level == full && s.tier != nil:
		return foot{room: 300, pillY: 513, pill: 20, dateY: 504, date: 25, codeY: 529, code: 19.5, starsY: 546, r: 8.5, gap: 21}
	case s.level == full:
		return foot{room: 310, pillY: 520, pill: 20.5, dateY: 513, date: 26, codeY: 542, code: 21}
	case s.tier != nil:
		return foot{room: 310, pillY: 511, pill: 25, dateY: 510, date: 28, starsY: 540, r: 11, gap: 27}
	}
	return foot{room: 350, pillY: 513, pill: 25, dateY: 518, date: 32}
}

// status draws what stands under the plate, or across its lower edge where there is no room under it, and is the same for
// every holder.
func (s *seal) status() {
	f := s.foot()
	switch {
	case s.level == tiny:
	case s.level == small && s.State == StateExpired:
		s.pill(s.words.Text("badge.expired"), 320, 41, 549, 52)
	case s.level == small && s.State == StateSpecimen:
		s.pill(s.words.Text("badge.specimen"), 320, 41, 549, 52)
	case s.State == StateSpecimen && s.level == middle:
		s.pill(s.words.Text("badge.specimen"), f.room, f.pill, f.pillY, 2.1*f.pill)
	case s.State == StateSpecimen:
		s.pill(s.words.Text("badge.not-issued"), f.room, f.pill*.86, f.pillY-4, 1.9*f.pill)
	case s.level >= middle && s.State == StateValid && s.tier != nil:
		stars(s.Drawing, s.tier.stars, 300, f.starsY, f.r, f.gap, s.tier.light)
	}
}

// holdersStatus draws what stands there for one holder alone.
func (s *seal) holdersStatus() {
	if s.level <= small {
		return
	}
	f := s.foot()
	date := s.words.Date(s.ValidTo.Year, s.ValidTo.Month, s.ValidTo.Day, messages.Short)
	switch s.State {
	case StateExpired:
		s.pill(s.words.Text("badge.expired-on", "date", strings.ToUpper(date)), f.room, f.pill, f.pillY, 2.1*f.pill)
	case StateValid:
		l, size := s.press.fonts.FitKnown(text.Strong, s.words.Text("badge.valid-to", "date", date), s.words.Tag(), f.room, f.date, 12, 0)
		s.Text(drawing.Text{Line: l, Size: size, X: 300, Y: f.dateY, Colour: white}, drawing.Centre)
		if f.code > 0 {
			s.centred(text.Mono, s.Code, f.room, f.code, 12, f.codeY, .3, white)
		}
	}
}

// pill draws words in an amber pill h high, its middle at y.
func (s *seal) pill(words string, room, size, y, h float64) {
	l, fitted := s.press.fonts.FitKnown(text.Heavy, words, s.words.Tag(), room-h*1.1, size, size/2, size*.045)
	size = fitted
	tracking := size * .045
	w := l.WidthTracked(size, tracking) + h*1.1
	if s.level == small { // it hangs on the plate: a rim of its own
		s.Fill(drawing.RoundRect(300-w/2-4, y-h/2-4, w+8, h+8, h/2+4), s.art.Deep)
	}
	s.Fill(drawing.RoundRect(300-w/2, y-h/2, w, h, h/2), amber)
	s.Text(drawing.Text{Line: l, Size: size, X: 300, Y: y + size*.36, Tracking: tracking, Colour: amberInk}, drawing.Centre)
}

// tab draws the tier on the crest: its word and, small, its stars instead.
func (s *seal) tab() {
	if s.tier == nil {
		return
	}
	if s.level <= small {
		w := 44 + float64(s.tier.stars)*50
		s.tabBox(w, 66, 14, 5)
		stars(s.Drawing, s.tier.stars, 300, 41, 24, 50, s.tier.letters)
		return
	}
	word := strings.ToUpper(s.words.Text(s.tier.word))
	l, size := s.press.fonts.Fit(text.Title, word, s.words.Tag(), 240, 26, 12, 4)
	s.tabBox(l.WidthTracked(size, 4)+52, 48, 11, 4)
	s.Text(drawing.Text{Line: l, Size: size, X: 300, Y: 39.3, Tracking: 4, Colour: s.tier.letters}, drawing.Centre)
}

// tabBox draws a tab w x h at the top with corners of radius r and an edge.
func (s *seal) tabBox(w, h, r, edge float64) {
	s.Fill(drawing.RoundRect(300-w/2-6, 0, w+12, h+12, r+6), white)
	s.Fill(drawing.RoundRect(300-w/2, 6, w, h, r), s.tier.rim)
	s.Fill(drawing.RoundRect(300-w/2+edge, 6+edge, w-2*edge, h-2*edge, r-edge), s.tier.tab)
}

// centred sets a line of the house's own words round x = 300, at most room wide.
func (s *seal) centred(style text.Style, words string, room, from, to, y, tracking float64, colour drawing.Colour) {
	l, size := s.press.fonts.Fit(style, words, s.words.Tag(), room, from, to, tracking)
	s.Text(drawing.Text{Line: l, Size: size, X: 300, Y: y, Tracking: tracking, Colour: colour}, drawing.Centre)
}

// stars draws n stars of radius r in a row, step apart, round (cx, cy).
func stars(d *drawing.Drawing, n int, cx, cy, r, step float64, colour drawing.Colour) {
	for i := range n {
		x := cx + (float64(i)-float64(n-1)/2)*step
		outer, inner := drawing.Regular(x, cy, r, 5, 0), drawing.Regular(x, cy, r*.45, 5, 36)
		var points []drawing.Point
		for j := range outer {
			points = append(points, outer[j], inner[j])
		}
		d.Fill(drawing.Polygon(points...), colour)
	}
}
