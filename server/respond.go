package server

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"testamur/render"
	"testamur/verify"
)

const (
	htmlType    = "text/html; charset=utf-8"
	jsonType    = "application/json"
	problemType = "application/problem+json"
	textType    = "text/plain; charset=utf-8"
)

// headers sets what every answer of a class carries.
func (s *Server) headers(c *fiber.Ctx, k class) {
	h := &c.Response().Header
	h.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	switch k {
	case classPicture, classPDF:
		h.Set("Cross-Origin-Resource-Policy", "cross-origin")
		h.Set(fiber.HeaderAccessControlAllowOrigin, "*")
		h.Set("Timing-Allow-Origin", "*")
		h.Set(fiber.HeaderXRobotsTag, "noindex")
		h.Set(fiber.HeaderContentSecurityPolicy, "default-src 'none'")
	case classJSON:
		h.Set(fiber.HeaderAccessControlAllowOrigin, "*")
		h.Set(fiber.HeaderXRobotsTag, "noindex")
	case classPerson, classPage:
		h.Set(fiber.HeaderContentSecurityPolicy, "default-src 'none'; img-src 'self'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		h.Set(fiber.HeaderXFrameOptions, "DENY")
		h.Set(fiber.HeaderReferrerPolicy, "strict-origin-when-cross-origin")
		if k == classPerson {
			h.Set(fiber.HeaderReferrerPolicy, "no-referrer")
			h.Set(fiber.HeaderXRobotsTag, "noindex")
		}
		if s.secure {
			h.Set(fiber.HeaderStrictTransportSecurity, "max-age=31536000")
		}
	}
}

// send puts the body in. The bytes are shared and stay as they are.
func (s *Server) send(c *fiber.Ctx, mime string, body []byte) error {
	if strings.HasPrefix(mime, htmlType) && classOf(c.Path()) == classPDF { // an error page where a PDF was asked for
		c.Response().Header.Set(fiber.HeaderContentSecurityPolicy, "default-src 'none'; img-src 'self'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	}
	c.Response().Header.SetContentType(mime)
	c.Response().SetBodyRaw(body)
	return nil
}

func (s *Server) sendJSON(c *fiber.Ctx, v any) error {
	body, err := marshal(v)
	if err != nil {
		return err
	}
	return s.send(c, jsonType, body)
}

// marshal leaves names as they are written: JSON is read by programs, and < is an ordinary character.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// notModified reports whether the client has the answer with this tag already. It is asked only after the status
// was: a tag of the past must not tell that there was one.
func notModified(c *fiber.Ctx, etag string) bool {
	match := string(c.Request().Header.Peek(fiber.HeaderIfNoneMatch))
	if match == "" {
		return false
	}
	for tag := range strings.SplitSeq(match, ",") {
		tag = strings.TrimSpace(tag)
		if tag == "*" || strings.TrimPrefix(tag, "W/") == etag {
			return true
		}
	}
	return false
}

// picture answers with a tag, and with the bytes only where the client has them not. get is asked for them last.
func (s *Server) picture(c *fiber.Ctx, etag string, get func() (render.Picture, error)) error {
	if etag != "" && notModified(c, etag) {
		c.Set(fiber.HeaderETag, etag)
		c.Status(fiber.StatusNotModified)
		return nil
	}
	p, err := get()
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderETag, p.ETag)
	return s.send(c, p.Type, p.Bytes)
}

const (
	maxAge       = 300
	maxStale     = 300
	neutralCache = "public, max-age=60"
)

// cacheControl never lets a cache keep a picture past the next change of its state.
func cacheControl(v verify.Verdict) string {
	age, stale := maxAge, maxStale
	if change, ok := v.NextChange(v.CheckedAt); ok {
		left := int(min(change.Sub(v.CheckedAt)/time.Second, maxAge+maxStale))
		age = min(maxAge, left)
		stale = min(maxStale, left-age)
	}
	out := "public, max-age=" + strconv.Itoa(age)
	if stale > 0 {
		out += ", stale-if-error=" + strconv.Itoa(stale)
	}
	return out
}
