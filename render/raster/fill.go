package raster

import (
	"encoding/binary"
	"image"
	"math"
	"slices"

	"testamur/render/drawing"
	"testamur/render/text"
)

// Filler finds which pixels a fill or a text covers, and leaves painting them to others. The zero Filler is ready; it keeps
// its memory for the next one, and is for one goroutine at a time.
//
// An edge leaves in each row how much it adds to what is covered from its pixel on: all of it in one pixel and the next one, or
// along the pixels that it crosses. The sum from the left is what is covered. The sums are whole numbers, so that what is
// outside is covered not at all and what is inside wholly, and each row is reckoned by itself, so that long edges stay where
// they are.
type Filler struct {
	width, height int     // of the strip
	left, top     float64 // of the strip
	right         float64 // the width
	edges         []int32 // of the strip
	stride        int     // from a row of edges to the next: some more than the width
	reached       [strip]reach
	row           []uint8

	flat   contours
	glyphs map[glyph][]corner
}

// Fill gives what a drawing's fills and texts cover of a picture of width x height pixels, in the order in which Draw paints
// them: the pixels of row y from x on, each by cover, 0 to 255. It is false, and gives nothing, where the drawing has other
// operations.
func (f *Filler) Fill(d *drawing.Drawing, width, height int, placed drawing.Matrix, paint func(c drawing.Colour, y, x int, cover []uint8)) bool {
	for _, op := range d.Ops {
		switch o := op.(type) {
		case drawing.Fill:
			if o.EvenOdd {
				return false
			}
		case drawing.Text:
		default:
			return false
		}
	}
	size := image.Rect(0, 0, width, height)
	for _, op := range d.Ops {
		switch o := op.(type) {
		case drawing.Fill:
			f.path(o.Path, size, placed, func(y, x int, cover []uint8) { paint(o.Colour, y, x, cover) })
		case drawing.Text:
			f.text(o, size, placed, func(y, x int, cover []uint8) { paint(o.Colour, y, x, cover) })
		}
	}
	return true
}

// path fills a path.
func (f *Filler) path(p drawing.Path, size image.Rectangle, placed drawing.Matrix, emit func(y, x int, cover []uint8)) {
	x0, y0, x1, y1 := p.Bounds()
	f.flat.points = f.flat.points[:0]
	f.flat.add(placed, p)
	f.cover(pixels(placed, x0, y0, x1, y1).Intersect(size), emit, func() { f.contours(f.flat.points, 0, 0) })
}

// text fills the outlines of text, which it keeps by their size.
func (f *Filler) text(t drawing.Text, size image.Rectangle, placed drawing.Matrix, emit func(y, x int, cover []uint8)) {
	if placed[1] != 0 || placed[2] != 0 {
		f.path(t.Outline(), size, placed, emit)
		return
	}
	x0, y0, x1, y1 := t.Ink()
	kx, ky := t.Size*placed[0], -t.Size*placed[3]
	f.cover(pixels(placed, x0, y0, x1, y1).Intersect(size), emit, func() {
		t.Glyphs(func(g text.Glyph, x, y float64) {
			x, y = placed.Apply(x, y)
			f.contours(f.glyph(g, kx, ky), x, y)
		})
	})
}

// glyph is a glyph at a size in pixels, in bits, which are looked up in one go.
type glyph struct {
	face       *text.Face
	id, kx, ky uint64
}

// maxGlyphs bounds the glyphs that are kept, some 1 kB each.
const maxGlyphs = 1024

// glyph returns the contours of a glyph at the origin; its size is below zero where it stands upright.
func (f *Filler) glyph(g text.Glyph, kx, ky float64) []corner {
	key := glyph{g.Face, uint64(g.ID), math.Float64bits(kx), math.Float64bits(ky)}
	if found, ok := f.glyphs[key]; ok {
		return found
	}
	var p drawing.Path
	g.Face.Glyph(g.ID, func(s text.Segment) {
		q := drawing.Segment{Kind: kinds[s.Kind]}
		for i := range s.Kind.Points() {
			q.P[i] = drawing.Point{X: s.P[i][0], Y: s.P[i][1]}
		}
		p = append(p, q)
	})
	var out contours
	out.add(drawing.Scale(kx, ky), p)
	if f.glyphs == nil {
		f.glyphs = map[glyph][]corner{}
	}
	if len(f.glyphs) >= maxGlyphs {
		clear(f.glyphs)
	}
	f.glyphs[key] = slices.Clip(out.points)
	return out.points
}

var kinds = [...]drawing.Kind{text.MoveTo: drawing.MoveTo, text.LineTo: drawing.LineTo, text.QuadTo: drawing.QuadTo, text.CubeTo: drawing.CubeTo}

// pixels is the box of the pixels that an upright box may touch.
func pixels(placed drawing.Matrix, x0, y0, x1, y1 float64) (r image.Rectangle) {
	for i, q := range [...][2]float64{{x0, y0}, {x1, y0}, {x0, y1}, {x1, y1}} {
		x, y := placed.Apply(q[0], q[1])
		at := image.Rect(int(math.Floor(x)), int(math.Floor(y)), int(math.Ceil(x))+1, int(math.Ceil(y))+1)
		if i == 0 {
			r = at
		}
		r = r.Union(at)
	}
	return r
}

// strip is how many rows are looked at in one go, so that what is added up stays small.
const strip = 256

// reach is between which pixels of a row edges have left anything.
type reach struct{ from, to int }

func (r *reach) with(from, to int) { r.from, r.to = min(r.from, from), max(r.to, to) }

// cover gives what the edges that trace adds cover of a box, by the non-zero rule.
func (f *Filler) cover(box image.Rectangle, emit func(y, x int, cover []uint8), trace func()) {
	for top := box.Min.Y; top < box.Max.Y; top += strip {
		f.width, f.height, f.left, f.top = box.Dx(), min(strip, box.Max.Y-top), float64(box.Min.X), float64(top)
		f.right, f.stride = float64(f.width), f.width+2+group
		if n := f.height * f.stride; len(f.edges) < n {
			f.edges = make([]int32, n)
		}
		if len(f.row) < f.stride {
			f.row = make([]uint8, f.stride)
		}
		for y := range f.height {
			f.reached[y] = reach{f.width, 0}
		}
		trace()
		for y := range f.height {
			if at := f.reached[y]; at.from < at.to {
				to := min(f.sum(f.edges[y*f.stride:][:f.stride], at), f.width)
				emit(top+y, box.Min.X+at.from, f.row[at.from:to])
			}
		}
	}
}

// whole is a pixel that is covered wholly, in what edges add.
const whole = 1 << 16

// group is how many pixels are added up together.
const group = 4

// sum adds up the part of a row that edges reached, clears it for the next, and returns where what is covered ends.
func (f *Filler) sum(edges []int32, at reach) (end int) {
	row := f.row[:len(edges)]
	acc, cover := int32(0), uint32(0)
	x := at.from
	for ; x < at.to; x += group {
		e := (*[group]int32)(edges[x:])
		if e[0]|e[1]|e[2]|e[3] == 0 {
			binary.LittleEndian.PutUint32(row[x:], cover*0x01010101)
			continue
		}
		a := acc + e[0]
		b := a + e[1]
		c := b + e[2]
		acc = c + e[3]
		*e = [group]int32{}
		cover = covered(acc)
		binary.LittleEndian.PutUint32(row[x:], covered(a)|covered(b)<<8|covered(c)<<16|cover<<24)
	}
	if cover == 0 {
		return x
	}
	for i := x; i < f.width; i++ { // what would end it is beside the picture
		row[i] = uint8(cover)
	}
	return f.width
}

// covered is how far a pixel is covered, 0 to 255.
func covered(sum int32) uint32 { return uint32(min(max(sum, -sum), whole)*255+whole/2) >> 16 }

// fine is how many parts of a row the ends of edges are told apart by.
const fine = 256

// down returns the part of a row of the strip at which y is.
func (f *Filler) down(y float64) int { return int(math.Floor((y-f.top)*fine + .5)) }

// line adds an edge, from the parts of rows from to to, where it is at x and at last.
func (f *Filler) line(x float64, from int, last float64, to int) {
	sign := int32(whole / fine)
	if from > to {
		x, from, last, to, sign = last, to, x, from, -sign
	}
	top, end := max(0, from), min(to, f.height*fine)
	if top >= end {
		return
	}
	left, right := min(x, last), max(x, last)
	inside := left >= 0 && right <= f.right
	if y := top / fine; y == (end-1)/fine && top == from && end == to { // most edges of letters
		if inside {
			f.cross(y, left, right, sign*int32(end-top))
		} else {
			f.clip(y, left, right, sign*int32(end-top))
		}
		return
	}
	if left == right && inside { // the stems
		f.upright(x, top, end, sign)
		return
	}
	at, slope := x, (last-x)/float64(to-from)
	at += float64(top-from) * slope
	for y := top / fine; top < end; y++ {
		bottom := min((y+1)*fine, end)
		next := x + float64(bottom-from)*slope
		left, right := at, next
		if slope < 0 {
			left, right = next, at
		}
		if inside {
			f.cross(y, left, right, sign*int32(bottom-top))
		} else {
			f.clip(y, left, right, sign*int32(bottom-top))
		}
		top, at = bottom, next
	}
}

// upright adds an edge that stands at x, from the parts of rows top to end.
func (f *Filler) upright(x float64, top, end int, sign int32) {
	first := int(x)
	right := x - float64(first)
	for y := top / fine; top < end; y++ {
		bottom := min((y+1)*fine, end)
		all := sign * int32(bottom-top)
		add := int32(float64(all) * right)
		edges := f.edges[y*f.stride+first:][:2]
		edges[0] += all - add
		edges[1] += add
		f.reached[y].with(first, first+2)
		top = bottom
	}
}

// clip is cross for what may stand beside the picture.
func (f *Filler) clip(y int, a, b float64, all int32) {
	if a >= f.right {
		return // nothing is to the right of it
	}
	edges := f.edges[y*f.stride:][:f.stride]
	if b <= 0 {
		f.reached[y].with(0, 1)
		edges[0] += all
		return
	}
	part := float64(all) / (b - a)
	if a < 0 {
		f.reached[y].with(0, 1)
		edges[0] += int32(-a * part)
		all -= int32(-a * part)
		a = 0
	}
	if b > f.right {
		all -= int32((b - f.right) * part)
		b = f.right
	}
	f.cross(y, a, b, all)
}

// cross adds what an edge adds that crosses a row, or a part of it, between a and b.
func (f *Filler) cross(y int, a, b float64, all int32) {
	edges := f.edges[y*f.stride:][:f.stride]
	first, last := int(a), int(b)
	f.reached[y].with(first, last+2)
	if first == last {
		add := int32(float64(all) * ((a+b)/2 - float64(first)))
		edges[first] += all - add
		edges[first+1] += add
		return
	}
	// what is covered of each pixel, less what was of the one before it
	each := float64(all) / (b - a)
	rest := float64(first+1) - a
	before := int32(each * rest * rest / 2)
	edges[first] += before
	for x := first + 1; x < last; x++ {
		covered := int32(each * (float64(x) + .5 - a))
		edges[x] += covered - before
		before = covered
	}
	rest = b - float64(last)
	covered := all - int32(each*rest*rest/2) // for the last pixel it is a corner that is not
	edges[last] += covered - before
	edges[last+1] += all - covered
}

// corner is a point of a contour of straight lines, in pixels; the first of one begins it.
type corner struct {
	x, y  float32
	first bool
}

// contours adds the edges of contours that are moved, each closed.
func (f *Filler) contours(all []corner, x, y float64) {
	var startX, atX float64
	var startY, atY int
	for _, c := range all {
		toX, toY := float64(c.x)+x-f.left, f.down(float64(c.y)+y)
		if c.first {
			f.line(atX, atY, startX, startY)
			startX, startY = toX, toY
		} else {
			f.line(atX, atY, toX, toY)
		}
		atX, atY = toX, toY
	}
	f.line(atX, atY, startX, startY)
}

// contours are paths of straight lines.
type contours struct{ points []corner }

func (c *contours) corner(x, y float64, first bool) {
	c.points = append(c.points, corner{float32(x), float32(y), first})
}

// flat is how far a line may be from the curve that it stands for, in pixels: more can be seen as corners on a badge's edge.
const flat = .03

// add appends a path.
func (c *contours) add(placed drawing.Matrix, p drawing.Path) {
	var start, pen drawing.Point
	open := false
	for _, s := range p {
		if s.Kind == drawing.Close {
			pen, open = start, false
			continue
		}
		n := s.Kind.Points()
		var q [3]drawing.Point
		for i := range n {
			q[i].X, q[i].Y = placed.Apply(s.P[i].X, s.P[i].Y)
		}
		if s.Kind == drawing.MoveTo {
			pen, open = q[0], false
		}
		if !open { // also after the end of one, without a move
			start, open = pen, true
			c.corner(pen.X, pen.Y, true)
		}
		// a curve leaves its chord by an eighth of its second derivative
		switch s.Kind {
		case drawing.LineTo:
			c.corner(q[0].X, q[0].Y, false)
		case drawing.QuadTo:
			steps := math.Ceil(math.Sqrt(bend(pen, q[0], q[1]) * 2 / 8 / flat))
			for i := 1.0; i < steps; i++ {
				t := i / steps
				k0, k1, k2 := (1-t)*(1-t), 2*t*(1-t), t*t
				c.corner(k0*pen.X+k1*q[0].X+k2*q[1].X, k0*pen.Y+k1*q[0].Y+k2*q[1].Y, false)
			}
			c.corner(q[1].X, q[1].Y, false)
		case drawing.CubeTo:
			steps := math.Ceil(math.Sqrt(max(bend(pen, q[0], q[1]), bend(q[0], q[1], q[2])) * 6 / 8 / flat))
			for i := 1.0; i < steps; i++ {
				t := i / steps
				u := 1 - t
				k0, k1, k2, k3 := u*u*u, 3*u*u*t, 3*u*t*t, t*t*t
				c.corner(k0*pen.X+k1*q[0].X+k2*q[1].X+k3*q[2].X, k0*pen.Y+k1*q[0].Y+k2*q[1].Y+k3*q[2].Y, false)
			}
			c.corner(q[2].X, q[2].Y, false)
		}
		pen = q[n-1]
	}
}

// bend is how far b is from the middle of a and c, twice.
func bend(a, b, c drawing.Point) float64 { return math.Hypot(a.X-2*b.X+c.X, a.Y-2*b.Y+c.Y) }

// over paints pixels that are multiplied by their alpha in a colour, as far as each is covered.
func over(to []uint8, c drawing.Colour, cover []uint8) {
	r8, g8, b8 := c.RGB()
	r, g, b := uint32(r8), uint32(g8), uint32(b8)
	for i := 0; i < len(cover); i++ {
		for i+8 <= len(cover) && binary.LittleEndian.Uint64(cover[i:]) == 0 {
			i += 8
		}
		if i == len(cover) {
			break
		}
		a := uint32(cover[i])
		if a == 0 {
			continue
		}
		p := to[4*i : 4*i+4 : 4*i+4]
		p[0], p[1], p[2], p[3] = mix(p[0], r, a), mix(p[1], g, a), mix(p[2], b, a), mix(p[3], 255, a)
	}
}

// mix is v laid under c that covers it by a of 255, rounded.
func mix(v uint8, c, a uint32) uint8 {
	n := uint32(v)*(255-a) + c*a + 128
	return uint8((n + n>>8) >> 8)
}
