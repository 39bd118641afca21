package verify

import (
	"context"
	"time"
)

// Event is an Entry of the audit as whoever reads credentials may see it: that something changed.
type Event struct {
	Seq    uint64    `json:"seq"`
	At     time.Time `json:"at"`
	Type   string    `json:"type"` // the Action of the Entry
	Code   Code      `json:"code"` // as it was then; empty where it is about the holder alone
	Holder string    `json:"holder"`
}

// Audit returns at most limit entries after a sequence number, oldest first, and the number to go on after; 0 where nothing
// follows yet.
func (r *Registry) Audit(ctx context.Context, after uint64, limit int) (entries []Entry, next uint64, err error) {
	next, err = r.follow(ctx, after, func(e Entry) bool {
		if len(entries) == max(limit, 1) {
			return false
		}
		entries = append(entries, e)
		return true
	})
	return entries, next, err
}

// Events returns at most limit events after a sequence number, oldest first, and the number to go on after; 0 where nothing
// follows yet. Their numbers have gaps, where the audit tells of something else than credentials and holders. A rename is
// one event of the holder, an erasure too.
func (r *Registry) Events(ctx context.Context, after uint64, limit int) (events []Event, next uint64, err error) {
	looked := 0
	next, err = r.follow(ctx, after, func(e Entry) bool {
		if len(events) == max(limit, 1) || looked == maxLooked {
			return false
		}
		if looked++; e.Holder != "" {
			events = append(events, Event{Seq: e.Seq, At: e.At, Type: e.Action, Code: e.Code, Holder: e.Holder})
		}
		return true
	})
	return events, next, err
}

// follow walks the audit until take refuses an entry, and returns the number of the one before; 0 where it refused none.
func (r *Registry) follow(ctx context.Context, after uint64, take func(Entry) bool) (next uint64, err error) {
	err = r.Store.Audit(ctx, after, func(e Entry) bool {
		if !take(e) {
			next = after
			return false
		}
		after = e.Seq
		return true
	})
	return next, err
}
