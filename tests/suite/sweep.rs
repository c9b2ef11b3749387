//! Sweeps as their users meet them: killed, sharded, merged, on a full disk; the same bytes in the end.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::desk::Desk;

/// Small enough for a hundred runs in a test; without numbering its order breaks.
const SCENARIO: &str = r#"
title = "Two arrays, a bad network"
[run]
seed = 1
duration = "300ms"
[protocol]
scheme = "group"
[[local_system]]
name = "L1"
units = 2
[[remote_system]]
name = "R1"
units = 1
destage_time = "100us"
[[remote_system]]
name = "R2"
units = 1
destage_time = "100us"
[[group]]
name = "all"
pairs = ["L1:1 -> R1:1", "L1:2 -> R2:1"]
[[host]]
name = "H1"
[host.workload]
kind = "poisson"
rate = "200/s"
size = "4KiB"
on = ["L1"]
[wan]
delay = { distribution = "exponential", mean = "20ms", minimum = "5ms" }
loss = 0.02
[expect]
order = "holds"
"#;

/// A sweep of 60 runs.
const SWEEP: [&str; 8] = [
    "sweep",
    "small.toml",
    "--vary",
    "protocol.scheme=pair,group,none",
    "--vary",
    r#"wan.delay="10ms",{ distribution = "exponential", mean = "20ms", minimum = "5ms" }"#,
    "--seeds",
    "1..10",
];

/// A desk with the scenario on it.
fn desk() -> Desk {
    Desk::with(SCENARIO)
}

impl Desk {
    /// The sweep of [`SWEEP`] in one process on one thread.
    fn whole(&self) -> BTreeMap<String, String> {
        self.ends(&with(&["--out", "whole", "--threads", "1"]), 0);
        tables(&self.path("whole"))
    }

    fn is_gone(&self, name: &str) {
        assert!(!self.path(name).exists(), "{name} was written");
    }
}

fn with<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&SWEEP[..], more].concat()
}

/// Every file of a finished sweep but the journal, whose lines stand in the order of time.
fn tables(folder: &Path) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        files.insert(name, fs::read_to_string(path).unwrap());
    }
    files.remove("journal.jsonl");
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    assert_eq!(names, ["paired.csv", "points.csv", "runs.csv", "runs.jsonl", "scenario.toml", "sweep.json"]);
    files
}

fn rows(folder: &Path) -> Vec<Value> {
    let text = fs::read_to_string(folder.join("runs.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Lines in the journal.
fn finished(folder: &Path) -> usize {
    fs::read_to_string(folder.join("journal.jsonl")).map_or(0, |text| text.matches('\n').count())
}

#[test]
fn the_table_has_a_row_per_run_and_its_numbers_are_those_of_run() {
    let desk = desk();
    let tables = desk.whole();
    let csv: Vec<&str> = tables["runs.csv"].lines().collect();
    assert_eq!(csv.len(), 61);
    assert!(
        csv[0]
            .starts_with("run,point,protocol.scheme,wan.delay,seed,wan.delay_s,schema,rcsim,scenario,title,")
    );
    for column in [
        "received_lag.mean_s",
        "wan.reordered_ratio",
        "order.verdict",
        "order.checks.pair-order",
        "writes.acknowledged",
        "cache.local_peak_bytes",
        "digest",
        "groups.all.received_lag.mean_s",
        "order.first_violation.check",
        "order.first_violation.at_ns",
    ] {
        assert!(csv[0].split(',').any(|name| name == column), "{column} is not in {}", csv[0]);
    }
    let rows = rows(&desk.path("whole"));
    let row = &rows[47];
    assert_eq!((&row["run"], &row["point"], &row["seed"]), (&47.into(), &4.into(), &8.into()));
    assert_eq!(row["protocol.scheme"], "none");
    assert_eq!(row["wan.delay"], "10ms");
    assert_eq!((&row["wan.delay_s"], &rows[59]["wan.delay_s"]), (&0.01.into(), &Value::Null));
    let settings = ["--set", "protocol.scheme=none", "--set", "wan.delay=10ms"];
    let run = [&["run", "small.toml", "--seed", "8", "--format", "json"][..], &settings].concat();
    let result: Value = serde_json::from_slice(&desk.output(&run).stdout).unwrap();
    assert_eq!(row["digest"], result["digest"]);
    assert_eq!(row["received_lag.p99_s"], result["received_lag"]["p99_s"]);
    assert_eq!(row["groups.all.rpo.max_s"], result["groups"][0]["rpo"]["max_s"]);
    assert_eq!(row["order.first_violation.check"], result["order"]["first_violation"]["check"]);
    // Common random numbers: whatever the scheme, the hosts write the same.
    assert_eq!(rows[7]["writes.acknowledged"], rows[47]["writes.acknowledged"]);
}

/// The sweep is killed again and again, each time a twentieth later, and goes on with the same command.
#[test]
fn a_sweep_killed_at_any_moment_goes_on_and_loses_nothing() {
    let desk = desk();
    let expected = desk.whole();
    let folder = desk.path("killed");
    let command = with(&["--out", "killed", "--threads", "2", "--resume"]);
    let (mut kills, mut wait) = (0, Duration::from_millis(1));
    loop {
        let mut child = desk.command(&command).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        std::thread::sleep(wait);
        let before = finished(&folder);
        child.kill().unwrap();
        let output = child.wait_with_output().unwrap();
        if output.status.success() {
            break;
        }
        assert_eq!(output.status.code(), None, "{}", String::from_utf8_lossy(&output.stderr));
        assert!(finished(&folder) >= before);
        // There is a table if and only if all runs are in the journal.
        assert!(!folder.join("runs.csv").exists() || finished(&folder) == 60);
        kills += 1;
        wait += wait / 20;
    }
    assert!(kills >= 5, "killed {kills} times only");
    desk.ends(&command, 0);
    assert_eq!(tables(&folder), expected);
    assert_eq!(finished(&folder), 60, "a run was lost or run twice");
}

#[test]
fn shards_and_threads_change_no_byte() {
    let desk = desk();
    let expected = desk.whole();
    for (index, threads) in [("2", "1"), ("1", "2"), ("3", "2")] {
        let (shard, out) = (format!("{index}/3"), format!("shard-{index}"));
        desk.ends(&with(&["--out", &out, "--shard", &shard, "--threads", threads]), 0);
        assert_eq!(rows(&desk.path(&out)).len(), 20);
    }
    let (_, err) = desk.ends(&["merge", "shard-3", "shard-1", "--out", "merged"], 2);
    assert!(err.contains("20 runs are missing") && err.contains("shard 2/3 was not given"), "{err}");
    desk.is_gone("merged");
    desk.ends(&["merge", "shard-3", "shard-1", "shard-2", "--out", "merged"], 0);
    assert_eq!(tables(&desk.path("merged")), expected);
    let (_, err) = desk.ends(&["merge", "shard-3", "shard-1", "shard-2", "--out", "merged"], 2);
    assert!(err.contains("holds a sweep already"), "{err}");

    let journal = desk.path("shard-1/journal.jsonl");
    let mut bytes = fs::read(&journal).unwrap();
    bytes[100] ^= 1;
    fs::write(&journal, bytes).unwrap();
    let (_, err) = desk.ends(&["merge", "shard-3", "shard-1", "shard-2", "--out", "again"], 2);
    assert!(err.contains("shard-1/journal.jsonl:1: the line is damaged"), "{err}");
    desk.is_gone("again");
}

/// A full disk, as far as a test can have one: files may not grow beyond so many blocks.
#[cfg(unix)]
#[test]
fn a_full_disk_ends_with_3_and_the_sweep_goes_on_when_there_is_room() {
    let desk = desk();
    let expected = desk.whole();
    let program = assert_cmd::cargo::cargo_bin!("rcsim").display().to_string();
    for blocks in ["64", "300"] {
        let command = with(&["--out", "full", "--resume"]);
        let limited = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
        let output = Command::new("sh")
            .args(["-c", &limited, &program])
            .args(&command)
            .current_dir(desk.path(""))
            .output()
            .unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(3), "{err}");
        assert!(err.contains("cannot write full/") && err.contains("--resume goes on"), "{err}");
        assert!(!desk.path("full/runs.csv").exists());
        let left: Vec<_> =
            fs::read_dir(desk.path("full")).unwrap().flatten().map(|it| it.file_name()).collect();
        assert!(left.iter().all(|name| !name.to_string_lossy().starts_with(".rcsim")), "{left:?}");
    }
    desk.ends(&with(&["--out", "full", "--resume"]), 0);
    assert_eq!(tables(&desk.path("full")), expected);
}

#[test]
fn verdicts_are_data_unless_strict() {
    let desk = desk();
    let (out, _) = desk.ends(&with(&["--out", "a"]), 0);
    assert!(out.contains("60 runs at 6 points: all finished (60 now)"), "{out}");
    assert!(out.contains("did not meet [expect]:\n  protocol.scheme=none, "), "{out}");
    desk.ends(&with(&["--out", "a", "--resume", "--strict"]), 1);
    let numbered = ["sweep", "small.toml", "--seeds", "1..5", "--strict", "--out", "b"];
    let (out, _) = desk.ends(&numbered, 0);
    assert!(out.contains("5 runs at 1 point"), "{out}");
}

#[test]
fn replications_are_added_until_the_interval_is_narrow() {
    let desk = desk();
    let until = ["--until-ci", "10%", "--measure", "received_lag.mean_s", "--max-seeds", "40"];
    let sweep =
        [&["sweep", "small.toml", "--vary", "protocol.scheme=group,none", "--seeds", "1..5"][..], &until]
            .concat();
    let (out, _) = desk.ends(&[&sweep[..], &["--out", "a", "--threads", "1"]].concat(), 0);
    assert!(out.contains("Seeds until received_lag.mean_s is known to 10%:"), "{out}");
    for line in out.lines().filter(|line| line.contains("+-")) {
        let known: f64 = line.split("+- ").nth(1).unwrap().split('%').next().unwrap().parse().unwrap();
        assert!(known <= 10.0 || line.contains("not reached"), "{line}");
    }
    assert!(rows(&desk.path("a")).len() > 6, "{out}");
    for shard in ["1/2", "2/2"] {
        let out = format!("b{}", &shard[..1]);
        desk.ends(&[&sweep[..], &["--out", &out, "--shard", shard, "--threads", "2"]].concat(), 0);
    }
    desk.ends(&["merge", "b2", "b1", "--out", "b"], 0);
    assert_eq!(tables(&desk.path("b")), tables(&desk.path("a")));
    let misspelt = [&sweep[..], &["--out", "c"]].concat();
    let misspelt: Vec<&str> = misspelt
        .iter()
        .map(|word| if *word == "received_lag.mean_s" { "received_lag.mean" } else { word })
        .collect();
    let (_, err) = desk.ends(&misspelt, 2);
    assert!(err.contains("no such measure; there are received_lag.mean_s, "), "{err}");
    desk.is_gone("c");
}

#[test]
fn bad_input_is_said_and_nothing_is_written() {
    let desk = desk();
    let long = format!("wan.loss=0..{}:1", u64::MAX);
    for (arguments, expected) in [
        (["--vary", "wan.los=0", "--seeds", "1..2"], "did you mean `loss`?"),
        (["--vary", "wan.loss=0,2", "--seeds", "1..2"], "expected a number from 0 to 1, found 2"),
        (["--vary", "wan.loss=", "--seeds", "1..2"], "a value is missing"),
        (["--vary", "wan.loss=0..1", "--seeds", "1..2"], "the step of the range is missing"),
        (["--vary", "wan.loss=0..1:0", "--seeds", "1..2"], "the step of the range 0..1:0 is zero"),
        (["--vary", "wan.loss=1..0:0.1", "--seeds", "1..2"], "the range 1..0:0.1 is empty"),
        (["--vary", "wan.loss=0", "--seeds", "2..1"], "the range 2..1 is empty"),
        (["--vary", "run.seed=1,2", "--seeds", "1..2"], "seeds are given with --seeds"),
        (["--vary", &long, "--seeds", "1..2"], "more runs than can be counted"),
        (["--shard", "4/3", "--seeds", "1..2"], "expected I/N with I from 1 to N"),
        (["--set", "wan.loss=nine", "--seeds", "1..2"], "--set wan.loss=nine"),
    ] {
        let sweep = [&["sweep", "small.toml", "--out", "out"][..], &arguments].concat();
        let (_, err) = desk.ends(&sweep, 2);
        assert!(err.contains(expected), "{arguments:?}: {err}");
        desk.is_gone("out");
    }
}

#[test]
fn ten_million_runs_are_asked_about_first() {
    let desk = desk();
    let (_, err) = desk.ends(&["sweep", "small.toml", "--seeds", "1..10000000", "--out", "out"], 2);
    for expected in ["10,000,000 runs at 1 point", "would take about", "Pass --yes", "GiB"] {
        assert!(err.contains(expected), "{expected}: {err}");
    }
    desk.is_gone("out");
}

#[test]
fn other_folders_are_left_alone() {
    let desk = desk();
    fs::create_dir(desk.path("thesis")).unwrap();
    fs::write(desk.path("thesis/chapter.tex"), "").unwrap();
    let (_, err) = desk.ends(&with(&["--out", "thesis", "--resume"]), 2);
    assert!(err.contains("thesis is not empty and holds no sweep (chapter.tex)"), "{err}");

    let small = ["sweep", "small.toml", "--seeds", "1..2", "--out", "a"];
    desk.ends(&small, 0);
    let before = tables(&desk.path("a"));
    let (_, err) = desk.ends(&small, 2);
    assert!(err.contains("holds this sweep already, with 2 of 2 runs finished; pass --resume"), "{err}");
    let (_, err) = desk.ends(&["sweep", "small.toml", "--seeds", "2..3", "--out", "a", "--resume"], 2);
    assert!(
        err.contains("a holds more of this sweep") && err.contains("--seeds: 2..3 against 1..2"),
        "{err}"
    );
    fs::write(desk.path("small.toml"), SCENARIO.replace("0.02", "0.03")).unwrap();
    let (_, err) = desk.ends(&[&small[..], &["--resume"]].concat(), 2);
    assert!(err.contains("the text of the scenario"), "{err}");
    let manifest = before["sweep.json"].replace("\"rcsim\": \"", "\"rcsim\": \"99.");
    fs::write(desk.path("a/sweep.json"), manifest).unwrap();
    fs::write(desk.path("small.toml"), SCENARIO).unwrap();
    let (_, err) = desk.ends(&[&small[..], &["--resume"]].concat(), 2);
    assert!(err.contains("version of rcsim: "), "{err}");
}

/// Case 14 as its user met it, the network's loss and all.
#[test]
fn a_finished_sweep_goes_on_with_more_seeds_and_folders_of_other_seeds_merge() {
    let desk = desk();
    let of = |seeds: &'static str, vary: &'static str, out: &'static str| {
        ["sweep", "small.toml", "--vary", vary, "--seeds", seeds, "--out", out, "--resume"]
    };
    desk.ends(&of("1..8", "wan.loss=0,0.01", "expected"), 0);
    let expected = tables(&desk.path("expected"));
    desk.ends(&of("1..5", "wan.loss=0,0.01", "a"), 0);
    desk.ends(&of("6..8", "wan.loss=0,0.01", "b"), 0);
    desk.ends(&["merge", "a", "b", "--out", "c"], 0);
    assert_eq!(tables(&desk.path("c")), expected);
    let (out, _) = desk.ends(&of("1..8", "wan.loss=0,0.01", "a"), 0);
    assert!(out.contains("16 runs at 2 points: all finished (6 now)"), "{out}");
    assert_eq!(tables(&desk.path("a")), expected);
    // What it has, it has.
    let (out, _) = desk.ends(&of("1..8", "wan.loss=0,0.01", "c"), 0);
    assert!(out.contains("(0 now)"), "{out}");

    desk.ends(&of("1..8", "wan.loss=0,0.01,0.05", "more"), 0);
    let (out, _) = desk.ends(&of("1..8", "wan.loss=0,0.01,0.05", "a"), 0);
    assert!(out.contains("24 runs at 3 points: all finished (8 now)"), "{out}");
    assert_eq!(tables(&desk.path("a")), tables(&desk.path("more")));
    desk.ends(&of("1..8", "wan.loss=0.05", "d"), 0);
    desk.ends(&["merge", "c", "d", "--out", "e"], 0);
    assert_eq!(tables(&desk.path("e")), tables(&desk.path("more")));
}

#[test]
fn plot_says_how_far_an_unfinished_sweep_is() {
    let desk = desk();
    desk.ends(&["sweep", "small.toml", "--vary", "wan.loss=0,0.01", "--seeds", "1..3", "--out", "a"], 0);
    fs::remove_file(desk.path("a/runs.csv")).unwrap();
    let journal = fs::read_to_string(desk.path("a/journal.jsonl")).unwrap();
    let four: String = journal.split_inclusive('\n').take(4).collect();
    fs::write(desk.path("a/journal.jsonl"), four).unwrap();
    let (out, err) = desk.ends(&["plot", "a"], 2);
    assert_eq!(out, "");
    assert!(err.contains("a holds an unfinished sweep: 4 of 6 runs are finished. The same"), "{err}");
    desk.is_gone("a/figures");
}

#[test]
fn a_task_of_a_job_array_runs_its_shard() {
    let desk = desk();
    let whole = ["sweep", "small.toml", "--vary", "wan.loss=0,0.01", "--seeds", "1..3", "--out", "whole"];
    let task = |shard: &'static str, out: &'static str, environment: &[(&str, &str)]| {
        let mut command = desk.command(&whole[..6]);
        command.args(["--shard", shard, "--out", out]);
        // The tests may run in a job themselves.
        for name in ["SLURM_ARRAY_TASK_ID", "SGE_TASK_ID", "JOB_COMPLETION_INDEX", "HQ_TASK_ID"] {
            command.env_remove(name);
        }
        let output = command.envs(environment.iter().copied()).output().unwrap();
        let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
        (output.status.code().unwrap(), said)
    };
    for (id, out, shard) in [("4", "a", "shard 1/2"), ("6", "b", "shard 2/2")] {
        let slurm = [
            ("SLURM_ARRAY_TASK_ID", id),
            ("SLURM_ARRAY_TASK_MIN", "4"),
            ("SLURM_ARRAY_TASK_STEP", "2"),
            ("SLURM_ARRAY_TASK_COUNT", "2"),
        ];
        let (code, said) = task("auto", out, &slurm);
        assert!(code == 0 && said.contains(shard), "{said}");
    }
    desk.ends(&["merge", "a", "b", "--out", "merged"], 0);
    desk.ends(&whole, 0);
    assert_eq!(tables(&desk.path("merged")), tables(&desk.path("whole")));
    let (code, said) = task("auto/3", "c", &[("JOB_COMPLETION_INDEX", "2")]);
    assert!(code == 0 && said.contains("shard 3/3"), "{said}");
    for (shard, environment, error) in [
        ("auto", ("HQ", "1"), "this is no task of a job array"),
        ("auto", ("JOB_COMPLETION_INDEX", "2"), "not the number of tasks: write auto/N"),
        ("auto/2", ("JOB_COMPLETION_INDEX", "7"), "beyond the last of 2 tasks"),
        ("auto/0", ("JOB_COMPLETION_INDEX", "0"), "expected auto/N with N from 1"),
    ] {
        let (code, said) = task(shard, "none", &[environment]);
        assert!(code == 2 && said.contains(error), "{said}");
        desk.is_gone("none");
    }
}

#[test]
fn a_sweep_ends_with_its_points_and_what_differs() {
    let desk = desk();
    let sweep =
        ["sweep", "small.toml", "--vary", "protocol.scheme=group,none", "--seeds", "1..6", "--out", "a"];
    let (out, _) = desk.ends(&sweep, 0);
    let lines: Vec<&str> = out.lines().map(str::trim_start).collect();
    let heading = lines.iter().position(|line| line.starts_with("protocol.scheme  runs")).unwrap();
    assert!(lines[heading + 1].starts_with("group") && lines[heading + 2].starts_with("none"), "{out}");
    // Writes wait for lost ones in a group, and not without numbers. That every order of `none` breaks and none of
    // `group` does is no interval: the differences are all the same.
    assert!(
        lines[heading + 1].contains("0% [0%, 45.9%]") && lines[heading + 2].contains("100% [54.1%, 100%]")
    );
    assert!(out.contains("protocol.scheme: none against group: received lag, mean -"), "{out}");
    assert!(!out.contains("group: order broken"), "{out}");
    // The mean is that of points.csv.
    let points = fs::read_to_string(desk.path("a/points.csv")).unwrap();
    let row = points.lines().find(|line| line.starts_with("0,group,received_lag.mean_s,")).unwrap();
    let mean: f64 = row.split(',').nth(4).unwrap().parse().unwrap();
    assert!(lines[heading + 1].contains(&format!("{:.0}ms [", mean * 1e3)), "{row}\n{out}");
    // A sweep of one point has no differences.
    let (out, _) = desk.ends(&["sweep", "small.toml", "--seeds", "1..2", "--out", "b"], 0);
    assert!(out.contains("order broken") && !out.contains("Paired"), "{out}");
}

#[test]
fn two_sweeps_are_compared_run_by_run() {
    let desk = Desk::new();
    let sweep = |scheme: &'static str, out: &'static str| {
        let set = if scheme == "none" { "protocol.scheme=none" } else { "protocol.scheme=group" };
        ["sweep", "small.toml", "--set", set, "--vary", "wan.loss=0,0.02", "--seeds", "1..5", "--out", out]
    };
    desk.ends(&sweep("group", "a"), 0);
    desk.ends(&sweep("none", "b"), 0);
    let (same, _) = desk.ends(&["compare", "a", "a", "--measure", "received_lag.mean_s"], 0);
    assert!(same.contains("10 runs in both, of which 10 have equal digests"), "{same}");
    let json =
        ["compare", "a", "b", "--format", "json", "--measure", "received_lag.mean_s", "--measure", "broken"];
    let (out, _) = desk.ends(&json, 0);
    let found: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(found.len(), 4, "two points, two measures");
    // By hand, from the tables.
    let (ours, theirs) = (rows(&desk.path("a")), rows(&desk.path("b")));
    let lag = |row: &Value| row["received_lag.mean_s"].as_f64().unwrap();
    let differences: Vec<f64> = (5..10).map(|run| lag(&theirs[run]) - lag(&ours[run])).collect();
    let mean = differences.iter().sum::<f64>() / 5.0;
    assert_eq!(
        (&found[2]["point"], &found[2]["measure"]),
        (&"wan.loss=0.02".into(), &"received_lag.mean_s".into())
    );
    assert!((found[2]["difference"].as_f64().unwrap() - mean).abs() < 1e-12, "{out}");
    let [low, high] = ["low_95", "high_95"].map(|end| found[2][end].as_f64().unwrap());
    assert!(low < mean && mean < high);
    assert_eq!((&found[3]["a"], &found[3]["b"]), (&0.0.into(), &1.0.into()));

    let (markdown, _) = desk.ends(&["compare", "a", "b", "--format", "markdown"], 0);
    assert!(
        markdown.starts_with("| point | measure | A | B | B less A |\n|---|---|---:|---:|---:|\n"),
        "{markdown}"
    );
    let (latex, _) = desk.ends(&["compare", "a", "b", "--format", "latex"], 0);
    assert!(latex.contains("wan.loss=0.02 & received\\_lag.mean\\_s & "), "{latex}");
    // Runs too, by their seeds.
    desk.ends(&["run", "small.toml", "--seeds", "1..3", "--out", "r"], 0);
    desk.ends(&["run", "small.toml", "--seeds", "2..5", "--out", "s"], 0);
    let (runs, _) = desk.ends(&["compare", "r", "s"], 0);
    assert!(runs.contains("2 runs in both, of which 2 have equal digests"), "{runs}");
    assert!(runs.contains("1 run of A without a partner") && runs.contains("2 runs of B"), "{runs}");
    let (_, err) = desk.ends(&["compare", "a", "r"], 2);
    assert!(err.contains("no run of a has a partner in r"), "{err}");
    let (_, err) = desk.ends(&["compare", "a", "small"], 2);
    assert!(err.contains("small is not there: expected the folder of"), "{err}");
    fs::create_dir(desk.path("empty")).unwrap();
    let (_, err) = desk.ends(&["compare", "a", "empty"], 2);
    assert!(err.contains("empty holds nothing to compare"), "{err}");
    let (_, err) = desk.ends(&["compare", "a", "b", "--measure", "lag"], 2);
    assert!(err.contains("--measure lag: no number of that name in both"), "{err}");
}

/// Several scenarios are an axis: paired by seed, continued with a third, merged from shards, each as `run` has it.
#[test]
fn whole_scenarios_are_compared() {
    let desk = desk();
    for (name, scheme) in [("before", "none"), ("after", "group"), ("later", "pair")] {
        let text = SCENARIO.replace("scheme = \"group\"", &format!("scheme = \"{scheme}\""));
        fs::write(desk.path(&format!("{name}.toml")), text).unwrap();
    }
    let sweep = |scenarios: &[&str], more: &[&str]| {
        let fixed = ["--vary", "wan.loss=0,0.02", "--seeds", "1..3"];
        desk.ends(&[&["sweep"], scenarios, &fixed, more].concat(), 0);
    };
    sweep(&["before.toml", "after.toml"], &["--out", "both"]);
    let rows = rows(&desk.path("both"));
    assert_eq!(rows.len(), 12);
    let of = |row: &Value| (row["scenario"].clone(), row["scheme"].clone());
    assert_eq!(of(&rows[0]), ("before".into(), "none".into()));
    assert_eq!(of(&rows[11]), ("after".into(), "group".into()));
    let alone =
        desk.output(&["run", "after.toml", "--set", "wan.loss=0.02", "--seed", "3", "--format", "json"]);
    let alone: Value = serde_json::from_slice(&alone.stdout).unwrap();
    assert_eq!(alone["digest"], rows[11]["digest"]);
    // The differences are taken along the axis of scenarios.
    let paired = fs::read_to_string(desk.path("both/paired.csv")).unwrap();
    assert!(paired.lines().any(|line| line.starts_with("scenario,after,before,")), "{paired}");

    // A third scenario continues the sweep, and shards of the three merge into the same bytes.
    sweep(&["before.toml", "after.toml", "later.toml"], &["--out", "both", "--resume"]);
    for shard in ["1/2", "2/2"] {
        let out = shard.replace('/', "-");
        sweep(&["before.toml", "after.toml", "later.toml"], &["--out", &out, "--shard", shard]);
    }
    desk.ends(&["merge", "1-2", "2-2", "--out", "merged"], 0);
    for name in ["runs.csv", "points.csv", "sweep.json", "scenario-later.toml"] {
        let read = |folder: &str| fs::read_to_string(desk.path(folder).join(name)).unwrap();
        assert_eq!(read("merged"), read("both"), "{name}");
    }
    desk.ends(&["plot", "both"], 0);
    let page = fs::read_to_string(desk.path("both/figures/report.html")).unwrap();
    assert!(page.contains("rcsim sweep before.toml after.toml later.toml --vary wan.loss=0,0.02"), "{page}");

    // What is another text is another sweep; two of one name cannot be told apart.
    fs::write(desk.path("after.toml"), SCENARIO.replace("300ms", "301ms")).unwrap();
    let again =
        ["sweep", "before.toml", "after.toml", "later.toml", "--vary", "wan.loss=0,0.02", "--seeds", "1..3"];
    let told = desk.output(&[&again[..], &["--out", "both", "--resume"]].concat());
    assert!(crate::desk::text(&told.stderr).contains("the text of the scenario after"));
    fs::create_dir(desk.path("there")).unwrap();
    fs::copy(desk.path("later.toml"), desk.path("there/later.toml")).unwrap();
    let told = desk.output(&["sweep", "later.toml", "there/later.toml", "--seeds", "1..2", "--out", "gone"]);
    assert_eq!(told.status.code(), Some(2));
    assert!(crate::desk::text(&told.stderr).contains("two of the scenarios are called `later`"));
    desk.is_gone("gone");
}
