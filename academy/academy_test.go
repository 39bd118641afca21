package academy

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"testamur/assets"
	"testamur/render"
	"testamur/verify"
)

// What the FAQ says of the five, as docs/rules.md reads it (rules 1 to 3, 5, 8, 10, 18, 20, 21, 24, 32, 46, 51).
func TestBuiltInCatalogue(t *testing.T) {
	a, err := Load(assets.Files)
	if err != nil {
		t.Fatal(err)
	}
	yearly := verify.Validity{Months: 12, From: verify.EndOfNextMonth}
	tries := verify.Exam{TriesPerMonth: 3, WaitHours: 48}
	exam := tries
	exam.Questions, exam.Minutes, exam.PassPercent = 75, 90, 75
	type facts struct {
		title, slug, covers string
		classes, labs       int
		minutes             string
		exam                verify.Exam
		practicum           *verify.Practicum
		needs, good, tiers  []string
		organisation        bool
	}
	want := []facts{
		{"Inbound Certification", "inbound", "eleven classes on attracting, converting, closing and delighting customers", 11, 0, "45-60", tries, nil, nil, nil, nil, false},
		{"HubSpot Certification", "hubspot", "twelve classes and a practicum of seven items in one account", 12, 0, "60", tries,
			&verify.Practicum{Items: 12, Required: 7, OneAccount: true}, nil, nil, nil, false},
		{"Partner Certification", "partner", "ten classes on running campaigns for clients", 10, 0, "15-30", tries, nil,
			[]string{"hubspot"}, nil, []string{"silver", "gold", "platinum"}, true},
		{"HubSpot Design Certification", "design", "four classes and workshops on templates and CSS, and a practicum", 4, 0, "60-90", tries,
			&verify.Practicum{}, nil, nil, nil, false},
		{"Contextual Marketing Certification", "contextual-marketing", "four classes, two live labs and a practicum on smart content", 4, 2, "45-60", exam,
			&verify.Practicum{OneAccount: true}, nil, []string{"hubspot"}, nil, false},
	}
	var got []facts
	for i, c := range a.Catalogue.Certifications {
		e, art := c.Newest(), a.Arts[i]
		if len(e.List) != e.Classes+e.Labs {
			t.Errorf("%s lists %d classes of %d and %d labs", c.Slug, len(e.List), e.Classes, e.Labs)
		}
		if c.Practicum != nil {
			if n := len(c.Practicum.List); n != max(1, c.Practicum.Items) {
				t.Errorf("%s lists %d items of its practicum", c.Slug, n)
			}
			c.Practicum.List = nil // ours, and not of the FAQ
		}
		got = append(got, facts{c.Title, c.Slug, art.Editions[e.Name], e.Classes, e.Labs, e.ClassMinutes, *c.Exam, c.Practicum,
			c.Prerequisites, c.Recommended, c.Tiers, c.Organisation})
		if c.State != verify.Open || c.Validity != yearly || e.Name != "2014" {
			t.Errorf("%s: %s, %+v, newest edition %q", c.Slug, c.State, c.Validity, e.Name)
		}
		if art.Slug != c.Slug || art.Title != c.Title || art.Practicum != (c.Practicum != nil) {
			t.Errorf("%s: the art is of %s, %s, practicum %v", c.Slug, art.Slug, art.Title, art.Practicum)
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}

	contextual, _ := a.Catalogue.Find("contextual-marketing")
	if first := contextual.Newest().List[0]; first.Title != "Creating a Remarkable User Experience" || first.Minutes != "45-60" || first.Lab {
		t.Errorf("the one class that the FAQ names: %+v", first)
	}
	inbound, _ := a.Catalogue.Find("inbound")
	before, _ := inbound.Edition("2013")
	newest := inbound.Newest()
	if before.Classes != 9 || newest.Released != (verify.Day{Year: 2014, Month: time.May, Day: 1}) {
		t.Errorf("editions of inbound: %+v", inbound.Editions)
	}
	if _, counts := inbound.Edition(inbound.Editions[0].Name); counts || inbound.Editions[0].Classes != 18 {
		t.Errorf("the programme of the past counts: %+v", inbound.Editions[0])
	}
	if _, ok := a.Arts[0].Editions[inbound.Editions[0].Name]; ok {
		t.Error("there is a certificate line for the programme of the past")
	}
}

func TestBuiltInAcademy(t *testing.T) {
	a, err := Load(assets.Files)
	if err != nil {
		t.Fatal(err)
	}
	if a.Name != "Inbound Academy" || a.Wordmark != "INBOUND ACADEMY" || a.Zone != time.UTC || a.ZoneName != "UTC" || a.Terms == "" ||
		a.Signature.Name == "" || a.Signature.Role == "" || !strings.Contains(a.Email, "@") || !slices.Equal(a.Languages, []string{"en", "de", "fr", "es", "ar"}) {
		t.Errorf("%+v", a)
	}
	if n := len(a.Mark); n != 4 || a.Mark[3].Width != 13 || !a.Mark[3].Accent || a.Mark[0].Accent {
		t.Errorf("mark: %+v", a.Mark)
	}
	shapes := map[render.Silhouette]bool{}
	for _, art := range a.Arts {
		shapes[art.Silhouette] = true
		if len(art.Icon) == 0 || art.IconScale == 0 || art.Deep == art.Mid {
			t.Errorf("art of %s: %+v", art.Slug, art)
		}
	}
	if len(shapes) != 5 {
		t.Errorf("the five are told apart by %v", slices.Sorted(maps.Keys(shapes)))
	}
}

// A folder on disk is read as the built-in one is.
func TestLoadFolder(t *testing.T) {
	folder := os.DirFS("../assets")
	a, err := Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Load(assets.Files)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(a.Unused, []string{"assets.go"}) || len(b.Unused) > 0 {
		t.Errorf("unused: %q, %q", a.Unused, b.Unused)
	}
	a.Unused = b.Unused
	if !reflect.DeepEqual(a, b) {
		t.Error("the folder and the built-in academy differ")
	}
}

func TestLoadNamesMissingFiles(t *testing.T) {
	brand, err := fs.ReadFile(assets.Files, academyFile)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Load(fstest.MapFS{academyFile: {Data: brand}})
	want := "certifications.yaml: is missing; an academy's folder holds academy.yaml and certifications.yaml"
	if fmt.Sprint(err) != want {
		t.Errorf("got %v", err)
	}
	_, err = Load(fstest.MapFS{})
	if n := strings.Count(fmt.Sprint(err), "is missing"); n != 2 {
		t.Errorf("an empty folder: %v", err)
	}
}

// Every mistake of both files comes at once, each with its own line. Behind "#!" a line of the files holds what is to be
// said about it.
func TestLoadReportsEveryMistake(t *testing.T) {
	files := os.DirFS("testdata/broken")
	_, err := Load(files)
	got := strings.Split(fmt.Sprint(err), "\n")
	var want []string
	for _, name := range []string{academyFile, certificationsFile} {
		data, err := fs.ReadFile(files, name)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(data), "\n") {
			_, marks, _ := strings.Cut(line, "#!")
			for _, mark := range strings.Split(marks, "#!") {
				if mark = strings.TrimSpace(mark); mark != "" {
					want = append(want, fmt.Sprintf("%s:%d: %s", name, i+1, mark))
				}
			}
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	for _, g := range got {
		if !slices.Contains(want, g) {
			t.Errorf("said and not wanted: %s", g)
		}
	}
	for _, w := range want {
		if !slices.Contains(got, w) {
			t.Errorf("wanted and not said: %s", w)
		}
	}
	if len(want) < 40 || len(got) != len(want) {
		t.Errorf("%d mistakes are said, %d wanted", len(got), len(want))
	}
}

// Each of the smallest mistakes in files that are right otherwise.
func TestLoadRefuses(t *testing.T) {
	for _, c := range []struct{ file, old, new, want string }{
		{academyFile, "zone: UTC", "zone: Local", "zone: \"Local\" is not a time zone"},
		{academyFile, "zone: UTC", "zone: \"\"", "zone: \"\" is not a time zone"},
		{academyFile, "name: Inbound Academy", "name: \"Inbound\\nAcademy\"", "name: write it on one line"},
		{academyFile, "name: Inbound Academy", "name: \" Inbound\"", "name: take the spaces round it away"},
		{certificationsFile, "name: \"2013\"", "name: \"2014\"", "certifications[0].editions[2].name: \"2014\" stands twice"},
		{certificationsFile, "months: 12", "months: 121", "certifications[0].validity.months: is 121; it must be within 1 to 120"},
		{certificationsFile, "months: 12", "months: 0", "certifications[0].validity.months: is 0; it must be within 1 to 120"},
		{certificationsFile, "prerequisites: [hubspot]", "prerequisites: [partner]", "certifications[2].prerequisites[0]: partner needs partner: nobody could begin"},
		{certificationsFile, "tiers: [silver, gold, platinum]", "tiers: [gold, silver]", "certifications[2].tiers[1]: \"silver\" is out of order"},
		{certificationsFile, "\"{classes} classes on {teaches}\"", "\"{classes} classes and {required} items\"", "certifications[0].editions[1].covers: {required} has no value here"},
		{certificationsFile, "{title: \"Delight\", minutes: 45-60", "{title: \"Delight\", minutes: 45-75", "certifications[0].editions[2].class_list[10].minutes: is 45-75; class_minutes says 45-60"},
		{certificationsFile, "{title: \"Delight\", minutes: 45-60", "{title: \"Delight\", minutes: long", "class_list[10].minutes: \"long\" is not a length such as 60 or 45-60"},
		{certificationsFile, "title: \"Delight\"", "title: \"Being Found\"", "class_list[10].title: \"Being Found\" stands twice"},
		{certificationsFile, "title: \"Delight\"", "lab: true, title: \"Delight\"", "class_list: has 10 classes and 1 labs; classes says 11, labs says 0"},
		{certificationsFile, "        - A workflow that nurtures leads to a goal\n", "", "certifications[1].practicum.list: names 11; items says 12"},
		{certificationsFile, "        - A workflow that nurtures leads to a goal\n", "        - A list that updates itself, and is used\n", "certifications[1].practicum.list[9]: \"A list that updates itself, and is used\" stands twice"},
		{certificationsFile, "mid: \"#0A646D\"", "mid: \"#0A848D\"", "certifications[0].art.colours.mid: white (#FFFFFF) on mid (#0A848D) has a contrast of 4.47:1; at least 4.5:1"},
	} {
		files := fstest.MapFS{}
		for _, name := range []string{academyFile, certificationsFile} {
			data, err := fs.ReadFile(assets.Files, name)
			if err != nil {
				t.Fatal(err)
			}
			if name == c.file {
				if !strings.Contains(string(data), c.old) {
					t.Fatalf("%s has no %q", name, c.old)
				}
				data = []byte(strings.Replace(string(data), c.old, c.new, 1))
			}
			files[name] = &fstest.MapFile{Data: data}
		}
		if _, err := Load(files); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s instead of %s: got %v, want %s", c.new, c.old, err, c.want)
		}
	}
}

func FuzzLoad(f *testing.F) {
	art := example(f)
	for _, folder := range []fs.FS{assets.Files, os.DirFS("testdata/broken"), art} {
		brand, err := fs.ReadFile(folder, academyFile)
		if err != nil {
			f.Fatal(err)
		}
		catalogue, err := fs.ReadFile(folder, certificationsFile)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(brand, catalogue)
	}
	f.Fuzz(func(t *testing.T, brand, catalogue []byte) {
		files := maps.Clone(art)
		files[academyFile], files[certificationsFile] = &fstest.MapFile{Data: brand}, &fstest.MapFile{Data: catalogue}
		a, err := Load(files)
		if err != nil {
			return
		}
		for i, c := range a.Catalogue.Certifications {
			if c.Slug == "" || c.Newest().Name == "" || a.Arts[i].Slug != c.Slug {
				t.Errorf("accepted: %+v", c)
			}
			for _, needed := range c.Prerequisites {
				if _, ok := a.Catalogue.Find(needed); !ok {
					t.Errorf("%s needs %s, which is not there", c.Slug, needed)
				}
			}
		}
	})
}
