package pdf

import (
	"encoding/binary"
	"hash/adler32"
	"math/bits"
)

// deflater compresses what each copy has of its own: a few short streams, for which zlib spends most of its time on tables.
// It finds repetitions as zlib does and has the standard's fixed code, which for so little is as short. Letters of ornament
// are compressed beforehand and copied in.
type deflater struct {
	out  []byte
	bits uint64 // not yet in out, the lowest first
	n    uint   // how many they are
	open bool   // within a block of the fixed code
	sum  uint32 // Adler-32 of what went in
	size int    // how much that is

	heads [1 << hashBits]uint16 // place + 1 where four bytes with a hash stood last
	chain []uint16              // by place: where they stood before
}

const (
	hashBits  = 11
	least     = 3 // of what can be copied
	longest   = 258
	window    = 1 << 15
	tries     = 4
	modulus   = 65521 // of Adler-32
	chainable = 1<<16 - 2
)

// ink is data that is compressed beforehand, from a byte's edge to a byte's edge.
type ink struct {
	raw    []byte
	sum    uint32
	packed []byte
}

// splice is ink in the middle of data.
type splice struct {
	at int // in the data
	*ink
}

// pack returns the data, with the splices where they belong, as a zlib stream in memory that the next call takes back.
func (d *deflater) pack(data []byte, splices []splice) []byte {
	d.out = append(d.out[:0], 0x78, 0x01)
	d.bits, d.n, d.open, d.sum, d.size = 0, 0, false, 1, 0
	if len(splices) == 0 {
		d.find(data)
		d.count(adler32.Checksum(data), len(data))
	} else {
		d.spliced(data, splices)
	}
	d.block()
	d.close()
	d.put(0b011, 3) // the last block, which is empty
	d.put(0, 7)
	d.align()
	return binary.BigEndian.AppendUint32(d.out, d.sum)
}

// spliced writes data with letters in it. What stands between two of them begins and ends as it did before.
func (d *deflater) spliced(data []byte, splices []splice) {
	var before []byte
	beforeAt := 0
	places := make([]int, len(splices))
	from := 0
	for i := range len(splices) + 1 {
		to := len(data)
		if i < len(splices) {
			to = splices[i].at
		}
		between := data[from:to]
		at := d.size
		same := prefix(between, before)
		if same < 4 {
			same = 0
		} else {
			d.copy(same, d.size-beforeAt)
		}
		rest := between[same:]
		end := suffix(rest, before)
		if end < 4 {
			end = 0
		}
		d.literals(rest[:len(rest)-end])
		if end > 0 {
			d.copy(end, at+len(between)-end-(beforeAt+len(before)-end))
		}
		d.count(adler32.Checksum(between), len(between))
		before, beforeAt, from = between, at, to
		if i == len(splices) {
			break
		}
		places[i] = d.size
		letter := splices[i].ink
		again := false
		for j := i - 1; j >= 0 && !again && len(letter.raw) >= least; j-- {
			if again = splices[j].ink == letter && d.size-places[j] <= window; again {
				for left := len(letter.raw); left > 0; {
					n := min(left, longest)
					if left-n > 0 && left-n < least {
						n = left - least
					}
					d.copy(n, d.size-places[j])
					left -= n
				}
			}
		}
		if !again {
			d.sync()
			d.out = append(d.out, letter.packed...)
		}
		d.count(letter.sum, len(letter.raw))
	}
}

func prefix(a, b []byte) int {
	n, i := min(len(a), len(b), longest), 0
	for ; i+8 <= n; i += 8 {
		if x := binary.LittleEndian.Uint64(a[i:]) ^ binary.LittleEndian.Uint64(b[i:]); x != 0 {
			return i + bits.TrailingZeros64(x)/8
		}
	}
	for ; i < n; i++ {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

func suffix(a, b []byte) int {
	n := min(len(a), len(b), longest)
	for i := range n {
		if a[len(a)-1-i] != b[len(b)-1-i] {
			return i
		}
	}
	return n
}

// count adds data with a checksum to what went in.
func (d *deflater) count(sum uint32, n int) {
	a1, b1, a2, b2 := uint64(d.sum&0xFFFF), uint64(d.sum>>16), uint64(sum&0xFFFF), uint64(sum>>16)
	a := (a1 + a2 + modulus - 1) % modulus
	b := (b1 + b2 + uint64(n)%modulus*(a1+modulus-1)) % modulus
	d.sum = uint32(b<<16 | a)
	d.size += n
}

// find writes data with its repetitions copied.
func (d *deflater) find(data []byte) {
	clear(d.heads[:])
	if cap(d.chain) < len(data) {
		d.chain = make([]uint16, len(data))
	}
	chain := d.chain[:len(data)]
	hash := func(i int) uint32 { return binary.LittleEndian.Uint32(data[i:]) * 0x9E3779B1 >> (32 - hashBits) }
	i := 0
	for i+4 <= len(data) && i < chainable {
		h := hash(i)
		best, at := 3, 0
		for c, n := int(d.heads[h])-1, tries; c >= 0 && n > 0 && i-c <= window; c, n = int(chain[c])-1, n-1 {
			if i+best < len(data) && data[c+best] != data[i+best] {
				continue
			}
			if l := prefix(data[i:], data[c:]); l > best {
				best, at = l, c
			}
		}
		chain[i], d.heads[h] = d.heads[h], uint16(i+1)
		if best < 4 {
			d.literal(data[i])
			i++
			continue
		}
		d.copy(best, i-at)
		for end := i + best; ; {
			if i++; i >= end || i+4 > len(data) || i >= chainable {
				i = end
				break
			}
			h := hash(i)
			chain[i], d.heads[h] = d.heads[h], uint16(i+1)
		}
	}
	d.literals(data[i:])
}

func (d *deflater) put(v uint32, n uint) {
	d.bits |= uint64(v) << d.n
	d.n += n
	if d.n >= 32 {
		d.out = binary.LittleEndian.AppendUint32(d.out, uint32(d.bits))
		d.bits >>= 32
		d.n -= 32
	}
}

// align goes on at a byte's edge.
func (d *deflater) align() {
	for ; d.n > 0; d.n -= min(d.n, 8) {
		d.out = append(d.out, byte(d.bits))
		d.bits >>= 8
	}
}

// block begins a block of the fixed code, if none is open.
func (d *deflater) block() {
	if !d.open {
		d.put(0b010, 3)
		d.open = true
	}
}

// close ends the block that is open.
func (d *deflater) close() {
	if d.open {
		d.put(0, 7)
		d.open = false
	}
}

// sync goes to a byte's edge by an empty stored block.
func (d *deflater) sync() {
	d.close()
	d.put(0, 3)
	d.align()
	d.out = append(d.out, 0, 0, 0xFF, 0xFF)
}

func (d *deflater) literals(data []byte) {
	for _, b := range data {
		d.literal(b)
	}
}

func (d *deflater) literal(b byte) {
	d.block()
	d.symbol(int(b))
}

// symbol writes a literal, or the code of a length.
func (d *deflater) symbol(v int) { d.put(uint32(fixed[v].bits), uint(fixed[v].n)) }

// fixed is the standard's code, its bits in the order in which they are written.
var fixed = func() (code [286]struct {
	bits uint16
	n    uint8
}) {
	for v := range code {
		w, n := 0xC0+v-280, 8
		switch {
		case v < 144:
			w = 0x30 + v
		case v < 256:
			w, n = 0x190+v-144, 9
		case v < 280:
			w, n = v-256, 7
		}
		code[v].bits, code[v].n = bits.Reverse16(uint16(w))>>(16-n), uint8(n)
	}
	return code
}()

// copy repeats length bytes, 3 to 258, from distance bytes before, at most 32768.
func (d *deflater) copy(length, distance int) {
	d.block()
	switch l := length - least; {
	case length == longest:
		d.symbol(285)
	case l < 8:
		d.symbol(257 + l)
	default:
		extra := uint(bits.Len(uint(l)) - 3)
		d.symbol(257 + int(extra)*4 + l>>extra)
		d.put(uint32(l)&(1<<extra-1), extra)
	}
	v := distance - 1
	code, extra := v, uint(0)
	if v >= 4 {
		extra = uint(bits.Len(uint(v)) - 2)
		code = int(extra)*2 + v>>extra
	}
	d.put(bits.Reverse32(uint32(code))>>27, 5)
	d.put(uint32(v)&(1<<extra-1), extra)
}
