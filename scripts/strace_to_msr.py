#!/usr/bin/env python3
"""Turns the system calls of a PostgreSQL server, as strace wrote them, into a block trace.

Reads one file of calls per process (strace -ff), sorts all calls by the instant at which they were made, and
writes the writes among them in the CSV format of the MSR Cambridge traces: Timestamp (100 ns ticks since
1601), Hostname, DiskNumber, Type, Offset and Size (bytes), ResponseTime (ticks). Files below the WAL directory
are disk 1, all other files of the data directory disk 0; what else the server writes to is left out.

Each file is laid out on its disk in extents, given in the order of first use. A file keeps its extents when it
is renamed, as a recycled WAL segment is. An extent is never given twice.

It does not merge, cache or delay: a call that writes is a write to the disk, at the instant of the call.

Used by record-postgresql-trace.sh; standard library only.
"""

import argparse
import heapq
import os
import re
import sys
from pathlib import Path

HOST = "pg"
DATA, WAL = 0, 1
# A WAL segment is one extent; the files of the data directory are many and grow.
EXTENT = {DATA: 1 << 20, WAL: 16 << 20}
BLOCK = 512
FILETIME_OF_1970 = 116_444_736_000_000_000

LINE = re.compile(r"^(\d+)\.(\d{9}) (\w+)\((.*)\) += (-?\d+)(?:<([^>]*)>)?.* <(\d+)\.(\d{9})>$")
DESCRIPTOR = re.compile(r"^(\d+)<([^>]*)>")
NAME = re.compile(r'"((?:[^"\\]|\\.)*)"')


class Disk:
    """The layout of one volume: who has which extent."""

    def __init__(self, number):
        self.number = number
        self.extent = EXTENT[number]
        self.given = 0

    def pieces(self, file, offset, size):
        """Where `size` bytes of `file` from `offset` lie: (offset on the disk, bytes), whole blocks."""
        end = offset + size
        while offset < end:
            index, within = divmod(offset, self.extent)
            if index not in file:
                file[index] = self.given
                self.given += 1
            length = min(end - offset, self.extent - within)
            first = within // BLOCK * BLOCK
            last = -(-(within + length) // BLOCK) * BLOCK
            yield file[index] * self.extent + first, last - first
            offset += length


class Server:
    """The files of the server: names, extents, and where each descriptor of a process stands."""

    def __init__(self, data, wal):
        self.data, self.wal = data, wal
        self.disks = {DATA: Disk(DATA), WAL: Disk(WAL)}
        self.files = {}
        self.position = {}

    def path(self, name):
        """The real path: the server runs in its data directory, where pg_wal is a link."""
        path = os.path.normpath(os.path.join(self.data, name))
        inside = os.path.relpath(path, os.path.join(self.data, "pg_wal"))
        return path if inside.startswith("..") else os.path.normpath(os.path.join(self.wal, inside))

    def disk_of(self, path):
        for root, number in ((self.wal, WAL), (self.data, DATA)):
            if path.startswith(root + "/"):
                return self.disks[number]
        return None

    def handle(self, process, call, arguments, result, opened):
        """What a call that succeeded wrote: (disk, offset, bytes) each."""
        if call == "openat":
            if opened:
                self.position[process, result] = 0
        elif call.startswith(("rename", "link")):
            old, new = (self.path(name) for name in NAME.findall(arguments)[:2])
            self.files[new] = self.files.setdefault(old, {})
            if call.startswith("rename"):
                del self.files[old]
        elif call.startswith("unlink"):
            self.files.pop(self.path(NAME.findall(arguments)[0]), None)
        else:
            yield from self.handle_write(process, call, arguments, result)

    def handle_write(self, process, call, arguments, written):
        descriptor, path = DESCRIPTOR.match(arguments).groups()
        disk = self.disk_of(path)
        if disk is None or written == 0:
            return
        if call in ("write", "writev"):
            # Such files are opened, written from the start and closed: pg_control, the maps of relations.
            place = (process, int(descriptor))
            offset = self.position.get(place)
            if offset is None:
                sys.exit(f"strace_to_msr: {path}: written at an unknown place")
            self.position[place] = offset + written
        else:
            numbers = arguments.rsplit(", ", 2 if call == "pwritev2" else 1)
            offset = int(numbers[1])
        for start, size in disk.pieces(self.files.setdefault(path, {}), offset, written):
            yield disk.number, start, size


def calls_of(path):
    """The calls of one process that succeeded, in order: (instant in ns, process, ...)."""
    process = int(path.name.rsplit(".", 1)[1])
    with path.open(encoding="utf-8", errors="replace") as lines:
        for number, line in enumerate(lines, start=1):
            found = LINE.match(line.rstrip("\n"))
            if not found:
                # A call that was cut short by the end of its process, and the line that says so.
                if " resumed" in line or "unfinished" in line or "= ?" in line or "+++" in line:
                    continue
                sys.exit(f"strace_to_msr: {path.name}:{number}: not a line of strace: {line.strip()}")
            seconds, nanos, call, arguments, result, opened, took, took_nanos = found.groups()
            if int(result) >= 0:
                at = int(seconds) * 10**9 + int(nanos)
                lasted = int(took) * 10**9 + int(took_nanos)
                yield at, process, number, call, arguments, int(result), opened, lasted


def nanoseconds(text):
    """Seconds since 1970 with nine decimals, as `date +%s.%N` prints them."""
    seconds, nanos = text.split(".")
    return int(seconds) * 10**9 + int(nanos.ljust(9, "0"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=Path, required=True, help="folder with one file of calls per process")
    parser.add_argument("--data", required=True, help="data directory of the server")
    parser.add_argument("--wal", required=True, help="its WAL directory")
    parser.add_argument("--from", dest="start", type=nanoseconds, required=True, help="seconds since 1970")
    parser.add_argument("--to", dest="end", type=nanoseconds, required=True, help="seconds since 1970")
    parser.add_argument("--out", type=Path, required=True, help="CSV file to write")
    options = parser.parse_args()

    server = Server(options.data, options.wal)
    writes, total, largest, ticks = {DATA: 0, WAL: 0}, {DATA: 0, WAL: 0}, {DATA: 0, WAL: 0}, []
    with options.out.open("w", encoding="ascii", newline="\n") as out:
        # Calls before the recording are followed too: they tell names and places of files.
        for at, process, _, call, arguments, result, opened, lasted in heapq.merge(
            *map(calls_of, sorted(options.calls.iterdir()))
        ):
            for disk, offset, size in server.handle(process, call, arguments, result, opened):
                if options.start <= at <= options.end:
                    ticks.append(at // 100)
                    stamp = at // 100 + FILETIME_OF_1970
                    out.write(f"{stamp},{HOST},{disk},Write,{offset},{size},{lasted // 100}\n")
                    writes[disk] += 1
                    total[disk] += size
                    largest[disk] = max(largest[disk], size)
    if not writes[DATA] or not writes[WAL]:
        sys.exit(f"strace_to_msr: {writes[DATA]} data and {writes[WAL]} log writes found; expected both")
    for disk, name in ((WAL, "log"), (DATA, "data")):
        end = server.disks[disk].given * EXTENT[disk]
        print(f"{HOST}.{disk} ({name}): {writes[disk]} writes, {total[disk]} bytes, largest {largest[disk]}, "
              f"laid out in {end} bytes", file=sys.stderr)
    print(f"span {(ticks[-1] - ticks[0]) / 1e7:.7f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
