package text

import (
	"math"
	"slices"
	"strings"
	"unicode"

	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/harfbuzz"
	"github.com/go-text/typesetting/language"
	"github.com/go-text/typesetting/segmenter"
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
	l := Line{Text: s, Runes: []rune(s)}
	if len(l.Runes) == 0 {
		l.RTL = base == rightToLeft
		return l
	}
	sh := f.shapers.Get().(*shaper)
	defer f.shapers.Put(sh)

	l.Glyphs = make([]Glyph, 0, len(l.Runes))
	if base != rightToLeft && sh.pair(f, &l, style, lang) {
		return l
	}
	level, base := levels(l.Runes, base)
	l.RTL = base == rightToLeft
	sh.set(f, &l, style, level, lang)
	return l
}

// set shapes a line.
func (sh *shaper) set(f *Fonts, l *Line, style Style, level []int8, lang string) {
	runes := l.Runes
	runs := sh.runs(f, style, runes, level)
	missing := make([]bool, len(runes))
	tag := writtenIn(runes, lang)
	if len(runs) == 1 {
		sh.shape(l, runs[0], tag, missing)
	} else {
		runLevels := make([]int8, len(runs))
		for i, r := range runs {
			runLevels[i] = r.level
		}
		for _, i := range visual(runLevels) {
			sh.shape(l, runs[i], tag, missing)
		}
	}
	for i, lacks := range missing {
		if lacks && !slices.Contains(l.Missing, runes[i]) {
			l.Missing = append(l.Missing, runes[i])
		}
	}
	l.even = len(runs) == 1 && runs[0].level == 0 && runs[0].face == f.faces(style, runs[0].script)[0] && l.Missing == nil
}

// writtenIn returns the language that chooses the forms of a text's letters: the one given, but for Han, where it must be one
// that is written with it. Where it is not, what stands beside Han says it: kana and the sign of repetition Japanese, Hangul
// Korean, Bopomofo traditional Chinese; and where nothing does, simplified Chinese, in which most such names are written.
func writtenIn(runes []rune, lang string) language.Language {
	tag := language.NewLanguage(lang)
	if !slices.ContainsFunc(runes, isHan) {
		return tag
	}
	switch tag.Primary() {
	case "zh", "ja", "ko", "yue", "cmn", "nan", "hak", "wuu", "lzh":
		return tag
	}
	for _, r := range runes {
		switch s := language.LookupScript(r); {
		case s == language.Hiragana, s == language.Katakana, r == '々':
			return "ja"
		case s == language.Hangul:
			return "ko"
		case s == language.Bopomofo:
			return "zh-hant"
		}
	}
	return "zh-hans"
}

func isHan(r rune) bool { return r >= 0x2E80 && language.LookupScript(r) == language.Han }

// Covers reports whether the style's faces have every character of s.
func (f *Fonts) Covers(style Style, s string) bool {
	return len(f.Line(style, s, "").Missing) == 0
}

// shaper holds what only one goroutine at a time may use.
type shaper struct {
	buffer    *harfbuzz.Buffer
	segmenter segmenter.Segmenter
	faces     map[*file]*ownFace
	last      struct { // of faces
		file *file
		own  *ownFace
	}
	cut   []run    // for the next line
	parts [][2]int // for the next stretch
	pairs map[voice]map[neighbours]followed
}

// ownFace is a shaper's own instance of a face.
type ownFace struct {
	*font.Face
	shaping *harfbuzz.Font // nil before it is needed
}

func newShaper() *shaper {
	return &shaper{buffer: harfbuzz.NewBuffer(), faces: map[*file]*ownFace{}, pairs: map[voice]map[neighbours]followed{}}
}

// face returns this shaper's own instance of a face, nil where it cannot be parsed.
func (sh *shaper) face(f *Face) *ownFace {
	if sh.last.file == f.file { // mostly
		return sh.last.own
	}
	own, ok := sh.faces[f.file]
	if !ok {
		if parsed := f.parse(); parsed != nil {
			own = &ownFace{Face: font.NewFace(parsed)}
		}
		sh.faces[f.file] = own
	}
	sh.last.file, sh.last.own = f.file, own
	return own
}

// run is a piece of one level, one script and one face: runes[from:to].
type run struct {
	from, to int
	level    int8
	script   language.Script
	face     *Face
}

// runs cuts the line into runs. Whole grapheme clusters go into a run, so a letter never parts from its marks,
// and a stretch of one script is set in one face where one has all its letters: a name in two faces, because of
// one rare letter, looks broken.
func (sh *shaper) runs(f *Fonts, style Style, runes []rune, level []int8) []run {
	runs := sh.cut[:0]
	var face *Face
	sh.stretches(runes, func(script language.Script, clusters [][2]int) {
		faces := f.faces(style, script)
		whole := sh.whole(faces, runes, clusters)
		for _, c := range clusters {
			cluster := runes[c[0]:c[1]]
			switch {
			case whole != nil && isStrong(language.LookupScript(cluster[0])):
				face = whole
			case face != nil && unicode.In(cluster[0], unicode.Zs, unicode.Pd) && sh.has(face, cluster) && !sh.wideSpace(face, cluster):
				// a space or dash stays with its neighbour, so that its width and weight go with the letters
			default:
				face = sh.choose(faces, cluster)
			}
			next := run{c[0], c[1], level[c[0]], script, face}
			if n := len(runs) - 1; n >= 0 {
				if last := runs[n]; last.level == next.level && last.script == next.script && last.face == next.face {
					runs[n].to = next.to
					continue
				}
			}
			runs = append(runs, next)
		}
	})
	sh.cut = runs
	return runs
}

// wideSpace reports whether a face would tear words apart: the space of Sinhala is twice that of the others.
func (sh *shaper) wideSpace(f *Face, cluster []rune) bool {
	if cluster[0] != ' ' {
		return false
	}
	face := sh.face(f)
	space, _ := face.NominalGlyph(' ')
	return float64(face.HorizontalAdvance(space)) > 0.4*f.em
}

// stretches gives the pieces of one script in order, as grapheme clusters. What has no script of its own goes
// with what stands before it, at the start with what comes after.
func (sh *shaper) stretches(runes []rune, each func(language.Script, [][2]int)) {
	clusters := sh.parts[:0]
	script := firstScript(runes)
	sh.clusters(runes, func(from, to int) {
		if s := language.LookupScript(runes[from]); isStrong(s) && s != script {
			if len(clusters) > 0 {
				each(script, clusters)
			}
			script, clusters = s, clusters[:0]
		}
		clusters = append(clusters, [2]int{from, to})
	})
	each(script, clusters)
	sh.parts = clusters
}

// whole returns the first face that suits every letter of a stretch, nil where none does.
func (sh *shaper) whole(faces []*Face, runes []rune, clusters [][2]int) *Face {
	for _, f := range faces {
		if !slices.ContainsFunc(clusters, func(c [2]int) bool {
			cluster := runes[c[0]:c[1]]
			return isStrong(language.LookupScript(cluster[0])) && !sh.suits(f, cluster)
		}) {
			return f
		}
	}
	return nil
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

// choose returns the first face that suits the cluster; else the first that has all of it, wherever its marks
// may stand; else the first that has its letter; else the first face of all, whose empty box will show.
func (sh *shaper) choose(faces []*Face, cluster []rune) *Face {
	for _, fits := range []func(*Face) bool{
		func(f *Face) bool { return sh.suits(f, cluster) },
		func(f *Face) bool { return sh.has(f, cluster) || sh.has(f, apart(cluster)) },
		func(f *Face) bool { return sh.has(f, cluster[:1]) },
	} {
		if i := slices.IndexFunc(faces, fits); i >= 0 {
			return faces[i]
		}
	}
	return faces[0]
}

// suits reports whether a face has the cluster, as it is or taken apart, and sets its marks on their letter.
func (sh *shaper) suits(f *Face, cluster []rune) bool {
	switch {
	case sh.has(f, cluster):
		return len(cluster) == 1 || sh.placesMarks(f, cluster)
	case sh.has(f, apart(cluster)):
		return sh.placesMarks(f, cluster)
	}
	return false
}

// apart returns the cluster as letters and marks.
func apart(cluster []rune) []rune { return []rune(norm.NFD.String(string(cluster))) }

// placesMarks reports whether the marks of a Latin, Greek or Cyrillic cluster stand over or under the middle of its letter. A
// face without anchors for the pair (Source Serif: ọ́ of Yoruba; Inter: ы́) sets them to the
// right of it. Other scripts have faces of their own, made for their marks.
func (sh *shaper) placesMarks(f *Face, cluster []rune) bool {
	script := language.LookupScript(cluster[0])
	if !onLatinBaseline(script) || !centred(cluster) {
		return true
	}
	var l Line
	l.Runes = cluster
	sh.shape(&l, run{to: len(cluster), script: script, face: f}, "", make([]bool, len(cluster)))
	letter, ok := f.bounds(l.Glyphs[0].ID)
	if !ok {
		return true
	}
	middle := (letter.x0 + letter.x1) / 2
	far := max(0.3*(letter.x1-letter.x0), 0.1) // slanted marks lie a sixth of the letter's width off, misplaced ones half of it
	for _, g := range l.Glyphs[1:] {
		if mark, ok := f.bounds(g.ID); ok && math.Abs(g.X+(mark.x0+mark.x1)/2-middle) > far {
			return false
		}
	}
	return true
}

// centred reports whether all marks of a cluster belong in the middle of their letter, by their combining class:
// through (1), attached below (202), below (220) or above (230) it.
func centred(cluster []rune) bool {
	for _, r := range apart(cluster) {
		switch norm.NFD.PropertiesString(string(r)).CCC() {
		case 0, 1, 202, 220, 230:
		default:
			return false
		}
	}
	return true
}

// has reports whether a face has all these characters. Those that are never drawn do not count.
func (sh *shaper) has(f *Face, runes []rune) bool {
	face := sh.face(f)
	if face == nil {
		return false
	}
	for _, r := range runes {
		glyph, ok := face.NominalGlyph(r)
		if (!ok || glyph == 0) && !harfbuzz.IsDefaultIgnorable(r) { // some fonts give U+FFFF the empty box
			return false
		}
	}
	return true
}

// unitsPerEm is the size at which lines are shaped, in units of which a font's own unit is many.
const unitsPerEm = 4096 << 6

// shape appends a run to the line and marks the runes that its face lacks.
func (sh *shaper) shape(l *Line, r run, tag language.Language, missing []bool) {
	face := sh.face(r.face)
	if face == nil {
		for i := r.from; i < r.to; i++ {
			missing[i] = true
		}
		return
	}
	if face.shaping == nil {
		face.shaping = harfbuzz.NewFont(face.Face)
		face.shaping.XScale, face.shaping.YScale = unitsPerEm, unitsPerEm
	}
	rtl := r.level%2 == 1
	sh.buffer.Clear()
	sh.buffer.AddRunes(l.Runes, r.from, r.to-r.from)
	sh.buffer.Props = harfbuzz.SegmentProperties{Direction: harfbuzz.LeftToRight, Script: r.script, Language: tag}
	if rtl {
		sh.buffer.Props.Direction = harfbuzz.RightToLeft
	}
	sh.buffer.Shape(face.shaping, nil)

	em := func(v harfbuzz.Position) float64 { return float64(v) * r.face.size / unitsPerEm }
	glyphs := sh.buffer.Info
	l.Glyphs = slices.Grow(l.Glyphs, len(glyphs))
	before, end := -1, r.to // the cluster before; where this one ends
	for i, g := range glyphs {
		first := g.Cluster != before
		if first {
			next := i + 1
			for next < len(glyphs) && glyphs[next].Cluster == g.Cluster {
				next++
			}
			switch {
			case rtl && i > 0:
				end = before
			case !rtl && next < len(glyphs):
				end = glyphs[next].Cluster
			default:
				end = r.to
			}
			if g.Glyph == 0 && next == i+1 && end == g.Cluster+1 && unicode.Is(unicode.Zs, l.Runes[g.Cluster]) {
				g.Glyph = font.EmptyGlyph // a space is not missed
			}
		}
		if g.Glyph == 0 {
			for i := g.Cluster; i < end; i++ {
				missing[i] = missing[i] || !sh.has(r.face, l.Runes[i:i+1])
			}
		}
		p := sh.buffer.Pos[i]
		advance := em(p.XAdvance)
		l.Glyphs = append(l.Glyphs, Glyph{
			Face: r.face, ID: uint32(g.Glyph),
			X: l.Width + em(p.XOffset), Y: em(p.YOffset), Pen: l.Width, Advance: advance,
			Cluster: g.Cluster, Len: end - g.Cluster, First: first, RTL: rtl, tied: g.Mask&harfbuzz.GlyphUnsafeToBreak != 0,
		})
		before = g.Cluster
		l.Width += advance
	}
}
