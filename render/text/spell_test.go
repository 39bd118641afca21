package text

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// A code that is put together is as if it had been shaped, with and without what stands beside it in the microtext.
func TestSpell(t *testing.T) {
	f := load(t)
	const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	chance := rand.New(rand.NewPCG(3, 4))
	for range 500 {
		var code []byte
		for i := range 14 {
			if i == 4 || i == 9 {
				code = append(code, '-')
			} else {
				code = append(code, alphabet[chance.IntN(len(alphabet))])
			}
		}
		for _, style := range []Style{Strong, Mono, Body} {
			for _, lang := range []string{"", "en", "ar", "de", "es", "fr", "tr", "zh-Hans"} {
				got, want := f.Spell(style, string(code)), f.Line(style, string(code)+" · ", lang)
				if n := len(want.Glyphs) - 3; len(got.Glyphs) != n || want.Glyphs[n].Pen != got.Width {
					t.Fatalf("%s: %d glyphs, %v wide, want %d, %v", code, len(got.Glyphs), got.Width, n, want.Glyphs[n].Pen)
				}
				want.Glyphs, want.Width = want.Glyphs[:len(got.Glyphs)], got.Width
				for i := range want.Glyphs {
					want.Glyphs[i].tied, got.Glyphs[i].tied = false, false
				}
				if !slices.Equal(got.Glyphs, want.Glyphs) || string(got.Runes) != string(code) || got.Text != string(code) || got.RTL || got.Missing != nil {
					t.Fatalf("%s, style %d, %q:\n%+v, shaped it is\n%+v", code, style, lang, got, want)
				}
			}
		}
	}
	for _, words := range []string{"", "A", "Ada", "محمد", "7K3M·", "漢字"} {
		got, want := f.Spell(Strong, words), f.Line(Strong, words, "")
		if got.Text != want.Text || !slices.Equal(got.Glyphs, want.Glyphs) || got.Width != want.Width || got.RTL != want.RTL {
			t.Errorf("%q is %+v, want %+v", words, got, want)
		}
	}
}
