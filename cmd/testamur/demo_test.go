package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

var shots = flag.String("shots", "", "folder for screenshots of every page of the demo")

// startDemo runs the demo in this process until the test ends and returns what it printed. It listens where the environment
// says.
func startDemo(t *testing.T) string {
	t.Helper()
	address, err := freeAddress()
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	read, write := io.Pipe()
	var stderr bytes.Buffer
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"demo"}, world{Stdout: write, Stderr: &stderr,
			Env: func(name string) (string, bool) {
				v, set := map[string]string{"TESTAMUR_LISTEN": address}[name]
				return v, set
			}})
		write.Close()
	}()
	t.Cleanup(func() {
		stop()
		io.Copy(io.Discard, read)
		if code := <-ended; code != exitDone {
			t.Errorf("demo ends with %d: %s", code, stderr.String())
		}
	})
	var printed strings.Builder
	one := make([]byte, 4096)
	for !strings.Contains(printed.String(), "Ctrl-C stops it") {
		n, err := read.Read(one)
		printed.Write(one[:n])
		if err != nil {
			t.Fatalf("demo: %v after %q; %s", err, printed.String(), stderr.String())
		}
	}
	if !strings.Contains(printed.String(), "http://"+address+"/") {
		t.Fatalf("TESTAMUR_LISTEN is %s, and the demo is elsewhere:\n%s", address, printed.String())
	}
	return printed.String()
}

// The commands that the demo prints work for whoever called it.
func TestDemoCalled(t *testing.T) {
	for program, want := range map[string]string{
		"":                                 "  testamur list\n",
		"./testamur":                       "  ./testamur list\n",
		"/tmp/go-build4/b001/exe/testamur": "  go run ./cmd/testamur list\n",
	} {
		w, out := testWorld(t, nil), &bytes.Buffer{}
		w.Stdout, w.Program = out, program
		demoCommand{}.print(w, "http://127.0.0.1:8080", "tk_key", []resident{{"valid", "7K3M-9QXT-4P24", "mfrggzdfmztwq2lk"}})
		if !strings.Contains(out.String(), want) {
			t.Errorf("called as %q it does not print %q:\n%s", program, want, out.String())
		}
	}
}

func fetch(t *testing.T, url string) (int, http.Header, []byte) {
	t.Helper()
	answer, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, answer.Header, body
}

// The demo shows each state at the address that it prints, and the one call that it prints changes what is seen.
func TestDemo(t *testing.T) {
	printed := startDemo(t)
	for state, want := range map[string]struct {
		page, badge int
		words       string
	}{
		"valid":     {200, 200, "Valid today"},
		"expired":   {200, 200, "Expired"},
		"suspended": {200, 200, "Suspended"},
		"revoked":   {200, 200, "Revoked"},
		"private":   {404, 200, "No public record"},
		"mistyped":  {400, 400, "mistyped"},
	} {
		m := regexp.MustCompile(`(?m)^` + state + ` +(http\S+)\n +(http\S+)$`).FindStringSubmatch(printed)
		if m == nil {
			t.Errorf("the demo prints no page and badge for %s:\n%s", state, printed)
			continue
		}
		if status, _, body := fetch(t, m[1]); status != want.page || !bytes.Contains(body, []byte(want.words)) {
			t.Errorf("%s: page is %d, want %d with %q", state, status, want.page, want.words)
		}
		if status, _, _ := fetch(t, m[2]); status != want.badge {
			t.Errorf("%s: badge is %d, want %d", state, status, want.badge)
		}
	}
	if m := regexp.MustCompile(`http\S+\.pdf`).FindString(printed); m == "" {
		t.Error("the demo prints no certificate")
	} else if status, _, body := fetch(t, m); status != 200 || !bytes.HasPrefix(body, []byte("%PDF-")) {
		t.Errorf("%s is %d", m, status)
	}

	// the printed call, word for word, without a shell
	call := regexp.MustCompile(`curl -X (\S+) (\S+) \\\n +-H 'Authorization: ([^']+)' \\\n +-H 'Content-Type: ([^']+)' -d '([^']+)'`).FindStringSubmatch(printed)
	if call == nil {
		t.Fatalf("the demo prints no call to try:\n%s", printed)
	}
	page := regexp.MustCompile(`(?m)^valid +(http\S+)`).FindStringSubmatch(printed)[1]
	badge := regexp.MustCompile(`http\S+\.png`).FindString(printed)
	_, before, _ := fetch(t, badge)
	request, err := http.NewRequest(call[1], call[2], strings.NewReader(call[5]))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", call[3])
	request.Header.Set("Content-Type", call[4])
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != 200 {
		t.Fatalf("the call to try is answered %s", answer.Status)
	}
	if _, _, body := fetch(t, page); !bytes.Contains(body, []byte("Maya Lindqvist-Okafor")) {
		t.Error("the page does not have the new name")
	}
	if _, after, _ := fetch(t, badge); after.Get("ETag") == before.Get("ETag") {
		t.Error("the badge is the old one")
	}

	// the same by the program, in a shell
	lines := regexp.MustCompile(`(?s)by this program[^\n]*\n(  export .*?)\n\n`).FindStringSubmatch(printed)
	if lines == nil {
		t.Fatalf("the demo prints no commands to try:\n%s", printed)
	}
	if out, err := exec.Command("sh", "-ec", lines[1]).CombinedOutput(); err != nil || !bytes.Contains(out, []byte("inbound               Maya Lindqvist\n")) {
		t.Errorf("%v\n%s", err, out)
	}
}

// Every page of the demo, in each of its states, in Chromium: what testdata/browser/axe.mjs looks for is not there.
func TestBrowser(t *testing.T) {
	needBrowser(t)
	printed := startDemo(t)
	type page struct {
		Name string `json:"name"`
		URL  string `json:"url"`
		Long bool   `json:"long"` // a work of reference: its weight is not that of a first view
		Like bool   `json:"like"` // made as another that is looked at in every view: two will do
	}
	site := regexp.MustCompile(`http://[^/ ]+/`).FindString(printed)
	pages := []page{{Name: "home", URL: site}, {Name: "form", URL: site + "verify"}, {Name: "missing", URL: site + "no-such-page"}, {Name: "api", URL: site + "api/", Long: true}}
	for _, m := range regexp.MustCompile(`(?m)^([a-z]+) +(http\S+/verify/\S+)$`).FindAllStringSubmatch(printed, -1) {
		pages = append(pages, page{Name: m[1], URL: m[2]})
		if share := strings.Replace(m[2], "/verify/", "/share/", 1); m[1] == "valid" || m[1] == "expired" {
			pages = append(pages, page{Name: "share-" + m[1], URL: share}, page{Name: "share-" + m[1] + "-signature", URL: share + "?target=signature"})
		}
	}
	_, _, sitemap := fetch(t, site+"sitemap.xml")
	for _, m := range regexp.MustCompile(`<loc>http://[^/]+/([a-z/-]+)/</loc>`).FindAllSubmatch(sitemap, -1) {
		path := string(m[1])
		like := strings.HasPrefix(path, "certifications/") && !strings.HasPrefix(path, "certifications/hubspot")
		pages = append(pages, page{Name: strings.ReplaceAll(path, "/", "-"), URL: site + path + "/", Like: like})
	}
	valid := regexp.MustCompile(`/verify/(\S+)`).FindStringSubmatch(printed)[1]
	for _, x := range [][2]string{{"search", "search"}, {"search-found", "search?q=expire"}, {"search-nothing", "search?q=zebra"}, {"search-code", "search?q=" + valid},
		{"show-code", "show/?code=" + valid}, {"show-card", "show/?target=signature&code=" + valid}, {"show-mistyped", "show/?code=7K3M-9QXT-4P25"},
		{"practice-some", "certifications/inbound/practice/?earned-attention=3&permission=2"}, {"practice-none", "certifications/design/practice/?done=1"},
		{"verify-empty", "verify?code="}, {"bad-parameter", "verify/" + valid + "?on=x"}} {
		pages = append(pages, page{Name: x[0], URL: site + x[1]})
	}
	if len(pages) != 47 {
		t.Fatalf("%d pages, want 47", len(pages))
	}
	for _, p := range pages { // from right to left, in long words, and with long dates
		in := map[string]string{"home": "ar de", "form": "ar de", "valid": "ar de", "expired": "ar de es", "private": "ar de", "suspended": "es",
			"revoked": "es fr", "mistyped": "ar de es", "share-valid": "ar de", "missing": "ar de"}[p.Name]
		for _, language := range strings.Fields(in) {
			pages = append(pages, page{Name: p.Name + "-" + language, URL: p.URL + "?lang=" + language, Like: true})
		}
	}
	found, log := inBrowser(t, "axe.mjs", map[string]any{"pages": pages})
	if found != "" {
		t.Errorf("found:\n%s", found)
	}
	views := 0
	for _, p := range pages {
		if views += 5; p.Like {
			views -= 3
		}
	}
	if want := fmt.Sprintf("%d views looked at", views); !strings.Contains(log, want) {
		t.Errorf("not every view was looked at: %s", log)
	}
}

// needBrowser skips a test where there is no browser, and returns what runs it.
func needBrowser(t *testing.T) (chromium, node string) {
	t.Helper()
	for _, name := range []string{"chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil && chromium == "" {
			chromium = p
		}
	}
	node, err := exec.LookPath("node")
	if err != nil || chromium == "" {
		t.Skip("left out: node or chromium is not installed")
	}
	if _, err := os.Stat("testdata/browser/node_modules"); err != nil {
		t.Skip("left out: npm ci --prefix cmd/testamur/testdata/browser was not run")
	}
	return chromium, node
}

// inBrowser runs a script of testdata/browser and returns what it found and what it says of itself.
func inBrowser(t *testing.T, name string, input map[string]any) (found, log string) {
	t.Helper()
	chromium, node := needBrowser(t)
	input["shots"], input["chromium"] = *shots, chromium
	in, err := json.Marshal(input)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 8*time.Minute)
	defer cancel()
	script, err := filepath.Abs("testdata/browser/" + name)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, node, script)
	cmd.Stdin = bytes.NewReader(in)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s%s", err, out.String(), errs.String())
	}
	return out.String(), errs.String()
}
