package verify_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	_ "time/tzdata"

	"testamur/verify"
	"testamur/verify/boltstore"
)

var (
	ctx    = context.Background()
	secret = []byte("0123456789abcdef0123456789abcdef")
	by     = verify.Call{By: "k_1"}
)

// office is a registry over a store in a file, with a clock to set and a store to trip.
type office struct {
	*verify.Registry
	t     testing.TB
	store *trip
	clock atomic.Pointer[time.Time]
}

// trip is a store that can be told to fail, before or after it has written.
type trip struct {
	verify.Store
	commits       atomic.Int64
	before, after func() error
	credential    func() // before a credential is read
	keys, replies func() // before they are
}

func (s *trip) Keys(ctx context.Context) ([]verify.Key, error) {
	if s.keys != nil {
		s.keys()
	}
	return s.Store.Keys(ctx)
}

func (s *trip) Replies(ctx context.Context, since time.Time, yield func(verify.Reply) bool) error {
	if s.replies != nil {
		s.replies()
	}
	return s.Store.Replies(ctx, since, yield)
}

func (s *trip) Credential(ctx context.Context, code verify.Code) (verify.Credential, error) {
	if s.credential != nil {
		s.credential()
	}
	return s.Store.Credential(ctx, code)
}

func (s *trip) Commit(ctx context.Context, w verify.Write) error {
	s.commits.Add(1)
	if s.before != nil {
		if err := s.before(); err != nil {
			return err
		}
	}
	err := s.Store.Commit(ctx, w)
	if err == nil && s.after != nil {
		err = s.after()
	}
	return err
}

var catalogue = &verify.Catalogue{Certifications: []verify.Certification{
	{Slug: "inbound", Title: "Inbound Certification", State: verify.Open, Validity: verify.Validity{Months: 12, From: verify.EndOfNextMonth},
		Editions: []verify.Edition{{Name: "IMU", Legacy: true}, {Name: "2013"}, {Name: "2014"}}},
	{Slug: "partner", Title: "Partner Certification", State: verify.Open, Validity: verify.Validity{Months: 12, From: verify.EndOfNextMonth},
		Editions: []verify.Edition{{Name: "2014"}}, Organisation: true, Tiers: []string{"silver", "gold", "platinum"}},
	{Slug: "design", Title: "Design Certification", State: verify.Closed, Validity: verify.Validity{Months: 12, From: verify.GrantDate},
		Editions: []verify.Edition{{Name: "2014"}}},
	{Slug: "old", Title: "Old Certification", State: verify.Discontinued, Editions: []verify.Edition{{Name: "2010"}}},
}}

// clean stands for the text package: it trims, and knows one mixture of scripts.
func clean(name string, anyScript bool) (string, error) {
	name = strings.Join(strings.Fields(name), " ")
	switch {
	case name == "":
		return "", &verify.Refused{Reason: "name_empty"}
	case strings.Contains(name, "аnn") && !anyScript:
		return "", &verify.Refused{Reason: "name_mixed", Args: []string{"place", "1"}}
	}
	return name, nil
}

func newOffice(t testing.TB, options ...func(*verify.RegistryConfig)) *office {
	t.Helper()
	return newOfficeIn(t, inFile(t), options...)
}

func inFile(t testing.TB) boltstore.Options {
	return boltstore.Options{Path: filepath.Join(t.TempDir(), "testamur.db"), Sealer: verify.NewSealer(secret)}
}

// newLargeOffice has many credentials, each of a holder of its own, granted in June; they are filled in, which is quick.
func newLargeOffice(t testing.TB, many int) *office {
	t.Helper()
	file := inFile(t)
	f, err := boltstore.Fill(file)
	var r verify.Records
	for n := 1; n <= many && err == nil; n++ {
		h := verify.Holder{ID: fmt.Sprintf("holder%010d", n), ExternalID: fmt.Sprint("person ", n), Name: fmt.Sprint("Maya ", n), Kind: verify.Person, Version: 1}
		day, expires := verify.Day{Year: 2014, Month: 6, Day: 14}, time.Date(2015, 7, 31, 23, 59, 59, 0, time.UTC)
		c := verify.Credential{ID: fmt.Sprintf("id%014d", n), Version: 1, Certification: "inbound", Edition: "2014", Holder: h, GrantedAt: day, ExpiresAt: expires,
			Consent: verify.Link, ExternalID: fmt.Sprint("row ", n), Periods: []verify.Period{{From: day, ExpiresAt: expires, Edition: "2014"}}}
		if c.Code, err = verify.NewCode(rand.Reader); err != nil {
			break
		}
		r.Credentials = append(r.Credentials, verify.Placed{Place: uint64(n), Credential: c})
		r.Audit = append(r.Audit, verify.Entry{Seq: uint64(n), At: expires, By: "import", Action: "grant", Code: c.Code, Holder: h.ID})
		if n%500 == 0 || n == many {
			err = f.Fill(ctx, r)
			r = verify.Records{}
		}
	}
	if err == nil {
		err = f.Finish(ctx)
	}
	if err != nil {
		t.Fatal(err)
	}
	return newOfficeIn(t, file)
}

func newOfficeIn(t testing.TB, file boltstore.Options, options ...func(*verify.RegistryConfig)) *office {
	t.Helper()
	store, err := boltstore.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	o := &office{t: t, store: &trip{Store: store}}
	o.at("2014-11-23T15:10:00.5Z")
	c := verify.RegistryConfig{Store: o.store, Catalogue: catalogue, Zone: time.UTC, Now: func() time.Time { return *o.clock.Load() }, Rand: rand.Reader,
		CleanName: clean, Secret: secret, Terms: "2014-05"}
	for _, set := range options {
		set(&c)
	}
	if o.Registry, err = verify.NewRegistry(c); err != nil {
		t.Fatal(err)
	}
	return o
}

func inZone(t testing.TB, name string) func(*verify.RegistryConfig) {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return func(c *verify.RegistryConfig) { c.Zone = zone }
}

func withRandom(r io.Reader) func(*verify.RegistryConfig) {
	return func(c *verify.RegistryConfig) { c.Rand = r }
}

// at sets the clock.
func (o *office) at(instant string) {
	o.t.Helper()
	now, err := time.Parse(time.RFC3339, instant)
	if err != nil {
		o.t.Fatal(err)
	}
	o.clock.Store(&now)
}

// must is for calls that have to succeed.
func (o *office) must(r verify.Result, err error) verify.Result {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
	return r
}

// granted is a new credential of the inbound certification.
func (o *office) granted(day string, consent verify.Consent) verify.Credential {
	o.t.Helper()
	return o.must(o.Grant(ctx, by, verify.Grant{Certification: "inbound", Holder: verify.GrantHolder{Name: "Maya Lindqvist"}, GrantedAt: o.day(day), Consent: consent})).Credential
}

func (o *office) day(s string) verify.Day {
	o.t.Helper()
	if s == "" {
		return verify.Day{}
	}
	d, err := verify.ParseDay(s)
	if err != nil {
		o.t.Fatal(err)
	}
	return d
}

// status is what others see: hidden where nothing.
func (o *office) status(code verify.Code) string {
	o.t.Helper()
	v, err := o.Check(ctx, code)
	if errors.Is(err, verify.ErrNotFound) {
		return "hidden"
	}
	if err != nil {
		o.t.Fatal(err)
	}
	return string(v.Status)
}

func (o *office) audit() (all []verify.Entry) {
	o.t.Helper()
	if err := o.store.Audit(ctx, 0, func(e verify.Entry) bool { all = append(all, e); return true }); err != nil {
		o.t.Fatal(err)
	}
	return all
}

// refused reports an error that is not the refusal of a field for a reason.
func refused(t testing.TB, what string, err error, field, reason string) {
	t.Helper()
	var no *verify.Refused
	if !errors.As(err, &no) || no.Field != field || no.Reason != reason {
		t.Errorf("%s: %v, want %s %s", what, err, field, reason)
	}
}

func is(t testing.TB, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func TestNewRegistryNeedsAll(t *testing.T) {
	whole := verify.RegistryConfig{Store: &trip{}, Catalogue: catalogue, Zone: time.UTC, Now: time.Now, Rand: rand.Reader, CleanName: clean, Secret: secret}
	if r, err := verify.NewRegistry(whole); err != nil || r.Secret != nil {
		t.Fatalf("%v; the root secret is not kept", err)
	}
	for name, spoil := range map[string]func(*verify.RegistryConfig){
		"store": func(c *verify.RegistryConfig) { c.Store = nil }, "catalogue": func(c *verify.RegistryConfig) { c.Catalogue = nil },
		"zone": func(c *verify.RegistryConfig) { c.Zone = nil }, "clock": func(c *verify.RegistryConfig) { c.Now = nil },
		"random": func(c *verify.RegistryConfig) { c.Rand = nil }, "names": func(c *verify.RegistryConfig) { c.CleanName = nil },
		"short secret": func(c *verify.RegistryConfig) { c.Secret = secret[:31] },
	} {
		c := whole
		spoil(&c)
		if _, err := verify.NewRegistry(c); err == nil {
			t.Errorf("without %s a registry was made", name)
		}
	}
}

// The audit knows ids, never people: none of these words comes back in it.
func TestAuditNamesNobody(t *testing.T) {
	o := newOffice(t)
	words := []string{"Maya Lindqvist", "Maya Nilsson", "maya@example.org", "Acme", "letter of June", "left us", "Maya's mother said so", "passport 77", "row 77"}
	g := verify.Grant{Certification: "partner", Holder: verify.GrantHolder{Name: words[0], Email: words[2], ExternalID: words[7]}, ExternalID: words[8],
		Organisation: &verify.Employer{Name: words[3]}, Evidence: words[4], Override: words[6], Consent: verify.Public}
	c := o.must(o.Grant(ctx, by, g)).Credential
	o.must(o.SetConsent(ctx, by, c.Code, verify.ConsentChange{Consent: verify.Private, Evidence: words[4]}))
	o.must(o.SetTier(ctx, by, c.Code, "gold"))
	o.must(o.ChangeHolder(ctx, by, c.Holder.ID, verify.HolderChange{Name: &words[1], Email: new(string)}))
	o.must(o.SetConsent(ctx, by, c.Code, verify.ConsentChange{Consent: verify.Link, Channel: "paper", Evidence: words[4]}))
	o.must(o.Renew(ctx, by, c.Code, verify.Renewal{Reason: words[5]}))
	o.must(o.Suspend(ctx, by, c.Code, words[5]))
	o.must(o.Restore(ctx, by, c.Code, words[5]))
	o.must(o.Revoke(ctx, by, c.Code, words[5]))
	recoded := o.must(o.Recode(ctx, by, c.Code, words[5])).Credential.Code
	if _, err := o.EraseHolder(ctx, by, c.Holder.ID); err != nil {
		t.Fatal(err)
	}
	var actions []string
	for _, e := range o.audit() {
		actions = append(actions, e.Action)
		code := c.Code
		switch e.Action {
		case "change-holder", "erase":
			code = ""
		case "recode":
			code = recoded
		}
		if e.By != by.By || e.Holder != c.Holder.ID || e.Code != code || e.At.IsZero() {
			t.Errorf("who did what to which, and when: %+v", e)
		}
		for k, v := range e.Detail {
			if slices.ContainsFunc(words, func(w string) bool { return strings.Contains(k+v, w) }) {
				t.Errorf("%s: %s=%s", e.Action, k, v)
			}
		}
	}
	if want := []string{"grant", "consent", "tier", "change-holder", "consent", "renew", "suspend", "restore", "revoke", "recode", "erase"}; !slices.Equal(actions, want) {
		t.Errorf("audit: %v, want %v", actions, want)
	}
	if d := o.audit()[0].Detail; d["override"] != "on record" || d["consent"] != "public" || d["channel"] != "api" || d["certification"] != "partner" {
		t.Errorf("grant: %v", d)
	}
	if d := o.audit()[4].Detail; d["old"] != "private" || d["new"] != "link" || d["channel"] != "paper" {
		t.Errorf("consent: %v", d)
	}
}
