"""What docs/python.md shows is what happens."""

import re

import pytest
from conftest import ROOT

import rcsim

PAGE = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")


def test_the_code_of_the_page_runs(capsys):
    pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    blocks = re.findall(r"```python\n(.*?)```", PAGE, re.S)
    assert len(blocks) == 3
    names = {}
    for block in blocks:
        exec(compile(block, "docs/python.md", "exec"), names)
    out = capsys.readouterr().out.splitlines()
    assert out[0].startswith("holds ") and len(out) == 1 + 9
    assert len(names["frame"]) == 90 and names["table"].num_rows == len(names["sweep"].points)


def test_the_error_of_the_page_is_the_real_one():
    call, shown = re.search(r"```text\n>>> (.*?)\nrcsim.ScenarioError: (.*?)```", PAGE, re.S).groups()
    with pytest.raises(rcsim.ScenarioError) as raised:
        eval(call)
    # The page leaves out the list of keys at the end.
    assert str(raised.value).startswith(shown.rstrip("\n"))


def test_every_call_is_documented_and_on_the_page():
    for name in rcsim.__all__:
        if not name.startswith("_"):
            assert getattr(rcsim, name).__doc__, name
            assert f"rcsim.{name}" in PAGE, name
