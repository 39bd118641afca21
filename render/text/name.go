package text

import (
	"fmt"
	"strings"
)

// NameError says why a name cannot be taken, and where.
type NameError struct {
	Reason    string // message key, such as name_control
	Character rune   // zero where the reason is not one character's
	Position  int    // of its grapheme cluster, from 1; zero where there is none
}

// Error returns the reason with character and place.
func (e *NameError) Error() string {
	if e.Position == 0 {
		return "name: " + e.Reason
	}
	return fmt.Sprintf("name: %s: character %U at position %d", e.Reason, e.Character, e.Position)
}

// CleanName returns the name as it is kept, or a *NameError.
func (f *Fonts) CleanName(s string) (string, error) { return f.CleanNameAnyScript(s) }

// CleanNameAnyScript is CleanName without the check for words that mix look-alike scripts.
func (f *Fonts) CleanNameAnyScript(s string) (string, error) {
	s = normal(strings.TrimSpace(s))
	if s == "" {
		return "", &NameError{Reason: "name_empty"}
	}
	return s, nil
}
