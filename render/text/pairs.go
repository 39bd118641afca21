package text

import (
	"unicode"

	"github.com/go-text/typesetting/language"
)

// Most letters of Latin do not change by their neighbours, and none of them moves but by the next one. So most lines of Latin are
// put together from pairs of letters, each of which is shaped once: that is a tenth of the work. Pairs are kept for whoever
// comes next; two letters are nobody's own.

// voice is what a pair is shaped by beside its letters.
type voice struct {
	style Style
	lang  string
}

// neighbours are two letters that follow each other, 0 for none.
type neighbours struct{ first, next rune }

// followed is the glyph of a letter before another one.
type followed struct {
	Glyph
	tie   bool // the next one hangs together with it
	plain bool // both are as they are alone, but for what is between them
}

// maxPairs bounds the pairs that a shaper keeps of a voice, some 100 bytes each, and maxVoices the voices.
const maxPairs, maxVoices = 4096, 16

// pair puts a line together; it is false where one of its pairs has to be shaped with what is beside it.
func (sh *shaper) pair(f *Fonts, l *Line, style Style, lang string) bool {
	if !pairs(l.Runes) {
		return false
	}
	v := voice{style, lang}
	kept := sh.pairs[v]
	if kept == nil {
		if len(sh.pairs) >= maxVoices {
			clear(sh.pairs)
		}
		kept = map[neighbours]followed{}
		sh.pairs[v] = kept
	}
	face := f.faces(style, language.Latin)[0]
	tied := false
	for i, r := range l.Runes {
		two := neighbours{first: r}
		if i+1 < len(l.Runes) {
			two.next = l.Runes[i+1]
		}
		g, known := kept[two]
		if !known {
			if len(kept) >= maxPairs {
				clear(kept)
			}
			g = sh.follow(f, two, v)
			kept[two] = g
		}
		if !g.plain || g.Face != face {
			l.Glyphs, l.Width = l.Glyphs[:0], 0
			return false
		}
		g.Cluster, g.Pen, g.X, g.tied = i, l.Width, l.Width, tied
		l.Glyphs = append(l.Glyphs, g.Glyph)
		l.Width += g.Advance
		tied = g.tie
	}
	l.even = face == f.faces(style, firstScript(l.Runes))[0]
	return true
}

// follow shapes a pair, and each of its letters alone.
func (sh *shaper) follow(f *Fonts, two neighbours, v voice) followed {
	shaped := func(runes ...rune) []Glyph {
		l := Line{Text: string(runes), Runes: runes}
		sh.set(f, &l, v.style, make([]int8, len(runes)), v.lang)
		return l.Glyphs
	}
	simple := func(glyphs []Glyph, n int) bool {
		for i, g := range glyphs {
			if g.Cluster != i || g.X != g.Pen || g.Y != 0 {
				return false
			}
		}
		return len(glyphs) == n
	}
	first := shaped(two.first)
	switch {
	case !simple(first, 1):
		return followed{}
	case two.next == 0:
		return followed{Glyph: first[0], plain: true}
	}
	next, both := shaped(two.next), shaped(two.first, two.next)
	if !simple(next, 1) || !simple(both, 2) {
		return followed{}
	}
	same := both[0].ID == first[0].ID && both[1].ID == next[0].ID && both[1].Advance == next[0].Advance
	hyphen := two.first == '-' || two.next == '-' // it may be raised beside a capital, and what it hangs together with depends on both its sides
	return followed{Glyph: both[0], tie: hyphen || both[1].tied, plain: same || hyphen && (capital(two.first) || capital(two.next))}
}

// pairs reports whether a text is one that pairs may be enough for: words of Latin, or capitals and digits. A hyphen between a
// capital and a small letter looks at both, and so may digits.
func pairs(runes []rune) bool {
	words, codes := true, true
	for i, r := range runes {
		between := func(is func(rune) bool) bool {
			return i > 0 && i+1 < len(runes) && is(runes[i-1]) && is(runes[i+1])
		}
		words = words && (latin(r) || r == ' ' || (r == '\'' || r == '’') && between(latin) || r == '-' && (between(capital) || between(small)))
		codes = codes && (capital(r) || r == ' ' || r == '-' && between(capital) || r == '·' && between(func(r rune) bool { return r == ' ' }))
		if !words && !codes {
			return false
		}
	}
	return true
}

// latin reports whether a rune is a letter of Latin that stands for itself.
func latin(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= 'À' && r < 0x250 && r != '×' && r != '÷' || r >= 0x1E00 && r < 0x1F00
}

func small(r rune) bool { return latin(r) && unicode.IsLower(r) }

func capital(r rune) bool { return r >= '0' && r <= '9' || latin(r) && unicode.IsUpper(r) }
