package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"testamur/messages"
)

// access holds the flags of the commands that ask a running server as the issuer.
type access struct {
	Server string `help:"Address of the server (TESTAMUR_SERVER); of TESTAMUR_LISTEN unless said." placeholder:"URL"`
	Key    string `help:"API key. Better in TESTAMUR_KEY, or in a file that TESTAMUR_KEY_FILE names: others see a command line." placeholder:"KEY"`
}

// client is access for the commands that print what is answered.
type client struct {
	access `embed:""`
	JSON   bool `help:"Print the object of the API."`
}

// repeat holds the flag of the commands that make something each time they are said.
type repeat struct {
	Once onceKey `name:"idempotency-key" help:"Makes saying it again harmless for 24 hours, 1 to 255 printable ASCII characters." placeholder:"KEY"`
}

// onceKey is an Idempotency-Key as an argument. An empty one is refused: it would not make anything harmless.
type onceKey string

// UnmarshalText takes 1 to 255 printable ASCII characters.
func (o *onceKey) UnmarshalText(text []byte) error {
	if len(text) == 0 || len(text) > 255 || !printable(string(text)) {
		return errors.New("give 1 to 255 printable ASCII characters")
	}
	*o = onceKey(text)
	return nil
}

// pauses are the waits before a call is repeated whose connection broke. The last is longer than the server's own
// deadline of a write, so that what is still running has ended by then.
var pauses = []time.Duration{100 * time.Millisecond, 400 * time.Millisecond, 1500 * time.Millisecond, 5 * time.Second}

// call is one request. It may be repeated: a POST carries a key that makes that harmless, and every other method is so
// by itself.
type call struct {
	method, path string
	body         any     // sent as JSON; nil: none
	once         onceKey // of a POST, made up where it is empty
}

// connection is a server and the key that it is asked with.
type connection struct {
	server, key string
	http        *http.Client
	words       *messages.Language
	patience    time.Duration // with a server that says nothing
}

// connect reads where the server is and which key opens it; nothing is asked yet.
func (a access) connect(w *world) (connection, error) {
	to, err := connect(w, a.Server)
	if err != nil {
		return to, err
	}
	to.key = a.Key
	if to.key == "" {
		to.key, _ = w.Env("TESTAMUR_KEY")
	}
	if name, _ := w.Env("TESTAMUR_KEY_FILE"); to.key == "" && name != "" {
		if to.key, err = readSecret(name); err != nil {
			return to, wrongUse("TESTAMUR_KEY_FILE: %w", err)
		}
	}
	switch {
	case to.key == "":
		return to, wrongUse("%s", w.words.Text("program.failed.no-key"))
	case !printable(to.key):
		return to, wrongUse("%s", w.words.Text("program.failed.key-shape"))
	}
	return to, nil
}

// connect is a connection without a key, for what everybody may ask.
func connect(w *world, server string) (connection, error) {
	if server == "" {
		server, _ = w.Env("TESTAMUR_SERVER")
	}
	if server == "" {
		settings, _ := config{}.resolve(w.Env) // a server with wrong settings does not run: then it does not answer
		server = "http://" + reachable(settings.Listen)
	}
	to, ok := origin(server)
	if !ok {
		return connection{}, wrongUse("%s", w.words.Text("program.failed.server-shape"))
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DialContext = (&net.Dialer{Timeout: 10 * time.Second}).DialContext
	return connection{server: to, words: w.words, patience: 30 * time.Second, http: &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // it would turn a POST into a GET
	}}, nil
}

// unanswered is an error of a call that may have been done all the same.
type unanswered struct {
	error
	again bool // the same call may be answered now
}

func (u unanswered) Unwrap() error { return u.error }

// ask sends a call and returns the body of an answer that is yes, decoded into what into points at unless it is nil. A
// call whose connection broke is repeated a few times. An answer that is no is a failure with the server's words.
func (c connection) ask(ctx context.Context, q call, into any) ([]byte, error) {
	if q.method == http.MethodPost && q.once == "" {
		q.once = onceKey(rand.Text())
	}
	for try := 0; ; try++ {
		data, err := c.once(ctx, q)
		var open unanswered
		switch {
		case err == nil && into != nil && json.Unmarshal(data, into) != nil:
			return nil, failure{exitNoReply, c.foreign("200")}
		case err == nil:
			return data, nil
		case !errors.As(err, &open):
			return nil, err
		case !open.again || try == len(pauses) || !wait(ctx, pauses[try]):
			if f := (failure{}); q.method == http.MethodPost && errors.As(err, &f) {
				err = failure{f.code, fmt.Errorf("%w\n%s", err, c.words.Text("program.failed.unknown", "key", string(q.once)))}
			}
			return nil, err
		}
	}
}

func wait(ctx context.Context, pause time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(pause):
		return true
	}
}

// once sends a call one time and reads the answer whole.
func (c connection) once(ctx context.Context, q call) ([]byte, error) {
	body, err := c.open(ctx, q)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	data, err := io.ReadAll(io.LimitReader(body, 64<<20))
	if err != nil {
		return nil, c.lost(ctx, err)
	}
	return data, nil
}

// open sends a call one time and returns the body of an answer that is yes, to be read as it comes.
func (c connection) open(ctx context.Context, q call) (io.ReadCloser, error) {
	answer, err := c.send(ctx, q)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode < 300 {
		return answer.Body, nil
	}
	defer answer.Body.Close()
	data, _ := io.ReadAll(io.LimitReader(answer.Body, 1<<20)) // what has come of it is looked at
	return nil, c.refused(answer, data)
}

// send sends a call one time and returns the answer, whatever it is. It breaks off when nothing comes for a while.
func (c connection) send(ctx context.Context, q call) (*http.Response, error) {
	var content []byte
	if q.body != nil {
		var err error
		if content, err = json.Marshal(q.body); err != nil {
			return nil, err
		}
	}
	within, stop := context.WithCancelCause(ctx)
	var sent atomic.Bool
	traced := httptrace.WithClientTrace(within, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { sent.Store(true) }})
	request, err := http.NewRequestWithContext(traced, q.method, c.server+q.path, bytes.NewReader(content))
	if err != nil {
		stop(nil)
		return nil, wrongUse("%w", err)
	}
	if q.body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if q.once != "" {
		request.Header.Set("Idempotency-Key", string(q.once))
	}
	if c.key != "" {
		request.Header.Set("Authorization", "Bearer "+c.key)
	}
	watch := time.AfterFunc(c.patience, func() { stop(errSlow) })
	answer, err := c.http.Do(request)
	watch.Stop()
	if err == nil {
		answer.Body = patient{answer.Body, within, stop, watch, c.patience}
		return answer, nil
	}
	stop(nil)
	if u := (*url.Error)(nil); errors.As(err, &u) { // without the URL's path: it may hold a code
		err = u.Err
	}
	if !sent.Load() { // nothing was done
		return nil, failure{exitNoReply, c.silent(ctx, err)}
	}
	return nil, c.lost(ctx, err)
}

var errSlow = errors.New("nothing has come for a while")

// patient reads a body and ends its request when nothing comes for a while.
type patient struct {
	io.ReadCloser
	ctx      context.Context
	stop     context.CancelCauseFunc
	watch    *time.Timer
	patience time.Duration
}

func (p patient) Read(b []byte) (int, error) {
	p.watch.Reset(p.patience)
	n, err := p.ReadCloser.Read(b)
	p.watch.Stop() // what was read may take its time elsewhere
	if err != nil && err != io.EOF && context.Cause(p.ctx) == errSlow {
		err = errSlow
	}
	return n, err
}

func (p patient) Close() error {
	p.watch.Stop()
	defer p.stop(nil)
	return p.ReadCloser.Close()
}

// lost is an answer that got lost with its connection. One that is waited for in vain would be so again.
func (c connection) lost(ctx context.Context, err error) error {
	return unanswered{failure{exitNoReply, c.silent(ctx, err)}, ctx.Err() == nil && !errors.Is(err, errSlow)}
}

// silent is an answer that did not come, or not to its end.
func (c connection) silent(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return errors.New(c.words.Text("program.failed.stopped"))
	}
	return errors.New(c.words.Text("program.failed.no-answer", "server", c.server, "why", err.Error()))
}

// foreign is an answer that is none of testamur's.
func (c connection) foreign(status string) error {
	return errors.New(c.words.Text("program.failed.foreign", "server", c.server, "status", status))
}

// refused reads an answer that is not yes. Only one in testamur's own words is an answer: what stands before the server,
// or in its place, cannot say no for it.
func (c connection) refused(answer *http.Response, data []byte) error {
	var p struct {
		Type, Title, Detail, Field, Parameter string
		RequestID                             string `json:"request_id"`
	}
	status := answer.StatusCode
	if status < 400 {
		to := answer.Header.Get("Location")
		if there, err := url.Parse(to); err == nil && there.Host != "" {
			to = there.Scheme + "://" + there.Host
		}
		return wrongUse("%s", c.words.Text("program.failed.moved", "server", c.server, "to", to))
	}
	ours := json.Unmarshal(data, &p) == nil && p.Title != ""
	text := p.Title
	if p.Detail != "" {
		text += ": " + p.Detail
	}
	if name := p.Field + p.Parameter; name != "" && !strings.HasPrefix(p.Detail, name) {
		text += " (" + name + ")"
	}
	if p.RequestID != "" && status >= 500 {
		text += " " + c.words.Text("program.failed.request", "id", p.RequestID)
	}
	if after := answer.Header.Get("Retry-After"); after != "" && strings.Trim(after, "0123456789") == "" {
		text += " " + c.words.Text("program.failed.later", "seconds", after)
	}
	switch {
	case status == http.StatusUnauthorized:
		return wrongUse("%s", c.words.Text("program.failed.wrong-key", "server", c.server))
	case !ours:
		return unanswered{failure{exitNoReply, c.foreign(answer.Status)}, false}
	case strings.HasSuffix(p.Type, "/in-progress"):
		return unanswered{failure{exitNo, errors.New(text)}, true}
	case status == http.StatusTooManyRequests, status == http.StatusInsufficientStorage: // nothing was done
		return failure{exitNoReply, errors.New(text)}
	case status >= 500:
		return unanswered{failure{exitNoReply, errors.New(text)}, false}
	}
	return failure{exitNo, no{status, text}}
}

// no is an answer of the server that is no.
type no struct {
	status int
	text   string
}

func (n no) Error() string { return n.text }

// missing reports whether the server says that there is no such thing. It speaks of an address, which nobody typed.
func missing(err error) bool {
	var n no
	return errors.As(err, &n) && n.status == http.StatusNotFound
}

// printable reports whether s can stand in a header: printable ASCII.
func printable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

// filled leaves out what is empty.
func filled(m map[string]any) map[string]any {
	for k, v := range m {
		if v == "" {
			delete(m, k)
		}
	}
	return m
}

// printJSON shows an object as it came, with an indent.
func printJSON(out io.Writer, data []byte) error {
	var b bytes.Buffer
	if err := json.Indent(&b, bytes.TrimSpace(data), "", "  "); err != nil {
		return err
	}
	b.WriteByte('\n')
	_, err := b.WriteTo(out)
	return err
}
