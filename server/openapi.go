package server

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"testamur/site"
)

// openAPI says all that there is to know of the API: the document that programs read, and the page made from it. It is
// written by hand; tests send every example to the handlers, so that neither can leave the other behind.
//
//go:embed openapi.json
var openAPI []byte

// documentURL is the address that openapi.json is written for. It is ours when it goes out.
const documentURL = "https://academy.example.org"

// describe reads the document, for programs and for the page.
func (s *Server) describe() error {
	s.openAPI = bytes.ReplaceAll(openAPI, []byte(documentURL), []byte(s.URL))
	var d document
	if err := json.Unmarshal(s.openAPI, &d); err != nil {
		return fmt.Errorf("openapi.json: %w", err)
	}
	page, err := d.page()
	if err != nil {
		return fmt.Errorf("openapi.json: %w", err)
	}
	s.api = page
	return nil
}

func (s *Server) apiDocument(c *fiber.Ctx) error { return s.send(c, jsonType, s.openAPI) }

func (s *Server) apiDocs(c *fiber.Ctx, r reader) error {
	s.begin(c, classPage)
	return s.sendIn(c, r, htmlType, r.pages.API(r.words, s.api))
}

func (s *Server) toAPIDocs(c *fiber.Ctx) error {
	s.begin(c, classPage)
	return c.Redirect(toSlash(c, "/api/"), fiber.StatusPermanentRedirect)
}

// document is what the page shows of OpenAPI 3.1.
type (
	document struct {
		Info       struct{ Title, Description string }
		Servers    []struct{ URL string }
		Tags       []struct{ Name, Description string }
		Paths      ordered[ordered[operation]]
		Components struct {
			Schemas    ordered[schema]
			Parameters map[string]parameter
			Responses  map[string]response
			Examples   ordered[example]
		}
	}
	operation struct {
		ID                   string `json:"operationId"`
		Tags                 []string
		Summary, Description string
		Security             []struct{ Key []string }
		Parameters           []parameter
		Body                 struct {
			Required bool
			Content  map[string]media
		} `json:"requestBody"`
		Responses ordered[response]
	}
	parameter struct {
		Ref                   string `json:"$ref"`
		Name, In, Description string
		Required              bool
		Schema                schema
		Example               json.RawMessage
		Examples              map[string]example
	}
	response struct {
		Ref         string `json:"$ref"`
		Description string
		Headers     ordered[json.RawMessage]
		Content     map[string]media
	}
	media struct {
		Schema   schema
		Examples ordered[example]
	}
	example struct {
		Ref                  string `json:"$ref"`
		Summary, Description string
		Value                json.RawMessage
	}
	schema struct {
		Ref         string `json:"$ref"`
		Type        oneOrMore
		Format      string
		Enum        []*string
		Minimum     *int64
		Maximum     *int64
		Description string
		Properties  ordered[schema]
		Required    []string
		Items       *schema
	}
)

// ordered is a JSON object whose order counts.
type ordered[T any] []struct {
	Name string
	Is   T
}

func (o *ordered[T]) UnmarshalJSON(b []byte) error {
	d := json.NewDecoder(bytes.NewReader(b))
	if _, err := d.Token(); err != nil {
		return err
	}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return err
		}
		name, _ := t.(string)
		var is T
		if err := d.Decode(&is); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		*o = append(*o, struct {
			Name string
			Is   T
		}{name, is})
	}
	return nil
}

func (o ordered[T]) find(name string) (is T) {
	for _, x := range o {
		if x.Name == name {
			return x.Is
		}
	}
	return is
}

// oneOrMore is a text, or a list of them.
type oneOrMore []string

func (o *oneOrMore) UnmarshalJSON(b []byte) error {
	if b[0] == '[' {
		return json.Unmarshal(b, (*[]string)(o))
	}
	*o = make([]string, 1)
	return json.Unmarshal(b, &(*o)[0])
}

// last is the name at the end of a reference.
func last(ref string) string { return ref[strings.LastIndexByte(ref, '/')+1:] }

// page is the document as the page shows it.
func (d document) page() (site.API, error) {
	p := site.API{Title: d.Info.Title, Document: "/api/openapi.json", Base: d.Servers[0].URL}
	for _, text := range strings.Split(d.Info.Description, "\n\n") {
		if title, ok := strings.CutPrefix(text, "## "); ok || len(p.Intro) == 0 {
			p.Intro = append(p.Intro, site.APIPart{Title: title})
			if ok {
				continue
			}
			p.Intro[0].Title = ""
		}
		at := &p.Intro[len(p.Intro)-1]
		at.Text = append(at.Text, text)
	}
	for _, tag := range d.Tags {
		g := site.APIGroup{ID: strings.ToLower(tag.Name), Title: tag.Name, Text: tag.Description}
		for _, path := range d.Paths {
			for _, method := range path.Is {
				if !slices.Contains(method.Is.Tags, tag.Name) {
					continue
				}
				call, err := d.call(strings.ToUpper(method.Name), path.Name, method.Is)
				if err != nil {
					return p, fmt.Errorf("%s %s: %w", method.Name, path.Name, err)
				}
				g.Calls = append(g.Calls, call)
			}
		}
		p.Groups = append(p.Groups, g)
	}
	for _, x := range d.Components.Schemas {
		p.Objects = append(p.Objects, site.APIObject{ID: x.Name, Title: x.Name, Text: x.Is.Description, Fields: d.fields("", x.Is)})
	}
	for _, x := range d.Components.Examples {
		problem, err := d.problem(x.Name)
		if err != nil {
			return p, err
		}
		p.Problems = append(p.Problems, problem)
	}
	return p, nil
}

// call is one method of one path.
func (d document) call(method, path string, o operation) (call site.APICall, err error) {
	call = site.APICall{ID: o.ID, Method: method, Path: path, Scope: o.Security[0].Key[0], Title: o.Summary, Text: o.Description}
	for i, p := range o.Parameters {
		if p.Ref != "" {
			p = d.Components.Parameters[last(p.Ref)]
			o.Parameters[i] = p
		}
		f := field(p.Name, p.Schema)
		f.In, f.Text, f.Required = p.In, p.Description, p.Required
		call.Parameters = append(call.Parameters, f)
	}
	body := o.Body.Content[jsonType]
	call.Body, call.Optional = d.fields("", body.Schema), !o.Body.Required && len(body.Examples) > 0
	for _, x := range o.Responses {
		r := x.Is
		if r.Ref != "" {
			r = d.Components.Responses[last(r.Ref)]
		}
		if x.Name >= "4" { // it says no
			for _, e := range r.Content[problemType].Examples {
				p, err := d.problem(e.Name)
				if err != nil {
					return call, err
				}
				call.Problems = append(call.Problems, p)
			}
			continue
		}
		content := r.Content[jsonType]
		answer := site.APIAnswer{Status: x.Name, Text: r.Description, Object: last(content.Schema.Ref)}
		for _, h := range r.Headers {
			answer.Headers = append(answer.Headers, h.Name)
		}
		if len(content.Examples) > 0 {
			answer.Body = indent(content.Examples[0].Is.Value)
		}
		if len(body.Examples) == 0 && call.Samples == nil { // the first answer's example names the parameters
			name := ""
			if len(content.Examples) > 0 {
				name = content.Examples[0].Name
			}
			line := o.curl(method, d.Servers[0].URL+path, name)
			if len(r.Content) > 0 && answer.Object == "" {
				line += " \\\n  --fail -o testamur.backup"
			}
			call.Samples = []site.APISample{{Line: line}}
		}
		call.Answers = append(call.Answers, answer)
	}
	for _, e := range body.Examples {
		line := o.curl(method, d.Servers[0].URL+path, e.Name) + " \\\n  -H 'Content-Type: " + jsonType + "' -d '" + strings.ReplaceAll(indent(e.Is.Value), "'", `'\''`) + "'"
		call.Samples = append(call.Samples, site.APISample{Title: e.Is.Summary, Line: line})
	}
	return call, nil
}

// curl is a call as a line of the shell, with the parameters that its examples of this name have. Those of a path have one
// always.
func (o operation) curl(method, address, name string) string {
	var query, headers string
	for _, p := range o.Parameters {
		value, given := p.Examples[name]
		text := string(value.Value)
		if !given && p.In == "path" {
			text, given = string(p.Example), true
		}
		var plain string
		if json.Unmarshal([]byte(text), &plain) == nil {
			text = plain
		}
		switch {
		case !given:
		case p.In == "path":
			address = strings.ReplaceAll(address, "{"+p.Name+"}", url.PathEscape(text))
		case p.In == "query":
			query += "&" + p.Name + "=" + url.QueryEscape(text)
		case p.In == "header":
			headers += " \\\n  -H '" + p.Name + ": " + text + "'"
		}
	}
	if query != "" {
		address = "'" + address + "?" + query[1:] + "'"
	}
	line := "curl "
	if method != fiber.MethodGet {
		line += "-X " + method + " "
	}
	return line + address + " \\\n  -H \"Authorization: Bearer $TESTAMUR_KEY\"" + headers
}

func indent(raw json.RawMessage) string {
	var b bytes.Buffer
	if json.Indent(&b, raw, "", "  ") != nil { // it was read before
		return ""
	}
	return b.String()
}

// fields lists the fields of an object and of those in it, each by its whole name.
func (d document) fields(prefix string, x schema) (all []site.APIField) {
	if x.Ref != "" {
		x = d.Components.Schemas.find(last(x.Ref))
	}
	for _, p := range x.Properties {
		f := field(prefix+p.Name, p.Is)
		f.Required = slices.Contains(x.Required, p.Name)
		all = append(all, f)
		if p.Is.Items != nil && p.Is.Items.Ref == "" {
			all = append(all, d.fields(f.Name+"[].", *p.Is.Items)...)
		}
		all = append(all, d.fields(f.Name+".", p.Is)...)
	}
	return all
}

// field says what a value may be.
func field(name string, x schema) site.APIField {
	f := site.APIField{Name: name, Text: x.Description, Least: x.Minimum, Most: x.Maximum}
	for _, t := range x.Type {
		if f.Null = f.Null || t == "null"; t != "null" {
			f.Type = t
		}
	}
	for _, v := range x.Enum {
		if v != nil {
			f.Values = append(f.Values, *v)
		}
	}
	if kind, ok := map[string]string{"date": "day", "date-time": "instant", "uri": "address"}[x.Format]; ok {
		f.Type = kind
	}
	return f
}

// problem is a type of answer that is no, by the last part of its address.
func (d document) problem(key string) (site.APIProblem, error) {
	x := d.Components.Examples.find(key)
	var body struct{ Status int }
	err := json.Unmarshal(x.Value, &body)
	return site.APIProblem{Key: key, Status: body.Status, Title: x.Summary, Text: x.Description}, err
}
