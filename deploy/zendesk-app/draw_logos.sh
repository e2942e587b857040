#!/bin/sh
# Draws assets/logo.svg in the two sizes that Zendesk wants. Debian's packages: librsvg2-bin, pngquant.
set -eu
cd "$(dirname "$0")/assets"
rsvg-convert --width=320 logo.svg | pngquant --strip 16 - > logo.png
rsvg-convert --width=128 logo.svg | pngquant --strip 16 - > logo-small.png
