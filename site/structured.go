package site

import (
	"encoding/json"
	"fmt"
	"html/template"
)

// structured is a certification as search engines read it: schema.org's EducationalOccupationalCredential. It is data, not
// a script; < and > in it are written so that nothing can end it early.
func (p *Pages) structured(c Certification) template.HTML {
	type organisation struct {
		Type  string `json:"@type"`
		Name  string `json:"name"`
		URL   string `json:"url"`
		Email string `json:"email"`
	}
	data := struct {
		Context      string       `json:"@context"`
		Type         string       `json:"@type"`
		Name         string       `json:"name"`
		Description  string       `json:"description"`
		URL          string       `json:"url"`
		Image        string       `json:"image,omitempty"`
		Category     string       `json:"credentialCategory"`
		Competency   string       `json:"competencyRequired,omitempty"`
		RecognizedBy organisation `json:"recognizedBy"`
		ValidFor     string       `json:"validFor"`
		Language     string       `json:"inLanguage"`
	}{"https://schema.org", "EducationalOccupationalCredential", c.Title, c.Summary, p.config.URL + c.Path(), "", "certification", c.Newest().Teaches,
		organisation{"EducationalOrganization", p.config.Brand, p.config.URL + "/", p.config.Email}, duration(c.Months), p.catalogueLanguage().Tag()}
	if at := p.AssetURL("emblem-" + c.Slug); at != "" {
		data.Image = p.config.URL + at
	}
	body, err := json.Marshal(data)
	if err != nil { // texts only
		return ""
	}
	return template.HTML(`<script type="application/ld+json">` + string(body) + `</script>`)
}

// duration is a number of months as ISO 8601 writes it.
func duration(months int) string {
	if months%12 == 0 {
		return fmt.Sprintf("P%dY", months/12)
	}
	return fmt.Sprintf("P%dM", months)
}
