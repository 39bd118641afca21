package ledger

import (
	"encoding/binary"
	"errors"
	"slices"
	"strings"

	"testamur/verify"
)

// Commit puts all of a write into a transaction. Its errors are those of verify.Store.Commit; after one the transaction is
// to be given up.
func Commit(tx Tx, sealer *verify.Sealer, w verify.Write) error {
	b := book{tx, sealer}
	if err := b.Expect(reads(w)...); err != nil {
		return err
	}
	if w.Once != nil {
		if err := b.putReply(*w.Once); err != nil {
			return err
		}
	}
	if w.Holder != nil {
		if err := b.putHolder(*w.Holder, w.Credentials); err != nil {
			return err
		}
	}
	for _, c := range w.Credentials {
		if err := b.putCredential(c, w.Recode); err != nil {
			return err
		}
	}
	if w.Erase != nil {
		if err := b.erase(*w.Erase); err != nil {
			return err
		}
	}
	if w.Key != nil {
		if err := b.putKey(*w.Key); err != nil {
			return err
		}
	}
	for _, e := range w.Audit {
		var err error
		if e.Seq, err = b.next(Audit); err != nil {
			return err
		}
		if err := b.put(Audit, Sequence(e.Seq), e); err != nil {
			return err
		}
	}
	if w.Once != nil && w.Once.Holder != "" { // no answer about a person comes after the erasure
		if there, err := b.is(Holders, w.Once.Holder); err != nil {
			return err
		} else if !there {
			return verify.ErrConflict
		}
	}
	return nil
}

// Changed returns the codes that a write changes, gives or takes away.
func Changed(w verify.Write) (codes []verify.Code) {
	for _, c := range w.Credentials {
		codes = append(codes, c.Code)
	}
	if w.Recode != "" {
		codes = append(codes, w.Recode)
	}
	if w.Erase != nil {
		codes = append(codes, w.Erase.Codes...)
	}
	return codes
}

// reads lists what is read for a write, as far as the write tells.
func reads(w verify.Write) (names []Name) {
	want := func(bucket, key string) {
		if key != "" {
			names = append(names, Name{bucket, key})
		}
	}
	if w.Once != nil {
		want(Replies, w.Once.Key)
		want(Holders, w.Once.Holder)
	}
	if w.Holder != nil {
		want(Holders, w.Holder.ID)
		want(HolderByExt, w.Holder.ExternalID)
	}
	want(Credentials, string(w.Recode))
	for _, c := range w.Credentials {
		want(Holders, c.Holder.ID)
		want(Credentials, string(c.Code))
		want(ByExternal, c.ExternalID)
	}
	if w.Erase != nil {
		want(Holders, w.Erase.Holder)
		for _, code := range w.Erase.Codes {
			want(Credentials, string(code))
		}
	}
	if w.Key != nil {
		want(Keys, w.Key.ID)
	}
	return names
}

// follows checks that a record moves on by one version.
func follows(version int64, old int64, err error) error {
	switch {
	case errors.Is(err, verify.ErrNotFound) && version == 1, err == nil && version == old+1:
		return nil
	case err == nil, errors.Is(err, verify.ErrNotFound):
		return verify.ErrConflict
	}
	return err
}

// reserve gives a name to one owner for good.
func (b book) reserve(bucket, name, owner string) error {
	if name == "" {
		return nil
	}
	var has string
	switch err := b.get(bucket, name, &has); {
	case err == nil && has == owner:
		return nil
	case err == nil:
		return verify.ErrConflict
	case !errors.Is(err, verify.ErrNotFound):
		return err
	}
	return b.put(bucket, name, owner)
}

func (b book) putHolder(h verify.Holder, with []verify.Credential) error {
	var old holder
	err := b.get(Holders, h.ID, &old)
	if err := follows(h.Version, old.Version, err); err != nil {
		return err
	}
	for _, code := range old.Codes { // one granted meanwhile would keep the old name
		if !slices.ContainsFunc(with, func(c verify.Credential) bool { return c.Code == code }) {
			return verify.ErrConflict
		}
	}
	if err := b.reserve(HolderByExt, h.ExternalID, h.ID); err != nil {
		return err
	}
	return b.put(Holders, h.ID, holder{h, old.Codes})
}

// putCredential writes the full record and, with it, what consent releases. The record has stood under its own code so
// far, or under another.
func (b book) putCredential(c verify.Credential, other verify.Code) error {
	at := c.Code
	if other != "" {
		at = other
		if taken, err := b.is(Credentials, string(c.Code)); err != nil {
			return err
		} else if taken || c.Version == 1 {
			return verify.ErrConflict
		}
	}
	var old credential
	err := b.get(Credentials, string(at), &old)
	if err := follows(c.Version, old.Version, err); err != nil {
		return err
	}
	var h holder
	switch err := b.get(Holders, c.Holder.ID, &h); {
	case errors.Is(err, verify.ErrNotFound), err == nil && h.Version != c.Holder.Version:
		return verify.ErrConflict // renamed meanwhile: the old name must not come back
	case err != nil:
		return err
	}
	place := old.Place
	if c.Version == 1 {
		if place, err = b.next(Places); err != nil {
			return err
		}
	}
	if other != "" {
		if err := b.drop(old); err != nil {
			return err
		}
	}
	if c.Version == 1 || other != "" {
		if i := slices.Index(h.Codes, at); i >= 0 {
			h.Codes[i] = c.Code
		} else {
			h.Codes = append(h.Codes, c.Code)
		}
		if err := errors.Join(b.put(Holders, h.ID, h), b.put(Places, Sequence(place), c.Code)); err != nil {
			return err
		}
	}
	return b.putFull(credential{c, place})
}

// putFull writes a credential with its external id, and what consent releases of it.
func (b book) putFull(c credential) error {
	if err := b.reserve(ByExternal, c.ExternalID, string(c.Code)); err != nil {
		return err
	}
	if err := b.put(Credentials, string(c.Code), c); err != nil {
		return err
	}
	if r, ok := c.Release(); ok {
		return b.put(Public, string(c.Code), r)
	}
	return b.Delete(Public, string(c.Code))
}

// drop takes out a credential with all that leads to it but its holder.
func (b book) drop(c credential) error {
	err := errors.Join(b.Delete(Credentials, string(c.Code)), b.Delete(Public, string(c.Code)), b.Delete(Places, Sequence(c.Place)))
	if c.ExternalID != "" {
		err = errors.Join(err, b.Delete(ByExternal, c.ExternalID))
	}
	return err
}

// erase takes out a holder with all that is about it.
func (b book) erase(e verify.Erasure) error {
	var h holder
	err := b.get(Holders, e.Holder, &h)
	if errors.Is(err, verify.ErrNotFound) || err == nil && (h.Version != e.Version || !slices.Equal(slices.Sorted(slices.Values(h.Codes)), slices.Sorted(slices.Values(e.Codes)))) {
		return verify.ErrConflict // renamed or granted meanwhile
	}
	if err != nil {
		return err
	}
	for _, code := range h.Codes {
		var c credential
		if err := b.get(Credentials, string(code), &c); err != nil {
			return err
		}
		if err := b.drop(c); err != nil {
			return err
		}
	}
	if h.ExternalID != "" {
		if err := b.Delete(HolderByExt, h.ExternalID); err != nil {
			return err
		}
	}
	if err := b.empty(h.ID); err != nil {
		return err
	}
	return b.Delete(Holders, h.ID)
}

// empty leaves of the answers about a holder only that their keys have been used.
func (b book) empty(holder string) error {
	const many = 256
	about := replyOf(holder, "")
	for {
		found, err := b.Scan(RepliesOf, about, many)
		if err != nil {
			return err
		}
		var names []Name
		for _, item := range found {
			if key, of := strings.CutPrefix(item.Key, about); of {
				names = append(names, Name{Replies, key})
			}
		}
		if err := b.Expect(names...); err != nil {
			return err
		}
		for _, name := range names {
			var r verify.Reply
			if err := b.get(Replies, name.Key, &r); err != nil {
				return err
			}
			if err := errors.Join(b.put(Replies, name.Key, r.Erased()), b.Delete(RepliesOf, about+name.Key)); err != nil {
				return err
			}
		}
		if len(names) < many {
			return nil
		}
	}
}

// putKey never brings an ended key back.
func (b book) putKey(k verify.Key) error {
	var old verify.Key
	err := b.get(Keys, k.ID, &old)
	if err != nil && !errors.Is(err, verify.ErrNotFound) {
		return err
	}
	if !old.EndedAt.IsZero() {
		k.EndedAt = old.EndedAt
	}
	if k.LastUsed.Before(old.LastUsed) {
		k.LastUsed = old.LastUsed
	}
	return b.put(Keys, k.ID, k)
}

// putReply keeps an answer and sweeps a few of those that have had their day.
func (b book) putReply(r verify.Reply) error {
	var old verify.Reply
	switch err := b.get(Replies, r.Key, &old); {
	case err == nil && r.At.Before(old.At.Add(verify.ReplyAge)):
		return verify.ErrRepeated
	case err != nil && !errors.Is(err, verify.ErrNotFound):
		return err
	}
	oldest, err := b.Scan(RepliesAt, "", 16)
	if err != nil {
		return err
	}
	var due []Name
	for _, item := range oldest {
		if int64(binary.BigEndian.Uint64([]byte(item.Key))) < r.At.Add(-verify.ReplyAge).Unix() {
			due = append(due, Name{Replies, item.Key[8:]})
		}
	}
	if err := b.Expect(due...); err != nil {
		return err
	}
	for _, name := range due {
		var old verify.Reply
		if err := b.get(Replies, name.Key, &old); err != nil {
			return err
		}
		if err := b.dropReply(old); err != nil {
			return err
		}
	}
	return b.keep(r)
}

// keep writes an answer with what leads to it, in place of one with its key.
func (b book) keep(r verify.Reply) error {
	var old verify.Reply
	switch err := b.get(Replies, r.Key, &old); {
	case err == nil:
		if err := b.dropReply(old); err != nil {
			return err
		}
	case !errors.Is(err, verify.ErrNotFound):
		return err
	}
	err := b.Put(RepliesAt, replyAt(r), nil)
	if r.Holder != "" {
		err = errors.Join(err, b.Put(RepliesOf, replyOf(r.Holder, r.Key), nil))
	}
	return errors.Join(err, b.put(Replies, r.Key, r))
}

func (b book) dropReply(r verify.Reply) error {
	return errors.Join(b.Delete(Replies, r.Key), b.Delete(RepliesAt, replyAt(r)), b.Delete(RepliesOf, replyOf(r.Holder, r.Key)))
}

func replyAt(r verify.Reply) string { return Sequence(uint64(r.At.Unix())) + r.Key }

func replyOf(holder, key string) string { return holder + "\x00" + key }
