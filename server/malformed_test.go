package server

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
)

// Requests that are broken, or that a proxy before us may have read otherwise, over a real connection. None ends the
// server, none is answered twice, and none gets what it must not. A body {} that is read is 422, so 400 shows that it
// was not.
func TestMalformedRequests(t *testing.T) {
	w := newWorld(t, nil)
	badge := "/badges/" + w.names["valid"] + ".png"
	get := "GET " + badge + " HTTP/1.1\r\nHost: academy.example.org\r\nConnection: close\r\n"
	post := "POST /api/v1/credentials HTTP/1.1\r\nHost: academy.example.org\r\nConnection: close\r\nAuthorization: Bearer " + w.names["key-issue"] +
		"\r\nContent-Type: application/json\r\n"
	smuggled := "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
	for _, c := range []struct {
		name, request string
		status        int // 0: the connection is closed, with an answer of 4xx or with none
	}{
		{"as it should be", get + "\r\n", 200},
		{"two hosts", get + "Host: evil.example\r\n\r\n", 400},
		{"two hosts that agree", get + "Host: academy.example.org\r\n\r\n", 400},
		{"two hosts in capitals", get + "HOST: evil.example\r\n\r\n", 400},
		{"no host", "GET " + badge + " HTTP/1.1\r\nConnection: close\r\n\r\n", 400},
		{"both lengths", post + "Content-Length: 12\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n" + smuggled, 400},
		{"both lengths, the other way", post + "Transfer-Encoding: chunked\r\nContent-Length: 12\r\n\r\n2\r\n{}\r\n0\r\n\r\n" + smuggled, 400},
		{"two lengths", post + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} " + smuggled, 400},
		{"two lengths that agree", post + "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", 400},
		{"lengths in a list", post + "Content-Length: 2, 2\r\n\r\n{}", 0},
		{"length below zero", post + "Content-Length: -1\r\n\r\n{}", 0},
		{"length with a sign", post + "Content-Length: +2\r\n\r\n{}", 0},
		{"length beyond numbers", post + "Content-Length: 99999999999999999999999\r\n\r\n{}", 0},
		{"length in hex", post + "Content-Length: 0x2\r\n\r\n{}", 0},
		{"two encodings", post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" + smuggled, 0},
		{"an encoding of its own", post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + smuggled, 0},
		{"folded header", get + "X-A: b\r\n c\r\n\r\n", 0},
		{"folded header with a tab", get + "X-A: b\r\n\tTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled, 0},
		{"folded first header", "GET " + badge + " HTTP/1.1\r\n Host: x\r\nHost: y\r\nConnection: close\r\n\r\n", 0},
		{"space before the colon", get + "X-A : b\r\n\r\n", 0},
		{"header without a name", get + ": b\r\n\r\n", 0},
		{"header without a colon", get + "nonsense\r\n\r\n", 0},
		{"zero byte in a header", get + "X-A: b\x00c\r\n\r\n", 0},
		{"line feed alone", strings.ReplaceAll(get+"\r\n", "\r\n", "\n"), -1},
		{"space in the address", "GET /badges/a b.png HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 0},
		{"no version", "GET " + badge + "\r\nHost: x\r\n\r\n", 0},
		{"an odd version", "GET " + badge + " HTTP/9.9\r\nHost: x\r\nConnection: close\r\n\r\n", -1},
		{"not HTTP", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 0},
		{"a whole address", "GET http://evil.example" + badge + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 200},
		{"an asterisk", "OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", -1},
		{"CONNECT", "CONNECT evil.example:443 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", -1},
		{"a long header", get + "X-A: " + strings.Repeat("a", 9<<10) + "\r\n\r\n", 431},
		{"many headers", get + strings.Repeat("X-A: a\r\n", 5000) + "\r\n", 431},
		{"a long address", "GET /" + strings.Repeat("a", 100<<10) + " HTTP/1.1\r\nHost: x\r\n\r\n", 431},
		{"a long body", post + "Content-Length: 5000000\r\n\r\n" + strings.Repeat("a", 1<<20), 413},
		{"a body that is said to be endless", post + "Content-Length: 1000000000000\r\n\r\n", 413},
		{"a chunk beyond numbers", post + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nx\r\n0\r\n\r\n", 0},
		{"a chunk below zero", post + "Transfer-Encoding: chunked\r\n\r\n-1\r\nx\r\n0\r\n\r\n", 0},
		{"a bomb in chunks", post + "Transfer-Encoding: chunked\r\n\r\n" + strings.Repeat("10000\r\n"+strings.Repeat("a", 0x10000)+"\r\n", 20) + "0\r\n\r\n", 413},
		{"a body that is not UTF-8", post + "Content-Length: 23\r\n\r\n{\"certification\":\"\xffab\"}", 400},
		{"chunks", post + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 422},
		{"a trailer", post + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nHost: evil.example\r\n\r\n", -1},
	} {
		t.Run(c.name, func(t *testing.T) {
			all := w.raw(t, []byte(c.request))
			answers := strings.Count(string(all), "HTTP/1.1 ")
			if answers > 1 {
				t.Fatalf("answered %d times:\n%.1000s", answers, all)
			}
			var status int
			if _, err := fmt.Sscanf(string(all), "HTTP/1.1 %d", &status); err != nil && len(all) > 0 {
				t.Fatalf("no HTTP answer: %.100q", all)
			}
			switch {
			case c.status > 0 && status != c.status:
				t.Errorf("status %d, not %d", status, c.status)
			case c.status == 0 && status != 0 && (status < 400 || status >= 500):
				t.Errorf("status %d to what can be read in two ways", status)
			case status >= 500:
				t.Errorf("status %d", status)
			}
			if strings.Contains(string(all), "evil") {
				t.Errorf("it is echoed: %.500s", all)
			}
		})
	}
	if r := w.ask(t, "GET", badge, nil, ""); r.status != 200 {
		t.Errorf("after all that: %d", r.status)
	}
}

// A body that cannot be read is refused in the API's own form, though the address is lost with it.
func TestBrokenBodiesAreTheAPIs(t *testing.T) {
	w := newWorld(t, nil)
	post := func(path, framing string) string {
		return "POST " + path + " HTTP/1.1\r\nHost: academy.example.org\r\nAuthorization: Bearer " + w.names["key-issue"] + "\r\nContent-Type: application/json\r\n" + framing
	}
	const chunked, credentials = "Transfer-Encoding: chunked\r\n\r\n", "/api/v1/credentials"
	bomb := strings.Repeat("10000\r\n"+strings.Repeat("a", 0x10000)+"\r\n", 17) + "0\r\n\r\n"
	for _, c := range []struct {
		name, request string
		status        int
		mime, title   string
	}{
		{"chunks beyond 1 MiB", post(credentials, chunked+bomb), 413, problemType, "/problems/too-large"},
		{"beyond 1 MiB after Expect", post(credentials, "Expect: 100-continue\r\n"+chunked+bomb), 413, problemType, "/problems/too-large"},
		{"a length beyond 1 MiB", post(credentials, "Content-Length: 5000000\r\n\r\n"), 413, problemType, "/problems/too-large"},
		{"no size of a chunk", post(credentials, chunked+"zz\r\n{}\r\n0\r\n\r\n"), 400, problemType, "Bad Request"},
		{"a size beyond numbers", post(credentials, chunked+"fffffffffffffffff\r\n{}\r\n0\r\n\r\n"), 400, problemType, "Bad Request"},
		{"a chunk longer than its size", post(credentials, chunked+"1\r\n{}\r\n0\r\n\r\n"), 400, problemType, "Bad Request"},
		{"a chunk that breaks off", post(credentials, chunked+"9\r\n{}"), 400, problemType, "Bad Request"},
		{"a body that breaks off", post(credentials, "Content-Length: 9\r\n\r\n{}"), 400, problemType, "Bad Request"},
		{"a body for a page", post("/verify", "Content-Length: 5000000\r\n\r\n"), 413, htmlType, "</h1>"},
		{"headers that break off", post(credentials, "Content-Le"), 400, htmlType, "</h1>"},
		{"headers that are none", post(credentials, "nonsense\r\n\r\n"), 400, htmlType, "</h1>"},
		{"a target beyond 8 KiB", post(credentials+"?"+strings.Repeat("a", 9<<10), "\r\n"), 431, htmlType, "</h1>"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := parse(bytes.TrimPrefix(w.raw(t, []byte(c.request)), []byte("HTTP/1.1 100 Continue\r\n\r\n")))
			if err != nil {
				t.Fatal(err)
			}
			if r.status != c.status || r.get("Content-Type") != c.mime || !strings.Contains(string(r.body), c.title) || r.get("Connection") != "close" {
				t.Errorf("%d, want %d:\n%s\n%.300s", r.status, c.status, r.head, r.body)
			}
		})
	}
}

// The admin listener has the same guards as the public one.
func TestMalformedRequestsToTheHouse(t *testing.T) {
	w := newWorld(t, nil)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- w.server.ServeAdmin(listener) }()
	w.dial = func() (net.Conn, error) { return net.Dial("tcp", listener.Addr().String()) }
	get, smuggled := "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n", "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
	for request, want := range map[string]int{
		get + "\r\n":                 200,
		get + "Host: y\r\n\r\n":      400,
		get + "X-A: b\r\n c\r\n\r\n": 400,
		get + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled: 400,
		get + "X-A: " + strings.Repeat("a", 9<<10) + "\r\n\r\n":                             431,
		get + "Content-Length: 5000000\r\n\r\n":                                             413,
		strings.Replace(get, "GET", "DELETE", 1) + "\r\n":                                   405,
		strings.Replace(get, "GET", "BREW", 1) + "\r\n":                                     405,
		strings.Replace(get, "/metrics", "/verify", 1) + "\r\n":                             404,
		"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n":                                              400,
	} {
		all := string(w.raw(t, []byte(request)))
		var status int
		if fmt.Sscanf(all, "HTTP/1.1 %d", &status); status != want || strings.Count(all, "HTTP/1.1 ") != 1 {
			t.Errorf("%.80q: %d, want %d:\n%.300s", request, status, want, all)
		}
	}
	if err := errors.Join(w.stop(), <-served); err != nil {
		t.Error(err)
	}
}

// What clients make up is not kept: neither a method, where the request is refused before it has a route, nor a path.
func TestLinesAreKeptOfRoutesAlone(t *testing.T) {
	w := newWorld(t, nil)
	ask := func(from, to int) {
		for i := from; i < to; i++ {
			for _, request := range []string{
				fmt.Sprintf("M%d / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 5000000\r\n\r\n", i),
				fmt.Sprintf("M%d /made-up-%[1]d HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", i),
				fmt.Sprintf("GET /made-up-%d HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", i),
			} {
				w.raw(t, []byte(request))
			}
		}
	}
	ask(0, 1)
	first := len(*w.server.lines.known.Load())
	ask(1, 20)
	if all := len(*w.server.lines.known.Load()); all != first {
		t.Errorf("%d beginnings after one request of each kind, %d after twenty", first, all)
	}
}
