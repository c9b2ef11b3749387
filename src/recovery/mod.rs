//! What a disaster at this instant would leave: the recoverable image R(t), kept up to date record by record.
//!
//! Sees trace and units only. The tracker turns facts into [`Change`]s of R(t); checker and metrics judge and
//! measure them. Memory is O(writes in flight).

pub mod table;

pub use table::{WriteState, WriteTable};

/// R(t) changed: a write came into it or fell out of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The write in this slot is in R(t) from now on.
    Present(u32),
    /// The write in this slot is no longer in R(t).
    Missing(u32),
}
