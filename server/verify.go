package server

import (
	"context"
	"errors"
	"time"

	"github.com/gofiber/fiber/v2"

	"testamur/render"
	"testamur/site"
	"testamur/verify"
)

// check asks for the verdict: one read of the store. Hidden and unknown are ErrNotFound; everything else that goes
// wrong is errUnasked, so that a store in trouble is never taken for an answer. How long a read may take is the
// store's to keep: a deadline made here would cost every request more than the read itself. Fiber's own context would
// end it when the server is told to stop, though the request may still be answered.
func (s *Server) check(code verify.Code) (verify.Verdict, error) {
	return asVerdict(s.Registry.Check(context.Background(), code))
}

// checkRecent is check for badge, card and preview, which may show what was so a second ago.
func (s *Server) checkRecent(code verify.Code) (verify.Verdict, error) {
	return asVerdict(s.Registry.CheckRecent(context.Background(), code))
}

func asVerdict(v verify.Verdict, err error) (verify.Verdict, error) {
	if err != nil && !errors.Is(err, verify.ErrNotFound) {
		return v, unasked(err)
	}
	return v, err
}

// checkCounted is check where an answer 404 counts: who guesses codes is slowed down, and who asks for a code that
// has an answer is not.
func (s *Server) checkCounted(c *fiber.Ctx, code verify.Code) (verify.Verdict, error) {
	v, err := s.check(code)
	if errors.Is(err, verify.ErrNotFound) {
		return v, s.miss(c)
	}
	return v, err
}

// A picture may wait for its draw as long as the press has patience, and goes out as things are then. What changes again and
// again while it waits is drawn anew this often, draws, and then refused.
const (
	draws  = 2
	recent = time.Second // how old a verdict may be when it goes out
)

// still returns a verdict as of now, and whether it says of the credential what the one said before its picture p was asked
// for. What is kept comes at once and costs nothing more.
func (s *Server) still(v verify.Verdict, p render.Picture, check func(verify.Code) (verify.Verdict, error)) (verify.Verdict, bool) {
	if !p.Waited {
		return v, true
	}
	if now := s.Now(); now.Sub(v.CheckedAt) <= recent && v.StatusAt(now) == v.Status {
		v.CheckedAt = now
		return v, true
	}
	again, err := check(v.Code)
	return again, err == nil && again.Record == v.Record && again.Status == v.Status
}

// miss is the error of a well-formed code that has nothing to show.
func (s *Server) miss(c *fiber.Ctx) error {
	if !s.misses.take(s.neighbourhood(c), s.Now()) {
		return errTooMany
	}
	return errNoRecord
}

// form answers /verify: the box, or with ?code= the way to the answer.
func (s *Server) form(c *fiber.Ctx, r reader) error {
	code, err := typedCode(c)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	if code != "" {
		to := "/verify/" + string(code)
		if r.chosen {
			to += "?lang=" + r.words.Tag()
		}
		return c.Redirect(to, fiber.StatusSeeOther)
	}
	c.Response().Header.Del(fiber.HeaderXRobotsTag) // it is about nobody, and stands in the sitemap
	return s.sendIn(c, r, htmlType, r.pages.Form(r.words))
}

// typedCode reads ?code=, which a form sends; no code is none.
func typedCode(c *fiber.Ctx) (code verify.Code, err error) {
	err = query(c, func(_, value string) (err error) {
		code, err = verify.ParseCode(value)
		return err
	}, "code")
	var wrong badParameter
	if errors.As(err, &wrong) && wrong.why == "empty" {
		return "", verify.ErrMalformed // the box was sent as it is: the page says what belongs there
	}
	return code, err
}

// verdictPage answers /verify/{code} for people.
func (s *Server) verdictPage(c *fiber.Ctx, r reader) error {
	return s.verify(c, func(v verify.Verdict) error {
		return s.sendIn(c, r, htmlType, r.pages.Verdict(r.words, s.page(v)))
	})
}

// verdictJSON answers /verify/{code}.json for machines.
func (s *Server) verdictJSON(c *fiber.Ctx) error {
	return s.verify(c, func(v verify.Verdict) error { return s.sendJSON(c, s.verdict(v)) })
}

func (s *Server) verify(c *fiber.Ctx, answer func(verify.Verdict) error) error {
	code, err := codeOf(c, "code", "")
	if err != nil {
		return err
	}
	err = query(c, func(name, _ string) error { return badParameter{name: name, why: "later"} }, "on")
	if err != nil {
		return err // the answer as of another day is not there yet
	}
	v, err := s.checkCounted(c, code)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	if v.Consent == verify.Public {
		c.Response().Header.Del(fiber.HeaderXRobotsTag)
	}
	return answer(v)
}

// page is the verdict as the page shows it.
func (s *Server) page(v verify.Verdict) site.Verdict {
	x := s.certificationOf(v.Certification)
	p := site.Verdict{
		Status: string(v.Status), Name: v.Name, Lang: v.Lang, Certification: x.Title, Slug: v.Certification, Edition: v.Edition,
		Tier: v.Tier, Code: string(v.Code), Organisation: v.Kind == verify.Organisation, Practicum: x.Practicum != nil,
		Granted: site.Date(civil(v.Granted())), ValidTo: site.Date(s.date(v.ExpiresAt)), ExpiresAt: v.ExpiresAt.In(s.Zone),
		CheckedAt: v.CheckedAt.In(s.Zone), Canonical: s.URL + "/verify/" + string(v.Code), Index: v.Consent == verify.Public, OEmbed: s.oEmbedAddress(v.Code),
	}
	if !v.RevokedAt.IsZero() {
		p.RevokedOn = site.Date(s.date(v.RevokedAt))
	}
	if !v.SuspendedAt.IsZero() {
		p.SuspendedOn = site.Date(s.date(v.SuspendedAt))
	}
	if v.Status == verify.Valid || v.Status == verify.Expired {
		p.Badge, p.Certificate = "/badges/"+string(v.Code)+".png", "/certificates/"+string(v.Code)+".pdf"
		p.Preview, p.Share = "/previews/"+string(v.Code)+".png", "/share/"+string(v.Code)
		p.PreviewVersion = s.previewVersion(v)
	}
	return p
}

// certificationOf is an entry of the catalogue. One that was taken out of it is known by its slug still.
func (s *Server) certificationOf(slug string) verify.Certification {
	if x, ok := s.Catalogue.Find(slug); ok {
		return x
	}
	if _, said := s.lost.LoadOrStore(slug, true); !said {
		s.Log.Warn("credentials of a certification that is not in the catalogue are asked for; they are shown by its slug, in plain pictures: take it in again as discontinued",
			"certification", slug)
	}
	return verify.Certification{Slug: slug, Title: slug}
}

// date is the day of an instant in the issuer's zone.
func (s *Server) date(t time.Time) render.Date { return civil(verify.DayOf(t, s.Zone)) }

func civil(d verify.Day) render.Date {
	return render.Date{Year: d.Year, Month: int(d.Month), Day: d.Day}
}

// The objects of the verification JSON. Fields stand in the order in which they are written; absent values are null.
type (
	verdictObject struct {
		Code          verify.Code       `json:"code"`
		Status        verify.Status     `json:"status"`
		On            *string           `json:"on"`
		Certification certificationName `json:"certification"`
		Holder        any               `json:"holder"`
		Tier          *string           `json:"tier"`
		GrantedAt     verify.Day        `json:"granted_at"`
		RenewedAt     verify.Day        `json:"renewed_at"`
		ExpiresAt     *string           `json:"expires_at"`
		RevokedAt     *string           `json:"revoked_at"`
		SuspendedAt   *string           `json:"suspended_at"`
		CheckedAt     *string           `json:"checked_at"`
		Issuer        issuerJSON        `json:"issuer"`
		Links         linksJSON         `json:"links"`
	}
	certificationName struct {
		Slug    string `json:"slug"`
		Title   string `json:"title"`
		Edition string `json:"edition"`
	}
	holderName struct {
		Name string      `json:"name"`
		Kind verify.Kind `json:"kind"`
	}
	issuerJSON struct {
		Name string `json:"name"`
		URL  string `json:"url"`
	}
	linksJSON struct {
		Page        *string `json:"page"`
		Badge       *string `json:"badge"`
		Certificate *string `json:"certificate"`
		Credential  *string `json:"credential"`
	}
)

func (s *Server) verdict(v verify.Verdict) verdictObject {
	out := verdictObject{
		Code: v.Code, Status: v.Status, Certification: certificationName{v.Certification, s.certificationOf(v.Certification).Title, v.Edition},
		Holder: holderName{v.Name, v.Kind}, Tier: orNull(v.Tier), GrantedAt: v.GrantedAt, RenewedAt: v.RenewedAt,
		ExpiresAt: s.instant(v.ExpiresAt), RevokedAt: s.instant(v.RevokedAt), SuspendedAt: s.instant(v.SuspendedAt),
		CheckedAt: s.instant(v.CheckedAt), Issuer: issuerJSON{s.Issuer.Name, s.URL},
		Links: linksJSON{Page: orNull(s.URL + "/verify/" + string(v.Code))},
	}
	if v.Status == verify.Valid || v.Status == verify.Expired {
		out.Links.Badge = orNull(s.URL + "/badges/" + string(v.Code) + ".png")
		out.Links.Certificate = orNull(s.URL + "/certificates/" + string(v.Code) + ".pdf")
	}
	return out
}

// instant is a time in the issuer's offset, null for none.
func (s *Server) instant(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	return orNull(t.In(s.Zone).Format(time.RFC3339))
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
