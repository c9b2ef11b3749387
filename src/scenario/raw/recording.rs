//! Recorded workloads, as the file says them.

use crate::hardware::trace_file::{ColumnName, TraceFormat};
use crate::scenario::diagnostic::Fallible;
use crate::scenario::document::{Node, Value};
use crate::scenario::format::{Map, Read, Shape, some, unknown_name, wrong_type};
use crate::scenario::format::{field_type, keys_of, read_key, table};
use crate::scenario::source::At;
use crate::scenario::value::{Count, Duration, Natural, Positive, Size, Span};

table! {
    /// `kind = "trace"`.
    pub struct Trace {
        /// The recording: a file, or a list of files that one clock recorded; gzip and zstd are unpacked.
        /// Relative to the scenario file.
        file: required Files,
        /// For each volume of the trace the unit that it stands for ("L1:1"), or the units that it is spread over. "*" is every other volume: each gets one of its units in turn, in order of appearance.
        map: required Map<VolumeUnits>,
        /// The format of the files. Default: recognised by content.
        format: optional TraceFormat,
        /// The columns of a table in another format.
        columns: optional TableColumns,
        /// Time zero. "common" (the default) is the earliest time of all files of the scenario, "own" that of the files of this host; or a time as the files have it.
        origin: optional Origin,
        /// Puts writes in the order of time; without it a write that is earlier than one before it is an error. Default: false.
        sort: optional bool,
        /// Replay begins this long after time zero. Default: 0s.
        from: optional Duration,
        /// Replay ends this long after time zero. Default: the end of the files.
        to: optional Span,
        /// Replay speed: this many times as fast as recorded. Default: 1.0.
        speed: optional Positive,
        /// Every distance in time is multiplied by this: the inverse of `speed`, of which one may be given. Default: 1.0.
        time_scale: optional Positive,
    }
}

table! {
    /// Units over which a volume is spread by address.
    pub struct Spread {
        /// The units: systems ("L1": their paired units) or single units ("L1:3").
        units: some String,
        /// Size of a stripe: this much on one unit, then as much on the next; whole blocks of 512 bytes. Default: 1MiB.
        stripe: optional Size,
    }
}

table! {
    /// Which columns of a table are what. A column is its position, from 1, or its name in the header.
    pub struct TableColumns {
        /// When a request was issued.
        time: required ColumnName,
        /// The unit of `time`. Default: 1s.
        time_unit: optional Span,
        /// The volume. Default: the name of the file, up to its first dot.
        volume: optional ColumnName,
        /// What a request does. Default: every request writes.
        op: optional ColumnName,
        /// The values of `op` that are writes. Default: those that begin with W or w.
        write: optional Writes,
        /// Where on the volume.
        offset: required ColumnName,
        /// The unit of `offset`. Default: 1B.
        offset_unit: optional Size,
        /// How long.
        length: required ColumnName,
        /// The unit of `length`. Default: 1B.
        length_unit: optional Size,
        /// The separator of columns: one character; " " is any number of blanks. Default: ",".
        separator: optional String,
    }
}

/// One file, or several.
#[derive(Clone, Debug)]
pub struct Files(pub Vec<At<String>>);

impl Read for Files {
    fn shape() -> Shape {
        Shape::Either {
            plain: Box::new(Shape::text("the name of a file")),
            structured: Box::new(Vec::<At<String>>::shape()),
            promote: None,
        }
    }

    fn read(node: &Node) -> Fallible<Self> {
        match &node.value {
            Value::List(_) => some(Vec::read(node)?, "file", node.span).map(Self),
            Value::Text(text) => Ok(Self(vec![At { value: text.clone(), span: node.span }])),
            _ => Err(wrong_type(node, "the name of a file, or a list of names")),
        }
    }
}

/// One value, or several.
#[derive(Clone, Debug)]
pub struct Writes(pub Vec<At<String>>);

impl Read for Writes {
    fn shape() -> Shape {
        Shape::Either {
            plain: Box::new(Shape::text("a value such as \"1\"")),
            structured: Box::new(Vec::<At<String>>::shape()),
            promote: None,
        }
    }

    fn read(node: &Node) -> Fallible<Self> {
        match &node.value {
            Value::List(_) => some(Vec::read(node)?, "write", node.span).map(Self),
            Value::Text(text) => Ok(Self(vec![At { value: text.clone(), span: node.span }])),
            _ => Err(wrong_type(node, "a value such as \"1\", or a list of values")),
        }
    }
}

/// The units of a volume.
#[derive(Clone, Debug)]
pub enum VolumeUnits {
    /// One unit; for "*" also a system.
    One(String),
    /// Units: a volume is spread over them, those of "*" are dealt to them.
    Several(Vec<At<String>>),
    /// Units over which each volume is spread.
    Spread(Spread),
}

impl Read for VolumeUnits {
    fn shape() -> Shape {
        Shape::Either {
            plain: Box::new(Shape::Either {
                plain: Box::new(Shape::text("a unit such as \"L1:1\"")),
                structured: Box::new(Vec::<At<String>>::shape()),
                promote: None,
            }),
            structured: Box::new(Spread::shape()),
            promote: None,
        }
    }

    fn read(node: &Node) -> Fallible<Self> {
        match &node.value {
            Value::Text(text) => Ok(Self::One(text.clone())),
            Value::List(_) => some(Vec::read(node)?, "units", node.span).map(Self::Several),
            Value::Table(_) => Spread::read(node).map(Self::Spread),
            _ => Err(wrong_type(
                node,
                "a unit such as \"L1:1\", a list of units, or { units = [...], stripe = \"1MiB\" }",
            )),
        }
    }
}

/// What time zero is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The earliest time of all files of the scenario.
    Common,
    /// The earliest time of the files of this host.
    Own,
    /// A time, as the files have it.
    Stamp(String),
}

impl Read for Origin {
    fn shape() -> Shape {
        Shape::Either {
            plain: Box::new(Shape::text("\"common\", \"own\", or a time as the files have it")),
            structured: Box::new(Natural::shape()),
            promote: None,
        }
    }

    fn read(node: &Node) -> Fallible<Self> {
        match &node.value {
            Value::Integer(_) => Natural::read(node).map(|stamp| Self::Stamp(stamp.0.to_string())),
            Value::Text(text) if text == "common" => Ok(Self::Common),
            Value::Text(text) if text == "own" => Ok(Self::Own),
            Value::Text(text) if text.starts_with(|c: char| c.is_ascii_digit()) => {
                Ok(Self::Stamp(text.clone()))
            }
            Value::Text(text) => {
                let found = At { value: text.clone(), span: node.span };
                Err(unknown_name(&found, "a time zero", &["common", "own"])
                    .note("a time as the files have it: \"1456095145.133076\""))
            }
            _ => Err(wrong_type(node, "\"common\", \"own\", or a time as the files have it")),
        }
    }
}

impl Read for ColumnName {
    fn shape() -> Shape {
        Shape::Either {
            plain: Box::new(Shape::text("the name of a column")),
            structured: Box::new(Count::shape()),
            promote: None,
        }
    }

    fn read(node: &Node) -> Fallible<Self> {
        match &node.value {
            Value::Text(text) => Ok(Self::Header(text.clone())),
            Value::Integer(_) => Count::read(node).map(|position| Self::Position(position.narrow())),
            _ => Err(wrong_type(node, "the name of a column, or its position from 1")),
        }
    }
}
