"""rcsim: a deterministic simulator of asynchronous remote copy, checked at every instant.

>>> import rcsim
>>> result = rcsim.run("scenarios/demos/quickstart.toml", set={"wan.loss": 0.05})
>>> result["order"]["verdict"], result["received_lag"]["p99_s"]
>>> sweep = rcsim.sweep("my.toml", vary={"wan.loss": [0, 0.01, 0.1]}, seeds="1..20")
>>> sweep.to_pandas()

A result has the fields of ``rcsim run --format json``, and the same scenario and seed give the same figures here and on
the command line, on any number of threads. ``docs/python.md`` describes the package.
"""

from rcsim._calls import check, expand, explore, run, schema, sweep
from rcsim._rcsim import VERSION as __version__
from rcsim._rcsim import CostError, Error, InputError, MachineError, ScenarioError
from rcsim._sweep import Sweep

__all__ = [
    "CostError",
    "Error",
    "InputError",
    "MachineError",
    "ScenarioError",
    "Sweep",
    "__version__",
    "check",
    "expand",
    "explore",
    "run",
    "schema",
    "sweep",
]
