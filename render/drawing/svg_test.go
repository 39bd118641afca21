package drawing

import "testing"

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
		`<clipPath id="c1"><path d="M5 0C7.8 0 10 2.2 10 5C10 7.8 7.8 10 5 10C2.2 10 0 7.8 0 5C0 2.2 2.2 0 5 0Z"/></clipPath><g clip-path="url(#c1)">` +
		`<path stroke="#FF0000" stroke-width="0.6" stroke-dasharray="2 1" d="M4 1L6 1L6 3L4 3Z"/></g>` +
		`<path fill="#0A0B0C" d="M0 0Q1 2 3.3 -4"/></svg>` + "\n"
	if got := string(d.SVG()); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
