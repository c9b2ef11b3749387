//! The shipped tape scenarios: each does what its `[expect]` says, and each regression holds once its rule is repaired.

use std::path::{Path, PathBuf};

use rcsim::checker::CheckState;
use rcsim::metrics::Options;
use rcsim::protocol::Rules;
use rcsim::scenario::validated::ExpectOrder;
use rcsim::scenario::{self, Scenario};
use rcsim::world::{Outcome, simulate};

/// The seeds on which every regression is replayed.
const SEEDS: [u64; 5] = [1, 2, 3, 4, 5];

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(name)
}

fn load(path: &Path, set: &[String]) -> Scenario {
    scenario::load(path, set).unwrap_or_else(|error| panic!("{error}"))
}

/// Runs `scenario` with another seed.
pub fn run(scenario: &Scenario, seed: u64) -> Outcome {
    simulate(&scenario.clone().with_seed(seed), Options::default(), &mut |_| {}).unwrap()
}

/// Does the outcome meet `[expect]`, single checks included?
fn assert_expected(scenario: &Scenario, outcome: &Outcome, what: &str) {
    let verdict = &outcome.judgement.verdict;
    let found = if verdict.holds() { ExpectOrder::Holds } else { ExpectOrder::Broken };
    assert_eq!(scenario.expect().order, Some(found), "{what}: {:?}", verdict.violations);
    for (check, expected) in &scenario.expect().checks {
        assert_eq!(verdict.checks.get(*check), *expected, "{what}: {check}: {:?}", verdict.violations);
    }
}

/// The regressions of tape rules, by file stem.
fn regressions() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder("regressions")).unwrap().map(|entry| entry.unwrap().path());
    let is_tape = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().starts_with("tape-");
    let mut files: Vec<_> = entries.filter(is_tape).collect();
    files.sort();
    files
}

#[test]
fn every_literal_tape_rule_breaks_what_its_scenario_says_and_holds_repaired_on_the_same_seeds() {
    let mut rules: Vec<&str> = Vec::new();
    for path in regressions() {
        let literal = load(&path, &[]);
        let departures = literal.protocol().rules.departures();
        assert_eq!(departures.len(), 1, "{}: one rule at a time", path.display());
        let rule = departures[0].rule;
        rules.push(Rules::NAMES.iter().find(|name| **name == rule).unwrap());
        let repaired = load(&path, &[format!("protocol.rule.{rule}=repaired")]);
        assert_eq!(repaired.protocol().rules, Rules::REPAIRED);
        for seed in SEEDS {
            let what = format!("{}, seed {seed}", path.display());
            assert_expected(&literal, &run(&literal, seed), &what);
            let held = run(&repaired, seed);
            assert!(held.judgement.verdict.holds(), "{what}: {:?}", held.judgement.verdict.violations);
        }
    }
    for rule in [
        "medium",
        "insert",
        "next-counter",
        "retain",
        "duplicate",
        "resend",
        "window",
        "assembly",
        "initiators",
    ] {
        assert!(rules.contains(&rule), "no regression for rule {rule}");
    }
}

#[test]
fn a_queue_that_is_empty_between_two_groups_does_not_matter_to_fig_21() {
    let path = folder("regressions").join("tape-next-counter.toml");
    let fig_21 = load(&path, &["tape_system.T1.numbering=block-id".into()]);
    for seed in SEEDS {
        assert!(run(&fig_21, seed).judgement.verdict.holds());
    }
}

#[test]
fn the_tape_figures_and_demos_do_what_they_say() {
    for (place, name) in [
        ("figures", "fig-16"),
        ("figures", "fig-21"),
        ("demos", "tape-circle"),
        ("demos", "tape-none"),
        ("demos", "tape-stop-and-wait"),
    ] {
        let scenario = load(&folder(place).join(format!("{name}.toml")), &[]);
        assert_expected(&scenario, &run(&scenario, scenario.run().seed), name);
    }
}

#[test]
fn stop_and_wait_gets_one_block_per_round_trip_and_m_requests_get_m() {
    let path = folder("demos").join("tape-stop-and-wait.toml");
    let rate = |m: u64| {
        // No loss, so that only distance counts: 20 ms each way.
        let set = [
            format!("tape_job.backup.m={m}"),
            "wan.delay=20ms".into(),
            "wan.loss=0".into(),
            "wan.duplicate=0".into(),
        ];
        let outcome = run(&load(&path, &set), 1);
        outcome.judgement.tape.unwrap().jobs[0].read_bytes_per_s
    };
    // Besides the round trip of 40 ms, a block takes 0.2 ms to pass 10 Gbit/s.
    let bound = |m: f64| m * 262_144.0 / 0.0402;
    for m in [1, 2, 8] {
        let ratio = rate(m) / bound(m as f64);
        assert!((0.95..1.05).contains(&ratio), "m = {m}: {ratio}");
    }
}

#[test]
fn tape_may_stand_beside_disk_systems() {
    let disks = include_str!("../../scenarios/demos/quickstart.toml");
    let tape = include_str!("../../scenarios/demos/tape-circle.toml");
    let tables = &tape[tape.find("[[tape_system]]").unwrap()..tape.find("[wan]").unwrap()];
    let text = disks.replace("[wan]", &format!("{tables}[wan]"));
    let set = ["tape_job.backup.blocks=200".into(), "run.duration=2s".into(), "run.drain_limit=5min".into()];
    let scenario = scenario::parse("both", &text, Path::new(""), &set).unwrap_or_else(|e| panic!("{e}"));
    let outcome = run(&scenario, 1);
    let verdict = &outcome.judgement.verdict;
    assert!(verdict.holds(), "{:?}", verdict.violations);
    assert!(verdict.checks.iter().filter(|(_, state)| *state == CheckState::Holds).count() >= 6);
    assert!(outcome.judgement.counts.acknowledged > 100);
    assert_eq!(outcome.judgement.tape.unwrap().jobs[0].differing_blocks, Some(0));
}
