package verify_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"testamur/verify"
)

// Rules 51 and 54: an organisation's certification has the tiers of its catalogue entry, and shows one while it is valid.
func TestTierRules51And54(t *testing.T) {
	o := newOffice(t)
	partner := o.must(o.Grant(ctx, by, verify.Grant{Certification: "partner", Consent: verify.Link, GrantedAt: o.day("2014-06-14"),
		Holder: verify.GrantHolder{Name: "Acme", Kind: verify.Organisation}})).Credential
	shown := func() string {
		t.Helper()
		v, err := o.Check(ctx, partner.Code)
		if err != nil {
			t.Fatal(err)
		}
		return v.Tier
	}
	version := int64(1)
	for _, tier := range []string{"silver", "platinum", "platinum", "", "", "gold"} {
		before := partner.Tier
		partner = o.must(o.SetTier(ctx, by, partner.Code, tier)).Credential
		if tier != before {
			version++
		}
		if partner.Tier != tier || partner.Version != version || shown() != tier {
			t.Errorf("%s after %s: %+v, shown %s", tier, before, partner, shown())
		}
	}
	for _, tier := range []string{"bronze", "Gold", " gold"} {
		_, err := o.SetTier(ctx, by, partner.Code, tier)
		refused(t, tier, err, "tier", "tier_unknown")
	}
	inbound := o.granted("", verify.Link)
	_, err := o.SetTier(ctx, by, inbound.Code, "gold")
	refused(t, "a person's certification", err, "tier", "tier_none")
	if r := o.must(o.SetTier(ctx, by, inbound.Code, "")); r.Credential.Version != 1 {
		t.Errorf("none where there is none: %+v", r.Credential)
	}
	_, err = o.SetTier(ctx, by, "0000-0000-0012", "gold")
	is(t, "an unknown code", err, verify.ErrNotFound)
	// it sleeps while the credential does
	o.must(o.Suspend(ctx, by, partner.Code, ""))
	if got := shown(); got != "" {
		t.Errorf("suspended: %s", got)
	}
	o.must(o.SetTier(ctx, by, partner.Code, "platinum"))
	o.must(o.Restore(ctx, by, partner.Code, ""))
	if got := shown(); got != "platinum" {
		t.Errorf("restored: %q", got)
	}
	o.at("2020-01-01T00:00:00Z")
	if got := shown(); got != "" {
		t.Errorf("expired: %s", got)
	}
	if c, err := o.Credential(ctx, partner.Code); err != nil || c.Tier != "platinum" {
		t.Errorf("what the issuer sees: %+v, %v", c, err)
	}
	o.must(o.Revoke(ctx, by, partner.Code, ""))
	_, err = o.SetTier(ctx, by, partner.Code, "gold")
	is(t, "revoked", err, verify.ErrState)
}

func TestRecode(t *testing.T) {
	o := newOffice(t)
	g := verify.Grant{Certification: "inbound", ExternalID: "row 7", Holder: verify.GrantHolder{ExternalID: "p7", Name: "Maya"}, Consent: verify.Link, GrantedAt: o.day("2014-06-14")}
	was := o.must(o.Grant(ctx, by, g)).Credential
	o.must(o.Revoke(ctx, by, was.Code, "left us"))
	r := o.must(o.Recode(ctx, by, was.Code, ""))
	now := r.Credential
	if now.Code == was.Code || now.ID != was.ID || now.Version != 3 || now.Reason != "left us" || r.Holder.ID != was.Holder.ID {
		t.Errorf("%+v", r)
	}
	if code, err := verify.ParseCode(string(now.Code)); err != nil || code != now.Code {
		t.Errorf("%s: %v", now.Code, err)
	}
	if got := o.status(now.Code); got != "revoked" {
		t.Errorf("under the new code: %s", got)
	}
	for name, err := range map[string]error{
		"Check":      func() error { _, err := o.Check(ctx, was.Code); return err }(),
		"Credential": func() error { _, err := o.Credential(ctx, was.Code); return err }(),
		"Recode":     func() error { _, err := o.Recode(ctx, by, was.Code, ""); return err }(),
		"Revoke":     func() error { _, err := o.Revoke(ctx, by, was.Code, ""); return err }(),
		"SetConsent": func() error {
			_, err := o.SetConsent(ctx, by, was.Code, verify.ConsentChange{Consent: verify.Public})
			return err
		}(),
	} {
		is(t, name+" of the old code", err, verify.ErrNotFound)
	}
	if again := o.must(o.Grant(ctx, by, g)); again.Created || again.Credential.Code != now.Code {
		t.Errorf("the same grant again: %+v", again)
	}
	if h, err := o.Holder(ctx, was.Holder.ID); err != nil || !slices.Equal(h.Codes, []verify.Code{now.Code}) {
		t.Errorf("%+v, %v", h, err)
	}
	if now = o.must(o.Recode(ctx, by, now.Code, "in a photograph")).Credential; now.Reason != "in a photograph" {
		t.Errorf("%+v", now)
	}
	_, err := o.Recode(ctx, by, now.Code, strings.Repeat("r", 2001))
	refused(t, "a long reason", err, "reason", "text_shape")
	for _, hidden := range []string{"\t", "\n", "\x1b", "\x7f", "\u0080", "\u0085", "\u009f", "\u061c", "\u200e", "\u200f", "\u2028", "\u2029", "\u202a", "\u202e", "\u2066", "\u2069"} {
		_, err := o.Recode(ctx, by, now.Code, "a"+hidden+"b")
		refused(t, fmt.Sprintf("%+q", hidden), err, "reason", "text_control")
		var no *verify.Refused
		if want := []string{"character", fmt.Sprintf("%U", []rune(hidden)[0]), "place", "2"}; errors.As(err, &no) && !slices.Equal(no.Args, want) {
			t.Errorf("%+q: %q", hidden, no.Args)
		}
	}
	for _, plain := range []string{"Ångström 100 % – „so“", "می\u200cخواهم", "שלום", "👩‍🔬", "a\u00a0b\u00ad"} {
		if now = o.must(o.Recode(ctx, by, now.Code, plain)).Credential; now.Reason != plain {
			t.Errorf("%q: %q", plain, now.Reason)
		}
	}
}

func TestEraseHolder(t *testing.T) {
	o := newOffice(t)
	maya := o.must(o.Grant(ctx, by, verify.Grant{Certification: "inbound", ExternalID: "row 7", Consent: verify.Link, Holder: verify.GrantHolder{ExternalID: "p7", Name: "Maya"}}))
	acme := o.must(o.Grant(ctx, by, verify.Grant{Certification: "partner", Consent: verify.Link, Holder: verify.GrantHolder{Name: "Acme", Kind: verify.Organisation}, BackedBy: []string{maya.Holder.ID}}))
	_, err := o.EraseHolder(ctx, verify.Call{Versions: []int64{2}}, maya.Holder.ID)
	is(t, "another version", err, verify.ErrVersion)
	codes := []verify.Code{maya.Credential.Code}
	o.store.before = func() error { // she gets another one meanwhile
		o.store.before = nil
		codes = append(codes, o.must(o.Grant(ctx, by, verify.Grant{Certification: "partner", Holder: verify.GrantHolder{ID: maya.Holder.ID, Name: "Maya"}})).Credential.Code)
		return nil
	}
	gone := o.must(o.EraseHolder(ctx, verify.Call{By: "k_1", Versions: []int64{1}}, maya.Holder.ID))
	slices.Sort(codes)
	if slices.Sort(gone.Codes); len(codes) != 2 || !slices.Equal(gone.Codes, codes) {
		t.Errorf("%v are gone, want %v", gone.Codes, codes)
	}
	if got := o.status(maya.Credential.Code); got != "hidden" {
		t.Errorf("erased: %s", got)
	}
	_, err = o.Holder(ctx, maya.Holder.ID)
	is(t, "the holder", err, verify.ErrNotFound)
	_, err = o.EraseHolder(ctx, by, maya.Holder.ID)
	is(t, "erased already", err, verify.ErrNotFound)
	_, err = o.EraseHolder(ctx, by, "nobody")
	is(t, "nobody", err, verify.ErrNotFound)
	if c, err := o.Credential(ctx, acme.Credential.Code); err != nil || o.status(c.Code) != "valid" || !slices.Equal(c.BackedBy, []string{maya.Holder.ID}) {
		t.Errorf("what she backs stays (rule 45): %+v, %v", c, err)
	}
	again := o.must(o.Grant(ctx, by, verify.Grant{Certification: "inbound", ExternalID: "row 7", Holder: verify.GrantHolder{ExternalID: "p7", Name: "Anna"}}))
	if !again.Created || again.Holder.ID == maya.Holder.ID {
		t.Errorf("the external ids are free: %+v", again)
	}
}

// A repeat of a call about somebody who has been erased brings nobody back and says nothing of them.
func TestOnceAfterErasure(t *testing.T) {
	o := newOffice(t)
	call := verify.Call{By: "k_1", Once: once("k_1 maya@example.org", "one")}
	g := verify.Grant{Certification: "inbound", Holder: verify.GrantHolder{Name: "Maya"}, Consent: verify.Link}
	c := o.must(o.Grant(ctx, call, g)).Credential
	o.must(o.Renew(ctx, verify.Call{By: "k_1", Once: once("k_1 b", "two")}, c.Code, verify.Renewal{}))
	o.must(o.Recode(ctx, verify.Call{By: "k_1", Once: once("k_1 c", "three")}, c.Code, ""))
	if _, err := o.EraseHolder(ctx, by, c.Holder.ID); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"k_1 maya@example.org", "k_1 b", "k_1 c"} {
		for _, request := range []string{"one", "two", "three", "four"} {
			kept, err := o.Replay(ctx, key, once("", request).Request)
			if is(t, key, err, verify.ErrErased); kept.Body != nil || kept.Status != 0 {
				t.Errorf("%s: %+v", key, kept)
			}
		}
	}
	_, err := o.Grant(ctx, call, g)
	is(t, "done in spite of it", err, verify.ErrRepeated)
	if items, _ := o.all(verify.Filter{}, 10); len(items) != 0 {
		t.Errorf("%+v", items)
	}
	o.at("2014-11-24T15:10:01Z") // a day later the key is new
	o.must(o.Grant(ctx, call, g))
}

// An API key is made once under an idempotency key, and its token is in no answer but the first.
func TestNewKeyOnce(t *testing.T) {
	o := newOffice(t)
	var said []verify.Result
	call := verify.Call{By: "k_1", Once: once("k_1 a", "one")}
	call.Once.Answer = func(r verify.Result) verify.Reply {
		said = append(said, r)
		return verify.Reply{Status: 201, Body: []byte(r.Key.ID + r.Token)}
	}
	made := o.must(o.NewKey(ctx, call, "import", verify.ScopeIssue))
	if _, err := o.Authenticate(ctx, made.Token); err != nil || len(said) != 1 || said[0].Token != "" || said[0].Key != made.Key {
		t.Errorf("%+v, %v", said, err)
	}
	kept, err := o.Replay(ctx, "k_1 a", call.Once.Request)
	if err != nil || string(kept.Body) != made.Key.ID {
		t.Errorf("%+v, %v", kept, err)
	}
	_, err = o.NewKey(ctx, call, "import", verify.ScopeIssue)
	is(t, "again", err, verify.ErrRepeated)
	if keys, err := o.Keys(ctx); err != nil || len(keys) != 1 {
		t.Errorf("%+v, %v", keys, err)
	}
}

// A hundred clients that send one request under one key make one credential, and all get its answer.
func TestHundredClientsOneKey(t *testing.T) {
	o := newOffice(t)
	const many = 100
	g := verify.Grant{Certification: "inbound", Holder: verify.GrantHolder{Name: "Maya"}}
	bodies := make([]string, many)
	var all sync.WaitGroup
	start := make(chan struct{})
	for n := range many {
		all.Go(func() {
			call := verify.Call{By: "k_1", Once: once("k_1 a", "one")}
			<-start
			kept, err := o.Replay(ctx, call.Once.Key, call.Once.Request)
			if errors.Is(err, verify.ErrNotFound) {
				var r verify.Result
				if r, err = o.Grant(ctx, call, g); err == nil {
					kept = call.Once.Answer(r)
				}
			}
			if errors.Is(err, verify.ErrRepeated) { // another was faster
				kept, err = o.Replay(ctx, call.Once.Key, call.Once.Request)
			}
			if err != nil {
				t.Error(err)
			}
			bodies[n] = string(kept.Body)
		})
	}
	close(start)
	all.Wait()
	items, _ := o.all(verify.Filter{}, 500)
	if slices.Sort(bodies); len(items) != 1 || len(o.audit()) != 1 || len(slices.Compact(bodies)) != 1 || bodies[0] != string(items[0].Code) {
		t.Errorf("%d credentials, %d entries, answers %v", len(items), len(o.audit()), slices.Compact(bodies))
	}
}

// However often a commit fails, before it is written or after, a client that repeats under one key until it has an answer
// makes exactly one of each thing.
func TestRepeatUntilAnswered(t *testing.T) {
	for _, written := range []bool{false, true} {
		for failures := range 4 {
			o := newOffice(t)
			left := failures
			fail := func() error {
				if left--; left >= 0 {
					return fmt.Errorf("%w: connection lost", verify.ErrUnavailable)
				}
				return nil
			}
			if o.store.before = fail; written {
				o.store.before, o.store.after = nil, fail
			}
			tried := 0
			until := func(key string, do func(call verify.Call) (verify.Result, error)) verify.Reply {
				t.Helper()
				for call := (verify.Call{By: "k_1", Once: once(key, key)}); ; tried++ {
					if kept, err := o.Replay(ctx, key, call.Once.Request); err == nil {
						return kept
					}
					if r, err := do(call); err == nil {
						return call.Once.Answer(r)
					} else if !errors.Is(err, verify.ErrUnavailable) {
						t.Fatal(err)
					}
				}
			}
			body := string(until("a", func(call verify.Call) (verify.Result, error) {
				return o.Grant(ctx, call, verify.Grant{Certification: "inbound", Holder: verify.GrantHolder{Name: "Maya"}})
			}).Body)
			items, _ := o.all(verify.Filter{}, 10)
			if len(items) != 1 || string(items[0].Code) != body || len(o.audit()) != 1 {
				t.Fatalf("written %v, %d failures: %d credentials, %d entries, answered %s", written, failures, len(items), len(o.audit()), body)
			}
			left = failures
			code := string(until("b", func(call verify.Call) (verify.Result, error) { return o.Recode(ctx, call, items[0].Code, "") }).Body)
			items, _ = o.all(verify.Filter{}, 10)
			if len(items) != 1 || string(items[0].Code) != code || code == body || items[0].Version != 2 {
				t.Fatalf("written %v, %d failures: %+v, answered %s", written, failures, items, code)
			}
			left = failures
			until("c", func(call verify.Call) (verify.Result, error) { return o.NewKey(ctx, call, "", verify.ScopeRead) })
			if keys, err := o.Keys(ctx); err != nil || len(keys) != 1 {
				t.Fatalf("written %v, %d failures: %+v, %v", written, failures, keys, err)
			}
			if want := 3 * failures; !written && tried != want || written && failures > 0 && tried != 3 {
				t.Errorf("written %v, %d failures: %d tries failed", written, failures, tried)
			}
		}
	}
}

// An answer that was made before an erasure is not kept after it, though the call had nothing to change.
func TestAnswerDuringErasure(t *testing.T) {
	o := newOffice(t)
	c := o.granted("2014-06-14", verify.Link)
	o.must(o.Revoke(ctx, by, c.Code, ""))
	o.store.before = func() error { // the credential is read, its answer made
		o.store.before = nil
		_, err := o.EraseHolder(ctx, by, c.Holder.ID)
		return err
	}
	_, err := o.Revoke(ctx, verify.Call{By: "k_1", Once: once("k_1 a", "one")}, c.Code, "")
	is(t, "what has been erased", err, verify.ErrNotFound)
	err = o.store.Replies(ctx, time.Time{}, func(r verify.Reply) bool { t.Errorf("kept: %+v", r); return true })
	if err != nil {
		t.Error(err)
	}
}
