package strictyaml

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// shout is a type that reads itself.
type shout string

func (s *shout) UnmarshalText(b []byte) error {
	if string(b) != strings.ToUpper(string(b)) {
		return errors.New("write it in capitals")
	}
	*s = shout(b)
	return nil
}

type leaf struct {
	Name   string  `yaml:"name"`
	Months int     `yaml:"months"`
	Scale  float64 `yaml:"scale,optional"`
	Open   bool    `yaml:"open,optional"`
	Word   shout   `yaml:"word,optional"`
	Own    int     // no tag: left alone
}

type tree struct {
	Title  string            `yaml:"title"`
	Leaves []leaf            `yaml:"leaves,optional"`
	Inner  *leaf             `yaml:"inner,optional"`
	Texts  map[string]string `yaml:"texts,optional"`
	List   []string          `yaml:"list,optional"`
}

func TestDecode(t *testing.T) {
	const file = `# a comment
title: "A: title"
leaves:
  - {name: one, months: 12, scale: 0.9, open: true, word: LOUD}
  - name: 2014
    months: -1
    scale: 2
inner:
  name: "null"
  months: 0
texts: {"1": January, b: ""}
list: [x, y]
`
	var got tree
	if _, err := Decode("f.yaml", []byte(file), &got); err != nil {
		t.Fatal(err)
	}
	want := tree{
		Title:  "A: title",
		Leaves: []leaf{{Name: "one", Months: 12, Scale: 0.9, Open: true, Word: "LOUD"}, {Name: "2014", Months: -1, Scale: 2}},
		Inner:  &leaf{Name: "null"},
		Texts:  map[string]string{"1": "January", "b": ""},
		List:   []string{"x", "y"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestDecodeReportsEveryMistake(t *testing.T) {
	const file = `titel: typo
leaves:
  - name: one
    months: twelve
    scale: .nan
    open: yes
    word: quiet
  - months: 1.5
    name: [a]
    name: b
  - just text
inner: []
texts:
  a: {b: c}
  <<: {c: d}
list: &list
  - x
  - null
  - !!binary aGk=
`
	var got tree
	_, err := Decode("f.yaml", []byte(file), &got)
	want := `f.yaml:1: titel: is not known here; known: title, leaves, inner, texts, list
f.yaml:4: leaves[0].months: must be a whole number, not "twelve"
f.yaml:5: leaves[0].scale: must be a number, not ".nan"
f.yaml:6: leaves[0].open: must be true or false, not "yes"
f.yaml:7: leaves[0].word: write it in capitals
f.yaml:8: leaves[1].months: must be a whole number, not "1.5"
f.yaml:9: leaves[1].name: must be one value, not a list
f.yaml:10: leaves[1].name: stands on line 9 already; keep one
f.yaml:11: leaves[2]: must be keys with values, not "just text"
f.yaml:12: inner: must be keys with values, not a list
f.yaml:14: texts.a: must be one value, not keys with values
f.yaml:15: texts: a key must be a plain word; write merged keys out
f.yaml:18: list[1]: is empty; write "" for an empty text or take the key away
f.yaml:19: list[2]: take the tag !!binary away
f.yaml:1: lacks "title"`
	if fmt.Sprint(err) != want {
		t.Errorf("got\n%v\nwant\n%v", err, want)
	}
}

func TestDecodeRefusesWholeFiles(t *testing.T) {
	for file, want := range map[string]string{
		"title: a\n---\ntitle: b\n":          "f.yaml:2: a second document begins; write one only",
		"title: &a x\nlist: [*a]\n":          "f.yaml:2: list[0]: write the value out; aliases are not read",
		"title: [\n":                         "f.yaml:", // the parser's own words from here
		"title: a\nlist: b\ntexts: [x\nd: y": "f.yaml:3: ",
		"title: a\nlist: b\n- x\n":           "f.yaml:3: ",
		"title: a\nlist: b: c\n":             "f.yaml:2: ",
		"title: a\n\tlist: b\n":              "f.yaml:2: ",
		"title: a\n---\n]\n":                 "f.yaml:",
		"- a\n":                              "f.yaml:1: must be keys with values, not a list",
		"":                                   `f.yaml:1: lacks "title"`,
		"# nothing\n":                        `f.yaml:1: lacks "title"`,
		"title: \xff\n":                      "f.yaml: ",
		strings.Repeat("#", MaxBytes+1):      "f.yaml: has 4194305 bytes; at most 4194304 are read",
		"title: a\nlist: " + deep("[", 20):   "f.yaml:2: list[0]: must be one value, not a list",
	} {
		var got tree
		source, err := Decode("f.yaml", []byte(file), &got)
		if err == nil || !strings.HasPrefix(err.Error(), want) || source == nil {
			t.Errorf("%.30q: got %v, want %s", file, err, want)
		}
	}
	if _, err := Decode("f.yaml", nil, tree{}); err == nil {
		t.Error("Decode into what is no pointer is no error")
	}
}

func deep(open string, n int) string {
	return strings.Repeat(open, n) + strings.Repeat("]", n)
}

func TestSource(t *testing.T) {
	const file = "title: a\nleaves:\n  - name: x\n    months: many\ninner: 7\n"
	var got tree
	source, _ := Decode("f.yaml", []byte(file), &got)
	for path, want := range map[string]string{
		"leaves[0].name":       "f.yaml:3: leaves[0].name: no good 1",
		"leaves[0].scale":      "f.yaml:3: leaves[0].scale: no good 1", // not there: its entry's line
		"leaves[4].scale":      "f.yaml:3: leaves[4].scale: no good 1",
		"nowhere":              "f.yaml:1: nowhere: no good 1",
		"":                     "f.yaml:1: no good 1",
		"leaves[0].months.all": "f.yaml:4: leaves[0].months.all: no good 1",
	} {
		if got := source.Errorf(path, "no good %d", 1); got.Error() != want {
			t.Errorf("got %v, want %s", got, want)
		}
	}
	for path, want := range map[string]bool{
		"leaves[0].months": true, "leaves[0].name": false, "leaves[0]": false, "leaves": false, "": false,
		"inner": true, "inner.name": true, // what stands in something refused
	} {
		if got := source.Refused(path); got != want {
			t.Errorf("Refused(%q) = %v", path, got)
		}
	}
	source, _ = Decode("f.yaml", []byte("leaves: [{name: x}]\n"), &got)
	if !source.Refused("title") || !source.Refused("leaves[0].months") || source.Refused("leaves[0].name") {
		t.Error("a missing key is not refused, or one that is there is")
	}
}

func TestFlatten(t *testing.T) {
	got, source, err := Flatten("f.yaml", []byte("a:\n  b: one\n  c: {d: two}\ne: \"\"\n"))
	want := map[string]string{"a.b": "one", "a.c.d": "two", "e": ""}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v", got, err)
	}
	if got := source.Errorf("a.c.d", "no"); got.Error() != "f.yaml:3: a.c.d: no" {
		t.Error(got)
	}
	_, _, err = Flatten("f.yaml", []byte("a: [x]\na.b: y\nc: {}\nd:\n"))
	wantErr := `f.yaml:1: a: must be one value, not a list
f.yaml:2: a.b: nest the keys; a key may not hold a dot
f.yaml:4: d: is empty; write "" for an empty text or take the key away`
	if fmt.Sprint(err) != wantErr {
		t.Errorf("got\n%v\nwant\n%v", err, wantErr)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("title: a\nleaves: [{name: x, months: 1, word: Q}]\ntexts: {a: b}\n"))
	f.Add([]byte("title: &a [*a]\n<<: *a\n---\n? {x: y}\n: !!int z\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var got tree
		source, err := Decode("f.yaml", data, &got)
		if source == nil {
			t.Fatal("no source")
		}
		if err == nil && source.Refused("title") {
			t.Error("refused without an error")
		}
		for _, line := range strings.Split(fmt.Sprint(err), "\n") {
			if err != nil && !strings.HasPrefix(line, "f.yaml:") && !strings.Contains(err.Error(), "\n") {
				t.Errorf("no file in %q", line)
			}
		}
		_, _, _ = Flatten("f.yaml", data)
	})
}

// twigs are one word or a list.
type twigs []leaf

func (w *twigs) UnmarshalScalar(b []byte) error {
	if len(b) > 3 {
		return errors.New("is too long a word")
	}
	*w = twigs{{Name: string(b)}}
	return nil
}

// A type may read one value and, by its kind, a list too.
func TestUnmarshalScalar(t *testing.T) {
	for file, want := range map[string]string{
		"twigs: oak":                         "[{oak 0 0 false  0}]",
		"twigs:\n  - {name: elm, months: 2}": "[{elm 2 0 false  0}]",
		"twigs: []":                          "[]",
		"twigs: maple":                       "f.yaml:1: twigs: is too long a word",
		"twigs: {name: elm}":                 "f.yaml:1: twigs: must be a list, not keys with values",
		"twigs:":                             "f.yaml:1: twigs: must be a list, not \"\"",
	} {
		var got struct {
			Twigs twigs `yaml:"twigs"`
		}
		source, err := Decode("f.yaml", []byte(file), &got)
		said := fmt.Sprint(got.Twigs)
		if err != nil {
			said = err.Error()
		}
		if said != want {
			t.Errorf("%q: %s, want %s", file, said, want)
		}
		if !source.Has("twigs") || source.Has("twigs[7]") {
			t.Errorf("%q: has twigs %v", file, source.Has("twigs"))
		}
	}
}
