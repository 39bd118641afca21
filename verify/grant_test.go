package verify_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"testamur/verify"
)

func TestGrant(t *testing.T) {
	o := newOffice(t)
	r := o.must(o.Grant(ctx, by, verify.Grant{
		Certification: "inbound", Holder: verify.GrantHolder{ExternalID: "p7", Name: "  Maya   Lindqvist ", Lang: "sv", Email: "maya@example.org"},
		GrantedAt: o.day("2014-06-14"), ExternalID: "row 7", Organisation: &verify.Employer{ID: "o1", ExternalID: "acme", Name: " Acme "},
		Override: "known to us", Evidence: "letter"}))
	c := r.Credential
	if _, err := verify.ParseCode(string(c.Code)); err != nil || len(c.ID) != 16 || len(c.Holder.ID) != 16 {
		t.Errorf("code %q (%v), ids %q %q", c.Code, err, c.ID, c.Holder.ID)
	}
	expires := time.Date(2015, 7, 31, 23, 59, 59, 0, time.UTC)
	want := verify.Credential{ID: c.ID, Code: c.Code, Version: 1, Certification: "inbound", Edition: "2014",
		Holder:    verify.Holder{ID: c.Holder.ID, ExternalID: "p7", Name: "Maya Lindqvist", Kind: verify.Person, Lang: "sv", Email: "maya@example.org", Version: 1},
		GrantedAt: o.day("2014-06-14"), ExpiresAt: expires, Consent: verify.Private, ExternalID: "row 7",
		Organisation: &verify.Employer{ID: "o1", ExternalID: "acme", Name: "Acme"},
		Periods:      []verify.Period{{From: o.day("2014-06-14"), ExpiresAt: expires, Edition: "2014"}},
		Override:     "known to us", Evidence: "letter", Terms: "2014-05"}
	stored, err := o.Credential(ctx, c.Code)
	if err != nil || !r.Created || !reflect.DeepEqual(c, want) || !reflect.DeepEqual(stored, want) || r.Holder != c.Holder {
		t.Errorf("granted:\n got %+v\n and %+v, %v\nwant %+v", c, stored, err, want)
	}
	if got := o.status(c.Code); got != "hidden" { // consent is private unless said (rule 56)
		t.Errorf("status %s", got)
	}
	if a := o.audit(); len(a) != 1 || a[0].Detail["override"] != "on record" {
		t.Errorf("audit: %+v", a)
	}
	// with consent it is there at once
	c = o.granted("2014-06-14", verify.Link)
	v, err := o.Check(ctx, c.Code)
	if err != nil || v.Status != verify.Valid || v.Name != "Maya Lindqvist" || v.Consent != verify.Link || v.CheckedAt.IsZero() || v.Granted() != c.GrantedAt {
		t.Errorf("Check: %+v, %v", v, err)
	}
	if c.Holder.ID == stored.Holder.ID {
		t.Error("a holder given by name alone is a new one, namesakes are not one person")
	}
}

func TestGrantRefuses(t *testing.T) {
	o := newOffice(t)
	organisation := o.must(o.Grant(ctx, by, verify.Grant{Certification: "partner", Holder: verify.GrantHolder{ExternalID: "acme", Name: "Acme", Kind: verify.Organisation}})).Holder
	person := o.granted("", verify.Private).Holder
	long := strings.Repeat("x", 2001)
	for name, c := range map[string]struct {
		spoil         func(g *verify.Grant)
		field, reason string
	}{
		"unknown certification":  {func(g *verify.Grant) { g.Certification = "nope" }, "certification", "certification_unknown"},
		"no certification":       {func(g *verify.Grant) { g.Certification = "" }, "certification", "certification_unknown"},
		"closed (rule 9)":        {func(g *verify.Grant) { g.Certification = "design" }, "certification", "certification_closed"},
		"discontinued (rule 9)":  {func(g *verify.Grant) { g.Certification = "old" }, "certification", "certification_closed"},
		"unknown edition":        {func(g *verify.Grant) { g.Edition = "2999" }, "edition", "edition_unknown"},
		"legacy (rule 5)":        {func(g *verify.Grant) { g.Edition = "IMU" }, "edition", "edition_unknown"},
		"unknown kind":           {func(g *verify.Grant) { g.Holder.Kind = "robot" }, "holder.kind", "kind_unknown"},
		"organisation (rule 32)": {func(g *verify.Grant) { g.Holder.Kind = verify.Organisation }, "holder.kind", "organisation_not_allowed"},
		"known organisation (rule 32)": {func(g *verify.Grant) { g.Holder = verify.GrantHolder{ID: organisation.ID, Name: "Acme"} },
			"holder.kind", "organisation_not_allowed"},
		"organisation of an organisation": {func(g *verify.Grant) {
			g.Certification, g.Holder.Kind, g.Organisation = "partner", verify.Organisation, &verify.Employer{Name: "Acme"}
		}, "organisation", "organisation_of_organisation"},
		"organisation of a known organisation": {func(g *verify.Grant) {
			g.Certification, g.Holder, g.Organisation = "partner", verify.GrantHolder{ExternalID: "acme", Name: "Acme"}, &verify.Employer{Name: "Acme"}
		}, "organisation", "organisation_of_organisation"},
		"no name (rule 31)": {func(g *verify.Grant) { g.Holder.Name = " " }, "holder.name", "name_empty"},
		"scripts mixed":     {func(g *verify.Grant) { g.Holder.Name = "Mаnnа аnn" }, "holder.name", "name_mixed"},
		"language":          {func(g *verify.Grant) { g.Holder.Lang = "no language" }, "holder.lang", "lang_shape"},
		"email":             {func(g *verify.Grant) { g.Holder.Email = "maya" }, "holder.email", "email_shape"},
		"other kind": {func(g *verify.Grant) {
			g.Certification = "partner"
			g.Holder = verify.GrantHolder{ID: person.ID, Name: person.Name, Kind: verify.Organisation}
		}, "holder.kind", "kind_differs"},
		"unknown holder":           {func(g *verify.Grant) { g.Holder.ID = "nobody" }, "holder.id", "holder_unknown"},
		"two holders":              {func(g *verify.Grant) { g.Holder = verify.GrantHolder{ID: person.ID, ExternalID: "acme", Name: "Acme"} }, "holder.external_id", "holder_differs"},
		"tomorrow":                 {func(g *verify.Grant) { g.GrantedAt = o.day("2014-11-24") }, "granted_at", "day_future"},
		"before 2000":              {func(g *verify.Grant) { g.GrantedAt = o.day("1999-12-31") }, "granted_at", "day_early"},
		"no consent":               {func(g *verify.Grant) { g.Consent = "yes" }, "consent", "consent_unknown"},
		"no channel":               {func(g *verify.Grant) { g.Consent, g.Channel = verify.Link, "dove" }, "channel", "channel_unknown"},
		"no expiry":                {func(g *verify.Grant) { g.ExpiresAt = "soon" }, "expires_at", "expires_shape"},
		"expiry without a zone":    {func(g *verify.Grant) { g.ExpiresAt = "2015-07-31T23:59:59" }, "expires_at", "expires_shape"},
		"expiry in the year 10000": {func(g *verify.Grant) { g.ExpiresAt = "9999-12-31T23:59:59-12:00" }, "expires_at", "expires_shape"},
		"expiry before the grant (rule 25)": {func(g *verify.Grant) { g.GrantedAt, g.ExpiresAt = o.day("2014-06-14"), "2014-06-13" },
			"expires_at", "expires_early"},
		"instant before the grant (rule 25)": {func(g *verify.Grant) { g.GrantedAt, g.ExpiresAt = o.day("2014-06-14"), "2014-06-13T23:59:59Z" },
			"expires_at", "expires_early"},
		"backed by nobody (rule 45)":          {func(g *verify.Grant) { g.BackedBy = []string{person.ID, "nobody"} }, "backed_by", "backed_by_unknown"},
		"backed by an organisation (rule 45)": {func(g *verify.Grant) { g.BackedBy = []string{organisation.ID} }, "backed_by", "backed_by_unknown"},
		"long external id":                    {func(g *verify.Grant) { g.ExternalID = long[:256] }, "external_id", "text_shape"},
		"external id with a control":          {func(g *verify.Grant) { g.ExternalID = "a\x00b" }, "external_id", "text_control"},
		"external id with a control of C1":    {func(g *verify.Grant) { g.ExternalID = "a\u009bb" }, "external_id", "text_control"},
		"holder's external id turned round":   {func(g *verify.Grant) { g.Holder.ExternalID = "a\u202eb" }, "holder.external_id", "text_control"},
		"evidence with a separator":           {func(g *verify.Grant) { g.Evidence = "a\u2028b" }, "evidence", "text_control"},
		"override of two lines":               {func(g *verify.Grant) { g.Override = "a\nb" }, "override.reason", "text_control"},
		"organisation's id with an isolate":   {func(g *verify.Grant) { g.Organisation = &verify.Employer{Name: "A", ID: "\u2066"} }, "organisation.id", "text_control"},
		"organisation's external id, deleted": {func(g *verify.Grant) { g.Organisation = &verify.Employer{Name: "A", ExternalID: "\x7f"} }, "organisation.external_id", "text_control"},
		"e-mail with a control of C1":         {func(g *verify.Grant) { g.Holder.Email = "a\u0085@example.org" }, "holder.email", "email_shape"},
		"e-mail turned round":                 {func(g *verify.Grant) { g.Holder.Email = "a\u202e@example.org" }, "holder.email", "email_shape"},
		"holder's long external id":           {func(g *verify.Grant) { g.Holder.ExternalID = long[:256] }, "holder.external_id", "text_shape"},
		"long evidence":                       {func(g *verify.Grant) { g.Evidence = long }, "evidence", "text_shape"},
		"long override":                       {func(g *verify.Grant) { g.Override = long }, "override.reason", "text_shape"},
		"organisation without a name":         {func(g *verify.Grant) { g.Organisation = &verify.Employer{ID: "x"} }, "organisation.name", "name_empty"},
		"organisation's long id":              {func(g *verify.Grant) { g.Organisation = &verify.Employer{Name: "A", ID: long} }, "organisation.id", "text_shape"},
		"organisation's long external id":     {func(g *verify.Grant) { g.Organisation = &verify.Employer{Name: "A", ExternalID: long} }, "organisation.external_id", "text_shape"},
	} {
		g := verify.Grant{Certification: "inbound", Holder: verify.GrantHolder{Name: "Maya Lindqvist"}}
		c.spoil(&g)
		before := o.store.commits.Load()
		_, err := o.Grant(ctx, by, g)
		refused(t, name, err, c.field, c.reason)
		if o.store.commits.Load() != before {
			t.Errorf("%s: something was written", name)
		}
	}
	// an override lets a mixture of scripts through
	o.must(o.Grant(ctx, by, verify.Grant{Certification: "inbound", Holder: verify.GrantHolder{Name: "Mаnnа аnn"}, Override: "it is her name"}))
}

// Days are days of the issuer's zone; from 2000-01-01 to today, today unless said.
func TestGrantDay(t *testing.T) {
	for _, c := range []struct{ zone, now, today string }{
		{"UTC", "2014-11-23T00:00:00Z", "2014-11-23"},
		{"UTC", "2014-11-22T23:59:59Z", "2014-11-22"},
		{"Pacific/Auckland", "2014-11-22T11:00:00Z", "2014-11-23"},
		{"America/New_York", "2014-11-23T04:59:59Z", "2014-11-22"},
	} {
		o := newOffice(t, inZone(t, c.zone))
		o.at(c.now)
		if got := o.granted("", verify.Private).GrantedAt; got != o.day(c.today) {
			t.Errorf("%s at %s: today is %s, want %s", c.zone, c.now, got, c.today)
		}
		o.granted(c.today, verify.Private)
		o.granted("2000-01-01", verify.Private)
		tomorrow := verify.DayOf(time.Date(2014, 11, o.day(c.today).Day+1, 12, 0, 0, 0, time.UTC), time.UTC)
		_, err := o.Grant(ctx, by, verify.Grant{Certification: "inbound", Holder: verify.GrantHolder{Name: "Maya"}, GrantedAt: tomorrow})
		refused(t, c.zone+": tomorrow", err, "granted_at", "day_future")
	}
}

// An explicit date overrides the rule, earlier or later (rule 25).
func TestGrantExplicitExpiryRule25(t *testing.T) {
	for _, c := range []struct{ zone, expires, want string }{
		{"UTC", "2013-12-31", "2013-12-31T23:59:59Z"},
		{"America/New_York", "2013-12-31", "2014-01-01T04:59:59Z"},
		{"America/New_York", "2014-11-02", "2014-11-03T04:59:59Z"}, // the day clocks go back
		{"Europe/Berlin", "2013-12-31T12:00:00-08:00", "2013-12-31T20:00:00Z"},
		{"UTC", "2013-12-31T12:00:00.999Z", "2013-12-31T12:00:00Z"},
		{"UTC", "2013-06-14", "2013-06-14T23:59:59Z"}, // the day of the grant
		{"America/New_York", "2013-06-14T03:00:00-04:00", "2013-06-14T07:00:00Z"},
		{"UTC", "2040-01-01", "2040-01-01T23:59:59Z"},
		{"America/New_York", "9999-12-31", "10000-01-01T04:59:59Z"},
	} {
		o := newOffice(t, inZone(t, c.zone))
		made := o.must(o.Grant(ctx, by, verify.Grant{Certification: "inbound", Holder: verify.GrantHolder{Name: "Maya"}, GrantedAt: o.day("2013-06-14"), ExpiresAt: c.expires})).Credential
		stored, err := o.Credential(ctx, made.Code)
		if err != nil {
			t.Fatal(err)
		}
		for _, got := range []verify.Credential{made, stored} {
			if at := got.ExpiresAt.UTC().Format(time.RFC3339); at != c.want || !got.Periods[0].Explicit || !got.Periods[0].ExpiresAt.Equal(got.ExpiresAt) || got.ExpiresAt.Nanosecond() != 0 {
				t.Errorf("%s in %s: %s %+v, want %s", c.expires, c.zone, at, got.Periods, c.want)
			}
		}
	}
}

// The reason for an explicit date is recorded with its period, where it was given; that of another rule is not (rule 25).
func TestGrantExplicitExpiryReasonRule25(t *testing.T) {
	for _, c := range []struct{ expires, override, want string }{{"2015-12-31", "a pilot group", "a pilot group"}, {"2015-12-31", "", ""}, {"", "so in the passport", ""}} {
		o := newOffice(t)
		made := o.must(o.Grant(ctx, by, verify.Grant{Certification: "inbound", Holder: verify.GrantHolder{Name: "Maya"}, ExpiresAt: c.expires, Override: c.override})).Credential
		stored, err := o.Credential(ctx, made.Code)
		if err != nil || stored.Periods[0].Reason != c.want || made.Periods[0].Reason != c.want || stored.Override != c.override {
			t.Errorf("%+v: %+v, %v", c, stored, err)
		}
	}
}

// Not before the day of the grant, which is a day of the zone.
func TestGrantExplicitExpiryEarly(t *testing.T) {
	for _, c := range []struct {
		zone, expires string
		ok            bool
	}{
		{"America/New_York", "2013-06-14T03:59:59Z", false}, {"America/New_York", "2013-06-14T04:00:00Z", true},
		{"Pacific/Auckland", "2013-06-13T11:59:59Z", false}, {"Pacific/Auckland", "2013-06-13T12:00:00Z", true},
	} {
		o := newOffice(t, inZone(t, c.zone))
		_, err := o.Grant(ctx, by, verify.Grant{Certification: "inbound", Holder: verify.GrantHolder{Name: "Maya"}, GrantedAt: o.day("2013-06-14"), ExpiresAt: c.expires})
		if c.ok && err != nil {
			t.Errorf("%+v: %v", c, err)
		} else if !c.ok {
			refused(t, c.expires, err, "expires_at", "expires_early")
		}
	}
}

func TestGrantHolder(t *testing.T) {
	o := newOffice(t)
	grant := func(certification string, h verify.GrantHolder) (verify.Result, error) {
		return o.Grant(ctx, by, verify.Grant{Certification: certification, Holder: h})
	}
	maya := o.must(grant("inbound", verify.GrantHolder{ExternalID: "p7", Name: "Maya Lindqvist", Lang: "sv"})).Holder
	byID := o.must(grant("partner", verify.GrantHolder{ID: maya.ID, Name: " Maya  Lindqvist"}))
	byExternal := o.must(grant("partner", verify.GrantHolder{ExternalID: "p7", Name: "Maya Lindqvist", Lang: "de", Email: "x@example.org"}))
	byBoth := o.must(grant("partner", verify.GrantHolder{ID: maya.ID, ExternalID: "p7", Name: "Maya Lindqvist", Kind: verify.Person}))
	for _, r := range []verify.Result{byID, byExternal, byBoth} {
		if r.Holder != maya || r.Credential.Holder != maya || !r.Created {
			t.Errorf("%+v, want %+v", r.Holder, maya)
		}
	}
	r, err := o.Holder(ctx, maya.ID)
	if err != nil || r.Holder != maya || len(r.Codes) != 4 || r.Codes[3] != byBoth.Credential.Code {
		t.Errorf("Holder: %+v, %v", r, err)
	}
	for _, h := range []verify.GrantHolder{{ID: maya.ID, Name: "Maja Lindqvist"}, {ExternalID: "p7", Name: "Maja Lindqvist"}} {
		_, err := grant("inbound", h)
		is(t, "another name", err, verify.ErrHolderName)
	}
	if _, err := o.Holder(ctx, "nobody"); !errors.Is(err, verify.ErrNotFound) {
		t.Errorf("Holder of no id: %v", err)
	}
}

// Rule 45: the persons whose passes back an organisation's credential are recorded.
func TestGrantOrganisationRule45(t *testing.T) {
	o := newOffice(t)
	maya := o.granted("", verify.Private).Holder
	c := o.must(o.Grant(ctx, by, verify.Grant{Certification: "partner", Consent: verify.Public, BackedBy: []string{maya.ID},
		Holder: verify.GrantHolder{Name: "Acme", Kind: verify.Organisation}})).Credential
	v, err := o.Check(ctx, c.Code)
	if err != nil || v.Kind != verify.Organisation || v.Name != "Acme" || c.Tier != "" || !slices.Equal(c.BackedBy, []string{maya.ID}) {
		t.Errorf("%+v, %+v, %v", v, c, err)
	}
}

// The same external id with the same facts is the same credential; with others it is taken.
func TestGrantExternalID(t *testing.T) {
	o := newOffice(t)
	maya := o.granted("", verify.Private).Holder
	facts := func() verify.Grant {
		return verify.Grant{Certification: "partner", Edition: "2014", GrantedAt: o.day("2014-06-14"), ExpiresAt: "2015-01-01", ExternalID: "row 7",
			Holder: verify.GrantHolder{ExternalID: "p7", Name: "Anna", Kind: verify.Person}, Organisation: &verify.Employer{Name: "Acme"}, BackedBy: []string{maya.ID}}
	}
	first := o.must(o.Grant(ctx, by, facts())).Credential
	same := map[string]func(g *verify.Grant){
		"as it was":       func(*verify.Grant) {},
		"spelt otherwise": func(g *verify.Grant) { g.Holder.Name, g.Organisation.Name = " Anna ", "Acme  " },
		"by our id":       func(g *verify.Grant) { g.Holder = verify.GrantHolder{ID: first.Holder.ID, Name: "Anna"} },
		"with fewer facts": func(g *verify.Grant) {
			*g = verify.Grant{Certification: "partner", ExternalID: "row 7", Holder: verify.GrantHolder{Name: "Anna"}}
		},
		"by the same end":   func(g *verify.Grant) { g.ExpiresAt = "2015-01-01T23:59:59Z" },
		"consent, evidence": func(g *verify.Grant) { g.Consent, g.Evidence = verify.Public, "letter" },
	}
	for name, change := range same {
		g := facts()
		change(&g)
		r, err := o.Grant(ctx, by, g)
		if err != nil || r.Created || !reflect.DeepEqual(r.Credential, first) {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
	for name, change := range map[string]func(g *verify.Grant){
		"certification":  func(g *verify.Grant) { g.Certification, g.Edition = "inbound", "" },
		"name":           func(g *verify.Grant) { g.Holder = verify.GrantHolder{Name: "Anne"} },
		"another person": func(g *verify.Grant) { g.Holder.ExternalID = "p8" },
		"day":            func(g *verify.Grant) { g.GrantedAt = o.day("2014-06-15") },
		"expiry":         func(g *verify.Grant) { g.ExpiresAt = "2015-01-02" },
		"organisation":   func(g *verify.Grant) { g.Organisation.Name = "Ajax" },
		"backing":        func(g *verify.Grant) { g.BackedBy = []string{first.Holder.ID} },
	} {
		g := facts()
		change(&g)
		_, err := o.Grant(ctx, by, g)
		is(t, name, err, verify.ErrExternalIDTaken)
	}
	edition := verify.Grant{Certification: "inbound", Edition: "2013", ExternalID: "row 8", Holder: verify.GrantHolder{Name: "Anna"}}
	o.must(o.Grant(ctx, by, edition))
	edition.Edition = "2014"
	_, err := o.Grant(ctx, by, edition)
	is(t, "edition", err, verify.ErrExternalIDTaken)
	if a := o.audit(); len(a) != 3 {
		t.Errorf("repeats are in the audit: %+v", a)
	}
	// what has changed since does not make it another
	o.must(o.Renew(ctx, by, first.Code, verify.Renewal{}))
	o.must(o.Revoke(ctx, by, first.Code, ""))
	if r, err := o.Grant(ctx, by, facts()); err != nil || r.Created || r.Credential.Code != first.Code || r.Credential.Version != 3 {
		t.Errorf("after renewal and revocation: %+v, %v", r, err)
	}
	// nor does the end of the certification (rule 9)
	closed := *catalogue
	closed.Certifications = slices.Clone(catalogue.Certifications)
	closed.Certifications[1].State = verify.Closed
	shut, err := verify.NewRegistry(verify.RegistryConfig{Store: o.store, Catalogue: &closed, Zone: time.UTC, Now: o.Now, Rand: rand.Reader, CleanName: clean, Secret: secret})
	if err != nil {
		t.Fatal(err)
	}
	if r, err := shut.Grant(ctx, by, facts()); err != nil || r.Credential.Code != first.Code {
		t.Errorf("after the certification was closed: %+v, %v", r, err)
	}
}

// A code that exists is not given again: another is drawn.
func TestGrantDrawsAnotherCode(t *testing.T) {
	draw := func(id, code, holder byte) []byte {
		return slices.Concat(bytes.Repeat([]byte{id}, 10), bytes.Repeat([]byte{code}, 11), bytes.Repeat([]byte{holder}, 10))
	}
	o := newOffice(t, withRandom(bytes.NewReader(slices.Concat(draw(1, 1, 1), draw(2, 1, 2), draw(3, 1, 3), draw(4, 4, 4)))))
	one, two := o.granted("", verify.Link), o.granted("", verify.Link)
	if one.Code == two.Code || two.Code[0] != '4' || one.Holder.ID == two.Holder.ID {
		t.Errorf("%s and %s", one.Code, two.Code)
	}
	_, err := o.Grant(ctx, by, verify.Grant{Certification: "inbound", Holder: verify.GrantHolder{Name: "Maya"}})
	is(t, "no more chance", err, io.EOF)
}
