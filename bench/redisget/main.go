// Redisget is what one builds first with the same libraries: Fiber, and one Redis GET a request to see that the credential
// is still there, before the bytes of a picture that is kept. Usage: redisget ADDR REDIS FILE.
package main

import (
	"fmt"
	"os"

	"github.com/gofiber/fiber/v2"
	"github.com/redis/go-redis/v9"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "redisget:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 3 {
		return fmt.Errorf("usage: redisget ADDR REDIS FILE")
	}
	body, err := os.ReadFile(args[2])
	if err != nil {
		return err
	}
	rdb := redis.NewClient(&redis.Options{Addr: args[1]})
	app := fiber.New(fiber.Config{DisableStartupMessage: true, WriteBufferSize: 64 << 10})
	app.Get("/badges/:file", func(c *fiber.Ctx) error {
		if err := rdb.Get(c.Context(), "public:"+c.Params("file")).Err(); err != nil {
			return fiber.ErrServiceUnavailable
		}
		c.Set(fiber.HeaderContentType, "image/png")
		c.Set(fiber.HeaderCacheControl, "public, max-age=300")
		c.Response().SetBodyRaw(body)
		return nil
	})
	return app.Listen(args[0])
}
