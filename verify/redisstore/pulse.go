package redisstore

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"testamur/verify"
)

// Several times a second the store asks Redis for a sign of life, a beat: a script that does nothing unless the marker is
// ours, and sends a message on the feed on which changes are told too. Four things are known from it:
//
//   - That Redis answers and is ours. Where it has not for a second, nobody waits for it any more.
//   - That it has all that it had (progress.go).
//   - That the feed comes through: a beat that came back was behind all changes before it.
//   - Where another primary may be chosen, that ours still is one: only a primary has replicas that confirm its writes.

const (
	beatEvery = 150 * time.Millisecond
	// Known from beats that were sent so long ago:
	goodFor      = time.Second     // that Redis answers; that the feed comes through
	confirmedFor = 2 * time.Second // that ours is the primary
)

// pulse is when the newest beats were sent, in nanoseconds since the start: those that came to something.
type pulse struct {
	start     time.Time
	answered  atomic.Int64 // Redis has answered, and is ours
	confirmed atomic.Int64 // so many replicas have it as should
	heard     atomic.Int64 // it came back on the feed
	trouble   atomic.Pointer[error]
}

func (p *pulse) begin() {
	p.start = time.Now()
	p.confirmed.Store(-2 * int64(confirmedFor)) // never yet
}

func (p *pulse) now() int64 { return int64(time.Since(p.start)) }

func raise(at *atomic.Int64, to int64) {
	for {
		now := at.Load()
		if to <= now || at.CompareAndSwap(now, to) {
			return
		}
	}
}

// fit is the error of a Redis that is known to be of no use just now. With guarded it must be known to be the primary.
func (p *pulse) fit(guarded bool) error {
	trouble := p.trouble.Load()
	now := p.now()
	if trouble != nil && (notOurs(*trouble) || now-p.answered.Load() > int64(goodFor)) {
		return *trouble
	}
	if guarded && now-p.confirmed.Load() > int64(confirmedFor) {
		return fmt.Errorf("%w: no replica has confirmed for %s that this is still the primary", verify.ErrUnavailable, confirmedFor)
	}
	return nil
}

// fresh reports whether all changes up to a second ago have been heard of.
func (p *pulse) fresh(guarded bool) bool {
	since := p.now() - int64(goodFor)
	return p.heard.Load() > max(since, 0) && (!guarded || p.confirmed.Load() > since)
}

// beatScript is a beat; it returns what is owed, and the head. Only where replicas are to confirm it, it writes.
const beatScript = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 'lost' end
if ARGV[4] ~= '0' then redis.call('SET', KEYS[2], ARGV[3], 'EX', 60) end
redis.call('PUBLISH', ARGV[2], ARGV[3])
return 'done ' .. (redis.call('GET', KEYS[3]) or '') .. ' ' .. (redis.call('GET', KEYS[4]) or '')`

// Messages on the feed begin with what they are.
const (
	changedMessage = "changed "
	goneMark       = "!" // before a code that is no more
	renamedMark    = "~" // before a code of a changed holder, which stands there without it too
	numberMark     = "#" // before the number of the newest entry of the audit
	beatMessage    = "beat "
)

func (s *Store) channel() string { return prefix + "feed:" + s.id }

// beat is one beat. Its error is verify.ErrNotConfirmed where Redis has it and too few replicas.
func (s *Store) beat(ctx context.Context) error {
	replicas := s.replicas
	if s.guarded {
		replicas = max(1, replicas)
	}
	sent, seen, kept := s.pulse.now(), s.progress.seen.Load(), s.progress.kept.Load()
	said, acks, err := s.run(ctx, replicas, beatScript, []string{s.claim, beatKey, rewriteKey, headKey}, s.marker, s.channel(), s.beatText(sent), replicas)
	done, ours := strings.CutPrefix(said, "done ")
	rewrite, sealed, _ := strings.Cut(done, " ")
	switch {
	case err != nil:
		return err
	case !ours:
		return errLost
	}
	if err := s.compare(sealed, seen, kept, acks); err != nil {
		return err
	}
	s.owed.set(rewrite)
	raise(&s.pulse.answered, sent)
	if acks < replicas {
		return fmt.Errorf("%w: %d of %d", verify.ErrNotConfirmed, acks, replicas)
	}
	raise(&s.pulse.confirmed, sent)
	return nil
}

func (s *Store) beatText(sent int64) string {
	return beatMessage + s.pulse.start.Format("150405.000000000") + " " + strconv.FormatInt(sent, 10)
}

// keepBeating beats until ctx ends, and tells the log when something changes.
func (s *Store) keepBeating(ctx context.Context) {
	tick := time.NewTicker(beatEvery)
	defer tick.Stop()
	for lost := ""; ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := s.call(ctx, s.beat)
		if ctx.Err() != nil {
			return
		}
		if errors.Is(err, verify.ErrNotConfirmed) {
			s.pulse.trouble.Store(nil)
		} else if err != nil {
			s.pulse.trouble.Store(&err)
			if notOurs(err) {
				s.recent.reset()
			}
		} else {
			s.pulse.trouble.Store(nil)
		}
		switch now := kindOf(err); {
		case now == lost:
		case err != nil:
			s.log.Error("the store is in trouble", "error", err.Error())
			lost = now
		default:
			s.log.Info("the store is well again")
			lost = now
		}
		if err == nil {
			s.writeAnew(ctx)
		}
	}
}

// notOurs reports whether what Redis has is another store, or an older one: nothing is answered from it, however it answers.
func notOurs(err error) bool { return errors.Is(err, errLost) || errors.Is(err, errBack) }

func kindOf(err error) string {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, errLost):
		return "lost"
	case errors.Is(err, errBack):
		return "back"
	case errors.Is(err, verify.ErrNotConfirmed):
		return "alone"
	}
	return "silent"
}

// owed is a rewrite of the files of Redis that has not begun. Which erasure it is for stands in Redis, written by the erasure
// itself: a server that dies after it leaves it to the next one that beats.
type owed struct {
	mu    sync.Mutex
	to    string    // id of the erasure; empty: none
	told  string    // the one that the log has been told of
	again time.Time // not asked before
}

func (o *owed) set(to string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.to = to
}

// paidScript takes away what was owed, unless it is to a later erasure by now.
const paidScript = `
if redis.call('GET', KEYS[1]) == ARGV[1] and redis.call('GET', KEYS[2]) == ARGV[2] then redis.call('DEL', KEYS[2]) end
return 'done'`

// writeAnew asks Redis to write its files anew, where that is owed to an erasure: what was erased stays in them until then.
func (s *Store) writeAnew(ctx context.Context) {
	const pause = time.Second
	s.owed.mu.Lock()
	defer s.owed.mu.Unlock()
	if s.owed.to == "" || time.Now().Before(s.owed.again) {
		return
	}
	begun := false
	err := s.call(ctx, func(ctx context.Context) error {
		node, err := s.primary(ctx)
		if err != nil {
			return err
		}
		said, err := node.BgRewriteAOF(ctx).Result()
		if err != nil {
			return err
		}
		if begun = strings.HasSuffix(said, "started"); begun { // else it is only to begin, after a snapshot
			_, _, err = s.run(ctx, 0, paidScript, []string{s.claim, rewriteKey}, s.marker, s.owed.to)
		}
		return err
	})
	if begun && err == nil {
		s.owed.to = ""
		return
	}
	s.owed.again = time.Now().Add(pause)
	// One that goes on may have begun before the erasure: it is asked again.
	if err != nil && !begun && !strings.Contains(err.Error(), "in progress") && s.owed.told != s.owed.to {
		s.owed.told = s.owed.to
		s.log.Warn("Redis does not write its file anew: what was erased stays in it until it does so by itself", "error", err.Error())
	}
}

// listen follows the feed until ctx ends.
func (s *Store) listen(ctx context.Context) {
	own := s.beatText(0)
	own = own[:len(own)-1]
	for told := ""; ctx.Err() == nil; {
		err := s.follow(ctx, own)
		s.recent.reset()
		if ctx.Err() != nil {
			return
		}
		if now := fmt.Sprint(err); redis.HasErrorPrefix(err, "NOPERM") && now != told {
			s.log.Warn("Redis does not let us hear its feed: every picture asks it", "error", now)
			told = now
		}
		select {
		case <-ctx.Done():
		case <-time.After(beatEvery / 2):
		}
	}
}

// follow hears the feed until something is wrong with it. own begins the beats of this program.
func (s *Store) follow(ctx context.Context, own string) error {
	feed := s.client.Subscribe(ctx, s.channel())
	defer feed.Close()
	defer context.AfterFunc(ctx, func() { _ = feed.Close() })()
	for {
		m, err := feed.ReceiveTimeout(ctx, goodFor) // its own beats come more often
		if err != nil {
			return err
		}
		switch m := m.(type) {
		case *redis.Subscription: // the first, or another connection in its place
			s.recent.reset()
			s.missed()
		case *redis.Message:
			if codes, ok := strings.CutPrefix(m.Payload, changedMessage); ok {
				s.hear(codes)
			} else if sent, ok := strings.CutPrefix(m.Payload, own); ok {
				if at, err := strconv.ParseInt(sent, 10, 64); err == nil && at <= s.pulse.now() {
					raise(&s.pulse.heard, at)
				}
			}
		}
	}
}

// hear takes in which codes were changed.
func (s *Store) hear(codes string) {
	var changed, gone, renamed []verify.Code
	for code := range strings.SplitSeq(codes, " ") {
		if code, is := strings.CutPrefix(code, goneMark); is {
			gone = append(gone, verify.Code(code))
		} else if code, is := strings.CutPrefix(code, renamedMark); is {
			renamed = append(renamed, verify.Code(code))
		} else if number, is := strings.CutPrefix(code, numberMark); is {
			if n, err := strconv.ParseInt(number, 10, 64); err == nil {
				s.progress.reached(n, s.keeps(0))
			}
		} else {
			changed = append(changed, verify.Code(code))
		}
	}
	s.recent.forget(changed...)
	if len(gone) > 0 {
		s.gone(gone...)
	}
	if len(renamed) > 0 {
		s.renamed(renamed...)
	}
}
