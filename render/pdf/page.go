// Package pdf turns a drawing into a PDF of one page: paths as path operators, text as text that can be selected and is
// copied as it was typed. There is no raster picture in it.
//
// The skeleton (page tree, page, link annotations) is gopdf's; content, fonts and what is said of the document are
// ours. Each face becomes a font with a CFF program made from the shaped outlines, one character a code. Begin with Page.
package pdf

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/signintech/gopdf"

	"testamur/render/drawing"
	"testamur/render/text"
)

// Meta is what is said of the document and is not drawn.
type Meta struct {
	Title, Author, Subject string
	Lang                   string    // BCP 47
	Created                time.Time // a day, and not the clock's: the same page is the same bytes
}

const producer = "testamur"

// pointsPerMM is how many points a unit of the drawing has: drawings of pages are in millimetres.
const pointsPerMM = 72 / 25.4

// Page returns a drawing in millimetres as a tagged PDF of one page, made to be PDF/A-3a: its lines and parts are the
// document, in their order, and all else is ornament. It fails for a line with a letter that no face has.
func Page(d *drawing.Drawing, m Meta) ([]byte, error) {
	height := d.H * pointsPerMM
	doc, places, err := skeleton(d.W*pointsPerMM, height, links(d))
	if err != nil {
		return nil, fmt.Errorf("pdf: %w", err)
	}
	w := &writer{doc: doc, places: places, height: height, fonts: map[*text.Face]*font{}, stamps: map[*drawing.Drawing]int{}, structure: newStructure(places.links)}
	content := matrix([]byte("q "), drawing.Matrix{pointsPerMM, 0, 0, -pointsPerMM, 0, height})
	content = append(content, " cm 1 J 1 j\n"...)
	content, err = w.ops(content, d.Ops)
	if err == nil && len(w.structure.open) > 1 {
		err = errors.New("a part has no end")
	}
	if err != nil {
		return nil, fmt.Errorf("pdf: %w", err)
	}
	content = append(w.structure.leave(content), "Q\n"...)
	doc.extend(places.page, "/Contents %d 0 R /StructParents 0 /Tabs /S", doc.stream("", content))
	doc.objects[places.resources-1] = w.resources()
	doc.extend(places.catalogue, "/Lang %s /ViewerPreferences <</DisplayDocTitle true>> /MarkInfo <</Marked true>> /StructTreeRoot %d 0 R%s",
		textString(m.Lang), w.structure.write(doc, places.page), doc.archive(m))
	info := doc.add("<</Title %s /Author %s /Subject %s /Producer (%s) /CreationDate (D:%s)>>", textString(m.Title), textString(m.Author),
		textString(m.Subject), producer, m.Created.Format("20060102"))
	return doc.bytes(places.catalogue, info), nil
}

// links returns the parts of a page that lead somewhere.
func links(d *drawing.Drawing) (out []drawing.Part) {
	for _, op := range d.Ops {
		if p, ok := op.(drawing.Part); ok && p.Role == drawing.Link {
			out = append(out, p)
		}
	}
	return out
}

// places are the objects of a skeleton that the page's own parts go into.
type places struct {
	catalogue, page, resources int
	links                      []int // annotations
}

// skeleton is an empty page with its links, as gopdf writes it.
func skeleton(w, h float64, links []drawing.Part) (*document, places, error) {
	var at places
	var p gopdf.GoPdf
	p.Start(gopdf.Config{Unit: gopdf.UnitPT, PageSize: gopdf.Rect{W: w, H: h}})
	p.AddPage()
	for _, l := range links {
		p.AddExternalLink(l.URL, l.X*pointsPerMM, l.Y*pointsPerMM, l.W*pointsPerMM, l.H*pointsPerMM)
	}
	file, err := p.GetBytesPdfReturnErr()
	if err != nil {
		return nil, at, err
	}
	doc, err := parse(file)
	if err != nil {
		return nil, at, fmt.Errorf("reading gopdf's page: %w", err)
	}
	for i, o := range doc.objects {
		has := func(mark string) bool { return bytes.Contains(o, []byte(mark)) }
		switch {
		case has("/Type /Catalog\n"):
			at.catalogue = i + 1
		case has("/Type /Page\n"):
			at.page = i + 1
		case has("/ProcSet ["):
			at.resources = i + 1
		case has("/Type /Annot "):
			at.links = append(at.links, i+1)
			if n := len(at.links); n <= len(links) { // printed with the page, as PDF/A asks
				doc.extend(i+1, "/F 4 /StructParent %d /Contents %s", n, textString(links[n-1].Says))
			}
		}
	}
	if at.catalogue == 0 || at.page == 0 || at.resources == 0 || len(at.links) != len(links) {
		return nil, at, errors.New("gopdf's page is not as it was: catalogue, page, resources or links are not found")
	}
	return doc, at, nil
}

// writer turns operations into content.
type writer struct {
	doc       *document
	places    places
	height    float64 // of the page, in points
	fonts     map[*text.Face]*font
	order     []*font
	stamps    map[*drawing.Drawing]int // number of the form
	forms     []int                    // object of each form
	structure *structure
}

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
		case drawing.Stroke:
			out = append(number(colour(w.structure.paint(out), op.Colour, "RG"), op.Width), " w "...)
			if op.Dash != [2]float64{} {
				out = append(out, "0 J ["...)
				out = append(number(out, op.Dash[0]), ' ')
				out = append(number(out, op.Dash[1]), "] 0 d "...)
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
			var form int
			form, err = w.stamp(op.What)
			out = w.structure.paint(out)
			for _, at := range op.At {
				out = append(matrix(append(out, "q "...), at), " cm /X"...)
				out = append(strconv.AppendInt(out, int64(form), 10), " Do Q\n"...)
			}
		default:
			err = fmt.Errorf("a %T cannot be written", op)
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// stamp writes a drawing once, as a form, and returns its number. The form's resources are the forms within it: with those of
// the page it would be among its own.
func (w *writer) stamp(d *drawing.Drawing) (int, error) {
	if n, ok := w.stamps[d]; ok {
		return n, nil
	}
	w.structure.inStamp++
	content, err := w.ops([]byte("1 J 1 j\n"), d.Ops)
	w.structure.inStamp--
	if err != nil {
		return 0, err
	}
	var within []byte
	for _, op := range d.Ops {
		if s, ok := op.(drawing.Stamp); ok {
			n := w.stamps[s.What]
			within = fmt.Appendf(within, "/X%d %d 0 R ", n, w.forms[n])
		}
	}
	w.forms = append(w.forms, w.doc.stream(fmt.Sprintf("/Type /XObject /Subtype /Form /BBox [-2000 -2000 2000 2000] /Resources <</XObject <<%s>>>>", within), content))
	w.stamps[d] = len(w.forms) - 1
	return w.stamps[d], nil
}

// text writes a line, or its outlines where it is ornament: ornament is not copied.
func (w *writer) text(out []byte, t drawing.Text) ([]byte, error) {
	if t.Role == drawing.Artifact || w.structure.inStamp > 0 {
		return append(path(colour(w.structure.paint(out), t.Colour, "rg"), t.Outline()), "f\n"...), nil
	}
	if len(t.Line.Missing) > 0 {
		return nil, fmt.Errorf("no face has %q", string(t.Line.Missing))
	}
	out, err := w.structure.line(out, t.Role)
	if err != nil {
		return nil, err
	}
	out = append(colour(append(out, "BT "...), t.Colour, "rg"), '\n')
	var (
		face    *text.Face
		f       *font
		pen     float64 // where the reader's pen is, in units
		tracked float64
		hex     bool
	)
	tracking := t.Tracking / t.Size * unitsPerEm
	end := func() {
		if face == nil {
			return
		}
		if hex {
			out = append(out, '>')
		}
		out = append(out, "] TJ\n"...)
		hex = false
	}
	glyphs := t.Line.Glyphs
	for i := 0; i < len(glyphs); {
		j := i + 1
		for j < len(glyphs) && !glyphs[j].First && glyphs[j].Cluster == glyphs[i].Cluster && glyphs[j].Face == glyphs[i].Face {
			j++
		}
		at := glyphs[i].Pen*unitsPerEm + tracked
		if glyphs[i].Face != face {
			end()
			face, pen = glyphs[i].Face, at
			f = w.font(face)
			out = append(append(append(out, '/'), f.resource...), ' ')
			out = append(number(out, t.Size), " Tf "...)
			out = append(matrix(out, drawing.Matrix{1, 0, 0, -1, t.X + at*t.Size/unitsPerEm, t.Y}), " Tm ["...)
		}
		if gap := math.Round((pen-at)*10) / 10; gap != 0 {
			if hex {
				out = append(out, '>')
				hex = false
			}
			out = number(out, gap)
			pen -= gap
		}
		wider := tracking
		if j == len(glyphs) {
			wider = 0
		}
		for _, c := range f.cluster(t.Line.Runes, glyphs[i:j], wider) {
			if !hex {
				out = append(out, '<')
				hex = true
			}
			out = fmt.Appendf(out, "%04X", f.add(c))
			pen += c.width
		}
		tracked += tracking
		i = j
	}
	end()
	return append(out, "ET\n"...), nil
}

func (w *writer) font(face *text.Face) *font {
	f, ok := w.fonts[face]
	if !ok {
		f = newFont(face, fmt.Sprintf("S%d", len(w.order)))
		w.fonts[face] = f
		w.order = append(w.order, f)
	}
	return f
}

// resources writes the fonts and returns the dictionary that names fonts and forms.
func (w *writer) resources() []byte {
	out := []byte("<</ProcSet [/PDF /Text] /Font <<")
	for _, f := range w.order {
		out = fmt.Appendf(out, "/%s %d 0 R ", f.resource, f.write(w.doc))
	}
	out = append(out, ">> /XObject <<"...)
	for i, form := range w.forms {
		out = fmt.Appendf(out, "/X%d %d 0 R ", i, form)
	}
	return append(out, ">>>>"...)
}

func colour(out []byte, c drawing.Colour, operator string) []byte {
	r, g, b := c.RGB()
	for _, v := range []uint8{r, g, b} {
		out = append(number(out, float64(v)/255), ' ')
	}
	return append(append(out, operator...), ' ')
}

func matrix(out []byte, m drawing.Matrix) []byte {
	for i, v := range m {
		if i > 0 {
			out = append(out, ' ')
		}
		if i < 4 { // turns and scales need more places than positions
			out = strconv.AppendFloat(out, math.Round(v*1e6)/1e6, 'f', -1, 64)
		} else {
			out = number(out, v)
		}
	}
	return out
}

// path writes a path; quadratic curves become cubic ones, which is exact.
func path(out []byte, p drawing.Path) []byte {
	var pen drawing.Point
	xy := func(q drawing.Point) {
		out = append(number(out, q.X), ' ')
		out = append(number(out, q.Y), ' ')
	}
	for _, s := range p {
		switch s.Kind {
		case drawing.MoveTo:
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
