//! `rcsim`: a deterministic discrete-event simulator of asynchronous remote copy.
//!
//! Data flows one way: scenario → world → engine → trace → checker and metrics → report.
//! `ARCHITECTURE.md` shows the structure; each module below says what it does and what it does not do.
//!
//! # Running a scenario
//!
//! A scenario is a text ([`scenario::parse`]) or a file ([`scenario::load`]), with `KEY=VALUE` settings on top, or it is
//! built by calls ([`scenario::Builder`]); every error points at its place. A [`scenario::Scenario`] can be read, and
//! given another seed, but not changed: it has no contradictions. [`world::simulate`] runs it and gives an
//! [`world::Outcome`]: the verdict, what was measured, and a digest of all facts. The same scenario and seed give the
//! same bytes everywhere.
//!
//! ```
//! use rcsim::checker::{Check, CheckState};
//! use rcsim::metrics::Options;
//!
//! let text = r#"
//!     run = { duration = "100ms" }
//!     protocol = { scheme = "group" }
//!     local_system = [{ name = "L1", units = 1 }]
//!     remote_system = [{ name = "R1", units = 1 }]
//!     group = [{ name = "g", pairs = ["L1:1 -> R1:1"] }]
//!     host = [{ name = "H1", workload = { kind = "constant", rate = "1000/s", on = ["L1"] } }]
//!     wan = { delay = "5ms", loss = 0.1 }
//! "#;
//! let scenario = rcsim::scenario::parse("page", text, std::path::Path::new(""), &["run.seed=7".into()])?;
//! let outcome = rcsim::world::simulate(&scenario, Options::default(), &mut |_| {})?;
//! let verdict = &outcome.judgement.verdict;
//! assert!(verdict.holds());
//! assert_eq!(verdict.checks.get(Check::RecoverablePrefix), CheckState::Holds);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Watching it
//!
//! [`world::simulate_observed`] shows every fact ([`trace::Record`]) to an observer of your own beside the judge, in the
//! order in which they happened. `examples/watch.rs` counts with one. Observers cost time:
//! [`world::judge_only`] runs for the verdict alone, [`world::observe_only`] for the facts alone.
//!
//! # Judging it
//!
//! [`checker::Verdict`] says for each check whether it held, the first violation of each that did not, with the writes
//! that prove it, and what the scheme promises under its rules ([`words::Promise`]). [`explain::explain`]
//! repeats a run whose order broke and explains it.
//!
//! # Driving the protocol alone
//!
//! [`protocol::disk`] holds pure machines, each one `handle(input, &mut outputs)`; `examples/drive_machines.rs` talks to
//! them by hand.

pub mod arrivals;
pub mod checker;
pub mod cli;
pub mod collections;
pub mod engine;
pub mod explain;
pub mod explore;
pub mod export;
pub mod hardware;
pub mod hunt;
pub mod making;
pub mod measures;
pub mod metrics;
pub mod protocol;
pub mod recovery;
pub mod regress;
pub mod report;
pub mod running;
pub mod scenario;
pub mod shrink;
pub mod size;
pub mod study;
pub mod sweep;
pub mod trace;
pub mod units;
pub mod words;
pub mod world;
