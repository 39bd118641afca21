package redisstore

import (
	"errors"
	"testing"

	"testamur/verify"
)

// What was read is kept only if nothing was heard of it, and the feed was not interrupted, since the read began.
func TestWhatIsKept(t *testing.T) {
	const code, other verify.Code = "7K3M-9QXT-4P24", "ZZZZ-ZZZZ-ZZZK"
	for name, c := range map[string]struct {
		meanwhile func(r *recent)
		kept      bool
	}{
		"nothing happens":       {func(*recent) {}, true},
		"another code changes":  {func(r *recent) { r.forget(other) }, true},
		"it changes":            {func(r *recent) { r.forget(other, code) }, false},
		"the feed breaks":       {func(r *recent) { r.reset() }, false},
		"the store is closed":   {func(r *recent) { r.close() }, false},
		"it changes, and again": {func(r *recent) { r.forget(code); r.forget(code) }, false},
	} {
		r := newRecent()
		shared, begun := r.share(code)
		if again, second := r.share(code); !begun || second || again != shared {
			t.Fatal("two reads of one code at once")
		}
		c.meanwhile(r)
		fresh, begun := r.share(code)
		if begun == c.kept && name != "the store is closed" {
			t.Errorf("%s: who asks then has a read of his own: %v", name, begun)
		}
		shared.record = verify.Record{Code: code, Name: "as it was"}
		r.end(code, shared)
		if got, kept := r.get(code); kept != c.kept || kept && got != shared.record {
			t.Errorf("%s: kept %v, want %v", name, kept, c.kept)
		}
		if begun { // the newer read ends later, and counts
			fresh.record = verify.Record{Code: code, Name: "as it is"}
			r.end(code, fresh)
			if got, kept := r.get(code); !kept || got != fresh.record {
				t.Errorf("%s: the newer read is not kept: %+v", name, got)
			}
		}
		r.forget(code)
		if _, kept := r.get(code); kept {
			t.Errorf("%s: kept after a change", name)
		}
	}
}

const someCode verify.Code = "7K3M-9QXT-4P24"

// What was not found, or failed, is asked again.
func TestRecentKeepsNoFailure(t *testing.T) {
	r := newRecent()
	for _, err := range []error{verify.ErrNotFound, errors.New("away")} {
		shared, _ := r.share(someCode)
		shared.err = err
		r.end(someCode, shared)
		if _, kept := r.get(someCode); kept || len(r.reads) != 0 {
			t.Errorf("kept after %v", err)
		}
	}
	r.close()
	shared, _ := r.share(someCode)
	shared.record.Code = someCode
	r.end(someCode, shared)
	if _, kept := r.get(someCode); kept {
		t.Error("a closed store answers")
	}
}

// A record that is kept costs no question.
func BenchmarkRecent(b *testing.B) {
	s := &Store{recent: newRecent()}
	s.pulse.begin()
	raise(&s.pulse.heard, int64(goodFor))
	s.pulse.start = s.pulse.start.Add(-goodFor)
	shared, _ := s.recent.share(someCode)
	shared.record.Code = someCode
	s.recent.end(someCode, shared)
	b.ReportAllocs()
	for b.Loop() {
		raise(&s.pulse.heard, s.pulse.now())
		if _, err := s.Recent(ctx, someCode); err != nil {
			b.Fatal(err)
		}
	}
}
