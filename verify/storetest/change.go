package storetest

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"testamur/verify"
)

// recode returns the write that gives a credential a new code.
func recode(c verify.Credential, code verify.Code) verify.Write {
	old := c.Code
	c.Code, c.Version = code, c.Version+1
	return verify.Write{Recode: old, Credentials: []verify.Credential{c}, Audit: []verify.Entry{{At: noon, Action: "recode", Code: code, Holder: c.Holder.ID}}}
}

// erase returns the write that erases the holder of the nth grant, as the store has it.
func erase(t *testing.T, s verify.Store, n int) verify.Write {
	t.Helper()
	id := Grant(n, verify.Link).Holder.ID
	h, codes, err := s.Holder(ctx, id)
	if err != nil {
		t.Fatalf("Holder: %v", err)
	}
	return verify.Write{Erase: &verify.Erasure{Holder: id, Version: h.Version, Codes: codes}, Audit: []verify.Entry{{At: noon, Action: "erase", Holder: id}}}
}

// Credentials are walked in the order of their commits, which nothing changes.
func testPlaces(t *testing.T, s verify.Store) {
	order := []int{7, 3, 9, 1, 5}
	for n := range 60 { // and so many that no page holds them all
		order = append(order, 100+(n*37)%60)
	}
	for _, n := range order {
		w := Grant(n, []verify.Consent{verify.Link, verify.Private}[n%2])
		commit(t, s, w)
		c := w.Credentials[0]
		c.Version, c.Reason = 2, "changed"
		commit(t, s, verify.Write{Credentials: []verify.Credential{c}})
	}
	commit(t, s, recode(read(t, s, 3), Code(30)))
	commit(t, s, recode(read(t, s, 30), Code(33)))
	order[1] = 33
	all := placed(t, s, 0)
	for i, p := range all {
		if p.Place == 0 || i > 0 && p.Place <= all[i-1].Place || i >= len(order) || p.Credential.Code != Code(order[i]) || !reflect.DeepEqual(p.Credential, read(t, s, order[i])) {
			t.Fatalf("place %d of %d: %+v", i, len(order), p)
		}
	}
	if len(all) != len(order) {
		t.Errorf("%d credentials, want %d", len(all), len(order))
	}
	for _, i := range []int{0, 1, 15, 16, 17, len(all) - 1} {
		if got := placed(t, s, all[i].Place); !reflect.DeepEqual(got, all[i+1:]) && len(got)+len(all[i+1:]) > 0 {
			t.Errorf("after place %d: %d credentials, want %d", all[i].Place, len(got), len(all[i+1:]))
		}
	}
	if got := placed(t, s, math.MaxUint64); len(got) != 0 {
		t.Errorf("after the last place there can be: %d credentials", len(got))
	}
	seen := 0
	err := s.Credentials(ctx, 0, func(uint64, verify.Credential) bool { seen++; return seen < 20 })
	if err != nil || seen != 20 {
		t.Errorf("until no: %d credentials, %v", seen, err)
	}
}

// Whatever is written while they are walked, every credential that was there is given once.
func testPlacesWhileWritten(t *testing.T, s verify.Store) {
	const many = 200
	for n := range many {
		commit(t, s, Grant(n, verify.Link))
	}
	var writers sync.WaitGroup
	var stop atomic.Bool
	for writer := range 4 {
		writers.Go(func() {
			for i := 0; i < 900 && !stop.Load(); i++ {
				if err := s.Commit(ctx, Grant(1000*(writer+1)+i, verify.Link)); err != nil {
					t.Error(err)
				}
				id := Grant(writer+4*(i%(many/4)), verify.Link).Holder.ID
				_, codes, err := s.Holder(ctx, id)
				if err != nil {
					t.Error(err)
					return
				}
				c, err := s.Credential(ctx, codes[0])
				if err == nil {
					err = s.Commit(ctx, recode(c, Code(10_000+1000*writer+i)))
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 5 {
		seen, last := map[string]int{}, uint64(0)
		err := s.Credentials(ctx, 0, func(place uint64, c verify.Credential) bool {
			if place <= last {
				t.Errorf("place %d after %d", place, last)
			}
			last = place
			seen[c.ID]++
			return true
		})
		if err != nil {
			t.Error(err)
		}
		for n := range many {
			if id := fmt.Sprintf("id-%d", n); seen[id] != 1 {
				t.Errorf("%s is given %d times", id, seen[id])
			}
		}
	}
	stop.Store(true)
	writers.Wait()
}

// Answers are walked by the second of their time and then by key.
func testRepliesInOrder(t *testing.T, s verify.Store) {
	commit(t, s, Grant(1, verify.Link))
	var all []verify.Reply
	for n, key := range []string{"b", "a", "c", "e", "d", "f"} {
		r := verify.Reply{Key: key, Status: 200, At: noon.Add(time.Duration([]int{0, 300, 900, 2000, 1500, 2001}[n]) * time.Millisecond), Body: []byte(key), Holder: "holder-1"}
		all = append(all, r)
		commit(t, s, verify.Write{Once: &r})
	}
	check := func(what string, since time.Time, keys string) {
		t.Helper()
		got := ""
		for _, r := range kept(t, s, since) {
			got += r.Key
			if i := slices.IndexFunc(all, func(as verify.Reply) bool { return as.Key == r.Key }); !reflect.DeepEqual(r, all[i]) {
				t.Errorf("%s: %+v, want %+v", what, r, all[i])
			}
		}
		if got != keys {
			t.Errorf("%s: %s, want %s", what, got, keys)
		}
	}
	check("all", time.Time{}, "abcdef")
	check("from the first second", noon, "abcdef")
	check("from within the first second", noon.Add(500*time.Millisecond), "abcdef")
	check("from the next second", noon.Add(time.Second), "def")
	check("from later", noon.Add(time.Minute), "")
	seen := 0
	if err := s.Replies(ctx, noon, func(verify.Reply) bool { seen++; return seen < 2 }); err != nil || seen != 2 {
		t.Errorf("until no: %d, %v", seen, err)
	}
}

// After a new code the old one has never existed, and everything else is as it was.
func testRecode(t *testing.T, s verify.Store) {
	commit(t, s, Grant(1, verify.Link))
	holder := *Grant(1, verify.Link).Holder
	for n := 2; n <= 3; n++ {
		commit(t, s, verify.Write{Credentials: []verify.Credential{credential(n, holder, verify.Public)}})
	}
	commit(t, s, Grant(4, verify.Link))
	warm(t, s, 2)
	before := placed(t, s, 0)
	for name, w := range map[string]verify.Write{
		"to a code that is taken": recode(read(t, s, 2), Code(4)),
		"from no code":            recode(credential(9, holder, verify.Link), Code(5)),
		"of a version gone by":    {Recode: Code(2), Credentials: []verify.Credential{credential(5, holder, verify.Link)}},
		"of a version to come": func() verify.Write {
			w := recode(read(t, s, 2), Code(5))
			w.Credentials[0].Version++
			return w
		}(),
	} {
		want(t, name, s.Commit(ctx, w), verify.ErrConflict)
	}
	if got := placed(t, s, 0); !reflect.DeepEqual(got, before) {
		t.Errorf("what failed left %+v, want %+v", got, before)
	}
	c := read(t, s, 2)
	commit(t, s, recode(c, Code(20)))
	c.Code, c.Version = Code(20), 2
	_, err := s.Record(ctx, Code(2))
	want(t, "Record of the old code", err, verify.ErrNotFound)
	_, err = s.Credential(ctx, Code(2))
	want(t, "Credential of the old code", err, verify.ErrNotFound)
	if got := read(t, s, 20); !reflect.DeepEqual(got, c) {
		t.Errorf("Credential:\n got %+v\nwant %+v", got, c)
	}
	released, _ := c.Release()
	if r, err := s.Record(ctx, Code(20)); err != nil || r != released {
		t.Errorf("Record: %+v, %v, want %+v", r, err, released)
	}
	if got, err := s.CredentialByExternalID(ctx, c.ExternalID); err != nil || !reflect.DeepEqual(got, c) {
		t.Errorf("CredentialByExternalID: %+v, %v", got, err)
	}
	if _, codes, err := s.Holder(ctx, holder.ID); err != nil || !slices.Equal(codes, []verify.Code{Code(1), Code(20), Code(3)}) {
		t.Errorf("Holder: %v, %v", codes, err)
	}
	before[1].Credential = c
	if got := placed(t, s, 0); !reflect.DeepEqual(got, before) {
		t.Errorf("places: %+v, want %+v", got, before)
	}
	stale := credential(2, holder, verify.Public)
	stale.Version = 2
	want(t, "a change under the old code", s.Commit(ctx, verify.Write{Credentials: []verify.Credential{stale}}), verify.ErrConflict)
	want(t, "a second new code from the old one", s.Commit(ctx, recode(credential(2, holder, verify.Public), Code(21))), verify.ErrConflict)
	other := Grant(5, verify.Link)
	other.Credentials[0].ExternalID = c.ExternalID
	want(t, "its external id", s.Commit(ctx, other), verify.ErrConflict)
	// a private one has no public record under either code, and goes on
	c.Version, c.Consent = 3, verify.Private
	commit(t, s, verify.Write{Credentials: []verify.Credential{c}})
	commit(t, s, recode(c, Code(22)))
	for _, n := range []int{2, 20, 22} {
		_, err := s.Record(ctx, Code(n))
		want(t, "Record of a private one", err, verify.ErrNotFound)
	}
	c = read(t, s, 22)
	c.Version, c.Consent = 5, verify.Link
	commit(t, s, verify.Write{Credentials: []verify.Credential{c}})
	warm(t, s, 22)
}

// After an erasure nothing of the holder is found, and its external ids are free.
func testErase(t *testing.T, s verify.Store) {
	w := Grant(1, verify.Link)
	commit(t, s, w)
	commit(t, s, verify.Write{Credentials: []verify.Credential{credential(2, *w.Holder, verify.Private)}})
	commit(t, s, verify.Write{Credentials: []verify.Credential{credential(3, *w.Holder, verify.Public)}})
	commit(t, s, recode(read(t, s, 3), Code(30)))
	warm(t, s, 1)
	warm(t, s, 30)
	good := *erase(t, s, 1).Erase
	for name, spoil := range map[string]func(e *verify.Erasure){
		"of an old version":    func(e *verify.Erasure) { e.Version = 0 },
		"of a version to come": func(e *verify.Erasure) { e.Version++ },
		"of nobody":            func(e *verify.Erasure) { e.Holder = "nobody" },
		"without a code":       func(e *verify.Erasure) { e.Codes = e.Codes[1:] },
		"with an old code":     func(e *verify.Erasure) { e.Codes = []verify.Code{Code(1), Code(2), Code(3)} },
		"with another's code":  func(e *verify.Erasure) { e.Codes = append(slices.Clone(e.Codes), Code(9)) },
	} {
		e := good
		spoil(&e)
		want(t, name, s.Commit(ctx, verify.Write{Erase: &e}), verify.ErrConflict)
	}
	for name, err := range reads(ctx, s, 1) {
		if err != nil && name != "Reply" && name != "Key" {
			t.Errorf("after what failed, %s: %v", name, err)
		}
	}
	stale := read(t, s, 2)
	stale.Version++
	slices.Reverse(good.Codes) // their order says nothing
	commit(t, s, verify.Write{Erase: &good, Audit: []verify.Entry{{At: noon, Action: "erase", Holder: w.Holder.ID}}})
	for name, err := range reads(ctx, s, 1) {
		want(t, name, err, verify.ErrNotFound)
	}
	for _, n := range []int{1, 2, 3, 30} {
		r, err := s.Record(ctx, Code(n))
		if want(t, "Record", err, verify.ErrNotFound); r != (verify.Record{}) {
			t.Errorf("Record: %+v", r)
		}
		_, err = s.Credential(ctx, Code(n))
		want(t, "Credential", err, verify.ErrNotFound)
		_, err = s.CredentialByExternalID(ctx, credential(n, *w.Holder, "").ExternalID)
		want(t, "CredentialByExternalID", err, verify.ErrNotFound)
	}
	if got := placed(t, s, 0); len(got) != 0 {
		t.Errorf("Credentials: %+v", got)
	}
	if got := entries(t, s, 0); len(got) != 3 || got[2].Action != "erase" || got[2].Seq != 3 {
		t.Errorf("the audit stays: %+v", got)
	}
	want(t, "the erasure again", s.Commit(ctx, verify.Write{Erase: &good}), verify.ErrConflict)
	want(t, "a change of what was erased", s.Commit(ctx, verify.Write{Credentials: []verify.Credential{stale}}), verify.ErrConflict)
	want(t, "a grant to who was erased", s.Commit(ctx, verify.Write{Credentials: []verify.Credential{credential(4, *w.Holder, verify.Link)}}), verify.ErrConflict)
	again := Grant(5, verify.Link) // another holder takes the ids
	again.Holder.ExternalID, again.Credentials[0].ExternalID = w.Holder.ExternalID, w.Credentials[0].ExternalID
	again.Credentials[0].Holder = *again.Holder
	commit(t, s, again)
	if c, err := s.CredentialByExternalID(ctx, w.Credentials[0].ExternalID); err != nil || c.Code != Code(5) {
		t.Errorf("CredentialByExternalID: %v, %v", c.Code, err)
	}
}

// An erasure touches nobody else, not even whose credential names the erased as a backer (rule 45).
func testEraseLeavesOthers(t *testing.T, s verify.Store) {
	for n := 1; n <= 3; n++ {
		commit(t, s, Grant(n, verify.Link))
	}
	backed := credential(4, *Grant(3, verify.Link).Holder, verify.Link)
	backed.BackedBy = []string{"holder-1", "holder-2"}
	commit(t, s, verify.Write{Credentials: []verify.Credential{backed}})
	var others []verify.Placed
	for _, p := range placed(t, s, 0) {
		if p.Credential.Holder.ID != "holder-2" {
			others = append(others, p)
		}
	}
	commit(t, s, erase(t, s, 2))
	if got := placed(t, s, 0); !reflect.DeepEqual(got, others) {
		t.Errorf("Credentials: %+v, want %+v", got, others)
	}
	for _, n := range []int{1, 3} {
		for name, err := range reads(ctx, s, n) {
			if err != nil && name != "Reply" && name != "Key" {
				t.Errorf("%s of %d: %v", name, n, err)
			}
		}
	}
}

// Of the answers about an erased holder only their keys are left, which stay used.
func testEraseReplies(t *testing.T, s verify.Store) {
	about := func(key, holder string, at time.Time) verify.Reply {
		return verify.Reply{Key: key, Request: [32]byte{1}, Status: 201, Headers: [][2]string{{"ETag", "1"}}, Body: []byte("about " + holder), At: at, Holder: holder}
	}
	commit(t, s, Grant(1, verify.Link))
	commit(t, s, Grant(2, verify.Link))
	commit(t, s, Grant(12, verify.Link))
	old := about("old", "holder-1", noon.Add(-48*time.Hour))
	one, two, other, none := about("a", "holder-1", noon), about("b", "holder-1", noon.Add(time.Second)), about("c", "holder-12", noon), about("d", "", noon)
	for _, r := range []verify.Reply{one, two, other, none} {
		commit(t, s, verify.Write{Once: &r})
	}
	commit(t, s, verify.Write{Once: &old})
	commit(t, s, erase(t, s, 1))
	for _, was := range []verify.Reply{one, two} {
		got, err := s.Reply(ctx, was.Key, noon.Add(time.Minute))
		if err != nil || !reflect.DeepEqual(got, was.Erased()) {
			t.Errorf("Reply %s: %+v, %v", was.Key, got, err)
		}
		again := was
		again.At = was.At.Add(verify.ReplyAge - 1)
		want(t, "its key again", s.Commit(ctx, verify.Write{Once: &again}), verify.ErrRepeated)
	}
	for _, as := range []verify.Reply{other, none} {
		if got, err := s.Reply(ctx, as.Key, noon.Add(time.Minute)); err != nil || !reflect.DeepEqual(got, as) {
			t.Errorf("Reply %s: %+v, %v", as.Key, got, err)
		}
	}
	for _, r := range kept(t, s, time.Time{}) {
		if r.Holder == "holder-1" || r.Body != nil && string(r.Body) == "about holder-1" {
			t.Errorf("left: %+v", r)
		}
	}
	late := about("late", "holder-1", noon.Add(time.Hour))
	want(t, "an answer about the erased", s.Commit(ctx, verify.Write{Once: &late}), verify.ErrConflict)
	_, err := s.Reply(ctx, "late", noon.Add(time.Hour))
	want(t, "that answer", err, verify.ErrNotFound)
	with := Grant(3, verify.Link) // but about whom the write itself brings
	with.Once = &verify.Reply{Key: "with", At: noon, Holder: with.Holder.ID}
	commit(t, s, with)
	// a day later the key is new, and so is what is kept under it
	fresh := about("a", "holder-2", noon.Add(verify.ReplyAge))
	commit(t, s, verify.Write{Once: &fresh})
	if got, err := s.Reply(ctx, "a", fresh.At); err != nil || !reflect.DeepEqual(got, fresh) {
		t.Errorf("Reply: %+v, %v", got, err)
	}
}

// However grants and an erasure meet, no credential is left without its holder.
func testEraseAgainstGrants(t *testing.T, s verify.Store) {
	for round := range 10 {
		w := Grant(100*round, verify.Link)
		commit(t, s, w)
		var all sync.WaitGroup
		for n := 1; n <= 4; n++ {
			all.Go(func() {
				if err := s.Commit(ctx, verify.Write{Credentials: []verify.Credential{credential(100*round+n, *w.Holder, verify.Link)}}); err != nil {
					want(t, "a grant", err, verify.ErrConflict)
				}
			})
		}
		all.Go(func() {
			for range 100 { // as the registry does it
				h, codes, err := s.Holder(ctx, w.Holder.ID)
				if err == nil {
					err = s.Commit(ctx, verify.Write{Erase: &verify.Erasure{Holder: h.ID, Version: h.Version, Codes: codes}})
				}
				if err == nil {
					return
				}
				want(t, "the erasure", err, verify.ErrConflict)
			}
			t.Error("never erased")
		})
		all.Wait()
		for n := range 5 {
			_, err := s.Credential(ctx, Code(100*round+n))
			want(t, "a credential of who was erased", err, verify.ErrNotFound)
			_, err = s.Record(ctx, Code(100*round+n))
			want(t, "its public record", err, verify.ErrNotFound)
		}
	}
	if got := placed(t, s, 0); len(got) != 0 {
		t.Errorf("Credentials: %+v", got)
	}
}
