package drawing

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// What an SVG file may hold.
const (
	maxSVGBytes    = 1 << 20
	maxSVGSegments = 50_000
	maxSVGDepth    = 100
)

// ParseSVG reads a picture of flat shapes from SVG: svg with a viewBox, g, path, rect, circle, ellipse, line, polyline and
// polygon, each with a plain fill and stroke, as attributes or as style, and with transform. Its unit is that of the viewBox,
// whose top left becomes the origin. currentColor is black.
//
// What it does not draw (gradients, opacity, clips, masks, style sheets, text, pictures, flat ends of lines) is refused and
// never left out. The error joins each kind of mistake once, as "file:line: what to do".
func ParseSVG(file string, data []byte) (*Drawing, error) {
	if len(data) > maxSVGBytes {
		return nil, fmt.Errorf("%s: has %d bytes; at most %d are read", file, len(data), maxSVGBytes)
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	p := svgParser{file: file, data: data, line: 1, said: map[string]bool{}, xml: xml.NewDecoder(bytes.NewReader(data))}
	if err := p.read(); err != nil {
		line := p.line
		var syntax *xml.SyntaxError
		if errors.As(err, &syntax) {
			line, err = syntax.Line, errors.New(syntax.Msg)
		}
		return nil, errors.Join(append(p.problems, fmt.Errorf("%s:%d: is no SVG that can be read: %w", file, line, err))...)
	}
	switch {
	case len(p.problems) > 0:
		return nil, errors.Join(p.problems...)
	case p.picture == nil:
		return nil, fmt.Errorf("%s:1: is no SVG: it has no svg element", file)
	case len(p.picture.Ops) == 0:
		return nil, fmt.Errorf("%s:1: draws nothing", file)
	}
	return p.picture, nil
}

type svgParser struct {
	file     string
	data     []byte
	xml      *xml.Decoder
	at, line int             // where the element being read begins
	said     map[string]bool // each kind of mistake is said once
	problems []error

	picture  *Drawing
	origin   Matrix // viewBox
	stack    []svgStyle
	segments int
}

// svgStyle is what an element inherits.
type svgStyle struct {
	at                 Matrix
	fill, stroke       *Colour // nil for none
	width              float64
	evenOdd            bool
	roundCap, roundEnd bool // ends and corners of strokes
}

func (p *svgParser) bad(format string, args ...any) {
	words := fmt.Sprintf(format, args...)
	if !p.said[words] {
		p.said[words] = true
		p.problems = append(p.problems, fmt.Errorf("%s:%d: %s", p.file, p.line, words))
	}
}

const svgSpace = "http://www.w3.org/2000/svg"

// unseen are elements that draw nothing where they stand. What refers to one of them is refused there.
var unseen = []string{"title", "desc", "metadata", "defs", "linearGradient", "radialGradient", "clipPath", "mask", "symbol", "pattern",
	"marker", "filter"}

// advice says what to do instead of an element.
var advice = map[string]string{
	"text":          "turn its letters into paths",
	"image":         "draw it with paths",
	"use":           "write the shape out where it is used",
	"style":         "write fill and stroke on the shapes (presentation attributes)",
	"switch":        "export plain SVG",
	"foreignObject": "export plain SVG",
	"a":             "take the link away",
	"script":        "take it away",
}

func (p *svgParser) read() error {
	for {
		at := int(p.xml.InputOffset())
		p.line += bytes.Count(p.data[p.at:at], []byte("\n"))
		p.at = at
		token, err := p.xml.Token()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.Directive:
			if bytes.ContainsRune(t, '[') {
				p.bad("has a document type with rules of its own; export plain SVG")
			}
		case xml.StartElement:
			if err := p.start(t); err != nil {
				return err
			}
		case xml.EndElement:
			p.stack = p.stack[:len(p.stack)-1]
		}
	}
}

func (p *svgParser) start(e xml.StartElement) error {
	name := e.Name.Local
	foreign := e.Name.Space != svgSpace && e.Name.Space != ""
	switch {
	case p.picture == nil && (name != "svg" || foreign):
		return errors.New("the first element is not svg")
	case foreign || slices.Contains(unseen, name):
		return p.xml.Skip()
	case p.picture == nil:
		p.root(e)
		return nil
	case len(p.stack) == 0:
		return errors.New("something follows the svg element")
	case len(p.stack) >= maxSVGDepth:
		return fmt.Errorf("more than %d elements stand within each other", maxSVGDepth)
	}
	shape, known := shapes[name]
	if !known && name != "g" {
		if what, ok := advice[name]; ok {
			p.bad("%s is not drawn: %s", name, what)
		} else {
			p.bad("%s is not drawn; known: g, %s", name, strings.Join(slices.Sorted(maps.Keys(shapes)), ", "))
		}
		return p.xml.Skip()
	}
	style, own := p.style(e, p.stack[len(p.stack)-1])
	p.stack = append(p.stack, style)
	if known {
		path := shape(p, own)
		if name == "line" { // it has no inside
			style.fill = nil
		}
		p.draw(path, style)
		if p.segments += len(path); p.segments > maxSVGSegments {
			return fmt.Errorf("it has more than %d steps of paths; simplify it", maxSVGSegments)
		}
	}
	p.unknown(name, own)
	return nil
}

// unknown refuses what is left of an element's attributes.
func (p *svgParser) unknown(element string, own map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(own)) {
		p.bad("%s of %s is not known", name, element)
	}
}

// root reads the viewBox.
func (p *svgParser) root(e xml.StartElement) {
	style, own := p.style(e, svgStyle{at: Identity, fill: new(Colour), width: 1})
	p.stack = append(p.stack, style)
	var box [4]float64
	if s, ok := own["viewBox"]; !ok {
		box = [4]float64{2: p.number(own, "width", 0), 3: p.number(own, "height", 0)}
	} else {
		numbers := p.numbers("viewBox", s)
		if len(numbers) != 4 {
			p.bad("viewBox %q is not four numbers", s)
			numbers = []float64{0, 0, 1, 1}
		}
		box = [4]float64(numbers)
	}
	if box[2] <= 0 || box[3] <= 0 {
		p.bad("svg has no viewBox such as viewBox=\"0 0 600 600\"")
		box = [4]float64{0, 0, 1, 1}
	}
	if v := own["preserveAspectRatio"]; v != "" && v != "xMidYMid meet" && v != "xMidYMid" {
		p.bad("preserveAspectRatio %q is not known; take it away", v)
	}
	for _, name := range []string{"viewBox", "width", "height", "version", "baseProfile", "preserveAspectRatio", "x", "y"} {
		delete(own, name)
	}
	p.unknown("svg", own)
	p.picture, p.origin = New(box[2], box[3]), Translate(-box[0], -box[1])
}

// style reads what an element inherits and what it says itself, and returns its other attributes.
func (p *svgParser) style(e xml.StartElement, s svgStyle) (svgStyle, map[string]string) {
	own, properties := map[string]string{}, map[string]string{}
	inline := ""
	for _, a := range e.Attr {
		name := a.Name.Local
		switch {
		case a.Name.Space != "" || name == "xmlns" || name == "id" || name == "class" || name == "role" ||
			strings.HasPrefix(name, "data-") || strings.HasPrefix(name, "aria-"):
		case name == "style":
			inline = a.Value
		case name == "transform":
			s.at = s.at.Mul(p.transform(a.Value))
		case drawn[name] || harmless(name):
			properties[name] = strings.TrimSpace(a.Value)
		default:
			own[name] = strings.TrimSpace(a.Value)
		}
	}
	for _, declared := range strings.Split(inline, ";") { // stronger than attributes
		name, value, ok := strings.Cut(declared, ":")
		if name = strings.TrimSpace(name); ok {
			properties[name] = strings.TrimSpace(value)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		if value := properties[name]; value != "inherit" {
			p.property(&s, name, value)
		}
	}
	return s, own
}

// drawn are the properties that change a picture.
var drawn = map[string]bool{"fill": true, "stroke": true, "stroke-width": true, "fill-rule": true, "stroke-linecap": true, "stroke-linejoin": true,
	"opacity": true, "fill-opacity": true, "stroke-opacity": true, "stroke-dasharray": true, "display": true, "visibility": true,
	"clip-path": true, "mask": true, "filter": true, "mix-blend-mode": true, "paint-order": true, "vector-effect": true, "color": true,
	"marker": true, "marker-start": true, "marker-mid": true, "marker-end": true, "transform-origin": true, "transform": true}

// plainly are properties that are read only where they change nothing.
var plainly = map[string][]string{
	"opacity": {"1", "1.0", "100%"}, "fill-opacity": {"1", "1.0", "100%"}, "stroke-opacity": {"1", "1.0", "100%"},
	"stroke-dasharray": {"none"}, "display": {"inline", "block"}, "visibility": {"visible"},
	"clip-path": {"none"}, "mask": {"none"}, "filter": {"none"}, "mix-blend-mode": {"normal"}, "paint-order": {"normal", "fill", "fill stroke", "fill stroke markers"},
	"vector-effect": {"none"}, "marker": {"none"}, "marker-start": {"none"}, "marker-mid": {"none"}, "marker-end": {"none"},
}

// instead says what to do without a property that is not drawn.
var instead = map[string]string{
	"opacity": "use the tone that is seen, as a colour of its own", "fill-opacity": "use the tone that is seen, as a colour of its own",
	"stroke-opacity": "use the tone that is seen, as a colour of its own", "stroke-dasharray": "turn the dashes into paths",
	"display": "take hidden parts out of the file", "visibility": "take hidden parts out of the file",
	"clip-path": "cut the shape itself", "mask": "cut the shape itself", "filter": "use flat shapes", "mix-blend-mode": "use the tone that is seen, as a colour of its own",
}

// harmless reports whether a property says nothing of flat shapes.
func harmless(name string) bool {
	for _, prefix := range []string{"-", "font", "text", "letter-", "word-", "writing-", "direction", "line-height", "white-space", "baseline-", "dominant-",
		"color-", "image-rendering", "shape-rendering", "enable-background", "overflow", "isolation", "clip-rule", "solid-", "stop-",
		"stroke-miterlimit", "stroke-dashoffset", "inline-size", "shape-"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

func (p *svgParser) property(s *svgStyle, name, value string) {
	switch name {
	case "fill":
		s.fill = p.colour(name, value)
	case "stroke":
		s.stroke = p.colour(name, value)
	case "stroke-width":
		s.width = p.length(name, value)
	case "fill-rule":
		s.evenOdd = value == "evenodd"
		if value != "evenodd" && value != "nonzero" {
			p.bad("fill-rule %q is not known; use nonzero or evenodd", value)
		}
	case "stroke-linecap":
		s.roundCap = value == "round"
	case "stroke-linejoin":
		s.roundEnd = value == "round"
	default:
		switch {
		case slices.Contains(plainly[name], value) || harmless(name):
		case instead[name] != "":
			p.bad("%s: %s is not drawn; %s", name, value, instead[name])
		default:
			p.bad("%s: %s is not drawn; take it away", name, value)
		}
	}
}

// colour reads a paint; nil is none.
func (p *svgParser) colour(name, value string) *Colour {
	var c Colour
	switch lower := strings.ToLower(value); {
	case lower == "none" || lower == "transparent":
		return nil
	case lower == "currentcolor" || lower == "black":
		return &c
	case lower == "white":
		c = 0xFFFFFF
		return &c
	case strings.HasPrefix(lower, "url("):
		p.bad("%s: %s is not drawn; use one flat colour", name, value)
		return &c
	case len(lower) == 4 && lower[0] == '#':
		lower = "#" + strings.Repeat(lower[1:2], 2) + strings.Repeat(lower[2:3], 2) + strings.Repeat(lower[3:4], 2)
		fallthrough
	case len(lower) == 7 && lower[0] == '#':
		if parsed, err := ParseColour(lower); err == nil {
			return &parsed
		}
	case strings.HasPrefix(lower, "rgb(") && strings.HasSuffix(lower, ")"):
		channels := strings.FieldsFunc(lower[4:len(lower)-1], func(r rune) bool { return r == ',' || r == ' ' })
		for _, channel := range channels {
			n, err := strconv.ParseUint(channel, 10, 8)
			if err != nil {
				channels = nil
			}
			c = c<<8 | Colour(n)
		}
		if len(channels) == 3 {
			return &c
		}
	}
	p.bad("%s: %q is not a colour that is read; write it as #RRGGBB", name, value)
	return &c
}

// draw adds a shape.
func (p *svgParser) draw(path Path, s svgStyle) {
	if len(path) == 0 {
		return
	}
	at := p.origin.Mul(s.at)
	placed := path.Transform(at)
	for _, step := range placed {
		for _, q := range step.P {
			if !(math.Abs(q.X) <= maxCoordinate && math.Abs(q.Y) <= maxCoordinate) {
				p.bad("a shape leaves the range of %g", maxCoordinate)
				return
			}
		}
	}
	if s.fill != nil {
		p.picture.Ops = append(p.picture.Ops, Fill{Path: placed, Colour: *s.fill, EvenOdd: s.evenOdd})
	}
	if s.stroke == nil || s.width <= 0 {
		return
	}
	ends, corners := path.bare()
	if ends && !s.roundCap || corners && !s.roundEnd {
		p.bad("strokes have round ends and corners here: set stroke-linecap and stroke-linejoin to round, or turn the stroke into a filled outline")
	}
	if !at.similar() {
		p.bad("a stroke is stretched by its transform; turn it into a filled outline")
	}
	p.picture.Stroke(placed, *s.stroke, s.width*at.scale())
}

// bare reports whether a stroke along the path has ends, and corners.
func (p Path) bare() (ends, corners bool) {
	open := false
	var start, at, into Point // into: the direction the last step ended in
	var out Point             // the direction the contour began with
	first := true
	turn := func(a, b Point) {
		la, lb := math.Hypot(a.X, a.Y), math.Hypot(b.X, b.Y)
		if la > 0 && lb > 0 && (a.X*b.X+a.Y*b.Y)/(la*lb) < 0.999 {
			corners = true
		}
	}
	step := func(from, to Point) {
		if first {
			out = from
		} else {
			turn(into, from)
		}
		first, into = false, to
	}
	for _, s := range p {
		n := s.Kind.Points()
		switch s.Kind {
		case MoveTo:
			ends = ends || open
			start, open, first = s.P[0], false, true
		case Close:
			if at != start {
				d := Point{start.X - at.X, start.Y - at.Y}
				step(d, d)
			}
			if !first {
				turn(into, out)
			}
			open, first = false, true
			at = start
			continue
		default:
			points := append([]Point{at}, s.P[:n]...)
			var from, to Point
			for i := 1; i < len(points) && from == (Point{}); i++ {
				from = Point{points[i].X - at.X, points[i].Y - at.Y}
			}
			for i := len(points) - 2; i >= 0 && to == (Point{}); i-- {
				to = Point{points[len(points)-1].X - points[i].X, points[len(points)-1].Y - points[i].Y}
			}
			step(from, to)
			open = true
		}
		at = s.P[n-1]
	}
	return ends || open, corners
}

// similar reports whether m keeps every angle: it moves, turns, mirrors, and scales by one factor.
func (m Matrix) similar() bool {
	a, b := math.Hypot(m[0], m[1]), math.Hypot(m[2], m[3])
	return math.Abs(a-b) <= 1e-3*max(a, b) && math.Abs(m[0]*m[2]+m[1]*m[3]) <= 1e-3*a*b
}

// shapes make the path of an element and take the attributes they read out of own.
var shapes = map[string]func(p *svgParser, own map[string]string) Path{
	"path": func(p *svgParser, own map[string]string) Path {
		d, ok := own["d"]
		delete(own, "d")
		if !ok || d == "" || d == "none" {
			return nil
		}
		path, err := ParsePath(d)
		if err != nil {
			p.bad("%v", err)
		}
		return path
	},
	"rect": func(p *svgParser, own map[string]string) Path {
		x, y, w, h := p.number(own, "x", 0), p.number(own, "y", 0), p.number(own, "width", 0), p.number(own, "height", 0)
		rx, ry := p.number(own, "rx", -1), p.number(own, "ry", -1)
		if rx < 0 {
			rx = max(ry, 0)
		}
		if ry >= 0 && ry != rx {
			p.bad("a rect has one radius for its corners here: make rx and ry the same")
		}
		if w <= 0 || h <= 0 {
			return nil
		}
		if rx == 0 {
			return Rect(x, y, w, h)
		}
		return RoundRect(x, y, w, h, rx)
	},
	"circle": func(p *svgParser, own map[string]string) Path {
		cx, cy, r := p.number(own, "cx", 0), p.number(own, "cy", 0), p.number(own, "r", 0)
		if r <= 0 {
			return nil
		}
		return Circle(cx, cy, r)
	},
	"ellipse": func(p *svgParser, own map[string]string) Path {
		cx, cy, rx, ry := p.number(own, "cx", 0), p.number(own, "cy", 0), p.number(own, "rx", 0), p.number(own, "ry", 0)
		if rx <= 0 || ry <= 0 {
			return nil
		}
		return Circle(0, 0, 1).Transform(Translate(cx, cy).Mul(Scale(rx, ry)))
	},
	"line": func(p *svgParser, own map[string]string) Path {
		var path Path
		path.Move(p.number(own, "x1", 0), p.number(own, "y1", 0))
		path.Line(p.number(own, "x2", 0), p.number(own, "y2", 0))
		return path
	},
	"polyline": func(p *svgParser, own map[string]string) Path { return p.points(own) },
	"polygon": func(p *svgParser, own map[string]string) Path {
		path := p.points(own)
		if len(path) > 0 {
			path.Close()
		}
		return path
	},
}

func (p *svgParser) points(own map[string]string) (path Path) {
	numbers := p.numbers("points", own["points"])
	delete(own, "points")
	if len(numbers)%2 == 1 {
		p.bad("points has an odd number of numbers")
	}
	for i := 0; i+1 < len(numbers); i += 2 {
		if i == 0 {
			path.Move(numbers[0], numbers[1])
		} else {
			path.Line(numbers[i], numbers[i+1])
		}
	}
	return path
}

// number takes an attribute that is a length out of own; fallback where it is not there.
func (p *svgParser) number(own map[string]string, name string, fallback float64) float64 {
	s, ok := own[name]
	delete(own, name)
	if !ok || s == "auto" {
		return fallback
	}
	return p.length(name, s)
}

// length reads a number that may be followed by px.
func (p *svgParser) length(name, s string) float64 {
	v, err := strconv.ParseFloat(strings.TrimSuffix(s, "px"), 64)
	if err != nil || math.IsNaN(v) || math.Abs(v) > maxCoordinate {
		p.bad("%s: %q is not a number of units within %g", name, s, maxCoordinate)
		return 0
	}
	return v
}

func (p *svgParser) numbers(name, s string) (out []float64) {
	for _, word := range strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' || r == '\n' || r == '\r' }) {
		out = append(out, p.length(name, word))
	}
	return out
}

// transform reads a list of transforms.
func (p *svgParser) transform(s string) Matrix {
	m := Identity
	for rest := strings.TrimSpace(s); rest != ""; {
		name, after, opens := strings.Cut(rest, "(")
		inside, next, closes := strings.Cut(after, ")")
		v := p.numbers("transform", inside)
		name = strings.Trim(name, " \t\r\n,")
		switch n := len(v); {
		case !opens || !closes:
			p.bad("transform %q is not closed", s)
			return m
		case name == "matrix" && n == 6:
			m = m.Mul(Matrix(v))
		case name == "translate" && (n == 1 || n == 2):
			m = m.Mul(Translate(v[0], append(v, 0)[1]))
		case name == "scale" && n == 1:
			m = m.Mul(Scale(v[0], v[0]))
		case name == "scale" && n == 2:
			m = m.Mul(Scale(v[0], v[1]))
		case name == "rotate" && n == 1:
			m = m.Mul(Rotate(v[0]))
		case name == "rotate" && n == 3:
			m = m.Mul(Translate(v[1], v[2])).Mul(Rotate(v[0])).Mul(Translate(-v[1], -v[2]))
		case name == "skewX" && n == 1:
			m = m.Mul(Matrix{1, 0, math.Tan(v[0] * math.Pi / 180), 1, 0, 0})
		case name == "skewY" && n == 1:
			m = m.Mul(Matrix{1, math.Tan(v[0] * math.Pi / 180), 0, 1, 0, 0})
		default:
			p.bad("transform %s with %d numbers is not known", name, n)
			return m
		}
		rest = strings.TrimSpace(next)
	}
	return m
}
