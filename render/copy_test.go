package render_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"testamur/render"
)

// copies are certificates in every state, with letters that their page has and with others.
func copies() (all []render.Certificate) {
	for i, name := range []string{"Maya Żółć", longName, "فاطمة 山田"} {
		c := paper(name)
		c.State = []render.State{render.StateValid, render.StateExpired, render.StateSpecimen}[i%3]
		c.Words, c.Paper = []string{"en", "ar", "de"}[i%3], []render.Paper{render.A4, render.Letter}[i%2]
		all = append(all, c)
	}
	return all
}

// A certificate is the same bytes whether its page is made for it, was made for another one, or is being used by others.
func TestCertificateCopiesPressAtOnce(t *testing.T) {
	first, _ := builtin(t)
	warm, _ := builtin(t)
	want := map[render.Certificate][]byte{}
	for _, c := range copies() {
		other := c
		other.Name, other.Code, other.Granted, other.ValidTo = "Zoë Ångström-Đặng", "0000-1111-2222", render.Date{Year: 2019, Month: 9, Day: 9}, render.Date{Year: 2020, Month: 10, Day: 30}
		if _, err := warm.DrawCertificate(other); err != nil {
			t.Fatal(err)
		}
		page, err := first.DrawCertificate(c)
		if err != nil {
			t.Fatal(err)
		}
		want[c] = page
	}
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			for c, page := range want {
				got, err := warm.DrawCertificate(c)
				if err != nil {
					t.Error(err)
				} else if !bytes.Equal(got, page) {
					t.Errorf("%s, %s: other bytes from a press that drew before", c.Name, c.State)
				}
			}
		})
	}
	all.Wait()
}

// Nothing of one person is in the certificate of the next, not even in what is compressed.
func TestCertificateHasNothingOfAnother(t *testing.T) {
	p, _ := builtin(t)
	dir := t.TempDir()
	read := func(c render.Certificate) string {
		page, err := p.DrawCertificate(c)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "c.pdf"), page, 0o600); err != nil {
			t.Fatal(err)
		}
		tool(t, dir, "qpdf", "--qdf", "--object-streams=disable", "c.pdf", "plain.pdf")
		plain, err := os.ReadFile(filepath.Join(dir, "plain.pdf"))
		if err != nil {
			t.Fatal(err)
		}
		return string(plain) + strings.ToLower(string(page)) + string(page) // what nothing leads to, too
	}
	utf16 := func(s string) string {
		var out strings.Builder
		for _, r := range s {
			fmt.Fprintf(&out, "%04x", r)
		}
		return out.String()
	}
	for _, state := range []render.State{render.StateValid, render.StateExpired} {
		one, two := paper("Quentin Xavier"), paper("Maya Lindqvist")
		one.State, two.State = state, state
		one.Code, one.Lang, one.Granted, one.ValidTo = "ABCD-EFGH-JKMN", "sv-FI", render.Date{Year: 2017, Month: 11, Day: 23}, render.Date{Year: 2018, Month: 12, Day: 24}
		for i, page := range []string{read(one), read(two), read(one)} {
			for _, mark := range []string{"Quentin", "ABCD-EFGH-JKMN", utf16("Quentin"), utf16("ABCD-EFGH-JKMN"), utf16("sv-FI"), "D:20171123", "2017-11-23"} {
				if has := strings.Contains(page, mark); has != (i != 1) {
					t.Errorf("%s: page %d has %q: %v", state, i, mark, has)
				}
			}
		}
	}
}
