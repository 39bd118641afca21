package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/png"
	"io"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/netip"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"testamur/academy"
	"testamur/assets"
	"testamur/fonts"
	"testamur/messages"
	"testamur/render"
	"testamur/render/text"
	"testamur/site"
	"testamur/verify"
	"testamur/verify/boltstore"
	"testamur/verify/redisstore"
)

// house is what all tests share: it does not change.
type house struct {
	academy *academy.Academy
	words   *messages.Catalogue
	fonts   *text.Fonts
	press   *render.Press
	pages   *site.Pages
}

const testURL = "https://academy.example.org"

func pressConfig(h *house) render.Config {
	return render.Config{Fonts: h.fonts, Arts: h.academy.Arts, URL: testURL, Messages: h.words, CacheBytes: 64 << 20, Workers: 2, Queue: 64,
		Brand: render.Brand{Name: h.academy.Name, Wordmark: h.academy.Wordmark, Address: "academy.example.org", Mark: h.academy.Mark, Signature: h.academy.Signature}}
}

// ownPress is a press that a test has for itself, with its ready pictures drawn.
func ownPress(t *testing.T) *render.Press {
	t.Helper()
	h, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	press, err := render.NewPress(pressConfig(h))
	if err != nil {
		t.Fatal(err)
	}
	for press.Stats().Waiting+press.Stats().Drawing > 0 {
		runtime.Gosched()
	}
	return press
}

var shared = sync.OnceValues(func() (*house, error) {
	h := &house{}
	folder, err := fs.Sub(assets.Files, "messages")
	if err != nil {
		return nil, err
	}
	if h.words, err = messages.Load(folder); err != nil {
		return nil, err
	}
	if h.academy, err = academy.Load(assets.Files); err != nil {
		return nil, err
	}
	if h.words, err = h.words.Offer(h.academy.Languages); err != nil {
		return nil, err
	}
	if h.fonts, err = text.Load(fonts.Files); err != nil {
		return nil, err
	}
	if h.press, err = render.NewPress(pressConfig(h)); err != nil {
		return nil, err
	}
	pages := site.Config{Brand: h.academy.Name, Wordmark: h.academy.Wordmark, Domain: "academy.example.org", URL: testURL, Email: h.academy.Email,
		ZoneName: h.academy.ZoneName, Mark: "M0 0L1 1", Terms: h.academy.Terms, OwnWords: h.academy.Words, Forgotten: Forgotten, Messages: h.words,
		PreviewOf: func(slug string) site.Picture {
			return site.Picture{Tag: slug, Draw: func() ([]byte, error) {
				p, err := h.press.Neutral(context.Background(), render.Neutral{Words: "en", Style: render.StylePreview, Width: 1200, Height: 630})
				return p.Bytes, err
			}}
		}}
	for i, x := range h.academy.Catalogue.Certifications {
		pages.Certifications = append(pages.Certifications, Shown(x, h.academy.Arts[i].Emblem().SVG(), h.academy.Zone))
	}
	h.pages, err = site.New(pages)
	for largest := 0; err == nil && largest < 1200; { // the press draws its ready pictures in the background
		size, err := png.DecodeConfig(bytes.NewReader(h.press.ReadyNeutral(render.Neutral{Width: 1200, Height: 1200}).Bytes))
		if err != nil {
			return nil, err
		}
		largest = size.Width
		runtime.Gosched()
	}
	return h, err
})

// world is a server on a listener of this machine, over a store, with a clock that stands still.
type world struct {
	*house
	server   *Server
	registry *verify.Registry
	store    *moody
	clock    atomic.Int64 // Unix nanoseconds
	address  string       // of the listener
	dial     func() (net.Conn, error)
	stop     func() error // before the end of the test; later calls do nothing
	log      *lockedBuffer
	names    map[string]string // what stands in braces in a script
}

func (w *world) now() time.Time       { return time.Unix(0, w.clock.Load()).UTC() }
func (w *world) setClock(t time.Time) { w.clock.Store(t.UnixNano()) }

const masterKey = "a-master-key-of-the-test-with-40-letters"

// newWorld settles one credential in each state. change may change the server's configuration.
func newWorld(t testing.TB, change func(*Config)) *world { return newWorldOn(t, embedded, change) }

// newWorldOn is newWorld over a store of one's own.
func newWorldOn(t testing.TB, open func(testing.TB) verify.Store, change func(*Config)) *world {
	t.Helper()
	w := newEmptyWorldOn(t, open, change)
	w.settle(t)
	w.makeKeys(t)
	return w
}

// newEmptyWorld has no people and no keys.
func newEmptyWorld(t testing.TB, change func(*Config)) *world {
	return newEmptyWorldOn(t, embedded, change)
}

// stores are those on which the whole of HTTP is tried.
var stores = map[string]func(testing.TB) verify.Store{"embedded": embedded, "redis": inRedis}

var testSecret = []byte("a secret of the test with 32 bytes or more")

// embedded opens a store in a file, which is closed at the test's end.
func embedded(t testing.TB) verify.Store {
	t.Helper()
	store, err := boltstore.Open(boltstore.Options{Path: filepath.Join(t.TempDir(), "store.db"), Sealer: verify.NewSealer(testSecret), LockWait: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	return store
}

// inRedis opens a store in a Redis of the test's own process.
func inRedis(t testing.TB) verify.Store {
	t.Helper()
	return redisAt(t, patient, "redis://"+miniredis.RunT(t).Addr())
}

// redisAt opens a store in a Redis. With the patience of a server it may take several tries on a busy machine.
func redisAt(t testing.TB, o redisstore.Options, url string) *redisstore.Store {
	t.Helper()
	var err error
	if o.Address, err = redisstore.ParseAddress(url); err != nil {
		t.Fatal(err)
	}
	o.Sealer = verify.NewSealer(testSecret)
	store, err := redisstore.Open(context.Background(), o)
	for began := time.Now(); errors.Is(err, verify.ErrUnavailable) && time.Since(began) < hang; {
		store, err = redisstore.Open(context.Background(), o)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	return store
}

// hang is longer than anything takes on a busy machine.
const hang = 30 * time.Second

// patient is a store that may be asked while the machine has other things to do.
var patient = redisstore.Options{Init: true, Patience: 20 * time.Second}

// newWorldInRedis is newWorld over a Redis that is filled with patience, and then asked as o says. With the patience of a
// server each of the changes that fill it would have a chance to fail.
func newWorldInRedis(t testing.TB, o redisstore.Options, url string) *world {
	t.Helper()
	w := newWorldOn(t, func(t testing.TB) verify.Store { return redisAt(t, patient, url) }, nil)
	if err := w.store.Close(); err != nil {
		t.Fatal(err)
	}
	w.store.Store = redisAt(t, o, url)
	return w
}

// until waits until nothing is wrong any more, and says what is if that never comes. The clock goes on meanwhile: who asks
// again and again in one moment is told in the end that it was too often.
func (w *world) until(t testing.TB, wrong func() string) {
	t.Helper()
	pace := time.NewTicker(20 * time.Millisecond)
	defer pace.Stop()
	for began := time.Now(); ; <-pace.C {
		is := wrong()
		if is == "" {
			return
		}
		if time.Since(began) > hang {
			t.Fatalf("not within %s: %s", hang, is)
		}
		w.setClock(w.now().Add(time.Second))
	}
}

func newEmptyWorldOn(t testing.TB, open func(testing.TB) verify.Store, change func(*Config)) *world {
	t.Helper()
	h, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	w := &world{house: h, names: map[string]string{}, log: &lockedBuffer{}}
	w.setClock(time.Date(2014, 11, 23, 15, 10, 0, 0, time.UTC))
	secret, store := testSecret, open(t)
	w.store = &moody{Store: store, held: make(chan struct{}, 1000)}
	seed := &lockedReader{Reader: rand.NewChaCha8([32]byte([]byte("the same codes in every test run")))}
	log, metrics := slog.New(slog.NewJSONHandler(w.log, nil)), NewMetrics("test", func() time.Duration { return time.Duration(w.clock.Load()) })
	w.registry, err = verify.NewRegistry(verify.RegistryConfig{Store: metrics.Store(w.store, log), Catalogue: h.academy.Catalogue, Zone: h.academy.Zone, Now: w.now, Rand: seed,
		CleanName: cleanName(h.fonts), Secret: secret, Terms: h.academy.Terms})
	if err != nil {
		t.Fatal(err)
	}
	c := Config{Registry: w.registry, Catalogue: h.academy.Catalogue, Press: h.press, Pages: h.pages, Messages: h.words, Metrics: metrics, Zone: h.academy.Zone,
		Issuer: Issuer{Name: h.academy.Name}, URL: testURL, MasterKey: masterKey, TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
		Log: log, Now: w.now, Rand: seed}
	if change != nil {
		change(&c)
	}
	w.server, err = New(c)
	if err != nil {
		t.Fatal(err)
	}
	w.server.patience = hang
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w.address = listener.Addr().String()
	w.dial = func() (net.Conn, error) { return net.Dial("tcp", listener.Addr().String()) }
	served := make(chan error, 1)
	go func() { served <- w.server.Serve(listener) }()
	w.stop = sync.OnceValue(func() error {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		return errors.Join(w.server.Shutdown(ctx), <-served)
	})
	t.Cleanup(func() {
		if err := w.stop(); err != nil {
			t.Errorf("shutdown: %v", err)
		}
	})
	return w
}

// cleanName is the program's: names are judged by the package that sets them.
func cleanName(f *text.Fonts) func(string, bool) (string, error) {
	return func(name string, anyScript bool) (string, error) {
		clean := f.CleanName
		if anyScript {
			clean = f.CleanNameAnyScript
		}
		out, err := clean(name)
		var no *text.NameError
		if errors.As(err, &no) {
			return "", &verify.Refused{Reason: no.Reason, Args: []string{"character", no.Shown(), "place", fmt.Sprint(no.Position)}}
		}
		return out, err
	}
}

// The names of people in the worlds of tests. None of them may stand in a log.
const (
	nameValid, nameExpired, namePrivate = "Maya Lindqvist", "Oluwaseun Adébáyò", "Zoë Đặng"
)

// settle makes a credential of each state, known to scripts by the state's name.
func (w *world) settle(t testing.TB) {
	t.Helper()
	ctx, call := context.Background(), verify.Call{By: "test"}
	grant := func(state, name string, day verify.Day, consent verify.Consent) verify.Code {
		r, err := w.registry.Grant(ctx, call, verify.Grant{Certification: "inbound", Holder: verify.GrantHolder{Name: name, Lang: "en"}, GrantedAt: day, Consent: consent})
		if err != nil {
			t.Fatal(err)
		}
		w.names[state], w.names[state+"-holder"] = string(r.Credential.Code), r.Holder.ID
		return r.Credential.Code
	}
	do := func(_ verify.Result, err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	june := verify.Day{Year: 2014, Month: 6, Day: 14}
	grant("valid", nameValid, june, verify.Link)
	grant("public", nameValid, june, verify.Public)
	grant("expired", nameExpired, verify.Day{Year: 2012, Month: 6, Day: 14}, verify.Link)
	do(w.registry.Suspend(ctx, call, grant("suspended", nameValid, june, verify.Link), "under review"))
	do(w.registry.Revoke(ctx, call, grant("revoked", nameValid, june, verify.Link), "granted in error"))
	grant("private", namePrivate, june, verify.Private)
	do(w.registry.SetConsent(ctx, call, grant("withdrawn", nameValid, june, verify.Link), verify.ConsentChange{Consent: verify.Private}))
	do(w.registry.Suspend(ctx, call, grant("private-suspended", namePrivate, june, verify.Private), ""))
	do(w.registry.Revoke(ctx, call, grant("private-revoked", namePrivate, june, verify.Private), ""))
	grant("private-expired", namePrivate, verify.Day{Year: 2012, Month: 6, Day: 14}, verify.Private)
	w.names["unknown"] = "7K3M-9QXT-4P24"
	w.names["mistyped"] = "7K3M-9QXT-4P25"
	w.names["malformed"] = "7K3M-9QXT"
	w.names["css"], w.names["icon"] = w.pages.AssetURL("site"), w.pages.AssetURL("icon")
}

// makeKeys makes a key of each scope, and one that has ended.
func (w *world) makeKeys(t testing.TB) {
	t.Helper()
	ctx, call := context.Background(), verify.Call{By: "test"}
	for _, name := range []string{"read", "issue", "admin", "ended"} {
		scope := verify.Scope(name)
		if name == "ended" {
			scope = verify.ScopeAdmin
		}
		made, err := w.registry.NewKey(ctx, call, "of the test", scope)
		if err != nil {
			t.Fatal(err)
		}
		w.names["key-"+name], w.names["keyid-"+name] = made.Token, made.Key.ID
	}
	if err := w.registry.EndKey(ctx, call, w.names["keyid-ended"]); err != nil {
		t.Fatal(err)
	}
	w.names["key-master"] = masterKey
	for _, name := range []string{"site", "icon", "emblem-inbound", "preview-partner", "copy"} {
		w.names[name] = w.pages.AssetURL(name)
	}
}

// moody is a store with moods. It counts what it is asked.
type moody struct {
	verify.Store
	mood  atomic.Value // string
	reads atomic.Int64 // of public records
	calls atomic.Int64 // of any kind
	hold  atomic.Value // chan struct{}: a Record or Commit waits for it after saying so on held
	held  chan struct{}
}

// wait holds a call back while a test looks.
func (m *moody) wait() {
	if gate, _ := m.hold.Load().(chan struct{}); gate != nil {
		m.held <- struct{}{}
		<-gate
	}
}

var errStrange = errors.New("input/output error") // of a kind that nobody foresaw

// feel is the error of the store's mood; writing is whether the call writes.
func (m *moody) feel(writing bool) error {
	m.calls.Add(1)
	switch mood, _ := m.mood.Load().(string); {
	case mood == "away":
		return verify.ErrUnavailable
	case mood == "strange":
		return errStrange
	case mood == "tampered" && !writing:
		return fmt.Errorf("record: %w", verify.ErrTampered)
	case mood == "late":
		return context.DeadlineExceeded
	case mood == "full" && writing:
		return verify.ErrFull
	case mood == "alone" && writing:
		return verify.ErrNotConfirmed
	case mood == "broken":
		panic("a name: " + nameValid)
	}
	return nil
}

func (m *moody) Record(ctx context.Context, code verify.Code) (verify.Record, error) {
	m.reads.Add(1)
	m.wait()
	if err := m.feel(false); err != nil {
		return verify.Record{}, err
	}
	return m.Store.Record(ctx, code)
}

func (m *moody) Recent(ctx context.Context, code verify.Code) (verify.Record, error) {
	m.reads.Add(1)
	m.wait()
	if err := m.feel(false); err != nil {
		return verify.Record{}, err
	}
	return m.Store.Recent(ctx, code)
}

func (m *moody) Credential(ctx context.Context, code verify.Code) (verify.Credential, error) {
	if err := m.feel(false); err != nil {
		return verify.Credential{}, err
	}
	return m.Store.Credential(ctx, code)
}

func (m *moody) Holder(ctx context.Context, id string) (verify.Holder, []verify.Code, error) {
	if err := m.feel(false); err != nil {
		return verify.Holder{}, nil, err
	}
	return m.Store.Holder(ctx, id)
}

func (m *moody) Key(ctx context.Context, id string) (verify.Key, error) {
	if err := m.feel(false); err != nil {
		return verify.Key{}, err
	}
	return m.Store.Key(ctx, id)
}

func (m *moody) CredentialByExternalID(ctx context.Context, id string) (verify.Credential, error) {
	if err := m.feel(false); err != nil {
		return verify.Credential{}, err
	}
	return m.Store.CredentialByExternalID(ctx, id)
}

func (m *moody) Credentials(ctx context.Context, after uint64, yield func(uint64, verify.Credential) bool) error {
	if err := m.feel(false); err != nil {
		return err
	}
	left, torn := 1000, m.mood.Load() == "torn"
	err := m.Store.Credentials(ctx, after, func(place uint64, c verify.Credential) bool {
		left--
		return (!torn || left >= 0) && yield(place, c)
	})
	if torn && left < 0 {
		return errStrange
	}
	return err
}

func (m *moody) Keys(ctx context.Context) ([]verify.Key, error) {
	if err := m.feel(false); err != nil {
		return nil, err
	}
	return m.Store.Keys(ctx)
}

func (m *moody) Audit(ctx context.Context, after uint64, yield func(verify.Entry) bool) error {
	if err := m.feel(false); err != nil {
		return err
	}
	return m.Store.Audit(ctx, after, yield)
}

func (m *moody) Reply(ctx context.Context, key string, now time.Time) (verify.Reply, error) {
	if err := m.feel(false); err != nil {
		return verify.Reply{}, err
	}
	return m.Store.Reply(ctx, key, now)
}

func (m *moody) Commit(ctx context.Context, w verify.Write) error {
	if err := m.feel(true); err != nil {
		return err
	}
	m.wait()
	err := m.Store.Commit(ctx, w)
	switch m.mood.Load() {
	case "lost": // it is done, and nobody hears of it
		return verify.ErrUnavailable
	case "last": // nor can be asked afterwards
		m.mood.Store("away")
		return verify.ErrUnavailable
	}
	return err
}

// lockedReader is a source of chance for many readers.
type lockedReader struct {
	io.Reader
	mu sync.Mutex
}

func (l *lockedReader) Read(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Reader.Read(p)
}

// lockedBuffer holds the log.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// reply is an answer as it came over the wire.
type reply struct {
	status int
	head   string // status line and headers but Date, as they came
	header map[string][]string
	body   []byte
}

func (r reply) get(name string) string { return strings.Join(r.header[strings.ToLower(name)], " | ") }

// raw sends bytes on a connection of its own and returns all that comes back until the server closes it.
func (w *world) raw(t testing.TB, request []byte) []byte {
	t.Helper()
	conn, err := w.dial()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	conn.Write(request) // the server may close before it has read everything
	if half, ok := conn.(*net.TCPConn); ok {
		half.CloseWrite() // nothing more comes: it need not wait
	}
	all, err := io.ReadAll(conn)
	if err != nil && len(all) == 0 {
		t.Fatalf("no answer to %.80q: %v", request, err)
	}
	return all
}

// ask makes one request. Headers are "Name: value".
func (w *world) ask(t testing.TB, method, path string, headers []string, body string) reply {
	t.Helper()
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: academy.example.org\r\nConnection: close\r\n", method, path)
	for _, h := range headers {
		b.WriteString(h + "\r\n")
	}
	if body != "" {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(body))
	}
	b.WriteString("\r\n" + body)
	r, err := parse(w.raw(t, b.Bytes()))
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return r
}

func parse(all []byte) (r reply, err error) {
	head, body, ok := bytes.Cut(all, []byte("\r\n\r\n"))
	if !ok {
		return r, fmt.Errorf("no HTTP answer: %.200q", all)
	}
	r.body, r.header = body, map[string][]string{}
	var kept []string
	for i, line := range strings.Split(string(head), "\r\n") {
		if i == 0 {
			if _, err := fmt.Sscanf(line, "HTTP/1.1 %d", &r.status); err != nil {
				return r, fmt.Errorf("%q: %w", line, err)
			}
			kept = append(kept, line)
			continue
		}
		name, value, ok := strings.Cut(line, ": ")
		if !ok {
			return r, fmt.Errorf("a header without a value: %q", line)
		}
		if name != "Date" {
			kept = append(kept, line)
		}
		r.header[strings.ToLower(name)] = append(r.header[strings.ToLower(name)], value)
	}
	r.head = strings.Join(kept, "\n")
	return r, nil
}
