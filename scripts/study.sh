#!/bin/sh
# Reproduces the study under results/: sweeps and their figures, in one command and in minutes on two cores.
#   scripts/study.sh [NAME..]      all of it, or these: the names of studies/*.toml, tape, outage
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

wanted=$*

# wants NAME: is it asked for?
wants() {
    case " $wanted " in "  " | *" $1 "*) return 0 ;; *) return 1 ;; esac
}

for file in studies/*.toml; do
    name=$(basename "$file" .toml)
    wants "$name" || continue
    "$RCSIM" study "$file" --out "results/$name" --runs "$raw/$name"
done

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

# What the folders are, for those who archive them.
if command -v python3 >/dev/null; then python3 scripts/ro-crate.py; fi
