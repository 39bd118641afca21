package site_test

import (
	"bytes"
	"encoding/xml"
	"flag"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"testamur/assets"
	"testamur/messages"
	"testamur/site"
)

var out = flag.String("out", "", "folder to write every page into, to look at")

const (
	url  = "https://academy.example.org"
	code = "7K3M-9QXT-4P24"
)

func words(t testing.TB) *messages.Catalogue {
	t.Helper()
	files, err := fs.Sub(assets.Files, "messages")
	if err != nil {
		t.Fatal(err)
	}
	c, err := messages.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func build(t testing.TB, change func(*site.Config)) (*site.Pages, *messages.Language) {
	t.Helper()
	c := config(t)
	if change != nil {
		change(&c)
	}
	p, err := site.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return p, c.Messages.In("en")
}

// config is the built-in academy's.
func config(t testing.TB) site.Config {
	t.Helper()
	c := site.Config{
		Brand: "Inbound Academy", Wordmark: "INBOUND ACADEMY", Domain: "academy.example.org", URL: url, Email: "academy@academy.example.org",
		ZoneName: "UTC", Mark: "M157 68A70 70 0 1 1 112 23M126 96A36 36 0 1 1 84 55M152 28 96 84M95 51v34h34", Terms: "2014-11",
		Colours: site.Colours{Light: "#093E47", Dark: "#8FD6DD"}, Forgotten: 10 * time.Minute,
		OwnWords: map[string]string{"product": "the platform", "community": "inbound.org", "hashtag": "#INBOUND"}, Messages: words(t),
		SpecimenOf: func(slug string, width int) site.Picture { return picture(slug + strconv.Itoa(width)) },
		PreviewOf:  func(slug string) site.Picture { return picture(slug) },
	}
	exam := &site.Exam{TriesPerMonth: 3, WaitHours: 48}
	list := func(minutes, teaches string, titles ...string) (all []site.Class) {
		for _, title := range titles {
			all = append(all, site.Class{Title: strings.TrimPrefix(title, "!"), Minutes: minutes, Teaches: teaches, Lab: title[0] == '!'})
		}
		return all
	}
	c.Certifications = []site.Certification{
		{Slug: "inbound", Title: "Inbound Certification", Summary: "Shows that you know the inbound method and how it brings strangers to buy, return and recommend.",
			Audience: "Anyone who registers.", Exam: exam, Editions: []site.Edition{
				{Name: "Inbound Marketing University", Legacy: true, Classes: 18, Teaches: "everything from public relations to publishing blog posts"},
				{Name: "2013", Classes: 9, ClassMinutes: "45-60", Teaches: "attracting, converting, closing and delighting customers"},
				{Name: "2014", Released: site.Date{2014, 5, 1}, Classes: 11, ClassMinutes: "45-60", Teaches: "attracting, converting, closing and delighting customers"}}},
		{Slug: "hubspot", Title: "HubSpot Certification", Summary: "Shows that you can work with the platform and know why each of its parts is used.",
			Audience: "Customers with an account of their own.", Exam: exam, Practicum: &site.Practicum{Items: 12, Required: 7, OneAccount: true, List: []string{"A persona", "A page <improved>"}},
			Editions: []site.Edition{{Name: "2014", Classes: 12, ClassMinutes: "60", Teaches: "the main parts of the platform and good inbound practice"}}},
		{Slug: "partner", Title: "Partner Certification", Summary: "Shows that an agency can plan and run campaigns for its clients; one person who passes certifies the agency.",
			Audience: "Partner agencies that have completed the partner training.", Exam: exam, Prerequisites: []string{"hubspot"}, Organisation: true,
			Tiers:    []string{"silver", "gold", "platinum"},
			Editions: []site.Edition{{Name: "2014", Classes: 10, ClassMinutes: "15-30", Teaches: "running campaigns for clients"}}},
		{Slug: "design", Title: "HubSpot Design Certification", Summary: "Shows that you can build and style templates with the platform's design tools.",
			Audience: "Anyone who reads and writes CSS.", Exam: exam, Practicum: &site.Practicum{},
			Editions: []site.Edition{{Name: "2014", Classes: 4, ClassMinutes: "60-90", Teaches: "templates and CSS"}}},
		{Slug: "contextual-marketing", Title: "Contextual Marketing Certification", Summary: "Shows that you can make a site that answers each visitor by who they are and what they look for.",
			Audience: "Users of a Professional or Enterprise account; some 500 contacts are advised.",
			Exam:     &site.Exam{Questions: 75, Minutes: 90, PassPercent: 75, TriesPerMonth: 3, WaitHours: 48}, Practicum: &site.Practicum{OneAccount: true},
			Recommended: []string{"hubspot"}, Editions: []site.Edition{{Name: "2014", Classes: 4, Labs: 2, ClassMinutes: "45-60", Teaches: "smart content",
				List: list("45-60", "What there is to know.", "Creating a Remarkable User Experience", "Segments & Rules", "!A Lab", "Smart Content", "!Another Lab", "Measuring")}}},
	}
	for i := range c.Certifications {
		x := &c.Certifications[i]
		x.State, x.Months, x.From, x.Granted, x.ValidTo = "open", 12, "end_of_next_month", site.Date{2014, 6, 14}, site.Date{2015, 7, 31}
		x.Emblem = []byte(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 600 600"><title>` + x.Slug + `</title></svg>`)
	}
	return c
}

// picture is one that is drawn when it is asked for; its bytes are its tag.
func picture(tag string) site.Picture {
	return site.Picture{Tag: tag, Draw: func() ([]byte, error) { return []byte(tag), nil }}
}

// verdict is a sample with every value filled in, also those that its status does not show.
func verdict(status string) site.Verdict {
	v := site.Verdict{Status: status, Name: "Maya Lindqvist", Lang: "sv", Certification: "Inbound Certification", Slug: "inbound", Edition: "2014", Code: code,
		Granted: site.Date{2014, 6, 14}, ValidTo: site.Date{2015, 7, 31}, CheckedAt: time.Date(2014, 11, 23, 15, 10, 0, 0, time.UTC),
		Badge: "/badges/" + code + ".png", Certificate: "/certificates/" + code + ".pdf", Canonical: url + "/verify/" + code,
		Preview: "/previews/" + code + ".png", PreviewVersion: "0123abcd", Share: "/share/" + code, OEmbed: url + "/oembed?x&y"}
	switch status {
	case "expired":
		v.CheckedAt = time.Date(2015, 8, 4, 9, 12, 0, 0, time.UTC)
	case "revoked":
		v.RevokedOn = site.Date{2015, 3, 2}
	case "suspended":
		v.SuspendedOn = site.Date{2015, 3, 2}
	}
	return v
}

// share is a sample of the page for holders.
func share(status, target, style string, width int) site.Share {
	return site.Share{Verdict: verdict(status), Snippet: site.Snippet{Target: target, Style: style, Width: width},
		LinkedIn: "https://www.linkedin.com/profile/add?startTask=CERTIFICATION_NAME&name=Inbound+Certification",
		Picture:  "/certificates/" + code + ".png", Calendar: "/share/" + code + ".ics"}
}

var statuses = []string{"valid", "expired", "suspended", "revoked"}

// every is each page in each of its forms, by name.
func every(p *site.Pages, l *messages.Language) map[string][]byte {
	all := map[string][]byte{
		"form": p.Form(l), "no-record": p.NoRecord(l),
		"search": p.Search(l, "", ""), "search-found": p.Search(l, "expiry of a badge", ""), "search-nothing": p.Search(l, "zebra", ""),
		"search-code": p.Search(l, "7k3m9qxt4p24", code),
		"show-code":   p.Show(l, share("valid", "html", "seal", 300)), "show-card": p.Show(l, share("expired", "signature", "seal", 64)),
		"show-mistyped": p.ShowMistyped(l, "7K3M-9QXT-4P2A", false), "show-empty": p.ShowMistyped(l, "", true),
		"mistyped":    p.Mistyped(l, "7K3M-9QXT-4P2A", false),
		"malformed":   p.Mistyped(l, "7K3M-9QXT-4P2", true),
		"empty":       p.Mistyped(l, " ", true),
		"unavailable": p.Unavailable(l, "0123456789abcdef"),
		"parameter":   p.Problem(l, 400, "bad-parameter", ""),
		"choice":      p.Parameter(l, "paper", "choice", "choice", "a4, letter"),
		"other":       p.Problem(l, 400, "bad-request", ""),
		"api":         p.API(l, api()),
	}
	for _, at := range p.Paths(l) {
		all[at], _ = p.Page(l, at)
	}
	for _, status := range []int{404, 405, 408, 413, 414, 415, 429, 431, 500} {
		all["problem-"+strconv.Itoa(status)] = p.Problem(l, status, "some-key", "0123456789abcdef")
	}
	for _, s := range statuses {
		all["verdict-"+s] = p.Verdict(l, verdict(s))
	}
	at := "/certifications/inbound/practice/"
	all["practice-none"] = p.Answered(l, at, nil)
	all["practice-some"] = p.Answered(l, at, map[string]int{"earned-attention": 3, "permission": 2, "weak-stage": 1})
	practicum, organisation, long := verdict("valid"), verdict("valid"), verdict("valid")
	practicum.Practicum, practicum.Index = true, true
	organisation.Organisation, organisation.Tier, organisation.Name, organisation.Lang = true, "gold", "Harbour & Sons <Media>", ""
	organisation.Certification, organisation.ExpiresAt = "Partner Certification", time.Date(2015, 7, 31, 11, 59, 59, 0, time.UTC)
	long.Name, long.Lang = strings.Repeat("Wolfeschlegelsteinhausenbergerdorff ", 2)+"Ångström-Østergård von und zu der", ""
	long.Certification, long.Edition = "HubSpot Design Certification", ""
	all["verdict-practicum"], all["verdict-organisation"], all["verdict-long"] = p.Verdict(l, practicum), p.Verdict(l, organisation), p.Verdict(l, long)
	arabic, ended := verdict("expired"), verdict("suspended")
	arabic.Name, arabic.Lang = "ليلى الهاشمي", "ar"
	ended.CheckedAt = time.Date(2015, 9, 1, 0, 0, 0, 0, time.UTC)
	all["verdict-arabic"], all["verdict-ended"] = p.Verdict(l, arabic), p.Verdict(l, ended)
	for _, target := range site.Targets() {
		all["share-"+target] = p.Share(l, share("valid", target, "seal", 300))
	}
	company := share("expired", "html", "card", 320)
	company.Verdict, company.LinkedIn = organisation, ""
	company.Status = "expired"
	all["share-expired"], all["share-organisation"] = p.Share(l, share("expired", "html", "seal", 64)), p.Share(l, company)
	return all
}

// api is a small API with every part that the page has.
func api() site.API {
	one, many := int64(1), int64(500)
	missing := site.APIProblem{Key: "not-found", Status: 404, Title: "Nothing to show here", Text: "There is nothing."}
	return site.API{Title: "Issuer's API", Document: "/api/openapi.json", Base: url + "/api/v1",
		Intro: []site.APIPart{{Text: []string{"JSON in `UTF-8`."}}, {Title: "Keys", Text: []string{"Send one."}}},
		Groups: []site.APIGroup{{ID: "credentials", Title: "Credentials", Text: "Of a holder.", Calls: []site.APICall{
			{ID: "showCredential", Method: "GET", Path: "/credentials/{code}", Scope: "read", Title: "Show a credential", Text: "As it is now.",
				Parameters: []site.APIField{{Name: "code", In: "path", Type: "string", Required: true, Text: "Its code."},
					{Name: "limit", In: "query", Type: "integer", Least: &one, Most: &many, Text: "How many."}, {Name: "If-Match", In: "header", Type: "string", Text: "A version."}},
				Samples:  []site.APISample{{Line: "curl " + url}},
				Answers:  []site.APIAnswer{{Status: "200", Text: "The credential.", Headers: []string{"ETag", "Link"}, Object: "Credential", Body: "{}"}},
				Problems: []site.APIProblem{missing}},
			{ID: "revokeCredential", Method: "POST", Path: "/credentials/{code}/revoke", Scope: "issue", Title: "Revoke a credential", Optional: true,
				Body:    []site.APIField{{Name: "reason", Type: "string", Null: true, Text: "Why."}},
				Samples: []site.APISample{{Title: "With a reason", Line: "curl"}, {Title: "Without", Line: "curl"}}, Answers: []site.APIAnswer{{Status: "204", Text: "Done."}}}}}},
		Objects: []site.APIObject{{ID: "Credential", Title: "Credential", Text: "One.", Fields: []site.APIField{{Name: "status", Type: "string", Values: []string{"valid", "expired"}, Null: true, Text: "Now."},
			{Name: "a", Type: "boolean"}, {Name: "b", Type: "object"}, {Name: "c", Type: "array"}, {Name: "d", Type: "day"}, {Name: "e", Type: "instant"}, {Name: "f", Type: "address"}}}},
		Problems: []site.APIProblem{missing}}
}

// element is an element of a page: its attributes and all text in it.
type element struct {
	name string
	attr map[string]string
	text string
}

var void = []string{"meta", "link", "input", "img", "br"}

// parse reads a page strictly: every element that is opened is closed, in order, and no attribute stands twice.
func parse(t *testing.T, name string, page []byte) []*element {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(page))
	d.Strict = false
	var all, open []*element
	for {
		token, err := d.RawToken()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			e := &element{name: token.Name.Local, attr: map[string]string{}}
			for _, a := range token.Attr {
				if _, double := e.attr[a.Name.Local]; double {
					t.Errorf("%s: <%s> has two %s", name, e.name, a.Name.Local)
				}
				e.attr[a.Name.Local] = a.Value
			}
			all = append(all, e)
			if !slices.Contains(void, e.name) {
				open = append(open, e)
			}
		case xml.EndElement:
			if len(open) > 0 && open[len(open)-1].name == token.Name.Local {
				open = open[:len(open)-1]
			} else if !slices.Contains([]string{"path", "circle", "rect"}, token.Name.Local) || len(open) == 0 {
				t.Fatalf("%s: </%s> closes nothing", name, token.Name.Local)
			}
		case xml.CharData:
			for _, e := range open {
				e.text += string(token)
			}
		}
	}
	if len(open) > 0 {
		t.Fatalf("%s: <%s> is not closed", name, open[len(open)-1].name)
	}
	return all
}

func named(all []*element, names ...string) (found []*element) {
	for _, e := range all {
		if slices.Contains(names, e.name) {
			found = append(found, e)
		}
	}
	return found
}

// one returns the only element of a name.
func one(t *testing.T, page string, all []*element, name string) *element {
	t.Helper()
	found := named(all, name)
	if len(found) != 1 {
		t.Fatalf("%s: %d elements %s, want 1", page, len(found), name)
	}
	return found[0]
}

// there reports whether a link leads to something that is there: a page and a part of it, a file, an answer of the server.
func there(p *site.Pages, l *messages.Language, all []*element, to string) bool {
	at, id, _ := strings.Cut(to, "#")
	switch {
	case at == "" && id == "":
		return true // the same address again
	case at == "":
		return slices.ContainsFunc(all, func(e *element) bool { return e.attr["id"] == id })
	case slices.Contains(places, to):
		return true
	}
	page, ok := p.Page(l, at)
	return ok && (id == "" || bytes.Contains(page, []byte(` id="`+id+`"`)))
}

// carried is an address without the parameter that carries a language on.
func carried(address, chosen string) string {
	if chosen == "" {
		return address
	}
	at, id, fragment := strings.Cut(address, "#")
	for _, mark := range []string{"?", "&"} {
		at = strings.TrimSuffix(at, mark+chosen)
	}
	if fragment {
		at += "#" + id
	}
	return at
}

// goesOn reports whether an address is of ours and differs by language.
func goesOn(address string) bool {
	return strings.HasPrefix(address, "/") && !strings.HasPrefix(address, "/badges/") && !strings.HasPrefix(address, "/previews/") &&
		!strings.HasPrefix(address, "/.well-known/") && address != "/api/openapi.json" && address != site.FeedPath
}

// places are what the server answers beside the pages that are always the same.
var places = []string{"/verify", "/search", "/api/", "/api/openapi.json", "/feed.xml", "/.well-known/security.txt", "mailto:academy@academy.example.org", "/certificates/" + code + ".pdf",
	"/certificates/" + code + ".pdf?paper=letter", "/certificates/" + code + ".png", "/previews/" + code + ".png", "/badges/" + code + ".png?download=1",
	"/share/" + code, "/share/" + code + ".ics", "/verify/" + code, share("valid", "", "", 0).LinkedIn}

// aboutOne is the address of a certification's own page.
var aboutOne = regexp.MustCompile(`^/certifications/[^/]+/$`)

func TestEveryPage(t *testing.T) {
	ours := config(t)
	p, err := site.New(ours)
	if err != nil {
		t.Fatal(err)
	}
	for _, tag := range ours.Messages.Offered() {
		t.Run(tag, func(t *testing.T) { everyPage(t, p, ours.Messages.In(tag), "") })
		t.Run(tag+" chosen", func(t *testing.T) { everyPage(t, p.Chosen(), ours.Messages.In(tag), "lang="+tag) })
	}
}

// everyPage looks at each page in a language; chosen is the parameter that its links carry.
func everyPage(t *testing.T, p *site.Pages, l *messages.Language, chosen string) {
	css, mime, ok, _ := p.Asset(p.AssetURL("site"))
	if !ok || mime != "text/css; charset=utf-8" {
		t.Fatalf("style sheet: %v %q", ok, mime)
	}
	study, _, _, _ := p.Asset(p.AssetURL("study"))
	for name, page := range every(p, l) {
		all := parse(t, name, page)
		n := len(page) + len(css)
		if bytes.Contains(page, []byte(p.AssetURL("study"))) {
			n += len(study)
		}
		most := 50_000
		if l.Tag() != messages.Reference && strings.HasPrefix(name, "practice") {
			most = 52_500 // the questions are in English, what stands beside each of them is not
		}
		if n > most {
			t.Errorf("%s: %d bytes with the style sheet", name, n)
		}
		if words := regexp.MustCompile(`(?s)<textarea.*?</textarea>`).ReplaceAll(page, nil); bytes.ContainsAny(words, "[]") { // how a missing key is shown
			t.Errorf("%s: words are missing: %.60s", name, words[bytes.IndexAny(words, "[]"):])
		}
		if m := regexp.MustCompile(`\{[a-z_]+[:}]|ZgotmplZ|<nil>`).Find(page); m != nil && string(m) != "{code}" { // which is a path of the API
			t.Errorf("%s: %s", name, m)
		}
		if !bytes.HasPrefix(page, []byte("<!doctype html>\n<html lang=\""+l.Tag()+"\" dir=\""+l.Dir()+"\">")) {
			t.Errorf("%s: begins %.60s", name, page)
		}
		if title := one(t, name, all, "title").text; !strings.HasSuffix(title, " | Inbound Academy") || len(title) < len("X | Inbound Academy") {
			t.Errorf("%s: title %q", name, title)
		}
		one(t, name, all, "h1")
		one(t, name, all, "main")
		ids, refer := map[string]bool{}, []string{}
		level := 0
		for _, e := range all {
			if e.name == "script" && (strings.HasPrefix(name, "share") || name == "show-code" || name == "show-card") && e.attr["src"] == p.AssetURL("copy") && e.attr["defer"] != "" && e.text == "" {
				continue // the one that copies
			}
			data := e.name == "script" && e.attr["type"] == "application/ld+json" && aboutOne.MatchString(name)
			if slices.Contains([]string{"script", "style", "iframe", "object", "embed", "base"}, e.name) && !data {
				t.Errorf("%s: <%s>", name, e.name)
			}
			if id, ok := e.attr["id"]; ok && ids[id] {
				t.Errorf("%s: two elements with the id %s", name, id)
			} else if ok {
				ids[id] = true
			}
			if len(e.name) == 2 && e.name[0] == 'h' && e.name[1] >= '1' && e.name[1] <= '6' {
				if now := int(e.name[1] - '0'); now > level+1 {
					t.Errorf("%s: h%d follows h%d", name, now, level)
				} else {
					level = now
				}
				if strings.TrimSpace(e.text) == "" {
					t.Errorf("%s: an empty %s", name, e.name)
				}
			}
			for a, v := range e.attr {
				switch {
				case a == "style", strings.HasPrefix(a, "on"), a == "target":
					t.Errorf("%s: <%s %s>", name, e.name, a)
				case a == "href" && e.name == "a" && strings.HasPrefix(v, "#"):
					refer = append(refer, v[1:])
				case a == "href" && e.name == "a" && e.attr["hreflang"] != "":
					if !strings.HasSuffix(v, "lang="+e.attr["hreflang"]) || e.attr["lang"] != e.attr["hreflang"] || e.attr["rel"] != "alternate" ||
						(e.attr["aria-current"] != "") != (e.attr["hreflang"] == l.Tag()) {
						t.Errorf("%s: leads to another language: %v", name, e.attr)
					}
				case a == "href" && e.name == "a":
					if carries := v != carried(v, chosen); carries != (chosen != "" && goesOn(v)) {
						t.Errorf("%s: a link to %q with %q", name, v, chosen)
					}
					if v = carried(v, chosen); !there(p, l, all, v) {
						t.Errorf("%s: a link to %q, which is not there", name, v)
					}
				case a == "href" && e.attr["rel"] == "canonical":
					if !strings.HasPrefix(v, url+"/") {
						t.Errorf("%s: canonical %q", name, v)
					}
				case a == "href" && e.attr["rel"] == "alternate" && e.attr["hreflang"] != "":
					if want := "?lang=" + e.attr["hreflang"]; !strings.HasPrefix(v, url+"/") || !strings.HasSuffix(v, want) && e.attr["hreflang"] != "x-default" {
						t.Errorf("%s: %s is at %q", name, e.attr["hreflang"], v)
					}
				case a == "href" && e.attr["rel"] == "alternate":
					if !strings.HasPrefix(v, url+"/oembed?") && v != "/feed.xml" {
						t.Errorf("%s: alternate %q", name, v)
					}
				case a == "href", a == "src", a == "action":
					if !strings.HasPrefix(v, "/") || strings.HasPrefix(v, "//") {
						t.Errorf("%s: <%s %s=%q>", name, e.name, a, v)
					}
				case a == "srcset":
					for part := range strings.SplitSeq(v, ", ") {
						if !regexp.MustCompile(`^(/badges/[0-9A-Z-]{14}\.png\?(style=card&)?w=|/assets/specimen-[a-z-]+-)\d+\S* (\d+w|2x)$`).MatchString(part) {
							t.Errorf("%s: srcset %q", name, part)
						}
					}
				case a == "for", strings.HasPrefix(a, "aria-labelledby"), a == "aria-describedby":
					refer = append(refer, strings.Fields(v)...)
				}
			}
			if alt, ok := e.attr["alt"]; e.name == "img" && (!ok || alt == "" && e.attr["class"] != "emblem" || e.attr["width"] == "" || e.attr["height"] == "") {
				t.Errorf("%s: a picture without alt, width or height: %v", name, e.attr)
			}
			if e.name == "svg" && e.attr["aria-hidden"] != "true" {
				t.Errorf("%s: an icon that is read aloud", name)
			}
		}
		for _, id := range refer {
			if !ids[id] {
				t.Errorf("%s: nothing has the id %q", name, id)
			}
		}
		if text := one(t, name, all, "main").text + one(t, name, all, "footer").text; !strings.Contains(text, "academy.example.org") {
			t.Errorf("%s: does not say which address it has", name)
		}
		index := name == "form" || name == "api" || name == "verdict-practicum" || name[0] == '/'
		if got := !bytes.Contains(page, []byte(`<meta name="robots" content="noindex">`)); got != index {
			t.Errorf("%s: search engines may list it: %v", name, got)
		}
		canonical := strings.HasPrefix(name, "verdict") || strings.HasPrefix(name, "share") || name == "form" || name == "api" || name == "show-code" || name == "show-card" || strings.HasPrefix(name, "practice") || name[0] == '/' // pages that answer 200
		if got := bytes.Contains(page, []byte(`<link rel="canonical"`)); got != canonical {
			t.Errorf("%s: canonical %v", name, got)
		}
		if *out != "" {
			write(t, strings.ReplaceAll(name, "/", "_")+".html", page)
		}
	}
	if *out != "" {
		write(t, p.AssetURL("site"), css)
		for _, name := range []string{"faq", "share", "study"} {
			more, _, _, _ := p.Asset(p.AssetURL(name))
			write(t, p.AssetURL(name), more)
		}
		icon, _, _, _ := p.Asset(p.AssetURL("icon"))
		write(t, p.AssetURL("icon"), icon)
		script, _, _, _ := p.Asset(p.AssetURL("copy"))
		write(t, p.AssetURL("copy"), script)
	}
}

func write(t *testing.T, name string, body []byte) {
	t.Helper()
	name = filepath.Join(*out, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, body, 0o644); err != nil {
		t.Fatal(err)
	}
}

// What a verdict says and what it must not say (rules 26, 62 and 67).
func TestVerdict(t *testing.T) {
	const picture, certificate = `<img src="/badges/7K3M-9QXT-4P24.png?w=400"`, `href="/certificates/7K3M-9QXT-4P24.pdf"`
	p, l := build(t, nil)
	for _, x := range []struct {
		status, title, h1, sentence string
		facts                       []string
		picture                     bool
		means                       string
	}{
		{"valid", "Valid: Maya Lindqvist, Inbound Certification | Inbound Academy", "Valid today", "Issued by Inbound Academy and current.",
			[]string{"Granted", "14 June 2014", "Valid to", "31 July 2015, end of day, UTC", "Credential ID", code, "Checked", "23 November 2014, 15:10 UTC"}, true,
			"Certifications end after a time, because the subject moves. The holder passed the examination. That is not a guarantee of how they work."},
		{"expired", "Expired: Maya Lindqvist, Inbound Certification | Inbound Academy", "Expired 31 July 2015", "It was valid until then and has not been renewed.",
			[]string{"Granted", "14 June 2014", "Expired", "31 July 2015, end of day, UTC", "Credential ID", code, "Checked", "4 August 2015, 09:12 UTC"}, true,
			"Certifications end after a time, because the subject moves. The holder passed the examination. That is not a guarantee of how they work."},
		{"suspended", "Suspended: Maya Lindqvist, Inbound Certification | Inbound Academy", "Suspended since 2 March 2015", "Paused while a question is settled: not valid now, and not withdrawn either.",
			[]string{"Granted", "14 June 2014", "Suspended", "2 March 2015", "Would end", "31 July 2015", "Credential ID", code, "Checked", "23 November 2014, 15:10 UTC"}, false,
			"Check again later, or ask the holder. This address will show the outcome."},
		{"revoked", "Revoked: Maya Lindqvist, Inbound Certification | Inbound Academy", "Revoked 2 March 2015", "Inbound Academy has withdrawn it. It no longer counts, whatever a badge or a sheet of paper says.",
			[]string{"Granted", "14 June 2014", "Revoked", "2 March 2015", "Credential ID", code, "Checked", "23 November 2014, 15:10 UTC"}, false,
			"The reason is between the holder and the academy. If you are the holder, ask us to look again: academy@academy.example.org"},
	} {
		page := p.Verdict(l, verdict(x.status))
		all := parse(t, x.status, page)
		if got := one(t, x.status, all, "title").text; got != x.title {
			t.Errorf("%s: title %q", x.status, got)
		}
		if got := one(t, x.status, all, "h1").text; got != x.h1 {
			t.Errorf("%s: h1 %q", x.status, got)
		}
		main := one(t, x.status, all, "main").text
		for _, s := range []string{x.sentence, x.means, "Inbound Certification, 2014 edition"} {
			if !strings.Contains(main, s) {
				t.Errorf("%s: does not say %q", x.status, s)
			}
		}
		if at, h1 := bytes.Index(page, []byte("Maya Lindqvist</bdi></h2>")), bytes.Index(page, []byte("<h1")); at < h1 {
			t.Errorf("%s: the name stands before the verdict", x.status)
		}
		var facts []string
		for _, e := range named(all, "dt", "dd") {
			facts = append(facts, e.text)
		}
		if !slices.Equal(facts, x.facts) {
			t.Errorf("%s: facts %q", x.status, facts)
		}
		if got := bytes.Contains(page, []byte(picture)); got != x.picture {
			t.Errorf("%s: picture %v", x.status, got)
		}
		if got := bytes.Contains(page, []byte(certificate)); got != x.picture {
			t.Errorf("%s: certificate %v", x.status, got)
		}
		for _, only := range []string{`<a href="/share/` + code + `">`, `<meta property="og:image" content="` + url + `/previews/` + code + `.png?v=0123abcd">`} {
			if got := bytes.Contains(page, []byte(only)); got != x.picture {
				t.Errorf("%s: %s: %v", x.status, only, got)
			}
		}
		if !bytes.Contains(page, []byte(`<link rel="alternate" type="application/json+oembed" href="`+url+`/oembed?x&amp;y">`)) {
			t.Errorf("%s: does not say where its oEmbed is", x.status)
		}
		if !bytes.Contains(page, []byte(`<h2 id="holder"><bdi dir="auto" translate="no" lang="sv">Maya Lindqvist</bdi></h2>`)) {
			t.Errorf("%s: the name is not marked as one", x.status)
		}
	}
}

func TestVerdictOfOthers(t *testing.T) {
	p, l := build(t, nil)
	pages := every(p, l)
	for _, x := range []struct {
		page string
		has  []string
	}{
		{"verdict-organisation", []string{"<dt>Tier</dt><dd>Gold</dd>", "The company met every requirement", "Harbour &amp; Sons &lt;Media&gt;", ", 11:59:59 UTC", "That is not a guarantee"}},
		{"verdict-practicum", []string{"The holder passed the examination and a practicum. That is not a guarantee"}},
		{"verdict-ended", []string{"<dt>Would have ended</dt>"}},
		{"verdict-long", []string{`<h2 id="holder"><bdi dir="auto" translate="no">Wolfe`, `<p class="what">HubSpot Design Certification</p>`}},
		{"verdict-arabic", []string{`lang="ar">ليلى الهاشمي</bdi></h2>`}},
	} {
		for _, s := range x.has {
			if !bytes.Contains(pages[x.page], []byte(s)) {
				t.Errorf("%s: lacks %s", x.page, s)
			}
		}
	}
	v := verdict("expired")
	v.Tier = "gold"
	if bytes.Contains(p.Verdict(l, v), []byte("Gold")) {
		t.Error("an expired credential shows a tier")
	}
	if page := p.Verdict(l, site.Verdict{}); bytes.Contains(page, []byte("Valid")) || bytes.Contains(page, []byte("<img")) {
		t.Error("a verdict without a status passes for valid")
	}
}

// payloads are names and codes that would change a page that does not escape them.
var payloads = []string{
	`<b>&"'`, `</title></h2><script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onfocus='alert(1)`, `{{.Brand}}`, `{name} {date} {brand}`,
	`&lt;b&gt;`, `&#60;`, `<!--`, `]]>`, `javascript:alert(1)`, "`", `%3Cscript%3E`, `\u003cscript\u003e`, `</textarea><svg onload=alert(1)>`, `A+B`, `Ann=Lee`,
}

// What people type is shown as they typed it, and is nothing but text.
func TestEscaping(t *testing.T) {
	p, l := build(t, nil)
	shape := func(name string, page []byte) (names []string, all []*element) {
		all = parse(t, name, page)
		for _, e := range all {
			names = append(names, e.name)
			for a := range e.attr {
				names = append(names, "@"+a)
			}
		}
		slices.Sort(names)
		return names, all
	}
	for _, s := range statuses {
		plain, _ := shape(s, p.Verdict(l, verdict(s)))
		for _, payload := range payloads {
			v := verdict(s)
			v.Name, v.Certification, v.Edition = payload, payload, payload
			got, all := shape(payload, p.Verdict(l, v))
			if !slices.Equal(got, plain) {
				t.Errorf("%s: %q changes the elements of the page", s, payload)
			}
			if name := named(all, "h2")[0].text; name != payload {
				t.Errorf("%s: %q is shown as %q", s, payload, name)
			}
			if title := one(t, payload, all, "title").text; !strings.Contains(title, ": "+payload+", "+payload+" | ") {
				t.Errorf("%s: %q is the title %q", s, payload, title)
			}
			for _, img := range named(all, "img") {
				if !strings.Contains(img.attr["alt"], payload) {
					t.Errorf("%s: %q is alt %q", s, payload, img.attr["alt"])
				}
			}
		}
	}
	plain, _ := shape("mistyped", p.Mistyped(l, "X", true))
	for _, payload := range payloads {
		got, all := shape(payload, p.Mistyped(l, payload, true))
		if !slices.Equal(got, plain) {
			t.Errorf("%q changes the elements of the page", payload)
		}
		if input := one(t, payload, all, "input"); input.attr["value"] != payload {
			t.Errorf("%q is kept as %q", payload, input.attr["value"])
		}
	}
	if page := p.Mistyped(l, "7K3M\xff", true); !bytes.Contains(page, []byte("7K3M\uFFFD")) {
		t.Error("bytes that are no text reach the page")
	}
}

// So are the academy's own words.
func TestAcademyIsEscaped(t *testing.T) {
	const odd = `R&D <i>"x"</i>`
	plain, l := build(t, nil)
	p, _ := build(t, func(c *site.Config) {
		c.Brand, c.Wordmark, c.Domain, c.ZoneName, c.Email = odd, odd, odd, odd, odd
		for i := range c.Certifications {
			x := &c.Certifications[i]
			x.Title, x.Summary, x.Audience = odd, odd, odd
		}
	})
	want := every(plain, l)
	for name, page := range every(p, l) {
		if got, want := len(parse(t, name, page)), len(parse(t, name, want[name])); got != want && !strings.HasPrefix(name, "search-") { // other words are marked
			t.Errorf("%s: %d elements, want %d", name, got, want)
		}
		foot := one(t, name, parse(t, name, page), "footer").text
		if !strings.Contains(foot, odd) {
			t.Errorf("%s: the foot says %q", name, foot)
		}
	}
}

func TestMistyped(t *testing.T) {
	p, l := build(t, nil)
	for _, x := range []struct {
		input     string
		malformed bool
		h1, wrong string
	}{
		{"7K3M-9QXT-4P2A", false, "That code is mistyped", "One character is wrong, or two are swapped. Look at 8 and B, 5 and S, 2 and Z."},
		{"7K3M-9QXT-4P2", true, "That is not a code", "Count the characters: there must be 12, letters from A to Z and digits. U does not occur."},
		{"  ", true, "There is no code yet", "Type the 12 letters and digits of the code."},
	} {
		all := parse(t, x.input, p.Mistyped(l, x.input, x.malformed))
		if got := one(t, x.input, all, "h1").text; got != x.h1 {
			t.Errorf("%q: h1 %q", x.input, got)
		}
		input := one(t, x.input, all, "input").attr
		if input["value"] != x.input || input["aria-invalid"] != "true" || !strings.HasPrefix(input["aria-describedby"], "wrong ") {
			t.Errorf("%q: input %v", x.input, input)
		}
		for _, e := range all {
			if e.attr["id"] == "wrong" && e.text != x.wrong {
				t.Errorf("%q: %q", x.input, e.text)
			}
		}
	}
}

// The constant pages are the same bytes always, in whatever order they are asked for; no page but the one that keeps
// what was typed repeats anything of a request.
func TestConstant(t *testing.T) {
	p, l := build(t, nil)
	first := p.NoRecord(l)
	before := string(first)
	every(p, l)
	again, _ := build(t, nil)
	if string(p.NoRecord(l)) != before || string(again.NoRecord(l)) != before {
		t.Error("the answer for hidden and unknown is not constant")
	}
	for _, at := range p.Paths(l) {
		one, _ := p.Page(l, at)
		if other, _ := again.Page(l, at); !bytes.Equal(one, other) {
			t.Errorf("%s is not constant", at)
		}
	}
	if !bytes.Equal(p.Form(l), again.Form(l)) {
		t.Error("the form is not constant")
	}
	if !bytes.Contains(p.Unavailable(l, "0123456789abcdef"), []byte(`<code dir="ltr">0123456789abcdef</code>`)) {
		t.Error("the request id is not shown")
	}
	if bytes.Contains(p.Unavailable(l, ""), []byte("Request")) {
		t.Error("a request id is shown where there is none")
	}
	if got, want := p.Problem(l, 404, "not-found", ""), p.Problem(l, 404, "bad-request", ""); !bytes.Equal(got, want) {
		t.Error("the page for what is not there depends on more than its status")
	}
}

// Every error says what to do, in words of its own.
func TestProblems(t *testing.T) {
	p, l := build(t, nil)
	seen := map[string]string{}
	for name, x := range map[string]struct {
		status int
		key    string
	}{
		"parameter": {400, "bad-parameter"}, "other": {400, "bad-request"}, "missing": {404, "not-found"}, "method": {405, "method"},
		"slow": {408, "bad-request"}, "large": {413, "too-large"}, "long": {431, "bad-request"}, "many": {429, "too-many"}, "internal": {500, "internal"},
	} {
		page := p.Problem(l, x.status, x.key, "")
		all := parse(t, name, page)
		if got, want := one(t, name, all, "h1").text, l.Text("site.problem."+name+".title"); got != want {
			t.Errorf("%s: %q", name, got)
		}
		main := one(t, name, all, "main").text
		if other, double := seen[main]; double {
			t.Errorf("%s reads as %s", name, other)
		}
		seen[main] = name
		if !strings.Contains(main, "What you can do") || len(named(all, "form")) != map[bool]int{false: 1, true: 2}[name == "missing"] { // a search there
			t.Errorf("%s: does not say what to do", name)
		}
	}
	if !bytes.Equal(p.Problem(l, 414, "", ""), p.Problem(l, 431, "", "")) {
		t.Error("an address that is too long reads otherwise than a header that is")
	}
}

// The page for a wrong parameter names it and what it takes, in every language.
func TestParameter(t *testing.T) {
	ours := config(t)
	p, english := build(t, nil)
	for _, tag := range ours.Messages.Offered() {
		l := ours.Messages.In(tag)
		for why, pairs := range map[string][]string{"once": nil, "empty": nil, "later": nil, "range": {"from", "300", "to", "2000"}, "choice": {"choice", "a4, letter"}} {
			all := parse(t, why, p.Parameter(l, "paper", why, pairs...))
			main := one(t, why, all, "main").text
			for _, want := range append(pairs[min(1, len(pairs)):], "paper", l.Text("site.problem.parameter.do")) {
				if want != "to" && !strings.Contains(main, want) {
					t.Errorf("%s, %s: lacks %q: %s", l.Tag(), why, want, main)
				}
			}
			if l.Tag() != english.Tag() && !l.Own("site.problem.parameter."+why) {
				t.Errorf("%s has no words of its own for %s", l.Tag(), why)
			}
		}
	}
	if got, want := p.Parameter(english, "header", "ambiguous"), p.Problem(english, 400, "bad-parameter", ""); !bytes.Equal(got, want) {
		t.Errorf("a reason without words for people: %s", got)
	}
}

func TestAssets(t *testing.T) {
	p, _ := build(t, nil)
	other, _ := build(t, func(c *site.Config) { c.Mark = "M0 0h9" })
	if p.AssetURL("icon") == other.AssetURL("icon") || p.AssetURL("site") != other.AssetURL("site") {
		t.Error("an address does not follow its content")
	}
	if !regexp.MustCompile(`^/assets/site\.[0-9a-f]{16}\.css$`).MatchString(p.AssetURL("site")) {
		t.Errorf("address %s", p.AssetURL("site"))
	}
	if bare, _ := build(t, func(c *site.Config) { c.SpecimenOf, c.PreviewOf = nil, nil }); bare.AssetURL("specimen-inbound-336") != "" || bare.AssetURL("site.go") != "" {
		t.Error("an address of nothing")
	}
	for _, at := range []string{"", "/", "/assets/", "/assets/site.css", "/assets/../assets/" + strings.TrimPrefix(p.AssetURL("site"), "/assets/"), "/assets/site.go", "layout/site.css"} {
		if _, _, ok, _ := p.Asset(at); ok {
			t.Errorf("%q is a file", at)
		}
	}
	css, _, _, _ := p.Asset(p.AssetURL("site"))
	if bytes.Contains(css, []byte("url(")) || bytes.Contains(css, []byte("@import")) {
		t.Error("the style sheet asks for something more")
	}
	if drawn, mime, ok, err := p.Asset(p.AssetURL("specimen-inbound-336")); string(drawn) != "inbound336" || mime != "image/png" || !ok || err != nil {
		t.Errorf("specimen: %q %s %v %v", drawn, mime, ok, err)
	}
	icon, _, _, _ := p.Asset(p.AssetURL("icon"))
	if err := xml.Unmarshal(icon, new(struct{ XMLName xml.Name })); err != nil {
		t.Errorf("icon: %v", err)
	}
}

// Classes that the templates give have a rule, and rules have an element: neither is left behind by the other.
func TestStyleIsUsed(t *testing.T) {
	p, l := build(t, func(c *site.Config) { c.Certifications[0].State = "closed" })
	bare, _ := build(t, func(c *site.Config) { c.SpecimenOf = nil })
	css, _, _, _ := p.Asset(p.AssetURL("site"))
	for _, name := range []string{"api", "faq", "share", "study"} {
		more, _, _, _ := p.Asset(p.AssetURL(name))
		css = slices.Concat(css, more)
	}
	css = regexp.MustCompile(`(?s)/\*.*?\*/|"[^"]*"|\{[^{}]*\}`).ReplaceAll(css, []byte("{}"))
	ruled := map[string]bool{}
	for _, m := range regexp.MustCompile(`\.([a-z][a-z-]*)`).FindAllSubmatch(css, -1) {
		ruled[string(m[1])] = true
	}
	given := map[string]bool{}
	pages := every(p, l)
	pages["bare"], _ = bare.Page(l, "/")
	for name, page := range pages {
		for _, e := range parse(t, name, page) {
			for _, c := range strings.Fields(e.attr["class"]) {
				if given[c] = true; !ruled[c] && c != "suspended" {
					t.Errorf("%s: class %q has no rule", name, c)
				}
			}
		}
	}
	for c := range ruled {
		if !given[c] {
			t.Errorf("site.css: nothing has the class %q", c)
		}
	}
}

func BenchmarkVerdict(b *testing.B) {
	p, l := build(b, nil)
	v := verdict("valid")
	for b.Loop() {
		p.Verdict(l, v)
	}
}
