package ledger

import (
	"context"
	"errors"
	"time"

	"testamur/verify"
)

// Reader answers the reads of a verify.Store; it is embedded in one.
type Reader struct {
	sealer *verify.Sealer
	view   View
}

// View runs a reading transaction. What is read in one may be of several moments, each later than the one before: a store
// need not hold anybody up for its readers.
type View func(ctx context.Context, do func(Tx) error) error

// NewReader returns the reads of a store.
func NewReader(sealer *verify.Sealer, view View) *Reader { return &Reader{sealer, view} }

func (r *Reader) read(ctx context.Context, do func(b book) error) error {
	return r.view(ctx, func(tx Tx) error { return do(book{tx, r.sealer}) })
}

// Record returns the public record of a code.
func (r *Reader) Record(ctx context.Context, code verify.Code) (record verify.Record, err error) {
	err = r.read(ctx, func(b book) error { return b.get(Public, string(code), &record) })
	return record, err
}

// Credential returns the full record of a code.
func (r *Reader) Credential(ctx context.Context, code verify.Code) (verify.Credential, error) {
	var c credential
	err := r.read(ctx, func(b book) error { return b.get(Credentials, string(code), &c) })
	return c.Credential, err
}

// tries bounds how often a way is gone again that led nowhere because somebody changed it meanwhile.
const tries = 8

// CredentialByExternalID returns the credential with the issuer's own id.
func (r *Reader) CredentialByExternalID(ctx context.Context, externalID string) (verify.Credential, error) {
	for try := 1; ; try++ {
		var c credential
		led := false
		err := r.read(ctx, func(b book) error {
			var code string
			if err := b.get(ByExternal, externalID, &code); err != nil {
				return err
			}
			led = true
			return b.get(Credentials, code, &c)
		})
		if !led || !errors.Is(err, verify.ErrNotFound) || try == tries { // else it has a new code, or is erased
			return c.Credential, err
		}
	}
}

// Holder returns a holder and the codes of its credentials.
func (r *Reader) Holder(ctx context.Context, id string) (verify.Holder, []verify.Code, error) {
	var h holder
	err := r.read(ctx, func(b book) error { return b.get(Holders, id, &h) })
	return h.Holder, h.Codes, err
}

// HolderByExternalID returns the id of the holder with the issuer's own id.
func (r *Reader) HolderByExternalID(ctx context.Context, externalID string) (id string, err error) {
	err = r.read(ctx, func(b book) error { return b.get(HolderByExt, externalID, &id) })
	return id, err
}

// Reply returns the answer kept under an idempotency key.
func (r *Reader) Reply(ctx context.Context, key string, now time.Time) (reply verify.Reply, err error) {
	err = r.read(ctx, func(b book) error { return b.get(Replies, key, &reply) })
	if err == nil && !now.Before(reply.At.Add(verify.ReplyAge)) {
		return verify.Reply{}, verify.ErrNotFound
	}
	return reply, err
}

// Key returns an API key.
func (r *Reader) Key(ctx context.Context, id string) (k verify.Key, err error) {
	err = r.read(ctx, func(b book) error { return b.get(Keys, id, &k) })
	return k, err
}

// Keys returns all API keys by id.
func (r *Reader) Keys(ctx context.Context) (all []verify.Key, err error) {
	err = walk(ctx, r, Keys, "", nil, func(k verify.Key) bool { all = append(all, k); return true })
	return all, err
}

// Credentials walks the credentials after a place.
func (r *Reader) Credentials(ctx context.Context, after uint64, yield func(place uint64, c verify.Credential) bool) error {
	return walk(ctx, r, Places, behind(after), func(b book, place Item) (Name, error) {
		var code string
		err := b.open(Places, place.Key, place.Record, &code)
		return Name{Credentials, code}, err
	}, func(c credential) bool { return yield(c.Place, c.Credential) })
}

// Replies walks the kept answers from an instant on.
func (r *Reader) Replies(ctx context.Context, since time.Time, yield func(verify.Reply) bool) error {
	return walk(ctx, r, RepliesAt, Sequence(uint64(max(0, since.Unix()))), func(_ book, due Item) (Name, error) {
		return Name{Replies, due.Key[8:]}, nil
	}, yield)
}

// Audit walks the entries after a sequence number.
func (r *Reader) Audit(ctx context.Context, after uint64, yield func(verify.Entry) bool) error {
	return walk(ctx, r, Audit, behind(after), nil, yield)
}

// walk reads what stands in a bucket from a key on, or what that leads to, and calls yield for each. It reads a page at a
// time, a small one first, so that no transaction stays open while yield works.
func walk[T any](ctx context.Context, r *Reader, bucket, from string, lead func(b book, item Item) (Name, error), yield func(T) bool) error {
	missed := 0
	for size := 16; ; size = min(2*size, 512) {
		page, more := make([]T, 0, size), false
		err := r.read(ctx, func(b book) error {
			items, err := b.Scan(bucket, from, size)
			if err != nil {
				return err
			}
			names := make([]Name, len(items))
			for i := range items {
				if lead == nil {
					break
				}
				if names[i], err = lead(b, items[i]); err != nil {
					return err
				}
			}
			if lead != nil {
				if err := b.Expect(names...); err != nil {
					return err
				}
			}
			for i, item := range items {
				var v T
				if lead == nil {
					err = b.open(bucket, item.Key, item.Record, &v)
				} else {
					err = b.get(names[i].Bucket, names[i].Key, &v)
				}
				if errors.Is(err, verify.ErrNotFound) && missed < tries { // led nowhere: it was changed, and is looked for again
					missed++
					more = true
					return nil
				}
				if err != nil {
					return err
				}
				missed = 0
				page = append(page, v)
				from = item.Key + "\x00"
			}
			more = len(items) == size
			return nil
		})
		if err != nil {
			return err
		}
		for _, v := range page {
			if !yield(v) {
				return nil
			}
		}
		if !more {
			return nil
		}
	}
}
