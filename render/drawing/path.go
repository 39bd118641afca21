package drawing

import "math"

// Path is a list of contours, y down. The zero Path is empty; it grows by Move, Line, Quad, Cube and Close. A
// contour that a Fill or Clip finds open is closed by a straight line.
type Path []Segment

// Point is a place in a drawing's units.
type Point struct{ X, Y float64 }

// Kind is the kind of a Segment.
type Kind uint8

const (
	MoveTo Kind = iota // P[0] starts a contour
	LineTo             // P[0]
	QuadTo             // P[0] control, P[1] end
	CubeTo             // P[0], P[1] controls, P[2] end
	Close              // back to the start of the contour
)

// Points returns how many of a Segment's points count.
func (k Kind) Points() int { return [...]int{MoveTo: 1, LineTo: 1, QuadTo: 2, CubeTo: 3, Close: 0}[k] }

// Segment is one step of a Path.
type Segment struct {
	Kind Kind
	P    [3]Point
}

// Move starts a contour.
func (p *Path) Move(x, y float64) {
	*p = append(*p, Segment{Kind: MoveTo, P: [3]Point{{x, y}}})
}

// Line adds a straight line.
func (p *Path) Line(x, y float64) {
	*p = append(*p, Segment{Kind: LineTo, P: [3]Point{{x, y}}})
}

// Quad adds a quadratic curve with control (x1, y1) to (x, y).
func (p *Path) Quad(x1, y1, x, y float64) {
	*p = append(*p, Segment{Kind: QuadTo, P: [3]Point{{x1, y1}, {x, y}}})
}

// Cube adds a cubic curve with controls (x1, y1) and (x2, y2) to (x, y).
func (p *Path) Cube(x1, y1, x2, y2, x, y float64) {
	*p = append(*p, Segment{Kind: CubeTo, P: [3]Point{{x1, y1}, {x2, y2}, {x, y}}})
}

// Close ends the contour with a line to its start.
func (p *Path) Close() { *p = append(*p, Segment{Kind: Close}) }

// Rect adds an upright rectangle with its top left at (x, y).
func (p *Path) Rect(x, y, w, h float64) {
	*p = append(*p, Segment{Kind: MoveTo, P: [3]Point{{x, y}}}, Segment{Kind: LineTo, P: [3]Point{{x + w, y}}},
		Segment{Kind: LineTo, P: [3]Point{{x + w, y + h}}}, Segment{Kind: LineTo, P: [3]Point{{x, y + h}}}, Segment{Kind: Close})
}

// Transform returns the path mapped by m.
func (p Path) Transform(m Matrix) Path {
	out := make(Path, len(p))
	for i, s := range p {
		out[i].Kind = s.Kind
		for j := range s.Kind.Points() {
			out[i].P[j].X, out[i].P[j].Y = m.Apply(s.P[j].X, s.P[j].Y)
		}
	}
	return out
}

// Bounds returns the least box round all points of the path, controls too; zeros for an empty path.
func (p Path) Bounds() (x0, y0, x1, y1 float64) {
	first := true
	for _, s := range p {
		for _, q := range s.P[:s.Kind.Points()] {
			if first {
				x0, y0, x1, y1, first = q.X, q.Y, q.X, q.Y, false
			}
			x0, y0, x1, y1 = min(x0, q.X), min(y0, q.Y), max(x1, q.X), max(y1, q.Y)
		}
	}
	return x0, y0, x1, y1
}

// Circle is a closed circle.
func Circle(cx, cy, r float64) Path {
	p := Arc(cx, cy, r, 0, 360)
	p.Close()
	return p
}

// Arc is an open part of a circle from deg1 to deg2, in degrees clockwise from the top.
func Arc(cx, cy, r, deg1, deg2 float64) Path {
	var p Path
	x, y := polar(cx, cy, r, deg1)
	p.Move(x, y)
	p.arc(cx, cy, r, r, 0, (deg1-90)*math.Pi/180, (deg2-deg1)*math.Pi/180)
	return p
}

// Rect is an upright rectangle with its top left at (x, y).
func Rect(x, y, w, h float64) Path {
	var p Path
	p.Rect(x, y, w, h)
	return p
}

// RoundRect is a rectangle with corners of radius r, at most half of its shorter side.
func RoundRect(x, y, w, h, r float64) Path {
	r = min(r, w/2, h/2)
	var p Path
	p.Move(x+r, y)
	for i, c := range [4]Point{{x + w - r, y + r}, {x + w - r, y + h - r}, {x + r, y + h - r}, {x + r, y + r}} {
		start := float64(i-1) * math.Pi / 2
		p.Line(c.X+r*math.Round(math.Cos(start)), c.Y+r*math.Round(math.Sin(start)))
		p.arc(c.X, c.Y, r, r, 0, start, math.Pi/2)
	}
	p.Close()
	return p
}

// Polygon is a closed path through the points.
func Polygon(points ...Point) Path {
	var p Path
	for i, q := range points {
		if i == 0 {
			p.Move(q.X, q.Y)
		} else {
			p.Line(q.X, q.Y)
		}
	}
	if len(points) > 0 {
		p.Close()
	}
	return p
}

// RoundPolygon is a closed path through the points with each corner replaced by a quadratic curve that begins
// and ends r before and after it, or at the middle of a shorter side.
func RoundPolygon(r float64, points ...Point) Path {
	var p Path
	for i, q := range points {
		before, after := points[(i+len(points)-1)%len(points)], points[(i+1)%len(points)]
		d0, d1 := math.Hypot(q.X-before.X, q.Y-before.Y), math.Hypot(after.X-q.X, after.Y-q.Y)
		cut := min(r, d0/2, d1/2)
		ax, ay := q.X+(before.X-q.X)*cut/d0, q.Y+(before.Y-q.Y)*cut/d0
		if i == 0 {
			p.Move(ax, ay)
		} else {
			p.Line(ax, ay)
		}
		p.Quad(q.X, q.Y, q.X+(after.X-q.X)*cut/d1, q.Y+(after.Y-q.Y)*cut/d1)
	}
	if len(points) > 0 {
		p.Close()
	}
	return p
}

// Regular returns the corners of a regular polygon of n sides, the first at deg degrees clockwise from the top.
func Regular(cx, cy, r float64, n int, deg float64) []Point {
	points := make([]Point, n)
	for i := range points {
		points[i].X, points[i].Y = polar(cx, cy, r, deg+float64(i)*360/float64(n))
	}
	return points
}

// polar returns the point at deg degrees clockwise from the top of a circle.
func polar(cx, cy, r, deg float64) (x, y float64) {
	sin, cos := math.Sincos((deg - 90) * math.Pi / 180)
	return cx + r*cos, cy + r*sin
}

// arc appends cubic curves along an ellipse, turned by turn, from the angle start through sweep (radians, from
// the x axis, clockwise as y points down). The path must stand at its start.
func (p *Path) arc(cx, cy, rx, ry, turn, start, sweep float64) {
	n := int(math.Ceil(math.Abs(sweep)/(math.Pi/2) - 1e-9))
	if n == 0 {
		return
	}
	step := sweep / float64(n)
	k := 4.0 / 3 * math.Tan(step/4)
	sinT, cosT := math.Sincos(turn)
	at := func(x, y float64) (float64, float64) {
		x, y = rx*x, ry*y
		return cx + x*cosT - y*sinT, cy + x*sinT + y*cosT
	}
	for i := range n {
		s0, c0 := math.Sincos(start + float64(i)*step)
		s1, c1 := math.Sincos(start + float64(i+1)*step)
		x1, y1 := at(c0-k*s0, s0+k*c0)
		x2, y2 := at(c1+k*s1, s1-k*c1)
		x, y := at(c1, s1)
		p.Cube(x1, y1, x2, y2, x, y)
	}
}

// Smooth returns the curve that at draws from t = 0 to 1, in n cubic steps with its directions.
func Smooth(n int, at func(t float64) (x, y float64)) Path {
	const h = 1e-4
	slope := func(t float64) (dx, dy float64) {
		x0, y0 := at(t - h)
		x1, y1 := at(t + h)
		return (x1 - x0) / (2 * h), (y1 - y0) / (2 * h)
	}
	var p Path
	third := 1 / float64(3*n)
	x0, y0 := at(0)
	dx0, dy0 := slope(0)
	p.Move(x0, y0)
	for i := range n {
		t := float64(i+1) / float64(n)
		x1, y1 := at(t)
		dx1, dy1 := slope(t)
		p.Cube(x0+dx0*third, y0+dy0*third, x1-dx1*third, y1-dy1*third, x1, y1)
		x0, y0, dx0, dy0 = x1, y1, dx1, dy1
	}
	return p
}
