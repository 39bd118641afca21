package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// The program itself, in the test binary: scripts start it, ask it and stop it as a user would.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"testamur": func() {
			ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			os.Exit(run(ctx, os.Args[1:], world{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Env: os.LookupEnv}))
		},
	})
}

// TestScripts runs testdata/*.txt. Beside the usual words of testscript they know:
//
//	await URL            waits until URL answers 200
//	get STATUS URL FILE  asks URL, wants the status, keeps the body
//	exits CODE COMMAND   runs COMMAND and wants its exit code
//	keep NAME FILE KEY   sets $NAME to the rest of the line of FILE that begins with KEY (all of FILE without KEY)
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			for _, name := range []string{"PUBLIC", "ADMIN"} {
				l, err := net.Listen("tcp", "127.0.0.1:0")
				if err != nil {
					return err
				}
				env.Setenv(name, l.Addr().String())
				if err := l.Close(); err != nil {
					return err
				}
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
			"await": await, "get": get, "keep": keep, "exits": exits,
		},
	})
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
	for line := range strings.Lines(ts.ReadFile(args[1])) {
		if rest, ok := strings.CutPrefix(line, key); ok {
			ts.Setenv(args[0], strings.TrimSpace(rest))
			return
		}
	}
	ts.Fatalf("%s has no line that begins with %q", filepath.Base(args[1]), key)
}
