package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"testamur/verify"
	"testamur/verify/boltstore"
	"testamur/verify/redisstore"
)

type restoreCommand struct {
	File   string `arg:"" help:"Backup to read." placeholder:"FILE"`
	DryRun bool   `name:"dry-run" help:"Check every line and write nothing; a running server is no hindrance."`
	Data   string `help:"Folder of the new store (TESTAMUR_DATA): missing, or empty but for its secret." placeholder:"FOLDER"`
	Secret string `help:"Secret of the server that was backed up (TESTAMUR_SECRET), if it is not in the folder." placeholder:"SECRET"`
	Redis  string `help:"Redis of the new store (TESTAMUR_REDIS), in place of a folder: an empty one." placeholder:"URL"`
}

// Run checks the whole backup before it writes anything, and gives the store its name when all of it is on disk.
func (r restoreCommand) Run(ctx context.Context, w *world) error {
	c, err := config{Data: r.Data, Secret: r.Secret, Redis: r.Redis}.resolve(w.Env)
	if err != nil {
		return err
	}
	if others := strangers(c.Data); !r.DryRun && c.Redis == "" && len(others) > 0 {
		return wrongUse("%s", w.words.Text("program.backup.not-empty", "data", c.Data, "files", strings.Join(others, ", ")))
	}
	secret := []byte(c.Secret)
	if c.Secret == "" {
		secret, err = os.ReadFile(filepath.Join(c.Data, secretFile))
		if errors.Is(err, fs.ErrNotExist) {
			return wrongUse("%s", w.words.Text("program.backup.no-secret", "file", filepath.Join(c.Data, secretFile)))
		}
		if err != nil {
			return failure{exitNoReply, fmt.Errorf("TESTAMUR_DATA: %w", err)}
		}
	}
	file, err := os.Open(r.File)
	if err != nil {
		return failure{exitNoReply, err}
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() { // it is read twice
		return wrongUse("%s", w.words.Text("program.backup.no-file", "file", r.File))
	}
	progress, times := w.progress(true), int64(2)
	if r.DryRun {
		times = 1
	}
	defer progress.end()
	reader := &tracked{ReadSeeker: file, ctx: ctx, tell: func(n int64) {
		progress.say(w.words.Text("program.backup.restoring", "percent", strconv.FormatInt(100*n/max(1, times*info.Size()), 10)))
	}}
	var is verify.Contents
	if r.DryRun {
		is, err = verify.CheckBackup(reader, secret)
	} else {
		is, err = restore(ctx, c, secret, reader)
	}
	progress.end()
	switch {
	case errors.Is(err, verify.ErrSecret):
		return failure{exitUse, fmt.Errorf("TESTAMUR_SECRET: %s: %w", r.File, err)}
	case errors.Is(err, verify.ErrBackup):
		return failure{exitNo, fmt.Errorf("%s: %w", r.File, err)}
	case err != nil:
		return failure{exitNoReply, err}
	}
	into := c.Data
	if c.Redis != "" {
		into = c.InRedis.String()
	}
	say := func(key string) error {
		_, err := fmt.Fprintln(w.Stdout, w.words.Text("program.backup."+key, "data", into, "at", is.At.Format(time.RFC3339), "version", is.Version,
			"credentials", strconv.Itoa(is.Credentials), "entries", strconv.Itoa(is.Entries), "keys", strconv.Itoa(is.Keys)))
		return err
	}
	if r.DryRun {
		return say("checked")
	}
	return errors.Join(say("restored"), say("undone"))
}

// restore makes the store, and the folder where it is missing.
func restore(ctx context.Context, c config, secret []byte, from io.ReadSeeker) (verify.Contents, error) {
	if c.Redis != "" {
		into, err := redisstore.Fill(ctx, c.redisOptions(nil))
		if err != nil {
			return verify.Contents{}, fmt.Errorf("TESTAMUR_REDIS: %w", err)
		}
		return verify.Restore(ctx, from, secret, into)
	}
	_, missing := os.Stat(c.Data)
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return verify.Contents{}, fmt.Errorf("TESTAMUR_DATA: %w", err)
	}
	into, err := boltstore.Fill(boltstore.Options{Path: filepath.Join(c.Data, storeFile), Sealer: verify.NewSealer(secret), LockWait: time.Second})
	if err != nil {
		return verify.Contents{}, fmt.Errorf("TESTAMUR_DATA: %w", err)
	}
	is, err := verify.Restore(ctx, from, secret, into)
	if err != nil && missing != nil {
		_ = os.Remove(c.Data) // if nothing is in it
	}
	return is, err
}

// strangers lists what is in a data folder beside the secret, what a restoration that was cut short left, and what a file
// system puts in its root.
func strangers(folder string) (names []string) {
	entries, _ := os.ReadDir(folder) // one that cannot be read cannot be written either, and says so then
	for _, e := range entries {
		if !slices.Contains([]string{secretFile, storeFile + ".restoring", "lost+found"}, e.Name()) {
			names = append(names, e.Name())
		}
	}
	return names
}

// tracked tells how much has been read, and reads no more when ctx is done.
type tracked struct {
	io.ReadSeeker
	ctx  context.Context
	read int64
	tell func(int64)
}

func (t *tracked) Read(b []byte) (int, error) {
	if err := t.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := t.ReadSeeker.Read(b)
	t.read += int64(n)
	t.tell(t.read)
	return n, err
}
