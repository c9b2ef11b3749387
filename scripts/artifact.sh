#!/usr/bin/env bash
# Checks the claims of ARTIFACT.md: runs each command of its table and compares what it finds with what is expected.
#
#   scripts/artifact.sh         all claims
#   scripts/artifact.sh 7 8     these
#
# RCSIM names the program (default: built from here). Exit code 1 if a claim was not met.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/needs.sh
needs python3 "Debian: apt-get install python3"
if [ -z "${RCSIM:-}" ]; then
  needs cargo "install Rust, https://rustup.rs, or set RCSIM to the program"
  cargo build --release --locked --bin rcsim
  RCSIM=${CARGO_TARGET_DIR:-target}/release/rcsim
fi
RCSIM=$(needs_rcsim "$RCSIM") exec python3 scripts/artifact.py "$@"
