#!/bin/sh
# Makes this folder's typefaces again from the named packages. Needs npm, and apt where fonts-noto-core is
# missing. The files are copied as they are: nothing is subset or renamed inside.
set -eu
cd "$(dirname "$0")"
noto=/usr/share/fonts/truetype/noto

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$work" \
	@expo-google-fonts/jost@0.4.2 \
	@expo-google-fonts/inter@0.4.2 \
	@expo-google-fonts/source-serif-4@0.4.1 \
	@expo-google-fonts/ibm-plex-mono@0.4.1 \
	@expo-google-fonts/great-vibes@0.4.1
npm=$work/node_modules/@expo-google-fonts

rm -f -- *.ttf OFL-*.txt
cp "$npm/jost/600SemiBold/Jost_600SemiBold.ttf" Jost-SemiBold.ttf
cp "$npm/jost/700Bold/Jost_700Bold.ttf" Jost-Bold.ttf
cp "$npm/inter/400Regular/Inter_400Regular.ttf" Inter-Regular.ttf
cp "$npm/inter/600SemiBold/Inter_600SemiBold.ttf" Inter-SemiBold.ttf
cp "$npm/inter/700Bold/Inter_700Bold.ttf" Inter-Bold.ttf
cp "$npm/source-serif-4/600SemiBold/SourceSerif4_600SemiBold.ttf" SourceSerif4-SemiBold.ttf
cp "$npm/source-serif-4/400Regular_Italic/SourceSerif4_400Regular_Italic.ttf" SourceSerif4-Italic.ttf
cp "$npm/ibm-plex-mono/500Medium/IBMPlexMono_500Medium.ttf" IBMPlexMono-Medium.ttf
cp "$npm/great-vibes/400Regular/GreatVibes_400Regular.ttf" GreatVibes-Regular.ttf
cp "$npm/jost/LICENSE_FONT" OFL-Jost.txt
cp "$npm/inter/LICENSE_FONT" OFL-Inter.txt
cp "$npm/source-serif-4/LICENSE_FONT" OFL-SourceSerif4.txt
cp "$npm/ibm-plex-mono/LICENSE_FONT" OFL-IBMPlexMono.txt
cp "$npm/great-vibes/LICENSE_FONT" OFL-GreatVibes.txt

if [ ! -f "$noto/NotoSans-Regular.ttf" ]; then
	apt-get install --yes --no-install-recommends fonts-noto-core
fi
for family in NotoSans NotoSansArabic NotoSansHebrew NotoSansDevanagari NotoSansThai; do
	cp "$noto/$family-Regular.ttf" "$noto/$family-Bold.ttf" .
done
cp "$noto/NotoSerif-Bold.ttf" .
# The Debian package keeps Noto's notice and licence in /usr/share/doc/fonts-noto-core/copyright.
{
	echo "Copyright 2010, 2012-2020 Google Inc., 2015-2020 Google LLC (https://github.com/googlei18n/noto-fonts)"
	echo
	echo "This Font Software is licensed under the SIL Open Font License, Version 1.1."
	sed -n '/^This license is copied below/,$p' OFL-Inter.txt
} >OFL-Noto.txt
chmod 644 -- *.ttf OFL-*.txt
ls -l
