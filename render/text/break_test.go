package text

import (
	"strings"
	"testing"
)

// Each name is set in a box that holds seven tenths of it.
func TestBreaks(t *testing.T) {
	f := load(t)
	for _, c := range []struct{ what, want string }{
		{"a space", "Käthe| Weiß"},
		{"the most equal space", "Prof. em. Dr. h. c. mult. Theodora| Papadopoulou-Whitfield"},
		{"a space rather than a hyphen", "Jean-François| Lœuillet"},
		{"a hyphen where it pays", "דוד בן־|גוריון"},
		{"not at an apostrophe", "Niccolò| D’Amèlio"},
		{"not after an opening bracket", "(Natasha)| Petrova"},
		{"letters, where nothing else is", "Wolfeschlegelst|einhausenberger"},
		{"Thai between words", "สมชาย| น้ำใจดี"},
		{"Thai before a vowel that leads", "เกริก|เกียรติ"},
		{"Thai where a consonant has a vowel", "โสภิต|นภา"},
		{"Thai not before a vowel that follows, nor a silent letter", "วรรณ|กานต์"},
		{"Lao before a vowel that leads", "ດວງ|ເດືອນ"},
		{"Lao not before a vowel that follows", "ຟ້າ|ງຸ່ມ"},
		{"Khmer not within a stack", "ព្រះបាទន|រោត្តម"},
		{"Khmer before a syllable with a vowel", "ដារ៉ា|រិទ្ធ"},
		{"Burmese not before a dead consonant", "ဗိုလ်ချုပ်|ကြီး"},
		{"Burmese", "အောင်ဆန်း|စုကြည်"},
		{"Chinese in the middle", "赵钱孙李|周吴郑王"},
		{"Chinese after the dot", "爱新觉罗·|溥仪"},
		{"Japanese after the dot", "マリー・|アントワネット"},
		{"Japanese not before a small letter", "ぱぴぷ|きゃりい"},
		{"Japanese not before the long mark", "アイウ|カーキク"},
		{"Korean between syllables", "남궁|민수"},
		{"brackets of East Asia", "山田「ケン」|太郎次郎"},
		{"Devanagari not after half a letter", "विश्वा|मित्रः"},
		{"Tamil not before a consonant without a vowel", "திருவள்|ளுவர்"},
		{"Malayalam not before a chillu", "കൃഷ്ണൻ|കുട്ടി"},
		{"Arabic where letters do not join", "سلما|نمصطفيحسن"},
		{"Persian not at a joiner", "چیت\u200Cساز| پهلوانی"},
		{"the slash of an abbreviation", "ወ/ሮ| ሣህለወርቅ"},
	} {
		name := strings.ReplaceAll(strings.ReplaceAll(c.want, "| ", " "), "|", "")
		whole := f.Line(Strong, name, "")
		b := f.FitName(Strong, name, "", Box{Width: .7 * 20 * reach(whole), From: 20, To: 20, TwoFrom: 20, TwoLeading: 24, TwoShrink: .5})
		if got := linesOf(b); got != strings.ReplaceAll(c.want, "| ", "|") {
			t.Errorf("%s: %q, want %q", c.what, got, c.want)
		}
	}
}
