//! What is added to a result where there is cause: what faults cost, the first violation explained, and the slow
//! oracle's word.

use crate::explain::{Cause, Explanation, Scene};
use crate::metrics::FaultCost;
use crate::scenario::Scenario;
use crate::scenario::validated::FaultKind;
use crate::units::SimTime;
use crate::world::{Disagreement, OracleReport};

/// What the slow oracle found.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct OracleResult {
    /// Disasters tried.
    pub disasters: u64,
    /// Of these, how many left an image that is not the local data of one moment.
    pub broken: u64,
    /// Where it differs from the streaming checker: a bug of one of them.
    pub disagreements: Vec<String>,
}

/// The first violation explained.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct ExplanationResult {
    /// What was seen of the writes that prove it.
    pub story: Vec<SceneResult>,
    /// The departures from the repaired rules without any one of which the check holds, as `rule = form`; empty
    /// where the scheme promises nothing.
    pub rules: Vec<String>,
}

/// One fact of a story.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct SceneResult {
    /// When.
    pub at_ns: u64,
    /// What happened.
    pub what: String,
}

impl From<&Explanation> for ExplanationResult {
    fn from(explanation: &Explanation) -> Self {
        let rules = match &explanation.cause {
            Cause::Rules(departures) => departures.iter().map(ToString::to_string).collect(),
            Cause::Scheme(_) | Cause::Unknown => Vec::new(),
        };
        let scene = |scene: &Scene| SceneResult { at_ns: scene.at.as_ns(), what: scene.what.clone() };
        Self { story: explanation.story.iter().map(scene).collect(), rules }
    }
}

impl OracleResult {
    /// What `report` says, with the names of `scenario`.
    pub fn new(scenario: &Scenario, report: &OracleReport) -> Self {
        let tell = |disagreement: &Disagreement| {
            let group = scenario.groups.get(disagreement.group.index()).map_or("", |group| &group.name);
            format!("group {group} at {}: {}", disagreement.at, disagreement.what)
        };
        Self {
            disasters: report.disasters,
            broken: report.broken,
            disagreements: report.disagreements.iter().map(tell).collect(),
        }
    }
}

/// What a fault cost, from its beginning until it was caught up with: until every write accepted before its end was in
/// R(t). Warm-up and drain count.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct FaultResult {
    /// Its kind, as the scenario names it.
    pub kind: &'static str,
    /// When it began.
    pub began_s: f64,
    /// When it ended; null for a fault that is for good.
    pub ended_s: Option<f64>,
    /// When it was caught up with; null if never.
    pub caught_up_s: Option<f64>,
    /// The greatest recovery point meanwhile.
    pub rpo_max_s: f64,
    /// The greatest received lag meanwhile.
    pub received_lag_max_s: f64,
    /// The greatest response time meanwhile.
    pub response_time_max_s: f64,
    /// Packets resent meanwhile.
    pub retransmitted: u64,
    /// What it hit while it lasted; null for a fault that does not act by what it hits (see `hits_of`).
    pub hits: Option<u64>,
    /// The recovery point at the loss of the local site; null for any other fault.
    pub rpo_at_loss_s: Option<f64>,
    /// If it was not caught up with: completed writes that were not in R(t) at the end of the run.
    pub outstanding: u64,
}

/// What a fault hit while it lasted: packets lost on any path, writes wiped from a cache or given up by their host. A
/// crash also stands in the way of packets that arrive and of writes that are issued. Stops of processes, clock errors
/// and delays act on all that comes, not by what they hit.
fn hits_of(kind: &FaultKind, cost: &FaultCost) -> Option<u64> {
    match kind {
        FaultKind::WanOutage { .. } => Some(cost.hits),
        FaultKind::BrownOut { brown_out, .. } => (brown_out.loss > 0.0).then_some(cost.hits),
        FaultKind::Crash { .. } => Some(cost.hits + cost.met),
        FaultKind::SlaveStop { .. }
        | FaultKind::MasterStop { .. }
        | FaultKind::ClockError { .. }
        | FaultKind::LocalSiteLoss => None,
    }
}

impl FaultResult {
    /// What `cost` says, with the names of `scenario`.
    pub fn new(scenario: &Scenario, cost: &FaultCost) -> Self {
        Self {
            kind: scenario.faults.get(cost.fault as usize).map_or("", |fault| fault.kind.name()),
            began_s: cost.began.as_secs_f64(),
            ended_s: cost.ended.map(SimTime::as_secs_f64),
            caught_up_s: cost.caught_up.map(SimTime::as_secs_f64),
            rpo_max_s: cost.rpo_max.as_secs_f64(),
            received_lag_max_s: cost.received_lag_max.as_secs_f64(),
            response_time_max_s: cost.response_time_max.as_secs_f64(),
            retransmitted: cost.retransmitted,
            hits: scenario.faults.get(cost.fault as usize).and_then(|fault| hits_of(&fault.kind, cost)),
            rpo_at_loss_s: cost.rpo_at_loss.map(crate::units::SimDuration::as_secs_f64),
            outstanding: cost.outstanding,
        }
    }
}
