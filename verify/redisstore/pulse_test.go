package redisstore

import (
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"testamur/verify"
)

// What a beat shows is believed for so long after it was sent, and not a nanosecond longer: pictures for a second, that ours is
// the primary for two.
func TestPulse(t *testing.T) {
	away, lost := error(verify.ErrUnavailable), errLost
	for _, c := range []struct {
		what                string
		beats               bool
		then                time.Duration
		trouble             *error
		fresh, freshGuarded bool // what was read before may be shown
		fit, fitGuarded     bool // it may be asked
	}{
		{"never a beat", false, time.Minute, nil, false, false, true, false},
		{"never a beat, and trouble", false, time.Minute, &away, false, false, false, false},
		{"just now", true, 0, nil, true, true, true, true},
		{"to the end of the second", true, goodFor - 1, nil, true, true, true, true},
		{"a second ago", true, goodFor, nil, false, false, true, true},
		{"two seconds ago", true, confirmedFor, nil, false, false, true, true},
		{"longer ago", true, confirmedFor + 1, nil, false, false, true, false},
		{"trouble since just now", true, goodFor, &away, false, false, true, true},
		{"trouble for longer", true, goodFor + 1, &away, false, false, false, false},
		{"another's", true, 0, &lost, true, true, false, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			var p pulse
			p.begin()
			if c.beats {
				time.Sleep(time.Minute)
				for _, is := range []*atomic.Int64{&p.answered, &p.confirmed, &p.heard} {
					is.Store(p.now())
				}
			}
			time.Sleep(c.then)
			p.trouble.Store(c.trouble)
			if p.fresh(false) != c.fresh || p.fresh(true) != c.freshGuarded {
				t.Errorf("%s: fresh %v, %v", c.what, p.fresh(false), p.fresh(true))
			}
			for guarded, want := range map[bool]bool{false: c.fit, true: c.fitGuarded} {
				if err := p.fit(guarded); (err == nil) != want || err != nil && !errors.Is(err, verify.ErrUnavailable) {
					t.Errorf("%s: fit(%v) is %v", c.what, guarded, err)
				}
			}
		})
	}
	if goodFor != time.Second || confirmedFor != 2*time.Second {
		t.Error("docs/operate.md says a second and two")
	}
}
