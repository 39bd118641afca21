package drawing

import (
	"math"
	"slices"
	"testing"

	"testamur/fonts"
	"testamur/render/text"
)

func line(t *testing.T, s string) text.Line {
	t.Helper()
	f, err := text.Load(fonts.Files)
	if err != nil {
		t.Fatal(err)
	}
	return f.Line(text.Strong, s, "en")
}

func TestTextAnchorAndTracking(t *testing.T) {
	l := line(t, "Maya")
	for _, test := range []struct {
		at    Anchor
		start float64 // in widths before x
	}{{Left, 0}, {Centre, .5}, {Right, 1}} {
		d := New(100, 100)
		w := d.Text(Text{Line: l, Size: 10, X: 50, Y: 20, Tracking: 2}, test.at)
		if want := l.Width*10 + 3*2; math.Abs(w-want) > 1e-9 {
			t.Errorf("the line is %g wide, want %g", w, want)
		}
		if got, want := d.Ops[0].(Text).X, 50-test.start*w; math.Abs(got-want) > 1e-9 {
			t.Errorf("anchor %g: starts at %g, want %g", float64(test.at), got, want)
		}
	}
}

func TestTextOutlineIsWhereTheLineIs(t *testing.T) {
	l := line(t, "Adébáyò")
	x0, y0, x1, y1 := l.Bounds()
	got := Text{Line: l, Size: 20, X: 3, Y: 50}.Outline()
	bx0, by0, bx1, by1 := got.Bounds()
	for _, d := range []float64{bx0 - 3 - 20*x0, bx1 - 3 - 20*x1, by0 - 50 + 20*y1, by1 - 50 + 20*y0} {
		if math.Abs(d) > 1e-6 {
			t.Fatalf("outline in %g %g %g %g, line in %g %g %g %g em", bx0, by0, bx1, by1, x0, y0, x1, y1)
		}
	}
}

// The letters of text on an arc stand between its baseline and the circle of their tops, evenly to both sides.
func TestTextOnArc(t *testing.T) {
	l := line(t, "AHHA")
	for _, below := range []bool{false, true} {
		d := New(600, 600)
		deg := 0.0
		if below {
			deg = 180
		}
		d.TextOnArc(Text{Line: l, Size: 30, X: 300, Y: 300}, 200, deg, below)
		p := d.Ops[0].(Fill).Path
		for _, q := range flat(p) {
			r := math.Hypot(q.X-300, q.Y-300)
			if low, high := 199.0, 224.0; !below && (r < low || r > high) {
				t.Fatalf("above: a point is %g from the centre", r)
			}
			if low, high := 177.0, 202.0; below && (r < low || r > high) {
				t.Fatalf("below: a point is %g from the centre", r)
			}
			if below != (q.Y > 300) {
				t.Fatalf("below %v: a point at y %g", below, q.Y)
			}
		}
		x0, _, x1, _ := p.Bounds()
		if math.Abs(x0+x1-600) > 1 {
			t.Errorf("below %v: from %g to %g is not round the middle", below, x0, x1)
		}
	}
}

func TestAdd(t *testing.T) {
	l := line(t, "Zoë")
	in := New(10, 10)
	in.Clip(Rect(0, 0, 10, 10))
	in.Fill(Rect(1, 1, 2, 2), 0x112233)
	in.Dash(Circle(5, 5, 3), 0x445566, 1.5, 4, 2)
	in.Text(Text{Line: l, Size: 4, X: 2, Y: 6, Tracking: .5, Role: Name}, Left)
	in.End()

	out := New(100, 100)
	out.Add(in, Translate(10, 20).Mul(Scale(2, 2)))
	if len(out.Ops) != len(in.Ops) {
		t.Fatalf("%d operations, want %d", len(out.Ops), len(in.Ops))
	}
	stroke := out.Ops[2].(Stroke)
	if stroke.Width != 3 || stroke.Dash != [2]float64{8, 4} {
		t.Errorf("stroke is %g wide with dashes %v", stroke.Width, stroke.Dash)
	}
	words := out.Ops[3].(Text)
	if words.X != 14 || words.Y != 32 || words.Size != 8 || words.Tracking != 1 || words.Role != Name {
		t.Errorf("text is %+v", words)
	}

	turned := New(100, 100)
	turned.Add(in, Rotate(90))
	fill, ok := turned.Ops[3].(Fill)
	if !ok {
		t.Fatalf("turned text is a %T, want a Fill", turned.Ops[3])
	}
	if want := in.Ops[3].(Text).Outline().Transform(Rotate(90)); !near(fill.Path, want, 1e-9) {
		t.Error("turned text is not its outline, turned")
	}
	if in.Ops[2].(Stroke).Width != 1.5 {
		t.Error("the picture added has changed")
	}
}

func TestGrid(t *testing.T) {
	g := Grid{X: 10, Y: 20, Cell: 2, Rows: []uint64{0b1011, 0, 1<<63 | 1<<62}, Colour: 0x102030}
	want := append(append(Rect(10, 20, 4, 2), Rect(16, 20, 2, 2)...), Rect(134, 24, 4, 2)...)
	d := New(200, 200)
	d.Ops = append(d.Ops, g)
	fill, ok := d.Flat().Ops[0].(Fill)
	if !ok || !slices.Equal(fill.Path, want) || fill.Colour != g.Colour {
		t.Errorf("%+v, want a fill of %+v", d.Flat().Ops[0], want)
	}
	moved := New(400, 400)
	moved.Add(d, Scale(2, 2))
	if fill, ok := moved.Ops[0].(Fill); !ok || !slices.Equal(fill.Path, want.Transform(Scale(2, 2))) {
		t.Errorf("twice as large: %+v", moved.Ops[0])
	}
	if grey, ok := d.Grey().Ops[0].(Grid); !ok || grey.Colour != g.Colour.Grey() {
		t.Errorf("grey: %+v", d.Grey().Ops[0])
	}
}
