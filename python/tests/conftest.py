"""What the tests share: the program of this checkout, and a small scenario."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

SMALL = {
    "run": {"duration": "300ms", "seed": 5},
    "protocol": {"scheme": "group"},
    "local_system": [{"name": "L1", "units": 2}],
    "remote_system": [{"name": "R1", "units": 2}],
    "group": [{"name": "files", "pairs": ["L1:1..2 -> R1:1..2"]}],
    "host": [{"name": "H1", "workload": {"kind": "poisson", "rate": "500/s", "on": ["L1"]}}],
    "wan": {"delay": {"distribution": "exponential", "mean": "20ms"}, "loss": 0.01},
}

#: The same as a person writes it.
SMALL_TEXT = """\
[run]
duration = "300ms"
seed = 5
[protocol]
scheme = "group"
[[local_system]]
name = "L1"
units = 2
[[remote_system]]
name = "R1"
units = 2
[[group]]
name = "files"
pairs = ["L1:1..2 -> R1:1..2"]
[[host]]
name = "H1"
workload = { kind = "poisson", rate = "500/s", on = ["L1"] }
[wan]
delay = { distribution = "exponential", mean = "20ms" }
loss = 0.01
"""


@pytest.fixture(autouse=True)
def in_the_checkout(monkeypatch):
    """Paths of scenarios are from the root of the checkout."""
    monkeypatch.chdir(ROOT)


@pytest.fixture
def small(tmp_path):
    """A file with the small scenario."""
    path = tmp_path / "small.toml"
    path.write_text(SMALL_TEXT)
    return path


@pytest.fixture(scope="session")
def program():
    """Calls the command line: exit code, standard output, standard error."""
    built = [ROOT / "target" / profile / "rcsim" for profile in ("debug", "release")]
    built = sorted((path for path in built if path.is_file()), key=lambda path: path.stat().st_mtime)
    path = os.environ.get("RCSIM") or (built[-1] if built else None)
    assert path, "there is no program to compare with: `cargo build` first, or name it in the variable RCSIM"

    def call(*words):
        done = subprocess.run([str(path), *map(str, words)], capture_output=True, text=True, cwd=ROOT)
        return done.returncode, done.stdout, done.stderr

    return call
