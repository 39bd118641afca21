package verify

import (
	"context"
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
)

// Errors of the Registry, beside those of the Store.
var (
	ErrState           = errors.New("the credential's state does not allow this")
	ErrVersion         = errors.New("the credential has changed since that version")
	ErrExternalIDTaken = errors.New("the external id belongs to other facts")
	ErrHolderName      = errors.New("the holder is known under another name; renaming has its own call")
	ErrMismatch        = errors.New("the idempotency key was used for another request")
	ErrErased          = errors.New("what the idempotency key was used for has been erased")
)

// Refused is an error about a value that a rule refuses.
type Refused struct {
	Field  string   // as in the API, such as holder.name
	Reason string   // the key of the words is "refused." and Reason
	Args   []string // names and values for the words
}

func (r *Refused) Error() string {
	return fmt.Sprintf("%s: %s %s", r.Field, r.Reason, strings.Join(r.Args, " "))
}

func refuse(field, reason string, args ...string) error { return &Refused{field, reason, args} }

// RegistryConfig is what a Registry needs. All but Terms and Version must be set.
type RegistryConfig struct {
	Store     Store
	Catalogue *Catalogue
	Zone      *time.Location // the issuer's: ends of days, today
	Now       func() time.Time
	Rand      io.Reader // cryptographic
	// CleanName returns a name as it is kept, or a *Refused without a Field. anyScript allows look-alike
	// mixtures of scripts. Which names can be drawn is not for this package to know.
	CleanName func(name string, anyScript bool) (string, error)
	Secret    []byte // root secret, TESTAMUR_SECRET
	Terms     string // version of the terms in force (rule 68)
	Version   string // of the program, for backups
}

// Registry grants credentials and says what they are. It is safe for concurrent use; what it knows stands in the
// Store.
type Registry struct {
	RegistryConfig
	keys        *keyring
	backup      []byte       // key of the MACs of a backup
	fingerprint string       // of the secret
	calm        sync.RWMutex // held for reading by every change of credentials, and by a backup that changes outrun
}

// NewRegistry returns a Registry over a store.
func NewRegistry(c RegistryConfig) (*Registry, error) {
	if c.Store == nil || c.Catalogue == nil || c.Zone == nil || c.Now == nil || c.Rand == nil || c.CleanName == nil {
		return nil, errors.New("verify: a registry needs all of its configuration")
	}
	if len(c.Secret) < 32 {
		return nil, fmt.Errorf("verify: the secret has %d bytes; 32 or more are needed", len(c.Secret))
	}
	r := &Registry{RegistryConfig: c, keys: newKeyring(c.Secret), backup: derive(c.Secret, backupPurpose), fingerprint: fingerprint(c.Secret)}
	r.Secret = nil // what is derived from it is enough; the root stays with the caller
	return r, nil
}

// Check says what a credential is now. Hidden and unknown codes are ErrNotFound alike: both are one missing
// public record. It is one read of the store.
func (r *Registry) Check(ctx context.Context, code Code) (Verdict, error) {
	return r.verdict(r.Store.Record(ctx, code))
}

// CheckRecent is Check for pictures: of a record that may be up to a second old.
func (r *Registry) CheckRecent(ctx context.Context, code Code) (Verdict, error) {
	return r.verdict(r.Store.Recent(ctx, code))
}

func (r *Registry) verdict(record Record, err error) (Verdict, error) {
	if err != nil {
		return Verdict{}, err
	}
	now := r.Now()
	v := Verdict{Record: record, Status: record.StatusAt(now), CheckedAt: now}
	if v.Status != Valid {
		v.Tier = "" // rule 54
	}
	return v, nil
}

// Credential returns the full record, for the issuer.
func (r *Registry) Credential(ctx context.Context, code Code) (Credential, error) {
	return r.Store.Credential(ctx, code)
}

// Holder returns a holder and the codes of its credentials.
func (r *Registry) Holder(ctx context.Context, id string) (Result, error) {
	h, codes, err := r.Store.Holder(ctx, id)
	return Result{Holder: h, Codes: codes}, err
}

// Call is who asks for a change, and on what condition.
type Call struct {
	By       string  // for the audit: id of the API key, "setting" or "program"
	Versions []int64 // those that the caller takes (If-Match); none is any
	Once     *Once   // nil without an Idempotency-Key
}

// takes reports whether the caller takes a version.
func (c Call) takes(version int64) bool {
	return len(c.Versions) == 0 || slices.Contains(c.Versions, version)
}

// Once makes a repeat of a call harmless: the answer is kept in the same transaction as the change.
type Once struct {
	Key     string   // API key's id and the caller's key; not stored, since callers may write anything into it
	Request [32]byte // SHA-256 of what was asked
	// Answer makes the answer to keep; the registry fills in Key, Request, At and Holder.
	Answer func(Result) Reply
}

// Result is what a change left.
type Result struct {
	Credential Credential // zero after a change of a holder
	Holder     Holder
	Codes      []Code // of the holder, after a change of a holder
	Key        Key    // after NewKey
	Token      string // of the new key: for this one answer, never in Once.Answer
	Created    bool
}

// Replay returns the answer kept under an idempotency key: ErrNotFound where there is none, ErrMismatch where it
// answered another request, ErrErased where its holder has been erased since.
func (r *Registry) Replay(ctx context.Context, key string, request [32]byte) (Reply, error) {
	kept, err := r.Store.Reply(ctx, r.keys.once(key), r.Now())
	switch {
	case err != nil:
		return Reply{}, err
	case kept.Gone: // whatever is asked now: doing it would bring the person back
		return Reply{}, ErrErased
	case kept.Request != request:
		return Reply{}, ErrMismatch
	}
	return kept, nil
}

// tries bounds how often a change is made anew because something else changed first. Each conflict is another
// change that succeeded, so this many can meet on one credential at once and all succeed.
const tries = 32

// commit writes a change with its kept answer.
func (r *Registry) commit(ctx context.Context, call Call, w Write, result Result) (Result, error) {
	if call.Once != nil {
		kept := call.Once.Answer(result)
		kept.Key, kept.Request, kept.At, kept.Holder = r.keys.once(call.Once.Key), call.Once.Request, r.Now(), result.Holder.ID
		w.Once = &kept
	}
	r.calm.RLock()
	defer r.calm.RUnlock()
	if err := r.Store.Commit(ctx, w); err != nil {
		return Result{}, err
	}
	return result, nil
}

// unchanged answers a call that changes nothing: only its kept answer is written. Without one, nothing is; but what the
// answer tells of may have been written by a call whose caller was told that it is not confirmed yet.
func (r *Registry) unchanged(ctx context.Context, call Call, result Result) (Result, error) {
	return r.commit(ctx, call, Write{}, result)
}

// retry makes a change anew while it meets ErrConflict. A caller who has gone is noticed by the store.
func retry(do func() (Result, error)) (result Result, err error) {
	for range tries {
		if result, err = do(); !errors.Is(err, ErrConflict) {
			return result, err
		}
	}
	return result, err
}

// now is the clock's second: stored instants have no fractions.
func (r *Registry) now() time.Time { return r.Now().Truncate(time.Second) }

func (r *Registry) today() Day { return DayOf(r.Now(), r.Zone) }

// newID draws 16 symbols of base 32.
func (r *Registry) newID() (string, error) {
	var raw [10]byte
	if _, err := io.ReadFull(r.Rand, raw[:]); err != nil {
		return "", fmt.Errorf("new id: %w", err)
	}
	return strings.ToLower(base32.StdEncoding.EncodeToString(raw[:])), nil
}

// change reads a credential, lets do change it and writes it with its audit entry. do returns false where there
// is nothing to change.
func (r *Registry) change(ctx context.Context, call Call, code Code, action string, do func(*Credential) (detail map[string]string, changed bool, err error)) (Result, error) {
	return retry(func() (Result, error) {
		c, err := r.Store.Credential(ctx, code)
		if err != nil {
			return Result{}, err
		}
		if !call.takes(c.Version) {
			return Result{}, ErrVersion
		}
		detail, changed, err := do(&c)
		if err != nil {
			return Result{}, err
		}
		if !changed {
			return r.unchanged(ctx, call, Result{Credential: c, Holder: c.Holder})
		}
		c.Version++
		w := Write{Credentials: []Credential{c}, Audit: []Entry{{At: r.now(), By: call.By, Action: action, Code: c.Code, Holder: c.Holder.ID, Detail: detail}}}
		if c.Code != code {
			w.Recode = code
		}
		return r.commit(ctx, call, w, Result{Credential: c, Holder: c.Holder})
	})
}

// Renewal is a renewal to be made (rules 26 and 27).
type Renewal struct {
	RenewedAt Day    // zero: today
	Edition   string // empty: the newest
	ExpiresAt string // day or instant; empty: by the certification's validity
	Reason    string
}

// Renew opens a new period of validity, from the day of renewal and not from the old expiry (rule 27). It never
// shortens the current one: an explicit expiry that would is refused. A revoked or suspended credential, or one of a
// discontinued certification, is ErrState. Renewed already to the same day, edition and expiry, nothing changes.
func (r *Registry) Renew(ctx context.Context, call Call, code Code, n Renewal) (Result, error) {
	if err := checkText("reason", n.Reason); err != nil {
		return Result{}, err
	}
	return r.change(ctx, call, code, "renew", func(c *Credential) (map[string]string, bool, error) {
		if !c.RevokedAt.IsZero() || !c.SuspendedAt.IsZero() {
			return nil, false, fmt.Errorf("renew: %w", ErrState)
		}
		certification, ok := r.Catalogue.Find(c.Certification)
		if !ok || certification.State == Discontinued {
			return nil, false, fmt.Errorf("renew: %w: the certification is discontinued", ErrState)
		}
		n := n // a retry begins with what was asked
		if n.RenewedAt.IsZero() {
			n.RenewedAt = r.today()
		}
		if n.RenewedAt.Before(c.Granted()) {
			return nil, false, refuse("renewed_at", "renewed_early", "day", c.Granted().String())
		}
		if r.today().Before(n.RenewedAt) {
			return nil, false, refuse("renewed_at", "day_future", "day", r.today().String())
		}
		edition := certification.Newest()
		if n.Edition != "" {
			if edition, ok = certification.Edition(n.Edition); !ok {
				return nil, false, refuse("edition", "edition_unknown")
			}
		}
		period := Period{From: n.RenewedAt, Edition: edition.Name, Reason: n.Reason, ExpiresAt: certification.Validity.Expiry(n.RenewedAt, r.Zone)}
		if n.ExpiresAt != "" {
			at, err := r.expiresAt(n.ExpiresAt, n.RenewedAt)
			if err != nil {
				return nil, false, err
			}
			if at.Before(c.ExpiresAt) {
				return nil, false, refuse("expires_at", "expires_shortened", "instant", c.ExpiresAt.In(r.Zone).Format(time.RFC3339))
			}
			period.ExpiresAt, period.Explicit = at, true
		}
		if period.ExpiresAt.Before(c.ExpiresAt) { // the longer one goes on, with what was said of it (rule 27)
			last := c.Periods[len(c.Periods)-1]
			period.ExpiresAt, period.Explicit = last.ExpiresAt, last.Explicit
		}
		if n.RenewedAt == c.RenewedAt && edition.Name == c.Edition && period.ExpiresAt.Equal(c.ExpiresAt) {
			return nil, false, nil
		}
		c.RenewedAt, c.Edition, c.ExpiresAt = n.RenewedAt, edition.Name, period.ExpiresAt
		c.Periods = append(c.Periods, period)
		return map[string]string{"expires_at": period.ExpiresAt.UTC().Format(time.RFC3339)}, true, nil
	})
}

// expiresAt reads an explicit expiry: a day lasts to its end, an instant is itself (rule 25).
func (r *Registry) expiresAt(s string, from Day) (time.Time, error) {
	if day, err := ParseDay(s); err == nil {
		if day.Before(from) {
			return time.Time{}, refuse("expires_at", "expires_early", "day", from.String())
		}
		return day.End(r.Zone), nil
	}
	at, err := time.Parse(time.RFC3339, s)
	at = at.Truncate(time.Second).In(r.Zone)
	if err != nil || at.Year() > 9999 { // which RFC 3339 cannot write
		return time.Time{}, refuse("expires_at", "expires_shape")
	}
	if DayOf(at, r.Zone).Before(from) {
		return time.Time{}, refuse("expires_at", "expires_early", "day", from.String())
	}
	return at, nil
}

// Revoke ends a credential for good.
func (r *Registry) Revoke(ctx context.Context, call Call, code Code, reason string) (Result, error) {
	if err := checkText("reason", reason); err != nil {
		return Result{}, err
	}
	return r.change(ctx, call, code, "revoke", func(c *Credential) (map[string]string, bool, error) {
		if !c.RevokedAt.IsZero() {
			return nil, false, nil
		}
		c.RevokedAt, c.Reason = r.now(), reason
		return nil, true, nil
	})
}

// Suspend sets a credential aside until Restore. A revoked one is ErrState.
func (r *Registry) Suspend(ctx context.Context, call Call, code Code, reason string) (Result, error) {
	if err := checkText("reason", reason); err != nil {
		return Result{}, err
	}
	return r.change(ctx, call, code, "suspend", func(c *Credential) (map[string]string, bool, error) {
		switch {
		case !c.RevokedAt.IsZero():
			return nil, false, fmt.Errorf("suspend: %w", ErrState)
		case !c.SuspendedAt.IsZero():
			return nil, false, nil
		}
		c.SuspendedAt, c.Reason = r.now(), reason
		return nil, true, nil
	})
}

// Restore ends a suspension. A revoked credential is ErrState.
func (r *Registry) Restore(ctx context.Context, call Call, code Code, reason string) (Result, error) {
	if err := checkText("reason", reason); err != nil {
		return Result{}, err
	}
	return r.change(ctx, call, code, "restore", func(c *Credential) (map[string]string, bool, error) {
		switch {
		case !c.RevokedAt.IsZero():
			return nil, false, fmt.Errorf("restore: %w", ErrState)
		case c.SuspendedAt.IsZero():
			return nil, false, nil
		}
		c.SuspendedAt, c.Reason = time.Time{}, reason
		return nil, true, nil
	})
}

// ConsentChange is a recorded act of the holder (rule 58).
type ConsentChange struct {
	Consent  Consent
	Channel  string // me, api, cli, import or paper; empty: api
	Evidence string
}

// SetConsent changes what others may see. The next Check anywhere follows it.
func (r *Registry) SetConsent(ctx context.Context, call Call, code Code, n ConsentChange) (Result, error) {
	if err := errors.Join(checkConsent(n.Consent, n.Channel), checkText("evidence", n.Evidence)); err != nil {
		return Result{}, err
	}
	if n.Channel == "" {
		n.Channel = "api"
	}
	return r.change(ctx, call, code, "consent", func(c *Credential) (map[string]string, bool, error) {
		if c.Consent == n.Consent {
			return nil, false, nil
		}
		detail := map[string]string{"old": string(c.Consent), "new": string(n.Consent), "channel": n.Channel}
		c.Consents = append(slices.Clone(c.Consents), ConsentAct{At: r.now(), Old: c.Consent, New: n.Consent, Channel: n.Channel, Evidence: n.Evidence})
		c.Consent = n.Consent
		if n.Evidence != "" {
			detail["evidence"] = "on record"
		}
		return detail, true, nil
	})
}

func checkConsent(c Consent, channel string) error {
	if c != Private && c != Link && c != Public {
		return refuse("consent", "consent_unknown")
	}
	if !slices.Contains([]string{"", "me", "api", "cli", "import", "paper"}, channel) {
		return refuse("channel", "channel_unknown")
	}
	return nil
}

// SetTier gives an organisation's certification one of the tiers of its catalogue entry; the empty tier takes it away
// (rule 51). Criteria are the issuer's (rule 52). A revoked credential is ErrState; one that is suspended or expired keeps
// its tier and does not show it (rule 54).
func (r *Registry) SetTier(ctx context.Context, call Call, code Code, tier string) (Result, error) {
	return r.change(ctx, call, code, "tier", func(c *Credential) (map[string]string, bool, error) {
		certification, _ := r.Catalogue.Find(c.Certification)
		switch {
		case !c.RevokedAt.IsZero():
			return nil, false, fmt.Errorf("tier: %w", ErrState)
		case tier == c.Tier:
			return nil, false, nil
		case tier != "" && (!certification.Organisation || len(certification.Tiers) == 0):
			return nil, false, refuse("tier", "tier_none", "certification", c.Certification)
		case tier != "" && !slices.Contains(certification.Tiers, tier):
			return nil, false, refuse("tier", "tier_unknown", "tiers", strings.Join(certification.Tiers, ", "))
		}
		detail := map[string]string{"old": c.Tier, "new": tier}
		c.Tier = tier
		return detail, true, nil
	})
}

// Recode gives a credential a new code, in any state. The old one has never existed from then on: whoever has it, on
// paper or in a link, gets what a stranger's guess gets.
func (r *Registry) Recode(ctx context.Context, call Call, code Code, reason string) (Result, error) {
	if err := checkText("reason", reason); err != nil {
		return Result{}, err
	}
	return r.change(ctx, call, code, "recode", func(c *Credential) (map[string]string, bool, error) {
		next, err := NewCode(r.Rand)
		if err != nil {
			return nil, false, err
		}
		c.Code = next
		if reason != "" { // or it would take away why it is revoked
			c.Reason = reason
		}
		return map[string]string{"from": string(code)}, true, nil
	})
}

// HolderChange changes what is not nil.
type HolderChange struct {
	Name, Lang, Email *string
	Override          string // why the new name may mix scripts that look alike; empty: it may not
}

// ChangeHolder renames a holder or changes language or address. A new name is on every output of every credential
// when it returns (rule 36).
func (r *Registry) ChangeHolder(ctx context.Context, call Call, id string, n HolderChange) (Result, error) {
	if err := checkText("override.reason", n.Override); err != nil {
		return Result{}, err
	}
	return retry(func() (Result, error) {
		h, codes, err := r.Store.Holder(ctx, id)
		if err != nil {
			return Result{}, err
		}
		if !call.takes(h.Version) {
			return Result{}, ErrVersion
		}
		old := h
		if n.Name != nil {
			if h.Name, err = r.name(*n.Name, n.Override != "", "name"); err != nil {
				return Result{}, err
			}
			if h.Name != old.Name || n.Override != "" {
				h.Override = n.Override
			}
		}
		if n.Lang != nil {
			if h.Lang, err = checkLang(*n.Lang, "lang"); err != nil {
				return Result{}, err
			}
		}
		if n.Email != nil {
			if h.Email, err = checkEmail(*n.Email, "email"); err != nil {
				return Result{}, err
			}
		}
		if h == old {
			return r.unchanged(ctx, call, Result{Holder: h, Codes: codes})
		}
		detail := map[string]string{} // which, never what they were or are
		for field, changed := range map[string]bool{"name": h.Name != old.Name, "lang": h.Lang != old.Lang, "email": h.Email != old.Email} {
			if changed {
				detail[field] = "changed"
			}
		}
		if h.Override != old.Override && h.Override != "" {
			detail["override"] = "on record"
		}
		h.Version++
		w := Write{Holder: &h, Audit: []Entry{{At: r.now(), By: call.By, Action: "change-holder", Holder: id, Detail: detail}}}
		for _, code := range codes {
			c, err := r.Store.Credential(ctx, code)
			if err != nil {
				return Result{}, err
			}
			c.Holder = h
			c.Version++
			w.Credentials = append(w.Credentials, c)
		}
		return r.commit(ctx, call, w, Result{Holder: h, Codes: codes})
	})
}

// erasure is the Action by which a backup notices that somebody was erased while it is written.
const erasure = "erase"

// EraseHolder takes a person or an organisation out of the store, with all its credentials. It cannot be taken back. What
// stays is ids: in the audit, and among the backers of an organisation's credential (rule 45). A Once of the call is not
// used: an erasure that is repeated is ErrNotFound. The Result has the codes that are gone; with an error of the Store,
// those that may be.
func (r *Registry) EraseHolder(ctx context.Context, call Call, id string) (Result, error) {
	return retry(func() (Result, error) {
		h, codes, err := r.Store.Holder(ctx, id)
		if err != nil {
			return Result{}, err
		}
		if !call.takes(h.Version) {
			return Result{}, ErrVersion
		}
		return Result{Codes: codes}, r.Store.Commit(ctx, Write{Erase: &Erasure{Holder: id, Version: h.Version, Codes: codes},
			Audit: []Entry{{At: r.now(), By: call.By, Action: erasure, Holder: id}}})
	})
}

const maxExternalID, maxText = 255, 2000 // bytes

// checkText takes a free text of the issuer: short, one line, and nothing in it that cannot be seen and does something.
func checkText(field, s string) error { return checkLength(field, s, maxText) }

func checkLength(field, s string, most int) error {
	if len(s) > most {
		return refuse(field, "text_shape")
	}
	place := 0
	for _, c := range s {
		if place++; Steers(c) {
			return refuse(field, "text_control", "character", fmt.Sprintf("%U", c), "place", strconv.Itoa(place))
		}
	}
	return nil
}

// Steers reports whether a character is not read but obeyed: by a terminal, or by what sets lines and their direction.
func Steers(c rune) bool {
	return unicode.In(c, unicode.Cc, unicode.Zl, unicode.Zp, unicode.Bidi_Control)
}

func (r *Registry) name(s string, anyScript bool, field string) (string, error) {
	clean, err := r.CleanName(s, anyScript)
	var refused *Refused
	if errors.As(err, &refused) {
		return "", refuse(field, refused.Reason, refused.Args...)
	}
	return clean, err
}

// checkLang takes the shape of a BCP 47 tag, not its registry.
func checkLang(s, field string) (string, error) {
	if len(s) > 35 {
		return "", refuse(field, "lang_shape")
	}
	for part := range strings.SplitSeq(s, "-") {
		if s != "" && (len(part) == 0 || len(part) > 8 || strings.Trim(part, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != "") {
			return "", refuse(field, "lang_shape")
		}
	}
	return s, nil
}

func checkEmail(s, field string) (string, error) {
	at := strings.LastIndexByte(s, '@')
	if s != "" && (at < 1 || at == len(s)-1 || len(s) > 254 || strings.ContainsFunc(s, func(r rune) bool { return r == ' ' || Steers(r) || strings.ContainsRune("<>,;", r) })) {
		return "", refuse(field, "email_shape")
	}
	return s, nil
}
