package messages

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"testamur/assets"
)

func load(t testing.TB, files fs.FS) *Catalogue {
	t.Helper()
	c, err := Load(files)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func builtIn(t testing.TB) *Catalogue {
	t.Helper()
	files, err := fs.Sub(assets.Files, "messages")
	if err != nil {
		t.Fatal(err)
	}
	return load(t, files)
}

func folder(files ...string) fstest.MapFS {
	m := fstest.MapFS{}
	for i := 0; i < len(files); i += 2 {
		m[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	return m
}

func TestText(t *testing.T) {
	c := load(t, folder(
		"en/a.yaml", "a:\n  plain: Not shown\n  fill: \"{name} to {date}, {name}\"\n",
		"en/dates.yaml", "dates: {direction: ltr}\n",
		"de/alles.yaml", "a:\n  plain: Nicht da\n  fill: \"{date}: {name}\"\ndates: {direction: ltr}\n",
		"ar/a.yaml", "a: {plain: x, fill: y}\ndates: {direction: rtl}\n",
		"README", "no words",
	))
	en := c.In("en")
	for _, x := range []struct{ got, want string }{
		{en.Text("a.plain"), "Not shown"},
		{en.Text("a.fill", "name", "Maya", "date", "today"), "Maya to today, Maya"},
		{en.Text("a.fill", "name", "{date}", "date", "{name}"), "{date} to {name}, {date}"}, // a value is not filled in again
		{en.Text("a.fill", "name", "Maya"), "Maya to {date}, Maya"},
		{en.Text("a.fill", "name"), "{name} to {date}, {name}"},
		{en.Text("a.missing", "name", "Maya"), "[a.missing]"},
		{c.In("de").Text("a.fill", "name", "Maya", "date", "heute"), "heute: Maya"},
		{c.In("de-AT").Tag(), "de"},
		{c.In("fr").Tag(), "en"},
		{c.In("").Tag(), "en"},
		{c.In("ar").Dir(), "rtl"},
		{en.Dir(), "ltr"},
		{fmt.Sprint(c.Languages(), c.Offered()), "[ar de en] [en ar de]"},
		{fmt.Sprint(en.Has("a.plain"), en.Has("a"), en.Has("a.missing")), "true false false"},
	} {
		if x.got != x.want {
			t.Errorf("got %q, want %q", x.got, x.want)
		}
	}
}

func TestDate(t *testing.T) {
	en := builtIn(t).In("en")
	for _, x := range []struct {
		style Style
		month int
		want  string
	}{
		{Long, 7, "31 July 2015"}, {Short, 7, "31 Jul 2015"}, {Long, 1, "31 January 2015"}, {Short, 12, "31 Dec 2015"},
	} {
		if got := en.Date(2015, x.month, 31, x.style); got != x.want {
			t.Errorf("got %q, want %q", got, x.want)
		}
	}
	if got := en.Date(2000, 2, 1, Long); got != "1 February 2000" {
		t.Errorf("got %q", got)
	}
	for tag, want := range map[string][2]string{
		"ar": {"1 مارس 2015", "31 مارس 2015"}, "de": {"1. März 2015", "31. März 2015"}, "es": {"1 de marzo de 2015", "31 de marzo de 2015"},
		"fr": {"1er mars 2015", "31 mars 2015"},
	} {
		l := builtIn(t).In(tag)
		for i, day := range []int{1, 31} {
			if got := l.Date(2015, 3, day, Long); got != want[i] {
				t.Errorf("%s: got %q, want %q", tag, got, want[i])
			}
		}
	}
}

// A word beside a number takes the form that the language has for it; # is the number, or what stands in its place.
func TestForms(t *testing.T) {
	c := load(t, folder(
		"en/a.yaml", "a: \"{count:# class|# classes} of {name}, {minutes:# minute|# minutes}\"\ndates: {direction: ltr, plural: \"1\"}\n",
		"fr/a.yaml", "a: \"{count:# cours|# cours (pl.)} de {name}, {minutes:# minute|# minutes}\"\ndates: {direction: ltr, plural: 0-1}\n",
		"ar/a.yaml", "a: \"{name} {count:واحد|اثنان|# فصول|# فصلا|# فصل} {minutes}\"\ndates: {direction: rtl, plural: 1 2 %3-10 %11-99}\n",
	))
	for _, x := range []struct{ tag, count, minutes, want string }{
		{"en", "1", "1", "1 class of it, 1 minute"}, {"en", "0", "45–60", "0 classes of it, 45–60 minutes"}, {"en", "21", "0–1", "21 classes of it, 0–1 minute"},
		{"en", "all", "", "all classes of it,  minutes"},
		{"fr", "0", "2", "0 cours de it, 2 minutes"}, {"fr", "2", "1", "2 cours (pl.) de it, 1 minute"},
		{"ar", "1", "5", "it واحد 5"}, {"ar", "2", "5", "it اثنان 5"}, {"ar", "3", "5", "it 3 فصول 5"}, {"ar", "10", "5", "it 10 فصول 5"}, {"ar", "11", "5", "it 11 فصلا 5"},
		{"ar", "99", "5", "it 99 فصلا 5"}, {"ar", "100", "5", "it 100 فصل 5"}, {"ar", "101", "5", "it 101 فصل 5"}, {"ar", "103", "5", "it 103 فصول 5"}, {"ar", "0", "5", "it 0 فصل 5"},
	} {
		if got := c.In(x.tag).Text("a", "name", "it", "count", x.count, "minutes", x.minutes); got != x.want {
			t.Errorf("%s %s: got %q, want %q", x.tag, x.count, got, x.want)
		}
	}
	if got := c.In("en").Form("a", "count", "1", "minutes", "2"); got != "1 class of {name}, 2 minutes" {
		t.Errorf("the form alone is %q", got)
	}
	_, err := Load(folder("en/a.yaml", "a: \"{n:x|y}\"\ndates: {direction: ltr, plural: \"1\"}\n", "de/a.yaml", "a: \"{n:x|y|z}\"\ndates: {direction: ltr, plural: \"1\"}\n",
		"fr/a.yaml", "a: \"{m:x|y}\"\ndates: {direction: ltr, plural: 2-1}\n"))
	for _, want := range []string{"de/a.yaml:1: a: {n:…} has 3 forms; by dates.plural, de has 2", "fr/a.yaml:1: a: {m} is not filled in",
		`fr/a.yaml:2: dates.plural: must be numbers such as 1 or 0-1, or of the last two digits %3-10, not "2-1"`} {
		if !strings.Contains(fmt.Sprint(err), want) {
			t.Errorf("no %q in\n%v", want, err)
		}
	}
}

func TestAccepted(t *testing.T) {
	c, err := builtIn(t).Offer([]string{"en", "de", "fr", "ar"})
	if err != nil {
		t.Fatal(err)
	}
	for header, want := range map[string]string{
		"": "en", "de": "de", "DE": "de", "de-AT": "de", "de-Latn-CH, fr": "de", "sv, fr;q=0.5": "fr", "sv": "en",
		"en;q=0.8,de;q=0.9": "de", "en;q=0.8, de;q=0.8": "en", "fr;q=0.001, de;q=0": "fr", "de;q=1.000,fr;q=1": "de", " fr ; q=0.7 , ar ;q=0.8": "ar",
		"*": "en", "de;q=0.5, *": "en", "en;q=0.1, *": "de", "en, *;q=0.1": "en", "sv, *;q=0.1": "en", "en;q=0, de;q=0, *": "fr", "en;q=0": "en", "*;q=0": "en",
		"de;q=2, fr;q=0.1": "fr", "de;q=0.1234": "en", "de;q=": "en", "de;q=.5": "en", "de;level=1": "en", "de; q=1; x": "en", ",,;,;q=1": "en", "-": "en", "d": "en", "dex": "en",
		"ar-EG,ar;q=0.9,en-US;q=0.8": "ar", "de-AT, de;q=0": "en", strings.Repeat("sv,", 4000) + "fr": "fr",
	} {
		if got := c.Accepted(header).Tag(); got != want {
			t.Errorf("%.60q gets %s, want %s", header, got, want)
		}
	}
	wide := load(t, folder("en/a.yaml", "a: x\n", "pt-BR/a.yaml", "a: y\n"))
	for header, want := range map[string]string{"pt": "pt-BR", "pt-br": "pt-BR", "pt-PT": "pt-BR", "p": "en"} {
		if got := wide.Accepted(header).Tag(); got != want {
			t.Errorf("%q gets %s, want %s", header, got, want)
		}
	}
}

// What pages, errors, share texts and certificates say is there in every language; what machines, issuers and operators
// read is in English.
func TestLanguagesAreWhole(t *testing.T) {
	files, err := fs.Sub(assets.Files, "messages")
	if err != nil {
		t.Fatal(err)
	}
	tags := builtIn(t).Languages()
	if want := []string{"ar", "de", "en", "es", "fr"}; !slices.Equal(tags, want) {
		t.Errorf("the languages are %v, not %v", tags, want)
	}
	for _, tag := range tags {
		for _, file := range []string{"dates.yaml", "render.yaml", "share.yaml", "site.yaml"} {
			if _, err := fs.Stat(files, tag+"/"+file); err != nil {
				t.Error(err)
			}
		}
	}
}

func FuzzAccepted(f *testing.F) {
	f.Add("de-AT;q=0.5, *;q=0")
	c := builtIn(f)
	f.Fuzz(func(t *testing.T, header string) {
		if got := c.Accepted(header).Tag(); !slices.Contains(c.Offered(), got) {
			t.Errorf("%q gets %s", header, got)
		}
	})
}

// A language may lack a file: it says that part in English. Of a file that it has it lacks nothing.
func TestPartOfALanguage(t *testing.T) {
	c := load(t, folder("en/a.yaml", "a: one\n", "en/b.yaml", "b: two\nc: three\n", "en/dates.yaml", "dates: {direction: ltr}\n",
		"de/b.yaml", "b: zwei\nc: drei\n", "de/dates.yaml", "dates: {direction: ltr}\n"))
	de := c.In("de")
	if got := de.Text("a") + " " + de.Text("b"); got != "one zwei" || de.Own("a") || !de.Own("b") || de.Own("d") || !c.In("en").Own("a") {
		t.Errorf("de says %q", got)
	}
	if got := fmt.Sprint(c.Whole()); got != "[en]" {
		t.Errorf("whole are %s", got)
	}
	for _, files := range []fs.FS{
		folder("en/b.yaml", "b: two\nc: three\n", "en/dates.yaml", "dates: {direction: ltr}\n", "de/b.yaml", "b: zwei\n", "de/dates.yaml", "dates: {direction: ltr}\n"),
		folder("en/b.yaml", "b: two\n", "en/dates.yaml", "dates: {direction: ltr}\n", "de/b.yaml", "b: zwei\n"),
	} {
		if _, err := Load(files); err == nil || !strings.Contains(err.Error(), "de lacks it") {
			t.Errorf("a language that lacks a key: %v", err)
		}
	}
}

func TestOffer(t *testing.T) {
	all := builtIn(t)
	c, err := all.Offer([]string{"de", "ar"})
	if err != nil {
		t.Fatal(err)
	}
	for tag, want := range map[string]string{"de": "de", "ar-EG": "ar", "en": "de", "fr": "de", "": "de", "de-AT": "de"} {
		if got := c.Nearest(tag).Tag(); got != want {
			t.Errorf("for %q words in %s, want %s", tag, got, want)
		}
	}
	if got := fmt.Sprint(c.Offered(), c.Languages()); got != "[de ar] [ar de en]" {
		t.Errorf("offered and there: %s", got)
	}
	for _, tags := range [][]string{nil, {"en", "tlh"}} {
		if _, err := all.Offer(tags); err == nil {
			t.Errorf("%v is offered", tags)
		}
	}
}

func TestLoadReportsEveryMistake(t *testing.T) {
	for name, c := range map[string]struct {
		files fs.FS
		want  []string
	}{
		"no words": {folder("de/a.yaml", "a: x\n"), []string{`messages: there is no folder "en" with words`}},
		"not read": {folder("en/a.yaml", "a: [x]\nb: {c: 1}\nb: 2\n", "en/b.yaml", "c: : d\n"), []string{
			"en/a.yaml:1: a: must be one value, not a list",
			"en/a.yaml:3: b: stands on line 2 already; keep one",
			"en/b.yaml: ", // the parser knows no line of a first line
		}},
		"in two files": {folder("en/a.yaml", "a:\n  b: x\n", "en/b.yaml", "# too\n\na: {b: y}\n"), []string{
			"en/a.yaml:2: a.b: stands in two files; keep one",
			"en/b.yaml:3: a.b: stands in two files; keep one",
		}},
		"against English": {folder("en/a.yaml", "a: \"{name}\"\nb: x\nc: y\ndates: {direction: down}\n",
			"de/a.yaml", "a: \"{nome}\"\nd: z\nb: \"\"\ndates: {direction: ltr}\n"), []string{
			"de/a.yaml:1: a: {nome} is not filled in: en does not have it",
			"de/a.yaml:2: d: is not a key of en; take it away",
			"en/a.yaml:3: c: de lacks it",
			`en/a.yaml:4: dates.direction: must be ltr or rtl, not "down"`,
		}},
	} {
		_, err := Load(c.files)
		got := strings.Split(fmt.Sprint(err), "\n")
		slices.Sort(got)
		slices.Sort(c.want)
		for i, want := range c.want {
			if i >= len(got) || !strings.HasPrefix(got[i], want) {
				t.Errorf("%s: no %q in\n%v", name, want, err)
			}
		}
		if len(got) != len(c.want) {
			t.Errorf("%s: %d mistakes, want %d:\n%v", name, len(got), len(c.want), err)
		}
	}
}

func FuzzLoad(f *testing.F) {
	f.Add("a: {b: \"{name}\"}\n", "a: {b: x}\n")
	f.Fuzz(func(t *testing.T, en, de string) {
		c, err := Load(folder("en/a.yaml", en, "de/a.yaml", de))
		if err != nil {
			return
		}
		for key := range c.In("en").text { // if only in English
			if !c.In("de").Has(key) {
				t.Errorf("de lacks %q", key)
			}
		}
	})
}
