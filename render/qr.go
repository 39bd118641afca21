package render

import (
	"errors"
	"fmt"
	"strings"

	"github.com/skip2/go-qrcode"

	"testamur/render/drawing"
)

// maxModules is the most modules a side of the QR code may have: more are too fine for 24 mm of paper and a phone.
const maxModules = 33

// ErrURLTooLong is the error of CheckURL.
var ErrURLTooLong = errors.New("the address is too long for the QR code on certificates")

// CheckURL says whether the address of a site fits the QR code: scheme, host and port, without a path.
func CheckURL(url string) error {
	m, err := qrMatrix(verifyAddress(url, "0000-0000-0000"))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrURLTooLong, err)
	}
	if len(m) > maxModules {
		return fmt.Errorf("%w: it would have %d modules a side, and at most %d are read well; use a shorter host", ErrURLTooLong, len(m), maxModules)
	}
	return nil
}

// verifyAddress is what the QR code holds. Upper case takes fewer modules; scheme and host do not mind, and the route
// takes both.
func verifyAddress(url, code string) string { return strings.ToUpper(url) + "/V/" + code }

// qrMatrix returns the modules of a QR code of level Q, true for dark, without a quiet zone.
func qrMatrix(content string) ([][]bool, error) {
	q, err := qrcode.New(content, qrcode.High) // the library's High is the standard's Q: 25 % may be lost
	if err != nil {
		return nil, err
	}
	q.DisableBorder = true
	return q.Bitmap(), nil
}

// qrPath returns the dark modules as rectangles, one for each run in a row.
func qrPath(m [][]bool, x, y, side float64) drawing.Path {
	var p drawing.Path
	module := side / float64(len(m))
	for r, row := range m {
		for from := 0; from < len(row); from++ {
			to := from
			for to < len(row) && row[to] {
				to++
			}
			if to > from {
				p = append(p, drawing.Rect(x+float64(from)*module, y+float64(r)*module, float64(to-from)*module, module)...)
				from = to
			}
		}
	}
	return p
}
