#!/bin/sh
# Makes the comparison under results/rivals/: every scheme and preset on the same writes, network and disasters, in one
# command and some ten minutes on two cores. Tables, figures and the numbers behind them; the words are in its README.md.
#   scripts/rivals.sh [NAME..]     all of it, or these sweeps: pgbench zipf transactions own disaster losing reordering loss
#                                  outage stall period matrix causes
# RCSIM names the program (default: built from here). Raw tables stay under target/rivals (or RIVALS_RAW). A sweep that was
# killed goes on where it was. A new contender is a file in scenarios/rivals/contenders/ and a word in a list below.
set -eu
cd "$(dirname "$0")/.."
. scripts/needs.sh
needs python3 "install Python 3"

if [ -z "${RCSIM:-}" ]; then
    needs cargo "install Rust, https://rustup.rs, or set RCSIM to the program"
    cargo build --release --locked --bin rcsim
    RCSIM=${CARGO_TARGET_DIR:-target}/release/rcsim
fi
RCSIM=$(needs_rcsim "$RCSIM")
raw=${RIVALS_RAW:-target/rivals}
page=results/rivals
wanted=$*

# The patent's numberings, products that number, epochs, cuts, and those that promise nothing.
all="group group-network-sync pair remote-system true-copy-async universal-replicator vvr xrc in-order-transport synchronous
     epoch-on-completion epoch-concurrent-set global-mirror srdf-a-1s srdf-a-multi-session-1s zerto-333ms
     global-mirror-change-volumes-2s snapshot-2s adaptive-copy timestamp-only none"
# One of each kind, for figures.
few="group in-order-transport synchronous epoch-on-completion global-mirror srdf-a-1s zerto-333ms none"
# With the periods of the vendors.
own="group epoch-on-completion global-mirror zerto srdf-a srdf-a-multi-session global-mirror-change-volumes snapshot"

# wants NAME: is it asked for?
wants() {
    case " $wanted " in "  " | *" $1 "*) return 0 ;; *) return 1 ;; esac
}

# contenders NAME..: the axis of a sweep.
contenders() {
    list=
    for name in "$@"; do
        list="$list,contenders/$name.inc"
    done
    echo "include=${list#,}"
}

# sweep NAME SCENARIO ARGUMENTS..
sweep() {
    name=$1
    scenario=$2
    shift 2
    "$RCSIM" sweep "scenarios/rivals/compare-$scenario.toml" "$@" --out "$raw/$name" --resume >/dev/null
    echo "$name: $raw/$name" >&2
}

# plot NAME ARGUMENTS..: its figures, beside a page for all of them.
plot() {
    name=$1
    shift
    "$RCSIM" plot "$raw/$name" --out "$page/$name" --title none --by include "$@" >/dev/null
}

# 1. Every contender on three kinds of writes.
for workload in pgbench zipf transactions; do
    wants $workload || continue
    # shellcheck disable=SC2086
    sweep $workload $workload --vary "$(contenders $all)" --seeds 1..10
done

# 2. With the vendor's own periods: a slow load, for long.
# shellcheck disable=SC2086
wants own && sweep own zipf --vary "$(contenders $own)" --seeds 1..5 --set run.duration=2400s --set run.warm_up=600s \
    --set run.drain_limit=900s --set host.H1.workload.rate=5/s --set wan.bandwidth=2Mbit/s

# 3. A disaster at forty instants.
if wants disaster; then
    # shellcheck disable=SC2086
    sweep disaster pgbench --vary "$(contenders $few)" --seeds 1..5 --set 'fault=[{kind="local-site-loss",at="4s"}]' \
        --vary fault.0.at=4000ms..7900ms:100ms
    plot disaster --x fault.0.at --x-scale linear --y rpo.at_loss_s --x-label "When the local site is lost"
fi

# 3a. The line outlives the site: what has left it arrives, if the line does not lose it.
if wants losing; then
    sweep losing zipf --vary "$(contenders group group-network-sync synchronous)" --seeds 1..5 --set wan.loss=0.01 \
        --set run.disasters=100
fi

# 4. Reordering, without anything lost and without early resends.
if wants reordering; then
    # shellcheck disable=SC2086
    sweep reordering zipf --vary "$(contenders $few)" --seeds 1..10 --set wan.loss=0 --set transport.early=off \
        --vary wan.delay.minimum=19.99ms,19.9ms,19.5ms,19ms,18ms,16ms,12ms,6ms,0ms
    plot reordering --x wan.reordered_ratio --x-scale linear --y-scale log --y received_lag.mean_s --y rpo.mean_s --y rpo.p99_s
fi

# 5. Loss.
if wants loss; then
    # shellcheck disable=SC2086
    sweep loss zipf --vary "$(contenders $few)" --seeds 1..20 --vary wan.loss=0.0001,0.0003,0.001,0.003,0.01,0.03,0.1
    plot loss --y-scale log --y rpo.mean_s --y rpo.p99_s --y wan.per_written
fi

# 6. An outage of two seconds, and its catching up.
if wants outage; then
    # shellcheck disable=SC2086
    sweep outage zipf --vary "$(contenders $few)" --seeds 1..10 \
        --set 'fault=[{kind="wan-outage",at="4s",duration="2s"}]' \
        --vary wan.bandwidth=38Mbit/s,40Mbit/s,45Mbit/s,50Mbit/s,60Mbit/s,80Mbit/s,120Mbit/s
    plot outage --x wan.bandwidth --x-label "Rate of the line" --x-scale linear --y-scale linear --y faults.0.caught_up_s --y faults.0.rpo_max_s \
        --y response_time.max_s
fi

# 7. A remote array that stalls, of two.
if wants stall; then
    # shellcheck disable=SC2086
    sweep stall transactions --vary "$(contenders $few)" --seeds 1..10 \
        --set 'fault=[{kind="crash",system="R2",at="4s",duration="1s"}]' \
        --vary fault.0.duration=100ms,250ms,500ms,1s,1500ms,2s,3s
    plot stall --x fault.0.duration --x-label "How long the array R2 stalls" --x-scale linear --y-scale linear --y faults.0.rpo_max_s --y rpo.mean_s \
        --y response_time.max_s
fi

# 8. What the period of a cut sets.
if wants period; then
    sweep period zipf --vary "$(contenders srdf-a)" --seeds 1..10 --set run.duration=20s --set run.warm_up=4s \
        --vary protocol.cut.fold=on,off --vary protocol.cut.period=100ms,200ms,500ms,1s,2s,4s
    "$RCSIM" plot "$raw/period" --out "$page/period" --title none --x-label "Period of the cut" --x protocol.cut.period --by protocol.cut.fold --y rpo.mean_s \
        --y wan.per_written --y wan.burst.peak_to_mean --y cache.local_peak_bytes >/dev/null
fi

# 9. Schemes, faults and checks.
if wants matrix; then
    matrix() {
        # shellcheck disable=SC2086
        sweep "matrix-$1" transactions --vary "$(contenders $all)" --seeds 1..10 --set wan.loss=0.01 --set "fault=[$2]"
    }
    matrix weather ''
    matrix outage '{kind="wan-outage",at="4s",duration="1s"}'
    matrix local-crash '{kind="crash",system="L2",at="4s",duration="500ms"}'
    matrix remote-crash '{kind="crash",system="R2",at="4s",duration="500ms"}'
    matrix clock '{kind="clock",of="L2",at="4s",skew="-30ms"}'
    matrix disaster '{kind="local-site-loss",at="6s"}'
fi

# 10. Causes that the page names, each taken away: the same runs but for that.
if wants causes; then
    # Of few bytes on the line: folding.
    sweep causes-fold zipf --vary "$(contenders srdf-a-1s global-mirror)" --vary protocol.cut.fold=on,off --seeds 1..10
    # Of the response time under `synchronous`: writes to one block wait for one another.
    sweep causes-places zipf --vary "$(contenders synchronous)" \
        --vary 'host.H1.workload.addresses={zipf=1.1},"uniform"' --seeds 1..10
    # Of the response time that is left: the distance.
    sweep causes-distance zipf --vary "$(contenders synchronous)" \
        --vary 'wan.delay.mean,wan.delay.minimum=(20ms,19.9ms),(10ms,9.9ms)' --set 'host.H1.workload.addresses="uniform"' --seeds 1..10
    # Of half of limit_period in the recovery point of numbered streams: limits are agreed on from time to time.
    sweep causes-limit zipf --vary "$(contenders group)" --vary protocol.limit_period=10ms,0s --seeds 1..10
    # Of the recovery point of a continuous cut: the line, and the round trip.
    sweep causes-line pgbench --vary "$(contenders global-mirror)" --vary wan.bandwidth=400Mbit/s,2Gbit/s --seeds 1..10
    sweep causes-round pgbench --vary "$(contenders global-mirror)" --set wan.bandwidth=2Gbit/s \
        --vary 'wan.delay.mean,wan.delay.minimum=(20ms,19.9ms),(4ms,3.9ms)' --seeds 1..10
    # Of the long catching up after a stall: the time-out doubles while nothing answers.
    sweep causes-backoff transactions --vary "$(contenders group none srdf-a-1s zerto-333ms)" \
        --set 'fault=[{kind="crash",system="R2",at="4s",duration="2s"}]' --set transport.initial_timeout=200ms \
        --vary 'transport.max_timeout="60s","200ms"' --seeds 1..10
    # The same of an outage.
    sweep causes-outage zipf --vary "$(contenders group srdf-a-1s)" \
        --set 'fault=[{kind="wan-outage",at="4s",duration="2s"}]' --set transport.initial_timeout=200ms \
        --vary 'transport.max_timeout="60s","200ms"' --seeds 1..10
    # Of what `pair` is behind `group`: its streams wait for one another.
    sweep causes-markers zipf --vary "$(contenders pair group)" --vary protocol.marker_interval=10ms,1ms --seeds 1..10
    # Of what `adaptive-copy` is behind on PostgreSQL's log: one copy of a block at a time, so that a round trip counts.
    sweep causes-copies pgbench --vary "$(contenders adaptive-copy)" \
        --vary 'wan.delay.mean,wan.delay.minimum=(20ms,19.9ms),(2ms,1.9ms)' --seeds 1..10
    # Of the 0.1 s at 6.3 s in the figure of disasters: a burst above the rate of the line.
    sweep causes-burst pgbench --vary "$(contenders group none)" --vary wan.bandwidth=400Mbit/s,2Gbit/s --seeds 1..5 \
        --set 'fault=[{kind="local-site-loss",at="6300ms"}]'
    # Of sets that queue under heavy loss: one is copied at a time, and on this line that takes longer than a period.
    sweep causes-queue zipf --vary "$(contenders zerto-333ms)" --set wan.loss=0.1 \
        --vary wan.bandwidth=60Mbit/s,200Mbit/s --seeds 1..20
    # Of one curve for numbered streams and in-order transport on a line that reorders: both wait for the earliest write that is
    # missing, which is the recovery point of `none`; and limits are agreed on from time to time.
    sweep causes-order zipf --vary "$(contenders group in-order-transport none)" --vary protocol.limit_period=10ms,0s \
        --set wan.loss=0 --set transport.early=off --set wan.delay.minimum=0ms --seeds 1..10
    # Of what an epoch is behind them: barriers are packets, too, and may be the slowest.
    sweep causes-barriers zipf --vary "$(contenders epoch-on-completion)" --vary local_system.L1.destage_time=100us,1ms \
        --set wan.loss=0 --set transport.early=off --set wan.delay.minimum=0ms --seeds 1..10
    # Not of what a stalled array costs a cut: that all must have a set before any applies it. (That is what keeps order.)
    sweep causes-commit transactions --vary "$(contenders srdf-a-1s)" --vary protocol.cut.commit=together,each \
        --set 'fault=[{kind="crash",system="R2",at="4s",duration="3s"}]' --seeds 1..10
fi

RIVALS_RAW=$raw RIVALS_PAGE=$page python3 scripts/rivals.py
