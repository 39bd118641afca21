package server

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"testamur/verify"
)

// fill puts n credentials of n/100 holders into the store, without the rules: their number is what counts.
func (w *world) fill(t testing.TB, n int) {
	t.Helper()
	chance := &counting{}
	for i := range n / 100 {
		h := verify.Holder{ID: fmt.Sprintf("holder%010d", i), Name: fmt.Sprintf("Holder %d", i), Kind: verify.Person, Version: 1}
		change := verify.Write{Holder: &h}
		for j := range 100 {
			code, err := verify.NewCode(chance)
			if err != nil {
				t.Fatal(err)
			}
			change.Credentials = append(change.Credentials, verify.Credential{ID: fmt.Sprintf("filled%010d", i*100+j), Code: code, Version: 1, Certification: "inbound", Edition: "2014", Holder: h,
				GrantedAt: verify.Day{Year: 2014, Month: 6, Day: 14}, ExpiresAt: w.now().AddDate(1, 0, 0), Consent: verify.Private,
				Periods: []verify.Period{{From: verify.Day{Year: 2014, Month: 6, Day: 14}, ExpiresAt: w.now().AddDate(1, 0, 0), Edition: "2014"}}})
		}
		if err := w.store.Commit(context.Background(), change); err != nil {
			t.Fatal(err)
		}
	}
}

// counting is a source of bytes that never repeat.
type counting struct{ n uint64 }

func (c *counting) Read(p []byte) (int, error) {
	for i := range p {
		c.n = c.n*6364136223846793005 + 1442695040888963407
		p[i] = byte(c.n >> 56)
	}
	return len(p), nil
}

// Ten thousand credentials by cursor, while others are granted, renamed, recoded and erased: each that was there and is
// still there comes once.
func TestListWhileOthersWrite(t *testing.T) {
	w := newEmptyWorld(t, nil)
	w.makeKeys(t)
	w.fill(t, 10_000)
	read, issue := []string{"Authorization: Bearer " + w.names["key-read"]}, []string{"Authorization: Bearer " + w.names["key-issue"], "Content-Type: application/json"}
	admin := []string{"Authorization: Bearer " + masterKey}
	var writes int
	do := func(method, path string, headers []string, body string) {
		if r := w.ask(t, method, path, headers, body); r.status >= 300 {
			t.Errorf("%s %s: %d %s", method, path, r.status, r.body)
		}
		writes++
	}
	var group sync.WaitGroup
	ended := make(chan struct{})
	group.Go(func() { // grants that come at any moment
		for i := 0; i < 500; i++ {
			select {
			case <-ended:
				return
			default:
				r := w.ask(t, "POST", "/api/v1/credentials", []string{"Authorization: Bearer " + w.names["key-admin"], "Content-Type: application/json"},
					fmt.Sprintf(`{"certification":"design","holder":{"name":"Newcomer"},"external_id":"new-%d"}`, i))
				if r.status != 201 {
					t.Errorf("%d %s", r.status, r.body)
				}
			}
		}
	})
	type item struct {
		ID, Code string
		Holder   struct{ ID, Name string }
	}
	seen, erased := map[string]int{}, map[string]bool{}
	path, pages := "/api/v1/credentials?limit=250", 0
	for path != "" {
		r := w.ask(t, "GET", path, read, "")
		var page struct {
			Items []item
			Next  *string
		}
		if err := json.Unmarshal(r.body, &page); err != nil || r.status != 200 || len(page.Items) > 250 {
			t.Fatalf("%d: %d items, %v, %.200s", r.status, len(page.Items), err, r.body)
		}
		for _, x := range page.Items {
			seen[x.ID]++
		}
		path = ""
		if link := r.get("Link"); link != "" {
			path = strings.TrimPrefix(strings.Split(strings.Trim(link, "<"), ">")[0], testURL)
		}
		if (path == "") != (page.Next == nil) {
			t.Fatalf("Link %q, next %v", r.get("Link"), page.Next)
		}
		if pages++; pages > 30 || len(page.Items) < 250 {
			continue
		}
		here, last := page.Items[0], page.Items[len(page.Items)-1]
		do("POST", "/api/v1/credentials/"+here.Code+"/recode", issue, "")           // one that was listed
		do("PATCH", "/api/v1/holders/"+last.Holder.ID, issue, `{"name":"Renamed"}`) // some that were and some that will be
		ahead := fmt.Sprintf("holder%010d", 99-pages)                               // all that will be
		r = w.ask(t, "GET", "/api/v1/credentials?limit=2&holder="+ahead, read, "")
		var next struct{ Items []item }
		if err := json.Unmarshal(r.body, &next); err != nil || len(next.Items) != 2 {
			t.Fatalf("%v %.200s", err, r.body)
		}
		do("POST", "/api/v1/credentials/"+next.Items[0].Code+"/recode", issue, "")
		do("PUT", "/api/v1/credentials/"+next.Items[1].Code+"/consent", issue, `{"consent":"link"}`)
		if pages%10 == 0 {
			do("DELETE", "/api/v1/holders/"+ahead, admin, "")
			erased[ahead] = true
		}
	}
	close(ended)
	group.Wait()
	for i := range 10_000 {
		id := fmt.Sprintf("filled%010d", i)
		if n := seen[id]; n != 1 && !erased[fmt.Sprintf("holder%010d", i/100)] || n > 1 {
			t.Errorf("%s was listed %d times", id, n)
		}
	}
	for id, n := range seen {
		if n > 1 {
			t.Errorf("%s was listed %d times", id, n)
		}
	}
	if pages < 40 || writes < 100 || len(erased) == 0 {
		t.Errorf("%d pages, %d writes, %d erased", pages, writes, len(erased))
	}
}

// A call that fails before its change or after it is repeated under its key: then it is done once.
func TestOnceAcrossFailures(t *testing.T) {
	for _, mood := range []string{"away", "full", "late", "strange", "lost"} {
		w := newWorld(t, nil)
		headers := []string{"Authorization: Bearer " + masterKey, "Content-Type: application/json", "Idempotency-Key: one"}
		grant := func() reply {
			return w.ask(t, "POST", "/api/v1/credentials", headers, `{"certification":"inbound","holder":{"external_id":"u-7","name":"Anna Berg"},"consent":"link"}`)
		}
		w.store.mood.Store(mood)
		if r := grant(); r.status != 503 && r.status != 507 {
			t.Errorf("%s: %d %s", mood, r.status, r.body)
		}
		w.store.mood.Store("works")
		first, second := grant(), grant()
		if first.status != 201 || second.status != 201 || !bytes.Equal(first.body, second.body) || second.get("Idempotent-Replayed") != "true" {
			t.Errorf("%s: %d %s, then %d %s", mood, first.status, first.body, second.status, second.body)
		}
		if replayed := first.get("Idempotent-Replayed") == "true"; replayed != (mood == "lost") {
			t.Errorf("%s: the first answer after it is a repeat: %v", mood, replayed)
		}
		holder := inJSON(first.body, []string{"holder", "id"})
		r := w.ask(t, "GET", "/api/v1/credentials", headers, "")
		if n := strings.Count(string(r.body), `"id":"`+holder+`"`); n != 1 {
			t.Errorf("%s: %d credentials", mood, n)
		}
	}
}

// outputs are what shows a credential to others.
func (w *world) outputs(t testing.TB, code string) map[string]reply {
	t.Helper()
	all := map[string]reply{}
	for _, path := range []string{"/verify/%s", "/v/%s", "/verify/%s.json", "/badges/%s.png", "/badges/%s.png?w=64", "/badges/%s.png?style=card", "/badges/%s.png?download=1",
		"/previews/%s.png", "/certificates/%s.pdf"} {
		path = fmt.Sprintf(path, code)
		for range 10 { // a machine that has too much to do may say: try again
			if all[path] = w.ask(t, "GET", path, nil, ""); all[path].status != 503 {
				break
			}
		}
	}
	return all
}

// When the call that renames has returned, every output of every credential bears the new name.
func TestRenameIsEverywhere(t *testing.T) {
	w := newWorld(t, nil)
	issue := []string{"Authorization: Bearer " + w.names["key-issue"], "Content-Type: application/json"}
	code, holder := w.names["valid"], w.names["valid-holder"]
	second := w.ask(t, "POST", "/api/v1/credentials", issue, `{"certification":"design","holder":{"id":"`+holder+`","name":"`+nameValid+`"},"consent":"public"}`)
	for _, code := range []string{code, inJSON(second.body, []string{"code"})} {
		old := nameValid
		r := w.ask(t, "GET", "/api/v1/holders/"+holder, issue, "")
		if got := inJSON(r.body, []string{"name"}); got != old {
			t.Fatalf("%s %s", got, r.body)
		}
		before := w.outputs(t, code)
		for _, name := range []string{"Ngozi Ådland", old} {
			if r := w.ask(t, "PATCH", "/api/v1/holders/"+holder, issue, `{"name":"`+name+`"}`); r.status != 200 {
				t.Fatalf("%d %s", r.status, r.body)
			}
			after := w.outputs(t, code)
			for path, now := range after {
				then := before[path]
				if now.status != 200 || bytes.Equal(now.body, then.body) != (name == old) {
					t.Errorf("%s as %s: %d, the same bytes: %v", path, name, now.status, bytes.Equal(now.body, then.body))
				}
				if tag := now.get("ETag"); tag != "" && (tag == then.get("ETag")) != (name == old) {
					t.Errorf("%s as %s: the tag is %s, was %s", path, name, tag, then.get("ETag"))
				}
				if tag := now.get("ETag"); tag == "" && !strings.Contains(string(now.body), name) {
					t.Errorf("%s lacks %s", path, name)
				}
				if name != old && bytes.Contains(now.body, []byte(old)) {
					t.Errorf("%s has the old name", path)
				}
			}
		}
	}
}

// A person who is erased is nowhere: in no answer of any route, no backup, no picture in memory, no line of the log.
func TestErasedIsNowhere(t *testing.T) {
	press := ownPress(t)
	w := newWorld(t, func(c *Config) { c.Press = press })
	secrets := []string{"Canary Person", "Canary", "canary@example.org", "u-canary", "c-canary", "letter of Canary", "canary reason", "canary-once"}
	admin := []string{"Authorization: Bearer " + w.names["key-admin"], "Content-Type: application/json", "Idempotency-Key: canary-once"}
	r := w.ask(t, "POST", "/api/v1/credentials", admin, `{"certification":"inbound","holder":{"external_id":"u-canary","name":"Canary Person","email":"canary@example.org"},
		"consent":"public","evidence":"letter of Canary","external_id":"c-canary","override":{"reason":"canary reason"}}`)
	code, holder := inJSON(r.body, []string{"code"}), inJSON(r.body, []string{"holder", "id"})
	admin = admin[:2]
	for _, call := range [][3]string{
		{"POST", "/api/v1/credentials/" + code + "/suspend", `{"reason":"canary reason"}`},
		{"POST", "/api/v1/credentials/" + code + "/restore", `{"reason":"canary reason"}`},
		{"PUT", "/api/v1/credentials/" + code + "/consent", `{"consent":"link","evidence":"letter of Canary"}`},
		{"POST", "/api/v1/credentials/" + code + "/renew", `{"reason":"canary reason"}`},
	} {
		if r := w.ask(t, call[0], call[1], admin, call[2]); r.status != 200 {
			t.Fatalf("%v: %d %s", call, r.status, r.body)
		}
	}
	empty := press.Stats().Bytes
	w.outputs(t, code)
	if kept := press.Stats().Bytes; kept <= empty {
		t.Fatalf("%d bytes of pictures before, %d after", empty, kept)
	}
	for _, try := range []struct {
		mood   string
		status int
	}{{"full", 507}, {"lost", 503}, {"works", 404}} {
		w.store.mood.Store(try.mood)
		if r := w.ask(t, "DELETE", "/api/v1/holders/"+holder, admin, ""); r.status != try.status {
			t.Fatalf("%s: %d %s", try.mood, r.status, r.body)
		}
		if kept := press.Stats().Bytes; kept != empty {
			t.Errorf("%s: %d bytes of pictures before, %d after", try.mood, empty, kept)
		}
	}
	lookFor := func(where string, in []byte) {
		for _, secret := range secrets {
			if bytes.Contains(in, []byte(secret)) {
				t.Errorf("%s has %q", where, secret)
			}
		}
	}
	w.server.misses = newLimiter(1 << 20)
	for path, r := range w.outputs(t, code) {
		lookFor(path, r.body)
		if unknown := w.ask(t, "GET", strings.ReplaceAll(path, code, w.names["unknown"]), nil, ""); unknown.head != r.head || !bytes.Equal(unknown.body, r.body) {
			t.Errorf("%s is not as unknown: %s", path, r.head)
		}
	}
	for _, path := range []string{"credentials", "credentials/" + code, "credentials?external_id=c-canary", "credentials?holder=" + holder, "holders/" + holder, "audit", "events", "keys", "backup"} {
		r := w.ask(t, "GET", "/api/v1/"+path, admin, "")
		lookFor(path, bytes.ReplaceAll(r.body, []byte("c-canary&"), nil))
	}
	lookFor("a repeat", w.ask(t, "POST", "/api/v1/credentials", append(admin, "Idempotency-Key: canary-once"), `{}`).body)
	lookFor("the log", []byte(w.log.String()))
}

// After an erasure or a renaming no picture of before is kept, also where the store did not say whether it is done.
func TestChangesDropPictures(t *testing.T) {
	for _, method := range []string{"PATCH", "DELETE"} {
		for mood, status := range map[string]int{"works": 200, "lost": 503, "last": 503, "full": 507} {
			press := ownPress(t)
			w := newWorld(t, func(c *Config) { c.Press = press })
			empty, body := press.Stats().Bytes, ""
			w.ask(t, "GET", "/badges/"+w.names["valid"]+".png?w=64", nil, "")
			if press.Stats().Bytes == empty {
				t.Fatal("no picture is kept")
			}
			if method == "PATCH" {
				body = `{"name":"Maya Lindqvist-Berg"}`
			} else if status == 200 {
				status = 204
			}
			w.store.mood.Store(mood)
			r := w.ask(t, method, "/api/v1/holders/"+w.names["valid-holder"], []string{"Authorization: Bearer " + masterKey, "Content-Type: application/json"}, body)
			if r.status != status {
				t.Errorf("%s, %s: %d %s", method, mood, r.status, r.body)
			}
			if kept := press.Stats().Bytes; kept != empty {
				t.Errorf("%s, %s: %d bytes of pictures before, %d after", method, mood, empty, kept)
			}
			w.stop()
		}
	}
}

// A backup comes in chunks and whole, or with an error that every client sees.
func TestBackupOverHTTP(t *testing.T) {
	w := newEmptyWorld(t, nil)
	w.makeKeys(t)
	w.fill(t, 3000)
	get := func() (*http.Response, []byte, error) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+w.address+"/api/v1/backup", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+masterKey)
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		return answer, body, err
	}
	var direct bytes.Buffer
	if err := w.registry.Backup(t.Context(), &direct); err != nil {
		t.Fatal(err)
	}
	answer, body, err := get()
	if err != nil || answer.StatusCode != 200 || answer.ContentLength != -1 || answer.Header.Get("Content-Type") != "application/octet-stream" || answer.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%v %v", err, answer)
	}
	if !bytes.Equal(body, direct.Bytes()) { // the clock stands still
		t.Errorf("%d bytes, not those %d of the registry", len(body), direct.Len())
	}
	w.store.mood.Store("torn")
	answer, body, err = get()
	if answer.StatusCode != 200 || len(body) == 0 || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("torn: %d with %d bytes, %v", answer.StatusCode, len(body), err)
	}
	all := w.raw(t, []byte("GET /api/v1/backup HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "+masterKey+"\r\n\r\n"))
	if bytes.HasSuffix(all, []byte("\r\n0\r\n\r\n")) || !bytes.Contains(all, []byte("Transfer-Encoding: chunked")) {
		t.Errorf("torn, it looks whole: %.300q … %q", all, all[len(all)-20:])
	}
	for _, mood := range []string{"away", "strange", "broken"} {
		w.store.mood.Store(mood)
		if answer, body, err := get(); err != nil || answer.StatusCode != 503 || answer.Header.Get("Content-Type") != problemType {
			t.Errorf("%s: %d %s %v", mood, answer.StatusCode, body, err)
		}
	}
	w.store.mood.Store("works")
	if r := w.ask(t, "HEAD", "/api/v1/backup", []string{"Authorization: Bearer " + masterKey}, ""); r.status != 200 || len(r.body) > 0 || r.get("Content-Type") != "application/octet-stream" {
		t.Errorf("%s %s", r.head, r.body)
	}
	old := w.raw(t, []byte("GET /api/v1/backup HTTP/1.0\r\nHost: x\r\nAuthorization: Bearer "+masterKey+"\r\n\r\n"))
	if !bytes.HasPrefix(old, []byte("HTTP/1.1 400 ")) {
		t.Errorf("to HTTP/1.0: %.200s", old)
	}
}

// A client that takes nothing of a backup does not hold up the end of the server.
func TestShutdownDuringABackup(t *testing.T) {
	w := newEmptyWorld(t, nil)
	w.fill(t, 3000)
	conn, err := w.dial()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET /api/v1/backup HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n", masterKey)
	if _, err := bufio.NewReaderSize(conn, 16).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := w.server.Shutdown(ctx); err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if w.server.streams.Err() == nil {
		t.Error("the backup goes on")
	}
}
