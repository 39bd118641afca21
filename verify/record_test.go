package verify

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestSeal(t *testing.T) {
	s, other := NewSealer([]byte(strings.Repeat("a", 32))), NewSealer([]byte(strings.Repeat("b", 32)))
	for _, value := range []string{"", "x", strings.Repeat("long ", 1000)} {
		sealed := s.Seal("public/7K3M-9QXT-4P24", []byte(value))
		if got, err := s.Open("public/7K3M-9QXT-4P24", sealed); err != nil || string(got) != value {
			t.Fatalf("%q, %v", got, err)
		}
		if again := s.Seal("public/7K3M-9QXT-4P24", []byte(value)); !bytes.Equal(again, sealed) {
			t.Error("the same is sealed in two ways")
		}
		for i := range sealed {
			for bit := range 8 {
				flipped := bytes.Clone(sealed)
				flipped[i] ^= 1 << bit
				if _, err := s.Open("public/7K3M-9QXT-4P24", flipped); !errors.Is(err, ErrTampered) {
					t.Fatalf("byte %d, bit %d: %v", i, bit, err)
				}
			}
		}
		for _, cut := range [][]byte{nil, {}, sealed[:1], sealed[:sealHead-1], append(bytes.Clone(sealed), 0)} {
			if _, err := s.Open("public/7K3M-9QXT-4P24", cut); !errors.Is(err, ErrTampered) {
				t.Errorf("%d of %d bytes: %v", len(cut), len(sealed), err)
			}
		}
		for _, name := range []string{"", "public/0000-0000-0012", "credential/7K3M-9QXT-4P24", "public/7K3M-9QXT-4P2"} {
			if _, err := s.Open(name, sealed); !errors.Is(err, ErrTampered) {
				t.Errorf("moved to %q: %v", name, err)
			}
		}
		if _, err := other.Open("public/7K3M-9QXT-4P24", sealed); !errors.Is(err, ErrTampered) {
			t.Errorf("another secret: %v", err)
		}
	}
	// a byte cannot change sides between name and value
	if _, err := s.Open("a", append(s.Seal("ab", nil), 'b')); !errors.Is(err, ErrTampered) {
		t.Errorf("name and value: %v", err)
	}
	if s.Fingerprint() == other.Fingerprint() || len(s.Fingerprint()) != 16 {
		t.Errorf("fingerprints %s %s", s.Fingerprint(), other.Fingerprint())
	}
}

// What is written today is read for ever: a change of the layout needs a new version byte.
func TestRecordLayout(t *testing.T) {
	r := Record{Code: "7K3M-9QXT-4P24", Consent: Link, Certification: "inbound", Edition: "2014", Name: "Zoë", Kind: Person, Lang: "sv",
		GrantedAt: Day{2014, time.June, 14}, ExpiresAt: time.Unix(1438387199, 0).UTC()}
	want := "\x01\x0e7K3M-9QXT-4P24\x04link\x07inbound\x042014\x04Zo\xc3\xab\x06person\x02sv\x00" + "\xde\x0f\x06\x0e" + "\x00\x00\x00" +
		"\xfe\xaf\xe0\xdb\x8a\x40" + "\x00\x00"
	if got := string(r.Encode()); got != want {
		t.Errorf("%q\nwant %q", got, want)
	}
}

func TestRecordProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := func(name string) string { return rapid.String().Draw(t, name) }
		day := func(name string) Day {
			return Day{rapid.IntRange(0, 9999).Draw(t, name), time.Month(rapid.IntRange(0, 12).Draw(t, name)), rapid.IntRange(0, 31).Draw(t, name)}
		}
		instant := func(name string) time.Time {
			if rapid.Bool().Draw(t, name) {
				return time.Time{}
			}
			return time.Unix(rapid.Int64Range(-1<<36, 1<<38).Draw(t, name), 0).UTC()
		}
		r := Record{Code: Code(text("code")), Consent: Consent(text("consent")), Certification: text("certification"), Edition: text("edition"), Name: text("name"),
			Kind: Kind(text("kind")), Lang: text("lang"), Tier: text("tier"), GrantedAt: day("granted"), RenewedAt: day("renewed"),
			ExpiresAt: instant("expires"), RevokedAt: instant("revoked"), SuspendedAt: instant("suspended")}
		b := r.Encode()
		var got Record
		if err := got.Decode(b); err != nil || got != r {
			t.Fatalf("%+v, %v, want %+v", got, err, r)
		}
		for n := range b {
			if got := (Record{}); got.Decode(b[:n]) == nil || got != (Record{}) {
				t.Fatalf("cut to %d of %d bytes: %+v", n, len(b), got)
			}
		}
		if err := got.Decode(append(b, 0)); !errors.Is(err, ErrTampered) {
			t.Fatalf("a byte more: %v", err)
		}
	})
}

func FuzzRecordDecode(f *testing.F) {
	f.Add(Record{}.Encode())
	f.Add(Record{Code: "7K3M-9QXT-4P24", Name: "Zoë", GrantedAt: Day{2014, 6, 14}, ExpiresAt: time.Unix(1438387199, 0)}.Encode())
	f.Add([]byte{1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		var r, again Record
		if err := r.Decode(b); err != nil {
			if !errors.Is(err, ErrTampered) || r != (Record{}) {
				t.Fatalf("%+v, %v", r, err)
			}
			return
		}
		if err := again.Decode(r.Encode()); err != nil || again != r {
			t.Fatalf("%+v, %v, want %+v", again, err, r)
		}
	})
}
