//! MSR Cambridge (Narayanan, Donnelly, Rowstron: Write Off-Loading, FAST 2008; SNIA IOTTA trace 388).
//!
//! `Timestamp` counts 100 ns ticks since 1601 (Windows filetime), `Offset` and `Size` are bytes. A volume is a
//! hostname and a disk number, written `pg.1`. `ResponseTime` is looked at and not used.

use super::read_or_write;
use crate::hardware::trace_file::error::LineFault;
use crate::hardware::trace_file::fields::{Fields, Separator};
use crate::hardware::trace_file::record::{Parsed, Record};

/// A line; the published traces have no header, tools that read them like one.
pub(super) const LAYOUT: &str = "Timestamp,Hostname,DiskNumber,Type,Offset,Size,ResponseTime";

/// Nanoseconds of a tick.
const TICK_NS: u64 = 100;

/// Reads a line. Every field is looked at, those that no one uses too: a line is a record or it is not.
pub(super) fn parse(line: &[u8], record: &mut Record) -> Result<Parsed, LineFault> {
    let mut fields = Fields::new(line, Separator::Byte(b','), LAYOUT);
    let stamp = fields.take("Timestamp")?;
    record.stamp_at = stamp.at;
    record.stamp_ns = stamp.whole_times(TICK_NS)?;
    let host = fields.take("Hostname")?.not_empty()?;
    let disk = fields.take("DiskNumber")?;
    disk.whole(u32::MAX.into())?;
    record.name_volume(&[host.text, b".", disk.text]);
    record.operation = read_or_write(fields.take("Type")?, "`Read` or `Write`")?;
    record.offset = fields.take("Offset")?.whole(u64::MAX)?;
    let size = fields.take("Size")?;
    record.size_at = size.at;
    record.size = size.whole(u64::MAX)?;
    fields.take("ResponseTime")?.whole(u64::MAX)?;
    fields.end()?;
    Ok(Parsed::Request)
}
