"""Prints the characters that the Chinese, Japanese and Korean faces keep: those of the national sets, from Python's tables, and
those that names are written with beyond them, from the lists that Unihan holds (Debian's unicode-data)."""
import bz2
import glob
import sys


def of(codec, first, last, seconds=range(0xA1, 0xFF)):
    found = set()
    for a in range(first, last):
        for b in seconds:
            try:
                found |= set(bytes([a, b]).decode(codec))
            except UnicodeDecodeError:
                pass  # the set has nothing there
    return found


unihan = {}  # field -> character -> value
for file in sorted(glob.glob(sys.argv[1] + "/Unihan_*.txt.bz2")):
    with bz2.open(file, "rt", encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("U+"):
                code, field, value = line.rstrip("\n").split("\t")
                unihan.setdefault(field, {})[chr(int(code[2:], 16))] = value

kept = of("gb2312", 0xA1, 0xF8)  # simplified Chinese
kept |= of("big5", 0xA1, 0xC7, range(0x40, 0xFF))  # traditional Chinese, level 1
kept |= of("euc_jp", 0xA1, 0xF5)  # Japanese: JIS X 0208
kept |= of("euc_kr", 0xA1, 0xFE)  # Korean: KS X 1001
kept |= set(map(chr, [*range(0x3000, 0x3100), *range(0x31F0, 0x3200), *range(0xFF01, 0xFFE7)]))  # kana, full width
kept |= set("髙﨑德濵邉邊𠮷塚﨟瀨內產囍")  # variants in names

if sys.argv[2] == "Sans":  # a name with one of what follows is set without serifs on the certificate too
    kept |= of("euc_jis_2004", 0xA1, 0xFF)  # the third level of JIS X 0213
    kept |= set(map(chr, range(0xAC00, 0xD7A4)))  # every Hangul syllable
    # The characters of China's standard of 2013, Japan's and Korea's registers of names, Hong Kong, and the common core of all.
    for field in ["kTGH", "kJinmeiyoKanji", "kKoreanName", "kHKGlyph", "kIICore"]:
        kept |= set(unihan[field])
    # Of Big5's level 2 the radicals that Taiwan's given names are made with: woman, mountain, sun, jade, altar, silk, grass.
    kept |= {
        c
        for c in of("big5", 0xC9, 0xFA, range(0x40, 0xFF)) & set(unihan["kRSUnicode"])
        if unihan["kRSUnicode"][c].split(".")[0] in ("38", "46", "72", "96", "113", "120", "140")
    }

kept = {c for c in kept if ord(c) >= 0x2E80}  # Latin, Greek and Cyrillic have faces of their own
kept |= {" ", "\u00A0"}  # a space is set in the face of the letters before it
sys.stdout.write("".join(sorted(kept)))
