//! The floors of the house: which folder of `src/` may use which.
//!
//! The sources are read as text: every path from `crate::` (or by `super::` out of its folder) must lead to a floor
//! that is listed for the folder in which it stands. A folder that is not listed fails too.

mod paths;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Each folder of `src/`, lowest first, and the folders that it may use: only ones above it in this list.
const FLOORS: [(&str, &[&str]); 27] = [
    ("making", &[]),
    ("words", &[]),
    ("collections", &[]),
    ("units", &[]),
    ("arrivals", &["units"]),
    ("measures", &[]),
    ("engine", &["collections", "units"]),
    ("trace", &["words", "units"]),
    ("recovery", &["words", "collections", "units", "trace"]),
    ("checker", &["words", "collections", "units", "trace", "recovery"]),
    ("metrics", &["collections", "units", "trace", "recovery"]),
    ("protocol", &["words", "collections", "units", "trace"]),
    ("hardware", &["units", "engine", "trace"]),
    // `checker` for the names of the checks in `[expect]`.
    ("scenario", &["units", "measures", "trace", "protocol", "hardware", "checker"]),
    (
        "world",
        &[
            "words",
            "collections",
            "units",
            "engine",
            "trace",
            "recovery",
            "checker",
            "metrics",
            "protocol",
            "hardware",
            "scenario",
        ],
    ),
    (
        "explain",
        &["words", "units", "trace", "recovery", "checker", "metrics", "protocol", "scenario", "world"],
    ),
    // `world` for what a scenario is to the machines and to the judge; nothing is simulated.
    (
        "explore",
        &[
            "words", "units", "engine", "trace", "recovery", "checker", "protocol", "hardware", "scenario",
            "world",
        ],
    ),
    ("hunt", &["words", "units", "engine", "trace", "checker", "protocol", "hardware", "scenario", "world"]),
    ("size", &["units", "scenario"]),
    ("shrink", &["units", "trace", "recovery", "checker", "protocol", "hardware", "scenario", "world"]),
    (
        "report",
        &[
            "making", "units", "measures", "recovery", "checker", "metrics", "protocol", "hardware",
            "scenario", "world", "explain", "explore", "hunt", "shrink",
        ],
    ),
    ("export", &["making", "words", "units", "trace", "scenario"]),
    ("sweep", &["making", "units", "measures", "metrics"]),
    // `checker` for the names of the checks in `broken.CHECK`.
    ("study", &["units", "measures", "checker", "scenario", "report", "sweep"]),
    ("regress", &["making", "units", "trace", "metrics", "scenario", "world", "report", "sweep"]),
    ("running", &["units", "trace", "metrics", "scenario", "world", "explain", "report", "sweep"]),
    (
        "cli",
        &[
            "making", "words", "units", "arrivals", "trace", "metrics", "hardware", "scenario", "world",
            "explain", "explore", "hunt", "shrink", "report", "export", "sweep", "study", "regress", "size",
            "running", "checker", "measures",
        ],
    ),
];

/// Files that may use more, and why.
const EXCEPTIONS: [(&str, &[&str], &str); 2] = [
    ("src/scenario/tests/good.rs", &["metrics", "world"], "runs the template that users start from"),
    ("src/world/tests/agreement.rs", &["hunt"], "judges the worlds that `hunt` draws, by the definition"),
];

/// What comes in by inputs only, or not at all: neither clock nor randomness nor files in these folders.
const PURE: [&str; 9] =
    ["words", "measures", "collections", "units", "trace", "recovery", "checker", "metrics", "protocol"];
const IMPURE: [&[&str]; 8] = [
    &["rand"],
    &["rand_chacha"],
    &["std", "time"],
    &["std", "fs"],
    &["std", "io"],
    &["std", "env"],
    &["std", "thread"],
    &["std", "process"],
];

/// A source of `src/`.
struct Source {
    /// From the root of the crate, with `/`.
    name: String,
    /// Its modules, the folder first: empty for `lib.rs` and `main.rs`.
    module: Vec<String>,
    text: String,
}

fn sources() -> Vec<Source> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    list(&root.join("src"), &mut files);
    files.sort();
    let source = |file: &PathBuf| {
        let name: Vec<_> =
            file.strip_prefix(&root).unwrap().iter().map(|part| part.to_str().unwrap()).collect();
        let mut module: Vec<String> =
            name[1..].iter().map(|part| part.trim_end_matches(".rs").into()).collect();
        if matches!(module.last().unwrap().as_str(), "mod" | "lib" | "main") {
            module.pop();
        }
        Source { name: name.join("/"), module, text: fs::read_to_string(file).unwrap() }
    };
    files.iter().map(source).collect()
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            list(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// The floors that `source` may use beside its own.
fn allowed(source: &Source) -> Vec<&'static str> {
    let floor = FLOORS.iter().find(|(name, _)| *name == source.module[0]);
    let (_, below) =
        floor.unwrap_or_else(|| panic!("{}: src/{} is not listed", source.name, source.module[0]));
    let more = EXCEPTIONS.iter().filter(|(file, ..)| *file == source.name).flat_map(|(_, more, _)| *more);
    below.iter().chain(more).copied().collect()
}

fn paths_of(source: &Source) -> Vec<paths::Named> {
    let module: Vec<&str> = source.module.iter().map(String::as_str).collect();
    paths::paths(&source.text, &module)
}

fn edge(floor: &str) -> [String; 2] {
    ["crate".into(), floor.into()]
}

/// The edges of `source` that its floor does not have, as sentences.
fn faults(source: &Source) -> Vec<String> {
    let folder = source.module[0].as_str();
    let allowed = allowed(source);
    let mut faults = Vec::new();
    for named in paths_of(source) {
        let fault = |why: &str| format!("{}:{}: `{}`: {why}", source.name, named.line, named.path.join("::"));
        let parts: Vec<&str> = named.path.iter().map(String::as_str).collect();
        if parts[0] == "crate" {
            let to = parts.get(1).copied().unwrap_or("*");
            if to != folder && !allowed.contains(&to) {
                faults.push(fault(&format!("`{folder}` may not use `{to}`")));
            }
        } else if PURE.contains(&folder) && IMPURE.iter().any(|impure| parts.starts_with(impure)) {
            faults.push(fault(&format!("`{folder}` knows no clock, no randomness and no files")));
        }
    }
    faults
}

#[test]
fn no_edge_leads_upward() {
    let sources = sources();
    assert!(sources.len() > 100, "{} sources found", sources.len());
    let faults: Vec<String> =
        sources.iter().filter(|source| !source.module.is_empty()).flat_map(faults).collect();
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn every_folder_is_listed_and_uses_only_lower_ones() {
    let folders: BTreeSet<String> =
        sources().iter().filter_map(|source| source.module.first().cloned()).collect();
    let listed: BTreeSet<String> = FLOORS.iter().map(|(name, _)| (*name).into()).collect();
    assert_eq!(folders, listed);
    for (index, (folder, below)) in FLOORS.iter().enumerate() {
        for floor in *below {
            assert!(FLOORS[..index].iter().any(|(lower, _)| lower == floor), "{folder} above {floor}");
        }
    }
}

/// The list says no more than what is so; this also shows that the reader sees what is there.
#[test]
fn every_listed_edge_is_used() {
    let sources = sources();
    for (folder, below) in FLOORS {
        for floor in below {
            let in_folder =
                sources.iter().filter(|source| source.module.first().is_some_and(|f| f == folder));
            let uses = in_folder.flat_map(paths_of).filter(|named| named.path.starts_with(&edge(floor)));
            assert!(uses.count() > 0, "`{folder}` no longer uses `{floor}`: take it off the list");
        }
    }
    for (file, more, why) in EXCEPTIONS {
        let source = sources.iter().find(|source| source.name == file).unwrap();
        for floor in more {
            let used = paths_of(source).iter().any(|named| named.path.starts_with(&edge(floor)));
            assert!(used, "{file} no longer uses `{floor}`, which it may because it {why}");
        }
    }
}

/// The reader of paths must be able to fail.
#[test]
fn upward_edges_are_seen_in_every_form() {
    let source = |module: &[&str], text: &str| Source {
        name: "x.rs".into(),
        module: module.iter().map(ToString::to_string).collect(),
        text: text.into(),
    };
    let up = |text: &str| faults(&source(&["protocol", "disk", "local"], text));
    for text in [
        "use crate::world::World;",
        "use crate::{units::{self, SimTime}, world::{World}};",
        "use crate::world as w;",
        "pub use super::super::super::world::World;",
        "mod inner { use super::super::super::super::engine; }",
        "fn f() -> Option<crate::hardware::Link> { None }",
        "fn f<'a>(c: char) -> bool { c == '\"' || crate::engine::Agenda::new() }",
        "const A: &str = r#\"\"\"#; fn f() { crate::scenario::load() }",
        "use std::{fmt, time::Instant};",
        "use rand::Rng;",
    ] {
        assert_eq!(up(text).len(), 1, "{text}: {:?}", up(text));
    }
    for text in [
        "use crate::units::{SimTime, ids::PairId};",
        "// crate::world::World",
        "/* crate::world */ const A: &str = \"crate::world::World\";",
        "mod inner { use super::super::world; } use super::world::World;",
        "use std::collections::BTreeMap;",
        "fn f() { let scenario = scenario::x(); scenario::<u8>::y() }",
        "const A: &str = r#\"crate::world::\"World\"#;",
    ] {
        assert_eq!(up(text), [""; 0], "{text}");
    }
    assert_eq!(
        up("\n\nuse crate::world::World;"),
        ["x.rs:3: `crate::world::World`: `protocol` may not use `world`"]
    );
}
