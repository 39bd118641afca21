// Package fonts holds the typefaces of the house and their licences. README.md in its folder says where each
// comes from; build.sh makes the folder again. It knows nothing of text: package render/text reads it.
package fonts

import "embed"

// Files holds the typefaces (Name.ttf or Name.otf, named by their PostScript names) and the licence of each family
// (OFL-Family.txt).
//
//go:embed *.ttf *.otf OFL-*.txt
var Files embed.FS
