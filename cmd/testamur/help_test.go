package main

import (
	"bytes"
	"context"
	"regexp"
	"strings"
	"testing"
)

// Every command has help beyond its line, and every example in it is a command line that is understood.
func TestHelp(t *testing.T) {
	parser, err := commandLine(testWorld(t, nil), func() {})
	if err != nil {
		t.Fatal(err)
	}
	for _, leaf := range parser.Model.Leaves(true) {
		examples := regexp.MustCompile(`(?m)^ {4}.*?\b(testamur .*)$`).FindAllStringSubmatch(leaf.Detail, -1)
		if name := leaf.Path(); len(examples) == 0 && name != "demo" && name != "version" && name != "help" && name != "doctor" {
			t.Errorf("testamur help %s has no example", name)
		}
		for _, e := range examples {
			if err := understood(t, e[1]); err != nil {
				t.Errorf("help of %s: %s: %v", leaf.Path(), e[1], err)
			}
		}
		var out bytes.Buffer
		if code := run(context.Background(), append([]string{"help"}, strings.Fields(leaf.Path())...), world{Stdout: &out, Stderr: &out}); code != exitDone || !strings.HasPrefix(out.String(), "Usage: testamur "+leaf.Path()) {
			t.Errorf("testamur help %s: exit %d\n%s", leaf.Path(), code, out.String())
		}
	}
}

// understood reads a line as a simple shell would: words, single quotes, what is behind >, & or | left out.
func understood(t *testing.T, line string) error {
	t.Helper()
	parser, err := commandLine(testWorld(t, nil), func() {})
	if err != nil {
		t.Fatal(err)
	}
	var args []string
	for _, m := range regexp.MustCompile(`'([^']*)'|([>&|#])|([^\s'>&|#]+)`).FindAllStringSubmatch(line, -1) {
		if m[2] != "" {
			break
		}
		args = append(args, m[1]+m[3])
	}
	_, err = parser.Parse(args[1:])
	return err
}
