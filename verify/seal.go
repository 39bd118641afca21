package verify

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"sync"
)

// Sealer puts records into an envelope that shows whether they are as we wrote them, where we wrote them:
// version byte, MAC over name and value, value. It does not show that a record was put back to an older one.
type Sealer struct {
	secret []byte
	macs   sync.Pool // of hash.Hash, keyed
}

// ErrSecret is the error of a store or a backup of ours that was made with another root secret than is set.
var ErrSecret = errors.New("it was made with another TESTAMUR_SECRET")

const (
	sealVersion = 1
	sealHead    = 1 + sha256.Size
)

// NewSealer derives the seal's key from the root secret, TESTAMUR_SECRET.
func NewSealer(secret []byte) *Sealer {
	s := &Sealer{secret: secret}
	key := derive(secret, "testamur record seal")
	s.macs.New = func() any { return hmac.New(sha256.New, key) }
	return s
}

// derive makes a key for one purpose from the root secret.
func derive(secret []byte, purpose string) []byte {
	key, err := hkdf.Key(sha256.New, secret, nil, purpose, sha256.Size)
	if err != nil { // only for a length over 8160 or a short key in FIPS mode
		sum := hmac.New(sha256.New, secret)
		sum.Write([]byte(purpose))
		return sum.Sum(nil)
	}
	return key
}

func (s *Sealer) mac(out []byte, name string, value []byte) []byte {
	m := s.macs.Get().(hash.Hash)
	defer s.macs.Put(m)
	m.Reset()
	var length [4]byte // so that name and value cannot trade bytes
	for i := range length {
		length[i] = byte(len(name) >> (8 * i))
	}
	m.Write(length[:])
	m.Write([]byte(name))
	m.Write(value)
	return m.Sum(out)
}

// Seal returns the envelope of value under name.
func (s *Sealer) Seal(name string, value []byte) []byte {
	out := make([]byte, 1, sealHead+len(value))
	out[0] = sealVersion
	return append(s.mac(out, name, value), value...)
}

// Open returns the value of an envelope, a part of sealed; ErrTampered where it was not sealed under name.
func (s *Sealer) Open(name string, sealed []byte) ([]byte, error) {
	if len(sealed) < sealHead || sealed[0] != sealVersion {
		return nil, ErrTampered
	}
	var want [sha256.Size]byte
	if !hmac.Equal(s.mac(want[:0], name, sealed[sealHead:]), sealed[1:sealHead]) {
		return nil, ErrTampered
	}
	return sealed[sealHead:], nil
}

// Fingerprint names the secret without telling it.
func (s *Sealer) Fingerprint() string { return fingerprint(s.secret) }

func fingerprint(secret []byte) string {
	return hex.EncodeToString(derive(secret, "testamur fingerprint")[:8])
}
