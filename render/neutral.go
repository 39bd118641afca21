package render

import (
	"fmt"

	"testamur/render/drawing"
	"testamur/render/png"
	"testamur/render/raster"
	"testamur/render/text"
)

// bounds are the least and the largest sides of a style, and the size where none is asked for.
type bounds struct{ minW, minH, maxW, maxH, w, h int }

func (s Style) bounds() bounds {
	switch s {
	case StyleCard:
		return bounds{128, 32, 1200, 300, 640, 160}
	case StylePreview:
		return bounds{1200, 630, 1200, 630, 1200, 630}
	}
	return bounds{32, 32, 1200, 1200, 300, 300}
}

// Fit completes a size in pixels, where 0 is not given: both sides by default, one by the other. It is false for a size
// out of bounds.
func (s Style) Fit(w, h int) (int, int, bool) {
	b := s.bounds()
	switch {
	case w == 0 && h == 0:
		w, h = b.w, b.h
	case h == 0:
		h = max(1, (w*b.h+b.w/2)/b.w)
	case w == 0:
		w = max(1, (h*b.w+b.h/2)/b.h)
	}
	return w, h, s.check(w, h) == nil
}

// Limits returns the least and the largest sides in pixels.
func (s Style) Limits() (minW, minH, maxW, maxH int) {
	b := s.bounds()
	return b.minW, b.minH, b.maxW, b.maxH
}

func (s Style) check(w, h int) error {
	b := s.bounds()
	if w < b.minW || w > b.maxW || h < b.minH || h > b.maxH {
		return fmt.Errorf("render: %d x %d pixels: give %d to %d by %d to %d", w, h, b.minW, b.maxW, b.minH, b.maxH)
	}
	return nil
}

// ladder is the sizes of the seal that embed code uses, smallest first.
var ladder = [...]int{64, 90, 128, 150, 200, 240, 300, 400, 480, 600, 800, 1200}

// placed maps a picture's units to pixels: as large as fits, and centred.
func placed(d *drawing.Drawing, w, h int) drawing.Matrix {
	k := min(float64(w)/d.W, float64(h)/d.H)
	x, y := (float64(w)-d.W*k)/2, (float64(h)-d.H*k)/2
	return drawing.Translate(x, y).Mul(drawing.Scale(k, k))
}

// centred draws a picture as large as fits, centred on transparent, as PNG.
func centred(d *drawing.Drawing, w, h int) []byte {
	return png.Encode(raster.Draw(d, w, h, placed(d, w, h)))
}

// readySizes are the neutral pictures that are drawn ahead: the default sizes at once, the ladder later.
func readySizes(words string) (now, later []Neutral) {
	for _, s := range []Style{StyleSeal, StyleCard, StylePreview} {
		now = append(now, Neutral{Words: words, Style: s, Width: s.bounds().w, Height: s.bounds().h})
	}
	for _, side := range ladder {
		if side != StyleSeal.bounds().w {
			later = append(later, Neutral{Words: words, Width: side, Height: side})
		}
	}
	for _, w := range cardLadder {
		if w == StyleCard.bounds().w {
			continue
		}
		later = append(later, Neutral{Words: words, Style: StyleCard, Width: w, Height: w / 4})
	}
	return now, later
}

// prepare draws the ready neutral pictures of every language that is whole: the default size at once, the others in the
// background, one after the other, as workers are free.
func (p *Press) prepare() error {
	var rest []Neutral
	for _, l := range p.messages.Whole() {
		now, later := readySizes(l)
		for _, n := range now {
			if err := p.prepareOne(n); err != nil {
				return err
			}
		}
		rest = append(rest, later...)
	}
	go func() {
		for _, n := range rest {
			p.workers <- struct{}{}
			_ = p.prepareOne(n) // then the next larger one stands in
			<-p.workers
		}
	}()
	return nil
}

func (p *Press) prepareOne(n Neutral) error {
	pic, err := p.print(n.key(), p.plain, "image/png", func() ([]byte, error) { return p.drawNeutral(n) })
	if err == nil {
		p.ready.Store(n, pic)
	}
	return err
}

// ReadyNeutral returns a neutral picture without drawing or waiting: of the size asked for if there is one, else
// of the next larger ready size, else of the largest that is ready.
func (p *Press) ReadyNeutral(n Neutral) Picture {
	n.Words = p.messages.In(n.Words).Tag()
	if pic, ok := p.ready.Load(n); ok {
		return pic.(Picture)
	}
	if pic, ok := p.kept.GetIfPresent(n.key()); ok {
		return pic
	}
	size := n.Style.bounds()
	wanted := min(n.Width, n.Height*size.w/size.h) // as wide as it would be drawn
	now, later := readySizes(n.Words)
	var best Picture
	width := 0
	for _, r := range append(now, later...) {
		closer := r.Width > width && width < wanted || r.Width < width && r.Width >= wanted
		if r.Style != n.Style || !closer {
			continue
		}
		if pic, ok := p.ready.Load(r); ok {
			best, width = pic.(Picture), r.Width
		}
	}
	return best
}

// Colours of the neutral picture, and of paper and lines everywhere.
const (
	white       drawing.Colour = 0xFFFFFF
	ink         drawing.Colour = 0x16202A
	hairline    drawing.Colour = 0xC3CCD4
	neutralInk  drawing.Colour = 0x36424E
	neutralFill drawing.Colour = 0xEEF1F4
	neutralMark drawing.Colour = 0x8A96A1
)

// drawNeutral draws the neutral picture as PNG.
func (p *Press) drawNeutral(n Neutral) ([]byte, error) {
	return centred(p.neutral(n), n.Width, n.Height), nil
}

// neutral returns the picture that has the shape and the colour of no certification.
func (p *Press) neutral(n Neutral) *drawing.Drawing {
	switch n.Style {
	case StyleCard:
		return p.neutralCard(n)
	case StylePreview:
		return p.neutralPreview(n)
	}
	return p.neutralSeal(n)
}

func (p *Press) neutralSeal(n Neutral) *drawing.Drawing {
	d := drawing.New(600, 600)
	d.Fill(drawing.RoundRect(0, 0, 600, 600, 30), white)
	d.Fill(drawing.RoundRect(6, 6, 588, 588, 25), hairline)
	d.Fill(drawing.RoundRect(9, 9, 582, 582, 22.5), neutralFill)

	words := p.messages.In(n.Words)
	title, lang := words.Text("neutral.title"), words.Tag()
	mark := p.brand.Mark.plain() // with the arrow it would read as an expired badge
	line := func(style text.Style, s string, from, to, y, tracking float64) {
		l, size := p.fonts.Fit(style, s, lang, 510, from, to, tracking)
		d.Text(drawing.Text{Line: l, Size: size, X: 300, Y: y, Tracking: tracking, Colour: neutralInk}, drawing.Centre)
	}
	switch side := min(n.Width, n.Height); {
	case side >= 128:
		mark.draw(d, 300, 196, 1.3, neutralMark, neutralMark)
		line(text.Strong, title, 62, 30, 400, -.6)
		line(text.Body, words.Text("neutral.check"), 36, 20, 473, 0)
		line(text.Strong, p.brand.Address+"/verify", 38, 10, 519, 0)
	case side >= 64:
		mark.draw(d, 300, 172, 1.35, neutralMark, neutralMark)
		at := band{middle: 435.2, top: 300, bottom: 570}
		p.setName(text.Strong, title, lang, room{text.Box{Width: 540, From: 104, To: 104, TwoFrom: 104, TwoLeading: 106, TwoShrink: .4}, at, at}).
			draw(d, 300, drawing.Centre, neutralInk)
	default:
		mark.draw(d, 300, 300, 2.6, neutralMark, neutralMark)
	}
	return d
}
