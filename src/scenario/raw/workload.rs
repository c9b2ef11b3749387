//! What hosts write, as the file says it.

use super::delay::Delay;
use super::recording::Trace;
use crate::scenario::diagnostic::Fallible;
use crate::scenario::document::{Node, Value};
use crate::scenario::format::{Read, Shape, read_choice, some, wrong_type};
use crate::scenario::format::{field_type, keys_of, read_key, table, variants};
use crate::scenario::source::At;
use crate::scenario::value::{Count, CountOrNone, Duration, MeanGap, Natural, Positive, Span, WriteSize};

variants! {
    /// `[host.workload]`.
    pub enum Workload by "kind" ("a kind of workload") {
        /// Each unit independently: exponential gaps.
        "poisson" => Poisson,
        /// Each unit independently: the same gap every time.
        "constant" => Constant,
        /// Each unit independently: silent for a while, then as "poisson" for a while.
        "bursty" => Bursty,
        /// A fixed number of writes is outstanding; each completion starts another write.
        "closed-loop" => ClosedLoop,
        /// A log write, after its completion the data writes, after theirs the next transaction.
        "transaction" => Transaction,
        /// The writes of a recorded trace.
        "trace" => Trace,
        /// Every write written down.
        "scripted" => Scripted,
    }
}

table! {
    /// Sizes and places of writes.
    pub struct Writes {
        /// How large a write is, or a list of sizes and weights. Default: 4KiB.
        size: optional Sizes,
        /// Where in the unit: "uniform" (the default), "sequential" (one after the other, each at the next multiple of its own size)
        /// or { zipf = 1.1 }.
        addresses: optional Addresses,
    }
}

table! {
    /// `kind = "poisson"`.
    pub struct Poisson {
        /// Writes to each unit.
        rate: required MeanGap,
        /// The units: systems ("L1": their paired units) or single units ("L1:3").
        on: some String,
        writes: flatten Writes,
    }
}

table! {
    /// `kind = "constant"`.
    pub struct Constant {
        /// Writes to each unit.
        rate: required MeanGap,
        /// The units: systems ("L1": their paired units) or single units ("L1:3").
        on: some String,
        writes: flatten Writes,
    }
}

table! {
    /// `kind = "bursty"`.
    pub struct Bursty {
        /// Writes to each unit within a burst.
        rate: required MeanGap,
        /// Mean length of a burst.
        mean_on: required Span,
        /// Mean length of a silence.
        mean_off: required Span,
        /// The units: systems ("L1": their paired units) or single units ("L1:3").
        on: some String,
        writes: flatten Writes,
    }
}

table! {
    /// `kind = "closed-loop"`.
    pub struct ClosedLoop {
        /// Writes outstanding.
        queue_depth: required Count,
        /// From a completion to the next write. Default: 0s.
        think_time: optional Delay,
        /// The units; each write goes to a random one. Systems ("L1": their paired units) or single units ("L1:3").
        on: some String,
        writes: flatten Writes,
    }
}

table! {
    /// `kind = "transaction"`.
    pub struct Transaction {
        /// The unit of the log: "L1:1".
        log: required String,
        /// Data writes of each transaction, issued together after the completion of the log write.
        data_writes: required CountOrNone,
        /// Transactions that run side by side. Default: 1.
        sessions: optional Count,
        /// From the end of a transaction to the next of its session. Default: 0s.
        think_time: optional Delay,
        /// The units of the data; each write goes to a random one. Systems ("L1": their paired units but the log) or single units ("L1:3").
        on: repeated String,
        writes: flatten Writes,
    }
}

table! {
    /// `kind = "scripted"`.
    pub struct Scripted {
        /// The writes.
        writes: some ScriptedWrite,
    }
}

table! {
    /// One write of a script.
    pub struct ScriptedWrite {
        /// A name, for `after`.
        name: optional String,
        /// When it is issued: since the start of the run or, with `after`, since that write's completion.
        at: optional Duration,
        /// The earlier write, by its name or its position from 0, whose completion it waits for.
        after: optional After,
        /// The unit: "L1:1".
        unit: required String,
        /// Its first block, of 512 bytes. Default: 0.
        position: optional Natural,
        /// How large it is. Default: 4KiB.
        size: optional WriteSize,
    }
}

table! {
    /// A size of writes and how often it occurs.
    pub struct WeightedSize {
        /// The size.
        size: required WriteSize,
        /// Its weight among all weights.
        weight: required Positive,
    }
}

table! {
    /// Addresses by Zipf's law.
    pub struct Zipf {
        /// The exponent; rank 1 is the first block.
        zipf: required Positive,
    }
}

/// One size, or several.
#[derive(Clone, Debug)]
pub enum Sizes {
    /// All writes are of this size.
    One(WriteSize),
    /// Sizes with weights.
    Mixed(Vec<At<WeightedSize>>),
}

impl Read for Sizes {
    fn shape() -> Shape {
        Shape::Either {
            plain: Box::new(WriteSize::shape()),
            structured: Box::new(Vec::<At<WeightedSize>>::shape()),
            promote: None,
        }
    }

    fn read(node: &Node) -> Fallible<Self> {
        match node.value {
            Value::List(_) => some(Vec::read(node)?, "size", node.span).map(Self::Mixed),
            _ => WriteSize::read(node).map(Self::One),
        }
    }
}

/// Where in a unit writes go.
#[derive(Clone, Debug)]
pub enum Addresses {
    /// Anywhere.
    Uniform,
    /// One after the other.
    Sequential,
    /// By Zipf's law.
    Zipf(Zipf),
}

impl Addresses {
    const NAMES: [&str; 2] = ["uniform", "sequential"];
}

impl Read for Addresses {
    fn shape() -> Shape {
        Shape::Either {
            plain: Box::new(Shape::choice("a law of addresses", Self::NAMES.to_vec())),
            structured: Box::new(Zipf::shape()),
            promote: None,
        }
    }

    fn read(node: &Node) -> Fallible<Self> {
        match &node.value {
            Value::Table(_) => Zipf::read(node).map(Self::Zipf),
            Value::Text(text) if text == "zipf" => {
                Err(wrong_type(node, "a law of addresses").help("write { zipf = 1.1 }, with the exponent"))
            }
            _ => Ok(match read_choice(node, "a law of addresses", &Self::NAMES)? {
                0 => Self::Uniform,
                _ => Self::Sequential,
            }),
        }
    }
}

/// An earlier write of a script.
#[derive(Clone, Debug)]
pub enum After {
    /// By its name.
    Name(String),
    /// By its position, from 0.
    Position(Natural),
}

impl Read for After {
    fn shape() -> Shape {
        Shape::Either {
            plain: Box::new(Shape::text("the name of an earlier write")),
            structured: Box::new(Natural::shape()),
            promote: None,
        }
    }

    fn read(node: &Node) -> Fallible<Self> {
        match &node.value {
            Value::Text(name) => Ok(Self::Name(name.clone())),
            Value::Integer(_) => Natural::read(node).map(Self::Position),
            _ => Err(wrong_type(node, "the name of an earlier write, or its position from 0")),
        }
    }
}
