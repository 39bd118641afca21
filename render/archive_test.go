package render_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"testamur/render"
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
