package png

import (
	"bytes"
	"compress/flate"
	"io"
	"testing"

	"pgregory.net/rapid"
)

func TestThrees(t *testing.T) {
	zeros := func(v uint64) (at int) {
		for at < 6 && v>>(8*at)&0xFFFFFF != 0 {
			at++
		}
		return at
	}
	word := rapid.Custom(func(t *rapid.T) (v uint64) {
		for range 8 {
			v = v<<8 | uint64(rapid.OneOf(rapid.Just(byte(0)), rapid.SampledFrom([]byte{1, 0x7F, 0x80, 0xFF}), rapid.Byte()).Draw(t, "byte"))
		}
		return v
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := word.Draw(t, "a"), word.Draw(t, "b")
		if got, want := threes(a, b), min(zeros(a), zeros(b)); got != want {
			t.Fatalf("%d, want %d", got, want)
		}
	})
}

// inflated reads a block that was written after what stands before it.
func inflated(block, before []byte) ([]byte, error) {
	last := append(bytes.Clone(block), 0x03, 0x00) // an empty block ends it
	return io.ReadAll(flate.NewReaderDict(bytes.NewReader(last), before))
}

// tried writes rows by codes made from others and reads them back.
func tried(t interface {
	Fatalf(string, ...any)
}, pixel, row int, seen, rows []byte, from int) {
	padded := func(b []byte) []byte { return append(bytes.Clone(b), make([]byte, padding)...) }
	var n counts
	(&coder{pixel: pixel, row: row}).count(padded(seen), 0, len(seen), &n)
	c := newCoder(pixel, row, 256, &n)
	before := []byte("what stands before")
	block := c.write(before, padded(rows), from, len(rows))
	if !bytes.HasPrefix(block, before) {
		t.Fatalf("what stood before is gone")
	}
	got, err := inflated(block[len(before):], rows[:from])
	if err != nil || !bytes.Equal(got, rows[from:]) {
		t.Fatalf("pixels of %d, rows of %d, from %d: %v\n%v\nbecome\n%v", pixel, row, from, err, rows, got)
	}
}

// like draws bytes that repeat pixels and rows, as pictures do, or none.
func like(row int) *rapid.Generator[[]byte] {
	return rapid.Custom(func(t *rapid.T) []byte {
		var out []byte
		for range rapid.IntRange(0, 30).Draw(t, "pieces") {
			n := rapid.IntRange(1, 700).Draw(t, "long")
			switch rapid.IntRange(0, 2).Draw(t, "kind") {
			case 0:
				out = append(out, bytes.Repeat([]byte{rapid.Byte().Draw(t, "flat")}, n)...)
			case 1:
				for range n {
					if len(out) < row {
						out = append(out, 7)
					} else {
						out = append(out, out[len(out)-row])
					}
				}
			default:
				out = append(out, rapid.SliceOfN(rapid.Byte(), 0, n).Draw(t, "noise")...)
			}
		}
		return out
	})
}

func TestCoderWritesWhatItIsGiven(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pixel := rapid.SampledFrom([]int{1, 4}).Draw(t, "pixel")
		row := 1 + pixel*rapid.OneOf(rapid.IntRange(1, 9), rapid.IntRange(1, 8191)).Draw(t, "width")
		rows := like(row).Draw(t, "rows")
		tried(t, pixel, row, like(row).Draw(t, "seen"), rows, rapid.IntRange(0, len(rows)).Draw(t, "from"))
	})
}

func FuzzCoder(f *testing.F) {
	f.Add([]byte{}, []byte{}, uint16(1), false, uint16(0))
	f.Add(bytes.Repeat([]byte{1}, 1000), bytes.Repeat([]byte{0, 1, 2, 3}, 300), uint16(20), true, uint16(81))
	f.Fuzz(func(t *testing.T, seen, rows []byte, width uint16, colour bool, from uint16) {
		pixel := 1
		if colour {
			pixel = 4
		}
		tried(t, pixel, 1+pixel*(1+int(width)%8191), seen, rows, min(int(from), len(rows)))
	})
}
