package render

import "testamur/render/drawing"

// Seal is the drawing of a badge before it becomes pixels.
func (p *Press) Seal(b Badge) (*drawing.Drawing, error) {
	return p.seal(b, detailAt(min(b.Width, b.Height)))
}

// Outline is the shape of a badge.
func (s Silhouette) Outline(inset float64) drawing.Path { return s.outline(inset) }

// CertificateDrawing is the page before it becomes a document.
func (p *Press) CertificateDrawing(c Certificate) (*drawing.Drawing, error) { return p.certificate(c) }
