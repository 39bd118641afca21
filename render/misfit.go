package render

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/maypok86/otter/v2"

	"testamur/messages"
	"testamur/render/drawing"
	"testamur/render/text"
)

// Part is the text of a catalogue or a brand that a Misfit is about.
type Part string

const (
	PartHouse     Part = "" // words of the messages
	PartTitle     Part = "title"
	PartLettering Part = "lettering"
	PartKicker    Part = "kicker"
	PartEdition   Part = "edition"
	PartCovers    Part = "covers"
	PartWordmark  Part = "wordmark"
	PartSignature Part = "signature"
	PartRole      Part = "role"
	PartAddress   Part = "address"
)

// Misfit is a text that some picture or page cannot set.
type Misfit struct {
	Part                   Part
	Certification, Edition string // whose text it is, where it is one of a certification or of an edition
	Words                  string // as they are set
	Missing                string // characters that no typeface has
	Over                   []Over // where it is too wide
	Touches                string // other words that it touches, and where
	Boxed                  bool   // on a badge with boxes of the academy's own
}

// Over is how much wider than its room a text is even at its smallest size: .1 is a tenth.
type Over struct {
	Surface string // badge, card, preview or certificate
	By      float64
}

// String says what to do.
func (m Misfit) String() string {
	if m.Missing != "" {
		return fmt.Sprintf("no typeface has %q of %q; write it otherwise", m.Missing, m.Words)
	}
	var where []string
	for i, o := range m.Over {
		by := fmt.Sprintf("%.0f %%", math.Ceil(100*o.By))
		if i == 0 {
			by += " wider than its room"
		}
		where = append(where, by+" on the "+o.Surface)
	}
	if len(where) == 0 {
		where = append(where, "it touches "+m.Touches)
	}
	what := "shorten it"
	switch {
	case m.Boxed && m.Part == PartHouse:
		what = "give its box in art.text more room"
	case m.Boxed:
		what = "shorten it, or give its box in art.text more room"
	case m.Part == PartHouse:
		what = "the words are testamur's own: please report it"
	}
	return fmt.Sprintf("%q is too long even at its smallest size: %s; %s", m.Words, strings.Join(where, ", "), what)
}

// note is one text that one picture could not set.
type note struct {
	words, missing, touches string
	over                    float64
}

// setter is the fonts of a press. In a trial it notes what it is asked to set and cannot.
type setter struct {
	*text.Fonts
	known *otter.Cache[knownLine, text.Line] // nil in a trial
	note  func(note)
}

// knownLine is a line that many pictures have.
type knownLine struct {
	style       text.Style
	words, lang string
}

// maxKnown is how many such lines are kept, some 3 kB each.
const maxKnown = 1024

// Known is Line for words that many pictures have, which it keeps: labels and dates. Nothing of a person's own is known: what
// is erased would stay.
func (s setter) Known(style text.Style, words, lang string) text.Line {
	if s.known == nil {
		return s.Line(style, words, lang)
	}
	k := knownLine{style, words, lang}
	l, ok := s.known.GetIfPresent(k)
	if !ok {
		l = s.Line(style, words, lang)
		s.known.Set(k, l)
	}
	return l
}

// Fit is that of the fonts.
func (s setter) Fit(style text.Style, words, lang string, width, from, to, tracking float64) (text.Line, float64) {
	return s.fit(s.Fonts.Line(style, words, lang), words, width, from, to, tracking)
}

// FitKnown is Fit for words that are Known.
func (s setter) FitKnown(style text.Style, words, lang string, width, from, to, tracking float64) (text.Line, float64) {
	return s.fit(s.Known(style, words, lang), words, width, from, to, tracking)
}

func (s setter) fit(l text.Line, words string, width, from, to, tracking float64) (text.Line, float64) {
	size := l.Fit(width, from, to, tracking)
	if s.note != nil {
		s.missing(l)
		const rounding = 1e-9
		if w := l.WidthTracked(size, tracking); w > width+rounding {
			s.note(note{words: words, over: w/width - 1})
		}
	}
	return l, size
}

// Line is that of the fonts.
func (s setter) Line(style text.Style, words, lang string) text.Line {
	l := s.Fonts.Line(style, words, lang)
	if s.note != nil {
		s.missing(l)
	}
	return l
}

// FitName is that of the fonts. Of names, and of nothing else, some may be left out.
func (s setter) FitName(style text.Style, words, lang string, room text.Box) text.Block {
	b := s.Fonts.FitName(style, words, lang, room)
	if s.note != nil && !slices.Contains(trialNames[:], words) {
		l := s.Fonts.Line(style, words, lang)
		s.missing(l)
		if b.Cut { // of two lines, each with some room left over
			s.note(note{words: words, over: max(.01, l.Width*room.TwoFrom*room.TwoShrink/(2*room.Width)-1)})
		}
	}
	return b
}

func (s setter) missing(l text.Line) {
	if len(l.Missing) > 0 {
		s.note(note{words: l.Text, missing: string(l.Missing)})
	}
}

// trialNames stand on one line and on two.
var trialNames = [...]string{"Ada Lovelace", "Wilhelmina Charlotte Alexandra Featherstonehaugh"}

const trialCode = "8888-8888-8888" // of the widest digit

// Misfits draws every badge, card, preview and certificate that the artwork allows, without making pixels of them, and
// returns the texts that do not fit or that no typeface has. It sees what a press made of c would draw; c needs fonts,
// messages, artwork, brand and URL.
func Misfits(c Config) []Misfit {
	p := &Press{brand: c.Brand, url: c.URL, messages: c.Messages, arts: map[string]Art{}}
	for _, a := range c.Arts {
		p.arts[a.Slug] = a
	}
	t := trial{press: p, found: map[subject]*Misfit{}}
	p.fonts = setter{Fonts: c.Fonts, note: t.add}
	for _, t.words = range c.Messages.Offered() {
		until := t.longestDay()
		for _, t.art = range c.Arts {
			t.certificates(until)
		}
	}
	for _, t.words = range c.Messages.Whole() {
		until := t.longestDay()
		for _, t.art = range c.Arts {
			t.badges(until)
		}
		t.art = Art{}
		t.neutral()
	}
	all := make([]Misfit, 0, len(t.found))
	for _, m := range t.found {
		slices.SortFunc(m.Over, func(a, b Over) int { return cmp.Or(cmp.Compare(b.By, a.By), cmp.Compare(a.Surface, b.Surface)) })
		all = append(all, *m)
	}
	slices.SortFunc(all, func(a, b Misfit) int {
		return cmp.Or(cmp.Compare(a.Part, b.Part), cmp.Compare(a.Certification, b.Certification), cmp.Compare(a.Edition, b.Edition),
			cmp.Compare(a.Words, b.Words), cmp.Compare(a.Missing, b.Missing))
	})
	return all
}

// trial draws and notes.
type trial struct {
	press   *Press
	words   string // language
	art     Art
	edition string
	surface string
	boxed   bool // the badge has boxes of the academy's own
	found   map[subject]*Misfit
}

// subject is a text that there is one Misfit of.
type subject struct {
	part                   Part
	certification, edition string
	missing                bool
}

// add gathers what is said of one text: the worst of each surface.
func (t *trial) add(n note) {
	at := subject{part: t.part(n.words, n.missing), missing: n.missing != ""}
	surface := t.surface
	switch at.part {
	case PartEdition, PartCovers:
		at.certification, at.edition = t.art.Slug, t.edition
	case PartTitle, PartLettering, PartKicker:
		at.certification = t.art.Slug
	case PartHouse:
		at.certification = t.art.Slug
	default: // of the whole academy
		if t.art.Slug != "" {
			surface += " of " + t.art.Slug
		}
	}
	m, ok := t.found[at]
	if !ok {
		m = &Misfit{Part: at.part, Certification: at.certification, Edition: at.edition, Words: n.words, Missing: n.missing}
		t.found[at] = m
	}
	switch {
	case n.touches != "":
		if m.Touches == "" {
			m.Touches = n.touches + " on the " + surface
		}
		return
	case n.over == 0:
		return
	}
	m.Boxed = m.Boxed || t.boxed
	kind, _, _ := strings.Cut(surface, " of ")
	for i, o := range m.Over {
		other, _, _ := strings.Cut(o.Surface, " of ")
		if o.By == n.over && other == "badge" { // the badge on a card or a preview
			return
		}
		if other == kind {
			if n.over > o.By {
				m.Over[i], m.Words = Over{surface, n.over}, n.words
			}
			return
		}
	}
	m.Over = append(m.Over, Over{surface, n.over})
}

// part says which text of the catalogue the words are, or have in them; one that has the missing characters.
func (t *trial) part(words, missing string) Part {
	brand := t.press.brand
	is := func(s string) bool { return words == s && (missing == "" || strings.ContainsAny(s, missing)) }
	has := func(s string) bool {
		return s != "" && strings.Contains(strings.ToUpper(words), strings.ToUpper(s)) && (missing == "" || strings.ContainsAny(s, missing))
	}
	switch {
	case is(t.art.Title):
		return PartTitle
	case is(t.art.Lettering):
		return PartLettering
	case is(t.art.Kicker):
		return PartKicker
	case is(brand.Signature.Name):
		return PartSignature
	case is(brand.Signature.Role):
		return PartRole
	case has(t.art.Editions[t.edition]):
		return PartCovers
	case has(brand.Wordmark): // the microtext has it too
		return PartWordmark
	case has(t.edition):
		return PartEdition
	case has(brand.Address):
		return PartAddress
	}
	return PartHouse
}

// longestDay is a day that takes the most room.
func (t *trial) longestDay() Date {
	words := t.press.messages.In(t.words)
	longest, width := Date{}, 0.0
	for month := range 12 {
		d := Date{2028, month + 1, 28}
		if w := t.press.fonts.Fonts.Line(text.Strong, words.Date(d.Year, d.Month, d.Day, messages.Long), words.Tag()).Width; w > width {
			longest, width = d, w
		}
	}
	return longest
}

// badges draws every size in every state.
func (t *trial) badges(until Date) {
	for _, tier := range t.tiers() {
		for _, state := range []State{StateValid, StateExpired, StateSpecimen} {
			b := Badge{Certification: t.art.Slug, Name: trialNames[0], State: state, ValidTo: until, Code: trialCode, Tier: tier, Words: t.words}
			t.boxed = t.art.Own != nil
			for _, level := range []detail{full, middle, small} {
				t.draw("badge", [4]float64{0, 0, 600, 600}, func() (*drawing.Drawing, error) { return t.press.seal(b, level, whole) })
			}
			t.boxed = false
			for _, b.Name = range trialNames {
				if state != StateValid && b.Name != trialNames[0] {
					continue // two lines move the others, whatever the state
				}
				for _, w := range []int{640, 240, 128} { // every level of detail
					b.Width, b.Height = w, w/4
					t.draw("card", [4]float64{170, 6, 630, 154}, func() (*drawing.Drawing, error) { return t.press.card(b) })
				}
				t.draw("preview", [4]float64{540, 20, 1160, 610}, func() (*drawing.Drawing, error) { return t.press.preview(b) })
			}
		}
	}
}

func (t *trial) tiers() []string { return append([]string{""}, t.art.Tiers...) }

// certificates draws every edition for a person and for an organisation on the narrower sheet.
func (t *trial) certificates(until Date) {
	defer func() { t.edition = "" }()
	for edition := range t.art.Editions {
		t.edition = edition
		for _, state := range []State{StateValid, StateExpired, StateSpecimen} {
			c := Certificate{Certification: t.art.Slug, Edition: edition, Name: trialNames[0], State: state, Granted: until, ValidTo: until,
				Code: trialCode, Words: t.words, Paper: Letter}
			w, h, _ := c.Paper.size()
			page := func() (*drawing.Drawing, error) { return t.press.certificate(c) }
			inside := [4]float64{20, 6, w - 20, h - 20}
			t.draw("certificate", inside, page)
			if !t.art.Organisation {
				continue
			}
			c.Organisation = true
			for _, c.Tier = range t.tiers() {
				t.draw("certificate", inside, page)
			}
		}
	}
}

// neutral draws the pictures that say nothing: they bear the address.
func (t *trial) neutral() {
	t.draw("neutral card", [4]float64{170, 6, 630, 154}, func() (*drawing.Drawing, error) { return t.press.neutralCard(Neutral{Words: t.words}), nil })
	t.draw("neutral preview", [4]float64{540, 20, 1160, 610}, func() (*drawing.Drawing, error) { return t.press.neutralPreview(Neutral{Words: t.words}), nil })
}

// draw tries one picture: what has no room of its own keeps clear of the edge and of other words. Text left of inside is the
// badge on a card or a preview, which was looked at for itself.
func (t *trial) draw(surface string, inside [4]float64, what func() (*drawing.Drawing, error)) {
	t.surface = surface
	d, err := what()
	if err != nil {
		return // an unknown tier or paper: not of the artwork
	}
	type placed struct {
		words          string
		x0, y0, x1, y1 float64
	}
	var all []placed
	for _, op := range d.Ops {
		o, ok := op.(drawing.Text)
		if !ok {
			continue
		}
		p := placed{words: o.Line.Text}
		x0, y0, x1, y1 := o.Line.Bounds()
		wider := o.Line.WidthTracked(o.Size, o.Tracking) - o.Line.Width*o.Size
		p.x0, p.y0, p.x1, p.y1 = o.X+x0*o.Size, o.Y-y1*o.Size, o.X+x1*o.Size+wider, o.Y-y0*o.Size
		if p.x0 == p.x1 || p.x1 < inside[0] {
			continue
		}
		if p.x0 < inside[0] || p.y0 < inside[1] || p.x1 > inside[2] || p.y1 > inside[3] {
			t.add(note{words: p.words, touches: "the edge"})
		}
		for _, q := range all {
			if p.x0 < q.x1 && q.x0 < p.x1 && p.y0 < q.y1 && q.y0 < p.y1 {
				words, other := p.words, q.words
				if t.part(words, "") == PartHouse { // the words that an academy can change
					words, other = other, words
				}
				t.add(note{words: words, touches: fmt.Sprintf("%q", other)})
			}
		}
		all = append(all, p)
	}
}
