package text

// Box is the room for a name, in the caller's units. From and To are the largest and the smallest size of one
// line; TwoFrom is the size of two lines, TwoLeading the distance of their baselines, both of which shrink
// together down to TwoShrink times themselves.
type Box struct{ Width, From, To, TwoFrom, TwoLeading, TwoShrink float64 }

// Block is a name set in a Box: one or two lines of one Size, Leading apart. Cut says that the name ends in an
// ellipsis.
type Block struct {
	Lines   []Line
	Size    float64
	Leading float64
	Cut     bool

	latin bool
}

// Fit returns the line and the largest size, from `from` down to `to`, at which it is no wider than width with
// tracking (in units) between its clusters; at `to` it may be wider.
func (f *Fonts) Fit(style Style, s, lang string, width, from, to, tracking float64) (Line, float64) {
	l := f.Line(style, s, lang)
	size := from
	for size > to && l.WidthTracked(size, tracking) > width {
		size = max(size*step, to)
	}
	return l, size
}

// step is the ratio of one size to the next larger one.
const step = 0.9875

// FitName sets a name in a box.
func (f *Fonts) FitName(style Style, name, lang string, room Box) Block {
	l, size := f.Fit(style, name, lang, room.Width, room.From, room.To, 0)
	return Block{Lines: []Line{l}, Size: size, latin: true}
}

// Baselines returns the y (down) of each line's baseline so that the block is centred on cy.
func (b Block) Baselines(cy float64) []float64 {
	var ys []float64
	for i := range b.Lines {
		ys = append(ys, cy+0.345*b.Size+b.Leading*float64(i))
	}
	return ys
}
