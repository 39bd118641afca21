package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

type listCommand struct {
	client        `embed:"" group:"connection"`
	Certification string `help:"Of this certification." placeholder:"SLUG"`
	Status        string `help:"valid, expired, suspended or revoked." enum:",valid,expired,suspended,revoked" default:"" placeholder:"STATUS"`
	Consent       string `help:"private, link or public." enum:",private,link,public" default:"" placeholder:"LEVEL"`
	Holder        id     `help:"Of the holder with this id." placeholder:"ID"`
	ExternalID    string `name:"external-id" help:"The one with your own id." placeholder:"ID"`
	ExpiresBefore string `name:"expires-before" help:"That expire before this day or instant." placeholder:"DAY"`
	Limit         int    `help:"At most so many; 0, as unless said, is all." placeholder:"N"`
	Cursor        string `help:"Go on where a list with --limit ended: next of its --json." placeholder:"CURSOR"`
}

// page is the most that the API gives at once.
const page = 500

// Run asks page by page and prints each as it comes.
func (l listCommand) Run(ctx context.Context, w *world) error {
	if l.Limit < 0 {
		return wrongUse("%s", w.words.Text("program.list.limit"))
	}
	to, err := l.connect(w)
	if err != nil {
		return err
	}
	out := listing{w: w, asJSON: l.JSON}
	progress := w.progress(!w.Terminal) // where the list itself can be seen it is its own
	defer progress.end()
	for cursor := l.Cursor; ; {
		size := page
		if l.Limit > 0 {
			size = min(page, l.Limit-out.count)
		}
		var answer struct {
			Items []json.RawMessage
			Next  string
		}
		q := call{method: http.MethodGet, path: "/api/v1/credentials?" + l.query(size, cursor)}
		if _, err := to.ask(ctx, q, &answer); err != nil {
			return err
		}
		if err := out.add(answer.Items); err != nil {
			return err
		}
		progress.say(w.words.Text("program.list.progress", "count", strconv.Itoa(out.count)))
		if answer.Next == cursor && cursor != "" {
			return failure{exitNoReply, to.foreign("200")} // it would go on for ever
		}
		if cursor = answer.Next; cursor == "" || l.Limit > 0 && out.count >= l.Limit {
			progress.end()
			return out.end(cursor)
		}
	}
}

func (l listCommand) query(size int, cursor string) string {
	values := url.Values{"limit": {strconv.Itoa(size)}}
	for name, value := range map[string]string{"certification": l.Certification, "status": l.Status, "consent": l.Consent, "holder": string(l.Holder),
		"external_id": l.ExternalID, "expires_before": l.ExpiresBefore, "cursor": cursor} {
		if value != "" {
			values.Set(name, value)
		}
	}
	return values.Encode()
}

// listing prints credentials as they come: a table, or the API's list as one object over all pages.
type listing struct {
	w      *world
	asJSON bool
	count  int
	wide   int // the widest slug so far
}

func (l *listing) add(items []json.RawMessage) error {
	var b bytes.Buffer
	if l.asJSON {
		for _, item := range items {
			b.WriteString([]string{`{"items":[`, ","}[min(l.count, 1)] + "\n")
			if err := json.Compact(&b, item); err != nil {
				return err
			}
			l.count++
		}
		return l.write(b.Bytes())
	}
	rows := make([]credential, len(items))
	for i, item := range items {
		if err := json.Unmarshal(item, &rows[i]); err != nil {
			return err
		}
		l.wide = max(l.wide, len(rows[i].Certification.Slug))
	}
	row := func(code, status, consent, granted, expires, certification, holder string) {
		b.WriteString(plain(fmt.Sprintf("%-14s  %-9s  %-7s  %-10s  %-10s  %-*s  %s", code, status, consent, granted, expires, l.wide, certification, holder)) + "\n")
	}
	head := func(key string) string { return strings.ToUpper(l.w.words.Text("program.show." + key)) }
	if l.count == 0 && len(items) > 0 {
		l.wide = max(l.wide, len(head("certification")))
		row(head("code"), head("status"), head("consent"), head("granted"), head("expires"), head("certification"), head("holder"))
	}
	for _, c := range rows {
		day, _, _ := strings.Cut(c.ExpiresAt, "T")
		row(c.Code, c.Status, c.Consent, c.GrantedAt, day, c.Certification.Slug, c.Holder.Name) // the name last: letters differ in width
	}
	l.count += len(items)
	return l.write(b.Bytes())
}

// end closes the list; next is the cursor of what was left out, or empty.
func (l *listing) end(next string) error {
	if l.asJSON {
		text := "\n],\"next\":null}\n"
		if next != "" {
			text = fmt.Sprintf("\n],\"next\":%q}\n", next)
		}
		if l.count == 0 {
			text = `{"items":[` + text
		}
		return l.write([]byte(text))
	}
	switch {
	case !l.w.Watched:
	case l.count == 0:
		fmt.Fprintln(l.w.Stderr, l.w.words.Text("program.list.none"))
	case next != "":
		fmt.Fprintln(l.w.Stderr, l.w.words.Text("program.list.more"))
	}
	return nil
}

func (l *listing) write(data []byte) error {
	_, err := l.w.Stdout.Write(data)
	return err
}
