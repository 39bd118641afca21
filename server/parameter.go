package server

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"testamur/verify"
)

// codeOf reads the code of a path, which must end in suffix. A path that does not is not one of ours.
func codeOf(c *fiber.Ctx, param, suffix string) (verify.Code, error) {
	raw, ok := strings.CutSuffix(c.Params(param), suffix)
	if !ok {
		return "", fiber.ErrNotFound
	}
	text, err := url.PathUnescape(raw)
	if err != nil {
		return "", verify.ErrMalformed
	}
	return verify.ParseCode(text) // a text of its own: Fiber reuses the bytes of a parameter
}

const maxTyped = 40 // runes

// typed is what stands where a code should, for the form to keep.
func typed(c *fiber.Ctx) string {
	raw := c.Params("code", strings.TrimSuffix(c.Params("file"), ".pdf"))
	if text, err := url.PathUnescape(raw); err == nil {
		raw = text
	}
	if raw == "" {
		raw = c.Query("code")
	}
	runes := []rune(strings.ToValidUTF8(raw, "\uFFFD"))
	return string(runes[:min(len(runes), maxTyped)])
}

// query gives each known parameter once. A known one that is doubled or empty is refused, an unknown one passed over.
func query(c *fiber.Ctx, each func(name, value string) error, known ...string) error {
	seen := 0
	for k, v := range c.Context().QueryArgs().All() {
		i := slices.Index(known, string(k))
		if i < 0 {
			continue
		}
		name := known[i]
		switch {
		case seen>>i&1 != 0:
			return badParameter{name: name, why: "once"}
		case len(v) == 0:
			return badParameter{name: name, why: "empty"}
		}
		seen |= 1 << i
		if err := each(name, string(v)); err != nil {
			return err
		}
	}
	return nil
}

// size is how a badge is asked for.
type size struct {
	w, h     int // pixels
	download bool
}

const sealDefault, sealMin, sealMax, downloadWidth = 300, 32, 1200, 600

// sealSize reads the parameters of a badge: the seal is square, so where one side is given the other is the same.
func sealSize(c *fiber.Ctx) (size, error) {
	out := size{w: sealDefault, h: sealDefault}
	if c.Context().QueryArgs().Len() == 0 {
		return out, nil
	}
	var w, h int
	err := query(c, func(name, value string) (err error) {
		switch name {
		case "w":
			w, err = pixels(name, value)
		case "h":
			h, err = pixels(name, value)
		case "style": // the card is not there yet
			err = choice(name, value, "seal")
		case "download":
			out.download = true
			err = choice(name, value, "1")
		}
		return err
	}, "w", "h", "style", "download")
	switch {
	case err != nil:
		return size{w: sealDefault, h: sealDefault}, err
	case out.download:
		out.w, out.h = downloadWidth, downloadWidth
	case w != 0 && h != 0:
		out.w, out.h = w, h
	case w+h != 0:
		out.w, out.h = w+h, w+h
	}
	return out, nil
}

func pixels(name, value string) (int, error) {
	n, err := strconv.Atoi(value)
	if err != nil || n < sealMin || n > sealMax || strconv.Itoa(n) != value {
		return 0, badParameter{name, "range", []string{"from", strconv.Itoa(sealMin), "to", strconv.Itoa(sealMax)}}
	}
	return n, nil
}

func choice(name, value string, of ...string) error {
	if !slices.Contains(of, value) {
		return badParameter{name, "choice", []string{"choice", strings.Join(of, ", ")}}
	}
	return nil
}
