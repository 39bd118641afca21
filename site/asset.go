package site

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"regexp"
	"strconv"
	"strings"
)

// keepAll makes the files that pages use.
func (p *Pages) keepAll() error {
	c := p.config
	for _, name := range []string{"site", "api", "faq", "share", "study"} {
		css, err := layout.ReadFile("layout/" + name + ".css")
		if err != nil {
			return err
		}
		css = pack(css)
		if name == "site" {
			css = append(css, c.Colours.css()...)
		}
		p.keep(name, ".css", "text/css; charset=utf-8", css)
	}
	script, err := layout.ReadFile("layout/copy.js")
	if err != nil {
		return err
	}
	p.keep("copy", ".js", "text/javascript; charset=utf-8", script)
	p.keep("icon", ".svg", "image/svg+xml", []byte(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="-40 -40 260 260"><rect x="-40" y="-40" width="260" height="260" rx="58" fill="`+
		template.HTMLEscapeString(c.Colours.Light)+`"/><path d="`+
		template.HTMLEscapeString(c.Mark)+`" fill="none" stroke="#fff" stroke-width="14" stroke-linecap="round" stroke-linejoin="round"/>`+filled(c.MarkFilled)+`</svg>`))
	for _, x := range c.Certifications {
		if len(x.Emblem) > 0 {
			p.keep("emblem-"+x.Slug, ".svg", "image/svg+xml", x.Emblem)
		}
		if c.SpecimenOf != nil {
			for _, w := range specimenWidths {
				p.later("specimen-"+x.Slug+"-"+strconv.Itoa(w), c.SpecimenOf(x.Slug, w))
			}
		}
		if c.PreviewOf != nil {
			p.later("preview-"+x.Slug, c.PreviewOf(x.Slug))
		}
	}
	return p.keepPictures()
}

// pack takes comments and needless spaces out of a style sheet, which has no comment or run of spaces within a text.
func pack(css []byte) []byte {
	for _, x := range []struct{ find, put string }{{`(?s)/\*.*?\*/`, ""}, {`\s+`, " "}, {` ?([{};,>]) ?`, "$1"}, {`;}`, "}"}, {`: `, ":"}} {
		css = regexp.MustCompile(x.find).ReplaceAll(css, []byte(x.put))
	}
	return bytes.TrimSpace(css)
}

// specimenWidths are the sizes in which a specimen is there: those of its places on a narrow and on a wide screen, and of the latter on a
// fine one.
var specimenWidths = [...]int{240, 336, 672}

// css is the part of the style sheet that is the academy's own.
func (c Colours) css() []byte {
	if c == (Colours{}) {
		return nil
	}
	return []byte("\n:root{--brand:" + c.Light + ";--on-brand:#fff}@media screen and (prefers-color-scheme:dark){:root{--brand:" + c.Dark + ";--on-brand:#0b1218}}\n")
}

// keepPictures keeps the pictures of content: ours, and the academy's own over them.
func (p *Pages) keepPictures() error {
	for _, files := range []fs.FS{ours, p.config.Content} {
		if files == nil {
			continue
		}
		names, err := fs.Glob(files, contentFolder+"/pictures/*")
		if err != nil {
			return err
		}
		for _, name := range names {
			body, err := fs.ReadFile(files, name)
			if err != nil {
				return err
			}
			base, ext := path.Base(name), path.Ext(name)
			mime := map[string]string{".svg": "image/svg+xml", ".png": "image/png"}[ext]
			if mime == "" {
				return fmt.Errorf("%s: pictures are .svg or .png", name)
			}
			p.keep(picturePrefix+strings.TrimSuffix(base, ext), ext, mime, body)
		}
	}
	return nil
}

// keep puts a file where its address holds the hash of its content.
func (p *Pages) keep(name, ext, mime string, body []byte) {
	sum := sha256.Sum256(body)
	at := "/assets/" + name + "." + hex.EncodeToString(sum[:8]) + ext
	p.files[at], p.addresses[name] = file{body: body, mime: mime}, at
}

// later puts a picture where its address holds its tag.
func (p *Pages) later(name string, pic Picture) {
	at := "/assets/" + name + "." + pic.Tag + ".png"
	p.files[at], p.addresses[name] = file{mime: "image/png", draw: pic.Draw}, at
}

// picturePrefix stands before the name of a picture of content.
const picturePrefix = "picture-"

// Asset returns the file at an address such as /assets/site.0123456789abcdef.css, which changes with its content. Its
// error is that of a picture that cannot be drawn now.
func (p *Pages) Asset(address string) (body []byte, mime string, ok bool, err error) {
	f, ok := p.files[address]
	if body = f.body; f.draw != nil {
		body, err = f.draw()
	}
	return body, f.mime, ok, err
}

// AssetURL returns the address of a file: of a style sheet ("site", and what some pages need beside it: "api", "faq", "share", "study"), the script "copy", the "icon", an emblem ("emblem-" and the slug of
// a certification), a specimen ("specimen-inbound-336") or a picture beside links ("preview-inbound"); empty where there
// is none.
func (p *Pages) AssetURL(name string) string { return p.addresses[name] }

// filled writes the filled parts of the mark in white.
func filled(parts []Filled) string {
	var b strings.Builder
	for _, f := range parts {
		rule := "nonzero"
		if f.EvenOdd {
			rule = "evenodd"
		}
		b.WriteString(`<path fill="#fff" fill-rule="` + rule + `" d="` + template.HTMLEscapeString(f.Path) + `"/>`)
	}
	return b.String()
}
