package png

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"hash/adler32"
	"image"
	"slices"

	"testamur/render/deflate"
)

// Ink is an opaque colour: red, green, blue.
type Ink [3]uint8

// Painter paints the pixels of row y from x on in an ink, as far as each is covered: 0 to 255.
type Painter interface {
	Paint(ink Ink, y, x int, cover []uint8)
}

// Ground is what pictures have in common, and how they differ.
type Ground struct {
	Pixels   *image.NRGBA
	Bands    [][2]int        // rows from and to, in order and apart, in which pictures differ
	Samples  []func(Painter) // what is painted on the pixels: for the palette, the measure of it, and the codes
	Lossless bool            // no palette is tried
}

// Pieces are pictures that are finished but for some bands of rows. What is outside of the bands is compressed once, as hard as
// it can be, and stands ready as chunks with their checksums. A picture costs no more than to paint its bands, to pass over
// them once, and to put the pieces together. Pieces are safe for concurrent use.
//
// With a palette, a pixel of a band is a place in it, and paint is looked up: what an ink becomes by how far it covers and
// what is below it.
type Pieces struct {
	head  []byte // up to the pixels
	parts []part
	pixel int    // bytes of one
	row   int    // bytes of a row
	rows  []byte // of all bands, each after the row above it; padding at the end
	at    []int  // where the pixels of each row begin in rows; outside of bands 0
	band  []int  // which of the parts each row is in, if it is in a band
	ramps map[Ink][]uint8
	count int // of colours; 0: no palette
}

// part is some rows: still ones, which are ready, or a band.
type part struct {
	still []byte // a chunk; nil for a band
	sum   uint32 // Adler-32, of a band before anything is painted
	size  int    // bytes that it is of

	start, from, end int // of a band in rows; it starts with the row above
	coder            *coder
}

// fineSizes are the sizes of palettes that are tried: more of them than for a picture that is made once.
var fineSizes = [...]int{64, 80, 96, 112, 128, 160, 192, maxColours}

// steps are in how many steps an ink covers what is below it.
const steps = 64

// NewPieces makes pieces. The palette is the smallest with which each sample is at least as like as Quality; where there is none,
// nothing is lost.
func NewPieces(g Ground) *Pieces {
	p := &Pieces{at: make([]int, g.Pixels.Rect.Dy()), band: make([]int, g.Pixels.Rect.Dy()), ramps: map[Ink][]uint8{}}
	truths := make([]*truth, len(g.Samples))
	for i, sample := range g.Samples {
		truths[i] = newTruth(g, p.ramps)
		sample(truths[i])
	}
	if g.Lossless || !p.indexed(g, truths) {
		p.direct(g)
	}
	p.train(g)
	return p
}

// truth is the bands of a picture, painted without loss.
type truth struct {
	rows [][]uint8       // nil outside of bands
	inks map[Ink][]uint8 // gets each ink
}

func newTruth(g Ground, inks map[Ink][]uint8) *truth {
	t := &truth{rows: make([][]uint8, g.Pixels.Rect.Dy()), inks: inks}
	for _, b := range g.Bands {
		for y := b[0]; y < b[1]; y++ {
			t.rows[y] = bytes.Clone(pixels(g.Pixels, y))
		}
	}
	return t
}

func (t *truth) Paint(ink Ink, y, x int, cover []uint8) {
	t.inks[ink] = nil
	if row := t.rows[y]; row != nil {
		over(row[4*x:], ink, cover, &sum{}, 0)
	}
}

// pixels is a row of a picture.
func pixels(img *image.NRGBA, y int) []uint8 { return img.Pix[y*img.Stride:][:4*img.Rect.Dx()] }

// over paints pixels, behind which a part has so many bytes after them, and adds by how much that changes its sums. It is
// exactly what package raster makes of the same paint, on pixels that are multiplied by their alpha: that is done here before
// and undone afterwards, and gives back the very number that was divided.
func over(pixels []uint8, ink Ink, cover []uint8, changed *sum, after int) {
	opaque := lanes(uint32(ink[0]) | uint32(ink[1])<<8 | uint32(ink[2])<<16 | 255<<24)
	var low, high int64
	for i := 0; i < len(cover); {
		if i+8 <= len(cover) && binary.LittleEndian.Uint64(cover[i:]) == 0 {
			high += 4 * 8 * low
			i += 8
			continue
		}
		for end := min(i+8, len(cover)); i < end; i++ {
			by := uint64(cover[i])
			p := pixels[4*i : 4*i+4 : 4*i+4]
			raw := binary.LittleEndian.Uint32(p)
			was := lanes(raw)
			is := was
			switch {
			case raw>>24 == 255:
				is = mixed(was, opaque, by)
				binary.LittleEndian.PutUint32(p, packed(is))
			case by > 0:
				translucent(p, ink, uint32(by))
				is = lanes(binary.LittleEndian.Uint32(p))
			}
			const bias = 256 // above any difference, so that none is below zero
			d := is + bias*ones - was
			high += 4*low + int64(d*(4<<48|3<<32|2<<16|1)>>48) - (4+3+2+1)*bias
			low += int64(d*ones>>48) - 4*bias
		}
	}
	changed.add(low, high, after)
}

// ones is 1 in each of four lanes of 16 bits, which hold the bytes of a pixel.
const ones = 1<<48 | 1<<32 | 1<<16 | 1

// lanes parts the bytes of a pixel, the first one in the lowest lane.
func lanes(pixel uint32) uint64 {
	v := uint64(pixel)
	v = (v | v<<16) & (0xFFFF<<32 | 0xFFFF)
	return (v | v<<8) & (0xFF * ones)
}

// packed puts them together.
func packed(lanes uint64) uint32 {
	v := (lanes | lanes>>8) & (0xFFFF<<32 | 0xFFFF)
	return uint32(v | v>>16)
}

// mixed is mix of each lane.
func mixed(v, c, a uint64) uint64 {
	n := v*(255-a) + c*a + 128*ones
	return (n + n>>8&(0xFF*ones)) >> 8 & (0xFF * ones)
}

// translucent paints a pixel that is not opaque.
func translucent(p []uint8, ink Ink, by uint32) {
	alpha := uint32(p[3])
	p[3] = mix(alpha, 255, by)
	for j, ink := range ink {
		v := uint32(mix((uint32(p[j])*alpha+127)/255, uint32(ink), by))
		if is := uint32(p[3]); is != 255 && is != 0 {
			v = min(255, (v*255+is/2)/is)
		}
		p[j] = uint8(v)
	}
}

// mix is v laid under c that covers it by a of 255, rounded.
func mix(v, c, a uint32) uint8 {
	n := v*(255-a) + c*a + 128
	return uint8((n + n>>8) >> 8)
}

// indexed lays the rows out by a palette; it is false where none is good enough.
func (p *Pieces) indexed(g Ground, truths []*truth) bool {
	width, height := g.Pixels.Rect.Dx(), g.Pixels.Rect.Dy()
	colours := counter{}
	for y := range height {
		colours.add(pixels(g.Pixels, y), 1+float32(len(truths)))
		for _, t := range truths {
			if t.rows[y] != nil {
				colours.add(t.rows[y], 1)
			}
		}
	}
	seen := colours.colours()
	if photograph(len(seen), width*height) {
		return false
	}
	for _, n := range fineSizes {
		colours, index, _ := quantise(seen, n)
		p.count, p.pixel, p.row = len(colours), 1, 1+width
		p.head = head(width, height, colours)
		shades := make([][4]float32, len(colours))
		for i, c := range colours {
			shades[i] = premultiply(c)
		}
		for ink := range p.ramps {
			p.ramps[ink] = ramp(ink, shades)
		}
		stream := make([]byte, 0, height*p.row)
		for y := range height {
			stream = places(pixels(g.Pixels, y), index, append(stream, 0))
		}
		p.lay(g, stream, func(part []byte, _, _ int) []byte { return part })
		if p.worst(g, truths, stream, shades) >= Quality {
			return true
		}
	}
	clear(p.ramps)
	p.count = 0
	return false
}

// ramp returns the place of what an ink becomes over each colour of a palette, in steps of how far it covers.
func ramp(ink Ink, shades [][4]float32) []uint8 {
	out := make([]uint8, 0, (steps+1)*len(shades))
	for step := range steps + 1 {
		a := float32(step) / steps
		for i, s := range shades {
			if step == 0 {
				out = append(out, uint8(i))
				continue
			}
			for j := range 3 {
				s[j] += (float32(ink[j]) - s[j]) * a
			}
			s[3] += (255 - s[3]) * a
			out = append(out, nearest(s, shades))
		}
	}
	return out
}

// worst is the likeness of the sample that is least like, in dB.
func (p *Pieces) worst(g Ground, truths []*truth, stream []byte, shades [][4]float32) float64 {
	wrong := func(row []uint8, places []byte) (sum float64) {
		for x, at := range places {
			sum += float64(apart(premultiply([4]uint8(row[4*x:4*x+4])), shades[at]))
		}
		return sum
	}
	still := 0.0
	for y, at := range p.at {
		if at == 0 {
			still += wrong(pixels(g.Pixels, y), stream[y*p.row+1:(y+1)*p.row])
		}
	}
	all := len(p.at) * g.Pixels.Rect.Dx()
	worst := alike(still, all)
	var d Desk
	for i, sample := range g.Samples {
		sum := still
		d.paint(p, sample)
		for y, at := range p.at {
			if at > 0 {
				sum += wrong(truths[i].rows[y], d.rows[at:at+p.row-1])
			}
		}
		worst = min(worst, alike(sum, all))
	}
	return worst
}

// direct lays the rows out as RGBA.
func (p *Pieces) direct(g Ground) {
	img := g.Pixels
	width, height := img.Rect.Dx(), img.Rect.Dy()
	p.pixel, p.row, p.head = 4, 1+4*width, head(width, height, nil)
	stream := make([]byte, 0, height*p.row)
	for y := range height {
		stream = append(append(stream, 0), pixels(img, y)...)
	}
	p.lay(g, stream, func(part []byte, from, end int) []byte { // flat art is smallest as it is, a photograph filtered
		if by := filtered(stream, p.row, from, end); len(squeezed(by)) < len(squeezed(part)) {
			return by
		}
		return part
	})
}

// filtered returns rows, each by the filter that leaves the smallest values; the first one by what stands left of each pixel,
// since the row above may be another in each picture.
func filtered(stream []byte, row, from, end int) []byte {
	out := make([]byte, 0, (end-from)*row)
	above := stream[from*row+1 : (from+1)*row]
	first, _ := filter(1, above, above, nil)
	out = append(append(out, 1), first...)
	var tried [filters][]byte
	for y := from + 1; y < end; y++ {
		this := stream[y*row+1 : (y+1)*row]
		out = best(this, above, &tried, out)
		above = this
	}
	return out
}

// squeezed compresses rows as hard as it can be done, ended on a whole byte.
func squeezed(rows []byte) []byte {
	var out bytes.Buffer
	z, _ := flate.NewWriter(&out, flate.BestCompression) // the level is a good one, and a write to memory does not fail
	_, _ = z.Write(rows)
	_ = z.Flush()
	return out.Bytes()
}

// lay parts a stream of rows into still parts, which pack makes smaller, and bands.
func (p *Pieces) lay(g Ground, stream []byte, pack func(part []byte, from, end int) []byte) {
	p.parts, p.rows = nil, nil
	above := make([]byte, p.row) // as it stands in the stream
	still := func(from, end int) {
		if from == end {
			return
		}
		rows := pack(stream[from*p.row:end*p.row], from, end)
		p.parts = append(p.parts, part{still: rows, sum: adler32.Checksum(rows), size: len(rows)})
		above = rows[len(rows)-p.row:]
	}
	done := 0
	for _, b := range g.Bands {
		still(done, b[0])
		start := len(p.rows)
		if b[0] > 0 {
			p.rows = append(p.rows, above...)
		}
		from := len(p.rows)
		for y := b[0]; y < b[1]; y++ {
			p.at[y], p.band[y] = len(p.rows)+1, len(p.parts)
			p.rows = append(p.rows, stream[y*p.row:(y+1)*p.row]...)
		}
		p.parts = append(p.parts, part{start: start, from: from, end: len(p.rows), sum: adler32.Checksum(p.rows[from:]), size: len(p.rows) - from})
		above = stream[(b[1]-1)*p.row : b[1]*p.row]
		done = b[1]
	}
	still(done, len(p.at))
	p.rows = append(p.rows, make([]byte, padding)...)
}

// train makes chunks of the still parts, and the codes of the bands from the samples.
func (p *Pieces) train(g Ground) {
	seen := make([]counts, len(p.parts))
	var d Desk
	for _, sample := range g.Samples {
		d.paint(p, sample)
		for i, part := range p.parts {
			if part.still == nil {
				(&coder{pixel: p.pixel, row: p.row}).count(d.rows[part.start:], part.from-part.start, part.end-part.start, &seen[i])
			}
		}
	}
	literals := 256
	if p.count > 0 {
		literals = p.count
	}
	for i := range p.parts {
		part := &p.parts[i]
		if part.still == nil {
			part.coder = newCoder(p.pixel, p.row, literals, &seen[i])
			continue
		}
		var data []byte
		if i == 0 {
			data = deflate.ZlibHead
		}
		part.still = chunk(nil, "IDAT", slices.Concat(data, squeezed(part.still)))
	}
}

// Bytes is about how much memory the pieces take.
func (p *Pieces) Bytes() int {
	n := len(p.head) + cap(p.rows) + 16*len(p.at)
	for _, part := range p.parts {
		n += cap(part.still)
		if part.coder != nil {
			n += 6000
		}
	}
	for _, r := range p.ramps {
		n += cap(r)
	}
	return n
}

// Lossless reports whether every pixel is kept as it is painted.
func (p *Pieces) Lossless() bool { return p.count == 0 }

// Desk is where one picture at a time is made. The zero Desk is ready; it keeps its memory for the next picture.
type Desk struct {
	of   *Pieces
	rows []byte
	out  []byte
	sums []sum // of each part
	ink  Ink
	ramp []uint8
	bad  bool // paint that the pieces were not made for
}

// sum is by how much paint changes the two sums of an Adler-32. The low one is of the bytes, the high one of each byte as often as
// there are bytes from it on: so what a picture changes can be added, and nobody need look at the rest of it.
type sum struct{ low, high int64 }

// add adds a change of some bytes: that of the low sum, and of the high one as if the last of them were the last of all.
func (s *sum) add(low, high int64, after int) {
	s.low += low
	s.high += high + low*int64(after)
}

// of returns the Adler-32 of what had the sum before it was changed.
func (s sum) of(before uint32) uint32 {
	const prime = 65521
	low, high := (int64(before&0xFFFF)+s.low)%prime, (int64(before>>16)+s.high)%prime
	return uint32((high+prime)%prime)<<16 | uint32((low+prime)%prime)
}

// Paint paints on the picture that is being made.
func (d *Desk) Paint(ink Ink, y, x int, cover []uint8) {
	p := d.of
	at := p.at[y]
	if at == 0 {
		d.bad = d.bad || slices.ContainsFunc(cover, func(by uint8) bool { return by > 0 })
		return
	}
	at += p.pixel * x
	size := p.pixel * len(cover)
	pixels := d.rows[at : at+size]
	band := p.band[y]
	after := p.parts[band].end - at - size
	if p.count == 0 {
		over(pixels, ink, cover, &d.sums[band], after)
		return
	}
	if ink != d.ink || d.ramp == nil {
		if d.ink, d.ramp = ink, p.ramps[ink]; d.ramp == nil {
			d.bad = true
			return
		}
	}
	ramp, count := d.ramp, p.count
	var low, high int64
	for i := 0; i < len(cover); {
		if i+8 <= len(cover) && binary.LittleEndian.Uint64(cover[i:]) == 0 {
			high += 8 * low
			i += 8
			continue
		}
		for end := min(i+8, len(cover)); i < end; i++ {
			step := (int(cover[i])*steps + 128) >> 8 // all of the steps at 255
			was := pixels[i]
			is := ramp[step*count+int(was)]
			pixels[i] = is
			low += int64(is) - int64(was)
			high += low
		}
	}
	d.sums[band].add(low, high, after)
}

func (d *Desk) paint(p *Pieces, paint func(Painter)) {
	d.of, d.bad, d.ramp = p, false, nil
	d.rows = append(d.rows[:0], p.rows...)
	d.sums = append(d.sums[:0], make([]sum, len(p.parts))...)
	paint(d)
}

// Encode returns the picture that paint makes of the ground. It is false where paint leaves the bands or is of an ink that the
// pieces do not know.
func (p *Pieces) Encode(d *Desk, paint func(Painter)) ([]byte, bool) {
	d.paint(p, paint)
	if d.bad {
		return nil, false
	}
	out := append(d.out[:0], p.head...)
	all := uint32(1)
	for i, part := range p.parts {
		if part.still != nil {
			out = append(out, part.still...)
			all = deflate.JoinSums(all, part.sum, part.size)
			continue
		}
		start := len(out)
		out = append(out, "\x00\x00\x00\x00IDAT"...)
		if i == 0 {
			out = append(out, deflate.ZlibHead...)
		}
		out = sealed(part.coder.write(out, d.rows[part.start:], part.from-part.start, part.end-part.start), start)
		all = deflate.JoinSums(all, d.sums[i].of(part.sum), part.size)
	}
	const last = "\x03\x00" // an empty block
	out = chunk(out, "IDAT", []byte{last[0], last[1], byte(all >> 24), byte(all >> 16), byte(all >> 8), byte(all)})
	d.out = chunk(out, "IEND", nil)
	return bytes.Clone(d.out), true
}
