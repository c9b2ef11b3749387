//! Hunts are the same again, and find what is broken on purpose.

use super::probes::Probe;
use super::*;

const CLEAN: Hunt = Hunt { seed: 1, sabotage: None };

fn tally(hunt: &Hunt, worlds: u64) -> Tally {
    let mut tally = Tally::new();
    for index in 0..worlds {
        let (world, trial) = hunt.try_world(index).unwrap();
        tally.add(index, &world, &trial);
    }
    tally
}

#[test]
fn nothing_is_wrong_in_a_few_hundred_worlds() {
    let tally = tally(&CLEAN, 400);
    assert_eq!(tally.failures, []);
    assert!(tally.converged > 200 && tally.disasters > 100, "{tally:#?}");
    assert!(tally.unmet().len() < Probe::ALL.len() / 3, "{:?}", tally.unmet());
}

#[test]
fn a_rule_is_sabotaged_by_name_or_by_form() {
    let departures = |text| Sabotage::of(text).map(|sabotage| sabotage.departures.len()).ok();
    assert_eq!(departures("run"), Some(1));
    assert_eq!(departures("non-volatile"), Some(8));
    assert_eq!(departures("non-volatile=counters"), Some(1));
    assert_eq!(Sabotage::of("width").unwrap().departures[0].form, "8");
    for text in ["destage", "run=next-expected", "no-such-rule", "run=no-such-form"] {
        assert!(Sabotage::of(text).is_err(), "{text}");
    }
}

/// Literal forms of rules of every part, each found within a few worlds.
#[test]
fn what_is_broken_on_purpose_is_found() {
    for rule in ["run", "idle-stream", "duplicate", "resend", "local-destage", "medium", "retain"] {
        let hunt = Hunt { sabotage: Some(Sabotage::of(rule).unwrap()), ..CLEAN };
        let is_found = |index| hunt.try_world(index).unwrap().1.finding.is_some();
        assert!((0..150).any(is_found), "{rule}");
    }
}

/// It is the rule that is found: with it repaired, the same world keeps what is promised.
#[test]
fn a_rule_is_found_only_where_it_makes_the_difference() {
    let hunt = Hunt { sabotage: Some(Sabotage::of("resend").unwrap()), ..CLEAN };
    let (mut found, mut both) = (0, 0);
    for index in 0..40 {
        let (mut world, trial) = hunt.try_world(index).unwrap();
        world.scenario.protocol.rules = Rules::REPAIRED;
        let promised = trial::promised(&world.scenario, &RulesWanted::Mixed);
        let repaired = trial::try_world(&world, promised, false).unwrap().finding;
        found += u32::from(trial.finding.is_some());
        both += u32::from(trial.finding.is_some() && repaired.is_some());
        assert_eq!(trial.also_repaired, trial.finding.is_none() && repaired.is_some(), "world {index}");
    }
    assert!(found > 10 && both == 0, "{found} found, {both} of them without the rule");
}
