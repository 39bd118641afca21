package render_test

import (
	"slices"
	"strings"
	"testing"

	"testamur/academy"
	"testamur/render"
)

// Nothing of the built-in academy and of the example is too long anywhere.
func TestEverythingFits(t *testing.T) {
	_, a := builtin(t)
	_, b := press(t, example())
	for _, a := range []*academy.Academy{a, b} {
		for _, m := range render.Misfits(pressConfig(t, a)) {
			t.Errorf("%s: %s %s %s: %s", a.Name, m.Part, m.Certification, m.Edition, m)
		}
	}
}

// Each text that a catalogue can make too long is found where it is.
func TestMisfits(t *testing.T) {
	_, a := builtin(t)
	const long = "WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW"
	for name, test := range map[string]struct {
		change func(c *render.Config)
		part   render.Part
		of     string // certification, edition
		says   string
	}{
		"title":        {func(c *render.Config) { c.Arts[1].Title = long + long }, render.PartTitle, "hubspot ", "wider than its room on the card, "},
		"lettering":    {func(c *render.Config) { c.Arts[0].Lettering = "WWWWWWWWWWWWWWWWWWWWW" }, render.PartLettering, "inbound ", "on the badge"},
		"kicker":       {func(c *render.Config) { c.Arts[4].Kicker = long }, render.PartKicker, "contextual-marketing ", "on the badge"},
		"wordmark":     {func(c *render.Config) { c.Brand.Wordmark = "WWWWWWWWWWWWWWWWWWW" }, render.PartWordmark, " ", "on the certificate of "},
		"covers":       {func(c *render.Config) { c.Arts[2].Editions["2014"] = long + long + long }, render.PartCovers, "partner 2014", "wider than its room on the certificate"},
		"edition":      {func(c *render.Config) { c.Arts[2].Editions["The edition of the winter term"] = "" }, render.PartEdition, "partner The edition of the winter term", " The edition of the winter term"},
		"signature":    {func(c *render.Config) { c.Brand.Signature.Name = long + long }, render.PartSignature, " ", "touches the edge on the certificate"},
		"role":         {func(c *render.Config) { c.Brand.Signature.Role = long + long }, render.PartRole, " ", "touches"},
		"address":      {func(c *render.Config) { c.Brand.Address = long + long + long + ".org" }, render.PartAddress, " ", "wider than its room on the"},
		"no letter":    {func(c *render.Config) { c.Arts[3].Title = "བོད" }, render.PartTitle, "design ", "no typeface has \"བོད\""},
		"no signature": {func(c *render.Config) { c.Brand.Signature.Name = "བོད" }, render.PartSignature, " ", "no typeface has"},
	} {
		c := pressConfig(t, a)
		c.Arts = slices.Clone(c.Arts)
		for i := range c.Arts {
			editions := map[string]string{}
			for k, v := range c.Arts[i].Editions {
				editions[k] = v
			}
			c.Arts[i].Editions = editions
		}
		test.change(&c)
		found := render.Misfits(c)
		if !slices.ContainsFunc(found, func(m render.Misfit) bool {
			return m.Part == test.part && m.Certification+" "+m.Edition == test.of && strings.Contains(m.String(), test.says)
		}) {
			t.Errorf("%s: found %v", name, found)
		}
		for _, m := range found {
			if m.Part != test.part {
				t.Errorf("%s: also %s: %s", name, m.Part, m)
			}
		}
	}
}

// A box of the academy's own is a room like any other.
func TestMisfitsInBoxes(t *testing.T) {
	_, a := press(t, example())
	c := pressConfig(t, a)
	own := *c.Arts[0].Own
	title, status := *own.Title, *own.Status
	title.Width, status.Width = 120, 120
	own.Title, own.Status = &title, &status
	c.Arts[0].Own = &own
	var got []string
	for _, m := range render.Misfits(c) {
		got = append(got, m.String())
	}
	if len(got) != 2 || !strings.HasSuffix(got[0], "give its box in art.text more room") || !strings.HasPrefix(got[1], `"Coastal Skipper" is too long`) {
		t.Errorf("%s", strings.Join(got, "\n"))
	}
}
