package server

import (
	"log/slog"
	"testing"

	"github.com/valyala/fasthttp"
)

// BenchmarkBadge is the cached badge with its status check, without the network. bench/run is the whole of it.
func BenchmarkBadge(b *testing.B) {
	w := newWorld(b, func(c *Config) { c.Log = slog.New(slog.DiscardHandler) })
	handle := w.server.app.Handler()
	var c fasthttp.RequestCtx
	c.Request.Header.SetMethod("GET")
	c.Request.SetRequestURI("/badges/" + w.names["valid"] + ".png")
	c.Request.Header.SetHost("academy.example.org")
	b.ReportAllocs()
	for b.Loop() {
		c.Response.Reset()
		handle(&c)
	}
	if c.Response.StatusCode() != 200 {
		b.Fatal(c.Response.StatusCode())
	}
}
