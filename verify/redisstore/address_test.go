package redisstore

import (
	"strings"
	"testing"
)

func TestParseAddress(t *testing.T) {
	for setting, want := range map[string]string{
		"redis://127.0.0.1":                                   "redis://127.0.0.1:6379/0",
		"redis://localhost:7000/3":                            "redis://localhost:7000/3",
		"redis://[::1]":                                       "redis://[::1]:6379/0",
		"redis://[::1]:7000":                                  "redis://[::1]:7000/0",
		"rediss://maya:pass%40word@redis.example.org":         "rediss://maya:***@redis.example.org:6379/0",
		"redis://:secret@10.0.0.1:6379/":                      "redis://:***@10.0.0.1:6379/0",
		"redis://maya@10.0.0.1":                               "redis://maya@10.0.0.1:6379/0",
		"redis://a,b:7001,c":                                  "redis://a:6379,b:7001,c:6379/0",
		"redis://:s@a,a":                                      "redis://:***@a:6379,a:6379/0",
		"redis://a,b,c/2?master_name=badges":                  "redis://a:26379,b:26379,c:26379/2?master_name=badges",
		"redis://a?master_name=b&sentinel_password=x":         "redis://a:26379/0?master_name=b",
		"redis://u:p@a:1/0?master_name=b&sentinel_username=c": "redis://u:***@a:1/0?master_name=b",
		"":                                      "",
		"127.0.0.1:6379":                        "",
		"http://127.0.0.1:6379":                 "",
		"redis://":                              "",
		"redis://:6379":                         "",
		"redis://a:":                            "",
		"redis://a:port":                        "",
		"redis://a:70000":                       "",
		"redis://a,":                            "",
		"redis://a b":                           "",
		"redis://a/x":                           "",
		"redis://a/-1":                          "",
		"redis://a/0/1":                         "",
		"redis://a,b/1":                         "", // a Cluster has one database
		"redis://a#b":                           "",
		"redis://a?db=1":                        "",
		"redis://a?master_name=":                "",
		"redis://a?master_name=x&master_name=y": "",
		"redis://a?sentinel_password=x":         "",
		"redis://u:canary-word%zz@a":            "",
		"redis://u:canary-word@a:x":             "",
		"rediss://u:canary-word@a?password=canary-word&master_name=": "",
		"redis://:pw/canary-word@127.0.0.1:1":                        "",
		"redis://:pw?canary-word@127.0.0.1:1/0":                      "",
		"redis://:pw?canary-word=x@127.0.0.1:1/0":                    "",
		"redis://:pw#canary-word@127.0.0.1:1/0":                      "",
		"redis://:canary-word/0":                                     "",
		"redis://:canary-word?master_name=x@127.0.0.1:1/0":           "",
	} {
		a, err := ParseAddress(setting)
		if got := a.String(); got != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q, %v, want %q", setting, got, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "canary-word") {
			t.Errorf("%s: the error tells the password: %v", setting, err)
		}
	}
	a, err := ParseAddress("rediss://maya:pass%40word@a:1,b:2/4?master_name=badges&sentinel_username=s&sentinel_password=t%2F")
	if err != nil || a.username != "maya" || a.password != "pass@word" || a.database != 4 || !a.secure || a.sentinelUsername != "s" || a.sentinelPassword != "t/" || a.cluster() {
		t.Errorf("%+v, %v", a, err)
	}
}

func FuzzParseAddress(f *testing.F) {
	f.Add("redis://maya:word@10.0.0.1:6379/2?master_name=b")
	f.Add("rediss://a,b,[::1]:7")
	f.Add("pw/")
	f.Add("pw?")
	f.Fuzz(func(t *testing.T, s string) {
		for _, secret := range []string{"redis://:" + s + "canary@127.0.0.1:1/0", "redis://:canary" + s + "@127.0.0.1:1/0"} {
			if _, err := ParseAddress(secret); err != nil && strings.Contains(err.Error(), "canary") {
				t.Errorf("%q: the error tells of the password: %v", secret, err)
			}
		}
		a, err := ParseAddress(s)
		if err != nil {
			return
		}
		for _, host := range a.hosts {
			if host == "" || strings.ContainsAny(host, ", /?#@") {
				t.Errorf("%q: host %q", s, host)
			}
		}
		again := a
		again.username, again.password, again.sentinelUsername, again.sentinelPassword = "", "", "", ""
		if b, err := ParseAddress(again.String()); err != nil || b.String() != again.String() {
			t.Errorf("%q: %q is read as %q, %v", s, again, b, err)
		}
		if word := "canary"; a.password == word && strings.Contains(a.String(), word) && !strings.Contains(strings.Join(a.hosts, "")+a.username+a.master, word) {
			t.Errorf("%q: %q tells the password", s, a)
		}
	})
}
