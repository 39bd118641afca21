package verify

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"time"
)

// ErrCursor is the error of a cursor that List did not return for the same Filter.
var ErrCursor = errors.New("this is no cursor of this list")

// Filter says which credentials to list. A zero field is any.
type Filter struct {
	Certification string
	Status        Status // as it is when it is asked
	Consent       Consent
	Holder        string    // id
	ExternalID    string    // the issuer's own id of the credential
	ExpiresBefore time.Time // ExpiresAt is earlier
}

func (f Filter) fits(c Credential, now time.Time) bool {
	return (f.Certification == "" || f.Certification == c.Certification) &&
		(f.Status == "" || f.Status == c.StatusAt(now)) &&
		(f.Consent == "" || f.Consent == c.Consent) &&
		(f.Holder == "" || f.Holder == c.Holder.ID) &&
		(f.ExternalID == "" || f.ExternalID == c.ExternalID) &&
		(f.ExpiresBefore.IsZero() || c.ExpiresAt.Before(f.ExpiresBefore))
}

// cursor returns the text for a position in the list of f, with a sum over both. It hides nothing and guards nothing; the
// sum finds what was mixed up or cut.
func (f Filter) cursor(position uint64) string {
	b := binary.BigEndian.AppendUint64(nil, position)
	sum := fnv.New32a()
	fmt.Fprintf(sum, "%x %q %q %q %q %q %d", b, f.Certification, f.Status, f.Consent, f.Holder, f.ExternalID, f.ExpiresBefore.UnixNano())
	return base64.RawURLEncoding.EncodeToString(sum.Sum(b)) // 12 bytes, 16 letters
}

func (f Filter) position(cursor string) (uint64, error) {
	if cursor == "" {
		return 0, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(b) != 12 || f.cursor(binary.BigEndian.Uint64(b)) != cursor {
		return 0, ErrCursor
	}
	return binary.BigEndian.Uint64(b), nil
}

// Bounds of one List: what it returns, and what it looks at to find that.
const (
	maxListed = 500
	maxLooked = 5000
)

// List returns credentials in the order of their grants, from 1 to 500 as limit says, and a cursor for what follows, empty
// at the end. It looks at a bounded number of records, so that there may be fewer than limit, or none, and still a cursor.
// Whoever follows the cursors to the end meets every credential that was there at the beginning once, whatever is written
// meanwhile, with a new code too. Another cursor than those is ErrCursor.
func (r *Registry) List(ctx context.Context, f Filter, cursor string, limit int) (items []Credential, next string, err error) {
	position, err := f.position(cursor)
	if err != nil {
		return nil, "", err
	}
	limit = min(max(limit, 1), maxListed)
	now, looked, more := r.Now(), 0, false
	look := func(c Credential) bool {
		if more = len(items) == limit || looked == maxLooked; more {
			return false
		}
		if looked++; f.fits(c, now) {
			items = append(items, c)
		}
		return true
	}
	switch {
	case f.ExternalID != "":
		var c Credential
		if c, err = r.Store.CredentialByExternalID(ctx, f.ExternalID); err == nil {
			look(c)
		}
	case f.Holder != "": // the position is among its codes
		err = r.ofHolder(ctx, f.Holder, position, func(c Credential) bool {
			if !look(c) {
				return false
			}
			position++
			return true
		})
	default:
		err = r.Store.Credentials(ctx, position, func(place uint64, c Credential) bool {
			if !look(c) {
				return false
			}
			position = place
			return true
		})
	}
	if errors.Is(err, ErrNotFound) { // of the issuer's id or the holder
		return nil, "", nil
	}
	if err != nil {
		return nil, "", err
	}
	if more {
		next = f.cursor(position)
	}
	return items, next, nil
}

// ofHolder calls yield for the credentials of a holder, without the first few. Their order among its codes never changes.
func (r *Registry) ofHolder(ctx context.Context, id string, without uint64, yield func(Credential) bool) error {
	_, codes, err := r.Store.Holder(ctx, id)
	for i, missed := without, 0; err == nil && i < uint64(len(codes)); {
		var c Credential
		c, err = r.Store.Credential(ctx, codes[i])
		if errors.Is(err, ErrNotFound) && missed < tries { // it has a new code, or all are erased
			missed++
			_, codes, err = r.Store.Holder(ctx, id)
			continue
		}
		if err == nil && !yield(c) {
			return nil
		}
		i, missed = i+1, 0
	}
	return err
}
