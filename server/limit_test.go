package server

import (
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"
)

// Answers 404 to well-formed codes are counted, hidden and unknown alike, for each network; then it is 429, while
// what has an answer is still answered and pictures are never limited.
func TestMissesAreLimited(t *testing.T) {
	w := newWorld(t, nil)
	w.setClock(time.Date(2014, 11, 23, 15, 10, 20, 0, time.UTC))
	from := func(address string) []string { return []string{"X-Forwarded-For: " + address} }
	routes := []string{"/verify/%s", "/verify/%s.json", "/certificates/%s.pdf", "/certificates/%s.png", "/v/%s", "/share/%s", "/share/%s.ics"}
	hidden := []string{w.names["private"], w.names["withdrawn"], w.names["unknown"]}
	for i := range 60 {
		path := fmt.Sprintf(routes[i%len(routes)], hidden[i%len(hidden)])
		if r := w.ask(t, "GET", path, from("192.0.2.1"), ""); r.status != 404 {
			t.Fatalf("%d: %s is %d", i, path, r.status)
		}
		for _, free := range []string{"/verify/" + w.names["mistyped"], "/badges/" + w.names["unknown"] + ".png", "/verify/" + w.names["valid"]} {
			if r := w.ask(t, "GET", free, from("192.0.2.1"), ""); r.status == 429 || r.status == 404 {
				t.Fatalf("%d: %s is %d", i, free, r.status)
			}
		}
	}
	for _, code := range hidden {
		for _, route := range routes {
			path := fmt.Sprintf(route, code)
			r := w.ask(t, "GET", path, from("192.0.2.1"), "")
			if r.status != 429 || r.get("Retry-After") != "40" {
				t.Errorf("after 60 answers %s is %d, Retry-After %q", path, r.status, r.get("Retry-After"))
			}
		}
	}
	for _, c := range []struct {
		path, address string
		status        int
	}{
		{"/verify/" + w.names["valid"], "192.0.2.1", 200},
		{"/verify/" + w.names["suspended"] + ".json", "192.0.2.1", 200},
		{"/certificates/" + w.names["suspended"] + ".pdf", "192.0.2.1", 429},
		{"/certificates/" + w.names["valid"] + ".pdf", "192.0.2.1", 200},
		{"/share/" + w.names["suspended"], "192.0.2.1", 429},
		{"/share/" + w.names["valid"], "192.0.2.1", 200},
		{"/verify/" + w.names["mistyped"], "192.0.2.1", 400},
		{"/badges/" + w.names["unknown"] + ".png", "192.0.2.1", 200},
		{"/verify/" + w.names["unknown"], "192.0.2.2", 404},
		{"/verify/" + w.names["unknown"], "198.51.100.9, 192.0.2.1", 429}, // what stands before is anybody's invention
		{"/verify/" + w.names["unknown"], "192.0.2.1, 127.0.0.7", 429},    // a proxy of ours
		{"/verify/" + w.names["unknown"], "::ffff:192.0.2.1", 429},
		{"/nothing", "192.0.2.1", 404},
	} {
		if r := w.ask(t, "GET", c.path, from(c.address), ""); r.status != c.status {
			t.Errorf("%s from %s is %d, not %d", c.path, c.address, r.status, c.status)
		}
	}
	w.setClock(time.Date(2014, 11, 23, 15, 11, 0, 0, time.UTC))
	if r := w.ask(t, "GET", "/verify/"+w.names["unknown"], from("192.0.2.1"), ""); r.status != 404 {
		t.Errorf("a minute later: %d", r.status)
	}
}

// An address of the new kind counts by its /64.
func TestMissesOfANetwork(t *testing.T) {
	w := newWorld(t, nil)
	for i := range 60 {
		from := []string{"X-Forwarded-For: 2001:db8:1:2::" + strconv.FormatInt(int64(i), 16)}
		if r := w.ask(t, "GET", "/verify/"+w.names["unknown"]+".json", from, ""); r.status != 404 {
			t.Fatalf("%d: %d", i, r.status)
		}
	}
	for address, want := range map[string]int{"2001:db8:1:2:ffff::1": 429, "2001:db8:1:3::1": 404} {
		if r := w.ask(t, "GET", "/verify/"+w.names["unknown"]+".json", []string{"X-Forwarded-For: " + address}, ""); r.status != want {
			t.Errorf("%s is %d, not %d", address, r.status, want)
		}
	}
}

// Without a proxy of ours, what a client says of its address is not believed.
func TestForwardedForIsNotBelieved(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.TrustedProxies = nil })
	last := 0
	for i := range 61 {
		last = w.ask(t, "GET", "/verify/"+w.names["unknown"], []string{"X-Forwarded-For: 192.0.2." + strconv.Itoa(i), "X-Real-IP: 192.0.2." + strconv.Itoa(i),
			"Forwarded: for=192.0.2." + strconv.Itoa(i)}, "").status
	}
	if last != 429 {
		t.Errorf("the 61st is %d", last)
	}
}

// A key writes 600 times a minute; others and reading go on.
func TestWritesAreLimited(t *testing.T) {
	w := newWorld(t, nil)
	as := func(key string) []string { return []string{"Authorization: Bearer " + w.names[key]} }
	restore := "/api/v1/credentials/" + w.names["valid"] + "/restore"
	for i := range 600 {
		if !w.server.writes.take(w.names["keyid-issue"], w.now()) {
			t.Fatal(i)
		}
	}
	r := w.ask(t, "POST", restore, as("key-issue"), "")
	if r.status != 429 || r.get("Retry-After") != "60" {
		t.Errorf("the 601st is %d, Retry-After %q", r.status, r.get("Retry-After"))
	}
	if r := w.ask(t, "GET", "/api/v1/credentials/"+w.names["valid"], as("key-issue"), ""); r.status != 200 {
		t.Errorf("reading: %d", r.status)
	}
	if r := w.ask(t, "POST", restore, as("key-admin"), ""); r.status != 200 {
		t.Errorf("another key: %d", r.status)
	}
	w.setClock(w.now().Add(time.Minute))
	if r := w.ask(t, "POST", restore, as("key-issue"), ""); r.status != 200 {
		t.Errorf("a minute later: %d", r.status)
	}
}

// However many names come by, a limiter stays small, and counts those it holds.
func TestLimiterIsBounded(t *testing.T) {
	l, now := newLimiter(2), time.Unix(1416755400, 0)
	for i := range 3 * maxNames {
		l.take(strconv.Itoa(i), now)
		if len(l.count) > maxNames {
			t.Fatalf("%d names", len(l.count))
		}
	}
	got := []bool{l.take("a", now), l.take("a", now), l.take("a", now), l.take("a", now.Add(time.Minute))}
	if !slices.Equal(got, []bool{true, true, false, true}) {
		t.Errorf("it does not count to two: %v", got)
	}
}
