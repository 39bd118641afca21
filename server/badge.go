package server

import (
	"errors"
	"net/url"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"testamur/render"
	"testamur/verify"
)

// badge answers /badges/{code}.png: the badge as the credential is now, or the neutral picture.
func (s *Server) badge(c *fiber.Ctx) error {
	code, err := codeOf(c, "file", ".png")
	if err != nil {
		return err
	}
	size, err := sealSize(c)
	if err != nil {
		return err
	}
	v, err := s.check(c, code)
	hidden := errors.Is(err, verify.ErrNotFound)
	if err != nil && !hidden {
		return err
	}
	s.headers(c, classPicture)
	if size.download {
		if hidden || v.Status != verify.Valid {
			return errNoRecord
		}
		c.Set(fiber.HeaderContentDisposition, `attachment; filename="`+v.Certification+"-"+string(v.Code)+`.png"`)
	}
	if hidden || v.Status == verify.Revoked || v.Status == verify.Suspended {
		c.Set(fiber.HeaderCacheControl, neutralCache)
		n := render.Neutral{Words: s.words.Tag(), Width: size.w, Height: size.h}
		return s.picture(c, s.tagIfAsked(c, n), func() (render.Picture, error) { return s.Press.Neutral(c.Context(), n) })
	}
	c.Set(fiber.HeaderCacheControl, cacheControl(v))
	s.surrogate(c, v)
	b := render.Badge{Certification: v.Certification, Edition: v.Edition, Name: v.Name, Lang: v.Lang, State: state(v), ValidTo: s.date(v.ExpiresAt),
		Code: string(v.Code), Tier: v.Tier, Words: s.words.Tag(), Width: size.w, Height: size.h}
	return s.picture(c, s.tagIfAsked(c, b), func() (render.Picture, error) { return s.Press.Badge(c.Context(), b) })
}

// tagIfAsked spares the hash where the client sends no tag: what is kept knows its own.
func (s *Server) tagIfAsked(c *fiber.Ctx, value any) string {
	if len(c.Request().Header.Peek(fiber.HeaderIfNoneMatch)) == 0 {
		return ""
	}
	return s.Press.ETag(value)
}

func state(v verify.Verdict) render.State {
	if v.Status == verify.Expired {
		return render.StateExpired
	}
	return render.StateValid
}

func (s *Server) surrogate(c *fiber.Ctx, v verify.Verdict) {
	c.Set("Surrogate-Key", "cred-"+string(v.Code)+" cert-"+v.Certification)
}

// certificate answers /certificates/{code}.pdf.
func (s *Server) certificate(c *fiber.Ctx) error {
	code, err := codeOf(c, "file", ".pdf")
	if err != nil {
		return err
	}
	paper := render.A4
	if err := query(c, func(name, value string) error {
		if name == "paper" {
			if paper = render.Paper(value); paper != render.A4 && paper != render.Letter {
				return badParameter{name, "a4 or letter"}
			}
		}
		return nil
	}, "paper"); err != nil {
		return err
	}
	v, err := s.checkCounted(c, code)
	if err != nil {
		return err
	}
	if v.Status == verify.Revoked || v.Status == verify.Suspended {
		return errNoRecord
	}
	s.headers(c, classPDF)
	c.Set(fiber.HeaderCacheControl, cacheControl(v))
	s.surrogate(c, v)
	c.Set(fiber.HeaderContentDisposition, `inline; filename="`+v.Certification+"-"+string(v.Code)+`.pdf"`)
	granted := v.Granted()
	value := render.Certificate{Certification: v.Certification, Edition: v.Edition, Name: v.Name, Lang: v.Lang,
		Organisation: v.Kind == verify.Organisation, State: state(v), Granted: civil(granted), ValidTo: s.date(v.ExpiresAt),
		Code: string(v.Code), Tier: v.Tier, Words: s.words.Tag(), Paper: paper}
	return s.picture(c, s.tagIfAsked(c, value), func() (render.Picture, error) { return s.Press.Certificate(c.Context(), value) })
}

// codeOf reads the code of a path, which must end in suffix. A path that does not is not one of ours.
func codeOf(c *fiber.Ctx, param, suffix string) (verify.Code, error) {
	raw, ok := strings.CutSuffix(strings.Clone(c.Params(param)), suffix) // Fiber reuses the bytes of a parameter
	if !ok {
		return "", fiber.ErrNotFound
	}
	text, err := url.PathUnescape(raw)
	if err != nil {
		return "", verify.ErrMalformed
	}
	return verify.ParseCode(text)
}

// typed is what stands where a code should, for the form to keep.
func typed(c *fiber.Ctx) string {
	raw := c.Query("code")
	if raw == "" {
		raw = c.Params("code", c.Params("file"))
		raw = strings.TrimSuffix(raw, ".pdf")
		if text, err := url.PathUnescape(raw); err == nil {
			raw = text
		}
	}
	raw = strings.ToValidUTF8(raw, "\uFFFD")
	if runes := []rune(raw); len(runes) > 40 {
		raw = string(runes[:40])
	}
	return strings.Clone(raw)
}

// query gives each known parameter once. A known one that is doubled or empty is refused, an unknown one passed over.
func query(c *fiber.Ctx, each func(name, value string) error, known ...string) error {
	seen := map[string]bool{}
	for k, v := range c.Context().QueryArgs().All() {
		name := string(k)
		ours := false
		for _, n := range known {
			ours = ours || n == name
		}
		if !ours {
			continue
		}
		if seen[name] {
			return badParameter{name, "once"}
		}
		seen[name] = true
		if len(v) == 0 {
			return badParameter{name, "a value"}
		}
		if err := each(name, string(v)); err != nil {
			return err
		}
	}
	return nil
}

type size struct {
	w, h     int
	download bool
}

const sealDefault, sealMin, sealMax, downloadWidth = 300, 32, 1200, 600

// sealSize reads the parameters of a badge.
func sealSize(c *fiber.Ctx) (size, error) {
	out := size{w: sealDefault, h: sealDefault}
	args := c.Context().QueryArgs()
	if args.Len() == 0 {
		return out, nil
	}
	var w, h int
	err := query(c, func(name, value string) (err error) {
		switch name {
		case "w":
			w, err = pixels(name, value)
		case "h":
			h, err = pixels(name, value)
		case "style":
			if value != "seal" {
				err = badParameter{name, "seal"}
			}
		case "download":
			if out.download = value == "1"; !out.download {
				err = badParameter{name, "1"}
			}
		}
		return err
	}, "w", "h", "style", "download")
	if err != nil {
		return out, err
	}
	switch {
	case out.download:
		out.w, out.h = downloadWidth, downloadWidth
	case w != 0 && h != 0:
		out.w, out.h = w, h
	case w != 0:
		out.w, out.h = w, w
	case h != 0:
		out.w, out.h = h, h
	}
	return out, nil
}

func pixels(name, value string) (int, error) {
	n, err := strconv.Atoi(value)
	if err != nil || n < sealMin || n > sealMax || strconv.Itoa(n) != value {
		return 0, badParameter{name, strconv.Itoa(sealMin) + ".." + strconv.Itoa(sealMax)}
	}
	return n, nil
}
