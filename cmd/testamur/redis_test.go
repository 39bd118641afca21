package main

import (
	"log/slog"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"testamur/assets"
	"testamur/messages"
	"testamur/render"
	"testamur/verify"
	"testamur/verify/redisstore"
	"testamur/verify/storetest"
)

// What another server renames, gives a new code or erases is in no picture that this one keeps; nor is what was changed while the
// feed was cut.
func TestPicturesFollowTheFeed(t *testing.T) {
	r := miniredis.RunT(t)
	address, err := redisstore.ParseAddress("redis://" + r.Addr())
	if err != nil {
		t.Fatal(err)
	}
	c := config{URL: "https://academy.example.org", CacheBytes: 64 << 20, Patience: time.Hour, InRedis: address,
		Secret: "a-secret-that-all-servers-of-one-redis-share", APIKey: "a-master-key-of-the-test-with-40-letters"}
	h, err := newHouse(c, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	words, err := messages.Load(sub(assets.Files, "messages"))
	if err != nil {
		t.Fatal(err)
	}
	store, err := openRedis(t.Context(), &world{words: words.In(messages.Reference)}, c, true, h, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	o := c.redisOptions(nil)
	o.Patience = 20 * time.Second
	other, err := redisstore.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()

	until := func(what string, is func() bool) {
		t.Helper()
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for began := time.Now(); !is(); <-tick.C {
			if time.Since(began) > 20*time.Second {
				t.Fatal(what)
			}
		}
	}
	until("both hear the feed", func() bool {
		heard := 0
		for _, n := range r.PubSubNumSub(r.PubSubChannels("")...) {
			heard += n
		}
		return heard == 2
	})
	w := storetest.Grant(1, verify.Link)
	granted := w.Credentials[0]
	renamed := granted
	renamed.Version, renamed.Holder.Version, renamed.Holder.Name = 2, 2, "Another"
	recoded := renamed
	recoded.Version, recoded.Code = 3, storetest.Code(2)
	cut := func() { // it comes back with all it had
		r.Close()
		if err := r.Restart(); err != nil {
			t.Fatal(err)
		}
	}
	commit := func(w verify.Write) func() {
		return func() {
			if err := other.Commit(t.Context(), w); err != nil {
				t.Fatal(err)
			}
		}
	}
	commit(w)()
	for _, step := range []struct {
		what string
		code verify.Code
		do   func()
	}{
		{"renamed", granted.Code, commit(verify.Write{Holder: &renamed.Holder, Credentials: []verify.Credential{renamed}})},
		{"recoded", granted.Code, commit(verify.Write{Recode: granted.Code, Credentials: []verify.Credential{recoded}})},
		{"erased", recoded.Code, commit(verify.Write{Erase: &verify.Erasure{Holder: granted.Holder.ID, Version: 2, Codes: []verify.Code{recoded.Code}}})},
		{"the feed was cut", storetest.Code(3), cut},
	} {
		until(step.what+": no picture is kept", func() bool { // one may be dropped by the step before
			if _, err := h.press.Badge(t.Context(), render.Badge{Certification: "inbound", Name: "Maya Lindqvist", State: render.StateValid, Code: string(step.code),
				ValidTo: render.Date{Year: 2030, Month: 7, Day: 31}, Words: "en", Width: 64, Height: 64}); err != nil {
				t.Fatal(err)
			}
			return h.press.Stats().Bytes > 0
		})
		step.do()
		until(step.what+": the picture is kept", func() bool { return h.press.Stats().Bytes == 0 })
	}
}
