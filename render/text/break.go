package text

import (
	"slices"
	"unicode"

	"github.com/go-text/typesetting/language"
	"golang.org/x/text/unicode/norm"
)

// place is where a name may be parted: the end of a first line, the start of the second one after it, and how dear such a
// break is: the width of the longer line counts that many times.
type place struct {
	end, start int
	kind       kind
	cost       float64
}

// kind says how a place parts a name. One is taken of a later kind only where those before it do not do.
type kind int

const (
	word     kind = iota // at a space, after a hyphen or a middle dot
	syllable             // in a script that is written without spaces
	letter               // between two letters, where nothing else parts the name
	last                 // where it hurts the eye, but in no cluster
)

// places lists the edges of the name's clusters as places, in order.
func (n *naming) places() []place {
	lines := n.lineBreaks()
	out := make([]place, len(n.edges))
	for i, edge := range n.edges {
		next := len(n.whole.Runes)
		if i+1 < len(n.edges) {
			next = n.edges[i+1]
		}
		out[i] = n.place(edge, next, lines[edge])
	}
	return out
}

// lineBreaks returns the places at which the line breaking of Unicode (UAX #14) lets a line end. It knows which signs of
// Chinese, Japanese and Korean begin no line or end none, and takes no side in scripts that need a dictionary.
func (n *naming) lineBreaks() map[int]bool {
	if !slices.ContainsFunc(n.whole.Runes, func(r rune) bool { return eastAsian(language.LookupScript(r)) }) {
		return nil
	}
	sh := n.fonts.shapers.Get().(*shaper)
	defer n.fonts.shapers.Put(sh)
	out := map[int]bool{}
	sh.segmenter.Init(n.whole.Runes)
	for it := sh.segmenter.LineIterator(); it.Next(); {
		l := it.Line()
		out[l.Offset+len(l.Text)] = true
	}
	return out
}

// hyphens stay at the end of the line: those of Latin, Armenian and Hebrew.
const hyphens = "-\u2010\u058A\u05BE"

// place judges the edge before the cluster runes[edge:next].
func (n *naming) place(edge, next int, lineBreak bool) place {
	runes := n.whole.Runes
	before, after := runes[edge-1], runes[edge]
	p := place{end: edge, start: edge, kind: letter, cost: 1}
	if before < 0x250 && after < 0x250 && unicode.IsLetter(before) && unicode.IsLetter(after) { // Latin
		return p
	}
	if before == ' ' {
		p.end = edge - 1
	}
	scripts := [2]language.Script{language.LookupScript(before), language.LookupScript(after)}
	switch {
	case closes(after), opens(before), joiner(before), joiner(after), after == ' ', apostrophe(before), apostrophe(after):
		p.kind = last
	case before == ' ':
		p.kind = word
	case slices.Contains([]rune(hyphens), before):
		p.kind, p.cost = word, 1.15
	case dot(before) && eastAsian(scripts[1]):
		p.kind, p.cost = word, 1.05
	case dot(after):
		p.kind = last
	case eastAsian(scripts[0]) || eastAsian(scripts[1]):
		p.kind = syllable
		if !lineBreak {
			p.kind = last
		}
	case scripts[1] == language.Thai || scripts[1] == language.Lao:
		p.kind, p.cost = thai(runes, edge, next)
	case scripts[1] == language.Khmer:
		p.kind, p.cost = khmer(runes[edge:next])
	case scripts[1] == language.Myanmar:
		p.kind, p.cost = myanmar(runes[edge:next])
	case scripts[1] == language.Arabic && n.tied[edge]:
		p.cost = 1.5 // the two letters are joined
	case endsSyllable(scripts[1]):
		if virama(runes[next-1]) || after >= 0x0D7A && after <= 0x0D7F { // or is one of Malayalam's letters for it
			p.kind = last
		}
	case virama(before):
		p.kind = last // half of a letter
	}
	return p
}

// endsSyllable reports whether a consonant without a vowel ends the syllable before it and is written whole. In the other
// scripts of India it is joined to the consonant after it.
func endsSyllable(s language.Script) bool {
	return s == language.Tamil || s == language.Malayalam || s == language.Sinhala
}

func eastAsian(s language.Script) bool {
	switch s {
	case language.Han, language.Hiragana, language.Katakana, language.Hangul, language.Bopomofo:
		return true
	}
	return false
}

func opens(r rune) bool { return unicode.In(r, unicode.Ps, unicode.Pi) }

// closes reports whether r ends what stands before it.
func closes(r rune) bool {
	return unicode.In(r, unicode.Pe, unicode.Pf) || slices.Contains([]rune(".,;:!?%…/"), r)
}

func apostrophe(r rune) bool { return slices.Contains([]rune("'’ʼʻ׳״"), r) }

// dot reports whether r parts the names of one person in Chinese and Japanese.
func dot(r rune) bool { return slices.Contains([]rune("·・･"), r) }

// virama reports whether r takes the vowel off the consonant before it.
func virama(r rune) bool { return norm.NFD.PropertiesString(string(r)).CCC() == 9 }

// thai judges the edge before runes[edge:next] in Thai or Lao, whose words have no spaces between them and whose syllables
// show only in part: one surely begins at a vowel written before its consonant, and ends after some written behind it.
// Letters of Lao stand 0x80 after those of Thai that sound alike, or near there.
func thai(runes []rune, edge, next int) (kind, float64) {
	before, after := runes[edge-1], runes[edge]
	cluster := runes[edge:next]
	silent := func(r rune) bool { return r == 0x0E4C || r == 0x0ECC }
	switch {
	case leadingVowel(before):
		return last, 1
	case slices.Contains([]rune("ะาๅๆฯะາໆຯຽ"), after) || slices.ContainsFunc(cluster, silent):
		return last, 1
	case leadingVowel(after), slices.Contains([]rune("ะำๆະຳໆ"), before), silent(before):
		return syllable, 1
	case cluster[0] == 'ร' || cluster[0] == 'ล' || cluster[0] == 'ว' || cluster[0] == 'ຣ' || cluster[0] == 'ລ' || cluster[0] == 'ວ':
		// the second of two consonants that begin a syllable together, perhaps
		if slices.Contains([]rune("กขคตทปผพสหກຂຄຕທປຜພສຫ"), before) {
			return syllable, 1.6
		}
	case before == 'ห' || before == 'ຫ' || before == 'อ' && after == 'ย': // it may only lend its tone
		return syllable, 1.6
	}
	vowelled := slices.ContainsFunc(cluster, func(r rune) bool { // over or under it
		return r == 0x0E31 || r >= 0x0E33 && r <= 0x0E39 || r == 0x0EB1 || r >= 0x0EB3 && r <= 0x0EBB
	}) || next < len(runes) && slices.Contains([]rune("ะาະາ"), runes[next])
	if vowelled {
		return syllable, 1.1
	}
	return syllable, 1.4 // it may end the syllable before
}

// leadingVowel reports whether r is a vowel of Thai or Lao that is written before its consonant.
func leadingVowel(r rune) bool { return r >= 0x0E40 && r <= 0x0E44 || r >= 0x0EC0 && r <= 0x0EC4 }

// khmer judges the edge before a cluster of Khmer. A bare consonant may end the syllable before it.
func khmer(cluster []rune) (kind, float64) {
	const silent, again = 0x17CD, 0x17D7
	switch {
	case cluster[0] == again || slices.Contains(cluster, silent):
		return last, 1
	case len(cluster) == 1:
		return syllable, 1.4
	}
	return syllable, 1
}

// myanmar judges the edge before a cluster of Burmese. A consonant under the sign asat ends the syllable before it.
func myanmar(cluster []rune) (kind, float64) {
	const asat, virama = 0x103A, 0x1039
	for i, r := range cluster {
		if r == asat && (i+1 == len(cluster) || cluster[i+1] != virama) && i <= 2 {
			return last, 1
		}
	}
	return syllable, 1
}
