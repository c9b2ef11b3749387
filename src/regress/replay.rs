//! Finds scenarios, replays them, and looks at the records of a bracket again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::golden::Entry;
use crate::metrics::Options;
use crate::report::{RunResult, json};
use crate::scenario::Scenario;
use crate::sweep::flat::flatten;
use crate::trace::{Fingerprinter, Window};
use crate::world::{SimulateError, simulate_observed};

/// A scenario runs with its own seed and the next ones: so many altogether.
pub const SEEDS: u64 = 3;

/// The words of a result that are compared: these and all below them.
const VERDICT: [&str; 5] =
    ["expected", "order.verdict", "order.checks", "order.first_violation", "sequence_counters"];

/// The figures of a result that are compared.
const FIGURES: [&str; 20] = [
    "writes.acknowledged",
    "writes.destaged",
    "writes.outstanding",
    "response_time.mean_s",
    "received_lag.mean_s",
    "received_lag.p99_s",
    "applied_lag.mean_s",
    "applied_lag.p99_s",
    "rpo.mean_s",
    "rpo.max_s",
    "wan.offered",
    "wan.lost",
    "wan.retransmitted",
    "wan.markers",
    "wan.reordered_ratio",
    "wan.reordering_extent_max",
    "cache.local_peak_bytes",
    "cache.remote_peak_bytes",
    "simulated_s",
    "events",
];

/// Every scenario file in `folder` and below, sorted.
///
/// # Errors
/// When a folder cannot be read.
pub fn find(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(find(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// The name of a path in the golden file: from `home` (where the program was started), with `/`.
pub fn name(path: &Path, home: &Path) -> String {
    let path = path.strip_prefix(home).unwrap_or(path);
    let parts = path.components().filter(|part| *part != std::path::Component::CurDir);
    parts.map(|part| part.as_os_str().to_string_lossy().into_owned()).collect::<Vec<_>>().join("/")
}

/// Runs `scenario`, called `name`, with its seed, and gives what the golden file keeps of it.
///
/// # Errors
/// When a trace cannot be read.
pub fn replay(name: &str, scenario: &Scenario) -> Result<Entry, SimulateError> {
    let mut fingerprinter = Fingerprinter::default();
    let outcome = simulate_observed(scenario, Options::default(), &mut fingerprinter, &mut |_| {})?;
    let result = RunResult::new(scenario, &outcome);
    // A result is always an object; were it not, every figure would be missing, and that shows.
    let row = flatten(&json::line(&result)).unwrap_or_default();
    let below = |path: &str, top: &str| {
        path.strip_prefix(top).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    let (mut verdict, mut figures) = (BTreeMap::new(), BTreeMap::new());
    for (path, cell) in row {
        let word = cell.csv().to_owned();
        if VERDICT.iter().any(|top| below(&path, top)) {
            verdict.insert(path, word);
        } else if FIGURES.contains(&path.as_str()) {
            figures.insert(path, word);
        }
    }
    Ok(Entry {
        scenario: name.to_owned(),
        seed: scenario.run.seed,
        digest: result.digest,
        expected: result.expected,
        unmet: result.unmet,
        verdict,
        figures,
        fingerprint: fingerprinter.finish(),
    })
}

/// The records from `first` to `last` of a run, counted from 1, a line each, at most `most` of them.
///
/// # Errors
/// When a trace cannot be read.
pub fn records(scenario: &Scenario, first: u64, last: u64, most: u64) -> Result<Vec<String>, SimulateError> {
    let shown = last.min(first.saturating_add(most.saturating_sub(1)));
    let mut window = Window::new(first, shown);
    simulate_observed(scenario, Options::default(), &mut window, &mut |_| {})?;
    let lines = window.records.into_iter().map(|(number, now, record)| {
        format!("{number:>8}  {:<16} {}", now.to_string(), without_slots(&format!("{record:?}")))
    });
    Ok(lines.collect())
}

/// A record's text with writes as `w12`: where a write is kept (its slot) is no fact.
fn without_slots(record: &str) -> String {
    let mut parts = record.split("WriteRef { serial: ");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (serial, rest) = part.split_once(", slot: ").unwrap_or((part, ""));
        let rest = rest.split_once(" }").map_or("", |(_, rest)| rest);
        text = [&text, "w", serial, rest].concat();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_are_shown_by_their_number() {
        let record = "PacketSent { number: 3, write: Some(WriteRef { serial: 12, slot: 7 }), bytes: 64 }";
        assert_eq!(without_slots(record), "PacketSent { number: 3, write: Some(w12), bytes: 64 }");
        assert_eq!(
            without_slots("Accepted { write: WriteRef { serial: 1, slot: 0 } }"),
            "Accepted { write: w1 }"
        );
        assert_eq!(without_slots("LocalSiteLost"), "LocalSiteLost");
    }

    #[test]
    fn scenarios_are_found_below_and_named_from_home() {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(home.path().join("s/b")).unwrap();
        for file in ["s/z.toml", "s/b/a.toml", "s/b/notes.md"] {
            std::fs::write(home.path().join(file), "").unwrap();
        }
        let names: Vec<String> =
            find(&home.path().join("s")).unwrap().iter().map(|path| name(path, home.path())).collect();
        assert_eq!(names, ["s/b/a.toml", "s/z.toml"]);
        assert_eq!(name(Path::new("./s/z.toml"), home.path()), "s/z.toml");
    }
}
