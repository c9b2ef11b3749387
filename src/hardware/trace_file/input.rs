//! Lines of bounded length, or blocks of bytes, from a file of any size, in one buffer that never grows.
//!
//! Knows nothing of what stands in a line.

use std::fmt;
use std::io::{self, Read};

use super::error::LineFault;
use super::source;

/// No line of a trace is longer, in bytes; those of the known formats are below 200.
pub(super) const LONGEST_LINE: usize = 4096;

/// Large enough that reading costs little, small enough to stay in a processor's cache.
const BUFFER: usize = 64 * 1024;

/// A line or a block, and its number, from 1.
pub(super) type Numbered<'a> = (u64, &'a [u8]);

/// The content of a file, undone from its compression.
pub(super) struct Input {
    source: Box<dyn Read + Send>,
    buffer: Box<[u8]>,
    /// What is read and not yet given out: `buffer[start..end]`.
    start: usize,
    end: usize,
    exhausted: bool,
    /// Number of the line or block given out last.
    number: u64,
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Input").field("number", &self.number).finish_non_exhaustive()
    }
}

impl Input {
    pub(super) fn new(source: Box<dyn Read + Send>) -> Self {
        Self {
            source,
            buffer: vec![0; BUFFER].into_boxed_slice(),
            start: 0,
            end: 0,
            exhausted: false,
            number: 0,
        }
    }

    /// The content from here on, as far as it fits into the buffer; nothing is given out by this.
    pub(super) fn ahead(&mut self) -> Result<&[u8], LineFault> {
        while !self.exhausted && self.end - self.start < BUFFER {
            self.fill().map_err(|error| unreadable(&error))?;
        }
        Ok(&self.buffer[self.start..self.end])
    }

    /// Leaves out the next `bytes`, which `ahead` has shown.
    pub(super) fn leave_out(&mut self, bytes: usize) {
        self.start = (self.start + bytes).min(self.end);
    }

    /// The next line, without its end (LF or CRLF); `None` at the end of the file.
    pub(super) fn line(&mut self) -> Result<Option<Numbered<'_>>, (u64, LineFault)> {
        self.number += 1;
        let number = self.number;
        match self.find_end() {
            Ok(None) => Ok(None),
            Ok(Some((length, ended_by))) => {
                let line = &self.buffer[self.start..self.start + length];
                self.start += length + ended_by;
                let line = line.strip_suffix(b"\r").unwrap_or(line);
                if line.len() > LONGEST_LINE {
                    Err((number, not_a_line(line)))
                } else {
                    Ok(Some((number, line)))
                }
            }
            Err(fault) => Err((number, fault)),
        }
    }

    /// The next block of `size` bytes, less at the end of the file; `None` if nothing is left.
    pub(super) fn block(&mut self, size: usize) -> Result<Option<Numbered<'_>>, (u64, LineFault)> {
        self.number += 1;
        let number = self.number;
        while !self.exhausted && self.end - self.start < size {
            self.fill().map_err(|error| (number, unreadable(&error)))?;
        }
        let length = size.min(self.end - self.start);
        let block = &self.buffer[self.start..self.start + length];
        self.start += length;
        Ok((length > 0).then_some((number, block)))
    }

    /// Bytes of the next line and of what ends it, after which it stands in the buffer as a whole.
    fn find_end(&mut self) -> Result<Option<(usize, usize)>, LineFault> {
        loop {
            // CR and LF may follow the longest line.
            let ahead = &self.buffer[self.start..self.end];
            let window = &ahead[..ahead.len().min(LONGEST_LINE + 2)];
            if let Some(length) = window.iter().position(|&byte| byte == b'\n') {
                return Ok(Some((length, 1)));
            }
            if window.len() == LONGEST_LINE + 2 {
                return Err(not_a_line(window));
            }
            if self.exhausted {
                return Ok(if window.is_empty() { None } else { Some((window.len(), 0)) });
            }
            self.fill().map_err(|error| unreadable(&error))?;
        }
    }

    /// Reads on. What is left moves to the front first: it is less than the buffer, so there is room behind it.
    fn fill(&mut self) -> io::Result<()> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        let read = loop {
            match self.source.read(&mut self.buffer[self.end..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => break result?,
            }
        };
        self.end += read;
        self.exhausted = read == 0;
        Ok(())
    }
}

/// What to say of bytes that cannot be had: the file is damaged, or the machine failed us.
fn unreadable(error: &io::Error) -> LineFault {
    match source::damage(error) {
        Some(what) => LineFault::new("trace-damaged", 0, what),
        None => LineFault::new("trace-unreadable", 0, format!("cannot be read: {error}")),
    }
}

/// What to say of a line beyond the bound: a file that is not text at all is the likelier mistake.
fn not_a_line(start: &[u8]) -> LineFault {
    let binary = |byte: &u8| byte.is_ascii_control() && !matches!(byte, b'\t' | b'\r' | b'\n');
    match start.iter().position(binary) {
        Some(at) => {
            let message = format!("found the byte 0x{:02x}; expected lines of text", start[at]);
            LineFault::new("trace-not-text", at, message)
        }
        None => LineFault::new(
            "trace-line-too-long",
            LONGEST_LINE,
            format!("found a line of more than {LONGEST_LINE} bytes; expected a request of the trace"),
        ),
    }
}
