package site

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"testamur/messages"
)

// build makes the pages that are always the same.
func (p *Pages) build(in *pages) error {
	l := in.words
	in.static = map[string][]byte{}
	var problems []error
	add := func(name, path, description string, of any) {
		v := p.still(l, path, description, of)
		if _, double := in.static[path]; double || slices.Contains(taken, path) {
			problems = append(problems, fmt.Errorf("%s is the address of another page", path))
		}
		body, err := p.execute(in, name, v)
		if err != nil {
			problems = append(problems, fmt.Errorf("site: %w", err))
		}
		in.static[path] = body
	}
	add("home", "/", l.Text("site.home.description"), nil)
	add("certifications", "/certifications/", l.Text("site.certifications.description"), p.comparison(l))
	for _, c := range p.config.Certifications {
		add("certification", c.Path(), c.Summary, p.certificationPage(in, c))
		guide, practice := in.study(c.Slug)
		if guide != "" {
			add("guide", guide, l.Text("site.guide.description", "certification", c.Title), guidePage{c, in.content.study[c.Slug], practice})
		}
		if practice != "" {
			add("practice", practice, l.Text("site.practice.description", "certification", c.Title), p.practicePage(in, c, nil))
		}
	}
	add("faq", "/faq/", l.Text("site.faq.description", "brand", p.config.Brand), faqOf(in.content))
	add("show", showPath, l.Text("site.show.description"), showPage{Embed: p.asking("", ""), Guides: in.content.guides})
	add("terms", "/terms/", l.Text("site.terms.description", "brand", p.config.Brand), termsPage{in.content.terms[0], in.content.terms[1:]})
	for _, t := range in.content.pages {
		add("text", "/"+t.name+"/", t.Description, t)
	}
	var err error
	if in.form, err = p.execute(in, "form", view{Canonical: p.config.URL + "/verify", Index: true, Alternates: true, Description: l.Text("site.form.lead")}); err != nil {
		problems = append(problems, fmt.Errorf("site: %w", err))
	}
	if in.noRecord, err = p.execute(in, "no-record", view{}); err != nil {
		problems = append(problems, fmt.Errorf("site: %w", err))
	}
	return errors.Join(problems...)
}

// still is the view of a page that is always the same. One about a certification has its picture beside links to it.
func (p *Pages) still(l *messages.Language, path, description string, of any) view {
	slug := ""
	if x, ok := of.(interface{ slug() string }); ok {
		slug = x.slug()
	}
	return view{Path: path, Canonical: p.config.URL + path, Index: true, Alternates: true, Description: description, Preview: p.previewOf(l, slug, path), Of: of}
}

// taken are addresses that lead to something else.
var taken = []string{"/api/", "/assets/", "/badges/", "/certificates/", "/credentials/", "/directory/", "/me/", "/oembed/", "/previews/", "/problems/", "/s/", "/search/",
	"/share/", "/status/", "/achievements/", "/v/", "/verify/"}

// footOf lists what stands at the foot of every page.
func (p *Pages) footOf(in *pages) []way {
	l := in.words
	foot := []way{{"/faq/", l.Text("site.faq.short"), ""}, {showPath, l.Text("site.show.title"), ""}, p.named(l, "/terms/", in.content.terms[0], "terms")}
	with := slices.Clone(in.content.pages)
	with = slices.DeleteFunc(with, func(t *text) bool { return t.Foot == 0 })
	slices.SortStableFunc(with, func(a, b *text) int { return a.Foot - b.Foot })
	for _, t := range with {
		foot = append(foot, p.named(l, "/"+t.name+"/", t, t.name))
	}
	return append(foot, way{"/search", l.Text("site.search.title"), ""}, way{FeedPath, l.Text("site.feed.title"), ""})
}

// named is the way to a text, by its title; where that is not in the language of the page, by the name that the language
// has for such a page, if any.
func (p *Pages) named(l *messages.Language, path string, t *text, name string) way {
	if key := "site.page." + name; t.Lang != "" && l.Has(key) {
		return way{path, l.Text(key), ""}
	}
	return way{path, t.Title, t.Lang}
}

// previewOf is the picture beside links to a page about a certification, by its slug; of no certification, that of the first.
func (p *Pages) previewOf(l *messages.Language, slug, path string) *Preview {
	if slug == "" && len(p.config.Certifications) > 0 {
		slug = p.config.Certifications[0].Slug
	}
	at := p.AssetURL("preview-" + slug)
	if at == "" {
		return nil
	}
	c, _ := p.find(slug)
	return &Preview{p.config.URL + at, l.Text("site.specimen", "certification", c.Title), p.config.URL + path}
}

// line is a line of facts about a certification.
type line struct {
	Key   string // of its label
	Value template.HTML
}

// lines are the facts of a certification as its page shows them, in order.
func (p *Pages) lines(l *messages.Language, c Certification) (lines []line) {
	facts := p.facts(l, c, c.Newest())
	add := func(key string, sentences ...template.HTML) {
		var said []string
		for _, s := range sentences {
			if s != "" {
				said = append(said, string(s))
			}
		}
		if len(said) > 0 {
			lines = append(lines, line{"site.certification." + key, template.HTML(strings.Join(said, " "))})
		}
	}
	// sayIf is empty where a fact that the words need is not known.
	sayIf := func(key string, names ...string) template.HTML {
		var pairs []any
		for _, name := range names {
			value, known := facts[name]
			if !known {
				return ""
			}
			pairs = append(pairs, strings.ReplaceAll(name, "-", "_"), value)
		}
		return say(l, "site.certification."+key, pairs...)
	}
	or := func(a, b template.HTML) template.HTML {
		if a != "" {
			return a
		}
		return b
	}
	add("edition", or(sayIf("edition-since", "edition", "released"), sayIf("edition-of", "edition")))
	add("classes", or(sayIf("classes-of", "classes", "minutes"), sayIf("classes-count", "classes")), sayIf("labs-count", "labs"))
	if c.Exam == nil {
		add("exam", say(l, "site.certification.none"))
	} else {
		add("exam", or(sayIf("exam-of", "questions", "test-minutes"), say(l, "site.certification.exam-some")), sayIf("exam-pass", "percent", "pass-mark", "questions"))
		add("tries", sayIf("tries-of", "tries"), sayIf("wait-of", "wait"))
	}
	switch pr := c.Practicum; {
	case pr == nil:
		add("practicum", say(l, "site.certification.none"))
	case pr.OneAccount:
		add("practicum", or(sayIf("items-in-one", "required", "items"), say(l, "site.certification.practicum-in-one")))
	default:
		add("practicum", or(sayIf("items-of", "required", "items"), say(l, "site.certification.practicum-some")))
	}
	add("who", p.ofCatalogue(l, c.Audience))
	add("first", p.linked(l, c.Prerequisites))
	add("advised", p.linked(l, c.Recommended))
	name := say(l, "site.certification.name-person")
	if c.Organisation {
		name = say(l, "site.certification.name-organisation")
	}
	add("name", name)
	add("tiers", sayIf("tiers-of", "tiers"))
	add("valid", sayIf("valid-of", "validity", "counted"), p.exampleOf(l, c))
	return lines
}

func asText(s string) template.HTML { return template.HTML(template.HTMLEscapeString(s)) }

// exampleOf shows the rule of expiry by two days.
func (p *Pages) exampleOf(l *messages.Language, c Certification) template.HTML {
	if c.Granted == (Date{}) {
		return ""
	}
	return say(l, "site.certification.valid-example", "granted", dateHTML(l, c.Granted), "valid_to", dateHTML(l, c.ValidTo), "zone", p.config.ZoneName)
}

// linked is a list of certifications, each with the way to its page.
func (p *Pages) linked(l *messages.Language, slugs []string) template.HTML {
	var all []string
	for _, slug := range slugs {
		if c, ok := p.find(slug); ok {
			all = append(all, `<a href="`+template.HTMLEscapeString(c.Path())+`">`+template.HTMLEscapeString(c.Title)+`</a>`)
		}
	}
	return template.HTML(list(l, all))
}

// certificationPage is what the page of a certification shows.
type certificationPage struct {
	Certification
	Lines      []line
	About      *text // nil: nothing more is said
	Questions  []way
	Structured template.HTML // JSON-LD

	Guide, Practice string // addresses of what there is to study from; empty: none
}

func (p *Pages) certificationPage(in *pages, c Certification) certificationPage {
	x := certificationPage{Certification: c, Lines: p.lines(in.words, c), About: in.content.about[c.Slug], Structured: p.structured(c)}
	x.Guide, x.Practice = in.study(c.Slug)
	for _, s := range faqOf(in.content).Sections {
		for _, q := range s.Parts {
			if s.Certification == c.Slug || q.Certification == c.Slug {
				x.Questions = append(x.Questions, way{"/faq/#" + q.ID, q.Title, s.Lang})
			}
		}
	}
	return x
}

// column is a column of the comparison.
type column struct{ Key, Label string }

// comparison sets the certifications side by side.
type comparison struct {
	Columns []column
	Rows    []comparisonRow
}

type comparisonRow struct {
	Certification
	Cells []template.HTML // one for each column
}

// comparedBy are the lines that are compared, in short.
var comparedBy = []string{"who", "classes", "exam", "practicum", "first", "name", "valid"}

func (p *Pages) comparison(l *messages.Language) (out comparison) {
	for _, key := range comparedBy {
		out.Columns = append(out.Columns, column{key, l.Text("site.certification." + key)})
	}
	for _, c := range p.config.Certifications {
		row := comparisonRow{Certification: c}
		lines := p.lines(l, c)
		for _, key := range comparedBy {
			cell := p.short(l, c, key)
			if i := slices.IndexFunc(lines, func(x line) bool { return x.Key == "site.certification."+key }); cell == "" && i >= 0 {
				cell = lines[i].Value
			}
			row.Cells = append(row.Cells, cell)
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}

// short is a line in few words; empty where it is short already.
func (p *Pages) short(l *messages.Language, c Certification, key string) template.HTML {
	facts := p.facts(l, c, c.Newest())
	is := func(yes bool) template.HTML {
		if yes {
			return say(l, "site.certification.yes")
		}
		return say(l, "site.certification.none")
	}
	switch {
	case key == "exam" && c.Exam != nil && facts["percent"] != "" && facts["questions"] != "":
		return say(l, "site.certification.exam-short", "questions", facts["questions"], "percent", facts["percent"])
	case key == "exam":
		return is(c.Exam != nil)
	case key == "practicum" && facts["items"] != "":
		return say(l, "site.certification.items-short", "required", facts["required"], "items", facts["items"])
	case key == "practicum":
		return is(c.Practicum != nil)
	case key == "first" && len(c.Prerequisites) == 0:
		return is(false)
	case key == "valid":
		return say(l, "site.certification.valid-short", "validity", facts["validity"], "counted", facts["counted"])
	}
	return ""
}

// faqPage is the FAQ: sections about certifications, then general ones, numbered through.
type faqPage struct {
	Updated  Date // of the section that changed last
	Sections []section
}

type section struct {
	*text
	Number int
	Parts  []part
}

// ID is the address of a text on a page with others.
func (t *text) ID() string { return t.name }

// Topics are the sections about one certification.
func (f faqPage) Topics() []section {
	return slices.DeleteFunc(slices.Clone(f.Sections), func(s section) bool { return s.Certification == "" })
}

// General are the sections about all of them.
func (f faqPage) General() []section {
	return slices.DeleteFunc(slices.Clone(f.Sections), func(s section) bool { return s.Certification != "" })
}

func faqOf(c *content) (out faqPage) {
	for _, t := range c.faq {
		s := section{text: t, Number: len(out.Sections) + 1, Parts: t.Parts}
		out.Updated = later(out.Updated, t.Updated)
		if t.name == termsSection {
			s.Parts = c.terms[0].Parts
			out.Updated = later(out.Updated, c.terms[0].Updated)
		}
		out.Sections = append(out.Sections, s)
	}
	return out
}

func later(a, b Date) Date {
	if b.machine() > a.machine() {
		return b
	}
	return a
}

// Version is the name of a version of the terms.
func (t *text) Version() string { return t.name }

// termsPage is the terms in force and those before them.
type termsPage struct {
	*text
	Earlier []*text
}

var (
	identity = regexp.MustCompile(` id="([^"]+)"`)
	href     = regexp.MustCompile(` href="([^"]+)"`)
)

// served are pages that answer beside those that are always the same.
var served = []string{"/verify", "/search", "/api/", FeedPath, "/.well-known/security.txt"}

// checkLinks finds links to a page or a part that is not there: in content first, where the file can be named.
func (p *Pages) checkLinks(in *pages) error {
	ids := map[string]map[string]bool{}
	for at, body := range in.static {
		ids[at] = map[string]bool{}
		for _, m := range identity.FindAllSubmatch(body, -1) {
			ids[at][string(m[1])] = true
		}
	}
	there := func(from, to string) bool {
		at, id, _ := strings.Cut(to, "#")
		if at == "" {
			at = from
		}
		if id != "" {
			return ids[at][id]
		}
		_, page := in.static[at]
		_, asset := p.files[at]
		return page || asset || slices.Contains(served, at)
	}
	var problems []error
	bad := func(where, to string) {
		problems = append(problems, fmt.Errorf("%s: a link to %s, which is not there", where, to))
	}
	check := func(at string, t *text) {
		for _, to := range t.links {
			if !there(at, to) {
				bad(t.file, to)
			}
		}
	}
	for _, t := range in.content.faq {
		check("/faq/", t)
	}
	for _, t := range in.content.guides {
		check(showPath, t)
	}
	for _, t := range in.content.terms {
		check("/terms/", t)
	}
	for slug, t := range in.content.about {
		check("/certifications/"+slug+"/", t)
	}
	for slug, t := range in.content.study {
		check(of(slug, guidePath), t)
	}
	for _, t := range in.content.pages {
		check("/"+t.name+"/", t)
	}
	if len(problems) > 0 {
		return errors.Join(problems...)
	}
	for at, body := range in.static {
		for _, m := range href.FindAllSubmatch(body, -1) {
			if to := string(m[1]); (strings.HasPrefix(to, "/") || strings.HasPrefix(to, "#")) && !there(at, to) {
				bad(at, to)
			}
		}
	}
	return errors.Join(problems...)
}

// unusedPictures are those of the academy's own content that no page shows.
func (p *Pages) unusedPictures() error {
	if p.config.Content == nil {
		return nil
	}
	names, err := fs.Glob(p.config.Content, contentFolder+"/pictures/*")
	problems := []error{err}
	for _, name := range names {
		at := []byte(p.AssetURL(picturePrefix + strings.TrimSuffix(path.Base(name), path.Ext(name))))
		used := false
		for _, in := range p.languages {
			for _, body := range in().static {
				used = used || bytes.Contains(body, at)
			}
		}
		if !used {
			problems = append(problems, fmt.Errorf("%s: no page shows it", name))
		}
	}
	return errors.Join(problems...)
}

// Robots returns robots.txt.
func (p *Pages) Robots() []byte {
	return []byte("User-agent: *\nDisallow: /api/\n\nSitemap: " + p.config.URL + "/sitemap.xml\n")
}

// Sitemap returns sitemap.xml: every page that search engines may list and that is always the same.
func (p *Pages) Sitemap(l *messages.Language) []byte {
	var b bytes.Buffer
	b.WriteString(xml.Header + `<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml">` + "\n")
	for _, at := range append(p.Paths(l), "/verify") {
		b.WriteString("<url><loc>")
		_ = xml.EscapeText(&b, []byte(p.config.URL+at)) // a buffer takes all
		b.WriteString("</loc>")
		for _, x := range p.languagesOf(l, p.config.URL+at) {
			b.WriteString(`<xhtml:link rel="alternate" hreflang="` + x.Tag + `" href="`)
			_ = xml.EscapeText(&b, []byte(x.Path))
			b.WriteString(`"/>`)
		}
		b.WriteString("</url>\n")
	}
	b.WriteString("</urlset>\n")
	return b.Bytes()
}

// Security returns security.txt; it says that it holds for half a year from now.
func (p *Pages) Security(now time.Time) []byte {
	until := now.UTC().Truncate(24*time.Hour).AddDate(0, 6, 0)
	return []byte("Contact: mailto:" + url.PathEscape(p.config.Email) + "\nExpires: " + until.Format(time.RFC3339) +
		"\nPreferred-Languages: " + strings.Join(p.config.Messages.Whole(), ", ") + "\nCanonical: " + p.config.URL + "/.well-known/security.txt\n")
}
