package verify

import (
	"errors"
	"fmt"
	"io"
)

// Code is the public id of a credential in its canonical form, such as 7K3M-9QXT-4P24: 11 random symbols of
// Crockford's base 32 and a check symbol. People read it as "Credential ID".
type Code string

// Errors of ParseCode. Both are known without asking the store.
var (
	ErrMalformed = errors.New("this is not a code: it has 12 letters and digits, such as 7K3M-9QXT-4P24")
	ErrMistyped  = errors.New("this code is mistyped: its check symbol does not fit")
)

const (
	alphabet   = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	symbols    = 12
	codeLength = symbols + 2 // with dashes
)

// value holds each byte's symbol, or -1. Lower case is read as upper, O as 0, I and L as 1.
var value = func() (v [256]int8) {
	for i := range v {
		v[i] = -1
	}
	for i, c := range []byte(alphabet) {
		v[c] = int8(i)
		if c >= 'A' {
			v[c|0x20] = int8(i)
		}
	}
	for c, like := range map[byte]int8{'O': 0, 'I': 1, 'L': 1} {
		v[c], v[c|0x20] = like, like
	}
	return v
}()

// ParseCode reads a code as people write it: case, spaces and dashes do not matter, O is 0, I and L are 1. It
// returns ErrMalformed for what has not the shape of a code and ErrMistyped for a wrong check symbol.
func ParseCode(s string) (Code, error) {
	var read [symbols]byte
	n := 0
	for i := range len(s) {
		c := s[i]
		if c == ' ' || c == '-' {
			continue
		}
		if value[c] < 0 || n == symbols {
			return "", ErrMalformed
		}
		read[n] = byte(value[c])
		n++
	}
	if n != symbols {
		return "", ErrMalformed
	}
	if checksum(read[:]) != 0 {
		return "", ErrMistyped
	}
	return format(read), nil
}

// NewCode draws a code; random is a cryptographic source.
func NewCode(random io.Reader) (Code, error) {
	var drawn [symbols]byte
	if _, err := io.ReadFull(random, drawn[:symbols-1]); err != nil {
		return "", fmt.Errorf("new code: %w", err)
	}
	for i := range drawn {
		drawn[i] &= 31
	}
	drawn[symbols-1] = 0
	drawn[symbols-1] = checksum(drawn[:]) // its own weight is 1
	return format(drawn), nil
}

// Number returns the symbols of a code as one number of 60 bits; false for what is not in canonical form.
func (c Code) Number() (n uint64, ok bool) {
	if len(c) != codeLength {
		return 0, false
	}
	for i := range codeLength {
		if i%5 == 4 {
			if c[i] != '-' {
				return 0, false
			}
			continue
		}
		symbol := value[c[i]]
		if symbol < 0 || alphabet[symbol] != c[i] {
			return 0, false
		}
		n = n<<5 | uint64(symbol)
	}
	return n, true
}

// checksum is the sum over GF(32) of symbol x weight; the last symbol weighs 1, each before it twice the next.
func checksum(read []byte) (sum byte) {
	for _, s := range read { // Horner's rule
		sum <<= 1
		if sum&32 != 0 {
			sum ^= 0x25 // x^5 + x^2 + 1
		}
		sum ^= s
	}
	return sum
}

func format(read [symbols]byte) Code {
	var out [codeLength]byte
	n := 0
	for i, s := range read {
		if i > 0 && i%4 == 0 {
			out[n] = '-'
			n++
		}
		out[n] = alphabet[s]
		n++
	}
	return Code(out[:])
}
