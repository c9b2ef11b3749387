//! What is replayed of a recording: its files, the units that its volumes stand for, and the stretch of time.

use std::path::PathBuf;

use super::error::LineFault;
use super::format::BLOCK;
use super::record::Record;
use super::records::Reading;
use crate::hardware::workload::LocalUnit;
use crate::units::{SimDuration, SimTime};

/// A recorded workload, resolved: every file with its format and its time zero, every volume with its units.
#[derive(Clone, Debug, PartialEq)]
pub struct TracePlan {
    /// The files of the recording, which have a common clock.
    pub files: Vec<TraceFile>,
    /// The volumes that are replayed, sorted by name.
    pub volumes: Vec<Volume>,
    /// The stretch of time, and how fast.
    pub window: Window,
}

/// One file of a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceFile {
    /// The file.
    pub path: PathBuf,
    /// Its format.
    pub reading: Reading,
    /// The volume of a format that names none.
    pub nameless: String,
    /// The time of the file's clock, in nanoseconds, that is time zero.
    pub origin_ns: u64,
    /// How much earlier than a request before it one may be, in nanoseconds; such are put in order.
    pub disorder_ns: u64,
}

/// A volume of the recording and where its blocks go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Volume {
    /// Its name in the trace.
    pub name: Vec<u8>,
    /// The units it is spread over, at least one.
    pub units: Vec<LocalUnit>,
    /// Bytes on one unit before the next one follows; a multiple of 512.
    pub stripe: u64,
    /// Bytes of other volumes before it on its units; a multiple of 512.
    pub base: u64,
}

/// The stretch of the recording that is replayed, and how fast.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    /// It begins so long after time zero of the recording.
    pub from: SimDuration,
    /// It ends so long after time zero of the recording, exclusive; `None` is its end.
    pub to: Option<SimDuration>,
    /// Every distance is multiplied by this,
    pub stretch: f64,
    /// and divided by this.
    pub speed: f64,
}

impl Default for Window {
    /// All of it, as fast as recorded.
    fn default() -> Self {
        Self { from: SimDuration::ZERO, to: None, stretch: 1.0, speed: 1.0 }
    }
}

/// Where a request falls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Instant {
    /// Before the window.
    Before,
    /// In it: the simulated instant.
    At(SimTime),
    /// After it.
    After,
}

/// One write of a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceWrite {
    /// When it is issued, since the beginning of the window.
    pub at: SimTime,
    /// The unit it goes to.
    pub unit: LocalUnit,
    /// First block (512 bytes each).
    pub position: u64,
    /// Length in bytes, from the start of that block.
    pub size: u32,
}

impl Window {
    /// The instant of a request at `stamp_ns` of a clock on which `origin_ns` is time zero.
    ///
    /// Exact where neither stretch nor speed is given; else one multiplication, one division and one rounding of
    /// IEEE numbers: the same on every machine, and exact to the nanosecond for 104 days (2^53 ns).
    pub(super) fn instant(&self, record: &Record, origin_ns: u64) -> Result<Instant, LineFault> {
        /// The first value, in nanoseconds, that is no instant of simulated time: 2^64.
        const BEYOND_TIME_NS: f64 = 18_446_744_073_709_551_616.0;
        let Some(since_origin) = record.stamp_ns.checked_sub(origin_ns) else { return Ok(Instant::Before) };
        let Some(ns) = since_origin.checked_sub(self.from.as_ns()) else { return Ok(Instant::Before) };
        if self.to.is_some_and(|to| since_origin >= to.as_ns()) {
            return Ok(Instant::After);
        }
        let is_one = |factor: f64| (factor - 1.0).abs() < f64::EPSILON;
        if is_one(self.stretch) && is_one(self.speed) {
            return Ok(Instant::At(SimTime::from_ns(ns)));
        }
        let scaled = (ns as f64 * self.stretch / self.speed).round();
        if scaled < BEYOND_TIME_NS {
            return Ok(Instant::At(SimTime::from_ns(scaled as u64)));
        }
        let message = format!(
            "found a time {} after time zero; expected one within 584 years of replay",
            SimDuration::from_ns(ns)
        );
        Err(LineFault::new("trace-time", record.stamp_at, message))
    }
}

/// A stretch of a volume: whole blocks from the first byte on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    /// First byte, a multiple of 512.
    pub(super) offset: u64,
    /// Bytes.
    pub(super) size: u32,
}

impl Stretch {
    /// The blocks that `record` writes to: one that begins within a block begins with that block.
    pub(super) fn of(record: &Record) -> Result<Self, LineFault> {
        let fault = |expected: &str| {
            let message =
                format!("found {} bytes at the offset {}; expected {expected}", record.size, record.offset);
            LineFault::new("trace-size", record.size_at, message)
        };
        let within = record.offset % BLOCK;
        let size = record.size.checked_add(within).and_then(|size| u32::try_from(size).ok());
        let size = size.ok_or_else(|| fault("a write below 4 GiB"))?;
        let offset = record.offset - within;
        offset.checked_add(u64::from(size)).ok_or_else(|| fault("an end below 2^64"))?;
        Ok(Self { offset, size })
    }
}

impl Volume {
    /// The writes that write `stretch` at `at`: one for each stripe.
    pub(super) fn writes(&self, at: SimTime, stretch: Stretch) -> impl Iterator<Item = TraceWrite> {
        let units = self.units.len() as u64;
        let end = stretch.offset + u64::from(stretch.size);
        let mut next = stretch.offset;
        std::iter::from_fn(move || {
            (next < end).then(|| {
                let (stripe, within) = (next / self.stripe, next % self.stripe);
                let size = (end - next).min(self.stripe - within);
                next += size;
                let unit = self.units[(stripe % units) as usize];
                let offset = self.base.saturating_add(stripe / units * self.stripe + within);
                TraceWrite { at, unit, position: offset / BLOCK, size: size as u32 }
            })
        })
    }

    /// Bytes that a volume which ends at `end` takes on the fullest of its units, its base included.
    pub fn end_on_a_unit(&self, end: u64) -> u64 {
        if self.units.len() < 2 {
            return self.base.saturating_add(end);
        }
        let row = self.stripe.saturating_mul(self.units.len() as u64);
        let rest = (end % row).min(self.stripe);
        self.base.saturating_add(end / row * self.stripe).saturating_add(rest)
    }
}
