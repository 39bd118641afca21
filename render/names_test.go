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
			var lines []drawing.Text
			for _, op := range d.Ops {
				if l, ok := op.(drawing.Text); ok && !(where == "preview" && l.X < 500) { // where the badge is
					lines = append(lines, l)
				}
			}
			for i, l := range lines {
				if l.Role != drawing.Name {
					continue
				}
				said = append(said, l.Line.Text)
				a := ink(l)
				if a.x0 < s.box.x0 || a.x1 > s.box.x1 || a.y0 < s.box.y0 || a.y1 > s.box.y1 {
					t.Errorf("%s: ink at %.1f leaves %.1f", what, a, s.box)
				}
				for k, other := range lines {
					if k != i && a.overlaps(ink(other)) {
						t.Errorf("%s: ink at %.1f comes to %q at %.1f", what, a, other.Line.Text, ink(other))
					}
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

// A picture and a page have the same bytes however the accents of the name were typed: the picture as it comes, the page when
// the name was cleaned, since it also stands in the title of the file. One name is tried in each script; that the lines of
// all are the same is held in the text package. The page is small enough to be mailed, and its fonts are real ones.
func TestNamesAsFiles(t *testing.T) {
	one, _ := builtin(t)
	two, _ := builtin(t) // keeps nothing yet
	f, err := faces()
	if err != nil {
		t.Fatal(err)
	}
	of := map[string]bearer{}
	for _, b := range corpus(t) {
		if old, ok := of[b.script]; !ok || norm.NFC.IsNormalString(old.name) && norm.NFD.IsNormalString(old.name) {
			of[b.script] = b
		}
	}
	for script, b := range of {
		b.name = norm.NFC.String(b.name)
		values := surfaces(b)
		page := file(t, one, values["certificate"].value)
		if len(page) > 120_000 || bytes.Contains(page, []byte("/Type3")) || bytes.Contains(page, []byte("/Image")) {
			t.Errorf("%s %q: the page has %d bytes, or what it must not have", script, b.name, len(page))
		}
		given := b
		given.name = norm.NFD.String(b.name)
		if given.name == b.name {
			continue
		}
		seal := surfaces(given)["small seal"].value
		if !bytes.Equal(file(t, one, values["small seal"].value), file(t, two, seal)) {
			t.Errorf("%q: other bytes of the seal", b.name)
		}
		if given.name, err = f.CleanName(given.name); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(page, file(t, two, surfaces(given)["certificate"].value)) {
			t.Errorf("%q: other bytes of the certificate", b.name)
		}
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
	for _, where := range []string{"small seal", "certificate"} {
		seen := map[string]string{}
		for _, lang := range []string{"ja", "zh-Hans", "zh-Hant", "ko"} {
			bytes := string(file(t, p, surfaces(bearer{"Han", lang, "曜"})[where].value))
			if other, ok := seen[bytes]; ok {
				t.Errorf("the %s is the same in %s and %s", where, other, lang)
			}
			seen[bytes] = lang
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

// perPage is how many names stand on a page that readers are tried on. Half of a sheet of English is what they see round a
// name on a certificate too.
const perPage = 12

// readable are pages with the names of the corpus, each as it stands on a certificate: between the lines above and below it.
// They are made once for all readers; that whole certificates are read is tried for some names.
var readable struct {
	sync.Once
	pages [][]byte
}

func readablePages(t *testing.T) [][]byte {
	t.Helper()
	readable.Do(func() {
		p, _ := builtin(t)
		d, err := p.Layout(paper("Maya Lindqvist"))
		if err != nil {
			t.Fatal(err)
		}
		f, err := faces()
		if err != nil {
			t.Fatal(err)
		}
		var lines []drawing.Text
		at := 0 // the name among them
		for _, op := range d.Ops {
			if o, ok := op.(drawing.Text); ok && o.Role == drawing.Name {
				at = len(lines)
				lines = append(lines, o)
			} else if ok && o.Role != drawing.Artifact {
				lines = append(lines, o)
			}
		}
		above, below := lines[at-1], lines[at+1]
		block := below.Y - above.Y + 12
		for names := range slices.Chunk(corpus(t), perPage) {
			page := drawing.New(d.W, block*perPage+20)
			for i, b := range names {
				down := float64(i)*block + 15 - above.Y
				name := f.FitName(text.Serif, b.name, b.lang, text.Box{Width: 204, From: lines[at].Size, To: lines[at].Size * .64, TwoFrom: lines[at].Size * .64, TwoLeading: 11, TwoShrink: .15})
				for _, l := range []drawing.Text{above, below} {
					l.Y += down
					page.Ops = append(page.Ops, l)
				}
				for k, y := range name.Baselines(lines[at].Y + down - 4) {
					page.Text(drawing.Text{Line: name.Lines[k], Size: name.Size, X: page.W / 2, Y: y, Role: drawing.Name}, drawing.Centre)
				}
			}
			template, err := pdf.New(page)
			if err != nil {
				t.Fatal(err)
			}
			data, err := template.Page(pdf.Meta{Lang: "en"})
			if err != nil {
				t.Fatal(err)
			}
			readable.pages = append(readable.pages, data)
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
	page = slices.Clone(page)
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
	if len(pages)-1 != len(readablePages(t)) {
		t.Fatalf("%d pages", len(pages)-1)
	}
	for i, b := range names {
		checkRead(t, "pdftotext", b, lines(pages[i/perPage]))
	}
	for line := range strings.Lines(tool(t, dir, "pdffonts", "all.pdf")) {
		if strings.Contains(line, "+") && !strings.Contains(line, "CID Type 0C       Identity-H       yes yes yes") {
			t.Errorf("font: %s", line)
		}
	}
}
