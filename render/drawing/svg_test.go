package drawing

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// What is written is what is read, to a tenth, however many steps there are.
func TestSVGPath(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := rapid.Float64Range(-700, 700)
		var p Path
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			x, y := at.Draw(t, "x"), at.Draw(t, "y")
			switch kind := rapid.SampledFrom([]Kind{MoveTo, LineTo, QuadTo, CubeTo, Close}).Draw(t, "kind"); {
			case len(p) == 0 || kind == MoveTo || p[len(p)-1].Kind == Close:
				p.Move(x, y)
			case kind == LineTo:
				p.Line(x, y)
			case kind == QuadTo:
				p.Quad(y, x, x, y)
			case kind == CubeTo:
				p.Cube(y, x, x, x, x, y)
			default:
				p.Close()
			}
		}
		got, err := ParsePath(p.svg())
		if err != nil || len(got) != len(p) {
			t.Fatalf("%s: %d steps, want %d; %v", p.svg(), len(got), len(p), err)
		}
		for i, s := range p {
			for j, q := range s.P[:s.Kind.Points()] {
				if r := got[i].P[j]; got[i].Kind != s.Kind || math.Abs(r.X-q.X) > .0501 || math.Abs(r.Y-q.Y) > .0501 {
					t.Fatalf("%s: step %d has %v, want %v", p.svg(), i, r, q)
				}
			}
		}
	})
}

func TestSVG(t *testing.T) {
	inner := New(10, 10)
	inner.Dash(Rect(1, 1, 2, 2), 0xFF0000, .55, 2, 1)
	d := New(20, 10.04)
	d.Clip(Circle(5, 5, 5))
	d.Stamp(inner, Translate(3, 0))
	d.End()
	var curve Path
	curve.Move(0, 0)
	curve.Quad(1, 2, 3.26, -4)
	d.Fill(curve, 0x0A0B0C)
	const want = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 10" fill="none" stroke-linecap="round" stroke-linejoin="round">` +
		`<clipPath id="c1"><path d="M5 0c2.8 0 5 2.2 5 5c0 2.8-2.2 5-5 5c-2.8 0-5-2.2-5-5c0-2.8 2.2-5 5-5z"/></clipPath><g clip-path="url(#c1)">` +
		`<path stroke="#FF0000" stroke-width="0.6" stroke-dasharray="2 1" d="M4 1l2 0l0 2l-2 0z"/></g>` +
		`<path fill="#0A0B0C" d="M0 0q1 2 3.3-4"/></svg>` + "\n"
	if got := string(d.SVG()); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
