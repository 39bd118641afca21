package main

import (
	"io"
	"log/slog"
	"sync"
	"time"
)

// logger returns the log of a server. On a terminal each line stands there at once; elsewhere lines wait a moment for others,
// and the last of them for flush.
func logger(w *world, format string) (log *slog.Logger, flush func()) {
	to := &gathered{to: w.Stderr, within: 100 * time.Millisecond}
	if w.Terminal {
		to.within = 0
	}
	if format == "text" || format == "" && w.Terminal {
		return slog.New(slog.NewTextHandler(to, nil)), to.flush
	}
	return slog.New(slog.NewJSONHandler(to, nil)), to.flush
}

// gathered passes on what is written to it together with what comes within a time: a call of the system for each request
// would be a sixth of all that a badge costs. It never fails, since there is nobody to tell.
type gathered struct {
	to     io.Writer
	within time.Duration // 0: at once

	mu      sync.Mutex
	waiting []byte
	due     bool // a flush will come by itself
}

// full is when nothing waits any longer.
const full = 64 << 10 // bytes

func (g *gathered) Write(b []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.waiting = append(g.waiting, b...)
	switch {
	case g.within == 0 || len(g.waiting) >= full:
		g.pass()
	case !g.due:
		g.due = true
		time.AfterFunc(g.within, g.flush)
	}
	return len(b), nil
}

// flush passes on what waits.
func (g *gathered) flush() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.due = false
	g.pass()
}

func (g *gathered) pass() {
	if len(g.waiting) > 0 {
		_, _ = g.to.Write(g.waiting)
	}
	g.waiting = g.waiting[:0]
}
