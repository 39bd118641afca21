package boltstore

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"testamur/verify"
	"testamur/verify/storetest"
)

// What needs a process of its own: the test binary runs itself again, told by this variable what to do. It holds a
// role, a number and a path.
const role = "TESTAMUR_BOLTSTORE_CHILD"

func TestMain(m *testing.M) {
	told := strings.SplitN(os.Getenv(role), ":", 3)
	if len(told) != 3 {
		os.Exit(m.Run())
	}
	number, err := strconv.Atoi(told[1])
	if err == nil {
		err = map[string]func(path string, number int) error{"write": childWrite, "hold": childHold, "full": childFull, "erase": childErase}[told[0]](told[2], number)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// child starts the test binary in a role; it ends with the test at the latest.
func child(t *testing.T, doing string, number int, path string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program)
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s:%d:%s", role, doing, number, path))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		_, err = cmd.StdinPipe() // open until the end
	}
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	return cmd, bufio.NewScanner(out)
}

// childWrite grants and withdraws from a number on, by eight writers, and says what was acknowledged, until it is
// killed.
func childWrite(path string, from int) error {
	s, err := Open(Options{Path: path, Sealer: verify.NewSealer(secret)})
	if err != nil {
		return err
	}
	const writers = 8
	failed := make(chan error)
	for writer := range writers {
		go func() {
			for n := from + writer; ; n += writers {
				w := storetest.Grant(n, verify.Link)
				if err := s.Commit(ctx, w); err != nil {
					failed <- err
					return
				}
				fmt.Println("granted", n)
				c := w.Credentials[0]
				c.Version, c.Consent = 2, verify.Private
				if err := s.Commit(ctx, verify.Write{Credentials: []verify.Credential{c}, Audit: w.Audit}); err != nil {
					failed <- err
					return
				}
				fmt.Println("withdrawn", n)
			}
		}()
	}
	return <-failed
}

// What was acknowledged before a kill -9 is there after it, and nothing is half there.
func TestKill(t *testing.T) {
	path := file(t)
	version := map[int]int64{} // as acknowledged
	for round := range 12 {
		cmd, out := child(t, "write", 1000*round, path)
		for acks := 0; out.Scan(); acks++ {
			var what string
			var n int
			if _, err := fmt.Sscan(out.Text(), &what, &n); err != nil {
				t.Fatalf("%q: %v", out.Text(), err)
			}
			version[n] = map[string]int64{"granted": 1, "withdrawn": 2}[what]
			if acks == 5+7*round {
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		var died *exec.ExitError
		if err := cmd.Wait(); !errors.As(err, &died) || died.Success() || died.Exited() {
			t.Fatalf("the child was to be killed: %v", err)
		}
		s := open(t, path)
		for n, acknowledged := range version {
			if c, err := s.Credential(ctx, storetest.Code(n)); err != nil || c.Version < acknowledged {
				t.Errorf("round %d: %d lost: version %d of %d, %v", round, n, c.Version, acknowledged, err)
			}
		}
		written := 0
		err := s.Audit(ctx, 0, func(e verify.Entry) bool {
			written++
			c, err := s.Credential(ctx, e.Code)
			_, hidden := s.Record(ctx, e.Code)
			h, codes, held := s.Holder(ctx, e.Holder)
			named, found := s.CredentialByExternalID(ctx, c.ExternalID)
			if err := errors.Join(err, held, found); err != nil || e.Seq != uint64(written) || h.ID != e.Holder || len(codes) != 1 || named.Code != e.Code ||
				errors.Is(hidden, verify.ErrNotFound) != (c.Consent == verify.Private) {
				t.Errorf("round %d: half a write of %s: %v", round, e.Code, err)
			}
			return true
		})
		if err != nil || written < len(version) {
			t.Errorf("round %d: %d entries in the audit for %d grants, %v", round, written, len(version), err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// deadly is a disk on which the process dies at an operation, counted from 0.
type deadly struct {
	disk
	left int
}

func (d *deadly) count() {
	if d.left--; d.left < 0 {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {} // not one instruction more
	}
}

func (d *deadly) ReadAt(b []byte, at int64) (int, error)  { d.count(); return d.disk.ReadAt(b, at) }
func (d *deadly) WriteAt(b []byte, at int64) (int, error) { d.count(); return d.disk.WriteAt(b, at) }
func (d *deadly) Sync() error                             { d.count(); return d.disk.Sync() }

// childErase erases the seventh person and is killed at an operation of the wipe.
func childErase(path string, at int) error {
	s, err := Open(Options{Path: path, Sealer: verify.NewSealer(secret)})
	if err != nil {
		return err
	}
	s.disk = &deadly{s.disk, at}
	if err := erase(s, 7); err != nil {
		return err
	}
	fmt.Println("erased")
	return s.Close()
}

// A kill -9 at any moment of a wipe leaves a sound store, in which the person is erased; the next start finishes the wipe.
func TestKillDuringWipe(t *testing.T) {
	const people = 60
	template := file(t)
	s := open(t, template)
	s.db.NoSync = true
	live(t, s, people)
	s.db.NoSync = false
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(template)
	if err != nil {
		t.Fatal(err)
	}
	remains, acknowledged := 0, false
	for at := 0; !acknowledged; at++ {
		path := file(t)
		if err := os.WriteFile(path, whole, 0o600); err != nil {
			t.Fatal(err)
		}
		cmd, out := child(t, "erase", at, path)
		acknowledged = out.Scan() && out.Text() == "erased"
		var died *exec.ExitError
		if err := cmd.Wait(); !acknowledged && (!errors.As(err, &died) || died.Exited()) {
			t.Fatalf("the child was to be killed: %v", err)
		}
		if holds(t, path, 7) {
			if remains++; acknowledged {
				t.Error("acknowledged, and in the file")
			}
		}
		for meta := range 2 { // whichever of the two is lost, the other does not lead back to the person
			lost := file(t)
			raw, err := os.ReadFile(path)
			if err == nil {
				copy(raw[meta*os.Getpagesize():], make([]byte, 256))
				err = os.WriteFile(lost, raw, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			if s, err := Open(Options{Path: lost, Sealer: verify.NewSealer(secret)}); err == nil {
				if h, _, err := s.Holder(ctx, "holder-7"); err == nil {
					t.Errorf("killed at %d, meta page %d lost: %+v is back", at, meta, h)
				}
				_ = s.Close() // it may be damaged
			}
		}
		s := open(t, path)
		if holds(t, path, 7) || owes(t, s) != 0 {
			t.Errorf("killed at %d: still in the file after the next start", at)
		}
		sound(t, s)
		if _, _, err := s.Holder(ctx, "holder-7"); !errors.Is(err, verify.ErrNotFound) {
			t.Errorf("killed at %d: Holder: %v", at, err)
		}
		left := 0
		err := s.Credentials(ctx, 0, func(uint64, verify.Credential) bool { left++; return true })
		if err != nil || left != people-1 {
			t.Errorf("killed at %d: %d people are left, want %d: %v", at, left, people-1, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if at > 500 {
			t.Fatal("the wipe has no end")
		}
	}
	if remains < 2 {
		t.Errorf("a kill left remains %d times; more was expected", remains)
	}
}

func childHold(path string, _ int) error {
	s, err := Open(Options{Path: path, Sealer: verify.NewSealer(secret)})
	if err != nil {
		return err
	}
	fmt.Println("open")
	_, err = io.Copy(io.Discard, os.Stdin)
	return errors.Join(err, s.Close())
}

func TestLockedByAnother(t *testing.T) {
	path := file(t)
	cmd, out := child(t, "hold", 0, path)
	if !out.Scan() || out.Text() != "open" {
		t.Fatalf("the child says %q", out.Text())
	}
	for _, readOnly := range []bool{false, true} {
		began := time.Now()
		s, err := Open(Options{Path: path, Sealer: verify.NewSealer(secret), LockWait: 150 * time.Millisecond, ReadOnly: readOnly})
		if !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), path) {
			t.Errorf("Open: %v, %v", s, err)
		}
		if waited := time.Since(began); waited < 100*time.Millisecond {
			t.Errorf("gave up after %s", waited)
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // killed
	open(t, path)  // the lock went with its process
}

// fill grants until the disk is full, makes room, and goes on with the same store.
func fill(s *Store, room func() error) error {
	n := 0
	var err error
	for ; err == nil; n++ {
		w := storetest.Grant(n, verify.Link)
		w.Credentials[0].Evidence = strings.Repeat("e", 2000)
		err = s.Commit(ctx, w)
	}
	if n--; !errors.Is(err, verify.ErrFull) {
		return fmt.Errorf("Commit number %d: %w, want ErrFull", n, err)
	}
	check := func() error {
		for i := range n {
			if _, err := s.Record(ctx, storetest.Code(i)); err != nil {
				return fmt.Errorf("Record %d of %d: %w", i, n, err)
			}
		}
		return nil
	}
	if err := check(); err != nil {
		return fmt.Errorf("reads go on: %w", err)
	}
	if _, err := s.Credential(ctx, storetest.Code(n)); !errors.Is(err, verify.ErrNotFound) {
		return fmt.Errorf("what was refused is there: %w", err)
	}
	again, err := Open(Options{Path: s.db.Path(), Sealer: verify.NewSealer(secret)})
	if !errors.Is(err, ErrLocked) {
		return fmt.Errorf("Open of an open store: %v, %w", again, err)
	}
	// a full disk does not keep a store from being opened and read
	path := s.db.Path()
	if err := s.Close(); err != nil {
		return err
	}
	if s, err = Open(Options{Path: path, Sealer: verify.NewSealer(secret)}); err != nil {
		return err
	}
	if err := check(); err != nil {
		return fmt.Errorf("reads after opening: %w", err)
	}
	if err := room(); err != nil {
		return err
	}
	for end := n + 100; n < end; n++ {
		if err := s.Commit(ctx, storetest.Grant(n, verify.Link)); err != nil {
			return fmt.Errorf("Commit with room again: %w", err)
		}
	}
	return errors.Join(check(), s.Close())
}

// childFull meets a limit of file sizes, which needs no privilege.
func childFull(path string, bytes int) error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	tight := limit
	tight.Cur = uint64(bytes)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &tight); err != nil {
		return err
	}
	s, err := Open(Options{Path: path, Sealer: verify.NewSealer(secret)})
	if err != nil {
		return err
	}
	return fill(s, func() error { return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit) })
}

func TestFileSizeLimit(t *testing.T) {
	for _, bytes := range []int{200_000, 16384 * 7, 333_333} { // some fail a write half way
		cmd, _ := child(t, "full", bytes, file(t))
		if err := cmd.Wait(); err != nil {
			t.Errorf("%d bytes: %v", bytes, err)
		}
	}
}

// A file system that is really full, where one may be mounted; TestFileSizeLimit needs no such right.
func TestFullDisk(t *testing.T) {
	folder := t.TempDir()
	if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, "size=4m"); err != nil {
		t.Logf("no file system can be mounted here (%v): TestFileSizeLimit stands alone", err)
		return
	}
	defer func() {
		if err := syscall.Unmount(folder, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	}()
	ballast := filepath.Join(folder, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 3<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Open(Options{Path: filepath.Join(folder, "testamur.db"), Sealer: verify.NewSealer(secret)})
	if err != nil {
		t.Fatal(err)
	}
	if err := fill(s, func() error { return os.Remove(ballast) }); err != nil {
		t.Error(err)
	}
	// none at all for a new store
	if err := os.WriteFile(ballast, bytes.Repeat([]byte{1}, 4<<20), 0o600); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("the disk is not full: %v", err)
	}
	if s, err := Open(Options{Path: filepath.Join(folder, "new.db"), Sealer: verify.NewSealer(secret)}); !errors.Is(err, verify.ErrFull) {
		t.Errorf("Open on a full disk: %v, %v", s, err)
	}
	// a disk that may only be read
	if err := syscall.Mount("tmpfs", folder, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"testamur.db", "none.db"} {
		path := filepath.Join(folder, name)
		if s, err := Open(Options{Path: path, Sealer: verify.NewSealer(secret)}); !errors.Is(err, syscall.EROFS) || !strings.Contains(err.Error(), path+": it must be readable and writable") {
			t.Errorf("Open on a read-only disk: %v, %v", s, err)
		}
	}
	if s, err = Open(Options{Path: filepath.Join(folder, "testamur.db"), Sealer: verify.NewSealer(secret), ReadOnly: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Record(ctx, storetest.Code(0)); err != nil {
		t.Errorf("Record from a read-only disk: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// A folder and a file that this user may not write. The file system's user of one thread is changed, since root may
// write everywhere.
func TestOpenForbidden(t *testing.T) {
	folder, err := os.MkdirTemp("", "testamur-forbidden-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(folder)
	made := filepath.Join(folder, "made.db")
	if err := open(t, made).Close(); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Chmod(made, 0o444), os.Chmod(folder, 0o555)); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(folder, 0o700) // so that it can be removed
	result := make(chan error)
	for _, name := range []string{made, filepath.Join(folder, "new.db")} {
		go func() {
			runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
			if os.Geteuid() == 0 {
				if err := syscall.Setfsuid(65534); err != nil {
					result <- err
					return
				}
			}
			_, err := Open(Options{Path: name, Sealer: verify.NewSealer(secret)})
			result <- err
		}()
		if err := <-result; !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), "readable and writable") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The store serves all of its readers while it is being written.
func TestReadersAndWriters(t *testing.T) {
	s := open(t, file(t))
	for n := range 8 {
		commit(t, s, storetest.Grant(n, verify.Link))
	}
	var all sync.WaitGroup
	for n := range 8 {
		all.Go(func() {
			for i := range 20 {
				if err := s.Commit(ctx, storetest.Grant(100+20*n+i, verify.Link)); err != nil {
					t.Error(err)
				}
			}
		})
		all.Go(func() {
			for range 2000 {
				if _, err := s.Record(ctx, storetest.Code(n)); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
}
