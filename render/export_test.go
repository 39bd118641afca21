package render

import (
	"testamur/render/drawing"
	"testamur/render/qr"
)

// Outline is the shape of a badge.
func (s Silhouette) Outline(inset float64) drawing.Path { return s.outline(inset) }

// Layout is the drawing of a badge in its style, of a neutral picture or of a certificate before it becomes pixels.
func (p *Press) Layout(of any) (*drawing.Drawing, error) {
	switch v := of.(type) {
	case Badge:
		return p.badge(v)
	case Neutral:
		return p.neutral(v), nil
	}
	return p.certificate(of.(Certificate))
}

// QRMatrix returns the modules of the QR code on a certificate.
func QRMatrix(url, code string) (qr.Matrix, error) { return qr.New().Encode(verifyAddress(url, code)) }

// DrawCertificate draws a certificate as PDF, whatever was drawn before.
func (p *Press) DrawCertificate(c Certificate) ([]byte, error) { return p.drawCertificate(c) }
