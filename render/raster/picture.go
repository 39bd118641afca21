package raster

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/png"
	"sync"

	"golang.org/x/image/draw"

	"testamur/render/drawing"
)

// What a picture of pixels may be: square, and as large as the largest badge, so that it is never blown up.
const (
	MinSide  = 1200
	MaxSide  = 4096
	MaxBytes = 8 << 20
)

// Picture is pixels that a drawing can hold, decoded once. It keeps what it was scaled to, up to keptBytes. It is safe for
// concurrent use.
type Picture struct {
	full *image.RGBA // MinSide a side

	mu    sync.Mutex
	kept  map[size]*scaled
	bytes int
}

type size struct {
	width, height int
	grey          bool
}

type scaled struct {
	once   sync.Once
	pixels *image.RGBA
}

// keptBytes is room for the sizes that embed code uses, in colour.
const keptBytes = 8 << 20

// DecodePNG reads a square PNG of MinSide to MaxSide pixels. The error says what to do; what is too large is refused before
// it takes memory.
func DecodePNG(data []byte) (*Picture, error) {
	if len(data) > MaxBytes {
		return nil, fmt.Errorf("has %d bytes; at most %d are read", len(data), MaxBytes)
	}
	head, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("is no PNG that can be read: %w", err)
	}
	switch w, h := head.Width, head.Height; {
	case w != h:
		return nil, fmt.Errorf("is %d x %d pixels; a badge is square", w, h)
	case w < MinSide || w > MaxSide:
		return nil, fmt.Errorf("is %d pixels a side; export it at %d to %d", w, MinSide, MaxSide)
	case animated(data):
		return nil, errors.New("is animated; a badge stands still")
	}
	from, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("is no PNG that can be read: %w", err)
	}
	p := &Picture{full: image.NewRGBA(image.Rect(0, 0, MinSide, MinSide)), kept: map[size]*scaled{}}
	if head.Width == MinSide {
		draw.Draw(p.full, p.full.Rect, from, from.Bounds().Min, draw.Src)
	} else {
		draw.CatmullRom.Scale(p.full, p.full.Rect, from, from.Bounds(), draw.Src, nil)
	}
	return p, nil
}

// animated reports whether a PNG has the chunk that every animated one has before its pixels.
func animated(data []byte) bool {
	for at := 8; at+8 <= len(data); {
		n := binary.BigEndian.Uint32(data[at:])
		if n > MaxBytes {
			return false
		}
		switch string(data[at+4 : at+8]) {
		case "acTL":
			return true
		case "IDAT":
			return false
		}
		at += 12 + int(n)
	}
	return false
}

// Pixels returns the picture at a size, scaled by Catmull-Rom; grey takes its colours away and leaves each tone as light as
// it was. Nobody may change what it returns.
func (p *Picture) Pixels(width, height int, grey bool) *image.RGBA {
	want := size{width, height, grey}
	p.mu.Lock()
	s, ok := p.kept[want]
	if !ok {
		bytes := 4 * width * height
		if p.bytes += bytes; p.bytes > keptBytes {
			clear(p.kept)
			p.bytes = bytes
		}
		s = &scaled{}
		p.kept[want] = s
	}
	p.mu.Unlock()
	s.once.Do(func() { s.pixels = p.scale(want) })
	return s.pixels
}

func (p *Picture) scale(to size) *image.RGBA {
	out := p.full
	if out.Rect.Dx() != to.width || out.Rect.Dy() != to.height {
		out = image.NewRGBA(image.Rect(0, 0, to.width, to.height))
		draw.CatmullRom.Scale(out, out.Rect, p.full, p.full.Rect, draw.Src, nil)
	}
	if !to.grey {
		return out
	}
	grey := image.NewRGBA(out.Rect)
	last, tone := [4]uint8{}, [4]uint8{}
	for i := 0; i < len(out.Pix); i += 4 {
		if c := [4]uint8(out.Pix[i : i+4]); c != last {
			last, tone = c, greyOf(c)
		}
		copy(grey.Pix[i:], tone[:])
	}
	return grey
}

// greyOf is the grey of a colour that is multiplied by its alpha.
func greyOf(c [4]uint8) [4]uint8 {
	var u [3]uint32
	if a := uint32(c[3]); a > 0 {
		for i := range u {
			u[i] = min(255, (uint32(c[i])*255+a/2)/a)
		}
	}
	_, _, g := (drawing.Colour(u[0])<<16 | drawing.Colour(u[1])<<8 | drawing.Colour(u[2])).Grey().RGB()
	v := uint8((uint32(g)*uint32(c[3]) + 127) / 255)
	return [4]uint8{v, v, v, c[3]}
}
