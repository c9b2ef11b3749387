//! Words that every floor shares: the names of the checks, and what a scheme promises of them.
//!
//! Nothing here judges and nothing acts; the floors above agree on what they speak of.

pub mod check;
pub mod promise;

pub use check::{Check, CheckSet};
pub use promise::{Keeping, PairOrder, Promise};
