package ledger_test

import (
	"fmt"
	"runtime"
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
			return verify.Day{Year: rapid.SampledFrom([]int{0, 1999, 2000, 2026, 2127, 2128, 9999}).Draw(t, "year"),
				Month: time.Month(rapid.IntRange(0, 12).Draw(t, "month")), Day: rapid.IntRange(0, 31).Draw(t, "day")}
		})
		instant := rapid.Custom(func(t *rapid.T) time.Time {
			n := rapid.SampledFrom([]int64{0, 1, 1796000000, 1<<32 - 1, 1 << 32, 1<<32 + 1796000000, 1 << 33, -1}).Draw(t, "instant")
			if n == 0 {
				return time.Time{}
			}
			return time.Unix(n, 0).UTC()
		})
		name := rapid.OneOf(rapid.StringN(0, 30, -1), rapid.StringMatching("[a-z]{20,30}"))
		want := map[verify.Code]verify.Record{}
		for range rapid.IntRange(1, 20).Draw(t, "records") {
			r := verify.Record{Code: code(rapid.IntRange(0, 9).Draw(t, "code")), Consent: verify.Consent(word.Draw(t, "consent")),
				Certification: word.Draw(t, "certification"), Edition: word.Draw(t, "edition"), Name: name.Draw(t, "name"), Kind: verify.Kind(word.Draw(t, "kind")),
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
			ours := func(d verify.Day) bool { return d.IsZero() || d.Year >= 2000 && d.Year < 2128 && d.Month > 0 }
			soon := func(at time.Time) bool { return at.IsZero() || at.Unix() > 0 && at.Unix() < 1<<32 }
			if !ok && ours(r.GrantedAt) && ours(r.RenewedAt) && soon(r.ExpiresAt) && soon(r.RevokedAt) && soon(r.SuspendedAt) {
				t.Fatalf("%+v is not kept", r)
			}
		}
	})
}

// code is one of many, and no two are the same.
func code(n int) verify.Code {
	const symbols = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	return verify.Code([]byte{'0', '0', '0', '0', '-', '0', '0', '0', '0', '-', symbols[n>>15&31], symbols[n>>10&31], symbols[n>>5&31], symbols[n&31]})
}

// With more languages than there are numbers, records are as they were or are not kept.
func TestKeptOfManyTexts(t *testing.T) {
	var k ledger.Kept
	kept := 0
	for n := range 1000 {
		r := verify.Record{Code: code(n), Lang: fmt.Sprint("x", n)}
		k.Put(r)
		if got, ok := k.Get(r.Code); ok && got != r {
			t.Fatalf("%+v, want %+v", got, r)
		} else if ok {
			kept++
		}
	}
	if kept < 200 || kept > 300 {
		t.Errorf("%d are kept", kept)
	}
}

// Once it is full, what is there stays for the most part, and some of what is new comes in. It takes as much memory as it says.
func TestKeptIsBounded(t *testing.T) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var k ledger.Kept
	for n := range ledger.MostKept + 8000 {
		k.Put(verify.Record{Code: code(n), Name: "Maya Lindqvist", Certification: "inbound"})
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if each := (after.HeapAlloc - before.HeapAlloc) / ledger.MostKept; each > 80 {
		t.Errorf("a record takes %d bytes", each)
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
	last := code(ledger.MostKept - 1)
	k.Delete(last)
	if _, ok := k.Get(last); ok {
		t.Error("deleted, and kept")
	}
	k.Clear()
	if k.Len() != 0 {
		t.Error("not empty")
	}
}
