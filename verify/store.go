package verify

import (
	"context"
	"errors"
	"time"
)

// Errors of a Store. Every other error of a Store means that it could not be asked.
var (
	ErrNotFound    = errors.New("not found")
	ErrConflict    = errors.New("changed meanwhile")             // a version was not the expected one, or a reserved id is taken
	ErrRepeated    = errors.New("idempotency key already used")  // Write.Once stands in the store already
	ErrUnavailable = errors.New("the store cannot be asked now") // closed, lost, hung
	ErrTampered    = errors.New("a record is not as we wrote it")
	ErrFull        = errors.New("the store is full")
	// ErrNotConfirmed is the error of a change that stands in the store, and that fewer copies of it have confirmed than
	// should: it may survive or not. A repeat confirms it.
	ErrNotConfirmed = errors.New("the change is written, but not confirmed by enough replicas")
)

// A Store keeps credentials. Each implementation passes the suite in storetest.
//
// Reads give what the last acknowledged write left, as the caller's own copy. Every read of a missing thing is
// ErrNotFound. A context that is done is its error, before anything is done.
//
// A walk calls yield in the order it names until yield says false. It holds nothing while yield works, which may use the
// store and take its time. It gives once, as it was at some moment of the walk, whatever was there when the walk began
// and is not erased meanwhile; what comes meanwhile may be given too.
type Store interface {
	// Record returns the public record of a code: the one read behind every public route.
	Record(ctx context.Context, code Code) (Record, error)
	// Recent is Record for pictures: what it returns may be up to a second old, and may cost nothing.
	Recent(ctx context.Context, code Code) (Record, error)
	// Credential returns the full record of a code.
	Credential(ctx context.Context, code Code) (Credential, error)
	// CredentialByExternalID returns the credential with the issuer's own id.
	CredentialByExternalID(ctx context.Context, externalID string) (Credential, error)
	// Credentials walks the credentials after a place in the order of their grants. Places are numbers from 1, which the
	// Store gives to new credentials; no change moves one, a new code neither.
	Credentials(ctx context.Context, after uint64, yield func(place uint64, c Credential) bool) error
	// Holder returns a holder and the codes of all its credentials, in the order of their grants.
	Holder(ctx context.Context, id string) (Holder, []Code, error)
	// HolderByExternalID returns the id of the holder with the issuer's own id.
	HolderByExternalID(ctx context.Context, externalID string) (string, error)
	// Reply returns the answer kept under an idempotency key, if it is younger than 24 hours at now.
	Reply(ctx context.Context, key string, now time.Time) (Reply, error)
	// Replies walks the answers kept at an instant or later, by the second of At and then by Key.
	Replies(ctx context.Context, since time.Time, yield func(Reply) bool) error
	// Key returns an API key by its id.
	Key(ctx context.Context, id string) (Key, error)
	// Keys returns all API keys, ended ones too, by id.
	Keys(ctx context.Context) ([]Key, error)
	// Audit walks the entries after a sequence number, oldest first.
	Audit(ctx context.Context, after uint64, yield func(Entry) bool) error
	// Commit writes all of w or nothing of it, and returns only when it is durable. With nothing to write it makes sure that
	// what has been written so far is.
	Commit(ctx context.Context, w Write) error
	// Close ends the use of the store.
	Close() error
}

// Write is one change of the registry. A Store commits it whole: records, public records (Release), indexes, places,
// audit entries and the kept reply. Where a condition below does not hold it is ErrConflict, and nothing is written.
// A Store that cannot write several records at once writes them by steps, each whole by itself, that a repeat of the Write
// completes: what takes something away before what shows something, the audit after the records, the kept reply last.
type Write struct {
	// Holder has its new Version; the stored one is one less, or there is none for 1. Its ExternalID, where set, is
	// free or its own. A later version comes with all credentials of the holder, so that no copy of an old name is
	// left (rule 36).
	Holder *Holder
	// Credentials have their new Version, like the holder. ExternalID, where set, is free or the credential's own.
	// Holder is as stored, by id and version, or as in this Write.
	Credentials []Credential
	// Recode is the code that the one credential of this Write has had so far; its new one has never been used. The
	// old one is then as if it had never existed. ExternalID, the place and the place among the holder's codes stay.
	Recode Code
	// Erase takes out a holder with all that is about it. It comes with no other record.
	Erase *Erasure
	// Key is new or replaces the one with its id. What has ended stays ended, and LastUsed does not go back.
	Key *Key
	// Audit is added in order; the Store sets Seq, from 1, without gaps.
	Audit []Entry
	// Once is kept for 24 hours. ErrRepeated, before any ErrConflict, where its Key is in the store and younger. Its
	// Holder, where set, is in the store or in this Write: no answer about a person comes after the erasure.
	Once *Reply
}

// Empty reports whether nothing is to be written.
func (w Write) Empty() bool {
	return w.Holder == nil && len(w.Credentials) == 0 && w.Erase == nil && w.Key == nil && len(w.Audit) == 0 && w.Once == nil
}

// Erasure is a holder to be erased. Its Version and Codes are as stored, in any order. What goes: the holder, the full
// and the public records of the codes, the external ids, which are free again, and the content of every Reply that names
// the holder (Reply.Erased). When Commit returns, nothing of it can be found in the files of the store any more. Where
// only that last part fails, Commit returns an error though all is erased; the store finishes it when it is opened again. A
// Store whose files another program writes has that program write them anew, soon after.
type Erasure struct {
	Holder  string
	Version int64
	Codes   []Code
}

// ReplyAge is how long a Store keeps the answer to an idempotency key.
const ReplyAge = 24 * time.Hour

// Reply is an API answer kept under an idempotency key.
type Reply struct {
	Key     string      `json:"key"`     // stands for the API key and the client's Idempotency-Key, and tells neither
	Request [32]byte    `json:"request"` // SHA-256 of method, path and body
	Status  int         `json:"status"`
	Headers [][2]string `json:"headers"`
	Body    []byte      `json:"body"`
	At      time.Time   `json:"at"`
	Holder  string      `json:"holder"` // id of whom it is about; empty: nobody
	Gone    bool        `json:"gone"`   // that holder has been erased
}

// Erased returns what is left of a reply whose holder is erased: that its key has been used.
func (r Reply) Erased() Reply { return Reply{Key: r.Key, At: r.At, Gone: true} }

// Scope is what an API key may do; each includes the ones before it.
type Scope string

const (
	ScopeRead  Scope = "read"
	ScopeIssue Scope = "issue"
	ScopeAdmin Scope = "admin"
)

// Key is an API key as it is stored: never the key itself.
type Key struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Scope     Scope     `json:"scope"`
	Hash      [32]byte  `json:"hash"` // HMAC-SHA256 of the secret part
	CreatedAt time.Time `json:"created_at"`
	EndedAt   time.Time `json:"ended_at"`
	LastUsed  time.Time `json:"last_used"` // to the hour
}

// Entry is one line of the audit: who did what, by ids only.
type Entry struct {
	Seq    uint64            `json:"seq"`
	At     time.Time         `json:"at"`
	By     string            `json:"by"` // id of the API key, or "setting" for TESTAMUR_API_KEY, or "program"
	Action string            `json:"action"`
	Code   Code              `json:"code,omitempty"`
	Holder string            `json:"holder,omitempty"`
	Detail map[string]string `json:"detail,omitempty"`
}
