//! From records to writes: which volumes count, which unit they go to, when and where.
//!
//! Knows nothing of files and lines.

use super::error::{LineFault, quoted};
use super::record::Record;
use super::{TraceScan, TraceWrite, VolumeMap};
use crate::hardware::workload::LocalUnit;
use crate::units::SimTime;

/// Bytes of a block, in which positions count.
const BLOCK: u64 = 512;
/// Nanoseconds of a tick of the file's clock.
const TICK_NS: f64 = 100.0;
/// The first value, in nanoseconds, that is no instant of simulated time: 2^64.
const BEYOND_TIME_NS: f64 = 18_446_744_073_709_551_616.0;
/// So many volumes outside the map are remembered by name, for the error that shows them.
const REMEMBERED: usize = 8;

/// The writes to mapped volumes, and what was counted on the way.
#[derive(Debug)]
pub(super) struct Selection {
    volumes: Vec<((String, u32), LocalUnit)>,
    speed: f64,
    /// Timestamp of the first record of the file, in ticks.
    first: Option<u64>,
    /// Timestamp at which the last write was issued, in ticks.
    latest: u64,
    pub(super) seen: TraceScan,
    /// Volumes outside the map that are written to, and how often.
    others: Vec<((String, u32), u64)>,
}

impl Selection {
    pub(super) fn new(volumes: &VolumeMap, speed: f64) -> Self {
        Self {
            volumes: volumes.to_vec(),
            speed,
            first: None,
            latest: 0,
            seen: TraceScan { ends: vec![0; volumes.len()], ..TraceScan::default() },
            others: Vec::new(),
        }
    }

    /// The write that `record` is, if it is one to a mapped volume.
    pub(super) fn take(&mut self, record: &Record) -> Result<Option<TraceWrite>, LineFault> {
        if self.first.is_none() {
            self.latest = record.ticks;
        }
        let first = *self.first.get_or_insert(record.ticks);
        if !record.is_write {
            self.seen.skipped_reads += 1;
            return Ok(None);
        }
        let Some(volume) = self.volumes.iter().position(|(name, _)| is_of(record, name)) else {
            self.skip(record);
            return Ok(None);
        };
        // The files are sorted nearly; time in a simulation only goes on.
        if record.ticks < self.latest {
            self.seen.out_of_order += 1;
        }
        self.latest = self.latest.max(record.ticks);
        let at = instant(self.latest - first, self.speed)?;
        let (position, size) = blocks(record)?;
        self.seen.writes += 1;
        self.seen.largest_write = self.seen.largest_write.max(size);
        self.seen.span = at.since(SimTime::ZERO);
        self.seen.ends[volume] = self.seen.ends[volume].max(position * BLOCK + u64::from(size));
        Ok(Some(TraceWrite { at, unit: self.volumes[volume].1, position, size }))
    }

    /// Counts a write to a volume outside the map.
    fn skip(&mut self, record: &Record) {
        self.seen.skipped_other_volumes += 1;
        if let Some((_, writes)) = self.others.iter_mut().find(|(name, _)| is_of(record, name)) {
            *writes += 1;
        } else if self.others.len() < REMEMBERED {
            let host = String::from_utf8_lossy(record.host).into_owned();
            self.others.push(((host, record.disk), 1));
        }
    }

    /// What to say of a file without a write to a mapped volume.
    pub(super) fn nothing_found(&self) -> String {
        if self.first.is_none() {
            return "found no record; expected a trace".into();
        }
        let mapped: Vec<_> =
            self.volumes.iter().map(|((host, disk), _)| format!("`{host}.{disk}`")).collect();
        let mapped = if mapped.is_empty() { "of an empty map".into() } else { mapped.join(" or ") };
        let others: Vec<_> = self
            .others
            .iter()
            .map(|((host, disk), writes)| {
                format!("{} ({writes})", quoted(format!("{host}.{disk}").as_bytes()))
            })
            .collect();
        let others = match others.len() {
            0 => "it has reads only".into(),
            REMEMBERED => format!("its writes are to {} and perhaps others", others.join(", ")),
            _ => format!("its writes are to {}", others.join(", ")),
        };
        format!("found no write to a volume {mapped}; {others}")
    }
}

/// Is the record one of this volume?
fn is_of(record: &Record, (host, disk): &(String, u32)) -> bool {
    host.as_bytes() == record.host && *disk == record.disk
}

/// The instant `ticks` after the first record. One multiplication, one division and one rounding of IEEE
/// numbers: the same on every machine, and exact at speed 1 for files of up to 104 days (2^53 ns).
fn instant(ticks: u64, speed: f64) -> Result<SimTime, LineFault> {
    let ns = (ticks as f64 * TICK_NS / speed).round();
    if ns < BEYOND_TIME_NS {
        return Ok(SimTime::from_ns(ns as u64));
    }
    let message = format!(
        "found a Timestamp {ticks} ticks after the first; expected one within 584 years of replay at speed {speed}"
    );
    Err(LineFault::new("trace-time", 0, message))
}

/// The first block of a write, and its length in bytes from the start of that block.
fn blocks(record: &Record) -> Result<(u64, u32), LineFault> {
    if record.size == 0 {
        return Err(LineFault::new(
            "trace-size",
            record.size_at,
            "found the Size 0; expected at least 1 byte",
        ));
    }
    let (position, within) = (record.offset / BLOCK, record.offset % BLOCK);
    let Some(size) = record.size.checked_add(within).and_then(|size| u32::try_from(size).ok()) else {
        let message = format!("found the Size {}; expected a write below 4 GiB", record.size);
        return Err(LineFault::new("trace-size", record.size_at, message));
    };
    if record.offset.checked_add(record.size).is_none() {
        let message =
            format!("found the Size {} at the Offset {}; expected an end below 2^64", size, record.offset);
        return Err(LineFault::new("trace-size", record.size_at, message));
    }
    Ok((position, size))
}
