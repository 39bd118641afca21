package server

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"testamur/verify"
)

// Whatever is asked, with whatever key, and however the store feels: nothing about a person, no code, key or address comes
// into the log or the metrics, what the store knows of a person is in no answer that is no, and what consent never releases
// is in no public answer. The routes are those that there are, so that a new one is tried too.
func TestNothingPersonalGetsOut(t *testing.T) {
	w := newWorld(t, nil)
	// what is in the store
	stored := []string{"Wilhelmina Storedcanary", "storedcanary@example.org", "storedcanary-crm", "storedcanary-external", "storedcanary-evidence", "storedcanary-reason"}
	call := verify.Call{By: "test"}
	for _, consent := range []verify.Consent{verify.Public, verify.Private} {
		r, err := w.registry.Grant(t.Context(), call, verify.Grant{Certification: "inbound", Consent: consent, Evidence: stored[4], ExternalID: stored[3] + string(consent),
			Holder: verify.GrantHolder{Name: stored[0], Email: stored[1], ExternalID: stored[2] + string(consent), Lang: "en"}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.registry.Suspend(t.Context(), call, r.Credential.Code, stored[5]); err != nil {
			t.Fatal(err)
		}
		if consent == verify.Public { // so that it is shown
			if _, err := w.registry.Restore(t.Context(), call, r.Credential.Code, stored[5]); err != nil {
				t.Fatal(err)
			}
		}
		w.names["canary-"+string(consent)], w.names["canary-holder"] = string(r.Credential.Code), r.Holder.ID
	}
	// what is sent
	sent := []string{"Sentcanary", "sentcanary", "203.0.113.77", "Sebastiana"}
	headers := []string{"X-Forwarded-For: 203.0.113.77", "X-Real-IP: 203.0.113.77", "User-Agent: sentcanary", "Referer: https://sentcanary.example/", "Cookie: sentcanary=1",
		"Idempotency-Key: sentcanary", "X-Sentcanary: 1"}
	grant := `{"certification":"inbound","holder":{"name":"Sebastiana Sentcanary","email":"sentcanary@example.org","external_id":"sentcanary"%s},"consent":"link","evidence":"sentcanary"}`
	bodies := []string{"", fmt.Sprintf(grant, ""), fmt.Sprintf(grant, `,"sentcanary":1`), fmt.Sprintf(grant, `,"lang":"sentcanary sentcanary"`),
		strings.Replace(fmt.Sprintf(grant, ""), "Sebastiana", `Sebastiana\u202e`, 1), strings.Replace(fmt.Sprintf(grant, ""), "inbound", "sentcanary", 1),
		`{"name":"Sebastiana Sentcanary","email":"sentcanary@example.org"}`, `{"name":"Sebastiana\u0000"}`, `{"email":"sentcanary"}`, `{"reason":"sentcanary"}`,
		`{"consent":"public","evidence":"sentcanary","channel":"paper"}`, `{"consent":"sentcanary"}`, `["sentcanary"`, `"sentcanary"`}
	keys := []string{"none", "wrong", "ended", "read", "issue", "admin", "master"}
	w.names["key-wrong"] = "tk_aaaaaaaaaaaaaaaa_" + strings.Repeat("sentcanary", 5)[:43]
	moods := []string{"works", "away", "strange", "tampered", "late", "full", "broken"}

	secrets := append(slices.Clone(sent), stored...)
	for name, value := range w.names {
		if !strings.HasPrefix(name, "keyid-") && name != "css" && name != "icon" {
			secrets = append(secrets, value)
		}
		if strings.HasPrefix(name, "key-") && value != masterKey {
			secrets = append(secrets, value[strings.LastIndex(value, "_")+1:])
		}
	}
	secrets = append(secrets, nameValid, nameExpired, namePrivate, "Lindqvist", "127.0.0.1")

	asked, statuses := 0, map[int]int{}
	ask := func(method, path, key string, headers []string, body string) {
		t.Helper()
		if asked++; asked%40 == 0 {
			w.setClock(w.now().Add(time.Minute)) // limits begin anew
		}
		headers = slices.Clone(headers)
		if key != "none" {
			headers = append(headers, "Authorization: Bearer "+w.names["key-"+key])
		}
		if body != "" {
			headers = append(headers, "Content-Type: application/json")
		}
		r := w.ask(t, method, path, headers, body)
		statuses[r.status]++
		all := r.head + string(r.body)
		for i, secret := range stored {
			open := strings.HasPrefix(path, "/api/")
			if strings.Contains(all, secret) && (r.status >= 400 || !open && i > 0) {
				t.Errorf("%s %s as %s with %.60q is %d and says %q", method, path, key, body, r.status, secret)
			}
		}
	}
	places := []string{"canary-public", "canary-private", "unknown", "mistyped", "canary-holder"}
	queries := []string{"", "?w=sentcanary", "?code=sentcanary", "?on=sentcanary", "?paper=sentcanary&limit=sentcanary&cursor=sentcanary&url=sentcanary"}
	parameter := regexp.MustCompile(`:[a-z]+|\*`)
	for _, route := range w.server.app.GetRoutes(true) { // those that read come first
		paths := []string{parameter.ReplaceAllString(route.Path, "sentcanary")}
		if paths[0] != route.Path {
			for _, place := range places {
				path := parameter.ReplaceAllString(route.Path, w.names[place])
				paths = append(paths, path)
				if strings.HasSuffix(route.Path, ":file") {
					paths = append(paths, path+".png", path+".pdf")
				}
			}
		}
		public := !strings.HasPrefix(route.Path, "/api/v")
		for _, path := range paths {
			for _, mood := range moods {
				w.store.mood.Store(mood)
				ask(route.Method, path, map[bool]string{true: "none", false: "admin"}[public], headers, bodies[0])
				if !public && route.Method != "GET" && route.Method != "HEAD" {
					ask(route.Method, path, "admin", nil, strings.Replace(bodies[1], `"sentcanary"}`, fmt.Sprintf(`"sentcanary%d"}`, asked), 1)) // somebody new
				}
			}
			w.store.mood.Store("works")
			for _, query := range queries {
				ask(route.Method, path+query, "none", headers, "")
			}
			if public {
				continue
			}
			for _, key := range keys {
				ask(route.Method, path, key, headers, bodies[1])
			}
			if route.Method == "POST" || route.Method == "PUT" || route.Method == "PATCH" {
				for _, body := range bodies {
					ask(route.Method, path, "issue", headers, body)
					ask(route.Method, path, "issue", nil, body) // not as a repeat
				}
			}
		}
	}
	// too much
	for asked%40 != 0 {
		ask("GET", "/livez", "none", headers, "")
	}
	for range missesPerMinute + 1 {
		w.ask(t, "GET", "/verify/"+w.names["unknown"]+".json?sentcanary", headers, "")
	}
	ask("GET", "/verify/"+w.names["unknown"], "none", headers, "")
	// what comes to no route
	for _, first := range []string{"GET /sentcanary", "GET /sentcanary/" + w.names["valid"], "DELETE /badges/" + w.names["valid"] + ".png", "SENTCANARY /verify",
		"POST /verify/" + w.names["valid"], "PATCH /api/v1/sentcanary", "GET /verify/" + strings.Repeat("sentcanary", 2000)} {
		method, path, _ := strings.Cut(first, " ")
		ask(method, path, "admin", headers, "")
	}
	for _, broken := range []string{"GET /sentcanary HTTP/1.1\r\nHost: sentcanary\r\nsentcanary header\r\n\r\n", "GET /verify/" + w.names["valid"] + " HTTP/1.1\r\nHost: x\r\nHost: sentcanary\r\n\r\n",
		"sentcanary\r\n\r\n", "GET /sentcanary HTTP/1.1\r\nHost: x\r\n folded sentcanary\r\n\r\n", "POST /api/v1/credentials HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\nsentcanary",
		"GET /sentcanary"} {
		w.raw(t, []byte(broken))
	}
	for _, path := range []string{"/sentcanary", "/metrics?sentcanary", "/debug/pprof/sentcanary", "/readyz?sentcanary"} {
		w.probe(t, path)
	}

	_, _, metrics := w.probe(t, "/metrics")
	for what, text := range map[string]string{"the log": w.log.String(), "/metrics": metrics} {
		for _, secret := range secrets {
			if i := strings.Index(text, secret); i >= 0 {
				t.Errorf("%s has %q: %s", what, secret, text[max(0, i-300):min(len(text), i+300)])
			}
		}
	}
	for _, status := range []int{200, 201, 400, 401, 403, 404, 405, 409, 422, 429, 500, 503, 507} {
		if statuses[status] == 0 {
			t.Errorf("nothing was answered %d", status)
		}
	}
	t.Logf("%d requests, answered %v; %d secrets looked for in %d bytes of log", asked, statuses, len(secrets), len(w.log.String()))
}
