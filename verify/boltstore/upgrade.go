package boltstore

import (
	"go.etcd.io/bbolt"

	"testamur/verify"
)

// upgrade makes a store of schema 1 one of schema 2, in the transaction that writes the new marker. It gives every
// credential a place, in the order in which the audit says that they were granted; takes from the audit the words that
// may name people; and drops the answers kept under idempotency keys, which stood there under the words of callers.
func (s *Store) upgrade(tx *bbolt.Tx) error {
	for _, name := range []string{replies, repliesAt} {
		if err := tx.DeleteBucket([]byte(name)); err != nil {
			return err
		}
	}
	if err := makeBuckets(tx); err != nil {
		return err
	}
	var granted []verify.Code
	var words []verify.Entry
	all := tx.Bucket([]byte(audit)).Cursor()
	for k, _ := all.First(); k != nil; k, _ = all.Next() {
		var e verify.Entry
		if err := s.get(tx, audit, string(k), &e); err != nil {
			return err
		}
		if e.Action == "grant" {
			granted = append(granted, e.Code)
		}
		if e.Detail["override"] != "" {
			e.Detail["override"] = "on record"
			words = append(words, e)
		}
	}
	for _, e := range words {
		if err := s.put(tx, audit, string(sequence(e.Seq)), e); err != nil {
			return err
		}
	}
	for _, code := range granted {
		var c verify.Credential
		if err := s.get(tx, credentials, string(code), &c); err != nil {
			return err
		}
		place, err := tx.Bucket([]byte(places)).NextSequence()
		if err != nil {
			return err
		}
		if err := s.putPlaced(tx, credential{c, place}); err != nil {
			return err
		}
	}
	return owe(tx)
}
