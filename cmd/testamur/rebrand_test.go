package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// docs/rebrand.md is followed, command by command, from an empty folder: another academy, three certifications, its own
// colours, mark and content.
func TestRebrand(t *testing.T) {
	text, err := os.ReadFile("../../docs/rebrand.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?ms)^```sh\n(.*?)^```$").FindAllSubmatch(text, -1)
	if len(blocks) != 6 {
		t.Fatalf("%d blocks of commands, want 6", len(blocks))
	}
	dir := t.TempDir()
	listen, err := freeAddress()
	if err != nil {
		t.Fatal(err)
	}
	shell := func(block []byte) *exec.Cmd {
		cmd := exec.Command("bash", "-euc", string(block))
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "TESTAMUR_LISTEN="+listen, "TESTAMUR_ADMIN_LISTEN=off")
		return cmd
	}
	for _, b := range blocks {
		if bytes.Contains(b[1], []byte("testamur serve")) {
			serveWhile(t, shell(append([]byte("exec "), b[1]...)), "http://"+listen, lookAtCrumb)
			continue
		}
		if out, err := shell(b[1]).CombinedOutput(); err != nil {
			t.Fatalf("%s\n%v\n%s", b[1], err, out)
		}
	}
	for name, begins := range map[string]string{"badge.png": "\x89PNG", "certificate.pdf": "%PDF-", "crumb-site/index.html": "<!doctype html>", "crumb-site/imprint/index.html": "<!doctype html>"} {
		if data, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !bytes.HasPrefix(data, []byte(begins)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// serveWhile starts a server, looks at it, and ends it.
func serveWhile(t *testing.T, cmd *exec.Cmd, url string, look func(t *testing.T, url string)) {
	t.Helper()
	var errs bytes.Buffer
	cmd.Stderr = &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		cmd.Process.Signal(syscall.SIGTERM)
		var exit *exec.ExitError
		if err := cmd.Wait(); err != nil && !errors.As(err, &exit) {
			t.Error(err)
		}
	}()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for tick := time.Tick(20 * time.Millisecond); ; {
		if answer, err := http.Get(url + "/readyz"); err == nil {
			answer.Body.Close()
			break
		}
		select {
		case <-tick:
		case <-ctx.Done():
			t.Fatalf("nobody serves: %s", errs.String())
		}
	}
	look(t, url)
}

func lookAtCrumb(t *testing.T, url string) {
	get := func(at string) string {
		answer, err := http.Get(url + at)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		if err != nil || answer.StatusCode != 200 {
			t.Errorf("%s: %s %v", at, answer.Status, err)
		}
		return string(body)
	}
	home := get("/")
	for at, want := range map[string][]string{
		"/":                                      {"CRUMB SCHOOL", "Sourdough Certification", "Pastry Certification", "Bakery Certification", "/assets/emblem-bakery.", "/imprint/"},
		"/certifications/":                       {"40 questions, 80 %.", "4 of 5 items.", "For 2 years, from the day of the grant."},
		"/certifications/sourdough/":             {"6, each 90 minutes long.", "80 % must be right: 32 of 40.", "Bread with a long memory.", "14 June 2016"},
		"/certifications/bakery/":                {"Silver and Gold.", "A person’s or a company’s.", "31 July 2015"},
		"/faq/":                                  {"1. Sourdough Certification", "There are 6 classes of 90 minutes", "2. Terms", "You bake what you show. Crumb School"},
		"/terms/":                                {"Version 2026-01", "1 January 2026"},
		"/imprint/":                              {"Crumb School, Mill Lane 1, Vienna.", "hello@crumb.example"},
		"/privacy/":                              {"When you take it back", "hello@crumb.example"},
		"/show/":                                 {"Badge or certificate?", "the name, Crumb School,"},
		"/search?q=starter":                      {`<a href="/faq/#sourdough-starter">`, `<a href="/certifications/sourdough/practice/#ready">`},
		"/feed.xml":                              {"Study guide: Sourdough Certification", "<updated>2026-01-15T00:00:00Z</updated>"},
		"/certifications/sourdough/study-guide/": {"in the order of the 6 classes.", `<h2 id="starter">`},
		"/certifications/sourdough/practice/?ready=3":              {"1 of 1 right", `href="/certifications/sourdough/study-guide/#starter"`},
		regexp.MustCompile(`/assets/site\.[^"]+`).FindString(home): {"--brand:#7A3E12", "--brand:#F2C48D"},
		regexp.MustCompile(`/assets/icon\.[^"]+`).FindString(home): {`fill="#7A3E12"`},
	} {
		page := get(at)
		for _, s := range want {
			if !strings.Contains(page, s) {
				t.Errorf("%s: lacks %q", at, s)
			}
		}
		for _, not := range []string{"Inbound", "INBOUND", "HubSpot", "inbound.org", "academy.example"} {
			if strings.Contains(page, not) {
				t.Errorf("%s: still has %q", at, not)
			}
		}
	}
	for _, at := range []string{"/certifications/inbound/", "/certifications/partner/", "/certifications/inbound/study-guide/", "/certifications/bakery/study-guide/", "/certifications/bakery/practice/"} {
		if answer, err := http.Get(url + at); err != nil || answer.StatusCode != 404 {
			t.Errorf("%s: %v %v", at, answer.Status, err)
		} else {
			answer.Body.Close()
		}
	}
}
