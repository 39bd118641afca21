package verify

import (
	"encoding/json"
	"testing"
	"time"
	_ "time/tzdata"

	"pgregory.net/rapid"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func day(t testing.TB, s string) Day {
	t.Helper()
	d, err := ParseDay(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// Rule 24: one year from the end of the month following the grant, month end to month end, through the last
// second in the issuer's zone.
func TestExpiryRule24(t *testing.T) {
	year := Validity{12, EndOfNextMonth}
	for _, c := range []struct{ zone, granted, want string }{
		{"UTC", "2014-05-14", "2015-06-30T23:59:59Z"},
		{"UTC", "2014-06-14", "2015-07-31T23:59:59Z"},
		{"UTC", "2014-01-31", "2015-02-28T23:59:59Z"},
		{"UTC", "2015-01-15", "2016-02-29T23:59:59Z"}, // the last day, not the 28th
		{"UTC", "2016-01-20", "2017-02-28T23:59:59Z"},
		{"UTC", "2014-12-05", "2016-01-31T23:59:59Z"},
		{"UTC", "2014-12-31", "2016-01-31T23:59:59Z"},
		{"UTC", "2014-11-30", "2015-12-31T23:59:59Z"},
		{"UTC", "2016-02-29", "2017-03-31T23:59:59Z"},
		{"UTC", "1999-01-31", "2000-02-29T23:59:59Z"},
		{"UTC", "2099-01-01", "2100-02-28T23:59:59Z"}, // no leap year
		{"America/New_York", "2014-05-14", "2015-06-30T23:59:59-04:00"},
		{"America/New_York", "2014-10-01", "2015-11-30T23:59:59-05:00"},
		{"Europe/Berlin", "2014-02-10", "2015-03-31T23:59:59+02:00"}, // clocks went forward on the 29th
		{"Europe/Berlin", "2014-09-10", "2015-10-31T23:59:59+01:00"},
		{"Asia/Kathmandu", "2014-05-14", "2015-06-30T23:59:59+05:45"},
		{"Pacific/Auckland", "2014-05-14", "2015-06-30T23:59:59+12:00"},
	} {
		got := year.Expiry(day(t, c.granted), zone(t, c.zone)).Format(time.RFC3339)
		if got != c.want {
			t.Errorf("%s in %s expires %s, want %s", c.granted, c.zone, got, c.want)
		}
	}
}

// The other ways to count (rule 24, per certification).
func TestExpiryOtherValidities(t *testing.T) {
	for _, c := range []struct {
		v             Validity
		granted, want string
	}{
		{Validity{12, EndOfMonth}, "2014-05-14", "2015-05-31T23:59:59Z"},
		{Validity{12, EndOfMonth}, "2015-02-01", "2016-02-29T23:59:59Z"},
		{Validity{12, GrantDate}, "2014-05-14", "2015-05-14T23:59:59Z"},
		{Validity{12, GrantDate}, "2016-02-29", "2017-02-28T23:59:59Z"},
		{Validity{1, GrantDate}, "2015-01-31", "2015-02-28T23:59:59Z"},
		{Validity{24, EndOfNextMonth}, "2014-01-15", "2016-02-29T23:59:59Z"},
		{Validity{1, EndOfNextMonth}, "2014-11-15", "2015-01-31T23:59:59Z"},
	} {
		if got := c.v.Expiry(day(t, c.granted), time.UTC).Format(time.RFC3339); got != c.want {
			t.Errorf("%+v from %s: %s, want %s", c.v, c.granted, got, c.want)
		}
	}
}

// The end of a day where clocks change at midnight.
func TestDayEnd(t *testing.T) {
	for _, c := range []struct{ zone, day, want string }{
		{"America/Havana", "2014-11-01", "2014-11-01T23:59:59-04:00"},   // back at 01:00 on the 2nd
		{"America/Asuncion", "2014-03-22", "2014-03-22T23:59:59-04:00"}, // back at midnight: 23:59:59 comes twice, the later one counts
		{"America/St_Johns", "2006-10-28", "2006-10-28T23:59:59-03:30"}, // back at 00:01 on the 29th
		{"America/Asuncion", "2014-10-04", "2014-10-04T23:59:59-04:00"}, // forward at midnight
		{"Asia/Beirut", "2014-03-29", "2014-03-29T23:59:59+02:00"},
		{"America/New_York", "2014-11-02", "2014-11-02T23:59:59-05:00"}, // the day of 25 hours
		{"America/Toronto", "1919-03-30", "1919-03-30T23:29:59-05:00"},  // forward at 23:30: the day has no last half hour
		{"Pacific/Apia", "2011-12-30", "2011-12-29T23:59:59-10:00"},     // a day that never was
		{"UTC", "2016-12-31", "2016-12-31T23:59:59Z"},
	} {
		if got := day(t, c.day).End(zone(t, c.zone)).Format(time.RFC3339); got != c.want {
			t.Errorf("%s ends in %s at %s, want %s", c.day, c.zone, got, c.want)
		}
	}
}

// zones have their clocks changed by night, at midnight, by half an hour, and by whole days.
var zones = []string{"UTC", "America/New_York", "Europe/Berlin", "America/Havana", "America/Asuncion", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Beirut", "America/Toronto"}

// everyDay calls do for each day from 1900 to 2100, counted without the time package.
func everyDay(do func(Day)) {
	for y := 1900; y <= 2100; y++ {
		for m := 1; m <= 12; m++ {
			for d := 1; d <= monthDays(y, m); d++ {
				do(Day{y, time.Month(m), d})
			}
		}
	}
}

func monthDays(y, m int) int {
	switch {
	case m == 2 && y%4 == 0 && (y%100 != 0 || y%400 == 0):
		return 29
	case m == 2:
		return 28
	case m == 4 || m == 6 || m == 9 || m == 11:
		return 30
	}
	return 31
}

// Rule 24 for every day of two centuries, against a calendar of our own.
func TestExpiryEveryDay(t *testing.T) {
	for _, name := range zones {
		z := zone(t, name)
		everyDay(func(from Day) {
			y, m := from.Year, int(from.Month)+13
			for ; m > 12; m -= 12 {
				y++
			}
			want := Day{y, time.Month(m), monthDays(y, m)}
			if got := (Validity{12, EndOfNextMonth}).Expiry(from, z); !got.Equal(want.End(z)) {
				t.Fatalf("%s: %s expires %s, want the end of %s", name, from, got, want)
			}
		})
	}
}

// After the end of a day no instant belongs to it, and the next second does not either.
func TestDayEndEveryDay(t *testing.T) {
	for _, name := range zones {
		z := zone(t, name)
		everyDay(func(d Day) {
			end := d.End(z)
			next := end.Add(time.Second)
			if d.Before(DayOf(end, z)) || !d.Before(DayOf(next, z)) {
				t.Fatalf("%s: %s is said to end at %s", name, d, end)
			}
			later := end.Add(30 * time.Hour)
			_, before := end.Zone()
			if _, after := later.In(z).Zone(); after == before {
				return
			}
			for ; next.Before(later); next = next.Add(time.Minute) { // the clocks change: does the day come back?
				if !d.Before(DayOf(next, z)) {
					t.Fatalf("%s: %s is said to end at %s, and goes on at %s", name, d, end, next.In(z))
				}
			}
		})
	}
}

// A day given as the end is the end of that day, for any validity (rule 25), and no validity ends before it begins.
func TestExpiryProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		z, err := time.LoadLocation(rapid.SampledFrom(zones).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		from := DayOf(time.Date(1900, 1, 1+rapid.IntRange(0, 73413).Draw(t, "day"), 0, 0, 0, 0, time.UTC), time.UTC)
		months := rapid.IntRange(1, 120).Draw(t, "months")
		by := func(f ValidityFrom) time.Time { return Validity{months, f}.Expiry(from, z) }
		if by(GrantDate).Before(from.End(z)) || by(EndOfMonth).Before(by(GrantDate)) || !by(EndOfMonth).Before(by(EndOfNextMonth)) {
			t.Fatalf("%s and %d months: %s, %s, %s", from, months, by(GrantDate), by(EndOfMonth), by(EndOfNextMonth))
		}
		if last := DayOf(by(EndOfNextMonth), z); last.Day != monthDays(last.Year, int(last.Month)) {
			t.Fatalf("%s is no month's end", last)
		}
	})
}

// Valid through the last second, to the nanosecond; revoked before suspended before expired.
func TestStatusAt(t *testing.T) {
	expires := time.Date(2015, 7, 31, 23, 59, 59, 0, time.UTC)
	instant := expires.Add(-time.Hour)
	for _, c := range []struct {
		after              time.Duration
		revoked, suspended bool
		want               Status
	}{
		{-time.Hour, false, false, Valid},
		{0, false, false, Valid},
		{time.Second - 1, false, false, Valid},
		{time.Second, false, false, Expired},
		{time.Second + 1, false, false, Expired},
		{0, false, true, Suspended},
		{time.Hour, false, true, Suspended},
		{0, true, false, Revoked},
		{time.Hour, true, true, Revoked},
	} {
		r := Record{ExpiresAt: expires}
		if c.revoked {
			r.RevokedAt = instant
		}
		if c.suspended {
			r.SuspendedAt = instant
		}
		now := expires.Add(c.after)
		if got := r.StatusAt(now); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
		change, ok := r.NextChange(now)
		if ok != (c.want == Valid) {
			t.Errorf("%+v: next change %v %v", c, change, ok)
		}
		if ok && (r.StatusAt(change) == Valid || r.StatusAt(change.Add(-1)) != Valid) {
			t.Errorf("%+v: %s is not where the status changes", c, change)
		}
	}
}

func TestParseDay(t *testing.T) {
	for in, ok := range map[string]bool{"2014-06-14": true, "2016-02-29": true, "2015-02-29": false, "2014-6-14": false, "14.06.2014": false, "": false, "2014-06-14T00:00:00Z": false} {
		d, err := ParseDay(in)
		if (err == nil) != ok || ok && d.String() != in {
			t.Errorf("ParseDay(%q) = %s, %v", in, d, err)
		}
	}
}

func FuzzParseDay(f *testing.F) {
	for _, s := range []string{"2014-06-14", "2015-02-29", "", "0000-00-00", "2014-06-14 ", "+014-06-14"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseDay(s)
		if err != nil {
			if d != (Day{}) {
				t.Fatalf("%q: %v with its error", s, d)
			}
			return
		}
		if d.String() != s || d.Month < 1 || d.Month > 12 || d.Day < 1 || d.Day > monthDays(d.Year, int(d.Month)) {
			t.Fatalf("%q is read as %s", s, d)
		}
	})
}

func TestDayJSON(t *testing.T) {
	for text, want := range map[string]Day{`"2014-06-14"`: {2014, time.June, 14}, "null": {}} {
		var d Day
		if err := json.Unmarshal([]byte(text), &d); err != nil || d != want {
			t.Errorf("%s: %v, %v", text, d, err)
		}
		if got, err := json.Marshal(want); err != nil || string(got) != text {
			t.Errorf("%v: %s, %v", want, got, err)
		}
	}
	for _, text := range []string{`"2015-02-29"`, `""`, "20140614", "{}", `["2014-06-14"]`} {
		if err := json.Unmarshal([]byte(text), new(Day)); err == nil {
			t.Errorf("%s was read", text)
		}
	}
}
