// Command nethttp is the peer of the badge route: net/http's plainest handler, serving the bytes of one file
// from memory with the headers that a picture needs. It checks nothing.
package main

import (
	"fmt"
	"net/http"
	"os"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: nethttp ADDRESS FILE")
		os.Exit(2)
	}
	body, err := os.ReadFile(os.Args[2])
	if err == nil {
		err = http.ListenAndServe(os.Args[1], http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "image/png")
			w.Header().Set("Cache-Control", "public, max-age=300")
			w.Write(body)
		}))
	}
	fmt.Fprintln(os.Stderr, "nethttp:", err)
	os.Exit(1)
}
