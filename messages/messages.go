// Package messages holds the words that people read, by language: pages, pictures, certificates, errors,
// command line. No sentence stands anywhere else.
//
// A language is a folder of YAML files whose nested keys are joined by dots; {name} is filled in, and of {name:# day|# days}
// the form that the number in name takes, with # for the number. It may lack a whole file of English: then it says that
// part in English. Begin with Load and Language.Text.
package messages

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"testamur/strictyaml"
)

// Reference is the language that has every key; the others are measured by it.
const Reference = "en"

// Catalogue is the words of every language. It does not change.
type Catalogue struct {
	languages map[string]*Language
	offered   []string // never empty; the first is the default
}

// Language is the words of one language.
type Language struct {
	tag   string
	text  map[string]string // English where the language lacks a file
	lent  map[string]bool   // the keys of those files
	forms []form            // of words beside a number; one more, the last, is for all other numbers
}

// Load reads a folder that has one folder for each language, named by its BCP 47 tag. The error joins every mistake of
// every file with its file and line: what cannot be read and a key that stands in two files; then, where all could be
// read, a key that a language lacks of a file of which it has others, a key that it has over English, a {name} that
// English does not have, and a number of forms that the language has not. Every language says in which direction it is
// written, and which numbers take which form of a word.
func Load(files fs.FS) (*Catalogue, error) {
	names, err := fs.Glob(files, "*/*.yaml")
	if err != nil {
		return nil, fmt.Errorf("messages: %w", err)
	}
	c := &Catalogue{languages: map[string]*Language{}}
	at := map[place]*strictyaml.Source{} // the file of each text
	parts := map[string][]string{}       // the keys of each file of the reference
	var problems []error
	for _, name := range names {
		data, err := fs.ReadFile(files, name)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		texts, source, err := strictyaml.Flatten(name, data)
		if err != nil {
			problems = append(problems, err)
		}
		tag := path.Dir(name)
		if c.languages[tag] == nil {
			c.languages[tag] = &Language{tag: tag, text: map[string]string{}}
		}
		for _, key := range slices.Sorted(maps.Keys(texts)) {
			if first, double := at[place{tag, key}]; double {
				const keep = "stands in two files; keep one"
				problems = append(problems, first.Errorf(key, keep), source.Errorf(key, keep))
			}
			if tag == Reference {
				parts[name] = append(parts[name], key)
			}
			at[place{tag, key}] = source
			c.languages[tag].text[key] = texts[key]
		}
	}
	if c.languages[Reference] == nil {
		problems = append(problems, fmt.Errorf("messages: there is no folder %q with words", Reference))
	}
	if len(problems) == 0 {
		problems = c.compare(at, parts)
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	c.offered = []string{Reference}
	for _, tag := range c.Languages() {
		if tag != Reference {
			c.offered = append(c.offered, tag)
		}
	}
	return c, nil
}

// place is one text of one language.
type place struct{ tag, key string }

var (
	placeholder = regexp.MustCompile(`\{([a-z_]+)[}:]`)
	choice      = regexp.MustCompile(`\{([a-z_]+):([^{}]*)\}`)
)

// compare measures every language by the reference, file by file, and lends it the files that it has nothing of.
func (c *Catalogue) compare(at map[place]*strictyaml.Source, parts map[string][]string) (problems []error) {
	reference := c.languages[Reference]
	for _, tag := range c.Languages() {
		l := c.languages[tag]
		var err error
		if l.forms, err = readForms(l.text[plural]); err != nil {
			problems = append(problems, at[place{tag, plural}].Errorf(plural, "%v", err))
		}
	}
	for _, tag := range c.Languages() {
		l := c.languages[tag]
		for _, key := range slices.Sorted(maps.Keys(l.text)) {
			source, text := at[place{tag, key}], l.text[key]
			if key == direction && text != "ltr" && text != "rtl" {
				problems = append(problems, source.Errorf(key, "must be ltr or rtl, not %q", text))
			}
			if !reference.Has(key) {
				problems = append(problems, source.Errorf(key, "is not a key of %s; take it away", Reference))
				continue
			}
			filled := namesOf(reference.text[key])
			for _, name := range namesOf(text) {
				if !slices.Contains(filled, name) {
					problems = append(problems, source.Errorf(key, "{%s} is not filled in: %s does not have it", name, Reference))
				}
			}
			for _, m := range choice.FindAllStringSubmatch(text, -1) {
				if n := 1 + strings.Count(m[2], "|"); n != len(l.forms)+1 {
					problems = append(problems, source.Errorf(key, "{%s:…} has %d forms; by %s, %s has %d", m[1], n, plural, tag, len(l.forms)+1))
				}
			}
		}
		l.lent = map[string]bool{}
		for _, file := range slices.Sorted(maps.Keys(parts)) {
			keys := parts[file]
			if !slices.ContainsFunc(keys, l.Has) && !slices.Contains(keys, direction) {
				for _, key := range keys {
					l.text[key], l.lent[key] = reference.text[key], true
				}
			}
			for _, key := range keys {
				if !l.Has(key) {
					problems = append(problems, at[place{Reference, key}].Errorf(key, "%s lacks it", tag))
				}
			}
		}
	}
	return problems
}

// Offer returns a catalogue of the languages that are offered, the first the default, and of English. The error names
// those that there are no words in.
func (c *Catalogue) Offer(tags []string) (*Catalogue, error) {
	out := &Catalogue{languages: map[string]*Language{Reference: c.languages[Reference]}, offered: slices.Clone(tags)}
	var problems []error
	for _, tag := range tags {
		l, ok := c.languages[tag]
		if !ok {
			problems = append(problems, fmt.Errorf("languages: there are no words in %s; there are %s", tag, strings.Join(c.Languages(), ", ")))
			continue
		}
		out.languages[tag] = l
	}
	if len(tags) == 0 {
		problems = append(problems, errors.New("languages: none is offered"))
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	return out, nil
}

// Offered returns the tags of the languages that are offered, the first the default. They are shared: do not change them.
func (c *Catalogue) Offered() []string { return c.offered }

// Nearest returns the words of the language that is offered for a tag: that language, or the one of pt for pt-BR, or the
// default.
func (c *Catalogue) Nearest(tag string) *Language {
	base, _, _ := strings.Cut(tag, "-")
	for _, t := range []string{tag, base} {
		if slices.Contains(c.offered, t) {
			return c.languages[t]
		}
	}
	return c.languages[c.offered[0]]
}

// Whole returns the tags of the languages that have every word, in order.
func (c *Catalogue) Whole() []string {
	return slices.DeleteFunc(c.Languages(), func(tag string) bool { return len(c.languages[tag].lent) > 0 })
}

// Languages returns the tags of all languages in order.
func (c *Catalogue) Languages() []string { return slices.Sorted(maps.Keys(c.languages)) }

// In returns the words of a language: of pt for pt-BR where we do not have that, of English where we have neither.
func (c *Catalogue) In(tag string) *Language {
	base, _, _ := strings.Cut(tag, "-")
	for _, t := range []string{tag, base} {
		if l, ok := c.languages[t]; ok {
			return l
		}
	}
	return c.languages[Reference]
}

// Tag returns the language's BCP 47 tag.
func (l *Language) Tag() string { return l.tag }

// direction is the key of the direction a language is written in, plural that of which numbers take which form of a word.
const (
	direction = "dates.direction"
	plural    = "dates.plural"
)

// Dir returns the direction the language is written in: ltr or rtl.
func (l *Language) Dir() string { return l.Text(direction) }

// Has reports whether there is a text under the key, if only in English.
func (l *Language) Has(key string) bool {
	_, ok := l.text[key]
	return ok
}

// Own reports whether there is a text under the key in the language itself.
func (l *Language) Own(key string) bool { return l.Has(key) && !l.lent[key] }

// Text returns the words under a key, with each {name} filled in from pairs of name and value. A key that is
// not there gives itself in brackets, so that it is seen.
func (l *Language) Text(key string, pairs ...string) string {
	text := l.Form(key, pairs...)
	if len(pairs) < 2 {
		return text
	}
	out := make([]byte, 0, 2*len(text))
	for {
		before, rest, found := strings.Cut(text, "{")
		if out = append(out, before...); !found {
			return string(out)
		}
		name, after, ends := strings.Cut(rest, "}")
		text = rest
		for i := 0; ends && i+1 < len(pairs); i += 2 {
			if pairs[i] == name {
				out, text, found = append(out, pairs[i+1]...), after, false
				break
			}
		}
		if found { // it is no name
			out = append(out, '{')
		}
	}
}

// Form returns the words under a key in the form that the numbers among the values ask for, with each {name} as it is.
func (l *Language) Form(key string, pairs ...string) string {
	text, ok := l.text[key]
	if !ok {
		return "[" + key + "]"
	}
	if !strings.Contains(text, ":") || len(pairs) < 2 {
		return text
	}
	return choice.ReplaceAllStringFunc(text, func(m string) string {
		name, forms, _ := strings.Cut(m[1:len(m)-1], ":")
		for i := 0; i+1 < len(pairs); i += 2 {
			if pairs[i] == name {
				of := strings.Split(forms, "|")
				return strings.ReplaceAll(of[min(l.formOf(pairs[i+1]), len(of)-1)], "#", pairs[i+1])
			}
		}
		return m
	})
}

// Style is how long a date is written.
type Style int

const (
	Long  Style = iota // 31 July 2015
	Short              // 31 Jul 2015
)

// Date writes a civil date; month counts from 1.
func (l *Language) Date(year, month, day int, style Style) string {
	form, name := "dates.long", "dates.month."
	if style == Short {
		form, name = "dates.short", "dates.abbreviated."
	}
	of := strconv.Itoa(day)
	if day == 1 {
		of = l.Text("dates.first")
	}
	return l.Text(form, "day", of, "month", l.Text(name+strconv.Itoa(month)), "year", strconv.Itoa(year))
}
