package render

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"

	"testamur/messages"
	"testamur/render/pdf"
	"testamur/render/text"
)

// What a Press answers instead of a picture. Other errors are bad values (a tier that is none, a size out of range) or
// failures of drawing.
var (
	ErrBusy     = errors.New("render: too many pictures are waiting to be drawn; ask again in a moment")
	ErrNameless = errors.New("render: a picture of a credential needs a name")
)

// Config is what a Press draws with.
type Config struct {
	Fonts    *text.Fonts
	Arts     []Art
	Brand    Brand
	URL      string // scheme, host and port of the site, without a path
	Messages *messages.Catalogue

	CacheBytes int64         // of pictures kept
	PieceBytes int64         // of what the fast lane has ready; 0: every picture takes the ordinary lane
	Lossless   bool          // the fast lane keeps every pixel: for tests and measuring
	Workers    int           // pictures drawn at once, at least 1
	Queue      int           // pictures that may wait for a worker
	Patience   time.Duration // how long an asker waits for a draw; 0: as long as its context lasts

	// Drawing, where set, is called when a draw begins, with its kind: badge, card, preview, certificate or neutral. What it
	// returns is called when the draw ends.
	Drawing func(kind string) (drawn func())
}

// Picture is a finished file. Its bytes are shared: do not change them.
type Picture struct {
	Bytes []byte
	ETag  string // strong, with its quotes
	Type  string // media type
	// Waited says that its draw was waited for, so that what it shows may have changed meanwhile.
	Waited bool
}

// Press draws pictures and keeps them. The value drawn is the key, so what is kept can never show another name
// than the one asked for. It is safe for concurrent use.
type Press struct {
	fonts       setter
	arts        map[string]Art
	brand       Brand
	url         string
	messages    *messages.Catalogue
	plain, fast fingerprint // of the lanes
	lossless    bool

	kept     *otter.Cache[key, Picture]
	pages    *otter.Cache[pageKind, *pdf.Template] // of certificates
	begun    func(kind string) (drawn func())
	workers  chan struct{} // one token for each picture being drawn
	queue    int
	patience time.Duration

	mu      sync.Mutex
	drawing map[key]*draw       // waiting for a worker or being drawn
	gone    map[string]struct{} // codes that nobody has any more

	ready sync.Map // Neutral -> Picture, never dropped

	forms   forms
	desks   chan *desk
	forgets atomic.Int64 // calls of Forget and ForgetAll

	draws, hits, misses, refused atomic.Int64
}

// draw is one picture on its way, for any number of askers.
type draw struct {
	done    chan struct{} // closed when picture and err are set
	picture Picture
	err     error
	forget  bool // it is not kept; under mu

	waiting int           // askers; under mu, as begun
	begun   bool          // a worker has it
	dropped chan struct{} // closed when nobody waits any more for what has not begun
}

// Stats are the counts of a Press since it was made, and what it holds now.
type Stats struct {
	Draws   int64 // pictures drawn, failed ones too
	Hits    int64 // asks answered from what is kept
	Misses  int64 // asks that had to wait for a draw
	Refused int64 // asks answered ErrBusy
	Bytes   int64 // kept
	Waiting int   // pictures waiting for a worker
	Drawing int   // pictures being drawn
}

// NewPress checks the settings and draws the neutral picture of the default size. In the background it draws the other ready
// sizes, and makes the pieces of the fast lane.
func NewPress(c Config) (*Press, error) {
	p, err := newPress(c)
	if err != nil {
		return nil, err
	}
	if err := p.prepare(); err != nil {
		return nil, err
	}
	if c.PieceBytes > 0 {
		p.forms.mu.Lock()
		defer p.forms.mu.Unlock()
		p.forms.ahead = p.looksAhead(c.Arts)
		p.forms.begin()
	}
	return p, nil
}

func newPress(c Config) (*Press, error) {
	if c.Fonts == nil || c.Messages == nil || c.Workers < 1 || c.Queue < 0 || c.CacheBytes < 0 || c.PieceBytes < 0 || c.Patience < 0 {
		return nil, errors.New("render: a press needs fonts, messages, one worker or more, and no negative queue, cache, pieces or patience")
	}
	if err := CheckURL(c.URL); err != nil {
		return nil, fmt.Errorf("render: %w", err)
	}
	quick := fast
	if c.Lossless {
		quick = lossless
	}
	made := fingerprintOf(c)
	p := &Press{
		fonts: setter{Fonts: c.Fonts}, brand: c.Brand, url: c.URL, messages: c.Messages,
		plain: made.in(ordinary), fast: made.in(quick), lossless: c.Lossless,
		arts: make(map[string]Art, len(c.Arts)), begun: c.Drawing,
		workers: make(chan struct{}, c.Workers), queue: c.Queue, patience: c.Patience,
		drawing: map[key]*draw{}, gone: map[string]struct{}{},
	}
	p.forms.make, p.forms.kept, p.forms.most = p.newForm, map[look]*form{}, int(c.PieceBytes)
	p.desks = make(chan *desk, runtime.GOMAXPROCS(0))
	for range cap(p.desks) {
		p.desks <- &desk{}
	}
	for _, a := range c.Arts {
		p.arts[a.Slug] = a
	}
	var err error
	p.kept, err = otter.New(&otter.Options[key, Picture]{
		MaximumWeight: uint64(c.CacheBytes),
		Weigher:       func(_ key, pic Picture) uint32 { return uint32(cap(pic.Bytes)) + overhead },
	})
	if err != nil {
		return nil, fmt.Errorf("render: cache of pictures: %w", err)
	}
	if p.pages, err = otter.New(&otter.Options[pageKind, *pdf.Template]{MaximumSize: maxPages}); err != nil {
		return nil, fmt.Errorf("render: cache of pages: %w", err)
	}
	if p.fonts.known, err = otter.New(&otter.Options[knownLine, text.Line]{MaximumSize: maxKnown}); err != nil {
		return nil, fmt.Errorf("render: cache of lines: %w", err)
	}
	return p, nil
}

// overhead is about what key and entry take beside the bytes of a picture.
const overhead = 750

// ETag returns the entity tag that the picture of a Badge, Neutral or Certificate has or will have, without drawing it; empty
// for any other type. It is that of the lane in which the picture would be drawn now, unless it is kept: then what is kept
// counts, so that the pieces of a size may become ready without a picture having two tags.
func (p *Press) ETag(of any) string {
	var k key
	switch v := of.(type) { // a call by way of an interface would take memory
	case Badge:
		k = v.key()
	case Neutral:
		k = v.key()
	case Certificate:
		k = v.key()
	default:
		return ""
	}
	if pic, ok := p.kept.GetIfPresent(k); ok {
		return pic.ETag
	}
	if b, ok := of.(Badge); ok && p.form(b) != nil {
		return p.fast.etag(k)
	}
	return p.plain.etag(k)
}

// Badge returns the badge in its style as PNG. It fails with ErrNameless, with ErrBusy when the queue is full, and with the
// context's error when that ends first.
func (p *Press) Badge(ctx context.Context, b Badge) (Picture, error) {
	if b.Name == "" {
		return Picture{}, ErrNameless
	}
	if err := b.Style.check(b.Width, b.Height); err != nil {
		return Picture{}, err
	}
	k := b.key()
	if pic, ok := p.kept.GetIfPresent(k); ok {
		p.hits.Add(1)
		return pic, nil
	}
	return p.newBadge(ctx, k, b)
}

// newBadge is apart from Badge because what it hands to a draw would take memory for each badge that is kept, too.
func (p *Press) newBadge(ctx context.Context, k key, b Badge) (Picture, error) {
	if on := p.form(b); on != nil {
		return p.quick(ctx, k, b, on)
	}
	return p.picture(ctx, k, "image/png", func() ([]byte, error) { return p.drawBadge(b) })
}

// Neutral returns the neutral picture as PNG. It fails as Badge does.
func (p *Press) Neutral(ctx context.Context, n Neutral) (Picture, error) {
	if pic, ok := p.ready.Load(n); ok {
		p.hits.Add(1)
		return pic.(Picture), nil
	}
	if err := n.Style.check(n.Width, n.Height); err != nil {
		return Picture{}, err
	}
	return p.picture(ctx, n.key(), "image/png", func() ([]byte, error) { return p.drawNeutral(n) })
}

// Certificate returns the certificate as PDF or, where it has a width, as PNG. It fails as Badge does.
func (p *Press) Certificate(ctx context.Context, c Certificate) (Picture, error) {
	if c.Name == "" {
		return Picture{}, ErrNameless
	}
	if c.Width == 0 {
		return p.picture(ctx, c.key(), "application/pdf", func() ([]byte, error) { return p.drawCertificate(c) })
	}
	if c.Width < CertificateMinWidth || c.Width > CertificateMaxWidth {
		return Picture{}, fmt.Errorf("render: a certificate %d pixels wide: give %d to %d", c.Width, CertificateMinWidth, CertificateMaxWidth)
	}
	return p.picture(ctx, c.key(), "image/png", func() ([]byte, error) { return p.drawCertificatePicture(c) })
}

// picture answers from what is kept, or joins the draw that is under way, or starts it.
func (p *Press) picture(ctx context.Context, k key, mime string, how func() ([]byte, error)) (Picture, error) {
	if pic, ok := p.kept.GetIfPresent(k); ok {
		p.hits.Add(1)
		return pic, nil
	}
	if err := ctx.Err(); err != nil {
		return Picture{}, err
	}
	if p.patience > 0 { // only now: what is kept costs no timer
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, p.patience)
		defer cancel()
	}
	d, err := p.begin(k, mime, how)
	if err != nil {
		return Picture{}, err
	}
	select {
	case <-d.done:
		pic := d.picture
		pic.Waited = true
		return pic, d.err
	case <-ctx.Done():
		p.leave(k, d)
		return Picture{}, ctx.Err()
	}
}

// leave is of an asker who waits no longer. What is being drawn is finished, since the next one wants it; what is not yet
// makes room in the queue once nobody waits for it.
func (p *Press) leave(k key, d *draw) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if d.waiting--; d.waiting == 0 && !d.begun {
		delete(p.drawing, k)
		close(d.dropped)
	}
}

// begin returns the draw of a key, a new one or the one under way, with one more asker.
func (p *Press) begin(k key, mime string, how func() ([]byte, error)) (*draw, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if d, ok := p.drawing[k]; ok {
		p.misses.Add(1)
		d.waiting++
		return d, nil
	}
	if pic, ok := p.kept.GetIfPresent(k); ok { // finished between the first look and the lock
		p.hits.Add(1)
		d := &draw{done: make(chan struct{}), picture: pic}
		close(d.done)
		return d, nil
	}
	if len(p.drawing) >= cap(p.workers)+p.queue {
		p.refused.Add(1)
		return nil, ErrBusy
	}
	p.misses.Add(1)
	d := &draw{done: make(chan struct{}), waiting: 1, dropped: make(chan struct{})}
	p.drawing[k] = d
	go func() {
		select {
		case p.workers <- struct{}{}:
		case <-d.dropped:
			return
		}
		p.mu.Lock()
		d.begun = d.waiting > 0
		p.mu.Unlock()
		if !d.begun { // the last one left at the same moment
			<-p.workers
			return
		}
		d.picture, d.err = p.print(k, p.plain, mime, how)
		p.mu.Lock()
		if _, gone := p.gone[k.code]; d.err == nil && !d.forget && !gone {
			p.kept.Set(k, d.picture)
		}
		delete(p.drawing, k)
		p.mu.Unlock()
		<-p.workers
		close(d.done)
	}()
	return d, nil
}

// Forget drops the pictures of codes from memory, with those being drawn: a name that is changed or erased does not stay.
// Codes that are gone are never used again, and nothing of them is kept from then on; who asked before may draw it still.
func (p *Press) Forget(gone bool, codes ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.forgets.Add(1)
	if gone {
		for _, c := range codes {
			p.gone[c] = struct{}{}
		}
	}
	for k, d := range p.drawing {
		d.forget = d.forget || slices.Contains(codes, k.code)
	}
	for k := range p.kept.Keys() {
		if slices.Contains(codes, k.code) {
			p.kept.Invalidate(k)
		}
	}
	p.kept.CleanUp() // or its queues hold what was dropped
}

// ForgetAll drops all pictures from memory, with those being drawn: for who cannot say whose name was changed or erased.
func (p *Press) ForgetAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.forgets.Add(1)
	for _, d := range p.drawing {
		d.forget = true
	}
	p.kept.InvalidateAll()
	p.kept.CleanUp()
}

// recovered, deferred, makes a panic the error of who draws, so that one bad value cannot end the program. Its text may hold a
// name, so only that of the language's own panics goes on.
func recovered(kind string, err *error) {
	switch r := recover().(type) {
	case nil:
	case runtime.Error:
		*err = fmt.Errorf("render: drawing a %s panicked: %w\n%s", kind, r, debug.Stack())
	default:
		*err = fmt.Errorf("render: drawing a %s panicked with a %T\n%s", kind, r, debug.Stack())
	}
}

// print makes one picture. lane is the one in which it is made.
func (p *Press) print(k key, lane fingerprint, mime string, how func() ([]byte, error)) (pic Picture, err error) {
	defer recovered(k.kind, &err)
	p.draws.Add(1)
	if p.begun != nil {
		defer p.begun(k.kind)()
	}
	bytes, err := how()
	if err != nil {
		return Picture{}, err
	}
	return Picture{Bytes: bytes, ETag: lane.etag(k), Type: mime}, nil
}

// Stats returns the counts.
func (p *Press) Stats() Stats {
	p.kept.CleanUp() // or Bytes is behind what is kept
	p.mu.Lock()
	pending, busy := len(p.drawing), len(p.workers)
	p.mu.Unlock()
	return Stats{
		Draws: p.draws.Load(), Hits: p.hits.Load(), Misses: p.misses.Load(), Refused: p.refused.Load(),
		Bytes: int64(p.kept.WeightedSize()), Waiting: max(0, pending-busy), Drawing: busy,
	}
}
