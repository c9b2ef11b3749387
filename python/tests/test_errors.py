"""Errors: those of the command line, as exceptions; what Python alone can see, as Python says it."""

import pytest
from conftest import SMALL

import rcsim

DEMO = "scenarios/demos/quickstart.toml"


@pytest.mark.parametrize(
    "scenario, set_, kind",
    [
        (DEMO, ["wan.los=0.05"], "unknown-key"),
        (DEMO, ["wan.loss=much"], "wrong-type"),
        (DEMO, ["protocol.scheme=gruop"], "unknown-name"),
        ("nothing.toml", [], "file-not-found"),
        ("scenarios", [], "not-a-file"),
    ],
)
def test_the_text_is_that_of_the_command_line(program, scenario, set_, kind):
    words = [word for one in set_ for word in ("--set", one)]
    code, out, err = program("run", scenario, *words)
    assert (code, out) == (2, "")
    for call in [rcsim.run, rcsim.check, rcsim.explore, lambda given, set: rcsim.sweep(given, set=set, seeds="1..2")]:
        with pytest.raises(rcsim.ScenarioError) as raised:
            call(scenario, set=set_)
        assert str(raised.value) == err.rstrip("\n")
        assert raised.value.id == kind


def test_a_place_in_a_text_and_in_a_dict_is_shown():
    with pytest.raises(rcsim.ScenarioError) as raised:
        rcsim.run({**SMALL, "run": {"duration": "1s", "sed": 3}})
    assert "scenario:3:1" in str(raised.value) and "did you mean `seed`?" in str(raised.value)
    with pytest.raises(rcsim.ScenarioError, match="mine:2:1"):
        rcsim.run("[run]\nsed = 5\n", name="mine")


@pytest.mark.parametrize(
    "words, call",
    [
        (["--vary", "wan.los=1"], {"vary": {"wan.los": [1]}}),
        (["--vary", "wan.loss=0,0.0"], {"vary": {"wan.loss": [0, 0.0]}}),
        (["--vary", "wan.loss=0", "--set", "wan.loss=0"], {"vary": {"wan.loss": [0]}, "set": {"wan.loss": 0}}),
        (["--vary", "run.seed=1,2"], {"vary": {"run.seed": [1, 2]}}),
        (["--until-ci", "5%", "--measure", "lag", "--seeds", "1..5"], {"until_ci": "5%", "measure": "lag", "seeds": "1..5"}),
    ],
)
def test_what_a_sweep_cannot_do_is_said_alike(program, small, tmp_path, words, call):
    seeds = [] if "--seeds" in words else ["--seeds", "1..2"]
    code, _, err = program("sweep", small, *words, *seeds, "--out", tmp_path / "out")
    assert code == 2
    with pytest.raises(rcsim.InputError) as raised:
        rcsim.sweep(small, out=tmp_path / "out", **{"seeds": "1..2", **call})
    assert f"{raised.value}\n" in err
    assert not (tmp_path / "out").exists()


def test_what_costs_too_much_is_refused_unless_it_is_meant():
    with pytest.raises(rcsim.CostError, match="1,000,000 runs"):
        rcsim.sweep(SMALL, seeds="1..1000000")
    endless = {"run.duration": "100000000s"}
    with pytest.raises(rcsim.CostError, match="yes=True"):
        rcsim.run(SMALL, set=endless)


def test_kinds_of_errors():
    assert issubclass(rcsim.ScenarioError, rcsim.InputError)
    assert issubclass(rcsim.CostError, rcsim.InputError)
    assert issubclass(rcsim.InputError, rcsim.Error) and issubclass(rcsim.MachineError, rcsim.Error)
    assert not issubclass(rcsim.MachineError, rcsim.InputError)


@pytest.mark.parametrize(
    "call, kind, text",
    [
        (lambda: rcsim.run(5), TypeError, "a path, a TOML text or a dict, found int 5"),
        (lambda: rcsim.run(SMALL, set="wan.loss=0"), TypeError, "set: expected a dict"),
        (lambda: rcsim.run(SMALL, set={"wan.loss": {1}}), TypeError, "wan.loss: expected a number"),
        (lambda: rcsim.run(SMALL, set={"wan.loss": None}), TypeError, "wan.loss: expected a number"),
        (lambda: rcsim.run(SMALL, threads=0), ValueError, "threads: expected a whole number; at least 1"),
        (lambda: rcsim.run(SMALL, threads=2.5), TypeError, "threads: .* found float 2.5"),
        (lambda: rcsim.run(SMALL, seed=-1), ValueError, "seed: .* at most 18446744073709551615, found -1"),
        (lambda: rcsim.run(SMALL, seed="7"), TypeError, "seed: .* found str '7'"),
        (lambda: rcsim.run(SMALL, disasters=True), TypeError, "disasters: "),
        (lambda: rcsim.sweep(SMALL, seeds="1..2", max_seeds=0), ValueError, "max_seeds: "),
        (lambda: rcsim.explore(SMALL, memory=0), ValueError, "memory: "),
        (lambda: rcsim.run(SMALL, warm_up="x"), ValueError, "warm_up: expected `auto` or a time"),
        (lambda: rcsim.run(SMALL, progress=3), TypeError, "progress: expected"),
        (lambda: rcsim.sweep(SMALL, seeds=20), TypeError, r"range\(1, 21\)"),
        (lambda: rcsim.sweep(SMALL, seeds=range(0)), ValueError, "not empty"),
        (lambda: rcsim.sweep(SMALL, seeds="9..1"), ValueError, "the range 9..1 is empty"),
        (lambda: rcsim.sweep(SMALL, seeds="1..2", vary={"wan.loss": 5}), TypeError, "wan.loss: expected a list"),
        (lambda: rcsim.sweep(SMALL, seeds="1..2", vary={("a", "b"): [1]}), TypeError, "take tuples"),
        (lambda: rcsim.sweep(SMALL, seeds="1..5", until_ci=0.1), ValueError, "given together"),
        (lambda: rcsim.sweep(SMALL, seeds="1..2", resume=True), ValueError, "give out"),
        (lambda: rcsim.sweep([], seeds="1..2"), ValueError, "at least one"),
        (lambda: rcsim.Sweep.read("src"), FileNotFoundError, "no finished sweep"),
    ],
)
def test_arguments_of_the_wrong_kind(call, kind, text):
    with pytest.raises(kind, match=text):
        call()
