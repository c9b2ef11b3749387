//! `rcsim`: a deterministic discrete-event simulator of asynchronous remote copy.
//!
//! Data flows one way: scenario → world → engine → trace → checker and metrics → report.
//! `ARCHITECTURE.md` draws the house; each room below says what it does and what it leaves to others.

pub mod arrivals;
pub mod checker;
pub mod cli;
pub mod collections;
pub mod engine;
pub mod explain;
pub mod export;
pub mod hardware;
pub mod making;
pub mod measures;
pub mod metrics;
pub mod protocol;
pub mod recovery;
pub mod regress;
pub mod report;
pub mod scenario;
pub mod sweep;
pub mod trace;
pub mod units;
pub mod words;
pub mod world;
