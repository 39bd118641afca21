package png

import (
	"cmp"
	"image"
	"math"
	"slices"
)

// Quality is the least likeness, in dB of peak signal to noise, at which a picture goes out with a palette. Flat art
// stays well over it; a photograph would not, and goes out as it is.
const Quality = 46

// sizes of palettes, tried in turn: fewer colours are fewer bytes.
var sizes = [...]int{64, 128, maxColours}

// maxColours is what a palette holds.
const maxColours = 256

// colour is a pixel with its colour multiplied by its alpha, so that distances are as seen, and how often it occurs.
type colour struct {
	at    [4]float32 // red, green, blue, alpha, 0 to 255
	count float32
	raw   uint32
}

// palette finds the smallest palette of Quality for a picture, and the place of each pixel colour in it. It works on the
// colours that occur, some thousands, and not on the pixels. It is nil where no palette will do.
func palette(img *image.NRGBA) (colours [][4]uint8, index map[uint32]uint8) {
	pixels := img.Rect.Dx() * img.Rect.Dy()
	seen := count(img)
	if photograph(len(seen), pixels) {
		return nil, nil
	}
	for _, n := range sizes {
		colours, index, wrong := quantise(seen, n)
		if alike(wrong, pixels) >= Quality {
			return colours, index
		}
	}
	return nil, nil
}

// quantise finds n colours at most for those seen, the place of each of these among them, and the sum of the squares by which
// all pixels are off.
func quantise(seen []colour, n int) (colours [][4]uint8, index map[uint32]uint8, wrong float64) {
	centres := cut(seen, n)
	for range 4 {
		centres = settle(seen, centres)
	}
	colours = make([][4]uint8, len(centres))
	for i, c := range centres {
		colours[i] = unpremultiply(c)
	}
	// what is not opaque stands first, so that tRNS is short
	order := make([]int, len(centres))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return int(colours[a][3]) - int(colours[b][3]) })
	sorted := make([][4]uint8, len(colours))
	place := make([]uint8, len(colours))
	for i, old := range order {
		sorted[i], place[old] = colours[old], uint8(i)
	}
	index = make(map[uint32]uint8, len(seen))
	for _, c := range seen {
		at := nearest(c.at, centres)
		index[c.raw] = place[at]
		wrong += float64(apart(c.at, premultiply(colours[at])) * c.count)
	}
	return sorted, index, wrong
}

// alike is the likeness in dB of pictures whose channels are off by the sum of squares.
func alike(wrong float64, pixels int) float64 {
	if wrong == 0 {
		return math.Inf(1)
	}
	return 10 * math.Log10(255*255*float64(4*pixels)/wrong)
}

// photograph reports whether so many colours are those of a photograph or of grain: no palette would do, and trying takes
// seconds. Flat art has a few thousand at its smooth edges, a contact sheet some twenty thousand in all.
func photograph(colours, pixels int) bool {
	return colours > 4096 && colours > pixels/4 || colours > 1<<16
}

// count lists the colours of a picture in an order of their own.
func count(img *image.NRGBA) []colour {
	c := counter{}
	for y := range img.Rect.Dy() {
		c.add(img.Pix[y*img.Stride:y*img.Stride+4*img.Rect.Dx()], 1)
	}
	return c.colours()
}

// counter counts colours.
type counter map[uint32]float32

// add counts the pixels of a row, each as so many.
func (c counter) add(row []uint8, each float32) {
	last, run := key(row), float32(0)
	for ; len(row) >= 4; row = row[4:] {
		if k := key(row); k != last {
			c[last] += run
			last, run = k, 0
		}
		run += each
	}
	c[last] += run
}

func (c counter) colours() []colour {
	seen := make([]colour, 0, len(c))
	for raw, n := range c {
		seen = append(seen, colour{raw: raw, count: n, at: premultiply([4]uint8{uint8(raw), uint8(raw >> 8), uint8(raw >> 16), uint8(raw >> 24)})})
	}
	slices.SortFunc(seen, func(a, b colour) int { return cmp.Compare(a.raw, b.raw) }) // a map has none
	return seen
}

func key(p []uint8) uint32 {
	if p[3] == 0 {
		return 0 // transparent is one colour
	}
	return uint32(p[0]) | uint32(p[1])<<8 | uint32(p[2])<<16 | uint32(p[3])<<24
}

// cut is median cut: the box with the largest error is halved until there are n.
func cut(seen []colour, n int) (centres [][4]float32) {
	type box struct {
		in    []colour
		axis  int
		error float32
	}
	measure := func(in []colour) box {
		b := box{in: in}
		var sum, square [4]float32
		var n float32
		for _, c := range in {
			n += c.count
			for i, v := range c.at {
				sum[i] += v * c.count
				square[i] += v * v * c.count
			}
		}
		for i := range sum {
			if e := square[i] - sum[i]*sum[i]/n; e > b.error && len(in) > 1 {
				b.axis, b.error = i, e
			}
		}
		return b
	}
	boxes := []box{measure(slices.Clone(seen))}
	for len(boxes) < n {
		worst := 0
		for i, b := range boxes {
			if b.error > boxes[worst].error {
				worst = i
			}
		}
		b := boxes[worst]
		if b.error <= 0 {
			break
		}
		slices.SortFunc(b.in, func(x, y colour) int {
			return cmp.Or(cmp.Compare(x.at[b.axis], y.at[b.axis]), cmp.Compare(x.raw, y.raw))
		})
		// halve at the mean, which splits rare from common better than the median where one tone covers all
		var weight, sum float32
		for _, c := range b.in {
			weight += c.count
			sum += c.at[b.axis] * c.count
		}
		at := 1
		for at < len(b.in)-1 && b.in[at].at[b.axis] <= sum/weight {
			at++
		}
		boxes[worst] = measure(b.in[:at])
		boxes = append(boxes, measure(b.in[at:]))
	}
	for _, b := range boxes {
		centres = append(centres, mean(b.in))
	}
	return centres
}

func mean(in []colour) (m [4]float32) {
	var n float32
	for _, c := range in {
		n += c.count
		for i, v := range c.at {
			m[i] += v * c.count
		}
	}
	for i := range m {
		m[i] /= n
	}
	return m
}

// settle is one step of k-means: each centre moves to the mean of the colours nearest to it.
func settle(seen []colour, centres [][4]float32) [][4]float32 {
	sums := make([][5]float32, len(centres))
	for _, c := range seen {
		s := &sums[nearest(c.at, centres)]
		for i, v := range c.at {
			s[i] += v * c.count
		}
		s[4] += c.count
	}
	moved := make([][4]float32, len(centres))
	for i, s := range sums {
		moved[i] = centres[i]
		if s[4] > 0 {
			moved[i] = [4]float32{s[0] / s[4], s[1] / s[4], s[2] / s[4], s[3] / s[4]}
		}
	}
	return moved
}

func nearest(c [4]float32, centres [][4]float32) uint8 {
	best, at := float32(math.Inf(1)), 0
	for i := range centres {
		if d := apart(c, centres[i]); d < best {
			best, at = d, i
		}
	}
	return uint8(at)
}

func apart(a, b [4]float32) float32 {
	r, g, bl, al := a[0]-b[0], a[1]-b[1], a[2]-b[2], a[3]-b[3]
	return r*r + g*g + bl*bl + al*al
}

// unpremultiply divides the alpha out again.
func unpremultiply(c [4]float32) (out [4]uint8) {
	if c[3] < 0.5 {
		return out
	}
	for i := range 3 {
		out[i] = uint8(min(255, math.Round(float64(c[i]*255/c[3]))))
	}
	out[3] = uint8(math.Round(float64(c[3])))
	return out
}

func premultiply(c [4]uint8) [4]float32 {
	a := float32(c[3])
	return [4]float32{float32(c[0]) * a / 255, float32(c[1]) * a / 255, float32(c[2]) * a / 255, a}
}
