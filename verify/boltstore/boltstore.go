// Package boltstore is a verify.Store in one file on disk, by bbolt: the default. A change is one transaction and
// is on disk when Commit returns. One process at a time has the file.
//
// It knows how records are kept, not what they mean. Begin with Open.
package boltstore

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"testamur/verify"
)

// Errors of Open.
var (
	ErrLocked  = errors.New("another process has the store: stop it first")
	ErrForeign = errors.New("this is not a store of testamur that we can read")
)

// schema is the number of the layout below; a file with another is refused.
const schema = 2

// Buckets. The seal's name of a record is bucket, slash, key.
const (
	meta        = "meta"       // marker
	public      = "public"     // code -> verify.Record, only what consent releases
	credentials = "credential" // code -> verify.Credential
	places      = "place"      // place in the order of grants -> code
	holders     = "holder"     // id -> holder
	byExternal  = "external"   // the issuer's id of a credential -> code
	holderByExt = "holder-external"
	keys        = "key"
	audit       = "audit"   // sequence number -> verify.Entry
	replies     = "reply"   // idempotency key -> verify.Reply
	repliesAt   = "replyat" // time and idempotency key -> nothing: their order, and what to sweep
	repliesOf   = "replyof" // holder, a zero byte and idempotency key -> nothing: what to empty in an erasure
)

var buckets = []string{meta, public, credentials, places, holders, byExternal, holderByExt, keys, audit, replies, repliesAt, repliesOf}

// Options says which file to open and how.
type Options struct {
	Path     string
	Sealer   *verify.Sealer
	LockWait time.Duration // how long to wait for another process, by steps of 50 ms; 0 is not at all
	ReadOnly bool          // for looking: the file must be there, and Commit fails
}

// Store is a verify.Store in one file. It is safe for concurrent use.
type Store struct {
	db      *bbolt.DB
	sealer  *verify.Sealer
	created bool
	recent  *recent
	broken  atomic.Bool // bbolt failed with its locks held: it is not asked again

	disk    disk
	reading sync.RWMutex // held for reading by every reading transaction
	writing sync.Mutex   // held by every writing transaction
	wiping  sync.Mutex   // held by a wipe
}

var _ verify.Store = (*Store)(nil)

// marker says whose file it is.
type marker struct {
	Program string `json:"program"`
	Schema  int    `json:"schema"`
	Secret  string `json:"secret"` // fingerprint
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

// Open opens the file, and makes it where it is missing or empty. Its errors are ErrLocked, ErrForeign, verify.ErrFull
// and those of the file system; each names the path.
func Open(o Options) (*Store, error) {
	s := &Store{sealer: o.Sealer, recent: newRecent()}
	err := guard(func() (err error) {
		s.db, err = bbolt.Open(o.Path, 0o600, &bbolt.Options{Timeout: max(o.LockWait, 10*time.Millisecond), ReadOnly: o.ReadOnly,
			FreelistType: bbolt.FreelistMapType, NoStatistics: true,
			OpenFile: func(name string, flag int, perm fs.FileMode) (*os.File, error) {
				f, err := os.OpenFile(name, flag, perm)
				s.disk = f
				return f, err
			}})
		return err
	})
	var system syscall.Errno
	switch {
	case err == nil:
		if err = s.claim(o); err == nil && !o.ReadOnly {
			err = s.finish()
		}
		if err == nil {
			return s, nil
		}
		err = errors.Join(err, s.Close())
	case errors.Is(err, bolterrors.ErrTimeout):
		err = ErrLocked
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		err = fmt.Errorf("it must be readable and writable for this process: %w", err)
	case errors.As(err, &system):
		if full := classify(err); errors.Is(full, verify.ErrFull) {
			err = full
		}
	default: // it was read, and it is not what bbolt writes
		err = fmt.Errorf("%w: it is no store file, or it is damaged: %w", ErrForeign, err)
	}
	return nil, fmt.Errorf("open %s: %w", o.Path, err)
}

// Created reports whether Open made the store.
func (s *Store) Created() bool { return s.created }

// claim checks the marker, or makes the buckets and the marker of an empty file. A store of an older schema is upgraded.
func (s *Store) claim(o Options) error {
	fresh, old := false, false
	err := s.view(context.Background(), func(tx *bbolt.Tx) error {
		b := tx.Bucket([]byte(meta))
		if b == nil {
			first, _ := tx.Cursor().First()
			if fresh = first == nil; fresh && !o.ReadOnly {
				return nil
			}
			return fmt.Errorf("%w: it has no marker", ErrForeign)
		}
		var m marker
		if err := json.Unmarshal(b.Get([]byte("marker")), &m); err != nil || m.Program != "testamur" {
			return fmt.Errorf("%w: it has no marker", ErrForeign)
		}
		old = m.Schema == schema-1
		switch {
		case old && o.ReadOnly:
			return fmt.Errorf("%w: its schema is %d, this program's is %d; the server upgrades it when it starts", ErrForeign, m.Schema, schema)
		case !old && m.Schema != schema:
			return fmt.Errorf("%w: its schema is %d, this program's is %d", ErrForeign, m.Schema, schema)
		case m.Secret != s.sealer.Fingerprint():
			return fmt.Errorf("%w: it was made with another TESTAMUR_SECRET", ErrForeign)
		}
		for _, name := range buckets {
			if tx.Bucket([]byte(name)) == nil && !(old && (name == places || name == repliesOf)) {
				return fmt.Errorf("%w: %s is missing", ErrForeign, name)
			}
		}
		return nil
	})
	if err != nil || !fresh && !old {
		return err
	}
	m, err := json.Marshal(marker{"testamur", schema, s.sealer.Fingerprint()})
	if err != nil {
		return err
	}
	err = s.update(context.Background(), func(tx *bbolt.Tx) error {
		prepare := makeBuckets
		if old {
			prepare = s.upgrade
		}
		if err := prepare(tx); err != nil {
			return err
		}
		return tx.Bucket([]byte(meta)).Put([]byte("marker"), m)
	})
	if err != nil || old {
		return err
	}
	s.created = true
	return syncFolder(filepath.Dir(o.Path))
}

func makeBuckets(tx *bbolt.Tx) error {
	for _, name := range buckets {
		if _, err := tx.CreateBucketIfNotExists([]byte(name)); err != nil {
			return err
		}
	}
	return nil
}

// syncFolder makes the name of a new file durable: without it a loss of power could take the whole file.
func syncFolder(name string) error {
	folder, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// Close ends the use of the file. What is under way is finished first; later calls are verify.ErrUnavailable.
func (s *Store) Close() error {
	s.recent.close()
	if s.broken.Load() {
		return fmt.Errorf("close: %w", errDamaged) // it would wait for a lock for ever
	}
	return guard(s.db.Close)
}

// view runs a reading transaction.
func (s *Store) view(ctx context.Context, do func(tx *bbolt.Tx) error) error {
	s.reading.RLock()
	defer s.reading.RUnlock()
	return s.run(ctx, s.db.View, do)
}

// update runs a writing transaction. It is on disk when update returns nil.
func (s *Store) update(ctx context.Context, do func(tx *bbolt.Tx) error) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	return s.run(ctx, s.db.Update, do)
}

func (s *Store) run(ctx context.Context, transact func(func(*bbolt.Tx) error) error, do func(tx *bbolt.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if s.broken.Load() {
		return fmt.Errorf("%w: its file is damaged", verify.ErrUnavailable)
	}
	inside := false // a failure in do is rolled back and harms nothing else
	err := guard(func() error {
		return transact(func(tx *bbolt.Tx) error {
			err := ctx.Err() // done while waiting for another writer
			if err == nil {
				err = guard(func() error { return do(tx) })
			}
			inside = errors.Is(err, errDamaged)
			return err
		})
	})
	if errors.Is(err, errDamaged) && !inside {
		s.broken.Store(true)
	}
	return classify(err)
}

// errDamaged is a panic of bbolt, which trusts the pages of its file.
var errDamaged = errors.New("the store's file is damaged")

// guard turns a panic into errDamaged, also one by a page that is not there: bbolt reads the file as memory.
func guard(do func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", errDamaged, p)
		}
	}()
	return do()
}

// ours are the errors that callers tell apart. Every other one means that the store could not be asked.
var ours = []error{verify.ErrNotFound, verify.ErrConflict, verify.ErrRepeated, verify.ErrTampered, verify.ErrUnavailable,
	ErrForeign, context.Canceled, context.DeadlineExceeded}

// classify names the errors of a disk that takes no more, and those that nobody has named.
func classify(err error) error {
	is := func(target error) bool { return errors.Is(err, target) }
	switch {
	case err == nil, slices.ContainsFunc(ours, is):
		return err
	case slices.ContainsFunc([]error{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG}, func(full error) bool {
		return is(full) || strings.Contains(err.Error(), full.Error()) // bbolt keeps of some only the words
	}):
		return fmt.Errorf("%w: %w", verify.ErrFull, err)
	case is(bolterrors.ErrDatabaseNotOpen):
		return fmt.Errorf("%w: it is closed", verify.ErrUnavailable)
	}
	return fmt.Errorf("%w: %w", verify.ErrUnavailable, err)
}

// get reads a sealed record into v.
func (s *Store) get(tx *bbolt.Tx, bucket, key string, v any) error {
	sealed := tx.Bucket([]byte(bucket)).Get([]byte(key))
	if sealed == nil {
		return verify.ErrNotFound
	}
	value, err := s.sealer.Open(bucket+"/"+key, sealed)
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

func (s *Store) put(tx *bbolt.Tx, bucket, key string, v any) error {
	var value []byte
	if r, ok := v.(verify.Record); ok {
		value = r.Encode()
	} else {
		var err error
		if value, err = json.Marshal(v); err != nil {
			return err
		}
	}
	return tx.Bucket([]byte(bucket)).Put([]byte(key), s.sealer.Seal(bucket+"/"+key, value))
}

// Record returns the public record of a code.
func (s *Store) Record(ctx context.Context, code verify.Code) (verify.Record, error) {
	r, kept, commits := s.recent.get(code)
	if kept && ctx.Err() == nil && !s.broken.Load() {
		return r, nil
	}
	err := s.view(ctx, func(tx *bbolt.Tx) error { return s.get(tx, public, string(code), &r) })
	if err == nil {
		s.recent.put(r, commits)
	}
	return r, err
}

// Credential returns the full record of a code.
func (s *Store) Credential(ctx context.Context, code verify.Code) (verify.Credential, error) {
	var c credential
	err := s.view(ctx, func(tx *bbolt.Tx) error { return s.get(tx, credentials, string(code), &c) })
	return c.Credential, err
}

// CredentialByExternalID returns the credential with the issuer's own id.
func (s *Store) CredentialByExternalID(ctx context.Context, externalID string) (verify.Credential, error) {
	var c credential
	err := s.view(ctx, func(tx *bbolt.Tx) error {
		var code string
		if err := s.get(tx, byExternal, externalID, &code); err != nil {
			return err
		}
		return s.get(tx, credentials, code, &c)
	})
	return c.Credential, err
}

// Holder returns a holder and the codes of its credentials.
func (s *Store) Holder(ctx context.Context, id string) (verify.Holder, []verify.Code, error) {
	var h holder
	err := s.view(ctx, func(tx *bbolt.Tx) error { return s.get(tx, holders, id, &h) })
	return h.Holder, h.Codes, err
}

// HolderByExternalID returns the id of the holder with the issuer's own id.
func (s *Store) HolderByExternalID(ctx context.Context, externalID string) (id string, err error) {
	err = s.view(ctx, func(tx *bbolt.Tx) error { return s.get(tx, holderByExt, externalID, &id) })
	return id, err
}

// Reply returns the answer kept under an idempotency key.
func (s *Store) Reply(ctx context.Context, key string, now time.Time) (r verify.Reply, err error) {
	err = s.view(ctx, func(tx *bbolt.Tx) error { return s.get(tx, replies, key, &r) })
	if err == nil && !now.Before(r.At.Add(verify.ReplyAge)) {
		return verify.Reply{}, verify.ErrNotFound
	}
	return r, err
}

// Key returns an API key.
func (s *Store) Key(ctx context.Context, id string) (k verify.Key, err error) {
	err = s.view(ctx, func(tx *bbolt.Tx) error { return s.get(tx, keys, id, &k) })
	return k, err
}

// Keys returns all API keys by id.
func (s *Store) Keys(ctx context.Context) (all []verify.Key, err error) {
	err = s.view(ctx, func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte(keys)).ForEach(func(id, _ []byte) error {
			var k verify.Key
			err := s.get(tx, keys, string(id), &k)
			all = append(all, k)
			return err
		})
	})
	return all, err
}

// Credentials walks the credentials after a place.
func (s *Store) Credentials(ctx context.Context, after uint64, yield func(place uint64, c verify.Credential) bool) error {
	return walk(ctx, s, places, behind(after), func(tx *bbolt.Tx, place string) (c credential, err error) {
		var code string
		if err := s.get(tx, places, place, &code); err != nil {
			return c, err
		}
		return c, s.get(tx, credentials, code, &c)
	}, func(c credential) bool { return yield(c.Place, c.Credential) })
}

// Replies walks the kept answers from an instant on.
func (s *Store) Replies(ctx context.Context, since time.Time, yield func(verify.Reply) bool) error {
	return walk(ctx, s, repliesAt, sequence(uint64(max(0, since.Unix()))), func(tx *bbolt.Tx, due string) (r verify.Reply, err error) {
		return r, s.get(tx, replies, due[8:], &r)
	}, yield)
}

// Audit walks the entries after a sequence number.
func (s *Store) Audit(ctx context.Context, after uint64, yield func(verify.Entry) bool) error {
	return walk(ctx, s, audit, behind(after), func(tx *bbolt.Tx, seq string) (e verify.Entry, err error) {
		return e, s.get(tx, audit, seq, &e)
	}, yield)
}

// walk reads what stands in a bucket from a key on, and calls yield for each. It reads a page at a time, a small one
// first, so that no transaction stays open while yield works.
func walk[T any](ctx context.Context, s *Store, bucket string, from []byte, read func(tx *bbolt.Tx, key string) (T, error), yield func(T) bool) error {
	for size := 16; ; size = min(2*size, 512) {
		page := make([]T, 0, size)
		err := s.view(ctx, func(tx *bbolt.Tx) error {
			c := tx.Bucket([]byte(bucket)).Cursor()
			k, _ := c.Seek(from)
			for ; k != nil && len(page) < size; k, _ = c.Next() {
				v, err := read(tx, string(k))
				if err != nil {
					return err
				}
				page = append(page, v)
			}
			from = slices.Clone(k)
			return nil
		})
		if err != nil {
			return err
		}
		for _, v := range page {
			if !yield(v) {
				return nil
			}
		}
		if from == nil {
			return nil
		}
	}
}

func sequence(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// behind is the first key after that of n.
func behind(n uint64) []byte { return append(sequence(n), 0) }

// Commit writes all of w in one transaction, which is on disk when it returns.
func (s *Store) Commit(ctx context.Context, w verify.Write) error {
	err := s.commit(ctx, w)
	if err == nil && w.Erase != nil {
		err = s.wipe()
	}
	return err
}

func (s *Store) commit(ctx context.Context, w verify.Write) error {
	defer s.recent.forget(changed(w)...)
	return s.update(ctx, func(tx *bbolt.Tx) error {
		if w.Once != nil {
			if err := s.putReply(tx, *w.Once); err != nil {
				return err
			}
		}
		if w.Holder != nil {
			if err := s.putHolder(tx, *w.Holder, w.Credentials); err != nil {
				return err
			}
		}
		for _, c := range w.Credentials {
			if err := s.putCredential(tx, c, w.Recode); err != nil {
				return err
			}
		}
		if w.Erase != nil {
			if err := s.erase(tx, *w.Erase); err != nil {
				return err
			}
		}
		if w.Key != nil {
			if err := s.putKey(tx, *w.Key); err != nil {
				return err
			}
		}
		for _, e := range w.Audit {
			var err error
			if e.Seq, err = tx.Bucket([]byte(audit)).NextSequence(); err != nil {
				return err
			}
			if err := s.put(tx, audit, string(sequence(e.Seq)), e); err != nil {
				return err
			}
		}
		if w.Once != nil && w.Once.Holder != "" && tx.Bucket([]byte(holders)).Get([]byte(w.Once.Holder)) == nil {
			return verify.ErrConflict
		}
		return nil
	})
}

// changed returns the codes that a write changes, gives or takes away.
func changed(w verify.Write) (codes []verify.Code) {
	for _, c := range w.Credentials {
		codes = append(codes, c.Code)
	}
	if w.Recode != "" {
		codes = append(codes, w.Recode)
	}
	if w.Erase != nil {
		codes = append(codes, w.Erase.Codes...)
	}
	return codes
}

// next checks that a record moves on by one version.
func next(version int64, old int64, err error) error {
	switch {
	case errors.Is(err, verify.ErrNotFound) && version == 1, err == nil && version == old+1:
		return nil
	case err == nil, errors.Is(err, verify.ErrNotFound):
		return verify.ErrConflict
	}
	return err
}

// reserve gives a name to one owner for good.
func (s *Store) reserve(tx *bbolt.Tx, bucket, name, owner string) error {
	if name == "" {
		return nil
	}
	var has string
	switch err := s.get(tx, bucket, name, &has); {
	case err == nil && has == owner:
		return nil
	case err == nil:
		return verify.ErrConflict
	case !errors.Is(err, verify.ErrNotFound):
		return err
	}
	return s.put(tx, bucket, name, owner)
}

func (s *Store) putHolder(tx *bbolt.Tx, h verify.Holder, with []verify.Credential) error {
	var old holder
	err := s.get(tx, holders, h.ID, &old)
	if err := next(h.Version, old.Version, err); err != nil {
		return err
	}
	for _, code := range old.Codes { // one granted meanwhile would keep the old name
		if !slices.ContainsFunc(with, func(c verify.Credential) bool { return c.Code == code }) {
			return verify.ErrConflict
		}
	}
	if err := s.reserve(tx, holderByExt, h.ExternalID, h.ID); err != nil {
		return err
	}
	return s.put(tx, holders, h.ID, holder{h, old.Codes})
}

// putCredential writes the full record and, with it, what consent releases. The record has stood under its own code so
// far, or under another.
func (s *Store) putCredential(tx *bbolt.Tx, c verify.Credential, other verify.Code) error {
	at := c.Code
	if other != "" {
		at = other
		if tx.Bucket([]byte(credentials)).Get([]byte(c.Code)) != nil || c.Version == 1 {
			return verify.ErrConflict
		}
	}
	var old credential
	err := s.get(tx, credentials, string(at), &old)
	if err := next(c.Version, old.Version, err); err != nil {
		return err
	}
	var h holder
	switch err := s.get(tx, holders, c.Holder.ID, &h); {
	case errors.Is(err, verify.ErrNotFound), err == nil && h.Version != c.Holder.Version:
		return verify.ErrConflict // renamed meanwhile: the old name must not come back
	case err != nil:
		return err
	}
	place := old.Place
	if c.Version == 1 {
		if place, err = tx.Bucket([]byte(places)).NextSequence(); err != nil {
			return err
		}
	}
	if other != "" {
		if err := s.drop(tx, old); err != nil {
			return err
		}
	}
	if c.Version == 1 || other != "" {
		if i := slices.Index(h.Codes, at); i >= 0 {
			h.Codes[i] = c.Code
		} else {
			h.Codes = append(h.Codes, c.Code)
		}
		if err := s.put(tx, holders, h.ID, h); err != nil {
			return err
		}
	}
	return s.putPlaced(tx, credential{c, place})
}

// putPlaced writes a credential with what leads to it but its holder, and what consent releases of it.
func (s *Store) putPlaced(tx *bbolt.Tx, c credential) error {
	err := s.reserve(tx, byExternal, c.ExternalID, string(c.Code))
	if place := sequence(c.Place); err == nil && tx.Bucket([]byte(places)).Get(place) == nil {
		err = s.put(tx, places, string(place), c.Code)
	}
	if err == nil {
		err = s.put(tx, credentials, string(c.Code), c)
	}
	if err != nil {
		return err
	}
	if r, ok := c.Release(); ok {
		return s.put(tx, public, string(c.Code), r)
	}
	return tx.Bucket([]byte(public)).Delete([]byte(c.Code))
}

// drop takes out a credential with all that leads to it but its holder.
func (s *Store) drop(tx *bbolt.Tx, c credential) error {
	remove := func(bucket, key string) error { return tx.Bucket([]byte(bucket)).Delete([]byte(key)) }
	err := errors.Join(remove(credentials, string(c.Code)), remove(public, string(c.Code)), remove(places, string(sequence(c.Place))))
	if c.ExternalID != "" {
		err = errors.Join(err, remove(byExternal, c.ExternalID))
	}
	return err
}

// erase takes out a holder with all that is about it.
func (s *Store) erase(tx *bbolt.Tx, e verify.Erasure) error {
	var h holder
	err := s.get(tx, holders, e.Holder, &h)
	if errors.Is(err, verify.ErrNotFound) || err == nil && (h.Version != e.Version || !slices.Equal(slices.Sorted(slices.Values(h.Codes)), slices.Sorted(slices.Values(e.Codes)))) {
		return verify.ErrConflict // renamed or granted meanwhile
	}
	if err != nil {
		return err
	}
	for _, code := range h.Codes {
		var c credential
		if err := s.get(tx, credentials, string(code), &c); err != nil {
			return err
		}
		if err := s.drop(tx, c); err != nil {
			return err
		}
	}
	if h.ExternalID != "" {
		if err := tx.Bucket([]byte(holderByExt)).Delete([]byte(h.ExternalID)); err != nil {
			return err
		}
	}
	var about []string
	c := tx.Bucket([]byte(repliesOf)).Cursor()
	for k, _ := c.Seek(replyOf(h.ID, "")); bytes.HasPrefix(k, replyOf(h.ID, "")); k, _ = c.Next() {
		about = append(about, string(k[len(h.ID)+1:]))
	}
	for _, key := range about {
		var r verify.Reply
		if err := s.get(tx, replies, key, &r); err != nil {
			return err
		}
		if err := errors.Join(s.put(tx, replies, key, r.Erased()), tx.Bucket([]byte(repliesOf)).Delete(replyOf(h.ID, key))); err != nil {
			return err
		}
	}
	return errors.Join(tx.Bucket([]byte(holders)).Delete([]byte(h.ID)), owe(tx))
}

// putKey never brings an ended key back.
func (s *Store) putKey(tx *bbolt.Tx, k verify.Key) error {
	var old verify.Key
	err := s.get(tx, keys, k.ID, &old)
	if err != nil && !errors.Is(err, verify.ErrNotFound) {
		return err
	}
	if !old.EndedAt.IsZero() {
		k.EndedAt = old.EndedAt
	}
	if k.LastUsed.Before(old.LastUsed) {
		k.LastUsed = old.LastUsed
	}
	return s.put(tx, keys, k.ID, k)
}

// putReply keeps an answer and sweeps a few of those that have had their day.
func (s *Store) putReply(tx *bbolt.Tx, r verify.Reply) error {
	var old verify.Reply
	switch err := s.get(tx, replies, r.Key, &old); {
	case err == nil && r.At.Before(old.At.Add(verify.ReplyAge)):
		return verify.ErrRepeated
	case err != nil && !errors.Is(err, verify.ErrNotFound):
		return err
	}
	var due []string
	c := tx.Bucket([]byte(repliesAt)).Cursor()
	for k, _ := c.First(); k != nil && len(due) < 16 && int64(binary.BigEndian.Uint64(k)) < r.At.Add(-verify.ReplyAge).Unix(); k, _ = c.Next() {
		due = append(due, string(k[8:]))
	}
	for _, key := range due {
		var old verify.Reply
		if err := s.get(tx, replies, key, &old); err != nil {
			return err
		}
		if err := dropReply(tx, old); err != nil {
			return err
		}
	}
	return s.keep(tx, r)
}

// keep writes an answer with what leads to it, in place of one with its key.
func (s *Store) keep(tx *bbolt.Tx, r verify.Reply) error {
	var old verify.Reply
	switch err := s.get(tx, replies, r.Key, &old); {
	case err == nil:
		if err := dropReply(tx, old); err != nil {
			return err
		}
	case !errors.Is(err, verify.ErrNotFound):
		return err
	}
	err := tx.Bucket([]byte(repliesAt)).Put(replyAt(r), nil)
	if r.Holder != "" {
		err = errors.Join(err, tx.Bucket([]byte(repliesOf)).Put(replyOf(r.Holder, r.Key), nil))
	}
	return errors.Join(err, s.put(tx, replies, r.Key, r))
}

func dropReply(tx *bbolt.Tx, r verify.Reply) error {
	return errors.Join(tx.Bucket([]byte(replies)).Delete([]byte(r.Key)), tx.Bucket([]byte(repliesAt)).Delete(replyAt(r)),
		tx.Bucket([]byte(repliesOf)).Delete(replyOf(r.Holder, r.Key)))
}

func replyAt(r verify.Reply) []byte { return append(sequence(uint64(r.At.Unix())), r.Key...) }

func replyOf(holder, key string) []byte { return []byte(holder + "\x00" + key) }
