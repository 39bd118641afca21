package png

import (
	"encoding/binary"
	"math/bits"
)

// coder writes rows as one deflate block. Its codes are made beforehand, from rows like those to come, and of what came before
// it repeats only the pixel to the left and the pixel above: in rows of flat art and of letters that finds nearly all there
// is to find.
type coder struct {
	pixel, row  int // bytes from a pixel to the next one, and to the one below
	head        bitWriter
	literals    [256]code
	ends        code
	repeats     [maxRepeat + 1]code // by length, with its extra bits
	left, above code                // distances, with their extra bits
}

// minRepeat and maxRepeat are the lengths that deflate can repeat.
const minRepeat, maxRepeat = 3, 258

// padding is what must stand behind rows, since they are read eight bytes at a time.
const padding = 8

// endOfBlock is the symbol between literals and lengths.
const endOfBlock = 256

// counts is how often the symbols of a block occur.
type counts struct {
	symbols   [286]int // literals, the end, lengths
	distances [30]int
}

// newCoder makes codes for blocks whose symbols occur about as often as those counted. Every one of the first literals and
// every length gets one.
func newCoder(pixel, row, literals int, seen *counts) *coder {
	const weight = 16 // of what was seen against what was not
	all := *seen
	for s := range all.symbols {
		all.symbols[s] *= weight
		if s < literals || s >= endOfBlock {
			all.symbols[s]++
		}
	}
	left, leftMore, leftBits := distance(pixel)
	above, aboveMore, aboveBits := distance(row)
	all.distances[left]++
	all.distances[above]++
	symbols, distances := lengths(all.symbols[:], 15), lengths(all.distances[:], 15)
	c := &coder{pixel: pixel, row: row}
	made := codes(symbols)
	copy(c.literals[:], made)
	c.ends = made[endOfBlock]
	for n := minRepeat; n <= maxRepeat; n++ {
		s, more, size := repeat(n)
		c.repeats[n] = made[s].with(more, size)
	}
	made = codes(distances)
	c.left, c.above = made[left].with(leftMore, leftBits), made[above].with(aboveMore, aboveBits)
	c.head.block(symbols, distances)
	return c
}

// with returns the code with extra bits behind it.
func (c code) with(more, n int) code { return code{c.bits | uint32(more)<<c.n, c.n + uint8(n)} }

// repeat returns the symbol of a length and its extra bits.
func repeat(n int) (symbol, more, size int) {
	switch n -= minRepeat; {
	case n == maxRepeat-minRepeat:
		return 285, 0, 0
	case n < 8:
		return 257 + n, 0, 0
	default:
		size = bits.Len(uint(n)) - 3
		return 257 + 4*size + n>>size, n & (1<<size - 1), size
	}
}

// distance returns the symbol of a distance and its extra bits.
func distance(d int) (symbol, more, size int) {
	if d--; d < 4 {
		return d, 0, 0
	}
	size = bits.Len(uint(d)) - 2
	return 2*size + d>>size, d & (1<<size - 1), size
}

// count adds up what write would write.
func (c *coder) count(rows []byte, from, end int, to *counts) { c.run(nil, rows, from, end, to) }

// write appends rows[from:end] as a block that is not the last one, ended on a whole byte. What stands before from is what was
// written before it; padding follows end.
func (c *coder) write(to, rows []byte, from, end int) []byte { return c.run(to, rows, from, end, nil) }

func (c *coder) run(to, rows []byte, from, end int, seen *counts) []byte {
	pixel, row := c.pixel, c.row
	at := len(to)
	var out []byte
	var word uint64
	var n uint
	if seen == nil {
		to = append(to, c.head.bytes...)
		at = len(to)
		// no symbol has more than 15 bits and no repeat more than 48, of three bytes at least
		if need := at + 2*(end-from) + 64; cap(to) < need {
			to = append(make([]byte, 0, need), to...)
		}
		out = to[:cap(to)]
		word, n = c.head.word, c.head.n
	}
	for i := from; i < end; {
		here := binary.LittleEndian.Uint64(rows[i:])
		fromAbove, fromLeft := ^uint64(0), ^uint64(0) // where they differ from here
		if i >= row {
			fromAbove = here ^ binary.LittleEndian.Uint64(rows[i-row:])
		}
		if i >= pixel {
			fromLeft = here ^ binary.LittleEndian.Uint64(rows[i-pixel:])
		}
		literals := min(threes(fromAbove, fromLeft), end-i)
		length, above := 0, false
		if literals == 0 {
			if fromAbove&0xFFFFFF == 0 {
				length, above = same(rows, i, row, fromAbove, end), true
			}
			if length < 32 && fromLeft&0xFFFFFF == 0 {
				if l := same(rows, i, pixel, fromLeft, end); l > length {
					length, above = l, false
				}
			}
			if length < minRepeat { // what is behind the end is like it
				literals = 1
			}
		}
		switch {
		case literals > 0 && seen != nil:
			for ; literals > 0; literals-- {
				seen.symbols[rows[i]]++
				i++
			}
		case literals > 0:
			i += literals
			for ; literals > 0; literals-- {
				s := c.literals[byte(here)]
				here >>= 8
				word |= uint64(s.bits) << (n & 63)
				if n += uint(s.n); n > 64-15 {
					binary.LittleEndian.PutUint64(out[at:], word)
					at += int(n >> 3)
					word >>= n &^ 7
					n &= 7
				}
			}
		case seen != nil:
			s, _, _ := repeat(length)
			seen.symbols[s]++
			back := pixel
			if above {
				back = row
			}
			s, _, _ = distance(back)
			seen.distances[s]++
			i += length
		default: // with 20 bits of a length and 28 of a distance there is room behind what waits
			s, d := c.repeats[length], c.left
			if above {
				d = c.above
			}
			word |= uint64(s.bits) << (n & 63)
			n += uint(s.n)
			word |= uint64(d.bits) << (n & 63)
			n += uint(d.n)
			i += length
		}
		if seen == nil {
			binary.LittleEndian.PutUint64(out[at:], word)
			at += int(n >> 3)
			word >>= n & 0x38
			n &= 7
		}
	}
	if seen != nil {
		seen.symbols[endOfBlock]++
		return to
	}
	word |= uint64(c.ends.bits) << n
	n += uint(c.ends.n) + 3              // and the head of an empty stored block, three zeros
	word |= 0xFFFF0000 << ((n + 7) &^ 7) // its length, on a whole byte
	binary.LittleEndian.PutUint64(out[at:], word)
	return out[:at+int((n+7)>>3)+4]
}

// threes returns at which byte the first three zeros in a row begin in either of two words, 6 where none do.
func threes(a, b uint64) int {
	a |= a>>8 | a>>16
	b |= b>>8 | b>>16
	const low = 0x0101010101010101
	zero := (a-low) & ^a | (b-low) & ^b // the lowest is right, others may not be
	return bits.TrailingZeros64(zero&0x808080808080|1<<55) >> 3
}

// same returns how many bytes at i are as those back before, of which the first eight differ by d.
func same(rows []byte, i, back int, d uint64, end int) int {
	most := min(end-i, maxRepeat)
	n := 0
	if d == 0 {
		here, before := rows[i:i+most+padding], rows[i-back:i-back+most+padding]
		differ := func(n int) uint64 {
			return binary.LittleEndian.Uint64(here[n:]) ^ binary.LittleEndian.Uint64(before[n:])
		}
		for n = 8; n+32 <= most && differ(n)|differ(n+8)|differ(n+16)|differ(n+24) == 0; {
			n += 32
		}
		for n < most {
			if d = differ(n); d != 0 {
				break
			}
			n += 8
		}
	}
	return min(most, n+bits.TrailingZeros64(d)>>3)
}

// bitWriter writes bits, the lowest first.
type bitWriter struct {
	bytes []byte
	word  uint64 // what waits for a whole byte
	n     uint
}

func (w *bitWriter) put(c code) {
	w.word |= uint64(c.bits) << w.n
	for w.n += uint(c.n); w.n >= 8; w.n -= 8 {
		w.bytes = append(w.bytes, byte(w.word))
		w.word >>= 8
	}
}

func (w *bitWriter) number(v, n int) { w.put(code{uint32(v), uint8(n)}) }

// order is that in which deflate writes the lengths of the codes that lengths are written in.
var order = [19]int{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// block writes the head of a block with codes of its own, which is not the last one.
func (w *bitWriter) block(symbols, distances []uint8) {
	trim := func(lengths []uint8, least int) []uint8 {
		for len(lengths) > least && lengths[len(lengths)-1] == 0 {
			lengths = lengths[:len(lengths)-1]
		}
		return lengths
	}
	symbols, distances = trim(symbols, 257), trim(distances, 1)
	type token struct{ symbol, more, size int }
	var tokens []token
	all := append(append([]uint8(nil), symbols...), distances...)
	for i := 0; i < len(all); {
		run := 1
		for i+run < len(all) && all[i+run] == all[i] {
			run++
		}
		switch {
		case all[i] == 0 && run > 10:
			run = min(run, 138)
			tokens = append(tokens, token{18, run - 11, 7})
		case all[i] == 0 && run > 2:
			tokens = append(tokens, token{17, run - 3, 3})
		case all[i] != 0 && run > 3: // itself, and then again
			run = min(run, 7)
			tokens = append(tokens, token{int(all[i]), 0, 0}, token{16, run - 4, 2})
		default:
			run = 1
			tokens = append(tokens, token{int(all[i]), 0, 0})
		}
		i += run
	}
	var counts [19]int
	for _, t := range tokens {
		counts[t.symbol]++
	}
	sizes := lengths(counts[:], 7)
	n := len(order)
	for n > 4 && sizes[order[n-1]] == 0 {
		n--
	}
	w.number(0, 1) // not the last
	w.number(2, 2)
	w.number(len(symbols)-257, 5)
	w.number(len(distances)-1, 5)
	w.number(n-4, 4)
	for _, s := range order[:n] {
		w.number(int(sizes[s]), 3)
	}
	made := codes(sizes)
	for _, t := range tokens {
		w.put(made[t.symbol])
		w.number(t.more, t.size)
	}
}
