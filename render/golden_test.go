package render_test

import (
	"bytes"
	"flag"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"testamur/academy"
	"testamur/assets"
	"testamur/fonts"
	"testamur/messages"
	"testamur/render"
	"testamur/render/text"
)

var update = flag.Bool("update", false, "write the golden pictures")

// golden compares a picture with testdata/golden/name.png: the pixels, with a tolerance, so that another machine
// may round otherwise. Where they differ it writes name.got.png and name.diff.png beside it, to be looked at.
func golden(t *testing.T, name string, got image.Image) {
	t.Helper()
	file := filepath.Join("testdata", "golden", name)
	if *update {
		save(t, file+".png", got)
		return
	}
	data, err := os.ReadFile(file + ".png")
	if err != nil {
		t.Fatalf("%v; go test ./render -update writes it: look at it then", err)
	}
	want, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	mean, far, diff := distance(got, want)
	const maxMean, maxFar = 0.15, 0.001
	if mean <= maxMean && far <= maxFar {
		return
	}
	save(t, file+".got.png", got)
	save(t, file+".diff.png", diff)
	t.Errorf("%s: channels differ by %.3f on the mean (%.2f is allowed) and %.3f %% of the pixels differ visibly (%.1f %%); look at %s.got.png and .diff.png",
		name, mean, maxMean, 100*far, 100*maxFar, file)
}

// distance returns the mean difference of all channels, 0..255, the share of pixels that differ by more than 24 in
// one, and a picture of where they do. Pictures of different sizes differ in every pixel.
func distance(got, want image.Image) (mean, far float64, diff image.Image) {
	a, b := flat(got), flat(want)
	if a.Rect != b.Rect {
		return 255, 1, a
	}
	out := image.NewGray(a.Rect)
	sum, count := 0, 0
	for i := 0; i < len(a.Pix); i += 4 {
		most := 0
		for j := range 4 {
			d := int(a.Pix[i+j]) - int(b.Pix[i+j])
			sum += max(d, -d)
			most = max(most, d, -d)
		}
		if most > 24 {
			count++
		}
		out.Pix[i/4] = uint8(255 - min(255, 4*most))
	}
	return float64(sum) / float64(max(1, len(a.Pix))), float64(count) / float64(max(1, len(a.Pix)/4)), out
}

// flat is the picture with alpha multiplied in, so that what cannot be seen does not count.
func flat(img image.Image) *image.RGBA {
	out := image.NewRGBA(image.Rectangle{Max: img.Bounds().Size()})
	draw.Draw(out, out.Rect, img, img.Bounds().Min, draw.Src)
	return out
}

func save(t *testing.T, file string, img image.Image) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	pixels := image.NewNRGBA(image.Rectangle{Max: img.Bounds().Size()})
	draw.Draw(pixels, pixels.Rect, img, img.Bounds().Min, draw.Src)
	var data bytes.Buffer // without loss, whatever the pictures themselves are encoded by
	if err := png.Encode(&data, pixels); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, data.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// The tolerance lets through rounding, and nothing that can be seen.
func TestGoldenDistance(t *testing.T) {
	white := image.NewNRGBA(image.Rect(0, 0, 300, 300))
	draw.Draw(white, white.Rect, image.White, image.Point{}, draw.Src)
	rounded, letter := image.NewNRGBA(white.Rect), image.NewNRGBA(white.Rect)
	copy(rounded.Pix, white.Pix)
	copy(letter.Pix, white.Pix)
	for i := range 300 {
		rounded.SetNRGBA(i, i, color.NRGBA{253, 253, 253, 255})
	}
	draw.Draw(letter, image.Rect(100, 100, 110, 112), image.Black, image.Point{}, draw.Src)
	if mean, far, _ := distance(rounded, white); mean > .15 || far > .001 {
		t.Errorf("rounding: %g, %g", mean, far)
	}
	if mean, far, _ := distance(letter, white); mean <= .15 && far <= .001 {
		t.Errorf("a letter: %g, %g", mean, far)
	}
	if mean, _, _ := distance(image.NewNRGBA(image.Rect(0, 0, 300, 299)), white); mean != 255 {
		t.Errorf("another size: %g", mean)
	}
}

// builtin is a press with the built-in academy.
func builtin(t testing.TB) (*render.Press, *academy.Academy) {
	t.Helper()
	return press(t, assets.Files)
}

// press is a press with the academy of a folder.
func press(t testing.TB, folder fs.FS) (*render.Press, *academy.Academy) {
	t.Helper()
	a, err := academy.Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	p, err := render.NewPress(pressConfig(t, a))
	if err != nil {
		t.Fatal(err)
	}
	return p, a
}

// faces is a set that tests share, so that each file is parsed once.
var faces = sync.OnceValues(func() (*text.Fonts, error) { return text.Load(fonts.Files) })

// pressConfig is what a press of the academy draws with.
func pressConfig(t testing.TB, a *academy.Academy) render.Config {
	t.Helper()
	faces, err := faces()
	if err != nil {
		t.Fatal(err)
	}
	folder, err := fs.Sub(assets.Files, "messages")
	if err != nil {
		t.Fatal(err)
	}
	words, err := messages.Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	return render.Config{
		Fonts: faces, Arts: a.Arts, Messages: words, URL: "https://academy.example.org",
		Brand:      render.Brand{Name: a.Name, Wordmark: a.Wordmark, Address: "academy.example.org", Mark: a.Mark, Signature: a.Signature},
		CacheBytes: 64 << 20, Workers: 2, Queue: 64, Patience: time.Hour,
	}
}

func decode(t testing.TB, p render.Picture, err error) *image.NRGBA {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(p.Bytes))
	if err != nil {
		t.Fatal(err)
	}
	out := image.NewNRGBA(img.Bounds()) // from a palette, mostly
	for y := range out.Rect.Dy() {
		for x := range out.Rect.Dx() {
			out.Set(x, y, img.At(x, y))
		}
	}
	return out
}
