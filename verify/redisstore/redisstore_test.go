package redisstore

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"testamur/verify"
	"testamur/verify/redistest"
	"testamur/verify/storetest"
)

var (
	ctx    = context.Background()
	secret = []byte("0123456789abcdef0123456789abcdef")
)

// address is that of a server.
func address(t testing.TB, s string) Address {
	t.Helper()
	a, err := ParseAddress(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// options are those of a store in an empty Redis, with the patience of a busy machine.
func options(t testing.TB, url string) Options {
	return Options{Address: address(t, url), Sealer: verify.NewSealer(secret), Init: true, Patience: 20 * time.Second, Log: slog.New(slog.DiscardHandler)}
}

// open opens a store that is closed at the test's end. With the patience of a server that may take several tries.
func open(t testing.TB, o Options) *Store {
	t.Helper()
	s, err := Open(ctx, o)
	for began := time.Now(); errors.Is(err, verify.ErrUnavailable) && time.Since(began) < long; {
		s, err = Open(ctx, o)
	}
	if err != nil {
		t.Fatal(err)
	}
	storetest.CloseAfter(t, s)
	return s
}

// suite runs the suite of every store on the Redis that start starts.
func suite(t *testing.T, start func(t *testing.T) (url string)) {
	urls := map[verify.Store]string{}
	storetest.Run(t, func(t *testing.T) verify.Store {
		url := start(t)
		s := open(t, options(t, url))
		urls[s] = url
		return s
	}, storetest.Hooks{
		Reopen: func(s verify.Store) func(*testing.T) verify.Store {
			o := options(t, urls[s])
			o.Init = false
			return func(t *testing.T) verify.Store { return open(t, o) }
		},
		Edit: edit,
		Fill: func(t *testing.T) (verify.Filling, func() (verify.Store, error)) {
			o := options(t, start(t))
			f, err := Fill(ctx, o)
			if err != nil {
				t.Fatal(err)
			}
			o.Init = false
			return f, func() (verify.Store, error) { return Open(ctx, o) }
		},
	})
}

// edit changes a record as it stands in Redis.
func edit(t testing.TB, of verify.Store, bucket, key string, change func(sealed []byte) []byte) {
	t.Helper()
	s, _ := of.(*Store)
	sealed, err := s.client.Get(ctx, keyOf(bucket, key)).Bytes()
	if err == nil {
		err = s.client.Set(ctx, keyOf(bucket, key), change(sealed), 0).Err()
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestStoreOnMiniredis(t *testing.T) {
	suite(t, func(t *testing.T) string { return "redis://" + miniredis.RunT(t).Addr() })
}

func TestStoreOnRedis(t *testing.T) {
	suite(t, func(t *testing.T) string { return "redis://" + redistest.Start(t, redistest.Durable()...).Addr() })
}
