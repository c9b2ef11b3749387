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
. scripts/shards-test.sh
needs parallel "install GNU parallel (Debian: apt-get install parallel)"
rcsim=$(needs_rcsim "${RCSIM:-target/release/rcsim}")
work=$(readlink -f "${1:-$(mktemp -d)}")
out=$work/out
mkdir -p "$work"
rm -rf "$out" "$work/one"

RCSIM=$rcsim scripts/parallel-sweep.sh : 3 "$out" "$scenario" "${sweep[@]}" >"$work/parallel.log" 2>&1 &
running=$!
kill_shard "$out/shard-2" "$running"
wait "$running"
grep "shard 2/3" "$work/parallel.log"
same_bytes "$out/merged" "$work/one" "GNU parallel"
