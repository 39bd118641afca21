package png

import (
	"bytes"
	"compress/flate"
	"io"
	"testing"

	"pgregory.net/rapid"
)

// kraft is how much of the room for codes of 15 bits is used: all of it, where a code is complete.
func kraft(lengths []uint8) (used int) {
	for _, n := range lengths {
		if n > 0 {
			used += 1 << (15 - n)
		}
	}
	return used
}

func TestCodesAreCompleteAndShort(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		counts := rapid.SliceOfN(rapid.OneOf(rapid.Just(0), rapid.IntRange(1, 9), rapid.IntRange(1, 1<<40)), 2, 286).Draw(t, "counts")
		most := rapid.SampledFrom([]int{9, 12, 15}).Draw(t, "most")
		sizes := lengths(counts, most)
		if kraft(sizes) != 1<<15 {
			t.Fatalf("%v have codes that fill %d of %d", counts, kraft(sizes), 1<<15)
		}
		for s, n := range sizes {
			if int(n) > most || counts[s] > 0 && n == 0 {
				t.Fatalf("symbol %d of %v has %d bits", s, counts, n)
			}
			for other := range s { // what is rare is not written shorter
				if counts[s] > counts[other] && counts[other] > 0 && n > sizes[other] {
					t.Fatalf("%d of %d times has %d bits, %d of %d times %d", s, counts[s], n, other, counts[other], sizes[other])
				}
			}
		}
	})
}

// Counts that grow like Fibonacci's numbers would have codes of any length.
func TestCodesAreLimited(t *testing.T) {
	counts := []int{1, 1}
	for len(counts) < 40 {
		counts = append(counts, counts[len(counts)-1]+counts[len(counts)-2])
	}
	if sizes := lengths(counts, 15); kraft(sizes) != 1<<15 || sizes[39] > 2 || sizes[0] != 15 {
		t.Errorf("%v", sizes)
	}
}

// Four symbols that occur 1, 2, 3 and 6 times have the code that every book has.
func TestCodesAreDeflates(t *testing.T) {
	sizes := lengths([]int{1, 2, 3, 6}, 15)
	if !bytes.Equal(sizes, []byte{3, 3, 2, 1}) {
		t.Fatal(sizes)
	}
	want := []code{{0b011, 3}, {0b111, 3}, {0b01, 2}, {0b0, 1}} // 110, 111, 10, 0, written from the last bit on
	for s, c := range codes(sizes) {
		if c != want[s] {
			t.Errorf("symbol %d is %+v", s, c)
		}
	}
}

// Every length and distance reaches itself: by the symbol's base and the extra bits.
func TestRepeatsAndDistances(t *testing.T) {
	bases := map[int]int{}
	for n := minRepeat; n <= maxRepeat; n++ {
		s, more, size := repeat(n)
		if _, ok := bases[s]; !ok {
			bases[s] = n
		}
		if bases[s]+more != n || more >= 1<<size || s < 257 || s > 285 || size > 5 {
			t.Errorf("length %d is %d + %d in %d bits", n, s, more, size)
		}
	}
	clear(bases)
	for d := 1; d <= 32768; d++ {
		s, more, size := distance(d)
		if _, ok := bases[s]; !ok {
			bases[s] = d
		}
		if bases[s]+more != d || more >= 1<<size || s > 29 || size > 13 {
			t.Errorf("distance %d is %d + %d in %d bits", d, s, more, size)
		}
	}
}

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
