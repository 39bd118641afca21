package pdf

import (
	"errors"
	"fmt"
	"strconv"

	"testamur/render/drawing"
)

// structure is what a page or a part of it says in the order in which it is read: the tree of a tagged PDF. Every operation
// of the page stands within a mark: one of an element, or that of ornament. Inside a stamp there are none, since all of it is
// ornament.
type structure struct {
	document element
	open     []*element // from the document to the innermost part
	marked   []*element // the element of each mark, by its number over first
	first    int        // number of the first mark
	links    []*link    // not yet begun
	within   mark       // of the content just written
	inStamp  int
}

// element is a node of the tree.
type element struct {
	tag     string
	entries []byte // of its dictionary
	kids    []kid
	object  int
}

// kid is one of three: an element, an annotation, else a mark.
type kid struct {
	element    *element
	annotation int // object
	mark       int
}

// link is an annotation and the part that leads somewhere.
type link struct {
	object  int      // annotation
	key     int      // in the tree of parents
	element *element // that stands for it in the tree; nil until the part is begun
	part    drawing.Part
	inGap   bool // it is another one in each copy
}

type mark int

const (
	unmarked mark = iota
	ornament
	content
)

var tags = map[drawing.Role]string{
	drawing.Title: "H1", drawing.Heading: "H2", drawing.Paragraph: "P", drawing.Name: "P", drawing.Figure: "Figure", drawing.Link: "Link",
}

// next begins another part of the page, whose elements are the document's.
func (s *structure) next() {
	s.document = element{tag: "Document"}
	s.open = append(s.open[:0], &s.document)
}

// innermost is the part that is open last.
func (s *structure) innermost() *element { return s.open[len(s.open)-1] }

// leave ends the mark, so that another one or none can follow.
func (s *structure) leave(out []byte) []byte {
	if s.within == unmarked {
		return out
	}
	s.within = unmarked
	return append(out, "EMC\n"...)
}

// begin opens a part. height is the page's, in points.
func (s *structure) begin(out []byte, p drawing.Part, height float64) ([]byte, error) {
	tag, ok := tags[p.Role]
	if !ok {
		return nil, fmt.Errorf("a part has no role %q", p.Role)
	}
	if s.inStamp > 0 {
		return out, nil
	}
	e := &element{tag: tag}
	if p.Lang != "" {
		e.entries = appendText(append(e.entries, " /Lang "...), p.Lang)
	}
	if p.Role == drawing.Figure {
		e.entries = appendText(append(e.entries, " /Alt "...), p.Says)
		e.entries = append(box(append(e.entries, " /A <</O /Layout /BBox ["...), p, height), "]>>"...)
	}
	parent := s.innermost()
	parent.kids = append(parent.kids, kid{element: e})
	s.open = append(s.open, e)
	if p.Role == drawing.Link {
		if len(s.links) == 0 || !sameBox(p, s.links[0].part) {
			return nil, errors.New("a link is not where it was")
		}
		l := s.links[0]
		l.element, l.part, s.links = e, p, s.links[1:]
		e.kids = append(e.kids, kid{annotation: l.object})
	}
	out = s.leave(out)
	if p.Role == drawing.Figure {
		out = s.mark(out, e)
	}
	return out, nil
}

func sameBox(p, q drawing.Part) bool { return p.X == q.X && p.Y == q.Y && p.W == q.W && p.H == q.H }

// end closes the part that is open last.
func (s *structure) end(out []byte) ([]byte, error) {
	if s.inStamp > 0 {
		return out, nil
	}
	if len(s.open) == 1 {
		return nil, errors.New("a part ends that has not begun")
	}
	s.open = s.open[:len(s.open)-1]
	out = s.leave(out)
	if e := s.innermost(); e.tag == tags[drawing.Figure] { // a figure goes on after a part of it
		out = s.mark(out, e)
	}
	return out, nil
}

// mark begins a mark of an element.
func (s *structure) mark(out []byte, e *element) []byte {
	out = s.leave(out)
	s.within = content
	n := s.first + len(s.marked)
	out = append(append(append(out, '/'), e.tag...), " <</MCID "...)
	out = append(strconv.AppendInt(out, int64(n), 10), ">> BDC\n"...)
	e.kids = append(e.kids, kid{mark: n})
	s.marked = append(s.marked, e)
	return out
}

// line begins the mark of a line of text: of the innermost part, or of an element of its own.
func (s *structure) line(out []byte, role drawing.Role) ([]byte, error) {
	if s.inStamp > 0 {
		return out, nil
	}
	e := s.innermost()
	if e == &s.document {
		tag, ok := tags[role]
		if !ok {
			return nil, fmt.Errorf("a line has no role %q", role)
		}
		e = &element{tag: tag}
		s.document.kids = append(s.document.kids, kid{element: e})
	}
	return s.mark(out, e), nil
}

// paint begins the mark of what is no text: of the figure that it is in, or of ornament.
func (s *structure) paint(out []byte) []byte {
	if s.inStamp > 0 || s.within == ornament || s.within == content && s.innermost().tag == tags[drawing.Figure] {
		return out
	}
	out = s.leave(out)
	s.within = ornament
	return append(out, "/Artifact BMC\n"...)
}

// parents appends the objects of the elements of all marks.
func (s *structure) parents(to []byte) []byte {
	for _, e := range s.marked {
		to = reference(to, e.object)
	}
	return to
}

// write writes an element and all below it.
func (e *element) write(d *document, parent, page int) {
	e.object = d.reserve()
	for _, k := range e.kids {
		if k.element != nil {
			k.element.write(d, e.object, page)
		}
	}
	d.begin(e.object)
	out := append(append(d.out, "<</Type /StructElem /S /"...), e.tag...)
	out = reference(append(out, " /P "...), parent)
	out = append(reference(append(out, "/Pg "...), page), e.entries...)
	out = append(out, "/K ["...)
	for _, k := range e.kids {
		switch {
		case k.element != nil:
			out = reference(out, k.element.object)
		case k.annotation != 0:
			out = append(reference(append(out, "<</Type /OBJR /Obj "...), k.annotation), ">> "...)
		default:
			out = append(strconv.AppendInt(out, int64(k.mark), 10), ' ')
		}
	}
	d.out = append(out, "]>>"...)
	d.end()
}

// reference appends what leads to an object.
func reference(to []byte, object int) []byte {
	return append(strconv.AppendInt(to, int64(object), 10), " 0 R "...)
}

// box appends a part's box as PDF has it: points, y up.
func box(to []byte, p drawing.Part, height float64) []byte {
	for i, v := range [4]float64{p.X, p.Y + p.H, p.X + p.W, p.Y} {
		v *= pointsPerMM
		if i%2 == 1 {
			v = height - v
		}
		to = append(number(to, v), ' ')
	}
	return to[:len(to)-1]
}
