package ledger

import "testamur/verify"

// Upgrade makes records of schema 1 ones of schema 2, where the kept answers are taken out already. It gives every
// credential a place, in the order in which the audit says that they were granted, and takes from the audit the words that
// may name people.
func Upgrade(tx Tx, sealer *verify.Sealer) error {
	b := book{tx, sealer}
	var granted []verify.Code
	const many = 512
	from := ""
	for {
		items, err := b.Scan(Audit, from, many)
		if err != nil {
			return err
		}
		var words []verify.Entry
		for _, item := range items {
			var e verify.Entry
			if err := b.open(Audit, item.Key, item.Record, &e); err != nil {
				return err
			}
			if e.Action == "grant" {
				granted = append(granted, e.Code)
			}
			if e.Detail["override"] != "" {
				e.Detail["override"] = "on record"
				words = append(words, e)
			}
			from = item.Key + "\x00"
		}
		for _, e := range words {
			if err := b.put(Audit, Sequence(e.Seq), e); err != nil {
				return err
			}
		}
		if len(items) < many {
			break
		}
	}
	for _, code := range granted {
		var c credential
		if err := b.get(Credentials, string(code), &c); err != nil {
			return err
		}
		var err error
		if c.Place, err = b.next(Places); err != nil {
			return err
		}
		if err := b.put(Places, Sequence(c.Place), c.Code); err != nil {
			return err
		}
		if err := b.putFull(c); err != nil {
			return err
		}
	}
	return nil
}
