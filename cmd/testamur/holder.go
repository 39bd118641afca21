package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// id is an id that the server gave to a holder or a key, as an argument.
type id string

// UnmarshalText takes 16 symbols of base 32.
func (i *id) UnmarshalText(text []byte) error {
	s := strings.ToLower(strings.TrimSpace(string(text)))
	if len(s) != 16 || strings.Trim(s, "abcdefghijklmnopqrstuvwxyz234567") != "" {
		return fmt.Errorf("%q has not the shape of an id: 16 letters and digits, as testamur prints it", text)
	}
	*i = id(s)
	return nil
}

// holder is what is printed for people of the API's holder object.
type holder struct {
	ID, Name, Kind, Lang, Email string
	ExternalID                  string `json:"external_id"`
	Credentials                 []string
}

type renameCommand struct {
	client   `embed:"" group:"connection"`
	Holder   id     `arg:"" help:"Id of the holder, as grant and show print it."`
	Name     string `arg:"" help:"The new name: on every badge, certificate and page at once."`
	Override string `help:"Why a word of the name may mix scripts that look alike: kept with the holder." placeholder:"REASON"`
}

func (r renameCommand) Run(ctx context.Context, w *world) error {
	to, err := r.connect(w)
	if err != nil {
		return err
	}
	body := map[string]any{"name": r.Name}
	if r.Override != "" {
		body["override"] = map[string]any{"reason": r.Override}
	}
	var h holder
	data, err := to.ask(ctx, call{method: http.MethodPatch, path: r.Holder.holderPath(), body: body}, &h)
	if err != nil {
		return err
	}
	return h.print(w, r.JSON, data)
}

func (i id) holderPath() string { return "/api/v1/holders/" + string(i) }

func (h holder) print(w *world, asJSON bool, data []byte) error {
	if asJSON {
		return printJSON(w.Stdout, data)
	}
	return printLines(w, "holder", h.Name, "holder_id", h.ID, "kind", h.Kind, "lang", h.Lang, "external_id", h.ExternalID,
		"credentials", strings.Join(h.Credentials, ", "))
}

type eraseCommand struct {
	access `embed:"" group:"connection"`
	Yes    bool `help:"Do not ask."`
	Holder id   `arg:"" help:"Id of the holder, as grant and show print it."`
}

// Run looks at the holder before it asks whether to erase it: a mistake cannot be taken back. What is gone at the second
// look was erased by this call, whose answer was lost, or by somebody else meanwhile.
func (e eraseCommand) Run(ctx context.Context, w *world) error {
	to, err := e.connect(w)
	if err != nil {
		return err
	}
	if !e.Yes && !w.Asked {
		return wrongUse("%s", w.words.Text("program.erase.yes-flag"))
	}
	var h holder
	if _, err := to.ask(ctx, call{method: http.MethodGet, path: e.Holder.holderPath()}, &h); err != nil {
		return err
	}
	if !e.Yes {
		fmt.Fprint(w.Stderr, w.words.Text("program.erase.ask", "name", plain(h.Name), "count", strconv.Itoa(len(h.Credentials))))
		if w.answer(ctx) != w.words.Text("program.erase.yes") {
			return failure{exitNo, errors.New(w.words.Text("program.erase.kept"))}
		}
	}
	_, err = to.ask(ctx, call{method: http.MethodDelete, path: e.Holder.holderPath()}, nil)
	if missing(err) {
		err = nil
	}
	if err == nil {
		_, err = fmt.Fprintln(w.Stdout, w.words.Text("program.erase.done", "holder", string(e.Holder)))
	}
	return err
}

// answer reads a line that somebody types, or nothing when ctx ends first.
func (w *world) answer(ctx context.Context) string {
	typed := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(w.Stdin).ReadString('\n')
		typed <- strings.TrimSpace(line)
	}()
	select {
	case line := <-typed:
		return line
	case <-ctx.Done():
		fmt.Fprintln(w.Stderr)
		return ""
	}
}
