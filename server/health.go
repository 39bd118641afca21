package server

import (
	"context"
	"errors"
	"time"

	"github.com/gofiber/fiber/v2"

	"testamur/verify"
)

const readyDeadline = 400 * time.Millisecond

// live says that the process answers.
func (s *Server) live(c *fiber.Ctx) error { return s.health(c, true) }

// ready says that the store answers too: only "not found" for a code that nobody has shows that it does.
func (s *Server) ready(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(context.Background(), readyDeadline)
	defer cancel()
	_, err := s.Registry.Check(ctx, nobody)
	return s.health(c, !s.draining.Load() && (err == nil || errors.Is(err, verify.ErrNotFound)))
}

func (s *Server) health(c *fiber.Ctx, well bool) error {
	c.Set(fiber.HeaderCacheControl, "no-store")
	if !well {
		c.Status(fiber.StatusServiceUnavailable)
		return s.send(c, textType, []byte("not ready\n"))
	}
	return s.send(c, textType, []byte("ok\n"))
}

const nobody verify.Code = "0000-0000-0000"
