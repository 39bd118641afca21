package server

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"testamur/render"
	"testamur/verify"
)

const (
	htmlType    = "text/html; charset=utf-8"
	jsonType    = "application/json"
	problemType = "application/problem+json"
	textType    = "text/plain; charset=utf-8"
	xmlType     = "application/xml; charset=utf-8"
	feedType    = "application/atom+xml; charset=utf-8"
)

// fixedHeaders returns what every answer of each class carries. It is made once: nothing of a request is in it.
func fixedHeaders(secure bool) *[routeClasses]fasthttp.ResponseHeader {
	var all [routeClasses]fasthttp.ResponseHeader
	for k := range all {
		all[k].SetNoDefaultContentType(true)
	}
	set := func(k class, pairs ...string) {
		for i := 0; i+1 < len(pairs); i += 2 {
			all[k].Set(pairs[i], pairs[i+1])
		}
	}
	for _, k := range []class{classPicture, classPDF, classSheet} {
		set(k, "Cross-Origin-Resource-Policy", "cross-origin", "Access-Control-Allow-Origin", "*", "Timing-Allow-Origin", "*",
			"X-Content-Type-Options", "nosniff", "X-Robots-Tag", "noindex", "Content-Security-Policy", "default-src 'none'")
	}
	set(classJSON, "Access-Control-Allow-Origin", "*", "X-Robots-Tag", "noindex")
	for _, k := range []class{classPage, classPerson} {
		set(k, "Content-Security-Policy", pagePolicy, "X-Content-Type-Options", "nosniff", "X-Frame-Options", "DENY")
		if secure {
			set(k, "Strict-Transport-Security", "max-age=31536000")
		}
	}
	set(classPage, "Referrer-Policy", "strict-origin-when-cross-origin")
	set(classPerson, "Referrer-Policy", "no-referrer", "X-Robots-Tag", "noindex")
	return &all
}

// pagePolicy is what a page may load: our style sheet and our pictures, and nothing else.
const pagePolicy = "default-src 'none'; img-src 'self'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// begin begins an answer of a class. It comes first: headers, status and whether the connection closes are forgotten. watch
// does so for each request, by its path.
func (s *Server) begin(c *fiber.Ctx, k class) { s.fixed[k].CopyTo(&c.Response().Header) }

// send puts the body in. The bytes are shared and stay as they are.
func (s *Server) send(c *fiber.Ctx, mime string, body []byte) error {
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
	h := &c.Request().Header
	switch first := h.Peek(fiber.HeaderIfNoneMatch); {
	case len(first) == 0:
		return false
	case among(first, etag):
		return true
	}
	for _, line := range h.PeekAll(fiber.HeaderIfNoneMatch)[1:] {
		if among(line, etag) {
			return true
		}
	}
	return false
}

func among(line []byte, etag string) bool {
	for tag := range bytes.SplitSeq(line, []byte(",")) {
		tag = bytes.TrimSpace(tag)
		if string(tag) == "*" || string(bytes.TrimPrefix(tag, []byte("W/"))) == etag {
			return true
		}
	}
	return false
}

// conditional reports whether the client asks for what it has not: only then is a tag worth its hash.
func conditional(c *fiber.Ctx) bool { return len(c.Request().Header.Peek(fiber.HeaderIfNoneMatch)) > 0 }

// unchanged answers 304 where the client has what the tag stands for, and reports whether it did.
func (s *Server) unchanged(c *fiber.Ctx, etag string) bool {
	if !notModified(c, etag) {
		return false
	}
	c.Set(fiber.HeaderETag, etag)
	c.Status(fiber.StatusNotModified)
	return true
}

// picture answers with a picture and its tag.
func (s *Server) picture(c *fiber.Ctx, p render.Picture, err error) error {
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderETag, p.ETag)
	return s.send(c, p.Type, p.Bytes)
}

// Forgotten is how long a cache that obeys may show a picture that was withdrawn.
const Forgotten = (farAge + farStale) * time.Second

const (
	farAge       = 300 // seconds
	farStale     = 300
	farCache     = "public, max-age=300, stale-if-error=300" // no change of state is near
	neutralCache = "public, max-age=60"
)

// cacheControl never lets a cache keep a picture past the next change of its state.
func cacheControl(v verify.Verdict) string { return cacheControlUpTo(v, farAge, farStale) }

// cacheControlUpTo is cacheControl for at most so many seconds, and so many more where we do not answer.
func cacheControlUpTo(v verify.Verdict, maxAge, maxStale int) string {
	age, stale := maxAge, maxStale
	if change, ok := v.NextChange(v.CheckedAt); ok && change.Sub(v.CheckedAt) < time.Duration(maxAge+maxStale)*time.Second {
		left := int(change.Sub(v.CheckedAt) / time.Second)
		age = min(maxAge, left)
		stale = min(maxStale, left-age)
	}
	if age == farAge && stale == farStale {
		return farCache
	}
	out := "public, max-age=" + strconv.Itoa(age)
	if stale > 0 {
		out += ", stale-if-error=" + strconv.Itoa(stale)
	}
	return out
}
