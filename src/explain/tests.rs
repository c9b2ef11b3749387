//! The same violation is seen again where it happens, and not where it does not.

use std::fs;
use std::path::Path;

use super::restore::named;
use super::same::{Same, Seen};
use super::{Cause, Wanted, explain};
use crate::checker::{Check, CheckState, Violation};
use crate::metrics::Options;
use crate::protocol::Rules;
use crate::scenario::{Scenario, load, parse};
use crate::world::{Outcome, observe_only, simulate};

fn run(scenario: &Scenario) -> Outcome {
    simulate(scenario, Options::default(), &mut |_| {}).unwrap()
}

fn seen(scenario: &Scenario, violation: &Violation) -> Seen {
    let mut same = Same::new(violation);
    observe_only(scenario, &mut same).unwrap();
    same.seen()
}

/// Every shipped regression, as it is and with the whole literal text.
fn broken() -> Vec<(String, Scenario)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/regressions");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let sets: [&[String]; 2] = [&[], &["protocol.rules=literal".to_owned()]];
    let scenarios = paths.iter().flat_map(|path| {
        let loaded = sets.map(|set| load(path, set).ok());
        loaded.into_iter().flatten().map(|scenario| (path.display().to_string(), scenario))
    });
    scenarios.collect()
}

/// A run is the same twice: what the checker called a violation is seen by whom it is shown to. And where every rule is
/// repaired and the check holds, it is not seen.
#[test]
fn a_violation_is_seen_where_it_happens_and_not_where_the_check_holds() {
    let (mut told, mut gone) = (0, 0);
    for (name, scenario) in broken() {
        let mut repaired = scenario.clone();
        repaired.protocol.rules = Rules { destage: scenario.protocol.rules.destage, ..Rules::REPAIRED };
        let holds = run(&repaired).judgement.verdict.checks;
        for violation in &run(&scenario).judgement.verdict.violations {
            let check = violation.check;
            let violation = &named(&scenario, violation).unwrap();
            assert_eq!(seen(&scenario, violation), Seen::Same, "{name}: {check}: {violation:?}");
            told += 1;
            if holds.get(check) == CheckState::Holds {
                assert_ne!(seen(&repaired, violation), Seen::Same, "{name}: {check}: {violation:?}");
                gone += 1;
            }
        }
    }
    assert!(told > 60 && gone > 50, "{told}, {gone}");
}

/// However often a write is resent before its first copy arrives, every arrow of the picture is a packet that took its
/// time, and a bounded number is drawn.
#[test]
fn arrows_take_as_long_as_their_packets() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/regressions/admission.toml");
    let scenario =
        load(&path, &["wan.delay=500ms".to_owned(), "protocol.retransmit_timeout=200ms".to_owned()]).unwrap();
    let verdict = run(&scenario).judgement.verdict;
    let told = super::explain(&scenario, verdict.first_violation().unwrap(), super::Wanted::default());
    let picture = told.unwrap().picture;
    assert!(picture.left_out > 10 && picture.arrows.len() > 10, "{}", picture.left_out);
    let packets = picture.arrows.iter().filter(|arrow| arrow.label.ends_with("sent"));
    for arrow in packets {
        let took = arrow.arrived.map(|arrived| arrived.since(arrow.sent).as_ns());
        assert!(took.is_none_or(|took| took == 500_000_000), "{arrow:?}");
    }
}

/// A fault is told by what it is and what it hits.
#[test]
fn a_story_names_its_faults() {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/regressions/non-volatile-remote-cache.toml");
    let scenario = load(&path, &[]).unwrap();
    let verdict = run(&scenario).judgement.verdict;
    let told = super::explain(&scenario, verdict.first_violation().unwrap(), super::Wanted::default());
    let story = told.unwrap().story;
    assert!(story.iter().any(|scene| scene.what == "crash of R1 begins"), "{story:?}");
}

fn shipped(name: &str, set: &[&str]) -> Scenario {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/regressions").join(name);
    let set: Vec<String> = set.iter().map(|&set| set.to_owned()).collect();
    load(&path, &set).unwrap_or_else(|error| panic!("{error}"))
}

fn cause(scenario: &Scenario) -> Cause {
    let verdict = run(scenario).judgement.verdict;
    let wanted = Wanted { cause: true, ..Wanted::default() };
    explain(scenario, verdict.first_violation().unwrap(), wanted).unwrap().cause
}

/// The settings of the picture beside that of the violation.
fn pictured(scenario: &Scenario) -> Option<String> {
    let verdict = run(scenario).judgement.verdict;
    super::beside(scenario, verdict.first_violation().unwrap()).unwrap().map(|(settings, _)| settings)
}

/// A rule that the file sets by itself is repaired by itself: `protocol.rules=repaired` would leave it.
#[test]
fn the_picture_beside_names_settings_that_do_what_it_shows() {
    assert_eq!(pictured(&shipped("run.toml", &[])).as_deref(), Some("protocol.rule.run=repaired"));
    let literal = pictured(&shipped("literal.toml", &[]));
    assert_eq!(literal.as_deref(), Some("protocol.rules=repaired protocol.rule={}"));
    assert_eq!(
        pictured(&shipped("run.toml", &["protocol.rule={}", "protocol.scheme=none"])).as_deref(),
        Some("protocol.scheme=group")
    );
}

/// "Every other rule repaired": also one that has no effect beside the others, and has one without them. A control message
/// that is lost stops a slave for good (`control`), unless sets are confirmed one by one (`cut-commit`).
#[test]
fn a_rule_is_enough_alone_only_where_every_other_one_is_repaired() {
    let set = ["protocol.rules=literal", "control.loss=0.9", "wan.loss=0.3"];
    let scenario = shipped("cut-apply.toml", &set);
    let Cause::Rules(found) = cause(&scenario) else { panic!("not the rules") };
    let mut enough = 0;
    for tried in found.tried.iter().filter(|tried| tried.alone == Some(true)) {
        let mut alone = scenario.clone();
        alone.protocol.rules = Rules::REPAIRED;
        alone.protocol.rules.set(tried.departure.rule, tried.departure.form).unwrap();
        let checks = run(&alone).judgement.verdict.checks;
        assert_eq!(checks.get(Check::Complete), CheckState::Broken, "{}", tried.departure);
        enough += 1;
    }
    assert_eq!(enough, 1);
}

/// A short queue cuts off what a sender without a window sends again, in the same rhythm again and again: no drain is long
/// enough, and a window that losses narrow is.
#[test]
fn where_resends_keep_a_short_queue_full_a_window_is_tried() {
    let scenario = r#"
        run = { seed = 5, duration = "400ms", warm_up = "0s", drain_limit = "5s" }
        protocol.scheme = "group"
        local_system = [{ name = "L1", units = 2 }]
        remote_system = [{ name = "R1", units = 2, cache = "80000B" }]
        group = [{ name = "G1", pairs = ["L1:1 -> R1:1", "L1:2 -> R1:2"] }]
        fault = [{ kind = "wan-outage", at = "100ms", duration = "200ms" }]
        host = [{ name = "H1", workload = { kind = "poisson", rate = "200/s", on = ["L1"], size = "20000B" } }]
        wan = { delay = "2ms", loss = 0.001, bandwidth = "100Mbit/s", queue = "64KiB", mtu = "1500B" }
        [transport]
        retransmit = "adaptive"
        initial_timeout = "100ms"
        minimum_timeout = "50ms"
        max_timeout = "300ms"
    "#;
    let Cause::CutOff(found) = cause(&parse("short", scenario, Path::new(""), &[]).unwrap()) else {
        panic!("it ended")
    };
    let [drain, window] = &found.remedies[..] else { panic!("{:?}", found.remedies) };
    assert!(drain.set[0].starts_with("run.drain_limit=") && !drain.helps());
    assert_eq!((&window.set[..], window.helps()), (&["transport.window=aimd".to_owned()][..], true));
    // A path's own window would stay as it is.
    let own = r#"path=[{ from = "L1", to = "R1", transport = { window = "1MiB" } }]"#.to_owned();
    let Cause::CutOff(found) = cause(&parse("own", scenario, Path::new(""), &[own]).unwrap()) else {
        panic!("it ended")
    };
    assert!(found.remedies.iter().all(|remedy| remedy.set[0].starts_with("run.drain_limit=")));
}

/// A remedy is offered as a user would set it, so that it must not be refused: a cache that is too small for two numbered
/// streams, or an item of `non-volatile` that has no effect under the scheme.
#[test]
fn what_would_be_refused_is_no_remedy() {
    let two_groups = r#"
        run.duration = "50ms"
        run.drain_limit = "1s"
        protocol.scheme = "none"
        local_system = [{ name = "L1", units = 2 }]
        remote_system = [{ name = "R1", units = 2, cache = "4KiB" }]
        group = [{ name = "G1", pairs = ["L1:1 -> R1:1"] }, { name = "G2", pairs = ["L1:2 -> R1:2"] }]
        script.packets = [{ from = "L1", to = "R1", class = "write-data", number = 1, lost = true }]
        [[host]]
        name = "H1"
        workload = { kind = "scripted", writes = [
            { name = "a", at = "1ms", unit = "L1:1" },
            { name = "b", at = "9ms", unit = "L1:1" },
        ] }
        [wan]
        delay = "5ms"
    "#;
    let Cause::NoPromise(found) = cause(&parse("two", two_groups, Path::new(""), &[]).unwrap()) else {
        panic!("it is promised")
    };
    assert_eq!(found.remedies, []);
    assert_eq!(pictured(&parse("two", two_groups, Path::new(""), &[]).unwrap()), None);
    let given = ["protocol.scheme=adaptive-copy", "protocol.rules=literal", "protocol.rule={}"];
    let Cause::Rules(found) = cause(&shipped("non-volatile-unsent-data.toml", &given)) else {
        panic!("not the rules")
    };
    let [remedy] = &found.remedies[..] else { panic!("{:?}", found.remedies) };
    // It loads.
    let set: Vec<&str> = given.into_iter().chain(remedy.set.iter().map(String::as_str)).collect();
    assert!(run(&shipped("non-volatile-unsent-data.toml", &set)).judgement.verdict.holds(), "{set:?}");
}
