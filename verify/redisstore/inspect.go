package redisstore

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"testamur/verify"
)

// oldest is the oldest Redis that is taken: older ones get no repairs any more.
const oldest = "6.2"

// Inspect looks at a Redis and at the store in it, and writes nothing. warnings say what may lose data, or could not be
// found out; the error is one that Open would have.
func Inspect(ctx context.Context, o Options) (warnings []string, err error) {
	s, err := connect(o)
	if err != nil {
		return nil, err
	}
	warnings, err = s.inspect(ctx)
	if err == nil {
		err = s.recognise(ctx)
	}
	if err != nil {
		err = fmt.Errorf("%s: %w", o.Address, err)
	}
	return warnings, errors.Join(err, s.Close())
}

// inspect looks at the settings of a Redis.
func (s *Store) inspect(ctx context.Context) (warnings []string, err error) {
	var info map[string]string
	fsync, forbidden := "", error(nil)
	err = s.call(ctx, func(ctx context.Context) error {
		node, err := s.primary(ctx)
		if err != nil {
			return err
		}
		text, err := node.Info(ctx).Result()
		if forbiddenBy(err) {
			forbidden = err
		} else if err != nil {
			return err
		}
		info = parseInfo(text)
		set, err := node.ConfigGet(ctx, "appendfsync").Result()
		if err != nil && !forbiddenBy(err) {
			return err
		}
		fsync = set["appendfsync"]
		return nil
	})
	if err != nil {
		return nil, err
	}
	if forbidden != nil {
		return []string{"Its settings could not be looked at: INFO is forbidden to this user. Make sure by hand that it is a primary that keeps an append-only file and evicts nothing (docs/operate.md)."}, nil
	}
	return s.judge(info, fsync)
}

// forbiddenBy reports whether an error says that this Redis does not let us, or has no such command.
func forbiddenBy(err error) bool {
	return redis.HasErrorPrefix(err, "NOPERM") || redis.HasErrorPrefix(err, "unknown command")
}

func parseInfo(text string) map[string]string {
	info := map[string]string{}
	lines := bufio.NewScanner(strings.NewReader(text))
	for lines.Scan() {
		if name, value, ok := strings.Cut(lines.Text(), ":"); ok {
			info[name] = strings.TrimSpace(value)
		}
	}
	return info
}

// judge says what is wrong with a Redis of such settings, and what to do. fsync is empty where it could not be found out.
func (s *Store) judge(info map[string]string, fsync string) (warnings []string, err error) {
	var unfit []error
	no := func(what string, args ...any) {
		unfit = append(unfit, fmt.Errorf("%w: "+what, append([]any{ErrUnfit}, args...)...))
	}
	warn := func(what string, args ...any) { warnings = append(warnings, fmt.Sprintf(what, args...)) }
	if v := info["redis_version"]; v == "" {
		warn("Its version could not be found out; %s or newer is needed.", oldest)
	} else if older(v, oldest) {
		no("its version is %s; %s or newer is needed", v, oldest)
	}
	if role := info["role"]; role == "slave" {
		no("it is a replica: name the primary, or the Sentinels with ?master_name=")
	}
	_, cluster := s.client.(*redis.ClusterClient)
	if info["cluster_enabled"] == "1" && !cluster {
		no("it is a node of a Cluster: name several of its nodes, with commas between")
	}
	switch policy := info["maxmemory_policy"]; {
	case strings.HasPrefix(policy, "allkeys-"):
		no("it throws away any record when its memory is full (maxmemory-policy %s), so that a valid credential would be unknown: set maxmemory-policy noeviction", policy)
	case policy == "":
		warn("Whether it evicts could not be found out; its maxmemory-policy must be noeviction.")
	case policy != "noeviction":
		warn("Its maxmemory-policy is %s: set noeviction, so that it says when its memory is full.", policy)
	}
	confirmed := s.replicas > 0
	switch {
	case info["aof_enabled"] == "":
		warn("Whether it keeps an append-only file could not be found out: set appendonly yes and appendfsync always, or changes that were acknowledged may be lost.")
	case confirmed: // two copies are two copies
	case info["aof_enabled"] == "0":
		warn("It keeps no append-only file: after a restart all that was acknowledged since its last snapshot is lost. Set appendonly yes and appendfsync always, or let replicas confirm (TESTAMUR_REDIS_WAIT).")
	case fsync == "":
		warn("How its append-only file is written could not be found out (CONFIG is forbidden): set appendfsync always, or let replicas confirm (TESTAMUR_REDIS_WAIT).")
	case fsync != "always":
		warn("Its append-only file is written with appendfsync %s: a loss of power takes the last second of what was acknowledged, or more. Set appendfsync always, or let replicas confirm (TESTAMUR_REDIS_WAIT).", fsync)
	}
	if replicas, err := strconv.Atoi(info["connected_slaves"]); err == nil && replicas < s.replicas {
		warn("It has %d replicas, and TESTAMUR_REDIS_WAIT wants %d to confirm each change: until they are there, no change is acknowledged.", replicas, s.replicas)
	} else if err == nil && replicas == 0 && s.guarded && s.replicas == 0 {
		warn("It has no replica. With Sentinel one must confirm that the primary still is the primary: until it is there, nothing can be checked.")
	}
	if cluster && !confirmed {
		warn("It is a Cluster without TESTAMUR_REDIS_WAIT: when a node fails, changes that were acknowledged may be lost. Set TESTAMUR_REDIS_WAIT to 1.")
	}
	if info["loading"] == "1" {
		return warnings, errors.Join(append(unfit, fmt.Errorf("%w: it is reading its data still", verify.ErrUnavailable))...)
	}
	return warnings, errors.Join(unfit...)
}

// older reports whether a version is before another.
func older(version, than string) bool {
	for v, t := range zip(strings.Split(version, "."), strings.Split(than, ".")) {
		a, errA := strconv.Atoi(v)
		b, errB := strconv.Atoi(t)
		if errA != nil || errB != nil || a != b {
			return errA == nil && errB == nil && a < b
		}
	}
	return false
}

func zip(a, b []string) func(yield func(string, string) bool) {
	return func(yield func(string, string) bool) {
		for i := range min(len(a), len(b)) {
			if !yield(a[i], b[i]) {
				return
			}
		}
	}
}
