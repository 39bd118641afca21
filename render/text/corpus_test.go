package text

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
)

// bearer is a line of names.txt.
type bearer struct{ script, lang, name string }

// corpus reads the names of render/testdata/names.txt.
func corpus(t testing.TB) []bearer {
	t.Helper()
	data, err := os.ReadFile("../testdata/names.txt")
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

// Every name is taken as it is written, composed or not, and every style has its letters; the names are many, and stand in
// every script that has faces.
func TestCorpus(t *testing.T) {
	f := load(t)
	names := corpus(t)
	seen := map[string]bool{}
	for _, b := range names {
		if seen[b.script+b.lang+b.name] {
			t.Errorf("%q stands twice", b.name)
		}
		seen[b.script+b.lang+b.name], seen[b.script] = true, true
		composed := norm.NFC.String(b.name)
		for _, given := range []string{b.name, norm.NFD.String(b.name)} {
			if got, err := f.CleanName(given); err != nil || got != composed {
				t.Errorf("%q: %q, %v", given, got, err)
			}
		}
		for style := range styles {
			l := f.Line(Style(style), b.name, b.lang)
			if len(l.Missing) > 0 {
				t.Errorf("style %d: %q lacks %q", style, b.name, l.Missing)
			}
			if slices.ContainsFunc(l.Glyphs, func(g Glyph) bool { return g.ID == 0 }) {
				t.Errorf("style %d: %q has an empty box", style, b.name)
			}
			checkLine(t, l)
		}
	}
	if len(names) < 400 {
		t.Errorf("%d names", len(names))
	}
	for _, script := range strings.Fields("Latin Greek Cyrillic Armenian Georgian Hebrew Arabic Devanagari Bengali Gurmukhi Gujarati Tamil Telugu Kannada Malayalam Sinhala Thai Lao Khmer Myanmar Ethiopic Han Kana Hangul Mixed") {
		if !seen[script] {
			t.Errorf("no name in %s", script)
		}
	}
}

// A name in Latin does not cost the parsing of other faces.
func TestLatinParsesLatin(t *testing.T) {
	f := loadAnew(t)
	for _, name := range []string{"Maya Lindqvist", "José Núñez O’Brien-Smith, Jr.", "Łukasz Żółć 3"} {
		if _, err := f.CleanName(name); err != nil {
			t.Error(err)
		}
		f.FitName(Serif, name, "pl", sheet)
	}
	parsed := map[string]bool{}
	for _, o := range f.styles {
		for _, face := range o.other {
			if face.font != nil {
				parsed[face.name] = true
			}
		}
	}
	for name := range parsed {
		if !strings.HasPrefix(name, "Inter-") && !strings.HasPrefix(name, "SourceSerif4-") {
			t.Errorf("%s is parsed", name)
		}
	}
	f.Line(Serif, "王小明", "")
	for _, o := range f.styles {
		for _, face := range o.other {
			if face.font != nil && !parsed[face.name] && face.name != "NotoSerif-SemiBold" && face.name != "NotoSerifCJK-Bold" {
				t.Errorf("a Chinese name parses %s", face.name)
			}
		}
	}
}

// Letters of other scripts reach about to the top of small Latin letters or over it, and hardly over its capitals.
func TestCompanionsAreEven(t *testing.T) {
	f := load(t)
	top := func(style Style, s string) float64 {
		_, _, _, y1 := f.Line(style, s, "").Bounds()
		return y1
	}
	for _, style := range []Style{Strong, Heavy, Body, Serif, Italic} {
		small, capital := top(style, "x"), top(style, "H")
		for _, letter := range strings.Split("א ն ა በ क ক ਕ ક ப ర ರ ര න น ນ ក 国 あ ア 한", " ") {
			if h := top(style, letter); h < 0.93*small || h > 1.13*capital {
				t.Errorf("style %d: %s is %.3f em high, x %.3f, H %.3f", style, letter, h, small, capital)
			}
		}
	}
}

// The same character has the form of each language; without a language the name's other letters tell, else simplified Chinese.
// Of 骨, which all know, Korea and Japan have one form; of 曜 each has its own.
func TestHanVariants(t *testing.T) {
	f := load(t)
	form := func(style Style, s, lang string) string {
		l := f.Line(style, s, lang)
		g := l.Glyphs[len(l.Glyphs)-1]
		var out strings.Builder
		g.Face.Glyph(g.ID, func(s Segment) { fmt.Fprint(&out, s) })
		return out.String()
	}
	for _, style := range []Style{Strong, Serif} {
		for han, want := range map[string]int{"骨": 3, "曜": 4, "王": 1} {
			forms := map[string]bool{}
			for _, lang := range []string{"ja", "zh-Hans", "zh-Hant", "ko"} {
				forms[form(style, han, lang)] = true
			}
			if len(forms) != want {
				t.Errorf("style %d: %s has %d forms, want %d", style, han, len(forms), want)
			}
		}
		for _, c := range []struct{ name, lang, want string }{
			{"さくら曜", "", "ja"}, {"カ 曜", "en", "ja"}, {"佐々木曜", "", "ja"}, {"김 曜", "", "ko"}, {"ㄅ曜", "", "zh-Hant"},
			{"王曜", "", "zh-Hans"}, {"John 曜", "en", "zh-Hans"}, {"John 曜", "ja", "ja"}, {"の曜", "zh-Hant", "zh-Hant"},
			{"曜", "zh", "zh-Hans"}, {"曜", "zh-TW", "zh-Hant"}, {"曜", "ja-JP", "ja"}, {"曜", "zh-CN", "zh-Hans"}, {"曜", "zh-SG", "zh-Hans"},
			{"曜", "ZH_hant_TW", "zh-Hant"}, {"曜", "ko-KR", "ko"},
		} {
			if form(style, c.name, c.lang) != form(style, "曜", c.want) {
				t.Errorf("style %d: %q in %q has not the form of %s", style, c.name, c.lang, c.want)
			}
		}
	}
	// the second line of a name has the language of the whole
	b := f.FitName(Strong, strings.Repeat("さ", 19)+" "+strings.Repeat("曜", 19), "", plate)
	if len(b.Lines) != 2 || b.Lines[1].Glyphs[0].ID != f.Line(Strong, "曜", "ja").Glyphs[0].ID {
		t.Errorf("%q: the second line is not Japanese", linesOf(b))
	}
}
