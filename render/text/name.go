package text

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-text/typesetting/language"
	"golang.org/x/text/unicode/norm"
)

// Reasons why a name is refused. Each is a message key under "refused." in the catalogue of words.
const (
	NameEmpty       = "name_empty"       // nothing, or only spaces
	NameLong        = "name_long"        // over 100 grapheme clusters or 400 bytes
	NameUTF8        = "name_utf8"        // bytes that are not UTF-8
	NameControl     = "name_control"     // a control character, also tab and line break
	NameBidi        = "name_bidi"        // a control of the writing direction
	NameInvisible   = "name_invisible"   // a character that shows nothing, or a joiner where it does nothing
	NamePrivate     = "name_private"     // a private-use character
	NameUnassigned  = "name_unassigned"  // no character of Unicode
	NameReplacement = "name_replacement" // U+FFFD, left by a lost letter
	NameMarks       = "name_marks"       // more than 4 marks on a letter
	NameLoneMark    = "name_lone_mark"   // a mark with no letter to stand on
	NameNoGlyph     = "name_no_glyph"    // no face has the character
	NameMixed       = "name_mixed"       // a word in two scripts, which may be taken for each other
)

var nameAdvice = map[string]string{
	NameEmpty:       "give a name",
	NameLong:        "shorten the name to 100 characters and 400 bytes",
	NameUTF8:        "send the name as UTF-8",
	NameControl:     "take the control character out of the name",
	NameBidi:        "take the control of writing direction out of the name",
	NameInvisible:   "take the invisible character out of the name",
	NamePrivate:     "take the private-use character out of the name",
	NameUnassigned:  "take the character out of the name: Unicode has none there",
	NameReplacement: "write the letter that was lost where U+FFFD stands",
	NameMarks:       "leave at most 4 marks on a letter of the name",
	NameLoneMark:    "put a letter before the mark in the name, or take the mark out",
	NameNoGlyph:     "write the name without this character: no font here has it",
	NameMixed:       "write each word of the name in one script",
}

const (
	maxNameClusters = 100
	maxNameBytes    = 400
	maxNameMarks    = 4

	// enoughBytes is as much as need be looked at. NFC makes text at most 3 times shorter (U+212A is K), so what
	// is longer than this is too long as a name too.
	enoughBytes = 4 * maxNameBytes
)

// NameError says why a name cannot be taken, and where.
type NameError struct {
	Reason    string // one of the Name constants
	Character rune   // zero where the reason is not one character's
	Position  int    // its grapheme cluster in the trimmed name, from 1; zero where there is none
}

// Error returns what to do, with character and place.
func (e *NameError) Error() string {
	if e.Position == 0 {
		return nameAdvice[e.Reason]
	}
	return fmt.Sprintf("%s (%s, character %d)", nameAdvice[e.Reason], e.Shown(), e.Position)
}

// Shown is the character as a sentence can have it: itself where it can be seen by itself, and its code.
func (e *NameError) Shown() string {
	if unicode.In(e.Character, unicode.L, unicode.N, unicode.P, unicode.S) && refused(e.Character) == "" {
		return fmt.Sprintf("%c %U", e.Character, e.Character)
	}
	return fmt.Sprintf("%U", e.Character)
}

// CleanName returns the name as it is kept, trimmed, runs of spaces made one, NFC and nothing else changed; or a
// *NameError where it cannot be set in every style that names are set in, or would deceive the eye.
func (f *Fonts) CleanName(s string) (string, error) {
	return f.cleanName(s, mixedScripts)
}

// CleanNameAnyScript is CleanName without the look-alike check: a word may mix any scripts.
func (f *Fonts) CleanNameAnyScript(s string) (string, error) {
	return f.cleanName(s)
}

type nameCheck func(runes []rune) (place int, reason string)

func (f *Fonts) cleanName(s string, more ...nameCheck) (string, error) {
	if !utf8.ValidString(s) { // before any normalisation, which would hide it
		before := []rune(oneSpace(validStart(s)))
		return "", &NameError{NameUTF8, utf8.RuneError, f.clusterAt(before, len(before)) + 1}
	}
	s = norm.NFC.String(validStart(oneSpace(s)))
	if s == "" {
		return "", &NameError{Reason: NameEmpty}
	}
	runes := []rune(s)
	refuse := func(place int, reason string) error {
		return &NameError{reason, runes[place], f.clusterAt(runes, place)}
	}
	if place, reason := checkCharacters(runes); reason != "" {
		return "", refuse(place, reason)
	}
	if place := f.tooLong(runes); place >= 0 {
		return "", refuse(place, NameLong)
	}
	for _, check := range append(more, f.checkGlyphs) {
		if place, reason := check(runes); reason != "" {
			return "", refuse(place, reason)
		}
	}
	return s, nil
}

// validStart returns the start of s that is UTF-8, up to enoughBytes.
func validStart(s string) string {
	end := 0
	for end < len(s) {
		r, size := utf8.DecodeRuneInString(s[end:])
		if r == utf8.RuneError && size == 1 || end+size > enoughBytes {
			break
		}
		end += size
	}
	return s[:end]
}

// oneSpace trims and makes every run of spaces (category Zs) one U+0020.
func oneSpace(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.Is(unicode.Zs, r) }), " ")
}

// clusterAt returns the number, from 1, of the grapheme cluster that holds runes[place].
func (f *Fonts) clusterAt(runes []rune, place int) int {
	n := 0
	f.clusters(runes, func(from, _ int) {
		if from <= place {
			n++
		}
	})
	return n
}

func (f *Fonts) clusters(runes []rune, each func(from, to int)) {
	sh := f.shapers.Get().(*shaper)
	defer f.shapers.Put(sh)
	sh.clusters(runes, each)
}

// tooLong returns the first place that is too much, or -1.
func (f *Fonts) tooLong(runes []rune) int {
	place, n, bytes := -1, 0, 0
	f.clusters(runes, func(from, to int) {
		n++
		bytes += len(string(runes[from:to]))
		if place < 0 && (n > maxNameClusters || bytes > maxNameBytes) {
			place = from
		}
	})
	return place
}

// checkCharacters finds the first character that no name may hold, or not there.
func checkCharacters(runes []rune) (int, string) {
	marks := 0
	for i, r := range runes {
		if reason := refused(r); reason != "" {
			if joiner(r) && joins(runes, i) {
				continue
			}
			return i, reason
		}
		stacked := 0
		for _, part := range norm.NFD.String(string(r)) {
			if unicode.In(part, unicode.Mn, unicode.Me) {
				stacked++
			}
		}
		if !unicode.Is(unicode.M, r) {
			marks = stacked
			continue
		}
		if !unicode.IsLetter(carrier(runes, i)) {
			return i, NameLoneMark
		}
		if marks += stacked; marks > maxNameMarks {
			return i, NameMarks
		}
	}
	return 0, ""
}

// refused returns the reason to refuse a character wherever it stands, or nothing.
func refused(r rune) string {
	switch {
	case unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp):
		return NameControl
	case unicode.Is(unicode.Bidi_Control, r):
		return NameBidi
	case r == utf8.RuneError:
		return NameReplacement
	case unicode.Is(unicode.Co, r):
		return NamePrivate
	case unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector),
		r == '\u2800', r == '\uFFFC': // braille blank, object replacement
		return NameInvisible
	case unicode.Is(unicode.Cn, r):
		return NameUnassigned
	}
	return ""
}

// carrier returns what the mark at i stands on: the last character before it that is neither mark nor joiner.
func carrier(runes []rune, i int) rune {
	for i--; i >= 0; i-- {
		if !unicode.Is(unicode.M, runes[i]) && !joiner(runes[i]) {
			return runes[i]
		}
	}
	return 0
}

// joiner reports whether r is ZWNJ or ZWJ.
func joiner(r rune) bool { return r == '\u200C' || r == '\u200D' }

// joining are the scripts whose letters take another form beside a joiner.
var joining = []language.Script{
	language.Arabic, language.Devanagari, language.Bengali, language.Gurmukhi, language.Gujarati, language.Oriya,
	language.Tamil, language.Telugu, language.Kannada, language.Malayalam, language.Sinhala,
}

// joins reports whether the joiner at i stands within a word of a joining script: between two of its letters or
// marks. In Malayalam ZWJ also stands after a virama at the end of a word, where older text writes a chillu.
func joins(runes []rune, i int) bool {
	if i == 0 || !unicode.In(runes[i-1], unicode.L, unicode.M) {
		return false
	}
	script := language.LookupScript(carrier(runes, i))
	if !slices.Contains(joining, script) {
		return false
	}
	if i+1 == len(runes) || runes[i+1] == ' ' {
		return runes[i] == '\u200D' && runes[i-1] == '\u0D4D'
	}
	next := language.LookupScript(runes[i+1])
	return unicode.In(runes[i+1], unicode.L, unicode.M) && (next == script || next == language.Inherited)
}

// together are the scripts that stand beside each other within a word: those of Chinese, Japanese and Korean, with Latin (UTS #39,
// highly restrictive). In any other word of two scripts one may be taken for the other: Paul with a Cyrillic a.
var together = [...][]language.Script{
	{language.Latin, language.Han, language.Hiragana, language.Katakana},
	{language.Latin, language.Han, language.Bopomofo},
	{language.Latin, language.Han, language.Hangul},
}

// mixedScripts finds a letter that is of another script than its word, where the two do not go together. Words end at
// spaces and signs, so that initials and double names may differ; an apostrophe and the dot of Catalan are inside a word.
func mixedScripts(runes []rune) (int, string) {
	var word []language.Script
	start := 0
	for i, r := range runes {
		if endsWord(r) {
			word, start = word[:0], i+1
			continue
		}
		s := scriptOf(r)
		switch {
		case !isStrong(s):
		case eastAsian(s) && between(runes, i, language.Latin): // 〇 in the place of an O
			return i, NameMixed
		case !slices.Contains(word, s):
			if word = append(word, s); !goTogether(word...) {
				return start + stranger(runes[start:]), NameMixed
			}
		}
	}
	return 0, ""
}

// stranger returns the place of the letter that is strange to the word that begins here: the first of the script with which the
// fewest letters of the word go, of two such scripts that which comes later.
func stranger(word []rune) (place int) {
	if end := slices.IndexFunc(word, endsWord); end >= 0 {
		word = word[:end]
	}
	var seen []language.Script
	fewest := len(word)
	for i, r := range word {
		s := scriptOf(r)
		if !isStrong(s) || slices.Contains(seen, s) {
			continue
		}
		seen = append(seen, s)
		fellows := 0
		for _, other := range word {
			if t := scriptOf(other); isStrong(t) && goTogether(s, t) {
				fellows++
			}
		}
		if fellows <= fewest {
			place, fewest = i, fellows
		}
	}
	return place
}

func endsWord(r rune) bool {
	return unicode.In(r, unicode.Z, unicode.P, unicode.S) && !apostrophe(r) && r != '·'
}

// goTogether reports whether scripts may stand in one word.
func goTogether(scripts ...language.Script) bool {
	one := !slices.ContainsFunc(scripts, func(s language.Script) bool { return s != scripts[0] })
	return one || slices.ContainsFunc(together[:], func(t []language.Script) bool { return covers(t, scripts) })
}

// scriptOf returns the script of r; the digits that Arabic shares with its neighbours are Arabic's.
func scriptOf(r rune) language.Script {
	if r >= 0x0660 && r <= 0x0669 {
		return language.Arabic
	}
	return language.LookupScript(r)
}

// between reports whether the characters on both sides of runes[i] are of a script.
func between(runes []rune, i int, s language.Script) bool {
	return i > 0 && i+1 < len(runes) && language.LookupScript(runes[i-1]) == s && language.LookupScript(runes[i+1]) == s
}

// covers reports whether all has every one of some.
func covers(all, some []language.Script) bool {
	return !slices.ContainsFunc(some, func(s language.Script) bool { return !slices.Contains(all, s) })
}

// nameStyles are the styles in which names are set.
var nameStyles = []Style{Strong, Heavy, Serif, Body}

// checkGlyphs finds the first character that a style names are set in cannot show, or can only show with a
// dotted circle in place of a letter.
func (f *Fonts) checkGlyphs(runes []rune) (int, string) {
	const dotted = '\u25CC'
	for _, style := range nameStyles {
		l := f.Line(style, string(runes), "")
		if len(l.Missing) > 0 {
			return slices.Index(runes, l.Missing[0]), NameNoGlyph
		}
		for _, g := range l.Glyphs {
			circle, ok := g.Face.glyphOf(dotted)
			if !ok || g.ID != circle {
				continue
			}
			cluster := l.Runes[g.Cluster : g.Cluster+g.Len]
			if mark := slices.IndexFunc(cluster, unicode.IsMark); mark >= 0 && !slices.Contains(cluster, dotted) {
				return g.Cluster + mark, NameLoneMark
			}
		}
	}
	return 0, ""
}
