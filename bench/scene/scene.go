// Package scene is what all peers draw: the seal and the page of testamur without their holder, and the lines of text that
// go onto them, with the fonts, the sizes and the places where testamur itself sets them. So a peer has nothing to fit.
//
// Begin with Write, which puts it into a folder, and Read.
package scene

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing/fstest"
	"time"

	"testamur/academy"
	"testamur/assets"
	"testamur/fonts"
	"testamur/messages"
	"testamur/render"
	"testamur/render/drawing"
	"testamur/render/raster"
	"testamur/render/text"
)

// Certification is the slug of the badge that is drawn.
const Certification = "inbound"

// URL is the site's, of the length that an academy's is.
const URL = "https://verify.example.org"

// Sides are the sizes of badges that are measured, all of the ladder.
var Sides = []int{90, 300, 600, 1200}

// Until is when the badges end.
var Until = render.Date{Year: 2028, Month: 7, Day: 31}

// Names are the holders. Each fits on one line at every size, so that all peers break none.
var Names = []string{
	"Maya Lindqvist", "Jonas Weber", "Anna Kowalska", "Liam O’Connor", "Chloé Dubois", "Marek Novák", "Siân Powell", "José García",
	"Ingrid Larsen", "Tomás Silva", "Emma Fischer", "Luca Moretti", "Sofia Rossi", "Oskar Berg", "Nina Petrov", "Hugo Martin",
	"Elena Popescu", "Pavel Dvořák", "Zoë Janssen", "Aino Virtanen", "Kwame Mensah", "Amara Okafor", "Yusuf Demir", "Leila Haddad",
	"Priya Sharma", "Arjun Patel", "Mei Tanaka", "Kenji Mori", "Minh Trần", "Ana Horvat", "Ivan Marić", "Freya Olsen",
	"Noah Schmidt", "Mila Jovanović", "Erik Nilsson", "Clara Weiss", "Pedro Alves", "Julia Costa", "Adam Nagy", "Ella Brown",
}

// Code is the code of the i-th picture. Whatever i, it is one that nobody has been given; its check symbol is not asked for here.
func Code(i int) string { return fmt.Sprintf("7K3M-%04d-%04d", i/10000%10000, i%10000) }

// Text is a line of text whose middle is X and whose baseline is Y. In its words {code} stands for the code.
type Text struct {
	Font   string  `json:"font"` // key of Fonts
	Size   float64 `json:"size"` // per em
	X      float64 `json:"x"`
	Y      float64 `json:"y"`
	Colour string  `json:"colour"`
	Words  string  `json:"words"`
}

// Path is a line that is stroked: polylines of x, y, x, y …
type Path struct {
	Colour string      `json:"colour"`
	Width  float64     `json:"width"`
	Lines  [][]float64 `json:"lines"`
}

// Badge is a badge of a size: the picture without its holder, and by name what goes onto it, in pixels.
type Badge struct {
	Template string   `json:"template"` // file
	SVG      string   `json:"svg"`      // file of the same as paths
	Lines    [][]Text `json:"lines"`
}

// Page is the certificate, in points: what is on every page, and by name what is on one.
type Page struct {
	Width, Height float64
	Paths         []Path   `json:"paths"`
	Lines         []Text   `json:"lines"`
	Names         [][]Text `json:"names"`
	QR            struct {
		X, Y, Side float64
	}
}

// Scene is all of it.
type Scene struct {
	Fonts  map[string]string `json:"fonts"` // files
	Names  []string          `json:"names"`
	URL    string            `json:"url"` // before a code
	Badges map[int]Badge     `json:"badges"`
	Page   Page              `json:"page"`
	Frame  string            `json:"frame"` // file: the lines of our own page as paths
	Unit   float64           `json:"unit"`  // of Frame, in points
}

var files = map[string]string{"strong": "Inter-SemiBold", "heavy": "Inter-Bold", "body": "Inter-Regular", "serif": "SourceSerif4-SemiBold", "mono": "IBMPlexMono-Medium"}

// Config is what a press of the product has in this house: workers of one core, and a cache too small to matter.
func Config(words func(fs.FS) (fs.FS, error)) (render.Config, error) {
	var c render.Config
	a, err := academy.Load(assets.Files)
	if err != nil {
		return c, err
	}
	folder, err := fs.Sub(assets.Files, "messages")
	if err == nil && words != nil {
		folder, err = words(folder)
	}
	if err != nil {
		return c, err
	}
	m, err := messages.Load(folder)
	if err != nil {
		return c, err
	}
	f, err := text.Load(fonts.Files)
	if err != nil {
		return c, err
	}
	return render.Config{Fonts: f, Arts: a.Arts, URL: URL, Messages: m, CacheBytes: 1 << 20, Workers: 1, Queue: 64, Patience: time.Minute,
		Brand: render.Brand{Name: a.Name, Wordmark: a.Wordmark, Address: URL[8:], Mark: a.Mark, Signature: a.Signature}}, nil
}

// Has sets a field of a press's settings and says whether this build has it: lanes come and go, and the bench measures what
// there is.
func Has(c *render.Config, field string, value any) bool {
	f := reflect.ValueOf(c).Elem().FieldByName(field)
	if f.IsValid() {
		f.Set(reflect.ValueOf(value).Convert(f.Type()))
	}
	return f.IsValid()
}

// Of is the value of the i-th badge.
func Of(i, side int) render.Badge {
	return render.Badge{Certification: Certification, Edition: "2014", Name: Names[i%len(Names)], State: render.StateValid, ValidTo: Until, Code: Code(i),
		Words: "en", Width: side, Height: side}
}

// Write puts the scene into a folder.
func Write(folder string, fontFolder string) error {
	c, err := Config(dateless)
	if err != nil {
		return err
	}
	p, err := render.NewPress(c)
	if err != nil {
		return err
	}
	s := Scene{Fonts: map[string]string{}, Names: Names, URL: strings.ToUpper(URL) + "/V/", Badges: map[int]Badge{}}
	for key, file := range files {
		s.Fonts[key] = filepath.Join(fontFolder, file+".ttf")
	}
	worded, err := Config(nil)
	if err != nil {
		return err
	}
	for _, side := range Sides {
		v := Of(0, side)
		v.Name, v.Code = " ", ""
		pic, err := p.Badge(context.Background(), v)
		if err != nil {
			return err
		}
		b := Badge{Template: filepath.Join(folder, fmt.Sprintf("seal-%d.png", side)), SVG: filepath.Join(folder, fmt.Sprintf("seal-%d.svg", side))}
		// Peers get it in true colour, as their own art would be; 256 colours would make their files smaller and their work less.
		art := seal(worded, side >= 240)
		pixels := raster.Draw(art, side, side, drawing.Scale(float64(side)/600, float64(side)/600))
		if d, err := differ(pixels, pic.Bytes); err != nil || d > 3 {
			return errors.Join(fmt.Errorf("scene: the seal told here is not the product's any more, %.1f of 255 apart: see render/badge.go", d), err)
		}
		var template bytes.Buffer
		if err := png.Encode(&template, pixels); err != nil {
			return err
		}
		if err := errors.Join(os.WriteFile(b.Template, template.Bytes(), 0o644), os.WriteFile(b.SVG, art.SVG(), 0o644)); err != nil {
			return err
		}
		for _, name := range Names {
			lines, err := onSeal(worded, name, side)
			if err != nil {
				return err
			}
			b.Lines = append(b.Lines, lines)
		}
		s.Badges[side] = b
	}
	s.Page, s.Frame, s.Unit = page(worded), filepath.Join(folder, "frame.svg"), 72/25.4/unit
	if err := os.WriteFile(s.Frame, frame(worded).SVG(), 0o644); err != nil {
		return err
	}
	data, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "scene.json"), data, 0o644)
}

// Read reads the scene of a folder.
func Read(folder string) (*Scene, error) {
	data, err := os.ReadFile(filepath.Join(folder, "scene.json"))
	if err != nil {
		return nil, err
	}
	s := new(Scene)
	return s, json.Unmarshal(data, s)
}

// dateless is the words with none for the date, so that a badge comes out without it.
func dateless(from fs.FS) (fs.FS, error) {
	out, found := fstest.MapFS{}, false
	err := fs.WalkDir(from, "en", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(from, name)
		const date = `valid-to: "Valid to {date}"`
		found = found || bytes.Contains(data, []byte(date))
		out[name] = &fstest.MapFile{Data: bytes.Replace(data, []byte(date), []byte(`valid-to: " "`), 1)}
		return err
	})
	if err == nil && !found {
		err = errors.New("scene: the words for the date are not where they were")
	}
	return out, err
}

// onSeal is where package render sets name, date and code of a badge, in pixels.
func onSeal(c render.Config, name string, side int) ([]Text, error) {
	const ink, white = "#16202A", "#FFFFFF"
	k := float64(side) / 600
	style, font, box, middle := text.Strong, "strong", text.Box{Width: 528, From: 41, To: 27, TwoFrom: 27, TwoLeading: 31, TwoShrink: .8}, 428.
	top, bottom := 397., 459.
	if side < 128 {
		box, middle, top, bottom = text.Box{Width: 546, From: 74, To: 58, TwoFrom: 53, TwoLeading: 55, TwoShrink: .8}, 462, 407, 517
	}
	b := c.Fonts.FitName(style, name, "en", box)
	if len(b.Lines) != 1 {
		return nil, fmt.Errorf("scene: %q takes two lines at %d pixels", name, side)
	}
	y := b.Baselines(middle)[0]
	_, low, _, high := b.Lines[0].Bounds()
	y += max(0, top-(y-high*b.Size)) - max(0, y-low*b.Size-bottom)
	lines := []Text{{Font: font, Size: b.Size * k, X: 300 * k, Y: y * k, Colour: ink, Words: name}}
	if side >= 240 {
		w := c.Messages.In("en")
		date := w.Text("badge.valid-to", "date", w.Date(Until.Year, Until.Month, Until.Day, messages.Short))
		_, size := c.Fonts.Fit(text.Strong, date, "en", 310, 26, 12, 0)
		lines = append(lines,
			Text{Font: "strong", Size: size * k, X: 300 * k, Y: 513 * k, Colour: white, Words: date},
			Text{Font: "mono", Size: 21 * k, X: 300 * k, Y: 542 * k, Colour: white, Words: "{code}"})
	}
	return lines, nil
}

// differ is how far apart two pictures are: the root of the mean square of their channels, premultiplied.
func differ(a image.Image, data []byte) (float64, error) {
	b, err := png.Decode(bytes.NewReader(data))
	if err != nil || a.Bounds() != b.Bounds() {
		return 255, err
	}
	sum, n := 0., 0.
	for y := range a.Bounds().Dy() {
		for x := range a.Bounds().Dx() {
			r, g, bl, al := a.At(x, y).RGBA()
			r2, g2, bl2, al2 := b.At(x, y).RGBA()
			for _, d := range [...]float64{float64(r) - float64(r2), float64(g) - float64(g2), float64(bl) - float64(bl2), float64(al) - float64(al2)} {
				sum += d * d / 257 / 257
				n++
			}
		}
	}
	return math.Sqrt(sum / n), nil
}

// seal is the seal without its holder, for peers: what package render draws, told once more. A small one has neither rings nor
// small letters.
func seal(c render.Config, full bool) *drawing.Drawing {
	const white = drawing.Colour(0xFFFFFF)
	var art render.Art
	for _, a := range c.Arts {
		if a.Slug == Certification {
			art = a
		}
	}
	cut, iconY, k := 428., art.IconY, art.IconScale
	if !full {
		cut, iconY, k = 462, art.IconY-24, art.IconScale*1.32
	}
	d := drawing.New(600, 600)
	outline := func(inset float64) drawing.Path { return drawing.Circle(300, 300, 294-inset) }
	d.Fill(outline(0), white)
	d.Fill(outline(6), art.Deep)
	d.Clip(outline(32))
	d.Fill(drawing.Rect(0, 0, 600, cut), art.Mid)
	for _, r := range [...]float64{126, 196, 266, 336} {
		if full {
			d.Stroke(drawing.Circle(300, art.IconY, r), drawing.Mix(art.Mid, white, .055), 30)
		}
	}
	d.Fill(drawing.Rect(0, cut, 600, 600-cut), art.Deep)
	d.End()
	at := drawing.Translate(300-300*k, iconY-205*k).Mul(drawing.Scale(k, k))
	for _, s := range art.Icon {
		colour := white
		if s.Accent {
			colour = art.Accent
		}
		if s.Width == 0 {
			d.Ops = append(d.Ops, drawing.Fill{Path: s.Path.Transform(at), Colour: colour, EvenOdd: s.EvenOdd})
		} else {
			d.Stroke(s.Path.Transform(at), colour, s.Width*k)
		}
	}
	centred := func(style text.Style, words string, room, from, to, y, tracking float64, colour drawing.Colour) {
		l, size := c.Fonts.Fit(style, words, "en", room, from, to, tracking)
		d.Text(drawing.Text{Line: l, Size: size, X: 300, Y: y, Tracking: tracking, Colour: colour}, drawing.Centre)
	}
	plate := 398.
	if full {
		d.Clip(drawing.Rect(0, 0, 600, 428))
		d.Stroke(outline(24.5), drawing.Mix(art.Deep, white, .55), 2.2)
		d.End()
		l, size := c.Fonts.Fit(text.Brand, c.Brand.Wordmark, "en", 560, 25, 10, 5.2)
		d.TextOnArc(drawing.Text{Line: l, Size: size, X: 300, Y: 300, Tracking: 5.2, Colour: white}, 224, 0, false)
		centred(text.Title, art.Lettering, 440, 76, 30, 337, 2, white)
		centred(text.Brand, art.Kicker, 440, 20, 10, 369, 6, art.Accent)
		plate = 388
	} else {
		centred(text.Title, art.Lettering, 470, 102, 30, 367, 2, white)
	}
	high := 2 * (cut - plate)
	d.Fill(drawing.RoundRect(4, plate-6, 592, high+12, 19), white)
	d.Fill(drawing.RoundRect(10, plate, 580, high, 14), art.Deep)
	d.Fill(drawing.RoundRect(15, plate+5, 570, high-10, 9.5), white)
	return d
}
