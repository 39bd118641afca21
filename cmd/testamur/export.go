package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"time"
)

type exportCommand struct {
	config `embed:""`
	Dir    string `arg:"" help:"Folder to write into; made when it is missing." type:"path"`
}

// ledger is the file that lists what an export wrote: a hash and a name on each line. What it does not list, or lists with
// another hash, is somebody else's.
const ledger = ".testamur-export"

// Run writes the pages that are always the same for any web host, in the language that is offered first. It overwrites and removes nothing that it did not write.
func (e exportCommand) Run(w *world) error {
	c, err := e.resolve(w.Env)
	if err != nil {
		return err
	}
	if c.Source["TESTAMUR_URL"] == "default" {
		return wrongUse("TESTAMUR_URL: is required: the box to check a code leads there from wherever the pages lie")
	}
	h, err := newHouse(c, time.Now)
	if err != nil {
		return err
	}
	files := map[string][]byte{}
	err = h.pages.Export(h.words.Nearest(""), h.now(), func(name string, body []byte) error {
		files[name] = body
		return nil
	})
	if err == nil {
		err = e.write(files)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(w.Stdout, w.words.Text("program.export", "count", fmt.Sprint(len(files)), "folder", e.Dir, "url", c.URL))
	return err
}

func (e exportCommand) write(files map[string][]byte) error {
	fail := func(err error) error { return failure{exitNoReply, fmt.Errorf("export: %w", err)} }
	if err := os.MkdirAll(e.Dir, 0o755); err != nil {
		return fail(err)
	}
	dir, err := os.OpenRoot(e.Dir) // nothing is followed out of it
	if err != nil {
		return fail(err)
	}
	defer dir.Close()
	before, err := readLedger(dir)
	if err != nil {
		return fail(err)
	}
	var foreign []error
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if ours, err := isOurs(dir, name, before); err != nil {
			return fail(err)
		} else if !ours {
			foreign = append(foreign, fmt.Errorf("%s is not from an export, or was changed since: move it away", path.Join(e.Dir, name)))
		}
	}
	if err := errors.Join(foreign...); err != nil {
		return failure{exitUse, err}
	}
	after := map[string][]string{}
	for name, body := range files {
		after[name] = []string{hash(body)}
	}
	// What is about to be written is listed first, beside what is there: a break leaves nothing that is not known.
	both := maps.Clone(before)
	for name, hashes := range after {
		both[name] = append(slices.Clone(before[name]), hashes...)
	}
	if err := writeLedger(dir, both); err != nil {
		return fail(err)
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := dir.MkdirAll(path.Dir(name), 0o755); err != nil {
			return fail(err)
		}
		if err := putWhole(dir, name, files[name]); err != nil {
			return fail(err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(before)) {
		if _, still := files[name]; still {
			continue
		}
		if ours, err := isOurs(dir, name, before); err != nil {
			return fail(err)
		} else if !ours {
			continue // changed by somebody: it stays, and is theirs from now on
		}
		if err := dir.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fail(err)
		}
	}
	if err := writeLedger(dir, after); err != nil {
		return fail(err)
	}
	return nil
}

// isOurs reports whether a file may be written: it is not there, or is as an export left it.
func isOurs(dir *os.Root, name string, known map[string][]string) (bool, error) {
	info, err := dir.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	if !info.Mode().IsRegular() {
		return false, nil
	}
	body, err := dir.ReadFile(name)
	return err == nil && slices.Contains(known[name], hash(body)), err
}

// putWhole writes a file whole: nobody reads half of it.
func putWhole(dir *os.Root, name string, body []byte) error {
	next := name + ".testamur-new"
	if err := dir.WriteFile(next, body, 0o644); err != nil {
		return err
	}
	return dir.Rename(next, name)
}

func hash(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// readLedger reads the hashes of each file that exports wrote; of a folder without a ledger, none.
func readLedger(dir *os.Root) (map[string][]string, error) {
	known := map[string][]string{}
	data, err := dir.ReadFile(ledger)
	if errors.Is(err, fs.ErrNotExist) {
		return known, nil
	}
	for lines := bufio.NewScanner(bytes.NewReader(data)); lines.Scan(); {
		sum, name, ok := strings.Cut(lines.Text(), "  ")
		if ok && fs.ValidPath(name) {
			known[name] = append(known[name], sum)
		}
	}
	return known, err
}

func writeLedger(dir *os.Root, known map[string][]string) error {
	var b bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(known)) {
		for _, sum := range known[name] {
			fmt.Fprintf(&b, "%s  %s\n", sum, name)
		}
	}
	return putWhole(dir, ledger, b.Bytes())
}
