package storetest

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"testamur/verify"
)

// Compare reports every difference between two stores, by all of their reads.
func Compare(t *testing.T, got, as verify.Store) {
	t.Helper()
	differ := func(what string, got, as any, errs ...error) {
		if !reflect.DeepEqual(got, as) {
			t.Errorf("%s:\n got %+v\nwant %+v", what, got, as)
		}
		for _, err := range errs {
			if err != nil && !errors.Is(err, verify.ErrNotFound) {
				t.Errorf("%s: %v", what, err)
			}
		}
	}
	differ("audit", entries(t, got, 0), entries(t, as, 0))
	differ("replies", kept(t, got, time.Time{}), kept(t, as, time.Time{}))
	gotKeys, err := got.Keys(ctx)
	asKeys, err2 := as.Keys(ctx)
	differ("keys", gotKeys, asKeys, err, err2)
	a, b := placed(t, got, 0), placed(t, as, 0)
	if len(a) != len(b) {
		t.Errorf("%d credentials, want %d", len(a), len(b))
	}
	holders := map[string]string{} // id and external id
	for i := range min(len(a), len(b)) {
		differ(fmt.Sprint("place ", i), a[i], b[i])
		c := b[i].Credential
		holders[c.Holder.ID] = c.Holder.ExternalID
		gotRecord, err := got.Record(ctx, c.Code)
		asRecord, err2 := as.Record(ctx, c.Code)
		differ("public record of "+string(c.Code), gotRecord, asRecord, err, err2)
		gotFull, err := got.Credential(ctx, c.Code)
		differ("credential "+string(c.Code), gotFull, c, err)
		if c.ExternalID != "" {
			gotFull, err := got.CredentialByExternalID(ctx, c.ExternalID)
			differ("credential by external id", gotFull, c, err)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(holders)) {
		gotHolder, gotCodes, err := got.Holder(ctx, id)
		asHolder, asCodes, err2 := as.Holder(ctx, id)
		differ("holder "+id, gotHolder, asHolder, err, err2)
		differ("codes of "+id, gotCodes, asCodes)
		if external := holders[id]; external != "" {
			gotID, err := got.HolderByExternalID(ctx, external)
			differ("holder by external id", gotID, id, err)
		}
	}
}

// everything is all records of a store.
func everything(t *testing.T, s verify.Store) verify.Records {
	t.Helper()
	all, err := s.Keys(ctx)
	if err != nil {
		t.Fatalf("Keys: %v", err)
	}
	return verify.Records{Audit: entries(t, s, 0), Credentials: placed(t, s, 0), Replies: kept(t, s, time.Time{}), Keys: all}
}

// What is filled with all of a store is that store, and goes on as it would.
func testFill(t *testing.T, s verify.Store, begin func(t *testing.T) (verify.Filling, func() (verify.Store, error))) {
	for n := range 40 {
		w := Grant(n, []verify.Consent{verify.Link, verify.Private, verify.Public}[n%3])
		w.Once = &verify.Reply{Key: fmt.Sprintf("once-%d", n), At: noon.Add(time.Duration(n) * time.Second), Status: 201, Body: []byte("x"), Holder: w.Holder.ID}
		commit(t, s, w)
	}
	commit(t, s, verify.Write{Credentials: []verify.Credential{credential(50, *Grant(7, verify.Link).Holder, verify.Link)}})
	commit(t, s, recode(read(t, s, 7), Code(70)))
	commit(t, s, erase(t, s, 39)) // the last place of all, and one between
	commit(t, s, erase(t, s, 11))
	commit(t, s, verify.Write{Key: &verify.Key{ID: "a", Scope: verify.ScopeRead, CreatedAt: noon, EndedAt: noon}})
	all := everything(t, s)

	f, _ := begin(t)
	if err := f.Fill(ctx, verify.Records{Audit: all.Audit[:20], Credentials: all.Credentials[:5]}); err != nil {
		t.Fatal(err)
	}
	if err := f.Discard(); err != nil {
		t.Errorf("Discard: %v", err)
	}

	f, open := begin(t)
	for _, r := range []verify.Records{{Audit: all.Audit[:20], Credentials: all.Credentials[:5]}, {}, {Audit: all.Audit[20:]},
		{Credentials: all.Credentials[5:], Replies: all.Replies[:10]}, {Replies: all.Replies[9:], Keys: all.Keys}} {
		if err := f.Fill(ctx, r); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Finish(ctx); err != nil {
		t.Fatal(err)
	}
	if err := f.Discard(); err != nil {
		t.Errorf("Discard of what is finished: %v", err)
	}
	filled, err := open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = filled.Close() })
	Compare(t, filled, s)
	for _, store := range []verify.Store{s, filled} {
		commit(t, store, Grant(60, verify.Link))
		want(t, "a used key", store.Commit(ctx, verify.Write{Once: &all.Replies[3]}), verify.ErrRepeated)
		want(t, "a code that exists", store.Commit(ctx, Grant(2, verify.Link)), verify.ErrConflict)
		commit(t, store, erase(t, store, 7))
	}
	Compare(t, filled, s)
}

// What cannot be one store is none.
func testFillConflicts(t *testing.T, begin func(t *testing.T) (verify.Filling, func() (verify.Store, error))) {
	put := func(n int, place uint64, change func(c *verify.Credential)) verify.Placed {
		c := Grant(n, verify.Link).Credentials[0]
		change(&c)
		return verify.Placed{Place: place, Credential: c}
	}
	as := func(*verify.Credential) {}
	for name, second := range map[string]verify.Placed{
		"a code twice":                 put(1, 2, func(c *verify.Credential) { c.ExternalID, c.ID = "", "other" }),
		"a place twice":                put(2, 1, as),
		"an external id twice":         put(2, 2, func(c *verify.Credential) { c.ExternalID = "row 1/é" }),
		"a holder of two names":        put(2, 2, func(c *verify.Credential) { c.Holder.ID = "holder-1" }),
		"a holder's external id twice": put(2, 2, func(c *verify.Credential) { c.Holder.ExternalID = "person-1" }),
	} {
		f, _ := begin(t)
		if err := f.Fill(ctx, verify.Records{Credentials: []verify.Placed{put(1, 1, as)}}); err != nil {
			t.Fatal(err)
		}
		want(t, name, f.Fill(ctx, verify.Records{Credentials: []verify.Placed{second}}), verify.ErrConflict)
		if err := f.Discard(); err != nil {
			t.Errorf("Discard: %v", err)
		}
	}
}
