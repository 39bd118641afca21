package fonts

import (
	"bytes"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"
	"unicode"

	"github.com/go-text/typesetting/font"
)

var update = flag.Bool("update", false, "write the numbers of README.md")

// Each file stands in the README with its licence, and nothing stands there that is not here.
func TestReadmeNamesEveryFile(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	files, err := fs.Glob(Files, "*")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files embedded, %v", len(files), err)
	}
	embedded := map[string]bool{}
	for _, name := range files {
		embedded[name] = true
		if !strings.Contains(string(readme), "`"+name+"`") {
			t.Errorf("README.md does not name %s", name)
		}
		data, err := fs.ReadFile(Files, name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(name, "OFL-") && (!strings.HasPrefix(string(data), "Copyright") || !strings.Contains(string(data), "SIL OPEN FONT LICENSE Version 1.1")) {
			t.Errorf("%s is not a notice and its licence", name)
		}
	}
	for _, word := range strings.Split(string(readme), "`") {
		if !strings.ContainsAny(word, "/*") && isFile(word) && !embedded[word] {
			t.Errorf("README.md names %s, which is not here", word)
		}
	}
}

func isFile(word string) bool {
	return isFace(word) || strings.HasSuffix(word, ".txt")
}

func isFace(word string) bool {
	return strings.HasSuffix(word, ".ttf") || strings.HasSuffix(word, ".otf")
}

// Each row of the README's table says how many characters its files have; several numbers where they differ.
func TestReadmeCounts(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(readme), "\n")
	for i, line := range lines {
		cells := strings.Split(line, " | ")
		if !strings.HasPrefix(line, "| `") || len(cells) != 5 {
			continue
		}
		var counts []string
		for _, word := range strings.Split(cells[0], "`") {
			if !isFace(word) {
				continue
			}
			if n := fmt.Sprint(characters(t, word)); len(counts) == 0 || counts[len(counts)-1] != n {
				counts = append(counts, n)
			}
		}
		if want := strings.Join(counts, ", "); cells[3] != want {
			if *update {
				cells[3] = want
				lines[i] = strings.Join(cells, " | ")
				continue
			}
			t.Errorf("README.md says %s characters, the files have %s: %s", cells[3], want, cells[0])
		}
	}
	if *update {
		if err := os.WriteFile("README.md", []byte(strings.Join(lines, "\n")), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// characters counts the characters that a face has a glyph for.
func characters(t *testing.T, name string) int {
	t.Helper()
	data, err := fs.ReadFile(Files, name)
	if err != nil {
		t.Fatal(err)
	}
	face, err := font.ParseTTF(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	n := 0
	for it := face.Cmap.Iter(); it.Next(); {
		if r, glyph := it.Char(); glyph != 0 && unicode.IsGraphic(r) {
			n++
		}
	}
	return n
}
