package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // zones must not depend on the machine

	"testamur/academy"
	"testamur/assets"
	"testamur/fonts"
	"testamur/messages"
	"testamur/render"
	"testamur/render/text"
	"testamur/server"
	"testamur/site"
	"testamur/verify"
	"testamur/verify/boltstore"
)

type serveCommand struct {
	config `embed:""`
	Init   bool `help:"Make a store of an empty Redis, once; any other is refused."`
}

func (s serveCommand) Run(ctx context.Context, w *world) error {
	c, err := s.resolve(w.Env)
	if err != nil {
		return err
	}
	log, flush := logger(w, c.Log)
	defer flush()
	c.PieceBytes = pieceBytes
	boundMemory(w.Env, c)
	h, err := newHouse(c, time.Now)
	if err != nil {
		return err
	}
	store, err := s.open(ctx, w, c, h, log)
	if err != nil {
		return err
	}
	defer func() {
		if err := closeSoon(store, closeWithin); err != nil {
			log.Warn(w.words.Text("program.not-closed"), "error", err.Error())
		}
	}()
	if err := noteURL(w, c, store, log); err != nil {
		return err
	}
	registry, err := h.registry(h.metrics.Store(store, log), store.secret, rand.Reader)
	if err != nil {
		return err
	}
	if c.Redis == "" || s.Init { // of many servers of one Redis, one makes the key
		err = firstKey(ctx, w, c, store, registry)
	}
	if err != nil {
		return err
	}
	srv, err := h.server(c, registry, log)
	if err != nil {
		return err
	}
	public, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return failure{exitNoReply, fmt.Errorf("TESTAMUR_LISTEN: %w", err)}
	}
	var admin net.Listener
	if c.AdminListen != "" {
		if admin, err = net.Listen("tcp", c.AdminListen); err != nil {
			return errors.Join(failure{exitNoReply, fmt.Errorf("TESTAMUR_ADMIN_LISTEN: %w", err)}, public.Close())
		}
	}
	house, notice := "off", time.Duration(0)
	if admin != nil {
		house = admin.Addr().String()
		if !w.Terminal {
			notice = noticeOfStop
		}
	}
	log.Info(w.words.Text("program.serving"), "url", c.URL, "listen", public.Addr().String(), "admin", house, "version", version())
	if err := notify(w.Env, "READY=1"); err != nil {
		log.Warn(w.words.Text("program.no-notice"), "error", err.Error())
	}
	context.AfterFunc(ctx, func() {
		log.Info(w.words.Text("program.stopping"))
		_ = notify(w.Env, "STOPPING=1") // it may be gone before us
	})
	return serve(ctx, srv, public, admin, notice)
}

// pieceBytes is room for the pieces of some six hundred looks of badges, of which the built-in academy has two hundred.
const pieceBytes = 64 << 20

// boundMemory has the collector keep to the cache and what all else takes: left alone, it lets garbage grow as large as what
// is kept. GOMEMLIMIT, where it is set, stands.
func boundMemory(env func(string) (string, bool), c config) {
	const rest = 60 << 20 // the collector is late by some; the pages of the program that are in memory come to it
	if _, set := env("GOMEMLIMIT"); !set {
		debug.SetMemoryLimit(c.CacheBytes + rest)
	}
}

const (
	// noticeOfStop is how long everybody is still let in after the signal to stop, while /readyz says 503 already: whoever
	// spreads the requests needs a moment to see it. A person at a terminal is not kept waiting.
	noticeOfStop = 2 * time.Second
	// stopWithin is the time from the signal to the end of all answers, whatever clients do. Containers are killed after ten
	// seconds.
	stopWithin  = 9 * time.Second
	closeWithin = 900 * time.Millisecond // for the store, after that
)

// closeSoon closes, and waits for it only so long: a disk may hang, and what was acknowledged is on it already.
func closeSoon(c io.Closer, within time.Duration) error {
	closed := make(chan error, 1)
	go func() { closed <- c.Close() }()
	select {
	case err := <-closed:
		return err
	case <-time.After(within):
		return fmt.Errorf("not closed within %v", within)
	}
}

// serve runs until ctx ends, gives notice of its end, and lets the requests under way finish.
func serve(ctx context.Context, srv *server.Server, public, admin net.Listener, notice time.Duration) error {
	ended := make(chan error, 2)
	go func() { ended <- srv.Serve(public) }()
	if admin != nil {
		go func() { ended <- srv.ServeAdmin(admin) }()
	}
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
	defer cancel()
	srv.Drain()
	select {
	case err := <-ended:
		return err
	case <-time.After(notice):
	}
	return srv.Shutdown(stop)
}

// house holds the parts that do not depend on the store.
type house struct {
	academy *academy.Academy
	words   *messages.Catalogue
	fonts   *text.Fonts
	press   *render.Press
	pages   *site.Pages
	metrics *server.Metrics
	now     func() time.Time
}

// newHouse reads the academy, tries its artwork, and builds what draws and writes.
func newHouse(c config, now func() time.Time) (*house, error) {
	start := time.Now()
	h := &house{now: now, metrics: server.NewMetrics(version(), func() time.Duration { return time.Since(start) })}
	var err error
	if h.words, err = messages.Load(sub(assets.Files, "messages")); err != nil {
		return nil, err
	}
	if h.fonts, err = text.Load(fonts.Files); err != nil {
		return nil, err
	}
	domain := c.URL[strings.Index(c.URL, "://")+3:]
	press := func(a *academy.Academy) render.Config {
		return render.Config{
			Fonts: h.fonts, Arts: a.Arts, URL: c.URL, Messages: h.words, CacheBytes: c.CacheBytes, PieceBytes: c.PieceBytes,
			Brand:   render.Brand{Name: a.Name, Wordmark: a.Wordmark, Address: domain, Mark: a.Mark, Signature: a.Signature},
			Workers: max(1, runtime.GOMAXPROCS(0)), Queue: 64, Patience: cmp.Or(c.Patience, 10*time.Second), Drawing: h.metrics.Drawing,
		}
	}
	h.academy, err = academy.Proof(c.folder(assets.Files), func(a *academy.Academy) []render.Misfit {
		c := press(a)
		if offered, err := h.words.Offer(a.Languages); err == nil { // else it is said below
			c.Messages = offered
		}
		return render.Misfits(c)
	})
	if err != nil {
		return nil, failure{exitUse, fmt.Errorf("TESTAMUR_ACADEMY: the academy has mistakes\n%w", err)}
	}
	if h.words, err = h.words.Offer(h.academy.Languages); err != nil {
		return nil, failure{exitUse, fmt.Errorf("TESTAMUR_ACADEMY: academy.yaml: %w", err)}
	}
	h.press, err = render.NewPress(press(h.academy))
	if errors.Is(err, render.ErrURLTooLong) {
		return nil, failure{exitUse, fmt.Errorf("TESTAMUR_URL: %w", err)}
	}
	if err != nil {
		return nil, err
	}
	h.pages, err = h.sitePages(c, domain)
	return h, err
}

// opened is the store of a server, with its secret.
type opened struct {
	verify.Store
	secret  []byte
	setting string // the name of the one that says where it is
	// note keeps a public address and returns the one kept before; empty: none.
	note func(url string) (before string, err error)
}

func (s serveCommand) open(ctx context.Context, w *world, c config, h *house, log *slog.Logger) (opened, error) {
	if c.Redis != "" {
		return openRedis(ctx, w, c, s.Init, h, log)
	}
	if s.Init {
		return opened{}, wrongUse("%s", w.words.Text("program.init-embedded"))
	}
	store, secret, err := openStore(c)
	if err != nil {
		return opened{}, err
	}
	if store.Created() {
		log.Warn(w.words.Text("program.new-store"), "data", c.Data)
	}
	return opened{store, secret, "TESTAMUR_DATA", func(url string) (string, error) { return noteInFile(filepath.Join(c.Data, "url"), url) }}, nil
}

// noteURL warns when the public address is another than at the last start: QR codes on paper lead to the old one.
func noteURL(w *world, c config, store opened, log *slog.Logger) error {
	before, err := store.note(c.URL)
	if err != nil {
		return failure{exitNoReply, fmt.Errorf("%s: %w", store.setting, err)}
	}
	if before != "" && before != c.URL {
		log.Warn(w.words.Text("program.new-url"), "before", before, "now", c.URL)
	}
	return nil
}

// noteInFile writes a line into a file, if it is another than the one in it, which it returns.
func noteInFile(name, line string) (before string, err error) {
	data, err := os.ReadFile(name)
	before = strings.TrimSpace(string(data))
	if err == nil && before == line {
		return before, nil
	}
	if err == nil {
		err = os.Remove(name)
	}
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		err = writeNew(name, []byte(line+"\n"))
	}
	return before, err
}

// registry joins the rules to a store.
func (h *house) registry(store verify.Store, secret []byte, random interface{ Read([]byte) (int, error) }) (*verify.Registry, error) {
	return verify.NewRegistry(verify.RegistryConfig{
		Store: store, Catalogue: h.academy.Catalogue, Zone: h.academy.Zone, Now: h.now, Rand: random,
		CleanName: cleanName(h.fonts), Secret: secret, Terms: h.academy.Terms, Version: version(),
	})
}

func (h *house) server(c config, registry *verify.Registry, log *slog.Logger) (*server.Server, error) {
	return server.New(server.Config{
		Registry: registry, Catalogue: h.academy.Catalogue, Press: h.press, Pages: h.pages, Messages: h.words, Metrics: h.metrics,
		Zone: h.academy.Zone, Issuer: server.Issuer{Name: h.academy.Name, LinkedInID: h.academy.LinkedInID}, URL: c.URL, MasterKey: c.APIKey,
		TrustedProxies: c.Proxies, Log: log, Now: h.now, Rand: rand.Reader,
	})
}

// openStore opens the embedded store and the secret beside it, making both where the folder has neither.
func openStore(c config) (*boltstore.Store, []byte, error) {
	fail := func(err error) (*boltstore.Store, []byte, error) {
		return nil, nil, failure{exitNoReply, fmt.Errorf("TESTAMUR_DATA: %w", err)}
	}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return fail(err)
	}
	file := filepath.Join(c.Data, storeFile)
	secret := []byte(c.Secret)
	if c.Secret == "" {
		var err error
		if secret, err = ownSecret(c.Data, file); err != nil {
			return fail(err)
		}
	}
	store, err := boltstore.Open(boltstore.Options{Path: file, Sealer: verify.NewSealer(secret), LockWait: time.Second})
	if err != nil {
		return nil, nil, notOpened("TESTAMUR_DATA", err)
	}
	return store, secret, nil
}

// notOpened is the error of a store that a setting names. A secret that is not its own is a wrong setting, and no restart
// makes it right.
func notOpened(setting string, err error) error {
	if errors.Is(err, verify.ErrSecret) {
		return failure{exitUse, fmt.Errorf("TESTAMUR_SECRET: %w", err)}
	}
	return failure{exitNoReply, fmt.Errorf("%s: %w", setting, err)}
}

const (
	storeFile  = "testamur.db"
	secretFile = "secret"
)

// ownSecret reads DATA/secret, or makes it where there is no store yet. A store without its secret cannot be
// read, so a new one would only hide the loss.
func ownSecret(data, store string) ([]byte, error) {
	name := filepath.Join(data, secretFile)
	secret, err := os.ReadFile(name)
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		if err == nil && len(secret) < 32 {
			err = fmt.Errorf("%s has %d bytes; 32 or more are needed: put the right one back, or remove it if there is no store yet", name, len(secret))
		}
		return secret, err
	}
	if info, err := os.Stat(store); err == nil && info.Size() > 0 {
		return nil, fmt.Errorf("%s is missing, and %s cannot be read without it: put it back, or set TESTAMUR_SECRET", name, store)
	}
	raw := make([]byte, 32)
	if _, err := rand.Read(raw); err != nil {
		return nil, err
	}
	secret = []byte(base64.RawURLEncoding.EncodeToString(raw))
	return secret, writeNew(name, secret)
}

// writeNew writes a file that must not be there yet, as create does.
func writeNew(name string, data []byte) error {
	return create(name, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// firstKey makes the first admin key where there is none: printed on a terminal, else written to a file that
// only the owner reads.
func firstKey(ctx context.Context, w *world, c config, store verify.Store, registry *verify.Registry) error {
	keys, err := store.Keys(ctx)
	if err != nil || c.APIKey != "" || slices.ContainsFunc(keys, func(k verify.Key) bool { return k.EndedAt.IsZero() }) {
		return err
	}
	name := filepath.Join(c.Data, "first-key")
	if _, err := os.Lstat(name); !w.Terminal && err == nil {
		return failure{exitNoReply, fmt.Errorf("TESTAMUR_DATA: %s is there, and the store has no key: move the file away and start again", name)}
	}
	program := verify.Call{By: "program"}
	made, err := registry.NewKey(ctx, program, "first key", verify.ScopeAdmin)
	if err != nil {
		return err
	}
	if w.Terminal {
		_, err = fmt.Fprintf(w.Stdout, "%s\n\n    %s\n\n", w.words.Text("program.first-key"), made.Token)
	} else if err = writeNew(name, []byte(made.Token+"\n")); err == nil {
		_, err = fmt.Fprintln(w.Stderr, w.words.Text("program.first-key-file", "file", name))
	}
	if err != nil { // nobody saw it: the next start makes another
		return failure{exitNoReply, fmt.Errorf("TESTAMUR_DATA: %w", errors.Join(err, registry.EndKey(ctx, program, made.Key.ID)))}
	}
	return nil
}

// sub is a folder of embedded files, which is there.
func sub(files fs.FS, dir string) fs.FS {
	s, err := fs.Sub(files, dir)
	if err != nil {
		return files
	}
	return s
}

// reachable turns an address to listen on into one to connect to.
func reachable(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return listen
	}
	switch host {
	case "", "0.0.0.0":
		host = "127.0.0.1"
	case "::":
		host = "::1"
	}
	return net.JoinHostPort(host, port)
}
