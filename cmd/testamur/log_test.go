package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"testamur/assets"
	"testamur/messages"
)

// paper counts what is written on it.
type paper struct {
	mu     sync.Mutex
	text   strings.Builder
	writes int
	wrote  chan struct{} // told of each
}

func (p *paper) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.writes++
	p.text.Write(b)
	select {
	case p.wrote <- struct{}{}:
	default:
	}
	return len(b), nil
}

// Lines of a log that is no terminal are written together and by themselves, none is lost, and no more than is full waits.
func TestGathered(t *testing.T) {
	p := &paper{wrote: make(chan struct{}, 1)}
	g := &gathered{to: p, within: time.Millisecond}
	var want strings.Builder
	var hands sync.WaitGroup
	for hand := range 4 {
		line := strings.Repeat(fmt.Sprint(hand), 99) + "\n"
		want.WriteString(strings.Repeat(line, 1000))
		hands.Go(func() {
			for range 1000 {
				if n, err := g.Write([]byte(line)); n != len(line) || err != nil {
					t.Error(n, err)
				}
			}
		})
	}
	hands.Wait()
	g.flush()
	if got := p.text.String(); len(got) != want.Len() || strings.Count(got, "\n") != 4000 || p.writes > 2000 {
		t.Errorf("%d bytes in %d writes, want %d in few", len(got), p.writes, want.Len())
	}
	for line := range strings.Lines(p.text.String()) {
		if strings.Trim(line, line[:1]) != "\n" {
			t.Fatalf("a torn line: %q", line)
		}
	}
	select {
	case <-p.wrote:
	default:
	}
	if _, err := g.Write([]byte("last\n")); err != nil {
		t.Fatal(err)
	}
	<-p.wrote // without a flush
	if !strings.HasSuffix(p.text.String(), "last\n") {
		t.Error("the last line is not there")
	}

	p = &paper{}
	g = &gathered{to: p, within: time.Hour}
	if _, _ = g.Write(make([]byte, full-1)); p.writes != 0 {
		t.Error("written before it is full")
	}
	if _, _ = g.Write(make([]byte, 1)); p.writes != 1 || p.text.Len() != full {
		t.Error("not written when it is full")
	}
	g = &gathered{to: p}
	if _, _ = g.Write([]byte("x")); p.writes != 2 {
		t.Error("on a terminal not written at once")
	}
}

// Every line of log that is not of a request is in the manual, by the words that it begins with.
func TestManualListsLog(t *testing.T) {
	manual, err := os.ReadFile("../../docs/operate.md")
	if err != nil {
		t.Fatal(err)
	}
	words, err := messages.Load(sub(assets.Files, "messages"))
	if err != nil {
		t.Fatal(err)
	}
	said := regexp.MustCompile(`[lL]og\.(?:Info|Warn|Error)\((?:w\.words\.Text\("([^"]+)"\)|"([^"]+)")`)
	found := 0
	err = filepath.WalkDir("../..", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") || strings.HasPrefix(name, "../../bench") {
			return err
		}
		code, err := os.ReadFile(name)
		for _, m := range said.FindAllSubmatch(code, -1) {
			line := string(m[2])
			if len(m[1]) > 0 {
				line = words.In(messages.Reference).Text(string(m[1]))
			}
			begins := strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(".:;", r) })[0]
			if !strings.Contains(string(manual), "`"+begins+"`") {
				t.Errorf("docs/operate.md does not list %q, of %s", begins, name)
			}
			found++
		}
		return err
	})
	if err != nil || found < 12 {
		t.Errorf("%d lines of log, %v", found, err)
	}
}
