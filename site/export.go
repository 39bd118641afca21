package site

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"testamur/messages"
)

// Export gives every file of the part that is always the same, for any web host: pages as folder/index.html, what they
// load, robots.txt, sitemap.xml, feed.xml, security.txt as of now, and 404.html. Links between them are relative, so that they may
// lie in a folder; forms, and links to all else and to other languages, lead to the server. Names are in order and have no
// slash before them.
func (p *Pages) Export(l *messages.Language, now time.Time, write func(name string, body []byte) error) error {
	files := map[string][]byte{
		"robots.txt": p.Robots(), "sitemap.xml": p.Sitemap(l), strings.TrimPrefix(FeedPath, "/"): p.Feed(l), ".well-known/security.txt": p.Security(now),
		"404.html": p.moved(p.Problem(l, 404, "not-found", ""), "/", func(to string) string { return p.config.URL + to }, nil),
	}
	assets := map[string]bool{}
	opened, err := p.opened(p.in(l)) // no host answers the form
	if err != nil {
		return err
	}
	for at, body := range p.in(l).static {
		if x, ok := opened[at]; ok {
			body = x
		}
		files[strings.TrimPrefix(at, "/")+"index.html"] = p.moved(body, at, func(to string) string { return p.near(l, at, to) }, assets)
	}
	for at := range assets {
		body, _, _, err := p.Asset(at)
		if err != nil {
			return err
		}
		files[strings.TrimPrefix(at, "/")] = body
	}
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if err := write(name, files[name]); err != nil {
			return err
		}
	}
	return nil
}

var (
	reference = regexp.MustCompile(` (href|src|srcset|action)="([^"]*)"`)
	candidate = regexp.MustCompile(`/assets/[^ ,"]+`)
)

// moved is the page at an address with the addresses of this site as to has them; it notes the assets that it loads.
func (p *Pages) moved(page []byte, at string, to func(string) string, assets map[string]bool) []byte {
	return reference.ReplaceAllFunc(page, func(m []byte) []byte {
		x := reference.FindSubmatch(m)
		name, value := string(x[1]), string(x[2])
		switch {
		case name == "srcset":
			value = candidate.ReplaceAllStringFunc(value, func(at string) string {
				if assets != nil {
					assets[at] = true
				}
				return to(at)
			})
		case name == "action":
			value = p.config.URL + value
		case strings.HasPrefix(value, "?"): // the same page in another language
			value = p.config.URL + at + value
		case strings.HasPrefix(value, "/"):
			if _, ok := p.files[value]; ok && assets != nil {
				assets[value] = true
			}
			value = to(value)
		}
		return []byte(" " + name + `="` + value + `"`)
	})
}

// near is an address of this site as the page at from says it: relative where it is exported too.
func (p *Pages) near(l *messages.Language, from, to string) string {
	at, id, fragment := strings.Cut(to, "#")
	_, page := p.in(l).static[at]
	_, asset := p.files[at]
	exported := page || asset || slices.Contains([]string{"/robots.txt", "/sitemap.xml", FeedPath, "/.well-known/security.txt"}, at)
	if !exported {
		return p.config.URL + to
	}
	near := strings.Repeat("../", strings.Count(from, "/")-1) + strings.TrimPrefix(at, "/")
	if near == "" {
		near = "./"
	}
	if fragment {
		near += "#" + id
	}
	return near
}
