package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"testamur/render"
	"testamur/verify"
)

type drawCommand struct {
	What          string `arg:"" enum:"badge,card,preview,certificate" help:"badge, card, preview (for links) or certificate."`
	Certification string `required:"" help:"Slug of the certification, such as inbound." placeholder:"SLUG"`
	Name          string `required:"" help:"Name to draw."`
	Lang          string `help:"Language of the name."`
	Status        string `help:"valid, expired, specimen or neutral." enum:"valid,expired,specimen,neutral" default:"valid"`
	Paper         string `help:"a4 or letter." enum:"a4,letter" default:"a4"`
	Tier          string `help:"silver, gold or platinum, where the certification has tiers." enum:",silver,gold,platinum" default:""`
	Organisation  bool   `help:"The holder is an organisation."`
	Width         int    `help:"Width of a picture in pixels; a certificate is a PDF."`
	Output        string `short:"o" required:"" help:"File to write." type:"path" placeholder:"FILE"`
	Academy       string `help:"Folder of your academy (TESTAMUR_ACADEMY); built in when left out."`
}

const specimenCode = "0000-0000-0000" // its check symbol is right; one in 2^55 random codes is this one

// Run draws without a store or a server. What it draws was never issued: the picture of a credential comes
// from its server.
func (d drawCommand) Run(ctx context.Context, w *world) error {
	if v, _ := w.Env("TESTAMUR_ACADEMY"); d.Academy == "" {
		d.Academy = v
	}
	h, err := newHouse(config{Academy: d.Academy, URL: "https://academy.example.org", CacheBytes: 16 << 20}, time.Now)
	if err != nil {
		return err
	}
	certification, ok := h.academy.Catalogue.Find(d.Certification)
	if !ok {
		return wrongUse("--certification: there is no certification %q in the catalogue", d.Certification)
	}
	name, err := h.fonts.CleanName(d.Name)
	if err != nil {
		return wrongUse("--name: %w", err)
	}
	style := map[string]render.Style{"badge": render.StyleSeal, "card": render.StyleCard, "preview": render.StylePreview}[d.What]
	if d.Width == 0 && style == render.StyleSeal {
		d.Width = 600
	}
	width, height, ok := style.Fit(d.Width, 0)
	if !ok {
		return wrongUse("--width: a %s is not drawn %d pixels wide", d.What, d.Width)
	}
	if d.Organisation && !certification.Organisation {
		return wrongUse("--organisation: %s is for persons", certification.Title)
	}
	if d.Tier != "" && !slices.Contains(certification.Tiers, d.Tier) {
		return wrongUse("--tier: %s has no tier %s", certification.Title, d.Tier)
	}
	granted := verify.DayOf(h.now(), h.academy.Zone)
	if d.Status == "expired" {
		granted = granted.AddMonths(-24)
	}
	edition := certification.Newest().Name
	until := date(verify.DayOf(certification.Validity.Expiry(granted, h.academy.Zone), h.academy.Zone))

	var p render.Picture
	switch {
	case d.What != "certificate" && d.Status == "neutral":
		p, err = h.press.Neutral(ctx, render.Neutral{Words: w.words.Tag(), Style: style, Width: width, Height: height})
	case d.What != "certificate":
		p, err = h.press.Badge(ctx, render.Badge{Certification: d.Certification, Edition: edition, Name: name, Lang: d.Lang,
			State: render.State(d.Status), ValidTo: until, Code: specimenCode, Tier: d.Tier, Words: w.words.Tag(),
			Style: style, Width: width, Height: height})
	case d.Status == "neutral":
		return wrongUse("--status neutral: there is no neutral certificate")
	default:
		p, err = h.press.Certificate(ctx, render.Certificate{Certification: d.Certification, Edition: edition, Name: name, Lang: d.Lang,
			State: render.State(d.Status), Granted: date(granted), ValidTo: until, Code: specimenCode, Tier: d.Tier,
			Organisation: d.Organisation, Words: w.words.Tag(), Paper: render.Paper(d.Paper)})
	}
	if err != nil {
		return err
	}
	if err := os.WriteFile(d.Output, p.Bytes, 0o644); err != nil {
		return failure{exitNoReply, errors.Join(errors.New("the picture is drawn but not written"), err)}
	}
	_, err = fmt.Fprintf(w.Stdout, "%s, %d bytes\n", d.Output, len(p.Bytes))
	return err
}

func date(d verify.Day) render.Date {
	return render.Date{Year: d.Year, Month: int(d.Month), Day: d.Day}
}
