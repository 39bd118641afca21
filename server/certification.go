package server

import (
	"github.com/gofiber/fiber/v2"

	"testamur/verify"
)

// The catalogue as the issuer reads it.
type (
	certificationObject struct {
		Slug          string                    `json:"slug"`
		Title         string                    `json:"title"`
		Edition       string                    `json:"edition"`
		Editions      []editionObject           `json:"editions"`
		State         verify.CertificationState `json:"state"`
		Summary       string                    `json:"summary"`
		Audience      string                    `json:"audience"`
		Validity      validityObject            `json:"validity"`
		Practicum     bool                      `json:"practicum"`
		Prerequisites []string                  `json:"prerequisites"`
		Organisation  bool                      `json:"organisation"`
		Tiers         []string                  `json:"tiers"`
	}
	editionObject struct {
		Name         string     `json:"name"`
		Released     verify.Day `json:"released"`
		Classes      int        `json:"classes"`
		ClassMinutes *string    `json:"class_minutes"`
	}
	validityObject struct {
		Months int                 `json:"months"`
		From   verify.ValidityFrom `json:"from"`
	}
)

func (s *Server) certifications(c *fiber.Ctx) error {
	items := []certificationObject{}
	for _, x := range s.Catalogue.Certifications {
		out := certificationObject{Slug: x.Slug, Title: x.Title, Edition: x.Newest().Name, State: x.State, Summary: x.Summary, Audience: x.Audience,
			Validity: validityObject(x.Validity), Practicum: x.Practicum != nil, Prerequisites: list(x.Prerequisites), Organisation: x.Organisation, Tiers: list(x.Tiers),
			Editions: []editionObject{}}
		for _, e := range x.Editions {
			if !e.Legacy {
				out.Editions = append(out.Editions, editionObject{e.Name, e.Released, e.Classes, orNull(e.ClassMinutes)})
			}
		}
		items = append(items, out)
	}
	return sendList(s, c, items, "", "")
}

// list is never null.
func list(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}
