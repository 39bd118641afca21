package verify

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// ErrNoKey is the error of a token that opens nothing: unknown, ended or wrong.
var ErrNoKey = errors.New("no such API key")

// Includes reports whether a scope allows what another asks for: read < issue < admin.
func (s Scope) Includes(other Scope) bool { return s.rank() >= other.rank() && other.rank() > 0 }

func (s Scope) rank() int {
	switch s {
	case ScopeRead:
		return 1
	case ScopeIssue:
		return 2
	case ScopeAdmin:
		return 3
	}
	return 0
}

// keyring hashes the secret parts of API keys, which are 256 random bits, so a plain keyed hash is enough, and the
// idempotency keys of their callers, which may say anything. It also remembers for which hour a use was noted, so that a store that refuses the note is not asked again and again.
type keyring struct {
	secret, repeats []byte

	mu    sync.Mutex
	noted map[string]time.Time // by key id; only of keys that opened
}

func newKeyring(secret []byte) *keyring {
	return &keyring{secret: derive(secret, "testamur api key"), repeats: derive(secret, "testamur idempotency key"), noted: map[string]time.Time{}}
}

// note reports whether the use of a key in an hour is still to be written.
func (k *keyring) note(id string, hour time.Time) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.noted[id].Before(hour) {
		return false
	}
	k.noted[id] = hour
	return true
}

func (k *keyring) hash(secret string) (h [32]byte) {
	m := hmac.New(sha256.New, k.secret)
	m.Write([]byte(secret))
	m.Sum(h[:0])
	return h
}

// once returns the name under which the answer to an idempotency key is kept.
func (k *keyring) once(key string) string {
	m := hmac.New(sha256.New, k.repeats)
	m.Write([]byte(key))
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil))
}

const tokenPrefix = "tk_"

// NewKey makes an API key, and returns it and its token in the Result. The token is not kept anywhere, not in the answer
// to an idempotency key either: a repeat learns which key was made, ends it and makes another. Keeping it, or what it can
// be made from again, would give every reader of the store the keys of its last day.
func (r *Registry) NewKey(ctx context.Context, call Call, name string, scope Scope) (Result, error) {
	if scope.rank() == 0 {
		return Result{}, refuse("scope", "scope_unknown")
	}
	if err := checkLength("name", name, maxExternalID); err != nil {
		return Result{}, err
	}
	id, err := r.newID()
	if err != nil {
		return Result{}, err
	}
	var raw [32]byte
	if _, err := io.ReadFull(r.Rand, raw[:]); err != nil {
		return Result{}, fmt.Errorf("new key: %w", err)
	}
	secret := base64.RawURLEncoding.EncodeToString(raw[:])
	key := Key{ID: id, Name: name, Scope: scope, Hash: r.keys.hash(secret), CreatedAt: r.now()}
	made, err := r.commit(ctx, call, Write{Key: &key, Audit: []Entry{{At: r.now(), By: call.By, Action: "new-key", Detail: map[string]string{"key": id, "scope": string(scope)}}}},
		Result{Key: key, Created: true})
	if err != nil {
		return Result{}, err
	}
	made.Token = tokenPrefix + id + "_" + secret
	return made, nil
}

// EndKey ends a key for good. Ending it again changes nothing; a Once of the call is not used.
func (r *Registry) EndKey(ctx context.Context, call Call, id string) error {
	key, err := r.Store.Key(ctx, id)
	if err != nil {
		return err
	}
	if !key.EndedAt.IsZero() {
		return r.Store.Commit(ctx, Write{})
	}
	key.EndedAt = r.now()
	return r.Store.Commit(ctx, Write{Key: &key, Audit: []Entry{{At: r.now(), By: call.By, Action: "end-key", Detail: map[string]string{"key": id}}}})
}

// Keys returns all API keys, ended ones too, by id.
func (r *Registry) Keys(ctx context.Context) ([]Key, error) { return r.Store.Keys(ctx) }

// Authenticate returns the key of a token, or ErrNoKey. It notes the hour in which a key was last used, at most once
// an hour; that note failing does not fail the call.
func (r *Registry) Authenticate(ctx context.Context, token string) (Key, error) {
	id, secret, ok := strings.Cut(strings.TrimPrefix(token, tokenPrefix), "_")
	if !ok || !strings.HasPrefix(token, tokenPrefix) || len(id) != 16 {
		return Key{}, ErrNoKey
	}
	key, err := r.Store.Key(ctx, id)
	if errors.Is(err, ErrNotFound) {
		return Key{}, ErrNoKey
	}
	if err != nil {
		return Key{}, err
	}
	hash := r.keys.hash(secret)
	if !hmac.Equal(hash[:], key.Hash[:]) || !key.EndedAt.IsZero() {
		return Key{}, ErrNoKey
	}
	if hour := r.Now().Truncate(time.Hour); key.LastUsed.Before(hour) && r.keys.note(key.ID, hour) {
		used := key
		used.LastUsed = hour
		if r.Store.Commit(ctx, Write{Key: &used}) == nil {
			key = used
		}
	}
	return key, nil
}
