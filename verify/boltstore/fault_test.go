package boltstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"testamur/verify"
	"testamur/verify/ledger"
	"testamur/verify/storetest"
)

// A record with any byte changed, cut, or put in another's place is never an answer.
func TestEditedRecord(t *testing.T) {
	s := open(t, file(t))
	commit(t, s, storetest.Grant(1, verify.Link))
	commit(t, s, storetest.Grant(2, verify.Link))
	code, id := storetest.Code(1), storetest.Grant(1, verify.Link).Holder.ID
	reads := map[string]struct {
		key  string
		read func() error
	}{
		ledger.Public: {string(code), func() error {
			s.recent.forget(code) // as after a new start: what is kept in memory was sound when read
			_, err := s.Record(ctx, code)
			return err
		}},
		ledger.Credentials: {string(code), func() error { _, err := s.Credential(ctx, code); return err }},
		ledger.Holders:     {id, func() error { _, _, err := s.Holder(ctx, id); return err }},
		ledger.Audit:       {ledger.Sequence(1), func() error { return s.Audit(ctx, 0, func(verify.Entry) bool { return true }) }},
	}
	for bucket, r := range reads {
		var whole []byte
		edit(t, s, bucket, r.key, func(sealed []byte) []byte { whole = sealed; return sealed })
		try := func(what string, sealed []byte) {
			t.Helper()
			edit(t, s, bucket, r.key, func([]byte) []byte { return sealed })
			if err := r.read(); !errors.Is(err, verify.ErrTampered) {
				t.Errorf("%s, %s: %v", bucket, what, err)
			}
		}
		s.db.NoSync = true // hundreds of edits
		for i := range whole {
			flipped := bytes.Clone(whole)
			flipped[i] ^= 1 << (i % 8)
			try(fmt.Sprintf("byte %d flipped", i), flipped)
		}
		for _, n := range []int{1, 32, 33, len(whole) - 1} {
			try(fmt.Sprintf("cut to %d", n), whole[:n])
		}
		try("a byte more", append(bytes.Clone(whole), 0))
		s.db.NoSync = false
		edit(t, s, bucket, r.key, func([]byte) []byte { return whole })
		if err := r.read(); err != nil {
			t.Errorf("%s, put back: %v", bucket, err)
		}
	}
	for _, bucket := range []string{ledger.Credentials, ledger.Public} { // another's record
		var other []byte
		edit(t, s, bucket, string(storetest.Code(2)), func(sealed []byte) []byte { other = sealed; return sealed })
		edit(t, s, bucket, string(code), func([]byte) []byte { return other })
		if err := reads[bucket].read(); !errors.Is(err, verify.ErrTampered) {
			t.Errorf("%s of another code: %v", bucket, err)
		}
	}
	var full []byte
	edit(t, s, ledger.Credentials, string(storetest.Code(2)), func(sealed []byte) []byte { full = sealed; return sealed })
	edit(t, s, ledger.Public, string(code), func([]byte) []byte { return full })
	if err := reads[ledger.Public].read(); !errors.Is(err, verify.ErrTampered) {
		t.Errorf("a full record as a public one: %v", err)
	}
}

// A damaged file gives the right answer or an error, and never ends the process.
func TestDamagedFile(t *testing.T) {
	path := file(t)
	s := open(t, path)
	right := map[verify.Code]verify.Record{}
	for n := range 20 {
		w := storetest.Grant(n, verify.Link)
		commit(t, s, w)
		right[storetest.Code(n)], _ = w.Credentials[0].Release()
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	damaged := file(t)
	answers, failures := 0, 0
	for i := 0; i < len(whole); i += 61 {
		whole[i] ^= 0xA5
		if err := os.WriteFile(damaged, whole, 0o600); err != nil {
			t.Fatal(err)
		}
		whole[i] ^= 0xA5
		s, err := Open(Options{Path: damaged, Sealer: verify.NewSealer(secret)})
		if err != nil {
			failures++
			continue
		}
		for code, want := range right {
			if got, err := s.Record(ctx, code); err != nil {
				failures++
			} else if answers++; got != want {
				t.Fatalf("byte %d: %+v, want %+v", i, got, want)
			}
		}
		if err := s.Close(); err != nil && !s.broken.Load() {
			t.Errorf("byte %d: Close: %v", i, err)
		}
	}
	if answers == 0 || failures == 0 {
		t.Errorf("%d answers and %d failures: some of each were expected", answers, failures)
	}
}

// A file that loses its end while it is open is an error too, not the end of the process.
func TestCutFile(t *testing.T) {
	path := file(t)
	s, err := Open(Options{Path: path, Sealer: verify.NewSealer(secret)}) // it may not close
	if err != nil {
		t.Fatal(err)
	}
	for n := range 50 {
		commit(t, s, storetest.Grant(n, verify.Link))
	}
	if _, err := s.Record(ctx, storetest.Code(8)); err != nil { // it is kept in memory now
		t.Fatal(err)
	}
	if err := os.Truncate(path, int64(os.Getpagesize())); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		for _, n := range []int{7, 8} {
			if _, err := s.Record(ctx, storetest.Code(n)); !errors.Is(err, verify.ErrUnavailable) {
				t.Errorf("Record %d: %v", n, err)
			}
		}
		if err := s.Commit(ctx, storetest.Grant(100, verify.Link)); !errors.Is(err, verify.ErrUnavailable) {
			t.Errorf("Commit: %v", err)
		}
	}
}

func TestOpenForeign(t *testing.T) {
	bolt := func(fill func(tx *bbolt.Tx) error) func(t *testing.T, path string) {
		return func(t *testing.T, path string) {
			db, err := bbolt.Open(path, 0o600, nil)
			if err == nil {
				err = errors.Join(db.Update(fill), db.Close())
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	text := func(s string) func(t *testing.T, path string) {
		return func(t *testing.T, path string) {
			if err := os.WriteFile(path, []byte(s), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, c := range map[string]struct {
		make func(t *testing.T, path string)
		says string
	}{
		"short text":     {text("hello"), "no store file"},
		"long text":      {text(strings.Repeat("hello\n", 100_000)), "no store file"},
		"few zeros":      {text(string(make([]byte, 100))), "no store file"},
		"zeros":          {text(string(make([]byte, 1<<16))), "no store file"},
		"another's bolt": {bolt(func(tx *bbolt.Tx) error { _, err := tx.CreateBucket([]byte("x")); return err }), "no marker"},
		"another's bolt with a like bucket": {bolt(func(tx *bbolt.Tx) error {
			b, err := tx.CreateBucket([]byte(meta))
			if err != nil {
				return err
			}
			return b.Put([]byte("marker"), []byte(`{"program":"other"}`))
		}), "no marker"},
		"a newer schema": {bolt(func(tx *bbolt.Tx) error {
			b, err := tx.CreateBucket([]byte(meta))
			if err != nil {
				return err
			}
			return b.Put([]byte("marker"), []byte(`{"program":"testamur","schema":3}`))
		}), "its schema is 3, this program's is 2"},
		"another secret": {func(t *testing.T, path string) {
			s, err := Open(Options{Path: path, Sealer: verify.NewSealer([]byte("another secret, of 32 bytes, too"))})
			if err == nil {
				err = s.Close()
			}
			if err != nil {
				t.Fatal(err)
			}
		}, "another TESTAMUR_SECRET"},
		"a bucket gone": {func(t *testing.T, path string) {
			s := open(t, path)
			if err := errors.Join(s.db.Update(func(tx *bbolt.Tx) error { return tx.DeleteBucket([]byte(ledger.Public)) }), s.Close()); err != nil {
				t.Fatal(err)
			}
		}, "public is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			path := file(t)
			c.make(t, path)
			before, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, readOnly := range []bool{false, true} {
				s, err := Open(Options{Path: path, Sealer: verify.NewSealer(secret), ReadOnly: readOnly})
				if !errors.Is(err, ErrForeign) || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), path) {
					t.Errorf("Open: %v, %v, want ErrForeign with %q", s, err, c.says)
				}
			}
			if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, before) {
				t.Errorf("the file was changed: %v", err)
			}
		})
	}
}

func TestOpenMakes(t *testing.T) {
	for _, there := range []bool{false, true} { // missing, empty
		path := file(t)
		if there {
			if err := os.WriteFile(path, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		s := open(t, path)
		if !s.Created() {
			t.Error("a new store is not said to be new")
		}
		if s.db.NoSync || s.db.NoGrowSync || s.db.NoFreelistSync { // which no kill would show
			t.Error("a commit is not on disk when it returns")
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v: only its owner may read it", info.Mode(), err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		before, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		s = open(t, path)
		if s.Created() {
			t.Error("an old store is said to be new")
		}
		if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, before) {
			t.Errorf("opening wrote to the file: %v", err)
		}
	}
}

func TestOpenReadOnly(t *testing.T) {
	path := file(t)
	if s, err := Open(Options{Path: path, Sealer: verify.NewSealer(secret), ReadOnly: true}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing: %v, %v", s, err)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it was made: %v", err)
	}
	s := open(t, path)
	commit(t, s, storetest.Grant(1, verify.Link))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := Open(Options{Path: path, Sealer: verify.NewSealer(secret), ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Record(ctx, storetest.Code(1)); err != nil {
		t.Errorf("Record: %v", err)
	}
	if err := s.Commit(ctx, storetest.Grant(2, verify.Link)); !errors.Is(err, verify.ErrUnavailable) {
		t.Errorf("Commit: %v", err)
	}
}

// Every error of Open names the path.
func TestOpenUnwritable(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]error{
		filepath.Join(folder, "file", "testamur.db"): syscall.ENOTDIR,
		filepath.Join(folder, "none", "testamur.db"): fs.ErrNotExist,
		folder: syscall.EISDIR,
	} {
		_, err := Open(Options{Path: path, Sealer: verify.NewSealer(secret)})
		if !errors.Is(err, want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v, want %v", path, err, want)
		}
	}
}

func TestClassify(t *testing.T) {
	for _, c := range []struct{ err, want error }{
		{&fs.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}, verify.ErrFull},
		{&fs.PathError{Op: "write", Path: "x", Err: syscall.EDQUOT}, verify.ErrFull},
		{&fs.PathError{Op: "truncate", Path: "x", Err: syscall.EFBIG}, verify.ErrFull},
		{&fs.PathError{Op: "write", Path: "x", Err: syscall.EIO}, verify.ErrUnavailable},
		{errors.New("whatever"), verify.ErrUnavailable},
		{verify.ErrConflict, verify.ErrConflict},
		{context.DeadlineExceeded, context.DeadlineExceeded},
	} {
		got := classify(c.err)
		if !errors.Is(got, c.want) || !errors.Is(got, c.err) {
			t.Errorf("%v: %v", c.err, got)
		}
	}
	if err := classify(nil); err != nil {
		t.Error(err)
	}
}

// A call that waits for another writer until its time is over does nothing afterwards.
func TestDoneWhileWaiting(t *testing.T) {
	s := open(t, file(t))
	tx, err := s.db.Begin(true)
	if err != nil {
		t.Fatal(err)
	}
	brief, cancel := context.WithTimeout(ctx, time.Millisecond)
	defer cancel()
	result := make(chan error)
	go func() { result <- s.Commit(brief, storetest.Grant(1, verify.Link)) }()
	<-brief.Done()
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := <-result; !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Commit: %v", err)
	}
	if _, err := s.Credential(ctx, storetest.Code(1)); !errors.Is(err, verify.ErrNotFound) {
		t.Errorf("Credential: %v", err)
	}
}
