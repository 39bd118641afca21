package site

import (
	"html/template"
	"net/url"
	"strings"

	"testamur/messages"
)

// Share is what the page for holders shows: what is said about a credential that is valid or expired, and what it takes to
// show it elsewhere.
type Share struct {
	Verdict
	Snippet  Snippet // what is asked for: Target, Style and Width; the rest is filled in here
	LinkedIn string  // address of LinkedIn's form, filled in; empty: not for this holder
	Picture  string  // address of the certificate as a picture
	Calendar string  // address of the calendar file
}

// shared is a Share in the words of a language.
type shared struct {
	answer
	LinkedIn, Picture, Calendar string
	Embed                       embedding
}

// Answer is a link to the answer, which is its words too.
func (s shared) Answer() template.HTML {
	return template.HTML(`<a dir="ltr" href="` + template.HTMLEscapeString(s.Embed.Here(s.Canonical)) + `">` + template.HTMLEscapeString(s.Canonical) + `</a>`)
}

// Share returns the page for holders.
func (p *Pages) Share(l *messages.Language, s Share) []byte {
	in := p.in(l)
	view := p.about(l, s.Verdict, p.config.URL+s.Verdict.Share, p.shared(in.words, s))
	if q := s.Snippet.Fit().query(); len(q) > 0 {
		view.Here = "?" + q.Encode()
	}
	return p.page(l, "share", view)
}

func (p *Pages) shared(l *messages.Language, s Share) shared {
	s.Snippet.Picture, s.Snippet.Page = p.config.URL+s.Badge, s.Canonical
	s.Snippet.Alt = SnippetAlt(l, s.Certification, s.Name)
	seen := l.Text("site.verdict."+s.Status+".alt", "certification", s.Certification, "name", s.Name, "date", dateText(l, s.ValidTo))
	return shared{answer{s.Verdict, l, p.config.ZoneName}, s.LinkedIn, s.Picture, s.Calendar,
		p.embedding(s.Verdict.Share, s.Snippet, seen)}
}

// embedding is the form that makes a snippet, with what it made. Any page of the site may have one, as the template "embed";
// it needs the script "copy".
type embedding struct {
	Snippet
	Action string // path of the page it is on
	Asked  *asked // the code of the credential is asked for too; nil: it is not
	Seen   string // what the picture shows today, for the one to try
	site   string // scheme, host and port of this site
}

func (p *Pages) embedding(action string, s Snippet, seen string) embedding {
	return embedding{Snippet: s.Fit(), Action: action, Seen: seen, site: p.config.URL}
}

// asked is the box for a code, with what was typed.
type asked struct {
	Input string
	Wrong string // what is wrong with it: mistyped, malformed or empty; nothing
}

// showPage is the page that says how to show a badge: with a form that makes the code for one, and guides.
type showPage struct {
	Embed  embedding
	Shown  *shared // nil: no credential was named
	Guides []*text
}

// showPath is where it is.
const showPath = "/show/"

// Show returns the page that says how to show a badge, with the code for the one that was asked for: the same code as on the page
// for its holder.
func (p *Pages) Show(l *messages.Language, s Share) []byte {
	in := p.in(l)
	shown := p.shared(in.words, s)
	shown.Embed.Action, shown.Embed.Asked = showPath, &asked{Input: s.Code}
	q := shown.Embed.query()
	q.Set("code", s.Code)
	return p.page(l, "show", view{Canonical: p.config.URL + showPath + "?code=" + s.Code, Here: showPath + "?" + q.Encode(), Of: showPage{shown.Embed, &shown, in.content.guides}})
}

// ShowMistyped returns that page with what was typed where a code belongs; its arguments are those of Mistyped.
func (p *Pages) ShowMistyped(l *messages.Language, input string, malformed bool) []byte {
	a := attemptOf(input, malformed)
	return p.page(l, "show", view{Here: showPath + "?" + url.Values{"code": {a.Input}}.Encode(), Of: showPage{Embed: p.asking(a.Input, a.Kind), Guides: p.in(l).content.guides}})
}

// asking is the form as it is before a credential is named.
func (p *Pages) asking(input, wrong string) embedding {
	e := p.embedding(showPath, FirstSnippet(), "")
	e.Asked = &asked{input, wrong}
	return e
}

func (e embedding) Targets() []string { return Targets() }
func (e embedding) Styles() []string  { return Styles() }
func (e embedding) Widths() []int     { return Widths(e.Style) }

// Here is an address of this site as a page of it says it: it may have been reached under another name.
func (e embedding) Here(address string) string { return strings.TrimPrefix(address, e.site) }
