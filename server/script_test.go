package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The HTTP contract as scripts that anyone can read, in testdata. Each runs on a server of its own, over every store, at
// 2014-11-23T15:10:00Z, with one credential in each state.
//
//	> GET /badges/{valid}.png        a request; {a|b} in its first line makes one request of each, GET,HEAD too
//	> If-None-Match: {etag}          a header of the request
//	>                                after an empty line: the body, which is JSON unless a header says otherwise
//	< 304                            the status of the answer
//	< Cache-Control: no-store        a header and its value; * is any value
//	< no Surrogate-Key               a header that is not there
//	< only ETag, Content-Type        all headers there are, but Date, Connection and Content-Length
//	< "status":"valid"               any other line: the body has this text; "has" before it where it looks like a header
//	< lacks Maya                     the body has this text nowhere
//	< body {"a":null}                this is the whole body
//	< png 240x120                    the body is a picture of this size
//	< pdf
//	< alike                          all answers are equal in every byte but Date, HEAD in every byte before the body
//	< items 3                        the list in the body is so long
//	< keep etag ETag                 {etag} is the value of the header from here on; json:a.0.b is a value in the body
//
// Other lines: "as issue" (key of the requests that follow; none, wrong, ended, master too), "at 2015-08-01T00:00:00Z"
// (the clock), "store away" (its mood; works), and comments with #.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no scripts", err)
	}
	for kind, open := range stores {
		for _, file := range files {
			t.Run(kind+"/"+strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
				t.Parallel()
				text, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				s := script{world: newWorldOn(t, open, nil), file: file}
				s.run(t, string(text))
				if s.asked == 0 {
					t.Error("the script asks nothing")
				}
			})
		}
	}
}

type script struct {
	*world
	file  string
	key   string // authorization
	asked int
}

// exchange is one request of a script with what is wanted of its answer.
type exchange struct {
	line          int
	first         string // method and path
	headers       []string
	body          string
	inBody        bool
	want          []string
	wantLine      []int
	authorization string
}

func (s *script) run(t *testing.T, text string) {
	var e *exchange
	flush := func() {
		if e != nil {
			s.play(t, *e)
		}
		e = nil
	}
	for i, line := range strings.Split(text, "\n") {
		word, rest, _ := strings.Cut(line, " ")
		switch {
		case word == ">" || line == ">":
			switch {
			case e == nil || len(e.want) > 0:
				flush()
				e = &exchange{line: i + 1, first: rest, authorization: s.key}
			case rest == "" && !e.inBody:
				e.inBody = true
			case e.inBody:
				e.body += s.fill(rest)
			default:
				e.headers = append(e.headers, s.fill(rest))
			}
		case word == "<":
			if e == nil {
				t.Fatalf("%s:%d: no request before it", s.file, i+1)
			}
			e.want, e.wantLine = append(e.want, s.fillKnown(rest)), append(e.wantLine, i+1)
		case strings.TrimSpace(line) == "" || word[0] == '#':
			flush()
		default:
			flush()
			s.turn(t, i+1, word, rest)
		}
	}
	flush()
}

// turn changes the world.
func (s *script) turn(t *testing.T, line int, word, rest string) {
	switch word {
	case "as":
		s.key = map[string]string{"none": "", "wrong": "Bearer tk_aaaaaaaaaaaaaaaa_" + strings.Repeat("A", 43)}[rest]
		if token, ok := s.names["key-"+rest]; ok {
			s.key = "Bearer " + token
		}
	case "at":
		at, err := time.Parse(time.RFC3339Nano, rest)
		if err != nil {
			t.Fatalf("%s:%d: %v", s.file, line, err)
		}
		s.setClock(at)
	case "store":
		s.store.mood.Store(rest)
	default:
		t.Fatalf("%s:%d: unknown word %q", s.file, line, word)
	}
}

var placeholder = regexp.MustCompile(`\{[a-zA-Z0-9-]+\}`)

// fillKnown puts in what stands for a name in braces; braces of JSON stay.
func (s *script) fillKnown(text string) string {
	return placeholder.ReplaceAllStringFunc(text, func(name string) string {
		if value, ok := s.names[name[1:len(name)-1]]; ok {
			return value
		}
		return name
	})
}

func (s *script) fill(text string) string {
	text = s.fillKnown(text)
	return regexp.MustCompile(`\{(.) x (\d+)\}`).ReplaceAllStringFunc(text, func(m string) string { // {a x 500}
		f := strings.Fields(m[1 : len(m)-1])
		n, _ := strconv.Atoi(f[2])
		return strings.Repeat(f[0], n)
	})
}

// requests makes one of each alternative.
func (s *script) requests(first string) (all [][2]string) {
	methods, path, _ := strings.Cut(s.fill(first), " ")
	paths := []string{path}
	choice := regexp.MustCompile(`\{([^{}]*\|[^{}]*)\}`)
	for choice.MatchString(paths[0]) {
		var next []string
		for _, p := range paths {
			at := choice.FindStringSubmatchIndex(p)
			for _, c := range strings.Split(p[at[2]:at[3]], "|") {
				if value, ok := s.names[c]; ok {
					c = value
				}
				next = append(next, p[:at[0]]+c+p[at[1]:])
			}
		}
		paths = next
	}
	for _, method := range strings.Split(methods, ",") {
		for _, p := range paths {
			all = append(all, [2]string{method, p})
		}
	}
	return all
}

func (s *script) play(t *testing.T, e exchange) {
	t.Helper()
	if len(e.want) == 0 {
		t.Errorf("%s:%d: nothing is wanted of the answer", s.file, e.line)
	}
	if e.authorization != "" && strings.Contains(e.first, "/api/") {
		e.headers = append(e.headers, "Authorization: "+e.authorization)
	}
	if e.body != "" && !slices.ContainsFunc(e.headers, func(h string) bool { return strings.HasPrefix(strings.ToLower(h), "content-type:") }) {
		e.headers = append(e.headers, "Content-Type: application/json")
	}
	var answers []reply
	var whose []string
	for _, r := range s.requests(e.first) {
		a := s.ask(t, r[0], r[1], e.headers, e.body)
		s.asked++
		for i, want := range e.want {
			if err := s.judge(r[0], a, want); err != nil {
				t.Errorf("%s:%d: %s %.100s: %v\n%s\n%.600s", s.file, e.wantLine[i], r[0], r[1], err, a.head, printable(a.body))
				return
			}
		}
		answers, whose = append(answers, a), append(whose, r[0]+" "+r[1])
	}
	if !slices.Contains(e.want, "alike") {
		return
	}
	if len(answers) < 2 {
		t.Errorf("%s:%d: there is nothing to compare", s.file, e.line)
	}
	for i, a := range answers[1:] {
		if a.head != answers[0].head {
			t.Errorf("%s:%d: %s and %s differ:\n%s\n--\n%s", s.file, e.line, whose[0], whose[i+1], answers[0].head, a.head)
		}
		if !bytes.Equal(a.body, answers[0].body) && !strings.HasPrefix(whose[i+1], "HEAD") {
			t.Errorf("%s:%d: %s and %s differ in their bodies:\n%.300q\n--\n%.300q", s.file, e.line, whose[0], whose[i+1], answers[0].body, a.body)
		}
	}
}

func printable(body []byte) string {
	if bytes.HasPrefix(body, []byte("\x89PNG")) || bytes.HasPrefix(body, []byte("%PDF")) {
		return fmt.Sprintf("(%d bytes of a picture)", len(body))
	}
	return string(body)
}

var headerLine = regexp.MustCompile(`^([A-Z][A-Za-z-]*): (.*)$`)

// judge holds an answer against one line of a script.
func (s *script) judge(method string, a reply, want string) error {
	word, rest, _ := strings.Cut(want, " ")
	if status, err := strconv.Atoi(want); err == nil && len(want) == 3 {
		if a.status != status {
			return fmt.Errorf("status %d, not %d", a.status, status)
		}
		return nil
	}
	if m := headerLine.FindStringSubmatch(want); m != nil {
		if got := a.get(m[1]); got != m[2] && (m[2] != "*" || got == "") {
			return fmt.Errorf("%s is %q, not %q", m[1], got, m[2])
		}
		return nil
	}
	if method == "HEAD" && word != "no" && word != "only" && word != "keep" { // there is no body to look at
		if len(a.body) != 0 {
			return fmt.Errorf("HEAD with a body")
		}
		return nil
	}
	switch word {
	case "alike":
	case "no":
		if got, ok := a.header[strings.ToLower(rest)]; ok {
			return fmt.Errorf("%s is there: %q", rest, got)
		}
	case "only":
		want := []string{"date", "connection", "content-length"}
		for _, name := range strings.Split(rest, ", ") {
			want = append(want, strings.ToLower(name))
			if a.get(name) == "" {
				return fmt.Errorf("%s is missing", name)
			}
		}
		for name := range a.header {
			if !slices.Contains(want, name) {
				return fmt.Errorf("%s is there", name)
			}
		}
	case "has":
		if !strings.Contains(string(a.body), rest) {
			return fmt.Errorf("the body has not %q", rest)
		}
	case "lacks":
		if strings.Contains(string(a.body), rest) {
			return fmt.Errorf("the body has %q", rest)
		}
	case "body":
		if got := strings.TrimSuffix(string(a.body), "\n"); got != rest {
			return fmt.Errorf("the body is\n%s\nnot\n%s", got, rest)
		}
	case "items":
		var list struct{ Items []any }
		if err := json.Unmarshal(a.body, &list); err != nil || strconv.Itoa(len(list.Items)) != rest {
			return fmt.Errorf("%d items, not %s; %v", len(list.Items), rest, err)
		}
	case "png":
		c, err := png.DecodeConfig(bytes.NewReader(a.body))
		if got := fmt.Sprintf("%dx%d", c.Width, c.Height); err != nil || got != rest {
			return fmt.Errorf("the picture is %s, not %s; %v", got, rest, err)
		}
	case "pdf":
		if !bytes.HasPrefix(a.body, []byte("%PDF-")) {
			return fmt.Errorf("no PDF")
		}
	case "keep":
		name, from, _ := strings.Cut(rest, " ")
		value := a.get(from)
		if path, ok := strings.CutPrefix(from, "json:"); ok {
			value = inJSON(a.body, strings.Split(path, "."))
		}
		if value == "" {
			return fmt.Errorf("no %s to keep", from)
		}
		s.names[name] = value
	default:
		if !strings.Contains(string(a.body), want) {
			return fmt.Errorf("the body has not %q", want)
		}
	}
	return nil
}

func inJSON(body []byte, path []string) string {
	var v any
	if json.Unmarshal(body, &v) != nil {
		return ""
	}
	for _, name := range path {
		switch in := v.(type) {
		case map[string]any:
			v = in[name]
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i >= len(in) {
				return ""
			}
			v = in[i]
		}
	}
	text, _ := v.(string)
	return text
}
