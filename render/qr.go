package render

import (
	"errors"
	"fmt"
	"strings"

	"github.com/skip2/go-qrcode"

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
	if _, err := qr.Encode(content); err != nil {
		return fmt.Errorf("%w: %w", ErrURLTooLong, err)
	}
	return nil
}

// verifyAddress is what the QR code holds. Upper case takes fewer modules; scheme and host do not mind, and the route
// takes both.
func verifyAddress(url, code string) string { return strings.ToUpper(url) + "/V/" + code }
