package text

import (
	"math/rand/v2"
	"slices"
	"testing"
	"unicode"
)

// same reports where a line that was put together is not as if it had been shaped.
func same(t *testing.T, got, want Line) {
	t.Helper()
	for _, l := range []Line{got, want} {
		for i := range l.Glyphs {
			l.Glyphs[i].tied = false // it is of no use outside of names that are broken
		}
	}
	if !slices.Equal(got.Glyphs, want.Glyphs) || got.Width != want.Width || got.RTL != want.RTL || got.Text != want.Text || string(got.Runes) != got.Text || got.Missing != nil {
		t.Fatalf("%+v\nis not as it is shaped:\n%+v", got, want)
	}
}

// A code and a name in capitals are what they would be if they were shaped, and do not depend on each other in the microtext.
func TestSpell(t *testing.T) {
	f := load(t)
	chance := rand.New(rand.NewPCG(3, 4))
	const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	var code []byte
	for range 300 {
		code = code[:0]
		for i := range 14 {
			if i == 4 || i == 9 {
				code = append(code, '-')
			} else {
				code = append(code, alphabet[chance.IntN(len(alphabet))])
			}
		}
		for _, style := range []Style{Strong, Mono} {
			for _, lang := range []string{"", "en", "ar", "de", "es", "fr", "tr", "zh-Hans"} {
				same(t, f.Spell(style, string(code)), f.Line(style, string(code), lang))
			}
		}
	}
	var capitals []rune
	for r := 'A'; r < 0x180; r++ {
		if unicode.IsUpper(r) {
			capitals = append(capitals, r)
		}
	}
	capitals = append(capitals, ' ', ' ', ' ', ' ', '-', '-', '-', '.')
	for range 3000 {
		name := make([]rune, 1+chance.IntN(20))
		for i := range name {
			name[i] = capitals[chance.IntN(len(capitals))]
		}
		words := string(code) + " · " + string(name) + " · "
		first, all := f.Spell(Strong, string(code)+" · "), f.Line(Strong, words, "")
		same(t, f.Spell(Strong, words), all)
		if n := len(first.Glyphs); all.Glyphs[n].Pen != first.Width || !slices.Equal(all.Glyphs[:n], first.Glyphs) {
			t.Fatalf("%q depends on what stands behind it", words)
		}
	}
	for _, words := range []string{"", "A", "Ada", "محمد", "7K3M·", "漢字", "-", "A-", "\u0301A"} {
		same(t, f.Spell(Strong, words), f.Line(Strong, words, ""))
	}
	if len(f.pairs) == 0 || len(f.pairs) > maxPairs {
		t.Errorf("%d pairs are kept", len(f.pairs))
	}
}
