package redisstore

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"testamur/verify"
	"testamur/verify/ledger"
)

// A change is made here, in Go, on what was read, and sent as one script. The script does nothing unless the head still
// stands there as it was when the first record was read. Every change puts a new head, with an id that no other has; so a
// head that is the same means that nothing at all has changed, not even there and back, and that what was read at several
// moments is of one. Where it is another, the change is made again on what is there now.
//
// A script that was sent twice, because the first answer was lost, finds its own id and does nothing.

// head says which change was the last, and how far the numbers have come.
type head struct {
	Write  string `json:"write"`  // id
	Places uint64 `json:"places"` // ledger.Tx.Last
	Audit  uint64 `json:"audit"`
}

func (s *Store) seal(h head) (string, error) {
	value, err := json.Marshal(h)
	return string(s.sealer.Seal("head", value)), err
}

// keyOf is where a record stands. Numbers are written as people do.
func keyOf(bucket, key string) string {
	if numbered(bucket) && len(key) == 8 {
		key = strconv.FormatUint(binary.BigEndian.Uint64([]byte(key)), 10)
	}
	return prefix + bucket + ":" + key
}

// Buckets are kept in three ways. All but the sorted ones without records are strings, a record each.
//
// numbered buckets have no other order than their numbers, which are counted through.
func numbered(bucket string) bool { return bucket == ledger.Places || bucket == ledger.Audit }

// sorted buckets have their keys in a set of their own as well, in the order of their bytes.
func sorted(bucket string) bool {
	return bucket == ledger.Keys || bucket == ledger.RepliesAt || bucket == ledger.RepliesOf
}

// bare buckets are sorted ones that have keys alone.
func bare(bucket string) bool { return bucket == ledger.RepliesAt || bucket == ledger.RepliesOf }

// reading is a ledger.Tx that reads. Every answer of Redis comes together with the marker, so that nothing is taken from a
// Redis that is no longer ours: what is missing in one that was emptied is not an answer.
type reading struct {
	s       *Store
	ctx     context.Context
	fetched map[ledger.Name][]byte // nil: looked for, and not there
	head    *head                  // nil: not read yet
	sealed  string                 // the head as it stands in Redis
	kept    int64                  // of progress, when Redis was asked last
	asked   int                    // how often Redis was
}

// view runs a reading transaction.
func (s *Store) view(ctx context.Context, do func(ledger.Tx) error) error {
	return s.call(ctx, func(ctx context.Context) error {
		if err := s.pulse.fit(s.guarded); err != nil {
			return err
		}
		return do(&reading{s: s, ctx: ctx})
	})
}

// most keys in one question.
const mostKeys = 1000

// mget reads keys, and the marker with them.
func (r *reading) mget(keys ...string) ([]any, error) {
	r.asked++
	r.kept = r.s.progress.kept.Load()
	values, err := r.s.client.MGet(r.ctx, append([]string{r.s.claim}, keys...)...).Result()
	if err != nil {
		return nil, err
	}
	if len(values) != len(keys)+1 || values[0] != r.s.marker {
		return nil, errLost
	}
	return values[1:], nil
}

// takeHead remembers a head that was read.
func (r *reading) takeHead(value any) error {
	sealed, _ := value.(string)
	raw, err := r.s.sealer.Open("head", []byte(sealed))
	if err != nil {
		return fmt.Errorf("head: %w", err)
	}
	r.sealed, r.head = sealed, &head{}
	if err := json.Unmarshal(raw, r.head); err != nil {
		return fmt.Errorf("head: %w: %w", verify.ErrTampered, err)
	}
	if int64(r.head.Audit) < r.kept { // the next beat says so too; until then nothing is built on it
		return errBack
	}
	return nil
}

// needHead reads the head where it is not known yet.
func (r *reading) needHead() error {
	if r.head != nil {
		return nil
	}
	values, err := r.mget(headKey)
	if err != nil {
		return err
	}
	return r.takeHead(values[0])
}

// fetch reads records, and with withHead the head before any of them.
func (r *reading) fetch(names []ledger.Name, withHead bool) error {
	if r.fetched == nil {
		r.fetched = make(map[ledger.Name][]byte, len(names))
	}
	for part := range slices.Chunk(names, mostKeys) {
		keys := make([]string, 0, len(part)+1)
		for _, name := range part {
			keys = append(keys, keyOf(name.Bucket, name.Key))
		}
		if withHead = withHead && r.head == nil; withHead {
			keys = append(keys, headKey)
		}
		values, err := r.mget(keys...)
		if err != nil {
			return err
		}
		if withHead {
			if err := r.takeHead(values[len(part)]); err != nil {
				return err
			}
		}
		for i, name := range part {
			if v, there := values[i].(string); there {
				r.fetched[name] = []byte(v)
			} else {
				r.fetched[name] = nil
			}
		}
	}
	return nil
}

// Expect fetches records that will be asked for.
func (r *reading) Expect(names ...ledger.Name) error { return r.fetch(names, false) }

func (r *reading) Get(bucket, key string) ([]byte, error) {
	name := ledger.Name{Bucket: bucket, Key: key}
	record, known := r.fetched[name]
	if known {
		return record, nil
	}
	if err := r.fetch([]ledger.Name{name}, false); err != nil {
		return nil, err
	}
	return r.fetched[name], nil
}

var errReading = errors.New("a change in a transaction that reads")

func (r *reading) Put(string, string, []byte) error { return errReading }

func (r *reading) Delete(string, string) error { return errReading }

func (r *reading) SetLast(string, uint64) error { return errReading }

func (r *reading) Last(bucket string) (uint64, error) {
	if err := r.needHead(); err != nil {
		return 0, err
	}
	if bucket == ledger.Audit {
		return r.head.Audit, nil
	}
	return r.head.Places, nil
}

func (r *reading) Scan(bucket, from string, most int) ([]ledger.Item, error) {
	if numbered(bucket) {
		return r.count(bucket, from, most)
	}
	r.asked++
	var marker *redis.StringCmd
	var members *redis.StringSliceCmd
	_, err := r.s.client.TxPipelined(r.ctx, func(p redis.Pipeliner) error {
		marker = p.Get(r.ctx, r.s.claim)
		members = p.ZRangeByLex(r.ctx, prefix+bucket, &redis.ZRangeBy{Min: "[" + from, Max: "+", Count: int64(most)})
		return nil
	})
	if err != nil && !errors.Is(err, redis.Nil) {
		return nil, err
	}
	if marker.Val() != r.s.marker {
		return nil, errLost
	}
	items := make([]ledger.Item, 0, len(members.Val()))
	names := make([]ledger.Name, 0, len(members.Val()))
	for _, key := range members.Val() {
		items, names = append(items, ledger.Item{Key: key}), append(names, ledger.Name{Bucket: bucket, Key: key})
	}
	if bare(bucket) || len(items) == 0 {
		return items, nil
	}
	if err := r.fetch(names, false); err != nil {
		return nil, err
	}
	for i, name := range names {
		items[i].Record = r.fetched[name]
	}
	return items, nil
}

// count reads the records of a numbered bucket. Some numbers may have none.
func (r *reading) count(bucket, from string, most int) (items []ledger.Item, err error) {
	number := uint64(1)
	if len(from) >= 8 {
		number = binary.BigEndian.Uint64([]byte(from))
		if len(from) > 8 { // after it
			if number++; number == 0 {
				return nil, nil
			}
		}
	}
	last, err := r.Last(bucket)
	for err == nil && len(items) < most && number <= last {
		var names []ledger.Name
		for ; len(names) < most-len(items) && number <= last; number++ {
			names = append(names, ledger.Name{Bucket: bucket, Key: ledger.Sequence(number)})
		}
		if err = r.fetch(names, false); err != nil {
			return nil, err
		}
		for _, name := range names {
			if record := r.fetched[name]; record != nil {
				items = append(items, ledger.Item{Key: name.Key, Record: record})
			}
		}
	}
	return items, err
}

// writing is a ledger.Tx that remembers what it is to change.
type writing struct {
	reading
	changed map[ledger.Name]change
	order   []ledger.Name // of changed
	next    head
	renames bool // its credentials are those of a holder that changes
}

// change is what a record becomes.
type change struct {
	record  []byte
	deleted bool
}

// Expect reads the head before any record.
func (w *writing) Expect(names ...ledger.Name) error {
	if len(names) == 0 {
		return nil
	}
	if err := w.fetch(names, true); err != nil {
		return err
	}
	w.begin()
	return nil
}

// begin notes the head, once it is known.
func (w *writing) begin() {
	if w.changed == nil {
		w.changed, w.next = map[ledger.Name]change{}, *w.head
	}
}

// need reads the head, where nothing has been expected.
func (w *writing) need() error {
	if w.changed != nil {
		return nil
	}
	err := w.needHead()
	if err == nil {
		w.begin()
	}
	return err
}

func (w *writing) Get(bucket, key string) ([]byte, error) {
	if err := w.need(); err != nil {
		return nil, err
	}
	if c, ok := w.changed[ledger.Name{Bucket: bucket, Key: key}]; ok {
		return c.record, nil
	}
	return w.reading.Get(bucket, key)
}

func (w *writing) set(bucket, key string, c change) error {
	if err := w.need(); err != nil {
		return err
	}
	name := ledger.Name{Bucket: bucket, Key: key}
	if _, again := w.changed[name]; !again {
		w.order = append(w.order, name)
	}
	w.changed[name] = c
	return nil
}

func (w *writing) Put(bucket, key string, record []byte) error {
	return w.set(bucket, key, change{record: record})
}

func (w *writing) Delete(bucket, key string) error {
	return w.set(bucket, key, change{deleted: true})
}

// Scan also finds what the transaction has put, and not what it has deleted.
func (w *writing) Scan(bucket, from string, most int) ([]ledger.Item, error) {
	if err := w.need(); err != nil {
		return nil, err
	}
	own := 0
	for name := range w.changed {
		if name.Bucket == bucket {
			own++
		}
	}
	items, err := w.reading.Scan(bucket, from, most+own)
	if err != nil || own == 0 {
		return items, err
	}
	items = slices.DeleteFunc(items, func(i ledger.Item) bool {
		_, changed := w.changed[ledger.Name{Bucket: bucket, Key: i.Key}]
		return changed
	})
	for name, c := range w.changed {
		if name.Bucket == bucket && !c.deleted && name.Key >= from {
			items = append(items, ledger.Item{Key: name.Key, Record: c.record})
		}
	}
	slices.SortFunc(items, func(a, b ledger.Item) int { return strings.Compare(a.Key, b.Key) })
	return items[:min(len(items), most)], nil
}

func (w *writing) Last(bucket string) (uint64, error) {
	if err := w.need(); err != nil {
		return 0, err
	}
	if bucket == ledger.Audit {
		return w.next.Audit, nil
	}
	return w.next.Places, nil
}

func (w *writing) SetLast(bucket string, number uint64) error {
	if err := w.need(); err != nil {
		return err
	}
	if bucket == ledger.Audit {
		w.next.Audit = number
	} else {
		w.next.Places = number
	}
	return nil
}

// writeScript makes a change. Keys: marker, head, id of the write, and one for each step; arguments: marker, old head, new
// head, channel, message, and for each step what to do and with what. Where memory is full, the first SET is refused, and
// nothing is changed.
const writeScript = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 'lost' end
if redis.call('EXISTS', KEYS[3]) == 1 then return 'done' end
if redis.call('GET', KEYS[2]) ~= ARGV[2] then return 'changed' end
redis.call('SET', KEYS[3], '', 'EX', 60)
redis.call('SET', KEYS[2], ARGV[3])
for i = 4, #KEYS do
	local what, with = ARGV[2*i-2], ARGV[2*i-1]
	if what == 'set' then redis.call('SET', KEYS[i], with)
	elseif what == 'del' then redis.call('DEL', KEYS[i])
	elseif what == 'add' then redis.call('ZADD', KEYS[i], 0, with)
	elseif what == 'rem' then redis.call('ZREM', KEYS[i], with)
	end
end
if ARGV[5] ~= '' then redis.call('PUBLISH', ARGV[4], ARGV[5]) end
return 'done'`

// apply sends the change. It reports false where something else has changed first.
func (w *writing) apply() (bool, error) {
	if len(w.order) == 0 && (w.head == nil || w.next == *w.head) {
		return true, nil
	}
	w.next.Write = rand.Text()
	sealed, err := w.s.seal(w.next)
	if err != nil {
		return false, err
	}
	keys := []string{w.s.claim, headKey, writeKey + w.next.Write}
	var codes []string // each changed one, and with their marks those that are no more, and those of a changed holder
	var steps []any
	step := func(key, what, with string) { keys, steps = append(keys, key), append(steps, what, with) }
	for _, name := range w.order {
		c := w.changed[name]
		switch {
		case name.Bucket == ledger.Public:
			codes = append(codes, name.Key)
			if w.renames {
				codes = append(codes, renamedMark+name.Key)
			}
		case name.Bucket == ledger.Credentials && c.deleted:
			codes = append(codes, goneMark+name.Key)
		}
		switch {
		case sorted(name.Bucket) && c.deleted:
			step(prefix+name.Bucket, "rem", name.Key)
		case sorted(name.Bucket):
			step(prefix+name.Bucket, "add", name.Key)
		}
		switch {
		case bare(name.Bucket):
		case c.deleted:
			step(keyOf(name.Bucket, name.Key), "del", "")
		default:
			step(keyOf(name.Bucket, name.Key), "set", string(c.record))
		}
		if name.Bucket == ledger.Holders && c.deleted { // which is an erasure
			step(rewriteKey, "set", w.next.Write)
		}
	}
	if w.next.Audit != w.head.Audit {
		codes = append(codes, numberMark+strconv.FormatUint(w.next.Audit, 10))
	}
	message := ""
	if len(codes) > 0 {
		message = changedMessage + strings.Join(codes, " ")
	}
	said, acks, err := w.s.run(w.ctx, w.s.replicas, writeScript, keys, append([]any{w.s.marker, w.sealed, sealed, w.s.channel(), message}, steps...)...)
	switch {
	case err != nil:
		return false, err
	case said == "lost":
		return false, errLost
	case said == "changed":
		return false, nil
	case acks < w.s.replicas:
		return false, fmt.Errorf("%w: %d of %d", verify.ErrNotConfirmed, acks, w.s.replicas)
	}
	w.s.progress.reached(int64(w.next.Audit), w.s.keeps(acks))
	return true, nil
}

// run sends a script and, on the same connection, the question how many replicas have what it wrote: asked on another, the
// answer would be about something else.
func (s *Store) run(ctx context.Context, replicas int, script string, keys []string, args ...any) (said string, acks int, err error) {
	if replicas == 0 {
		said, err = s.client.Eval(ctx, script, keys, args...).Text()
		return said, 0, err
	}
	node, err := s.primary(ctx)
	if err != nil {
		return "", 0, err
	}
	var answer *redis.Cmd
	var wait *redis.Cmd
	_, err = node.Pipelined(ctx, func(p redis.Pipeliner) error {
		answer = p.Eval(ctx, script, keys, args...)
		wait = p.Do(ctx, "WAIT", replicas, (s.timing.once * 2 / 3).Milliseconds()) // its answer comes before the connection is given up
		return nil
	})
	if cluster, ok := s.client.(*redis.ClusterClient); ok && err != nil {
		cluster.ReloadState(ctx) // it may have another primary by now
	}
	if err != nil {
		return "", 0, err
	}
	said, err = answer.Text()
	if err == nil {
		acks, err = wait.Int()
	}
	return said, acks, err
}

// tries bounds how often a change is made anew because another server was faster.
const tries = 64

// update makes a change, alone among those of this program. do may be called again, and must change nothing but the
// transaction.
func (s *Store) update(ctx context.Context, do func(*writing) error) error {
	stumbles := s.stumbles.Load()
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if s.stumbles.Load() != stumbles { // Redis has not answered the one before; waiting as long again helps nobody
		return fmt.Errorf("%w: nor could it for the change before", verify.ErrUnavailable)
	}
	err := s.call(ctx, func(ctx context.Context) error {
		if err := s.pulse.fit(s.guarded && s.replicas == 0); err != nil { // else replicas say so after the change
			return err
		}
		for range tries {
			w := &writing{reading: reading{s: s, ctx: ctx}}
			err := do(w)
			if err != nil {
				if changed, again := w.moved(); again != nil || !changed {
					return errors.Join(err, again)
				}
				continue
			}
			if done, err := w.apply(); err != nil || done {
				return err
			}
		}
		return fmt.Errorf("%w: others change it all the time", verify.ErrUnavailable)
	})
	if errors.Is(err, verify.ErrUnavailable) {
		s.stumbles.Add(1)
	}
	return err
}

// moved reports whether something has changed since the transaction began. Then it may have read of several moments, and
// what it found wrong need not be.
func (w *writing) moved() (bool, error) {
	if w.head == nil || w.asked <= 1 {
		return false, nil
	}
	now := reading{s: w.s, ctx: w.ctx}
	err := now.needHead()
	return now.sealed != w.sealed, err
}

// Commit writes all of w by one script.
func (s *Store) Commit(ctx context.Context, w verify.Write) error {
	if w.Empty() {
		return s.confirm(ctx)
	}
	defer func() { s.recent.forget(ledger.Changed(w)...) }()
	err := s.update(ctx, func(tx *writing) error {
		tx.renames = w.Holder != nil && w.Holder.Version > 1
		return ledger.Commit(tx, s.sealer, w)
	})
	if err == nil && w.Erase != nil && s.call(ctx, s.beat) == nil {
		s.writeAnew(ctx)
	}
	return err
}

// confirm makes sure that replicas have what is there, where they must: they have it in the order in which it was written.
func (s *Store) confirm(ctx context.Context) error {
	return s.call(ctx, func(ctx context.Context) error {
		if s.replicas == 0 {
			return s.pulse.fit(false)
		}
		return s.beat(ctx)
	})
}

// Reply returns the answer kept under an idempotency key. Where replicas must confirm writes, they confirm it: it may have
// been written by a change that they had not confirmed.
func (s *Store) Reply(ctx context.Context, key string, now time.Time) (verify.Reply, error) {
	r, err := s.Reader.Reply(ctx, key, now)
	if err == nil && s.replicas > 0 {
		err = s.confirm(ctx)
	}
	if err != nil {
		return verify.Reply{}, err
	}
	return r, nil
}
