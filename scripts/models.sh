#!/usr/bin/env bash
# The same model by another hand, and another explorer beside ours.
#   scripts/models.sh               models/fig-4.pml in Spin, and the same scopes in `rcsim explore --unreduced`: the
#                                   numbers of distinct states have to be equal; a minute
#   scripts/models.sh --stateright  the paxos example of the crate stateright beside ours: states a second, bytes a
#                                   state; builds the crate from the registry; some minutes
# RCSIM names the program (default: built from here). Spin and a C compiler are needed (Debian: spin, gcc).
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/needs.sh
needs python3 "install Python 3"
if [ -z "${RCSIM:-}" ]; then
  needs cargo "install Rust, https://rustup.rs, or set RCSIM to the program"
  cargo build --release --locked --bin rcsim
  RCSIM=${CARGO_TARGET_DIR:-target}/release/rcsim
fi
RCSIM=$(needs_rcsim "$RCSIM")
export RCSIM
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export work

if [ "${1:-}" = --stateright ]; then
  needs cargo "install Rust, https://rustup.rs"
  needs time "install GNU time (Debian: time)"
  mkdir -p "$work/fetch/src"
  printf '[package]\nname = "fetch"\nversion = "0.0.0"\nedition = "2021"\n[dependencies]\nstateright = "=0.31.0"\n' \
    > "$work/fetch/Cargo.toml"
  echo 'fn main() {}' > "$work/fetch/src/main.rs"
  source=$(cargo metadata --manifest-path "$work/fetch/Cargo.toml" --format-version 1 | python3 -c '
import json, os, sys
packages = json.load(sys.stdin)["packages"]
print(next(os.path.dirname(p["manifest_path"]) for p in packages if p["name"] == "stateright"))')
  cp -r "$source" "$work/stateright"
  cargo build --release --locked --example paxos --manifest-path "$work/stateright/Cargo.toml" --target-dir "$work/target"
  # usage: measured NAME PATTERN COMMAND..: distinct states (the number that PATTERN captures), time, memory.
  measured() {
    name=$1 pattern=$2
    shift 2
    command time -f '%e %U %M' -o "$work/time" "$@" > "$work/out"
    NAME=$name PATTERN=$pattern python3 - << 'PYTHON'
import os, re
work = os.environ["work"]
states = int(re.findall(os.environ["PATTERN"], open(f"{work}/out").read())[-1])
wall, cpu, kib = open(f"{work}/time").read().split()[-3:]
wall, cpu, kib = float(wall), float(cpu), int(kib)
print(f"{os.environ['NAME']:<28} {states:>10,} states  {states / wall:>10,.0f} a second"
      f"  {states / cpu:>10,.0f} a CPU second  {kib * 1024 / states:>6,.0f} bytes a state in all")
PYTHON
  }
  measured "stateright, paxos check 3" 'unique=(\d+)' "$work/target/release/examples/paxos" check 3
  measured "rcsim, Fig. 4, four writes" '"states":(\d+)' \
    "$RCSIM" explore results/proof/scopes/fig-4.toml --format json
  exit
fi

if ! command -v spin > /dev/null && command -v apt-get > /dev/null && [ "$(id -u)" = 0 ]; then
  apt-get install -y --no-install-recommends spin > /dev/null || true
fi
needs spin "install Spin (Debian: apt-get install spin)"
needs gcc "install a C compiler (Debian: apt-get install gcc)"
exec python3 - << 'PYTHON'
import json, os, re, subprocess, sys

MODEL = os.path.abspath("models/fig-4.pml")
# Writes, markers, losses, duplicates, resends.
SCOPES = [
    (1, 1, 1, 1, 1),
    (1, 2, 1, 1, 1),
    (1, 3, 0, 0, 0),
    (2, 0, 2, 2, 2),
    (2, 1, 0, 1, 0),
    (2, 1, 1, 1, 1),
    (3, 0, 1, 1, 1),
    (3, 1, 0, 0, 0),
]
NAMES = ["writes", "markers", "losses", "duplicates", "resends"]


def run(words, **options):
    done = subprocess.run(words, capture_output=True, text=True, **options)
    if done.returncode != 0:
        sys.exit(f"{' '.join(words)}\n{done.stderr or done.stdout}")
    return done.stdout


def spin(scope):
    work = os.environ["work"]
    defined = [f"-D{name.upper()}={many}" for name, many in zip(NAMES, scope)]
    run(["spin", *defined, "-a", MODEL], cwd=work)
    # No partial-order reduction: every state is counted.
    run(["gcc", "-O2", "-w", "-DNOREDUCE", "-DSAFETY", "-o", "pan", "pan.c"], cwd=work)
    said = run(["./pan", "-m100000", "-w24"], cwd=work)
    if "errors: 0" not in said or "Search not completed" in said:
        sys.exit(f"{scope}\n{said}")
    return int(re.search(r"(\d+) states, stored", said)[1])


def rcsim(scope):
    words = [os.environ["RCSIM"], "explore", "models/fig-4.toml", "--unreduced", "--format", "json"]
    for name, many in zip(NAMES, scope):
        words += ["--set", f"explore.{name}={many}"]
    return json.loads(run(words))["states"]


print("| " + " | ".join(NAMES) + " | Spin | rcsim |")
print("|" + "---|" * 7)
equal = True
for scope in SCOPES:
    theirs, ours = spin(scope), rcsim(scope)
    equal &= theirs == ours
    counts = " | ".join(map(str, scope))
    print(f"| {counts} | {theirs:,} | {ours:,} |" + ("" if theirs == ours else " **differs**"))
sys.exit(0 if equal else "the numbers of distinct states differ")
PYTHON
