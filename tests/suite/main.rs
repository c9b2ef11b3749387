//! The integration tests: one binary, a file per subject.
//!
//! They see the crate as a user of the library does.

mod builder;
mod determinism;
mod known_answers;
mod statistics;
