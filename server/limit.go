package server

import (
	"bytes"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"
)

// limiter counts what happens in a minute, by name. It is bounded: when too many names are about, it forgets those
// of minutes past, and in the worst case all.
type limiter struct {
	most    int
	mu      sync.Mutex
	count   map[string]window
	refused atomic.Int64
}

type window struct {
	minute int64
	n      int
}

const maxNames = 1 << 16

func newLimiter(most int) *limiter { return &limiter{most: most, count: map[string]window{}} }

// take reports whether name may once more in the minute of now.
func (l *limiter) take(name string, now time.Time) bool {
	minute := now.Unix() / 60
	l.mu.Lock()
	defer l.mu.Unlock()
	w, known := l.count[name]
	if w.minute != minute {
		w = window{minute: minute}
	}
	if w.n >= l.most {
		l.refused.Add(1)
		return false
	}
	w.n++
	if !known && len(l.count) >= maxNames {
		for k, old := range l.count {
			if old.minute != minute {
				delete(l.count, k)
			}
		}
		if len(l.count) >= maxNames {
			clear(l.count)
		}
	}
	l.count[strings.Clone(name)] = w
	return true
}

// untilNextMinute is when limits count anew.
func untilNextMinute(now time.Time) time.Duration {
	return time.Duration(60-now.Unix()%60) * time.Second
}

// neighbourhood is the network of the client, /32 or /64. X-Forwarded-For is read from its end, past the proxies that
// are trusted; what others write in front of them is not believed.
func (s *Server) neighbourhood(c *fiber.Ctx) string {
	address, ok := netip.AddrFromSlice(c.Context().RemoteIP())
	if !ok {
		return ""
	}
	address = address.Unmap()
	if s.trusted(address) {
		hops := strings.Split(string(bytes.Join(c.Request().Header.PeekAll(fiber.HeaderXForwardedFor), []byte(","))), ",")
		for i := len(hops) - 1; i >= 0 && s.trusted(address); i-- {
			hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
			if err != nil {
				break
			}
			address = hop.Unmap()
		}
	}
	bits := 32
	if address.Is6() {
		bits = 64
	}
	network, err := address.WithZone("").Prefix(bits)
	if err != nil {
		return ""
	}
	return network.String()
}

func (s *Server) trusted(a netip.Addr) bool {
	for _, p := range s.TrustedProxies {
		if p.Contains(a) {
			return true
		}
	}
	return false
}
