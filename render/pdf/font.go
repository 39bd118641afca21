package pdf

import (
	"crypto/sha256"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"

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
	known    map[string]int
	key      []byte // working memory of add
}

// code is what one two-byte character code shows and says.
type code struct {
	glyphs []placed
	width  float64 // units, in hundredths: the same figure goes to /W and into the program
	text   string  // one character, after any joiners
}

// placed is a glyph of the face, in units from the code's origin.
type placed struct {
	id   uint32
	x, y float64
}

func newFont(face *text.Face, resource string) *font {
	f := &font{face: face, resource: resource, known: map[string]int{}}
	f.codes = []code{{glyphs: []placed{{}}, width: hundredths(face.Advance(0) * unitsPerEm)}}
	return f
}

func hundredths(v float64) float64 { return math.Round(v*100) / 100 }

// add returns the number of a code, a new one if there is none like it.
func (f *font) add(c code) int {
	f.key = fmt.Appendf(f.key[:0], "%v", c)
	n, ok := f.known[string(f.key)]
	if !ok {
		n = len(f.codes)
		f.codes = append(f.codes, c)
		f.known[string(f.key)] = n
	}
	return n
}

// markWidth is the width of a mark's empty code in text from left to right: Poppler takes a character under
// 0.1 em after another for a duplicate and moves it. From right to left marks stand before their base and get
// none, or MuPDF and pdf.js see gaps.
const markWidth = 0.12 * unitsPerEm

// cluster returns the codes of one shaping cluster in visual order; wider is added to its width.
func (f *font) cluster(runes []rune, glyphs []text.Glyph, wider float64) []code {
	first := glyphs[0]
	width := first.Advance
	var drawn []placed
	for i, g := range glyphs {
		drawn = append(drawn, placed{g.ID, hundredths((g.X - first.Pen) * unitsPerEm), hundredths(g.Y * unitsPerEm)})
		if i > 0 {
			width += g.Advance
		}
	}
	if len(glyphs) == 1 { // without kerning, so that its code is the same whatever follows
		width = f.face.Advance(first.ID)
	}
	width = width*unitsPerEm + wider

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
			for _, g := range drawn {
				c.glyphs = append(c.glyphs, placed{g.id, hundredths(g.x - x), g.y})
			}
			done = true
		}
		x += c.width
	}
	return codes
}

// characters returns a code for each character of a cluster, as they stand on paper.
func characters(runes []rune, rtl bool) []code {
	var codes []code
	if rtl {
		for _, r := range slices.Backward(runes) {
			codes = append(codes, code{text: string(mirrored(r))})
		}
		return codes
	}
	joiners := ""
	for i, r := range runes {
		if unicode.Is(unicode.Cf, r) && i < len(runes)-1 { // pdf.js drops a code of nothing but a joiner
			joiners += string(r)
			continue
		}
		codes = append(codes, code{text: joiners + string(r)})
		joiners = ""
	}
	return codes
}

// mark reports whether a code of a cluster of n codes has no place of its own on the line.
func (c code) mark(n int) bool {
	runes := []rune(c.text)
	return n > 1 && unicode.In(runes[len(runes)-1], unicode.Mn, unicode.Me, unicode.Cf)
}

// mirrored returns the bracket that is drawn for r in text from right to left, which is what readers expect.
func mirrored(r rune) rune {
	pairs := [...]rune{'(', ')', '[', ']', '{', '}', '<', '>', '«', '»', '‹', '›'}
	if i := slices.Index(pairs[:], r); i >= 0 {
		return pairs[i^1]
	}
	return r
}

// write adds the font to the document and returns its object.
func (f *font) write(d *document) int {
	var box bbox
	var widths []byte
	glyphs := make([][]byte, len(f.codes))
	for i, c := range f.codes {
		glyphs[i] = glyphProgram(c.width, contours(f.face, c.glyphs), &box)
		widths = append(number(widths, c.width), ' ')
	}
	cmap := f.toUnicode()
	name := tag(glyphs, cmap) + "+" + f.face.Name()
	file := d.stream("/Subtype /CIDFontType0C", program(name, glyphs, box))
	metrics := f.face.Metrics()
	descriptor := d.add("<</Type /FontDescriptor /FontName /%s /Flags 4 /FontBBox [%d %d %d %d] /ItalicAngle 0 /Ascent %.0f /Descent %.0f /CapHeight %.0f /StemV 80 /FontFile3 %d 0 R /CIDSet %d 0 R>>",
		name, box.x0, box.y0, box.x1, box.y1, metrics.Ascent*unitsPerEm, metrics.Descent*unitsPerEm, metrics.CapHeight*unitsPerEm,
		file, d.stream("", cidSet(len(f.codes))))
	cid := d.add("<</Type /Font /Subtype /CIDFontType0 /BaseFont /%s /CIDSystemInfo <</Registry (Adobe) /Ordering (Identity) /Supplement 0>> /FontDescriptor %d 0 R /DW 0 /W [0 [%s]]>>",
		name, descriptor, widths[:len(widths)-1])
	return d.add("<</Type /Font /Subtype /Type0 /BaseFont /%s-Identity-H /Encoding /Identity-H /DescendantFonts [%d 0 R] /ToUnicode %d 0 R>>",
		name, cid, d.stream("", cmap))
}

// tag returns the six letters before a subset's name, made from what it holds.
func tag(glyphs [][]byte, cmap []byte) string {
	h := sha256.New()
	for _, g := range glyphs {
		h.Write(g)
	}
	h.Write(cmap)
	sum := h.Sum(nil)[:6]
	for i, b := range sum {
		sum[i] = 'A' + b%26
	}
	return string(sum)
}

// cidSet returns one bit for each CID of the program, all set. PDF/A-1 asks for it.
func cidSet(n int) []byte {
	set := make([]byte, (n+7)/8)
	for i := range n {
		set[i/8] |= 0x80 >> (i % 8)
	}
	return set
}

// toUnicode returns the CMap from codes to characters.
func (f *font) toUnicode() []byte {
	out := []byte("/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n" +
		"/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def\n" +
		"/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n" +
		"1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n")
	n := 1
	for block := range slices.Chunk(f.codes[1:], 100) { // the most that one block may hold
		out = fmt.Appendf(out, "%d beginbfchar\n", len(block))
		for _, c := range block {
			out = fmt.Appendf(out, "<%04X> <%s>\n", n, utf16Hex(c.text))
			n++
		}
		out = append(out, "endbfchar\n"...)
	}
	return append(out, "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"...)
}

func utf16Hex(s string) string {
	var out strings.Builder
	for _, u := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(&out, "%04X", u)
	}
	return out.String()
}
