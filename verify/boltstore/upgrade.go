package boltstore

import (
	"errors"

	"go.etcd.io/bbolt"

	"testamur/verify/ledger"
)

// upgrade makes a store of schema 1 one of schema 2, in the transaction that writes the new marker. It drops the answers
// kept under idempotency keys, which stood there under the words of callers; the ledger does the rest.
func (s *Store) upgrade(tx *bbolt.Tx) error {
	for _, name := range []string{ledger.Replies, ledger.RepliesAt} {
		if err := tx.DeleteBucket([]byte(name)); err != nil {
			return err
		}
	}
	if err := makeBuckets(tx); err != nil {
		return err
	}
	return errors.Join(ledger.Upgrade(transaction{tx}, s.sealer), owe(tx))
}
