package redistest

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// Watched is a primary with replicas, watched by Sentinels, who choose another primary a second after it is gone.
type Watched struct {
	Nodes     []*Server // the first is the primary at the beginning
	Sentinels []*Server
}

// Master is the name by which the Sentinels know it.
const Master = "badges"

// StartWatched starts a primary, two replicas and three Sentinels.
func StartWatched(t testing.TB) *Watched {
	t.Helper()
	w := &Watched{Nodes: []*Server{Start(t, Durable()...)}}
	primary := w.Nodes[0]
	for range 2 {
		w.Nodes = append(w.Nodes, Start(t, append(Durable(), "--replicaof", "127.0.0.1 "+strconv.Itoa(primary.Port))...))
	}
	for range 3 {
		s := &Server{Port: port(t), Folder: t.TempDir(), t: t}
		conf := filepath.Join(s.Folder, "sentinel.conf")
		text := fmt.Sprintf("port %d\nbind 127.0.0.1\ndir %s\nlogfile %s/log\nsentinel monitor %s 127.0.0.1 %d 2\nsentinel down-after-milliseconds %s 1000\n"+
			"sentinel failover-timeout %s 5000\nsentinel parallel-syncs %s 1\n", s.Port, s.Folder, s.Folder, Master, primary.Port, Master, Master, Master)
		if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		s.args = []string{conf}
		t.Cleanup(s.Kill)
		s.Run()
		w.Sentinels = append(w.Sentinels, s)
	}
	for _, s := range w.Sentinels {
		s.until("it knows the others", func() bool {
			info, err := s.Ask("SENTINEL", "MASTER", Master)
			return err == nil && strings.Contains(info, "num-slaves 2") && strings.Contains(info, "num-other-sentinels 2")
		})
	}
	primary.until("its replicas follow", func() bool {
		info, err := primary.Ask("INFO", "replication")
		return err == nil && strings.Count(info, "state=online") == 2
	})
	return w
}

// URL is the setting that leads to it.
func (w *Watched) URL() string {
	return "redis://" + addresses(w.Sentinels) + "/0?master_name=" + Master
}

// Primary is who the Sentinels say is the primary; nil: one we have not started.
func (w *Watched) Primary() *Server {
	for _, s := range w.Sentinels {
		at, err := s.Ask("SENTINEL", "GET-MASTER-ADDR-BY-NAME", Master)
		if err != nil {
			continue
		}
		for _, n := range w.Nodes {
			if at == "127.0.0.1 "+strconv.Itoa(n.Port) {
				return n
			}
		}
	}
	return nil
}

// Cluster is three primaries with a replica each.
type Cluster struct{ Nodes []*Server }

// StartCluster starts a Cluster that misses a primary after two seconds.
func StartCluster(t testing.TB) *Cluster {
	t.Helper()
	c := &Cluster{}
	for range 6 {
		c.Nodes = append(c.Nodes, Start(t, append(Durable(), "--cluster-enabled", "yes", "--cluster-config-file", "nodes.conf", "--cluster-node-timeout", "2000")...))
	}
	must := func(s *Server, words ...string) string {
		t.Helper()
		reply, err := s.Ask(words...)
		if err != nil {
			t.Fatalf("%v: %v", words, err)
		}
		return reply
	}
	for i, n := range c.Nodes {
		if i < 3 {
			must(n, "CLUSTER", "ADDSLOTSRANGE", strconv.Itoa(i*16384/3), strconv.Itoa((i+1)*16384/3-1))
		}
		must(n, "CLUSTER", "SET-CONFIG-EPOCH", strconv.Itoa(i+1))
		if i > 0 {
			must(n, "CLUSTER", "MEET", "127.0.0.1", strconv.Itoa(c.Nodes[0].Port))
		}
	}
	for _, n := range c.Nodes {
		n.until("it knows the others", func() bool { return strings.Contains(must(n, "CLUSTER", "INFO"), "cluster_known_nodes:6") })
	}
	for i, n := range c.Nodes[3:] {
		of := must(c.Nodes[i], "CLUSTER", "MYID")
		n.until("it follows", func() bool { _, err := n.Ask("CLUSTER", "REPLICATE", of); return err == nil })
	}
	for _, n := range c.Nodes {
		n.until("all is well", func() bool {
			return strings.Contains(must(n, "CLUSTER", "INFO"), "cluster_state:ok") && strings.Count(must(n, "CLUSTER", "NODES"), "slave") == 3
		})
	}
	for _, n := range c.Nodes[:3] {
		n.until("its replica follows", func() bool { return strings.Contains(must(n, "INFO", "replication"), "state=online") })
	}
	return c
}

// URL is the setting that leads to it.
func (c *Cluster) URL() string { return "redis://" + addresses(c.Nodes) }

// Primary is the one that has a key, as a node sees it that answers.
func (c *Cluster) Primary(key string) *Server {
	for _, n := range c.Nodes {
		if !n.Running() {
			continue
		}
		slot, err := n.Ask("CLUSTER", "KEYSLOT", key)
		if err != nil {
			continue
		}
		nodes, err := n.Ask("CLUSTER", "NODES")
		if err != nil {
			continue
		}
		number, _ := strconv.Atoi(slot)
		for line := range strings.Lines(nodes) {
			fields := strings.Fields(line)
			if len(fields) < 9 || !strings.Contains(fields[2], "master") || strings.Contains(fields[2], "fail") {
				continue
			}
			for _, slots := range fields[8:] {
				from, to, _ := strings.Cut(slots, "-")
				a, errA := strconv.Atoi(from)
				b, errB := strconv.Atoi(to)
				if errA != nil || errB != nil || number < a || number > b {
					continue
				}
				for _, of := range c.Nodes {
					if strings.HasPrefix(fields[1], of.Addr()+"@") {
						return of
					}
				}
			}
		}
	}
	return nil
}

// Running reports whether it has been started and not ended.
func (s *Server) Running() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.process != nil
}

func addresses(servers []*Server) string {
	var all []string
	for _, s := range servers {
		all = append(all, s.Addr())
	}
	return strings.Join(all, ",")
}
