package main

import (
	"bytes"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"os"
	"strconv"
	"strings"

	"github.com/fogleman/gg"
	"github.com/golang/freetype/truetype"
	"golang.org/x/image/font"

	"testamur/bench/scene"
)

// lines are the lines of the i-th badge of a size, with its code.
func lines(of []scene.Text, i int) []scene.Text {
	out := append([]scene.Text(nil), of...)
	for k := range out {
		out[k].Words = strings.Replace(out[k].Words, "{code}", scene.Code(i), 1)
	}
	return out
}

func badge(s *scene.Scene, what string, i int) (scene.Badge, []scene.Text, error) {
	side, err := strconv.Atoi(what)
	if err != nil {
		return scene.Badge{}, nil, err
	}
	b := s.Badges[side]
	return b, lines(b.Lines[i%len(b.Lines)], i), nil
}

// ggNaive is what one writes first: the template, the fonts and the size of the name anew each time.
func ggNaive(s *scene.Scene) (peer, error) {
	return func(what string, i int) ([]byte, error) {
		b, lines, err := badge(s, what, i)
		if err != nil {
			return nil, err
		}
		template, err := gg.LoadPNG(b.Template)
		if err != nil {
			return nil, err
		}
		dc := gg.NewContextForImage(template)
		for k, l := range lines {
			size := l.Size
			if k == 0 { // fitted in steps, from the size of short names
				size *= 1.2
			}
			for {
				if err := dc.LoadFontFace(s.Fonts[l.Font], size); err != nil {
					return nil, err
				}
				if size <= l.Size {
					break
				}
				dc.MeasureString(l.Words)
				size = max(l.Size, size*.95)
			}
			dc.SetHexColor(l.Colour)
			dc.DrawStringAnchored(l.Words, l.X, l.Y, .5, 0)
		}
		var out bytes.Buffer
		err = dc.EncodePNG(&out)
		return out.Bytes(), err
	}, nil
}

// ggCached keeps templates and faces, and writes PNGs as fast as image/png can.
func ggCached(s *scene.Scene) (peer, error) {
	templates := map[string]*image.RGBA{}
	for side, b := range s.Badges {
		img, err := gg.LoadPNG(b.Template)
		if err != nil {
			return nil, err
		}
		at := image.NewRGBA(img.Bounds())
		draw.Draw(at, at.Rect, img, image.Point{}, draw.Src)
		templates[strconv.Itoa(side)] = at
	}
	fonts := map[string]*truetype.Font{}
	for key, file := range s.Fonts {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		if fonts[key], err = truetype.Parse(data); err != nil {
			return nil, err
		}
	}
	type size struct {
		font string
		size float64
	}
	faces, pool := map[size]font.Face{}, &buffers{}
	var out bytes.Buffer
	canvas := map[string]*image.RGBA{}
	return func(what string, i int) ([]byte, error) {
		_, lines, err := badge(s, what, i)
		if err != nil {
			return nil, err
		}
		from := templates[what]
		if canvas[what] == nil {
			canvas[what] = image.NewRGBA(from.Rect)
		}
		copy(canvas[what].Pix, from.Pix)
		dc := gg.NewContextForRGBA(canvas[what])
		for _, l := range lines {
			key := size{l.Font, l.Size}
			if faces[key] == nil {
				faces[key] = truetype.NewFace(fonts[l.Font], &truetype.Options{Size: l.Size})
			}
			dc.SetFontFace(faces[key])
			dc.SetHexColor(l.Colour)
			dc.DrawStringAnchored(l.Words, l.X, l.Y, .5, 0)
		}
		out.Reset()
		e := png.Encoder{CompressionLevel: png.BestSpeed, BufferPool: pool}
		if err := e.Encode(&out, canvas[what]); err != nil {
			return nil, fmt.Errorf("gg-cached: %w", err)
		}
		return out.Bytes(), nil
	}, nil
}

type buffers struct{ kept *png.EncoderBuffer }

func (b *buffers) Get() *png.EncoderBuffer  { return b.kept }
func (b *buffers) Put(e *png.EncoderBuffer) { b.kept = e }
