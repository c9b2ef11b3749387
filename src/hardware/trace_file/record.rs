//! One request of a trace, whatever the format.

/// What a request does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Operation {
    /// It reads.
    #[default]
    Read,
    /// It writes.
    Write,
    /// Neither: a flush, a discard, a request without an answer.
    Other,
}

/// What one line of the file (or one block of it) stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parsed {
    /// A request: all of the record is filled in.
    Request,
    /// Something else that happened at an instant: of the record only the time is filled in.
    Event,
    /// Nothing: a title, a summary.
    Nothing,
}

/// A request as the file has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// When it was issued, in nanoseconds of the clock of the file.
    pub stamp_ns: u64,
    /// What it does.
    pub operation: Operation,
    /// The volume, as the format names it; empty where the format has no volumes.
    pub volume: Vec<u8>,
    /// First byte on the volume.
    pub offset: u64,
    /// Bytes.
    pub size: u64,
    /// Where the time stands in the line.
    pub(super) stamp_at: usize,
    /// Where the size stands in the line.
    pub(super) size_at: usize,
}

impl Record {
    /// Names the volume; the memory is used again.
    pub(super) fn name_volume(&mut self, parts: &[&[u8]]) {
        self.volume.clear();
        for part in parts {
            self.volume.extend_from_slice(part);
        }
    }
}
