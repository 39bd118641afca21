package render_test

import (
	"bytes"
	"encoding/xml"
	"image"
	"image/draw"
	"io"
	"testing"

	"testamur/render/drawing"
	"testamur/render/raster"
)

// The emblems are told apart, as pixels and as files that are small, well-formed and ask for nothing.
func TestEmblem(t *testing.T) {
	_, a := builtin(t)
	const side = 160
	all := image.NewNRGBA(image.Rect(0, 0, side*len(a.Arts), side))
	for i, art := range a.Arts {
		emblem := art.Emblem()
		draw.Draw(all, image.Rect(i*side, 0, i*side+side, side), raster.Draw(emblem, side, side, drawing.Scale(side/600.0, side/600.0)), image.Point{}, draw.Src)
		svg := emblem.SVG()
		if len(svg) > 5_500 {
			t.Errorf("%s: %d bytes", art.Slug, len(svg))
		}
		for d := xml.NewDecoder(bytes.NewReader(svg)); ; {
			token, err := d.Token()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", art.Slug, err)
			}
			e, ok := token.(xml.StartElement)
			if ok && e.Name.Local == "script" {
				t.Errorf("%s: a script", art.Slug)
			}
			for _, x := range e.Attr {
				if x.Name.Local == "href" || x.Name.Local == "style" {
					t.Errorf("%s: <%s %s>", art.Slug, e.Name.Local, x.Name.Local)
				}
			}
		}
	}
	golden(t, "emblems", all)
}
