package drawing

import (
	"fmt"
	"math"
	"strconv"
)

// maxCoordinate bounds what a path may hold: artwork is drawn in a few hundred units.
const maxCoordinate = 1e6

// ParsePath reads SVG path data (M L H V C S Q T A Z, both cases). Arcs become cubic curves. An error says what
// is wrong and at which character, counted from 1.
func ParsePath(svg string) (Path, error) {
	p := pathParser{s: svg}
	for {
		p.space()
		if p.err != nil || p.i == len(p.s) {
			break
		}
		p.command()
	}
	if p.err == nil && len(p.path) == 0 {
		p.fail("it is empty; begin with M")
	}
	if p.err != nil {
		return nil, fmt.Errorf("path data: character %d: %w", p.i+1, p.err)
	}
	return p.path, nil
}

// UnmarshalText reads SVG path data.
func (p *Path) UnmarshalText(b []byte) (err error) {
	*p, err = ParsePath(string(b))
	return err
}

type pathParser struct {
	s    string
	i    int
	err  error // the first mistake; nothing is read after it
	path Path

	at, start, control Point // control: of the last curve, for S and T
	last               byte  // the command before, in upper case
}

func (p *pathParser) fail(format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf(format, args...)
	}
}

func (p *pathParser) space() {
	for p.i < len(p.s) {
		switch p.s[p.i] {
		case ' ', '\t', '\n', '\r', '\f':
			p.i++
		default:
			return
		}
	}
}

// separator passes spaces and at most one comma, which a number must follow.
func (p *pathParser) separator() {
	p.space()
	if p.i < len(p.s) && p.s[p.i] == ',' {
		p.i++
		if !p.more() {
			p.fail("expected a number after the comma")
		}
	}
}

// more reports whether another number follows, so that the command is repeated.
func (p *pathParser) more() bool {
	p.space()
	if p.err != nil || p.i == len(p.s) {
		return false
	}
	c := p.s[p.i]
	return c == ',' || c == '.' || c == '-' || c == '+' || c >= '0' && c <= '9'
}

func (p *pathParser) digits() {
	for p.i < len(p.s) && p.s[p.i] >= '0' && p.s[p.i] <= '9' {
		p.i++
	}
}

func (p *pathParser) sign() {
	if p.i < len(p.s) && (p.s[p.i] == '-' || p.s[p.i] == '+') {
		p.i++
	}
}

func (p *pathParser) number() float64 {
	if p.err != nil {
		return 0
	}
	from := p.i
	p.sign()
	p.digits()
	if p.i < len(p.s) && p.s[p.i] == '.' {
		p.i++
		p.digits()
	}
	if p.i < len(p.s) && (p.s[p.i] == 'e' || p.s[p.i] == 'E') {
		p.i++
		p.sign()
		p.digits()
	}
	v, err := strconv.ParseFloat(p.s[from:p.i], 64)
	if err != nil || math.Abs(v) > maxCoordinate {
		p.i = from
		p.fail("expected a number between -%g and %g", maxCoordinate, maxCoordinate)
		return 0
	}
	p.separator()
	return v
}

func (p *pathParser) flag() bool {
	if p.err != nil {
		return false
	}
	if p.i == len(p.s) || p.s[p.i] != '0' && p.s[p.i] != '1' {
		p.fail("expected a flag of an arc, 0 or 1")
		return false
	}
	v := p.s[p.i] == '1'
	p.i++
	p.separator()
	return v
}

// point reads a point, relative to the current one for a lower-case command.
func (p *pathParser) point(relative bool) Point {
	q := Point{p.number(), p.number()}
	if relative {
		q.X, q.Y = q.X+p.at.X, q.Y+p.at.Y
	}
	if math.Abs(q.X) > maxCoordinate || math.Abs(q.Y) > maxCoordinate {
		p.fail("the path leaves the range of %g", maxCoordinate)
	}
	return q
}

// command reads one letter and all its repeats.
func (p *pathParser) command() {
	letter := p.s[p.i]
	upper, relative := letter&^0x20, letter >= 'a'
	if letter < 'A' || upper != 'M' && len(p.path) == 0 {
		p.fail("a path begins with M, and every part of it with a letter")
		return
	}
	p.i++
	if upper == 'Z' {
		p.path.Close()
		p.at, p.last = p.start, 'Z'
		return
	}
	p.space()
	for first := true; first || p.more(); first = false {
		if upper == 'M' && !first {
			upper = 'L'
		}
		if p.last == 'Z' && upper != 'M' { // a contour goes on from the closed one's start
			p.path.Move(p.at.X, p.at.Y)
		}
		p.step(upper, relative)
		if p.err != nil {
			return
		}
		p.last = upper
	}
}

func (p *pathParser) step(upper byte, relative bool) {
	switch upper {
	case 'M':
		q := p.point(relative)
		p.path.Move(q.X, q.Y)
		p.at, p.start = q, q
	case 'L':
		p.line(p.point(relative))
	case 'H':
		x := p.number()
		if relative {
			x += p.at.X
		}
		p.line(Point{x, p.at.Y})
	case 'V':
		y := p.number()
		if relative {
			y += p.at.Y
		}
		p.line(Point{p.at.X, y})
	case 'C':
		p.cube(p.point(relative), p.point(relative), p.point(relative))
	case 'S':
		p.cube(p.mirrored('C', 'S'), p.point(relative), p.point(relative))
	case 'Q':
		p.quad(p.point(relative), p.point(relative))
	case 'T':
		p.quad(p.mirrored('Q', 'T'), p.point(relative))
	case 'A':
		rx, ry, turn := p.number(), p.number(), p.number()
		large, sweep := p.flag(), p.flag()
		p.ellipse(rx, ry, turn*math.Pi/180, large, sweep, p.point(relative))
	default:
		p.i--
		p.fail("%q is no command; use M L H V C S Q T A Z", upper)
	}
}

// mirrored returns the control point of a smooth curve: the last one's, mirrored, after one of these commands.
func (p *pathParser) mirrored(after ...byte) Point {
	for _, c := range after {
		if p.last == c {
			return Point{2*p.at.X - p.control.X, 2*p.at.Y - p.control.Y}
		}
	}
	return p.at
}

func (p *pathParser) line(q Point) {
	p.path.Line(q.X, q.Y)
	p.at = q
}

func (p *pathParser) cube(a, b, q Point) {
	p.path.Cube(a.X, a.Y, b.X, b.Y, q.X, q.Y)
	p.control, p.at = b, q
}

func (p *pathParser) quad(a, q Point) {
	p.path.Quad(a.X, a.Y, q.X, q.Y)
	p.control, p.at = a, q
}

// ellipse adds an arc as SVG's appendix on implementation notes computes it from its ends.
func (p *pathParser) ellipse(rx, ry, turn float64, large, sweep bool, q Point) {
	rx, ry = math.Abs(rx), math.Abs(ry)
	if q == p.at {
		return
	}
	if rx == 0 || ry == 0 {
		p.line(q)
		return
	}
	sin, cos := math.Sincos(turn)
	dx, dy := (p.at.X-q.X)/2, (p.at.Y-q.Y)/2
	x, y := (cos*dx+sin*dy)/rx, (cos*dy-sin*dx)/ry // half the chord, in the unit circle
	if far := math.Hypot(x, y); far > 1 {          // radii too small: the least that reach
		rx, ry, x, y = rx*far, ry*far, x/far, y/far
	}
	d2 := x*x + y*y
	k := math.Sqrt(max(0, 1-d2) / d2)
	if large == sweep {
		k = -k
	}
	mx, my := k*y, -k*x // centre, in the unit circle
	from := math.Atan2(y-my, x-mx)
	through := math.Atan2(-y-my, -x-mx) - from
	if sweep && through < 0 {
		through += 2 * math.Pi
	} else if !sweep && through > 0 {
		through -= 2 * math.Pi
	}
	cx := cos*mx*rx - sin*my*ry + (p.at.X+q.X)/2
	cy := sin*mx*rx + cos*my*ry + (p.at.Y+q.Y)/2
	n := len(p.path)
	p.path.arc(cx, cy, rx, ry, turn, from, through)
	if len(p.path) == n { // nearly nothing
		p.line(q)
		return
	}
	p.path[len(p.path)-1].P[2] = q // exactly
	p.at = q
}
