//! Why an order broke: the story of the two writes that prove a violation, and the least departure from the
//! repaired rules that lets it happen.
//!
//! A run is determined by its scenario, so nothing is kept while it runs: the story is what a witness sees when the
//! same run is run again, and the cause is found by repairing one rule after the other. Judges nothing itself.

mod witness;

pub use witness::{Lane, Scene};

use crate::checker::{Check, CheckState, Violation};
use crate::metrics::Options;
use crate::protocol::rules::Departure;
use crate::protocol::{Rules, Scheme};
use crate::scenario::Scenario;
use crate::units::{SimDuration, SimTime};
use crate::world::build::promise;
use crate::world::{SimulateError, simulate, simulate_observed};
use witness::Witness;

/// A violation, explained.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// What was seen of the writes that prove it, in the order of time, up to its instant.
    pub story: Vec<Scene>,
    /// What let it happen.
    pub cause: Cause,
}

/// What let a violation happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// These departures from the repaired rules: without any one of them the check holds.
    Rules(Vec<Departure>),
    /// The scheme does not promise this order.
    Scheme(Scheme),
    /// A promise that was not kept, with all rules repaired: a bug of the protocol or of the checker.
    Unknown,
}

/// Explains `violation` of a run of `scenario`, by running it again: once for the story, and once per departure from
/// the repaired rules for the cause.
///
/// # Errors
/// When a trace cannot be read.
pub fn explain(scenario: &Scenario, violation: &Violation) -> Result<Explanation, SimulateError> {
    let short = until(scenario, violation);
    let mut witness = Witness::new(&short, violation);
    simulate_observed(&short, Options::default(), &mut witness, &mut |_| {})?;
    Ok(Explanation { story: witness.into_story(), cause: cause(&short, violation.check)? })
}

/// The scenario, cut off soon after the violation: what happens up to it is the same.
fn until(scenario: &Scenario, violation: &Violation) -> Scenario {
    let mut short = scenario.clone();
    if !matches!(violation.check, Check::Complete | Check::LocalOrder | Check::TapeOrder) {
        let reached = violation.at.since(SimTime::ZERO) + SimDuration::NANOSECOND;
        let drain = reached.as_ns().saturating_sub(scenario.run.duration.as_ns());
        short.run.duration = scenario.run.duration.min(reached);
        short.run.warm_up = SimDuration::ZERO;
        short.run.drain_limit =
            SimDuration::from_ns(drain).saturating_add(scenario.protocol.retransmit_timeout);
    }
    short
}

/// The least set of departures under which `check` still breaks, found by repairing one after the other.
fn cause(scenario: &Scenario, check: Check) -> Result<Cause, SimulateError> {
    let scheme = scenario.protocol.scheme;
    let breaks = |rules: Rules| -> Result<bool, SimulateError> {
        let mut tried = scenario.clone();
        tried.protocol.rules = rules;
        let verdict = simulate(&tried, Options::default(), &mut |_| {})?.judgement.verdict;
        Ok(verdict.checks.get(check) == CheckState::Broken)
    };
    let repaired = Rules { destage: scenario.protocol.rules.destage, ..Rules::REPAIRED };
    if breaks(repaired)? {
        let mut cured = scenario.clone();
        cured.protocol.rules = repaired;
        let promised = promise(&cured).keeps(check);
        return Ok(if promised { Cause::Unknown } else { Cause::Scheme(scheme) });
    }
    let mut rules = scenario.protocol.rules_in_force();
    for departure in rules.departures() {
        let without = rules.without(&departure);
        if breaks(without)? {
            rules = without;
        }
    }
    Ok(Cause::Rules(rules.departures()))
}
