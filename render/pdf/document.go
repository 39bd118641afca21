package pdf

import (
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
)

// document is the objects of a PDF, numbered from 1.
type document struct {
	objects [][]byte
	packer  *zlib.Writer // nil before the first stream; it holds some 0.8 MB
}

// parse reads the plain file with one section that gopdf writes.
func parse(file []byte) (*document, error) {
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
	d := &document{}
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
		d.objects = append(d.objects, bytes.TrimSpace(body))
	}
	return d, nil
}

// add appends an object and returns its number.
func (d *document) add(format string, args ...any) int {
	d.objects = append(d.objects, fmt.Appendf(nil, format, args...))
	return len(d.objects)
}

// extend adds entries to an object that is a dictionary.
func (d *document) extend(object int, format string, args ...any) {
	body := bytes.TrimSuffix(d.objects[object-1], []byte(">>"))
	d.objects[object-1] = append(fmt.Appendf(bytes.Clone(body), format, args...), ">>"...)
}

// level takes half the time of zlib's default and 3 % more bytes.
const level = 4

// stream appends a compressed stream with entries in its dictionary and returns its number.
func (d *document) stream(entries string, data []byte) int {
	var packed bytes.Buffer
	if d.packer == nil {
		d.packer, _ = zlib.NewWriterLevel(&packed, level)
	} else {
		d.packer.Reset(&packed)
	}
	_, _ = d.packer.Write(data) // to memory
	_ = d.packer.Close()
	return d.add("<<%s /Filter /FlateDecode /Length %d>>\nstream\n%s\nendstream", entries, packed.Len(), packed.Bytes())
}

// bytes writes the file. Its ID is made from its objects: the same document is the same bytes.
func (d *document) bytes(root, info int) []byte {
	var out bytes.Buffer
	out.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	hash := sha256.New()
	places := make([]int, len(d.objects))
	for i, o := range d.objects {
		places[i] = out.Len()
		fmt.Fprintf(&out, "%d 0 obj\n%s\nendobj\n", i+1, o)
		hash.Write(o)
	}
	xref := out.Len()
	fmt.Fprintf(&out, "xref\n0 %d\n0000000000 65535 f \n", len(places)+1)
	for _, p := range places {
		fmt.Fprintf(&out, "%010d 00000 n \n", p)
	}
	id := hash.Sum(nil)[:16]
	fmt.Fprintf(&out, "trailer\n<</Size %d /Root %d 0 R /Info %d 0 R /ID [<%X> <%X>]>>\nstartxref\n%d\n%%%%EOF\n", len(places)+1, root, info, id, id, xref)
	return out.Bytes()
}

// textString is a text as UTF-16, which takes every character and needs no escapes.
func textString(s string) string {
	var out strings.Builder
	out.WriteString("<FEFF")
	for _, u := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(&out, "%04X", u)
	}
	return out.String() + ">"
}

// number appends a number with at most three decimals and nothing needless.
func number(to []byte, v float64) []byte {
	thousandths := int64(math.Round(v * 1000))
	if thousandths < 0 {
		to = append(to, '-')
		thousandths = -thousandths
	}
	to = strconv.AppendInt(to, thousandths/1000, 10)
	rest := thousandths % 1000
	if rest == 0 {
		return to
	}
	to = append(to, '.', byte('0'+rest/100), byte('0'+rest/10%10), byte('0'+rest%10))
	for to[len(to)-1] == '0' {
		to = to[:len(to)-1]
	}
	return to
}
