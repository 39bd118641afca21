// Package redistest starts Redis servers for tests: one, one with replicas and Sentinels, or a Cluster. Each has a folder and
// a port of its own on this machine, and ends with the test. It knows nothing of what is kept in them; begin with Start.
package redistest

import (
	"bufio"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Program is where redis-server is; without it the test is skipped, and says what to install.
func Program(t testing.TB) string {
	t.Helper()
	path, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("redis-server is missing (Debian: apt-get install redis-server)")
	}
	return path
}

// Server is a redis-server.
type Server struct {
	Port   int
	Folder string
	args   []string
	t      testing.TB

	mu      sync.Mutex
	process *exec.Cmd // nil while it does not run
}

// Durable are the arguments of a Redis set as docs/operate.md says.
func Durable() []string {
	return []string{"--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction"}
}

// Start starts a server on a free port, with the arguments of redis-server.
func Start(t testing.TB, args ...string) *Server {
	t.Helper()
	s := &Server{Port: port(t), Folder: t.TempDir(), args: args, t: t}
	t.Cleanup(s.Kill)
	s.Run()
	return s
}

// port finds a free one. The port of a Cluster's bus is 10000 higher, and must not be one that connections get by chance.
func port(t testing.TB) int {
	t.Helper()
	for range 100 {
		p := 12000 + rand.IntN(10000)
		free := true
		for _, p := range []int{p, p + 10000} {
			l, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(p))
			if err != nil {
				free = false
				continue
			}
			_ = l.Close()
		}
		if free {
			return p
		}
	}
	t.Fatal("no free port")
	return 0
}

// Addr is its host and port.
func (s *Server) Addr() string { return "127.0.0.1:" + strconv.Itoa(s.Port) }

// Run starts it again after it has ended, on what it has kept.
func (s *Server) Run(more ...string) {
	s.t.Helper()
	args := []string{"--port", strconv.Itoa(s.Port), "--bind", "127.0.0.1", "--dir", s.Folder, "--save", "", "--daemonize", "no",
		"--logfile", filepath.Join(s.Folder, "log")}
	if len(s.args) > 0 && strings.HasSuffix(s.args[0], ".conf") { // a file of settings comes first
		args = []string{s.args[0], "--sentinel"}
	} else {
		args = slices.Concat(args, s.args)
	}
	c := exec.Command(Program(s.t), slices.Concat(args, more)...)
	apart(c)
	if err := c.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.mu.Lock()
	s.process = c
	s.mu.Unlock()
	s.until("it answers", func() bool { reply, err := s.Ask("PING"); return err == nil && reply == "PONG" })
}

// Hang stops it where it is: connections stay, and nothing is answered.
func (s *Server) Hang() { s.signal(stop) }

// GoOn lets it go on after Hang.
func (s *Server) GoOn() { s.signal(cont) }

func (s *Server) signal(signal os.Signal) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process == nil {
		s.t.Fatal("it does not run")
	}
	if err := s.process.Process.Signal(signal); err != nil {
		s.t.Fatal(err)
	}
}

// Kill ends it at once, with what writes its files for it.
func (s *Server) Kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process == nil {
		return
	}
	kill(s.process) // it may have ended by itself
	_ = s.process.Wait()
	s.process = nil
}

// Ask sends a command to it, as the function Ask does.
func (s *Server) Ask(words ...string) (string, error) { return Ask(s.Addr(), words...) }

// Ask sends a command to any Redis and returns the answer; several with spaces between.
func Ask(addr string, words ...string) (string, error) {
	c, err := net.DialTimeout("tcp", addr, time.Second)
	if err != nil {
		return "", err
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "*%d\r\n", len(words))
	for _, w := range words {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(w), w)
	}
	if _, err := c.Write([]byte(b.String())); err != nil {
		return "", err
	}
	in := bufio.NewReader(c)
	return reply(in)
}

// reply reads one answer.
func reply(in *bufio.Reader) (string, error) {
	line, err := in.ReadString('\n')
	if err != nil {
		return "", err
	}
	kind, rest := line[0], strings.TrimRight(line[1:], "\r\n")
	n, _ := strconv.Atoi(rest)
	switch kind {
	case '-':
		return "", errors.New(rest)
	case '$':
		if n < 0 {
			return "", nil
		}
		text := make([]byte, n+2)
		for got := 0; got < len(text); {
			m, err := in.Read(text[got:])
			if err != nil {
				return "", err
			}
			got += m
		}
		return string(text[:n]), nil
	case '*':
		var all []string
		for range n {
			one, err := reply(in)
			if err != nil {
				return "", err
			}
			all = append(all, one)
		}
		return strings.Join(all, " "), nil
	}
	return rest, nil
}

// until waits for something, a minute at most.
func (s *Server) until(what string, is func() bool) {
	s.t.Helper()
	deadline, tick := time.After(time.Minute), time.NewTicker(10*time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-deadline:
			log, _ := os.ReadFile(filepath.Join(s.Folder, "log"))
			s.t.Fatalf("redis-server on port %d: never that %s\n%s", s.Port, what, log[max(0, len(log)-2000):])
		case <-tick.C:
		}
	}
}
