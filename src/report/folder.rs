//! The folder of `--out`: there whole, or not at all.
//!
//! Files go into a temporary folder beside it, which takes its name at the end. An earlier result of ours is
//! replaced whole; a folder that holds anything else is refused before any run. What is in the files is not
//! known here.

use std::collections::BTreeMap;
use std::fs::{self, File as FsFile};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::{FILE_NAMES, File, SCENARIO_NAME, json, plot};
use crate::making::{self, Making};
use crate::scenario::files::{KEPT, kept_name};

/// Results of several runs, one a line, beside the sub-folders of the runs.
pub const SEVERAL_NAME: &str = "results.jsonl";

/// Why there is no folder.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// Something else stands there: the user must decide.
    #[error("{path} {found}: not an rcsim result folder; choose another --out (nothing was written)")]
    NotOurs {
        /// The folder.
        path: String,
        /// What is wrong with it.
        found: String,
    },
    /// The machine failed us.
    #[error("cannot write {path}: {source}")]
    Io {
        /// What was to be written.
        path: String,
        /// Why it was not.
        source: io::Error,
    },
}

/// A folder in the making. Dropped before [`Folder::commit`], it leaves nothing behind.
#[derive(Debug)]
pub struct Folder {
    target: PathBuf,
    making: Making,
    /// By file that a scenario names: the first copy of it.
    copies: Mutex<BTreeMap<PathBuf, PathBuf>>,
}

impl Folder {
    /// Begins what will be the folder `path`.
    ///
    /// # Errors
    /// When something else stands there, or nothing can be written there.
    pub fn begin(path: &Path) -> Result<Self, FolderError> {
        // A link stays a link: what it points to is replaced.
        let target = match fs::canonicalize(path) {
            Ok(target) => target,
            Err(_) => std::path::absolute(path).map_err(|source| failed(path, source))?,
        };
        put_back(&target);
        if let Some(found) = not_ours(&target).map_err(|source| failed(path, source))? {
            return Err(FolderError::NotOurs { path: path.display().to_string(), found });
        }
        let Some(home) = target.ancestors().skip(1).find(|ancestor| ancestor.symlink_metadata().is_ok())
        else {
            let found = "is the root of all folders".to_owned();
            return Err(FolderError::NotOurs { path: path.display().to_string(), found });
        };
        let making = Making::folder(home, &name_of(&target)).map_err(|source| failed(path, source))?;
        Ok(Self { target, making, copies: Mutex::default() })
    }

    /// Writes the files of a run: into the folder itself, or into this sub-folder.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn add(&self, sub_folder: Option<&str>, files: &[File]) -> Result<(), FolderError> {
        let shown = sub_folder.map_or_else(|| self.target.clone(), |name| self.target.join(name));
        let folder =
            sub_folder.map_or_else(|| self.making.path().into(), |name| self.making.path().join(name));
        if sub_folder.is_some() {
            fs::create_dir(&folder).map_err(|source| failed(&shown, source))?;
        }
        for file in files {
            write(&folder.join(file.name), &file.content)
                .map_err(|source| failed(&shown.join(file.name), source))?;
        }
        Ok(())
    }

    /// Keeps a copy of each file that the scenario of a run names, given by name and path, beside its scenario.
    ///
    /// # Errors
    /// When one cannot be read or written.
    pub fn keep(&self, sub_folder: Option<&str>, files: &[(String, PathBuf)]) -> Result<(), FolderError> {
        if files.is_empty() {
            return Ok(());
        }
        let folder =
            sub_folder.map_or_else(|| self.making.path().into(), |name| self.making.path().join(name));
        let folder = folder.join(KEPT);
        let put = |name: &str, path: &Path| {
            let copy = folder.join(kept_name(name));
            // Runs of one scenario share the copy, where the disk knows files of two names.
            let first = self.copies.lock().unwrap_or_else(PoisonError::into_inner).get(path).cloned();
            if first.is_some_and(|first| fs::hard_link(first, &copy).is_ok()) {
                return Ok(());
            }
            fs::copy(path, &copy)?;
            self.copies.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned(), copy);
            Ok(())
        };
        fs::create_dir_all(&folder).map_err(|source| failed(&self.target, source))?;
        files.iter().try_for_each(|(name, path)| put(name, path).map_err(|source| failed(path, source)))
    }

    /// Appends a line to the results of several runs.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn append(&self, line: &str) -> Result<(), FolderError> {
        let path = self.making.path().join(SEVERAL_NAME);
        let appended = FsFile::options().create(true).append(true).open(path);
        appended
            .and_then(|mut file| file.write_all(line.as_bytes()))
            .map_err(|source| failed(&self.target.join(SEVERAL_NAME), source))
    }

    /// Gives the folder its name, in place of an earlier result.
    ///
    /// # Errors
    /// When it cannot; an earlier result then stands as it was.
    pub fn commit(self) -> Result<(), FolderError> {
        let Self { target, making, .. } = self;
        let home = target.parent().unwrap_or(Path::new("/"));
        let aside = || {
            fs::create_dir_all(home)?;
            let is_there = fs::symlink_metadata(&target).is_ok();
            is_there.then(|| Making::folder(home, &aside_of(&target))).transpose()
        };
        let aside = aside().map_err(|source| failed(&target, source))?;
        let moved = making.finish(|made| replace(made, &target, aside.as_ref().map(Making::path)));
        if let (Err(_), Some(aside)) = (&moved, aside)
            && aside.path().join(OLD).exists()
        {
            // It could not be put back: what stood there is kept where it is.
            let _ = aside.keep();
        }
        moved.map_err(|source| failed(&target, source))
    }
}

fn failed(path: &Path, source: io::Error) -> FolderError {
    FolderError::Io { path: path.display().to_string(), source }
}

/// What stands at `target` that is not ours; `None` if it can be replaced or nothing is there.
fn not_ours(target: &Path) -> io::Result<Option<String>> {
    let metadata = match fs::symlink_metadata(target) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        // A file in place of a folder above it: making the folder will say so.
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => return Ok(None),
        Err(error) => return Err(error),
    };
    if !metadata.is_dir() {
        return Ok(Some("is not a folder".to_owned()));
    }
    foreign_entry(target, true)
}

/// The first thing in `folder`, by name, that a result does not hold.
fn foreign_entry(folder: &Path, may_hold_several: bool) -> io::Result<Option<String>> {
    let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    let has = |name: &str| entries.iter().any(|entry| entry.file_name() == name);
    let holds_several = may_hold_several && has(SEVERAL_NAME);
    if !entries.is_empty() && !holds_several && !has(json::FILE_NAME) {
        return Ok(Some(format!("holds no {}", json::FILE_NAME)));
    }
    for entry in &entries {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let kind = entry.file_type()?;
        let ours = if kind.is_dir() && name == KEPT {
            has(SCENARIO_NAME)
        } else if kind.is_dir() && name == plot::FOLDER_NAME {
            // Figures of the earlier result go with it.
            entry.path().join(plot::PAGE_NAME).is_file()
        } else if kind.is_dir() {
            holds_several && foreign_entry(&entry.path(), false)?.is_none()
        } else if holds_several {
            name == SEVERAL_NAME && kind.is_file()
        } else {
            FILE_NAMES.contains(&name.as_ref()) && kind.is_file()
        };
        if !ours {
            return Ok(Some(format!("holds `{name}`")));
        }
    }
    Ok(None)
}

/// What an earlier result is called while it stands aside.
const OLD: &str = "old";

fn name_of(target: &Path) -> String {
    target.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

/// The folder in which an earlier result stands for the moment in which it is replaced.
fn aside_of(target: &Path) -> String {
    format!("{}.old", name_of(target))
}

/// Puts back the earlier result that a process stood aside which was killed before it could replace it.
fn put_back(target: &Path) {
    let Some(home) = target.parent() else { return };
    let name = aside_of(target);
    for aside in making::stale(home, &name) {
        if fs::symlink_metadata(target).is_err() {
            // If there is nothing in it, nothing is moved.
            let _ = fs::rename(aside.join(OLD), target);
        }
    }
    making::remove_stale(home, &name);
}

fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = FsFile::create_new(path)?;
    file.write_all(content)?;
    // Some disks tell only now that they are full.
    file.sync_all()
}

/// Renames `made` to `target`; what stood there is put `aside` first, and put back if that fails.
fn replace(made: &Path, target: &Path, aside: Option<&Path>) -> io::Result<()> {
    let Some(aside) = aside else { return fs::rename(made, target) };
    let old = aside.join(OLD);
    fs::rename(target, &old)?;
    fs::rename(made, target).inspect_err(|_| {
        let _ = fs::rename(&old, target);
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(content: &str) -> [File; 1] {
        [File { name: json::FILE_NAME, content: content.as_bytes().to_vec() }]
    }

    fn names(folder: &Path) -> Vec<String> {
        let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn nothing_is_there_before_the_commit_and_nothing_else_after() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("a/b");
        let folder = Folder::begin(&path).unwrap();
        folder.add(None, &result("{}")).unwrap();
        assert!(!path.exists());
        folder.commit().unwrap();
        assert_eq!(names(home.path()), ["a"]);
        assert_eq!(names(&path), ["result.json"]);
    }

    #[test]
    fn what_is_not_committed_leaves_nothing() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::begin(&home.path().join("out")).unwrap();
        folder.add(Some("x-seed1"), &result("{}")).unwrap();
        drop(folder);
        assert_eq!(names(home.path()), [""; 0]);
    }

    #[test]
    fn an_earlier_result_is_replaced_whole() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("out");
        let folder = Folder::begin(&path).unwrap();
        folder.add(Some("x-seed1"), &result("1")).unwrap();
        folder.append("1\n").unwrap();
        folder.append("2\n").unwrap();
        folder.commit().unwrap();
        assert_eq!(fs::read_to_string(path.join(SEVERAL_NAME)).unwrap(), "1\n2\n");
        let folder = Folder::begin(&path).unwrap();
        folder.add(None, &result("2")).unwrap();
        folder.commit().unwrap();
        assert_eq!(names(&path), ["result.json"]);
        assert_eq!(fs::read_to_string(path.join("result.json")).unwrap(), "2");
        assert_eq!(names(home.path()), ["out"]);
    }

    #[test]
    fn what_killed_processes_left_is_cleared_and_an_earlier_result_put_back() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("out");
        fs::create_dir_all(home.path().join(".rcsim-out-AbCdEf/x-seed1")).unwrap();
        // Killed between the two renames of `replace`.
        let old = home.path().join(".rcsim-out.old-AbCdEf/old");
        fs::create_dir_all(&old).unwrap();
        fs::write(old.join(json::FILE_NAME), "earlier").unwrap();
        let folder = Folder::begin(&path).unwrap();
        assert_eq!(fs::read_to_string(path.join(json::FILE_NAME)).unwrap(), "earlier");
        drop(folder);
        assert_eq!(names(home.path()), ["out"]);
    }

    #[test]
    fn an_empty_folder_is_taken() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("out");
        fs::create_dir(&path).unwrap();
        let folder = Folder::begin(&path).unwrap();
        folder.add(None, &result("2")).unwrap();
        folder.commit().unwrap();
        assert_eq!(names(&path), ["result.json"]);
    }

    #[test]
    fn what_is_not_ours_is_refused_and_kept() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("out");
        let refused = |found: &str| match Folder::begin(&path) {
            Err(FolderError::NotOurs { found: told, .. }) => assert_eq!(told, found),
            other => panic!("{other:?}"),
        };
        fs::write(&path, "").unwrap();
        refused("is not a folder");
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        fs::write(path.join("thesis.tex"), "").unwrap();
        refused("holds no result.json");
        fs::write(path.join("result.json"), "").unwrap();
        refused("holds `thesis.tex`");
        fs::rename(path.join("thesis.tex"), path.join("series.csv")).unwrap();
        fs::create_dir(path.join("sub")).unwrap();
        refused("holds `sub`");
        fs::write(path.join(SEVERAL_NAME), "").unwrap();
        fs::remove_file(path.join("series.csv")).unwrap();
        fs::remove_file(path.join("result.json")).unwrap();
        fs::write(path.join("sub/thesis.tex"), "").unwrap();
        refused("holds `sub`");
        assert_eq!(names(home.path()), ["out"]);
    }

    #[test]
    fn a_file_above_it_is_the_machine_s_failure() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("file"), "").unwrap();
        let error = Folder::begin(&home.path().join("file/out")).unwrap_err();
        assert!(matches!(error, FolderError::Io { .. }), "{error}");
        assert_eq!(names(home.path()), ["file"]);
    }
}
