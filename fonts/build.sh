#!/bin/sh
# Makes this folder's typefaces again from the named packages: without hints, which nothing here reads; Jost, Inter and Great
# Vibes without the forms that only a style would ask for; Chinese, Japanese and Korean cut to the characters of names, without what sets them
# from top to bottom. IBM Plex Mono, which alone has a reserved name, is as it comes, and so is Source Serif, which lost a kern.
# Needs npm, apt, and fonttools (4.38.0), which is installed where it is missing.
set -eu
cd "$(dirname "$0")"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$work" \
	@expo-google-fonts/jost@0.4.2 \
	@expo-google-fonts/inter@0.4.2 \
	@expo-google-fonts/source-serif-4@0.4.1 \
	@expo-google-fonts/ibm-plex-mono@0.4.1 \
	@expo-google-fonts/great-vibes@0.4.1
npm=$work/node_modules/@expo-google-fonts

rm -f -- *.ttf *.otf OFL-*.txt
cp "$npm/source-serif-4/600SemiBold/SourceSerif4_600SemiBold.ttf" SourceSerif4-SemiBold.ttf
cp "$npm/source-serif-4/400Regular_Italic/SourceSerif4_400Regular_Italic.ttf" SourceSerif4-Italic.ttf
cp "$npm/ibm-plex-mono/500Medium/IBMPlexMono_500Medium.ttf" IBMPlexMono-Medium.ttf
cp "$npm/jost/LICENSE_FONT" OFL-Jost.txt
cp "$npm/inter/LICENSE_FONT" OFL-Inter.txt
cp "$npm/source-serif-4/LICENSE_FONT" OFL-SourceSerif4.txt
cp "$npm/ibm-plex-mono/LICENSE_FONT" OFL-IBMPlexMono.txt
cp "$npm/great-vibes/LICENSE_FONT" OFL-GreatVibes.txt

[ -x /usr/bin/pyftsubset ] || apt-get install --yes --no-install-recommends fonttools
(
	cd "$work"
	apt-get download fonts-noto-core=20201225-1 fonts-noto-extra=20201225-1 fonts-noto-cjk=1:20220127+repack1-1 unicode-data=15.0.0-1
	for package in *.deb; do dpkg-deb --extract "$package" .; done
)
subset() {
	/usr/bin/pyftsubset "$@" --no-hinting --notdef-outline --name-IDs=0,1,2,3,4,5,6,13,14
}
plain() { subset "$1" --unicodes='*' --output-file="$2"; }
plain "$npm/jost/600SemiBold/Jost_600SemiBold.ttf" Jost-SemiBold.ttf
plain "$npm/jost/700Bold/Jost_700Bold.ttf" Jost-Bold.ttf
plain "$npm/inter/400Regular/Inter_400Regular.ttf" Inter-Regular.ttf
plain "$npm/inter/600SemiBold/Inter_600SemiBold.ttf" Inter-SemiBold.ttf
plain "$npm/inter/700Bold/Inter_700Bold.ttf" Inter-Bold.ttf
plain "$npm/great-vibes/400Regular/GreatVibes_400Regular.ttf" GreatVibes-Regular.ttf
noto=$work/usr/share/fonts/truetype/noto
for face in NotoSans-Regular NotoSans-SemiBold NotoSerif-SemiBold \
	NotoSansArabic-Regular NotoSansArabic-SemiBold NotoNaskhArabic-Bold \
	NotoSansHebrew-Regular NotoSansHebrew-SemiBold NotoSerifHebrew-Bold \
	NotoSansArmenian-Regular NotoSansArmenian-Bold NotoSerifArmenian-SemiBold \
	NotoSansGeorgian-Regular NotoSansGeorgian-SemiBold NotoSerifGeorgian-SemiBold \
	NotoSansEthiopic-Regular NotoSansEthiopic-SemiBold NotoSerifEthiopic-SemiBold \
	NotoSansDevanagari-Regular NotoSansDevanagari-SemiBold NotoSerifDevanagari-Bold \
	NotoSansBengali-Regular NotoSansBengali-SemiBold NotoSerifBengali-Bold \
	NotoSansGurmukhi-Regular NotoSansGurmukhi-SemiBold NotoSerifGurmukhi-SemiBold \
	NotoSansGujarati-Regular NotoSansGujarati-SemiBold NotoSerifGujarati-Bold \
	NotoSansTamil-Regular NotoSansTamil-SemiBold NotoSerifTamil-Bold \
	NotoSansTelugu-Regular NotoSansTelugu-SemiBold NotoSerifTelugu-Bold \
	NotoSansKannada-Regular NotoSansKannada-SemiBold NotoSerifKannada-Bold \
	NotoSansMalayalam-Regular NotoSansMalayalam-SemiBold NotoSerifMalayalam-SemiBold \
	NotoSansSinhala-Regular NotoSansSinhala-SemiBold NotoSerifSinhala-Bold \
	NotoSansThai-Regular NotoSansThai-SemiBold NotoSerifThai-SemiBold \
	NotoSansLao-Regular NotoSansLao-SemiBold NotoSerifLao-SemiBold \
	NotoSansKhmer-Regular NotoSansKhmer-SemiBold NotoSerifKhmer-SemiBold \
	NotoSansMyanmar-Regular NotoSansMyanmar-Bold NotoSerifMyanmar-Bold; do
	subset "$noto/$face.ttf" --glyphs='*' --unicodes='*' --layout-features='*' --output-file="$face.ttf"
done
for style in Sans Serif; do # with the forms of each language, which the feature locl holds
	/usr/bin/python3 charset.py "$work/usr/share/unicode" $style >"$work/cjk.txt"
	subset "$work/usr/share/fonts/opentype/noto/Noto${style}CJK-Bold.ttc" --font-number=0 --text-file="$work/cjk.txt" \
		--layout-features=locl,kern,ccmp --no-legacy-cmap --drop-tables+=vhea,vmtx,VORG --output-file="Noto${style}CJK-Bold.otf"
done
# The Debian packages keep the notices in /usr/share/doc/fonts-noto-core/copyright and in the files themselves.
{
	echo "Copyright 2010, 2012-2020 Google Inc., 2015-2020 Google LLC (https://github.com/googlei18n/noto-fonts)"
	echo "Copyright 2014-2021 Adobe (http://www.adobe.com/), Noto Sans CJK; 2017-2022 Adobe, Noto Serif CJK"
	echo
	echo "This Font Software is licensed under the SIL Open Font License, Version 1.1."
	sed -n '/^This license is copied below/,$p' OFL-Inter.txt
} >OFL-Noto.txt
chmod 644 -- *.ttf *.otf OFL-*.txt
ls -l
