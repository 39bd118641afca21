package site

import (
	"bytes"
	"html"
	"html/template"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"testamur/messages"
)

// Chosen returns the pages for readers who chose the language by ?lang=: their links and forms go on in it.
func (p *Pages) Chosen() *Pages {
	if p.chosen == nil {
		return p
	}
	return p.chosen
}

// language is a language that a page can be read in.
type language struct {
	Tag, Name string
	Path      string // leads to the same page in it
	Current   bool
}

// languagesOf are the ways to a page in each language that is offered, by the address of the page; from an empty one they
// lead to where the reader is, without parameters. There are none where there is nothing to choose.
func (p *Pages) languagesOf(l *messages.Language, here string) (all []language) {
	offered := p.config.Messages.Offered()
	if len(offered) < 2 {
		return nil
	}
	for _, tag := range offered {
		x := p.config.Messages.In(tag)
		all = append(all, language{tag, x.Text("site.language.name"), inLanguage(here, tag), tag == l.Tag()})
	}
	return all
}

// inLanguage is an address of ours in a language.
func inLanguage(address, tag string) string {
	address, id, fragment := strings.Cut(address, "#")
	mark := "?"
	if strings.Contains(address, "?") {
		mark = "&"
	}
	address += mark + "lang=" + url.QueryEscape(tag)
	if fragment {
		address += "#" + id
	}
	return address
}

// foreign are addresses of ours that are the same in every language.
var foreign = []string{"/assets/", "/badges/", "/previews/", "/api/openapi.json", "/robots.txt", "/sitemap.xml", FeedPath, "/.well-known/"}

// says finds a language in an address.
var says = regexp.MustCompile(`[?&;]lang=`)

// carry lets the links and the forms of a page lead on in a language. It reads what our templates write: an address that
// begins with / is ours, and what was typed has no quote.
func carry(page []byte, tag string) []byte {
	var b bytes.Buffer
	b.Grow(len(page) + len(page)/16)
	for {
		at := bytes.Index(page, []byte(`="/`))
		if at < 0 {
			break
		}
		at += len(`="`)
		before := page[:at]
		end := at + bytes.IndexByte(page[at:], '"')
		address := string(page[at:end])
		ours := !says.MatchString(address) && !slices.ContainsFunc(foreign, func(f string) bool { return strings.HasPrefix(address, f) })
		b.Write(before)
		switch {
		case ours && bytes.HasSuffix(before, []byte(` href="`)):
			b.WriteString(template.HTMLEscapeString(inLanguage(html.UnescapeString(address), tag)))
		case ours && bytes.HasSuffix(before, []byte(` action="`)):
			end += bytes.IndexByte(page[end:], '>') + 1
			b.Write(page[at:end])
			b.WriteString("\n" + `<input type="hidden" name="lang" value="` + template.HTMLEscapeString(tag) + `">`)
		default:
			b.WriteString(address)
		}
		page = page[end:]
	}
	b.Write(page)
	return b.Bytes()
}

// catalogueLanguage is the language that the catalogue is written in: the first that is offered.
func (p *Pages) catalogueLanguage() *messages.Language {
	return p.config.Messages.In(p.config.Messages.Offered()[0])
}

// ofCatalogue is a text of the catalogue: marked where it is not in the language of the page.
func (p *Pages) ofCatalogue(l *messages.Language, text string) template.HTML {
	if from := p.catalogueLanguage(); from != l {
		return template.HTML(`<span lang="` + from.Tag() + `" dir="` + from.Dir() + `">` + template.HTMLEscapeString(text) + `</span>`)
	}
	return asText(text)
}
