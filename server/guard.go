package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"runtime"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// known puts a method that Fiber does not know in the place of one that no route has: it is then 405 as that one is.
func known(then fasthttp.RequestHandler) fasthttp.RequestHandler {
	return func(c *fasthttp.RequestCtx) {
		switch string(c.Method()) {
		case "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS":
		default:
			c.Request.Header.SetMethod("TRACE")
		}
		then(c)
	}
}

// addressed gives a request whose body broke off, and whose address is forgotten with it, one of the API: no other takes bodies.
func addressed(then func(*fasthttp.RequestCtx, error)) func(*fasthttp.RequestCtx, error) {
	return func(c *fasthttp.RequestCtx, err error) {
		// What is wrong with headers says so, what is wrong with a chunk has no type. Of what came too late nobody knows which it was.
		head := strings.Contains(err.Error(), "request headers") || errors.As(err, new(net.Error))
		if !head && len(c.Request.Header.RawHeaders()) == 0 {
			c.Request.SetRequestURI("/api/")
		}
		then(c, err)
	}
}

// watch begins the answer with the headers of its class, refuses what is not strict, answers errors and panics of what comes
// after it, and writes the one line of log that a request has.
func (s *Server) watch(c *fiber.Ctx) error {
	began, k := s.Metrics.clock(), routeClassOf(c.Path())
	if c.App() != s.admin { // whose paths have no classes
		s.begin(c, k)
	}
	err := survive(func() error {
		if err := strict(c); err != nil {
			return err
		}
		return c.Next()
	})
	if has, ok := err.(answered); ok {
		err = has.error
	} else if err != nil {
		err = s.give(c, err)
	}
	if s.draining.Load() {
		c.Context().SetConnectionClose()
	}
	s.note(c, k, c.Route().Path, began, err)
	return nil
}

// give answers an error, and where even that breaks says so without a word.
func (s *Server) give(c *fiber.Ctx, err error) error {
	broken := survive(func() error {
		s.fail(c, err)
		return nil
	})
	if broken != nil {
		c.Response().Reset()
		c.Status(fiber.StatusInternalServerError)
		return broken
	}
	return err
}

// fault is an error that is ours: it stands in the log and nowhere else.
type fault struct {
	err   string
	stack []byte
}

func (f fault) Error() string { return f.err }

// survive turns a panic into an error: it would end the process. Its text may hold what a client sent or a name, so
// only that of the language's own panics goes on.
func survive(do func() error) (err error) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case runtime.Error:
			err = fault{"panic: " + p.Error(), debug.Stack()}
		default:
			err = fault{fmt.Sprintf("panic with a %T", p), debug.Stack()}
		}
	}()
	return do()
}

const requestIDKey = "request_id"

// note counts a request and logs it: by the pattern of its route, never by its address, which holds a code. Machines that
// are content with what they hear are not logged.
func (s *Server) note(c *fiber.Ctx, k routeClass, route string, began time.Duration, err error) {
	status, took := c.Response().StatusCode(), s.Metrics.clock()-began
	machine := c.App() == s.admin
	if !machine {
		s.Metrics.request(k, status, took)
		machine = k == classHealth
	}
	if machine && status < 400 {
		return
	}
	level := slog.LevelInfo
	if status >= 500 && !errors.Is(err, errDraining) {
		level = slog.LevelError
	}
	ctx := context.Background()
	log := s.lines.of(s.Log.Handler(), c.Method(), route, status)
	if !log.Enabled(ctx, level) {
		return
	}
	var room [5]slog.Attr
	line := append(room[:0], slog.Duration("took", took))
	if key, ok := c.Locals(callerKey).(string); ok {
		line = append(line, slog.String("key", key))
	}
	if id, ok := c.Locals(requestIDKey).(string); ok {
		line = append(line, slog.String("request_id", id))
	}
	if status >= 500 && err != nil {
		line = append(line, slog.String("error", err.Error()))
		if f, ok := err.(fault); ok {
			line = append(line, slog.String("stack", string(f.stack)))
		}
	}
	record := slog.NewRecord(s.Now(), level, "request", 0) // where in the code it is logged would cost as much as half the rest
	record.AddAttrs(line...)
	_ = log.Handle(ctx, record)
}

// lines are handlers of lines of log that begin alike. Those of routes are few, and each beginning is written out once.
type lines struct {
	known atomic.Pointer[map[beginning]slog.Handler] // never changed, but replaced
}

type beginning struct {
	method, route string
	status        int
}

// of returns a handler whose lines begin so. Where there was no route the method may be anything that a client made up, and
// nothing is kept.
func (l *lines) of(h slog.Handler, method, route string, status int) slog.Handler {
	if known := l.known.Load(); known != nil {
		if begun, ok := (*known)[beginning{method, route, status}]; ok {
			return begun
		}
	}
	method, route = strings.Clone(method), strings.Clone(route)
	begun := h.WithAttrs([]slog.Attr{slog.String("method", method), slog.String("route", route), slog.Int("status", status)})
	if route != "" {
		l.keep(beginning{method, route, status}, begun)
	}
	return begun
}

func (l *lines) keep(b beginning, begun slog.Handler) {
	known := map[beginning]slog.Handler{}
	if now := l.known.Load(); now != nil {
		known = maps.Clone(*now)
	}
	known[b] = begun
	l.known.Store(&known) // of two at a time one may be lost, and is made again
}

// strict refuses requests that a proxy before us may have read otherwise: folded lines, and a length beside chunks.
// Two hosts and two lengths are refused by fasthttp.
func strict(c *fiber.Ctx) error {
	framings := 0
	for line := range bytes.Lines(c.Request().Header.RawHeaders()) {
		switch line[0] {
		case ' ', '\t':
			return ambiguous(c, "header")
		case 'C', 'c', 'T', 't':
			name, _, _ := bytes.Cut(line, []byte(":"))
			if bytes.EqualFold(name, []byte("Content-Length")) || bytes.EqualFold(name, []byte("Transfer-Encoding")) {
				framings++
			}
		}
	}
	if framings > 1 {
		return ambiguous(c, "Content-Length")
	}
	return nil
}

func ambiguous(c *fiber.Ctx, header string) error {
	c.Context().SetConnectionClose()
	return badParameter{name: header, why: "ambiguous"}
}
