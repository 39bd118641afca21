package fonts

import (
	"io/fs"
	"os"
	"strings"
	"testing"
)

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
		if !strings.ContainsAny(word, "/*") && (strings.HasSuffix(word, ".ttf") || strings.HasSuffix(word, ".txt")) && !embedded[word] {
			t.Errorf("README.md names %s, which is not here", word)
		}
	}
}
