//! `rcsim hunt` as its users meet it, and what it once found.

use std::path::PathBuf;
use std::process::{Command, Output};

use rcsim::checker::{Check, CheckState};
use rcsim::scenario::{self, validated::FaultKind};
use rcsim::world::{Disasters, disasters_only, judge_only};
use serde_json::Value;
use tempfile::TempDir;

fn hunt(more: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_rcsim")).arg("hunt").args(more).output().unwrap()
}

fn object(output: &Output) -> Value {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    assert_eq!(text.lines().count(), 1, "{text}");
    serde_json::from_str(&text).unwrap()
}

/// The scenarios of a folder.
fn found(folder: &str) -> Vec<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut names: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.retain(|name| name.is_file());
    names.sort();
    assert!(!names.is_empty());
    names
}

/// In these worlds the slow oracle once saw what the checker did not, or the other way about.
#[test]
fn checker_and_oracle_agree_where_a_hunt_saw_them_differ() {
    for name in found("tests/hunt/oracle") {
        let scenario = scenario::load(&name, &[]).unwrap_or_else(|error| panic!("{error}"));
        let disasters = Disasters { random: 300, chosen: vec![] };
        let report = disasters_only(&scenario, &disasters, &mut |_| {}).unwrap();
        assert_eq!(report.disagreements, [], "{}", name.display());
        assert!(report.broken > 0, "{}: something has to be agreed on", name.display());
    }
}

/// The worlds that a hunt once broke, as it left them: all of them must converge after they are healed.
#[test]
fn what_hunts_found_is_mended() {
    for name in found("tests/hunt") {
        let scenario = scenario::load(&name, &[]).unwrap_or_else(|error| panic!("{error}"));
        let verdict = judge_only(&scenario, ()).unwrap().verdict;
        assert!(verdict.holds(), "{}: {:?}", name.display(), verdict.violations);
        let is_lost = scenario.faults().iter().any(|fault| fault.kind == FaultKind::LocalSiteLoss);
        let complete = if is_lost { CheckState::NotChecked } else { CheckState::Holds };
        assert_eq!(verdict.checks.get(Check::Complete), complete, "{}", name.display());
    }
}

/// The same seed and number of worlds give the same bytes whatever the threads, in one go or after an interruption.
#[test]
fn a_hunt_is_the_same_whatever_the_threads() {
    let json = ["--runs", "60", "--seed", "3f2a91c", "--format", "json"];
    let output = hunt(&[&json[..], &["--threads", "1"]].concat());
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(hunt(&[&json[..], &["--threads", "3"]].concat()).stdout, output.stdout);
    let result = object(&output);
    assert_eq!(
        (&result["worlds"], &result["seed"], &result["complete"]),
        (&60.into(), &0x03f2_a91c.into(), &true.into())
    );
    assert_eq!((&result["failed"], &result["found"]), (&0.into(), &false.into()));
    for (key, least) in [("writes", 500), ("events", 10_000)] {
        assert!(result[key].as_u64().unwrap() > least, "{key}: {}", result[key]);
    }
    assert!(result["liveness"]["converged"].as_u64().unwrap() > 20);
    assert!(result["probes"].as_object().unwrap().len() > 20);

    let folder = TempDir::new().unwrap();
    let out = folder.path().join("hunt");
    let out = out.to_str().unwrap();
    let seed = ["--seed", "3f2a91c", "--format", "json", "--out", out];
    assert_eq!(hunt(&[&["--runs", "25"], &seed[..]].concat()).status.code(), Some(0));
    // Whoever does not ask to go on does not overwrite.
    assert_eq!(hunt(&[&["--runs", "60"], &seed[..]].concat()).status.code(), Some(2));
    let resumed = hunt(&[&["--runs", "60", "--resume"], &seed[..]].concat());
    assert_eq!(resumed.stdout, output.stdout);
    let other = hunt(&["--runs", "60", "--resume", "--out", out, "--seed", "2"]);
    assert_eq!(other.status.code(), Some(2), "another hunt: {other:?}");
}

/// A rule in its literal form is found, exit code 1, and the failing world is a scenario that `run` breaks.
#[test]
fn a_sabotaged_rule_is_found() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("hunt");
    let output =
        hunt(&["--sabotage", "run", "--runs", "200", "--format", "json", "--out", out.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let result = object(&output);
    assert_eq!((&result["sabotage"], &result["found"]), (&"run".into(), &true.into()));
    let quickest = &result["quickest"];
    let broken = quickest["wrong"].as_str().unwrap();
    let run = Command::new(env!("CARGO_BIN_EXE_rcsim"))
        .args(["run", "--format", "json"])
        .arg(out.join("failure.toml"))
        .output()
        .unwrap();
    assert_eq!(run.status.code(), Some(0), "as expected: {run:?}");
    let run = object(&run);
    assert_eq!(run["order"]["checks"][broken], "broken");
    assert_eq!(
        std::fs::read_to_string(out.join("failure.toml")).unwrap(),
        quickest["scenario"].as_str().unwrap()
    );
}

/// However short the time, something was tried before something is told.
#[test]
fn a_hunt_tries_worlds_in_no_time() {
    let output = hunt(&["--for", "0s"]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{told}");
    assert!(told.contains("256 worlds tried") && !told.contains(": ."), "{told}");
}

#[test]
fn bad_arguments_are_said() {
    for (more, message) in [
        (vec!["--sabotage", "runs"], "the name of a rule"),
        (vec!["--sabotage", "run=short"], "next-expected"),
        (vec!["--sabotage", "destage"], "nothing would be broken"),
        (vec!["--seed", "xyz"], "git hash"),
        (vec!["--runs", "0"], "at least 1"),
        (vec!["--for", "10"], "unit is missing"),
    ] {
        let output = hunt(&more);
        let error = String::from_utf8(output.stderr.clone()).unwrap();
        assert_eq!(output.status.code(), Some(2), "{more:?}: {error}");
        assert!(error.contains(message) && output.stdout.is_empty(), "{more:?}: {error}");
    }
}

/// A folder is not taken for another's, and the words say what can be done.
#[test]
fn a_folder_that_holds_a_hunt_goes_on_only_if_that_is_said() {
    let home = TempDir::new().unwrap();
    let folder = home.path().join("hunts");
    let folder = folder.to_str().unwrap();
    assert_eq!(hunt(&["--runs", "2", "--out", folder]).status.code(), Some(0));
    let again = hunt(&["--runs", "3", "--out", folder]);
    assert_eq!(again.status.code(), Some(2));
    let told = String::from_utf8(again.stderr).unwrap();
    assert_eq!(
        told,
        format!(
            "error: {folder} holds a hunt already; pass --resume to go on with it, or choose another --out\n"
        )
    );
    assert_eq!(hunt(&["--runs", "3", "--out", folder, "--resume"]).status.code(), Some(0));
    // What is only printed is not tried.
    for more in [&["--runs", "5"] as &[&str], &["--for", "1s"], &["--format", "json"], &["--out", folder]] {
        assert_eq!(hunt(&[&["--print", "17"], more].concat()).status.code(), Some(2), "{more:?}");
    }
}
