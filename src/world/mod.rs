//! Wires protocol to hardware: hosts, systems, paths and the remote site, over one agenda of events.
//!
//! Here nothing is decided about order: the protocol decides, the hardware does, the judge watches.

mod belt;
pub mod build;
mod control;
mod disasters;
mod disk_units;
pub mod event;
mod faults;
mod hosts;
mod in_flight;
pub mod judge;
mod local_site;
mod network;
mod oracle;
mod parts;
mod pipeline;
mod remote_site;
mod repair;
mod run;
mod seam;
mod segments;
mod stage;
pub mod tape;
mod writes;

pub use judge::Judgement;

use belt::Belt;
use judge::{AllMeters, Judge, Measured};
pub use run::DisasterCounts;
use run::{Ran, World};

use crate::checker::{Counts, Verdict};
use crate::hardware::trace_file::TraceError;
use crate::metrics::Options;
use crate::scenario::Scenario;
use crate::scenario::validated::Script;
use crate::trace::Observer;
use crate::units::{GroupId, SimTime};

/// What came of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// What the observers say.
    pub judgement: Judgement,
    /// Sequence counters in the local systems; 0 for a scheme without numbers.
    pub sequence_counters: u64,
    /// Writes to units without a pair, completed.
    pub local_only: u64,
    /// Writes that a full local cache made wait: with any of them, other schemes see other writes.
    pub delayed_by_cache: u64,
    /// Times that write data found a remote cache full: refused and resent, or held back by `in-order-transport`.
    pub refused_by_cache: u64,
    /// Writes that hosts issued again after a crash.
    pub retried: u64,
    /// What the slow oracle found, where it was asked for.
    pub oracle: Option<OracleReport>,
    /// What disasters cost, where `run.disasters` asks for any.
    pub disasters: Option<DisasterCounts>,
    /// Events of the agenda.
    pub events: u64,
    /// When the run ended.
    pub ended_at: SimTime,
}

/// What the checker says of a run, of which nothing was measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// The checker's word.
    pub verdict: Verdict,
    /// Writes that counted.
    pub counts: Counts,
    /// Writes that a full local cache made wait.
    pub delayed_by_cache: u64,
    /// Times that write data found a remote cache full.
    pub refused_by_cache: u64,
    /// Events of the agenda.
    pub events: u64,
    /// Was every acknowledged write destaged and completed before the drain limit?
    pub drained: bool,
    /// When the run ended.
    pub ended_at: SimTime,
}

/// What the slow oracle found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OracleReport {
    /// Disasters tried.
    pub disasters: u64,
    /// Of these, how many left an image that is not the local data of one moment.
    pub broken: u64,
    /// Where oracle and streaming checker differ: a bug of one of them.
    pub disagreements: Vec<Disagreement>,
}

/// Oracle and streaming checker differ on the image of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disagreement {
    /// The instant of the disaster.
    pub at: SimTime,
    /// The group.
    pub group: GroupId,
    /// In what they differ.
    pub what: &'static str,
}

/// At which instants the slow oracle pulls the plug.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Disasters {
    /// Number of random disaster times, within the time in which hosts write.
    pub random: u32,
    /// These instants.
    pub chosen: Vec<SimTime>,
}

/// Why a run could not be finished.
#[derive(Debug, thiserror::Error)]
pub enum SimulateError {
    /// A trace could not be read.
    #[error(transparent)]
    Trace(#[from] TraceError),
}

/// Runs a scenario, measured as `options` say; `progress` is told the simulated time now and then.
///
/// # Errors
/// When a trace cannot be read.
pub fn simulate(
    scenario: &Scenario,
    options: Options,
    progress: &mut dyn FnMut(SimTime),
) -> Result<Outcome, SimulateError> {
    simulate_observed(scenario, options, (), progress)
}

/// As [`simulate`], with every record shown to `observer` too. Observers are composed statically: `()` costs nothing.
///
/// # Errors
/// When a trace cannot be read.
pub fn simulate_observed(
    scenario: &Scenario,
    options: Options,
    observer: impl Observer,
    progress: &mut dyn FnMut(SimTime),
) -> Result<Outcome, SimulateError> {
    let preamble = build::preamble(scenario);
    let judge = Judge::new(&preamble, AllMeters::new(&preamble, options));
    let (ran, (belt, _)) = World::new(scenario, &build::settings(scenario), (Belt::to(judge), observer))?
        .with_disasters()
        .run(progress)?;
    Ok(Outcome::new(&ran, belt.into_taker(), None))
}

/// As [`simulate_observed`], with checker, metrics and digest on a second core. The outcome is the same to the last bit.
///
/// # Errors
/// When a trace cannot be read.
pub fn simulate_on_two_cores(
    scenario: &Scenario,
    options: Options,
    observer: impl Observer,
    progress: &mut dyn FnMut(SimTime),
) -> Result<Outcome, SimulateError> {
    let preamble = build::preamble(scenario);
    let judge = Judge::new(&preamble, AllMeters::new(&preamble, options));
    let (ran, judge) = pipeline::run(scenario, &build::settings(scenario), judge, observer, progress)?;
    Ok(Outcome::new(&ran, judge, None))
}

/// As [`simulate`], with the slow oracle: at each of `disasters` a copy of the world loses its local site. Takes memory
/// for every write and block of the run.
///
/// # Errors
/// When a trace cannot be read.
pub fn simulate_with_oracle(
    scenario: &Scenario,
    options: Options,
    disasters: &Disasters,
    progress: &mut dyn FnMut(SimTime),
) -> Result<Outcome, SimulateError> {
    let meters = AllMeters::new(&build::preamble(scenario), options);
    let settings = build::settings(scenario);
    let (ran, judge, report) = disasters::run(scenario, &settings, meters, disasters, progress)?;
    Ok(Outcome::new(&ran, judge, Some(report)))
}

/// What the slow oracle finds, and nothing else: as [`simulate_with_oracle`], but nothing is measured.
///
/// # Errors
/// When a trace cannot be read.
pub fn disasters_only(
    scenario: &Scenario,
    disasters: &Disasters,
    progress: &mut dyn FnMut(SimTime),
) -> Result<OracleReport, SimulateError> {
    let settings = build::settings(scenario);
    disasters::run(scenario, &settings, (), disasters, progress).map(|(.., report)| report)
}

/// Runs a scenario for its verdict: nothing is measured, and no digest made. Once `observer` has seen enough the run is
/// cut short.
///
/// # Errors
/// When a trace cannot be read.
pub fn judge_only(scenario: &Scenario, observer: impl Observer) -> Result<Judged, SimulateError> {
    judge_redrawn(scenario, None, observer)
}

/// As [`judge_only`], but from an instant on all that is random is drawn anew, as the number beside it says: what was due
/// before that instant happens as in the run itself.
///
/// # Errors
/// When a trace cannot be read.
pub fn judge_redrawn(
    scenario: &Scenario,
    redrawn: Option<(SimTime, u64)>,
    observer: impl Observer,
) -> Result<Judged, SimulateError> {
    let judge = Judge::new(&build::preamble(scenario), ());
    let settings = build::settings(scenario);
    let mut world = World::new(scenario, &settings, (Belt::to(judge), observer))?;
    world.start()?;
    if let Some((at, salt)) = redrawn {
        world.advance(at, &mut |_| {})?;
        world.redraw(salt);
    }
    world.advance(SimTime::MAX, &mut |_| {})?;
    let (ran, (belt, _)) = world.finish();
    let (verdict, counts, ()) = belt.into_taker().finish(&ran.end);
    let Ran { end, delayed_by_cache, refused_by_cache, events, .. } = ran;
    Ok(Judged {
        verdict,
        counts,
        delayed_by_cache,
        refused_by_cache,
        events,
        drained: end.drained,
        ended_at: end.at,
    })
}

/// Runs a scenario for its facts, and gives the fates of all packets and control messages beside: a scenario with these
/// in its `[script]` sends and receives the same. (What waits for a slot of netem counts as lost: its arrival is not
/// known when it is sent.)
///
/// # Errors
/// When a trace cannot be read.
pub fn observe_fates(scenario: &Scenario, observer: impl Observer) -> Result<Script, SimulateError> {
    let settings = build::settings(scenario);
    let mut world = World::new(scenario, &settings, observer)?;
    world.parts.record_fates();
    world.start()?;
    world.advance(SimTime::MAX, &mut |_| {})?;
    let script = world.parts.fates();
    world.finish();
    Ok(script)
}

/// Runs a scenario for its facts: `observer` alone sees them. Once it has seen enough the run is cut short.
///
/// # Errors
/// When a trace cannot be read.
pub fn observe_only(scenario: &Scenario, observer: impl Observer) -> Result<(), SimulateError> {
    World::new(scenario, &build::settings(scenario), observer)?.run(&mut |_| {})?;
    Ok(())
}

impl Outcome {
    fn new(ran: &Ran, judge: Judge<AllMeters>, oracle: Option<OracleReport>) -> Self {
        let (verdict, counts, Measured { summary, tape, digest }) = judge.finish(&ran.end);
        Self {
            judgement: Judgement { verdict, counts, summary, tape, digest },
            sequence_counters: ran.sequence_counters,
            local_only: ran.local_only,
            delayed_by_cache: ran.delayed_by_cache,
            refused_by_cache: ran.refused_by_cache,
            retried: ran.retried,
            oracle,
            disasters: ran.disasters,
            events: ran.events,
            ended_at: ran.end.at,
        }
    }
}

#[cfg(test)]
mod tests;
