package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// running is the program as a process of its own.
type running struct {
	cmd           *exec.Cmd
	public, admin string // host:port
	key           string
	log           *bytes.Buffer // complete once ended is closed
	ended         chan struct{}
	err           error // of the process, once ended is closed
}

// startProgram serves an empty store. It is killed at the end of the test if it runs then.
func startProgram(t *testing.T, env ...string) *running {
	t.Helper()
	r := &running{key: "a-key-of-this-test-with-32-letters-or-more", log: &bytes.Buffer{}, ended: make(chan struct{})}
	r.cmd = exec.Command("testamur", "serve")
	r.cmd.Dir = t.TempDir()
	r.cmd.Env = append(os.Environ(), append(env, "TESTAMUR_LISTEN=127.0.0.1:0", "TESTAMUR_ADMIN_LISTEN=127.0.0.1:0", "TESTAMUR_URL=http://127.0.0.1:8080",
		"TESTAMUR_API_KEY="+r.key)...)
	stderr, err := r.cmd.StderrPipe()
	if err == nil {
		err = r.cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	serving := make(chan struct{})
	go func() {
		defer close(r.ended)
		for lines := bufio.NewScanner(stderr); lines.Scan(); {
			r.log.Write(append(lines.Bytes(), '\n'))
			var line struct{ Msg, Listen, Admin string }
			if json.Unmarshal(lines.Bytes(), &line) == nil && line.Msg == "serving" {
				r.public, r.admin = line.Listen, line.Admin
				close(serving)
			}
		}
		r.err = r.cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = r.cmd.Process.Kill() // most have ended
		<-r.ended
	})
	select {
	case <-serving:
	case <-r.ended:
		t.Fatalf("it does not serve: %v\n%s", r.err, r.log)
	}
	return r
}

// grant makes a credential by a client and returns its code.
func (r *running) grant(client *http.Client, i int) (string, error) {
	request, err := http.NewRequest("POST", "http://"+r.public+"/api/v1/credentials",
		strings.NewReader(fmt.Sprintf(`{"certification":"inbound","holder":{"name":"Maya Lindqvist"},"consent":"link","external_id":"%d"}`, i)))
	if err != nil {
		return "", err
	}
	request.Header.Set("Authorization", "Bearer "+r.key)
	request.Header.Set("Content-Type", "application/json")
	answer, err := client.Do(request)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	var credential struct{ Code string }
	if err := json.NewDecoder(answer.Body).Decode(&credential); err != nil {
		return "", err
	}
	if answer.StatusCode != 201 {
		return "", errors.New(answer.Status)
	}
	return credential.Code, nil
}

// ready asks the admin listener, 0 for no answer.
func (r *running) ready() int {
	answer, err := http.Get("http://" + r.admin + "/readyz")
	if err != nil {
		return 0
	}
	answer.Body.Close()
	return answer.StatusCode
}

// Told to stop under load, the program says "not ready" first and still answers, finishes every request that it was given,
// waits for nobody who sends nothing, and ends with exit code 0. How long that took is logged: it is to be ten seconds at most,
// to which a busy machine adds.
func TestStopUnderLoad(t *testing.T) {
	r := startProgram(t)
	code, err := r.grant(http.DefaultClient, 0)
	if err != nil {
		t.Fatal(err)
	}
	badge := "/badges/" + code + ".png"

	// those who would keep a server waiting
	for _, sent := range []string{"", "GET /livez HTTP/1.1\r\nHost: x\r\n", "POST /api/v1/credentials HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{",
		"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"} {
		for _, address := range []string{r.public, r.admin} {
			conn, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if _, err := io.WriteString(conn, sent); err != nil {
				t.Fatal(err)
			}
		}
	}

	var answered, granted, serial atomic.Int64
	var failures sync.Map
	var group sync.WaitGroup
	loaded := make(chan struct{}) // once every worker had an answer
	var warm sync.WaitGroup
	work := func(keepAlive bool, ask func(client *http.Client, i int) error) {
		transport := &http.Transport{DisableKeepAlives: !keepAlive}
		client := &http.Client{Transport: transport, Timeout: 15 * time.Second}
		warm.Add(1)
		first := sync.OnceFunc(warm.Done)
		group.Go(func() {
			defer transport.CloseIdleConnections()
			defer first()
			for {
				i := int(serial.Add(1))
				err := ask(client, i)
				if errors.Is(err, syscall.ECONNREFUSED) {
					return // nobody is let in any more
				}
				if err != nil {
					failures.Store(fmt.Sprintf("keep-alive %v: %v", keepAlive, err), true)
					return
				}
				answered.Add(1)
				first()
			}
		})
	}
	get := func(path func(i int) string) func(*http.Client, int) error {
		return func(client *http.Client, i int) error {
			answer, err := client.Get("http://" + r.public + path(i))
			if err != nil {
				return err
			}
			defer answer.Body.Close()
			body, err := io.ReadAll(answer.Body)
			if err == nil && (answer.StatusCode != 200 || len(body) == 0) {
				err = errors.New(answer.Status)
			}
			return err
		}
	}
	for _, keepAlive := range []bool{true, false} {
		for range 3 {
			work(keepAlive, get(func(int) string { return badge }))
			work(keepAlive, get(func(int) string { return "/verify/" + code }))
		}
		work(keepAlive, get(func(i int) string { return fmt.Sprintf("%s?w=%d", badge, 32+i%200) })) // drawn
		work(keepAlive, func(client *http.Client, i int) error {
			_, err := r.grant(client, i)
			if err == nil {
				granted.Add(1)
			}
			return err
		})
	}
	go func() {
		warm.Wait()
		close(loaded)
	}()
	<-loaded

	if got := r.ready(); got != 200 {
		t.Fatalf("before: %d", got)
	}
	before, began := answered.Load(), time.Now()
	if err := r.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for r.ready() == 200 {
	}
	if got := r.ready(); got != 503 {
		t.Errorf("told to stop, /readyz is %d", got)
	}
	noticed := time.Since(began)
	if answer, err := http.Get("http://" + r.public + badge); err != nil || answer.StatusCode != 200 || !answer.Close {
		t.Errorf("not ready, it answers no more, or keeps the connection: %v %v", answer, err)
	}
	<-r.ended
	took := time.Since(began)
	group.Wait()
	failures.Range(func(what, _ any) bool {
		t.Error("a request failed: ", what)
		return true
	})
	if r.err != nil || took > time.Minute {
		t.Errorf("ended after %v with %v\n%s", took, r.err, r.log)
	}
	if strings.Contains(r.log.String(), `"level":"ERROR"`) || strings.Contains(r.log.String(), `"level":"WARN","msg":"stopped`) {
		t.Errorf("the log complains:\n%s", r.log)
	}
	t.Logf("%d answers after the signal, %d in all, %d grants; not ready after %v, ended after %v", answered.Load()-before, answered.Load(), granted.Load(), noticed, took)
}

// A disk that hangs does not keep the program.
func TestCloseSoon(t *testing.T) {
	gate := make(chan struct{})
	defer close(gate)
	if err := closeSoon(closer(func() error { <-gate; return nil }), time.Millisecond); err == nil {
		t.Error("nothing is said of it")
	}
	if err := closeSoon(closer(func() error { return io.ErrClosedPipe }), time.Minute); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("got %v", err)
	}
}

type closer func() error

func (c closer) Close() error { return c() }

// A second signal ends the program at once.
func TestStopAtOnce(t *testing.T) {
	r := startProgram(t)
	if err := r.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for r.ready() == 200 {
	}
	if err := r.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-r.ended // by itself it would end without an error
	var exit *exec.ExitError
	if !errors.As(r.err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGTERM {
		t.Errorf("ended with %v", r.err)
	}
}

// systemd hears when the program is ready and when it stops.
func TestNotify(t *testing.T) {
	name := filepath.Join(t.TempDir(), "notify")
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	socket.SetReadDeadline(time.Now().Add(time.Minute))
	hear := func(want string) {
		t.Helper()
		said := make([]byte, 100)
		n, err := socket.Read(said)
		if err != nil || string(said[:n]) != want {
			t.Fatalf("it said %q, %v; want %s", said[:n], err, want)
		}
	}
	r := startProgram(t, "NOTIFY_SOCKET="+name)
	hear("READY=1")
	if got := r.ready(); got != 200 {
		t.Errorf("ready, but %d", got)
	}
	if err := r.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	hear("STOPPING=1")
}

// What the manual, the unit and the image set is a setting.
func TestManualNamesSettings(t *testing.T) {
	known := []string{"TESTAMUR_CONFIG", "TESTAMUR_SERVER", "TESTAMUR_KEY"}
	for _, f := range settings() {
		known = append(known, f.Tag.Get("setting"))
	}
	for _, name := range []string{"../../docs/operate.md", "../../docs/testamur.service", "../../Dockerfile", "../../README.md"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, setting := range regexp.MustCompile(`TESTAMUR_[A-Z_]+`).FindAllString(string(text), -1) {
			if !slices.Contains(known, strings.TrimSuffix(setting, "_FILE")) {
				t.Errorf("%s: there is no setting %s", name, setting)
			}
		}
	}
}
