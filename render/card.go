package render

import (
	"fmt"
	"strings"

	"testamur/messages"
	"testamur/render/drawing"
	"testamur/render/text"
)

// dress returns the artwork of a badge in the colours of its state, and its tier, nil for none.
func (p *Press) dress(b Badge) (Art, *tier, error) {
	art, ok := p.arts[b.Certification]
	if !ok {
		return art, nil, fmt.Errorf("render: there is no art for the certification %q", b.Certification)
	}
	switch b.State {
	case StateValid, StateSpecimen:
		t, ok := tiers[b.Tier]
		if b.Tier == "" {
			return art, nil, nil
		}
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

// card returns the badge as a card of 640 x 160 units: for mail and for lines of text, where the name stays readable.
func (p *Press) card(b Badge) (*drawing.Drawing, error) {
	art, t, err := p.dress(b)
	if err != nil {
		return nil, err
	}
	const x, width, right = 188, 428, 618
	words := p.messages.In(b.Words)
	d := cardFrame(art.Deep, white)
	if err := p.cardEmblem(d, b, art); err != nil {
		return nil, err
	}

	colour := ink
	if b.State == StateSpecimen {
		colour = specimenInk
	}
	name := p.fonts.FitName(text.Strong, b.Name, b.Lang, text.Box{Width: width, From: 37, To: 27, TwoFrom: 26, TwoLeading: 30, TwoShrink: .8})
	middle, titleY, titleFrom, titleTo := 67.0, 109.0, 22.0, 18.0
	two := len(name.Lines) > 1
	if two { // its second line takes the place of the brand
		middle, titleY, titleFrom, titleTo = 51, 108, 20, 17
	} else {
		d.Text(drawing.Text{Line: p.fonts.Line(text.Brand, p.brand.Wordmark, ""), Size: 17, X: x, Y: 38, Tracking: 3, Colour: mute}, drawing.Left)
	}
	for i, y := range name.Baselines(middle) {
		d.Text(drawing.Text{Line: name.Lines[i], Size: name.Size, X: x, Y: y, Colour: colour, Role: drawing.Name}, drawing.Left)
	}
	title, size := p.fonts.Fit(text.Strong, art.Title, words.Tag(), width, titleFrom, titleTo, 0)
	d.Text(drawing.Text{Line: title, Size: size, X: x, Y: titleY, Colour: art.Mid}, drawing.Left)

	until := words.Date(b.ValidTo.Year, b.ValidTo.Month, b.ValidTo.Day, messages.Short)
	switch b.State {
	case StateValid:
		d.Text(drawing.Text{Line: p.fonts.Line(text.Strong, words.Text("badge.valid-to", "date", until), words.Tag()), Size: 18, X: x, Y: 137, Colour: statusInk}, drawing.Left)
	case StateExpired:
		p.cardPill(d, words.Text("badge.expired-on", "date", strings.ToUpper(until)), words.Tag(), x, 137)
	default:
		p.cardPill(d, words.Text("badge.not-issued"), words.Tag(), x, 137)
	}
	d.Text(drawing.Text{Line: p.fonts.Line(text.Mono, b.Code, ""), Size: 16, X: right, Y: 137, Colour: mute}, drawing.Right)
	if t == nil || two {
		return d, nil
	}
	const tracking = 2
	word := p.fonts.Line(text.Title, strings.ToUpper(words.Text(t.word)), words.Tag())
	ww := word.WidthTracked(14, tracking)
	w := ww + 24 + float64(t.stars)*15
	d.Fill(drawing.RoundRect(right-w, 17, w, 26, 7), t.rim)
	d.Fill(drawing.RoundRect(right-w+2, 19, w-4, 22, 5), t.tab)
	d.Text(drawing.Text{Line: word, Size: 14, X: right - w + 11, Y: 35, Tracking: tracking, Colour: t.letters}, drawing.Left)
	stars(d, t.stars, right-w+ww+22+float64(t.stars-1)*7.5, 30, 6, 15, t.letters)
	return d, nil
}

// cardPill draws the words of a state that is not valid, from x on.
func (p *Press) cardPill(d *drawing.Drawing, words, lang string, x, y float64) {
	const size, tracking = 15, .7
	l := p.fonts.Line(text.Heavy, words, lang)
	d.Fill(drawing.RoundRect(x-2, y-19, l.WidthTracked(size, tracking)+24, 27, 13.5), amber)
	d.Text(drawing.Text{Line: l, Size: size, X: x + 10, Y: y, Tracking: tracking, Colour: amberInk}, drawing.Left)
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
	title, size := p.fonts.Fit(text.Strong, words.Text("neutral.title"), words.Tag(), 428, 38, 20, -.3)
	d.Text(drawing.Text{Line: title, Size: size, X: 188, Y: 77, Tracking: -.3, Colour: neutralInk}, drawing.Left)
	check := p.fonts.Line(text.Body, words.Text("neutral.check")+" ", words.Tag())
	w := d.Text(drawing.Text{Line: check, Size: 22, X: 188, Y: 115, Colour: neutralInk}, drawing.Left)
	address, size := p.fonts.Fit(text.Strong, p.brand.Address+"/verify", "", 430-w, 22, 9, 0)
	d.Text(drawing.Text{Line: address, Size: size, X: 188 + w, Y: 115, Colour: neutralInk}, drawing.Left)
	return d
}
