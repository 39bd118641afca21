package verify_test

import (
	"bytes"
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"testamur/verify"
	"testamur/verify/boltstore"
	"testamur/verify/storetest"
)

// lived is an office with something of everything.
func lived(t testing.TB) *office {
	t.Helper()
	o := newOffice(t, func(c *verify.RegistryConfig) { c.Version = "1.2.3" })
	var cs []verify.Credential
	for n := range 12 {
		call := verify.Call{By: "k_1", Once: once(fmt.Sprint("k_1 ", n), fmt.Sprint(n))}
		g := verify.Grant{Certification: "inbound", Holder: verify.GrantHolder{ExternalID: fmt.Sprint("p", n/2), Name: fmt.Sprint("Zoë <Đặng> & ", n/2), Email: "zoe@example.org"},
			ExternalID: fmt.Sprint("row ", n), Consent: []verify.Consent{verify.Private, verify.Link, verify.Public}[n%3], Evidence: "letter", Override: "known"}
		cs = append(cs, o.must(o.Grant(ctx, call, g)).Credential)
	}
	acme := o.must(o.Grant(ctx, by, verify.Grant{Certification: "partner", Holder: verify.GrantHolder{Name: "Acme", Kind: verify.Organisation}, BackedBy: []string{cs[0].Holder.ID}})).Credential
	o.must(o.SetTier(ctx, by, acme.Code, "gold"))
	o.must(o.Revoke(ctx, by, cs[1].Code, "left us"))
	o.must(o.Suspend(ctx, by, cs[2].Code, ""))
	o.must(o.SetConsent(ctx, by, cs[4].Code, verify.ConsentChange{Consent: verify.Private, Channel: "me"}))
	o.must(o.Recode(ctx, by, cs[5].Code, ""))
	o.must(o.Renew(ctx, by, cs[7].Code, verify.Renewal{ExpiresAt: "2020-01-01"}))
	name := "Zoë Trần"
	o.must(o.ChangeHolder(ctx, by, cs[8].Holder.ID, verify.HolderChange{Name: &name}))
	if _, err := o.EraseHolder(ctx, by, cs[10].Holder.ID); err != nil { // and cs[11]
		t.Fatal(err)
	}
	key := o.must(o.NewKey(ctx, by, "import", verify.ScopeIssue)).Key
	if err := o.EndKey(ctx, by, key.ID); err != nil {
		t.Fatal(err)
	}
	o.must(o.NewKey(ctx, by, "", verify.ScopeRead))
	return o
}

func backup(t testing.TB, o *office) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := o.Backup(ctx, &b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// restored is a new office filled from a backup.
func restored(t testing.TB, b []byte, options ...func(*verify.RegistryConfig)) (*office, verify.Contents) {
	t.Helper()
	file := inFile(t)
	f, err := boltstore.Fill(file)
	if err != nil {
		t.Fatal(err)
	}
	contents, err := verify.Restore(ctx, bytes.NewReader(b), secret, f)
	if err != nil {
		t.Fatal(err)
	}
	return newOfficeIn(t, file, options...), contents
}

// A restored store is the one that was backed up, by every read, and its backup is the same but for the time.
func TestBackupAndRestore(t *testing.T) {
	o := lived(t)
	first := backup(t, o)
	for _, gone := range []string{"Đặng> & 5", "row 10", "row 11", `"p5"`} {
		if bytes.Contains(first, []byte(gone)) {
			t.Errorf("%s was erased and is in the backup", gone)
		}
	}
	again, contents := restored(t, first, func(c *verify.RegistryConfig) { c.Version = "1.2.3" })
	if dry, err := verify.CheckBackup(bytes.NewReader(first), secret); err != nil || dry != contents {
		t.Errorf("CheckBackup: %+v, %v; Restore: %+v", dry, err, contents)
	}
	want := verify.Contents{Version: "1.2.3", At: o.Now().Truncate(time.Second), Credentials: 11, Entries: len(o.audit()), Replies: 12, Keys: 2}
	if contents != want {
		t.Errorf("%+v, want %+v", contents, want)
	}
	storetest.Compare(t, again.store, o.store)
	again.at("2014-11-23T15:20:00Z")
	second := backup(t, again)
	one, two := bytes.SplitAfter(first, []byte("\n")), bytes.SplitAfter(second, []byte("\n"))
	end := len(one) - 2 // the last is empty
	if len(one) != len(two) || bytes.Equal(one[0], two[0]) || !slices.EqualFunc(one[1:end], two[1:end], bytes.Equal) {
		t.Errorf("the backup of the restored store:\n%s\nwant\n%s", second, first)
	}
	if a, b := one[end][42:], two[end][42:]; !bytes.Equal(a, b) { // but the MAC, which also covers the first line
		t.Errorf("the last line: %s, want %s", b, a)
	}
	// a repeat of a call before the backup is known after it, one about the erased too
	if kept, err := again.Replay(ctx, "k_1 3", once("", "3").Request); err != nil || len(kept.Body) == 0 {
		t.Errorf("%+v, %v", kept, err)
	}
	_, err := again.Replay(ctx, "k_1 10", once("", "10").Request)
	is(t, "about the erased", err, verify.ErrErased)
}

func TestBackupOfNothing(t *testing.T) {
	o := newOffice(t)
	again, contents := restored(t, backup(t, o))
	if contents.Credentials+contents.Entries+contents.Replies+contents.Keys != 0 {
		t.Errorf("%+v", contents)
	}
	storetest.Compare(t, again.store, o.store)
}

// Answers that have had their day are not kept in backups.
func TestBackupLeavesOldReplies(t *testing.T) {
	o := lived(t)
	o.at("2014-11-24T15:10:00.5Z")
	if c, err := verify.CheckBackup(bytes.NewReader(backup(t, o)), secret); err != nil || c.Replies != 0 {
		t.Errorf("%+v, %v", c, err)
	}
}

// A backup that is not as we wrote it is refused, with the line: every byte counts.
func TestBackupEdited(t *testing.T) {
	o := newOffice(t)
	o.must(o.Grant(ctx, verify.Call{By: "k_1", Once: once("k_1 a", "one")}, verify.Grant{Certification: "inbound", Holder: verify.GrantHolder{Name: "Maya"}}))
	o.must(o.NewKey(ctx, by, "", verify.ScopeRead))
	whole := backup(t, o)
	refuse := func(what string, b []byte, line int) {
		t.Helper()
		_, err := verify.CheckBackup(bytes.NewReader(b), secret)
		if !errors.Is(err, verify.ErrBackup) || !strings.HasPrefix(err.Error(), fmt.Sprintf("line %d: ", line)) {
			t.Fatalf("%s: %v, want line %d", what, err, line)
		}
	}
	line := 1
	for i, c := range whole {
		for _, flip := range []byte{1, 2, 4, 8, 16, 32, 64, 128, 255} {
			b := bytes.Clone(whole)
			b[i] ^= flip
			refuse(fmt.Sprintf("byte %d flipped by %d: %q", i, flip, b[max(0, i-20):min(len(b), i+20)]), b, line)
		}
		if c == '\n' {
			line++
		}
		if i < len(whole)-1 {
			refuse(fmt.Sprintf("cut after byte %d", i), whole[:i+1], line)
		}
		refuse(fmt.Sprintf("a byte more at %d", i), slices.Concat(whole[:i], []byte(" "), whole[i:]), line-map[bool]int{true: 1}[c == '\n'])
	}
	lines := bytes.SplitAfter(whole, []byte("\n"))
	lines = lines[:len(lines)-1]
	for i := range lines {
		without := bytes.Join(slices.Delete(slices.Clone(lines), i, i+1), nil)
		twice := bytes.Join(slices.Insert(slices.Clone(lines), i, lines[i]), nil)
		swapped := slices.Clone(lines)
		refuse(fmt.Sprintf("line %d twice", i+1), twice, i+2)
		refuse(fmt.Sprintf("without line %d", i+1), without, i+1)
		if i > 0 {
			swapped[i-1], swapped[i] = swapped[i], swapped[i-1]
			refuse(fmt.Sprintf("line %d before the one before it", i+1), bytes.Join(swapped, nil), i)
		}
	}
	refuse("nothing", nil, 1)
	refuse("a line more", append(bytes.Clone(whole), "{}\n"...), len(lines)+1)
	refuse("no newline at the end", whole[:len(whole)-1], len(lines))
	refuse("text", []byte(strings.Repeat("hello\n", 1000)), 1)
	// lines of another backup with the same secret, each sound by itself
	o.at("2014-11-23T15:30:00Z")
	o.must(o.NewKey(ctx, by, "", verify.ScopeRead))
	other := bytes.SplitAfter(backup(t, o), []byte("\n"))
	refuse("another's header", bytes.Join(append([][]byte{other[0]}, lines[1:]...), nil), len(lines))
	refuse("another's line that follows", bytes.Join(slices.Concat(lines[:3], other[3:4], lines[4:]), nil), 5)
	refuse("another's line that does not", bytes.Join(slices.Concat(lines[:3], other[4:5], lines[4:]), nil), 4)
}

func TestBackupForeign(t *testing.T) {
	o := lived(t)
	whole := backup(t, o)
	for name, c := range map[string]struct {
		file   []byte
		secret []byte
		says   string
	}{
		"another secret": {whole, []byte("another secret, of 32 bytes, too"), "line 1: this is no whole backup of ours: it was made with another TESTAMUR_SECRET"},
		"a newer format": {bytes.Replace(whole, []byte(`"format":1`), []byte(`"format":2`), 1), secret, "its format is 2, this program's is 1"},
		"another's":      {bytes.Replace(whole, []byte(`"program":"testamur"`), []byte(`"program":"other"`), 1), secret, "it has no header of ours"},
	} {
		file := inFile(t)
		f, err := boltstore.Fill(file)
		if err != nil {
			t.Fatal(err)
		}
		_, err = verify.Restore(ctx, bytes.NewReader(c.file), c.secret, f)
		if !errors.Is(err, verify.ErrBackup) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := os.Stat(file.Path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s left a store: %v", name, err)
		}
	}
}

// slow is a reader of a backup that does something after each so many bytes.
type slow struct {
	bytes.Buffer
	every, left int
	then        func()
}

func (s *slow) Write(b []byte) (int, error) {
	for s.left -= len(b); s.left < 0; s.left += s.every {
		s.then()
	}
	return s.Buffer.Write(b)
}

// A backup that is written while four write is the store at one moment: nothing that was acknowledged before its end is
// missing, nothing is half there.
func TestBackupWhileWritten(t *testing.T) {
	for _, until := range []string{"before its end", "after its end"} {
		o := newLargeOffice(t, 3000)
		var stop atomic.Bool
		var done atomic.Int64
		var writers sync.WaitGroup
		all, _ := o.all(verify.Filter{}, 500)
		for hand := range 4 {
			writers.Go(func() {
				random := rand.New(rand.NewPCG(uint64(hand), 1))
				codes := codesOf(all[750*hand : 750*(hand+1)])
				for n := 0; !stop.Load(); n++ {
					i := random.IntN(len(codes))
					call := verify.Call{By: "k_1", Once: once(fmt.Sprint(hand, n), "x")}
					var r verify.Result
					var err error
					switch random.IntN(6) {
					case 0:
						r, err = o.Grant(ctx, call, verify.Grant{Certification: "inbound", ExternalID: fmt.Sprint(hand, n), Holder: verify.GrantHolder{Name: "Maya"}})
						codes = append(codes, r.Credential.Code)
					case 1:
						r, err = o.Recode(ctx, call, codes[i], "")
						codes[i] = r.Credential.Code
					case 2:
						if _, err = o.Revoke(ctx, call, codes[i], "left"); err == nil {
							codes = slices.Delete(codes, i, i+1)
						}
					case 3:
						_, err = o.SetConsent(ctx, call, codes[i], verify.ConsentChange{Consent: []verify.Consent{verify.Private, verify.Link, verify.Public}[random.IntN(3)]})
					case 4:
						_, err = o.Renew(ctx, call, codes[i], verify.Renewal{})
					case 5:
						var c verify.Credential
						if c, err = o.Credential(ctx, codes[i]); err == nil {
							name := fmt.Sprint("Anna ", n)
							_, err = o.ChangeHolder(ctx, by, c.Holder.ID, verify.HolderChange{Name: &name})
						}
					}
					if err != nil {
						t.Error(err)
						return
					}
					done.Add(1)
				}
			})
		}
		out := &slow{every: 100_000}
		out.then = func() {
			if out.Len() > 2_500_000 && until == "before its end" {
				stop.Store(true)
				writers.Wait()
			}
			for was := done.Load(); done.Load() < was+4 && !stop.Load() && !t.Failed(); { // they get on between two reads
				runtime.Gosched()
			}
		}
		if err := o.Backup(ctx, out); err != nil {
			t.Fatal(err)
		}
		stop.Store(true)
		writers.Wait()
		again, contents := restored(t, out.Bytes())
		t.Logf("%s: %d changes while %d bytes were written; %+v", until, done.Load(), out.Len(), contents)
		if bytes.Count(out.Bytes(), []byte(`,"credential":{`)) == contents.Credentials {
			t.Errorf("%s: nothing was changed that had been written", until)
		}
		if until == "before its end" {
			storetest.Compare(t, again.store, o.store)
			continue
		}
		changed := map[string]bool{}
		for _, e := range o.audit()[contents.Entries:] {
			changed[e.Holder] = true
		}
		if !reflect.DeepEqual(again.audit(), o.audit()[:contents.Entries]) {
			t.Error("the audit differs")
		}
		err := again.store.Credentials(ctx, 0, func(place uint64, c verify.Credential) bool {
			if now, err := o.Credential(ctx, c.Code); !changed[c.Holder.ID] && (err != nil || !reflect.DeepEqual(now, c)) {
				t.Errorf("place %d: %+v, want %+v, %v", place, c, now, err)
			}
			return true
		})
		if err != nil {
			t.Error(err)
		}
	}
}

// What is changed while a backup reads what was changed is in it too, in its last form.
func TestBackupCatchesUp(t *testing.T) {
	o := lived(t)
	var fresh, old verify.Credential
	all, _ := o.all(verify.Filter{}, 500)
	old = all[0]
	steps := []func(){ // in the order in which a backup comes by
		func() { fresh = o.granted("2014-06-14", verify.Public) },
		func() {
			fresh = o.must(o.Renew(ctx, by, fresh.Code, verify.Renewal{})).Credential
			old = o.must(o.Recode(ctx, by, old.Code, "")).Credential
		},
		func() { o.granted("2014-06-14", verify.Link) },
		func() {
			name := "Zoë Bùi"
			o.must(o.ChangeHolder(ctx, by, old.Holder.ID, verify.HolderChange{Name: &name}))
			o.must(o.NewKey(ctx, verify.Call{By: "k_1", Once: once("k_1 late", "x")}, "late", verify.ScopeRead))
		},
		func() {
			old = o.must(o.Recode(ctx, by, old.Code, "")).Credential
			o.must(o.Revoke(ctx, verify.Call{By: "k_1", Once: once("k_1 last", "x")}, old.Code, "left"))
		},
	}
	step := func() {
		if len(steps) > 0 {
			next := steps[0]
			steps = steps[1:]
			next()
		}
	}
	o.store.keys, o.store.replies = step, step
	b := backup(t, o)
	o.store.keys, o.store.replies = nil, nil
	if len(steps) > 0 {
		t.Fatalf("%d steps were not taken", len(steps))
	}
	again, _ := restored(t, b)
	storetest.Compare(t, again.store, o.store)
	if again.status(old.Code) != "hidden" { // it is private
		t.Error("a private credential shows")
	}
	if c, err := again.Credential(ctx, old.Code); err != nil || c.RevokedAt.IsZero() {
		t.Errorf("revoked stays revoked: %+v, %v", c, err)
	}
}

// Somebody who is erased while a backup is written is in no whole backup.
func TestBackupMeetsErasure(t *testing.T) {
	o := newLargeOffice(t, 1000)
	all, _ := o.all(verify.Filter{}, 500)
	whole := len(backup(t, o))
	for i, at := range []int{0, whole / 2, whole - 1<<14} { // in the audit, among the credentials, on the way to the end
		victim := all[i].Holder
		out := &slow{every: 1 << 30, left: at}
		out.then = func() {
			if _, err := o.EraseHolder(ctx, by, victim.ID); err != nil {
				t.Error(err)
			}
		}
		err := o.Backup(ctx, out)
		_, check := verify.CheckBackup(&out.Buffer, secret)
		if err == nil && (check != nil || bytes.Contains(out.Bytes(), []byte(`"`+victim.Name+`"`))) {
			t.Errorf("after %d bytes: a whole backup (%v) with %s", at, check, victim.Name)
		}
		if during := at > 0; !during && err != nil {
			t.Errorf("after %d bytes: %v", at, err)
		} else if during {
			is(t, "among the credentials", err, verify.ErrErasedMeanwhile)
			is(t, "what is left", check, verify.ErrBackup)
		}
	}
	if b := backup(t, o); bytes.Contains(b, []byte(`"`+all[2].Holder.Name+`"`)) {
		t.Error("a later backup has who was erased")
	}
}

// Errors of the store and of the file end a backup, and what there is of it is none.
func TestBackupFails(t *testing.T) {
	o := lived(t)
	whole := len(backup(t, o))
	for _, room := range []int{0, 100, whole - 1} {
		w := &full{room: room}
		is(t, fmt.Sprintf("%d bytes", room), o.Backup(ctx, w), errNoRoom)
		_, err := verify.CheckBackup(&w.Buffer, secret)
		is(t, "what there is", err, verify.ErrBackup)
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	is(t, "cancelled", o.Backup(gone, io.Discard), context.Canceled)
	if err := o.store.Close(); err != nil {
		t.Fatal(err)
	}
	is(t, "closed", o.Backup(ctx, io.Discard), verify.ErrUnavailable)
}

var errNoRoom = errors.New("no room")

// full is a disk with so much room.
type full struct {
	bytes.Buffer
	room int
}

func (f *full) Write(b []byte) (int, error) {
	n := min(len(b), f.room)
	f.Buffer.Write(b[:n])
	if f.room -= n; n < len(b) {
		return n, errNoRoom
	}
	return n, nil
}

// A restore that fails part way leaves no store.
func TestRestoreFails(t *testing.T) {
	whole := backup(t, lived(t))
	for name, broken := range map[string]io.ReadSeeker{
		"the second reading": &twice{Reader: bytes.NewReader(whole), fail: errNoRoom},
		"another file then":  &twice{Reader: bytes.NewReader(whole), other: bytes.Replace(whole, []byte("Acme"), []byte("Acne"), 1)},
	} {
		file := inFile(t)
		f, err := boltstore.Fill(file)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := verify.Restore(ctx, broken, secret, f); err == nil {
			t.Errorf("%s: no error", name)
		}
		for _, path := range []string{file.Path, file.Path + ".restoring"} {
			if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("%s: %s is there: %v", name, path, err)
			}
		}
	}
}

// twice is a file that is another one, or fails, when it is read again.
type twice struct {
	*bytes.Reader
	other []byte
	fail  error
}

func (f *twice) Seek(offset int64, whence int) (int64, error) {
	if f.fail != nil {
		return 0, f.fail
	}
	f.Reset(f.other)
	return 0, nil
}

// forge writes a backup of any lines, with the right MACs.
func forge(t testing.TB, lines ...string) []byte {
	t.Helper()
	key, err := hkdf.Key(sha256.New, secret, nil, "testamur backup", sha256.Size)
	if err != nil {
		t.Fatal(err)
	}
	var out []byte
	var first, last []byte
	for i, line := range lines {
		m := hmac.New(sha256.New, key)
		if i > 1 {
			m.Write(last)
		}
		if strings.HasPrefix(line, `"end"`) {
			m.Write(first)
		}
		m.Write([]byte(line))
		last = m.Sum(nil)[:16]
		if i == 0 {
			first = last
		}
		out = fmt.Appendf(out, "{\"mac\":\"%x\",%s\n", last, line)
	}
	return out
}

// Lines that have the right MACs and that no sound program writes are refused all the same.
func TestBackupUnsound(t *testing.T) {
	header := fmt.Sprintf(`"header":{"program":"testamur","format":1,"version":"","at":"2014-11-23T15:10:00Z","secret":"%s"}}`, verify.NewSealer(secret).Fingerprint())
	entry := func(seq int) string {
		return fmt.Sprintf(`"audit":{"seq":%d,"at":"2014-11-23T15:10:00Z","by":"k","action":"grant"}}`, seq)
	}
	credential := func(place, n int) string {
		return fmt.Sprintf(`"place":%d,"credential":{"id":"%d","code":"%s","version":1,"holder":{"id":"h%d"}}}`, place, n, storetest.Code(n), n)
	}
	newer := func(n int) string { return strings.Replace(credential(0, n), `"place":0,`, "", 1) }
	end := func(credentials, audit int) string {
		return fmt.Sprintf(`"end":{"credentials":%d,"audit":%d,"replies":0,"keys":0}}`, credentials, audit)
	}
	for name, c := range map[string]struct {
		lines []string
		at    string // of the error; empty: none
	}{
		"sound":               {[]string{header, entry(1), credential(1, 1), credential(7, 2), entry(2), credential(9, 3), newer(2), end(3, 2)}, ""},
		"no header":           {[]string{entry(1), end(0, 1)}, "line 1"},
		"two headers":         {[]string{header, header, end(0, 0)}, "line 2"},
		"a gap in the audit":  {[]string{header, entry(1), entry(3), end(0, 2)}, "line 3"},
		"an entry twice":      {[]string{header, entry(1), entry(1), end(0, 2)}, "line 3"},
		"a place twice":       {[]string{header, credential(4, 1), credential(4, 2), end(2, 0)}, "line 3"},
		"a place before":      {[]string{header, credential(4, 1), credential(3, 2), end(2, 0)}, "line 3"},
		"no code":             {[]string{header, strings.Replace(credential(1, 1), string(storetest.Code(1)), "0000-0000-0000x", 1), end(1, 0)}, "line 2"},
		"a mistyped code":     {[]string{header, strings.Replace(credential(1, 1), string(storetest.Code(1)), "7K3M-9QXT-4P25", 1), end(1, 0)}, "line 2"},
		"another count":       {[]string{header, credential(1, 1), end(2, 0)}, "line 3"},
		"an unknown field":    {[]string{header, `"reply":{"key":"a","colour":"red"}}`, end(0, 0)}, "line 2"},
		"an unknown line":     {[]string{header, `"certificate":{}}`, end(0, 0)}, "line 2"},
		"a line of nothing":   {[]string{header, `"place":3}`, end(0, 0)}, "line 2"},
		"two objects":         {[]string{header, entry(1) + "{}", end(0, 1)}, "line 2"},
		"half an object":      {[]string{header, `"audit":{"seq":1}`, end(0, 1)}, "line 2"},
		"a newer of nothing":  {[]string{header, credential(1, 1), newer(2), end(1, 0)}, "line 4"},
		"two with one code":   {[]string{header, credential(1, 1), strings.Replace(credential(2, 1), `"id":"1"`, `"id":"2"`, 1), end(2, 0)}, "line 4"},
		"nothing but a start": {[]string{header}, "line 2"},
	} {
		b := forge(t, c.lines...)
		f, err := boltstore.Fill(inFile(t))
		if err != nil {
			t.Fatal(err)
		}
		_, err = verify.Restore(ctx, bytes.NewReader(b), secret, f)
		if c.at == "" && err != nil || c.at != "" && (err == nil || !strings.HasPrefix(err.Error(), c.at+": ")) {
			t.Errorf("%s: %v, want %s", name, err, c.at)
		}
	}
}

// FuzzCheckBackup: no bytes end the program, and none but a whole backup of ours passes.
func FuzzCheckBackup(f *testing.F) {
	whole := forge(f, fmt.Sprintf(`"header":{"program":"testamur","format":1,"version":"1","at":"2014-11-23T15:10:00Z","secret":"%s"}}`, verify.NewSealer(secret).Fingerprint()),
		`"audit":{"seq":1,"at":"2014-11-23T15:10:00Z","by":"k","action":"grant"}}`,
		`"place":1,"credential":{"id":"i","code":"7K3M-9QXT-4P24","version":1,"holder":{"id":"h","name":"Zoë"}}}`,
		`"credential":{"id":"i","code":"7K3M-9QXT-4P24","version":2,"holder":{"id":"h","name":"Zoë"}}}`,
		`"reply":{"key":"a","body":"AAAA"}}`, `"key":{"id":"k"}}`, `"end":{"credentials":1,"audit":1,"replies":1,"keys":1}}`)
	if _, err := verify.CheckBackup(bytes.NewReader(whole), secret); err != nil { // the same in every process that fuzzes
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add([]byte(`{"mac":"00000000000000000000000000000000","header":{"program":"testamur","format":1}}` + "\n"))
	f.Add([]byte(`{"mac":"`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := verify.CheckBackup(bytes.NewReader(b), secret); err == nil && !bytes.Equal(b, whole) {
			t.Errorf("%q passes", b)
		}
	})
}
