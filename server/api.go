package server

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"testamur/verify"
)

// caller is who asks, after allow.
type caller struct{ id string }

const callerKey = "caller"

func (s *Server) apiHeaders(c *fiber.Ctx) error {
	s.headers(c, classAPI)
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.Next()
}

// allow lets only keys of a scope through, and writers only so often.
func (s *Server) allow(scope verify.Scope, then fiber.Handler) fiber.Handler {
	return func(c *fiber.Ctx) error {
		token, ok := strings.CutPrefix(strings.Clone(c.Get(fiber.HeaderAuthorization)), "Bearer ")
		if !ok {
			return verify.ErrNoKey
		}
		key := verify.Key{ID: "setting", Scope: verify.ScopeAdmin}
		given := sha256.Sum256([]byte(token))
		if s.MasterKey == "" || subtle.ConstantTimeCompare(given[:], s.masterKey[:]) != 1 {
			ctx, cancel := context.WithTimeout(c.Context(), writeDeadline)
			defer cancel()
			var err error
			if key, err = s.Registry.Authenticate(ctx, token); err != nil {
				return err
			}
		}
		if !key.Scope.Includes(scope) {
			return errScope
		}
		if scope != verify.ScopeRead && !s.writes.take(key.ID, s.Now()) {
			return errTooMany
		}
		if err := noParameters(c); err != nil {
			return err
		}
		c.Locals(callerKey, caller{key.ID})
		return then(c)
	}
}

// noParameters refuses every query parameter: no call takes one yet.
func noParameters(c *fiber.Ctx) error {
	for k := range c.Context().QueryArgs().All() {
		return badParameter{string(k), "left out: this call takes none"}
	}
	return nil
}

// answer is what a write says.
type answer struct {
	status  int
	headers [][2]string
	body    []byte
}

// write makes a change: it reads If-Match and Idempotency-Key, keeps the answer in the transaction of the change, and
// repeats a kept one.
func (s *Server) write(c *fiber.Ctx, do func(ctx context.Context, call verify.Call) (verify.Result, error), say func(verify.Result) (answer, error)) error {
	who, _ := c.Locals(callerKey).(caller)
	call := verify.Call{By: who.id}
	if match := c.Get(fiber.HeaderIfMatch); match != "" && match != "*" {
		n, err := strconv.ParseInt(strings.Trim(match, `"`), 10, 64)
		if err != nil || n < 1 {
			return verify.ErrVersion
		}
		call.Version = n
	}
	ctx, cancel := context.WithTimeout(c.Context(), writeDeadline)
	defer cancel()
	if key := c.Get("Idempotency-Key"); c.Method() == fiber.MethodPost && len(c.Request().Header.PeekAll("Idempotency-Key")) > 0 {
		if len(key) < 1 || len(key) > 255 || strings.ContainsFunc(key, func(r rune) bool { return r < ' ' || r > '~' }) {
			return badParameter{"Idempotency-Key", "1 to 255 printable ASCII characters"}
		}
		name := who.id + "\x00" + key
		if _, busy := s.running.LoadOrStore(name, true); busy {
			return errInProgress
		}
		defer s.running.Delete(name)
		hash := sha256.New()
		fmt.Fprintf(hash, "%s %s\n", c.Method(), c.Path())
		hash.Write(c.Body())
		call.Once = &verify.Once{Key: name, Request: [32]byte(hash.Sum(nil)), Answer: func(r verify.Result) verify.Reply {
			a, err := say(r)
			if err != nil { // the same call fails after the commit too, and says so then
				return verify.Reply{Status: fiber.StatusInternalServerError}
			}
			return verify.Reply{Status: a.status, Headers: a.headers, Body: a.body}
		}}
		if kept, err := s.Registry.Replay(ctx, name, call.Once.Request); !errors.Is(err, verify.ErrNotFound) {
			return s.replay(c, kept, err)
		}
	}
	result, err := do(ctx, call)
	if errors.Is(err, verify.ErrRepeated) { // another server was faster
		kept, err := s.Registry.Replay(ctx, call.Once.Key, call.Once.Request)
		return s.replay(c, kept, err)
	}
	if err != nil {
		return err
	}
	a, err := say(result)
	if err != nil {
		return err
	}
	return s.say(c, a)
}

func (s *Server) replay(c *fiber.Ctx, kept verify.Reply, err error) error {
	if err != nil {
		return err
	}
	c.Set("Idempotent-Replayed", "true")
	return s.say(c, answer{kept.Status, kept.Headers, kept.Body})
}

func (s *Server) say(c *fiber.Ctx, a answer) error {
	c.Status(a.status)
	for _, h := range a.headers {
		c.Set(h[0], h[1])
	}
	return s.send(c, jsonType, a.body)
}

func tag(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }

// read reads a body strictly: JSON, no unknown field, no key twice, nothing behind it. An empty body is allowed where
// nothing in it is required.
func read(c *fiber.Ctx, into any, optional bool) error {
	body := c.Body()
	if len(body) == 0 && optional {
		return nil
	}
	mime, _, _ := strings.Cut(c.Get(fiber.HeaderContentType), ";")
	if strings.TrimSpace(strings.ToLower(mime)) != jsonType {
		return errMediaType
	}
	if err := onceEach(json.NewDecoder(bytes.NewReader(body)), ""); err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) {
			field := wrong.Field
			if field == "" {
				field = "the body"
			}
			return badJSON{field + " must not be a JSON " + wrong.Value}
		}
		return badJSON{strings.TrimPrefix(err.Error(), "json: ")}
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return badJSON{"there is something behind the JSON object"}
	}
	return nil
}

const maxDepth = 16

// onceEach refuses keys that stand twice in an object, which readers of JSON take differently.
func onceEach(d *json.Decoder, path string) error {
	t, err := d.Token()
	if err != nil {
		return badJSON{"the body is not JSON: " + strings.TrimPrefix(err.Error(), "json: ")}
	}
	open, nested := t.(json.Delim)
	if !nested {
		return nil
	}
	if strings.Count(path, ".") > maxDepth {
		return badJSON{"the body is nested too deep"}
	}
	seen := map[string]bool{}
	for d.More() {
		at := path + "."
		if open == '{' {
			k, err := d.Token()
			if err != nil {
				return badJSON{"the body is not JSON: " + err.Error()}
			}
			key, _ := k.(string)
			if at = path + "." + key; seen[strings.ToLower(key)] {
				return badJSON{strings.TrimPrefix(at, ".") + " stands twice"}
			}
			seen[strings.ToLower(key)] = true
		}
		if err := onceEach(d, at); err != nil {
			return err
		}
	}
	if _, err = d.Token(); err != nil {
		return badJSON{"the body is not JSON: " + err.Error()}
	}
	return nil
}
