// Package pdf turns a drawing into a PDF of one page: paths as path operators, text as text that can be selected and is
// copied as it was typed. There is no raster picture in it.
//
// A page of which there are many copies is a Template: what is the same in all of them is written and compressed once, and a
// copy is that and the rest behind it. The skeleton (page tree, page, link annotations) is gopdf's; content, fonts and what is
// said of the document are ours. Each face becomes a font with a CFF program made from the shaped outlines, one character a
// code. Begin with New.
package pdf

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"slices"
	"strconv"
	"sync"
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

// Template is a page with gaps. It is safe for concurrent use, and a copy depends on nothing but the template's drawing, its
// samples and what fills the gaps.
type Template struct {
	skeleton
	height float64 // in points
	gaps   int
	head   []byte // of the file: the objects that are the same in all copies
	places []int  // of the objects so far, 0 for those that each copy writes
	digest [sha256.Size]byte
	fonts  map[*text.Face]*font
	forms  int

	catalogue, sheet, resources []byte  // bodies, not ended; sheet is that of the page
	names                       []byte  // of fonts
	contents                    []int   // objects before, between and behind the gaps
	tree, document              int     // objects
	kids                        [][]int // of the document before, between and behind the gaps
	parents                     []byte  // of the marks
	marks                       int
	links                       []*link // all of the page

	desks sync.Pool // of *desk
	inks  shelf[letter, *ink]
	drawn shelf[drawnCode, glyph]
}

// desk is the working memory of a copy.
type desk struct {
	deflater deflater
	doc      document
	writer   writer
	content  []byte
}

// drawnCode is what a code of a face draws.
type drawnCode struct {
	face   *text.Face
	width  float64
	glyphs int
	first  placed
	others string
}

// shelf keeps what was made from a key and is always made alike: the first ones, up to maxShelf. It is safe for concurrent
// use.
type shelf[K comparable, V any] struct {
	mu  sync.RWMutex
	all map[K]V
}

// maxShelf bounds a shelf: letters and glyphs take about 1 kB.
const maxShelf = 1024

func (s *shelf[K, V]) get(key K, make func() V) V {
	s.mu.RLock()
	v, ok := s.all[key]
	s.mu.RUnlock()
	if ok {
		return v
	}
	v = make()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil {
		s.all = map[K]V{}
	}
	if len(s.all) < maxShelf {
		s.all[key] = v
	}
	return v
}

// ink returns what paints a glyph as ornament, nil for one that is blank.
func (t *Template) ink(l letter, p *packer) *ink {
	return t.inks.get(l, func() *ink {
		if outline := l.path(); len(outline) > 0 {
			return p.ink(append(path(nil, outline), "f\n"...))
		}
		return nil
	})
}

// glyph returns what draws a code.
func (t *Template) glyph(face *text.Face, c *code) glyph {
	key := drawnCode{face: face, width: c.width, glyphs: len(c.glyphs)}
	if len(c.glyphs) > 0 {
		key.first = c.glyphs[0]
	}
	if len(c.glyphs) > 1 {
		var others []byte
		for _, g := range c.glyphs[1:] {
			others = binary.LittleEndian.AppendUint32(others, g.id)
			others = binary.LittleEndian.AppendUint64(others, math.Float64bits(g.x))
			others = binary.LittleEndian.AppendUint64(others, math.Float64bits(g.y))
		}
		key.others = string(others)
	}
	return t.drawn.get(key, func() glyph { return c.glyph(face) })
}

// New returns a page in millimetres, made to be tagged PDF/A-3a: its lines and parts are the document, in their order, and
// all else is ornament. Samples are what may fill its gaps: in each its links, which are the same ones in every copy but for
// where they lead, and in any of them letters that copies have, beside those of names. It fails for a line with a letter that
// no face has.
func New(d *drawing.Drawing, samples ...[]*drawing.Drawing) (*Template, error) {
	t, err := newTemplate(d, samples)
	if err != nil {
		return nil, fmt.Errorf("pdf: %w", err)
	}
	return t, nil
}

func newTemplate(d *drawing.Drawing, samples [][]*drawing.Drawing) (*Template, error) {
	t := &Template{height: d.H * pointsPerMM, fonts: map[*text.Face]*font{}}
	t.desks.New = func() any {
		d := new(desk)
		d.doc.pack = d.deflater.pack
		d.writer = writer{doc: &d.doc, base: t, height: t.height, fonts: map[*text.Face]*font{}, stamps: map[*drawing.Drawing]int{}, structure: &structure{}}
		return d
	}
	parts := [][]drawing.Op{nil} // before, between and behind the gaps
	for _, op := range d.Ops {
		if _, ok := op.(drawing.Gap); ok {
			parts = append(parts, nil)
			continue
		}
		parts[len(parts)-1] = append(parts[len(parts)-1], op)
	}
	t.gaps = len(parts) - 1
	for _, sample := range samples {
		if len(sample) != t.gaps {
			return nil, fmt.Errorf("a sample fills %d gaps of %d", len(sample), t.gaps)
		}
	}
	for i, ops := range parts {
		t.lead(ops, false)
		if i < t.gaps && len(samples) > 0 {
			t.lead(samples[0][i].Ops, true)
		}
	}
	var err error
	if t.skeleton, err = newSkeleton(d.W*pointsPerMM, t.height, t.links); err != nil {
		return nil, err
	}

	p := new(packer)
	doc := &document{out: []byte(header), places: make([]int, len(t.objects)), pack: p.pack, shared: true}
	for i, o := range t.objects {
		if !t.filled(i + 1) {
			doc.write(i+1, "%s", o)
		}
	}
	t.tree, t.document = doc.reserve(), doc.reserve()
	w := &writer{doc: doc, height: t.height, fonts: t.fonts, stamps: map[*drawing.Drawing]int{}, structure: &structure{}}
	for i, l := range t.links {
		l.object, l.key = t.annotations[i], i+1
		if !l.inGap {
			w.structure.links = append(w.structure.links, l)
		}
	}
	elements := make([]element, len(parts))
	for i, ops := range parts {
		var content []byte
		if i == 0 { // from millimetres, y down, to points, y up
			content = fmt.Appendf(nil, "q %.8f 0 0 -%.8f 0 ", pointsPerMM/Grain, pointsPerMM/Grain)
			content = append(number(content, t.height), " cm 1 J 1 j\n"...)
		}
		w.structure.next()
		if content, err = w.part(content, ops); err != nil {
			return nil, err
		}
		if i == t.gaps {
			content = append(content, "Q\n"...)
		}
		t.contents = append(t.contents, doc.stream("", content))
		elements[i] = w.structure.document
	}
	for _, sample := range samples {
		for _, piece := range sample {
			t.learn(w, p, piece.Ops, false)
		}
	}
	t.names = []byte("/Font <<")
	for _, f := range w.order {
		for i := range f.codes { // they are parts of what all lines were set in, which would be kept with them
			f.codes[i].glyphs = slices.Clone(f.codes[i].glyphs)
		}
		t.names = f.name(t.names, f.write(doc, func(face *text.Face, c *code) glyph { return c.glyph(face) }))
	}
	t.resources = []byte("<</ProcSet [/PDF /Text] /XObject <<")
	t.forms = len(w.forms)
	for i, form := range w.forms {
		t.resources = fmt.Appendf(t.resources, "/X%d %d 0 R ", i, form)
	}
	t.catalogue = fmt.Appendf(unended(t.objects[t.at.catalogue-1]), "/ViewerPreferences <</DisplayDocTitle true>> /MarkInfo <</Marked true>> %s /StructTreeRoot %d 0 R", doc.intents(), t.tree)
	t.sheet = unended(t.objects[t.at.page-1])
	t.kids = make([][]int, len(parts))
	for i, e := range elements {
		for _, k := range e.kids {
			k.element.write(doc, t.document, t.at.page)
			t.kids[i] = append(t.kids[i], k.element.object)
		}
	}
	for _, l := range t.links {
		if !l.inGap {
			t.annotate(doc, l)
		}
	}
	t.parents, t.marks = w.structure.parents(nil), len(w.structure.marked)
	t.head, t.places, t.digest = doc.out, doc.places, sha256.Sum256(doc.out)
	return t, nil
}

// lead gathers the links of a part of the page.
func (t *Template) lead(ops []drawing.Op, inGap bool) {
	for _, op := range ops {
		if p, ok := op.(drawing.Part); ok && p.Role == drawing.Link {
			t.links = append(t.links, &link{part: p, inGap: inGap})
		}
	}
}

// part appends the content of a part of the page that is whole by itself.
func (w *writer) part(content []byte, ops []drawing.Op) ([]byte, error) {
	content, err := w.ops(content, ops)
	if err == nil && len(w.structure.open) > 1 {
		err = errors.New("a part has no end")
	}
	return w.structure.leave(content), err
}

// learn makes the letters of a sample part of the template.
func (t *Template) learn(w *writer, p *packer, ops []drawing.Op, stamped bool) {
	for _, op := range ops {
		switch op := op.(type) {
		case drawing.Stamp:
			t.learn(w, p, op.What.Ops, true)
		case drawing.Text:
			switch {
			case stamped || op.Role == drawing.Artifact:
				for _, g := range op.Line.Glyphs {
					t.ink(letter{g.Face, g.ID, op.Size}, p)
				}
			case op.Role != drawing.Name:
				before := 0.0
				for i := 0; i < len(op.Line.Glyphs); {
					face := op.Line.Glyphs[i].Face
					i = w.run(op.Line, i, op.Tracking/op.Size*unitsPerEm, &before)
					w.font(face)
				}
			}
		}
	}
}

// Page returns a copy as a file, its gaps filled in their order. The same copy is the same bytes. It fails for a line with a
// letter that no face has, and where a link is not where it is in the samples.
func (t *Template) Page(m Meta, fill ...*drawing.Drawing) ([]byte, error) {
	file, err := t.page(m, fill)
	if err != nil {
		return nil, fmt.Errorf("pdf: %w", err)
	}
	return file, nil
}

func (t *Template) page(m Meta, fill []*drawing.Drawing) ([]byte, error) {
	if len(fill) != t.gaps {
		return nil, fmt.Errorf("%d of %d gaps are filled", len(fill), t.gaps)
	}
	desk := t.desks.Get().(*desk)
	defer t.desks.Put(desk)
	doc, w := &desk.doc, &desk.writer
	doc.start(len(t.head), t.places)
	w.start(t.marks)
	var all []link
	for _, l := range t.links {
		if l.inGap {
			all = append(all, *l)
		}
	}
	for i := range all {
		w.structure.links = append(w.structure.links, &all[i])
	}

	contents := reference(make([]byte, 0, 128), t.contents[0])
	kids := references(make([]byte, 0, 256), t.kids[0])
	for i, piece := range fill {
		w.structure.next()
		w.splices = w.splices[:0]
		content, err := w.part(desk.content[:0], piece.Ops)
		if err != nil {
			return nil, err
		}
		desk.content = content
		contents = reference(reference(contents, doc.stream("", content, w.splices...)), t.contents[i+1])
		for _, k := range w.structure.document.kids {
			k.element.write(doc, t.document, t.at.page)
			kids = reference(kids, k.element.object)
		}
		kids = references(kids, t.kids[i+1])
	}
	if len(w.structure.links) > 0 {
		return nil, errors.New("a link is missing")
	}

	doc.begin(t.document)
	doc.out = reference(append(doc.out, "<</Type /StructElem /S /Document /P "...), t.tree)
	doc.out = append(append(append(doc.out, "/K ["...), kids...), "]>>"...)
	doc.end()
	doc.begin(t.tree)
	out := append(reference(append(doc.out, "<</Type /StructTreeRoot /K "...), t.document), "/ParentTree <</Nums [0 ["...)
	out = append(w.structure.parents(append(out, t.parents...)), ']')
	next := 0
	for _, l := range t.links {
		if l.inGap {
			l = &all[next]
			next++
		}
		out = append(strconv.AppendInt(append(out, ' '), int64(l.key), 10), ' ')
		out = reference(out, l.element.object)
	}
	doc.out = append(strconv.AppendInt(append(out, "]>> /ParentTreeNextKey "...), int64(len(t.links)+1), 10), ">>"...)
	doc.end()
	for i := range all {
		t.annotate(doc, &all[i])
	}

	names := append(make([]byte, 0, 256), t.names...)
	for _, f := range w.order {
		names = f.name(names, f.write(doc, t.glyph))
	}
	doc.begin(t.at.resources)
	doc.out = append(doc.out, t.resources...)
	for i, form := range w.forms {
		doc.out = reference(append(strconv.AppendInt(append(doc.out, "/X"...), int64(t.forms+i), 10), ' '), form)
	}
	doc.out = append(append(append(doc.out, ">> "...), names...), ">>>>"...)
	doc.end()
	doc.begin(t.at.page)
	doc.out = append(append(doc.out, t.sheet...), "/Contents ["...)
	doc.out = append(append(doc.out, contents...), "] /StructParents 0 /Tabs /S>>"...)
	doc.end()
	metadata := doc.metadata(m)
	doc.begin(t.at.catalogue)
	doc.out = appendText(append(append(doc.out, t.catalogue...), " /Lang "...), m.Lang)
	doc.out = append(reference(append(doc.out, " /Metadata "...), metadata), ">>"...)
	doc.end()
	info := doc.reserve()
	doc.begin(info)
	doc.out = appendText(append(doc.out, "<</Title "...), m.Title)
	doc.out = appendText(append(doc.out, " /Author "...), m.Author)
	doc.out = appendText(append(doc.out, " /Subject "...), m.Subject)
	doc.out = append(append(append(doc.out, " /Producer ("...), producer...), ") /CreationDate (D:"...)
	doc.out = append(m.Created.AppendFormat(doc.out, "20060102"), ")>>"...)
	doc.end()
	doc.finish(t.at.catalogue, info, t.id(m, doc.out))
	return bytes.Join([][]byte{t.head, doc.out}, nil), nil
}

// id is one for each document. A copy that differs in more than what is said of it differs in its checksum too.
func (t *Template) id(m Meta, copied []byte) [sha256.Size]byte {
	var room [512]byte
	key := append(room[:0], t.digest[:]...)
	for _, s := range [...]string{m.Title, m.Author, m.Subject, m.Lang} {
		key = append(append(key, s...), 0)
	}
	key = binary.BigEndian.AppendUint32(m.Created.AppendFormat(key, time.DateOnly), crc32.Checksum(copied, castagnoli))
	return sha256.Sum256(key)
}

func references(to []byte, objects []int) []byte {
	for _, o := range objects {
		to = reference(to, o)
	}
	return to
}

// skeleton is an empty page with its links, as gopdf writes it.
type skeleton struct {
	objects     [][]byte
	annotations []int
	at          struct{ catalogue, page, resources int }
}

// filled reports whether an object is one that the page's own parts go into.
func (s *skeleton) filled(object int) bool {
	return object == s.at.catalogue || object == s.at.page || object == s.at.resources || slices.Contains(s.annotations, object)
}

// uri begins where an annotation of gopdf's leads.
const uri = "/URI ("

func newSkeleton(w, h float64, links []*link) (s skeleton, err error) {
	var p gopdf.GoPdf
	p.Start(gopdf.Config{Unit: gopdf.UnitPT, PageSize: gopdf.Rect{W: w, H: h}})
	p.AddPage()
	for _, l := range links {
		p.AddExternalLink(l.part.URL, l.part.X*pointsPerMM, l.part.Y*pointsPerMM, l.part.W*pointsPerMM, l.part.H*pointsPerMM)
	}
	file, err := p.GetBytesPdfReturnErr()
	if err != nil {
		return s, err
	}
	if s.objects, err = parse(file); err != nil {
		return s, fmt.Errorf("reading gopdf's page: %w", err)
	}
	for i, o := range s.objects {
		has := func(mark string) bool { return bytes.Contains(o, []byte(mark)) }
		switch {
		case has("/Type /Catalog\n"):
			s.at.catalogue = i + 1
		case has("/Type /Page\n"):
			s.at.page = i + 1
		case has("/ProcSet ["):
			s.at.resources = i + 1
		case has("/Type /Annot ") && has(uri):
			s.annotations = append(s.annotations, i+1)
		}
	}
	if s.at.catalogue == 0 || s.at.page == 0 || s.at.resources == 0 || len(s.annotations) != len(links) {
		return s, errors.New("gopdf's page is not as it was: catalogue, page, resources or links are not found")
	}
	return s, nil
}

// annotate writes the annotation of a link, printed with the page, as PDF/A asks.
func (s *skeleton) annotate(d *document, l *link) {
	before, _, _ := bytes.Cut(s.objects[l.object-1], []byte(uri))
	d.begin(l.object)
	d.out = append(append(d.out, before...), uri[:len(uri)-1]...)
	d.out = append(appendString(d.out, l.part.URL), ">> /F 4 /StructParent "...)
	d.out = append(strconv.AppendInt(d.out, int64(l.key), 10), " /Contents "...)
	d.out = append(appendText(d.out, l.part.Says), ">>"...)
	d.end()
}

// unended returns a dictionary without its end.
func unended(dictionary []byte) []byte {
	return bytes.TrimSuffix(bytes.Clone(dictionary), []byte(">>"))
}
