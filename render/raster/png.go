package raster

import (
	"bytes"
	"image"
	"image/png"
	"sync"
)

// PNG encodes the picture. The same pixels give the same bytes.
func PNG(img *image.NRGBA) []byte {
	var out bytes.Buffer
	if err := encoder.Encode(&out, img); err != nil {
		return nil // a picture without pixels; a buffer does not fail
	}
	return out.Bytes()
}

var encoder = png.Encoder{CompressionLevel: png.DefaultCompression, BufferPool: &buffers{}}

// buffers keeps the encoder's working memory, some 1 MB, from one picture to the next.
type buffers struct{ pool sync.Pool }

func (b *buffers) Get() *png.EncoderBuffer {
	e, _ := b.pool.Get().(*png.EncoderBuffer)
	return e
}

func (b *buffers) Put(e *png.EncoderBuffer) { b.pool.Put(e) }
