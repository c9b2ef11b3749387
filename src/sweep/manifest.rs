//! What makes two sweeps the same one: program, scenario, every file it names, settings, and which keys vary.
//!
//! `sweep.json` in the folder of a sweep. Folders of one sweep may differ in the values of the varied keys, in
//! the seeds, in the replications that are added, and in the shard: each run is the same in all of them.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::{Axis, Plan, Seeds, Shard, SweepError, UntilCi};

/// Version of the folder's format.
pub const FORMAT: u32 = 2;
/// Name of the file.
pub const FILE_NAME: &str = "sweep.json";

/// A file by its name and content: a scenario, or one that it names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedFile {
    /// Its path as the scenario has it, from the scenario's folder; in a sweep of several after the scenario's name.
    pub name: String,
    /// Its content's BLAKE3.
    pub blake3: String,
}

/// What a sweep is.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of the folder's format.
    pub format: u32,
    /// Version of the program.
    pub rcsim: String,
    /// The stem of the scenario's file; empty in a sweep of several scenarios.
    pub scenario: String,
    /// BLAKE3 of its text; empty in a sweep of several.
    pub scenario_blake3: String,
    /// In a sweep of several scenarios each of them: the stem of its file, BLAKE3 of its text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scenarios: Vec<NamedFile>,
    /// Every file that it names, sorted.
    pub files: Vec<NamedFile>,
    /// `--set`, as given.
    pub set: Vec<String>,
    /// `--warm-up auto`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub warm_up_auto: bool,
    /// `--vary`, as given.
    pub vary: Vec<String>,
    /// `--seeds`.
    pub seeds: Seeds,
    /// `--until-ci`.
    pub until_ci: Option<UntilCi>,
    /// `--shard`.
    pub shard: Shard,
    /// Points in all shards.
    pub points: u64,
    /// Runs in all shards; with `until_ci` the results decide.
    pub runs: Option<u64>,
}

impl Manifest {
    /// Reads the manifest of a folder; `None` if there is none.
    ///
    /// # Errors
    /// When it is of another version or no manifest.
    pub fn read(folder: &Path) -> Result<Option<Self>, SweepError> {
        let path = folder.join(FILE_NAME);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(SweepError::file("read", &path, error)),
        };
        let damaged =
            |error: serde_json::Error| SweepError::Input(format!("{} is damaged: {error}", path.display()));
        let json: serde_json::Value = serde_json::from_str(&text).map_err(damaged)?;
        match json.get("format").and_then(serde_json::Value::as_u64) {
            Some(format) if format == u64::from(FORMAT) => {}
            Some(format) => {
                return Err(SweepError::Input(format!(
                    "{} has format {format}; this rcsim reads format {FORMAT}",
                    path.display()
                )));
            }
            None => return Err(SweepError::Input(format!("{} is not that of a sweep", path.display()))),
        }
        let manifest: Self = serde_json::from_value(json).map_err(damaged)?;
        if manifest.shard.of == 0 || !(1..=manifest.shard.of).contains(&manifest.shard.index) {
            return Err(SweepError::Input(format!(
                "{} is damaged: no shard {}",
                path.display(),
                manifest.shard
            )));
        }
        Ok(Some(manifest))
    }

    /// The text of the file.
    ///
    /// # Errors
    /// Never in practice: every field is plain.
    pub fn text(&self) -> Result<String, SweepError> {
        let text = serde_json::to_string_pretty(self);
        text.map(|text| text + "\n").map_err(|error| SweepError::Machine(error.to_string()))
    }

    /// The runs that it describes.
    ///
    /// # Errors
    /// When it does not describe any.
    pub fn plan(&self) -> Result<Plan, SweepError> {
        let axes: Result<Vec<Axis>, _> = self.vary.iter().map(|vary| Axis::parse(vary)).collect();
        if self.seeds.last.checked_sub(self.seeds.first).is_none_or(|rest| rest == u64::MAX) {
            return Err(SweepError::input("the manifest has no seeds, or too many"));
        }
        Plan::new(axes?, self.seeds, self.shard, self.until_ci.clone())
    }

    /// The same for every folder of one sweep, and for no other sweep.
    ///
    /// # Errors
    /// As [`Manifest::text`].
    pub fn identity(&self) -> Result<[u8; 32], SweepError> {
        let plan = self.plan()?;
        let keys: Vec<&str> = plan.keys().collect();
        let parts = (self.format, &self.rcsim, &self.scenario, &self.scenario_blake3, &self.set, keys);
        let text = if self.warm_up_auto {
            serde_json::to_string(&(parts, "--warm-up auto"))
        } else {
            serde_json::to_string(&parts)
        };
        let text = text.map_err(|error| SweepError::Machine(error.to_string()))?;
        Ok(*blake3::hash(text.as_bytes()).as_bytes())
    }

    /// In what `self` differs from `other` so that they are two sweeps, a phrase each.
    ///
    /// # Errors
    /// When one of them does not describe any runs.
    pub fn differences(&self, other: &Self) -> Result<Vec<String>, SweepError> {
        let mut found = Vec::new();
        let mut compare = |what: &str, ours: String, theirs: String| {
            if ours != theirs {
                found.push(format!("{what}: {ours} against {theirs}"));
            }
        };
        compare("version of rcsim", self.rcsim.clone(), other.rcsim.clone());
        compare("scenario", self.scenario.clone(), other.scenario.clone());
        compare("--set", list(&self.set), list(&other.set));
        let auto = |manifest: &Self| if manifest.warm_up_auto { "auto" } else { "not auto" }.to_owned();
        compare("--warm-up", auto(self), auto(other));
        let keys = |manifest: &Self| -> Result<Vec<String>, SweepError> {
            Ok(manifest.plan()?.axes().iter().map(Axis::name).collect())
        };
        compare("varied keys", list(&keys(self)?), list(&keys(other)?));
        if self.scenario_blake3 != other.scenario_blake3 {
            found.push("the text of the scenario".to_owned());
        }
        let differs = |ours: &NamedFile, theirs: &[NamedFile]| {
            theirs.iter().any(|there| there.name == ours.name && there.blake3 != ours.blake3)
        };
        for scenario in self.scenarios.iter().filter(|scenario| differs(scenario, &other.scenarios)) {
            found.push(format!("the text of the scenario {}", scenario.name));
        }
        for file in self.files.iter().filter(|file| differs(file, &other.files)) {
            found.push(format!("the content of {}", file.name));
        }
        Ok(found)
    }

    /// What `other`, a folder of the same sweep, has that `self` has not, a phrase each: nothing if `self` is
    /// all of it or goes on from there.
    ///
    /// # Errors
    /// When one of them does not describe any runs.
    pub fn lacks(&self, other: &Self) -> Result<Vec<String>, SweepError> {
        let mut found = Vec::new();
        let (ours, theirs) = (self.plan()?, other.plan()?);
        for (axis, there) in ours.axes().iter().zip(theirs.axes()) {
            if let Some(value) = axis.lacks(there) {
                found.push(format!("--vary {}: the folder has {value}, this command does not", axis.name()));
            }
        }
        if self.seeds.first > other.seeds.first || self.seeds.last < other.seeds.last {
            found.push(format!("--seeds: {} against {}", self.seeds, other.seeds));
        }
        if self.shard != other.shard {
            found.push(format!("--shard: {} against {}", self.shard, other.shard));
        }
        let goes_on = match (&self.until_ci, &other.until_ci) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(ours), Some(there)) => {
                let narrower = ours.relative <= there.relative && ours.max_seeds >= there.max_seeds;
                ours.measure == there.measure && narrower
            }
        };
        if !goes_on {
            found.push(format!("--until-ci: {} against {}", until(self), until(other)));
        }
        Ok(found)
    }

    /// The sweep of which `self` and `other` are folders: all values, all seeds, no shard.
    ///
    /// # Errors
    /// When their replications are decided by different rules, or there would be more runs than can be counted.
    pub fn and(&self, other: &Self) -> Result<Self, SweepError> {
        if self.until_ci != other.until_ci {
            return Err(SweepError::Input(format!("--until-ci: {} against {}", until(self), until(other))));
        }
        let (ours, theirs) = (self.plan()?, other.plan()?);
        let mut vary = Vec::new();
        for ((axis, there), given) in ours.axes().iter().zip(theirs.axes()).zip(&self.vary) {
            vary.push(if axis.lacks(there).is_none() { given.clone() } else { axis.and(there)? });
        }
        let (first, last) = (self.seeds.first.min(other.seeds.first), self.seeds.last.max(other.seeds.last));
        let mut files: Vec<NamedFile> = self.files.iter().chain(&other.files).cloned().collect();
        files.sort();
        files.dedup();
        let mut scenarios = self.scenarios.clone();
        scenarios
            .extend(other.scenarios.iter().filter(|scenario| !self.scenarios.contains(scenario)).cloned());
        let (seeds, shard) = (Seeds { first, last }, Shard::WHOLE);
        let mut joined = Self { scenarios, files, vary, seeds, shard, ..self.clone() };
        let plan = joined.plan()?;
        (joined.points, joined.runs) = (plan.points(), plan.runs());
        Ok(joined)
    }
}

fn until(manifest: &Manifest) -> String {
    match &manifest.until_ci {
        Some(until) => format!("{} of {} ({})", until.relative, until.measure, until.max_seeds),
        None => "none".to_owned(),
    }
}

fn list(texts: &[String]) -> String {
    if texts.is_empty() { "none".to_owned() } else { texts.join(" ") }
}

/// BLAKE3 of a file, read through once, in hexadecimal.
///
/// # Errors
/// When it cannot be read.
pub fn blake3_of_file(path: &Path) -> Result<String, SweepError> {
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; 1 << 16];
    let mut file = File::open(path).map_err(|error| SweepError::file("read", path, error))?;
    loop {
        match file.read(&mut buffer).map_err(|error| SweepError::file("read", path, error))? {
            0 => return Ok(hasher.finalize().to_hex().to_string()),
            read => hasher.update(&buffer[..read]),
        };
    }
}
