package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"testamur/messages"
	"testamur/render"
	"testamur/render/drawing"
	"testamur/render/text"
	"testamur/site"
	"testamur/verify"
)

// sitePages joins the pages to the academy: its brand, its certifications, and a badge that was never issued.
func (h *house) sitePages(url, domain string) (*site.Pages, error) {
	a := h.academy
	c := site.Config{Brand: a.Name, Wordmark: a.Wordmark, Domain: domain, URL: url, Email: a.Email, ZoneName: a.ZoneName,
		Mark: paths(a.Mark), Messages: h.words}
	for i, x := range a.Catalogue.Certifications {
		art, edition := a.Arts[i], x.Newest()
		view := site.Certification{Slug: x.Slug, Title: x.Title, Summary: x.Summary, Audience: x.Audience, Classes: edition.Classes,
			Labs: edition.Labs, ClassMinutes: edition.ClassMinutes, Practicum: x.Practicum != nil, Deep: art.Deep.String()}
		for _, s := range art.Icon {
			colour := "#FFFFFF"
			if s.Accent {
				colour = art.Accent.String()
			}
			view.Icon = append(view.Icon, site.Stroke{Path: pathData(s.Path), Colour: colour, Width: s.Width})
		}
		c.Certifications = append(c.Certifications, view)
	}
	if len(c.Certifications) > 0 {
		first := a.Catalogue.Certifications[0]
		today := verify.DayOf(h.now(), a.Zone)
		picture, err := h.press.Badge(context.Background(), render.Badge{Certification: first.Slug, Edition: first.Newest().Name,
			Name: h.words.In(messages.Reference).Text("program.specimen-name"), State: render.StateSpecimen, Code: specimenCode,
			ValidTo: date(verify.DayOf(first.Validity.Expiry(today, a.Zone), a.Zone)), Words: messages.Reference, Width: 600, Height: 600})
		if err != nil {
			return nil, fmt.Errorf("specimen: %w", err)
		}
		c.Specimen = picture.Bytes
	}
	return site.New(c)
}

// paths is an icon as one piece of path data.
func paths(icon render.Icon) string {
	var b strings.Builder
	for _, s := range icon {
		b.WriteString(pathData(s.Path))
	}
	return b.String()
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
			return "", &verify.Refused{Reason: no.Reason, Args: []string{"character", fmt.Sprintf("%U", no.Character), "place", fmt.Sprint(no.Position)}}
		}
		return out, err
	}
}
