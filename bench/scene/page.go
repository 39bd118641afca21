package scene

import (
	"math"

	"testamur/render"
	"testamur/render/text"
)

// page is a certificate as peers draw it: the same lines of text at the same places, the QR code, and a guilloche of 2,816
// straight lines between two rules. The page of testamur has more: microtext, medallions, watermark, seal, tags, a profile; frame has the
// lines of these.
func page(c render.Config) Page {
	const mm = 72 / 25.4
	p := Page{Width: 297 * mm, Height: 210 * mm}
	var art render.Art
	for _, a := range c.Arts {
		if a.Slug == Certification {
			art = a
		}
	}
	deep, mid, ink, mute := art.Deep.String(), art.Mid.String(), "#16202A", "#5C6975"
	box := func(inset, width float64) {
		x0, y0, x1, y1 := inset*mm, inset*mm, (297-inset)*mm, (210-inset)*mm
		p.Paths = append(p.Paths, Path{deep, width * mm, [][]float64{{x0, y0, x1, y0, x1, y1, x0, y1, x0, y0}}})
	}
	box(8, .5)
	box(17.1, .13)
	box(19.5, .35)
	wave := Path{Colour: "#8FB8BD", Width: .11 * mm}
	const curves, segments, middle, amplitude, corner = 8, 88, 13, 3.5, 18
	for side := range 4 {
		long, steps := 297-2*corner, segments
		if side%2 == 1 {
			long = 210 - 2*corner
		}
		for k := range curves {
			var line []float64
			for i := range steps + 1 {
				t := float64(i) / float64(steps)
				along, off := corner+t*float64(long), amplitude*math.Sin(2*math.Pi*(9*t+float64(k)/curves))
				x, y := along, middle+off
				switch side {
				case 1:
					x, y = 297-middle+off, along
				case 2:
					x, y = along, 210-middle+off
				case 3:
					x, y = middle+off, along
				}
				line = append(line, round(x*mm), round(y*mm))
			}
			wave.Lines = append(wave.Lines, line)
		}
	}
	p.Paths = append(p.Paths, wave)
	set := func(font string, points, x, y float64, colour, words string) {
		p.Lines = append(p.Lines, Text{font, points, x * mm, y * mm, colour, words})
	}
	set("strong", 12, 148.5, 48, deep, c.Brand.Wordmark)
	set("strong", 8, 148.5, 58.8, mute, "CERTIFICATE")
	set("body", 13, 148.5, 69.6, ink, "This is to certify that")
	set("body", 13, 148.5, 99.8, ink, "has passed the examination for the")
	set("serif", 29, 148.5, 112.4, mid, art.Title)
	for i, label := range []string{"GRANTED", "VALID TO", "CODE"} {
		set("strong", 7, 148.5+74*float64(i-1), 132.8, mute, label)
	}
	set("strong", 12, 74.5, 138.9, ink, "14 June 2014")
	set("strong", 12, 148.5, 138.9, ink, "31 July 2015")
	set("strong", 8.5, 74.5, 177.3, ink, c.Brand.Signature.Name)
	for _, name := range Names {
		_, size := c.Fonts.Fit(text.Serif, name, "en", 204*mm, 42, 27, 0)
		p.Names = append(p.Names, []Text{{"serif", size, 148.5 * mm, 84.5 * mm, ink, name}, {"mono", 12.4, 222.5 * mm, 138.9 * mm, ink, "{code}"}})
	}
	p.QR.X, p.QR.Y, p.QR.Side = 210.5*mm, 148*mm, 24*mm
	return p
}

func round(x float64) float64 { return math.Round(x*100) / 100 }

// Value is the i-th certificate of the product.
func Value(i int) render.Certificate {
	return render.Certificate{Certification: Certification, Edition: "2014", Name: Names[i%len(Names)], State: render.StateValid,
		Granted: render.Date{Year: 2014, Month: 6, Day: 14}, ValidTo: render.Date{Year: 2015, Month: 7, Day: 31}, Code: Code(i), Words: "en", Paper: render.A4}
}
