package site_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"testamur/assets"
	"testamur/messages"
	"testamur/site"
)

// asked are the questions of the source, in its nine sections and in its order, under the addresses that we give them.
// An address is never changed: people have linked to it.
var asked = []struct {
	section, title string
	questions      []string
}{
	{"inbound", "1. Inbound Certification", []string{"inbound-new-classes", "inbound-imu-difference", "inbound-length", "inbound-profile", "inbound-imu-again",
		"inbound-up-to-date", "inbound-teachers", "inbound-slides", "inbound-hard"}},
	{"hubspot", "2. HubSpot Certification", []string{"hubspot-who", "hubspot-length", "hubspot-live", "hubspot-one-account", "hubspot-badge", "hubspot-not-yet",
		"hubspot-review", "hubspot-old-test"}},
	{"partner", "3. Partner Certification", []string{"partner-length", "partner-how-many", "partner-required", "partner-difference", "partner-benefits",
		"partner-already", "partner-tiers", "partner-tiers-how", "partner-exams"}},
	{"design", "4. HubSpot Design Certification", []string{"design-who", "design-length", "design-code", "design-live", "design-tools", "design-account"}},
	{"contextual-marketing", "5. Contextual Marketing Certification", []string{"contextual-what", "contextual-who", "contextual-length", "contextual-how",
		"contextual-code", "contextual-one-account", "contextual-client"}},
	{"tests", "6. Tests", []string{"tests-again", "tests-better", "tests-answers", "tests-pause", "tests-no-mail", "tests-expire"}},
	{"badges", "7. Badges and certificates", []string{"badges-difference", "badges-show", "badges-embed", "badges-size", "badges-companies", "badges-why",
		"badges-linkedin"}},
	{"other", "8. Other questions", []string{"other-find", "other-meet", "other-hire", "other-mistake", "other-name", "other-question"}},
	{"terms", "9. Terms", []string{"terms-rules", "terms-meaning", "terms-partners"}},
}

// Nine sections in their order, each question found by its address and answered, contents that lead to every section and
// a way back from each (rule 63).
func TestFAQ(t *testing.T) {
	p, l := build(t, nil)
	page, _ := p.Page(l, "/faq/")
	var want, contents []string
	for _, s := range asked {
		want = append(want, "h2 "+s.section+" "+s.title)
		contents = append(contents, "#"+s.section)
		for _, q := range s.questions {
			want = append(want, "h3 "+q)
		}
		want = append(want, "back")
	}
	var got, led []string
	all := parse(t, "/faq/", page)
	for _, e := range all {
		switch id := e.attr["id"]; {
		case e.name == "h2" && id != "contents":
			got = append(got, "h2 "+id+" "+strings.TrimSpace(e.text))
		case e.name == "h3" && id != "":
			got = append(got, "h3 "+id)
		case e.name == "a" && e.attr["href"] == "#contents":
			got = append(got, "back")
		case e.name == "a" && len(got) == 0 && strings.HasPrefix(e.attr["href"], "#") && e.attr["href"] != "#main":
			led = append(led, e.attr["href"])
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if !slices.Equal(led, contents) {
		t.Errorf("contents lead to %q", led)
	}
	for _, e := range named(all, "article") {
		question, answer, _ := strings.Cut(strings.TrimSpace(e.text), "\n")
		if len(strings.Fields(answer)) < 5 {
			t.Errorf("%q is answered by %q", question, answer)
		}
	}
	if !bytes.Contains(page, []byte(`Last changed <time datetime="20`)) {
		t.Error("the page has no date")
	}
}

// sources are the files of our own content.
func sources(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := fs.WalkDir(os.DirFS("content"), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path.Join("content", name))
		files[name] = string(data)
		return err
	})
	if err != nil || len(files) < 15 {
		t.Fatal(len(files), err)
	}
	return files
}

// Names of the academy and of what it teaches are never written in content but filled in, so that another academy's pages
// are its own.
func TestContentHasNoNames(t *testing.T) {
	for name, text := range sources(t) {
		for _, own := range []string{"HubSpot", "hubspot.com", "Inbound Academy", "@", "academy.example", "inbound.org", "#INBOUND"} {
			if strings.Contains(text, own) {
				t.Errorf("content/%s: has %q; fill it in", name, own)
			}
		}
	}
}

var (
	numbers   = strings.Fields("one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty")
	filledIn  = regexp.MustCompile(`(?s)\{\{.*?\}\}`)
	quantity  = regexp.MustCompile(`(?i)\b([0-9]+|` + strings.Join(numbers, "|") + `)(?:[-–]| (?:[a-z]+ ){0,2}| %|%)(` + strings.Join(units, "|") + `)\b|\b([0-9]+) ?(%)`)
	units     = []string{"class", "classes", "webinars?", "labs?", "sessions?", "questions?", "minutes?", "hours?", "days?", "weeks?", "months?", "years?", "per cent", "percent", "tries", "times", "items?", "contacts", "editions?", "tiers?", "exams?", "pixels"}
	catalogue = regexp.MustCompile(`^(class|webinar|lab|session|question|minute|hour|month|year|per|tries|times|item|contact|edition|tier|exam|%)`)
)

// A number that stands in the catalogue is filled in and never written, in digits or in words; any other stands in one
// place alone. So no page can contradict a badge, or another page. What teaches a subject has numbers of its own: there only
// those that the catalogue says of its certification are looked for.
func TestFactsAreWrittenOnce(t *testing.T) {
	at := map[string]string{}
	of := map[string][]string{}
	for _, c := range config(t).Certifications {
		e, say := c.Newest(), func(n int, unit string) { of[c.Slug] = append(of[c.Slug], strconv.Itoa(n)+" "+unit) }
		say(e.Classes, "class")
		say(e.Labs, "lab")
		for length := range strings.SplitSeq(e.ClassMinutes, "-") {
			of[c.Slug] = append(of[c.Slug], length+" minute")
		}
		say(c.Exam.Questions, "question")
		say(c.Exam.Minutes, "minute")
		say(c.Exam.PassPercent, "%")
		say(c.Exam.PassPercent, "per cent")
		say(c.Exam.TriesPerMonth, "tries")
		say(c.Exam.WaitHours, "hour")
		if c.Practicum != nil {
			say(c.Practicum.Items, "item")
			say(c.Practicum.Required, "item")
		}
	}
	for name, text := range sources(t) {
		_, body, _ := strings.Cut(strings.TrimPrefix(text, "---"), "\n---\n")
		study := strings.HasPrefix(name, "en/study-guide/") || strings.HasPrefix(name, "en/practice/")
		if path.Ext(name) == ".yaml" {
			body = text
		}
		for _, m := range quantity.FindAllStringSubmatch(strings.Join(strings.Fields(filledIn.ReplaceAllString(body, "·")), " "), -1) {
			number, unit := strings.ToLower(m[1]+m[3]), strings.ToLower(m[2]+m[4])
			if i := slices.Index(numbers, number); i >= 0 {
				number = strconv.Itoa(i + 1)
			}
			if slices.Contains(allowed, strings.ToLower(m[0])) {
				continue
			}
			if study {
				slug := strings.TrimSuffix(path.Base(name), path.Ext(name))
				if slices.ContainsFunc(of[slug], func(fact string) bool { return strings.HasPrefix(number+" "+unit, fact) }) {
					t.Errorf("content/%s: %q; fill it in from the catalogue", name, m[0])
				}
				continue
			}
			if catalogue.MatchString(unit) {
				t.Errorf("content/%s: %q; fill it in from the catalogue", name, m[0])
			}
			fact := number + " " + strings.TrimSuffix(unit, "s")
			if other, double := at[fact]; double {
				t.Errorf("content/%s: %q stands in content/%s too", name, m[0], other)
			}
			at[fact] = name
		}
	}
	if len(at) == 0 {
		t.Error("no number is found at all; has the pattern gone wrong?")
	}
	for _, wrong := range []string{"11 classes", "eleven recorded classes", "75 %", "75%", "48 hours", "45-60 minutes", "three tries", "one year", "twelve practicum items"} {
		if m := quantity.FindString(wrong); m == "" {
			t.Errorf("%q passes", wrong)
		}
	}
}

// allowed are words in which a number is no fact.
var allowed = []string{}

// Each certification's page has its facts, its questions and its data; each fact is that of the catalogue.
func TestCertificationPages(t *testing.T) {
	p, l := build(t, nil)
	for slug, facts := range map[string][]string{
		"inbound": {"Edition", "2014, released 1 May 2014", "Classes", "11, each 45–60 minutes long.", "Test", "In one sitting, against the clock.",
			"Tries", "3 in a calendar month. After one that failed, 48 hours pass before the next.", "Practicum", "None.", "Who", "Anyone who registers.",
			"Name on the badge", "A person’s.", "Valid", "For one year from the end of the month after the grant. Granted on 14 June 2014, it is valid to 31 July 2015, end of day, UTC."},
		"hubspot": {"Practicum", "7 of 12 items, all in one account; they are reviewed before the certification is granted."},
		"partner": {"Held first", "HubSpot Certification", "Name on the badge", "A person’s or a company’s.", "Tiers", "Silver, Gold and Platinum."},
		"contextual-marketing": {"Classes", "4, each 45–60 minutes long. And 2 live labs.",
			"Test", "75 questions in 90 minutes, in one sitting. 75 % must be right: 57 of 75.", "Good to hold first", "HubSpot Certification"},
	} {
		page, _ := p.Page(l, "/certifications/"+slug+"/")
		var got []string
		for _, e := range named(parse(t, slug, page), "dt", "dd") {
			got = append(got, e.text)
		}
		for i := 0; i < len(facts); i += 2 {
			at := slices.Index(got, facts[i])
			if at < 0 || got[at+1] != facts[i+1] {
				t.Errorf("%s: lacks %q; has %q", slug, facts[i:i+2], got)
			}
		}
		for _, s := range asked {
			for _, q := range s.questions {
				about := s.section == slug || slug == "partner" && q == "terms-partners"
				if got := bytes.Contains(page, []byte(`<a href="/faq/#`+q+`">`)); got != about {
					t.Errorf("%s: question %s %v", slug, q, got)
				}
			}
		}
	}
}

// Programs that read a page about a certification find what it is, and nothing that could end the data early.
func TestStructuredData(t *testing.T) {
	const odd = `</script><b>&"'`
	p, l := build(t, func(c *site.Config) { c.Certifications[0].Title = odd; c.Certifications[1].Months = 18 })
	for _, slug := range []string{"inbound", "hubspot"} {
		page, _ := p.Page(l, "/certifications/"+slug+"/")
		_, rest, _ := bytes.Cut(page, []byte(`<script type="application/ld+json">`))
		body, _, ok := bytes.Cut(rest, []byte("</script>"))
		var data struct {
			Context      string `json:"@context"`
			Type         string `json:"@type"`
			Name, URL    string
			Image        string
			ValidFor     string
			RecognizedBy struct{ Name, URL string }
		}
		if err := json.Unmarshal(body, &data); !ok || err != nil {
			t.Fatal(ok, err)
		}
		want := map[string]string{"inbound": odd, "hubspot": "HubSpot Certification"}[slug]
		if data.Context != "https://schema.org" || data.Type != "EducationalOccupationalCredential" || data.Name != want || data.URL != url+"/certifications/"+slug+"/" ||
			!strings.HasPrefix(data.Image, url+"/assets/emblem-"+slug+".") || data.ValidFor != map[string]string{"inbound": "P1Y", "hubspot": "P18M"}[slug] || data.RecognizedBy.Name != "Inbound Academy" {
			t.Errorf("%s: %+v", slug, data)
		}
	}
	for _, at := range p.Paths(l) {
		page, _ := p.Page(l, at)
		if has := bytes.Contains(page, []byte("<script")); has != aboutOne.MatchString(at) {
			t.Errorf("%s: data %v", at, has)
		}
	}
}

// A link to any page shows what it is, with a picture at an absolute address that changes with the picture.
func TestLinkPreviews(t *testing.T) {
	p, l := build(t, nil)
	for _, at := range p.Paths(l) {
		page, _ := p.Page(l, at)
		meta := map[string]string{}
		for _, e := range named(parse(t, at, page), "meta") {
			if key := e.attr["property"] + e.attr["name"]; key != "" {
				if meta[key] != "" {
					t.Errorf("%s: two %s", at, key)
				}
				meta[key] = e.attr["content"]
			}
		}
		picture := url + "/assets/preview-inbound.inbound.png"
		if slug, ok := strings.CutPrefix(at, "/certifications/"); ok && slug != "" {
			slug, _, _ = strings.Cut(slug, "/")
			picture = url + "/assets/preview-" + slug + "." + slug + ".png"
		}
		for key, want := range map[string]string{"og:url": url + at, "og:site_name": "Inbound Academy", "og:image": picture, "og:image:width": "1200",
			"og:image:height": "630", "twitter:card": "summary_large_image"} {
			if meta[key] != want {
				t.Errorf("%s: %s is %q, want %q", at, key, meta[key], want)
			}
		}
		if meta["og:title"] == "" || meta["og:image:alt"] == "" || meta["description"] == "" || meta["og:description"] != meta["description"] {
			t.Errorf("%s: %v", at, meta)
		}
	}
}

func TestSitemapRobotsSecurity(t *testing.T) {
	p, l := build(t, nil)
	sitemap := string(p.Sitemap(l))
	for _, at := range append(p.Paths(l), "/verify") {
		if !strings.Contains(sitemap, "<url><loc>"+url+at+`</loc><xhtml:link rel="alternate" hreflang="en" href="`+url+at+`?lang=en"/><xhtml:link rel="alternate" hreflang="ar" href="`+url+at+`?lang=ar"/>`) {
			t.Errorf("the sitemap lacks %s", at)
		}
	}
	if !strings.Contains(string(p.Robots()), "\nSitemap: "+url+"/sitemap.xml\n") {
		t.Error("robots.txt names no sitemap")
	}
	const want = "Contact: mailto:academy@academy.example.org\nExpires: 2015-05-23T00:00:00Z\nPreferred-Languages: en\nCanonical: https://academy.example.org/.well-known/security.txt\n"
	if got := string(p.Security(time.Date(2014, 11, 23, 15, 10, 0, 0, time.UTC))); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

const front = "---\ntitle: A title\ndescription: What it is.\nupdated: 2014-11-03\n---\n"

// own builds pages with content of an academy: pairs of file and text.
func own(t testing.TB, pairs ...string) (*site.Pages, *messages.Language, error) {
	t.Helper()
	files := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		files[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	c := config(t)
	c.Content = files
	p, err := site.New(c)
	return p, c.Messages.In("en"), err
}

// An academy's own content takes the place of ours: a file by a file, a folder by a folder.
func TestOwnContent(t *testing.T) {
	p, l, err := own(t,
		"content/en/imprint.md", front+"Made by {{brand}} in {{word \"town\"}}Vienna. See [the terms](/terms/).\n\n![A map](map.svg)\n",
		"content/en/contact.md", front+"Ring the bell.\n",
		"content/en/faq/1-only.md", front+"\n## Why? {#why}\n\nBecause of {{fact \"inbound\" \"classes\"}} reasons.\n",
		"content/en/terms/2014-11.md", front+"\n## Rules {#rules}\n\nBe kind.\n",
		"content/en/terms/2014-05.md", front+"\n## Rules {#rules}\n\nBe very kind.\n",
		"content/en/terms/2015-01.md", front+"\n## Rules {#rules}\n\nBe there.\n",
		"content/en/certifications/inbound.md", front+"All about it.\n",
		"content/pictures/map.svg", `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 200"></svg>`)
	if err != nil {
		t.Fatal(err)
	}
	for at, want := range map[string][]string{
		"/imprint/":                {"Made by Inbound Academy in Vienna.", `src="/assets/picture-map.`, `width="320" height="200"`, `alt="A map"`},
		"/contact/":                {"Ring the bell."},
		"/privacy/":                {"When you take it back"},
		"/faq/":                    {`<h3 id="why">`, "Because of 11 reasons."},
		"/terms/":                  {"Be kind.", "Version 2014-11", "Be very kind.", "Version 2014-05"},
		"/certifications/inbound/": {"All about it."},
		"/certifications/hubspot/": {"At a glance"},
	} {
		page, ok := p.Page(l, at)
		for _, s := range want {
			if !ok || !bytes.Contains(page, []byte(s)) {
				t.Errorf("%s: lacks %q", at, s)
			}
		}
	}
	for at, not := range map[string]string{"/faq/": "inbound-length", "/contact/": "A mistake on these pages", "/terms/": "Be there", "/certifications/hubspot/": "What it is about"} {
		if page, _ := p.Page(l, at); bytes.Contains(page, []byte(not)) {
			t.Errorf("%s: still has %q", at, not)
		}
	}
}

// Every mistake in content is told, with its file.
func TestContentMistakes(t *testing.T) {
	for _, x := range []struct{ file, text, want string }{
		{"content/en/a.md", "no head", "content/en/a.md: begins with a head of YAML"},
		{"content/en/a.md", "---\ntitle: x\n---\ny", `content/en/a.md:2: lacks "updated"`},
		{"content/en/a.md", "---\ntitle: x\nupdated: yesterday\n---\ny", `content/en/a.md:3: updated: "yesterday" is not a day`},
		{"content/en/a.md", "---\nupdated: 2014-11-03\n---\ny", `content/en/a.md: lacks "title"`},
		{"content/en/a.md", "---\ntitle: x\nupdated: 2014-11-03\ncolour: red\n---\ny", "content/en/a.md:4: colour: is not known here"},
		{"content/en/a.md", front + "{{fact \"inbound\" \"price\"}}", `content/en/a.md:6:2: executing "content/en/a.md" at <fact "inbound" "price">: error calling fact: the catalogue says no "price" of inbound`},
		{"content/en/a.md", front + "\n\n{{fact \"nothing\" \"classes\"}}", `content/en/a.md:8`},
		{"content/en/a.md", front + "{{nothing}}", `content/en/a.md:6: function "nothing" not defined`},
		{"content/en/a.md", front + "[x](/nowhere/)", "content/en/a.md: a link to /nowhere/, which is not there"},
		{"content/en/a.md", front + "[x](/faq/#nowhere)", "content/en/a.md: a link to /faq/#nowhere, which is not there"},
		{"content/en/a.md", front + "[x](#nowhere)", "content/en/a.md: a link to #nowhere, which is not there"},
		{"content/en/a.md", front + "[x](javascript:alert)", `content/en/a.md: a link to "javascript:alert"`},
		{"content/en/a.md", front + "[x](//evil.example/)", `content/en/a.md: a link to "//evil.example/"`},
		{"content/en/a.md", front + "[x](contact)", `content/en/a.md: a link to "contact"`},
		{"content/en/a.md", front + "<script>x</script>", "content/en/a.md: HTML is not read"},
		{"content/en/a.md", front + "# Title", `content/en/a.md: "Title": headings are ## and ###`},
		{"content/en/a.md", front + "## No address\n\nx", `content/en/a.md: "No address" has no address`},
		{"content/en/a.md", front + "## X {#x style=\"color:red\"}\n\nx", `content/en/a.md: "X": style is not known here`},
		{"content/en/a.md", front + "## X {#x}\n\nx\n\n## Y {#x}\n\ny", "content/en/a.md: #x stands twice"},
		{"content/en/a.md", front + "![x](no.svg)", `content/en/a.md: there is no picture "no.svg"`},
		{"content/en/faq/1-a.md", front + "## X {#x}\n", `content/en/faq/1-a.md: "X" has nothing under it`},
		{"content/en/faq/1-a.md", front + "no question", "content/en/faq/1-a.md: has no question"},
		{"content/en/faq/1-a.md", front + "## X {#a}\n\nx", "content/en/faq/1-a.md: #a stands in content/en/faq/1-a.md already"},
		{"content/en/faq/1-a.md", front + "## X {#x needs=\"nothing\"}\n\nx", `content/en/faq/1-a.md: there is no certification "nothing"`},
		{"content/en/certifications/nothing.md", front + "x", `content/en/certifications/nothing.md: there is no certification "nothing"`},
		{"content/en/study-guide/nothing.md", front + "## A {#a}\n\nx", `content/en/study-guide/nothing.md: there is no certification "nothing"`},
		{"content/en/study-guide/inbound.md", front + "x", "content/en/study-guide/inbound.md: has no part"},
		{"content/en/study-guide/inbound.md", front + "## A {#a}\n\n[x](#b)", "content/en/study-guide/inbound.md: a link to #b, which is not there"},
		{"content/en/study-guide/notes.txt", "x", "content/en/study-guide/notes.txt: is not used"},
		{"content/en/practice/notes.md", front, "content/en/practice/notes.md: is not used"},
		{"content/en/practice/nothing.yaml", "updated: 2014-11-03", `content/en/practice/nothing.yaml: there is no certification "nothing"`},
		{"content/en/practice/hubspot.yaml", "updated: 2014-11-03\nquestions: []", "content/en/practice/hubspot.yaml:2: questions: has 0; it must be 1 to 60"},
		{"content/en/terms/2013.md", front + "x", "content/en/terms: has no 2014-11.md"},
		{"content/en/notes.txt", "x", "content/en/notes.txt: is not used"},
		{"content/en/Notes.md", front, "content/en/Notes.md: is not used"},
		{"content/en/verify.md", front + "x", "/verify/ is the address of another page"},
		{"content/en/faq.md", front + "x", "/faq/ is the address of another page"},
		{"content/pictures/x.svg", `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"></svg>`, "content/pictures/x.svg: no page shows it"},
		{"content/pictures/x.gif", "GIF", "content/pictures/x.gif: pictures are .svg or .png"},
	} {
		_, _, err := own(t, x.file, x.text)
		if err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%s %q: %v\nwant %s", x.file, x.text, err, x.want)
		}
	}
	const right = "updated: 2014-11-03\nquestions:\n  - id: a\n    ask: Why?\n    answers: [this, that]\n    right: 1\n    why: So.\n    guide: method\n"
	if _, _, err := own(t, "content/en/practice/inbound.yaml", right); err != nil {
		t.Error(err)
	}
	for _, x := range []struct{ old, new, want string }{
		{"id: a", "id: A", `inbound.yaml:3: questions[0].id: "A" is not an address`},
		{"id: a", "id: " + strings.Repeat("a", 41), "inbound.yaml:3: questions[0].id:"},
		{"id: a", "id: lang", `inbound.yaml:3: questions[0].id: "lang" means something else`},
		{"  - id: a", right[strings.Index(right, "  - "):] + "  - id: a", `inbound.yaml:9: questions[1].id: "a" stands twice`},
		{"  - id: a", strings.Repeat(right[strings.Index(right, "  - "):], 60) + "  - id: a", "inbound.yaml:3: questions: has 61; it must be 1 to 60"},
		{"Why?", `" "`, "inbound.yaml:4: questions[0].ask: is empty"},
		{"Why?", `'{{fact "inbound" "price"}}'`, "inbound.yaml:4: questions[0].ask:1:2: executing"},
		{"[this, that]", "[this]", "inbound.yaml:5: questions[0].answers: has 1; it must be 2 to 5"},
		{"[this, that]", "[a, b, c, d, e, f]", "inbound.yaml:5: questions[0].answers: has 6"},
		{"[this, that]", "[this, this]", "inbound.yaml:5: questions[0].answers[1]: stands twice"},
		{"right: 1", "right: 3", "inbound.yaml:6: questions[0].right: is 3; it must be within 1 to 2"},
		{"right: 1", "right: 0", "inbound.yaml:6: questions[0].right: is 0"},
		{"right: 1", "right: this", "inbound.yaml:6: questions[0].right: must be a whole number"},
		{"    why: So.\n", "", `inbound.yaml:3: questions[0]: lacks "why"`},
		{"guide: method", "guide: nowhere", "inbound.yaml:8: questions[0].guide: content/en/study-guide/inbound.md has no #nowhere"},
		{"guide: method", "guide: method\n    hint: x", "inbound.yaml:9: questions[0].hint: is not known here"},
	} {
		_, _, err := own(t, "content/en/practice/inbound.yaml", strings.Replace(right, x.old, x.new, 1))
		if err == nil || !strings.Contains(err.Error(), "content/en/practice/"+x.want) {
			t.Errorf("%s: %v\nwant %s", x.new, err, x.want)
		}
	}
	c := config(t)
	c.OwnWords = map[string]string{"brand": "x", "fact": "y", "oven": "z"}
	if _, err := site.New(c); err == nil || !strings.Contains(err.Error(), "words.brand: means") || !strings.Contains(err.Error(), "words.fact: means") || strings.Contains(err.Error(), "oven") {
		t.Errorf("words that are taken: %v", err)
	}
	_, _, err := own(t, "content/en/a.md", "x", "content/en/b.md", front+"[x](y)")
	if err == nil || !strings.Contains(err.Error(), "a.md") || !strings.Contains(err.Error(), "b.md") {
		t.Errorf("not every mistake is told: %v", err)
	}
}

// Another catalogue takes with it what is said about certifications that it has not; the rest holds for anybody.
func TestOtherCatalogue(t *testing.T) {
	c := config(t)
	c.OwnWords = nil
	c.Certifications = []site.Certification{
		{Slug: "bread", Title: "Bread * Certification", Summary: "Shows that you can bake.", Audience: "Anyone with an oven.", State: "open", Months: 24, From: "grant_date",
			Exam: &site.Exam{TriesPerMonth: 2, WaitHours: 24}, Editions: []site.Edition{{Name: "1", Classes: 3, Teaches: "dough"}}},
		{Slug: "cake", Title: "Cake Certification", Summary: "Shows more.", Audience: "Bakers.", State: "open", Months: 12, From: "end_of_month",
			Exam: &site.Exam{TriesPerMonth: 1, WaitHours: 24}, Editions: []site.Edition{{Name: "1", Classes: 3, Teaches: "icing"}}},
	}
	p, err := site.New(c)
	if err != nil {
		t.Fatal(err)
	}
	l := c.Messages.In("en")
	all := ""
	for _, at := range p.Paths(l) {
		page, _ := p.Page(l, at)
		all += string(page)
	}
	for _, not := range []string{"HubSpot", "Inbound Certification", "study guide", "Study guide", "inbound-", "partner", "Twitter", "{{", "no value"} {
		if strings.Contains(all, not) {
			t.Errorf("a page still has %q", not)
		}
	}
	faq, _ := p.Page(l, "/faq/")
	for _, want := range []string{"1. Tests", "4. Terms", "Bread * Certification", "How many tries you have in a month stands on the", "wait 24 hours", "No. Each certification is a person’s.",
		"Why is a certification over?"} {
		if !bytes.Contains(faq, []byte(want)) {
			t.Errorf("the FAQ lacks %q", want)
		}
	}
}

// The form of the site makes, for each place, look and size, the very code of the page for the holder.
func TestBuilderEqualsSharePage(t *testing.T) {
	p, l := build(t, nil)
	tried := 0
	for _, status := range []string{"valid", "expired"} {
		for _, target := range site.Targets() {
			for _, style := range site.Styles() {
				for _, width := range []int{64, 150, 200, 240, 300, 320, 400, 600} {
					x := share(status, target, style, width)
					here := named(parse(t, "show", p.Show(l, x)), "textarea")
					there := named(parse(t, "share", p.Share(l, x)), "textarea")
					if len(here) != 1 || len(there) != 1 || here[0].text != there[0].text || here[0].text == "" {
						t.Errorf("%s %s %s %d: the form and the page differ", status, target, style, width)
					}
					tried++
				}
			}
		}
	}
	if tried < 100 {
		t.Error(tried)
	}
}

// What is looked for is found, the best first, and is marked.
func TestSearch(t *testing.T) {
	p, l := build(t, nil)
	for _, x := range []struct{ query, first, marked string }{
		{"How do I change the name on my badge?", "/faq/#other-name", "<mark>name</mark>"},
		{"expires", "/faq/#tests-expire", "<mark>expire</mark>"},
		{"LINKEDIN", "/show/#linkedin", "<mark>LinkedIn</mark>"},
		{"wordpress", "/show/#wordpress", "<mark>WordPress</mark>"},
		{"client's account", "/faq/#contextual-client", "<mark>account</mark>"},
		{"tiers", "/faq/#partner-tiers", "<mark>tiers</mark>"},
		{"css", "/certifications/design/study-guide/#css", "<mark>CSS</mark>"},
		{"Is there code to write?", "/faq/#design-code", "<mark>code</mark>"},
		{"slides", "/faq/#inbound-slides", "<mark>slides</mark>"},
		{"privacy caches", "/privacy/", "<mark>caches</mark>"},
		{"Design Certification", "/certifications/design/", "<mark>Design</mark>"},
		{"partner certif", "/certifications/partner/", "<mark>Certification</mark>"},
		{"weakness security", "/contact/#security", "<mark>weakness</mark>"},
		{"buyer persona", "/certifications/inbound/study-guide/#personas", "<mark>persona</mark>"},
		{"long tail phrases", "/certifications/inbound/study-guide/#search", "<mark>tail</mark>"},
		{"inbound study guide", "/certifications/inbound/study-guide/", "<mark>guide</mark>"},
		{"practice inbound certification", "/certifications/inbound/practice/", "<mark>Practice</mark>"},
		{"red and green buttons", "/certifications/inbound/practice/#fair-test", "<mark>green</mark>"},
	} {
		page := p.Search(l, x.query, "")
		var results []string
		for _, m := range regexp.MustCompile(`<h2><a href="([^"]+)"`).FindAllSubmatch(page, -1) {
			results = append(results, string(m[1]))
		}
		if len(results) == 0 || !strings.HasPrefix(results[0], x.first) {
			t.Errorf("%q finds %q first", x.query, results[:min(3, len(results))])
		}
		if !bytes.Contains(page, []byte(x.marked)) {
			t.Errorf("%q: nothing is marked", x.query)
		}
		if len(results) > 20 {
			t.Errorf("%q: %d results", x.query, len(results))
		}
	}
	for _, nothing := range []string{"zebra", "!!!", "ß∂ƒ", strings.Repeat("x", 9000)} {
		if page := p.Search(l, nothing, ""); !bytes.Contains(page, []byte("Nothing here has these words")) || len(page) > 8000 {
			t.Errorf("%.20q: %d bytes", nothing, len(page))
		}
	}
	if page := p.Search(l, "  ", ""); bytes.Contains(page, []byte("Nothing here")) {
		t.Error("an empty box finds nothing, and says so")
	}
}

// Whatever is typed, the page stays the page, and what was typed stays text.
func FuzzSearch(f *testing.F) {
	p, l := build(f, nil)
	for _, s := range append(payloads, "expire badge", "a\u0301", "\xff\xfe", "İ", "ΣΑΣ σας", strings.Repeat("a b ", 200)) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, query string) {
		page := p.Search(l, query, "")
		all := parse(t, query, page)
		for _, e := range all {
			if e.name == "script" || e.name == "style" || strings.HasPrefix(e.attr["href"], "javascript") {
				t.Fatalf("%q: <%s %v>", query, e.name, e.attr)
			}
			for a := range e.attr {
				if strings.HasPrefix(a, "on") || a == "style" {
					t.Fatalf("%q: <%s %s>", query, e.name, a)
				}
			}
		}
		if len(page) > 60_000 {
			t.Errorf("%q: %d bytes", query, len(page))
		}
	})
}

// No file of ours lies there unused.
func TestContentIsUsed(t *testing.T) {
	p, l := build(t, nil)
	all := ""
	for _, at := range p.Paths(l) {
		page, _ := p.Page(l, at)
		all += string(page)
	}
	for name, text := range sources(t) {
		dir, base := path.Split(name)
		stem := strings.TrimSuffix(strings.TrimSuffix(base, ".md"), path.Ext(base))
		stem = regexp.MustCompile(`^[0-9]-`).ReplaceAllString(stem, "")
		used := false
		switch dir {
		case "pictures/":
			used = strings.Contains(all, "/assets/picture-"+stem+".")
		case "en/":
			_, used = p.Page(l, "/"+stem+"/")
		case "en/certifications/":
			page, _ := p.Page(l, "/certifications/"+stem+"/")
			used = bytes.Contains(page, []byte("What it is about"))
		case "en/study-guide/", "en/practice/":
			_, used = p.Page(l, "/certifications/"+stem+"/"+strings.TrimPrefix(dir, "en/"))
		case "en/faq/", "en/show/":
			used = strings.Contains(all, `<h2 id="`+stem+`">`)
		case "en/terms/":
			used = strings.Contains(all, "Version "+strings.TrimSuffix(base, ".md"))
		}
		if !used {
			t.Errorf("content/%s: nothing shows it (%d bytes)", name, len(text))
		}
	}
}

// A language that has but a part of the content has the rest in English, and says so.
func TestOtherLanguage(t *testing.T) {
	files := fstest.MapFS{}
	err := fs.WalkDir(assets.Files, "messages/en", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(assets.Files, name)
		for _, tag := range []string{"en", "de"} {
			files[tag+"/"+path.Base(name)] = &fstest.MapFile{Data: data}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	c := config(t)
	if c.Messages, err = messages.Load(files); err != nil {
		t.Fatal(err)
	}
	c.Content = fstest.MapFS{"content/de/contact.md": &fstest.MapFile{Data: []byte(front + "Schreiben Sie an {{email}}.\n")}}
	p, err := site.New(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct{ tag, path, has string }{
		{"de", "/contact/", "Schreiben Sie"}, {"de", "/privacy/", `<div class="prose" lang="en" dir="ltr">`}, {"de", "/faq/", "<section aria-labelledby=\"tests\">\n<div lang=\"en\" dir=\"ltr\">"},
		{"en", "/contact/", "A person reads it"}, {"en", "/privacy/", `<div class="prose">`},
	} {
		if page, _ := p.Page(c.Messages.In(x.tag), x.path); !bytes.Contains(page, []byte(x.has)) {
			t.Errorf("%s %s: lacks %s", x.tag, x.path, x.has)
		}
	}
	delete(files, "de/share.yaml")
	if c.Messages, err = messages.Load(files); err != nil {
		t.Fatal(err)
	}
	if _, err := site.New(c); err == nil || !strings.Contains(err.Error(), "de is offered and lacks") {
		t.Errorf("a language without the words of the page for holders: %v", err)
	}
	if page, _ := p.Page(c.Messages.In("de"), "/contact/"); bytes.Contains(page, []byte(`lang="en" dir`)) {
		t.Error("what is in the language of the page says that it is not")
	}
}
