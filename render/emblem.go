package render

import "testamur/render/drawing"

// Emblem is the certification's shape and icon alone, 600 units square: for pages and lists. It is no badge, which always
// bears a name.
func (a Art) Emblem() *drawing.Drawing {
	d := drawing.New(600, 600)
	d.Fill(thin(a.Silhouette.outline(0)), white) // keeps the shape visible on a dark page
	d.Fill(thin(a.Silhouette.outline(6)), a.Deep)
	field := thin(a.Silhouette.outline(34))
	d.Fill(field, a.Mid)
	d.Clip(field)
	for _, r := range [...]float64{160, 230, 300} {
		d.Stroke(drawing.Circle(300, 300, r), drawing.Mix(a.Mid, white, .055), 32)
	}
	d.End()
	y := 300.0
	if a.Silhouette == SilhouetteCircle {
		y = 306 // what points into a circle lifts it
	}
	a.Icon.draw(d, 300, y, 1.95*a.IconScale, white, a.Accent)
	return d
}

// thin leaves two of three corners of a path with very many away: on a screen nobody sees the difference, and the file is a third.
func thin(p drawing.Path) drawing.Path {
	if len(p) < 200 {
		return p
	}
	var out drawing.Path
	for i, s := range p {
		if s.Kind != drawing.LineTo || i%3 == 0 {
			out = append(out, s)
		}
	}
	return out
}
