// Package strictyaml reads YAML into Go values and reports every mistake at once, each with file and line and
// what to do about it: an unknown key, a doubled key, a missing one, a value of the wrong type.
//
// It is the only place that knows YAML. Begin with Decode.
package strictyaml

import (
	"bytes"
	"encoding"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// MaxBytes is the largest file that Decode reads.
const MaxBytes = 4 << 20

// Decode reads one YAML document into the value that into points to. Struct fields carry the tag
// `yaml:"name"`, or `yaml:"name,optional"` where the key may be missing; fields without the tag are left alone. It reads
// structs, slices, maps with string keys, pointers, strings, integers, floats, booleans and types with
// UnmarshalText; a type with UnmarshalScalar reads one value so, and keys or a list by its kind. Aliases, merge keys and tags of one's own are refused. The error joins all mistakes, each as
// "file:line: path: what to do"; the Source knows the line of each value for errors found later, and is never nil.
func Decode(file string, data []byte, into any) (*Source, error) {
	d, root, err := open(file, data)
	if err != nil {
		return d.source, err
	}
	v := reflect.ValueOf(into)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return d.source, fmt.Errorf("%s: Decode wants a pointer, not %T", file, into)
	}
	d.value("", root, v.Elem())
	return d.source, errors.Join(d.problems...)
}

// Flatten reads a document of nested keys with texts; the keys of each text are joined by dots. Errors are those of
// Decode.
func Flatten(file string, data []byte) (map[string]string, *Source, error) {
	d, root, err := open(file, data)
	if err != nil {
		return nil, d.source, err
	}
	flat := map[string]string{}
	var walk func(path string, n *yaml.Node)
	walk = func(path string, n *yaml.Node) {
		if n.Kind != yaml.MappingNode {
			var text string
			d.value(path, n, reflect.ValueOf(&text).Elem())
			flat[path] = text
			return
		}
		d.source.lines[path] = n.Line
		d.pairs(path, n, func(at, key string, k, v *yaml.Node) {
			if strings.Contains(key, ".") {
				d.bad(k, at, "nest the keys; a key may not hold a dot")
				return
			}
			walk(at, v)
		})
	}
	walk("", root)
	return flat, d.source, errors.Join(d.problems...)
}

// open parses a document; an empty one is an empty mapping.
func open(file string, data []byte) (*decoder, *yaml.Node, error) {
	d := &decoder{source: &Source{file: file, lines: map[string]int{}, refused: map[string]bool{}}}
	if len(data) > MaxBytes {
		return d, nil, fmt.Errorf("%s: has %d bytes; at most %d are read", file, len(data), MaxBytes)
	}
	var doc, second yaml.Node
	parser := yaml.NewDecoder(bytes.NewReader(data))
	if err := parser.Decode(&doc); err != nil && err != io.EOF {
		return d, nil, d.source.syntax(err)
	}
	if len(doc.Content) == 0 {
		return d, &yaml.Node{Kind: yaml.MappingNode, Line: 1}, nil
	}
	switch err := parser.Decode(&second); {
	case err == nil:
		return d, nil, d.source.at(second.Line, "", "a second document begins; write one only")
	case err != io.EOF:
		return d, nil, d.source.syntax(err)
	}
	return d, doc.Content[0], nil
}

// Source remembers where each value of a document stands.
type Source struct {
	file    string
	lines   map[string]int
	refused map[string]bool // paths that Decode has complained about
}

// Refused reports whether Decode has complained about the value at path, or about one it stands in: it holds
// nothing then, and a rule about it would only say the same again.
func (s *Source) Refused(path string) bool {
	for ; path != ""; path = above(path) {
		if s.refused[path] {
			return true
		}
	}
	return s.refused[""]
}

// Has reports whether the document has a value at path.
func (s *Source) Has(path string) bool { return s.lines[path] > 0 }

// Errorf is an error about the value at path, such as certifications[2].validity.months, with its file and
// line. A path that is not in the document has the line of the nearest value above it.
func (s *Source) Errorf(path, format string, args ...any) error {
	at := path
	for s.lines[at] == 0 && at != "" {
		at = above(at)
	}
	return s.at(max(s.lines[at], 1), path, format, args...)
}

// above is the path of what the value at path stands in; of a value at the top, the whole document.
func above(path string) string { return path[:max(strings.LastIndexAny(path, ".["), 0)] }

func (s *Source) at(line int, path, format string, args ...any) error {
	if path != "" {
		path += ": "
	}
	return fmt.Errorf("%s:%d: %s%s", s.file, line, path, fmt.Sprintf(format, args...))
}

var syntaxLine = regexp.MustCompile(`^yaml: line (\d+): `)

// syntax is the parser's own error with the line where ours have it. What it "did not find" it counts from line 0; of
// the first line it names none.
func (s *Source) syntax(err error) error {
	m := syntaxLine.FindStringSubmatch(err.Error())
	if m == nil {
		return fmt.Errorf("%s: %s", s.file, strings.TrimPrefix(err.Error(), "yaml: "))
	}
	line, _ := strconv.Atoi(m[1])
	said := err.Error()[len(m[0]):]
	if strings.HasPrefix(said, "did not find") {
		line++
	}
	return s.at(line, "", "%s", said)
}

type decoder struct {
	source   *Source
	problems []error
}

func (d *decoder) bad(n *yaml.Node, path, format string, args ...any) {
	d.source.refused[path] = true
	d.problems = append(d.problems, d.source.at(n.Line, path, format, args...))
}

func (d *decoder) value(path string, n *yaml.Node, v reflect.Value) {
	d.source.lines[path] = n.Line
	if n.Kind == yaml.AliasNode {
		d.bad(n, path, "write the value out; aliases are not read")
		return
	}
	if !plain[n.Tag] {
		d.bad(n, path, "take the tag %s away", n.Tag)
		return
	}
	if v.Kind() == reflect.Pointer {
		if n.Tag == "!!null" {
			return
		}
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	if v.CanAddr() {
		if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
			if n.Kind != yaml.ScalarNode {
				d.bad(n, path, "must be one value, not %s", kind(n))
			} else if err := u.UnmarshalText([]byte(n.Value)); err != nil {
				d.bad(n, path, "%v", err)
			}
			return
		}
	}
	if v.CanAddr() && n.Kind == yaml.ScalarNode && n.Tag != "!!null" {
		if u, ok := v.Addr().Interface().(interface{ UnmarshalScalar([]byte) error }); ok {
			if err := u.UnmarshalScalar([]byte(n.Value)); err != nil {
				d.bad(n, path, "%v", err)
			}
			return
		}
	}
	switch v.Kind() {
	case reflect.Struct:
		d.structure(path, n, v)
	case reflect.Slice:
		if n.Kind != yaml.SequenceNode {
			d.bad(n, path, "must be a list, not %s", kind(n))
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content)))
		for i, item := range n.Content {
			d.value(fmt.Sprintf("%s[%d]", path, i), item, v.Index(i))
		}
	case reflect.Map:
		if n.Kind != yaml.MappingNode {
			d.bad(n, path, "must be keys with values, not %s", kind(n))
			return
		}
		v.Set(reflect.MakeMap(v.Type()))
		d.pairs(path, n, func(at, key string, _, value *yaml.Node) {
			e := reflect.New(v.Type().Elem()).Elem()
			d.value(at, value, e)
			v.SetMapIndex(reflect.ValueOf(key).Convert(v.Type().Key()), e)
		})
	default:
		d.scalar(path, n, v)
	}
}

// plain are the tags that YAML itself gives to values.
var plain = map[string]bool{"": true, "!!str": true, "!!int": true, "!!float": true, "!!bool": true, "!!null": true,
	"!!timestamp": true, "!!map": true, "!!seq": true}

// pairs gives the keys of a mapping with their values and refuses what is doubled or merged.
func (d *decoder) pairs(path string, n *yaml.Node, each func(at, key string, k, v *yaml.Node)) {
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		at := k.Value
		if path != "" {
			at = path + "." + k.Value
		}
		switch line, double := seen[k.Value]; {
		case k.Kind != yaml.ScalarNode || k.Tag == "!!merge":
			d.problems = append(d.problems, d.source.at(k.Line, path, "a key must be a plain word; write merged keys out"))
		case double:
			d.bad(k, at, "stands on line %d already; keep one", line)
		default:
			seen[k.Value] = k.Line
			each(at, k.Value, k, v)
		}
	}
}

func (d *decoder) structure(path string, n *yaml.Node, v reflect.Value) {
	if n.Kind != yaml.MappingNode {
		d.bad(n, path, "must be keys with values, not %s", kind(n))
		return
	}
	fields, missing := map[string]int{}, map[string]bool{}
	var names []string
	for i := range v.NumField() {
		tag, ok := v.Type().Field(i).Tag.Lookup("yaml")
		if !ok {
			continue
		}
		name, option, _ := strings.Cut(tag, ",")
		fields[name] = i
		names = append(names, name)
		missing[name] = option != "optional"
	}
	d.pairs(path, n, func(at, key string, k, value *yaml.Node) {
		i, ok := fields[key]
		if !ok {
			d.bad(k, at, "is not known here; known: %s", strings.Join(names, ", "))
			return
		}
		missing[key] = false
		d.value(at, value, v.Field(i))
	})
	for _, name := range names {
		if missing[name] {
			d.problems = append(d.problems, d.source.at(n.Line, path, "lacks %q", name))
			d.source.refused[strings.TrimPrefix(path+"."+name, ".")] = true
		}
	}
}

func (d *decoder) scalar(path string, n *yaml.Node, v reflect.Value) {
	if n.Kind != yaml.ScalarNode {
		d.bad(n, path, "must be one value, not %s", kind(n))
		return
	}
	switch v.Kind() {
	case reflect.String:
		if n.Tag == "!!null" {
			d.bad(n, path, "is empty; write \"\" for an empty text or take the key away")
			return
		}
		v.SetString(n.Value)
	case reflect.Int, reflect.Int64:
		i, err := strconv.ParseInt(n.Value, 10, v.Type().Bits())
		if n.Tag != "!!int" || err != nil {
			d.bad(n, path, "must be a whole number, not %q", n.Value)
			return
		}
		v.SetInt(i)
	case reflect.Float64:
		f, err := strconv.ParseFloat(n.Value, 64)
		if !slices.Contains([]string{"!!int", "!!float"}, n.Tag) || err != nil {
			d.bad(n, path, "must be a number, not %q", n.Value)
			return
		}
		v.SetFloat(f)
	case reflect.Bool:
		if n.Tag != "!!bool" {
			d.bad(n, path, "must be true or false, not %q", n.Value)
			return
		}
		v.SetBool(strings.EqualFold(n.Value, "true"))
	default:
		d.bad(n, path, "cannot be read into %s", v.Type())
	}
}

func kind(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "keys with values"
	case yaml.SequenceNode:
		return "a list"
	}
	return fmt.Sprintf("%q", n.Value)
}
