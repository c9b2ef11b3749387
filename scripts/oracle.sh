#!/usr/bin/env bash
# Every shipped scenario under the slow oracle: at N random instants (20) a copy of the world loses its local site and
# recovers, and the images are compared block by block. Fails where oracle and streaming checker disagree, or where
# a scenario does not meet its [expect].
#
#   scripts/oracle.sh [N]
# RCSIM names the program (default: built from here).
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/needs.sh
needs python3 "install Python 3"
disasters=${1:-20}
if [ -z "${RCSIM:-}" ]; then
  needs cargo "install Rust, https://rustup.rs, or set RCSIM to the program"
  cargo build --release --locked --quiet --bin rcsim
  RCSIM=${CARGO_TARGET_DIR:-target}/release/rcsim
fi
RCSIM=$(needs_rcsim "$RCSIM")
mapfile -t scenarios < <(find scenarios -name '*.toml' | sort)
"$RCSIM" run "${scenarios[@]}" --disasters "$disasters" --format json |
  python3 -c '
import json, sys
tried = broken = runs = 0
for line in sys.stdin:
    run = json.loads(line)
    oracle = run["oracle"]
    runs += 1
    tried += oracle["disasters"]
    broken += oracle["broken"]
    for what in run["unmet"] + oracle["disagreements"]:
        print(run["scenario"], "seed", run["seed"], what)
print(f"{runs} scenarios, {tried} disasters, {broken} left an image that matched no single point in time")
'
