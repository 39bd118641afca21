package server

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/valyala/fasthttp"
	"github.com/valyala/fasthttp/fasthttpadaptor"

	"testamur/verify"
)

// Metrics is what the program tells machines of itself: counts and durations by kinds that are few and known beforehand.
// Nothing of a request, a person or a credential is in a label. What a request counts is found by an index: the badge is
// answered in two microseconds, and counting must not be seen in it. Make it with NewMetrics, before the parts that it
// measures.
type Metrics struct {
	registry *prometheus.Registry
	clock    func() time.Duration

	requests [routeClasses][statuses]prometheus.Counter
	took     *durations // by routeClass
	draws    *durations // by place in kinds
	calls    [storeCalls][outcomes]prometheus.Counter
	waited   *durations // by operation
	tampered prometheus.Counter
}

const namespace = "testamur"

// statuses are 1xx to 5xx.
const statuses = 5

// routeClass is what a request asks for: a class of answers, or health, which machines ask for all day.
type routeClass = class

const (
	classHealth  = classes
	routeClasses = classes + 1
)

var classNames = [routeClasses]string{classPage: "site", classPerson: "verification", classJSON: "json", classPicture: "picture",
	classSheet: "certificate_picture", classPDF: "certificate", classAPI: "api", classHealth: "health"}

func routeClassOf(path string) routeClass {
	switch path {
	case "/livez", "/readyz", "/healthz":
		return classHealth
	}
	return classOf(path)
}

// storeCall is a call of the store.
type storeCall int

const (
	opRecord storeCall = iota
	opRecent
	opCredential
	opCredentialByExternalID
	opCredentials
	opHolder
	opHolderByExternalID
	opReply
	opReplies
	opKey
	opKeys
	opAudit
	opCommit
	storeCalls // how many
)

var operationNames = [storeCalls]string{"record", "recent", "credential", "credential_by_external_id", "credentials", "holder", "holder_by_external_id", "reply", "replies", "key",
	"keys", "audit", "commit"}

// outcome is how a call of the store ended.
type outcome int

const (
	done     outcome = iota
	notFound         // there is nothing, which is an answer
	refused          // the change met another: a conflict, or a repeat
	failed           // the store could not be asked, or what it said could not be believed
	outcomes         // how many
)

var outcomeNames = [outcomes]string{"done", "not_found", "refused", "failed"}

func outcomeOf(err error) outcome {
	switch {
	case err == nil:
		return done
	case errors.Is(err, verify.ErrNotFound):
		return notFound
	case errors.Is(err, verify.ErrConflict), errors.Is(err, verify.ErrRepeated):
		return refused
	}
	return failed
}

// kinds are what the press draws.
var kinds = []string{"badge", "card", "preview", "certificate", "neutral"}

// NewMetrics returns metrics that are all zero. version is the program's. clock is the time since some beginning; it is
// read before and after what is measured, and has half the cost of the time of day.
func NewMetrics(version string, clock func() time.Duration) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry(), clock: clock}
	counters := func(name, help string, labels ...string) *prometheus.CounterVec {
		v := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
		m.registry.MustRegister(v)
		return v
	}
	requests := counters("http_requests_total", "Requests answered on the public listener, by class of route and of status.", "class", "status")
	for k, name := range classNames {
		for i, status := range [statuses]string{"1xx", "2xx", "3xx", "4xx", "5xx"} {
			m.requests[k][i] = requests.WithLabelValues(name, status)
		}
	}
	calls := counters("store_calls_total", "Calls of the store, by operation and outcome.", "operation", "outcome")
	for op, name := range operationNames {
		for o, how := range outcomeNames {
			m.calls[op][o] = calls.WithLabelValues(name, how)
		}
	}
	m.took = newDurations("http_request_duration_seconds", "Time from a request's arrival to its answer, without the network, by class of route.", "class", classNames[:])
	m.draws = newDurations("draw_duration_seconds", "Time to draw a picture or a document, without waiting for its turn, by kind.", "kind", kinds)
	m.waited = newDurations("store_call_duration_seconds", "Time that calls of the store take, by operation.", "operation", operationNames[:])
	m.registry.MustRegister(m.took, m.draws, m.waited)
	m.tampered = counters("tampered_records_total", "Reads of a record that is not as it was written: somebody edited the store, or its secret is another.").WithLabelValues()
	build := prometheus.NewGauge(prometheus.GaugeOpts{Namespace: namespace, Name: "build_info", Help: "Always 1; the version of the program is in the label.",
		ConstLabels: prometheus.Labels{"version": version}})
	build.Set(1)
	m.registry.MustRegister(build, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// request counts an answer.
func (m *Metrics) request(k routeClass, status int, took time.Duration) {
	m.requests[k][min(max(status/100-1, 0), statuses-1)].Inc()
	m.took.add(int(k), took)
}

// Drawing measures a draw of a kind, from the call to the call of what it returns. It is for render.Config; draws of a kind
// that it does not know are not measured.
func (m *Metrics) Drawing(kind string) (drawn func()) {
	i, began := slices.Index(kinds, kind), m.clock()
	if i < 0 {
		return func() {}
	}
	return func() { m.draws.add(i, m.clock()-began) }
}

// watch adds what the parts of a server count themselves. It fails where the metrics have a server already.
func (m *Metrics) watch(s *Server) error {
	var errs []error
	number := func(count bool, name, help string, labels prometheus.Labels, value func() int64) {
		f := func() float64 { return float64(value()) }
		var c prometheus.Collector
		if count {
			c = prometheus.NewCounterFunc(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help, ConstLabels: labels}, f)
		} else {
			c = prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help, ConstLabels: labels}, f)
		}
		errs = append(errs, m.registry.Register(c))
	}
	press := s.Press.Stats
	number(true, "cache_hits_total", "Asks for a picture or a document that was kept.", nil, func() int64 { return press().Hits })
	number(true, "cache_misses_total", "Asks for a picture or a document that had to wait for a draw.", nil, func() int64 { return press().Misses })
	number(false, "cache_bytes", "Bytes of pictures and documents kept.", nil, func() int64 { return press().Bytes })
	number(false, "draws_waiting", "Pictures and documents that wait to be drawn.", nil, func() int64 { return int64(press().Waiting) })
	number(false, "draws_running", "Pictures and documents being drawn.", nil, func() int64 { return int64(press().Drawing) })
	number(true, "draws_refused_total", "Asks that found the queue of draws full.", nil, func() int64 { return press().Refused })
	for name, l := range map[string]*limiter{"not_found": s.misses, "writes": s.writes} {
		number(true, "limited_requests_total", "Requests refused with 429, by the limit that they met.", prometheus.Labels{"limit": name}, l.refused.Load)
	}
	number(false, "http_connections", "Connections that are open on the public listener.", nil, func() int64 { return int64(s.open.count()) })
	return errors.Join(errs...)
}

// handler answers in the text format of Prometheus.
func (m *Metrics) handler() fiber.Handler {
	answer := fasthttpadaptor.NewFastHTTPHandler(promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	return func(c *fiber.Ctx) error { return adapt(c, answer) }
}

// adapt answers with a handler of fasthttp, whose status and headers are its own.
func adapt(c *fiber.Ctx, answer fasthttp.RequestHandler) error {
	answer(c.Context())
	c.Set(fiber.HeaderCacheControl, "no-store")
	return nil
}

// Store returns a store that answers as s does, measures each call, and says in the log when a record is not as it was
// written.
func (m *Metrics) Store(s verify.Store, log *slog.Logger) verify.Store { return measured{s, m, log} }

type measured struct {
	verify.Store // Close
	metrics      *Metrics
	log          *slog.Logger
}

// note counts a call that began then. The log names no record: its name is a code.
func (s measured) note(op storeCall, began time.Duration, err *error) {
	s.metrics.waited.add(int(op), s.metrics.clock()-began)
	s.metrics.calls[op][outcomeOf(*err)].Inc()
	if *err != nil && errors.Is(*err, verify.ErrTampered) {
		s.metrics.tampered.Inc()
		s.log.Error("a record of the store is not as it was written", "operation", operationNames[op])
	}
}

func (s measured) Record(ctx context.Context, code verify.Code) (r verify.Record, err error) {
	defer s.note(opRecord, s.metrics.clock(), &err)
	return s.Store.Record(ctx, code)
}

func (s measured) Recent(ctx context.Context, code verify.Code) (r verify.Record, err error) {
	defer s.note(opRecent, s.metrics.clock(), &err)
	return s.Store.Recent(ctx, code)
}

func (s measured) Credential(ctx context.Context, code verify.Code) (c verify.Credential, err error) {
	defer s.note(opCredential, s.metrics.clock(), &err)
	return s.Store.Credential(ctx, code)
}

func (s measured) CredentialByExternalID(ctx context.Context, externalID string) (c verify.Credential, err error) {
	defer s.note(opCredentialByExternalID, s.metrics.clock(), &err)
	return s.Store.CredentialByExternalID(ctx, externalID)
}

func (s measured) Credentials(ctx context.Context, after uint64, yield func(uint64, verify.Credential) bool) (err error) {
	defer s.note(opCredentials, s.metrics.clock(), &err)
	return s.Store.Credentials(ctx, after, yield)
}

func (s measured) Holder(ctx context.Context, id string) (h verify.Holder, codes []verify.Code, err error) {
	defer s.note(opHolder, s.metrics.clock(), &err)
	return s.Store.Holder(ctx, id)
}

func (s measured) HolderByExternalID(ctx context.Context, externalID string) (id string, err error) {
	defer s.note(opHolderByExternalID, s.metrics.clock(), &err)
	return s.Store.HolderByExternalID(ctx, externalID)
}

func (s measured) Reply(ctx context.Context, key string, now time.Time) (r verify.Reply, err error) {
	defer s.note(opReply, s.metrics.clock(), &err)
	return s.Store.Reply(ctx, key, now)
}

func (s measured) Replies(ctx context.Context, since time.Time, yield func(verify.Reply) bool) (err error) {
	defer s.note(opReplies, s.metrics.clock(), &err)
	return s.Store.Replies(ctx, since, yield)
}

func (s measured) Key(ctx context.Context, id string) (k verify.Key, err error) {
	defer s.note(opKey, s.metrics.clock(), &err)
	return s.Store.Key(ctx, id)
}

func (s measured) Keys(ctx context.Context) (keys []verify.Key, err error) {
	defer s.note(opKeys, s.metrics.clock(), &err)
	return s.Store.Keys(ctx)
}

func (s measured) Audit(ctx context.Context, after uint64, yield func(verify.Entry) bool) (err error) {
	defer s.note(opAudit, s.metrics.clock(), &err)
	return s.Store.Audit(ctx, after, yield)
}

func (s measured) Commit(ctx context.Context, w verify.Write) (err error) {
	defer s.note(opCommit, s.metrics.clock(), &err)
	return s.Store.Commit(ctx, w)
}

// durations are histograms under one name, one for each value of a label. Adding to one takes two additions, 14 ns where the
// library's own takes 36; a badge pays twice. The library tells them to machines as it tells its own.
type durations struct {
	desc *prometheus.Desc
	of   []string // values of the label
	each []histogram
}

// steps are the upper bounds of all histograms: from a read in memory to the longest that a request is waited for.
var steps = [...]time.Duration{100 * time.Microsecond, 250 * time.Microsecond, 500 * time.Microsecond, time.Millisecond, 2500 * time.Microsecond,
	5 * time.Millisecond, 10 * time.Millisecond, 25 * time.Millisecond, 50 * time.Millisecond, 100 * time.Millisecond, 250 * time.Millisecond,
	500 * time.Millisecond, time.Second, 2500 * time.Millisecond, 5 * time.Second, 10 * time.Second}

type histogram struct {
	within [len(steps) + 1]atomic.Uint64 // more than the step before, at most this one; the last: more than all
	sum    atomic.Int64                  // nanoseconds
}

func newDurations(name, help, label string, of []string) *durations {
	return &durations{prometheus.NewDesc(prometheus.BuildFQName(namespace, "", name), help, []string{label}, nil), of, make([]histogram, len(of))}
}

func (d *durations) add(i int, took time.Duration) {
	h, step := &d.each[i], 0
	for step < len(steps) && took > steps[step] {
		step++
	}
	h.within[step].Add(1)
	h.sum.Add(int64(took))
}

func (d *durations) Describe(out chan<- *prometheus.Desc) { out <- d.desc }

func (d *durations) Collect(out chan<- prometheus.Metric) {
	for i := range d.each {
		h, count, upTo := &d.each[i], uint64(0), make(map[float64]uint64, len(steps))
		for step := range h.within {
			count += h.within[step].Load()
			if step < len(steps) {
				upTo[steps[step].Seconds()] = count
			}
		}
		out <- prometheus.MustNewConstHistogram(d.desc, count, time.Duration(h.sum.Load()).Seconds(), upTo, d.of[i])
	}
}
