// Package drawing holds a picture as a list of operations in its own units (y down), which package raster
// turns into pixels and package pdf into a page, so that the two cannot differ.
//
// It knows nothing of badges. Begin with Drawing.
package drawing

import (
	"testamur/render/text"
)

// Colour is opaque sRGB, 0xRRGGBB. Pictures use flat tones instead of opacity.
type Colour uint32

// Drawing is a picture of W x H units, drawn in the order of Ops.
type Drawing struct {
	W, H float64
	Ops  []Op
}

// Op is one of Fill, Stroke, Clip, End or Text.
type Op interface{ op() }

// Fill paints the inside of Path by the non-zero rule.
type Fill struct {
	Path   Path
	Colour Colour
}

// Stroke paints along Path with round joins and caps; Dash, where set, is the lengths of dash and gap (butt caps).
type Stroke struct {
	Path   Path
	Colour Colour
	Width  float64
	Dash   [2]float64
}

// Clip limits what follows, up to its End, to the inside of Path. Clips nest.
type Clip struct{ Path Path }

// End ends the last Clip.
type End struct{}

// Text paints a shaped line. At maps the line's own space (units of Size 1 em, y down, baseline at 0,0) to the
// drawing: usually a translation. Text on a curve and microtext is Artifact: it is drawn, but it is not part of
// the document's text.
type Text struct {
	Line     text.Line
	Size     float64 // units per em
	X, Y     float64 // start of the baseline
	Tracking float64 // units added between clusters
	Colour   Colour
	Role     Role
}

// Role says what a line of text is in the document.
type Role string

const (
	Artifact  Role = ""          // ornament
	Title     Role = "title"     // the document's title
	Heading   Role = "heading"   //
	Paragraph Role = "paragraph" //
	Name      Role = "name"      // the holder's name, on a line of its own
)

func (Fill) op()   {}
func (Stroke) op() {}
func (Clip) op()   {}
func (End) op()    {}
func (Text) op()   {}
