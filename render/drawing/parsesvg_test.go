package drawing

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

func svg(inside string) []byte {
	return []byte(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">` + inside + `</svg>`)
}

// operations are what a drawing does, in a form that can be read.
func operations(d *Drawing) (out []string) {
	for _, op := range d.Ops {
		x0, y0, x1, y1 := 0.0, 0.0, 0.0, 0.0
		said := ""
		switch o := op.(type) {
		case Fill:
			x0, y0, x1, y1 = o.Path.Bounds()
			said = fmt.Sprintf("fill %v", o.Colour)
			if o.EvenOdd {
				said += " evenodd"
			}
		case Stroke:
			x0, y0, x1, y1 = o.Path.Bounds()
			said = fmt.Sprintf("stroke %v %.4g", o.Colour, o.Width)
		}
		out = append(out, fmt.Sprintf("%s in %.4g %.4g %.4g %.4g", said, x0, y0, x1, y1))
	}
	return out
}

func TestParseSVG(t *testing.T) {
	for name, test := range map[string]struct {
		file []byte
		want []string
	}{
		"every shape": {svg(`<path d="M1 1h2v2z"/><rect x="1" y="2" width="3" height="4"/><circle cx="5" cy="5" r="2"/>
			<ellipse cx="5" cy="5" rx="2" ry="1"/><polygon points="1,1 2,1 2,2"/><polyline points="1 1 2 1 2 3"/>
			<line x1="1" y1="2" x2="3" y2="4" stroke="#fff" stroke-linecap="round"/>`),
			[]string{"fill #000000 in 1 1 3 3", "fill #000000 in 1 2 4 6", "fill #000000 in 3 3 7 7", "fill #000000 in 3 4 7 6",
				"fill #000000 in 1 1 2 2", "fill #000000 in 1 1 2 3", "stroke #FFFFFF 1 in 1 2 3 4"}},
		"colours": {svg(`<g><rect width="2" height="2" fill="#123456"/><rect width="2" height="2" fill="#abc"/><rect width="2" height="2" fill="rgb(1, 2,3)"/>
			<rect width="2" height="2" fill="currentColor"/><rect width="2" height="2" fill="none"/></g>`),
			[]string{"fill #123456 in 0 0 2 2", "fill #AABBCC in 0 0 2 2", "fill #010203 in 0 0 2 2", "fill #000000 in 0 0 2 2"}},
		"fill and stroke": {svg(`<g stroke="white" style="stroke-linejoin:round;stroke-width:2px"><rect width="2" height="2" fill="red" style="fill:none"/><circle r="1" fill="white"/></g><rect width="1" height="1"/>`),
			[]string{"stroke #FFFFFF 2 in 0 0 2 2", "fill #FFFFFF in -1 -1 1 1", "stroke #FFFFFF 2 in -1 -1 1 1", "fill #000000 in 0 0 1 1"}},
		"transforms": {svg(`<g transform="translate(2 3)"><rect width="1" height="1" transform="scale(2)"/><rect width="2" height="1" transform="rotate(90)"/>
			<circle r="1" fill="none" stroke="white" stroke-width="2" transform="matrix(2,0,0,-2,0,0) rotate(90, 1, 1)"/></g>`),
			[]string{"fill #000000 in 2 3 4 5", "fill #000000 in 1 3 2 5", "stroke #FFFFFF 4 in 4 1 8 5"}},
		"a viewBox of its own": {[]byte(`<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x.dtd"><svg width="210mm" height="100%" viewBox="-10 -10 20 20"><circle r="10" fill-rule="evenodd" clip-rule="evenodd"/></svg>`),
			[]string{"fill #000000 evenodd in 0 0 20 20"}},
		"size without viewBox": {[]byte(`<svg width="20px" height="10"><rect width="20" height="10"/></svg>`), []string{"fill #000000 in 0 0 20 10"}},
		"what draws nothing": {svg(`<title>t</title><desc>d</desc><defs><linearGradient id="a"><stop offset="0"/></linearGradient></defs>
			<x:grid xmlns:x="urn:x" a="b"><x:line/></x:grid><path d="M1 1h2" fill="none"/><rect width="0" height="2"/><rect id="r" class="c" data-name="n" width="1" height="1" style="-inkscape-stroke:none;font-size:12px"/>`),
			[]string{"fill #000000 in 0 0 1 1"}},
	} {
		d, err := ParseSVG("a.svg", test.file)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := operations(d); !slices.Equal(got, test.want) {
			t.Errorf("%s:\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(test.want, "\n"))
		}
	}
	d, err := ParseSVG("a.svg", []byte(`<svg viewBox="-10 -10 20 30"><circle r="10"/></svg>`))
	if err != nil || d.W != 20 || d.H != 30 {
		t.Errorf("%+v, %v", d, err)
	}
}

// What is not drawn is refused, each kind once, with the line where it stands first.
func TestParseSVGRefuses(t *testing.T) {
	file := `<svg xmlns="http://www.w3.org/2000/svg" onload="x()">
<style>.a{fill:red}</style>
<text x="1">a</text><use href="#a"/>
<image href="a.png"/>
<g opacity=".5"><rect
  width="2"
  height="2%" fill="url(#a)"/></g>
<g opacity=".5"/>
<path d="M1 1X"/>
<path d="M1 1h2" stroke="white" fill="red"/>
<path d="M1 1h2v2" stroke="white" stroke-linecap="round"/>
<rect width="2" height="2" rx="1" ry="2" clip-path="url(#c)" stroke-dasharray="1 2"/>
<circle r="2" stroke="white" transform="scale(1 2)"/>
<circle r="2" transform="turn(1)" pathLength="2" fill-rule="odd" style="display:none;mix-blend-mode:multiply"/>
</svg>`
	_, err := ParseSVG("a.svg", []byte(file))
	got := strings.Split(fmt.Sprint(err), "\n")
	want := []string{
		`a.svg:1: svg has no viewBox such as viewBox="0 0 600 600"`,
		`a.svg:1: onload of svg is not known`,
		`a.svg:2: style is not drawn: write fill and stroke on the shapes (presentation attributes)`,
		`a.svg:3: text is not drawn: turn its letters into paths`,
		`a.svg:3: use is not drawn: write the shape out where it is used`,
		`a.svg:4: image is not drawn: draw it with paths`,
		`a.svg:5: opacity: .5 is not drawn; use the tone that is seen, as a colour of its own`,
		`a.svg:5: fill: url(#a) is not drawn; use one flat colour`,
		`a.svg:5: height: "2%" is not a number of units within 1e+06`,
		`a.svg:9: path data: character 5: 'X' is no command; use M L H V C S Q T A Z`,
		`a.svg:10: fill: "red" is not a colour that is read; write it as #RRGGBB`,
		`a.svg:10: strokes have round ends and corners here: set stroke-linecap and stroke-linejoin to round, or turn the stroke into a filled outline`,
		`a.svg:12: clip-path: url(#c) is not drawn; cut the shape itself`,
		`a.svg:12: stroke-dasharray: 1 2 is not drawn; turn the dashes into paths`,
		`a.svg:12: a rect has one radius for its corners here: make rx and ry the same`,
		`a.svg:13: a stroke is stretched by its transform; turn it into a filled outline`,
		`a.svg:14: transform turn with 1 numbers is not known`,
		`a.svg:14: display: none is not drawn; take hidden parts out of the file`,
		`a.svg:14: fill-rule "odd" is not known; use nonzero or evenodd`,
		`a.svg:14: mix-blend-mode: multiply is not drawn; use the tone that is seen, as a colour of its own`,
		`a.svg:14: pathLength of circle is not known`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	deep := strings.Repeat("<g>", maxSVGDepth) + "<path d=\"M0 0h1\"/>" + strings.Repeat("</g>", maxSVGDepth)
	for name, test := range map[string]struct{ file, want string }{
		"two":                {`<svg viewBox="0 0 1 1"/><path/>`, "something follows"},
		"empty":              {"", "a.svg:1: is no SVG: it has no svg element"},
		"no SVG":             {"<html/>", "a.svg:1: is no SVG that can be read: the first element is not svg"},
		"a picture":          {"\x89PNG\r\n\x1a\n", "is no SVG that can be read: invalid UTF-8"},
		"cut off":            {"<svg viewBox=\"0 0 1 1\">\n<g>\n", "a.svg:3: is no SVG that can be read: unexpected EOF"},
		"nothing":            {string(svg("")), "a.svg:1: draws nothing"},
		"entities":           {`<!DOCTYPE svg [<!ENTITY a "b">]><svg viewBox="0 0 1 1"><path d="M0 0h1z"/></svg>`, "a.svg:1: has a document type with rules of its own"},
		"deep":               {string(svg(deep)), "more than 100 elements stand within each other"},
		"large":              {string(svg(strings.Repeat(" ", maxSVGBytes))), "a.svg: has 1048"},
		"steps":              {string(svg(`<path d="M0 0` + strings.Repeat("h1", maxSVGSegments) + `"/>`)), "more than 50000 steps"},
		"endless numbers":    {string(svg(`<rect width="1e9" height="nan"/>`)), `width: "1e9" is not a number`},
		"endless scale":      {string(svg(strings.Repeat(`<g transform="scale(1e6)">`, 60) + `<path d="M0 0h1v1z"/>` + strings.Repeat("</g>", 60))), "leaves the range"},
		"skewed stroke":      {string(svg(`<circle r="1" stroke="white" transform="skewX(20)"/>`)), "a stroke is stretched"},
		"a style of letters": {string(svg(`<polygon points="0 0 1 0 1 1" fill="none" stroke="white"/>`)), "strokes have round ends"},
	} {
		if _, err := ParseSVG("a.svg", []byte(test.file)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %s", name, err, test.want)
		}
	}
}

func FuzzParseSVG(f *testing.F) {
	f.Add(svg(`<g transform="translate(2 3)rotate(3 4 5)" style="fill:#fff"><path d="M1 1h2A1 2 3 0 1 4 5z" stroke="red" stroke-linecap="round"/></g>`))
	f.Add(svg(`<rect width="2" height="2" rx="1"/><circle r="2"/><polyline points="1 1 2 2 3"/><defs><x/></defs>`))
	f.Fuzz(func(t *testing.T, file []byte) {
		d, err := ParseSVG("f.svg", file)
		if err != nil {
			if d != nil {
				t.Fatal("a picture beside an error")
			}
			return
		}
		for _, op := range d.Ops {
			var path Path
			switch o := op.(type) {
			case Fill:
				path = o.Path
			case Stroke:
				path = o.Path
				if !(o.Width > 0) || math.IsInf(o.Width, 0) {
					t.Fatalf("a stroke %g wide", o.Width)
				}
			}
			for _, s := range path {
				for _, q := range s.P {
					if math.IsNaN(q.X+q.Y) || math.IsInf(q.X+q.Y, 0) {
						t.Fatalf("a point at %v", q)
					}
				}
			}
		}
	})
}
