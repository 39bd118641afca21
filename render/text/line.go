package text

import (
	"slices"
	"strings"
	"unicode"

	"github.com/go-text/typesetting/di"
	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/language"
	"github.com/go-text/typesetting/segmenter"
	"github.com/go-text/typesetting/shaping"
	"golang.org/x/image/math/fixed"
	"golang.org/x/text/unicode/norm"
)

// Line shapes s, which may be in any script and of mixed direction, as one line: NFC, the base direction of its
// first strong letter, kerning and ligatures as the face has them. lang is a BCP 47 tag or empty; it chooses the
// variants of letters that differ by language. Bytes that are not UTF-8 become U+FFFD. It never fails: what no
// face has is in Missing and drawn as the face's empty box.
func (f *Fonts) Line(style Style, s, lang string) Line {
	return f.line(style, normal(s), lang, firstStrong)
}

// normal returns s as it is shaped.
func normal(s string) string {
	return norm.NFC.String(strings.ToValidUTF8(s, "\uFFFD"))
}

func (f *Fonts) line(style Style, s, lang string, base direction) Line {
	runes := []rune(s)
	level, base := levels(runes, base)
	l := Line{Text: s, Runes: runes, RTL: base == rightToLeft}
	if len(runes) == 0 {
		return l
	}
	sh := f.shapers.Get().(*shaper)
	defer f.shapers.Put(sh)

	runs := sh.runs(f.faces(style), runes, level)
	runLevels := make([]int8, len(runs))
	for i, r := range runs {
		runLevels[i] = r.level
	}
	missing := make([]bool, len(runes))
	tag := language.NewLanguage(lang)
	for _, i := range visual(runLevels) {
		sh.shape(&l, runs[i], tag, missing)
	}
	for i, lacks := range missing {
		if lacks && !slices.Contains(l.Missing, runes[i]) {
			l.Missing = append(l.Missing, runes[i])
		}
	}
	return l
}

// Covers reports whether the style's faces have every character of s.
func (f *Fonts) Covers(style Style, s string) bool {
	return len(f.Line(style, s, "").Missing) == 0
}

func (f *Fonts) faces(style Style) []*Face {
	if style < 0 || int(style) >= len(f.styles) {
		style = Body
	}
	return f.styles[style]
}

// shaper holds what only one goroutine at a time may use.
type shaper struct {
	harfbuzz  shaping.HarfbuzzShaper
	segmenter segmenter.Segmenter
	faces     map[*Face]*font.Face
}

func newShaper() *shaper { return &shaper{faces: map[*Face]*font.Face{}} }

// face returns this shaper's own instance of a face, nil where it cannot be parsed.
func (sh *shaper) face(f *Face) *font.Face {
	own, ok := sh.faces[f]
	if !ok {
		if parsed := f.parse(); parsed != nil {
			own = font.NewFace(parsed)
		}
		sh.faces[f] = own
	}
	return own
}

// run is a piece of one level, one script and one face: runes[from:to].
type run struct {
	from, to int
	level    int8
	script   language.Script
	face     *Face
}

// runs cuts the line into runs. Whole grapheme clusters go into a run, so a letter never parts from its marks.
func (sh *shaper) runs(faces []*Face, runes []rune, level []int8) []run {
	var runs []run
	var face *Face
	script := firstScript(runes)
	sh.clusters(runes, func(from, to int) {
		cluster := runes[from:to]
		if s := language.LookupScript(cluster[0]); isStrong(s) {
			script = s
		}
		// A space or dash stays with its neighbour, so that its width and weight go with the letters.
		if face == nil || !unicode.In(cluster[0], unicode.Zs, unicode.Pd) || !sh.has(face, cluster) {
			face = sh.choose(faces, cluster)
		}
		next := run{from, to, level[from], script, face}
		if n := len(runs) - 1; n >= 0 {
			if last := runs[n]; last.level == next.level && last.script == next.script && last.face == next.face {
				runs[n].to = to
				return
			}
		}
		runs = append(runs, next)
	})
	return runs
}

func isStrong(s language.Script) bool { return s.Strong() && s != language.Unknown }

// firstScript returns the script of the first character that has one: those before it go with it.
func firstScript(runes []rune) language.Script {
	for _, r := range runes {
		if s := language.LookupScript(r); isStrong(s) {
			return s
		}
	}
	return language.Latin
}

// clusters gives the grapheme clusters (UAX #29) in order.
func (sh *shaper) clusters(runes []rune, each func(from, to int)) {
	simple := true
	for _, r := range runes {
		if r >= 0x300 || r == '\r' {
			simple = false
			break
		}
	}
	if simple {
		for i := range runes {
			each(i, i+1)
		}
		return
	}
	sh.segmenter.Init(runes)
	for it := sh.segmenter.GraphemeIterator(); it.Next(); {
		g := it.Grapheme()
		each(g.Offset, g.Offset+len(g.Text))
	}
}

// choose returns the first face that has the whole cluster; else the first that has it taken apart, letter and
// marks; else the first that has its letter; else the first face of all, whose empty box will show.
func (sh *shaper) choose(faces []*Face, cluster []rune) *Face {
	for _, f := range faces {
		if sh.has(f, cluster) {
			return f
		}
	}
	apart := []rune(norm.NFD.String(string(cluster)))
	for _, f := range faces {
		if sh.has(f, apart) {
			return f
		}
	}
	for _, f := range faces {
		if sh.has(f, cluster[:1]) {
			return f
		}
	}
	return faces[0]
}

// has reports whether a face has all these characters. Those that are never drawn do not count.
func (sh *shaper) has(f *Face, runes []rune) bool {
	face := sh.face(f)
	if face == nil {
		return false
	}
	for _, r := range runes {
		if _, ok := face.NominalGlyph(r); !ok && !invisible(r) {
			return false
		}
	}
	return true
}

// invisible reports whether a character is never drawn itself (joiners, selectors, format controls).
func invisible(r rune) bool {
	return r > 0x7F && unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// unitsPerEm is the size at which lines are shaped; all faces here have fewer units.
const unitsPerEm = 4096

// shape appends a run to the line and marks the runes that its face lacks.
func (sh *shaper) shape(l *Line, r run, tag language.Language, missing []bool) {
	face := sh.face(r.face)
	if face == nil {
		for i := r.from; i < r.to; i++ {
			missing[i] = true
		}
		return
	}
	in := shaping.Input{
		Text: l.Runes, RunStart: r.from, RunEnd: r.to,
		Face: face, Size: fixed.I(unitsPerEm),
		Direction: di.DirectionLTR, Script: r.script, Language: tag,
	}
	rtl := r.level%2 == 1
	if rtl {
		in.Direction = di.DirectionRTL
	}
	em := func(v fixed.Int26_6) float64 { return float64(v) / (64 * unitsPerEm) }
	out := sh.harfbuzz.ShapeNoExtents(in)
	before := -1
	for _, g := range out.Glyphs {
		cluster, count := g.TextIndex(), g.RunesCount()
		if g.GlyphID == 0 {
			for i := cluster; i < cluster+count; i++ {
				missing[i] = missing[i] || !sh.has(r.face, l.Runes[i:i+1])
			}
		}
		l.Glyphs = append(l.Glyphs, Glyph{
			Face: r.face, ID: uint32(g.GlyphID),
			X: l.Width + em(g.XOffset), Y: em(g.YOffset), Pen: l.Width, Advance: em(g.Advance),
			Cluster: cluster, Len: count, First: cluster != before, RTL: rtl,
		})
		before = cluster
		l.Width += em(g.Advance)
	}
}
