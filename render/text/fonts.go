package text

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"sync"

	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/font/opentype"
	"github.com/go-text/typesetting/language"
)

// typeface is how a Style is set: its own faces, in this order, then the one that stands in for what they lack of Latin, Greek
// and Cyrillic, and for other scripts the companions of a weight.
type typeface struct {
	own     []string // file names without their ending
	standIn string
	with    weight
	even    float64 // size of what is not its own beside it: Noto has an x-height of 0.54 em
}

var styles = [...]typeface{
	Brand:  {[]string{"Jost-SemiBold", "Inter-SemiBold"}, "NotoSans-SemiBold", strong, 1},
	Title:  {[]string{"Jost-Bold", "Inter-Bold"}, "NotoSans-SemiBold", strong, 1},
	Body:   {[]string{"Inter-Regular"}, "NotoSans-Regular", regular, 1},
	Strong: {[]string{"Inter-SemiBold"}, "NotoSans-SemiBold", strong, 1},
	Heavy:  {[]string{"Inter-Bold"}, "NotoSans-SemiBold", strong, 1},
	Serif:  {[]string{"SourceSerif4-SemiBold"}, "NotoSerif-SemiBold", serif, 0.89},
	Italic: {[]string{"SourceSerif4-Italic"}, "NotoSans-Regular", regular, 0.89},
	Mono:   {[]string{"IBMPlexMono-Medium", "Inter-Regular"}, "NotoSans-Regular", regular, 1},
	Script: {[]string{"GreatVibes-Regular", "SourceSerif4-Italic"}, "NotoSans-Regular", regular, 0.89},
}

// weight is one of those that companions come in.
type weight int

const (
	regular weight = iota
	strong
	serif
)

// companion is a script with faces of its own, as heavy and as large as Latin looks: letters without capitals stand between
// its small ones and its capitals. Those of Ethiopic, Sinhala, Myanmar and East Asia are drawn larger than other Noto.
type companion struct {
	regular, strong, serif string  // file names without their ending
	even, evenSerif        float64 // size beside other Noto
	of                     []language.Script
}

// companions are in the order in which they are tried for what has no script. Chinese, Japanese and Korean have one weight,
// since they are most of what the program weighs.
var companions = []companion{
	{"NotoSansArabic-Regular", "NotoSansArabic-SemiBold", "NotoNaskhArabic-Bold", 1, 1.15, []language.Script{language.Arabic}},
	{"NotoSansHebrew-Regular", "NotoSansHebrew-SemiBold", "NotoSerifHebrew-Bold", 1, 1.06, []language.Script{language.Hebrew}},
	{"NotoSansArmenian-Regular", "NotoSansArmenian-Bold", "NotoSerifArmenian-SemiBold", 1, 1, []language.Script{language.Armenian}},
	{"NotoSansGeorgian-Regular", "NotoSansGeorgian-SemiBold", "NotoSerifGeorgian-SemiBold", 1, 1, []language.Script{language.Georgian}},
	{"NotoSansEthiopic-Regular", "NotoSansEthiopic-SemiBold", "NotoSerifEthiopic-SemiBold", 0.95, 0.95, []language.Script{language.Ethiopic}},
	{"NotoSansDevanagari-Regular", "NotoSansDevanagari-SemiBold", "NotoSerifDevanagari-Bold", 1, 1.06, []language.Script{language.Devanagari}},
	{"NotoSansBengali-Regular", "NotoSansBengali-SemiBold", "NotoSerifBengali-Bold", 1, 1.06, []language.Script{language.Bengali}},
	{"NotoSansGurmukhi-Regular", "NotoSansGurmukhi-SemiBold", "NotoSerifGurmukhi-SemiBold", 1, 1.06, []language.Script{language.Gurmukhi}},
	{"NotoSansGujarati-Regular", "NotoSansGujarati-SemiBold", "NotoSerifGujarati-Bold", 1, 1.06, []language.Script{language.Gujarati}},
	{"NotoSansTamil-Regular", "NotoSansTamil-SemiBold", "NotoSerifTamil-Bold", 1, 1.03, []language.Script{language.Tamil}},
	{"NotoSansTelugu-Regular", "NotoSansTelugu-SemiBold", "NotoSerifTelugu-Bold", 1, 1.03, []language.Script{language.Telugu}},
	{"NotoSansKannada-Regular", "NotoSansKannada-SemiBold", "NotoSerifKannada-Bold", 1, 1.03, []language.Script{language.Kannada}},
	{"NotoSansMalayalam-Regular", "NotoSansMalayalam-SemiBold", "NotoSerifMalayalam-SemiBold", 1, 1.03, []language.Script{language.Malayalam}},
	{"NotoSansSinhala-Regular", "NotoSansSinhala-SemiBold", "NotoSerifSinhala-Bold", 0.95, 0.98, []language.Script{language.Sinhala}},
	{"NotoSansThai-Regular", "NotoSansThai-SemiBold", "NotoSerifThai-SemiBold", 1, 1.03, []language.Script{language.Thai}},
	{"NotoSansLao-Regular", "NotoSansLao-SemiBold", "NotoSerifLao-SemiBold", 1, 1.03, []language.Script{language.Lao}},
	{"NotoSansKhmer-Regular", "NotoSansKhmer-SemiBold", "NotoSerifKhmer-SemiBold", 1, 1.03, []language.Script{language.Khmer}},
	{"NotoSansMyanmar-Regular", "NotoSansMyanmar-Bold", "NotoSerifMyanmar-Bold", 0.85, 0.85, []language.Script{language.Myanmar}},
	{"NotoSansCJK-Bold", "NotoSansCJK-Bold", "NotoSerifCJK-Bold", 0.92, 0.98, []language.Script{
		language.Han, language.Hiragana, language.Katakana, language.Hangul, language.Bopomofo}},
}

// in returns the file of a companion in a style and its size beside the style's own face.
func (c companion) in(t typeface) (name string, size float64) {
	switch t.with {
	case serif:
		return c.serif, c.evenSerif * t.even
	case strong:
		return c.strong, c.even * t.even
	}
	return c.regular, c.even * t.even
}

// Fonts is the set of faces. It is safe for concurrent use; a file is parsed when it is first needed.
type Fonts struct {
	styles  [len(styles)]order
	shapers sync.Pool // of *shaper
}

// order is in which order the faces of a style are tried: its own, then the companion of the script, then the others. The
// serif of East Asia has fewer characters than the sans, which stands in for the whole name then.
type order struct {
	script map[language.Script][]*Face
	other  []*Face // for a script that has no companion
}

// Load returns the faces of a folder that holds every file named by the styles, such as fonts.Files. It reads
// only the head of each; the error names every file that is missing or is no TrueType or OpenType font.
func Load(files fs.FS) (*Fonts, error) {
	f := &Fonts{}
	loaded := map[string]*file{}
	var errs []error
	face := func(name string, size float64) *Face {
		if loaded[name] == nil {
			one, err := open(files, name)
			if err != nil {
				errs = append(errs, err)
			}
			loaded[name] = one
		}
		return &Face{loaded[name], size}
	}
	for style, t := range styles {
		var own, others, plain []*Face // plain: without serifs, for what the others lack
		for _, name := range t.own {
			own = append(own, face(name, 1))
		}
		own = append(own, face(t.standIn, t.even))
		for _, c := range companions {
			others = append(others, face(c.in(t)))
			if t.with == serif {
				plain = append(plain, face(c.strong, c.even*t.even))
			}
		}
		o := order{script: map[language.Script][]*Face{}, other: slices.Concat(own, others, plain)}
		for i, c := range companions {
			first := slices.Concat(own, others[i:i+1], plain[min(i, len(plain)):min(i+1, len(plain))], others[:i], others[i+1:])
			for _, script := range c.of {
				o.script[script] = first
			}
		}
		f.styles[style] = o
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("text: load fonts: %w", err)
	}
	f.shapers.New = func() any { return newShaper() }
	return f, nil
}

// faces returns the faces of a style in the order in which they are tried for a script.
func (f *Fonts) faces(style Style, script language.Script) []*Face {
	if style < 0 || int(style) >= len(f.styles) {
		style = Body
	}
	if first, ok := f.styles[style].script[script]; ok {
		return first
	}
	return f.styles[style].other
}

// file is one font file. It is safe for concurrent use.
type file struct {
	name string // without its ending
	path string
	in   fs.FS
	once sync.Once
	font *font.Font // nil where the file could not be parsed: then it has no characters
	em   float64    // font units an em

	mu       sync.Mutex
	own      *font.Face // for outlines, under mu
	outlines map[uint32]*outline
}

// outline is a glyph as the font holds it.
type outline struct {
	segments []opentype.Segment // in font units
	box      box                // in font units
}

// maxOutlines bounds the outlines kept of a file, some 2 kB each.
const maxOutlines = 2048

// open reads the first bytes of a font file.
func open(files fs.FS, name string) (*file, error) {
	f := &file{name: name, path: name + ".ttf", in: files}
	one, err := files.Open(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		if other, err := files.Open(name + ".otf"); err == nil {
			one, f.path = other, name+".otf"
		}
	}
	if one == nil {
		return f, err
	}
	defer one.Close()
	var head [4]byte
	if _, err := io.ReadFull(one, head[:]); err != nil {
		return f, fmt.Errorf("%s: read its head: %w", f.path, err)
	}
	switch string(head[:]) {
	case "\x00\x01\x00\x00", "OTTO", "true":
		return f, nil
	}
	return f, fmt.Errorf("%s: it is no TrueType or OpenType font", f.path)
}

func (f *file) parse() *font.Font {
	f.once.Do(func() {
		one, err := f.in.Open(f.path)
		if err != nil {
			return
		}
		defer one.Close()
		from, ok := one.(opentype.Resource) // as embedded files are: no second copy of 12 MB
		if !ok {
			data, err := io.ReadAll(one)
			if err != nil {
				return
			}
			from = bytes.NewReader(data)
		}
		own, err := font.ParseTTF(from)
		if err != nil {
			return
		}
		f.own, f.font, f.em = own, own.Font, float64(own.Upem())
		f.outlines = map[uint32]*outline{}
	})
	return f.font
}

// Face is a font file at the size at which a style sets it. It is safe for concurrent use. Its lengths are in em of the
// style.
type Face struct {
	*file
	size float64 // em of the file in em of the style
}

// unit returns the length of a font unit.
func (f *Face) unit() float64 { return f.size / f.em }

// Name returns the name of the face's file without its ending, such as Inter-SemiBold.
func (f *Face) Name() string { return f.name }

// Metrics are heights over the baseline in em, y up: Descent is below zero.
type Metrics struct{ Ascent, Descent, CapHeight float64 }

// Metrics returns the face's heights.
func (f *Face) Metrics() Metrics {
	if f.parse() == nil {
		return Metrics{}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	e, _ := f.own.FontHExtents()
	return Metrics{
		Ascent:    float64(e.Ascender) * f.unit(),
		Descent:   float64(e.Descender) * f.unit(),
		CapHeight: float64(f.own.LineMetric(font.CapHeight)) * f.unit(),
	}
}

// Advance returns the width of a glyph by itself, in em. Glyph.Advance is the width within a line.
func (f *Face) Advance(id uint32) float64 {
	if f.parse() == nil || font.GID(id) == font.EmptyGlyph {
		return 0
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return float64(f.own.HorizontalAdvance(font.GID(id))) * f.unit()
}

// glyphOf returns the glyph the face gives a character by itself.
func (f *Face) glyphOf(r rune) (uint32, bool) {
	if f.parse() == nil {
		return 0, false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	id, ok := f.own.NominalGlyph(r)
	return uint32(id), ok && id != 0
}

// Glyph gives the contours of one glyph at the origin, in em, y up. A glyph without ink gives none.
func (f *Face) Glyph(id uint32, emit func(Segment)) {
	o := f.outline(id)
	if o == nil {
		return
	}
	unit := f.unit()
	for _, s := range o.segments {
		out := Segment{Kind: SegmentKind(s.Op)}
		for i, p := range s.ArgsSlice() {
			out.P[i] = [2]float64{float64(p.X) * unit, float64(p.Y) * unit}
		}
		emit(out)
	}
}

// bounds returns the ink box of a glyph, false where it has no ink.
func (f *Face) bounds(id uint32) (box, bool) {
	o := f.outline(id)
	if o == nil || len(o.segments) == 0 {
		return box{}, false
	}
	unit := f.unit()
	return box{o.box.x0 * unit, o.box.y0 * unit, o.box.x1 * unit, o.box.y1 * unit}, true
}

func (f *file) outline(id uint32) *outline {
	if f.parse() == nil || font.GID(id) == font.EmptyGlyph {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if o, ok := f.outlines[id]; ok {
		return o
	}
	data, _ := f.own.GlyphDataOutline(font.GID(id))
	o := &outline{segments: data.Segments}
	first := true
	for _, s := range o.segments {
		for _, p := range s.ArgsSlice() {
			x, y := float64(p.X), float64(p.Y)
			if first {
				o.box, first = box{x, y, x, y}, false
			}
			o.box = box{min(o.box.x0, x), min(o.box.y0, y), max(o.box.x1, x), max(o.box.y1, y)}
		}
	}
	if len(f.outlines) >= maxOutlines {
		clear(f.outlines)
	}
	f.outlines[id] = o
	return o
}
