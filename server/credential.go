package server

import (
	"context"
	"encoding/json"

	"github.com/gofiber/fiber/v2"

	"testamur/verify"
)

// The issuer's view of a credential: the verification JSON and what is not public.
type (
	credentialObject struct {
		verdictObject
		ID           string            `json:"id"`
		Version      int64             `json:"version"`
		Consent      verify.Consent    `json:"consent"`
		ExternalID   *string           `json:"external_id"`
		Organisation *organisationJSON `json:"organisation"`
		Periods      []periodJSON      `json:"periods"`
		Reason       *string           `json:"reason"`
	}
	credentialHolder struct {
		holderName
		ID         string  `json:"id"`
		ExternalID *string `json:"external_id"`
		Lang       *string `json:"lang"`
	}
	organisationJSON struct {
		ID         *string `json:"id"`
		ExternalID *string `json:"external_id"`
		Name       *string `json:"name"`
	}
	periodJSON struct {
		From      verify.Day `json:"from"`
		ExpiresAt *string    `json:"expires_at"`
		Edition   string     `json:"edition"`
		Explicit  bool       `json:"explicit"`
		Reason    *string    `json:"reason"`
	}
)

func (s *Server) credentialJSON(c verify.Credential) credentialObject {
	now := s.Now()
	v := verify.Verdict{Status: c.StatusAt(now), CheckedAt: now, Record: verify.Record{
		Code: c.Code, Certification: c.Certification, Edition: c.Edition, Name: c.Holder.Name, Kind: c.Holder.Kind, Tier: c.Tier,
		GrantedAt: c.GrantedAt, RenewedAt: c.RenewedAt, ExpiresAt: c.ExpiresAt, RevokedAt: c.RevokedAt, SuspendedAt: c.SuspendedAt}}
	out := credentialObject{verdictObject: s.verdict(v), ID: c.ID, Version: c.Version, Consent: c.Consent,
		ExternalID: orNull(c.ExternalID), Reason: orNull(c.Reason), Periods: []periodJSON{}}
	out.Holder = credentialHolder{holderName{c.Holder.Name, c.Holder.Kind}, c.Holder.ID, orNull(c.Holder.ExternalID), orNull(c.Holder.Lang)}
	if o := c.Organisation; o != nil {
		out.Organisation = &organisationJSON{orNull(o.ID), orNull(o.ExternalID), orNull(o.Name)}
	}
	for _, p := range c.Periods {
		out.Periods = append(out.Periods, periodJSON{p.From, s.instant(p.ExpiresAt), p.Edition, p.Explicit, orNull(p.Reason)})
	}
	return out
}

// sayCredential answers a write with the credential and its version.
func (s *Server) sayCredential(r verify.Result) (answer, error) {
	body, err := marshal(s.credentialJSON(r.Credential))
	a := answer{status: fiber.StatusOK, body: body, headers: [][2]string{{fiber.HeaderETag, tag(r.Credential.Version)}}}
	if r.Created {
		a.status = fiber.StatusCreated
		a.headers = append(a.headers, [2]string{fiber.HeaderLocation, s.URL + "/api/v1/credentials/" + string(r.Credential.Code)})
	}
	return a, err
}

type grantBody struct {
	Certification string `json:"certification"`
	Holder        *struct {
		ID         string      `json:"id"`
		ExternalID string      `json:"external_id"`
		Name       string      `json:"name"`
		Kind       verify.Kind `json:"kind"`
		Lang       string      `json:"lang"`
		Email      string      `json:"email"`
	} `json:"holder"`
	GrantedAt    string         `json:"granted_at"`
	ExpiresAt    string         `json:"expires_at"`
	Edition      string         `json:"edition"`
	Consent      verify.Consent `json:"consent"`
	Evidence     string         `json:"evidence"`
	ExternalID   string         `json:"external_id"`
	Organisation *struct {
		ID         string `json:"id"`
		ExternalID string `json:"external_id"`
		Name       string `json:"name"`
	} `json:"organisation"`
	BackedBy []string      `json:"backed_by"`
	Override *overrideBody `json:"override"`
}

// overrideBody sets a rule aside.
type overrideBody struct {
	Reason string `json:"reason"`
}

// reason returns why a rule is set aside, empty where none is; it is refused without one.
func (o *overrideBody) reason() (string, error) {
	if o == nil {
		return "", nil
	}
	if o.Reason == "" {
		return "", &verify.Refused{Field: "override.reason", Reason: "reason_missing"}
	}
	return o.Reason, nil
}

func (s *Server) grant(c *fiber.Ctx) error {
	var in grantBody
	if err := read(c, &in, false); err != nil {
		return err
	}
	g := verify.Grant{Certification: in.Certification, Edition: in.Edition, ExpiresAt: in.ExpiresAt, Consent: in.Consent,
		Evidence: in.Evidence, ExternalID: in.ExternalID, BackedBy: in.BackedBy}
	if in.Holder != nil {
		h := in.Holder
		g.Holder = verify.GrantHolder{ID: h.ID, ExternalID: h.ExternalID, Name: h.Name, Kind: h.Kind, Lang: h.Lang, Email: h.Email}
	}
	if o := in.Organisation; o != nil {
		g.Organisation = &verify.Employer{ID: o.ID, ExternalID: o.ExternalID, Name: o.Name}
	}
	var err error
	if g.Override, err = in.Override.reason(); err != nil {
		return err
	}
	if g.GrantedAt, err = dayOf("granted_at", in.GrantedAt); err != nil {
		return err
	}
	return s.write(c, func(ctx context.Context, call verify.Call) (verify.Result, error) {
		call.Versions = nil // there is no version of what is not there yet
		return s.Registry.Grant(ctx, call, g)
	}, s.sayCredential)
}

// dayOf reads a day of a body; empty is no day.
func dayOf(field, value string) (verify.Day, error) {
	if value == "" {
		return verify.Day{}, nil
	}
	d, err := verify.ParseDay(value)
	if err != nil {
		return d, &verify.Refused{Field: field, Reason: "day_shape"}
	}
	return d, nil
}

func (s *Server) show(c *fiber.Ctx) error {
	code, err := codeOf(c, "code", "")
	if err != nil {
		return err
	}
	ctx, cancel := callContext()
	defer cancel()
	found, err := s.Registry.Credential(ctx, code)
	if err != nil {
		return unasked(err)
	}
	c.Set(fiber.HeaderETag, tag(found.Version))
	return s.sendJSON(c, s.credentialJSON(found))
}

// asked reads the code of the path and the body of a call about one credential.
func asked[T any](c *fiber.Ctx, optional bool) (code verify.Code, in T, err error) {
	if err = read(c, &in, optional); err == nil {
		code, err = codeOf(c, "code", "")
	}
	return code, in, err
}

type renewBody struct {
	RenewedAt string `json:"renewed_at"`
	Edition   string `json:"edition"`
	ExpiresAt string `json:"expires_at"`
	Reason    string `json:"reason"`
}

func (s *Server) renew(c *fiber.Ctx) error {
	code, in, err := asked[renewBody](c, true)
	if err != nil {
		return err
	}
	n := verify.Renewal{Edition: in.Edition, ExpiresAt: in.ExpiresAt, Reason: in.Reason}
	if n.RenewedAt, err = dayOf("renewed_at", in.RenewedAt); err != nil {
		return err
	}
	return s.write(c, func(ctx context.Context, call verify.Call) (verify.Result, error) {
		return s.Registry.Renew(ctx, call, code, n)
	}, s.sayCredential)
}

type reasonBody struct {
	Reason string `json:"reason"`
}

// turn makes one of the changes that take a reason and nothing else.
func (s *Server) turn(do func(context.Context, verify.Call, verify.Code, string) (verify.Result, error)) fiber.Handler {
	return func(c *fiber.Ctx) error {
		code, in, err := asked[reasonBody](c, true)
		if err != nil {
			return err
		}
		return s.write(c, func(ctx context.Context, call verify.Call) (verify.Result, error) {
			return do(ctx, call, code, in.Reason)
		}, s.sayCredential)
	}
}

type consentBody struct {
	Consent  verify.Consent `json:"consent"`
	Channel  string         `json:"channel"`
	Evidence string         `json:"evidence"`
}

func (s *Server) consent(c *fiber.Ctx) error {
	code, in, err := asked[consentBody](c, false)
	if err != nil {
		return err
	}
	return s.write(c, func(ctx context.Context, call verify.Call) (verify.Result, error) {
		return s.Registry.SetConsent(ctx, call, code, verify.ConsentChange(in))
	}, s.sayCredential)
}

type tierBody struct {
	Tier nullable `json:"tier"`
}

// nullable is a text that must be there, if only as null. Left out it is as an empty one: neither text nor null.
type nullable struct {
	null bool
	text string
}

func (n *nullable) UnmarshalJSON(b []byte) error {
	n.null = string(b) == "null"
	return json.Unmarshal(b, &n.text)
}

func (s *Server) tier(c *fiber.Ctx) error {
	code, in, err := asked[tierBody](c, false)
	if err != nil {
		return err
	}
	if in.Tier.text == "" && !in.Tier.null {
		return &verify.Refused{Field: "tier", Reason: "tier_missing"}
	}
	return s.write(c, func(ctx context.Context, call verify.Call) (verify.Result, error) {
		return s.Registry.SetTier(ctx, call, code, in.Tier.text)
	}, s.sayCredential)
}

// recode gives a credential a new code. Pictures of the old one are not kept.
func (s *Server) recode(ctx context.Context, call verify.Call, code verify.Code, reason string) (verify.Result, error) {
	r, err := s.Registry.Recode(ctx, call, code, reason)
	s.Press.Forget(err == nil, string(code)) // a failure may have come after it was done
	return r, err
}
