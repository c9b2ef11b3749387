//! `netem = "..."`: the kernel's network emulator, as `tc qdisc ... netem` sets it up, with the kernel's semantics.
//!
//! `parse` reads tc's arguments, `table` has the distribution tables, `qdisc` queues packets as the kernel does,
//! `surprise` says where a user's line will not do what its arguments seem to say. Facts are from Linux 6.18
//! (`net/sched/sch_netem.c`) and iproute2 of June 2026 (`tc/q_netem.c`, `netem/`).
//!
//! It is there to compare with a laboratory of one's own. A line of rcsim's own keys is better to study with: netem has
//! one random number generator for all purposes, so that nothing is common to two runs that differ in anything, and
//! its correlations do not correlate (see `surprise`).

mod parse;
mod qdisc;
mod surprise;
mod table;
#[cfg(test)]
mod tests;

pub use parse::{ParseError, parse};
pub use qdisc::{Qdisc, Sent};
pub use table::{Table, TableError, read_table};

/// Packets that may be in the queue where tc is not told.
pub const DEFAULT_LIMIT: u32 = 1_000;

/// The arguments of netem, as the kernel has them: probabilities are of 2^32 - 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Spec {
    /// The arguments as they were written.
    pub text: String,
    /// Most packets in the queue.
    pub limit: u32,
    /// Delay in nanoseconds.
    pub latency_ns: i64,
    /// Jitter in nanoseconds; the kernel takes no more than 2^31 - 1.
    pub jitter_ns: i64,
    /// Correlation of the draws for the delay.
    pub delay_correlation: u32,
    /// What the jitter is multiplied by; `None` is uniform.
    pub distribution: Option<Table>,
    /// How packets are lost.
    pub loss: Loss,
    /// Mark instead of losing; no packet of rcsim can be marked.
    pub ecn: bool,
    /// Packets that are sent twice.
    pub duplicate: Chance,
    /// Packets of which a bit is flipped.
    pub corrupt: Chance,
    /// Packets that are sent at once.
    pub reorder: Chance,
    /// Every how many packets at the soonest one is sent at once; 0 without `reorder`.
    pub gap: u32,
    /// The rate, where there is one.
    pub rate: Option<Rate>,
    /// Packets leave in slots.
    pub slot: Option<Slot>,
    /// tc's seed: the seed of the run decides here.
    pub seed: Option<u64>,
}

/// A probability and the correlation of its draws, of 2^32 - 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Chance {
    /// Probability.
    pub probability: u32,
    /// Correlation.
    pub correlation: u32,
}

/// How netem loses packets. Probabilities are of 2^32 - 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// `loss random`.
    Random(Chance),
    /// `loss state`: 1 good, 2 good within a burst, 3 lost within a burst, 4 lost by itself.
    State {
        /// From 1 to 3.
        p13: u32,
        /// From 3 to 1.
        p31: u32,
        /// From 3 to 2.
        p32: u32,
        /// From 2 to 3.
        p23: u32,
        /// From 1 to 4.
        p14: u32,
    },
    /// `loss gemodel`.
    Gemodel {
        /// From good to bad.
        p: u32,
        /// From bad to good.
        r: u32,
        /// A packet survives the bad state.
        h: u32,
        /// A packet is lost in the good state.
        one_minus_k: u32,
    },
}

impl Loss {
    /// Nothing is lost.
    pub const NONE: Self = Self::Random(Chance { probability: 0, correlation: 0 });
}

/// `rate`: packets leave one after the other, after their delay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Bytes per second.
    pub bytes_per_s: u64,
    /// Added to the length of each packet; may be negative.
    pub overhead: i32,
    /// The length is rounded up to whole cells of this; 0 is none.
    pub cell: u32,
    /// Added to the length of each cell; may be negative.
    pub cell_overhead: i32,
}

impl Rate {
    /// How long a packet of `bytes` takes, in nanoseconds, rounded down as the kernel does.
    pub fn packet_time_ns(&self, bytes: u32) -> u64 {
        let mut length = (i128::from(bytes) + i128::from(self.overhead)).max(0);
        if self.cell > 0 {
            let cells = length.unsigned_abs().div_ceil(u128::from(self.cell));
            let cell = (i128::from(self.cell) + i128::from(self.cell_overhead)).max(0);
            length = i128::try_from(cells).unwrap_or(i128::MAX).saturating_mul(cell);
        }
        let ns = length.unsigned_abs().saturating_mul(1_000_000_000) / u128::from(self.bytes_per_s.max(1));
        u64::try_from(ns).unwrap_or(u64::MAX)
    }
}

/// `slot`: packets are held until the next slot opens.
#[derive(Clone, Debug, PartialEq)]
pub struct Slot {
    /// From one slot to the next.
    pub gap: SlotGap,
    /// Packets of a slot; 0 is any number.
    pub packets: i32,
    /// Bytes of a slot; 0 is any number.
    pub bytes: i32,
}

/// From one slot to the next, in nanoseconds.
#[derive(Clone, Debug, PartialEq)]
pub enum SlotGap {
    /// Uniform between two.
    Between(i64, i64),
    /// Around a delay, by a jitter times a value of the table.
    Drawn(Table, i64, i64),
}

impl Spec {
    /// Nothing is done to packets, but for the limit.
    fn new(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            limit: DEFAULT_LIMIT,
            latency_ns: 0,
            jitter_ns: 0,
            delay_correlation: 0,
            distribution: None,
            loss: Loss::NONE,
            ecn: false,
            duplicate: Chance::default(),
            corrupt: Chance::default(),
            reorder: Chance::default(),
            gap: 0,
            rate: None,
            slot: None,
            seed: None,
        }
    }

    /// What is likely to surprise whoever wrote these arguments, a sentence each.
    pub fn surprises(&self) -> Vec<String> {
        surprise::surprises(self)
    }
}
