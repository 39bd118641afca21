package render_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"testamur/render"
	"testamur/render/drawing"
)

// hardNames are short and long, wide and narrow, and have marks above and below.
var hardNames = []string{
	"I", "Maya Lindqvist", longName, "Ana Sofia Luz Pia Eva Ida Uma Noa", "Nguyễn Thị Phương Thảo", "Ậgjpq Ấgjpqy Ễỗ Ộy",
	"Κωνσταντίνος Παπαδόπουλος", "Александра Щербакова", strings.Repeat("W", 30), strings.Repeat("i", 40), strings.Repeat("W", 100),
	"Oluwaseun Adébáyò-Williams", "Northlight Digital GmbH", strings.Repeat("Wolfeschlegel", 7), "अनुष्का श्रीवास्तव", "فاطمة الزهراء بنت عبد الرحمن",
}

// box is an upright box; y down.
type box struct{ x0, y0, x1, y1 float64 }

func (a box) overlaps(b box) bool { return a.x0 < b.x1 && b.x0 < a.x1 && a.y0 < b.y1 && b.y0 < a.y1 }

func (a box) grown(by float64) box { return box{a.x0 - by, a.y0 - by, a.x1 + by, a.y1 + by} }

// ink is the box of a text's ink.
func ink(t drawing.Text) (b box) {
	x0, y0, x1, y1 := t.Line.Bounds()
	spread := t.Line.WidthTracked(t.Size, t.Tracking) - t.Line.Width*t.Size
	return box{t.X + x0*t.Size, t.Y - y1*t.Size, t.X + x1*t.Size + spread, t.Y - y0*t.Size}
}

// shape is a painted area: flattened contours and how far the paint reaches beside them; filled inside where it is a fill.
type shape struct {
	edges  [][2]drawing.Point
	reach  float64
	filled bool
	colour drawing.Colour
	bounds box
	clips  []shape
	many   bool // contours: letters, which are nothing to stand on
}

func shapeOf(p drawing.Path, reach float64, filled bool, colour drawing.Colour, clips []shape) shape {
	s := shape{reach: reach, filled: filled, colour: colour, clips: clips}
	var start, pen drawing.Point
	line := func(to drawing.Point) {
		s.edges = append(s.edges, [2]drawing.Point{pen, to})
		pen = to
	}
	for _, step := range p {
		from := pen
		at := func(t float64, points ...drawing.Point) (q drawing.Point) { // de Casteljau
			points = append([]drawing.Point{from}, points...)
			for n := len(points) - 1; n > 0; n-- {
				for i := range n {
					points[i] = drawing.Point{X: points[i].X + (points[i+1].X-points[i].X)*t, Y: points[i].Y + (points[i+1].Y-points[i].Y)*t}
				}
			}
			return points[0]
		}
		switch n := step.Kind.Points(); step.Kind {
		case drawing.MoveTo:
			s.many = len(s.edges) > 0
			if filled && pen != start {
				line(start)
			}
			start, pen = step.P[0], step.P[0]
		case drawing.LineTo:
			line(step.P[0])
		case drawing.QuadTo, drawing.CubeTo:
			for i := range 8 {
				line(at(float64(i+1)/8, append([]drawing.Point(nil), step.P[:n]...)...))
			}
		case drawing.Close:
			line(start)
		}
	}
	if filled && pen != start {
		line(start)
	}
	x0, y0, x1, y1 := p.Bounds()
	s.bounds = box{x0, y0, x1, y1}.grown(reach)
	return s
}

// contains reports whether a point is inside, clips counted.
func (s shape) contains(q drawing.Point) bool {
	for _, c := range s.clips {
		if !c.contains(q) {
			return false
		}
	}
	if !s.filled || q.X < s.bounds.x0 || q.X > s.bounds.x1 || q.Y < s.bounds.y0 || q.Y > s.bounds.y1 {
		return false
	}
	winding := 0
	for _, e := range s.edges {
		a, b := e[0], e[1]
		if side := (b.X-a.X)*(q.Y-a.Y) - (b.Y-a.Y)*(q.X-a.X); a.Y <= q.Y && b.Y > q.Y && side > 0 {
			winding++
		} else if a.Y > q.Y && b.Y <= q.Y && side < 0 {
			winding--
		}
	}
	return winding != 0
}

// paints reports whether paint lies in a box.
func (s shape) paints(b box) bool {
	if !s.bounds.overlaps(b) {
		return false
	}
	b = b.grown(s.reach)
	for _, e := range s.edges {
		const steps = 12
		for i := range steps + 1 {
			t := float64(i) / steps
			q := drawing.Point{X: e[0].X + (e[1].X-e[0].X)*t, Y: e[0].Y + (e[1].Y-e[0].Y)*t}
			if q.X > b.x0 && q.X < b.x1 && q.Y > b.y0 && q.Y < b.y1 && s.clipped(q) {
				return true
			}
		}
	}
	return s.contains(drawing.Point{X: (b.x0 + b.x1) / 2, Y: (b.y0 + b.y1) / 2})
}

func (s shape) clipped(q drawing.Point) bool {
	for _, c := range s.clips {
		if !c.contains(q) {
			return false
		}
	}
	return true
}

// holds reports whether a whole box is inside.
func (s shape) holds(b box) bool {
	const steps = 24
	for i := range steps + 1 {
		t := float64(i) / steps
		x, y := b.x0+(b.x1-b.x0)*t, b.y0+(b.y1-b.y0)*t
		for _, q := range []drawing.Point{{X: x, Y: b.y0}, {X: x, Y: b.y1}, {X: b.x0, Y: y}, {X: b.x1, Y: y}} {
			if !s.contains(q) {
				return false
			}
		}
	}
	return true
}

// laid is a text with what it stands on.
type laid struct {
	drawing.Text
	ink    box
	ground drawing.Colour
}

// texts returns the lines of a drawing, and reports every line that comes closer than clear of its size to an edge of its
// field, to anything that is drawn on that field, or to another line. Textures, which hardly differ from their ground, are
// none of that.
func texts(t *testing.T, what string, d *drawing.Drawing, clear float64) (lines []laid) {
	t.Helper()
	var painted []shape
	var clips []shape
	type pending struct {
		text drawing.Text
		at   int // shapes painted before
	}
	var all []pending
	for _, op := range d.Ops { // stamps are ornament
		switch o := op.(type) {
		case drawing.Fill:
			painted = append(painted, shapeOf(o.Path, 0, true, o.Colour, append([]shape(nil), clips...)))
		case drawing.Stroke:
			painted = append(painted, shapeOf(o.Path, o.Width/2, false, o.Colour, append([]shape(nil), clips...)))
		case drawing.Clip:
			clips = append(clips, shapeOf(o.Path, 0, true, 0, nil))
		case drawing.End:
			clips = clips[:len(clips)-1]
		case drawing.Text:
			all = append(all, pending{o, len(painted)})
		}
	}
	// under returns what was painted last under a point before the shape at, and the widest layer of the same colour below it.
	under := func(q drawing.Point, at int) (ground, field int) {
		ground, field = -1, -1
		for i := at - 1; i >= 0; i-- {
			if !painted[i].many && painted[i].contains(q) {
				if ground >= 0 && painted[i].colour != painted[ground].colour {
					break
				}
				ground, field = max(ground, i), i
			}
		}
		return ground, field
	}
	for at, s := range painted {
		if !s.filled || !s.many {
			continue
		}
		ground, _ := under(s.edges[0][0], at) // of letters on a curve, of a QR code: all of one tone
		for i := 0; i < len(s.edges); i += 5 {
			q := s.edges[i][0]
			if g, _ := under(q, at); g < 0 || drawing.Contrast(painted[g].colour, painted[ground].colour) > 1.5 {
				t.Errorf("%s: letters within %.1f leave their field at %.1f", what, s.bounds, q)
				break
			}
		}
	}
	for _, p := range all {
		b := ink(p.text)
		ground, field := under(drawing.Point{X: (b.x0 + b.x1) / 2, Y: (b.y0 + b.y1) / 2}, p.at)
		if ground < 0 {
			t.Errorf("%s: %q stands on nothing", what, p.text.Line.Text)
			continue
		}
		margin := clear * p.text.Size
		if !painted[field].holds(b.grown(margin)) {
			t.Errorf("%s: %q at %.1f comes to the edge of its field", what, p.text.Line.Text, b)
		}
		for i := ground + 1; i < len(painted); i++ {
			if painted[i].colour == painted[ground].colour || drawing.Contrast(painted[i].colour, painted[ground].colour) < 1.5 {
				continue
			}
			if painted[i].paints(b.grown(margin)) {
				t.Errorf("%s: %q at %.1f comes to what is drawn there, %v within %.1f", what, p.text.Line.Text, b, painted[i].colour, painted[i].bounds)
			}
		}
		for _, other := range lines {
			gap := clear * math.Min(p.text.Size, other.Size)
			if p.text.Role == drawing.Name && other.Role == drawing.Name {
				gap = 0
			}
			if b.grown(gap).overlaps(other.ink) {
				t.Errorf("%s: %q at %.1f comes to %q at %.1f", what, p.text.Line.Text, b, other.Line.Text, other.ink)
			}
		}
		lines = append(lines, laid{p.text, b, painted[ground].colour})
	}
	return lines
}

// states are those of a badge and of a certificate.
var states = []render.State{render.StateValid, render.StateExpired, render.StateSpecimen}

// everyBadge gives every certification, every tier of the one that has them, and the widest on all others: an academy may
// give them to any shape.
func everyBadge(do func(certification, tier string)) {
	for _, slug := range []string{"inbound", "hubspot", "partner", "design", "contextual-marketing"} {
		do(slug, "")
		do(slug, "platinum")
	}
	do("partner", "silver")
	do("partner", "gold")
}

// Text never touches an edge or another text: on every badge, card and preview, in every state and tier, at every level of
// detail, whatever the name.
func TestTextKeepsClear(t *testing.T) {
	p, _ := builtin(t)
	everyBadge(func(certification, tier string) {
		for _, state := range states {
			for _, size := range [][3]int{{0, 40, 40}, {0, 64, 64}, {0, 150, 150}, {0, 300, 300}, {1, 128, 32}, {1, 240, 60}, {1, 640, 160}, {2, 1200, 630}} {
				for _, name := range hardNames {
					b := sample(certification, 0)
					b.Style, b.Width, b.Height = []render.Style{render.StyleSeal, render.StyleCard, render.StylePreview}[size[0]], size[1], size[2]
					b.Name, b.State, b.Tier = name, state, tier
					d, err := p.Layout(b)
					if err != nil {
						t.Fatal(err)
					}
					texts(t, fmt.Sprintf("%s %s %d %s %q", certification, tier, b.Width, state, name), d, .06)
				}
			}
			for i, name := range hardNames {
				c := paper(name)
				c.Certification, c.State, c.Tier, c.Organisation = certification, state, tier, certification == "partner"
				c.Paper = []render.Paper{render.A4, render.Letter}[i%2]
				d, err := p.Layout(c)
				if err != nil {
					t.Fatal(err)
				}
				what := fmt.Sprintf("certificate %s %s %s %q", certification, tier, state, name)
				for _, l := range texts(t, what, d, .06) {
					if l.ink.x0 < 21 || l.ink.x1 > d.W-21 || l.ink.y1 > d.H-21 {
						t.Errorf("%s: %q at %.1f comes to the frame", what, l.Line.Text, l.ink)
					}
				}
			}
		}
	})
	for _, n := range []render.Neutral{{Width: 300, Height: 300}, {Width: 64, Height: 64}, {Style: render.StyleCard, Width: 128, Height: 32},
		{Style: render.StyleCard, Width: 200, Height: 50}, {Style: render.StyleCard, Width: 640, Height: 160}, {Style: render.StylePreview, Width: 1200, Height: 630}} {
		d, err := p.Layout(n)
		if err != nil {
			t.Fatal(err)
		}
		texts(t, fmt.Sprintf("neutral %s %d", n.Style, n.Width), d, .06)
	}
}

// scale is how many pixels a unit of a drawing becomes.
func scale(d *drawing.Drawing, width, height int) float64 {
	return math.Min(float64(width)/d.W, float64(height)/d.H)
}

// Nothing is drawn that could not be read: at every size each letter has its least size in pixels and its contrast. Under
// 64 pixels a badge is a sign with a name, and is not asked.
func TestTextIsReadable(t *testing.T) {
	p, _ := builtin(t)
	type least struct {
		style      render.Style
		from, to   int     // width
		size, name float64 // pixels per em: of any letters, of the name
	}
	for _, l := range []least{
		{render.StyleSeal, 64, 127, 4.3, 4.3}, {render.StyleSeal, 128, 239, 4.3, 5.2}, {render.StyleSeal, 240, 1200, 6, 8},
		{render.StyleCard, 128, 199, 5.7, 6.5}, {render.StyleCard, 200, 299, 6.2, 8}, {render.StyleCard, 300, 1200, 6.5, 9.7},
	} {
		everyBadge(func(certification, tier string) {
			for _, state := range states {
				for _, w := range []int{l.from, l.to} {
					for _, name := range hardNames[:10] {
						b := sample(certification, 0)
						b.Style, b.Width, b.Height, b.Name, b.State, b.Tier = l.style, w, w, name, state, tier
						if l.style == render.StyleCard {
							b.Height = w / 4
						}
						d, err := p.Layout(b)
						if err != nil {
							t.Fatal(err)
						}
						k := scale(d, b.Width, w)
						what := fmt.Sprintf("%s %s %d %s %q", certification, tier, w, state, name)
						for _, line := range texts(t, what, d, 0) {
							px, contrast := line.Size*k, drawing.Contrast(line.Colour, line.ground)
							if px < l.size || line.Role == drawing.Name && px < l.name {
								t.Errorf("%s: %q is %.1f pixels", what, line.Line.Text, px)
							}
							if contrast < 4.5 {
								t.Errorf("%s: %q has a contrast of %.1f", what, line.Line.Text, contrast)
							}
						}
					}
				}
			}
		})
	}
}

// At 300 pixels, the size where none is asked for, the date and the code are as readable as a page's small print: 6.5
// pixels of height for capitals and digits, and a contrast of 7.
func TestDateAndCodeAt300(t *testing.T) {
	p, _ := builtin(t)
	everyBadge(func(certification, tier string) {
		b := sample(certification, 300)
		b.Tier = tier
		d, err := p.Layout(b)
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		for _, l := range texts(t, certification, d, 0) {
			if l.Line.Text != b.Code && l.Line.Text != "Valid to 31 Jul 2015" {
				continue
			}
			found++
			if high := (l.Y - l.ink.y0) * scale(d, 300, 300); high < 6.5 || drawing.Contrast(l.Colour, l.ground) < 7 {
				t.Errorf("%s %s: %q is %.1f pixels high with a contrast of %.1f", certification, tier, l.Line.Text, high, drawing.Contrast(l.Colour, l.ground))
			}
		}
		if found != 2 {
			t.Errorf("%s %s: date and code are %d", certification, tier, found)
		}
	})
}

// A name keeps its weight: one letter and sixty are set in sizes that differ by hardly more than a factor of two, and one letter
// more never makes it much smaller.
func TestNameKeepsItsWeight(t *testing.T) {
	p, _ := builtin(t)
	size := func(of any) (size float64) {
		d, err := p.Layout(of)
		if err != nil {
			t.Fatal(err)
		}
		for _, op := range d.Ops {
			if l, ok := op.(drawing.Text); ok && l.Role == drawing.Name {
				size = l.Size // the last, where the badge on a preview has it too
			}
		}
		return size
	}
	at := func(style render.Style, w, h int) func(string) any {
		return func(name string) any {
			b := sample("hubspot", 0)
			b.Style, b.Width, b.Height, b.Name = style, w, h, name
			return b
		}
	}
	for what, of := range map[string]func(name string) any{
		"badge 40": at(render.StyleSeal, 40, 40), "badge 90": at(render.StyleSeal, 90, 90), "badge 150": at(render.StyleSeal, 150, 150), "badge 300": at(render.StyleSeal, 300, 300),
		"card 128": at(render.StyleCard, 128, 32), "card 240": at(render.StyleCard, 240, 60), "card 640": at(render.StyleCard, 640, 160),
		"preview": at(render.StylePreview, 1200, 630), "certificate": func(name string) any { return paper(name) },
	} {
		letters := []rune("Maria Fernanda Angela Villavicencio Echeverria Montenegro Lima")
		before := size(of("M"))
		largest := before
		for n := 2; n <= 60; n++ {
			if letters[n-1] == ' ' {
				continue
			}
			now := size(of(string(letters[:n])))
			if now < .8*before || now > 1.1*before || now < largest/2.1 {
				t.Errorf("%s: with %q the size goes from %.1f to %.1f; one letter has %.1f", what, string(letters[:n]), before, now, largest)
			}
			before = now
		}
	}
}
