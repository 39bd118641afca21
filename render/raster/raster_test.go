package raster

import (
	"bytes"
	"image"
	"image/color"
	"math/rand/v2"
	"testing"

	"testamur/fonts"
	"testamur/render/drawing"
	"testamur/render/text"
)

const red, blue drawing.Colour = 0xC02010, 0x1020C0

func at(t *testing.T, img *image.NRGBA, x, y int, want color.NRGBA) {
	t.Helper()
	if got := img.NRGBAAt(x, y); got != want {
		t.Errorf("(%d, %d) is %v, want %v", x, y, got, want)
	}
}

var (
	solidRed  = color.NRGBA{0xC0, 0x20, 0x10, 255}
	solidBlue = color.NRGBA{0x10, 0x20, 0xC0, 255}
	nothing   = color.NRGBA{}
)

func TestFill(t *testing.T) {
	d := drawing.New(10, 10)
	d.Fill(drawing.Rect(2, 2, 4.5, 4), red)
	img := Draw(d, 20, 20, drawing.Scale(2, 2))
	at(t, img, 3, 4, nothing)
	at(t, img, 4, 4, solidRed)
	at(t, img, 12, 11, solidRed)
	at(t, img, 13, 11, nothing)
	at(t, img, 12, 12, nothing)

	// A pixel half covered keeps its colour and is half transparent.
	half := Draw(d, 10, 10, drawing.Identity).NRGBAAt(6, 3)
	if half.A < 126 || half.A > 129 || max(half.R, 0xC0)-min(half.R, 0xC0) > 2 || max(half.B, 0x10)-min(half.B, 0x10) > 2 {
		t.Errorf("half a pixel of red is %v", half)
	}
}

func TestFillRuleIsNonZero(t *testing.T) {
	d := drawing.New(10, 10)
	d.Fill(append(drawing.Rect(0, 0, 10, 10), drawing.Rect(3, 3, 4, 4)...), red)
	at(t, Draw(d, 10, 10, drawing.Identity), 5, 5, solidRed)

	hole := drawing.New(10, 10)
	hole.Fill(append(drawing.Rect(0, 0, 10, 10), drawing.Rect(7, 3, -4, 4)...), red)
	at(t, Draw(hole, 10, 10, drawing.Identity), 5, 5, nothing)
}

func TestClipsNestAndEnd(t *testing.T) {
	d := drawing.New(20, 20)
	d.Clip(drawing.Rect(0, 0, 10, 20))
	d.Fill(drawing.Rect(0, 0, 20, 20), red)
	d.Clip(drawing.Rect(0, 0, 20, 10))
	d.Fill(drawing.Rect(0, 0, 20, 20), blue)
	d.End()
	d.Fill(drawing.Rect(0, 18, 20, 2), blue)
	d.End()
	d.Fill(drawing.Rect(18, 0, 2, 2), blue)
	img := Draw(d, 20, 20, drawing.Identity)
	at(t, img, 5, 5, solidBlue)
	at(t, img, 5, 15, solidRed)
	at(t, img, 5, 19, solidBlue)
	at(t, img, 15, 5, nothing)
	at(t, img, 15, 19, nothing)
	at(t, img, 19, 1, solidBlue)
}

// What is painted over in a clip does not shine through at the clip's edge.
func TestClipHasOneEdge(t *testing.T) {
	d := drawing.New(10, 10)
	d.Clip(drawing.Rect(0, 0, 4.5, 10))
	d.Fill(drawing.Rect(0, 0, 10, 10), red)
	d.Fill(drawing.Rect(0, 0, 10, 10), blue)
	d.End()
	if got := Draw(d, 10, 10, drawing.Identity).NRGBAAt(4, 5); got.R > 0x14 || got.A < 126 || got.A > 129 {
		t.Errorf("the edge of the clip is %v, want half a pixel of blue", got)
	}
}

func TestUnbalancedClipsDoNoHarm(t *testing.T) {
	d := drawing.New(10, 10)
	d.End()
	d.Clip(drawing.Rect(0, 0, 5, 10))
	d.Fill(drawing.Rect(0, 0, 10, 10), red)
	img := Draw(d, 10, 10, drawing.Identity)
	at(t, img, 2, 5, solidRed)
	at(t, img, 7, 5, nothing)
}

// A closed stroke is even all the way round: where it begins cannot be seen.
func TestClosedStrokeHasNoSeam(t *testing.T) {
	for name, path := range map[string]drawing.Path{
		"circle":    drawing.Circle(50, 50, 40),
		"rectangle": drawing.Rect(10, 10, 80, 80),
		"quadratic": drawing.RoundPolygon(80, drawing.Regular(50, 50, 56, 4, 45)...),
	} {
		for turn := range 4 { // the same ring, begun elsewhere
			d := drawing.New(100, 100)
			at := drawing.Translate(50, 50).Mul(drawing.Rotate(float64(90 * turn))).Mul(drawing.Translate(-50, -50))
			d.Stroke(path.Transform(at), red, 2.2)
			e := drawing.New(100, 100)
			e.Stroke(path, red, 2.2)
			a, b := Draw(d, 100, 100, drawing.Identity), Draw(e, 100, 100, drawing.Identity)
			for i := 3; i < len(a.Pix); i += 4 {
				if diff := int(a.Pix[i]) - int(b.Pix[i]); diff < -12 || diff > 12 {
					t.Fatalf("%s, turned by %d: pixel %d, %d is %d, want %d", name, 90*turn, i/4%100, i/400, a.Pix[i], b.Pix[i])
				}
			}
		}
	}
}

func TestStrokeCapsAndDashes(t *testing.T) {
	var p drawing.Path
	p.Move(10, 10)
	p.Line(30, 10)
	d := drawing.New(40, 20)
	d.Stroke(p, red, 8)
	img := Draw(d, 40, 20, drawing.Identity)
	at(t, img, 7, 10, solidRed) // the round cap
	at(t, img, 4, 10, nothing)
	at(t, img, 20, 7, solidRed)
	at(t, img, 20, 4, nothing)

	d = drawing.New(40, 20)
	d.Dash(p, red, 8, 5, 5)
	img = Draw(d, 40, 20, drawing.Identity)
	at(t, img, 8, 10, nothing) // flat
	at(t, img, 12, 10, solidRed)
	at(t, img, 17, 10, nothing)
	at(t, img, 22, 10, solidRed)
}

func TestText(t *testing.T) {
	f, err := text.Load(fonts.Files)
	if err != nil {
		t.Fatal(err)
	}
	l := f.Line(text.Heavy, "I", "en")
	x0, y0, x1, y1 := l.Bounds()
	d := drawing.New(100, 100)
	d.Text(drawing.Text{Line: l, Size: 100, X: 20, Y: 90, Colour: red}, drawing.Left)
	img := Draw(d, 100, 100, drawing.Identity)
	at(t, img, int(20+50*(x0+x1)), int(90-50*(y0+y1)), solidRed)
	at(t, img, int(20+100*x0)-2, 60, nothing)
	at(t, img, int(20+100*x1)+2, 60, nothing)
	at(t, img, int(20+50*(x0+x1)), int(90-100*y1)-2, nothing)
}

// Same drawing, same pixels.
func TestDrawIsDeterministic(t *testing.T) {
	d := drawing.New(100, 100)
	random := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		d.Fill(drawing.Circle(random.Float64()*100, random.Float64()*100, random.Float64()*20), drawing.Colour(random.Uint32N(1<<24)))
		d.Stroke(drawing.Arc(50, 50, random.Float64()*50, 0, random.Float64()*360), drawing.Colour(random.Uint32N(1<<24)), 3)
	}
	first := Draw(d, 77, 91, drawing.Scale(.9, .9)).Pix
	for range 3 {
		if !bytes.Equal(first, Draw(d, 77, 91, drawing.Scale(.9, .9)).Pix) {
			t.Fatal("the same drawing gives other pixels")
		}
	}
}
