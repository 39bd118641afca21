package site

import (
	"cmp"
	"html"
	"html/template"
	"math"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"testamur/messages"
)

// index is what can be searched in one language: some hundreds of short documents, all in memory.
type index struct {
	documents []document
	words     []indexed      // every word there is
	holding   map[string]int // how many documents hold a stem, without those to study
	length    float64        // of such a document on the mean, in words
	told      float64        // how many there are
}

// indexed is a word and the documents that hold it.
type indexed struct {
	token
	in map[int]float64 // how often, by document; in a title it counts more
}

// document is a page, or a part of one with an address of its own.
type document struct {
	path, title, where, text string
	lang                     string // of title and text where it is not that of the page
	also                     string // words that it is found by too
	study                    bool   // what teaches a subject, and does not tell which words are rare on the other pages
	titleWords, textWords    []token
}

// token is a word of a text: what it is found by, and where it stands.
type token struct {
	stem, word string // word: in small letters
	from, to   int    // bytes
}

// tokens are the words of a text. Letters, digits and marks belong to a word; all else stands between words.
func tokens(text string) (out []token) {
	from := -1
	for i, r := range text + " " {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.M, r) {
			if from < 0 {
				from = i
			}
			continue
		}
		if from >= 0 {
			word := strings.ToLower(text[from:i])
			out = append(out, token{stem(word), word, from, i})
			from = -1
		}
	}
	return out
}

// stem makes the forms of a word alike: class and classes, expire, expired and expiry. It is made for English and does
// little harm elsewhere, since the beginning of a word finds it too.
func stem(word string) string {
	if rest, ok := strings.CutSuffix(word, "ies"); ok && utf8.RuneCountInString(rest) >= 2 {
		word = rest + "y"
	}
	for _, end := range []string{"ing", "ed", "es", "s", "e", "y"} {
		rest, ok := strings.CutSuffix(word, end)
		if ok && utf8.RuneCountInString(rest) >= 4 && !(end == "s" && strings.HasSuffix(rest, "s")) {
			return rest
		}
	}
	return word
}

// titleCounts is how many times a word of a title counts.
const titleCounts = 4

func newIndex(documents []document) *index {
	x := &index{documents: documents, holding: map[string]int{}}
	words := map[string]int{} // place in x.words
	for i := range documents {
		d := &documents[i]
		d.titleWords, d.textWords = tokens(d.title), tokens(d.text)
		stems := map[string]bool{}
		add := func(t token, counts float64) {
			at, known := words[t.word]
			if !known {
				at = len(x.words)
				words[t.word] = at
				x.words = append(x.words, indexed{t, map[int]float64{}})
			}
			x.words[at].in[i] += counts
			stems[t.stem] = true
		}
		for _, t := range d.titleWords {
			add(t, titleCounts)
		}
		for _, t := range slices.Concat(d.textWords, tokens(d.also)) {
			add(t, 1)
		}
		if d.study {
			continue
		}
		for stem := range stems {
			x.holding[stem]++
		}
		x.length += d.length()
		x.told++
	}
	x.length = max(1, x.length/max(1, x.told))
	return x
}

// length is how many words a document has, those of its title counted more.
func (d *document) length() float64 {
	return float64(len(d.titleWords)*titleCounts + len(d.textWords))
}

// What a search reads and shows at most.
const (
	maxQuery   = 100 // characters
	maxTerms   = 8
	maxResults = 20
)

// Result is a document that was found.
type Result struct {
	Path, Where    string
	Lang           string        // of Title and Snippet where it is not that of the page
	Title, Snippet template.HTML // what was looked for is marked
}

// search ranks the documents by how well they hold what is looked for (BM25), and by how much of it they hold.
func (x *index) search(query string) (results []Result) {
	var terms []token
	for _, t := range tokens(query) {
		if !slices.ContainsFunc(terms, func(o token) bool { return o.stem == t.stem }) && len(terms) < maxTerms {
			terms = append(terms, t)
		}
	}
	type found struct {
		score float64
		*document
	}
	var all []found
	whole := 0.0
	holds := make([][]float64, len(terms)) // how much of each term each document holds
	for i, t := range terms {
		whole += x.worth(t)
		holds[i] = make([]float64, len(x.documents))
		for _, w := range x.words {
			if like := t.like(w.token); like > 0 {
				for at, often := range w.in {
					holds[i][at] += like * often
				}
			}
		}
	}
	for at := range x.documents {
		d := &x.documents[at]
		score, held := 0.0, 0.0
		for i, t := range terms {
			weight := holds[i][at]
			if weight == 0 {
				continue
			}
			held += x.worth(t)
			score += x.worth(t) * weight * 2.2 / (weight + 1.2*(.25+.75*d.length()/x.length))
		}
		if held > 0 {
			about, title := 0.0, 0.1
			for _, w := range d.titleWords {
				title += x.worth(w)
				if isLike(w, terms) {
					about += x.worth(w)
				}
			}
			score += whole * about / title // a title that is about nothing else
			if d.text == "" {              // a question without its answer helps less than what answers it
				score /= 2
			}
			all = append(all, found{score * held / whole, d})
		}
	}
	slices.SortStableFunc(all, func(a, b found) int { return cmp.Compare(b.score, a.score) })
	for _, f := range all[:min(len(all), maxResults)] {
		results = append(results, Result{f.path, f.where, f.lang, marked(f.title, f.titleWords, terms, 0, len(f.title)), f.snippet(terms)})
	}
	return results
}

// worth tells how much a word says: the fewer documents hold it, the more.
func (x *index) worth(t token) float64 {
	n, df := x.told, float64(x.holding[t.stem])
	return math.Log(1 + (n-df+.5)/(df+.5))
}

// like tells how well a word is what is looked for: 1 in another form, less where it only begins so.
func (t token) like(w token) float64 {
	switch {
	case t.stem == w.stem:
		return 1
	case len(t.word) >= 3 && strings.HasPrefix(w.word, t.word):
		return .5
	}
	return 0
}

func isLike(w token, terms []token) bool {
	return slices.ContainsFunc(terms, func(t token) bool { return t.like(w) > 0 })
}

// snippetLength is about how many bytes of a text are shown.
const snippetLength = 180

// snippet is the piece of the text that holds most of what is looked for.
func (d *document) snippet(terms []token) template.HTML {
	best, most := 0, -1
	for i, w := range d.textWords {
		if i > 0 && !isLike(w, terms) {
			continue
		}
		held := map[string]bool{}
		for _, v := range d.textWords[i:] {
			if v.from > w.from+snippetLength*3/4 {
				break
			}
			for _, t := range terms {
				if t.like(v) > 0 {
					held[t.stem] = true
				}
			}
		}
		if len(held) > most {
			best, most = i, len(held)
		}
	}
	if len(d.textWords) == 0 {
		return ""
	}
	from := d.textWords[best].from
	if i := strings.LastIndexAny(d.text[:from], ".?!:"); i >= 0 && from-i < snippetLength/3 { // from the beginning of the sentence
		from = i + 1 + len(d.text[i+1:]) - len(strings.TrimLeft(d.text[i+1:], " "))
	} else if from < snippetLength/3 {
		from = 0
	} else if best >= 4 {
		from = d.textWords[best-4].from
	}
	to := len(d.text)
	for _, w := range d.textWords {
		if w.from > from+snippetLength {
			to = w.from
			break
		}
	}
	out := string(marked(d.text, d.textWords, terms, from, to))
	if from > 0 {
		out = "… " + out
	}
	if to < len(d.text) {
		out = strings.TrimRight(out, " ") + " …"
	}
	return template.HTML(out)
}

// marked is a piece of a text with what is looked for marked in it.
func marked(text string, words, terms []token, from, to int) template.HTML {
	var b strings.Builder
	at := from
	for _, w := range words {
		if w.from < from || w.to > to || !isLike(w, terms) {
			continue
		}
		b.WriteString(template.HTMLEscapeString(text[at:w.from]))
		b.WriteString("<mark>" + template.HTMLEscapeString(text[w.from:w.to]) + "</mark>")
		at = w.to
	}
	b.WriteString(template.HTMLEscapeString(text[at:to]))
	return template.HTML(b.String())
}

// documents is everything that can be found.
func (p *Pages) documents(in *pages) (all []document) {
	l, c := in.words, in.content
	add := func(path, title, where, text, lang string) {
		all = append(all, document{path: path, title: title, where: where, text: text, lang: lang})
	}
	parts := func(t *text, at, where string) {
		for _, x := range t.Parts {
			all = append(all, document{path: at + "#" + x.ID, title: x.Title, where: where, text: x.words, also: x.also, lang: t.Lang})
		}
	}
	for _, x := range p.config.Certifications {
		said := []string{x.Summary}
		for _, line := range p.lines(l, x) {
			said = append(said, l.Text(line.Key)+": "+bare(line.Value))
		}
		if about := c.about[x.Slug]; about != nil {
			said = append(said, about.intro)
		}
		add(x.Path(), x.Title, l.Text("site.certifications.title"), strings.Join(said, " "), "")
		was := len(all)
		if t := c.study[x.Slug]; t != nil {
			title := l.Text("site.guide.title", "certification", x.Title)
			add(of(x.Slug, guidePath), title, "", t.intro, "")
			parts(t, of(x.Slug, guidePath), title)
		}
		if t := c.practice[x.Slug]; t != nil {
			title := l.Text("site.practice.title", "certification", x.Title)
			add(of(x.Slug, PracticePath), title, "", l.Text("site.practice.warning"), "")
			for _, q := range t.Questions { // without its answers, which would give it away
				add(of(x.Slug, PracticePath)+"#"+q.ID, strings.ReplaceAll(q.Ask, "`", ""), title, "", t.Lang)
			}
		}
		for i := range all[was:] {
			all[was+i].study = true
		}
	}
	for _, t := range c.faq {
		parts(t, "/faq/", l.Text("site.search.in", "page", l.Text("site.faq.short"), "part", t.Title))
	}
	add(showPath, l.Text("site.show.title"), "", l.Text("site.show.lead"), "")
	for _, t := range c.guides {
		add(showPath+"#"+t.name, t.Title, l.Text("site.show.title"), strings.TrimSpace(t.intro), t.Lang)
		parts(t, showPath, t.Title)
	}
	parts(c.terms[0], "/terms/", c.terms[0].Title)
	for _, t := range c.pages {
		add("/"+t.name+"/", t.Title, "", strings.TrimSpace(t.Description+" "+t.intro), t.Lang)
		parts(t, "/"+t.name+"/", t.Title)
	}
	add("/verify", l.Text("site.form.title"), "", l.Text("site.form.lead")+" "+l.Text("site.where.text"), "")
	return all
}

// bare is the text of a piece of markup of ours.
func bare(h template.HTML) string {
	var b strings.Builder
	tag := false
	for _, r := range string(h) {
		switch {
		case r == '<':
			tag = true
		case r == '>':
			tag = false
		case !tag:
			b.WriteRune(r)
		}
	}
	return html.UnescapeString(b.String())
}

// found is what the page of a search shows.
type found struct {
	Query   string
	Asked   bool // something was asked for
	Code    string
	Results []Result
}

// Search returns the page with what was found, or with the box alone where query is empty. Where what was typed is the code
// of a credential, code is it, and the page leads to its answer.
func (p *Pages) Search(l *messages.Language, query, code string) []byte {
	query = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, strings.ToValidUTF8(query, "\uFFFD"))
	if runes := []rune(query); len(runes) > maxQuery {
		query = string(runes[:maxQuery])
	}
	f := found{Query: query, Asked: strings.TrimSpace(query) != "", Code: code}
	f.Results = p.in(l).index().search(query)
	here := "/search"
	if f.Asked {
		here += "?" + url.Values{"q": {query}}.Encode()
	}
	return p.page(l, "search", view{Here: here, Of: f})
}
