//! Shards become one table: byte for byte that of one process.
//!
//! Every line of every shard is checked. A run that several shards hold must have one result: another is a
//! difference between the machines that ran them. What is missing is named, with the shard that should have it.

use std::path::{Path, PathBuf};

use super::flat::flatten;
use super::folder::{SCENARIO_NAME, TEMPORARY, whole_plan};
use super::{Folder, Journal, Manifest, Plan, RunKey, Shard, SweepError, manifest, table};

/// At most so many missing runs are named.
const MOST_NAMED: usize = 5;

struct Part {
    path: PathBuf,
    shard: Shard,
    journal: Journal,
}

/// Puts the shards in `parts` together in `out`, which appears whole or not at all. The number of runs is given
/// back.
///
/// # Errors
/// When a folder is no shard, the shards are of different sweeps, a line is damaged, a run is missing, `out`
/// exists, or the machine fails; and as the machine's failure when a run has two results.
pub fn merge(parts: &[PathBuf], out: &Path) -> Result<u64, SweepError> {
    if Folder::find(out)?.is_some() {
        return Err(SweepError::Input(format!(
            "{} holds a sweep already; nothing was written",
            out.display()
        )));
    }
    let (manifest, parts) = read(parts)?;
    let plan = whole_plan(&manifest)?;
    let parent = match out.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    std::fs::create_dir_all(parent).map_err(|error| SweepError::file("create", parent, error))?;
    let building = tempfile::Builder::new().prefix(TEMPORARY).tempdir_in(parent);
    let building = building.map_err(|error| SweepError::file("write", parent, error))?;
    let folder = Folder::new(building.path().to_owned());
    let whole = Manifest { shard: Shard::WHOLE, ..manifest };
    let measure = whole.until_ci.as_ref().map(|until| until.measure.clone());
    let mut journal = Journal::open(folder.path(), whole.identity()?, measure)?;
    for run in all_runs(&parts) {
        journal.append(run, &the_result(&parts, run)?)?;
    }
    journal.sync()?;
    is_complete(&plan, &journal, &parts)?;
    let text = whole.text()?;
    folder.write(manifest::FILE_NAME, |file| file.write_all(text.as_bytes()))?;
    let scenario = scenario(&whole, &parts)?;
    folder.write(SCENARIO_NAME, |file| file.write_all(&scenario))?;
    table::write_all(&folder, &plan, &journal)?;
    publish(building, out)?;
    Ok(journal.len())
}

fn read(paths: &[PathBuf]) -> Result<(Manifest, Vec<Part>), SweepError> {
    let mut first: Option<(Manifest, &PathBuf)> = None;
    let mut parts = Vec::new();
    for path in paths {
        let Some(manifest) = Manifest::read(path)? else {
            return Err(SweepError::Input(format!("{} holds no sweep", path.display())));
        };
        if let Some((reference, reference_path)) = &first {
            let differences = manifest.differences(reference);
            if !differences.is_empty() {
                return Err(SweepError::Input(format!(
                    "{} is of another sweep than {}. It differs in\n  {}",
                    path.display(),
                    reference_path.display(),
                    differences.join("\n  ")
                )));
            }
        }
        if manifest.rcsim != env!("CARGO_PKG_VERSION") {
            return Err(SweepError::Input(format!(
                "{} is by rcsim {}; this is {}",
                path.display(),
                manifest.rcsim,
                env!("CARGO_PKG_VERSION")
            )));
        }
        let journal = Journal::read(path, manifest.identity()?)?;
        let plan = manifest.plan()?;
        if let Some(run) = journal.runs().find(|run| !plan.holds(*run)) {
            return Err(SweepError::Input(format!(
                "{} holds point {}, seed {}, which is no run of shard {}",
                path.display(),
                run.point,
                run.seed,
                manifest.shard
            )));
        }
        parts.push(Part { path: path.clone(), shard: manifest.shard, journal });
        first = first.or(Some((manifest, path)));
    }
    let (manifest, _) = first.ok_or_else(|| SweepError::input("no shard was given"))?;
    Ok((manifest, parts))
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
    let (Ok(one), Ok(other)) = (flatten(one), flatten(other)) else { return "one is no result".to_owned() };
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
    let of = parts.iter().map(|part| part.shard.of).max().unwrap_or(1);
    let mut lines = Vec::new();
    for &run in missing.iter().take(MOST_NAMED) {
        let shard = plan.shard_of(run, of);
        let given = parts.iter().find(|part| part.shard.of == of && part.shard.index == shard);
        let whose = given.map_or_else(
            || format!("shard {shard}/{of} was not given"),
            |part| format!("{} is not finished: go on with --resume", part.path.display()),
        );
        let place = plan.describe(run.point);
        lines.push(format!("point {} ({place}), seed {}: {whose}", run.point, run.seed));
    }
    if missing.len() > MOST_NAMED {
        lines.push(format!("and {} more", missing.len() - MOST_NAMED));
    }
    Err(SweepError::Input(format!(
        "{} of the runs are missing; nothing was written\n  {}",
        missing.len(),
        lines.join("\n  ")
    )))
}

/// The scenario's text, from the first part that has it as it was.
fn scenario(manifest: &Manifest, parts: &[Part]) -> Result<Vec<u8>, SweepError> {
    let read = |part: &Part| std::fs::read(part.path.join(SCENARIO_NAME)).ok();
    let same = |text: &Vec<u8>| *blake3::hash(text).to_hex() == *manifest.scenario_blake3;
    parts.iter().filter_map(read).find(same).ok_or_else(|| {
        SweepError::input("no shard holds scenario.toml as it was when the sweep began; nothing was written")
    })
}

fn publish(building: tempfile::TempDir, out: &Path) -> Result<(), SweepError> {
    readable(building.path()).map_err(|error| SweepError::file("write", building.path(), error))?;
    // Over an empty folder this works too; over anything else it fails.
    std::fs::rename(building.path(), out).map_err(|error| SweepError::file("write", out, error))?;
    // It is no longer where it was: there is nothing to remove.
    let _ = building.keep();
    Ok(())
}

#[cfg(unix)]
fn readable(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn readable(_folder: &Path) -> std::io::Result<()> {
    Ok(())
}
