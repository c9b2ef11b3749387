//! The program as its users meet it: exit codes, arguments, and the commands about scenario files.

use std::fs;
use std::io::Write as _;
use std::process::Stdio;

use serde_json::Value;

use crate::desk::{Desk, NONE, TWO_ARRAYS, text};

#[test]
fn exit_code_0_when_every_run_met_its_expectation() {
    let desk = Desk::new();
    assert_eq!(desk.code(&["run", "small.toml"]), 0);
    assert_eq!(desk.code(&["run", "small.toml", "--set", NONE, "--set", "expect.order=broken"]), 0);
    assert_eq!(desk.code(&["run", "small.toml", "--set", NONE, "--set", "expect.order=any"]), 0);
    for asked in ["--help", "--version"] {
        assert_eq!(desk.code(&[asked]), 0);
    }
}

#[test]
fn exit_code_1_when_a_run_did_not() {
    let desk = Desk::new();
    assert_eq!(desk.code(&["run", "small.toml", "--set", NONE]), 1);
    assert_eq!(desk.code(&["run", "small.toml", "--set", "expect.order=broken"]), 1);
    assert_eq!(desk.code(&["run", "small.toml", "--set", "expect.checks.destage-order=holds"]), 1);
    assert_eq!(desk.code(&["run", "small.toml", "--set", NONE, "--format", "json", "--seeds", "1..2"]), 1);
}

#[test]
fn exit_code_2_for_bad_usage_and_bad_scenarios() {
    let desk = Desk::new();
    fs::write(desk.path("bad.toml"), "[run]\ndurration = \"1s\"\n").unwrap();
    for bad in [
        &["run"] as &[&str],
        &["walk", "small.toml"],
        &["run", "small.toml", "--sede", "1"],
        &["run", "small.toml", "--seed", "-1"],
        &["run", "small.toml", "--seed", "1", "--seeds", "1..2"],
        &["run", "small.toml", "--seeds", "2..1"],
        &["run", "small.toml", "--threads", "0"],
        &["run", "small.toml", "--format", "xml"],
        &["run", "small.toml", "--set", "wan.loss=2"],
        &["run", "small.toml", "--set", "wan.losss=0.1"],
        &["run", "nowhere.toml"],
        &["run", "bad.toml"],
        &["validate", "bad.toml"],
        &["completions", "cmd.exe"],
        &[],
    ] {
        assert_eq!(desk.code(bad), 2, "{bad:?}");
    }
}

#[test]
fn all_scenarios_are_validated_before_any_runs() {
    let desk = Desk::new();
    fs::write(desk.path("bad.toml"), "[run]\ndurration = \"1s\"\n").unwrap();
    fs::write(desk.path("worse.toml"), "= 1").unwrap();
    let output = desk.output(&["run", "small.toml", "bad.toml", "worse.toml", "--out", "out"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(text(&output.stdout), "");
    let errors = text(&output.stderr);
    assert!(errors.contains("bad.toml") && errors.contains("worse.toml"), "{errors}");
    assert_eq!(desk.files(), ["bad.toml", "worse.toml"]);
}

#[test]
fn the_seed_of_the_command_line_is_the_seed() {
    let desk = Desk::new();
    let digests = |arguments: &[&str]| {
        let output = desk.output(&[&["run", "small.toml", "--format", "json"], arguments].concat());
        let lines = text(&output.stdout);
        let digest = |line: &str| serde_json::from_str::<Value>(line).unwrap()["digest"].clone();
        lines.lines().map(digest).collect::<Vec<_>>()
    };
    let two = digests(&["--seeds", "1..2"]);
    assert_ne!(two[0], two[1]);
    assert_eq!(digests(&[]), two[..1]);
    assert_eq!(digests(&["--seed", "2"]), two[1..]);
    assert_eq!(digests(&["--set", "run.seed=2"]), two[1..]);
}

#[test]
fn a_scenario_comes_from_standard_input() {
    let desk = Desk::new();
    let mut command = desk.command(&["run", "-", "--format", "json"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(TWO_ARRAYS.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(value["scenario"], "-");
}

#[test]
fn validate_says_ok_and_what_is_in_it() {
    let desk = Desk::new();
    let output = desk.output(&["validate", "small.toml"]);
    assert_eq!(output.status.code(), Some(0));
    insta::assert_snapshot!(
        text(&output.stdout),
        @"small.toml: ok: scheme group, 2 local and 2 remote systems, 4 pairs in 2 groups, 1 host, 1s of writes"
    );
    fs::write(desk.path("bad.toml"), "[run]\ndurration = \"1s\"\n").unwrap();
    let output = desk.output(&["validate", "bad.toml", "small.toml"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stdout).starts_with("small.toml: ok"));
    assert!(text(&output.stderr).contains("durration"));
}

#[test]
fn init_writes_a_scenario_that_runs_and_replaces_nothing() {
    let desk = Desk::new();
    assert_eq!(desk.code(&["init", "new.toml"]), 0);
    assert_eq!(desk.code(&["validate", "new.toml"]), 0);
    assert_eq!(desk.code(&["run", "new.toml"]), 0);
    let written = fs::read(desk.path("new.toml")).unwrap();
    assert_eq!(desk.output(&["init"]).stdout, written);
    assert_eq!(desk.output(&["init", "-"]).stdout, written);
    fs::write(desk.path("new.toml"), "mine").unwrap();
    assert_eq!(desk.code(&["init", "new.toml"]), 2);
    assert_eq!(fs::read(desk.path("new.toml")).unwrap(), b"mine");
    assert_eq!(desk.code(&["init", "new.toml", "--force"]), 0);
    assert_eq!(fs::read(desk.path("new.toml")).unwrap(), written);
    assert_eq!(desk.code(&["init", ".", "--force"]), 2);
    assert_eq!(desk.files(), ["new.toml"]);
}

#[cfg(feature = "schema")]
#[test]
fn the_schema_is_json() {
    let schema: Value = serde_json::from_slice(&Desk::new().output(&["schema"]).stdout).unwrap();
    assert!(schema.get("$schema").is_some() && schema.get("properties").is_some());
}

#[test]
fn every_shell_has_completions() {
    let desk = Desk::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let output = desk.output(&["completions", shell]);
        assert!(output.status.success() && text(&output.stdout).contains("rcsim"), "{shell}");
    }
}

/// `[expect.figures]`: a limit that is not kept is exit code 1, and is told wherever the result is.
#[test]
fn a_figure_beyond_its_limit_is_exit_code_1_with_figure_and_limit() {
    let desk = Desk::new();
    let kept = ["run", "small.toml", "--set", "expect.figures.\"rpo.max\"=<= 10s", "--format", "json"];
    let output = desk.output(&kept);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let result: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let figure = &result["expected_figures"][0];
    assert_eq!((&figure["name"], &figure["limit"]), (&"rpo.max".into(), &"<= 10s".into()));
    assert_eq!((&figure["found"], &figure["met"]), (&result["rpo"]["max_s"], &true.into()));

    let limits =
        ["--set", "expect.figures.\"rpo.max\"=<= 1us", "--set", "expect.figures.\"received_lag.p99\"=> 0s"];
    let broken = [&["run", "small.toml"][..], &limits].concat();
    let output = desk.output(&broken);
    assert_eq!(output.status.code(), Some(1));
    let page = text(&output.stdout);
    assert!(page.contains("holds, not as expected\n  rpo.max: expected <= 1us, found "), "{page}");
    let json = [&broken[..], &["--format", "json"]].concat();
    let result: serde_json::Value = serde_json::from_slice(&desk.output(&json).stdout).unwrap();
    assert_eq!(result["expected"], false);
    assert_eq!(result["order"]["verdict"], "holds");
    assert!(result["unmet"][0].as_str().unwrap().starts_with("rpo.max: expected <= 1us, found "));
    assert_eq!(result["expected_figures"].as_array().unwrap().len(), 2);
    assert_eq!(result["expected_figures"][1]["met"], true);
    let sweep = ["sweep", "small.toml", "--seeds", "1..2", "--strict", "--out", "s", limits[0], limits[1]];
    assert_eq!(desk.code(&sweep), 1);
}

/// Whatever stands where a whole number should, the answer is the same, and says what was expected.
#[test]
fn what_is_no_whole_number_is_answered_with_what_was_expected() {
    let desk = Desk::new();
    for (arguments, least) in [
        (&["run", "small.toml", "--seed", "1.5"] as &[&str], 0),
        (&["run", "small.toml", "--disasters", "many"], 0),
        (&["run", "small.toml", "--disasters", "4294967296"], 0),
        (&["run", "small.toml", "--threads", "0"], 1),
        (&["explain", "small.toml", "--seed", ""], 0),
        (&["reordering", "log.csv", "--threshold", "0"], 1),
        (&["sweep", "small.toml", "--seeds", "1..2", "--out", "o", "--max-seeds", "0"], 1),
    ] {
        let (_, error) = desk.ends(arguments, 2);
        assert!(error.contains(&format!("expected a whole number; at least {least}")), "{error}");
    }
}

/// Pilot runs choose the warm-up: the same for every seed, written out in the command that replays the run, and
/// refused where a transient cannot be told.
#[test]
fn a_warm_up_is_chosen_by_pilot_runs() {
    let desk = Desk::new();
    let given = |arguments: &[&str]| {
        let run = ["run", "small.toml", "--format", "json", "--warm-up"];
        let (lines, _) = desk.ends(&[&run[..], arguments].concat(), 0);
        let of = |line: &str| serde_json::from_str::<Value>(line).unwrap()["warm_up"]["given_s"].as_f64();
        lines.lines().map(|line| of(line).unwrap()).collect::<Vec<_>>()
    };
    let chosen = given(&["auto", "--out", "out"]);
    assert!(chosen[0] > 0.0 && chosen[0] < 0.5, "{chosen:?}: some of the second, not most of it");
    assert_eq!(given(&["auto", "--seeds", "7..8"]), [chosen[0]; 2]);
    assert_eq!(given(&["250ms"]), [0.25]);

    let replay = fs::read_to_string(desk.path("out/replay.txt")).unwrap();
    let ns = (chosen[0] * 1e9).round();
    assert!(replay.contains(&format!("--set run.warm_up={ns}ns")), "{replay}");
    let (again, _) =
        desk.ends(&["run", "small.toml", "--format", "json", "--set", &format!("run.warm_up={ns}ns")], 0);
    assert_eq!(again, fs::read_to_string(desk.path("out/result.json")).unwrap());

    // In a sweep each point has its own.
    let sweep = ["sweep", "small.toml", "--vary", "wan.loss=0,0.05", "--seeds", "3..4", "--warm-up", "auto"];
    desk.ends(&[&sweep[..], &["--out", "sweep"]].concat(), 0);
    let rows = fs::read_to_string(desk.path("sweep/runs.jsonl")).unwrap();
    let rows: Vec<Value> = rows.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let column: Vec<f64> = rows.iter().map(|row| row["warm_up.given_s"].as_f64().unwrap()).collect();
    assert_eq!(column[0].to_bits(), column[1].to_bits());
    assert_eq!(column[2..], [chosen[0]; 2], "this point is the scenario as it is");

    let outage = "fault=[{ kind = \"wan-outage\", at = \"200ms\", duration = \"100ms\" }]";
    let (_, error) = desk.ends(&["run", "small.toml", "--warm-up", "auto", "--set", outage], 2);
    assert!(error.contains("set run.warm_up by hand"), "{error}");
    let (_, error) = desk.ends(&["run", "small.toml", "--warm-up", "soon"], 2);
    assert!(error.contains("expected `auto` or a time such as `2s`"), "{error}");
}
