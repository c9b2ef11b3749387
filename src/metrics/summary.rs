//! The figures of a run, as reports show them.
//!
//! Plain data: how they come about stands in the rooms that measure them, how they are written in `report`.

use super::fault_cost::FaultCost;
use super::histogram::{Bar, Spans};
use super::load::Load;
use super::meters::Meters;
use super::network::Network;
use super::recovery_point::Rpo;
use super::reordering::Order;
use super::series::Series;
use super::warm_up::Transients;
use crate::units::SimDuration;

/// The figures of one group.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GroupSummary {
    /// Its name.
    pub name: String,
    /// Response time.
    pub response_time: Spans,
    /// Received lag.
    pub received_lag: Spans,
    /// Applied lag.
    pub applied_lag: Spans,
    /// Recovery point.
    pub rpo: Rpo,
    /// Packets with its writes that were lost on their way to the remote site, within the window.
    pub lost: u64,
    /// The histogram of the applied lag.
    pub applied_lag_bars: Vec<Bar>,
    /// Over time, if a series of the run was kept and it has several groups, and not too many.
    pub series: Option<Series>,
}

/// What was measured of one pair.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PairSummary {
    /// Writes that count for statistics, without those that their host gave up.
    pub writes: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Response time.
    pub response_time: Spans,
    /// Received lag.
    pub received_lag: Spans,
    /// Applied lag.
    pub applied_lag: Spans,
}

impl PairSummary {
    /// What `meters` have counted.
    pub(super) fn new(meters: &Meters) -> Self {
        let [response_time, received_lag, applied_lag] = meters.spans();
        Self { writes: meters.issued, bytes: meters.issued_bytes, response_time, received_lag, applied_lag }
    }
}

/// The most bytes that stood in the cache of one disk system at any instant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CachePeaks {
    /// Of any local system: from step 501 until the destage of process 213.
    pub local_bytes: u64,
    /// Of any remote system: from step 800 until step 1104.
    pub remote_bytes: u64,
}

/// How far packets and writes came out of order: RFC 4737 and RFC 5236.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Orders {
    /// Packets of the data direction, path by path.
    pub packets: Order,
    /// Packets of the other direction.
    pub packets_reverse: Order,
    /// Writes, group by group, in local order.
    pub writes: Order,
}

/// The figures of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    /// Bytes of the writes to pairs issued within the window, without those that their host gave up.
    pub issued_bytes: u64,
    /// The same over the whole run.
    pub written_bytes: u64,
    /// Bytes on the wire of the whole run, by direction.
    pub wire_bytes: [u64; 2],
    /// Response time, over all groups.
    pub response_time: Spans,
    /// Received lag, over all groups.
    pub received_lag: Spans,
    /// Applied lag, over all groups.
    pub applied_lag: Spans,
    /// The worst recovery point of any group at each instant.
    pub rpo: Rpo,
    /// The data direction: write data and markers.
    pub wan: Network,
    /// The other direction: completions.
    pub wan_reverse: Network,
    /// By direction (forward, reverse) and path: what was on its line.
    pub loads: [Vec<Load>; 2],
    /// From `warm_up` to `duration`, or to the end of the run if that came first.
    pub counted: SimDuration,
    /// How far packets and writes came out of order.
    pub order: Orders,
    /// Cache peaks.
    pub cache: CachePeaks,
    /// Writes issued to units without a pair, in the whole run.
    pub local_only: u64,
    /// Indexed by [`GroupId`](crate::units::GroupId).
    pub groups: Vec<GroupSummary>,
    /// Indexed by [`PairId`](crate::units::PairId); empty unless [`Options::pairs`](super::Options::pairs) asked for them.
    pub pairs: Vec<PairSummary>,
    /// The histogram of the applied lag, over all groups.
    pub applied_lag_bars: Vec<Bar>,
    /// What each fault cost, in the order in which they began.
    pub faults: Vec<FaultCost>,
    /// What can begin with a transient, by the instant of issue; of the whole run.
    pub transients: Transients,
    /// The time series, if it was asked for.
    pub series: Option<Series>,
}
