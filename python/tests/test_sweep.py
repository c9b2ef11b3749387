"""A sweep: the tables of the command line, as plain data."""

import csv
import json

import pytest
from conftest import SMALL

import rcsim

VARY = {"protocol.scheme": ["group", "none"], ("wan.loss", "wan.delay"): [(0, "5ms"), (0.1, "50ms")]}
WORDS = ["--vary", "protocol.scheme=group,none", "--vary", "wan.loss,wan.delay=(0,5ms),(0.1,50ms)", "--seeds", "1..3"]


@pytest.mark.parametrize("threads", [1, 2])
def test_the_folder_is_that_of_the_command_line(program, small, tmp_path, threads):
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    sweep = rcsim.sweep(small, vary=VARY, seeds=range(1, 4), out=ours, threads=threads)
    code, _, err = program("sweep", small, *WORDS, "--out", theirs, "--set", "title=x")
    assert code == 0, err
    code, _, err = program("sweep", small, *WORDS, "--out", tmp_path / "same")
    for name in ["runs.csv", "runs.jsonl", "points.csv", "paired.csv", "sweep.json", "scenario.toml"]:
        assert (ours / name).read_bytes() == (tmp_path / "same" / name).read_bytes(), name
    # The comparison can fail.
    assert (ours / "sweep.json").read_bytes() != (theirs / "sweep.json").read_bytes()
    assert (sweep.folder, len(sweep)) == (ours, 12)
    read = rcsim.Sweep.read(tmp_path / "same")
    assert (read.rows, read.points, read.paired) == (sweep.rows, sweep.points, sweep.paired)


def test_rows_and_estimates_are_those_of_the_tables(small, tmp_path):
    sweep = rcsim.sweep(small, vary=VARY, seeds="1..3", out=tmp_path / "out")
    assert sweep.keys == ("protocol.scheme", "wan.loss", "wan.delay")
    lines = (tmp_path / "out" / "runs.jsonl").read_text().splitlines()
    assert sweep.rows == [json.loads(line) for line in lines]
    with open(tmp_path / "out" / "points.csv", newline="") as file:
        table = list(csv.DictReader(file))
    assert [row["mean"] for row in sweep.points] == [float(row["mean"]) if row["mean"] else None for row in table]
    lag = sweep.estimates("received_lag.mean_s")
    assert [(row["protocol.scheme"], row["wan.loss"], row["wan.delay"], row["n"]) for row in lag] == [
        ("group", 0, "5ms", 3),
        ("group", 0.1, "50ms", 3),
        ("none", 0, "5ms", 3),
        ("none", 0.1, "50ms", 3),
    ]
    for row in lag:
        of_point = [run["received_lag.mean_s"] for run in sweep if run["point"] == row["point"]]
        assert row["mean"] == pytest.approx(sum(of_point) / 3, rel=1e-12)
        assert row["low_95"] <= row["mean"] <= row["high_95"]
    with pytest.raises(KeyError, match="did you mean received_lag.mean_s"):
        sweep.estimates("received_lag.mean")


def test_without_a_folder_nothing_is_left(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    sweep = rcsim.sweep(SMALL, seeds=range(4, 6))
    assert (len(sweep), sweep.folder, sweep.keys) == (2, None, ())
    assert [run["seed"] for run in sweep] == [4, 5]
    assert list(tmp_path.iterdir()) == []


def test_a_finished_sweep_gets_more_seeds_and_values(small, tmp_path):
    rcsim.sweep(small, vary={"wan.loss": [0]}, seeds="1..2", out=tmp_path / "a")
    with pytest.raises(rcsim.InputError, match="resume"):
        rcsim.sweep(small, vary={"wan.loss": [0, 0.1]}, seeds="1..3", out=tmp_path / "a")
    grown = rcsim.sweep(small, vary={"wan.loss": [0, 0.1]}, seeds="1..3", out=tmp_path / "a", resume=True)
    at_once = rcsim.sweep(small, vary={"wan.loss": [0, 0.1]}, seeds="1..3")
    assert grown.rows == at_once.rows


def test_whole_scenarios_are_compared(small, tmp_path):
    other = tmp_path / "other.toml"
    other.write_text(small.read_text().replace('scheme = "group"', 'scheme = "none"'))
    sweep = rcsim.sweep([small, other], seeds="1..2")
    assert [run["scenario"] for run in sweep] == ["small", "small", "other", "other"]
    assert {run["scheme"] for run in sweep} == {"group", "none"}


def test_seeds_are_added_until_the_interval_is_narrow(small):
    sweep = rcsim.sweep(small, seeds="1..5", until_ci="20%", measure="received_lag.mean_s", max_seeds=200)
    (lag,) = sweep.estimates("received_lag.mean_s")
    assert 5 < lag["n"] < 200
    assert lag["half_width_95"] <= 0.2 * lag["mean"]


def test_ranges_and_quoted_words(small):
    sweep = rcsim.sweep(small, vary={"wan.loss": "0..0.2:0.1", "title": ["a, b", "5"]}, seeds="1..1")
    assert [(run["wan.loss"], run["title"]) for run in sweep][:3] == [(0, "a, b"), (0, "5"), (0.1, "a, b")]


def test_arrow_and_pandas():
    pyarrow, pandas = pytest.importorskip("pyarrow"), pytest.importorskip("pandas")
    sweep = rcsim.sweep(SMALL, vary={"wan.bandwidth": ["unlimited", "10Mbit/s"], "wan.loss": [0, 0.1]}, seeds="1..2")
    for name, rows in [("rows", sweep.rows), ("points", sweep.points), ("paired", sweep.paired)]:
        table, frame = sweep.to_arrow(name), sweep.to_pandas(name)
        assert (table.num_rows, len(frame)) == (len(rows), len(rows))
        assert table.column_names == list(frame.columns) == list(rows[0])
    table = sweep.to_arrow()
    assert table.column("wan.loss").to_pylist() == [row["wan.loss"] for row in sweep]
    assert table.schema.field("wan.loss").type == pyarrow.float64()
    assert table.schema.field("digest").type == pyarrow.string()
    means = sweep.to_pandas().groupby("point")["received_lag.mean_s"].mean()
    assert means.to_list() == pytest.approx([row["mean"] for row in sweep.estimates("received_lag.mean_s")])
    with pytest.raises(ValueError, match="rows, points, paired"):
        sweep.to_pandas("runs")
    assert isinstance(sweep.to_pandas("points"), pandas.DataFrame)


def test_a_package_that_is_absent_is_named(monkeypatch):
    import sys

    sweep = rcsim.sweep(SMALL, seeds="1..1")
    for name, call in [("pyarrow", sweep.to_arrow), ("pandas", sweep.to_pandas)]:
        monkeypatch.setitem(sys.modules, name, None)
        with pytest.raises(ImportError, match=f"pip install {name}"):
            call()
