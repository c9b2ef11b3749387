#!/usr/bin/env python3
"""Mutation testing with one build: every mutant in one program, which is told which of them to be.

cargo-mutants builds the library once per mutant, which takes a minute, and then tests it, which takes a second. Here
each function of a copy of the sources begins with a switch over its mutants, so that all of them are built at once. A
mutant is then tried by the tests that reach its function, each test in a process of its own with MUTANT set, the
quickest first, until one fails.

  scripts/mutants-at-once.py -f 'src/checker/*.rs'    options of `cargo mutants --list`, which makes the list
  scripts/mutants-at-once.py --longest 0.25           a first look: only tests of at most a quarter of a second

What fails no test is compared with docs/mutants.md, as scripts/mutants.sh does. A run that is broken off goes on where
it stopped. After a change, a mutant that failed a test is not tried again unless its function has changed.

It leaves out, and says so, mutants outside of functions, in functions within functions, and in functions that return an
`impl` of something else than an iterator, or that a constant calls. For these there is scripts/mutants.sh.

Needs cargo-mutants (`cargo install --locked cargo-mutants`) and Python 3.9 or later, on Linux.
"""

import argparse
import concurrent.futures
import hashlib
import json
import math
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / "target/mutants-at-once"
TREE = WORK / "tree"
MEMORY = 12 << 30  # A mutant that never ends may fill the memory before its time is over.
SCOPE = ["src/checker/*.rs", "src/recovery/*.rs", "src/collections/*.rs", "src/protocol/**/*.rs"]

SWITCH = """//! Which mutant this program is, and which functions it has reached.
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};

static MUTANT: LazyLock<u32> = LazyLock::new(|| std::env::var("MUTANT").map_or(0, |mutant| mutant.parse().unwrap()));
static REACHED: [AtomicBool; FUNCTIONS] = [const { AtomicBool::new(false) }; FUNCTIONS];

#[inline]
pub fn mutant(function: usize) -> u32 {
    if !REACHED[function].load(Ordering::Relaxed) && !REACHED[function].swap(true, Ordering::Relaxed)
        && let Ok(path) = std::env::var("REACHED")
    {
        let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
        std::io::Write::write_all(&mut file.unwrap(), format!("{function}\\n").as_bytes()).unwrap();
    }
    *MUTANT
}

/// One iterator or another.
#[derive(Clone, Debug)]
pub enum Or<A, B> { A(A), B(B) }

impl<T, A: Iterator<Item = T>, B: Iterator<Item = T>> Iterator for Or<A, B> {
    type Item = T;
    fn next(&mut self) -> Option<T> { match self { Or::A(a) => a.next(), Or::B(b) => b.next() } }
    fn size_hint(&self) -> (usize, Option<usize>) {
        match self { Or::A(a) => a.size_hint(), Or::B(b) => b.size_hint() }
    }
}

impl<T, A: DoubleEndedIterator<Item = T>, B: DoubleEndedIterator<Item = T>> DoubleEndedIterator for Or<A, B> {
    fn next_back(&mut self) -> Option<T> { match self { Or::A(a) => a.next_back(), Or::B(b) => b.next_back() } }
}

impl<T, A: ExactSizeIterator<Item = T>, B: ExactSizeIterator<Item = T>> ExactSizeIterator for Or<A, B> {}
"""


def output_of(*command: str) -> str:
    """What a command that is run in the project says."""
    return subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout


def body_of(function: str) -> int:
    """Where the last pair of braces of a function begins: those of its body."""
    skip = re.compile(
        r"""//[^\n]*|/\*.*?\*/|b?r(#*)".*?"\1|b?"(?:\\.|[^"\\])*"|'(?:\\x..|\\u\{[^}]*\}|\\.|[^\\'])'""", re.DOTALL
    )
    at, depth, begin = 0, 0, 0
    while at < len(function):
        found = skip.match(function, at)
        if found:
            at = found.end()
            continue
        if function[at] == "{":
            begin = begin if depth else at
            depth += 1
        elif function[at] == "}":
            depth -= 1
        at += 1
    return begin


class File:
    """A source file, and its mutants by function."""

    def __init__(self, name: str, mutants: list) -> None:
        self.name = name
        self.text = (ROOT / name).read_text()
        self.lines = [0] + [found.end() for found in re.finditer("\n", self.text)]
        self.functions: dict = {}
        for mutant in mutants:
            begin, end = self.span(mutant["function"]["span"])
            first, last = self.span(mutant["span"])
            # The same for as long as the function is.
            key = f"{name} {self.text[begin:end]} {first - begin} {last - begin} {mutant['replacement']}"
            mutant["key"] = hashlib.sha256(key.encode()).hexdigest()[:20]
            self.functions.setdefault((begin, end), []).append(mutant)

    def span(self, span: dict) -> tuple:
        return tuple(self.lines[end["line"] - 1] + end["column"] - 1 for end in (span["start"], span["end"]))

    def switched(self, broken: set, functions: list) -> tuple:
        """The text with its switches; the first and the last line of each mutant, and of each function."""
        done, at, arms, whole = "", 0, [], []
        for (begin, end), mutants in sorted(self.functions.items()):
            text = self.text[begin:end]
            brace = body_of(text)
            head, body = text[:brace], text[brace:]
            iterates = re.search(r"->\s*impl \w*Iterator\b", head)
            alive = [mutant for mutant in mutants if mutant["key"] not in broken]
            if not alive or begin < at or re.search(r"->.*\bimpl\b", head) and not iterates:
                continue
            done += self.text[at:begin]
            start = done.count("\n") + 1
            done += re.sub(r"\bconst fn\b", "fn", head) + f"{{ match crate::switch::mutant({len(functions)}) {{\n"
            for turn, mutant in enumerate(alive):
                first, last = (place - begin - brace for place in self.span(mutant["span"]))
                arm = "{" + body[:first] + mutant["replacement"] + body[last:] + "}"
                if iterates:
                    arm = "crate::switch::Or::B(" * turn + "crate::switch::Or::A(" + arm + ")" * (turn + 1)
                line = done.count("\n") + 1
                done += f"{mutant['number']} => {arm}\n,\n"
                arms.append((line, done.count("\n"), [mutant["key"]]))
            wrap = len(alive) if iterates else 0
            done += "_ => " + "crate::switch::Or::B(" * wrap + body + ")" * wrap + "\n} }"
            functions.append([mutant["number"] for mutant in alive])
            whole.append((start, done.count("\n") + 1, [mutant["key"] for mutant in alive]))
            at = end
        return done + self.text[at:], arms, whole


def build(files: list) -> tuple:
    """The program, and the mutants in it by function. Those that do not compile are left out."""
    path = WORK / "broken.json"
    broken = set(json.loads(path.read_text())) if path.exists() else set()
    while True:
        functions: list = []
        arms, whole = {}, {}
        for file in files:
            text, arms[file.name], whole[file.name] = file.switched(broken, functions)
            (TREE / file.name).write_text(text)
        (TREE / "src/switch.rs").write_text(SWITCH.replace("FUNCTIONS", str(len(functions))))
        command = ["cargo", "test", "--no-run", "--lib", "--locked", "--profile", "mutants", "--message-format=json"]
        env = dict(os.environ, CARGO_TARGET_DIR=str(WORK / "target"))
        built = subprocess.run(command, cwd=TREE, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        messages = [json.loads(line) for line in built.stdout.splitlines()]
        if built.returncode == 0:
            (program,) = (message["executable"] for message in messages if message.get("executable"))
            return program, functions
        errors = [message["message"] for message in messages if message.get("reason") == "compiler-message"]
        errors = [error for error in errors if error["level"] == "error"]
        wrong: set = set()
        for error in errors:
            spans = sorted(error["spans"], key=lambda span: not span["is_primary"])
            spans += [span for note in error["children"] for span in note["spans"]]
            hits = [
                numbers
                for places in (arms, whole)  # Where no mutant is to blame by its own lines, its function is.
                for span in spans
                for first, last, numbers in places.get(span["file_name"], [])
                if first <= span["line_start"] <= last
            ]
            wrong.update(hits[0] if hits else [])
        if not wrong:
            sys.exit(built.stderr + "".join(error["rendered"] for error in errors))
        broken |= wrong
        path.write_text(json.dumps(sorted(broken)))
        print(f"{len(wrong)} mutants do not compile, and are left out", flush=True)


def run(program: str, test: str, limit: float, **env: str) -> tuple:
    """Whether a test passes, and how many seconds of a processor it takes: a machine that is busy changes nothing."""
    env = dict(os.environ, PROPTEST_DISABLE_FAILURE_PERSISTENCE="1", RAYON_NUM_THREADS="1", INSTA_UPDATE="no", **env)
    env.setdefault("RCSIM_WORLDS", "60")

    def bounded() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(limit), math.ceil(limit)))

    command = [program, "--exact", test, "--test-threads=1"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    child = subprocess.Popen(command, cwd=TREE, env=env, preexec_fn=bounded, **quiet)
    asleep = threading.Timer(600 + 20 * limit, child.kill)  # One that waits for ever takes no time of a processor.
    asleep.start()
    _, status, used = os.wait4(child.pid, 0)
    asleep.cancel()
    child.returncode = os.waitstatus_to_exitcode(status)
    is_over = child.returncode in (-signal.SIGXCPU, -signal.SIGKILL)
    return child.returncode == 0, math.ceil(limit) if is_over else used.ru_utime + used.ru_stime


def kept(name: str, stamp: str) -> dict:
    """What was found of the program with this stamp before."""
    path = WORK / name
    known = json.loads(path.read_text()) if path.exists() else {}
    return known if known.get("stamp") == stamp else {"stamp": stamp}


def keep(name: str, known: dict) -> None:
    """What is found stands in a file, whole, for a run that goes on."""
    (WORK / "new.json").write_text(json.dumps(known))
    (WORK / "new.json").replace(WORK / name)


def prepare(mutants: list, files: list) -> dict:
    """Builds the program in a copy of the sources, unless it stands there."""
    stamp = hashlib.sha256(json.dumps([mutant["key"] for mutant in mutants]).encode())
    for name in files:
        stamp.update((ROOT / name).read_bytes())
    known = kept("program.json", stamp.hexdigest())
    if "program" not in known:
        shutil.rmtree(TREE, ignore_errors=True)
        for name in files:
            (TREE / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, TREE / name)
        with (TREE / "src/lib.rs").open("a") as lib:
            lib.write("#[allow(missing_docs, clippy::all, clippy::pedantic)]\npub mod switch;\n")
        names = sorted({mutant["file"] for mutant in mutants})
        sources = [File(name, [mutant for mutant in mutants if mutant["file"] == name]) for name in names]
        known["program"], known["functions"] = build(sources)
        keep("program.json", known)
    return known


def look(program: str, stamp: str, longest: float, pool: concurrent.futures.Executor) -> dict:
    """Of each test that takes no longer, how long it takes and which functions it reaches."""
    known = kept("tests.json", stamp)
    tests = known.setdefault("tests", {})
    limit = math.ceil(longest)

    def look_at(test: str) -> None:
        reached = WORK / ("reached." + test.replace("::", "."))
        reached.unlink(missing_ok=True)
        passes, seconds = run(program, test, limit, REACHED=str(reached))
        functions = sorted({int(line) for line in reached.read_text().split()}) if reached.exists() else []
        reached.unlink(missing_ok=True)
        tests[test] = {"passes": passes, "seconds": seconds, "functions": functions}
        if not passes and seconds < limit:
            print(f"left out, for it fails although nothing is changed: {test}", flush=True)

    listed = output_of(program, "--list").splitlines()
    listed = [line[: -len(": test")] for line in listed if line.endswith(": test")]
    unknown = {"passes": False, "seconds": 0}
    wanted = [test for test in listed if not tests.get(test, unknown)["passes"]]
    wanted = [test for test in wanted if tests.get(test, unknown)["seconds"] <= longest]
    for done, _ in enumerate(pool.map(look_at, wanted), 1):
        if done % 50 == 0:
            keep("tests.json", known)
    keep("tests.json", known)
    return {test: of for test, of in tests.items() if of["passes"] and of["seconds"] <= longest}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--longest", type=float, default=600, metavar="SECONDS", help="no test that takes longer")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="mutants that are tried at a time")
    options, scope = parser.parse_known_args()
    if not shutil.which("cargo-mutants"):
        sys.exit("there is no cargo-mutants here: cargo install --locked cargo-mutants")
    scope = scope or [word for glob in SCOPE for word in ("-f", glob)]
    every = json.loads(output_of("cargo", "mutants", "--list", "--json", *scope))
    mutants = [mutant for mutant in every if mutant.get("function")]
    for number, mutant in enumerate(mutants, 1):
        mutant["number"] = number
    for name in {mutant["file"] for mutant in mutants}:
        File(name, [mutant for mutant in mutants if mutant["file"] == name])
    names = output_of("git", "ls-files", "-z").split("\0")
    WORK.mkdir(parents=True, exist_ok=True)
    known = prepare(mutants, [name for name in names if name and (ROOT / name).is_file()])
    program, stamp = known["program"], known["stamp"]
    print("looks at what the tests reach", flush=True)
    pool = concurrent.futures.ThreadPoolExecutor(options.jobs)
    tests = look(program, stamp, options.longest, pool)
    in_order = sorted(tests, key=lambda test: tests[test]["seconds"])

    path = WORK / "tried.json"
    states = json.loads(path.read_text()) if path.exists() else {}
    killers: list = []

    def attempt(function: int, mutant: dict) -> None:
        state = states[mutant["key"]]
        if not state["failed"] and state.get("stamp") != stamp:
            state.update(stamp=stamp, passed=[])
        near = [test for test in in_order if function in tests[test]["functions"]]
        likely = [test for test in list(killers) if test in near]
        for test in likely + [test for test in near if test not in likely]:
            if state["failed"]:
                return
            if test in state["passed"]:
                continue
            passes, _ = run(program, test, max(5, 10 * tests[test]["seconds"]), MUTANT=str(mutant["number"]))
            if passes:
                state["passed"].append(test)
            else:
                state["failed"] = test
                killers[:] = [test] + [other for other in killers if other != test][:7]

    tried = [(function, mutants[number - 1]) for function, those in enumerate(known["functions"]) for number in those]
    for _, mutant in tried:
        states.setdefault(mutant["key"], {"failed": None})
    for done, _ in enumerate(pool.map(lambda pair: attempt(*pair), tried), 1):
        if done % 20 == 0 or done == len(tried):
            keep("tried.json", states)
            print(f"{done} of {len(tried)}", end="\r", flush=True)

    def name_of(mutant: dict) -> str:
        return re.sub(r":\d+:\d+: ", " ", mutant["name"].strip())

    print(f"{len(tried)} mutants tried; {len(every) - len(tried)} do not compile or are left out")
    explained = [line for line in (ROOT / "docs/mutants.md").read_text().splitlines() if line.startswith("src/")]
    survivors = []
    for mutant in sorted((mutant for _, mutant in tried if not states[mutant["key"]]["failed"]), key=name_of):
        if name_of(mutant) in explained:
            explained.remove(name_of(mutant))
        else:
            survivors.append(mutant["name"].strip())
    if survivors:
        print("not killed, and not explained in docs/mutants.md:", *survivors, sep="\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
