// Package academy reads an academy's own data from a folder: brand, zone and signature from academy.yaml,
// certifications and their artwork from certifications.yaml. The built-in academy is such a folder too.
//
// It turns the files, and the pictures they name, into the values that verify and render work with, and reports every
// mistake at once. Begin with Load; what the keys mean is written at the head of the two files in assets, and
// docs/rendering.md shows how to bring artwork.
package academy

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"testamur/render"
	"testamur/render/drawing"
	"testamur/strictyaml"
	"testamur/verify"
)

// The two files of an academy.
const (
	academyFile        = "academy.yaml"
	certificationsFile = "certifications.yaml"
)

// Academy is what an academy says of itself and of what it certifies. It does not change.
type Academy struct {
	Name       string
	Wordmark   string // the name as badges letter it
	Email      string
	Zone       *time.Location // the issuer's: ends of days, months
	ZoneName   string         // such as UTC or Europe/Vienna
	Signature  render.Signature
	LinkedInID string   // digits; may be empty
	Terms      string   // version of the terms in force (rule 68)
	Languages  []string // BCP 47 tags, the first is the default
	Mark       render.Icon
	Colours    Colours
	Words      map[string]string // of its own, for its pages: {{name}}
	Catalogue  *verify.Catalogue
	Arts       []render.Art // one for each certification, in its order
	Unused     []string     // files of the folder that nothing names
}

// Colours are those of the brand on pages: on a light ground and under white words; and on a dark ground.
type Colours struct{ Light, Dark drawing.Colour }

// Load reads both files of an academy and the pictures that they name. The error joins every mistake, each as
// "file:line: path: what to do"; a file that is not there is one of them.
func Load(files fs.FS) (*Academy, error) { return Proof(files, nil) }

// Proof is Load with a trial: print draws what the academy would, and what it could not set is a mistake like any other. It
// is not asked where there is too little to draw from.
func Proof(files fs.FS, print func(*Academy) []render.Misfit) (*Academy, error) {
	folder := newFolder(files)
	brand, catalogue := &reader{folder: folder}, &reader{folder: folder}
	var a Academy
	brand.brand(&a)
	catalogue.certifications(&a)
	if print != nil && brand.whole && catalogue.whole {
		for _, m := range print(&a) {
			brand.misfit(catalogue, &a, m)
		}
	}
	if err := errors.Join(append(brand.problems, catalogue.problems...)...); err != nil {
		return nil, err
	}
	if a.Colours == (Colours{}) { // none are named: those of the first certification do
		a.Colours = Colours{a.Arts[0].Deep, a.Arts[0].Tint}
	}
	var err error
	a.Unused, err = folder.unused()
	return &a, err
}

// stroke is a render.Stroke as it is written.
type stroke struct {
	Path   drawing.Path `yaml:"path"`
	Width  float64      `yaml:"width,optional"`
	Accent bool         `yaml:"accent,optional"`

	file string // in place of all that
}

// strokes is an icon as it is written: strokes, or the name of an SVG file.
type strokes []stroke

// UnmarshalScalar reads the name of a file.
func (s *strokes) UnmarshalScalar(b []byte) error {
	*s = strokes{{file: string(b)}}
	return nil
}

// reader decodes one file and gathers its mistakes.
type reader struct {
	*folder
	source   *strictyaml.Source
	problems []error
	whole    bool // every value could be read, and every picture
}

// read decodes a file; false where there is nothing to check.
func (r *reader) read(name string, into any) bool {
	data, err := fs.ReadFile(r.files, name)
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("%s: is missing; an academy's folder holds %s and %s", name, academyFile, certificationsFile)
	}
	if err != nil {
		r.problems = append(r.problems, err)
		return false
	}
	r.source, err = strictyaml.Decode(name, data, into)
	r.whole = err == nil
	if err != nil {
		r.problems = append(r.problems, err)
	}
	return true
}

// bad reports a mistake at path, unless the value there is known to be wrong already.
func (r *reader) bad(path, format string, args ...any) {
	if !r.source.Refused(path) {
		r.problems = append(r.problems, r.source.Errorf(path, format, args...))
	}
}

// words checks a text that people read: 1 to most characters on one line.
func (r *reader) words(path, s string, most int) {
	switch n := utf8.RuneCountInString(s); {
	case strings.TrimSpace(s) == "":
		r.bad(path, "is empty; write what people shall read")
	case strings.TrimSpace(s) != s:
		r.bad(path, "take the spaces round it away")
	case strings.ContainsFunc(s, unicode.IsControl):
		r.bad(path, "write it on one line, without control characters")
	case n > most:
		r.bad(path, "has %d characters; at most %d fit", n, most)
	}
}

// between checks a number.
func (r *reader) between(path string, n, from, to int) {
	if n < from || n > to {
		r.bad(path, "is %d; it must be within %d to %d", n, from, to)
	}
}

// optional checks a number that may be left out, and then is 0.
func (r *reader) optional(path string, n *int, from, to int) int {
	if n == nil {
		return 0
	}
	r.between(path, *n, from, to)
	return *n
}

// inBox reports whether a path keeps to the box of an icon, or nearly. One far out of it was drawn in other units.
func inBox(p drawing.Path) bool {
	x0, y0, x1, y1 := p.Bounds()
	return x0 >= 200 && y0 >= 105 && x1 <= 400 && y1 <= 305
}

// icon checks strokes.
func (r *reader) icon(path string, strokes strokes) render.Icon {
	if len(strokes) == 1 && strokes[0].file != "" {
		return r.iconFile(path, strokes[0].file)
	}
	if len(strokes) == 0 {
		r.bad(path, "has no strokes; at least one is needed")
	}
	var icon render.Icon
	for i, s := range strokes {
		at := fmt.Sprintf("%s[%d]", path, i)
		if !inBox(s.Path) {
			a, b, c, d := s.Path.Bounds()
			r.bad(at+".path", "reaches from (%.0f, %.0f) to (%.0f, %.0f); draw it in the box of 150 units round (300, 205)", a, b, c, d)
		}
		if s.Width < 0 || s.Width > 60 {
			r.bad(at+".width", "is %g; it must be within 0 (filled) to 60", s.Width)
		}
		icon = append(icon, render.Stroke{Path: s.Path, Width: s.Width, Accent: s.Accent})
	}
	return icon
}

var (
	linkedIn = regexp.MustCompile(`^[0-9]{1,20}$`)
	word     = regexp.MustCompile(`^[a-z]+$`)
	language = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$`)
)

// What words in the brand's colours stand on: the grounds of site.css, the one of each pair that is nearer.
const (
	lightGround drawing.Colour = 0xF6F8FA
	darkGround  drawing.Colour = 0x18212A
)

func (r *reader) brand(a *Academy) {
	var f struct {
		Name      string `yaml:"name"`
		Wordmark  string `yaml:"wordmark"`
		Email     string `yaml:"email"`
		Zone      string `yaml:"zone"`
		Signature struct {
			Name string `yaml:"name"`
			Role string `yaml:"role"`
			File string `yaml:"file,optional"`
		} `yaml:"signature"`
		LinkedInID string   `yaml:"linkedin_id,optional"`
		Terms      string   `yaml:"terms"`
		Languages  []string `yaml:"languages"`
		Mark       strokes  `yaml:"mark"`
		Colours    *struct {
			Light drawing.Colour `yaml:"light"`
			Dark  drawing.Colour `yaml:"dark"`
		} `yaml:"colours,optional"`
		Words map[string]string `yaml:"words,optional"`
	}
	if !r.read(academyFile, &f) {
		return
	}
	r.words("name", f.Name, 60)
	r.words("wordmark", f.Wordmark, 40)
	r.words("signature.name", f.Signature.Name, 60)
	r.words("signature.role", f.Signature.Role, 60)
	r.words("terms", f.Terms, 40)
	if address, err := mail.ParseAddress(f.Email); err != nil || address.Address != f.Email {
		r.bad("email", "%q is not an address such as academy@academy.example.org", f.Email)
	}
	zone, err := time.LoadLocation(f.Zone)
	if err != nil || f.Zone == "" || f.Zone == "Local" { // both mean another zone on another machine
		r.bad("zone", "%q is not a time zone; use a name such as UTC or Europe/Vienna", f.Zone)
	}
	if f.LinkedInID != "" && !linkedIn.MatchString(f.LinkedInID) {
		r.bad("linkedin_id", "%q is not a number; take the key away if the academy has none", f.LinkedInID)
	}
	if len(f.Languages) == 0 {
		r.bad("languages", "is empty; name one at least, such as en")
	}
	for i, tag := range f.Languages {
		at := fmt.Sprintf("languages[%d]", i)
		if !language.MatchString(tag) {
			r.bad(at, "%q is not a language such as en or pt-BR", tag)
		}
		if slices.Contains(f.Languages[:i], tag) {
			r.bad(at, "%q stands twice; keep one", tag)
		}
	}
	mark := r.icon("mark", f.Mark)
	if len(mark) > 0 && !slices.ContainsFunc(mark, func(s render.Stroke) bool { return !s.Accent }) {
		r.bad("mark", "every stroke is in the accent colour; the neutral picture is drawn with the others, so one at least is needed")
	}
	if f.Colours != nil {
		a.Colours = Colours(*f.Colours)
		r.contrast("colours", "light pages", lightGround, "light", a.Colours.Light)
		r.contrast("colours", "dark pages", darkGround, "dark", a.Colours.Dark)
	}
	for _, name := range slices.Sorted(maps.Keys(f.Words)) {
		if !word.MatchString(name) {
			r.bad("words."+name, "a name of small letters alone can be filled in")
		}
		r.words("words."+name, f.Words[name], 80)
	}
	a.Words = f.Words
	a.Name, a.Wordmark, a.Email, a.Zone, a.ZoneName = f.Name, f.Wordmark, f.Email, zone, f.Zone
	a.Signature = render.Signature{Name: f.Signature.Name, Role: f.Signature.Role}
	if f.Signature.File != "" {
		a.Signature.Hand = r.iconFile("signature.file", f.Signature.File)
	}
	a.LinkedInID, a.Terms, a.Languages, a.Mark = f.LinkedInID, f.Terms, f.Languages, mark
}
