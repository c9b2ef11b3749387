//! How long a run is waited for that should converge: else every run that is cut off soon enough would break `complete`.

use crate::hardware::distribution::Distribution;
use crate::hardware::link::Link;
use crate::protocol::transport::{Retransmit, Transport};
use crate::scenario::Scenario;
use crate::units::SimDuration;

/// A run drains for so many times as long as one of everything takes.
const TIMES: u64 = 50;
/// What comes at an interval comes at most this often: a run of many intervals takes long and shows nothing new.
const INTERVALS: u64 = 20_000;

/// How often what comes at an interval may come: as often as in the run that is to shrink, where that is more.
pub(super) fn most_intervals(scenario: &Scenario) -> u64 {
    let drain = scenario.run.drain_limit.as_ns();
    intervals(scenario).iter().filter_map(|&interval| drain.checked_div(interval)).fold(INTERVALS, u64::max)
}

fn intervals(scenario: &Scenario) -> [u64; 2] {
    [scenario.protocol.limit_period.as_ns(), scenario.protocol.marker_interval.as_ns()]
}

/// Lets the run drain for long enough. False if something would then come more often than `most` times.
pub(super) fn wait_for(scenario: &mut Scenario, most: u64) -> bool {
    let mean = |distribution: &Distribution| distribution.mean.as_ns().saturating_mul(4);
    let line = |link: &Link| mean(&link.delay) + link.hold_back.map_or(0, |hold_back| hold_back.by.as_ns());
    let timeout = |transport: &Transport| match transport.retransmit {
        Retransmit::Fixed(timeout) => timeout.as_ns(),
        // Its longest is for a line that stays dead.
        Retransmit::Adaptive { initial, .. } => initial.as_ns(),
        Retransmit::Untimed => 0,
    };
    let intervals = intervals(scenario);
    let paths =
        scenario.all_paths().map(|path| line(path.forward) + line(path.reverse) + timeout(path.transport));
    let units = scenario.local_systems.iter().map(|system| mean(&system.destage_time));
    let units = units.chain(scenario.remote_systems.iter().map(|system| mean(&system.destage_time)));
    let longest = |spans: &mut dyn Iterator<Item = u64>| spans.max().unwrap_or(0);
    let one =
        longest(&mut paths.into_iter()) + longest(&mut units.into_iter()) + intervals.iter().sum::<u64>();
    let drain = scenario.run.drain_limit.as_ns().max(one.saturating_mul(TIMES));
    scenario.run.drain_limit = SimDuration::from_ns(drain);
    intervals.iter().all(|&interval| interval == 0 || drain / interval <= most)
}
