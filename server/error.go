package server

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"testamur/render"
	"testamur/verify"
)

// problem is an error as the client reads it: RFC 9457 on machine routes, a page elsewhere.
type problem struct {
	Type      string `json:"type"`
	Title     string `json:"title"`
	Status    int    `json:"status"`
	Detail    string `json:"detail,omitempty"`
	Field     string `json:"field,omitempty"`
	Reason    string `json:"reason,omitempty"`
	Parameter string `json:"parameter,omitempty"`
	RequestID string `json:"request_id,omitempty"`

	key string // the last part of Type
}

func (p problem) body() []byte {
	body, err := json.Marshal(p)
	if err != nil { // texts and numbers only
		return []byte(`{"title":"internal error","status":500}`)
	}
	return append(body, '\n')
}

// Errors of this package. Those of verify, render and Fiber are turned by problem too.
var (
	errNoRecord   = errors.New("no public record") // hidden and unknown alike: its answers are constant
	errTooMany    = errors.New("too many requests")
	errScope      = errors.New("the key's scope does not allow this")
	errInProgress = errors.New("a request with this idempotency key is under way")
	errMediaType  = errors.New("the body must be application/json")
	errUnasked    = errors.New("the store cannot be asked") // any failure of a public read
)

// badParameter is an error about a parameter of the query.
type badParameter struct{ name, want string }

func (b badParameter) Error() string { return b.name + ": " + b.want }

// badJSON is an error about the shape of a body.
type badJSON struct{ detail string }

func (b badJSON) Error() string { return b.detail }

// problem says what an error is to a client. Words of errors that we do not know are never shown.
func (s *Server) problem(err error, requestID string) problem {
	p := problem{RequestID: requestID}
	set := func(status int, key string) { p.Status, p.key = status, key }
	var (
		parameter badParameter
		body      badJSON
		refused   *verify.Refused
		fiberErr  *fiber.Error
	)
	switch {
	case errors.Is(err, errNoRecord), errors.Is(err, verify.ErrNotFound):
		set(404, "not-found")
	case errors.Is(err, verify.ErrMistyped), errors.Is(err, verify.ErrMalformed):
		set(400, "mistyped-code")
	case errors.As(err, &parameter):
		set(400, "bad-parameter")
		p.Parameter, p.Detail = parameter.name, s.words.Text("problem.bad-parameter.detail", "name", parameter.name, "want", parameter.want)
	case errors.As(err, &body):
		set(400, "bad-json")
		p.Detail = body.detail
	case errors.As(err, &refused):
		set(422, "refused-value")
		p.Field, p.Reason = refused.Field, refused.Reason
		p.Detail = s.words.Text("refused."+refused.Reason, refused.Args...)
	case errors.Is(err, verify.ErrNoKey):
		set(401, "no-key")
	case errors.Is(err, errScope):
		set(403, "scope")
	case errors.Is(err, verify.ErrExternalIDTaken):
		set(409, "external-id-taken")
	case errors.Is(err, verify.ErrHolderName):
		set(409, "state")
		p.Detail = s.words.Text("problem.state.holder-name")
	case errors.Is(err, verify.ErrState):
		set(409, "state")
	case errors.Is(err, errInProgress):
		set(409, "in-progress")
	case errors.Is(err, verify.ErrVersion):
		set(412, "version")
	case errors.Is(err, errMediaType):
		set(415, "media-type")
	case errors.Is(err, verify.ErrMismatch):
		set(422, "idempotency-mismatch")
	case errors.Is(err, errTooMany):
		set(429, "too-many")
	case errors.Is(err, verify.ErrFull):
		set(507, "storage-full")
	case errors.Is(err, errUnasked), errors.Is(err, verify.ErrUnavailable), errors.Is(err, verify.ErrTampered), errors.Is(err, verify.ErrConflict),
		errors.Is(err, render.ErrBusy), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		set(503, "unavailable")
	case errors.As(err, &fiberErr):
		s.fiberProblem(fiberErr.Code, set)
	default:
		set(500, "internal")
	}
	p.Type = s.URL + "/problems/" + p.key
	p.Title = s.words.Text("problem." + p.key + ".title")
	if p.Detail == "" && p.Parameter == "" {
		if key := "problem." + p.key + ".detail"; s.words.Has(key) {
			p.Detail = s.words.Text(key)
		}
	}
	return p
}

// fiberProblem turns what Fiber and fasthttp refuse before any of our handlers.
func (s *Server) fiberProblem(status int, set func(int, string)) {
	switch status {
	case 404:
		set(404, "not-found")
	case 405:
		set(405, "method")
	case 413:
		set(413, "too-large")
	case 408, 431:
		set(status, "bad-request")
	case 500:
		set(500, "internal")
	default:
		set(400, "bad-request")
	}
}

// fail is the one place where an error becomes an answer.
func (s *Server) fail(c *fiber.Ctx, err error) error {
	path := c.Path()
	class := classOf(path)
	p := s.problem(err, "")
	c.Status(p.Status)
	allow := string(c.Response().Header.Peek(fiber.HeaderAllow))
	c.Response().Header.Reset()
	c.Status(p.Status)
	if p.Status == 405 {
		if allow == "" {
			allow = "GET, HEAD"
		}
		c.Set(fiber.HeaderAllow, allow)
	}
	s.headers(c, class)
	switch p.Status {
	case 401:
		c.Set(fiber.HeaderWWWAuthenticate, "Bearer")
	case 429:
		c.Set(fiber.HeaderRetryAfter, "60")
	case 503:
		c.Set(fiber.HeaderRetryAfter, "2")
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	if p.Status >= 500 {
		p.RequestID = s.requestID()
		s.Log.Error("request failed", "route", class.String(), "method", c.Method(), "status", p.Status, "request_id", p.RequestID, "error", loggable(err))
	}
	switch {
	case p.Status == 503 && class == classPicture: // browsers draw it, caches keep their last good copy
		pic := s.Press.ReadyNeutral(render.Neutral{Words: s.words.Tag(), Width: 300, Height: 300})
		if size, err := sealSize(c); err == nil {
			pic = s.Press.ReadyNeutral(render.Neutral{Words: s.words.Tag(), Width: size.w, Height: size.h})
		}
		return s.send(c, pic.Type, pic.Bytes)
	case class == classAPI:
		if p.RequestID == "" {
			p.RequestID = s.requestID()
		}
		return s.send(c, problemType, p.body())
	case class == classJSON, class == classPicture:
		return s.send(c, problemType, p.body())
	case errors.Is(err, errNoRecord):
		return s.send(c, htmlType, s.noRecord)
	case p.Status == 503:
		return s.send(c, htmlType, s.Pages.Unavailable(s.words, p.RequestID))
	case errors.Is(err, verify.ErrMistyped), errors.Is(err, verify.ErrMalformed):
		return s.send(c, htmlType, s.Pages.Mistyped(s.words, typed(c), errors.Is(err, verify.ErrMalformed)))
	}
	return s.send(c, htmlType, s.Pages.Problem(s.words, p.Status, p.key, p.RequestID))
}

// loggable leaves out the texts of errors that may repeat what a client sent.
func loggable(err error) string {
	var e *fiber.Error
	if errors.As(err, &e) {
		return strconv.Itoa(e.Code)
	}
	return err.Error()
}

func (s *Server) requestID() string {
	var raw [8]byte
	if _, err := io.ReadFull(s.Rand, raw[:]); err != nil {
		return ""
	}
	return hex.EncodeToString(raw[:])
}

// class is what kind of answers a route gives.
type class int

const (
	classPage    class = iota // HTML of the site
	classPerson               // HTML about a credential
	classJSON                 // verification JSON
	classPicture              // PNG
	classPDF                  // PDF, with HTML errors
	classAPI
)

func (c class) String() string {
	return [...]string{"page", "verify", "json", "picture", "certificate", "api"}[c]
}

// classOf tells the class by the path alone, never by what the client accepts.
func classOf(path string) class {
	first, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	switch first {
	case "api":
		return classAPI
	case "badges", "previews":
		return classPicture
	case "certificates":
		return classPDF
	case "credentials", "status", "achievements", "oembed":
		return classJSON
	case "verify", "v", "V":
		if strings.HasSuffix(rest, ".json") {
			return classJSON
		}
		return classPerson
	}
	if strings.HasSuffix(path, ".json") {
		return classJSON
	}
	return classPage
}
