package pdf

import (
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"fmt"
	"math"
	"time"
)

// metadata writes what is said of the document as XMP, as PDF/A-3 asks, and returns its object. It is not compressed, for
// programs that read it and no PDF.
func (d *document) metadata(m Meta) int {
	d.room = m.xmp(d.room[:0])
	return d.plain("/Type /Metadata /Subtype /XML", d.room)
}

// intents writes the colours that the document's numbers mean, and returns the entry of the catalogue.
func (d *document) intents() string {
	return fmt.Sprintf("/OutputIntents [<</Type /OutputIntent /S /GTS_PDFA1 /OutputConditionIdentifier (sRGB) /Info (sRGB) /DestOutputProfile %d 0 R>>]",
		d.stream("/N 3", srgb()))
}

// xmp appends what Info says, and that the document is PDF/A-3 with tags: level A.
func (m Meta) xmp(to []byte) []byte {
	out := bytes.NewBuffer(to)
	write := func(before, text string) {
		out.WriteString(before)
		_ = xml.EscapeText(out, []byte(text)) // to memory
	}
	write(`<?xpacket begin="`+"\uFEFF"+`" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
<pdfaid:part>3</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">`, m.Title)
	write(`</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>`, m.Author)
	write(`</rdf:li></rdf:Seq></dc:creator>
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">`, m.Subject)
	write(`</rdf:li></rdf:Alt></dc:description>
<pdf:Producer>`+producer+`</pdf:Producer><xmp:CreateDate>`, m.Created.Format(time.DateOnly))
	write(`</xmp:CreateDate>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>`, "")
	return out.Bytes()
}

// srgb returns a colour profile of sRGB, ICC version 2: its primaries and white as seen under D50, and its curve.
func srgb() []byte {
	be := binary.BigEndian
	fixed := func(out []byte, values ...float64) []byte { // s15Fixed16
		for _, v := range values {
			out = be.AppendUint32(out, uint32(int32(math.Round(v*65536))))
		}
		return out
	}
	colour := func(x, y, z float64) []byte { return fixed([]byte("XYZ \x00\x00\x00\x00"), x, y, z) }
	const name = "sRGB\x00"
	described := be.AppendUint32([]byte("desc\x00\x00\x00\x00"), uint32(len(name)))
	described = append(append(described, name...), make([]byte, 4+4+2+1+67)...) // no name in Unicode or for old Macs
	const steps = 256
	curve := be.AppendUint32([]byte("curv\x00\x00\x00\x00"), steps)
	for i := range steps {
		v := float64(i) / (steps - 1)
		if v <= 0.04045 {
			v /= 12.92
		} else {
			v = math.Pow((v+0.055)/1.055, 2.4)
		}
		curve = be.AppendUint16(curve, uint16(math.Round(v*0xFFFF)))
	}
	elements := []struct {
		name string
		data []byte
	}{
		{"desc", described}, {"cprt", []byte("text\x00\x00\x00\x00no rights are reserved\x00")}, {"wtpt", colour(0.9642, 1, 0.8249)},
		{"rXYZ", colour(0.4361, 0.2225, 0.0139)}, {"gXYZ", colour(0.3851, 0.7169, 0.0971)}, {"bXYZ", colour(0.1431, 0.0606, 0.7141)},
		{"rTRC", curve}, {"gTRC", curve}, {"bTRC", curve},
	}
	const head = 128
	table := be.AppendUint32(nil, uint32(len(elements)))
	start := head + 4 + 12*len(elements)
	var data []byte
	at := map[string]int{} // the three curves are one
	for _, e := range elements {
		from, ok := at[string(e.data)]
		if !ok {
			from = start + len(data)
			at[string(e.data)] = from
			data = append(data, e.data...)
			for len(data)%4 != 0 {
				data = append(data, 0)
			}
		}
		table = be.AppendUint32(be.AppendUint32(append(table, e.name...), uint32(from)), uint32(len(e.data)))
	}
	profile := make([]byte, head, start+len(data))
	be.PutUint32(profile, uint32(start+len(data)))
	copy(profile[8:], "\x02\x10\x00\x00mntrRGB XYZ ")
	for i, v := range []uint16{2014, 1, 1} { // a day that does not change
		be.PutUint16(profile[24+2*i:], v)
	}
	copy(profile[36:], "acsp")
	copy(profile[68:], fixed(nil, 0.9642, 1, 0.8249))
	return append(append(profile, table...), data...)
}
