//! What a hunt found, as one JSON object: no wall clock, and nothing that hangs on the machine.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::hunt::{Failure, Hunt, Tally, WORLDS_FOR_PROBES};

/// The result of `rcsim hunt`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HuntResult {
    /// Version of this format.
    pub schema: u32,
    /// Version of the program.
    pub rcsim: &'static str,
    /// The seed from which every world is drawn.
    pub seed: u64,
    /// The rule that is broken on purpose, if one is.
    pub sabotage: Option<String>,
    /// Were all worlds tried that were asked for, or as many as the time allowed?
    pub complete: bool,
    /// Was something found? With `sabotage` that is what should be.
    pub found: bool,
    /// Worlds tried, from 0 on.
    pub worlds: u64,
    /// Writes, and blocks of tape.
    pub writes: u64,
    /// Events.
    pub events: u64,
    /// Worlds by scheme, `tape` among them.
    pub schemes: BTreeMap<String, u64>,
    /// Worlds by kind of trouble.
    pub troubles: BTreeMap<String, u64>,
    /// Worlds that had to converge once everything was healed.
    pub liveness: LivenessResult,
    /// What the slow oracle found.
    pub oracle: OracleTally,
    /// Worlds in which each rare state was met.
    pub probes: BTreeMap<String, u64>,
    /// Rare states that no world has met.
    pub unmet: Vec<&'static str>,
    /// Are rare states that were not met a failure? Of few worlds they are not.
    pub probes_judged: bool,
    /// Worlds in which something is wrong.
    pub failed: u64,
    /// Worlds in which something is wrong whether the rule is broken on purpose or not: they are not among `failed`.
    pub also_repaired: u64,
    /// The first of them.
    pub failures: Vec<Failure>,
    /// The one that is replayed most quickly.
    pub quickest: Option<QuickestResult>,
}

/// Worlds that had to converge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LivenessResult {
    /// That did.
    pub converged: u64,
    /// That did not.
    pub stalled: u64,
    /// The most turns that one of them took: a turn is as long as one of everything takes.
    pub most_turns: u64,
    /// Worlds that were cut off for having come to very many facts: whether they converge was not seen.
    pub cut_off: u64,
    /// The first of them.
    pub first_cut_off: Vec<u64>,
}

/// What the slow oracle did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct OracleTally {
    /// Worlds.
    pub worlds: u64,
    /// Disasters tried.
    pub disasters: u64,
    /// Of these, how many left a broken image, which the checker had said too.
    pub broken: u64,
}

/// The failing world that is replayed most quickly.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct QuickestResult {
    /// What is wrong in it.
    #[serde(flatten)]
    pub failure: Failure,
    /// All of it, as a scenario.
    pub scenario: String,
    /// The smallest scenario that breaks in the same way, where it was looked for and found.
    pub shrunk: Option<String>,
}

impl HuntResult {
    /// From what was added up; `scenario` is the quickest failing world, `shrunk` what is left of it.
    pub fn new(
        hunt: &Hunt,
        tally: &Tally,
        complete: bool,
        scenario: Option<String>,
        shrunk: Option<String>,
    ) -> Self {
        let stalled = tally.stalled;
        let quickest = tally.quickest.clone().zip(scenario);
        Self {
            schema: 1,
            rcsim: env!("CARGO_PKG_VERSION"),
            seed: hunt.seed,
            sabotage: hunt.sabotage.as_ref().map(|sabotage| sabotage.name.clone()),
            complete,
            found: tally.failed > 0,
            worlds: tally.worlds,
            writes: tally.writes,
            events: tally.events,
            schemes: tally.schemes.clone(),
            troubles: tally.troubles.clone(),
            liveness: LivenessResult {
                converged: tally.converged,
                stalled,
                most_turns: tally.most_turns,
                cut_off: tally.cut_off,
                first_cut_off: tally.first_cut_off.clone(),
            },
            oracle: OracleTally {
                worlds: tally.oracle_worlds,
                disasters: tally.disasters,
                broken: tally.broken_images,
            },
            probes: tally.probes.clone(),
            unmet: tally.unmet(),
            probes_judged: hunt.sabotage.is_none() && tally.worlds >= WORLDS_FOR_PROBES,
            failed: tally.failed,
            also_repaired: tally.also_repaired,
            failures: tally.failures.clone(),
            quickest: quickest.map(|(failure, scenario)| QuickestResult { failure, scenario, shrunk }),
        }
    }

    /// Is nothing wrong, and was every rare state met that had to be?
    pub fn is_clean(&self) -> bool {
        !self.found && (!self.probes_judged || self.unmet.is_empty())
    }

    /// The result on one line, with its line end.
    pub fn line(&self) -> String {
        super::json::to_line(self)
    }
}
