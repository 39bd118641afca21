package site_test

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"testamur/site"
)

// What the page for holders offers, and what it does not (rules 28, 33 and 37 to 40).
func TestShare(t *testing.T) {
	p, l := build(t, nil)
	const download, calendar, add = "/badges/" + code + ".png?download=1", "/share/" + code + ".ics", "https://www.linkedin.com/profile/add?"
	company := share("valid", "html", "seal", 300)
	company.Organisation, company.LinkedIn = true, ""
	for name, x := range map[string]struct {
		page       site.Share
		has, lacks []string
	}{
		"valid":   {share("valid", "html", "seal", 300), []string{"Valid to", "31 July 2015", download, calendar, add, "It speaks of you alone"}, []string{"Expired"}},
		"expired": {share("expired", "html", "seal", 300), []string{"Expired", "31 July 2015", add, "grey until it is renewed"}, []string{"Valid to", download, calendar}},
		"company": {company, []string{"Valid to", download, "It speaks of your company alone", "your company’s page"}, []string{add, "your profile"}},
	} {
		page := p.Share(l, x.page)
		all := parse(t, name, page)
		var text strings.Builder
		text.WriteString(one(t, name, all, "main").text)
		for _, a := range named(all, "a") {
			text.WriteString("\n" + a.attr["href"])
		}
		for _, s := range append(x.has, "Maya Lindqvist", "Certifications end after a time", "Change width and height together", "/certificates/"+code+".pdf",
			"/certificates/"+code+".pdf?paper=letter", "/certificates/"+code+".png", "/previews/"+code+".png", "cannot expire", url+"/verify/"+code) {
			if !strings.Contains(text.String(), s) {
				t.Errorf("%s: does not say %q", name, s)
			}
		}
		for _, s := range x.lacks {
			if strings.Contains(text.String(), s) {
				t.Errorf("%s: says %q", name, s)
			}
		}
		if !bytes.Contains(page, []byte(`<link rel="canonical" href="`+url+`/share/`+code+`">`)) {
			t.Errorf("%s: has another canonical address", name)
		}
		for _, e := range all { // the words for those who copy by hand are there until the script takes them away
			if _, hidden := e.attr["hidden"]; hidden != (e.attr["data-copies"] != "") {
				t.Errorf("%s: <%s> hidden: %v", name, e.name, hidden)
			}
		}
	}
}

// The form shows what is chosen as it was made, the box has the snippet, and the picture to try is that of the snippet.
func TestShareForm(t *testing.T) {
	p, l := build(t, nil)
	for _, target := range site.Targets() {
		for _, style := range site.Styles() {
			for _, width := range []int{64, 300, 320} {
				made := snippet(target, style, width).Fit()
				page := p.Share(l, share("valid", target, style, width))
				var chosen []string
				picture, rich := "", false
				for _, e := range parse(t, target, page) {
					if _, ok := e.attr["selected"]; ok {
						chosen = append(chosen, e.attr["value"])
					}
					if e.name == "img" {
						picture = url + e.attr["src"]
					}
					if _, ok := e.attr["data-rich"]; ok {
						rich = true
					}
				}
				if want := []string{made.Target, made.Style, strconv.Itoa(made.Width)}; !slices.Equal(chosen, want) {
					t.Errorf("%s %s %d: chosen are %q, not %q", target, style, width, chosen, want)
				}
				if picture != made.PictureAt(1) {
					t.Errorf("%s %s %d: the picture to try is %s", target, style, width, picture)
				}
				if box := textarea(t, page); box != made.Code() {
					t.Errorf("%s %s %d: the box has\n%s\nnot\n%s", target, style, width, box, made.Code())
				}
				if rich != (target == site.TargetSignature) {
					t.Errorf("%s: copied as a picture too: %v", target, rich)
				}
			}
		}
	}
}

// Whatever the name, the box holds the snippet and nothing on the page is markup that was not there before.
func TestShareIsEscaped(t *testing.T) {
	p, l := build(t, nil)
	for i, name := range hardNames {
		target := site.Targets()[i%len(site.Targets())]
		s := share("valid", target, "seal", 300)
		s.Name = name
		page := p.Share(l, s)
		all := parse(t, name, page)
		if plain := parse(t, target, p.Share(l, share("valid", target, "seal", 300))); len(all) != len(plain) {
			t.Errorf("%s: %q changes the elements of the page", target, name)
		}
		want := snippet(target, "seal", 300)
		want.Alt = site.SnippetAlt(l, "Inbound Certification", name)
		if box := textarea(t, page); box != want.Code() {
			t.Errorf("%s: %q: the box has\n%s\nnot\n%s", target, name, box, want.Code())
		}
		for _, e := range named(all, "meta") {
			if e.attr["property"] == "og:title" && strings.ReplaceAll(e.attr["content"], "\r", "") != strings.ReplaceAll(name, "\r", "")+": Inbound Certification" {
				t.Errorf("%q: the title for links is %q", name, e.attr["content"])
			}
		}
	}
}

// textarea is what a browser has in the only box of a page.
func textarea(t *testing.T, page []byte) string {
	t.Helper()
	root, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && n.Data == "textarea" {
			found = append(found, n.FirstChild.Data)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d boxes", len(found))
	}
	return found[0]
}
