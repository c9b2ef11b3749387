//! The integration tests: one binary, a file per subject.

mod cli;
mod regress;
mod sweep;
