package server

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"testamur/render"
	"testamur/verify"
)

// certificate answers /certificates/{code}.pdf, for what is valid or was.
func (s *Server) certificate(c *fiber.Ctx) error {
	code, err := codeOf(c, "file", ".pdf")
	if err != nil {
		return err
	}
	paper := render.A4
	err = query(c, func(name, value string) error {
		paper = render.Paper(value)
		return choice(name, value, string(render.A4), string(render.Letter))
	}, "paper")
	if err != nil {
		return err
	}
	v, err := s.checkCounted(c, code)
	if err != nil {
		return err
	}
	if v.Status == verify.Revoked || v.Status == verify.Suspended {
		return s.miss(c)
	}
	s.headers(c, classPDF)
	c.Set(fiber.HeaderCacheControl, cacheControl(v))
	c.Set("Surrogate-Key", surrogate(v))
	c.Set(fiber.HeaderContentDisposition, `inline; filename="`+v.Certification+"-"+string(v.Code)+`.pdf"`)
	value := render.Certificate{Certification: v.Certification, Edition: v.Edition, Name: v.Name, Lang: v.Lang,
		Organisation: v.Kind == verify.Organisation, State: state(v), Granted: civil(v.Granted()), ValidTo: s.date(v.ExpiresAt),
		Code: string(v.Code), Tier: v.Tier, Words: s.words.Tag(), Paper: paper}
	if conditional(c) && s.unchanged(c, s.Press.ETag(value)) {
		return nil
	}
	p, err := s.Press.Certificate(context.Background(), value)
	return s.picture(c, p, err)
}
