//! Tape: throughput, back-hitches, MT queue, in-order delivery, caches, measured from records alone.
//!
//! | figure | from | to |
//! |---|---|---|
//! | write throughput | the first block issued | the last block on the medium |
//! | read throughput | the first block asked for | the last block delivered |
//! | in-order delay of a write | it stands in the MT queue | it does, and all blocks before it have |
//! | in-order delay of a read | it stands in the initiator's memory | the reader is given it |
//!
//! All are of the whole run. Memory is O(in flight).

use std::collections::BTreeMap;

use super::histogram::{Histogram, Spans};
use crate::trace::tape::{PreambleJob, TapePreamble};
use crate::trace::{End, TapeRecord};
use crate::units::{SimTime, TapeBlock};

/// The figures of one job.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TapeJobSummary {
    /// Its name.
    pub name: String,
    /// Was it over in time?
    pub is_finished: bool,
    /// Blocks on the medium.
    pub written_blocks: u64,
    /// Bytes per second while it wrote; 0 if it wrote nothing.
    pub write_bytes_per_s: f64,
    /// Blocks delivered to the reader.
    pub read_blocks: u64,
    /// Bytes per second while it read; 0 if it read nothing.
    pub read_bytes_per_s: f64,
    /// In-order delay of its writes.
    pub write_in_order_delay: Spans,
    /// In-order delay of its reads.
    pub read_in_order_delay: Spans,
    /// The most bytes of blocks that waited in the initiator's memory, for an answer or for a block before them.
    pub memory_peak_bytes: u64,
    /// Blocks that differ from the volume that was lost; `None` if nothing was compared.
    pub differing_blocks: Option<u64>,
}

/// The figures of one MT unit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TapeUnitSummary {
    /// Its name.
    pub name: String,
    /// Back-hitches of the drive.
    pub back_hitches: u64,
    /// Blocks that found the MT queue full.
    pub refused: u64,
    /// Entries in the MT queue, mean over the time from its first entry to its last.
    pub queue_depth_mean: f64,
    /// Entries in the MT queue, at most.
    pub queue_depth_max: u64,
    /// The most bytes that stood in the MT queue.
    pub cache_peak_bytes: u64,
}

/// The figures of tape.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TapeSummary {
    /// By job.
    pub jobs: Vec<TapeJobSummary>,
    /// By MT unit.
    pub units: Vec<TapeUnitSummary>,
}

/// From when to when something went on.
#[derive(Clone, Copy, Debug, Default)]
struct Stretch {
    first: Option<SimTime>,
    last: SimTime,
}

impl Stretch {
    fn start(&mut self, now: SimTime) {
        self.first.get_or_insert(now);
    }

    fn bytes_per_s(&self, bytes: u64) -> f64 {
        let span = self.first.map_or(0.0, |first| self.last.since(first).as_secs_f64());
        if span > 0.0 { bytes as f64 / span } else { 0.0 }
    }
}

#[derive(Clone, Debug, Default)]
struct Job {
    block: u64,
    is_finished: bool,
    written: u64,
    read: u64,
    writing: Stretch,
    reading: Stretch,
    /// Blocks that came to the MT queue before all before them had.
    ahead: BTreeMap<u64, SimTime>,
    next: u64,
    write_delay: Histogram,
    /// Read data in memory, and since when.
    stored: BTreeMap<Option<TapeBlock>, SimTime>,
    read_delay: Histogram,
    held: u64,
    held_peak: u64,
    differing: Option<u64>,
}

impl Job {
    fn hold(&mut self, more: i64) {
        self.held = self.held.saturating_add_signed(more);
        self.held_peak = self.held_peak.max(self.held);
    }

    fn on_cached(&mut self, now: SimTime, index: u64) {
        if index < self.next {
            return; // A second copy.
        }
        self.ahead.entry(index).or_insert(now);
        while let Some(came) = self.ahead.remove(&self.next) {
            self.write_delay.record(now.since(came));
            self.next += 1;
        }
    }
}

#[derive(Clone, Debug, Default)]
struct Unit {
    back_hitches: u64,
    refused: u64,
    depth: u64,
    depth_max: u64,
    since: SimTime,
    /// Entries times nanoseconds.
    area: u128,
    busy: Stretch,
}

impl Unit {
    fn change(&mut self, now: SimTime, more: i64) {
        self.area += u128::from(self.depth) * u128::from(now.since(self.since).as_ns());
        self.since = now;
        self.depth = self.depth.saturating_add_signed(more);
        self.depth_max = self.depth_max.max(self.depth);
        self.busy.start(now);
        self.busy.last = now;
    }

    fn depth_mean(&self) -> f64 {
        let span = self.busy.first.map_or(0, |first| self.busy.last.since(first).as_ns());
        if span == 0 { 0.0 } else { self.area as f64 / span as f64 }
    }
}

/// Measures the tapes of a run.
#[derive(Clone, Debug)]
pub struct TapeMeter {
    names: TapePreamble,
    jobs: Vec<Job>,
    units: Vec<Unit>,
}

impl TapeMeter {
    /// For the tapes described by `preamble`.
    pub fn new(preamble: &TapePreamble) -> Self {
        let job = |unit: usize| {
            let block = preamble.units.get(unit).map_or(0, |&(_, block)| u64::from(block));
            Job { block, ..Job::default() }
        };
        Self {
            names: preamble.clone(),
            jobs: preamble.jobs.iter().map(|known| job(known.unit.index())).collect(),
            units: vec![Unit::default(); preamble.units.len()],
        }
    }

    /// `record` happened at `now`.
    pub fn observe(&mut self, now: SimTime, record: &TapeRecord) {
        match *record {
            TapeRecord::Issued { block, .. } => {
                let job = &mut self.jobs[block.job.index()];
                job.writing.start(now);
                job.hold(1);
            }
            TapeRecord::Cached { unit, block } => {
                self.units[unit.index()].change(now, 1);
                self.jobs[block.job.index()].on_cached(now, block.index);
            }
            TapeRecord::Refused { unit, .. } => self.units[unit.index()].refused += 1,
            TapeRecord::Written { unit, block, .. } => {
                self.units[unit.index()].change(now, -1);
                let job = &mut self.jobs[block.job.index()];
                job.written += 1;
                job.writing.last = now;
            }
            TapeRecord::Completed { block } => self.jobs[block.job.index()].hold(-1),
            TapeRecord::Asked { job, .. } => self.jobs[job.index()].reading.start(now),
            TapeRecord::GroupRead { unit, blocks, .. } => {
                self.units[unit.index()].change(now, i64::try_from(blocks).unwrap_or(i64::MAX));
            }
            TapeRecord::Left { unit, .. } => self.units[unit.index()].change(now, -1),
            TapeRecord::Stored { job, block } => {
                let job = &mut self.jobs[job.index()];
                job.stored.entry(block).or_insert(now);
                job.hold(1);
            }
            TapeRecord::Delivered { job, block } => {
                let job = &mut self.jobs[job.index()];
                if let Some(stored) = job.stored.remove(&block) {
                    job.read_delay.record(now.since(stored));
                }
                job.hold(-1);
                job.read += u64::from(block.is_some());
                job.reading.last = now;
            }
            TapeRecord::BackHitch { unit } => self.units[unit.index()].back_hitches += 1,
            TapeRecord::Compared { job, differing, .. } => {
                self.jobs[job.index()].differing = Some(differing);
            }
            TapeRecord::Finished { job } => self.jobs[job.index()].is_finished = true,
            TapeRecord::Preloaded { .. } | TapeRecord::VolumeLost { .. } => {}
        }
    }

    /// The figures, after the last record.
    pub fn finish(self, _end: &End) -> TapeSummary {
        let block_of = |unit: usize| self.names.units.get(unit).map_or(0, |&(_, block)| u64::from(block));
        let job = |(job, known): (&Job, &PreambleJob)| TapeJobSummary {
            name: known.name.clone(),
            is_finished: job.is_finished,
            written_blocks: job.written,
            write_bytes_per_s: job.writing.bytes_per_s(job.written * job.block),
            read_blocks: job.read,
            read_bytes_per_s: job.reading.bytes_per_s(job.read * job.block),
            write_in_order_delay: job.write_delay.spans(),
            read_in_order_delay: job.read_delay.spans(),
            memory_peak_bytes: job.held_peak * job.block,
            differing_blocks: job.differing,
        };
        let unit = |(index, (unit, known)): (usize, (&Unit, &(String, u32)))| TapeUnitSummary {
            name: known.0.clone(),
            back_hitches: unit.back_hitches,
            refused: unit.refused,
            queue_depth_mean: unit.depth_mean(),
            queue_depth_max: unit.depth_max,
            cache_peak_bytes: unit.depth_max * block_of(index),
        };
        TapeSummary {
            jobs: self.jobs.iter().zip(&self.names.jobs).map(job).collect(),
            units: self.units.iter().zip(&self.names.units).enumerate().map(unit).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{JobId, SimDuration, TapeUnitId};

    const UNIT: TapeUnitId = TapeUnitId(0);
    const JOB: JobId = JobId(0);

    fn block(index: u64) -> TapeBlock {
        TapeBlock { job: JOB, index }
    }

    fn measure(records: &[(u64, TapeRecord)]) -> TapeSummary {
        let jobs = vec![PreambleJob { name: "J".into(), unit: UNIT }];
        let mut meter = TapeMeter::new(&TapePreamble { units: vec![("T:1".into(), 1_000)], jobs });
        for &(ms, ref record) in records {
            meter.observe(SimTime::ZERO + SimDuration::from_ms(ms), record);
        }
        let end = End { at: SimTime::ZERO, local_site_lost: false, drained: true };
        meter.finish(&end)
    }

    fn near(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-9 * expected.abs().max(1.0), "{found} is not {expected}");
    }

    #[test]
    fn writes_are_measured_from_issue_to_medium_and_queue_and_order_between() {
        let summary = measure(&[
            (0, TapeRecord::Issued { unit: UNIT, block: block(0) }),
            (0, TapeRecord::Issued { unit: UNIT, block: block(1) }),
            (10, TapeRecord::Cached { unit: UNIT, block: block(1) }),
            (30, TapeRecord::Cached { unit: UNIT, block: block(0) }),
            (40, TapeRecord::Written { unit: UNIT, position: 0, block: block(0) }),
            (50, TapeRecord::Written { unit: UNIT, position: 1, block: block(1) }),
            (50, TapeRecord::Completed { block: block(0) }),
        ]);
        let (job, unit) = (&summary.jobs[0], &summary.units[0]);
        near(job.write_bytes_per_s, 2_000.0 / 0.050);
        assert_eq!(job.write_in_order_delay.count, 2);
        near(job.write_in_order_delay.mean_s, 0.010); // 20 ms and none.
        near(unit.queue_depth_mean, (1.0 * 20.0 + 2.0 * 10.0 + 1.0 * 10.0) / 40.0);
        assert_eq!((unit.queue_depth_max, unit.cache_peak_bytes, job.memory_peak_bytes), (2, 2_000, 2_000));
    }

    #[test]
    fn reads_are_measured_from_asking_to_delivery() {
        let summary = measure(&[
            (0, TapeRecord::Asked { job: JOB, unit: UNIT, position: 0 }),
            (5, TapeRecord::GroupRead { unit: UNIT, first: 0, blocks: 2 }),
            (20, TapeRecord::Stored { job: JOB, block: Some(block(1)) }),
            (40, TapeRecord::Stored { job: JOB, block: Some(block(0)) }),
            (40, TapeRecord::Delivered { job: JOB, block: Some(block(0)) }),
            (40, TapeRecord::Delivered { job: JOB, block: Some(block(1)) }),
            (40, TapeRecord::Compared { job: JOB, blocks: 2, differing: 0 }),
        ]);
        let job = &summary.jobs[0];
        near(job.read_bytes_per_s, 2_000.0 / 0.040);
        near(job.read_in_order_delay.mean_s, 0.010);
        assert_eq!((job.read_blocks, job.differing_blocks, job.memory_peak_bytes), (2, Some(0), 2_000));
    }
}
