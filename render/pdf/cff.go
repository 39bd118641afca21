package pdf

import (
	"encoding/binary"
	"math"

	"testamur/render/text"
)

// unitsPerEm is that of every font program here: the default, since readers differ over a matrix of its own.
const unitsPerEm = 1000

type point struct{ x, y float64 }

// curve is one step of a contour: a line to p, or a cubic curve with controls a and b.
type curve struct {
	a, b, p point
	line    bool
}

type contour struct {
	start  point
	curves []curve
}

// contours returns what a code draws, in units of the font program. Quadratic curves become cubic ones, which is
// exact. Outer contours run counter-clockwise, as PostScript has them and TrueType has not.
func contours(face *text.Face, glyphs []placed) []contour {
	var out []contour
	for _, g := range glyphs {
		var pen point
		face.Glyph(g.id, func(s text.Segment) {
			var q [3]point
			for i := range s.Kind.Points() {
				q[i] = point{g.x + s.P[i][0]*unitsPerEm, g.y + s.P[i][1]*unitsPerEm}
			}
			to := q[s.Kind.Points()-1]
			if s.Kind == text.MoveTo {
				out = append(out, contour{start: to})
			} else if len(out) > 0 {
				c := curve{a: q[0], b: q[1], p: to, line: s.Kind == text.LineTo}
				if s.Kind == text.QuadTo {
					c.a, c.b = thirds(pen, q[0]), thirds(to, q[0])
				}
				last := &out[len(out)-1]
				last.curves = append(last.curves, c)
			}
			pen = to
		})
	}
	if area(out) < 0 { // all of them: base and mark may overlap and must fill alike
		for i, c := range out {
			out[i] = c.reversed()
		}
	}
	return out
}

// thirds returns the control of a cubic curve two thirds from its end p towards the control q of a quadratic one.
func thirds(p, q point) point { return point{p.x + (q.x-p.x)*2/3, p.y + (q.y-p.y)*2/3} }

// area returns twice the area of the polygons through the contours' ends, positive for counter-clockwise.
func area(contours []contour) float64 {
	sum := 0.0
	for _, c := range contours {
		pen := c.start
		for _, s := range c.curves {
			sum += pen.x*s.p.y - s.p.x*pen.y
			pen = s.p
		}
		sum += pen.x*c.start.y - c.start.x*pen.y
	}
	return sum
}

func (c contour) reversed() contour {
	n := len(c.curves)
	if n == 0 {
		return c
	}
	out := contour{start: c.curves[n-1].p, curves: make([]curve, n)}
	for i, s := range c.curves {
		to := c.start
		if i > 0 {
			to = c.curves[i-1].p
		}
		out.curves[n-1-i] = curve{a: s.b, b: s.a, p: to, line: s.line}
	}
	return out
}

// bbox is the least box round what a font draws, in whole units.
type bbox struct{ x0, y0, x1, y1 int }

// charstring is a Type 2 charstring being written. Places are rounded to whole units, not steps, so nothing
// drifts.
type charstring struct {
	out  []byte
	x, y int
	box  *bbox
}

// maxRun keeps the operands of one operator under the 48 that a reader must take.
const maxRun = 8

func (s *charstring) contour(c contour) {
	s.to(c.start)
	s.out = append(s.out, 21) // rmoveto
	start := point{float64(s.x), float64(s.y)}
	for i := 0; i < len(c.curves); {
		line := c.curves[i].line
		from := len(s.out)
		for n := 0; n < maxRun && i < len(c.curves) && c.curves[i].line == line; i, n = i+1, n+1 {
			if !line {
				s.to(c.curves[i].a)
				s.to(c.curves[i].b)
			} else if i == len(c.curves)-1 && round(c.curves[i].p) == start {
				continue // a charstring closes contours by itself
			}
			s.to(c.curves[i].p)
		}
		switch {
		case len(s.out) == from:
		case line:
			s.out = append(s.out, 5) // rlineto
		default:
			s.out = append(s.out, 8) // rrcurveto
		}
	}
}

// to appends the step to p.
func (s *charstring) to(p point) {
	p = round(p)
	x, y := int(p.x), int(p.y)
	s.out = operand(operand(s.out, x-s.x), y-s.y)
	s.x, s.y = x, y
	s.box.x0, s.box.y0, s.box.x1, s.box.y1 = min(s.box.x0, x), min(s.box.y0, y), max(s.box.x1, x), max(s.box.y1, y)
}

func round(p point) point { return point{math.Round(p.x), math.Round(p.y)} }

// glyphProgram returns the charstring of a glyph width units wide, and grows box.
func glyphProgram(width float64, contours []contour, box *bbox) []byte {
	s := charstring{box: box}
	if whole := math.Round(width); whole == width {
		s.out = operand(s.out, int(whole))
	} else { // 16.16
		s.out = binary.BigEndian.AppendUint32(append(s.out, 255), uint32(int32(math.Round(width*65536))))
	}
	for _, c := range contours {
		if len(c.curves) > 0 {
			s.contour(c)
		}
	}
	return append(s.out, 14) // endchar
}

// operand appends a whole number of a charstring.
func operand(to []byte, v int) []byte {
	switch {
	case v >= -107 && v <= 107:
		return append(to, byte(v+139))
	case v >= 108 && v <= 1131:
		return append(to, byte((v-108)>>8+247), byte(v-108))
	case v >= -1131 && v <= -108:
		return append(to, byte((-v-108)>>8+251), byte(-v-108))
	}
	return append(to, 28, byte(v>>8), byte(v))
}

// Operators of CFF dictionaries; those of two bytes begin with 12.
var (
	opROS         = []byte{12, 30}
	opCIDCount    = []byte{12, 34}
	opFDArray     = []byte{12, 36}
	opFDSelect    = []byte{12, 37}
	opFontName    = []byte{12, 38}
	opFontBBox    = []byte{5}
	opCharset     = []byte{15}
	opCharStrings = []byte{17}
	opPrivate     = []byte{18}
)

// program appends a CID-keyed CFF font (Adobe-Identity-0) whose glyph n is CID n.
func program(to []byte, name string, glyphs [][]byte, box bbox) []byte {
	start, n := len(to), len(glyphs)
	var room [128]byte
	const registry, ordering, fontName = 391, 392, 393 // the first strings of our own
	// numbers in dictionaries always take five bytes, so that the places are written into it when they are known
	top := func(to []byte, charsetAt, selectorAt, charstringsAt, fontsAt int) []byte {
		d := entry(room[:0], opROS, registry, ordering, 0)
		d = entry(d, opFontBBox, box.x0, box.y0, box.x1, box.y1)
		d = entry(d, opCIDCount, n)
		d = entry(d, opCharset, charsetAt)
		d = entry(d, opFDSelect, selectorAt)
		d = entry(d, opCharStrings, charstringsAt)
		return index(to, entry(d, opFDArray, fontsAt))
	}
	to = index(append(to, 1, 0, 4, 4), []byte(name))
	topAt := len(to)
	to = top(to, 0, 0, 0, 0)
	to = index(to, []byte("Adobe"), []byte("Identity"), []byte(name))
	to = index(to) // of subroutines
	charsetAt := len(to) - start
	to = u16(u16(append(to, 2), 1), n-2) // format 2: one range, CID 1 and on
	selectorAt := len(to) - start
	to = u16(append(u16(u16(append(to, 3), 1), 0), 0), n) // format 3: one range, all by dictionary 0
	charstringsAt := len(to) - start
	to = index(to, glyphs...)
	privateAt := len(to) - start
	const private = "\x8B\x14\x8B\x15" // defaultWidthX 0, nominalWidthX 0; Acrobat refuses a font without
	to = append(to, private...)
	fontsAt := len(to) - start
	to = index(to, entry(entry(room[:0], opFontName, fontName), opPrivate, len(private), privateAt))
	top(to[:topAt], charsetAt, selectorAt, charstringsAt, fontsAt)
	return to
}

// entry appends operands and operator of a dictionary.
func entry(to, operator []byte, operands ...int) []byte {
	for _, v := range operands {
		to = binary.BigEndian.AppendUint32(append(to, 29), uint32(int32(v)))
	}
	return append(to, operator...)
}

func u16(to []byte, v int) []byte { return binary.BigEndian.AppendUint16(to, uint16(v)) }

// index appends an INDEX of the items.
func index(to []byte, items ...[]byte) []byte {
	to = u16(to, len(items))
	if len(items) == 0 {
		return to
	}
	total := 1
	for _, i := range items {
		total += len(i)
	}
	size := 1
	for total >= 1<<(8*size) {
		size++
	}
	to = append(to, byte(size))
	offset := func(at int) {
		for shift := 8 * (size - 1); shift >= 0; shift -= 8 {
			to = append(to, byte(at>>shift))
		}
	}
	at := 1
	offset(at)
	for _, i := range items {
		at += len(i)
		offset(at)
	}
	for _, i := range items {
		to = append(to, i...)
	}
	return to
}
