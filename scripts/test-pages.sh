#!/usr/bin/env bash
# Opens the pages of a sweep and of a broken run in headless Chromium (Debian package chromium), in a frame of 400 pixels, and
# says whether anything is wider than the window and whether the figures for a narrow window are shown.
# RCSIM names the program (default: target/release/rcsim), CHROMIUM the browser.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/needs.sh
needs "${CHROMIUM:-chromium}" "install it (Debian: apt-get install chromium), or set CHROMIUM"
RCSIM=$(needs_rcsim "${RCSIM:-target/release/rcsim}")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# The run breaks as its scenario expects: exit code 0.
"$RCSIM" run scenarios/demos/none.toml --explain --out "$folder/run" > "$folder/text"
"$RCSIM" plot "$folder/run" > "$folder/text"
"$RCSIM" sweep scenarios/demos/quickstart.toml --vary wan.loss=0,0.01 --vary protocol.scheme=group,none \
  --set run.duration=1s --set run.warm_up=0s --seeds 1..2 --out "$folder/sweep" > "$folder/text"
"$RCSIM" plot "$folder/sweep" > "$folder/text"
wrong=0
for page in run sweep; do
  for width in 400 1000; do
    cat > "$folder/frame.html" <<EOF
<iframe id=frame width=$width height=800 style="border:0" src="$page/figures/report.html"></iframe>
<pre id=found></pre><script>frame.onload = () => {
  const page = frame.contentDocument, root = page.documentElement;
  const shown = name => [...page.querySelectorAll('.' + name)].filter(one => one.offsetWidth > 0).length;
  found.textContent = 'FOUND ' + root.scrollWidth + ' ' + shown('wide') + ' ' + shown('narrow');
}</script>
EOF
    "${CHROMIUM:-chromium}" --headless --no-sandbox --disable-gpu --no-first-run --virtual-time-budget=5000 \
      --allow-file-access-from-files --dump-dom "file://$folder/frame.html" > "$folder/dom.html" 2> "$folder/browser.txt"
    read -r _ scroll wide narrow <<< "$(grep -o 'FOUND [0-9]* [0-9]* [0-9]*' "$folder/dom.html")"
    echo "$page at $width pixels: as wide as $scroll, figures $wide wide and $narrow narrow"
    if [ "$scroll" -gt "$width" ]; then wrong=1; fi
    if [ "$width" -eq 400 ] && { [ "$wide" -ne 0 ] || [ "$narrow" -eq 0 ]; }; then wrong=1; fi
    if [ "$width" -eq 1000 ] && { [ "$narrow" -ne 0 ] || [ "$wide" -eq 0 ]; }; then wrong=1; fi
  done
done
exit "$wrong"
