package render_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"testamur/render"
	"testamur/render/drawing"
	"testamur/render/pdf"
	"testamur/render/text"
)

// bearer is a line of names.txt.
type bearer struct{ script, lang, name string }

// corpus reads testdata/names.txt: names of every script.
func corpus(t testing.TB) []bearer {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "names.txt"))
	if err != nil {
		t.Fatal(err)
	}
	var out []bearer
	var b bearer
	for line := range strings.Lines(string(data)) {
		switch line = strings.TrimSpace(line); {
		case line == "" || line[0] == '#':
		case line[0] == '[':
			b.script, b.lang, _ = strings.Cut(strings.Trim(line, "[]"), " ")
		default:
			b.name = line
			out = append(out, b)
		}
	}
	return out
}

// surfaces are the pictures and the page that bear a name, and where on them its ink may be.
func surfaces(b bearer) map[string]struct {
	value any
	box   box
	cut   bool // it may end in an ellipsis
} {
	seal, card, preview, page := sample("inbound", 300), sample("inbound", 0), sample("inbound", 0), paper(b.name)
	seal.Name, seal.Lang = b.name, b.lang
	card.Name, card.Lang, card.Style, card.Width, card.Height = b.name, b.lang, render.StyleCard, 640, 160
	preview.Name, preview.Lang, preview.Style, preview.Width, preview.Height = b.name, b.lang, render.StylePreview, 1200, 630
	small := seal
	small.Width, small.Height = 64, 64
	page.Lang = b.lang
	return map[string]struct {
		value any
		box   box
		cut   bool
	}{
		"seal":        {seal, box{20, 395, 580, 461}, true},
		"small seal":  {small, box{20, 405, 580, 519}, true},
		"card":        {card, box{180, 10, 630, 92}, true},
		"preview":     {preview, box{545, 125, 1160, 305}, false},
		"certificate": {page, box{44, 68, 253, 95}, false},
	}
}

// Every name of the corpus is whole on every surface, in its box, on one line or two, and touches nothing.
func TestNamesAreInTheirBoxes(t *testing.T) {
	p, _ := builtin(t)
	short := 0
	for _, b := range corpus(t) {
		for where, s := range surfaces(b) {
			what := fmt.Sprintf("%s %q on the %s", b.script, b.name, where)
			d, err := p.Layout(s.value)
			if err != nil {
				t.Fatal(err)
			}
			var said []string
			for _, l := range texts(t, what, d, .03) {
				if l.Role != drawing.Name || where == "preview" && l.X < 500 { // that of the badge on the preview
					continue
				}
				said = append(said, l.Line.Text)
				if a := l.ink; a.x0 < s.box.x0 || a.x1 > s.box.x1 || a.y0 < s.box.y0 || a.y1 > s.box.y1 {
					t.Errorf("%s: ink at %.1f leaves %.1f", what, a, s.box)
				}
				if len(l.Line.Missing) > 0 || slices.ContainsFunc(l.Line.Glyphs, func(g text.Glyph) bool { return g.ID == 0 }) {
					t.Errorf("%s: it lacks %q", what, l.Line.Missing)
				}
			}
			got := strings.ReplaceAll(strings.Join(said, ""), " ", "")
			switch want := strings.ReplaceAll(norm.NFC.String(b.name), " ", ""); {
			case got == want:
			case s.cut && strings.HasSuffix(got, "…") && strings.HasPrefix(want, strings.TrimSuffix(got, "…")):
				short++
			default:
				t.Errorf("%s says %q", what, said)
			}
			if len(said) < 1 || len(said) > 2 {
				t.Errorf("%s stands on %d lines", what, len(said))
			}
		}
	}
	if short > 12 { // the longest ones on the smallest badge
		t.Errorf("%d names are cut", short)
	}
}

// A picture and a page have the same bytes however the accents of the name were typed: pictures as they come, the page when
// the name was cleaned, since it also stands in the title of the file. One name is tried in each script.
func TestNamesComposedOrNot(t *testing.T) {
	one, _ := builtin(t)
	two, _ := builtin(t) // keeps nothing yet
	f, err := faces()
	if err != nil {
		t.Fatal(err)
	}
	tried := map[string]bool{}
	for _, b := range corpus(t) {
		composed, decomposed := b, b
		composed.name, decomposed.name = norm.NFC.String(b.name), norm.NFD.String(b.name)
		if tried[b.script] || composed.name == decomposed.name {
			continue
		}
		tried[b.script] = true
		other := surfaces(decomposed)
		for where, s := range surfaces(composed) {
			typed := other[where].value
			if c, ok := typed.(render.Certificate); ok {
				if c.Name, err = f.CleanName(c.Name); err != nil {
					t.Fatal(err)
				}
				typed = c
			}
			if !bytes.Equal(file(t, one, s.value), file(t, two, typed)) {
				t.Errorf("%q: other bytes of the %s", composed.name, where)
			}
		}
	}
	if len(tried) < 10 {
		t.Errorf("only %v were tried", tried)
	}
}

// file is the picture or the page of a value.
func file(t *testing.T, p *render.Press, value any) []byte {
	t.Helper()
	var pic render.Picture
	var err error
	switch v := value.(type) {
	case render.Badge:
		pic, err = p.Badge(t.Context(), v)
	case render.Certificate:
		pic, err = p.Certificate(t.Context(), v)
	}
	if err != nil {
		t.Fatal(err)
	}
	return pic.Bytes
}

// The holder's language chooses the forms of Han in picture and page; without one it is the academy's, and kana and Hangul
// tell more than either.
func TestHanOnSurfaces(t *testing.T) {
	p, _ := builtin(t)
	seen := map[string]map[string]string{}
	for _, lang := range []string{"ja", "zh-Hans", "zh-Hant", "ko"} {
		for where, s := range surfaces(bearer{"Han", lang, "曜"}) {
			if seen[where] == nil {
				seen[where] = map[string]string{}
			}
			var bytes string
			if v, ok := s.value.(render.Certificate); ok { // the codes, since the language is in no other place of the file
				v.Lang = lang
				bytes = string(file(t, p, v))
			} else {
				bytes = string(file(t, p, s.value))
			}
			if other, ok := seen[where][bytes]; ok {
				t.Errorf("the %s is the same in %s and %s", where, other, lang)
			}
			seen[where][bytes] = lang
		}
	}
	for words, want := range map[string]string{"en": "zh-Hans", "ja": "ja"} { // words that are not there fall back, the language stays
		b := sample("inbound", 300)
		b.Name, b.Words = "曜", words
		without, err := p.Layout(b)
		if err != nil {
			t.Fatal(err)
		}
		b.Words, b.Lang = "en", want
		with, err := p.Layout(b)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(nameGlyphs(without), nameGlyphs(with)) {
			t.Errorf("words in %s: 曜 has not the form of %s", words, want)
		}
	}
}

func nameGlyphs(d *drawing.Drawing) (ids []uint32) {
	for _, op := range d.Ops {
		if o, ok := op.(drawing.Text); ok && o.Role == drawing.Name {
			for _, g := range o.Line.Glyphs {
				ids = append(ids, g.ID)
			}
		}
	}
	return ids
}

// A page with a name in any script is small enough to be mailed, and its fonts are real ones.
func TestNamesInPDF(t *testing.T) {
	p, _ := builtin(t)
	largest, of := 0, ""
	seen := map[string]bool{}
	for _, b := range corpus(t) {
		if seen[b.script+b.lang] {
			continue
		}
		seen[b.script+b.lang] = true
		c := paper(b.name)
		c.Lang = b.lang
		data := file(t, p, c)
		if len(data) > largest {
			largest, of = len(data), b.name
		}
		if bytes.Contains(data, []byte("/Type3")) || bytes.Contains(data, []byte("/Image")) {
			t.Errorf("%q: the page has what it must not have", b.name)
		}
	}
	if largest > 120_000 {
		t.Errorf("%q takes %d bytes", of, largest)
	}
}

// readable are pages with the text of a certificate for each name of the corpus, as the page has it without its ornament.
// They are made once for all readers.
var readable struct {
	sync.Once
	pages [][]byte
}

func readablePages(t *testing.T) [][]byte {
	t.Helper()
	readable.Do(func() {
		p, _ := builtin(t)
		for _, b := range corpus(t) {
			c := paper(b.name)
			c.Lang = b.lang
			d, err := p.Layout(c)
			if err != nil {
				t.Fatal(err)
			}
			only := drawing.New(d.W, d.H)
			for _, op := range d.Ops {
				if o, ok := op.(drawing.Text); ok && o.Role != drawing.Artifact {
					only.Ops = append(only.Ops, o)
				}
			}
			page, err := pdf.Page(only, pdf.Meta{Title: b.name, Lang: "en"})
			if err != nil {
				t.Fatal(err)
			}
			readable.pages = append(readable.pages, page)
		}
	})
	return readable.pages
}

// unread are the names that Poppler 22 does not give back exactly in a page of English, though every character is there:
// it leaves brackets in Hebrew as they are drawn, parts Hebrew at a hyphen of ASCII, and moves marks on the last letter.
var unread = []string{"מרים (מירי) לוי", "רות כהן-צדק", "مُحَمَّدٌ بْنُ عَلِيٍّ"}

// checkRead says whether the lines of a page have a name exactly, on a line of its own or on two; one of two directions, word
// for word.
func checkRead(t *testing.T, reader string, b bearer, page []string) {
	t.Helper()
	name := norm.NFC.String(b.name)
	for i := range page {
		page[i] = norm.NFC.String(page[i]) // PDFium puts the points of Hebrew in another order
	}
	two := make([]string, len(page))
	for i := range page[1:] {
		two[i] = page[i] + " " + page[i+1]
	}
	if slices.Contains(page, name) || slices.Contains(two, name) {
		return
	}
	all := strings.Join(page, "\n")
	switch {
	case bothWays(name):
		for word := range strings.FieldsSeq(name) {
			if !strings.Contains(all, word) {
				t.Errorf("%s does not read %q of %q:\n%q", reader, word, name, page)
			}
		}
	case reader == "pdftotext" && slices.Contains(unread, name):
		for _, r := range name {
			if !strings.ContainsRune(all, r) {
				t.Errorf("%s does not read %q of %q:\n%q", reader, r, name, page)
			}
		}
	default:
		t.Errorf("%s does not read %s %q:\n%q", reader, b.script, name, page)
	}
}

// bothWays reports whether a name has letters of both directions.
func bothWays(name string) bool {
	right := strings.ContainsFunc(name, func(r rune) bool { return unicode.In(r, unicode.Hebrew, unicode.Arabic) })
	left := strings.ContainsFunc(name, func(r rune) bool {
		return unicode.IsLetter(r) && !unicode.In(r, unicode.Hebrew, unicode.Arabic)
	})
	return right && left
}

// pdftotext gives every name back as it was typed. One document of all pages is read at once.
func TestNamesReadByPoppler(t *testing.T) {
	names, dir := corpus(t), t.TempDir()
	args := []string{"--empty", "--stream-data=preserve", "--pages"}
	for i, page := range readablePages(t) {
		file := fmt.Sprintf("%03d.pdf", i)
		if err := os.WriteFile(filepath.Join(dir, file), page, 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, file)
	}
	tool(t, dir, "qpdf", append(args, "--", "all.pdf")...)
	pages := strings.Split(tool(t, dir, "pdftotext", "all.pdf", "-"), "\f")
	if len(pages) != len(names)+1 {
		t.Fatalf("%d pages of %d names", len(pages)-1, len(names))
	}
	for i, b := range names {
		checkRead(t, "pdftotext", b, lines(pages[i]))
	}
	for line := range strings.Lines(tool(t, dir, "pdffonts", "-l", "20", "all.pdf")) {
		if strings.Contains(line, "+") && !strings.Contains(line, "CID Type 0C       Identity-H       yes yes yes") {
			t.Errorf("font: %s", line)
		}
	}
}
