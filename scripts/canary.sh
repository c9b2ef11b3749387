#!/usr/bin/env bash
# Breaks each rule on purpose and counts the random worlds until `rcsim hunt` finds it: the median over several seeds, as
# a table in results/proof/canary.md. A rule that is not found within the limit is a hole in the generator of worlds.
#   scripts/canary.sh            seeds 1 to 5, at most 4,000 worlds each: some minutes on two cores
#   scripts/canary.sh --check    as above, but says only whether the page would change
# RCSIM names the program (default: built from here); SEEDS and LIMIT override.
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
exec python3 - "$@" << 'PYTHON'
import json, os, statistics, subprocess, sys

PAGE = "results/proof/canary.md"
SEEDS = int(os.environ.get("SEEDS", "5"))
LIMIT = int(os.environ.get("LIMIT", "4000"))

# Every rule that has a form to break it by; of some, more than the literal one.
RULES = [
    "run", "idle-stream", "idle-stream=naked", "idle-stream=hold", "compare", "stamp", "clock", "control",
    "limit-update", "recovery", "resend", "duplicate", "local-destage", "admission", "width",
    *(
        f"non-volatile={item}"
        for item in ["counters", "last-stamp", "unsent-data", "unsent-numbers", "remote-cache", "next-expected",
                     "end-key", "limits"]
    ),
    "medium", "insert", "next-counter", "retain", "window", "assembly", "initiators",
]


def hunt(rule, seed):
    words = [os.environ["RCSIM"], "hunt", "--sabotage", rule, "--seed", str(seed), "--runs", str(LIMIT)]
    done = subprocess.run(words + ["--no-shrink", "--format", "json"], capture_output=True, text=True)
    if done.returncode not in (0, 1):
        sys.exit(f"{' '.join(words)}\n{done.stderr}")
    return json.loads(done.stdout)


lines = [
    "# Rules broken on purpose",
    "",
    f"Made by `scripts/canary.sh`; the same numbers come out on every machine. `rcsim hunt --sabotage RULE` draws random",
    f"worlds in which one rule is in another form than the repaired one, and stops at the first in which a check breaks",
    f"that the repaired rules promise. Worlds until then, over {SEEDS} seeds, at most {LIMIT:,} each. A rule without a form",
    "is in its literal one; of `width` that is 8 bits. Not here: `limit-scope`, whose literal form breaks no check (it is",
    "slow, not wrong), and `destage`, whose literal form is the repaired one.",
    "",
    "| rule | found | median | most | breaks first |",
    "|---|---|---|---|---|",
]
missing = []
for rule in RULES:
    found = [hunt(rule, seed) for seed in range(1, SEEDS + 1)]
    worlds = [one["worlds"] for one in found if one["found"]]
    broken = sorted({one["quickest"]["wrong"] for one in found if one["found"]})
    if len(worlds) < SEEDS:
        missing.append(rule)
    median = f"{statistics.median(worlds):g}" if worlds else "-"
    most = str(max(worlds)) if worlds else "-"
    names = ", ".join(f"`{name}`" for name in broken)
    lines.append(f"| `{rule}` | {len(worlds)} of {SEEDS} | {median} | {most} | {names} |")
    print(lines[-1], file=sys.stderr)
page = "\n".join(lines) + "\n"
if "--check" in sys.argv:
    sys.exit(0 if open(PAGE).read() == page else f"{PAGE} is not what scripts/canary.sh makes")
with open(PAGE, "w") as file:
    file.write(page)
if missing:
    sys.exit(f"not found by every seed: {', '.join(missing)}")
PYTHON
