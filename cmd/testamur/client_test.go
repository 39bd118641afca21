package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"testamur/assets"
	"testamur/messages"
)

func testWorld(t *testing.T, env map[string]string) *world {
	t.Helper()
	words, err := messages.Load(sub(assets.Files, "messages"))
	if err != nil {
		t.Fatal(err)
	}
	return &world{Stdin: strings.NewReader(""), Stdout: &bytes.Buffer{}, Stderr: &bytes.Buffer{}, words: words.In("en"),
		Env: func(name string) (string, bool) { v, ok := env[name]; return v, ok }}
}

// A server that hangs, before its answer or within it, is given up; it is not asked again, since it would hang again.
func TestHangingServer(t *testing.T) {
	asked := make(chan string, 10)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- r.URL.Path
		if r.URL.Path == "/within" {
			io.WriteString(w, "{")
			w.(http.Flusher).Flush()
		}
		io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}))
	defer s.Close()
	to, err := connect(testWorld(t, nil), s.URL)
	if err != nil {
		t.Fatal(err)
	}
	to.patience = 50 * time.Millisecond
	for _, path := range []string{"/before", "/within"} {
		_, err := to.ask(context.Background(), call{method: http.MethodPost, path: path}, nil)
		var f failure
		if !errors.As(err, &f) || f.code != exitNoReply || !strings.Contains(err.Error(), errSlow.Error()) || !strings.Contains(err.Error(), "--idempotency-key") {
			t.Errorf("%s: %v", path, err)
		}
		if got := <-asked; got != path || len(asked) > 0 {
			t.Errorf("%s is asked more than once", path)
		}
	}
}

// Ctrl-C ends a call at once, and says so.
func TestStoppedCall(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		stop()
		<-r.Context().Done()
	}))
	defer s.Close()
	to, err := connect(testWorld(t, nil), s.URL)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := to.ask(ctx, call{method: http.MethodGet, path: "/"}, nil); err == nil || !strings.Contains(err.Error(), "stopped") {
		t.Error(err)
	}
}

// A call whose connection broke carries the same key each time.
func TestRepeatsCarryOneKey(t *testing.T) {
	var keys []string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch keys = append(keys, r.Header.Get("Idempotency-Key")); len(keys) {
		case 1:
			panic(http.ErrAbortHandler)
		case 2: // the first is still running
			w.WriteHeader(http.StatusConflict)
			io.WriteString(w, `{"type":"https://academy.example.org/problems/in-progress","title":"The same request is still running"}`)
		default:
			io.WriteString(w, "{}")
		}
	}))
	defer s.Close()
	to, err := connect(testWorld(t, nil), s.URL)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := to.ask(context.Background(), call{method: http.MethodPost, path: "/"}, nil); err != nil {
		t.Error(err)
	}
	if len(keys) != 3 || keys[0] == "" || len(slices.Compact(keys)) != 1 {
		t.Errorf("keys: %q", keys)
	}
}

// A backup is whole when its last line is the end, and is that line to its last byte.
func TestCopyBackup(t *testing.T) {
	const header, end = `{"mac":"00","header":{"program":"testamur"}}` + "\n", `{"mac":"00","end":{"credentials":3,"audit":5}}` + "\n"
	for _, c := range []struct {
		name, from string
		whole      bool
	}{
		{"whole", header + end, true},
		{"empty", "", false},
		{"without its end", header, false},
		{"without the last byte", header + end[:len(end)-1], false},
		{"with something behind", header + end + header, false},
		{"with a piece behind", header + end + "{", false},
		{"a page", "<!doctype html>\n", false},
	} {
		var to bytes.Buffer
		var size int64
		is, err := copyBackup(&to, strings.NewReader(c.from), func(n int64) { size = n })
		if (err == nil) != c.whole {
			t.Errorf("%s: %v", c.name, err)
		}
		if c.whole && (is.Credentials != 3 || to.String() != c.from || size != int64(len(c.from))) {
			t.Errorf("%s: %v, %d of %d bytes", c.name, is, to.Len(), len(c.from))
		}
	}
	if _, err := copyBackup(io.Discard, io.MultiReader(strings.NewReader(header+end), iotest.ErrReader(io.ErrUnexpectedEOF)), func(int64) {}); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error(err)
	}
}
