package server

import (
	"context"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"testamur/verify"
)

// What was done, and what changed by it: by ids only. Absent values are null.
type (
	entryObject struct {
		Seq    uint64            `json:"seq"`
		At     *string           `json:"at"`
		By     string            `json:"by"`
		Action string            `json:"action"`
		Code   *string           `json:"code"`
		Holder *string           `json:"holder"`
		Detail map[string]string `json:"detail"`
	}
	eventObject struct {
		Seq    uint64  `json:"seq"`
		At     *string `json:"at"`
		Type   string  `json:"type"`
		Code   *string `json:"code"`
		Holder *string `json:"holder"`
	}
)

// audit lists who did what.
func (s *Server) audit(c *fiber.Ctx) error {
	return follow(s, c, s.Registry.Audit, func(e verify.Entry) entryObject {
		return entryObject{e.Seq, s.instant(e.At), e.By, e.Action, orNull(string(e.Code)), orNull(e.Holder), e.Detail}
	})
}

// events lists what changed, for whoever keeps something of it.
func (s *Server) events(c *fiber.Ctx) error {
	return follow(s, c, s.Registry.Events, func(e verify.Event) eventObject {
		return eventObject{e.Seq, s.instant(e.At), e.Type, orNull(string(e.Code)), orNull(e.Holder)}
	})
}

// follow answers with a page of what is numbered.
func follow[T, O any](s *Server, c *fiber.Ctx, read func(context.Context, uint64, int) ([]T, uint64, error), object func(T) O) error {
	after, limit, err := since(c)
	if err != nil {
		return err
	}
	ctx, cancel := callContext()
	defer cancel()
	found, more, err := read(ctx, after, limit)
	if err != nil {
		return unasked(err)
	}
	items := make([]O, len(found))
	for i, x := range found {
		items[i] = object(x)
	}
	next := ""
	if more > 0 {
		next = strconv.FormatUint(more, 10)
	}
	return sendList(s, c, items, "after", next)
}
