package main

import (
	"bytes"
	"context"
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

// TestReadme runs the issuer's walk as README.md has it, line by line in a shell, against a server started as README.md
// starts it. Only the key, the code and the holder's id are put in the place of the examples.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var walk, post string
	for _, m := range regexp.MustCompile("(?s)```\n(.*?)```").FindAllStringSubmatch(string(readme), -1) {
		switch block := m[1]; {
		case strings.Contains(block, "testamur grant "):
			walk = block
		case strings.Contains(block, "curl -X POST "):
			post = block
		}
	}
	for _, command := range []string{"grant", "check", "rename", "consent", "revoke"} {
		if !strings.Contains(walk, "./testamur "+command+" ") {
			t.Fatalf("README.md has no walk with %s:\n%s", command, walk)
		}
	}
	var rest []string
	for line := range strings.Lines(string(readme)) { // the commands that this test does not run are understood at least
		if regexp.MustCompile(`^\./testamur (doctor|backup|restore-backup|help) `).MatchString(line) {
			rest = append(rest, line)
		}
		if m := regexp.MustCompile(`^(?:[A-Z_]+=\S+ )*(?:go run \./cmd|\.)/(testamur .*)`).FindStringSubmatch(line); m != nil {
			if err := understood(t, m[1]); err != nil {
				t.Errorf("README.md: %s%v", line, err)
			}
		}
	}

	// the file of settings
	yaml := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindStringSubmatch(string(readme))
	if yaml == nil {
		t.Fatal("README.md shows no testamur.yaml")
	}
	file := filepath.Join(t.TempDir(), "testamur.yaml")
	if err := os.WriteFile(file, []byte(yaml[1]), 0o600); err != nil {
		t.Fatal(err)
	}
	inFile, err := config{}.resolve(func(name string) (string, bool) {
		v, set := map[string]string{"TESTAMUR_CONFIG": file}[name]
		return v, set
	})
	if err != nil || inFile.URL != "https://academy.example.org" || inFile.Source["TESTAMUR_LISTEN"] != file {
		t.Errorf("testamur.yaml of README.md: %v, %+v", err, inFile)
	}

	site := serveReadme(t)
	sh := func(line string) string {
		t.Helper()
		cmd := exec.Command("sh", "-ec", line)
		cmd.Dir, cmd.Env = site.folder, append(os.Environ(), "TESTAMUR_SERVER="+site.url, "TESTAMUR_KEY="+site.key)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s%v\n%s", line, err, out)
		}
		return string(out)
	}

	// what each line does is looked at where everybody sees it
	const code, holder = "7K3M-9QXT-4P24", "mfrggzdfmztwq2lk"
	replace := strings.NewReplacer()
	page := ""
	for line := range strings.Lines(walk) {
		if strings.HasPrefix(line, "export TESTAMUR_KEY=...") { // it is in the environment
			continue
		}
		out := sh(replace.Replace(line))
		if strings.Contains(line, "testamur grant ") {
			printed := func(label string) string {
				m := regexp.MustCompile(`(?m)^` + label + ` +(\S+)$`).FindStringSubmatch(out)
				if m == nil {
					t.Fatalf("grant prints no %s:\n%s", label, out)
				}
				return m[1]
			}
			replace = strings.NewReplacer(code, printed("Credential ID"), holder, printed("Holder's id"))
			page = site.url + "/verify/" + printed("Credential ID")
		}
		status, _, body := fetch(t, page)
		want, text := 200, "Valid today"
		switch {
		case strings.Contains(line, " rename "):
			text = "Maya Lindqvist-Okafor"
		case strings.HasPrefix(line, "./testamur consent "+code+" private "):
			want, text = 404, "No public record"
		case strings.Contains(line, " revoke "):
			text = "Revoked"
		}
		if status != want || !bytes.Contains(body, []byte(text)) {
			t.Errorf("after %sthe page is %d, want %d with %q", line, status, want, text)
		}
	}

	for _, line := range rest {
		sh(line)
	}
	if len(rest) < 3 {
		t.Errorf("README.md has %q beside the walk, want doctor, backup and restore-backup", rest)
	}

	// the same by HTTP, without a shell
	call := regexp.MustCompile(`curl -X (\S+) https://academy\.example\.org(\S+)`).FindStringSubmatch(post)
	content := regexp.MustCompile(`-d '([^']+)'`).FindStringSubmatch(post)
	if call == nil || content == nil {
		t.Fatalf("README.md has no grant by HTTP:\n%s", post)
	}
	request, err := http.NewRequest(call[1], site.url+call[2], strings.NewReader(content[1]))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`-H ["']([^:]+): ([^"']+)["']`).FindAllStringSubmatch(post, -1) {
		request.Header.Set(m[1], strings.ReplaceAll(m[2], "$TESTAMUR_KEY", site.key))
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusCreated || len(request.Header) != 3 {
		t.Errorf("the grant by HTTP is answered %s to %d headers", answer.Status, len(request.Header))
	}
}

// served is a server that runs until the test ends, in a folder where ./testamur is the program.
type served struct{ folder, url, key string }

func serveReadme(t *testing.T) served {
	t.Helper()
	program, err := exec.LookPath("testamur") // the test binary, by TestMain
	if err != nil {
		t.Fatal(err)
	}
	s := served{folder: t.TempDir()}
	if err := os.Symlink(program, filepath.Join(s.folder, "testamur")); err != nil {
		t.Fatal(err)
	}
	address, err := freeAddress()
	if err != nil {
		t.Fatal(err)
	}
	s.url = "http://" + address
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	cmd := exec.CommandContext(ctx, "./testamur", "serve")
	cmd.Dir, cmd.Env = s.folder, append(os.Environ(), "TESTAMUR_LISTEN="+address, "TESTAMUR_ADMIN_LISTEN=off")
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		defer cancel()
		_ = cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil {
			t.Errorf("serve: %v\n%s", err, log.String())
		}
	})
	tick := time.Tick(20 * time.Millisecond)
	for {
		if answer, err := http.Get(s.url + "/readyz"); err == nil {
			answer.Body.Close()
			break
		}
		select {
		case <-ctx.Done():
			t.Fatalf("serve does not answer\n%s", log.String())
		case <-tick:
		}
	}
	key, err := os.ReadFile(filepath.Join(s.folder, "data", "first-key"))
	if err != nil {
		t.Fatal(err)
	}
	s.key = strings.TrimSpace(string(key))
	return s
}
