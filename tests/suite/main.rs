//! The integration tests: one binary, a file per subject.
//!
//! They see the crate as a user of the library does, and the program as its users meet it.

// `cfg(test)` says nothing new of an integration test, but lets lints know that here `unwrap` is right.
#[cfg(test)]
mod builder;
#[cfg(test)]
mod claims;
#[cfg(test)]
mod claims_tape;
#[cfg(test)]
mod cli;
#[cfg(test)]
mod contract;
#[cfg(test)]
mod costly;
#[cfg(test)]
mod desk;
#[cfg(test)]
mod determinism;
#[cfg(test)]
mod examples;
#[cfg(test)]
mod explain;
#[cfg(test)]
mod explore;
#[cfg(test)]
mod exports;
#[cfg(test)]
mod failing_machine;
#[cfg(test)]
mod figures;
#[cfg(test)]
mod floors;
#[cfg(test)]
mod folders;
#[cfg(test)]
mod hunt;
#[cfg(test)]
mod interrupted;
#[cfg(test)]
mod known_answers;
#[cfg(test)]
mod measures;
#[cfg(test)]
mod network;
#[cfg(test)]
mod network_sync;
#[cfg(test)]
mod outputs;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod regress;
#[cfg(test)]
mod regressions;
#[cfg(test)]
mod reordering;
#[cfg(test)]
mod shrink;
#[cfg(test)]
mod size;
#[cfg(test)]
mod statistics;
#[cfg(test)]
mod stream_variants;
#[cfg(test)]
mod study;
#[cfg(test)]
mod sweep;
#[cfg(test)]
mod tape;
#[cfg(test)]
mod traces;
#[cfg(test)]
mod transport;
#[cfg(test)]
mod verdicts;
