package server

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp/pprofhandler"

	"testamur/verify"
)

const readyDeadline = 400 * time.Millisecond

// live says that the process answers.
func (s *Server) live(c *fiber.Ctx) error { return s.health(c, nil) }

var errDraining = errors.New("the server was told to stop")

// answered is an error whose request has its answer already: the log alone wants it.
type answered struct{ error }

func (a answered) Unwrap() error { return a.error }

// ready says that the store answers too: only "not found" for a code that nobody has shows that it does.
func (s *Server) ready(c *fiber.Ctx) error {
	if s.draining.Load() {
		return s.health(c, errDraining)
	}
	ctx, cancel := context.WithTimeout(context.Background(), s.patience)
	defer cancel()
	_, err := s.Registry.Check(ctx, nobody)
	if errors.Is(err, verify.ErrNotFound) {
		err = nil
	}
	return s.health(c, err)
}

// health answers, and hands on why not.
func (s *Server) health(c *fiber.Ctx, ill error) error {
	c.Set(fiber.HeaderCacheControl, "no-store")
	if ill != nil {
		c.Status(fiber.StatusServiceUnavailable)
		_ = s.send(c, textType, []byte("not ready\n"))
		return answered{ill}
	}
	return s.send(c, textType, []byte("ok\n"))
}

const nobody verify.Code = "0000-0000-0000"

// profileNames are what go tool pprof asks for; the empty one is the list of them. The command line is not among them: keys
// may be on it.
var profileNames = []string{"", "allocs", "block", "goroutine", "heap", "mutex", "profile", "symbol", "threadcreate", "trace"}

// profiles answers by the decoded path, as the handler does: a name may be written in many ways.
func profiles(c *fiber.Ctx) error {
	name, ok := strings.CutPrefix(string(c.Context().Path()), "/debug/pprof/")
	if !ok || !slices.Contains(profileNames, name) {
		return fiber.ErrNotFound
	}
	return adapt(c, pprofhandler.PprofHandler)
}

func toProfiles(c *fiber.Ctx) error {
	return c.Redirect("/debug/pprof/", fiber.StatusPermanentRedirect)
}
