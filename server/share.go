package server

import (
	"net/url"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"testamur/site"
	"testamur/verify"
)

// share answers /share/{code}: for the holder, what it takes to show a credential elsewhere.
func (s *Server) share(c *fiber.Ctx, r reader) error {
	code, err := codeOf(c, "code", "")
	if err != nil {
		return err
	}
	asked, err := snippetOf(c)
	if err != nil {
		return err
	}
	v, err := s.checkShown(c, code)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Set(fiber.HeaderContentSecurityPolicy, copyPolicy)
	page := site.Share{Verdict: s.page(v), Snippet: asked, Picture: "/certificates/" + string(v.Code) + ".png", Calendar: "/share/" + string(v.Code) + ".ics"}
	if v.Kind == verify.Person { // an organisation has no profile of that kind
		page.LinkedIn = s.linkedIn(v)
	}
	return s.sendIn(c, r, htmlType, r.pages.Share(r.words, page))
}

// copyPolicy also lets a page load our script that copies.
const copyPolicy = pagePolicy + "; script-src 'self'"

// checkShown is checkCounted for what only a credential that is or was valid has: everything else is a miss.
func (s *Server) checkShown(c *fiber.Ctx, code verify.Code) (verify.Verdict, error) {
	v, err := s.checkCounted(c, code)
	if err == nil && v.Status != verify.Valid && v.Status != verify.Expired {
		err = s.miss(c)
	}
	return v, err
}

// snippetOf reads which code is asked for. Any width that some style is offered in will do, as site.Snippet.Fit has it:
// the form sends the width of one style with the name of another.
func snippetOf(c *fiber.Ctx) (site.Snippet, error) {
	out := site.FirstSnippet()
	err := query(c, func(name, value string) error {
		switch name {
		case "target":
			out.Target = value
			return choice(name, value, site.Targets()...)
		case "style":
			out.Style = value
			return choice(name, value, site.Styles()...)
		}
		var widths []string
		for _, style := range site.Styles() {
			for _, w := range site.Widths(style) {
				widths = append(widths, strconv.Itoa(w))
				if widths[len(widths)-1] == value {
					out.Width = w
				}
			}
		}
		return choice(name, value, widths...)
	}, "target", "style", "size")
	return out, err
}

// linkedIn is the address of LinkedIn's form with everything filled in (rule 39). Months are those of the issuer's zone
// (rule 29).
func (s *Server) linkedIn(v verify.Verdict) string {
	organisation := [2]string{"organizationName", s.Issuer.Name}
	if s.Issuer.LinkedInID != "" {
		organisation = [2]string{"organizationId", s.Issuer.LinkedInID}
	}
	granted, expires := v.Granted(), verify.DayOf(v.ExpiresAt, s.Zone)
	address := "https://www.linkedin.com/profile/add?startTask=CERTIFICATION_NAME"
	for _, p := range [][2]string{
		{"name", s.certificationOf(v.Certification).Title}, organisation,
		{"issueYear", strconv.Itoa(granted.Year)}, {"issueMonth", strconv.Itoa(int(granted.Month))},
		{"expirationYear", strconv.Itoa(expires.Year)}, {"expirationMonth", strconv.Itoa(int(expires.Month))},
		{"certUrl", s.URL + "/verify/" + string(v.Code)}, {"certId", string(v.Code)},
	} {
		address += "&" + p[0] + "=" + url.QueryEscape(p[1])
	}
	return address
}

// calendar answers /share/{code}.ics: the day on which the credential ends, and a reminder.
func (s *Server) calendar(c *fiber.Ctx, r reader) error {
	code, err := codeOf(c, "code", "")
	if err != nil {
		return err
	}
	v, err := s.checkShown(c, code)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="`+v.Certification+"-"+string(v.Code)+`.ics"`)
	return s.sendIn(c, r, calendarType, s.event(v, r.words))
}
