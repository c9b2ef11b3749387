"""Checks the table of ARTIFACT.md; see scripts/artifact.sh."""

import csv
import json
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile
import time


def claims():
    """The rows of the table: number, claim, command, what is looked at, expected, tolerance."""
    for line in pathlib.Path("ARTIFACT.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip().strip("`") for cell in line.strip("|").split(" | ")]
        if len(cells) == 7 and cells[0].strip().isdigit():
            yield [cell.strip() for cell in cells[:6]]


def look(where, output, folder):
    """What the command found: of a sweep the mean over its runs, else a path into the JSON."""
    points = folder / "points.csv"
    if points.exists():
        with open(points, encoding="utf-8", newline="") as file:
            means = [row["mean"] for row in csv.DictReader(file) if row["measure"] == where]
        return means[0] if len(means) == 1 else f"{len(means)} points"
    value = json.loads(output.splitlines()[0])
    for part in where.split("."):
        value = value[part] if part in value else "nothing of that name"
    return str(value)


def numbers_equal(found, expected):
    """Are both numbers, and the same?"""
    try:
        return float(found) == float(expected)
    except ValueError:
        return False


def met(found, expected, tolerance):
    """Is it as expected?"""
    if tolerance == "exact":
        return found == expected or numbers_equal(found, expected)
    share = float(tolerance.removesuffix("%")) / 100
    return abs(float(found) - float(expected)) <= share * float(expected)


def main():
    wanted = set(sys.argv[1:])
    failures = checked = 0
    for number, claim, command, where, expected, tolerance in claims():
        if wanted and number not in wanted:
            continue
        checked += 1
        with tempfile.TemporaryDirectory() as scratch:
            folder = pathlib.Path(scratch) / "out"
            arguments = [str(folder) if part == "OUT" else part for part in shlex.split(command)]
            arguments[0] = os.environ["RCSIM"]
            began = time.monotonic()
            done = subprocess.run(arguments, capture_output=True, text=True, check=False)
            took = time.monotonic() - began
            try:
                found = str(done.returncode) if where == "exit code" else look(where, done.stdout, folder)
                good = met(found, expected, tolerance)
            except (IndexError, KeyError, TypeError, ValueError) as error:
                found, good = f"{error!r}; {done.stderr.strip()[:200]}", False
        failures += not good
        mark = "met    " if good else "NOT MET"
        print(f"{mark} {number:>2}  {claim}: {found}, expected {expected} ({tolerance}); {took:.1f} s", flush=True)
    if checked == 0:
        sys.exit("no such claim in ARTIFACT.md")
    print(f"{checked - failures} of {checked} claims met")
    sys.exit(1 if failures else 0)


main()
