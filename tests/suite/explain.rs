//! Why an order broke, as users are told: the cause is what the regressions say it is, a user's own situation is no bug
//! of ours, what is printed as a remedy is one, and a story fits a screen.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use rcsim::explain::{Cause, Detail, Explanation, Unpromising, Wanted, explain};
use rcsim::metrics::Options;
use rcsim::scenario::{Scenario, load, parse};
use rcsim::world::simulate;
use serde_json::Value;
use tempfile::TempDir;

fn shipped(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(name)
}

/// Explains the first violation; `None` if the order holds.
fn explained(scenario: &Scenario) -> Option<Explanation> {
    let outcome = simulate(scenario, Options::default(), &mut |_| {}).unwrap();
    let violation = outcome.judgement.verdict.first_violation()?;
    let wanted = Wanted { detail: Detail::Brief, cause: true };
    Some(explain(scenario, violation, wanted).unwrap())
}

/// One array each side, a Poisson host, and what a test adds.
fn user(set: &[&str]) -> Scenario {
    let text = r#"
[run]
duration = "2s"
drain_limit = "2s"
[protocol]
scheme = "group"
[[local_system]]
name = "L1"
units = 2
[[remote_system]]
name = "R1"
units = 2
destage_time = "100us"
[[group]]
name = "g"
pairs = ["L1:1 -> R1:1", "L1:2 -> R1:2"]
[[host]]
name = "H1"
[host.workload]
kind = "poisson"
rate = "100/s"
size = "4KiB"
on = ["L1"]
[wan]
delay = { distribution = "exponential", mean = "20ms", minimum = "10ms" }
"#;
    let set: Vec<String> = set.iter().map(ToString::to_string).collect();
    parse("user", text, Path::new("."), &set).unwrap_or_else(|error| panic!("{error}"))
}

/// The rules that a regression's header says let it happen, as `rule = form`.
fn named(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap();
    let facts = text.lines().filter_map(|line| line.strip_prefix("# ")?.split_once(": "));
    let mut named: Vec<String> =
        facts.filter(|(key, _)| matches!(*key, "rule" | "with")).map(|(_, fact)| fact.to_owned()).collect();
    named.sort();
    named
}

/// Every shipped regression of one or two rules: these and no others are the cause, and repairing one mends the run.
#[test]
fn the_cause_of_every_regression_is_what_it_is_about() {
    let mut told = 0;
    for entry in fs::read_dir(shipped("regressions")).unwrap() {
        let path = entry.unwrap().path();
        let scenario = load(&path, &[]).unwrap_or_else(|error| panic!("{error}"));
        let Some(explanation) = explained(&scenario) else { continue };
        let Cause::Rules(cause) = &explanation.cause else {
            panic!("{}: {:?}", path.display(), explanation.cause);
        };
        assert!(cause.gave_up.is_none(), "{}", path.display());
        assert!(cause.remedies.last().is_some_and(|remedy| remedy.holds), "{}", path.display());
        // That of the whole text has them all, and those of tape have no header.
        if path.ends_with("literal.toml") || named(&path).is_empty() {
            continue;
        }
        let alone = cause.tried.iter().filter(|tried| tried.alone == Some(true));
        let mut found: Vec<String> = alone.map(|tried| tried.departure.to_string()).collect();
        found.extend(cause.together.iter().map(ToString::to_string));
        found.sort();
        assert_eq!(found, named(&path), "{}", path.display());
        told += 1;
    }
    assert!(told >= 20, "{told}");
}

/// Whatever breaks under the whole literal text of any shipped scenario, it is not called a bug of ours: repaired, each
/// of them holds. And the search ends.
#[test]
fn the_literal_text_is_never_called_a_bug() {
    let folders = ["regressions", "figures"];
    let files = folders.iter().flat_map(|folder| fs::read_dir(shipped(folder)).unwrap());
    for path in files.map(|entry| entry.unwrap().path()) {
        let Ok(scenario) = load(&path, &["protocol.rules=literal".into()]) else { continue };
        let Some(explanation) = explained(&scenario) else { continue };
        let (name, cause) = (path.display(), &explanation.cause);
        let Cause::Rules(rules) = cause else { panic!("{name}: {cause:?}") };
        assert!(rules.remedies.last().is_some_and(|remedy| remedy.holds), "{name}: {:?}", rules.remedies);
    }
}

/// With two departures of which either lets the same write be passed over, repairing one cures nothing; the words say
/// what was tried with each.
#[test]
fn each_of_several_departures_is_tried_for_the_same_violation() {
    let path = shipped("regressions/literal.toml");
    let Some(Explanation { cause: Cause::Rules(cause), .. }) = explained(&load(&path, &[]).unwrap()) else {
        panic!("literal.toml breaks by its rules");
    };
    let told: Vec<(&str, Option<bool>, Option<bool>)> =
        cause.tried.iter().take(3).map(|tried| (tried.departure.rule, tried.alone, tried.cures)).collect();
    assert_eq!(
        told,
        [
            ("run", Some(true), Some(false)),
            ("idle-stream", Some(true), Some(false)),
            ("compare", Some(false), None)
        ]
    );
}

/// Negative controls have no promise to keep: they are told so, and what does promise is run.
#[test]
fn a_negative_control_is_told_that_it_promises_nothing() {
    for name in ["none", "timestamp-only", "tape-none"] {
        let scenario = load(&shipped("demos").join(name).with_extension("toml"), &[]).unwrap();
        let Some(Explanation { cause: Cause::NoPromise(cause), .. }) = explained(&scenario) else {
            panic!("{name} breaks for want of a promise");
        };
        assert_eq!(matches!(cause.of, Unpromising::Tape(_)), name == "tape-none");
        assert!(cause.remedies.iter().any(|remedy| remedy.holds), "{name}: {:?}", cause.remedies);
    }
}

/// A run that is given too little time is no bug, under any scheme, and is told what was still on its way.
#[test]
fn a_run_that_met_its_drain_limit_is_no_bug() {
    let outage = r#"fault=[{kind="wan-outage",at="1s",duration="10s"}]"#;
    for (set, mends) in [
        (&["wan.bandwidth=2Mbit/s"][..], true),
        (&[outage], true),
        (&["wan.loss=1.0"], false),
        (&["remote_system.R1.destage_time=50ms"], true),
        (&["run.drain_limit=1ms"], true),
        (&["wan.bandwidth=2Mbit/s", "protocol.scheme=in-order-transport"], true),
    ] {
        let scenario = user(set);
        let explanation = explained(&scenario).unwrap();
        let Cause::CutOff(cause) = &explanation.cause else { panic!("{set:?}: {:?}", explanation.cause) };
        assert!(cause.under_way > 0 && cause.under_way <= cause.acknowledged, "{set:?}");
        assert_eq!(cause.remedies.iter().any(|remedy| remedy.holds), mends, "{set:?}: {:?}", cause.remedies);
        let faults: Vec<&str> = cause.faults.iter().map(|(name, ..)| name.as_str()).collect();
        assert_eq!(faults, if set[0] == outage { &["WAN outage"][..] } else { &[] }, "{set:?}");
        assert_eq!(cause.line.packets == cause.line.lost, set[0] == "wan.loss=1.0", "{set:?}");
    }
}

/// A timer below the round trip fills the line with copies: said with figures, and the timer that mends it was run.
#[test]
fn a_line_that_resends_saturated_is_told_with_its_share() {
    let scenario = user(&[
        "wan.delay=270ms",
        "wan.bandwidth=26Mbit/s",
        "host.H1.workload.size=8KiB",
        "protocol.retransmit_timeout=100ms",
        "run.duration=5s",
    ]);
    let Some(Explanation { cause: Cause::CutOff(cause), .. }) = explained(&scenario) else {
        panic!("the run meets its drain limit");
    };
    assert!(cause.line.is_saturated_by_resends(), "{:?}", cause.line);
    assert!(cause.round_trip.unwrap().as_secs_f64() > 0.54, "{:?}", cause.round_trip);
    let remedy = cause.remedies.iter().find(|remedy| remedy.holds).unwrap();
    assert_eq!(remedy.set, ["protocol.retransmit_timeout=600ms"]);
}

/// A folder in which the program runs.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn output(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("rcsim"));
        command.args(arguments).current_dir(self.0.path()).env("NO_COLOR", "1").output().unwrap()
    }

    fn text(&self, arguments: &[&str]) -> String {
        String::from_utf8(self.output(arguments).stdout).unwrap()
    }
}

/// `explain` ends as `run` does, and says so where there is nothing to explain.
#[test]
fn explain_has_the_exit_codes_of_run() {
    let desk = Desk::new();
    let none = shipped("demos/none.toml");
    let none = none.to_str().unwrap();
    for (arguments, code, word) in [
        (&["explain", none][..], 0, "Cause:"),
        (&["explain", none, "--set", "protocol.scheme=group"], 1, "Nothing to explain"),
        (&["explain", none, "--set", "expect={order=\"holds\"}"], 1, "Cause:"),
        (&["explain", none, "--set", "wan.los=1"], 2, ""),
        (&["explain", "nowhere.toml"], 2, ""),
    ] {
        let output = desk.output(arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        assert!(String::from_utf8_lossy(&output.stdout).contains(word), "{arguments:?}");
    }
    let output = desk.output(&["explain", none, "--format", "json"]);
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();
    let cause = &result["explanation"]["cause"];
    assert_eq!(cause["kind"], "no-promise");
    assert_eq!(cause["remedies"][0]["set"][0], "protocol.scheme=group");
    assert_eq!(cause["remedies"][0]["holds"], true);
}

/// What is printed as a remedy is a remedy: the program is given each `--set` and comes to the verdict that was told.
#[test]
fn printed_remedies_are_as_they_were_tried() {
    let desk = Desk::new();
    for (file, set) in [
        ("regressions/run.toml", &[][..]),
        ("regressions/literal.toml", &[]),
        ("regressions/non-volatile-end-key.toml", &["protocol.rules=literal"]),
        ("regressions/idle-stream-naked.toml", &["protocol.rules=literal"]),
        ("demos/none.toml", &["protocol.rules=literal"]),
        ("demos/tape-none.toml", &[]),
    ] {
        let path = shipped(file);
        let mut arguments = vec!["explain", path.to_str().unwrap(), "--format", "json"];
        arguments.extend(set.iter().flat_map(|set| ["--set", set]));
        let result: Value = serde_json::from_str(&desk.text(&arguments)).unwrap();
        let remedies = result["explanation"]["cause"]["remedies"].as_array().unwrap();
        assert!(!remedies.is_empty(), "{file}");
        for remedy in remedies {
            let mut again = vec!["run", path.to_str().unwrap(), "--format", "json"];
            again.extend(set.iter().flat_map(|set| ["--set", set]));
            let settings = remedy["set"].as_array().unwrap();
            again.extend(settings.iter().flat_map(|set| ["--set", set.as_str().unwrap()]));
            let run: Value = serde_json::from_str(&desk.text(&again)).unwrap();
            let holds = run["order"]["verdict"] == "holds";
            assert_eq!(remedy["holds"], holds, "{file}: {remedy}");
            assert_eq!(remedy["breaks"], run["order"]["first_violation"]["check"], "{file}: {remedy}");
        }
    }
}

/// From the violation to the last remedy at most forty-odd lines, however often a write was resent; `full` has them all.
#[test]
fn a_story_fits_a_screen_unless_all_of_it_is_wanted() {
    let desk = Desk::new();
    let path = shipped("regressions/admission.toml");
    let path = path.to_str().unwrap();
    let many = ["run.drain_limit=60s", "path=[]"];
    let lines = |text: &str| {
        let story = text.lines().skip_while(|line| !line.contains(" breaks in group "));
        story.take_while(|line| !line.starts_with("Times")).count()
    };
    let brief = desk.text(&["run", path, "--set", many[0]]);
    assert!(
        brief.contains("L1 resends w0 299 times until 59.82s") || brief.contains("resends w0"),
        "{brief}"
    );
    assert!(lines(&brief) <= 40, "{brief}");
    let full = desk.text(&["run", path, "--set", many[0], "--explain=full"]);
    assert!(lines(&full) > 250, "{}", lines(&full));
    let explained = desk.text(&["explain", path, "--set", many[0], "--full"]);
    assert!(lines(&explained) > 250);
    for set in [&["wan.loss=0.1", "protocol.rules=literal"][..], &["wan.loss=0.9", "run.drain_limit=300ms"]] {
        let path = shipped("demos/quickstart.toml");
        let mut arguments =
            vec!["run", path.to_str().unwrap(), "--set", "run.duration=1s", "--set", "run.warm_up=0s"];
        arguments.extend(set.iter().flat_map(|set| ["--set", set]));
        let brief = desk.text(&arguments);
        assert!(lines(&brief) > 10 && lines(&brief) <= 44, "{set:?}: {brief}");
    }
}

/// The page of a broken run, beside its result and again with figures: checks, proof, picture, story, cause, what was
/// tried, the scenario and the command. One that holds has none beside its result.
#[test]
fn the_page_of_a_broken_run_says_why() {
    let desk = Desk::new();
    let path = shipped("regressions/recovery.toml");
    let path = path.to_str().unwrap();
    assert_eq!(desk.output(&["run", path, "--out", "out"]).status.code(), Some(0));
    assert_eq!(desk.output(&["plot", "out"]).status.code(), Some(0));
    for page in ["out/report.html", "out/figures/report.html"] {
        let html = fs::read_to_string(desk.0.path().join(page)).unwrap();
        for told in [
            "recoverable-prefix breaks in group database",
            "<td class=\"broken\">broken</td>",
            "comes before w1 in local order",
            "<svg class=\"space-time\"",
            "R1 stores limit time",
            "recovery = own",
            "--set protocol.rule.recovery=repaired: the order holds.",
            "rcsim explain",
            "--seed 1",
            "[[fault]]",
        ] {
            assert!(html.contains(told), "{page}: no `{told}`");
        }
        let (checks, figures) = (html.find("Why the order broke").unwrap(), html.find("Reproduce").unwrap());
        assert!(checks < figures);
    }
    // In place of it a run that holds, and no page that says otherwise.
    let held = ["run", path, "--set", "protocol.rule.recovery=repaired", "--out", "out"];
    desk.output(&held);
    assert!(desk.0.path().join("out/result.json").exists());
    assert!(!desk.0.path().join("out/report.html").exists());
}

/// Of several broken runs each has its page; what let it happen is not searched unless that is asked for.
#[test]
fn several_broken_runs_have_a_page_each() {
    let desk = Desk::new();
    let path = shipped("demos/none.toml");
    let path = path.to_str().unwrap();
    for (asked, told) in
        [(&["--seeds", "1..2"][..], "Not searched"), (&["--seeds", "1..2", "--explain"], "promises nothing")]
    {
        let arguments =
            [&["run", path, "--set", "run.duration=1s", "--set", "run.warm_up=0s", "--out", "out"], asked]
                .concat();
        assert_eq!(desk.output(&arguments).status.code(), Some(0));
        for seed in [1, 2] {
            let page = desk.0.path().join(format!("out/none-seed{seed}/report.html"));
            let html = fs::read_to_string(page).unwrap();
            assert!(html.contains(told) && html.contains("comes before"), "seed {seed}");
        }
    }
}

/// `--html` and `--svg`: the picture by itself, and a page without anything from elsewhere that steps through it, with
/// the same writes under the repaired rules beside. (`scripts/test-explain-page.sh` opens it in a browser.)
#[test]
fn the_page_steps_through_the_violation_beside_the_repaired_rules() {
    let folder = tempfile::TempDir::new().unwrap();
    let (page, picture) = (folder.path().join("why.html"), folder.path().join("why.svg"));
    let explain = |scenario: &str| {
        std::process::Command::new(env!("CARGO_BIN_EXE_rcsim"))
            .args(["explain", scenario, "--html", page.to_str().unwrap(), "--svg", picture.to_str().unwrap()])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .unwrap()
    };
    assert_eq!(explain("scenarios/regressions/run.toml").status.code(), Some(0));
    let html = std::fs::read_to_string(&page).unwrap();
    for part in [
        "id=\"broken\"",
        "id=\"repaired\"",
        "protocol.rule.run=repaired",
        "data-at=\"20000000\"",
        "w0 sent: 20ms, lost",
    ] {
        assert!(html.contains(part), "{part}");
    }
    assert!(!html.contains("http://") && !html.contains("https://"), "nothing from elsewhere");
    let svg = std::fs::read_to_string(&picture).unwrap();
    assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\"") && svg.contains("<style>"), "{svg}");
    std::fs::remove_file(&page).unwrap();
    let holds = explain("scenarios/figures/fig-4.toml");
    assert_eq!(holds.status.code(), Some(2), "{holds:?}");
    assert!(String::from_utf8_lossy(&holds.stderr).contains("nothing to draw") && !page.exists());
}

/// Known answer: one write is sent once, on a line that loses half of all packets. Up to its sending the break is a coin;
/// from then on it is settled. The same bytes on any number of threads.
#[test]
fn a_break_is_inevitable_once_its_coin_has_fallen() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("coin.toml");
    let text = r#"
[run]
duration = "10ms"
[protocol]
scheme = "none"
rule.resend = "never"
[[local_system]]
name = "L1"
units = 1
[[remote_system]]
name = "R1"
units = 1
[[group]]
name = "g"
pairs = ["L1:1 -> R1:1"]
[[host]]
name = "H1"
[host.workload]
kind = "scripted"
writes = [{ name = "w", at = "1ms", unit = "L1:1" }]
[wan]
delay = "5ms"
loss = 0.5
"#;
    fs::write(&path, text).unwrap();
    let path = path.to_str().unwrap();
    let run = |seed: u64, more: &[&str]| {
        let seed = seed.to_string();
        let words = [&["run", path, "--seed", &seed, "--format", "json"], more].concat();
        Command::new(env!("CARGO_BIN_EXE_rcsim")).args(words).output().unwrap()
    };
    let result = |output: &Output| serde_json::from_slice::<Value>(&output.stdout).unwrap();
    let is_lost = |seed: &u64| result(&run(*seed, &[]))["order"]["checks"]["complete"] == "broken";
    let seed = (1..20).find(is_lost).unwrap();
    let asked = run(seed, &["--inevitable=200", "--threads", "1"]);
    assert_eq!(run(seed, &["--inevitable=200", "--threads", "3"]).stdout, asked.stdout);
    let found = &result(&asked)["inevitable"];
    assert_eq!((&found["check"], &found["draws"]), (&"complete".into(), &200.into()));
    let instants = found["instants"].as_array().unwrap();
    let (open, settled) = instants.split_at(2);
    assert_eq!(open.iter().map(|at| at["at_ns"].as_u64().unwrap()).collect::<Vec<_>>(), [0, 1_000_000]);
    for instant in open {
        // Four standard deviations of 200 tosses.
        assert!((instant["broken"].as_f64().unwrap() - 100.0).abs() < 28.3, "{instant}");
        assert!(instant["low"].as_f64() < Some(0.5) && instant["high"].as_f64() > Some(0.5), "{instant}");
    }
    assert!(settled.len() > 20 && settled.iter().all(|at| at["broken"] == 200), "{settled:?}");
    assert_eq!(found["certain_ns"], settled[0]["at_ns"]);
    // Nothing to ask about where the order holds, and not of several runs at once.
    let holds = (1..20).find(|seed| !is_lost(seed)).unwrap();
    assert_eq!(result(&run(holds, &["--inevitable"])).get("inevitable"), None);
    let several = Command::new(env!("CARGO_BIN_EXE_rcsim"))
        .args(["run", path, "--seeds", "1..3", "--inevitable"])
        .output()
        .unwrap();
    assert_eq!(several.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&several.stderr).contains("single run"), "{several:?}");
}
