package main

import (
	"fmt"
	"strings"
)

// capacity is what the run's own figures come to: what one core serves, and what many credentials and many views take. A figure
// that was not measured is a dash, and so is what follows from it.
func (b *bench) capacity() string {
	f := b.figures
	var s strings.Builder
	fmt.Fprintf(&s, "Measured on %s, on %s.\n\n", b.processor(), b.began.UTC().Format("2006-01-02"))
	cores := func(rate, us float64) string {
		if us == 0 {
			return "-"
		}
		return fmt.Sprintf("%.1f", rate*us/1e6)
	}
	second := func(us float64) string {
		if us == 0 {
			return "-"
		}
		return whole(1e6 / us)
	}
	t := table{head: []string{"one core", "CPU us", "a second", ""}}
	for _, l := range [][3]string{
		{"cached badge, status checked, embedded store", "badge", "measured"}, {"the same, 304", "304", "measured"},
		{"cached badge, status live from Redis", "live", "measured, Redis on the same core"}, {"badge whose record Redis is asked for", "asked", "measured, Redis on the same core"},
		{"verification as JSON, embedded store, any of 100,000", "verdict", "measured"}, {"badge of 600 px drawn for the request", "cold", "measured"},
	} {
		t.rows = append(t.rows, []string{l[0], number(f[l[1]+" us"]), whole(f[l[1]+"/s"]), l[2]})
	}
	for _, l := range [][2]string{{"drawing a badge of 300 px, without HTTP", "draw 300 us"}, {"drawing a badge of 600 px, without HTTP", "draw 600 us"}, {"a certificate as PDF, without HTTP", "page us"},
		{"Redis alone, one record for a badge", "redis us"}} {
		t.rows = append(t.rows, []string{l[0], number(f[l[1]]), second(f[l[1]]), "CPU measured, rate computed"})
	}
	s.WriteString(t.String())

	const million, all = 1e6, 1e8
	fmt.Fprintf(&s, "\nComputed from these: a million badge views a second, of badges of %s bytes (300 px).\n\n", whole(f["badge bytes"]))
	t = table{head: []string{"views reach", "requests/s at the servers", "cores, 304", "cores, 200 from memory", "cores, each drawn anew", "cores of Redis, each record read anew"}}
	for _, v := range []struct {
		what string
		rate float64
	}{
		{"the servers, no CDN", million},
		{"a CDN that asks once in 300 s for each badge; 1 million different ones in that time", million / 300},
		{"the same, 10 million different ones", 1e7 / 300},
		{"the same, all 100 million", all / 300},
	} {
		t.rows = append(t.rows, []string{v.what, whole(v.rate), cores(v.rate, f["304 us"]), cores(v.rate, f["live us"]), cores(v.rate, f["draw 300 us"]+f["live us"]), cores(v.rate, f["redis us"])})
	}
	s.WriteString(t.String())
	fmt.Fprintf(&s, "\nComputed: without a CDN a million views a second are %.0f Gbit/s of pictures, and all 100 million badges of 300 px are %.1f TB.\n", million*f["badge bytes"]*8/1e9, all*f["badge bytes"]/1e12)

	fmt.Fprintf(&s, "\nA credential takes %s bytes of the embedded store's file and %s of Redis's memory (measured). Computed:\n\n", whole(f["file bytes"]), whole(f["redis bytes"]))
	t = table{head: []string{"credentials", "file of the embedded store", "memory of Redis, one node"}}
	for _, n := range []float64{1e5, 1e6, 1e7, 1e8} {
		t.rows = append(t.rows, []string{whole(n), gigabytes(n * f["file bytes"]), gigabytes(n * f["redis bytes"])})
	}
	s.WriteString(t.String())
	return s.String()
}

func gigabytes(bytes float64) string {
	if bytes == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f GB", bytes/1e9)
}
