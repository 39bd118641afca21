package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"image/png"
	"io"
	"net"
	"net/http/httptest"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gofiber/fiber/v2"

	"testamur/render"
	"testamur/verify"
)

// Public routes make one read of the store, of the public record, for hidden and unknown alike, and none at all for
// what cannot be a code or is asked for wrongly.
func TestStoreIsAskedOnce(t *testing.T) {
	for kind, open := range stores {
		t.Run(kind, func(t *testing.T) { testStoreIsAskedOnce(t, newWorldOn(t, open, nil)) })
	}
}

func testStoreIsAskedOnce(t *testing.T, w *world) {
	for _, route := range []string{"/badges/%s.png", "/badges/%s.png?w=64", "/badges/%s.png?download=1", "/badges/%s.png?style=card", "/previews/%s.png", "/certificates/%s.pdf", "/verify/%s", "/verify/%s.json", "/v/%s", "/V/%s", "/share/%s", "/share/%s.ics"} {
		for state, want := range map[string]int64{"valid": 1, "expired": 1, "suspended": 1, "revoked": 1, "private": 1, "withdrawn": 1, "unknown": 1, "mistyped": 0, "malformed": 0} {
			w.store.reads.Store(0)
			w.store.calls.Store(0)
			w.ask(t, "GET", fmt.Sprintf(route, w.names[state]), nil, "")
			if got, all := w.store.reads.Load(), w.store.calls.Load(); got != want || all != want {
				t.Errorf(route+": %s is %d reads, %d calls", state, got, all)
			}
		}
	}
	for _, path := range []string{"/badges/%s.png?w=1", "/badges/%s.png?style=x", "/certificates/%s.pdf?paper=x", "/verify/%s?on=2014-01-01", "/share/%s?size=1"} {
		w.store.calls.Store(0)
		w.ask(t, "GET", fmt.Sprintf(path, w.names["valid"]), nil, "")
		if got := w.store.calls.Load(); got != 0 {
			t.Errorf(path+": %d calls", got)
		}
	}
}

// A log line has no name, address, code, key or token, and a failure can be found by the request id its client was told.
func TestLog(t *testing.T) {
	w := newWorld(t, nil)
	issue := []string{"Authorization: Bearer " + w.names["key-issue"], "Content-Type: application/json", "Idempotency-Key: canary-key", "X-Forwarded-For: 192.0.2.77"}
	w.ask(t, "GET", "/verify/"+w.names["valid"], issue, "")
	w.ask(t, "GET", "/verify/"+w.names["private"]+".json?x=canary-query", issue, "")
	w.ask(t, "GET", "/badges/"+w.names["valid"]+".png", issue, "")
	w.ask(t, "GET", "/canary-path/x", issue, "")
	w.ask(t, "GET", "/verify?code=canary-typed", issue, "")
	refused := w.ask(t, "POST", "/api/v1/credentials", issue, `{"certification":"inbound","holder":{"name":"Canary Person","email":"canary@example.org"},"canary_field":1}`)
	w.ask(t, "POST", "/api/v1/credentials", issue, `{"certification":"inbound","holder":{"name":"Canary Person","email":"canary@example.org"}}`)
	w.raw(t, []byte("POST /api/v1/credentials/"+w.names["valid"]+"/revoke HTTP/1.1\r\nHost: x\r\nX-Canary: y\r\nContent-Length: 9999999\r\n\r\n"))
	w.raw(t, []byte("GET /verify/"+w.names["valid"]+" HTTP/1.1\r\nHost: x\r\ncanary header\r\n\r\n"))
	w.store.mood.Store("strange")
	away := w.ask(t, "GET", "/verify/"+w.names["valid"]+".json", issue, "")
	w.store.mood.Store("broken")
	broken := w.ask(t, "GET", "/verify/"+w.names["valid"]+".json", issue, "")
	w.store.mood.Store("away")
	w.ask(t, "GET", "/readyz", nil, "") // which is logged because it is 503, with the reason
	w.store.mood.Store("works")
	w.ask(t, "GET", "/readyz", nil, "")
	w.ask(t, "GET", "/livez", nil, "")
	w.probe(t, "/metrics")

	log := w.log.String()
	for _, secret := range []string{"canary", "Canary", nameValid, namePrivate, "Lindqvist", w.names["valid"], w.names["private"], w.names["key-issue"],
		strings.Split(w.names["key-issue"], "_")[2], "192.0.2.77", "127.0.0.1", w.names["valid-holder"]} {
		if strings.Contains(log, secret) {
			t.Errorf("the log has %q:\n%s", secret, log)
		}
	}
	lines := map[string]map[string]any{} // by request id
	count := 0
	for line := range strings.Lines(log) {
		var entry map[string]any
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatal(err)
		}
		if id, ok := entry["request_id"].(string); ok {
			lines[id] = entry
		}
		count++
	}
	if count != 12 {
		t.Errorf("%d lines for 12 requests that are logged:\n%s", count, log)
	}
	if !strings.Contains(log, `"route":"/readyz","status":503,"took":0,"error":"`+verify.ErrUnavailable.Error()) {
		t.Errorf("why is it not ready?\n%s", log)
	}
	for _, c := range []struct {
		answer       reply
		status       float64
		level, error string
	}{
		{refused, 400, "INFO", ""},
		{away, 503, "ERROR", errStrange.Error()},
		{broken, 500, "ERROR", "panic with a string"},
	} {
		id := inJSON(c.answer.body, []string{"request_id"})
		entry := lines[id]
		if entry["status"] != c.status || entry["level"] != c.level || !strings.Contains(fmt.Sprint(entry["error"]), c.error) {
			t.Errorf("request %q: %v", id, entry)
		}
	}
	if key := lines[inJSON(refused.body, []string{"request_id"})]["key"]; key != w.names["keyid-issue"] {
		t.Errorf("the line of a call of the API is of key %v", key)
	}
	if !strings.Contains(log, `"route":"/verify/:code.json"`) || !strings.Contains(log, `"stack":"goroutine`) {
		t.Errorf("neither routes nor stacks:\n%s", log)
	}
}

// A hundred clients with one key make one credential; those who come while it is made are told so.
func TestOneGrantOfMany(t *testing.T) {
	w := newWorld(t, nil)
	headers := []string{"Authorization: Bearer " + w.names["key-issue"], "Content-Type: application/json", "Idempotency-Key: one"}
	body := `{"certification":"inbound","holder":{"name":"Anna Berg"},"consent":"link"}`
	w.ask(t, "GET", "/api/v1/certifications", headers, "") // notes the use of the key
	gate := make(chan struct{})
	w.store.hold.Store(gate)
	var group sync.WaitGroup
	answers := make(chan reply, 100)
	group.Go(func() { answers <- w.ask(t, "POST", "/api/v1/credentials", headers, body) })
	<-w.store.held
	busy := w.ask(t, "POST", "/api/v1/credentials", headers, body)
	if busy.status != 409 || !strings.Contains(string(busy.body), "/problems/in-progress") {
		t.Errorf("while it is made: %d %s", busy.status, busy.body)
	}
	w.store.hold.Store((chan struct{})(nil))
	close(gate)
	for range 99 {
		group.Go(func() { answers <- w.ask(t, "POST", "/api/v1/credentials", headers, body) })
	}
	group.Wait()
	close(answers)
	made, seen := 0, map[string]bool{}
	for a := range answers {
		switch {
		case a.status == 201 && a.get("Idempotent-Replayed") == "":
			made++
			fallthrough
		case a.status == 201:
			seen[inJSON(a.body, []string{"code"})] = true
		case a.status != 409:
			t.Errorf("%d %s", a.status, a.body)
		}
	}
	if made != 1 || len(seen) != 1 {
		t.Errorf("%d made, codes %v", made, seen)
	}
}

// A repeat is equal to the first answer in every byte, also where the commit lasts into the next second.
func TestRepeatIsTheFirstAnswer(t *testing.T) {
	w := newWorld(t, nil)
	headers := []string{"Authorization: Bearer " + w.names["key-issue"], "Content-Type: application/json", "Idempotency-Key: one"}
	body := `{"certification":"inbound","holder":{"name":"Anna Berg"},"consent":"link"}`
	w.ask(t, "GET", "/api/v1/certifications", headers, "") // notes the use of the key
	gate := make(chan struct{})
	w.store.hold.Store(gate)
	first := make(chan reply, 1)
	go func() { first <- w.ask(t, "POST", "/api/v1/credentials", headers, body) }()
	<-w.store.held
	w.setClock(w.now().Add(time.Second))
	w.store.hold.Store((chan struct{})(nil))
	close(gate)
	a, b := <-first, w.ask(t, "POST", "/api/v1/credentials", headers, body)
	if a.status != 201 || b.status != 201 || string(a.body) != string(b.body) || a.get("ETag") != b.get("ETag") || b.get("Idempotent-Replayed") != "true" {
		t.Errorf("%s\n%s\n\n%s\n%s", a.head, a.body, b.head, b.body)
	}
}

// Fiber reuses the memory of a request: an answer must be about the code that was asked for, whoever else asks.
func TestAnswersAreNotMixedUp(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.TrustedProxies = nil })
	var group sync.WaitGroup
	for _, state := range []string{"valid", "public", "expired", "suspended", "revoked"} {
		for range 4 {
			group.Go(func() {
				for range 25 {
					r := w.ask(t, "GET", "/verify/"+w.names[state]+".json", nil, "")
					if got := inJSON(r.body, []string{"code"}); got != w.names[state] {
						t.Errorf("asked for %s, got %s", w.names[state], got)
					}
					b := w.ask(t, "GET", "/badges/"+w.names[state]+".png?w=64", nil, "")
					if key := b.get("Surrogate-Key"); key != "" && key != "cred-"+w.names[state]+" cert-inbound" {
						t.Errorf("asked for %s, got %s", w.names[state], key)
					}
				}
			})
		}
	}
	group.Wait()
}

// A server that is told to stop is not ready, finishes what is under way, and then ends.
func TestShutdown(t *testing.T) {
	w := newWorld(t, nil)
	gate := make(chan struct{})
	w.store.hold.Store(gate)
	answer := make(chan reply, 1)
	go func() { answer <- w.ask(t, "GET", "/badges/"+w.names["valid"]+".png?w=77", nil, "") }()
	<-w.store.held
	ended := make(chan error, 1)
	go func() { ended <- w.stop() }()
	for !w.server.draining.Load() {
		runtime.Gosched()
	}
	w.store.hold.Store((chan struct{})(nil))
	for path, want := range map[string]int{"/livez": 200, "/readyz": 503} {
		if r, err := w.server.admin.Test(httptest.NewRequest("GET", path, nil), -1); err != nil || r.StatusCode != want {
			t.Errorf("%s: %v %v", path, r, err)
		}
	}
	close(gate)
	if r := <-answer; r.status != 200 {
		t.Errorf("what was under way: %d", r.status)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// When the queue of drawings is full the answer is as when the store is away: 503 with the neutral picture.
func TestFullQueue(t *testing.T) {
	h, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	c := pressConfig(h)
	c.Workers, c.Queue = 1, 0
	press, err := render.NewPress(c)
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, func(c *Config) { c.Press = press })
	for side := 1199; side > 1100; side-- { // none of the ladder, which would stand in for smaller ones
		done := make(chan reply, 1)
		go func() { done <- w.ask(t, "GET", fmt.Sprintf("/badges/%s.png?w=%d", w.names["valid"], side), nil, "") }()
		for press.Stats().Drawing+press.Stats().Waiting == 0 && len(done) == 0 {
			runtime.Gosched()
		}
		r := w.ask(t, "GET", fmt.Sprintf("/badges/%s.png?w=%d", w.names["public"], side-600), nil, "")
		<-done
		if r.status == 200 {
			continue // the other picture was finished before: once more, with other sizes
		}
		if r.status != 503 || r.get("Content-Type") != "image/png" || r.get("Retry-After") == "" || r.get("Cache-Control") != "no-store" || r.get("ETag") != "" || r.get("Surrogate-Key") != "" {
			t.Errorf("%s", r.head)
		}
		return
	}
	t.Error("the queue was never full")
}

// When the queue of drawings is full and a larger picture is at hand, that one is sent, for ten seconds.
func TestFullQueueSendsALargerPicture(t *testing.T) {
	h, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	c := pressConfig(h)
	c.Workers, c.Queue, c.PieceBytes = 1, 0, 2<<20
	c.Arts = c.Arts[:1]
	begun, release, first := make(chan struct{}), make(chan struct{}), atomic.Bool{}
	c.Drawing = func(kind string) func() {
		if kind == "badge" && first.CompareAndSwap(false, true) { // the only worker
			close(begun)
			<-release
		}
		return func() {}
	}
	press, err := render.NewPress(c)
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, func(c *Config) { c.Press = press })
	done := make(chan reply, 1)
	go func() { done <- w.ask(t, "GET", "/badges/"+w.names["valid"]+".png?w=1111", nil, "") }()
	<-begun
	ask := func(name, query string) reply { return w.ask(t, "GET", "/badges/"+w.names[name]+".png"+query, nil, "") }
	var r reply
	width := 0
	for width != 400 { // until its pieces are ready: before that, 503 or a larger one still
		runtime.Gosched()
		r = ask("public", "?w=301")
		if size, err := png.DecodeConfig(bytes.NewReader(r.body)); err == nil && r.status == 200 {
			width = size.Width
		}
	}
	if r.status != 200 || r.get("Cache-Control") != "public, max-age=10" || r.get("Surrogate-Key") == "" || r.get("ETag") == "" {
		t.Errorf("%s", r.head)
	}
	exact := ask("public", "?w=400")
	if exact.status != 200 || exact.get("Cache-Control") != farCache {
		t.Errorf("a size of the ladder: %s", exact.head)
	}
	hidden, unknown := ask("private", "?w=301"), ask("unknown", "?w=301")
	if hidden.status != 200 || hidden.get("Cache-Control") != "public, max-age=10" || !bytes.Equal(hidden.body, unknown.body) || hidden.get("ETag") != unknown.get("ETag") {
		t.Errorf("%s\n%s", hidden.head, unknown.head)
	}
	close(release)
	if r := <-done; r.status != 200 {
		t.Errorf("%s", r.head)
	}
	if r := ask("public", "?w=301"); r.status != 200 || r.get("Cache-Control") != farCache {
		t.Errorf("after the rush: %s", r.head)
	}
}

// On an address without TLS nothing speaks of TLS.
func TestPlainAddress(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.URL = "http://127.0.0.1:8080" })
	for _, path := range []string{"/", "/verify", "/verify/" + w.names["valid"]} {
		if r := w.ask(t, "GET", path, nil, ""); r.status != 200 || r.get("Strict-Transport-Security") != "" {
			t.Errorf("%s: %s", path, r.head)
		}
	}
	if r := w.ask(t, "GET", "/verify/"+w.names["valid"]+".json", nil, ""); !strings.Contains(string(r.body), `"badge":"http://127.0.0.1:8080/badges/`) {
		t.Errorf("%s", r.body)
	}
}

// The machines of the house see health on a listener of their own, and nothing of the site.
func TestAdmin(t *testing.T) {
	w := newWorld(t, nil)
	for path, want := range map[string]int{"/livez": 200, "/readyz": 200, "/": 404, "/verify": 404, "/api/v1/certifications": 404} {
		r, err := w.server.admin.Test(httptest.NewRequest("GET", path, nil), -1)
		if err != nil || r.StatusCode != want {
			t.Errorf("%s: %v %v", path, r, err)
		}
	}
	w.store.mood.Store("away")
	if r, err := w.server.admin.Test(httptest.NewRequest("GET", "/readyz", nil), -1); err != nil || r.StatusCode != 503 {
		t.Errorf("ready without a store: %v %v", r, err)
	}
}

// Nobody holds a connection by being slow: not with nothing, half a request, a byte now and then, an answer that is not
// read, or silence between two requests.
func TestTimeouts(t *testing.T) {
	w := newWorld(t, nil)
	w.ask(t, "GET", "/livez", nil, "") // the library's own clock begins outside
	whole := "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
	for _, app := range []*fiber.App{w.server.app, w.server.admin} {
		for _, c := range []struct {
			name  string
			sends func(net.Conn)
			reads bool
			held  time.Duration
		}{
			{"nothing", func(net.Conn) {}, true, 10 * time.Second},
			{"half a request", func(c net.Conn) { io.WriteString(c, whole[:20]) }, true, 10 * time.Second},
			{"half a body", func(c net.Conn) {
				io.WriteString(c, "POST /api/v1/credentials HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
			}, true, 10 * time.Second},
			{"a byte a second", func(c net.Conn) {
				for _, b := range []byte(whole) {
					if _, err := c.Write([]byte{b}); err != nil {
						return
					}
					time.Sleep(time.Second)
				}
			}, true, 10 * time.Second},
			{"an answer not read", func(c net.Conn) { io.WriteString(c, whole) }, false, 30 * time.Second},
			{"no second request", func(c net.Conn) { io.WriteString(c, whole) }, true, 60 * time.Second},
		} {
			synctest.Test(t, func(t *testing.T) {
				client, server := net.Pipe()
				began := time.Now()
				var group sync.WaitGroup
				group.Go(func() { c.sends(client) })
				if c.reads {
					group.Go(func() { io.Copy(io.Discard, client) })
				}
				_ = app.Server().ServeConn(server) // says what ended it
				if held := time.Since(began); held != c.held {
					t.Errorf("%s: held for %v, want %v", c.name, held, c.held)
				}
				client.Close()
				group.Wait()
			})
		}
	}
}

func TestNewNeedsItsParts(t *testing.T) {
	if _, err := New(Config{}); err == nil {
		t.Error("a server of nothing")
	}
}

// A certification that was taken out of the catalogue is known by its slug, and what was granted is shown still.
func TestTakenFromTheCatalogue(t *testing.T) {
	h, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	c := pressConfig(h)
	c.Arts = nil
	press, err := render.NewPress(c)
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, func(c *Config) { c.Catalogue, c.Press = &verify.Catalogue{}, press })
	for range 2 {
		if r := w.ask(t, "GET", "/verify/"+w.names["valid"]+".json", nil, ""); r.status != 200 || !strings.Contains(string(r.body), `"title":"inbound"`) {
			t.Errorf("%d %s", r.status, r.body)
		}
	}
	for _, state := range []string{"valid", "expired"} {
		for _, route := range append(drawnRoutes, "/verify/%s", "/share/%s") {
			want := 200
			if state == "expired" && strings.Contains(route, "download") {
				want = 404
			}
			if r := w.ask(t, "GET", fmt.Sprintf(route, w.names[state]), nil, ""); r.status != want || want == 200 && r.get("Cache-Control") == neutralCache {
				t.Errorf("%s, %s: %s", route, state, r.head)
			}
		}
	}
	if log := w.log.String(); strings.Count(log, `"level":"WARN"`) != 1 || !strings.Contains(log, `"certification":"inbound"`) || strings.Contains(log, `"level":"ERROR"`) {
		t.Errorf("%s", log)
	}
}

// What the sitemap lists may be listed, in every language, by the header as by the page.
func TestSitemapIsForSearchEngines(t *testing.T) {
	w := newWorld(t, nil)
	all := regexp.MustCompile(`(?:<loc>|href=")`+testURL+`([^<"]+)`).FindAllSubmatch(w.ask(t, "GET", "/sitemap.xml", nil, "").body, -1)
	for _, m := range all {
		path := html.UnescapeString(string(m[1]))
		if r := w.ask(t, "GET", path, nil, ""); r.status != 200 || r.get("X-Robots-Tag") != "" || bytes.Contains(r.body, []byte("noindex")) {
			t.Errorf("%s: %d, X-Robots-Tag %q", path, r.status, r.get("X-Robots-Tag"))
		}
	}
	if len(all) < 50 {
		t.Errorf("only %d addresses", len(all))
	}
}
