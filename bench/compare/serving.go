package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	secret = "a-secret-of-the-bench-of-32-bytes-or-more"
	apiKey = "a-master-key-of-the-bench-of-32-letters"
)

// server is a program that serves, on core 0, with the processes whose time counts as its own.
type server struct {
	url     string
	pids    []int
	started time.Duration // until it was ready
	stop    func()
}

// launch starts a program and waits until its URL answers. What it says goes to /dev/null, a line of log for every request too;
// where it ends at once, it is run once more to hear why.
func (b *bench) launch(ready string, env []string, command ...string) (*server, error) {
	ctx, cancel := context.WithCancel(b.ctx)
	c := exec.CommandContext(ctx, "taskset", append([]string{"-c", "0"}, command...)...)
	c.Env = append(append(os.Environ(), "GOMAXPROCS=1"), env...)
	c.Dir = b.folder
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
	c.WaitDelay = 12 * time.Second
	begun := time.Now()
	if err := c.Start(); err != nil {
		cancel()
		return nil, err
	}
	ended := make(chan struct{})
	go func() { _ = c.Wait(); close(ended) }()
	s := &server{pids: []int{c.Process.Pid}}
	s.stop = func() { cancel(); <-ended }
	for deadline := begun.Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		select {
		case <-ended:
			again := exec.CommandContext(ctx, command[0], command[1:]...)
			again.Env, again.Dir = c.Env, c.Dir
			time.AfterFunc(5*time.Second, cancel)
			said, _ := again.CombinedOutput()
			cancel()
			return nil, fmt.Errorf("%s ended: %.300s", filepath.Base(command[0]), said)
		default:
		}
		if up(ready) {
			s.started = time.Since(begun)
			return s, nil
		}
		if time.Now().After(deadline) {
			s.stop()
			return nil, fmt.Errorf("%s is not ready after a minute", filepath.Base(command[0]))
		}
	}
}

// up reports whether an address answers: http:// with 200, another by letting us in.
func up(address string) bool {
	if !strings.HasPrefix(address, "http") {
		c, err := net.DialTimeout("tcp", address, time.Second)
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	}
	r, err := http.Get(address)
	if err != nil {
		return false
	}
	_ = r.Body.Close()
	return r.StatusCode == http.StatusOK
}

// serve starts testamur with settings of its own.
func (b *bench) serve(settings ...string) (*server, error) {
	port, admin := freePort(), freePort()
	s, err := b.launch("http://"+port+"/readyz", append([]string{"TESTAMUR_SECRET=" + secret, "TESTAMUR_API_KEY=" + apiKey, "TESTAMUR_LOG=json",
		"TESTAMUR_URL=http://" + port, "TESTAMUR_LISTEN=" + port, "TESTAMUR_ADMIN_LISTEN=" + admin}, settings...), b.program("testamur"), "serve")
	if err == nil {
		s.url = "http://" + port
		b.admin[s.url] = "http://" + admin
	}
	return s, err
}

func freePort() string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "127.0.0.1:0"
	}
	defer l.Close()
	return l.Addr().String()
}

// cpu is the seconds of user and system time of the server's processes.
func (s *server) cpu() (seconds float64) {
	for _, pid := range s.pids {
		seconds += cpuOf(pid)
	}
	return seconds
}

func cpuOf(pid int) float64 {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(data[strings.LastIndexByte(string(data), ')')+1:]))
	user, _ := strconv.ParseFloat(fields[11], 64)
	system, _ := strconv.ParseFloat(fields[12], 64)
	return (user + system) / 100 // of ticks, 100 a second on every Linux there is
}

// memory is the resident set of a process now, in bytes, and what of it are pages of files that are mapped: of the embedded
// store's, which the system takes back when it wants them, and of the program's.
func memory(pid int) (all, mapped float64) {
	data, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	of := func(what string) (n float64) {
		_, rest, _ := strings.Cut(string(data), what+":")
		_, _ = fmt.Sscan(rest, &n)
		return n * 1024
	}
	return of("VmRSS"), of("RssFile")
}

// idle waits until a server does nothing in the background any more.
func (b *bench) idle(s *server) {
	for deadline := time.Now().Add(b.patience); time.Now().Before(deadline) && !b.late(); {
		before := s.cpu()
		time.Sleep(time.Second)
		if s.cpu()-before < .05 {
			return
		}
	}
	b.say("a server still works in the background after %v; measured all the same", b.patience)
}

// load is what wrk asks of a server, and what came of it, by round.
type load struct {
	name, what string
	at         *server
	url        string
	header     string
	script     string  // of wrk, in place of the URL's path
	with       *server // whose time is part of at's and is told on its own too
	rates      []float64
	times      []float64 // CPU us a request
	withTimes  []float64
	err        error
}

func (l *load) rate() float64 { return median(l.rates) }
func (l *load) us() float64   { return median(l.times) }

var (
	requests = regexp.MustCompile(`(\d+) requests in`)
	rate     = regexp.MustCompile(`Requests/sec:\s+([\d.]+)`)
)

// wrk asks for so many seconds, from core 1.
func (b *bench) wrk(l *load, seconds int) {
	if l.err != nil || l.at == nil || b.ctx.Err() != nil {
		return
	}
	args := []string{"-c", "1", "wrk", "-t1", "-c32", fmt.Sprintf("-d%ds", seconds)}
	if l.header != "" {
		args = append(args, "-H", l.header)
	}
	if l.script != "" {
		args = append(args, "-s", l.script)
	}
	ctx, cancel := context.WithTimeout(b.ctx, time.Duration(seconds+20)*time.Second)
	defer cancel()
	before, withBefore := l.at.cpu(), 0.
	if l.with != nil {
		withBefore = l.with.cpu()
	}
	out, err := exec.CommandContext(ctx, "taskset", append(args, l.url)...).CombinedOutput()
	used := l.at.cpu() - before
	n, r := requests.FindSubmatch(out), rate.FindSubmatch(out)
	switch {
	case err != nil:
		l.err = fmt.Errorf("wrk: %w: %s", err, out)
	case n == nil || r == nil:
		l.err = fmt.Errorf("wrk says %s", out)
	case strings.Contains(string(out), "Non-2xx"):
		l.err = errors.New("answers other than 2xx or 3xx")
	}
	if l.err != nil {
		b.say("%s: %v", l.name, l.err)
		return
	}
	count, _ := strconv.ParseFloat(string(n[1]), 64)
	perSecond, _ := strconv.ParseFloat(string(r[1]), 64)
	if count == 0 {
		l.err = errors.New("no answer at all")
		return
	}
	l.rates, l.times = append(l.rates, perSecond), append(l.times, used*1e6/count)
	if l.with != nil {
		l.withTimes = append(l.withTimes, (l.with.cpu()-withBefore)*1e6/count)
	}
}

// inTurn measures loads in rounds and adds a table of them.
func (b *bench) inTurn(title string, loads []*load) {
	for _, l := range loads {
		b.wrk(l, 1)
		l.rates, l.times, l.withTimes = nil, nil, nil // warm
	}
	for round := range b.asks {
		if round > 0 && b.late() {
			break
		}
		for _, l := range loads {
			b.wrk(l, 1)
		}
	}
	t := table{head: []string{title, "requests/s", "server CPU us/request"}}
	for _, l := range loads {
		if l.rate() > 0 {
			t.rows = append(t.rows, []string{l.what, whole(l.rate()), fmt.Sprintf("%.1f", l.us())})
		}
	}
	b.tables = append(b.tables, t)
}

// serving measures the cached badge: from the embedded store and from Redis, beside nginx, net/http and a server with a GET of
// Redis for every request.
func (b *bench) serving() error {
	b.say("starting servers")
	dir := filepath.Join(b.folder, "serving")
	data, codes := filepath.Join(dir, "data"), filepath.Join(dir, "codes")
	if err := errors.Join(os.MkdirAll(dir, 0o755), b.fill(data, 100, codes)); err != nil {
		return err
	}
	file, err := os.ReadFile(codes)
	if err != nil {
		return err
	}
	code := string(file[:14])
	path := "/badges/" + code + ".png"

	embedded, err := b.serve("TESTAMUR_DATA=" + data)
	if err != nil {
		return err
	}
	defer embedded.stop()
	b.idle(embedded)
	picture, etag, err := get(embedded.url + path)
	if err != nil {
		return err
	}
	still := filepath.Join(dir, "www", path)
	if err := errors.Join(os.MkdirAll(filepath.Dir(still), 0o755), os.WriteFile(still, picture, 0o644), os.Chmod(b.folder, 0o755)); err != nil {
		return err
	}
	nethttp, err := b.peer("nethttp", func(port string) []string { return []string{port, still} })
	if err != nil {
		return err
	}
	defer nethttp.stop()
	bare, err := b.peer("barefiber", func(port string) []string { return []string{port, embedded.url + path} })
	if err != nil {
		return err
	}
	defer bare.stop()
	loads := []*load{
		{name: "badge", what: "**testamur**, cached badge, status checked", at: embedded, url: embedded.url + path},
		{name: "304", what: "**testamur**, 304, status checked", at: embedded, url: embedded.url + path, header: "If-None-Match: " + etag},
		{name: "nethttp", what: "net/http, the same bytes, nothing checked", at: nethttp, url: nethttp.url + "/"},
		{name: "bare", what: "Fiber alone, the same headers and bytes, nothing checked", at: bare, url: bare.url + path},
		{name: "bare304", what: "Fiber alone, 304", at: bare, url: bare.url + path, header: "If-None-Match: " + etag},
	}
	if nginx, err := b.nginx(dir); err != nil {
		b.absent["nginx"] = err.Error()
	} else {
		defer nginx.stop()
		_, theirs, err := get(nginx.url + path)
		if err != nil {
			return err
		}
		loads = append(loads, &load{name: "nginx", what: "nginx, the same file, sendfile and open_file_cache", at: nginx, url: nginx.url + path},
			&load{name: "nginxlog", what: "nginx, the same, with its access log to /dev/null", at: nginx, url: nginx.url + "/logged" + path},
			&load{name: "nginx304", what: "nginx, 304", at: nginx, url: nginx.url + path, header: "If-None-Match: " + theirs})
	}
	fromRedis, end, err := b.withRedis(dir)
	defer end()
	if err != nil {
		b.absent["redis"] = err.Error()
		b.say("Redis is left out: %v", err)
	}
	loads = append(loads, fromRedis...)
	b.say("asking for cached badges")
	b.inTurn("cached badge of "+whole(float64(len(picture)))+" bytes, 32 connections", loads)

	by := map[string]*load{}
	for _, l := range loads {
		by[l.name] = l
		b.figures[l.name+" us"], b.figures[l.name+"/s"] = l.us(), l.rate()
		if l.with != nil {
			b.figures["redis us"] = median(l.withTimes)
		}
	}
	b.figures["badge bytes"] = float64(len(picture))
	b.atLeastShare("H1", "cached badge, requests/s", by["badge"], by["nginx"], .75)
	b.atMostCPU("H1", "cached badge, CPU a request", by["badge"], by["nginx"], 1.35)
	b.atLeastShare("H2", "status live from Redis, requests/s", by["live"], by["nginx"], .60)
	b.atLeastShare("H2", "status live from Redis, requests/s", by["live"], by["get"], 2.2)
	b.atMostCPU("H3", "304, CPU a request", by["304"], by["nginx304"], 1.4)
	b.atLeastShare("H4", "cached badge, requests/s", by["badge"], by["nethttp"], 2)
	for _, name := range []string{"badge", "304", "live"} {
		if l := by[name]; l != nil && b.short["http "+name] {
			b.profileServer(l)
		}
	}
	return nil
}

// peer starts one of our small servers.
func (b *bench) peer(name string, args func(port string) []string) (*server, error) {
	port := freePort()
	s, err := b.launch(port, nil, append([]string{b.program(name)}, args(port)...)...)
	if err == nil {
		s.url = "http://" + port
	}
	return s, err
}

func (b *bench) nginx(dir string) (*server, error) {
	binary, err := exec.LookPath("nginx")
	if err != nil {
		return nil, errors.New("not installed")
	}
	port := freePort()
	user := ""
	if os.Getuid() == 0 {
		user = "user root;\n" // the folder is root's
	}
	conf := filepath.Join(dir, "nginx.conf")
	err = os.WriteFile(conf, []byte(user+`daemon off;
worker_processes 1;
pid `+dir+`/nginx.pid;
error_log `+dir+`/nginx.log;
events { worker_connections 512; }
http {
  types { image/png png; }
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000000;
  open_file_cache max=100 inactive=1h;
  client_body_temp_path `+dir+`/t1; proxy_temp_path `+dir+`/t2; fastcgi_temp_path `+dir+`/t3; uwsgi_temp_path `+dir+`/t4; scgi_temp_path `+dir+`/t5;
  server {
    listen `+port+`; root `+dir+`/www; add_header Cache-Control "public, max-age=300";
    location /logged/ { alias `+dir+`/www/; access_log /dev/null; }
  }
}
`), 0o644)
	if err != nil {
		return nil, err
	}
	s, err := b.launch(port, nil, binary, "-c", conf, "-p", dir, "-e", dir+"/nginx.log")
	if err != nil {
		return nil, err
	}
	s.url = "http://" + port
	children, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%[1]d/children", s.pids[0]))
	for _, pid := range strings.Fields(string(children)) {
		n, _ := strconv.Atoi(pid)
		s.pids = append(s.pids, n)
	}
	return s, nil
}

// withRedis starts Redis, two servers on it, one that asks it on every hit because its user may not hear the feed, and the peer
// with a GET a request. It measures how soon a revocation is seen, too. end stops all of it.
func (b *bench) withRedis(dir string) (loads []*load, end func(), err error) {
	var stops []func()
	end = func() {
		for _, stop := range slices.Backward(stops) {
			stop()
		}
	}
	redis, at, err := b.redis(filepath.Join(dir, "redis"), "--appendonly", "yes", "--appendfsync", "always")
	if err != nil {
		return nil, end, err
	}
	stops = append(stops, redis.stop)
	codes := filepath.Join(dir, "redis-codes")
	if err := b.fill("redis://"+at, b.revocations+1, codes); err != nil {
		return nil, end, err
	}
	host, port, _ := net.SplitHostPort(at)
	cli := func(args ...string) error {
		out, err := exec.Command("redis-cli", append([]string{"-h", host, "-p", port}, args...)...).CombinedOutput()
		if err != nil {
			err = fmt.Errorf("redis-cli: %w: %s", err, out)
		}
		return err
	}
	if err := cli("acl", "setuser", "deaf", "on", ">word", "~*", "&*", "+@all", "-subscribe"); err != nil {
		return nil, end, err
	}
	run := func(url string) (*server, error) {
		s, err := b.serve("TESTAMUR_REDIS="+url, "TESTAMUR_DATA="+dir)
		if err == nil {
			stops = append(stops, s.stop)
		}
		return s, err
	}
	live, err := run("redis://" + at)
	if err != nil {
		return nil, end, err
	}
	second, err := run("redis://" + at)
	if err != nil {
		return nil, end, err
	}
	deaf, err := run("redis://deaf:word@" + at)
	if err != nil {
		return nil, end, err
	}
	for _, s := range []*server{live, second, deaf} {
		b.idle(s)
	}
	all, err := os.ReadFile(codes)
	if err != nil {
		return nil, end, err
	}
	known := strings.Fields(string(all))
	if err := b.revoke(live.url, second.url, known[1:]); err != nil {
		b.say("revocations: %v", err)
		b.absent["revocations"] = err.Error()
	}
	second.stop()
	path := "/badges/" + known[0] + ".png"
	picture, _, err := get(live.url + path)
	if err != nil {
		return nil, end, err
	}
	kept := filepath.Join(dir, "live.png")
	if err := errors.Join(os.WriteFile(kept, picture, 0o644), cli("set", "public:"+known[0]+".png", "valid")); err != nil {
		return nil, end, err
	}
	asks, err := b.peer("redisget", func(port string) []string { return []string{port, at, kept} })
	if err != nil {
		return nil, end, err
	}
	stops = append(stops, asks.stop)
	for _, s := range []*server{live, deaf, asks} { // what Redis does for them is theirs
		s.pids = append(s.pids, redis.pids...)
	}
	return []*load{
		{name: "live", what: "**testamur**, status live from Redis by its feed", at: live, url: live.url + path},
		{name: "asked", what: "testamur, where the feed cannot be heard: Redis asked on every hit", at: deaf, with: redis, url: deaf.url + path},
		{name: "get", what: "Fiber and a Redis GET a request, the same bytes", at: asks, url: asks.url + path},
	}, end, nil
}

func (b *bench) redis(dir string, settings ...string) (*server, string, error) {
	binary, err := exec.LookPath("redis-server")
	if err != nil {
		return nil, "", errors.New("not installed")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, "", err
	}
	at := freePort()
	host, port, _ := net.SplitHostPort(at)
	s, err := b.launch(at, nil, append([]string{binary, "--bind", host, "--port", port, "--dir", dir, "--save", "", "--maxmemory-policy", "noeviction"}, settings...)...)
	return s, at, err
}

// revoke revokes credentials at one server, and looks at another how long after the answer its picture and its verdict are others.
func (b *bench) revoke(one, other string, codes []string) error {
	b.say("revoking %d credentials", len(codes))
	var picture, verdict, sent []float64 // ms
	for _, code := range codes {
		url, page := other+"/badges/"+code+".png?w=64", other+"/verify/"+code+".json"
		_, before, err := get(url)
		if err != nil {
			return err
		}
		r, err := http.NewRequestWithContext(b.ctx, http.MethodPost, one+"/api/v1/credentials/"+code+"/revoke", strings.NewReader(`{"reason":"bench"}`))
		if err != nil {
			return err
		}
		r.Header.Set("Authorization", "Bearer "+apiKey)
		r.Header.Set("Content-Type", "application/json")
		began := time.Now()
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			return err
		}
		body, _ := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			return fmt.Errorf("revoking is answered by %d: %.200s", answer.StatusCode, body)
		}
		acknowledged := time.Now()
		asked := acknowledged
		for {
			_, now, err := get(url)
			if err != nil {
				return err
			}
			if now != before {
				break
			}
			if asked = time.Now(); asked.Sub(acknowledged) > 5*time.Second {
				return errors.New("a picture is not another after five seconds")
			}
		}
		// seen is when the question was asked whose answer was new: 0 where that was the first
		picture = append(picture, float64(asked.Sub(acknowledged).Microseconds())/1000)
		sent = append(sent, float64(asked.Sub(began).Microseconds())/1000)
		asked = time.Now()
		first := asked
		for {
			data, _, err := get(page)
			if err != nil {
				return err
			}
			var v struct{ Status string }
			if err := json.Unmarshal(data, &v); err != nil {
				return err
			}
			if v.Status == "revoked" {
				break
			}
			if asked = time.Now(); asked.Sub(first) > 5*time.Second {
				return errors.New("a verdict is not another after five seconds")
			}
		}
		verdict = append(verdict, float64(asked.Sub(first).Microseconds())/1000)
	}
	p99 := percentile(picture, .99)
	b.rows = append(b.rows, row{goal: "H2", what: fmt.Sprintf("revocation seen in the picture of another server, after the answer, p99 of %d", len(codes)),
		ours: fmt.Sprintf("%.2f ms", p99), want: "< 5 ms", met: yes(p99 < 5)})
	b.notes = append(b.notes, fmt.Sprintf("Revocations: the picture at another server was another %.2f ms (p50), %.2f ms (p99), %.2f ms (most) after the answer of the call, and %.2f ms (p50) after it was sent; "+
		"the verdict %.2f ms (most) after that.", median(picture), p99, slices.Max(picture), median(sent), slices.Max(verdict)))
	return nil
}

func percentile(of []float64, p float64) float64 {
	of = slices.Sorted(slices.Values(of))
	return of[min(len(of)-1, int(p*float64(len(of))))]
}

// get returns body and entity tag of a 200.
func get(url string) ([]byte, string, error) {
	r, err := http.Get(url)
	if err != nil {
		return nil, "", err
	}
	defer r.Body.Close()
	data, err := io.ReadAll(r.Body)
	if err == nil && r.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s is answered by %s", url, r.Status)
	}
	return data, r.Header.Get("ETag"), err
}

func (b *bench) fill(where string, count int, codes string) error {
	c := exec.CommandContext(b.ctx, b.program("fill"), where, strconv.Itoa(count), codes)
	c.Env = append(os.Environ(), "TESTAMUR_SECRET="+secret)
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("fill: %w: %s", err, out)
	}
	return nil
}

// atLeastShare adds the row of a ratio of requests.
func (b *bench) atLeastShare(goal, what string, ours, peer *load, least float64) {
	r := row{goal: goal, what: what, want: fmt.Sprintf(">= %.2f x", least), met: yes(false)}
	if ours != nil && ours.rate() > 0 {
		r.ours = whole(ours.rate()) + "/s"
	}
	if peer != nil && peer.rate() > 0 {
		r.peer = peer.what + " " + whole(peer.rate()) + "/s"
	}
	if r.ours != "" && r.peer != "" {
		x := ours.rate() / peer.rate()
		r.ratio, r.met = fmt.Sprintf("%.2f x", x), yes(x >= least)
		b.short["http "+ours.name] = b.short["http "+ours.name] || x < least
	}
	b.rows = append(b.rows, r)
}

// atMostCPU adds the row of a ratio of CPU time a request.
func (b *bench) atMostCPU(goal, what string, ours, peer *load, most float64) {
	r := row{goal: goal, what: what, want: fmt.Sprintf("<= %.2f x", most), met: yes(false)}
	if ours != nil && ours.us() > 0 {
		r.ours = fmt.Sprintf("%.1f us", ours.us())
	}
	if peer != nil && peer.us() > 0 {
		r.peer = fmt.Sprintf("%s %.1f us", peer.what, peer.us())
	}
	if r.ours != "" && r.peer != "" {
		x := ours.us() / peer.us()
		r.ratio, r.met = fmt.Sprintf("%.2f x", x), yes(x <= most)
		b.short["http "+ours.name] = b.short["http "+ours.name] || x > most
	}
	b.rows = append(b.rows, r)
}
