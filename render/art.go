package render

import (
	"fmt"
	"math"

	"testamur/render/drawing"
)

// Art is how a certification looks: data of its catalogue.
type Art struct {
	Slug       string
	Title      string // the catalogue's title, in full
	Lettering  string // on the badge, in capitals
	Kicker     string // the line under the lettering, in capitals
	Silhouette Silhouette
	Deep       drawing.Colour // rim; white text on it
	Mid        drawing.Colour // field; white and Accent on it
	Tint       drawing.Colour // ground of a page, under Deep
	Accent     drawing.Colour
	Icon       Icon
	IconY      float64 // centre of the icon on the badge of 600 units
	IconScale  float64
	Practicum  bool
	Editions   map[string]string // edition: what it covers, as the certificate says it
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
type Signature struct{ Name, Role string }

// Icon is a small picture of strokes, drawn in order in a box of 150 units round (300, 205).
type Icon []Stroke

// Stroke is one path of an Icon, with round joins and caps.
type Stroke struct {
	Path   drawing.Path
	Width  float64 // units; 0 fills the path
	Accent bool    // in the accent colour
}

const iconX, iconY = 300, 205

// draw puts the icon's centre at (cx, cy), k times its size.
func (i Icon) draw(d *drawing.Drawing, cx, cy, k float64, plain, accent drawing.Colour) {
	at := drawing.Translate(cx-iconX*k, cy-iconY*k).Mul(drawing.Scale(k, k))
	for _, s := range i {
		colour := plain
		if s.Accent {
			colour = accent
		}
		if s.Width == 0 {
			d.Fill(s.Path.Transform(at), colour)
		} else {
			d.Stroke(s.Path.Transform(at), colour, s.Width*k)
		}
	}
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
