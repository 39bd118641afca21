package render

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"
)

// laneConfig has one certification.
func laneConfig(t testing.TB) Config {
	c := testConfig(t)
	c.Arts = []Art{{Slug: "any", Title: "Any Certification", Lettering: "ANY", Kicker: "CERTIFIED", Silhouette: SilhouetteCircle,
		Deep: 0x093E47, Mid: 0x0A646D, Tint: 0xE9ECEF, Accent: 0xFFD27A, IconY: 190, IconScale: 1}}
	return c
}

func at(b Badge, side int) Badge {
	b.Width, b.Height = side, side
	b.ValidTo, b.Code = Date{2030, 7, 31}, "7K3M-9QXT-4P24"
	return b
}

// The pieces of every size of the ladder are made in the background, those that are asked for most first; those that nobody was
// expected to ask for when somebody did.
func TestPressMakesFormsInTheBackground(t *testing.T) {
	c := laneConfig(t)
	p := testPress(t, c)
	var made []look
	p.forms.most, p.forms.ahead = 1<<30, p.looksAhead(c.Arts)
	p.forms.make = func(l look) (*form, error) { made = append(made, l); return &form{bytes: 1}, nil }
	idle := func() bool { p.forms.mu.Lock(); defer p.forms.mu.Unlock(); return !p.forms.busy }
	p.forms.begin()
	until(idle)
	if len(made) != len(ladder)+len(cardLadder) || made[0].width != 300 || made[1].width != 600 {
		t.Errorf("made %v", made)
	}
	for _, side := range ladder {
		if p.form(at(named("A"), side)) == nil {
			t.Errorf("%d is not ready", side)
		}
	}
	for _, w := range cardLadder {
		b := at(named("A"), w)
		if b.Style, b.Height = StyleCard, w/4; p.form(b) == nil {
			t.Errorf("a card of %d is not ready", w)
		}
	}
	for _, size := range [][2]int{{299, 299}, {300, 299}, {32, 32}} {
		b := named("A")
		if b.Width, b.Height = size[0], size[1]; p.form(b) != nil {
			t.Errorf("%v is of the ladder", size)
		}
	}
	p.forms.make = p.newForm
	expired := at(named("A"), 64)
	expired.State = StateExpired
	if p.form(expired) != nil {
		t.Error("an expired badge was expected")
	}
	until(func() bool { return p.form(expired) != nil })
	until(idle)
	b := at(named("A"), 64)
	b.Tier = "wood"
	for range 2 {
		if _, err := p.Badge(t.Context(), b); err == nil {
			t.Error("a badge of no tier is drawn")
		}
		until(idle)
	}
}

// A picture has one tag while it is kept; the lanes have different ones, and each says beforehand which it will be.
func TestPressTagsLanes(t *testing.T) {
	p := testPress(t, laneConfig(t))
	b := at(named("Maya Lindqvist"), 90)
	ask := func() Picture {
		t.Helper()
		tag := p.ETag(b)
		pic, err := p.Badge(t.Context(), b)
		if err != nil || pic.ETag != tag {
			t.Fatalf("the tag is %s, it was said to be %s; %v", pic.ETag, tag, err)
		}
		return pic
	}
	before := ask()
	if err := p.Prepare(b); err != nil {
		t.Fatal(err)
	}
	if kept := ask(); kept.ETag != before.ETag || !bytes.Equal(kept.Bytes, before.Bytes) {
		t.Error("what is kept is another when the pieces are ready")
	}
	p.Forget(false, b.Code)
	after := ask()
	if after.ETag == before.ETag || bytes.Equal(after.Bytes, before.Bytes) {
		t.Error("both lanes have one tag")
	}
	p.Drop(b)
	if kept := ask(); kept.ETag != after.ETag {
		t.Error("what is kept is another when the pieces are gone")
	}
	without := laneConfig(t)
	without.Lossless = true
	q := testPress(t, without)
	if err := q.Prepare(b); err != nil {
		t.Fatal(err)
	}
	if tag := q.ETag(b); tag == before.ETag || tag == after.ETag {
		t.Error("without loss it has the tag of another lane")
	}
	if q.ETag(at(b, 91)) != p.ETag(at(b, 91)) {
		t.Error("the ordinary lane has two tags")
	}
}

// A draw of the fast lane that was under way when its code was forgotten is not kept.
func TestPressForgetsInTheFastLane(t *testing.T) {
	c := laneConfig(t)
	var p *Press
	var during func()
	c.Drawing = func(string) func() { during(); return func() {} }
	p = testPress(t, c)
	b := at(named("Maya Lindqvist"), 90)
	if err := p.Prepare(b); err != nil {
		t.Fatal(err)
	}
	kept := func() bool { _, ok := p.kept.GetIfPresent(b.key()); return ok }
	for what, test := range map[string]struct {
		during func()
		want   bool
	}{
		"undisturbed":   {func() {}, true},
		"forgotten":     {func() { p.Forget(false, b.Code) }, false},
		"gone meantime": {func() { p.Forget(true, b.Code) }, false},
	} {
		p.gone = map[string]struct{}{}
		p.kept.InvalidateAll()
		during = test.during
		if _, err := p.Badge(t.Context(), b); err != nil || kept() != test.want {
			t.Errorf("%s: kept is %v, %v", what, kept(), err)
		}
	}
	p.kept.InvalidateAll()
	p.gone = map[string]struct{}{b.Code: {}}
	during = func() {}
	if _, err := p.Badge(t.Context(), b); err != nil || kept() {
		t.Errorf("gone before: %v, %v", kept(), err)
	}
}

// As many are painted at once as there are desks; who waits for one too long gives up.
func TestPressBoundsTheFastLane(t *testing.T) {
	c := laneConfig(t)
	c.Patience = time.Millisecond
	p := testPress(t, c)
	b := at(named("A"), 64)
	if err := p.Prepare(b); err != nil {
		t.Fatal(err)
	}
	var taken []*desk
	for range cap(p.desks) {
		taken = append(taken, <-p.desks)
	}
	if _, err := p.Badge(t.Context(), b); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("no desk is free: %v", err)
	}
	for _, d := range taken {
		p.desks <- d
	}
	var all sync.WaitGroup
	p.patience = 0
	for i := range 50 {
		all.Go(func() {
			b := b
			b.Name = fmt.Sprint("Maya Lindqvist ", i%7)
			if pic, err := p.Badge(t.Context(), b); err != nil || pic.ETag != p.ETag(b) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if len(p.desks) != cap(p.desks) {
		t.Error("a desk is missing")
	}
}

// Who was refused gets the next larger size that is kept or ready.
func TestPressLarger(t *testing.T) {
	p := testPress(t, laneConfig(t))
	b := at(named("A"), 300)
	larger := func(w, h int) int {
		b := b
		b.Width, b.Height = w, h
		pic, err := p.Larger(t.Context(), b)
		if err != nil {
			if !errors.Is(err, ErrBusy) {
				t.Error(err)
			}
			return 0
		}
		for _, side := range ladder {
			if pic.ETag == p.ETag(at(b, side)) {
				return side
			}
		}
		return -1
	}
	if got := larger(65, 65); got != 0 {
		t.Errorf("nothing is ready, and yet %d", got)
	}
	if err := p.Prepare(at(b, 128)); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Badge(t.Context(), at(b, 400)); err != nil { // kept
		t.Fatal(err)
	}
	for asked, want := range map[[2]int]int{{65, 65}: 128, {32, 900}: 128, {128, 128}: 128, {129, 129}: 400, {1200, 300}: 400, {401, 401}: 0} {
		if got := larger(asked[0], asked[1]); got != want {
			t.Errorf("%v is answered with %d, want %d", asked, got, want)
		}
	}
	b.Style = StylePreview
	if got := larger(1200, 630); got != 0 {
		t.Errorf("a preview is answered with %d", got)
	}
}

// One look whose form breaks ends neither the program nor the making of others; its badges are drawn.
func TestPressSurvivesAFormThatBreaks(t *testing.T) {
	p := testPress(t, laneConfig(t))
	p.forms.most, p.forms.make = 1<<30, func(look) (*form, error) { panic("a name") }
	idle := func() bool { p.forms.mu.Lock(); defer p.forms.mu.Unlock(); return !p.forms.busy }
	b := at(named("Maya Lindqvist"), 90)
	for range 2 {
		pic, err := p.Badge(t.Context(), b)
		if err != nil || pic.ETag != p.plain.etag(b.key()) {
			t.Errorf("%s, %v", pic.ETag, err)
		}
		until(idle)
	}
	p.forms.make = p.newForm
	other := at(b, 64)
	if p.form(other) != nil {
		t.Error("another size was expected")
	}
	until(func() bool { return p.form(other) != nil })
}

// fakeForms makes forms of so many bytes.
func fakeForms(most, each int) *forms {
	return &forms{most: most, kept: map[look]*form{}, make: func(l look) (*form, error) {
		if l.certification == "bad" {
			return nil, errors.New("no")
		}
		return &form{bytes: each}, nil
	}}
}

// What is kept is bounded, and looks that are asked for in turn do not drive each other out.
func TestPressBoundsForms(t *testing.T) {
	f := fakeForms(1000, 300)
	made := 0
	make := f.make
	f.make = func(l look) (*form, error) { made++; return make(l) }
	idle := func() bool { f.mu.Lock(); defer f.mu.Unlock(); return !f.busy }
	of := func(i int) look { return look{certification: fmt.Sprint(i), width: 300} }
	for i := range 100 {
		f.find(of(i%10), true)
		until(idle)
	}
	if len(f.kept) != 3 || f.bytes != 900 || made != 4 {
		t.Errorf("%d forms of %d bytes are kept, %d were made", len(f.kept), f.bytes, made)
	}
	for range longUnused + 200 { // of those that are kept, two are not asked for any more
		f.find(of(0), true)
	}
	f.find(of(7), true)
	until(idle)
	if f.find(of(7), true) == nil || f.find(of(0), true) == nil || f.bytes > 1000 {
		t.Errorf("what is asked for has no place: %d bytes", f.bytes)
	}
	f.find(look{certification: "bad"}, true)
	until(idle)
	made = 0
	for range 10 {
		if f.find(look{certification: "bad"}, true) != nil {
			t.Error("what cannot be made is there")
		}
		until(idle)
	}
	if made != 0 {
		t.Error("what cannot be made is tried again and again")
	}
	none := fakeForms(0, 1)
	if none.find(of(1), true); none.busy || len(none.kept) != 0 {
		t.Error("without room something is made")
	}
}
