// Package boltstore is a verify.Store in one file on disk, by bbolt: the default. A change is one transaction and
// is on disk when Commit returns. One process at a time has the file.
//
// It knows how records are kept, not what they mean. Begin with Open.
package boltstore

import (
	"context"
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
	"testamur/verify/ledger"
)

// Errors of Open.
var (
	ErrLocked  = errors.New("another process has the store: stop it first")
	ErrForeign = ledger.ErrForeign
)

// meta is the bucket of the marker. The others are the ledger's.
const meta = "meta"

// Options says which file to open and how.
type Options struct {
	Path     string
	Sealer   *verify.Sealer
	LockWait time.Duration // how long to wait for another process, by steps of 50 ms; 0 is not at all
	ReadOnly bool          // for looking: the file must be there, and Commit fails
}

// Store is a verify.Store in one file. It is safe for concurrent use.
type Store struct {
	*ledger.Reader // every read but Record
	db             *bbolt.DB
	sealer         *verify.Sealer
	created        bool
	recent         recent
	broken         atomic.Bool // bbolt failed with its locks held: it is not asked again

	disk    disk
	reading sync.RWMutex // held for reading by every reading transaction
	writing sync.Mutex   // held by every writing transaction
	wiping  sync.Mutex   // held by a wipe
}

var _ verify.Store = (*Store)(nil)

// Open opens the file, and makes it where it is missing or empty. Its errors are ErrLocked, ErrForeign, verify.ErrFull
// and those of the file system; each names the path.
func Open(o Options) (*Store, error) {
	s := &Store{sealer: o.Sealer}
	s.Reader = ledger.NewReader(o.Sealer, func(ctx context.Context, do func(ledger.Tx) error) error {
		return s.view(ctx, func(tx *bbolt.Tx) error { return do(transaction{tx}) })
	})
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
		var m ledger.Marker
		if err := json.Unmarshal(b.Get([]byte("marker")), &m); err != nil {
			return fmt.Errorf("%w: it has no marker", ErrForeign)
		}
		if old = m.Schema == ledger.Schema-1; old && o.ReadOnly {
			return fmt.Errorf("%w: its schema is %d, this program's is %d; the server upgrades it when it starts", ErrForeign, m.Schema, ledger.Schema)
		} else if old {
			m.Schema = ledger.Schema
		}
		if err := m.Check(s.sealer); err != nil {
			return err
		}
		for _, name := range ledger.Buckets() {
			if tx.Bucket([]byte(name)) == nil && !(old && (name == ledger.Places || name == ledger.RepliesOf)) {
				return fmt.Errorf("%w: %s is missing", ErrForeign, name)
			}
		}
		return nil
	})
	if err != nil || !fresh && !old {
		return err
	}
	m, err := json.Marshal(ledger.NewMarker(s.sealer, ""))
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
	for _, name := range append(ledger.Buckets(), meta) {
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

// Record returns the public record of a code.
func (s *Store) Record(ctx context.Context, code verify.Code) (verify.Record, error) {
	r, kept, commits := s.recent.get(code)
	if kept && ctx.Err() == nil && !s.broken.Load() {
		return r, nil
	}
	r, err := s.Reader.Record(ctx, code)
	if err == nil {
		s.recent.put(r, commits)
	}
	return r, err
}

// Recent is Record, which is as cheap.
func (s *Store) Recent(ctx context.Context, code verify.Code) (verify.Record, error) {
	return s.Record(ctx, code)
}

// Commit writes all of w in one transaction, which is on disk when it returns.
func (s *Store) Commit(ctx context.Context, w verify.Write) error {
	if w.Empty() { // whatever was written is on disk
		return s.view(ctx, func(*bbolt.Tx) error { return nil })
	}
	err := s.commit(ctx, w)
	if err == nil && w.Erase != nil {
		err = s.wipe()
	}
	return err
}

func (s *Store) commit(ctx context.Context, w verify.Write) error {
	defer s.recent.forget(ledger.Changed(w)...)
	return s.update(ctx, func(tx *bbolt.Tx) error {
		err := ledger.Commit(transaction{tx}, s.sealer, w)
		if err == nil && w.Erase != nil {
			err = owe(tx)
		}
		return err
	})
}

// transaction is one of bbolt as the ledger wants it.
type transaction struct{ *bbolt.Tx }

func (t transaction) bucket(name string) *bbolt.Bucket { return t.Bucket([]byte(name)) }

// Expect does nothing: whatever is asked for is near.
func (t transaction) Expect(...ledger.Name) error { return nil }

func (t transaction) Get(bucket, key string) ([]byte, error) {
	return t.bucket(bucket).Get([]byte(key)), nil
}

func (t transaction) Put(bucket, key string, record []byte) error {
	return t.bucket(bucket).Put([]byte(key), record)
}

func (t transaction) Delete(bucket, key string) error { return t.bucket(bucket).Delete([]byte(key)) }

func (t transaction) Scan(bucket, from string, most int) (items []ledger.Item, err error) {
	c := t.bucket(bucket).Cursor()
	for k, v := c.Seek([]byte(from)); k != nil && len(items) < most; k, v = c.Next() {
		items = append(items, ledger.Item{Key: string(k), Record: v})
	}
	return items, nil
}

func (t transaction) Last(bucket string) (uint64, error) { return t.bucket(bucket).Sequence(), nil }

func (t transaction) SetLast(bucket string, number uint64) error {
	return t.bucket(bucket).SetSequence(number)
}
