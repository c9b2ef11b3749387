"""The calls of the package."""

from __future__ import annotations

import json
import os
import tempfile
from typing import Any, Dict, Iterable, List, NamedTuple, Optional, Union

from rcsim import _given, _progress, _rcsim
from rcsim._given import Scenario, Seeds, Settings, Vary
from rcsim._progress import Progress
from rcsim._sweep import Sweep

#: Plain data, as ``json.loads`` gives it.
Result = Dict[str, Any]


class Checked(NamedTuple):
    """What :func:`check` says of a valid scenario."""

    #: In a few words: systems, pairs, scheme.
    summary: str
    #: What is odd about it, but no error.
    warnings: List[str]


def run(
    scenario: Scenario,
    *,
    seed: Optional[int] = None,
    set: Optional[Settings] = None,
    name: Optional[str] = None,
    warm_up: Optional[str] = None,
    explain: bool = False,
    disasters: int = 0,
    threads: Optional[int] = None,
    progress: Progress = None,
    yes: bool = False,
) -> Result:
    """Runs a scenario once and checks its order.

    :param scenario: the path of a file, its TOML as a text of more than one line, or the same as a dict.
    :param seed: in place of the scenario's.
    :param set: keys of the scenario for this run, as in ``{"wan.loss": 0.01}``.
    :param name: of the run in the result; by default the file's name without ``.toml``.
    :param warm_up: what statistics leave out at the start: a time such as ``"2s"``, or ``"auto"``.
    :param explain: a broken order is explained, in ``result["explanation"]``.
    :param disasters: at so many random times the slow oracle destroys the local site of a copy of the run.
    :param threads: 1 keeps the judge on the same processor; the result is the same.
    :param progress: called with simulated seconds done and due; by default a bar where somebody sees it.
    :param yes: runs even what would take very long or very much memory.
    :returns: the fields of ``rcsim run --format json``. A broken order is no exception: it stands in
        ``result["order"]["verdict"]``, and ``result["expected"]`` says whether ``[expect]`` was met.
    :raises ScenarioError: a scenario or setting is wrong; the text is that of the command line.
    """
    bar = _progress.bar(progress, lambda done, due: f"{done / 1e9:.1f} of {due / 1e9:.1f} simulated seconds", 1e-9)
    try:
        line = _rcsim.run(
            _given.scenario(scenario, name),
            seed=_given.whole("seed", seed, 0, _given.U64),
            set=_given.settings(set),
            warm_up=warm_up,
            explain=explain,
            disasters=_given.whole("disasters", disasters, 0, _given.U32),
            threads=_given.whole("threads", threads, 1, _given.U32),
            yes=yes,
            tick=bar,
        )
    finally:
        _close(bar)
    result: Result = json.loads(line)
    return result


def sweep(
    scenario: Union[Scenario, Iterable[Scenario]],
    *,
    seeds: Seeds,
    vary: Optional[Vary] = None,
    set: Optional[Settings] = None,
    warm_up: Optional[str] = None,
    until_ci: Union[None, float, str] = None,
    measure: Optional[str] = None,
    max_seeds: int = 1000,
    threads: Optional[int] = None,
    out: Union[None, str, "os.PathLike[str]"] = None,
    resume: bool = False,
    progress: Progress = None,
    yes: bool = False,
) -> Sweep:
    """Runs every combination of values over the seeds, in parallel.

    :param scenario: as for :func:`run`. Several in a list are compared: ``scenario`` is then an axis.
    :param seeds: ``range(1, 21)`` or ``"1..20"``.
    :param vary: by key its values, or a range such as ``"0..0.05:0.01"`` (both ends included). A tuple of keys takes
        tuples of values, which go together.
    :param set: keys of the scenario at every point.
    :param warm_up: as for :func:`run`; ``"auto"`` is found by pilot runs of each point.
    :param until_ci: adds seeds until half the 95 % interval of ``measure`` is this share of its mean.
    :param measure: for ``until_ci``: a column of the runs.
    :param max_seeds: most seeds per point with ``until_ci``.
    :param threads: parallel runs; by default all processors.
    :param out: the folder of the sweep, which ``rcsim plot``, ``merge`` and ``compare`` read. By default none is kept.
    :param resume: goes on with the sweep in ``out``, which may get more seeds or values.
    :param progress: called with the runs finished and due; by default a bar where somebody sees it.
    :param yes: runs even what would take very long or very much memory.
    :raises KeyboardInterrupt: on Ctrl-C; with ``out`` the finished runs are kept, and ``resume=True`` goes on.
    """
    given = _given.scenarios(scenario)
    bar = _progress.bar(progress, lambda done, due: f"{done:,} of {due:,} runs")

    def into(folder: str) -> Sweep:
        _rcsim.sweep(
            given,
            vary=_given.varied(vary),
            seeds=_given.seeds(seeds),
            set=_given.settings(set),
            warm_up=warm_up,
            until_ci=None if until_ci is None else str(until_ci),
            measure=measure,
            max_seeds=_given.whole("max_seeds", max_seeds, 1, _given.U64),
            threads=_given.whole("threads", threads, 1, _given.U32),
            yes=yes,
            out=folder,
            resume=resume,
            tick=bar,
        )
        return Sweep.read(folder, keep=out is not None)

    try:
        if out is not None:
            return into(os.fspath(out))
        if resume:
            raise ValueError("resume goes on with a folder: give out")
        with tempfile.TemporaryDirectory(prefix="rcsim-") as folder:
            return into(os.path.join(folder, "sweep"))
    finally:
        _close(bar)


def explore(
    scenario: Scenario,
    *,
    set: Optional[Settings] = None,
    name: Optional[str] = None,
    unreduced: bool = False,
    memory: Optional[int] = None,
    threads: Optional[int] = None,
    progress: Progress = None,
) -> Result:
    """Explores every interleaving of a small scenario, within the bounds of its ``[explore]``.

    :param unreduced: leaves out no interleaving because others say the same: more states, the same verdicts.
    :param memory: stops when the process uses so many bytes; by default when little is free.
    :param progress: called with the states that were expanded, and those that are known so far.
    :returns: the fields of ``rcsim explore --format json``; ``result["counterexample"]`` is None if no check breaks.
    """
    bar = _progress.bar(progress, lambda done, due: f"{done:,} of {due:,} states so far")
    try:
        line = _rcsim.explore(
            _given.scenario(scenario, name),
            set=_given.settings(set),
            unreduced=unreduced,
            memory=_given.whole("memory", memory, 1, _given.U64),
            threads=_given.whole("threads", threads, 1, _given.U32),
            tick=bar,
        )
    finally:
        _close(bar)
    result: Result = json.loads(line)
    return result


def check(scenario: Scenario, *, set: Optional[Settings] = None) -> Checked:
    """Checks a scenario without running it.

    :raises ScenarioError: it cannot be run; the text says where and why.
    """
    return Checked(*_rcsim.check(_given.scenario(scenario), _given.settings(set)))


def expand(scenario: Scenario, *, set: Optional[Settings] = None) -> str:
    """The scenario in its long form, as TOML: includes, templates, counts, ranges and ``[topology]`` written out."""
    return _rcsim.expand(_given.scenario(scenario), _given.settings(set))


def schema() -> Result:
    """The JSON Schema of the scenario file."""
    found: Result = json.loads(_rcsim.schema())
    return found


def _close(bar: Any) -> None:
    if bar is not None:
        bar.close()
