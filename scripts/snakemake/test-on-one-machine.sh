#!/usr/bin/env bash
# Proves scripts/snakemake/Snakefile on two processors of this machine: three shards, the program of one killed on the way,
# a merge that waits for them, and the page; then the merged folder is compared byte for byte with that of one process.
#
#   scripts/snakemake/test-on-one-machine.sh [FOLDER]     FOLDER: results are kept there
#
# RCSIM is the program (default: target/release/rcsim), PYTHON a Python that has the package snakemake; without one it is
# installed into FOLDER/venv.
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/needs.sh
. scripts/shards-test.sh
rcsim=$(needs_rcsim "${RCSIM:-target/release/rcsim}")
work=$(readlink -f "${1:-$(mktemp -d)}")
mkdir -p "$work"
python=$(needs_python_package snakemake "$work/venv")
out=$work/out
rm -rf "$out" "$work/one" "$work/snakemake"
mkdir "$work/snakemake"

# Snakemake's own notes (.snakemake) stay out of the checkout: the folder in which it works is another.
RCSIM=$rcsim "$python" -m snakemake -s scripts/snakemake/Snakefile --cores 2 --directory "$work/snakemake" \
  --config shards=3 "out=$out" "scenario=$PWD/$scenario" "options=$(printf "%q " "${sweep[@]}")" figures=yes >"$work/snakemake.log" 2>&1 &
running=$!
kill_shard "$out/shard-2" "$running"
wait "$running" || { cat "$work/snakemake.log" "$out"/log/* >&2; exit 1; }
grep -h "Trying to restart" "$work/snakemake.log"
same_bytes "$out/merged" "$work/one" Snakemake
[ -e "$out/merged/figures/report.html" ]
