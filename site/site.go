// Package site makes the pages that people read: home, the box to check a code, the answer for every state, errors. It
// turns plain values into whole documents and knows no HTTP, no store and no rules.
//
// Begin with New; the templates and the style sheet are in layout, the words in the message catalogue.
package site

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"path"
	"strconv"
	"strings"
	"time"

	"testamur/messages"
)

//go:embed layout
var layout embed.FS

// Config is what the pages say of the academy.
type Config struct {
	Brand, Wordmark string
	Domain          string // academy.example.org: what the address bar must say
	URL             string // scheme, host and port
	Email           string
	ZoneName        string // whose midnight ends a day
	Mark            string // SVG path data in a box of 180
	Certifications  []Certification
	Specimen        []byte // PNG of a badge that was never issued, 600 pixels
	Messages        *messages.Catalogue
}

// Certification is an entry of the home page.
type Certification struct {
	Slug, Title, Summary, Audience string
	Classes, Labs                  int
	ClassMinutes                   string // such as 45-60
	Practicum                      bool
	Deep, Accent                   string // colours, #RRGGBB
	Icon                           []Stroke
}

// Stroke is a path of an icon in a box of 180; Width 0 fills it.
type Stroke struct {
	Path, Colour string
	Width        float64
}

// Date is a civil date; the zero Date is none.
type Date struct{ Year, Month, Day int }

// Verdict is what the page about a credential shows: what consent released, and no more.
type Verdict struct {
	Status                        string // valid, expired, suspended, revoked
	Name, Lang                    string
	Certification, Slug, Edition  string
	Tier, Code                    string
	Organisation, Practicum       bool
	Granted, ValidTo              Date
	RevokedOn, SuspendedOn        Date
	CheckedAt                     time.Time // in the zone of the academy
	Badge, Certificate, Canonical string    // addresses; Badge and Certificate empty where there are none
	Index                         bool      // search engines may list it
}

// Pages makes the pages. It is safe for concurrent use.
type Pages struct {
	config    Config
	templates map[string]*template.Template
	assets    map[string]asset
	css       string // address
	specimen  string // address
}

type asset struct {
	body []byte
	mime string
}

var names = []string{"home", "form", "verdict", "no-record", "mistyped", "unavailable", "problem"}

// New reads the templates and makes each page once, so that a broken one is an error here.
func New(c Config) (*Pages, error) {
	p := &Pages{config: c, templates: map[string]*template.Template{}, assets: map[string]asset{}}
	css, err := layout.ReadFile("layout/site.css")
	if err != nil {
		return nil, fmt.Errorf("site: %w", err)
	}
	p.css = p.keep("site", ".css", "text/css; charset=utf-8", css)
	if len(c.Specimen) > 0 {
		p.specimen = p.keep("specimen", ".png", "image/png", c.Specimen)
	}
	base, err := template.New("base.html").Funcs(template.FuncMap{
		"t": func(string, ...string) string { return "" }, "date": func(Date) template.HTML { return "" },
	}).ParseFS(layout, "layout/base.html")
	if err != nil {
		return nil, fmt.Errorf("site: %w", err)
	}
	for _, name := range names {
		t, err := base.Clone()
		if err == nil {
			_, err = t.ParseFS(layout, "layout/"+name+".html")
		}
		if err != nil {
			return nil, fmt.Errorf("site: %w", err)
		}
		p.templates[name] = t
		for _, tag := range c.Messages.Languages() {
			if _, err := p.make(c.Messages.In(tag), name, view{}); err != nil {
				return nil, fmt.Errorf("site: page %s: %w", name, err)
			}
		}
	}
	return p, nil
}

// keep puts a file where its address holds the hash of its content.
func (p *Pages) keep(name, ext, mime string, body []byte) string {
	sum := sha256.Sum256(body)
	at := "/assets/" + name + "." + hex.EncodeToString(sum[:8]) + ext
	p.assets[at] = asset{body, mime}
	return at
}

// Asset returns the file at an address such as /assets/site.0123456789abcdef.css.
func (p *Pages) Asset(at string) (body []byte, mime string, ok bool) {
	a, ok := p.assets[path.Clean(at)]
	return a.body, a.mime, ok
}

// view is what a template sees.
type view struct {
	Config
	CSS, SpecimenAt string
	Lang, Dir       string
	Page            string // name of the template
	V               Verdict
	Canonical       string
	NoIndex         bool
	Input           string // what was typed
	Malformed       bool
	Status          int
	Key, RequestID  string
	Wide            bool
}

func (p *Pages) make(l *messages.Language, name string, v view) ([]byte, error) {
	t, err := p.templates[name].Clone()
	if err != nil {
		return nil, err
	}
	v.Config, v.CSS, v.SpecimenAt, v.Lang, v.Dir, v.Page = p.config, p.css, p.specimen, l.Tag(), l.Dir(), name
	t.Funcs(template.FuncMap{
		"t":    l.Text,
		"date": func(d Date) template.HTML { return dateHTML(l, d) },
	})
	var b bytes.Buffer
	err = t.Execute(&b, v)
	return b.Bytes(), err
}

// page makes a page of a template that New has tried.
func (p *Pages) page(l *messages.Language, name string, v view) []byte {
	body, err := p.make(l, name, v)
	if err != nil { // values cannot break a template that works without them
		return []byte("<!doctype html><title>" + template.HTMLEscapeString(p.config.Brand) + "</title>")
	}
	return body
}

func dateHTML(l *messages.Language, d Date) template.HTML {
	if d == (Date{}) {
		return ""
	}
	machine := fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day)
	return template.HTML(`<time class="nb" datetime="` + machine + `">` + template.HTMLEscapeString(l.Date(d.Year, d.Month, d.Day, messages.Long)) + `</time>`)
}

// Home returns the home page.
func (p *Pages) Home(l *messages.Language) []byte {
	return p.page(l, "home", view{Wide: true, Canonical: p.config.URL + "/"})
}

// Form returns the page with the box to check a code.
func (p *Pages) Form(l *messages.Language) []byte {
	return p.page(l, "form", view{Canonical: p.config.URL + "/verify"})
}

// Verdict returns the answer about a credential.
func (p *Pages) Verdict(l *messages.Language, v Verdict) []byte {
	return p.page(l, "verdict", view{V: v, Canonical: v.Canonical, NoIndex: !v.Index})
}

// NoRecord returns the one answer for hidden and unknown codes. It is the same bytes always.
func (p *Pages) NoRecord(l *messages.Language) []byte {
	return p.page(l, "no-record", view{NoIndex: true})
}

// Mistyped returns the form with what was typed; malformed says that it has not the shape of a code, else its check
// symbol is wrong.
func (p *Pages) Mistyped(l *messages.Language, input string, malformed bool) []byte {
	return p.page(l, "mistyped", view{NoIndex: true, Input: input, Malformed: malformed})
}

// Unavailable returns the answer while the store cannot be asked.
func (p *Pages) Unavailable(l *messages.Language, requestID string) []byte {
	return p.page(l, "unavailable", view{NoIndex: true, RequestID: requestID})
}

// Problem returns the page for any other error; key is that of its words, problem.{key}.
func (p *Pages) Problem(l *messages.Language, status int, key, requestID string) []byte {
	return p.page(l, "problem", view{NoIndex: true, Status: status, Key: key, RequestID: requestID})
}

// Alt is the text for who does not see the badge.
func (v view) Alt() string { return v.V.Certification + ", " + v.V.Name }

// Checked is the time of the check, to the minute.
func (v view) Checked() string { return v.V.CheckedAt.Format("15:04") }

// CheckedDate is its day.
func (v view) CheckedDate() Date {
	y, m, d := v.V.CheckedAt.Date()
	return Date{y, int(m), d}
}

// CheckedMachine is it for machines.
func (v view) CheckedMachine() string { return v.V.CheckedAt.Format(time.RFC3339) }

// Minutes writes a range with a dash between.
func (c Certification) Minutes() string { return strings.ReplaceAll(c.ClassMinutes, "-", "–") }

// Lesson is the number of classes as text.
func (c Certification) Lesson() string { return strconv.Itoa(c.Classes) }

// LabCount is the number of live labs as text.
func (c Certification) LabCount() string { return strconv.Itoa(c.Labs) }
