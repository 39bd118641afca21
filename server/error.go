package server

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

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
	errUnasked    = errors.New("the store cannot be asked")
)

// badParameter is an error about a parameter of the query, or a header. The words are under problem.bad-parameter.
type badParameter struct {
	name, why string
	args      []string
}

func (b badParameter) Error() string { return b.name + ": " + b.why }

// badJSON is an error about the shape of a body. The words are under problem.bad-json.
type badJSON struct {
	field, why string
	args       []string
}

func (b badJSON) Error() string { return b.field + ": " + b.why }

// answers are the errors that a rule, a condition or the store has, with what they are to a client. The first that
// fits counts.
var answers = []struct {
	err    error
	status int
	key    string // of its words, under problem
	detail string // where it has words of its own
}{
	{errNoRecord, 404, "not-found", ""},
	{errTooMany, 429, "too-many", ""},
	{errScope, 403, "scope", ""},
	{errInProgress, 409, "in-progress", ""},
	{errMediaType, 415, "media-type", ""},
	{verify.ErrNoKey, 401, "no-key", ""},
	{verify.ErrMistyped, 400, "mistyped-code", "mistyped"},
	{verify.ErrMalformed, 400, "mistyped-code", "malformed"},
	{verify.ErrNotFound, 404, "not-found", ""},
	{verify.ErrErased, 409, "state", "erased"},
	{verify.ErrExternalIDTaken, 409, "external-id-taken", ""},
	{verify.ErrHolderName, 409, "state", "holder-name"},
	{verify.ErrState, 409, "state", ""},
	{verify.ErrVersion, 412, "version", ""},
	{verify.ErrMismatch, 422, "idempotency-mismatch", ""},
	{verify.ErrFull, 507, "storage-full", ""},
	{verify.ErrNotConfirmed, 503, "not-confirmed", ""},
	{errUnasked, 503, "unavailable", ""},
	{render.ErrBusy, 503, "unavailable", ""},
	{context.DeadlineExceeded, 503, "unavailable", ""}, // the press takes too long
}

// unasked is what a failed call of the registry means where the error is none of those that it names: that its store
// could not be asked.
func unasked(err error) error {
	var refused *verify.Refused
	if err == nil || errors.As(err, &refused) {
		return err
	}
	for _, a := range answers {
		if errors.Is(err, a.err) && !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
	}
	return errors.Join(errUnasked, err)
}

// problem says what an error is to a client. Words of errors that we do not know are never shown.
func (s *Server) problem(err error) problem {
	p := problem{Status: 500, key: "internal"}
	var (
		parameter badParameter
		body      badJSON
		refused   *verify.Refused
		fiberErr  *fiber.Error
	)
	switch {
	case errors.As(err, &parameter):
		p.Status, p.key, p.Parameter = 400, "bad-parameter", parameter.name
		p.Detail = s.words.Text("problem.bad-parameter."+parameter.why, append(parameter.args, "name", parameter.name)...)
	case errors.As(err, &body):
		p.Status, p.key, p.Field = 400, "bad-json", body.field
		p.Detail = s.words.Text("problem.bad-json."+body.why, append(body.args, "field", body.field)...)
	case errors.As(err, &refused):
		p.Status, p.key, p.Field, p.Reason = 422, "refused-value", refused.Field, refused.Reason
		p.Detail = s.words.Text("refused."+refused.Reason, refused.Args...)
	case errors.As(err, &fiberErr):
		p.Status, p.key = fiberStatus(fiberErr.Code)
	default:
		for _, a := range answers {
			if errors.Is(err, a.err) {
				p.Status, p.key = a.status, a.key
				if a.detail != "" {
					p.Detail = s.words.Text("problem." + a.key + "." + a.detail)
				}
				break
			}
		}
	}
	if p.key == "" { // none of ours: HTTP itself was broken
		p.Type, p.Title = "about:blank", http.StatusText(p.Status)
		return p
	}
	p.Type = s.URL + "/problems/" + p.key
	p.Title = s.words.Text("problem." + p.key + ".title")
	if p.Detail == "" {
		p.Detail = s.words.Text("problem." + p.key + ".detail")
	}
	return p
}

// fiberStatus is what Fiber and fasthttp refuse before any of our handlers.
func fiberStatus(code int) (status int, key string) {
	switch code {
	case 404:
		return 404, "not-found"
	case 405:
		return 405, "method"
	case 413:
		return 413, "too-large"
	case 408, 431:
		return code, ""
	}
	return 400, ""
}

// fail is the one place where an error becomes an answer. Routes decide its form, never what the client accepts.
func (s *Server) fail(c *fiber.Ctx, err error) {
	k, p := classOf(c.Path()), s.problem(err)
	var parameter badParameter
	r, _ := s.readerOf(c) // a wrong ?lang= is the error already, or there is a graver one
	h := &c.Response().Header
	allow, closing := string(h.Peek(fiber.HeaderAllow)), h.ConnectionClose()
	machine := k == classAPI || k == classJSON || k == classPicture || k == classSheet
	if k == classPDF {
		k = classPerson // it is a page
	}
	c.Response().Reset() // what was set for a better answer
	s.begin(c, k)
	c.Status(p.Status)
	if closing {
		h.SetConnectionClose()
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	switch p.Status {
	case 401:
		c.Set(fiber.HeaderWWWAuthenticate, "Bearer")
	case 405:
		c.Set(fiber.HeaderAllow, allow)
	case 429:
		c.Set(fiber.HeaderRetryAfter, strconv.Itoa(int(untilNextMinute(s.Now())/time.Second)))
	case 503:
		c.Set(fiber.HeaderRetryAfter, "2")
	}
	if k == classAPI || p.Status >= 500 {
		p.RequestID = s.requestID()
		c.Locals(requestIDKey, p.RequestID)
	}
	switch {
	case p.Status == 503 && k == classPicture: // browsers draw it, caches keep their last good copy
		size := previewSize()
		if !strings.HasPrefix(c.Path(), "/previews/") {
			size, _ = sizeOf(c)
		}
		pic := s.Press.ReadyNeutral(s.neutral(size))
		s.send(c, pic.Type, pic.Bytes)
	case errors.Is(err, errNoRecord) && machine:
		s.send(c, problemType, s.noJSON)
	case machine:
		s.send(c, problemType, p.body())
	case errors.Is(err, errNoRecord):
		s.sendIn(c, r, htmlType, r.pages.NoRecord(r.words))
	case p.Status == 503:
		s.sendIn(c, r, htmlType, r.pages.Unavailable(r.words, p.RequestID))
	case p.key == "mistyped-code" && c.Path() == "/show/":
		s.sendIn(c, r, htmlType, r.pages.ShowMistyped(r.words, typed(c), errors.Is(err, verify.ErrMalformed)))
	case p.key == "mistyped-code":
		s.sendIn(c, r, htmlType, r.pages.Mistyped(r.words, typed(c), errors.Is(err, verify.ErrMalformed)))
	case p.Parameter == "q" && c.Path() == "/search": // nothing was asked for, or two things
		s.sendIn(c, r, htmlType, r.pages.Search(r.words, "", ""))
	case errors.As(err, &parameter):
		s.sendIn(c, r, htmlType, r.pages.Parameter(r.words, parameter.name, parameter.why, parameter.args...))
	default:
		s.sendIn(c, r, htmlType, r.pages.Problem(r.words, p.Status, p.key, p.RequestID))
	}
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
	classPicture              // PNG; the neutral picture stands in for it
	classSheet                // PNG of a certificate: nothing stands in for it
	classPDF                  // PDF, with HTML errors
	classAPI
	classes // how many
)

// classOf tells the class by the path alone.
func classOf(path string) class {
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	switch first {
	case "api":
		return classAPI
	case "badges", "previews":
		return classPicture
	case "certificates":
		if strings.HasSuffix(path, ".png") {
			return classSheet
		}
		return classPDF
	case "credentials", "status", "achievements", "oembed":
		return classJSON
	}
	switch {
	case strings.HasSuffix(path, ".json"): // also of /verify and /.well-known
		return classJSON
	case first == "verify", first == "v", first == "V", first == "share", path == "/show/":
		return classPerson
	}
	return classPage
}
