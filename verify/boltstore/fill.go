package boltstore

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"go.etcd.io/bbolt"

	"testamur/verify"
	"testamur/verify/ledger"
)

// ErrExists is the error of a file to be filled that is a store already.
var ErrExists = errors.New("there is a store already: move it away first, or restore into another folder")

// filling is a store that is filled in a file of its own, beside where it is to be.
type filling struct {
	*Store
	path, beside string
}

// Fill begins a store at a path where there is none, or an empty file. Until it is finished it stands in a file beside it,
// named as the path with ".restoring"; what an earlier one left there is replaced. Its errors are those of Open, and
// ErrExists.
func Fill(o Options) (verify.Filling, error) {
	if info, err := os.Stat(o.Path); err == nil && info.Size() > 0 {
		return nil, fmt.Errorf("%s: %w", o.Path, ErrExists)
	}
	f := &filling{path: o.Path, beside: o.Path + ".restoring"}
	o.Path, o.ReadOnly = f.beside, false
	s, err := Open(o)
	if errors.Is(err, ErrLocked) {
		return nil, err // by another that is filled just now
	}
	if err == nil && !s.Created() {
		err = errors.Join(s.Close(), ErrForeign)
	}
	if err != nil {
		if err := os.Remove(f.beside); err != nil {
			return nil, err
		}
		if s, err = Open(o); err != nil {
			return nil, err
		}
	}
	f.Store = s
	f.db.NoSync = true // Finish makes all of it durable
	return f, nil
}

// Fill adds records.
func (f *filling) Fill(ctx context.Context, r verify.Records) error {
	return f.update(ctx, func(tx *bbolt.Tx) error { return ledger.Fill(transaction{tx}, f.sealer, r) })
}

// Finish gives the file its name, if there is none of it by now.
func (f *filling) Finish(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := errors.Join(f.db.Sync(), f.Close()); err != nil {
		return classify(err)
	}
	if info, err := os.Stat(f.path); err == nil && info.Size() == 0 {
		if err := os.Remove(f.path); err != nil {
			return err
		}
	}
	err := os.Link(f.beside, f.path) // unlike a rename it replaces nothing
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%s: %w: %w", f.path, verify.ErrConflict, ErrExists)
	}
	if err != nil {
		return err
	}
	return errors.Join(os.Remove(f.beside), syncFolder(filepath.Dir(f.path)))
}

// Discard takes the file away.
func (f *filling) Discard() error {
	err := f.Close()
	if gone := os.Remove(f.beside); !errors.Is(gone, os.ErrNotExist) {
		err = errors.Join(err, gone)
	}
	return err
}
