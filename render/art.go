package render

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"testamur/render/drawing"
)

// Art is how a certification looks: data of its catalogue.
type Art struct {
	Slug         string
	Title        string // the catalogue's title, in full
	Lettering    string // on the badge, in capitals
	Kicker       string // the line under the lettering, in capitals
	Silhouette   Silhouette
	Deep         drawing.Colour // rim; white text on it
	Mid          drawing.Colour // field; white and Accent on it
	Tint         drawing.Colour // ground of a page, under Deep
	Accent       drawing.Colour
	Icon         Icon
	IconY        float64 // centre of the icon on the badge of 600 units
	IconScale    float64
	Practicum    bool
	Editions     map[string]string // edition: what it covers, as the certificate says it
	Tiers        []string          // that a holder may have; organisations only
	Organisation bool              // an organisation may hold it
	Own          *Own              // art of the academy's own in place of the badge above; nil: none
}

// art returns the artwork of a certification. What was granted outlives its entry in the catalogue: one that is not there,
// known is false, has the academy's mark and its slug on a plain badge.
func (p *Press) art(slug string) (art Art, known bool) {
	if art, known = p.arts[slug]; known {
		return art, true
	}
	return Art{Slug: slug, Title: slug, Lettering: cut(strings.ToUpper(slug), 20), Silhouette: SilhouetteCircle, Deep: 0x23374D, Mid: 0x3D5A78, Tint: 0xEAF0F5, Accent: 0xE3EBF2,
		Icon: p.brand.Mark.plain(), IconY: 203, IconScale: 1}, false
}

// cut returns a slug of so many letters at most.
func cut(slug string, letters int) string {
	if len(slug) <= letters {
		return slug
	}
	return slug[:letters-1] + "…"
}

// Brand is the academy's own.
type Brand struct {
	Name      string
	Wordmark  string // the name in capitals
	Address   string // of the site, without scheme: academy.example.org
	Mark      Icon   // its strokes without Accent are the sign of the neutral picture
	Signature Signature
}

// Signature is who signs certificates.
type Signature struct {
	Name, Role string
	Hand       Icon // as it is written by hand, in one colour; empty: the name in a script face
}

// Icon is a small picture of strokes, drawn in order in a box of 150 units round (300, 205).
type Icon []Stroke

// Stroke is one path of an Icon, with round joins and caps.
type Stroke struct {
	Path    drawing.Path
	Width   float64 // units; 0 fills the path
	Accent  bool    // in the accent colour
	EvenOdd bool    // what is filled, by the even-odd rule
}

const iconX, iconY, iconSide = 300, 205, 150

// ParseIcon reads an icon from SVG; its viewBox becomes the box of 150 units. It has one colour, or two: black, white or
// currentColor for the plain strokes and another one for the accent. The error names the file.
func ParseIcon(file string, data []byte) (Icon, error) {
	d, err := drawing.ParseSVG(file, data)
	if err != nil {
		return nil, err
	}
	var colours []drawing.Colour
	var icon Icon
	k := iconSide / max(d.W, d.H)
	at := drawing.Translate(iconX-d.W*k/2, iconY-d.H*k/2).Mul(drawing.Scale(k, k))
	for _, op := range d.Ops {
		var s Stroke
		var c drawing.Colour
		switch o := op.(type) {
		case drawing.Fill:
			s, c = Stroke{Path: o.Path.Transform(at), EvenOdd: o.EvenOdd}, o.Colour
		case drawing.Stroke:
			s, c = Stroke{Path: o.Path.Transform(at), Width: o.Width * k}, o.Colour
		}
		if !slices.Contains(colours, c) {
			colours = append(colours, c)
		}
		s.Accent = c != 0 && c != white
		icon = append(icon, s)
	}
	plain := 0
	for _, c := range colours {
		if c == 0 || c == white {
			plain++
		}
	}
	switch {
	case len(colours) == 1:
		for i := range icon {
			icon[i].Accent = false
		}
	case len(colours) > 2 || plain == 0:
		return nil, fmt.Errorf("%s:1: has the colours %v; an icon has one, or two: black or white for its strokes, and another one for the accent", file, colours)
	case plain == 2:
		return nil, fmt.Errorf("%s:1: is black and white, which is one colour here; cut the shapes out of each other, or give one of them the accent's colour", file)
	}
	return icon, nil
}

// draw puts the icon's centre at (cx, cy), k times its size.
func (i Icon) draw(d *drawing.Drawing, cx, cy, k float64, plain, accent drawing.Colour) {
	at := drawing.Translate(cx-iconX*k, cy-iconY*k).Mul(drawing.Scale(k, k))
	for _, s := range i {
		colour := plain
		if s.Accent {
			colour = accent
		}
		if s.Width == 0 {
			d.Ops = append(d.Ops, drawing.Fill{Path: s.Path.Transform(at), Colour: colour, EvenOdd: s.EvenOdd})
		} else {
			d.Stroke(s.Path.Transform(at), colour, s.Width*k)
		}
	}
}

// bounds returns the least box round the icon's paths, with their widths.
func (i Icon) bounds() (x0, y0, x1, y1 float64) {
	x0, y0, x1, y1 = math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	for _, s := range i {
		a, b, c, d := s.Path.Bounds()
		x0, y0, x1, y1 = min(x0, a-s.Width/2), min(y0, b-s.Width/2), max(x1, c+s.Width/2), max(y1, d+s.Width/2)
	}
	return x0, y0, x1, y1
}

// plain returns the strokes without accent.
func (i Icon) plain() Icon {
	var out Icon
	for _, s := range i {
		if !s.Accent {
			out = append(out, s)
		}
	}
	return out
}

// Silhouette is the outer shape of a badge.
type Silhouette string

const (
	SilhouetteCircle   Silhouette = "circle"
	SilhouetteHexagon  Silhouette = "hexagon" // point up
	SilhouetteShield   Silhouette = "shield"
	SilhouetteSquircle Silhouette = "squircle"
	SilhouetteOctagon  Silhouette = "octagon"
)

// UnmarshalText reads a silhouette's name.
func (s *Silhouette) UnmarshalText(b []byte) error {
	switch v := Silhouette(b); v {
	case SilhouetteCircle, SilhouetteHexagon, SilhouetteShield, SilhouetteSquircle, SilhouetteOctagon:
		*s = v
		return nil
	}
	return fmt.Errorf("silhouette %q: use circle, hexagon, shield, squircle or octagon", b)
}

// pointed reports whether the shape narrows quickly under the plate.
func (s Silhouette) pointed() bool { return s == SilhouetteHexagon || s == SilhouetteShield }

// outline returns the shape on a badge of 600 units, every side moved in by inset.
func (s Silhouette) outline(inset float64) drawing.Path {
	switch s {
	case SilhouetteHexagon:
		return drawing.RoundPolygon(46-inset*0.3, drawing.Regular(300, 300, 306-inset/math.Cos(math.Pi/6), 6, 0)...)
	case SilhouetteOctagon:
		return drawing.RoundPolygon(40-inset*0.3, drawing.Regular(300, 300, 306-inset/math.Cos(math.Pi/8), 8, 22.5)...)
	case SilhouetteSquircle:
		return squircle(284 - inset)
	case SilhouetteShield:
		k := (288 - inset) / 288
		return shield.Transform(drawing.Translate(300, 300).Mul(drawing.Scale(k, k)).Mul(drawing.Translate(-300, -300)))
	}
	return drawing.Circle(300, 300, 294-inset)
}

// squircle is |x/r|^n + |y/r|^n = 1 with n = 4.2 round (300, 300).
func squircle(r float64) drawing.Path {
	const n, corners = 4.2, 360
	points := make([]drawing.Point, corners)
	for i := range points {
		sin, cos := math.Sincos(float64(i) * 2 * math.Pi / corners)
		far := r * math.Pow(math.Pow(math.Abs(cos), n)+math.Pow(math.Abs(sin), n), -1/n)
		points[i] = drawing.Point{X: 300 + far*cos, Y: 300 + far*sin}
	}
	return drawing.Polygon(points...)
}

var shield = func() drawing.Path {
	var p drawing.Path
	p.Move(300, 10)
	p.Cube(372, 46, 456, 60, 540, 62)
	p.Cube(558, 62.5, 568, 72, 568, 90)
	p.Line(568, 300)
	p.Cube(560, 450, 460, 530, 300, 594)
	p.Cube(140, 530, 40, 450, 32, 300)
	p.Line(32, 90)
	p.Cube(32, 72, 42, 62.5, 60, 62)
	p.Cube(144, 60, 228, 46, 300, 10)
	p.Close()
	return p
}()
