"""Measures what scripts/performance.sh says; see there."""

import csv
import io
import json
import resource
import subprocess
import sys
import tempfile

PROGRAM = "target/release/rcsim"
PAIRS = "scenarios/performance/pairs.toml"
REFERENCE = "scenarios/performance/reference-load.toml"
# Every round runs every case once: what disturbs the machine for a while meets one run of each.
ROUNDS = 9
# Writes a second over all pairs of pairs.toml.
RATE = 20_000


def run(scenario, settings):
    """Processor seconds, peak memory in KiB, and the result."""
    command = [PROGRAM, "run", scenario, "--threads", "1", "--format", "json"]
    command += [part for setting in settings for part in ("--set", setting)]
    # GNU time stands between: what wait4 says of the memory of a child of ours begins with our own. It tells the time in
    # hundredths of a second only.
    with tempfile.NamedTemporaryFile("r") as told:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(
            ["/usr/bin/time", "-f", "%M", "-o", told.name, *command], stdout=subprocess.PIPE, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        peak = int(told.read().split()[-1])
    if done.returncode not in (0, 1):  # A scheme that does not keep the order is no failure here.
        sys.exit(f"{' '.join(command)}: exit code {done.returncode}")
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, peak, json.loads(done.stdout)


class Case:
    """What is varied and its value, with a short and a long run."""

    def __init__(self, axis, value, scenario, settings, short, long):
        self.axis, self.value, self.scenario = axis, value, scenario
        self.settings = [[*settings, f"run.duration={length}"] for length in (short, long)]
        self.least = [float("inf")] * 2
        self.writes = [0] * 2
        self.peak = 0

    def measure(self):
        for at, settings in enumerate(self.settings):
            seconds, self.peak, result = run(self.scenario, settings)
            self.least[at] = min(self.least[at], seconds)
            self.writes[at] = result["writes"]["acknowledged"]

    def row(self):
        """Microseconds a write, by the least of each run, and MiB at the peak of the long one."""
        us = (self.least[1] - self.least[0]) * 1e6 / (self.writes[1] - self.writes[0])
        return self.axis, self.value, f"{us:.2f}", f"{self.peak / 1024:.1f}"


def pairs(count, groups):
    return [
        f"topology.pairs={count}",
        f"topology.groups={groups}",
        f"topology.locals={min(2, count)}",
        f"topology.remotes={min(2, count)}",
        f"host.H1.workload.rate={RATE / count:g}/s",
        "host.H1.workload.on=" + ('["L1"]' if count == 1 else '["L1", "L2"]'),
    ]


def cases():
    for count in (1, 10, 100, 1_000, 10_000):
        yield Case("pairs", count, PAIRS, pairs(count, min(10, count)), "1s", "4s")
    for groups in (1, 10, 100, 1_000):
        yield Case("groups of 1000 pairs", groups, PAIRS, pairs(1_000, groups), "1s", "4s")
    for delay in ("2ms", "20ms", "200ms", "2s"):
        yield Case("mean delay", delay, PAIRS, [f"wan.delay.mean={delay}"], "5s", "8s")
    for loss in (0, 0.001, 0.01, 0.1):
        yield Case("loss", loss, REFERENCE, [f"wan.loss={loss}", "run.warm_up=100ms"], "500ms", "2s")
    for scheme in ("synchronous", "none", "timestamp-only", "in-order-transport", "pair", "remote-system", "group"):
        settings = [f"protocol.scheme={scheme}", "run.warm_up=100ms"]
        yield Case("scheme", scheme, REFERENCE, settings, "500ms", "2s")


def memory():
    """Peak memory against the writes in flight, where nothing but the length of the line differs."""
    for delay in ("10ms", "500ms", "1s", "2s"):
        settings = [f'wan.delay="{delay}"', "run.duration=6s"]
        _, peak, result = run(PAIRS, settings)
        # What one of the two local systems holds at its peak: a write leaves it when its completion has come back.
        held = result["cache"]["local_peak_bytes"] * 2 // 4096
        yield delay, held, peak


def table(heading, rows):
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(heading)
    writer.writerows(rows)
    return text.getvalue()


def page(rows, held, per_write):
    """Puts the tables into the page, between the marks that stand there."""
    path = "results/performance/README.md"
    with open(path, encoding="utf-8") as file:
        text = file.read()
    costs = markdown(("varied", "value", "us a write", "MiB at the peak"), rows)
    memory = markdown(("delay, one way", "writes in flight", "KiB at the peak"), held)
    sentence = f"{per_write:.0f} bytes for each further write in flight, in all rooms of the program together."
    for name, content in (("cost", costs), ("memory", memory), ("write", sentence)):
        first, last = f"<!-- {name} -->\n", f"<!-- end of {name} -->\n"
        before, rest = text.split(first)
        text = before + first + content + "\n" + last + rest.split(last)[1]
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def markdown(heading, rows):
    lines = [heading, ["---"] * len(heading), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def main():
    all_cases = list(cases())
    for _ in range(ROUNDS):
        for case in all_cases:
            case.measure()
    rows = [case.row() for case in all_cases]
    cost_table = table(("axis", "value", "us_per_write", "peak_mib"), rows)
    held = list(memory())
    (_, few, small), (_, many, large) = held[0], held[-1]
    per_write = (large - small) * 1024 / (many - few)
    memory_table = table(("delay", "writes_in_flight", "peak_kib"), held)
    if sys.argv[1:] == ["--renew"]:
        for name, content in (("cost", cost_table), ("memory", memory_table)):
            with open(f"results/performance/{name}.csv", "w", encoding="utf-8") as file:
                file.write(content)
        page(rows, held, per_write)
    print(cost_table)
    print(memory_table)
    print(f"{per_write:.0f} bytes for each further write in flight")


main()
