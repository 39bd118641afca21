package boltstore

import (
	"testing"

	"testamur/verify"
)

// What was read while a commit was under way is not kept, and what a commit changed is forgotten.
func TestRecentIsNeverBehind(t *testing.T) {
	const code verify.Code = "7K3M-9QXT-4P24"
	var r recent
	_, kept, before := r.get(code)
	if kept {
		t.Fatal("a record from nowhere")
	}
	r.forget() // a commit, between the read and put
	r.put(verify.Record{Code: code, Name: "old"}, before)
	if _, kept, _ = r.get(code); kept {
		t.Error("what was read before a commit is kept after it")
	}
	_, _, now := r.get(code)
	r.put(verify.Record{Code: code, Name: "new"}, now)
	if got, kept, _ := r.get(code); !kept || got.Name != "new" {
		t.Errorf("%v, %v", got, kept)
	}
	r.forget(code)
	if _, kept, _ = r.get(code); kept {
		t.Error("what a commit changed is kept")
	}
	_, _, now = r.get(code)
	r.close()
	r.put(verify.Record{Code: code}, now)
	if _, kept, _ = r.get(code); kept {
		t.Error("a closed store answers")
	}
}
