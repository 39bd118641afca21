package pdf

import (
	"bytes"
	"encoding/binary"
	"hash/adler32"
	"math/bits"
	"slices"
)

// deflater compresses what each copy has of its own: a few short streams, for which zlib spends most of its time on looking for
// repetitions and on tables. Content has one code, made beforehand. Letters of ornament are compressed beforehand and copied
// in, with what stands between them in the standard's fixed code.
type deflater struct {
	out  []byte
	bits uint64 // not yet in out, the lowest first
	n    uint   // how many they are
	open bool   // within a block of the fixed code
	sum  uint32 // Adler-32 of what went in
	size int    // how much that is
}

const (
	least   = 3 // of what can be copied
	longest = 258
	window  = 1 << 15
	modulus = 65521 // of Adler-32
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
	if len(splices) > 0 || !d.content(data) {
		d.spliced(data, splices)
		d.block()
		d.close()
		d.put(0b011, 3) // the last block, which is empty
		d.put(0, 7)
	}
	d.align()
	return binary.BigEndian.AppendUint32(d.out, d.sum)
}

// content writes data as a block, the last one, in the code of content. It is false, and nothing is written, where the data has
// a byte that is not in it.
func (d *deflater) content(data []byte) bool {
	start := len(d.out)
	d.out = append(d.out, contentHead.out...)
	at := len(d.out)
	d.out = slices.Grow(d.out, 2*len(data)+16) // no byte has more than 11 bits
	out, word, n := d.out[:cap(d.out)], contentHead.bits, contentHead.n
	rest := data
	for ; len(rest) >= 4; rest = rest[4:] { // with what is left of the byte before 51 bits at most
		c0, c1, c2, c3 := contentCode[rest[0]], contentCode[rest[1]], contentCode[rest[2]], contentCode[rest[3]]
		if c0&c1&c2&c3&isContent == 0 {
			break
		}
		word |= uint64(c0.bits()) << (n & 63)
		n += c0.size()
		word |= uint64(c1.bits()) << (n & 63)
		n += c1.size()
		word |= uint64(c2.bits()) << (n & 63)
		n += c2.size()
		word |= uint64(c3.bits()) << (n & 63)
		n += c3.size()
		binary.LittleEndian.PutUint64(out[at:], word)
		at += int(n >> 3)
		word >>= n & 0x38
		n &= 7
	}
	d.out, d.bits, d.n = out[:at], word, n
	for _, b := range rest {
		if contentCode[b] == 0 {
			d.out, d.bits, d.n = out[:start], 0, 0
			return false
		}
		d.put(contentCode[b].bits(), contentCode[b].size())
	}
	d.put(contentEnd.bits(), contentEnd.size())
	d.count(adler32.Checksum(data), len(data))
	return true
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
func (d *deflater) symbol(v int) { d.put(fixed[v].bits(), fixed[v].size()) }

// bitcode is a symbol, its bits in the order in which they are written, and above 16 of them how many they are.
type bitcode uint32

func (c bitcode) bits() uint32 { return uint32(c & 0xFFFF) }
func (c bitcode) size() uint   { return uint(c >> 16 & 0xF) }

// isContent is set in the codes of content, so that four are looked at together.
const isContent = 1 << 31

// bitcodes returns the codes of these lengths, as deflate numbers them; 0 for what has none.
func bitcodes(lengths []uint8) []bitcode {
	out := make([]bitcode, len(lengths))
	next := 0
	for n := uint8(1); n < 16; n++ {
		next <<= 1
		for s, l := range lengths {
			if l == n {
				out[s] = bitcode(n)<<16 | bitcode(bits.Reverse16(uint16(next))>>(16-n))
				next++
			}
		}
	}
	return out
}

// endOfBlock is the symbol behind those of bytes.
const endOfBlock = 256

// fixed is the standard's code.
var fixed = func() []bitcode {
	lengths := bytes.Repeat([]byte{8}, 288)
	copy(lengths[144:], bytes.Repeat([]byte{9}, 112))
	copy(lengths[256:], bytes.Repeat([]byte{7}, 24))
	return bitcodes(lengths)
}()

// contentLengths are how many bits the bytes of content take, as often as they were found in pages, with endOfBlock, U+0100:
// they make a complete code.
var contentLengths = func() []uint8 {
	lengths := make([]uint8, endOfBlock+1)
	for n, all := range [...]string{
		2: " ", 3: "01", 4: "2", 5: "34678er", 6: "\n./59", 7: "<>CDTcmo", 8: "-BEMQXfginqt", 9: "AFIJS[]adp", 10: "PblsuĀ", 11: "()GLNORUhkwy",
	} {
		for _, symbol := range all {
			lengths[symbol] = uint8(n)
		}
	}
	return lengths
}()

// contentCode is that code.
var contentCode, contentEnd = func() (all [256]bitcode, end bitcode) {
	made := bitcodes(contentLengths)
	for b, c := range made[:endOfBlock] {
		if c != 0 {
			all[b] = c | isContent
		}
	}
	return all, made[endOfBlock]
}()

// contentHead is the head of a block with that code.
var contentHead = func() (d deflater) {
	d.put(0b101, 3)            // the last block, with codes of its own
	d.put(0, 5)                // bytes and the end
	d.put(2-1, 5)              // distances, none of them used: one would be no complete code
	d.put(uint32(19-4), 4)     // codes of lengths
	sizes := make([]uint8, 19) // and of runs of lengths that are 0: 17 for 3 and more, 18 for 11 and more
	for _, l := range [...]int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 17, 18} {
		sizes[l] = 4
	}
	sizes[10], sizes[11] = 3, 3
	for _, l := range [...]int{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15} {
		d.put(uint32(sizes[l]), 3)
	}
	made := bitcodes(sizes)
	put := func(l int) { d.put(made[l].bits(), made[l].size()) }
	for rest := append(slices.Clone(contentLengths), 1, 1); len(rest) > 0; {
		none := min(len(rest)-len(bytes.TrimLeft(rest, "\x00")), 138)
		switch {
		case none >= 11:
			put(18)
			d.put(uint32(none-11), 7)
		case none >= 3:
			put(17)
			d.put(uint32(none-3), 3)
		default:
			put(int(rest[0]))
			none = 1
		}
		rest = rest[none:]
	}
	for ; d.n >= 8; d.n -= 8 { // so that four codes have room behind it
		d.out = append(d.out, byte(d.bits))
		d.bits >>= 8
	}
	return d
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
