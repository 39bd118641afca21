// Package ledger is what all stores that keep records under keys have in common: which records there are and how each is
// written, what is read for an answer, and what a verify.Write changes. So the rules of a commit stand in one place, and a
// store is left with what is its own: where bytes go, how a transaction is whole, when it is durable.
//
// It knows no file and no server. Begin with Tx, which a store gives it, and Commit.
package ledger

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"testamur/verify"
)

// Schema is the number of the layout below.
const Schema = 2

// Buckets. The seal's name of a record is bucket, slash, key.
const (
	Public      = "public"     // code -> verify.Record, only what consent releases
	Credentials = "credential" // code -> verify.Credential with its place
	Places      = "place"      // place in the order of grants -> code
	Holders     = "holder"     // id -> verify.Holder with the codes of its credentials
	ByExternal  = "external"   // the issuer's id of a credential -> code
	HolderByExt = "holder-external"
	Keys        = "key"
	Audit       = "audit"   // sequence number -> verify.Entry
	Replies     = "reply"   // idempotency key -> verify.Reply
	RepliesAt   = "replyat" // time and idempotency key -> nothing: their order, and what to sweep
	RepliesOf   = "replyof" // holder, a zero byte and idempotency key -> nothing: what to empty in an erasure
)

// Buckets lists all of them.
func Buckets() []string {
	return []string{Public, Credentials, Places, Holders, ByExternal, HolderByExt, Keys, Audit, Replies, RepliesAt, RepliesOf}
}

// Tx is a transaction of a store: its records, by bucket and key, as they are once everything that was put in it so far is
// done. Errors are the store's own.
type Tx interface {
	// Expect says which records will be asked for, so that a store that is far away can fetch them all at once.
	Expect(names ...Name) error
	// Get returns a record, nil where there is none. It is good until the transaction ends, and must not be changed.
	Get(bucket, key string) ([]byte, error)
	Put(bucket, key string, record []byte) error
	// Delete takes a record out; that there is none is no error.
	Delete(bucket, key string) error
	// Scan returns at most so many records of Places, Keys, Audit, RepliesAt or RepliesOf, in the order of the bytes of
	// their keys, from one on.
	Scan(bucket, from string, most int) ([]Item, error)
	// Last is the number that SetLast was called with last, 0 before: of Places or Audit.
	Last(bucket string) (uint64, error)
	SetLast(bucket string, number uint64) error
}

// Name says where a record is.
type Name struct{ Bucket, Key string }

// Item is a record as Scan finds it.
type Item struct {
	Key    string
	Record []byte
}

// Sequence is the key of a number: numbers sort as their keys do.
func Sequence(n uint64) string { return string(binary.BigEndian.AppendUint64(nil, n)) }

// behind is the first key after that of n.
func behind(n uint64) string { return Sequence(n) + "\x00" }

// ErrForeign is the error of a store that is not ours, or that this program or this secret cannot read.
var ErrForeign = errors.New("this is not a store of testamur that we can read")

// Marker says whose a store is.
type Marker struct {
	Program string `json:"program"`
	Schema  int    `json:"schema"`
	Secret  string `json:"secret"`       // fingerprint
	ID      string `json:"id,omitempty"` // of this one store, where others may be put in its place
}

// NewMarker returns the marker of a new store.
func NewMarker(sealer *verify.Sealer, id string) Marker {
	return Marker{"testamur", Schema, sealer.Fingerprint(), id}
}

// Check is ErrForeign with what is wrong, where this program cannot read the store with this secret; verify.ErrSecret too,
// where another secret could.
func (m Marker) Check(sealer *verify.Sealer) error {
	switch {
	case m.Program != "testamur":
		return fmt.Errorf("%w: it has no marker", ErrForeign)
	case m.Schema != Schema:
		return fmt.Errorf("%w: its schema is %d, this program's is %d", ErrForeign, m.Schema, Schema)
	case m.Secret != sealer.Fingerprint():
		return fmt.Errorf("%w: %w", ErrForeign, verify.ErrSecret)
	}
	return nil
}

// holder is a holder with the codes of its credentials in the order of their grants.
type holder struct {
	verify.Holder
	Codes []verify.Code `json:"codes"`
}

// credential is a credential with its place in the order of grants.
type credential struct {
	verify.Credential
	Place uint64 `json:"place"`
}

// book is a transaction whose records are sealed.
type book struct {
	Tx
	sealer *verify.Sealer
}

// get reads a record into v; verify.ErrNotFound where there is none.
func (b book) get(bucket, key string, v any) error {
	sealed, err := b.Get(bucket, key)
	if err != nil {
		return err
	}
	if sealed == nil {
		return verify.ErrNotFound
	}
	return b.open(bucket, key, sealed, v)
}

func (b book) open(bucket, key string, sealed []byte, v any) error {
	value, err := b.sealer.Open(bucket+"/"+key, sealed)
	if err != nil {
		return err
	}
	if r, ok := v.(*verify.Record); ok {
		return r.Decode(value)
	}
	if err := json.Unmarshal(value, v); err != nil {
		return fmt.Errorf("%w: %w", verify.ErrTampered, err)
	}
	return nil
}

func (b book) put(bucket, key string, v any) error {
	var value []byte
	if r, ok := v.(verify.Record); ok {
		value = r.Encode()
	} else {
		var err error
		if value, err = json.Marshal(v); err != nil {
			return err
		}
	}
	return b.Put(bucket, key, b.sealer.Seal(bucket+"/"+key, value))
}

// is reports whether there is a record, whatever is in it.
func (b book) is(bucket, key string) (bool, error) {
	sealed, err := b.Get(bucket, key)
	return sealed != nil, err
}

// next gives the number after the last one.
func (b book) next(bucket string) (uint64, error) {
	n, err := b.Last(bucket)
	if err != nil {
		return 0, err
	}
	return n + 1, b.SetLast(bucket, n+1)
}
