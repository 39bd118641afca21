package server

import (
	"context"
	"errors"
	"strings"

	"github.com/gofiber/fiber/v2"

	"testamur/verify"
)

type holderObject struct {
	ID          string        `json:"id"`
	ExternalID  *string       `json:"external_id"`
	Name        string        `json:"name"`
	Kind        verify.Kind   `json:"kind"`
	Lang        *string       `json:"lang"`
	Email       *string       `json:"email"`
	Version     int64         `json:"version"`
	Credentials []verify.Code `json:"credentials"`
}

func (s *Server) sayHolder(r verify.Result) (answer, error) {
	h := r.Holder
	if r.Codes == nil {
		r.Codes = []verify.Code{}
	}
	body, err := marshal(holderObject{h.ID, orNull(h.ExternalID), h.Name, h.Kind, orNull(h.Lang), orNull(h.Email), h.Version, r.Codes})
	return answer{status: fiber.StatusOK, body: body, headers: [][2]string{{fiber.HeaderETag, tag(h.Version)}}}, err
}

func (s *Server) holder(c *fiber.Ctx) error {
	ctx, cancel := callContext()
	defer cancel()
	r, err := s.Registry.Holder(ctx, holderID(c))
	if err != nil {
		return unasked(err)
	}
	a, err := s.sayHolder(r)
	if err != nil {
		return err
	}
	return s.say(c, a)
}

func holderID(c *fiber.Ctx) string { return strings.Clone(c.Params("id")) }

type holderBody struct {
	Name     *string       `json:"name"`
	Lang     *string       `json:"lang"`
	Email    *string       `json:"email"`
	Override *overrideBody `json:"override"`
}

func (s *Server) changeHolder(c *fiber.Ctx) error {
	var in holderBody
	if err := read(c, &in, false); err != nil {
		return err
	}
	change := verify.HolderChange{Name: in.Name, Lang: in.Lang, Email: in.Email}
	var err error
	if change.Override, err = in.Override.reason(); err != nil {
		return err
	}
	id := holderID(c)
	return s.write(c, func(ctx context.Context, call verify.Call) (verify.Result, error) {
		known, err := s.Registry.Holder(ctx, id)
		if err != nil {
			return known, err
		}
		r, err := s.Registry.ChangeHolder(ctx, call, id, change)
		if in.Name != nil { // also after a failure: it may be done all the same
			s.Press.Forget(false, texts(append(known.Codes, r.Codes...))...)
		}
		return r, err
	}, s.sayHolder)
}

// eraseHolder takes a holder out for good, out of the pictures that are kept in memory too.
func (s *Server) eraseHolder(c *fiber.Ctx) error {
	id := holderID(c)
	return s.remove(c, func(ctx context.Context, call verify.Call) error {
		r, err := s.Registry.EraseHolder(ctx, call, id)
		gone := err == nil
		if err != nil { // it may be done all the same, and only the file not overwritten yet
			_, left := s.Registry.Holder(ctx, id)
			gone = errors.Is(left, verify.ErrNotFound)
		}
		s.Press.Forget(gone, texts(r.Codes)...)
		return err
	})
}

func texts(codes []verify.Code) []string {
	out := make([]string, len(codes))
	for i, c := range codes {
		out[i] = string(c)
	}
	return out
}
