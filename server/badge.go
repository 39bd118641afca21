package server

import (
	"context"
	"errors"
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
	size, err := sizeOf(c)
	if err != nil {
		return err
	}
	return s.badgeAt(c, code, size)
}

// preview answers /previews/{code}.png: the picture that stands beside a link.
func (s *Server) preview(c *fiber.Ctx) error {
	code, err := codeOf(c, "file", ".png")
	if err != nil {
		return err
	}
	return s.badgeAt(c, code, previewSize())
}

func previewSize() size {
	w, h, _ := render.StylePreview.Fit(0, 0)
	return size{style: render.StylePreview, w: w, h: h}
}

func (s *Server) badgeAt(c *fiber.Ctx, code verify.Code, size size) error {
	for range draws {
		v, err := s.checkRecent(code)
		hidden := errors.Is(err, verify.ErrNotFound)
		if err != nil && !hidden {
			return err
		}
		if size.download && (hidden || v.Status != verify.Valid) {
			return errNoRecord
		}
		if hidden || v.Status == verify.Revoked || v.Status == verify.Suspended {
			return s.notShown(c, size)
		}
		b := s.drawn(v, size)
		if conditional(c) && s.unchanged(c, s.Press.ETag(b)) {
			s.aboutBadge(c, v, size, cacheControl(v))
			return nil
		}
		maxAge, maxStale := farAge, farStale
		p, err := s.Press.Badge(context.Background(), b)
		if errors.Is(err, render.ErrBusy) {
			maxAge, maxStale = standInAge, 0
			p, err = s.Press.Larger(context.Background(), b)
		}
		if err != nil {
			return err
		}
		if v, ok := s.still(v, p, s.checkRecent); ok {
			s.aboutBadge(c, v, size, cacheControlUpTo(v, maxAge, maxStale))
			return s.picture(c, p, nil)
		}
	}
	return render.ErrBusy
}

// notShown answers with the neutral picture, which says the same of everything that is not shown.
func (s *Server) notShown(c *fiber.Ctx, size size) error {
	c.Set(fiber.HeaderCacheControl, neutralCache)
	n := s.neutral(size)
	if conditional(c) && s.unchanged(c, s.Press.ETag(n)) {
		return nil
	}
	p, err := s.Press.Neutral(context.Background(), n)
	if errors.Is(err, render.ErrBusy) {
		c.Set(fiber.HeaderCacheControl, "public, max-age="+strconv.Itoa(standInAge))
		p, err = s.Press.ReadyNeutral(n), nil
	}
	return s.picture(c, p, err)
}

// aboutBadge sets what goes out with a badge. It comes last: until then the answer may become another one.
func (s *Server) aboutBadge(c *fiber.Ctx, v verify.Verdict, size size, cache string) {
	c.Set(fiber.HeaderCacheControl, cache)
	c.Set("Surrogate-Key", surrogate(v))
	if size.download {
		c.Set(fiber.HeaderContentDisposition, `attachment; filename="`+v.Certification+"-"+string(v.Code)+`.png"`)
	}
}

// standInAge is how many seconds a larger picture stands for the one that there is no room to draw now: the one answer that is
// not of the size asked for.
const standInAge = 10

// drawn is the value of the picture that shows a credential.
func (s *Server) drawn(v verify.Verdict, size size) render.Badge {
	return render.Badge{Certification: v.Certification, Edition: v.Edition, Name: v.Name, Lang: v.Lang, State: state(v), ValidTo: s.date(v.ExpiresAt),
		Code: string(v.Code), Tier: v.Tier, Words: s.words.Tag(), Style: size.style, Width: size.w, Height: size.h}
}

// previewVersion changes with what the picture beside a link shows: sites that keep such pictures for long ask for it
// anew when its address is another. It is passed over in what is asked.
func (s *Server) previewVersion(v verify.Verdict) string {
	return strings.Trim(s.Press.ETag(s.drawn(v, previewSize())), `"`)[:12]
}

// neutral is the picture for everything that is not shown: nothing but the size is in it.
func (s *Server) neutral(size size) render.Neutral {
	return render.Neutral{Words: s.words.Tag(), Style: size.style, Width: size.w, Height: size.h}
}

func state(v verify.Verdict) render.State {
	if v.Status == verify.Expired {
		return render.StateExpired
	}
	return render.StateValid
}

// surrogate names the credential and the certification to caches that can drop what a name stands for.
func surrogate(v verify.Verdict) string { return "cred-" + string(v.Code) + " cert-" + v.Certification }
