package server

import (
	"errors"
	"net/url"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"testamur/verify"
)

const standardLimit, maxLimit = 100, 500

// listObject is a page of a list.
type listObject[T any] struct {
	Items []T     `json:"items"`
	Next  *string `json:"next"`
}

// sendList answers with a page, and with the address of the next one where there is more: the same query, going on at next.
func sendList[T any](s *Server, c *fiber.Ctx, items []T, cursor, next string) error {
	if items == nil {
		items = []T{}
	}
	if next != "" {
		q := url.Values{}
		for name, value := range c.Context().QueryArgs().All() {
			q.Set(string(name), string(value))
		}
		q.Set(cursor, next)
		c.Set(fiber.HeaderLink, "<"+s.URL+c.Path()+"?"+q.Encode()+`>; rel="next"`)
	}
	return s.sendJSON(c, listObject[T]{items, orNull(next)})
}

// credentials lists what fits a filter.
func (s *Server) credentials(c *fiber.Ctx) error {
	var f verify.Filter
	cursor, limit := "", standardLimit
	for k, v := range c.Context().QueryArgs().All() { // which allow has let through
		var err error
		switch name, value := string(k), string(v); name {
		case "certification":
			f.Certification = value
		case "status":
			f.Status = verify.Status(value)
			err = choice(name, value, string(verify.Valid), string(verify.Expired), string(verify.Suspended), string(verify.Revoked))
		case "consent":
			f.Consent = verify.Consent(value)
			err = choice(name, value, string(verify.Private), string(verify.Link), string(verify.Public))
		case "holder":
			f.Holder = value
		case "external_id":
			f.ExternalID = value
		case "expires_before":
			f.ExpiresBefore, err = s.moment(name, value)
		case "limit":
			limit, err = whole(name, value, 1, maxLimit)
		case "cursor":
			cursor = value
		}
		if err != nil {
			return err
		}
	}
	ctx, cancel := callContext()
	defer cancel()
	found, next, err := s.Registry.List(ctx, f, cursor, limit)
	if errors.Is(err, verify.ErrCursor) {
		return badParameter{name: "cursor", why: "cursor"}
	}
	if err != nil {
		return unasked(err)
	}
	items := make([]credentialObject, len(found))
	for i, x := range found {
		items[i] = s.credentialJSON(x)
	}
	return sendList(s, c, items, "cursor", next)
}

// moment reads an instant, or a day, which begins in the issuer's zone.
func (s *Server) moment(name, value string) (time.Time, error) {
	if d, err := verify.ParseDay(value); err == nil {
		return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, s.Zone), nil
	}
	at, err := time.Parse(time.RFC3339, value)
	if err != nil {
		return at, badParameter{name: name, why: "moment"}
	}
	return at, nil
}

// since reads the parameters of what is numbered: after which number, and how many.
func since(c *fiber.Ctx) (after uint64, limit int, err error) {
	limit = standardLimit
	for k, v := range c.Context().QueryArgs().All() {
		switch value := string(v); string(k) {
		case "limit":
			limit, err = whole("limit", value, 1, maxLimit)
		case "after":
			if after, err = strconv.ParseUint(value, 10, 63); err != nil || strconv.FormatUint(after, 10) != value {
				err = badParameter{name: "after", why: "after"}
			}
		}
		if err != nil {
			return 0, 0, err
		}
	}
	return after, limit, nil
}
