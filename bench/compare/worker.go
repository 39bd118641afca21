package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// worker is one peer in a process of its own, on core 0.
type worker struct {
	name  string
	in    io.WriteCloser
	lines chan reply
	err   error // why it measures nothing
	stop  func()
}

type reply struct {
	Ready bool   `json:"ready"`
	CPU   int64  `json:"cpu"` // microseconds
	Bytes int64  `json:"bytes"`
	Error string `json:"error"`
}

// begin starts a peer; one that does not come up is left out, with the reason.
func (b *bench) begin(name string) *worker {
	w := &worker{name: name, lines: make(chan reply, 1)}
	command := []string{"taskset", "-c", "0"}
	if slices.Contains(goPeers, name) {
		command = append(command, b.program("worker"), name, b.scene)
	} else {
		command = append(command, "node", "bench/peers/worker.mjs", name, b.scene)
	}
	ctx, cancel := context.WithCancel(b.ctx)
	c := exec.CommandContext(ctx, command[0], command[1:]...)
	c.Dir = b.root
	c.Env = append(os.Environ(), "GOMAXPROCS=1", "BENCH_FOLDER="+b.folder)
	var complaint strings.Builder
	c.Stderr = &tail{to: &complaint}
	out, err := c.StdoutPipe()
	if err == nil {
		w.in, err = c.StdinPipe()
	}
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		w.err, w.stop = err, cancel
		return w
	}
	go func() {
		defer close(w.lines)
		for s := bufio.NewScanner(out); s.Scan(); {
			var r reply
			if json.Unmarshal(s.Bytes(), &r) == nil {
				w.lines <- r
			}
		}
	}()
	w.stop = func() {
		_ = w.in.Close()
		cancel()
		_ = c.Wait()
	}
	if _, err := w.answer(2 * time.Minute); err != nil {
		w.stop()
		w.stop = func() {}
		w.err = fmt.Errorf("%w: %s", err, firstOf(complaint.String()))
	}
	return w
}

// tail keeps the beginning of what is written to it.
type tail struct{ to *strings.Builder }

func (t *tail) Write(p []byte) (int, error) {
	if t.to.Len() < 4000 {
		t.to.Write(p)
	}
	return len(p), nil
}

// firstOf is the line of a complaint that says most.
func firstOf(s string) string {
	for line := range strings.Lines(s) {
		if strings.Contains(line, "rror") || strings.HasPrefix(line, "worker:") {
			return strings.TrimSpace(line)
		}
	}
	return ""
}

func (w *worker) answer(within time.Duration) (reply, error) {
	select {
	case r, ok := <-w.lines:
		if !ok {
			return r, errors.New("it ended")
		}
		if r.Error != "" {
			return r, errors.New(r.Error)
		}
		return r, nil
	case <-time.After(within):
		return reply{}, errors.New("no answer within " + within.String())
	}
}

// ask sends a line and returns the answer.
func (w *worker) ask(format string, args ...any) (reply, error) {
	if w.err != nil {
		return reply{}, w.err
	}
	fmt.Fprintf(w.in, format+"\n", args...)
	r, err := w.answer(time.Minute)
	if err != nil {
		w.err = err
	}
	return r, err
}

// figure is what one item of a case costs a peer.
type figure struct {
	ms    float64 // CPU
	bytes float64
}

// race measures cases of peers in turn: every round asks each peer for as many as take about the share of time, and the median
// of the rounds counts. It returns nothing of a peer that failed.
func (b *bench) race(workers []*worker, cases []string) map[string]map[string]figure {
	type key struct{ peer, what string }
	count, rounds := map[key]int{}, map[key][]figure{}
	for _, w := range workers {
		for _, what := range cases {
			if _, err := w.ask("run %s 2", what); err != nil { // warm
				continue
			}
			r, err := w.ask("run %s 3", what)
			if err == nil {
				each := max(1, r.CPU/3)
				count[key{w.name, what}] = int(min(20000, max(1, b.share.Microseconds()/each)))
				_, _ = w.ask("run %s %d", what, max(1, count[key{w.name, what}]/2))
			}
		}
	}
	for round := range b.rounds {
		if round > 0 && b.late() {
			break
		}
		for _, what := range cases {
			for _, w := range workers {
				n := count[key{w.name, what}]
				if n == 0 || w.err != nil || b.ctx.Err() != nil {
					continue
				}
				if r, err := w.ask("run %s %d", what, n); err == nil {
					k := key{w.name, what}
					rounds[k] = append(rounds[k], figure{float64(r.CPU) / float64(n) / 1000, float64(r.Bytes) / float64(n)})
				}
			}
		}
	}
	out := map[string]map[string]figure{}
	for k, all := range rounds {
		if out[k.peer] == nil {
			out[k.peer] = map[string]figure{}
		}
		var ms, bytes []float64
		for _, f := range all {
			ms, bytes = append(ms, f.ms), append(bytes, f.bytes)
		}
		out[k.peer][k.what] = figure{median(ms), median(bytes)}
	}
	return out
}

func median(of []float64) float64 {
	if len(of) == 0 {
		return 0
	}
	of = slices.Sorted(slices.Values(of))
	return of[len(of)/2]
}
