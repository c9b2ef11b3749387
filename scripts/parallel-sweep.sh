#!/usr/bin/env bash
# Runs a sweep in shards over several hosts with GNU parallel, and puts them together. For those without Slurm.
#
#   scripts/parallel-sweep.sh HOSTS SHARDS OUT SCENARIO [options of `rcsim sweep` but --out, --shard, --resume]
#
# HOSTS as for `parallel --sshlogin`: `:` is this machine, `4/node1,8/node2` are hosts reached by ssh with so many
# shards at once. OUT and SCENARIO must be on a file system that all hosts share. The table ends up in OUT/merged.
# RCSIM is the program (default: `rcsim` of the PATH), the same build on every host.
# A shard that is killed is tried again three times and goes on where it was; after a failure the same command runs
# what is left, by OUT/joblog.
set -euo pipefail

if [ $# -lt 4 ]; then
  sed -n '2,12s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
hosts=$1 shards=$2 out=$3 scenario=$4
shift 4
. "$(dirname "$0")/needs.sh"
needs parallel "install GNU parallel (Debian: apt-get install parallel)"
rcsim=$(needs_rcsim "${RCSIM:-rcsim}")
[ -f "$scenario" ] || { echo "${0##*/}: there is no scenario $scenario" >&2; exit 2; }
mkdir -p "$out"
out=$(cd "$out" && pwd)

# The replacement string is not {}: values may hold braces.
parallel --sshlogin "$hosts" --workdir "$PWD" --joblog "$out/joblog" --resume-failed --retries 3 -q -I @SHARD@ \
  "$rcsim" sweep "$scenario" "$@" --shard "@SHARD@/$shards" --out "$out/shard-@SHARD@" --threads 1 --resume \
  ::: $(seq 1 "$shards")

if [ -e "$out/merged/runs.csv" ]; then
  echo "$out/merged is there already"
  exit 0
fi
folders=()
for shard in $(seq 1 "$shards"); do
  folders+=("$out/shard-$shard")
done
"$rcsim" merge "${folders[@]}" --out "$out/merged"
