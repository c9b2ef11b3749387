//! Checks the order of writes from facts alone; knows no protocol.

pub mod verdict;

pub use verdict::{Check, CheckState, CheckStates, Verdict, Violation};
