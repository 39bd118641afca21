package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"testamur/verify"
)

// said runs one command line in this process, with the environment's rest from the server, as somebody at a terminal would.
func (s served) said(t *testing.T, stdin string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, log bytes.Buffer
	env := map[string]string{"TESTAMUR_SERVER": s.url, "TESTAMUR_KEY": s.key}
	code = run(context.Background(), args, world{Stdin: strings.NewReader(stdin), Stdout: &out, Stderr: &log, Watched: true, Asked: true,
		Env: func(name string) (string, bool) { v, ok := env[name]; return v, ok }})
	return code, out.String(), log.String()
}

func TestTerminal(t *testing.T) {
	s := serveReadme(t)
	t.Run("list", s.listProgress)
	t.Run("erase", s.eraseAsks)
}

// Erasing asks first, by name, and only yes is yes.
func (s served) eraseAsks(t *testing.T) {
	_, granted, _ := s.said(t, "", "grant", "--certification", "inbound", "--name", "Maya Lindqvist")
	m := regexp.MustCompile(`(?m)^Holder's id +(\S+)$`).FindStringSubmatch(granted)
	if m == nil {
		t.Fatal(granted)
	}
	for _, answer := range []string{"", "\n", "no\n", "y\n", "Maya Lindqvist\n"} {
		code, out, log := s.said(t, answer, "erase", m[1])
		if code != exitNo || out != "" || !strings.Contains(log, "Erase Maya Lindqvist with all credentials (1) for good?") || !strings.Contains(log, "nothing was erased") {
			t.Errorf("%q: exit %d, %q, %q", answer, code, out, log)
		}
	}
	if code, out, log := s.said(t, "yes\n", "erase", m[1]); code != exitDone || !strings.Contains(out, "is erased") {
		t.Errorf("yes: exit %d, %q, %q", code, out, log)
	}
	if code, _, log := s.said(t, "yes\n", "erase", m[1]); code != exitNo || strings.Contains(log, "Type yes") {
		t.Errorf("again: exit %d, %q", code, log)
	}
}

// A list tells a terminal how far it is, and what is missing, on standard error alone.
func (s served) listProgress(t *testing.T) {
	if code, out, log := s.said(t, "", "list"); code != exitDone || out != "" || !strings.HasSuffix(log, "No credential is like that.\n") {
		t.Errorf("exit %d, %q, %q", code, out, log)
	}
	for range 2 {
		s.said(t, "", "grant", "--certification", "inbound", "--name", "Maya Lindqvist")
	}
	code, out, log := s.said(t, "", "list", "--limit", "1")
	if code != exitDone || strings.Count(out, "\n") != 2 || !strings.Contains(log, "\rcredentials: 1\x1b[K") || !strings.HasSuffix(log, "\r\x1b[KThere are more: raise --limit.\n") {
		t.Errorf("exit %d, %q, %q", code, out, log)
	}
}

// What a store kept from before steers no terminal: neither a value, nor a row of a table.
func TestStoredTextIsShownPlain(t *testing.T) {
	const stored, shown = "a\x1b]0;b\x07\u009b2J\u202ec\u2028\n\u061cd é 👩‍🔬", `a\u001B]0;b\u0007\u009B2J\u202Ec\u2028\u000A\u061Cd é 👩‍🔬`
	object, err := json.Marshal(map[string]any{"code": "7K3M-9QXT-4P24", "reason": stored, "external_id": stored, "name": stored, "holder": map[string]any{"name": stored}, "certification": map[string]any{"slug": stored}})
	if err != nil {
		t.Fatal(err)
	}
	answer := []byte(`{"items":[` + string(object) + `],"next":null}`)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "7K3M") || strings.Contains(r.URL.Path, "/holders/") {
			w.Write(object)
			return
		}
		w.Write(answer)
	}))
	defer server.Close()
	s := served{url: server.URL, key: "k"}
	for _, args := range [][]string{{"show", "7K3M-9QXT-4P24"}, {"check", "7K3M-9QXT-4P24"}, {"list"}, {"key", "list"}} {
		_, out, log := s.said(t, "", args...)
		if !strings.Contains(out, shown) || strings.ContainsFunc(strings.ReplaceAll(out, "\n", ""), verify.Steers) {
			t.Errorf("%s: %q, %q", args, out, log)
		}
	}
}

// A key is put where it does not belong, and stays out of the words all the same.
func TestNoKeyInErrors(t *testing.T) {
	const key = "tk_mfrggzdfmztwq2lk_0123456789012345678901234567890123456789012"
	for _, args := range [][]string{{"show", key}, {"show", "7K3M-9QXT-4P24", key}, {"key", "end", key}, {"list", "--holder", key}, {key}, {"show", "7K3M-9QXT-4P24", "--key", key, "--server", "http://127.0.0.1:1"},
		{"list", "--server", "http://" + key + "@127.0.0.1:1"}, {"serve", "--listen", key}, {"backup", key + "/" + key, "--server", "http://127.0.0.1:1", "--key", key}} {
		var out, log bytes.Buffer
		code := run(context.Background(), args, world{Stdout: &out, Stderr: &log, Env: os.LookupEnv})
		if code == exitDone || strings.Contains(out.String()+log.String(), key[:20]) {
			t.Errorf("%s: exit %d, %s%s", args, code, out.String(), log.String())
		}
	}
}
