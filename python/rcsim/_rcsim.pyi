"""The part that is written in Rust; see ``python/src``. It is called by ``rcsim`` alone, and may change."""

from typing import Callable, List, Optional, Tuple

from rcsim._given import Given

VERSION: str

class Error(Exception): ...
class InputError(Error): ...

class ScenarioError(InputError):
    id: str

class CostError(InputError): ...
class MachineError(Error): ...

_Tick = Optional[Callable[[int, int], object]]

def run(
    scenario: Given,
    *,
    seed: Optional[int],
    set: List[str],
    warm_up: Optional[str],
    explain: bool,
    disasters: int,
    threads: Optional[int],
    yes: bool,
    tick: _Tick,
) -> str: ...
def sweep(
    scenarios: List[Given],
    *,
    vary: List[str],
    seeds: str,
    set: List[str],
    warm_up: Optional[str],
    until_ci: Optional[str],
    measure: Optional[str],
    max_seeds: int,
    threads: Optional[int],
    yes: bool,
    out: str,
    resume: bool,
    tick: _Tick,
) -> None: ...
def explore(
    scenario: Given,
    *,
    set: List[str],
    unreduced: bool,
    memory: Optional[int],
    threads: Optional[int],
    tick: _Tick,
) -> str: ...
def check(scenario: Given, set: List[str]) -> Tuple[str, List[str]]: ...
def expand(scenario: Given, set: List[str]) -> str: ...
def schema() -> str: ...
def given_text(text: str) -> str: ...
