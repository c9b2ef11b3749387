//! Sweeps: the cross product of scenario keys over seeds, in parallel, resumable, in shards, as one tidy table.
//!
//! | room | does |
//! |---|---|
//! | `vary`, `range`, `value` | reads `KEY=V1,V2,..`, `KEY=A..B:STEP`, `K1,K2=(V1,V2),..` |
//! | `plan` | points, seeds and shards: which runs there are |
//! | `task` | the shard of a task of a job array |
//! | `observation` | a run as one observation of a measure, and what it saw of what the measure depends on |
//! | `until` | replications until an interval is narrow enough |
//! | `manifest` | what makes two sweeps the same one, and one a part of another |
//! | `folder` | the folder of a sweep: begun, resumed, never overwritten |
//! | `journal` | one line per finished run, appended and checked |
//! | `execute` | runs what the journal lacks, on all threads |
//! | `flat` | the result of a run as one row |
//! | `table` | `runs.csv`, `runs.jsonl` |
//! | `statistics` | `points.csv`, `paired.csv` |
//! | `compare` | two sweeps, or runs, side by side |
//! | `merge` | folders of one sweep become one |
//!
//! The journal is what a sweep is; every table is derived from it, ordered by (point, seed). So the same bytes
//! come out for any number of threads, any shards, after any number of kills, and whether values and seeds were
//! given at once or later. No wall clock is written.
//!
//! It does not know how a run is simulated: that is handed in.

pub mod compare;
mod error;
pub mod execute;
pub mod flat;
pub mod folder;
pub mod journal;
pub mod manifest;
pub mod merge;
pub mod observation;
pub mod plan;
mod range;
pub mod statistics;
pub mod table;
mod task;
pub mod until;
mod value;
pub mod vary;

pub use error::SweepError;
pub use folder::Folder;
pub use journal::Journal;
pub use manifest::Manifest;
pub use plan::{Plan, RunKey, Seeds, Shard};
pub use until::UntilCi;
pub use vary::{Axis, Unit, Value};

#[cfg(test)]
mod tests;
