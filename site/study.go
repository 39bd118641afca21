package site

import (
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"testamur/messages"
	"testamur/strictyaml"
)

// PracticePath ends the address of every page of practice questions.
const PracticePath = "/practice/"

// PracticeDone is the parameter with which the form comes even where nothing was answered; its value is 1.
const PracticeDone = "done"

const guidePath = "/study-guide/"

// of is the address of a page below that of a certification, by its slug.
func of(slug, path string) string { return "/certifications/" + slug + path }

// practice is a file of questions to try what a study guide says. They are no exam's.
type practice struct {
	file      string
	Updated   Date
	Lang      string // of the text where it is not that of the page
	Questions []question
}

// question is one of them. Its texts are plain, with code between backticks.
type question struct {
	ID       string // its address, and its field in the form
	Ask, Why string
	Answers  []string
	Right    int    // the right answer, counted from 1
	Guide    string // address of the part of the guide that has the answer
}

// Limits of a file of questions: the form sends all answers in one address.
const (
	maxQuestions  = 60
	maxQuestionID = 40
)

// reservedIDs are parameters and addresses of the page itself.
var reservedIDs = []string{"main", "lang", "tally", PracticeDone}

// questionFiles reads the questions of each certification, by its slug. Those of a certification that the catalogue lacks are
// left out where they are ours, and a mistake where they are not.
func (r *reader) questionFiles(files fs.FS, dir string, guides map[string]*text) map[string]*practice {
	all := map[string]*practice{}
	entries, err := fs.ReadDir(files, dir)
	if err != nil {
		r.problems = append(r.problems, err)
	}
	for _, e := range entries {
		file := path.Join(dir, e.Name())
		slug, ok := strings.CutSuffix(e.Name(), ".yaml")
		if !ok || !fileName.MatchString(slug) || e.IsDir() {
			r.bad(file, "is not used; questions are a file such as inbound.yaml, named by the slug of a certification")
			continue
		}
		if r.wants(file, slug, files) {
			if p := r.questionFile(files, file, guides[slug]); p != nil {
				all[slug] = p
			}
		}
	}
	return all
}

// questionFile reads one file of questions about what a guide says; nil where it cannot be read.
func (r *reader) questionFile(files fs.FS, file string, guide *text) *practice {
	data, err := fs.ReadFile(files, file)
	if err != nil {
		r.problems = append(r.problems, err)
		return nil
	}
	var f struct {
		Updated   Date `yaml:"updated"`
		Questions []struct {
			ID      string   `yaml:"id"`
			Ask     string   `yaml:"ask"`
			Answers []string `yaml:"answers"`
			Right   int      `yaml:"right"`
			Why     string   `yaml:"why"`
			Guide   string   `yaml:"guide"`
		} `yaml:"questions"`
	}
	source, err := strictyaml.Decode(file, data, &f)
	if err != nil {
		r.problems = append(r.problems, err)
		return nil
	}
	bad := func(at, format string, args ...any) {
		r.problems = append(r.problems, source.Errorf(at, format, args...))
	}
	fill := func(at, s string) string {
		if strings.TrimSpace(s) == "" {
			bad(at, "is empty; write what people shall read")
		}
		where, _ := strings.CutSuffix(source.Errorf(at, "").Error(), ": ")
		return r.fill(where, strings.TrimSpace(s), plain)
	}
	p := &practice{file: file, Updated: f.Updated, Lang: r.foreign(file)}
	if n := len(f.Questions); n == 0 || n > maxQuestions {
		bad("questions", "has %d; it must be 1 to %d", n, maxQuestions)
	}
	seen := map[string]bool{}
	for i, q := range f.Questions {
		at := fmt.Sprintf("questions[%d]", i)
		switch {
		case !fileName.MatchString(q.ID) || len(q.ID) > maxQuestionID:
			bad(at+".id", "%q is not an address; use small letters, digits and single dashes, %d at most", q.ID, maxQuestionID)
		case slices.Contains(reservedIDs, q.ID):
			bad(at+".id", "%q means something else on this page; take another", q.ID)
		case seen[q.ID]:
			bad(at+".id", "%q stands twice; an address is one question's own", q.ID)
		}
		seen[q.ID] = true
		x := question{ID: q.ID, Ask: fill(at+".ask", q.Ask), Why: fill(at+".why", q.Why), Right: q.Right}
		for j, a := range q.Answers {
			x.Answers = append(x.Answers, fill(fmt.Sprintf("%s.answers[%d]", at, j), a))
			if slices.Contains(q.Answers[:j], a) {
				bad(fmt.Sprintf("%s.answers[%d]", at, j), "stands twice; keep one")
			}
		}
		if n := len(q.Answers); n < 2 || n > 5 {
			bad(at+".answers", "has %d; it must be 2 to 5", n)
		} else if q.Right < 1 || q.Right > n {
			bad(at+".right", "is %d; it must be within 1 to %d", q.Right, n)
		}
		switch {
		case guide == nil:
			bad(at+".guide", "there is no study guide for it")
		case !slices.ContainsFunc(guide.Parts, func(p part) bool { return p.ID == q.Guide }):
			bad(at+".guide", "%s has no #%s", guide.file, q.Guide)
		default:
			x.Guide = of(guide.Certification, guidePath) + "#" + q.Guide
		}
		p.Questions = append(p.Questions, x)
	}
	return p
}

// study are the addresses of what there is to study a certification from; each is empty where there is none.
func (in *pages) study(slug string) (guide, practice string) {
	if in.content.study[slug] != nil {
		guide = of(slug, guidePath)
	}
	if in.content.practice[slug] != nil {
		practice = of(slug, PracticePath)
	}
	return guide, practice
}

// wordsPerMinute is how fast people read what they mean to learn.
const wordsPerMinute = 200

// words is how many words a text has.
func (t *text) words() int {
	n := len(strings.Fields(t.intro))
	for _, p := range t.Parts {
		n += len(strings.Fields(p.Title)) + len(strings.Fields(p.words))
	}
	return n
}

// guidePage is what the page of a study guide shows.
type guidePage struct {
	Certification
	*text
	Practice string // address of the practice questions; empty: there are none
}

// Title is that of the certification: the guide has none of its own.
func (g guidePage) Title() string { return g.Certification.Title }

// Minutes is how long it takes to read.
func (g guidePage) Minutes() int { return max(1, (g.words()+wordsPerMinute/2)/wordsPerMinute) }

// About is the address of the certification's page.
func (g guidePage) About() string { return g.Certification.Path() }

// practicePage is what the page of practice questions shows: the form; or, Answered, what was right; or, Opened, each with
// its answer to be opened, for a host that answers no form.
type practicePage struct {
	Certification
	*practice
	Posed            []posed
	Guide            string
	Answered, Opened bool
}

func (p practicePage) Self() string { return of(p.Slug, PracticePath) }

// Rights is how many were answered right.
func (p practicePage) Rights() int { return p.count("right") }

// Missing is how many were not answered.
func (p practicePage) Missing() int { return p.count("open") }

func (p practicePage) count(result string) (n int) {
	for _, q := range p.Posed {
		if q.Result() == result {
			n++
		}
	}
	return n
}

// posed is a question on its page.
type posed struct {
	question
	Number int
	Chosen int // counted from 1; 0: none
}

// Result is right, wrong or open.
func (q posed) Result() string {
	switch q.Chosen {
	case 0:
		return "open"
	case q.Right:
		return "right"
	}
	return "wrong"
}

// At is the place of the right answer, counted from 0.
func (q posed) At() int { return q.Right - 1 }

// resultIcons are those beside each result.
var resultIcons = map[string]string{"right": "valid", "wrong": "revoked", "open": "unknown"}

// option is one answer to it.
type option struct {
	Number        int
	Text          string
	Right, Chosen bool
}

func (q posed) Options() (all []option) {
	for i, a := range q.Answers {
		all = append(all, option{i + 1, a, i+1 == q.Right, i+1 == q.Chosen})
	}
	return all
}

// practicePage is the page of a certification's questions with what was chosen, by the name of each.
func (p *Pages) practicePage(in *pages, c Certification, chosen map[string]int) practicePage {
	x := practicePage{Certification: c, practice: in.content.practice[c.Slug], Guide: of(c.Slug, guidePath)}
	for i, q := range x.Questions {
		x.Posed = append(x.Posed, posed{q, i + 1, chosen[q.ID]})
	}
	return x
}

// questionsAt finds the questions whose page is at a path.
func (p *Pages) questionsAt(in *pages, at string) (Certification, bool) {
	for _, c := range p.config.Certifications {
		if of(c.Slug, PracticePath) == at {
			return c, in.content.practice[c.Slug] != nil
		}
	}
	return Certification{}, false
}

// Questions returns how many answers each question on the page at a path has, by its name; none where the page has no questions.
func (p *Pages) Questions(l *messages.Language, path string) map[string]int {
	in, all := p.in(l), map[string]int{}
	if c, ok := p.questionsAt(in, path); ok {
		for _, q := range in.content.practice[c.Slug].Questions {
			all[q.ID] = len(q.Answers)
		}
	}
	return all
}

// Answered returns the page at a path of practice questions with what was right; chosen has the answers, counted from 1, by
// the names of the questions. Nothing of it is kept.
func (p *Pages) Answered(l *messages.Language, path string, chosen map[string]int) []byte {
	in := p.in(l)
	c, ok := p.questionsAt(in, path)
	if !ok {
		return p.Problem(l, 404, "not-found", "")
	}
	x := p.practicePage(in, c, chosen)
	x.Answered = true
	here := url.Values{PracticeDone: {"1"}}
	for name, answer := range chosen {
		here.Set(name, strconv.Itoa(answer))
	}
	return p.page(l, "practice", view{Canonical: p.config.URL + path, Here: path + "?" + here.Encode(), Of: x})
}

// opened are the pages of practice questions as an export has them, by path.
func (p *Pages) opened(in *pages) (map[string][]byte, error) {
	all := map[string][]byte{}
	for _, slug := range slices.Sorted(maps.Keys(in.content.practice)) {
		c, _ := p.find(slug)
		x := p.practicePage(in, c, nil)
		x.Opened = true
		body, err := p.execute(in, "practice", p.still(in.words, x.Self(), in.words.Text("site.practice.description", "certification", c.Title), x))
		if err != nil {
			return nil, fmt.Errorf("site: %w", err)
		}
		all[x.Self()] = body
	}
	return all, nil
}
