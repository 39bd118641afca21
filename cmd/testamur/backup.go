package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

type backupCommand struct {
	access `embed:"" group:"connection"`
	File   string `arg:"" help:"File to write, which is not there yet; - is standard output." placeholder:"FILE"`
}

// Run writes what the server sends, and gives the file its name when it is whole and on disk.
func (b backupCommand) Run(ctx context.Context, w *world) error {
	to, err := b.connect(w)
	if err != nil {
		return err
	}
	if b.File == "-" && w.Terminal {
		return wrongUse("%s", w.words.Text("program.backup.terminal"))
	}
	if _, err := os.Lstat(b.File); b.File != "-" && !errors.Is(err, fs.ErrNotExist) {
		if err == nil {
			return wrongUse("%s", w.words.Text("program.backup.there", "file", b.File))
		}
		return failure{exitNoReply, err}
	}
	var is backupEnd
	receive := func(out io.Writer) error {
		body, err := to.open(ctx, call{method: http.MethodGet, path: "/api/v1/backup"})
		if err != nil {
			return err
		}
		defer body.Close()
		progress := w.progress(true)
		defer progress.end()
		if is, err = copyBackup(out, body, func(size int64) {
			progress.say(w.words.Text("program.backup.progress", "size", megabytes(size)))
		}); err == nil {
			return nil
		}
		if reading := (notRead{}); errors.As(err, &reading) {
			err = errors.New(w.words.Text("program.backup.broken", "server", to.server, "why", reading.Error()))
		}
		return failure{exitNoReply, err}
	}
	if b.File == "-" {
		return receive(w.Stdout)
	}
	if err := create(b.File, receive); err != nil {
		return err // with an exit code where it is the server's; else it is the file's
	}
	_, err = fmt.Fprintln(w.Stdout, w.words.Text("program.backup.done", "file", b.File, "credentials", strconv.Itoa(is.Credentials)))
	return err
}

// backupEnd is what is looked at of the last line of a backup: it is there in a whole one only. That each line is as
// the server wrote it is for restore-backup to see, which has the secret.
type backupEnd struct{ Credentials int }

var errNotWhole = errors.New("it has no end")

// notRead is an error of what is read and not of what is written.
type notRead struct{ error }

func (n notRead) Unwrap() error { return n.error }

// copyBackup copies a backup line by line and checks that it comes to its end.
func copyBackup(to io.Writer, from io.Reader, tell func(size int64)) (backupEnd, error) {
	out := bufio.NewWriterSize(to, 64<<10)
	var size int64
	var last []byte
	for in := bufio.NewReaderSize(from, 64<<10); ; {
		line, err := in.ReadBytes('\n')
		if err != nil && err != io.EOF {
			return backupEnd{}, notRead{err}
		}
		if err == io.EOF {
			var is struct{ End *backupEnd }
			if len(line) > 0 || json.Unmarshal(last, &is) != nil || is.End == nil {
				return backupEnd{}, notRead{errNotWhole}
			}
			return *is.End, out.Flush()
		}
		if _, err := out.Write(line); err != nil {
			return backupEnd{}, err
		}
		last, size = line, size+int64(len(line))
		tell(size)
	}
}

func megabytes(size int64) string { return strconv.FormatFloat(float64(size)/1e6, 'f', 1, 64) }

// create writes a file that must not be there yet, for its owner alone: whole and durable, or not at all.
func create(name string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".new-*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if err := write(f); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	err = os.Link(f.Name(), name)                                               // which never replaces what is there
	if errors.Is(err, syscall.EPERM) || errors.Is(err, errors.ErrUnsupported) { // a file system without links, as on a stick
		if _, there := os.Lstat(name); !errors.Is(there, fs.ErrNotExist) {
			return &os.PathError{Op: "create", Path: name, Err: fs.ErrExist}
		}
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return err
	}
	folder, err := os.Open(filepath.Dir(name))
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
