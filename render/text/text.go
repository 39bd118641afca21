// Package text turns a line of text in any script into placed glyphs and their outlines, fits names into
// boxes, and says which names can be set. It is the only package that shapes text; nothing else draws letters.
//
// It knows nothing of pictures or pages. Begin with Fonts and Fonts.Line.
package text

// Style is one of the typefaces of the house; each has fallbacks for the scripts it lacks.
type Style int

const (
	Brand  Style = iota // Jost 600: badge capitals, wordmark
	Title               // Jost 700: badge titles
	Body                // Inter 400
	Strong              // Inter 600: names on badges, labels
	Heavy               // Inter 700: pills, small names
	Serif               // Source Serif 4 600: certificate name and title
	Italic              // Source Serif 4 400 italic: the deed
	Mono                // IBM Plex Mono 500: codes
	Script              // Great Vibes: the sample signature
)

// Line is shaped text in visual order. Lengths are in em, x to the right, y up, from the start of the baseline.
type Line struct {
	Text    string  // NFC, as it was shaped
	Runes   []rune  // of Text: Glyph.Cluster and Glyph.Len count these
	Glyphs  []Glyph // in visual order, left to right
	Width   float64
	RTL     bool   // base direction
	Missing []rune // no face of the style has these; empty for a name that CleanName let through
}

// Glyph is one glyph of a Line.
type Glyph struct {
	Face    *Face
	ID      uint32
	X, Y    float64 // origin
	Pen     float64 // pen before the glyph
	Advance float64
	Cluster int  // first rune of its cluster
	Len     int  // runes of its cluster
	First   bool // first glyph of its cluster
	RTL     bool // run direction
}

// SegmentKind is the kind of a Segment.
type SegmentKind uint8

const (
	MoveTo SegmentKind = iota // P[0]
	LineTo                    // P[0]
	QuadTo                    // P[0] control, P[1] end
	CubeTo                    // P[0], P[1] controls, P[2] end
)

// Segment is a piece of an outline, in em, y up. Contours close themselves.
type Segment struct {
	Kind SegmentKind
	P    [3][2]float64
}
