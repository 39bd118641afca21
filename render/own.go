package render

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"image"
	"math"
	"strings"

	"testamur/messages"
	"testamur/render/drawing"
	"testamur/render/raster"
	"testamur/render/text"
)

// Own is badge art that an academy brings in place of ours: a picture with boxes for the words. Card, preview and
// certificate keep our layout; the first two show the badge, the certificate the icon.
type Own struct {
	Picture *drawing.Drawing            // 600 x 600 units, without words
	Tiers   map[string]*drawing.Drawing // the art of a tier; a tier without one has our tab on Picture
	Name    WordBox
	Title   *WordBox // nil: not said
	Status  *WordBox // nil: a valid badge does not say until when
	Code    *WordBox
	Brand   *WordBox
	Hash    [sha256.Size]byte // of every file it was read from
}

// WordBox is where words stand on an Own badge, in its units. They stand in the middle of the height.
type WordBox struct {
	X, Y, Width, Height float64 // from the top left
	From, To            float64 // largest and smallest size of the letters
	Letters             Letters
	Colour              drawing.Colour
	Anchor              WordAnchor
	Lines               int // of the title: 2 where it may be broken
}

// Letters is a typeface of the house by its name in the catalogue.
type Letters string

// letters are the typefaces by their names.
var letters = map[Letters]text.Style{"brand": text.Brand, "title": text.Title, "body": text.Body, "strong": text.Strong, "heavy": text.Heavy,
	"serif": text.Serif, "italic": text.Italic, "mono": text.Mono}

// UnmarshalText reads a typeface's name.
func (l *Letters) UnmarshalText(b []byte) error {
	if _, ok := letters[Letters(b)]; !ok {
		return fmt.Errorf("letters %q: use brand, title, body, strong, heavy, serif, italic or mono", b)
	}
	*l = Letters(b)
	return nil
}

// WordAnchor is the side of its box that words stand at.
type WordAnchor string

const (
	AnchorLeft   WordAnchor = "left"
	AnchorMiddle WordAnchor = "middle"
	AnchorRight  WordAnchor = "right"
)

// UnmarshalText reads the name of a side.
func (a *WordAnchor) UnmarshalText(b []byte) error {
	switch v := WordAnchor(b); v {
	case AnchorLeft, AnchorMiddle, AnchorRight:
		*a = v
		return nil
	}
	return fmt.Errorf("anchor %q: use left, middle or right", b)
}

// at returns the x of the anchor and which part of a line stands there.
func (b WordBox) at() (float64, drawing.Anchor) {
	switch b.Anchor {
	case AnchorLeft:
		return b.X, drawing.Left
	case AnchorRight:
		return b.X + b.Width, drawing.Right
	}
	return b.X + b.Width/2, drawing.Centre
}

// Heights of what stands in a box, in sizes of the letters.
const (
	lineHeight    = 1.2
	twoLineHeight = 2.4
	ownLeading    = 1.15
)

// ownBox is a box with its name in the catalogue.
type ownBox struct {
	key string
	box WordBox
}

// boxes returns the boxes there are.
func (o *Own) boxes() []ownBox {
	all := []ownBox{{"name", o.Name}}
	for _, b := range []struct {
		key string
		box *WordBox
	}{{"title", o.Title}, {"status", o.Status}, {"code", o.Code}, {"brand", o.Brand}} {
		if b.box != nil {
			all = append(all, ownBox{b.key, *b.box})
		}
	}
	return all
}

// DecodePNG reads badge art from a PNG, as a drawing of 600 x 600 units. The error says what is wrong with it and what to
// do.
func DecodePNG(data []byte) (*drawing.Drawing, error) {
	pixels, err := raster.DecodePNG(data)
	if err != nil {
		return nil, err
	}
	d := drawing.New(600, 600)
	d.Ops = append(d.Ops, drawing.Image{Source: pixels, W: 600, H: 600})
	return d, nil
}

// ParseArt reads badge art from SVG, as a drawing of 600 x 600 units. The error is that of drawing.ParseSVG.
func ParseArt(file string, data []byte) (*drawing.Drawing, error) {
	from, err := drawing.ParseSVG(file, data)
	if err != nil {
		return nil, err
	}
	if math.Abs(from.W-from.H) > 1e-3*from.W {
		return nil, fmt.Errorf("%s:1: its viewBox is %g x %g; a badge is square", file, from.W, from.H)
	}
	d := drawing.New(600, 600)
	d.Clip(drawing.Rect(0, 0, 600, 600)) // on a preview there is something beside it
	d.Add(from, drawing.Scale(600/from.W, 600/from.W))
	d.End()
	return d, nil
}

// own draws a badge with art of the academy's own. Where letters would be too small, a plate of ours with the name covers the
// middle of it, as on every small badge.
func (s *seal) own(l layer) {
	own := s.art.Own
	picture := own.Picture
	if of, ok := own.Tiers[s.Tier]; ok && s.tier != nil {
		picture, s.tier = of, nil // it says so itself
	}
	colour := func(c drawing.Colour) drawing.Colour { return c }
	if s.State == StateExpired {
		colour = drawing.Colour.Grey
	}
	if l != holders {
		if s.State == StateExpired {
			picture = picture.Grey()
		}
		s.Add(picture, drawing.Identity)
		if s.level <= small {
			s.ownPlate()
		} else {
			s.ownWords(colour)
		}
		s.tab()
	}
	switch {
	case l == common:
	case s.level <= small:
		s.ownPlateName()
	default:
		s.ownHolder(colour)
	}
}

// ownWords draws the words that are the same for every holder.
func (s *seal) ownWords(colour func(drawing.Colour) drawing.Colour) {
	own := s.art.Own
	if b := own.Title; b != nil {
		box := *b
		box.Colour = colour(box.Colour)
		if box.Lines == 2 {
			s.several(box, s.art.Title, s.words.Tag(), 1, drawing.Artifact)
		} else {
			s.one(box, s.art.Title)
		}
	}
	if b := own.Brand; b != nil {
		box := *b
		box.Colour = colour(box.Colour)
		s.one(box, s.press.brand.Wordmark)
	}
	if s.State == StateSpecimen {
		s.ownPill(s.words.Text("badge.not-issued"))
	}
}

// ownHolder draws the words of one holder.
func (s *seal) ownHolder(colour func(drawing.Colour) drawing.Colour) {
	own := s.art.Own
	name := own.Name
	name.Colour = colour(name.Colour)
	s.several(name, s.Name, cmp.Or(s.Lang, s.Words), .8, drawing.Name)
	date := s.words.Date(s.ValidTo.Year, s.ValidTo.Month, s.ValidTo.Day, messages.Short)
	if b := own.Status; b != nil && s.State == StateValid {
		box := *b
		box.Colour = colour(box.Colour)
		s.one(box, s.words.Text("badge.valid-to", "date", date))
	}
	if b := own.Code; b != nil {
		pill, _ := own.pillPlace()
		if s.level == full && (s.State == StateValid || s.State == StateExpired && !b.overlaps(pill)) {
			box := *b
			box.Colour = colour(box.Colour)
			s.one(box, s.Code)
		}
	}
	if s.State == StateExpired {
		s.ownPill(s.words.Text("badge.expired-on", "date", strings.ToUpper(date)))
	}
}

// largest is the size that letters begin with: where the code is left out, they may grow by a fifth.
func (s *seal) largest(b WordBox) float64 {
	if s.level == middle {
		return max(b.From, min(1.2*b.From, b.Height/lineHeight))
	}
	return b.From
}

// one sets words on one line.
func (s *seal) one(b WordBox, words string) {
	l, size := s.press.fonts.Fit(letters[b.Letters], words, s.words.Tag(), b.Width, s.largest(b), b.To, 0)
	x, anchor := b.at()
	s.Text(drawing.Text{Line: l, Size: size, X: x, Y: b.Y + b.Height/2 + .36*size, Colour: b.Colour}, anchor)
}

// several sets words on one line or on two, which may shrink together; all of their ink stays in the box.
func (s *seal) several(b WordBox, words, lang string, shrink float64, role drawing.Role) {
	in := band{middle: b.Y + b.Height/2, top: b.Y, bottom: b.Y + b.Height}
	set := s.press.setName(letters[b.Letters], words, lang, room{text.Box{Width: b.Width, From: s.largest(b), To: b.To,
		TwoFrom: b.To, TwoLeading: ownLeading * b.To, TwoShrink: shrink}, in, in})
	x, anchor := b.at()
	for i, y := range set.baselines {
		s.Text(drawing.Text{Line: set.Lines[i], Size: set.Size, X: x, Y: y, Colour: b.Colour, Role: role}, anchor)
	}
}

// A pill is amber words with a rim, so that it stands out on any art.
const (
	pillHeight = 2.1 // of its letters
	pillRim    = 4
	leastPill  = 14 // size of its letters
)

// pillPlace is where the words of a state stand: in the box of the status, else below, else above. It is false where all
// that is taken.
func (o *Own) pillPlace() (WordBox, bool) {
	if o.Status != nil {
		return *o.Status, true
	}
	for _, y := range []float64{540, 6} {
		place := WordBox{X: 120, Y: y, Width: 360, Height: 54}
		free := true
		for _, b := range o.boxes() {
			free = free && (b.key == "code" || !b.box.overlaps(place))
		}
		if free {
			return place, true
		}
	}
	return WordBox{X: 120, Y: 540, Width: 360, Height: 54}, false
}

// ownPill draws the words of a state that is not valid.
func (s *seal) ownPill(words string) {
	b, _ := s.art.Own.pillPlace()
	h := min(b.Height-2*pillRim, 46)
	s.ownPillAt(words, b.X+b.Width/2, b.Y+b.Height/2, b.Width-2*pillRim, h, leastPill)
}

// ownPillAt draws a pill h high round (x, y), at most room wide.
func (s *seal) ownPillAt(words string, x, y, room, h, least float64) {
	size := h / pillHeight
	tracking := .045 * size
	l, size := s.press.fonts.Fit(text.Heavy, words, s.words.Tag(), room-h, size, least, tracking)
	w := l.WidthTracked(size, tracking) + h
	s.Fill(drawing.RoundRect(x-w/2-pillRim, y-h/2-pillRim, w+2*pillRim, h+2*pillRim, h/2+pillRim), s.art.Deep)
	s.Fill(drawing.RoundRect(x-w/2, y-h/2, w, h, h/2), amber)
	s.Text(drawing.Text{Line: l, Size: size, X: x, Y: y + .36*size, Tracking: tracking, Colour: amberInk}, drawing.Centre)
}

// ownPlatePlace is where the plate of small badges stands, at the height of the name, and the middle of its pill, if the state
// has one.
func (s *seal) ownPlatePlace() (y, h, pill float64, marked bool) {
	h = 128
	b := s.art.Own.Name
	y = min(max(b.Y+b.Height/2-h/2, 6), 600-6-h)
	if pill = y + h + 23; pill+30 > 600 {
		pill = y - 23
	}
	return y, h, pill, s.level == small && s.State != StateValid
}

// ownPlate draws the plate and its pill.
func (s *seal) ownPlate() {
	y, h, pill, marked := s.ownPlatePlace()
	s.Fill(drawing.RoundRect(4, y-6, 592, h+12, 19), white)
	s.Fill(drawing.RoundRect(10, y, 580, h, 14), s.art.Deep)
	s.Fill(drawing.RoundRect(15, y+5, 570, h-10, 9.5), white)
	switch {
	case marked && s.State == StateExpired:
		s.ownPillAt(s.words.Text("badge.expired"), 300, pill, 360, 52, 20)
	case marked:
		s.ownPillAt(s.words.Text("badge.specimen"), 300, pill, 360, 52, 20)
	}
}

// ownPlateName draws the name on the plate.
func (s *seal) ownPlateName() {
	y, h, pill, marked := s.ownPlatePlace()
	colour, style, middle := ink, text.Strong, y+h/2
	if s.State == StateSpecimen {
		colour = specimenInk
	}
	if s.level == tiny {
		style = text.Heavy
	}
	if marked {
		middle += math.Copysign(4, y-pill) // clear of the pill
	}
	at := band{middle: middle, top: y + 9, bottom: y + h - 9}
	s.press.setName(style, s.Name, cmp.Or(s.Lang, s.Words), room{names[s.level], at, at}).draw(s.Drawing, 300, drawing.Centre, colour)
}

// ownEmblem draws a layer of the badge small at the left of a card.
func (c *card) ownEmblem(l layer) error {
	const side = 130
	badge, err := c.press.seal(c.Badge, small, l)
	if err != nil {
		return err
	}
	c.Add(badge, drawing.Translate(82-side/2, 80-side/2).Mul(drawing.Scale(side/600., side/600.)))
	return nil
}

// Mistake is what is wrong with an Own badge, and where: the part of the catalogue's keys below art.
type Mistake struct{ At, Says string }

// overlaps reports whether two boxes share some of the badge.
func (b WordBox) overlaps(c WordBox) bool {
	return b.X < c.X+c.Width && c.X < b.X+b.Width && b.Y < c.Y+c.Height && c.Y < b.Y+b.Height
}

// Mistakes returns what is wrong with the boxes: outside the badge, over one another, too low for their letters, or on a part
// of a picture where their words cannot be read. tiers are those of the certification.
func (o *Own) Mistakes(tiers []string, leastContrast float64) (all []Mistake) {
	bad := func(at, format string, args ...any) { all = append(all, Mistake{at, fmt.Sprintf(format, args...)}) }
	tab := WordBox{X: 150, Width: 300, Height: 66} // of a tier
	tabbed := ""
	for _, t := range tiers {
		if o.Tiers[t] == nil {
			tabbed = t
		}
	}
	boxes := o.boxes()
	inside := true
	for i, b := range boxes {
		at, box := "text."+b.key, b.box
		if box.X < 0 || box.Y < 0 || box.Width < 20 || box.Height < 10 || box.X+box.Width > 600 || box.Y+box.Height > 600 {
			bad(at, "reaches from (%g, %g) to (%g, %g); keep it within 600 x 600 units, 20 wide and 10 high at least",
				box.X, box.Y, box.X+box.Width, box.Y+box.Height)
			inside = false
		}
		if box.To < 8 || box.From < box.To {
			bad(at+".from", "letters from %g to %g; write the largest size, then the smallest, 8 at least", box.From, box.To)
		} else if high := lineHeight * box.From; high > box.Height {
			bad(at+".height", "is %g; letters of %g need %g", box.Height, box.From, math.Ceil(high))
		} else if high := twoLineHeight * box.To; high > box.Height && (b.key == "name" || b.key == "title" && box.Lines == 2) {
			bad(at+".height", "is %g; two lines of %g need %g", box.Height, box.To, math.Ceil(high))
		}
		if high := pillHeight*leastPill + 2*pillRim; b.key == "status" && box.Height < high {
			bad(at+".height", "is %g; EXPIRED stands here in a pill, which needs %g", box.Height, math.Ceil(high))
		}
		if b.key == "name" {
			switch box.Letters {
			case "strong", "heavy", "serif", "body":
			default:
				bad(at+".letters", "%s does not have the letters of every name; use strong, heavy, serif or body", box.Letters)
			}
		}
		for _, other := range boxes[:i] {
			if box.overlaps(other.box) {
				bad(at, "overlaps %s", other.key)
			}
		}
		if tabbed != "" && box.overlaps(tab) {
			bad(at, "overlaps the tab of the tier %s at the top, down to %g; move it, or bring art of its own for every tier", tabbed, tab.Height)
		}
	}
	if _, free := o.pillPlace(); !free {
		bad("text", "leaves no room for EXPIRED; add a box for the status")
	}
	if inside {
		o.contrasts(leastContrast, bad)
	}
	return all
}

// contrasts measures every box on every picture.
func (o *Own) contrasts(least float64, bad func(at, format string, args ...any)) {
	pictures := []string{""}
	for _, t := range []string{"silver", "gold", "platinum"} {
		if o.Tiers[t] != nil {
			pictures = append(pictures, t)
		}
	}
	for _, tier := range pictures {
		picture, of := o.Picture, "the art"
		if tier != "" {
			picture, of = o.Tiers[tier], "the art of "+tier
		}
		pixels := raster.Draw(picture, 600, 600, drawing.Identity)
		for _, b := range o.boxes() {
			if w := worst(pixels, b.box); w.ratio < least {
				ground := ""
				if w.through {
					ground = ", where it is transparent and the page shows through"
				}
				bad("text."+b.key+".colour", "%s on %s has a contrast of %.2f:1 at (%.0f, %.0f)%s; at least %.1f:1 is needed to be read",
					b.box.Colour, of, w.ratio, w.x, w.y, ground, least)
			}
		}
	}
}

// ground is the part of a picture under a box on which its words read worst.
type ground struct {
	ratio   float64 // contrast
	x, y    float64 // middle of it
	through bool    // a page would show through
}

// worst finds the square on which the words of a box would read worst: a quarter of their smallest size a side, about as
// large as what surrounds a stroke of a letter, by the mean light of its pixels. Where the picture is not opaque, it is
// measured on a white page and on a black one.
func worst(pixels *image.NRGBA, b WordBox) ground {
	side := max(4, int(math.Round(b.To/4)))
	x0, y0 := int(math.Floor(b.X)), int(math.Floor(b.Y))
	x1, y1 := int(math.Ceil(b.X+b.Width)), int(math.Ceil(b.Y+b.Height))
	words := b.Colour.Luminance()
	found := ground{ratio: math.Inf(1)}
	for y := y0; y < y1; y += side {
		for x := x0; x < x1; x += side {
			at := image.Rect(x, y, x+side, y+side)
			at = at.Sub(image.Pt(max(0, at.Max.X-x1), max(0, at.Max.Y-y1))).Intersect(pixels.Rect)
			onWhite, onBlack, opaque := light(pixels, at)
			for _, l := range []float64{onWhite, onBlack} {
				if ratio := drawing.ContrastOf(words, l); ratio < found.ratio {
					middle := at.Min.Add(at.Max)
					found = ground{ratio, float64(middle.X) / 2, float64(middle.Y) / 2, !opaque}
				}
			}
		}
	}
	return found
}

// light returns the mean luminance of a part of a picture on a white page and on a black one.
func light(pixels *image.NRGBA, at image.Rectangle) (onWhite, onBlack float64, opaque bool) {
	opaque = true
	n := 0.0
	for y := at.Min.Y; y < at.Max.Y; y++ {
		for x := at.Min.X; x < at.Max.X; x++ {
			p := pixels.NRGBAAt(x, y)
			c := drawing.Colour(p.R)<<16 | drawing.Colour(p.G)<<8 | drawing.Colour(p.B)
			part := float64(p.A) / 255
			onWhite += drawing.Mix(white, c, part).Luminance()
			onBlack += drawing.Mix(0, c, part).Luminance()
			opaque = opaque && p.A == 255
			n++
		}
	}
	return onWhite / n, onBlack / n, opaque
}
