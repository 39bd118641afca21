package drawing

import (
	"math"
	"testing"
)

// The curves of the border and the rosettes keep to their formulas within the width of a fine printer's dot, between
// the points too.
func TestSmooth(t *testing.T) {
	for name, c := range map[string]struct {
		steps int
		at    func(float64) (x, y float64)
	}{
		"guilloche": {12, func(t float64) (x, y float64) {
			a := t * 2 * math.Pi
			return t * 13, 3.5 * math.Sin(a+1) * (0.72 + 0.28*math.Cos(2*a))
		}},
		"watermark": {36 * 8, func(t float64) (x, y float64) {
			r := 40.5 + 19.5*math.Sin(36*t*2*math.Pi)
			return r * math.Cos(t*2*math.Pi), r * math.Sin(t*2*math.Pi)
		}},
		"seal": {48 * 4, func(t float64) (x, y float64) {
			r := 15.7 + 1.5*math.Sin(48*t*2*math.Pi)
			return r * math.Cos(t*2*math.Pi), r * math.Sin(t*2*math.Pi)
		}},
		"medallion": {12 * 4, func(t float64) (x, y float64) {
			r := 3.7 + 1.7*math.Sin(12*t*2*math.Pi)
			return r * math.Cos(t*2*math.Pi), r * math.Sin(t*2*math.Pi)
		}},
	} {
		p := Smooth(c.steps, c.at)
		pen := p[0].P[0]
		for i, s := range p[1:] {
			if s.Kind != CubeTo {
				t.Fatalf("%s: step %d is no curve", name, i)
			}
			x := (pen.X + 3*s.P[0].X + 3*s.P[1].X + s.P[2].X) / 8
			y := (pen.Y + 3*s.P[0].Y + 3*s.P[1].Y + s.P[2].Y) / 8
			if wx, wy := c.at((float64(i) + .5) / float64(c.steps)); math.Hypot(x-wx, y-wy) > 0.03 {
				t.Errorf("%s: the middle of step %d is %.4f mm off", name, i, math.Hypot(x-wx, y-wy))
			}
			pen = s.P[2]
		}
	}
}
