package server

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"testamur/render"
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

// query gives each known parameter, of which there may be 63, once. A known one that is doubled or empty is refused, an unknown one passed over.
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

// size is how a picture is asked for.
type size struct {
	style    render.Style
	w, h     int // pixels
	download bool
}

const downloadWidth = 600

// sizeOf reads the parameters of a badge or a card: where one side is given the other follows.
func sizeOf(c *fiber.Ctx) (size, error) {
	var out size
	out.w, out.h, _ = out.style.Fit(0, 0)
	if c.Context().QueryArgs().Len() == 0 {
		return out, nil
	}
	standard := out
	var sides [2]string
	err := query(c, func(name, value string) (err error) {
		switch name {
		case "w":
			sides[0] = value
		case "h":
			sides[1] = value
		case "style":
			if value == string(render.StyleCard) {
				out.style = render.StyleCard
			}
			err = choice(name, value, "seal", string(render.StyleCard))
		case "download":
			out.download = true
			err = choice(name, value, "1")
		}
		return err
	}, "w", "h", "style", "download")
	if err != nil {
		return standard, err
	}
	minW, minH, maxW, maxH := out.style.Limits()
	w, err := whole("w", sides[0], minW, maxW)
	if err != nil {
		return standard, err
	}
	h, err := whole("h", sides[1], minH, maxH)
	if err != nil {
		return standard, err
	}
	if out.download {
		w, h = downloadWidth, 0
	}
	out.w, out.h, _ = out.style.Fit(w, h) // one side in its limits leads to the other in its own
	return out, nil
}

// sheet is how a certificate is asked for.
type sheet struct {
	paper render.Paper
	lang  string // of the words; empty: the holder's
	width int    // pixels of a picture; 0 for the page
}

// sheetOf reads the parameters of a certificate. Only its picture has a width.
func (s *Server) sheetOf(c *fiber.Ctx, k class) (out sheet, err error) {
	out.paper = render.A4
	known := []string{"paper", "lang"}
	if k == classSheet {
		known, out.width = append(known, "w"), render.CertificateWidth
	}
	err = query(c, func(name, value string) (err error) {
		switch name {
		case "w":
			out.width, err = whole(name, value, render.CertificateMinWidth, render.CertificateMaxWidth)
		case "lang":
			out.lang = value
			err = choice(name, value, s.Messages.Offered()...)
		default:
			out.paper = render.Paper(value)
			err = choice(name, value, string(render.A4), string(render.Letter))
		}
		return err
	}, known...)
	return out, err
}

// whole reads a whole number; one that is not given is 0.
func whole(name, value string, least, most int) (int, error) {
	n, err := strconv.Atoi(value)
	if value != "" && (err != nil || n < least || n > most || strconv.Itoa(n) != value) {
		return 0, badParameter{name, "range", []string{"from", strconv.Itoa(least), "to", strconv.Itoa(most)}}
	}
	return n, nil
}

func choice(name, value string, of ...string) error {
	if !slices.Contains(of, value) {
		return badParameter{name, "choice", []string{"choice", strings.Join(of, ", ")}}
	}
	return nil
}
