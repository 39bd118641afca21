package pdf

import (
	"encoding/binary"
	"hash/adler32"
	"math/bits"
	"slices"

	"testamur/render/deflate"
)

// deflater compresses what each copy has of its own: a few short streams, for which zlib spends most of its time on looking for
// repetitions and on tables. Content has one code, made beforehand. Letters of ornament are compressed beforehand and copied
// in, with what stands between them in the standard's fixed code.
type deflater struct {
	deflate.Writer
	open bool   // within a block of the fixed code
	sum  uint32 // Adler-32 of what went in
	size int    // how much that is
}

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
	*d = deflater{Writer: deflate.Writer{Bytes: append(d.Bytes[:0], deflate.ZlibHead...)}, sum: 1}
	if len(splices) > 0 || !d.content(data) {
		d.spliced(data, splices)
		d.begin()
		d.close()
		d.Number(0b011, 3) // the last block, which is empty
		d.Put(deflate.Fixed[deflate.EndOfBlock])
	}
	d.Align()
	return binary.BigEndian.AppendUint32(d.Bytes, d.sum)
}

// content writes data as a block, the last one, in the code of content. It is false, and nothing is written, where the data has
// a byte that is not in it.
func (d *deflater) content(data []byte) bool {
	start := len(d.Bytes)
	d.Bytes = append(d.Bytes, contentHead.Bytes...)
	at := len(d.Bytes)
	d.Bytes = slices.Grow(d.Bytes, 2*len(data)+16) // no byte has more than 11 bits
	out, word, n := d.Bytes[:cap(d.Bytes)], contentHead.Bits, contentHead.N
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
	d.Bytes, d.Bits, d.N = out[:at], word, n
	for _, b := range rest {
		if contentCode[b] == 0 {
			d.Bytes, d.Bits, d.N = out[:start], 0, 0
			return false
		}
		d.Number(int(contentCode[b].bits()), int(contentCode[b].size()))
	}
	d.Put(contentEnd)
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
		for j := i - 1; j >= 0 && !again && len(letter.raw) >= deflate.MinRepeat; j-- {
			if again = splices[j].ink == letter && d.size-places[j] <= deflate.Window; again {
				for left := len(letter.raw); left > 0; {
					n := min(left, deflate.MaxRepeat)
					if left-n > 0 && left-n < deflate.MinRepeat {
						n = left - deflate.MinRepeat
					}
					d.copy(n, d.size-places[j])
					left -= n
				}
			}
		}
		if !again {
			d.sync()
			d.Bytes = append(d.Bytes, letter.packed...)
		}
		d.count(letter.sum, len(letter.raw))
	}
}

func prefix(a, b []byte) int {
	n, i := min(len(a), len(b), deflate.MaxRepeat), 0
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
	n := min(len(a), len(b), deflate.MaxRepeat)
	for i := range n {
		if a[len(a)-1-i] != b[len(b)-1-i] {
			return i
		}
	}
	return n
}

// count adds data with a checksum to what went in.
func (d *deflater) count(sum uint32, n int) {
	d.sum = deflate.JoinSums(d.sum, sum, n)
	d.size += n
}

// begin begins a block of the fixed code, if none is open.
func (d *deflater) begin() {
	if !d.open {
		d.Number(0b010, 3)
		d.open = true
	}
}

// close ends the block that is open.
func (d *deflater) close() {
	if d.open {
		d.Put(deflate.Fixed[deflate.EndOfBlock])
		d.open = false
	}
}

// sync goes to a byte's edge by an empty stored block.
func (d *deflater) sync() {
	d.close()
	d.Number(0, 3)
	d.Align()
	d.Bytes = append(d.Bytes, 0, 0, 0xFF, 0xFF)
}

func (d *deflater) literals(data []byte) {
	for _, b := range data {
		d.begin()
		d.Put(deflate.Fixed[b])
	}
}

// copy repeats length bytes, 3 to 258, from distance bytes before, at most 32768.
func (d *deflater) copy(length, distance int) {
	d.begin()
	symbol, more := deflate.Repeat(length)
	d.Put(deflate.Fixed[symbol].Then(more))
	symbol, more = deflate.Distance(distance)
	d.Put(deflate.FixedDistances[symbol].Then(more))
}

// bitcode is the code of a byte of content in one word: its bits, above 16 of them how many they are, and isContent.
type bitcode uint32

func (c bitcode) bits() uint32 { return uint32(c & 0xFFFF) }
func (c bitcode) size() uint   { return uint(c >> 16 & 0xF) }

// isContent is set in the codes of content, so that four are looked at together.
const isContent = 1 << 31

// contentLengths are how many bits the bytes of content take, as often as they were found in pages, with EndOfBlock, U+0100:
// they make a complete code.
var contentLengths = func() []uint8 {
	lengths := make([]uint8, deflate.EndOfBlock+1)
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
var contentCode, contentEnd = func() (all [256]bitcode, end deflate.Code) {
	made := deflate.Codes(contentLengths)
	for b, c := range made[:deflate.EndOfBlock] {
		if c.Size > 0 {
			all[b] = bitcode(c.Bits) | bitcode(c.Size)<<16 | isContent
		}
	}
	return all, made[deflate.EndOfBlock]
}()

// contentHead is the head of a block with that code, the last one.
var contentHead = func() (w deflate.Writer) {
	w.Block(true, contentLengths, []uint8{1, 1}) // two distances, though none is used: one would be no complete code
	return w
}()
