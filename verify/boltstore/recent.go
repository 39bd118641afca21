package boltstore

import (
	"sync"

	"testamur/verify"
	"testamur/verify/ledger"
)

// recent keeps public records as they were read. It can never be behind the file: this process alone writes it, every
// commit takes out what it changed before it is acknowledged, and what was read while a commit was under way is not
// kept.
type recent struct {
	mu      sync.RWMutex
	commits uint64
	kept    ledger.Kept
}

// get returns a record that is kept, or the number of commits so far for put.
func (r *recent) get(code verify.Code) (record verify.Record, kept bool, commits uint64) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	record, kept = r.kept.Get(code)
	return record, kept, r.commits
}

// put keeps a record that was read after get, unless there was a commit since.
func (r *recent) put(record verify.Record, commits uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.commits == commits {
		r.kept.Put(record)
	}
}

// forget is called after every commit, failed ones too, before anybody hears of it.
func (r *recent) forget(changed ...verify.Code) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.commits++
	for _, code := range changed {
		r.kept.Delete(code)
	}
}

// close ends it: from now on everything is asked of the file, which is closed too.
func (r *recent) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.kept.Close()
}
