"""One run: the same bytes as the command line, however the scenario is given."""

import json

import pytest
from conftest import SMALL, SMALL_TEXT

import rcsim
from rcsim import _given, _rcsim

DEMOS = ["scenarios/demos/quickstart.toml", "scenarios/demos/none.toml"]


@pytest.mark.parametrize("scenario", DEMOS)
@pytest.mark.parametrize("threads", [1, 2])
def test_the_bytes_are_those_of_the_command_line(program, scenario, threads):
    set_ = {"run.duration": "500ms", "run.warm_up": "100ms", "wan.loss": 0.05}
    line = _rcsim.run(
        _given.scenario(scenario),
        seed=3,
        set=_given.settings(set_),
        warm_up=None,
        explain=False,
        disasters=0,
        threads=threads,
        yes=False,
        tick=None,
    )
    words = ["--set", "run.duration=500ms", "--set", "run.warm_up=100ms", "--set", "wan.loss=0.05"]
    code, out, err = program("run", scenario, "--seed", "3", *words, "--format", "json")
    assert code in (0, 1), err
    assert line == out
    assert rcsim.run(scenario, seed=3, set=set_, threads=threads) == json.loads(out)


def test_explanation_and_oracle_are_those_of_the_command_line(program):
    scenario, words = "scenarios/demos/none.toml", ["--set", "run.duration=300ms", "--set", "run.warm_up=0s"]
    set_ = {"run.duration": "300ms", "run.warm_up": "0s"}
    _, out, _ = program("run", scenario, *words, "--explain", "--format", "json")
    explained = rcsim.run(scenario, set=set_, explain=True)
    assert explained == json.loads(out)
    assert explained["explanation"]
    _, out, _ = program("run", scenario, *words, "--disasters", "5", "--format", "json")
    assert rcsim.run(scenario, set=set_, disasters=5) == json.loads(out)


def test_a_file_a_text_and_a_dict_are_one_scenario(small):
    from_file = rcsim.run(small, name="small")
    assert rcsim.run(str(small)) == from_file
    assert rcsim.run(SMALL_TEXT, name="small") == from_file
    assert rcsim.run(SMALL, name="small") == from_file
    assert rcsim.run(SMALL)["scenario"] == "scenario"
    assert from_file["seed"] == 5
    assert rcsim.run(small, seed=6)["digest"] != from_file["digest"]


def test_settings_are_read_as_the_command_line_reads_them(small):
    by_key = rcsim.run(small, set={"wan.loss": 0.1, "wan.delay": "9ms", "protocol.scheme": "pair", "title": "5"})
    by_word = rcsim.run(small, set=["wan.loss=0.1", "wan.delay=9ms", "protocol.scheme=pair", 'title="5"'])
    assert by_key == by_word
    assert (by_key["scheme"], by_key["title"]) == ("pair", "5")
    delay = {"distribution": "uniform", "minimum": "5ms", "maximum": "13ms"}
    assert rcsim.run(small, set={"wan.delay": delay})["digest"] != by_key["digest"]


def test_a_broken_order_is_a_field(small):
    result = rcsim.run(small, set={"protocol.scheme": "none"})
    assert (result["order"]["verdict"], result["expected"]) == ("broken", False)
    assert result["order"]["first_violation"]["check"] == "recoverable-prefix"


def test_warm_up_is_a_time_or_found_by_pilot_runs(program, small):
    assert rcsim.run(small, warm_up="50ms") == rcsim.run(small, set={"run.warm_up": "50ms"})
    _, out, err = program("run", small, "--warm-up", "auto", "--set", "run.duration=3s", "--format", "json")
    assert rcsim.run(small, warm_up="auto", set={"run.duration": "3s"}) == json.loads(out), err


def test_the_rest_of_the_library(program, small):
    summary, warnings = rcsim.check(small)
    assert summary in program("validate", small)[1] and warnings == []
    assert rcsim.expand(small, set={"wan.loss": 0.5}) == program("expand", small, "--set", "wan.loss=0.5")[1]
    assert rcsim.schema() == json.loads(program("schema")[1])
    assert rcsim.__version__ in program("--version")[1]


@pytest.mark.parametrize("threads", [1, 2])
def test_explore_finds_what_the_command_line_finds(program, small, threads):
    bounds = {"explore.writes": 2, "explore.losses": 1, "explore.duplicates": 0}
    words = [f"--set={key}={value}" for key, value in bounds.items()]
    for scheme, breaks in [("group", False), ("none", True)]:
        found = rcsim.explore(small, set={**bounds, "protocol.scheme": scheme}, threads=threads)
        _, out, err = program("explore", small, *words, f"--set=protocol.scheme={scheme}", "--format", "json")
        assert found == json.loads(out), err
        assert (found["counterexample"] is not None) == breaks
