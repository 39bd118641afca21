package render

import (
	"cmp"
	"fmt"
	"strings"

	"testamur/messages"
	"testamur/render/drawing"
	"testamur/render/text"
)

// dress returns the artwork of a badge in the colours of its state, and its tier, nil for none.
func (p *Press) dress(b Badge) (Art, *tier, error) {
	art, known := p.art(b.Certification)
	if !known {
		art.Title = cut(art.Title, 36) // the certificate has room for all of it
	}
	switch b.State {
	case StateValid, StateSpecimen:
		if b.Tier == "" {
			return art, nil, nil
		}
		t, ok := tiers[b.Tier]
		if !ok {
			return art, nil, fmt.Errorf("render: there is no tier %q", b.Tier)
		}
		return art, &t, nil
	case StateExpired: // without its tier
		art.Deep, art.Mid, art.Tint, art.Accent = grey.Deep, grey.Mid, grey.Tint, grey.Accent
		return art, nil, nil
	}
	return art, nil, fmt.Errorf("render: there is no state %q of a badge", b.State)
}

const statusInk drawing.Colour = 0x0B5D34 // valid

// frame draws what every card stands on: a frame, a ground, and a field at the left.
func cardFrame(field, ground drawing.Colour) *drawing.Drawing {
	d := drawing.New(640, 160)
	d.Fill(drawing.RoundRect(0, 0, 640, 160, 18), hairline)
	d.Fill(drawing.RoundRect(3, 3, 634, 154, 15.5), ground)
	d.Clip(drawing.RoundRect(3, 3, 634, 154, 15.5))
	d.Fill(drawing.Rect(0, 0, 162, 160), field)
	d.End()
	return d
}

// cardDetail is what a card shows at a size in pixels: letters that could not be read are left out, and what stays grows.
func cardDetail(width, height int) detail {
	switch w := min(width, 4*height); {
	case w >= 300:
		return full
	case w >= 200:
		return middle // no brand, no code
	}
	return small // no title either
}

// A card's words stand between cardX and cardRight.
const cardX, cardRight, cardWidth = 188, 618, 428

// card is a card being drawn.
type card struct {
	*drawing.Drawing
	press *Press
	Badge
	art   Art // in the colours of the state
	tier  *tier
	level detail
	two   bool // the name stands on two lines
	words *messages.Language
}

// card returns the badge as a card of 640 x 160 units: for mail and for lines of text, where the name stays readable.
func (p *Press) card(b Badge) (*drawing.Drawing, error) {
	name := p.cardName(b)
	d, err := p.cardCommon(b, len(name.Lines) > 1)
	if err != nil {
		return nil, err
	}
	over, err := p.cardHolder(b, name)
	if err != nil {
		return nil, err
	}
	d.Ops = append(d.Ops, over.Ops...)
	return d, nil
}

func (p *Press) cardName(b Badge) fitted {
	return p.setName(text.Strong, b.Name, cmp.Or(b.Lang, b.Words), cardNames[cardDetail(b.Width, b.Height)])
}

func (p *Press) newCard(b Badge, d *drawing.Drawing, two bool) (*card, error) {
	art, t, err := p.dress(b)
	return &card{Drawing: d, press: p, Badge: b, art: art, tier: t, level: cardDetail(b.Width, b.Height), two: two, words: p.messages.In(b.Words)}, err
}

// cardCommon returns what is the same for every holder whose name stands on one line, or on two.
func (p *Press) cardCommon(b Badge, two bool) (*drawing.Drawing, error) {
	c, err := p.newCard(b, nil, two)
	if err != nil {
		return nil, err
	}
	c.Drawing = cardFrame(c.art.Deep, white)
	if err := c.emblem(); err != nil {
		return nil, err
	}
	at := c.rows()
	if at.title > 0 {
		title, size := p.fonts.Fit(text.Strong, c.art.Title, c.words.Tag(), at.titleRoom, at.titleFrom, at.titleTo, 0)
		c.Text(drawing.Text{Line: title, Size: size, X: cardX, Y: at.title, Colour: c.art.Mid}, drawing.Left)
	}
	switch {
	case b.State == StateSpecimen && c.level == full:
		c.pill(c.words.Text("badge.not-issued"), at)
	case b.State == StateSpecimen:
		c.pill(c.words.Text("badge.specimen"), at)
	}
	if c.level == full {
		if !two {
			room := float64(cardWidth)
			if c.tier != nil {
				_, w := c.tierWord()
				room -= w + 12
			}
			wordmark, size := p.fonts.Fit(text.Brand, p.brand.Wordmark, "", room, 17, 8, 3)
			c.Text(drawing.Text{Line: wordmark, Size: size, X: cardX, Y: 38, Tracking: 3, Colour: mute}, drawing.Left)
		}
		c.tab()
	}
	return c.Drawing, nil
}

// cardHolder returns what is the holder's.
func (p *Press) cardHolder(b Badge, name fitted) (*drawing.Drawing, error) {
	c, err := p.newCard(b, drawing.New(640, 160), len(name.Lines) > 1)
	if err != nil {
		return nil, err
	}
	if c.art.Own != nil {
		if err := c.ownEmblem(holders); err != nil {
			return nil, err
		}
	}
	colour := ink
	if b.State == StateSpecimen {
		colour = specimenInk
	}
	name.draw(c.Drawing, cardX, drawing.Left, colour)
	c.status(c.rows())
	if c.level == full {
		c.Text(drawing.Text{Line: p.fonts.Line(text.Mono, b.Code, ""), Size: 18.5, X: cardRight, Y: 138, Colour: mute}, drawing.Right)
	}
	return c.Drawing, nil
}

// cardNames is the room for a name on a card.
var cardNames = [...]room{
	full:   {text.Box{Width: cardWidth, From: 37, To: 27, TwoFrom: 26, TwoLeading: 30, TwoShrink: .8}, band{67, 46, 90}, band{51, 12, 90}},
	middle: {text.Box{Width: cardWidth, From: 48, To: 34, TwoFrom: 32, TwoLeading: 36, TwoShrink: .8}, band{42, 12, 74}, band{46, 12, 84}},
	small:  {text.Box{Width: cardWidth, From: 62, To: 44, TwoFrom: 41, TwoLeading: 43, TwoShrink: .8}, band{48, 12, 87}, band{50, 12, 101}},
}

// cardRows is where the rows under the name stand and how large their letters are.
type cardRows struct {
	title, titleFrom, titleTo, titleRoom float64 // baseline, sizes, width; no baseline: no title
	status, size, pill                   float64 // baseline; size of a date, and of letters in a pill
}

// statusRoom is the width for the status: on a card that shows everything the code stands beside it.
func (c *card) statusRoom() float64 {
	if c.level == full {
		return 258
	}
	return cardWidth
}

func (c *card) rows() cardRows {
	switch {
	case c.level == full && !c.two:
		return cardRows{109, 22, 18, cardWidth, 138, 20, 16}
	case c.level == full && c.tier != nil: // the tier stands beside the title
		_, w := c.tierWord()
		return cardRows{107, 20, 15, cardWidth - w - 12, 138, 20, 16}
	case c.level == full: // the second line takes the place of the brand
		return cardRows{107, 20, 17, cardWidth, 138, 20, 16}
	case c.level == middle && !c.two:
		return cardRows{98, 30, 20, cardWidth, 139, 27, 22}
	case c.level == middle:
		return cardRows{104, 25, 20, cardWidth, 141, 25, 20}
	case !c.two:
		return cardRows{status: 130, size: 40, pill: 33}
	}
	return cardRows{status: 140, size: 34, pill: 29}
}

// emblem draws what stands at the left: the icon and, where the words leave no room for it, the tier by its stars alone;
// or small the badge that is the academy's own.
func (c *card) emblem() error {
	t := c.tier
	switch {
	case c.art.Own != nil:
		return c.ownEmblem(common)
	case t == nil || c.level == full:
		c.art.Icon.draw(c.Drawing, 82, 80, .62, white, c.art.Accent)
		return nil
	}
	c.art.Icon.draw(c.Drawing, 82, 60, .52, white, c.art.Accent)
	w := 24 + 31*float64(t.stars)
	c.Fill(drawing.RoundRect(82-w/2, 112, w, 38, 10), t.rim)
	c.Fill(drawing.RoundRect(82-w/2+3, 115, w-6, 32, 7), t.tab)
	stars(c.Drawing, t.stars, 82, 132, 13, 31, t.letters)
	return nil
}

// tierWord returns the word of a tier and the width of its tab.
func (c *card) tierWord() (drawing.Text, float64) {
	word := drawing.Text{Line: c.press.fonts.Line(text.Title, strings.ToUpper(c.words.Text(c.tier.word)), c.words.Tag()), Size: 14, Tracking: 2, Colour: c.tier.letters}
	return word, word.Line.WidthTracked(word.Size, word.Tracking) + 24 + float64(c.tier.stars)*15
}

// tab draws the tier at the right: in the corner, or beside the title under a name of two lines.
func (c *card) tab() {
	if c.tier == nil {
		return
	}
	y := 17.0
	if c.two {
		y = 88
	}
	word, w := c.tierWord()
	x := cardRight - w
	c.Fill(drawing.RoundRect(x, y, w, 26, 7), c.tier.rim)
	c.Fill(drawing.RoundRect(x+2, y+2, w-4, 22, 5), c.tier.tab)
	word.X, word.Y = x+11, y+18
	end := word.X + c.Text(word, drawing.Left)
	stars(c.Drawing, c.tier.stars, end+11+float64(c.tier.stars-1)*7.5, y+13, 6, 15, c.tier.letters)
}

// status draws what the badge is worth today and until when.
func (c *card) status(at cardRows) {
	until := c.words.Date(c.ValidTo.Year, c.ValidTo.Month, c.ValidTo.Day, messages.Short)
	switch c.State {
	case StateValid:
		l, size := c.press.fonts.FitKnown(text.Strong, c.words.Text("badge.valid-to", "date", until), c.words.Tag(), c.statusRoom(), at.size, at.size/2, 0)
		c.Text(drawing.Text{Line: l, Size: size, X: cardX, Y: at.status, Colour: statusInk}, drawing.Left)
	case StateExpired:
		c.pill(c.words.Text("badge.expired-on", "date", strings.ToUpper(until)), at)
	}
}

// pill draws the words of a state that is not valid.
func (c *card) pill(words string, at cardRows) {
	l, size := c.press.fonts.FitKnown(text.Heavy, words, c.words.Tag(), c.statusRoom()-1.6*at.pill, at.pill, at.pill/2, at.pill*.047)
	c.Fill(drawing.RoundRect(cardX-2, at.status-1.27*at.pill, l.WidthTracked(size, size*.047)+1.6*at.pill, 1.8*at.pill, .9*at.pill), amber)
	c.Text(drawing.Text{Line: l, Size: size, X: cardX - 2 + .8*at.pill, Y: at.status, Tracking: size * .047, Colour: amberInk}, drawing.Left)
}

// neutralField is the left of the neutral card and preview, and neutralRing the sign on it.
const (
	neutralField drawing.Colour = 0xDCE2E8
	neutralRing  drawing.Colour = 0x7C8894
)

func (p *Press) neutralCard(n Neutral) *drawing.Drawing {
	words := p.messages.In(n.Words)
	d := cardFrame(neutralField, neutralFill)
	p.brand.Mark.plain().draw(d, 82, 80, .6, neutralRing, neutralRing)
	line := func(style text.Style, s string, from, to, x, y, tracking float64) float64 {
		l, size := p.fonts.Fit(style, s, words.Tag(), cardX+430-x, from, to, tracking)
		return d.Text(drawing.Text{Line: l, Size: size, X: x, Y: y, Tracking: tracking, Colour: neutralInk}, drawing.Left)
	}
	title, address := words.Text("neutral.title"), p.brand.Address+"/verify"
	switch cardDetail(n.Width, n.Height) {
	case full:
		line(text.Strong, title, 38, 20, cardX, 77, -.3)
		w := line(text.Body, words.Text("neutral.check")+" ", 22, 22, cardX, 115, 0)
		line(text.Strong, address, 22, 9, cardX+w, 115, 0)
	case middle:
		line(text.Strong, title, 50, 30, cardX, 75, -.4)
		line(text.Strong, address, 30, 12, cardX, 119, 0)
	default:
		line(text.Strong, title, 57, 30, cardX, 99, -.5)
	}
	return d
}
