package redisstore

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"testamur/verify/redistest"
)

// The Redis of compose.yaml is one that we have nothing to say against, and nothing but its network reaches it.
func TestCompose(t *testing.T) {
	text, err := os.ReadFile("../../compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	type service struct {
		Image       string
		Command     []string
		Environment map[string]string
		Healthcheck struct{ Test []string }
		Volumes     []string
		Ports       []string
		Networks    []string
		Secrets     []string
		DependsOn   map[string]struct{ Condition string } `yaml:"depends_on"`
	}
	var file struct {
		Services map[string]service
		Networks map[string]struct{ Internal bool }
		Volumes  map[string]any
		Secrets  map[string]struct{ File string }
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	redis, ours := file.Services["redis"], file.Services["testamur"]
	if len(redis.Command) == 0 || redis.Command[0] != "redis-server" || len(redis.Ports) != 0 || !slices.Equal(redis.Networks, []string{"store"}) || !file.Networks["store"].Internal {
		t.Errorf("redis: %+v, networks %+v", redis, file.Networks)
	}
	if name, at, _ := strings.Cut(strings.Join(redis.Volumes, ""), ":"); at != "/data" || !containsKey(file.Volumes, name) {
		t.Errorf("what Redis keeps is not on a volume: %v", redis.Volumes)
	}
	if len(redis.Healthcheck.Test) == 0 || len(ours.Healthcheck.Test) == 0 || ours.DependsOn["redis"].Condition != "service_healthy" {
		t.Errorf("health: %v, %v, %v", redis.Healthcheck, ours.Healthcheck, ours.DependsOn)
	}
	for _, p := range ours.Ports {
		if !strings.HasPrefix(p, "127.0.0.1:") || strings.Contains(p, "8081") {
			t.Errorf("port %s is open", p)
		}
	}
	if _, err := ParseAddress(ours.Environment["TESTAMUR_REDIS"]); err != nil {
		t.Error(err)
	}
	if ours.Environment["TESTAMUR_SECRET_FILE"] != "/run/secrets/"+ours.Secrets[0] || file.Secrets[ours.Secrets[0]].File == "" || ours.Environment["TESTAMUR_SECRET"] != "" {
		t.Errorf("secret: %v, %v, %v", ours.Environment, ours.Secrets, file.Secrets)
	}
	warnings, err := Inspect(ctx, options(t, "redis://"+redistest.Start(t, redis.Command[1:]...).Addr()))
	if len(warnings) != 0 || !errors.Is(err, ErrEmpty) {
		t.Errorf("its settings: %q, %v", warnings, err)
	}
}

func containsKey(m map[string]any, key string) bool { _, ok := m[key]; return ok }

// What a user of Redis must be allowed is what the manual lists.
func TestManualListsCommands(t *testing.T) {
	text, err := os.ReadFile("../../docs/operate.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(strings.Join(strings.Fields(string(text)), " "), neededCommands) {
		t.Errorf("docs/operate.md does not list %s", neededCommands)
	}
}
