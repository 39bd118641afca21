package render_test

import (
	"bytes"
	"fmt"
	"image"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"testamur/render"
	"testamur/render/drawing"
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
		"valid-600":       sample("inbound", 600),
		"valid-300":       sample("inbound", 300),
		"valid-150":       sample("inbound", 150),
		"valid-90":        sample("inbound", 90),
		"valid-40":        sample("inbound", 40),
		"expired-300":     with(sample("inbound", 300), expired),
		"expired-90":      with(sample("inbound", 90), expired),
		"specimen-300":    with(sample("inbound", 300), specimen),
		"specimen-90":     with(sample("inbound", 90), specimen),
		"wide-240x150":    with(sample("inbound", 240), func(b *render.Badge) { b.Height = 150 }),
		"hexagon-long":    with(sample("hubspot", 300), func(b *render.Badge) { b.Name = longName }),
		"hexagon-cut":     with(sample("hubspot", 90), func(b *render.Badge) { b.Name = longName }),
		"shield-gold":     with(sample("partner", 300), func(b *render.Badge) { b.Name, b.Tier = "Northlight Digital GmbH", "gold" }),
		"shield-small":    with(sample("partner", 90), func(b *render.Badge) { b.Name, b.Tier = "Northlight Digital GmbH", "platinum" }),
		"shield-specimen": with(sample("partner", 150), func(b *render.Badge) { specimen(b); b.Tier = "platinum" }),
		"squircle-viet":   with(sample("design", 240), func(b *render.Badge) { b.Name = "Zoë Đặng" }),
		"octagon-greek":   with(sample("contextual-marketing", 300), func(b *render.Badge) { b.Name = "Κωνσταντίνος Παπαδόπουλος" }),
		"octagon-arabic":  with(sample("contextual-marketing", 150), func(b *render.Badge) { b.Name, b.Lang = "فاطمة الزهراء بنت عبد الرحمن", "ar" }),
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
		"card-128": func(b *render.Badge) {
			b.Width, b.Name, b.State = 128, "Nguyễn Thị Phương Thảo", render.StateExpired
		},
		"card-240": func(b *render.Badge) {
			b.Certification, b.Width, b.Name, b.Tier = "partner", 240, "Northlight Digital GmbH", "gold"
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
			b.Width, b.Height, _ = b.Style.Fit(b.Width, 0)
			pic, err := p.Badge(t.Context(), b)
			golden(t, name, decode(t, pic, err))
		})
	}
	for name, n := range map[string]render.Neutral{
		"neutral-card":     {Words: "en", Style: render.StyleCard, Width: 640, Height: 160},
		"neutral-card-200": {Words: "en", Style: render.StyleCard, Width: 200, Height: 50},
		"neutral-preview":  {Words: "en", Style: render.StylePreview, Width: 1200, Height: 630},
		"600":              {Words: "en", Width: 600, Height: 600},
		"90":               {Words: "en", Width: 90, Height: 90},
		"40":               {Words: "en", Width: 40, Height: 40},
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

// The badges are told apart at 64 pixels: in colour, and in grey, where shape, icon and word alone differ. So are tiers.
func TestBadgesDiffer(t *testing.T) {
	p, _ := builtin(t)
	type look struct {
		certification, tier string
		img                 *image.NRGBA
	}
	var all []look
	everyBadge(func(certification, tier string) {
		b := sample(certification, 64)
		b.Tier = tier
		pic, err := p.Badge(t.Context(), b)
		all = append(all, look{certification, tier, decode(t, pic, err)})
	})
	for i, a := range all {
		for _, b := range all[:i] {
			colours, greys := 0.0, 0.0
			for j := 0; j < len(a.img.Pix); j += 4 {
				grey := func(pix []uint8) float64 {
					white := 255 - float64(pix[3])
					return white + float64(pix[3])/255*(.299*float64(pix[0])+.587*float64(pix[1])+.114*float64(pix[2]))
				}
				x, y := a.img.Pix[j:j+4], b.img.Pix[j:j+4]
				greys += math.Abs(grey(x) - grey(y))
				for c := range 3 {
					colours += math.Abs(float64(x[c])*float64(x[3])-float64(y[c])*float64(y[3])) / 255 / 3
				}
			}
			n := float64(len(a.img.Pix) / 4)
			leastColours, leastGreys := 30.0, 18.0 // of 255 on the mean
			if a.certification == b.certification {
				leastColours, leastGreys = 5, 2.9 // tiers differ by their stars and rims
			}
			if colours/n < leastColours || greys/n < leastGreys {
				t.Errorf("%s %s and %s %s differ by %.1f in colour (at least %.0f) and %.1f in grey (%.0f)", a.certification, a.tier, b.certification, b.tier, colours/n, leastColours, greys/n, leastGreys)
			}
		}
	}
}

// On a dark page every badge has its white halo: whoever comes from outside meets white first. The corners are transparent.
func TestHalo(t *testing.T) {
	p, _ := builtin(t)
	everyBadge(func(certification, tier string) {
		for _, state := range states {
			b := sample(certification, 300)
			b.State, b.Tier = state, tier
			pic, err := p.Badge(t.Context(), b)
			img := decode(t, pic, err)
			for i := range 300 {
				for _, ray := range [][4]int{{0, i, 1, 0}, {299, i, -1, 0}, {i, 0, 0, 1}, {i, 299, 0, -1}} {
					x, y := ray[0], ray[1]
					for steps := 0; steps < 300 && img.NRGBAAt(x, y).A < 255; steps++ {
						x, y = x+ray[2], y+ray[3]
					}
					if !image.Pt(x, y).In(img.Rect) {
						continue
					}
					if c := img.NRGBAAt(x, y); min(c.R, c.G, c.B) < 200 {
						t.Errorf("%s %s %s: %v meets %v at (%d, %d)", certification, tier, state, ray, c, x, y)
						return
					}
				}
			}
			for _, c := range []image.Point{{0, 0}, {299, 0}, {0, 299}, {299, 299}} {
				if img.NRGBAAt(c.X, c.Y).A != 0 {
					t.Errorf("%s: the corner %v is painted", certification, c)
				}
			}
		}
	})
}

// Link previews stay small enough for every social medium, in every state.
func TestPreviewBytes(t *testing.T) {
	p, _ := builtin(t)
	everyBadge(func(certification, tier string) {
		for _, state := range states {
			b := sample(certification, 0)
			b.Style, b.Width, b.Height, b.Name, b.State, b.Tier = render.StylePreview, 1200, 630, longName, state, tier
			pic, err := p.Badge(t.Context(), b)
			if err != nil || len(pic.Bytes) > 120_000 {
				t.Errorf("%s %s %s: %d bytes, %v", certification, tier, state, len(pic.Bytes), err)
			}
		}
	})
	if pic, err := p.Neutral(t.Context(), render.Neutral{Words: "en", Style: render.StylePreview, Width: 1200, Height: 630}); err != nil || len(pic.Bytes) > 120_000 {
		t.Errorf("neutral: %d bytes, %v", len(pic.Bytes), err)
	}
}

func TestBadgeRefuses(t *testing.T) {
	p, _ := builtin(t)
	for name, change := range map[string]func(*render.Badge){
		"state":    func(b *render.Badge) { b.State = "revoked" },
		"no state": func(b *render.Badge) { b.State = "" },
		"tier":     func(b *render.Badge) { b.Tier = "bronze" },
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

// What was granted outlives its entry in the catalogue: it has a plain badge and certificate with the slug, the longest
// there is too, and says its status like any other.
func TestTakenFromTheCatalogue(t *testing.T) {
	p, _ := builtin(t)
	for _, slug := range []string{"gone", strings.Repeat("long-", 12) + "gone"} {
		for state, says := range map[render.State]string{render.StateValid: "Valid to 31 Jul 2015", render.StateExpired: "EXPIRED 31 JUL 2015"} {
			for _, style := range []render.Style{render.StyleSeal, render.StyleCard, render.StylePreview} {
				b := render.Badge{Certification: slug, Edition: "2014", Name: "Maya Lindqvist", State: state, ValidTo: render.Date{Year: 2015, Month: 7, Day: 31},
					Code: "7K3M-9QXT-4P24", Tier: "gold", Words: "en", Style: style}
				b.Width, b.Height, _ = style.Fit(0, 0)
				if _, err := p.Badge(t.Context(), b); err != nil {
					t.Errorf("%s, %v, %s: %v", slug, style, state, err)
				}
				d, err := p.Layout(b)
				if err != nil {
					t.Fatal(err)
				}
				words := wordsOf(d)
				if !strings.Contains(words, "maya lindqvist") || !strings.Contains(words, strings.ToLower(slug[:4])) ||
					style != render.StylePreview && !strings.Contains(words, strings.ToLower(says)) {
					t.Errorf("%s, %v, %s: %s", slug, style, state, words)
				}
			}
			for _, width := range []int{0, 300} {
				c := paper("Maya Lindqvist")
				c.Certification, c.State, c.Width = slug, state, width
				if _, err := p.Certificate(t.Context(), c); err != nil {
					t.Errorf("%s, %s: %v", slug, state, err)
				}
				d, err := p.Layout(c)
				if err != nil {
					t.Fatal(err)
				}
				words := wordsOf(d)
				if !strings.Contains(words, slug) || !strings.Contains(words, "has met every requirement of the") || (state == render.StateExpired) != strings.Contains(words, "expired") {
					t.Errorf("%s, %s: %s", slug, state, words)
				}
			}
		}
	}
}

// wordsOf is every text of a drawing, in small letters.
func wordsOf(d *drawing.Drawing) string {
	var all []string
	for _, op := range d.Ops {
		if o, ok := op.(drawing.Text); ok {
			all = append(all, strings.ToLower(o.Line.Text))
		}
	}
	return strings.Join(all, "\n")
}
