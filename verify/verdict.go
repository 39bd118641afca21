package verify

import "time"

// Verdict is what may be said about a credential at one instant.
type Verdict struct {
	Record
	Status    Status
	CheckedAt time.Time
}

// StatusAt returns what the credential is at now.
func (r Record) StatusAt(now time.Time) Status {
	return statusAt(r.RevokedAt, r.SuspendedAt, r.ExpiresAt, now)
}

// StatusAt returns what the credential is at now.
func (c Credential) StatusAt(now time.Time) Status {
	return statusAt(c.RevokedAt, c.SuspendedAt, c.ExpiresAt, now)
}

func statusAt(revoked, suspended, expires, now time.Time) Status {
	switch {
	case !revoked.IsZero():
		return Revoked
	case !suspended.IsZero():
		return Suspended
	case !now.Before(expires.Add(time.Second)): // through its last second
		return Expired
	}
	return Valid
}

// NextChange returns the instant at which time alone changes the status, and false where it does not.
func (r Record) NextChange(now time.Time) (time.Time, bool) {
	if r.StatusAt(now) != Valid {
		return time.Time{}, false
	}
	return r.ExpiresAt.Add(time.Second), true
}

// Granted returns the day shown as Granted: the later of grant and renewal.
func (r Record) Granted() Day { return later(r.GrantedAt, r.RenewedAt) }

// Granted returns the day shown as Granted: the later of grant and renewal.
func (c Credential) Granted() Day { return later(c.GrantedAt, c.RenewedAt) }

func later(a, b Day) Day {
	if a.Before(b) {
		return b
	}
	return a
}
