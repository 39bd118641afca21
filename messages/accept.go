package messages

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// wanted is a language, or * for any, and how much it is wanted, in thousandths.
type wanted struct {
	tag    string // in small letters
	weight int
}

var quality = regexp.MustCompile(`^[qQ]=(?:0(?:\.([0-9]{0,3}))?|(1)(?:\.0{0,3})?)$`)

// Accepted returns the words of the language that is offered for an Accept-Language header (RFC 9110): for the language
// that is wanted most, a near one for it (de for de-AT, pt-BR for pt), and so on; the default where none fits. What is not
// well formed is passed over, and so is what has the weight 0.
func (c *Catalogue) Accepted(header string) *Language {
	var all []wanted
	for part := range strings.SplitSeq(header, ",") {
		tag, weight, weighed := strings.Cut(part, ";")
		w := wanted{strings.ToLower(strings.TrimSpace(tag)), 1000}
		if weighed {
			m := quality.FindStringSubmatch(strings.TrimSpace(weight))
			if m == nil {
				continue
			}
			if m[2] == "" {
				w.weight, _ = strconv.Atoi((m[1] + "000")[:3]) // digits, by the pattern
			}
		}
		if w.tag != "" {
			all = append(all, w)
		}
	}
	slices.SortStableFunc(all, func(a, b wanted) int { return cmp.Compare(b.weight, a.weight) })
	named := func(tag string, refused bool) bool {
		return slices.ContainsFunc(all, func(w wanted) bool { return covers(w.tag, tag) && (!refused || w.weight == 0) })
	}
	for _, w := range all {
		if w.weight == 0 {
			break
		}
		for near := w.tag; near != ""; near = near[:max(0, strings.LastIndexByte(near, '-'))] {
			for _, tag := range c.offered {
				if (near == "*" && !named(tag, false) || covers(near, tag)) && !named(tag, true) {
					return c.languages[tag]
				}
			}
		}
	}
	return c.languages[c.offered[0]]
}

// covers reports whether a language, in small letters, is a tag or what the tag begins with.
func covers(language, tag string) bool {
	tag = strings.ToLower(tag)
	return tag == language || strings.HasPrefix(tag, language+"-")
}
