// Package qr makes the QR code of a short text at level Q in the smallest of versions 1 to 4, by ISO/IEC 18004: as
// alphanumeric where it is, as an address in upper case is, else as bytes. What no text changes (finder, timing and alignment patterns, format, the eight masks) is made once, and
// rows are words, so that a rule looks at all modules of a row at a time.
//
// It knows nothing of pictures. Begin with Encode.
package qr

import (
	"errors"
	"math/bits"
	"sync"
)

// ErrText is the error of a text that is empty, or too long for version 4: over 67 characters of 0-9, A-Z, space and
// $%*+-./: or, where it has others, over 46 bytes.
var ErrText = errors.New("qr: the text is empty or too long")

// Matrix is the modules of a code, without a quiet zone.
type Matrix struct {
	Side int
	rows [maxSide]uint64 // the lowest bit is the first module
}

// Dark reports whether the module in column x of row y is dark.
func (m *Matrix) Dark(x, y int) bool { return m.rows[y]>>x&1 == 1 }

// Rows returns the rows, each from its lowest bit on, 1 for dark.
func (m *Matrix) Rows() []uint64 { return m.rows[:m.Side] }

const (
	versions = 4
	maxSide  = 17 + 4*versions
	masks    = 8
)

// layout is what the standard's tables say of a version at level Q: codewords of data and of correction in each block.
type layout struct{ blocks, data, correction int }

var layouts = [versions]layout{{1, 13, 13}, {1, 22, 22}, {2, 17, 18}, {2, 24, 26}}

// size is how many the text takes: 4 of mode, then alphanumeric 9 of length, 11 for two characters and 6 for one; of bytes 8
// and 8.
func size(text string) (bits int, alphanumeric bool) {
	for i := range len(text) {
		if value(text[i]) < 0 {
			return 12 + 8*len(text), false
		}
	}
	return 13 + len(text)/2*11 + len(text)%2*6, true
}

// plan is all of a version that no text changes.
type plan struct {
	layout
	side   int
	masked [masks][maxSide]uint64 // by mask: its modules where data stands, and every function pattern
	places []place                // of the bits of the codewords, in their order
	// remainders[b] is what a codeword b adds to the correction, the first of its codewords highest.
	remainders [256][26]byte
}

type place struct{ x, y uint8 }

// plans are made for the first code.
var plans = sync.OnceValue(func() *[versions]plan {
	var all [versions]plan
	for i := range all {
		all[i].make(layouts[i], i+1)
	}
	return &all
})

// Encode returns the code of a text with the mask that the standard's four rules prefer, the first of equal ones.
func Encode(text string) (Matrix, error) {
	p, rows, err := modules(text)
	if err != nil {
		return Matrix{}, err
	}
	best, least := Matrix{}, 0
	for mask := range masks {
		m := p.with(&rows, mask)
		if penalty := m.penalty(); mask == 0 || penalty < least {
			best, least = m, penalty
		}
	}
	return best, nil
}

// modules returns the plan of the smallest version and the modules of the text, not masked.
func modules(text string) (*plan, [maxSide]uint64, error) {
	var rows [maxSide]uint64
	if text == "" {
		return nil, rows, ErrText
	}
	bits, alphanumeric := size(text)
	all := plans()
	for i := range all {
		if p := &all[i]; bits <= 8*p.blocks*p.layout.data {
			var words [100]byte
			p.codewords(&words, text, alphanumeric)
			for i, at := range p.places {
				rows[at.y] |= uint64(words[i/8]>>(7-i%8)&1) << at.x
			}
			return p, rows, nil
		}
	}
	return nil, rows, ErrText
}

// with returns the code under a mask.
func (p *plan) with(data *[maxSide]uint64, mask int) Matrix {
	m := Matrix{Side: p.side}
	for y := range p.side {
		m.rows[y] = data[y] ^ p.masked[mask][y]
	}
	return m
}

// codewords fills to with data and correction as they are placed: a codeword of each block in turn.
func (p *plan) codewords(to *[100]byte, text string, alphanumeric bool) {
	var data [48]byte
	n := 0
	put := func(v, width int) {
		for width > 0 {
			room := 8 - n%8
			take := min(room, width)
			width -= take
			data[n/8] |= byte(v >> width & (1<<take - 1) << (room - take))
			n += take
		}
	}
	if alphanumeric {
		put(0b0010, 4)
		put(len(text), 9)
		i := 0
		for ; i+1 < len(text); i += 2 {
			put(45*value(text[i])+value(text[i+1]), 11)
		}
		if i < len(text) {
			put(value(text[i]), 6)
		}
	} else {
		put(0b0100, 4)
		put(len(text), 8)
		for i := range len(text) {
			put(int(text[i]), 8)
		}
	}
	size := p.blocks * p.layout.data
	n = min(n+4, 8*size) // end of the text
	for i, filling := (n+7)/8, byte(0xEC); i < size; i, filling = i+1, filling^0xEC^0x11 {
		data[i] = filling
	}
	for b := range p.blocks {
		block := data[b*p.layout.data:][:p.layout.data]
		var correction [26]byte
		for i, word := range block {
			to[i*p.blocks+b] = word
			first := word ^ correction[0]
			copy(correction[:], correction[1:p.correction])
			correction[p.correction-1] = 0
			for j, r := range p.remainders[first][:p.correction] {
				correction[j] ^= r
			}
		}
		for i, word := range correction[:p.correction] {
			to[size+i*p.blocks+b] = word
		}
	}
}

// value is the number of an alphanumeric character, below zero for any other.
func value(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'A' && c <= 'Z':
		return int(c-'A') + 10
	}
	switch c {
	case ' ':
		return 36
	case '$':
		return 37
	case '%':
		return 38
	case '*':
		return 39
	case '+':
		return 40
	case '-':
		return 41
	case '.':
		return 42
	case '/':
		return 43
	case ':':
		return 44
	}
	return -1
}

// make fills a plan.
func (p *plan) make(l layout, version int) {
	p.layout, p.side = l, 17+4*version
	var dark, used [maxSide]uint64
	set := func(x, y int, v bool) {
		if x < 0 || y < 0 || x >= p.side || y >= p.side {
			return
		}
		used[y] |= 1 << x
		dark[y] &^= 1 << x
		if v {
			dark[y] |= 1 << x
		}
	}
	square := func(x, y, reach, ring int) { // dark, but for the ring at a distance from its middle
		for dy := -reach; dy <= reach; dy++ {
			for dx := -reach; dx <= reach; dx++ {
				far := max(dx, -dx, dy, -dy)
				set(x+dx, y+dy, far != ring && far != 4) // 4: the border of a finder
			}
		}
	}
	for i := range p.side {
		set(i, 6, i%2 == 0)
		set(6, i, i%2 == 0)
	}
	for _, at := range [3][2]int{{3, 3}, {p.side - 4, 3}, {3, p.side - 4}} {
		square(at[0], at[1], 4, 2)
	}
	if version > 1 {
		square(p.side-7, p.side-7, 2, 1)
	}
	for i := range formatBits {
		for _, at := range p.formatAt(i) {
			set(at[0], at[1], false)
		}
	}
	set(8, p.side-8, true)

	for right := p.side - 1; right > 0; right -= 2 {
		if right == 6 { // the column of the timing pattern
			right--
		}
		up := (right+1)&2 == 0
		for i := range p.side {
			y := i
			if up {
				y = p.side - 1 - i
			}
			for x := right; x > right-2; x-- {
				if used[y]>>x&1 == 0 {
					p.places = append(p.places, place{uint8(x), uint8(y)})
				}
			}
		}
	}
	p.places = p.places[:8*l.blocks*(l.data+l.correction)] // what is left over is light before it is masked

	for mask := range masks {
		rows := &p.masked[mask]
		for y := range p.side {
			rows[y] = dark[y]
			for x := range p.side {
				if used[y]>>x&1 == 0 && masks8[mask](x, y) {
					rows[y] |= 1 << x
				}
			}
		}
		format := formatOf(mask)
		for i := range formatBits {
			for _, at := range p.formatAt(i) {
				rows[at[1]] |= uint64(format>>i&1) << at[0]
			}
		}
	}

	generator := generatorOf(l.correction)
	for b := range p.remainders {
		for j := range generator {
			p.remainders[b][j] = times(byte(b), generator[j])
		}
	}
}

var masks8 = [masks]func(x, y int) bool{
	func(x, y int) bool { return (x+y)%2 == 0 },
	func(x, y int) bool { return y%2 == 0 },
	func(x, y int) bool { return x%3 == 0 },
	func(x, y int) bool { return (x+y)%3 == 0 },
	func(x, y int) bool { return (x/3+y/2)%2 == 0 },
	func(x, y int) bool { return x*y%2+x*y%3 == 0 },
	func(x, y int) bool { return (x*y%2+x*y%3)%2 == 0 },
	func(x, y int) bool { return ((x+y)%2+x*y%3)%2 == 0 },
}

const formatBits = 15

// formatOf is level and mask with their correction, as it is placed.
func formatOf(mask int) int {
	const levelQ = 0b11
	format := (levelQ<<3 | mask) << 10
	rest := format
	for i := 14; i >= 10; i-- {
		if rest>>i&1 == 1 {
			rest ^= 0b10100110111 << (i - 10)
		}
	}
	return (format | rest) ^ 0b101010000010010
}

// formatAt returns the two places of a bit of the format, the lowest one 0.
func (p *plan) formatAt(i int) [2][2]int {
	switch {
	case i < 6:
		return [2][2]int{{8, i}, {p.side - 1 - i, 8}}
	case i < 8:
		return [2][2]int{{8, i + 1}, {p.side - 1 - i, 8}}
	case i == 8:
		return [2][2]int{{7, 8}, {8, p.side - 7}}
	}
	return [2][2]int{{14 - i, 8}, {8, p.side - 15 + i}}
}

// generatorOf returns the factors of the generator polynomial of a degree without its first, which is 1.
func generatorOf(degree int) []byte {
	g := make([]byte, degree)
	g[degree-1] = 1
	root := byte(1)
	for range degree {
		for j := range g {
			g[j] = times(g[j], root)
			if j+1 < degree {
				g[j] ^= g[j+1]
			}
		}
		root = times(root, 2)
	}
	return g
}

// times multiplies in the field of 256 with x^8+x^4+x^3+x^2+1.
func times(a, b byte) byte {
	var out byte
	for i := 7; i >= 0; i-- {
		out = out<<1 ^ out>>7*0x1D
		out ^= b >> i & 1 * a
	}
	return out
}

// penalty is what the four rules of the standard take for a code: the less, the better it is read.
func (m *Matrix) penalty() int {
	const run, block, finder, balance = 3, 3, 40, 10
	n := m.Side
	all := uint64(1)<<n - 1
	penalty, dark := 0, 0

	// Runs of five in a column and the finder's pattern in it are looked for from each row down; the rows past the last are
	// light for the finder, as the quiet zone is.
	var rows [maxSide + 14]uint64
	copy(rows[4:], m.rows[:n])
	var fivesDark, fivesLight uint64 // the runs of five that begin in the row before
	for y := range n {
		r := rows[y+4]
		dark += bits.OnesCount64(r)

		// five of one colour in a row: each costs 1, and each run 2 more
		for _, of := range [2]uint64{r, ^r & all} {
			fives := of & (of >> 1) & (of >> 2) & (of >> 3) & (of >> 4)
			penalty += bits.OnesCount64(fives) + (run-1)*bits.OnesCount64(fives&^(fives<<1))
		}
		if y+4 < n {
			down := r & rows[y+5] & rows[y+6] & rows[y+7] & rows[y+8]
			penalty += bits.OnesCount64(down) + (run-1)*bits.OnesCount64(down&^fivesDark)
			fivesDark = down
			down = ^(r | rows[y+5] | rows[y+6] | rows[y+7] | rows[y+8]) & all
			penalty += bits.OnesCount64(down) + (run-1)*bits.OnesCount64(down&^fivesLight)
			fivesLight = down
		}

		// squares of two by two
		if y+1 < n {
			same := ^(r ^ rows[y+5])
			penalty += block * bits.OnesCount64(^(r^r>>1)&same&(same>>1)&(all>>1))
		}

		// dark, light, three dark, light, dark, with four light before or after
		wide := r << 4
		light := ^wide
		found := wide & (light >> 1) & (wide >> 2) & (wide >> 3) & (wide >> 4) & (light >> 5) & (wide >> 6)
		before := light << 1 & (light << 2) & (light << 3) & (light << 4)
		after := light >> 7 & (light >> 8) & (light >> 9) & (light >> 10)
		penalty += finder * bits.OnesCount64(found&(before|after))
		found = r &^ rows[y+5] & rows[y+6] & rows[y+7] & rows[y+8] &^ rows[y+9] & rows[y+10]
		if found != 0 {
			inked := (rows[y] | rows[y+1] | rows[y+2] | rows[y+3]) & (rows[y+11] | rows[y+12] | rows[y+13] | rows[y+14])
			penalty += finder * bits.OnesCount64(found&^inked)
		}
	}

	// each 5 % from half
	total := n * n
	return penalty + balance*(max(20*dark-10*total, 10*total-20*dark)/total)
}
