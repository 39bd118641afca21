package render

import "errors"

// drawCertificate draws the page.
func (p *Press) drawCertificate(c Certificate) ([]byte, error) {
	return nil, errors.New("render: certificates are not drawn yet")
}
