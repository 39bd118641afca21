package site

import (
	"fmt"
	"html/template"
	"time"

	"testamur/messages"
)

// Date is a civil date; the zero Date is none.
type Date struct{ Year, Month, Day int }

func (d Date) machine() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day) }

// dateOf is the day of a time in its own zone.
func dateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, int(m), d}
}

// Verdict is what the page about a credential shows: what consent released, and no more.
type Verdict struct {
	Status                        string // valid, expired, suspended, revoked
	Name, Lang                    string // Lang: BCP 47 tag of the name, empty where it is not known
	Certification, Slug, Edition  string
	Tier, Code                    string // Tier: silver, gold, platinum or none
	Organisation, Practicum       bool   // the holder is one; the certification asks for one
	Granted, ValidTo              Date
	RevokedOn, SuspendedOn        Date
	ExpiresAt                     time.Time // last valid second, in the zone of the academy; zero: the end of ValidTo
	CheckedAt                     time.Time // in the zone of the academy
	Badge, Certificate, Canonical string    // addresses; Badge and Certificate are shown while valid and when expired
	Share, Preview                string    // so are the page for the holder and the picture beside links
	PreviewVersion                string    // changes with what that picture shows
	OEmbed                        string    // absolute address of the answer for programs that embed it; empty: none
	Index                         bool      // search engines may list it
}

// answer is a verdict in the words of a language.
type answer struct {
	Verdict
	words *messages.Language
	zone  string
}

// fact is a line of the list below the name.
type fact struct {
	Label string
	Value template.HTML
}

// Shown reports whether the picture and the certificate stand for something.
func (a answer) Shown() bool { return a.Status == "valid" || a.Status == "expired" }

// Since is the day the status began, as far as its words name it.
func (a answer) Since() Date {
	switch a.Status {
	case "suspended":
		return a.SuspendedOn
	case "revoked":
		return a.RevokedOn
	}
	return a.ValidTo
}

// Facts is what is known, in the order in which people ask.
func (a answer) Facts() []fact {
	var facts []fact
	add := func(key string, value template.HTML) { facts = append(facts, fact{a.words.Text(key), value}) }
	add("site.fact.granted", dateHTML(a.words, a.Granted))
	switch a.Status {
	case "valid":
		add("site.fact.valid-to", a.end())
		if a.Tier != "" { // worked out anew all the time: it counts only while the credential does
			add("site.fact.tier", template.HTML(template.HTMLEscapeString(a.words.Text("site.tier."+a.Tier))))
		}
	case "expired":
		add("site.fact.expired", a.end())
	case "suspended":
		add("site.fact.suspended", dateHTML(a.words, a.SuspendedOn))
		if a.ValidTo.machine() < dateOf(a.CheckedAt).machine() {
			add("site.fact.would-have-ended", dateHTML(a.words, a.ValidTo))
		} else {
			add("site.fact.would-end", dateHTML(a.words, a.ValidTo))
		}
	case "revoked":
		add("site.fact.revoked", dateHTML(a.words, a.RevokedOn))
	}
	add("site.fact.code", code(a.Code))
	add("site.fact.checked", timeHTML(a.CheckedAt.Format(time.RFC3339), say(a.words, "site.moment",
		"date", nb(dateText(a.words, dateOf(a.CheckedAt))), "time", a.CheckedAt.Format("15:04"), "zone", a.zone)))
	return facts
}

// Who is the name, which reads in its own direction and is not translated.
func (a answer) Who() template.HTML {
	lang := ""
	if a.Lang != "" {
		lang = ` lang="` + template.HTMLEscapeString(a.Lang) + `"`
	}
	return template.HTML(`<bdi dir="auto" translate="no"` + lang + `>` + template.HTMLEscapeString(a.Name) + `</bdi>`)
}

// end is the last valid moment: a day that counts to its end, unless the issuer named a time.
func (a answer) end() template.HTML {
	if clock := a.ExpiresAt.Format(time.TimeOnly); !a.ExpiresAt.IsZero() && clock != "23:59:59" {
		return timeHTML(a.ExpiresAt.Format(time.RFC3339), say(a.words, "site.moment",
			"date", nb(dateText(a.words, a.ValidTo)), "time", clock, "zone", a.zone))
	}
	return say(a.words, "site.end-of-day", "date", dateHTML(a.words, a.ValidTo), "zone", a.zone)
}

// Means is the key of what the credential says of its holder.
func (a answer) Means() string {
	switch {
	case !a.Shown():
		return "site.verdict." + a.Status + ".means"
	case a.Organisation:
		return "site.means.organisation"
	case a.Practicum:
		return "site.means.practicum"
	}
	return "site.means.examination"
}
