package site_test

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"pgregory.net/rapid"

	"testamur/site"
)

func snippet(target, style string, width int) site.Snippet {
	return site.Snippet{Target: target, Style: style, Width: width, Picture: url + "/badges/" + code + ".png", Page: url + "/verify/" + code,
		Alt: "Inbound Certification, Maya Lindqvist. See whether it is valid."}
}

func TestSnippets(t *testing.T) {
	const (
		at   = "https://academy.example.org"
		page = at + "/verify/7K3M-9QXT-4P24"
		png  = at + "/badges/7K3M-9QXT-4P24.png"
		alt  = "Inbound Certification, Maya Lindqvist. See whether it is valid."
	)
	for _, x := range []struct {
		target, style string
		width         int
		want          string
	}{
		{"html", "seal", 300, `<a href="` + page + `"><img src="` + png + `?w=300" srcset="` + png + `?w=600 2x" width="300" height="300" alt="` + alt + `" loading="lazy" decoding="async"></a>`},
		{"html", "card", 320, `<a href="` + page + `"><img src="` + png + `?style=card&amp;w=320" srcset="` + png + `?style=card&amp;w=640 2x" width="320" height="80" alt="` + alt + `" loading="lazy" decoding="async"></a>`},
		{"markdown", "seal", 150, `[![` + alt + `](` + png + `?w=150)](` + page + `)`},
		{"markdown", "card", 320, `[![` + alt + `](` + png + `?style=card&w=320)](` + page + `)`},
		{"signature", "seal", 600, `<a href="` + page + `"><img src="` + png + `?style=card&amp;w=640" width="320" height="80" border="0" alt="` + alt + `"></a>`},
		{"wordpress", "seal", 200, `<!-- wp:image {"width":"200px","height":"auto","sizeSlug":"full","linkDestination":"custom"} -->
<figure class="wp-block-image size-full is-resized"><a href="` + page + `"><img src="` + png + `?w=400" alt="` + alt + `" style="width:200px;height:auto"/></a></figure>
<!-- /wp:image -->`},
		{"url", "seal", 300, png},
		{"url", "seal", 600, png + "?w=600"},
		{"url", "card", 320, png + "?style=card&w=320"},
	} {
		if got := snippet(x.target, x.style, x.width).Code(); got != x.want {
			t.Errorf("%s %s %d:\n%s\nnot\n%s", x.target, x.style, x.width, got, x.want)
		}
	}
}

// Whatever a form sends has an answer, in sizes of the ladder alone: the picture, and the one for fine screens.
func TestSnippetFits(t *testing.T) {
	ladder := map[string][]int{"seal": {64, 90, 128, 150, 200, 240, 300, 400, 480, 600, 800, 1200}, "card": {320, 640, 1200}}
	for _, style := range site.Styles() {
		for _, w := range site.Widths(style) {
			if !slices.Contains(ladder[style], w) || !slices.Contains(ladder[style], 2*w) {
				t.Errorf("%s: %d or its double is not on the ladder", style, w)
			}
		}
	}
	for _, target := range append(site.Targets(), "") {
		for _, style := range append(site.Styles(), "") {
			for _, w := range []int{-1, 0, 64, 90, 107, 149, 260, 320, 1200, 1 << 40} {
				s := snippet(target, style, w).Fit()
				if !slices.Contains(site.Widths(s.Style), s.Width) || s != s.Fit() || s.Code() != snippet(target, style, w).Code() {
					t.Errorf("%s %s %d is made %+v", target, style, w, s)
				}
			}
		}
	}
	for _, x := range [][2]int{{90, 64}, {320, 300}, {1200, 600}, {1, 64}, {270, 240}} {
		if got := snippet("html", "seal", x[0]).Fit().Width; got != x[1] {
			t.Errorf("%d is made %d, not %d", x[0], got, x[1])
		}
	}
	if s := snippet("signature", "seal", 64).Fit(); s.Style != "card" || s.Width != 320 || s.Height() != 80 {
		t.Errorf("a signature has %+v", s)
	}
}

// tree is a fragment of HTML as a browser reads it: elements with their attributes, in order; texts that are not blank.
func tree(t interface{ Fatal(...any) }, fragment string) (all []string, attrs []map[string]string) {
	body := &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body}
	nodes, err := html.ParseFragment(strings.NewReader(fragment), body)
	if err != nil {
		t.Fatal(err)
	}
	var walk func(n *html.Node, depth string)
	walk = func(n *html.Node, depth string) {
		switch n.Type {
		case html.ElementNode:
			all = append(all, depth+n.Data)
			m := map[string]string{}
			for _, a := range n.Attr {
				m[a.Key] = a.Val
			}
			attrs = append(attrs, m)
		case html.TextNode:
			if strings.TrimSpace(n.Data) != "" {
				all = append(all, fmt.Sprintf("%s%q", depth, n.Data))
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c, depth+">")
		}
	}
	for _, n := range nodes {
		walk(n, "")
	}
	return all, attrs
}

var hardNames = append([]string{
	"Maya Lindqvist", `Anna "Annie" O'Neil`, "A & B", "A &amp; B", "<b>", "a]b", "[x](y)", "](https://evil.example)", "a|b", `a\|b`, `\`, "``", "*a*", "_a_", "~~a~~", "$x$",
	"![", "<!-- wp:image -->", "-->", "<!-- /wp:image -->", "ليلى الهاشمي", "שרה כהן", "ليلى | <b>", "{{ site.title }}", "www.evil.example", "https://evil.example", "a@b.example", ":smile:",
	"# A", "1. A", "- A", "> A", "&copy", "&lt;script&gt;", "a\nb", "a\r\n\r\nb", "a\tb", `" onload="alert(1)`, "x](y \"z\")", "<https://evil.example>",
}, payloads...)

// A name of any kind stays a text: a snippet is one link with one picture in it, read by a browser's rules and by Markdown's.
func TestSnippetEscaping(t *testing.T) {
	_, l := build(t, nil)
	markdown := goldmark.New(goldmark.WithExtensions(extension.GFM))
	try := func(t interface {
		Helper()
		Fatal(...any)
		Fatalf(string, ...any)
	}, name string) {
		t.Helper()
		alt := site.SnippetAlt(l, "Inbound Certification", name)
		want := strings.ReplaceAll(strings.Join(strings.Fields(alt), " "), "\x00", "\uFFFD")
		for _, style := range site.Styles() {
			s := snippet("", style, 300)
			s.Alt = alt
			read := func(fragment, elements string, attributes ...string) {
				t.Helper()
				all, attrs := tree(t, fragment)
				if !slices.Equal(all, strings.Fields(elements)) {
					t.Fatalf("%s: %q is read as %q", s.Target, fragment, all)
				}
				img := attrs[len(attrs)-1]
				if img["alt"] != want {
					t.Fatalf("%s: alt is %q, not %q, of %q", s.Target, img["alt"], want, fragment)
				}
				if a := attrs[len(attrs)-2]; len(a) != 1 || a["href"] != s.Page {
					t.Fatalf("%s: the link is %q", s.Target, a)
				}
				if !strings.HasPrefix(img["src"], s.Picture+"?") {
					t.Fatalf("%s: src is %q", s.Target, img["src"])
				}
				if names := slices.Sorted(maps.Keys(img)); !slices.Equal(names, attributes) {
					t.Fatalf("%s: attributes %q", s.Target, names)
				}
			}
			s.Target = site.TargetHTML
			read(s.Code(), "a >img", "alt", "decoding", "height", "loading", "src", "srcset", "width")
			s.Target = site.TargetSignature
			read(s.Code(), "a >img", "alt", "border", "height", "src", "width")
			s.Target = site.TargetWordPress
			read(s.Code(), "figure >a >>img", "alt", "src", "style")
			if strings.Count(s.Code(), "<!--") != 2 || strings.Count(s.Code(), "-->") != 2 {
				t.Fatalf("comments in %q", s.Code())
			}
			s.Target = site.TargetMarkdown
			for _, in := range []struct{ before, after, elements string }{
				{"", "", "p >a >>img"},
				{"# ", " #", "h1 >a >>img"},
				{"- ", "\n", "ul >li >>a >>>img"},
				{"| a |\n|---|\n| ", " |\n", "table >thead >>tr >>>th >>>>\"a\" >tbody >>tr >>>td >>>>a >>>>>img"},
			} {
				var b bytes.Buffer
				if err := markdown.Convert([]byte(in.before+s.Code()+in.after), &b); err != nil {
					t.Fatal(err)
				}
				read(b.String(), in.elements, "alt", "src")
			}
		}
	}
	for _, name := range hardNames {
		try(t, name)
	}
	rapid.Check(t, func(t *rapid.T) {
		try(t, rapid.OneOf(rapid.String(), rapid.StringOf(rapid.SampledFrom([]rune("\\`*_[](){}<>&!|~$#@:\"' ;-=/aA1é\u0644\n\u202e")))).Draw(t, "name"))
	})
}
