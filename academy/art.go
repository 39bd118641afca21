package academy

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"testamur/render"
	"testamur/render/drawing"
	"testamur/verify"
)

// art is how a certification looks, as it is written. With a file the badge is a picture of the academy's own, and the words
// of ours are not drawn.
type art struct {
	Silhouette render.Silhouette `yaml:"silhouette,optional"`
	Colours    struct {
		Deep   drawing.Colour `yaml:"deep"`
		Mid    drawing.Colour `yaml:"mid"`
		Tint   drawing.Colour `yaml:"tint"`
		Accent drawing.Colour `yaml:"accent"`
	} `yaml:"colours"`
	Lettering string            `yaml:"lettering,optional"`
	Kicker    string            `yaml:"kicker,optional"`
	IconY     float64           `yaml:"icon_y,optional"`
	IconScale float64           `yaml:"icon_scale,optional"`
	Icon      strokes           `yaml:"icon,optional"`
	File      string            `yaml:"file,optional"`
	Tiers     map[string]string `yaml:"tiers,optional"`
	Text      *texts            `yaml:"text,optional"`
}

// texts are the boxes for the words on a picture of the academy's own.
type texts struct {
	Name   box  `yaml:"name"`
	Title  *box `yaml:"title,optional"`
	Status *box `yaml:"status,optional"`
	Code   *box `yaml:"code,optional"`
	Brand  *box `yaml:"brand,optional"`
}

type box struct {
	X       float64           `yaml:"x"`
	Y       float64           `yaml:"y"`
	Width   float64           `yaml:"width"`
	Height  float64           `yaml:"height"`
	From    float64           `yaml:"from"`
	To      float64           `yaml:"to"`
	Colour  drawing.Colour    `yaml:"colour"`
	Letters render.Letters    `yaml:"letters,optional"`
	Anchor  render.WordAnchor `yaml:"anchor,optional"`
	Lines   int               `yaml:"lines,optional"`
}

// leastContrast is what WCAG 2 asks of text that is not large.
const leastContrast = 4.5

func (r *reader) art(at string, c certification, numbers []string, mark render.Icon) render.Art {
	path, colours := at+".art", c.Art.Colours
	const white = drawing.Colour(0xFFFFFF)
	r.contrast(path+".colours", "white", white, "deep", colours.Deep)
	r.contrast(path+".colours", "white", white, "mid", colours.Mid)
	r.contrast(path+".colours", "accent", colours.Accent, "mid", colours.Mid)
	r.contrast(path+".colours", "accent", colours.Accent, "deep", colours.Deep)

	covers := map[string]string{}
	for i, e := range c.Editions {
		if !e.Legacy {
			covers[e.Name] = r.covers(fmt.Sprintf("%s.editions[%d].covers", at, i), c, e, numbers)
		}
	}
	a := render.Art{
		Slug: c.Slug, Title: c.Title, Lettering: c.Art.Lettering, Kicker: c.Art.Kicker, Silhouette: c.Art.Silhouette,
		Deep: colours.Deep, Mid: colours.Mid, Tint: colours.Tint, Accent: colours.Accent,
		IconY: c.Art.IconY, IconScale: c.Art.IconScale, Practicum: c.Practicum != nil, Editions: covers,
		Tiers: c.Tiers, Organisation: c.Organisation,
	}
	has := func(key string) bool { return r.source.Has(path + "." + key) }
	own := has("file")
	for _, key := range []string{"silhouette", "lettering", "kicker", "icon_y"} {
		switch {
		case own && has(key):
			r.bad(path+"."+key, "is not drawn where the badge is a picture of your own (file); take one of them away")
		case !own && !has(key):
			r.bad(path, "lacks %q", key)
			r.whole = false
		}
	}
	for _, key := range []string{"tiers", "text"} {
		switch {
		case own && key == "text" && !has(key):
			r.bad(path, "lacks \"text\": a badge always bears a name, and text.name says where") // rule 31
			r.whole = false
		case !own && has(key):
			r.bad(path+"."+key, "belongs to a picture of your own; name it in file")
		}
	}
	if has("lettering") {
		r.words(path+".lettering", c.Art.Lettering, 24)
	}
	if has("kicker") {
		r.words(path+".kicker", c.Art.Kicker, 32)
	}
	if has("icon_y") && (c.Art.IconY < 100 || c.Art.IconY > 300) {
		r.bad(path+".icon_y", "is %g; it must be within 100 to 300, above the name", c.Art.IconY)
	}
	switch {
	case !has("icon_scale") && own:
		a.IconScale = 1
	case !has("icon_scale"):
		r.bad(path, "lacks %q", "icon_scale")
	case c.Art.IconScale < 0.2 || c.Art.IconScale > 1.5:
		r.bad(path+".icon_scale", "is %g; it must be within 0.2 to 1.5", c.Art.IconScale)
	}
	switch {
	case has("icon"):
		a.Icon = r.icon(path+".icon", c.Art.Icon)
	case own:
		a.Icon = mark
	default:
		r.bad(path, "lacks %q", "icon")
	}
	if own && c.Art.Text != nil {
		a.Own = r.own(path, c)
	}
	return a
}

func (r *reader) contrast(path, upper string, a drawing.Colour, lower string, b drawing.Colour) {
	if r.source.Refused(path+"."+upper) || r.source.Refused(path+"."+lower) {
		return
	}
	if ratio := drawing.Contrast(a, b); ratio < leastContrast {
		r.bad(path+"."+lower, "%s (%s) on %s (%s) has a contrast of %.2f:1; at least %.1f:1 is needed to be read", upper, a, lower, b, ratio, leastContrast)
	}
}

// own reads a badge of the academy's own; nil where it cannot be drawn.
func (r *reader) own(at string, c certification) *render.Own {
	hash := sha256.New()
	o := &render.Own{Picture: r.picture(at+".file", c.Art.File), Tiers: map[string]*drawing.Drawing{}}
	fmt.Fprintf(hash, "%x ", r.bytes[c.Art.File])
	complete := o.Picture != nil
	for _, tier := range slices.Sorted(maps.Keys(c.Art.Tiers)) {
		key, name := at+".tiers."+tier, c.Art.Tiers[tier]
		if !slices.Contains(c.Tiers, tier) {
			r.bad(key, "the certification has no tier %q", tier)
			continue
		}
		o.Tiers[tier] = r.picture(key, name)
		complete = complete && o.Tiers[tier] != nil
		fmt.Fprintf(hash, "%s %x ", tier, r.bytes[name])
	}
	text := c.Art.Text
	o.Name = r.box(at+".text.name", &text.Name, "strong", hash)
	for _, b := range []struct {
		key     string
		from    *box
		to      **render.WordBox
		letters render.Letters
	}{
		{"title", text.Title, &o.Title, "title"}, {"status", text.Status, &o.Status, "strong"},
		{"code", text.Code, &o.Code, "mono"}, {"brand", text.Brand, &o.Brand, "brand"},
	} {
		if b.from != nil {
			read := r.box(at+".text."+b.key, b.from, b.letters, hash)
			*b.to = &read
		}
	}
	o.Hash = [sha256.Size]byte(hash.Sum(nil))
	for _, b := range []string{"name", "title", "status", "code", "brand"} {
		for _, key := range []string{"x", "y", "width", "height", "from", "to", "colour", "letters", "anchor", "lines"} {
			complete = complete && !r.source.Refused(at+".text."+b+"."+key)
		}
	}
	if !complete {
		r.whole = false
		return nil
	}
	for _, m := range o.Mistakes(c.Tiers, leastContrast) {
		r.bad(at+"."+m.At, "%s", m.Says)
	}
	return o
}

// box reads where words stand; letters are those where none are named.
func (r *reader) box(at string, b *box, letters render.Letters, hash interface{ Write([]byte) (int, error) }) render.WordBox {
	out := render.WordBox{X: b.X, Y: b.Y, Width: b.Width, Height: b.Height, From: b.From, To: b.To, Letters: b.Letters,
		Colour: b.Colour, Anchor: b.Anchor, Lines: b.Lines}
	if out.Letters == "" {
		out.Letters = letters
	}
	if out.Anchor == "" {
		out.Anchor = render.AnchorMiddle
	}
	if r.source.Has(at + ".lines") {
		if !strings.HasSuffix(at, ".title") {
			r.bad(at+".lines", "take it away: a name may always stand on two lines, and what is no title stands on one")
		} else if b.Lines != 1 && b.Lines != 2 {
			r.bad(at+".lines", "is %d; a title stands on 1 or 2", b.Lines)
		}
	}
	fmt.Fprintf(hash, "%s %v ", at[strings.LastIndex(at, "."):], out)
	return out
}

// folder is the files of an academy.
type folder struct {
	files fs.FS
	named map[string]bool             // in the two files
	arts  map[string]*drawing.Drawing // badge art that was read, nil where it could not be
	bytes map[string][sha256.Size]byte
	told  map[string]bool // SVG files that have told their mistakes
}

func newFolder(files fs.FS) *folder {
	return &folder{files: files, named: map[string]bool{academyFile: true, certificationsFile: true},
		arts: map[string]*drawing.Drawing{}, bytes: map[string][sha256.Size]byte{}, told: map[string]bool{}}
}

// most is the largest file that is read.
const most = 8 << 20

// file reads a file that the value at path names; nil after a mistake.
func (r *reader) file(at, name string, kinds ...string) []byte {
	const how = "is not the name of a file in the academy's folder; write it as icons/rocket.svg"
	if r.source.Refused(at) {
		return nil
	}
	if !fs.ValidPath(name) || name == "." || strings.Contains(name, `\`) {
		r.wrong(at, "%q "+how, name)
		return nil
	}
	r.named[name] = true
	if kind := strings.ToLower(path.Ext(name)); !slices.Contains(kinds, kind) {
		r.wrong(at, "%s is not read here; bring %s", name, strings.Join(kinds, " or "))
		return nil
	}
	info, err := fs.Stat(r.files, name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		r.wrong(at, "%s is not in the academy's folder", name)
		return nil
	case err == nil && info.Size() > most:
		r.wrong(at, "%s has %d bytes; at most %d are read", name, info.Size(), most)
		return nil
	}
	var data []byte
	if err == nil {
		data, err = fs.ReadFile(r.files, name)
	}
	if err != nil {
		r.wrong(at, "%s cannot be read: %v", name, err)
		return nil
	}
	r.bytes[name] = sha256.Sum256(data)
	return data
}

// wrong is bad for a value without which nothing can be drawn.
func (r *reader) wrong(at, format string, args ...any) {
	r.bad(at, format, args...)
	r.whole = false
}

// iconFile reads an icon from an SVG file, which tells its own mistakes.
func (r *reader) iconFile(at, name string) render.Icon {
	data := r.file(at, name, ".svg")
	if data == nil {
		return nil
	}
	icon, err := render.ParseIcon(name, data)
	if err != nil {
		r.tell(name, err)
	}
	for _, s := range icon {
		if !inBox(s.Path) {
			r.tell(name, fmt.Errorf("%s:1: reaches far over its viewBox; draw within it, or make it larger", name))
		}
	}
	return icon
}

// tell reports the mistakes of an SVG file, which have their own lines, once.
func (r *reader) tell(name string, err error) {
	r.whole = false
	if !r.told[name] {
		r.told[name] = true
		r.problems = append(r.problems, err)
	}
}

// picture reads badge art from a PNG or an SVG file, each file once; nil after a mistake.
func (r *reader) picture(at, name string) *drawing.Drawing {
	if d, ok := r.arts[name]; ok {
		return d
	}
	data := r.file(at, name, ".png", ".svg")
	if data == nil {
		return nil
	}
	var d *drawing.Drawing
	var err error
	if strings.EqualFold(path.Ext(name), ".png") {
		if d, err = render.DecodePNG(data); err != nil {
			r.wrong(at, "%s %v", name, err)
		}
	} else if d, err = render.ParseArt(name, data); err != nil {
		r.tell(name, err)
	}
	r.arts[name] = d
	return d
}

// unused lists what nothing names. What an academy keeps for other purposes is left alone: folders of words and pages, what
// begins with a dot, and texts about the folder.
func (f *folder) unused() (names []string, err error) {
	err = fs.WalkDir(f.files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := path.Base(name)
		switch {
		case name == ".":
		case strings.HasPrefix(base, ".") || d.IsDir() && (name == "messages" || name == "content"):
			if d.IsDir() {
				return fs.SkipDir
			}
		case d.IsDir() || f.named[name] || slices.Contains([]string{".md", ".txt", ""}, path.Ext(base)):
		default:
			names = append(names, name)
		}
		return nil
	})
	return names, err
}

// misfit reports a text that cannot be set where it is written.
func (r *reader) misfit(catalogue *reader, a *Academy, m render.Misfit) {
	at := slices.IndexFunc(a.Arts, func(art render.Art) bool { return art.Slug == m.Certification })
	of := fmt.Sprintf("certifications[%d]", at)
	edition := ""
	if at >= 0 {
		i := slices.IndexFunc(a.Catalogue.Certifications[at].Editions, func(e verify.Edition) bool { return e.Name == m.Edition })
		edition = fmt.Sprintf("%s.editions[%d]", of, i)
	}
	switch m.Part {
	case render.PartTitle:
		catalogue.bad(of+".title", "%s", m)
	case render.PartLettering:
		catalogue.bad(of+".art.lettering", "%s", m)
	case render.PartKicker:
		catalogue.bad(of+".art.kicker", "%s", m)
	case render.PartEdition:
		catalogue.bad(edition+".name", "%s", m)
	case render.PartCovers:
		catalogue.bad(edition+".covers", "%s", m)
	case render.PartWordmark:
		r.bad("wordmark", "%s", m)
	case render.PartSignature:
		r.bad("signature.name", "%s", m)
	case render.PartRole:
		r.bad("signature.role", "%s", m)
	case render.PartAddress:
		r.problems = append(r.problems, fmt.Errorf("TESTAMUR_URL: %s", m))
	default: // words of the house, in the room that this certification gives them
		catalogue.bad(of+".art", "%s", m)
	}
}
