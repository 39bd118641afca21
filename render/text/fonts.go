package text

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"

	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/font/opentype"
)

// styles lists the faces of each Style by file name without .ttf: the first is the style's own, the others
// stand in, in this order, for what it lacks.
var styles = [...][]string{
	Brand:  append([]string{"Jost-SemiBold", "Inter-SemiBold"}, bold...),
	Title:  append([]string{"Jost-Bold", "Inter-Bold"}, bold...),
	Body:   append([]string{"Inter-Regular"}, regular...),
	Strong: append([]string{"Inter-SemiBold"}, bold...),
	Heavy:  append([]string{"Inter-Bold"}, bold...),
	Serif:  append([]string{"SourceSerif4-SemiBold", "NotoSerif-Bold"}, bold...),
	Italic: append([]string{"SourceSerif4-Italic"}, regular...),
	Mono:   append([]string{"IBMPlexMono-Medium", "Inter-Regular"}, regular...),
	Script: append([]string{"GreatVibes-Regular", "SourceSerif4-Italic"}, regular...),
}

var (
	regular = []string{"NotoSans-Regular", "NotoSansArabic-Regular", "NotoSansHebrew-Regular", "NotoSansDevanagari-Regular", "NotoSansThai-Regular"}
	bold    = []string{"NotoSans-Bold", "NotoSansArabic-Bold", "NotoSansHebrew-Bold", "NotoSansDevanagari-Bold", "NotoSansThai-Bold"}
)

// Fonts is the set of faces. It is safe for concurrent use; a face is parsed when it is first needed.
type Fonts struct {
	styles  [len(styles)][]*Face
	shapers sync.Pool // of *shaper
}

// Load returns the faces of a folder that holds every file named by the styles, such as fonts.Files. It reads
// only the head of each; the error names every file that is missing or is no TrueType or OpenType font.
func Load(files fs.FS) (*Fonts, error) {
	f := &Fonts{}
	f.shapers.New = func() any { return newShaper() }
	faces := map[string]*Face{}
	var errs []error
	for style, names := range styles {
		for _, name := range names {
			face, ok := faces[name]
			if !ok {
				if err := checkFont(files, name+".ttf"); err != nil {
					errs = append(errs, err)
				}
				face = &Face{name: name, files: files}
				faces[name] = face
			}
			f.styles[style] = append(f.styles[style], face)
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("text: load fonts: %w", err)
	}
	return f, nil
}

// checkFont reads the first bytes of a font file.
func checkFont(files fs.FS, name string) error {
	file, err := files.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	var head [4]byte
	if _, err := io.ReadFull(file, head[:]); err != nil {
		return fmt.Errorf("%s: read its head: %w", name, err)
	}
	switch string(head[:]) {
	case "\x00\x01\x00\x00", "OTTO", "true":
		return nil
	}
	return fmt.Errorf("%s: it is no TrueType or OpenType font", name)
}

// Face is one font file. It is safe for concurrent use.
type Face struct {
	name  string
	files fs.FS
	once  sync.Once
	font  *font.Font // nil where the file could not be parsed: then the face has no characters
	emPer float64    // em a font unit

	mu       sync.Mutex
	own      *font.Face // for outlines, under mu
	outlines map[uint32]*outline
}

// outline is a glyph as the font holds it.
type outline struct {
	segments []opentype.Segment // in font units
	box      box                // in em
}

// maxOutlines bounds the outlines kept by a face, some 2 kB each.
const maxOutlines = 2048

func (f *Face) parse() *font.Font {
	f.once.Do(func() {
		data, err := fs.ReadFile(f.files, f.name+".ttf")
		if err != nil {
			return
		}
		own, err := font.ParseTTF(bytes.NewReader(data))
		if err != nil {
			return
		}
		f.own, f.font, f.emPer = own, own.Font, 1/float64(own.Upem())
		f.outlines = map[uint32]*outline{}
	})
	return f.font
}

// Name returns the face's PostScript name, such as Inter-SemiBold.
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
		Ascent:    float64(e.Ascender) * f.emPer,
		Descent:   float64(e.Descender) * f.emPer,
		CapHeight: float64(f.own.LineMetric(font.CapHeight)) * f.emPer,
	}
}

// Advance returns the width of a glyph by itself, in em. Glyph.Advance is the width within a line.
func (f *Face) Advance(id uint32) float64 {
	if f.parse() == nil || font.GID(id) == font.EmptyGlyph {
		return 0
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return float64(f.own.HorizontalAdvance(font.GID(id))) * f.emPer
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
	for _, s := range o.segments {
		out := Segment{Kind: SegmentKind(s.Op)}
		for i, p := range s.ArgsSlice() {
			out.P[i] = [2]float64{float64(p.X) * f.emPer, float64(p.Y) * f.emPer}
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
	return o.box, true
}

func (f *Face) outline(id uint32) *outline {
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
			x, y := float64(p.X)*f.emPer, float64(p.Y)*f.emPer
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
