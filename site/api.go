package site

import (
	"fmt"
	"html/template"
	"strings"

	"testamur/messages"
)

// API is the page about the issuer's API: what its OpenAPI document says, for people. Texts mark code by backticks.
type API struct {
	Title    string
	Document string // address of the document
	Base     string // address that every path begins with
	Intro    []APIPart
	Groups   []APIGroup
	Objects  []APIObject
	Problems []APIProblem
}

// APIPart is a heading, empty for none, and paragraphs.
type APIPart struct {
	Title string
	Text  []string
}

// APIGroup is the calls about one thing.
type APIGroup struct {
	ID, Title, Text string
	Calls           []APICall
}

// APICall is one method of one path.
type APICall struct {
	ID, Method, Path, Scope, Title, Text string

	Parameters, Body []APIField
	Optional         bool // the body may be left out
	Samples          []APISample
	Answers          []APIAnswer
	Problems         []APIProblem
}

// APISample is a call as a line of the shell. Title is empty where there is but one.
type APISample struct{ Title, Line string }

// APIAnswer is one answer that is yes.
type APIAnswer struct {
	Status, Text string
	Headers      []string
	Object       string // name of what is in it, empty for none
	Body         string // an example
}

// APIObject is what stands in bodies.
type APIObject struct {
	ID, Title, Text string
	Fields          []APIField
}

// APIField is a field of a body or a parameter, by its whole name, such as holder.name.
type APIField struct {
	Name, Text     string
	In             string // path, query or header; empty for a field
	Type           string // string, integer, boolean, object, list, day, instant, address
	Values         []string
	Required, Null bool
	Least, Most    *int64 // of a number
}

// APIProblem is a type of answer that is no.
type APIProblem struct {
	Key         string // last part of its address
	Status      int
	Title, Text string
}

// API returns the page.
func (p *Pages) API(l *messages.Language, a API) []byte {
	return p.page(l, "api", view{Canonical: p.config.URL + "/api/", Index: true, Alternates: true, Of: a})
}

// shape says what a value of a field may be.
func shape(l *messages.Language, f APIField) string {
	parts := []string{l.Text("site.api.type." + f.Type)}
	if len(f.Values) > 0 {
		parts[0] = l.Text("site.api.values", "values", strings.Join(f.Values, ", "))
	}
	if f.Least != nil && f.Most != nil {
		parts = append(parts, l.Text("site.api.range", "from", fmt.Sprint(*f.Least), "to", fmt.Sprint(*f.Most)))
	}
	if f.Null {
		parts[len(parts)-1] = l.Text("site.api.null", "type", parts[len(parts)-1])
	}
	if f.In != "" {
		parts = append(parts, l.Text("site.api.in."+f.In))
	}
	if f.Required {
		parts = append(parts, l.Text("site.api.required"))
	}
	return strings.Join(parts, "; ")
}

// prose is a text with its code marked, among words that read as code does.
func prose(text string) template.HTML {
	var b strings.Builder
	for i, part := range strings.Split(text, "`") {
		if i%2 == 1 {
			b.WriteString("<code>" + template.HTMLEscapeString(part) + "</code>")
			continue
		}
		b.WriteString(template.HTMLEscapeString(part))
	}
	return template.HTML(b.String())
}
