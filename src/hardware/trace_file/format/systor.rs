//! SYSTOR '17 (Lee et al.: Understanding Storage Traffic Characteristics on Enterprise Virtual Desktop
//! Infrastructure, SYSTOR 2017; SNIA IOTTA trace 4964).
//!
//! Timestamp (since 1970) and response time are in seconds, offset and size in bytes. A volume is a LUN. The type
//! of a request whose response was not seen is blank: it is neither read nor write here.

use super::read_or_write;
use crate::hardware::trace_file::error::LineFault;
use crate::hardware::trace_file::fields::{Fields, Separator};
use crate::hardware::trace_file::record::{Operation, Parsed, Record};

/// A line, and the header of each file.
pub(super) const LAYOUT: &str = "Timestamp,Response,IOType,LUN,Offset,Size";

/// Nanoseconds of a second.
const SECOND_NS: u64 = 1_000_000_000;

/// Reads a line.
pub(super) fn parse(line: &[u8], record: &mut Record) -> Result<Parsed, LineFault> {
    let mut fields = Fields::new(line, Separator::Byte(b','), LAYOUT);
    let stamp = fields.take("Timestamp")?;
    record.stamp_at = stamp.at;
    record.stamp_ns = stamp.time_ns(SECOND_NS)?;
    let response = fields.take("Response")?;
    if !response.text.is_empty() {
        response.time_ns(SECOND_NS)?;
    }
    let kind = fields.take("IOType")?;
    record.operation =
        if kind.text.is_empty() { Operation::Other } else { read_or_write(kind, "`R`, `W` or nothing")? };
    record.name_volume(&[fields.take("LUN")?.not_empty()?.text]);
    record.offset = fields.take("Offset")?.whole(u64::MAX)?;
    let size = fields.take("Size")?;
    record.size_at = size.at;
    record.size = size.whole(u64::MAX)?;
    fields.end()?;
    Ok(Parsed::Request)
}
