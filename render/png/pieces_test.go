package png

import (
	"bytes"
	"image"
	standard "image/png"
	"math"
	"testing"

	"pgregory.net/rapid"
)

// stroke is paint in one row.
type stroke struct {
	ink   Ink
	y, x  int
	cover []uint8
}

func strokes(all []stroke) func(Painter) {
	return func(p Painter) {
		for _, s := range all {
			p.Paint(s.ink, s.y, s.x, s.cover)
		}
	}
}

// plain is a whole picture, painted pixel by pixel.
type plain struct {
	image.NRGBA
	inks map[Ink]bool
}

func (p *plain) Paint(ink Ink, y, x int, cover []uint8) {
	p.inks[ink] = true
	for i, by := range cover {
		at := p.PixOffset(x+i, y)
		over(p.Pix[at:at+4], ink, []uint8{by}, &sum{}, 0)
	}
}

// painted draws strokes within the bands of a picture.
func painted(t *rapid.T, inks []Ink, bands [][2]int, width int) (all []stroke) {
	for range rapid.IntRange(0, 6).Draw(t, "strokes") {
		b := rapid.SampledFrom(bands).Draw(t, "band")
		x := rapid.IntRange(0, width-1).Draw(t, "x")
		cover := rapid.OneOf(rapid.SliceOfN(rapid.Byte(), 1, width-x), rapid.SliceOfN(rapid.SampledFrom([]byte{0, 255}), 1, width-x)).Draw(t, "cover")
		all = append(all, stroke{rapid.SampledFrom(inks).Draw(t, "ink"), rapid.IntRange(b[0], b[1]-1).Draw(t, "y"), x, cover})
	}
	return all
}

// Whatever the ground, the bands and the paint are, pieces give what painting the whole picture gives.
func TestPiecesGiveTheWholePicture(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, h := rapid.IntRange(1, 60).Draw(t, "w"), rapid.IntRange(1, 40).Draw(t, "h")
		img := image.NewNRGBA(image.Rect(0, 0, w, h))
		switch rapid.IntRange(0, 2).Draw(t, "kind") {
		case 0:
			copy(img.Pix, rapid.SliceOfN(rapid.Byte(), 0, 4*w*h).Draw(t, "noise"))
		case 1: // flat, with an edge that is not opaque
			for i := range img.Pix {
				img.Pix[i] = uint8(i % 4 * 85)
			}
		default:
			for i := range img.Pix {
				img.Pix[i] = 255
			}
		}
		for i := 0; i < len(img.Pix); i += 4 {
			if img.Pix[i+3] == 0 { // as package raster leaves it
				clear(img.Pix[i : i+4])
			}
		}
		var bands [][2]int
		for y := 0; y < h; {
			from := y + rapid.IntRange(0, h).Draw(t, "still")
			to := from + rapid.IntRange(1, h).Draw(t, "band")
			if to > h {
				break
			}
			bands = append(bands, [2]int{from, to})
			y = to + 1
		}
		inks := []Ink{{0, 0, 0}, {255, 255, 255}, {200, 30, 60}}
		g := Ground{Pixels: img, Bands: bands, Lossless: rapid.Bool().Draw(t, "lossless")}
		if len(bands) > 0 {
			for range rapid.IntRange(0, 2).Draw(t, "samples") {
				g.Samples = append(g.Samples, strokes(painted(t, inks, bands, w)))
			}
		}
		before := bytes.Clone(img.Pix)
		p := NewPieces(g)
		if !bytes.Equal(before, img.Pix) {
			t.Fatal("the ground is painted on")
		}
		var d Desk
		for range 3 {
			var paint []stroke
			if len(bands) > 0 {
				paint = painted(t, inks, bands, w)
			}
			data, ok := p.Encode(&d, strokes(paint))
			want := &plain{image.NRGBA{Pix: bytes.Clone(img.Pix), Stride: img.Stride, Rect: img.Rect}, map[Ink]bool{}}
			strokes(paint)(want)
			if !ok {
				for ink := range want.inks {
					if _, known := p.ramps[ink]; !known {
						return // no sample had it
					}
				}
				t.Fatal("refused")
			}
			got, err := standard.Decode(bytes.NewReader(data))
			if err != nil {
				t.Fatal(err)
			}
			if p.Lossless() {
				if db := likeness(t, &want.NRGBA, data); !math.IsInf(db, 1) {
					t.Fatalf("%.1f dB", db)
				}
			} else if _, ok := got.(*image.Paletted); !ok {
				t.Fatalf("a %T", got)
			}
		}
		if len(bands) > 0 && bands[0][0] > 0 {
			if _, ok := p.Encode(&d, strokes([]stroke{{inks[0], bands[0][0] - 1, 0, []byte{255}}})); ok {
				t.Fatal("paint beside the bands is taken")
			}
		}
		if data, ok := p.Encode(&d, func(Painter) {}); !ok || len(data) == 0 {
			t.Fatal("after a refusal nothing is made")
		}
	})
}

// With a palette the samples are as like as Quality says, and paint that covers wholly is exactly its ink where there is a
// colour for it.
func TestPiecesWithAPalette(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 64, 64))
	for y := range 64 {
		for x := range 64 {
			copy(img.Pix[img.PixOffset(x, y):], []byte{uint8(x / 8 * 30), 90, uint8(y / 8 * 30), 255})
		}
	}
	ink := Ink{255, 255, 255}
	cover := make([]byte, 40)
	for i := range cover {
		cover[i] = uint8(min(255, 7*i))
	}
	sample := []stroke{{ink, 20, 3, cover}, {ink, 21, 9, cover}}
	p := NewPieces(Ground{Pixels: img, Bands: [][2]int{{18, 24}}, Samples: []func(Painter){strokes(sample)}})
	if p.Lossless() {
		t.Fatal("no palette")
	}
	var d Desk
	data, ok := p.Encode(&d, strokes(sample))
	if !ok {
		t.Fatal("refused")
	}
	got, err := standard.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	want := &plain{*img, map[Ink]bool{}}
	strokes(sample)(want)
	wrong := 0.0
	for y := range 64 {
		for x := range 64 {
			r, g, b, _ := got.At(x, y).RGBA()
			wr, wg, wb, _ := want.At(x, y).RGBA()
			for _, d := range []float64{float64(r) - float64(wr), float64(g) - float64(wg), float64(b) - float64(wb)} {
				wrong += d * d / (257 * 257)
			}
		}
	}
	if db := alike(wrong, 64*64); db < Quality-.5 {
		t.Errorf("%.1f dB", db)
	}
	if r, g, b, _ := got.At(3+38, 20).RGBA(); min(r, g, b) < 0xFA00 {
		t.Errorf("white is %x %x %x", r, g, b)
	}
	if _, ok := p.Encode(&d, strokes([]stroke{{Ink{1, 2, 3}, 20, 0, []byte{255}}})); ok {
		t.Error("an ink is taken that was not in the samples")
	}
}

// Four bytes that are mixed at once are each what they would be by themselves, and come out as they went in.
func TestMixedIsMix(t *testing.T) {
	for a := range uint32(256) {
		for c := range uint32(256) {
			for v := uint32(0); v < 256; v += 4 {
				pixel := v | (v+1)<<8 | (v+2)<<16 | (v+3)<<24
				got := packed(mixed(lanes(pixel), lanes(c|(255-c)<<8|c<<16|(255-c)<<24), uint64(a)))
				want := uint32(mix(v, c, a)) | uint32(mix(v+1, 255-c, a))<<8 | uint32(mix(v+2, c, a))<<16 | uint32(mix(v+3, 255-c, a))<<24
				if got != want || packed(lanes(pixel)) != pixel {
					t.Fatalf("%x under %d by %d is %x, want %x", pixel, c, a, got, want)
				}
			}
		}
	}
}
