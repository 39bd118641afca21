package redisstore

import (
	"context"
	"sync"

	"testamur/verify"
	"testamur/verify/ledger"
)

// recent keeps public records for pictures. It is used only while the feed is known to come through, and so may be behind
// Redis by a second and not more: whoever changes a record says so on the feed in the same script, which takes it out
// here. A record is kept only if nothing was heard of its code, and the feed was not interrupted, since its read began.
type recent struct {
	mu    sync.RWMutex
	kept  ledger.Kept
	reads map[verify.Code]*read // under way
}

// read is one read of a record that all who want it now share.
type read struct {
	done    chan struct{}
	spoiled bool // under recent.mu
	record  verify.Record
	err     error
}

func newRecent() *recent { return &recent{reads: map[verify.Code]*read{}} }

func (r *recent) get(code verify.Code) (verify.Record, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.kept.Get(code)
}

// share returns the read of a code that is under way, or begins one: then it is to be ended.
func (r *recent) share(code verify.Code) (shared *read, begun bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if shared = r.reads[code]; shared != nil {
		return shared, false
	}
	shared = &read{done: make(chan struct{})}
	r.reads[code] = shared
	return shared, true
}

// end keeps what was read, unless something was heard since share.
func (r *recent) end(code verify.Code, ended *read) {
	r.mu.Lock()
	defer r.mu.Unlock()
	close(ended.done)
	if ended.spoiled {
		return
	}
	delete(r.reads, code)
	if ended.err == nil {
		r.kept.Put(ended.record)
	}
}

// forget is called when codes are heard of.
func (r *recent) forget(changed ...verify.Code) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, code := range changed {
		r.kept.Delete(code)
		r.spoil(code, r.reads[code])
	}
}

// reset is called when the feed is interrupted: who knows what was said.
func (r *recent) reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.kept.Clear()
	for code, under := range r.reads {
		r.spoil(code, under)
	}
}

// spoil lets nobody else share a read, and not keep it.
func (r *recent) spoil(code verify.Code, under *read) {
	if under != nil {
		under.spoiled = true
		delete(r.reads, code)
	}
}

// close ends it: from now on everything is asked of Redis, which is closed too.
func (r *recent) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.kept.Close()
}

// Recent returns the public record of a code as it is or was a second ago at most.
func (s *Store) Recent(ctx context.Context, code verify.Code) (verify.Record, error) {
	if !s.pulse.fresh(s.guarded) {
		return s.Record(ctx, code)
	}
	if err := ctx.Err(); err != nil {
		return verify.Record{}, err
	}
	if r, kept := s.recent.get(code); kept {
		return r, nil
	}
	shared, begun := s.recent.share(code)
	if begun {
		shared.record, shared.err = s.Record(context.WithoutCancel(ctx), code) // others wait for it too
		s.recent.end(code, shared)
		return shared.record, shared.err
	}
	select {
	case <-shared.done:
		return shared.record, shared.err
	case <-ctx.Done():
		return verify.Record{}, ctx.Err()
	}
}
