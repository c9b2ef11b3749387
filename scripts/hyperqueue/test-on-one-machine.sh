#!/usr/bin/env bash
# Proves scripts/hyperqueue/sweep.py with a server and a worker on this machine: three shards, the program of one killed on
# the way, a merge that waits for them; then the merged folder is compared byte for byte with that of one process.
#
#   scripts/hyperqueue/test-on-one-machine.sh [FOLDER]     FOLDER: results are kept there
#
# RCSIM is the program (default: target/release/rcsim), PYTHON a Python that has the package hyperqueue; without one it is
# installed into FOLDER/venv.
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/needs.sh
. scripts/shards-test.sh
rcsim=$(needs_rcsim "${RCSIM:-target/release/rcsim}")
work=$(readlink -f "${1:-$(mktemp -d)}")
mkdir -p "$work"
python=$(needs_python_package hyperqueue "$work/venv")
out=$work/out
rm -rf "$out" "$work/one"

RCSIM=$rcsim CPUS=2 "$python" scripts/hyperqueue/sweep.py 3 "$out" "$scenario" "${sweep[@]}" >"$work/hyperqueue.log" 2>&1 &
running=$!
kill_shard "$out/shard-2" "$running"
wait "$running" || { cat "$work/hyperqueue.log" >&2; exit 1; }
grep -H "ended with 137" "$out/log/shard-2.log"
same_bytes "$out/merged" "$work/one" HyperQueue
