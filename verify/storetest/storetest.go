// Package storetest is the suite that every verify.Store passes: what verify.Store and verify.Write promise, as
// tests. It knows no store; begin with Run.
package storetest

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"testamur/verify"
	"testamur/verify/ledger"
)

// Hooks reach behind a store. What is nil is not tried.
type Hooks struct {
	// Reopen returns what opens the store again once it is closed, as a restart of the program does.
	Reopen func(s verify.Store) (open func(t *testing.T) verify.Store)
	// Edit changes a record of the ledger as it is kept, without the store knowing.
	Edit func(t testing.TB, s verify.Store, bucket, key string, change func(sealed []byte) []byte)
	// Fill begins a store to be filled; open opens what was finished.
	Fill func(t *testing.T) (f verify.Filling, open func() (verify.Store, error))
}

// Run tries a store in subtests. open returns a new empty store each time and sees to its end by t.Cleanup; closing it
// twice must do no harm.
func Run(t *testing.T, open func(t *testing.T) verify.Store, hooks Hooks) {
	for _, test := range []struct {
		name string
		run  func(t *testing.T, s verify.Store)
	}{
		{"Empty", testEmpty},
		{"RoundTrip", testRoundTrip},
		{"Release", testRelease},
		{"RenameReachesAll", testRename},
		{"Versions", testVersions},
		{"ExternalIDs", testExternalIDs},
		{"AllOrNothing", testAllOrNothing},
		{"Replies", testReplies},
		{"RepliesOutliveTheSweep", testSweep},
		{"Keys", testKeys},
		{"Audit", testAudit},
		{"Places", testPlaces},
		{"PlacesWhileWritten", testPlacesWhileWritten},
		{"RepliesInOrder", testRepliesInOrder},
		{"Recode", testRecode},
		{"Erase", testErase},
		{"EraseLeavesOthers", testEraseLeavesOthers},
		{"EraseReplies", testEraseReplies},
		{"EraseAgainstGrants", testEraseAgainstGrants},
		{"Context", testContext},
		{"Closed", testClosed},
		{"OneWins", testOneWins},
		{"ReadYourWrite", testReadYourWrite},
		{"Recent", testRecent},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
	if hooks.Reopen != nil {
		t.Run("Reopen", func(t *testing.T) { testReopen(t, open(t), hooks.Reopen) })
	}
	if hooks.Edit != nil {
		t.Run("Tamper", func(t *testing.T) { testTamper(t, open(t), hooks.Edit) })
	}
	if hooks.Fill != nil {
		t.Run("Fill", func(t *testing.T) { testFill(t, open(t), hooks.Fill) })
		t.Run("FillConflicts", func(t *testing.T) { testFillConflicts(t, hooks.Fill) })
	}
}

// CloseAfter closes a store at the test's end.
func CloseAfter(t testing.TB, s verify.Store) {
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
}

var (
	ctx  = context.Background()
	noon = time.Date(2014, 11, 23, 12, 0, 0, 0, time.UTC)
)

// Code returns the nth code of a fixed row, n under 32768.
func Code(n int) verify.Code {
	code, _ := verify.NewCode(bytes.NewReader(append(binary.BigEndian.AppendUint64(nil, uint64(n)), byte(n>>10), byte(n>>5), byte(n)))) // eleven bytes are enough
	return code
}

// Grant returns the write that grants the nth credential to a new holder.
func Grant(n int, consent verify.Consent) verify.Write {
	h := verify.Holder{ID: fmt.Sprintf("holder-%d", n), ExternalID: fmt.Sprintf("person-%d", n), Name: fmt.Sprintf("Zoë Đặng %d", n), Kind: verify.Person,
		Lang: "vi", Email: "zoe@example.org", Version: 1}
	return verify.Write{Holder: &h, Credentials: []verify.Credential{credential(n, h, consent)},
		Audit: []verify.Entry{{At: noon, By: "program", Action: "grant", Code: Code(n), Holder: h.ID}}}
}

func credential(n int, h verify.Holder, consent verify.Consent) verify.Credential {
	expires := time.Date(2015, 7, 31, 23, 59, 59, 0, time.UTC)
	return verify.Credential{ID: fmt.Sprintf("id-%d", n), Code: Code(n), Version: 1, Certification: "inbound", Edition: "2014", Holder: h, Tier: "gold",
		GrantedAt: verify.Day{Year: 2014, Month: 6, Day: 14}, RenewedAt: verify.Day{Year: 2014, Month: 6, Day: 30}, ExpiresAt: expires,
		RevokedAt: noon, SuspendedAt: noon.Add(-time.Hour), Consent: consent, ExternalID: fmt.Sprintf("row %d/é", n),
		Organisation: &verify.Employer{ID: "1", ExternalID: "acme", Name: "Acme & <Söhne>"}, BackedBy: []string{"a", "b"},
		Periods: []verify.Period{{From: verify.Day{Year: 2014, Month: 6, Day: 14}, ExpiresAt: expires, Edition: "2014", Explicit: true, Reason: "agreed"}},
		Reason:  "left", Override: "known to us", Evidence: "letter", Terms: "2014-05"}
}

func commit(t *testing.T, s verify.Store, w verify.Write) {
	t.Helper()
	if err := s.Commit(ctx, w); err != nil {
		t.Fatalf("Commit: %v", err)
	}
}

func want(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func read(t *testing.T, s verify.Store, n int) verify.Credential {
	t.Helper()
	c, err := s.Credential(ctx, Code(n))
	if err != nil {
		t.Fatalf("Credential: %v", err)
	}
	return c
}

func entries(t *testing.T, s verify.Store, after uint64) (all []verify.Entry) {
	t.Helper()
	if err := s.Audit(ctx, after, func(e verify.Entry) bool { all = append(all, e); return true }); err != nil {
		t.Fatalf("Audit: %v", err)
	}
	return all
}

// placed is every credential after a place, with its place.
func placed(t *testing.T, s verify.Store, after uint64) (all []verify.Placed) {
	t.Helper()
	err := s.Credentials(ctx, after, func(place uint64, c verify.Credential) bool {
		all = append(all, verify.Placed{Place: place, Credential: c})
		return true
	})
	if err != nil {
		t.Fatalf("Credentials: %v", err)
	}
	return all
}

func kept(t *testing.T, s verify.Store, since time.Time) (all []verify.Reply) {
	t.Helper()
	if err := s.Replies(ctx, since, func(r verify.Reply) bool { all = append(all, r); return true }); err != nil {
		t.Fatalf("Replies: %v", err)
	}
	return all
}

// warm reads what a store may then keep in memory, which must change no answer.
func warm(t *testing.T, s verify.Store, n int) {
	t.Helper()
	for range 2 {
		if _, err := s.Record(ctx, Code(n)); err != nil {
			t.Fatalf("Record: %v", err)
		}
	}
}

// reads are all the reads of a store, for a grant n, a reply and a key.
func reads(ctx context.Context, s verify.Store, n int) map[string]error {
	w := Grant(n, verify.Link)
	e := map[string]error{}
	_, e["Record"] = s.Record(ctx, Code(n))
	_, e["Recent"] = s.Recent(ctx, Code(n))
	_, e["Credential"] = s.Credential(ctx, Code(n))
	_, e["CredentialByExternalID"] = s.CredentialByExternalID(ctx, w.Credentials[0].ExternalID)
	_, _, e["Holder"] = s.Holder(ctx, w.Holder.ID)
	_, e["HolderByExternalID"] = s.HolderByExternalID(ctx, w.Holder.ExternalID)
	_, e["Reply"] = s.Reply(ctx, "once", noon)
	_, e["Key"] = s.Key(ctx, "key")
	return e
}

// walks are the reads of a store that find nothing missing.
func walks(ctx context.Context, s verify.Store) map[string]error {
	e := map[string]error{
		"Audit":       s.Audit(ctx, 0, func(verify.Entry) bool { return true }),
		"Credentials": s.Credentials(ctx, 0, func(uint64, verify.Credential) bool { return true }),
		"Replies":     s.Replies(ctx, time.Time{}, func(verify.Reply) bool { return true }),
	}
	_, e["Keys"] = s.Keys(ctx)
	return e
}

func testEmpty(t *testing.T, s verify.Store) {
	for name, err := range reads(ctx, s, 1) {
		want(t, name, err, verify.ErrNotFound)
	}
	_, err := s.Record(ctx, "")
	want(t, "Record of no code", err, verify.ErrNotFound)
	_, err = s.CredentialByExternalID(ctx, "")
	want(t, "CredentialByExternalID of none", err, verify.ErrNotFound)
	_, err = s.HolderByExternalID(ctx, "")
	want(t, "HolderByExternalID of none", err, verify.ErrNotFound)
	if keys, err := s.Keys(ctx); err != nil || len(keys) != 0 {
		t.Errorf("Keys: %v, %v", keys, err)
	}
	if a, c, r := entries(t, s, 0), placed(t, s, 0), kept(t, s, time.Time{}); len(a)+len(c)+len(r) != 0 {
		t.Errorf("Audit, Credentials, Replies: %v, %v, %v", a, c, r)
	}
	commit(t, s, verify.Write{}) // nothing is a change too
}

func testRoundTrip(t *testing.T, s verify.Store) {
	w := Grant(1, verify.Public)
	commit(t, s, w)
	c := w.Credentials[0]
	if got := read(t, s, 1); !reflect.DeepEqual(got, c) {
		t.Errorf("Credential:\n got %+v\nwant %+v", got, c)
	}
	if got, err := s.CredentialByExternalID(ctx, c.ExternalID); err != nil || !reflect.DeepEqual(got, c) {
		t.Errorf("CredentialByExternalID: %+v, %v", got, err)
	}
	released, _ := c.Release()
	if got, err := s.Record(ctx, c.Code); err != nil || got != released {
		t.Errorf("Record:\n got %+v, %v\nwant %+v", got, err, released)
	}
	if h, codes, err := s.Holder(ctx, w.Holder.ID); err != nil || h != *w.Holder || !slices.Equal(codes, []verify.Code{c.Code}) {
		t.Errorf("Holder: %+v %v, %v", h, codes, err)
	}
	if id, err := s.HolderByExternalID(ctx, w.Holder.ExternalID); err != nil || id != w.Holder.ID {
		t.Errorf("HolderByExternalID: %q, %v", id, err)
	}
	// a credential with nothing in it that may be left out
	bare := verify.Credential{ID: "bare", Code: Code(2), Version: 1, Certification: "inbound", Edition: "2014", Holder: *w.Holder, Consent: verify.Link,
		GrantedAt: verify.Day{Year: 2000, Month: 1, Day: 1}, ExpiresAt: time.Date(9998, 12, 31, 23, 59, 59, 0, time.UTC)}
	commit(t, s, verify.Write{Credentials: []verify.Credential{bare}})
	if got := read(t, s, 2); !reflect.DeepEqual(got, bare) {
		t.Errorf("bare Credential:\n got %+v\nwant %+v", got, bare)
	}
	released, _ = bare.Release()
	if got, err := s.Record(ctx, bare.Code); err != nil || got != released {
		t.Errorf("bare Record:\n got %+v, %v\nwant %+v", got, err, released)
	}
	_, codes, err := s.Holder(ctx, w.Holder.ID)
	if err != nil || !slices.Equal(codes, []verify.Code{Code(1), Code(2)}) {
		t.Errorf("codes in the order of the grants: %v, %v", codes, err)
	}
}

// Consent decides in the transaction of the change whether there is a public record (rule 58).
func testRelease(t *testing.T, s verify.Store) {
	w := Grant(1, verify.Private)
	commit(t, s, w)
	c := w.Credentials[0]
	for _, consent := range []verify.Consent{verify.Private, verify.Link, verify.Public, verify.Link, verify.Private, verify.Private, verify.Public} {
		c.Version++
		c.Consent = consent
		commit(t, s, verify.Write{Credentials: []verify.Credential{c}})
		got, err := s.Record(ctx, c.Code)
		if consent == verify.Private {
			want(t, "Record of a private credential", err, verify.ErrNotFound)
			if got != (verify.Record{}) {
				t.Errorf("Record of a private credential: %+v", got)
			}
		} else if released, _ := c.Release(); err != nil || got != released {
			t.Errorf("%s: %+v, %v, want %+v", consent, got, err, released)
		}
	}
	if got := read(t, s, 1); !reflect.DeepEqual(got, c) {
		t.Errorf("Credential: %+v, want %+v", got, c)
	}
}

// A new name stands on every credential of the holder, or the change is a conflict (rule 36).
func testRename(t *testing.T, s verify.Store) {
	w := Grant(1, verify.Link)
	commit(t, s, w)
	commit(t, s, verify.Write{Credentials: []verify.Credential{credential(2, *w.Holder, verify.Link)}})
	h := *w.Holder
	h.Name, h.Version = "Zoë Trần", 2
	change := verify.Write{Holder: &h}
	for n := 1; n <= 2; n++ {
		want(t, "a rename that leaves a credential out", s.Commit(ctx, change), verify.ErrConflict)
		c := read(t, s, n)
		c.Holder = h
		c.Version++
		change.Credentials = append(change.Credentials, c)
	}
	commit(t, s, change)
	for n := 1; n <= 2; n++ {
		r, err := s.Record(ctx, Code(n))
		if c := read(t, s, n); err != nil || r.Name != h.Name || c.Holder != h {
			t.Errorf("%d: %+v, %+v, %v", n, r, c.Holder, err)
		}
	}
	// what was read before the rename cannot bring the old name back
	want(t, "a grant under the old name", s.Commit(ctx, verify.Write{Credentials: []verify.Credential{credential(3, *w.Holder, verify.Link)}}), verify.ErrConflict)
	stale := change.Credentials[0]
	stale.Holder, stale.Version = *w.Holder, stale.Version+1
	want(t, "a change under the old name", s.Commit(ctx, verify.Write{Credentials: []verify.Credential{stale}}), verify.ErrConflict)
	stranger := credential(3, verify.Holder{ID: "nobody", Name: "Nobody", Version: 1}, verify.Link)
	want(t, "a grant to nobody", s.Commit(ctx, verify.Write{Credentials: []verify.Credential{stranger}}), verify.ErrConflict)
}

func testVersions(t *testing.T, s verify.Store) {
	w := Grant(1, verify.Link)
	c, h := w.Credentials[0], *w.Holder
	at := func(version int64) verify.Write {
		c.Version = version
		return verify.Write{Credentials: []verify.Credential{c}}
	}
	want(t, "a second version of nothing", s.Commit(ctx, verify.Write{Holder: w.Holder, Credentials: at(2).Credentials}), verify.ErrConflict)
	want(t, "Credential", func() error { _, err := s.Credential(ctx, c.Code); return err }(), verify.ErrNotFound)
	h.Version = 2
	want(t, "a second version of no holder", s.Commit(ctx, verify.Write{Holder: &h}), verify.ErrConflict)
	commit(t, s, w)
	want(t, "a code that exists", s.Commit(ctx, at(1)), verify.ErrConflict)
	h.Version = 1
	want(t, "a holder that exists", s.Commit(ctx, verify.Write{Holder: &h}), verify.ErrConflict)
	commit(t, s, at(2))
	for _, version := range []int64{-1, 0, 1, 2, 4} {
		want(t, fmt.Sprintf("version %d after 2", version), s.Commit(ctx, at(version)), verify.ErrConflict)
	}
	commit(t, s, at(3))
	if got := read(t, s, 1).Version; got != 3 {
		t.Errorf("version %d, want 3", got)
	}
	for _, version := range []int64{0, 1, 3} {
		h.Version = version
		c.Holder, c.Version = h, 4
		want(t, fmt.Sprintf("holder %d after 1", version), s.Commit(ctx, verify.Write{Holder: &h, Credentials: []verify.Credential{c}}), verify.ErrConflict)
	}
}

func testExternalIDs(t *testing.T, s verify.Store) {
	commit(t, s, Grant(1, verify.Link))
	w := Grant(2, verify.Link)
	w.Credentials[0].ExternalID = Grant(1, verify.Link).Credentials[0].ExternalID
	want(t, "a credential's external id twice", s.Commit(ctx, w), verify.ErrConflict)
	w = Grant(2, verify.Link)
	w.Holder.ExternalID = "person-1"
	w.Credentials[0].Holder = *w.Holder
	want(t, "a holder's external id twice", s.Commit(ctx, w), verify.ErrConflict)
	for n := 3; n <= 4; n++ { // no id is nobody's
		w = Grant(n, verify.Link)
		w.Holder.ExternalID, w.Credentials[0].ExternalID = "", ""
		w.Credentials[0].Holder = *w.Holder
		commit(t, s, w)
	}
	c := read(t, s, 1) // its own stays its own
	c.Version++
	commit(t, s, verify.Write{Credentials: []verify.Credential{c}})
	if got, err := s.CredentialByExternalID(ctx, c.ExternalID); err != nil || got.Code != Code(1) {
		t.Errorf("CredentialByExternalID: %v, %v", got.Code, err)
	}
	commit(t, s, Grant(2, verify.Link)) // what was refused has reserved nothing
}

// Whatever makes a Commit fail, no part of it is left.
func testAllOrNothing(t *testing.T, s verify.Store) {
	commit(t, s, Grant(1, verify.Link))
	kept := verify.Reply{Key: "kept", Status: 200, At: noon}
	commit(t, s, verify.Write{Once: &kept})
	before := entries(t, s, 0)
	for name, spoil := range map[string]func(w *verify.Write){
		"stale credential": func(w *verify.Write) { w.Credentials = append(w.Credentials, Grant(1, verify.Link).Credentials...) },
		"stranger's credential": func(w *verify.Write) {
			w.Credentials = append(w.Credentials, credential(3, verify.Holder{ID: "nobody", Version: 1}, verify.Link))
		},
		"external id": func(w *verify.Write) {
			c := credential(3, *w.Holder, verify.Link)
			c.ExternalID = credential(1, *w.Holder, verify.Link).ExternalID
			w.Credentials = append(w.Credentials, c)
		},
		"holder's external id": func(w *verify.Write) { w.Holder.ExternalID = "person-1"; w.Credentials[0].Holder = *w.Holder },
		"holder's version":     func(w *verify.Write) { w.Holder.Version = 2; w.Credentials[0].Holder = *w.Holder },
		"used key":             func(w *verify.Write) { w.Once = &kept },
	} {
		w := Grant(2, verify.Link)
		w.Key = &verify.Key{ID: "key", Scope: verify.ScopeRead}
		w.Once = &verify.Reply{Key: "once", At: noon}
		spoil(&w)
		expected := verify.ErrConflict
		if name == "used key" {
			expected = verify.ErrRepeated
		}
		want(t, name, s.Commit(ctx, w), expected)
		for read, err := range reads(ctx, s, 2) {
			want(t, name+": "+read, err, verify.ErrNotFound)
		}
		_, err := s.Credential(ctx, Code(3))
		want(t, name+": third credential", err, verify.ErrNotFound)
		if got := entries(t, s, 0); !reflect.DeepEqual(got, before) {
			t.Errorf("%s: audit %v, want %v", name, got, before)
		}
	}
	w := Grant(1, verify.Link)
	w.Once = &kept
	want(t, "used key and a conflict", s.Commit(ctx, w), verify.ErrRepeated)
	commit(t, s, Grant(2, verify.Link))
	if got := entries(t, s, 0); len(got) != 2 || got[1].Seq != before[0].Seq+1 {
		t.Errorf("audit after what failed: %+v", got)
	}
}

func testReplies(t *testing.T, s verify.Store) {
	made := noon.Add(300 * time.Millisecond)
	r := verify.Reply{Key: "k_1\x00a key", Request: [32]byte{1, 31: 255}, Status: 201, Headers: [][2]string{{"ETag", `"1"`}, {"Location", "/x"}},
		Body: []byte("{\"name\":\"Zoë\"}\n\x00\xff"), At: made}
	commit(t, s, verify.Write{Once: &r})
	check := func(after time.Duration, there bool) {
		t.Helper()
		got, err := s.Reply(ctx, r.Key, made.Add(after))
		if !there {
			want(t, fmt.Sprintf("Reply after %s", after), err, verify.ErrNotFound)
		} else if err != nil || !reflect.DeepEqual(got, r) {
			t.Errorf("Reply after %s: %+v, %v, want %+v", after, got, err, r)
		}
	}
	check(0, true)
	check(verify.ReplyAge-1, true)
	check(verify.ReplyAge, false)
	_, err := s.Reply(ctx, "k_2\x00a key", made)
	want(t, "another caller's key", err, verify.ErrNotFound)
	again := r
	again.At = made.Add(verify.ReplyAge - 1)
	want(t, "the key again within a day", s.Commit(ctx, verify.Write{Once: &again}), verify.ErrRepeated)
	check(0, true)
	again.At, again.Status, again.Body = made.Add(verify.ReplyAge), 200, []byte("new")
	commit(t, s, verify.Write{Once: &again})
	r, made = again, again.At
	check(0, true)
	check(verify.ReplyAge, false)
}

// However many old answers wait to be swept, no young one goes with them.
func testSweep(t *testing.T, s verify.Store) {
	put := func(key string, at time.Time) {
		t.Helper()
		commit(t, s, verify.Write{Once: &verify.Reply{Key: key, At: at, Body: []byte(at.String())}})
	}
	for n := range 60 {
		put(fmt.Sprintf("old-%d", n), noon.Add(time.Duration(n)*time.Second))
	}
	next := noon.Add(verify.ReplyAge + time.Hour)
	put("old-50", next)
	for n := range 20 {
		put(fmt.Sprintf("new-%d", n), next.Add(time.Duration(n)*time.Second))
	}
	late := next.Add(time.Minute)
	for _, key := range []string{"old-50", "new-0", "new-19"} {
		if _, err := s.Reply(ctx, key, late); err != nil {
			t.Errorf("Reply %s: %v", key, err)
		}
	}
	_, err := s.Reply(ctx, "old-51", late)
	want(t, "an old reply", err, verify.ErrNotFound)
}

func testKeys(t *testing.T, s verify.Store) {
	one := verify.Key{ID: "b", Name: "Büro", Scope: verify.ScopeIssue, Hash: [32]byte{1, 31: 255}, CreatedAt: noon}
	two := verify.Key{ID: "a", Scope: verify.ScopeAdmin, CreatedAt: noon}
	commit(t, s, verify.Write{Key: &one})
	commit(t, s, verify.Write{Key: &two})
	if got, err := s.Key(ctx, "b"); err != nil || got != one {
		t.Errorf("Key: %+v, %v", got, err)
	}
	if got, err := s.Keys(ctx); err != nil || !slices.Equal(got, []verify.Key{two, one}) {
		t.Errorf("Keys: %+v, %v", got, err)
	}
	used := one
	used.LastUsed = noon.Add(time.Hour)
	ended := one
	ended.EndedAt = noon.Add(2 * time.Hour)
	both := ended
	both.LastUsed = used.LastUsed
	commit(t, s, verify.Write{Key: &used})
	for _, stale := range []verify.Key{ended, used} { // read before the use was noted, read before the end
		commit(t, s, verify.Write{Key: &stale})
		if got, err := s.Key(ctx, "b"); err != nil || got != both {
			t.Errorf("Key: %+v, %v, want %+v", got, err, both)
		}
	}
}

func testAudit(t *testing.T, s verify.Store) {
	const many = 600
	var put []verify.Entry
	for n := range many {
		e := verify.Entry{At: noon.Add(time.Duration(n) * time.Second), By: "k_1", Action: "consent", Code: Code(n), Holder: "h", Detail: map[string]string{"old": "link"}}
		if n%3 == 0 {
			e = verify.Entry{At: noon, By: "program", Action: "new-key"}
		}
		put = append(put, e)
	}
	commit(t, s, verify.Write{Audit: put[:1]})
	commit(t, s, verify.Write{Audit: put[1:]})
	for n := range put {
		put[n].Seq = uint64(n + 1)
	}
	for _, after := range []uint64{0, 1, 255, 256, 257, many - 1, many, many + 1, math.MaxUint64} {
		if got := entries(t, s, after); !slices.EqualFunc(got, put[min(after, many):], func(a, b verify.Entry) bool { return reflect.DeepEqual(a, b) }) {
			t.Errorf("Audit after %d: %d entries, want %d", after, len(got), len(put[min(after, many):]))
		}
	}
	seen := 0
	err := s.Audit(ctx, 0, func(e verify.Entry) bool {
		seen++
		commit(t, s, verify.Write{Key: &verify.Key{ID: "key"}}) // yield may use the store
		return seen < 3
	})
	if err != nil || seen != 3 {
		t.Errorf("Audit until no: %d entries, %v", seen, err)
	}
}

// A context that is done is an error before any work.
func testContext(t *testing.T, s verify.Store) {
	commit(t, s, Grant(1, verify.Link))
	warm(t, s, 1)
	done, cancel := context.WithCancel(ctx)
	cancel()
	for name, err := range reads(done, s, 1) {
		want(t, name, err, context.Canceled)
	}
	for name, err := range walks(done, s) {
		want(t, name, err, context.Canceled)
	}
	want(t, "Commit", s.Commit(done, Grant(2, verify.Link)), context.Canceled)
	_, err := s.Credential(ctx, Code(2))
	want(t, "Credential after a cancelled Commit", err, verify.ErrNotFound)
}

func testClosed(t *testing.T, s verify.Store) {
	commit(t, s, Grant(1, verify.Link))
	warm(t, s, 1)
	if err := s.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	for name, err := range reads(ctx, s, 1) {
		want(t, name, err, verify.ErrUnavailable)
	}
	for name, err := range walks(ctx, s) {
		want(t, name, err, verify.ErrUnavailable)
	}
	want(t, "Commit", s.Commit(ctx, Grant(2, verify.Link)), verify.ErrUnavailable)
}

// Of many that want the same, one gets it; the others are told.
func testOneWins(t *testing.T, s verify.Store) {
	const many = 32
	for n := 1; n <= 3; n++ {
		commit(t, s, Grant(n, verify.Link))
	}
	for name, c := range map[string]struct {
		write func(n int) verify.Write
		loses error
	}{
		"the next version": {func(n int) verify.Write {
			c := Grant(1, verify.Link).Credentials[0]
			c.Version, c.Reason = 2, fmt.Sprint(n)
			return verify.Write{Credentials: []verify.Credential{c}}
		}, verify.ErrConflict},
		"an external id": {func(n int) verify.Write {
			w := Grant(100+n, verify.Link)
			w.Credentials[0].ExternalID = "the one"
			return w
		}, verify.ErrConflict},
		"a holder's external id": {func(n int) verify.Write {
			w := Grant(200+n, verify.Link)
			w.Holder.ExternalID = "the one"
			w.Credentials[0].Holder = *w.Holder
			return w
		}, verify.ErrConflict},
		"a code": {func(n int) verify.Write {
			w := Grant(300+n, verify.Link)
			w.Credentials[0].Code = Code(300)
			return w
		}, verify.ErrConflict},
		"an idempotency key": {func(n int) verify.Write {
			w := Grant(400+n, verify.Link)
			w.Once = &verify.Reply{Key: "the one", At: noon}
			return w
		}, verify.ErrRepeated},
		"a new code": {func(n int) verify.Write { return recode(read(t, s, 2), Code(600+n)) }, verify.ErrConflict},
		"an erasure": {func(int) verify.Write { return erase(t, s, 3) }, verify.ErrConflict},
	} {
		before := len(entries(t, s, 0))
		errs := make([]error, many)
		var writes [many]verify.Write // made of what all of them have read
		for n := range writes {
			writes[n] = c.write(n)
		}
		var all sync.WaitGroup
		start := make(chan struct{})
		for n := range many {
			all.Go(func() {
				w := writes[n]
				w.Audit = []verify.Entry{{At: noon, Action: name}}
				<-start
				errs[n] = s.Commit(ctx, w)
			})
		}
		close(start)
		all.Wait()
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
			} else {
				want(t, name, err, c.loses)
			}
		}
		if got := len(entries(t, s, 0)) - before; won != 1 || got != 1 {
			t.Errorf("%s: %d won, %d entries in the audit", name, won, got)
		}
	}
	// changes that do not meet all succeed, and the audit counts them without a gap
	before := len(entries(t, s, 0))
	var all sync.WaitGroup
	for n := range many {
		all.Go(func() {
			if err := s.Commit(ctx, Grant(500+n, verify.Link)); err != nil {
				t.Errorf("a change that meets no other: %v", err)
			}
		})
	}
	all.Wait()
	got := entries(t, s, 0)
	for i, e := range got {
		if e.Seq != uint64(i+1) {
			t.Fatalf("audit entry %d has number %d", i+1, e.Seq)
		}
	}
	if len(got) != before+many {
		t.Errorf("%d entries in the audit, want %d", len(got), before+many)
	}
}

// What is acknowledged is what the next read sees, whoever reads; a read sees one whole write.
func testReadYourWrite(t *testing.T, s verify.Store) {
	w := Grant(1, verify.Link)
	c := w.Credentials[0]
	c.Edition, c.Tier = "-", "-"
	commit(t, s, verify.Write{Holder: w.Holder, Credentials: []verify.Credential{c}})
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				r, err := s.Record(ctx, Code(1))
				if err == nil && r.Edition != r.Tier || err != nil && !errors.Is(err, verify.ErrNotFound) {
					t.Errorf("half a write: %+v, %v", r, err)
					return
				}
			}
		})
	}
	for n := range 50 {
		c.Version++
		c.Edition, c.Tier = fmt.Sprint(n), fmt.Sprint(n)
		c.Consent = verify.Link
		if n%2 == 1 {
			c.Consent = verify.Private
		}
		commit(t, s, verify.Write{Credentials: []verify.Credential{c}})
		r, err := s.Record(ctx, Code(1))
		if n%2 == 1 {
			want(t, "withdrawn", err, verify.ErrNotFound)
		} else if err != nil || r.Tier != c.Tier {
			t.Errorf("after change %d: %+v, %v", n, r, err)
		}
	}
	close(stop)
	readers.Wait()
}

// What pictures read is a second old at most.
func testRecent(t *testing.T, s verify.Store) {
	w := Grant(1, verify.Link)
	commit(t, s, w)
	c := w.Credentials[0]
	for n := range 40 {
		c.Version++
		c.Tier, c.Consent = fmt.Sprint(n), []verify.Consent{verify.Link, verify.Private, verify.Public}[n%3]
		commit(t, s, verify.Write{Credentials: []verify.Credential{c}})
		as, released := c.Release()
		for changed := time.Now(); ; {
			r, err := s.Recent(ctx, Code(1))
			if released && err == nil && r == as || !released && errors.Is(err, verify.ErrNotFound) {
				break
			}
			if err != nil && !errors.Is(err, verify.ErrNotFound) || time.Since(changed) > time.Second {
				t.Fatalf("%s after change %d: %+v, %v, want %+v", time.Since(changed), n, r, err, as)
			}
		}
		for range 2 { // and it does not go back
			if r, err := s.Recent(ctx, Code(1)); released && (err != nil || r != as) || !released && !errors.Is(err, verify.ErrNotFound) {
				t.Errorf("again after change %d: %+v, %v, want %+v", n, r, err, as)
			}
		}
	}
	commit(t, s, erase(t, s, 1))
	_, err := s.Recent(ctx, Code(1))
	for gone := time.Now(); !errors.Is(err, verify.ErrNotFound) && time.Since(gone) < time.Second; {
		_, err = s.Recent(ctx, Code(1))
	}
	want(t, "what was erased", err, verify.ErrNotFound)
}

func testReopen(t *testing.T, s verify.Store, reopen func(verify.Store) func(*testing.T) verify.Store) {
	granted := Grant(1, verify.Link)
	granted.Key = &verify.Key{ID: "key", Scope: verify.ScopeRead, CreatedAt: noon}
	granted.Once = &verify.Reply{Key: "once", At: noon, Status: 201}
	commit(t, s, granted)
	hidden := Grant(2, verify.Link)
	commit(t, s, hidden)
	c := hidden.Credentials[0]
	c.Version, c.Consent = 2, verify.Private
	commit(t, s, verify.Write{Credentials: []verify.Credential{c}})
	commit(t, s, Grant(4, verify.Link))
	commit(t, s, Grant(5, verify.Link))
	commit(t, s, recode(read(t, s, 4), Code(40)))
	commit(t, s, erase(t, s, 5))
	before, walked := entries(t, s, 0), placed(t, s, 0)
	again := reopen(s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = again(t)
	if got := placed(t, s, 0); !reflect.DeepEqual(got, walked) {
		t.Errorf("Credentials: %+v, want %+v", got, walked)
	}
	for _, n := range []int{4, 5} {
		_, err := s.Credential(ctx, Code(n))
		want(t, "a code that is gone", err, verify.ErrNotFound)
	}
	for name, err := range reads(ctx, s, 1) {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := read(t, s, 1); !reflect.DeepEqual(got, granted.Credentials[0]) {
		t.Errorf("Credential: %+v", got)
	}
	_, err := s.Record(ctx, Code(2))
	want(t, "what was withdrawn", err, verify.ErrNotFound)
	if got := entries(t, s, 0); !reflect.DeepEqual(got, before) {
		t.Errorf("audit: %+v, want %+v", got, before)
	}
	commit(t, s, Grant(3, verify.Link))
	if got := placed(t, s, 0); got[len(got)-1].Place <= 4 {
		t.Errorf("the place of what was erased is given again: %+v", got)
	}
	if got := entries(t, s, uint64(len(before))); len(got) != 1 || got[0].Seq != uint64(len(before)+1) {
		t.Errorf("audit goes on: %+v", got)
	}
	want(t, "a code that exists", s.Commit(ctx, Grant(1, verify.Link)), verify.ErrConflict)
}

// A record that was changed behind our back is never an answer.
func testTamper(t *testing.T, s verify.Store, edit func(testing.TB, verify.Store, string, string, func([]byte) []byte)) {
	commit(t, s, Grant(1, verify.Link))
	commit(t, s, Grant(2, verify.Link))
	for _, bucket := range []string{ledger.Credentials, ledger.Public} {
		edit(t, s, bucket, string(Code(1)), func(sealed []byte) []byte {
			sealed[len(sealed)-1] ^= 1
			return sealed
		})
	}
	r, err := s.Record(ctx, Code(1))
	want(t, "Record", err, verify.ErrTampered)
	if r != (verify.Record{}) {
		t.Errorf("Record gives %+v with its error", r)
	}
	c, err := s.Credential(ctx, Code(1))
	want(t, "Credential", err, verify.ErrTampered)
	if !reflect.DeepEqual(c, verify.Credential{}) {
		t.Errorf("Credential gives %+v with its error", c)
	}
	next := Grant(1, verify.Link).Credentials[0]
	next.Version = 2
	want(t, "Commit over it", s.Commit(ctx, verify.Write{Credentials: []verify.Credential{next}}), verify.ErrTampered)
	if _, err := s.Record(ctx, Code(2)); err != nil {
		t.Errorf("Record of another: %v", err)
	}
}
