package render_test

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"testamur/render"
	"testamur/render/drawing"
)

// The programs that Debian's libpdfbox2-java and its friends bring.
var preflightJars = []string{"preflight", "pdfbox2", "xmpbox", "fontbox2", "commons-logging", "bcprov", "bcpkix", "jaxb-api", "javax.activation"}

// preflight returns what Apache PDFBox Preflight says of files in a folder, by name: nothing of a valid one. It knows
// PDF/A-1b alone, and so do the files say that they are.
func preflight(t *testing.T, dir string, files ...string) map[string][]string {
	t.Helper()
	var path []string
	for _, jar := range preflightJars {
		file := "/usr/share/java/" + jar + ".jar"
		if _, err := os.Stat(file); err != nil {
			t.Skipf("left out: %s is not installed; ./check names the packages", file)
		}
		path = append(path, file)
	}
	program, err := filepath.Abs("testdata/preflight/Preflight.java")
	if err != nil {
		t.Fatal(err)
	}
	said := map[string][]string{}
	for line := range strings.Lines(tool(t, dir, "java", append([]string{"-XX:TieredStopAtLevel=1", "-cp", strings.Join(path, ":"), program}, files...)...)) {
		name, what, _ := strings.Cut(strings.TrimSpace(line), ": ")
		if what == "valid" {
			said[name] = []string{}
		} else {
			said[name] = append(said[name], what)
		}
	}
	return said
}

// as1b labels a page as PDF/A-1b, which asks more of all that a page here has than PDF/A-3 does.
func as1b(page []byte) []byte {
	for _, label := range [][2]string{{"%PDF-1.7", "%PDF-1.4"}, {"<pdfaid:part>3", "<pdfaid:part>1"}, {"<pdfaid:conformance>A", "<pdfaid:conformance>B"}} {
		page = bytes.Replace(page, []byte(label[0]), []byte(label[1]), 1)
	}
	return page
}

// Another hand's validator finds each page sound, and finds what is broken.
func TestCertificateIsArchivable(t *testing.T) {
	t.Parallel()
	p, _ := builtin(t)
	dir := t.TempDir()
	var files []string
	save := func(name string, page []byte) {
		files = append(files, name)
		if err := os.WriteFile(filepath.Join(dir, name), page, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	draw := func(change func(*render.Certificate)) []byte {
		c := paper("Maya Lindqvist")
		change(&c)
		pic, err := p.Certificate(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		return as1b(pic.Bytes)
	}
	for name, change := range certificates {
		save(name+".pdf", draw(change))
	}
	for _, words := range []string{"ar", "de", "es", "fr"} {
		save("words-"+words+".pdf", draw(func(c *render.Certificate) { c.Words = words }))
	}
	for i, name := range names {
		save(fmt.Sprintf("name-%d.pdf", i), draw(func(c *render.Certificate) { c.Name = name }))
	}

	sound := draw(func(*render.Certificate) {})
	broken := map[string]struct {
		page []byte
		want string
	}{
		"width.pdf": {regexp.MustCompile(`(/W \[0 \[[0-9.]+ )[0-9]{3}`).ReplaceAll(sound, []byte("${1}999")), `3\.1\.6 .*[Ww]idth`},
		"label.pdf": {bytes.Replace(sound, []byte("<pdfaid:part>1"), []byte("<pdfaid:part>2"), 1), `^7\.`},
		"title.pdf": {bytes.Replace(sound, []byte(": Maya Lindqvist</rdf:li>"), []byte(": Maya Lindquist</rdf:li>"), 1), `^7\..*Title`},
		"print.pdf": {bytes.Replace(sound, []byte("/F 4"), []byte("/F 0"), 1), `^5\.`},
	}
	for name, b := range broken {
		if bytes.Equal(b.page, sound) {
			t.Fatalf("%s is not broken", name)
		}
		save(name, b.page)
	}
	said := preflight(t, dir, files...)
	for _, name := range files {
		what, ok := said[name]
		switch b, isBroken := broken[name]; {
		case !ok:
			t.Errorf("%s: Preflight says nothing", name)
		case isBroken && !regexp.MustCompile(`(?m)`+b.want).MatchString(strings.Join(what, "\n")):
			t.Errorf("%s: Preflight says %q, want %s", name, what, b.want)
		case !isBroken && len(what) > 0:
			t.Errorf("%s: Preflight says %q", name, what)
		}
	}
}

// What a screen reader says of the page, in its order, as docs/certificate.md prints it. Poppler tells tags and text, the file
// the words for what has none.
func TestCertificateIsReadInOrder(t *testing.T) {
	p, _ := builtin(t)
	dir := t.TempDir()
	pic, err := p.Certificate(t.Context(), paper("Maya Lindqvist"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "c.pdf"), pic.Bytes, 0o600); err != nil {
		t.Fatal(err)
	}
	said := func(key string) (all []string) {
		for _, m := range regexp.MustCompile("/"+key+" <FEFF([0-9A-F]+)>").FindAllSubmatch(pic.Bytes, -1) {
			var units []uint16
			for i := 0; i < len(m[1]); i += 4 {
				n, err := strconv.ParseUint(string(m[1][i:i+4]), 16, 16)
				if err != nil {
					t.Fatal(err)
				}
				units = append(units, uint16(n))
			}
			all = append(all, string(utf16.Decode(units)))
		}
		return all
	}
	figures, links := said("Alt"), said("Contents")
	next := func(all *[]string) string {
		if len(*all) == 0 {
			t.Fatal("a figure or a link says nothing")
		}
		first := (*all)[0]
		*all = (*all)[1:]
		return first
	}
	var got []string
	inLink := false
	for line := range strings.Lines(tool(t, dir, "pdfinfo", "-struct-text", "c.pdf")) {
		word := strings.TrimSpace(line)
		tag, _, _ := strings.Cut(strings.TrimSuffix(word, ":"), " ")
		switch {
		case word == "Document" || strings.HasPrefix(word, "/BBox") || strings.HasPrefix(word, "Object") || word == `""`:
		case tag == "Figure":
			got = append(got, "figure     "+next(&figures))
		case tag == "Link":
			inLink = true
			got[len(got)-1] = "link       " + next(&links) // in a paragraph of its own
		case strings.HasPrefix(word, `"`) && inLink:
			got = append(got, "text       "+strings.Trim(word, `"`))
		case strings.HasPrefix(word, `"`):
			got[len(got)-1] += " " + strings.Trim(word, `"`)
		default:
			name, ok := map[string]string{"P": "paragraph ", "H1": "heading 1 ", "H2": "heading 2 "}[tag]
			if !ok {
				t.Errorf("the tree has %q", word)
			}
			got = append(got, name)
		}
	}
	docs, err := os.ReadFile("../docs/certificate.md")
	if err != nil {
		t.Fatal(err)
	}
	if want := strings.Join(got, "\n"); !strings.Contains(string(docs), "```\n"+want+"\n```\n") {
		t.Errorf("docs/certificate.md does not say what is read:\n%s", want)
	}
	if len(figures)+len(links) > 0 {
		t.Errorf("nothing leads to %q, %q", figures, links)
	}
}

// An expired certificate says so before anything else, and so does one that was never issued.
func TestCertificateSaysItsStateFirst(t *testing.T) {
	p, _ := builtin(t)
	for state, want := range map[render.State]string{render.StateExpired: "EXPIRED 31 JULY 2015 · NOT CURRENT", render.StateSpecimen: "SPECIMEN · NOT AN ISSUED CERTIFICATE"} {
		c := paper("Maya Lindqvist")
		c.State = state
		d, err := p.Layout(c)
		if err != nil {
			t.Fatal(err)
		}
		for _, op := range d.Ops {
			if o, ok := op.(drawing.Text); ok && o.Role != drawing.Artifact {
				if o.Line.Text != want {
					t.Errorf("%s: the page begins with %q", state, o.Line.Text)
				}
				break
			}
		}
	}
}

// In a language from right to left the columns change sides, and what is read first stays first.
func TestCertificateFromRightToLeft(t *testing.T) {
	p, _ := builtin(t)
	places := func(words string) (x []float64) {
		c := paper("Maya Lindqvist")
		c.Words = words
		d, err := p.Layout(c)
		if err != nil {
			t.Fatal(err)
		}
		for _, op := range d.Ops {
			if o, ok := op.(drawing.Text); ok && o.Role == drawing.Paragraph && o.Y > 132 && o.Y < 190 {
				x = append(x, o.X+o.Line.WidthTracked(o.Size, o.Tracking)/2)
				if o.Line.RTL && o.Tracking != 0 {
					t.Errorf("%q is letterspaced", o.Line.Text)
				}
			}
		}
		return x
	}
	from, to := places("en"), places("ar")
	if len(from) != len(to) || len(from) != 10 {
		t.Fatalf("%d and %d lines", len(from), len(to))
	}
	for i := range from {
		if math.Abs(from[i]+to[i]-297) > .01 {
			t.Errorf("line %d stands at %.2f and at %.2f", i, from[i], to[i])
		}
	}
}
