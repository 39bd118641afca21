package render

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"maps"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"testamur/assets"
	"testamur/fonts"
	"testamur/messages"
	"testamur/render/drawing"
	"testamur/render/text"
)

// testConfig has no certifications.
func testConfig(t testing.TB) Config {
	t.Helper()
	faces, err := text.Load(fonts.Files)
	if err != nil {
		t.Fatal(err)
	}
	folder, err := fs.Sub(assets.Files, "messages")
	if err != nil {
		t.Fatal(err)
	}
	words, err := messages.Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	return Config{
		Fonts: faces, Messages: words, URL: "https://academy.example.org", CacheBytes: 64 << 20, Workers: 2, Queue: 8,
		Brand: Brand{Name: "Inbound Academy", Wordmark: "INBOUND ACADEMY", Address: "academy.example.org",
			Mark: Icon{{Path: drawing.Circle(300, 205, 60), Width: 12}}},
	}
}

// testPress has no ready pictures, so that the counts are the test's own.
func testPress(t testing.TB, c Config) *Press {
	t.Helper()
	p, err := newPress(c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *Press) sizesReady() (sides []int) {
	p.ready.Range(func(k, _ any) bool {
		sides = append(sides, k.(Neutral).Width)
		return true
	})
	return sides
}

func named(name string) Badge {
	return Badge{Certification: "any", Name: name, State: StateValid, Words: "en", Width: 300, Height: 300}
}

// until waits for what other goroutines bring about.
func until(done func() bool) {
	for !done() {
		runtime.Gosched()
	}
}

func TestPressDrawsOnceForAllAskers(t *testing.T) {
	const askers = 1000
	p := testPress(t, testConfig(t))
	draws, release := atomic.Int64{}, make(chan struct{})
	var all sync.WaitGroup
	for range askers {
		all.Go(func() {
			pic, err := p.picture(t.Context(), named("Maya Lindqvist").key(), "image/png", func() ([]byte, error) {
				draws.Add(1)
				<-release
				return []byte("drawn"), nil
			})
			if err != nil || string(pic.Bytes) != "drawn" || pic.ETag != p.ETag(named("Maya Lindqvist")) || pic.Type != "image/png" {
				t.Errorf("got %v, %v", pic, err)
			}
		})
	}
	until(func() bool { return p.Stats().Misses == askers })
	close(release)
	all.Wait()
	if n := draws.Load(); n != 1 {
		t.Errorf("%d draws for %d askers, want 1", n, askers)
	}
	after := p.Stats()
	if after.Draws != 1 || after.Waiting != 0 || after.Drawing != 0 || after.Bytes == 0 {
		t.Errorf("stats are %+v", after)
	}
	if _, err := p.picture(t.Context(), named("Maya Lindqvist").key(), "", nil); err != nil { // kept
		t.Error(err)
	}
	if p.Stats().Hits != after.Hits+1 {
		t.Error("the picture kept was no hit")
	}
}

func TestPressRefusesWhenTheQueueIsFull(t *testing.T) {
	c := testConfig(t)
	c.Workers, c.Queue = 1, 2
	p := testPress(t, c)
	release := make(chan struct{})
	slow := func() ([]byte, error) { <-release; return []byte("drawn"), nil }
	var all sync.WaitGroup
	for _, name := range []string{"A", "B", "C"} {
		all.Go(func() {
			if _, err := p.picture(t.Context(), named(name).key(), "", slow); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
	until(func() bool { s := p.Stats(); return s.Drawing == 1 && s.Waiting == 2 })
	if _, err := p.picture(t.Context(), named("D").key(), "", slow); !errors.Is(err, ErrBusy) {
		t.Errorf("over the queue: %v, want ErrBusy", err)
	}
	misses := p.Stats().Misses
	all.Go(func() { // one that is under way may be joined
		if _, err := p.picture(t.Context(), named("C").key(), "", nil); err != nil {
			t.Errorf("joining: %v", err)
		}
	})
	until(func() bool { return p.Stats().Misses == misses+1 })
	close(release)
	all.Wait()
	if n := p.Stats().Refused; n != 1 {
		t.Errorf("%d refused, want 1", n)
	}
	if _, err := p.picture(t.Context(), named("D").key(), "", slow); err != nil {
		t.Errorf("after the rush: %v", err)
	}
}

func TestPressBoundsWhatIsDrawnAtOnce(t *testing.T) {
	c := testConfig(t)
	c.Workers, c.Queue = 3, 100
	p := testPress(t, c)
	var now, most atomic.Int64
	var all sync.WaitGroup
	for i := range 60 {
		all.Go(func() {
			_, err := p.picture(t.Context(), named(strings.Repeat("a", i+1)).key(), "", func() ([]byte, error) {
				n := now.Add(1)
				for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
				}
				runtime.Gosched()
				now.Add(-1)
				return []byte("drawn"), nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := most.Load(); n > 3 {
		t.Errorf("%d drawn at once, want 3 at most", n)
	}
}

func TestPressGivenUpAskerLeavesTheDrawToOthers(t *testing.T) {
	p := testPress(t, testConfig(t))
	release := make(chan struct{})
	slow := func() ([]byte, error) { <-release; return []byte("drawn"), nil }
	ctx, giveUp := context.WithCancel(t.Context())
	var first, second sync.WaitGroup
	first.Go(func() {
		if _, err := p.picture(ctx, named("A").key(), "", slow); !errors.Is(err, context.Canceled) {
			t.Errorf("given up: %v", err)
		}
	})
	until(func() bool { return p.Stats().Misses == 1 })
	second.Go(func() {
		if pic, err := p.picture(t.Context(), named("A").key(), "", nil); err != nil || string(pic.Bytes) != "drawn" {
			t.Errorf("the other asker: %v, %v", pic, err)
		}
	})
	until(func() bool { return p.Stats().Misses == 2 })
	giveUp()
	first.Wait()
	close(release)
	second.Wait()
	if _, err := p.picture(ctx, named("B").key(), "", slow); !errors.Is(err, context.Canceled) {
		t.Errorf("given up before asking: %v", err)
	}
	if n := p.Stats().Draws; n != 1 {
		t.Errorf("%d draws, want 1", n)
	}
}

// What waits for a worker leaves the queue when the last who asked for it has given up; what is being drawn is finished.
func TestPressDropsWhatNobodyWaitsFor(t *testing.T) {
	c := testConfig(t)
	c.Workers, c.Queue = 1, 2
	p := testPress(t, c)
	release := make(chan struct{})
	var drawn []string // by the one worker
	var all sync.WaitGroup
	ask := func(name string) (giveUp func()) {
		asked := func() int64 { s := p.Stats(); return s.Misses + s.Refused }
		before := asked()
		ctx, cancel := context.WithCancel(t.Context())
		left := make(chan struct{})
		all.Go(func() {
			defer close(left)
			_, err := p.picture(ctx, named(name).key(), "", func() ([]byte, error) {
				<-release
				drawn = append(drawn, name)
				return []byte("drawn"), nil
			})
			if err != nil && !errors.Is(err, context.Canceled) {
				t.Errorf("%s: %v", name, err)
			}
		})
		until(func() bool { return asked() > before })
		return func() { cancel(); <-left }
	}
	first := ask("A")
	until(func() bool { return p.Stats().Drawing == 1 && p.Stats().Waiting == 0 })
	one, other, alone := ask("B"), ask("B"), ask("C")
	first()
	one()
	if n := p.Stats().Waiting; n != 2 {
		t.Errorf("%d wait, want B and C", n)
	}
	alone()
	if n := p.Stats().Waiting; n != 1 {
		t.Errorf("%d wait, want B", n)
	}
	ask("D") // has room now
	again := ask("B")
	again()
	close(release)
	all.Wait()
	until(func() bool { return p.Stats().Drawing == 0 })
	if !slices.Equal(drawn, []string{"A", "B", "D"}) {
		t.Errorf("drawn: %v", drawn)
	}
	other()
	if s := p.Stats(); s.Waiting != 0 || s.Draws != 3 || s.Refused != 0 {
		t.Errorf("%+v", s)
	}
	for _, name := range drawn {
		if _, kept := p.kept.GetIfPresent(named(name).key()); !kept {
			t.Errorf("%s is not kept", name)
		}
	}
}

// Askers come and go, and each who stays has its picture.
func TestPressDropsAndDrawsAtOnce(t *testing.T) {
	c := testConfig(t)
	c.CacheBytes, c.Workers, c.Queue = 1, 1, 100
	p := testPress(t, c)
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			for range 100 {
				ctx, cancel := context.WithCancel(t.Context())
				if i%2 == 0 {
					go cancel()
				}
				pic, err := p.picture(ctx, named(string(rune('A'+i/4))).key(), "", func() ([]byte, error) { return []byte("drawn"), nil })
				if (err == nil) != (string(pic.Bytes) == "drawn") || err != nil && (i%2 != 0 || !errors.Is(err, context.Canceled)) {
					t.Errorf("%q, %v", pic.Bytes, err)
				}
				cancel()
			}
		})
	}
	all.Wait()
	until(func() bool { return p.Stats().Drawing == 0 })
	if s := p.Stats(); s.Waiting != 0 {
		t.Errorf("%+v", s)
	}
}

func TestPressPanicIsAnError(t *testing.T) {
	c := testConfig(t)
	c.Workers, c.Queue = 1, 0
	p := testPress(t, c)
	var none map[string]int
	for want, how := range map[string]func() ([]byte, error){ // the only worker is free again each time
		"panicked with a string":     func() ([]byte, error) { panic("no glyph for Maya Lindqvist") },
		"panicked with a *errors.":   func() ([]byte, error) { panic(errors.New("Maya Lindqvist")) },
		"assignment to entry in nil": func() ([]byte, error) { none["Maya Lindqvist"] = 1; return nil, nil },
	} {
		_, err := p.picture(t.Context(), named("Maya Lindqvist").key(), "", how)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "press_test.go") {
			t.Fatalf("got %v, want %s and where", err, want)
		}
		if strings.Contains(err.Error(), "Maya") {
			t.Errorf("the error shows a name: %v", err)
		}
	}
	if pic, err := p.picture(t.Context(), named("A").key(), "", func() ([]byte, error) { return []byte("drawn"), nil }); err != nil || string(pic.Bytes) != "drawn" {
		t.Errorf("afterwards: %v, %v", pic, err)
	}
}

// Each draw is announced with its kind, and its end too, also where it fails.
func TestPressAnnouncesDraws(t *testing.T) {
	c := testConfig(t)
	begun, ended := map[string]int{}, map[string]int{}
	c.Workers = 1
	c.Drawing = func(kind string) func() {
		begun[kind]++
		return func() { ended[kind]++ }
	}
	p := testPress(t, c)
	for i, k := range []key{named("A").key(), Badge{Style: StyleCard}.key(), Badge{Style: StylePreview}.key(), Neutral{Width: 1}.key(),
		Neutral{Style: StyleCard}.key(), Certificate{}.key()} {
		for range 2 { // kept the second time
			p.picture(t.Context(), k, "", func() ([]byte, error) {
				if i == 0 {
					panic("")
				}
				return []byte("drawn"), nil
			})
		}
	}
	want := map[string]int{"badge": 2, "card": 1, "preview": 1, "neutral": 2, "certificate": 1}
	if !maps.Equal(begun, want) || !maps.Equal(ended, want) {
		t.Errorf("begun %v, ended %v", begun, ended)
	}
}

func TestPressDoesNotKeepFailures(t *testing.T) {
	p := testPress(t, testConfig(t))
	failure := errors.New("no")
	for range 2 {
		if _, err := p.picture(t.Context(), named("A").key(), "", func() ([]byte, error) { return nil, failure }); !errors.Is(err, failure) {
			t.Fatalf("got %v", err)
		}
	}
	if n := p.Stats().Draws; n != 2 {
		t.Errorf("%d draws", n)
	}
}

func TestPressKeepsBoundedBytes(t *testing.T) {
	c := testConfig(t)
	c.CacheBytes = 100_000
	p := testPress(t, c)
	for i := range 500 {
		if _, err := p.picture(t.Context(), named(strings.Repeat("a", i+1)).key(), "", func() ([]byte, error) { return make([]byte, 3000), nil }); err != nil {
			t.Fatal(err)
		}
	}
	p.kept.CleanUp()
	if n := p.Stats().Bytes; n > c.CacheBytes || n < c.CacheBytes/2 {
		t.Errorf("%d bytes kept, want %d at most and not much less", n, c.CacheBytes)
	}
}

// What is forgotten is drawn anew; a code that is gone is kept no more, whoever is still drawing it.
func TestPressForgets(t *testing.T) {
	p := testPress(t, testConfig(t))
	of := func(code string, side int) key {
		b := named("Maya Lindqvist")
		b.Code, b.Width, b.Height = code, side, side
		return b.key()
	}
	drawn := func() ([]byte, error) { return []byte("drawn"), nil }
	ask := func(k key, how func() ([]byte, error)) {
		if _, err := p.picture(t.Context(), k, "", how); err != nil {
			t.Error(err)
		}
	}
	ask(of("A", 64), drawn)
	ask(of("A", 128), drawn)
	ask(Certificate{Name: "Maya Lindqvist", Code: "A"}.key(), drawn)
	ask(of("B", 64), drawn)
	ask(of("C", 64), drawn)
	release := make(chan struct{})
	slow := func() ([]byte, error) { <-release; return []byte("drawn"), nil }
	var group sync.WaitGroup
	group.Go(func() { ask(of("A", 300), slow) })
	group.Go(func() { ask(of("C", 300), slow) })
	until(func() bool { return p.Stats().Drawing == 2 })
	p.Forget(false, "A")
	p.Forget(true, "B")
	close(release)
	group.Wait()
	ask(of("B", 128), drawn) // by who asked before it was gone
	ask(of("A", 64), drawn)  // under another name
	kept := map[string]int{}
	for k := range p.kept.Keys() {
		kept[k.code]++
	}
	if want := map[string]int{"A": 1, "C": 2}; !maps.Equal(kept, want) {
		t.Errorf("kept %v, want %v", kept, want)
	}
}

// Where it is not known whose name was changed, all of them are drawn anew.
func TestPressForgetsAll(t *testing.T) {
	c := laneConfig(t)
	var during func()
	c.Drawing = func(string) func() { during(); return func() {} }
	p := testPress(t, c)
	quick := at(named("Maya Lindqvist"), 90)
	if err := p.Prepare(quick); err != nil {
		t.Fatal(err)
	}
	kept := func() (n int) {
		for range p.kept.Keys() {
			n++
		}
		return n
	}
	for what, test := range map[string]struct {
		during func()
		want   int
	}{"undisturbed": {func() {}, 2}, "forgotten meanwhile": {p.ForgetAll, 0}} {
		during = test.during
		for _, b := range []Badge{quick, at(quick, 91)} { // of the fast lane, and of the ordinary one
			if _, err := p.Badge(t.Context(), b); err != nil {
				t.Fatal(err)
			}
		}
		if n := kept(); n != test.want {
			t.Errorf("%s: %d are kept, want %d", what, n, test.want)
		}
		p.ForgetAll()
		if n := kept(); n != 0 || p.Stats().Bytes != 0 {
			t.Errorf("%s, then forgotten: %d are kept, of %d bytes", what, n, p.Stats().Bytes)
		}
	}
}

func TestPressReadyNeutral(t *testing.T) {
	p, err := NewPress(testConfig(t))
	if err != nil {
		t.Fatal(err)
	}
	if pic := p.ReadyNeutral(Neutral{Words: "en", Width: 5, Height: 1 << 30}); len(pic.Bytes) == 0 || pic.Type != "image/png" || pic.ETag == "" {
		t.Error("nothing is ready at the start")
	}
	now, later := readySizes("en")
	until(func() bool { return len(p.sizesReady()) == len(now)+len(later) })
	draws := p.Stats().Draws
	for _, test := range []struct {
		asked Neutral
		side  int
	}{
		{Neutral{Words: "en", Width: 64, Height: 64}, 64}, {Neutral{Words: "en", Width: 65, Height: 65}, 90}, {Neutral{Words: "en", Width: 32, Height: 900}, 64}, {Neutral{Words: "en", Width: 500, Height: 400}, 400},
		{Neutral{Words: "en", Width: 1200, Height: 1200}, 1200}, {Neutral{Words: "en", Width: 5000, Height: 5000}, 1200}, {Neutral{Words: "xx", Width: 300, Height: 300}, 300},
	} {
		want, err := p.Neutral(t.Context(), Neutral{Words: "en", Width: test.side, Height: test.side})
		if err != nil {
			t.Fatal(err)
		}
		if got := p.ReadyNeutral(test.asked); got.ETag != want.ETag || !bytes.Equal(got.Bytes, want.Bytes) {
			t.Errorf("%+v is not answered with %d", test.asked, test.side)
		}
	}
	if p.Stats().Draws != draws {
		t.Error("a ready picture was drawn again")
	}
	odd, err := p.Neutral(t.Context(), Neutral{Words: "en", Width: 77, Height: 99})
	if err != nil {
		t.Fatal(err)
	}
	if got := p.ReadyNeutral(Neutral{Words: "en", Width: 77, Height: 99}); got.ETag != odd.ETag {
		t.Error("a size drawn before is not used")
	}
}

func TestPressRefusesBadValues(t *testing.T) {
	p := testPress(t, testConfig(t))
	if _, err := p.Badge(t.Context(), named("")); !errors.Is(err, ErrNameless) {
		t.Errorf("badge without a name: %v", err)
	}
	if _, err := p.Certificate(t.Context(), Certificate{}); !errors.Is(err, ErrNameless) {
		t.Errorf("certificate without a name: %v", err)
	}
	wooden := named("A")
	wooden.Tier = "wood"
	if _, err := p.Badge(t.Context(), wooden); err == nil || !strings.Contains(err.Error(), `"wood"`) {
		t.Errorf("unknown tier: %v", err)
	}
	for _, size := range [][2]int{{0, 0}, {31, 300}, {300, 31}, {1201, 300}, {300, 1201}, {-300, 300}, {300, 1 << 40}} {
		if _, err := p.Neutral(t.Context(), Neutral{Words: "en", Width: size[0], Height: size[1]}); err == nil {
			t.Errorf("%v is drawn", size)
		}
		b := named("A")
		b.Width, b.Height = size[0], size[1]
		if _, err := p.Badge(t.Context(), b); err == nil {
			t.Errorf("%v is drawn", size)
		}
	}
	for _, spoil := range []func(*Config){
		func(c *Config) { c.Fonts = nil }, func(c *Config) { c.Messages = nil }, func(c *Config) { c.Workers = 0 },
		func(c *Config) { c.Queue = -1 }, func(c *Config) { c.CacheBytes = -1 },
	} {
		c := testConfig(t)
		spoil(&c)
		if _, err := NewPress(c); err == nil {
			t.Errorf("a press is made of %+v", c)
		}
	}
}

// Every field of a value and everything a picture depends on changes the tag; nothing else does.
func TestETag(t *testing.T) {
	c := testConfig(t)
	c.Arts = []Art{{Slug: "inbound", Title: "Inbound Certification", Editions: map[string]string{"2013": "nine classes", "2014": "eleven classes"}}}
	p := testPress(t, c)
	seen := map[string]string{}
	once := func(what, tag string) {
		if other, double := seen[tag]; double {
			t.Errorf("%s has the tag of %s", what, other)
		}
		seen[tag] = what
		if len(tag) != 34 || tag[0] != '"' || tag[33] != '"' || strings.ContainsAny(tag[1:33], `"\ `) {
			t.Errorf("%s has the tag %s", what, tag)
		}
	}
	for _, v := range []any{Badge{}, Neutral{}, Certificate{}} {
		kind := reflect.TypeOf(v)
		once(kind.Name(), p.ETag(v))
		eachField(kind, nil, func(name string, index []int) {
			changed := reflect.New(kind).Elem()
			switch f := changed.FieldByIndex(index); f.Kind() {
			case reflect.String:
				f.SetString("x")
			case reflect.Int:
				f.SetInt(1)
			case reflect.Bool:
				f.SetBool(true)
			default:
				t.Fatalf("%s: a field of a kind this test does not know", name)
			}
			once(kind.Name()+name, p.ETag(changed.Interface()))
		})
	}
	once("fields run together", p.ETag(Badge{Certification: "xx"}))
	once("fields run together", p.ETag(Badge{Certification: "x", Edition: "x"}))

	for name, change := range map[string]func(*Config){
		"name":     func(c *Config) { c.Brand.Name = "x" },
		"wordmark": func(c *Config) { c.Brand.Wordmark = "x" },
		"role":     func(c *Config) { c.Brand.Signature.Role = "x" },
		"mark":     func(c *Config) { c.Brand.Mark = Icon{{Path: drawing.Circle(300, 205, 60), Width: 13}} },
		"URL":      func(c *Config) { c.URL = "http://academy.example.org" },
		"title":    func(c *Config) { c.Arts = []Art{{Slug: "inbound", Title: "x"}} },
	} {
		other := c
		change(&other)
		once(name, testPress(t, other).ETag(Badge{}))
	}
	again := testConfig(t)
	again.Arts, again.Workers, again.CacheBytes = c.Arts, 1, 1
	if got := testPress(t, again).ETag(Badge{}); seen[got] != "Badge" {
		t.Error("another press with the same artwork and words has another tag")
	}
	if got := p.ETag("a string"); got != "" {
		t.Errorf("what cannot be drawn has the tag %s", got)
	}
}

func eachField(kind reflect.Type, at []int, do func(name string, index []int)) {
	for i := range kind.NumField() {
		index := append(append([]int{}, at...), i)
		if f := kind.Field(i); f.Type.Kind() == reflect.Struct {
			eachField(f.Type, index, func(name string, index []int) { do("."+f.Name+name, index) })
		} else {
			do("."+f.Name, index)
		}
	}
}

func BenchmarkPressHit(b *testing.B) {
	p := testPress(b, testConfig(b))
	v := named("Maya Lindqvist")
	if _, err := p.picture(b.Context(), v.key(), "image/png", func() ([]byte, error) { return make([]byte, 70_000), nil }); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Badge(b.Context(), v); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkETag(b *testing.B) {
	p := testPress(b, testConfig(b))
	v := named("Maya Lindqvist")
	b.ReportAllocs()
	for b.Loop() {
		p.ETag(v)
	}
}
