package redisstore

import (
	"strconv"
	"strings"
	"testing"

	"testamur/verify"
	"testamur/verify/redistest"
	"testamur/verify/storetest"
)

// The read behind every verification: record and marker in one question.
func BenchmarkRecord(b *testing.B) {
	s := open(b, options(b, "redis://"+redistest.Start(b, redistest.Durable()...).Addr()))
	commit(b, s, storetest.Grant(1, verify.Link))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Record(ctx, storetest.Code(1)); err != nil {
			b.Fatal(err)
		}
	}
}

// Grants one after the other, each on disk before the next begins.
func BenchmarkCommit(b *testing.B) {
	s := open(b, options(b, "redis://"+redistest.Start(b, redistest.Durable()...).Addr()))
	n := 0
	for b.Loop() {
		commit(b, s, storetest.Grant(n%32768, verify.Link))
		if n++; n == 32768 {
			b.Fatal("there are no more codes")
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commits/s")
}

// What a person with one credential takes of Redis's memory: all records, indexes and one entry of the audit.
func BenchmarkMemory(b *testing.B) {
	const people = 20_000
	for b.Loop() {
		r := redistest.Start(b, redistest.Durable()...)
		used := func() float64 {
			info, err := r.Ask("INFO", "memory")
			if err != nil {
				b.Fatal(err)
			}
			_, rest, _ := strings.Cut(info, "used_memory:")
			n, err := strconv.ParseFloat(rest[:strings.IndexByte(rest, '\r')], 64)
			if err != nil {
				b.Fatal(err)
			}
			return n
		}
		before := used()
		f, err := Fill(ctx, options(b, "redis://"+r.Addr()))
		if err != nil {
			b.Fatal(err)
		}
		for n := 0; n < people && err == nil; n += 500 {
			part := records(n, n+500)
			part.Replies = nil // they are gone after a day
			err = f.Fill(ctx, part)
		}
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric((used()-before)/people, "B/credential")
		if err := f.Finish(ctx); err != nil {
			b.Fatal(err)
		}
	}
}
