package raster

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
	"math"
	"strings"
	"sync"
	"testing"

	"testamur/render/drawing"
)

// halves is a PNG of a side, its left half red and its right half transparent.
func halvesPNG(t *testing.T, side int) []byte {
	t.Helper()
	img := image.NewPaletted(image.Rect(0, 0, side, side), color.Palette{color.NRGBA{0xC0, 0x20, 0x10, 255}, color.NRGBA{}})
	for y := range side {
		for x := side / 2; x < side; x++ {
			img.Pix[y*img.Stride+x] = 1
		}
	}
	return encoded(t, img)
}

func encoded(t *testing.T, img image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// withHead is a PNG whose header says another size than its pixels have.
func withHead(file []byte, w, h uint32) []byte {
	out := bytes.Clone(file)
	binary.BigEndian.PutUint32(out[16:], w)
	binary.BigEndian.PutUint32(out[20:], h)
	binary.BigEndian.PutUint32(out[29:], crc32.ChecksumIEEE(out[12:29]))
	return out
}

func TestDecodePNG(t *testing.T) {
	good := halvesPNG(t, MinSide)
	if _, err := DecodePNG(good); err != nil {
		t.Fatal(err)
	}
	if _, err := DecodePNG(halvesPNG(t, 1500)); err != nil {
		t.Fatal(err)
	}
	control := append(bytes.Clone(good[:33]), 0, 0, 0, 8, 'a', 'c', 'T', 'L', 0, 0, 0, 2, 0, 0, 0, 0)
	control = binary.BigEndian.AppendUint32(control, crc32.ChecksumIEEE(control[37:]))
	for name, test := range map[string]struct {
		file []byte
		want string
	}{
		"small":         {halvesPNG(t, MinSide-1), "is 1199 pixels a side; export it at 1200 to 4096"},
		"no square":     {withHead(good, 1200, 1300), "is 1200 x 1300 pixels; a badge is square"},
		"a huge header": {withHead(good, 100_000, 100_000), "is 100000 pixels a side"},
		"a false size":  {withHead(good, 1300, 1300), "is no PNG that can be read"},
		"cut off":       {good[:len(good)/2], "is no PNG that can be read"},
		"no PNG":        {[]byte("GIF89a"), "is no PNG that can be read"},
		"empty":         {nil, "is no PNG that can be read"},
		"many bytes":    {make([]byte, MaxBytes+1), "has 8388609 bytes; at most 8388608 are read"},
		"animated":      {append(control, good[33:]...), "is animated"},
	} {
		if p, err := DecodePNG(test.file); err == nil || p != nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %s", name, err, test.want)
		}
	}
}

// A picture stands where it is placed, at any size, and on what is below it.
func TestImage(t *testing.T) {
	p, err := DecodePNG(halvesPNG(t, MinSide))
	if err != nil {
		t.Fatal(err)
	}
	d := drawing.New(10, 10)
	d.Fill(drawing.Rect(0, 0, 10, 5), blue)
	d.Ops = append(d.Ops, drawing.Image{Source: p, X: 1, Y: 1, W: 8, H: 8})
	img := Draw(d, 40, 40, drawing.Scale(4, 4))
	at(t, img, 3, 10, solidBlue)
	at(t, img, 4, 10, solidRed)
	at(t, img, 4, 35, solidRed)
	at(t, img, 4, 36, nothing)
	at(t, img, 25, 10, solidBlue)
	at(t, img, 25, 30, nothing)

	moved := drawing.New(20, 20)
	moved.Add(d, drawing.Translate(2, 4).Mul(drawing.Scale(.5, .5)))
	img = Draw(moved.Grey(), 80, 80, drawing.Scale(4, 4))
	_, _, g := drawing.Colour(red).Grey().RGB()
	at(t, img, 10, 30, color.NRGBA{g, g, g, 255})
}

// Grey has the light of the colour it was, so every contrast stays.
func TestGreyKeepsContrast(t *testing.T) {
	for _, c := range []drawing.Colour{0, 0xFFFFFF, 0xFF0000, 0x00FF00, 0x0000FF, 0x0A646D, 0xFFD27A, 0x123456} {
		g := c.Grey()
		r, gr, b := g.RGB()
		if r != gr || gr != b {
			t.Errorf("%v becomes %v", c, g)
		}
		for _, on := range []drawing.Colour{0, 0xFFFFFF, 0x0A646D} {
			if before, after := drawing.Contrast(c, on), drawing.Contrast(g, on); math.Abs(before-after) > .02*before {
				t.Errorf("%v on %v: %.3f, in grey %.3f", c, on, before, after)
			}
		}
	}
	half := greyOf([4]uint8{64, 0, 0, 128}) // half of red 128
	_, _, want := drawing.Colour(0x800000).Grey().RGB()
	if half[0] != half[1] || half[3] != 128 || math.Abs(float64(half[0])-float64(want)/2) > 1 {
		t.Errorf("a half becomes %v, want half of %d", half, want)
	}
}

// A size is made once for all who ask at once, and what is kept is bounded.
func TestPixelsAreKept(t *testing.T) {
	p, err := DecodePNG(halvesPNG(t, MinSide))
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	got := make([]*image.RGBA, 20)
	for i := range got {
		all.Go(func() { got[i] = p.Pixels(300, 300, i%2 == 0) })
	}
	all.Wait()
	for i, g := range got {
		if g != got[i%2] || g.Rect.Dx() != 300 {
			t.Fatalf("asker %d has pixels of its own", i)
		}
	}
	if got[0] == got[1] {
		t.Error("grey and colour are one")
	}
	if p.Pixels(MinSide, MinSide, false) != p.full {
		t.Error("the full size is a copy")
	}
	for _, side := range []int{900, 700, 32, 901, 33, 902} {
		p.Pixels(side, side, true)
	}
	sum := 0
	for s := range p.kept {
		sum += 4 * s.width * s.height
	}
	if sum > keptBytes || p.bytes != sum {
		t.Errorf("%d bytes are kept, %d counted", sum, p.bytes)
	}
}

// Nothing that pretends to be a PNG takes more memory than its limits or ends the program.
func FuzzDecodePNG(f *testing.F) {
	small := image.NewNRGBA(image.Rect(0, 0, 4, 4))
	var out bytes.Buffer
	if err := png.Encode(&out, small); err != nil {
		f.Fatal(err)
	}
	f.Add(out.Bytes())
	f.Add(withHead(out.Bytes(), 1200, 1200))
	f.Fuzz(func(t *testing.T, file []byte) {
		p, err := DecodePNG(file)
		if (err == nil) != (p != nil) {
			t.Fatalf("%v, %v", p, err)
		}
		if p != nil && p.full.Rect.Dx() != MinSide {
			t.Fatalf("%v", p.full.Rect)
		}
	})
}
