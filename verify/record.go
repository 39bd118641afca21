package verify

import (
	"encoding/binary"
	"fmt"
	"time"
)

// The public record is read on every request, so its bytes are laid out by hand: a version byte, texts with
// their lengths, days and instants as numbers.

const recordVersion = 1

// Encode returns the record's bytes for a Store.
func (r Record) Encode() []byte {
	b := make([]byte, 1, 192)
	b[0] = recordVersion
	for _, s := range []string{string(r.Code), string(r.Consent), r.Certification, r.Edition, r.Name, string(r.Kind), r.Lang, r.Tier} {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	for _, d := range []Day{r.GrantedAt, r.RenewedAt} {
		b = binary.AppendUvarint(b, uint64(d.Year))
		b = append(b, byte(d.Month), byte(d.Day))
	}
	for _, t := range []time.Time{r.ExpiresAt, r.RevokedAt, r.SuspendedAt} {
		n := int64(0) // no instant
		if !t.IsZero() {
			n = t.Unix() + 1<<40 // later than any zero, long before any of ours
		}
		b = binary.AppendVarint(b, n)
	}
	return b
}

// Decode reads what Encode wrote. Bytes that it cannot have written are ErrTampered.
func (r *Record) Decode(b []byte) error {
	bad := func(what string) error { return fmt.Errorf("public record: %w: %s", ErrTampered, what) }
	if len(b) == 0 || b[0] != recordVersion {
		return bad("version")
	}
	b = b[1:]
	text := string(b) // one copy; the texts are parts of it
	at := 0
	number := func() (uint64, bool) {
		n, size := binary.Uvarint(b[at:])
		at += max(size, 0)
		return n, size > 0
	}
	var texts [8]string
	for i := range texts {
		n, ok := number()
		if !ok || n > uint64(len(b)-at) {
			return bad("text")
		}
		texts[i] = text[at : at+int(n)]
		at += int(n)
	}
	var days [2]Day
	for i := range days {
		year, ok := number()
		if !ok || year > 9999 || len(b)-at < 2 {
			return bad("day")
		}
		days[i] = Day{int(year), time.Month(b[at]), int(b[at+1])}
		at += 2
	}
	var instants [3]time.Time
	for i := range instants {
		n, size := binary.Varint(b[at:])
		if size <= 0 {
			return bad("instant")
		}
		at += size
		if n != 0 {
			instants[i] = time.Unix(n-1<<40, 0).UTC()
		}
	}
	if at != len(b) {
		return bad("length")
	}
	*r = Record{Code: Code(texts[0]), Consent: Consent(texts[1]), Certification: texts[2], Edition: texts[3], Name: texts[4],
		Kind: Kind(texts[5]), Lang: texts[6], Tier: texts[7], GrantedAt: days[0], RenewedAt: days[1],
		ExpiresAt: instants[0], RevokedAt: instants[1], SuspendedAt: instants[2]}
	return nil
}
