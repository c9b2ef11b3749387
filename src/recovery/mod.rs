//! What a disaster at this instant would leave: the recoverable image R(t), kept up to date record by record.
//!
//! Sees trace and units only. The tracker turns facts into [`Change`]s of R(t); checker and metrics judge and
//! measure them. Memory is O(writes in flight).

pub mod table;
pub mod tracker;

pub use table::{WriteState, WriteTable};
pub use tracker::Tracker;

/// What a record changed in R(t) and at the remote site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The write in this slot is in R(t) from now on.
    Present(u32),
    /// The write in this slot is no longer in R(t).
    Missing(u32),
    /// The write in this slot was destaged to a remote unit for the first time.
    Landed(u32),
    /// The write that the one in this slot was folded into came into R(t): it stands for it.
    Covered(u32),
    /// The write that the one in this slot was folded into is no longer in R(t).
    Bare(u32),
    /// The write that the one in this slot was folded into was destaged to a remote unit.
    Overwritten(u32),
}

impl Change {
    /// The slot of the write that it is of.
    pub const fn slot(self) -> u32 {
        match self {
            Self::Present(slot)
            | Self::Missing(slot)
            | Self::Landed(slot)
            | Self::Covered(slot)
            | Self::Bare(slot)
            | Self::Overwritten(slot) => slot,
        }
    }
}
