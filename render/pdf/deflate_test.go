package pdf

import (
	"bytes"
	"compress/zlib"
	"io"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func unpack(t rapid.TB, packed []byte) []byte {
	t.Helper()
	z, err := zlib.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(z) // and its checksum
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// What is packed comes back, whatever it is, with letters in it and without, and from memory that was used before.
func TestDeflate(t *testing.T) {
	var d deflater
	var letters packer
	var inks []*ink
	for _, s := range []string{"1 2 m 3 4 l f\n", strings.Repeat("520 138 520 207 500 260 460 296 c ", 9), "x", strings.Repeat("ab", 129), strings.Repeat("q", 261)} {
		inks = append(inks, letters.ink([]byte(s)))
	}
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOf(rapid.SampledFrom([]string{"1 0 0 1 ", " 0 cm\n", "12", "345 ", " re ", "0123456789", "\xff\x90"})).Draw(t, "words")
		data := []byte(strings.Join(words, "") + string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")))
		var splices []splice
		var want []byte
		from := 0
		for _, n := range rapid.SliceOfN(rapid.IntRange(0, 12), 0, 40).Draw(t, "steps") {
			at := min(from+n, len(data))
			letter := rapid.SampledFrom(inks).Draw(t, "letter")
			splices = append(splices, splice{at, letter})
			want = append(append(want, data[from:at]...), letter.raw...)
			from = at
		}
		want = append(want, data[from:]...)
		if got := unpack(t, d.pack(data, splices)); !bytes.Equal(got, want) {
			t.Fatalf("%q is read as %q", want, got)
		}
	})
	long := []byte(strings.Repeat("all of this comes again; ", 8000)) // beyond the window and beyond what is looked at
	for i := range long {
		long[i] += byte(i / 50000)
	}
	if got := unpack(t, d.pack(long, nil)); !bytes.Equal(got, long) {
		t.Error("long data is another")
	}
	for b := range 256 { // of the code of content and not
		one := []byte{byte(b)}
		if got := unpack(t, d.pack(one, nil)); !bytes.Equal(got, one) {
			t.Errorf("%q is read as %q", one, got)
		}
	}
	rare := []byte(strings.Repeat("()GLNORUhkwy", 9)) // the longest codes, from the first byte on
	if got := unpack(t, d.pack(rare, nil)); !bytes.Equal(got, rare) {
		t.Errorf("%q is read as %q", rare, got)
	}
	if content := []byte(strings.Repeat("10 12 3 1 re ", 99)); len(d.pack(content, nil)) > len(content)/2 {
		t.Error("content has no code of its own")
	}
	far := []splice{{0, inks[1]}, {len(long), inks[1]}}
	if got, want := unpack(t, d.pack(long, far)), append(append(bytes.Clone(inks[1].raw), long...), inks[1].raw...); !bytes.Equal(got, want) {
		t.Error("a letter far behind the first is another")
	}
}

func FuzzDeflate(f *testing.F) {
	f.Add([]byte("600 0 1400 200 re 600 200 200 200 re "))
	f.Fuzz(func(t *testing.T, data []byte) {
		var d deflater
		if got := unpack(t, d.pack(data, nil)); !bytes.Equal(got, data) {
			t.Fatalf("%q is read as %q", data, got)
		}
	})
}
