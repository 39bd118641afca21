package main

import (
	"context"
	"net/http"

	"github.com/alecthomas/kong"
)

type renewCommand struct {
	client    `embed:"" group:"connection"`
	repeat    `embed:""`
	Code      code   `arg:"" help:"Code of the credential."`
	RenewedAt string `name:"renewed-at" help:"Day of the renewal, today unless said." placeholder:"YYYY-MM-DD"`
	Edition   string `help:"Edition, the newest unless said." placeholder:"NAME"`
	ExpiresAt string `name:"expires-at" help:"Last day or instant, by the certification's validity unless said." placeholder:"DAY"`
	Reason    string `help:"Why: recorded, never shown to the public." placeholder:"TEXT"`
}

func (r renewCommand) Run(ctx context.Context, w *world) error {
	return r.credential(ctx, w, call{method: http.MethodPost, path: r.Code.path("/renew"), once: r.Once, body: filled(map[string]any{
		"renewed_at": r.RenewedAt, "edition": r.Edition, "expires_at": r.ExpiresAt, "reason": r.Reason})})
}

// turnCommand is each of the commands that take a reason and nothing else: revoke, suspend, restore, recode.
type turnCommand struct {
	client `embed:"" group:"connection"`
	repeat `embed:""`
	Code   code   `arg:"" help:"Code of the credential."`
	Reason string `help:"Why: recorded, never shown to the public." placeholder:"TEXT"`
}

// Run makes the call that has the name of the command.
func (t turnCommand) Run(ctx context.Context, w *world, k *kong.Context) error {
	return t.credential(ctx, w, call{method: http.MethodPost, path: t.Code.path("/" + k.Selected().Name), once: t.Once,
		body: filled(map[string]any{"reason": t.Reason})})
}

type consentCommand struct {
	client   `embed:"" group:"connection"`
	Code     code   `arg:"" help:"Code of the credential."`
	Level    string `arg:"" help:"private: nobody sees it; link: whoever has the code; public: listed too." enum:"private,link,public"`
	Evidence string `help:"What the holder's consent rests on, such as a letter's date." placeholder:"TEXT"`
}

func (c consentCommand) Run(ctx context.Context, w *world) error {
	return c.credential(ctx, w, call{method: http.MethodPut, path: c.Code.path("/consent"),
		body: filled(map[string]any{"consent": c.Level, "channel": "cli", "evidence": c.Evidence})})
}

type tierCommand struct {
	client `embed:"" group:"connection"`
	Code   code   `arg:"" help:"Code of the credential of an organisation."`
	Tier   string `arg:"" help:"silver, gold or platinum; none takes it away." enum:"silver,gold,platinum,none"`
}

func (t tierCommand) Run(ctx context.Context, w *world) error {
	body := map[string]any{"tier": t.Tier}
	if t.Tier == "none" {
		body["tier"] = nil
	}
	return t.credential(ctx, w, call{method: http.MethodPut, path: t.Code.path("/tier"), body: body})
}
