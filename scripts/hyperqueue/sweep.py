#!/usr/bin/env python3
"""Runs a sweep with HyperQueue: a task per shard, and a merge that waits for all of them.

  scripts/hyperqueue/sweep.py SHARDS OUT SCENARIO [options of `rcsim sweep` but --out, --shard, --resume, --threads]

The tasks go to the server whose folder HQ_SERVER_DIR names. Without one, a server and a worker of CPUS processors
(default: all) are started on this machine and stopped at the end; they need no network. OUT must be on a file system
that all workers share. The table ends up in OUT/merged, what the tasks say in OUT/log.
RCSIM is the program (default: `rcsim` of the PATH), the same build on every worker.
A shard whose program was killed, or whose machine failed, goes on where it was, three times at most. The same command
runs what is left of a sweep that was broken off. Needs the package hyperqueue (pip install hyperqueue).
"""

import contextlib
import os
import shutil
import sys
import tempfile
from pathlib import Path

# 1 and 2 are answers; 3 is the machine's failure, above 128 a signal. The first word is how often, the rest the command.
AGAIN = """
for try in $(seq "$1"); do
  "${@:2}"; code=$?
  [ $code -ge 3 ] || break
  echo "try $try of $1 ended with $code"
done
exit $code
"""
TRIES = "4"


def job_of(hyperqueue, rcsim, shards, out, scenario, options):
    """The shards, which are tasks 0 to N-1 so that `--shard auto/N` knows them, and the merge."""
    job = hyperqueue.Job(name="rcsim-sweep", max_fails=0)
    log = out / "log"

    def add(name, command, after=()):
        return job.program(["bash", "-c", AGAIN, "again", TRIES, *map(str, command)], cwd=Path.cwd(),
                           stdout=log / f"{name}.log", stderr=log / f"{name}.err", name=name, deps=after)

    parts = [out / f"shard-{shard}" for shard in range(1, shards + 1)]
    tasks = [add(part.name, [rcsim, "sweep", scenario, *options, "--shard", f"auto/{shards}", "--out", part,
                             "--threads", 1, "--resume"]) for part in parts]
    if not (out / "merged" / "runs.csv").exists():
        add("merge", [rcsim, "merge", *parts, "--out", out / "merged"], tasks)
    return job


def main(arguments):
    """Submits, waits, and says where the table is."""
    if len(arguments) < 3 or not arguments[0].isdigit() or arguments[0] == "0":
        print(__doc__.split("\n\n", 1)[1], end="", file=sys.stderr)
        return 2
    shards, out, scenario, options = int(arguments[0]), Path(arguments[1]), arguments[2], arguments[3:]
    try:
        import hyperqueue
        from hyperqueue.cluster import LocalCluster, WorkerConfig
    except ImportError:
        print("sweep.py: there is no package hyperqueue here: pip install hyperqueue", file=sys.stderr)
        return 2
    rcsim = shutil.which(os.environ.get("RCSIM", "rcsim"))
    if rcsim is None:
        print("sweep.py: there is no program rcsim: build it (cargo build --release --locked), or set RCSIM to it",
              file=sys.stderr)
        return 2
    if not Path(scenario).is_file():
        print(f"sweep.py: there is no scenario {scenario}", file=sys.stderr)
        return 2
    out = out.absolute()
    (out / "log").mkdir(parents=True, exist_ok=True)
    job = job_of(hyperqueue, Path(rcsim).absolute(), shards, out, scenario, options)
    with contextlib.ExitStack() as until_done:
        if server := os.environ.get("HQ_SERVER_DIR"):
            client = hyperqueue.Client(server)
        else:
            folder = until_done.enter_context(tempfile.TemporaryDirectory(prefix="hyperqueue-"))
            cores = int(os.environ.get("CPUS") or os.cpu_count())
            cluster = LocalCluster(folder, WorkerConfig(cores=cores))
            client = until_done.enter_context(cluster).client()
        met = client.wait_for_jobs([client.submit(job)], raise_on_error=False)
    if not met:
        for error in sorted((out / "log").glob("*.err")):
            sys.stderr.write("".join(f"{error.stem}: {line}\n" for line in error.read_text().splitlines()))
        return 1
    print(f"{out / 'merged'}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
