//! The trace files of fio, versions 2 and 3 (fio's HOWTO, "Trace file format").
//!
//! The first line is `fio version N iolog`. Offset and length are bytes; a volume is a file name. Version 3 has the
//! time of each action, in microseconds since the start of the run. Version 2 has no times: its clock goes on by
//! `wait` only, by as many microseconds as its offset says, and not at all below 100 (so does fio's own replay).

use crate::hardware::trace_file::error::{LineFault, quoted};
use crate::hardware::trace_file::fields::{Fields, Separator};
use crate::hardware::trace_file::record::{Operation, Parsed, Record};

/// A line.
pub(super) const LAYOUT: &str = "[timestamp] filename action [offset length], after `fio version 3 iolog`";

/// Nanoseconds of a microsecond.
const MICROSECOND_NS: u64 = 1_000;
/// Shorter waits are none.
const SHORTEST_WAIT_US: u64 = 100;

/// The version that a first line gives; `None` if it is not that of an iolog.
pub(in crate::hardware::trace_file) fn version(line: &[u8]) -> Option<&[u8]> {
    line.trim_ascii().strip_prefix(b"fio version ")?.strip_suffix(b" iolog")
}

/// A reader of either version.
#[derive(Debug, Default)]
pub(in crate::hardware::trace_file) struct FioIolog {
    /// The version; 0 before the first line.
    version: u8,
    /// Version 2: what the waits so far add up to.
    waited_ns: u64,
}

impl FioIolog {
    /// Reads a line.
    pub(super) fn parse(&mut self, line: &[u8], record: &mut Record) -> Result<Parsed, LineFault> {
        if self.version == 0 {
            self.version = match version(line) {
                Some(b"2") => 2,
                Some(b"3") => 3,
                _ => {
                    let message = format!(
                        "found {}; expected `fio version 2 iolog` or `fio version 3 iolog`",
                        quoted(line)
                    );
                    return Err(LineFault::new("trace-format", 0, message));
                }
            };
            return Ok(Parsed::Nothing);
        }
        let layout = if self.version == 3 {
            "timestamp filename action [offset length]"
        } else {
            "filename action [offset length]"
        };
        let mut fields = Fields::new(line, Separator::Blanks, layout);
        record.stamp_at = 0;
        record.stamp_ns = if self.version == 3 {
            let stamp = fields.take("timestamp")?;
            record.stamp_at = stamp.at;
            stamp.whole_times(MICROSECOND_NS)?
        } else {
            self.waited_ns
        };
        record.name_volume(&[fields.take("filename")?.text]);
        let action = fields.take("action")?;
        record.operation = match action.text {
            b"add" | b"open" | b"close" => {
                fields.end()?;
                return Ok(Parsed::Event);
            }
            b"read" => Operation::Read,
            b"write" => Operation::Write,
            b"sync" | b"datasync" | b"syncfs" | b"sync_file_range" | b"trim" => Operation::Other,
            b"wait" if self.version == 2 => {
                let wait = fields.take("offset")?;
                let us = wait.whole(u64::MAX / MICROSECOND_NS)?;
                if us >= SHORTEST_WAIT_US {
                    let waited = self.waited_ns.checked_add(us * MICROSECOND_NS);
                    self.waited_ns = waited.ok_or_else(|| {
                        wait.fault("trace-time", "waits of less than 2^64 ns (584 years) in all")
                    })?;
                }
                return Ok(Parsed::Nothing);
            }
            _ => {
                let wait = if self.version == 2 { ", wait" } else { "" };
                let known = format!(
                    "add, open, close, read, write, sync, datasync, syncfs, sync_file_range, trim{wait}"
                );
                return Err(action.fault("trace-type", &known));
            }
        };
        // A sync may stand without a place.
        let (offset, length) = match record.operation {
            Operation::Other => (fields.next("offset"), fields.next("length")),
            _ => (Some(fields.take("offset")?), Some(fields.take("length")?)),
        };
        record.offset = offset.map_or(Ok(0), |offset| offset.whole(u64::MAX))?;
        record.size_at = length.map_or(0, |length| length.at);
        record.size = length.map_or(Ok(0), |length| length.whole(u64::MAX))?;
        fields.end()?;
        Ok(Parsed::Request)
    }
}
