package server

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"testamur/verify"
)

// Every call with every key: what it needs, and what comes where the key falls short. What is allowed is done.
func TestScopes(t *testing.T) {
	read, issue, admin := verify.ScopeRead, verify.ScopeIssue, verify.ScopeAdmin
	table := []struct {
		call  string
		needs verify.Scope
		done  int // status
	}{
		{"GET /credentials", read, 200},
		{"POST /credentials", issue, 201},
		{"GET /credentials/{code}", read, 200},
		{"POST /credentials/{code}/renew", issue, 200},
		{"POST /credentials/{code}/revoke", issue, 200},
		{"POST /credentials/{code}/suspend", issue, 200},
		{"POST /credentials/{code}/restore", issue, 200},
		{"POST /credentials/{code}/recode", issue, 200},
		{"PUT /credentials/{code}/consent", issue, 200},
		{"PUT /credentials/{code}/tier", issue, 200},
		{"GET /holders/{id}", read, 200},
		{"PATCH /holders/{id}", issue, 200},
		{"DELETE /holders/{id}", admin, 204},
		{"GET /certifications", read, 200},
		{"GET /keys", admin, 200},
		{"POST /keys", admin, 201},
		{"DELETE /keys/{id}", admin, 204},
		{"GET /audit", admin, 200},
		{"GET /events", read, 200},
		{"GET /backup", admin, 200},
	}
	keys := []struct {
		name  string
		scope verify.Scope // empty: it opens nothing
	}{{"none", ""}, {"wrong", ""}, {"ended", ""}, {"read", read}, {"issue", issue}, {"admin", admin}, {"master", admin}}

	all := calls(t, documented(t))
	if len(all) != len(table) {
		t.Errorf("%d calls, %d in the table", len(all), len(table))
	}
	shut := newDocumentWorld(t) // where nothing is done
	wrong := "tk_aaaaaaaaaaaaaaaa_" + strings.Repeat("A", 43)
	for _, row := range table {
		at := slices.IndexFunc(all, func(c call) bool { return c.name() == row.call })
		if at < 0 {
			t.Errorf("%s is no call", row.call)
			continue
		}
		c := all[at]
		if c.scope() != row.needs {
			t.Errorf("%s: the document says %s, the table %s", row.call, c.scope(), row.needs)
		}
		for _, key := range keys {
			want, problem := row.done, ""
			switch {
			case key.scope == "":
				want, problem = 401, "no-key"
			case !key.scope.Includes(row.needs):
				want, problem = 403, "scope"
			}
			t.Run(row.call+" "+key.name, func(t *testing.T) {
				t.Parallel()
				w := shut
				if problem == "" {
					w = newDocumentWorld(t)
				}
				r := w.asking(t, c)
				r.headers[0] = "Authorization: Bearer " + map[bool]string{true: wrong, false: w.names["key-"+key.name]}[key.name == "wrong"]
				if key.name == "none" {
					r.headers = r.headers[1:]
				}
				answer := w.send(t, r.method, r.target, r.headers, r.body)
				var got struct{ Type string }
				_ = json.Unmarshal(answer.body, &got) // of the answers that say no
				if answer.status != want || problem != "" && got.Type != testURL+"/problems/"+problem {
					t.Errorf("%d, not %d: %.200s", answer.status, want, answer.body)
				}
				if ask := answer.get("WWW-Authenticate"); (want == 401) != (ask == "Bearer") {
					t.Errorf("WWW-Authenticate %q with %d", ask, want)
				}
			})
		}
	}
}
