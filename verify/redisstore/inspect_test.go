package redisstore

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2"

	"testamur/verify"
	"testamur/verify/redistest"
	"testamur/verify/storetest"
)

// What is wrong with a Redis is said with what to do; what cannot be found out is said too.
func TestJudge(t *testing.T) {
	good := map[string]string{"redis_version": "7.0.15", "role": "master", "cluster_enabled": "0", "maxmemory_policy": "noeviction", "aof_enabled": "1", "connected_slaves": "0"}
	for _, c := range []struct {
		what     string
		change   map[string]string
		fsync    string
		replicas int
		guarded  bool
		unfit    string
		warnings []string
	}{
		{what: "as it should be", fsync: "always"},
		{what: "every second", fsync: "everysec", warnings: []string{"Set appendfsync always"}},
		{what: "every second, and replicas confirm", change: map[string]string{"connected_slaves": "2"}, fsync: "everysec", replicas: 1, guarded: true},
		{what: "no file", change: map[string]string{"aof_enabled": "0"}, fsync: "always", warnings: []string{"Set appendonly yes and appendfsync always"}},
		{what: "no CONFIG", warnings: []string{"(CONFIG is forbidden)"}},
		{what: "too few replicas", change: map[string]string{"connected_slaves": "1"}, replicas: 2, guarded: true, warnings: []string{"It has 1 replicas, and TESTAMUR_REDIS_WAIT wants 2"}},
		{what: "Sentinel alone", fsync: "always", guarded: true, warnings: []string{"With Sentinel one must confirm"}},
		{what: "a replica", change: map[string]string{"role": "slave"}, fsync: "always", unfit: "name the primary"},
		{what: "old", change: map[string]string{"redis_version": "6.0.16"}, fsync: "always", unfit: "6.2 or newer is needed"},
		{what: "old enough", change: map[string]string{"redis_version": "6.2.0"}, fsync: "always"},
		{what: "new", change: map[string]string{"redis_version": "10.0.0-rc1"}, fsync: "always"},
		{what: "evicts", change: map[string]string{"maxmemory_policy": "allkeys-lru"}, fsync: "always", unfit: "set maxmemory-policy noeviction"},
		{what: "evicts some", change: map[string]string{"maxmemory_policy": "volatile-ttl"}, fsync: "always", warnings: []string{"set noeviction"}},
		{what: "a node of a Cluster", change: map[string]string{"cluster_enabled": "1"}, fsync: "always", unfit: "name several of its nodes"},
		{what: "says nothing", change: map[string]string{"redis_version": "", "maxmemory_policy": "", "aof_enabled": ""}, warnings: []string{"version", "evicts", "append-only file"}},
		{what: "all at once", change: map[string]string{"role": "slave", "maxmemory_policy": "allkeys-random", "redis_version": "5.0.1"}, unfit: "5.0.1", warnings: []string{"CONFIG"}},
	} {
		info := map[string]string{}
		for name, value := range good {
			info[name] = value
		}
		for name, value := range c.change {
			info[name] = value
		}
		s := &Store{replicas: c.replicas, guarded: c.guarded}
		warnings, err := s.judge(info, c.fsync)
		if (err != nil) != (c.unfit != "") || err != nil && (!errors.Is(err, ErrUnfit) || !strings.Contains(err.Error(), c.unfit)) {
			t.Errorf("%s: %v, want %q", c.what, err, c.unfit)
		}
		if !slices.EqualFunc(warnings, c.warnings, strings.Contains) {
			t.Errorf("%s: %q, want %q", c.what, warnings, c.warnings)
		}
	}
}

// The same of real servers; nothing is written.
func TestInspect(t *testing.T) {
	sound := redistest.Start(t, redistest.Durable()...)
	for _, c := range []struct {
		what     string
		url      string
		setup    []string
		err      error
		says     string
		warnings []string
	}{
		{"sound", "redis://" + sound.Addr(), nil, ErrEmpty, "empty", nil},
		{"as it comes", "redis://" + redistest.Start(t).Addr(), nil, ErrEmpty, "empty", []string{"It keeps no append-only file"}},
		{"every second", "redis://" + redistest.Start(t, "--appendonly", "yes").Addr(), nil, ErrEmpty, "empty", []string{"appendfsync everysec"}},
		{"evicting", "redis://" + redistest.Start(t, append(redistest.Durable(), "--maxmemory-policy", "allkeys-lfu")...).Addr(), nil, ErrUnfit, "allkeys-lfu", nil},
		{"a replica", "redis://" + redistest.Start(t, append(redistest.Durable(), "--replicaof", "127.0.0.1 "+strconv.Itoa(sound.Port))...).Addr(), nil, ErrUnfit, "it is a replica", nil},
		{"a node of a Cluster", "redis://" + redistest.Start(t, append(redistest.Durable(), "--cluster-enabled", "yes")...).Addr(), nil, ErrUnfit, "node of a Cluster", nil},
		{"without CONFIG", "redis://plain:word@" + sound.Addr(), []string{"ACL", "SETUSER", "plain", "on", ">word", "~{testamur}:*", "&{testamur}:*", "+@all", "-config"}, ErrEmpty, "empty", []string{"CONFIG is forbidden"}},
		{"without INFO", "redis://plainer:word@" + sound.Addr(), []string{"ACL", "SETUSER", "plainer", "on", ">word", "~{testamur}:*", "&{testamur}:*", "+@all", "-config", "-info"}, ErrEmpty, "empty", []string{"INFO is forbidden"}},
		{"with a wrong password", "redis://plain:other@" + sound.Addr(), nil, verify.ErrUnavailable, "WRONGPASS", nil},
		{"away", "redis://127.0.0.1:1", nil, verify.ErrUnavailable, "refused", nil},
	} {
		if c.setup != nil {
			if _, err := sound.Ask(c.setup...); err != nil {
				t.Fatal(err)
			}
		}
		warnings, err := Inspect(ctx, options(t, c.url))
		if !errors.Is(err, c.err) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %v", c.what, err, c.err)
		}
		if !slices.EqualFunc(warnings, c.warnings, strings.Contains) {
			t.Errorf("%s: %q, want %q", c.what, warnings, c.warnings)
		}
	}
	if keys, err := sound.Ask("DBSIZE"); err != nil || keys != "0" {
		t.Errorf("%s keys, %v", keys, err)
	}
}

// A user who may do what docs/operate.md lists can do everything; one without the feed's channel is told so.
func TestUsers(t *testing.T) {
	r := redistest.Start(t, redistest.Durable()...)
	for _, user := range [][]string{
		append([]string{"ACL", "SETUSER", "enough", "on", ">word", "~{testamur}:*", "&{testamur}:*"}, strings.Fields(neededCommands)...),
		append([]string{"ACL", "SETUSER", "deaf", "on", ">word", "~{testamur}:*"}, strings.Fields(neededCommands)...),
	} {
		if _, err := r.Ask(user...); err != nil {
			t.Fatal(err)
		}
	}
	o := options(t, "redis://deaf:word@"+r.Addr())
	if s, err := Open(ctx, o); !errors.Is(err, ErrUnfit) || !strings.Contains(err.Error(), "&{testamur}:*") {
		t.Errorf("without the channel: %v %v", s, err)
	}
	if _, err := r.Ask("FLUSHALL"); err != nil {
		t.Fatal(err)
	}
	s := open(t, options(t, "redis://enough:word@"+r.Addr()))
	settled(t, s)
	commit(t, s, storetest.Grant(1, verify.Link))
	if _, err := s.Recent(ctx, storetest.Code(1)); err != nil {
		t.Error(err)
	}
	if _, err := s.Keys(ctx); err != nil {
		t.Error(err)
	}
	if err := s.Audit(ctx, 0, func(verify.Entry) bool { return true }); err != nil {
		t.Error(err)
	}
	if err := s.Replies(ctx, storetest.Grant(1, "").Audit[0].At, func(verify.Reply) bool { return true }); err != nil {
		t.Error(err)
	}
	if before, err := s.Note(ctx, "url", "https://academy.example.org"); err != nil || before != "" {
		t.Errorf("Note: %q, %v", before, err)
	}
	if before, err := s.Note(ctx, "url", "https://other.example.org"); err != nil || before != "https://academy.example.org" {
		t.Errorf("Note: %q, %v", before, err)
	}
}

// neededCommands are those of docs/operate.md.
const neededCommands = "+hello +auth +select +ping +info +config|get +dbsize +get +mget +set +del +exists +rename +scan +zadd +zrem +zrangebylex +eval +publish +subscribe +wait +multi +exec +bgrewriteaof"

// Whose it is is found out at the start.
func TestOpen(t *testing.T) {
	r := miniredis.RunT(t)
	o := options(t, "redis://"+r.Addr())
	o.Init = false
	wants := func(what string, is error, says string) {
		t.Helper()
		if s, err := Open(ctx, o); !errors.Is(err, is) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, %v, want %v", what, s, err, is)
		}
	}
	wants("empty", ErrEmpty, "serve --init")
	if len(r.Keys()) != 0 {
		t.Error("it is not empty any more")
	}
	if err := r.Set("session:1", "x"); err != nil {
		t.Fatal(err)
	}
	wants("another's", ErrForeign, "1 keys")
	o.Init = true
	wants("another's, to be made", ErrForeign, "1 keys")
	if late, err := connect(o); err != nil {
		t.Fatal(err)
	} else if err := errors.Join(late.init(ctx), late.Close()); !errors.Is(err, ErrForeign) { // it was empty when it was looked at
		t.Errorf("claimed meanwhile: %v", err)
	}
	r.FlushAll()
	s := open(t, o)
	if !s.Created() {
		t.Error("it does not say that it made the store")
	}
	wants("ours, to be made", ErrOurs, "without --init")
	o.Init = false
	open(t, o)
	o.Sealer = verify.NewSealer([]byte("another secret of 32 bytes or more"))
	wants("with another secret", ErrForeign, "another TESTAMUR_SECRET")
	o.Sealer = verify.NewSealer(secret)
	marker, err := r.Get(markerKey)
	if err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string][2]string{
		"of another program": {strings.Replace(marker, `"testamur"`, `"other"`, 1), "no marker"},
		"of a later program": {strings.Replace(marker, `"schema":2`, `"schema":9`, 1), "its schema is 9"},
		"damaged":            {marker[:20], "damaged"},
	} {
		if err := r.Set(markerKey, c[0]); err != nil {
			t.Fatal(err)
		}
		wants(what, ErrForeign, c[1])
	}
	if err := r.Set(markerKey, marker); err != nil {
		t.Fatal(err)
	}
	// the head of a store is sealed as all is
	commit(t, s, storetest.Grant(1, verify.Link))
	sealed, err := r.Get(headKey)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Set(headKey, sealed[:len(sealed)-2]+"9}"); err != nil {
		t.Fatal(err)
	}
	if err := s.Commit(ctx, storetest.Grant(2, verify.Link)); !errors.Is(err, verify.ErrTampered) {
		t.Errorf("Commit after the head was edited: %v", err)
	}
	if _, err := s.Record(ctx, storetest.Code(1)); err != nil {
		t.Errorf("Record: %v", err)
	}
}
