package verify_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"testamur/verify"
)

// One credential through its life, and what others see of it at each step.
func TestLife(t *testing.T) {
	o := newOffice(t)
	c := o.granted("2014-06-14", verify.Link)
	saw := []string{o.status(c.Code)}
	step := func(r verify.Result, err error) {
		t.Helper()
		o.must(r, err)
		saw = append(saw, o.status(c.Code))
	}
	step(o.Suspend(ctx, by, c.Code, "a question"))
	step(o.Restore(ctx, by, c.Code, "answered"))
	o.at("2015-07-31T23:59:59.999999999Z") // the last instant
	saw = append(saw, o.status(c.Code))
	o.at("2015-08-01T00:00:00.75Z")
	saw = append(saw, o.status(c.Code))
	step(o.Renew(ctx, by, c.Code, verify.Renewal{})) // missed, and valid again under the same code (rule 26)
	step(o.SetConsent(ctx, by, c.Code, verify.ConsentChange{Consent: verify.Private}))
	step(o.SetConsent(ctx, by, c.Code, verify.ConsentChange{Consent: verify.Public, Channel: "me"}))
	step(o.Suspend(ctx, by, c.Code, ""))
	step(o.Revoke(ctx, by, c.Code, "left us"))
	o.at("2030-01-01T00:00:00Z")
	saw = append(saw, o.status(c.Code))
	want := "valid suspended valid valid expired valid hidden valid suspended revoked revoked"
	if got := strings.Join(saw, " "); got != want {
		t.Errorf("saw  %s\nwant %s", got, want)
	}
	v, err := o.Check(ctx, c.Code)
	if err != nil || v.Code != c.Code || v.RevokedAt.Format(time.RFC3339Nano) != "2015-08-01T00:00:00Z" || v.SuspendedAt.IsZero() {
		t.Errorf("%+v, %v", v, err)
	}
	full, err := o.Credential(ctx, c.Code)
	if err != nil || !full.RevokedAt.Equal(v.RevokedAt) || !full.SuspendedAt.Equal(v.SuspendedAt) || full.Reason != "left us" {
		t.Errorf("full and public record differ: %+v, %v", full, err) // fractions of a second would
	}
}

// Every change in every state: the error, or the status it leaves and whether there was anything to do.
func TestChangesByState(t *testing.T) {
	o := newOffice(t)
	states := map[string]func(code verify.Code){
		"valid":     func(verify.Code) {},
		"suspended": func(code verify.Code) { o.must(o.Suspend(ctx, by, code, "first")) },
		"revoked":   func(code verify.Code) { o.must(o.Revoke(ctx, by, code, "first")) },
		"both":      func(code verify.Code) { o.must(o.Suspend(ctx, by, code, "")); o.must(o.Revoke(ctx, by, code, "first")) },
	}
	changes := map[string]func(code verify.Code) (verify.Result, error){
		"suspend": func(code verify.Code) (verify.Result, error) { return o.Suspend(ctx, by, code, "second") },
		"restore": func(code verify.Code) (verify.Result, error) { return o.Restore(ctx, by, code, "second") },
		"revoke":  func(code verify.Code) (verify.Result, error) { return o.Revoke(ctx, by, code, "second") },
		"renew":   func(code verify.Code) (verify.Result, error) { return o.Renew(ctx, by, code, verify.Renewal{}) },
		"consent": func(code verify.Code) (verify.Result, error) {
			return o.SetConsent(ctx, by, code, verify.ConsentChange{Consent: verify.Public})
		},
		"tier": func(code verify.Code) (verify.Result, error) { return o.SetTier(ctx, by, code, "") },
	}
	for _, c := range []struct{ state, change, want string }{
		{"valid", "suspend", "suspended, changed"}, {"valid", "restore", "valid, unchanged"}, {"valid", "revoke", "revoked, changed"},
		{"valid", "renew", "valid, changed"}, {"valid", "consent", "valid, changed"},
		{"suspended", "suspend", "suspended, unchanged"}, {"suspended", "restore", "valid, changed"}, {"suspended", "revoke", "revoked, changed"},
		{"suspended", "renew", "409"}, {"suspended", "consent", "suspended, changed"},
		{"revoked", "suspend", "409"}, {"revoked", "restore", "409"}, {"revoked", "revoke", "revoked, unchanged"},
		{"revoked", "renew", "409"}, {"revoked", "consent", "revoked, changed"},
		{"both", "suspend", "409"}, {"both", "restore", "409"}, {"both", "revoke", "revoked, unchanged"}, {"both", "renew", "409"},
		{"valid", "tier", "valid, unchanged"}, {"suspended", "tier", "suspended, unchanged"}, {"revoked", "tier", "409"}, {"both", "tier", "409"},
	} {
		code := o.granted("2014-06-14", verify.Link).Code
		states[c.state](code)
		before, err := o.Credential(ctx, code)
		if err != nil {
			t.Fatal(err)
		}
		lines := len(o.audit())
		r, err := changes[c.change](code)
		after, lost := o.Credential(ctx, code)
		if lost != nil {
			t.Fatal(lost)
		}
		got, changed := "409", false
		switch {
		case err == nil:
			changed = r.Credential.Version != before.Version
			got = o.status(code) + map[bool]string{true: ", changed", false: ", unchanged"}[changed]
		case !errors.Is(err, verify.ErrState):
			t.Fatalf("%s %s: %v", c.state, c.change, err)
		}
		switch grown := len(o.audit()) - lines; {
		case changed && (after.Version != before.Version+1 || grown != 1 || !sameCredential(r.Credential, after)):
			t.Errorf("%s %s: %d audit entries, %+v, %+v", c.state, c.change, grown, r.Credential, after)
		case !changed && (!reflect.DeepEqual(after, before) || grown != 0):
			t.Errorf("%s %s: nothing was to change: %d audit entries, %+v", c.state, c.change, grown, after)
		}
		if got != c.want {
			t.Errorf("%s %s: %s, want %s", c.state, c.change, got, c.want)
		}
	}
	for name, change := range changes {
		_, err := change("0000-0000-0012")
		is(t, name+" of an unknown code", err, verify.ErrNotFound)
	}
}

// sameCredential compares what a call answered with what the store has; instants may differ in how they are written.
func sameCredential(a, b verify.Credential) bool {
	for _, c := range []*verify.Credential{&a, &b} {
		c.Periods = slices.Clone(c.Periods)
		for i := range c.Periods {
			c.Periods[i].ExpiresAt = c.Periods[i].ExpiresAt.UTC()
		}
		c.ExpiresAt, c.RevokedAt, c.SuspendedAt = c.ExpiresAt.UTC(), c.RevokedAt.UTC(), c.SuspendedAt.UTC()
	}
	return reflect.DeepEqual(a, b)
}

// Rules 25 to 27: by rule 24 from the day of renewal, never shorter, same code, every period kept.
func TestRenewRule27(t *testing.T) {
	for _, c := range []struct{ granted, until, renewed, explicit, want, kept string }{
		{"2013-11-05", "", "2014-11-20", "", "2015-12-31T23:59:59Z", "computed"},                // from the renewal, not the old expiry
		{"2014-06-14", "", "2014-11-20", "", "2015-12-31T23:59:59Z", "computed"},                // long before the old expiry
		{"2010-01-01", "", "2014-01-15", "", "2015-02-28T23:59:59Z", "computed"},                // years after it
		{"2014-06-14", "", "2014-06-14", "", "2015-07-31T23:59:59Z", "computed"},                // the day of the grant
		{"2014-06-14", "2020-01-01", "2014-11-20", "", "2020-01-01T23:59:59Z", "explicit"},      // never shorter, and still by agreement
		{"2014-06-14", "2014-07-01", "2014-11-20", "", "2015-12-31T23:59:59Z", "computed"},      // longer than the agreement
		{"2014-06-14", "", "2014-11-20", "2016-02-29", "2016-02-29T23:59:59Z", "explicit"},      // rule 25
		{"2014-06-14", "", "2014-11-20", "2015-07-31", "2015-07-31T23:59:59Z", "explicit"},      // as long as it is
		{"2014-06-14", "", "", "2016-01-01T12:00:00+02:00", "2016-01-01T10:00:00Z", "explicit"}, // today
	} {
		o := newOffice(t)
		before := o.must(o.Grant(ctx, by, verify.Grant{Certification: "inbound", Edition: "2013", Holder: verify.GrantHolder{Name: "Maya"},
			GrantedAt: o.day(c.granted), ExpiresAt: c.until, Consent: verify.Link})).Credential
		r := o.must(o.Renew(ctx, by, before.Code, verify.Renewal{RenewedAt: o.day(c.renewed), ExpiresAt: c.explicit, Reason: "exam"}))
		got, err := o.Credential(ctx, before.Code)
		if err != nil || !sameCredential(got, r.Credential) {
			t.Fatalf("%+v: %+v, %+v, %v", c, got, r.Credential, err)
		}
		if c.renewed == "" {
			c.renewed = "2014-11-23"
		}
		last := got.Periods[len(got.Periods)-1]
		if got.ExpiresAt.UTC().Format(time.RFC3339) != c.want || got.GrantedAt != before.GrantedAt || got.RenewedAt != o.day(c.renewed) || got.Granted() != o.day(c.renewed) ||
			got.Edition != "2014" || len(got.Periods) != 2 || got.Periods[0].Edition != "2013" || !got.Periods[0].ExpiresAt.Equal(before.ExpiresAt) ||
			!last.ExpiresAt.Equal(got.ExpiresAt) || last.From != got.RenewedAt || last.Edition != "2014" || last.Reason != "exam" || last.Explicit != (c.kept == "explicit") {
			t.Errorf("%+v: %s\n%+v", c, got.ExpiresAt, got)
		}
		if v, err := o.Check(ctx, got.Code); err != nil || !v.ExpiresAt.Equal(got.ExpiresAt) || v.RenewedAt != got.RenewedAt || v.Edition != "2014" {
			t.Errorf("%+v: the public record says %+v, %v", c, v, err)
		}
	}
}

func TestRenewRefuses(t *testing.T) {
	o := newOffice(t)
	c := o.granted("2014-06-14", verify.Link)
	o.must(o.Renew(ctx, by, c.Code, verify.Renewal{RenewedAt: o.day("2014-10-10")}))
	for name, n := range map[string]struct {
		verify.Renewal
		field, reason string
	}{
		"before the last renewal":   {verify.Renewal{RenewedAt: o.day("2014-10-09")}, "renewed_at", "renewed_early"},
		"tomorrow":                  {verify.Renewal{RenewedAt: o.day("2014-11-24")}, "renewed_at", "day_future"},
		"unknown edition":           {verify.Renewal{Edition: "2999"}, "edition", "edition_unknown"},
		"shorter (rule 27)":         {verify.Renewal{ExpiresAt: "2015-11-29"}, "expires_at", "expires_shortened"},
		"a second shorter":          {verify.Renewal{ExpiresAt: "2015-11-30T23:59:58Z"}, "expires_at", "expires_shortened"},
		"before the day of renewal": {verify.Renewal{ExpiresAt: "2014-11-22"}, "expires_at", "expires_early"},
		"no date":                   {verify.Renewal{ExpiresAt: "2015"}, "expires_at", "expires_shape"},
		"long reason":               {verify.Renewal{Reason: strings.Repeat("r", 2001)}, "reason", "text_shape"},
	} {
		_, err := o.Renew(ctx, by, c.Code, n.Renewal)
		refused(t, name, err, n.field, n.reason)
	}
	again := o.must(o.Renew(ctx, by, c.Code, verify.Renewal{RenewedAt: o.day("2014-10-10")}))
	if again.Credential.Version != 2 || len(again.Credential.Periods) != 2 {
		t.Errorf("renewed already, and again: %+v", again.Credential)
	}
	if r := o.must(o.Renew(ctx, by, c.Code, verify.Renewal{RenewedAt: o.day("2014-10-10"), Edition: "2013"})); r.Credential.Edition != "2013" || r.Credential.Version != 3 {
		t.Errorf("another edition the same day: %+v", r.Credential)
	}
	for _, long := range []func() (verify.Result, error){
		func() (verify.Result, error) { return o.Suspend(ctx, by, c.Code, "a\nb") },
		func() (verify.Result, error) { return o.Restore(ctx, by, c.Code, "a\nb") },
		func() (verify.Result, error) { return o.Revoke(ctx, by, c.Code, "a\nb") },
	} {
		_, err := long()
		refused(t, "a reason of two lines", err, "reason", "text_control")
	}
}

// Renewals of a closed certification go on, of a discontinued one they do not (rule 9).
func TestRenewRule9(t *testing.T) {
	o := newOffice(t)
	c := o.granted("2014-06-14", verify.Link)
	for state, want := range map[verify.CertificationState]error{verify.Closed: nil, verify.Discontinued: verify.ErrState} {
		later := &verify.Catalogue{Certifications: slices.Clone(catalogue.Certifications)}
		later.Certifications[0].State = state
		o.Catalogue = later
		if _, err := o.Renew(ctx, by, c.Code, verify.Renewal{}); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", state, err, want)
		}
	}
	if got := o.status(c.Code); got != "valid" {
		t.Errorf("what was granted stays: %s", got)
	}
}

func TestConsent(t *testing.T) {
	o := newOffice(t)
	c := o.granted("", verify.Private)
	for _, n := range []struct {
		verify.ConsentChange
		version int64
		saw     string
	}{
		{verify.ConsentChange{Consent: verify.Link, Channel: "me", Evidence: "ticked"}, 2, "valid"},
		{verify.ConsentChange{Consent: verify.Link, Channel: "cli"}, 2, "valid"}, // already so
		{verify.ConsentChange{Consent: verify.Public}, 3, "valid"},
		{verify.ConsentChange{Consent: verify.Private, Channel: "paper"}, 4, "hidden"},
		{verify.ConsentChange{Consent: verify.Private}, 4, "hidden"},
	} {
		r := o.must(o.SetConsent(ctx, by, c.Code, n.ConsentChange))
		if got := o.status(c.Code); r.Credential.Version != n.version || got != n.saw || r.Credential.Consents[0].Evidence != "ticked" || int64(len(r.Credential.Consents)) != n.version-1 {
			t.Errorf("%+v: %+v, %s", n, r.Credential, got)
		}
	}
	var channels []string
	for _, e := range o.audit()[1:] {
		channels = append(channels, e.Detail["old"]+">"+e.Detail["new"]+" "+e.Detail["channel"])
	}
	if want := []string{"private>link me", "link>public api", "public>private paper"}; !slices.Equal(channels, want) {
		t.Errorf("audit: %q, want %q", channels, want)
	}
	for _, n := range []struct {
		verify.ConsentChange
		field, reason string
	}{
		{verify.ConsentChange{}, "consent", "consent_unknown"},
		{verify.ConsentChange{Consent: "all"}, "consent", "consent_unknown"},
		{verify.ConsentChange{Consent: verify.Link, Channel: "phone"}, "channel", "channel_unknown"},
		{verify.ConsentChange{Consent: verify.Link, Evidence: strings.Repeat("e", 2001)}, "evidence", "text_shape"},
	} {
		_, err := o.SetConsent(ctx, by, c.Code, n.ConsentChange)
		refused(t, fmt.Sprintf("%+v", n.ConsentChange.Consent), err, n.field, n.reason)
	}
}

// One name a holder, on every output when the call returns (rule 36).
func TestChangeHolderRule36(t *testing.T) {
	o := newOffice(t)
	maya := o.must(o.Grant(ctx, by, verify.Grant{Certification: "inbound", Consent: verify.Link, Holder: verify.GrantHolder{ExternalID: "p7", Name: "Maya", Lang: "sv"}}))
	second := o.must(o.Grant(ctx, by, verify.Grant{Certification: "partner", Consent: verify.Private, Holder: verify.GrantHolder{ExternalID: "p7", Name: "Maya"}}))
	o.must(o.Revoke(ctx, by, second.Credential.Code, ""))
	id, name := maya.Holder.ID, "  Maya  Nilsson"
	r := o.must(o.ChangeHolder(ctx, by, id, verify.HolderChange{Name: &name}))
	if r.Holder.Name != "Maya Nilsson" || r.Holder.Lang != "sv" || r.Holder.Version != 2 || !slices.Equal(r.Codes, []verify.Code{maya.Credential.Code, second.Credential.Code}) {
		t.Errorf("%+v", r)
	}
	for code, version := range map[verify.Code]int64{maya.Credential.Code: 2, second.Credential.Code: 3} {
		if c, err := o.Credential(ctx, code); err != nil || c.Holder != r.Holder || c.Version != version {
			t.Errorf("%+v, %v", c, err)
		}
	}
	if v, err := o.Check(ctx, maya.Credential.Code); err != nil || v.Name != "Maya Nilsson" {
		t.Errorf("%+v, %v", v, err)
	}
	lang, email := "de", "maya@example.org"
	r = o.must(o.ChangeHolder(ctx, by, id, verify.HolderChange{Lang: &lang, Email: &email}))
	if r.Holder.Lang != lang || r.Holder.Email != email || r.Holder.Name != "Maya Nilsson" || r.Holder.Version != 3 {
		t.Errorf("%+v", r)
	}
	if v, err := o.Check(ctx, maya.Credential.Code); err != nil || v.Lang != "de" {
		t.Errorf("%+v, %v", v, err)
	}
	lines := len(o.audit())
	for _, n := range []verify.HolderChange{{}, {Name: &name}, {Lang: &lang, Email: &email}} {
		if r := o.must(o.ChangeHolder(ctx, by, id, n)); r.Holder.Version != 3 || len(r.Codes) != 2 {
			t.Errorf("already so: %+v", r)
		}
	}
	if d := o.audit()[lines-1].Detail; len(o.audit()) != lines || !reflect.DeepEqual(d, map[string]string{"lang": "changed", "email": "changed"}) {
		t.Errorf("audit: %+v", o.audit()[lines-1:])
	}
	bad, mixed := "no address", "аnnа"
	_, err := o.ChangeHolder(ctx, by, id, verify.HolderChange{Name: new(string)})
	refused(t, "no name (rule 31)", err, "name", "name_empty")
	_, err = o.ChangeHolder(ctx, by, id, verify.HolderChange{Name: &mixed})
	refused(t, "scripts mixed", err, "name", "name_mixed")
	_, err = o.ChangeHolder(ctx, by, id, verify.HolderChange{Email: &bad})
	refused(t, "e-mail", err, "email", "email_shape")
	_, err = o.ChangeHolder(ctx, by, id, verify.HolderChange{Lang: &bad})
	refused(t, "language", err, "lang", "lang_shape")
	_, err = o.ChangeHolder(ctx, by, "nobody", verify.HolderChange{Name: &name})
	is(t, "unknown holder", err, verify.ErrNotFound)
	long := strings.Repeat("a", 2001)
	_, err = o.ChangeHolder(ctx, by, id, verify.HolderChange{Name: &mixed, Override: long})
	refused(t, "a long override", err, "override.reason", "text_shape")
	set := verify.HolderChange{Name: &mixed, Override: "so in the passport"}
	for range 2 { // the second changes nothing
		if r := o.must(o.ChangeHolder(ctx, by, id, set)); r.Holder.Name != mixed || r.Holder.Override != set.Override || r.Holder.Version != 4 {
			t.Errorf("%+v", r.Holder)
		}
	}
	if a := o.audit(); len(a) != lines+1 || !reflect.DeepEqual(a[lines].Detail, map[string]string{"name": "changed", "override": "on record"}) {
		t.Errorf("audit: %+v", a[lines:])
	}
	if r := o.must(o.ChangeHolder(ctx, by, id, verify.HolderChange{Name: &name})); r.Holder.Override != "" {
		t.Errorf("the reason of a name that is no more: %+v", r.Holder)
	}
	o.must(o.ChangeHolder(ctx, by, id, verify.HolderChange{Lang: new(string), Email: new(string)})) // taken back
}

func TestLanguagesAndAddresses(t *testing.T) {
	o := newOffice(t)
	id := o.granted("", verify.Private).Holder.ID
	for lang, ok := range map[string]bool{"": true, "en": true, "zh-Hant-TW": true, "x-piglatin": true, "en_US": false, "-": false, "en-": false, "ninechars": false,
		"é": false, strings.Repeat("a-", 18) + "a": false} {
		if _, err := o.ChangeHolder(ctx, by, id, verify.HolderChange{Lang: &lang}); (err == nil) != ok {
			t.Errorf("language %q: %v", lang, err)
		}
	}
	for email, ok := range map[string]bool{"": true, "a@b": true, "zoë@exämple.org": true, "a b@c.de": false, "@c.de": false, "a@": false, "a": false,
		"a@b\r\nBcc: x@y": false, "A <a@b.de>": false, strings.Repeat("a", 250) + "@b.de": false} {
		if _, err := o.ChangeHolder(ctx, by, id, verify.HolderChange{Email: &email}); (err == nil) != ok {
			t.Errorf("e-mail %q: %v", email, err)
		}
	}
}

// If-Match: a change made on what the caller no longer sees is refused, also where it would change nothing.
func TestVersion(t *testing.T) {
	o := newOffice(t)
	name := "Maya Nilsson"
	for what, change := range map[string]func(call verify.Call, c verify.Credential) (verify.Result, error){
		"renew": func(call verify.Call, c verify.Credential) (verify.Result, error) {
			return o.Renew(ctx, call, c.Code, verify.Renewal{})
		},
		"revoke": func(call verify.Call, c verify.Credential) (verify.Result, error) {
			return o.Revoke(ctx, call, c.Code, "")
		},
		"suspend": func(call verify.Call, c verify.Credential) (verify.Result, error) {
			return o.Suspend(ctx, call, c.Code, "")
		},
		"restore": func(call verify.Call, c verify.Credential) (verify.Result, error) {
			return o.Restore(ctx, call, c.Code, "")
		},
		"consent": func(call verify.Call, c verify.Credential) (verify.Result, error) {
			return o.SetConsent(ctx, call, c.Code, verify.ConsentChange{Consent: verify.Link})
		},
		"tier": func(call verify.Call, c verify.Credential) (verify.Result, error) {
			return o.SetTier(ctx, call, c.Code, "")
		},
		"recode": func(call verify.Call, c verify.Credential) (verify.Result, error) {
			return o.Recode(ctx, call, c.Code, "")
		},
		"erase": func(call verify.Call, c verify.Credential) (verify.Result, error) {
			return o.EraseHolder(ctx, call, c.Holder.ID)
		},
		"holder": func(call verify.Call, c verify.Credential) (verify.Result, error) {
			return o.ChangeHolder(ctx, call, c.Holder.ID, verify.HolderChange{Name: &name})
		},
	} {
		c := o.granted("2014-06-14", verify.Private)
		_, err := change(verify.Call{By: "k", Versions: []int64{2}}, c)
		is(t, what+" of a version to come", err, verify.ErrVersion)
		o.must(change(verify.Call{By: "k", Versions: []int64{1}}, c))
		if !slices.Contains([]string{"restore", "tier", "recode", "erase"}, what) { // it had nothing to do, or nothing is there any more
			_, err = change(verify.Call{By: "k", Versions: []int64{1}}, c)
			is(t, what+" of a version gone by", err, verify.ErrVersion)
		}
	}
}

func once(key, request string) *verify.Once {
	return &verify.Once{Key: key, Request: [32]byte([]byte(request + strings.Repeat(".", 32))), Answer: func(r verify.Result) verify.Reply {
		return verify.Reply{Status: http.StatusCreated, Headers: [][2]string{{"ETag", fmt.Sprint(r.Credential.Version, r.Holder.Version)}}, Body: []byte(r.Credential.Code)}
	}}
}

// The answer is kept in the commit of the change; a repeat gets it and changes nothing.
func TestOnce(t *testing.T) {
	o := newOffice(t)
	grant := verify.Grant{Certification: "inbound", Holder: verify.GrantHolder{Name: "Maya"}, Consent: verify.Link}
	_, err := o.Replay(ctx, "k_1 a", once("", "one").Request)
	is(t, "a new key", err, verify.ErrNotFound)
	first := o.must(o.Grant(ctx, verify.Call{By: "k_1", Once: once("k_1 a", "one")}, grant))
	kept, err := o.Replay(ctx, "k_1 a", once("", "one").Request)
	if err != nil || kept.Status != http.StatusCreated || string(kept.Body) != string(first.Credential.Code) || kept.Headers[0][1] != "1 1" || strings.Contains(kept.Key, "k_1") || kept.Holder != first.Holder.ID {
		t.Errorf("Replay: %+v, %v", kept, err)
	}
	_, err = o.Replay(ctx, "k_1 a", once("", "two").Request)
	is(t, "another request", err, verify.ErrMismatch)
	_, err = o.Replay(ctx, "k_2 a", once("", "one").Request)
	is(t, "another caller", err, verify.ErrNotFound)
	_, err = o.Grant(ctx, verify.Call{By: "k_1", Once: once("k_1 a", "one")}, grant)
	is(t, "the same call again", err, verify.ErrRepeated)
	if len(o.audit()) != 1 {
		t.Errorf("audit: %+v", o.audit())
	}
	// a call that changes nothing keeps its answer too, one that fails does not
	code := first.Credential.Code
	o.must(o.Restore(ctx, verify.Call{Once: once("k_1 b", "one")}, code, ""))
	if kept, err := o.Replay(ctx, "k_1 b", once("", "one").Request); err != nil || kept.Headers[0][1] != "1 1" {
		t.Errorf("Replay: %+v, %v", kept, err)
	}
	_, err = o.SetConsent(ctx, verify.Call{Once: once("k_1 c", "one")}, code, verify.ConsentChange{Consent: "all"})
	refused(t, "consent", err, "consent", "consent_unknown")
	_, err = o.Replay(ctx, "k_1 c", once("", "one").Request)
	is(t, "a failed call", err, verify.ErrNotFound)
	// a day later the key is new
	o.at("2014-11-24T15:10:00.6Z")
	_, err = o.Replay(ctx, "k_1 a", once("", "one").Request)
	is(t, "a day later", err, verify.ErrNotFound)
	o.must(o.Grant(ctx, verify.Call{Once: once("k_1 a", "two")}, grant))
}

// A client that repeats after an error has one credential, whether the failed commit had been written or not.
func TestOnceAfterFailure(t *testing.T) {
	lost := errors.New("connection lost")
	for _, written := range []bool{false, true} {
		o := newOffice(t)
		fail := func() error { o.store.before, o.store.after = nil, nil; return lost }
		if o.store.before = fail; written {
			o.store.before, o.store.after = nil, fail
		}
		call := verify.Call{By: "k_1", Once: once("k_1 a", "one")}
		grant := verify.Grant{Certification: "inbound", Holder: verify.GrantHolder{Name: "Maya"}}
		_, err := o.Grant(ctx, call, grant)
		is(t, "the first try", err, lost)
		_, err = o.Replay(ctx, "k_1 a", call.Once.Request)
		if !written {
			is(t, "not written", err, verify.ErrNotFound)
			o.must(o.Grant(ctx, call, grant))
		} else if err != nil {
			t.Errorf("written: %v", err)
		}
		if len(o.audit()) != 1 {
			t.Errorf("written %v: %+v", written, o.audit())
		}
	}
}

// A conflict is met by reading anew, but not for ever, and not for a caller who has gone.
func TestConflicts(t *testing.T) {
	o := newOffice(t)
	left := 0
	o.store.before = func() error {
		if left--; left >= 0 {
			return verify.ErrConflict
		}
		return nil
	}
	for _, times := range []struct {
		conflicts int
		want      error
	}{{0, nil}, {1, nil}, {31, nil}, {32, verify.ErrConflict}, {1 << 30, verify.ErrConflict}} {
		left = 0
		code := o.granted("2014-06-14", verify.Link).Code
		left = times.conflicts
		if _, err := o.Renew(ctx, by, code, verify.Renewal{}); !errors.Is(err, times.want) {
			t.Errorf("%d conflicts: %v", times.conflicts, err)
		}
	}
	left = 0
	c := o.granted("2014-06-14", verify.Link)
	gone, cancel := context.WithCancel(ctx)
	o.store.before = func() error { cancel(); return verify.ErrConflict }
	before := o.store.commits.Load()
	_, err := o.Revoke(gone, by, c.Code, "")
	is(t, "a caller who has gone", err, context.Canceled)
	if n := o.store.commits.Load() - before; n != 1 {
		t.Errorf("%d commits", n)
	}
}

// Many changes of one credential at once all take place, one after the other.
func TestManyAtOnce(t *testing.T) {
	o := newOffice(t)
	c := o.granted("2014-06-14", verify.Link)
	const many = 32
	var all sync.WaitGroup
	for n := range many {
		all.Go(func() {
			name := fmt.Sprintf("Maya %d", n)
			if _, err := o.ChangeHolder(ctx, by, c.Holder.ID, verify.HolderChange{Name: &name}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	got, err := o.Credential(ctx, c.Code)
	if err != nil || got.Version != many+1 || got.Holder.Version != many+1 || len(o.audit()) != many+1 {
		t.Errorf("%+v, %v", got, err)
	}
}

// No credential granted during a rename keeps the old name (rule 36).
func TestGrantsDuringRename(t *testing.T) {
	for range 10 {
		o := newOffice(t)
		h := o.granted("", verify.Link).Holder
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				_, err := o.Grant(ctx, by, verify.Grant{Certification: "partner", Consent: verify.Link, Holder: verify.GrantHolder{ID: h.ID, Name: h.Name}})
				if err != nil && !errors.Is(err, verify.ErrHolderName) {
					t.Error(err)
				}
			})
		}
		all.Go(func() {
			name := "Maya Nilsson"
			if _, err := o.ChangeHolder(ctx, by, h.ID, verify.HolderChange{Name: &name}); err != nil {
				t.Error(err)
			}
		})
		all.Wait()
		r := o.must(o.Holder(ctx, h.ID))
		for _, code := range r.Codes {
			c, err := o.Credential(ctx, code)
			v, hidden := o.Check(ctx, code)
			if err != nil || hidden != nil || c.Holder != r.Holder || v.Name != "Maya Nilsson" {
				t.Errorf("%+v, %+v, %v", c.Holder, v, errors.Join(err, hidden))
			}
		}
	}
}

// One external id, asked for by many at once, is one credential and one holder.
func TestOneExternalID(t *testing.T) {
	o := newOffice(t)
	codes := make([]verify.Code, 16)
	created := make([]bool, len(codes))
	var all sync.WaitGroup
	for n := range codes {
		all.Go(func() {
			r, err := o.Grant(ctx, by, verify.Grant{Certification: "inbound", ExternalID: "row 1", Holder: verify.GrantHolder{ExternalID: "p7", Name: "Maya"}})
			if err != nil {
				t.Error(err)
			}
			codes[n], created[n] = r.Credential.Code, r.Created
		})
	}
	all.Wait()
	if n := len(slices.Compact(slices.Sorted(slices.Values(codes)))); n != 1 || len(o.audit()) != 1 {
		t.Errorf("%d credentials, audit %+v", n, o.audit())
	}
	if n := len(slices.DeleteFunc(created, func(made bool) bool { return !made })); n != 1 {
		t.Errorf("%d were told that it was made", n)
	}
}

// Any sequence of changes, against a model of ten lines.
func TestRegistryProperty(t *testing.T) {
	o := newOffice(t)
	rapid.Check(t, func(t *rapid.T) {
		o.at("2014-06-14T12:00:00Z")
		c := o.granted("", rapid.SampledFrom([]verify.Consent{verify.Private, verify.Link, verify.Public}).Draw(t, "consent"))
		revoked, suspended, version, periods := false, false, int64(1), 1
		expires, consent := c.ExpiresAt, c.Consent
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			now := o.Now().Add(time.Duration(rapid.IntRange(0, 200*24).Draw(t, "hours")) * time.Hour)
			o.clock.Store(&now)
			var err error
			var want error
			changed := false
			switch change := rapid.SampledFrom([]string{"renew", "suspend", "restore", "revoke", "consent", "recode", "wait"}).Draw(t, "change"); change {
			case "renew":
				_, err = o.Renew(ctx, by, c.Code, verify.Renewal{})
				if changed = !revoked && !suspended && o.day(verify.DayOf(now, time.UTC).String()) != c.RenewedAt; revoked || suspended {
					want = verify.ErrState
				}
				if changed {
					periods++
				}
			case "suspend":
				_, err = o.Suspend(ctx, by, c.Code, "")
				if changed = !revoked && !suspended; revoked {
					want = verify.ErrState
				}
				suspended = suspended || changed
			case "restore":
				_, err = o.Restore(ctx, by, c.Code, "")
				if changed = !revoked && suspended; revoked {
					want = verify.ErrState
				}
				suspended = suspended && !changed
			case "revoke":
				_, err = o.Revoke(ctx, by, c.Code, "")
				changed, revoked = !revoked, true
			case "consent":
				next := rapid.SampledFrom([]verify.Consent{verify.Private, verify.Link, verify.Public}).Draw(t, "consent")
				_, err = o.SetConsent(ctx, by, c.Code, verify.ConsentChange{Consent: next})
				changed, consent = next != consent, next
			case "recode":
				var r verify.Result
				r, err = o.Recode(ctx, by, c.Code, "")
				if _, gone := o.Credential(ctx, c.Code); !errors.Is(gone, verify.ErrNotFound) || o.status(c.Code) != "hidden" {
					t.Fatalf("the old code: %v", gone)
				}
				changed, c.Code = true, r.Credential.Code
			}
			if !errors.Is(err, want) {
				t.Fatalf("%v, want %v", err, want)
			}
			if changed {
				version++
			}
			got, err := o.Credential(ctx, c.Code)
			if err != nil || got.Version != version || got.ExpiresAt.Before(expires) || got.Consent != consent || len(got.Periods) != periods ||
				got.GrantedAt != c.GrantedAt || !got.Periods[periods-1].ExpiresAt.Equal(got.ExpiresAt) {
				t.Fatalf("%+v, %v; want version %d, %d periods, consent %s, not before %s", got, err, version, periods, consent, expires)
			}
			c, expires = got, got.ExpiresAt
			status := "valid"
			switch {
			case consent == verify.Private:
				status = "hidden"
			case revoked:
				status = "revoked"
			case suspended:
				status = "suspended"
			case now.After(expires.Add(time.Second - 1)):
				status = "expired"
			}
			if got := o.status(c.Code); got != status {
				t.Fatalf("%s, want %s", got, status)
			}
		}
	})
}
