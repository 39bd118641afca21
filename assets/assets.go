// Package assets holds the built-in academy: its brand, its catalogue and the words that people read.
// ORIGIN.md says where each thing comes from.
package assets

import "embed"

// Files has academy.yaml, certifications.yaml and a folder of messages for each language.
//
//go:embed academy.yaml certifications.yaml messages
var Files embed.FS
