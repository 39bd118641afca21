package text

import (
	"flag"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"testamur/fonts"
)

var update = flag.Bool("update", false, "write the golden files")

// load returns a set that tests share, so that each file is parsed once.
func load(t testing.TB) *Fonts {
	t.Helper()
	f, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

var shared = sync.OnceValues(func() (*Fonts, error) { return Load(fonts.Files) })

// loadAnew returns a set of which nothing is parsed.
func loadAnew(t testing.TB) *Fonts {
	t.Helper()
	f, err := Load(fonts.Files)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestLoadNamesEveryBadFile(t *testing.T) {
	files := fstest.MapFS{}
	f := load(t)
	for _, faces := range f.styles {
		for _, face := range faces.other {
			files[face.name+".ttf"] = &fstest.MapFile{Data: []byte("\x00\x01\x00\x00")}
		}
	}
	delete(files, "Inter-Bold.ttf")
	files["Jost-Bold.ttf"] = &fstest.MapFile{Data: []byte("<html>")}
	files["NotoSans-SemiBold.ttf"] = &fstest.MapFile{}
	_, err := Load(files)
	if err == nil {
		t.Fatal("a folder with bad files loads")
	}
	for _, want := range []string{"Inter-Bold.ttf", "Jost-Bold.ttf", "NotoSans-SemiBold.ttf"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not name %s: %v", want, err)
		}
	}
	if strings.Contains(err.Error(), "Inter-SemiBold") {
		t.Errorf("the error names a good file: %v", err)
	}
}

// A file that only begins like a font has no characters; nothing panics.
func TestBrokenFace(t *testing.T) {
	files := fstest.MapFS{}
	for _, faces := range load(t).styles {
		for _, face := range faces.other {
			files[face.name+".ttf"] = &fstest.MapFile{Data: []byte("\x00\x01\x00\x00")}
		}
	}
	f, err := Load(files)
	if err != nil {
		t.Fatal(err)
	}
	l := f.Line(Strong, "Ada", "")
	if string(l.Missing) != "Ad"+"a" || l.Width != 0 {
		t.Errorf("got missing %q, width %v", l.Missing, l.Width)
	}
	face := f.styles[Strong].other[0]
	if m := face.Metrics(); m != (Metrics{}) || face.Advance(1) != 0 {
		t.Errorf("metrics %+v", m)
	}
	face.Glyph(1, func(Segment) { t.Error("a broken face draws") })
	if _, err := f.CleanName("Ada"); err == nil {
		t.Error("a name is taken without fonts")
	}
	f.FitName(Strong, "Ada", "", Box{528, 41, 27, 27, 31, .8})
}

func TestFaces(t *testing.T) {
	f := load(t)
	for style, faces := range f.styles {
		for _, face := range faces.other {
			if face.parse() == nil {
				t.Errorf("%s cannot be parsed", face.name)
				continue
			}
			space, ok := face.glyphOf(' ')
			if !ok || face.Advance(space) <= 0 {
				t.Errorf("%s has no space", face.name)
			}
			m := face.Metrics()
			if m.Ascent <= 0.5 || m.Descent >= 0 || face == faces.other[0] && (m.CapHeight < 0.6 || m.CapHeight > 0.8) {
				t.Errorf("style %d: %s has metrics %+v", style, face.name, m)
			}
			if strings.ContainsAny(face.Name(), " ()[]{}<>/%.") {
				t.Errorf("%q is no PostScript name", face.Name())
			}
		}
	}
}

// HarfBuzz's own hb-shape gives 7872 and, without kerning, 8465 units.
func TestKerning(t *testing.T) {
	l := load(t).Line(Serif, "AVATAR To. Yves", "en")
	sum := 0.0
	for _, g := range l.Glyphs {
		sum += g.Face.Advance(g.ID)
	}
	if !near(l.Width, 7.872) || !near(sum, 8.465) {
		t.Errorf("width %.4f of %.4f em, want 7.872 of 8.465", l.Width, sum)
	}
}

func near(a, b float64) bool { return math.Abs(a-b) < 5e-4 }

func TestComposedAndDecomposedAreTheSame(t *testing.T) {
	f := load(t)
	names := []string{"Zoë Nguyễn Thị Ánh", "Ἀλέξανδρος", "Йосиф Їжак", "क़ायम", "שָׂרָה", "أحمد", "น้ำ"}
	for _, b := range corpus(t) {
		names = append(names, b.name)
	}
	for _, s := range names {
		for _, style := range []Style{Title, Strong, Serif} {
			composed, decomposed := f.Line(style, norm.NFC.String(s), ""), f.Line(style, norm.NFD.String(s), "")
			if !reflect.DeepEqual(composed, decomposed) {
				t.Errorf("style %d: %q differs from its decomposed form", style, s)
			}
		}
	}
}

// clustersOf returns the text of each cluster in visual order.
func clustersOf(l Line) []string {
	var out []string
	for _, g := range l.Glyphs {
		if g.First {
			out = append(out, string(l.Runes[g.Cluster:g.Cluster+g.Len]))
		}
	}
	return out
}

func TestClusters(t *testing.T) {
	f := load(t)
	for _, c := range []struct {
		in, want string
		rtl      bool
	}{
		{"Ada", "A|d|a", false},
		{"Zoe\u0308", "Z|o|ë", false},
		{"m\u0300a", "m\u0300|a", false},
		{"שרה כ", "כ| |ה|ר|ש", true},
		{"محمد", "د|م|ح|م", true},
		{"عَلِي", "ي|لِ|عَ", true},
		{"الله", "ه|ل|ل|ا", true},
		{"لا", "لا", true},
		{"क्षेत्र", "क्षे|त्र", false},
		{"हिन्दी", "हि|न्|दी", false},
		{"น้ำ", "น้ำ", false},
		{"Cohen שרה (2014)", "C|o|h|e|n| |)|2|0|1|4|(| |ה|ר|ש", false}, // brackets are mirrored when drawn
		{"אב (גד)", ")|ד|ג|(| |ב|א", true},
	} {
		l := f.Line(Strong, c.in, "")
		got := strings.Join(clustersOf(l), "|")
		if got != c.want || l.RTL != c.rtl {
			t.Errorf("%q: clusters %q rtl %v, want %q %v", c.in, got, l.RTL, c.want, c.rtl)
		}
		if len(l.Missing) > 0 {
			t.Errorf("%q lacks %q", c.in, l.Missing)
		}
	}
}

func TestArabicJoins(t *testing.T) {
	f := load(t)
	joined, apart := f.Line(Strong, "بب", ""), f.Line(Strong, "ب ب", "")
	if len(joined.Glyphs) < 2 || joined.Glyphs[0].ID == apart.Glyphs[0].ID || joined.Width >= apart.Width {
		t.Error("two letters of a word keep their lone form")
	}
	if with, without := f.Line(Strong, "می\u200Cخواهم", "fa"), f.Line(Strong, "میخواهم", "fa"); with.Width == without.Width {
		t.Error("ZWNJ changes nothing")
	}
}

func TestDevanagariReorders(t *testing.T) {
	f := load(t)
	l, sign := f.Line(Strong, "कि", ""), f.Line(Strong, "ि", "")
	if len(l.Glyphs) != 2 || l.Glyphs[0].Cluster != 0 || l.Glyphs[0].Len != 2 {
		t.Fatalf("glyphs %+v", l.Glyphs)
	}
	letter, _ := l.Glyphs[0].Face.glyphOf('क')
	if l.Glyphs[1].ID != letter || l.Glyphs[0].ID == letter || len(sign.Glyphs) == 0 {
		t.Error("the sign i does not stand before its letter")
	}
}

func TestFallback(t *testing.T) {
	f := load(t)
	for _, c := range []struct {
		style Style
		in    string
		want  string // faces of the glyphs in visual order, repeats left out
	}{
		{Strong, "Ada", "Inter-SemiBold"},
		{Serif, "Ada Ольга Αλέ", "SourceSerif4-SemiBold"},
		{Title, "Ada Αλέ", "Jost-Bold Inter-Bold"},
		{Brand, "NGUYỄN 2", "Inter-SemiBold Jost-SemiBold"}, // one rare letter takes the whole word with it
		{Serif, "Ἀριστοτέλης Παπᾶς", "NotoSerif-SemiBold"},
		{Serif, "Ada Ἀρίστη", "SourceSerif4-SemiBold NotoSerif-SemiBold"},
		{Serif, "Ẹ̀kọ́", "NotoSerif-SemiBold"},    // Source Serif sets the accents after the letters
		{Serif, "Adébáyọ̀", "NotoSerif-SemiBold"}, // and this one to the edge of its letter
		{Strong, "Ẹ̀kọ́", "Inter-SemiBold"},
		{Strong, "Бы́ков", "NotoSans-SemiBold"}, // and so does Inter in Cyrillic
		{Title, "M̃", "Inter-Bold"},             // Jost has the tilde, and no place for it
		{Body, "أحمد", "NotoSansArabic-Regular"},
		{Heavy, "שרה", "NotoSansHebrew-SemiBold"},
		{Serif, "राम लाल", "NotoSerifDevanagari-Bold"}, // the space stays with the letters
		{Italic, "สมชาย ใจดี", "NotoSansThai-Regular"},
		{Serif, "כהן-לוי", "NotoSerifHebrew-Bold"}, // and so does the hyphen
		{Serif, "Ada שרה Cohen", "SourceSerif4-SemiBold NotoSerifHebrew-Bold SourceSerif4-SemiBold"},
		{Serif, "محمد", "NotoNaskhArabic-Bold"},
		{Serif, "王小明 Smith", "NotoSerifCJK-Bold SourceSerif4-SemiBold"},
		{Body, "山田 タロウ, 민지", "NotoSansCJK-Bold Inter-Regular NotoSansCJK-Bold"},                  // no lighter one
		{Strong, "ද සිල්වා", "NotoSansSinhala-SemiBold Inter-SemiBold NotoSansSinhala-SemiBold"}, // its space is too wide
		{Strong, "Արամ ნინო", "NotoSansArmenian-Bold NotoSansGeorgian-SemiBold"},
		{Strong, "ဒေါ်ခင်", "NotoSansMyanmar-Bold"},
		{Mono, "7K3M-9QXT-4P24", "IBMPlexMono-Medium"},
		{Script, "Ada", "GreatVibes-Regular"},
		{Style(99), "Ada", "Inter-Regular"},
	} {
		var got []string
		for _, g := range f.Line(c.style, c.in, "").Glyphs {
			got = append(got, g.Face.Name())
		}
		if got := strings.Join(slices.Compact(got), " "); got != c.want {
			t.Errorf("style %d %q: faces %s, want %s", c.style, c.in, got, c.want)
		}
	}
}

// A letter and its marks come from one face, though another one may have the letter alone.
func TestMarksStayWithTheirLetter(t *testing.T) {
	f := load(t)
	const mark = '\u1DC4' // macron-acute: Jost has the letter only, Noto Sans has both
	if jost := f.styles[Title].other[0]; hasRune(jost, mark) || !hasRune(jost, 'a') {
		t.Fatal("pick another mark: this one proves nothing")
	}
	l := f.Line(Title, "a"+string(mark), "")
	if len(l.Missing) > 0 || len(l.Glyphs) != 2 || l.Glyphs[0].Face != l.Glyphs[1].Face {
		t.Errorf("missing %q, glyphs %+v", l.Missing, l.Glyphs)
	}
}

func hasRune(f *Face, r rune) bool {
	_, ok := f.glyphOf(r)
	return ok
}

func TestMissing(t *testing.T) {
	f := load(t)
	for in, want := range map[string]string{
		"Ada":         "",
		"Ana 🎓 ᏣᎳ":    "🎓ᏣᎳ",
		"བོད་པོད":     "བོད་པ",
		"a\xffb":      "", // U+FFFD has a glyph of its own
		"王 אב 한 Ꮳ":    "Ꮳ",
		"𪚥":           "𪚥",
		"می\u200Cخوا": "",
	} {
		if got := string(f.Line(Strong, in, "").Missing); got != want {
			t.Errorf("%q: missing %q, want %q", in, got, want)
		}
		if f.Covers(Strong, in) != (want == "") {
			t.Errorf("%q: Covers is wrong", in)
		}
	}
}

func TestLanguageChoosesLetters(t *testing.T) {
	f := load(t)
	russian, serbian := f.Line(Italic, "бгдпт", "ru"), f.Line(Italic, "бгдпт", "sr")
	if russian.Glyphs[0].ID == serbian.Glyphs[0].ID {
		t.Error("Serbian italics are those of Russian")
	}
}

func TestEmptyLine(t *testing.T) {
	l := load(t).Line(Strong, "", "")
	x0, y0, x1, y1 := l.Bounds()
	if l.Width != 0 || len(l.Glyphs) != 0 || x0 != 0 || y0 != 0 || x1 != 0 || y1 != 0 || l.WidthTracked(10, 5) != 0 {
		t.Errorf("an empty line has %+v", l)
	}
}

func TestWidthTracked(t *testing.T) {
	l := load(t).Line(Strong, "Zoë", "")
	if got, want := l.WidthTracked(20, 3), l.Width*20+2*3; !near(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// No width of a name changes unseen.
func TestWidths(t *testing.T) {
	f := load(t)
	var b strings.Builder
	names := corpus(t)
	for _, name := range realNames {
		names = append(names, bearer{name: name})
	}
	for _, one := range names {
		name := one.name
		fmt.Fprintf(&b, "%s\t%s\t", one.lang, name)
		for _, style := range []Style{Title, Body, Strong, Heavy, Serif, Italic} {
			l := f.Line(style, name, one.lang)
			if len(l.Missing) > 0 {
				t.Errorf("style %d: %q lacks %q", style, name, l.Missing)
			}
			fmt.Fprintf(&b, " %.3f", l.Width)
		}
		b.WriteString("\n")
	}
	golden := filepath.Join("testdata", "widths.golden")
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Split(b.String(), "\n")
	for i, line := range strings.Split(string(want), "\n") {
		if i >= len(got) || got[i] != line {
			t.Errorf("line %d: want %s", i+1, line)
		}
	}
}

var realNames = []string{
	"Ada Lovelace", "AVATAR To. Yves", "Zoë Ångström-Ørsted", "Łukasz Żółć", "Dvořák Ďáblice", "Gülşen İpek Ağaoğlu",
	"Nguyễn Thị Ánh Tuyết", "Þórður Æðarson", "O’Brien & Söhne", "Jean-Luc d'Été", "José María Núñez", "Ħamrun Ġorġ",
	"Ọlátúnjí Ẹ̀kọ́", "Nnamdị Ụ̀zọ̀", "Lạn Ôn-sek o͘", "Būs̱haḥrī Ṣāliḥ",
	"Αλέξανδρος Παπαδόπουλος", "Ἀριστοτέλης", "Ольга Щербакова", "Їжакевич Ґалаґан", "Ђорђе Ћосић", "Әлия Қуанышқызы",
	"محمد عبد الله الخوارزمي", "مُحَمَّدٌ بْنُ عَلِيٍّ", "علی\u200Cرضا پهلوانی", "فاطمہ ڈوگر", "שרה כהן-לוי", "שָׂרָה בַּת־שֶׁבַע",
	"राजेश्वरी लक्ष्मी", "क्षेत्रपाल त्रिवेदी", "डॉ. श्रीमती ऋतु", "สมชาย น้ำใจดี", "เกริกเกียรติ",
	"Ahmed أحمد 123 علي Cohen", "Sarah שרה Cohen (2014)",
}

// letters draws text of the scripts that the set covers, marks and joiners among it: what the names of the corpus are
// written with.
func letters(t testing.TB) *rapid.Generator[string] {
	of := map[string][]rune{}
	for _, b := range corpus(t) {
		for _, r := range norm.NFC.String(b.name) + norm.NFD.String(b.name) {
			if !slices.Contains(of[b.script], r) {
				of[b.script] = append(of[b.script], r)
			}
		}
	}
	alphabets := [][]rune{[]rune("\u0301\u0308\u0323\u0302\u0331"), []rune("0123456789٠١٢۴५๖"), []rune("    --.,'’()&/·・")}
	for _, script := range slices.Sorted(maps.Keys(of)) {
		alphabets = append(alphabets, of[script])
	}
	return rapid.Custom(func(t *rapid.T) string {
		var b strings.Builder
		for range rapid.IntRange(1, 6).Draw(t, "words") {
			alphabet := rapid.SampledFrom(alphabets).Draw(t, "alphabet")
			b.WriteString(rapid.StringOfN(rapid.SampledFrom(alphabet), 0, 24, -1).Draw(t, "letters"))
			if rapid.Bool().Draw(t, "space") {
				b.WriteByte(' ')
			}
		}
		return b.String()
	})
}

// checkLine is what holds of every line.
func checkLine(t interface {
	Helper()
	Fatalf(string, ...any)
}, l Line) {
	t.Helper()
	if l.Text != string(l.Runes) || !norm.NFC.IsNormalString(l.Text) {
		t.Fatalf("%q: Text and Runes differ, or are not NFC", l.Text)
	}
	if l.Width < 0 || math.IsNaN(l.Width) || math.IsInf(l.Width, 0) {
		t.Fatalf("%q: width %v", l.Text, l.Width)
	}
	owner := make([]int, len(l.Runes))
	pen, cluster := 0.0, -1
	for _, g := range l.Glyphs {
		if g.Face == nil || g.Cluster < 0 || g.Len < 1 || g.Cluster+g.Len > len(l.Runes) {
			t.Fatalf("%q: glyph %+v", l.Text, g)
		}
		if math.Abs(g.Pen-pen) > 1e-9 {
			t.Fatalf("%q: pen at %v, want %v", l.Text, g.Pen, pen)
		}
		pen += g.Advance
		if g.ID == 0 && !slices.ContainsFunc(l.Runes[g.Cluster:g.Cluster+g.Len], func(r rune) bool { return slices.Contains(l.Missing, r) }) {
			t.Fatalf("%q: an empty box for %q is not in Missing", l.Text, string(l.Runes[g.Cluster:g.Cluster+g.Len]))
		}
		if g.First != (g.Cluster != cluster) {
			t.Fatalf("%q: First is wrong at %+v", l.Text, g)
		}
		cluster = g.Cluster
		if g.First {
			for i := g.Cluster; i < g.Cluster+g.Len; i++ {
				owner[i]++
			}
		}
	}
	for i, n := range owner {
		if n != 1 {
			t.Fatalf("%q: rune %d is in %d clusters", l.Text, i, n)
		}
	}
	if math.Abs(pen-l.Width) > 1e-9 {
		t.Fatalf("%q: width %v, pen ends at %v", l.Text, l.Width, pen)
	}
	x0, y0, x1, y1 := l.Bounds()
	l.Outline(func(s Segment) {
		for _, p := range s.P[:s.Kind.Points()] {
			if p[0] < x0-1e-9 || p[0] > x1+1e-9 || p[1] < y0-1e-9 || p[1] > y1+1e-9 {
				t.Fatalf("%q: ink at %v outside %v %v %v %v", l.Text, p, x0, y0, x1, y1)
			}
		}
	})
}

func TestLines(t *testing.T) {
	f := load(t)
	text := letters(t)
	rapid.Check(t, func(t *rapid.T) {
		s := text.Draw(t, "text")
		style := Style(rapid.IntRange(0, int(Script)).Draw(t, "style"))
		l := f.Line(style, s, rapid.SampledFrom([]string{"", "en", "sr", "fa", "ja", "zh-Hant", "x-?"}).Draw(t, "lang"))
		checkLine(t, l)
		if again := f.Line(style, l.Text, ""); again.Text != l.Text {
			t.Fatalf("%q shaped again is %q", l.Text, again.Text)
		}
		// no cluster of writing is cut by a change of face
		at := make([]*Face, len(l.Runes))
		for _, g := range l.Glyphs {
			for i := g.Cluster; i < g.Cluster+g.Len; i++ {
				at[i] = g.Face
			}
		}
		f.clusters(l.Runes, func(from, to int) {
			for i := from; i < to; i++ {
				if at[i] != at[from] {
					t.Fatalf("%q: %q is set in two faces", l.Text, string(l.Runes[from:to]))
				}
			}
		})
	})
}

func FuzzLine(f *testing.F) {
	for i, name := range realNames {
		f.Add(name, i)
	}
	for _, s := range []string{"", "\x00\xff\xfe", "\u202Eevil", "a\u0301\u0301\u0301\u0301\u0301\u0301", "👩‍🎓", "\r\n\u2028", "\u0605\uFFFF", "ि\u200Dि", strings.Repeat("\u0300", 64)} {
		f.Add(s, int(Strong))
	}
	set := load(f)
	f.Fuzz(func(t *testing.T, s string, style int) {
		checkLine(t, set.Line(Style(style), s, "en"))
	})
}

// Names of every script drawn by many at once come out as alone, from a set of which nothing is parsed yet.
func TestManyAtOnce(t *testing.T) {
	names := corpus(t)
	one, f := load(t), loadAnew(t)
	want := make([]Block, len(names))
	for i, b := range names {
		want[i] = one.FitName(Strong, b.name, b.lang, plate)
	}
	var wait sync.WaitGroup
	for n := range 32 {
		wait.Go(func() {
			for i := n; i < len(names); i += 8 { // each name four times
				b := names[i]
				got := f.FitName(Strong, b.name, b.lang, plate)
				ink := 0
				for _, l := range got.Lines {
					l.Outline(func(Segment) { ink++ })
				}
				if got.Size != want[i].Size || got.Lines[0].Width != want[i].Lines[0].Width || ink == 0 {
					t.Errorf("%q differs among many", b.name)
				}
				if i%4 == 0 {
					if _, err := f.CleanName(b.name); err != nil {
						t.Errorf("%q: %v", b.name, err)
					}
				}
			}
		})
	}
	wait.Wait()
}

func BenchmarkLine(b *testing.B) {
	f := load(b)
	for _, c := range []struct{ script, name string }{
		{"Latin", "Alexandra Montgomery"}, {"Vietnamese", "Nguyễn Thị Ánh Tuyết"}, {"Arabic", "محمد عبد الله الخوارزمي"}, {"Devanagari", "राजेश्वरी लक्ष्मी"}, {"Chinese", "爱新觉罗·溥仪"}, {"Thai", "เกริกเกียรติ"},
	} {
		b.Run(c.script, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				f.Line(Strong, c.name, "")
			}
		})
	}
}
