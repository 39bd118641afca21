package verify

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestCodeVectors(t *testing.T) {
	for _, s := range []string{"7K3M-9QXT-4P24", "0000-0000-0012", "1000-0000-0007", "ZZZZ-ZZZZ-ZZZK"} {
		if got, err := ParseCode(s); err != nil || string(got) != s {
			t.Errorf("ParseCode(%q) = %q, %v", s, got, err)
		}
	}
}

// Each code has a number of its own, and nothing else has one.
func TestCodeNumber(t *testing.T) {
	for s, want := range map[string]uint64{"0000-0000-0012": 34, "1000-0000-0007": 1<<55 | 7, "ZZZZ-ZZZZ-ZZZK": 1<<60 - 32 + 19} {
		if got, ok := Code(s).Number(); !ok || got != want {
			t.Errorf("%s: %d, %v, want %d", s, got, ok, want)
		}
	}
	for _, s := range []string{"", "7K3M9QXT4P24", "7k3m-9QXT-4P24", "7K3M-9QXT-4P2", "7K3M-9QXT-4P2O", "7K3M-9QXT-4P244", "7K3M-9QXT 4P24", "-K3M-9QXT-4P24"} {
		if n, ok := Code(s).Number(); ok {
			t.Errorf("%q is %d", s, n)
		}
	}
}

func TestCodeForms(t *testing.T) {
	for in, want := range map[string]Code{
		"7k3m9qxt4p24":          "7K3M-9QXT-4P24",
		" 7K3M 9QXT 4P24 ":      "7K3M-9QXT-4P24",
		"--7k3M--9qXt4P24-":     "7K3M-9QXT-4P24",
		"oooo-OOOO-oolz":        "", // O is 0, l is 1; z does not fit
		"OOOO-oooo-OOI2":        "0000-0000-0012",
		"oooo-oooo-ool2":        "0000-0000-0012",
		"zzzz-zzzz-zzzk":        "ZZZZ-ZZZZ-ZZZK",
		"7K3M-9QXT-4P2":         "",
		"7K3M-9QXT-4P244":       "",
		"UUUU-UUUU-UUUU":        "",
		"7K3M_9QXT_4P24":        "",
		"7K3M-9QXT-4P2４":        "", // full-width digit
		"":                      "",
		"7K3M-9QXT-4P24\x00":    "",
		"7K3M\t9QXT-4P24":       "",
		strings.Repeat("0", 99): "",
	} {
		got, err := ParseCode(in)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("ParseCode(%q) = %q, %v, want %q", in, got, err, want)
		}
	}
}

func TestCodeErrors(t *testing.T) {
	for in, want := range map[string]error{
		"7K3M-9QXT-4P25": ErrMistyped, "7K3M-9QXT-P424": ErrMistyped, "7K3M-9QXT-4P2U": ErrMalformed, "7K3M": ErrMalformed,
	} {
		if _, err := ParseCode(in); !errors.Is(err, want) {
			t.Errorf("ParseCode(%q): %v, want %v", in, err, want)
		}
	}
}

// Every wrong symbol, every swap of two places and every twin error is noticed.
func TestCodeNoticesErrors(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		code, err := NewCode(bytes.NewReader(rapid.SliceOfN(rapid.Byte(), 11, 11).Draw(t, "random")))
		if err != nil {
			t.Fatal(err)
		}
		plain := []byte(strings.ReplaceAll(string(code), "-", ""))
		if got, err := ParseCode(string(plain)); err != nil || got != code {
			t.Fatalf("%q does not read back: %q, %v", code, got, err)
		}
		wrong := func(b []byte) {
			if !bytes.Equal(b, plain) {
				if _, err := ParseCode(string(b)); !errors.Is(err, ErrMistyped) {
					t.Fatalf("%s for %s: %v", b, plain, err)
				}
			}
		}
		for i := range plain {
			for _, c := range []byte(alphabet) {
				b := bytes.Clone(plain)
				b[i] = c
				wrong(b)
				if i+1 < len(b) && b[i+1] == plain[i] { // twins: aa -> cc
					b[i+1] = c
					wrong(b)
				}
			}
			for j := range i {
				b := bytes.Clone(plain)
				b[i], b[j] = b[j], b[i]
				wrong(b)
			}
		}
	})
}

func FuzzParseCode(f *testing.F) {
	for _, s := range []string{"7K3M-9QXT-4P24", "oooo oooo ooI2", "", "-", "UUUU", "\xff\xfe", "7K3M-9QXT-4P25"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		code, err := ParseCode(s)
		if err != nil {
			if code != "" || !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrMistyped) {
				t.Fatalf("%q: %q, %v", s, code, err)
			}
			return
		}
		if again, err := ParseCode(string(code)); err != nil || again != code || len(code) != codeLength {
			t.Fatalf("%q gives %q, which gives %q, %v", s, code, again, err)
		}
	})
}
