package server

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"testamur/site"
	"testamur/verify"
)

// oEmbedObject is what a program shows in the place of a link to an answer: a photo while there is a badge to show, else
// the link alone.
type oEmbedObject struct {
	Version      string `json:"version"`
	Type         string `json:"type"`
	Title        string `json:"title"`
	ProviderName string `json:"provider_name"`
	ProviderURL  string `json:"provider_url"`
	CacheAge     int    `json:"cache_age"` // seconds
	URL          string `json:"url,omitempty"`
	Width        int    `json:"width,omitempty"`
	Height       int    `json:"height,omitempty"`
}

// Sides that oEmbed may ask for. What is larger than the badge as it comes makes no difference.
const (
	oEmbedLeast = 32
	oEmbedMost  = 1_000_000
	oEmbedSide  = 300
)

// oEmbed answers /oembed for the address of an answer. Anything else, hidden and unknown codes too, is one constant 404.
func (s *Server) oEmbed(c *fiber.Ctx) error {
	var address string
	side := oEmbedSide
	err := query(c, func(name, value string) (err error) {
		most := 0
		switch name {
		case "url":
			address = value
		case "format":
			err = choice(name, value, "json")
		default:
			if most, err = whole(name, value, oEmbedLeast, oEmbedMost); err == nil {
				side = min(side, most)
			}
		}
		return err
	}, "url", "format", "maxwidth", "maxheight")
	if err != nil {
		return err
	}
	if address == "" {
		return badParameter{"url", "missing", []string{"example", s.URL + "/verify/7K3M-9QXT-4P24"}}
	}
	code, err := s.codeOfAddress(address)
	if err != nil {
		return err
	}
	v, err := s.checkCounted(c, code)
	if err != nil {
		return err
	}
	out := oEmbedObject{Version: "1.0", Type: "link", ProviderName: s.Issuer.Name, ProviderURL: s.URL + "/", CacheAge: cacheAge(v),
		Title: s.words.Text("oembed."+string(v.Status), "certification", s.certificationOf(v.Certification).Title, "name", v.Name)}
	if v.Status == verify.Valid || v.Status == verify.Expired {
		side = onLadder(side)
		out.Type, out.URL, out.Width, out.Height = "photo", s.URL+"/badges/"+string(v.Code)+".png?w="+strconv.Itoa(side), side, side
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	return s.sendJSON(c, out)
}

// codeOfAddress reads the code of an answer's address, in any form in which that is answered. The address of anything
// else is a miss that nobody is slowed down for.
func (s *Server) codeOfAddress(address string) (verify.Code, error) {
	u, err := url.Parse(address)
	if err != nil || !strings.EqualFold(u.Scheme+"://"+u.Host, s.URL) || u.User != nil {
		return "", errNoRecord
	}
	for _, path := range []string{"/verify/", "/v/", "/V/"} {
		if typed, ok := strings.CutPrefix(u.Path, path); ok && !strings.Contains(typed, "/") && !strings.HasSuffix(typed, ".json") {
			return verify.ParseCode(typed)
		}
	}
	return "", errNoRecord
}

// onLadder is the largest side of a seal that is ready at once and not larger; under the smallest of them, side itself.
func onLadder(side int) int {
	out := side
	for _, w := range site.Widths(site.StyleSeal) {
		if w <= side {
			out = w
		}
	}
	return out
}

// cacheAge is for how many seconds the answer about a credential may be kept.
func cacheAge(v verify.Verdict) int {
	if change, ok := v.NextChange(v.CheckedAt); ok {
		return min(farAge, int(change.Sub(v.CheckedAt)/time.Second))
	}
	return farAge
}

// oEmbedAddress is where the answer about a code is for programs that embed it.
func (s *Server) oEmbedAddress(code verify.Code) string {
	return s.URL + "/oembed?format=json&url=" + url.QueryEscape(s.URL+"/verify/"+string(code))
}
