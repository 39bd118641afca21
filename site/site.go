// Package site makes the pages that people read: home, the box to check a code, the answer for every state, errors. It
// turns plain values into whole documents and knows no HTTP, no store and no rules.
//
// Begin with New. The templates and the style sheet are in layout, the words in assets/messages: site.yaml, share.yaml and, in
// English alone, api.yaml. No page has
// an inline style or needs a script; one, which copies, is there where there is something to copy. Nothing is loaded from
// anybody else.
package site

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"testamur/messages"
)

//go:embed layout
var layout embed.FS

// ours is the built-in content.
//
//go:embed content
var ours embed.FS

// Filled is SVG path data in the mark's box, filled by the non-zero rule or by the even-odd one.
type Filled struct {
	Path    string
	EvenOdd bool
}

// Config is what the pages say of the academy.
type Config struct {
	Brand, Wordmark string
	Domain          string // what the address bar must say, such as academy.example.org
	URL             string // scheme, host and port
	Email           string
	ZoneName        string            // of the zone whose midnight ends a day, such as UTC
	Mark            string            // SVG path data in a box of 180, drawn as strokes
	MarkFilled      []Filled          // the parts of the mark that are filled
	Colours         Colours           // of the brand
	Terms           string            // version of the terms in force
	OwnWords        map[string]string // of the academy, for its content: {{name}}
	Forgotten       time.Duration     // how long a cache that obeys may show a picture that was withdrawn
	Certifications  []Certification
	Content         fs.FS                                // folder of the academy, of which content/ is read; nil: our own content alone
	SpecimenOf      func(slug string, width int) Picture // of a badge; nil: none is shown
	PreviewOf       func(slug string) Picture            // the same for link previews, 1200 x 630; nil: none is shown
	Messages        *messages.Catalogue
}

// Colours are those of the brand, #RRGGBB: on a light ground, under white words; and on a dark one, under black words.
type Colours struct{ Light, Dark string }

// Picture is a PNG that is drawn when somebody asks for it.
type Picture struct {
	Tag  string // changes with what it shows: letters and digits
	Draw func() ([]byte, error)
}

// Pages makes the pages. It is safe for concurrent use; nobody may change the bytes it returns.
type Pages struct {
	config    Config
	files     map[string]file          // by address
	addresses map[string]string        // by name
	languages map[string]func() *pages // by tag
	chosen    *Pages                   // for readers who chose the language; nil in those
}

// file is what lies at an address of /assets/.
type file struct {
	body []byte
	mime string
	draw func() ([]byte, error) // where body is not there yet
}

// pages is the pages of one language.
type pages struct {
	words          *messages.Language
	content        *content
	templates      map[string]*template.Template
	static         map[string][]byte // by path: they are always the same
	foot           []way
	form, noRecord []byte
	index          func() *index // made when somebody searches
	chosen         bool          // links and forms lead on in the language
}

// way is a page and its name; Lang is the language of the name where it is not that of the page.
type way struct{ Path, Title, Lang string }

// view is what a template sees.
type view struct {
	Config
	Words       *messages.Language
	Page        string // name of the template
	Path        string // of a page that is always the same
	Canonical   string // address; empty: none is named
	Index       bool   // search engines may list it
	Alternates  bool   // and so in every language
	Here        string // address that leads here again, in another language; empty: the one that the reader is at, without parameters
	Description string // one sentence; empty: none
	Preview     *Preview
	OEmbed      string // address of the same page for programs that embed it; empty: none
	Foot        []way
	Languages   []language // of which the reader may choose
	Address     string     // the one of Canonical without a language
	Alternate   []language // the same as Languages for search engines
	Of          any        // what the page is about
}

// Preview is the picture that stands beside a link to a page: 1200 x 630. Page is the address that the link then has.
type Preview struct{ URL, Alt, Page string }

// New reads the templates and the content and makes each page once in each language: a broken one is an error here, not
// later. The error joins everything that is wrong with the content.
func New(c Config) (*Pages, error) {
	p := &Pages{config: c, files: map[string]file{}, addresses: map[string]string{}, languages: map[string]func() *pages{}}
	if err := p.keepAll(); err != nil {
		return nil, fmt.Errorf("site: %w", err)
	}
	twin := *p
	twin.languages = map[string]func() *pages{}
	p.chosen = &twin
	var tags []string
	for _, tag := range append(slices.Clone(c.Messages.Offered()), messages.Reference) {
		if slices.Contains(tags, tag) {
			continue
		}
		if l := c.Messages.In(tag); !l.Own("site.language.name") || !l.Own("share.title") {
			return nil, fmt.Errorf("languages: %s is offered and lacks site.yaml or share.yaml; pages would not be in it", tag)
		}
		tags = append(tags, tag)
	}
	plain, errs := make([]*pages, len(tags)), make([]error, len(tags))
	var languages sync.WaitGroup // a tenth of a second each
	for i, tag := range tags {
		languages.Go(func() { plain[i], errs[i] = p.translate(c.Messages.In(tag)) })
	}
	languages.Wait()
	for i, tag := range tags {
		if errs[i] != nil { // what is wrong in one is mostly wrong in all
			return nil, errs[i]
		}
		p.languages[tag] = func() *pages { return plain[i] }
		twin.languages[tag] = sync.OnceValue(func() *pages { // when somebody chooses it
			other := *plain[i]
			if other.chosen = true; twin.build(&other) != nil { // a link that is longer breaks nothing that worked before
				return plain[i]
			}
			return &other
		})
	}
	return p, p.unusedPictures()
}

// translate reads the templates and the content of one language and makes its pages.
func (p *Pages) translate(l *messages.Language) (*pages, error) {
	frame, err := template.New("frame.html").Funcs(p.functions(l)).ParseFS(layout, "layout/frame.html", "layout/parts.html", "layout/embed.html")
	if err != nil {
		return nil, fmt.Errorf("site: %w", err)
	}
	in := &pages{words: l, templates: map[string]*template.Template{}}
	if in.content, err = p.readContent(l); err != nil {
		return nil, err
	}
	in.foot = p.footOf(in)
	for _, name := range templates {
		t, err := frame.Clone()
		if err == nil {
			in.templates[name], err = t.ParseFS(layout, "layout/"+name+".html")
		}
		if err != nil {
			return nil, fmt.Errorf("site: %w", err)
		}
	}
	if err := p.build(in); err != nil {
		return nil, err
	}
	in.index = sync.OnceValue(func() *index { return newIndex(p.documents(in)) })
	for _, x := range []struct {
		name string
		view view
	}{
		{"verdict", view{Of: answer{Verdict{Status: "valid"}, l, p.config.ZoneName}}},
		{"share", view{Of: p.shared(l, Share{Verdict: Verdict{Status: "valid"}})}},
		{"mistyped", view{Of: attempt{Kind: "mistyped"}}},
		{"unavailable", view{Of: ""}},
		{"problem", view{Of: trouble{Kind: "other"}}},
		{"api", view{Of: API{}}},
		{"search", view{Of: found{}}},
		{"practice", view{Of: practicePage{practice: &practice{}, Answered: true}}},
	} {
		if _, err := p.execute(in, x.name, x.view); err != nil {
			return nil, fmt.Errorf("site: %w", err)
		}
	}
	return in, p.checkLinks(in)
}

// templates are those of layout, without the frame and its parts.
var templates = []string{"home", "certifications", "certification", "guide", "practice", "faq", "show", "terms", "text", "form", "no-record", "verdict", "share", "mistyped", "unavailable", "problem", "api", "search"}

func (p *Pages) execute(in *pages, name string, v view) ([]byte, error) {
	v.Config, v.Words, v.Page, v.Foot, v.Languages = p.config, in.words, name, in.foot, p.languagesOf(in.words, v.Here)
	if v.Alternates {
		v.Address, v.Alternate = v.Canonical, p.languagesOf(in.words, v.Canonical)
		if in.chosen {
			v.Canonical = inLanguage(v.Canonical, in.words.Tag())
			if v.Preview != nil {
				v.Preview = &Preview{v.Preview.URL, v.Preview.Alt, v.Canonical}
			}
		}
	}
	var b bytes.Buffer
	err := in.templates[name].Execute(&b, v)
	if err == nil && in.chosen {
		return carry(b.Bytes(), in.words.Tag()), nil
	}
	return b.Bytes(), err
}

// page makes a page of a template that New has tried.
func (p *Pages) page(l *messages.Language, name string, v view) []byte {
	body, err := p.execute(p.in(l), name, v)
	if err != nil { // a value cannot break what worked before; were it so, half a verdict is worse than none
		return []byte("<!doctype html><title>" + template.HTMLEscapeString(p.config.Brand) + "</title>")
	}
	return body
}

func (p *Pages) in(l *messages.Language) *pages {
	if in, ok := p.languages[l.Tag()]; ok {
		return in()
	}
	return p.languages[messages.Reference]()
}

// Page returns the page at a path such as /faq/, which is always the same.
func (p *Pages) Page(l *messages.Language, path string) (body []byte, ok bool) {
	body, ok = p.in(l).static[path]
	return body, ok
}

// Paths returns the paths of Page in order.
func (p *Pages) Paths(l *messages.Language) []string { return slices.Sorted(maps.Keys(p.in(l).static)) }

// Form returns the page with the box to check a code.
func (p *Pages) Form(l *messages.Language) []byte { return p.in(l).form }

// NoRecord returns the one answer for hidden and unknown codes: always the same bytes.
func (p *Pages) NoRecord(l *messages.Language) []byte { return p.in(l).noRecord }

// Verdict returns the answer about a credential.
func (p *Pages) Verdict(l *messages.Language, v Verdict) []byte {
	view := p.about(l, v, v.Canonical, answer{v, p.in(l).words, p.config.ZoneName})
	view.Index, view.OEmbed = v.Index, v.OEmbed
	return p.page(l, "verdict", view)
}

// about is the view of a page about a credential, with what links to it show while there is something to show.
func (p *Pages) about(l *messages.Language, v Verdict, canonical string, of any) view {
	out := view{Canonical: canonical, Of: of}
	if (answer{Verdict: v}).Shown() && v.Preview != "" {
		out.Description = l.Text("share.preview.text", "brand", p.config.Brand)
		out.Preview = &Preview{p.config.URL + v.Preview + "?v=" + v.PreviewVersion, SnippetAlt(l, v.Certification, v.Name), v.Canonical}
	}
	return out
}

// attempt is a code that cannot be one.
type attempt struct{ Kind, Input string }

// Box is the box with what was typed and what is wrong with it.
func (a attempt) Box() box { return box{"site.check.correct", a.Input, "site." + a.Kind + ".wrong"} }

// Mistyped returns the box with what was typed; malformed says that it has not the shape of a code, else its check
// character is wrong.
func (p *Pages) Mistyped(l *messages.Language, input string, malformed bool) []byte {
	a := attemptOf(input, malformed)
	return p.page(l, "mistyped", view{Here: "/verify?" + url.Values{"code": {a.Input}}.Encode(), Of: a})
}

func attemptOf(input string, malformed bool) attempt {
	a := attempt{"mistyped", strings.ToValidUTF8(input, "\uFFFD")}
	switch {
	case strings.TrimSpace(input) == "":
		a.Kind = "empty"
	case malformed:
		a.Kind = "malformed"
	}
	return a
}

// Unavailable returns the answer while the store cannot be asked. It says nothing of the code; requestID may be empty.
func (p *Pages) Unavailable(l *messages.Language, requestID string) []byte {
	return p.page(l, "unavailable", view{Of: requestID})
}

// trouble is any other error.
type trouble struct {
	Kind, RequestID string
	Again           bool          // the same request may do better later
	Detail          template.HTML // what is wrong with a parameter; empty: not said
}

// Problem returns the page for any other error. Its words follow from the status, and for a 400 from key, which is the
// last part of a problem's type; requestID may be empty.
func (p *Pages) Problem(l *messages.Language, status int, key, requestID string) []byte {
	kind, again := "other", false
	switch {
	case status == 404:
		kind = "missing"
	case status == 405:
		kind = "method"
	case status == 408:
		kind, again = "slow", true
	case status == 413:
		kind = "large"
	case status == 414, status == 431:
		kind = "long"
	case status == 429:
		kind, again = "many", true
	case status >= 500:
		kind, again = "internal", true
	case key == "bad-parameter":
		kind = "parameter"
	}
	return p.page(l, "problem", view{Of: trouble{Kind: kind, RequestID: requestID, Again: again}})
}

// Parameter returns the page for a wrong parameter, which says what it takes: why and pairs are as in
// problem.bad-parameter. A reason that only machines can meet has the words of Problem.
func (p *Pages) Parameter(l *messages.Language, name, why string, pairs ...string) []byte {
	key := "site.problem.parameter." + why
	if !l.Has(key) {
		return p.Problem(l, 400, "bad-parameter", "")
	}
	values := []any{"name", code(name)}
	for _, text := range pairs {
		values = append(values, text)
	}
	return p.page(l, "problem", view{Of: trouble{Kind: "parameter", Detail: say(l, key, values...)}})
}
