package ledger

import (
	"strings"
	"time"

	"testamur/verify"
)

// Kept is public records in memory, up to MostKept of them, for a store that has its own way to know that they are not
// behind. The zero Kept is empty and ready. It is not safe for concurrent use.
type Kept struct {
	records map[verify.Code]kept
	number  map[string]uint16 // of what stands in many records, such as a certification
	text    []string          // by its number
	turn    int
}

// MostKept bounds the records kept, some 130 bytes each.
const MostKept = 200_000

// kept is a record in half of its size and less, without a pointer for each of its texts.
type kept struct {
	text                                              string // the code and the name
	expires, revoked, suspended                       uint32 // in seconds since 1970; 0 is none
	granted, renewed                                  uint32
	consent, certification, edition, kind, lang, tier uint16
}

// Get returns the record of a code; false where it is not kept.
func (k *Kept) Get(code verify.Code) (verify.Record, bool) {
	r, ok := k.records[code]
	if !ok {
		return verify.Record{}, false
	}
	return verify.Record{
		Code: verify.Code(r.text[:len(code)]), Name: r.text[len(code):], Consent: verify.Consent(k.text[r.consent]),
		Certification: k.text[r.certification], Edition: k.text[r.edition], Kind: verify.Kind(k.text[r.kind]), Lang: k.text[r.lang],
		Tier: k.text[r.tier], GrantedAt: unpackDay(r.granted), RenewedAt: unpackDay(r.renewed),
		ExpiresAt: unpackInstant(r.expires), RevokedAt: unpackInstant(r.revoked), SuspendedAt: unpackInstant(r.suspended),
	}, true
}

// Put keeps a record. Once there is no room, every eighth comes in, in the place of any other: so what is asked for again and
// again outlasts a walk through a large store.
func (k *Kept) Put(r verify.Record) {
	if _, again := k.records[r.Code]; !again && len(k.records) >= MostKept {
		if k.turn++; k.turn%8 != 0 {
			return
		}
		for other := range k.records {
			delete(k.records, other)
			break
		}
	}
	text := string(r.Code) + r.Name
	is := kept{text: text,
		expires: packInstant(r.ExpiresAt), revoked: packInstant(r.RevokedAt), suspended: packInstant(r.SuspendedAt),
		granted: packDay(r.GrantedAt), renewed: packDay(r.RenewedAt),
		consent: k.numberOf(string(r.Consent)), certification: k.numberOf(r.Certification), edition: k.numberOf(r.Edition),
		kind: k.numberOf(string(r.Kind)), lang: k.numberOf(r.Lang), tier: k.numberOf(r.Tier)}
	if k.records == nil {
		k.records = map[verify.Code]kept{}
	}
	code := verify.Code(text[:len(r.Code)])
	k.records[code] = is
	if back, _ := k.Get(code); back != r { // of a year or a language that has no number
		delete(k.records, code)
	}
}

// Delete drops the record of a code, if it is kept.
func (k *Kept) Delete(code verify.Code) { delete(k.records, code) }

// Len is how many are kept.
func (k *Kept) Len() int { return len(k.records) }

// Clear drops all.
func (k *Kept) Clear() { clear(k.records) }

// numberOf gives a text its number. Those that come when there are too many have that of another.
func (k *Kept) numberOf(s string) uint16 {
	n, known := k.number[s]
	if !known && len(k.text) <= 1<<15 {
		if k.number == nil {
			k.number = map[string]uint16{}
		}
		n, s = uint16(len(k.text)), strings.Clone(s) // it is a part of what was read
		k.number[s], k.text = n, append(k.text, s)
	}
	return n
}

func packInstant(t time.Time) uint32 {
	if t.IsZero() {
		return 0
	}
	return uint32(t.Unix())
}

func unpackInstant(n uint32) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(int64(n), 0).UTC()
}

func packDay(d verify.Day) uint32 { return uint32(d.Year)<<9 | uint32(d.Month)<<5 | uint32(d.Day) }

func unpackDay(n uint32) verify.Day {
	return verify.Day{Year: int(n >> 9), Month: time.Month(n >> 5 & 15), Day: int(n & 31)}
}
