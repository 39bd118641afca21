package main

import (
	"bytes"
	"context"
	"flag"
	"image/png"
	"os"
	"path/filepath"
	"testing"
	"time"

	"testamur/assets"
	"testamur/messages"
)

var update = flag.Bool("update", false, "write the contact sheet in docs/pictures")

func testHouse(t *testing.T, academy string) (*house, *world) {
	t.Helper()
	words, err := messages.Load(sub(assets.Files, "messages"))
	if err != nil {
		t.Fatal(err)
	}
	h, err := newHouse(config{Academy: academy, URL: "https://academy.example.org", CacheBytes: 64 << 20, Patience: time.Hour}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return h, &world{words: words.In(messages.Reference)}
}

// The sheet in docs shows the badges as they are drawn now. It is compared by its first part, every badge at 300 pixels;
// with -update it is drawn anew.
func TestContactSheetIsKept(t *testing.T) {
	const file = "../../docs/pictures/contact-sheet.png"
	h, w := testHouse(t, "")
	if *update {
		data, err := h.contactSheet(t.Context(), w)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v; go test ./cmd/testamur -run ContactSheet -update draws it: look at it then", err)
	}
	if most := 1_500_000; len(data) > most {
		t.Errorf("%d bytes; at most %d", len(data), most)
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	kept := straight(img)
	s := h.newSheet(t.Context(), w)
	s.large(s.all)
	if s.failure != nil || len(s.placed) != 11 {
		t.Fatalf("%d badges, %v", len(s.placed), s.failure)
	}
	for i, p := range s.placed {
		far := 0
		for y := range 300 {
			for x := range 300 {
				r, g, b, a := p.img.At(x, y).RGBA() // on white
				j, most := kept.PixOffset(p.at.X+x, p.at.Y+y), 0
				for c, v := range []uint32{r, g, b} {
					d := int((v+0xFFFF-a)>>8) - int(kept.Pix[j+c])
					most = max(most, d, -d)
				}
				if most > 40 { // one palette for all takes a little from each
					far++
				}
			}
		}
		if share := float64(far) / (300 * 300); share > .001 {
			t.Errorf("badge %d: %.2f %% of its pixels differ: go test ./cmd/testamur -run ContactSheet -update draws the sheet anew; look at it then", i, 100*share)
		}
	}
}

// The sheet of an academy of one certification has all of its pictures, and the same bytes each time.
func TestContactSheetOfAnAcademy(t *testing.T) {
	folder := t.TempDir()
	if err := os.CopyFS(folder, os.DirFS("../../academy/testdata/example")); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(folder, "certifications.yaml")
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, data[:bytes.Index(data, []byte("  - slug: sailing-school"))], 0o644); err != nil {
		t.Fatal(err)
	}
	h, w := testHouse(t, folder)
	one, err := h.contactSheet(t.Context(), w)
	if err != nil {
		t.Fatal(err)
	}
	two, err := h.contactSheet(t.Context(), w) // from the pictures kept
	if err != nil || !bytes.Equal(one, two) {
		t.Errorf("the second sheet is another one: %v", err)
	}
	head, err := png.DecodeConfig(bytes.NewReader(one))
	if err != nil || head.Width != sheetWidth || head.Height < 3000 {
		t.Errorf("%+v, %v", head, err)
	}
	ended, stop := context.WithCancel(t.Context())
	stop()
	h, w = testHouse(t, folder)
	if _, err := h.contactSheet(ended, w); err == nil {
		t.Error("a sheet that was given up is drawn")
	}
}
