package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"testamur/strictyaml"
	"testamur/verify/redisstore"
)

// config is every setting of the server; the comments are its manual. A setting comes from its flag, else
// from the environment, else from the file that TESTAMUR_CONFIG names (./testamur.yaml unless said; the keys
// are the names below without TESTAMUR_, in lower case), else it has its default. A secret can also be
// given as a file's name in its variable with _FILE behind.
type config struct {
	// Listen is the address of the public site.
	Listen string `setting:"TESTAMUR_LISTEN" fallback:"127.0.0.1:8080" help:"Address of the public site."`
	// AdminListen is the address for machines of the house: /metrics, /livez, /readyz, /debug/pprof/. Empty by "off": none.
	AdminListen string `setting:"TESTAMUR_ADMIN_LISTEN" fallback:"127.0.0.1:8081" help:"Address for metrics, health and profiles; off for none."`
	// URL is scheme, host and port of every link, QR and picture: never taken from a request. It may be
	// left out only while Listen is on the loopback.
	URL string `setting:"TESTAMUR_URL" help:"Public address, such as https://academy.example.org; required off the loopback."`
	// Data is the folder of the embedded store, made when it is missing.
	Data string `setting:"TESTAMUR_DATA" fallback:"./data" help:"Folder of the embedded store."`
	// Secret is the root of record MACs and key hashes: 32 bytes or more, taken as they are. The embedded
	// store makes one in DATA/secret; Redis needs it to be given.
	Secret string `setting:"TESTAMUR_SECRET" secret:"" help:"Root secret, 32 bytes or more; made in the data folder when left out, required with Redis."`
	// APIKey is an admin key that is valid while it is set, 32 characters or more, and never stored.
	APIKey string `setting:"TESTAMUR_API_KEY" secret:"" help:"An admin key valid while it is set, 32 characters or more."`
	// Academy is a folder with academy.yaml and certifications.yaml; empty is the built-in academy.
	Academy string `setting:"TESTAMUR_ACADEMY" help:"Folder of your academy; built in when left out."`
	// Cache is how many bytes of pictures and PDFs are kept.
	Cache string `setting:"TESTAMUR_CACHE" fallback:"256MiB" help:"Bytes of pictures and PDFs kept in memory."`
	// TrustedProxies are the networks whose X-Forwarded-For is believed.
	TrustedProxies string `setting:"TESTAMUR_TRUSTED_PROXIES" help:"Networks (CIDR, comma between) whose X-Forwarded-For is believed."`
	// Log is text or json; by default text on a terminal and json elsewhere.
	Log string `setting:"TESTAMUR_LOG" help:"text or json."`
	// Redis is where the store is, in place of the embedded one: redis://user:password@host:6379/0, rediss:// with TLS; several
	// hosts with commas between are a Cluster, with ?master_name= they are Sentinels. It needs Secret.
	Redis string `setting:"TESTAMUR_REDIS" secret:"" help:"Redis in place of the embedded store: redis://, rediss://; several hosts are a Cluster, with ?master_name= Sentinels."`
	// RedisWait is how many replicas must confirm a change before it is acknowledged.
	RedisWait string `setting:"TESTAMUR_REDIS_WAIT" fallback:"0" help:"Replicas that must confirm each change."`

	CacheBytes int64              `kong:"-"` // of Cache
	PieceBytes int64              `kong:"-"` // of pictures that stand ready but for their holder; 0 for what draws a few alone
	Patience   time.Duration      `kong:"-"` // with a picture; 0: 10 seconds
	InRedis    redisstore.Address `kong:"-"` // of Redis
	Replicas   int                `kong:"-"` // of RedisWait
	Proxies    []netip.Prefix     `kong:"-"` // of TrustedProxies
	Source     map[string]string  `kong:"-"` // setting -> flag, environment, the file's name, or default
}

// settings lists the fields of config that are settings, in order.
func settings() (fields []reflect.StructField) {
	for f := range reflect.TypeFor[config]().Fields() {
		if f.Tag.Get("setting") != "" {
			fields = append(fields, f)
		}
	}
	return fields
}

// fileKey is the name of a setting in the file.
func fileKey(name string) string { return strings.ToLower(strings.TrimPrefix(name, "TESTAMUR_")) }

func fileKeys() (keys []string) {
	for _, f := range settings() {
		keys = append(keys, fileKey(f.Tag.Get("setting")))
	}
	return keys
}

// strangersOf lists the names in an environment that look like settings and are none, each with the setting that may be
// meant; empty: none is near.
func strangersOf(environ []string) (names [][2]string) {
	known := []string{"TESTAMUR_CONFIG", "TESTAMUR_SERVER", "TESTAMUR_KEY", "TESTAMUR_KEY_FILE"}
	for _, f := range settings() {
		name := f.Tag.Get("setting")
		known = append(known, name)
		if _, secret := f.Tag.Lookup("secret"); secret {
			known = append(known, name+"_FILE")
		}
	}
	for _, line := range environ {
		name, value, _ := strings.Cut(line, "=")
		if !strings.HasPrefix(name, "TESTAMUR_") || value == "" || slices.Contains(known, name) || strings.HasPrefix(name, "TESTAMUR_SECRET_OLD") {
			continue
		}
		names = append(names, [2]string{name, nearest(name, known)})
	}
	slices.SortFunc(names, func(a, b [2]string) int { return strings.Compare(a[0], b[0]) })
	return names
}

// nearest is the one of some words that a word was most likely meant to be: with the fewest letters put in, left out or
// exchanged: less than half of it, and three at most. Empty: none is like it.
func nearest(word string, of []string) (near string) {
	fewest := min(4, len(strings.TrimPrefix(word, "TESTAMUR_"))/2)
	for _, w := range of {
		if n := edits(word, w); n < fewest {
			near, fewest = w, n
		}
	}
	return near
}

// edits counts the letters to put in, leave out or exchange to make b of a.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		above := row[0]
		row[0] = i + 1
		for j := range len(b) {
			same := above
			if a[i] != b[j] {
				same++
			}
			above = row[j+1]
			row[j+1] = min(same, above+1, row[j]+1)
		}
	}
	return row[len(b)]
}

// resolve fills what the flags left empty and checks every setting; all mistakes come at once, each naming
// its setting.
func (c config) resolve(env func(string) (string, bool)) (config, error) {
	var problems []error
	file, named := "testamur.yaml", false
	if v, ok := env("TESTAMUR_CONFIG"); ok && v != "" {
		file, named = v, true
	}
	inFile := map[string]string{}
	if data, err := os.ReadFile(file); err == nil {
		if _, err := strictyaml.Decode(file, data, &inFile); err != nil {
			problems = append(problems, err)
		}
	} else if named || !errors.Is(err, fs.ErrNotExist) {
		problems = append(problems, fmt.Errorf("TESTAMUR_CONFIG: %w", err))
	}
	c.Source = map[string]string{}
	v := reflect.ValueOf(&c).Elem()
	for _, f := range settings() {
		name := f.Tag.Get("setting")
		key := fileKey(name)
		_, secret := f.Tag.Lookup("secret")
		value, source := v.FieldByIndex(f.Index).String(), "flag"
		if value == "" {
			value, source = c.look(name, key, secret, env, inFile, file, &problems)
		}
		if value == "" && source == "" {
			value, source = f.Tag.Get("fallback"), "default"
		}
		delete(inFile, key)
		v.FieldByIndex(f.Index).SetString(value)
		c.Source[name] = source
	}
	for _, key := range slices.Sorted(maps.Keys(inFile)) {
		meant, keys := "", fileKeys()
		if near := nearest(strings.TrimPrefix(strings.ToLower(key), "testamur_"), keys); near != "" {
			meant = fmt.Sprintf(": is %s meant?", near)
		}
		problems = append(problems, fmt.Errorf("%s: there is no setting %q%s There are %s", file, key, cmp.Or(meant, "."), strings.Join(keys, ", ")))
	}
	for _, name := range []string{"TESTAMUR_SECRET_OLD", "TESTAMUR_SECRET_OLD_FILE"} {
		if v, _ := env(name); v != "" {
			problems = append(problems, fmt.Errorf("%s: this program cannot change the secret of a store yet: take this setting away, and leave TESTAMUR_SECRET as it was", name))
		}
	}
	problems = append(problems, c.check()...)
	if err := errors.Join(problems...); err != nil {
		return c, failure{exitUse, err}
	}
	return c, nil
}

func (c config) look(name, key string, secret bool, env func(string) (string, bool), inFile map[string]string, file string, problems *[]error) (value, source string) {
	if value, ok := env(name); ok && value != "" {
		return value, "environment"
	}
	if secret {
		if path, ok := env(name + "_FILE"); ok && path != "" {
			value, err := readSecret(path)
			if err != nil {
				*problems = append(*problems, fmt.Errorf("%s_FILE: %w", name, err))
			}
			return value, name + "_FILE"
		}
	}
	if value := inFile[key]; value != "" {
		return value, file
	}
	return "", ""
}

// readSecret reads a secret from a file, without the end of its line.
func readSecret(path string) (string, error) {
	data, err := os.ReadFile(path)
	value := strings.TrimRight(string(data), "\r\n")
	if err == nil && value == "" {
		err = fmt.Errorf("%s is empty", path)
	}
	return value, err
}

// check reads the values that are not text and fills URL where it may be left out.
func (c *config) check() (problems []error) {
	bad := func(name, format string, args ...any) {
		problems = append(problems, fmt.Errorf(name+": "+format, args...))
	}
	host, ok := hostOf(c.Listen)
	if !ok {
		bad("TESTAMUR_LISTEN", "%q is not host:port", c.Listen)
	}
	if c.AdminListen == "off" {
		c.AdminListen = ""
	} else if _, ok := hostOf(c.AdminListen); !ok {
		bad("TESTAMUR_ADMIN_LISTEN", "%q is not host:port (or off)", c.AdminListen)
	}
	switch {
	case c.URL == "" && strings.HasSuffix(c.Listen, ":0"):
		bad("TESTAMUR_URL", "is required when TESTAMUR_LISTEN leaves the port open")
	case c.URL == "" && loopback(host):
		c.URL = "http://" + c.Listen
	case c.URL == "":
		bad("TESTAMUR_URL", "is required when TESTAMUR_LISTEN is not on the loopback: every link and QR code is made from it, for example https://academy.example.org")
	default:
		if at, ok := origin(c.URL); ok {
			c.URL = at
		} else {
			bad("TESTAMUR_URL", "%q is not scheme, host and port alone, such as https://academy.example.org", c.URL)
		}
	}
	if c.Secret != "" && len(c.Secret) < 32 {
		bad("TESTAMUR_SECRET", "has %d bytes; 32 or more are needed", len(c.Secret))
	}
	if c.APIKey != "" && len(c.APIKey) < 32 {
		bad("TESTAMUR_API_KEY", "has %d characters; 32 or more are needed", len(c.APIKey))
	}
	var err error
	if c.CacheBytes, err = parseBytes(c.Cache); err != nil {
		bad("TESTAMUR_CACHE", "%v", err)
	}
	for _, s := range strings.FieldsFunc(c.TrustedProxies, func(r rune) bool { return r == ',' || r == ' ' }) {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			bad("TESTAMUR_TRUSTED_PROXIES", "%q is not a network such as 10.0.0.0/8", s)
		}
		c.Proxies = append(c.Proxies, p)
	}
	if c.Log != "" && c.Log != "text" && c.Log != "json" {
		bad("TESTAMUR_LOG", "%q is neither text nor json", c.Log)
	}
	if c.Replicas, err = strconv.Atoi(c.RedisWait); err != nil || c.Replicas < 0 || c.Replicas > 99 {
		bad("TESTAMUR_REDIS_WAIT", "%q is not a number of replicas, such as 1", c.RedisWait)
	} else if c.Replicas > 0 && c.Redis == "" {
		bad("TESTAMUR_REDIS_WAIT", "the embedded store has no replicas; it goes with TESTAMUR_REDIS")
	}
	if c.Redis != "" {
		if c.InRedis, err = redisstore.ParseAddress(c.Redis); err != nil {
			bad("TESTAMUR_REDIS", "%w", err)
		}
		if c.Secret == "" {
			bad("TESTAMUR_SECRET", "is required with TESTAMUR_REDIS: every server of one Redis has the same. Make one by: openssl rand -base64 32")
		}
	}
	if c.Academy != "" {
		if info, err := os.Stat(c.Academy); err != nil {
			bad("TESTAMUR_ACADEMY", "%v", err)
		} else if !info.IsDir() {
			bad("TESTAMUR_ACADEMY", "%s is not a folder", c.Academy)
		}
	}
	return problems
}

// besideItself reports whether others are let in and told an address that leads each of them to their own machine.
func (c config) besideItself() bool {
	listen, ok := hostOf(c.Listen)
	u, err := url.Parse(c.URL)
	return ok && err == nil && !loopback(listen) && loopback(u.Hostname())
}

// origin is an address of scheme, host and port alone, in lower case.
func origin(s string) (string, bool) {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.Opaque != "" || u.User != nil ||
		strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return "", false
	}
	return strings.ToLower(u.Scheme + "://" + u.Host), true
}

// hostOf is the host of host:port, where the port is a number.
func hostOf(address string) (string, bool) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", false
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return host, err == nil
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback()
}

// parseBytes reads sizes such as 64MiB, 1GiB, 500000.
func parseBytes(s string) (int64, error) {
	unit := int64(1)
	number := s
	for suffix, n := range map[string]int64{"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30} {
		if rest, ok := strings.CutSuffix(s, suffix); ok {
			number, unit = rest, n
		}
	}
	n, err := strconv.ParseInt(strings.TrimSpace(number), 10, 64)
	if err != nil || n < 1 || n > (1<<50)/unit {
		return 0, fmt.Errorf("%q is not a size such as 64MiB", s)
	}
	return n * unit, nil
}

// folder is the file system of the academy's folder.
func (c config) folder(builtIn fs.FS) fs.FS {
	if c.Academy == "" {
		return builtIn
	}
	return os.DirFS(filepath.Clean(c.Academy))
}

// fieldOf is the text of a setting.
func fieldOf(c config, name string) string { return reflect.ValueOf(c).FieldByName(name).String() }
