package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"testamur/verify"
)

// credential is what the client commands read of the API's credential object.
type credential struct {
	Code          string
	Status        string
	Certification struct{ Title, Edition string }
	Holder        struct{ ID, Name string }
	GrantedAt     string  `json:"granted_at"`
	RenewedAt     *string `json:"renewed_at"`
	ExpiresAt     string  `json:"expires_at"`
	RevokedAt     *string `json:"revoked_at"`
	SuspendedAt   *string `json:"suspended_at"`
	CheckedAt     string  `json:"checked_at"`
	Consent       string
	Links         struct{ Page, Badge, Certificate *string }
}

type grantCommand struct {
	client         `embed:""`
	Certification  string   `required:"" help:"Slug of the certification, such as inbound." placeholder:"SLUG"`
	Name           string   `required:"" help:"Name of the holder, as the badge shall bear it."`
	Kind           string   `help:"person or organisation." enum:",person,organisation" default:""`
	Lang           string   `help:"Language of the name, such as en or zh-Hant."`
	Email          string   `help:"E-mail address, never shown."`
	Holder         string   `help:"Id of a holder we know." placeholder:"ID"`
	HolderExternal string   `name:"holder-external-id" help:"Your own id of the holder."`
	Consent        string   `help:"private (default), link or public." enum:",private,link,public" default:""`
	ExternalID     string   `name:"external-id" help:"Your own id of this credential: repeating the grant is harmless."`
	GrantedAt      string   `name:"granted-at" help:"Day of the grant, today unless said." placeholder:"YYYY-MM-DD"`
	ExpiresAt      string   `name:"expires-at" help:"Day or instant, computed unless said."`
	Edition        string   `help:"Edition, the newest unless said."`
	Organisation   string   `help:"Organisation of a person: recorded, not shown." placeholder:"NAME"`
	BackedBy       []string `name:"backed-by" help:"Holder ids whose passes back an organisation's credential."`
	Evidence       string   `help:"Note on what the grant rests on."`
	Override       string   `help:"Reason for setting a rule aside: kept for the audit." placeholder:"REASON"`
	Once           string   `name:"idempotency-key" help:"Makes a repeat harmless for 24 hours."`
}

func (g grantCommand) Run(ctx context.Context, w *world) error {
	holder := filled(map[string]any{"id": g.Holder, "external_id": g.HolderExternal, "name": g.Name, "kind": g.Kind, "lang": g.Lang, "email": g.Email})
	body := filled(map[string]any{"certification": g.Certification, "granted_at": g.GrantedAt, "expires_at": g.ExpiresAt, "edition": g.Edition,
		"consent": g.Consent, "evidence": g.Evidence, "external_id": g.ExternalID})
	body["holder"] = holder
	if g.Organisation != "" {
		body["organisation"] = map[string]any{"name": g.Organisation}
	}
	if len(g.BackedBy) > 0 {
		body["backed_by"] = g.BackedBy
	}
	if g.Override != "" {
		body["override"] = map[string]any{"reason": g.Override}
	}
	var c credential
	data, err := g.ask(ctx, w, http.MethodPost, "/api/v1/credentials", body, &c, "Idempotency-Key", g.Once)
	if err != nil {
		return err
	}
	return g.print(w, data, c)
}

// filled leaves out what is empty.
func filled(m map[string]any) map[string]any {
	for k, v := range m {
		if v == "" {
			delete(m, k)
		}
	}
	return m
}

// print shows a credential as lines for people, or the API object as it came.
func (c client) print(w *world, data []byte, is credential) error {
	if c.JSON {
		return printJSON(w.Stdout, data)
	}
	line := func(key, value string) {
		if value != "" {
			fmt.Fprintf(w.Stdout, "%-14s %s\n", w.words.Text("program.show."+key), value)
		}
	}
	line("code", is.Code)
	line("status", is.Status)
	line("certification", is.Certification.Title+", "+is.Certification.Edition)
	line("holder", is.Holder.Name)
	line("holder_id", is.Holder.ID)
	line("consent", is.Consent)
	line("granted", is.GrantedAt)
	line("renewed", deref(is.RenewedAt))
	line("expires", is.ExpiresAt)
	line("suspended", deref(is.SuspendedAt))
	line("revoked", deref(is.RevokedAt))
	line("checked", is.CheckedAt)
	line("page", deref(is.Links.Page))
	line("badge", deref(is.Links.Badge))
	line("certificate", deref(is.Links.Certificate))
	return nil
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func printJSON(out io.Writer, data []byte) error {
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		return err
	}
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

type showCommand struct {
	client `embed:""`
	Code   string `arg:"" help:"Code of the credential, such as 7K3M-9QXT-4P24."`
}

func (s showCommand) Run(ctx context.Context, w *world) error {
	code, err := parseCode(s.Code)
	if err != nil {
		return err
	}
	var c credential
	data, err := s.ask(ctx, w, http.MethodGet, "/api/v1/credentials/"+url.PathEscape(string(code)), nil, &c)
	if err != nil {
		return err
	}
	return s.print(w, data, c)
}

type checkCommand struct {
	client `embed:""`
	Code   string `arg:"" help:"Code of the credential, such as 7K3M-9QXT-4P24."`
}

func (s checkCommand) Run(ctx context.Context, w *world) error {
	code, err := parseCode(s.Code)
	if err != nil {
		return err
	}
	var c credential
	data, err := s.ask(ctx, w, http.MethodGet, "/verify/"+url.PathEscape(string(code))+".json", nil, &c)
	if err != nil {
		return err
	}
	if err := s.print(w, data, c); err != nil {
		return err
	}
	if c.Status != string(verify.Valid) {
		return failure{exitNo, fmt.Errorf("%s", w.words.Text("program.not-valid", "status", c.Status))}
	}
	return nil
}

// parseCode says what is wrong with a code before anybody is asked.
func parseCode(s string) (verify.Code, error) {
	code, err := verify.ParseCode(s)
	if err != nil {
		return "", failure{exitUse, fmt.Errorf("%q: %w", s, err)}
	}
	return code, nil
}

type healthCommand struct {
	Server string `help:"Address of the server (TESTAMUR_SERVER); of TESTAMUR_LISTEN unless said." placeholder:"URL"`
}

// Run is what a container's health check calls: it needs no shell and no other program.
func (h healthCommand) Run(ctx context.Context, w *world) error {
	c := client{Server: h.Server}
	if v, _ := w.Env("TESTAMUR_SERVER"); h.Server == "" && v == "" {
		settings, _ := config{}.resolve(w.Env) // a server with wrong settings does not run: then it does not answer
		c.Server = "http://" + reachable(settings.Listen)
	}
	if _, err := c.ask(ctx, w, http.MethodGet, "/readyz", nil, nil); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w.Stdout, w.words.Text("program.ready"))
	return err
}
