package site

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"testamur/messages"
)

// Certification is an entry of the catalogue, as pages show it.
type Certification struct {
	Slug, Title, Summary, Audience string
	State                          string    // open, closed (to new grants) or discontinued
	Editions                       []Edition // oldest first; the last is the one that is granted
	Exam                           *Exam     // nil: none
	Practicum                      *Practicum
	Prerequisites, Recommended     []string // slugs
	Organisation                   bool     // an organisation may hold it
	Tiers                          []string // lowest first
	Months                         int      // how long it is valid
	From                           string   // what the months are counted from: end_of_next_month, end_of_month or grant_date
	Granted, ValidTo               Date     // an example of that
	Emblem                         []byte   // SVG; empty: none is shown
}

// Edition is one version of a certification.
type Edition struct {
	Name          string
	Released      Date // zero: not known
	Classes, Labs int
	ClassMinutes  string  // length of one, such as 60 or 45-60; empty: not known
	List          []Class // in their order; empty: they are not listed
	Teaches       string
	Legacy        bool // a programme of the past
}

// Class is a class or a lab of an edition.
type Class struct {
	Title   string
	Minutes string // its length, such as 60 or 45-60
	Teaches string // one sentence
	Lab     bool   // a live session
}

// Exam is what a test asks. Zero is not known.
type Exam struct{ Questions, Minutes, PassPercent, TriesPerMonth, WaitHours int }

// PassMark is how many questions must be right (rule 10); 0 where that is not known.
func (e Exam) PassMark() int { return (e.Questions*e.PassPercent + 99) / 100 }

// Practicum is what is to be handed in. Zero items are not counted.
type Practicum struct {
	Items, Required int
	List            []string // what the items are; empty: they are not listed
	OneAccount      bool
}

// Newest is the edition that is granted.
func (c Certification) Newest() Edition {
	if n := len(c.Editions); n > 0 {
		return c.Editions[n-1]
	}
	return Edition{}
}

// Before is the edition before the newest; ok is false where there is none.
func (c Certification) Before() (e Edition, ok bool) {
	for i := len(c.Editions) - 2; i >= 0; i-- {
		if !c.Editions[i].Legacy {
			return c.Editions[i], true
		}
	}
	return Edition{}, false
}

// Minutes is ClassMinutes as people write it.
func (e Edition) Minutes() string { return strings.ReplaceAll(e.ClassMinutes, "-", "–") }

// Length is Minutes as people write it.
func (c Class) Length() string { return strings.ReplaceAll(c.Minutes, "-", "–") }

// Path is the address of the certification's page.
func (c Certification) Path() string { return "/certifications/" + c.Slug + "/" }

func (c Certification) slug() string { return c.Slug }

// facts are what the catalogue says of a certification, by the names that content uses. One that is not known is not
// among them.
func (p *Pages) facts(l *messages.Language, c Certification, e Edition) map[string]string {
	facts := map[string]string{}
	add := func(name, value string) {
		if value != "" && value != "0" {
			facts[name] = value
		}
	}
	count := func(name string, n int) { add(name, strconv.Itoa(n)) }
	add("title", c.Title)
	add("audience", c.Audience)
	add("edition", e.Name)
	add("released", dateText(l, e.Released))
	count("classes", e.Classes)
	count("labs", e.Labs)
	count("sessions", e.Classes+e.Labs)
	add("minutes", e.Minutes())
	add("teaches", e.Teaches)
	if before, ok := c.Before(); ok && e.Name == c.Newest().Name {
		count("added", e.Classes-before.Classes)
	}
	if c.Exam != nil {
		count("questions", c.Exam.Questions)
		count("test-minutes", c.Exam.Minutes)
		count("percent", c.Exam.PassPercent)
		count("pass-mark", c.Exam.PassMark())
		count("tries", c.Exam.TriesPerMonth)
		count("wait", c.Exam.WaitHours)
	}
	if c.Practicum != nil {
		count("items", c.Practicum.Items)
		count("required", c.Practicum.Required)
	}
	add("validity", lasts(l, c.Months))
	if c.From != "" {
		add("counted", l.Text("site.validity.from."+c.From))
	}
	var tiers []string
	for _, tier := range c.Tiers {
		tiers = append(tiers, l.Text("site.tier."+tier))
	}
	add("tiers", list(l, tiers))
	add("prerequisites", list(l, p.titles(c.Prerequisites)))
	add("recommended", list(l, p.titles(c.Recommended)))
	return facts
}

// titles are those of certifications by their slugs.
func (p *Pages) titles(slugs []string) (titles []string) {
	for _, slug := range slugs {
		if c, ok := p.find(slug); ok {
			titles = append(titles, c.Title)
		}
	}
	return titles
}

func (p *Pages) find(slug string) (Certification, bool) {
	i := slices.IndexFunc(p.config.Certifications, func(c Certification) bool { return c.Slug == slug })
	if i < 0 {
		return Certification{}, false
	}
	return p.config.Certifications[i], true
}

// list joins words: a, b and c.
func list(l *messages.Language, words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return l.Text("site.list", "some", strings.Join(words[:last], l.Text("site.comma")), "last", words[last])
}

// lasts is a number of months in words: one year, 18 months.
func lasts(l *messages.Language, months int) string {
	if months > 0 && months%12 == 0 {
		return l.Text("site.validity.years", "count", strconv.Itoa(months/12))
	}
	return l.Text("site.validity.months", "count", strconv.Itoa(months))
}

// fact finds one fact of a certification, of its newest edition unless another is named.
func (p *Pages) fact(l *messages.Language, slug, name string, edition ...string) (string, error) {
	c, ok := p.find(slug)
	if !ok {
		return "", fmt.Errorf("there is no certification %q in the catalogue", slug)
	}
	e := c.Newest()
	if len(edition) > 0 {
		i := slices.IndexFunc(c.Editions, func(e Edition) bool { return e.Name == edition[0] })
		if i < 0 {
			return "", fmt.Errorf("%s has no edition %q", slug, edition[0])
		}
		e = c.Editions[i]
	}
	value, ok := p.facts(l, c, e)[name]
	if !ok {
		return "", fmt.Errorf("the catalogue says no %q of %s", name, slug)
	}
	return value, nil
}

// same is the fact in which all certifications agree; empty where they do not, or where one lacks it.
func (p *Pages) same(l *messages.Language, name string) string {
	value := ""
	for i, c := range p.config.Certifications {
		v := p.facts(l, c, c.Newest())[name]
		if i > 0 && v != value {
			return ""
		}
		value = v
	}
	return value
}
