//! Block traces in the CSV format of the MSR Cambridge traces, read as a stream.
//!
//! The format (Narayanan, Donnelly, Rowstron: Write Off-Loading, FAST 2008; SNIA IOTTA) is one line per
//! request: `Timestamp,Hostname,DiskNumber,Type,Offset,Size,ResponseTime`. `Timestamp` counts 100 ns ticks
//! since 1601 (Windows filetime), `Offset` and `Size` are bytes, `ResponseTime` is in ticks. A volume is a
//! hostname and a disk number, written `pg.1`.
//!
//! - **Time.** The first record of the file, whatever it is, stands at time zero; a `speed` of 2 halves every
//!   distance. Files are sorted only nearly: a write earlier than the one before it (or than the first record)
//!   is issued at the instant of that one, and counted.
//! - **Place.** A write that begins within a block of 512 bytes begins at that block, and is longer by as much.
//! - **Left out.** Reads, and writes to volumes that nobody mapped, are skipped and counted.
//!
//! Memory does not depend on the file. Nothing here waits for completions, uses `ResponseTime`, or knows how
//! large a unit is; gzip is not undone.

mod error;
mod lines;
mod record;
mod selection;
#[cfg(test)]
mod tests;

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

pub use error::TraceError;

use crate::hardware::workload::LocalUnit;
use crate::units::{SimDuration, SimTime};
use error::LineFault;
use lines::Lines;
use record::{HEADER, Record};
use selection::Selection;

/// Volumes of the trace, each a hostname and a disk number, and the units that they stand for.
pub type VolumeMap = [((String, u32), LocalUnit)];

/// One write of a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceWrite {
    /// When it is issued, since the first record of the file.
    pub at: SimTime,
    /// The unit it goes to.
    pub unit: LocalUnit,
    /// First block (512 bytes each).
    pub position: u64,
    /// Length in bytes, from the start of that block.
    pub size: u32,
}

/// What a trace holds for a given map of volumes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TraceScan {
    /// Writes to mapped volumes.
    pub writes: u64,
    /// Reads, of any volume.
    pub skipped_reads: u64,
    /// Writes to volumes that are not in the map.
    pub skipped_other_volumes: u64,
    /// Writes issued later than recorded, because the file has them after a later one.
    pub out_of_order: u64,
    /// The largest write, in bytes.
    pub largest_write: u32,
    /// From the first record of the file to the last write, at the given speed.
    pub span: SimDuration,
    /// Per volume, in the order of the map: the first byte beyond its writes; 0 if it has none.
    pub ends: Vec<u64>,
}

/// Reads the whole trace once, and says what is in it or what is wrong with it.
///
/// A trace without a write to a mapped volume is an error, which names the volumes that it does write to.
pub fn scan(path: &Path, volumes: &VolumeMap, speed: f64) -> Result<TraceScan, TraceError> {
    let mut reader = TraceReader::open(path, volumes, speed)?;
    for write in reader.by_ref() {
        write?;
    }
    let selection = reader.selection;
    if selection.seen.writes == 0 {
        return Err(whole_file(path, "trace-no-writes", selection.nothing_found()));
    }
    Ok(selection.seen)
}

/// The writes of a trace to the mapped volumes, in the order in which they are issued.
///
/// Ends after the first error.
#[derive(Debug)]
pub struct TraceReader {
    path: PathBuf,
    lines: Lines<File>,
    selection: Selection,
    /// The first of the empty lines that the file ends with.
    empty_line: Option<u64>,
    finished: bool,
}

impl TraceReader {
    /// Opens the trace at `path`, to be replayed `speed` times as fast as recorded.
    pub fn open(path: &Path, volumes: &VolumeMap, speed: f64) -> Result<Self, TraceError> {
        if !(speed.is_finite() && speed > 0.0) {
            let message = format!("found the speed {speed}; expected a number above 0");
            return Err(whole_file(path, "trace-speed", message));
        }
        Ok(Self {
            path: path.to_owned(),
            lines: Lines::new(open_file(path)?),
            selection: Selection::new(volumes, speed),
            empty_line: None,
            finished: false,
        })
    }

    /// What was read so far.
    pub fn so_far(&self) -> &TraceScan {
        &self.selection.seen
    }

    /// The next write to a mapped volume; `None` at the end of the file.
    fn read_on(&mut self) -> Result<Option<TraceWrite>, (u64, LineFault)> {
        loop {
            let Some((number, line)) = self.lines.next()? else {
                return Ok(None);
            };
            if line.is_empty() {
                self.empty_line.get_or_insert(number);
                continue;
            }
            if let Some(empty) = self.empty_line {
                let message = format!("found an empty line; expected {HEADER}");
                return Err((empty, LineFault::new("trace-fields", 0, message)));
            }
            if number == 1 && line.eq_ignore_ascii_case(HEADER.as_bytes()) {
                continue;
            }
            match Record::parse(line).and_then(|record| self.selection.take(&record)) {
                Ok(None) => {}
                Ok(write) => return Ok(write),
                Err(fault) => return Err((number, fault)),
            }
        }
    }
}

impl Iterator for TraceReader {
    type Item = Result<TraceWrite, TraceError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.finished {
            return None;
        }
        let item = self.read_on().transpose();
        self.finished = !matches!(item, Some(Ok(_)));
        Some(item?.map_err(|(line, LineFault { id, at, message })| TraceError {
            id,
            path: self.path.clone(),
            line,
            column: at as u32 + 1,
            message,
        }))
    }
}

/// Opens a regular file for reading.
fn open_file(path: &Path) -> Result<File, TraceError> {
    let not_a_file =
        |found| whole_file(path, "trace-not-a-file", format!("found {found}; expected a trace file"));
    // Asked before opening: to open a pipe is to wait for its writer, and a trace is read twice.
    let file = match fs::metadata(path) {
        Ok(found) if found.is_dir() => return Err(not_a_file("a folder")),
        Ok(found) if !found.is_file() => return Err(not_a_file("a device or a pipe")),
        Ok(_) => File::open(path),
        Err(error) => Err(error),
    };
    file.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => {
            whole_file(path, "trace-not-found", "found no such file; expected a trace".into())
        }
        _ => whole_file(path, "trace-unreadable", format!("cannot be opened: {error}")),
    })
}

/// An error of the file as a whole.
fn whole_file(path: &Path, id: &'static str, message: String) -> TraceError {
    TraceError { id, path: path.to_owned(), line: 0, column: 0, message }
}
