#!/usr/bin/env bash
# Opens the page of `rcsim explain --html` in headless Chromium (Debian package chromium), steps back to the first instant
# and says whether what comes later is hidden.
# RCSIM names the program (default: target/release/rcsim), CHROMIUM the browser.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/needs.sh
needs "${CHROMIUM:-chromium}" "install it (Debian: apt-get install chromium), or set CHROMIUM"
RCSIM=$(needs_rcsim "${RCSIM:-target/release/rcsim}")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# The run breaks as its scenario expects: exit code 0.
"$RCSIM" explain scenarios/regressions/run.toml --html "$folder/page.html" > "$folder/text"
dump() {
  "${CHROMIUM:-chromium}" --headless --no-sandbox --disable-gpu --no-first-run --virtual-time-budget=2000 --dump-dom \
    "file://$1" 2> "$folder/browser.txt"
}
dump "$folder/page.html" > "$folder/last.html"
# The same page, which steps back by itself.
sed 's|</body>|<script>slider.value=0;show()</script></body>|' "$folder/page.html" > "$folder/first.html"
dump "$folder/first.html" > "$folder/first-dom.html"
hidden() { { grep -o 'visibility: hidden' "$1" || true; } | wc -l; }
last=$(hidden "$folder/last.html")
first=$(hidden "$folder/first-dom.html")
echo "hidden at the last instant: $last; at the first: $first"
[ "$last" -eq 0 ] && [ "$first" -gt 5 ]
