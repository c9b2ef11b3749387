#!/usr/bin/env bash
# Proves scripts/slurm/ on a real Slurm that this script starts on one machine (Debian, as root):
# submits a sweep as an array of shards, kills the program of one task and puts another task back into the queue,
# waits for the merge, and compares the merged table byte for byte with that of one process.
#
#   scripts/slurm/test-on-one-machine.sh [FOLDER]     FOLDER: logs and results are kept there
#
# RCSIM is the program (default: target/release/rcsim). Installs slurm-wlm and munge if they are not there.
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/needs.sh
needs pgrep "install procps"
rcsim=$(needs_rcsim "${RCSIM:-target/release/rcsim}")
work=$(readlink -f "${1:-$(mktemp -d)}")
mkdir -p "$work"
[ "$(id -u)" = 0 ] || { echo "needs root: it starts slurmctld and slurmd" >&2; exit 2; }
if pgrep -x slurmctld >/dev/null; then
  echo "a slurmctld runs here already: this test starts its own and will not touch another" >&2
  exit 2
fi
if ! command -v slurmctld >/dev/null || ! command -v munged >/dev/null; then
  needs apt-get "install Slurm (slurmctld, slurmd) and munge by hand"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends slurm-wlm slurm-client munge
fi

# --- Slurm: one node, no systemd, no cgroups, no accounting ---
slurm=$work/slurm
rm -rf "$slurm" # A state of before knows jobs of before.
mkdir -p "$slurm/state" "$slurm/spool" "$slurm/log"
host=$(hostname -s)
memory=$(awk '/MemTotal/ { printf "%d", $2 / 1024 * 0.8 }' /proc/meminfo)
cat > "$slurm/slurm.conf" <<CONF
ClusterName=rc
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CryptoType=crypto/munge
MpiDefault=none
SlurmctldPort=16817
SlurmdPort=16818
SlurmctldPidFile=$slurm/slurmctld.pid
SlurmdPidFile=$slurm/slurmd.pid
StateSaveLocation=$slurm/state
SlurmdSpoolDir=$slurm/spool
SlurmctldLogFile=$slurm/log/slurmctld.log
SlurmdLogFile=$slurm/log/slurmd.log
SwitchType=switch/none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/backfill
ReturnToService=2
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) RealMemory=$memory State=UNKNOWN
PartitionName=main Nodes=$host Default=YES MaxTime=INFINITE State=UP
CONF
export SLURM_CONF=$slurm/slurm.conf

started_munge=
stop() {
  for daemon in slurmctld slurmd; do
    if [ -s "$slurm/$daemon.pid" ]; then kill "$(cat "$slurm/$daemon.pid")" 2>/dev/null || true; fi
  done
  if [ -n "$started_munge" ]; then kill "$(cat /run/munge/munged.pid)" 2>/dev/null || true; fi
}
trap stop EXIT
if ! munge -n </dev/null >/dev/null 2>&1; then
  install -d -o munge -g munge -m 0755 /run/munge
  install -d -o munge -g munge -m 0700 /var/log/munge /var/lib/munge
  su -s /bin/sh munge -c /usr/sbin/munged
  started_munge=yes
fi
slurmctld -f "$SLURM_CONF"
slurmd -f "$SLURM_CONF"
for _ in $(seq 60); do
  if sinfo -h -o %T 2>/dev/null | grep -q idle; then break; fi
  sleep 1
done
sinfo

# --- the sweep: by Slurm, with two accidents ---
scenario=scenarios/demos/quickstart.toml
sweep=(--vary protocol.scheme=pair,group,none --vary wan.loss=0..0.04:0.01 --seeds "1..${SEEDS:-40}"
  --vary 'wan.delay="20ms",{ distribution = "exponential", mean = "20ms", minimum = "10ms" }')
shards=4
out=$work/out
rm -rf "$out" "$work/one"
jobs=$(RCSIM=$rcsim scripts/slurm/submit.sh $shards "$out" "$scenario" "${sweep[@]}")
echo "$jobs"
array=$(awk '/^shards/ { print $2 }' <<<"$jobs")
merge=$(awk '/^merge/ { print $2 }' <<<"$jobs")

lines() { if [ -e "$1/journal.jsonl" ]; then wc -l <"$1/journal.jsonl"; else echo 0; fi; }
wait_for_lines() { # FOLDER N: until so many runs are in its journal
  until [ "$(lines "$1")" -ge "$2" ]; do sleep 0.2; done
}
wait_for_lines "$out/shard-1" 10
pid=$(pgrep -f -- "--shard 1/$shards --out $out/shard-1 " | while read -r candidate; do
  if [ "$(readlink "/proc/$candidate/exe")" = "$rcsim" ]; then echo "$candidate"; fi
done)
kill -9 "$pid"
echo "killed the program of task 1 (process $pid) after $(lines "$out/shard-1") runs"
wait_for_lines "$out/shard-2" 10
scontrol requeue "${array}_2"
echo "put task 2 back into the queue after $(lines "$out/shard-2") runs"

# Slurm lets a requeued task wait for two minutes or so.
began=$SECONDS
while squeue -h -j "$array,$merge" 2>/dev/null | grep -q .; do
  if [ $((SECONDS - began)) -gt 1800 ]; then squeue; echo "not done after half an hour" >&2; exit 1; fi
  sleep 2
done
cat "$out"/log/*.log
[ -e "$out/merged/runs.csv" ] || { echo "there is no merged table" >&2; exit 1; }

# --- the same sweep in one process ---
"$rcsim" sweep "$scenario" "${sweep[@]}" --out "$work/one" >"$work/one.log"
for file in runs.csv runs.jsonl points.csv paired.csv sweep.json scenario.toml; do
  cmp "$work/one/$file" "$out/merged/$file"
done
restarts=$(grep -l "queued again\|CANCELLED\|requeue" "$out"/log/shard-*.log | wc -l)
echo "$(lines "$work/one") runs: $shards shards by Slurm ($restarts of them queued again) and one process give the same bytes"
