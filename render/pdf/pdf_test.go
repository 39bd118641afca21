package pdf

import (
	"bytes"
	"compress/zlib"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/go-text/typesetting/font/cff"
	"github.com/go-text/typesetting/font/opentype"
	"pgregory.net/rapid"

	"testamur/fonts"
	"testamur/render/drawing"
	"testamur/render/text"
)

func faces(t testing.TB) *text.Fonts {
	t.Helper()
	f, err := text.Load(fonts.Files)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// set writes one line and returns its fonts and the content.
func set(t *testing.T, style text.Style, words string, tracking float64) (*writer, text.Line, string) {
	t.Helper()
	w := &writer{fonts: map[*text.Face]*font{}, structure: &structure{}}
	w.structure.next()
	l := faces(t).Line(style, words, "")
	out, err := w.text(nil, drawing.Text{Line: l, Size: 10, Tracking: tracking, Role: drawing.Name})
	if err != nil {
		t.Fatal(err)
	}
	return w, l, string(out)
}

// The font program reads back by another hand, with the contours and the widths that went in.
func TestProgramReadsBack(t *testing.T) {
	for _, words := range []string{"Ångström Żółć AVATAR Ελένη HLTE 0123456789 &@", "مُحمد", "क्षत्रिय", "Đặng", "漢字山"} {
		w, _, _ := set(t, text.Serif, words, 0)
		for _, f := range w.order {
			var box bbox
			var glyphs [][]byte
			for _, c := range f.codes {
				glyphs = append(glyphs, glyphProgram(c.width, contours(f.face, c.glyphs), &box))
			}
			read, err := cff.Parse(program(nil, "ABCDEF+Test", glyphs, box))
			if err != nil {
				t.Fatalf("%s: %v", words, err)
			}
			for i, c := range f.codes {
				segments, _, err := read.LoadGlyph(uint16(i))
				if err != nil {
					t.Fatalf("%s: glyph %d: %v", words, i, err)
				}
				want := contours(f.face, c.glyphs)
				n, step := 0, 0
				for _, s := range segments {
					if s.Op != opentype.SegmentOpMoveTo && n > 0 && n <= len(want) && step < len(want[n-1].curves) {
						c := want[n-1].curves[step]
						points := []point{c.a, c.b, c.p}
						if c.line {
							points = points[2:]
						}
						for j, p := range points {
							if got := s.Args[j]; math.Hypot(float64(got.X)-p.x, float64(got.Y)-p.y) > 0.75 {
								t.Errorf("%s: glyph %d contour %d step %d is %v, want %v", words, i, n-1, step, s, c)
								break
							}
						}
						step++
					}
					if s.Op == opentype.SegmentOpMoveTo {
						step = 0
						if n < len(want) && math.Hypot(float64(s.Args[0].X)-want[n].start.x, float64(s.Args[0].Y)-want[n].start.y) > 0.75 {
							t.Errorf("%s: glyph %d contour %d starts at %v, want %v", words, i, n, s.Args[0], want[n].start)
						}
						n++
					}
				}
				if n != len(want) {
					t.Errorf("%s: glyph %d has %d contours, want %d", words, i, n, len(want))
				}
			}
		}
	}
}

var shown = regexp.MustCompile(`<([0-9A-F]+)>|(-?[0-9.]+)`)

// read plays a reader: the characters that the codes say, in the order of the page, and where the pen ends, in em.
func read(w *writer, content string) (said string, pen float64) {
	var f *font
	for _, line := range strings.Split(content, "\n") {
		for _, known := range w.order {
			if strings.Contains(line, "/"+known.resource+" ") {
				f = known
			}
		}
		from := strings.Index(line, "[")
		if from < 0 {
			continue
		}
		for _, m := range shown.FindAllStringSubmatch(line[from:], -1) {
			if m[2] != "" {
				k, _ := strconv.ParseFloat(m[2], 64)
				pen -= k / 1000
			}
			for i := 0; i < len(m[1]); i += 4 {
				n, _ := strconv.ParseUint(m[1][i:i+4], 16, 16)
				said += f.codes[n].joiners + string(f.codes[n].char)
				pen += f.codes[n].width / 1000
			}
		}
	}
	return said, pen
}

// Codes alone say the text, .notdef is never shown, and the pen ends where the shaper's does, kerning and all.
func TestCodesSayTheText(t *testing.T) {
	for _, words := range []string{"Maya Lindqvist", "AVATAR To. Wa, office ffi", "Ångström (1)", "Φίλιππος", "Щербаков"} {
		for _, tracking := range []float64{0, 1.25} {
			w, l, content := set(t, text.Serif, words, tracking)
			if strings.Contains(content, "<0000") {
				t.Errorf("%q shows .notdef", words)
			}
			said, pen := read(w, content)
			if said != words {
				t.Errorf("%q says %q", words, said)
			}
			if want := l.WidthTracked(10, tracking) / 10; math.Abs(pen-want) > 0.02 {
				t.Errorf("%q: the pen ends at %.3f em, want %.3f", words, pen, want)
			}
		}
	}
}

func TestMissingGlyphIsRefused(t *testing.T) {
	d := drawing.New(100, 50)
	d.Text(drawing.Text{Line: faces(t).Line(text.Serif, "\uE000", ""), Size: 10, Role: drawing.Name}, drawing.Left)
	if _, err := New(d); err == nil {
		t.Error("a page with a letter that no face has")
	}
}

// Numbers read back to a thousandth and are never written with an exponent.
func TestNumber(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.Float64Range(-1e6, 1e6).Draw(t, "v")
		s := string(number(nil, v))
		got, err := strconv.ParseFloat(s, 64)
		if err != nil || math.Abs(got-v) > 0.00051 || strings.ContainsAny(s, "eE") || strings.HasSuffix(s, ".") {
			t.Fatalf("%v is written %q", v, s)
		}
	})
	for v, want := range map[float64]string{0: "0", -0.0001: "-0", 0.5: "0.5", -1.25: "-1.25", 100: "100", 0.001: "0.001"} {
		if got := string(number(nil, v)); got != want && !(want == "-0" && got == "0") {
			t.Errorf("%v is written %q, want %q", v, got, want)
		}
	}
}

// whole returns a page without gaps.
func whole(t testing.TB, d *drawing.Drawing, m Meta) []byte {
	t.Helper()
	template, err := New(d)
	if err != nil {
		t.Fatal(err)
	}
	page, err := template.Page(m)
	if err != nil {
		t.Fatal(err)
	}
	return page
}

// A stamp is written once and named in each place; matrices have no exponents, which PDF does not know.
func TestStampIsWrittenOnce(t *testing.T) {
	star := drawing.New(10, 10)
	star.Fill(drawing.Circle(5, 5, 4), 0xFF0000)
	d := drawing.New(100, 100)
	d.Stamp(star, drawing.Translate(1, 1), drawing.Rotate(90), drawing.Rotate(1e-9))
	d.Stamp(star, drawing.Translate(50, 50), drawing.Translate(60, 50))
	d.Part(drawing.Part{Role: drawing.Link, X: 1, Y: 1, W: 5, H: 5, URL: "https://example.org/a(b)c"}, func() {})
	page := whole(t, d, Meta{Title: "A (title) 🎓 \\", Lang: "en"})
	if n := bytes.Count(page, []byte("/Subtype /Form")); n != 1 {
		t.Errorf("%d forms", n)
	}
	content := ""
	for _, m := range regexp.MustCompile(`(?s)<<[^\n]*/Filter /FlateDecode /Length \d+>>\nstream\n(.*?)\nendstream`).FindAllSubmatch(page, -1) {
		z, err := zlib.NewReader(bytes.NewReader(m[1]))
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		content += string(data)
	}
	if n := strings.Count(content, "/X0 Do"); n != 5 {
		t.Errorf("%d places", n)
	}
	if regexp.MustCompile(`[0-9][eE][-+]?[0-9]`).MatchString(content) {
		t.Error("a number with an exponent")
	}
}

// A copy uses the fonts of the template for letters that the samples have and brings its own for others; a template is not
// changed by its copies, and links stay where they are.
func TestTemplate(t *testing.T) {
	f := faces(t)
	line := func(words string, role drawing.Role) drawing.Text {
		return drawing.Text{Line: f.Line(text.Serif, words, ""), Size: 5, X: 10, Y: 20, Role: role}
	}
	piece := func(words, url string, x float64) *drawing.Drawing {
		d := drawing.New(100, 50)
		d.Text(line(words, drawing.Paragraph), drawing.Left)
		d.Part(drawing.Part{Role: drawing.Link, URL: url, Says: "leads there", X: x, W: 5, H: 5}, func() {})
		return d
	}
	page := drawing.New(100, 50)
	page.Text(line("fixed", drawing.Title), drawing.Left)
	page.Ops = append(page.Ops, drawing.Gap{})
	page.Part(drawing.Part{Role: drawing.Link, URL: "https://example.org/fixed"}, func() {})
	template, err := New(page, []*drawing.Drawing{piece("0123456789", "https://example.org/sample", 1)})
	if err != nil {
		t.Fatal(err)
	}
	copied := func(words, url string) []byte {
		file, err := template.Page(Meta{Lang: "en"}, piece(words, url, 1))
		if err != nil {
			t.Fatal(err)
		}
		return file
	}
	one := copied("2015", "https://example.org/(1)")
	for words, fonts := range map[string]int{"2015": 1, "2016 fixed": 2, "Maya": 2, "0 1": 2} {
		if n := bytes.Count(copied(words, "https://example.org/x"), []byte("/Subtype /Type0")); n != fonts {
			t.Errorf("%q: %d fonts, want %d", words, n, fonts)
		}
	}
	if !bytes.Equal(one, copied("2015", "https://example.org/(1)")) {
		t.Error("the same copy is other bytes")
	}
	for what, n := range map[string]int{`(https://example.org/\(1\))`: 1, "(https://example.org/fixed)": 1, "/sample)": 0, "/Type /OBJR": 2} {
		if got := bytes.Count(one, []byte(what)); got != n {
			t.Errorf("%d of %s, want %d", got, what, n)
		}
	}
	var open, noLink drawing.Drawing
	open.Ops = []drawing.Op{drawing.Part{Role: drawing.Paragraph}, drawing.Gap{}, drawing.PartEnd{}}
	if _, err := New(&open); err == nil {
		t.Error("a template with a gap in a part")
	}
	for what, fill := range map[string][]*drawing.Drawing{
		"no piece": nil, "two pieces": {piece("1", "", 1), piece("1", "", 1)}, "a link elsewhere": {piece("1", "", 2)}, "no link": {&noLink},
		"a gap in a gap": {{Ops: []drawing.Op{drawing.Gap{}}}},
	} {
		if _, err := template.Page(Meta{}, fill...); err == nil {
			t.Errorf("%s: a page", what)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(whole(f, drawing.New(10, 10), Meta{}))
	f.Add([]byte("startxref\n5\nxref\n0 2\n0000000000 65535 f \n0000000009 00000 n \n"))
	f.Add([]byte("startxref\n-1\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		if d, err := parse(file); err == nil && d == nil {
			t.Fatal("neither document nor error")
		}
	})
}
