package render

import (
	"cmp"
	"strings"

	"testamur/messages"
	"testamur/render/drawing"
	"testamur/render/text"
)

// preview returns the picture that stands beside a link, 1200 x 630 units: the badge at the left, the words at the right.
// The name is never cut.
func (p *Press) preview(b Badge) (*drawing.Drawing, error) {
	art, t, err := p.dress(b)
	if err != nil {
		return nil, err
	}
	seal, err := p.seal(b, full, whole)
	if err != nil {
		return nil, err
	}
	const x, width, right = 560, 580, 1140
	words := p.messages.In(b.Words)
	d := drawing.New(1200, 630)
	d.Fill(drawing.Rect(0, 0, 1200, 630), white)
	d.Fill(drawing.Rect(0, 0, 500, 630), art.Tint)
	d.Clip(drawing.Rect(0, 0, 500, 630))
	for _, r := range []float64{300, 380, 460} {
		d.Stroke(drawing.Circle(250, 300, r), drawing.Mix(art.Tint, white, .45), 30)
	}
	d.End()
	d.Fill(drawing.Rect(0, 618, 1200, 12), art.Deep)
	d.Add(seal, drawing.Translate(31, 90).Mul(drawing.Scale(.73, .73)))

	p.brand.Mark.draw(d, x+23, 98, .3, art.Deep, art.Mid)
	wordmark, size := p.fonts.Fit(text.Brand, p.brand.Wordmark, "", width-62, 25, 14, 4)
	d.Text(drawing.Text{Line: wordmark, Size: size, X: x + 62, Y: 107, Tracking: 4, Colour: art.Deep}, drawing.Left)

	colour := ink
	if b.State == StateSpecimen {
		colour = specimenInk
	}
	name := p.setName(text.Serif, b.Name, cmp.Or(b.Lang, b.Words), room{text.Box{Width: width, From: 66, To: 46, TwoFrom: 50, TwoLeading: 58, TwoShrink: .35},
		band{226, 130, 281}, band{216, 130, 303}})
	name.draw(d, x, drawing.Left, colour)
	titleY := 312.0
	if len(name.Lines) > 1 {
		titleY = 334
	}
	title, size := p.fonts.Fit(text.Strong, art.Title, words.Tag(), width, 36, 26, 0)
	d.Text(drawing.Text{Line: title, Size: size, X: x, Y: titleY, Colour: art.Mid}, drawing.Left)

	left, pillY := float64(width), titleY+36
	if t != nil { // tab and pill share the line
		word, size := p.fonts.Line(text.Title, strings.ToUpper(words.Text(t.word)), words.Tag()), 22.0
		w := word.WidthTracked(size, 2.5) + 36
		left -= w + 14
		end := p.previewPill(d, b, words, x, pillY, left)
		d.Fill(drawing.RoundRect(end+14, pillY+5, w, 48, 11), t.rim)
		d.Fill(drawing.RoundRect(end+18, pillY+9, w-8, 40, 7.5), t.tab)
		d.Text(drawing.Text{Line: word, Size: size, X: end + 14 + w/2, Y: pillY + 37, Tracking: 2.5, Colour: t.letters}, drawing.Centre)
	} else {
		p.previewPill(d, b, words, x, pillY, left)
	}

	var rule drawing.Path
	rule.Move(x, 506)
	rule.Line(right, 506)
	d.Stroke(rule, hairline, 2)
	code := p.fonts.Line(text.Mono, b.Code, "")
	w := d.Text(drawing.Text{Line: code, Size: 25, X: right, Y: 554, Colour: mute}, drawing.Right)
	address, size := p.fonts.Fit(text.Strong, p.brand.Address, "", width-w-24, 27, 10, 0)
	d.Text(drawing.Text{Line: address, Size: size, X: x, Y: 554, Colour: ink}, drawing.Left)
	return d, nil
}

// previewPill draws the status 58 high from x, y on, at most room wide, and returns where it ends.
func (p *Press) previewPill(d *drawing.Drawing, b Badge, words *messages.Language, x, y, room float64) float64 {
	until := words.Date(b.ValidTo.Year, b.ValidTo.Month, b.ValidTo.Day, messages.Long)
	say, style, size, tracking, colour, ground := words.Text("badge.valid-to", "date", until), text.Strong, 28.0, 0.0, statusInk, drawing.Colour(0xE5F4EB)
	left := 60.0 // room for the check
	switch b.State {
	case StateExpired:
		say = words.Text("badge.expired-on", "date", strings.ToUpper(until))
	case StateSpecimen:
		say = words.Text("badge.not-issued")
	}
	if b.State != StateValid {
		style, size, tracking, colour, ground, left = text.Heavy, 26, 1, amberInk, amber, 28
	}
	l, size := p.fonts.Fit(style, say, words.Tag(), room-left-28, size, 16, tracking)
	w := l.WidthTracked(size, tracking) + left + 28
	d.Fill(drawing.RoundRect(x, y, w, 58, 29), ground)
	if b.State == StateValid {
		d.Stroke(drawing.Circle(x+34, y+29, 14), colour, 4)
		var check drawing.Path
		check.Move(x+27.5, y+29.5)
		check.Line(x+32, y+34)
		check.Line(x+40.5, y+24.5)
		d.Stroke(check, colour, 4)
	}
	d.Text(drawing.Text{Line: l, Size: size, X: x + left, Y: y + 29 + size*.36, Tracking: tracking, Colour: colour}, drawing.Left)
	return x + w
}

func (p *Press) neutralPreview(n Neutral) *drawing.Drawing {
	words := p.messages.In(n.Words)
	d := drawing.New(1200, 630)
	d.Fill(drawing.Rect(0, 0, 1200, 630), neutralFill)
	d.Fill(drawing.Rect(0, 0, 500, 630), neutralField)
	d.Fill(drawing.Rect(0, 618, 1200, 12), neutralMark)
	p.brand.Mark.plain().draw(d, 250, 309, 1.7, neutralRing, neutralRing)
	for _, l := range []struct {
		style       text.Style
		words       string
		size, y, tr float64
	}{
		{text.Strong, words.Text("neutral.title"), 66, 300, -.8},
		{text.Body, words.Text("neutral.check"), 36, 366, 0},
		{text.Strong, p.brand.Address + "/verify", 36, 414, 0},
	} {
		line, size := p.fonts.Fit(l.style, l.words, words.Tag(), 580, l.size, l.size*.4, l.tr)
		d.Text(drawing.Text{Line: line, Size: size, X: 560, Y: l.y, Tracking: l.tr, Colour: neutralInk}, drawing.Left)
	}
	return d
}
