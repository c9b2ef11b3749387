#!/usr/bin/env bash
# Explores the scopes of results/proof/scopes, and each rule's literal form beside the repaired one, and writes what was
# found to results/proof/README.md: states, depth, checks, and the length of each shortest counterexample.
#   scripts/proof.sh            all of it: some minutes on two cores, and 1 GiB of memory
#   scripts/proof.sh --check    as above, but says only whether the page would change
# RCSIM names the program (default: built from here).
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
import json, os, subprocess, sys

PAGE = "results/proof/README.md"
FIG_4 = "results/proof/scopes/fig-4.toml"
CLOCKS = "results/proof/scopes/clocks.toml"
CRASH = "explore.crashes=1 explore.losses=0 explore.duplicates=0 explore.resends=0"

# What is explored: a title, a scenario, settings. All rules are repaired.
SCOPES = [
    ("Fig. 2, per pair", FIG_4, "protocol.scheme=pair"),
    ("Fig. 3, per remote system", FIG_4, "protocol.scheme=remote-system"),
    ("Fig. 4, per group", FIG_4, ""),
    ("in-order transport", FIG_4, "protocol.scheme=in-order-transport"),
    ("synchronous", FIG_4, "protocol.scheme=synchronous"),
    ("Fig. 2, a crash", FIG_4, f"protocol.scheme=pair explore.writes=2 {CRASH}"),
    ("Fig. 3, a crash", FIG_4, f"protocol.scheme=remote-system explore.writes=2 {CRASH}"),
    ("Fig. 4, a crash", FIG_4, f"explore.writes=2 {CRASH}"),
    ("Fig. 4, three writes, a crash", FIG_4, f"explore.writes=3 {CRASH}"),
    ("Fig. 2, clocks that differ", CLOCKS, "protocol.scheme=pair"),
    ("Fig. 3, clocks that differ", CLOCKS, "protocol.scheme=remote-system"),
    ("Fig. 4, clocks that differ", CLOCKS, ""),
]

# Rules: the rule, its form, a scenario in which it is in force, settings.
FEW = "explore.losses=0 explore.duplicates=0 explore.resends=0"
RULES = [
    ("run", "longest", "scenarios/regressions/run.toml", FEW),
    ("idle-stream", "exclude", "scenarios/regressions/idle-stream-exclude.toml", FEW),
    ("idle-stream", "naked", "scenarios/regressions/idle-stream-naked.toml", FEW),
    ("idle-stream", "hold", "scenarios/regressions/idle-stream-hold.toml", FEW),
    ("compare", "plain", "scenarios/regressions/compare-plain.toml", f"{FEW} explore.markers=0"),
    ("stamp", "host", "scenarios/regressions/stamp.toml", f"{FEW} explore.writes=2"),
    ("clock", "as-is", "scenarios/regressions/clock.toml", FEW),
    ("limit-update", "overwrite", "results/proof/scopes/limit-update.toml", ""),
    ("recovery", "own", "scenarios/regressions/recovery.toml", FEW),
    ("control", "wait", "scenarios/regressions/control.toml", f"{FEW} explore.writes=2 explore.control_losses=1"),
    ("resend", "never", "scenarios/regressions/resend.toml", "explore.writes=2 explore.duplicates=0"),
    ("duplicate", "accept", "scenarios/regressions/duplicate.toml", "explore.writes=2 explore.losses=0 explore.resends=0"),
    ("local-destage", "on-completion", "scenarios/regressions/local-destage.toml", f"{FEW} explore.writes=2"),
    ("admission", "first-come", "scenarios/regressions/admission.toml", "explore.writes=2"),
    *(
        ("non-volatile", item, f"scenarios/regressions/non-volatile-{name}.toml", f"{CRASH} explore.writes=2")
        for item, name in [
            ("counters", "counters"),
            ("unsent-data", "unsent-data-211"),
            ("unsent-numbers", "unsent-numbers"),
            ("remote-cache", "remote-cache"),
            ("next-expected", "next-expected"),
            ("end-key", "end-key"),
            ("limits", "limits"),
        ]
    ),
]


def explore(scenario, settings):
    words = [os.environ["RCSIM"], "explore", scenario, "--format", "json"]
    for setting in settings.split():
        words += ["--set", setting]
    print("exploring", *words[2:], file=sys.stderr)
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode not in (0, 1):
        sys.exit(f"{' '.join(words)}\n{done.stderr or done.stdout}")
    return json.loads(done.stdout)


def verdict(found):
    broken = [check for check, state in found["checks"].items() if state == "broken"]
    return "holds" if not broken else "**" + ", ".join(broken) + " broken**"


def bounds(found):
    names = ["writes", "losses", "duplicates", "control_losses", "crashes", "markers", "resends"]
    return ", ".join(f"{name} {found['bounds'][name]}" for name in names if found["bounds"][name])


lines = [
    "# Every interleaving of small scopes",
    "",
    "Made by `scripts/proof.sh`; the same numbers come out on every machine. `rcsim explore` drives the very machines,",
    "tracker and checker of `rcsim run` over all orders of delivery, with a disaster in every state, and asks of every",
    "state whether the scenario can still complete. What holds here holds in these scopes; a larger one may show more.",
    "How the reductions lose nothing is said in `src/explore/mod.rs`, and a test takes each away. With these pairs Fig. 2",
    "and Fig. 4 have the same streams, so that their numbers are the same.",
    "",
    "## Repaired rules",
    "",
    "| scope | bounds | distinct states | generated | depth | verdict |",
    "|---|---|---|---|---|---|",
]
for title, scenario, settings in SCOPES:
    found = explore(scenario, settings)
    assert found["complete"], title
    lines.append(
        f"| {title} | {bounds(found)} | {found['states']:,} | {found['transitions']:,} | {found['depth']} "
        f"| {verdict(found)} |"
    )
lines += [
    "",
    "## Each rule, literal and repaired",
    "",
    "Nobody wrote these interleavings down: each is a shortest one that breaks the order, found in a scope in which the",
    "repaired form holds. `rcsim explore` with the scenario tells it step by step. A length of 0 says that the scenario",
    "cannot complete from the beginning.",
    "",
    "| rule | form | scenario | breaks | steps | distinct states | repaired |",
    "|---|---|---|---|---|---|---|",
]
for rule, form, scenario, settings in RULES:
    literal = explore(scenario, f"{settings} protocol.rule.{rule}={form}")
    repaired = explore(scenario, f"{settings} protocol.rule.{rule}=repaired")
    first = literal["counterexample"] or {"check": "nothing", "length": "-"}
    name = os.path.basename(scenario).removesuffix(".toml")
    lines.append(
        f"| `{rule}` | `{form}` | [{name}](../../{scenario}) | `{first['check']}` | {first['length']} "
        f"| {literal['states']:,} | {verdict(repaired)}, {repaired['states']:,} states |"
    )
page = "\n".join(lines) + "\n"
if "--check" in sys.argv:
    sys.exit(0 if open(PAGE).read() == page else f"{PAGE} is not what scripts/proof.sh makes")
with open(PAGE, "w") as file:
    file.write(page)
PYTHON
