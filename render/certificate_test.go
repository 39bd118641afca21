package render_test

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klippa-app/go-pdfium/requests"
	"github.com/klippa-app/go-pdfium/webassembly"
	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"testamur/fonts"
	"testamur/messages"
	"testamur/render"
	"testamur/render/drawing"
	"testamur/render/text"
)

func paper(name string) render.Certificate {
	return render.Certificate{Certification: "inbound", Edition: "2014", Name: name, State: render.StateValid, Granted: render.Date{Year: 2014, Month: 6, Day: 14},
		ValidTo: render.Date{Year: 2015, Month: 7, Day: 31}, Code: "7K3M-9QXT-4P24", Words: "en", Paper: render.A4}
}

// certificates are the pages of the golden pictures.
var certificates = map[string]func(*render.Certificate){
	"certificate-valid":   func(*render.Certificate) {},
	"certificate-expired": func(c *render.Certificate) { c.State = render.StateExpired },
	"certificate-company": func(c *render.Certificate) {
		c.Certification, c.Name, c.Organisation, c.Tier, c.Paper = "partner", "Northlight Digital GmbH", true, "gold", render.Letter
	},
	"certificate-long": func(c *render.Certificate) {
		c.Certification, c.Name, c.State = "hubspot", longName, render.StateSpecimen
	},
	"certificate-german": func(c *render.Certificate) {
		c.Certification, c.Words, c.State = "hubspot", "de", render.StateExpired
	},
	"certificate-arabic": func(c *render.Certificate) {
		c.Certification, c.Name, c.Organisation, c.Tier, c.Words, c.Lang = "partner", "شركة النور للتسويق", true, "gold", "ar", "ar"
	},
}

func TestGoldenCertificates(t *testing.T) {
	p, _ := builtin(t)
	for name, change := range certificates {
		t.Run(name, func(t *testing.T) {
			c := paper("Maya Lindqvist")
			change(&c)
			c.Width = 700
			pic, err := p.Certificate(t.Context(), c)
			golden(t, name, decode(t, pic, err))
		})
	}
}

// The QR code leads to the page about this credential, in upper case, and is read from a picture of the whole sheet.
func TestCertificateQR(t *testing.T) {
	p, _ := builtin(t)
	c := paper("Maya Lindqvist")
	c.Width = render.CertificateWidth
	pic, err := p.Certificate(t.Context(), c)
	img := decode(t, pic, err)
	bitmap, err := gozxing.NewBinaryBitmapFromImage(img.SubImage(image.Rect(780, 540, 1060, 740)))
	if err != nil {
		t.Fatal(err)
	}
	got, err := qrcode.NewQRCodeReader().Decode(bitmap, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true})
	if err != nil {
		t.Fatal(err)
	}
	if want := "HTTPS://ACADEMY.EXAMPLE.ORG/V/7K3M-9QXT-4P24"; got.GetText() != want {
		t.Errorf("the QR code holds %q, want %q", got.GetText(), want)
	}
}

func TestCheckURL(t *testing.T) {
	for url, ok := range map[string]bool{
		"https://academy.example.org": true, "http://127.0.0.1:8080": true, "https://certificates.academy.example.org:8443": true,
		"https://" + strings.Repeat("a-very-long-host-name.", 4) + "example.org": false, "https://" + strings.Repeat("x", 5000) + ".org": false,
	} {
		if err := render.CheckURL(url); (err == nil) != ok {
			t.Errorf("%.60s: %v", url, err)
		}
	}
}

// A press for a site whose address does not fit the QR code is not made.
func TestPressRefusesLongURL(t *testing.T) {
	faces, err := text.Load(fonts.Files)
	if err != nil {
		t.Fatal(err)
	}
	_, err = render.NewPress(render.Config{Fonts: faces, Messages: new(messages.Catalogue), Workers: 1, URL: "https://" + strings.Repeat("long-host.", 6) + "org"})
	if !errors.Is(err, render.ErrURLTooLong) {
		t.Errorf("%v, want %v", err, render.ErrURLTooLong)
	}
}

// Paper has no alternative text: however long a name is, all of it is there.
func TestCertificateNeverCutsAName(t *testing.T) {
	p, _ := builtin(t)
	for _, name := range []string{
		longName, strings.Repeat("W", 100), "A " + strings.Repeat("W", 98), strings.Repeat("Wilhelmina ", 8) + "Wilhelmina", strings.Repeat("نور ", 24) + "نور",
	} {
		d, err := p.Layout(paper(name))
		if err != nil {
			t.Fatal(err)
		}
		var said []string
		for _, op := range d.Ops {
			if o, ok := op.(drawing.Text); ok && o.Role == drawing.Name {
				said = append(said, o.Line.Text)
				if w := o.Line.Width * o.Size; w > 204.01 {
					t.Errorf("%.20s… is %.1f mm wide", name, w)
				}
			}
		}
		if got := strings.Join(said, ""); strings.ReplaceAll(got, " ", "") != strings.ReplaceAll(name, " ", "") {
			t.Errorf("the page says %q of %q", said, name)
		}
	}
}

// One value is the same bytes from every press, and stays small enough to be mailed.
func TestCertificateBytes(t *testing.T) {
	one, _ := builtin(t)
	two, _ := builtin(t)
	largest := 0
	for i, name := range append([]string{"Maya Lindqvist", longName, strings.Repeat("漢字仮名交文章", 14)}, names...) {
		a, err := one.Certificate(t.Context(), paper(name))
		if err != nil {
			t.Fatal(err)
		}
		b, err := two.Certificate(t.Context(), paper(name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(a.Bytes, b.Bytes) || a.ETag != b.ETag {
			t.Errorf("%s: two presses give other bytes", name)
		}
		largest = max(largest, len(a.Bytes))
		if len(a.Bytes) > 95_000 || i < 2 && len(a.Bytes) > 85_000 {
			t.Errorf("%s: the certificate has %d bytes", name, len(a.Bytes))
		}
		if bytes.Contains(a.Bytes, []byte("/Type3")) || bytes.Contains(a.Bytes, []byte("/ActualText")) || bytes.Contains(a.Bytes, []byte("/Image")) {
			t.Errorf("%s: the certificate has what it must not have", name)
		}
	}
	t.Logf("the largest has %d bytes", largest)
}

// The page and its picture are one list of operations: the picture is what a PDF reader shows of the page. The reader
// draws it twice as large, where its ways with thin lines count for little.
func TestCertificatePictureIsThePage(t *testing.T) {
	p, _ := builtin(t)
	for _, sheet := range []render.Paper{render.A4, render.Letter} {
		for _, state := range []render.State{render.StateValid, render.StateExpired, render.StateSpecimen} {
			for _, organisation := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s-%s-%s", sheet, state, map[bool]string{true: "organisation", false: "person"}[organisation]), func(t *testing.T) {
					c := paper("Maya Lindqvist")
					c.Paper, c.State = sheet, state
					if organisation {
						c.Certification, c.Name, c.Organisation, c.Tier = "partner", "Northlight Digital GmbH", true, "platinum"
					}
					page, err := p.Certificate(t.Context(), c)
					if err != nil {
						t.Fatal(err)
					}
					c.Width = render.CertificateWidth
					pic, err := p.Certificate(t.Context(), c)
					got := decode(t, pic, err)

					t.Parallel() // the reader takes its time
					dir := t.TempDir()
					if err := os.WriteFile(filepath.Join(dir, "c.pdf"), page.Bytes, 0o600); err != nil {
						t.Fatal(err)
					}
					const larger = 2
					tool(t, dir, "pdftoppm", "-png", "-singlefile", "-scale-to-x", fmt.Sprint(larger*got.Rect.Dx()), "-scale-to-y", fmt.Sprint(larger*got.Rect.Dy()), "c.pdf", "page")
					data, err := os.ReadFile(filepath.Join(dir, "page.png"))
					want := smaller(decode(t, render.Picture{Bytes: data}, err), larger)
					// Squares of 10 x 10 pixels have the same tone, down to the last: not a word is missing or elsewhere.
					mean, far, _ := distance(smaller(got, 10), smaller(want, 10))
					if mean > 1 || far > 0 {
						file := filepath.Join("testdata", "golden", "page-"+filepath.Base(t.Name()))
						save(t, file+".got.png", got)
						save(t, file+".want.png", want)
						_, _, diff := distance(got, want)
						save(t, file+".diff.png", diff)
						t.Errorf("tones differ by %.2f on the mean (1 is allowed) and %.2f %% of them visibly (none is allowed); look at %s.*.png", mean, 100*far, file)
					}
				})
			}
		}
	}
}

// smaller averages squares of n x n opaque pixels.
func smaller(img *image.NRGBA, n int) *image.NRGBA {
	out := image.NewNRGBA(image.Rect(0, 0, img.Rect.Dx()/n, img.Rect.Dy()/n))
	for i := range out.Pix {
		x, y, sum := i/4%out.Rect.Dx()*n, i/4/out.Rect.Dx()*n, 0
		for j := range n * n {
			sum += int(img.Pix[img.PixOffset(x+j%n, y+j/n)+i%4])
		}
		out.Pix[i] = uint8((sum + n*n/2) / (n * n))
	}
	return out
}

func TestCertificateRefuses(t *testing.T) {
	p, _ := builtin(t)
	for what, change := range map[string]func(*render.Certificate){
		"no name":       func(c *render.Certificate) { c.Name = "" },
		"no such paper": func(c *render.Certificate) { c.Paper = "a5" },
		"no such state": func(c *render.Certificate) { c.State = "revoked" },
		"no such tier":  func(c *render.Certificate) { c.Tier = "wood" },
		"no glyph":      func(c *render.Certificate) { c.Name = "\uE000" },
		"too narrow":    func(c *render.Certificate) { c.Width = 299 },
		"too wide":      func(c *render.Certificate) { c.Width = 2001 },
	} {
		c := paper("Maya Lindqvist")
		change(&c)
		if pic, err := p.Certificate(t.Context(), c); err == nil {
			t.Errorf("%s: %d bytes and no error", what, len(pic.Bytes))
		}
	}
}

// names come back from the page as they were typed, on a line of their own.
var names = []string{
	"Maya Lindqvist", "Zoë Đặng", "Nguyễn Thị Phương Thảo", "Żółć Gęślą", "Κωνσταντίνος Παπαδόπουλος", "Фёдор Щербаков", "AVATAR Office Wilhelm",
	"فاطمة الزهراء", "מרים לוי", "अनुष्का श्रीवास्तव", "O’Brien-Smith (III)", "A",
	"অনুষ্কা চৌধুরী", "தமிழ்ச்செல்வி", "นภัสสร เจริญสุข", "山田太郎", "王小明", "김민준", "Անահիտ Պետրոսյան", "გიორგი ბერიძე", "ወርቅነህ ገበየሁ", "ਹਰਪ੍ਰੀਤ ਸਿੰਘ", "ಕಾವ್ಯ", "തോമസ്",
}

func TestCertificateTextPDFium(t *testing.T) {
	t.Parallel() // its engine takes seconds to start
	pool, err := webassembly.Init(webassembly.Config{MinIdle: 1, MaxIdle: 1, MaxTotal: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	reader, err := pool.GetInstance(30 * time.Second)
	if err != nil {
		t.Fatal(err)
	}
	read := func(file []byte) []string {
		doc, err := reader.OpenDocument(&requests.OpenDocument{File: &file})
		if err != nil {
			t.Fatal(err)
		}
		text, err := reader.GetPageText(&requests.GetPageText{Page: requests.Page{ByIndex: &requests.PageByIndex{Document: doc.Document, Index: 0}}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := reader.FPDF_CloseDocument(&requests.FPDF_CloseDocument{Document: doc.Document}); err != nil {
			t.Fatal(err)
		}
		return lines(text.Text)
	}
	p, _ := builtin(t)
	for _, name := range names {
		pic, err := p.Certificate(t.Context(), paper(name))
		if err != nil {
			t.Fatal(err)
		}
		lines := read(pic.Bytes)
		if !slices.Contains(lines, name) {
			t.Errorf("PDFium does not read %q on a line of its own:\n%q", name, lines)
		}
		if name == "Maya Lindqvist" { // letterspaced words whole, ornament not at all
			want := []string{
				"INBOUND ACADEMY", "CERTIFICATE OF ACHIEVEMENT", "This is to certify that", "Maya Lindqvist", "has passed the examination for the",
				"Inbound Certification", "2014 edition · eleven classes on attracting, converting, closing and delighting customers", "GRANTED",
				"14 June 2014", "VALID TO", "31 July 2015", "CREDENTIAL ID", "7K3M-9QXT-4P24", "Elena Marchetti", "Director of certification",
				"Scan to check today's status", "or type the ID at academy.example.org/v",
			}
			if !slices.Equal(lines, want) {
				t.Errorf("PDFium reads\n%q, want\n%q", lines, want)
			}
		}
	}
	bearers := corpus(t)
	for i, page := range readablePages(t) { // names in every script
		lines := read(page)
		for _, b := range bearers[i*perPage : min((i+1)*perPage, len(bearers))] {
			checkRead(t, "PDFium", b, lines)
		}
	}
}

// lines splits text and takes out the marks of direction that readers put in.
func lines(text string) []string {
	clean := strings.NewReplacer("\r", "", "\u202a", "", "\u202b", "", "\u202c", "", "\u200e", "", "\u200f", "", "\f", "").Replace(text)
	var out []string
	for l := range strings.SplitSeq(clean, "\n") {
		out = append(out, strings.TrimSpace(l))
	}
	return out
}

// tool runs a program on files in a folder of its own, or leaves the test out where the program is not installed.
func tool(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("left out: %s is not installed", name)
	}
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %v: %v\n%s%s", name, args, err, out.String(), stderr.String())
	}
	return out.String()
}

// What independent programs say of the page: it is sound, its fonts are real, embedded and tell their characters, it has
// no raster picture, the name is read as typed, and a phone's view at 100 dpi reads the QR code.
func TestCertificateReaders(t *testing.T) {
	p, _ := builtin(t)
	for name, change := range certificates {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			c := paper("Maya Lindqvist")
			change(&c)
			pic, err := p.Certificate(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "c.pdf"), pic.Bytes, 0o600); err != nil {
				t.Fatal(err)
			}
			tool(t, dir, "qpdf", "--check", "c.pdf")
			fonts := strings.Split(strings.TrimSpace(tool(t, dir, "pdffonts", "c.pdf")), "\n")[2:]
			for _, f := range fonts {
				if !regexp.MustCompile(`^[A-Z]{6}\+\S+ +CID Type 0C +Identity-H +yes yes yes`).MatchString(f) {
					t.Errorf("font: %s", f)
				}
			}
			if len(fonts) < 5 {
				t.Errorf("%d fonts", len(fonts))
			}
			if images := strings.TrimSpace(tool(t, dir, "pdfimages", "-list", "c.pdf")); strings.Count(images, "\n") > 1 {
				t.Errorf("raster pictures:\n%s", images)
			}
			if c.Name != longName { // which stands on two lines
				if got := lines(tool(t, dir, "pdftotext", "c.pdf", "-")); !slices.Contains(got, c.Name) {
					t.Errorf("pdftotext does not read %q:\n%q", c.Name, got)
				}
			}
			for _, dpi := range []int{60, 100} {
				tool(t, dir, "pdftoppm", "-r", fmt.Sprint(dpi), "-gray", "-png", "-singlefile", "c.pdf", "page")
				if got := strings.TrimSpace(tool(t, dir, "zbarimg", "-q", "--raw", "page.png")); got != "HTTPS://ACADEMY.EXAMPLE.ORG/V/7K3M-9QXT-4P24" {
					t.Errorf("at %d dpi, in grey, the QR code is read as %q", dpi, got)
				}
			}
		})
	}
}

// Poppler gives names back as typed too, but for the scripts in which it puts blanks between syllables.
func TestCertificateTextPoppler(t *testing.T) {
	p, _ := builtin(t)
	for _, name := range names {
		dir := t.TempDir()
		pic, err := p.Certificate(t.Context(), paper(name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "c.pdf"), pic.Bytes, 0o600); err != nil {
			t.Fatal(err)
		}
		if got := lines(tool(t, dir, "pdftotext", "c.pdf", "-")); !slices.Contains(got, name) {
			t.Errorf("pdftotext does not read %q:\n%q", name, got)
		}
	}
}

// A page that nobody has asked for before.
func BenchmarkCertificate(b *testing.B) {
	p, _ := builtin(b)
	chance := rand.New(rand.NewPCG(5, 6))
	for kind, name := range map[string]string{"latin": "Maya Lindqvist", "long": longName, "arabic": "فاطمة الزهراء", "han": "山田太郎", "devanagari": "अनुष्का श्रीवास्तव"} {
		b.Run(kind, func(b *testing.B) {
			b.ReportAllocs()
			size := 0
			warm := paper(name)
			if _, err := p.DrawCertificate(warm); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				c := paper(name)
				c.Code = someCode(chance)
				page, err := p.DrawCertificate(c)
				if err != nil {
					b.Fatal(err)
				}
				size = len(page)
			}
			b.ReportMetric(float64(size), "bytes")
		})
	}
}
