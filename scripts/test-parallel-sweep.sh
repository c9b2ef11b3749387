#!/usr/bin/env bash
# Proves scripts/parallel-sweep.sh on this machine: three shards, the program of one killed on the way, the merged
# table compared byte for byte with that of one process.
#
#   scripts/test-parallel-sweep.sh [FOLDER]     FOLDER: results are kept there
#
# RCSIM is the program (default: target/release/rcsim). Needs GNU parallel (Debian: `parallel`).
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/needs.sh
needs parallel "install GNU parallel (Debian: apt-get install parallel)"
needs pgrep "install procps"
rcsim=$(needs_rcsim "${RCSIM:-target/release/rcsim}")
work=$(readlink -f "${1:-$(mktemp -d)}")
out=$work/out
mkdir -p "$work"
rm -rf "$out" "$work/one"
scenario=scenarios/demos/quickstart.toml
sweep=(--vary protocol.scheme=pair,group,none --seeds "1..${SEEDS:-100}"
  --vary 'wan.delay="20ms",{ distribution = "exponential", mean = "20ms", minimum = "10ms" }')

RCSIM=$rcsim scripts/parallel-sweep.sh : 3 "$out" "$scenario" "${sweep[@]}" >"$work/parallel.log" 2>&1 &
running=$!
lines() { if [ -e "$1/journal.jsonl" ]; then wc -l <"$1/journal.jsonl"; else echo 0; fi; }
until [ "$(lines "$out/shard-2")" -ge 10 ]; do sleep 0.1; done
pid=$(pgrep -f -- "--shard 2/3 --out $out/shard-2 " | while read -r candidate; do
  if [ "$(readlink "/proc/$candidate/exe")" = "$rcsim" ]; then echo "$candidate"; fi
done)
kill -9 "$pid"
echo "killed the program of shard 2 (process $pid) after $(lines "$out/shard-2") runs"
wait "$running"

"$rcsim" sweep "$scenario" "${sweep[@]}" --out "$work/one" >"$work/one.log"
for file in runs.csv runs.jsonl points.csv paired.csv sweep.json scenario.toml; do
  cmp "$work/one/$file" "$out/merged/$file"
done
grep "shard 2/3" "$work/parallel.log"
echo "$(lines "$work/one") runs: three shards by GNU parallel and one process give the same bytes"
