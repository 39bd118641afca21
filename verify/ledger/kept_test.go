package ledger_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"testamur/verify"
	"testamur/verify/ledger"
)

// What is kept comes back as it was, or is not kept; never is it another record.
func TestKeptIsAsItWas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var k ledger.Kept
		word := rapid.SampledFrom([]string{"", "inbound", "2026", "link", "de-CH-1996", "person"})
		day := rapid.Custom(func(t *rapid.T) verify.Day {
			return verify.Day{Year: rapid.IntRange(0, 9999).Draw(t, "year"), Month: time.Month(rapid.IntRange(0, 12).Draw(t, "month")), Day: rapid.IntRange(0, 31).Draw(t, "day")}
		})
		likely, far := time.Date(2026, 11, 30, 23, 59, 59, 0, time.UTC).Unix(), int64(1)<<33
		instant := rapid.Custom(func(t *rapid.T) time.Time {
			switch n := rapid.SampledFrom([]int64{0, 1, likely, 1<<32 - 1, 1 << 32, 1<<32 + likely, far, -1}).Draw(t, "instant"); n {
			case 0:
				return time.Time{}
			default:
				return time.Unix(n, 0).UTC()
			}
		})
		want := map[verify.Code]verify.Record{}
		for range rapid.IntRange(1, 20).Draw(t, "records") {
			r := verify.Record{Code: verify.Code(rapid.StringMatching("[A-Z]{0,2}").Draw(t, "code")), Consent: verify.Consent(word.Draw(t, "consent")),
				Certification: word.Draw(t, "certification"), Edition: word.Draw(t, "edition"), Name: rapid.String().Draw(t, "name"), Kind: verify.Kind(word.Draw(t, "kind")),
				Lang: word.Draw(t, "lang"), Tier: word.Draw(t, "tier"), GrantedAt: day.Draw(t, "granted"), RenewedAt: day.Draw(t, "renewed"),
				ExpiresAt: instant.Draw(t, "expires"), RevokedAt: instant.Draw(t, "revoked"), SuspendedAt: instant.Draw(t, "suspended")}
			k.Put(r)
			want[r.Code] = r
		}
		for code, r := range want {
			got, ok := k.Get(code)
			if ok && got != r {
				t.Fatalf("%+v, want %+v", got, r)
			}
			soon := func(at time.Time) bool { return at.IsZero() || at.Unix() > 0 && at.Unix() < 1<<32 }
			if !ok && soon(r.ExpiresAt) && soon(r.RevokedAt) && soon(r.SuspendedAt) {
				t.Fatalf("%+v is not kept", r)
			}
		}
	})
}

// With more languages than there are numbers, records are as they were or are not kept.
func TestKeptOfManyTexts(t *testing.T) {
	var k ledger.Kept
	kept := 0
	for n := range 40_000 {
		r := verify.Record{Code: verify.Code(fmt.Sprint(n)), Lang: fmt.Sprint("x", n)}
		k.Put(r)
		if got, ok := k.Get(r.Code); ok && got != r {
			t.Fatalf("%+v, want %+v", got, r)
		} else if ok {
			kept++
		}
	}
	if kept < 30_000 || kept == 40_000 {
		t.Errorf("%d are kept", kept)
	}
}

// Once it is full, what is there stays for the most part, and some of what is new comes in.
func TestKeptIsBounded(t *testing.T) {
	var k ledger.Kept
	code := func(n int) verify.Code { return verify.Code(fmt.Sprint(n)) }
	for n := range ledger.MostKept + 8000 {
		k.Put(verify.Record{Code: code(n)})
	}
	if k.Len() != ledger.MostKept {
		t.Errorf("%d are kept", k.Len())
	}
	came := 0
	for n := range 8000 {
		if _, ok := k.Get(code(ledger.MostKept + n)); ok {
			came++
		}
	}
	if came < 900 || came > 1000 {
		t.Errorf("%d of 8000 came in", came)
	}
	k.Delete(code(0))
	if _, ok := k.Get(code(0)); ok {
		t.Error("deleted, and kept")
	}
	k.Clear()
	if k.Len() != 0 {
		t.Error("not empty")
	}
}
