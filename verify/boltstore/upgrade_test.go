package boltstore

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"testamur/verify"
	"testamur/verify/storetest"
)

// schema1 is a store as the program wrote it before there were places: grants 9, 3, 7 and 1, a second one to the holder of
// the third, with an override, and answers under keys with a name in them.
func schema1(t *testing.T) string {
	t.Helper()
	packed, err := os.ReadFile("testdata/schema1.db.gz")
	if err != nil {
		t.Fatal(err)
	}
	unpacked, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	whole, err := io.ReadAll(unpacked)
	path := file(t)
	if err == nil {
		err = os.WriteFile(path, whole, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestUpgrade(t *testing.T) {
	path := schema1(t)
	words := []string{"Zoë said so", "k\x00Zoë"}
	has := func(word string) bool {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return bytes.Contains(raw, []byte(word))
	}
	for _, word := range words {
		if !has(word) {
			t.Fatalf("%q is not in the file at all", word)
		}
	}
	if _, err := Open(Options{Path: path, Sealer: verify.NewSealer(secret), ReadOnly: true}); !errors.Is(err, ErrForeign) || !strings.Contains(err.Error(), "its schema is 1, this program's is 2; the server upgrades it") {
		t.Errorf("Open for reading: %v", err)
	}
	if _, err := Open(Options{Path: path, Sealer: verify.NewSealer([]byte("another secret, of 32 bytes, too"))}); !errors.Is(err, ErrForeign) || !strings.Contains(err.Error(), "TESTAMUR_SECRET") {
		t.Errorf("Open with another secret: %v", err)
	}
	for range 2 { // and it stays so
		s := open(t, path)
		if s.Created() {
			t.Error("an old store is said to be new")
		}
		var codes []verify.Code
		err := s.Credentials(ctx, 0, func(place uint64, c verify.Credential) bool {
			codes = append(codes, c.Code)
			if as := storetest.Grant(9, verify.Link).Credentials[0]; place == 1 && c.Evidence != as.Evidence {
				t.Errorf("%+v, want %+v", c, as)
			}
			return place == uint64(len(codes))
		})
		want := []verify.Code{storetest.Code(9), storetest.Code(3), storetest.Code(7), storetest.Code(1), storetest.Code(20)}
		if err != nil || !slices.Equal(codes, want) {
			t.Errorf("Credentials: %v, %v, want %v", codes, err, want)
		}
		if _, codes, err := s.Holder(ctx, "holder-3"); err != nil || !slices.Equal(codes, []verify.Code{storetest.Code(3), storetest.Code(20)}) {
			t.Errorf("Holder: %v, %v", codes, err)
		}
		entries := 0
		err = s.Audit(ctx, 0, func(e verify.Entry) bool {
			entries++
			if e.Detail != nil && (e.Detail["override"] != "on record" || e.Detail["certification"] != "inbound") {
				t.Errorf("%+v", e)
			}
			return e.Seq == uint64(entries)
		})
		if err != nil || entries != 5 {
			t.Errorf("Audit: %d entries, %v", entries, err)
		}
		if err := s.Replies(ctx, time.Time{}, func(r verify.Reply) bool { t.Errorf("%+v", r); return true }); err != nil {
			t.Error(err)
		}
		sound(t, s)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for _, word := range words {
		if has(word) {
			t.Errorf("%q is still in the file", word)
		}
	}
	s := open(t, path)
	commit(t, s, storetest.Grant(30, verify.Link))
	if err := erase(s, 3); err != nil {
		t.Error(err)
	}
}
