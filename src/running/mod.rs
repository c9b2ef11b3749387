//! Runs scenarios, as the command line and the Python package do alike: one run with what is told of it, and a sweep
//! into its folder.
//!
//! | room | does |
//! |---|---|
//! | `one` | simulates one run, and makes its result of what came out |
//! | `sweep` | a sweep: what is asked for, read and checked; begun or gone on with; run; written as tables |
//! | `stop` | ends a run or a sweep early, at somebody's wish |
//! | `named_files` | what a sweep keeps of the files that its scenario names |
//! | `warm_up` | pilot runs say how long a scenario needs to settle |
//! | `estimate` | what a command will take, told before it is spent |
//! | `memory`, `threads` | how much there is, and how many are of use |
//! | `failure` | why nothing came of it, and by whose fault |
//!
//! Nothing is printed here, and nothing simulated or judged otherwise than by `world`.

pub mod estimate;
mod failure;
pub mod memory;
mod named_files;
mod one;
mod stop;
pub mod sweep;
pub mod threads;
pub mod warm_up;

pub use failure::{Failure, is_the_machines};
pub use one::{RunOptions, explained, simulated};
pub use stop::Stop;
pub use sweep::{Begun, Sweep};
pub use warm_up::WarmUp;

#[cfg(test)]
mod tests;
