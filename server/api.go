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
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"testamur/verify"
)

const writeDeadline = 5 * time.Second

const callerKey = "caller"

func (s *Server) apiHeaders(c *fiber.Ctx) error {
	c.Set(fiber.HeaderCacheControl, "no-store") // people's addresses are in it
	return c.Next()
}

// notYet answers for a call that is not there yet and would else be taken for one about a code.
func notYet(*fiber.Ctx) error { return fiber.ErrNotFound }

// allow lets only keys of a scope through, and writers only so often. The query may hold the
// named parameters, each once, and no other.
func (s *Server) allow(scope verify.Scope, then fiber.Handler, parameters ...string) fiber.Handler {
	return func(c *fiber.Ctx) error {
		key, err := s.authenticate(strings.Clone(c.Get(fiber.HeaderAuthorization)))
		if err != nil {
			return err
		}
		if !key.Scope.Includes(scope) {
			return errScope
		}
		if c.Method() != fiber.MethodGet && c.Method() != fiber.MethodHead && !s.writes.take(key.ID, s.Now()) {
			return errTooMany
		}
		for name := range c.Context().QueryArgs().All() {
			if !slices.Contains(parameters, string(name)) {
				return badParameter{name: shorten(strings.ToValidUTF8(string(name), "\uFFFD")), why: "unknown"}
			}
		}
		if err := query(c, func(string, string) error { return nil }, parameters...); err != nil {
			return err
		}
		c.Locals(callerKey, key.ID)
		return then(c)
	}
}

// authenticate returns the key that an Authorization header carries.
func (s *Server) authenticate(header string) (verify.Key, error) {
	scheme, token, _ := strings.Cut(header, " ")
	if token = strings.TrimSpace(token); !strings.EqualFold(scheme, "Bearer") || token == "" {
		return verify.Key{}, verify.ErrNoKey
	}
	given := sha256.Sum256([]byte(token)) // hashed, so that the lengths are equal
	if s.MasterKey != "" && subtle.ConstantTimeCompare(given[:], s.masterKey[:]) == 1 {
		return verify.Key{ID: "setting", Scope: verify.ScopeAdmin}, nil
	}
	ctx, cancel := callContext()
	defer cancel()
	key, err := s.Registry.Authenticate(ctx, token)
	return key, unasked(err)
}

// callContext bounds a call of the API. It is not Fiber's context, which ends when a shutdown begins: a call under way is
// finished then.
func callContext() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), writeDeadline)
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
	who, _ := c.Locals(callerKey).(string)
	call := verify.Call{By: who}
	var err error
	if call.Versions, err = ifMatch(c); err != nil {
		return err
	}
	var kept answer // the first to ask gets it too: a second later it would say another time
	call.Once, err = once(c, who, func(r verify.Result) (answer, error) {
		a, err := say(r)
		kept = a
		return a, err
	})
	if err != nil {
		return err
	}
	ctx, cancel := callContext()
	defer cancel()
	if call.Once != nil {
		if _, busy := s.running.LoadOrStore(call.Once.Key, true); busy {
			return errInProgress
		}
		defer s.running.Delete(call.Once.Key)
		if kept, err := s.Registry.Replay(ctx, call.Once.Key, call.Once.Request); !errors.Is(err, verify.ErrNotFound) {
			return s.replay(c, kept, err)
		}
	}
	result, err := do(ctx, call)
	if errors.Is(err, verify.ErrRepeated) { // another server was faster
		kept, err := s.Registry.Replay(ctx, call.Once.Key, call.Once.Request)
		return s.replay(c, kept, err)
	}
	if err != nil {
		return unasked(err)
	}
	if kept.status != 0 && result.Token == "" { // a new key is shown once and not kept
		return s.say(c, kept)
	}
	a, err := say(result)
	if err != nil {
		return err
	}
	return s.say(c, a)
}

// remove takes something away and answers without a word.
func (s *Server) remove(c *fiber.Ctx, do func(ctx context.Context, call verify.Call) error) error {
	who, _ := c.Locals(callerKey).(string)
	versions, err := ifMatch(c)
	if err != nil {
		return err
	}
	ctx, cancel := callContext()
	defer cancel()
	if err := do(ctx, verify.Call{By: who, Versions: versions}); err != nil {
		return unasked(err)
	}
	c.Status(fiber.StatusNoContent)
	return nil
}

// ifMatch reads the versions that the caller takes, none for any. Tags that cannot be ours fit nothing.
func ifMatch(c *fiber.Ctx) (versions []int64, err error) {
	given := string(bytes.Join(c.Request().Header.PeekAll(fiber.HeaderIfMatch), []byte(",")))
	if given == "" || given == "*" {
		return nil, nil
	}
	for one := range strings.SplitSeq(given, ",") {
		one = strings.TrimSpace(one)
		version, err := strconv.ParseInt(strings.Trim(one, `"`), 10, 64)
		if err == nil && one == tag(version) && version > 0 {
			versions = append(versions, version)
		}
	}
	if versions == nil {
		return nil, verify.ErrVersion
	}
	return versions, nil
}

const maxOnceKey = 255

// once reads the Idempotency-Key of a POST, nil where there is none.
func once(c *fiber.Ctx, who string, say func(verify.Result) (answer, error)) (*verify.Once, error) {
	given := c.Request().Header.PeekAll("Idempotency-Key")
	if c.Method() != fiber.MethodPost || len(given) == 0 {
		return nil, nil
	}
	key := given[0]
	if len(given) > 1 || len(key) == 0 || len(key) > maxOnceKey || bytes.ContainsFunc(key, func(r rune) bool { return r < ' ' || r > '~' }) {
		return nil, badParameter{name: "Idempotency-Key", why: "once-key"}
	}
	hash := sha256.New()
	fmt.Fprintf(hash, "%s %s\n", c.Method(), c.Path())
	hash.Write(c.Request().Body())
	return &verify.Once{Key: who + "\x00" + string(key), Request: [32]byte(hash.Sum(nil)), Answer: func(r verify.Result) verify.Reply {
		a, err := say(r)
		if err != nil { // the same call fails after the commit too, and says so then
			return verify.Reply{Status: fiber.StatusInternalServerError}
		}
		return verify.Reply{Status: a.status, Headers: a.headers, Body: a.body}
	}}, nil
}

func (s *Server) replay(c *fiber.Ctx, kept verify.Reply, err error) error {
	if err != nil {
		return unasked(err)
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

// read reads a body strictly: JSON in UTF-8, no unknown field, no field twice, nothing behind it. An empty body is
// allowed where nothing in it is required.
func read(c *fiber.Ctx, into any, optional bool) error {
	body := c.Request().Body() // not Fiber's, which unpacks what is packed, to any size
	if len(body) == 0 && optional {
		return nil
	}
	mime, _, _ := strings.Cut(c.Get(fiber.HeaderContentType), ";")
	if !strings.EqualFold(strings.TrimSpace(mime), jsonType) || c.Get(fiber.HeaderContentEncoding) != "" {
		return errMediaType
	}
	if !utf8.Valid(body) {
		return badJSON{why: "utf8"}
	}
	d := json.NewDecoder(bytes.NewReader(body))
	if err := onceEach(d, "", 0); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return badJSON{why: "behind"}
	}
	if string(bytes.TrimSpace(body)) == "null" { // which Go takes for an object without fields
		return badJSON{why: "object"}
	}
	d = json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	err := d.Decode(into)
	var wrong *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &wrong) && wrong.Field == "":
		return badJSON{why: "object"}
	case errors.As(err, &wrong):
		found, _, _ := strings.Cut(wrong.Value, " ") // "number 5"
		return badJSON{wrong.Field, "type", []string{"found", found}}
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return badJSON{field: strings.Trim(name, `"`), why: "unknown"}
	}
	return badJSON{why: "syntax"}
}

const maxDepth = 8

// onceEach reads one JSON value and refuses what readers of JSON take differently: a field that stands twice, and one
// whose name is written otherwise than ours, which Go would take for ours.
func onceEach(d *json.Decoder, path string, depth int) error {
	t, err := d.Token()
	if err != nil {
		return badJSON{why: "syntax"}
	}
	open, nested := t.(json.Delim)
	if !nested {
		return nil
	}
	if depth == maxDepth {
		return badJSON{why: "deep"}
	}
	seen := map[string]bool{}
	for d.More() {
		at := path
		if open == '{' {
			k, err := d.Token()
			if err != nil {
				return badJSON{why: "syntax"}
			}
			name, _ := k.(string)
			at = strings.TrimPrefix(path+"."+name, ".")
			switch {
			case strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_") != "":
				return badJSON{field: shorten(at), why: "unknown"}
			case seen[name]:
				return badJSON{field: at, why: "twice"}
			}
			seen[name] = true
		}
		if err := onceEach(d, at, depth+1); err != nil {
			return err
		}
	}
	if _, err = d.Token(); err != nil {
		return badJSON{why: "syntax"}
	}
	return nil
}

// shorten is a name that a client made up, within reason.
func shorten(name string) string {
	runes := []rune(name)
	return string(runes[:min(len(runes), maxTyped)])
}
