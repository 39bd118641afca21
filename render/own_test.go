package render_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"math"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"testamur/render"
	"testamur/render/drawing"
)

// example is the academy of docs/rendering.md, with badges of its own.
func example() fs.FS { return os.DirFS("../academy/testdata/example") }

// changed is a folder with one file in other words.
func changed(t testing.TB, folder fs.FS, name string, change func([]byte) []byte) fs.FS {
	t.Helper()
	out := fstest.MapFS{}
	err := fs.WalkDir(folder, ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(folder, file)
		if file == name {
			data = change(data)
		}
		out[file] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestGoldenOwnArt(t *testing.T) {
	p, _ := press(t, example())
	for name, change := range map[string]func(*render.Badge){
		"skipper-600":        func(b *render.Badge) { b.Width = 600 },
		"skipper-150":        func(b *render.Badge) { b.Width = 150 },
		"skipper-90":         func(b *render.Badge) { b.Width = 90 },
		"skipper-40":         func(b *render.Badge) { b.Width = 40 },
		"skipper-long":       func(b *render.Badge) { b.Name = longName },
		"skipper-expired":    func(b *render.Badge) { b.State = render.StateExpired },
		"skipper-expired-90": func(b *render.Badge) { b.State, b.Width = render.StateExpired, 90 },
		"skipper-specimen":   func(b *render.Badge) { b.State, b.Name = render.StateSpecimen, "Your Name Here" },
		"skipper-card":       func(b *render.Badge) { b.Style = render.StyleCard },
		"skipper-preview":    func(b *render.Badge) { b.Style = render.StylePreview },
		"school-silver": func(b *render.Badge) {
			b.Certification, b.Name, b.Tier = "sailing-school", "Northlight Sailing GmbH", "silver"
		},
		"school-gold": func(b *render.Badge) {
			b.Certification, b.Name, b.Tier = "sailing-school", "Northlight Sailing GmbH", "gold"
		},
		"school-gold-90":    func(b *render.Badge) { b.Certification, b.Tier, b.Width = "sailing-school", "gold", 90 },
		"school-expired-64": func(b *render.Badge) { b.Certification, b.State, b.Width = "sailing-school", render.StateExpired, 64 },
		"school-greek-card": func(b *render.Badge) {
			b.Certification, b.Name, b.Style = "sailing-school", "Κωνσταντίνος Παπαδόπουλος", render.StyleCard
		},
		"radio-icon-from-svg": func(b *render.Badge) { b.Certification = "radio" },
	} {
		t.Run(name, func(t *testing.T) {
			b := sample("skipper", 300)
			b.Edition = "2026"
			change(&b)
			if b.Style != render.StyleSeal {
				b.Width = 0
			}
			b.Width, b.Height, _ = b.Style.Fit(b.Width, 0)
			pic, err := p.Badge(t.Context(), b)
			golden(t, "own-"+name, decode(t, pic, err))
		})
	}
	c := paper("Maya Lindqvist")
	c.Certification, c.Edition = "skipper", "2026"
	c.Width = 700
	pic, err := p.Certificate(t.Context(), c)
	golden(t, "own-certificate", decode(t, pic, err))
}

// Paper has no pixels, whatever the badge is made of.
func TestOwnArtCertificateIsVector(t *testing.T) {
	p, a := press(t, example())
	for _, art := range a.Arts {
		c := paper("Maya Lindqvist")
		c.Certification, c.Edition = art.Slug, "2026"
		page, err := p.Layout(c)
		if err != nil {
			t.Fatal(err)
		}
		for _, op := range page.Flat().Ops {
			if _, ok := op.(drawing.Image); ok {
				t.Errorf("the certificate of %s has a picture of pixels", art.Slug)
			}
		}
		pic, err := p.Certificate(t.Context(), c)
		if err != nil || bytes.Contains(pic.Bytes, []byte("/Image")) {
			t.Errorf("%s: %v", art.Slug, err)
		}
	}
}

// The neutral picture never has anything of the art.
func TestOwnArtIsNotInTheNeutralPicture(t *testing.T) {
	p, _ := press(t, example())
	without, _ := press(t, changed(t, example(), "certifications.yaml", func(data []byte) []byte {
		at := bytes.Index(data, []byte("  - slug: radio"))
		return append([]byte("certifications:\n"), data[at:]...)
	}))
	for _, n := range []render.Neutral{{Words: "en", Width: 300, Height: 300}, {Words: "en", Style: render.StyleCard, Width: 640, Height: 160},
		{Words: "en", Style: render.StylePreview, Width: 1200, Height: 630}} {
		one, err := p.Neutral(t.Context(), n)
		if err != nil {
			t.Fatal(err)
		}
		two, err := without.Neutral(t.Context(), n)
		if err != nil || !bytes.Equal(one.Bytes, two.Bytes) {
			t.Errorf("%v: the neutral picture depends on the art: %v", n, err)
		}
	}
}

// The entity tag follows the art's bytes and boxes, and nothing that differs between two runs.
func TestOwnArtETag(t *testing.T) {
	b := sample("skipper", 300)
	tag := func(folder fs.FS) string {
		p, _ := press(t, folder)
		pic, err := p.Badge(t.Context(), b)
		if err != nil || pic.ETag != p.ETag(b) {
			t.Fatal(pic.ETag, err)
		}
		return pic.ETag
	}
	first := tag(example())
	if again := tag(example()); again != first {
		t.Errorf("the same folder has the tags %s and %s", first, again)
	}
	for name, change := range map[string]func([]byte) []byte{
		"badges/skipper.png": func(data []byte) []byte { return append(data, 0) },
		"certifications.yaml": func(data []byte) []byte {
			return bytes.Replace(data, []byte("x: 30, y: 416"), []byte("x: 30, y: 417"), 1)
		},
		"badges/school-gold.svg": func(data []byte) []byte { return append(data, '\n') },
	} {
		if tag(changed(t, example(), name, change)) == first {
			t.Errorf("another %s has the same tag", name)
		}
	}
}

// Text stays in its box, clear of other text, whatever the name, the state and the size.
func TestOwnArtTextKeepsClear(t *testing.T) {
	p, a := press(t, example())
	for _, art := range a.Arts {
		if art.Own == nil {
			continue
		}
		for _, name := range []string{"Ng", "Maya Lindqvist", longName, strings.Repeat("W", 100), "Ậgjpq Ấgjpqy", "Κωνσταντίνος Παπαδόπουλος", "فاطمة الزهراء بنت عبد الرحمن"} {
			for _, state := range []render.State{render.StateValid, render.StateExpired, render.StateSpecimen} {
				for _, side := range []int{40, 64, 90, 150, 300} {
					b := sample(art.Slug, side)
					b.Name, b.State = name, state
					if len(art.Tiers) > 0 {
						b.Tier = "silver"
					}
					d, err := p.Layout(b)
					if err != nil {
						t.Fatal(err)
					}
					var seen []box
					for _, op := range d.Ops {
						o, ok := op.(drawing.Text)
						if !ok {
							continue
						}
						at := ink(o)
						if at.x0 < 0 || at.y0 < 0 || at.x1 > 600 || at.y1 > 600 {
							t.Errorf("%s %d %s %q: %q leaves the badge: %v", art.Slug, side, state, name, o.Line.Text, at)
						}
						for _, other := range seen {
							if at.overlaps(other) {
								t.Errorf("%s %d %s %q: %q is on other text", art.Slug, side, state, name, o.Line.Text)
							}
						}
						seen = append(seen, at)
					}
				}
			}
		}
	}
}

// A badge of the academy's own bears the name at every size (rule 31), and at no size the code where it cannot be read.
func TestOwnArtDetail(t *testing.T) {
	p, _ := press(t, example())
	for _, side := range []int{32, 63, 64, 127, 128, 239, 240, 1200} {
		b := sample("skipper", side)
		d, err := p.Layout(b)
		if err != nil {
			t.Fatal(err)
		}
		said := map[string]bool{}
		for _, op := range d.Ops {
			if o, ok := op.(drawing.Text); ok {
				said[o.Line.Text] = true
			}
		}
		for words, want := range map[string]bool{"Maya Lindqvist": true, "7K3M-9QXT-4P24": side >= 240, "Valid to 31 Jul 2015": side >= 128,
			"Coastal Skipper": side >= 128, "HARBOUR SCHOOL": side >= 128} {
			if said[words] != want {
				t.Errorf("%d pixels: %q is there: %v", side, words, said[words])
			}
		}
	}
	b := sample("skipper", 300)
	b.Name = ""
	if _, err := p.Badge(t.Context(), b); err != render.ErrNameless {
		t.Errorf("a badge without a name: %v", err)
	}
}

// plain is art of one colour, with another one in a square of 600 units.
func plain(ground, mark drawing.Colour, x, y, side float64) *drawing.Drawing {
	d := drawing.New(600, 600)
	d.Fill(drawing.Rect(0, 0, 600, 600), ground)
	if side > 0 {
		d.Fill(drawing.Rect(x, y, side, side), mark)
	}
	return d
}

func TestOwnArtMistakes(t *testing.T) {
	good := func() *render.Own {
		return &render.Own{
			Picture: plain(0xFFFFFF, 0, 0, 0, 0), Tiers: map[string]*drawing.Drawing{},
			Name:   render.WordBox{X: 50, Y: 300, Width: 500, Height: 80, From: 41, To: 27, Letters: "strong"},
			Status: &render.WordBox{X: 150, Y: 400, Width: 300, Height: 40, From: 24, To: 16, Letters: "strong"},
			Code:   &render.WordBox{X: 150, Y: 450, Width: 300, Height: 24, From: 16, To: 12, Letters: "mono"},
		}
	}
	for name, test := range map[string]struct {
		change func(*render.Own)
		tiers  []string
		want   []string
	}{
		"none":             {func(o *render.Own) {}, nil, nil},
		"outside":          {func(o *render.Own) { o.Code.X = 301 }, nil, []string{"text.code: reaches from (301, 450) to (601, 474); keep it within 600 x 600 units, 20 wide and 10 high at least"}},
		"no room":          {func(o *render.Own) { o.Code.Height = 0 }, nil, []string{"text.code: reaches from (150, 450) to (450, 450)", "text.code.height: is 0; letters of 16 need 20"}},
		"sizes":            {func(o *render.Own) { o.Name.From, o.Name.To = 27, 41 }, nil, []string{"text.name.from: letters from 27 to 41; write the largest size, then the smallest, 8 at least"}},
		"tiny letters":     {func(o *render.Own) { o.Code.To = 7 }, nil, []string{"text.code.from: letters from 16 to 7"}},
		"two lines":        {func(o *render.Own) { o.Name.Height = 60 }, nil, []string{"text.name.height: is 60; two lines of 27 need 65"}},
		"letters of names": {func(o *render.Own) { o.Name.Letters = "title" }, nil, []string{"text.name.letters: title does not have the letters of every name; use strong, heavy, serif or body"}},
		"overlap":          {func(o *render.Own) { o.Code.Y = 430 }, nil, []string{"text.code: overlaps status"}},
		"no pill":          {func(o *render.Own) { o.Status.Height = 30 }, nil, []string{"text.status.height: is 30; EXPIRED stands here in a pill, which needs 38"}},
		"nowhere for the pill": {func(o *render.Own) {
			o.Status, o.Name.Y, o.Code.Y = nil, 500, 300
			o.Title = &render.WordBox{X: 100, Y: 10, Width: 400, Height: 50, From: 30, To: 20, Letters: "title", Colour: 0}
		}, nil, []string{"text: leaves no room for EXPIRED; add a box for the status"}},
		"the pill has room above":  {func(o *render.Own) { o.Status, o.Name.Y = nil, 500 }, nil, nil},
		"under the tab":            {func(o *render.Own) { o.Code.Y = 40 }, []string{"gold"}, []string{"text.code: overlaps the tab of the tier gold at the top, down to 66"}},
		"no tab":                   {func(o *render.Own) { o.Code.Y, o.Tiers["gold"] = 40, o.Picture }, []string{"gold"}, nil},
		"contrast":                 {func(o *render.Own) { o.Code.Colour = 0x808080 }, nil, []string{"text.code.colour: #808080 on the art has a contrast of 3.95:1 at (152, 452); at least 4.5:1 is needed to be read"}},
		"contrast of a part":       {func(o *render.Own) { o.Picture = plain(0xFFFFFF, 0x404040, 300, 452, 8) }, nil, []string{"text.code.colour: #000000 on the art has a contrast of 2."}},
		"a speck is no part":       {func(o *render.Own) { o.Picture = plain(0xFFFFFF, 0, 301, 453, 1) }, nil, nil},
		"contrast of a tier":       {func(o *render.Own) { o.Tiers["gold"] = plain(0x303030, 0, 0, 0, 0) }, []string{"gold"}, []string{"text.name.colour: #000000 on the art of gold has a contrast of 1.", "text.status.colour: #000000", "text.code.colour: #000000"}},
		"transparent, dark words":  {func(o *render.Own) { o.Picture = drawing.New(600, 600) }, nil, []string{"text.name.colour: #000000 on the art has a contrast of 1.00:1 at (54, 304), where it is transparent and the page shows through", "text.status", "text.code"}},
		"transparent, light words": {func(o *render.Own) { o.Picture, o.Name.Colour = drawing.New(600, 600), 0xFFFFFF }, nil, []string{"text.name.colour: #FFFFFF on the art has a contrast of 1.00:1", "text.status", "text.code"}},
	} {
		o := good()
		test.change(o)
		var got []string
		for _, m := range o.Mistakes(test.tiers, 4.5) {
			got = append(got, m.At+": "+m.Says)
		}
		ok := len(got) == len(test.want)
		for i := range test.want {
			ok = ok && strings.HasPrefix(got[i], test.want[i])
		}
		if !ok {
			t.Errorf("%s:\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(test.want, "\n"))
		}
	}
}

// What is measured is what is seen: each box of the example, on the art as it is drawn, valid and in grey.
func TestOwnArtContrastAsDrawn(t *testing.T) {
	_, a := press(t, example())
	for _, art := range a.Arts {
		if art.Own == nil {
			continue
		}
		for _, picture := range []*drawing.Drawing{art.Own.Picture, art.Own.Picture.Grey()} {
			o := *art.Own
			o.Picture, o.Tiers = picture, nil
			if bad := o.Mistakes(nil, 4.4); len(bad) > 0 { // rounding of greys
				t.Errorf("%s: %v", art.Slug, bad)
			}
		}
	}
}

func TestParseIcon(t *testing.T) {
	head := `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 12" fill="none" stroke="currentColor" stroke-linecap="round" stroke-width="2">`
	icon, err := render.ParseIcon("a.svg", []byte(head+`<path d="M0 0h24"/><circle cx="12" cy="6" r="6" fill="#FFD27A" fill-rule="evenodd" stroke="none"/></svg>`))
	if err != nil || len(icon) != 2 {
		t.Fatalf("%v, %v", icon, err)
	}
	if s := icon[0]; s.Width != 12.5 || s.Accent || s.Path[0].P[0] != (drawing.Point{X: 225, Y: 167.5}) || s.Path[1].P[0].X != 375 {
		t.Errorf("%+v", s)
	}
	if s := icon[1]; s.Width != 0 || !s.Accent || !s.EvenOdd {
		t.Errorf("%+v", s)
	}
	if icon, err = render.ParseIcon("a.svg", []byte(head+`<path stroke="#FF0000" d="M0 0h24"/></svg>`)); err != nil || icon[0].Accent {
		t.Errorf("of one colour: %v, %v", icon, err)
	}
	for file, want := range map[string]string{
		head + `<path d="M0 0h2"/><path stroke="white" d="M0 0h2"/></svg>`:                                "a.svg:1: is black and white, which is one colour here",
		head + `<path stroke="#FF0000" d="M0 0h2"/><path stroke="#00FF00" d="M0 0h2"/></svg>`:             "a.svg:1: has the colours [#FF0000 #00FF00]; an icon has one, or two",
		head + `<path d="M0 0h2"/><path stroke="#F00" d="M0 0h2"/><path stroke="#0F0" d="M0 0h2"/></svg>`: "a.svg:1: has the colours [#000000 #FF0000 #00FF00]",
		head + "\n" + `<path d="M0 0h2" stroke-linecap="butt"/></svg>`:                                    "a.svg:2: strokes have round ends",
	} {
		if _, err := render.ParseIcon("a.svg", []byte(file)); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if _, err := render.ParseArt("a.svg", []byte(head+`<path d="M0 0h2"/></svg>`)); fmt.Sprint(err) != "a.svg:1: its viewBox is 24 x 12; a badge is square" {
		t.Error(err)
	}
}

// Art that reaches over its edge does not reach over the preview's.
func TestParseArtIsClipped(t *testing.T) {
	d, err := render.ParseArt("a.svg", []byte(`<svg viewBox="0 0 100 100"><rect x="-50" y="-50" width="300" height="300"/></svg>`))
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := d.Ops[0].(drawing.Clip); !ok || d.W != 600 {
		t.Errorf("%+v", d)
	}
}

// A signature keeps to 50 x 16 mm over its rule, whatever the shape of its file.
func TestSignatureKeepsItsRoom(t *testing.T) {
	_, a := builtin(t)
	for box, path := range map[string]string{"0 0 500 100": "M0 0h500v100H0z", "0 0 100 100": "M0 0h100v100H0z", "0 0 10 1000": "M0 0h10v1000H0z"} {
		hand, err := render.ParseIcon("hand.svg", []byte(`<svg viewBox="`+box+`"><path d="`+path+`"/></svg>`))
		if err != nil {
			t.Fatal(err)
		}
		a.Signature.Hand = hand
		p, err := render.NewPress(pressConfig(t, a))
		if err != nil {
			t.Fatal(err)
		}
		page, err := p.Layout(paper("Maya Lindqvist"))
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, op := range page.Ops {
			o, ok := op.(drawing.Fill)
			if !ok || len(o.Path) != len(hand[0].Path) {
				continue
			}
			if x0, y0, x1, y1 := o.Path.Bounds(); math.Abs(y1-170) < .01 && math.Abs(x0+x1-149) < .01 { // its foot, round its column
				found = true
				if x1-x0 > 50.01 || y1-y0 > 16.01 {
					t.Errorf("%s: %.1f x %.1f mm", box, x1-x0, y1-y0)
				}
			}
		}
		if !found {
			t.Errorf("%s: the signature is not where it should be", box)
		}
	}
}
