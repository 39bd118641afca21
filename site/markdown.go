package site

import (
	"bytes"
	"fmt"
	"html/template"
	"image"
	_ "image/png" // sizes of pictures in content
	"path"
	"regexp"
	"strconv"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	markdown "github.com/yuin/goldmark/text"
)

// dialect is the Markdown of content: CommonMark with tables, and a place for the address of a heading.
func dialect() goldmark.Markdown {
	return goldmark.New(goldmark.WithExtensions(extension.Table), goldmark.WithParserOptions(parser.WithAttribute()))
}

// plain is text that stays as it is; escaped is text that Markdown reads as nothing but text.
func plain(s string) string { return s }

var special = regexp.MustCompile("[!-/:-@[-`{-~]")

func escaped(s string) string { return special.ReplaceAllString(s, `\$0`) }

// markdown reads the body of a text into its parts.
func (r *reader) markdown(t *text, source []byte) {
	md := dialect()
	doc := md.Parser().Parse(markdown.NewReader(source))
	r.look(t, doc, source)

	now := ast.NewDocument() // what stands before the first heading, then under each
	p := part{}
	flush := func() {
		var b bytes.Buffer
		if err := md.Renderer().Render(&b, source, now); err != nil {
			r.bad(t.file, "%v", err)
		}
		body, said := template.HTML(bytes.TrimSpace(b.Bytes())), wordsOf(now, source)
		switch {
		case p.ID == "":
			t.Intro, t.intro = body, said
		case said == "":
			r.bad(t.file, "%q has nothing under it; write the answer", p.Title)
		default:
			p.Body, p.words = body, said
			t.Parts = append(t.Parts, p)
		}
		now = ast.NewDocument()
	}
	for n := doc.FirstChild(); n != nil; {
		next := n.NextSibling()
		doc.RemoveChild(doc, n)
		if h, ok := n.(*ast.Heading); ok && h.Level == 2 {
			flush()
			p = r.heading(t, h, source)
		} else {
			now.AppendChild(now, n)
		}
		n = next
	}
	flush()
}

// heading reads the line above a part.
func (r *reader) heading(t *text, h *ast.Heading, source []byte) part {
	p := part{Title: wordsOf(h, source)}
	for _, a := range h.Attributes() {
		value := fmt.Sprintf("%s", a.Value)
		switch string(a.Name) {
		case "id":
			p.ID = value
		case "needs":
			if !strings.Contains(value, " ") { // with several it is about what its text is about
				p.Certification = value
			}
		case "also":
			p.also = value
		default:
			r.bad(t.file, "%q: %s is not known here; an address, needs and also are", p.Title, a.Name)
		}
	}
	if p.Title == "" || !fileName.MatchString(p.ID) {
		r.bad(t.file, "%q has no address; write one behind it, such as {#who-it-is-for}: small letters, digits and single dashes", p.Title)
		p.ID = "x"
	}
	for _, other := range t.Parts {
		if other.ID == p.ID {
			r.bad(t.file, "#%s stands twice; an address is one heading's own", p.ID)
		}
	}
	return p
}

// look checks what may not be in content, notes its links and puts its pictures in.
func (r *reader) look(t *text, doc ast.Node, source []byte) {
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.RawHTML, *ast.HTMLBlock:
			r.bad(t.file, "HTML is not read; write Markdown")
		case *ast.Heading:
			if n.Level == 1 || n.Level > 3 {
				r.bad(t.file, "%q: headings are ## and ###; the title of the page stands at the head of the file", wordsOf(n, source))
			}
		case *ast.Link:
			r.link(t, string(n.Destination))
		case *ast.AutoLink:
			r.link(t, string(n.URL(source)))
		case *ast.Image:
			r.picture(t, n)
		}
		return ast.WalkContinue, nil
	})
}

func (r *reader) link(t *text, to string) {
	switch {
	case strings.HasPrefix(to, "/") && !strings.HasPrefix(to, "//"), strings.HasPrefix(to, "#"):
		t.links = append(t.links, to)
	case strings.HasPrefix(to, "https://"), strings.HasPrefix(to, "mailto:"):
	default:
		r.bad(t.file, "a link to %q; links lead to a page of this site, such as /faq/, or begin with https://", to)
	}
}

// picture puts the address and the size of a picture of content/pictures in.
func (r *reader) picture(t *text, n *ast.Image) {
	name := string(n.Destination)
	at, ok := r.addresses[picturePrefix+strings.TrimSuffix(name, path.Ext(name))]
	if !ok || path.Ext(at) != path.Ext(name) {
		r.bad(t.file, "there is no picture %q in content/pictures", name)
		return
	}
	size, err := sizeOf(r.files[at].body)
	if err != nil {
		r.bad(t.file, "%s: %v", name, err)
	}
	n.Destination = []byte(at)
	n.SetAttributeString("width", []byte(strconv.Itoa(size.X)))
	n.SetAttributeString("height", []byte(strconv.Itoa(size.Y)))
	n.SetAttributeString("loading", []byte("lazy"))
}

var viewBox = regexp.MustCompile(`^<svg [^>]*viewBox="0 0 ([0-9]{1,5}) ([0-9]{1,5})"`)

// sizeOf is the size of a picture in pixels: a PNG's own, an SVG's by its viewBox.
func sizeOf(data []byte) (image.Point, error) {
	if m := viewBox.FindSubmatch(data); m != nil {
		w, _ := strconv.Atoi(string(m[1])) // digits, by the pattern
		h, _ := strconv.Atoi(string(m[2]))
		return image.Pt(w, h), nil
	}
	c, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return image.Point{}, fmt.Errorf(`is neither a PNG nor an SVG that begins <svg … viewBox="0 0 WIDTH HEIGHT"`)
	}
	return image.Pt(c.Width, c.Height), nil
}

// wordsOf is the text of a node, with a space between its blocks.
func wordsOf(n ast.Node, source []byte) string {
	var b strings.Builder
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		switch n := n.(type) {
		case *ast.Text:
			if entering {
				b.Write(unescape(n.Segment.Value(source)))
				if n.SoftLineBreak() || n.HardLineBreak() {
					b.WriteByte(' ')
				}
			}
		case *ast.AutoLink:
			if entering {
				b.Write(n.Label(source))
			}
		default:
			if !entering && n.Type() == ast.TypeBlock {
				b.WriteByte(' ')
			}
		}
		return ast.WalkContinue, nil
	})
	return strings.Join(strings.Fields(b.String()), " ")
}

var escape = regexp.MustCompile("\\\\([!-/:-@[-`{-~])")

// unescape takes the backslashes of escaped away.
func unescape(b []byte) []byte { return escape.ReplaceAll(b, []byte("$1")) }
