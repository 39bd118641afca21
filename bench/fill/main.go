// Fill makes a store of COUNT valid credentials, as restore-backup would, and writes their codes to a file, a line each. The
// secret is TESTAMUR_SECRET. Usage: fill FOLDER|redis://… COUNT CODES
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"testamur/bench/scene"
	"testamur/verify"
	"testamur/verify/boltstore"
	"testamur/verify/redisstore"
)

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "fill:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) != 3 {
		return errors.New("usage: fill FOLDER|redis://… COUNT CODES")
	}
	count, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	into, err := begin(ctx, args[0], verify.NewSealer([]byte(os.Getenv("TESTAMUR_SECRET"))))
	if err != nil {
		return err
	}
	file, err := os.Create(args[2])
	if err != nil {
		return err
	}
	defer file.Close()
	codes := bufio.NewWriter(file)
	random := rand.NewChaCha8([32]byte([]byte("testamur bench: many credentials")))
	now := time.Now().UTC()
	granted := verify.DayOf(now.AddDate(0, -1, 0), time.UTC)
	until := time.Date(now.Year()+1, now.Month(), 1, 23, 59, 59, 0, time.UTC)
	const part = 2000
	for from := 0; from < count; from += part {
		var r verify.Records
		for n := from; n < min(count, from+part); n++ {
			code, err := verify.NewCode(random)
			if err != nil {
				return err
			}
			fmt.Fprintln(codes, code)
			h := verify.Holder{ID: id(2*n + 1), ExternalID: fmt.Sprintf("person-%07d", n), Name: scene.Names[n%len(scene.Names)], Kind: verify.Person, Lang: "en", Version: 1}
			r.Credentials = append(r.Credentials, verify.Placed{Place: uint64(n + 1), Credential: verify.Credential{ID: id(2 * n), Code: code, Version: 1,
				Certification: scene.Certification, Edition: "2014", Holder: h, GrantedAt: granted, ExpiresAt: until, Consent: verify.Link,
				Periods: []verify.Period{{From: granted, ExpiresAt: until, Edition: "2014"}}}})
			r.Audit = append(r.Audit, verify.Entry{Seq: uint64(n + 1), At: now, By: "program", Action: "grant", Code: code, Holder: h.ID})
		}
		if err := into.Fill(ctx, r); err != nil {
			return errors.Join(err, into.Discard())
		}
	}
	return errors.Join(into.Finish(ctx), codes.Flush())
}

// id is a number as identifiers look: 16 symbols of base 32, spread as random ones are.
func id(n int) string {
	s := strings.ToLower(strconv.FormatUint(uint64(n+1)*0x9E3779B97F4A7C15|1<<63, 32))
	return strings.Repeat("0", max(0, 16-len(s))) + s
}

func begin(ctx context.Context, where string, sealer *verify.Sealer) (verify.Filling, error) {
	if strings.HasPrefix(where, "redis") {
		at, err := redisstore.ParseAddress(where)
		if err != nil {
			return nil, err
		}
		return redisstore.Fill(ctx, redisstore.Options{Address: at, Sealer: sealer})
	}
	if err := os.MkdirAll(where, 0o700); err != nil {
		return nil, err
	}
	return boltstore.Fill(boltstore.Options{Path: filepath.Join(where, "testamur.db"), Sealer: sealer, LockWait: time.Second})
}
