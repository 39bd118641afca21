package png

import (
	"bytes"
	"image"
	standard "image/png"
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// Without a palette every pixel is kept; with one, the picture is as like as Quality says.
func TestPNGKeepsThePicture(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, h := rapid.IntRange(1, 40).Draw(t, "w"), rapid.IntRange(1, 40).Draw(t, "h")
		img := image.NewNRGBA(image.Rect(0, 0, w, h))
		copy(img.Pix, rapid.SliceOfN(rapid.Byte(), 0, 4*w*h).Draw(t, "pixels"))
		part := img.SubImage(image.Rect(w/3, h/3, w, h)).(*image.NRGBA)
		for _, img := range []*image.NRGBA{img, part} {
			if db := likeness(t, img, direct(img)); !math.IsInf(db, 1) {
				t.Fatalf("direct changes pixels: %.1f dB", db)
			}
			if db := likeness(t, img, Encode(img)); db < Quality-1 { // measured here on rounded values
				t.Fatalf("the picture is %.1f dB like", db)
			}
		}
	})
}

// A flat drawing goes out with a palette, opaque white in it too, and noise does not.
func TestPNGPalette(t *testing.T) {
	white := image.NewNRGBA(image.Rect(0, 0, 50, 50))
	for i := range white.Pix {
		white.Pix[i] = 255
	}
	copy(white.Pix[400:], []byte{9, 9, 9, 255, 200, 100, 50, 128, 0, 0, 0, 0})
	data := Encode(white)
	img, err := standard.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := img.(*image.Paletted); !ok {
		t.Errorf("flat art is a %T", img)
	}
	if r, g, b, a := img.At(0, 0).RGBA(); r&g&b&a != 0xFFFF {
		t.Error("white is not white")
	}
	noise := image.NewNRGBA(image.Rect(0, 0, 60, 60))
	x := uint32(1)
	for i := range noise.Pix {
		x = x*1664525 + 1013904223
		noise.Pix[i] = byte(x >> 24)
	}
	if img, err = standard.Decode(bytes.NewReader(Encode(noise))); err != nil {
		t.Fatal(err)
	} else if _, ok := img.(*image.NRGBA); !ok {
		t.Errorf("noise is a %T", img)
	}
}

// likeness decodes data and compares it with img, in dB over the channels multiplied by their alpha.
func likeness(t *rapid.T, img *image.NRGBA, data []byte) float64 {
	got, err := standard.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if got.Bounds().Size() != img.Bounds().Size() {
		t.Fatalf("size is %v, want %v", got.Bounds().Size(), img.Bounds().Size())
	}
	sum := 0.0
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			r, g, b, a := got.At(x, y).RGBA()
			wr, wg, wb, wa := img.NRGBAAt(img.Rect.Min.X+x, img.Rect.Min.Y+y).RGBA()
			for _, d := range []float64{float64(r) - float64(wr), float64(g) - float64(wg), float64(b) - float64(wb), float64(a) - float64(wa)} {
				sum += d * d / (257 * 257)
			}
		}
	}
	return 10 * math.Log10(255*255*float64(4*img.Rect.Dx()*img.Rect.Dy())/sum)
}

// A photograph is known by its colours, before a palette is tried; flat art, small or large, is not one.
func TestPhotograph(t *testing.T) {
	for _, test := range []struct {
		colours, pixels int
		want            bool
	}{
		{702, 1200 * 1200, false}, {5875, 2000 * 1414, false}, {20767, 1980 * 8000, false}, {800, 40 * 40, false}, {2000, 90 * 90, false},
		{34115, 300 * 300, true}, {15000, 150 * 150, true}, {95346, 600 * 600, true}, {200000, 1200 * 1200, true},
	} {
		if got := photograph(test.colours, test.pixels); got != test.want {
			t.Errorf("%d colours of %d pixels: %v", test.colours, test.pixels, got)
		}
	}
	img := image.NewNRGBA(image.Rect(0, 0, 100, 100))
	grain := rand.New(rand.NewPCG(1, 2))
	for i := range img.Pix {
		img.Pix[i] = uint8(i/400 + i/4%100 + grain.IntN(4))
	}
	plain := encode(img, nil, func(row, out []byte) []byte { return append(append(out, 0), row...) })
	if n := len(direct(img)); n > len(plain)*2/3 {
		t.Errorf("filtered %d bytes, plain %d", n, len(plain))
	}
}
