//! `rcsim shrink` as its users meet it.

use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

fn shipped(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn rcsim(words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_rcsim")).args(words).output().unwrap()
}

fn object(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"))
}

/// What comes out is a scenario that `run` breaks in the same check, with any seed; the same bytes each time.
#[test]
fn the_smallest_scenario_runs_and_breaks() {
    let folder = TempDir::new().unwrap();
    let small = folder.path().join("small.toml");
    let scenario = shipped("scenarios/regressions/compare-plain.toml");
    let scenario = scenario.to_str().unwrap();
    let output = rcsim(&["shrink", scenario]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    std::fs::write(&small, &output.stdout).unwrap();
    assert_eq!(rcsim(&["shrink", scenario]).stdout, output.stdout);
    let runs = rcsim(&["run", small.to_str().unwrap(), "--seeds", "1..3", "--format", "json"]);
    assert_eq!(runs.status.code(), Some(0), "as expected: {runs:?}");
    for line in String::from_utf8(runs.stdout).unwrap().lines() {
        let run: Value = serde_json::from_str(line).unwrap();
        assert_eq!(run["order"]["checks"]["recoverable-prefix"], "broken");
    }
    let json = object(&rcsim(&["shrink", scenario, "--format", "json"]));
    assert_eq!((&json["schema"], &json["check"]), (&1.into(), &"recoverable-prefix".into()));
    assert_eq!(json["complete"], true);
    assert_eq!(json["scenario"].as_str().unwrap().as_bytes(), output.stdout);
    assert!(json["to"]["writes"].as_u64() <= json["from"]["writes"].as_u64());
    // Into a file, whole.
    let out = folder.path().join("out.toml");
    let told = rcsim(&["shrink", scenario, "--out", out.to_str().unwrap()]);
    assert_eq!(told.status.code(), Some(0), "{told:?}");
    assert_eq!(std::fs::read(out).unwrap(), output.stdout);
}

#[test]
fn what_cannot_be_shrunk_is_said() {
    let fig = shipped("scenarios/figures/fig-4.toml");
    let run = shipped("scenarios/regressions/run.toml");
    for (words, message) in [
        (vec!["shrink", fig.to_str().unwrap()], "nothing to shrink"),
        (vec!["shrink", run.to_str().unwrap(), "--check", "local-order"], "not broken in this run"),
        (vec!["shrink", run.to_str().unwrap(), "--check", "order"], "the name of a check"),
        (vec!["shrink", "no-such-file.toml"], "no such file"),
    ] {
        let output = rcsim(&words);
        let error = String::from_utf8(output.stderr.clone()).unwrap();
        assert_eq!(output.status.code(), Some(2), "{words:?}: {error}");
        assert!(error.contains(message) && output.stdout.is_empty(), "{words:?}: {error}");
    }
}

/// A counterexample of `explore` becomes a run: the lost report after which a slave waits for ever.
#[test]
fn a_counterexample_becomes_a_run() {
    let control = shipped("scenarios/regressions/control.toml");
    let bounds = ["writes=2", "control_losses=1", "losses=0", "duplicates=0", "resends=0"]
        .map(|bound| format!("explore.{bound}"));
    let mut words = vec!["shrink", control.to_str().unwrap(), "--explore", "--format", "json"];
    words.extend(bounds.iter().flat_map(|bound| ["--set", bound]));
    let output = rcsim(&words);
    let json = object(&output);
    assert_eq!(
        (&json["check"], &json["to"]["writes"], &json["to"]["lost"]),
        (&"complete".into(), &1.into(), &1.into())
    );
    let text = json["scenario"].as_str().unwrap();
    assert!(
        text.contains("control = \"wait\"") && text.contains("message = \"report\", number = 1, lost = true"),
        "{text}"
    );
    assert_eq!(rcsim(&words).stdout, output.stdout, "the same bytes");
    words.extend(["--set", "protocol.rule.control=repaired"]);
    let holds = rcsim(&words);
    let error = String::from_utf8_lossy(&holds.stderr).into_owned();
    assert!(holds.status.code() == Some(2) && error.contains("every check holds in the scope"), "{error}");
}
