//! CloudPhysics vscsi (Waldspurger, Park, Garthwaite, Ahmad: Efficient MRC Construction with SHARDS, FAST 2015):
//! binary records of the SCSI commands of one virtual disk, in the byte order of x86.
//!
//! | version | bytes | fields |
//! |---|---|---|
//! | 1 | 32 | serial u32, length u32, segments u32, command u16, version u16, block u64, time u64 |
//! | 2 | 40 | command u16, version u16, serial u32, length u32, segments u32, block u64, time u64, response u64 |
//!
//! The high byte of `version` is 1 or 2. The length is in bytes, the block of 512 bytes, the time in microseconds.
//! The file names no volume.

use super::BLOCK;
use crate::hardware::trace_file::error::LineFault;
use crate::hardware::trace_file::record::{Operation, Parsed, Record};

/// Nanoseconds of a microsecond.
const MICROSECOND_NS: u64 = 1_000;

/// The version of the records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::hardware::trace_file) enum Version {
    One,
    Two,
}

impl Version {
    /// The version of a file that begins with `start`: the first two records must agree, if there are two.
    pub(in crate::hardware::trace_file) fn of(start: &[u8]) -> Result<Self, LineFault> {
        let fits = |version: &Self| {
            let mut records = start.chunks_exact(version.size()).take(2).peekable();
            records.peek().is_some() && records.all(|record| version.is_of(record))
        };
        // The larger records first, since a record of version 2 has a serial number where 1 has its command.
        [Self::Two, Self::One].into_iter().find(fits).ok_or_else(|| {
            LineFault::new(
                "trace-format",
                0,
                "found no version 1 or 2 in the first records; expected a CloudPhysics vscsi trace",
            )
        })
    }

    /// Bytes of a record.
    pub(super) const fn size(self) -> usize {
        match self {
            Self::One => 32,
            Self::Two => 40,
        }
    }

    /// Does `record` say that it is of this version?
    fn is_of(self, record: &[u8]) -> bool {
        match self {
            Self::One => record.get(15) == Some(&1),
            Self::Two => record.get(3) == Some(&2),
        }
    }

    /// Reads a record.
    pub(super) fn parse(self, bytes: &[u8], record: &mut Record) -> Result<Parsed, LineFault> {
        if bytes.len() < self.size() {
            let message =
                format!("found {} bytes at the end; expected a record of {}", bytes.len(), self.size());
            return Err(LineFault::new("trace-fields", 0, message));
        }
        if !self.is_of(bytes) {
            let at = if self == Self::One { 14 } else { 2 };
            let version = number(bytes, at, 2);
            let message = format!("found the version 0x{version:04x}; expected that of the first record");
            return Err(LineFault::new("trace-fields", at, message));
        }
        let (command, length, block, time) = match self {
            Self::One => (12, 4, 16, 24),
            Self::Two => (0, 8, 16, 24),
        };
        record.operation = operation(number(bytes, command, 2));
        record.size_at = length;
        record.size = number(bytes, length, 4);
        let sector = number(bytes, block, 8);
        record.offset = sector.checked_mul(BLOCK).ok_or_else(|| {
            let message = format!("found the block {sector}; expected one below 2^55");
            LineFault::new("trace-number", block, message)
        })?;
        record.stamp_at = time;
        let stamp = number(bytes, time, 8);
        record.stamp_ns = stamp.checked_mul(MICROSECOND_NS).ok_or_else(|| {
            let message = format!("found the time {stamp} us; expected one below 2^64 ns (584 years)");
            LineFault::new("trace-time", time, message)
        })?;
        record.volume.clear();
        Ok(Parsed::Request)
    }
}

/// The number of `size` bytes at `at`, the least byte first.
fn number(bytes: &[u8], at: usize, size: usize) -> u64 {
    bytes[at..at + size].iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte))
}

/// READ and WRITE of 6, 10, 12 and 16 bytes, and what writes as well (SBC-3); everything else moves no data.
fn operation(command: u64) -> Operation {
    match command {
        0x08 | 0x28 | 0x88 | 0xa8 => Operation::Read,
        // WRITE, WRITE AND VERIFY, WRITE SAME.
        0x0a | 0x2a | 0x8a | 0xaa | 0x2e | 0x8e | 0xae | 0x41 | 0x93 => Operation::Write,
        _ => Operation::Other,
    }
}
