package drawing

import "math"

// Matrix is an affine map as PDF and SVG write it: x' = a x + c y + e, y' = b x + d y + f. The zero Matrix maps
// everything to the origin; Identity changes nothing.
type Matrix [6]float64 // a b c d e f

// Identity changes nothing.
var Identity = Matrix{1, 0, 0, 1, 0, 0}

// Translate moves by (x, y).
func Translate(x, y float64) Matrix { return Matrix{1, 0, 0, 1, x, y} }

// Scale scales about the origin.
func Scale(x, y float64) Matrix { return Matrix{x, 0, 0, y, 0, 0} }

// Rotate turns about the origin by degrees, clockwise as y points down.
func Rotate(deg float64) Matrix {
	sin, cos := math.Sincos(deg * math.Pi / 180)
	return Matrix{cos, sin, -sin, cos, 0, 0}
}

// Mul returns the map that applies n first and then m.
func (m Matrix) Mul(n Matrix) Matrix {
	return Matrix{
		m[0]*n[0] + m[2]*n[1], m[1]*n[0] + m[3]*n[1],
		m[0]*n[2] + m[2]*n[3], m[1]*n[2] + m[3]*n[3],
		m[0]*n[4] + m[2]*n[5] + m[4], m[1]*n[4] + m[3]*n[5] + m[5],
	}
}

// Apply maps a point.
func (m Matrix) Apply(x, y float64) (float64, float64) {
	return m[0]*x + m[2]*y + m[4], m[1]*x + m[3]*y + m[5]
}

// scale is how much longer lengths become, on the mean of both axes.
func (m Matrix) scale() float64 { return math.Sqrt(math.Abs(m[0]*m[3] - m[1]*m[2])) }

// even reports whether m only moves and scales by one positive factor.
func (m Matrix) even() bool { return m[1] == 0 && m[2] == 0 && m[0] == m[3] && m[0] > 0 }
