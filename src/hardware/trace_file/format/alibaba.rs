//! Alibaba block traces (Li, Wang, Lee, Shi: An In-Depth Analysis of Cloud Block Storage Workloads in Large-Scale
//! Production, IISWC 2020; published as `alibaba/block-traces`).
//!
//! Offset and length are bytes, the timestamp is in microseconds since 1970. A volume is a device number.

use super::read_or_write;
use crate::hardware::trace_file::error::LineFault;
use crate::hardware::trace_file::fields::{Fields, Separator};
use crate::hardware::trace_file::record::{Parsed, Record};

/// A line; there is no header.
pub(super) const LAYOUT: &str = "device_id,opcode,offset,length,timestamp";

/// Nanoseconds of a microsecond.
const MICROSECOND_NS: u64 = 1_000;

/// Reads a line.
pub(super) fn parse(line: &[u8], record: &mut Record) -> Result<Parsed, LineFault> {
    let mut fields = Fields::new(line, Separator::Byte(b','), LAYOUT);
    record.name_volume(&[fields.take("device_id")?.not_empty()?.text]);
    record.operation = read_or_write(fields.take("opcode")?, "`R` or `W`")?;
    record.offset = fields.take("offset")?.whole(u64::MAX)?;
    let length = fields.take("length")?;
    record.size_at = length.at;
    record.size = length.whole(u64::MAX)?;
    let stamp = fields.take("timestamp")?;
    record.stamp_at = stamp.at;
    record.stamp_ns = stamp.whole_times(MICROSECOND_NS)?;
    fields.end()?;
    Ok(Parsed::Request)
}
