package server

import (
	"bufio"
	"context"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"testamur/render"
	"testamur/verify"
)

// probe asks the admin listener.
func (w *world) probe(t testing.TB, path string) (int, http.Header, string) {
	t.Helper()
	r, err := w.server.admin.Test(httptest.NewRequest("GET", path, nil), -1)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, r.Header, string(body)
}

// metrics reads /metrics: a value for each name with its labels.
func (w *world) metrics(t testing.TB) map[string]float64 {
	t.Helper()
	status, header, body := w.probe(t, "/metrics")
	if status != 200 || !strings.HasPrefix(header.Get("Content-Type"), "text/plain; version=") {
		t.Fatalf("%d %v", status, header)
	}
	values := map[string]float64{}
	for lines := bufio.NewScanner(strings.NewReader(body)); lines.Scan(); {
		if name, value, ok := strings.Cut(lines.Text(), " "); ok && !strings.HasPrefix(name, "#") {
			values[name], _ = strconv.ParseFloat(value[strings.LastIndex(value, " ")+1:], 64)
		}
	}
	return values
}

// What is done is counted under the names that docs/operate.md lists, and what is not is there with 0.
func TestMetrics(t *testing.T) {
	h, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, func(c *Config) {
		drawn := pressConfig(h)
		drawn.Drawing = c.Metrics.Drawing
		if c.Press, err = render.NewPress(drawn); err != nil {
			t.Fatal(err)
		}
	})
	// drawn first: on a busy machine an asker gives up before the draw does
	for _, path := range []string{"/badges/{valid}.png?w=65", "/badges/{valid}.png?style=card&w=129", "/previews/{valid}.png", "/certificates/{valid}.pdf"} {
		for w.ask(t, "GET", (&script{world: w}).fillKnown(path), nil, "").status == 503 {
		}
	}
	before := w.metrics(t)
	for _, kind := range []string{"badge", "card", "preview", "certificate"} {
		if n := before[`testamur_draw_duration_seconds_count{kind="`+kind+`"}`]; n != 1 {
			t.Errorf("%v draws of a %s", n, kind)
		}
	}
	for _, path := range []string{"/badges/{valid}.png?w=65", "/badges/{valid}.png?w=65", "/badges/{valid}.png?style=card&w=129", "/previews/{valid}.png",
		"/certificates/{valid}.pdf", "/certificates/{unknown}.png", "/badges/{mistyped}.png", "/verify/{valid}", "/verify/{unknown}", "/verify/{valid}.json", "/", "/nothing",
		"/readyz", "/api/v1/certifications"} {
		w.ask(t, "GET", (&script{world: w}).fillKnown(path), nil, "")
	}
	w.store.mood.Store("away")
	w.ask(t, "GET", "/verify/"+w.names["valid"], nil, "")
	w.store.mood.Store("tampered")
	w.ask(t, "GET", "/verify/"+w.names["valid"], nil, "")
	w.store.mood.Store("works")
	for range missesPerMinute + 2 {
		w.ask(t, "GET", "/verify/"+w.names["unknown"], nil, "")
	}
	after := w.metrics(t)
	for name, want := range map[string]float64{
		`testamur_http_requests_total{class="picture",status="2xx"}`:                  4,
		`testamur_http_requests_total{class="picture",status="4xx"}`:                  1,
		`testamur_http_requests_total{class="picture",status="5xx"}`:                  0,
		`testamur_http_requests_total{class="certificate",status="2xx"}`:              1,
		`testamur_http_requests_total{class="certificate_picture",status="4xx"}`:      1,
		`testamur_http_requests_total{class="verification",status="2xx"}`:             1,
		`testamur_http_requests_total{class="verification",status="4xx"}`:             1 + missesPerMinute + 2,
		`testamur_http_requests_total{class="verification",status="5xx"}`:             2,
		`testamur_http_requests_total{class="json",status="2xx"}`:                     1,
		`testamur_http_requests_total{class="site",status="2xx"}`:                     1,
		`testamur_http_requests_total{class="site",status="4xx"}`:                     1,
		`testamur_http_requests_total{class="health",status="2xx"}`:                   1,
		`testamur_http_requests_total{class="api",status="4xx"}`:                      1,
		`testamur_http_request_duration_seconds_count{class="picture"}`:               5,
		`testamur_http_request_duration_seconds_bucket{class="picture",le="+Inf"}`:    5,
		`testamur_cache_misses_total`:                                                 0,
		`testamur_cache_hits_total`:                                                   5,
		`testamur_store_calls_total{operation="record",outcome="done"}`:               3,
		`testamur_store_calls_total{operation="recent",outcome="done"}`:               4,
		`testamur_store_calls_total{operation="record",outcome="not_found"}`:          3 + missesPerMinute + 2, // readiness asks too
		`testamur_store_calls_total{operation="record",outcome="failed"}`:             2,
		`testamur_store_call_duration_seconds_count{operation="record"}`:              8 + missesPerMinute + 2,
		`testamur_tampered_records_total`:                                             1,
		`testamur_limited_requests_total{limit="not_found"}`:                          4,
		`testamur_limited_requests_total{limit="writes"}`:                             0,
		`testamur_draws_refused_total`:                                                0,
		`testamur_store_calls_total{operation="credential",outcome="refused"}`:        0,
		`testamur_store_call_duration_seconds_bucket{operation="audit",le="0.00025"}`: 0,
	} {
		value, there := after[name]
		if got := value - before[name]; !there || got != want {
			t.Errorf("%s: %v (%v), want %v", name, got, there, want)
		}
	}
	for _, name := range []string{`testamur_build_info{version="test"}`, "go_goroutines", "process_resident_memory_bytes", "process_open_fds", "testamur_cache_bytes"} {
		if after[name] <= 0 {
			t.Errorf("%s is %v", name, after[name])
		}
	}
	if log := w.log.String(); strings.Count(log, "not as it was written") != 1 || !strings.Contains(log, `"level":"ERROR","msg":"a record of the store is not as it was written","operation":"record"`) {
		t.Errorf("no alarm, or more than one:\n%s", log)
	}
}

// Names, units and help are as the makers of Prometheus want them, and there are not too many.
func TestMetricsAreWellNamed(t *testing.T) {
	w := newWorld(t, nil)
	_, _, body := w.probe(t, "/metrics")
	problems, err := promlint.New(strings.NewReader(body)).Lint()
	if err != nil || len(problems) > 0 {
		t.Error(problems, err)
	}
	if lines := strings.Count(body, "\n"); lines > 1000 {
		t.Errorf("%d lines", lines)
	}
}

// The manual lists every metric of ours, and no other.
func TestManualListsMetrics(t *testing.T) {
	manual, err := os.ReadFile("../docs/operate.md")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for _, name := range regexp.MustCompile(`testamur_[a-z_]+`).FindAllString(string(manual), -1) {
		listed[strings.TrimSuffix(name, "_bucket")] = true
	}
	families, err := newWorld(t, nil).server.Metrics.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if strings.HasPrefix(f.GetName(), "testamur_") && !listed[f.GetName()] {
			t.Errorf("docs/operate.md does not list %s", f.GetName())
		}
		delete(listed, f.GetName())
	}
	for name := range listed {
		t.Errorf("docs/operate.md lists %s, which is not there", name)
	}
}

// No label is empty, and the manual lists the classes of requests and the kinds of draws that there are.
func TestManualListsLabels(t *testing.T) {
	manual, err := os.ReadFile("../docs/operate.md")
	if err != nil {
		t.Fatal(err)
	}
	families, err := newWorld(t, nil).server.Metrics.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]map[string]bool{"class": {}, "kind": {}}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				if l.GetValue() == "" && strings.HasPrefix(f.GetName(), "testamur_") {
					t.Errorf("%s has a %s without a name", f.GetName(), l.GetName())
				}
				if of := values[l.GetName()]; of != nil {
					of[l.GetValue()] = true
				}
			}
		}
	}
	for label, are := range values {
		row := regexp.MustCompile("`" + label + "`: ([a-z_, ]+)").FindSubmatch(manual)
		if row == nil {
			t.Fatalf("docs/operate.md does not list the values of %s", label)
		}
		listed := strings.Split(strings.TrimSpace(string(row[1])), ", ")
		slices.Sort(listed)
		if want := slices.Sorted(maps.Keys(are)); !slices.Equal(listed, want) {
			t.Errorf("docs/operate.md lists %s as %q, there is %q", label, listed, want)
		}
	}
}

// A step of a histogram holds what is at most as long.
func TestDurations(t *testing.T) {
	now := time.Duration(0)
	m := NewMetrics("", func() time.Duration { return now })
	for _, took := range []time.Duration{0, steps[0], steps[0] + 1, steps[len(steps)-1], time.Hour} {
		now = 0
		drawn := m.Drawing("badge")
		now = took
		drawn()
	}
	m.Drawing("of a kind that is not known")()
	families, err := m.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() != "testamur_draw_duration_seconds" {
			continue
		}
		h := f.GetMetric()[0].GetHistogram()
		got := []uint64{h.GetBucket()[0].GetCumulativeCount(), h.GetBucket()[1].GetCumulativeCount(), h.GetBucket()[len(steps)-1].GetCumulativeCount(), h.GetSampleCount()}
		if want := []uint64{2, 3, 4, 5}; !reflect.DeepEqual(got, want) || h.GetSampleSum() < 3610 || h.GetSampleSum() > 3611 {
			t.Errorf("%v in %v s, want %v", got, h.GetSampleSum(), want)
		}
		return
	}
	t.Error("no draws")
}

// No call of the store goes unmeasured, not one that is added later either.
func TestEveryCallOfTheStoreIsMeasured(t *testing.T) {
	w := newWorld(t, nil)
	gone, cancel := context.WithCancel(t.Context()) // with which a store does nothing
	cancel()
	calls := func() (n float64) {
		for name, value := range w.metrics(t) {
			if strings.HasPrefix(name, "testamur_store_calls_total") {
				n += value
			}
		}
		return n
	}
	store := reflect.ValueOf(w.registry.Store)
	for method := range reflect.TypeFor[verify.Store]().Methods() {
		if method.Name == "Close" {
			continue
		}
		var in []reflect.Value
		for i := range method.Type.NumIn() {
			in = append(in, reflect.New(method.Type.In(i)).Elem())
		}
		in[0] = reflect.ValueOf(gone)
		before := calls()
		store.MethodByName(method.Name).Call(in)
		if got := calls() - before; got != 1 {
			t.Errorf("%s is counted %v times", method.Name, got)
		}
	}
}

// The public listener knows nothing of metrics and profiles, and the admin listener shows no command line: keys may be on it.
func TestProfilesAreForTheHouse(t *testing.T) {
	w := newWorld(t, nil)
	for _, path := range []string{"/metrics", "/debug", "/debug/pprof", "/debug/pprof/", "/debug/pprof/heap", "/debug/pprof/cmdline", "/debug/vars"} {
		if r := w.ask(t, "GET", path, nil, ""); r.status != 404 {
			t.Errorf("in public, %s is %d", path, r.status)
		}
	}
	for path, want := range map[string]int{"/debug/pprof": 308, "/debug/pprof/": 200, "/debug/pprof/heap": 200, "/debug/pprof/goroutine?debug=2": 200,
		"/debug/pprof/profile?seconds=1": 200, "/debug/pprof/symbol": 200, "/debug/pprof/cmdline": 404, "/debug/pprof/nothing": 404, "/debug/vars": 404} {
		status, header, body := w.probe(t, path)
		if status != want || status == 200 && (len(body) == 0 || header.Get("Cache-Control") != "no-store") {
			t.Errorf("%s: %d, %d bytes, %v", path, status, len(body), header)
		}
	}
	for _, path := range []string{"cmdline", "%63mdline", "cmd%6cine", "%2563mdline", "..%2fpprof%2fcmdline", "..%2Fpprof%2Fcmdline", "%2e%2e/pprof/cmdline", "%2e%2e%2fpprof%2f%63mdline",
		"../pprof/cmdline", "./cmdline", ".%2fcmdline", "/cmdline", "%2fcmdline", "heap/../cmdline", "heap%2f..%2fcmdline", "cmdline/", "cmdline%2f", "cmdline?debug=1", "cmdline%3f", "cmdline%00", "CMDLINE",
		"heap%2f", "nothing", "%6eothing", "..%2f..%2fmetrics"} {
		if status, _, body := w.probe(t, "/debug/pprof/"+path); status != 404 || strings.Contains(body, os.Args[0]) {
			t.Errorf("%s: %d %.200q", path, status, body)
		}
	}
	if status, _, body := w.probe(t, "/debug/pprof/h%65ap"); status != 200 || len(body) == 0 {
		t.Errorf("heap, written otherwise: %d, %d bytes", status, len(body))
	}
}
