package redisstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"testamur/verify"
	"testamur/verify/ledger"
)

// patient is how long a call may take while nobody waits for an answer but who fills a store.
const patient = 20 * time.Second

// filling is a store that is filled where it is to be. In place of the marker stands that it is being filled: no server
// takes that for a store.
type filling struct{ *Store }

// fillScript begins to fill an empty Redis, or one in which that was cut short.
const fillScript = `
if redis.call('EXISTS', KEYS[1]) == 1 then return 'store' end
if redis.call('EXISTS', KEYS[2]) == 0 and redis.call('DBSIZE') ~= 0 then return 'foreign' end
redis.call('SET', KEYS[2], ARGV[1])
return 'done'`

// Fill begins a store in an empty Redis. What an earlier one left there that was cut short is taken away; one that goes on
// just now ends with verify.ErrConflict. Its errors are those of Open.
func Fill(ctx context.Context, o Options) (verify.Filling, error) {
	o.Patience = patient
	s, err := connect(o)
	if err != nil {
		return nil, err
	}
	s.guarded = false // nobody beats
	f := &filling{s}
	if err := f.begin(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", o.Address, err), s.Close())
	}
	return f, nil
}

func (f *filling) begin(ctx context.Context) error {
	warnings, err := f.inspect(ctx)
	if err != nil {
		return err
	}
	for _, w := range warnings {
		f.log.Warn(w)
	}
	if err := f.empty(ctx); errors.Is(err, ErrForeign) {
		if err := f.recognise(ctx); err == nil {
			return ErrOurs
		}
	} else if !errors.Is(err, ErrEmpty) {
		return err
	}
	if err := f.name(); err != nil {
		return err
	}
	f.claim = fillingKey
	said, _, err := "", 0, error(nil)
	err = f.call(ctx, func(ctx context.Context) error {
		said, _, err = f.run(ctx, 0, fillScript, []string{markerKey, fillingKey}, f.marker)
		return err
	})
	switch {
	case err != nil:
		return err
	case said == "store":
		return ErrOurs
	case said != "done":
		return fmt.Errorf("%w: it has keys that are not ours", ErrForeign)
	}
	if err := f.clear(ctx); err != nil {
		return err
	}
	sealed, err := f.seal(head{})
	if err != nil {
		return err
	}
	return f.ifOurs(ctx, "redis.call('SET', KEYS[2], ARGV[2])", []string{headKey}, sealed)
}

// ifOurs does something while the store is still being filled by us.
func (f *filling) ifOurs(ctx context.Context, do string, keys []string, args ...any) error {
	script := "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 'lost' end\n" + do + "\nreturn 'done'"
	return f.call(ctx, func(ctx context.Context) error {
		said, acks, err := f.run(ctx, f.replicas, script, append([]string{fillingKey}, keys...), append([]any{f.marker}, args...)...)
		switch {
		case err != nil:
			return err
		case said == "lost":
			return fmt.Errorf("%w: another is filling it", verify.ErrConflict)
		case acks < f.replicas:
			return fmt.Errorf("%w: %d of %d", verify.ErrNotConfirmed, acks, f.replicas)
		}
		return nil
	})
}

// clear takes away all keys but the one that says that the store is being filled.
func (f *filling) clear(ctx context.Context) error {
	for cursor := uint64(0); ; {
		var keys []string
		err := f.call(ctx, func(ctx context.Context) error {
			node, err := f.primary(ctx)
			if err == nil {
				keys, cursor, err = node.Scan(ctx, cursor, prefix+"*", 1000).Result()
			}
			return err
		})
		if err != nil {
			return err
		}
		if len(keys) > 0 {
			err = f.ifOurs(ctx, "for i = 2, #KEYS do if KEYS[i] ~= KEYS[1] then redis.call('DEL', KEYS[i]) end end", keys)
		}
		if err != nil || cursor == 0 {
			return err
		}
	}
}

// Fill adds records.
func (f *filling) Fill(ctx context.Context, r verify.Records) error {
	err := f.update(ctx, func(tx *writing) error { return ledger.Fill(tx, f.sealer, r) })
	if errors.Is(err, errLost) {
		return fmt.Errorf("%w: another is filling it", verify.ErrConflict)
	}
	return err
}

// Finish makes the marker of what said that it is being filled.
func (f *filling) Finish(ctx context.Context) error {
	err := f.ifOurs(ctx, "redis.call('RENAME', KEYS[1], KEYS[2])", []string{markerKey})
	if errors.Is(err, verify.ErrConflict) { // or the answer was lost, and this is the second try
		if now, again := f.client.Get(ctx, markerKey).Result(); again == nil && now == f.marker {
			err = nil
		}
	}
	if err != nil {
		return err
	}
	return f.Close()
}

// Discard takes away what was filled.
func (f *filling) Discard() error {
	ctx := context.Background() // also for a caller who has gone
	err := f.clear(ctx)
	if err == nil {
		err = f.ifOurs(ctx, "redis.call('DEL', KEYS[1])", nil)
	}
	if errors.Is(err, redis.ErrClosed) || errors.Is(err, verify.ErrConflict) { // finished, or another's by now
		err = nil
	}
	return errors.Join(err, f.Close())
}
