package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// script writes what wrk runs to ask for path of one code after the other; a step that has no factor in common with their number
// reaches all of them, in an order that no cache likes.
func script(name, codes, before, after string, step int) error {
	return os.WriteFile(name, fmt.Appendf(nil, `local codes = {}
for l in io.lines(%q) do codes[#codes + 1] = l end
local i = os.time() %% #codes
request = function()
  i = (i + %d) %% #codes
  return wrk.format("GET", %q .. codes[i + 1] .. %q)
end
`, codes, step, before, after), 0o644)
}

// cold measures badges that are not in memory, over HTTP, and how soon the program is ready.
func (b *bench) cold() error {
	b.say("asking for badges that are not kept")
	dir := filepath.Join(b.folder, "cold")
	data, codes, lua := filepath.Join(dir, "data"), filepath.Join(dir, "codes"), filepath.Join(dir, "cold.lua")
	if err := errors.Join(os.MkdirAll(dir, 0o755), b.fill(data, 20_000, codes), script(lua, codes, "/badges/", ".png?w=600", 1)); err != nil {
		return err
	}
	var starts []float64
	for range 5 {
		s, err := b.serve("TESTAMUR_DATA="+data, "TESTAMUR_CACHE=1MiB")
		if err != nil {
			return err
		}
		starts = append(starts, s.started.Seconds())
		s.stop()
	}
	s, err := b.serve("TESTAMUR_DATA="+data, "TESTAMUR_CACHE=1MiB")
	if err != nil {
		return err
	}
	defer s.stop()
	b.idle(s)
	l := &load{name: "cold", what: "**testamur**, badge of 600 px that is not kept", at: s, url: s.url, script: lua}
	b.inTurn("drawn for the request", []*load{l})
	b.figures["cold us"], b.figures["cold/s"] = l.us(), l.rate()
	b.rows = append(b.rows,
		row{goal: "+", what: "badge of 600 px drawn for the request, over HTTP, one core", ours: whole(l.rate()) + "/s", want: ">= 1,500/s", met: yes(l.rate() >= 1500)},
		row{goal: "#", what: "from start to /readyz, median of 5, one core", ours: fmt.Sprintf("%.2f s", median(starts)), want: "< 1 s", met: yes(median(starts) < 1)})
	if l.rate() < 1500 {
		b.profileServer(l)
	}
	return nil
}

// resident measures the memory after many different badges.
func (b *bench) resident() error {
	const cache, allowed = 256 << 20, 150_000_000
	b.say("drawing %d different badges, within %v", b.different, b.drawWithin)
	dir := filepath.Join(b.folder, "resident")
	data, codes := filepath.Join(dir, "data"), filepath.Join(dir, "codes")
	if err := errors.Join(os.MkdirAll(dir, 0o755), b.fill(data, b.different, codes)); err != nil {
		return err
	}
	s, err := b.serve("TESTAMUR_DATA="+data, "TESTAMUR_CACHE=256MiB", "GOMAXPROCS="+strconv.Itoa(2))
	if err != nil {
		return err
	}
	defer s.stop()
	b.idle(s)
	before, _ := memory(s.pids[0])
	list, err := os.ReadFile(codes)
	if err != nil {
		return err
	}
	all := strings.Fields(string(list))
	var next, drawn, failed atomic.Int64
	var most, mostWithout float64
	end := time.Now().Add(b.drawWithin)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8}}
	var askers sync.WaitGroup
	for range 8 {
		askers.Go(func() {
			for time.Now().Before(end) && b.ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(all) {
					return
				}
				r, err := client.Get(s.url + "/badges/" + all[i] + ".png")
				if err != nil {
					failed.Add(1)
					continue
				}
				_, _ = io.Copy(io.Discard, r.Body)
				_ = r.Body.Close()
				if r.StatusCode == http.StatusOK {
					drawn.Add(1)
				} else {
					failed.Add(1)
				}
			}
		})
	}
	done := make(chan struct{})
	go func() { askers.Wait(); close(done) }()
	for waiting := true; waiting; {
		select {
		case <-done:
			waiting = false
		case <-time.After(100 * time.Millisecond):
		}
		all, mapped := memory(s.pids[0])
		most, mostWithout = max(most, all), max(mostWithout, all-mapped)
	}
	after, _ := memory(s.pids[0])
	if failed.Load() > 0 {
		b.notes = append(b.notes, fmt.Sprintf("Memory: %d requests were not answered by 200.", failed.Load()))
	}
	b.rows = append(b.rows, row{goal: "#", what: fmt.Sprintf("resident set while %s different badges of 300 px are drawn, at most, without mapped files", whole(float64(drawn.Load()))),
		ours: mib(mostWithout), want: "<= 256 MiB cache + 150 MB", met: yes(mostWithout > 0 && mostWithout <= cache+allowed && (drawn.Load() == 100_000 || b.quick))})
	b.notes = append(b.notes, fmt.Sprintf("Memory: %s after the start, when nothing is made in the background any more; %s at most while %s different badges are drawn, %s after them. Of the %s, %s are memory; the rest is pages of the store's file and of the program, "+
		"which the system takes back when it wants them.", mib(before), mib(most), whole(float64(drawn.Load())), mib(after), mib(most), mib(mostWithout)))
	return nil
}

func mib(bytes float64) string { return fmt.Sprintf("%.0f MiB", bytes/(1<<20)) }

// sizes measures what a request costs with few and with many credentials, and what a credential takes.
func (b *bench) sizes(counts ...int) error {
	var loads []*load
	var stops []func()
	defer func() {
		for _, stop := range stops {
			stop()
		}
	}()
	t := table{head: []string{"embedded store", "bytes a credential", "filled in", "ready after", "resident after the start"}}
	for _, count := range counts {
		b.say("filling a store with %s credentials", whole(float64(count)))
		dir := filepath.Join(b.folder, fmt.Sprint("store-", count))
		data, codes := filepath.Join(dir, "data"), filepath.Join(dir, "codes")
		began := time.Now()
		if err := errors.Join(os.MkdirAll(dir, 0o755), b.fill(data, count, codes)); err != nil {
			return err
		}
		filled := time.Since(began)
		info, err := os.Stat(filepath.Join(data, "testamur.db"))
		if err != nil {
			return err
		}
		s, err := b.serve("TESTAMUR_DATA=" + data)
		if err != nil {
			return err
		}
		stops = append(stops, s.stop)
		b.idle(s)
		b.figures["file bytes"] = float64(info.Size()) / float64(count)
		resident, _ := memory(s.pids[0])
		t.rows = append(t.rows, []string{whole(float64(count)) + " credentials", whole(float64(info.Size()) / float64(count)), fmt.Sprintf("%.0f s", filled.Seconds()),
			fmt.Sprintf("%.2f s", s.started.Seconds()), mib(resident)})
		// a thousand codes from all over the store, whose small badges are all kept after the first time
		some := filepath.Join(dir, "some")
		if err := everyNth(codes, some, count/1000); err != nil {
			return err
		}
		verdict, badge := filepath.Join(dir, "verdict.lua"), filepath.Join(dir, "badge.lua")
		if err := errors.Join(script(verdict, codes, "/verify/", ".json", 617), script(badge, some, "/badges/", ".png?w=64", 617)); err != nil {
			return err
		}
		of := " of " + whole(float64(count))
		loads = append(loads, &load{name: fmt.Sprint("verdict", count), what: "verification as JSON, any" + of, at: s, url: s.url, script: verdict},
			&load{name: fmt.Sprint("badge", count), what: "cached badge, status checked, a thousand" + of, at: s, url: s.url, script: badge})
		b.wrk(loads[len(loads)-2], 1+count/25_000) // every record is asked for once
		for range 2 {                              // every badge is drawn
			b.wrk(loads[len(loads)-1], 4)
		}
	}
	b.say("asking few and many credentials")
	b.inTurn("embedded store", loads)
	b.tables = append(b.tables, t)
	for i, what := range []string{"verdict", "kept"} {
		l := loads[len(loads)-2+i]
		b.figures[what+" us"], b.figures[what+"/s"] = l.us(), l.rate()
	}
	few, many := counts[0], counts[len(counts)-1]
	for i, what := range []string{"a verification", "a badge's check"} {
		a, z := loads[i], loads[len(loads)-2+i]
		x := 0.
		if a.us() > 0 {
			x = z.us() / a.us()
		}
		b.rows = append(b.rows, row{goal: "#", what: fmt.Sprintf("CPU of %s with %s credentials, against %s", what, whole(float64(many)), whole(float64(few))),
			ours: fmt.Sprintf("%.1f us", z.us()), peer: fmt.Sprintf("%.1f us", a.us()), ratio: fmt.Sprintf("%.2f x", x), want: "<= 1.25 x", met: yes(x > 0 && x <= 1.25)})
		if x > 1.25 {
			b.profileServer(z)
		}
	}
	return nil
}

// everyNth copies each nth line.
func everyNth(from, to string, n int) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	var out []string
	for i, code := range strings.Fields(string(data)) {
		if i%max(1, n) == 0 {
			out = append(out, code)
		}
	}
	return os.WriteFile(to, []byte(strings.Join(out, "\n")+"\n"), 0o644)
}

// inRedis measures what a credential takes of Redis's memory.
func (b *bench) inRedis() error {
	const count = 20_000
	b.say("filling a Redis with %d credentials", count)
	s, at, err := b.redis(filepath.Join(b.folder, "redis-memory"), "--appendonly", "no")
	if err != nil {
		b.absent["redis"] = err.Error()
		return nil
	}
	defer s.stop()
	used := func() float64 {
		out, _ := b.output("redis-cli", "-u", "redis://"+at, "info", "memory")
		m := regexp.MustCompile(`used_memory:(\d+)`).FindStringSubmatch(out)
		if m == nil {
			return 0
		}
		n, _ := strconv.ParseFloat(m[1], 64)
		return n
	}
	before := used()
	if err := b.fill("redis://"+at, count, filepath.Join(b.folder, "redis-memory", "codes")); err != nil {
		return err
	}
	b.figures["redis bytes"] = (used() - before) / count
	b.notes = append(b.notes, fmt.Sprintf("Redis: a credential takes %s bytes of its memory (%s credentials, each with a holder of its own and one entry of the audit).", whole(b.figures["redis bytes"]), whole(count)))
	return nil
}
