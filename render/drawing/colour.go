package drawing

import (
	"fmt"
	"math"
	"strconv"
)

// Colour is opaque sRGB, 0xRRGGBB. Pictures use flat tones instead of opacity.
type Colour uint32

// ParseColour reads #RRGGBB, in either case.
func ParseColour(s string) (Colour, error) {
	if len(s) == 7 && s[0] == '#' {
		if n, err := strconv.ParseUint(s[1:], 16, 32); err == nil {
			return Colour(n), nil
		}
	}
	return 0, fmt.Errorf("colour %q: write it as #RRGGBB, such as #0A646D", s)
}

// UnmarshalText reads #RRGGBB.
func (c *Colour) UnmarshalText(b []byte) (err error) {
	*c, err = ParseColour(string(b))
	return err
}

// String returns #RRGGBB.
func (c Colour) String() string { return fmt.Sprintf("#%06X", uint32(c)) }

// RGB returns the three channels.
func (c Colour) RGB() (r, g, b uint8) { return uint8(c >> 16), uint8(c >> 8), uint8(c) }

// Mix returns the flat tone of b laid over a with opacity t, 0..1.
func Mix(a, b Colour, t float64) Colour {
	var out Colour
	for shift := 0; shift < 24; shift += 8 {
		x, y := float64(a>>shift&0xFF), float64(b>>shift&0xFF)
		out |= Colour(math.Round(x*(1-t)+y*t)) << shift
	}
	return out
}

// Contrast returns the contrast ratio of two colours as WCAG 2 defines it, 1..21.
func Contrast(a, b Colour) float64 { return ContrastOf(a.Luminance(), b.Luminance()) }

// ContrastOf returns the contrast ratio of two relative luminances, 1..21.
func ContrastOf(a, b float64) float64 { return (max(a, b) + 0.05) / (min(a, b) + 0.05) }

// Luminance returns the relative luminance as WCAG 2 defines it, 0..1.
func (c Colour) Luminance() float64 {
	r, g, b := c.RGB()
	return 0.2126*linear[r] + 0.7152*linear[g] + 0.0722*linear[b]
}

// Grey returns the grey of the same luminance: it has the same contrast with everything.
func (c Colour) Grey() Colour {
	v := c.Luminance()
	if v <= 0.0031308 {
		v *= 12.92
	} else {
		v = 1.055*math.Pow(v, 1/2.4) - 0.055
	}
	return Colour(math.Round(v*255)) * 0x010101
}

// linear is how much light a channel's value stands for.
var linear = func() (t [256]float64) {
	for v := range t {
		f := float64(v) / 255
		if f <= 0.04045 {
			t[v] = f / 12.92
		} else {
			t[v] = math.Pow((f+0.055)/1.055, 2.4)
		}
	}
	return t
}()
