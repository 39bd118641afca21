package pdf

import (
	"fmt"
	"math"
	"strconv"

	"testamur/render/drawing"
	"testamur/render/text"
)

// pointsPerMM is how many points a unit of the drawing has: drawings of pages are in millimetres.
const pointsPerMM = 72 / 25.4

// Grain is how many steps a unit of a drawing has on the page: places are whole numbers of 5 micrometres.
const Grain = 200

// writer turns operations into content.
type writer struct {
	doc       *document
	base      *Template // whose fonts and letters are used; nil: none
	height    float64   // of the page, in points
	fonts     map[*text.Face]*font
	order     []*font
	stamps    map[*drawing.Drawing]int // number of the form, over that of the base
	forms     []int                    // object of each form
	structure *structure

	clusters []placedCluster // working memory of text
	codes    []code
	numbers  []int    // of the codes in their font
	placed   []placed // of all codes
	stamped  []byte   // working memory of a form
	inked    []splice // its splices
	splices  []splice // of the content being written
	packer   packer   // of letters that are new
}

// start begins another copy of the base; its marks are numbered from the first on.
func (w *writer) start(first int) {
	clear(w.fonts)
	clear(w.stamps)
	w.order, w.forms, w.placed, w.splices = w.order[:0], w.forms[:0], w.placed[:0], w.splices[:0]
	*w.structure = structure{first: first, open: w.structure.open[:0], marked: w.structure.marked[:0], links: w.structure.links[:0]}
}

// ops appends the content of operations.
func (w *writer) ops(out []byte, ops []drawing.Op) ([]byte, error) {
	for _, op := range ops {
		var err error
		switch op := op.(type) {
		case drawing.Fill:
			out = path(colour(w.structure.paint(out), op.Colour, "rg"), op.Path)
			if op.EvenOdd {
				out = append(out, "f*\n"...)
			} else {
				out = append(out, "f\n"...)
			}
		case drawing.Grid:
			out = w.grid(w.structure.paint(out), op)
		case drawing.Stroke:
			out = append(number(colour(w.structure.paint(out), op.Colour, "RG"), op.Width*Grain), " w "...)
			if op.Dash != [2]float64{} {
				out = append(out, "0 J ["...)
				out = append(number(out, op.Dash[0]*Grain), ' ')
				out = append(number(out, op.Dash[1]*Grain), "] 0 d "...)
			}
			out = append(path(out, op.Path), "S\n"...)
			if op.Dash != [2]float64{} {
				out = append(out, "[] 0 d 1 J\n"...)
			}
		case drawing.Clip:
			out = append(path(append(w.structure.paint(out), "q "...), op.Path), "W n\n"...)
		case drawing.End:
			out = append(w.structure.paint(out), "Q\n"...)
		case drawing.Text:
			out, err = w.text(out, op)
		case drawing.Part:
			out, err = w.structure.begin(out, op, w.height)
		case drawing.PartEnd:
			out, err = w.structure.end(out)
		case drawing.Stamp:
			out, err = w.stamp(w.structure.paint(out), op)
		default:
			err = fmt.Errorf("a %T cannot be written", op)
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// grid appends a grid in a space where a cell is 1 a side, so that its numbers are short.
func (w *writer) grid(out []byte, g drawing.Grid) []byte {
	out = append(matrix(append(out, "q "...), drawing.Translate(g.X, g.Y).Mul(drawing.Scale(g.Cell*Grain, g.Cell*Grain))), " cm\n"...)
	out = colour(out, g.Colour, "rg")
	g.Runs(func(x, y, n int) {
		out = append(strconv.AppendInt(out, int64(x), 10), ' ')
		out = append(strconv.AppendInt(out, int64(y), 10), ' ')
		out = append(strconv.AppendInt(out, int64(n), 10), " 1 re "...)
	})
	return append(out, "f\nQ\n"...)
}

// stamp appends a drawing in its places: in one place itself, in several a form.
func (w *writer) stamp(out []byte, s drawing.Stamp) ([]byte, error) {
	if len(s.At) == 1 {
		out = append(matrix(append(out, "q "...), s.At[0]), " cm\n"...)
		w.structure.inStamp++
		out, err := w.ops(out, s.What.Ops)
		w.structure.inStamp--
		return append(out, "Q\n"...), err
	}
	form, err := w.form(s.What)
	for _, at := range s.At {
		out = append(matrix(append(out, "q "...), at), " cm /X"...)
		out = append(strconv.AppendInt(out, int64(form), 10), " Do Q\n"...)
	}
	return out, err
}

// form writes a drawing once and returns its number. The form's resources are the forms within it: with those of the page it
// would be among its own.
func (w *writer) form(d *drawing.Drawing) (int, error) {
	if n, ok := w.stamps[d]; ok {
		return n, nil
	}
	first := w.firstForm()
	w.structure.inStamp++
	room, outer := w.stamped, w.splices
	w.stamped, w.splices, w.inked = nil, w.inked[:0], nil // of the forms within
	content, err := w.ops(append(room[:0], "1 J 1 j\n"...), d.Ops)
	w.structure.inStamp--
	if err != nil {
		return 0, err
	}
	within := string(w.within(nil, d, first))
	w.forms = append(w.forms, w.doc.stream("/Type /XObject /Subtype /Form /BBox [-400000 -400000 400000 400000] /Resources <<"+within+">>", content, w.splices...))
	w.stamped, w.splices, w.inked = content, outer, w.splices
	w.stamps[d] = first + len(w.forms) - 1
	return w.stamps[d], nil
}

// within names the forms that a drawing needs.
func (w *writer) within(to []byte, d *drawing.Drawing, first int) []byte {
	var names func(d *drawing.Drawing)
	names = func(d *drawing.Drawing) {
		for _, op := range d.Ops {
			s, ok := op.(drawing.Stamp)
			switch {
			case !ok:
			case len(s.At) == 1:
				names(s.What)
			default:
				n := w.stamps[s.What]
				to = fmt.Appendf(to, "/X%d %d 0 R ", n, w.forms[n-first])
			}
		}
	}
	names(d)
	if len(to) > 0 {
		to = append(append([]byte("/XObject <<"), to...), ">>"...)
	}
	return to
}

// firstForm is the number of the first form of the writer's own.
func (w *writer) firstForm() int {
	if w.base == nil {
		return 0
	}
	return w.base.forms
}

// placedCluster is a cluster of a line: where it begins, in units, and how many codes it has.
type placedCluster struct {
	at    float64
	codes int
}

// run sets the clusters and codes of the glyphs from the first one on that have its face, and returns where the next begin.
// tracking is in units, before how much of it there was.
func (w *writer) run(l text.Line, from int, tracking float64, before *float64) (next int) {
	w.clusters, w.codes = w.clusters[:0], w.codes[:0]
	glyphs := l.Glyphs
	face := glyphs[from].Face
	for from < len(glyphs) && glyphs[from].Face == face {
		to := from + 1
		for to < len(glyphs) && !glyphs[to].First && glyphs[to].Cluster == glyphs[from].Cluster && glyphs[to].Face == face {
			to++
		}
		wider := tracking
		if to == len(glyphs) {
			wider = 0
		}
		codes := len(w.codes)
		w.cluster(face, l.Runes, glyphs[from:to], wider)
		w.clusters = append(w.clusters, placedCluster{glyphs[from].Pen*unitsPerEm + *before, len(w.codes) - codes})
		*before += tracking
		from = to
	}
	return from
}

// text appends a line, or its outlines where it is ornament: ornament is not copied.
func (w *writer) text(out []byte, t drawing.Text) ([]byte, error) {
	if t.Role == drawing.Artifact || w.structure.inStamp > 0 {
		return w.outlines(w.structure.paint(out), t), nil
	}
	if len(t.Line.Missing) > 0 {
		return nil, fmt.Errorf("no face has %q", string(t.Line.Missing))
	}
	out, err := w.structure.line(out, t.Role)
	if err != nil {
		return nil, err
	}
	out = append(colour(append(out, "BT "...), t.Colour, "rg"), '\n')
	tracking, before := t.Tracking/t.Size*unitsPerEm, 0.0
	for i := 0; i < len(t.Line.Glyphs); {
		face := t.Line.Glyphs[i].Face
		i = w.run(t.Line, i, tracking, &before)
		f := w.font(face)
		pen := w.clusters[0].at // where the reader's pen is, in units
		out = append(append(append(out, '/'), f.resource...), ' ')
		out = append(number(out, t.Size*Grain), " Tf 1 0 0 -1 "...)
		out = append(step(out, t.X+pen*t.Size/unitsPerEm), ' ')
		out = append(step(out, t.Y), " Tm ["...)
		hex := false
		next := 0 // code
		for _, c := range w.clusters {
			if gap := math.Round((pen-c.at)*10) / 10; gap != 0 {
				if hex {
					out = append(out, '>')
					hex = false
				}
				out = number(out, gap)
				pen -= gap
			}
			for ; c.codes > 0; c.codes-- {
				if !hex {
					out = append(out, '<')
					hex = true
				}
				out = appendHex(out, uint16(w.numbers[next]))
				pen += w.codes[next].width
				next++
			}
		}
		if hex {
			out = append(out, '>')
		}
		out = append(out, "] TJ\n"...)
	}
	return append(out, "ET\n"...), nil
}

// font returns the font for the codes of a run and sets their numbers: that of the base where it has all of them, else the
// writer's own.
func (w *writer) font(face *text.Face) *font {
	if w.base != nil {
		if f := w.base.fonts[face]; f != nil && w.number(f.find) {
			return f
		}
	}
	f, ok := w.fonts[face]
	if !ok {
		n := len(w.order)
		if w.base != nil {
			n += len(w.base.fonts)
		}
		f = newFont(face, "S"+strconv.Itoa(n))
		w.fonts[face] = f
		w.order = append(w.order, f)
	}
	w.number(f.add)
	return f
}

// number sets the numbers of the codes. It is false where one has none.
func (w *writer) number(of func(*code) int) bool {
	w.numbers = w.numbers[:0]
	for i := range w.codes {
		n := of(&w.codes[i])
		if n == 0 {
			return false
		}
		w.numbers = append(w.numbers, n)
	}
	return true
}

// letter is a glyph as ornament.
type letter struct {
	face *text.Face
	id   uint32
	size float64
}

// outlines appends a line as outlines, letter by letter, so that a letter is the same bytes wherever it stands.
func (w *writer) outlines(out []byte, t drawing.Text) []byte {
	out = colour(append(out, "q "...), t.Colour, "rg")
	x, y := 0, 0
	shift := 0.0
	for i, g := range t.Line.Glyphs {
		if i > 0 && g.First {
			shift += t.Tracking
		}
		ink := w.ink(letter{g.Face, g.ID, t.Size})
		if ink == nil {
			continue
		}
		toX, toY := int(math.Round((t.X+g.X*t.Size+shift)*Grain)), int(math.Round((t.Y-g.Y*t.Size)*Grain))
		out = append(strconv.AppendInt(append(out, "1 0 0 1 "...), int64(toX-x), 10), ' ')
		out = append(strconv.AppendInt(out, int64(toY-y), 10), " cm\n"...)
		if w.base != nil {
			w.splices = append(w.splices, splice{len(out), ink})
		} else {
			out = append(out, ink.raw...)
		}
		x, y = toX, toY
	}
	return append(out, "Q\n"...)
}

// ink returns what paints a glyph at the origin, nil for one that is blank.
func (w *writer) ink(l letter) *ink {
	if w.base == nil {
		if p := l.path(); len(p) > 0 {
			return &ink{raw: append(path(nil, p), "f\n"...)}
		}
		return nil
	}
	return w.base.ink(l, &w.packer)
}

// path returns the outline.
func (l letter) path() (p drawing.Path) {
	l.face.Glyph(l.id, func(s text.Segment) {
		q := drawing.Segment{Kind: drawing.Kind(s.Kind)}
		for i := range s.Kind.Points() {
			q.P[i] = drawing.Point{X: s.P[i][0] * l.size, Y: -s.P[i][1] * l.size}
		}
		p = append(p, q)
	})
	return p
}

func colour(out []byte, c drawing.Colour, operator string) []byte {
	r, g, b := c.RGB()
	for _, v := range []uint8{r, g, b} {
		out = append(number(out, float64(v)/255), ' ')
	}
	return append(append(out, operator...), ' ')
}

// step appends a length in whole steps.
func step(out []byte, v float64) []byte {
	return strconv.AppendInt(out, int64(math.Round(v*Grain)), 10)
}

func matrix(out []byte, m drawing.Matrix) []byte {
	for i, v := range m {
		if i > 0 {
			out = append(out, ' ')
		}
		if i < 4 { // turns and scales need more places than positions
			out = decimal(out, v, 1e6)
		} else {
			out = step(out, v)
		}
	}
	return out
}

// path writes a path; quadratic curves become cubic ones, which is exact.
func path(out []byte, p drawing.Path) []byte {
	var pen drawing.Point
	xy := func(q drawing.Point) {
		out = append(step(out, q.X), ' ')
		out = append(step(out, q.Y), ' ')
	}
	for i := 0; i < len(p); i++ {
		s := p[i]
		switch s.Kind {
		case drawing.MoveTo:
			if w, h, ok := rectangle(p[i:]); ok {
				xy(s.P[0])
				xy(drawing.Point{X: w, Y: h})
				out = append(out, "re "...)
				i += 4
				continue
			}
			xy(s.P[0])
			out = append(out, "m "...)
			pen = s.P[0]
		case drawing.LineTo:
			xy(s.P[0])
			out = append(out, "l "...)
			pen = s.P[0]
		case drawing.QuadTo:
			q, to := s.P[0], s.P[1]
			xy(drawing.Point{X: pen.X + (q.X-pen.X)*2/3, Y: pen.Y + (q.Y-pen.Y)*2/3})
			xy(drawing.Point{X: to.X + (q.X-to.X)*2/3, Y: to.Y + (q.Y-to.Y)*2/3})
			xy(to)
			out = append(out, "c "...)
			pen = to
		case drawing.CubeTo:
			xy(s.P[0])
			xy(s.P[1])
			xy(s.P[2])
			out = append(out, "c "...)
			pen = s.P[2]
		case drawing.Close:
			out = append(out, "h "...)
		}
	}
	return out
}

// rectangle reports whether a path begins with an upright rectangle as drawing.Rect makes it, and its sides.
func rectangle(p drawing.Path) (w, h float64, ok bool) {
	if len(p) < 5 || p[1].Kind != drawing.LineTo || p[2].Kind != drawing.LineTo || p[3].Kind != drawing.LineTo || p[4].Kind != drawing.Close {
		return 0, 0, false
	}
	a, b, c, d := p[0].P[0], p[1].P[0], p[2].P[0], p[3].P[0]
	return c.X - a.X, c.Y - a.Y, a.Y == b.Y && b.X == c.X && c.Y == d.Y && d.X == a.X
}
