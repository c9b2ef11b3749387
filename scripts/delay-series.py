#!/usr/bin/env python3
"""Makes a series of delays whose law and whose autocorrelation are those of a measured one.

The figures are of 13,448 round trips by ping over the Internet (NISTnet's sample, which iproute2 has as
netem/experimental.dat): least 172.7 ms, median 186.2 ms, 90 % below 205.8 ms, 99 % below 220.9 ms, greatest 499.4 ms,
correlation of neighbours 0.479. None of the measured values is here: the law is drawn through these points, and a
chain of normal scores (a Gaussian copula) puts the values into an order with that correlation.

    scripts/delay-series.py > scenarios/delays/round-trips.txt      # the file that is shipped
    scripts/delay-series.py --check                                 # what came out, and how much it reorders
"""
import argparse
import math
import random
import statistics

# Share of the values at or below, milliseconds. Between the measured points the law is drawn by hand: a median well
# below the mean (189.6 ms, deviation 13.0 ms), and a tail of which one value in a thousand is far out.
LAW = [
    (0.0, 172.7), (0.1, 178.0), (0.25, 181.0), (0.5, 186.2), (0.75, 195.5), (0.9, 205.8), (0.99, 220.9),
    (0.9985, 240.0), (1.0, 499.4),
]


def quantile(share):
    for (low, at_low), (high, at_high) in zip(LAW, LAW[1:]):
        if share <= high:
            return at_low + (at_high - at_low) * (share - low) / (high - low)
    return LAW[-1][1]


def series(count, correlation, seed):
    rng = random.Random(seed)
    score, own = rng.gauss(0, 1), math.sqrt(1 - correlation * correlation)
    for _ in range(count):
        yield quantile(0.5 * math.erfc(-score / math.sqrt(2)))
        score = correlation * score + own * rng.gauss(0, 1)


def neighbours(values):
    mean = statistics.fmean(values)
    both = sum((a - mean) * (b - mean) for a, b in zip(values, values[1:]))
    return both / sum((value - mean) ** 2 for value in values)


def reordered(values, gap):
    """RFC 4737, section 3.3: one value every gap ms, the share that arrives after a later one."""
    arrivals = sorted((index * gap + value, index) for index, value in enumerate(values))
    late, expected = 0, 0
    for _, index in arrivals:
        late += index < expected
        expected = max(expected, index + 1)
    return late / len(values)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--count", type=int, default=13448)
    parser.add_argument("--correlation", type=float, default=0.57, help="of the scores; that of the values is lower")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--check", action="store_true", help="figures in place of the series")
    arguments = parser.parse_args()
    values = [round(value, 2) for value in series(arguments.count, arguments.correlation, arguments.seed)]
    if not arguments.check:
        print("# Delays with the law and the neighbours' correlation of a measured series; scripts/delay-series.py.")
        print("\n".join(f"{value}ms" for value in values))
        return
    ordered = sorted(values)
    at = lambda share: ordered[min(len(ordered) - 1, int(share * len(ordered)))]
    shuffled = values[:]
    random.Random(2).shuffle(shuffled)
    print(f"mean {statistics.fmean(values):.1f} deviation {statistics.pstdev(values):.1f} least {ordered[0]}")
    print(f"p50 {at(0.5)} p90 {at(0.9)} p99 {at(0.99)} greatest {ordered[-1]}")
    print(f"correlation of neighbours {neighbours(values):.3f}, shuffled {neighbours(shuffled):.3f}")
    print(f"reordered at 100/s: {reordered(values, 10):.3f} in its order, {reordered(shuffled, 10):.3f} shuffled")


if __name__ == "__main__":
    main()
