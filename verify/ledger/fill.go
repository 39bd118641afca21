package ledger

import (
	"errors"
	"fmt"

	"testamur/verify"
)

// Fill puts records into a transaction of a store in the making, as verify.Filling says.
func Fill(tx Tx, sealer *verify.Sealer, r verify.Records) error {
	b := book{tx, sealer}
	var names []Name
	for _, p := range r.Credentials {
		c := p.Credential
		names = append(names, Name{Credentials, string(c.Code)}, Name{Holders, c.Holder.ID}, Name{HolderByExt, c.Holder.ExternalID}, Name{ByExternal, c.ExternalID})
	}
	for _, reply := range r.Replies {
		names = append(names, Name{Replies, reply.Key})
	}
	if err := b.Expect(names...); err != nil {
		return err
	}
	for _, e := range r.Audit {
		if seq, err := b.next(Audit); err != nil {
			return err
		} else if e.Seq != seq {
			return fmt.Errorf("audit entry %d: %w", e.Seq, verify.ErrConflict)
		}
		if err := b.put(Audit, Sequence(e.Seq), e); err != nil {
			return err
		}
	}
	for _, p := range r.Credentials {
		if err := b.place(credential{p.Credential, p.Place}); err != nil {
			return fmt.Errorf("credential at place %d: %w", p.Place, err)
		}
	}
	for _, reply := range r.Replies {
		if err := b.keep(reply); err != nil {
			return err
		}
	}
	for _, k := range r.Keys {
		if err := b.put(Keys, k.ID, k); err != nil {
			return err
		}
	}
	return nil
}

// place puts a credential at its place, with its holder where that is not there yet.
func (b book) place(c credential) error {
	last, err := b.Last(Places)
	if err != nil {
		return err
	}
	taken, err := b.is(Credentials, string(c.Code))
	if err != nil {
		return err
	}
	if c.Place <= last || taken {
		return verify.ErrConflict
	}
	var h holder
	switch err := b.get(Holders, c.Holder.ID, &h); {
	case errors.Is(err, verify.ErrNotFound):
		h.Holder = c.Holder
		if err := b.reserve(HolderByExt, h.ExternalID, h.ID); err != nil {
			return err
		}
	case err != nil:
		return err
	case h.Holder != c.Holder:
		return verify.ErrConflict
	}
	h.Codes = append(h.Codes, c.Code)
	return errors.Join(b.SetLast(Places, c.Place), b.put(Holders, h.ID, h), b.put(Places, Sequence(c.Place), c.Code), b.putFull(c))
}
