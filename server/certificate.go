package server

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"testamur/render"
	"testamur/verify"
)

// certificate answers /certificates/{code}.pdf and its picture, /certificates/{code}.png, for what is valid or was: in the
// language that is asked for, else in the holder's where it is offered, else in the first.
func (s *Server) certificate(c *fiber.Ctx) error {
	kind, suffix := classOf(c.Path()), ".pdf"
	if kind == classSheet {
		suffix = ".png"
	}
	code, err := codeOf(c, "file", suffix)
	if err != nil {
		return err
	}
	sheet, err := s.sheetOf(c, kind)
	if err != nil {
		return err
	}
	for range draws {
		v, err := s.checkCounted(c, code)
		if err != nil {
			return err
		}
		if v.Status == verify.Revoked || v.Status == verify.Suspended {
			return s.miss(c)
		}
		value := s.certified(v, sheet)
		if conditional(c) && s.unchanged(c, s.Press.ETag(value)) {
			s.aboutCertificate(c, v, kind)
			return nil
		}
		p, err := s.Press.Certificate(context.Background(), value)
		if err != nil {
			return err
		}
		if v, ok := s.still(v, p, s.check); ok {
			s.aboutCertificate(c, v, kind)
			return s.picture(c, p, nil)
		}
	}
	return render.ErrBusy
}

// certified is the value of the certificate of a credential.
func (s *Server) certified(v verify.Verdict, sheet sheet) render.Certificate {
	words := s.Messages.Nearest(v.Lang).Tag()
	if sheet.lang != "" {
		words = sheet.lang
	}
	return render.Certificate{Certification: v.Certification, Edition: v.Edition, Name: v.Name, Lang: v.Lang,
		Organisation: v.Kind == verify.Organisation, State: state(v), Granted: civil(v.Granted()), ValidTo: s.date(v.ExpiresAt),
		Code: string(v.Code), Tier: v.Tier, Words: words, Paper: sheet.paper, Width: sheet.width}
}

// aboutCertificate sets what goes out with a certificate. It comes last: until then the answer may become another one.
func (s *Server) aboutCertificate(c *fiber.Ctx, v verify.Verdict, kind class) {
	c.Set(fiber.HeaderCacheControl, cacheControl(v))
	c.Set("Surrogate-Key", surrogate(v))
	if kind == classPDF {
		c.Set(fiber.HeaderContentDisposition, `inline; filename="`+v.Certification+"-"+string(v.Code)+`.pdf"`)
	}
}
