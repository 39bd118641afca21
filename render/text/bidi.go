package text

import (
	"unicode/utf8"

	"golang.org/x/text/unicode/bidi"
)

// The bidirectional algorithm (UAX #9) for one line without embeddings and isolates: embedding controls are
// passed over, isolates are neutral. The library's own answer gives runs by direction only, and so loses the
// difference between the levels 0 and 2: a number after Hebrew in a Latin line would stand on the wrong side.

// direction is the base direction of a line.
type direction int8

const (
	firstStrong direction = iota - 1 // as the first letter says (rules P2, P3)
	leftToRight
	rightToLeft
)

// levels returns the embedding level of each rune (odd: right to left) and the base level.
func levels(runes []rune, base direction) ([]int8, direction) {
	level := make([]int8, len(runes))
	plain := base != rightToLeft
	for _, r := range runes {
		if r >= 0x590 { // below it everything is left to right or neutral
			plain = false
			break
		}
	}
	if plain {
		return level, leftToRight
	}

	p := paragraph{runes: runes, class: make([]bidi.Class, len(runes)), base: base}
	for i, r := range runes {
		p.class[i] = classOf(r)
	}
	if base == firstStrong {
		p.base = leftToRight
		for _, c := range p.class {
			if c == bidi.L {
				break
			}
			if c == bidi.R || c == bidi.AL {
				p.base = rightToLeft
				break
			}
		}
	}
	for i, c := range p.class {
		if c != bidi.BN {
			p.seen = append(p.seen, i)
		}
	}
	p.weak()
	p.brackets()
	p.neutrals()
	p.fill(level)
	return level, p.base
}

func classOf(r rune) bidi.Class {
	p, _ := bidi.LookupRune(r)
	switch c := p.Class(); c {
	case bidi.LRE, bidi.RLE, bidi.LRO, bidi.RLO, bidi.PDF:
		return bidi.BN
	case bidi.LRI, bidi.RLI, bidi.FSI, bidi.PDI:
		return bidi.ON
	default:
		return c
	}
}

// paragraph is a line while its classes are resolved.
type paragraph struct {
	runes []rune
	class []bidi.Class
	seen  []int // places of the runes that count: all but BN (rule X9)
	base  direction
}

func (p *paragraph) baseClass() bidi.Class {
	if p.base == rightToLeft {
		return bidi.R
	}
	return bidi.L
}

// at returns the class of the n-th rune that counts; before the first and after the last it is the base's.
func (p *paragraph) at(n int) bidi.Class {
	if n < 0 || n >= len(p.seen) {
		return p.baseClass()
	}
	return p.class[p.seen[n]]
}

// weak applies the rules W1 to W7.
func (p *paragraph) weak() {
	strong := p.baseClass()
	for n, i := range p.seen { // W1, W2
		switch p.class[i] {
		case bidi.NSM:
			p.class[i] = p.at(n - 1)
		case bidi.EN:
			if strong == bidi.AL {
				p.class[i] = bidi.AN
			}
		}
		switch c := p.class[i]; c {
		case bidi.L, bidi.R, bidi.AL:
			strong = c
		}
	}
	for _, i := range p.seen { // W3
		if p.class[i] == bidi.AL {
			p.class[i] = bidi.R
		}
	}
	for n, i := range p.seen { // W4
		before, after := p.at(n-1), p.at(n+1)
		if before != after {
			continue
		}
		switch c := p.class[i]; {
		case (c == bidi.ES || c == bidi.CS) && before == bidi.EN, c == bidi.CS && before == bidi.AN:
			p.class[i] = before
		}
	}
	for n := 0; n < len(p.seen); n++ { // W5
		end := n
		for p.at(end) == bidi.ET {
			end++
		}
		if end > n && (p.at(n-1) == bidi.EN || p.at(end) == bidi.EN) {
			p.set(n, end, bidi.EN)
		}
		n = max(n, end-1)
	}
	strong = p.baseClass()
	for _, i := range p.seen { // W6, W7
		switch p.class[i] {
		case bidi.ES, bidi.ET, bidi.CS:
			p.class[i] = bidi.ON
		case bidi.EN:
			if strong == bidi.L {
				p.class[i] = bidi.L
			}
		case bidi.L, bidi.R:
			strong = p.class[i]
		}
	}
}

func (p *paragraph) set(from, to int, c bidi.Class) {
	for n := from; n < to; n++ {
		p.class[p.seen[n]] = c
	}
}

// side returns the direction a class has for its neighbours: numbers count as right to left, neutrals as ON.
func side(c bidi.Class) bidi.Class {
	switch c {
	case bidi.L:
		return bidi.L
	case bidi.R, bidi.EN, bidi.AN:
		return bidi.R
	}
	return bidi.ON
}

// brackets applies rule N0: a pair of brackets goes with what it holds.
func (p *paragraph) brackets() {
	type opener struct {
		n     int
		close rune
	}
	const depth = 63 // as the rule says
	var open []opener
	closing := map[int]int{} // opening place -> closing place
	for n, i := range p.seen {
		if p.class[i] != bidi.ON {
			continue
		}
		r := p.runes[i]
		property, _ := bidi.LookupRune(r)
		if !property.IsBracket() {
			continue
		}
		if property.IsOpeningBracket() {
			if len(open) == depth {
				break
			}
			mirrored, _ := utf8.DecodeRuneInString(bidi.ReverseString(string(r)))
			open = append(open, opener{n, mirrored})
			continue
		}
		for k := len(open) - 1; k >= 0; k-- {
			if open[k].close == r {
				closing[open[k].n] = n
				open = open[:k]
				break
			}
		}
	}
	embedding := p.baseClass()
	for n := range p.seen {
		end, ok := closing[n]
		if !ok {
			continue
		}
		inside := bidi.Class(bidi.ON)
		for k := n + 1; k < end; k++ {
			if s := side(p.at(k)); s == embedding {
				inside = s
				break
			} else if s != bidi.ON {
				inside = s
			}
		}
		if inside == bidi.ON {
			continue
		}
		if inside != embedding { // the other direction: only where it goes on from before the pair
			before := n - 1
			for before >= 0 && side(p.at(before)) == bidi.ON {
				before--
			}
			if side(p.at(before)) != inside {
				inside = embedding
			}
		}
		p.bracket(n, inside)
		p.bracket(end, inside)
	}
}

// bracket sets the class of a bracket and of the marks on it.
func (p *paragraph) bracket(n int, c bidi.Class) {
	p.class[p.seen[n]] = c
	for n++; n < len(p.seen) && classOf(p.runes[p.seen[n]]) == bidi.NSM; n++ {
		p.class[p.seen[n]] = c
	}
}

// neutrals applies the rules N1 and N2.
func (p *paragraph) neutrals() {
	for n := 0; n < len(p.seen); n++ {
		end := n
		for end < len(p.seen) && side(p.at(end)) == bidi.ON {
			end++
		}
		if end == n {
			continue
		}
		c := side(p.at(n - 1))
		if c != side(p.at(end)) {
			c = p.baseClass()
		}
		p.set(n, end, c)
		n = end
	}
}

// fill writes the levels (rules I1, I2), those of skipped runes, and the base level for spaces at the end (L1).
func (p *paragraph) fill(level []int8) {
	for i, c := range p.class {
		l := int8(p.base)
		switch c {
		case bidi.BN:
			if i > 0 {
				l = level[i-1]
			}
		case bidi.R:
			l |= 1
		case bidi.EN, bidi.AN:
			l = 2
		case bidi.L:
			l += l & 1
		}
		level[i] = l
	}
	ending := true
	for i := len(p.runes) - 1; i >= 0; i-- {
		switch classOf(p.runes[i]) {
		case bidi.B, bidi.S:
			level[i], ending = int8(p.base), true
		case bidi.WS, bidi.BN:
			if ending {
				level[i] = int8(p.base)
			}
		default:
			ending = false
		}
	}
}

// visual returns the order, left to right, of runs with these levels (rule L2).
func visual(level []int8) []int {
	order := make([]int, len(level))
	var highest int8
	for i, l := range level {
		order[i] = i
		highest = max(highest, l)
	}
	for l := highest; l > 0; l-- {
		for i := 0; i < len(order); i++ {
			end := i
			for end < len(order) && level[order[end]] >= l {
				end++
			}
			for a, b := i, end-1; a < b; a, b = a+1, b-1 {
				order[a], order[b] = order[b], order[a]
			}
			i = max(i, end-1)
		}
	}
	return order
}
