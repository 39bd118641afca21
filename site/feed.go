package site

import (
	"cmp"
	"encoding/xml"
	"net/url"
	"slices"
	"strings"

	"testamur/messages"
)

// FeedPath is where the feed of what changed is.
const FeedPath = "/feed.xml"

// change is an entry of the feed.
type change struct {
	path, title, text string
	id                string // what tells it from others at the same path; empty: nothing has to
	on                Date
}

// changes are the texts of the site and the editions that were released, the newest first.
func (p *Pages) changes(in *pages) (all []change) {
	l, c := in.words, in.content
	add := func(path, title, text string, on Date) {
		all = append(all, change{path: path, title: title, text: text, on: on})
	}
	for _, x := range p.config.Certifications {
		for _, e := range x.Editions {
			if e.Released != (Date{}) && !e.Legacy {
				all = append(all, change{x.Path(), l.Text("site.feed.edition", "certification", x.Title, "edition", e.Name), x.Summary, "edition-" + url.PathEscape(e.Name), e.Released})
			}
		}
		if t := c.about[x.Slug]; t != nil {
			add(x.Path(), x.Title, x.Summary, t.Updated)
		}
		if t := c.study[x.Slug]; t != nil {
			add(of(x.Slug, guidePath), l.Text("site.guide.title", "certification", x.Title), l.Text("site.guide.description", "certification", x.Title), t.Updated)
		}
		if t := c.practice[x.Slug]; t != nil {
			add(of(x.Slug, PracticePath), l.Text("site.practice.title", "certification", x.Title), l.Text("site.practice.description", "certification", x.Title), t.Updated)
		}
	}
	for _, s := range faqOf(c).Sections {
		var asked []string
		for _, q := range s.Parts {
			asked = append(asked, q.Title)
		}
		on := s.Updated
		if s.name == termsSection {
			on = later(on, c.terms[0].Updated)
		}
		add("/faq/#"+s.ID(), l.Text("site.search.in", "page", l.Text("site.faq.short"), "part", s.Title), strings.Join(asked, " "), on)
	}
	for _, t := range c.guides {
		add(showPath+"#"+t.ID(), l.Text("site.search.in", "page", l.Text("site.show.title"), "part", t.Title), t.intro, t.Updated)
	}
	all = append(all, change{"/terms/", c.terms[0].Title, l.Text("site.terms.description", "brand", p.config.Brand), c.terms[0].Version(), c.terms[0].Updated})
	for _, t := range c.pages {
		add("/"+t.name+"/", t.Title, t.Description, t.Updated)
	}
	slices.SortStableFunc(all, func(a, b change) int {
		return cmp.Or(strings.Compare(b.on.machine(), a.on.machine()), strings.Compare(a.path, b.path), strings.Compare(a.id, b.id))
	})
	return all
}

// Feed returns what changed on the site as Atom (RFC 4287). Each entry keeps its id when its text changes again. Days are
// written as their first second in UTC.
func (p *Pages) Feed(l *messages.Language) []byte {
	type link struct {
		Rel  string `xml:"rel,attr,omitempty"`
		Type string `xml:"type,attr"`
		Href string `xml:"href,attr"`
	}
	type entry struct {
		ID      string `xml:"id"`
		Title   string `xml:"title"`
		Updated string `xml:"updated"`
		Link    link   `xml:"link"`
		Summary string `xml:"summary"`
	}
	moment := func(d Date) string { return d.machine() + "T00:00:00Z" }
	in := p.in(l)
	feed := struct {
		XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
		Lang    string   `xml:"xml:lang,attr"`
		ID      string   `xml:"id"`
		Title   string   `xml:"title"`
		Updated string   `xml:"updated"`
		Author  string   `xml:"author>name"`
		Links   []link   `xml:"link"`
		Entries []entry  `xml:"entry"`
	}{Lang: in.words.Tag(), ID: p.config.URL + FeedPath, Title: in.words.Text("site.feed.titled", "brand", p.config.Brand), Author: p.config.Brand,
		Links: []link{{"self", "application/atom+xml", p.config.URL + FeedPath}, {"alternate", "text/html", p.config.URL + "/"}}}
	for _, c := range p.changes(in) {
		feed.Updated = max(feed.Updated, moment(c.on))
		id := p.config.URL + c.path
		if c.id != "" {
			id += "#" + c.id
		}
		feed.Entries = append(feed.Entries, entry{id, c.title, moment(c.on), link{"alternate", "text/html", p.config.URL + c.path}, c.text})
	}
	body, err := xml.MarshalIndent(feed, "", " ")
	if err != nil { // texts only
		return nil
	}
	return append([]byte(xml.Header), append(body, '\n')...)
}
