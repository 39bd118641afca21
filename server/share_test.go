package server

import (
	"bytes"
	"html"
	"io"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/emersion/go-ical"
	"pgregory.net/rapid"

	"testamur/verify"
)

// LinkedIn is told the academy by its number where it has one, and months as the issuer's zone has them (rule 29).
func TestLinkedIn(t *testing.T) {
	const utc = "2015-07-31T23:59:59Z" // the credential ends then, whatever zone the pages are in
	for _, x := range []struct {
		zone, id, day string
		want          map[string]string
	}{
		{"UTC", "", "31 July 2015", map[string]string{"organizationName": "Inbound Academy", "expirationYear": "2015", "expirationMonth": "7"}},
		{"Pacific/Auckland", "1234567", "1 August 2015", map[string]string{"organizationId": "1234567", "expirationYear": "2015", "expirationMonth": "8"}},
		{"America/New_York", "1234567", "31 July 2015", map[string]string{"organizationId": "1234567", "expirationYear": "2015", "expirationMonth": "7"}},
	} {
		zone, err := time.LoadLocation(x.zone)
		if err != nil {
			t.Fatal(err)
		}
		w := newWorld(t, func(c *Config) { c.Zone, c.Issuer.LinkedInID = zone, x.id })
		page := string(w.ask(t, "GET", "/share/"+w.names["valid"], nil, "").body)
		_, after, _ := strings.Cut(page, `href="https://www.linkedin.com`)
		address, _, _ := strings.Cut(after, `"`)
		link, err := url.Parse(html.UnescapeString(address))
		if err != nil || link.Path != "/profile/add" {
			t.Fatalf("%s: %s: %v", x.zone, address, err)
		}
		for name, value := range map[string]string{"startTask": "CERTIFICATION_NAME", "name": "Inbound Certification", "issueYear": "2014", "issueMonth": "6",
			"certUrl": testURL + "/verify/" + w.names["valid"], "certId": w.names["valid"]} {
			x.want[name] = value
		}
		got := link.Query()
		for name, value := range x.want {
			if len(got[name]) != 1 || got.Get(name) != value {
				t.Errorf("%s: %s is %q, not %q", x.zone, name, got[name], value)
			}
		}
		if len(got) != len(x.want) {
			t.Errorf("%s: %v has more than %v", x.zone, got, x.want)
		}
		if !strings.Contains(page, x.day) {
			t.Errorf("%s: the page does not say %s for %s", x.zone, x.day, utc)
		}
		// the calendar has the day that the page says
		event := readCalendar(t, w.ask(t, "GET", "/share/"+w.names["valid"]+".ics", nil, "").body)
		start, err := event.DateTimeStart(time.UTC)
		if err != nil || start.Format("2 January 2006") != x.day {
			t.Errorf("%s: the event is on %v: %v", x.zone, start, err)
		}
	}
}

// An organisation has no profile to add a certification to.
func TestShareOfAnOrganisation(t *testing.T) {
	w := newWorld(t, nil)
	r, err := w.registry.Grant(t.Context(), verify.Call{By: "test"}, verify.Grant{Certification: "partner", Consent: verify.Link,
		Holder: verify.GrantHolder{Name: "Harbour & Sons", Kind: verify.Organisation}})
	if err != nil {
		t.Fatal(err)
	}
	page := string(w.ask(t, "GET", "/share/"+string(r.Credential.Code), nil, "").body)
	if !strings.Contains(page, "It speaks of your company alone") || strings.Contains(page, "linkedin.com") {
		t.Errorf("%s", page)
	}
}

// readCalendar reads a calendar with one event, by a library that knows the format, and by the rules that it does not enforce.
func readCalendar(t interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}, file []byte) ical.Event {
	t.Helper()
	for line := range bytes.SplitSeq(bytes.TrimSuffix(file, []byte("\r\n")), []byte("\r\n")) {
		if len(line) > 75 || len(line) == 0 || bytes.ContainsAny(line, "\r\n") || !utf8.Valid(line) {
			t.Fatalf("a line of %d bytes: %q", len(line), line)
		}
	}
	if !bytes.HasSuffix(file, []byte("END:VCALENDAR\r\n")) {
		t.Fatalf("ends %q", file)
	}
	d := ical.NewDecoder(bytes.NewReader(file))
	calendar, err := d.Decode()
	if err != nil {
		t.Fatalf("%v in\n%s", err, file)
	}
	if _, err := d.Decode(); err != io.EOF {
		t.Fatal("more than one calendar", err)
	}
	if err := ical.NewEncoder(io.Discard).Encode(calendar); err != nil { // it checks what must be there, and how often
		t.Fatal(err)
	}
	events := calendar.Events()
	if len(events) != 1 || len(calendar.Children) != 1 {
		t.Fatalf("%d events, %d parts", len(events), len(calendar.Children))
	}
	return events[0]
}

func TestCalendar(t *testing.T) {
	w := newWorld(t, nil)
	v := verify.Verdict{Record: verify.Record{Code: "7K3M-9QXT-4P24", Certification: "inbound", Name: "Zoë; Đặng, \\ \"王\"", ExpiresAt: time.Date(2015, 7, 31, 23, 59, 59, 0, time.UTC)},
		CheckedAt: time.Date(2014, 11, 23, 15, 10, 0, 0, time.UTC)}
	event := readCalendar(t, w.server.event(v, w.words.In("en")))
	text := func(c *ical.Component, name string) string {
		s, err := c.Props.Text(name)
		if err != nil {
			t.Error(err)
		}
		return s
	}
	for name, want := range map[string]string{
		"UID": "expiry-7K3M-9QXT-4P24@academy.example.org", "SUMMARY": "Inbound Certification: valid to this day", "TRANSP": "TRANSPARENT",
		"DESCRIPTION": "The certification of " + v.Name + " is valid to the end of this day, UTC. Renewed before, it goes on without a break, at the same address.\n" + testURL + "/verify/7K3M-9QXT-4P24",
	} {
		if got := text(event.Component, name); got != want {
			t.Errorf("%s is %q, not %q", name, got, want)
		}
	}
	if raw := event.Props.Get("DESCRIPTION").Value; !strings.Contains(raw, `Zoë\; Đặng\, \\ "王"`) { // the library reads a bare ; too
		t.Errorf("DESCRIPTION is written %s", raw)
	}
	if page, err := event.Props.URI("URL"); err != nil || page.String() != testURL+"/verify/7K3M-9QXT-4P24" {
		t.Errorf("URL is %v: %v", page, err)
	}
	for name, want := range map[string]string{"DTSTART": "20150731", "DTEND": "20150801"} {
		if p := event.Props.Get(name); p.Value != want || p.ValueType() != ical.ValueDate {
			t.Errorf("%s is %+v", name, p)
		}
	}
	if stamp, err := event.Props.DateTime("DTSTAMP", nil); err != nil || !stamp.Equal(v.CheckedAt) {
		t.Errorf("DTSTAMP is %v: %v", stamp, err)
	}
	if len(event.Children) != 1 || event.Children[0].Name != ical.CompAlarm {
		t.Fatalf("%v", event.Children)
	}
	alarm := event.Children[0]
	if before, err := alarm.Props.Get("TRIGGER").Duration(); err != nil || before != -30*24*time.Hour {
		t.Errorf("the alarm is at %v: %v", before, err)
	}
	if text(alarm, "ACTION") != "DISPLAY" || text(alarm, "DESCRIPTION") != "Inbound Certification: 30 days left to renew" {
		t.Errorf("the alarm is %v", alarm.Props)
	}

	// a renewal moves the same event, and a calendar knows which version is the newer
	before := event
	v.ExpiresAt = time.Date(2016, 2, 29, 11, 0, 0, 0, time.UTC)
	event = readCalendar(t, w.server.event(v, w.words.In("en")))
	if text(event.Component, "UID") != text(before.Component, "UID") || event.Props.Get("DTEND").Value != "20160301" {
		t.Errorf("renewed: %v", event.Props)
	}
	first, _ := before.Props.Get("SEQUENCE").Int()
	if second, err := event.Props.Get("SEQUENCE").Int(); err != nil || second <= first || first <= 0 {
		t.Errorf("version %d follows %d: %v", second, first, err)
	}
	if s := text(event.Component, "DESCRIPTION"); !strings.Contains(s, "valid to 11:00:00 on this day, UTC") {
		t.Errorf("a time of its own: %q", s)
	}
}

// Whatever a text is, a calendar reads it as it was, from lines that are short enough.
func TestCalendarText(t *testing.T) {
	w := newWorld(t, nil)
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringOf(rapid.OneOf(rapid.SampledFrom([]rune("\\,;:n\"\n aé王🎓\u0644")), rapid.Rune())).
			Filter(func(s string) bool {
				return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\n' || r == 0x7F })
			}).Draw(t, "name")
		v := verify.Verdict{Record: verify.Record{Code: "7K3M-9QXT-4P24", Certification: name, Name: name, ExpiresAt: time.Unix(rapid.Int64Range(1e9, 5e9).Draw(t, "end"), 0)},
			CheckedAt: time.Unix(1_400_000_000, 0)}
		event := readCalendar(t, w.server.event(v, w.words.In("en")))
		for property, want := range map[string]string{"SUMMARY": name + ": valid to this day", "DESCRIPTION": "The certification of " + name + " is valid to "} {
			if got, err := event.Props.Text(property); err != nil || !strings.HasPrefix(got, want) {
				t.Fatalf("%s is %q, not %q: %v", property, got, want, err)
			}
		}
		if start, err := event.DateTimeStart(time.UTC); err != nil || verify.DayOf(start, time.UTC) != verify.DayOf(v.ExpiresAt, time.UTC) {
			t.Fatalf("%v: %v", start, err)
		}
	})
}

// A long line is folded between characters.
func TestFolding(t *testing.T) {
	for _, x := range []struct{ value, want string }{
		{strings.Repeat("a", 73), "X:" + strings.Repeat("a", 73)},
		{strings.Repeat("a", 74), "X:" + strings.Repeat("a", 73) + "\r\n a"},
		{strings.Repeat("a", 72) + "é", "X:" + strings.Repeat("a", 72) + "\r\n é"},
		{strings.Repeat("王", 50), "X:" + strings.Repeat("王", 24) + "\r\n " + strings.Repeat("王", 24) + "\r\n 王王"},
		{"", "X:"},
	} {
		var b calendarFile
		b.line("X", x.value)
		if got := string(b); got != x.want+"\r\n" {
			t.Errorf("%q, not %q", got, x.want)
		}
	}
}
