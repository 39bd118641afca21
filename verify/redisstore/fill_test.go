package redisstore

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"testamur/verify"
	"testamur/verify/redistest"
	"testamur/verify/storetest"
)

// records are so many people, from one on.
func records(from, to int) (r verify.Records) {
	for n := from; n < to; n++ {
		w := storetest.Grant(n, verify.Link)
		e := w.Audit[0]
		e.Seq = uint64(n + 1)
		r.Audit = append(r.Audit, e)
		r.Credentials = append(r.Credentials, verify.Placed{Place: uint64(n + 1), Credential: w.Credentials[0]})
		r.Replies = append(r.Replies, verify.Reply{Key: fmt.Sprint(n), At: e.At, Holder: w.Holder.ID})
	}
	return r
}

// A store that is being filled is served by nobody. What was cut short is no hindrance to the next; one that goes on ends
// when another begins.
func TestFillIsAlone(t *testing.T) {
	r := redistest.Start(t, redistest.Durable()...)
	o := options(t, "redis://"+r.Addr())
	begin := func() verify.Filling {
		t.Helper()
		f, err := Fill(ctx, o)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	add := func(f verify.Filling, from, to int) error { return f.Fill(ctx, records(from, to)) }
	first := begin()
	if err := add(first, 0, 600); err != nil {
		t.Fatal(err)
	}
	for _, init := range []bool{false, true} {
		o := o
		o.Init = init
		if s, err := Open(ctx, o); !errors.Is(err, ErrForeign) || !strings.Contains(err.Error(), "restore-backup") {
			t.Errorf("half filled: %v, %v", s, err)
		}
	}
	second := begin() // the first was cut short, or so it seems
	for what, err := range map[string]error{"Fill": add(first, 600, 700), "Finish": first.Finish(ctx)} {
		if !errors.Is(err, verify.ErrConflict) {
			t.Errorf("%s of the one before: %v", what, err)
		}
	}
	if err := first.Discard(); err != nil {
		t.Errorf("Discard of the one before: %v", err)
	}
	if err := errors.Join(add(second, 0, 500), add(second, 500, 1000)); err != nil {
		t.Fatal(err)
	}
	if err := second.Finish(ctx); err != nil {
		t.Fatal(err)
	}
	if err := second.Discard(); err != nil {
		t.Errorf("Discard of what is finished: %v", err)
	}
	if f, err := Fill(ctx, o); !errors.Is(err, ErrOurs) {
		t.Errorf("into a store: %v, %v", f, err)
	}
	o.Init = false
	s := open(t, o)
	all := 0
	err := s.Credentials(ctx, 0, func(place uint64, c verify.Credential) bool {
		all++
		return place == uint64(all) && c.Code == storetest.Code(all-1)
	})
	if err != nil || all != 1000 {
		t.Errorf("%d credentials, %v", all, err)
	}
	commit(t, s, storetest.Grant(1000, verify.Link))
}

// What is given up leaves an empty Redis, and what is not empty is not touched.
func TestFillDiscarded(t *testing.T) {
	r := redistest.Start(t, redistest.Durable()...)
	o := options(t, "redis://"+r.Addr())
	f, err := Fill(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Fill(ctx, records(0, 400)); err != nil {
		t.Fatal(err)
	}
	if err := f.Discard(); err != nil {
		t.Fatal(err)
	}
	if keys, err := r.Ask("KEYS", "*"); err != nil || keys != "" {
		t.Errorf("left: %s, %v", keys, err)
	}
	if _, err := r.Ask("FLUSHALL"); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Ask("SET", "session", "x"); err != nil {
		t.Fatal(err)
	}
	if f, err := Fill(ctx, o); !errors.Is(err, ErrForeign) {
		t.Errorf("into another's: %v, %v", f, err)
	}
	if got, err := r.Ask("GET", "session"); err != nil || got != "x" {
		t.Errorf("%q, %v", got, err)
	}
}
