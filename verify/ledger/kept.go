package ledger

import (
	"strings"
	"time"

	"testamur/verify"
)

// Kept is public records in memory, up to MostKept of them, for a store that has its own way to know that they are not
// behind. The zero Kept is empty and ready. It is not safe for concurrent use.
type Kept struct {
	records map[uint64]kept // by the number of the code
	rest    map[uint64]rest // of those of which not all stands there
	number  map[string]uint8
	text    []string // by its number
	turn    int
	closed  bool
}

// MostKept bounds the records kept, some 65 bytes each.
const MostKept = 800_000

// kept is a record without a pointer, which the collector would follow: what stands in many records is a number.
type kept struct {
	expires                                           uint32 // in seconds since 1970
	granted, renewed                                  uint16
	consent, certification, edition, kind, lang, tier uint8
	size                                              uint8 // of the name; inRest
	name                                              [25]byte
}

const inRest = 255

// rest is of a record what few have: a long name, or an end before its time.
type rest struct {
	name               string
	revoked, suspended uint32
}

// Get returns the record of a code; false where it is not kept.
func (k *Kept) Get(code verify.Code) (verify.Record, bool) {
	n, ok := code.Number()
	if !ok {
		return verify.Record{}, false
	}
	is, ok := k.records[n]
	if !ok {
		return verify.Record{}, false
	}
	r := verify.Record{
		Code: code, Consent: verify.Consent(k.text[is.consent]), Certification: k.text[is.certification], Edition: k.text[is.edition],
		Kind: verify.Kind(k.text[is.kind]), Lang: k.text[is.lang], Tier: k.text[is.tier],
		GrantedAt: unpackDay(is.granted), RenewedAt: unpackDay(is.renewed), ExpiresAt: unpackInstant(is.expires),
	}
	if is.size == inRest {
		more := k.rest[n]
		r.Name, r.RevokedAt, r.SuspendedAt = more.name, unpackInstant(more.revoked), unpackInstant(more.suspended)
	} else {
		r.Name = string(is.name[:is.size])
	}
	return r, true
}

// Put keeps a record. Once there is no room, every eighth comes in, in the place of any other: so what is asked for again and
// again outlasts a walk through a large store. One that does not fit, of the year 2150, say, is not kept.
func (k *Kept) Put(r verify.Record) {
	n, ok := r.Code.Number()
	if !ok || k.closed {
		return
	}
	if _, again := k.records[n]; !again && len(k.records) >= MostKept {
		if k.turn++; k.turn%8 != 0 {
			return
		}
		for other := range k.records {
			k.drop(other)
			break
		}
	}
	if k.records == nil {
		k.records, k.rest, k.number = map[uint64]kept{}, map[uint64]rest{}, map[string]uint8{}
	}
	k.drop(n)
	is := kept{expires: packInstant(r.ExpiresAt), granted: packDay(r.GrantedAt), renewed: packDay(r.RenewedAt),
		consent: k.numberOf(string(r.Consent)), certification: k.numberOf(r.Certification), edition: k.numberOf(r.Edition),
		kind: k.numberOf(string(r.Kind)), lang: k.numberOf(r.Lang), tier: k.numberOf(r.Tier)}
	if len(r.Name) > len(is.name) || !r.RevokedAt.IsZero() || !r.SuspendedAt.IsZero() {
		is.size = inRest
		k.rest[n] = rest{strings.Clone(r.Name), packInstant(r.RevokedAt), packInstant(r.SuspendedAt)}
	} else {
		is.size = uint8(copy(is.name[:], r.Name))
	}
	k.records[n] = is
	if as, _ := k.Get(r.Code); as != r {
		k.drop(n)
	}
}

// Delete drops the record of a code, if it is kept.
func (k *Kept) Delete(code verify.Code) {
	if n, ok := code.Number(); ok {
		k.drop(n)
	}
}

func (k *Kept) drop(n uint64) {
	if k.records[n].size == inRest {
		delete(k.rest, n)
	}
	delete(k.records, n)
}

// Len is how many are kept.
func (k *Kept) Len() int { return len(k.records) }

// Clear drops all.
func (k *Kept) Clear() {
	clear(k.records)
	clear(k.rest)
}

// Close drops all, and nothing is kept from then on.
func (k *Kept) Close() {
	k.closed = true
	k.Clear()
}

// numberOf gives a text a number. When there are none left, it is that of another text.
func (k *Kept) numberOf(s string) uint8 {
	n, known := k.number[s]
	if !known && len(k.text) < 1<<8 {
		n, s = uint8(len(k.text)), strings.Clone(s) // it is a part of what was read
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

// packDay is 0 for no day.
func packDay(d verify.Day) uint16 {
	if d.IsZero() {
		return 0
	}
	return uint16((d.Year-2000)<<9 | int(d.Month)<<5 | d.Day)
}

func unpackDay(n uint16) verify.Day {
	if n == 0 {
		return verify.Day{}
	}
	return verify.Day{Year: 2000 + int(n>>9), Month: time.Month(n >> 5 & 15), Day: int(n & 31)}
}
