package text

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"
)

func TestCleanName(t *testing.T) {
	f := load(t)
	for _, c := range []struct{ in, want string }{
		{"Ada Lovelace", "Ada Lovelace"},
		{"  Ada \u00A0\u3000 Lovelace\u2009 ", "Ada Lovelace"}, // runs of spaces, of any kind
		{"Zoe\u0308", "Zoë"},
		{"A", "A"},
		{"<b>Ada</b> & \"Sons\" 'n’ “Co”", "<b>Ada</b> & \"Sons\" 'n’ “Co”"},
		{"O'Brien-Smith, Jr. (3)", "O'Brien-Smith, Jr. (3)"},
		{"{{.Name}} %s \\n", "{{.Name}} %s \\n"},
		{strings.Repeat("a", 100), strings.Repeat("a", 100)},
		{strings.Repeat("e\u0301", 100), strings.Repeat("é", 100)},
		{strings.Repeat("ẵ", 100), strings.Repeat("ẵ", 100)},
		{strings.Repeat("ก", 100), strings.Repeat("ก", 100)},
		{"q\u0301\u0302\u0303\u0304", "q\u0301\u0302\u0303\u0304"},
		{"علی\u200Cرضا", "علی\u200Cرضا"}, // the joiner shows
		{"क्\u200Dष क्\u200Cष", "क्\u200Dष क्\u200Cष"},
		{"Иван Petrov", "Иван Petrov"}, // each word in one alphabet
		{"J. Иванов", "J. Иванов"},
		{"A.Иванов", "A.Иванов"},
		{"Анна-Maria", "Анна-Maria"},
		{"Сосо", "Сосо"}, // a name of one script may look like another's
		{"Sarah(שרה)/Anna+Анна", "Sarah(שרה)/Anna+Анна"},
		{"田中Anna", "田中Anna"}, // Chinese, Japanese and Korean with Latin, and among themselves
		{"NTTドコモ東日本さん", "NTTドコモ東日本さん"},
		{"ヴァン・ホーテン", "ヴァン・ホーテン"},
		{"LG전자", "LG전자"},
		{"金씨", "金씨"},
		{"王ㄅA", "王ㄅA"},
		{"ビタミンCゼリー", "ビタミンCゼリー"},
		{"Gal·la", "Gal·la"},
		{"朱镕基", "朱镕基"},
		{"陶喆", "陶喆"},
		{"髙﨑 𠮷田", "髙﨑 𠮷田"},
		{"Ω Ωμέγα", "Ω Ωμέγα"}, // U+2126 is a Greek letter after NFC
		{"2014", "2014"},
	} {
		if got, err := f.CleanName(c.in); err != nil || got != c.want {
			t.Errorf("%q: got %q, %v; want %q", c.in, got, err, c.want)
		}
	}
	for _, name := range realNames {
		if got, err := f.CleanName(name); err != nil || got != norm.NFC.String(name) {
			t.Errorf("%q: %q, %v", name, got, err)
		}
	}
}

func TestRefusedNames(t *testing.T) {
	f := load(t)
	for _, c := range []struct {
		in       string
		reason   string
		char     rune
		position int
	}{
		{"", NameEmpty, 0, 0},
		{" \u00A0\u3000 ", NameEmpty, 0, 0},
		{strings.Repeat("a", 101), NameLong, 'a', 101},
		{strings.Repeat("a", 10000), NameLong, 'a', 101},
		{strings.Repeat("abc ", 10000), NameLong, 'a', 101},
		{strings.Repeat("\u212A", 5000), NameLong, 'K', 101},
		{strings.Repeat("ẵ\u0331", 90), NameLong, 'ẵ', 81}, // 5 bytes each
		{strings.Repeat(" ", 100000) + "\xff", NameUTF8, utf8.RuneError, 1},
		{"Ada\xff", NameUTF8, utf8.RuneError, 4},
		{"\xc0\xaf", NameUTF8, utf8.RuneError, 1},
		{"Zoe\u0308 \xed\xa0\x80", NameUTF8, utf8.RuneError, 4},
		{"Ada\tLovelace", NameControl, '\t', 4},
		{"Ada\n", NameControl, '\n', 4},
		{"\r\nAda", NameControl, '\r', 1},
		{"Ada\x00", NameControl, 0, 4},
		{"Ada\u0085", NameControl, '\u0085', 4},
		{"Ada\u2028", NameControl, '\u2028', 4},
		{"Ada\u2029L", NameControl, '\u2029', 4},
		{"\u202Eevil", NameBidi, '\u202E', 1},
		{"Ada \u2067x", NameBidi, '\u2067', 5},
		{"שרה\u200F", NameBidi, '\u200F', 4},
		{"Ada\u061C", NameBidi, '\u061C', 4},
		{"A\u200Bda", NameInvisible, '\u200B', 2},
		{"A\uFEFFda", NameInvisible, '\uFEFF', 2},
		{"A\u00ADda", NameInvisible, '\u00AD', 2},
		{"A\u2060da", NameInvisible, '\u2060', 2},
		{"A\u034Fda", NameInvisible, '\u034F', 1},
		{"A\uFE0Fda", NameInvisible, '\uFE0F', 1},
		{"\u3164", NameInvisible, '\u3164', 1}, // Hangul filler
		{"A\u2800", NameInvisible, '\u2800', 2},
		{"A\U000E0041", NameInvisible, '\U000E0041', 1}, // a tag
		{"A\u200Db", NameInvisible, '\u200D', 1},
		{"علی\u200C", NameInvisible, '\u200C', 3},
		{"علی\u200C رضا", NameInvisible, '\u200C', 3},
		{"علی\u200C\u200Cرضا", NameInvisible, '\u200C', 3},
		{"علی\u200CAda", NameInvisible, '\u200C', 3},
		{"علی\u200C۴", NameInvisible, '\u200C', 3},
		{"\u200Cرضا", NameInvisible, '\u200C', 1},
		{"क\u200D", NameInvisible, '\u200D', 1},
		{"A\uE000", NamePrivate, '\uE000', 2},
		{"A\U0010FFFD", NamePrivate, '\U0010FFFD', 2},
		{"A\u0378", NameUnassigned, '\u0378', 2},
		{"A\uFDD0", NameUnassigned, '\uFDD0', 2},
		{"A\uFFFD", NameReplacement, utf8.RuneError, 2},
		{"ab\u0301\u0301\u0301\u0301\u0301", NameMarks, '\u0301', 2},
		{"aa\u0301\u0301\u0301\u0301\u0301", NameMarks, '\u0301', 2}, // the first becomes á, and counts
		{"Z" + strings.Repeat("\u0335", 500), NameMarks, '\u0335', 1},
		{"\u0301a", NameLoneMark, '\u0301', 1},
		{"A \u0301b", NameLoneMark, '\u0301', 2},
		{"A 1\u0301", NameLoneMark, '\u0301', 3},
		{"Ada -\u0302", NameLoneMark, '\u0302', 5},
		{"िक", NameLoneMark, 'ि', 1},
		{"कअा", NameLoneMark, '\u093E', 2}, // looks like आ; drawn with a dotted circle
		{"Ana 🎓", NameNoGlyph, '🎓', 5},
		{"བོད", NameNoGlyph, 'བ', 1},
		{"Ada Ꮳ", NameNoGlyph, 'Ꮳ', 5},
		{"王𪚥", NameNoGlyph, '𪚥', 2},
		{"P\u0430ul", NameMixed, '\u0430', 2},
		{"Paul \u0410da", NameMixed, '\u0410', 6},
		{"Иvан", NameMixed, 'v', 2},
		{"Adα", NameMixed, 'α', 3},
		{"О'Brien", NameMixed, 'О', 1},
		{"Pau\u0585l", NameMixed, '\u0585', 4}, // Armenian
		{"\u10E7ohn", NameMixed, '\u10E7', 1},  // Georgian
		{"JዐHN", NameMixed, 'ዐ', 2},            // Ethiopic
		{"Paוl", NameMixed, 'ו', 3},            // Hebrew
		{"J٥hn", NameMixed, '٥', 2},            // a digit of Arabic
		{"J๐hn", NameMixed, '๐', 2},            // one of Thai
		{"J〇hn", NameMixed, '〇', 2},            // Han, where a letter stands
		{"Rロse", NameMixed, 'ロ', 2},
		{"ಕరಕ", NameMixed, 'ర', 2}, // Telugu in Kannada
		{"ไทยລາວ", NameMixed, 'ລ', 4},
		{"さ김", NameMixed, '김', 2},
		{"Sarahשרה", NameMixed, 'ש', 6},
		{"Zoe\u0308 Пetr", NameMixed, 'П', 5},
		{"\u0410nders", NameMixed, '\u0410', 1}, // the letter named is of the script that fewer have, wherever it stands
		{"Paul \u0410nders", NameMixed, '\u0410', 6},
		{"\u0410nd\u0435rs", NameMixed, '\u0410', 1},
		{"Н\u0430talia", NameMixed, 'Н', 1},
		{"Pаvеl", NameMixed, 'а', 2},
		{"Пaвeл", NameMixed, 'a', 2},
		{"\u0410n", NameMixed, 'n', 2}, // as many of each: the one that comes later
		{"Ан田中さん", NameMixed, 'А', 1},  // Han and kana go together, and are more
		{"田中さИИИ", NameMixed, 'И', 4},
	} {
		_, err := f.CleanName(c.in)
		var got *NameError
		if !errors.As(err, &got) {
			t.Errorf("%.40q: %v", c.in, err)
			continue
		}
		if *got != (NameError{c.reason, c.char, c.position}) {
			t.Errorf("%.40q: %s %U at %d, want %s %U at %d", c.in, got.Reason, got.Character, got.Position, c.reason, c.char, c.position)
		}
		if words := got.Error(); words == "" || c.position > 0 && !strings.Contains(words, "U+") {
			t.Errorf("%.40q: the error says %q", c.in, words)
		}
	}
}

// A refusal shows the character where it can be seen, and where it stands.
func TestRefusalShows(t *testing.T) {
	for in, want := range map[string]string{
		"P\u0430ul": "(\u0430 U+0430, character 2)", "Ana 🎓": "(🎓 U+1F393, character 5)", "Ada\u202E": "(U+202E, character 4)",
		"A\u200Bda": "(U+200B, character 2)", "\u0301a": "(U+0301, character 1)", "A\uFFFD": "(U+FFFD, character 2)", "A\u2800": "(U+2800, character 2)",
	} {
		if _, err := load(t).CleanName(in); err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%q: %v, want %s", in, err, want)
		}
	}
}

func TestAnyScript(t *testing.T) {
	f := load(t)
	for _, name := range []string{"P\u0430ul", "Иvан", "Adα"} {
		if got, err := f.CleanNameAnyScript(name); err != nil || got != name {
			t.Errorf("%q: %q, %v", name, got, err)
		}
	}
	if _, err := f.CleanNameAnyScript("P\u0430ul\t"); err == nil {
		t.Error("the other checks are skipped too")
	}
}

// An old way to write Malayalam ends a word in a joiner.
func TestChilluJoiner(t *testing.T) {
	if got, err := load(t).CleanName("അവന്\u200D"); err != nil || got != "അവന്\u200D" {
		t.Errorf("%q, %v", got, err)
	}
	if _, reason := checkCharacters([]rune("അവന്\u200C")); reason != NameInvisible {
		t.Errorf("a final ZWNJ: %q", reason)
	}
}

// Marks with a width of their own do not stack, and do not count.
func TestSpacingMarks(t *testing.T) {
	if place, reason := checkCharacters([]rune("က\u103B\u103D\u103E\u1031\u102C\u1037")); reason != "" {
		t.Errorf("%s at %d", reason, place)
	}
}

func TestCleanNameIsStable(t *testing.T) {
	f := load(t)
	text := letters(t)
	rapid.Check(t, func(t *rapid.T) {
		checkName(t, f, text.Draw(t, "text"))
	})
}

// checkName is what holds of every text that is offered as a name.
func checkName(t interface {
	Helper()
	Fatalf(string, ...any)
}, f *Fonts, s string) {
	t.Helper()
	got, err := f.CleanName(s)
	var refused *NameError
	if err != nil && (!errors.As(err, &refused) || nameAdvice[refused.Reason] == "" || refused.Position < 0) {
		t.Fatalf("%q: %v", s, err)
	}
	if utf8.ValidString(s) && len(s) < enoughBytes/3 {
		other, otherErr := f.CleanName(norm.NFD.String(s))
		if other != got || (err == nil) != (otherErr == nil) || err != nil && *refused != *otherErr.(*NameError) {
			t.Fatalf("%q: %q, %v; decomposed %q, %v", s, got, err, other, otherErr)
		}
	}
	if err != nil {
		if got != "" {
			t.Fatalf("%q: refused, yet %q", s, got)
		}
		return
	}
	if again, err := f.CleanName(got); err != nil || again != got {
		t.Fatalf("%q: cleaned again %q, %v", got, again, err)
	}
	if len(got) == 0 || len(got) > maxNameBytes || !norm.NFC.IsNormalString(got) || strings.Contains(got, "  ") || strings.TrimSpace(got) != got {
		t.Fatalf("%q is not clean", got)
	}
	n := 0
	f.clusters([]rune(got), func(int, int) { n++ })
	if n > maxNameClusters {
		t.Fatalf("%q has %d clusters", got, n)
	}
	for style := range styles {
		if s := Style(style); s != Mono && s != Script && !f.Covers(s, got) {
			t.Fatalf("%q: style %d lacks %q", got, style, f.Line(s, got, "").Missing)
		}
	}
	for _, style := range []Style{Strong, Serif} {
		checkBlock(t, f, got, f.FitName(style, got, "", plate), plate)
	}
}

func FuzzCleanName(f *testing.F) {
	for _, name := range realNames {
		f.Add(name)
	}
	for _, s := range []string{
		"", "a\xff", "\u202Eevil", "Z" + strings.Repeat("\u0335", 64), "P\u0430ul", "علی\u200C", "किि", "👩‍🎓", "\u1100\u1161\u11A8",
		strings.Repeat("W", 100), strings.Repeat("a ", 60), "\u0344\u0F73\u0F75", "ﷺ", "ǰ\u0323", "Å\u0323",
	} {
		f.Add(s)
	}
	set := load(f)
	f.Fuzz(func(t *testing.T, s string) { checkName(t, set, s) })
}
