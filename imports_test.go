package testamur

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// may says which packages of the house each package may import. A package that is not here may not exist.
var may = map[string][]string{
	".":                {},
	"assets":           {},
	"fonts":            {},
	"strictyaml":       {},
	"messages":         {"strictyaml"},
	"verify":           {},
	"verify/ledger":    {"verify"},
	"verify/boltstore": {"verify", "verify/ledger"},
	"verify/storetest": {"verify", "verify/ledger"},
	"render/text":      {},
	"render/drawing":   {"render/text"},
	"render/raster":    {"render/drawing", "render/text"},
	"render/deflate":   {},
	"render/png":       {"render/deflate"},
	"render/pdf":       {"render/deflate", "render/drawing", "render/text"},
	"render/qr":        {},
	"render":           {"render/drawing", "render/raster", "render/png", "render/pdf", "render/qr", "render/text", "messages"},
	"academy":          {"strictyaml", "verify", "render", "render/drawing"},
	"site":             {"messages", "strictyaml"},
	"server":           {"verify", "render", "site", "messages"},
	"cmd/testamur":     {"*"}, // the only place where the parts meet

	"verify/redisstore": {"verify", "verify/ledger"},
	"verify/redistest":  {},
}

// home says in which one package each dependency may be imported. A path covers what lies below it.
var home = map[string]string{
	"github.com/gofiber/fiber/v2":    "server",
	"github.com/valyala/fasthttp":    "server",
	"github.com/prometheus":          "server",
	"github.com/fogleman/gg":         "render/raster",
	"github.com/go-text/typesetting": "render/text",
	"golang.org/x/text":              "render/text",
	"golang.org/x/image/draw":        "render/raster",
	"github.com/signintech/gopdf":    "render/pdf",
	"github.com/skip2/go-qrcode":     "render",
	"github.com/maypok86/otter/v2":   "render",
	"github.com/yuin/goldmark":       "site",
	"go.etcd.io/bbolt":               "verify/boltstore",
	"github.com/redis/go-redis/v9":   "verify/redisstore",
	"go.yaml.in/yaml/v3":             "strictyaml",
	"github.com/alecthomas/kong":     "cmd/testamur",
	"github.com/mattn/go-isatty":     "cmd/testamur",
}

// onlyTests are the dependencies that nothing but a test may import.
var onlyTests = []string{
	"pgregory.net/rapid", "github.com/makiuchi-d/gozxing", "github.com/klippa-app/go-pdfium", "github.com/rogpeppe/go-internal",
	"github.com/alicebob/miniredis/v2", "github.com/Shopify/toxiproxy/v2", "github.com/rs/zerolog",
	"github.com/getkin/kin-openapi",
	"golang.org/x/net", "github.com/emersion/go-ical",
}

// The files are parsed, not listed by the go command, so that a cached result cannot hide a new import.
func TestImports(t *testing.T) {
	seen := map[string]bool{}
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && name != "." || d.Name() == "testdata" || d.Name() == "node_modules") {
			return filepath.SkipDir
		}
		if _, err := os.Stat(filepath.Join(name, "go.mod")); err == nil && name != "." && d.IsDir() { // a module of its own: bench
			return filepath.SkipDir
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		pkg, test := path.Dir(filepath.ToSlash(name)), strings.HasSuffix(name, "_test.go")
		allowed, known := may[pkg]
		if !known {
			t.Errorf("%s: package %s is not in the table of imports_test.go", name, pkg)
			return nil
		}
		seen[pkg] = true
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, i := range f.Imports {
			p, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			ours, in := strings.CutPrefix(p, "testamur/")
			switch {
			case test && in: // a test may use any part to try its own
			case in && !slices.Contains(allowed, ours) && !slices.Contains(allowed, "*"):
				t.Errorf("%s imports %s, which package %s may not", name, p, pkg)
			case in, !strings.Contains(strings.SplitN(p, "/", 2)[0], "."):
			case test && slices.ContainsFunc(onlyTests, under(p)):
			case !test && slices.ContainsFunc(onlyTests, under(p)):
				t.Errorf("%s imports %s, which is for tests only", name, p)
			default:
				at := ""
				for dep, pkg := range home {
					if under(p)(dep) {
						at = pkg
					}
				}
				if at == "" {
					t.Errorf("%s imports %s, which has no home in imports_test.go", name, p)
				} else if at != pkg && !test {
					t.Errorf("%s imports %s, whose home is %s", name, p, at)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for pkg := range may {
		if !seen[pkg] {
			t.Errorf("package %s stands in the table of imports_test.go and is not there", pkg)
		}
	}
}

func under(p string) func(string) bool {
	return func(dep string) bool { return p == dep || strings.HasPrefix(p, dep+"/") }
}
