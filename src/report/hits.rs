//! What the figures of a run depend on: how often it saw what happens by chance (`measures::Event`).
//!
//! A sweep counts the runs that saw an event, and gives no interval where most of them did not.

use super::explanation::FaultResult;
use super::result::OrderResult;
use crate::hardware::link::{Link, Loss};
use crate::metrics::Summary;
use crate::protocol::Scheme;
use crate::protocol::rules::LimitScope;
use crate::scenario::Scenario;
use crate::scenario::validated::FaultKind;

/// `"hits"` of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct HitsResult {
    /// Packets of the data direction that were lost in the statistics window; null where none can be.
    pub losses: Option<u64>,
    /// The same for the other direction.
    pub losses_reverse: Option<u64>,
    /// Hits of the fault that hit least; null where no fault acts by what it hits.
    pub faults: Option<u64>,
    /// Checks that broke, whether they count for the verdict or not.
    pub breaks: u64,
}

/// `"hits"` of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct GroupHitsResult {
    /// As `losses` of the run, of the packets that the group's figures depend on: its own, or all of them where streams or
    /// limits are shared with other groups.
    pub losses: Option<u64>,
}

impl GroupHitsResult {
    /// Of a group that lost this many packets itself; `all` is that of the run.
    pub fn new(scenario: &Scenario, lost: u64, all: &HitsResult) -> Self {
        let protocol = &scenario.protocol;
        let shared = match protocol.scheme {
            Scheme::RemoteSystem | Scheme::InOrderTransport => true,
            Scheme::Pair | Scheme::Group | Scheme::Epoch | Scheme::Cut => {
                protocol.rules.limit_scope == LimitScope::Global
            }
            Scheme::None | Scheme::TimestampOnly | Scheme::Synchronous | Scheme::AdaptiveCopy => false,
        };
        Self { losses: all.losses.map(|all| if shared { all } else { lost }) }
    }
}

impl HitsResult {
    /// Of a run of `scenario`.
    pub fn new(scenario: &Scenario, summary: &Summary, faults: &[FaultResult], order: &OrderResult) -> Self {
        let browns_out = scenario.faults.iter().any(|fault| match &fault.kind {
            FaultKind::BrownOut { brown_out, .. } => brown_out.loss > 0.0,
            _ => false,
        });
        let may_lose = |link: &Link| browns_out || !matches!(link.loss, Loss::Bernoulli(loss) if loss <= 0.0);
        let (disk, tape) = (&scenario.paths, &scenario.tape.jobs);
        let forward =
            disk.iter().map(|path| &path.forward).chain(tape.iter().map(|job| &job.forward)).any(may_lose);
        let reverse =
            disk.iter().map(|path| &path.reverse).chain(tape.iter().map(|job| &job.reverse)).any(may_lose);
        let losses = |may: bool, lost: u64| (may || lost > 0).then_some(lost);
        Self {
            losses: losses(forward, summary.wan.lost),
            losses_reverse: losses(reverse, summary.wan_reverse.lost),
            faults: faults.iter().filter_map(|fault| fault.hits).min(),
            breaks: order.violations.len() as u64,
        }
    }
}
