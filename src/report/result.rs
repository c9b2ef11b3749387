//! The result of a run (DESIGN, section 6): every key of the contract, in its order, then what is useful beside.
//!
//! Keys are added after those of the contract and never renamed. Durations end in `_s` (seconds) or `_ns`.
//! There is no wall-clock time in it, so that a run has one result wherever it ran.

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::busiest_line::BusiestLine;
use super::expectation::{FigureResult, figures, unmet, unmet_figures, verdict_name};
use super::explanation::{ExplanationResult, FaultResult, OracleResult};
use super::hits::{GroupHitsResult, HitsResult};
use super::inevitable::InevitableResult;
use super::order::{ArrivalOrder, OrdersResult};
use super::recorded::TraceResult;
use super::tape::TapeResult;
use super::warm_up::WarmUpResult;
use crate::checker::{Check, CheckStates, Violation};
use crate::metrics::{FaultCost, GroupSummary, Network, Rpo, Spans, Summary};
use crate::recovery::WriteState;
use crate::scenario::Scenario;
use crate::units::{Direction, SimTime};
use crate::world::{DisasterCounts, Judgement, Outcome};

/// Version of the contract.
const SCHEMA: u32 = 1;

/// The result of a run.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct RunResult {
    /// Version of this contract.
    pub schema: u32,
    /// Version of the program.
    pub rcsim: &'static str,
    /// The stem of the scenario's file.
    pub scenario: String,
    /// Its title.
    pub title: String,
    /// The seed.
    pub seed: u64,
    /// The scheme.
    pub scheme: &'static str,
    /// `repaired`, `literal` or `custom`.
    pub rules: &'static str,
    /// 128 bits over every observed fact, in hexadecimal.
    pub digest: String,
    /// Was `[expect]` met?
    pub expected: bool,
    /// The verdict.
    pub order: OrderResult,
    /// Counters in the local systems; 0 for a scheme without numbers.
    pub sequence_counters: u64,
    /// Writes to pairs.
    pub writes: WritesResult,
    /// From issue to completion.
    pub response_time: SpansResult,
    /// From completion until recoverable.
    pub received_lag: SpansResult,
    /// From completion until destaged.
    pub applied_lag: SpansResult,
    /// The worst recovery point of any group at each instant.
    pub rpo: RpoResult,
    /// The data direction.
    pub wan: NetworkResult,
    /// The other direction.
    pub wan_reverse: NetworkResult,
    /// Peaks of any one system.
    pub cache: CacheResult,
    /// Each group by itself.
    pub groups: Vec<GroupResult>,
    /// When the run ended, in simulated seconds.
    pub simulated_s: f64,
    /// Events of the agenda.
    pub events: u64,

    // Beyond the contract.
    /// What of `[expect]` was not met.
    pub unmet: Vec<String>,
    /// The figures that `[expect.figures]` bounds.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub expected_figures: Vec<FigureResult>,
    /// What is likely to surprise whoever wrote the scenario, and each fault that did not happen.
    pub warnings: Vec<String>,
    /// Every rule in force whose form is not the repaired one, as `rule = form`. A rule that does not act under the
    /// scheme is not in force.
    pub rules_departures: Vec<String>,
    /// Writes that waited for room in a local cache: with any of them, other schemes see other writes.
    pub delayed_by_cache: u64,
    /// Writes to units without a pair, completed.
    pub local_only: u64,
    /// Writes that hosts issued again after a crash.
    pub retried: u64,
    /// How far packets and writes came out of order: all of RFC 4737, and RFC 5236.
    pub reordering: OrdersResult,
    /// What each fault cost.
    pub faults: Vec<FaultResult>,
    /// What the figures depend on.
    pub hits: HitsResult,
    /// Is the warm-up long enough?
    pub warm_up: WarmUpResult,
    /// What disasters cost, where `run.disasters` asks for any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disasters: Option<DisastersResult>,
    /// What the slow oracle found, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oracle: Option<OracleResult>,
    /// The first violation explained, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explanation: Option<ExplanationResult>,
    /// When the first violation became likely, and when certain, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inevitable: Option<InevitableResult>,
    /// Tape, where there is any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tape: Option<TapeResult>,
    /// Each file of each recorded workload: what was read and what became of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub traces: Vec<TraceResult>,
}

/// The faults that were due after the end of the run, a sentence each.
fn did_not_happen(scenario: &Scenario, costs: &[FaultCost], ended: SimTime) -> Vec<String> {
    let began = |index: u32| costs.iter().any(|cost| cost.fault == index);
    let late = (0..).zip(&scenario.faults).filter(|(index, _)| !began(*index));
    late.map(|(index, fault)| {
        let name = scenario.fault_name(index);
        format!("the {name} at {} did not happen: the run was over at {ended}", fault.at)
    })
    .collect()
}

/// What the checker says.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct OrderResult {
    /// `holds` or `broken`.
    pub verdict: &'static str,
    /// Over all groups.
    pub checks: Checks,
    /// The earliest violation that counts for the verdict.
    pub first_violation: Option<ViolationResult>,
    /// The first violation of each judged check that broke, the earliest first.
    pub violations: Vec<ViolationResult>,
    /// Where a check that is not judged was first seen not to hold: no part of the verdict.
    pub not_judged: Vec<ViolationResult>,
    /// The judged checks that the scheme promises to keep under the rules in force; none for a negative control.
    pub kept: Vec<&'static str>,
    /// Landings at the remote site after one that comes later in the local order of its group: the figure of
    /// `destage-order`.
    pub destaged_out_of_order: u64,
}

/// A state per check, written as a map in the order of tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checks(pub CheckStates);

impl Serialize for Checks {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(Check::ALL.len()))?;
        for (check, state) in self.0.iter() {
            map.serialize_entry(check.name(), state.name())?;
        }
        map.end()
    }
}

/// An instant at which a check broke.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct ViolationResult {
    /// The check.
    pub check: &'static str,
    /// When.
    pub at_ns: u64,
    /// The group, if it is of one.
    pub group: Option<String>,
    /// One sentence, in terms of the writes below.
    pub why: String,
    /// The write that stands at the remote site, or was destaged, too early (or twice).
    pub present: Option<WriteResult>,
    /// The earlier write that does not.
    pub missing: Option<WriteResult>,
}

/// A write that proves a violation, as it was at that instant.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct WriteResult {
    /// Its name in `why`: `w` and its number in the order of issue.
    pub write: String,
    /// Its pair, as the scenario writes it.
    pub pair: String,
    /// When it was issued.
    pub issued_ns: u64,
    /// When process 210 accepted it: its place in local order.
    pub fixed_ns: Option<u64>,
    /// When the host had its completion.
    pub completed_ns: Option<u64>,
    /// First block (512 bytes each).
    pub position: u64,
    /// Length in bytes.
    pub size: u32,
    /// The time stamp and sequence number under which it stood in a remote cache.
    pub stamp_ns: Option<u64>,
    /// See `stamp_ns`.
    pub number: Option<u64>,
    /// Had it been destaged to a remote unit?
    pub destaged: bool,
}

/// Writes to pairs, over the whole run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct WritesResult {
    /// Completed at the host.
    pub acknowledged: u64,
    /// Of these, destaged at the remote site.
    pub destaged: u64,
    /// The rest.
    pub outstanding: u64,
    /// Bytes of the writes issued within the window of statistics.
    pub bytes: u64,
}

/// Many time spans, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct SpansResult {
    pub count: u64,
    pub mean_s: f64,
    pub p50_s: f64,
    pub p90_s: f64,
    pub p99_s: f64,
    pub p999_s: f64,
    pub max_s: f64,
    /// Begun and not ended when the run did: with any, all figures above are lower bounds.
    pub outstanding: u64,
}

/// A recovery point, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct RpoResult {
    /// Mean over time.
    pub mean_s: f64,
    /// The greatest.
    pub max_s: f64,
    /// At the loss of the local site, if it was lost.
    pub at_loss_s: Option<f64>,
    /// What it did not exceed for 99 % of the time.
    pub p99_s: f64,
}

/// One direction of the network, over all paths.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct NetworkResult {
    /// Packets offered.
    pub offered: u64,
    /// Packets of which a copy arrived.
    pub delivered: u64,
    /// Packets lost.
    pub lost: u64,
    /// Packets of which more than one copy was made.
    pub duplicated: u64,
    /// Offered packets that were resends.
    pub retransmitted: u64,
    /// Offered packets that were markers sent for the first time.
    pub markers: u64,
    /// RFC 4737, section 4.1, over the packets that could have been overtaken.
    pub reordered_ratio: f64,
    /// RFC 4737, section 4.2, in packets.
    pub reordering_extent_mean: f64,
    /// RFC 4737, section 4.2, in packets.
    pub reordering_extent_max: u64,
    /// From sending to the arrival of the first copy.
    pub delay: DelayResult,
    /// RFC 4737, section 5.3, over the same packets: what TCP would take for losses.
    pub three_reordered_ratio: f64,
    /// Bytes of the offered packets.
    pub offered_bytes: u64,
    /// Resends that the network lost.
    pub retransmitted_lost: u64,
    /// Markers that the network lost when they were sent for the first time.
    pub markers_lost: u64,
    /// Writes that were sent again though an earlier sending was not lost; 0 in the other direction.
    pub spurious: u64,
    /// Packets that repair groups of others (`network-sync`); 0 in the other direction.
    pub repairs: u64,
    /// Packets that the remote end of a path rebuilt from others of their group; 0 in the other direction.
    pub rebuilt: u64,
    /// What the busiest line of the direction carried.
    pub busiest_line: BusiestLine,
    /// Bytes on the wire for each byte written, over the whole run.
    pub per_written: f64,
    /// How unevenly the direction was used, in windows of 100 ms.
    pub burst: BurstResult,
}

/// The bytes that were offered in windows of 100 ms.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct BurstResult {
    /// The most over the mean.
    pub peak_to_mean: f64,
    /// Standard deviation over the mean.
    pub variation: f64,
}

/// Delays of packets, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct DelayResult {
    pub mean_s: f64,
    pub p50_s: f64,
    pub p99_s: f64,
}

/// What disasters at random instants cost, if what has left the line still arrives (`run.disasters`).
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct DisastersResult {
    /// Disasters tried.
    pub tried: u64,
    /// Of these, those that lost an acknowledged write.
    pub losing: u64,
    /// The share of them.
    pub losing_share: f64,
    /// Acknowledged writes that a disaster lost, in the mean.
    pub lost_writes_mean: f64,
}

impl From<DisasterCounts> for DisastersResult {
    fn from(DisasterCounts { tried, losing, lost_writes }: DisasterCounts) -> Self {
        let of_tried = |count: u64| if tried == 0 { 0.0 } else { count as f64 / tried as f64 };
        Self { tried, losing, losing_share: of_tried(losing), lost_writes_mean: of_tried(lost_writes) }
    }
}

/// The most bytes that stood in the cache of one system, and how often a cache was too small.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct CacheResult {
    /// Of any local system.
    pub local_peak_bytes: u64,
    /// Of any remote system.
    pub remote_peak_bytes: u64,
    /// Times that write data found a remote cache full: refused and resent, or held back by `in-order-transport`.
    pub remote_refused: u64,
}

/// One group.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct GroupResult {
    /// Its name.
    pub name: String,
    /// From completion until destaged.
    pub applied_lag: SpansResult,
    /// Recovery point.
    pub rpo: RpoResult,
    /// Its checks.
    pub checks: Checks,
    /// From issue to completion.
    pub response_time: SpansResult,
    /// From completion until recoverable.
    pub received_lag: SpansResult,
    /// What its figures depend on.
    pub hits: GroupHitsResult,
}

impl RunResult {
    /// The result of a run of `scenario`.
    pub fn new(scenario: &Scenario, outcome: &Outcome) -> Self {
        let judgement = &outcome.judgement;
        let (verdict, summary) = (&judgement.verdict, &judgement.summary);
        let expect = &scenario.expect;
        let mut unmet = unmet(expect, verdict);
        let oracle = outcome.oracle.as_ref().map(|report| OracleResult::new(scenario, report));
        unmet.extend(oracle.iter().flat_map(|oracle| oracle.disagreements.clone()));
        let groups = summary.groups.iter().enumerate();
        let order = OrderResult::new(scenario, judgement);
        let faults: Vec<_> = summary.faults.iter().map(|cost| FaultResult::new(scenario, cost)).collect();
        let hits = HitsResult::new(scenario, summary, &faults, &order);
        let mut result = Self {
            schema: SCHEMA,
            rcsim: env!("CARGO_PKG_VERSION"),
            scenario: scenario.name.clone(),
            title: scenario.title.clone(),
            seed: scenario.run.seed,
            scheme: scenario.protocol.scheme.name(),
            rules: scenario.protocol.scheme.rules_name(&scenario.protocol.rules),
            digest: judgement.digest.clone(),
            expected: unmet.is_empty(),
            order,
            sequence_counters: outcome.sequence_counters,
            writes: WritesResult {
                acknowledged: judgement.counts.acknowledged,
                destaged: judgement.counts.destaged,
                outstanding: judgement.counts.outstanding(),
                bytes: summary.issued_bytes,
            },
            response_time: summary.response_time.into(),
            received_lag: summary.received_lag.into(),
            applied_lag: summary.applied_lag.into(),
            rpo: summary.rpo.into(),
            wan: NetworkResult::new(scenario, summary, Direction::Forward),
            wan_reverse: NetworkResult::new(scenario, summary, Direction::Reverse),
            cache: CacheResult {
                local_peak_bytes: summary.cache.local_bytes,
                remote_peak_bytes: summary.cache.remote_bytes,
                remote_refused: outcome.refused_by_cache,
            },
            groups: groups
                .map(|(index, group)| {
                    let lost = GroupHitsResult::new(scenario, group.lost, &hits);
                    GroupResult::new(group, verdict.groups.get(index).copied().unwrap_or_default(), lost)
                })
                .collect(),
            simulated_s: outcome.ended_at.as_secs_f64(),
            events: outcome.events,
            unmet,
            expected_figures: Vec::new(),
            warnings: crate::scenario::warnings::warnings(scenario)
                .into_iter()
                .chain(did_not_happen(scenario, &summary.faults, outcome.ended_at))
                .collect(),
            rules_departures: scenario
                .protocol
                .rules_in_force()
                .departures()
                .iter()
                .map(ToString::to_string)
                .collect(),
            delayed_by_cache: outcome.delayed_by_cache,
            local_only: outcome.local_only,
            retried: outcome.retried,
            reordering: OrdersResult {
                packets: ArrivalOrder::new(&summary.order.packets, true),
                packets_reverse: ArrivalOrder::new(&summary.order.packets_reverse, true),
                writes: ArrivalOrder::new(&summary.order.writes, true),
            },
            faults,
            hits,
            warm_up: WarmUpResult::new(scenario, &summary.transients),
            disasters: outcome.disasters.map(DisastersResult::from),
            oracle,
            explanation: None,
            inevitable: None,
            tape: judgement.tape.as_ref().map(|tape| TapeResult::new(scenario, tape)),
            traces: TraceResult::all(scenario),
        };
        if !expect.figures.is_empty() {
            // A result is plain data: it always has a JSON. Had it none, no limit would be met, and that shows.
            let json = serde_json::to_value(&result).unwrap_or_default();
            result.expected_figures = figures(expect, &json);
            result.unmet.extend(unmet_figures(expect, &result.expected_figures));
            result.expected = result.unmet.is_empty();
        }
        result
    }
}

impl OrderResult {
    fn new(scenario: &Scenario, judgement: &Judgement) -> Self {
        let verdict = &judgement.verdict;
        let tell = |violation: &Violation| ViolationResult::new(scenario, violation);
        Self {
            verdict: verdict_name(verdict.holds()),
            checks: Checks(verdict.checks),
            first_violation: verdict.first_violation().map(tell),
            violations: verdict.violations.iter().map(tell).collect(),
            not_judged: verdict.not_judged.iter().map(tell).collect(),
            kept: verdict.promise.kept.iter().map(Check::name).collect(),
            destaged_out_of_order: judgement.counts.out_of_order,
        }
    }
}

impl ViolationResult {
    fn new(scenario: &Scenario, violation: &Violation) -> Self {
        let tell = |write: &WriteState| WriteResult::new(scenario, write);
        let group = violation.group.and_then(|group| scenario.groups.get(group.index()));
        Self {
            check: violation.check.name(),
            at_ns: violation.at.as_ns(),
            group: group.map(|group| group.name.clone()),
            why: violation.why.clone(),
            present: violation.present.as_ref().map(tell),
            missing: violation.missing.as_ref().map(tell),
        }
    }
}

impl WriteResult {
    fn new(scenario: &Scenario, write: &WriteState) -> Self {
        let key = write.cached().map(|(_, key)| key);
        Self {
            write: write.write.to_string(),
            pair: scenario.pair_name(write.pair),
            issued_ns: write.issued.as_ns(),
            fixed_ns: write.fixed().map(crate::units::SimTime::as_ns),
            completed_ns: write.completed().map(crate::units::SimTime::as_ns),
            position: write.position,
            size: write.size,
            stamp_ns: key.map(|key| key.stamp),
            number: key.map(|key| key.number).filter(|_| scenario.protocol.scheme.is_numbered()),
            destaged: write.destaged,
        }
    }
}

impl GroupResult {
    fn new(group: &GroupSummary, checks: CheckStates, hits: GroupHitsResult) -> Self {
        Self {
            name: group.name.clone(),
            applied_lag: group.applied_lag.into(),
            rpo: group.rpo.into(),
            checks: Checks(checks),
            response_time: group.response_time.into(),
            received_lag: group.received_lag.into(),
            hits,
        }
    }
}

impl From<Spans> for SpansResult {
    fn from(spans: Spans) -> Self {
        let Spans { count, mean_s, p50_s, p90_s, p99_s, p999_s, max_s, outstanding } = spans;
        Self { count, mean_s, p50_s, p90_s, p99_s, p999_s, max_s, outstanding }
    }
}

impl From<Rpo> for RpoResult {
    fn from(rpo: Rpo) -> Self {
        Self { mean_s: rpo.mean_s, max_s: rpo.max_s, at_loss_s: rpo.at_loss_s, p99_s: rpo.p99_s }
    }
}

impl NetworkResult {
    fn new(scenario: &Scenario, summary: &Summary, direction: Direction) -> Self {
        let network: &Network = match direction {
            Direction::Forward => &summary.wan,
            Direction::Reverse => &summary.wan_reverse,
        };
        let (sent, written) = (summary.wire_bytes[direction as usize], summary.written_bytes);
        let reordering = &network.reordering;
        Self {
            offered: network.offered,
            delivered: network.delivered,
            lost: network.lost,
            duplicated: network.duplicated,
            retransmitted: network.retransmitted,
            markers: network.markers,
            reordered_ratio: network.reordered_ratio(),
            reordering_extent_mean: reordering.extent_mean(),
            reordering_extent_max: reordering.extent_max,
            delay: DelayResult {
                mean_s: network.delay.mean_s,
                p50_s: network.delay.p50_s,
                p99_s: network.delay.p99_s,
            },
            three_reordered_ratio: network.three_reordered_ratio(),
            offered_bytes: network.offered_bytes,
            retransmitted_lost: network.retransmitted_lost,
            markers_lost: network.markers_lost,
            spurious: network.spurious,
            repairs: network.repairs,
            rebuilt: network.rebuilt,
            busiest_line: BusiestLine::new(scenario, summary, direction),
            per_written: if written == 0 { 0.0 } else { sent as f64 / written as f64 },
            burst: BurstResult {
                peak_to_mean: network.burst.peak_to_mean,
                variation: network.burst.variation,
            },
        }
    }
}
