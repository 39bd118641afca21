package text

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// compared fails where a line differs from what it is without pairs, and reports whether it was put together from them.
func compared(t *testing.T, f *Fonts, style Style, words, lang string) (put bool) {
	t.Helper()
	words = normal(words)
	want := Line{Text: words, Runes: []rune(words)}
	sh := f.shapers.Get().(*shaper)
	defer f.shapers.Put(sh)
	level, base := levels(want.Runes, firstStrong)
	want.RTL = base == rightToLeft
	sh.set(f, &want, style, level, lang)
	got := Line{Text: words, Runes: want.Runes}
	if put = sh.pair(f, &got, style, lang); !put {
		got = f.Line(style, words, lang)
	}
	for i := range got.Glyphs {
		if put && i < len(want.Glyphs) && got.Glyphs[i].tied { // more ties are only more work, where a name is parted
			want.Glyphs[i].tied = true
		}
	}
	if !slices.Equal(got.Glyphs, want.Glyphs) || got.Width != want.Width || got.RTL != want.RTL || got.even != want.even || !slices.Equal(got.Missing, want.Missing) {
		t.Fatalf("%v, %q, %q: %+v\nis not as it is shaped:\n%+v", style, lang, words, got, want)
	}
	return put
}

// Every three letters of English, every hyphen and space between two of them, and many names with other letters, are put
// together as they are shaped. A letter that looks further than to its neighbours would be seen here.
func TestPairsAreAsShaped(t *testing.T) {
	f := load(t)
	const english = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	chance := rand.New(rand.NewPCG(3, 4))
	var all []rune
	for r := rune('A'); r < 0x1F00; r++ {
		if latin(r) {
			all = append(all, r)
		}
	}
	for style := range Style(len(styles)) {
		put, tried := 0, 0
		try := func(words, lang string) {
			tried++
			if compared(t, f, style, words, lang) {
				put++
			}
		}
		for _, a := range english {
			for _, b := range english + " -’'" {
				var line strings.Builder
				for _, c := range english { // aba abb abc: each c stands before the next a as well
					line.WriteRune(a)
					line.WriteRune(b)
					line.WriteRune(c)
				}
				try(line.String(), "")
			}
		}
		for range 2000 {
			name := make([]rune, 1+chance.IntN(24))
			for i := range name {
				switch n := chance.IntN(10); {
				case n < 5:
					name[i] = rune(english[chance.IntN(len(english))])
				case n < 9:
					name[i] = all[chance.IntN(len(all))]
				default:
					name[i] = []rune(" -’'.·1")[chance.IntN(7)]
				}
			}
			try(string(name), []string{"", "en", "de", "tr", "ro", "nl", "ca", "pl", "vi", "zh-Hant"}[chance.IntN(10)])
		}
		if put < tried/3 {
			t.Errorf("%v: %d of %d lines are put together", style, put, tried)
		}
	}
}

// So are codes, and what stands with them in the microtext; there no part depends on what is behind it.
func TestCodesAreAsShaped(t *testing.T) {
	f := load(t)
	chance := rand.New(rand.NewPCG(3, 4))
	const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	capitals := []rune(alphabet + "ÀÉÎÖÛŁŠŽĞẢ    ----")
	for range 1000 {
		var code []byte
		for i := range 14 {
			if i == 4 || i == 9 {
				code = append(code, '-')
			} else {
				code = append(code, alphabet[chance.IntN(len(alphabet))])
			}
		}
		name := make([]rune, 1+chance.IntN(20))
		for i := range name {
			name[i] = capitals[chance.IntN(len(capitals))]
		}
		for _, style := range []Style{Strong, Mono} {
			if !compared(t, f, style, string(code), "") {
				t.Fatalf("%s is shaped", code)
			}
			compared(t, f, style, string(code)+" · "+string(name)+" · ", "")
		}
		first, all := f.Line(Strong, string(code)+" · ", ""), f.Line(Strong, string(code)+" · "+string(name)+" · ", "")
		for _, l := range []Line{first, all} {
			for i := range l.Glyphs {
				l.Glyphs[i].tied = false
			}
		}
		if n := len(first.Glyphs); all.Glyphs[n].Pen != first.Width || !slices.Equal(all.Glyphs[:n], first.Glyphs) {
			t.Fatalf("%s depends on what stands behind it", code)
		}
	}
	for _, words := range []string{"A", "Ada", "محمد", "7K3M·", "漢字", "-", "A-", "\u0301A", "0-0", "3x4", "1 2"} {
		compared(t, f, Strong, words, "")
	}
}

// However many letters there are, what is kept of them is bounded.
func TestPairsAreBounded(t *testing.T) {
	f := load(t)
	sh := f.shapers.Get().(*shaper)
	for a := rune('a'); a < 0x250; a++ {
		for _, lang := range []string{"", "en", "de", "fr", "nl", "pl", "ro", "tr", "ca", "az", "crh", "kk", "mo", "sr", "vi", "lt", "lv", "et"} {
			if !latin(a) {
				continue
			}
			var l Line
			for b := rune('a'); b <= 'z' && lang < "b"; b++ {
				l.Runes = append(l.Runes, a, b)
			}
			l.Runes = append(l.Runes, a)
			sh.pair(f, &l, Strong, lang)
		}
	}
	if len(sh.pairs) > maxVoices {
		t.Errorf("%d voices", len(sh.pairs))
	}
	for v, kept := range sh.pairs {
		if len(kept) > maxPairs {
			t.Errorf("%d pairs of %v", len(kept), v)
		}
	}
}
