package site

import (
	"html/template"
	"net/url"
	"strconv"
	"strings"
	"unicode"

	"testamur/messages"
)

// box is the box to type a code in: keys of its label and of what is wrong, and what was typed.
type box struct{ Label, Input, Wrong string }

// functions are those the templates call, in the words of one language.
func (p *Pages) functions(l *messages.Language) template.FuncMap {
	return template.FuncMap{
		"t":       l.Text,
		"say":     func(key string, pairs ...any) template.HTML { return say(l, key, pairs...) },
		"date":    func(d Date) template.HTML { return dateHTML(l, d) },
		"day":     func(d Date) string { return dateText(l, d) },
		"address": p.AssetURL,
		"number":  strconv.Itoa,
		"strong":  func(s string) template.HTML { return element("strong", s) },
		"mono":    code,
		"written": func(s string) template.HTML { return p.ofCatalogue(l, s) },
		"apiLanguage": func() string { // the words of that page are in English
			if l.Tag() == messages.Reference {
				return ""
			}
			return messages.Reference
		},
		"language": func(tag string) template.HTML {
			of := p.config.Messages.In(tag)
			return template.HTML(`<span lang="` + of.Tag() + `" dir="` + of.Dir() + `">` + template.HTMLEscapeString(of.Text("site.language.name")) + `</span>`)
		},
		"own": l.Tag,
		"turned": func(foreign string) string { // the direction of the page, within a text that has another
			if p.config.Messages.In(foreign).Dir() == l.Dir() {
				return ""
			}
			return l.Dir()
		},
		"dir":      func(tag string) string { return p.config.Messages.In(tag).Dir() },
		"mail":     mail,
		"box":      func(label string) box { return box{Label: label} },
		"covers":   p.covers,
		"question": p.question(l),
		"specimen": func(slug ...string) *specimen { return p.specimen(l, slug...) },
		"link":     link,
		"prose":    prose,
		"answered": func() map[string]string { return resultIcons },
		"shape":    func(f APIField) string { return shape(l, f) },
	}
}

// specimen is the picture of a badge that was never issued, in every width there is.
type specimen struct {
	widths [len(specimenWidths)]string // addresses
	alt    string
}

// specimen is the one of a certification, of the first unless one is named; nil where there is none.
func (p *Pages) specimen(l *messages.Language, slug ...string) *specimen {
	if len(slug) == 0 && len(p.config.Certifications) > 0 {
		slug = []string{p.config.Certifications[0].Slug}
	}
	if len(slug) == 0 {
		return nil
	}
	c, _ := p.find(slug[0])
	s := &specimen{alt: l.Text("site.specimen", "certification", c.Title)}
	for i, w := range specimenWidths {
		if s.widths[i] = p.AssetURL("specimen-" + slug[0] + "-" + strconv.Itoa(w)); s.widths[i] == "" {
			return nil
		}
	}
	return s
}

// Picture is the element, for a place of the given sizes.
func (s *specimen) Picture(sizes string) template.HTML {
	var set []string
	for i, w := range specimenWidths {
		set = append(set, s.widths[i]+" "+strconv.Itoa(w)+"w")
	}
	side := strconv.Itoa(specimenWidths[1])
	return template.HTML(`<img src="` + s.widths[1] + `" srcset="` + strings.Join(set, ", ") + `" sizes="` + sizes + `" width="` + side + `" height="` + side +
		`" alt="` + template.HTMLEscapeString(s.alt) + `">`)
}

// say fills words with values: markup as it is, text escaped, as the words are. In words from right to left a text that may
// run the other way stands by itself.
func say(l *messages.Language, key string, pairs ...any) template.HTML {
	fill, plain := make([]string, 0, len(pairs)), make([]string, 0, len(pairs))
	for i := 0; i+1 < len(pairs); i += 2 {
		name, _ := pairs[i].(string)
		value, markup := pairs[i+1].(template.HTML)
		if !markup {
			value = template.HTML(template.HTMLEscaper(pairs[i+1]))
			if l.Dir() == "rtl" {
				value = isolated(value)
			}
		}
		fill, plain = append(fill, "{"+name+"}", string(value)), append(plain, name, bare(value))
	}
	return template.HTML(strings.NewReplacer(fill...).Replace(template.HTMLEscapeString(l.Form(key, plain...))))
}

// isolated is a text that stands by itself among words from right to left: by its letters, or as numbers are written.
func isolated(text template.HTML) template.HTML {
	switch {
	case strings.ContainsFunc(string(text), unicode.IsLetter):
		return "<bdi>" + text + "</bdi>"
	case strings.ContainsFunc(string(text), func(r rune) bool { return !unicode.IsDigit(r) }):
		return `<bdi dir="ltr">` + text + "</bdi>"
	}
	return text
}

// element is a text marked as one thing, which reads in its own direction.
func element(name, text string) template.HTML {
	return template.HTML("<" + name + ` dir="auto">` + template.HTMLEscapeString(text) + "</" + name + ">")
}

// code is a text for machines.
func code(text string) template.HTML {
	return template.HTML(`<code dir="ltr">` + template.HTMLEscapeString(text) + `</code>`)
}

// nb is a text that does not break.
func nb(text string) template.HTML {
	return template.HTML(`<span class="nb">` + template.HTMLEscapeString(text) + `</span>`)
}

// link is words that lead somewhere.
func link(to, text string) template.HTML {
	return template.HTML(`<a href="` + template.HTMLEscapeString(to) + `">` + template.HTMLEscapeString(text) + `</a>`)
}

// mail is an address that opens a letter.
func mail(to string) template.HTML {
	return template.HTML(`<a dir="ltr" href="mailto:` + template.HTMLEscapeString(url.PathEscape(to)) + `">` + template.HTMLEscapeString(to) + `</a>`)
}

// timeHTML is a day or an instant that machines can read too.
func timeHTML(machine string, text template.HTML) template.HTML {
	return template.HTML(`<time datetime="` + machine + `">` + string(text) + `</time>`)
}

// dateText is a date such as 31 July 2015, empty for none.
func dateText(l *messages.Language, d Date) string {
	if d == (Date{}) {
		return ""
	}
	return l.Date(d.Year, d.Month, d.Day, messages.Long)
}

// dateHTML is a date that does not break and that machines read, empty for none.
func dateHTML(l *messages.Language, d Date) template.HTML {
	if d == (Date{}) {
		return ""
	}
	return timeHTML(d.machine(), nb(dateText(l, d)))
}

// covers is the page that says what a certification is about; empty where the catalogue does not have it any more.
func (p *Pages) covers(slug string) string {
	if c, ok := p.find(slug); ok {
		return c.Path()
	}
	return ""
}

// question finds the address of a question of the FAQ; empty where the academy's own FAQ does not have it.
func (p *Pages) question(l *messages.Language) func(id string) string {
	return func(id string) string {
		in, built := p.languages[l.Tag()]
		if !built {
			return ""
		}
		for _, s := range faqOf(in().content).Sections {
			for _, q := range s.Parts {
				if q.ID == id {
					return "/faq/#" + id
				}
			}
		}
		return ""
	}
}
