package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	mathrand "math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"testamur/verify"
	"testamur/verify/boltstore"
)

type demoCommand struct {
	Listen string `help:"Address to listen on (TESTAMUR_LISTEN), 127.0.0.1:8080 unless said; the next free port if it is taken." placeholder:"ADDRESS"`
}

// Run serves a whole academy from a temporary folder that is removed at the end.
func (d demoCommand) Run(ctx context.Context, w *world) (err error) {
	if v, _ := w.Env("TESTAMUR_LISTEN"); d.Listen == "" {
		d.Listen = cmp.Or(v, "127.0.0.1:8080")
	}
	if _, ok := hostOf(d.Listen); !ok {
		return wrongUse("--listen or TESTAMUR_LISTEN: %q is not host:port", d.Listen)
	}
	listener, err := listenNear(d.Listen)
	if err != nil {
		return failure{exitNoReply, err}
	}
	defer listener.Close()
	folder, err := os.MkdirTemp("", "testamur-demo-")
	if err != nil {
		return failure{exitNoReply, err}
	}
	defer os.RemoveAll(folder)
	c := config{Listen: listener.Addr().String(), URL: "http://" + reachable(listener.Addr().String()), CacheBytes: 64 << 20, PieceBytes: pieceBytes}

	h, err := newHouse(c, time.Now)
	if err != nil {
		return err
	}
	secret := make([]byte, 32)
	if _, err := rand.Read(secret); err != nil {
		return err
	}
	store, err := boltstore.Open(boltstore.Options{Path: filepath.Join(folder, storeFile), Sealer: verify.NewSealer(secret), LockWait: time.Second})
	if err != nil {
		return failure{exitNoReply, err}
	}
	defer store.Close()
	// Codes come from a fixed seed, so that the demo's pictures are the same every day. Keys do not.
	seeded, err := h.registry(store, secret, mathrand.NewChaCha8([32]byte([]byte("testamur demo: people and codes."))))
	if err != nil {
		return err
	}
	people, err := h.settle(ctx, seeded)
	if err != nil {
		return err
	}
	registry, err := h.registry(store, secret, rand.Reader)
	if err != nil {
		return err
	}
	key, err := registry.NewKey(ctx, verify.Call{By: "program"}, "demo", verify.ScopeAdmin)
	if err != nil {
		return err
	}
	srv, err := h.server(c, registry, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	d.print(w, c.URL, key.Token, people)
	return serve(ctx, srv, listener, nil, 0)
}

// listenNear listens on addr, or on the next free one of the ten ports after it.
func listenNear(addr string) (net.Listener, error) {
	first, err := net.Listen("tcp", addr)
	if err == nil {
		return first, nil
	}
	host, port, split := net.SplitHostPort(addr)
	number, convert := net.LookupPort("tcp", port)
	if split != nil || convert != nil {
		return nil, err
	}
	for next := number + 1; next <= number+10; next++ {
		if l, err := net.Listen("tcp", net.JoinHostPort(host, fmt.Sprint(next))); err == nil {
			return l, nil
		}
	}
	return nil, err
}

// resident is one credential of the demo, by the state it shows.
type resident struct {
	state  string // key of its words
	code   string
	holder string // id
}

// settle grants one credential of every state, with dates that follow today.
func (h *house) settle(ctx context.Context, r *verify.Registry) (people []resident, err error) {
	today := verify.DayOf(h.now(), h.academy.Zone)
	ago := func(days int) verify.Day {
		return verify.DayOf(time.Date(today.Year, today.Month, today.Day-days, 12, 0, 0, 0, time.UTC), time.UTC)
	}
	call := verify.Call{By: "program"}
	for _, p := range []struct {
		state, certification, name, lang string
		days                             int
		consent                          verify.Consent
		after                            func(code verify.Code) error
	}{
		{state: "valid", certification: "inbound", name: "Maya Lindqvist", days: 40, consent: verify.Public},
		{state: "expired", certification: "hubspot", name: "Oluwaseun Adébáyò-Williams", days: 800, consent: verify.Link},
		{state: "suspended", certification: "design", name: "Zoë Đặng", lang: "vi", days: 90, consent: verify.Link, after: func(code verify.Code) error {
			_, err := r.Suspend(ctx, call, code, "practicum under review")
			return err
		}},
		{state: "revoked", certification: "contextual-marketing", name: "Κωνσταντίνος Παπαδόπουλος", lang: "el", days: 200, consent: verify.Link, after: func(code verify.Code) error {
			_, err := r.Revoke(ctx, call, code, "granted in error")
			return err
		}},
		{state: "private", certification: "inbound", name: "Jonas Weber", lang: "de", days: 20, consent: verify.Private},
	} {
		result, err := r.Grant(ctx, call, verify.Grant{
			Certification: p.certification, GrantedAt: ago(p.days), Consent: p.consent, Channel: "cli",
			Holder: verify.GrantHolder{Name: p.name, Kind: verify.Person, Lang: p.lang, ExternalID: "demo-" + p.state},
		})
		if err == nil && p.after != nil {
			err = p.after(result.Credential.Code)
		}
		if err != nil {
			return nil, fmt.Errorf("demo: %s: %w", p.state, err)
		}
		people = append(people, resident{p.state, string(result.Credential.Code), result.Holder.ID})
	}
	return append(people, resident{state: "mistyped", code: mistype(people[0].code)}), nil
}

// mistype changes the last symbol of a code.
func mistype(code string) string {
	last := "0"
	if strings.HasSuffix(code, last) {
		last = "1"
	}
	return code[:len(code)-1] + last
}

// print says where everything is and one thing to change.
func (d demoCommand) print(w *world, url, token string, people []resident) {
	say := func(key string, pairs ...string) { fmt.Fprintln(w.Stdout, w.words.Text("program.demo."+key, pairs...)) }
	say("site", "url", url)
	fmt.Fprintln(w.Stdout)
	for _, p := range people {
		say("state", "state", fmt.Sprintf("%-10s", w.words.Text("program.state."+p.state)), "page", url+"/verify/"+p.code)
		say("badge", "badge", url+"/badges/"+p.code+".png")
	}
	fmt.Fprintln(w.Stdout)
	say("certificate", "certificate", url+"/certificates/"+people[0].code+".pdf")
	say("key", "key", token)
	fmt.Fprintln(w.Stdout)
	say("try")
	io.WriteString(w.Stdout, "  curl -X PATCH "+url+"/api/v1/holders/"+people[0].holder+" \\\n    -H 'Authorization: Bearer "+token+
		"' \\\n    -H 'Content-Type: application/json' -d '{\"name\":\"Maya Lindqvist-Okafor\"}'\n\n")
	say("program")
	name := calledBy(w.Program)
	io.WriteString(w.Stdout, "  export TESTAMUR_SERVER="+url+" TESTAMUR_KEY="+token+"\n  "+name+" rename "+people[0].holder+
		" 'Maya Lindqvist'\n  "+name+" list\n\n")
	say("stop")
}

// calledBy is how the program is called in a shell that called it as program. What go run builds is gone when it ends.
func calledBy(program string) string {
	if strings.Contains(filepath.ToSlash(program), "/go-build") {
		return "go run ./cmd/testamur"
	}
	return cmp.Or(program, "testamur")
}
