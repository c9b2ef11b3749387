//! The text that blkparse prints by default (blktrace, Axboe and Brunelle; blkparse(1), "Default output").
//!
//! Each request passes several actions. One of them counts, the first of queued (`Q`), issued to the driver (`D`)
//! and completed (`C`) that the start of the file has: the others only tell that time goes on. Sector and length
//! count 512 bytes, a volume is the device's numbers, `8,0`; a request without a length moves no blocks. The summary at
//! the end is no part of the trace.

use super::BLOCK;
use crate::hardware::trace_file::error::LineFault;
use crate::hardware::trace_file::fields::{Fields, Separator};
use crate::hardware::trace_file::record::{Operation, Parsed, Record};

/// A line.
pub(super) const LAYOUT: &str =
    "major,minor cpu sequence seconds.ns pid action RWBS sector + blocks [command]";

/// Nanoseconds of a second.
const SECOND_NS: u64 = 1_000_000_000;
/// The actions that may stand for a request, the first choice first.
const ACTIONS: [u8; 3] = [b'Q', b'D', b'C'];

/// A reader of that text.
#[derive(Debug)]
pub(in crate::hardware::trace_file) struct Blkparse {
    action: u8,
    /// The summary has begun.
    in_summary: bool,
}

impl Blkparse {
    /// For a file that begins with `start`.
    pub(super) fn new(start: &[u8]) -> Self {
        let has =
            |action: &u8| start.split(|&byte| byte == b'\n').any(|line| action_of(line) == Some(*action));
        Self { action: ACTIONS.into_iter().find(has).unwrap_or(b'Q'), in_summary: false }
    }

    /// The action that counts.
    pub(super) const fn action(&self) -> char {
        self.action as char
    }

    /// Reads a line.
    pub(super) fn parse(&mut self, line: &[u8], record: &mut Record) -> Result<Parsed, LineFault> {
        if line.starts_with(b"CPU") || line.starts_with(b"Total (") {
            self.in_summary = true;
        }
        if self.in_summary || line.starts_with(b"Input file ") {
            return Ok(Parsed::Nothing);
        }
        let mut fields = Fields::new(line, Separator::Blanks, LAYOUT);
        let device = fields.take("device")?;
        if !is_device(device.text) {
            return Err(device.fault("trace-fields", "the numbers of a device, such as `8,0`"));
        }
        fields.take("cpu")?.whole(u64::MAX)?;
        fields.take("sequence")?.whole(u64::MAX)?;
        let stamp = fields.take("time")?;
        record.stamp_at = stamp.at;
        record.stamp_ns = stamp.time_ns(SECOND_NS)?;
        fields.take("pid")?.whole(u64::MAX)?;
        let action = fields.take("action")?;
        if action.text != [self.action] {
            return Ok(Parsed::Event);
        }
        let kind = fields.take("RWBS")?;
        let letters = || kind.text.iter();
        record.operation = if letters().any(|&letter| letter == b'W') {
            Operation::Write
        } else if letters().any(|&letter| letter == b'R') {
            Operation::Read
        } else {
            Operation::Other
        };
        record.name_volume(&[device.text]);
        let sector = fields.take("sector")?;
        let opens = |text: &[u8]| matches!(text.first(), Some(b'[' | b'('));
        match fields.next("+").map_or(&b""[..], |plus| plus.text) {
            b"+" => {}
            // No blocks are moved by a flush, which is a write in name only (`Q FWS [sync]`, `C WS 16 [0]`), nor by a
            // command with a payload in place of sectors (`Q W 36 (12 00 ..) [x]`, `C W (12 00 ..) [0]`).
            other if record.operation == Operation::Other || opens(other) || opens(sector.text) => {
                record.operation = Operation::Other;
                (record.offset, record.size) = (0, 0);
                return Ok(Parsed::Request);
            }
            _ => return Err(sector.fault("trace-fields", "sector + blocks")),
        }
        record.offset = sector.whole_times(BLOCK)?;
        let blocks = fields.take("blocks")?;
        record.size_at = blocks.at;
        record.size = blocks.whole_times(BLOCK)?;
        Ok(Parsed::Request)
    }
}

/// Two numbers and a comma?
fn is_device(text: &[u8]) -> bool {
    let numbers = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
    let mut parts = text.split(|&byte| byte == b',');
    matches!((parts.next(), parts.next(), parts.next()), (Some(a), Some(b), None) if numbers(a) && numbers(b))
}

/// The action of a line, if it is one of blkparse with an action of one letter.
pub(in crate::hardware::trace_file) fn action_of(line: &[u8]) -> Option<u8> {
    let mut words = line.split(|byte| matches!(byte, b' ' | b'\t')).filter(|word| !word.is_empty());
    let device = words.next()?;
    let action = words.nth(4)?;
    (is_device(device) && action.len() == 1).then(|| action[0])
}
