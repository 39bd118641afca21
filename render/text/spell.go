package text

import "strings"

// pair is a letter of a code and what follows it, 0 for its end.
type pair struct {
	style       Style
	first, next byte
}

// Spell is Line for a code, which is in no language. None of its letters changes but by its neighbours, and none moves but by
// the next one, so it is put together from pairs, which are kept: there are a thousand in a style. What is no code is shaped.
func (f *Fonts) Spell(style Style, code string) Line {
	if strings.Trim(code, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-") != "" {
		return f.Line(style, code, "")
	}
	l := Line{Text: code, Runes: []rune(code), Glyphs: make([]Glyph, 0, len(code))}
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range len(code) {
		two := code[i:min(i+2, len(code))]
		key := pair{style: style, first: two[0]}
		if len(two) > 1 {
			key.next = two[1]
		}
		g, known := f.pairs[key]
		if !known {
			shaped := f.Line(style, two, "")
			if len(shaped.Glyphs) != len(two) {
				return f.Line(style, code, "")
			}
			g = shaped.Glyphs[0]
			f.pairs[key] = g
		}
		g.Cluster, g.Pen, g.X = i, l.Width, l.Width+g.X
		l.Glyphs = append(l.Glyphs, g)
		l.Width += g.Advance
	}
	return l
}
