package server

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/valyala/fasthttp/fasthttputil"
)

// inMemory is a world that is asked without the network, whose ports would run out.
func inMemory(f *testing.F) *world {
	w := newWorld(f, nil)
	listener := fasthttputil.NewInmemoryListener()
	go w.server.Serve(listener) // until the world ends
	w.dial = listener.Dial
	return w
}

// Whatever address is asked for, the answer is one of ours: never a failure, and about nobody unless it names a code.
func FuzzAddress(f *testing.F) {
	w := inMemory(f)
	for _, seed := range []string{"/", "/verify", "/verify?code=7K3M-9QXT-4P24", "/v/7k3m9qxt4p24", "/verify/7K3M-9QXT-4P24.json?on=2014-01-01",
		"/badges/7K3M-9QXT-4P24.png?w=240&h=120&style=seal&download=1", "/certificates/7K3M-9QXT-4P24.pdf?paper=letter", "/share/7K3M-9QXT-4P24?target=html&style=card&size=320", "/share/7k3m9qxt4p24.ics", "/certificates/7K3M-9QXT-4P24.png?w=300&paper=a4", "/assets/site.css", "/api/v1/credentials/x",
		"/badges/%zz.png", "/verify/%2e%2e%2f", "//verify//x", "/badges/.png", "/verify/.json", "/verify/x.json.json", "/;/?&=&&%00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, address string) {
		if len(address) > 4000 || address == "" || address[0] != '/' || strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r == 0x7F }) {
			return // not a request line of HTTP
		}
		w.server.misses = newLimiter(1 << 30)
		r := w.ask(t, "GET", address, nil, "")
		switch r.status {
		case 200, 303, 308, 400, 401, 404, 431:
		default:
			t.Fatalf("%q is %d", address, r.status)
		}
		if strings.Contains(string(r.body), nameValid) && !strings.Contains(r.head, "Surrogate-Key") && r.status != 200 {
			t.Fatalf("%q names somebody: %s", address, r.body)
		}
		if kind := r.get("Content-Type"); r.status != 303 && kind == "" {
			t.Fatalf("%q has no type:\n%s", address, r.head)
		}
	})
}

// Whatever body is sent, it is read strictly or refused, never a failure, and what is made is what was sent.
func FuzzGrant(f *testing.F) {
	w := inMemory(f)
	for _, seed := range []string{`{}`, `{"certification":"inbound","holder":{"name":"Anna Berg"}}`, `[1]`, `{"a":{"b":[{}]}}`, `{"certification":"inbound","certification":"design"}`,
		`{"certification":"inbound","holder":{"name":"A","kind":"person","lang":"vi","email":"a@b","id":"","external_id":"x"},"granted_at":"2014-02-01","expires_at":"2015-01-01T00:00:00Z","edition":"2014","consent":"link","evidence":"e","external_id":"c","organisation":{"name":"O"},"backed_by":["x"],"override":{"reason":"r"}}`,
		"\xff", `{"holder":null}`, `nul`, `{"certification":1e999}`} {
		f.Add([]byte(seed))
	}
	headers := []string{"Authorization: Bearer " + masterKey, "Content-Type: application/json"}
	f.Fuzz(func(t *testing.T, body []byte) {
		w.server.writes = newLimiter(1 << 30)
		r := w.ask(t, "POST", "/api/v1/credentials", headers, string(body))
		switch r.status {
		case 400, 409, 413, 415, 422:
			if !strings.HasPrefix(inJSON(r.body, []string{"type"}), testURL+"/problems/") || inJSON(r.body, []string{"detail"}) == "" {
				t.Fatalf("%q: %s", body, r.body)
			}
		case 200, 201:
			var sent struct {
				Certification string `json:"certification"`
			}
			if err := json.Unmarshal(body, &sent); err != nil || fmt.Sprint(inJSON(r.body, []string{"certification", "slug"})) != sent.Certification {
				t.Fatalf("%q made %s: %v", body, r.body, err)
			}
		default:
			t.Fatalf("%q is %d: %s", body, r.status, r.body)
		}
	})
}
