//! The streaming checker against the definition: on tiny worlds under every scheme and every form of every rule,
//! and on facts that no protocol would make of a world, but hardware could.

use super::definition::{self, ByDefinition};
use crate::checker::{Check, CheckState};
use crate::hunt::draw::{self, RulesWanted, Wanted};
use crate::metrics::Options;
use crate::protocol::Scheme;
use crate::scenario::Scenario;
use crate::trace::Recorder;
use crate::units::SimDuration;
use crate::words::Keeping;
use crate::world::judge::Judge;
use crate::world::{Disasters, disasters_only, simulate_observed};

/// A dozen writes or fewer in a world as `rcsim hunt` draws it. The definition tries all pairs of writes at every
/// record: its worlds do not wait for the last of them.
fn tiny_world(seed: u64, scheme: Scheme) -> Scenario {
    let wanted = Wanted { scheme: Some(scheme), rules: RulesWanted::Any, tiny: true };
    let mut scenario = draw::world(seed, &wanted).scenario;
    scenario.run.drain_limit = SimDuration::from_ns(600);
    scenario.run.heal = None;
    scenario
}

/// Every scheme sees this many worlds: 1,500, or as many as `RCSIM_WORLDS` says (`scripts/mutants.sh`). Of
/// synthetic facts there are ten times as many.
pub(super) fn worlds() -> u64 {
    std::env::var("RCSIM_WORLDS").map_or(1_500, |worlds| worlds.parse().unwrap())
}

/// What is wrong with the verdict on a run, if anything is, with the facts.
fn wrong(scenario: &Scenario) -> Option<String> {
    let mut recorder = Recorder::default();
    let outcome = simulate_observed(scenario, Options::default(), &mut recorder, &mut |_| {}).unwrap();
    let verdict = &outcome.judgement.verdict;
    // `complete` takes longer than these tiny worlds last.
    let promised = verdict.promise.kept.iter().filter(|&check| check != Check::Complete);
    let broken = promised.into_iter().find(|&check| verdict.checks.get(check) == CheckState::Broken);
    let broken = broken.map(|check| format!("{check} was promised: {:#?}", verdict.violations));
    let wrong = ByDefinition::of(&recorder).disagreement(verdict).or(broken)?;
    Some(format!("{wrong}\n{}", definition::facts(&recorder)))
}

#[test]
fn checker_and_definition_agree_on_tiny_worlds() {
    for scheme in Scheme::ALL {
        for seed in 0..worlds() {
            let scenario = tiny_world(seed, scheme);
            if let Some(wrong) = wrong(&scenario) {
                panic!("{scheme}, seed {seed}, {:?}: {wrong}", scenario.protocol.rules.departures());
            }
        }
    }
}

/// Each run is judged again as if its scheme might fold writes: checker and definition agree on that too, it forgives
/// what the other denies and never the reverse, and of what a scheme promises nothing changes. (Where an older write is destaged
/// over a later one, the other says so by `pair-order`.)
#[test]
fn a_later_write_stands_for_an_older_one_where_folding_is_promised() {
    let (mut worlds_forgiven, mut broken) = (0, 0);
    for scheme in Scheme::ALL {
        for seed in 0..worlds() / 3 {
            let scenario = tiny_world(seed, scheme);
            let mut recorder = Recorder::default();
            let outcome =
                simulate_observed(&scenario, Options::default(), &mut recorder, &mut |_| {}).unwrap();
            let by_each = outcome.judgement.verdict;
            let preamble = recorder.preamble.as_mut().unwrap();
            preamble.promise.keeping = Keeping::Covered;
            let mut judge = Judge::new(preamble, ());
            judge.record(&recorder.records);
            let covered = judge.finish(recorder.end.as_ref().unwrap()).0;
            if let Some(wrong) = ByDefinition::of(&recorder).disagreement(&covered) {
                panic!("{scheme}, seed {seed}: {wrong}\n{}", definition::facts(&recorder));
            }
            for check in Check::ALL {
                let states = [&by_each, &covered].map(|verdict| verdict.checks.get(check));
                let forgiven = states == [CheckState::Broken, CheckState::Holds];
                let is_buried = check == Check::Complete
                    && by_each.checks.get(Check::PairOrder) == CheckState::Broken
                    && states == [CheckState::Holds, CheckState::Broken];
                let agree = forgiven || is_buried || states[0] == states[1];
                assert!(agree, "{scheme}, seed {seed}, {check}: {states:?}");
                assert!(!forgiven || !by_each.promise.keeps(check) || check == Check::Complete);
                worlds_forgiven += u64::from(forgiven);
                broken += u64::from(states[1] == CheckState::Broken);
            }
        }
    }
    assert!(worlds_forgiven > 0 && broken > worlds_forgiven, "{worlds_forgiven}, {broken}");
}

/// The plug is pulled six times in each of some thousand worlds, whatever their rules; on the way the streaming
/// checker has said at each instant what the recovered image would be.
#[test]
fn checker_and_slow_oracle_agree_on_tiny_worlds() {
    let disasters = Disasters { random: 6, chosen: vec![] };
    let (mut tried, mut broken) = (0, 0);
    for scheme in Scheme::ALL {
        for seed in 0..worlds() / 4 {
            let scenario = tiny_world(seed, scheme);
            let report = disasters_only(&scenario, &disasters, &mut |_| {}).unwrap();
            assert!(
                report.disagreements.is_empty(),
                "{scheme}, seed {seed}, {:?}: {:?}",
                scenario.protocol.rules.departures(),
                report.disagreements
            );
            (tried, broken) = (tried + report.disasters, broken + report.broken);
        }
    }
    assert!(tried > worlds() * 6 && broken > tried / 100 && broken < tried, "{broken} of {tried}");
}
