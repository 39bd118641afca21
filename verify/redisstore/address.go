package redisstore

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// Address is where a Redis is, as the setting TESTAMUR_REDIS says it.
type Address struct {
	hosts                              []string // host:port
	username, password                 string
	database                           int
	secure                             bool
	master                             string // name by which Sentinel knows the primary; empty without Sentinel
	sentinelUsername, sentinelPassword string
}

// ParseAddress reads redis://user:password@host:port/database, or rediss:// with TLS. Several hosts with commas between are
// nodes of a Cluster, also one that is there twice; with ?master_name=NAME they are Sentinels, who may want ?sentinel_username= and ?sentinel_password=.
// What may be left out: user and password, port (6379, of Sentinels 26379), database (0). No error tells the password, nor
// any part of s: a / in a password that is not written as %2F ends it, and what follows looks like a host or a database.
func ParseAddress(s string) (a Address, err error) {
	fail := func(why string, args ...any) (Address, error) {
		return Address{}, fmt.Errorf(why+"; it looks like redis://user:password@host:6379/0, and in a password / ? # @ %% are written %%2F %%3F %%23 %%40 %%25", args...)
	}
	scheme, rest, _ := strings.Cut(s, "://")
	if a.secure = scheme == "rediss"; !a.secure && scheme != "redis" {
		return fail("it begins neither with redis:// nor with rediss://")
	}
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	authority, user := rest[:end], ""
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		user, authority = authority[:i+1], authority[i+1:]
	}
	u, err := url.Parse(scheme + "://" + user + "host" + rest[end:]) // hosts with commas between are no host to it
	if err != nil || u.Fragment != "" {
		return fail("user, password, database or what follows ? is not written as in a URL")
	}
	a.username = u.User.Username()
	a.password, _ = u.User.Password()
	if db := strings.Trim(u.Path, "/"); db != "" {
		if a.database, err = strconv.Atoi(db); err != nil || a.database < 0 {
			return fail("what follows the first / is not the number of a database")
		}
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return fail("what follows ? is not written as in a URL")
	}
	for name, values := range query {
		into, known := map[string]*string{"master_name": &a.master, "sentinel_username": &a.sentinelUsername, "sentinel_password": &a.sentinelPassword}[name]
		if !known || len(values) != 1 || values[0] == "" {
			return fail("a setting behind ? is not known, twice there or empty: there are master_name, sentinel_username and sentinel_password")
		}
		*into = values[0]
	}
	port := "6379"
	if a.master != "" {
		port = "26379"
	}
	for i, host := range strings.Split(authority, ",") {
		full := host
		if _, _, err := net.SplitHostPort(host); err != nil {
			full = net.JoinHostPort(strings.Trim(host, "[]"), port)
		}
		h, p, err := net.SplitHostPort(full)
		if _, number := strconv.ParseUint(p, 10, 16); err != nil || number != nil || h == "" || strings.ContainsAny(h, " []") {
			return fail("host %d is not host:port", i+1)
		}
		a.hosts = append(a.hosts, full)
	}
	switch {
	case a.master == "" && (a.sentinelUsername != "" || a.sentinelPassword != ""):
		return fail("sentinel_username and sentinel_password need master_name")
	case a.cluster() && a.database != 0:
		return fail("several addresses are a Cluster, which has database 0 alone")
	}
	return a, nil
}

// cluster reports whether it is a Cluster.
func (a Address) cluster() bool { return a.master == "" && len(a.hosts) > 1 }

// String is the address without its passwords.
func (a Address) String() string {
	if len(a.hosts) == 0 {
		return ""
	}
	u := url.URL{Scheme: "redis", Host: strings.Join(a.hosts, ","), Path: "/" + strconv.Itoa(a.database)}
	if a.secure {
		u.Scheme = "rediss"
	}
	user := ""
	if a.password != "" {
		user = url.PathEscape(a.username) + ":***@"
	} else if a.username != "" {
		user = url.PathEscape(a.username) + "@"
	}
	query := ""
	if a.master != "" {
		query = "?master_name=" + url.QueryEscape(a.master)
	}
	return u.Scheme + "://" + user + u.Host + u.Path + query
}

// client returns a client that has not connected yet.
func (a Address) client(t timing) (redis.UniversalClient, error) {
	if len(a.hosts) == 0 {
		return nil, errors.New("no address of a Redis")
	}
	o := &redis.UniversalOptions{
		Addrs: a.hosts, Username: a.username, Password: a.password, DB: a.database,
		MasterName: a.master, SentinelUsername: a.sentinelUsername, SentinelPassword: a.sentinelPassword,
		Protocol: 2, DisableIdentity: true, // nothing of what the other protocol pushes is wanted
		ContextTimeoutEnabled: true, // or a hung Redis would hold every caller for seconds
		DialTimeout:           t.once, ReadTimeout: t.once, WriteTimeout: t.once, PoolTimeout: t.all,
		MaxRetries: 1, DialerRetries: 1, MinRetryBackoff: -1, MaxRetryBackoff: -1,
		PipelinePoolSize:         -1, // a script and its WAIT share a connection anyway
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	}
	if a.secure {
		o.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	return redis.NewUniversalClient(o), nil
}
