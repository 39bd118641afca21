package render

import (
	"errors"
	"fmt"
	"strings"

	"github.com/skip2/go-qrcode"

	"testamur/render/drawing"
	"testamur/render/pdf"
	"testamur/render/qr"
)

// maxModules is the most modules a side of the QR code may have: more are too fine for 24 mm of paper and a phone.
const maxModules = 33

// ErrURLTooLong is the error of CheckURL.
var ErrURLTooLong = errors.New("the address is too long for the QR code on certificates")

// CheckURL says whether the address of a site fits the QR code: scheme, host and port, without a path. It asks the library,
// which knows every size, so that it can say how much too long an address is.
func CheckURL(url string) error {
	content := verifyAddress(url, "0000-0000-0000")
	q, err := qrcode.New(content, qrcode.High) // the library's High is the standard's Q: 25 % may be lost
	if err != nil {
		return fmt.Errorf("%w: %w", ErrURLTooLong, err)
	}
	if side := 17 + 4*q.VersionNumber; side > maxModules {
		return fmt.Errorf("%w: it would have %d modules a side, and at most %d are read well; use a shorter host", ErrURLTooLong, side, maxModules)
	}
	if _, err := qr.New().Encode(content); err != nil {
		return fmt.Errorf("%w: %w", ErrURLTooLong, err)
	}
	return nil
}

// verifyAddress is what the QR code holds. Upper case takes fewer modules; scheme and host do not mind, and the route
// takes both.
func verifyAddress(url, code string) string { return strings.ToUpper(url) + "/V/" + code }

// qrGrain is how many modules a unit of a tile has: as many as a page has steps, so that its numbers are short.
const qrGrain = pdf.Grain

// qrTile is a code as a drawing whose dark modules are rectangles, one for each run in a row.
func qrTile(m *qr.Matrix) *drawing.Drawing {
	d := drawing.New(float64(m.Side)/qrGrain, float64(m.Side)/qrGrain)
	runs := 0
	m.Runs(func(_, _, _ int) { runs++ })
	p := make(drawing.Path, 0, 5*runs)
	m.Runs(func(x, y, n int) { p.Rect(float64(x)/qrGrain, float64(y)/qrGrain, float64(n)/qrGrain, 1./qrGrain) })
	d.Fill(p, 0)
	return d
}
