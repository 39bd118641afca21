package verify_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"testamur/verify"
)

// all follows the cursors of a list to its end.
func (o *office) all(f verify.Filter, limit int) (items []verify.Credential, calls int) {
	o.t.Helper()
	for cursor := ""; ; calls++ {
		page, next, err := o.List(ctx, f, cursor, limit)
		if err != nil || len(page) > max(limit, 1) {
			o.t.Fatalf("List: %d items of %d, %v", len(page), limit, err)
		}
		if items = append(items, page...); next == "" {
			return items, calls + 1
		}
		cursor = next
	}
}

func codesOf(items []verify.Credential) (codes []verify.Code) {
	for _, c := range items {
		codes = append(codes, c.Code)
	}
	return codes
}

func TestListFilters(t *testing.T) {
	o := newOffice(t)
	grant := func(name, certification, day, external string, consent verify.Consent) verify.Credential {
		t.Helper()
		return o.must(o.Grant(ctx, by, verify.Grant{Certification: certification, Holder: verify.GrantHolder{ExternalID: name, Name: name}, GrantedAt: o.day(day), Consent: consent, ExternalID: external})).Credential
	}
	a := grant("Maya", "inbound", "2014-06-14", "row 1", verify.Link)
	b := grant("Anna", "inbound", "2012-06-14", "row 2", verify.Private) // expired
	c := grant("Maya", "partner", "2014-07-01", "row 3", verify.Public)
	d := grant("Maya", "inbound", "2014-08-01", "", verify.Link)
	o.must(o.Suspend(ctx, by, d.Code, ""))
	e := grant("Anna", "partner", "2014-09-01", "row 5", verify.Link)
	o.must(o.Revoke(ctx, by, e.Code, ""))
	for name, want := range map[string]struct {
		verify.Filter
		codes []verify.Code
	}{
		"all":                     {verify.Filter{}, []verify.Code{a.Code, b.Code, c.Code, d.Code, e.Code}},
		"certification":           {verify.Filter{Certification: "inbound"}, []verify.Code{a.Code, b.Code, d.Code}},
		"unknown certification":   {verify.Filter{Certification: "none"}, nil},
		"valid":                   {verify.Filter{Status: verify.Valid}, []verify.Code{a.Code, c.Code}},
		"expired":                 {verify.Filter{Status: verify.Expired}, []verify.Code{b.Code}},
		"suspended":               {verify.Filter{Status: verify.Suspended}, []verify.Code{d.Code}},
		"revoked":                 {verify.Filter{Status: verify.Revoked}, []verify.Code{e.Code}},
		"consent":                 {verify.Filter{Consent: verify.Link}, []verify.Code{a.Code, d.Code, e.Code}},
		"holder":                  {verify.Filter{Holder: a.Holder.ID}, []verify.Code{a.Code, c.Code, d.Code}},
		"holder and more":         {verify.Filter{Holder: a.Holder.ID, Certification: "inbound", Status: verify.Valid}, []verify.Code{a.Code}},
		"unknown holder":          {verify.Filter{Holder: "nobody"}, nil},
		"external id":             {verify.Filter{ExternalID: "row 3"}, []verify.Code{c.Code}},
		"external id and more":    {verify.Filter{ExternalID: "row 3", Holder: b.Holder.ID}, nil},
		"unknown external id":     {verify.Filter{ExternalID: "row 9"}, nil},
		"expires before":          {verify.Filter{ExpiresBefore: c.ExpiresAt}, []verify.Code{a.Code, b.Code}}, // which is no longer before itself
		"expires before a second": {verify.Filter{ExpiresBefore: c.ExpiresAt.Add(time.Second)}, []verify.Code{a.Code, b.Code, c.Code}},
	} {
		for _, limit := range []int{1, 2, 3, 500} {
			if got, _ := o.all(want.Filter, limit); !slices.Equal(codesOf(got), want.codes) {
				t.Errorf("%s by %d: %v, want %v", name, limit, codesOf(got), want.codes)
			}
		}
	}
	if got, calls := o.all(verify.Filter{}, 5); len(got) != 5 || calls != 1 {
		t.Errorf("a full page that is the last: %d items in %d calls", len(got), calls)
	}
	if got, calls := o.all(verify.Filter{}, 0); len(got) != 5 || calls != 5 {
		t.Errorf("no limit: %d items in %d calls", len(got), calls)
	}
	// a code may be changed between two pages of a holder's list
	page, next, err := o.List(ctx, verify.Filter{Holder: a.Holder.ID}, "", 1)
	if err != nil || len(page) != 1 {
		t.Fatal(page, err)
	}
	for _, code := range []verify.Code{a.Code, c.Code} {
		o.must(o.Recode(ctx, by, code, ""))
	}
	page, next, err = o.List(ctx, verify.Filter{Holder: a.Holder.ID}, next, 5)
	if err != nil || next != "" || len(page) != 2 || page[0].ID != c.ID || page[0].Code == c.Code || page[1].ID != d.ID {
		t.Errorf("%v, %q, %v", codesOf(page), next, err)
	}
}

func TestListCursor(t *testing.T) {
	o := newOffice(t)
	for range 3 {
		o.granted("", verify.Link)
	}
	f := verify.Filter{Certification: "inbound"}
	_, next, err := o.List(ctx, f, "", 1)
	if err != nil || len(next) != 16 {
		t.Fatalf("%q, %v", next, err)
	}
	if page, _, err := o.List(ctx, f, next, 5); err != nil || len(page) != 2 {
		t.Errorf("%v, %v", page, err)
	}
	wrong := map[string]string{"short": next[:15], "long": next + "A", "padded": next + "==", "no base 64": "!" + next[1:], "words": "next", "space": " " + next}
	for i := range next {
		wrong[fmt.Sprintf("letter %d changed", i)] = next[:i] + string(next[i]^1) + next[i+1:]
	}
	for name, cursor := range wrong {
		_, _, err := o.List(ctx, f, cursor, 1)
		is(t, name, err, verify.ErrCursor)
	}
	for _, other := range []verify.Filter{{}, {Certification: "partner"}, {Certification: "inbound", Status: verify.Valid}, {Certification: "inbound", Holder: "x"},
		{Certification: "inbound", ExpiresBefore: time.Unix(0, 0)}} {
		_, _, err := o.List(ctx, other, next, 1)
		is(t, fmt.Sprintf("of another list: %+v", other), err, verify.ErrCursor)
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	_, _, err = o.List(gone, f, next, 1)
	is(t, "cancelled", err, context.Canceled)
}

// A call looks at a bounded number of records, and says where to go on.
func TestListIsBounded(t *testing.T) {
	o := newLargeOffice(t, 10_100)
	o.must(o.Grant(ctx, by, verify.Grant{Certification: "partner", Holder: verify.GrantHolder{Name: "Maya"}}))
	items, calls := o.all(verify.Filter{Certification: "partner"}, 10)
	if len(items) != 1 || calls != 3 {
		t.Errorf("%d items in %d calls, want 1 in 3", len(items), calls)
	}
}

// The promise: 10,000 credentials by cursor, while others are granted and all are renewed and given new codes:
// none is missed, none comes twice.
func TestListWhileWritten(t *testing.T) {
	const many = 10_000
	o := newLargeOffice(t, many)
	ids := make([]string, many)
	codes := make([]verify.Code, many)
	items, _ := o.all(verify.Filter{}, 500)
	for n, c := range items {
		ids[n], codes[n] = c.ID, c.Code
	}
	var stop atomic.Bool
	var changes atomic.Int64
	var writers sync.WaitGroup
	const hands = 4
	for hand := range hands {
		writers.Go(func() {
			for i := hand; !stop.Load(); i = (i + hands) % many { // many is a multiple of hands: each credential has one writer
				name := fmt.Sprint("Maya ", i)
				_, err := o.Renew(ctx, by, codes[i], verify.Renewal{})
				r, err2 := o.Recode(ctx, by, codes[i], "")
				_, err3 := o.Grant(ctx, by, verify.Grant{Certification: "inbound", Holder: verify.GrantHolder{Name: name}})
				_, err4 := o.ChangeHolder(ctx, by, r.Holder.ID, verify.HolderChange{Name: &name})
				if err := errors.Join(err, err2, err3, err4); err != nil {
					t.Error(err)
					return
				}
				codes[i] = r.Credential.Code
				changes.Add(1)
			}
		})
	}
	for _, limit := range []int{500, 37} {
		before := changes.Load()
		items, _ := o.all(verify.Filter{}, limit)
		seen := map[string]int{}
		for _, c := range items {
			seen[c.ID]++
		}
		for _, id := range ids {
			if seen[id] != 1 {
				t.Fatalf("by %d: %s comes %d times", limit, id, seen[id])
			}
		}
		for i := range ids {
			if items[i].ID != ids[i] {
				t.Fatalf("by %d: place %d is %s, want %s", limit, i, items[i].ID, ids[i])
			}
		}
		if changes.Load() == before {
			t.Error("nothing was written meanwhile")
		}
	}
	stop.Store(true)
	writers.Wait()
}

// A holder whose code changes between the look at its codes and at the credential is not missed either.
func TestListOfHolderWhileRecoded(t *testing.T) {
	o := newOffice(t)
	c := o.granted("", verify.Link)
	code := c.Code
	o.store.credential = func() {
		o.store.credential = nil
		code = o.must(o.Recode(ctx, by, code, "")).Credential.Code
	}
	items, _ := o.all(verify.Filter{Holder: c.Holder.ID}, 5)
	if len(items) != 1 || items[0].ID != c.ID || items[0].Code != code {
		t.Errorf("%v, want %s", codesOf(items), code)
	}
	o.store.credential = func() {
		o.store.credential = nil
		if _, err := o.EraseHolder(ctx, by, c.Holder.ID); err != nil {
			t.Error(err)
		}
	}
	if items, _ := o.all(verify.Filter{Holder: c.Holder.ID}, 5); len(items) != 0 {
		t.Errorf("erased meanwhile: %v", codesOf(items))
	}
}

func TestAuditAndEvents(t *testing.T) {
	o := newOffice(t)
	c := o.must(o.Grant(ctx, by, verify.Grant{Certification: "partner", Holder: verify.GrantHolder{Name: "Acme", Kind: verify.Organisation}})).Credential
	o.must(o.NewKey(ctx, by, "", verify.ScopeRead))
	o.must(o.SetTier(ctx, by, c.Code, "gold"))
	old := c.Code
	c = o.must(o.Recode(ctx, by, c.Code, "lost on a train")).Credential
	name := "Acme Inc"
	o.must(o.ChangeHolder(ctx, by, c.Holder.ID, verify.HolderChange{Name: &name}))
	if _, err := o.EraseHolder(ctx, by, c.Holder.ID); err != nil {
		t.Fatal(err)
	}
	want := []string{"1 grant " + string(old), "3 tier " + string(old), "4 recode " + string(c.Code), "5 change-holder ", "6 erase "}
	var got []string
	after, calls := uint64(0), 0
	for ; calls == 0 || after != 0; calls++ {
		events, next, err := o.Events(ctx, after, 2)
		if err != nil || len(events) > 2 {
			t.Fatal(events, err)
		}
		for _, e := range events {
			if e.Holder != c.Holder.ID || e.At.IsZero() {
				t.Errorf("%+v", e)
			}
			got = append(got, fmt.Sprint(e.Seq, " ", e.Type, " ", e.Code))
		}
		after = next
	}
	if !slices.Equal(got, want) || calls != 3 {
		t.Errorf("events in %d calls:\n%s\nwant\n%s", calls, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if events, next, err := o.Events(ctx, 6, 2); err != nil || events != nil || next != 0 {
		t.Errorf("at the end: %v, %d, %v", events, next, err)
	}
	first, next, err := o.Audit(ctx, 0, 4)
	if err != nil || len(first) != 4 || next != 4 || first[1].Action != "new-key" || first[3].Detail["from"] != string(old) || first[2].Detail["new"] != "gold" {
		t.Errorf("%+v, %d, %v", first, next, err)
	}
	rest, next, err := o.Audit(ctx, next, 2)
	if err != nil || len(rest) != 2 || next != 0 || rest[1].Seq != 6 {
		t.Errorf("%+v, %d, %v", rest, next, err)
	}
	if none, next, err := o.Audit(ctx, 6, 2); err != nil || none != nil || next != 0 {
		t.Errorf("at the end: %v, %d, %v", none, next, err)
	}
}
