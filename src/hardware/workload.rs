//! What hosts write, as the scenario describes it.
//!
//! The processes that turn this into writes stand in `host`.

use std::sync::Arc;

use crate::hardware::distribution::Distribution;
use crate::hardware::trace_file::{TracePlan, TraceScan};
use crate::units::{LocalId, SimDuration, SimTime};

/// A local disk unit (106): its system and its position there, from 0 (the scenario counts from 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalUnit {
    /// The local disk system.
    pub system: LocalId,
    /// The unit, from 0.
    pub unit: u32,
}

/// Where in a unit writes go.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Addresses {
    /// Anywhere, aligned to the size of the write.
    Uniform,
    /// Block ranks by Zipf's law with this exponent; rank 1 is the first block.
    Zipf {
        /// The exponent, above 0.
        exponent: f64,
    },
    /// One after the other, from the start again at the end.
    Sequential,
}

/// How large writes are, in bytes.
#[derive(Clone, Debug, PartialEq)]
pub enum Sizes {
    /// All the same.
    Constant(u32),
    /// One of these, with probability in proportion to the weight.
    Mixed(Vec<(u32, f64)>),
}

impl Sizes {
    /// The largest write, in bytes.
    pub fn largest(&self) -> u32 {
        match self {
            Self::Constant(size) => *size,
            Self::Mixed(sizes) => sizes.iter().map(|&(size, _)| size).max().unwrap_or(0),
        }
    }
}

/// One write of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptedWrite {
    /// When it is issued: since the start of the run or, with `after`, since that write's completion.
    pub at: SimTime,
    /// The write (by its place in the script) whose completion it waits for.
    pub after: Option<usize>,
    /// The unit it goes to.
    pub unit: LocalUnit,
    /// First block (512 bytes each).
    pub position: u64,
    /// Length in bytes.
    pub size: u32,
}

/// A recorded workload: what is replayed of which files, and what was found in them.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    /// What is replayed.
    pub plan: TracePlan,
    /// What reading the files through found.
    pub scan: TraceScan,
}

/// How a host decides when to write.
#[derive(Clone, Debug, PartialEq)]
pub enum Arrivals {
    /// Each unit by itself: exponential gaps of mean 1/rate.
    Poisson {
        /// Nanoseconds between writes to one unit, on average.
        mean_gap: SimDuration,
    },
    /// Each unit by itself: the same gap every time.
    Constant {
        /// Nanoseconds between writes to one unit.
        gap: SimDuration,
    },
    /// Each unit by itself: Poisson while on, silent while off, both of exponential length.
    Bursty {
        /// Mean gap while on.
        mean_gap_on: SimDuration,
        /// Mean length of a burst.
        mean_on: SimDuration,
        /// Mean length of a silence.
        mean_off: SimDuration,
    },
    /// This many writes outstanding, each to a unit drawn uniformly; a completion is followed by a think
    /// time.
    ClosedLoop {
        /// Writes outstanding.
        queue_depth: u32,
        /// Time between a completion and the next write of that place.
        think_time: Distribution,
    },
    /// A write to the log; after its completion the data writes, all at once, each to a unit drawn uniformly;
    /// after all their completions and a think time, the next transaction.
    Transaction {
        /// Unit of the log.
        log: LocalUnit,
        /// Data writes per transaction.
        data_writes: u32,
        /// Transactions that run side by side.
        sessions: u32,
        /// Time between a transaction's end and the next of that session.
        think_time: Distribution,
    },
    /// The writes of a recorded trace.
    Trace(Arc<Recording>),
    /// Every write written down.
    Scripted {
        /// The writes.
        writes: Arc<[ScriptedWrite]>,
    },
}

/// What a host writes.
#[derive(Clone, Debug, PartialEq)]
pub struct Workload {
    /// When.
    pub arrivals: Arrivals,
    /// To which units, in the order of the scenario (data units of `Transaction`; empty for `Trace` and
    /// `Scripted`, which name their own).
    pub units: Vec<LocalUnit>,
    /// Where in the unit.
    pub addresses: Addresses,
    /// How much.
    pub sizes: Sizes,
}
