package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// client holds the flags of the commands that ask a running server.
type client struct {
	Server string `help:"Address of the server (TESTAMUR_SERVER)." placeholder:"URL"`
	Key    string `help:"API key (TESTAMUR_KEY)." placeholder:"KEY"`
	JSON   bool   `help:"Print the answer of the API as it is."`
}

const defaultServer = "http://127.0.0.1:8080"

// ask sends one request, with headers given as names and values, and decodes the answer. An answer that is no is a failure with the server's words.
func (c client) ask(ctx context.Context, w *world, method, path string, body, into any, headers ...string) ([]byte, error) {
	server, key := c.Server, c.Key
	if server == "" {
		if server, _ = w.Env("TESTAMUR_SERVER"); server == "" {
			server = defaultServer
		}
	}
	if key == "" {
		key, _ = w.Env("TESTAMUR_KEY")
	}
	if u, err := url.Parse(server); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, wrongUse("--server %q is not an address such as %s", server, defaultServer)
	}
	for _, value := range append(headers, key) {
		if strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r > '~' }) {
			return nil, wrongUse("a key has printable ASCII characters only")
		}
	}
	var reader io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		reader = bytes.NewReader(data)
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, strings.TrimRight(server, "/")+path, reader)
	if err != nil {
		return nil, wrongUse("%w", err)
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if key != "" && strings.HasPrefix(path, "/api/") {
		request.Header.Set("Authorization", "Bearer "+key)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i+1] != "" {
			request.Header.Set(headers[i], headers[i+1])
		}
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) { // without the URL's path: it may hold a code
			err = u.Err
		}
		return nil, failure{exitNoReply, fmt.Errorf("no answer from %s: %w", server, err)}
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(io.LimitReader(answer.Body, 64<<20))
	if err != nil {
		return nil, failure{exitNoReply, fmt.Errorf("the answer of %s broke off: %w", server, err)}
	}
	if answer.StatusCode >= 300 {
		return data, failure{exitOf(answer.StatusCode), problem(answer.Status, data)}
	}
	if into != nil {
		if err := json.Unmarshal(data, into); err != nil {
			return data, failure{exitNoReply, fmt.Errorf("the answer of %s is not what testamur says: %w", server, err)}
		}
	}
	return data, nil
}

// exitOf says what an HTTP status means to a script.
func exitOf(status int) int {
	switch {
	case status == http.StatusUnauthorized:
		return exitUse
	case status == http.StatusTooManyRequests || status >= 500:
		return exitNoReply
	}
	return exitNo
}

// problem reads the words of a problem document, if it is one.
func problem(status string, data []byte) error {
	var p struct{ Title, Detail, Field string }
	if json.Unmarshal(data, &p) != nil || p.Title == "" {
		return errors.New(status)
	}
	text := p.Title
	if p.Detail != "" {
		text += ": " + p.Detail
	}
	if p.Field != "" {
		text += " (" + p.Field + ")"
	}
	return errors.New(text)
}
