package verify

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"
)

// A backup is all of a store as lines of JSON, one object a line:
//
//	header       program, format, version, time, fingerprint of the secret
//	audit        every entry, by number
//	credential   with its place, by place; the holder stands in each of its credentials
//	reply        kept answers, by age
//	key          API keys, by id
//	end          how many of each
//
// What changed while the backup was written follows before the last replies: more entries, credentials with new places,
// and credentials without a place, which stand for those with the same ID further up.
//
// Each line begins with a MAC over the line before it and itself, by a key derived from the secret, so that the first line
// that is not as we wrote it is named. The chain begins at line 2, since line 1 has the time, and is tied to line 1 by the
// last line: two backups of one state differ in these two lines alone.

// Errors of a backup.
var (
	// ErrBackup is the error of a file that is not a backup of ours, or not all of one as we wrote it. One that another
	// secret could read is ErrSecret too.
	ErrBackup = errors.New("this is no whole backup of ours")
	// ErrErasedMeanwhile ends a Backup: what is written already may hold the person.
	ErrErasedMeanwhile = errors.New("somebody was erased while the backup was written: delete what there is of it and begin again")
)

const (
	backupFormat  = 1
	backupPurpose = "testamur backup" // of the key of the MACs
)

// backupLine is one line without its MAC: one of the fields, and Place beside a Credential.
type backupLine struct {
	Header     *backupHeader `json:"header,omitempty"`
	Audit      *Entry        `json:"audit,omitempty"`
	Place      uint64        `json:"place,omitempty"`
	Credential *Credential   `json:"credential,omitempty"`
	Reply      *Reply        `json:"reply,omitempty"`
	Key        *Key          `json:"key,omitempty"`
	End        *backupCount  `json:"end,omitempty"`
}

type backupHeader struct {
	Program string    `json:"program"`
	Format  int       `json:"format"`
	Version string    `json:"version"`
	At      time.Time `json:"at"`
	Secret  string    `json:"secret"` // fingerprint
}

type backupCount struct {
	Credentials int `json:"credentials"`
	Audit       int `json:"audit"`
	Replies     int `json:"replies"`
	Keys        int `json:"keys"`
}

// backupChain makes the MACs of the lines, one after the other.
type backupChain struct {
	key          []byte
	first, final [16]byte // of line 1; of the newest line
	lines        int
}

func newBackupChain(key []byte) *backupChain { return &backupChain{key: key} }

// next returns the MAC of the line that follows, in hexadecimal: over the one before, for the last line over the first
// one too, and the line.
func (c *backupChain) next(line []byte, last bool) []byte {
	m := hmac.New(sha256.New, c.key)
	if c.lines > 1 {
		m.Write(c.final[:])
	}
	if last {
		m.Write(c.first[:])
	}
	m.Write(line)
	copy(c.final[:], m.Sum(nil))
	if c.lines++; c.lines == 1 {
		c.first = c.final
	}
	return hex.AppendEncode(nil, c.final[:])
}

// backupWriter writes lines. After an error it writes nothing more.
type backupWriter struct {
	w     *bufio.Writer
	chain *backupChain
	count backupCount
	err   error
}

const backupMAC = `{"mac":"`

func (b *backupWriter) line(l backupLine) bool {
	if b.err != nil {
		return false
	}
	var line []byte
	if line, b.err = json.Marshal(l); b.err != nil {
		return false
	}
	line = line[1:] // the MAC comes before the first field
	for _, part := range [][]byte{[]byte(backupMAC), b.chain.next(line, l.End != nil), []byte(`",`), line, []byte("\n")} {
		if _, err := b.w.Write(part); err != nil {
			b.err = err
			return false
		}
	}
	return true
}

func (b *backupWriter) audit(e Entry) bool { b.count.Audit++; return b.line(backupLine{Audit: &e}) }

func (b *backupWriter) credential(place uint64, c Credential) bool {
	if place != 0 {
		b.count.Credentials++
	}
	return b.line(backupLine{Place: place, Credential: &c})
}

func (b *backupWriter) reply(r Reply) bool { b.count.Replies++; return b.line(backupLine{Reply: &r}) }

// settled is how long an answer may be under way from its At to the store. Younger ones are read last.
const settled = time.Minute

// Backup writes all of the store, as it is at one moment near the end of the call, for Restore. It reads page by page and
// holds up nobody; only where this program's changes come faster than they can be read, they wait for one last look. Should
// somebody be erased before its last line, it stops with ErrErasedMeanwhile: lines that are written cannot be taken back,
// and no backup that is finished after an erasure has the person. After any error what was written is no backup, and is to
// be deleted.
func (r *Registry) Backup(ctx context.Context, w io.Writer) error {
	began := r.Now()
	b := backupWriter{w: bufio.NewWriterSize(w, 1<<16), chain: newBackupChain(r.backup)}
	b.line(backupLine{Header: &backupHeader{Program: "testamur", Format: backupFormat, Version: r.Version, At: began.UTC().Truncate(time.Second), Secret: r.fingerprint}})
	// The audit comes first: whatever is changed after its last entry has an entry of its own to be found by.
	var seq, last uint64
	err := r.Store.Audit(ctx, 0, func(e Entry) bool { seq = e.Seq; return b.audit(e) })
	if err == nil {
		err = r.Store.Credentials(ctx, 0, func(place uint64, c Credential) bool { last = place; return b.credential(place, c) })
	}
	// An answer is kept with what it answers, and is read after all credentials, so that it never tells of one that is not
	// here.
	young := began.Add(-settled)
	if err == nil {
		err = r.Store.Replies(ctx, time.Time{}, func(reply Reply) bool {
			if !reply.At.Truncate(time.Second).Before(young.Truncate(time.Second)) {
				return false
			}
			return !began.Before(reply.At.Add(ReplyAge)) || b.reply(reply)
		})
	}
	if err == nil {
		err = r.catchUp(ctx, &b, seq, last, young)
	}
	if err = cmp.Or(b.err, err); err != nil { // b.err made the walk end
		return fmt.Errorf("backup: %w", err)
	}
	return nil
}

// news is what has changed while a backup was written, as it is at one moment.
type news struct {
	entries []Entry
	added   []Placed
	changed map[string]Credential // by ID
	keys    []Key
	replies []Reply
	seq     uint64 // of the last entry
}

// news reads what has changed since the audit's entry seq, the credentials after the place last and the answers since young,
// and what has changed meanwhile, until nothing has. After a few rounds this program makes no change until all is read.
func (r *Registry) news(ctx context.Context, seq, last uint64, young time.Time) (news, error) {
	const patient = 8
	n := news{changed: map[string]Credential{}, seq: seq}
	for round := 0; ; round++ {
		if round == patient {
			r.calm.Lock()
			defer r.calm.Unlock()
		}
		var fresh []Entry
		if err := r.Store.Audit(ctx, n.seq, func(e Entry) bool { n.seq = e.Seq; fresh = append(fresh, e); return true }); err != nil {
			return n, err
		}
		if round > 0 && len(fresh) == 0 { // what was read since the look before this one is one state of the store
			return n, nil
		}
		n.entries = append(n.entries, fresh...)
		for _, e := range fresh {
			if e.Action == erasure {
				return n, ErrErasedMeanwhile
			}
			if err := r.reread(ctx, e, n.changed); err != nil {
				return n, err
			}
		}
		err := r.Store.Credentials(ctx, last, func(place uint64, c Credential) bool {
			last, n.added = place, append(n.added, Placed{place, c})
			return true
		})
		if err != nil {
			return n, err
		}
		if n.keys, err = r.Store.Keys(ctx); err != nil {
			return n, err
		}
		n.replies = n.replies[:0]
		if err := r.Store.Replies(ctx, young, func(reply Reply) bool { n.replies = append(n.replies, reply); return true }); err != nil {
			return n, err
		}
	}
}

// catchUp ends a backup that holds the audit up to seq, the credentials up to the place last and the answers before young.
// It writes only when all is read, so that a slow reader of the backup keeps nothing from ending.
func (r *Registry) catchUp(ctx context.Context, b *backupWriter, seq, last uint64, young time.Time) error {
	n, err := r.news(ctx, seq, last, young)
	if err != nil {
		return err
	}
	for _, e := range n.entries {
		b.audit(e)
	}
	for _, p := range n.added {
		if c, ok := n.changed[p.Credential.ID]; ok {
			p.Credential = c
			delete(n.changed, c.ID)
		}
		b.credential(p.Place, p.Credential)
	}
	for _, id := range slices.Sorted(maps.Keys(n.changed)) {
		b.credential(0, n.changed[id])
	}
	for _, reply := range n.replies {
		b.reply(reply)
	}
	for _, k := range n.keys {
		b.count.Keys++
		b.line(backupLine{Key: &k})
	}
	if err := cmp.Or(b.err, b.w.Flush()); err != nil {
		return err
	}
	late := false // erased while the last lines went their way
	if err := r.Store.Audit(ctx, n.seq, func(e Entry) bool { late = e.Action == erasure; return !late }); err != nil {
		return err
	}
	if late {
		return ErrErasedMeanwhile
	}
	b.line(backupLine{End: &b.count})
	return cmp.Or(b.err, b.w.Flush())
}

// reread reads the credentials that an entry of the audit tells of, as they are now.
func (r *Registry) reread(ctx context.Context, e Entry, into map[string]Credential) error {
	codes := []Code{e.Code}
	if e.Code == "" {
		if e.Holder == "" {
			return nil
		}
		var err error
		if _, codes, err = r.Store.Holder(ctx, e.Holder); err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
	}
	for _, code := range codes {
		c, err := r.Store.Credential(ctx, code)
		switch {
		case err == nil:
			into[c.ID] = c
		case !errors.Is(err, ErrNotFound): // where it has another code by now, an entry says so
			return err
		}
	}
	return nil
}

// Placed is a credential with its place in the order of grants.
type Placed struct {
	Place      uint64
	Credential Credential
}

// Records are some of the records of a store.
type Records struct {
	Audit       []Entry // by Seq, from 1, without gaps
	Credentials []Placed
	Replies     []Reply
	Keys        []Key
}

// A Filling is a store in the making, which Restore fills from a backup. Nothing is served from it before Finish; what a
// Restore leaves that is cut short is no store, and the next one begins anew.
type Filling interface {
	// Fill adds records as they are, with all that a Store derives from them: public records, indexes, holders and the
	// codes of their credentials. Over all calls, entries come by Seq and credentials by Place, each once; a later reply
	// replaces one with its Key. Two credentials that cannot be together, by code, external id or holder, are
	// ErrConflict.
	Fill(ctx context.Context, r Records) error
	// Finish makes it the store: whole and durable, or not at all. Where there is a store by now it is ErrConflict.
	Finish(ctx context.Context) error
	// Discard takes away what was filled. After Finish it does nothing.
	Discard() error
}

// Contents is what a backup holds.
type Contents struct {
	Version     string    // of the program that wrote it
	At          time.Time // when
	Credentials int
	Entries     int // of the audit
	Replies     int
	Keys        int
}

// CheckBackup reads a backup to its end, checks every line, and says what is in it. An error is ErrBackup with the line, or
// one of reading.
func CheckBackup(file io.Reader, secret []byte) (Contents, error) {
	contents, _, err := checkBackup(file, secret)
	return contents, err
}

// Restore fills a new store from a backup. Every line is checked first; the file is read twice. An error leaves no store.
func Restore(ctx context.Context, file io.ReadSeeker, secret []byte, into Filling) (Contents, error) {
	contents, newer, err := checkBackup(file, secret)
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err == nil {
		err = fill(ctx, file, secret, newer, into)
	}
	if err == nil {
		err = into.Finish(ctx)
	}
	if err != nil {
		return Contents{}, errors.Join(err, into.Discard())
	}
	return contents, nil
}

// checkBackup also returns the credentials that stand for those with the same ID further up.
func checkBackup(file io.Reader, secret []byte) (contents Contents, newer map[string]Credential, err error) {
	newer = map[string]Credential{}
	err = readBackup(file, secret, func(l backupLine) error {
		switch {
		case l.Header != nil:
			contents.Version, contents.At = l.Header.Version, l.Header.At
		case l.Credential != nil && l.Place == 0:
			newer[l.Credential.ID] = *l.Credential
		case l.End != nil:
			contents.Credentials, contents.Entries, contents.Replies, contents.Keys = l.End.Credentials, l.End.Audit, l.End.Replies, l.End.Keys
		}
		return nil
	})
	return contents, newer, err
}

// fill hands over the records of a backup that has been checked.
func fill(ctx context.Context, file io.Reader, secret []byte, newer map[string]Credential, into Filling) error {
	const batch = 500
	var r Records
	n := 0
	return readBackup(file, secret, func(l backupLine) error {
		switch {
		case l.Audit != nil:
			r.Audit = append(r.Audit, *l.Audit)
		case l.Credential != nil && l.Place != 0:
			c := *l.Credential
			if as, ok := newer[c.ID]; ok {
				c = as
				delete(newer, c.ID)
			}
			r.Credentials = append(r.Credentials, Placed{l.Place, c})
		case l.Reply != nil:
			r.Replies = append(r.Replies, *l.Reply)
		case l.Key != nil:
			r.Keys = append(r.Keys, *l.Key)
		case l.End != nil && len(newer) != 0:
			return fmt.Errorf("%w: %d credentials that were changed are not in it", ErrBackup, len(newer))
		}
		if n++; n%batch != 0 && l.End == nil {
			return nil
		}
		err := into.Fill(ctx, r)
		r = Records{}
		return err
	})
}

// readBackup calls take for every line, once it is known to be as we wrote it. Its errors, and those of take, name the line.
func readBackup(file io.Reader, secret []byte, take func(backupLine) error) error {
	in := bufio.NewReaderSize(file, 1<<16)
	d := backupReader{chain: newBackupChain(derive(secret, backupPurpose)), fingerprint: fingerprint(secret)}
	for n := 1; ; n++ {
		fail := func(err error) error { return fmt.Errorf("line %d: %w", n, err) }
		if begin, err := in.Peek(len(backupMAC)); err != nil && !errors.Is(err, io.EOF) {
			return err
		} else if string(begin) != backupMAC {
			return fail(d.cut(begin))
		}
		line, err := in.ReadBytes('\n')
		switch {
		case errors.Is(err, io.EOF):
			return fail(fmt.Errorf("%w: it ends in the middle", ErrBackup))
		case err != nil:
			return err
		}
		l, err := d.line(line)
		if err == nil {
			err = take(l)
		}
		if err != nil {
			return fail(err)
		}
		if l.End == nil {
			continue
		}
		if _, err := in.ReadByte(); !errors.Is(err, io.EOF) {
			n++
			return fail(errors.Join(fmt.Errorf("%w: something follows the end", ErrBackup), err))
		}
		return nil
	}
}

// backupReader checks lines.
type backupReader struct {
	chain       *backupChain
	fingerprint string
	count       backupCount
	place       uint64
}

// cut is the error of a line that does not begin as ours do.
func (d *backupReader) cut(begin []byte) error {
	if len(begin) == 0 && d.chain.lines > 0 {
		return fmt.Errorf("%w: it ends before its end", ErrBackup)
	}
	return fmt.Errorf("%w: no line of ours", ErrBackup)
}

func (d *backupReader) line(line []byte) (l backupLine, err error) {
	bad := func(why string, args ...any) (backupLine, error) {
		return backupLine{}, fmt.Errorf("%w: %w", ErrBackup, fmt.Errorf(why, args...))
	}
	const head = len(backupMAC) + 2*16 + len(`",`)
	if len(line) < head+len("}\n") || string(line[head-2:head]) != `",` {
		return bad("no line of ours")
	}
	mac, rest := line[len(backupMAC):head-2], line[head:len(line)-1]
	decoder := json.NewDecoder(bytes.NewReader(slices.Concat([]byte("{"), rest)))
	decoder.DisallowUnknownFields()
	shape := decoder.Decode(&l)
	if h := l.Header; d.chain.lines == 0 { // what makes a whole file unreadable is said first
		switch {
		case h == nil || h.Program != "testamur":
			return bad("it has no header of ours")
		case h.Format != backupFormat:
			return bad("its format is %d, this program's is %d", h.Format, backupFormat)
		case h.Secret != d.fingerprint:
			return bad("%w", ErrSecret)
		}
	}
	if !hmac.Equal(mac, d.chain.next(rest, l.End != nil)) {
		return bad("it is not as it was written, or the line before it is missing")
	}
	if shape != nil || decoder.InputOffset() != int64(len(rest)+1) {
		return bad("its shape: %v", shape)
	}
	if !d.follows(l) {
		return bad("it does not follow the line before it")
	}
	return l, nil
}

// follows checks the order that a sound program keeps, and counts.
func (d *backupReader) follows(l backupLine) bool {
	switch c := l.Credential; {
	case l.Header != nil:
		return d.chain.lines == 1
	case l.Audit != nil:
		d.count.Audit++
		return l.Audit.Seq == uint64(d.count.Audit)
	case c != nil && l.Place == 0:
		return c.ID != ""
	case c != nil:
		d.count.Credentials++
		before := d.place
		d.place = l.Place
		code, err := ParseCode(string(c.Code))
		return before < l.Place && err == nil && code == c.Code && c.ID != "" && c.Version > 0
	case l.Reply != nil:
		d.count.Replies++
	case l.Key != nil:
		d.count.Keys++
	default:
		return l.End != nil && *l.End == d.count
	}
	return true
}
