package academy

import (
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"testamur/render"
)

// example is the folder that docs/rendering.md walks through, in memory.
func example(t testing.TB) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	folder := os.DirFS("testdata/example")
	err := fs.WalkDir(folder, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(folder, name)
		files[name] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestExample(t *testing.T) {
	a, err := Load(example(t))
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Unused) > 0 {
		t.Errorf("unused: %q", a.Unused)
	}
	skipper, school, radio := a.Arts[0], a.Arts[1], a.Arts[2]
	if len(a.Mark) != 3 || !a.Mark[0].Accent || a.Mark[1].Accent || len(a.Signature.Hand) != 5 {
		t.Errorf("mark %v, hand %v", a.Mark, a.Signature.Hand)
	}
	if o := skipper.Own; o == nil || o.Title.Letters != "title" || o.Name.Letters != "strong" || o.Code.Letters != "mono" || o.Name.Anchor != render.AnchorMiddle ||
		skipper.IconScale != 1 || !skipper.Icon[0].EvenOdd {
		t.Errorf("skipper: %+v", skipper)
	}
	if o := school.Own; o == nil || o.Tiers["gold"] == nil || o.Tiers["silver"] != nil || o.Name.Letters != "serif" || o.Title.Lines != 2 || len(school.Icon) != len(a.Mark) {
		t.Errorf("sailing-school: %+v", school)
	}
	if radio.Own != nil || len(radio.Icon) != 4 || radio.Silhouette != render.SilhouetteOctagon {
		t.Errorf("radio: %+v", radio)
	}
}

// Art that two certifications share is read once.
func TestSharedArt(t *testing.T) {
	files := example(t)
	edit(t, files, certificationsFile, "file: badges/school.svg", "file: badges/skipper.png")
	edit(t, files, certificationsFile, `colour: "#BFE3DC"}`, `colour: "#FFFFFF"}`)
	a, err := Load(files)
	if a == nil && !strings.Contains(fmt.Sprint(err), "contrast") {
		t.Fatal(err)
	}
	folder := newFolder(files)
	r := &reader{folder: folder}
	r.read(certificationsFile, &struct{}{})
	if one, two := r.picture("", "badges/skipper.png"), r.picture("", "badges/skipper.png"); one == nil || one != two {
		t.Error("the same file is decoded twice")
	}
}

func edit(t testing.TB, files fstest.MapFS, name, old, new string) {
	t.Helper()
	if !strings.Contains(string(files[name].Data), old) {
		t.Fatalf("%s has no %q", name, old)
	}
	files[name] = &fstest.MapFile{Data: []byte(strings.Replace(string(files[name].Data), old, new, 1))}
}

// Every mistake in artwork comes at once, with the line of what is to be changed.
func TestArtRefuses(t *testing.T) {
	const path = "certifications.yaml:"
	type edited struct {
		file, old, new string
		want           []string
	}
	for _, group := range [][]edited{
		{
			{certificationsFile, "icon: icons/wheel.svg", "icon: icons/wheal.svg", []string{path + "14: certifications[0].art.icon: icons/wheal.svg is not in the academy's folder"}},
			{certificationsFile, "tiers: {gold: badges/school-gold.svg}", "tiers: {bronze: badges/school-gold.svg}", []string{path + `34: certifications[1].art.tiers.bronze: the certification has no tier "bronze"`}},
			{certificationsFile, "y: 500, width: 260", "y: 470, width: 260", []string{path + "19: certifications[0].art.text.status: overlaps name", path + "19: certifications[0].art.text.status.colour: #FFFFFF on the art has a contrast of 1.0"}},
			{certificationsFile, `to: 22, colour: "#FFFFFF", lines: 2`, `to: 22, colour: "#FFFFFF", lines: 3`, []string{path + "37: certifications[1].art.text.title.lines: is 3; a title stands on 1 or 2"}},
			{certificationsFile, `accent: "#F0C75E"`, `accent: "#008060"`, []string{path + "35: certifications[1].art.colours.mid: accent (#008060) on mid (#0B4A4A) has a contrast of 2.0", path + "35: certifications[1].art.colours.deep: accent (#008060) on deep (#073636)"}},
			{"icons/anchor.svg", `<circle cx="12"`, `<text>a</text><circle cx="12"`, []string{"icons/anchor.svg:3: text is not drawn: turn its letters into paths"}},
			{"signature.svg", `stroke="#16202A"`, `stroke="url(#ink)"`, []string{"signature.svg:1: stroke: url(#ink) is not drawn; use one flat colour"}},
		},
		{
			{certificationsFile, "file: badges/skipper.png", "file: badges/skipper.jpg", []string{path + "12: certifications[0].art.file: badges/skipper.jpg is not read here; bring .png or .svg"}},
			{certificationsFile, "letters: serif", "letters: gothic", []string{path + `39: certifications[1].art.text.name.letters: letters "gothic": use brand, title, body, strong, heavy, serif, italic or mono`}},
			{"badges/school.svg", `viewBox="0 0 600 600"`, `viewBox="0 0 600 500"`, []string{"badges/school.svg:1: its viewBox is 600 x 500; a badge is square"}},
			{academyFile, "file: signature.svg", "file: hand.svg", []string{"academy.yaml:12: signature.file: hand.svg is not in the academy's folder"}},
			{"icons/anchor.svg", `<circle cx="12"`, `<path d="M-20 0V90"/><circle cx="12"`, []string{"icons/anchor.svg:1: reaches far over its viewBox; draw within it, or make it larger"}},
		},
		{
			{certificationsFile, "file: badges/skipper.png", "file: badges/none.png", []string{path + "12: certifications[0].art.file: badges/none.png is not in the academy's folder"}},
			{certificationsFile, "letters: serif", "anchor: top", []string{path + `39: certifications[1].art.text.name.anchor: anchor "top": use left, middle or right`}},
			{certificationsFile, "      icon: icons/radio.svg", "      tiers: {}", []string{path + `52: certifications[2].art: lacks "icon"`, path + "58: certifications[2].art.tiers: belongs to a picture of your own; name it in file"}},
			{academyFile, "mark: icons/anchor.svg", "mark: [icons/anchor.svg]", []string{`academy.yaml:14: mark[0]: must be keys with values, not "icons/anchor.svg"`}},
		},
		{
			{certificationsFile, "file: badges/skipper.png", "file: []", []string{path + "12: certifications[0].art.file: must be one value, not a list"}},
			{certificationsFile, "        name:   {x: 30", "        nam:    {x: 30", []string{path + "18: certifications[0].art.text.nam: is not known here; known: name, title, status, code, brand", path + `16: certifications[0].art.text: lacks "name"`}},
		},
		{
			{certificationsFile, "      file: badges/skipper.png", "      silhouette: circle\n      file: badges/skipper.png", []string{path + "12: certifications[0].art.silhouette: is not drawn where the badge is a picture of your own (file); take one of them away"}},
		},
		{
			{certificationsFile, "      file: badges/skipper.png", "      #", []string{
				path + `13: certifications[0].art: lacks "silhouette"`, path + `13: certifications[0].art: lacks "lettering"`, path + `13: certifications[0].art: lacks "kicker"`,
				path + `13: certifications[0].art: lacks "icon_y"`, path + `13: certifications[0].art: lacks "icon_scale"`, path + "16: certifications[0].art.text: belongs to a picture of your own; name it in file"}},
		},
		{
			{certificationsFile, "      lettering: RADIO\n", "", []string{path + `52: certifications[2].art: lacks "lettering"`}},
		},
		{
			{certificationsFile, "x: 30, y: 416, width: 540", "x: 30, y: 416", []string{path + `18: certifications[0].art.text.name: lacks "width"`}},
		},
		{
			{certificationsFile, "x: 30, y: 416, width: 540", "x: 70, y: 416, width: 540", []string{path + "18: certifications[0].art.text.name: reaches from (70, 416) to (610, 484)"}},
			{certificationsFile, `to: 27, colour: "#16202A"`, `to: 27, colour: "#16202A", lines: 1`, []string{path + "18: certifications[0].art.text.name.lines: take it away: a name may always stand on two lines"}},
		},
	} {
		files := example(t)
		var want []string
		for _, c := range group {
			edit(t, files, c.file, c.old, c.new)
			want = append(want, c.want...)
		}
		_, err := Load(files)
		got := strings.Split(fmt.Sprint(err), "\n")
		if len(got) != len(want) {
			t.Errorf("said\n%s\nwanted\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			continue
		}
		for _, w := range want {
			if !slices.ContainsFunc(got, func(g string) bool { return strings.HasPrefix(g, w) }) {
				t.Errorf("said\n%s\nwanted %s", strings.Join(got, "\n"), w)
			}
		}
	}
}

// Only files of the folder are read, and only of the kinds that are asked for.
func TestFileNames(t *testing.T) {
	r := &reader{folder: newFolder(example(t))}
	var catalogue struct {
		Certifications []certification `yaml:"certifications"`
	}
	if !r.read(certificationsFile, &catalogue) || !r.whole {
		t.Fatal(r.problems)
	}
	for name, want := range map[string]string{
		"../wheel.svg":       `"../wheel.svg" is not the name of a file in the academy's folder; write it as icons/rocket.svg`,
		"/etc/passwd":        `"/etc/passwd" is not the name of a file`,
		`icons\wheel.svg`:    `"icons\\wheel.svg" is not the name of a file`,
		".":                  `"." is not the name of a file`,
		"":                   `"" is not the name of a file`,
		"icons//wheel.svg":   `"icons//wheel.svg" is not the name of a file`,
		"badges/skipper.png": "badges/skipper.png is not read here; bring .svg",
		"icons":              "icons is not read here; bring .svg",
		"icons/wheal.svg":    "icons/wheal.svg is not in the academy's folder",
	} {
		r.problems = nil
		if data := r.file("certifications[0].art.icon", name, ".svg"); data != nil || len(r.problems) != 1 ||
			!strings.HasPrefix(r.problems[0].Error(), "certifications.yaml:14: certifications[0].art.icon: "+want) {
			t.Errorf("%q: %v", name, r.problems)
		}
	}
	r.problems = nil
	if r.file("certifications[0].art.icon", "icons/wheel.svg", ".svg") == nil || len(r.problems) > 0 {
		t.Error(r.problems)
	}
}

// A file of the wrong kind or of too many bytes is refused, not read.
func TestArtFilesRefused(t *testing.T) {
	files := example(t)
	files["badges/skipper.png"] = &fstest.MapFile{Data: make([]byte, most+1)}
	files["badges/school.svg"] = &fstest.MapFile{Data: []byte("\x89PNG\r\n\x1a\n")}
	_, err := Load(files)
	for _, want := range []string{"certifications.yaml:12: certifications[0].art.file: badges/skipper.png has 8388609 bytes; at most 8388608 are read",
		"badges/school.svg:3: is no SVG that can be read"} {
		if !strings.Contains(fmt.Sprint(err), want) {
			t.Errorf("said %v, wanted %s", err, want)
		}
	}
	files["badges/skipper.png"] = &fstest.MapFile{Data: []byte("<svg/>")}
	if _, err := Load(files); !strings.Contains(fmt.Sprint(err), "certifications.yaml:12: certifications[0].art.file: badges/skipper.png is no PNG that can be read") {
		t.Error(err)
	}
}

func TestUnused(t *testing.T) {
	files := example(t)
	for _, name := range []string{"badges/old.png", "notes.txt", "README.md", "LICENSE", ".hidden.png", ".git/config", "content/faq.md", "content/a.png", "messages/en/a.yaml", "certifications.yaml.bak"} {
		files[name] = &fstest.MapFile{}
	}
	a, err := Load(files)
	if err != nil || !slices.Equal(a.Unused, []string{"badges/old.png", "certifications.yaml.bak"}) {
		t.Errorf("%q, %v", a.Unused, err)
	}
}

// What a trial finds is said with the file and the line of the text.
func TestProof(t *testing.T) {
	misfits := []render.Misfit{
		{Part: render.PartTitle, Certification: "radio", Words: "Radio Operator", Over: []render.Over{{Surface: "card", By: .114}, {Surface: "badge", By: .02}}},
		{Part: render.PartCovers, Certification: "skipper", Edition: "2026", Words: "2026 edition", Over: []render.Over{{Surface: "certificate", By: .5}}},
		{Part: render.PartEdition, Certification: "skipper", Edition: "2026", Words: "2026", Missing: "宋"},
		{Part: render.PartLettering, Certification: "radio", Words: "RADIO", Over: []render.Over{{Surface: "badge", By: .02}}},
		{Part: render.PartKicker, Certification: "radio", Words: "CERTIFIED", Over: []render.Over{{Surface: "badge", By: .02}}},
		{Part: render.PartHouse, Certification: "skipper", Words: "EXPIRED", Boxed: true, Over: []render.Over{{Surface: "badge", By: .02}}},
		{Part: render.PartWordmark, Words: "HARBOUR SCHOOL", Touches: `"GOLD" on the card of radio`},
		{Part: render.PartSignature, Words: "Ifeoma Okonjo", Touches: "the edge"},
		{Part: render.PartRole, Words: "Head", Touches: "the edge"},
		{Part: render.PartAddress, Words: "a.example.org", Over: []render.Over{{Surface: "neutral card", By: .02}}},
	}
	_, err := Proof(example(t), func(a *Academy) []render.Misfit {
		if a.Arts[0].Own == nil {
			t.Error("the academy to be tried is not whole")
		}
		return misfits
	})
	want := `academy.yaml:3: wordmark: "HARBOUR SCHOOL" is too long even at its smallest size: it touches "GOLD" on the card of radio; shorten it
academy.yaml:10: signature.name: "Ifeoma Okonjo" is too long even at its smallest size: it touches the edge; shorten it
academy.yaml:11: signature.role: "Head" is too long even at its smallest size: it touches the edge; shorten it
TESTAMUR_URL: "a.example.org" is too long even at its smallest size: 2 % wider than its room on the neutral card; shorten it
certifications.yaml:44: certifications[2].title: "Radio Operator" is too long even at its smallest size: 12 % wider than its room on the card, 2 % on the badge; shorten it
certifications.yaml:10: certifications[0].editions[0].covers: "2026 edition" is too long even at its smallest size: 50 % wider than its room on the certificate; shorten it
certifications.yaml:10: certifications[0].editions[0].name: no typeface has "宋" of "2026"; write it otherwise
certifications.yaml:54: certifications[2].art.lettering: "RADIO" is too long even at its smallest size: 2 % wider than its room on the badge; shorten it
certifications.yaml:55: certifications[2].art.kicker: "CERTIFIED" is too long even at its smallest size: 2 % wider than its room on the badge; shorten it
certifications.yaml:12: certifications[0].art: "EXPIRED" is too long even at its smallest size: 2 % wider than its room on the badge; give its box in art.text more room`
	if fmt.Sprint(err) != want {
		t.Errorf("said\n%v\nwanted\n%s", err, want)
	}
	// a rule that is broken does not hide what does not fit; a picture that cannot be read leaves nothing to try
	files := example(t)
	edit(t, files, certificationsFile, `name:   {x: 30, y: 416`, `name:   {x: 90, y: 416`)
	_, err = Proof(files, func(*Academy) []render.Misfit { return misfits[:1] })
	if n := strings.Count(fmt.Sprint(err), "\n"); n != 1 {
		t.Errorf("said %v", err)
	}
	edit(t, files, certificationsFile, "badges/school.svg", "badges/none.svg")
	if _, err = Proof(files, func(*Academy) []render.Misfit { t.Error("tried"); return nil }); err == nil {
		t.Error("accepted")
	}
}

// What docs/rendering.md shows of the example stands in it, line by line.
func TestDocumentedExample(t *testing.T) {
	doc, err := os.ReadFile("../docs/rendering.md")
	if err != nil {
		t.Fatal(err)
	}
	files := example(t)
	known := map[string]bool{"": true}
	for _, name := range []string{academyFile, certificationsFile} {
		for line := range strings.Lines(string(files[name].Data)) {
			known[strings.TrimRight(line, "\n")] = true
		}
	}
	blocks := strings.Split(string(doc), "```yaml\n")[1:]
	if len(blocks) != 4 {
		t.Errorf("%d pieces of YAML, want 4", len(blocks))
	}
	for _, block := range blocks {
		block, _, _ = strings.Cut(block, "```")
		for line := range strings.Lines(block) {
			if !known[strings.TrimRight(line, "\n")] {
				t.Errorf("the example has no line %q", line)
			}
		}
	}
	for name := range files { // the list of its files
		if top, _, _ := strings.Cut(name, "/"); !strings.Contains(string(doc), name) && top != "content" {
			t.Errorf("the list lacks %s", name)
		}
	}
}
