package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"testamur/assets"
	"testamur/messages"
	"testamur/render"
	"testamur/render/drawing"
	"testamur/render/text"
	"testamur/server"
	"testamur/site"
	"testamur/verify"
)

// sitePages joins the pages to the academy: its brand, its certifications, its own content, and badges that were never
// issued.
func (h *house) sitePages(c config, domain string) (*site.Pages, error) {
	a := h.academy
	s := site.Config{Brand: a.Name, Wordmark: a.Wordmark, Domain: domain, URL: c.URL, Email: a.Email, ZoneName: a.ZoneName,
		Mark: paths(a.Mark), MarkFilled: fills(a.Mark), Colours: site.Colours{Light: a.Colours.Light.String(), Dark: a.Colours.Dark.String()}, Terms: a.Terms, OwnWords: a.Words,
		Forgotten: server.Forgotten, Messages: h.words}
	if c.Academy != "" {
		s.Content = c.folder(assets.Files)
	}
	for i, x := range a.Catalogue.Certifications {
		s.Certifications = append(s.Certifications, server.Shown(x, a.Arts[i].Emblem().SVG(), a.Zone))
	}
	s.SpecimenOf = func(slug string, width int) site.Picture { return h.specimen(slug, render.StyleSeal, width, width) }
	s.PreviewOf = func(slug string) site.Picture {
		width, height, _ := render.StylePreview.Fit(0, 0)
		return h.specimen(slug, render.StylePreview, width, height)
	}
	pages, err := site.New(s)
	if err != nil && c.Academy != "" {
		return nil, failure{exitUse, fmt.Errorf("TESTAMUR_ACADEMY: %w", err)}
	}
	return pages, err
}

// specimen is a picture of a certification that was never issued, drawn when it is asked for.
func (h *house) specimen(slug string, style render.Style, width, height int) site.Picture {
	x, _ := h.academy.Catalogue.Find(slug)
	today := verify.DayOf(h.now(), h.academy.Zone)
	b := render.Badge{Certification: slug, Edition: x.Newest().Name, Name: h.words.In(messages.Reference).Text("program.specimen-name"),
		State: render.StateSpecimen, Code: specimenCode, ValidTo: date(verify.DayOf(x.Validity.Expiry(today, h.academy.Zone), h.academy.Zone)),
		Words: messages.Reference, Style: style, Width: width, Height: height}
	return site.Picture{Tag: strings.Trim(h.press.ETag(b), `"`)[:16], Draw: func() ([]byte, error) {
		p, err := h.press.Badge(context.Background(), b)
		return p.Bytes, err
	}}
}

// paths is the strokes of an icon as one piece of path data.
func paths(icon render.Icon) string {
	var b strings.Builder
	for _, s := range icon {
		if s.Width > 0 {
			b.WriteString(pathData(s.Path))
		}
	}
	return b.String()
}

// fills are the filled parts of an icon.
func fills(icon render.Icon) (out []site.Filled) {
	for _, s := range icon {
		if s.Width == 0 {
			out = append(out, site.Filled{Path: pathData(s.Path), EvenOdd: s.EvenOdd})
		}
	}
	return out
}

// pathData writes a path of an icon as SVG, moved to a box of 180 at the origin.
func pathData(p drawing.Path) string {
	const left, top = 300 - 90, 205 - 90
	var b strings.Builder
	for _, s := range p {
		b.WriteString([]string{drawing.MoveTo: "M", drawing.LineTo: "L", drawing.QuadTo: "Q", drawing.CubeTo: "C", drawing.Close: "Z"}[s.Kind])
		for _, q := range s.P[:s.Kind.Points()] {
			fmt.Fprintf(&b, "%.4g %.4g ", q.X-left, q.Y-top)
		}
	}
	return b.String()
}

// cleanName lets the text package judge names, since it knows what can be drawn, and says so in verify's words.
func cleanName(fonts *text.Fonts) func(string, bool) (string, error) {
	return func(name string, anyScript bool) (string, error) {
		clean := fonts.CleanName
		if anyScript {
			clean = fonts.CleanNameAnyScript
		}
		out, err := clean(name)
		var no *text.NameError
		if errors.As(err, &no) {
			return "", &verify.Refused{Reason: no.Reason, Args: []string{"character", no.Shown(), "place", fmt.Sprint(no.Position)}}
		}
		return out, err
	}
}
