package boltstore

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"testamur/verify"
	"testamur/verify/ledger"
	"testamur/verify/storetest"
)

var (
	ctx    = context.Background()
	secret = []byte("0123456789abcdef0123456789abcdef")
)

func file(t testing.TB) string { return filepath.Join(t.TempDir(), "testamur.db") }

// open opens a store that is closed at the test's end.
func open(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Open(Options{Path: path, Sealer: verify.NewSealer(secret)})
	if err != nil {
		t.Fatal(err)
	}
	storetest.CloseAfter(t, s)
	return s
}

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) verify.Store { return open(t, file(t)) }, storetest.Hooks{
		Reopen: func(s verify.Store) func(*testing.T) verify.Store {
			path := s.(*Store).db.Path()
			return func(t *testing.T) verify.Store { return open(t, path) }
		},
		Edit: edit,
		Fill: func(t *testing.T) (verify.Filling, func() (verify.Store, error)) {
			o := Options{Path: file(t), Sealer: verify.NewSealer(secret)}
			f, err := Fill(o)
			if err != nil {
				t.Fatal(err)
			}
			return f, func() (verify.Store, error) { return Open(o) }
		},
	})
}

// edit changes a record as it stands in the file.
func edit(t testing.TB, of verify.Store, bucket, key string, change func(sealed []byte) []byte) {
	t.Helper()
	s, _ := of.(*Store)
	err := s.db.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket([]byte(bucket))
		sealed := append([]byte(nil), b.Get([]byte(key))...)
		if len(sealed) == 0 {
			return errors.New("no such record")
		}
		return b.Put([]byte(key), change(sealed))
	})
	if err != nil {
		t.Fatal(err)
	}
}

// What has had its day goes in passing, a few at a time.
func TestSweep(t *testing.T) {
	s := open(t, file(t))
	noon := time.Date(2014, 11, 23, 12, 0, 0, 0, time.UTC)
	for n := range 40 {
		commit(t, s, verify.Write{Once: &verify.Reply{Key: fmt.Sprint("old", n), At: noon}})
	}
	for n, want := range []int{25, 10, 3, 4} { // 40+1-16, 25+1-16, all old ones gone
		commit(t, s, verify.Write{Once: &verify.Reply{Key: fmt.Sprint("new", n), At: noon.Add(verify.ReplyAge + time.Minute)}})
		err := s.db.View(func(tx *bbolt.Tx) error {
			for _, bucket := range []string{ledger.Replies, ledger.RepliesAt} {
				if got := tx.Bucket([]byte(bucket)).Stats().KeyN; got != want {
					t.Errorf("%d in %s after %d, want %d", got, bucket, n+1, want)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func commit(t testing.TB, s *Store, w verify.Write) {
	t.Helper()
	if err := s.Commit(ctx, w); err != nil {
		t.Fatal(err)
	}
}

// The one read behind every badge and page: from the file, with its MAC and decoding, and as it is kept in memory.
func BenchmarkRecord(b *testing.B) {
	s := open(b, file(b))
	for n := range 200 {
		commit(b, s, storetest.Grant(n, verify.Link))
	}
	code := storetest.Code(7)
	for name, before := range map[string]func(){"file": func() { s.recent.forget(code) }, "kept": func() {}} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				before()
				if _, err := s.Record(ctx, code); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkCommit(b *testing.B) {
	s := open(b, file(b))
	n := 0
	for b.Loop() {
		commit(b, s, storetest.Grant(n, verify.Link))
		n++
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commits/s")
}
