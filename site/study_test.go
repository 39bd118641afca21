package site_test

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"testamur/site"
	"testamur/strictyaml"
)

// quiz is a file of questions as it is written.
type quiz struct {
	Updated   string `yaml:"updated"`
	Questions []struct {
		ID      string   `yaml:"id"`
		Ask     string   `yaml:"ask"`
		Answers []string `yaml:"answers"`
		Right   int      `yaml:"right"`
		Why     string   `yaml:"why"`
		Guide   string   `yaml:"guide"`
	} `yaml:"questions"`
}

func quizOf(t *testing.T, slug, text string) (q quiz) {
	t.Helper()
	if _, err := strictyaml.Decode(slug+".yaml", []byte(text), &q); err != nil {
		t.Fatal(err)
	}
	return q
}

// Every certification has a guide of 1,500 words or more that ends in further reading, and 20 questions or more about it. The
// right answer is not to be guessed from its place, and each is explained.
func TestStudyIsEnough(t *testing.T) {
	files := sources(t)
	for _, c := range config(t).Certifications {
		guide, practice := files["en/study-guide/"+c.Slug+".md"], files["en/practice/"+c.Slug+".yaml"]
		_, body, _ := strings.Cut(strings.TrimPrefix(guide, "---"), "\n---\n")
		main, reading, ok := strings.Cut(body, "\n## Further reading {#further-reading}\n")
		words := len(strings.Fields(regexp.MustCompile(`\{[{#].*?\}+|^#+ `).ReplaceAllString(main, "")))
		if words < 1500 {
			t.Errorf("%s: the guide has %d words before its further reading", c.Slug, words)
		}
		if !ok || strings.Contains(reading, "\n## ") || len(strings.Fields(reading)) < 30 {
			t.Errorf("%s: the guide does not end in further reading", c.Slug)
		}
		q := quizOf(t, c.Slug, practice)
		n := len(q.Questions)
		if n < 20 {
			t.Errorf("%s: %d questions", c.Slug, n)
		}
		places, parts, asked := map[int]int{}, map[string]bool{}, map[string]bool{}
		for _, x := range q.Questions {
			places[x.Right]++
			parts[x.Guide] = true
			if asked[x.Ask] {
				t.Errorf("%s: %q is asked twice", c.Slug, x.Ask)
			}
			asked[x.Ask] = true
			if len(strings.Fields(x.Why)) < 8 {
				t.Errorf("%s: %s is hardly explained: %q", c.Slug, x.ID, x.Why)
			}
		}
		for place, often := range places {
			if often*100 > n*40 {
				t.Errorf("%s: %d of %d right answers are number %d", c.Slug, often, n, place)
			}
		}
		if len(places) < 4 || len(parts) < 6 {
			t.Errorf("%s: places %v, parts %v", c.Slug, places, parts)
		}
		t.Logf("%s: %d words, %d questions on %d parts", c.Slug, words, n, len(parts))
	}
}

// The form asks everything and gives nothing away; what comes back says of each question whether it was right, which
// answer is, why, and where to read it.
func TestPractice(t *testing.T) {
	const at = "/certifications/inbound/practice/"
	p, l := build(t, nil)
	q := quizOf(t, "inbound", sources(t)["en/practice/inbound.yaml"])
	form, _ := p.Page(l, at)
	all := parse(t, at, form)
	if f := named(all, "form"); len(f) != 1 || f[0].attr["method"] != "get" || f[0].attr["action"] != at {
		t.Errorf("forms: %v", f)
	}
	if sets, legends := named(all, "fieldset"), named(all, "legend"); len(sets) != len(q.Questions) || len(legends) != len(sets) {
		t.Errorf("%d fieldsets with %d legends for %d questions", len(sets), len(legends), len(q.Questions))
	}
	var got, want []string
	for _, e := range named(all, "input") {
		if e.attr["checked"] != "" || e.attr["required"] != "" {
			t.Errorf("%v", e.attr)
		}
		got = append(got, e.attr["type"]+" "+e.attr["name"]+" "+e.attr["value"])
	}
	chosen := map[string]int{}
	for i, x := range q.Questions {
		for j := range x.Answers {
			want = append(want, fmt.Sprintf("radio %s %d", x.ID, j+1))
		}
		switch i % 3 {
		case 0:
			chosen[x.ID] = x.Right
		case 1:
			chosen[x.ID] = x.Right%len(x.Answers) + 1
		}
		if text := one(t, at, all, "main").text; strings.Contains(text, x.Why) {
			t.Errorf("the form gives %s away", x.ID)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("inputs %q\nwant %q", got, want)
	}
	sizes := p.Questions(l, at)
	if len(sizes) != len(q.Questions) || sizes["permission"] != 4 || len(p.Questions(l, "/certifications/nothing/practice/")) != 0 {
		t.Errorf("sizes %v", sizes)
	}

	page := p.Answered(l, at, chosen)
	all = parse(t, at, page)
	n := len(q.Questions)
	rights, missing := (n+2)/3, n/3
	if title := one(t, at, all, "title").text; !strings.HasPrefix(title, fmt.Sprintf("%d of %d right. Practice: Inbound Certification", rights, n)) {
		t.Errorf("title %q", title)
	}
	main := one(t, at, all, "main").text
	for _, s := range []string{"These are not exam questions.", fmt.Sprintf("%d of %d right", rights, n), fmt.Sprintf("Not answered: %d.", missing), "Try again"} {
		if !strings.Contains(main, s) {
			t.Errorf("lacks %q", s)
		}
	}
	results := map[string]int{}
	for _, e := range named(all, "p") {
		if class, ok := strings.CutPrefix(e.attr["class"], "result "); ok {
			results[class+" "+strings.TrimSpace(e.text)]++
		}
	}
	if results["right Right"] != rights || results["open Not answered"] != missing || results["wrong Not right"] != n-rights-missing {
		t.Errorf("results %v", results)
	}
	for _, x := range q.Questions {
		_, section, _ := bytes.Cut(page, []byte(`<h2 id="`+x.ID+`">`))
		section, _, _ = bytes.Cut(section, []byte("</section>"))
		for j := range x.Answers {
			said := ""
			switch {
			case j+1 == x.Right && chosen[x.ID] == x.Right:
				said = "Your answer, and right"
			case j+1 == x.Right:
				said = "Right answer"
			case j+1 == chosen[x.ID]:
				said = "Your answer"
			}
			if got := regexp.MustCompile(`<li.*</li>`).FindAllString(string(section), -1); len(got) != len(x.Answers) || strings.Contains(got[j], "<strong>") != (said != "") ||
				!strings.Contains(got[j], said) {
				t.Errorf("%s: %q of %q", x.ID, said, got)
			}
		}
		if !bytes.Contains(section, []byte(`<a href="/certifications/inbound/study-guide/#`+x.Guide+`">`)) {
			t.Errorf("%s: no way into the guide", x.ID)
		}
	}
	if page := p.Answered(l, at, nil); !bytes.Contains(page, []byte(fmt.Sprintf("0 of %d right", n))) {
		t.Error("no answer at all is not said")
	}
}

// A host that answers no form has the same questions, each with its answer to be opened.
func TestPracticeExported(t *testing.T) {
	p, l := build(t, nil)
	pages := map[string][]byte{}
	err := p.Export(l, time.Date(2014, 11, 23, 0, 0, 0, 0, time.UTC), func(name string, body []byte) error {
		pages[name] = body
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	page := pages["certifications/inbound/practice/index.html"]
	all := parse(t, "practice", page)
	q := quizOf(t, "inbound", sources(t)["en/practice/inbound.yaml"])
	open := named(all, "details")
	if len(open) != len(q.Questions) || len(named(all, "form", "input")) > 0 {
		t.Fatalf("%d answers to open for %d questions, %d forms", len(open), len(q.Questions), len(named(all, "form", "input")))
	}
	for i, x := range q.Questions {
		if !strings.Contains(open[i].text, strings.ReplaceAll(x.Answers[x.Right-1], "`", "")) {
			t.Errorf("%s: %q", x.ID, open[i].text)
		}
	}
	if !bytes.Contains(page, []byte(`<a href="../../../certifications/inbound/study-guide/index.html#`)) && !bytes.Contains(page, []byte(`certifications/inbound/study-guide/#method"`)) {
		t.Error("the way into the guide is lost")
	}
	if !bytes.Contains(pages["feed.xml"], []byte("<feed ")) || !bytes.Contains(page, []byte(`href="../../../feed.xml"`)) {
		t.Error("the feed is not exported")
	}
}

// A guide says how long it takes, leads to each part, to its questions and back; where it is not there, nothing leads to it.
func TestGuide(t *testing.T) {
	p, l := build(t, nil)
	page, ok := p.Page(l, "/certifications/inbound/study-guide/")
	all := parse(t, "guide", page)
	minutes := regexp.MustCompile(`About ([0-9]+) minutes to read\.`).FindSubmatch(page)
	if !ok || minutes == nil {
		t.Fatal("no time to read")
	}
	if n, words := atoi(string(minutes[1])), len(strings.Fields(one(t, "guide", all, "main").text)); n < words/200-1 || n > words/200+1 {
		t.Errorf("%d minutes for about %d words", n, words)
	}
	var parts, led []string
	for _, e := range all {
		switch id := e.attr["id"]; {
		case e.name == "h2" && id != "contents" && id != "next":
			parts = append(parts, "#"+id)
		case e.name == "a" && strings.HasPrefix(e.attr["href"], "#") && e.attr["href"] != "#main":
			led = append(led, e.attr["href"])
		}
	}
	if !slices.Equal(parts, led) || len(parts) < 8 {
		t.Errorf("parts %q, contents %q", parts, led)
	}
	for _, to := range []string{"/certifications/inbound/practice/", "/certifications/inbound/"} {
		if !bytes.Contains(page, []byte(`href="`+to+`"`)) {
			t.Errorf("nothing leads to %s", to)
		}
	}
	other, l := build(t, func(c *site.Config) { c.Certifications[4].Slug = "indoors" })
	about, _ := other.Page(l, "/certifications/indoors/")
	if bytes.Contains(about, []byte("study-guide")) || bytes.Contains(about, []byte("/practice/")) {
		t.Error("a certification without a guide leads to one")
	}
	if _, ok := other.Page(l, "/certifications/indoors/study-guide/"); ok {
		t.Error("there is a guide to nothing")
	}
}

func atoi(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

// Our questions are about our guides: an academy that writes its own guides has no questions until it writes them too.
func TestOwnGuideHasOwnQuestions(t *testing.T) {
	guide := "---\nupdated: 2014-11-03\n---\n\n## First {#first}\n\nRead.\n"
	p, l, err := own(t, "content/en/study-guide/inbound.md", guide)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := p.Page(l, "/certifications/inbound/practice/"); ok {
		t.Error("our questions stand beside a guide that is not ours")
	}
	about, _ := p.Page(l, "/certifications/inbound/")
	if !bytes.Contains(about, []byte("/study-guide/")) || bytes.Contains(about, []byte("/practice/")) {
		t.Error("the certification does not lead to the guide alone")
	}
	p, l, err = own(t, "content/en/study-guide/inbound.md", guide, "content/en/practice/inbound.yaml",
		"updated: 2014-11-03\nquestions:\n  - {id: a, ask: \"Is `<b>` {{brand}}?\", answers: [\"`no` & no\", yes], right: 1, why: It is not., guide: first}\n")
	if err != nil {
		t.Fatal(err)
	}
	page, _ := p.Page(l, "/certifications/inbound/practice/")
	for _, want := range []string{"Is <code>&lt;b&gt;</code> Inbound Academy?", "<code>no</code> &amp; no"} {
		if !bytes.Contains(page, []byte(want)) {
			t.Errorf("lacks %s", want)
		}
	}
	found := p.Search(l, "is b Inbound Academy", "")
	if !bytes.Contains(found, []byte(`href="/certifications/inbound/practice/#a"`)) || bytes.Contains(found, []byte("It is not.")) {
		t.Error("the search does not find a question, or gives its answer away")
	}
}

// The classes of an edition stand once, each with its length; so do the items of a practicum.
func TestClassesAreListed(t *testing.T) {
	p, l := build(t, nil)
	page, _ := p.Page(l, "/certifications/contextual-marketing/")
	for _, want := range []string{"<h3>Creating a Remarkable User Experience</h3>\n<p class=\"fine\">45–60 minutes</p>\n<p>What there is to know.</p>", "<h3>A Lab</h3>\n<p class=\"fine\">Live lab, 45–60 minutes</p>",
		"<h3>Segments &amp; Rules</h3>"} {
		if n := strings.Count(string(page), want); n != 1 {
			t.Errorf("%q stands %d times", want, n)
		}
	}
	page, _ = p.Page(l, "/certifications/hubspot/")
	if n := strings.Count(string(page), "<li>A page &lt;improved&gt;</li>"); n != 1 || bytes.Contains(page, []byte("The classes")) {
		t.Errorf("an item stands %d times; classes that are not listed have a heading", n)
	}
}

// The feed is Atom as RFC 4287 has it: what it must have is there, once, and ids are one entry's own.
func TestFeed(t *testing.T) {
	p, l := build(t, nil)
	body := p.Feed(l)
	if !bytes.Equal(body, p.Feed(l)) {
		t.Error("two feeds of one site differ")
	}
	type link struct {
		Rel  string `xml:"rel,attr"`
		Href string `xml:"href,attr"`
	}
	var feed struct {
		XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
		Lang    string   `xml:"http://www.w3.org/XML/1998/namespace lang,attr"`
		ID      []string `xml:"http://www.w3.org/2005/Atom id"`
		Title   []string `xml:"http://www.w3.org/2005/Atom title"`
		Updated []string `xml:"http://www.w3.org/2005/Atom updated"`
		Author  []string `xml:"http://www.w3.org/2005/Atom author>name"`
		Links   []link   `xml:"http://www.w3.org/2005/Atom link"`
		Entries []struct {
			ID      []string `xml:"http://www.w3.org/2005/Atom id"`
			Title   []string `xml:"http://www.w3.org/2005/Atom title"`
			Updated []string `xml:"http://www.w3.org/2005/Atom updated"`
			Links   []link   `xml:"http://www.w3.org/2005/Atom link"`
			Summary []string `xml:"http://www.w3.org/2005/Atom summary"`
		} `xml:"http://www.w3.org/2005/Atom entry"`
	}
	if err := xml.Unmarshal(body, &feed); err != nil {
		t.Fatal(err)
	}
	one := func(what string, values []string) string {
		if len(values) != 1 || strings.TrimSpace(values[0]) == "" {
			t.Errorf("%s: %q", what, values)
			return ""
		}
		return values[0]
	}
	if one("id", feed.ID) != url+"/feed.xml" || one("title", feed.Title) != "Inbound Academy: what changed" || one("author", feed.Author) != "Inbound Academy" || feed.Lang != "en" ||
		!slices.Equal(feed.Links, []link{{"self", url + "/feed.xml"}, {"alternate", url + "/"}}) {
		t.Errorf("%+v", feed)
	}
	ids, last, titles := map[string]bool{}, "9", map[string]string{}
	for _, e := range feed.Entries {
		id, on := one("id", e.ID), one("updated", e.Updated)
		if ids[id] || !strings.HasPrefix(id, url+"/") {
			t.Errorf("id %s", id)
		}
		ids[id] = true
		if _, err := time.Parse(time.RFC3339, on); err != nil || on > last || on > feed.Updated[0] {
			t.Errorf("%s: %s after %s, %v", id, on, last, err)
		}
		last = on
		titles[one("title", e.Title)] = on
		one("summary of "+id, e.Summary)
		to, _ := strings.CutPrefix(e.Links[0].Href, url)
		if !there(p, l, nil, to) {
			t.Errorf("%s leads to %s, which is not there", id, to)
		}
	}
	if titles["Inbound Certification: edition 2014"] != "2014-05-01T00:00:00Z" || last != "2014-05-01T00:00:00Z" {
		t.Errorf("the edition: %v", titles)
	}
	for _, want := range []string{"Study guide: Inbound Certification", "Practice: Inbound Certification", "FAQ: Tests", "Terms", "Contact", "Show your badge: LinkedIn", "Design Certification"} {
		if !strings.Contains(fmt.Sprint(titles), want) {
			t.Errorf("nothing is said of %q", want)
		}
	}
	if len(ids) < 25 {
		t.Errorf("%d entries", len(ids))
	}
	odd, l := build(t, func(c *site.Config) { c.Brand = `<A> & "B"` })
	if err := xml.Unmarshal(odd.Feed(l), &feed); err != nil || feed.Author[len(feed.Author)-1] != `<A> & "B"` {
		t.Errorf("%v %q", err, feed.Author)
	}
}
