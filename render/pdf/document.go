package pdf

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/adler32"
	"math"
	"strconv"
	"unicode"
	"unicode/utf16"
)

// document is a PDF being written: objects numbered from 1, in any order. What stands before out in the file is written
// already.
type document struct {
	out    []byte
	before int   // length of what stands before
	places []int // of each object in the file, 0 until it is written
	pack   func(data []byte, splices []splice) []byte
	shared bool   // it is written once for many copies
	room   []byte // working memory
}

// packer compresses as far as zlib does, what is compressed once.
type packer struct {
	packed bytes.Buffer
	zip    *flate.Writer // nil before the first stream: it takes 0.8 MB
}

// start begins another copy behind what is written already, with the places of its objects.
func (d *document) start(before int, places []int) {
	d.out, d.before, d.places = d.out[:0], before, append(d.places[:0], places...)
}

// reserve returns the number of an object that is written later.
func (d *document) reserve() int {
	d.places = append(d.places, 0)
	return len(d.places)
}

// begin begins an object.
func (d *document) begin(object int) {
	d.places[object-1] = d.before + len(d.out)
	d.out = append(strconv.AppendInt(d.out, int64(object), 10), " 0 obj\n"...)
}

// end ends the object that was begun.
func (d *document) end() { d.out = append(d.out, "\nendobj\n"...) }

// write writes an object.
func (d *document) write(object int, format string, args ...any) {
	d.begin(object)
	d.out = fmt.Appendf(d.out, format, args...)
	d.end()
}

// add writes a new object and returns its number.
func (d *document) add(format string, args ...any) int {
	n := d.reserve()
	d.write(n, format, args...)
	return n
}

// stream writes a stream with entries in its dictionary, compressed where that is shorter, and returns its number.
func (d *document) stream(entries string, data []byte, splices ...splice) int {
	const short = 128 // of which compression makes nothing
	if len(data) > short || len(splices) > 0 {
		if packed := d.pack(data, splices); len(packed) < len(data) || len(splices) > 0 {
			return d.plain(entries+" /Filter /FlateDecode", packed)
		}
	}
	return d.plain(entries, data)
}

// program writes a font program and returns its number. Of one that is a copy's own compression makes too little.
func (d *document) program(program []byte) int {
	if !d.shared {
		return d.plain("/Subtype /CIDFontType0C", program)
	}
	return d.stream("/Subtype /CIDFontType0C", program)
}

// plain writes a stream as it is and returns its number.
func (d *document) plain(entries string, data []byte) int {
	n := d.reserve()
	d.begin(n)
	d.out = append(append(d.out, "<<"...), entries...)
	d.out = append(strconv.AppendInt(append(d.out, " /Length "...), int64(len(data)), 10), ">>\nstream\n"...)
	d.out = append(append(d.out, data...), "\nendstream"...)
	d.end()
	return n
}

// pack returns the data, which has no splices, as a zlib stream in memory that the next call takes back.
func (p *packer) pack(data []byte, _ []splice) []byte {
	packed := p.deflate("\x78\xDA", data, (*flate.Writer).Close)
	return binary.BigEndian.AppendUint32(packed, adler32.Checksum(data))
}

// ink compresses what will stand in the middle of other data.
func (p *packer) ink(data []byte) *ink {
	return &ink{data, adler32.Checksum(data), bytes.Clone(p.deflate("", data, (*flate.Writer).Flush))}
}

// deflate compresses data behind a head into memory that the next call takes back.
func (p *packer) deflate(head string, data []byte, end func(*flate.Writer) error) []byte {
	p.packed.Reset()
	p.packed.WriteString(head)
	if p.zip == nil {
		p.zip, _ = flate.NewWriter(&p.packed, flate.BestCompression)
	} else {
		p.zip.Reset(&p.packed)
	}
	_, _ = p.zip.Write(data) // to memory
	_ = end(p.zip)
	return p.packed.Bytes()
}

// header is the start of the file.
const header = "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"

// finish writes cross-reference table and trailer.
func (d *document) finish(root, info int, id [sha256.Size]byte) {
	xref := d.before + len(d.out)
	d.out = fmt.Appendf(d.out, "xref\n0 %d\n0000000000 65535 f \n", len(d.places)+1)
	for _, p := range d.places {
		var line [10]byte
		for i := len(line) - 1; i >= 0; i-- {
			line[i] = byte('0' + p%10)
			p /= 10
		}
		d.out = append(append(d.out, line[:]...), " 00000 n \n"...)
	}
	d.out = fmt.Appendf(d.out, "trailer\n<</Size %d /Root %d 0 R /Info %d 0 R /ID [<%X> <%X>]>>\nstartxref\n%d\n%%%%EOF\n", len(d.places)+1, root, info, id[:16], id[:16], xref)
}

// parse returns the objects of the plain file with one section that gopdf writes.
func parse(file []byte) ([][]byte, error) {
	at := bytes.LastIndex(file, []byte("startxref\n"))
	if at < 0 {
		return nil, errors.New("there is no startxref")
	}
	words := bytes.Fields(file[at:])
	if len(words) < 2 {
		return nil, errors.New("startxref has no place")
	}
	xref, err := strconv.Atoi(string(words[1]))
	if err != nil || xref < 0 || xref > len(file) {
		return nil, errors.New("startxref has a wrong place")
	}
	table := bytes.Fields(file[xref:])
	if len(table) < 3 {
		return nil, errors.New("the cross-reference table is empty")
	}
	n, err := strconv.Atoi(string(table[2]))
	if err != nil || len(table) < 3+3*n {
		return nil, errors.New("the cross-reference table is short")
	}
	objects := [][]byte{}
	for i := 1; i < n; i++ {
		from, err := strconv.Atoi(string(table[3+3*i]))
		if err != nil || from < 0 || from > len(file) {
			return nil, fmt.Errorf("object %d has a wrong place", i)
		}
		body, ok := bytes.CutPrefix(file[from:], fmt.Appendf(nil, "%d 0 obj\n", i))
		body, _, ends := bytes.Cut(body, []byte("endobj"))
		if !ok || !ends {
			return nil, fmt.Errorf("object %d is not where it should be", i)
		}
		objects = append(objects, bytes.TrimSpace(body))
	}
	return objects, nil
}

// appendText appends a text as UTF-16, which takes every character and needs no escapes.
func appendText(to []byte, s string) []byte {
	return append(appendString16(append(to, "<FEFF"...), s), '>')
}

// appendString16 appends a text as the hexadecimal digits of UTF-16.
func appendString16(to []byte, s string) []byte {
	for _, r := range s {
		to = appendUTF16(to, r)
	}
	return to
}

// appendUTF16 appends a character so.
func appendUTF16(to []byte, r rune) []byte {
	if a, b := utf16.EncodeRune(r); a != unicode.ReplacementChar {
		return appendHex(appendHex(to, uint16(a)), uint16(b))
	}
	return appendHex(to, uint16(r))
}

// appendHex appends four digits.
func appendHex(to []byte, v uint16) []byte {
	const digits = "0123456789ABCDEF"
	return append(to, digits[v>>12], digits[v>>8&15], digits[v>>4&15], digits[v&15])
}

// appendString appends a string in brackets, as gopdf escapes it.
func appendString(to []byte, s string) []byte {
	to = append(to, '(')
	for i := range len(s) {
		switch c := s[i]; c {
		case '\\', '(', ')':
			to = append(to, '\\', c)
		case '\r':
			to = append(to, `\r`...)
		default:
			to = append(to, c)
		}
	}
	return append(to, ')')
}

// number appends a number with at most three decimals and nothing needless.
func number(to []byte, v float64) []byte { return decimal(to, v, 1000) }

// decimal appends a number with as many decimals as unit, a power of ten, has zeros, and nothing needless.
func decimal(to []byte, v, unit float64) []byte {
	units := int64(math.Round(v * unit))
	if units < 0 {
		to = append(to, '-')
		units = -units
	}
	to = strconv.AppendInt(to, units/int64(unit), 10)
	rest := units % int64(unit)
	if rest == 0 {
		return to
	}
	to = append(to, '.')
	for place := int64(unit) / 10; rest > 0; place /= 10 {
		to = append(to, byte('0'+rest/place))
		rest %= place
	}
	return to
}
