package main

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/skip2/go-qrcode"

	"testamur/bench/scene"
	"testamur/render"
	"testamur/render/qr"
)

// patience is how long pieces may take to be ready.
const patience = 90 * time.Second

// product is testamur's own press: a badge is asked of it as the server asks, and each has a code of its own, so that none is
// kept. In the lane named, which is a field of its settings.
func product(lane string) func(*scene.Scene) (peer, error) {
	return func(*scene.Scene) (peer, error) {
		c, err := scene.Config(nil)
		if err != nil {
			return nil, err
		}
		for _, a := range c.Arts { // the background makes pieces of this one alone
			if a.Slug == scene.Certification {
				c.Arts = []render.Art{a}
			}
		}
		plain, err := render.NewPress(c)
		if err != nil {
			return nil, err
		}
		waits := scene.Has(&c, "PieceBytes", 64<<20)
		if lane != "" && !scene.Has(&c, lane, true) {
			return nil, errors.New("this build has no " + strings.ToLower(lane) + " lane")
		}
		p, err := render.NewPress(c)
		if err != nil {
			return nil, err
		}
		// Pieces are made in the background, in turn. Where they are ready the entity tag of what was never drawn is another.
		for deadline := time.Now().Add(patience); waits; time.Sleep(50 * time.Millisecond) {
			ready := true
			for _, side := range scene.Sides {
				v := scene.Of(0, side)
				ready = ready && p.ETag(v) != plain.ETag(v)
			}
			if ready {
				break
			}
			if time.Now().After(deadline) {
				return nil, errors.New("the pieces of the fast lane are not ready")
			}
		}
		// Nor may anything else be made meanwhile: the time of the process is what is measured.
		for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
			before := cpu()
			time.Sleep(500 * time.Millisecond)
			if cpu()-before < 10_000 {
				break
			}
		}
		return func(what string, i int) ([]byte, error) {
			if what == "card" {
				v := scene.Of(i, 640)
				v.Style, v.Height = render.StyleCard, 160
				pic, err := p.Badge(context.Background(), v)
				return pic.Bytes, err
			}
			side, err := strconv.Atoi(what)
			if err != nil {
				return nil, err
			}
			pic, err := p.Badge(context.Background(), scene.Of(i, side))
			return pic.Bytes, err
		}, nil
	}
}

func productPage(*scene.Scene) (peer, error) {
	c, err := scene.Config(nil)
	if err != nil {
		return nil, err
	}
	p, err := render.NewPress(c)
	return func(_ string, i int) ([]byte, error) {
		pic, err := p.Certificate(context.Background(), scene.Value(i))
		return pic.Bytes, err
	}, err
}

func productQR(s *scene.Scene) (peer, error) {
	return func(_ string, i int) ([]byte, error) {
		m, err := qr.Encode(s.URL + scene.Code(i))
		return make([]byte, m.Side), err
	}, nil
}

func skip2Matrix(s *scene.Scene) (peer, error) {
	return func(_ string, i int) ([]byte, error) {
		q, err := qrcode.New(s.URL+scene.Code(i), qrcode.High) // the standard's Q
		if err != nil {
			return nil, err
		}
		q.DisableBorder = true
		return make([]byte, len(q.Bitmap())), nil
	}, nil
}
