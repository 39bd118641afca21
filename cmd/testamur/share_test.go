package main

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// The page for holders in Chromium, with a name that is hard to escape: the button copies, without script the page is
// whole, and the snippets work on a site of another origin, on white and on dark, without a cookie or an error.
func TestShareInBrowser(t *testing.T) {
	needBrowser(t)
	printed := startDemo(t)
	share := strings.Replace(regexp.MustCompile(`(?m)^valid +(http\S+)`).FindStringSubmatch(printed)[1], "/verify/", "/share/", 1)
	call := regexp.MustCompile(`curl -X (\S+) (\S+) \\\n +-H 'Authorization: ([^']+)'`).FindStringSubmatch(printed)
	request, err := http.NewRequest(call[1], call[2], strings.NewReader(`{"name":"Maya \"M\" <Lindqvist> & [Okafor]"}`))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", call[3])
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != 200 {
		t.Fatalf("the new name is answered %s", answer.Status)
	}
	found, log := inBrowser(t, "share.mjs", map[string]any{"share": share})
	if found != "" {
		t.Errorf("found:\n%s", found)
	}
	if !strings.Contains(log, "36 things tried") {
		t.Errorf("not everything was tried: %s", log)
	}
}
