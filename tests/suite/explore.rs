//! `rcsim explore` as its users meet it: the contract of its JSON, and exit codes.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use rcsim::protocol::Rules;
use serde_json::{Value, json};
use tempfile::TempDir;

/// A scope of the proofs, or a regression.
fn shipped(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn explore(scenario: &str, more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rcsim"));
    command.arg("explore").arg(shipped(scenario)).args(more).output().unwrap()
}

const FIG_4: &str = "results/proof/scopes/fig-4.toml";
const TWO_WRITES: [&str; 4] = ["--set", "explore.writes=2", "--set", "explore.resends=0"];

fn object(output: &Output) -> Value {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    assert_eq!(text.lines().count(), 1, "{text}");
    serde_json::from_str(&text).unwrap()
}

/// 0: every check holds in the whole scope, with all that the contract names.
#[test]
fn a_scope_in_which_everything_holds() {
    let json = ["--format", "json"];
    let output = explore(FIG_4, &[&TWO_WRITES[..], &json].concat());
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let result = object(&output);
    for (key, value) in [
        ("schema", json!(1)),
        ("scheme", json!("group")),
        ("rules", json!("repaired")),
        ("complete", json!(true)),
    ] {
        assert_eq!(result[key], value, "{key}");
    }
    assert_eq!(result["counterexample"], Value::Null);
    assert_eq!(
        (&result["states"], &result["transitions"], &result["depth"]),
        (&json!(1_974), &json!(5_062), &json!(13))
    );
    for check in ["pair-order", "recoverable-prefix", "causal", "complete", "local-order"] {
        assert_eq!(result["checks"][check], "holds");
    }
    assert_eq!(result["checks"]["destage-order"], "not-judged");
    for action in ["issue", "receive-write", "report", "limit", "marker", "duplicate"] {
        assert!(result["actions"][action].as_u64().unwrap() > 0, "{action}");
    }
    assert_eq!(explore(FIG_4, &[&TWO_WRITES[..], &json].concat()).stdout, output.stdout, "the same bytes");
}

/// 1: a counterexample, in words; nobody wrote it down.
#[test]
fn a_scope_in_which_the_order_breaks() {
    let scenario = "scenarios/regressions/run.toml";
    let output = explore(scenario, &["--format", "json"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let found = &object(&output)["counterexample"];
    assert_eq!((&found["check"], &found["length"]), (&json!("recoverable-prefix"), &json!(5)));
    let steps: Vec<&str> =
        found["steps"].as_array().unwrap().iter().map(|step| step.as_str().unwrap()).collect();
    assert_eq!(steps.len(), 5);
    assert!(steps[0].starts_with("H1 issues w0 to L1:1"), "{steps:?}");
    let text = String::from_utf8(explore(scenario, &[]).stdout).unwrap();
    assert!(text.contains("A disaster now would leave w1 at the remote site without w0"), "{text}");
    let repaired = explore(scenario, &["--set", "protocol.rule.run=repaired", "--set", "explore.writes=2"]);
    assert_eq!(repaired.status.code(), Some(0), "{repaired:?}");
}

/// The same bytes on any number of threads, whether the order holds or breaks.
#[test]
fn threads_change_no_byte() {
    let literal =
        ["--set", "protocol.rules=literal", "--set", "explore.writes=2", "--set", "explore.resends=0"];
    for set in [&TWO_WRITES[..], &literal] {
        let on = |threads| {
            let output = explore(FIG_4, &[set, &["--format", "json", "--threads", threads]].concat());
            (output.status.code(), String::from_utf8(output.stdout).unwrap())
        };
        let one = on("1");
        assert!(one.1.contains("\"states\":"), "{one:?}");
        assert_eq!((on("2"), on("3")), (one.clone(), one), "{set:?}");
    }
}

/// 2: what cannot be explored is the user's to mend, and says how.
#[test]
fn a_scenario_that_cannot_be_explored() {
    let folder = TempDir::new().unwrap();
    let empty = folder.path().join("empty.toml");
    let text = fs::read_to_string(shipped(FIG_4)).unwrap();
    fs::write(&empty, text.replace("duration = \"1s\"", "duration = \"1us\"")).unwrap();
    for (scenario, set, message) in [
        (empty.to_str().unwrap(), "run.seed=1", "there is nothing to explore"),
        (FIG_4, "explore.writes=65", "at most 64"),
        (FIG_4, "explore.loses=1", "losses"),
        (FIG_4, "explore.markers=0", "`limit`"),
        ("scenarios/demos/tape-circle.toml", "explore.writes=65", "at most 64"),
        ("results/proof/scopes/tape.toml", "explore.writes=0", "writes"),
        (FIG_4, "explore.markers_before=1001", "at most 1000"),
        (FIG_4, "explore.losses=251", "[explore] losses; found 251, at most 250"),
        (FIG_4, "explore.crashes=16", "[explore] crashes; found 16, at most 15"),
        ("results/proof/scopes/tape.toml", "explore.duplicates=251", "at most 250"),
    ] {
        let one_write = ["--set", "explore.writes=1"];
        let more = if message == "`limit`" { &one_write[..] } else { &[] };
        let output = explore(scenario, &[&["--set", set], more].concat());
        let error = String::from_utf8(output.stderr.clone()).unwrap();
        assert_eq!(output.status.code(), Some(2), "{set}: {output:?}");
        assert!(error.contains(message) && output.stdout.is_empty(), "{set}: {error}");
    }
}

/// `results/proof/README.md` has a row for every rule of disk that can break something in a small scope, in which the
/// literal form breaks and the repaired one holds, and nothing else is broken there.
#[test]
fn the_page_of_proofs_has_every_rule() {
    let page = fs::read_to_string(shipped("results/proof/README.md")).unwrap();
    let (scopes, rules) = page.split_once("## Each rule").unwrap();
    let rows = scopes.lines().filter(|line| line.ends_with("| holds |"));
    for figure in ["Fig. 2", "Fig. 3", "Fig. 4"] {
        for scope in [", per ", ", three writes, a crash |", ", clocks that differ |"] {
            let title = format!("| {figure}{scope}");
            assert!(
                rows.clone().any(|row| row.starts_with(&title)),
                "no row for {title}: run scripts/proof.sh"
            );
        }
    }
    for scheme in ["in-order transport", "synchronous", "cuts"] {
        let mut of_scheme = rows.clone().filter(|row| row.starts_with(&format!("| {scheme}")));
        assert!(of_scheme.any(|row| row.contains("clocks that differ |")), "{scheme}: {scopes}");
    }
    for title in [
        "| epochs, two local and two remote arrays |",
        "| pulled, ",
        "| released ",
        "| hosts wait for the line",
    ] {
        assert!(rows.clone().any(|row| row.starts_with(title)), "no row for {title}: run scripts/proof.sh");
    }
    // These forms are safe.
    let safe = ["limit-scope", "destage"];
    for rule in Rules::NAMES.iter().filter(|rule| !safe.contains(rule)) {
        let rows: Vec<_> = rules.lines().filter(|line| line.starts_with(&format!("| `{rule}` |"))).collect();
        assert!(!rows.is_empty(), "no row for {rule}: run scripts/proof.sh");
        assert!(rows.iter().all(|row| row.contains("| holds, ") && !row.contains("nothing")), "{rows:?}");
    }
}

/// Every action that the scope has is counted, and those that it leaves out are named; an action of the scope that never
/// happened is an error, unless the order broke before.
#[test]
fn every_action_is_counted_or_left_out() {
    let result = object(&explore(FIG_4, &[&TWO_WRITES[..], &["--format", "json"]].concat()));
    let fired: Vec<&String> = result["actions"].as_object().unwrap().keys().collect();
    let excluded: Vec<&str> =
        result["excluded"].as_array().unwrap().iter().map(|kind| kind.as_str().unwrap()).collect();
    assert!(excluded.contains(&"crash") && excluded.contains(&"begin"), "{excluded:?}");
    assert_eq!(fired.len() + excluded.len(), 29);
    assert!(fired.iter().all(|kind| !excluded.contains(&kind.as_str())));
    assert!(result["table_bytes"].as_u64().unwrap() > 0);
    assert_eq!(result["collision_probability"], 0.0);
    let text = String::from_utf8(explore(FIG_4, &TWO_WRITES).stdout).unwrap();
    for part in
        ["distinct states", "generated", "depth", "out of a state", "bytes a state", "at most", "the odds"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(text.contains("Not in this scope: "), "{text}");
    let never = explore(FIG_4, &["--set", "explore.markers=0", "--set", "explore.writes=1"]);
    let error = String::from_utf8(never.stderr.clone()).unwrap();
    assert_eq!(never.status.code(), Some(2), "{never:?}");
    assert!(error.contains("`limit`") && error.contains("never happened"), "{error}");
}

/// Tape is explored as disk is.
#[test]
fn tape_is_explored() {
    let scope = "results/proof/scopes/tape.toml";
    let small = ["--set", "explore.writes=1", "--set", "explore.resends=1", "--format", "json"];
    let output = explore(scope, &small);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let result = object(&output);
    assert_eq!((&result["complete"], &result["numbering"]), (&json!(true), &json!("sequence-number")));
    assert_eq!(result["checks"]["tape-order"], "holds");
    assert_eq!(result["checks"]["recoverable-prefix"], "not-checked");
    let literal = explore(scope, &[&small[..], &["--set", "protocol.rule.resend=never"]].concat());
    assert_eq!(literal.status.code(), Some(1), "{literal:?}");
    assert_eq!(object(&literal)["counterexample"]["check"], "complete");
}

/// 3: time or memory ended it: nothing is said to hold.
#[test]
fn an_exploration_that_memory_or_time_ends() {
    for limit in [["--for", "1ms"], ["--memory", "1MiB"]] {
        let output = explore(FIG_4, &[&limit[..], &["--format", "json"]].concat());
        assert_eq!(output.status.code(), Some(3), "{output:?}");
        let result = object(&output);
        assert_eq!(result["complete"], false);
        assert_eq!(result["checks"]["recoverable-prefix"], "not-checked");
        assert_eq!(result["counterexample"], Value::Null);
        assert!(result["states"].as_u64().unwrap() > 1);
    }
}

/// Of the rivals' rules each breaks in its literal form, and holds in the same scope repaired: nobody wrote these
/// interleavings down.
#[test]
fn sets_are_explored_literal_and_repaired() {
    let few = ["explore.losses=0", "explore.duplicates=0", "explore.resends=0", "explore.writes=2"];
    for (rule, form, check, more) in [
        ("epoch-close", "submission", "causal", "explore.writes=3"),
        ("barrier", "number", "causal", "explore.writes=2"),
        ("cut-window", "none", "recoverable-prefix", "explore.cuts=1"),
        ("cut-commit", "each", "recoverable-prefix", "explore.cuts=1"),
        ("cut-apply", "in-place", "recoverable-prefix", "explore.cuts=1"),
        ("cut-fold", "across", "recoverable-prefix", "explore.writes=3"),
        ("cut-revert", "none", "recoverable-prefix", "explore.cuts=1"),
        ("flash-copy", "at-command", "recoverable-prefix", "explore.cuts=1"),
    ] {
        let scenario = format!("scenarios/regressions/{rule}.toml");
        let run = |form: &str| {
            let rule = format!("protocol.rule.{rule}={form}");
            let settings = few.iter().copied().chain([more, rule.as_str()]).flat_map(|set| ["--set", set]);
            let all: Vec<&str> = settings.chain(["--format", "json"]).collect();
            let output = explore(&scenario, &all);
            (output.status.code(), object(&output))
        };
        let (code, broken) = run(form);
        assert_eq!((code, &broken["counterexample"]["check"]), (Some(1), &json!(check)), "{rule}");
        let (code, holds) = run("repaired");
        assert_eq!((code, &holds["complete"]), (Some(0), &json!(true)), "{rule}: {holds}");
    }
}
