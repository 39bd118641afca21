package raster

import (
	"math"

	"github.com/fogleman/gg"
	"github.com/golang/freetype/raster"

	"testamur/render/drawing"
)

// Filler finds the pixels of fills and of text, and leaves painting them to others. The zero Filler is ready; it keeps its memory
// for the next drawing, and is for one goroutine at a time.
type Filler struct {
	filler
	width, height int
}

// Fill gives what a drawing's fills and texts cover on a picture of width x height pixels, in the order in which Draw paints
// it: pixels x0 to x1 of row y by alpha, 0 to 0xFFFF. It is false, and gives nothing, where the drawing has other operations.
func (f *Filler) Fill(d *drawing.Drawing, width, height int, placed drawing.Matrix, paint func(c drawing.Colour, y, x0, x1 int, alpha uint32)) bool {
	for _, op := range d.Ops {
		switch op.(type) {
		case drawing.Fill, drawing.Text:
		default:
			return false
		}
	}
	if f.width != width || f.height != height {
		f.SetBounds(width, height)
		f.width, f.height = width, height
	}
	for _, op := range d.Ops {
		p := spans{paint: paint}
		evenOdd := false
		switch o := op.(type) {
		case drawing.Fill:
			p.colour, evenOdd = o.Colour, o.EvenOdd
			f.trace(o.Path, placed)
		case drawing.Text:
			p.colour = o.Colour
			f.trace(o.Outline(), placed)
		}
		f.fill(p, evenOdd)
	}
	return true
}

// spans hands on what is painted.
type spans struct {
	colour drawing.Colour
	paint  func(c drawing.Colour, y, x0, x1 int, alpha uint32)
}

func (s spans) Paint(all []raster.Span, _ bool) {
	for _, p := range all {
		s.paint(s.colour, p.Y, p.X0, p.X1, p.Alpha)
	}
}

// filler fills one path after the other.
type filler struct{ raster.Rasterizer }

func (f *filler) fill(p raster.Painter, evenOdd bool) {
	f.UseNonZeroWinding = !evenOdd
	f.Rasterize(p)
	f.Clear()
}

// trace adds a path in pixels. Open contours are closed.
func (f *filler) trace(p drawing.Path, placed drawing.Matrix) {
	var start, pen drawing.Point
	open := false
	begin := func(q drawing.Point) {
		if open {
			f.Add1(gg.Point(start).Fixed())
		}
		f.Start(gg.Point(q).Fixed())
		start, open = q, true
	}
	for _, s := range p {
		var q [3]drawing.Point
		n := s.Kind.Points()
		for i := range n {
			q[i].X, q[i].Y = placed.Apply(s.P[i].X, s.P[i].Y)
		}
		switch s.Kind {
		case drawing.MoveTo:
			begin(q[0])
		case drawing.Close:
			if open {
				f.Add1(gg.Point(start).Fixed())
				pen = start
			}
			continue
		default:
			if !open {
				begin(q[0])
				pen = q[0]
			}
		}
		switch s.Kind {
		case drawing.LineTo:
			f.Add1(gg.Point(q[0]).Fixed())
		case drawing.QuadTo:
			f.Add2(gg.Point(q[0]).Fixed(), gg.Point(q[1]).Fixed())
		case drawing.CubeTo:
			f.cube(pen, q[0], q[1], q[2])
		}
		pen = q[n-1]
	}
	if open {
		f.Add1(gg.Point(start).Fixed())
	}
}

// cube adds a cubic curve by as many lines as it has pixels.
func (f *filler) cube(a, b, c, d drawing.Point) {
	n := max(4, int(math.Hypot(b.X-a.X, b.Y-a.Y)+math.Hypot(c.X-b.X, c.Y-b.Y)+math.Hypot(d.X-c.X, d.Y-c.Y)+.5))
	for i := 1; i < n; i++ {
		t := float64(i) / float64(n-1)
		u := 1 - t
		k0, k1, k2, k3 := u*u*u, 3*u*u*t, 3*u*t*t, t*t*t
		f.Add1(gg.Point{X: k0*a.X + k1*b.X + k2*c.X + k3*d.X, Y: k0*a.Y + k1*b.Y + k2*c.Y + k3*d.Y}.Fixed())
	}
}
