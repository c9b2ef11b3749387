#!/bin/sh
# Reproduces the study under results/: sweeps and their figures, in one command and in minutes on two cores.
#   scripts/study.sh [NAME..]      all of it, or these: reordering idle-streams stalled-group noisy-group outage
#                                  loss timestamp-only tape early transport outage-line
# RCSIM names the program (default: built from here). Raw tables stay under target/study; figures, the values drawn
# in them and a page for each go to results/NAME. A sweep that was killed goes on where it was.
set -eu
cd "$(dirname "$0")/.."
. scripts/needs.sh

if [ -z "${RCSIM:-}" ]; then
    needs cargo "install Rust, https://rustup.rs, or set RCSIM to the program"
    cargo build --release --locked --bin rcsim
    RCSIM=${CARGO_TARGET_DIR:-target}/release/rcsim
fi
RCSIM=$(needs_rcsim "$RCSIM")
raw=${STUDY_RAW:-target/study}
all_schemes=pair,remote-system,group,none,timestamp-only,synchronous,in-order-transport
jitter=19.999ms,19.9ms,19.5ms,19ms,18ms,16ms,12ms,6ms,0ms

wanted=$*

# wants NAME: is it asked for?
wants() {
    case " $wanted " in "  " | *" $1 "*) return 0 ;; *) return 1 ;; esac
}

# study NAME SWEEP-ARGUMENTS.. -- PLOT-ARGUMENTS..
study() {
    name=$1
    shift
    wants "$name" || return 0
    sweep=
    while [ "$1" != -- ]; do
        sweep="$sweep $1"
        shift
    done
    shift
    # No argument of these sweeps holds a space.
    # shellcheck disable=SC2086
    "$RCSIM" sweep "scenarios/study/$name.toml" $sweep --out "$raw/$name" --resume
    "$RCSIM" plot "$raw/$name" --out "results/$name" "$@"
}

study reordering --vary "protocol.scheme=$all_schemes" --vary "wan.delay.minimum=$jitter" --seeds 1..20 -- \
    --x-scale linear --y-scale linear --y received_lag.mean_s --y applied_lag.mean_s --y applied_lag.p99_s \
    --y response_time.mean_s

study idle-streams --vary protocol.rule.idle-stream=hold,marker \
    --vary host.H.workload.rate=0.5/s,1/s,2/s,5/s,10/s,20/s,50/s --seeds 1..20 -- \
    --y received_lag.mean_s --y wan.markers

study stalled-group --vary protocol.scheme=pair,remote-system,group \
    --vary protocol.rule.limit-scope=global,group \
    --vary fault.0.duration=1ms,250ms,500ms,1s,2s,3s --seeds 1..20 -- \
    --x-scale linear --y groups.home.applied_lag.mean_s --y groups.crossing.applied_lag.mean_s

study noisy-group --vary protocol.scheme=pair,remote-system,group \
    --vary wan.loss=0.000003,0.00001,0.00003,0.0001,0.0003,0.001 --seeds 1..20 \
    --until-ci 5% --measure groups.small.applied_lag.mean_s --max-seeds 1000 -- \
    --y groups.small.applied_lag.mean_s --y groups.bulk.applied_lag.mean_s

study loss --vary "protocol.scheme=$all_schemes" --vary wan.loss=0.0001,0.0003,0.001,0.003,0.01,0.03,0.1 \
    --seeds 1..30 --until-ci 5% --measure received_lag.mean_s --max-seeds 1000 -- \
    --y received_lag.mean_s --y applied_lag.p99_s --y wan.retransmitted

study timestamp-only --vary protocol.scheme=timestamp-only,none,in-order-transport,group \
    --vary "wan.delay.minimum=$jitter" --seeds 1..100 -- \
    --y broken --y broken.pair-order --y broken.recoverable-prefix

study early --vary transport.early=off,3,rack --vary "wan.delay.minimum=$jitter" --seeds 1..20 -- \
    --x-scale linear --y-scale linear --y wan.spurious --y wan.busiest_line.resent_share --y received_lag.mean_s

study transport --vary transport.retransmit=fixed,adaptive --vary transport.early=off,3,rack \
    --vary wan.loss=0.0003,0.001,0.003,0.01,0.03,0.1 --seeds 1..20 -- \
    --y received_lag.mean_s --y received_lag.p99_s --y wan.spurious

study outage-line --vary transport.retransmit=fixed,adaptive --vary local_system.L.cache=8MiB,64MiB \
    --vary wan.bandwidth=60Mbit/s,80Mbit/s,100Mbit/s,150Mbit/s,200Mbit/s,300Mbit/s --seeds 1..20 -- \
    --x wan.bandwidth --x-scale linear --y-scale linear --y faults.0.caught_up_s --y faults.0.rpo_max_s --y response_time.max_s

if wants tape; then
    # The tape's answer to distance: throughput against m, a curve per one-way delay.
    "$RCSIM" sweep scenarios/figures/tape-throughput.toml --vary wan.delay=1ms,5ms,20ms,80ms \
        --vary tape_job.volume.m=1,2,4,8,16,32,64,128,256 --seeds 1..1 --out "$raw/tape" --resume
    "$RCSIM" plot "$raw/tape" --out results/tape --x tape_job.volume.m
fi

if wants outage; then
    # One run of study 3 over time: the recovery point while the path to R2 is down.
    "$RCSIM" run scenarios/study/stalled-group.toml --out "$raw/outage" >/dev/null
    "$RCSIM" plot "$raw/outage" --out results/outage
fi
