package server

import (
	"bytes"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"testamur/render"
	"testamur/verify"
)

// slowWorld is a world with a press whose draws of credentials last as long as during, while it is set.
func slowWorld(t *testing.T) (w *world, during *atomic.Value) {
	t.Helper()
	h, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	during = &atomic.Value{} // func()
	c := pressConfig(h)
	c.Drawing = func(kind string) func() {
		if do, _ := during.Load().(func()); do != nil && kind != "neutral" {
			do()
		}
		return func() {}
	}
	press, err := render.NewPress(c)
	if err != nil {
		t.Fatal(err)
	}
	return newWorld(t, func(c *Config) { c.Press = press }), during
}

// drawnRoutes are all that draw a credential.
var drawnRoutes = []string{"/badges/%s.png", "/badges/%s.png?style=card", "/badges/%s.png?download=1", "/previews/%s.png", "/certificates/%s.pdf", "/certificates/%s.png"}

// What had to wait for its draw is answered as things are then, and lives from then on: in everything but what is drawn
// the answer is that of who asks afterwards.
func TestAnswerAfterALongDraw(t *testing.T) {
	w, during := slowWorld(t)
	ctx, call := t.Context(), verify.Call{By: "test"}
	const draw = 9 * time.Second
	for _, c := range []struct {
		name  string
		left  time.Duration // from the question to the end of validity
		while func(verify.Credential) error
		reads int64 // by a route that draws once
	}{
		{"nothing happens", time.Hour, nil, 2},
		{"the end is nearer", 100 * time.Second, nil, 2},
		{"the end has passed", 5 * time.Second, nil, 3},
		{"withdrawn", time.Hour, func(c verify.Credential) error {
			_, err := w.registry.SetConsent(ctx, call, c.Code, verify.ConsentChange{Consent: verify.Private})
			return err
		}, 3},
		{"revoked", time.Hour, func(c verify.Credential) error { _, err := w.registry.Revoke(ctx, call, c.Code, ""); return err }, 3},
		{"recoded", time.Hour, func(c verify.Credential) error { _, err := w.registry.Recode(ctx, call, c.Code, ""); return err }, 3},
		{"renamed", time.Hour, func(c verify.Credential) error {
			name := "Maya Berg"
			_, err := w.registry.ChangeHolder(ctx, call, c.Holder.ID, verify.HolderChange{Name: &name})
			return err
		}, 3},
	} {
		for _, route := range drawnRoutes {
			w.setClock(w.now().Add(time.Minute).Truncate(time.Second)) // or there are too many misses
			r, err := w.registry.Grant(ctx, call, verify.Grant{Certification: "inbound", Holder: verify.GrantHolder{Name: nameValid}, Consent: verify.Link,
				GrantedAt: verify.DayOf(w.now(), time.UTC), ExpiresAt: w.now().Add(c.left).Format(time.RFC3339)})
			if err != nil {
				t.Fatal(err)
			}
			path := fmt.Sprintf(route, r.Credential.Code)
			first := atomic.Bool{}
			during.Store(func() {
				if !first.CompareAndSwap(false, true) {
					return
				}
				w.setClock(w.now().Add(draw))
				if c.while != nil {
					if err := c.while(r.Credential); err != nil {
						t.Error(err)
					}
				}
			})
			w.store.reads.Store(0)
			waited := w.ask(t, "GET", path, nil, "")
			if got := w.store.reads.Load(); got != c.reads {
				t.Errorf("%s, %s: %d reads, want %d", c.name, route, got, c.reads)
			}
			w.store.reads.Store(0)
			after := w.ask(t, "GET", path, nil, "")
			if got := w.store.reads.Load(); got != 1 {
				t.Errorf("%s, %s: %d reads for what is kept", c.name, route, got)
			}
			if !first.Load() || waited.head != after.head || !bytes.Equal(waited.body, after.body) {
				t.Errorf("%s, %s: after the wait\n%s\nand then\n%s", c.name, route, waited.head, after.head)
			}
		}
	}
}

// A draw in time is answered by the one read, and one that is too late while the store is away by nothing.
func TestAnswerAfterADrawAsksOnlyWhereItMust(t *testing.T) {
	w, during := slowWorld(t)
	for _, route := range drawnRoutes {
		for _, c := range []struct {
			takes  time.Duration
			mood   string
			status int
			reads  int64
		}{
			{recent + time.Second, "away", 503, 3},
			{recent, "away", 200, 1},
		} {
			during.Store(func() {
				w.setClock(w.now().Add(c.takes))
				w.store.mood.Store(c.mood)
			})
			w.store.reads.Store(0)
			state := map[int]string{200: "public", 503: "valid"}[c.status]
			r := w.ask(t, "GET", fmt.Sprintf(route, w.names[state]), nil, "")
			if got := w.store.reads.Load(); r.status != c.status || got != c.reads {
				t.Errorf("%s drawn in %v: %d after %d reads, want %d after %d", route, c.takes, r.status, got, c.status, c.reads)
			}
			w.store.mood.Store("works")
		}
	}
}

// What changes whenever it is drawn is refused at last.
func TestAnswerThatChangesWhileItIsDrawn(t *testing.T) {
	w, during := slowWorld(t)
	names := 0
	during.Store(func() {
		names++
		name := fmt.Sprintf("Maya %c", 'A'+names)
		if _, err := w.registry.ChangeHolder(t.Context(), verify.Call{By: "test"}, w.names["valid-holder"], verify.HolderChange{Name: &name}); err != nil {
			t.Error(err)
		}
		w.setClock(w.now().Add(9 * time.Second))
	})
	for _, route := range drawnRoutes {
		names = 0
		r := w.ask(t, "GET", fmt.Sprintf(route, w.names["valid"]), nil, "")
		if r.status != 503 || names != draws || r.get("Cache-Control") != "no-store" || r.get("Content-Disposition") != "" {
			t.Errorf("%s: drawn %d times, then\n%s", route, names, r.head)
		}
	}
}

// A credential that is granted, and looked at, while its holder is erased leaves no picture either.
func TestErasedWhileGranted(t *testing.T) {
	press := ownPress(t)
	w := newWorld(t, func(c *Config) { c.Press = press })
	admin := []string{"Authorization: Bearer " + masterKey}
	empty := press.Stats().Bytes
	gate := make(chan struct{})
	w.store.hold.Store(gate)
	done := make(chan reply, 1)
	go func() { done <- w.ask(t, "DELETE", "/api/v1/holders/"+w.names["valid-holder"], admin, "") }()
	<-w.store.held // what is to be erased is known
	w.store.hold.Store((chan struct{})(nil))
	r, err := w.registry.Grant(t.Context(), verify.Call{By: "test"}, verify.Grant{Certification: "hubspot", Consent: verify.Link,
		Holder: verify.GrantHolder{ID: w.names["valid-holder"], Name: nameValid}})
	if err != nil {
		t.Fatal(err)
	}
	if r := w.ask(t, "GET", "/badges/"+string(r.Credential.Code)+".png?w=301", nil, ""); r.status != 200 || press.Stats().Bytes == empty {
		t.Errorf("%s\n%d bytes of pictures before and after", r.head, empty)
	}
	close(gate)
	if r := <-done; r.status != 204 {
		t.Errorf("%s", r.head)
	}
	if kept := press.Stats().Bytes; kept != empty {
		t.Errorf("%d bytes of pictures before, %d after", empty, kept)
	}
}
