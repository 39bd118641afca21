package redisstore

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"testamur/verify"
	"testamur/verify/redistest"
	"testamur/verify/storetest"
)

// pair is two servers of one Redis, which are asked in turn.
type pair struct {
	verify.Store // the first
	second       verify.Store
	turn         atomic.Uint64
}

func (p *pair) next() verify.Store {
	if p.turn.Add(1)%2 == 0 {
		return p.second
	}
	return p.Store
}

func (p *pair) Record(ctx context.Context, code verify.Code) (verify.Record, error) {
	return p.next().Record(ctx, code)
}

func (p *pair) Credential(ctx context.Context, code verify.Code) (verify.Credential, error) {
	return p.next().Credential(ctx, code)
}

func (p *pair) CredentialByExternalID(ctx context.Context, id string) (verify.Credential, error) {
	return p.next().CredentialByExternalID(ctx, id)
}

func (p *pair) Holder(ctx context.Context, id string) (verify.Holder, []verify.Code, error) {
	return p.next().Holder(ctx, id)
}

func (p *pair) Reply(ctx context.Context, key string, now time.Time) (verify.Reply, error) {
	return p.next().Reply(ctx, key, now)
}

func (p *pair) Audit(ctx context.Context, after uint64, yield func(verify.Entry) bool) error {
	return p.next().Audit(ctx, after, yield)
}

func (p *pair) Commit(ctx context.Context, w verify.Write) error { return p.next().Commit(ctx, w) }

func (p *pair) Close() error { return errors.Join(p.Store.Close(), p.second.Close()) }

// twoServers opens two stores of one Redis.
func twoServers(t testing.TB, url string) (a, b *Store) {
	t.Helper()
	o := options(t, url)
	a = open(t, o)
	o.Init = false
	return a, open(t, o)
}

// What one server has written is what the other reads next, and what both want only one gets.
func TestStoreOfTwoServers(t *testing.T) {
	storetest.Run(t, func(t *testing.T) verify.Store {
		a, b := twoServers(t, "redis://"+miniredis.RunT(t).Addr())
		return &pair{Store: a, second: b}
	}, storetest.Hooks{})
}

// until waits for something, so long at most.
func until(t testing.TB, what string, within time.Duration, is func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for began := time.Now(); !is(); <-tick.C {
		if time.Since(began) > within {
			t.Fatalf("not within %s: %s", within, what)
		}
	}
}

// long is longer than anything takes on a busy machine.
const long = 20 * time.Second

// shown waits until a change that is acknowledged shows in pictures. Who asks a second later must see it; the answer may take
// its time.
func shown(t testing.TB, what string, is func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for began := time.Now(); ; <-tick.C {
		asked := time.Since(began)
		if is() {
			return
		}
		if asked > goodFor {
			t.Fatalf("asked after %s, not yet: %s", asked, what)
		}
	}
}

// settled waits until a server knows that the feed comes through.
func settled(t testing.TB, s *Store) {
	t.Helper()
	until(t, "its beats come back", long, func() bool { return s.pulse.fresh(s.guarded) })
}

// A change that one server acknowledges is what the other's verification reads from then on, always, and what its pictures
// show a second later at most.
func TestChangesReachTheOtherServer(t *testing.T) {
	a, b := twoServers(t, "redis://"+redistest.Start(t, redistest.Durable()...).Addr())
	settled(t, b)
	const people, changes = 20, 1000
	var version [people]atomic.Int64
	for n := range people {
		w := storetest.Grant(n, verify.Link)
		w.Credentials[0].Edition = "1"
		if err := a.Commit(ctx, w); err != nil {
			t.Fatal(err)
		}
		version[n].Store(1)
	}
	var stop atomic.Bool
	var all sync.WaitGroup
	var reads, pictures, kept atomic.Int64
	var worst atomic.Int64
	for range 2 {
		all.Go(func() { // verification
			for pace := time.NewTicker(200 * time.Microsecond); !stop.Load(); <-pace.C {
				n := rand.IntN(people)
				acknowledged := version[n].Load()
				r, err := b.Record(ctx, storetest.Code(n))
				var is int64
				if _, scan := fmt.Sscan(r.Edition, &is); err != nil || scan != nil || is < acknowledged {
					t.Errorf("%d: %s, %v after %d was acknowledged", n, r.Edition, err, acknowledged)
					return
				}
				reads.Add(1)
			}
		})
		all.Go(func() { // pictures
			for pace := time.NewTicker(200 * time.Microsecond); !stop.Load(); <-pace.C {
				n := rand.IntN(people)
				acknowledged, began := version[n].Load(), time.Now()
				for {
					if _, ours := b.recent.get(storetest.Code(n)); ours {
						kept.Add(1)
					}
					asked := time.Since(began)
					r, err := b.Recent(ctx, storetest.Code(n))
					var is int64
					if _, scan := fmt.Sscan(r.Edition, &is); err != nil || scan != nil {
						t.Errorf("%d: %+v, %v", n, r, err)
						return
					}
					if is >= acknowledged {
						raise(&worst, int64(asked))
						break
					}
					if asked > goodFor {
						t.Errorf("%d: asked after %s still %d, not %d", n, asked, is, acknowledged)
						return
					}
				}
				pictures.Add(1)
			}
		})
	}
	for range changes {
		n := rand.IntN(people)
		c, err := a.Credential(ctx, storetest.Code(n))
		if err != nil {
			t.Fatal(err)
		}
		c.Version++
		c.Edition = fmt.Sprint(c.Version)
		if err := a.Commit(ctx, verify.Write{Credentials: []verify.Credential{c}}); err != nil {
			t.Fatal(err)
		}
		version[n].Store(c.Version)
	}
	stop.Store(true)
	all.Wait()
	t.Logf("%d verifications, %d pictures, %d of them without asking Redis; a picture was behind by %.1f ms at most", reads.Load(), pictures.Load(), kept.Load(), float64(worst.Load())/1e6)
	if kept.Load() == 0 {
		t.Error("no picture was answered from memory")
	}
}

// While the feed does not come through, nothing is taken from memory; when it does again, what was kept before is forgotten.
func TestNothingIsKeptWithoutTheFeed(t *testing.T) {
	r := redistest.Start(t, redistest.Durable()...)
	must := func(words ...string) {
		t.Helper()
		if _, err := r.Ask(words...); err != nil {
			t.Fatal(err)
		}
	}
	must("ACL", "SETUSER", "deaf", "on", ">password", "~*", "&*", "+@all")
	a, _ := twoServers(t, "redis://"+r.Addr())
	o := options(t, "redis://deaf:password@"+r.Addr())
	o.Init = false
	b := open(t, o)
	commit(t, a, storetest.Grant(1, verify.Link))
	code := storetest.Code(1)
	keep := func() {
		t.Helper()
		settled(t, b)
		until(t, "it is kept", long, func() bool {
			if _, err := b.Recent(ctx, code); err != nil {
				t.Fatal(err)
			}
			_, kept := b.recent.get(code)
			return kept
		})
	}
	keep()
	must("ACL", "SETUSER", "deaf", "-subscribe")
	must("CLIENT", "KILL", "TYPE", "pubsub")
	until(t, "a feed that is gone is not trusted", long, func() bool { return !b.pulse.fresh(false) })
	c := storetest.Grant(1, verify.Link).Credentials[0]
	c.Version, c.Consent = 2, verify.Private
	commit(t, a, verify.Write{Credentials: []verify.Credential{c}})
	if _, err := b.Recent(ctx, code); !errors.Is(err, verify.ErrNotFound) {
		t.Errorf("withdrawn while the feed was gone: %v", err)
	}
	must("ACL", "SETUSER", "deaf", "+subscribe")
	settled(t, b)
	if r, err := b.Recent(ctx, code); !errors.Is(err, verify.ErrNotFound) {
		t.Errorf("what was kept before the feed was gone: %+v, %v", r, err)
	}
	c.Version, c.Consent = 3, verify.Link
	commit(t, a, verify.Write{Credentials: []verify.Credential{c}})
	keep()
	must("CLIENT", "KILL", "TYPE", "pubsub") // and it comes back at once
	c.Version, c.Consent = 4, verify.Private
	commit(t, a, verify.Write{Credentials: []verify.Credential{c}})
	shown(t, "what was withdrawn while the feed was cut is not shown", func() bool {
		_, err := b.Recent(ctx, code)
		return errors.Is(err, verify.ErrNotFound)
	})
}

// What is read while the feed is being connected again is not kept: a change may have been told to nobody.
func TestReadsWhileTheFeedComesBack(t *testing.T) {
	r := redistest.Start(t, redistest.Durable()...)
	a, b := twoServers(t, "redis://"+r.Addr())
	w := storetest.Grant(1, verify.Link)
	commit(t, a, w)
	c, code := w.Credentials[0], storetest.Code(1)
	for round := range 15 {
		settled(t, b)
		if _, err := b.Recent(ctx, code); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Ask("CLIENT", "KILL", "TYPE", "pubsub"); err != nil {
			t.Fatal(err)
		}
		until(t, "it notices", long, func() bool {
			_, kept := b.recent.get(code)
			return !kept
		})
		if _, err := b.Recent(ctx, code); err != nil { // it was heard a moment ago, and is believed still
			t.Fatal(err)
		}
		c.Version++
		c.Tier = fmt.Sprint(round)
		commit(t, a, verify.Write{Credentials: []verify.Credential{c}})
		shown(t, "the change is seen", func() bool {
			r, err := b.Recent(ctx, code)
			return err == nil && r.Tier == c.Tier
		})
	}
}

func commit(t testing.TB, s verify.Store, w verify.Write) {
	t.Helper()
	if err := s.Commit(ctx, w); err != nil {
		t.Fatal(err)
	}
}

// hearing has the codes that a server was told of.
type hearing chan verify.Code

func (h hearing) of(codes ...verify.Code) {
	for _, code := range codes {
		h <- code
	}
}

// wants waits for codes in this order.
func (h hearing) wants(t *testing.T, codes ...verify.Code) {
	t.Helper()
	for _, want := range codes {
		select {
		case got := <-h:
			if got != want {
				t.Errorf("heard of %s, want %s", got, want)
			}
		case <-time.After(long):
			t.Fatalf("never heard of %s", want)
		}
	}
}

// Another server hears whose holder was renamed, and nothing of the kind about a change of another sort.
func TestRenamed(t *testing.T) {
	url := "redis://" + miniredis.RunT(t).Addr()
	a := open(t, options(t, url))
	var heard hearing = make(chan verify.Code, 10)
	o := options(t, url)
	o.Init, o.Renamed = false, heard.of
	settled(t, open(t, o))
	for n := 1; n <= 2; n++ {
		w := storetest.Grant(n, verify.Link)
		commit(t, a, w)
		c := w.Credentials[0]
		c.Version, c.Reason = 2, "changed"
		commit(t, a, verify.Write{Credentials: []verify.Credential{c}})
		h := *w.Holder
		h.Version, h.Name = 2, "Another"
		c.Version, c.Holder = 3, h
		commit(t, a, verify.Write{Holder: &h, Credentials: []verify.Credential{c}})
	}
	heard.wants(t, storetest.Code(1), storetest.Code(2))
}

// What was told while the feed was cut is told to nobody: a server that hears it again says so.
func TestMissed(t *testing.T) {
	r := redistest.Start(t, redistest.Durable()...)
	must := func(words ...string) {
		t.Helper()
		if _, err := r.Ask(words...); err != nil {
			t.Fatal(err)
		}
	}
	must("ACL", "SETUSER", "deaf", "on", ">password", "~*", "&*", "+@all")
	a := open(t, options(t, "redis://"+r.Addr()))
	commit(t, a, storetest.Grant(1, verify.Link))
	var missed atomic.Int64
	o := options(t, "redis://deaf:password@"+r.Addr())
	o.Init, o.Missed = false, func() { missed.Add(1) }
	b := open(t, o)
	settled(t, b)
	must("ACL", "SETUSER", "deaf", "-subscribe")
	must("CLIENT", "KILL", "TYPE", "pubsub")
	until(t, "the feed is cut", long, func() bool { return !b.pulse.fresh(false) })
	commit(t, a, verify.Write{Erase: &verify.Erasure{Holder: "holder-1", Version: 1, Codes: []verify.Code{storetest.Code(1)}}})
	before := missed.Load()
	must("ACL", "SETUSER", "deaf", "+subscribe")
	settled(t, b)
	if missed.Load() == before {
		t.Error("it hears the feed again, and does not say that it missed something")
	}
}

// Another server hears which codes are no more.
func TestGone(t *testing.T) {
	url := "redis://" + miniredis.RunT(t).Addr()
	a := open(t, options(t, url))
	var heard hearing = make(chan verify.Code, 10)
	o := options(t, url)
	o.Init, o.Gone = false, heard.of
	settled(t, open(t, o))
	w := storetest.Grant(1, verify.Link)
	commit(t, a, w)
	c := w.Credentials[0]
	c.Version, c.Reason = 2, "changed"
	commit(t, a, verify.Write{Credentials: []verify.Credential{c}})
	c.Version, c.Code = 3, storetest.Code(2)
	commit(t, a, verify.Write{Recode: storetest.Code(1), Credentials: []verify.Credential{c}})
	commit(t, a, verify.Write{Erase: &verify.Erasure{Holder: "holder-1", Version: 1, Codes: []verify.Code{storetest.Code(2)}}})
	heard.wants(t, storetest.Code(1), storetest.Code(2))
}
