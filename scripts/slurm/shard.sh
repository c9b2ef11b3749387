#!/usr/bin/env bash
# One shard of a sweep, as a task of a Slurm job array (see submit.sh): RCSIM SHARDS OUT SCENARIO [options]
#
# A task that Slurm puts into the queue again (a node was lost, an operator said so) goes on where it was. So does
# one whose program was killed or whose disk was full for a while: it asks to be queued again, three times at most.
set -uo pipefail
[ $# -ge 4 ] && [ -n "${SLURM_ARRAY_TASK_ID:-}" ] || {
  echo "shard.sh is a task of a Slurm job array (see submit.sh): RCSIM SHARDS OUT SCENARIO [options]" >&2
  exit 2
}
rcsim=$1 shards=$2 out=$3 scenario=$4
shift 4
task=$SLURM_ARRAY_TASK_ID

"$rcsim" sweep "$scenario" "$@" --shard "$task/$shards" --out "$out/shard-$task" \
  --threads "${SLURM_CPUS_PER_TASK:-1}" --resume
code=$?
# 1 and 2 are answers; 3 is the machine's failure, above 128 a signal.
if [ $code -ge 3 ] && [ "${SLURM_RESTART_COUNT:-0}" -lt 3 ]; then
  echo "shard $task ended with $code: queued again"
  scontrol requeue "${SLURM_ARRAY_JOB_ID}_$task"
  sleep 60 # Slurm ends this task now.
fi
exit $code
