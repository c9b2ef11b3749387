//! Recorded workloads: block traces in the formats in which they are handed out, read as streams.
//!
//! | room | does |
//! |---|---|
//! | `source`, `input` | a file's bytes, undone from gzip or zstd; lines and blocks of them |
//! | `format`, `fields` | a file per format: a line (or block) becomes a record |
//! | `recognise` | which format a file is in |
//! | `records` | the requests of one file |
//! | `plan` | which units the volumes stand for, which stretch of time is replayed |
//! | `scan` | a recording read through before it is replayed |
//! | `replay` | the writes of several files, merged by time |
//! | `summary` | what a trace is like: rate, sizes, working set, bursts |
//!
//! - **Time.** The files of a recording have one clock. Time zero is an instant of that clock; by default the
//!   earliest first time of the files. A file is in the order of time, or is put in order.
//! - **Place.** A write that begins within a block of 512 bytes begins at that block, and is longer by as much.
//! - **Left out, and counted.** What is no write, writes of no bytes, to volumes that nobody mapped, or outside the
//!   stretch of time.
//!
//! Memory does not depend on the length of a file. Nothing here waits for completions, uses response times, or knows
//! how large a unit is.

mod error;
mod fields;
mod format;
mod input;
mod plan;
mod recognise;
mod record;
mod records;
mod replay;
mod scan;
mod source;
mod summary;
#[cfg(test)]
mod tests;

use std::path::Path;

pub use error::TraceError;
pub use fields::{Separator, time_ns};
pub use format::{ColumnName, Columns, Epoch, TraceFormat};
pub use plan::{TraceFile, TracePlan, TraceWrite, Volume, Window};
pub use record::{Operation, Record};
pub use records::{Place, Reading, Records};
pub use replay::TraceReader;
pub use scan::{FileScan, Opening, TraceScan, VolumeScan, open, scan};
pub use source::Compression;
pub use summary::{
    Bin, Burstiness, SUMMARY_BLOCK, Sizes, Summary, SummaryFile, SummaryVolume, Tally, WrittenBlocks,
    summarise,
};

/// The volume of a format that names none: the name of the file up to its first dot.
pub fn nameless_volume(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.split('.').find(|part| !part.is_empty()).unwrap_or("trace").to_owned()
}
