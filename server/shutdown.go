package server

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// Drain says "not ready" from now on and ends each connection with its next answer, so that those who ask go elsewhere.
// Requests are answered as before. Shutdown begins with it.
func (s *Server) Drain() { s.draining.Store(true) }

const (
	arrival = time.Second // how long a request may still arrive once nobody new is let in
	parting = time.Second // how long the admin listener may take after the public one
)

// Shutdown lets nobody new in, lets the requests under way finish while ctx lasts, and ends Serve. What is not finished
// then is left to its fate, and the log says how many. /readyz and /metrics answer on the admin listener until the others
// are done.
func (s *Server) Shutdown(ctx context.Context) error {
	s.Drain()
	s.mu.Lock()
	s.stopping = true
	s.mu.Unlock()
	err := s.end(ctx, s.app, &s.open, arrival)
	s.stop() // what is sent as it is made is waited for no longer
	soon, cancel := context.WithTimeout(ctx, parting)
	defer cancel()
	err = errors.Join(err, s.end(soon, s.admin, &s.openAdmin, 0))
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.listeners {
		_ = l.Close() // most are closed by now; one on which Serve was about to begin is not known to Fiber yet
	}
	return err
}

func (s *Server) end(ctx context.Context, app *fiber.App, open *connections, arrival time.Duration) error {
	ended := make(chan error, 1)
	go func() { ended <- app.ShutdownWithContext(ctx) }()
	// Fiber waits for everybody who is connected, also for those who send nothing, until their time to read is over.
	last, tick := time.Now().Add(arrival), time.NewTicker(50*time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-ended:
			if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
				s.Log.Warn("stopped before every request was finished", "connections", open.count())
				return nil
			}
			return err
		case <-tick.C: // again and again: each connection's own deadline is set when its next request begins
			open.readUntil(last)
		}
	}
}

// door is a listener that lets in those who stand before it when it closes: the system has told them already that they are
// connected, and would break their connections off.
type door struct {
	net.Listener
	mu     sync.Mutex
	closed bool
	late   []net.Conn
}

func (d *door) Accept() (net.Conn, error) {
	c, err := d.Listener.Accept()
	if err == nil {
		return c, nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case len(d.late) > 0:
		c, d.late = d.late[0], d.late[1:]
		return c, nil
	case d.closed:
		return nil, net.ErrClosed
	}
	return nil, err
}

func (d *door) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil
	}
	d.closed, d.late = true, lock(d.Listener)
	return d.Listener.Close()
}

// connections are those that a listener has open.
type connections struct {
	mu  sync.Mutex
	set map[net.Conn]struct{}
}

func (o *connections) note(c net.Conn, state fasthttp.ConnState) {
	switch state {
	case fasthttp.StateNew:
		o.mu.Lock()
		defer o.mu.Unlock()
		if o.set == nil {
			o.set = map[net.Conn]struct{}{}
		}
		o.set[c] = struct{}{}
	case fasthttp.StateClosed, fasthttp.StateHijacked:
		o.mu.Lock()
		defer o.mu.Unlock()
		delete(o.set, c)
	}
}

func (o *connections) count() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.set)
}

// readUntil ends the reading of all connections at a time. Answers to what was read by then still go out.
func (o *connections) readUntil(last time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for c := range o.set {
		_ = c.SetReadDeadline(last) // one that is closed by now needs none
	}
}
