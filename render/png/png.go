// Package png encodes pictures: whole ones by Encode, and by Pieces those that are the same but for a few bands of rows, in a
// hundredth of the time.
//
// It knows nothing of badges or of drawing. Begin with Encode.
package png

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"image"
)

// Encode encodes a picture: with a palette where its likeness is Quality or better, else without loss as 8-bit RGBA. The same
// pixels give the same bytes.
//
// Rows of places in a palette are not filtered: flat art repeats whole runs of pixels, which filters tear apart.
func Encode(img *image.NRGBA) []byte {
	if colours, index := palette(img); colours != nil {
		return indexed(img, colours, index)
	}
	return direct(img)
}

// indexed encodes a picture with a palette.
func indexed(img *image.NRGBA, colours [][4]uint8, index map[uint32]uint8) []byte {
	return encode(img, colours, func(row, out []byte) []byte { return places(row, index, append(out, 0)) })
}

// places appends the place of each pixel of a row.
func places(row []byte, index map[uint32]uint8, out []byte) []byte {
	last := key(row)
	at := index[last]
	for ; len(row) >= 4; row = row[4:] {
		if k := key(row); k != last {
			last, at = k, index[k]
		}
		out = append(out, at)
	}
	return out
}

// direct encodes a picture without loss, each row by the filter that leaves the smallest values.
func direct(img *image.NRGBA) []byte {
	var above []byte
	var tried [filters][]byte
	return encode(img, nil, func(row, out []byte) []byte {
		if above == nil {
			above = make([]byte, len(row))
		}
		out = best(row, above, &tried, out)
		copy(above, row)
		return out
	})
}

// best appends a row of RGBA by the filter that leaves the smallest values, with its number before it.
func best(row, above []byte, tried *[filters][]byte, out []byte) []byte {
	best, least := 0, 0
	for f := range tried {
		var sum int
		if tried[f], sum = filter(f, row, above, tried[f][:0]); f == 0 || sum < least {
			best, least = f, sum
		}
	}
	return append(append(out, byte(best)), tried[best]...)
}

// filters are those of PNG: none, left, above, mean, Paeth.
const filters = 5

// filter appends a row of RGBA as one of the filters leaves it, and returns the sum of how far its bytes are from 0.
func filter(f int, row, above, to []byte) (out []byte, sum int) {
	const pixel = 4
	for i, v := range row {
		var left, corner byte
		if i >= pixel {
			left, corner = row[i-pixel], above[i-pixel]
		}
		switch f {
		case 1:
			v -= left
		case 2:
			v -= above[i]
		case 3:
			v -= byte((int(left) + int(above[i])) / 2)
		case 4:
			v -= paeth(int(left), int(above[i]), int(corner))
		}
		to = append(to, v)
		sum += int(min(v, -v))
	}
	return to, sum
}

// paeth is the neighbour that is nearest to left + above - corner.
func paeth(left, above, corner int) byte {
	p := left + above - corner
	a, b, c := max(p-left, left-p), max(p-above, above-p), max(p-corner, corner-p)
	switch {
	case a <= b && a <= c:
		return byte(left)
	case b <= c:
		return byte(above)
	}
	return byte(corner)
}

// encode writes a PNG; pack appends a row with the filter's number before it.
func encode(img *image.NRGBA, colours [][4]uint8, pack func(row, out []byte) []byte) []byte {
	width, height := img.Rect.Dx(), img.Rect.Dy()
	var data bytes.Buffer
	var line []byte
	z := zlib.NewWriter(&data)
	for y := range height { // a write to memory does not fail
		line = pack(img.Pix[y*img.Stride:y*img.Stride+4*width], line[:0])
		_, _ = z.Write(line)
	}
	_ = z.Close()
	return chunk(chunk(head(width, height, colours), "IDAT", data.Bytes()), "IEND", nil)
}

// head is what comes before the pixels; without colours they are RGBA.
func head(width, height int, colours [][4]uint8) []byte {
	header := binary.BigEndian.AppendUint32(nil, uint32(width))
	header = binary.BigEndian.AppendUint32(header, uint32(height))
	kind := byte(6)
	var plte, trns []byte
	if colours != nil {
		kind = 3
		for _, c := range colours {
			plte = append(plte, c[:3]...)
			if c[3] < 255 {
				trns = append(trns, c[3])
			}
		}
	}
	out := chunk([]byte("\x89PNG\r\n\x1a\n"), "IHDR", append(header, 8, kind, 0, 0, 0)) // 8 bits, deflate, filters by row, not interlaced
	if plte != nil {
		out = chunk(out, "PLTE", plte)
	}
	if trns != nil {
		out = chunk(out, "tRNS", trns)
	}
	return out
}

func chunk(out []byte, kind string, data []byte) []byte {
	start := len(out)
	return sealed(append(append(append(out, 0, 0, 0, 0), kind...), data...), start)
}

// sealed completes the chunk that begins at start: its length and its checksum.
func sealed(out []byte, start int) []byte {
	body := out[start+4:]
	binary.BigEndian.PutUint32(out[start:], uint32(len(body)-4))
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(body))
}
