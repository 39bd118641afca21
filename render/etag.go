package render

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
)

// key is a value that can be drawn, a Badge, a Neutral or a Certificate: everything that its picture depends on. It is no
// interface, since to make one takes memory each time.
type key struct {
	kind    string // badge, card, preview, neutral or certificate
	code    string // of the credential it shows; empty for none
	texts   [8]string
	numbers [8]int
}

func (b Badge) key() key {
	kind := "badge"
	if b.Style != StyleSeal {
		kind = string(b.Style)
	}
	return key{kind, b.Code, [8]string{b.Certification, b.Edition, b.Name, b.Lang, string(b.State), b.Tier, b.Words, string(b.Style)},
		[8]int{b.ValidTo.Year, int(b.ValidTo.Month), b.ValidTo.Day, b.Width, b.Height}}
}

func (n Neutral) key() key {
	return key{kind: "neutral", texts: [8]string{n.Words, string(n.Style)}, numbers: [8]int{n.Width, n.Height}}
}

func (c Certificate) key() key {
	organisation := 0
	if c.Organisation {
		organisation = 1
	}
	return key{"certificate", c.Code, [8]string{c.Certification, c.Edition, c.Name, c.Lang, string(c.State), c.Tier, c.Words, string(c.Paper)},
		[8]int{c.Granted.Year, int(c.Granted.Month), c.Granted.Day, c.ValidTo.Year, int(c.ValidTo.Month), c.ValidTo.Day, c.Width, organisation}}
}

// appendTo appends every field in an unambiguous form.
func (k *key) appendTo(to []byte) []byte {
	to = appendText(appendText(to, k.kind), k.code)
	for _, s := range k.texts {
		to = appendText(to, s)
	}
	for _, n := range k.numbers {
		to = binary.AppendVarint(to, int64(n))
	}
	return to
}

func appendText(to []byte, s string) []byte {
	return append(binary.AppendUvarint(to, uint64(len(s))), s...)
}

// fingerprint stands for all that pictures depend on beside their value.
type fingerprint [sha256.Size]byte

// etag returns the strong entity tag of a value, in quotes.
func (f *fingerprint) etag(k key) string {
	var room [512]byte
	sum := sha256.Sum256(k.appendTo(append(room[:0], f[:]...)))
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
