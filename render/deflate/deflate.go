// Package deflate has what the standards of deflate and zlib, RFC 1951 and 1950, say of codes, blocks and checksums: which code is
// best for symbols that were counted, which symbols say a length and a distance, how a block begins, what sums of parts join to.
//
// It looks for nothing to repeat and knows no file: packages png and pdf know what their data are like. Begin with Writer.
package deflate

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// Writer writes bits, the lowest first. The zero Writer is empty. Its fields are there for loops that write by themselves: such a
// loop takes them over and gives them back.
type Writer struct {
	Bytes []byte // what is written
	Bits  uint64 // what waits for the rest of a byte or of a few bytes
	N     uint   // how many bits wait, fewer than 32
}

// Put writes a code.
func (w *Writer) Put(c Code) {
	w.Bits |= uint64(c.Bits) << w.N
	if w.N += uint(c.Size); w.N >= 32 {
		w.Bytes = binary.LittleEndian.AppendUint32(w.Bytes, uint32(w.Bits))
		w.Bits >>= 32
		w.N -= 32
	}
}

// Number writes a number that is below 1<<size, in size bits, 32 at most.
func (w *Writer) Number(v, size int) { w.Put(Code{uint32(v), uint8(size)}) }

// Align goes on at a byte's edge. What is left of the byte before is zeros.
func (w *Writer) Align() {
	w.N = (w.N + 7) &^ 7
	w.whole()
}

// whole leaves less than a byte waiting.
func (w *Writer) whole() {
	for ; w.N >= 8; w.N -= 8 {
		w.Bytes = append(w.Bytes, byte(w.Bits))
		w.Bits >>= 8
	}
}

// order is that in which deflate writes the lengths of the codes that lengths are written in.
var order = [19]int{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// Block writes the head of a block with codes of its own, given by their lengths in bits: that of literals, the end and lengths,
// in which the end has a code, and that of distances, in which some distance has one. Fewer than 8 bits wait behind it.
func (w *Writer) Block(last bool, symbols, distances []uint8) {
	symbols, distances = bytes.TrimRight(symbols, "\x00"), bytes.TrimRight(distances, "\x00")
	type token struct {
		symbol int
		more   Code
	}
	var tokens []token
	all := slices.Concat(symbols, distances)
	for i := 0; i < len(all); {
		run := 1
		for i+run < len(all) && all[i+run] == all[i] {
			run++
		}
		switch {
		case all[i] == 0 && run > 10:
			run = min(run, 138)
			tokens = append(tokens, token{18, extra(run-11, 7)})
		case all[i] == 0 && run > 2:
			tokens = append(tokens, token{17, extra(run-3, 3)})
		case all[i] != 0 && run > 3: // itself, and then again
			run = min(run, 7)
			tokens = append(tokens, token{int(all[i]), Code{}}, token{16, extra(run-4, 2)})
		default:
			run = 1
			tokens = append(tokens, token{int(all[i]), Code{}})
		}
		i += run
	}
	var counts [19]int
	for _, t := range tokens {
		counts[t.symbol]++
	}
	sizes := Lengths(counts[:], 7)
	n := len(order)
	for sizes[order[n-1]] == 0 { // four are written at least; some length is not 0, and those stand behind the fourth
		n--
	}
	kind := 0b100
	if last {
		kind = 0b101
	}
	w.Number(kind, 3)
	w.Number(len(symbols)-257, 5)
	w.Number(len(distances)-1, 5)
	w.Number(n-4, 4)
	for _, s := range order[:n] {
		w.Number(int(sizes[s]), 3)
	}
	made := Codes(sizes)
	for _, t := range tokens {
		w.Put(made[t.symbol].Then(t.more))
	}
	w.whole()
}

// ZlibHead is how a zlib stream begins: deflate with a window of 32 kB.
var ZlibHead = []byte{0x78, 0x01}

// JoinSums returns the Adler-32, with which zlib ends, of bytes that have the sum a and then size bytes that have the sum b.
func JoinSums(a, b uint32, size int) uint32 {
	const prime = 65521
	low, high := a&0xFFFF, a>>16
	n := uint32(size % prime)
	// the low sum begins at 1, which is counted twice; each of the bytes behind adds it to the high one once more
	newLow := (low + b&0xFFFF + prime - 1) % prime
	newHigh := (uint64(high) + uint64(b>>16) + uint64(n)*uint64(low+prime-1)) % prime
	return uint32(newHigh)<<16 | newLow
}
