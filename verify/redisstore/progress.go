package redisstore

import (
	"encoding/json"
	"fmt"
	"sync/atomic"

	"testamur/verify"
)

// progress is how far the store has come, by the number of its newest entry in the audit, which never becomes smaller. One
// that did is of a Redis that was put back to an older state: an older copy of its files, a disk that lost what was written.
// What was revoked or withdrawn since is not so in it.
//
// A fail-over may lose what no replica has confirmed, and that is no reason to answer nobody: it is told to the log alone.
type progress struct {
	seen atomic.Int64 // what Redis has shown or acknowledged
	kept atomic.Int64 // what it must have still, whichever server is the primary
	back atomic.Bool  // it had less; until this program is started anew
}

// errBack is a Redis that has less than it had.
var errBack = fmt.Errorf("%w: its Redis was put back to an older state, and acknowledged changes are missing: credentials that were revoked or withdrawn may be valid in it. "+
	"Put the newest data back; or start every server anew, which takes what is there, and repeat what is missing (docs/operate.md)", verify.ErrUnavailable)

// reached notes a number. kept says that Redis must have it from now on.
func (p *progress) reached(number int64, kept bool) {
	raise(&p.seen, number)
	if kept {
		raise(&p.kept, number)
	}
}

// found compares a number with what was seen and kept when it was asked for, and reports what was lost: acknowledged changes
// that a fail-over may lose. Its error is errBack.
func (p *progress) found(number, seen, kept int64) (lost int64, err error) {
	if number < kept {
		p.back.Store(true)
	}
	if p.back.Load() {
		return 0, errBack
	}
	if number < seen && p.seen.CompareAndSwap(seen, number) {
		lost = seen - number
	}
	return lost, nil
}

// keeps reports whether Redis must still have what it acknowledged: with enough replicas that confirmed it, or because there is
// no other server to take its place.
func (s *Store) keeps(acks int) bool {
	if s.guarded {
		return acks >= max(1, s.replicas)
	}
	return !s.cluster
}

// compare looks at the head that came back from a beat. One that cannot be read is said to those who need it.
func (s *Store) compare(sealed string, seen, kept int64, acks int) error {
	var h head
	raw, err := s.sealer.Open("head", []byte(sealed))
	if err != nil || json.Unmarshal(raw, &h) != nil || s.guarded && !s.keeps(acks) { // or of a primary that may be none
		if s.progress.back.Load() {
			return errBack
		}
		return nil
	}
	lost, err := s.progress.found(int64(h.Audit), seen, kept)
	if lost > 0 {
		s.log.Error("a fail-over has lost changes that were acknowledged: compare your own list with the audit, and repeat what is missing", "changes", lost)
	}
	if err == nil {
		s.progress.reached(int64(h.Audit), s.keeps(acks))
	}
	return err
}
