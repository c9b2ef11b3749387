//! The formats of traces that are read: a file each, and the list of them.
//!
//! A parser turns one line (or block) into a record. It knows nothing of files, of what is mapped, or of replay.

mod alibaba;
mod blkparse;
mod columns;
mod fio_iolog;
mod msr;
mod spc;
mod systor;
mod tencent;
mod vscsi;

pub(super) use blkparse::action_of as blkparse_action;
pub use columns::{ColumnName, Columns};
pub(super) use fio_iolog::version as iolog_version;
pub(super) use vscsi::Version as VscsiVersion;

use super::error::LineFault;
use super::fields::Field;
use super::record::{Operation, Parsed, Record};

/// Bytes of a block, in which positions count, and of a sector.
pub(super) const BLOCK: u64 = 512;

/// From which instant the times of a file count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Epoch {
    /// 1601 (Windows filetime).
    Filetime,
    /// 1970 (Unix).
    Unix,
    /// The start of the recording, or of the machine: another for each recording.
    Recording,
}

impl Epoch {
    /// Are its times those of the world, which can be compared with one another?
    pub const fn is_of_the_world(self) -> bool {
        matches!(self, Self::Filetime | Self::Unix)
    }

    /// What is added to a time, in nanoseconds, to compare it with those of other files: the world's count from 1601.
    pub const fn to_common_ns(self) -> i128 {
        /// Between 1601 and 1970.
        const UNIX_SINCE_FILETIME_NS: i128 = 11_644_473_600_000_000_000;
        match self {
            Self::Unix => UNIX_SINCE_FILETIME_NS,
            Self::Filetime | Self::Recording => 0,
        }
    }
}

/// A format that is recognised by content, or chosen by `format`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TraceFormat {
    /// MSR Cambridge.
    Msr,
    /// Alibaba block traces.
    Alibaba,
    /// Tencent CBS.
    Tencent,
    /// SPC, as the UMass repository has it.
    Spc,
    /// SYSTOR '17.
    Systor,
    /// CloudPhysics vscsi.
    Vscsi,
    /// fio iolog, versions 2 and 3.
    FioIolog,
    /// Text of blkparse.
    Blkparse,
    /// Whatever `columns` says.
    Columns,
}

impl TraceFormat {
    /// Those that `format` chooses from.
    pub const NAMED: [Self; 8] = [
        Self::Msr,
        Self::Alibaba,
        Self::Tencent,
        Self::Spc,
        Self::Systor,
        Self::Vscsi,
        Self::FioIolog,
        Self::Blkparse,
    ];

    /// Its name in the scenario.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Msr => "msr",
            Self::Alibaba => "alibaba",
            Self::Tencent => "tencent",
            Self::Spc => "spc",
            Self::Systor => "systor17",
            Self::Vscsi => "vscsi",
            Self::FioIolog => "fio-iolog",
            Self::Blkparse => "blkparse",
            Self::Columns => "columns",
        }
    }

    /// Its name in a sentence: "an MSR Cambridge trace".
    pub const fn title(self) -> &'static str {
        match self {
            Self::Msr => "an MSR Cambridge trace",
            Self::Alibaba => "an Alibaba block trace",
            Self::Tencent => "a Tencent CBS trace",
            Self::Spc => "an SPC trace (UMass)",
            Self::Systor => "a SYSTOR '17 trace",
            Self::Vscsi => "a CloudPhysics vscsi trace",
            Self::FioIolog => "a fio iolog",
            Self::Blkparse => "text of blkparse",
            Self::Columns => "a table with the given columns",
        }
    }

    /// What a line looks like.
    pub const fn layout(self) -> &'static str {
        match self {
            Self::Msr => msr::LAYOUT,
            Self::Alibaba => alibaba::LAYOUT,
            Self::Tencent => tencent::LAYOUT,
            Self::Spc => spc::LAYOUT,
            Self::Systor => systor::LAYOUT,
            Self::Vscsi => "binary records of 32 bytes (version 1) or 40 bytes (version 2)",
            Self::FioIolog => fio_iolog::LAYOUT,
            Self::Blkparse => blkparse::LAYOUT,
            Self::Columns => "the columns that the scenario names",
        }
    }

    /// Nanoseconds of a unit of its times; `None` if the scenario says it.
    pub const fn time_unit_ns(self) -> Option<u64> {
        match self {
            Self::Msr => Some(100),
            Self::Alibaba | Self::Vscsi | Self::FioIolog => Some(1_000),
            Self::Tencent | Self::Spc | Self::Systor | Self::Blkparse => Some(1_000_000_000),
            Self::Columns => None,
        }
    }

    /// From when its times count.
    pub const fn epoch(self) -> Epoch {
        match self {
            Self::Msr => Epoch::Filetime,
            Self::Alibaba | Self::Tencent | Self::Systor => Epoch::Unix,
            Self::Spc | Self::Vscsi | Self::FioIolog | Self::Blkparse | Self::Columns => Epoch::Recording,
        }
    }
}

/// Turns lines or blocks into records.
#[derive(Debug)]
pub(super) enum Parser {
    Msr,
    Alibaba,
    Tencent,
    Spc,
    Systor,
    Vscsi(VscsiVersion),
    FioIolog(fio_iolog::FioIolog),
    Blkparse(blkparse::Blkparse),
    Columns(Box<columns::Reader>),
}

impl Parser {
    /// The parser of `format` for a file that begins with `start`.
    pub(super) fn new(
        format: TraceFormat,
        columns: Option<&Columns>,
        start: &[u8],
    ) -> Result<Self, LineFault> {
        Ok(match format {
            TraceFormat::Msr => Self::Msr,
            TraceFormat::Alibaba => Self::Alibaba,
            TraceFormat::Tencent => Self::Tencent,
            TraceFormat::Spc => Self::Spc,
            TraceFormat::Systor => Self::Systor,
            TraceFormat::Vscsi => Self::Vscsi(VscsiVersion::of(start)?),
            TraceFormat::FioIolog => Self::FioIolog(fio_iolog::FioIolog::default()),
            TraceFormat::Blkparse => Self::Blkparse(blkparse::Blkparse::new(start)),
            TraceFormat::Columns => {
                Self::Columns(Box::new(columns::Reader::new(columns.cloned().unwrap_or_default())))
            }
        })
    }

    /// Reads a line, or a block of [`Self::block_size`] bytes, into `record`.
    pub(super) fn parse(&mut self, line: &[u8], record: &mut Record) -> Result<Parsed, LineFault> {
        match self {
            Self::Msr => msr::parse(line, record),
            Self::Alibaba => alibaba::parse(line, record),
            Self::Tencent => tencent::parse(line, record),
            Self::Spc => spc::parse(line, record),
            Self::Systor => systor::parse(line, record),
            Self::Vscsi(version) => version.parse(line, record),
            Self::FioIolog(iolog) => iolog.parse(line, record),
            Self::Blkparse(blkparse) => blkparse.parse(line, record),
            Self::Columns(columns) => columns.parse(line, record),
        }
    }

    /// Bytes of a block; `None` if the file consists of lines.
    pub(super) const fn block_size(&self) -> Option<usize> {
        if let Self::Vscsi(version) = self { Some(version.size()) } else { None }
    }

    /// May the first line be a header, which has no digits?
    pub(super) const fn may_have_header(&self) -> bool {
        matches!(self, Self::Msr | Self::Alibaba | Self::Tencent | Self::Spc | Self::Systor)
    }

    /// Which of the actions of blkparse count as requests.
    pub(super) const fn action(&self) -> Option<char> {
        if let Self::Blkparse(blkparse) = self { Some(blkparse.action()) } else { None }
    }
}

/// Is this a read or a write, by its first letter in either case?
fn read_or_write(field: Field, expected: &str) -> Result<Operation, LineFault> {
    if field.text.eq_ignore_ascii_case(b"W") || field.text.eq_ignore_ascii_case(b"Write") {
        Ok(Operation::Write)
    } else if field.text.eq_ignore_ascii_case(b"R") || field.text.eq_ignore_ascii_case(b"Read") {
        Ok(Operation::Read)
    } else {
        Err(field.fault("trace-type", expected))
    }
}
