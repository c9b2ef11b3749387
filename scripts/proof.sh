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
import json, os, subprocess, sys, tempfile

PAGE = "results/proof/README.md"
FIG_4 = "results/proof/scopes/fig-4.toml"
CLOCKS = "results/proof/scopes/clocks.toml"
TAPE = "results/proof/scopes/tape.toml"
EPOCH_CLOSE = "scenarios/regressions/epoch-close.toml"
CUT_WINDOW = "scenarios/regressions/cut-window.toml"
LAST_STAMP = "results/proof/scopes/last-stamp.toml"
WIDTH = "results/proof/scopes/width.toml"
PULL = "results/proof/scopes/pull.toml"
AGREE = "local_system.L1.clock.skew=0s"
CRASH = "explore.crashes=1 explore.losses=0 explore.duplicates=0 explore.resends=0"

# What is explored: a title, a scenario, settings. All rules are repaired.
SCOPES = [
    ("Fig. 2, per pair", FIG_4, "protocol.scheme=pair"),
    ("Fig. 3, per remote system", FIG_4, "protocol.scheme=remote-system"),
    ("Fig. 4, per group", FIG_4, ""),
    ("Fig. 2, three writes, a crash", FIG_4, f"protocol.scheme=pair explore.writes=3 {CRASH}"),
    ("Fig. 3, three writes, a crash", FIG_4, f"protocol.scheme=remote-system explore.writes=3 {CRASH}"),
    ("Fig. 4, three writes, a crash", FIG_4, f"explore.writes=3 {CRASH}"),
    ("Fig. 2, clocks that differ", CLOCKS, "protocol.scheme=pair"),
    ("Fig. 3, clocks that differ", CLOCKS, "protocol.scheme=remote-system"),
    ("Fig. 4, clocks that differ", CLOCKS, ""),
    ("Fig. 4, strict order (`serial`)", FIG_4, "protocol.rule.destage=serial explore.writes=3"),
    ("Fig. 4, a unit by itself (`pair`)", FIG_4, "protocol.rule.destage=pair explore.writes=3"),
    ("in-order transport", FIG_4, "protocol.scheme=in-order-transport"),
    ("in-order transport, a crash", FIG_4, f"protocol.scheme=in-order-transport explore.writes=2 {CRASH}"),
    ("in-order transport, clocks that differ", CLOCKS, "protocol.scheme=in-order-transport"),
    ("synchronous", FIG_4, "protocol.scheme=synchronous"),
    ("synchronous, three writes, a crash", FIG_4, f"protocol.scheme=synchronous explore.writes=3 {CRASH}"),
    ("synchronous, clocks that differ", CLOCKS, "protocol.scheme=synchronous"),
    ("epochs, one array and line", EPOCH_CLOSE, "protocol.rule.epoch-close=completion explore.writes=3"),
    ("epochs, two local and two remote arrays", CLOCKS, f"protocol.scheme=epoch explore.markers=0 {AGREE}"),
    ("epochs, two arrays each, idle ones say so", CLOCKS, f"protocol.scheme=epoch explore.writes=2 {AGREE}"),
    ("cuts, two remote arrays", FIG_4, "protocol.scheme=cut explore.writes=3 explore.cuts=1"),
    ("cuts, two remote arrays, a crash", FIG_4, f"protocol.scheme=cut explore.writes=2 explore.cuts=1 {CRASH}"),
    ("cuts, two local arrays, a crash", CUT_WINDOW, f"protocol.rule.cut-window=held explore.writes=2 explore.cuts=1 {CRASH}"),
    ("cuts, two local arrays, clocks that differ", CLOCKS, "protocol.scheme=cut explore.writes=2 explore.cuts=1"),
]

# Variants of the streams that products of the field have, and hosts that wait for the line.
VARIANTS = [
    ("pulled, a stream per array (`xrc`)", PULL, ""),
    ("pulled, released when destaged (`universal-replicator`)", PULL, "protocol.release=destaged"),
    ("pulled, a crash", PULL, f"explore.writes=1 explore.markers=0 {CRASH}"),
    ("released when destaged (`vvr`)", FIG_4, "protocol.preset=vvr"),
    ("released when destaged, a crash", FIG_4, f"protocol.preset=vvr explore.writes=2 {CRASH}"),
    ("hosts wait for the line (`network-sync`)", FIG_4, "protocol.acknowledge=network-sync explore.writes=3"),
    ("hosts wait for the line, a crash", FIG_4, f"protocol.acknowledge=network-sync explore.writes=2 {CRASH}"),
]

# Negative controls: what little they promise holds, and what they do not promise breaks.
CONTROLS = [
    ("no order", FIG_4, "protocol.scheme=none"),
    ("time stamps only", FIG_4, "protocol.scheme=timestamp-only explore.writes=3"),
    ("adaptive copy", FIG_4, "protocol.scheme=adaptive-copy"),
]

# Of tape: a title, settings.
TWO = "explore.writes=2 tape_job.J1.m=2 explore.losses=1 explore.resends=1"
TAPE_SCOPES = [
    ("Fig. 18 and 20: write, by sequence number", "tape_job.J1.kind=backup"),
    ("Fig. 17 and 19: read, by sequence number", "tape_job.J1.kind=restore"),
    ("Fig. 21: write, by block id", "tape_job.J1.kind=backup tape_system.T1.numbering=block-id"),
    ("Fig. 21: read, by block id", "tape_job.J1.kind=restore tape_system.T1.numbering=block-id"),
    ("write, then read, by sequence number; window 2", TWO),
    ("write, then read, by block id; window 2", f"{TWO} tape_system.T1.numbering=block-id"),
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
    ("non-volatile", "last-stamp", LAST_STAMP, ""),
    ("width", "8", WIDTH, ""),
    ("epoch-close", "submission", EPOCH_CLOSE, f"{FEW} explore.writes=3"),
    ("barrier", "number", "scenarios/regressions/barrier.toml", FEW),
    *(
        (rule, form, f"scenarios/regressions/{rule}.toml", f"{FEW} {more}")
        for rule, form, more in [
            ("cut-window", "none", "explore.cuts=1"),
            ("cut-commit", "each", "explore.cuts=1"),
            ("cut-apply", "in-place", "explore.cuts=1"),
            ("cut-fold", "across", ""),
            ("cut-revert", "none", "explore.cuts=1"),
            ("flash-copy", "at-command", "explore.writes=2 explore.cuts=1"),
        ]
    ),
]
# Where the run of a rule's regression stands, if it is not the scenario that is explored.
REGRESSIONS = {
    ("limit-update", "overwrite"): "limit-update",
    ("non-volatile", "last-stamp"): "non-volatile-last-stamp",
    ("width", "8"): "width-8",
}

# Of tape: the rule, its form, the regression, settings.
NONE = "explore.losses=0 explore.duplicates=0 explore.resends=0"
WRITES, READS = f"{NONE} tape_job.J1.kind=backup", f"{NONE} tape_job.J1.kind=restore"
TAPE_RULES = [
    ("medium", "as-queued", "tape-medium", WRITES),
    ("insert", "traverse", "tape-insert-read", READS),
    ("insert", "traverse", "tape-insert-write",
     f"{WRITES} explore.writes=5 tape_job.J1.blocks=5 tape_job.J1.m=5 tape_system.T1.cache=320KiB"),
    ("next-counter", "next-entry", "tape-next-counter", READS),
    ("retain", "delete", "tape-retain", f"{READS} explore.losses=1"),
    ("duplicate", "accept", "tape-duplicate", f"{WRITES} explore.duplicates=1"),
    ("resend", "never", "tape-resend", f"{WRITES} explore.losses=1"),
    ("window", "outstanding", "tape-window", f"{WRITES} tape_job.J1.m=2 tape_system.T1.cache=128KiB"),
    ("assembly", "arrival", "tape-assembly", READS),
    ("initiators", "independent", "tape-initiators-crash", f"{WRITES} tape_job.J1.crash_after=2"),
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


def facts_of(regression):
    """Facts that the hardware sees in the run of a regression until its order is broken."""
    scenario = f"scenarios/regressions/{regression}.toml"
    with tempfile.TemporaryDirectory() as folder:
        events = f"{folder}/events.jsonl"
        words = [os.environ["RCSIM"], "run", scenario, "--format", "json", "--events", events]
        done = subprocess.run(words, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{' '.join(words)}\n{done.stderr or done.stdout}")
        until = json.loads(done.stdout)["order"]["first_violation"]["at_ns"]
        with open(events) as lines:
            facts = [json.loads(line) for line in lines]
    return sum(1 for fact in facts if fact.get("at_ns", until + 1) <= until)


def verdict(found):
    broken = [check for check, state in found["checks"].items() if state == "broken"]
    return "holds" if not broken else "**" + ", ".join(broken) + " broken**"


def bounds(found):
    names = ["writes", "losses", "duplicates", "control_losses", "crashes", "markers", "resends", "cuts"]
    return ", ".join(f"{name} {found['bounds'][name]}" for name in names if found["bounds"][name])


lines = [
    "# Every interleaving of small scopes",
    "",
    "Made by `scripts/proof.sh`; the same numbers come out on every machine. `rcsim explore` drives the very machines,",
    "tracker and checker of `rcsim run` over all orders of delivery, with a disaster in every state, and asks of every",
    "state whether the scenario can still complete. What holds here holds in these scopes; a larger one may show more.",
    "How the reductions lose nothing is said in `src/explore/mod.rs`, and a test takes each away. With these pairs Fig. 2",
    "and Fig. 4 have the same streams, so that their numbers are the same. How fast that goes says [speed.md](speed.md).",
    "",
    "## Repaired rules",
    "",
    "| scope | bounds | distinct states | generated | depth | verdict |",
    "|---|---|---|---|---|---|",
]
def scopes(table):
    for title, scenario, settings in table:
        found = explore(scenario, settings)
        assert found["complete"], title
        lines.append(
            f"| {title} | {bounds(found)} | {found['states']:,} | {found['transitions']:,} | {found['depth']} "
            f"| {verdict(found)} |"
        )


scopes(SCOPES)
lines += [
    "",
    "Variants of these streams: who starts a transfer, when the local site releases what it keeps, and what a host waits for.",
    "A request that is given up and made again says what one says that arrives late or twice, and what is rebuilt from its",
    "group arrives late.",
    "",
    "| scope | bounds | distinct states | generated | depth | verdict |",
    "|---|---|---|---|---|---|",
]
scopes(VARIANTS)
lines += [
    "",
    "Negative controls, in the same scopes: what holds, what breaks, and after how many steps the first check does. Only",
    "adaptive copy promises what holds here (`complete`, `local-order`); the others promise nothing.",
    "",
    "| scope | bounds | distinct states | generated | depth | holds | breaks | steps |",
    "|---|---|---|---|---|---|---|---|",
]
for title, scenario, settings in CONTROLS:
    found = explore(scenario, settings)
    assert found["complete"] and found["counterexample"], title
    named = lambda state: ", ".join(f"`{check}`" for check, is_so in found["checks"].items() if is_so == state)
    lines.append(
        f"| {title} | {bounds(found)} | {found['states']:,} | {found['transitions']:,} | {found['depth']} "
        f"| {named('holds')} | {named('broken')} | {found['counterexample']['length']} |"
    )
lines += [
    "",
    "Of tape: four blocks, three of which are outstanding at most, the unit taken and given back, drives that are done at",
    "any time; no interleaving is left out. Where a volume is written and then read back there are two blocks.",
    "",
    "| scope | bounds | distinct states | generated | depth | verdict |",
    "|---|---|---|---|---|---|",
]
for title, settings in TAPE_SCOPES:
    found = explore(TAPE, settings)
    assert found["complete"], title
    lines.append(
        f"| {title} | {bounds(found).replace('writes', 'blocks')} | {found['states']:,} | {found['transitions']:,} "
        f"| {found['depth']} | {verdict(found)} |"
    )
lines += [
    "",
    "## Each rule, literal and repaired",
    "",
    "Nobody wrote these interleavings down: each is a shortest one that breaks the order, found in a scope in which the",
    "repaired form holds. `rcsim explore` with the scenario tells it step by step. A length of 0 says that the scenario",
    "cannot complete from the beginning. Beside it stand the facts that the hardware sees in the run of the rule's",
    "regression (its first seed) until its order is broken.",
    "",
    "| rule | form | scenario | breaks | steps | facts in the regression's run | distinct states | repaired |",
    "|---|---|---|---|---|---|---|---|",
]


def row(rule, form, scenario, settings, regression):
    literal = explore(scenario, f"{settings} protocol.rule.{rule}={form}")
    repaired = explore(scenario, f"{settings} protocol.rule.{rule}=repaired")
    first = literal["counterexample"] or {"check": "nothing", "length": "-"}
    name = os.path.basename(scenario).removesuffix(".toml")
    return (
        f"| `{rule}` | `{form}` | [{name}](../../{scenario}) | `{first['check']}` | {first['length']} "
        f"| [{facts_of(regression):,}](../../scenarios/regressions/{regression}.toml) "
        f"| {literal['states']:,} | {verdict(repaired)}, {repaired['states']:,} states |"
    )


for rule, form, scenario, settings in RULES:
    regression = REGRESSIONS.get((rule, form), os.path.basename(scenario).removesuffix(".toml"))
    lines.append(row(rule, form, scenario, settings, regression))
lines += [
    "",
    "Of tape. Fig. 21 is immune to `next-counter`: numbered by block id, the literal form holds in the same scope.",
    "",
    "| rule | form | scenario | breaks | steps | facts in the regression's run | distinct states | repaired |",
    "|---|---|---|---|---|---|---|---|",
]
for rule, form, regression, settings in TAPE_RULES:
    lines.append(row(rule, form, TAPE, settings, regression))
immune = explore(TAPE, f"{READS} protocol.rule.next-counter=next-entry tape_system.T1.numbering=block-id")
assert immune["counterexample"] is None
page = "\n".join(lines) + "\n"
if "--check" in sys.argv:
    sys.exit(0 if open(PAGE).read() == page else f"{PAGE} is not what scripts/proof.sh makes")
with open(PAGE, "w") as file:
    file.write(page)
PYTHON
