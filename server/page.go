package server

import (
	"strings"

	"github.com/gofiber/fiber/v2"
)

func (s *Server) home(c *fiber.Ctx) error {
	s.headers(c, classPage)
	return s.send(c, htmlType, s.Pages.Home(s.words))
}

// asset answers a file whose address holds the hash of its content.
func (s *Server) asset(c *fiber.Ctx) error {
	body, mime, ok := s.Pages.Asset(strings.Clone(c.Path()))
	if !ok {
		return fiber.ErrNotFound
	}
	s.headers(c, classPage)
	c.Set(fiber.HeaderCacheControl, "public, max-age=31536000, immutable")
	return s.send(c, mime, body)
}

// robots keeps crawlers from the API alone: pages that are not to be indexed must be fetched to see that they say so.
func (s *Server) robots(c *fiber.Ctx) error {
	s.headers(c, classPage)
	return s.send(c, textType, []byte("User-agent: *\nDisallow: /api/\n"))
}
