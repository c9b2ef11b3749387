#!/usr/bin/env python3
"""Makes docs/rules.md: what breaks under another form of each rule, and what the repair costs.

Every number on the page is measured by running the scenarios of scenarios/regressions, as they stand and with the form
that cures them, and scenarios/demos/price-of-rules.toml with each form in turn. A run has the same result everywhere,
so that the page has, too.

  cargo build --release
  scripts/rules-page.py                 writes docs/rules.md
  scripts/rules-page.py --check         fails if the page is out of date

Needs Python 3.9 or later and nothing else.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = "scenarios/regressions"
PRICE = "scenarios/demos/price-of-rules.toml"
PRICE_SEEDS = "1..3"
PAGE = ROOT / "docs/rules.md"

# What a rule is about, in the order of the page. `*` is all of them at once.
RULES = {
    "run": "which run of sequence numbers a slave reports the end of",
    "idle-stream": "what a stream without an undestaged entry gives to the minimum",
    "compare": "how stamps are made, and compared with the limit",
    "stamp": "who gives the time stamp",
    "clock": "what the clocks' error means for completions",
    "limit-scope": "over what the master takes its minimum",
    "control": "what slaves and master do about lost messages",
    "limit-update": "what a slave does with a limit that it receives",
    "recovery": "the limit by which each remote system recovers",
    "destage": "what is destaged in order, one at a time",
    "resend": "what the sender does about lost packets",
    "duplicate": "what becomes of a second copy",
    "local-destage": "in which order the local unit is written",
    "admission": "who gets a place in the remote cache",
    "width": "bits of the sequence number, and how they are compared",
    "epoch-close": "what closes an epoch (scheme `epoch`)",
    "barrier": "when a remote site takes an epoch for whole (scheme `epoch`)",
    "cut-window": "whether hosts are held while local systems switch (scheme `cut`)",
    "cut-commit": "who says that a set may be applied (scheme `cut`)",
    "cut-apply": "where a set stands until it is whole (scheme `cut`)",
    "cut-fold": "which writes give their place to a later one (scheme `cut`)",
    "cut-revert": "what a recovery does about a set committed at some systems only (scheme `cut`)",
    "flash-copy": "when a remote system takes a set for whole (scheme `cut`)",
    "non-volatile": "what a crash of a control unit loses",
    "*": "all rules at once",
}

# Rules of other schemes than the patent's.
OF_RIVALS = ("epoch-close", "barrier", "cut-window", "cut-commit", "cut-apply", "cut-fold", "cut-revert", "flash-copy")

INTRODUCTION = """\
# Why each rule is there

The text of the patent leaves gaps, and each rule of `rcsim` closes one. For each rule there is a scenario in
[`{folder}`](../{folder}), as small as we could make it, in which another form
of that one rule (the literal one of the text, or another one that looks good) breaks a check, and in which the repaired form
holds on the same seeds. Two rules are different: `destage` breaks only `destage-order`, which is not judged unless it
is `serial`, and `limit-scope` breaks nothing at all, but makes one group wait for another. The last rules before
`non-volatile` are of rivals, not of the patent: see [rivals](rivals.md). Tape has rules of its own: see [tape](tape.md).

`scripts/rules-page.py` makes this page by running the scenarios; only the words are written by hand.
The names of writes (w0, w1, ...) count them in the order of issue.
"""

PRICE_INTRODUCTION = """\
## What a form costs, or seems to save

The scenarios above are too small to tell prices. Here every form runs in one larger world,
[`{price}`](../{price}): two local and two remote arrays with
imperfect clocks, transactions that span both, a WAN that loses 1% and reorders, a control network that is not ideal
either. Each row differs from the first in the one rule that it names; figures are means over seeds {seeds}.

- Lags and packets are of {window}, while hosts write; packets are those of the data direction.
- *Not copied* are writes that were completed at their host and not destaged {drain} after the last: the lags beside
  them are of the others.
- Hosts that wait for completions write more if completions come sooner: with other forms of `clock` and `stamp` the writes differ.
- A form that is cheap but breaks a check does not count, and a form that breaks none here may do so elsewhere, as above.
- The cost of non-volatile memory is not simulated, so `non-volatile` has no row.
"""

EACH_INTRODUCTION = """\
## Each scenario

Figures are of seed 1, and so are the commands: the first replays the failure, the second runs the same world under the
form that cures it. With `--seeds {seeds}` both do what they do here on every seed; the tests see to it.
"""


def fail(message):
    sys.exit(f"rules-page.py: {message}")


class Program:
    """The built `rcsim`."""

    def __init__(self, path):
        self.path = path

    def run(self, scenario, seeds, settings):
        """The results of a scenario, one per seed."""
        arguments = [str(self.path), "run", scenario, "--seeds", seeds, "--format", "json"]
        for setting in settings:
            arguments += ["--set", setting]
        done = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode > 1:
            fail(f"{' '.join(arguments)} ends with {done.returncode}:\n{done.stderr}")
        return [json.loads(line) for line in done.stdout.splitlines()]


class Regression:
    """A scenario of the folder: the story and the facts of its header, and its runs."""

    def __init__(self, path, program):
        comments = []
        for line in path.read_text(encoding="utf-8").splitlines():
            if not line.startswith("#"):
                break
            comments.append(line[1:].strip())
        blank = comments.index("")
        self.name = path.stem
        self.file = f"{FOLDER}/{path.name}"
        self.story = " ".join(comments[:blank])
        facts = dict(line.split(": ", 1) for line in comments[blank + 1 :])
        self.rule, self.form = facts["rule"].split(" = ")
        self.also, self.cure = facts.get("with"), facts["cure"]
        self.patent, self.seeds = facts["patent"], facts["seeds"]
        key = "protocol.rules" if self.rule == "*" else f"protocol.rule.{self.rule}"
        self.setting = f"{key}={self.cure}"
        self.failing = program.run(self.file, self.seeds, [])
        self.cured = program.run(self.file, self.seeds, [self.setting, "expect.order=any"])
        for result in self.failing:
            if not result["expected"]:
                fail(f"{self.file}, seed {result['seed']}: {', '.join(result['unmet'])}")
        for result in self.cured:
            if result["order"]["verdict"] != "holds":
                fail(f"{self.file}, seed {result['seed']}: broken even with {self.setting}")

    def row_forms(self):
        return f"| [`{self.name}`](#{self.name}) | `{self.form}` | `{self.cure}` |"


def span(seconds):
    """A time span with three digits and its unit."""
    for unit, scale in (("s", 1), ("ms", 1e3), ("µs", 1e6)):
        if seconds * scale >= 1:
            return f"{seconds * scale:.3g} {unit}" if seconds * scale < 1000 else f"{seconds * scale:.0f} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def size(count):
    """Bytes with three digits and their unit."""
    for unit, scale in (("MB", 1e6), ("kB", 1e3)):
        if count >= scale:
            return f"{count / scale:.3g} {unit}" if count < 1000 * scale else f"{count / scale:.0f} {unit}"
    return f"{count:.0f} B"


def mean(results, *keys):
    """The mean of one figure over results."""
    total = 0
    for result in results:
        for key in keys:
            result = result[key]
        total += result
    return total / len(results)


def count(results, *keys):
    value = mean(results, *keys)
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:.1f}"


def broken(results):
    """Checks that broke under any seed; where none did, those that are not judged and do not hold."""
    names = []
    for result in results:
        for check, state in result["order"]["checks"].items():
            if state == "broken" and check not in names:
                names.append(check)
    if not names:
        names = sorted({seen["check"] for result in results for seen in result["order"]["not_judged"]})
    return names


def checks(results):
    names = broken(results)
    if not names:
        return "nothing"
    return ", ".join(f"`{name}`" for name in names)


def violation(results):
    """The first violation of the first seed, a sentence of the checker."""
    order = results[0]["order"]
    first = order["first_violation"] or next(iter(order["not_judged"]), None)
    if first is None:
        return "nothing is out of order"
    return f"at {span(first['at_ns'] / 1e9)}: {first['why']}"


def overview(regressions):
    lines = [
        "## What breaks",
        "",
        "| scenario | form | cured by | patent | breaks | what the checker says first (seed 1) |",
        "|---|---|---|---|---|---|",
    ]
    for regression in regressions:
        lines.append(
            f"{regression.row_forms()} {regression.patent} | {checks(regression.failing)} "
            f"| {violation(regression.failing)} |"
        )
    return lines


FIGURES = "| received lag, mean | longest | response time | packets | bytes | markers | resends | not copied |"


def figures(results):
    received = results[0]["received_lag"]["count"] and mean(results, "received_lag", "mean_s")
    return " | ".join(
        [
            span(received) if received else "none",
            span(mean(results, "received_lag", "max_s")) if received else "none",
            span(mean(results, "response_time", "mean_s")),
            count(results, "wan", "offered"),
            size(mean(results, "wan", "offered_bytes")),
            count(results, "wan", "markers"),
            count(results, "wan", "retransmitted"),
            count(results, "writes", "outstanding"),
        ]
    )


def price(regressions, program):
    lines = [
        "| rule | form | breaks " + FIGURES,
        "|---|---|---" + "|---" * (FIGURES.count("|") - 1) + "|",
    ]
    cured = program.run(PRICE, PRICE_SEEDS, [])
    lines.append(f"| | all repaired | {checks_of_price(cured)} | {figures(cured)} |")
    told = set()
    for regression in regressions:
        rule, form = regression.rule, regression.form
        for form in (form, regression.cure):
            # Nothing crashes here, what is repaired stands in the first row, and the scheme is the patent's.
            if rule in ("*", "non-volatile") or rule in OF_RIVALS or (rule, form) in told:
                continue
            told.add((rule, form))
            results = program.run(PRICE, PRICE_SEEDS, [f"protocol.rule.{rule}={form}", "expect.order=any"])
            if not results[0]["rules_departures"]:
                continue
            lines.append(f"| `{rule}` | `{form}` | {checks_of_price(results)} | {figures(results)} |")
    literal = program.run(PRICE, PRICE_SEEDS, ["protocol.rules=literal", "expect.order=any"])
    lines.append(f"| | all literal | {checks_of_price(literal)} | {figures(literal)} |")
    return lines


def checks_of_price(results):
    """Without `destage-order`, which is not judged."""
    names = [name for name in broken(results) if name != "destage-order"]
    return ", ".join(f"`{name}`" for name in names) or "nothing"


def section(regression):
    rule, form = regression.rule, regression.form
    what = "every rule" if rule == "*" else f"rule `{rule}`, {RULES[rule]}"
    also = f" (with `{regression.also}`)" if regression.also else ""
    lines = [
        f"### {regression.name}",
        "",
        f"*{what[0].upper()}{what[1:]}*{also}. {regression.patent}.",
        "",
        regression.story,
        "",
        "| form | breaks " + FIGURES,
        "|---|---" + "|---" * (FIGURES.count("|") - 1) + "|",
    ]
    for form, results in ((form, regression.failing), (regression.cure, regression.cured)):
        lines.append(f"| `{form}` | {checks(results)} | {figures(results[:1])} |")
    if len(regression.failing[0]["groups"]) > 1:
        lines += ["", "| form | " + " | ".join(
            f"`{group['name']}`: received lag, mean | longest" for group in regression.failing[0]["groups"]
        ) + " |", "|---" * (1 + 2 * len(regression.failing[0]["groups"])) + "|"]
        for form, results in ((regression.form, regression.failing), (regression.cure, regression.cured)):
            cells = []
            for group in results[0]["groups"]:
                lag = group["received_lag"]
                cells += [span(lag["mean_s"]), span(lag["max_s"])]
            lines.append(f"| `{form}` | {' | '.join(cells)} |")
    lines += [
        "",
        f"Seed 1, {violation(regression.failing)}.",
        "",
        "```sh",
        f"rcsim run {regression.file}",
        f"rcsim run {regression.file} --set {regression.setting} --set 'expect={{}}'",
        "```",
        "",
    ]
    return lines


def page(program):
    # docs/tape.md tells of the rules of tape.
    paths = [path for path in sorted((ROOT / FOLDER).glob("*.toml")) if not path.name.startswith("tape-")]
    regressions = [Regression(path, program) for path in paths]
    unknown = {regression.rule for regression in regressions} ^ set(RULES)
    if unknown:
        fail(f"rules without a regression, or without a line in this script: {', '.join(sorted(unknown))}")
    order = list(RULES)
    regressions.sort(key=lambda regression: (order.index(regression.rule), regression.name))
    lines = [INTRODUCTION.format(folder=FOLDER)]
    lines += overview(regressions)
    lines += ["", PRICE_INTRODUCTION.format(price=PRICE, seeds=PRICE_SEEDS, drain="10 s", window="1 s to 10 s")]
    lines += price(regressions, program)
    lines += ["", EACH_INTRODUCTION.format(seeds=PRICE_SEEDS)]
    for regression in regressions:
        lines += section(regression)
    return "\n".join(lines).rstrip() + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rcsim", type=Path, help="the program; target/release/rcsim or target/debug/rcsim if not given")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if the page is not up to date")
    arguments = parser.parse_args()
    built = [ROOT / "target/release/rcsim", ROOT / "target/debug/rcsim"]
    found = [arguments.rcsim] if arguments.rcsim else [path for path in built if path.is_file()]
    if not found or not found[0].is_file():
        fail("rcsim is not built: cargo build --release")
    text = page(Program(found[0].resolve()))
    if arguments.check:
        if not PAGE.is_file() or PAGE.read_text(encoding="utf-8") != text:
            fail(f"{PAGE.relative_to(ROOT)} is not up to date: run scripts/rules-page.py")
        return
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
