//! The SPC trace file format (Storage Performance Council, specification revision 1.0.1), in which the UMass Trace
//! Repository keeps its OLTP and search engine traces.
//!
//! The address counts blocks of 512 bytes, the size is in bytes, the timestamp in seconds since the start of the
//! trace. A volume is an application specific unit (ASU). Further fields may follow and are left alone.

use super::{BLOCK, read_or_write};
use crate::hardware::trace_file::error::LineFault;
use crate::hardware::trace_file::fields::{Fields, Separator};
use crate::hardware::trace_file::record::{Parsed, Record};

/// A line; there is no header.
pub(super) const LAYOUT: &str = "ASU,LBA,Size,Opcode,Timestamp";

/// Nanoseconds of a second.
const SECOND_NS: u64 = 1_000_000_000;

/// Reads a line.
pub(super) fn parse(line: &[u8], record: &mut Record) -> Result<Parsed, LineFault> {
    let mut fields = Fields::new(line, Separator::Byte(b','), LAYOUT);
    record.name_volume(&[fields.take("ASU")?.not_empty()?.text]);
    record.offset = fields.take("LBA")?.whole_times(BLOCK)?;
    let size = fields.take("Size")?;
    record.size_at = size.at;
    record.size = size.whole(u64::MAX)?;
    record.operation = read_or_write(fields.take("Opcode")?, "`R` or `W`")?;
    let stamp = fields.take("Timestamp")?;
    record.stamp_at = stamp.at;
    record.stamp_ns = stamp.time_ns(SECOND_NS)?;
    Ok(Parsed::Request)
}
