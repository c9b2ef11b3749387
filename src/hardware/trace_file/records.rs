//! The requests of one file, one after the other, in the order of the file.

use std::path::{Path, PathBuf};

use super::error::{LineFault, TraceError};
use super::format::{Columns, Parser, TraceFormat};
use super::input::Input;
use super::recognise;
use super::record::{Parsed, Record};
use super::source::{self, Compression};

/// How a file is to be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// The format; recognised by content without it.
    pub format: Option<TraceFormat>,
    /// The columns of a table, for [`TraceFormat::Columns`].
    pub columns: Option<Columns>,
}

/// Where in a file a record stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The line, or the binary record, from 1.
    pub number: u64,
}

/// A reader of the requests of one file. Its memory does not depend on the file.
#[derive(Debug)]
pub struct Records {
    path: PathBuf,
    input: Input,
    parser: Parser,
    format: TraceFormat,
    compression: Option<Compression>,
    record: Record,
    place: Place,
    /// The time of the first line that has one.
    first_stamp_ns: Option<u64>,
    /// The first of the empty lines that the file ends with.
    empty_line: Option<u64>,
    /// No request was read yet: the file may be of another format than it was taken for.
    nothing_read: bool,
}

impl Records {
    /// Opens the file at `path`.
    pub fn open(path: &Path, reading: &Reading) -> Result<Self, TraceError> {
        let (source, compression) = source::open(path)?;
        let mut input = Input::new(source);
        let of_start = |fault: LineFault| {
            let line = u64::from(matches!(fault.id, "trace-format" | "trace-not-text"));
            at_place(path, line, fault)
        };
        let mut start = input.ahead().map_err(of_start)?;
        // A byte order mark is no part of the text.
        if let Some(text) = start.strip_prefix(b"\xef\xbb\xbf") {
            start = text;
            let format = choose(reading, start).map_err(of_start)?;
            let parser = Parser::new(format, reading.columns.as_ref(), start).map_err(of_start)?;
            input.leave_out(3);
            return Ok(Self::new(path, input, parser, format, compression));
        }
        let format = choose(reading, start).map_err(of_start)?;
        let parser = Parser::new(format, reading.columns.as_ref(), start).map_err(of_start)?;
        Ok(Self::new(path, input, parser, format, compression))
    }

    fn new(
        path: &Path,
        input: Input,
        parser: Parser,
        format: TraceFormat,
        compression: Option<Compression>,
    ) -> Self {
        Self {
            path: path.to_owned(),
            input,
            parser,
            format,
            compression,
            record: Record::default(),
            place: Place::default(),
            first_stamp_ns: None,
            empty_line: None,
            nothing_read: true,
        }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its format.
    pub fn format(&self) -> TraceFormat {
        self.format
    }

    /// What it is packed with.
    pub fn compression(&self) -> Option<Compression> {
        self.compression
    }

    /// The action of blkparse that counts as a request.
    pub fn action(&self) -> Option<char> {
        self.parser.action()
    }

    /// The time of the first line read that has one, in nanoseconds of the file's clock.
    pub fn first_stamp_ns(&self) -> Option<u64> {
        self.first_stamp_ns
    }

    /// Reads on until a time is known; `None` if the file has none.
    pub fn find_first_stamp(mut self) -> Result<Option<u64>, TraceError> {
        while self.first_stamp_ns.is_none() && self.step()?.is_some() {}
        Ok(self.first_stamp_ns)
    }

    /// The next request, and where it stands; `None` at the end of the file.
    pub fn next_request(&mut self) -> Result<Option<(&Record, Place)>, TraceError> {
        loop {
            match self.step()? {
                None => return Ok(None),
                Some(Parsed::Request) => return Ok(Some((&self.record, self.place))),
                Some(Parsed::Event | Parsed::Nothing) => {}
            }
        }
    }

    /// Reads one line or block.
    fn step(&mut self) -> Result<Option<Parsed>, TraceError> {
        let read = match self.parser.block_size() {
            Some(size) => self.input.block(size),
            None => self.input.line(),
        };
        let (number, line) = match read {
            Ok(Some(read)) => read,
            Ok(None) => return Ok(None),
            Err((number, fault)) => return Err(at_place(&self.path, number, fault)),
        };
        self.place = Place { number };
        let binary = self.parser.block_size();
        if binary.is_none() {
            if line.is_empty() {
                self.empty_line.get_or_insert(number);
                return Ok(Some(Parsed::Nothing));
            }
            if let Some(empty) = self.empty_line
                && self.format != TraceFormat::Blkparse
            {
                let message = format!("found an empty line; expected {}", self.format.layout());
                return Err(at_place(&self.path, empty, LineFault::new("trace-fields", 0, message)));
            }
            if number == 1 && self.parser.may_have_header() && !line.iter().any(u8::is_ascii_digit) {
                return Ok(Some(Parsed::Nothing));
            }
        }
        match self.parser.parse(line, &mut self.record) {
            Ok(parsed) => {
                if parsed != Parsed::Nothing {
                    self.first_stamp_ns.get_or_insert(self.record.stamp_ns);
                }
                self.nothing_read &= parsed != Parsed::Request;
                Ok(Some(parsed))
            }
            Err(fault) => {
                let fault =
                    if self.nothing_read { taken_for_another(self.format, line, fault) } else { fault };
                Err(self.at(number, fault))
            }
        }
    }

    /// `fault` in a line or in a binary record.
    fn at(&self, number: u64, fault: LineFault) -> TraceError {
        let Some(size) = self.parser.block_size() else { return at_place(&self.path, number, fault) };
        let byte = (number - 1) * size as u64 + fault.at as u64;
        let message = format!("record {number}, byte {byte}: {}", fault.message);
        TraceError::of_file(&self.path, fault.id, message)
    }

    /// `fault` of the last record.
    pub(super) fn fault(&self, fault: LineFault) -> TraceError {
        self.at(self.place.number, fault)
    }

    /// `fault` of the record that stood at `place`.
    pub(super) fn fault_at(&self, place: Place, fault: LineFault) -> TraceError {
        self.at(place.number, fault)
    }
}

/// The format that was chosen, or that is recognised.
fn choose(reading: &Reading, start: &[u8]) -> Result<TraceFormat, LineFault> {
    match reading.format {
        Some(format) if !start.is_empty() => Ok(format),
        _ => recognise::recognise(start),
    }
}

/// A fault of a line; of the file as a whole if the line is 0.
fn at_place(path: &Path, line: u64, fault: LineFault) -> TraceError {
    let LineFault { id, at, message } = fault;
    let column = if line == 0 { 0 } else { at as u32 + 1 };
    TraceError { id, path: path.to_owned(), line, column, message }
}

/// `fault`, or what to say if the first line, taken for one of `format`, is one of another known format.
fn taken_for_another(format: TraceFormat, line: &[u8], fault: LineFault) -> LineFault {
    // Whoever names the columns knows that it is another format.
    match recognise::known(line).filter(|known| *known != format && format != TraceFormat::Columns) {
        None => fault,
        Some(known) => {
            let message = format!(
                "found {}; expected {} ({}): it looks like {}",
                super::error::quoted(line),
                format.title(),
                format.layout(),
                known.title(),
            );
            LineFault::new("trace-format", fault.at, message)
        }
    }
}
