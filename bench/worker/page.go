package main

import (
	"bytes"
	"fmt"
	"image"
	"os"

	"github.com/go-pdf/fpdf"
	"github.com/signintech/gopdf"
	"github.com/skip2/go-qrcode"

	"testamur/bench/scene"
)

func rgb(hex string) (r, g, b uint8) {
	fmt.Sscanf(hex, "#%02X%02X%02X", &r, &g, &b)
	return r, g, b
}

// modules gives the QR code's dark modules, a run in a row each, in points.
func modules(s *scene.Scene, i int, each func(x, y, w, h float64)) error {
	q, err := qrcode.New(s.URL+scene.Code(i), qrcode.High)
	if err != nil {
		return err
	}
	q.DisableBorder = true
	m := q.Bitmap()
	unit := s.Page.QR.Side / float64(len(m))
	for y, row := range m {
		for x := 0; x < len(row); x++ {
			from := x
			for x < len(row) && row[x] {
				x++
			}
			if x > from {
				each(s.Page.QR.X+float64(from)*unit, s.Page.QR.Y+float64(y)*unit, float64(x-from)*unit, unit)
			}
		}
	}
	return nil
}

// gopdfTutorial is as tutorials do it: fonts from files for each document, the QR code as a picture.
func gopdfTutorial(s *scene.Scene) (peer, error) {
	return gopdfPage(s, func(d *gopdf.GoPdf, font string) error { return d.AddTTFFont(font, s.Fonts[font]) },
		func(d *gopdf.GoPdf, i int) error {
			data, err := qrcode.Encode(s.URL+scene.Code(i), qrcode.High, 256)
			if err != nil {
				return err
			}
			img, _, err := image.Decode(bytes.NewReader(data))
			if err != nil {
				return err
			}
			return d.ImageFrom(img, s.Page.QR.X, s.Page.QR.Y, &gopdf.Rect{W: s.Page.QR.Side, H: s.Page.QR.Side})
		})
}

// gopdfFont parses fonts once and draws the QR code from rectangles.
func gopdfFont(s *scene.Scene) (peer, error) {
	kept := &gopdf.FontContainer{}
	for key, file := range s.Fonts {
		data, err := os.ReadFile(file)
		if err == nil {
			err = kept.AddTTFFontData(key, data)
		}
		if err != nil {
			return nil, err
		}
	}
	return gopdfPage(s, func(d *gopdf.GoPdf, font string) error { return d.AddTTFFontFromFontContainer(font, kept) },
		func(d *gopdf.GoPdf, i int) error {
			d.SetFillColor(0, 0, 0)
			return modules(s, i, func(x, y, w, h float64) { d.RectFromUpperLeftWithStyle(x, y, w, h, "F") })
		})
}

func gopdfPage(s *scene.Scene, add func(*gopdf.GoPdf, string) error, code func(*gopdf.GoPdf, int) error) (peer, error) {
	p := s.Page
	return func(_ string, i int) ([]byte, error) {
		d := &gopdf.GoPdf{}
		d.Start(gopdf.Config{PageSize: gopdf.Rect{W: p.Width, H: p.Height}})
		d.AddPage()
		for _, font := range []string{"strong", "body", "serif", "mono"} {
			if err := add(d, font); err != nil {
				return nil, err
			}
		}
		for _, path := range p.Paths {
			d.SetStrokeColor(rgb(path.Colour))
			d.SetLineWidth(path.Width)
			for _, line := range path.Lines {
				for k := 0; k+3 < len(line); k += 2 {
					d.Line(line[k], line[k+1], line[k+2], line[k+3])
				}
			}
		}
		for _, l := range append(lines(p.Names[i%len(p.Names)], i), p.Lines...) {
			if err := d.SetFont(l.Font, "", l.Size); err != nil {
				return nil, err
			}
			d.SetTextColor(rgb(l.Colour))
			w, err := d.MeasureTextWidth(l.Words)
			if err != nil {
				return nil, err
			}
			d.SetXY(l.X-w/2, l.Y)
			if err := d.Text(l.Words); err != nil {
				return nil, err
			}
		}
		if err := code(d, i); err != nil {
			return nil, err
		}
		return d.GetBytesPdfReturnErr()
	}, nil
}

func fpdfPage(s *scene.Scene) (peer, error) {
	p, data := s.Page, map[string][]byte{}
	for key, file := range s.Fonts {
		var err error
		if data[key], err = os.ReadFile(file); err != nil {
			return nil, err
		}
	}
	return func(_ string, i int) ([]byte, error) {
		d := fpdf.NewCustom(&fpdf.InitType{UnitStr: "pt", Size: fpdf.SizeType{Wd: p.Width, Ht: p.Height}})
		d.AddPage()
		for _, font := range []string{"strong", "body", "serif", "mono"} {
			d.AddUTF8FontFromBytes(font, "", data[font])
		}
		for _, path := range p.Paths {
			r, g, b := rgb(path.Colour)
			d.SetDrawColor(int(r), int(g), int(b))
			d.SetLineWidth(path.Width)
			for _, line := range path.Lines {
				d.MoveTo(line[0], line[1])
				for k := 2; k < len(line); k += 2 {
					d.LineTo(line[k], line[k+1])
				}
				d.DrawPath("D")
			}
		}
		for _, l := range append(lines(p.Names[i%len(p.Names)], i), p.Lines...) {
			d.SetFont(l.Font, "", l.Size)
			r, g, b := rgb(l.Colour)
			d.SetTextColor(int(r), int(g), int(b))
			d.Text(l.X-d.GetStringWidth(l.Words)/2, l.Y, l.Words)
		}
		d.SetFillColor(0, 0, 0)
		if err := modules(s, i, func(x, y, w, h float64) { d.Rect(x, y, w, h, "F") }); err != nil {
			return nil, err
		}
		var out bytes.Buffer
		err := d.Output(&out)
		return out.Bytes(), err
	}, nil
}
