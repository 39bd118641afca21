package boltstore

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"testamur/verify"
)

func BenchmarkRecord(b *testing.B) {
	s, err := Open(Options{Path: filepath.Join(b.TempDir(), "s"), Sealer: verify.NewSealer(make([]byte, 32))})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	var r verify.Record
	r = verify.Record{Code: "7K3M-9QXT-4P24", Consent: verify.Link, Certification: "inbound", Edition: "2014", Name: "Maya Lindqvist", Kind: verify.Person, Lang: "sv",
		GrantedAt: verify.Day{Year: 2014, Month: 6, Day: 14}, ExpiresAt: time.Unix(1438387199, 0)}
	h := verify.Holder{ID: "h", Name: "Maya", Version: 1}
	if err := s.Commit(context.Background(), verify.Write{Holder: &h, Credentials: []verify.Credential{{Code: r.Code, Version: 1, Holder: h, Consent: verify.Link, Certification: "inbound", Edition: "2014", ExpiresAt: r.ExpiresAt}}}); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Record(context.Background(), r.Code); err != nil {
			b.Fatal(err)
		}
	}
}
