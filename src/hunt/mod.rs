//! Hunting beyond every scope: random worlds, judged by the checker, now and then by the slow oracle.
//!
//! | room | does |
//! |---|---|
//! | `draw` | random worlds from one seed |
//! | `trial` | runs a world, and judges it by what its scheme promises |
//! | `probes` | counts rare states from the facts |
//! | `tally` | adds up what came of many worlds |
//!
//! A world is named by the seed of the hunt and its number, and judged by nothing else: what comes of a hunt does not
//! depend on threads, and a hunt that was cut short goes on where it stopped.

pub mod draw;
pub mod probes;
pub mod tally;
pub mod trial;

use crate::engine::dice::Dice;
use crate::protocol::Rules;
use crate::protocol::rules::{Departure, UnknownForm};
use crate::scenario::Scenario;
use crate::world::SimulateError;
use draw::{RulesWanted, Wanted, World};
pub use tally::{Failure, Tally};
pub use trial::{Trial, Wrong};

/// The slow oracle judges one world in so many.
pub const ORACLE_EVERY: u64 = 8;

/// From this many worlds on, a probe that was never met fails the hunt. The rarest probe is met in about one world in
/// 150, so that of 5,000 worlds one without it has a chance below 10^-14.
pub const WORLDS_FOR_PROBES: u64 = 5_000;

/// A hunt: which worlds it tries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hunt {
    /// The seed from which everything is drawn.
    pub seed: u64,
    /// The rule that is broken on purpose.
    pub sabotage: Option<Sabotage>,
}

/// A rule that is broken on purpose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sabotage {
    /// As it was asked for: `run`, or `width=16`.
    pub name: String,
    /// What differs from the repaired rules.
    pub departures: Vec<Departure>,
}

impl Sabotage {
    /// The literal form of a rule, or `RULE=FORM`. Of `width` the narrowest literal form is taken, 8 bits: 2^32 packets
    /// are in no world.
    ///
    /// # Errors
    /// When there is no such rule or form, or the form is the repaired one.
    pub fn of(text: &str) -> Result<Self, SabotageError> {
        let (rule, form) = text.split_once('=').unwrap_or((text, "literal"));
        let form = if (rule, form) == ("width", "literal") { "8" } else { form };
        let mut rules = Rules::REPAIRED;
        rules.set(rule, form).map_err(|error| match error {
            UnknownForm::Rule => SabotageError::Rule(rule.to_owned()),
            UnknownForm::Form => SabotageError::Form(
                rule.to_owned(),
                form.to_owned(),
                Rules::forms(rule).unwrap_or_default().join(", "),
            ),
        })?;
        let departures = rules.departures();
        if departures.is_empty() {
            return Err(SabotageError::Repaired(rule.to_owned(), form.to_owned()));
        }
        Ok(Self { name: text.to_owned(), departures })
    }
}

/// Why a rule cannot be broken on purpose.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SabotageError {
    /// There is none of that name.
    #[error("--sabotage: expected the name of a rule, found `{0}`; there are: {names}", names = Rules::NAMES.join(", "))]
    Rule(String),
    /// It has no such form.
    #[error("--sabotage: expected a form of rule `{0}`, found `{1}`; there are: {2}")]
    Form(String, String, String),
    /// Nothing would be broken.
    #[error("--sabotage: `{1}` of rule `{0}` is its repaired form, so that nothing would be broken")]
    Repaired(String, String),
}

impl Hunt {
    /// The seed of world number `index`.
    pub fn seed_of(&self, index: u64) -> u64 {
        // Any 63 bits, so that a TOML integer holds them.
        Dice::new(&format!("hunt/{index}"), self.seed).below(1 << 63)
    }

    /// World number `index`.
    pub fn world(&self, index: u64) -> World {
        draw::world(self.seed_of(index), &self.wanted())
    }

    fn wanted(&self) -> Wanted {
        let rules = match &self.sabotage {
            None => RulesWanted::Mixed,
            Some(sabotage) => RulesWanted::Sabotaged(sabotage.departures.clone()),
        };
        Wanted { scheme: None, rules, tiny: false }
    }

    /// Tries world number `index`. A rule that is broken on purpose is found only where the same world keeps what is
    /// promised with the rule repaired.
    ///
    /// # Errors
    /// None: a random world reads no file.
    pub fn try_world(&self, index: u64) -> Result<(World, Trial), SimulateError> {
        let world = self.world(index);
        let promised = trial::promised(&world.scenario, &self.wanted().rules);
        let oracle = self.sabotage.is_none() && index.is_multiple_of(ORACLE_EVERY);
        let mut trial = trial::try_world(&world, promised, oracle)?;
        if self.sabotage.is_some() && trial.finding.is_some() {
            let mut repaired = world.clone();
            repaired.scenario.protocol.rules = Rules::REPAIRED;
            if trial::try_world(&repaired, promised, false)?.finding.is_some() {
                (trial.finding, trial.also_repaired) = (None, true);
            }
        }
        Ok((world, trial))
    }

    /// World number `index` as a scenario that says what is expected of it: what is promised holds, unless `broken`.
    pub fn scenario(&self, index: u64, broken: Option<Wrong>) -> Scenario {
        use crate::checker::CheckState;
        use crate::scenario::validated::{Expect, ExpectOrder};
        let mut scenario = self.world(index).scenario;
        scenario.name = format!("hunt-{index}");
        scenario.title = format!("World {index} of the hunt with seed {}", self.seed);
        scenario.expect = match broken.and_then(Wrong::check) {
            Some(check) => Expect {
                order: Some(ExpectOrder::Broken),
                checks: [(check, CheckState::Broken)].into(),
                ..Expect::default()
            },
            None => Expect { order: Some(ExpectOrder::Holds), ..Expect::default() },
        };
        scenario
    }
}

#[cfg(test)]
mod tests;
