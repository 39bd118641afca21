package messages

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// use is what the sources say with one key, or with all keys that begin with it where it ends with a dot.
type use struct {
	key   string
	where string
	names []string // of what is filled in
	open  bool     // more may be filled in than can be read here
}

// Every key that a source or a template names is there, and is filled in with the names that its English text has.
func TestKeysAreThere(t *testing.T) {
	uses, _ := read(t)
	en := builtIn(t).In(Reference)
	for _, u := range uses {
		if strings.HasSuffix(u.key, ".") {
			if !slices.ContainsFunc(slices.Collect(maps.Keys(en.text)), func(key string) bool { return strings.HasPrefix(key, u.key) }) {
				t.Errorf("%s: no key begins with %q", u.where, u.key)
			}
			continue
		}
		text, ok := en.text[u.key]
		if !ok {
			t.Errorf("%s: %q is not in assets/messages/%s", u.where, u.key, Reference)
			continue
		}
		for _, name := range u.names {
			if !slices.Contains(namesOf(text), name) {
				t.Errorf("%s: %q has no {%s}", u.where, u.key, name)
			}
		}
		for _, name := range namesOf(text) {
			if !u.open && !slices.Contains(u.names, name) {
				t.Errorf("%s: {%s} of %q is not filled in", u.where, name, u.key)
			}
		}
	}
	if len(uses) < 20 {
		t.Errorf("only %d uses of keys are found; has their form changed?", len(uses))
	}
}

// Every key is said somewhere: it stands in a source, or the part before one of its dots does, to be completed when the
// program runs. The reasons for which a value is refused are all known.
func TestKeysAreUsed(t *testing.T) {
	_, literals := read(t)
	for key := range builtIn(t).In(Reference).text {
		used := literals[key]
		for i := range key {
			used = used || key[i] == '.' && literals[key[:i+1]] && key[:i+1] != refused
		}
		if !used {
			t.Errorf("assets/messages/%s: nothing says %q", Reference, key)
		}
	}
}

// read parses the whole house: the uses of keys, and every literal text.
func read(t *testing.T) (uses []use, literals map[string]bool) {
	t.Helper()
	literals = map[string]bool{}
	house := os.DirFS("..")
	err := fs.WalkDir(house, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := path.Base(name)
		if d.IsDir() && (base == "testdata" || base == "node_modules" || base == "bench" || len(base) > 1 && base[0] == '.') {
			return fs.SkipDir
		}
		switch {
		case strings.HasSuffix(name, "_test.go"):
		case strings.HasSuffix(name, ".go"):
			uses = append(uses, readGo(t, house, name, literals)...)
		case strings.HasPrefix(name, "site/") && slices.Contains([]string{".html", ".txt", ".xml", ".tmpl", ".md"}, path.Ext(name)):
			uses = append(uses, readTemplate(t, house, name, literals)...)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return uses, literals
}

const refused = "refused."

// readGo finds calls of a method Text or Has with a key, and the reasons for which a value is refused.
func readGo(t *testing.T, house fs.FS, name string, literals map[string]bool) (uses []use) {
	data, err := fs.ReadFile(house, name)
	if err != nil {
		t.Fatal(err)
	}
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, name, data, 0)
	if err != nil {
		t.Fatal(err)
	}
	add := func(at ast.Node, key string, pairs []ast.Expr, open bool) {
		u := use{key: key, where: files.Position(at.Pos()).String(), open: open}
		for i := 0; i < len(pairs); i += 2 {
			name, ok := literal(pairs[i])
			if !ok {
				u.open = true
				continue
			}
			u.names = append(u.names, name)
		}
		uses = append(uses, u)
		literals[key] = true
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BasicLit:
			if s, ok := literal(n); ok {
				literals[s] = true
			}
		case *ast.ValueSpec: // render/text: the reasons for which a name is refused
			for _, v := range n.Values {
				if s, ok := literal(v); ok && name == "render/text/name.go" && strings.HasPrefix(s, "name_") {
					add(v, refused+s, nil, true)
				}
			}
		case *ast.CompositeLit: // server: verify.Refused{Reason: reason}; a credential's Reason is something else
			if typed, ok := n.Type.(*ast.SelectorExpr); !ok || typed.Sel.Name != "Refused" {
				return true
			}
			for _, e := range n.Elts {
				if pair, ok := e.(*ast.KeyValueExpr); ok {
					if field, ok := pair.Key.(*ast.Ident); ok && field.Name == "Reason" {
						if reason, ok := literal(pair.Value); ok {
							add(pair, refused+reason, nil, true)
						}
					}
				}
			}
		case *ast.CallExpr:
			if len(n.Args) == 0 {
				return true
			}
			switch f := n.Fun.(type) {
			case *ast.SelectorExpr:
				if key, ok := keyOf(n.Args[0]); ok && (f.Sel.Name == "Text" || f.Sel.Name == "Has") {
					add(n, key, n.Args[1:], f.Sel.Name == "Has" || n.Ellipsis.IsValid())
				}
			case *ast.Ident: // verify: refuse(field, reason, pairs...)
				if f.Name == "refuse" && len(n.Args) > 1 {
					if reason, ok := literal(n.Args[1]); ok {
						add(n, refused+reason, n.Args[2:], n.Ellipsis.IsValid())
					}
				}
			}
		}
		return true
	})
	return uses
}

// keyOf reads a key, or the beginning of one that something is added to.
func keyOf(e ast.Expr) (string, bool) {
	if sum, ok := e.(*ast.BinaryExpr); ok {
		s, ok := literal(sum.X)
		return s, ok && strings.HasSuffix(s, ".")
	}
	return literal(e)
}

func literal(e ast.Expr) (string, bool) {
	if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.STRING {
		s, err := strconv.Unquote(lit.Value)
		return s, err == nil
	}
	return "", false
}

var (
	action = regexp.MustCompile(`(?s)\{\{.*?\}\}`)
	quoted = regexp.MustCompile("\"([a-z][a-z0-9_-]*(?:\\.[a-z0-9_-]+)*\\.?)\"")
	filled = regexp.MustCompile(`^\{\{-?\s*t ("[^"]*")((?:\s+"[^"]*"\s+[.$][\w.]*)*)\s*-?\}\}$`) // {{t "key" "name" .Value}}
)

// readTemplate takes every quoted word with a dot inside {{ }} for a key.
func readTemplate(t *testing.T, house fs.FS, name string, literals map[string]bool) (uses []use) {
	data, err := fs.ReadFile(house, name)
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range action.FindAllIndex(data, -1) {
		text := string(data[at[0]:at[1]])
		where := name + ":" + strconv.Itoa(1+strings.Count(string(data[:at[0]]), "\n"))
		var words []string
		for _, m := range quoted.FindAllStringSubmatch(text, -1) {
			words = append(words, m[1])
			literals[m[1]] = true
		}
		if filled.MatchString(text) {
			uses = append(uses, use{key: words[0], where: where, names: words[1:]})
			continue
		}
		for _, word := range words {
			if strings.Contains(word, ".") {
				uses = append(uses, use{key: word, where: where, open: true})
			}
		}
	}
	return uses
}

// The readers find what they are there for.
func TestReaders(t *testing.T) {
	house := folder(
		"site/page.html", "<p>\n{{if eq .Ok \"yes\"}}{{t \"a.b\" \"name\" $v.Name}} \"no.key\"{{end}}\n{{template \"x\" (t (print \"c.\" .X))}}{{t \"a.c\"}}",
		"a/a.go", "package a\n\nvar _ = l.Text(\"a.b\", \"name\", x) + l.Text(\"p.\"+y) + l.Text(z) + l.Text(\"c\", q...)\nvar _ = refuse(\"f\", \"why\")\nvar _ = v.Refused{Reason: \"how\"}\n",
	)
	literals := map[string]bool{}
	var got []string
	for _, u := range append(readTemplate(t, house, "site/page.html", literals), readGo(t, house, "a/a.go", literals)...) {
		got = append(got, strings.Join([]string{u.where, u.key, strings.Join(u.names, ","), strconv.FormatBool(u.open)}, " "))
	}
	want := []string{"site/page.html:2 a.b name false", "site/page.html:3 c.  true", "site/page.html:3 a.c  false", "a/a.go:3:9 a.b name false", "a/a.go:3:36 p.  false",
		"a/a.go:3:65 c  true", "a/a.go:4:9 refused.why  false", "a/a.go:5:19 refused.how  true"}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}
