package server

import (
	"bufio"
	"context"
	"errors"
	"io"
	"time"

	"github.com/gofiber/fiber/v2"
)

const backupType = "application/octet-stream"

// stall is how long a client may take for the next piece of a stream.
const stall = 30 * time.Second

// backup sends the whole store as it is written, in chunks. A store that cannot be asked is 503, since nothing is sent before
// its first bytes; where it breaks later, the connection is closed without the last chunk, which no client takes for an end.
func (s *Server) backup(c *fiber.Ctx) error {
	conn := c.Context()
	if !conn.Request.Header.IsHTTP11() { // there the end of the connection is the end of the file, broken or not
		return badParameter{name: "HTTP/1.0", why: "chunks"}
	}
	if c.Method() == fiber.MethodHead {
		conn.Response.Header.SetContentType(backupType)
		return nil
	}
	ctx, cancel := context.WithCancel(s.streams)
	out, in := io.Pipe()
	context.AfterFunc(ctx, func() { out.CloseWithError(ctx.Err()) })
	go func() {
		in.CloseWithError(survive(func() error { return s.Registry.Backup(ctx, in) }))
	}()
	first := bufio.NewReaderSize(out, 64<<10)
	late := time.AfterFunc(writeDeadline, cancel)
	_, err := first.Peek(1)
	if !late.Stop() || err != nil {
		cancel()
		return errors.Join(errUnasked, err)
	}
	conn.SetConnectionClose()
	conn.Response.Header.SetContentType(backupType)
	conn.SetBodyStream(&stream{first, conn.SetWriteDeadline, cancel}, -1)
	return nil
}

// stream gives its reader's bytes, and the client as long for each piece as for a whole answer.
type stream struct {
	io.Reader
	until func(time.Time) error
	end   func()
}

func (s *stream) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	if err == nil {
		err = s.until(time.Now().Add(stall))
	}
	return n, err
}

func (s *stream) Close() error {
	s.end()
	return nil
}
