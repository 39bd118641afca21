package server

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"testamur/messages"
	"testamur/verify"
)

const calendarType = "text/calendar; charset=utf-8"

// event is a calendar (RFC 5545) with one event: the last day of a credential, all day long, as the issuer's zone counts
// days. Its id stays, so that the file of a renewed credential moves the event that a calendar has.
func (s *Server) event(v verify.Verdict, words *messages.Language) []byte {
	title := s.certificationOf(v.Certification).Title
	day := verify.DayOf(v.ExpiresAt, s.Zone)
	midnight := time.Date(day.Year, day.Month, day.Day, 0, 0, 0, 0, time.UTC)
	text := words.Text("share.calendar.text", "name", v.Name, "zone", s.Zone.String())
	if clock := v.ExpiresAt.In(s.Zone).Format(time.TimeOnly); clock != "23:59:59" {
		text = words.Text("share.calendar.text-time", "name", v.Name, "zone", s.Zone.String(), "time", clock)
	}
	page := s.URL + "/verify/" + string(v.Code)
	var b calendarFile
	b.line("BEGIN", "VCALENDAR")
	b.line("VERSION", "2.0")
	b.line("PRODID", "-//testamur//testamur//EN")
	b.line("BEGIN", "VEVENT")
	b.line("UID", "expiry-"+string(v.Code)+"@"+s.URL[strings.Index(s.URL, "://")+3:])
	b.line("DTSTAMP", v.CheckedAt.UTC().Format("20060102T150405Z"))
	b.line("SEQUENCE", strconv.FormatInt(midnight.Unix()/86400, 10)) // must grow with each new version: a renewal never shortens
	b.line("DTSTART;VALUE=DATE", midnight.Format("20060102"))
	b.line("DTEND;VALUE=DATE", midnight.AddDate(0, 0, 1).Format("20060102"))
	b.line("SUMMARY", calendarText(words.Text("share.calendar.summary", "certification", title)))
	b.line("DESCRIPTION", calendarText(text+"\n"+page))
	b.line("URL", page)
	b.line("TRANSP", "TRANSPARENT") // the day stays free
	b.line("BEGIN", "VALARM")
	b.line("ACTION", "DISPLAY")
	b.line("TRIGGER", "-P30D")
	b.line("DESCRIPTION", calendarText(words.Text("share.calendar.alarm", "certification", title)))
	b.line("END", "VALARM")
	b.line("END", "VEVENT")
	b.line("END", "VCALENDAR")
	return b
}

type calendarFile []byte

// line writes a property, folded so that no line has more than 75 bytes and none breaks within a character.
func (b *calendarFile) line(name, value string) {
	const most = 75
	rest := name + ":" + value
	for room := most; len(rest) > room; room = most - 1 { // the space that a folded line begins with counts
		at := room
		for !utf8.RuneStart(rest[at]) {
			at--
		}
		*b = append(append(*b, rest[:at]...), "\r\n "...)
		rest = rest[at:]
	}
	*b = append(append(*b, rest...), "\r\n"...)
}

// calendarText is a text as the value of a property.
func calendarText(s string) string {
	return strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\r\n", `\n`, "\n", `\n`).Replace(s)
}
