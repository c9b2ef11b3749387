#!/usr/bin/env bash
# The program, optimised for what its own runs do (profile-guided optimisation): built once to count, run on the reference load
# and on every golden run, and built again by what was counted. It gives the same bytes, which the golden runs show at the end.
#
#   scripts/profiled-build.sh            leaves it at target/profiled/rcsim
#
# How much faster it is stands in results/performance. Two builds with link-time optimisation: some fifteen minutes on 2 cores.
set -euo pipefail
cd "$(dirname "$0")/.."
host=$(rustc -vV | sed -n 's/^host: //p')
profdata=$(rustc --print sysroot)/lib/rustlib/$host/bin/llvm-profdata
[ -x "$profdata" ] || { echo "$0: llvm-profdata is needed: rustup component add llvm-tools" >&2; exit 2; }

folder=$PWD/target/profiled
counts=$folder/counts
rm -rf "$counts"
mkdir -p "$counts"
# With a target said, the flags are not those of build scripts and macros.
build() { # RUSTFLAGS
  RUSTFLAGS=$1 CARGO_TARGET_DIR=$folder cargo build --release --locked --quiet --bin rcsim --target "$host"
}
program=$folder/$host/release/rcsim

build "-Cprofile-generate=$counts"
"$program" run scenarios/performance/reference-load.toml --threads 1 --format json --set run.duration=1s >/dev/null
"$program" regress
"$profdata" merge -o "$counts/all.profdata" "$counts"
build "-Cprofile-use=$counts/all.profdata"
"$program" regress
cp "$program" "$folder/rcsim"
echo "target/profiled/rcsim"
