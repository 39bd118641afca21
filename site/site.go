// Package site makes the pages that people read: home, the box to check a code, the answer for every state, errors. It
// turns plain values into whole documents and knows no HTTP, no store and no rules.
//
// Begin with New. The templates and the style sheet are in layout, the words in assets/messages/*/site.yaml. No page has
// an inline style or needs a script; one, which copies, is there where there is something to copy. Nothing is loaded from
// anybody else.
package site

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"strings"

	"testamur/messages"
)

//go:embed layout
var layout embed.FS

// Config is what the pages say of the academy.
type Config struct {
	Brand, Wordmark string
	Domain          string // what the address bar must say, such as academy.example.org
	URL             string // scheme, host and port
	Email           string
	ZoneName        string // of the zone whose midnight ends a day, such as UTC
	Mark            string // SVG path data in a box of 180, drawn as strokes
	Certifications  []Certification
	Specimen        []byte // PNG of a badge that was never issued, 600 pixels; empty: none is shown
	Messages        *messages.Catalogue
}

// Certification is an entry of the home page.
type Certification struct {
	Slug, Title, Summary, Audience string
	Classes, Labs                  int    // of the newest edition; 0: not shown
	ClassMinutes                   string // length of one class, such as 60 or 45-60; empty: not shown
	Practicum                      bool
	Deep                           string // colour of the ground of its emblem, #RRGGBB
	Icon                           []Stroke
}

// Minutes is ClassMinutes as people write it.
func (c Certification) Minutes() string { return strings.ReplaceAll(c.ClassMinutes, "-", "–") }

// Stroke is a path of an icon in a box of 180; Width 0 fills it.
type Stroke struct {
	Path, Colour string
	Width        float64
}

// Pages makes the pages. It is safe for concurrent use; nobody may change the bytes it returns.
type Pages struct {
	config    Config
	files     map[string]file   // by address
	addresses map[string]string // by name
	languages map[string]*pages // by tag
}

// file is what lies at an address of /assets/.
type file struct {
	body []byte
	mime string
}

// pages is the pages of one language.
type pages struct {
	words                *messages.Language
	templates            map[string]*template.Template
	home, form, noRecord []byte // they are always the same
}

// view is what a template sees.
type view struct {
	Config
	Words     *messages.Language
	Page      string // name of the template
	Canonical string // address; empty: none is named
	Index     bool   // search engines may list it
	Of        any    // what the page is about
}

// New reads the templates and makes each page once in each language: a broken one is an error here, not later.
func New(c Config) (*Pages, error) {
	p := &Pages{config: c, files: map[string]file{}, addresses: map[string]string{}, languages: map[string]*pages{}}
	css, err := layout.ReadFile("layout/site.css")
	if err != nil {
		return nil, fmt.Errorf("site: %w", err)
	}
	p.keep("site", ".css", "text/css; charset=utf-8", css)
	script, err := layout.ReadFile("layout/copy.js")
	if err != nil {
		return nil, fmt.Errorf("site: %w", err)
	}
	p.keep("copy", ".js", "text/javascript; charset=utf-8", script)
	p.keep("icon", ".svg", "image/svg+xml", []byte(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="-40 -40 260 260"><rect x="-40" y="-40" width="260" height="260" rx="58" fill="#093e47"/><path d="`+
		template.HTMLEscapeString(c.Mark)+`" fill="none" stroke="#fff" stroke-width="14" stroke-linecap="round" stroke-linejoin="round"/></svg>`))
	if len(c.Specimen) > 0 {
		p.keep("specimen", ".png", "image/png", c.Specimen)
	}
	for _, tag := range c.Messages.Languages() {
		if p.languages[tag], err = p.translate(c.Messages.In(tag)); err != nil {
			return nil, fmt.Errorf("site: pages in %s: %w", tag, err)
		}
	}
	return p, nil
}

// translate reads the templates for one language and tries each.
func (p *Pages) translate(l *messages.Language) (*pages, error) {
	frame, err := template.New("frame.html").Funcs(p.functions(l)).ParseFS(layout, "layout/frame.html", "layout/parts.html", "layout/embed.html")
	if err != nil {
		return nil, err
	}
	in := &pages{words: l, templates: map[string]*template.Template{}}
	for _, x := range []struct {
		name string
		view view
		keep *[]byte
	}{
		{"home", view{Canonical: p.config.URL + "/", Index: true}, &in.home},
		{"form", view{Canonical: p.config.URL + "/verify", Index: true}, &in.form},
		{"no-record", view{}, &in.noRecord},
		{"verdict", view{Of: answer{Verdict{Status: "valid"}, l, p.config.ZoneName}}, nil},
		{"share", view{Of: p.shared(l, Share{Verdict: Verdict{Status: "valid"}})}, nil},
		{"mistyped", view{Of: attempt{Kind: "mistyped"}}, nil},
		{"unavailable", view{Of: ""}, nil},
		{"problem", view{Of: trouble{Kind: "other"}}, nil},
		{"api", view{Of: API{}}, nil},
	} {
		t, err := frame.Clone()
		if err != nil {
			return nil, err
		}
		if in.templates[x.name], err = t.ParseFS(layout, "layout/"+x.name+".html"); err != nil {
			return nil, err
		}
		body, err := p.execute(in, x.name, x.view)
		if err != nil {
			return nil, err
		}
		if x.keep != nil {
			*x.keep = body
		}
	}
	return in, nil
}

func (p *Pages) execute(in *pages, name string, v view) ([]byte, error) {
	v.Config, v.Words, v.Page = p.config, in.words, name
	var b bytes.Buffer
	err := in.templates[name].Execute(&b, v)
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
		return in
	}
	return p.languages[messages.Reference]
}

// keep puts a file where its address holds the hash of its content.
func (p *Pages) keep(name, ext, mime string, body []byte) {
	sum := sha256.Sum256(body)
	at := "/assets/" + name + "." + hex.EncodeToString(sum[:8]) + ext
	p.files[at], p.addresses[name] = file{body, mime}, at
}

// Asset returns the file at an address such as /assets/site.0123456789abcdef.css, which changes with its content.
func (p *Pages) Asset(address string) (body []byte, mime string, ok bool) {
	f, ok := p.files[address]
	return f.body, f.mime, ok
}

// AssetURL returns the address of the style sheet ("site"), of the script "copy", of "icon" or of "specimen"; empty where there
// is none.
func (p *Pages) AssetURL(name string) string { return p.addresses[name] }

// Home returns the home page.
func (p *Pages) Home(l *messages.Language) []byte { return p.in(l).home }

// Form returns the page with the box to check a code.
func (p *Pages) Form(l *messages.Language) []byte { return p.in(l).form }

// NoRecord returns the one answer for hidden and unknown codes: always the same bytes.
func (p *Pages) NoRecord(l *messages.Language) []byte { return p.in(l).noRecord }

// Verdict returns the answer about a credential.
func (p *Pages) Verdict(l *messages.Language, v Verdict) []byte {
	return p.page(l, "verdict", view{Canonical: v.Canonical, Index: v.Index, Of: answer{v, p.in(l).words, p.config.ZoneName}})
}

// attempt is a code that cannot be one.
type attempt struct{ Kind, Input string }

// Box is the box with what was typed and what is wrong with it.
func (a attempt) Box() box { return box{"site.check.correct", a.Input, "site." + a.Kind + ".wrong"} }

// Mistyped returns the box with what was typed; malformed says that it has not the shape of a code, else its check
// character is wrong.
func (p *Pages) Mistyped(l *messages.Language, input string, malformed bool) []byte {
	a := attempt{"mistyped", strings.ToValidUTF8(input, "\uFFFD")}
	switch {
	case strings.TrimSpace(input) == "":
		a.Kind = "empty"
	case malformed:
		a.Kind = "malformed"
	}
	return p.page(l, "mistyped", view{Of: a})
}

// Unavailable returns the answer while the store cannot be asked. It says nothing of the code; requestID may be empty.
func (p *Pages) Unavailable(l *messages.Language, requestID string) []byte {
	return p.page(l, "unavailable", view{Of: requestID})
}

// trouble is any other error.
type trouble struct {
	Kind, RequestID string
	Again           bool // the same request may do better later
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
	return p.page(l, "problem", view{Of: trouble{kind, requestID, again}})
}
