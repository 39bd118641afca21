package server

import (
	"io"
	"log/slog"
	"testing"

	"github.com/valyala/fasthttp"
)

// BenchmarkBadge is the cached badge with its status check and its line of log, without the network, and the answer that
// it is unchanged. bench/run is the whole of it.
func BenchmarkBadge(b *testing.B) {
	w := newWorld(b, func(c *Config) { c.Log = slog.New(slog.NewJSONHandler(io.Discard, nil)) })
	handle := w.server.app.Handler()
	var c fasthttp.RequestCtx
	c.Request.Header.SetMethod("GET")
	c.Request.SetRequestURI("/badges/" + w.names["valid"] + ".png")
	c.Request.Header.SetHost("academy.example.org")
	for _, want := range []int{200, 304} {
		b.Run(fasthttp.StatusMessage(want), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.Response.Reset()
				handle(&c)
			}
			if c.Response.StatusCode() != want {
				b.Fatal(c.Response.StatusCode())
			}
		})
		c.Request.Header.SetBytesV("If-None-Match", c.Response.Header.Peek("ETag"))
	}
}
