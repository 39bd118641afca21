package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"testamur/verify"
	"testamur/verify/redisstore"
)

// redisOptions are those of the store that the settings name.
func (c config) redisOptions(log *slog.Logger) redisstore.Options {
	return redisstore.Options{Address: c.InRedis, Sealer: verify.NewSealer([]byte(c.Secret)), Replicas: c.Replicas, Log: log}
}

// openRedis opens the store in Redis. Pictures of codes that any server erases or renames are dropped here too; all of them,
// where it could not be heard whose.
func openRedis(ctx context.Context, w *world, c config, init bool, h *house, log *slog.Logger) (opened, error) {
	o := c.redisOptions(log)
	o.Init, o.Patience = init, w.Patience
	forget := func(gone bool) func(...verify.Code) {
		return func(codes ...verify.Code) {
			names := make([]string, len(codes))
			for i, code := range codes {
				names[i] = string(code)
			}
			h.press.Forget(gone, names...)
		}
	}
	o.Gone, o.Renamed, o.Missed = forget(true), forget(false), h.press.ForgetAll
	if init && c.APIKey == "" && !w.Terminal { // where the first key goes: better found out before than after
		if err := os.MkdirAll(c.Data, 0o700); err != nil {
			return opened{}, failure{exitNoReply, fmt.Errorf("TESTAMUR_DATA: %w", err)}
		}
	}
	store, err := redisstore.Open(ctx, o)
	if err != nil {
		return opened{}, notOpened("TESTAMUR_REDIS", err)
	}
	if store.Created() {
		log.Warn(w.words.Text("program.new-redis"), "redis", c.InRedis.String())
	}
	return opened{store, []byte(c.Secret), "TESTAMUR_REDIS", func(url string) (string, error) { return store.Note(ctx, "url", url) }}, nil
}

// inspectRedis looks at the store in Redis without making or changing anything.
func inspectRedis(ctx context.Context, c config, w *world) (what string, warnings []string, err error) {
	o := c.redisOptions(nil)
	o.Patience = cmp.Or(w.Patience, 2*time.Second) // nobody waits for this answer at a door
	warnings, err = redisstore.Inspect(ctx, o)
	switch {
	case errors.Is(err, redisstore.ErrEmpty):
		return w.words.Text("program.doctor.empty-redis"), warnings, nil
	case err != nil:
		err = notOpened("TESTAMUR_REDIS", err)
	}
	return w.words.Text("program.doctor.redis"), warnings, err
}
