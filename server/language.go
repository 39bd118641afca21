package server

import (
	"bytes"

	"github.com/gofiber/fiber/v2"

	"testamur/messages"
	"testamur/site"
)

// reader is who reads a page: in which words, and on which pages, whose links go on in a language that was chosen.
type reader struct {
	words  *messages.Language
	pages  *site.Pages
	chosen bool // by ?lang=
}

// readerOf reads ?lang=, else Accept-Language. Where ?lang= is an error, the reader is the one of Accept-Language.
func (s *Server) readerOf(c *fiber.Ctx) (r reader, err error) {
	err = query(c, func(name, value string) error {
		r = reader{s.Messages.In(value), s.Pages.Chosen(), true}
		return choice(name, value, s.Messages.Offered()...)
	}, "lang")
	if err != nil || !r.chosen {
		header := bytes.Join(c.Request().Header.PeekAll(fiber.HeaderAcceptLanguage), []byte(","))
		r = reader{s.Messages.Accepted(string(header)), s.Pages, false}
	}
	return r, err
}

// in gives a handler its reader.
func (s *Server) in(handler func(*fiber.Ctx, reader) error) fiber.Handler {
	return func(c *fiber.Ctx) error {
		r, err := s.readerOf(c)
		if err != nil {
			return err
		}
		return handler(c, r)
	}
}

// sendIn is send of what is said in a reader's words: caches keep one answer for each language that was not chosen.
func (s *Server) sendIn(c *fiber.Ctx, r reader, mime string, body []byte) error {
	if !r.chosen && len(s.Messages.Offered()) > 1 {
		c.Set(fiber.HeaderVary, fiber.HeaderAcceptLanguage)
	}
	return s.send(c, mime, body)
}
