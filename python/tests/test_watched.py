"""Long calls: progress, Ctrl-C, and other threads meanwhile."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from conftest import SMALL

import rcsim

LONG = {"run.duration": "2000s"}


def test_progress_of_a_run_is_simulated_seconds():
    told = []
    rcsim.run(SMALL, set={"run.duration": "20s"}, progress=lambda done, due: told.append((done, due)))
    assert told and all(due == 20.0 for _, due in told)
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_progress_of_a_sweep_is_runs():
    told = []
    rcsim.sweep(SMALL, vary={"wan.loss": [0, 0.1]}, seeds="1..5", progress=lambda done, due: told.append((done, due)))
    assert told[-1] == (10, 10)


def test_what_progress_raises_ends_the_call():
    def refuse(done, due):
        raise RuntimeError("enough")

    for call in [
        lambda: rcsim.run(SMALL, set=LONG, progress=refuse),
        lambda: rcsim.sweep(SMALL, set=LONG, seeds="1..50", progress=refuse, yes=True),
    ]:
        began = time.monotonic()
        with pytest.raises(RuntimeError, match="enough"):
            call()
        assert time.monotonic() - began < 20


def test_other_threads_go_on_meanwhile():
    ticks = []
    over = threading.Event()

    def tick():
        while not over.wait(0.01):
            ticks.append(1)

    other = threading.Thread(target=tick)
    other.start()
    rcsim.run(SMALL, set={"run.duration": "20s"}, threads=1)
    over.set()
    other.join()
    assert len(ticks) > 3


@pytest.mark.parametrize(
    "call",
    [
        "rcsim.run(SMALL, set={'run.duration': '20000s'})",
        "rcsim.sweep(SMALL, set={'run.duration': '2000s'}, seeds='1..50', out=sys.argv[1], yes=True)",
        "rcsim.explore(SMALL, set={'explore.writes': 7, 'explore.losses': 3, 'explore.duplicates': 3})",
    ],
)
@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT to be sent")
def test_ctrl_c_ends_a_call(tmp_path, call):
    code = f"import sys\nsys.path.insert(0, {os.path.dirname(__file__)!r})\nfrom conftest import SMALL\nimport rcsim\nprint('begun', flush=True)\n{call}\n"
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "out")], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert child.stdout.readline() == "begun\n"
    time.sleep(1)
    assert child.poll() is None, child.stderr.read()
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=60)
    assert "KeyboardInterrupt" in err
    if "sweep" in call:
        # The sweep goes on: what is there is whole.
        assert (tmp_path / "out" / "sweep.json").is_file() and not (tmp_path / "out" / "runs.csv").exists()
