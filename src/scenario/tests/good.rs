//! Files that load, and what comes of them.

use std::path::{Path, PathBuf};

use super::{read, shipped};
use crate::metrics::Options;
use crate::protocol::Scheme;
use crate::scenario::{TEMPLATE, load};
use crate::world::simulate;

/// Every TOML file below `folder`, sorted.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries
        .flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    files.sort();
    files
}

#[test]
fn every_shipped_scenario_loads() {
    let files = files(&shipped());
    assert!(files.len() >= 2);
    for file in files {
        let scenario = load(&file, &[]).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(Some(scenario.name.as_str()), file.file_stem().unwrap().to_str());
    }
}

#[test]
fn the_template_loads_and_holds() {
    let scenario = read(TEMPLATE, &["run.duration=2s"]).unwrap_or_else(|error| panic!("{error}"));
    let outcome = simulate(&scenario, Options::default(), &mut |_| {}).unwrap();
    assert!(outcome.judgement.verdict.holds());
    assert!(outcome.judgement.counts.acknowledged > 100);
    assert_eq!(outcome.judgement.counts.outstanding(), 0);
    assert_eq!(scenario.protocol.scheme, Scheme::Group);
}
