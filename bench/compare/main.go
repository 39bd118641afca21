// Compare measures testamur beside what one would take in its place, in one run, each in turn, and prints ratios. bench/run
// builds and calls it. Programs that serve or draw are on core 0, those that ask on core 1.
//
//	compare ROOT FOLDER MODE SECTION…
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

type bench struct {
	ctx          context.Context
	root, folder string
	scene        string // folder of what is drawn
	began        time.Time

	quick       bool
	limit       time.Duration // of the run: after it no round is begun, nor a section
	rounds      int           // of drawing
	asks        int           // rounds of requests: many short ones, since what else a machine does comes and goes within seconds
	share       time.Duration // that a peer draws in a round
	patience    time.Duration // for what servers do in the background
	revocations int
	different   int // badges
	drawWithin  time.Duration

	rows     []row
	tables   []table
	notes    []string
	profiles []string
	figures  map[string]float64 // of testamur, for what is computed from them
	absent   map[string]string
	short    map[string]bool   // who misses a goal
	admin    map[string]string // of a server's URL
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) < 3 {
		return errors.New("usage: compare ROOT FOLDER full|quick|large [SECTION…]; bench/run calls it")
	}
	mode, sections := args[2], args[3:]
	b := &bench{ctx: ctx, root: args[0], folder: args[1], scene: filepath.Join(args[1], "scene"), began: time.Now(), rounds: 7, asks: 9, share: 250 * time.Millisecond,
		limit: 510 * time.Second, patience: time.Minute, revocations: 200, different: 100_000, drawWithin: 75 * time.Second, absent: map[string]string{}, figures: map[string]float64{}, short: map[string]bool{}, admin: map[string]string{}}
	switch mode {
	case "quick":
		b.quick, b.limit, b.rounds, b.asks, b.share, b.patience = true, 110*time.Second, 3, 3, 50*time.Millisecond, 15*time.Second
		b.revocations, b.different, b.drawWithin = 50, 5000, 8*time.Second
	case "large":
		b.limit = 40 * time.Minute
	}
	if err := errors.Join(os.MkdirAll(b.scene, 0o755), os.MkdirAll(filepath.Join(b.folder, "samples"), 0o755)); err != nil {
		return err
	}
	if out, err := b.output(b.program("worker"), "export", b.scene, filepath.Join(b.root, "fonts")); err != nil {
		return fmt.Errorf("the scene: %w: %s", err, out)
	}
	type section struct {
		name string
		run  func() error
	}
	done := func(f func()) func() error { return func() error { f(); return nil } }
	all := []section{{"badges", done(b.badges)}, {"pages", done(b.pages)}, {"codes", done(b.codes)}, {"serving", b.serving}, {"cold", b.cold}, {"redis", b.inRedis},
		{"sizes", func() error { return b.sizes(1000, 100_000) }}, {"resident", b.resident}}
	switch mode {
	case "quick":
		all[6].run = func() error { return b.sizes(1000, 20_000) }
		if len(sections) == 0 {
			all = all[:5]
		}
	case "large":
		all = []section{{"large", func() error { return b.sizes(1000, 100_000, 1_000_000) }}}
	}
	for _, s := range all {
		if ctx.Err() != nil {
			return errors.New("interrupted")
		}
		if len(sections) > 0 && !slices.Contains(sections, s.name) {
			continue
		}
		if b.late() {
			b.absent["section "+s.name] = "there was no time left for it"
			continue
		}
		if err := s.run(); err != nil { // the others count all the same
			b.say("%s: %v", s.name, err)
			b.absent["section "+s.name] = err.Error()
		}
	}
	report, capacity := b.report(mode), ""
	if mode != "large" {
		capacity = b.capacity()
	}
	fmt.Print("\n" + report + "\n" + capacity)
	if mode == "quick" || len(sections) > 0 {
		return nil // too short, or not all of it, to be written down
	}
	if err := b.write("performance.md", mode, report); err != nil || capacity == "" {
		return err
	}
	return b.write("capacity.md", mode, capacity)
}

// late reports whether the run has taken its time.
func (b *bench) late() bool { return b.ctx.Err() != nil || time.Since(b.began) > b.limit }

func (b *bench) program(name string) string { return filepath.Join(b.folder, name) }

func (b *bench) say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%4.0f s  "+format+"\n", append([]any{time.Since(b.began).Seconds()}, args...)...)
}

func (b *bench) output(name string, args ...string) (string, error) {
	c := exec.CommandContext(b.ctx, name, args...)
	c.Dir = b.root
	out, err := c.CombinedOutput()
	return strings.TrimSpace(string(out)), err
}
