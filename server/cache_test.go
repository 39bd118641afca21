package server

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"testamur/verify"
)

// directives reads a Cache-Control header as RFC 9111 writes it, and refuses what is not exactly so.
func directives(header string) (map[string]string, error) {
	shape := regexp.MustCompile(`^([a-z-]+)(?:=([0-9]+))?$`)
	all := map[string]string{}
	for _, d := range strings.Split(header, ", ") {
		m := shape.FindStringSubmatch(d)
		if m == nil {
			return nil, fmt.Errorf("%q in %q", d, header)
		}
		if _, twice := all[m[1]]; twice {
			return nil, fmt.Errorf("%s twice in %q", m[1], header)
		}
		all[m[1]] = m[2]
	}
	return all, nil
}

// No cache keeps a picture past the next change of its state, not even one that serves what is stale on an error.
func TestNoCacheOutlivesAChange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := time.Unix(rapid.Int64Range(9e8, 5e9).Draw(t, "now"), rapid.Int64Range(0, 999_999_999).Draw(t, "ns")).UTC()
		left := time.Duration(rapid.OneOf(rapid.Int64Range(-2e9, 7e11), rapid.Int64Range(-1e18, 1e18)).Draw(t, "left"))
		v := verify.Verdict{CheckedAt: now}
		v.ExpiresAt = now.Add(left).Truncate(time.Second)
		if rapid.Bool().Draw(t, "suspended") {
			v.SuspendedAt = now
		}
		v.Status = v.StatusAt(now)
		header := cacheControl(v)
		d, err := directives(header)
		if err != nil {
			t.Fatal(err)
		}
		age, err := strconv.Atoi(d["max-age"])
		if _, public := d["public"]; err != nil || !public || age < 0 || age > 300 {
			t.Fatalf("%q", header)
		}
		stale, err := strconv.Atoi(d["stale-if-error"])
		if text, there := d["stale-if-error"]; there && (err != nil || stale < 1 || stale > 300 || text == "") {
			t.Fatalf("%q", header)
		}
		change, changes := v.NextChange(now)
		if !changes {
			if header != "public, max-age=300, stale-if-error=300" {
				t.Fatalf("nothing changes, and yet %q", header)
			}
			return
		}
		if until := now.Add(time.Duration(age+stale) * time.Second); until.After(change) {
			t.Fatalf("%q at %v lasts to %v, the state to %v", header, now, until, change)
		}
		if whole := int(min(change.Sub(now)/time.Second, 600)); age != min(300, whole) || stale != min(300, whole-age) {
			t.Fatalf("%q with %d seconds left", header, whole)
		}
	})
}
