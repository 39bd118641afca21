package boltstore

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"

	"go.etcd.io/bbolt"

	"testamur/verify/ledger"
)

// bbolt never overwrites what was changed or deleted: the old page becomes free and keeps its bytes until it is used
// again. So an erasure ends with a wipe: every page that nothing leads to is overwritten with zeros, in place. That is
// some milliseconds where a compacted copy of the file would be seconds and twice the disk (docs/design.md).
//
// The erasing transaction leaves a note, so that a wipe that is cut short is finished when the file is opened again.

// note is the key in meta under which stands how many erasures have not been wiped yet.
const note = "wipe"

// disk is the file under bbolt.
type disk interface {
	io.ReaderAt
	io.WriterAt
	Sync() error
}

// owe notes in an erasing transaction that its remains are to be wiped.
func owe(tx *bbolt.Tx) error {
	return tx.Bucket([]byte(meta)).Put([]byte(note), []byte(ledger.Sequence(owed(tx)+1)))
}

func owed(tx *bbolt.Tx) uint64 {
	n := tx.Bucket([]byte(meta)).Get([]byte(note))
	if len(n) != 8 {
		return 0
	}
	return binary.BigEndian.Uint64(n)
}

// finish does what is left of a wipe that was cut short.
func (s *Store) finish() error {
	left := uint64(0)
	err := s.view(context.Background(), func(tx *bbolt.Tx) error { left = owed(tx); return nil })
	if err != nil || left == 0 {
		return err
	}
	return s.wipe()
}

// wipe overwrites all free pages and takes the note away. What was erased before it began cannot be found in the file when
// it returns nil.
func (s *Store) wipe() error {
	s.wiping.Lock()
	defer s.wiping.Unlock()
	ctx := context.Background() // it is finished for a caller who has gone, too
	var owes uint64
	// The erasure was one commit; this is a second one. Now neither of the two meta pages leads to what was erased.
	err := s.update(ctx, func(tx *bbolt.Tx) error { owes = owed(tx); return nil })
	for page := uint64(2); err == nil && owes != 0 && page != 0; {
		err = s.alone(func(tx *bbolt.Tx) (err error) { page, err = s.overwrite(tx, page); return err })
	}
	if err != nil || owes == 0 {
		return err
	}
	if err := s.disk.Sync(); err != nil {
		return classify(err)
	}
	return s.update(ctx, func(tx *bbolt.Tx) error {
		if owed(tx) != owes {
			return nil // another erasure came meanwhile; its own wipe follows
		}
		return tx.Bucket([]byte(meta)).Delete([]byte(note))
	})
}

// alone runs a transaction that began when no other was open, and that nothing is written in. So no page that is free in
// it is read by anybody, and while it lasts no other writer takes one. Readers are kept out only until it has begun.
func (s *Store) alone(do func(tx *bbolt.Tx) error) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	return s.run(context.Background(), func(do func(*bbolt.Tx) error) error {
		s.reading.Lock()
		tx, err := s.db.Begin(true)
		s.reading.Unlock()
		if err != nil {
			return err
		}
		return errors.Join(do(tx), tx.Rollback())
	}, do)
}

// batch is how many pages one transaction goes over, 64 MiB as a rule, so that other writers wait little.
const batch = 1 << 14

// overwrite puts zeros over the free pages from one on, in a batch of pages, and returns where to go on; 0 at the end of
// the file. What is zero already is only read.
func (s *Store) overwrite(tx *bbolt.Tx, page uint64) (uint64, error) {
	const most = 256 // pages at a time
	size := uint64(tx.DB().Info().PageSize)
	run, zeros := make([]byte, most*size), make([]byte, most*size)
	for end := page + batch; page < end; {
		free, next, err := free(tx, page, most)
		if err != nil {
			return 0, err
		}
		n, ended := s.disk.ReadAt(run[:free*size], int64(page*size))
		if ended != nil && !errors.Is(ended, io.EOF) {
			return 0, ended
		}
		if !bytes.Equal(run[:n], zeros[:n]) {
			if _, err := s.disk.WriteAt(zeros[:n], int64(page*size)); err != nil {
				return 0, err
			}
		}
		if ended != nil {
			return 0, nil
		}
		page = next
	}
	return page, nil
}

// free counts the pages from one on that are side by side and not in use, and says where to look next. Above the last page
// in use all are free: a commit that failed may have left something there.
func free(tx *bbolt.Tx, page, most uint64) (n, next uint64, err error) {
	for ; n < most; n++ {
		p, err := tx.Page(int(page + n))
		switch {
		case err != nil:
			return 0, 0, err
		case p == nil:
			return most, page + most, nil
		case p.Type != "free":
			return n, page + n + 1 + uint64(p.OverflowCount), nil
		}
	}
	return n, page + n, nil
}
