// Package render draws the pictures and pages of testamur from plain values: badge, certificate and the
// neutral picture. It knows no HTTP, no store and nothing of verify: the values are filled in by the server
// from what consent has released, so a picture cannot show more.
//
// Begin with Press, which keeps what was drawn: the value drawn is the key.
package render

// State is what a picture says of itself.
type State string

const (
	StateValid    State = "valid"
	StateExpired  State = "expired"
	StateSpecimen State = "specimen" // not issued
)

// Style is the form of a badge's picture.
type Style string

const (
	StyleSeal    Style = ""        // square, 32 to 1200 pixels a side
	StyleCard    Style = "card"    // four times as wide as high, 128 x 32 to 1200 x 300 pixels
	StylePreview Style = "preview" // for links in social media, 1200 x 630 pixels
)

// Version changes whenever the same value may be drawn otherwise; it is part of every ETag.
const Version = 6

// Badge is the value of a badge, card or preview: everything that its picture depends on, and so its key.
type Badge struct {
	Certification string // slug of an Art
	Edition       string
	Name          string // cleaned, never empty (rule 31)
	Lang          string // of the holder, BCP 47; empty: that of Words. It chooses the forms of Han
	State         State
	ValidTo       Date
	Code          string // canonical, with dashes
	Tier          string // silver, gold, platinum or empty
	Words         string // language of the words, such as en
	Style         Style
	Width, Height int // pixels
}

// Neutral is the value of the picture that says nothing: the same for private, withdrawn, revoked, suspended
// and unknown.
type Neutral struct {
	Words         string
	Style         Style
	Width, Height int
}

// Certificate is the value of a certificate: of the page, and of its picture.
type Certificate struct {
	Certification string
	Edition       string
	Name          string
	Lang          string
	Organisation  bool
	State         State
	Granted       Date // the later of granted and renewed
	ValidTo       Date // day in the issuer's zone
	Code          string
	Tier          string
	Words         string
	Paper         Paper
	Width         int // pixels of the page's picture; 0 for the page itself, a PDF
}

// The widths of a certificate's picture in pixels: the least, the largest, and the one where none is asked for. Its
// height is that of the sheet.
const (
	CertificateMinWidth = 300
	CertificateMaxWidth = 2000
	CertificateWidth    = 1200
)

// Paper is a sheet in landscape.
type Paper string

const (
	A4     Paper = "a4"     // 297 x 210 mm
	Letter Paper = "letter" // 279.4 x 215.9 mm
)

// Date is a civil date.
type Date struct{ Year, Month, Day int }
