package render

import (
	"image"

	"testamur/render/drawing"
	"testamur/render/raster"
)

// Seal is the drawing of a badge before it becomes pixels.
func (p *Press) Seal(b Badge) (*drawing.Drawing, error) {
	return p.seal(b, detailAt(min(b.Width, b.Height)))
}

// Outline is the shape of a badge.
func (s Silhouette) Outline(inset float64) drawing.Path { return s.outline(inset) }

// CertificateDrawing is the page before it becomes a document.
func (p *Press) CertificateDrawing(c Certificate) (*drawing.Drawing, error) { return p.certificate(c) }

// CertificatePicture paints a certificate's drawing at a width in pixels.
func (p *Press) CertificatePicture(c Certificate, width int) (*image.NRGBA, error) {
	d, err := p.certificate(c)
	if err != nil {
		return nil, err
	}
	k := float64(width) / d.W
	return raster.Draw(d, width, int(d.H*k), drawing.Scale(k, k)), nil
}
