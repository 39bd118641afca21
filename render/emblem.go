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

// thin draws a path of very many straight lines by curves through a few of its corners: nobody sees the difference,
// and the file is a third.
func thin(p drawing.Path) drawing.Path {
	const step = 15
	if len(p) < 200 {
		return p
	}
	var corners []drawing.Point
	for i := 0; i < len(p)-1; i += step { // the last segment closes it
		corners = append(corners, p[i].P[0])
	}
	at := func(i int) drawing.Point { return corners[(i+len(corners))%len(corners)] }
	var out drawing.Path
	out.Move(corners[0].X, corners[0].Y)
	for i := range corners {
		a, b, c, d := at(i-1), at(i), at(i+1), at(i+2)
		out.Cube(b.X+(c.X-a.X)/6, b.Y+(c.Y-a.Y)/6, c.X-(d.X-b.X)/6, c.Y-(d.Y-b.Y)/6, c.X, c.Y)
	}
	out.Close()
	return out
}
