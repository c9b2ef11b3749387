//! Tencent CBS (Zhang et al.: OSCA, USENIX ATC 2020; SNIA IOTTA trace 27917).
//!
//! The timestamp is in whole seconds since 1970: many requests share one, and are replayed at one instant in the
//! order of the file. Offset and size count sectors of 512 bytes; the type is 0 for a read and 1 for a write.

use super::BLOCK;
use crate::hardware::trace_file::error::LineFault;
use crate::hardware::trace_file::fields::{Fields, Separator};
use crate::hardware::trace_file::record::{Operation, Parsed, Record};

/// A line; there is no header.
pub(super) const LAYOUT: &str = "Timestamp,Offset,Size,IOType,VolumeID";

/// Nanoseconds of a second.
const SECOND_NS: u64 = 1_000_000_000;

/// Reads a line.
pub(super) fn parse(line: &[u8], record: &mut Record) -> Result<Parsed, LineFault> {
    let mut fields = Fields::new(line, Separator::Byte(b','), LAYOUT);
    let stamp = fields.take("Timestamp")?;
    record.stamp_at = stamp.at;
    record.stamp_ns = stamp.whole_times(SECOND_NS)?;
    record.offset = fields.take("Offset")?.whole_times(BLOCK)?;
    let size = fields.take("Size")?;
    record.size_at = size.at;
    record.size = size.whole_times(BLOCK)?;
    let kind = fields.take("IOType")?;
    record.operation = match kind.text {
        b"0" => Operation::Read,
        b"1" => Operation::Write,
        _ => return Err(kind.fault("trace-type", "0 (read) or 1 (write)")),
    };
    record.name_volume(&[fields.take("VolumeID")?.not_empty()?.text]);
    fields.end()?;
    Ok(Parsed::Request)
}
