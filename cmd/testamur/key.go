package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

type keyCommand struct {
	New  newKeyCommand   `cmd:"" help:"Make a key, which is shown this once."`
	List listKeysCommand `cmd:"" help:"List the keys, ended ones too; never what opens."`
	End  endKeyCommand   `cmd:"" help:"End a key for good."`
}

const keysPath = "/api/v1/keys"

// key is what is printed for people of the API's key object.
type key struct {
	ID, Name, Scope string
	CreatedAt       string `json:"created_at"`
	EndedAt         string `json:"ended_at"`
	LastUsed        string `json:"last_used"`
	Key             string // only in the answer that made it
}

type newKeyCommand struct {
	client `embed:"" group:"connection"`
	repeat `embed:""`
	Name   string `arg:"" help:"What it is for, such as 'CRM import'."`
	Scope  string `required:"" help:"read: look at all; issue: grant and change too; admin: erase, keys, backups too." enum:"read,issue,admin" placeholder:"SCOPE"`
}

// Run prints the key alone on Stdout, to be piped to where it is kept, and what is said of it on Stderr.
func (n newKeyCommand) Run(ctx context.Context, w *world) error {
	to, err := n.connect(w)
	if err != nil {
		return err
	}
	var made key
	data, err := to.ask(ctx, call{method: http.MethodPost, path: keysPath, once: n.Once, body: map[string]any{"name": n.Name, "scope": n.Scope}}, &made)
	if err != nil {
		return err
	}
	if made.Key == "" { // a repeat: the answer that had it was lost
		return failure{exitNoReply, errors.New(w.words.Text("program.key.lost", "id", made.ID))}
	}
	if n.JSON {
		return printJSON(w.Stdout, data)
	}
	fmt.Fprintln(w.Stderr, w.words.Text("program.key.made", "id", made.ID, "scope", made.Scope))
	_, err = fmt.Fprintln(w.Stdout, made.Key)
	return err
}

type listKeysCommand struct {
	client `embed:"" group:"connection"`
}

func (l listKeysCommand) Run(ctx context.Context, w *world) error {
	to, err := l.connect(w)
	if err != nil {
		return err
	}
	var keys struct{ Items []key }
	data, err := to.ask(ctx, call{method: http.MethodGet, path: keysPath}, &keys)
	if err != nil {
		return err
	}
	if l.JSON {
		return printJSON(w.Stdout, data)
	}
	var b strings.Builder
	row := func(id, scope, created, used, ended, name string) {
		b.WriteString(plain(fmt.Sprintf("%-16s  %-5s  %-10s  %-17s  %-10s  %s", id, scope, created, used, ended, name)) + "\n")
	}
	day := func(instant string) string { d, _, _ := strings.Cut(instant, "T"); return orDash(d) }
	head := func(key string) string { return strings.ToUpper(w.words.Text("program.key." + key)) }
	row(head("id"), head("scope"), head("created"), head("used"), head("ended"), head("name"))
	for _, k := range keys.Items {
		row(k.ID, k.Scope, day(k.CreatedAt), orDash(k.LastUsed[:min(len(k.LastUsed), len("2014-11-23T15:10"))]), day(k.EndedAt), k.Name)
	}
	_, err = fmt.Fprint(w.Stdout, b.String())
	return err
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

type endKeyCommand struct {
	access `embed:"" group:"connection"`
	ID     id `arg:"" help:"Id of the key, as testamur key list prints it."`
}

func (e endKeyCommand) Run(ctx context.Context, w *world) error {
	to, err := e.connect(w)
	if err != nil {
		return err
	}
	if _, err := to.ask(ctx, call{method: http.MethodDelete, path: keysPath + "/" + string(e.ID)}, nil); err != nil {
		return err
	}
	_, err = fmt.Fprintln(w.Stdout, w.words.Text("program.key.over", "id", string(e.ID)))
	return err
}
