package server

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"testamur/site"
	"testamur/verify"
)

// static answers a page that is always the same.
func (s *Server) static(c *fiber.Ctx, r reader) error {
	body, ok := r.pages.Page(r.words, strings.Clone(c.Path()))
	if !ok {
		return fiber.ErrNotFound
	}
	return s.sendIn(c, r, htmlType, body)
}

// slash leads to the same address with its last slash.
func (s *Server) slash(c *fiber.Ctx) error {
	path := strings.Clone(c.Path()) + "/"
	if _, ok := s.Pages.Page(s.words, path); !ok {
		return fiber.ErrNotFound
	}
	return c.Redirect(toSlash(c, path), fiber.StatusPermanentRedirect)
}

// toSlash is a path with the parameters of the request.
func toSlash(c *fiber.Ctx, path string) string {
	if q := c.Context().QueryArgs().QueryString(); len(q) > 0 {
		path += "?" + string(q)
	}
	return path
}

// builder answers /show/: how to show a badge, with ?code= the code that shows one. Hidden and unknown are one answer.
func (s *Server) builder(c *fiber.Ctx, r reader) error {
	asked, err := snippetOf(c)
	if err != nil {
		return err
	}
	code, err := typedCode(c)
	if err != nil {
		return err
	}
	if code == "" {
		s.begin(c, classPage)
		return s.static(c, r)
	}
	v, err := s.checkShown(c, code)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Set(fiber.HeaderContentSecurityPolicy, copyPolicy)
	return s.sendIn(c, r, htmlType, r.pages.Show(r.words, site.Share{Verdict: s.page(v), Snippet: asked}))
}

// practice answers the practice questions of a certification: the form, or with an answer to any of them what was right.
// Nothing of it is kept.
func (s *Server) practice(c *fiber.Ctx, r reader) error {
	path := strings.Clone(c.Path())
	questions := r.pages.Questions(r.words, path)
	chosen, answered := map[string]int{}, false
	err := query(c, func(name, value string) (err error) {
		answered = true
		if name == site.PracticeDone {
			return choice(name, value, "1")
		}
		chosen[name], err = whole(name, value, 1, questions[name])
		return err
	}, append(slices.Sorted(maps.Keys(questions)), site.PracticeDone)...)
	if err != nil {
		return err
	}
	if !answered {
		return s.static(c, r)
	}
	return s.sendIn(c, r, htmlType, r.pages.Answered(r.words, path, chosen))
}

// search answers /search: the box, or with ?q= what was found.
func (s *Server) search(c *fiber.Ctx, r reader) error {
	var asked string
	err := query(c, func(_, value string) error {
		asked = value
		return nil
	}, "q")
	if err != nil {
		return err
	}
	code, err := verify.ParseCode(asked)
	if err != nil {
		code = "" // words, as most are
	}
	return s.sendIn(c, r, htmlType, r.pages.Search(r.words, asked, string(code)))
}

// asset answers a file whose address holds the hash of its content.
func (s *Server) asset(c *fiber.Ctx) error {
	body, mime, ok, err := s.Pages.Asset(strings.Clone(c.Path()))
	if !ok {
		return fiber.ErrNotFound
	}
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderCacheControl, "public, max-age=31536000, immutable")
	return s.send(c, mime, body)
}

// robots keeps crawlers from the API alone: pages that are not to be indexed must be fetched to see that they say so.
func (s *Server) robots(c *fiber.Ctx) error {
	return s.send(c, textType, s.Pages.Robots())
}

// sitemap lists the pages that search engines may list.
func (s *Server) sitemap(c *fiber.Ctx) error {
	return s.send(c, xmlType, s.Pages.Sitemap(s.words))
}

// feed says what changed on the site, as Atom.
func (s *Server) feed(c *fiber.Ctx) error {
	return s.send(c, feedType, s.Pages.Feed(s.words))
}

// security says whom to tell of a weakness (RFC 9116).
func (s *Server) security(c *fiber.Ctx) error {
	return s.send(c, textType, s.Pages.Security(s.Now()))
}

// exampleDay is the day of grant by which pages show how long a certification lasts: one in the middle of a month.
var exampleDay = verify.Day{Year: 2014, Month: time.June, Day: 14}

// Shown is an entry of the catalogue as pages show it; emblem is an SVG.
func Shown(x verify.Certification, emblem []byte, zone *time.Location) site.Certification {
	c := site.Certification{Slug: x.Slug, Title: x.Title, Summary: x.Summary, Audience: x.Audience, State: string(x.State),
		Exam: (*site.Exam)(x.Exam), Practicum: (*site.Practicum)(x.Practicum), Prerequisites: x.Prerequisites, Recommended: x.Recommended,
		Organisation: x.Organisation, Tiers: x.Tiers, Months: x.Validity.Months, From: string(x.Validity.From),
		Granted: day(exampleDay), ValidTo: day(verify.DayOf(x.Validity.Expiry(exampleDay, zone), zone)), Emblem: emblem}
	for _, e := range x.Editions {
		edition := site.Edition{Name: e.Name, Released: day(e.Released), Classes: e.Classes, Labs: e.Labs,
			ClassMinutes: e.ClassMinutes, Teaches: e.Teaches, Legacy: e.Legacy}
		for _, class := range e.List {
			edition.List = append(edition.List, site.Class(class))
		}
		c.Editions = append(c.Editions, edition)
	}
	return c
}

// day is a day as pages show it.
func day(d verify.Day) site.Date { return site.Date(civil(d)) }
