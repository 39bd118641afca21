package text

import (
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var (
	plate = Box{Width: 528, From: 41, To: 27, TwoFrom: 27, TwoLeading: 31, TwoShrink: 0.8}  // the badge
	sheet = Box{Width: 578, From: 42, To: 27, TwoFrom: 27, TwoLeading: 31, TwoShrink: 0.55} // the certificate, pt
)

func linesOf(b Block) string {
	var out []string
	for _, l := range b.Lines {
		out = append(out, l.Text)
	}
	return strings.Join(out, "|")
}

func TestFitName(t *testing.T) {
	f := load(t)
	long := strings.Repeat("Wolfe ", 16) + "End"
	for _, c := range []struct {
		name  string
		style Style
		in    string
		room  Box
		want  string
		size  float64 // 0: not looked at
	}{
		{"short", Strong, "Ada Lovelace", plate, "Ada Lovelace", 41},
		{"one letter", Strong, "A", plate, "A", 41},
		{"nothing", Strong, "", plate, "", 41},
		{"smaller", Strong, "Alexandra Montgomery-Smith", plate, "Alexandra Montgomery-Smith", 41 * math.Pow(step, 11)},
		{"the most equal space", Strong, "Maximiliana Konstantina Papadopoulou Smith", plate, "Maximiliana Konstantina|Papadopoulou Smith", 27},
		{"a hyphen costs 15 %", Strong, "Maximiliana Konstantina Papadopoulou-Featherstonehaugh", plate, "Maximiliana Konstantina|Papadopoulou-Featherstonehaugh", 27},
		{"a hyphen where it pays", Strong, "Al Konstantinopolitanska-Featherstonehaughenbergerdorff", plate, "Al Konstantinopolitanska-|Featherstonehaughenbergerdorff", 27},
		{"though a hyphen is a little more equal", Strong, "nnnn nnnnnnnnnn-nnnnnn", Box{160, 40, 20, 15, 18, 1}, "nnnn|nnnnnnnnnn-nnnnnn", 15},
		{"a hyphen rather than a cut", Strong, "nnnn nnnnnnnnnn-nnnnnn", Box{144, 40, 20, 15, 18, 1}, "nnnn nnnnnnnnnn-|nnnnnn", 15},
		{"not within a ligature", Strong, strings.Repeat("لا", 61), plate, strings.Repeat("لا", 30) + "|" + strings.Repeat("لا", 31), 0},
		{"no place to break", Strong, strings.Repeat("n", 48), plate, strings.Repeat("n", 24) + "|" + strings.Repeat("n", 24), 27},
		{"other scripts have the size of the style", Strong, "שרה", plate, "שרה", 41},
		{"their faces are even beside the serif", Serif, "שרה", sheet, "שרה", 42},
		{"Greek is full size", Serif, "Ελένη", sheet, "Ελένη", 42},
		{"Cyrillic is full size", Strong, "Ольга", plate, "Ольга", 41},
		{"right to left breaks in reading order", Strong, "محمد بن موسى بن عبد الله الخوارزمي البغدادي المعروف بالقطربلي", plate, "محمد بن موسى بن عبد الله الخوارزمي|البغدادي المعروف بالقطربلي", 0},
		{"whole words, then an ellipsis", Strong, long, plate, "Wolfe Wolfe Wolfe Wolfe Wolfe Wolfe Wolfe|Wolfe Wolfe Wolfe Wolfe Wolfe Wolfe Wolfe Wo…", 27 * 0.8},
		{"a certificate shrinks further", Serif, long, sheet, strings.TrimSpace(strings.Repeat("Wolfe ", 8)) + "|" + strings.Repeat("Wolfe ", 8) + "End", 0},
	} {
		b := f.FitName(c.style, c.in, "", c.room)
		if got := linesOf(b); got != c.want || c.size != 0 && math.Abs(b.Size-c.size) > 1e-9 {
			t.Errorf("%s: got %q at %v, want %q at %v", c.name, got, b.Size, c.want, c.size)
		}
		if b.Cut != strings.Contains(c.want, ellipsis) {
			t.Errorf("%s: Cut is %v", c.name, b.Cut)
		}
	}
}

// The second line of a name of mixed directions keeps the direction of the whole.
func TestSecondLineKeepsDirection(t *testing.T) {
	f := load(t)
	b := f.FitName(Strong, "Bartholomew Featherstonehaugh שרהשרהשרה Montgomery", "", plate)
	if len(b.Lines) != 2 || b.Lines[1].Runes[0] != 'ש' || b.Lines[1].RTL || b.Lines[1].Glyphs[0].Face.Name() != "NotoSansHebrew-SemiBold" {
		t.Errorf("got %q, second line right to left: %v", linesOf(b), b.Lines[1].RTL)
	}
	b = f.FitName(Strong, "محمد بن موسى بن عبد الله الخوارزمي Montgomery المعروف بالقطربلي", "", plate)
	if len(b.Lines) != 2 || b.Lines[1].Runes[0] != 'M' || !b.Lines[1].RTL || b.Lines[1].Glyphs[0].Face.Name() != "NotoSansArabic-SemiBold" {
		t.Errorf("got %q, second line right to left: %v", linesOf(b), b.Lines[1].RTL)
	}
}

// Marks below the first line and above the second one stay apart.
func TestLinesStayApart(t *testing.T) {
	f := load(t)
	for _, name := range []string{"محمد بن موسى بن عبد الله الخوارزمي البغدادي المعروف بالقطربلي", "สุชาติฎุฏุญุ สุวรรณภูมิฎุฏุ ปิ่นนที่กี้รื้อน้ำปั้นใจดีที่สุดในโลกกว้างใหญ่"} {
		b := f.FitName(Strong, name, "", plate)
		if len(b.Lines) != 2 {
			t.Fatalf("%q is set on %d lines", name, len(b.Lines))
		}
		_, low, _, _ := b.Lines[0].Bounds()
		_, _, _, high := b.Lines[1].Bounds()
		if usual := 31 * b.Size / 27; b.Leading <= usual || b.Leading < b.Size*(high-low)-1e-9 {
			t.Errorf("%q: leading %v at %v, usually %v; ink needs %v", name, b.Leading, b.Size, usual, b.Size*(high-low))
		}
	}
}

func TestBaselines(t *testing.T) {
	f := load(t)
	capital := f.styles[Strong].other[0].Metrics().CapHeight
	one := f.FitName(Strong, "Ada", "", plate)
	if ys := one.Baselines(428); len(ys) != 1 || !near(ys[0], 428+41*capital/2) {
		t.Errorf("one line at %v", ys)
	}
	two := f.FitName(Strong, "Maximiliana Konstantina Papadopoulou Smith", "", plate)
	ys := two.Baselines(428)
	if len(ys) != 2 || !near(ys[1]-ys[0], 31) || !near((ys[0]-27*capital+ys[1])/2, 428) {
		t.Errorf("two lines at %v", ys)
	}
	ink := f.FitName(Strong, "राजेश्वरी", "", plate)
	_, low, _, high := ink.Lines[0].Bounds()
	if ys := ink.Baselines(428); !near(ys[0]-(low+high)/2*ink.Size, 428) {
		t.Errorf("ink stands round %v", ys[0]-(low+high)/2*ink.Size)
	}
	if ys := (Block{}).Baselines(1); ys != nil {
		t.Errorf("no lines have baselines %v", ys)
	}
}

func TestFit(t *testing.T) {
	f := load(t)
	for _, c := range []struct{ width, tracking float64 }{{1000, 0}, {200, 0}, {200, 6}, {10, 0}} {
		l, size := f.Fit(Title, "CONTEXTUAL", "en", c.width, 76, 30, c.tracking)
		if w := l.WidthTracked(size, c.tracking); size > 76 || size < 30 || size > 30 && w > c.width {
			t.Errorf("%v: size %v is %v wide", c, size, w)
		} else if size < 76 && l.WidthTracked(min(size/step, 76), c.tracking) <= c.width {
			t.Errorf("%v: size %v is smaller than need be", c, size)
		}
	}
	if _, size := f.Fit(Title, "A", "", 100, 20, 30, 0); size != 20 {
		t.Errorf("a box whose sizes are the wrong way round: %v", size)
	}
}

// boxes draws rooms from the usual to the absurd.
func boxes(t *rapid.T) Box {
	from := rapid.Float64Range(1, 120).Draw(t, "from")
	return Box{
		Width: rapid.Float64Range(1, 700).Draw(t, "width"), From: from, To: from * rapid.Float64Range(0.3, 1).Draw(t, "to"),
		TwoFrom: from * rapid.Float64Range(0.3, 1).Draw(t, "two"), TwoLeading: from, TwoShrink: rapid.Float64Range(0.3, 1).Draw(t, "shrink"),
	}
}

func TestNoNameLeavesItsBox(t *testing.T) {
	f := load(t)
	text := letters(t)
	rapid.Check(t, func(t *rapid.T) {
		name, err := f.CleanNameAnyScript(text.Draw(t, "name"))
		if err != nil {
			t.Skip(err.Error())
		}
		room := plate
		if rapid.Bool().Draw(t, "other box") {
			room = boxes(t)
		}
		style := rapid.SampledFrom([]Style{Strong, Heavy, Serif}).Draw(t, "style")
		checkBlock(t, f, name, f.FitName(style, name, "", room), room)
	})
}

func checkBlock(t interface {
	Helper()
	Fatalf(string, ...any)
}, f *Fonts, name string, b Block, room Box) {
	t.Helper()
	if len(b.Lines) < 1 || len(b.Lines) > 2 || b.Size <= 0 || b.Size > max(room.From, room.TwoFrom) {
		t.Fatalf("%q: %d lines of %v", name, len(b.Lines), b.Size)
	}
	if n := len(b.Baselines(0)); n != len(b.Lines) {
		t.Fatalf("%q: %d baselines of %d lines", name, n, len(b.Lines))
	}
	edges := map[int]bool{}
	f.clusters([]rune(name), func(_, to int) { edges[to] = true })
	at, whole := 0, []rune(name)
	for i, l := range b.Lines {
		checkLine(t, l)
		x0, _, x1, _ := l.Bounds()
		room := room.Width/2/b.Size + 1e-9
		if l.Width/2 > room || l.Width/2-x0 > room || x1-l.Width/2 > room {
			t.Fatalf("%q: line %q at %v leaves the box", name, l.Text, b.Size)
		}
		if len(l.Missing) > 0 {
			t.Fatalf("%q: line %q lacks %q", name, l.Text, l.Missing)
		}
		runes := l.Runes
		if b.Cut && i == len(b.Lines)-1 {
			if len(runes) == 0 || string(runes[len(runes)-1]) != ellipsis {
				t.Fatalf("%q: cut line %q has no ellipsis", name, l.Text)
			}
			runes = runes[:len(runes)-1]
			if before := string(runes); strings.TrimRight(before, " -.,'’") != before {
				t.Fatalf("%q: %q stands before the ellipsis", name, before)
			}
		}
		if at > 0 && whole[at] == ' ' {
			at++
		}
		if at+len(runes) > len(whole) || !slices.Equal(runes, whole[at:at+len(runes)]) {
			t.Fatalf("%q: line %q is no part of it", name, l.Text)
		}
		if at += len(runes); len(runes) > 0 && !edges[at] {
			t.Fatalf("%q: line %q ends within a cluster", name, l.Text)
		}
	}
	if !b.Cut && at != len(whole) {
		t.Fatalf("%q: lines %q lose its end", name, linesOf(b))
	}
}

// A box that holds nothing ends in nothing, not in a hang.
func TestNoRoom(t *testing.T) {
	f := load(t)
	for _, width := range []float64{0, -1} {
		b := f.FitName(Strong, "Ada Lovelace", "", Box{width, 40, 20, 20, 24, 0.8})
		if b.Size != 0 || !b.Cut {
			t.Errorf("width %v: %q at %v", width, linesOf(b), b.Size)
		}
		if _, size := f.Fit(Strong, "Ada", "", width, 40, 0, 0); size != 0.04 {
			t.Errorf("width %v: fitted at %v", width, size)
		}
	}
}

// What is taken out of a name is as if it were shaped by itself, and of names in Latin it mostly can be taken.
func TestPartsAreShapedAlike(t *testing.T) {
	f := load(t)
	taken, tried := 0, 0
	for _, b := range corpus(t) {
		for _, style := range nameStyles {
			some, all := checkParts(t, f, style, b.name, b.lang)
			if b.script == "Latin" {
				taken, tried = taken+some, tried+all
			}
		}
	}
	if taken*3 < tried*2 {
		t.Errorf("%d of %d are taken", taken, tried)
	}
	text := letters(t)
	rapid.Check(t, func(t *rapid.T) {
		name, err := f.CleanNameAnyScript(text.Draw(t, "name"))
		if err != nil {
			t.Skip(err.Error())
		}
		checkParts(t, f, rapid.SampledFrom(nameStyles).Draw(t, "style"), name, "")
	})
}

// checkParts compares the parts of a name that are taken out with those that are shaped, and returns how many are taken.
func checkParts(t interface {
	Helper()
	Errorf(string, ...any)
}, f *Fonts, style Style, name, lang string) (taken, tried int) {
	t.Helper()
	whole := f.Line(style, name, lang)
	n := naming{fonts: f, style: style, lang: string(writtenIn(whole.Runes, lang)), whole: whole}
	n.measure()
	base := leftToRight
	if whole.RTL {
		base = rightToLeft
	}
	parts := [][2]int{{0, len(whole.Runes)}}
	for _, p := range n.places() {
		parts = append(parts, [2]int{0, p.end}, [2]int{p.start, len(whole.Runes)}, [2]int{p.end / 2, p.end})
	}
	for _, p := range parts {
		got, ok := n.part(p[0], p[1])
		if !ok {
			continue
		}
		taken++
		if want := f.line(style, normal(string(whole.Runes[p[0]:p[1]])), n.lang, base); !reflect.DeepEqual(got, want) {
			t.Errorf("style %d: %q of %q:\n%+v, want\n%+v", style, got.Text, name, got, want)
		}
	}
	return taken, len(parts)
}

func TestHundredClusters(t *testing.T) {
	f := load(t)
	for _, name := range []string{
		strings.Repeat("W", 100), strings.Repeat("i", 100), strings.Repeat("ẵ", 100), strings.Repeat("ש", 100), strings.Repeat("م", 100),
		strings.Repeat("ก", 100), strings.Repeat("क", 100), strings.Repeat("a-", 50), strings.Repeat("W- ", 33), strings.Repeat("a ", 49) + "aa",
	} {
		for _, room := range []Box{plate, sheet, {Width: 5, From: 40, To: 27, TwoFrom: 27, TwoLeading: 30, TwoShrink: 0.8}} {
			checkBlock(t, f, name, f.FitName(Strong, name, "", room), room)
		}
	}
}

func BenchmarkFitName(b *testing.B) {
	f := load(b)
	for _, c := range []struct{ lines, name string }{
		{"One", "Alexandra Montgomery"},
		{"Two", "Maximiliana Konstantina Papadopoulou-Featherstonehaugh"},
		{"Cut", strings.Repeat("Wolfe ", 16) + "End"},
	} {
		b.Run(c.lines, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				f.FitName(Strong, c.name, "", plate)
			}
		})
	}
}

// FuzzFitName sets any text in any box, as a name or not: no panic, no hang, no negative size, nothing outside the box.
func FuzzFitName(f *testing.F) {
	for i, b := range corpus(f) {
		f.Add(b.name, b.lang, i, 200.0, 40.0)
	}
	for _, s := range []string{"", "\xff\xfe", strings.Repeat("W", 300), strings.Repeat("\u0335", 64), strings.Repeat("เ", 80), strings.Repeat("្", 50), strings.Repeat("「", 90), strings.Repeat("\u200D", 40), strings.Repeat("لا", 70), "👩‍🎓 🏳️‍🌈", "\r\n\u2028", strings.Repeat("𝕏 ", 40)} {
		f.Add(s, "x-?", int(Serif), 100.0, 12.0)
	}
	set := load(f)
	f.Fuzz(func(t *testing.T, s, lang string, style int, width, from float64) {
		if len(s) > 600 || !(width >= 0 && width < 1e6) || !(from > 0.01 && from < 1e4) {
			return
		}
		b := set.FitName(Style(style), s, lang, Box{Width: width, From: from, To: from * .7, TwoFrom: from * .7, TwoLeading: from * .8, TwoShrink: .5})
		if len(b.Lines) < 1 || len(b.Lines) > 2 || !(b.Size >= 0) || b.Size > from || !(b.Leading >= 0) {
			t.Fatalf("%q: %d lines of %v, %v apart", s, len(b.Lines), b.Size, b.Leading)
		}
		for _, l := range b.Lines {
			checkLine(t, l)
			if w := reach(l) * b.Size; w > width*(1+1e-9)+1e-9 {
				t.Fatalf("%q: line %q is %v wide of %v", s, l.Text, w, width)
			}
		}
		for _, y := range b.Baselines(0) {
			if math.IsNaN(y) || math.IsInf(y, 0) {
				t.Fatalf("%q: a baseline at %v", s, y)
			}
		}
	})
}

// The joiner of the last letter that fits goes with it: a cut before it would be within its cluster.
func TestCutBesideAJoiner(t *testing.T) {
	f := load(t)
	const name = "0 ممممممم\u200Cم0"
	room := Box{Width: 101.9375, From: 120, To: 120, TwoFrom: 45, TwoLeading: 120, TwoShrink: 0.4375}
	b := f.FitName(Strong, name, "", room)
	if !b.Cut {
		t.Fatalf("%q is not cut: this room proves nothing", name)
	}
	checkBlock(t, f, name, b, room)
}
