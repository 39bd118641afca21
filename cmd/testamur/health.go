package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
)

type healthCommand struct {
	Server string `help:"Address of the server (TESTAMUR_SERVER); of TESTAMUR_LISTEN unless said." placeholder:"URL"`
}

// Run is what a container's health check calls: it needs no shell and no other program.
func (h healthCommand) Run(ctx context.Context, w *world) error {
	to, err := connect(w, h.Server)
	if err != nil {
		return err
	}
	answer, err := to.send(ctx, call{method: http.MethodGet, path: "/readyz"})
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	switch answer.StatusCode {
	case http.StatusOK:
		_, err := fmt.Fprintln(w.Stdout, w.words.Text("program.ready"))
		return err
	case http.StatusServiceUnavailable:
		return failure{code: exitNoReply, err: errors.New(w.words.Text("program.not-ready", "server", to.server))}
	}
	return failure{code: exitNoReply, err: to.foreign(answer.Status)}
}
