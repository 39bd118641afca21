package render_test

import (
	"fmt"
	"testing"

	"testamur/academy"
	"testamur/assets"
	"testamur/render"
)

// BenchmarkNewName is a badge with a name that was never seen, in each lane; the press is warm.
func BenchmarkNewName(b *testing.B) {
	a, err := academy.Load(assets.Files)
	if err != nil {
		b.Fatal(err)
	}
	for _, lane := range []string{"palette", "lossless", "ordinary"} {
		c := pressConfig(b, a)
		c.Lossless = lane == "lossless"
		p, err := render.NewPress(c)
		if err != nil {
			b.Fatal(err)
		}
		for _, side := range []int{64, 90, 100, 300, 600, 1200, -640} {
			if side == 100 && lane != "ordinary" {
				continue // not of the ladder
			}
			v, what := sample("inbound", side), fmt.Sprint(side)
			if side < 0 {
				v.Style, v.Width, v.Height, what = render.StyleCard, -side, -side/4, fmt.Sprint("card ", -side)
			}
			if lane != "ordinary" {
				if err := p.Prepare(v); err != nil {
					b.Fatal(err)
				}
			}
			i := 0 // over all rounds
			b.Run(lane+" "+what, func(b *testing.B) {
				b.ReportAllocs()
				bytes := 0
				for ; b.Loop(); i++ {
					v.Name, v.Code = someNames[i%len(someNames)], fmt.Sprintf("%04d-%04d-%04d", i/1e8, i/1e4%1e4, i%1e4)
					pic, err := p.Badge(b.Context(), v)
					if err != nil {
						b.Fatal(err)
					}
					bytes += len(pic.Bytes)
				}
				b.ReportMetric(float64(bytes)/float64(b.N), "bytes")
			})
		}
	}
}

// BenchmarkNewPage is a certificate as PDF with a name and a code that were never seen, asked of the press as the server asks;
// its page is made.
func BenchmarkNewPage(b *testing.B) {
	p, _ := builtin(b)
	i, bytes := 0, 0
	draw := func() {
		v := paper(someNames[i%len(someNames)])
		v.Code = fmt.Sprintf("%04d-%04d-%04d", i/1e8, i/1e4%1e4, i%1e4)
		pic, err := p.Certificate(b.Context(), v)
		if err != nil {
			b.Fatal(err)
		}
		i, bytes = i+1, bytes+len(pic.Bytes)
	}
	for range someNames {
		draw()
	}
	b.ReportAllocs()
	bytes = 0
	for b.Loop() {
		draw()
	}
	b.ReportMetric(float64(bytes)/float64(b.N), "bytes")
}

var someNames = [...]string{"Maya Lindqvist", "Jonathan Alexander Whitmore", "Zoë Đặng", "Πηνελόπη Δέλτα", "Olga Ivanova", "Kwame Asante-Boateng", "Siân Llewellyn"}

// BenchmarkPieces is what one look of a badge costs before the first of its badges.
func BenchmarkPieces(b *testing.B) {
	a, err := academy.Load(assets.Files)
	if err != nil {
		b.Fatal(err)
	}
	p, err := render.NewPress(pressConfig(b, a))
	if err != nil {
		b.Fatal(err)
	}
	for _, side := range []int{64, 300, 600, 1200} {
		b.Run(fmt.Sprint(side), func(b *testing.B) {
			for b.Loop() {
				if err := p.Prepare(sample("inbound", side)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
