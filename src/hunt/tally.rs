//! What came of many worlds, added up world by world. Sums and least values only, so that parts can be put together.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::draw::World;
use super::probes::Probe;
use super::trial::{Trial, Wrong};

/// A world in which something is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Its number.
    pub world: u64,
    /// Its seed.
    pub seed: u64,
    /// What is wrong: a check, `liveness`, `oracle` or `panic`.
    pub wrong: String,
    /// The scheme, or `tape`.
    pub scheme: String,
    /// Events of its run: how quickly it is replayed.
    pub events: u64,
    /// When, in nanoseconds of simulated time.
    pub at_ns: u64,
    /// Why, in words.
    pub why: String,
}

/// So many failures are kept by number; all are counted.
const MOST_FAILURES: usize = 100;

/// What came of the worlds from 0 to `worlds` - 1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Worlds tried.
    pub worlds: u64,
    /// Writes, and blocks of tape.
    pub writes: u64,
    /// Events.
    pub events: u64,
    /// Worlds by scheme, `tape` among them.
    pub schemes: BTreeMap<String, u64>,
    /// Worlds by kind of trouble.
    pub troubles: BTreeMap<String, u64>,
    /// Worlds in which each probe was met.
    pub probes: BTreeMap<String, u64>,
    /// Worlds that had to converge and did.
    pub converged: u64,
    /// Worlds that had to converge and did not.
    pub stalled: u64,
    /// The most turns that one of them took.
    pub most_turns: u64,
    /// Worlds that were cut off before that was seen.
    #[serde(default)]
    pub cut_off: u64,
    /// The first of them.
    #[serde(default)]
    pub first_cut_off: Vec<u64>,
    /// Worlds that the slow oracle judged.
    pub oracle_worlds: u64,
    /// Disasters that it tried.
    pub disasters: u64,
    /// Of these, how many left a broken image (negative controls, rules that may break).
    pub broken_images: u64,
    /// Worlds in which something is wrong.
    pub failed: u64,
    /// Worlds in which something is wrong whether the rule is broken on purpose or not: they are not among `failed`.
    #[serde(default)]
    pub also_repaired: u64,
    /// The first of them.
    pub failures: Vec<Failure>,
    /// The one that is replayed most quickly.
    pub quickest: Option<Failure>,
}

impl Tally {
    /// Nothing was tried yet.
    pub fn new() -> Self {
        let probes = Probe::ALL.iter().map(|probe| (probe.name().to_owned(), 0)).collect();
        Self { probes, ..Self::default() }
    }

    /// The next world was tried.
    pub fn add(&mut self, index: u64, world: &World, trial: &Trial) {
        let mut count = |map: fn(&mut Self) -> &mut BTreeMap<String, u64>, name: &str| {
            *map(self).entry(name.to_owned()).or_default() += 1;
        };
        let scheme = scheme_of(world);
        count(|tally| &mut tally.schemes, scheme);
        for kind in world.troubles.kinds() {
            count(|tally| &mut tally.troubles, kind.name());
        }
        for probe in Probe::ALL {
            if trial.met.times(*probe) > 0 {
                count(|tally| &mut tally.probes, probe.name());
            }
        }
        self.worlds += 1;
        self.writes += trial.writes;
        self.events += trial.events;
        if let Some(turns) = trial.turns {
            self.converged += 1;
            self.most_turns = self.most_turns.max(turns);
        }
        if trial.cut_off {
            self.cut_off += 1;
            if self.first_cut_off.len() < MOST_FAILURES {
                self.first_cut_off.push(index);
            }
        }
        if let Some(oracle) = &trial.oracle {
            self.oracle_worlds += 1;
            self.disasters += oracle.disasters;
            self.broken_images += oracle.broken;
        }
        self.also_repaired += u64::from(trial.also_repaired);
        let Some(finding) = &trial.finding else { return };
        let failure = Failure {
            world: index,
            seed: world.scenario.run.seed,
            wrong: finding.wrong.name().to_owned(),
            scheme: scheme.to_owned(),
            events: trial.events,
            at_ns: finding.at.as_ns(),
            why: finding.why.clone(),
        };
        self.failed += 1;
        self.stalled += u64::from(finding.wrong == Wrong::NotConverged);
        if self.quickest.as_ref().is_none_or(|quickest| failure.events < quickest.events) {
            self.quickest = Some(failure.clone());
        }
        if self.failures.len() < MOST_FAILURES {
            self.failures.push(failure);
        }
    }

    /// Probes that no world has met, as far as they can be in this hunt.
    pub fn unmet(&self) -> Vec<&'static str> {
        let met = |probe: &Probe| self.probes.get(probe.name()).is_some_and(|worlds| *worlds > 0);
        Probe::ALL.iter().filter(|probe| !met(probe)).map(|probe| probe.name()).collect()
    }
}

/// The scheme of a world, or `tape`.
pub fn scheme_of(world: &World) -> &'static str {
    if world.scenario.pairs.is_empty() { "tape" } else { world.scenario.protocol.scheme.name() }
}
