package render_test

import (
	"bytes"
	"flag"
	"fmt"
	"image"
	"image/png"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"testamur/academy"
	"testamur/assets"
	"testamur/render"
	"testamur/render/raster"
)

var everyPicture = flag.Bool("every", false, "compare the fast lane in every size, state and tier, each with a tenth of the names")

// lane is a press whose ladder takes the fast lane as soon as a test has prepared its pieces.
func lane(t testing.TB, a *academy.Academy, lossless bool) *render.Press {
	t.Helper()
	c := pressConfig(t, a)
	c.Lossless = lossless
	p, err := render.NewPress(c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// size is one of the ladder.
type size struct {
	style render.Style
	w, h  int
}

func ladder() (all []size) {
	for _, w := range []int{64, 90, 128, 150, 200, 240, 300, 400, 480, 600, 800, 1200} {
		all = append(all, size{render.StyleSeal, w, w})
	}
	for _, w := range []int{320, 640, 1200} {
		all = append(all, size{render.StyleCard, w, w / 4})
	}
	return all
}

// truth is a picture as it is drawn as a whole, without loss.
func truth(t testing.TB, p *render.Press, b render.Badge) *image.NRGBA {
	t.Helper()
	d, err := p.Layout(b)
	if err != nil {
		t.Fatal(err)
	}
	return raster.Draw(d, b.Width, b.Height, render.Placed(d, b.Width, b.Height))
}

// decoded reads a PNG with Go's decoder, without losing anything of it.
func decoded(t testing.TB, data []byte) *image.NRGBA {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	from, ok := img.(*image.Paletted)
	if !ok {
		if plain, ok := img.(*image.NRGBA); ok {
			return plain
		}
		t.Fatalf("a %T", img)
	}
	out := image.NewNRGBA(from.Rect)
	var colours [256][4]uint8
	for i, c := range from.Palette {
		one := image.NewNRGBA(image.Rect(0, 0, 1, 1))
		one.Set(0, 0, c)
		colours[i] = [4]uint8(one.Pix)
	}
	for i, at := range from.Pix {
		copy(out.Pix[4*i:], colours[at][:])
	}
	return out
}

// likeness is how like two pictures are as they are seen, in dB of peak signal to noise: their channels multiplied by their
// alpha.
func likeness(a, b *image.NRGBA) float64 {
	if a.Rect != b.Rect {
		return 0
	}
	sum := 0.0
	for i := 0; i < len(a.Pix); i += 4 {
		p, q := a.Pix[i:i+4:i+4], b.Pix[i:i+4:i+4]
		if [4]uint8(p) == [4]uint8(q) {
			continue
		}
		for j := range 3 {
			d := float64(int(p[j])*int(p[3])-int(q[j])*int(q[3])) / 255
			sum += d * d
		}
		d := float64(p[3]) - float64(q[3])
		sum += d * d
	}
	if sum == 0 {
		return math.Inf(1)
	}
	return 10 * math.Log10(255*255*float64(len(a.Pix))/sum)
}

// same reports whether two pictures are seen alike in every pixel.
func same(a, b *image.NRGBA) bool { return math.IsInf(likeness(a, b), 1) }

// tried makes one badge in both lanes, and compares them with what it should be. It returns the file with a palette.
func tried(t *testing.T, palette, lossless *render.Press, b render.Badge) []byte {
	t.Helper()
	what := fmt.Sprintf("%s %s %s %s %d %q", b.Certification, b.Tier, b.State, b.Style, b.Width, b.Name)
	want := truth(t, palette, b)
	data, ok, err := lossless.Quick(b)
	if err != nil || !ok {
		t.Fatalf("%s is not made of its pieces: %v", what, err)
	}
	if !same(decoded(t, data), want) {
		t.Errorf("%s: without loss it has other pixels", what)
	}
	if data, ok, err = palette.Quick(b); err != nil || !ok {
		t.Fatalf("%s is not made of its pieces: %v", what, err)
	}
	if db := likeness(decoded(t, data), want); db < 45 {
		t.Errorf("%s is %.1f dB like", what, db)
	}
	return data
}

// Some badges in some sizes and states, with some names of every script, in turn; with -every each badge in each size and state,
// with every tenth name, another tenth each time. The fast lane has the very pixels of the ordinary one, or with a palette those
// that are 45 dB like.
func TestFastLaneDrawsTheSame(t *testing.T) {
	a, err := academy.Load(assets.Files)
	if err != nil {
		t.Fatal(err)
	}
	palette, lossless := lane(t, a, false), lane(t, a, true)
	names := corpus(t)
	turn := 0
	var files [][]byte
	everyBadge(func(certification, tier string) {
		for i, s := range ladder() {
			for j, state := range states {
				if state == render.StateExpired && tier != "" {
					continue // not shown
				}
				if turn++; !*everyPicture && (turn%17 != 0 || s.w > 600 && turn%2 == 0) {
					continue
				}
				b := sample(certification, s.w)
				b.Tier, b.State, b.Style, b.Height = tier, state, s.style, s.h
				for _, p := range []*render.Press{palette, lossless} {
					if err := p.Prepare(b); err != nil {
						t.Fatal(err)
					}
				}
				step := 10
				if !*everyPicture {
					step = 60
				}
				for n := (7*i + 3*j) % step; n < len(names); n += step {
					b.Name, b.Lang = names[n].name, names[n].lang
					b.ValidTo = render.Date{Year: 2015 + n%20, Month: 1 + n%12, Day: 1 + n%28}
					b.Code = []string{"7K3M-9QXT-4P24", "0000-0000-0012", "ZZZZ-ZZZZ-ZZZK", "GJQY-ABCD-EFGH"}[n%4]
					data := tried(t, palette, lossless, b)
					if n%5 == 0 {
						files = append(files, data)
					}
				}
				if data, ok, err := lossless.Quick(b); err == nil && ok {
					files = append(files, data)
				}
				for _, p := range []*render.Press{palette, lossless} {
					p.Drop(b)
				}
			}
		}
	})
	byLibpng(t, files)
}

// byLibpng has files read by libpng too, which the programs of netpbm use, and compares its pixels with those that Go reads.
func byLibpng(t *testing.T, files [][]byte) {
	t.Helper()
	program, err := exec.LookPath("pngtopam")
	if err != nil {
		t.Skip("pngtopam is missing, so libpng reads nothing; apt-get install netpbm")
	}
	dir := t.TempDir()
	for i, data := range files {
		file := filepath.Join(dir, fmt.Sprint(i, ".png"))
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
		read := exec.Command(program, "-alphapam", file)
		var said bytes.Buffer
		read.Stderr = &said
		out, err := read.Output()
		if err != nil || said.Len() > 0 {
			t.Fatalf("libpng: %v: %s", err, said.String())
		}
		head, pixels, found := bytes.Cut(out, []byte("ENDHDR\n"))
		if !found || !strings.Contains(string(head), "RGB_ALPHA") {
			t.Fatalf("pngtopam answers %q", head[:min(len(head), 100)])
		}
		if want := decoded(t, data); !bytes.Equal(pixels, want.Pix) {
			t.Fatalf("libpng reads other pixels than Go: %d bytes of %d x %d", len(pixels), want.Rect.Dx(), want.Rect.Dy())
		}
	}
}

// Art of an academy's own takes the fast lane as well: paths, and pixels, which are a photograph here.
func TestFastLaneWithOwnArt(t *testing.T) {
	a, err := academy.Load(os.DirFS("../academy/testdata/example"))
	if err != nil {
		t.Fatal(err)
	}
	palette, lossless := lane(t, a, false), lane(t, a, true)
	for i, art := range a.Arts {
		slug := art.Slug
		for j, s := range []size{{"", 90, 90}, {"", 150, 150}, {"", 300, 300}, {render.StyleCard, 320, 80}} {
			b := sample(slug, s.w)
			b.Style, b.Height, b.State = s.style, s.h, states[(i+j)%2]
			for _, p := range []*render.Press{palette, lossless} {
				if err := p.Prepare(b); err != nil {
					t.Fatal(err)
				}
			}
			for _, name := range []string{"Maya Lindqvist", longName, "فاطمة الزهراء بنت عبد الرحمن"} {
				b.Name = name
				tried(t, palette, lossless, b)
			}
		}
	}
}

// What pages embed stays small.
func TestFastLaneBytes(t *testing.T) {
	a, err := academy.Load(assets.Files)
	if err != nil {
		t.Fatal(err)
	}
	p := lane(t, a, false)
	for _, test := range []struct {
		size
		most int
	}{{size{"", 300, 300}, 12_000}, {size{"", 600, 600}, 30_000}, {size{render.StyleCard, 640, 160}, 10_000}} {
		everyBadge(func(certification, tier string) {
			if tier != "" && certification != "partner" {
				return // nobody has it
			}
			b := sample(certification, test.w)
			b.Tier, b.Style, b.Height = tier, test.style, test.h
			if err := p.Prepare(b); err != nil {
				t.Fatal(err)
			}
			for _, b.Name = range []string{"Maya Lindqvist", "Christopher Montgomery", "Nguyễn Thị Phương Thảo"} {
				data, ok, err := p.Quick(b)
				if err != nil || !ok || len(data) > test.most {
					t.Errorf("%s %s %s %d: %d bytes, at most %d; %v, %v", certification, tier, test.style, test.w, len(data), test.most, ok, err)
				}
			}
			p.Drop(b)
		})
	}
}
