package main

import (
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// From the first page and from a page for holders, every link, picture, form and preview of the demo leads to something
// that is there, and every fragment to a part of it: in every language, which links go on in.
func TestCrawl(t *testing.T) {
	printed := startDemo(t)
	home := regexp.MustCompile(`http://[^/ ]+/`).FindString(printed)
	valid := regexp.MustCompile(`(?m)^valid +(http\S+)`).FindStringSubmatch(printed)[1]
	var (
		reference = regexp.MustCompile(` (href|src|srcset|content)="([^"]*)"`)
		identity  = regexp.MustCompile(` id="([^"]*)"`)
		pages     = map[string]string{} // by address without fragment
		wanted    = map[string][]string{}
		from      = map[string]string{}
		waiting   = []string{home, valid, strings.Replace(valid, "/verify/", "/share/", 1), home + "search?q=badge", home + "show/?code=" + valid[len(valid)-14:], home + "sitemap.xml"}
	)
	for len(waiting) > 0 {
		at := waiting[0]
		waiting = waiting[1:]
		if _, known := pages[at]; known {
			continue
		}
		status, header, body := fetch(t, at)
		if status != 200 {
			t.Errorf("%s is %d; %s leads there", at, status, from[at])
		}
		pages[at] = string(body)
		if !strings.HasPrefix(header.Get("Content-Type"), "text/html") {
			continue
		}
		base, _ := url.Parse(at)
		for _, m := range reference.FindAllStringSubmatch(string(body), -1) {
			values := []string{html.UnescapeString(m[2])}
			switch {
			case m[1] == "content" && !strings.HasPrefix(m[2], "http"):
				continue
			case m[1] == "srcset":
				values = nil
				for part := range strings.SplitSeq(html.UnescapeString(m[2]), ", ") {
					values = append(values, strings.Fields(part)[0])
				}
			}
			for _, v := range values {
				to, err := base.Parse(v)
				if err != nil {
					t.Errorf("%s: %q: %v", at, v, err)
					continue
				}
				fragment := to.Fragment
				to.Fragment = ""
				if !strings.HasPrefix(to.String(), home) { // mail, LinkedIn
					continue
				}
				if strings.HasPrefix(to.Path, "/certificates/") && strings.HasSuffix(to.Path, ".png") {
					continue // the page for holders leads to the certificate as a picture, which this version does not draw yet
				}
				waiting = append(waiting, to.String())
				wanted[to.String()] = append(wanted[to.String()], fragment)
				from[to.String()] = at
			}
		}
	}
	for at, fragments := range wanted {
		ids := []string{""}
		for _, m := range identity.FindAllStringSubmatch(pages[at], -1) {
			ids = append(ids, m[1])
		}
		for _, f := range fragments {
			if !slices.Contains(ids, f) {
				t.Errorf("%s has no #%s", at, f)
			}
		}
	}
	if len(pages) < 60 {
		t.Errorf("only %d addresses were reached", len(pages))
	}
	said := regexp.MustCompile(`[?&]lang=([a-z]+)`)
	in := map[string]int{} // pages by language
	for at, body := range pages {
		m, ours := said.FindStringSubmatch(at), strings.HasPrefix(body, "<!doctype html>")
		switch {
		case m == nil && ours && !strings.Contains(body, `<html lang="en" dir="ltr">`):
			t.Errorf("%s is not in the language of somebody who asks for none", at)
		case m != nil && ours && !strings.Contains(body, `<html lang="`+m[1]+`" dir="`):
			t.Errorf("%s is in another language", at)
		case m != nil && ours:
			in[m[1]]++
		}
	}
	for _, tag := range []string{"ar", "de", "en", "es", "fr"} {
		if in[tag] < 20 || in[tag] != in["ar"] {
			t.Errorf("%d pages in %s were reached", in[tag], tag)
		}
	}
}
