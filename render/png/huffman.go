package png

import (
	"cmp"
	"math/bits"
	"slices"
)

// code is a symbol as deflate writes it, its first bit the lowest.
type code struct {
	bits uint32
	n    uint8
}

// lengths returns how many bits each symbol has in the best prefix code that has none longer than most, by package-merge; 0
// for what does not occur. The code is complete, as zlib wants it: every way to go on from every prefix is a symbol. (A code
// that is cut to its length by a rule of thumb often is not, and Go reads it all the same.) For that, two symbols have a code
// where fewer occur.
func lengths(counts []int, most int) []uint8 {
	out := make([]uint8, len(counts))
	type pack struct { // a symbol, or two packs
		weight      int
		symbol      int
		left, right *pack
	}
	var leaves []*pack
	for s, n := range counts {
		if n > 0 {
			leaves = append(leaves, &pack{weight: n, symbol: s})
		}
	}
	for s := 0; len(leaves) < 2; s++ {
		if counts[s] == 0 {
			leaves = append(leaves, &pack{symbol: s})
		}
	}
	lighter := func(a, b *pack) int { return cmp.Compare(a.weight, b.weight) }
	slices.SortStableFunc(leaves, lighter)
	list := leaves
	for range most - 1 {
		merged := slices.Clone(leaves)
		for i := 0; i+1 < len(list); i += 2 {
			merged = append(merged, &pack{weight: list[i].weight + list[i+1].weight, left: list[i], right: list[i+1]})
		}
		slices.SortStableFunc(merged, lighter)
		list = merged
	}
	var count func(*pack)
	count = func(p *pack) {
		if p.left == nil {
			out[p.symbol]++
			return
		}
		count(p.left)
		count(p.right)
	}
	for _, p := range list[:2*len(leaves)-2] {
		count(p)
	}
	return out
}

// codes returns the codes of these lengths in the order that deflate says.
func codes(lengths []uint8) []code {
	var first [16]int
	for _, n := range lengths {
		first[n]++
	}
	next := 0
	first[0] = 0
	for n, count := range first {
		next <<= 1
		first[n] = next
		next += count
	}
	out := make([]code, len(lengths))
	for s, n := range lengths {
		if n > 0 {
			out[s] = code{uint32(bits.Reverse16(uint16(first[n])) >> (16 - n)), n}
			first[n]++
		}
	}
	return out
}
