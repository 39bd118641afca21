package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"testamur/verify"
)

// code is a credential's code as an argument: a mistyped one is found before anybody is asked.
type code verify.Code

// UnmarshalText reads a code as people write it.
func (c *code) UnmarshalText(text []byte) error {
	parsed, err := verify.ParseCode(string(text))
	if err != nil {
		return fmt.Errorf("%q: %w", text, err)
	}
	*c = code(parsed)
	return nil
}

// path is the address of the credential in the API, with what is behind it.
func (c code) path(behind string) string { return "/api/v1/credentials/" + string(c) + behind }

// credential is what is printed for people of the API's credential object.
type credential struct {
	Code          string
	Status        string
	Certification struct{ Slug, Title, Edition string }
	Tier          string
	Holder        struct{ ID, Name string }
	Organisation  struct{ Name string }
	ExternalID    string `json:"external_id"`
	GrantedAt     string `json:"granted_at"`
	RenewedAt     string `json:"renewed_at"`
	ExpiresAt     string `json:"expires_at"`
	RevokedAt     string `json:"revoked_at"`
	SuspendedAt   string `json:"suspended_at"`
	CheckedAt     string `json:"checked_at"`
	Consent       string
	Reason        string
	Links         struct{ Page, Badge, Certificate string }
}

// credential makes a call that is answered with a credential, and prints it.
func (c client) credential(ctx context.Context, w *world, q call) error {
	to, err := c.connect(w)
	if err != nil {
		return err
	}
	var is credential
	data, err := to.ask(ctx, q, &is)
	if missing(err) && strings.HasPrefix(q.path, code("").path("")) {
		return failure{exitNo, errors.New(w.words.Text("program.no-credential", "server", to.server))}
	}
	if err != nil {
		return err
	}
	return is.print(w, c.JSON, data)
}

// print shows a credential as lines for people, or the API's object as it came.
func (c credential) print(w *world, asJSON bool, data []byte) error {
	if asJSON {
		return printJSON(w.Stdout, data)
	}
	return printLines(w,
		"code", c.Code, "status", c.Status, "certification", c.Certification.Title+", "+c.Certification.Edition, "tier", c.Tier,
		"holder", c.Holder.Name, "holder_id", c.Holder.ID, "organisation", c.Organisation.Name, "external_id", c.ExternalID,
		"consent", c.Consent, "granted", c.GrantedAt, "renewed", c.RenewedAt, "expires", c.ExpiresAt, "suspended", c.SuspendedAt,
		"revoked", c.RevokedAt, "reason", c.Reason, "checked", c.CheckedAt, "page", c.Links.Page, "badge", c.Links.Badge,
		"certificate", c.Links.Certificate)
}

// printLines prints pairs of a key of program.show and a value, and leaves out what is empty.
func printLines(w *world, pairs ...string) error {
	var b strings.Builder
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			fmt.Fprintf(&b, "%-14s %s\n", w.words.Text("program.show."+pairs[i]), plain(pairs[i+1]))
		}
	}
	_, err := fmt.Fprint(w.Stdout, b.String())
	return err
}

// plain is a line for people's eyes: what would steer a terminal, or turn what is read, is spelled out.
func plain(line string) string {
	if !strings.ContainsFunc(line, verify.Steers) {
		return line
	}
	var b strings.Builder
	for _, c := range line {
		if verify.Steers(c) {
			fmt.Fprintf(&b, `\u%04X`, c)
		} else {
			b.WriteRune(c)
		}
	}
	return b.String()
}

type showCommand struct {
	client `embed:"" group:"connection"`
	Code   code `arg:"" help:"Code of the credential, such as 7K3M-9QXT-4P24."`
}

func (s showCommand) Run(ctx context.Context, w *world) error {
	return s.credential(ctx, w, call{method: http.MethodGet, path: s.Code.path("")})
}

type checkCommand struct {
	Server string `help:"Address of the server (TESTAMUR_SERVER); of TESTAMUR_LISTEN unless said." placeholder:"URL"`
	JSON   bool   `help:"Print the answer for programs as it is."`
	Code   code   `arg:"" help:"Code of the credential, such as 7K3M-9QXT-4P24."`
}

// Run asks what everybody may ask, without a key.
func (c checkCommand) Run(ctx context.Context, w *world) error {
	to, err := connect(w, c.Server)
	if err != nil {
		return err
	}
	var is credential
	data, err := to.ask(ctx, call{method: http.MethodGet, path: "/verify/" + string(c.Code) + ".json"}, &is)
	if missing(err) {
		return failure{exitNo, errors.New(w.words.Text("program.no-record"))}
	}
	if err != nil {
		return err
	}
	if err := is.print(w, c.JSON, data); err != nil {
		return err
	}
	if is.Status != string(verify.Valid) {
		return failure{exitNo, errors.New(w.words.Text("program.not-valid", "status", is.Status))}
	}
	return nil
}
