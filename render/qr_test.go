package render_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"testamur/render"
)

var pages = flag.Int("pages", 10, "how many certificates are drawn, printed grey and read by TestPrintedQRIsRead")

const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// someCode is as long as a code and made of the same letters; the QR code does not know what a check symbol is.
func someCode(chance *rand.Rand) string {
	var out []byte
	for i := range 14 {
		if i == 4 || i == 9 {
			out = append(out, '-')
			continue
		}
		out = append(out, crockford[chance.IntN(len(crockford))])
	}
	return string(out)
}

// stain covers a tenth of a square in one piece, with white or black. Its corner is at x, y, which go from 0 to 1.
func stain(img *image.Gray, box image.Rectangle, x, y float64, c uint8) {
	side := 0.3163 * float64(box.Dx()) // its square is a tenth
	x, y = x*(float64(box.Dx())-side), y*(float64(box.Dy())-side)
	for j := int(y); j < int(y+side); j++ {
		for i := int(x); i < int(x+side); i++ {
			img.SetGray(box.Min.X+i, box.Min.Y+j, color.Gray{Y: c})
		}
	}
}

// anywhere is a place for a stain off the three corners by which a reader finds the code.
func anywhere(chance *rand.Rand) (x, y float64) {
	for {
		x, y = chance.Float64(), chance.Float64()
		if (x > .4 || y > .4) && (x < .6 || y > .4) && (x > .4 || y < .6) {
			return x, y
		}
	}
}

// 500 QR codes are of the contract's size and are read; with a tenth covered in the middle, by white or black, too. Where it
// is covered elsewhere nearly all are: level Q mends a quarter of each half of the code, and a stain in one piece can have
// more of one of them.
func TestQRIsRead(t *testing.T) {
	t.Parallel()
	chance := rand.New(rand.NewPCG(1, 2))
	reader := qrcode.NewQRCodeReader()
	lost := 0
	const codes = 500
	for range codes {
		code := someCode(chance)
		m, err := render.QRMatrix("https://academy.example.org", code)
		if err != nil {
			t.Fatal(err)
		}
		if m.Side > 33 {
			t.Fatalf("%d modules a side", m.Side)
		}
		const scale, quiet = 4, 4
		side := (m.Side + 2*quiet) * scale
		whole := image.NewGray(image.Rect(0, 0, side, side))
		for i := range whole.Pix {
			x, y := i%side/scale-quiet, i/side/scale-quiet
			if x < 0 || y < 0 || x >= m.Side || y >= m.Side || !m.Dark(x, y) {
				whole.Pix[i] = 255
			}
		}
		box := whole.Rect.Inset(quiet * scale)
		covered := func(x, y float64, c uint8) *image.Gray {
			img := image.NewGray(whole.Rect)
			copy(img.Pix, whole.Pix)
			stain(img, box, x, y, c)
			return img
		}
		x, y := anywhere(chance)
		for name, img := range map[string]*image.Gray{"whole": whole, "white": covered(.5, .5, 255), "black": covered(.5, .5, 0), "anywhere": covered(x, y, 255)} {
			bitmap, err := gozxing.NewBinaryBitmapFromImage(img)
			if err != nil {
				t.Fatal(err)
			}
			got, err := reader.Decode(bitmap, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_PURE_BARCODE: true})
			switch want := "HTTPS://ACADEMY.EXAMPLE.ORG/V/" + code; {
			case err == nil && got.GetText() != want:
				t.Errorf("%s, %s: read as %q", code, name, got.GetText())
			case err != nil && name == "anywhere":
				lost++
			case err != nil:
				t.Errorf("%s, %s: %v", code, name, err)
			}
		}
	}
	t.Logf("with a tenth covered anywhere, %d of %d are lost", lost, codes)
	if lost > codes/20 {
		t.Errorf("with a tenth covered anywhere, %d of %d are lost", lost, codes)
	}
}

// Whole sheets in every look, printed grey, lead to their page: at 60 dots an inch, and at 100 with a tenth of the code
// covered. (At 60, where a module has less than two pixels, the stain's blur takes more than its tenth.)
func TestPrintedQRIsRead(t *testing.T) {
	t.Parallel()
	p, _ := builtin(t)
	chance := rand.New(rand.NewPCG(3, 4))
	for i := range *pages {
		c := paper("Maya Lindqvist")
		c.Code = someCode(chance)
		c.Words = []string{"en", "de", "fr", "es", "ar"}[i%5]
		c.Certification = []string{"inbound", "hubspot", "partner", "design", "contextual-marketing"}[i/5%5]
		c.State = []render.State{render.StateValid, render.StateExpired, render.StateSpecimen}[i%3]
		if i%2 == 1 {
			c.Paper = render.Letter
		}
		pic, err := p.Certificate(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "c.pdf"), pic.Bytes, 0o600); err != nil {
			t.Fatal(err)
		}
		tool(t, dir, "pdftoppm", "-r", "60", "-gray", "-png", "-singlefile", "c.pdf", "whole")
		const dpi = 100
		tool(t, dir, "pdftoppm", "-r", fmt.Sprint(dpi), "-gray", "-png", "-singlefile", "c.pdf", "stained")
		cover(t, filepath.Join(dir, "stained.png"), c.Words == "ar", dpi/25.4)
		for _, picture := range []string{"whole.png", "stained.png"} {
			out, err := exec.CommandContext(t.Context(), "zbarimg", "-q", "--raw", "-Sdisable", "-Sqrcode.enable", filepath.Join(dir, picture)).Output()
			if errors.Is(err, exec.ErrNotFound) {
				t.Skip("left out: zbarimg is not installed")
			}
			if got, want := strings.TrimSpace(string(out)), "HTTPS://ACADEMY.EXAMPLE.ORG/V/"+c.Code; err != nil || got != want {
				t.Errorf("%s, page %d, %s %s %s: %v: read as %q, want %q", picture, i, c.Words, c.Paper, c.State, err, got, want)
			}
		}
	}
}

// cover stains the middle of the code on a picture of a sheet; mm is a millimetre in pixels.
func cover(t *testing.T, file string, mirrored bool, mm float64) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	read, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	grey := image.NewGray(read.Bounds())
	draw.Draw(grey, grey.Rect, read, image.Point{}, draw.Src)
	column := 74 * mm
	if mirrored {
		column = -column
	}
	x, y := float64(grey.Rect.Dx())/2+column-12*mm, (float64(grey.Rect.Dy())-210*mm)/2+147.5*mm
	side := 24 * mm
	stain(grey, image.Rect(0, 0, int(side), int(side)).Add(image.Pt(int(x), int(y))), .5, .5, 255)
	sheet := image.NewNRGBA(grey.Rect)
	draw.Draw(sheet, sheet.Rect, grey, image.Point{}, draw.Src)
	save(t, file, sheet)
}
