package text

import (
	"math"
	"slices"
	"unicode"

	"github.com/go-text/typesetting/language"
)

// Box is the room for a name, in the caller's units. From and To are the largest and the smallest size of one
// line; TwoFrom is the size of two lines and TwoLeading the distance of their baselines, which shrink together
// down to TwoShrink times themselves. Every number is above zero.
type Box struct{ Width, From, To, TwoFrom, TwoLeading, TwoShrink float64 }

// Block is a name set in a Box: one or two lines of one Size (units per em), their baselines Leading apart.
// Cut says that it ends in an ellipsis, so that the whole name must stand in the alternative text.
type Block struct {
	Lines   []Line
	Size    float64
	Leading float64
	Cut     bool

	capital float64 // height of the style's capitals in em
	byInk   bool    // centred by ink: a script off the Latin baseline
}

// step is the ratio of a size to the next larger one.
const step = 0.9875

// Fit shapes s as Line does and returns it with the largest size, in steps from `from` down to `to`, at which it
// is no wider than width with tracking units between its clusters. At `to` it may still be wider.
func (f *Fonts) Fit(style Style, s, lang string, width, from, to, tracking float64) (Line, float64) {
	l := f.Line(style, s, lang)
	return l, l.Fit(width, from, to, tracking)
}

// Fit returns the size that Fonts.Fit gives the line.
func (l Line) Fit(width, from, to, tracking float64) float64 {
	size, _ := shrink(from, to, func(size float64) bool { return l.WidthTracked(size, tracking) <= width })
	return size
}

// shrink returns the first size that fits, in steps from `from` down to `to`, and no further than a thousandth of
// `from`; the last size and false where none does.
func shrink(from, to float64, fits func(size float64) bool) (float64, bool) {
	to = max(to, from/1000)
	for size := from; size > to; size *= step {
		if fits(size) {
			return size, true
		}
	}
	to = min(from, to)
	return to, fits(to)
}

// FitName sets a name in a box: on one line; else on two, broken where they come out most equal, at a space or
// after a hyphen (which costs 15 %), in a script without spaces between syllables where that makes it a quarter larger, in a
// name that has none of these between two letters; else, at the smallest size, with the first line full and the second cut
// by an ellipsis. It breaks and cuts only between grapheme clusters. No line is ever wider than the box, nor is its ink when
// it is centred by its width.
func (f *Fonts) FitName(style Style, name, lang string, room Box) Block {
	whole := f.Line(style, name, lang)
	n := naming{fonts: f, style: style, lang: string(writtenIn(whole.Runes, lang)), whole: whole, room: room}
	b := Block{capital: f.faces(style, language.Latin)[0].Metrics().CapHeight, byInk: !onBaseline(whole.Runes)}

	var ok bool
	if b.Size, ok = n.fit(room.From, room.To, whole); ok || len(whole.Runes) == 0 {
		b.Lines = []Line{whole}
		return b
	}

	n.measure()
	places := n.places()
	from := room.TwoFrom
	to := from * room.TwoShrink
	for k := word; k <= last; k++ {
		if k >= letter && len(upTo(k-1, places)) > 0 { // what has words or syllables is not torn apart elsewhere
			break
		}
		if k < last && !slices.ContainsFunc(places, func(p place) bool { return p.kind == k }) {
			continue
		}
		lines := n.split(upTo(k, places))
		const worth = 1.25 // times as large, to part a word
		if size, fits := n.fit(from, to, lines...); fits && (!ok || size > worth*b.Size) {
			b.Lines, b.Size, ok = lines, size, true
		}
		if b.Size*worth >= from {
			break
		}
	}
	if !ok {
		b.Lines, b.Cut = n.fill(places, to)
		b.Size = min(to, max(room.Width, 0)/widest(b.Lines...)) // smaller where not even an ellipsis fits
	}
	b.Leading = room.TwoLeading * b.Size / from
	if len(b.Lines) == 2 {
		_, low, _, _ := b.Lines[0].Bounds()
		_, _, _, high := b.Lines[1].Bounds()
		b.Leading = max(b.Leading, min(b.Size*(high-low), 1.3*b.Leading)) // marks stay clear of the other line
	}
	return b
}

// onBaseline reports whether the text is centred by the capitals of Latin: where it has letters of their height, or none
// of any script.
func onBaseline(runes []rune) bool {
	other := false
	for _, r := range runes {
		switch s := language.LookupScript(r); {
		case onLatinBaseline(s):
			return true
		case isStrong(s):
			other = true
		}
	}
	return !other
}

func onLatinBaseline(s language.Script) bool {
	return s == language.Latin || s == language.Greek || s == language.Cyrillic
}

// naming is one name on its way into a box.
type naming struct {
	fonts *Fonts
	style Style
	lang  string
	whole Line
	room  Box

	before []float64 // width in em of the whole line's clusters that begin before each rune, about
	edges  []int     // where the name may be parted, in runes: between clusters, of writing and of shaping
	starts []bool    // by rune: a cluster of shaping begins with it
	tied   []bool    // by rune: its cluster hangs together with the one before
}

// reach returns the room a line takes in em when it is centred by its width: ink may stand out at either end.
func reach(l Line) float64 {
	x0, _, x1, _ := l.Bounds()
	return l.Width + 2*max(0, -x0, x1-l.Width)
}

func widest(lines ...Line) float64 {
	w := 0.0
	for _, l := range lines {
		w = max(w, reach(l))
	}
	return w
}

func (n *naming) fit(from, to float64, lines ...Line) (float64, bool) {
	w := widest(lines...)
	return shrink(from, to, func(size float64) bool { return w*size <= n.room.Width })
}

// measure fills before and edges from the whole line.
func (n *naming) measure() {
	runes := n.whole.Runes
	n.before = make([]float64, len(runes)+1)
	n.tied = make([]bool, len(runes))
	n.starts = make([]bool, len(runes))
	for _, g := range n.whole.Glyphs {
		n.before[g.Cluster+1] += g.Advance
		n.starts[g.Cluster] = true
		n.tied[g.Cluster] = n.tied[g.Cluster] || g.tied
	}
	for i := range runes {
		n.before[i+1] += n.before[i]
	}
	n.edges = make([]int, 0, len(runes))
	sh := n.fonts.shapers.Get().(*shaper)
	defer n.fonts.shapers.Put(sh)
	sh.clusters(runes, func(from, _ int) {
		if from > 0 && n.starts[from] {
			n.edges = append(n.edges, from)
		}
	})
}

// width is about the width in em of a part of the name.
func (n *naming) width(from, to int) float64 { return n.before[to] - n.before[from] }

// line shapes a part of the name with what is added to it, in the direction of the whole name.
func (n *naming) line(from, to int, added string) Line {
	if l, ok := n.part(from, to); ok && added == "" {
		return l
	}
	base := leftToRight
	if n.whole.RTL {
		base = rightToLeft
	}
	return n.fonts.line(n.style, normal(string(n.whole.Runes[from:to])+added), n.lang, base)
}

// part takes a part of the name out of the whole line; it is false where the part may be shaped otherwise by itself: where it
// hangs together with what is beside it, or might be set in another face.
func (n *naming) part(from, to int) (Line, bool) {
	whole := n.whole
	loose := func(i int) bool { return i == 0 || i == len(whole.Runes) || n.starts[i] && !n.tied[i] }
	if !whole.even || !loose(from) || !loose(to) ||
		!slices.ContainsFunc(whole.Runes[from:to], func(r rune) bool { return isStrong(language.LookupScript(r)) }) {
		return Line{}, false
	}
	after := func(g Glyph, at int) int { return g.Cluster - at }
	first, _ := slices.BinarySearchFunc(whole.Glyphs, from, after)
	end, _ := slices.BinarySearchFunc(whole.Glyphs, to, after)
	l := Line{Text: string(whole.Runes[from:to]), Runes: whole.Runes[from:to:to], Glyphs: slices.Clone(whole.Glyphs[first:end]), even: true}
	start := l.Glyphs[0].Pen
	for i := range l.Glyphs {
		g := &l.Glyphs[i]
		g.X, g.Pen, g.Cluster = g.X-start, g.Pen-start, g.Cluster-from
		l.Width = g.Pen + g.Advance
	}
	return l, true
}

// split returns the two most equal lines; one line, where there is no place.
func (n *naming) split(places []place) []Line {
	best, least := place{}, math.Inf(1)
	end := len(n.whole.Runes)
	for _, p := range places {
		if w := p.cost * max(n.width(0, p.end), n.width(p.start, end)); w < least {
			best, least = p, w
		}
	}
	if best.end == 0 {
		return []Line{n.whole}
	}
	return []Line{n.line(0, best.end, ""), n.line(best.start, end, "")}
}

// fill returns a first line with as many words as fit at size, of a first word too long as many letters, and a
// second line with the rest, cut where it is too long.
func (n *naming) fill(places []place, size float64) (lines []Line, cut bool) {
	first, start, ok := n.longest(upTo(syllable, places), 0, size, "")
	if !ok {
		first, start, ok = n.longest(upTo(letter, places), 0, size, "")
	}
	if !ok {
		first, start, ok = n.longest(places, 0, size, "")
	}
	if !ok { // not one letter fits
		return []Line{n.line(0, 0, ellipsis)}, true
	}
	if rest := n.line(start, len(n.whole.Runes), ""); n.fits(rest, size) {
		return []Line{first, rest}, false
	}
	second, _, ok := n.longest(places, start, size, ellipsis)
	if !ok {
		second = n.line(0, 0, ellipsis)
	}
	return []Line{first, second}, true
}

// upTo returns the places of a kind and those before it.
func upTo(k kind, places []place) []place {
	var out []place
	for _, p := range places {
		if p.kind <= k {
			out = append(out, p)
		}
	}
	return out
}

const ellipsis = "…"

// longest returns the longest line from start that ends at one of the places, with what is added, and fits at
// size; and where the rest of the name begins.
func (n *naming) longest(places []place, start int, size float64, added string) (l Line, next int, ok bool) {
	const slack = 1.2 // a part shaped by itself may be narrower than it was in the whole line
	for i := len(places) - 1; i >= 0 && places[i].end > start; i-- {
		p := places[i]
		if n.width(start, p.end)*size > slack*n.room.Width {
			continue
		}
		end := p.end
		if added != "" { // nothing but a letter stands before an ellipsis
			for end > start && unicode.In(n.whole.Runes[end-1], unicode.Zs, unicode.P) {
				end--
			}
			if end == start || leadingVowel(n.whole.Runes[end-1]) || joiner(n.whole.Runes[end-1]) { // which is part of its cluster
				continue
			}
		}
		if l := n.line(start, end, added); n.fits(l, size) {
			return l, p.start, true
		}
	}
	return Line{}, start, false
}

func (n *naming) fits(l Line, size float64) bool { return reach(l)*size <= n.room.Width }

// Baselines returns the y (down) of each line's baseline, so that the block is centred on cy: Latin, Greek and
// Cyrillic by their capitals, other scripts by their ink.
func (b Block) Baselines(cy float64) []float64 {
	if len(b.Lines) == 0 {
		return nil
	}
	span := b.Leading * float64(len(b.Lines)-1)
	first := cy + (b.capital*b.Size-span)/2
	if b.byInk {
		_, _, _, high := b.Lines[0].Bounds()
		_, low, _, _ := b.Lines[len(b.Lines)-1].Bounds()
		first = cy + ((high+low)*b.Size-span)/2
	}
	ys := make([]float64, len(b.Lines))
	for i := range ys {
		ys[i] = first + b.Leading*float64(i)
	}
	return ys
}
