package main

import (
	"testing"
	"time"

	"testamur/academy"
	"testamur/assets"
	"testamur/fonts"
	"testamur/render/text"
	"testamur/verify"
)

// What is drawn as expired has ended, a month ago at least, however long the certification is valid.
func TestDrawExpired(t *testing.T) {
	letters, err := text.Load(fonts.Files)
	if err != nil {
		t.Fatal(err)
	}
	built, err := academy.Load(assets.Files)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2014, 11, 23, 12, 0, 0, 0, time.UTC)
	h := &house{academy: built, fonts: letters, now: func() time.Time { return now }}
	for _, validity := range []verify.Validity{{Months: 1, From: verify.EndOfMonth}, {Months: 12, From: verify.EndOfNextMonth}, {Months: 24, From: verify.EndOfMonth},
		{Months: 36, From: verify.GrantDate}, {Months: 120, From: verify.EndOfNextMonth}} {
		one := built.Catalogue.Certifications[0]
		one.Validity = validity
		built.Catalogue.Certifications[0] = one
		c, err := drawCommand{What: "badge", Certification: one.Slug, Name: "Maya", Status: "expired"}.value(h)
		if err != nil {
			t.Fatal(err)
		}
		end := verify.Day{Year: c.ValidTo.Year, Month: time.Month(c.ValidTo.Month), Day: c.ValidTo.Day}
		if !end.Before(verify.Day{Year: 2014, Month: 10, Day: 23}) || end.Before(verify.Day{Year: 2003, Month: 1, Day: 1}) {
			t.Errorf("%+v: valid to %s", validity, end)
		}
	}
}
