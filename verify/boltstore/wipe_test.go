package boltstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"testamur/verify"
	"testamur/verify/ledger"
	"testamur/verify/storetest"
)

// canary is a word that stands in everything that is stored about the nth person, and in nothing else.
func canary(n int) string { return fmt.Sprintf("canary-%d-", n) }

// person grants to the nth person, with the canary wherever something is kept, in keys too.
func person(n int) verify.Write {
	w := storetest.Grant(n, verify.Link)
	h, c, word := w.Holder, &w.Credentials[0], canary(n)
	h.Name, h.ExternalID, h.Email = word+"Lindqvist", word+"p", word+"@example.org"
	c.Holder, c.ExternalID, c.Reason, c.Override, c.Evidence = *h, word+"row", word, word, strings.Repeat(word, n%40)
	c.Organisation = &verify.Employer{ID: word, ExternalID: word, Name: word}
	w.Once = &verify.Reply{Key: fmt.Sprintf("%043d", n), At: w.Audit[0].At, Headers: [][2]string{{"Location", word}}, Body: []byte(strings.Repeat(word, n%300)), Holder: h.ID}
	return w
}

// live writes people, in no order, and changes them, so that the file is full of what they were.
func live(t testing.TB, s *Store, people int) {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	for _, n := range random.Perm(people) {
		commit(t, s, person(n))
	}
	for _, n := range random.Perm(people) {
		c, err := s.Credential(ctx, storetest.Code(n))
		if err != nil {
			t.Fatal(err)
		}
		h := c.Holder
		switch random.IntN(4) {
		case 0:
			h.Name, h.Version = canary(n)+"Nilsson", 2
			c.Holder, c.Version = h, 2
			commit(t, s, verify.Write{Holder: &h, Credentials: []verify.Credential{c}})
		case 1:
			c.Code, c.Version = storetest.Code(10_000+n), 2
			commit(t, s, verify.Write{Recode: storetest.Code(n), Credentials: []verify.Credential{c}})
		case 2:
			c.Version, c.Consent, c.Consents = 2, verify.Private, []verify.ConsentAct{{Evidence: canary(n)}}
			commit(t, s, verify.Write{Credentials: []verify.Credential{c}})
		}
	}
}

func erase(s *Store, n int) error {
	h, codes, err := s.Holder(ctx, storetest.Grant(n, verify.Link).Holder.ID)
	if err != nil {
		return err
	}
	return s.Commit(ctx, verify.Write{Erase: &verify.Erasure{Holder: h.ID, Version: h.Version, Codes: codes}})
}

// holds reports whether the file has a canary.
func holds(t testing.TB, path string, n int) bool {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Contains(raw, []byte(canary(n)))
}

// sound checks all pages of the file.
func sound(t testing.TB, s *Store) {
	t.Helper()
	err := s.db.View(func(tx *bbolt.Tx) error {
		var all []error
		for err := range tx.Check() {
			all = append(all, err)
		}
		return errors.Join(all...)
	})
	if err != nil {
		t.Error(err)
	}
}

// When an erasure returns the file has no byte of the person left, and everybody else is as they were, for those too who
// read all the time.
func TestEraseLeavesNoByte(t *testing.T) {
	const people, erased = 300, 40
	path := file(t)
	s := open(t, path)
	s.db.NoSync = true
	live(t, s, people)
	s.db.NoSync = false
	// what a commit that failed leaves above the last page in use
	info, err := os.Stat(path)
	if err == nil {
		_, err = s.disk.WriteAt([]byte(strings.Repeat(canary(0), 1000)), info.Size())
	}
	if err != nil {
		t.Fatal(err)
	}
	var stop atomic.Bool
	var readers sync.WaitGroup
	for hand := range 3 {
		readers.Go(func() {
			for n := people - hand - 1; !stop.Load(); n = erased + (n*7+hand)%(people-erased) {
				if _, _, err := s.Holder(ctx, storetest.Grant(n, verify.Link).Holder.ID); err != nil {
					t.Error(err)
					return
				}
				if hand == 0 {
					err := s.Credentials(ctx, 0, func(_ uint64, c verify.Credential) bool { return c.Holder.Name != "" })
					if err != nil {
						t.Error(err)
						return
					}
				}
			}
		})
	}
	before, err := s.Keys(ctx)
	if err != nil || len(before) != 0 {
		t.Fatal(before, err)
	}
	for n := range erased {
		if !holds(t, path, n) {
			t.Fatalf("%d is not in the file at all", n)
		}
		if err := erase(s, n); err != nil {
			t.Fatal(err)
		}
		if holds(t, path, n) {
			t.Fatalf("%d is still in the file", n)
		}
	}
	stop.Store(true)
	readers.Wait()
	sound(t, s)
	left := 0
	err = s.Credentials(ctx, 0, func(_ uint64, c verify.Credential) bool { left++; return true })
	if err != nil || left != people-erased {
		t.Errorf("%d people are left, want %d: %v", left, people-erased, err)
	}
}

// A reader sees what it began with to its end; the wipe waits for it.
func TestWipeWaitsForReaders(t *testing.T) {
	path := file(t)
	s := open(t, path)
	commit(t, s, person(1))
	result := make(chan error)
	err := s.view(ctx, func(tx *bbolt.Tx) error {
		raw := tx.Bucket([]byte(ledger.Credentials)).Get([]byte(storetest.Code(1)))
		before := bytes.Clone(raw)
		go func() {
			h := person(1).Holder
			result <- s.Commit(ctx, verify.Write{Erase: &verify.Erasure{Holder: h.ID, Version: 1, Codes: []verify.Code{storetest.Code(1)}}})
		}()
		brief, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
		defer cancel()
		select {
		case err := <-result:
			return fmt.Errorf("it has not waited: %w", err)
		case <-brief.Done():
		}
		if !bytes.Equal(raw, before) {
			return errors.New("what is being read has changed")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := <-result; err != nil || holds(t, path, 1) {
		t.Errorf("%v; in the file: %v", err, holds(t, path, 1))
	}
}

// Erasures at once share their wipes, and none returns before its own is done.
func TestErasuresAtOnce(t *testing.T) {
	const people = 24
	path := file(t)
	s := open(t, path)
	live(t, s, people)
	var all sync.WaitGroup
	for n := range people / 2 {
		all.Go(func() {
			if err := erase(s, n); err != nil || holds(t, path, n) {
				t.Errorf("%d: %v; in the file: %v", n, err, holds(t, path, n))
			}
		})
	}
	all.Wait()
	if owes := owes(t, s); owes != 0 {
		t.Errorf("%d erasures are noted as not wiped", owes)
	}
	sound(t, s)
}

func owes(t *testing.T, s *Store) (n uint64) {
	t.Helper()
	if err := s.db.View(func(tx *bbolt.Tx) error { n = owed(tx); return nil }); err != nil {
		t.Fatal(err)
	}
	return n
}

// tired is a disk that fails from a write on.
type tired struct {
	disk
	writes int
}

func (d *tired) WriteAt(b []byte, at int64) (int, error) {
	if d.writes--; d.writes < 0 {
		return 0, syscall.EIO
	}
	return d.disk.WriteAt(b, at)
}

// A wipe that fails is said to have failed, and is finished at the next start, or by the next erasure.
func TestWipeFails(t *testing.T) {
	for _, again := range []string{"start", "erasure"} {
		path := file(t)
		s := open(t, path)
		live(t, s, 30)
		whole := s.disk
		s.disk = &tired{whole, 1}
		if err := erase(s, 7); !errors.Is(err, verify.ErrUnavailable) || !errors.Is(err, syscall.EIO) {
			t.Errorf("erase: %v", err)
		}
		if _, _, err := s.Holder(ctx, "holder-7"); !errors.Is(err, verify.ErrNotFound) {
			t.Errorf("Holder: %v", err)
		}
		if !holds(t, path, 7) {
			t.Fatal("it has been wiped all the same")
		}
		s.disk = whole
		if again == "start" {
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			s = open(t, path)
		} else if err := erase(s, 8); err != nil {
			t.Fatal(err)
		}
		if holds(t, path, 7) || owes(t, s) != 0 {
			t.Errorf("after the next %s: in the file %v, %d noted", again, holds(t, path, 7), owes(t, s))
		}
		sound(t, s)
	}
}

// busy is a disk on which something happens when it is asked to be durable.
type busy struct {
	disk
	then func()
}

func (d *busy) Sync() error { d.then(); return d.disk.Sync() }

// An erasure that comes while another is wiped stays noted: its own wipe has still to come.
func TestErasureDuringWipe(t *testing.T) {
	s := open(t, file(t))
	live(t, s, 20)
	h, codes, err := s.Holder(ctx, "holder-8")
	if err != nil {
		t.Fatal(err)
	}
	s.disk = &busy{s.disk, func() {
		if err := s.commit(ctx, verify.Write{Erase: &verify.Erasure{Holder: h.ID, Version: h.Version, Codes: codes}}); err != nil {
			t.Error(err)
		}
	}}
	if err := erase(s, 7); err != nil {
		t.Fatal(err)
	}
	if owes(t, s) == 0 {
		t.Error("it is forgotten")
	}
}

// An erasure from a store of 50,000 people, and how long it keeps out others at most.
func BenchmarkErase(b *testing.B) {
	o := Options{Path: file(b), Sealer: verify.NewSealer(secret)}
	f, err := Fill(o)
	const people = 50_000
	for n := 0; n < people && err == nil; n += 500 {
		var r verify.Records
		for i := n; i < n+500; i++ {
			w := person(i % 32768)
			h, c, reply := *w.Holder, w.Credentials[0], *w.Once
			h.ID, h.ExternalID = fmt.Sprintf("holder-%d", i), fmt.Sprint(canary(i), "p")
			c.Holder, c.ExternalID, c.Evidence = h, fmt.Sprint(canary(i), "row"), "letter"
			reply.Key, reply.Holder = fmt.Sprintf("%043d", i), h.ID
			if c.Code, err = verify.NewCode(bytes.NewReader(fmt.Appendf(nil, "%011d", i))); err != nil {
				b.Fatal(err)
			}
			r.Credentials = append(r.Credentials, verify.Placed{Place: uint64(i + 1), Credential: c})
			r.Replies = append(r.Replies, reply)
		}
		err = f.Fill(ctx, r)
	}
	if err == nil {
		err = f.Finish(ctx)
	}
	if err != nil {
		b.Fatal(err)
	}
	s := open(b, o.Path)
	info, err := os.Stat(o.Path)
	if err != nil {
		b.Fatal(err)
	}
	var stop atomic.Bool
	var others sync.WaitGroup
	var longest [2]time.Duration
	for i, do := range []func() error{
		func() error { _, _, err := s.Holder(ctx, fmt.Sprintf("holder-%d", people-1)); return err },
		func() error { return s.Commit(ctx, verify.Write{Key: &verify.Key{ID: "key"}}) },
	} {
		others.Go(func() {
			for tick := time.NewTicker(time.Millisecond); !stop.Load(); <-tick.C {
				began := time.Now()
				if err := do(); err != nil {
					b.Error(err)
				}
				longest[i] = max(longest[i], time.Since(began))
			}
		})
	}
	n := 0
	for b.Loop() {
		if err := erase(s, n); err != nil {
			b.Fatal(err)
		}
		n += 7
	}
	stop.Store(true)
	others.Wait()
	b.ReportMetric(float64(longest[0].Microseconds())/1000, "ms-longest-read")
	b.ReportMetric(float64(longest[1].Microseconds())/1000, "ms-longest-write")
	b.ReportMetric(float64(info.Size()>>20), "MiB")
	began := time.Now()
	copied, err := bbolt.Open(file(b), 0o600, nil)
	if err == nil {
		err = errors.Join(bbolt.Compact(copied, s.db, 1<<20), copied.Close())
	}
	if err != nil {
		b.Error(err)
	}
	b.ReportMetric(time.Since(began).Seconds(), "s-a-compacted-copy")
}
