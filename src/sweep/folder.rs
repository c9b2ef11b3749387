//! The folder of a sweep: begun, gone on with, never overwritten; its tables appear whole or not at all.
//!
//! It is a sweep's from the moment its manifest stands in it. Until then nothing but an empty journal and
//! temporary files (named `.rcsim-..`) can be there, so a kill at any moment leaves a folder that is either
//! as good as empty or can be gone on with.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::{Journal, Manifest, SweepError, journal, manifest};
use crate::making::{Making, PREFIX};

/// The copy of the scenario.
pub const SCENARIO_NAME: &str = "scenario.toml";

/// The copy of the scenario called `name` in a sweep of several.
pub fn name_of_scenario(name: &str) -> String {
    format!("scenario-{name}.toml")
}

/// The folder of a sweep that this process works on.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Begins a sweep in `path`, or goes on with the same sweep there if `resume` says so: also with more values,
    /// seeds or replications than it had. `scenarios` are the names of the copies of the scenarios, with their texts.
    ///
    /// # Errors
    /// When there is something else in the folder, another sweep, more of this one than was asked for, or the
    /// same one and `resume` is not said; when it cannot be written.
    pub fn begin(
        path: &Path,
        manifest: &Manifest,
        scenarios: &[(String, &str)],
        resume: bool,
    ) -> Result<(Self, Journal), SweepError> {
        Self::check(path, manifest, resume)?;
        std::fs::create_dir_all(path).map_err(|error| SweepError::file("create", path, error))?;
        let (plan, text) = (manifest.plan()?, manifest.text()?);
        let journal = Journal::open(path, manifest.identity()?, &plan)?;
        // Another process may have begun here until the journal was locked.
        let there = Self::find(path)?;
        there.as_ref().map_or(Ok(()), |there| goes_on(path, manifest, there))?;
        let folder = Self { path: path.to_owned() };
        folder.sweep_out()?;
        if there.is_some_and(|there| there != *manifest) {
            // They are of the smaller sweep. The last to appear is the first to go.
            for name in super::table::NAMES.iter().rev() {
                Folder::remove(&path.join(name))?;
            }
        }
        // The manifest first: from here on the folder is this sweep's.
        folder.write(manifest::FILE_NAME, |out| out.write_all(text.as_bytes()))?;
        for (name, text) in scenarios {
            folder.write(name, |out| out.write_all(text.as_bytes()))?;
        }
        Ok((folder, journal))
    }

    /// Can the sweep be begun, or gone on with, in `path`? Nothing is written.
    ///
    /// # Errors
    /// As [`Folder::begin`], but for what is not known before.
    pub fn check(path: &Path, manifest: &Manifest, resume: bool) -> Result<(), SweepError> {
        let Some(there) = Self::find(path)? else { return Ok(()) };
        goes_on(path, manifest, &there)?;
        if resume {
            return Ok(());
        }
        let what = if there == *manifest { "this sweep already" } else { "a part of this sweep" };
        let (finished, of) = progress(path, &there)?;
        let of = of.map_or_else(String::new, |runs| format!(" of {runs}"));
        Err(SweepError::Input(format!(
            "{} holds {what}, with {finished}{of} runs finished; pass --resume to go on with it",
            path.display()
        )))
    }

    /// The manifest in `path`; `None` if the folder is free to be used.
    ///
    /// # Errors
    /// When `path` is no folder, cannot be read, or holds what is no sweep.
    pub fn find(path: &Path) -> Result<Option<Manifest>, SweepError> {
        let entries = match std::fs::read_dir(path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
                return Err(SweepError::Input(format!("{} is not a folder", path.display())));
            }
            Err(error) => return Err(SweepError::file("read", path, error)),
        };
        if let Some(manifest) = Manifest::read(path)? {
            return Ok(Some(manifest));
        }
        for entry in entries {
            let entry = entry.map_err(|error| SweepError::file("read", path, error))?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let is_ours = name.starts_with(PREFIX)
                || (name == journal::FILE_NAME && entry.metadata().is_ok_and(|data| data.len() == 0));
            if !is_ours {
                return Err(SweepError::Input(format!(
                    "{} is not empty and holds no sweep ({name}); nothing was written",
                    path.display()
                )));
            }
        }
        Ok(None)
    }

    /// The folder's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a file: it appears whole or not at all.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(
        &self,
        name: &str,
        fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), SweepError> {
        let path = self.path.join(name);
        let failed = |error: io::Error| SweepError::file("write", &path, error);
        let mut making = Making::file(&self.path, name).map_err(failed)?;
        let mut out = io::BufWriter::with_capacity(1 << 16, making.writer());
        fill(&mut out).map_err(failed)?;
        let file = out.into_inner().map_err(|error| failed(error.into_error()))?;
        file.sync_all().map_err(failed)?;
        making.finish(|made| std::fs::rename(made, &path)).map_err(failed)
    }

    /// A folder that is being put together by `merge`.
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Removes what a killed process left behind. The journal is locked: nobody else writes here.
    fn sweep_out(&self) -> Result<(), SweepError> {
        let entries =
            std::fs::read_dir(&self.path).map_err(|error| SweepError::file("read", &self.path, error))?;
        for entry in entries.flatten() {
            if entry.file_name().to_string_lossy().starts_with(PREFIX) {
                let path = entry.path();
                // An unfinished `plot` made a folder.
                if path.is_dir() {
                    let removed = std::fs::remove_dir_all(&path);
                    removed.map_err(|error| SweepError::file("remove", &path, error))?;
                } else {
                    Self::remove(&path)?;
                }
            }
        }
        Ok(())
    }

    /// Removes a file, if it is there.
    fn remove(path: &Path) -> Result<(), SweepError> {
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(SweepError::file("remove", path, error))
            }
            _ => Ok(()),
        }
    }
}

/// Is what is `there` a part of what was asked for?
fn goes_on(path: &Path, ours: &Manifest, there: &Manifest) -> Result<(), SweepError> {
    let differences = ours.differences(there)?;
    if !differences.is_empty() {
        return Err(SweepError::Input(format!(
            "{} holds another sweep; nothing was written. What was asked for against what is there:\n  {}",
            path.display(),
            differences.join("\n  ")
        )));
    }
    let lacks = ours.lacks(there)?;
    if !lacks.is_empty() {
        return Err(SweepError::Input(format!(
            "{} holds more of this sweep than this command asks for; nothing was written. Ask for all of it, \
             or choose another --out. What was asked for against what is there:\n  {}",
            path.display(),
            lacks.join("\n  ")
        )));
    }
    Ok(())
}

/// How many runs of the sweep (or shard) in `path` are finished, and of how many, unless the results decide.
///
/// # Errors
/// When its journal cannot be read or is damaged.
pub fn progress(path: &Path, manifest: &Manifest) -> Result<(u64, Option<u64>), SweepError> {
    let plan = manifest.plan()?;
    let journal = Journal::read(path, manifest.identity()?, &plan)?;
    let finished = plan.finished(&journal).count() as u64;
    Ok((finished, plan.runs()))
}

/// How far the sweep in `path` is, in words, if it is not finished: it has no table yet.
///
/// # Errors
/// As [`progress`], and when the manifest is damaged.
pub fn unfinished(path: &Path) -> Result<Option<String>, SweepError> {
    if path.join(super::table::CSV_NAME).is_file() {
        return Ok(None);
    }
    let Some(manifest) = Manifest::read(path)? else { return Ok(None) };
    let (finished, of) = progress(path, &manifest)?;
    let shard = if manifest.shard == super::Shard::WHOLE {
        String::new()
    } else {
        format!(", shard {}", manifest.shard)
    };
    let done = match of {
        Some(of) => format!("{finished} of {of} runs are finished"),
        None => format!("{finished} runs are finished, and the results decide how many there will be"),
    };
    Ok(Some(format!(
        "{} holds an unfinished sweep{shard}: {done}. The same `rcsim sweep` command with --resume goes on",
        path.display()
    )))
}
