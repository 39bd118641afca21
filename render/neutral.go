package render

import (
	"fmt"

	"testamur/render/drawing"
	"testamur/render/raster"
	"testamur/render/text"
)

// Pictures are this wide and this high, in pixels.
const (
	minSize     = 32
	maxSize     = 1200
	defaultSize = 300
)

// ladder is the sizes of the seal that embed code uses, smallest first.
var ladder = [...]int{64, 90, 128, 150, 200, 240, 300, 400, 480, 600, 800, 1200}

func checkSize(w, h int) error {
	for _, n := range [2]int{w, h} {
		if n < minSize || n > maxSize {
			return fmt.Errorf("render: %d x %d pixels: give each side as %d to %d", w, h, minSize, maxSize)
		}
	}
	return nil
}

// square draws a picture of 600 x 600 units at the smaller side, centred on transparent, as PNG.
func square(d *drawing.Drawing, w, h int) []byte {
	side := float64(min(w, h))
	x, y := (float64(w)-side)/2, (float64(h)-side)/2
	k := side / d.W
	return raster.PNG(raster.Draw(d, w, h, drawing.Translate(x, y).Mul(drawing.Scale(k, k))))
}

// prepare draws the ready neutral pictures of every language: the default size at once, the others in the
// background, one after the other, as workers are free.
func (p *Press) prepare() error {
	languages := p.messages.Languages()
	for _, l := range languages {
		if err := p.prepareOne(Neutral{l, defaultSize, defaultSize}); err != nil {
			return err
		}
	}
	go func() {
		for _, side := range ladder {
			for _, l := range languages {
				if side != defaultSize {
					p.workers <- struct{}{}
					_ = p.prepareOne(Neutral{l, side, side}) // then the next larger one stands in
					<-p.workers
				}
			}
		}
	}()
	return nil
}

func (p *Press) prepareOne(n Neutral) error {
	pic, err := p.print(n, "image/png", func() ([]byte, error) { return p.drawNeutral(n) })
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
	if pic, ok := p.kept.GetIfPresent(n); ok {
		return pic
	}
	var best Picture
	for _, side := range ladder {
		if pic, ok := p.ready.Load(Neutral{n.Words, side, side}); ok {
			best = pic.(Picture)
			if side >= min(n.Width, n.Height) {
				break
			}
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

// drawNeutral draws the picture that has the shape and the colour of no certification.
func (p *Press) drawNeutral(n Neutral) ([]byte, error) {
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
		p.name(d, text.Strong, title, lang, text.Box{Width: 540, From: 104, To: 104, TwoFrom: 104, TwoLeading: 106, TwoShrink: .4},
			300, 435.2, neutralInk)
	default:
		mark.draw(d, 300, 300, 2.6, neutralMark, neutralMark)
	}
	return square(d, n.Width, n.Height), nil
}
