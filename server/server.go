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
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"

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
	words      *messages.Language
	fixed      [classes][]header
	masterKey  [32]byte // hash of MasterKey

	noRecord []byte // the page for hidden and unknown alike
	noJSON   []byte // the same as a problem

	draining  atomic.Bool
	mu        sync.Mutex
	listeners []net.Listener // under mu
	misses    *limiter       // answers 404 for well-formed codes, by address
	writes    *limiter       // writes, by key
	running   sync.Map       // idempotency keys under way
}

const (
	bodyLimit       = 1 << 20
	missesPerMinute = 60
	writesPerMinute = 600
)

// New returns a Server; it listens only when Serve is called.
func New(c Config) (*Server, error) {
	if c.Registry == nil || c.Catalogue == nil || c.Press == nil || c.Pages == nil || c.Messages == nil ||
		c.Zone == nil || c.URL == "" || c.Log == nil || c.Now == nil || c.Rand == nil {
		return nil, errors.New("server: a server needs all of its configuration")
	}
	s := &Server{Config: c, words: c.Messages.In(messages.Reference), fixed: fixedHeaders(strings.HasPrefix(c.URL, "https:")), masterKey: sha256.Sum256([]byte(c.MasterKey)),
		misses: newLimiter(missesPerMinute), writes: newLimiter(writesPerMinute)}
	s.noRecord = c.Pages.NoRecord(s.words)
	s.noJSON = s.problem(errNoRecord).body()

	app := s.fiber()
	app.Use(s.watch, s.strict)

	for _, path := range c.Pages.Paths(s.words) { // /, /certifications/, /certifications/{slug}/, /faq/, /terms/, …
		if path != "/show/" {
			app.Get(path, s.static)
		}
		if path != "/" {
			app.Get(strings.TrimSuffix(path, "/"), s.slash)
		}
	}
	app.Get("/show/", s.builder)
	app.Get("/search", s.search)
	app.Get("/oembed", s.oEmbed)
	app.Get("/assets/*", s.asset)
	app.Get("/robots.txt", s.robots)
	app.Get("/sitemap.xml", s.sitemap)
	app.Get("/.well-known/security.txt", s.security)
	app.Get("/livez", s.live)
	app.Get("/readyz", s.ready)
	app.Get("/healthz", s.ready)

	app.Get("/badges/:file", s.badge)
	app.Get("/previews/:file", s.preview)
	app.Get("/certificates/:file", s.certificate)
	app.Get("/verify/:code.json", s.verdictJSON)
	for _, path := range []string{"/verify", "/v", "/V"} {
		app.Get(path, s.form)
		app.Get(path+"/:code", s.verdictPage)
	}
	app.Get("/share/:code.ics", s.calendar)
	app.Get("/share/:code", s.share)

	api := app.Group("/api/v1", s.apiHeaders)
	api.Post("/credentials", s.allow(verify.ScopeIssue, s.grant))
	api.Get("/credentials/:code", s.allow(verify.ScopeRead, s.show))
	api.Post("/credentials/:code/renew", s.allow(verify.ScopeIssue, s.renew))
	api.Post("/credentials/:code/revoke", s.allow(verify.ScopeIssue, s.revoke))
	api.Post("/credentials/:code/suspend", s.allow(verify.ScopeIssue, s.suspend))
	api.Post("/credentials/:code/restore", s.allow(verify.ScopeIssue, s.restore))
	api.Put("/credentials/:code/consent", s.allow(verify.ScopeIssue, s.consent))
	api.Get("/holders/:id", s.allow(verify.ScopeRead, s.holder))
	api.Patch("/holders/:id", s.allow(verify.ScopeIssue, s.changeHolder))
	api.Get("/certifications", s.allow(verify.ScopeRead, s.certifications))
	s.app = app

	s.admin = s.fiber()
	s.admin.Use(s.watch, s.strict)
	s.admin.Get("/livez", s.live)
	s.admin.Get("/readyz", s.ready)
	return s, nil
}

// fiber returns an app without routes and without what Fiber would add of its own.
func (s *Server) fiber() *fiber.App {
	app := fiber.New(fiber.Config{
		CaseSensitive: true, StrictRouting: true, DisableStartupMessage: true,
		BodyLimit: bodyLimit, ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second, IdleTimeout: 60 * time.Second,
		ReadBufferSize: 8 << 10, WriteBufferSize: 64 << 10, // a picture goes out in one write
		DisablePreParseMultipartForm: true,
		ErrorHandler: func(c *fiber.Ctx, err error) error { // of requests that no handler has seen
			s.note(c, "", s.Now(), s.give(c, err))
			return nil
		},
	})
	app.Server().NoDefaultContentType = true
	app.Server().Handler = known(app.Server().Handler)
	return app
}

// Serve answers the requests of a listener until Shutdown.
func (s *Server) Serve(l net.Listener) error { return s.serve(s.app, l) }

// ServeAdmin answers /livez and /readyz on a listener for machines of the house, until Shutdown.
func (s *Server) ServeAdmin(l net.Listener) error { return s.serve(s.admin, l) }

func (s *Server) serve(app *fiber.App, l net.Listener) error {
	s.mu.Lock()
	s.listeners = append(s.listeners, l)
	ended := s.draining.Load()
	s.mu.Unlock()
	if ended {
		return l.Close()
	}
	if err := app.Listener(l); err != nil {
		return fmt.Errorf("serve %s: %w", l.Addr(), err)
	}
	return nil
}

// Shutdown says "not ready", lets the requests under way finish while ctx lasts, and ends Serve.
func (s *Server) Shutdown(ctx context.Context) error {
	s.draining.Store(true)
	err := errors.Join(s.app.ShutdownWithContext(ctx), s.admin.ShutdownWithContext(ctx))
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.listeners {
		_ = l.Close() // most are closed by now; one on which Serve was about to begin is not known to Fiber yet
	}
	return err
}

// Test answers one request without a network, for tests.
func (s *Server) Test(r *http.Request) (*http.Response, error) { return s.app.Test(r, -1) }
