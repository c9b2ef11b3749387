//! The figures of RFC 4737 and RFC 5236, added up over flows.
//!
//! Plain sums: how one arrival is measured stands in `singleton`, `flow` and `density`.

use super::counts::Counts;
use crate::metrics::histogram::{Histogram, Spans};
use crate::units::SimDuration;
use crate::units::time::NANOS_PER_SEC;

/// What one flow, or several added up, has shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reordering {
    /// First copies that arrived.
    pub received: u64,
    /// Those that arrived reordered (RFC 4737, section 3.3).
    pub reordered: u64,
    /// Sum of their reordering extents, in packets (section 4.2).
    pub extent_sum: u128,
    /// The greatest extent, in packets.
    pub extent_max: u64,
    /// Packets that arrived 3-reordered (section 5.2).
    pub three_reordered: u64,
}

impl Reordering {
    /// Reordered packets over received ones (section 4.1); 0 if none was received.
    pub fn ratio(&self) -> f64 {
        share(self.reordered as f64, self.received)
    }

    /// Mean extent over the reordered packets, in packets; 0 if there is none.
    pub fn extent_mean(&self) -> f64 {
        share(self.extent_sum as f64, self.reordered)
    }

    /// 3-reordered packets over received ones (section 5.3); 0 if none was received.
    pub fn three_reordered_ratio(&self) -> f64 {
        share(self.three_reordered as f64, self.received)
    }

    /// Adds another flow's counts.
    pub fn add(&mut self, other: &Self) {
        self.received += other.received;
        self.reordered += other.reordered;
        self.extent_sum += other.extent_sum;
        self.extent_max = self.extent_max.max(other.extent_max);
        self.three_reordered += other.three_reordered;
    }
}

/// `part` of `whole`; 0 of nothing.
pub(super) fn share(part: f64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part / whole as f64 }
}

/// Reordering-free runs (RFC 4737, section 4.6): how many arrivals in order stand before each reordered one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FreeRuns {
    /// Runs that a reordered arrival ended; a run may be empty.
    pub runs: u64,
    /// Arrivals in order within them.
    pub arrivals: u64,
    /// Sum of the squares of their lengths.
    pub squares: u128,
    /// The longest of them.
    pub longest: u64,
    /// Arrivals in order after the last reordered one: of runs that nothing ended.
    pub open: u64,
}

impl FreeRuns {
    /// Mean length; 0 if there is none.
    pub fn mean(&self) -> f64 {
        share(self.arrivals as f64, self.runs)
    }

    pub(super) fn end(&mut self, length: u64) {
        self.runs += 1;
        self.arrivals += length;
        self.squares += u128::from(length) * u128::from(length);
        self.longest = self.longest.max(length);
    }

    pub(super) const fn leave_open(&mut self, length: u64) {
        self.open += length;
    }
}

/// A spread of whole numbers. All are 0 if there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spread {
    /// How many.
    pub count: u64,
    /// Mean.
    pub mean: f64,
    /// Median.
    pub p50: u64,
    /// 99th percentile.
    pub p99: u64,
    /// The greatest.
    pub max: u64,
}

/// All figures, as reports show them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Order {
    /// Ratio, mean extent, 3-reordering (RFC 4737, sections 4.1, 4.2, 5.3).
    pub found: Reordering,
    /// Reordering extent, in arrivals (section 4.2).
    pub extent: Spread,
    /// Late time (section 4.3).
    pub late_time: Spans,
    /// Byte offset (section 4.4).
    pub byte_offset: Spread,
    /// Reordering discontinuities (section 4.5).
    pub discontinuities: u64,
    /// Gaps between them, in arrivals (section 4.5).
    pub gap: Spread,
    /// Gaps between them, in time.
    pub gap_time: Spans,
    /// Reordering-free runs (section 4.6).
    pub free_runs: FreeRuns,
    /// n-reordering (section 5.3): `(first n, last n, arrivals)`; every n of a step has as many.
    pub n_reordered: Vec<(u64, u64, u64)>,
    /// Reorder density (RFC 5236, section 4): `(displacement, arrivals)`; early ones are below 0.
    pub displacements: Vec<(i64, u64)>,
    /// Reorder buffer-occupancy density (section 5): `(arrivals that wait, arrivals)`.
    pub occupancies: Vec<(u64, u64)>,
}

/// Everything, over any number of flows.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Ratio, mean extent, 3-reordering.
    pub found: Reordering,
    /// Extents of the reordered arrivals, in arrivals (RFC 4737, section 4.2).
    pub extents: Counts,
    /// Their late times (section 4.3).
    pub late_times: Histogram,
    /// Their byte offsets (section 4.4): what a receiver had to hold for them.
    pub byte_offsets: Bytes,
    /// Arrivals that are reordering discontinuities (section 4.5).
    pub discontinuities: u64,
    /// Gaps between one discontinuity and the next, in arrivals (section 4.5).
    pub gaps: Counts,
    /// The same gaps in time.
    pub gap_times: Histogram,
    /// Reordering-free runs (section 4.6).
    pub free_runs: FreeRuns,
    /// For each arrival that has one, how many arrivals just before it have larger numbers: it is n-reordered for
    /// every n up to that (section 5.2).
    pub larger_runs: Counts,
    /// RFC 5236, section 4: arrivals by displacement, those that are late or in place.
    pub late: Counts,
    /// The same of those that are early: by how much.
    pub early: Counts,
    /// RFC 5236, section 5: arrivals by the early ones that then wait in a reordering buffer.
    pub occupancies: Counts,
}

impl Tally {
    /// The figures.
    pub fn summary(&self) -> Order {
        Order {
            found: self.found,
            extent: self.extents.spread(),
            late_time: self.late_times.spans(),
            byte_offset: self.byte_offsets.spread(),
            discontinuities: self.discontinuities,
            gap: self.gaps.spread(),
            gap_time: self.gap_times.spans(),
            free_runs: self.free_runs,
            n_reordered: self.n_reordered(),
            displacements: self.displacements(),
            occupancies: self.occupancies.iter().collect(),
        }
    }

    /// RFC 5236, section 3: an arrival whose receive index is above (late) or below its number by this many.
    pub(super) fn displaced(&mut self, receive_index: u64, number: u64) {
        if receive_index >= number {
            self.late.add(receive_index - number);
        } else {
            self.early.add(number - receive_index);
        }
    }

    /// n-reordering for every n (RFC 4737, section 5.3): steps `(first n, last n, arrivals)`. Within a step every
    /// n has as many n-reordered arrivals; beyond the last there is none.
    pub fn n_reordered(&self) -> Vec<(u64, u64, u64)> {
        let mut steps: Vec<(u64, u64, u64)> = Vec::new();
        let mut left = self.larger_runs.total();
        let mut first = 1;
        for (run, arrivals) in self.larger_runs.iter() {
            steps.push((first, run, left));
            left -= arrivals;
            first = run + 1;
        }
        steps
    }

    /// Reorder density (RFC 5236, section 4): `(displacement, arrivals)`, early ones (below 0) first.
    pub fn displacements(&self) -> Vec<(i64, u64)> {
        let signed = |by: u64| i64::try_from(by).unwrap_or(i64::MAX);
        let early = self.early.iter().rev().map(|(by, arrivals)| (-signed(by), arrivals));
        early.chain(self.late.iter().map(|(by, arrivals)| (signed(by), arrivals))).collect()
    }
}

/// Sizes: exact count, mean and maximum, quantiles to three digits.
#[derive(Clone, Debug, Default)]
pub struct Bytes {
    /// One byte stands for one nanosecond.
    numbers: Histogram,
}

impl Bytes {
    /// Counts a size.
    pub(super) fn add(&mut self, bytes: u64) {
        self.numbers.record(SimDuration::from_ns(bytes));
    }

    /// The figures.
    pub fn spread(&self) -> Spread {
        let whole = |seconds: f64| (seconds * NANOS_PER_SEC as f64).round() as u64;
        let spans = self.numbers.spans();
        Spread {
            count: spans.count,
            mean: spans.mean_s * NANOS_PER_SEC as f64,
            p50: whole(spans.p50_s),
            p99: whole(spans.p99_s),
            max: whole(spans.max_s),
        }
    }
}
