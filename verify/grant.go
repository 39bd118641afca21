package verify

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strconv"
)

// Grant is a credential to be granted.
type Grant struct {
	Certification string
	Edition       string // empty: the newest
	Holder        GrantHolder
	GrantedAt     Day     // zero: today
	ExpiresAt     string  // day or instant; empty: by the certification's validity
	Consent       Consent // empty: private
	Channel       string  // how the consent came; empty: api
	Evidence      string
	ExternalID    string // the issuer's own id of the credential: a repeat with the same facts is harmless
	Organisation  *Employer
	BackedBy      []string // holders whose passes back an organisation's credential (rule 45)
	Override      string   // why a rule is set aside; kept with the credential
}

// GrantHolder names the holder: by our id, by the issuer's, or anew.
type GrantHolder struct {
	ID, ExternalID, Name string
	Kind                 Kind // empty: as the holder is, person for a new one
	Lang, Email          string
}

// Grant grants a certification to a holder. A holder found by id or external id keeps its language and address;
// another name is ErrHolderName. The same external id with the same facts is the existing credential, with
// Created false; with other facts ErrExternalIDTaken.
func (r *Registry) Grant(ctx context.Context, call Call, g Grant) (Result, error) {
	made, err := r.draft(g)
	if err != nil {
		return Result{}, err
	}
	return retry(func() (Result, error) {
		w, result, err := r.grant(ctx, call, g, made)
		if err != nil {
			return Result{}, err
		}
		if !result.Created {
			return r.unchanged(ctx, call, result)
		}
		return r.commit(ctx, call, w, result)
	})
}

// draft checks all that can be said without the store and returns the credential without its ids.
func (r *Registry) draft(g Grant) (c Credential, err error) {
	certification, ok := r.Catalogue.Find(g.Certification)
	if !ok {
		return c, refuse("certification", "certification_unknown")
	}
	edition := certification.Newest()
	if g.Edition != "" {
		if edition, ok = certification.Edition(g.Edition); !ok {
			return c, refuse("edition", "edition_unknown")
		}
	}
	if g.Holder.Kind != "" && g.Holder.Kind != Person && g.Holder.Kind != Organisation {
		return c, refuse("holder.kind", "kind_unknown")
	}
	if g.Consent == "" {
		g.Consent = Private
	}
	if err := checkConsent(g.Consent, g.Channel); err != nil {
		return c, err
	}
	if g.GrantedAt.IsZero() {
		g.GrantedAt = r.today()
	}
	if g.GrantedAt.Before(Day{2000, 1, 1}) {
		return c, refuse("granted_at", "day_early", "day", "2000-01-01")
	}
	if r.today().Before(g.GrantedAt) {
		return c, refuse("granted_at", "day_future", "day", r.today().String())
	}
	period := Period{From: g.GrantedAt, Edition: edition.Name, ExpiresAt: certification.Validity.Expiry(g.GrantedAt, r.Zone)}
	if g.ExpiresAt != "" {
		if period.ExpiresAt, err = r.expiresAt(g.ExpiresAt, g.GrantedAt); err != nil {
			return c, err
		}
		period.Explicit, period.Reason = true, g.Override // rule 25
	}
	h := Holder{ID: g.Holder.ID, ExternalID: g.Holder.ExternalID, Kind: g.Holder.Kind}
	if h.Name, err = r.name(g.Holder.Name, g.Override != "", "holder.name"); err != nil { // rule 31
		return c, err
	}
	if h.Lang, err = checkLang(g.Holder.Lang, "holder.lang"); err != nil {
		return c, err
	}
	if h.Email, err = checkEmail(g.Holder.Email, "holder.email"); err != nil {
		return c, err
	}
	if g.Organisation != nil {
		own := *g.Organisation
		if own.Name, err = r.name(own.Name, true, "organisation.name"); err != nil {
			return c, err
		}
		if err := checkLength("organisation.id", own.ID, maxExternalID); err != nil {
			return c, err
		}
		if err := checkLength("organisation.external_id", own.ExternalID, maxExternalID); err != nil {
			return c, err
		}
		g.Organisation = &own
	}
	for _, text := range []error{
		checkLength("external_id", g.ExternalID, maxExternalID), checkLength("holder.external_id", g.Holder.ExternalID, maxExternalID),
		checkText("evidence", g.Evidence), checkText("override.reason", g.Override),
	} {
		if text != nil {
			return c, text
		}
	}
	return Credential{
		Version: 1, Certification: g.Certification, Edition: edition.Name, Holder: h,
		GrantedAt: g.GrantedAt, ExpiresAt: period.ExpiresAt, Consent: g.Consent, ExternalID: g.ExternalID,
		Organisation: g.Organisation, BackedBy: slices.Clone(g.BackedBy), Periods: []Period{period},
		Override: g.Override, Evidence: g.Evidence, Terms: r.Terms,
	}, nil
}

// grant finds or makes the holder and completes the draft.
func (r *Registry) grant(ctx context.Context, call Call, g Grant, c Credential) (Write, Result, error) {
	var w Write
	known, found, err := r.findHolder(ctx, g.Holder)
	if err != nil {
		return w, Result{}, err
	}
	if found {
		if known.Name != c.Holder.Name {
			return w, Result{}, ErrHolderName
		}
		if c.Holder.Kind != "" && c.Holder.Kind != known.Kind {
			return w, Result{}, refuse("holder.kind", "kind_differs")
		}
		c.Holder = known
	} else if c.Holder.Kind == "" {
		c.Holder.Kind = Person
	}
	certification, _ := r.Catalogue.Find(g.Certification)
	switch {
	case c.Holder.Kind == Organisation && !certification.Organisation: // rule 32
		return w, Result{}, refuse("holder.kind", "organisation_not_allowed", "certification", certification.Title)
	case c.Holder.Kind == Organisation && c.Organisation != nil:
		return w, Result{}, refuse("organisation", "organisation_of_organisation")
	}
	if g.ExternalID != "" {
		switch old, err := r.Store.CredentialByExternalID(ctx, g.ExternalID); {
		case err == nil && sameFacts(old, c, g):
			return w, Result{Credential: old, Holder: old.Holder}, nil
		case err == nil:
			return w, Result{}, ErrExternalIDTaken
		case !errors.Is(err, ErrNotFound):
			return w, Result{}, err
		}
	}
	if certification.State != Open { // after the look for a repeat: what was granted stays granted (rule 9)
		return w, Result{}, refuse("certification", "certification_closed")
	}
	for i, id := range c.BackedBy {
		if h, _, err := r.Store.Holder(ctx, id); errors.Is(err, ErrNotFound) || err == nil && h.Kind != Person {
			return w, Result{}, refuse("backed_by", "backed_by_unknown", "place", strconv.Itoa(i+1))
		} else if err != nil {
			return w, Result{}, err
		}
	}
	if c.ID, err = r.newID(); err != nil {
		return w, Result{}, err
	}
	if c.Code, err = NewCode(r.Rand); err != nil {
		return w, Result{}, err
	}
	if !found {
		if c.Holder.ID, err = r.newID(); err != nil {
			return w, Result{}, err
		}
		c.Holder.Version = 1
		h := c.Holder
		w.Holder = &h
	}
	detail := map[string]string{"certification": c.Certification, "consent": string(c.Consent)}
	if g.Override != "" {
		detail["override"] = "on record" // in the credential: words may name people, and the audit outlives them
	}
	if c.Consent != Private {
		detail["channel"] = g.Channel
		if g.Channel == "" {
			detail["channel"] = "api"
		}
	}
	w.Credentials = []Credential{c}
	w.Audit = []Entry{{At: r.now(), By: call.By, Action: "grant", Code: c.Code, Holder: c.Holder.ID, Detail: detail}}
	return w, Result{Credential: c, Holder: c.Holder, Created: true}, nil
}

// findHolder finds a holder by our id, which must be there, or by the issuer's, which may not.
func (r *Registry) findHolder(ctx context.Context, g GrantHolder) (Holder, bool, error) {
	id := g.ID
	if g.ExternalID != "" {
		byExternal, err := r.Store.HolderByExternalID(ctx, g.ExternalID)
		switch {
		case errors.Is(err, ErrNotFound) && id == "":
			return Holder{}, false, nil
		case err != nil && !errors.Is(err, ErrNotFound):
			return Holder{}, false, err
		case id != "" && byExternal != id:
			return Holder{}, false, refuse("holder.external_id", "holder_differs")
		}
		id = byExternal
	}
	if id == "" {
		return Holder{}, false, nil
	}
	h, _, err := r.Store.Holder(ctx, id)
	if errors.Is(err, ErrNotFound) {
		return Holder{}, false, refuse("holder.id", "holder_unknown")
	}
	return h, err == nil, err
}

// sameFacts reports whether a repeated grant asks for what the credential was granted as. What was not said
// the second time is not compared, and neither is what may have changed since.
func sameFacts(old, c Credential, g Grant) bool {
	return old.Certification == c.Certification && old.Holder.Name == c.Holder.Name &&
		(c.Holder.ID == "" || old.Holder.ID == c.Holder.ID) &&
		(g.Holder.ExternalID == "" || old.Holder.ExternalID == g.Holder.ExternalID) &&
		(g.Holder.Kind == "" || old.Holder.Kind == g.Holder.Kind) &&
		(g.GrantedAt.IsZero() || old.GrantedAt == c.GrantedAt) &&
		(g.Edition == "" || old.Periods[0].Edition == c.Edition) &&
		(g.ExpiresAt == "" || old.Periods[0].ExpiresAt.Equal(c.ExpiresAt)) &&
		(g.Organisation == nil || reflect.DeepEqual(old.Organisation, c.Organisation)) &&
		(len(g.BackedBy) == 0 || slices.Equal(old.BackedBy, c.BackedBy))
}
