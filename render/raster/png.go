package raster

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"image"
	"slices"
)

// PNG encodes the picture: with a palette where its likeness is Quality or better, else without loss as 8-bit RGBA. The same pixels give the same bytes.
//
// Rows are not filtered. Flat art repeats whole runs of pixels, which filters tear apart.
func PNG(img *image.NRGBA) []byte {
	if colours, index := palette(img); colours != nil {
		return indexed(img, colours, index)
	}
	return direct(img)
}

// indexed encodes a picture with a palette; colours that are not opaque stand first, so that tRNS is short.
func indexed(img *image.NRGBA, colours [][4]uint8, index map[uint32]uint8) []byte {
	order := make([]int, len(colours))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return int(colours[a][3]) - int(colours[b][3]) })
	var place [maxColours]uint8
	var plte, trns []byte
	for i, old := range order {
		place[old] = uint8(i)
		c := colours[old]
		plte = append(plte, c[:3]...)
		if c[3] < 255 {
			trns = append(trns, c[3])
		}
	}
	return encode(img, 3, plte, trns, func(row, out []byte) []byte {
		last := key(row)
		at := place[index[last]]
		for ; len(row) >= 4; row = row[4:] {
			if k := key(row); k != last {
				last, at = k, place[index[k]]
			}
			out = append(out, at)
		}
		return out
	})
}

// direct encodes a picture without loss.
func direct(img *image.NRGBA) []byte {
	return encode(img, 6, nil, nil, func(row, out []byte) []byte { return append(out, row...) })
}

func encode(img *image.NRGBA, kind byte, plte, trns []byte, pack func(row, out []byte) []byte) []byte {
	width, height := img.Rect.Dx(), img.Rect.Dy()
	var out bytes.Buffer
	out.WriteString("\x89PNG\r\n\x1a\n")
	header := binary.BigEndian.AppendUint32(nil, uint32(width))
	header = binary.BigEndian.AppendUint32(header, uint32(height))
	chunk(&out, "IHDR", append(header, 8, kind, 0, 0, 0)) // 8 bits, deflate, filters by row, not interlaced
	if plte != nil {
		chunk(&out, "PLTE", plte)
	}
	if trns != nil {
		chunk(&out, "tRNS", trns)
	}
	var data bytes.Buffer
	var line []byte
	z := zlib.NewWriter(&data)
	for y := range height { // a write to memory does not fail
		line = pack(img.Pix[y*img.Stride:y*img.Stride+4*width], append(line[:0], 0))
		_, _ = z.Write(line)
	}
	_ = z.Close()
	chunk(&out, "IDAT", data.Bytes())
	chunk(&out, "IEND", nil)
	return out.Bytes()
}

func chunk(out *bytes.Buffer, kind string, data []byte) {
	var n [4]byte
	binary.BigEndian.PutUint32(n[:], uint32(len(data)))
	out.Write(n[:])
	start := out.Len()
	out.WriteString(kind)
	out.Write(data)
	binary.BigEndian.PutUint32(n[:], crc32.ChecksumIEEE(out.Bytes()[start:]))
	out.Write(n[:])
}
