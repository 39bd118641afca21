package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"testamur/verify"
	"testamur/verify/boltstore"
)

type doctorCommand struct {
	config `embed:""`
}

// Run prints every setting with its source, then what was looked at and what is wrong. It writes nothing.
func (d doctorCommand) Run(ctx context.Context, w *world) error {
	c, wrong := d.resolve(w.Env)
	for _, f := range settings() {
		name := f.Tag.Get("setting")
		value := fieldOf(c, f.Name)
		if _, secret := f.Tag.Lookup("secret"); secret && value != "" {
			value = fmt.Sprintf("(%d bytes)", len(value))
		}
		if at := c.InRedis.String(); f.Name == "Redis" && at != "" { // it has no password in it
			value = at
		}
		if value == "" {
			value = "-"
		}
		fmt.Fprintf(w.Stdout, "%-26s %-34s %s\n", name, value, c.Source[name])
	}
	fmt.Fprintln(w.Stdout)
	if w.Environ != nil {
		for _, s := range strangersOf(w.Environ()) {
			key := "unknown"
			if s[1] != "" {
				key = "unknown-near"
			}
			fmt.Fprintf(w.Stdout, "note   %s\n", w.words.Text("program.doctor."+key, "name", s[0], "near", s[1]))
		}
	}
	problems := []error{wrong}
	look := func(what string, err error) {
		if err == nil {
			fmt.Fprintf(w.Stdout, "ok     %s\n", what)
			return
		}
		problems = append(problems, err)
		fmt.Fprintf(w.Stdout, "wrong  %s\n", what)
	}
	look(w.words.Text("program.doctor.settings"), wrong)
	if c.besideItself() {
		fmt.Fprintf(w.Stdout, "warn   %s\n", w.words.Text("program.doctor.url-here", "url", c.URL, "listen", c.Listen))
	}
	if wrong == nil {
		h, err := newHouse(c, time.Now)
		look(w.words.Text("program.doctor.academy"), err)
		if err == nil {
			for _, name := range h.academy.Unused {
				fmt.Fprintf(w.Stdout, "note   %s\n", w.words.Text("program.doctor.unused", "file", name))
			}
		}
		if c.Redis == "" {
			look(inspect(c, w))
		} else {
			what, warnings, err := inspectRedis(ctx, c, w)
			look(what, err)
			for _, warning := range warnings {
				fmt.Fprintf(w.Stdout, "warn   TESTAMUR_REDIS: %s\n", warning)
			}
		}
	}
	if err := errors.Join(problems...); err != nil {
		return failure{exitUse, err}
	}
	return nil
}

// inspect looks at the store without making or changing anything.
func inspect(c config, w *world) (string, error) {
	file := filepath.Join(c.Data, storeFile)
	info, err := os.Stat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0:
		return w.words.Text("program.doctor.no-store", "data", c.Data), nil
	case err != nil:
		return w.words.Text("program.doctor.store"), fmt.Errorf("TESTAMUR_DATA: %w", err)
	}
	secret := []byte(c.Secret)
	if c.Secret == "" {
		if secret, err = os.ReadFile(filepath.Join(c.Data, secretFile)); err != nil {
			return w.words.Text("program.doctor.store"), fmt.Errorf("TESTAMUR_SECRET: %w", err)
		}
	}
	store, err := boltstore.Open(boltstore.Options{Path: file, Sealer: verify.NewSealer(secret), LockWait: 100 * time.Millisecond, ReadOnly: true})
	if errors.Is(err, boltstore.ErrLocked) {
		return w.words.Text("program.doctor.in-use"), nil
	}
	if err != nil {
		return w.words.Text("program.doctor.store"), notOpened("TESTAMUR_DATA", err)
	}
	return w.words.Text("program.doctor.store"), store.Close()
}
