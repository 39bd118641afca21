package boltstore

import (
	"errors"
	"io/fs"
	"os"
	"testing"

	"testamur/verify"
	"testamur/verify/storetest"
)

func filled(n int) verify.Records {
	return verify.Records{Credentials: []verify.Placed{{Place: 1, Credential: storetest.Grant(n, verify.Link).Credentials[0]}}}
}

// begin begins to fill a store with a first credential.
func begin(t *testing.T, o Options) verify.Filling {
	t.Helper()
	f, err := Fill(o)
	if err == nil {
		err = f.Fill(ctx, filled(1))
	}
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// What is not finished is no store, whatever becomes of it.
func TestHalfFilled(t *testing.T) {
	o := Options{Path: file(t), Sealer: verify.NewSealer(secret)}
	f := begin(t, o)
	if _, err := os.Stat(o.Path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it is there: %v", err)
	}
	if _, err := Fill(o); !errors.Is(err, ErrLocked) {
		t.Errorf("a second one at once: %v", err)
	}
	if err := f.(*filling).Close(); err != nil { // as after a kill
		t.Fatal(err)
	}
	if err := os.WriteFile(o.Path+".restoring", []byte("half a page"), 0o600); err != nil {
		t.Fatal(err)
	}
	f = begin(t, o) // and again from the beginning
	if err := f.Finish(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(o.Path + ".restoring"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the other file is there: %v", err)
	}
	if info, err := os.Stat(o.Path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v: only its owner may read it", info.Mode(), err)
	}
	s := open(t, o.Path)
	if _, err := s.Record(ctx, storetest.Code(1)); err != nil || s.Created() {
		t.Errorf("Record: %v; created: %v", err, s.Created())
	}
	sound(t, s)
	if _, err := Fill(o); !errors.Is(err, ErrExists) {
		t.Errorf("over a store: %v", err)
	}
}

// A store that comes while another is filled in its place is left as it is.
func TestFillLosesARace(t *testing.T) {
	o := Options{Path: file(t), Sealer: verify.NewSealer(secret)}
	f := begin(t, o)
	s := open(t, o.Path)
	commit(t, s, storetest.Grant(2, verify.Link))
	if err := f.Finish(ctx); !errors.Is(err, verify.ErrConflict) || !errors.Is(err, ErrExists) {
		t.Errorf("Finish: %v", err)
	}
	if err := f.Discard(); err != nil {
		t.Errorf("Discard: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, o.Path)
	if _, err := s.Record(ctx, storetest.Code(2)); err != nil {
		t.Errorf("Record: %v", err)
	}
	if _, err := s.Record(ctx, storetest.Code(1)); !errors.Is(err, verify.ErrNotFound) {
		t.Errorf("Record of the other: %v", err)
	}
}

func TestFillOverAnEmptyFile(t *testing.T) {
	o := Options{Path: file(t), Sealer: verify.NewSealer(secret)}
	if err := os.WriteFile(o.Path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := begin(t, o).Finish(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := open(t, o.Path).Record(ctx, storetest.Code(1)); err != nil {
		t.Errorf("Record: %v", err)
	}
}
