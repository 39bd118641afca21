package text

import (
	"slices"
	"testing"

	oracle "github.com/go-text/typesetting/bidi"
	"pgregory.net/rapid"
)

// seen returns the characters of s as they stand from left to right, mirroring aside.
func seen(s string, base direction) string {
	runes := []rune(s)
	level, _ := levels(runes, base)
	var out []rune
	for _, i := range visual(level) {
		out = append(out, runes[i])
	}
	return string(out)
}

func TestVisualOrder(t *testing.T) {
	for _, c := range []struct {
		name, in, want string
	}{
		{"Latin", "Ada Lovelace 2", "Ada Lovelace 2"},
		{"Hebrew", "שרה כהן", "ןהכ הרש"},
		{"a number in Hebrew (W2, I1)", "שרה 123", "123 הרש"},
		{"a number after Hebrew in a Latin line", "Ada שרה 123 abc", "Ada 123 הרש abc"},
		{"Arabic digits after Latin", "Ada ١٢ שרה", "Ada הרש ١٢"},
		{"Latin in a Hebrew line", "שרה Cohen לוי", "יול Cohen הרש"},
		{"Hebrew in a Latin line", "Sarah שרה Cohen", "Sarah הרש Cohen"},
		{"brackets go with what they hold (N0)", "Sarah (שרה) b", "Sarah (הרש) b"},
		{"brackets in Hebrew", "מרים (כהן) לוי", "יול )ןהכ( םירמ"},
		{"a bracket that goes with its text", "אב (a) b", "b )a( בא"},
		{"a separator in a number (W4)", "אב 1,2", "1,2 בא"},
		{"a sign beside a number (W5)", "אב 5%", "5% בא"},
		{"a sign by itself (W6)", "אב % ג", "ג % בא"},
		{"spaces at the end stay there (L1)", "Ada שרה ", "Ada הרש "},
		{"a tab takes the spaces before it out (L1)", "Ada א \tב", "Ada א \tב"},
		{"an embedding is passed over (X9)", "a\u202eb", "a\u202eb"},
	} {
		if got := seen(c.in, firstStrong); got != c.want {
			t.Errorf("%s: %q is seen as %q, want %q", c.name, c.in, got, c.want)
		}
	}
	if got := seen("Cohen שרה", rightToLeft); got != "הרש Cohen" {
		t.Errorf("in a line from right to left: %q", got)
	}
}

// The library knows the direction of each character, though not its level.
func TestLevelsAgreeOnDirection(t *testing.T) {
	letters := rapid.SliceOfN(rapid.SampledFrom([]rune("aZé אשبعל12٣۴.,+-%$#()[]{}<>'\"/: \u0301\u05B8\u064E…«»\t")), 1, 20)
	rapid.Check(t, func(t *rapid.T) {
		runes := letters.Draw(t, "runes")
		base := rapid.SampledFrom([]direction{firstStrong, leftToRight, rightToLeft}).Draw(t, "base")
		got, _ := levels(runes, base)
		var p oracle.Paragraph
		runs := p.Segment(runes, oracle.Direction(base+1))
		for i := range runs.NumRuns() {
			for r, k := runs.Run(i), runs.Run(i).Start; k < r.End; k++ {
				if got[k]%2 != int8(r.Level)%2 {
					t.Fatalf("%q base %d: rune %d has level %d, want parity of %d (%v)", string(runes), base, k, got[k], r.Level, got)
				}
			}
		}
		order := visual(got)
		slices.Sort(order)
		for i, k := range order {
			if i != k {
				t.Fatalf("%q: the visual order is no permutation", string(runes))
			}
		}
	})
}
