package qr

import (
	"bytes"
	"image"
	"image/png"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	reader "github.com/makiuchi-d/gozxing/qrcode"
	"github.com/skip2/go-qrcode"
	"pgregory.net/rapid"
)

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"

// address is one that a certificate has, with a host of some length.
func address(chance *rand.Rand) string {
	out := []byte("HTTPS://")
	for range 4 + chance.IntN(28) {
		out = append(out, alphabet[10+chance.IntN(26)])
	}
	out = append(out, ".ORG/V/"...)
	for i := range 14 {
		if i == 4 || i == 9 {
			out = append(out, '-')
			continue
		}
		out = append(out, "0123456789ABCDEFGHJKMNPQRSTVWXYZ"[chance.IntN(32)])
	}
	return string(out)
}

func reference(t testing.TB, text string) [][]bool {
	t.Helper()
	q, err := qrcode.New(text, qrcode.High) // the library's High is level Q
	if err != nil {
		t.Fatal(err)
	}
	q.DisableBorder = true
	return q.Bitmap()
}

func equal(m *Matrix, want [][]bool) bool {
	if m.Side != len(want) {
		return false
	}
	for y, row := range want {
		for x, dark := range row {
			if m.Dark(x, y) != dark {
				return false
			}
		}
	}
	return true
}

// The reference, skip2/go-qrcode, takes another mask at times, since it lets runs of exactly five go free. Its code is ours
// under that mask, to the last module, and every mask occurs.
func TestAsTheReference(t *testing.T) {
	chance := rand.New(rand.NewPCG(1, 2))
	var seen [masks]int
	sides := map[int]int{}
	same := 0
	texts := []string{"A", "HTTPS://ACADEMY.ORG/V/7"}
	for range 1500 {
		texts = append(texts, address(chance))
	}
	for _, text := range texts {
		want := reference(t, text)
		p, data, err := modules(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		mask := -1
		for i := range masks {
			if m := p.with(&data, i); equal(&m, want) {
				mask = i
			}
		}
		if mask < 0 {
			t.Fatalf("%s: under no mask is it the reference's", text)
		}
		seen[mask]++
		sides[p.side]++
		if m, err := Encode(text); err != nil {
			t.Fatal(err)
		} else if equal(&m, want) {
			same++
		}
	}
	for mask, n := range seen {
		if n == 0 {
			t.Errorf("mask %d was never compared", mask)
		}
	}
	if len(sides) != versions {
		t.Errorf("sides %v", sides)
	}
	t.Logf("%d of %d with the same mask; sides %v", same, len(texts), sides)
}

// The mask is that of the four rules, counted here module by module.
func TestPenalty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, err := Encode(rapid.StringOfN(rapid.SampledFrom([]rune(alphabet)), 1, 67, -1).Draw(t, "text"))
		if err != nil {
			t.Fatal(err)
		}
		for y := range m.Side { // long runs and large squares too
			m.rows[y] = m.rows[y] & rapid.Uint64().Draw(t, "row") & (1<<m.Side - 1)
		}
		if got, want := m.penalty(), byTheModule(&m); got != want {
			t.Fatalf("penalty %d, want %d", got, want)
		}
	})
}

// byTheModule is the penalty as ISO/IEC 18004 writes it down.
func byTheModule(m *Matrix) int {
	n, penalty, dark := m.Side, 0, 0
	for _, at := range []func(i, j int) bool{func(i, j int) bool { return m.Dark(j, i) }, func(i, j int) bool { return m.Dark(i, j) }} {
		for i := range n {
			line := strings.Repeat("0", 4)
			run := 1
			for j := range n {
				if at(i, j) {
					line += "1"
				} else {
					line += "0"
				}
				if j > 0 && at(i, j) == at(i, j-1) {
					run++
				} else {
					run = 1
				}
				switch {
				case run == 5:
					penalty += 3
				case run > 5:
					penalty++
				}
			}
			line += strings.Repeat("0", 4)
			for j := range len(line) - 6 {
				if line[j:j+7] == "1011101" && (line[j-4:j] == "0000" || strings.HasPrefix(line[j+7:], "0000")) {
					penalty += 40
				}
			}
		}
	}
	for y := range n {
		for x := range n {
			if m.Dark(x, y) {
				dark++
			}
			if x > 0 && y > 0 && m.Dark(x, y) == m.Dark(x-1, y) && m.Dark(x, y) == m.Dark(x, y-1) && m.Dark(x, y) == m.Dark(x-1, y-1) {
				penalty += 3
			}
		}
	}
	percent := 100 * float64(dark) / float64(n*n)
	return penalty + 10*int(max(percent-50, 50-percent)/5)
}

// The code has the least penalty of the eight.
func TestLeastPenalty(t *testing.T) {
	chance := rand.New(rand.NewPCG(3, 4))
	for range 100 {
		text := address(chance)
		m, err := Encode(text)
		if err != nil {
			t.Fatal(err)
		}
		p, data, _ := modules(text)
		for mask := range masks {
			if other := p.with(&data, mask); byTheModule(&other) < byTheModule(&m) {
				t.Errorf("%s: mask %d has a lower penalty", text, mask)
			}
		}
	}
}

// picture is a code in grey, some pixels a module, with its quiet zone.
func picture(m *Matrix, scale int) *image.Gray {
	const quiet = 4
	side := (m.Side + 2*quiet) * scale
	img := image.NewGray(image.Rect(0, 0, side, side))
	for i := range img.Pix {
		x, y := i%side/scale-quiet, i/side/scale-quiet
		if x < 0 || y < 0 || x >= m.Side || y >= m.Side || !m.Dark(x, y) {
			img.Pix[i] = 255
		}
	}
	return img
}

// Any text is read back by ZXing as it was, at level Q, under every mask.
func TestIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		checkRead(t, rapid.StringOfN(rapid.SampledFrom([]rune(alphabet)), 1, 67, -1).Draw(t, "text"))
		checkRead(t, rapid.StringOfN(rapid.SampledFrom([]rune(alphabet+"abcxyz[]_~@")), 1, 46, -1).Draw(t, "bytes"))
	})
}

func checkRead(t rapid.TB, text string) {
	p, data, err := modules(text)
	if err != nil {
		t.Fatal(err)
	}
	for mask := range masks {
		m := p.with(&data, mask)
		bitmap, err := gozxing.NewBinaryBitmapFromImage(picture(&m, 2))
		if err != nil {
			t.Fatal(err)
		}
		got, err := reader.NewQRCodeReader().Decode(bitmap, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_PURE_BARCODE: true})
		if err != nil {
			t.Fatalf("%q under mask %d: %v", text, mask, err)
		}
		if level := got.GetResultMetadata()[gozxing.ResultMetadataType_ERROR_CORRECTION_LEVEL]; got.GetText() != text || level != "Q" {
			t.Fatalf("%q is read as %q at level %v", text, got.GetText(), level)
		}
	}
}

// zbarimg, the second reader, reads codes of every version.
func TestIsReadByZBar(t *testing.T) {
	if _, err := exec.LookPath("zbarimg"); err != nil {
		t.Skip("left out: zbarimg is not installed")
	}
	chance := rand.New(rand.NewPCG(5, 6))
	dir := t.TempDir()
	args := []string{"-q", "--raw", "-Sdisable", "-Sqrcode.enable"}
	var want []string
	for i := range 40 {
		text := "HTTPS://ACADEMY.EXAMPLE.ORG/V/7K3M-9QXT-4P24"[:5+i]
		if i >= 20 {
			text = address(chance)
		}
		m, err := Encode(text)
		if err != nil {
			t.Fatal(err)
		}
		var file bytes.Buffer
		if err := png.Encode(&file, picture(&m, 4)); err != nil {
			t.Fatal(err)
		}
		name := filepath.Join(dir, string(rune('A'+i/26))+string(rune('A'+i%26))+".png")
		if err := os.WriteFile(name, file.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		want, args = append(want, text), append(args, name)
	}
	out, err := exec.CommandContext(t.Context(), "zbarimg", args...).Output()
	if got := strings.Join(want, "\n") + "\n"; err != nil || string(out) != got {
		t.Errorf("%v: zbarimg reads\n%s, want\n%s", err, out, got)
	}
}

func TestRefuses(t *testing.T) {
	for _, text := range []string{"", strings.Repeat("A", 68), strings.Repeat("a", 47)} {
		if _, err := Encode(text); err != ErrText {
			t.Errorf("%q: %v", text, err)
		}
	}
	for _, text := range []string{strings.Repeat("A", 67), strings.Repeat("a", 46)} {
		if m, err := Encode(text); err != nil || m.Side != maxSide {
			t.Errorf("%d characters: %d modules, %v", len(text), m.Side, err)
		}
	}
}

func FuzzEncode(f *testing.F) {
	f.Add("HTTPS://ACADEMY.EXAMPLE.ORG/V/7K3M-9QXT-4P24")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		m, err := Encode(text)
		if err != nil {
			return
		}
		bitmap, err := gozxing.NewBinaryBitmapFromImage(picture(&m, 2))
		if err != nil {
			t.Fatal(err)
		}
		got, err := reader.NewQRCodeReader().Decode(bitmap, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_PURE_BARCODE: true})
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if _, alphanumeric := size(text); alphanumeric && got.GetText() != text { // bytes have a character set, which readers guess
			t.Fatalf("%q is read as %q", text, got.GetText())
		}
	})
}

// Side by side with the library of the design card.
func BenchmarkMatrix(b *testing.B) {
	chance := rand.New(rand.NewPCG(7, 8))
	var texts []string
	for range 64 {
		texts = append(texts, "HTTPS://ACADEMY.EXAMPLE.ORG/V/"+strings.Split(address(chance), "/V/")[1])
	}
	b.Run("ours", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			if _, err := Encode(texts[i%len(texts)]); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("skip2", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			reference(b, texts[i%len(texts)])
		}
	})
}
