package render_test

import (
	"bytes"
	"fmt"
	"image"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"testamur/render"
	"testamur/render/drawing"
	"testamur/render/raster"
)

const longName = "María Fernanda de los Ángeles Villavicencio-Echeverría Montenegro"

// sample is the badge of the samples everywhere.
func sample(certification string, side int) render.Badge {
	return render.Badge{
		Certification: certification, Edition: "2014", Name: "Maya Lindqvist", State: render.StateValid,
		ValidTo: render.Date{Year: 2015, Month: 7, Day: 31}, Code: "7K3M-9QXT-4P24", Words: "en", Width: side, Height: side,
	}
}

func TestGoldenBadges(t *testing.T) {
	p, _ := builtin(t)
	with := func(b render.Badge, change func(*render.Badge)) render.Badge {
		change(&b)
		return b
	}
	expired := func(b *render.Badge) { b.State = render.StateExpired }
	specimen := func(b *render.Badge) { b.State, b.Name = render.StateSpecimen, "Your Name Here" }
	for name, b := range map[string]render.Badge{
		"valid-600":      sample("inbound", 600),
		"valid-300":      sample("inbound", 300),
		"valid-150":      sample("inbound", 150),
		"valid-90":       sample("inbound", 90),
		"valid-40":       sample("inbound", 40),
		"expired-300":    with(sample("inbound", 300), expired),
		"expired-90":     with(sample("inbound", 90), expired),
		"specimen-300":   with(sample("inbound", 300), specimen),
		"specimen-90":    with(sample("inbound", 90), specimen),
		"wide-240x150":   with(sample("inbound", 240), func(b *render.Badge) { b.Height = 150 }),
		"hexagon-long":   with(sample("hubspot", 300), func(b *render.Badge) { b.Name = longName }),
		"hexagon-cut":    with(sample("hubspot", 90), func(b *render.Badge) { b.Name = longName }),
		"shield-gold":    with(sample("partner", 300), func(b *render.Badge) { b.Name, b.Tier = "Northlight Digital GmbH", "gold" }),
		"shield-small":   with(sample("partner", 90), func(b *render.Badge) { b.Name, b.Tier = "Northlight Digital GmbH", "platinum" }),
		"squircle-viet":  with(sample("design", 240), func(b *render.Badge) { b.Name = "Zoë Đặng" }),
		"octagon-greek":  with(sample("contextual-marketing", 300), func(b *render.Badge) { b.Name = "Κωνσταντίνος Παπαδόπουλος" }),
		"octagon-arabic": with(sample("contextual-marketing", 150), func(b *render.Badge) { b.Name, b.Lang = "فاطمة الزهراء بنت عبد الرحمن", "ar" }),
	} {
		t.Run(name, func(t *testing.T) {
			pic, err := p.Badge(t.Context(), b)
			golden(t, "badge-"+name, decode(t, pic, err))
		})
	}
	for name, change := range map[string]func(*render.Badge){
		"card-valid":   func(*render.Badge) {},
		"card-expired": func(b *render.Badge) { b.State = render.StateExpired },
		"card-long":    func(b *render.Badge) { b.Certification, b.Name = "hubspot", longName },
		"card-platinum": func(b *render.Badge) {
			b.Certification, b.Name, b.Tier = "partner", "Northlight Digital GmbH", "platinum"
		},
		"preview-valid": func(b *render.Badge) { b.Style = render.StylePreview },
		"preview-gold": func(b *render.Badge) {
			b.Style, b.Certification, b.Name, b.Tier = render.StylePreview, "partner", "Northlight Digital GmbH", "gold"
		},
		"preview-expired": func(b *render.Badge) { b.Style, b.State, b.Name = render.StylePreview, render.StateExpired, longName },
	} {
		t.Run(name, func(t *testing.T) {
			b := sample("inbound", 0)
			b.Style = render.StyleCard
			change(&b)
			b.Width, b.Height, _ = b.Style.Fit(0, 0)
			pic, err := p.Badge(t.Context(), b)
			golden(t, name, decode(t, pic, err))
			if len(pic.Bytes) > 120_000 {
				t.Errorf("%d bytes", len(pic.Bytes))
			}
		})
	}
	for name, n := range map[string]render.Neutral{
		"neutral-card":    {Words: "en", Style: render.StyleCard, Width: 640, Height: 160},
		"neutral-preview": {Words: "en", Style: render.StylePreview, Width: 1200, Height: 630},
		"600":             {Words: "en", Width: 600, Height: 600},
		"90":              {Words: "en", Width: 90, Height: 90},
		"40":              {Words: "en", Width: 40, Height: 40},
	} {
		t.Run("neutral-"+name, func(t *testing.T) {
			pic, err := p.Neutral(t.Context(), n)
			golden(t, "neutral-"+name, decode(t, pic, err))
		})
	}
}

// Two presses, the same bytes: nothing but the value and the configuration counts.
func TestSameValueSameBytes(t *testing.T) {
	first, _ := builtin(t)
	second, _ := builtin(t)
	for _, side := range []int{40, 90, 150, 300} {
		b := sample("partner", side)
		b.Tier = "silver"
		one, err := first.Badge(t.Context(), b)
		if err != nil {
			t.Fatal(err)
		}
		two, err := second.Badge(t.Context(), b)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(one.Bytes, two.Bytes) || one.ETag != two.ETag || one.ETag != second.ETag(b) {
			t.Errorf("%d px: the same value is drawn otherwise", side)
		}
	}
}

// Every size is answered at exactly that size, drawn at the smaller side and centred on transparent.
func TestSizeIsExact(t *testing.T) {
	p, _ := builtin(t)
	rapid.Check(t, func(t2 *rapid.T) {
		b := sample("inbound", 300)
		b.Width, b.Height = rapid.IntRange(32, 160).Draw(t2, "w"), rapid.IntRange(32, 160).Draw(t2, "h")
		pic, err := p.Badge(t.Context(), b)
		img := decode(t, pic, err)
		if img.Rect != image.Rect(0, 0, b.Width, b.Height) {
			t2.Fatalf("%d x %d is answered with %v", b.Width, b.Height, img.Rect)
		}
		if img.NRGBAAt(0, 0).A != 0 || img.NRGBAAt(b.Width-1, b.Height-1).A != 0 {
			t2.Fatal("the corners are not transparent")
		}
		side := min(b.Width, b.Height)
		if (b.Width-b.Height)%2 != 0 {
			return // centred between two pixels: not the pixels of the square
		}
		pic, err = p.Badge(t.Context(), sample("inbound", side))
		square := decode(t, pic, err)
		dx, dy, sum := (b.Width-side)/2, (b.Height-side)/2, 0
		for y := range b.Height {
			for x := range b.Width {
				i, j := img.PixOffset(x, y)+3, square.PixOffset(x-dx, y-dy)+3
				want := uint8(0)
				if image.Pt(x-dx, y-dy).In(square.Rect) {
					want = square.Pix[j]
				}
				// Moved edges round otherwise, and the palette of 64 colours has few of each alpha: a pixel of an edge may
				// differ, the edge may not.
				differs := int(max(img.Pix[i], want) - min(img.Pix[i], want))
				if sum += differs; differs > 64 {
					t2.Fatalf("(%d, %d) covers %d, in the square %d", x, y, img.Pix[i], want)
				}
			}
		}
		if mean := float64(sum) / float64(b.Width*b.Height); mean > 1 {
			t2.Fatalf("pixels cover %.2f more or less than in the square", mean)
		}
	})
}

// box is the ink of a line of text.
type box struct{ x0, y0, x1, y1 float64 }

func ink(t drawing.Text) (b box) {
	b.x0, b.y0, b.x1, b.y1 = t.Outline().Bounds()
	return b
}

func (a box) overlaps(b box) bool { return a.x0 < b.x1 && b.x0 < a.x1 && a.y0 < b.y1 && b.y0 < a.y1 }

// Text never touches an edge or another text, on any badge of any size, state and tier.
func TestTextKeepsClear(t *testing.T) {
	p, a := builtin(t)
	names := []string{"Ng", "Maya Lindqvist", "Oluwaseun Adébáyò-Williams", "Northlight Digital GmbH", "Ậgjpq Ấgjpqy", longName,
		strings.Repeat("Wolfeschlegel", 7), strings.Repeat("W", 100), "Κωνσταντίνος Παπαδόπουλος", "अनुष्का श्रीवास्तव", "فاطمة الزهراء بنت عبد الرحمن"}
	for _, art := range a.Arts {
		shape := drawing.New(600, 600)
		shape.Fill(art.Silhouette.Outline(6), 0)
		inside := raster.Draw(shape, 600, 600, drawing.Identity)
		for _, side := range []int{40, 64, 90, 150, 300} {
			for _, state := range []render.State{render.StateValid, render.StateExpired, render.StateSpecimen} {
				for i, name := range names {
					b := sample(art.Slug, side)
					b.Name, b.State = name, state
					b.Tier = []string{"", "silver", "gold", "platinum"}[i%4]
					what := fmt.Sprintf("%s %d %s %q %s", art.Slug, side, state, name, b.Tier)
					d, err := p.Seal(b)
					if err != nil {
						t.Fatal(err)
					}
					checkText(t, what, d, inside, b)
				}
			}
		}
	}
}

func checkText(t *testing.T, what string, d *drawing.Drawing, inside *image.NRGBA, badge render.Badge) {
	t.Helper()
	var boxes []box
	lines, side := 0, badge.Width
	for _, op := range d.Ops {
		line, ok := op.(drawing.Text)
		if !ok {
			continue
		}
		b := ink(line)
		for _, other := range boxes {
			if b.overlaps(other) {
				t.Errorf("%s: %q touches other text", what, line.Line.Text)
			}
		}
		boxes = append(boxes, b)
		if line.Role == drawing.Name {
			lines++
			top, bottom := 388.0, 468.0
			if side < 128 {
				top, bottom = 398, 526
			}
			if side >= 64 && side < 128 && badge.State != render.StateValid {
				bottom = 519 // the pill hangs on the plate
			}
			if b.x0 < 16 || b.x1 > 584 || b.y0 < top || b.y1 > bottom {
				t.Errorf("%s: %q leaves the plate: %v", what, line.Line.Text, b)
			}
			continue
		}
		if side < 128 && b.y0 > 500 || b.y1 < 60 { // on the pill, on the tab
			continue
		}
		for _, corner := range []image.Point{{int(b.x0), int(b.y0)}, {int(b.x1), int(b.y0)}, {int(b.x0), int(b.y1)}, {int(b.x1), int(b.y1)}} {
			if inside.NRGBAAt(corner.X, corner.Y).A != 255 {
				t.Errorf("%s: %q leaves the shape at %v", what, line.Line.Text, corner)
				break
			}
		}
	}
	if lines < 1 || lines > 2 {
		t.Errorf("%s: the name stands on %d lines", what, lines)
	}
}

func TestBadgeRefuses(t *testing.T) {
	p, _ := builtin(t)
	for name, change := range map[string]func(*render.Badge){
		"certification": func(b *render.Badge) { b.Certification = "outbound" },
		"state":         func(b *render.Badge) { b.State = "revoked" },
		"no state":      func(b *render.Badge) { b.State = "" },
		"tier":          func(b *render.Badge) { b.Tier = "bronze" },
	} {
		b := sample("inbound", 300)
		change(&b)
		if pic, err := p.Badge(t.Context(), b); err == nil || pic.Bytes != nil {
			t.Errorf("a badge is drawn with a wrong %s", name)
		}
	}
}

// The neutral picture shows no certification: nothing of it depends on one.
func TestNeutralNeedsNoArt(t *testing.T) {
	p, _ := builtin(t)
	a, err := p.Neutral(t.Context(), render.Neutral{Words: "en", Width: 201, Height: 201})
	img := decode(t, a, err)
	if img.Rect.Dx() != 201 {
		t.Errorf("%v", img.Rect)
	}
	for i := 0; i < len(img.Pix); i += 4 { // greys with a breath of blue
		if c := img.Pix[i : i+4]; c[3] == 255 && int(max(c[0], c[1], c[2]))-int(min(c[0], c[1], c[2])) > 40 {
			t.Fatalf("a colour: %v", c)
		}
	}
}

func BenchmarkBadge600(b *testing.B) {
	p, _ := builtin(b)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		v := sample("inbound", 600)
		v.Name = fmt.Sprintf("Maya Lindqvist %d", i) // never seen
		if _, err := p.Badge(b.Context(), v); err != nil {
			b.Fatal(err)
		}
	}
}
