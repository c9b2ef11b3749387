#!/usr/bin/env bash
# What a write costs: processor time and memory against pairs, writes in flight, loss and scheme.
#
#   scripts/performance.sh            prints the tables
#   scripts/performance.sh --renew    writes results/performance/cost.csv and memory.csv anew
#
# Processor time is that of the whole process on one thread, the least of nine runs. What starting up and ending cost
# falls out: each figure is the difference of a short and a long run. The times are of the machine that it runs on; the
# instructions of scripts/instructions.sh are not.
set -euo pipefail
cd "$(dirname "$0")/.."
for tool in python3 /usr/bin/time; do
  command -v "$tool" >/dev/null || { echo "$0: $tool is needed (Debian: apt-get install python3 time)" >&2; exit 2; }
done
cargo build --release --locked --quiet
exec python3 scripts/performance.py "$@"
