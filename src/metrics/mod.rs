//! Lag, response time, recovery point, network and caches of a run, measured from records alone.
//!
//! | figure | of | from | to |
//! |---|---|---|---|
//! | response time | a write | its issue | its completion at the host |
//! | received lag | a write | its completion | its first stay in R(t); 0 if it stood there before |
//! | applied lag | a write | its completion | its first destage at the remote site; 0 if before |
//! | recovery point | an instant | the stamp of the earliest completed write not in R(t) | that instant, else 0 |
//!
//! A write counts if it is to a pair and was issued within [`statistics_from`, `statistics_to`); a packet if it
//! was sent, and an instant if it lies, within [`statistics_from`, `statistics_to`]. Cache peaks and the time
//! series are of the whole run, and of every write.
//!
//! A span that had begun and not ended when the run did is *outstanding*: it is counted, and the figures of the spans
//! that ended are then lower bounds.
//!
//! Architecture invariant: sees trace, units and recovery; knows neither protocol nor scenario. It measures
//! and never judges: that is the checker's. Memory is O(in flight).

pub mod burst;
pub mod cache;
pub mod closed_form;
pub mod dwell;
pub mod estimate;
pub mod exposure;
pub mod fault_cost;
pub mod histogram;
pub mod interval;
pub mod load;
mod meters;
mod missing;
pub mod network;
pub mod proportion;
pub mod recovery_point;
pub mod reordering;
mod row;
pub mod series;
mod spurious;
pub mod summary;
pub mod tape;
pub mod warm_up;
mod write_order;

pub use burst::Burst;
pub use estimate::{Basis, Estimate};
pub use fault_cost::FaultCost;
pub use histogram::{Bar, Spans};
pub use interval::Interval;
pub use network::{Delay, Network};
pub use proportion::Proportion;
pub use recovery_point::Rpo;
pub use reordering::{Order, Reordering};
use series::MOST_GROUP_SERIES;
pub use series::Series;
pub use summary::{CachePeaks, GroupSummary, Orders, PairSummary, Summary};
pub use tape::{TapeJobSummary, TapeMeter, TapeSummary, TapeUnitSummary};
pub use warm_up::{Settled, Transients};

use crate::recovery::{Change, WriteState, WriteTable};
use crate::trace::{End, Fate, PacketClass, Preamble, Record};
use crate::units::{Direction, GroupId, LocalId, RemoteId, SimDuration, SimTime, WriteRef};

use cache::CacheMeter;
use fault_cost::FaultCosts;
use meters::Meters;
use missing::{Missing, Tournament};
use network::{Directions, NetworkMeter};
use recovery_point::RecoveryPoint;
use row::{Flag, Rows};
use spurious::SpuriousMeter;
use write_order::WriteOrder;

/// What is measured beyond the summary.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Keep a time series.
    pub series: bool,
    /// Keep the figures of each pair: three histograms each.
    pub pairs: bool,
}

/// The measurements of one group.
#[derive(Clone, Debug)]
struct Group {
    meters: Meters,
    /// Packets with its writes that were lost on their way to the remote site, within the window.
    lost: u64,
    missing: Missing,
    rpo: RecoveryPoint,
    series: Option<Series>,
    /// Listed among those whose earliest missing write may have changed.
    is_stale: bool,
}

/// Does a packet that is sent at this instant count? Both ends of the window do.
fn within([from, to]: [SimTime; 2], at: SimTime) -> bool {
    (from..=to).contains(&at)
}

/// Is this write neither completed nor in R(t), and still to come there?
fn is_unanswered(rows: &Rows, state: &WriteState) -> bool {
    let is_covered = rows.at(state.write.slot).is_some_and(|row| row.is(Flag::Covered));
    state.completed().is_none() && !state.present && !is_covered && !state.abandoned && !state.wiped
}

/// The groups of a run have series of their own unless they are too many to look at, or it is one.
fn has_group_series(groups: usize) -> bool {
    (2..=MOST_GROUP_SERIES).contains(&groups)
}

/// Measures a run.
///
/// For every record, once the tracker of R(t) has taken it in, call [`Metrics::observe`], and
/// [`Metrics::observe_network`] then or later; at the end [`Metrics::finish`].
#[derive(Clone, Debug)]
pub struct Metrics {
    statistics_from: SimTime,
    statistics_to: SimTime,
    names: Vec<String>,
    groups: Vec<Group>,
    /// By pair, where they are kept.
    pairs: Vec<Meters>,
    /// Over all groups.
    rpo: RecoveryPoint,
    /// The earliest missing write over all groups.
    earliest: Tournament,
    /// Completed writes that are not in R(t).
    missing: u64,
    rows: Rows,
    /// Scratch: groups whose earliest missing write may have changed within this record.
    stale: Vec<u32>,
    local_caches: CacheMeter,
    remote_caches: CacheMeter,
    network: NetworkMeter,
    write_order: WriteOrder,
    spurious: SpuriousMeter,
    /// Bytes of the writes to pairs of the whole run, without those that their host gave up.
    written_bytes: u64,
    local_only: u64,
    local_site_lost: bool,
    fault_costs: FaultCosts,
    transients: Transients,
    series: Option<Series>,
}

impl Metrics {
    /// For a run described by `preamble`.
    pub fn new(preamble: &Preamble, options: Options) -> Self {
        let (from, to) = (preamble.statistics_from, preamble.statistics_to);
        let group = Group {
            meters: Meters::default(),
            lost: 0,
            missing: Missing::default(),
            rpo: RecoveryPoint::new(from, to),
            series: (options.series && has_group_series(preamble.groups.len())).then(|| Series::new(to)),
            is_stale: false,
        };
        Self {
            statistics_from: from,
            statistics_to: to,
            names: preamble.groups.clone(),
            groups: vec![group; preamble.groups.len()],
            pairs: vec![Meters::default(); if options.pairs { preamble.pairs.len() } else { 0 }],
            rpo: RecoveryPoint::new(from, to),
            earliest: Tournament::new(preamble.groups.len()),
            missing: 0,
            rows: Rows::default(),
            stale: Vec::new(),
            local_caches: CacheMeter::new(preamble.local_systems.len()),
            remote_caches: CacheMeter::new(preamble.remote_systems.len()),
            network: NetworkMeter::new(preamble),
            write_order: WriteOrder::new(preamble.groups.len()),
            spurious: SpuriousMeter::default(),
            written_bytes: 0,
            local_only: 0,
            local_site_lost: false,
            fault_costs: FaultCosts::default(),
            transients: Transients::new(to),
            series: options.series.then(|| Series::new(to)),
        }
    }

    /// `record` happened at `now` and changed R(t) by `changes`; `table` has taken it in already, and still
    /// holds a write that this record finishes.
    #[inline]
    pub fn observe(&mut self, now: SimTime, record: &Record, changes: &[Change], table: &WriteTable) {
        match *record {
            Record::Issued { write, local, pair, size, .. } => {
                self.fault_costs.on_met();
                self.on_issued(write, local, size);
                self.local_only += u64::from(pair.is_none());
                self.written_bytes += pair.map_or(0, |_| u64::from(size));
                if let Some(state) = table.get(write).filter(|state| self.counts(state)) {
                    self.meters_of(state).for_each(|meters| meters.on_issued(u64::from(size)));
                }
            }
            Record::Accepted { write } => {
                self.on_accepted(now, write);
                if let Some(state) = table.at(write.slot).filter(|state| self.counts(state))
                    && let Some(row) = self.rows.of(write)
                {
                    self.write_order.on_accepted(row, state.group.0, state.size);
                }
            }
            Record::Completed { write } => self.on_completed(now, write, table),
            Record::LocalDestaged { write } => self.on_local_cache_left(now, write),
            Record::LocalCacheLost { write } => {
                self.fault_costs.on_hit();
                self.on_local_cache_left(now, write);
                self.on_never_sent(write);
                self.on_answered(write, table);
            }
            Record::RemoteCached { write, remote, .. } => {
                self.on_remote_cached(now, write, remote);
                self.on_arrived(now, write);
            }
            Record::RemoteDestaged { write, remote, .. } => {
                self.on_remote_cache_left(now, write, remote.index());
                self.on_arrived(now, write);
            }
            Record::RemoteCacheLost { write, remote } => {
                self.fault_costs.on_hit();
                self.on_remote_cache_left(now, write, remote.index());
            }
            Record::PacketSent { .. } => self.on_packet_sent(now, record, table),
            Record::PacketArrived { .. } => self.fault_costs.on_met(),
            Record::FaultBegan { fault } => {
                self.fault_costs.on_began(now, fault);
                if let Some(series) = &mut self.series {
                    series.on_fault_began(now, Some(fault));
                }
            }
            Record::FaultEnded { fault } => {
                let unanswered = table.iter().filter(|state| is_unanswered(&self.rows, state));
                let unanswered = unanswered.filter_map(|state| Some((state.fixed()?, state.write)));
                self.fault_costs.on_ended(now, fault, self.rpo.earliest(), unanswered);
                if let Some(series) = &mut self.series {
                    series.on_fault_ended(now, fault);
                }
            }
            Record::Abandoned { write } => {
                self.fault_costs.on_hit();
                let size = table.get(write).map_or(0, |state| u64::from(state.size));
                self.written_bytes -= size;
                self.on_answered(write, table);
                if let Some(state) = table.get(write).filter(|state| self.counts(state)) {
                    self.meters_of(state).for_each(|meters| meters.on_abandoned(size));
                }
            }
            Record::StampReceived { .. }
            | Record::LimitStored { .. }
            | Record::LocalSiteLost
            | Record::PacketRebuilt { .. }
            | Record::Tape(_) => {}
            Record::Folded { write, .. } => self.on_never_sent(write),
        }
        for &change in changes {
            match change {
                Change::Present(slot) => self.on_present(now, slot, table),
                Change::Missing(slot) => self.on_missing(slot, table),
                Change::Landed(slot) | Change::Overwritten(slot) => self.on_landed(now, slot, table),
                // A folded write is received when the one that stands for it is.
                Change::Covered(slot) => {
                    if let Some(row) = self.rows.at_mut(slot) {
                        row.set(Flag::Covered, true);
                    }
                    self.on_present(now, slot, table);
                }
                Change::Bare(slot) => {
                    if let Some(row) = self.rows.at_mut(slot) {
                        row.set(Flag::Covered, false);
                    }
                    self.on_missing(slot, table);
                }
            }
        }
        self.refresh_recovery_points(now);
        // After its changes: the recovery point at the loss is that of the image which the loss leaves.
        if matches!(record, Record::LocalSiteLost) {
            self.on_local_site_lost(now);
        }
    }

    /// What is remembered of the write in `slot` will be asked for soon ([`crate::collections`]).
    #[inline]
    pub fn fetch(&self, slot: u32) {
        self.rows.fetch(slot);
    }

    /// The same record once more, for what is measured from records of packets alone: it need not be at the same time, and
    /// may be when others have followed.
    #[inline]
    pub fn observe_network(&mut self, now: SimTime, record: &Record) {
        self.network.observe(now, record);
    }

    /// The figures, after the last record.
    pub fn finish(mut self, end: &End, _table: &WriteTable) -> Summary {
        if let Some(series) = &mut self.series {
            series.on_end(end.at);
        }
        let mut all = Meters::default();
        let mut groups = Vec::with_capacity(self.groups.len());
        let earliest = self.rpo.earliest().filter(|_| !end.local_site_lost);
        let faults = self.fault_costs.finish(end.at, earliest, self.missing);
        for (mut group, name) in self.groups.into_iter().zip(self.names) {
            if let Some(series) = &mut group.series {
                series.on_end(end.at);
            }
            all.merge(&group.meters);
            let [response_time, received_lag, applied_lag] = group.meters.spans();
            groups.push(GroupSummary {
                name,
                response_time,
                received_lag,
                applied_lag,
                rpo: group.rpo.finish(end.at),
                lost: group.lost,
                applied_lag_bars: group.meters.applied_lag.bars(),
                series: group.series,
            });
        }
        let [response_time, received_lag, applied_lag] = all.spans();
        let pairs = self.pairs.iter().map(PairSummary::new).collect();
        let until = self.rpo.lost_at().unwrap_or(end.at).min(self.statistics_to).min(end.at);
        let Directions { wire_bytes, loads, networks: [wan, wan_reverse], orders: [order, order_reverse] } =
            self.network.finish(end.local_site_lost, until);
        let wan = Network { spurious: self.spurious.found(), ..wan };
        Summary {
            issued_bytes: all.issued_bytes,
            written_bytes: self.written_bytes,
            wire_bytes,
            response_time,
            received_lag,
            applied_lag,
            rpo: self.rpo.finish(end.at),
            wan,
            wan_reverse,
            loads,
            counted: self.statistics_to.min(end.at).since(self.statistics_from),
            order: Orders {
                packets: order.summary(),
                packets_reverse: order_reverse.summary(),
                writes: self.write_order.finish().summary(),
            },
            cache: CachePeaks {
                local_bytes: self.local_caches.peak(),
                remote_bytes: self.remote_caches.peak(),
            },
            local_only: self.local_only,
            groups,
            pairs,
            applied_lag_bars: all.applied_lag.bars(),
            faults,
            transients: self.transients,
            series: self.series,
        }
    }

    // The life of a write.

    fn on_issued(&mut self, write: WriteRef, local: LocalId, size: u32) {
        // A slot is used again when its write is finished. A duplicate of it may stand in a remote cache still,
        // but what leaves the cache then has no size that is known here: its use of the cache ends now.
        if let Some(old) = self.rows.at(write.slot) {
            if old.remote_copies > 0 {
                let copies_bytes = u64::from(old.remote_copies) * u64::from(old.size);
                self.remote_caches.leave(old.remote.index(), copies_bytes);
            }
            if old.is(Flag::InLocalCache) {
                self.local_caches.leave(old.local.index(), u64::from(old.size));
            }
        }
        self.rows.issue(write, local, size);
    }

    fn on_accepted(&mut self, now: SimTime, write: WriteRef) {
        let Some(row) = self.rows.of(write) else { return };
        if !row.set(Flag::InLocalCache, true) {
            self.local_caches.enter(row.local.index(), u64::from(row.size));
            self.on_cache_use(now);
        }
    }

    fn on_local_cache_left(&mut self, now: SimTime, write: WriteRef) {
        let Some(row) = self.rows.of(write) else { return };
        if row.set(Flag::InLocalCache, false) {
            self.local_caches.leave(row.local.index(), u64::from(row.size));
            self.on_cache_use(now);
        }
    }

    /// A copy of it stands at the remote site.
    fn on_arrived(&mut self, now: SimTime, write: WriteRef) {
        if let Some(row) = self.rows.of(write) {
            self.write_order.on_arrived(now, row);
        }
    }

    /// It will not be sent (any more).
    fn on_never_sent(&mut self, write: WriteRef) {
        if let Some(row) = self.rows.of(write) {
            self.write_order.on_lost(row);
        }
    }

    /// It is in R(t), or it need not come there any more: no fault is charged for it.
    fn on_answered(&mut self, write: WriteRef, table: &WriteTable) {
        if let Some(fixed) = table.get(write).and_then(WriteState::fixed) {
            self.fault_costs.on_answered(fixed, write);
        }
    }

    #[inline]
    fn on_completed(&mut self, now: SimTime, write: WriteRef, table: &WriteTable) {
        let Some(state) = table.get(write) else { return };
        let Some(&row) = self.rows.at(write.slot) else { return };
        self.fault_costs.on_completed(now, state.issued);
        self.transients.response_time.record(state.issued, now.since(state.issued));
        if state.destaged {
            self.transients.applied_lag.record(state.issued, SimDuration::ZERO);
        }
        if self.counts(state) {
            let response = now.since(state.issued);
            let meters = self.meters_of(state);
            meters
                .for_each(|meters| meters.on_completed(response, row.is(Flag::WasReceived), state.destaged));
        }
        for series in self.series_of(state) {
            if row.is(Flag::WasReceived) {
                series.on_received(now, SimDuration::ZERO);
            }
            if state.destaged {
                series.on_applied(now, SimDuration::ZERO);
            }
        }
        if !state.present && !row.is(Flag::Covered) {
            self.begin_stay(state);
        }
    }

    #[inline]
    fn on_landed(&mut self, now: SimTime, slot: u32, table: &WriteTable) {
        let Some(state) = table.at(slot) else { return };
        // Without a completion yet, the lag is 0 and is counted when that comes.
        let Some(completed) = state.completed() else { return };
        let lag = now.since(completed);
        self.transients.applied_lag.record(state.issued, lag);
        if self.counts(state) {
            self.meters_of(state).for_each(|meters| meters.applied_lag.record(lag));
        }
        for series in self.series_of(state) {
            series.on_applied(now, lag);
        }
    }

    /// The series of the run and of the write's group, as far as they are kept.
    fn series_of(&mut self, state: &WriteState) -> impl Iterator<Item = &mut Series> {
        let group = self.groups.get_mut(state.group.index()).and_then(|group| group.series.as_mut());
        self.series.as_mut().into_iter().chain(group)
    }

    /// The meters of the write's group and, where they are kept, of its pair.
    fn meters_of(&mut self, state: &WriteState) -> impl Iterator<Item = &mut Meters> {
        let group = self.groups.get_mut(state.group.index()).map(|group| &mut group.meters);
        group.into_iter().chain(self.pairs.get_mut(state.pair.index()))
    }

    /// Does the write count for statistics?
    fn counts(&self, state: &WriteState) -> bool {
        (self.statistics_from..self.statistics_to).contains(&state.issued)
    }

    // R(t) and the recovery point.

    #[inline]
    fn on_present(&mut self, now: SimTime, slot: u32, table: &WriteTable) {
        let Some(state) = table.at(slot) else { return };
        self.end_stay(state);
        if let Some(fixed) = state.fixed() {
            self.fault_costs.on_answered(fixed, state.write);
        }
        let Some(row) = self.rows.at_mut(slot) else { return };
        if row.set(Flag::WasReceived, true) {
            return;
        }
        let Some(completed) = state.completed() else { return };
        let lag = now.since(completed);
        self.fault_costs.on_received(lag);
        if self.counts(state) {
            self.meters_of(state).for_each(|meters| meters.received_lag.record(lag));
        }
        for series in self.series_of(state) {
            series.on_received(now, lag);
        }
    }

    fn on_missing(&mut self, slot: u32, table: &WriteTable) {
        let Some(state) = table.at(slot) else { return };
        if state.completed().is_some() {
            self.begin_stay(state);
        }
    }

    /// The write is completed and not in R(t) from now on.
    #[inline]
    fn begin_stay(&mut self, state: &WriteState) {
        let (GroupId(group), slot) = (state.group, state.write.slot);
        let Some(row) = self.rows.at_mut(slot) else { return };
        let Some(measured) = self.groups.get_mut(group as usize) else { return };
        if row.set(Flag::IsMissing, true) {
            return;
        }
        self.missing += 1;
        let stay = row.stay.next();
        row.stay = stay;
        let fixed = state.fixed().unwrap_or(state.issued);
        measured.missing.insert(fixed, slot, stay, |slot, stay| self.rows.is_missing(slot, stay));
        if measured.rpo.earliest().is_none_or(|earliest| fixed < earliest) {
            self.mark_stale(group);
        }
    }

    /// The write is no longer among the completed ones that are not in R(t).
    fn end_stay(&mut self, state: &WriteState) {
        let (GroupId(group), slot) = (state.group, state.write.slot);
        let Some(row) = self.rows.at_mut(slot) else { return };
        if !row.set(Flag::IsMissing, false) {
            return;
        }
        self.missing -= 1;
        self.groups[group as usize].missing.remove();
        self.mark_stale(group);
    }

    fn mark_stale(&mut self, group: u32) {
        if !std::mem::replace(&mut self.groups[group as usize].is_stale, true) {
            self.stale.push(group);
        }
    }

    #[inline]
    fn refresh_recovery_points(&mut self, now: SimTime) {
        // After the loss of the local site nobody can depend on a write any more: the recovery point is frozen.
        if self.local_site_lost {
            return;
        }
        if !self.stale.is_empty() {
            self.refresh_stale(now);
        }
        self.fault_costs.refresh(now, self.rpo.earliest());
    }

    fn refresh_stale(&mut self, now: SimTime) {
        let rows = &self.rows;
        for index in self.stale.drain(..) {
            let group = &mut self.groups[index as usize];
            group.is_stale = false;
            let earliest = group.missing.earliest(|slot, stay| rows.is_missing(slot, stay));
            if earliest != group.rpo.earliest() {
                group.rpo.change(now, earliest);
                if let Some(series) = &mut group.series {
                    series.on_rpo(now, earliest);
                }
                self.earliest.set(index as usize, earliest);
            }
        }
        let earliest = self.earliest.least();
        if earliest != self.rpo.earliest() {
            if self.fault_costs.is_open() {
                self.fault_costs.on_rpo(now, self.rpo.earliest(), earliest);
            }
            self.rpo.change(now, earliest);
            if let Some(series) = &mut self.series {
                series.on_rpo(now, earliest);
            }
        }
    }

    fn on_local_site_lost(&mut self, now: SimTime) {
        for group in &mut self.groups {
            group.rpo.on_local_site_lost(now);
            if let Some(series) = &mut group.series {
                series.on_rpo(now, None);
            }
        }
        self.fault_costs.on_local_site_lost(now, self.rpo.earliest());
        self.rpo.on_local_site_lost(now);
        self.local_site_lost = true;
        self.local_caches.destroy();
        for row in self.rows.iter_mut() {
            row.set(Flag::InLocalCache, false);
        }
        self.on_cache_use(now);
        if let Some(series) = &mut self.series {
            series.on_fault_began(now, None);
            series.on_rpo(now, None);
        }
    }

    // Caches and network.

    fn on_remote_cached(&mut self, now: SimTime, write: WriteRef, remote: RemoteId) {
        let Some(row) = self.rows.of(write) else { return };
        row.remote = remote;
        row.remote_copies += 1;
        self.remote_caches.enter(remote.index(), u64::from(row.size));
        self.on_cache_use(now);
    }

    fn on_remote_cache_left(&mut self, now: SimTime, write: WriteRef, remote: usize) {
        let Some(row) = self.rows.of(write) else { return };
        // A copy may be destaged that never stood in a cache (`synchronous`).
        if row.remote_copies > 0 {
            row.remote_copies -= 1;
            self.remote_caches.leave(remote, u64::from(row.size));
            self.on_cache_use(now);
        }
    }

    /// A packet was offered to a path.
    #[inline]
    fn on_packet_sent(&mut self, now: SimTime, record: &Record, table: &WriteTable) {
        let Record::PacketSent { direction, class, write, fate, .. } = *record else { return };
        let counts = within([self.statistics_from, self.statistics_to], now);
        let is_lost = matches!(fate, Fate::Lost | Fate::Copies(0));
        if let (Direction::Forward, Some(write)) = (direction, write)
            && let Some(row) = self.rows.at_mut(write.slot)
        {
            self.spurious.on_sent((now, class), write, fate, counts, row);
        }
        if class == PacketClass::Resend {
            self.fault_costs.on_retransmitted();
        }
        if !is_lost {
            return;
        }
        self.fault_costs.on_hit();
        if let (true, Direction::Forward, Some(write)) = (counts, direction, write)
            && let Some(group) = table.get(write).map(|state| state.group)
            && let Some(group) = self.groups.get_mut(group.index())
        {
            group.lost += 1;
        }
    }

    fn on_cache_use(&mut self, now: SimTime) {
        if let Some(series) = &mut self.series {
            series.on_cache(now, self.local_caches.total(), self.remote_caches.total());
        }
    }
}

#[cfg(test)]
mod tests;
