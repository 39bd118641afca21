package render

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
)

// value is what can be drawn: Badge, Neutral or Certificate. It is its own key, so it must be comparable.
type value interface {
	// fields appends every field in an unambiguous form.
	fields([]byte) []byte
	// of is the code of the credential it shows, empty for none.
	of() string
}

func (b Badge) of() string       { return b.Code }
func (n Neutral) of() string     { return "" }
func (c Certificate) of() string { return c.Code }

func (b Badge) fields(to []byte) []byte {
	to = texts(to, "badge", b.Certification, b.Edition, b.Name, b.Lang, string(b.State), b.Code, b.Tier, b.Words, string(b.Style))
	return numbers(to, b.ValidTo.Year, b.ValidTo.Month, b.ValidTo.Day, b.Width, b.Height)
}

func (n Neutral) fields(to []byte) []byte {
	return numbers(texts(to, "neutral", n.Words, string(n.Style)), n.Width, n.Height)
}

func (c Certificate) fields(to []byte) []byte {
	to = texts(to, "certificate", c.Certification, c.Edition, c.Name, c.Lang, string(c.State), c.Code, c.Tier, c.Words, string(c.Paper))
	to = numbers(to, c.Granted.Year, c.Granted.Month, c.Granted.Day, c.ValidTo.Year, c.ValidTo.Month, c.ValidTo.Day, c.Width)
	if c.Organisation {
		return append(to, 1)
	}
	return append(to, 0)
}

func texts(to []byte, values ...string) []byte {
	for _, s := range values {
		to = binary.AppendUvarint(to, uint64(len(s)))
		to = append(to, s...)
	}
	return to
}

func numbers(to []byte, values ...int) []byte {
	for _, n := range values {
		to = binary.AppendVarint(to, int64(n))
	}
	return to
}

// fingerprint stands for all that pictures depend on beside their value.
type fingerprint [sha256.Size]byte

// etag returns the strong entity tag of a value, in quotes.
func (f *fingerprint) etag(v value) string {
	var room [512]byte
	var sum [sha256.Size]byte
	if b, ok := v.(Badge); ok { // what is passed to it by its name takes no memory
		sum = sha256.Sum256(b.fields(append(room[:0], f[:]...)))
	} else {
		sum = sha256.Sum256(v.fields(bytes.Clone(f[:])))
	}
	var tag [34]byte
	tag[0], tag[33] = '"', '"'
	hex.Encode(tag[1:], sum[:16])
	return string(tag[:])
}

// fingerprintOf covers artwork, brand and words. What is compiled in counts by Version.
func fingerprintOf(c Config) fingerprint {
	h := sha256.New()
	fmt.Fprintf(h, "%d %q\n%v\n", Version, c.URL, c.Brand)
	for _, a := range c.Arts {
		if a.Own != nil { // by its bytes: a pointer is another one in every run
			fmt.Fprintf(h, "%x ", a.Own.Hash)
			a.Own = nil
		}
		fmt.Fprintf(h, "%v\n", a)
	}
	for _, tag := range c.Messages.Languages() {
		fmt.Fprintf(h, "%v\n", *c.Messages.In(tag)) // a map prints in the order of its keys
	}
	return fingerprint(h.Sum(nil))
}

// in adds the lane: the same value made otherwise has other bytes.
func (f fingerprint) in(lane string) fingerprint { return sha256.Sum256(append(f[:], lane...)) }
