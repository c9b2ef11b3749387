//! A sweep that is stopped, goes on, and is the same as one that never was; a run that is stopped.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::sweep::Asked;
use super::{RunOptions, Stop, Sweep, simulated};
use crate::scenario::Text;
use crate::sweep::execute::Watch;
use crate::sweep::{Shard, SweepError, table};

const SCENARIO: &str = r#"
run = { duration = "200ms" }
protocol = { scheme = "group" }
local_system = [{ name = "L1", units = 1 }]
remote_system = [{ name = "R1", units = 1 }]
group = [{ name = "g", pairs = ["L1:1 -> R1:1"] }]
host = [{ name = "H1", workload = { kind = "poisson", rate = "1000/s", on = ["L1"] } }]
wan = { delay = "5ms" }
"#;

/// Wishes the end after so many runs.
struct After<'a> {
    runs: u64,
    finished: AtomicU64,
    flag: &'a AtomicBool,
}

impl Watch for After<'_> {
    fn on_due(&self, _runs: u64) {}

    fn on_finished(&self) {
        if self.finished.fetch_add(1, Ordering::Relaxed) + 1 == self.runs {
            self.flag.store(true, Ordering::Relaxed);
        }
    }
}

fn sweep() -> Sweep {
    Sweep::new(Asked {
        scenarios: vec![Text::new("small", SCENARIO.to_owned(), Path::new(""))],
        vary: vec!["wan.loss=0,0.1".to_owned()],
        seeds: "1..4".parse().unwrap(),
        set: vec![],
        warm_up: None,
        shard: Shard::WHOLE,
        until: None,
    })
    .unwrap()
}

/// Runs the sweep in `folder`, stops it after so many runs, and says how it ended and how many are finished.
fn run(folder: &Path, runs: u64) -> (Result<(), SweepError>, u64) {
    let (sweep, flag) = (sweep(), AtomicBool::new(false));
    let mut begun = sweep.begin(folder, true, false).unwrap();
    let ended = begun.run(&After { runs, finished: AtomicU64::new(0), flag: &flag }, &flag);
    if ended.is_ok() {
        begun.write_tables().unwrap();
    }
    (ended, begun.journal().len())
}

#[test]
fn a_stopped_sweep_goes_on_to_the_same_tables() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, stopped) = (folder.path().join("whole"), folder.path().join("stopped"));
    assert_eq!(run(&whole, u64::MAX), (Ok(()), 8));
    let (ended, finished) = run(&stopped, 3);
    assert_eq!(ended, Err(SweepError::Stopped));
    // Runs under way on other threads are given up, unless they were at their very end.
    assert!((3..8).contains(&finished), "{finished}");
    assert!(!stopped.join(table::CSV_NAME).exists());
    assert_eq!(run(&stopped, u64::MAX), (Ok(()), 8));
    for name in table::NAMES {
        let read = |folder: &Path| std::fs::read(folder.join(name)).unwrap();
        assert_eq!(read(&whole), read(&stopped), "{name}");
    }
}

#[test]
fn a_run_ends_when_it_is_wished() {
    let scenario = Text::new("small", SCENARIO.to_owned(), Path::new("")).scenario(&[], &[]).unwrap();
    let events = |wished: bool, on_two_cores: bool| {
        let flag = AtomicBool::new(wished);
        let options = RunOptions { on_two_cores, ..RunOptions::default() };
        simulated(&scenario, options, Stop::when(&flag), &mut |_| {}).unwrap().events
    };
    for on_two_cores in [false, true] {
        assert!(events(false, on_two_cores) > 100);
        assert_eq!(events(true, on_two_cores), 1);
    }
}
