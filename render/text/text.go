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

	even bool // all of one script, from left to right, in the first face of the style
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

	tied bool // joined to what stands before it in reading order, or kerned with it
}

// WidthTracked returns the width of the line set at size (units per em), with tracking units more between any
// two clusters, in units.
func (l Line) WidthTracked(size, tracking float64) float64 {
	gaps := -1
	for _, g := range l.Glyphs {
		if g.First {
			gaps++
		}
	}
	return l.Width*size + tracking*float64(max(gaps, 0))
}

// Outline gives the contours of every glyph where it stands in the line, in em, y up.
func (l Line) Outline(emit func(Segment)) {
	for _, g := range l.Glyphs {
		g.Face.Glyph(g.ID, func(s Segment) {
			for i := range s.P[:s.Kind.Points()] {
				s.P[i][0] += g.X
				s.P[i][1] += g.Y
			}
			emit(s)
		})
	}
}

// Bounds returns the ink box of the line in em, y up: the least box round the points of its outlines. A line
// without ink has an empty box at the origin.
func (l Line) Bounds() (x0, y0, x1, y1 float64) {
	found := false
	for _, g := range l.Glyphs {
		b, ok := g.Face.bounds(g.ID)
		if !ok {
			continue
		}
		b = box{b.x0 + g.X, b.y0 + g.Y, b.x1 + g.X, b.y1 + g.Y}
		if !found {
			x0, y0, x1, y1, found = b.x0, b.y0, b.x1, b.y1, true
			continue
		}
		x0, y0, x1, y1 = min(x0, b.x0), min(y0, b.y0), max(x1, b.x1), max(y1, b.y1)
	}
	return x0, y0, x1, y1
}

// box is an ink box in em, y up.
type box struct{ x0, y0, x1, y1 float64 }

// SegmentKind is the kind of a Segment.
type SegmentKind uint8

const (
	MoveTo SegmentKind = iota // P[0]
	LineTo                    // P[0]
	QuadTo                    // P[0] control, P[1] end
	CubeTo                    // P[0], P[1] controls, P[2] end
)

// Points returns how many of a Segment's points count: 1, 1, 2 or 3.
func (k SegmentKind) Points() int { return max(int(k), 1) }

// Segment is a piece of an outline, in em, y up. Contours close themselves.
type Segment struct {
	Kind SegmentKind
	P    [3][2]float64
}
