package main

import (
	"context"
	"net/http"
)

type grantCommand struct {
	client               `embed:"" group:"connection"`
	repeat               `embed:""`
	Certification        string   `required:"" help:"Slug of the certification, such as inbound." placeholder:"SLUG"`
	Name                 string   `required:"" help:"Name of the holder, as the badge shall bear it." placeholder:"NAME"`
	Kind                 string   `help:"person (default) or organisation." enum:",person,organisation" default:"" placeholder:"KIND"`
	Lang                 string   `help:"Language of the name, such as en or zh-Hant." placeholder:"TAG"`
	Email                string   `help:"E-mail address, never shown." placeholder:"ADDRESS"`
	Holder               string   `help:"Id of a holder that is there." placeholder:"ID"`
	HolderExternal       string   `name:"holder-external-id" help:"Your own id of the holder." placeholder:"ID"`
	Consent              string   `help:"private (default), link or public." enum:",private,link,public" default:"" placeholder:"LEVEL"`
	Evidence             string   `help:"What the grant rests on." placeholder:"TEXT"`
	ExternalID           string   `name:"external-id" help:"Your own id of this credential: repeating the grant is harmless for ever." placeholder:"ID"`
	GrantedAt            string   `name:"granted-at" help:"Day of the grant, today unless said." placeholder:"YYYY-MM-DD"`
	ExpiresAt            string   `name:"expires-at" help:"Last day or instant, by the certification's validity unless said." placeholder:"DAY"`
	Edition              string   `help:"Edition, the newest unless said." placeholder:"NAME"`
	Organisation         string   `help:"Organisation of a person: recorded, not shown." placeholder:"NAME"`
	OrganisationID       string   `name:"organisation-id" help:"Its id here." placeholder:"ID"`
	OrganisationExternal string   `name:"organisation-external-id" help:"Your own id of it." placeholder:"ID"`
	BackedBy             []string `name:"backed-by" help:"Ids of the persons whose passes back an organisation's credential, comma between." placeholder:"ID"`
	Override             string   `help:"Why a rule is set aside, or why it ends when it does: kept for the audit." placeholder:"REASON"`
}

func (g grantCommand) Run(ctx context.Context, w *world) error {
	body := filled(map[string]any{"certification": g.Certification, "granted_at": g.GrantedAt, "expires_at": g.ExpiresAt, "edition": g.Edition,
		"consent": g.Consent, "evidence": g.Evidence, "external_id": g.ExternalID})
	body["holder"] = filled(map[string]any{"id": g.Holder, "external_id": g.HolderExternal, "name": g.Name, "kind": g.Kind, "lang": g.Lang, "email": g.Email})
	if o := filled(map[string]any{"id": g.OrganisationID, "external_id": g.OrganisationExternal, "name": g.Organisation}); len(o) > 0 {
		body["organisation"] = o
	}
	if len(g.BackedBy) > 0 {
		body["backed_by"] = g.BackedBy
	}
	if g.Override != "" {
		body["override"] = map[string]any{"reason": g.Override}
	}
	return g.credential(ctx, w, call{method: http.MethodPost, path: "/api/v1/credentials", body: body, once: g.Once})
}
