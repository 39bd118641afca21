package png

import (
	"encoding/binary"
	"math/bits"

	"testamur/render/deflate"
)

// coder writes rows as one deflate block. Its codes are made beforehand, from rows like those to come, and of what came before
// it repeats only the pixel to the left and the pixel above: in rows of flat art and of letters that finds nearly all there
// is to find.
type coder struct {
	pixel, row  int // bytes from a pixel to the next one, and to the one below
	head        deflate.Writer
	literals    [256]deflate.Code
	ends        deflate.Code
	repeats     [deflate.MaxRepeat + 1]deflate.Code // by length, with its extra bits
	left, above deflate.Code                        // distances, with their extra bits
}

// padding is what must stand behind rows, since they are read eight bytes at a time.
const padding = 8

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
		if s < literals || s >= deflate.EndOfBlock {
			all.symbols[s]++
		}
	}
	left, leftMore := deflate.Distance(pixel)
	above, aboveMore := deflate.Distance(row)
	all.distances[left]++
	all.distances[above]++
	symbols, distances := deflate.Lengths(all.symbols[:], 15), deflate.Lengths(all.distances[:], 15)
	c := &coder{pixel: pixel, row: row}
	made := deflate.Codes(symbols)
	copy(c.literals[:], made)
	c.ends = made[deflate.EndOfBlock]
	for n := deflate.MinRepeat; n <= deflate.MaxRepeat; n++ {
		s, more := deflate.Repeat(n)
		c.repeats[n] = made[s].Then(more)
	}
	made = deflate.Codes(distances)
	c.left, c.above = made[left].Then(leftMore), made[above].Then(aboveMore)
	c.head.Block(false, symbols, distances)
	return c
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
		to = append(to, c.head.Bytes...)
		at = len(to)
		// no symbol has more than 15 bits and no repeat more than 48, of three bytes at least
		if need := at + 2*(end-from) + 64; cap(to) < need {
			to = append(make([]byte, 0, need), to...)
		}
		out = to[:cap(to)]
		word, n = c.head.Bits, c.head.N
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
			if length < deflate.MinRepeat { // what is behind the end is like it
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
				word |= uint64(s.Bits) << (n & 63)
				if n += uint(s.Size); n > 64-15 {
					binary.LittleEndian.PutUint64(out[at:], word)
					at += int(n >> 3)
					word >>= n &^ 7
					n &= 7
				}
			}
		case seen != nil:
			s, _ := deflate.Repeat(length)
			seen.symbols[s]++
			back := pixel
			if above {
				back = row
			}
			s, _ = deflate.Distance(back)
			seen.distances[s]++
			i += length
		default: // with 20 bits of a length and 28 of a distance there is room behind what waits
			s, d := c.repeats[length], c.left
			if above {
				d = c.above
			}
			word |= uint64(s.Bits) << (n & 63)
			n += uint(s.Size)
			word |= uint64(d.Bits) << (n & 63)
			n += uint(d.Size)
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
		seen.symbols[deflate.EndOfBlock]++
		return to
	}
	word |= uint64(c.ends.Bits) << n
	n += uint(c.ends.Size) + 3           // and the head of an empty stored block, three zeros
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
	most := min(end-i, deflate.MaxRepeat)
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
