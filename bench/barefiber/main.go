// Barefiber is the floor of what is built on Fiber: one route that gives the headers and bytes of another server's answer, or
// 304 where there is a tag to compare, and asks nobody. Usage: barefiber ADDR URL.
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "barefiber:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("usage: barefiber ADDR URL")
	}
	answer, err := http.Get(args[1])
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s is answered by %s", args[1], answer.Status)
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	var headers fasthttp.ResponseHeader
	for name, values := range answer.Header {
		if name != "Date" && name != "Content-Length" {
			headers.Set(name, values[0])
		}
	}
	app := fiber.New(fiber.Config{DisableStartupMessage: true})
	app.Server().LazyRequestTime = true
	app.Get("/badges/:file", func(c *fiber.Ctx) error {
		headers.CopyTo(&c.Response().Header)
		if len(c.Request().Header.Peek(fiber.HeaderIfNoneMatch)) > 0 {
			c.Status(fiber.StatusNotModified)
			return nil
		}
		c.Response().SetBodyRaw(body)
		return nil
	})
	return app.Listen(args[0])
}
