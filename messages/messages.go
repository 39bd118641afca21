// Package messages holds the words that people read, by language: pages, pictures, certificates, errors,
// command line. No sentence stands anywhere else.
//
// A language is a folder of YAML files whose nested keys are joined by dots; {name} is filled in. Begin with
// Load and Language.Text.
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
type Catalogue struct{ languages map[string]*Language }

// Language is the words of one language.
type Language struct {
	tag  string
	text map[string]string
}

// Load reads a folder that has one folder for each language, named by its BCP 47 tag. Every mistake of every
// file comes at once: what cannot be read, a key that stands in two files, a key that a language lacks or has
// over English, a {name} that English does not have.
func Load(files fs.FS) (*Catalogue, error) {
	names, err := fs.Glob(files, "*/*.yaml")
	if err != nil {
		return nil, fmt.Errorf("messages: %w", err)
	}
	c := &Catalogue{languages: map[string]*Language{}}
	at := map[string]*strictyaml.Source{} // language and key -> its file
	var problems []error
	for _, name := range names {
		data, err := fs.ReadFile(files, name)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		texts, source, err := strictyaml.Flatten(name, data)
		problems = append(problems, err)
		tag := path.Dir(name)
		if c.languages[tag] == nil {
			c.languages[tag] = &Language{tag: tag, text: map[string]string{}}
		}
		for _, key := range slices.Sorted(maps.Keys(texts)) {
			if other, double := at[tag+" "+key]; double {
				problems = append(problems, source.Errorf(key, "stands in another file too: %v", other.Errorf(key, "here")))
			}
			at[tag+" "+key] = source
			c.languages[tag].text[key] = texts[key]
		}
	}
	reference := c.languages[Reference]
	if reference == nil {
		return nil, errors.Join(append(problems, fmt.Errorf("messages: there is no folder %q with words", Reference))...)
	}
	for _, tag := range c.Languages() {
		for key, text := range c.languages[tag].text {
			english, ok := reference.text[key]
			if !ok {
				problems = append(problems, at[tag+" "+key].Errorf(key, "is not a key of %s; take it away", Reference))
			}
			for _, name := range placeholder.FindAllString(text, -1) {
				if ok && !strings.Contains(english, name) {
					problems = append(problems, at[tag+" "+key].Errorf(key, "%s is not filled in: %s does not have it", name, Reference))
				}
			}
		}
		for _, key := range slices.Sorted(maps.Keys(reference.text)) {
			if !c.languages[tag].Has(key) {
				problems = append(problems, fmt.Errorf("messages: %s lacks %s", tag, key))
			}
		}
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	return c, nil
}

var placeholder = regexp.MustCompile(`\{[a-z_]+\}`)

// Languages returns the tags of all languages in order.
func (c *Catalogue) Languages() []string { return slices.Sorted(maps.Keys(c.languages)) }

// In returns the words of a language, of English where we do not have it.
func (c *Catalogue) In(tag string) *Language {
	if l, ok := c.languages[tag]; ok {
		return l
	}
	return c.languages[Reference]
}

// Tag returns the language's BCP 47 tag.
func (l *Language) Tag() string { return l.tag }

// Dir returns the direction the language is written in: ltr or rtl.
func (l *Language) Dir() string { return l.Text("dates.direction") }

// Has reports whether there is a text under the key.
func (l *Language) Has(key string) bool {
	_, ok := l.text[key]
	return ok
}

// Text returns the words under a key, with each {name} filled in from pairs of name and value. A key that is
// not there gives itself in brackets, so that it is seen.
func (l *Language) Text(key string, pairs ...string) string {
	text, ok := l.text[key]
	if !ok {
		return "[" + key + "]"
	}
	if len(pairs) < 2 {
		return text
	}
	fill := make([]string, 0, len(pairs))
	for i := 0; i+1 < len(pairs); i += 2 {
		fill = append(fill, "{"+pairs[i]+"}", pairs[i+1])
	}
	return strings.NewReplacer(fill...).Replace(text)
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
	return l.Text(form, "day", strconv.Itoa(day), "month", l.Text(name+strconv.Itoa(month)), "year", strconv.Itoa(year))
}
