#!/usr/bin/env bash
# Submits a sweep to Slurm: a job array of shards, and a merge that waits for all of them.
#
#   scripts/slurm/submit.sh SHARDS OUT SCENARIO [options of `rcsim sweep` but --out, --shard, --resume, --threads]
#
# OUT must be on a file system that all nodes share; the table ends up in OUT/merged.
# RCSIM is the program (default: `rcsim` of the PATH), the same build on every node; CPUS the processors per shard
# (default 1). Further options for `sbatch` go into its own variables, such as SBATCH_PARTITION.
# Prints the numbers of both jobs: "shards JOB" and "merge JOB".
set -euo pipefail

if [ $# -lt 3 ]; then
  sed -n '2,9s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
shards=$1 out=$2 scenario=$3
shift 3
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../needs.sh"
needs sbatch "this is for a machine from which Slurm takes jobs"
rcsim=$(needs_rcsim "${RCSIM:-rcsim}")
[ -f "$scenario" ] || { echo "${0##*/}: there is no scenario $scenario" >&2; exit 2; }
mkdir -p "$out/log"
out=$(cd "$out" && pwd)

array=$(sbatch --parsable --job-name=rcsim-sweep --array="1-$shards" --cpus-per-task="${CPUS:-1}" \
  --requeue --open-mode=append --output="$out/log/shard-%a.log" \
  "$here/shard.sh" "$rcsim" "$shards" "$out" "$scenario" "$@")
merge=$(sbatch --parsable --job-name=rcsim-merge --dependency="afterok:$array" --kill-on-invalid-dep=yes \
  --requeue --open-mode=append --output="$out/log/merge.log" \
  "$here/merge.sh" "$rcsim" "$shards" "$out")
echo "shards $array"
echo "merge $merge"
