#!/usr/bin/env bash
# Puts the shards of a sweep together (see submit.sh): RCSIM SHARDS OUT
set -euo pipefail
[ $# -eq 3 ] || { echo "merge.sh is submitted by submit.sh: RCSIM SHARDS OUT" >&2; exit 2; }
rcsim=$1 shards=$2 out=$3
if [ -e "$out/merged/runs.csv" ]; then
  echo "$out/merged is there already" # This job was queued again after it was done: the folder is whole.
  exit 0
fi
folders=()
for shard in $(seq 1 "$shards"); do
  folders+=("$out/shard-$shard")
done
exec "$rcsim" merge "${folders[@]}" --out "$out/merged"
