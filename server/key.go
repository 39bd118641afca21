package server

import (
	"context"
	"strings"

	"github.com/gofiber/fiber/v2"

	"testamur/verify"
)

type keyObject struct {
	ID        string       `json:"id"`
	Name      string       `json:"name"`
	Scope     verify.Scope `json:"scope"`
	CreatedAt *string      `json:"created_at"`
	EndedAt   *string      `json:"ended_at"`
	LastUsed  *string      `json:"last_used"`
}

func (s *Server) keyJSON(k verify.Key) keyObject {
	return keyObject{k.ID, k.Name, k.Scope, s.instant(k.CreatedAt), s.instant(k.EndedAt), s.instant(k.LastUsed)}
}

func (s *Server) keys(c *fiber.Ctx) error {
	ctx, cancel := callContext()
	defer cancel()
	keys, err := s.Registry.Keys(ctx)
	if err != nil {
		return unasked(err)
	}
	items := make([]keyObject, len(keys))
	for i, k := range keys {
		items[i] = s.keyJSON(k)
	}
	return sendList(s, c, items, "", "")
}

type keyBody struct {
	Name  string       `json:"name"`
	Scope verify.Scope `json:"scope"`
}

// newKey makes a key. It is in this answer alone: in the one that is kept for a repeat, key is null.
func (s *Server) newKey(c *fiber.Ctx) error {
	var in keyBody
	if err := read(c, &in, false); err != nil {
		return err
	}
	return s.write(c, func(ctx context.Context, call verify.Call) (verify.Result, error) {
		return s.Registry.NewKey(ctx, call, in.Name, in.Scope)
	}, func(r verify.Result) (answer, error) {
		body, err := marshal(struct {
			keyObject
			Key *string `json:"key"`
		}{s.keyJSON(r.Key), orNull(r.Token)})
		return answer{status: fiber.StatusCreated, body: body}, err
	})
}

// endKey ends a key. It has no version, so If-Match fits none.
func (s *Server) endKey(c *fiber.Ctx) error {
	id := strings.Clone(c.Params("id"))
	return s.remove(c, func(ctx context.Context, call verify.Call) error {
		if call.Versions != nil {
			return verify.ErrVersion
		}
		return s.Registry.EndKey(ctx, call, id)
	})
}
