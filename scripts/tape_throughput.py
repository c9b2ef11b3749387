#!/usr/bin/env python3
"""Throughput of tape over distance, against m and round trip, beside its bounds.

    cargo build --release --locked
    scripts/tape_throughput.py [RCSIM]

Runs scenarios/figures/tape-throughput.toml for each m and round trip, and writes results/tape-throughput.csv and
results/tape-throughput.svg: a mark per run, the bound m * block / RTT as a line, the drive's native rate across.
Needs nothing but Python's standard library, and reads nothing but what `rcsim run --format json` prints.
"""
import csv
import json
import math
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SCENARIO = ROOT / "scenarios/figures/tape-throughput.toml"
BLOCK = 256 * 1024
MS = [1, 2, 4, 8, 16, 32, 64, 128, 256]
ROUND_TRIPS_MS = [2, 10, 40, 160]
FIELDS = ["m", "round_trip_ms", "bound_mb_per_s", "drive_mb_per_s", "write_mb_per_s", "read_mb_per_s",
          "back_hitches", "digest"]


def run(rcsim, m, round_trip_ms):
    """One row of the table."""
    settings = [f"tape_job.volume.m={m}", f"wan.delay={round_trip_ms * 500}us"]
    command = [rcsim, "run", str(SCENARIO), "--format", "json"]
    for setting in settings:
        command += ["--set", setting]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    result = json.loads(output)
    job, unit = result["tape"]["jobs"][0], result["tape"]["units"][0]
    return {
        "m": m,
        "round_trip_ms": round_trip_ms,
        "bound_mb_per_s": round(m * BLOCK / round_trip_ms / 1e3, 3),
        "drive_mb_per_s": unit["native_bytes_per_s"] / 1e6,
        "write_mb_per_s": round(job["write_bytes_per_s"] / 1e6, 3),
        "read_mb_per_s": round(job["read_bytes_per_s"] / 1e6, 3),
        "back_hitches": unit["back_hitches"],
        "digest": result["digest"],
    }


def draw(rows):
    """The figure: both axes logarithmic, a colour per round trip, circles for writes and squares for reads."""
    width, height, left, right, top, bottom = 760, 480, 70, 150, 40, 60
    lowest, highest = 1.0, 1000.0
    x = lambda m: left + (width - left - right) * math.log2(m) / math.log2(MS[-1])
    y = lambda rate: height - bottom - (height - top - bottom) * math.log10(rate / lowest) / 3
    colours = ["#0072b2", "#009e73", "#d55e00", "#cc79a7"]
    drive = rows[0]["drive_mb_per_s"]
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
           f'font-size="13">', f'<rect width="{width}" height="{height}" fill="white"/>',
           f'<text x="{left}" y="22" font-size="15">Tape over distance: throughput against m</text>']
    for rate in [1, 10, 100, 1000]:
        out.append(f'<line x1="{left}" x2="{width - right}" y1="{y(rate):.1f}" y2="{y(rate):.1f}" stroke="#ddd"/>')
        out.append(f'<text x="{left - 8}" y="{y(rate) + 4:.1f}" text-anchor="end">{rate}</text>')
    for m in MS:
        out.append(f'<text x="{x(m):.1f}" y="{height - bottom + 20}" text-anchor="middle">{m}</text>')
    out.append(f'<text x="{(left + width - right) / 2}" y="{height - 15}" text-anchor="middle">'
               f'm: requests under way, of 256 KiB</text>')
    out.append(f'<text transform="translate(18 {(top + height - bottom) / 2}) rotate(-90)" text-anchor="middle">'
               f'MB/s</text>')
    out.append(f'<line x1="{left}" x2="{width - right}" y1="{y(drive):.1f}" y2="{y(drive):.1f}" stroke="black"/>')
    out.append(f'<text x="{width - right + 6}" y="{y(drive) + 4:.1f}">drive, {drive:.0f} MB/s</text>')
    for colour, round_trip_ms in zip(colours, ROUND_TRIPS_MS):
        of = [row for row in rows if row["round_trip_ms"] == round_trip_ms]
        ends = []
        for m in (MS[0], MS[-1]):
            ends.append((m, m * BLOCK / round_trip_ms / 1e3))
        # The bound, as far as it is on the paper.
        slope_end = min(MS[-1], highest * 1e3 * round_trip_ms / BLOCK)
        slope_rate = slope_end * BLOCK / round_trip_ms / 1e3
        out.append(f'<line x1="{x(1):.1f}" y1="{y(ends[0][1]):.1f}" x2="{x(slope_end):.1f}" y2="{y(slope_rate):.1f}" '
                   f'stroke="{colour}" stroke-dasharray="4 3"/>')
        for row in of:
            centre, write, read = x(row["m"]), y(row["write_mb_per_s"]), y(row["read_mb_per_s"])
            out.append(f'<circle cx="{centre:.1f}" cy="{write:.1f}" r="4" fill="{colour}"/>')
            out.append(f'<rect x="{centre - 5:.1f}" y="{read - 5:.1f}" width="10" height="10" fill="none" '
                       f'stroke="{colour}"/>')
    legend = [("circles: writes", "black"), ("squares: reads", "black"), ("dashes: m block / RTT", "black")]
    legend += [(f"RTT {ms} ms", colour) for colour, ms in zip(colours, ROUND_TRIPS_MS)]
    for index, (text, colour) in enumerate(legend):
        out.append(f'<text x="{width - right + 6}" y="{height - bottom - 130 + 20 * index}" fill="{colour}">{text}</text>')
    return "\n".join(out + ["</svg>"]) + "\n"


def main():
    rcsim = sys.argv[1] if len(sys.argv) > 1 else str(ROOT / "target/release/rcsim")
    rows = [run(rcsim, m, round_trip_ms) for round_trip_ms in ROUND_TRIPS_MS for m in MS]
    results = ROOT / "results"
    results.mkdir(exist_ok=True)
    with open(results / "tape-throughput.csv", "w", newline="") as file:
        table = csv.DictWriter(file, FIELDS, lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
    (results / "tape-throughput.svg").write_text(draw(rows))


if __name__ == "__main__":
    main()
