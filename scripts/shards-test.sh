# For the scripts that prove a way to run a sweep in shards, which source it: one sweep, an accident, the same bytes.

scenario=scenarios/demos/quickstart.toml
sweep=(--vary protocol.scheme=pair,group,none --seeds "1..${SEEDS:-100}"
  --vary 'wan.delay="20ms",{ distribution = "exponential", mean = "20ms", minimum = "10ms" }')

# lines FOLDER: how many runs stand in its journal.
lines() { if [ -e "$1/journal.jsonl" ]; then wc -l <"$1/journal.jsonl"; else echo 0; fi; }

# kill_shard FOLDER RUNNING: kills the program that writes there, once it has ten runs; RUNNING is the process that began it.
kill_shard() {
  until [ "$(lines "$1")" -ge 10 ]; do
    kill -0 "$2" 2>/dev/null || { echo "$1 was never half done" >&2; return 1; }
    sleep 0.05
  done
  local process
  for process in /proc/[0-9]*; do
    [ "$(readlink "$process/exe" 2>/dev/null)" = "$rcsim" ] || continue
    tr '\0' ' ' <"$process/cmdline" | grep -q -- "--out $1 " || continue
    kill -9 "${process#/proc/}"
    echo "killed the program of $(basename "$1") (process ${process#/proc/}) after $(lines "$1") runs"
    return
  done
  echo "no program writes to $1" >&2
  return 1
}

# same_bytes MERGED ONE WHAT: the folder that the shards gave against the same sweep in one process, which it runs.
same_bytes() {
  "$rcsim" sweep "$scenario" "${sweep[@]}" --out "$2" >"$2.log"
  for file in runs.csv runs.jsonl points.csv paired.csv sweep.json scenario.toml; do
    cmp "$2/$file" "$1/$file"
  done
  echo "$(lines "$2") runs: three shards by $3 and one process give the same bytes"
}
