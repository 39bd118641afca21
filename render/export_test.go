package render

import (
	"fmt"

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
func QRMatrix(url, code string) (qr.Matrix, error) { return qr.Encode(verifyAddress(url, code)) }

// DrawCertificate draws a certificate as PDF, whatever was drawn before.
func (p *Press) DrawCertificate(c Certificate) ([]byte, error) { return p.drawCertificate(c) }

// Prepare makes the pieces of a badge's look at once.
func (p *Press) Prepare(b Badge) error {
	l, ok := lookOf(b)
	if !ok {
		return fmt.Errorf("%d x %d is not of the ladder", b.Width, b.Height)
	}
	s, err := p.newForm(l)
	if err != nil {
		return err
	}
	p.forms.mu.Lock()
	defer p.forms.mu.Unlock()
	p.forms.kept[l] = s
	return nil
}

// Quick returns the badge from its pieces and nothing else: false where it would be drawn otherwise.
func (p *Press) Quick(b Badge) ([]byte, bool, error) {
	on := p.form(b)
	if on == nil {
		return nil, false, nil
	}
	d := <-p.desks
	defer func() { p.desks <- d }()
	return p.paintOn(d, b, on)
}

// Drop drops the pieces of a badge's look.
func (p *Press) Drop(b Badge) {
	l, _ := lookOf(b)
	p.forms.mu.Lock()
	defer p.forms.mu.Unlock()
	delete(p.forms.kept, l)
}

// Placed is where a picture stands on its pixels.
func Placed(d *drawing.Drawing, w, h int) drawing.Matrix { return placed(d, w, h) }
