package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// row is one goal: what was measured, beside whom, and whether it is met.
type row struct{ goal, what, ours, peer, ratio, want, met string }

type table struct {
	head []string
	rows [][]string
}

func (t table) String() string {
	var s strings.Builder
	line := func(cells []string) { s.WriteString("| " + strings.Join(cells, " | ") + " |\n") }
	line(t.head)
	line(append([]string{"---"}, slices.Repeat([]string{"---:"}, len(t.head)-1)...))
	for _, r := range t.rows {
		line(r)
	}
	return s.String()
}

// report is the whole run as Markdown.
func (b *bench) report(mode string) string {
	var s strings.Builder
	fmt.Fprintf(&s, "%s\n\n", b.machine(mode))
	if len(b.rows) > 0 {
		order := []string{"B1", "B2", "B3", "B4", "B5", "B6", "H1", "H2", "H3", "H4", "+", "#"}
		slices.SortStableFunc(b.rows, func(x, y row) int { return slices.Index(order, x.goal) - slices.Index(order, y.goal) })
		s.WriteString("| goal | what | testamur | peer | ratio | goal | met |\n|---|---|---:|---|---:|---|---|\n")
		missed := 0
		for _, r := range b.rows {
			fmt.Fprintf(&s, "| %s | %s | %s | %s | %s | %s | %s |\n", r.goal, r.what, r.ours, strings.ReplaceAll(r.peer, "**", ""), r.ratio, r.want, r.met)
			if r.met != yes(true) {
				missed++
			}
		}
		fmt.Fprintf(&s, "\n%d of %d met.\n", len(b.rows)-missed, len(b.rows))
	}
	for _, t := range b.tables {
		if len(t.rows) > 0 {
			s.WriteString("\n" + t.String())
		}
	}
	if len(b.notes) > 0 {
		s.WriteString("\n")
		for _, n := range b.notes {
			s.WriteString("- " + n + "\n")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(b.absent)) {
		if name == "node-canvas-fast" {
			continue // the same package
		}
		fmt.Fprintf(&s, "- Left out: %s (%.200s).\n", name, strings.NewReplacer("|", "/", b.root+"/", "").Replace(b.absent[name]))
	}
	if len(b.profiles) > 0 {
		s.WriteString("\nWhere the time goes in what misses its goal:\n")
		for _, p := range b.profiles {
			s.WriteString("\n" + p)
		}
	}
	return s.String()
}

// processor says what the machine has.
func (b *bench) processor() string {
	info, _ := os.ReadFile("/proc/cpuinfo")
	model := "unknown processor"
	if m := regexp.MustCompile(`model name\s*: (.*)`).FindSubmatch(info); m != nil {
		model = string(m[1])
	}
	if m := regexp.MustCompile(`cpu family\s*: (\d+)[^$]*?model\s*: (\d+)`).FindSubmatch(info); m != nil {
		model += fmt.Sprintf(" (family %s, model %s)", m[1], m[2])
	}
	return fmt.Sprintf("%s, %d cores", model, strings.Count(string(info), "\nprocessor")+1)
}

// machine says where and with what this was measured.
func (b *bench) machine(mode string) string {
	load, _ := os.ReadFile("/proc/loadavg")
	memory, _ := os.ReadFile("/proc/meminfo")
	ram := ""
	if m := regexp.MustCompile(`MemTotal:\s+(\d+)`).FindSubmatch(memory); m != nil {
		var kb float64
		fmt.Sscan(string(m[1]), &kb)
		ram = fmt.Sprintf(", %.0f GiB", kb/(1<<20))
	}
	commit, _ := b.output("git", "rev-parse", "--short", "HEAD")
	if dirty, _ := b.output("git", "status", "--porcelain", "--untracked-files=no"); dirty != "" {
		commit += " and changes"
	}
	goVersion, _ := b.output("go", "env", "GOVERSION")
	node, _ := b.output("node", "--version")
	kernel, _ := b.output("uname", "-sr")
	nginx, _ := b.output("nginx", "-v")
	redis, _ := b.output("redis-server", "--version")
	if m := regexp.MustCompile(`v=(\S+)`).FindStringSubmatch(redis); m != nil {
		redis = "Redis " + m[1]
	}
	var packages struct {
		Dependencies, OptionalDependencies map[string]string
	}
	list, _ := os.ReadFile(filepath.Join(b.root, "bench/package.json"))
	_ = json.Unmarshal(list, &packages)
	var versions []string
	maps.Copy(packages.Dependencies, packages.OptionalDependencies)
	for _, name := range slices.Sorted(maps.Keys(packages.Dependencies)) {
		var is struct{ Version string }
		if data, err := os.ReadFile(filepath.Join(b.root, "bench/node_modules", name, "package.json")); err == nil && json.Unmarshal(data, &is) == nil {
			versions = append(versions, name+" "+is.Version)
		}
	}
	modules, _ := b.output("go", "list", "-C", "bench", "-m", "-f", "{{.Path}} {{.Version}}", "github.com/fogleman/gg", "github.com/signintech/gopdf", "github.com/go-pdf/fpdf",
		"github.com/skip2/go-qrcode", "github.com/gofiber/fiber/v2", "github.com/redis/go-redis/v9")
	for line := range strings.Lines(modules) {
		versions = append(versions, strings.TrimPrefix(strings.TrimSpace(line), "github.com/"))
	}
	mode = map[string]string{"quick": "Quick run", "large": "Large stores", "full": "Full run"}[mode]
	return fmt.Sprintf("%s of %s, commit %s, %.0f s long. %s%s, %s; load average at the end %s. %s, Node %s, %s, %s. Peers: %s.",
		mode, b.began.UTC().Format("2006-01-02 15:04 UTC"), commit, time.Since(b.began).Seconds(), b.processor(), ram, kernel, strings.Fields(string(load) + " ?")[0],
		goVersion, node, strings.TrimPrefix(nginx, "nginx version: "), redis, strings.Join(versions, ", "))
}

// write puts a report between its two lines of a page of docs.
func (b *bench) write(page, mode, report string) error {
	name := filepath.Join(b.root, "docs", page)
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	begin, end := "<!-- bench/run "+mode+" begins -->\n", "<!-- bench/run "+mode+" ends -->\n"
	before, rest, ok := strings.Cut(string(data), begin)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		return fmt.Errorf("%s has not the lines %q and %q", name, begin, end)
	}
	return os.WriteFile(name, []byte(before+begin+report+end+after), 0o644)
}

// profileShort takes the profile of what draws and misses a goal.
func (b *bench) profileShort(all []*worker, what string) {
	for _, w := range all {
		if !b.short[w.name] {
			continue
		}
		file := filepath.Join(b.folder, w.name+".pprof")
		if _, err := w.ask("profile %s %s", what, file); err == nil {
			b.keepProfile(strings.Trim(called[w.name], "*")+", "+what, file, b.program("worker"))
		}
	}
}

// profileServer takes the profile of a server under load.
func (b *bench) profileServer(l *load) {
	admin := b.admin[l.at.url]
	if admin == "" {
		return
	}
	got := make(chan []byte, 1)
	go func() {
		data, _, _ := get(admin + "/debug/pprof/profile?seconds=2")
		got <- data
	}()
	b.wrk(&load{name: l.name, at: l.at, url: l.url, header: l.header, script: l.script}, 3)
	file := filepath.Join(b.folder, "server.pprof")
	select {
	case data := <-got:
		if os.WriteFile(file, data, 0o644) == nil {
			b.keepProfile(strings.ReplaceAll(l.what, "**", ""), file, b.program("testamur"))
		}
	case <-time.After(10 * time.Second):
	}
	http.DefaultClient.CloseIdleConnections()
}

func (b *bench) keepProfile(what, file, program string) {
	out, err := b.output("go", "tool", "pprof", "-top", "-nodecount=14", program, file)
	if err != nil {
		return
	}
	if i := strings.Index(out, "      flat"); i >= 0 {
		out = out[i:]
	}
	b.profiles = append(b.profiles, what+":\n\n```\n"+strings.TrimRight(out, "\n")+"\n```\n")
}
