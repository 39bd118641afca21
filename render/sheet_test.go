package render_test

import (
	"bytes"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fogleman/gg"
	"github.com/signintech/gopdf"

	"testamur/render/drawing"
	"testamur/render/raster"
	"testamur/render/text"
)

var sheet = flag.Bool("sheet", false, "write the pictures of docs/names.md")

// The contact sheet of docs/names.md: every name of the corpus as badges set it and as certificates do, by script.
const (
	sheetWidth = 1800
	sheetCells = 4 // beside each other
	sheetCell  = sheetWidth / sheetCells
	sheetHalf  = sheetCell / 2
	sheetRow   = 38
	sheetHead  = 34
)

// cell is where a name stands on the sheet.
type cell struct {
	bearer
	at image.Point
}

// cells lays the names out: a head for each script, then its names.
func cells(names []bearer) (all []cell, heads []cell, height int) {
	y, column := 0, 0
	script := ""
	for _, b := range names {
		if b.script != script {
			if column > 0 {
				y += sheetRow
			}
			script, column = b.script, 0
			heads = append(heads, cell{b, image.Pt(0, y)})
			y += sheetHead
		}
		if column == sheetCells {
			column = 0
			y += sheetRow
		}
		all = append(all, cell{b, image.Pt(column*sheetCell, y)})
		column++
	}
	return all, heads, y + sheetRow + 10
}

// setCell draws a name in both of its styles.
func setCell(f *text.Fonts, b bearer) image.Image {
	d := drawing.New(sheetCell, sheetRow)
	d.Fill(drawing.Rect(0, 0, sheetCell, sheetRow), 0xFFFFFF)
	for i, style := range []text.Style{text.Strong, text.Serif} {
		set(d, f, style, b, float64(i*sheetHalf)+12, sheetHalf-16)
	}
	return gray(raster.Draw(d, sheetCell, sheetRow, drawing.Identity))
}

// set draws a name from x on in a row.
func set(d *drawing.Drawing, f *text.Fonts, style text.Style, b bearer, x, width float64) {
	n := f.FitName(style, b.name, b.lang, text.Box{Width: width, From: 20, To: 14, TwoFrom: 12.5, TwoLeading: 15, TwoShrink: .6})
	for i, y := range n.Baselines(sheetRow / 2) {
		d.Text(drawing.Text{Line: n.Lines[i], Size: n.Size, X: x, Y: y}, drawing.Left)
	}
}

// gray has 16 tones, so that a sheet is a small file.
func gray(img image.Image) *image.Paletted {
	palette := make(color.Palette, 16)
	for i := range palette {
		palette[i] = color.Gray{uint8(i * 17)}
	}
	out := image.NewPaletted(image.Rectangle{Max: img.Bounds().Size()}, palette)
	flat := image.NewGray(out.Rect)
	draw.Draw(flat, flat.Rect, img, img.Bounds().Min, draw.Src)
	for i, v := range flat.Pix {
		out.Pix[i] = uint8((int(v) + 8) / 17)
	}
	return out
}

func label(f *text.Fonts, words string, width, height int) image.Image {
	d := drawing.New(float64(width), float64(height))
	d.Fill(drawing.Rect(0, 0, d.W, d.H), 0xFFFFFF)
	d.Fill(drawing.Rect(12, d.H-5, d.W-24, 1), 0xAAAAAA)
	d.Text(drawing.Text{Line: f.Line(text.Body, words, ""), Size: 14, X: 12, Y: d.H - 12, Colour: 0x555555}, drawing.Left)
	return gray(raster.Draw(d, width, height, drawing.Identity))
}

func writeSheet(t *testing.T, name string, img *image.Paletted) {
	t.Helper()
	var data bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&data, img); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join("..", "docs", "pictures", name), data.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// blank is a white sheet.
func blank(width, height int) *image.Paletted {
	img := gray(image.NewGray(image.Rect(0, 0, width, height)))
	for i := range img.Pix {
		img.Pix[i] = 15
	}
	return img
}

// Every name looks as it does on the contact sheet in the docs, which is there to be looked at: its pixels, with a tolerance.
// go test ./render -run NamesSheet -sheet writes it.
func TestNamesSheet(t *testing.T) {
	f, err := faces()
	if err != nil {
		t.Fatal(err)
	}
	all, heads, height := cells(corpus(t))
	if *sheet {
		img := blank(sheetWidth, height)
		for _, h := range heads {
			draw.Draw(img, image.Rectangle{h.at, h.at.Add(image.Pt(sheetWidth, sheetHead))}, label(f, h.script, sheetWidth, sheetHead), image.Point{}, draw.Src)
		}
		for _, c := range all {
			draw.Draw(img, image.Rectangle{c.at, c.at.Add(image.Pt(sheetCell, sheetRow))}, setCell(f, c.bearer), image.Point{}, draw.Src)
		}
		writeSheet(t, "names.png", img)
		return
	}
	data, err := os.ReadFile(filepath.Join("..", "docs", "pictures", "names.png"))
	if err != nil {
		t.Fatal(err)
	}
	want, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if want.Bounds().Dy() != height {
		t.Fatalf("the sheet is %d high, of these names %d; go test ./render -run NamesSheet -sheet writes it: look at it then", want.Bounds().Dy(), height)
	}
	sheet, differ := want.(*image.Paletted), 0
	for _, c := range all {
		got := setCell(f, c.bearer).(*image.Paletted)
		far := 0
		for y := range sheetRow {
			for x := range sheetCell {
				if d := int(got.ColorIndexAt(x, y)) - int(sheet.ColorIndexAt(c.at.X+x, c.at.Y+y)); max(d, -d) > 3 {
					far++
				}
			}
		}
		const most = 24 // pixels, of which a letter has more
		if far > most {
			save(t, filepath.Join("testdata", "golden", "name.got.png"), got)
			t.Errorf("%s %q differs in %d pixels from docs/pictures/names.png; look at testdata/golden/name.got.png", c.script, c.name, far)
			if differ++; differ == 10 {
				t.Fatal("and others")
			}
		}
	}
}

// What gg.DrawString and gopdf.Text make of the names, each with the very face that we take, beside ours: for the docs.
func TestNamesElsewhere(t *testing.T) {
	f, err := faces()
	if err != nil {
		t.Fatal(err)
	}
	names := corpus(t)
	plain := 0
	for _, b := range names {
		if isPlain(f, b) {
			plain++
		}
	}
	doc, err := os.ReadFile(filepath.Join("..", "docs", "names.md"))
	if err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf("%d of the %d", plain, len(names)); !strings.Contains(string(doc), want) {
		t.Errorf("docs/names.md does not say that %s names need nothing but one letter after the other", want)
	}
	if !*sheet {
		return
	}
	const width, column, head = 1200, 400, 40
	var some []bearer
	seen := map[string]int{}
	for _, b := range names {
		if n := len([]rune(b.name)); n > 5 && n < 26 && seen[b.script] < 2 || b.script == "Mixed" && seen[b.script] < 6 {
			seen[b.script]++
			some = append(some, b)
		}
	}
	height := head + len(some)*sheetRow + 10
	img := blank(width, height)
	ours := drawing.New(column, float64(height))
	ours.Fill(drawing.Rect(0, 0, ours.W, ours.H), 0xFFFFFF)
	theirs := gg.NewContext(column, height)
	theirs.SetColor(color.White)
	theirs.Clear()
	theirs.SetColor(color.Black)
	var page gopdf.GoPdf
	page.Start(gopdf.Config{PageSize: gopdf.Rect{W: column, H: float64(height)}})
	page.AddPage()
	loaded := map[string]bool{}
	for i, b := range some {
		row := drawing.New(column, sheetRow)
		set(row, f, text.Strong, b, 12, column-24)
		ours.Add(row, drawing.Translate(0, float64(head+i*sheetRow)))
		baseline := float64(head+i*sheetRow) + sheetRow/2 + 20*.36

		face := filepath.Join("..", "fonts", f.Line(text.Strong, b.name, b.lang).Glyphs[0].Face.Name()+".ttf")
		if _, err := os.Stat(face); err != nil || b.script == "Mixed" { // neither loads CFF, and neither takes two faces
			face = filepath.Join("..", "fonts", "NotoSans-SemiBold.ttf")
		}
		if err := theirs.LoadFontFace(face, 20); err != nil {
			t.Fatal(err)
		}
		theirs.DrawString(b.name, 12, baseline)
		if !loaded[face] {
			if err := page.AddTTFFont(face, face); err != nil {
				t.Fatal(err)
			}
			loaded[face] = true
		}
		if err := page.SetFont(face, "", 20); err != nil {
			t.Fatal(err)
		}
		page.SetXY(12, baseline)
		if err := page.Text(b.name); err != nil {
			t.Errorf("gopdf: %q: %v", b.name, err)
		}
	}
	data, err := page.GetBytesPdfReturnErr()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "page.pdf"), data, 0o600); err != nil {
		t.Fatal(err)
	}
	tool(t, dir, "pdftoppm", "-r", "72", "-png", "-singlefile", "page.pdf", "page")
	data, err = os.ReadFile(filepath.Join(dir, "page.png"))
	if err != nil {
		t.Fatal(err)
	}
	printed, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range []image.Image{gray(raster.Draw(ours, column, height, drawing.Identity)), gray(theirs.Image()), gray(printed)} {
		draw.Draw(img, image.Rect(i*column, 0, (i+1)*column, height), p, image.Point{}, draw.Src)
		draw.Draw(img, image.Rect(i*column, 0, (i+1)*column, head), label(f, []string{"testamur", "gg.DrawString", "gopdf.Text"}[i], column, head), image.Point{}, draw.Src)
	}
	writeSheet(t, "names-elsewhere.png", img)
}

// isPlain reports whether a name needs nothing but one letter after the other from one face: its glyphs are those that its
// characters have alone, in the order in which they are typed, and none is moved by more than kerning.
func isPlain(f *text.Fonts, b bearer) bool {
	l := f.Line(text.Strong, b.name, b.lang)
	var alone []text.Glyph
	for _, r := range l.Runes {
		alone = append(alone, f.Line(text.Strong, string(r), b.lang).Glyphs...)
	}
	if len(alone) != len(l.Glyphs) {
		return false
	}
	pen := 0.0
	for i, g := range l.Glyphs {
		if g.ID != alone[i].ID || g.Face.Name() != l.Glyphs[0].Face.Name() || math.Abs(g.X-alone[i].X-pen) > .12 || math.Abs(g.Y-alone[i].Y) > .02 {
			return false
		}
		pen = g.Pen + g.Advance
	}
	return true
}
