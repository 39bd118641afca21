package render

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"testamur/render/drawing"
	"testamur/render/png"
	"testamur/render/raster"
)

// The lanes that a picture may take. The same value has other bytes in each, so the lane is part of the entity tag.
const (
	ordinary = "plain" // drawn as a whole
	fast     = "bands" // the sizes of the ladder: painted on pieces that stand ready
	lossless = "bands without loss"
)

// cardLadder is the widths of the card that embed code uses.
var cardLadder = [...]int{320, 640, 1200}

// look is a badge without its holder: what there are pieces of.
type look struct {
	certification, tier, words string
	state                      State
	style                      Style
	width                      int
}

// lookOf returns the look of a badge; it is false where its size is not of the ladder.
func lookOf(b Badge) (look, bool) {
	l := look{b.Certification, b.Tier, b.Words, b.State, b.Style, b.Width}
	if l.state == StateExpired {
		l.tier = "" // it is not shown
	}
	switch b.Style {
	case StyleSeal:
		return l, b.Height == b.Width && slices.Contains(ladder[:], b.Width)
	case StyleCard:
		return l, 4*b.Height == b.Width && slices.Contains(cardLadder[:], b.Width)
	}
	return l, false
}

// of returns the look's badge of a holder.
func (l look) of(name string, until Date, code string) Badge {
	h := l.width
	if l.style == StyleCard {
		h = l.width / 4
	}
	return Badge{Certification: l.certification, Name: name, State: l.state, ValidTo: until, Code: code, Tier: l.tier, Words: l.words,
		Style: l.style, Width: l.width, Height: h}
}

// form is the pieces of a look. On a card other rows follow from a name of two lines, so it has pieces for either.
type form struct {
	one, two *png.Pieces
	bytes    int
	used     int64 // when it was last asked for, in asks
}

// forms keeps forms, and makes them in the background, one at a time.
type forms struct {
	make func(look) (*form, error)

	mu     sync.Mutex
	kept   map[look]*form // nil where none can be made
	wanted []look         // asked for
	ahead  []look         // not yet
	busy   bool           // they are being made
	bytes  int
	most   int
	asks   int64
	full   bool // one had no room
}

// longUnused is how many asks a form is kept without being one of them, where there is no room for another. So that forms in
// turn do not drive each other out, and the ordinary lane draws what there is no room for.
const longUnused = 4096

// find returns a form if it is ready. Else it is made, if that is wanted, for the next who asks.
func (s *forms) find(l look, wanted bool) *form {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asks++
	found, known := s.kept[l]
	switch {
	case found != nil:
		found.used = s.asks
	case wanted && !known && s.most > 0 && len(s.wanted) < 64 && !slices.Contains(s.wanted, l) && (!s.full || s.unused() != nil):
		s.wanted = append(s.wanted, l)
		s.begin()
	}
	return found
}

// unused returns the look whose form may be dropped for another, nil for none.
func (s *forms) unused() *look {
	var oldest *look
	for l, form := range s.kept {
		if form != nil && form.used < s.asks-longUnused && (oldest == nil || form.used < s.kept[*oldest].used) {
			oldest = &l
		}
	}
	return oldest
}

// begin makes what is wanted, unless it is being made.
func (s *forms) begin() {
	if s.busy {
		return
	}
	s.busy = true
	go func() {
		for {
			l, asked, ok := s.next()
			if !ok {
				return
			}
			start := time.Now()
			made, _ := s.attempt(l) // one that cannot be made is drawn, or refused, by the ordinary lane
			s.keep(l, made)
			if !asked { // nobody waits: half a core at most
				time.Sleep(time.Since(start))
			}
		}
	}()
}

// attempt makes a form. No request waits for it, so a panic would find nobody to answer it.
func (s *forms) attempt(l look) (made *form, err error) {
	defer recovered("form", &err)
	return s.make(l)
}

func (s *forms) next() (l look, asked, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		switch {
		case len(s.wanted) > 0:
			l, s.wanted, asked = s.wanted[0], s.wanted[1:], true
		case len(s.ahead) > 0 && !s.full:
			l, s.ahead, asked = s.ahead[0], s.ahead[1:], false
		default:
			s.busy = false
			return l, false, false
		}
		if _, known := s.kept[l]; !known {
			return l, asked, true
		}
	}
}

func (s *forms) keep(l look, made *form) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if made != nil {
		made.used = s.asks
		for s.bytes += made.bytes; s.bytes > s.most; {
			old := s.unused()
			if old == nil {
				s.bytes -= made.bytes
				s.full = true
				return
			}
			s.bytes -= s.kept[*old].bytes
			delete(s.kept, *old)
		}
	}
	s.kept[l] = made
}

// looksAhead are the looks of valid badges in the first language, those that are asked for most first.
func (p *Press) looksAhead(arts []Art) (all []look) {
	words := p.messages.Whole()[0]
	type size struct {
		style Style
		width int
	}
	sizes := []size{{StyleSeal, 300}, {StyleSeal, 600}, {StyleCard, 640}, {StyleSeal, 150}}
	for _, w := range ladder {
		sizes = append(sizes, size{StyleSeal, w})
	}
	for _, w := range cardLadder {
		sizes = append(sizes, size{StyleCard, w})
	}
	for _, s := range sizes {
		for _, a := range arts {
			for _, tier := range append([]string{""}, a.Tiers...) {
				if l := (look{a.Slug, tier, words, StateValid, s.style, s.width}); !slices.Contains(all, l) {
					all = append(all, l)
				}
			}
		}
	}
	return all
}

// Names that a form is made with: those like most, by which its palette is chosen and measured and its codes are made, and
// those that reach as far up and down as a name may.
var (
	likelyNames = [...]string{"Maya Lindqvist", "Nguyễn Thị Phương Thảo", "Alexandra Konstantinopolsky", "Wilhelmina Charlotte Alexandra Featherstonehaugh",
		"Александра Владимировна Щербакова-Константинова"}
	tallNames = [...]string{"Ậ̂̂g̣̣p", "Ậ̂̂g̣̣pwwwwwwwwwwwwwwwwwwwwwwww Ậ̂̂g̣̣pwwwwwwwwwwwwwwwwwwwwwwwwwwww"}
)

// likelyCodes have every symbol.
var likelyCodes = [...]string{"0123-4567-89AB", "CDEF-GHJK-MNPQ", "RSTV-WXYZ-7K3M"}

// newForm makes the pieces of a look.
func (p *Press) newForm(l look) (*form, error) {
	s := &form{}
	var err error
	if s.one, err = p.pieces(l, false); err == nil && l.style == StyleCard {
		s.two, err = p.pieces(l, true)
	}
	if err != nil {
		return nil, err
	}
	s.bytes = s.one.Bytes()
	if s.two != nil {
		s.bytes += s.two.Bytes()
	}
	return s, nil
}

// pieces makes the pieces of a look, of a card for names of one line or of two.
func (p *Press) pieces(l look, two bool) (*png.Pieces, error) {
	until := Date{2028, 12, 28}
	b := l.of(likelyNames[0], until, likelyCodes[0])
	common, err := p.common(b, two)
	if err != nil {
		return nil, err
	}
	at := placed(common, b.Width, b.Height)
	ground := png.Ground{Pixels: raster.Draw(common, b.Width, b.Height, at), Lossless: p.lossless}
	var filler raster.Filler
	paint := func(b Badge) (func(png.Painter), bool, error) {
		over, lines, err := p.holder(b)
		if err != nil {
			return nil, false, err
		}
		return func(to png.Painter) { over.paint(&filler, to) }, l.style != StyleCard || lines == two, nil
	}
	rows := rowsPainted{painted: make([]bool, b.Height)}
	trial := func(name string, until Date, code string, likely bool) error {
		paint, fits, err := paint(l.of(name, until, code))
		if err != nil || !fits {
			return err
		}
		paint(&rows)
		if likely {
			ground.Samples = append(ground.Samples, paint)
		}
		return nil
	}
	for month := range 12 {
		until.Month = month + 1
		err = cmp.Or(err, trial(likelyNames[month%len(likelyNames)], until, likelyCodes[month%len(likelyCodes)], month < len(likelyNames)))
	}
	for _, name := range tallNames {
		err = cmp.Or(err, trial(name, until, likelyCodes[0], false))
	}
	if err != nil {
		return nil, err
	}
	ground.Bands = rows.bands()
	return png.NewPieces(ground), nil
}

// common returns what is the same for every holder of a look.
func (p *Press) common(b Badge, two bool) (*drawing.Drawing, error) {
	if b.Style == StyleCard {
		return p.cardCommon(b, two)
	}
	return p.seal(b, detailAt(b.Width), common)
}

// overlay is what is a holder's, to be painted on the pieces of a look.
type overlay struct {
	*drawing.Drawing
	w, h int
}

// holder returns what is the holder's of a badge, and whether it is a card's whose name stands on two lines.
func (p *Press) holder(b Badge) (over overlay, two bool, err error) {
	over = overlay{w: b.Width, h: b.Height}
	if b.Style == StyleCard {
		name := p.cardName(b)
		over.Drawing, err = p.cardHolder(b, name)
		return over, len(name.Lines) > 1, err
	}
	over.Drawing, err = p.seal(b, detailAt(b.Width), holders)
	return over, false, err
}

// paint paints fills and text; it is false where there is anything else.
func (o overlay) paint(with *raster.Filler, to png.Painter) bool {
	return with.Fill(o.Drawing, o.w, o.h, placed(o.Drawing, o.w, o.h), func(c drawing.Colour, y, x int, cover []uint8) {
		r, g, b := c.RGB()
		to.Paint(png.Ink{r, g, b}, y, x, cover)
	})
}

// rowsPainted notes which rows are painted.
type rowsPainted struct{ painted []bool }

func (r *rowsPainted) Paint(_ png.Ink, y, _ int, cover []uint8) {
	r.painted[y] = r.painted[y] || slices.ContainsFunc(cover, func(by uint8) bool { return by > 0 })
}

// bands returns the rows that are painted, with one more at either side for letters that round otherwise. Bands that are close
// to each other are one: each of them has codes of its own to send.
func (r *rowsPainted) bands() (all [][2]int) {
	const margin, close = 1, 12
	for y, painted := range r.painted {
		if !painted {
			continue
		}
		from, to := max(0, y-margin), min(len(r.painted), y+1+margin)
		if n := len(all); n > 0 && from-all[n-1][1] < close {
			all[n-1][1] = to
		} else {
			all = append(all, [2]int{from, to})
		}
	}
	return all
}

// desk is what one picture at a time is made with.
type desk struct {
	filler raster.Filler
	png    png.Desk
}

// form returns the pieces that a badge can be painted on, nil where it takes the ordinary lane.
func (p *Press) form(b Badge) *form {
	l, ok := lookOf(b)
	if !ok {
		return nil
	}
	return p.forms.find(l, true)
}

// quick makes a badge on its pieces, in the goroutine of who asks: it takes less than a millisecond. There are as many desks as
// cores. Askers of one badge at the same moment each make it.
func (p *Press) quick(ctx context.Context, k key, b Badge, on *form) (Picture, error) {
	var d *desk
	select {
	case d = <-p.desks:
	default:
		if p.patience > 0 {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, p.patience)
			defer cancel()
		}
		select {
		case d = <-p.desks:
		case <-ctx.Done():
			return Picture{}, ctx.Err()
		}
	}
	p.misses.Add(1)
	before := p.forgets.Load()
	pic, err := p.print(k, p.fast, "image/png", func() ([]byte, error) { return p.drawOn(d, b, on) })
	p.desks <- d
	if err != nil {
		return Picture{}, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, gone := p.gone[k.code]; !gone && p.forgets.Load() == before { // what was read before it was forgotten is not kept
		p.kept.Set(k, pic)
	}
	return pic, nil
}

func (p *Press) drawOn(d *desk, b Badge, on *form) ([]byte, error) {
	data, ok, err := p.paintOn(d, b, on)
	if err == nil && !ok {
		return p.drawBadge(b) // it reaches further than any that we thought of
	}
	return data, err
}

// paintOn makes a badge on its pieces; it is false where they are not made for it.
func (p *Press) paintOn(d *desk, b Badge, on *form) (data []byte, ok bool, err error) {
	over, two, err := p.holder(b)
	if err != nil {
		return nil, false, err
	}
	pieces := on.one
	if two {
		pieces = on.two
	}
	whole := true
	data, ok = pieces.Encode(&d.png, func(to png.Painter) { whole = over.paint(&d.filler, to) })
	return data, ok && whole, nil
}

// Larger returns the badge in the next larger size of the ladder that can be had at once, for who was refused with ErrBusy. It
// fails with ErrBusy too where there is none.
func (p *Press) Larger(ctx context.Context, b Badge) (Picture, error) {
	size := b.Style.bounds()
	widths := ladder[:]
	switch b.Style {
	case StyleCard:
		widths = cardLadder[:]
	case StylePreview:
		widths = nil
	}
	wanted := min(b.Width, b.Height*size.w/size.h) // as wide as it would be drawn
	first := true
	for _, w := range widths {
		if w < wanted {
			continue
		}
		b.Width, b.Height = w, w*size.h/size.w
		k := b.key()
		if pic, ok := p.kept.GetIfPresent(k); ok {
			p.hits.Add(1)
			return pic, nil
		}
		l, _ := lookOf(b)
		if on := p.forms.find(l, first); on != nil {
			return p.quick(ctx, k, b, on)
		}
		first = false // one is made for the next time, not all of them in a rush
	}
	return Picture{}, fmt.Errorf("%w: no larger picture is ready", ErrBusy)
}
