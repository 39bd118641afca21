package academy

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"testamur/verify"
)

// certification is an entry of the catalogue as it is written.
type certification struct {
	Slug          string                    `yaml:"slug"`
	Title         string                    `yaml:"title"`
	Summary       string                    `yaml:"summary"`
	Audience      string                    `yaml:"audience"`
	State         verify.CertificationState `yaml:"state"`
	Prerequisites []string                  `yaml:"prerequisites,optional"`
	Recommended   []string                  `yaml:"recommended,optional"`
	Organisation  bool                      `yaml:"organisation,optional"`
	Tiers         []string                  `yaml:"tiers,optional"`
	Validity      struct {
		Months int                 `yaml:"months"`
		From   verify.ValidityFrom `yaml:"from"`
	} `yaml:"validity"`
	Exam      *exam      `yaml:"exam,optional"`
	Practicum *practicum `yaml:"practicum,optional"`
	Editions  []edition  `yaml:"editions"`
	Art       art        `yaml:"art"`
}

type exam struct {
	Questions     *int `yaml:"questions,optional"`
	Minutes       *int `yaml:"minutes,optional"`
	PassPercent   *int `yaml:"pass_percent,optional"`
	TriesPerMonth int  `yaml:"tries_per_month"`
	WaitHours     int  `yaml:"wait_hours"`
}

type practicum struct {
	Items      *int     `yaml:"items,optional"`
	Required   *int     `yaml:"required,optional"`
	List       []string `yaml:"list,optional"`
	OneAccount bool     `yaml:"one_account,optional"`
}

type edition struct {
	Name         string     `yaml:"name"`
	Released     verify.Day `yaml:"released,optional"`
	Classes      int        `yaml:"classes"`
	Labs         *int       `yaml:"labs,optional"`
	ClassMinutes string     `yaml:"class_minutes,optional"`
	ClassList    []class    `yaml:"class_list,optional"`
	Teaches      string     `yaml:"teaches"`
	Covers       string     `yaml:"covers,optional"`
	Legacy       bool       `yaml:"legacy,optional"`
}

type class struct {
	Title   string `yaml:"title"`
	Minutes string `yaml:"minutes"`
	Teaches string `yaml:"teaches"`
	Lab     bool   `yaml:"lab,optional"`
}

func (r *reader) certifications(a *Academy) {
	var f struct {
		Numbers        []string        `yaml:"numbers,optional"`
		Certifications []certification `yaml:"certifications"`
	}
	if !r.read(certificationsFile, &f) {
		return
	}
	if len(f.Certifications) == 0 {
		r.bad("certifications", "is empty; one certification at least is needed")
	}
	for i, word := range f.Numbers {
		r.words(fmt.Sprintf("numbers[%d]", i), word, 20)
	}
	a.Catalogue = &verify.Catalogue{}
	for i, c := range f.Certifications {
		at := fmt.Sprintf("certifications[%d]", i)
		a.Catalogue.Certifications = append(a.Catalogue.Certifications, r.certification(at, c))
		a.Arts = append(a.Arts, r.art(at, c, f.Numbers, a.Mark))
	}
	r.slugs(f.Certifications)
	r.cycles(f.Certifications)
}

func (r *reader) certification(at string, c certification) verify.Certification {
	r.words(at+".title", c.Title, 80)
	r.words(at+".summary", c.Summary, 200)
	r.words(at+".audience", c.Audience, 200)
	r.oneOf(at+".state", string(c.State), string(verify.Open), string(verify.Closed), string(verify.Discontinued))
	r.between(at+".validity.months", c.Validity.Months, 1, 120)
	r.oneOf(at+".validity.from", string(c.Validity.From), string(verify.EndOfNextMonth), string(verify.EndOfMonth), string(verify.GrantDate))
	r.tiers(at+".tiers", c)
	return verify.Certification{
		Slug: c.Slug, Title: c.Title, Summary: c.Summary, Audience: c.Audience, State: c.State,
		Editions: r.editions(at+".editions", c.Editions), Validity: verify.Validity(c.Validity),
		Exam: r.exam(at+".exam", c.Exam), Practicum: r.practicum(at+".practicum", c.Practicum),
		Prerequisites: c.Prerequisites, Recommended: c.Recommended, Organisation: c.Organisation, Tiers: c.Tiers,
	}
}

func (r *reader) oneOf(path, value string, known ...string) {
	if !slices.Contains(known, value) {
		r.bad(path, "%q is not known; use %s", value, strings.Join(known, ", "))
	}
}

// tiers stand in one order, which badges and pages rely on (rule 51).
func (r *reader) tiers(path string, c certification) {
	known := []string{"silver", "gold", "platinum"}
	if len(c.Tiers) > 0 && !c.Organisation {
		r.bad(path, "only an organisation has a tier; add organisation: true or take the tiers away")
	}
	last := -1
	for i, tier := range c.Tiers {
		at := fmt.Sprintf("%s[%d]", path, i)
		n := slices.Index(known, tier)
		switch {
		case n < 0:
			r.oneOf(at, tier, known...)
		case n <= last:
			r.bad(at, "%q is out of order; write the lowest first, each once", tier)
		}
		last = max(last, n)
	}
}

func (r *reader) exam(path string, e *exam) *verify.Exam {
	if e == nil {
		return nil
	}
	r.between(path+".tries_per_month", e.TriesPerMonth, 1, 100)
	r.between(path+".wait_hours", e.WaitHours, 0, 24*31)
	return &verify.Exam{
		Questions:     r.optional(path+".questions", e.Questions, 1, 1000),
		Minutes:       r.optional(path+".minutes", e.Minutes, 1, 24*60),
		PassPercent:   r.optional(path+".pass_percent", e.PassPercent, 1, 100),
		TriesPerMonth: e.TriesPerMonth, WaitHours: e.WaitHours,
	}
}

func (r *reader) practicum(path string, p *practicum) *verify.Practicum {
	if p == nil {
		return nil
	}
	items := r.optional(path+".items", p.Items, 1, 1000)
	required := r.optional(path+".required", p.Required, 1, 1000)
	switch {
	case (p.Items == nil) != (p.Required == nil):
		r.bad(path, "write both items and required, or neither")
	case required > items:
		r.bad(path+".required", "is %d, more than the %d items there are", required, items)
	}
	for i, item := range p.List {
		at := fmt.Sprintf("%s.list[%d]", path, i)
		r.words(at, item, 120)
		if slices.Contains(p.List[:i], item) {
			r.bad(at, "%q stands twice; keep one", item)
		}
	}
	if len(p.List) > 0 && p.Items != nil && len(p.List) != items {
		r.bad(path+".list", "names %d; items says %d", len(p.List), items)
	}
	return &verify.Practicum{Items: items, Required: required, List: p.List, OneAccount: p.OneAccount}
}

var minutes = regexp.MustCompile(`^([0-9]{1,3})(?:-([0-9]{1,3}))?$`)

// span reads a length such as 60 or 45-60.
func span(s string) (from, to int, ok bool) {
	m := minutes.FindStringSubmatch(s)
	if m == nil || m[2] != "" && atoi(m[1]) >= atoi(m[2]) {
		return 0, 0, false
	}
	from, to = atoi(m[1]), atoi(m[1])
	if m[2] != "" {
		to = atoi(m[2])
	}
	return from, to, true
}

func (r *reader) editions(path string, editions []edition) []verify.Edition {
	var out []verify.Edition
	var last verify.Day
	names := map[string]bool{}
	for i, e := range editions {
		at := fmt.Sprintf("%s[%d]", path, i)
		r.words(at+".name", e.Name, 40)
		if names[e.Name] {
			r.bad(at+".name", "%q stands twice; an edition's name is its own", e.Name)
		}
		names[e.Name] = true
		if !e.Released.IsZero() && e.Released.Before(last) {
			r.bad(at+".released", "is %s, before the edition above (%s); write the oldest first", e.Released, last)
		}
		if !e.Released.IsZero() {
			last = e.Released
		}
		r.between(at+".classes", e.Classes, 1, 1000)
		labs := r.optional(at+".labs", e.Labs, 0, 1000)
		r.words(at+".teaches", e.Teaches, 120)
		if _, _, ok := span(e.ClassMinutes); e.ClassMinutes != "" && !ok {
			r.bad(at+".class_minutes", "%q is not a length such as 60 or 45-60", e.ClassMinutes)
		}
		out = append(out, verify.Edition{Name: e.Name, Released: e.Released, Classes: e.Classes, Labs: labs,
			ClassMinutes: e.ClassMinutes, List: r.classes(at, e, labs), Teaches: e.Teaches, Legacy: e.Legacy})
	}
	if len(editions) == 0 || editions[len(editions)-1].Legacy {
		r.bad(path, "the last edition is the one that is granted; it must be there and not be legacy") // rule 5
	}
	return out
}

// classes checks the list of an edition against its counts and lengths, so that a page cannot contradict itself.
func (r *reader) classes(path string, e edition, labs int) (out []verify.Class) {
	least, most, known := span(e.ClassMinutes)
	counted, titles := 0, map[string]bool{}
	for i, c := range e.ClassList {
		at := fmt.Sprintf("%s.class_list[%d]", path, i)
		r.words(at+".title", c.Title, 80)
		r.words(at+".teaches", c.Teaches, 200)
		if titles[c.Title] {
			r.bad(at+".title", "%q stands twice; keep one", c.Title)
		}
		titles[c.Title] = true
		switch from, to, ok := span(c.Minutes); {
		case !ok:
			r.bad(at+".minutes", "%q is not a length such as 60 or 45-60", c.Minutes)
		case known && (from < least || to > most):
			r.bad(at+".minutes", "is %s; class_minutes says %s", c.Minutes, e.ClassMinutes)
		}
		if !c.Lab {
			counted++
		}
		out = append(out, verify.Class(c))
	}
	if n := len(e.ClassList); n > 0 && (counted != e.Classes || n-counted != labs) {
		r.bad(path+".class_list", "has %d classes and %d labs; classes says %d, labs says %d", counted, n-counted, e.Classes, labs)
	}
	return out
}

func atoi(s string) int {
	n, _ := strconv.Atoi(s) // digits, by the pattern
	return n
}

var placeholder = regexp.MustCompile(`\{[^}]*\}?`)

// covers fills in the line of the certificate, so that its counts are those of the data (rule 3).
func (r *reader) covers(path string, c certification, e edition, numbers []string) string {
	if e.Covers != "" {
		r.words(path, e.Covers, 120)
	}
	var p practicum
	if c.Practicum != nil {
		p = *c.Practicum
	}
	spell := func(n *int) (string, bool) {
		switch {
		case n == nil || *n < 1:
			return "", false
		case *n <= len(numbers):
			return numbers[*n-1], true
		}
		return strconv.Itoa(*n), true
	}
	return placeholder.ReplaceAllStringFunc(e.Covers, func(name string) string {
		var text string
		ok := false
		switch name {
		case "{classes}":
			text, ok = spell(&e.Classes)
		case "{labs}":
			text, ok = spell(e.Labs)
		case "{items}":
			text, ok = spell(p.Items)
		case "{required}":
			text, ok = spell(p.Required)
		case "{teaches}":
			text, ok = e.Teaches, true
		}
		if !ok {
			r.bad(path, "%s has no value here; known: {classes} {labs} {items} {required} {teaches}", name)
		}
		return text
	})
}

var slug = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// slugs are addresses of their own, and those that entries name are there.
func (r *reader) slugs(all []certification) {
	known := map[string]bool{}
	for i, c := range all {
		path := fmt.Sprintf("certifications[%d].slug", i)
		switch {
		case len(c.Slug) > 64 || !slug.MatchString(c.Slug):
			r.bad(path, "%q is not a slug; use small letters, digits and single dashes, 64 at most", c.Slug)
		case known[c.Slug]:
			r.bad(path, "%q stands twice; a slug is one certification's own", c.Slug)
		}
		known[c.Slug] = true
	}
	for i, c := range all {
		r.known(fmt.Sprintf("certifications[%d].prerequisites", i), c.Prerequisites, known)
		r.known(fmt.Sprintf("certifications[%d].recommended", i), c.Recommended, known)
	}
}

func (r *reader) known(path string, names []string, slugs map[string]bool) {
	for i, name := range names {
		at := fmt.Sprintf("%s[%d]", path, i)
		if !slugs[name] {
			r.bad(at, "there is no certification %q", name)
		}
		if slices.Contains(names[:i], name) {
			r.bad(at, "%q stands twice; keep one", name)
		}
	}
}

// cycles reports each chain of prerequisites that leads back to its beginning: nobody could ever be granted any of it.
func (r *reader) cycles(all []certification) {
	at := map[string]int{}
	for i, c := range slices.Backward(all) { // the first of doubled slugs
		at[c.Slug] = i
	}
	done := map[string]bool{}
	var walk func(chain []string)
	walk = func(chain []string) {
		last := chain[len(chain)-1]
		for j, next := range all[at[last]].Prerequisites {
			if from := slices.Index(chain, next); from >= 0 {
				loop := strings.Join(append(slices.Clone(chain[from:]), next), " needs ")
				r.bad(fmt.Sprintf("certifications[%d].prerequisites[%d]", at[last], j), "%s: nobody could begin; take one away", loop)
				continue
			}
			if _, known := at[next]; known && !done[next] {
				walk(append(slices.Clone(chain), next))
			}
		}
		done[last] = true
	}
	for _, c := range all {
		if !done[c.Slug] {
			walk([]string{c.Slug})
		}
	}
}
