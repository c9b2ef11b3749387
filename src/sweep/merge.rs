//! Folders of one sweep become one, byte for byte as if all had been run at once: shards, other seeds, other
//! values of the varied keys. Values stand in the order in which the folders are given.
//!
//! Every line of every folder is checked. A run that several hold must have one result: another is a
//! difference between the machines that ran them. What is missing is named, with the folder that should have it.

use std::path::{Path, PathBuf};

use super::flat::flatten;
use super::folder::{SCENARIO_NAME, name_of_scenario};
use super::{Folder, Journal, Manifest, Plan, RunKey, Shard, SweepError, manifest, table};
use crate::making::{self, Making};

/// At most this many missing runs are named.
const MOST_NAMED: usize = 5;

struct Part {
    path: PathBuf,
    manifest: Manifest,
    /// With the points of the whole.
    journal: Journal,
}

/// Puts the shards in `parts` together in `out`, which appears whole or not at all. The number of runs is given
/// back.
///
/// # Errors
/// When a folder holds no sweep, they are of different sweeps, a line is damaged, a run is missing, `out`
/// exists, or the machine fails; and as the machine's failure when a run has two results.
pub fn merge(parts: &[PathBuf], out: &Path) -> Result<u64, SweepError> {
    if Folder::find(out)?.is_some() {
        return Err(SweepError::Input(format!(
            "{} holds a sweep already; nothing was written",
            out.display()
        )));
    }
    let (whole, parts) = read(parts)?;
    let plan = whole.plan()?;
    let home = making::home_of(out).unwrap_or(Path::new("/"));
    let name = out.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let building = Making::folder(home, &name).map_err(|error| SweepError::file("write", home, error))?;
    let folder = Folder::new(building.path().to_owned());
    let mut journal = Journal::open(folder.path(), whole.identity()?, &plan)?;
    for run in all_runs(&parts) {
        journal.append(run, &the_result(&parts, run)?)?;
    }
    journal.sync()?;
    is_complete(&plan, &journal, &parts)?;
    let text = whole.text()?;
    folder.write(manifest::FILE_NAME, |file| file.write_all(text.as_bytes()))?;
    for (name, text) in scenarios(&whole, &parts)? {
        folder.write(&name, |file| file.write_all(&text))?;
    }
    table::write_all(&folder, &plan, &journal)?;
    publish(building, out)?;
    Ok(journal.len())
}

/// The sweep of which all folders are parts, and these.
fn read(paths: &[PathBuf]) -> Result<(Manifest, Vec<Part>), SweepError> {
    let mut manifests: Vec<(&PathBuf, Manifest)> = Vec::new();
    let mut whole: Option<Manifest> = None;
    for path in paths {
        if path.is_file() {
            return Err(SweepError::Input(format!("{} is not a folder", path.display())));
        }
        let Some(manifest) = Manifest::read(path)? else {
            let what =
                if path.exists() { "holds no sweep" } else { "is not there; expected the folder of a sweep" };
            return Err(SweepError::Input(format!("{} {what}", path.display())));
        };
        let other_sweep = |what: &str, first: &PathBuf| {
            let (path, first) = (path.display(), first.display());
            SweepError::Input(format!(
                "{path} belongs to another sweep than {first}. The one against the other:\n  {what}"
            ))
        };
        whole = Some(match (whole, manifests.first()) {
            (Some(whole), Some((first, _))) => {
                let differences = manifest.differences(&whole)?;
                if !differences.is_empty() {
                    return Err(other_sweep(&differences.join("\n  "), first));
                }
                whole.and(&manifest).map_err(|error| other_sweep(&error.to_string(), first))?
            }
            _ => Manifest { shard: Shard::WHOLE, ..manifest.clone() },
        });
        if manifest.rcsim != env!("CARGO_PKG_VERSION") {
            return Err(SweepError::Input(format!(
                "{} is by rcsim {}; this is {}",
                path.display(),
                manifest.rcsim,
                env!("CARGO_PKG_VERSION")
            )));
        }
        manifests.push((path, manifest));
    }
    let whole = whole.ok_or_else(|| SweepError::input("no folder was given"))?;
    let (plan, identity) = (whole.plan()?, whole.identity()?);
    let part = |(path, manifest): (&PathBuf, Manifest)| {
        Ok(Part { path: path.clone(), manifest, journal: Journal::read(path, identity, &plan)? })
    };
    let parts: Result<Vec<Part>, SweepError> = manifests.into_iter().map(part).collect();
    Ok((whole, parts?))
}

fn all_runs(parts: &[Part]) -> Vec<RunKey> {
    let mut runs: Vec<RunKey> = parts.iter().flat_map(|part| part.journal.runs()).collect();
    runs.sort_unstable();
    runs.dedup();
    runs
}

/// The result of a run, the same in every part that has it.
fn the_result(parts: &[Part], run: RunKey) -> Result<String, SweepError> {
    let mut found: Option<(String, &Part)> = None;
    for part in parts.iter().filter(|part| part.journal.holds(run)) {
        let result = part.journal.result(run)?;
        match &found {
            None => found = Some((result, part)),
            Some((before, _)) if *before == result => {}
            Some((before, other)) => {
                return Err(SweepError::Machine(format!(
                    "point {}, seed {} has two different results, in {} and in {}: {}. One of the machines (or \
                     builds) does not compute what the other does",
                    run.point,
                    run.seed,
                    other.path.display(),
                    part.path.display(),
                    first_difference(before, &result)
                )));
            }
        }
    }
    found.map(|(result, _)| result).ok_or_else(|| SweepError::Machine(format!("{run:?} is in no shard")))
}

fn first_difference(one: &str, other: &str) -> String {
    let (Ok(one), Ok(other)) = (flatten(one), flatten(other)) else {
        return "one is not a result".to_owned();
    };
    let different = one.iter().zip(&other).find(|(one, other)| one != other);
    different.map_or_else(
        || "they have different columns".to_owned(),
        |((name, one), (_, other))| format!("{name} is {} and {}", one.json(), other.json()),
    )
}

fn is_complete(plan: &Plan, journal: &Journal, parts: &[Part]) -> Result<(), SweepError> {
    let missing = plan.due(journal);
    if missing.is_empty() {
        return Ok(());
    }
    let mut lines = Vec::new();
    for &run in missing.iter().take(MOST_NAMED) {
        let place = plan.describe(run.point);
        lines.push(format!("{place}, seed {}: {}", run.seed, whose(plan, run, parts)?));
    }
    if missing.len() > MOST_NAMED {
        lines.push(format!("and {} more", missing.len() - MOST_NAMED));
    }
    let count = missing.len();
    let what = if count == 1 { "1 run is missing".to_owned() } else { format!("{count} runs are missing") };
    Err(SweepError::Input(format!("{what}; nothing was written\n  {}", lines.join("\n  "))))
}

/// Why nobody has the run.
fn whose(plan: &Plan, run: RunKey, parts: &[Part]) -> Result<String, SweepError> {
    let name = plan.name(run.point);
    let mut shard = None;
    for part in parts {
        let own = part.manifest.plan()?;
        let Some(point) = own.point_of(&name) else { continue };
        if own.holds(RunKey { point, ..run }) {
            return Ok(format!("{} is not finished: go on with --resume", part.path.display()));
        }
        let all = Manifest { shard: Shard::WHOLE, ..part.manifest.clone() }.plan()?;
        if all.holds(RunKey { point, ..run }) {
            let of = part.manifest.shard.of;
            shard = Some(Shard { index: all.shard_of(RunKey { point, ..run }, of), of });
        }
    }
    Ok(shard.map_or_else(
        || "no folder has these values with this seed".to_owned(),
        |shard| format!("shard {shard} was not given"),
    ))
}

/// The name and text of each scenario's copy, from the first part that has it as it was.
fn scenarios(manifest: &Manifest, parts: &[Part]) -> Result<Vec<(String, Vec<u8>)>, SweepError> {
    let several = manifest.scenarios.iter();
    let mut wanted: Vec<(String, &str)> =
        several.map(|scenario| (name_of_scenario(&scenario.name), scenario.blake3.as_str())).collect();
    if wanted.is_empty() {
        wanted.push((SCENARIO_NAME.to_owned(), &manifest.scenario_blake3));
    }
    let find = |(name, blake3): (String, &str)| {
        let read = |part: &Part| std::fs::read(part.path.join(&name)).ok();
        let found = parts.iter().filter_map(read).find(|text| blake3::hash(text).to_hex().as_str() == blake3);
        let missing = || {
            SweepError::Input(format!(
                "no shard holds {name} as it was when the sweep began; nothing was written"
            ))
        };
        found.ok_or_else(missing).map(|text| (name.clone(), text))
    };
    wanted.into_iter().map(find).collect()
}

fn publish(building: Making, out: &Path) -> Result<(), SweepError> {
    let failed = |error| SweepError::file("write", out, error);
    let parent = out.parent().filter(|parent| *parent != Path::new("")).unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent).map_err(failed)?;
    // Over an empty folder this works too; over anything else it fails.
    building.finish(|built| std::fs::rename(built, out)).map_err(failed)
}
