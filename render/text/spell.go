package text

import "unicode"

// pair is a letter and what follows it, 0 for the end.
type pair struct {
	style       Style
	first, next rune
}

// maxPairs bounds the pairs that are kept, some 130 bytes each.
const maxPairs = 8192

// Spell is Line for words that are in no language. Capitals and digits of Latin do not change by their neighbours, and none of
// them moves but by the next one. So a code or a name in capitals is put together from its pairs, which are kept; two letters
// are nobody's own. What has anything else in it is shaped.
func (f *Fonts) Spell(style Style, words string) Line {
	l := Line{Text: words, Runes: []rune(words)}
	if !spelt(l.Runes) {
		return f.Line(style, words, "")
	}
	l.Glyphs = make([]Glyph, 0, len(l.Runes))
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, r := range l.Runes {
		key := pair{style: style, first: r}
		two := l.Runes[i:min(i+2, len(l.Runes))]
		if len(two) > 1 {
			key.next = two[1]
		}
		g, known := f.pairs[key]
		if !known {
			shaped := f.Line(style, string(two), "")
			if len(shaped.Glyphs) != len(two) {
				return f.Line(style, words, "")
			}
			g = shaped.Glyphs[0]
			if len(f.pairs) < maxPairs {
				f.pairs[key] = g
			}
		}
		if i > 0 && g.Face != l.Glyphs[0].Face {
			return f.Line(style, words, "")
		}
		g.Cluster, g.Pen, g.X = i, l.Width, l.Width+g.X
		l.Glyphs = append(l.Glyphs, g)
		l.Width += g.Advance
	}
	return l
}

// spelt reports whether a text is nothing but capitals and digits of Latin, with spaces, hyphens between two of them and dots
// between two spaces.
func spelt(runes []rune) bool {
	between := func(i int, is func(rune) bool) bool {
		return i > 0 && i+1 < len(runes) && is(runes[i-1]) && is(runes[i+1])
	}
	for i, r := range runes {
		if !capital(r) && !space(r) && (r != '-' || !between(i, capital)) && (r != '·' || !between(i, space)) {
			return false
		}
	}
	return true
}

func capital(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'À' && r <= 'Ž' && unicode.IsUpper(r)
}

func space(r rune) bool { return r == ' ' }
