package verify

import (
	"time"
)

// Status is what a credential is at one instant, by precedence revoked > suspended > expired > valid.
type Status string

const (
	Valid     Status = "valid"
	Expired   Status = "expired"
	Suspended Status = "suspended"
	Revoked   Status = "revoked"
)

// Consent is how much of one credential its holder lets others see (rules 56 to 59).
type Consent string

const (
	Private Consent = "private" // nothing: the credential looks as if it had never existed
	Link    Consent = "link"    // whoever has the code, the QR or the link
	Public  Consent = "public"  // also the directory and search engines
)

// Kind says what a holder is (rule 32).
type Kind string

const (
	Person       Kind = "person"
	Organisation Kind = "organisation"
)

// Holder is a person or an organisation that holds credentials.
type Holder struct {
	ID         string `json:"id"`          // 16 symbols of base 32, ours
	ExternalID string `json:"external_id"` // the issuer's, unique where it is set
	Name       string `json:"name"`        // cleaned; the one name on every badge, certificate and page (rule 36)
	Kind       Kind   `json:"kind"`
	Lang       string `json:"lang"`  // BCP 47 or empty; chooses Han variants and the certificate's language
	Email      string `json:"email"` // never shown
	Version    int64  `json:"version"`
	// Override is why the rule about two scripts was set aside when the holder got this name.
	Override string `json:"override,omitempty"`
}

// Period is one stretch of validity: from a grant or renewal to ExpiresAt, the last valid second.
type Period struct {
	From      Day       `json:"from"`
	ExpiresAt time.Time `json:"expires_at"`
	Edition   string    `json:"edition"`
	Explicit  bool      `json:"explicit"` // ExpiresAt was given by the issuer and not computed (rule 25)
	Reason    string    `json:"reason"`
}

// Credential is one certification granted to one holder: the full record, which only the issuer reads.
type Credential struct {
	ID            string       `json:"id"` // 16 symbols of base 32, internal, stays when the code changes
	Code          Code         `json:"code"`
	Version       int64        `json:"version"` // 1 at the grant, one more with every change
	Certification string       `json:"certification"`
	Edition       string       `json:"edition"`
	Holder        Holder       `json:"holder"` // as it was last written; a rename writes every credential of the holder
	Tier          string       `json:"tier"`   // silver, gold, platinum or empty
	GrantedAt     Day          `json:"granted_at"`
	RenewedAt     Day          `json:"renewed_at"` // zero Day where there was no renewal
	ExpiresAt     time.Time    `json:"expires_at"` // of the newest period; every output reads this one instant (rule 29)
	RevokedAt     time.Time    `json:"revoked_at"` // zero Time where not revoked
	SuspendedAt   time.Time    `json:"suspended_at"`
	Consent       Consent      `json:"consent"`
	Consents      []ConsentAct `json:"consents"` // what the holder changed, oldest first
	ExternalID    string       `json:"external_id"`
	Organisation  *Employer    `json:"organisation"`
	BackedBy      []string     `json:"backed_by"`
	Periods       []Period     `json:"periods"`
	Reason        string       `json:"reason"`   // of the last revocation, suspension, restoration or new code; never shown to the public
	Override      string       `json:"override"` // why a rule was set aside at the grant
	Evidence      string       `json:"evidence"`
	Terms         string       `json:"terms"` // version of the terms in force at the grant (rule 68)
}

// ConsentAct is one change of consent by the holder (rule 58). It stays with the credential, since evidence may name people.
type ConsentAct struct {
	At       time.Time `json:"at"`
	Old      Consent   `json:"old"`
	New      Consent   `json:"new"`
	Channel  string    `json:"channel"`
	Evidence string    `json:"evidence"`
}

// Employer is the organisation of a person, recorded and not shown.
type Employer struct {
	ID         string `json:"id"`
	ExternalID string `json:"external_id"`
	Name       string `json:"name"`
}

// Record is the public record of a credential: what its consent releases, and nothing else. It exists in
// the store only while consent is link or public, beside the full record and written in the same
// transaction, so that hidden and unknown are the same miss.
type Record struct {
	Code          Code      `json:"code"`
	Consent       Consent   `json:"consent"`
	Certification string    `json:"certification"`
	Edition       string    `json:"edition"`
	Name          string    `json:"name"`
	Kind          Kind      `json:"kind"`
	Lang          string    `json:"lang"`
	Tier          string    `json:"tier"`
	GrantedAt     Day       `json:"granted_at"`
	RenewedAt     Day       `json:"renewed_at"`
	ExpiresAt     time.Time `json:"expires_at"`
	RevokedAt     time.Time `json:"revoked_at"`
	SuspendedAt   time.Time `json:"suspended_at"`
}

// Release returns the public record of c, and false where consent releases nothing.
func (c Credential) Release() (Record, bool) {
	if c.Consent != Link && c.Consent != Public {
		return Record{}, false
	}
	return Record{Code: c.Code, Consent: c.Consent, Certification: c.Certification, Edition: c.Edition,
		Name: c.Holder.Name, Kind: c.Holder.Kind, Lang: c.Holder.Lang, Tier: c.Tier,
		GrantedAt: c.GrantedAt, RenewedAt: c.RenewedAt, ExpiresAt: c.ExpiresAt,
		RevokedAt: c.RevokedAt, SuspendedAt: c.SuspendedAt}, true
}
