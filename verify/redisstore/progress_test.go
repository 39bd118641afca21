package redisstore

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"testamur/verify"
	"testamur/verify/redistest"
	"testamur/verify/storetest"
)

// Servers that run notice that an older copy of Redis's files was put in the place of the newest, and answer nobody from it. One
// that is started anew takes what is there.
func TestPutBack(t *testing.T) {
	r := redistest.Start(t, redistest.Durable()...)
	var log lines
	o := options(t, "redis://"+r.Addr())
	o.Log = slog.New(slog.NewTextHandler(&log, nil))
	a := open(t, o)
	o.Init = false
	b := open(t, o)
	w := storetest.Grant(1, verify.Link)
	commit(t, a, w)
	files, copied := filepath.Join(r.Folder, "appendonlydir"), filepath.Join(t.TempDir(), "copy")
	if err := os.CopyFS(copied, os.DirFS(files)); err != nil {
		t.Fatal(err)
	}
	c := w.Credentials[0]
	c.Version, c.Consent = 2, verify.Private
	commit(t, a, verify.Write{Credentials: []verify.Credential{c}, Audit: w.Audit})
	code := storetest.Code(1)
	until(t, "both have seen it", long, func() bool { return a.progress.kept.Load() == 2 && b.progress.kept.Load() == 2 })

	r.Kill()
	until(t, "both have noticed that it is away", long, func() bool {
		return a.pulse.trouble.Load() != nil && b.pulse.trouble.Load() != nil && a.pulse.fit(false) != nil && b.pulse.fit(false) != nil
	})
	if err := errors.Join(os.RemoveAll(files), os.Rename(copied, files)); err != nil {
		t.Fatal(err)
	}
	r.Run()
	for name, s := range map[string]*Store{"the server that made the change": a, "the other": b} {
		until(t, name+" has noticed", long, func() bool {
			record, err := s.Record(ctx, code)
			if err == nil {
				t.Fatalf("%s shows what was withdrawn: %+v", name, record)
			}
			return errors.Is(err, errBack)
		})
		if record, err := s.Recent(ctx, code); !errors.Is(err, verify.ErrUnavailable) {
			t.Errorf("%s draws what was withdrawn: %+v, %v", name, record, err)
		}
		if err := s.Commit(ctx, storetest.Grant(2, verify.Link)); !errors.Is(err, errBack) {
			t.Errorf("%s changes it: %v", name, err)
		}
	}
	if said := log.String(); !strings.Contains(said, "level=ERROR") || !strings.Contains(said, "start every server anew") {
		t.Errorf("the log says\n%s", said)
	}

	anew := open(t, o)
	if _, err := anew.Record(ctx, code); err != nil {
		t.Errorf("started anew: %v", err)
	}
	commit(t, anew, storetest.Grant(2, verify.Link))
	commit(t, anew, storetest.Grant(3, verify.Link)) // now it has more than was lost
	until(t, "it has gone on", long, func() bool { return anew.progress.kept.Load() == 3 })
	if err := a.call(ctx, a.beat); !errors.Is(err, errBack) {
		t.Errorf("one that was not: %v", err)
	}
}

// A server knows how far another has come as soon as that is acknowledged, not only by its next beat.
func TestProgressIsHeard(t *testing.T) {
	r := redistest.Start(t, redistest.Durable()...)
	a := open(t, options(t, "redis://"+r.Addr()))
	o := options(t, "redis://"+r.Addr())
	o.Init = false
	b, err := connect(o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.arrive(ctx, o); err != nil {
		t.Fatal(err)
	}
	hearing, stop := context.WithCancel(ctx)
	b.stop = stop
	t.Cleanup(func() { _ = b.Close() })
	b.done.Go(func() { b.listen(hearing) })
	for n := 1; ; n++ { // the first may come before it listens
		commit(t, a, storetest.Grant(n, verify.Link))
		if b.progress.kept.Load() == int64(n) {
			break
		}
		if n == 2000 {
			t.Fatal("it has heard nothing")
		}
	}
	commit(t, a, verify.Write{Key: &verify.Key{ID: "key"}, Audit: storetest.Grant(1, verify.Link).Audit}) // no code is changed
	to := a.progress.kept.Load()
	until(t, "it is heard", long, func() bool { return b.progress.kept.Load() == to })
}

// What a fail-over may lose is no reason to answer nobody; what replicas had confirmed is.
func TestProgress(t *testing.T) {
	for _, c := range []struct {
		what                string
		guarded, cluster    bool
		replicas            int
		seen, acks          int // what is seen first, and how many replicas have it
		then, thenConfirmed int
		lost                int64
		back                bool
	}{
		{"one server goes on", false, false, 0, 5, 0, 6, 0, 0, false},
		{"one server, the same", false, false, 0, 5, 0, 5, 0, 0, false},
		{"one server, less", false, false, 0, 5, 0, 4, 0, 0, true},
		{"a Cluster that does not wait", false, true, 0, 5, 0, 3, 0, 2, false},
		{"a Cluster that waits", true, true, 1, 5, 1, 4, 1, 0, true},
		{"Sentinels, not confirmed yet", true, false, 0, 5, 0, 3, 1, 2, false},
		{"Sentinels, confirmed", true, false, 0, 5, 1, 4, 1, 0, true},
		{"Sentinels, by a primary that may be none", true, false, 0, 5, 1, 4, 0, 0, false},
		{"two replicas must confirm", true, false, 2, 5, 1, 4, 2, 1, false},
	} {
		var log lines
		s := &Store{sealer: verify.NewSealer(secret), guarded: c.guarded, cluster: c.cluster, replicas: c.replicas, log: slog.New(slog.NewTextHandler(&log, nil))}
		s.progress.reached(int64(c.seen), s.keeps(c.acks))
		sealed, err := s.seal(head{Audit: uint64(c.then)})
		if err != nil {
			t.Fatal(err)
		}
		err = s.compare(sealed, s.progress.seen.Load(), s.progress.kept.Load(), c.thenConfirmed)
		if errors.Is(err, errBack) != c.back || c.back != (err != nil) {
			t.Errorf("%s: %v, want back %t", c.what, err, c.back)
		}
		if said := strings.Contains(log.String(), "a fail-over has lost"); said != (c.lost > 0) || said && s.progress.seen.Load() != int64(c.then) {
			t.Errorf("%s: %s, want %d lost; seen %d", c.what, log.String(), c.lost, s.progress.seen.Load())
		}
		if err := s.compare("", 0, 0, 0); errors.Is(err, errBack) != c.back {
			t.Errorf("%s, then: %v", c.what, err)
		}
	}
}

// lines is a log that can be read while it is written.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
