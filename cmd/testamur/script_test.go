package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/rogpeppe/go-internal/testscript"

	"testamur/verify/redistest"
)

// The program itself, in the test binary: scripts start it, ask it and stop it as a user would.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"testamur": func() {
			os.Exit(run(untilTold(), os.Args[1:], world{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Env: os.LookupEnv, Environ: os.Environ,
				Patience: 20 * time.Second})) // the Redis of the scripts is in this process, which has other things to do
		},
	})
}

// TestScripts runs testdata/*.txt. Beside the usual words of testscript they know:
//
//	await URL            waits until URL answers 200
//	get STATUS URL FILE  asks URL, wants the status, keeps the body
//	exits CODE COMMAND   runs COMMAND and wants its exit code
//	keep NAME FILE KEY   sets $NAME to the rest of the line of FILE that begins with KEY (all of FILE without KEY);
//	                     json:PATH is the value at PATH
//	json FILE PATH WANT  wants the value at PATH, such as holder.name or items.0.code, of the one JSON value in FILE; * is any
//	fill FROM TO         grants so many credentials, by number, with the key of $TESTAMUR_KEY
//	breaks NAME N METHOD sets $NAME to a proxy before the server that loses the first N answers, to METHOD or to all
//	cuts NAME N          sets $NAME to a proxy before the server that breaks off after N bytes of an answer
//	answers NAME STATUS TYPE FILE [HEADER: VALUE]   sets $NAME to a server that says FILE to everything
//	files FOLDER NAME... wants these files in a folder, and no others
//	mode MODE FILE       wants the permissions of a file
//	replace OLD NEW FILE changes a file
//	redis NAME           sets $NAME to the address of an empty Redis; redis ADDRESS ANSWER WORD... wants an answer of one
//	same FILE FILE NAME  wants two JSON objects to be equal in all but the field NAME
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			for _, name := range []string{"PUBLIC", "ADMIN"} {
				address, err := freeAddress()
				if err != nil {
					return err
				}
				env.Setenv(name, address)
			}
			example, err := filepath.Abs("../../academy/testdata/example") // of docs/rendering.md
			if err != nil {
				return err
			}
			env.Setenv("EXAMPLE", example)
			env.Setenv("TESTAMUR_LISTEN", env.Getenv("PUBLIC"))
			env.Setenv("TESTAMUR_ADMIN_LISTEN", env.Getenv("ADMIN"))
			env.Setenv("TESTAMUR_SERVER", "http://"+env.Getenv("PUBLIC"))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"await": await, "get": get, "keep": keep, "exits": exits, "json": wantJSON, "breaks": breaks, "answers": answers, "fill": fill,
			"cuts": cuts, "files": files, "mode": mode, "replace": edit, "same": same, "redis": inMemory,
		},
	})
}

var ports atomic.Int32

// freeAddress is an address that nobody listens at, for a program that is yet to start, or to start again. Nobody else gets it
// meanwhile by chance: the system gives ports from 32768 on, servers of Redis have those from 12000 on.
func freeAddress() (string, error) {
	for range 2000 {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", 10000+(100*os.Getpid()+int(ports.Add(1)))%2000))
		if err == nil {
			return l.Addr().String(), l.Close()
		}
	}
	return "", errors.New("no free port from 10000 to 11999")
}

func await(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: await URL")
	}
	deadline, tick := time.After(60*time.Second), time.Tick(20*time.Millisecond)
	for {
		answer, err := http.Get(args[0])
		if err == nil {
			answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return
			}
		}
		select {
		case <-deadline:
			ts.Fatalf("%s does not answer 200", args[0])
		case <-tick:
		}
	}
}

func get(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: get STATUS URL FILE")
	}
	answer, err := http.Get(args[1])
	ts.Check(err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	ts.Check(err)
	if fmt.Sprint(answer.StatusCode) != args[0] {
		ts.Fatalf("GET %s is %d, want %s\n%s", args[1], answer.StatusCode, args[0], body)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), body, 0o644))
}

func exits(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND")
	}
	code := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		code = exit.ExitCode()
	}
	if fmt.Sprint(code) != args[0] {
		ts.Fatalf("%v exits with %d, want %s", args[1:], code, args[0])
	}
}

func keep(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: keep NAME FILE [KEY]")
	}
	key := strings.Join(args[2:], " ")
	if path, ok := strings.CutPrefix(key, "json:"); ok {
		ts.Setenv(args[0], valueOf(ts, args[1], path))
		return
	}
	for line := range strings.Lines(ts.ReadFile(args[1])) {
		if rest, ok := strings.CutPrefix(line, key); ok {
			ts.Setenv(args[0], strings.TrimSpace(rest))
			return
		}
	}
	ts.Fatalf("%s has no line that begins with %q", filepath.Base(args[1]), key)
}

func wantJSON(ts *testscript.TestScript, not bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: json FILE PATH WANT")
	}
	if got := valueOf(ts, args[0], args[1]); (got == args[2] || args[2] == "*") == not {
		ts.Fatalf("%s of %s is %s, want %s", args[1], args[0], got, args[2])
	}
}

// valueOf reads the one JSON value in a file, and in it the value at a path; length is how many there are.
func valueOf(ts *testscript.TestScript, file, path string) string {
	d := json.NewDecoder(strings.NewReader(ts.ReadFile(file)))
	d.UseNumber()
	var v any
	ts.Check(d.Decode(&v))
	if d.More() {
		ts.Fatalf("%s holds more than one JSON value", file)
	}
	for name := range strings.SplitSeq(path, ".") {
		switch in := v.(type) {
		case map[string]any:
			value, there := in[name]
			if !there {
				ts.Fatalf("%s has no %s of %s", file, name, path)
			}
			v = value
		case []any:
			if i, err := strconv.Atoi(name); name == "length" {
				v = len(in)
			} else if err != nil || i >= len(in) {
				ts.Fatalf("%s has %d values at %s of %s", file, len(in), name, path)
			} else {
				v = in[i]
			}
		default:
			ts.Fatalf("%s has nothing at %s of %s", file, name, path)
		}
	}
	return fmt.Sprint(v)
}

// breaks sets a proxy before the server: it lets the server do what was asked, and loses the answer.
func breaks(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: breaks NAME N [METHOD]")
	}
	lose, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	var asked atomic.Int64
	proxy(ts, args[0], func(r *http.Response) error {
		if (len(args) < 3 || r.Request.Method == args[2]) && asked.Add(1) <= lose {
			return errors.New("lost")
		}
		return nil
	})
}

// cuts sets a proxy before the server that lets only the beginning of an answer through.
func cuts(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: cuts NAME N")
	}
	n, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	proxy(ts, args[0], func(r *http.Response) error {
		r.Body = io.NopCloser(io.MultiReader(io.LimitReader(r.Body, n), iotest.ErrReader(errors.New("cut"))))
		return nil
	})
}

// proxy sets a proxy before the server that changes its answers; where change fails, the connection breaks.
func proxy(ts *testscript.TestScript, name string, change func(*http.Response) error) {
	to, err := url.Parse("http://" + ts.Getenv("PUBLIC"))
	ts.Check(err)
	p := httputil.NewSingleHostReverseProxy(to)
	p.FlushInterval, p.ErrorLog = -1, log.New(io.Discard, "", 0)
	p.ErrorHandler = func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) }
	p.ModifyResponse = change
	s := httptest.NewServer(p)
	ts.Defer(s.Close)
	ts.Setenv(name, s.URL)
}

func files(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 1 {
		ts.Fatalf("usage: files FOLDER NAME...")
	}
	entries, err := os.ReadDir(ts.MkAbs(args[0]))
	ts.Check(err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if want := slices.Sorted(slices.Values(args[1:])); !slices.Equal(names, want) {
		ts.Fatalf("%s has %q, want %q", args[0], names, want)
	}
}

func mode(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: mode MODE FILE")
	}
	info, err := os.Stat(ts.MkAbs(args[1]))
	ts.Check(err)
	if got := strconv.FormatUint(uint64(info.Mode().Perm()), 8); got != args[0] {
		ts.Fatalf("%s has mode %s, want %s", args[1], got, args[0])
	}
}

func edit(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: replace OLD NEW FILE")
	}
	before := ts.ReadFile(args[2])
	after := strings.ReplaceAll(before, args[0], args[1])
	if after == before {
		ts.Fatalf("%s has no %s", args[2], args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(after), 0o600))
}

func same(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: same FILE FILE NAME")
	}
	var v [2]map[string]any
	for i := range v {
		ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[i])), &v[i]))
		delete(v[i], args[2])
	}
	if !reflect.DeepEqual(v[0], v[1]) {
		ts.Fatalf("%s is %v\n%s is %v", args[0], v[0], args[1], v[1])
	}
}

// inMemory starts a Redis of the test's own process, or asks one.
func inMemory(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) == 1 {
		r, err := miniredis.Run()
		ts.Check(err)
		ts.Defer(r.Close)
		ts.Setenv(args[0], r.Addr())
		return
	}
	if len(args) < 3 {
		ts.Fatalf("usage: redis NAME, redis ADDRESS ANSWER WORD...")
	}
	got, err := redistest.Ask(args[0], args[2:]...)
	ts.Check(err)
	if got != args[1] {
		ts.Fatalf("%v: %s, want %s", args[2:], got, args[1])
	}
}

func answers(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 4 {
		ts.Fatalf("usage: answers NAME STATUS TYPE FILE [HEADER: VALUE]")
	}
	status, err := strconv.Atoi(args[1])
	ts.Check(err)
	body := ts.ReadFile(args[3])
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", args[2])
		for i := 4; i+1 < len(args); i += 2 {
			w.Header().Set(strings.TrimSuffix(args[i], ":"), args[i+1])
		}
		w.WriteHeader(status)
		io.WriteString(w, body)
	}))
	ts.Defer(s.Close)
	ts.Setenv(args[0], s.URL)
}

func fill(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: fill FROM TO")
	}
	from, err := strconv.Atoi(args[0])
	ts.Check(err)
	to, err := strconv.Atoi(args[1])
	ts.Check(err)
	errs, key := make(chan error, to-from), ts.Getenv("TESTAMUR_KEY")
	places := make(chan struct{}, 8) // a commit waits for the disk
	for i := from; i < to; i++ {
		places <- struct{}{}
		go func() {
			defer func() { <-places }()
			body := fmt.Sprintf(`{"certification":"inbound","holder":{"name":"Person %04d"},"external_id":"%04d"}`, i, i)
			request, err := http.NewRequest(http.MethodPost, "http://"+ts.Getenv("PUBLIC")+"/api/v1/credentials", strings.NewReader(body))
			if err != nil {
				errs <- err
				return
			}
			request.Header.Set("Authorization", "Bearer "+key)
			request.Header.Set("Content-Type", "application/json")
			answer, err := http.DefaultClient.Do(request)
			if err == nil {
				answer.Body.Close()
				if answer.StatusCode != http.StatusCreated {
					err = errors.New(answer.Status)
				}
			}
			errs <- err
		}()
	}
	for range to - from {
		ts.Check(<-errs)
	}
}
