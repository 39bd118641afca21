// Package redisstore is a verify.Store in Redis: one server, Sentinel or a Cluster. A change is one script, which checks
// that nothing else has changed meanwhile, and is durable as the Redis is set to be (docs/operate.md).
//
// All keys have one hash tag and so one slot: a script reaches all of them on a Cluster too. What that costs is that a
// Cluster keeps going when a node fails, but does not hold more than one node does.
//
// It knows how records are kept, not what they mean. Begin with Open; what a transaction is stands in transaction.go, how
// pictures read without asking Redis in recent.go, how it is known that Redis is there and ours in pulse.go.
package redisstore

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"testamur/verify"
	"testamur/verify/ledger"
)

// Errors of Open.
var (
	ErrForeign = ledger.ErrForeign
	ErrEmpty   = errors.New("this Redis is empty: where it is to be ours, start once with serve --init; where it was ours, its data is gone")
	ErrOurs    = errors.New("this Redis is a store already: start without --init")
	ErrUnfit   = errors.New("this Redis cannot be used as it is")
)

// prefix begins every key. Its braces make one slot of all of them.
const prefix = "{testamur}:"

// Keys that are not the ledger's.
const (
	markerKey  = prefix + "marker"  // ledger.Marker, as JSON: that the store is ours
	fillingKey = prefix + "filling" // the same of a store in the making, instead of the marker
	headKey    = prefix + "head"    // head, sealed: the last write
	beatKey    = prefix + "beat"    // what replicas confirm where nothing else is written
	rewriteKey = prefix + "rewrite" // id of an erasure after which Redis has not been asked yet to write its files anew
	writeKey   = prefix + "write:"  // with the id of a write: that it is done
)

// Options says which Redis to open and how.
type Options struct {
	Address  Address
	Sealer   *verify.Sealer
	Replicas int          // how many must confirm a write before it is acknowledged (TESTAMUR_REDIS_WAIT)
	Init     bool         // make a store of an empty Redis; any other is refused
	Log      *slog.Logger // nil: none
	// Gone is told which codes have been erased or have a new code, by whatever program. nil: nobody is.
	Gone func(codes ...verify.Code)
	// Renamed is told the codes of a holder that has another name, language or address. nil: nobody is.
	Renamed func(codes ...verify.Code)
	// Missed is called where Gone and Renamed may not have been told of something: when the feed is heard again after an
	// interruption, and when it is heard first. nil: nobody is.
	Missed func()
	// Patience is how long a call may take in all before it is verify.ErrUnavailable, and more than half of it for one
	// answer of Redis; 0 is 250 ms.
	Patience time.Duration
}

// timing is how long to wait for Redis: for one answer, and for all of a call.
type timing struct{ once, all time.Duration }

func (o Options) timing() timing {
	if o.Patience == 0 {
		o.Patience = 250 * time.Millisecond
	}
	return timing{o.Patience * 3 / 5, o.Patience}
}

// Store is a verify.Store in Redis. It is safe for concurrent use.
type Store struct {
	*ledger.Reader // every read but Reply and Recent
	client         redis.UniversalClient
	sealer         *verify.Sealer
	log            *slog.Logger
	timing         timing
	replicas       int
	gone, renamed  func(codes ...verify.Code)
	missed         func()
	guarded        bool // another primary may be chosen: only what replicas confirm shows that ours still is one
	cluster        bool

	claim  string // key of the marker, or of what stands in its place
	marker string // what stands there, to the byte
	id     string // of the marker

	created bool

	turn     chan struct{} // one change at a time: they would only get in each other's way
	stumbles atomic.Uint64 // changes that Redis has not answered
	pulse    pulse
	recent   *recent
	progress progress
	owed     owed

	stop func()
	done sync.WaitGroup
}

var _ verify.Store = (*Store)(nil)

// Open connects to a Redis that is ours. Its errors are ErrEmpty, ErrForeign, ErrOurs, ErrUnfit and verify.ErrUnavailable,
// each with the address. What may lose data is told to the log.
func Open(ctx context.Context, o Options) (*Store, error) {
	s, err := connect(o)
	if err != nil {
		return nil, err
	}
	if err := s.begin(ctx, o); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", o.Address, err), s.Close())
	}
	return s, nil
}

// Created reports whether Open made the store.
func (s *Store) Created() bool { return s.created }

// connect makes a Store that has asked nothing yet.
func connect(o Options) (*Store, error) {
	redis.SetLogger(silence{}) // the one there is for all clients: what goes wrong comes as an error
	s := &Store{sealer: o.Sealer, log: o.Log, timing: o.timing(), replicas: o.Replicas, guarded: o.Replicas > 0 || o.Address.master != "",
		claim: markerKey, turn: make(chan struct{}, 1), stop: func() {}, recent: newRecent(), gone: o.Gone, renamed: o.Renamed, missed: o.Missed}
	if s.gone == nil {
		s.gone = func(...verify.Code) {}
	}
	if s.renamed == nil {
		s.renamed = func(...verify.Code) {}
	}
	if s.missed == nil {
		s.missed = func() {}
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.pulse.begin()
	var err error
	if s.client, err = o.Address.client(s.timing); err != nil {
		return nil, err
	}
	s.cluster = o.Address.cluster()
	s.Reader = ledger.NewReader(o.Sealer, s.view)
	return s, nil
}

type silence struct{}

func (silence) Printf(context.Context, string, ...any) {}

// arrivals is how often Redis is asked at the start, with a pause of a beat between: it may just be starting too.
const arrivals = 8

// begin arrives, and begins to listen.
func (s *Store) begin(ctx context.Context, o Options) error {
	warnings, err := s.arrive(ctx, o)
	for try := 1; try < arrivals && errors.Is(err, verify.ErrUnavailable) && ctx.Err() == nil; try++ {
		select {
		case <-ctx.Done():
		case <-time.After(beatEvery):
		}
		warnings, err = s.arrive(ctx, o)
	}
	if err != nil {
		return err
	}
	for _, w := range warnings {
		s.log.Warn(w, "redis", o.Address.String())
	}
	ctx, s.stop = context.WithCancel(context.WithoutCancel(ctx))
	s.done.Go(func() { s.listen(ctx) })
	s.done.Go(func() { s.keepBeating(ctx) })
	return nil
}

// arrive finds out what Redis it is and whose, claims an empty one where it may, and beats for the first time.
func (s *Store) arrive(ctx context.Context, o Options) (warnings []string, err error) {
	if warnings, err = s.inspect(ctx); err != nil {
		return nil, err
	}
	drawn := s.marker // in an earlier try whose answer was lost
	err = s.recognise(ctx)
	s.created = s.created || err == nil && s.marker == drawn
	switch {
	case err == nil && o.Init && !s.created:
		return nil, ErrOurs
	case errors.Is(err, ErrEmpty) && o.Init:
		err = s.init(ctx)
		s.created = err == nil
	}
	if err != nil {
		return nil, err
	}
	err = s.call(ctx, s.beat)
	switch {
	case errors.Is(err, verify.ErrNotConfirmed): // replicas may come later
		err = nil
	case redis.HasErrorPrefix(err, "NOPERM"), err != nil && strings.Contains(err.Error(), "The user executing the script"):
		err = fmt.Errorf("%w: its user may not do what is needed; let it use keys ~%s* and channels &%s* (docs/operate.md): %w", ErrUnfit, prefix, prefix, err)
	}
	return warnings, err
}

// Close ends the use of the Redis. Later calls are verify.ErrUnavailable.
func (s *Store) Close() error {
	s.stop()
	s.recent.close()
	err := s.client.Close()
	s.done.Wait()
	if errors.Is(err, redis.ErrClosed) {
		return nil
	}
	return err
}

// recognise reads the marker.
func (s *Store) recognise(ctx context.Context) error {
	var found, filling *redis.StringCmd
	err := s.call(ctx, func(ctx context.Context) error {
		_, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
			found, filling = p.Get(ctx, markerKey), p.Get(ctx, fillingKey)
			return nil
		})
		if errors.Is(err, redis.Nil) {
			err = errors.Join(notNil(found.Err()), notNil(filling.Err()))
		}
		return err
	})
	switch {
	case err != nil:
		return err
	case found.Err() != nil && filling.Err() == nil:
		return fmt.Errorf("%w: a restore-backup into it was cut short, or goes on just now; run it again", ErrForeign)
	case found.Err() != nil:
		return s.empty(ctx)
	}
	var m ledger.Marker
	if err := json.Unmarshal([]byte(found.Val()), &m); err != nil {
		return fmt.Errorf("%w: its marker is damaged", ErrForeign)
	}
	if err := m.Check(s.sealer); err != nil {
		return err
	}
	s.marker, s.id = found.Val(), m.ID
	return nil
}

func notNil(err error) error {
	if errors.Is(err, redis.Nil) {
		return nil
	}
	return err
}

// empty is ErrEmpty, or ErrForeign where there are keys.
func (s *Store) empty(ctx context.Context) error {
	var keys atomic.Int64
	err := s.call(ctx, func(ctx context.Context) error {
		return s.everyPrimary(ctx, func(ctx context.Context, node *redis.Client) error {
			n, err := node.DBSize(ctx).Result()
			keys.Add(n)
			return err
		})
	})
	switch {
	case err != nil:
		return err
	case keys.Load() > 0:
		return fmt.Errorf("%w: it has %d keys and no marker of ours", ErrForeign, keys.Load())
	}
	return ErrEmpty
}

// everyPrimary calls do for each primary of a Cluster, or for the one server there is.
func (s *Store) everyPrimary(ctx context.Context, do func(ctx context.Context, node *redis.Client) error) error {
	if cluster, ok := s.client.(*redis.ClusterClient); ok {
		return cluster.ForEachMaster(ctx, do)
	}
	node, err := s.primary(ctx)
	if err != nil {
		return err
	}
	return do(ctx, node)
}

// primary returns a client of the one server that has our keys.
func (s *Store) primary(ctx context.Context) (*redis.Client, error) {
	switch c := s.client.(type) {
	case *redis.Client:
		return c, nil
	case *redis.ClusterClient:
		return c.MasterForKey(ctx, markerKey)
	}
	return nil, errors.New("no client of ours")
}

// claimScript makes a store of a Redis that has no key at all.
const claimScript = `
if redis.call('DBSIZE') ~= 0 then return 0 end
redis.call('SET', KEYS[1], ARGV[1])
redis.call('SET', KEYS[2], ARGV[2])
return 1`

// init claims an empty Redis.
func (s *Store) init(ctx context.Context) error {
	if err := s.name(); err != nil {
		return err
	}
	sealed, err := s.seal(head{})
	if err != nil {
		return err
	}
	return s.call(ctx, func(ctx context.Context) error {
		made, err := s.client.Eval(ctx, claimScript, []string{s.claim, headKey}, s.marker, sealed).Int()
		if err == nil && made == 0 { // or ours was answered to nobody, and this is the second try
			if now, err := s.client.Get(ctx, s.claim).Result(); err != nil || now != s.marker {
				return fmt.Errorf("%w: somebody else is writing into it", ErrForeign)
			}
		}
		return err
	})
}

// name draws a new id and makes the marker.
func (s *Store) name() error {
	s.id = rand.Text()
	m, err := json.Marshal(ledger.NewMarker(s.sealer, s.id))
	s.marker = string(m)
	return err
}

// noteScript puts a note in the place of another and returns that.
const noteScript = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 'lost' end
local before = redis.call('GET', KEYS[2]) or ''
redis.call('SET', KEYS[2], ARGV[2])
return 'was ' .. before`

// Note writes a word under a name, for all servers of this store, and returns the one that stood there; empty: none.
func (s *Store) Note(ctx context.Context, name, word string) (before string, err error) {
	name = "note/" + name
	err = s.call(ctx, func(ctx context.Context) error {
		said, _, err := s.run(ctx, 0, noteScript, []string{s.claim, prefix + name}, s.marker, string(s.sealer.Seal(name, []byte(word))))
		if err != nil {
			return err
		}
		sealed, ours := strings.CutPrefix(said, "was ")
		if !ours {
			return errLost
		}
		if sealed == "" {
			return nil
		}
		was, err := s.sealer.Open(name, []byte(sealed))
		before = string(was)
		return err
	})
	return before, err
}

// errLost is a Redis whose marker is not the one that was there at the start.
var errLost = fmt.Errorf("%w: its Redis was emptied, or holds another store; put the data back and start again", verify.ErrUnavailable)

// ours are the errors that callers tell apart. Every other one means that the store could not be asked.
var ours = []error{verify.ErrNotFound, verify.ErrConflict, verify.ErrRepeated, verify.ErrTampered, verify.ErrUnavailable, verify.ErrNotConfirmed,
	ErrForeign, ErrEmpty, ErrOurs, ErrUnfit}

// call bounds a piece of work by the patience of the store, and names the errors of Redis.
func (s *Store) call(ctx context.Context, do func(ctx context.Context) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	bounded, cancel := context.WithTimeout(ctx, s.timing.all)
	defer cancel()
	err := do(bounded)
	is := func(target error) bool { return errors.Is(err, target) }
	switch {
	case err == nil, slices.ContainsFunc(ours, is):
		return err
	case ctx.Err() != nil:
		return ctx.Err()
	case redis.IsOOMError(err), strings.HasPrefix(err.Error(), "MISCONF") && strings.Contains(err.Error(), "No space left"):
		return fmt.Errorf("%w: %w", verify.ErrFull, err)
	}
	return fmt.Errorf("%w: %w", verify.ErrUnavailable, err)
}
