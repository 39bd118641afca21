// Package server is the HTTP face of testamur: badges, certificates, the verification page and the issuer's API.
// It is the only package that imports Fiber.
//
// It knows no rules and draws nothing: it parses, asks verify, fills in what consent released, and answers with what
// render and site made. All routes are on one screen in New; error.go alone turns an error into a status.
package server

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"testamur/messages"
	"testamur/render"
	"testamur/site"
	"testamur/verify"
)

// Config is what a Server needs.
type Config struct {
	Registry  *verify.Registry
	Catalogue *verify.Catalogue
	Press     *render.Press
	Pages     *site.Pages
	Messages  *messages.Catalogue
	Metrics   *Metrics       // of this server alone
	Zone      *time.Location // of every date that is shown
	Issuer    Issuer
	URL       string // scheme, host and port of every link; never taken from a request

	MasterKey      string         // an admin key that is valid while it is set; empty: none
	TrustedProxies []netip.Prefix // whose X-Forwarded-For is believed
	Log            *slog.Logger
	Now            func() time.Time
	Rand           io.Reader // for request ids
}

// Issuer is who issues, as the verification JSON and LinkedIn name it.
type Issuer struct {
	Name       string
	LinkedInID string // digits; empty: LinkedIn is told the name
}

// Server answers HTTP. Make it with New.
type Server struct {
	Config
	app, admin *fiber.App
	words      *messages.Language                     // of machines, pictures and the API
	fixed      *[routeClasses]fasthttp.ResponseHeader // by class
	masterKey  [32]byte                               // hash of MasterKey
	patience   time.Duration                          // with the store, of /readyz

	noJSON  []byte   // the problem for hidden and unknown alike
	openAPI []byte   // the document of the API
	api     site.API // the same for its page

	streams   context.Context // of what is sent as it is made; it ends when a shutdown waits no longer
	stop      context.CancelFunc
	draining  atomic.Bool
	mu        sync.Mutex
	stopping  bool // under mu, as listeners
	listeners []net.Listener
	open      connections // of app
	openAdmin connections // of admin
	misses    *limiter    // answers 404 for well-formed codes, by address
	writes    *limiter    // writes, by key
	lost      sync.Map    // slugs that the catalogue lacks, once said
	running   sync.Map    // idempotency keys under way
	lines     lines
}

const (
	bodyLimit       = 1 << 20
	missesPerMinute = 60
	writesPerMinute = 600
)

// New returns a Server; it listens only when Serve is called.
func New(c Config) (*Server, error) {
	if c.Registry == nil || c.Catalogue == nil || c.Press == nil || c.Pages == nil || c.Messages == nil || c.Metrics == nil ||
		c.Zone == nil || c.URL == "" || c.Log == nil || c.Now == nil || c.Rand == nil {
		return nil, errors.New("server: a server needs all of its configuration")
	}
	s := &Server{Config: c, words: c.Messages.In(messages.Reference), fixed: fixedHeaders(strings.HasPrefix(c.URL, "https:")), masterKey: sha256.Sum256([]byte(c.MasterKey)),
		patience: readyDeadline, misses: newLimiter(missesPerMinute), writes: newLimiter(writesPerMinute)}
	s.streams, s.stop = context.WithCancel(context.Background())
	s.noJSON = s.problem(errNoRecord).body()
	if err := s.describe(); err != nil {
		return nil, err
	}

	app := s.fiber(&s.open)
	app.Use(s.watch)

	for _, path := range c.Pages.Paths(s.words) { // /, /certifications/, /certifications/{slug}/, /faq/, /terms/, …
		switch {
		case path == "/show/":
		case strings.HasSuffix(path, site.PracticePath):
			app.Get(path, s.in(s.practice))
		default:
			app.Get(path, s.in(s.static))
		}
		if path != "/" {
			app.Get(strings.TrimSuffix(path, "/"), s.slash)
		}
	}
	app.Get("/show/", s.in(s.builder))
	app.Get("/search", s.in(s.search))
	app.Get("/oembed", s.oEmbed)
	app.Get("/assets/*", s.asset)
	app.Get("/robots.txt", s.robots)
	app.Get("/sitemap.xml", s.sitemap)
	app.Get(site.FeedPath, s.feed)
	app.Get("/.well-known/security.txt", s.security)
	app.Get("/livez", s.live)
	app.Get("/readyz", s.ready)
	app.Get("/healthz", s.ready)

	app.Get("/badges/:file", s.badge)
	app.Get("/previews/:file", s.preview)
	app.Get("/certificates/:file", s.certificate)
	app.Get("/verify/:code.json", s.verdictJSON)
	for _, path := range []string{"/verify", "/v", "/V"} {
		app.Get(path, s.in(s.form))
		app.Get(path+"/:code", s.in(s.verdictPage))
	}
	app.Get("/share/:code.ics", s.in(s.calendar))
	app.Get("/share/:code", s.in(s.share))

	app.Get("/api", s.toAPIDocs)
	app.Get("/api/", s.in(s.apiDocs))
	app.Get("/api/openapi.json", s.apiDocument)
	api := app.Group("/api/v1", s.apiHeaders)
	read, issue, admin := verify.ScopeRead, verify.ScopeIssue, verify.ScopeAdmin
	api.Get("/credentials", s.allow(read, s.credentials, "certification", "status", "consent", "holder", "external_id", "expires_before", "limit", "cursor"))
	api.Post("/credentials", s.allow(issue, s.grant))
	api.Use("/credentials/import", notYet)
	api.Get("/credentials/:code", s.allow(read, s.show))
	api.Post("/credentials/:code/renew", s.allow(issue, s.renew))
	api.Post("/credentials/:code/revoke", s.allow(issue, s.turn(s.Registry.Revoke)))
	api.Post("/credentials/:code/suspend", s.allow(issue, s.turn(s.Registry.Suspend)))
	api.Post("/credentials/:code/restore", s.allow(issue, s.turn(s.Registry.Restore)))
	api.Post("/credentials/:code/recode", s.allow(issue, s.turn(s.recode)))
	api.Put("/credentials/:code/consent", s.allow(issue, s.consent))
	api.Put("/credentials/:code/tier", s.allow(issue, s.tier))
	api.Get("/holders/:id", s.allow(read, s.holder))
	api.Patch("/holders/:id", s.allow(issue, s.changeHolder))
	api.Delete("/holders/:id", s.allow(admin, s.eraseHolder))
	api.Get("/certifications", s.allow(read, s.certifications))
	api.Get("/keys", s.allow(admin, s.keys))
	api.Post("/keys", s.allow(admin, s.newKey))
	api.Delete("/keys/:id", s.allow(admin, s.endKey))
	api.Get("/audit", s.allow(admin, s.audit, "after", "limit"))
	api.Get("/events", s.allow(read, s.events, "after", "limit"))
	api.Get("/backup", s.allow(admin, s.backup))
	s.app = app

	s.admin = s.fiber(&s.openAdmin)
	s.admin.Use(s.watch)
	s.admin.Get("/livez", s.live)
	s.admin.Get("/readyz", s.ready)
	s.admin.Get("/metrics", c.Metrics.handler())
	s.admin.Get("/debug/pprof", toProfiles)
	s.admin.Get("/debug/pprof/:profile?", profiles)
	return s, c.Metrics.watch(s)
}

// fiber returns an app without routes and without what Fiber would add of its own.
func (s *Server) fiber(open *connections) *fiber.App {
	app := fiber.New(fiber.Config{
		CaseSensitive: true, StrictRouting: true, DisableStartupMessage: true,
		BodyLimit: bodyLimit, ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second, IdleTimeout: 60 * time.Second,
		ReadBufferSize:               8 << 10, // the longest header
		WriteBufferSize:              8 << 10, // a larger body is sent from where it is kept, and a piece of a stream fits
		DisablePreParseMultipartForm: true,
		ErrorHandler: func(c *fiber.Ctx, err error) error { // of requests that no handler has seen
			s.note(c, routeClassOf(c.Path()), "", s.Metrics.clock(), s.give(c, err))
			return nil
		},
	})
	app.Server().NoDefaultContentType = true
	app.Server().LazyRequestTime = true // nobody asks for it
	app.Server().ConnState = open.note
	app.Server().Handler = known(app.Server().Handler)
	app.Server().ErrorHandler = addressed(app.Server().ErrorHandler)
	return app
}

// Serve answers the requests of a listener until Shutdown.
func (s *Server) Serve(l net.Listener) error { return s.serve(s.app, l) }

// ServeAdmin answers health, metrics and profiles on a listener for machines of the house, until Shutdown.
func (s *Server) ServeAdmin(l net.Listener) error { return s.serve(s.admin, l) }

func (s *Server) serve(app *fiber.App, l net.Listener) error {
	l = &door{Listener: l}
	s.mu.Lock()
	s.listeners = append(s.listeners, l)
	stopping := s.stopping
	s.mu.Unlock()
	if stopping {
		return l.Close()
	}
	if err := app.Listener(l); err != nil {
		return fmt.Errorf("serve %s: %w", l.Addr(), err)
	}
	return nil
}
