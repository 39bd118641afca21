package site

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"maps"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	texttemplate "text/template"

	"testamur/messages"
	"testamur/strictyaml"
)

// Content is what people read at length: Markdown with a head of YAML, in a folder for each language. An academy's own
// folder takes the place of ours entry by entry: a file by a file, a folder (faq, certifications, study-guide, practice, show,
// terms) by a folder. What the catalogue says is never written there but filled in, so that a page cannot contradict a badge:
//
//	{{brand}} {{email}} {{domain}} {{terms}}    the academy; {{name}} for each of the words in academy.yaml
//	{{word "name"}}                             the same, and nothing where the academy has no such word
//	{{fact "inbound" "classes"}}                a fact of a certification; of an older edition with its name behind
//	{{same "tries"}}                            the fact in which all certifications agree; nothing where they do not
//	{{range certifications}}                    each: .Title .Path .Audience; .Organisation where one may hold it, .Guide with a study guide
//	{{example}}                                 a day of grant and the last valid day: .Granted .ValidTo
//	{{forgotten}}                               minutes after which no cache that obeys shows what was withdrawn
//
// A second heading begins a part and names its address: "## Who is it for? {#hubspot-who}"; with {#x needs="hubspot partner"}
// it is there only where the catalogue has those certifications, and with {#x also="retake"} the search finds it by more
// words. Links lead to pages of this site or begin with https://.
type content struct {
	pages  []*text          // each at /name/
	faq    []*text          // sections, in order
	about  map[string]*text // by slug of a certification
	guides []*text          // how to show a badge, in order
	terms  []*text          // versions, the one in force first

	study    map[string]*text     // guides to study from, by slug of a certification
	practice map[string]*practice // questions about them, by the same
}

// text is one file of content.
type text struct {
	file, name    string
	Title         string
	Description   string // one sentence for search engines and link previews
	Updated       Date
	Certification string // slug of the one it is about; empty: of none
	Foot          int    // place in the foot of every page; 0: none
	Lang          string // of the text where it is not that of the page
	Intro         template.HTML
	Parts         []part
	intro         string // the words of Intro
	links         []string
}

// part is what stands under a second heading.
type part struct {
	ID, Title     string
	Certification string // slug of the one it is about; empty: of none
	Body          template.HTML
	words, also   string // its text, and words that it is found by too
}

// UnmarshalText reads a day such as 2014-11-03.
func (d *Date) UnmarshalText(b []byte) error {
	var x Date
	if _, err := fmt.Sscanf(string(b), "%4d-%2d-%2d", &x.Year, &x.Month, &x.Day); err != nil || x.machine() != string(b) || x.Month > 12 || x.Day > 31 {
		return fmt.Errorf("%q is not a day such as 2014-11-03", b)
	}
	*d = x
	return nil
}

// reader reads the content of one language and gathers what is wrong in it.
type reader struct {
	*Pages
	language *messages.Language
	problems []error
	guided   map[string]bool // slugs of certifications with a study guide
}

func (r *reader) bad(file, format string, args ...any) {
	r.problems = append(r.problems, fmt.Errorf(file+": "+format, args...))
}

// contentFolder is where content lies in the folder of an academy and in ours.
const contentFolder = "content"

// readContent reads the content of a language: that of an academy over our own. What a language lacks is there in the first
// that has it of those that are offered, else in English; so every page is there for everybody.
func (p *Pages) readContent(l *messages.Language) (*content, error) {
	r := &reader{Pages: p, language: l, guided: map[string]bool{}}
	type entry struct {
		files fs.FS
		at    string
	}
	entries := map[string]entry{} // by name
	from := append(slices.Clone(p.config.Messages.Offered()), messages.Reference)
	slices.Reverse(from)
	for _, tag := range append(from, l.Tag()) { // what comes later counts
		dir := path.Join(contentFolder, tag)
		for _, files := range []fs.FS{ours, p.config.Content} {
			if files == nil {
				continue
			}
			found, err := fs.ReadDir(files, dir)
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				r.problems = append(r.problems, err)
			}
			for _, e := range found {
				entries[e.Name()] = entry{files, path.Join(dir, e.Name())}
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(p.config.OwnWords)) {
		if _, taken := r.values(r.language, plain)[name]; taken {
			r.bad("academy.yaml", "words.%s: means something else in content already; take another name", name)
		}
	}
	if e, ok := entries["study-guide"]; ok {
		found, _ := fs.ReadDir(e.files, e.at) // an error is told where they are read
		for _, f := range found {
			r.guided[strings.TrimSuffix(f.Name(), ".md")] = true
		}
	}
	c := &content{about: map[string]*text{}, study: map[string]*text{}}
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		files, at := entries[name].files, entries[name].at
		switch name {
		case "faq":
			c.faq = r.folder(files, at)
		case "show":
			c.guides = r.folder(files, at)
		case "terms":
			c.terms = r.versions(files, at)
		case "certifications":
			for _, t := range r.folder(files, at) {
				c.about[t.name] = t
			}
		case "study-guide":
			for _, t := range r.folder(files, at) {
				if len(t.Parts) == 0 {
					r.bad(t.file, "has no part; a part begins with a line such as: ## Who buys, and why {#buyers}")
				}
				c.study[t.name] = t
			}
		case "practice": // after the guides
		default:
			if t := r.read(files, at); t != nil {
				r.needs(t, "title", t.Title)
				r.needs(t, "description", t.Description)
				c.pages = append(c.pages, t)
			}
		}
	}
	if e, ok := entries["practice"]; ok && (e.files != ours || entries["study-guide"].files == ours) { // our questions are about our guides
		c.practice = r.questionFiles(e.files, e.at, c.study)
	}
	r.questions(c)
	r.terms(c)
	return c, errors.Join(r.problems...)
}

// folder reads all files of a folder in the order of their names, without the number that a name may begin with. Those
// about a certification that the catalogue lacks are left out where they are ours, and a mistake where they are not.
func (r *reader) folder(files fs.FS, dir string) (all []*text) {
	entries, err := fs.ReadDir(files, dir)
	if err != nil {
		r.problems = append(r.problems, err)
	}
	for _, e := range entries {
		t := r.read(files, path.Join(dir, e.Name()))
		if t == nil {
			continue
		}
		t.name = regexp.MustCompile(`^[0-9]+-`).ReplaceAllString(t.name, "")
		if t.Certification != "" {
			x, _ := r.find(t.Certification)
			t.Title = x.Title
		}
		all = append(all, t)
	}
	return all
}

// wants reports whether the catalogue has a certification that a text is about.
func (r *reader) wants(file, slug string, files fs.FS) bool {
	_, ok := r.find(slug)
	if !ok && files != ours {
		r.bad(file, "there is no certification %q in the catalogue", slug)
	}
	return ok
}

func (r *reader) needs(t *text, key, value string) {
	if strings.TrimSpace(value) == "" {
		r.bad(t.file, "lacks %q at its head", key)
	}
}

var fileName = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// read reads one file; nil where there is nothing to show.
func (r *reader) read(files fs.FS, file string) *text {
	name, isText := strings.CutSuffix(path.Base(file), ".md")
	if !isText || !fileName.MatchString(name) {
		r.bad(file, "is not used; content is a file such as contact.md, or a folder faq, certifications, study-guide, show or terms of such files")
		return nil
	}
	data, err := fs.ReadFile(files, file)
	if err != nil {
		r.problems = append(r.problems, err)
		return nil
	}
	head, body, ok := strings.Cut(strings.TrimPrefix(string(data), "---\n"), "\n---\n")
	if !ok || !bytes.HasPrefix(data, []byte("---\n")) {
		r.bad(file, "begins with a head of YAML between two lines ---")
		return nil
	}
	var front struct {
		Title         string `yaml:"title,optional"`
		Description   string `yaml:"description,optional"`
		Updated       Date   `yaml:"updated"`
		Certification string `yaml:"certification,optional"`
		Foot          int    `yaml:"foot,optional"`
	}
	if _, err := strictyaml.Decode(file, []byte("\n"+head), &front); err != nil {
		r.problems = append(r.problems, err)
		return nil
	}
	if dir := path.Base(path.Dir(file)); dir == "certifications" || dir == "study-guide" {
		front.Certification = name
	}
	if front.Certification != "" && !r.wants(file, front.Certification, files) {
		return nil
	}
	t := &text{file: file, name: name, Lang: r.foreign(file), Updated: front.Updated, Certification: front.Certification, Foot: front.Foot}
	t.Title = r.fill(file, front.Title, plain)
	t.Description = r.fill(file, front.Description, plain)
	above := strings.Repeat("\n", 2+strings.Count(head, "\n")+1) // so that lines are counted as in the file
	r.markdown(t, []byte(r.fill(file, above+r.without(file, body, files), escaped)))
	return t
}

// foreign is the language of a file where it is not the one that is read.
func (r *reader) foreign(file string) string {
	if tag := r.written(file).Tag(); tag != r.language.Tag() {
		return tag
	}
	return ""
}

// written is the language of a file, by its folder: what is filled in is in the same.
func (r *reader) written(file string) *messages.Language {
	return r.config.Messages.In(strings.Split(file, "/")[1])
}

var needs = regexp.MustCompile(`^## .*\{#[^}]* needs="([^"]*)"`)

// without takes the parts away that need a certification which the catalogue lacks, and leaves their lines empty.
func (r *reader) without(file, body string, files fs.FS) string {
	lines, gone := strings.Split(body, "\n"), false
	for i, line := range lines {
		if strings.HasPrefix(line, "## ") {
			gone = false
			if m := needs.FindStringSubmatch(line); m != nil {
				for _, slug := range strings.Fields(m[1]) {
					gone = !r.wants(file, slug, files) || gone
				}
			}
		}
		if gone {
			lines[i] = ""
		}
	}
	return strings.Join(lines, "\n")
}

// versions reads the terms: a file for each version, named by it.
func (r *reader) versions(files fs.FS, dir string) []*text {
	all := r.folder(files, dir)
	entries, _ := fs.ReadDir(files, dir)
	for i, t := range all {
		if len(all) == len(entries) {
			t.name = strings.TrimSuffix(entries[i].Name(), ".md") // a version may begin with a number
		}
	}
	slices.Reverse(all)
	return all
}

// terms puts the version in force first; the others are those before it.
func (r *reader) terms(c *content) {
	i := slices.IndexFunc(c.terms, func(t *text) bool { return t.name == r.config.Terms })
	if i < 0 {
		r.bad(path.Join(contentFolder, r.language.Tag(), "terms"), "has no %s.md; the version in force stands in academy.yaml under terms", r.config.Terms)
		return
	}
	c.terms = c.terms[i:]
}

// questions checks that every question of the FAQ has an answer and an address of its own.
func (r *reader) questions(c *content) {
	seen := map[string]string{"main": "the page", "contents": "the page"}
	for _, t := range c.faq {
		seen[t.name] = t.file
	}
	for _, t := range c.faq {
		r.needs(t, "title", t.Title)
		if len(t.Parts) == 0 && t.name != termsSection {
			r.bad(t.file, "has no question; a question is a line such as: ## Who is it for? {#who}")
		}
		for _, q := range t.Parts {
			if first, double := seen[q.ID]; double {
				r.bad(t.file, "#%s stands in %s already; an address is one question's own", q.ID, first)
			}
			seen[q.ID] = t.file
		}
	}
}

// termsSection is the section of the FAQ whose questions are those of the terms in force.
const termsSection = "terms"

// values are what content can say in {{ }} beside the academy's own words, in the words of a language; mark makes text of
// what it is put into.
func (r *reader) values(l *messages.Language, mark func(string) string) texttemplate.FuncMap {
	c := r.config
	return texttemplate.FuncMap{
		"brand":     func() string { return mark(c.Brand) },
		"domain":    func() string { return mark(c.Domain) },
		"email":     func() string { return "[" + mark(c.Email) + "](mailto:" + url.PathEscape(c.Email) + ")" },
		"terms":     func() string { return mark(c.Terms) },
		"zone":      func() string { return mark(c.ZoneName) },
		"forgotten": func() int { return int(c.Forgotten.Minutes()) },
		"word":      func(name string) string { return mark(c.OwnWords[name]) },
		"same":      func(name string) string { return mark(r.same(l, name)) },
		"fact": func(slug, name string, edition ...string) (string, error) {
			value, err := r.fact(l, slug, name, edition...)
			return mark(value), err
		},
		"certifications": func() (all []entry) {
			for _, x := range c.Certifications {
				all = append(all, entry{mark(x.Title), x.Path(), mark(x.Audience), x.Organisation, r.guided[x.Slug]})
			}
			return all
		},
		"example": func() (e struct{ Granted, ValidTo string }) {
			if len(c.Certifications) > 0 {
				e.Granted, e.ValidTo = mark(dateText(l, c.Certifications[0].Granted)), mark(dateText(l, c.Certifications[0].ValidTo))
			}
			return e
		},
	}
}

// entry is a certification as content sees it.
type entry struct {
	Title, Path, Audience string
	Organisation, Guide   bool
}

// fill carries out what stands in {{ }}.
func (r *reader) fill(file, text string, mark func(string) string) string {
	words := texttemplate.FuncMap{}
	for name, value := range r.config.OwnWords {
		words[name] = func() string { return mark(value) }
	}
	t, err := texttemplate.New(file).Funcs(words).Funcs(r.values(r.written(file), mark)).Parse(text)
	var b strings.Builder
	if err == nil {
		err = t.Execute(&b, nil)
	}
	if err != nil {
		r.problems = append(r.problems, fmt.Errorf("%s", strings.TrimPrefix(err.Error(), "template: ")))
		return ""
	}
	return b.String()
}
