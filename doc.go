// Package testamur holds no code; it is the map of the house.
//
// Testamur ("we testify") gives the certified people of an academy badges and certificates that anyone
// can check. Begin with README.md to run it and with docs/design.md to change it. The parts, from the
// inside out:
//
//	verify       what may be said about a credential: code, rules of expiry, consent, verdict, registry
//	  ledger     what all stores share: which records there are and what a change does to them
//	  boltstore  a verify.Store in one file, the default
//	  redisstore a verify.Store in Redis: one server, Sentinel or a Cluster
//	  redistest  starts Redis servers for tests
//	  storetest  the suite that every Store passes
//	render       pictures and pages from plain values; knows no HTTP, no store, no verify
//	  text       a line of text in any script: shaping, fitting, and which names can be set
//	  drawing    a picture as a list of operations in its own units
//	  raster     a drawing as pixels
//	  deflate    codes and blocks of compressed data, for png and pdf
//	  png        pixels as a file, whole or in pieces that stand ready
//	  pdf        a drawing as a PDF page with real text
//	  qr         the QR code of an address
//	academy      an academy's own data: brand, zone, certifications, artwork, read from a folder
//	messages     the words that people read, by language
//	strictyaml   YAML that reports every mistake with file and line
//	site         the pages: templates, style sheet, content
//	server       the HTTP face; all routes on one screen in server.go
//	cmd/testamur the program, the only place where the parts meet
//	assets fonts embedded data
//	bench        side by side with peers, run by hand; a module of its own
//
// Who may import whom is a table in imports_test.go.
package testamur
