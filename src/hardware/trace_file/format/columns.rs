//! Any table of text, one request a line, whose columns the scenario names.

use crate::hardware::trace_file::error::{LineFault, quoted};
use crate::hardware::trace_file::fields::{Field, Fields, Separator};
use crate::hardware::trace_file::record::{Operation, Parsed, Record};

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColumnName {
    /// By its position, from 1.
    Position(u32),
    /// By its name in the header, which is the first line.
    Header(String),
}

/// What the columns of a table are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Columns {
    /// When a request was issued.
    pub time: ColumnName,
    /// Nanoseconds of a unit of `time`.
    pub time_unit_ns: u64,
    /// The volume; all requests are to one without it.
    pub volume: Option<ColumnName>,
    /// What a request does; all of them write without it.
    pub operation: Option<ColumnName>,
    /// The values of `operation` that stand for a write; empty: those that begin with `W`, in either case.
    pub write: Vec<String>,
    /// Where on the volume.
    pub offset: ColumnName,
    /// Bytes of a unit of `offset`.
    pub offset_unit: u64,
    /// How long.
    pub length: ColumnName,
    /// Bytes of a unit of `length`.
    pub length_unit: u64,
    /// What stands between two columns.
    pub separator: Separator,
}

impl Default for Columns {
    /// Time (in seconds), offset and length (in bytes), in this order.
    fn default() -> Self {
        Self {
            time: ColumnName::Position(1),
            time_unit_ns: 1_000_000_000,
            volume: None,
            operation: None,
            write: Vec::new(),
            offset: ColumnName::Position(2),
            offset_unit: 1,
            length: ColumnName::Position(3),
            length_unit: 1,
            separator: Separator::Byte(b','),
        }
    }
}

/// Positions, from 0, of the columns of a table.
#[derive(Clone, Copy, Debug)]
struct Positions {
    time: usize,
    volume: Option<usize>,
    operation: Option<usize>,
    offset: usize,
    length: usize,
}

/// A reader of such a table.
#[derive(Debug)]
pub(in crate::hardware::trace_file) struct Reader {
    columns: Columns,
    /// Known after the first line.
    positions: Option<Positions>,
}

impl Reader {
    pub(super) fn new(columns: Columns) -> Self {
        Self { columns, positions: None }
    }

    /// Reads a line.
    pub(super) fn parse(&mut self, line: &[u8], record: &mut Record) -> Result<Parsed, LineFault> {
        let positions = if let Some(positions) = self.positions {
            positions
        } else {
            let (positions, by_name) = self.find(line)?;
            self.positions = Some(positions);
            // A table whose columns are given by position may have a header all the same.
            if by_name || !line.iter().any(u8::is_ascii_digit) {
                return Ok(Parsed::Nothing);
            }
            positions
        };
        let columns = &self.columns;
        let mut fields = Fields::new(line, columns.separator, "the columns that the scenario names");
        let last = [positions.volume, positions.operation].into_iter().flatten();
        let last = last.chain([positions.time, positions.offset, positions.length]).max().unwrap_or(0);
        let mut writes = columns.operation.is_none().then_some(Operation::Write);
        record.volume.clear();
        for position in 0..=last {
            let name = positions.name(position);
            let field = fields.take(name)?;
            if position == positions.time {
                record.stamp_at = field.at;
                record.stamp_ns = field.time_ns(columns.time_unit_ns)?;
            }
            if position == positions.offset {
                record.offset = field.whole_times(columns.offset_unit)?;
            }
            if position == positions.length {
                record.size_at = field.at;
                record.size = field.whole_times(columns.length_unit)?;
            }
            if positions.volume == Some(position) {
                record.name_volume(&[field.not_empty()?.text]);
            }
            if positions.operation == Some(position) {
                writes = Some(self.operation(field)?);
            }
        }
        record.operation = writes.unwrap_or(Operation::Other);
        Ok(Parsed::Request)
    }

    /// What a value of the column of operations stands for.
    fn operation(&self, field: Field) -> Result<Operation, LineFault> {
        let write = &self.columns.write;
        if !write.is_empty() {
            let known = write.iter().any(|write| write.as_bytes() == field.text);
            return Ok(if known { Operation::Write } else { Operation::Read });
        }
        match field.text.first() {
            Some(b'w' | b'W') => Ok(Operation::Write),
            Some(b'r' | b'R') => Ok(Operation::Read),
            Some(byte) if byte.is_ascii_digit() => Err(field.fault(
                "trace-type",
                "a word that begins with R or W; say in `columns` which values are writes: write = [\"1\"]",
            )),
            _ => Ok(Operation::Other),
        }
    }

    /// Where the columns stand, by the first line; and whether it is a header that was needed for it.
    fn find(&self, line: &[u8]) -> Result<(Positions, bool), LineFault> {
        let mut by_name = false;
        let mut position = |column: &ColumnName| match column {
            ColumnName::Position(position) => Ok(*position as usize - 1),
            ColumnName::Header(name) => {
                by_name = true;
                let mut fields = Fields::new(line, self.columns.separator, "");
                let names = std::iter::from_fn(|| fields.next("").map(|field| field.text));
                let at = names.into_iter().position(|found| found.trim_ascii() == name.trim().as_bytes());
                at.ok_or_else(|| {
                    let message =
                        format!("found no column `{name}` in the header {}; expected it there", quoted(line));
                    LineFault::new("trace-columns", 0, message)
                })
            }
        };
        let columns = &self.columns;
        let positions = Positions {
            time: position(&columns.time)?,
            volume: columns.volume.as_ref().map(&mut position).transpose()?,
            operation: columns.operation.as_ref().map(&mut position).transpose()?,
            offset: position(&columns.offset)?,
            length: position(&columns.length)?,
        };
        Ok((positions, by_name))
    }
}

impl Positions {
    /// What a message calls the column at `position`.
    fn name(&self, position: usize) -> &'static str {
        match position {
            _ if position == self.time => "time",
            _ if position == self.offset => "offset",
            _ if position == self.length => "length",
            _ if self.volume == Some(position) => "volume",
            _ if self.operation == Some(position) => "op",
            _ => "column",
        }
    }
}
