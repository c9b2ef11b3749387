//! When a violation became likely, and when certain: the run as it was up to an instant, and from there on with all that
//! is random drawn anew, many times. The share of draws in which the same violation happens says how much of it was
//! settled by then.
//!
//! A copy repeats the run up to the instant: what was on its way then is as it was, and so is the state of lines. Drawn
//! anew are the fates of later packets and messages, the times of later destages, and delays between hosts and systems.
//! Hosts write the same (else there would be no same violation to look for), faults and scripts stay, and so do delays
//! that are a function of time.

use super::same::{Same, Seen, breaks_alike};
use crate::checker::Violation;
use crate::scenario::Scenario;
use crate::units::{SimDuration, SimTime};
use crate::words::Check;
use crate::world::{SimulateError, judge_redrawn};

/// Stretches between the first instant and the last.
const STRETCHES: u64 = 24;

/// What is asked: in how many draws from each instant does the violation happen?
#[derive(Clone, Debug)]
pub struct Question<'a> {
    scenario: &'a Scenario,
    violation: &'a Violation,
    draws: u32,
    instants: Vec<SimTime>,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inevitability {
    /// The check that broke.
    pub check: Check,
    /// When it did.
    pub at: SimTime,
    /// Draws from each instant.
    pub draws: u32,
    /// By instant, in their order: in how many draws the same violation happens.
    pub instants: Vec<(SimTime, u32)>,
}

impl<'a> Question<'a> {
    /// Asks about `violation`, which `scenario` shows, from the beginning of the run, and from instants between the issue
    /// of the write that is missing and the violation.
    pub fn new(scenario: &'a Scenario, violation: &'a Violation, draws: u32) -> Self {
        let hole = violation.missing.as_ref().or(violation.present.as_ref());
        let from = hole.map_or(SimTime::ZERO, |write| write.issued);
        let until = violation.at + SimDuration::NANOSECOND;
        let span = until.since(from).as_ns();
        let part = |part: u64| u128::from(span) * u128::from(part) / u128::from(STRETCHES);
        let mut instants: Vec<_> =
            (0..=STRETCHES).map(|index| from + SimDuration::from_ns(part(index) as u64)).collect();
        instants.insert(0, SimTime::ZERO);
        instants.dedup();
        Self { scenario, violation, draws, instants }
    }

    /// How many runs it takes.
    pub fn runs(&self) -> u64 {
        self.instants.len() as u64 * u64::from(self.draws)
    }

    /// Does the violation happen in this run, of [`Self::runs`]? The draws from one instant follow one another.
    ///
    /// # Errors
    /// When a recorded workload cannot be read.
    pub fn happens(&self, run: u64) -> Result<bool, SimulateError> {
        let draws = u64::from(self.draws.max(1));
        let (instant, salt) = ((run / draws) as usize, run % draws);
        let Some(&at) = self.instants.get(instant) else { return Ok(false) };
        let mut watch = Same::new(self.violation);
        let judged = judge_redrawn(self.scenario, Some((at, salt)), &mut watch)?;
        Ok(match watch.seen() {
            Seen::Same => true,
            Seen::No => false,
            Seen::OtherWrites => breaks_alike(self.violation, &judged),
        })
    }

    /// The answer, from what [`Self::happens`] said of all runs, in their order.
    pub fn answer(&self, happened: &[bool]) -> Inevitability {
        let counts = happened.chunks(self.draws.max(1) as usize);
        let counts = counts.map(|draws| draws.iter().filter(|&&happened| happened).count() as u32);
        Inevitability {
            check: self.violation.check,
            at: self.violation.at,
            draws: self.draws,
            instants: self.instants.iter().copied().zip(counts).collect(),
        }
    }
}

impl Inevitability {
    /// The first instant from which on, and from every later one, it happens in half of the draws or more.
    pub fn likely(&self) -> Option<SimTime> {
        self.since(|happened| 2 * u64::from(happened) >= u64::from(self.draws))
    }

    /// The first instant from which on, and from every later one, it happens in every draw.
    pub fn certain(&self) -> Option<SimTime> {
        self.since(|happened| happened == self.draws)
    }

    fn since(&self, is_enough: impl Fn(u32) -> bool) -> Option<SimTime> {
        let enough = self.instants.iter().rev().take_while(|&&(_, happened)| is_enough(happened));
        enough.last().map(|&(at, _)| at)
    }
}
