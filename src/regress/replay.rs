//! Finds scenarios, replays them, and looks at the records of a bracket again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::golden::Entry;
use super::words::words;
use crate::metrics::Options;
use crate::report::{RunResult, json};
use crate::scenario::{Scenario, files};
use crate::sweep::flat::verbatim;
use crate::trace::{Fingerprinter, Window};
use crate::world::{SimulateError, observe_only, simulate_observed};

/// A scenario runs with its own seed and the next ones: this many altogether.
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

/// The scenario file `path`, or every one in the folder `path` and below, sorted.
///
/// # Errors
/// When a folder cannot be read.
pub fn find(path: &Path) -> std::io::Result<Vec<PathBuf>> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    for entry in std::fs::read_dir(path)? {
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

/// The folder from which scenarios are named, given the golden file: the one above `results/`, or the golden file's
/// own. So a name does not depend on where the program was started.
pub fn home_of(golden: &Path) -> PathBuf {
    let golden = std::path::absolute(golden).unwrap_or_else(|_| golden.to_owned());
    let folder = golden.parent().unwrap_or(Path::new("/"));
    let is_results = folder.file_name().is_some_and(|name| name == "results");
    real(if is_results { folder.parent().unwrap_or(folder) } else { folder })
}

/// The golden file of the repository in which `path` is: the nearest above it.
pub fn golden_above(path: &Path) -> Option<PathBuf> {
    real(path).ancestors().map(|folder| folder.join(super::golden::FILE_NAME)).find(|golden| golden.is_file())
}

/// The name of a scenario or folder in the golden file: its path from `home`, with `/`.
pub fn name(path: &Path, home: &Path) -> String {
    let path = real(path);
    // What is not below is named by its way up.
    let mut home_parts: Vec<_> = home.components().collect();
    let mut parts: Vec<_> = path.components().collect();
    while home_parts.first().is_some_and(|part| parts.first() == Some(part)) {
        home_parts.remove(0);
        parts.remove(0);
    }
    let up = home_parts.iter().map(|_| "..".to_owned());
    let down = parts.iter().map(|part| part.as_os_str().to_string_lossy().into_owned());
    up.chain(down).collect::<Vec<_>>().join("/")
}

/// The path without links, as far as it is there.
fn real(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    for above in absolute.ancestors() {
        if let (Ok(real), Ok(rest)) = (std::fs::canonicalize(above), absolute.strip_prefix(above)) {
            return if rest.as_os_str().is_empty() { real } else { real.join(rest) };
        }
    }
    absolute
}

/// What a scenario is made of: the BLAKE3 of its text and of every file that it names.
///
/// # Errors
/// When one of them cannot be read.
pub fn source_of(path: &Path) -> std::io::Result<String> {
    let text = std::fs::read_to_string(path)?;
    let base = path.parent().unwrap_or(Path::new(""));
    let mut hasher = blake3::Hasher::new();
    hasher.update(text.as_bytes());
    for name in files::named(&text, &[], base) {
        let file = files::find(base, &name);
        if file.is_file() {
            hasher.update(name.as_bytes());
            hasher.update(&std::fs::read(file)?);
        }
    }
    Ok(hasher.finalize().to_hex().to_string())
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
    let row = verbatim(&json::line(&result)).unwrap_or_default();
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
        source: None,
    })
}

/// The records from `first` to `last` of a run, counted from 1, a line each, at most `most` of them.
///
/// # Errors
/// When a trace cannot be read.
pub fn records(scenario: &Scenario, first: u64, last: u64, most: u64) -> Result<Vec<String>, SimulateError> {
    let shown = last.min(first.saturating_add(most.saturating_sub(1)));
    let mut window = Window::new(first, shown);
    observe_only(scenario, &mut window)?;
    let lines = window.records.into_iter().map(|(number, now, record)| {
        format!("{number:>8}  {:<16} {}", now.to_string(), words(scenario, now, &record))
    });
    Ok(lines.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scenarios_are_found_below_and_named_from_the_golden_file() {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(home.path().join("s/b")).unwrap();
        std::fs::create_dir_all(home.path().join("results")).unwrap();
        for file in ["s/z.toml", "s/b/a.toml", "s/b/notes.md", "results/golden.jsonl"] {
            std::fs::write(home.path().join(file), "").unwrap();
        }
        let golden = home.path().join("results/golden.jsonl");
        assert_eq!(golden_above(&home.path().join("s/b")), Some(real(&golden)));
        let root = home_of(&golden);
        let named = |path: &str| -> Vec<String> {
            find(&home.path().join(path)).unwrap().iter().map(|path| name(path, &root)).collect()
        };
        assert_eq!(named("s"), ["s/b/a.toml", "s/z.toml"]);
        assert_eq!(named("s/../s/z.toml"), ["s/z.toml"]);
        assert_eq!(name(&home.path().join("s"), &root), "s");
        assert_eq!(name(home.path(), &root), "");
        assert_eq!(name(home.path(), &root.join("s/b")), "../..");
        assert_eq!(home_of(&home.path().join("golden.jsonl")), root);
    }

    #[test]
    fn a_scenario_is_its_text_and_the_files_that_it_names() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("a.toml");
        let mut seen = std::collections::BTreeSet::new();
        for (text, trace) in
            [("x = 1", "1"), ("x = 2", "1"), ("y = { file = \"t\" }", "1"), ("y = { file = \"t\" }", "2")]
        {
            std::fs::write(&path, text).unwrap();
            std::fs::write(home.path().join("t"), trace).unwrap();
            assert!(seen.insert(source_of(&path).unwrap()), "{text} {trace}");
        }
    }
}
