package redisstore

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"testamur/verify"
	"testamur/verify/redistest"
	"testamur/verify/storetest"
)

// traffic grants without pause and remembers what was acknowledged.
type traffic struct {
	acknowledged sync.Map // number of a grant -> nothing
	count        atomic.Int64
	gap          atomic.Int64 // longest time between two acknowledgements, ns
	stop         atomic.Bool
	hands        sync.WaitGroup
}

func begin(t *testing.T, s *Store) *traffic {
	tr := &traffic{}
	var next, last atomic.Int64
	began := time.Now()
	for range 2 {
		tr.hands.Go(func() {
			for pace := time.NewTicker(2 * time.Millisecond); !tr.stop.Load(); <-pace.C {
				n := int(next.Add(1))
				switch err := s.Commit(ctx, storetest.Grant(n, verify.Link)); {
				case err == nil:
					now := int64(time.Since(began))
					raise(&tr.gap, now-last.Swap(now))
					tr.acknowledged.Store(n, nil)
					tr.count.Add(1)
				case errors.Is(err, verify.ErrUnavailable), errors.Is(err, verify.ErrNotConfirmed):
				default:
					t.Errorf("Commit: %v", err)
				}
			}
		})
	}
	return tr
}

// answered asks until there is an answer: a store with the patience of a server may have none on a busy machine.
func answered(ask func() error) error {
	tick := time.NewTicker(beatEvery)
	defer tick.Stop()
	for began := time.Now(); ; <-tick.C {
		if err := ask(); !errors.Is(err, verify.ErrUnavailable) || time.Since(began) > long {
			return err
		}
	}
}

// lost counts what was acknowledged and is not there.
func (tr *traffic) lost(t *testing.T, s *Store) (lost int) {
	tr.stop.Store(true)
	tr.hands.Wait()
	tr.acknowledged.Range(func(n, _ any) bool {
		err := answered(func() error { _, err := s.Record(ctx, storetest.Code(n.(int))); return err })
		if errors.Is(err, verify.ErrNotFound) {
			lost++
		} else if err != nil {
			t.Errorf("Record: %v", err)
		}
		return true
	})
	entries := 0
	err := answered(func() error {
		entries = 0
		return s.Audit(ctx, 0, func(e verify.Entry) bool { entries++; return e.Seq == uint64(entries) })
	})
	if err != nil || entries < int(tr.count.Load())-lost {
		t.Errorf("%d entries in the audit for %d acknowledged: %v", entries, tr.count.Load(), err)
	}
	return lost
}

// more waits until so many more changes have been acknowledged.
func (tr *traffic) more(t *testing.T, n int64) {
	t.Helper()
	to := tr.count.Load() + n
	until(t, "changes go on", 2*time.Minute, func() bool { return tr.count.Load() >= to })
}

// When the primary dies or hangs, Sentinels choose another, and nothing that was acknowledged is lost.
func TestSentinel(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fail, heal func(primary *redistest.Server)
	}{
		"killed": {func(p *redistest.Server) { p.Kill() }, func(p *redistest.Server) { p.Run() }},
		"hung":   {func(p *redistest.Server) { p.Hang() }, func(p *redistest.Server) { p.GoOn() }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lab := redistest.StartWatched(t)
			o := options(t, lab.URL())
			f, err := Fill(ctx, o) // also under Sentinels a store is filled
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(f.Fill(ctx, verify.Records{Keys: []verify.Key{{ID: "key"}}}), f.Finish(ctx)); err != nil {
				t.Fatal(err)
			}
			o.Init, o.Replicas, o.Patience = false, 1, 0
			s := open(t, o)
			tr := begin(t, s)
			tr.more(t, 100)
			before := lab.Primary()
			c.fail(before)
			tr.more(t, 100)
			until(t, "the Sentinels know of another primary", long, func() bool { now := lab.Primary(); return now != nil && now != before })
			c.heal(before) // and is a replica from now on
			tr.more(t, 50)
			settled(t, s)
			gap := time.Duration(tr.gap.Load())
			if lost := tr.lost(t, s); lost != 0 {
				t.Errorf("%d of %d acknowledged changes are lost", lost, tr.count.Load())
			}
			t.Logf("%d acknowledged, none lost; no change for %s", tr.count.Load(), gap.Round(time.Millisecond))
		})
	}
}

// The suite on a Cluster, where a script reaches one node alone.
func TestCluster(t *testing.T) {
	t.Parallel()
	lab := redistest.StartCluster(t)
	o := options(t, lab.URL())
	first := true
	open1 := func(t *testing.T) verify.Store {
		if !first { // a store of its own for each test, in the one Cluster there is
			for _, n := range lab.Nodes[:3] {
				if _, err := n.Ask("FLUSHALL"); err != nil {
					t.Fatal(err)
				}
			}
		}
		first = false
		return open(t, o)
	}
	storetest.Run(t, open1, storetest.Hooks{})

	o.Replicas, o.Patience = 1, 0
	s := open1(t).(*Store)
	tr := begin(t, s)
	tr.more(t, 100)
	before := lab.Primary(markerKey)
	before.Kill()
	until(t, "another is the primary", long, func() bool { now := lab.Primary(markerKey); return now != nil && now != before })
	before.Run() // as a replica; until then nobody can confirm
	tr.more(t, 100)
	settled(t, s)
	gap := time.Duration(tr.gap.Load())
	if lost := tr.lost(t, s); lost != 0 {
		t.Errorf("%d of %d acknowledged changes are lost", lost, tr.count.Load())
	}
	t.Logf("%d acknowledged, none lost; no change for %s", tr.count.Load(), gap.Round(time.Millisecond))
}
