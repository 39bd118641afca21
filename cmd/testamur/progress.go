package main

import (
	"fmt"
	"io"
	"time"
)

// progress is a line on a terminal that says how far long work is. It is silent where nobody looks.
type progress struct {
	out  io.Writer // nil: nobody looks
	last time.Time // of a line
}

// progress returns a line on Stderr, where that is a terminal and the line is wanted.
func (w *world) progress(wanted bool) *progress {
	if !wanted || !w.Watched {
		return &progress{}
	}
	return &progress{out: w.Stderr}
}

// say writes the line anew, a few times a second at most.
func (p *progress) say(text string) {
	if p.out == nil || time.Since(p.last) < 100*time.Millisecond {
		return
	}
	p.last = time.Now()
	fmt.Fprintf(p.out, "\r%s\x1b[K", text)
}

// end takes the line away.
func (p *progress) end() {
	if p.out != nil && !p.last.IsZero() {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
	p.out = nil
}
