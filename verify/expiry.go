package verify

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Day is a civil date, without a zone. The zero Day is no day; in JSON it is null.
type Day struct {
	Year  int
	Month time.Month
	Day   int
}

// ErrDay is the error of ParseDay.
var ErrDay = errors.New("must be a day such as 2014-06-14")

// ParseDay reads a day such as 2014-06-14.
func ParseDay(s string) (Day, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Day{}, ErrDay
	}
	return DayOf(t, time.UTC), nil
}

// DayOf returns the day that t is in a zone.
func DayOf(t time.Time, zone *time.Location) Day {
	y, m, d := t.In(zone).Date()
	return Day{y, m, d}
}

// String returns the day as 2014-06-14.
func (d Day) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, int(d.Month), d.Day) }

// IsZero reports whether d is no day.
func (d Day) IsZero() bool { return d == Day{} }

// Before reports whether d is earlier than e.
func (d Day) Before(e Day) bool {
	if d.Year != e.Year {
		return d.Year < e.Year
	}
	if d.Month != e.Month {
		return d.Month < e.Month
	}
	return d.Day < e.Day
}

// End returns the last second of the day in a zone: the later one where clocks go back over midnight and it
// comes twice, the last one before the gap where they go forward over it.
func (d Day) End(zone *time.Location) time.Time {
	wall := time.Date(d.Year, d.Month, d.Day, 23, 59, 59, 0, time.UTC)
	var end time.Time
	for _, hours := range []time.Duration{-26, 0, 26} { // offsets before, at and after a change of clocks
		_, offset := wall.Add(hours * time.Hour).In(zone).Zone()
		t := wall.Add(-time.Duration(offset) * time.Second).In(zone)
		if DayOf(t, zone) == d && t.Hour() == 23 && t.Minute() == 59 && t.Second() == 59 && t.After(end) {
			end = t
		}
	}
	if end.IsZero() {
		after, _ := wall.Add(26 * time.Hour).In(zone).ZoneBounds()
		end = after.Add(-time.Second).In(zone)
	}
	return end
}

// AddMonths returns the same day n months later, the month's last day where it has no such day.
func (d Day) AddMonths(n int) Day {
	first := time.Date(d.Year, d.Month+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	last := lastOf(first.Year(), first.Month())
	return Day{first.Year(), first.Month(), min(d.Day, last.Day)}
}

func lastOf(year int, month time.Month) Day {
	return DayOf(time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC), time.UTC)
}

// MarshalJSON writes the day as a text, no day as null.
func (d Day) MarshalJSON() ([]byte, error) {
	if d.IsZero() {
		return []byte("null"), nil
	}
	return []byte(`"` + d.String() + `"`), nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (d *Day) UnmarshalJSON(data []byte) (err error) {
	if string(data) == "null" {
		*d = Day{}
		return nil
	}
	var s string
	if err := json.Unmarshal(data, &s); err != nil {
		return err
	}
	*d, err = ParseDay(s)
	return err
}

// UnmarshalText reads a day such as 2014-06-14.
func (d *Day) UnmarshalText(text []byte) (err error) {
	*d, err = ParseDay(string(text))
	return err
}

// ValidityFrom says from where the months of a validity count (rule 24).
type ValidityFrom string

const (
	EndOfNextMonth ValidityFrom = "end_of_next_month" // the last day of the month after the grant
	EndOfMonth     ValidityFrom = "end_of_month"      // the last day of the month of the grant
	GrantDate      ValidityFrom = "grant_date"        // the day of the grant
)

// Validity is how long a certification lasts.
type Validity struct {
	Months int
	From   ValidityFrom
}

// Expiry returns the last valid second of a credential granted or renewed on a day, in the issuer's zone
// (rules 24 and 27). Month ends stay month ends: 15 January 2015 leads to 29 February 2016.
func (v Validity) Expiry(from Day, zone *time.Location) time.Time {
	ahead := v.Months
	switch v.From {
	case GrantDate:
		return from.AddMonths(ahead).End(zone)
	case EndOfNextMonth:
		ahead++
	}
	month := Day{from.Year, from.Month, 1}.AddMonths(ahead)
	return lastOf(month.Year, month.Month).End(zone)
}
