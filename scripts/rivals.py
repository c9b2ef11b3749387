"""Fills the tables of results/rivals/README.md from the sweeps of scripts/rivals.sh; see there.

A table stands between `<!-- NAME -->` and `<!-- end -->`; the words around it are written by hand. Contenders whose runs have
the same digests, seed by seed, stand in one row: they did the same. Every table is a CSV file beside the page, too.
"""

import csv
import os
import pathlib
import re
import sys

RAW = pathlib.Path(os.environ["RIVALS_RAW"])
PAGE = pathlib.Path(os.environ["RIVALS_PAGE"])
CHECKS = ["pair-order", "recoverable-prefix", "causal", "complete", "local-order"]
KEY = "include"


def name_of(include):
    return pathlib.Path(include).stem


def rows(sweep, table):
    path = RAW / sweep / f"{table}.csv"
    with path.open(newline="") as file:
        yield from csv.DictReader(file)


def order(sweep):
    """Names in the order of the sweep."""
    return list(dict.fromkeys(name_of(row[KEY]) for row in rows(sweep, "runs")))


def rows_of_equals(sweep):
    """The contenders of a sweep, those with equal digests together."""
    digests = {}
    for row in rows(sweep, "runs"):
        digests.setdefault(name_of(row[KEY]), []).append(row["digest"])
    equals = {}
    for name in order(sweep):
        equals.setdefault(tuple(digests[name]), []).append(name)
    return list(equals.values())


def scaled(value, unit):
    """A number for a person: three digits, the unit of its size."""
    steps = {
        "s": [(1, "s"), (1e-3, "ms"), (1e-6, "us"), (1e-9, "ns")],
        "B": [(2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB"), (1, "B")],
        "": [(1, "")],
    }[unit]
    if value == 0:
        return "0"
    scale, word = next((step for step in steps if abs(value) >= 0.9995 * step[0]), steps[-1])
    return digits(value / scale), word, scale


def digits(value):
    places = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:.{places}f}"


def shown(row, unit):
    """The mean and its interval of 95 %, as `1.17s [1.16, 1.18]`."""
    if row is None or row["mean"] == "":
        return "-"
    mean = float(row["mean"])
    told = scaled(mean, unit)
    if told == "0":
        return "0"
    text, word, scale = told
    bound = ">= " if row["outstanding"] not in ("", "0") else ""
    if row["low_95"] == "":
        return f"{bound}{text}{word}" + ("*" if row["interval"] == "rare" else "")
    low, high = (digits(float(row[end]) / scale) for end in ("low_95", "high_95"))
    return f"{bound}{text}{word}" if low == high == text else f"{bound}{text}{word} [{low}, {high}]"


def points(sweep):
    """By contender, or contender and the other keys: measure to row."""
    found = {}
    for row in rows(sweep, "points"):
        found.setdefault(name_of(row[KEY]), {})[row["measure"]] = row
    return found


def comparison(sweep, columns):
    found = points(sweep)
    for names in rows_of_equals(sweep):
        of = found[names[0]]
        yield [", ".join(f"`{name}`" for name in names), *(shown(of.get(path), unit) for _, path, unit in columns)]


MAIN = [
    ("recovery point, mean", "rpo.mean_s", "s"),
    ("99th percentile", "rpo.p99_s", "s"),
    ("response time, mean", "response_time.mean_s", "s"),
    ("99th percentile", "response_time.p99_s", "s"),
    ("bytes on the line for each written", "wan.per_written", ""),
    ("local cache", "cache.local_peak_bytes", "B"),
    ("remote cache", "cache.remote_peak_bytes", "B"),
    ("peak over mean of the line", "wan.burst.peak_to_mean", ""),
    ("its variation", "wan.burst.variation", ""),
]
WRITES = [("writes completed", "writes.acknowledged", "")]
OWN = [*MAIN[:1], ("99th percentile", "rpo.p99_s", "s"), ("greatest", "rpo.max_s", "s"), *MAIN[4:7]]


def student(values):
    """Mean and half the interval of 95 % over five seeds or ten."""
    n = len(values)
    mean = sum(values) / n
    quantile = {5: 2.776, 10: 2.262, 20: 2.093}[n]
    spread = (sum((value - mean) ** 2 for value in values) / (n - 1)) ** 0.5
    return mean, quantile * spread / n**0.5


def disaster():
    """At forty instants: the mean over them, seed by seed, then over seeds."""
    found, worst = {}, {}
    for row in rows("disaster", "runs"):
        name, value = name_of(row[KEY]), float(row["rpo.at_loss_s"])
        found.setdefault(name, {}).setdefault(row["seed"], []).append(value)
        worst[name] = max(worst.get(name, 0.0), value)
    for name, seeds in found.items():
        mean, half = student([sum(values) / len(values) for values in seeds.values()])
        told = {"mean": mean, "low_95": mean - half, "high_95": mean + half, "outstanding": "", "interval": "student"}
        greatest = scaled(worst[name], "s")
        yield [f"`{name}`", shown(told, "s"), greatest if greatest == "0" else "".join(greatest[:2])]


LOSING = [
    ("share of disasters that lose a completed write", "disasters.losing_share", ""),
    ("writes lost, mean", "disasters.lost_writes_mean", ""),
    *MAIN[2:5],
]


FAULTS = [
    ("weather alone", "weather"),
    ("outage of the lines", "outage"),
    ("crash of a local array", "local-crash"),
    ("crash of a remote array", "remote-crash"),
    ("a clock set back", "clock"),
    ("loss of the local site", "disaster"),
]


def matrix():
    """Which checks broke in how many of ten runs; in brackets what the scheme does not promise and is not judged by."""
    cells = {}
    for _, fault in FAULTS:
        for row in rows(f"matrix-{fault}", "runs"):
            cell = cells.setdefault(name_of(row[KEY]), {}).setdefault(fault, {})
            for check in CHECKS:
                if row[f"order.checks.{check}"] == "broken":
                    cell[check] = cell.get(check, 0) + 1
    for names in rows_of_equals("matrix-weather"):
        told = []
        for _, fault in FAULTS:
            cell = cells[names[0]].get(fault, {})
            told.append(", ".join(f"{check} {count}" for check, count in cell.items()) or "holds")
        yield [", ".join(f"`{name}`" for name in names), *told]


# A figure with what is named as its cause, and without it: the sweep, the varied key, the figure.
CAUSES = [
    ("causes-fold", "protocol.cut.fold", "bytes on the line for each written", "wan.per_written", ""),
    ("causes-fold", "protocol.cut.fold", "recovery point, mean", "rpo.mean_s", "s"),
    ("causes-places", "host.H1.workload.addresses", "response time, mean", "response_time.mean_s", "s"),
    ("causes-distance", "wan.delay.mean", "uniform places: response time, mean", "response_time.mean_s", "s"),
    ("causes-limit", "protocol.limit_period", "recovery point, mean", "rpo.mean_s", "s"),
    ("causes-markers", "protocol.marker_interval", "recovery point, mean", "rpo.mean_s", "s"),
    ("causes-copies", "wan.delay.mean", "PostgreSQL: recovery point, mean", "rpo.mean_s", "s"),
    ("causes-burst", "wan.bandwidth", "recovery point at the loss at 6.3 s", "rpo.at_loss_s", "s"),
    ("causes-line", "wan.bandwidth", "recovery point, mean", "rpo.mean_s", "s"),
    ("causes-round", "wan.delay.mean", "2 Gbit/s: recovery point, mean", "rpo.mean_s", "s"),
    ("causes-backoff", "transport.max_timeout", "caught up, after a stall until 6 s", "faults.0.caught_up_s", "s"),
    ("causes-backoff", "transport.max_timeout", "recovery point, mean", "rpo.mean_s", "s"),
    ("causes-outage", "transport.max_timeout", "caught up, after an outage until 6 s", "faults.0.caught_up_s", "s"),
    ("causes-queue", "wan.bandwidth", "10 % loss: recovery point, mean", "rpo.mean_s", "s"),
    ("causes-order", "protocol.limit_period", "reordered: recovery point, mean", "rpo.mean_s", "s"),
    ("causes-barriers", "local_system.L1.destage_time", "reordered: recovery point, mean", "rpo.mean_s", "s"),
    ("causes-barriers", "local_system.L1.destage_time", "reordered: barriers and markers", "wan.markers", ""),
    ("causes-commit", "protocol.cut.commit", "recovery point, mean", "rpo.mean_s", "s"),
    ("causes-commit", "protocol.cut.commit", "runs with `causal` broken", "order.checks.causal", ""),
]


SHORT = {"wan.delay.mean": "delay", "wan.bandwidth": "line"}


def broken(sweep, key):
    """Of ten runs, in how many `causal` broke."""
    found = {}
    for row in rows(sweep, "runs"):
        cell = found.setdefault((name_of(row[KEY]), row[key]), [0, 0])
        cell[0] += row["order.checks.causal"] == "broken"
        cell[1] += 1
    return {place: f"{of} of {runs}" for place, (of, runs) in found.items()}


def causes():
    for sweep, key, what, measure, unit in CAUSES:
        if measure.startswith("order."):
            found = broken(sweep, key)
        else:
            of = (row for row in rows(sweep, "points") if row["measure"] == measure)
            found = {(name_of(row[KEY]), row[key]): shown(row, unit) for row in of}
        for (name, value), told in found.items():
            value = value.replace('"', "")
            yield [f"`{name}`", what, f"`{SHORT.get(key, key.rsplit('.', 1)[-1])} = {value}`", told]


def markdown(heading, table):
    lines = ["| " + " | ".join(heading) + " |", "|" + "---|" * len(heading)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in table])


def tables():
    for sweep in ("pgbench", "zipf", "transactions"):
        columns = MAIN + (WRITES if sweep == "transactions" else [])
        yield sweep, sweep, ["contender", *(column[0] for column in columns)], lambda s=sweep, c=columns: comparison(s, c)
    yield "own", "own", ["contender", *(column[0] for column in OWN)], lambda: comparison("own", OWN)
    heading = ["contender", "mean over forty instants", "greatest of 200 disasters"]
    yield "disaster", "disaster", heading, disaster
    yield "losing", "losing", ["contender", *(column[0] for column in LOSING)], lambda: comparison("losing", LOSING)
    yield "matrix", "matrix-disaster", ["contender", *(title for title, _ in FAULTS)], matrix
    yield "causes", "causes-commit", ["contender", "figure", "setting", "found"], causes


def main():
    path = PAGE / "README.md"
    page = path.read_text()
    for name, sweep, heading, make in tables():
        if not (RAW / sweep / "points.csv").exists():
            continue  # Not asked for.
        table = list(make())
        with (PAGE / f"{name}.csv").open("w", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([heading, *([cell.replace("`", "") for cell in row] for row in table)])
        mark = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end -->)", re.S)
        if not mark.search(page):
            sys.exit(f"{path} has no place for the table {name}")
        page = mark.sub(lambda found: f"{found[1]}{markdown(heading, table)}\n{found[2]}", page)
    path.write_text(page)


main()
