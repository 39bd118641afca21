package main

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

var (
	goPeers = []string{"testamur", "testamur-lossless", "testamur-page", "testamur-qr", "gg-naive", "gg-cached", "gopdf-tutorial", "gopdf-font", "fpdf", "skip2"}

	badgePeers = []string{"takumi", "sharp-fast", "sharp", "sharp-palette", "napi-canvas", "node-canvas-fast", "node-canvas", "resvg", "satori", "gg-cached", "gg-naive"}
	pagePeers  = []string{"typst", "gopdf-font", "gopdf-tutorial", "fpdf", "pdfkit", "pdfkit-frame", "react-pdf", "pdf-lib"}
	qrPeers    = []string{"skip2", "npm-qrcode"}
)

var called = map[string]string{
	"testamur": "**testamur**", "testamur-lossless": "**testamur, lossless lane**", "testamur-page": "**testamur**", "testamur-qr": "**testamur**",
	"takumi": "@takumi-rs/core, template kept", "sharp": "sharp, default", "sharp-fast": "sharp, compression 1", "sharp-palette": "sharp, `palette: true`",
	"napi-canvas": "@napi-rs/canvas (Skia), template kept", "node-canvas": "canvas (Cairo), template kept", "node-canvas-fast": "canvas (Cairo), compression 1, no filter",
	"resvg": "@resvg/resvg-js, all from paths", "satori": "satori + @resvg/resvg-js", "gg-cached": "gg, template and fonts kept, BestSpeed", "gg-naive": "gg, as one writes it first",
	"typst": "typst (typst-ts-node-compiler), warm", "gopdf-font": "gopdf, fonts parsed once", "gopdf-tutorial": "gopdf, as in tutorials", "fpdf": "go-pdf/fpdf",
	"pdfkit": "pdfkit", "pdfkit-frame": "pdfkit, with the lines of our page", "react-pdf": "@react-pdf/renderer", "pdf-lib": "pdf-lib, page kept", "skip2": "skip2/go-qrcode", "npm-qrcode": "qrcode (npm)",
}

const sides = "90 300 600 1200"

func (b *bench) start(names ...string) (all []*worker) {
	for _, name := range names {
		b.say("starting %s", name)
		all = append(all, b.begin(name))
	}
	return all
}

// end stops workers and notes who measured nothing.
func (b *bench) end(all []*worker) {
	for _, w := range all {
		w.stop()
		if w.err != nil {
			b.absent[w.name] = w.err.Error()
			b.say("%s is left out: %v", w.name, w.err)
		}
	}
}

func (b *bench) badges() {
	ours := []string{"testamur", "testamur-lossless"}
	all := b.start(append(ours, badgePeers...)...)
	defer func() { b.end(all) }()
	b.say("drawing badges")
	cases := strings.Fields(sides)
	f := b.race(all, cases)

	// the pictures of one name, and how like ours they are
	pictures := map[string]map[string]image.Image{}
	for _, w := range all {
		pictures[w.name] = map[string]image.Image{}
		for _, side := range cases {
			file := filepath.Join(b.folder, "samples", w.name+"-"+side+".png")
			if _, err := w.ask("write %s %s", side, file); err == nil {
				pictures[w.name][side], _ = readPNG(file)
			}
		}
	}
	likeness := func(peer, side string) string {
		d, err := psnr(pictures["testamur"][side], pictures[peer][side], true)
		if err != nil {
			return "-"
		}
		return fmt.Sprintf("%.0f dB", d)
	}
	t := table{head: []string{"badge, CPU ms", "90 px", "300 px", "600 px", "1200 px", "bytes at 600", "like ours"}}
	for _, w := range all {
		if f[w.name] == nil {
			continue
		}
		row := []string{called[w.name]}
		for _, side := range cases {
			row = append(row, number(f[w.name][side].ms))
		}
		like := likeness(w.name, "600")
		if d, err := psnr(pictures["testamur"]["600"], pictures[w.name]["600"], true); err == nil && d < 20 {
			b.notes = append(b.notes, fmt.Sprintf("%s does not draw what the others draw: look at it before its figures.", called[w.name]))
		}
		if w.name == "testamur" {
			like = ""
		}
		t.rows = append(t.rows, append(row, whole(f[w.name]["600"].bytes), like))
	}
	b.tables = append(b.tables, t)

	b.figures["draw 300 us"], b.figures["draw 600 us"] = 1000*f["testamur"]["300"].ms, 1000*f["testamur"]["600"].ms

	// B1, B2: at 600 pixels
	for _, lane := range []struct {
		goal, name, what string
		least            map[string]float64
	}{
		{"B1", "testamur", "new name, 600 px, 256 colours", map[string]float64{"takumi": 25, "sharp": 40, "napi-canvas": 80}},
		{"B2", "testamur-lossless", "new name, 600 px, lossless", map[string]float64{"takumi": 12, "sharp": 20, "napi-canvas": 40}},
	} {
		for _, peer := range []string{"takumi", "sharp", "napi-canvas"} {
			b.faster(lane.goal, lane.what, f[lane.name], f[peer], peer, "600", lane.least[peer], lane.name)
		}
	}
	// B3
	smallest, least := "", math.Inf(1)
	for _, peer := range badgePeers {
		if n := f[peer]["600"].bytes; n > 0 && n < least && peer != "sharp-palette" {
			smallest, least = peer, n
		}
	}
	b.smaller("B3", "bytes at 600 px, 256 colours", f["testamur"]["600"].bytes, least, called[smallest], .75)
	b.smaller("B3", "the same", f["testamur"]["600"].bytes, f["sharp-palette"]["600"].bytes, called["sharp-palette"], 1.1)
	worst := math.Inf(1)
	for _, side := range cases {
		if d, err := psnr(pictures["testamur-lossless"][side], pictures["testamur"][side], false); err == nil {
			worst = min(worst, d)
		}
	}
	if math.IsInf(worst, 1) {
		b.rows = append(b.rows, row{goal: "B3", what: "256 colours like the lossless lane", ours: "no lossless lane in this build", want: ">= 45 dB", met: yes(false)})
	} else {
		b.rows = append(b.rows, row{goal: "B3", what: "256 colours like the lossless lane, the worst of the sizes", ours: fmt.Sprintf("%.1f dB", worst), want: ">= 45 dB", met: yes(worst >= 45)})
	}
	// B4: by size, against whoever is the fastest there
	for _, side := range cases {
		best, ms := "", math.Inf(1)
		for _, peer := range badgePeers {
			if x := f[peer][side].ms; x > 0 && x < ms {
				best, ms = peer, x
			}
		}
		if best != "" {
			b.faster("B4", side+" px, 256 colours", f["testamur"], f[best], best, side, 20, "testamur")
			b.faster("B4", side+" px, lossless", f["testamur-lossless"], f[best], best, side, 10, "testamur-lossless")
		}
	}
	b.atMost("#", "bytes of a 300 px badge", f["testamur"]["300"].bytes, 12000)
	b.atMost("#", "bytes of a 600 px badge", f["testamur"]["600"].bytes, 30000)
	card := 0.
	for range 40 { // each name
		if r, err := all[0].ask("run card 1"); err == nil {
			card = max(card, float64(r.Bytes))
		}
	}
	b.atMost("#", "bytes of a 640 px card, the largest of 40 names", card, 10000)
	b.profileShort(all, "600")
}

func (b *bench) pages() {
	all := b.start(append([]string{"testamur-page"}, pagePeers...)...)
	defer func() { b.end(all) }()
	b.say("writing certificates")
	f := b.race(all, []string{"page"})
	t := table{head: []string{"certificate, A4, PDF", "CPU ms", "bytes"}}
	for _, w := range all {
		if x := f[w.name]["page"]; x.ms > 0 {
			t.rows = append(t.rows, []string{called[w.name], number(x.ms), whole(x.bytes)})
		}
		_, _ = w.ask("write page %s", filepath.Join(b.folder, "samples", w.name+".pdf"))
	}
	b.tables = append(b.tables, t)
	ours := f["testamur-page"]
	b.figures["page us"] = 1000 * ours["page"].ms
	for _, goal := range []struct {
		peer  string
		least float64
	}{{"typst", 20}, {"gopdf-tutorial", 12}, {"pdfkit", 60}} {
		b.faster("B5", "new certificate", ours, f[goal.peer], goal.peer, "page", goal.least, "testamur-page")
	}
	b.smaller("B5", "bytes of a certificate with the same lines", ours["page"].bytes, f["pdfkit-frame"]["page"].bytes, called["pdfkit-frame"], 1.1)
	b.notes = append(b.notes, fmt.Sprintf("Certificate: ours, with all that is on it, is %.2f times the bytes of pdfkit's plain one.", ours["page"].bytes/max(1, f["pdfkit"]["page"].bytes)))
	why := checkPDF(filepath.Join(b.folder, "samples", "testamur-page.pdf"))
	got := "all of it"
	if why != nil {
		got = why.Error()
	}
	b.rows = append(b.rows, row{goal: "B5", what: "qpdf finds no fault, fonts are embedded, subset and have ToUnicode, the name is copied as it is, the QR code is read", ours: got, want: "all of it", met: yes(why == nil)})
	b.profileShort(all, "page")
}

// checkPDF asks qpdf, pdffonts, pdftotext and zbarimg.
func checkPDF(file string) error {
	run := func(name string, args ...string) (string, error) {
		out, err := exec.Command(name, args...).CombinedOutput()
		if err != nil {
			err = fmt.Errorf("%s: %w", name, err)
		}
		return string(out), err
	}
	if _, err := run("qpdf", "--check", file); err != nil {
		return err
	}
	out, err := run("pdffonts", file)
	if err != nil {
		return err
	}
	for i, line := range strings.Split(strings.TrimSpace(out), "\n") {
		if fields := strings.Fields(line); i > 1 && (len(fields) < 6 || !slices.Equal(fields[len(fields)-5:len(fields)-2], []string{"yes", "yes", "yes"})) {
			return errors.New("a font is not embedded, subset and with ToUnicode: " + line)
		}
	}
	if out, err = run("pdftotext", file, "-"); err != nil {
		return err
	}
	if !strings.Contains(out, "Maya Lindqvist") {
		return errors.New("the name is not in the text")
	}
	picture := strings.TrimSuffix(file, ".pdf")
	if _, err := run("pdftoppm", "-r", "150", "-png", "-singlefile", file, picture); err != nil {
		return err
	}
	if out, err = run("zbarimg", "--quiet", "--raw", picture+".png"); err != nil || !strings.Contains(out, "/V/7K3M-0000-0000") {
		return fmt.Errorf("the QR code is read as %q: %w", out, err)
	}
	return nil
}

func (b *bench) codes() {
	all := b.start(append([]string{"testamur-qr"}, qrPeers...)...)
	defer func() { b.end(all) }()
	b.say("making QR codes")
	f := b.race(all, []string{"qr"})
	t := table{head: []string{"QR code of an address, level Q, its modules", "CPU ms"}}
	for _, w := range all {
		if x := f[w.name]["qr"]; x.ms > 0 {
			t.rows = append(t.rows, []string{called[w.name], number(x.ms)})
		}
	}
	b.tables = append(b.tables, t)
	ours, err := all[0].ask("run qr 1")
	theirs, err2 := all[1].ask("run qr 1")
	b.faster("B6", "modules of a QR code", f["testamur-qr"], f["skip2"], "skip2", "qr", 5, "testamur-qr")
	if errors.Join(err, err2) == nil { // a byte for each module of a side
		b.rows = append(b.rows, row{goal: "B6", what: "modules a side", ours: fmt.Sprint(ours.Bytes), peer: fmt.Sprint("skip2/go-qrcode ", theirs.Bytes), want: "the same", met: yes(ours.Bytes == theirs.Bytes)})
	}
	b.profileShort(all, "qr")
}

// faster adds the row of a ratio of CPU time.
func (b *bench) faster(goal, what string, ours, peer map[string]figure, name, at string, least float64, worker string) {
	r := row{goal: goal, what: what, want: fmt.Sprintf(">= %g x", least), met: yes(false)}
	o, p := ours[at].ms, peer[at].ms
	if r.ours = "not in this build"; o > 0 {
		r.ours = number(o) + " ms"
	}
	if r.peer = called[name] + ": not here"; p > 0 {
		r.peer = called[name] + " " + number(p) + " ms"
	}
	if o > 0 && p > 0 {
		r.ratio, r.met = fmt.Sprintf("%.1f x", p/o), yes(p/o >= least)
		if p/o < least {
			b.short[worker] = true
		}
	}
	b.rows = append(b.rows, r)
}

// smaller adds the row of a ratio of bytes.
func (b *bench) smaller(goal, what string, ours, peer float64, name string, most float64) {
	r := row{goal: goal, what: what, ours: whole(ours), peer: name + " " + whole(peer), want: fmt.Sprintf("<= %g x", most), met: yes(false)}
	if ours > 0 && peer > 0 && !math.IsInf(peer, 1) {
		r.ratio, r.met = fmt.Sprintf("%.2f x", ours/peer), yes(ours/peer <= most)
	}
	b.rows = append(b.rows, r)
}

func (b *bench) atMost(goal, what string, ours, most float64) {
	b.rows = append(b.rows, row{goal: goal, what: what, ours: whole(ours), want: "<= " + whole(most), met: yes(ours > 0 && ours <= most)})
}

func readPNG(file string) (image.Image, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return png.Decode(bytes.NewReader(data))
}

// psnr is how like two pictures are, over white or as they are, alpha too.
func psnr(a, b image.Image, overWhite bool) (float64, error) {
	if a == nil || b == nil || a.Bounds().Size() != b.Bounds().Size() {
		return 0, errors.New("they are not of one size")
	}
	sum, n := 0., 0.
	for y := range a.Bounds().Dy() {
		for x := range a.Bounds().Dx() {
			p, q := premultiplied(a, x, y), premultiplied(b, x, y)
			for c := range 4 {
				if overWhite && c == 3 {
					continue
				}
				u, v := p[c], q[c]
				if overWhite {
					u, v = u+255-p[3], v+255-q[3]
				}
				sum += (u - v) * (u - v)
				n++
			}
		}
	}
	if sum == 0 {
		return 99, nil
	}
	return 10 * math.Log10(255*255*n/sum), nil
}

func premultiplied(m image.Image, x, y int) [4]float64 {
	r, g, b, a := m.At(m.Bounds().Min.X+x, m.Bounds().Min.Y+y).RGBA()
	return [4]float64{float64(r) / 257, float64(g) / 257, float64(b) / 257, float64(a) / 257}
}

func number(x float64) string {
	switch {
	case x == 0:
		return "-"
	case x < .1:
		return strconv.FormatFloat(x, 'f', 4, 64)
	case x < 10:
		return strconv.FormatFloat(x, 'f', 2, 64)
	}
	return strconv.FormatFloat(x, 'f', 1, 64)
}

// whole writes a count with a comma before each three digits.
func whole(x float64) string {
	if x == 0 || math.IsInf(x, 0) {
		return "-"
	}
	s := strconv.FormatFloat(math.Round(x), 'f', 0, 64)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func yes(is bool) string {
	if is {
		return "yes"
	}
	return "**no**"
}
