package redisstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"testamur/verify"
	"testamur/verify/ledger"
	"testamur/verify/redistest"
	"testamur/verify/storetest"
)

// forgetful is a network that loses answers to changes: the connection breaks after Redis has made them.
type forgetful struct {
	lose  func() bool // nil: never
	lost  atomic.Int64
	other atomic.Int64 // changes that were answered
}

func (f *forgetful) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := next(ctx, network, addr)
		return &forgetfulConn{Conn: c, of: f}, err
	}
}

func (f *forgetful) ProcessHook(next redis.ProcessHook) redis.ProcessHook { return next }

func (f *forgetful) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

type forgetfulConn struct {
	net.Conn
	of     *forgetful
	change bool // an answer to one is awaited
}

func (c *forgetfulConn) Write(b []byte) (int, error) {
	if strings.Contains(string(b), "'EXISTS', KEYS[3]") { // in the script of a change alone
		c.change = true
	}
	return c.Conn.Write(b)
}

func (c *forgetfulConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if c.change && err == nil {
		if c.change = false; c.of.lose != nil && c.of.lose() {
			c.of.lost.Add(1)
			return 0, errors.Join(io.ErrUnexpectedEOF, c.Conn.Close())
		}
		c.of.other.Add(1)
	}
	return n, err
}

// openOver opens a store over such a network.
func openOver(t *testing.T, o Options, network redis.Hook) *Store {
	t.Helper()
	s, err := connect(o)
	if err != nil {
		t.Fatal(err)
	}
	s.client.AddHook(network) // before anybody asks
	if err := s.begin(ctx, o); err != nil {
		t.Fatal(err)
	}
	storetest.CloseAfter(t, s)
	return s
}

// A change whose answer is lost is sent again and made once. One whose answers are all lost is said to be unknown, and a
// repeat under its key finds that it was made.
func TestLostAnswers(t *testing.T) {
	f := &forgetful{lose: func() bool { return rand.IntN(2) == 0 }}
	s := openOver(t, options(t, "redis://"+redistest.Start(t, redistest.Durable()...).Addr()), f)
	const grants = 150
	unknown := 0
	for i := range grants {
		w := storetest.Grant(i, verify.Link)
		w.Once = &verify.Reply{Key: fmt.Sprint(i), At: w.Audit[0].At, Holder: w.Holder.ID, Status: 201}
		err := s.Commit(ctx, w)
		for ; errors.Is(err, verify.ErrUnavailable); unknown++ {
			if _, kept := s.Reply(ctx, w.Once.Key, w.Once.At); kept != nil {
				t.Fatalf("grant %d: %v, and its answer: %v", i, err, kept)
			}
			if err = s.Commit(ctx, w); !errors.Is(err, verify.ErrRepeated) && !errors.Is(err, verify.ErrUnavailable) {
				t.Fatalf("grant %d again: %v", i, err)
			}
			err = nil
		}
		if err != nil {
			t.Fatalf("grant %d: %v", i, err)
		}
	}
	seen := uint64(0)
	err := s.Audit(ctx, 0, func(e verify.Entry) bool {
		if e.Seq != seen+1 || e.Code != storetest.Code(int(seen)) {
			t.Errorf("entry %d is %+v", seen+1, e)
		}
		seen++
		return true
	})
	places := 0
	err = errors.Join(err, s.Credentials(ctx, 0, func(place uint64, c verify.Credential) bool { places++; return place == uint64(places) }))
	if err != nil || seen != grants || places != grants {
		t.Errorf("%d entries and %d credentials of %d: %v", seen, places, grants, err)
	}
	if f.lost.Load() < grants/2 || unknown == 0 {
		t.Errorf("only %d answers were lost, %d changes unknown", f.lost.Load(), unknown)
	}
	t.Logf("%d answers lost, %d not; %d changes unknown", f.lost.Load(), f.other.Load(), unknown)
}

// meddling is a network on which something else happens after the first look at a sorted bucket.
type meddling struct {
	forgetful
	then *atomic.Pointer[func()]
}

func (m *meddling) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		err := next(ctx, cmds)
		if then := m.then.Swap(nil); then != nil {
			(*then)()
		}
		return err
	}
}

// What a change finds wrong because it has read of several moments is not wrong.
func TestReadsOfSeveralMoments(t *testing.T) {
	o := options(t, "redis://"+redistest.Start(t).Addr())
	b := open(t, o)
	o.Init = false
	var meanwhile atomic.Pointer[func()]
	a := openOver(t, o, &meddling{then: &meanwhile})
	noon := time.Date(2014, 11, 23, 12, 0, 0, 0, time.UTC)
	for n := range 20 {
		commit(t, a, verify.Write{Once: &verify.Reply{Key: fmt.Sprint("old", n), At: noon}})
	}
	late := noon.Add(verify.ReplyAge + time.Hour)
	swept := false
	sweep := func() { // what a has just found is swept by b
		commit(t, b, verify.Write{Once: &verify.Reply{Key: "b", At: late}})
		swept = true
	}
	meanwhile.Store(&sweep)
	commit(t, a, verify.Write{Once: &verify.Reply{Key: "a", At: late}})
	if !swept {
		t.Fatal("nothing happened meanwhile")
	}
	left := 0
	if err := a.Replies(ctx, noon, func(verify.Reply) bool { left++; return true }); err != nil || left != 2 {
		t.Errorf("%d answers left, %v", left, err)
	}
}

// A change that arrives late, after others, does nothing.
func TestLateChange(t *testing.T) {
	s := open(t, options(t, "redis://"+redistest.Start(t).Addr()))
	commit(t, s, storetest.Grant(1, verify.Link))
	late := &writing{reading: reading{s: s, ctx: ctx}}
	c := storetest.Grant(1, verify.Link).Credentials[0]
	c.Version, c.Reason = 2, "late"
	if err := ledger.Commit(late, s.sealer, verify.Write{Credentials: []verify.Credential{c}}); err != nil {
		t.Fatal(err)
	}
	// changed there and back: all records are the same bytes again
	key := verify.Key{ID: "key", Scope: verify.ScopeRead}
	commit(t, s, verify.Write{Key: &key})
	if err := s.client.Del(ctx, keyOf(ledger.Keys, "key"), prefix+ledger.Keys).Err(); err != nil {
		t.Fatal(err)
	}
	if done, err := late.apply(); done || err != nil {
		t.Errorf("applied: %v, %v", done, err)
	}
	if got, err := s.Credential(ctx, c.Code); err != nil || got.Version != 1 {
		t.Errorf("%+v, %v", got, err)
	}
}

// Two servers that write all the time get in each other's way and lose nothing.
func TestTwoServersWriteAtOnce(t *testing.T) {
	a, b := twoServers(t, "redis://"+redistest.Start(t, redistest.Durable()...).Addr())
	var all sync.WaitGroup
	const each = 150
	for i, s := range []*Store{a, b} {
		for hand := range 2 {
			all.Go(func() {
				for n := range each {
					if err := s.Commit(ctx, storetest.Grant(10_000*i+5000*hand+n, verify.Link)); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
	}
	all.Wait()
	seen := uint64(0)
	err := b.Audit(ctx, 0, func(e verify.Entry) bool {
		if seen++; e.Seq != seen {
			t.Errorf("entry %d is numbered %d", seen, e.Seq)
		}
		return true
	})
	if err != nil || seen != 4*each {
		t.Errorf("%d entries, %v", seen, err)
	}
}

// queued is a context that tells when somebody waits for its end.
type queued struct {
	context.Context
	told func()
}

func (q queued) Done() <-chan struct{} {
	q.told()
	return q.Context.Done()
}

// While Redis does not answer, those who wait for their turn do not wait one after the other: that it did not answer the one
// before is enough for all of them.
func TestManyWhoWait(t *testing.T) {
	r := redistest.Start(t, redistest.Durable()...)
	o := options(t, "redis://"+r.Addr())
	o.Patience = 0
	s := open(t, o)
	r.Hang()
	defer r.GoOn()
	before := s.stumbles.Load()
	if err := s.Commit(ctx, storetest.Grant(0, verify.Link)); !errors.Is(err, verify.ErrUnavailable) || s.stumbles.Load() == before {
		t.Fatalf("the first: %v, and it is noted: %v", err, s.stumbles.Load() != before)
	}
	s.turn <- struct{}{} // here is another, who has his turn
	var waiting, all sync.WaitGroup
	for n := range 50 {
		waiting.Add(1)
		all.Go(func() {
			ctx := queued{ctx, sync.OnceFunc(waiting.Done)}
			if err := s.Commit(ctx, storetest.Grant(n, verify.Link)); !errors.Is(err, verify.ErrUnavailable) || !strings.Contains(err.Error(), "the change before") {
				t.Errorf("%d: %v", n, err)
			}
		})
	}
	waiting.Wait()
	s.stumbles.Add(1) // and has no answer
	<-s.turn
	all.Wait()
}

// withReplica starts a primary with a replica that follows it. A primary that calls its replica online may wait another
// second before it sends it anything: so a key comes and goes first.
func withReplica(t *testing.T) (primary, replica *redistest.Server) {
	t.Helper()
	primary = redistest.Start(t, redistest.Durable()...)
	replica = redistest.Start(t, append(redistest.Durable(), "--replicaof", "127.0.0.1 "+strconv.Itoa(primary.Port))...)
	for _, change := range []struct {
		words []string
		there string
	}{{[]string{"SET", "probe", "x"}, "1"}, {[]string{"DEL", "probe"}, "0"}} {
		if _, err := primary.Ask(change.words...); err != nil {
			t.Fatal(err)
		}
		until(t, "the replica follows", long, func() bool {
			there, err := replica.Ask("EXISTS", "probe")
			return err == nil && there == change.there
		})
	}
	return primary, replica
}

// A change that too few replicas confirm is not acknowledged, whatever other connections are told, and neither is what
// tells of it, until they do.
func TestNotConfirmed(t *testing.T) {
	primary, replica := withReplica(t)
	o := options(t, "redis://"+primary.Addr())
	o.Replicas = 1
	first := storetest.Grant(1, verify.Link)
	first.Once = &verify.Reply{Key: "first", At: first.Audit[0].At, Holder: first.Holder.ID}
	commit(t, open(t, o), first)
	o.Init, o.Patience = false, 2*time.Second
	s := open(t, o)
	follows := func() {
		t.Helper()
		until(t, "the replica follows", long, func() bool { return s.Commit(ctx, verify.Write{}) == nil })
	}
	follows()
	if err := answered(func() error { _, err := s.Reply(ctx, "first", first.Once.At); return err }); err != nil {
		t.Fatal(err)
	}

	var others sync.WaitGroup // others use the connections meanwhile
	var stop atomic.Bool
	for range 4 {
		others.Go(func() {
			for pace := time.NewTicker(time.Millisecond); !stop.Load(); <-pace.C {
				_, _ = s.Credential(ctx, storetest.Code(1))
			}
		})
	}
	// alone wants ErrNotConfirmed while the replica hangs. A busy machine may let two seconds go by before anything is asked, or
	// have no answer: then it is ErrUnavailable, and asked once more.
	alone := func(what string, do func() error) {
		t.Helper()
		for range 10 {
			follows()
			replica.Hang()
			err := do()
			replica.GoOn()
			if errors.Is(err, verify.ErrNotConfirmed) {
				return
			}
			if !errors.Is(err, verify.ErrUnavailable) {
				t.Fatalf("%s: %v", what, err)
			}
		}
		t.Fatalf("%s: never ErrNotConfirmed", what)
	}
	n := 1
	var second verify.Write
	alone("Commit", func() error {
		n++
		second = storetest.Grant(n, verify.Link)
		second.Once = &verify.Reply{Key: fmt.Sprint("key ", n), At: second.Audit[0].At, Holder: second.Holder.ID}
		return s.Commit(ctx, second)
	})
	if err := answered(func() error { return s.Commit(ctx, second) }); !errors.Is(err, verify.ErrRepeated) { // it is written
		t.Errorf("Commit again: %v", err)
	}
	alone("Reply", func() error { _, err := s.Reply(ctx, second.Once.Key, second.Once.At); return err })
	alone("a change of nothing", func() error { return s.Commit(ctx, verify.Write{}) })
	// nobody knows which were confirmed
	alone("an older Reply", func() error { _, err := s.Reply(ctx, "first", first.Once.At); return err })
	stop.Store(true)
	others.Wait()

	replica.Hang() // for two seconds it was known to be the primary; then it is not
	until(t, "a primary that nobody confirms is not believed", long, func() bool {
		_, err := s.Record(ctx, storetest.Code(1))
		return errors.Is(err, verify.ErrUnavailable)
	})
	if _, err := s.Recent(ctx, storetest.Code(1)); !errors.Is(err, verify.ErrUnavailable) {
		t.Errorf("Recent: %v", err)
	}
	replica.GoOn()
	until(t, "it is well again", long, func() bool {
		_, err := s.Record(ctx, storetest.Code(n))
		_, reply := s.Reply(ctx, second.Once.Key, second.Once.At)
		return err == nil && reply == nil
	})
	until(t, "changes are acknowledged", long, func() bool {
		n++
		return s.Commit(ctx, storetest.Grant(n, verify.Link)) == nil
	})
}

// watching is a network that sees what goes out on one connection together.
type watching struct {
	forgetful
	together [][]string
}

func (w *watching) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		var names []string
		for _, c := range cmds {
			names = append(names, c.Name())
		}
		w.together = append(w.together, names)
		return next(ctx, cmds)
	}
}

// How many replicas have a change is asked where it was written: another connection would be told of something else.
func TestReplicasAreAskedWhereWritten(t *testing.T) {
	primary, _ := withReplica(t)
	o := options(t, "redis://"+primary.Addr())
	o.Replicas = 1
	s, err := connect(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if _, err := s.arrive(ctx, o); err != nil {
		t.Fatal(err)
	}
	w := &watching{}
	s.client.AddHook(w)
	commit(t, s, storetest.Grant(1, verify.Link))
	if err := s.beat(ctx); err != nil {
		t.Fatal(err)
	}
	want := [][]string{{"eval", "wait"}, {"eval", "wait"}}
	if !slices.EqualFunc(w.together, want, slices.Equal) {
		t.Errorf("together went %v, want %v", w.together, want)
	}
}

// Where memory is full nothing of a change is made, and what is there is read.
func TestFull(t *testing.T) {
	r := redistest.Start(t, redistest.Durable()...)
	s := open(t, options(t, "redis://"+r.Addr()))
	commit(t, s, storetest.Grant(1, verify.Link))
	if _, err := r.Ask("CONFIG", "SET", "maxmemory", "1mb"); err != nil {
		t.Fatal(err)
	}
	before, err := s.client.DBSize(ctx).Result()
	if err != nil {
		t.Fatal(err)
	}
	c := storetest.Grant(1, verify.Link).Credentials[0]
	c.Version, c.Consent = 2, verify.Private // it would delete, too
	for _, w := range []verify.Write{storetest.Grant(2, verify.Link), {Credentials: []verify.Credential{c}}} {
		if err := s.Commit(ctx, w); !errors.Is(err, verify.ErrFull) {
			t.Errorf("Commit: %v", err)
		}
	}
	if after, err := s.client.DBSize(ctx).Result(); err != nil || after != before {
		t.Errorf("%d keys, %d before: %v", after, before, err)
	}
	if got, err := s.Record(ctx, c.Code); err != nil || got.Consent != verify.Link {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := r.Ask("CONFIG", "SET", "maxmemory", "0"); err != nil {
		t.Fatal(err)
	}
	commit(t, s, verify.Write{Credentials: []verify.Credential{c}})
}

// What is acknowledged survives a kill, whole.
func TestKill(t *testing.T) {
	r := redistest.Start(t, redistest.Durable()...)
	s := open(t, options(t, "redis://"+r.Addr()))
	acknowledged := -1
	for round := range 5 {
		var killed atomic.Bool
		done := make(chan struct{})
		go func() {
			defer close(done)
			for n := acknowledged + 1; ; n++ {
				switch err := s.Commit(ctx, storetest.Grant(n, verify.Link)); {
				case err == nil:
					acknowledged = n
				case killed.Load():
					return
				default:
					t.Error(err)
					return
				}
			}
		}()
		<-time.After(time.Duration(20+37*round) * time.Millisecond)
		killed.Store(true)
		r.Kill()
		s.stumbles.Add(1)
		<-done
		r.Run()
		until(t, "it answers again", long, func() bool { _, err := s.Keys(ctx); return err == nil })
		entries, places := 0, 0
		err := s.Audit(ctx, 0, func(verify.Entry) bool { entries++; return true })
		err = errors.Join(err, s.Credentials(ctx, 0, func(_ uint64, c verify.Credential) bool {
			places++
			_, err := s.Record(ctx, c.Code)
			_, codes, err2 := s.Holder(ctx, c.Holder.ID)
			return err == nil && err2 == nil && len(codes) == 1
		}))
		if err != nil || entries != places || places < acknowledged+1 || places > acknowledged+2 {
			t.Errorf("round %d: %d entries, %d credentials, %d acknowledged: %v", round, entries, places, acknowledged+1, err)
		}
		acknowledged = places - 1
	}
	t.Logf("%d changes", acknowledged)
}

// After an erasure Redis writes its file anew, and nothing of the person is in it.
func TestErasureLeavesTheFile(t *testing.T) {
	r := redistest.Start(t, redistest.Durable()...)
	s := open(t, options(t, "redis://"+r.Addr()))
	for n := range 10 {
		commit(t, s, storetest.Grant(n, verify.Link))
	}
	holds := func(word string) bool { return inFiles(r, word) }
	if !holds("person-7") {
		t.Fatal("it is not in the file at all")
	}
	commit(t, s, verify.Write{Erase: &verify.Erasure{Holder: "holder-7", Version: 1, Codes: []verify.Code{storetest.Code(7)}}})
	until(t, "the file is written anew", long, func() bool { return !holds("person-7") })
	if !holds("person-8") {
		t.Error("another is gone too")
	}
}

// A server that dies before it has asked for that leaves it to the next one.
func TestErasureIsOwed(t *testing.T) {
	r := redistest.Start(t, redistest.Durable()...)
	must := func(words ...string) string {
		t.Helper()
		answer, err := r.Ask(words...)
		if err != nil {
			t.Fatal(err)
		}
		return answer
	}
	must("ACL", "SETUSER", "dying", "on", ">word", "~*", "&*", "+@all", "-bgrewriteaof")
	s := open(t, options(t, "redis://dying:word@"+r.Addr()))
	commit(t, s, storetest.Grant(7, verify.Link))
	commit(t, s, verify.Write{Erase: &verify.Erasure{Holder: "holder-7", Version: 1, Codes: []verify.Code{storetest.Code(7)}}})
	if must("GET", rewriteKey) == "" {
		t.Error("it is not written down that it is owed")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if !inFiles(r, "person-7") {
		t.Fatal("it is not in the file any more")
	}
	o := options(t, "redis://"+r.Addr())
	o.Init = false
	open(t, o)
	until(t, "the file is written anew", long, func() bool { return !inFiles(r, "person-7") })
	until(t, "it is not owed any more", long, func() bool { return must("GET", rewriteKey) == "" })
}

// inFiles reports whether a word stands in the files of a Redis.
func inFiles(r *redistest.Server, word string) (found bool) {
	err := filepath.WalkDir(r.Folder, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil // renamed meanwhile
		}
		raw, _ := os.ReadFile(name)
		found = found || strings.Contains(string(raw), word)
		return nil
	})
	return found || err != nil
}
