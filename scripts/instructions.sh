#!/usr/bin/env bash
# Instructions that a write takes, counted by valgrind's callgrind: they do not depend on what else the machine does.
#
#   scripts/instructions.sh            prints the table beside the committed one
#   scripts/instructions.sh --renew    writes results/performance/instructions.csv anew
#
# Each figure is the difference of two runs of one scenario, 250 ms and 750 ms long, divided by the difference in
# writes: what starting up and ending cost falls out.
set -euo pipefail
cd "$(dirname "$0")/.."
for tool in valgrind python3 cargo; do
  command -v "$tool" >/dev/null || { echo "$0: $tool is needed (Debian: apt-get install valgrind python3)" >&2; exit 2; }
done
table=results/performance/instructions.csv
scenario=scenarios/performance/reference-load.toml
cargo build --release --locked --quiet
program=target/release/rcsim

# Counts of one run: "instructions writes".
count() { # duration, further arguments
  local duration=$1 log writes
  shift
  log=$(mktemp)
  writes=$(valgrind --tool=callgrind --callgrind-out-file=/dev/null --log-file="$log" \
    "$program" run "$scenario" --threads 1 --format json --set run.warm_up=100ms --set "run.duration=$duration" "$@" |
    python3 -c 'import json, sys; print(json.loads(sys.stdin.readline())["writes"]["acknowledged"])')
  echo "$(grep -o 'Collected : [0-9]*' "$log" | grep -o '[0-9]*') $writes"
  rm -f "$log"
}

made=$(mktemp)
trap 'rm -f "$made"' EXIT
echo "case,instructions_per_write" >"$made"
measure() { # name, further arguments
  local name=$1 short long
  shift
  short=$(count 250ms "$@")
  long=$(count 750ms "$@")
  python3 - "$name" $short $long >>"$made" <<'PY'
import sys
name, short, short_writes, long, long_writes = sys.argv[1:]
print(f"{name},{(int(long) - int(short)) / (int(long_writes) - int(short_writes)):.0f}")
PY
}
measure group
measure pair --set protocol.scheme=pair
measure in-order-transport --set protocol.scheme=in-order-transport
measure none --set protocol.scheme=none
measure "group, no loss" --set wan.loss=0 --set wan.duplicate=0
measure "group, 10 % loss" --set wan.loss=0.1

if [ "${1:-}" = --renew ]; then
  cp "$made" "$table"
  cat "$table"
else
  paste -d '|' "$made" "$table" | column -s '|' -t
fi
