package main

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// An export lies in a folder of another host, and everything in it is reached from its first page: no link is broken, no
// file is left over, and what is not there leads to the server.
func TestExportIsWhole(t *testing.T) {
	dir := t.TempDir()
	var out, errs bytes.Buffer
	code := run(context.Background(), []string{"export", filepath.Join(dir, "somewhere"), "--url", "https://academy.example.org"},
		world{Stdout: &out, Stderr: &errs, Env: func(string) (string, bool) { return "", false }})
	if code != exitDone {
		t.Fatalf("export ends with %d: %s", code, errs.String())
	}
	host := httptest.NewServer(http.FileServer(http.Dir(dir)))
	defer host.Close()

	var (
		reference = regexp.MustCompile(` (href|src|srcset|action)="([^"]*)"`)
		anchor    = regexp.MustCompile(` id="([^"]*)"`)
		pages     = map[string]string{} // what was fetched, by address without fragment
		elsewhere = map[string]bool{}
		wanted    = map[string][]string{} // fragments, by address
		waiting   = []string{host.URL + "/somewhere/"}
	)
	for len(waiting) > 0 {
		at := waiting[0]
		waiting = waiting[1:]
		if _, known := pages[at]; known {
			continue
		}
		answer, err := http.Get(at)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil || answer.StatusCode != 200 || answer.Request.URL.String() != at {
			t.Errorf("%s is %s at %s", at, answer.Status, answer.Request.URL)
		}
		pages[at] = string(body)
		if !strings.HasPrefix(answer.Header.Get("Content-Type"), "text/html") {
			continue
		}
		from, _ := url.Parse(at)
		for _, m := range reference.FindAllStringSubmatch(string(body), -1) {
			values := []string{m[2]}
			if m[1] == "srcset" {
				values = nil
				for part := range strings.SplitSeq(m[2], ", ") {
					values = append(values, strings.Fields(part)[0])
				}
			}
			for _, v := range values {
				to, err := from.Parse(v)
				if err != nil {
					t.Errorf("%s: %q: %v", at, v, err)
					continue
				}
				fragment := to.Fragment
				to.Fragment = ""
				switch {
				case to.Scheme == "mailto":
				case to.RawQuery != "" && strings.HasPrefix(to.String(), host.URL):
					t.Errorf("%s: %s asks for what no file can answer", at, to)
				case !strings.HasPrefix(to.String(), host.URL):
					elsewhere[to.String()] = true
				case m[1] == "action":
					t.Errorf("%s: a form leads to %s, where nobody answers it", at, to)
				default:
					waiting = append(waiting, to.String())
					wanted[to.String()] = append(wanted[to.String()], fragment)
				}
			}
		}
	}
	for at, fragments := range wanted {
		ids := []string{""}
		for _, m := range anchor.FindAllStringSubmatch(pages[at], -1) {
			ids = append(ids, m[1])
		}
		for _, f := range fragments {
			if !slices.Contains(ids, f) {
				t.Errorf("%s has no #%s", at, f)
			}
		}
	}
	for to := range elsewhere {
		if !strings.HasPrefix(to, "https://academy.example.org/") {
			t.Errorf("a link to %s", to)
		}
	}
	for _, to := range []string{"/verify", "/search", "/show/", "/?lang=de", "/faq/?lang=ar"} {
		if !elsewhere["https://academy.example.org"+to] {
			t.Errorf("nothing leads to %s of the server", to)
		}
	}
	err := fs.WalkDir(os.DirFS(filepath.Join(dir, "somewhere")), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || slices.Contains([]string{ledger, "404.html", "robots.txt", "sitemap.xml"}, name) {
			return err
		}
		if _, reached := pages[host.URL+"/somewhere/"+strings.TrimSuffix(name, "index.html")]; !reached {
			t.Errorf("nothing leads to %s", name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(pages) < 25 {
		t.Errorf("only %d files were reached", len(pages))
	}
}
