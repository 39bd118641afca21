// Package raster turns a drawing into pixels. The same drawing gives the same pixels.
//
// It knows nothing of badges. Begin with Draw.
package raster

import (
	"image"
	"image/color"
	"image/draw"
	"math"

	"github.com/fogleman/gg"

	"testamur/render/drawing"
)

// Draw paints d on a transparent picture of width x height pixels; placed maps the drawing's units to pixels.
// Text is filled as outlines, without hinting. A clip without an end reaches to the last operation.
func Draw(d *drawing.Drawing, width, height int, placed drawing.Matrix) *image.NRGBA {
	c := canvas{placed: placed, scale: math.Sqrt(math.Abs(placed[0]*placed[3] - placed[1]*placed[2]))}
	c.push(width, height)
	for _, op := range d.Flat().Ops {
		switch o := op.(type) {
		case drawing.Fill:
			c.fill(o.Path, o.Colour, o.EvenOdd)
		case drawing.Image:
			c.image(o)
		case drawing.Stroke:
			c.stroke(o)
		case drawing.Text:
			c.filler.text(o, c.layers[0].Rect, c.placed, c.paint(o.Colour))
		case drawing.Clip:
			c.clips = append(c.clips, o.Path)
			c.push(width, height)
		case drawing.End:
			c.end()
		}
	}
	for len(c.clips) > 0 {
		c.end()
	}
	return straight(c.layers[0])
}

// canvas is a picture on its way. What stands within a clip is painted on a layer of its own, which is laid over
// the one below through the clip's shape: gg's own clip goes pixel by pixel through an interface, and paints the
// smooth edge of a shape once for each operation in it.
type canvas struct {
	placed drawing.Matrix
	scale  float64
	layers []*image.RGBA
	gg     []*gg.Context
	clips  []drawing.Path
	filler Filler
}

func (c *canvas) push(width, height int) {
	layer := image.NewRGBA(image.Rect(0, 0, width, height))
	c.layers = append(c.layers, layer)
	c.gg = append(c.gg, gg.NewContextForRGBA(layer))
}

func (c *canvas) end() {
	if len(c.clips) == 0 {
		return
	}
	top := len(c.layers) - 1
	size := c.layers[top].Rect
	shape := gg.NewContext(size.Dx(), size.Dy())
	c.trace(shape, c.clips[top-1])
	shape.SetColor(color.White)
	shape.Fill()
	through(c.layers[top-1].Pix, c.layers[top].Pix, shape.Image().(*image.RGBA).Pix)
	c.layers, c.gg, c.clips = c.layers[:top], c.gg[:top], c.clips[:top-1]
}

// through lays the pixels of a layer over those below it as far as the alpha of shape goes.
func through(below, layer, shape []uint8) {
	for i := 0; i < len(below); i += 4 {
		part, from, to := uint32(shape[i+3]), layer[i:i+4:i+4], below[i:i+4:i+4]
		switch {
		case part == 0 || from[3] == 0:
		case part == 255 && from[3] == 255:
			copy(to, from)
		default:
			rest := 255*255 - part*uint32(from[3])
			for j := range 4 {
				to[j] = uint8((uint32(from[j])*part*255 + uint32(to[j])*rest + 255*255/2) / (255 * 255))
			}
		}
	}
}

func (c *canvas) fill(p drawing.Path, colour drawing.Colour, evenOdd bool) {
	if !evenOdd {
		c.filler.path(p, c.layers[0].Rect, c.placed, c.paint(colour))
		return
	}
	dc := c.gg[len(c.gg)-1]
	c.trace(dc, p)
	dc.SetColor(rgba(colour))
	dc.SetFillRuleEvenOdd()
	dc.Fill()
}

// paint returns what paints on the layer on top.
func (c *canvas) paint(colour drawing.Colour) func(y, x int, cover []uint8) {
	layer := c.layers[len(c.layers)-1]
	return func(y, x int, cover []uint8) { over(layer.Pix[layer.PixOffset(x, y):], colour, cover) }
}

// image paints pixels at whole pixels: between them they would blur.
func (c *canvas) image(o drawing.Image) {
	x, y := c.placed.Apply(o.X, o.Y)
	w, h := int(math.Round(o.W*c.scale)), int(math.Round(o.H*c.scale))
	if w < 1 || h < 1 {
		return
	}
	at := image.Pt(int(math.Round(x)), int(math.Round(y)))
	draw.Draw(c.layers[len(c.layers)-1], image.Rectangle{at, at.Add(image.Pt(w, h))}, o.Source.Pixels(w, h, o.Grey), image.Point{}, draw.Over)
}

func (c *canvas) stroke(s drawing.Stroke) {
	dc := c.gg[len(c.gg)-1]
	dc.SetColor(rgba(s.Colour))
	dc.SetLineWidth(s.Width * c.scale)
	if s.Dash[0] > 0 && s.Dash[1] > 0 {
		dc.SetDash(s.Dash[0]*c.scale, s.Dash[1]*c.scale)
		dc.SetLineCapButt()
		c.trace(dc, s.Path)
		dc.Stroke()
		return
	}
	open, closed := split(s.Path)
	dc.SetDash()
	dc.SetLineCapRound()
	c.trace(dc, open)
	dc.Stroke()
	dc.SetLineCapButt()
	c.trace(dc, closed)
	dc.Stroke()
}

// split parts a path into its open and its closed contours. gg does not join the end of a closed contour to its
// start; its round caps there would cover the pixels of the edge twice. So a closed contour is made to begin in
// the middle of its first step, where two flat caps meet without a trace.
func split(p drawing.Path) (open, closed drawing.Path) {
	for len(p) > 0 {
		n := 1
		for n < len(p) && p[n].Kind != drawing.MoveTo {
			n++
		}
		contour := p[:n]
		p = p[n:]
		if n < 3 || contour[n-1].Kind != drawing.Close {
			open = append(open, contour...)
			continue
		}
		start := contour[0].P[0]
		first, second := halves(start, contour[1])
		closed.Move(first.P[first.Kind.Points()-1].X, first.P[first.Kind.Points()-1].Y)
		closed = append(closed, second)
		closed = append(closed, contour[2:n-1]...)
		closed.Line(start.X, start.Y)
		closed = append(closed, first)
	}
	return open, closed
}

// halves parts a step that begins at p in its middle.
func halves(p drawing.Point, s drawing.Segment) (first, second drawing.Segment) {
	middle := func(a, b drawing.Point) drawing.Point { return drawing.Point{X: (a.X + b.X) / 2, Y: (a.Y + b.Y) / 2} }
	first, second = s, s
	switch s.Kind {
	case drawing.LineTo:
		first.P[0] = middle(p, s.P[0])
	case drawing.QuadTo:
		a, b := middle(p, s.P[0]), middle(s.P[0], s.P[1])
		first.P = [3]drawing.Point{a, middle(a, b)}
		second.P = [3]drawing.Point{b, s.P[1]}
	case drawing.CubeTo:
		a, b, c := middle(p, s.P[0]), middle(s.P[0], s.P[1]), middle(s.P[1], s.P[2])
		ab, bc := middle(a, b), middle(b, c)
		first.P = [3]drawing.Point{a, ab, middle(ab, bc)}
		second.P = [3]drawing.Point{bc, c, s.P[2]}
	}
	return first, second
}

// trace gives the path to gg in pixels, for what it strokes and clips.
func (c *canvas) trace(dc *gg.Context, p drawing.Path) {
	dc.ClearPath()
	for _, s := range p {
		var q [3]drawing.Point
		for i := range s.Kind.Points() {
			q[i].X, q[i].Y = c.placed.Apply(s.P[i].X, s.P[i].Y)
		}
		switch s.Kind {
		case drawing.MoveTo:
			dc.MoveTo(q[0].X, q[0].Y)
		case drawing.LineTo:
			dc.LineTo(q[0].X, q[0].Y)
		case drawing.QuadTo:
			dc.QuadraticTo(q[0].X, q[0].Y, q[1].X, q[1].Y)
		case drawing.CubeTo:
			dc.CubicTo(q[0].X, q[0].Y, q[1].X, q[1].Y, q[2].X, q[2].Y)
		case drawing.Close:
			dc.ClosePath()
		}
	}
}

func rgba(c drawing.Colour) color.RGBA {
	r, g, b := c.RGB()
	return color.RGBA{r, g, b, 255}
}

// straight returns the picture with colours no longer multiplied by alpha, as PNG keeps them.
func straight(from *image.RGBA) *image.NRGBA {
	to := &image.NRGBA{Pix: from.Pix, Stride: from.Stride, Rect: from.Rect}
	for i := 0; i < len(to.Pix); i += 4 {
		p := to.Pix[i : i+4 : i+4]
		if a := int(p[3]); a != 0 && a != 255 {
			for j := range 3 {
				p[j] = uint8(min(255, (int(p[j])*255+a/2)/a))
			}
		}
	}
	return to
}
