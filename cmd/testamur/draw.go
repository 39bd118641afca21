package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"testamur/render"
	"testamur/verify"
)

type drawCommand struct {
	What          string `arg:"" enum:"badge,card,preview,certificate,sheet" help:"badge, card, preview (for links), certificate, or sheet: everything that the academy's artwork becomes, on one picture."`
	Certification string `help:"Slug of the certification, such as inbound." placeholder:"SLUG"`
	Name          string `help:"Name to draw. A neutral picture has neither name nor certification."`
	Lang          string `help:"Language of the holder: of the name, and of a certificate's words."`
	Status        string `help:"valid, expired, specimen or neutral." enum:"valid,expired,specimen,neutral" default:"valid"`
	Paper         string `help:"a4 or letter." enum:"a4,letter" default:"a4"`
	Tier          string `help:"silver, gold or platinum, where the certification has tiers." enum:",silver,gold,platinum" default:""`
	Organisation  bool   `help:"The holder is an organisation; one with a tier always is."`
	Width         int    `help:"Width of a picture in pixels."`
	Output        string `short:"o" required:"" help:"File to write. A certificate is a PDF, and a picture where the name ends in .png." type:"path" placeholder:"FILE"`
	Academy       string `help:"Folder of your academy (TESTAMUR_ACADEMY); built in when left out."`
}

const specimenCode = "0000-0000-0000" // its check symbol is right; one in 2^55 random codes is this one

// Run draws without a store or a server. What it draws was never issued: the picture of a credential comes
// from its server.
func (d drawCommand) Run(ctx context.Context, w *world) error {
	style, width, height, err := d.size()
	if err != nil {
		return err
	}
	if v, _ := w.Env("TESTAMUR_ACADEMY"); d.Academy == "" {
		d.Academy = v
	}
	h, err := newHouse(config{Academy: d.Academy, URL: "https://academy.example.org", CacheBytes: 16 << 20, Patience: time.Hour}, time.Now)
	if err != nil {
		return err
	}
	var p render.Picture
	switch {
	case d.What == "sheet":
		p.Bytes, err = h.contactSheet(ctx, w)
	case d.Status == "neutral":
		p, err = h.press.Neutral(ctx, render.Neutral{Words: w.words.Tag(), Style: style, Width: width, Height: height})
	default:
		var c render.Certificate
		if c, err = d.value(h); err != nil {
			return err
		}
		c.Words, c.Width = w.words.Tag(), width
		if d.What == "certificate" {
			c.Words = h.words.Nearest(d.Lang).Tag()
			p, err = h.press.Certificate(ctx, c)
			break
		}
		p, err = h.press.Badge(ctx, render.Badge{Certification: c.Certification, Edition: c.Edition, Name: c.Name, Lang: c.Lang,
			State: c.State, ValidTo: c.ValidTo, Code: c.Code, Tier: c.Tier, Words: c.Words, Style: style, Width: width, Height: height})
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

// size returns the form and the size of the picture. A certificate has no height; one that becomes a PDF has no width.
func (d drawCommand) size() (style render.Style, width, height int, err error) {
	picture := strings.EqualFold(filepath.Ext(d.Output), ".png")
	document := strings.EqualFold(filepath.Ext(d.Output), ".pdf")
	if d.What == "sheet" && (d.Certification != "" || d.Name != "" || d.Tier != "" || d.Width != 0) {
		return style, 0, 0, wrongUse("draw sheet: it has every certification, state and size; give --output alone, and --academy")
	}
	if d.What != "certificate" {
		style = map[string]render.Style{"badge": render.StyleSeal, "card": render.StyleCard, "preview": render.StylePreview}[d.What]
		if d.Width == 0 && style == render.StyleSeal {
			d.Width = 600
		}
		width, height, fits := style.Fit(d.Width, 0)
		switch minW, _, maxW, _ := style.Limits(); {
		case document:
			return style, 0, 0, wrongUse("--output: a %s is a picture; end the name in .png", d.What)
		case !fits:
			return style, 0, 0, wrongUse("--width: a %s is %d to %d pixels wide", d.What, minW, maxW)
		}
		return style, width, height, nil
	}
	switch {
	case d.Status == "neutral":
		return style, 0, 0, wrongUse("--status neutral: there is no neutral certificate")
	case !picture && d.Width != 0:
		return style, 0, 0, wrongUse("--width: a PDF has none; end the name in .png for a picture")
	case !picture:
		return style, 0, 0, nil
	case d.Width == 0:
		return style, render.CertificateWidth, 0, nil
	case d.Width < render.CertificateMinWidth || d.Width > render.CertificateMaxWidth:
		return style, 0, 0, wrongUse("--width: a certificate is %d to %d pixels wide", render.CertificateMinWidth, render.CertificateMaxWidth)
	}
	return style, d.Width, 0, nil
}

// value is what the certificate says, and the badge.
func (d drawCommand) value(h *house) (render.Certificate, error) {
	var none render.Certificate
	if d.Certification == "" || d.Name == "" {
		return none, wrongUse("--certification and --name: give both; only a neutral picture has neither")
	}
	certification, ok := h.academy.Catalogue.Find(d.Certification)
	if !ok {
		return none, wrongUse("--certification: there is no certification %q in the catalogue", d.Certification)
	}
	name, err := h.fonts.CleanName(d.Name)
	if err != nil {
		return none, wrongUse("--name: %w", err)
	}
	if d.Organisation && !certification.Organisation {
		return none, wrongUse("--organisation: %s is for persons", certification.Title)
	}
	if d.Tier != "" && !slices.Contains(certification.Tiers, d.Tier) {
		return none, wrongUse("--tier: %s has no tier %s", certification.Title, d.Tier)
	}
	today := verify.DayOf(h.now(), h.academy.Zone)
	granted := today
	end := func() verify.Day {
		return verify.DayOf(certification.Validity.Expiry(granted, h.academy.Zone), h.academy.Zone)
	}
	for d.Status == "expired" && !end().Before(today.AddMonths(-1)) {
		granted = granted.AddMonths(-max(1, certification.Validity.Months))
	}
	return render.Certificate{Certification: d.Certification, Edition: certification.Newest().Name, Name: name, Lang: d.Lang,
		Organisation: d.Organisation || d.Tier != "", State: render.State(d.Status), Granted: date(granted),
		ValidTo: date(end()), Code: specimenCode, Tier: d.Tier, Paper: render.Paper(d.Paper)}, nil
}

func date(d verify.Day) render.Date {
	return render.Date{Year: d.Year, Month: int(d.Month), Day: d.Day}
}
