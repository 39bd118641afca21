package verify_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"testamur/verify"
)

func TestScopes(t *testing.T) {
	scopes := []verify.Scope{verify.ScopeRead, verify.ScopeIssue, verify.ScopeAdmin}
	for i, has := range scopes {
		for j, asks := range scopes {
			if got := has.Includes(asks); got != (i >= j) {
				t.Errorf("%s includes %s: %v", has, asks, got)
			}
		}
		if has.Includes("") || has.Includes("root") || verify.Scope("").Includes(has) || verify.Scope("root").Includes(has) {
			t.Errorf("%s and what is no scope", has)
		}
	}
}

func TestKeys(t *testing.T) {
	o := newOffice(t)
	made := o.must(o.NewKey(ctx, by, "import", verify.ScopeIssue))
	token, key := made.Token, made.Key
	if !made.Created || !strings.HasPrefix(token, "tk_"+key.ID+"_") || len(token) != len("tk_")+16+1+43 || key.Name != "import" || key.CreatedAt.IsZero() {
		t.Fatalf("%q, %+v", token, key)
	}
	if got, err := o.Authenticate(ctx, token); err != nil || got.ID != key.ID || got.Scope != verify.ScopeIssue {
		t.Errorf("Authenticate: %+v, %v", got, err)
	}
	other := o.must(o.NewKey(ctx, by, "", verify.ScopeRead)).Token
	_, secretPart, _ := strings.Cut(strings.TrimPrefix(other, "tk_"), "_")
	for _, wrong := range []string{"", "tk_", "tk__", token[:len(token)-1], token + "A", strings.ToUpper(token), strings.TrimPrefix(token, "tk_"), "tk_" + key.ID + "_",
		"tk_" + key.ID + "_" + secretPart, "tk_aaaaaaaaaaaaaaaa_" + secretPart, " " + token, "Bearer " + token, string(secret), strings.Repeat("x", 1<<16)} {
		if _, err := o.Authenticate(ctx, wrong); !errors.Is(err, verify.ErrNoKey) {
			t.Errorf("%.80q: %v", wrong, err)
		}
	}
	// neither the store nor the audit knows the secret
	kept, err := o.Registry.Keys(ctx)
	if err != nil || len(kept) != 2 {
		t.Fatalf("%v, %v", kept, err)
	}
	for _, k := range kept {
		if strings.Contains(string(k.Hash[:]), secretPart[:16]) {
			t.Error("the secret itself is kept")
		}
	}
	for _, e := range o.audit() {
		if e.Action != "new-key" || e.By != by.By || e.Detail["key"] == "" || e.Detail["scope"] == "" || strings.Contains(e.Detail["key"], secretPart) {
			t.Errorf("audit: %+v", e)
		}
	}
	if err := o.EndKey(ctx, by, key.ID); err != nil {
		t.Fatal(err)
	}
	_, err = o.Authenticate(ctx, token)
	is(t, "an ended key", err, verify.ErrNoKey)
	if _, err := o.Authenticate(ctx, other); err != nil {
		t.Errorf("another key: %v", err)
	}
	lines := len(o.audit())
	if err := o.EndKey(ctx, by, key.ID); err != nil || len(o.audit()) != lines {
		t.Errorf("ended already: %v, %+v", err, o.audit())
	}
	is(t, "an unknown key", o.EndKey(ctx, by, "nobody"), verify.ErrNotFound)
	_, err = o.NewKey(ctx, by, "", "root")
	refused(t, "scope", err, "scope", "scope_unknown")
	_, err = o.NewKey(ctx, by, "a\nb", verify.ScopeRead)
	refused(t, "name", err, "name", "text_control")
	o.store.before = func() error { return verify.ErrFull }
	made, err = o.NewKey(ctx, by, "", verify.ScopeRead)
	if is(t, "a full store", err, verify.ErrFull); made.Token != "" {
		t.Error("a token of a key that is not there")
	}
}

// A key of another secret opens nothing, even where the store holds it.
func TestKeyOfAnotherSecret(t *testing.T) {
	o := newOffice(t)
	token := o.must(o.NewKey(ctx, by, "", verify.ScopeRead)).Token
	other := newOffice(t, func(c *verify.RegistryConfig) {
		c.Store = o.store
		c.Secret = []byte("another secret, of 32 bytes, too")
	})
	_, err := other.Authenticate(ctx, token)
	is(t, "another secret", err, verify.ErrNoKey)
}

// The last use is noted once an hour, and never at the cost of the call.
func TestLastUse(t *testing.T) {
	o := newOffice(t)
	made := o.must(o.NewKey(ctx, by, "", verify.ScopeRead))
	token, key := made.Token, made.Key
	use := func(at string, commits int64, noted string) {
		t.Helper()
		o.at(at)
		before := o.store.commits.Load()
		for range 3 {
			if _, err := o.Authenticate(ctx, token); err != nil {
				t.Errorf("%s: %v", at, err)
			}
		}
		k, err := o.store.Key(ctx, key.ID)
		if got := k.LastUsed.Format(time.RFC3339); err != nil || got != noted || o.store.commits.Load()-before != commits {
			t.Errorf("%s: noted %s, %v, with %d writes; want %s with %d", at, got, err, o.store.commits.Load()-before, noted, commits)
		}
	}
	use("2014-11-23T15:10:00Z", 1, "2014-11-23T15:00:00Z")
	use("2014-11-23T15:59:59.9Z", 0, "2014-11-23T15:00:00Z")
	use("2014-11-23T16:00:00Z", 1, "2014-11-23T16:00:00Z")
	use("2014-11-23T15:30:00Z", 0, "2014-11-23T16:00:00Z") // a clock put back
	o.store.before = func() error { return verify.ErrFull }
	use("2014-11-23T17:00:00Z", 1, "2014-11-23T16:00:00Z")
	o.store.before = nil
	use("2014-11-23T18:00:00Z", 1, "2014-11-23T18:00:00Z")
	if _, err := o.Authenticate(ctx, token+"x"); !errors.Is(err, verify.ErrNoKey) {
		t.Errorf("a wrong token: %v", err)
	}
	use("2014-11-23T18:30:00Z", 0, "2014-11-23T18:00:00Z")
	// another process notes nothing twice either
	o.at("2014-11-23T18:31:00Z")
	again := newOffice(t, func(c *verify.RegistryConfig) { c.Store = o.store; c.Now = o.Now })
	before := o.store.commits.Load()
	if _, err := again.Authenticate(ctx, token); err != nil || o.store.commits.Load() != before {
		t.Errorf("%v, %d writes", err, o.store.commits.Load()-before)
	}
}

// A store that cannot be asked is not a wrong key.
func TestAuthenticateUnavailable(t *testing.T) {
	o := newOffice(t)
	token := o.must(o.NewKey(ctx, by, "", verify.ScopeRead)).Token
	gone, cancel := context.WithCancel(ctx)
	cancel()
	_, err := o.Authenticate(gone, token)
	is(t, "cancelled", err, context.Canceled)
	if err := o.store.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = o.Authenticate(ctx, token)
	is(t, "closed", err, verify.ErrUnavailable)
	_, err = o.Check(ctx, "7K3M-9QXT-4P24")
	is(t, "closed", err, verify.ErrUnavailable)
}
