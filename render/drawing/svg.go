package drawing

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// SVG writes the drawing as a document of its own, to a tenth of a unit. Text is written as outlines; nothing in it is a
// script, a style or an address, or a picture of pixels, which is left out.
func (d *Drawing) SVG() []byte {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %s %s" fill="none" stroke-linecap="round" stroke-linejoin="round">`, tenth(d.W), tenth(d.H))
	clips := 0
	for _, op := range d.Flat().Ops {
		switch op := op.(type) {
		case Fill:
			rule := ""
			if op.EvenOdd {
				rule = ` fill-rule="evenodd"`
			}
			fmt.Fprintf(&b, `<path fill="%s"%s d="%s"/>`, op.Colour, rule, op.Path.svg())
		case Text:
			fmt.Fprintf(&b, `<path fill="%s" d="%s"/>`, op.Colour, op.Outline().svg())
		case Stroke:
			dash := ""
			if op.Dash[0] > 0 {
				dash = fmt.Sprintf(` stroke-dasharray="%s %s"`, tenth(op.Dash[0]), tenth(op.Dash[1]))
			}
			fmt.Fprintf(&b, `<path stroke="%s" stroke-width="%s"%s d="%s"/>`, op.Colour, tenth(op.Width), dash, op.Path.svg())
		case Clip:
			clips++
			fmt.Fprintf(&b, `<clipPath id="c%d"><path d="%s"/></clipPath><g clip-path="url(#c%[1]d)">`, clips, op.Path.svg())
		case End:
			b.WriteString("</g>")
		}
	}
	b.WriteString("</svg>\n")
	return []byte(b.String())
}

// svg is the path as SVG writes it in few bytes: each point is told from the end of the step before it. Those ends are counted in
// tenths, so that no step is off by what was rounded before.
func (p Path) svg() string {
	var b strings.Builder
	var at, start [2]int
	for _, s := range p {
		b.WriteByte([...]byte{MoveTo: 'M', LineTo: 'l', QuadTo: 'q', CubeTo: 'c', Close: 'z'}[s.Kind])
		from, end := at, at
		if s.Kind == MoveTo {
			from = [2]int{}
		}
		for i, q := range s.P[:s.Kind.Points()] {
			end = [2]int{int(math.Round(q.X * 10)), int(math.Round(q.Y * 10))}
			for side := range end {
				n := end[side] - from[side]
				if n >= 0 && (i > 0 || side > 0) {
					b.WriteByte(' ')
				}
				b.WriteString(tenth(float64(n) / 10))
			}
		}
		switch at = end; s.Kind {
		case MoveTo:
			start = at
		case Close:
			at = start
		}
	}
	return b.String()
}

func tenth(x float64) string { return strconv.FormatFloat(math.Round(x*10)/10, 'f', -1, 64) }
