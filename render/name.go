package render

import (
	"testamur/render/drawing"
	"testamur/render/text"
)

// room is what a picture has for a name, in one line or in two.
type room struct {
	text.Box
	one, two band
}

// band is where the middle of a name's capitals stands, and between what all of its ink does.
type band struct{ middle, top, bottom float64 }

// fitted is a name set in its room.
type fitted struct {
	text.Block
	baselines []float64
}

// setName sets a name, or words that may be broken like one. Where marks above or below reach into the other line the lines
// part; where they reach out of the band the name is moved, and where that is not enough made smaller.
func (p *Press) setName(style text.Style, name, lang string, r room) fitted {
	n := fitted{Block: p.fonts.FitName(style, name, lang, r.Box)}
	at := r.one
	if len(n.Lines) > 1 {
		at = r.two
		_, low, _, _ := n.Lines[0].Bounds()
		_, _, _, high := n.Lines[1].Bounds()
		n.Leading = max(n.Leading, n.Size*(high-low+.02))
	}
	n.baselines = n.Baselines(at.middle)
	top, bottom := n.reach()
	if high, most := bottom-top, at.bottom-at.top; high > most {
		n.Size, n.Leading = n.Size*most/high, n.Leading*most/high
		n.baselines = n.Baselines(at.middle)
		top, bottom = n.reach()
	}
	shift := max(0, at.top-top) - max(0, bottom-at.bottom)
	for i := range n.baselines {
		n.baselines[i] += shift
	}
	return n
}

// reach returns the top and the bottom of the ink.
func (n fitted) reach() (top, bottom float64) {
	for i, y := range n.baselines {
		_, low, _, high := n.Lines[i].Bounds()
		if i == 0 {
			top, bottom = y-high*n.Size, y-low*n.Size
		}
		top, bottom = min(top, y-high*n.Size), max(bottom, y-low*n.Size)
	}
	return top, bottom
}

// draw draws the name with its anchor at x and returns how wide it is.
func (n fitted) draw(d *drawing.Drawing, x float64, at drawing.Anchor, colour drawing.Colour) (width float64) {
	for i, y := range n.baselines {
		width = max(width, d.Text(drawing.Text{Line: n.Lines[i], Size: n.Size, X: x, Y: y, Colour: colour, Role: drawing.Name}, at))
	}
	return width
}
