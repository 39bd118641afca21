package pdf

import (
	"fmt"

	"testamur/render/drawing"
)

// structure is what the page says in the order in which it is read: the tree of a tagged PDF. Every operation of the page
// stands within a mark: one of an element, or that of ornament. Inside a stamp there are none, since all of it is ornament.
type structure struct {
	document *element
	open     []*element // from the document to the innermost part
	marked   []*element // the element of each mark, by its number
	links    []link     // not yet begun
	within   mark       // of the content just written
	inStamp  int
}

// element is a node of the tree.
type element struct {
	tag     string
	entries string // of its dictionary
	kids    []kid
	object  int
}

// kid is one of three: an element, an annotation, else a mark.
type kid struct {
	element    *element
	annotation int // object
	mark       int
}

// link is an annotation and what its element will say.
type link struct {
	object  int
	element *element // nil until it is begun
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

func newStructure(annotations []int) *structure {
	s := &structure{document: &element{tag: "Document"}}
	s.open = []*element{s.document}
	for _, a := range annotations {
		s.links = append(s.links, link{object: a})
	}
	return s
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
		e.entries += " /Lang " + textString(p.Lang)
	}
	if p.Role == drawing.Figure {
		e.entries += fmt.Sprintf(" /Alt %s /A <</O /Layout /BBox [%s]>>", textString(p.Says), box(p, height))
	}
	parent := s.innermost()
	parent.kids = append(parent.kids, kid{element: e})
	s.open = append(s.open, e)
	if p.Role == drawing.Link {
		for i := range s.links {
			if l := &s.links[i]; l.element == nil {
				l.element = e
				e.kids = append(e.kids, kid{annotation: l.object})
				break
			}
		}
	}
	out = s.leave(out)
	if p.Role == drawing.Figure {
		out = s.mark(out, e)
	}
	return out, nil
}

// end closes the part that is open last.
func (s *structure) end(out []byte) ([]byte, error) {
	if s.inStamp > 0 {
		return out, nil
	}
	if len(s.open) == 1 {
		return nil, fmt.Errorf("a part ends that has not begun")
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
	out = fmt.Appendf(out, "/%s <</MCID %d>> BDC\n", e.tag, len(s.marked))
	e.kids = append(e.kids, kid{mark: len(s.marked)})
	s.marked = append(s.marked, e)
	return out
}

// line begins the mark of a line of text: of the innermost part, or of an element of its own.
func (s *structure) line(out []byte, role drawing.Role) ([]byte, error) {
	if s.inStamp > 0 {
		return out, nil
	}
	e := s.innermost()
	if e == s.document {
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

// write adds the tree to the document and returns its root.
func (s *structure) write(d *document, page int) (root int) {
	root = d.add("")
	s.document.write(d, root, page)
	nums := "0 ["
	for _, e := range s.marked {
		nums += fmt.Sprintf("%d 0 R ", e.object)
	}
	nums += "]"
	for i, l := range s.links {
		if l.element != nil {
			nums += fmt.Sprintf(" %d %d 0 R", i+1, l.element.object)
		}
	}
	d.objects[root-1] = fmt.Appendf(nil, "<</Type /StructTreeRoot /K %d 0 R /ParentTree <</Nums [%s]>> /ParentTreeNextKey %d>>", s.document.object, nums, len(s.links)+1)
	return root
}

func (e *element) write(d *document, parent, page int) {
	e.object = d.add("")
	kids := ""
	for _, k := range e.kids {
		switch {
		case k.element != nil:
			k.element.write(d, e.object, page)
			kids += fmt.Sprintf("%d 0 R ", k.element.object)
		case k.annotation != 0:
			kids += fmt.Sprintf("<</Type /OBJR /Obj %d 0 R>> ", k.annotation)
		default:
			kids += fmt.Sprintf("%d ", k.mark)
		}
	}
	d.objects[e.object-1] = fmt.Appendf(nil, "<</Type /StructElem /S /%s /P %d 0 R /Pg %d 0 R%s /K [%s]>>", e.tag, parent, page, e.entries, kids)
}

// box returns a part's box as PDF has it: points, y up.
func box(p drawing.Part, height float64) []byte {
	var out []byte
	for i, v := range [4]float64{p.X, p.Y + p.H, p.X + p.W, p.Y} {
		v *= pointsPerMM
		if i%2 == 1 {
			v = height - v
		}
		out = append(number(out, v), ' ')
	}
	return out[:len(out)-1]
}
