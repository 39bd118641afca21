package deflate

import (
	"bytes"
	"compress/flate"
	"hash/adler32"
	"io"
	"slices"
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
		sizes := Lengths(counts, most)
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
	if sizes := Lengths(counts, 15); kraft(sizes) != 1<<15 || sizes[39] > 2 || sizes[0] != 15 {
		t.Errorf("%v", sizes)
	}
}

// Four symbols that occur 1, 2, 3 and 6 times have the code that every book has.
func TestCodesAreDeflates(t *testing.T) {
	sizes := Lengths([]int{1, 2, 3, 6}, 15)
	if !bytes.Equal(sizes, []byte{3, 3, 2, 1}) {
		t.Fatal(sizes)
	}
	want := []Code{{0b011, 3}, {0b111, 3}, {0b01, 2}, {0b0, 1}} // 110, 111, 10, 0, written from the last bit on
	for s, c := range Codes(sizes) {
		if c != want[s] {
			t.Errorf("symbol %d is %+v", s, c)
		}
	}
}

// parts are a symbol, its extra bits, and how many they are.
func parts(symbol int, more Code) (s, v, size int) { return symbol, int(more.Bits), int(more.Size) }

// Every length and distance reaches itself: by the symbol's base and the extra bits.
func TestRepeatsAndDistances(t *testing.T) {
	bases := map[int]int{}
	for n := MinRepeat; n <= MaxRepeat; n++ {
		s, more, size := parts(Repeat(n))
		if _, ok := bases[s]; !ok {
			bases[s] = n
		}
		if bases[s]+more != n || more >= 1<<size || s < 257 || s > 285 || size > 5 {
			t.Errorf("length %d is %d + %d in %d bits", n, s, more, size)
		}
	}
	if s, more := Repeat(MaxRepeat); s != 285 || more.Size > 0 {
		t.Errorf("the longest is %d with %d bits behind it", s, more.Size)
	}
	clear(bases)
	for d := 1; d <= Window; d++ {
		s, more, size := parts(Distance(d))
		if _, ok := bases[s]; !ok {
			bases[s] = d
		}
		if bases[s]+more != d || more >= 1<<size || s > 29 || size > 13 {
			t.Errorf("distance %d is %d + %d in %d bits", d, s, more, size)
		}
	}
}

// Blocks of any codes, the last one too, are read as they were meant.
func TestBlocksAreRead(t *testing.T) {
	type step struct {
		symbol, distance int
		more, far        Code // extra bits of both
	}
	rapid.Check(t, func(t *rapid.T) {
		var w Writer
		var want []byte
		for left := rapid.IntRange(1, 3).Draw(t, "blocks"); left > 0; left-- {
			var steps []step
			first := rapid.SampledFrom([]int{0, 120, 254}).Draw(t, "first")
			for range rapid.IntRange(0, 300).Draw(t, "steps") {
				if len(want) == 0 || rapid.IntRange(0, 3).Draw(t, "kind") > 0 {
					want = append(want, byte(rapid.IntRange(first, 255).Draw(t, "byte")))
					steps = append(steps, step{symbol: int(want[len(want)-1])})
					continue
				}
				length, back := rapid.IntRange(MinRepeat, MaxRepeat).Draw(t, "length"), rapid.IntRange(1, min(Window, len(want))).Draw(t, "back")
				for range length {
					want = append(want, want[len(want)-back])
				}
				symbol, more := Repeat(length)
				distance, far := Distance(back)
				steps = append(steps, step{symbol, distance, more, far})
			}
			steps = append(steps, step{symbol: EndOfBlock})
			last, kind := left == 1, 0b010
			if last {
				kind = 0b011
			}
			symbols, distances := Fixed, FixedDistances
			if rapid.Bool().Draw(t, "fixed") {
				w.Number(kind, 3)
			} else {
				counts, far := make([]int, 286), make([]int, 30)
				for _, s := range steps {
					counts[s.symbol]++
					if s.symbol > EndOfBlock {
						far[s.distance]++
					}
				}
				sizes, farSizes := Lengths(counts, 15), Lengths(far, 15)
				if w.Block(last, sizes, farSizes); w.N > 7 {
					t.Fatalf("%d bits wait behind a head", w.N)
				}
				symbols, distances = Codes(sizes), Codes(farSizes)
			}
			for _, s := range steps {
				w.Put(symbols[s.symbol].Then(s.more))
				if s.symbol > EndOfBlock {
					w.Put(distances[s.distance].Then(s.far))
				}
			}
		}
		w.Align()
		if got, err := io.ReadAll(flate.NewReader(bytes.NewReader(w.Bytes))); err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%v: %d bytes, want %d", err, len(got), len(want))
		}
	})
}

// Sums of parts join to the sum of the whole.
func TestJoinSums(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.SliceOf(rapid.Byte()).Draw(t, "a"), rapid.SliceOfN(rapid.Byte(), 0, 70000).Draw(t, "b")
		if rapid.Bool().Draw(t, "high") {
			b = bytes.Repeat([]byte{255}, len(b))
		}
		if got, want := JoinSums(adler32.Checksum(a), adler32.Checksum(b), len(b)), adler32.Checksum(slices.Concat(a, b)); got != want {
			t.Fatalf("%x, want %x", got, want)
		}
	})
	long := bytes.Repeat([]byte{255}, 3_000_000)
	if got, want := JoinSums(adler32.Checksum(long), adler32.Checksum(long), len(long)), adler32.Checksum(append(long, long...)); got != want {
		t.Errorf("%x, want %x", got, want)
	}
}
