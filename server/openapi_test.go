package server

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os/exec"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"testamur/site"
	"testamur/verify"
)

// What openapi.json says of a call is what the handlers do, and nothing is in one that is not in the other. Each example is
// sent, and its answer must be the example of the same name: to the byte, but for codes, ids, keys and cursors.

// documented is the document as a library reads it, which has found it right.
func documented(t testing.TB) *openapi3.T {
	t.Helper()
	d, err := openapi3.NewLoader().LoadFromData(openAPI)
	if err == nil {
		err = d.Validate(context.Background(), openapi3.EnableSchemaFormatValidation(), openapi3.EnableMultiError())
	}
	if err != nil { // with the whole schema behind its first line
		t.Fatalf("openapi.json: %.400s", err)
	}
	return d
}

// call is an operation of the document.
type call struct {
	method, path string // path as in the document
	*openapi3.Operation
}

func (c call) name() string { return c.method + " " + c.path }

func calls(t testing.TB, d *openapi3.T) (all []call) {
	t.Helper()
	for _, path := range slices.Sorted(maps.Keys(d.Paths.Map())) {
		operations := d.Paths.Value(path).Operations()
		for _, method := range slices.Sorted(maps.Keys(operations)) {
			all = append(all, call{method, path, operations[method]})
		}
	}
	if len(all) < 20 {
		t.Fatalf("only %d calls", len(all))
	}
	return all
}

// scope is the one a call needs.
func (c call) scope() verify.Scope {
	return verify.Scope((*c.Security)[0]["key"][0])
}

// body is the schema of what a call is sent, nil for nothing.
func (c call) body() *openapi3.MediaType {
	if c.RequestBody == nil {
		return nil
	}
	return c.RequestBody.Value.Content.Get("application/json")
}

// example is the value that a parameter has in an example, and whether it has one.
func exampleOf(p *openapi3.Parameter, name string) (string, bool) {
	if e, ok := p.Examples[name]; ok {
		return fmt.Sprint(e.Value.Value), true
	}
	return fmt.Sprint(p.Example), p.Example != nil && p.In == "path"
}

// request is the first line and the headers of an example.
func (c call) request(name string) (method, target string, headers []string) {
	target, sign := "/api/v1"+c.path, "?"
	for _, p := range c.Parameters {
		value, ok := exampleOf(p.Value, name)
		switch {
		case !ok:
		case p.Value.In == "path":
			target = strings.ReplaceAll(target, "{"+p.Value.Name+"}", value)
		case p.Value.In == "query":
			target += sign + p.Value.Name + "=" + value
			sign = "&"
		default:
			headers = append(headers, p.Value.Name+": "+value)
		}
	}
	return c.method, target, headers
}

// newDocumentWorld is the world of the document, in which its example values stand for those that chance has made.
type documentWorld struct {
	*world
	own *strings.Replacer
}

func newDocumentWorld(t testing.TB) documentWorld {
	t.Helper()
	w := newEmptyWorld(t, nil)
	ctx, by := context.Background(), verify.Call{By: "2qsocr3jyifcpwlc"}
	maya, err := w.registry.Grant(ctx, by, verify.Grant{Certification: "inbound", ExternalID: "inbound-2014-77", GrantedAt: verify.Day{Year: 2014, Month: 6, Day: 14}, Consent: verify.Link,
		Holder: verify.GrantHolder{ExternalID: "u-1001", Name: "Maya Lindqvist", Lang: "sv", Email: "maya@example.org"}})
	if err != nil {
		t.Fatal(err)
	}
	agency, err := w.registry.Grant(ctx, by, verify.Grant{Certification: "partner", Consent: verify.Public, Holder: verify.GrantHolder{Name: "Example Agency Ltd", Kind: verify.Organisation}})
	if err != nil {
		t.Fatal(err)
	}
	ben, err := w.registry.Grant(ctx, by, verify.Grant{Certification: "design", Consent: verify.Link, Holder: verify.GrantHolder{Name: "Ben Ito"}})
	if err == nil {
		_, err = w.registry.Suspend(ctx, by, ben.Credential.Code, "practicum under review")
	}
	if err != nil {
		t.Fatal(err)
	}
	w.makeKeys(t)
	key, err := w.registry.NewKey(ctx, by, "school system", verify.ScopeIssue)
	if err != nil {
		t.Fatal(err)
	}
	w.names["unknown"], w.names["mistyped"] = "ZZZZ-ZZZZ-ZZZK", "7K3M-9QXT-4P25"
	return documentWorld{w, strings.NewReplacer("7K3M-9QXT-4P24", string(maya.Credential.Code), "aihzoigw64u355ki", maya.Holder.ID,
		"67YM-CM6Z-42KG", string(agency.Credential.Code), "qotnumz3w6tsntt3", agency.Holder.ID,
		"BED8-EA7C-G8WM", string(ben.Credential.Code), "3f4zzyva3dwujd5t", ben.Holder.ID, "2qsocr3jyifcpwlc", key.Key.ID)}
}

// as are the headers of a key.
func (w documentWorld) as(scope verify.Scope) []string {
	return []string{"Authorization: Bearer " + w.names["key-"+string(scope)], "Content-Type: application/json"}
}

// send asks with the values of the document.
func (w documentWorld) send(t testing.TB, method, target string, headers []string, body string) reply {
	t.Helper()
	return w.ask(t, method, w.own.Replace(target), headers, w.own.Replace(body))
}

// chance is what chance makes, in JSON.
var chance = []struct {
	is *regexp.Regexp
	to string
}{
	{regexp.MustCompile(`[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}`), "CODE"},
	{regexp.MustCompile(`"tk_[a-z2-7]{16}_[A-Za-z0-9_-]{43}"`), `"KEY"`},
	{regexp.MustCompile(`"[a-z2-7]{16}"`), `"ID"`},
	{regexp.MustCompile(`"request_id": ?"[0-9a-f]{16}"`), `"request_id":"ID"`},
}

// plain is a JSON value without what chance made of it.
func plain(t testing.TB, body []byte) any {
	t.Helper()
	text := string(body)
	for _, c := range chance {
		text = c.is.ReplaceAllString(text, c.to)
	}
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	return v
}

// alike reports whether an answer is the example. The items of a list may be more than the example has.
func alike(example, got any) bool {
	e, ok := example.(map[string]any)
	g, okToo := got.(map[string]any)
	if !ok || !okToo || e["items"] == nil || len(e) != len(g) || !reflect.DeepEqual(e["next"], g["next"]) {
		return reflect.DeepEqual(example, got)
	}
	items, _ := g["items"].([]any)
	wanted, _ := e["items"].([]any)
	for _, want := range wanted {
		at := slices.IndexFunc(items, func(item any) bool { return reflect.DeepEqual(item, want) })
		if at < 0 {
			return false
		}
		items = items[at+1:]
	}
	return len(wanted) > 0
}

func indented(v any) string {
	b, _ := json.MarshalIndent(v, "", "  ")
	return string(b)
}

// difference is the lines that one text has and the other has not.
func difference(a, b string) string {
	var out strings.Builder
	in, of := strings.Split(a, "\n"), strings.Split(b, "\n")
	for _, line := range in {
		if !slices.Contains(of, line) {
			out.WriteString("- " + line + "\n")
		}
	}
	for _, line := range of {
		if !slices.Contains(in, line) {
			out.WriteString("+ " + line + "\n")
		}
	}
	return out.String()
}

// check holds an answer against what the document says of its status.
func (c call) check(r reply) error {
	response := c.Responses.Value(strconv.Itoa(r.status))
	if response == nil {
		return fmt.Errorf("the document has no status %d: %s", r.status, r.body)
	}
	for name, h := range response.Value.Headers {
		if _, there := r.header[strings.ToLower(name)]; !there && h.Value.Required {
			return fmt.Errorf("%d without %s", r.status, name)
		}
	}
	for name := range r.header {
		if slices.Contains([]string{"date", "connection", "content-length", "content-type", "cache-control", "transfer-encoding"}, name) {
			continue
		}
		if !slices.ContainsFunc(slices.Collect(maps.Keys(response.Value.Headers)), func(h string) bool { return strings.EqualFold(h, name) }) {
			return fmt.Errorf("%d with %s, which the document does not have", r.status, name)
		}
	}
	kind := r.get("Content-Type")
	if len(response.Value.Content) == 0 {
		if kind != "" || len(r.body) > 0 {
			return fmt.Errorf("%d has a body: %s %s", r.status, kind, r.body)
		}
		return nil
	}
	content := response.Value.Content[kind]
	if content == nil {
		return fmt.Errorf("%d is %q, which the document does not have", r.status, kind)
	}
	if content.Schema == nil {
		return nil
	}
	var v any
	if err := json.Unmarshal(r.body, &v); err != nil {
		return err
	}
	return content.Schema.Value.VisitJSON(v, openapi3.EnableJSONSchema2020(), openapi3.EnableFormatValidation(), openapi3.MultiErrors())
}

// Every example of the document is sent, and what it says of the answer is what comes.
func TestDocumentExamples(t *testing.T) {
	sent := 0
	for _, c := range calls(t, documented(t)) {
		answered := map[string]bool{}
		for _, status := range slices.Sorted(maps.Keys(c.Responses.Map())) {
			if status >= "4" {
				continue
			}
			examples := map[string]any{"": nil} // of an answer without a body
			for _, content := range c.Responses.Value(status).Value.Content {
				if len(content.Examples) > 0 {
					delete(examples, "")
				}
				for name, e := range content.Examples {
					examples[name] = e.Value.Value
				}
			}
			for name, want := range examples {
				answered[name] = true
				sent++
				t.Run(c.name()+" "+status+" "+name, func(t *testing.T) {
					t.Parallel()
					w := newDocumentWorld(t)
					method, target, headers := c.request(name)
					body := ""
					if m := c.body(); m != nil {
						b, err := json.Marshal(m.Examples[name].Value.Value)
						if err != nil {
							t.Fatal(err)
						}
						body = string(b)
					}
					r := w.send(t, method, target, append(headers, w.as(c.scope())...), body)
					if strconv.Itoa(r.status) != status {
						t.Fatalf("%d %s", r.status, r.body)
					}
					if err := c.check(r); err != nil {
						t.Error(err)
					}
					if want == nil {
						return
					}
					example, err := json.Marshal(want)
					if err != nil {
						t.Fatal(err)
					}
					if want, got := plain(t, example), plain(t, r.body); !alike(want, got) {
						t.Errorf("- the document, + the handler:\n%s", difference(indented(want), indented(got)))
					}
				})
			}
		}
		if m := c.body(); m != nil {
			for name := range m.Examples {
				if !answered[name] {
					t.Errorf("%s: the example %q has no answer", c.name(), name)
				}
			}
		}
	}
	if sent < 20 {
		t.Errorf("only %d examples", sent)
	}
}

// Every route of the API is a call of the document, and the other way round, with its scope and its query.
func TestDocumentRoutes(t *testing.T) {
	w := newWorld(t, nil)
	var routes, written []string
	for _, r := range w.server.app.GetRoutes(true) {
		if path, ok := strings.CutPrefix(r.Path, "/api/v1/"); ok && r.Method != "HEAD" {
			routes = append(routes, r.Method+" /"+regexp.MustCompile(`:(\w+)`).ReplaceAllString(path, "{$1}"))
		}
	}
	d := documented(t)
	for _, c := range calls(t, d) {
		written = append(written, c.name())
	}
	slices.Sort(routes)
	slices.Sort(written)
	if !slices.Equal(routes, written) {
		t.Errorf("routes\n%s\nthe document\n%s", strings.Join(routes, "\n"), strings.Join(written, "\n"))
	}
	if d.Servers[0].URL != documentURL+"/api/v1" {
		t.Errorf("server %s", d.Servers[0].URL)
	}
}

// Every field that a body may have stands in the document, with its type, and no other.
func TestDocumentBodies(t *testing.T) {
	bodies := map[string]any{"grantCredential": grantBody{}, "renewCredential": renewBody{}, "revokeCredential": reasonBody{}, "suspendCredential": reasonBody{},
		"restoreCredential": reasonBody{}, "recodeCredential": reasonBody{}, "setConsent": consentBody{}, "setTier": tierBody{}, "changeHolder": holderBody{}, "newKey": keyBody{}}
	for _, c := range calls(t, documented(t)) {
		body, known := bodies[c.OperationID]
		if (c.body() != nil) != known {
			t.Errorf("%s: a body in the document: %v, in this test: %v", c.name(), c.body() != nil, known)
		}
		if c.body() == nil || !known {
			continue
		}
		want, got := ofType("", reflect.TypeOf(body)), ofSchema("", c.body().Schema.Value)
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(want, got) {
			t.Errorf("%s reads\n%q\nthe document has\n%q", c.name(), want, got)
		}
	}
}

// ofType lists the fields that a Go type reads: name and type of JSON.
func ofType(prefix string, t reflect.Type) (all []string) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case t == reflect.TypeFor[nullable](), t.Kind() == reflect.String:
		return []string{prefix + " string"}
	case t.Kind() == reflect.Slice:
		return append([]string{prefix + " array"}, ofType(prefix+"[]", t.Elem())...)
	case t.Kind() != reflect.Struct:
		return []string{prefix + " " + t.Kind().String()}
	}
	all = append(all, prefix+" object")
	for i := range t.NumField() {
		all = append(all, ofType(prefix+"."+t.Field(i).Tag.Get("json"), t.Field(i).Type)...)
	}
	return all
}

// ofSchema lists the same of a schema.
func ofSchema(prefix string, s *openapi3.Schema) (all []string) {
	for _, kind := range s.Type.Slice() {
		if kind != "null" {
			all = append(all, prefix+" "+kind)
		}
	}
	for name, p := range s.Properties {
		all = append(all, ofSchema(prefix+"."+name, p.Value)...)
	}
	if s.Items != nil {
		all = append(all, ofSchema(prefix+"[]", s.Items.Value)...)
	}
	return all
}

// provocations bring about each problem, on any call that can have it; one that cannot is not sent.
var provocations = map[string]func(t *testing.T, w documentWorld, c call, r *asking){
	"no-key":        func(_ *testing.T, _ documentWorld, _ call, r *asking) { r.headers = r.headers[1:] },
	"scope":         func(_ *testing.T, w documentWorld, _ call, r *asking) { r.headers = w.as(verify.ScopeRead) },
	"bad-parameter": func(_ *testing.T, _ documentWorld, _ call, r *asking) { r.target += r.and() + "colour=red" },
	"mistyped-code": func(_ *testing.T, w documentWorld, _ call, r *asking) { r.name(inPath, w.names["mistyped"]) },
	"not-found": func(_ *testing.T, w documentWorld, c call, r *asking) {
		if r.not = !strings.Contains(c.path, "{"); strings.Contains(c.path, "{id}") {
			r.target = r.target[:strings.LastIndexByte(r.target, '/')+1] + "aaaaaaaaaaaaaaaa"
		}
		r.name(inPath, w.names["unknown"])
	},
	"bad-json":   func(_ *testing.T, _ documentWorld, c call, r *asking) { r.write(c, `{"colour":"red"}`) },
	"too-large":  func(_ *testing.T, _ documentWorld, c call, r *asking) { r.write(c, strings.Repeat(" ", bodyLimit+1)) },
	"media-type": func(_ *testing.T, _ documentWorld, _ call, r *asking) { r.headers[1] = "Content-Type: text/plain" },
	"refused-value": func(_ *testing.T, _ documentWorld, c call, r *asking) {
		r.write(c, map[string]string{"grantCredential": `{"certification":"inbound","holder":{"name":" "}}`, "renewCredential": `{"edition":"1999"}`, "setConsent": `{"consent":"maybe"}`,
			"setTier": `{"tier":"bronze"}`, "changeHolder": `{"name":""}`, "newKey": `{"scope":"root"}`}[c.OperationID])
		if c.body() != nil && c.body().Schema.Ref == "#/components/schemas/Reason" {
			r.body = `{"reason":"a\u0000b"}`
		}
	},
	"version": func(_ *testing.T, _ documentWorld, _ call, r *asking) {
		r.headers = append(r.headers, `If-Match: "99"`)
	},
	"state": func(t *testing.T, w documentWorld, c call, r *asking) {
		if c.OperationID == "grantCredential" {
			r.body = `{"certification":"design","holder":{"external_id":"u-1001","name":"Somebody Else"}}`
		} else if code := inPath.FindStringSubmatch(r.target); code != nil {
			w.send(t, "POST", "/api/v1/credentials/"+code[1]+"/revoke", w.as(verify.ScopeIssue), "")
		}
	},
	"external-id-taken": func(_ *testing.T, _ documentWorld, c call, r *asking) {
		r.not = c.OperationID != "grantCredential"
		r.body = `{"certification":"design","holder":{"external_id":"u-1001","name":"Maya Lindqvist"},"external_id":"inbound-2014-77"}`
	},
	"in-progress": func(_ *testing.T, w documentWorld, c call, r *asking) {
		w.server.running.Store(w.names["keyid-"+string(c.scope())]+"\x00busy", true)
		r.headers, r.not = append(r.headers, "Idempotency-Key: busy"), c.method != "POST"
	},
	"idempotency-mismatch": func(t *testing.T, w documentWorld, c call, r *asking) {
		r.headers, r.not = append(r.headers, "Idempotency-Key: used"), c.method != "POST"
		w.send(t, "POST", "/api/v1/credentials/7K3M-9QXT-4P24/restore", r.headers, `{"reason":"another"}`)
	},
	"too-many": func(_ *testing.T, w documentWorld, c call, _ *asking) {
		for range writesPerMinute {
			w.server.writes.take(w.names["keyid-"+string(c.scope())], w.now())
		}
	},
	"internal":      func(_ *testing.T, w documentWorld, _ call, _ *asking) { w.store.mood.Store("broken") },
	"unavailable":   func(_ *testing.T, w documentWorld, _ call, _ *asking) { w.store.mood.Store("away") },
	"not-confirmed": func(_ *testing.T, w documentWorld, _ call, _ *asking) { w.store.mood.Store("alone") },
	"storage-full":  func(_ *testing.T, w documentWorld, _ call, _ *asking) { w.store.mood.Store("full") },
}

var inPath = regexp.MustCompile(`/([0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4})`)

// asking is a request that can be changed.
type asking struct {
	method, target string
	headers        []string // the key first, then the type
	body           string
	not            bool // it is not to be sent: the call has no place for the change
}

// and is what comes before one more parameter.
func (r *asking) and() string {
	if strings.Contains(r.target, "?") {
		return "&"
	}
	return "?"
}

// name puts another code in the path.
func (r *asking) name(is *regexp.Regexp, code string) {
	r.target = is.ReplaceAllString(r.target, "/"+code)
}

// write puts in another body, where there is one.
func (r *asking) write(c call, body string) {
	r.body, r.not = body, c.body() == nil
}

// asking is the first example of a call.
func (w documentWorld) asking(t *testing.T, c call) *asking {
	t.Helper()
	example, body := "", ""
	if m := c.body(); m != nil {
		names := slices.Sorted(maps.Keys(m.Examples))
		example = names[len(names)-1] // to a person, which changes something
		b, err := json.Marshal(m.Examples[example].Value.Value)
		if err != nil {
			t.Fatal(err)
		}
		body = string(b)
	}
	method, target, _ := c.request(example)
	return &asking{method: method, target: target, headers: w.as(c.scope()), body: body}
}

// A call has the problems that the document says it has, each as it says, and no others. Each example of a problem is met.
func TestDocumentProblems(t *testing.T) {
	d := documented(t)
	met := map[string]bool{}
	for _, key := range slices.Sorted(maps.Keys(d.Components.Examples)) {
		if provocations[key] == nil {
			t.Errorf("nothing provokes %s", key)
		}
	}
	for key, provoke := range provocations {
		example, err := json.Marshal(d.Components.Examples[key].Value.Value)
		if err != nil {
			t.Fatal(err)
		}
		w := newDocumentWorld(t)
		for _, c := range calls(t, d) {
			t.Run(key+" "+c.name(), func(t *testing.T) {
				if key == "state" { // what it does stays
					w = newDocumentWorld(t)
				}
				said := false
				for _, response := range c.Responses.Map() {
					if m := response.Value.Content[problemType]; m != nil {
						said = said || m.Examples[key] != nil
					}
				}
				r := w.asking(t, c)
				provoke(t, w, c, r)
				if r.not {
					if said {
						t.Error("the document has it, and nothing can bring it about")
					}
					return
				}
				answer := w.send(t, r.method, r.target, r.headers, r.body)
				came := inJSON(answer.body, []string{"type"}) == testURL+"/problems/"+key
				if came != said {
					t.Fatalf("the document has it: %v; the answer is %d %.300s", said, answer.status, answer.body)
				}
				if !came {
					return
				}
				if err := c.check(answer); err != nil {
					t.Error(err)
				}
				met[key] = met[key] || alike(plain(t, example), plain(t, answer.body))
			})
		}
		if !met[key] {
			t.Errorf("no answer is as the example of %s says", key)
		}
	}
}

// The lines of the page are those that a shell runs.
func TestDocumentCurl(t *testing.T) {
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("curl is not installed: the lines of the page are not run")
	}
	var d document
	if err := json.Unmarshal(openAPI, &d); err != nil {
		t.Fatal(err)
	}
	page, err := d.page()
	if err != nil {
		t.Fatal(err)
	}
	run := 0
	for _, g := range page.Groups {
		for _, c := range g.Calls {
			for _, sample := range c.Samples {
				w := newDocumentWorld(t)
				line := strings.Replace(strings.ReplaceAll(w.own.Replace(sample.Line), documentURL, "http://"+w.address), "curl ", curl+" -sS -w '\n%{http_code}' ", 1)
				ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
				sh := exec.CommandContext(ctx, "sh", "-c", line)
				sh.Dir, sh.Env = t.TempDir(), []string{"TESTAMUR_KEY=" + masterKey}
				out, err := sh.CombinedOutput()
				cancel()
				at := bytes.LastIndexByte(out, '\n')
				if status := string(out[at+1:]); err != nil || !slices.ContainsFunc(c.Answers, func(a site.APIAnswer) bool { return a.Status == status }) {
					t.Errorf("%s\n%v\n%s", line, err, out)
				}
				run++
			}
		}
	}
	if run < 20 {
		t.Errorf("only %d lines", run)
	}
}
