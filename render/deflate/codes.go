package deflate

import (
	"bytes"
	"cmp"
	"math/bits"
	"slices"
)

// Code is how a symbol is written, with extra bits or without.
type Code struct {
	Bits uint32 // the first one the lowest
	Size uint8  // in bits; 0 for a symbol that has no code
}

// Then returns the code with what follows it. Both together have 32 bits at most.
func (c Code) Then(more Code) Code { return Code{c.Bits | more.Bits<<c.Size, c.Size + more.Size} }

// Lengths returns how many bits each symbol has in the best prefix code that has none longer than most, by package-merge; 0
// for what does not occur. The code is complete, as zlib wants it: every way to go on from every prefix is a symbol. (A code
// that is cut to its length by a rule of thumb often is not, and Go reads it all the same.) For that, two symbols have a code
// where fewer occur. There are two counts at least, and 1<<most at most.
func Lengths(counts []int, most int) []uint8 {
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

// Codes returns the codes of symbols that take so many bits, 15 at most, as the standard numbers them.
func Codes(lengths []uint8) []Code {
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
	out := make([]Code, len(lengths))
	for s, n := range lengths {
		if n > 0 {
			out[s] = Code{uint32(bits.Reverse16(uint16(first[n])) >> (16 - n)), n}
			first[n]++
		}
	}
	return out
}

// Fixed and FixedDistances are the standard's own code, which needs no head: of literals, the end and lengths, and of distances.
var (
	Fixed = Codes(slices.Concat(
		bytes.Repeat([]byte{8}, 144), bytes.Repeat([]byte{9}, 112), bytes.Repeat([]byte{7}, 24), bytes.Repeat([]byte{8}, 8)))
	FixedDistances = Codes(bytes.Repeat([]byte{5}, 32))
)

// EndOfBlock is the symbol between literals and lengths.
const EndOfBlock = 256

// MinRepeat and MaxRepeat are how many bytes can be repeated at once, and Window is how many bytes before they can begin.
const (
	MinRepeat, MaxRepeat = 3, 258
	Window               = 1 << 15
)

// Repeat returns the symbol and the extra bits of a length, MinRepeat to MaxRepeat.
func Repeat(n int) (symbol int, more Code) {
	switch n -= MinRepeat; {
	case n == MaxRepeat-MinRepeat:
		return 285, Code{}
	case n < 8:
		return 257 + n, Code{}
	default:
		size := bits.Len(uint(n)) - 3
		return 257 + 4*size + n>>size, extra(n, size)
	}
}

// Distance returns the symbol and the extra bits of a distance, 1 to Window.
func Distance(d int) (symbol int, more Code) {
	if d--; d < 4 {
		return d, Code{}
	}
	size := bits.Len(uint(d)) - 2
	return 2*size + d>>size, extra(d, size)
}

// extra are the lowest bits of v.
func extra(v, size int) Code { return Code{uint32(v) & (1<<size - 1), uint8(size)} }
