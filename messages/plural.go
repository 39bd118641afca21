package messages

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// form says which numbers take a form of a word.
type form struct {
	from, to int
	last     bool // of the last two digits
}

// readForms reads which numbers take which form: "1" or "0-1", "%3-10" by the last two digits, apart by spaces. The first
// that fits counts.
func readForms(text string) (forms []form, err error) {
	for _, word := range strings.Fields(text) {
		var f form
		rest, last := strings.CutPrefix(word, "%")
		from, to, both := strings.Cut(rest, "-")
		if !both {
			to = from
		}
		f.last = last
		f.from, err = strconv.Atoi(from)
		if err == nil {
			f.to, err = strconv.Atoi(to)
		}
		if err != nil || f.from < 0 || f.from > f.to {
			return nil, fmt.Errorf("must be numbers such as 1 or 0-1, or of the last two digits %%3-10, not %q", word)
		}
		forms = append(forms, f)
	}
	return forms, nil
}

var digits = regexp.MustCompile(`[0-9]{1,9}`)

// formOf is the place of the form that a number takes. Of two, such as 45–60, the last counts.
func (l *Language) formOf(value string) int {
	all := digits.FindAllString(value, -1)
	if len(all) == 0 {
		return len(l.forms)
	}
	n, _ := strconv.Atoi(all[len(all)-1]) // digits, by the pattern
	i := slices.IndexFunc(l.forms, func(f form) bool {
		n := n
		if f.last {
			n %= 100
		}
		return f.from <= n && n <= f.to
	})
	if i < 0 {
		return len(l.forms)
	}
	return i
}

// namesOf are the names that are filled in in a text.
func namesOf(text string) (names []string) {
	for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
		names = append(names, m[1])
	}
	return names
}
