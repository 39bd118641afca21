package drawing

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParsePath(t *testing.T) {
	line := func(points ...float64) (p Path) {
		p.Move(points[0], points[1])
		for i := 2; i < len(points); i += 2 {
			p.Line(points[i], points[i+1])
		}
		return p
	}
	closed := func(p Path) Path { p.Close(); return p }
	curve := func(kind Kind, points ...float64) Path {
		p := line(points[0], points[1])
		if kind == QuadTo {
			p.Quad(points[2], points[3], points[4], points[5])
		} else {
			p.Cube(points[2], points[3], points[4], points[5], points[6], points[7])
		}
		return p
	}
	for _, test := range []struct {
		name, svg string
		want      Path
	}{
		{"lines, absolute", "M10 20L30 40", line(10, 20, 30, 40)},
		{"lines, relative", "m10 20l20,20", line(10, 20, 30, 40)},
		{"points after M are lines", "M1 2 3 4,5 6", line(1, 2, 3, 4, 5, 6)},
		{"points after m are relative lines", "m1 2 3 4", line(1, 2, 4, 6)},
		{"numbers without spaces", "M.5.25-1-2e1L+3E-1 4.", line(.5, .25, -1, -20, .3, 4)},
		{"upright and level", "M1 1H5V6h-2v-3", line(1, 1, 5, 1, 5, 6, 3, 6, 3, 3)},
		{"repeated", "M0 0H1 2 3", line(0, 0, 1, 0, 2, 0, 3, 0)},
		{"closed", " M0 0 L1 0 1 1 z ", closed(line(0, 0, 1, 0, 1, 1))},
		{"goes on from the start after Z", "M1 1L2 1Zl0 5", append(closed(line(1, 1, 2, 1)), line(1, 1, 1, 6)...)},
		{"m after z is relative to the start", "M1 1L2 1zm1 1l1 0", append(closed(line(1, 1, 2, 1)), line(2, 2, 3, 2)...)},
		{"quadratic", "M0 0q1 2 3 4", curve(QuadTo, 0, 0, 1, 2, 3, 4)},
		{"cubic", "M0 0C1 2 3 4 5 6", curve(CubeTo, 0, 0, 1, 2, 3, 4, 5, 6)},
		{"smooth cubic alone", "M1 1S3 4 5 6", curve(CubeTo, 1, 1, 1, 1, 3, 4, 5, 6)},
		{"smooth cubic mirrors", "M0 0C0 1 1 2 2 2s1 1 2 2", append(curve(CubeTo, 0, 0, 0, 1, 1, 2, 2, 2), Segment{CubeTo, [3]Point{{3, 2}, {3, 3}, {4, 4}}})},
		{"smooth quadratic mirrors", "M0 0Q1 0 2 2T4 4", append(curve(QuadTo, 0, 0, 1, 0, 2, 2), Segment{QuadTo, [3]Point{{3, 4}, {4, 4}}})},
		{"smooth after another kind does not mirror", "M0 0Q1 0 2 2S3 3 4 4", append(curve(QuadTo, 0, 0, 1, 0, 2, 2), Segment{CubeTo, [3]Point{{2, 2}, {3, 3}, {4, 4}}})},
		{"arc without radius is a line", "M0 0A0 5 0 0 1 4 0", line(0, 0, 4, 0)},
		{"arc to where it stands is nothing", "M0 0A5 5 0 0 1 0 0L1 1", line(0, 0, 1, 1)},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := ParsePath(test.svg)
			if err != nil {
				t.Fatal(err)
			}
			if !near(got, test.want, 1e-12) {
				t.Errorf("%q is\n%v, want\n%v", test.svg, got, test.want)
			}
		})
	}
}

func near(a, b Path, by float64) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Kind != b[i].Kind {
			return false
		}
		for j := range a[i].P {
			if math.Hypot(a[i].P[j].X-b[i].P[j].X, a[i].P[j].Y-b[i].P[j].Y) > by {
				return false
			}
		}
	}
	return true
}

// Each of the four arcs between two points stands on the circle it should.
func TestParsePathArcs(t *testing.T) {
	for _, test := range []struct {
		svg    string
		cx, cy float64
		length float64 // in turns
	}{
		{"M10 0A10 10 0 0 1 0 10", 0, 0, .25},
		{"M10 0A10 10 0 1 0 0 10", 0, 0, .75},
		{"M10 0A10 10 0 0 0 0 10", 10, 10, .25},
		{"M10 0A10 10 0 1 1 0 10", 10, 10, .75},
		{"M10 0a10 10 0 01-10 10", 0, 0, .25}, // flags without spaces
		{"M10 0A1 1 0 0 1-10 0", 0, 0, .5},    // radii too small grow
		{"M10 0A-10-10 0 0 1 0 10", 0, 0, .25},
	} {
		p, err := ParsePath(test.svg)
		if err != nil {
			t.Fatal(err)
		}
		length := 0.0
		last := p[0].P[0]
		for _, q := range flat(p) {
			if r := math.Hypot(q.X-test.cx, q.Y-test.cy); math.Abs(r-10) > 0.005 {
				t.Errorf("%s: (%g, %g) is %g from the centre, want 10", test.svg, q.X, q.Y, r)
				break
			}
			length += math.Hypot(q.X-last.X, q.Y-last.Y)
			last = q
		}
		if got := length / (20 * math.Pi); math.Abs(got-test.length) > 0.001 {
			t.Errorf("%s: %g of a turn, want %g", test.svg, got, test.length)
		}
	}
}

// flat returns points along the path.
func flat(p Path) (out []Point) {
	var at Point
	for _, s := range p {
		const n = 50
		for i := 1; i <= n; i++ {
			t := float64(i) / n
			u := 1 - t
			switch s.Kind {
			case MoveTo, LineTo:
				out = append(out, s.P[0])
				i = n
			case QuadTo:
				out = append(out, Point{u*u*at.X + 2*u*t*s.P[0].X + t*t*s.P[1].X, u*u*at.Y + 2*u*t*s.P[0].Y + t*t*s.P[1].Y})
			case CubeTo:
				f := func(a, b, c, d float64) float64 { return u*u*u*a + 3*u*u*t*b + 3*u*t*t*c + t*t*t*d }
				out = append(out, Point{f(at.X, s.P[0].X, s.P[1].X, s.P[2].X), f(at.Y, s.P[0].Y, s.P[1].Y, s.P[2].Y)})
			}
		}
		if n := s.Kind.Points(); n > 0 {
			at = s.P[n-1]
		}
	}
	return out
}

func TestParsePathRefuses(t *testing.T) {
	for _, test := range []struct{ svg, at, says string }{
		{"", "character 1", "begin with M"},
		{"   ", "character 4", "begin with M"},
		{"L1 1", "character 1", "begins with M"},
		{"M1", "character 3", "number"},
		{"M1 1 X", "character 6", "no command"},
		{"M1 1L2", "character 7", "number"},
		{"M1 1L2 nan", "character 8", "number"},
		{"M1 1L1e999 1", "character 6", "number"},
		{"M1 1L2000000 1", "character 6", "number"},
		{"M999999 1l999999 1", "character 19", "range"},
		{"M0 0A1 1 0 2 0 1 1", "character 12", "flag"},
		{"M1 1Z 5", "character 7", "letter"},
		{"M1 1,", "character 6", "number"},
		{"M1 1é", "character 5", "no command"},
	} {
		p, err := ParsePath(test.svg)
		if err == nil {
			t.Errorf("%q is taken as %v", test.svg, p)
			continue
		}
		if !strings.Contains(err.Error(), test.at) || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%q: %q, want %q and %q", test.svg, err, test.at, test.says)
		}
	}
}

func FuzzParsePath(f *testing.F) {
	for _, s := range []string{"M0 0L1 1Z", "m1-1.5.5e1h1v2c1 2 3 4 5 6s1 2 3 4q1 2 3 4t5 6a7 8 9 0 1 2 3z", "M1 1Z5", "M-1e6 0A1 2 3 11-4 5", "M0 0a1e-9 1e6 45 1 0 1e-9 0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := ParsePath(s)
		if err != nil {
			if p != nil {
				t.Fatal("a path beside an error")
			}
			return
		}
		if len(p) == 0 || p[0].Kind != MoveTo {
			t.Fatalf("%q does not begin with a move", s)
		}
		for i, step := range p {
			if step.Kind != MoveTo && i > 0 && p[i-1].Kind == Close && step.Kind != Close {
				t.Fatalf("%q goes on after Close without a move", s)
			}
			for _, q := range step.P {
				if math.IsNaN(q.X+q.Y) || math.IsInf(q.X+q.Y, 0) {
					t.Fatalf("%q has a point at (%g, %g)", s, q.X, q.Y)
				}
			}
		}
	})
}

func TestCircleAndArc(t *testing.T) {
	for _, q := range flat(Circle(30, 40, 20)) {
		if r := math.Hypot(q.X-30, q.Y-40); math.Abs(r-20) > 0.006 {
			t.Fatalf("(%g, %g) is %g from the centre", q.X, q.Y, r)
		}
	}
	quarter := flat(Arc(0, 0, 10, 90, 180)) // from the right to the bottom
	first, last := quarter[0], quarter[len(quarter)-1]
	if math.Hypot(first.X-10, first.Y) > 1e-9 || math.Hypot(last.X, last.Y-10) > 1e-9 {
		t.Errorf("the arc runs from %v to %v", first, last)
	}
}

func TestRoundRectStaysInItsBox(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		side := rapid.Float64Range(1, 100)
		w, h, r := side.Draw(t, "w"), side.Draw(t, "h"), side.Draw(t, "r")
		x0, y0, x1, y1 := RoundRect(5, 7, w, h, r).Bounds()
		for _, d := range []float64{x0 - 5, y0 - 7, x1 - 5 - w, y1 - 7 - h} {
			if math.Abs(d) > 1e-9 {
				t.Fatalf("box is %g %g %g %g", x0, y0, x1, y1)
			}
		}
	})
}

func TestMatrix(t *testing.T) {
	x, y := Translate(10, 20).Mul(Rotate(90)).Mul(Scale(2, 3)).Apply(1, 1) // scaled, turned clockwise, moved
	if math.Hypot(x-7, y-22) > 1e-9 {
		t.Errorf("(1, 1) goes to (%g, %g)", x, y)
	}
	if x, y := Identity.Apply(3, 4); x != 3 || y != 4 {
		t.Errorf("identity moves (3, 4) to (%g, %g)", x, y)
	}
}

func TestColours(t *testing.T) {
	for _, bad := range []string{"", "#12345", "#1234567", "123456", "#12345g", "#+12345", "#12_345"} {
		if c, err := ParseColour(bad); err == nil {
			t.Errorf("%q is taken as %v", bad, c)
		}
	}
	c, err := ParseColour("#0a646D")
	if err != nil || c.String() != "#0A646D" {
		t.Errorf("got %v, %v", c, err)
	}
	if got := Mix(0x000000, 0xFFFFFF, .5); got != 0x808080 {
		t.Errorf("the middle of black and white is %v", got)
	}
	if got := Mix(0x102030, 0xFF0000, 0); got != 0x102030 {
		t.Errorf("nothing mixed in gives %v", got)
	}
	for _, test := range []struct {
		a, b Colour
		want float64
	}{{0xFFFFFF, 0x000000, 21}, {0xFFFFFF, 0x093E47, 11.7}, {0x0A646D, 0xFFD27A, 4.8}} {
		if got := Contrast(test.a, test.b); math.Abs(got-test.want) > 0.06 {
			t.Errorf("contrast of %v and %v is %.2f, want %.1f", test.a, test.b, got, test.want)
		}
	}
}
