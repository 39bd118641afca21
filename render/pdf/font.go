package pdf

import (
	"hash/crc32"
	"math"
	"slices"
	"strconv"
	"unicode"

	"testamur/render/text"
)

// font is one face of the page as a Type 0 font with a CFF program of our own making. A code, its CID and its
// glyph are one number, and a code says exactly one character, so nothing is left for a reader to guess: a
// cluster of several characters (a base with marks, a ligature, a syllable) takes several codes, of which the
// first that is no mark draws the whole cluster and the others draw nothing.
type font struct {
	face     *text.Face
	resource string
	codes    []code // codes[0] is .notdef, which is never shown
}

// code is what one two-byte character code shows and says.
type code struct {
	glyphs  []placed
	width   float64 // units, in hundredths: the same figure goes to /W and into the program
	joiners string  // said before char
	char    rune
}

// placed is a glyph of the face, in units from the code's origin.
type placed struct {
	id   uint32
	x, y float64
}

func newFont(face *text.Face, resource string) *font {
	return &font{face: face, resource: resource, codes: []code{{glyphs: []placed{{}}, width: hundredths(face.Advance(0) * unitsPerEm)}}}
}

// name appends the entry of the resources for the object of the font.
func (f *font) name(to []byte, object int) []byte {
	return reference(append(append(append(to, '/'), f.resource...), ' '), object)
}

func hundredths(v float64) float64 { return math.Round(v*100) / 100 }

// find returns the number of a code, 0 where there is none like it.
func (f *font) find(c *code) int {
	for i := 1; i < len(f.codes); i++ {
		if d := &f.codes[i]; d.char == c.char && d.width == c.width && d.joiners == c.joiners && slices.Equal(d.glyphs, c.glyphs) {
			return i
		}
	}
	return 0
}

// add returns the number of a code, a new one if there is none like it.
func (f *font) add(c *code) int {
	n := f.find(c)
	if n == 0 {
		n = len(f.codes)
		f.codes = append(f.codes, *c)
	}
	return n
}

// markWidth is the width of a mark's empty code in text from left to right: Poppler takes a character under
// 0.1 em after another for a duplicate and moves it. From right to left marks stand before their base and get
// none, or MuPDF and pdf.js see gaps.
const markWidth = 0.12 * unitsPerEm

// cluster appends the codes of one shaping cluster of a face in visual order; wider is added to its width.
func (w *writer) cluster(face *text.Face, runes []rune, glyphs []text.Glyph, wider float64) {
	first := glyphs[0]
	width := first.Advance
	from := len(w.placed)
	for i, g := range glyphs {
		w.placed = append(w.placed, placed{g.ID, hundredths((g.X - first.Pen) * unitsPerEm), hundredths(g.Y * unitsPerEm)})
		if i > 0 {
			width += g.Advance
		}
	}
	drawn := w.placed[from:len(w.placed):len(w.placed)]
	if len(glyphs) == 1 { // without kerning, so that its code is the same whatever follows
		width = face.Advance(first.ID)
	}
	width = width*unitsPerEm + wider
	if first.Len == 1 && !first.RTL {
		w.codes = append(w.codes, code{glyphs: drawn, width: hundredths(width), char: runes[first.Cluster]})
		return
	}

	codes := characters(runes[first.Cluster:first.Cluster+first.Len], first.RTL)
	mark := markWidth
	if first.RTL {
		mark = 0
	}
	var wide int
	rest := width
	for i, c := range codes {
		if c.mark(len(codes)) {
			codes[i].width = hundredths(min(mark, width/float64(len(codes))))
			rest -= codes[i].width
		} else {
			wide++
		}
	}
	x, done := 0.0, false
	for i := range codes {
		c := &codes[i]
		isMark := c.mark(len(codes))
		if !isMark {
			c.width = hundredths(rest / float64(wide))
			rest, wide = rest-c.width, wide-1
		}
		if !done && (!isMark || i == len(codes)-1) {
			for j := range drawn {
				drawn[j].x = hundredths(drawn[j].x - x)
			}
			c.glyphs, done = drawn, true
		}
		x += c.width
	}
	w.codes = append(w.codes, codes...)
}

// characters returns a code for each character of a cluster, as they stand on paper.
func characters(runes []rune, rtl bool) []code {
	var codes []code
	if rtl {
		for _, r := range slices.Backward(runes) {
			codes = append(codes, code{char: mirrored(r)})
		}
		return codes
	}
	joiners := ""
	for i, r := range runes {
		if unicode.Is(unicode.Cf, r) && i < len(runes)-1 { // pdf.js drops a code of nothing but a joiner
			joiners += string(r)
			continue
		}
		codes = append(codes, code{joiners: joiners, char: r})
		joiners = ""
	}
	return codes
}

// mark reports whether a code of a cluster of n codes has no place of its own on the line.
func (c code) mark(n int) bool {
	return n > 1 && unicode.In(c.char, unicode.Mn, unicode.Me, unicode.Cf)
}

// mirrored returns the bracket that is drawn for r in text from right to left, which is what readers expect.
func mirrored(r rune) rune {
	pairs := [...]rune{'(', ')', '[', ']', '{', '}', '<', '>', '«', '»', '‹', '›'}
	if i := slices.Index(pairs[:], r); i >= 0 {
		return pairs[i^1]
	}
	return r
}

// glyph is the charstring of a code, and the box round what it draws.
type glyph struct {
	program []byte
	box     bbox
}

// glyph returns what draws a code.
func (c *code) glyph(face *text.Face) (g glyph) {
	g.program = glyphProgram(c.width, contours(face, c.glyphs), &g.box)
	return g
}

// write writes the font into the document and returns its object. drawn returns what draws a code of the font.
func (f *font) write(d *document, drawn func(*text.Face, *code) glyph) int {
	var box bbox
	widths := make([]byte, 0, 8*len(f.codes))
	glyphs := make([][]byte, len(f.codes))
	for i := range f.codes {
		c := &f.codes[i]
		g := drawn(f.face, c)
		glyphs[i] = g.program
		box = bbox{min(box.x0, g.box.x0), min(box.y0, g.box.y0), max(box.x1, g.box.x1), max(box.y1, g.box.y1)}
		widths = append(number(widths, c.width), ' ')
	}
	cmap := f.toUnicode(d.room[:0])
	name := tag(glyphs, cmap) + "+" + f.face.Name()
	d.room = program(cmap, name, glyphs, box)
	file := d.program(d.room[len(cmap):])
	metrics := f.face.Metrics()
	descriptor := d.add("<</Type /FontDescriptor /FontName /%s /Flags 4 /FontBBox [%d %d %d %d] /ItalicAngle 0 /Ascent %.0f /Descent %.0f /CapHeight %.0f /StemV 80 /FontFile3 %d 0 R /CIDSet %d 0 R>>",
		name, box.x0, box.y0, box.x1, box.y1, metrics.Ascent*unitsPerEm, metrics.Descent*unitsPerEm, metrics.CapHeight*unitsPerEm,
		file, d.stream("", cidSet(len(f.codes))))
	cid := d.add("<</Type /Font /Subtype /CIDFontType0 /BaseFont /%s /CIDSystemInfo <</Registry (Adobe) /Ordering (Identity) /Supplement 0>> /FontDescriptor %d 0 R /DW 0 /W [0 [%s]]>>",
		name, descriptor, widths[:len(widths)-1])
	return d.add("<</Type /Font /Subtype /Type0 /BaseFont /%s-Identity-H /Encoding /Identity-H /DescendantFonts [%d 0 R] /ToUnicode %d 0 R>>",
		name, cid, d.stream("", cmap))
}

// castagnoli is the checksum that processors have.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// tag returns the six letters before a subset's name, made from what it holds.
func tag(glyphs [][]byte, cmap []byte) string {
	sum := crc32.Checksum(cmap, castagnoli)
	for _, g := range glyphs {
		sum = crc32.Update(sum, castagnoli, g)
	}
	var letters [6]byte
	for i := range letters {
		letters[i] = 'A' + byte(sum%26)
		sum /= 26
	}
	return string(letters[:])
}

// cidSet returns one bit for each CID of the program, all set. PDF/A-1 asks for it.
func cidSet(n int) []byte {
	set := make([]byte, (n+7)/8)
	for i := range n {
		set[i/8] |= 0x80 >> (i % 8)
	}
	return set
}

// toUnicode appends the CMap from codes to characters.
func (f *font) toUnicode(out []byte) []byte {
	out = append(out, "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"+
		"/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def\n"+
		"/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"+
		"1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n"...)
	n := uint16(1)
	for block := range slices.Chunk(f.codes[1:], 100) { // the most that one block may hold
		out = append(strconv.AppendInt(out, int64(len(block)), 10), " beginbfchar\n"...)
		for _, c := range block {
			out = append(appendHex(append(out, '<'), n), "> <"...)
			out = append(appendUTF16(appendString16(out, c.joiners), c.char), ">\n"...)
			n++
		}
		out = append(out, "endbfchar\n"...)
	}
	return append(out, "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"...)
}
