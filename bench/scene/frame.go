package scene

import (
	"math"

	"testamur/render"
	"testamur/render/drawing"
)

// unit is how many units of a frame are a millimetre, so that tenths of them are fine enough.
const unit = 20

// frame is the lines that package render draws on every certificate, told once more: rules, guilloche, medallions, watermark.
// It has neither microtext nor seal. The bytes of a page that has them are compared with ours.
func frame(c render.Config) *drawing.Drawing {
	const w, h, middle, amplitude, medallion = 297. * unit, 210. * unit, 13. * unit, 3.5 * unit, 5.9 * unit
	const white = drawing.Colour(0xFFFFFF)
	var art render.Art
	for _, a := range c.Arts {
		if a.Slug == Certification {
			art = a
		}
	}
	line := drawing.Mix(art.Mid, white, .36)
	d := drawing.New(w, h)
	box := func(inset, width, radius float64) {
		d.Stroke(drawing.RoundRect(inset*unit, inset*unit, w-2*inset*unit, h-2*inset*unit, radius*unit), art.Deep, width*unit)
	}
	box(8.0, 0.5, 5.0)
	box(8.9, 0.13, 4.1)
	box(17.1, 0.13, 0.3)
	box(19.5, 0.35, 0.3)
	const corner = middle + medallion - 0.9*unit
	for _, side := range []struct {
		length float64
		at     []drawing.Matrix
	}{
		{w - 2*corner, []drawing.Matrix{drawing.Translate(corner, middle), drawing.Translate(corner, h-middle)}},
		{h - 2*corner, []drawing.Matrix{drawing.Translate(middle, corner).Mul(drawing.Rotate(90)), drawing.Translate(w-middle, corner).Mul(drawing.Rotate(90))}},
	} {
		waves := math.Round(side.length / 13 / unit)
		length := side.length / waves
		tile := drawing.New(13*unit, 2*amplitude)
		var p drawing.Path
		for k := range 6 {
			for _, sign := range []float64{1, -1} {
				p = append(p, drawing.Smooth(12, func(t float64) (x, y float64) {
					a := t * 2 * math.Pi
					return t * length, sign * amplitude * math.Sin(a+float64(k)*math.Pi/6) * (0.72 + 0.28*math.Cos(2*a))
				})...)
			}
		}
		tile.Stroke(p, line, 0.11*unit)
		var at []drawing.Matrix
		for _, m := range side.at {
			for i := range int(waves) {
				at = append(at, m.Mul(drawing.Translate(float64(i)*length, 0)))
			}
		}
		d.Stamp(tile, at...)
	}
	ornament := drawing.New(2*medallion, 2*medallion)
	ornament.Fill(drawing.Circle(0, 0, medallion+0.6*unit), white)
	rosette(ornament, 2.0*unit, medallion-0.5*unit, 12, 4, line, 0.11)
	rosette(ornament, 0.4*unit, 2.6*unit, 8, 3, art.Mid, 0.13)
	ornament.Stroke(drawing.Circle(0, 0, medallion), art.Deep, 0.35*unit)
	d.Stamp(ornament, drawing.Translate(middle, middle), drawing.Translate(w-middle, middle), drawing.Translate(middle, h-middle), drawing.Translate(w-middle, h-middle))
	watermark := drawing.New(0, 0)
	rosette(watermark, 21*unit, 60*unit, 36, 5, drawing.Mix(art.Mid, white, .88), 0.13)
	d.Stamp(watermark, drawing.Translate(w/2, 100*unit))
	return d
}

// rosette draws curves between two radii, each a share of a lobe further.
func rosette(d *drawing.Drawing, inner, outer float64, lobes, curves int, colour drawing.Colour, width float64) {
	p := drawing.Smooth(lobes*8, func(t float64) (x, y float64) {
		a := t * 2 * math.Pi
		r := (inner+outer)/2 + (outer-inner)/2*math.Sin(float64(lobes)*a)
		return r * math.Cos(a), r * math.Sin(a)
	})
	p.Close()
	for k := range curves {
		d.Stroke(p.Transform(drawing.Rotate(360/float64(lobes)*float64(k)/float64(curves))), colour, width*unit)
	}
}
