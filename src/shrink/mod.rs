//! The smallest scenario that breaks the same check in the same way.
//!
//! ```text
//! broken run ──base──> every write and every packet's fate written down ──passes──> the smallest ──> file
//! ```
//! `base` takes the luck out: workloads become scripts of writes, lines a constant delay and a `[script]` of the packets
//! that travel otherwise. Then each pass takes something away or makes it plainer, and keeps what still breaks in the
//! same way, until a whole round of passes changes nothing (delta debugging: Zeller and Hildebrandt, 2002).
//!
//! What is kept is always what a file says: each attempt is written, read again as any scenario is, run and judged.
//! "The same way" is `way`'s to say. Nothing here depends on time or threads: a scenario shrinks to the same bytes.
//!
//! | room | does |
//! |---|---|
//! | `way` | in which way a check broke |
//! | `base` | writes down all that a run drew |
//! | `remove` | takes away writes, fates, faults, rules, pairs, groups, systems, jobs |
//! | `carried` | the fates of the packets of a write that is taken away |
//! | `compact` | leaves out what nothing uses any more |
//! | `patience` | how long a run is waited for that should converge |
//! | `plain` | default values, friendly times |

mod base;
mod carried;
mod compact;
mod patience;
mod plain;
mod remove;
mod way;

use std::path::Path;

use crate::checker::{Check, CheckState};
use crate::scenario::validated::{Expect, ExpectOrder};
use crate::scenario::{Scenario, Unwritable, parse, write};
use crate::trace::{Observer, Record};
use crate::units::SimTime;
use crate::world::{Judged, SimulateError, judge_only};
use way::Way;

/// Attempts are made until together they have seen this many facts.
const MOST_FACTS: u64 = 40_000_000;
/// One attempt sees at most so many times the facts of the run that it starts from, and this many in any case.
const FACTS_TIMES: u64 = 4;
const FACTS_LEAST: u64 = 20_000;
/// Rounds of passes, at most.
const MOST_ROUNDS: u32 = 8;
/// With so many other seeds the smallest scenario is run.
const OTHER_SEEDS: u64 = 8;

/// How large a scenario is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Writes that its hosts issued in the run, or blocks of its tape jobs.
    pub writes: u64,
    /// Pairs.
    pub pairs: u64,
    /// Disk systems and tape systems.
    pub systems: u64,
    /// Groups.
    pub groups: u64,
    /// Faults.
    pub faults: u64,
    /// Packets that were lost, control messages among them.
    pub lost: u64,
    /// Packets whose fate is written down.
    pub scripted: u64,
}

/// The smallest scenario that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Shrunk {
    /// The scenario.
    pub scenario: Scenario,
    /// As a file.
    pub text: String,
    /// The check that breaks.
    pub check: Check,
    /// What it was found from.
    pub from: Size,
    /// How large it is.
    pub to: Size,
    /// Runs that it took.
    pub runs: u64,
    /// It may not be the smallest: the search was ended when its attempts had seen enough.
    pub gave_up: bool,
    /// Other seeds that were tried.
    pub other_seeds: u64,
    /// Of these, with how many it breaks in the same way: not with all, where something is drawn that no file can write
    /// down (the order within an instant, when a slave process is activated).
    pub alike: u64,
}

/// Why nothing was found.
#[derive(Debug, thiserror::Error)]
pub enum ShrinkError {
    /// Nothing is broken.
    #[error("the order holds in this run: there is nothing to shrink")]
    Holds,
    /// The check that was asked for is not broken.
    #[error("`{0}` is not broken in this run")]
    NotBroken(Check),
    /// `explore` did not finish.
    #[error("memory ran out before the whole scope was seen: nothing was found to shrink")]
    Unseen,
    /// `explore` finds nothing.
    #[error("every check holds in the scope of this scenario: there is nothing to shrink")]
    HoldsInScope,
    /// No run was found that breaks as `explore` found.
    #[error(
        "`{check}` breaks in the scope (a counterexample of {steps} steps: see `rcsim explore`), but in none of {tried} \
         timed runs that were drawn in it"
    )]
    NoRun {
        /// The check.
        check: Check,
        /// Length of the counterexample.
        steps: usize,
        /// Runs.
        tried: u64,
    },
    /// Something stands in a file of its own, and the run does not break without it.
    #[error("{0}, and the run does not break in the same way without it")]
    Unwritable(Unwritable),
    /// It could not be run.
    #[error(transparent)]
    Simulate(#[from] SimulateError),
}

/// Counts facts, and says when it is enough.
#[derive(Debug)]
struct Bounded {
    left: u64,
}

impl Observer for Bounded {
    fn observe(&mut self, _now: SimTime, _record: &Record) {
        self.left = self.left.saturating_sub(1);
    }
    fn is_done(&self) -> bool {
        self.left == 0
    }
}

/// Looks for smaller scenarios that break in one way.
#[derive(Debug)]
struct Search {
    way: Way,
    /// The smallest so far.
    best: Scenario,
    /// Facts of its run.
    facts: u64,
    /// Facts that attempts may still see.
    left: u64,
    runs: u64,
    /// `complete` breaks however long the run drains, and has to go on doing so: a run that is cut off is no smaller one.
    /// What comes at an interval comes at most so often while a candidate drains.
    patient: Option<u64>,
}

impl Search {
    /// Tries a scenario in place of the best so far; true if it breaks in the same way, and is the best now.
    fn attempt(&mut self, candidate: Scenario) -> bool {
        self.attempt_up_to(candidate, self.facts.saturating_mul(FACTS_TIMES).max(FACTS_LEAST))
    }

    fn attempt_up_to(&mut self, mut candidate: Scenario, most: u64) -> bool {
        if candidate == self.best || self.left == 0 {
            return false;
        }
        candidate.largest_write = base::largest_write(&candidate);
        candidate.expect = Expect::default();
        if let Some(most) = self.patient
            && (!patience::wait_for(&mut candidate, most) || candidate == self.best)
        {
            return false;
        }
        // What a file would refuse is no scenario.
        let Some(scenario) = read_back(&candidate) else { return false };
        let most = most.min(self.left);
        let mut watch = Bounded { left: most };
        let Ok(judged) = judge_only(&scenario, &mut watch) else { return false };
        self.runs += 1;
        let seen = most - watch.left;
        self.left -= seen;
        if watch.left == 0 || !self.way.is_of(&judged) {
            return false;
        }
        (self.best, self.facts) = (scenario, seen);
        true
    }

    /// Has the search seen enough?
    fn is_over(&self) -> bool {
        self.left == 0
    }
}

/// The scenario as its file says it.
fn read_back(scenario: &Scenario) -> Option<Scenario> {
    let text = write(scenario).ok()?;
    parse(&scenario.name, &text, Path::new(""), &[]).ok()
}

/// Looks for the smallest scenario that breaks `check` (or the first that breaks) in the way in which `scenario` does.
///
/// # Errors
/// When nothing is broken, the scenario cannot be run, or it breaks only with what stands in another file.
pub fn shrink(scenario: &Scenario, check: Option<Check>) -> Result<Shrunk, ShrinkError> {
    let mut recorder = base::Recording::new(scenario);
    let script = crate::world::observe_fates(scenario, &mut recorder)?;
    let judged = judge_only(scenario, ())?;
    let way = Way::of(&judged, check)?;
    let from = base::size(scenario, &recorder, &script);
    let facts = recorder.facts;
    let intervals = patience::most_intervals(scenario);
    let patient = way.check() == Check::Complete && {
        let mut drained = scenario.clone();
        let mut watch = Bounded { left: MOST_FACTS };
        patience::wait_for(&mut drained, intervals)
            && way.is_of(&judge_only(&drained, &mut watch)?)
            && watch.left > 0
    };
    let patient = patient.then_some(intervals);
    let mut search = Search { way, best: scenario.clone(), facts, left: MOST_FACTS, runs: 0, patient };
    if !search.start(base::written_down(scenario, &recorder, &script)) && read_back(scenario).is_none() {
        let error = write(scenario).err().unwrap_or(Unwritable("this scenario"));
        return Err(ShrinkError::Unwritable(error));
    }
    let is_smallest = (0..MOST_ROUNDS).any(|_| {
        let before = search.best.clone();
        remove::pass(&mut search);
        plain::pass(&mut search);
        search.best == before || search.is_over()
    });
    plain::finish(&mut search);
    let gave_up = search.is_over() || !is_smallest;
    let alike = search.alike();
    let (best, runs) = (search.best, search.runs);
    let check = way.check();
    let text = told(&best, check, scenario);
    let to = {
        let mut recorder = base::Recording::new(&best);
        let script = crate::world::observe_fates(&best, &mut recorder)?;
        base::size(&best, &recorder, &script)
    };
    Ok(Shrunk {
        scenario: text.0,
        text: text.1,
        check,
        from,
        to,
        runs,
        gave_up,
        other_seeds: OTHER_SEEDS,
        alike,
    })
}

impl Search {
    /// Tries what was written down; where that does not break alike (the order within an instant may have decided), the
    /// scenario as it is remains, and its luck with it.
    fn start(&mut self, written: Vec<Scenario>) -> bool {
        written.into_iter().any(|scenario| self.attempt_up_to(scenario, self.left))
    }

    /// With how many other seeds does the best break in the same way?
    fn alike(&self) -> u64 {
        let breaks = |seed: &u64| {
            let mut other = self.best.clone();
            other.run.seed = seed.wrapping_add(self.best.run.seed);
            let mut watch = Bounded { left: self.facts.saturating_mul(FACTS_TIMES).max(FACTS_LEAST) };
            judge_only(&other, &mut watch).is_ok_and(|judged| watch.left > 0 && self.way.is_of(&judged))
        };
        (1..=OTHER_SEEDS).filter(breaks).count() as u64
    }
}

/// The smallest scenario as a file that expects what it shows.
fn told(best: &Scenario, check: Check, of: &Scenario) -> (Scenario, String) {
    let mut scenario = best.clone();
    scenario.name.clone_from(&of.name);
    scenario.title = format!("The smallest run that breaks {check} as {} does", of.name);
    scenario.expect = Expect {
        order: Some(ExpectOrder::Broken),
        checks: [(check, CheckState::Broken)].into(),
        ..Expect::default()
    };
    let text = write(&scenario).unwrap_or_default();
    (scenario, text)
}

/// Did the run of `judged` break this check?
fn broken(judged: &Judged, check: Check) -> Option<&crate::checker::Violation> {
    judged.verdict.violations.iter().find(|violation| violation.check == check)
}

#[cfg(test)]
mod tests;
