package site

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"testamur/messages"
)

// Snippet is code that shows a badge on a page that is not ours: the picture, and a link to the answer about it.
type Snippet struct {
	Target  string // where it goes: one of Targets
	Style   string // of the picture: one of Styles
	Width   int    // CSS pixels: one of Widths(Style)
	Picture string // absolute address of the badge as PNG, without parameters
	Page    string // absolute address of the answer
	Alt     string // plain text, see SnippetAlt
}

// Where a snippet goes.
const (
	TargetHTML      = "html"
	TargetMarkdown  = "markdown"
	TargetSignature = "signature" // of e-mail
	TargetWordPress = "wordpress" // an image block of its editor
	TargetURL       = "url"       // the picture's address alone
)

// What a picture looks like.
const (
	StyleSeal = "seal" // square
	StyleCard = "card" // four times as wide as high
)

// Targets returns where a snippet may go, the most asked for first.
func Targets() []string {
	return []string{TargetHTML, TargetMarkdown, TargetSignature, TargetWordPress, TargetURL}
}

// Styles returns what a picture may look like.
func Styles() []string { return []string{StyleSeal, StyleCard} }

// Widths returns the widths in CSS pixels that a style is offered in. Each, and twice each for fine screens, is of the
// ladder of sizes that are answered fastest.
func Widths(style string) []int {
	if style == StyleCard {
		return []int{320}
	}
	return []int{64, 150, 200, 240, 300, 400, 600}
}

// FirstSnippet is the one that is shown before another is asked for.
func FirstSnippet() Snippet { return Snippet{Target: TargetHTML, Style: StyleSeal, Width: 300} }

// query are the parameters that ask for s; none for the first.
func (s Snippet) query() url.Values {
	q := url.Values{}
	if first := FirstSnippet(); s.Target != first.Target || s.Style != first.Style || s.Width != first.Width {
		q = url.Values{"target": {s.Target}, "style": {s.Style}, "size": {strconv.Itoa(s.Width)}}
	}
	return q
}

// SnippetAlt is what a snippet's picture says, and where its link leads. It has no date: code that was pasted stays as
// it is, while the picture follows a renewal.
func SnippetAlt(l *messages.Language, certification, name string) string {
	return l.Text("share.alt", "certification", certification, "name", name)
}

// Fit returns s as it can be made: a signature always has the card, and a width that the style is not offered in gives
// way to the nearest that it is. Any combination that a form may send has an answer.
func (s Snippet) Fit() Snippet {
	if s.Target == TargetSignature {
		s.Style = StyleCard
	}
	if s.Style != StyleCard {
		s.Style = StyleSeal
	}
	distance := func(a int) int { return max(a-s.Width, s.Width-a) }
	s.Width = slices.MinFunc(Widths(s.Style), func(a, b int) int { return distance(a) - distance(b) })
	return s
}

// Height is the height in CSS pixels.
func (s Snippet) Height() int {
	if s.Style == StyleCard {
		return s.Width / 4
	}
	return s.Width
}

// PictureAt is the address of the picture with times as many pixels as it has CSS pixels.
func (s Snippet) PictureAt(times int) string {
	query := "?w=" + strconv.Itoa(s.Width*times)
	if s.Style == StyleCard {
		query = "?style=" + StyleCard + "&w=" + strconv.Itoa(s.Width*times)
	}
	return s.Picture + query
}

// Code returns the snippet's text, of s as Fit has it. HTML stands on one line, because many places make a <br> of a line
// break, and a space inside the link would be underlined.
func (s Snippet) Code() string {
	s = s.Fit()
	width, height := strconv.Itoa(s.Width), strconv.Itoa(s.Height())
	alt := attribute(strings.Join(strings.Fields(s.Alt), " "))
	switch s.Target {
	case TargetMarkdown:
		return "[![" + markdownText(s.Alt) + "](" + s.PictureAt(1) + ")](" + s.Page + ")"
	case TargetSignature: // mail programs know no srcset, and some blow up what has not its width as an attribute
		return linked(s.Page, `<img src="`+attribute(s.PictureAt(2))+`" width="`+width+`" height="`+height+`" border="0" alt="`+alt+`">`)
	case TargetWordPress: // to the byte what core/image saves; what differs in more than entities the editor calls broken
		return `<!-- wp:image {"width":"` + width + `px","height":"auto","sizeSlug":"full","linkDestination":"custom"} -->` + "\n" +
			`<figure class="wp-block-image size-full is-resized">` +
			linked(s.Page, `<img src="`+attribute(s.PictureAt(2))+`" alt="`+alt+`" style="width:`+width+`px;height:auto"/>`) +
			"</figure>\n<!-- /wp:image -->"
	case TargetURL:
		if s.Style == StyleSeal && s.Width == 300 { // the size it has anyway: some places want an address to end in .png
			return s.Picture
		}
		return s.PictureAt(1)
	}
	return linked(s.Page, `<img src="`+attribute(s.PictureAt(1))+`" srcset="`+attribute(s.PictureAt(2))+` 2x" width="`+width+`" height="`+height+
		`" alt="`+alt+`" loading="lazy" decoding="async">`)
}

func linked(to, inner string) string { return `<a href="` + attribute(to) + `">` + inner + `</a>` }

// attribute is a text as it stands between double quotes; an apostrophe may stay, so that code reads well.
func attribute(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "\x00", "\uFFFD").Replace(s)
}

// markdownText is a text in which nothing is markup, an entity or the end of a table's cell, nor a formula on GitHub, nor
// something that Jekyll fills in.
func markdownText(s string) string {
	var b strings.Builder
	for i, word := range strings.Fields(s) { // a line break, or an empty line, would end what it stands in
		if i > 0 {
			b.WriteByte(' ')
		}
		for _, r := range word {
			if strings.ContainsRune("\\`*_[]<&|~${", r) {
				b.WriteByte('\\')
			}
			b.WriteRune(r)
		}
	}
	return b.String()
}
