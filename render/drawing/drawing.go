// Package drawing holds a picture as a list of operations in its own units (y down), which package raster
// turns into pixels and package pdf into a page, so that the two cannot differ.
//
// It knows nothing of badges. Begin with Drawing.
package drawing

import (
	"image"
	"math"
	"math/bits"

	"testamur/render/text"
)

// Drawing is a picture of W x H units, drawn in the order of Ops.
type Drawing struct {
	W, H float64
	Ops  []Op
}

// New returns an empty picture of w x h units.
func New(w, h float64) *Drawing { return &Drawing{W: w, H: h} }

// Op is one of Fill, Grid, Stroke, Clip, End, Text, Stamp, Image, Part, PartEnd or Gap.
type Op interface{ op() }

// Fill paints the inside of Path by the non-zero rule, or by the even-odd one.
type Fill struct {
	Path    Path
	Colour  Colour
	EvenOdd bool
}

// Grid paints the dark cells of a grid as squares of Cell x Cell units, the first of the first row at (X, Y). A row is its cells
// from the lowest bit on, 1 for dark.
type Grid struct {
	X, Y, Cell float64
	Rows       []uint64
	Colour     Colour
}

// Stroke paints along Path, Width units wide, with round joins and caps; Dash, where set, is the lengths of dash
// and gap in units (butt caps).
type Stroke struct {
	Path   Path
	Colour Colour
	Width  float64
	Dash   [2]float64
}

// Clip limits what follows, up to its End, to the inside of Path. Clips nest.
type Clip struct{ Path Path }

// End ends the last Clip.
type End struct{}

// Text paints a shaped line from left to right. Text on a curve, microtext and the like is Artifact: it is drawn,
// but it is not part of the document's text.
type Text struct {
	Line     text.Line
	Size     float64 // units per em
	X, Y     float64 // start of the baseline
	Tracking float64 // units added between clusters
	Colour   Colour
	Role     Role
}

// Role says what a line of text is in the document.
type Role string

const (
	Artifact  Role = ""          // ornament
	Title     Role = "title"     // the document's title
	Heading   Role = "heading"   // of a part of it
	Paragraph Role = "paragraph" // any other text that is read
	Name      Role = "name"      // the holder's name, on a line of its own
	Figure    Role = "figure"    // a Part that is a picture
	Link      Role = "link"      // a Part that leads somewhere
)

// Part begins what is one thing of the document though it is drawn by several operations, up to its PartEnd: a paragraph
// or a name of several lines, a figure, a link. Parts nest. A line of text outside of parts is one by itself, and all
// else outside of figures is ornament. Pixels have no parts.
type Part struct {
	Role       Role
	Says       string  // of a figure, in place of it; of a link, where it leads
	Lang       string  // BCP 47, where it is not the document's
	URL        string  // of a link
	X, Y, W, H float64 // of a figure or a link: its box
}

// PartEnd ends the last Part.
type PartEnd struct{}

// Stamp paints a whole drawing in several places. What is the same for every place is kept once where the back end can.
// What is stamped is ornament, its text too.
type Stamp struct {
	What *Drawing
	At   []Matrix
}

// Gap is a place where a drawing differs from others of its kind: what stands there is a drawing of its own. A drawing with
// gaps is not whole; pixels are made of whole ones.
type Gap struct{}

// Image paints a picture of pixels into an upright box. A page has none: paper is printed from paths.
type Image struct {
	Source     Source
	X, Y, W, H float64 // of the box
	Grey       bool    // without its colours, each tone as light as it was
}

// Source is a picture of pixels that knows itself at any size. What Pixels returns is shared: do not change it.
type Source interface {
	Pixels(width, height int, grey bool) *image.RGBA
}

func (Fill) op()    {}
func (Grid) op()    {}
func (Image) op()   {}
func (Gap) op()     {}
func (Stamp) op()   {}
func (Part) op()    {}
func (PartEnd) op() {}
func (Stroke) op()  {}
func (Clip) op()    {}
func (End) op()     {}
func (Text) op()    {}

// Fill adds a filled path.
func (d *Drawing) Fill(p Path, c Colour) { d.Ops = append(d.Ops, Fill{Path: p, Colour: c}) }

// Runs gives the runs of dark cells of every row: where they begin and how many they are.
func (g Grid) Runs(each func(x, y, n int)) {
	for y, row := range g.Rows {
		for x := 0; row != 0; {
			light := bits.TrailingZeros64(row)
			n := bits.TrailingZeros64(^(row >> light))
			each(x+light, y, n)
			x, row = x+light+n, row>>(light+n)
		}
	}
}

// Path returns the dark cells as rectangles, one for each run in a row.
func (g Grid) Path() (p Path) {
	g.Runs(func(x, y, n int) { p.Rect(g.X+float64(x)*g.Cell, g.Y+float64(y)*g.Cell, float64(n)*g.Cell, g.Cell) })
	return p
}

// Stroke adds a stroked path.
func (d *Drawing) Stroke(p Path, c Colour, width float64) {
	d.Ops = append(d.Ops, Stroke{Path: p, Colour: c, Width: width})
}

// Dash adds a dashed path.
func (d *Drawing) Dash(p Path, c Colour, width, dash, gap float64) {
	d.Ops = append(d.Ops, Stroke{Path: p, Colour: c, Width: width, Dash: [2]float64{dash, gap}})
}

// Clip adds the start of a clip; End must follow.
func (d *Drawing) Clip(p Path) { d.Ops = append(d.Ops, Clip{p}) }

// End adds the end of the last clip.
func (d *Drawing) End() { d.Ops = append(d.Ops, End{}) }

// Part adds what draw draws as one part of the document.
func (d *Drawing) Part(p Part, draw func()) {
	d.Ops = append(d.Ops, p)
	draw()
	d.Ops = append(d.Ops, PartEnd{})
}

// Stamp adds a drawing in several places.
func (d *Drawing) Stamp(what *Drawing, at ...Matrix) { d.Ops = append(d.Ops, Stamp{what, at}) }

// Flat returns the drawing with every stamp written out and every grid as a path.
func (d *Drawing) Flat() *Drawing {
	out := New(d.W, d.H)
	for _, op := range d.Ops {
		switch o := op.(type) {
		case Stamp:
			flat := o.What.Flat()
			for _, at := range o.At {
				out.Add(flat, at)
			}
		case Grid:
			out.Fill(o.Path(), o.Colour)
		default:
			out.Ops = append(out.Ops, op)
		}
	}
	return out
}

// Anchor says which part of a line stands at its X.
type Anchor float64

const (
	Left   Anchor = 0
	Centre Anchor = 0.5
	Right  Anchor = 1
)

// Text adds a line of text with the anchored part of it at t.X, and returns its width in units.
func (d *Drawing) Text(t Text, at Anchor) float64 {
	w := t.Line.WidthTracked(t.Size, t.Tracking)
	t.X -= w * float64(at)
	d.Ops = append(d.Ops, t)
	return w
}

// TextOnArc adds a line of text as filled outlines on a circle round (t.X, t.Y) with baseline radius r, its
// middle at deg degrees clockwise from the top. It reads clockwise with the letters' feet to the centre or,
// below, counter-clockwise with their heads to the centre.
func (d *Drawing) TextOnArc(t Text, r, deg float64, below bool) {
	var p Path
	half := t.Line.WidthTracked(t.Size, t.Tracking) / 2
	t.eachGlyph(func(g text.Glyph, x float64) {
		middle := g.Advance * t.Size / 2
		turn := (x + middle - half) / r * 180 / math.Pi
		at := Translate(t.X, t.Y)
		if below {
			at = at.Mul(Rotate(deg - turn + 180)).Mul(Translate(-middle, r))
		} else {
			at = at.Mul(Rotate(deg + turn)).Mul(Translate(-middle, -r))
		}
		p.glyph(g, at.Mul(Translate((g.X-g.Pen)*t.Size, 0)), t.Size)
	})
	d.Fill(p, t.Colour)
}

// Outline returns the text as one path for a fill.
func (t Text) Outline() Path {
	var p Path
	t.eachGlyph(func(g text.Glyph, x float64) {
		p.glyph(g, Translate(t.X+x+(g.X-g.Pen)*t.Size, t.Y), t.Size)
	})
	return p
}

// Glyphs gives every glyph with where its origin stands.
func (t Text) Glyphs(each func(g text.Glyph, x, y float64)) {
	t.eachGlyph(func(g text.Glyph, x float64) { each(g, t.X+x+(g.X-g.Pen)*t.Size, t.Y-g.Y*t.Size) })
}

// Ink returns the least box round the points of the text's outlines.
func (t Text) Ink() (x0, y0, x1, y1 float64) {
	x0, y0, x1, y1 = t.Line.Bounds()
	spread := t.Line.WidthTracked(t.Size, t.Tracking) - t.Line.Width*t.Size
	return t.X + x0*t.Size + min(0, spread), t.Y - y1*t.Size, t.X + x1*t.Size + max(0, spread), t.Y - y0*t.Size
}

// eachGlyph gives every glyph with the pen before it in units, tracking counted.
func (t Text) eachGlyph(do func(g text.Glyph, x float64)) {
	shift := 0.0
	for i, g := range t.Line.Glyphs {
		if i > 0 && g.First {
			shift += t.Tracking
		}
		do(g, g.Pen*t.Size+shift)
	}
}

// glyph appends the outline of g with its pen at the origin of at; size is units per em.
func (p *Path) glyph(g text.Glyph, at Matrix, size float64) {
	at = at.Mul(Scale(size, -size)).Mul(Translate(0, g.Y))
	open := false
	g.Face.Glyph(g.ID, func(s text.Segment) {
		q := Segment{Kind: kinds[s.Kind]}
		for i := range s.Kind.Points() {
			x, y := at.Apply(s.P[i][0], s.P[i][1])
			q.P[i] = Point{x, y}
		}
		if q.Kind == MoveTo && open {
			p.Close()
		}
		open = true
		*p = append(*p, q)
	})
	if open {
		p.Close()
	}
}

var kinds = [...]Kind{text.MoveTo: MoveTo, text.LineTo: LineTo, text.QuadTo: QuadTo, text.CubeTo: CubeTo}

// Grey returns the drawing without its colours. Each tone stays as light as it was, so that what could be read can be
// read still.
func (d *Drawing) Grey() *Drawing {
	out := New(d.W, d.H)
	for _, op := range d.Ops {
		switch o := op.(type) {
		case Fill:
			o.Colour = o.Colour.Grey()
			op = o
		case Grid:
			o.Colour = o.Colour.Grey()
			op = o
		case Stroke:
			o.Colour = o.Colour.Grey()
			op = o
		case Text:
			o.Colour = o.Colour.Grey()
			op = o
		case Image:
			o.Grey = true
			op = o
		case Stamp:
			o.What = o.What.Grey()
			op = o
		}
		out.Ops = append(out.Ops, op)
	}
	return out
}

// Add adds another picture, placed by m. Text stays text where m only moves and scales evenly; else it becomes
// outlines. An image of pixels is moved and scaled, and not turned.
func (d *Drawing) Add(other *Drawing, m Matrix) {
	k := m.scale()
	for _, op := range other.Ops {
		switch o := op.(type) {
		case Fill:
			o.Path = o.Path.Transform(m)
			d.Ops = append(d.Ops, o)
		case Grid:
			d.Fill(o.Path().Transform(m), o.Colour)
		case Stroke:
			o.Path, o.Width = o.Path.Transform(m), o.Width*k
			o.Dash = [2]float64{o.Dash[0] * k, o.Dash[1] * k}
			d.Ops = append(d.Ops, o)
		case Clip:
			o.Path = o.Path.Transform(m)
			d.Ops = append(d.Ops, o)
		case End, PartEnd:
			d.Ops = append(d.Ops, o)
		case Part:
			o.X, o.Y = m.Apply(o.X, o.Y)
			o.W, o.H = o.W*k, o.H*k
			d.Ops = append(d.Ops, o)
		case Text:
			if !m.even() {
				d.Fill(o.Outline().Transform(m), o.Colour)
				continue
			}
			o.X, o.Y = m.Apply(o.X, o.Y)
			o.Size, o.Tracking = o.Size*k, o.Tracking*k
			d.Ops = append(d.Ops, o)
		case Image:
			o.X, o.Y = m.Apply(o.X, o.Y)
			o.W, o.H = o.W*k, o.H*k
			d.Ops = append(d.Ops, o)
		case Stamp:
			moved := Stamp{What: o.What, At: make([]Matrix, len(o.At))}
			for i, at := range o.At {
				moved.At[i] = m.Mul(at)
			}
			d.Ops = append(d.Ops, moved)
		}
	}
}
