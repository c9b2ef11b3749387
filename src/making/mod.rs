//! Files and folders in the making: they take their name when they are whole, and leave nothing behind if they
//! never are.
//!
//! What is unfinished stands under a hidden name, `.rcsim-NAME-XXXXXX`, beside where it will stand. It goes away
//! - with its [`Making`], when a command fails;
//! - with [`discard_all`], when the program is told to end (INT, TERM);
//! - with the next [`Making`] of the same name in the same folder, when the program was killed. An unfinished file
//!   or folder is locked by the process that makes it; one that nobody has locked is stale.
//!
//! What is in the files is not known here.

mod place;

pub use place::{Place, placed};

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Begins the name of everything unfinished.
pub const PREFIX: &str = ".rcsim-";

/// Random characters at the end of such a name.
const RANDOM: usize = 6;
/// So much of the final name is in the hidden one, which must not be too long for the disk.
const MOST_OF_NAME: usize = 100;
/// Attempts at a folder that another process takes for stale between its making and its locking, or to which
/// another thread still writes while it is removed.
const ATTEMPTS: usize = 16;

/// Everything unfinished of this process.
static UNFINISHED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

fn unfinished() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An unfinished file or folder. Dropped before [`Making::finish`], it leaves nothing behind.
#[derive(Debug)]
pub struct Making {
    path: PathBuf,
    /// Locked, where the system can lock it.
    file: File,
}

impl Making {
    /// An unfinished folder in `home` for what will be called `name`; stale ones of this name are removed.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn folder(home: &Path, name: &str) -> io::Result<Self> {
        Self::new(home, name, |builder| {
            // It is to become a folder like any other: with the permissions that the user's mask gives.
            #[cfg(unix)]
            builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
            let path = builder.tempdir_in(home)?.keep();
            // Where a folder cannot be opened (not on Unix), its lock is that of no file.
            let file = File::open(&path).or_else(|_| tempfile::tempfile())?;
            Ok((path, file))
        })
    }

    /// An unfinished file in `home`, open for writing, for what will be called `name`; stale ones are removed.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn file(home: &Path, name: &str) -> io::Result<Self> {
        Self::new(home, name, |builder| {
            #[cfg(unix)]
            builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
            let (file, path) = builder.tempfile_in(home)?.keep().map_err(|error| error.error)?;
            Ok((path, file))
        })
    }

    fn new(
        home: &Path,
        name: &str,
        make: impl Fn(&mut tempfile::Builder) -> io::Result<(PathBuf, File)>,
    ) -> io::Result<Self> {
        remove_stale(home, name);
        let prefix = prefix(name);
        for _ in 0..ATTEMPTS {
            let making = {
                let mut unfinished = unfinished();
                let mut builder = tempfile::Builder::new();
                builder.prefix(&prefix).rand_bytes(RANDOM);
                let (path, file) = make(&mut builder).map_err(plain)?;
                unfinished.insert(path.clone());
                Self { path, file }
            };
            // Another process may have taken it for stale before it was locked. Some disks know no locks.
            let _ = making.file.try_lock();
            if making.path.symlink_metadata().is_ok() {
                return Ok(making);
            }
        }
        Err(io::Error::other("another process removes every file that is made here"))
    }

    /// Where it stands while it is unfinished.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What an unfinished file is written with.
    pub fn writer(&mut self) -> &mut File {
        &mut self.file
    }

    /// Gives it its place: `place` renames what stands at the path. Signals that end the program wait meanwhile.
    ///
    /// # Errors
    /// Those of `place`: then it is removed.
    pub fn finish<T>(self, place: impl FnOnce(&Path) -> io::Result<T>) -> io::Result<T> {
        let mut unfinished = unfinished();
        let placed = place(&self.path);
        if placed.is_ok() {
            unfinished.remove(&self.path);
        }
        // Dropping it asks for the list again.
        drop(unfinished);
        placed
    }

    /// Leaves it where it is, for good: it holds what must not be lost.
    pub fn keep(self) -> PathBuf {
        unfinished().remove(&self.path);
        self.path.clone()
    }
}

impl Drop for Making {
    fn drop(&mut self) {
        if unfinished().remove(&self.path) {
            let _ = remove(&self.path);
        }
    }
}

/// Removes everything that this process has not finished, for ever: nothing can be made or finished afterwards.
pub fn discard_all() {
    INTERRUPTED.store(true, Ordering::SeqCst);
    let mut unfinished = unfinished();
    for path in std::mem::take(&mut *unfinished) {
        // Under another name, threads that still write to it find nothing.
        let gone = path.with_extension("gone");
        let _ = if fs::rename(&path, &gone).is_ok() { remove(&gone) } else { remove(&path) };
    }
    // The list stays locked until the process ends.
    std::mem::forget(unfinished);
}

/// Was [`discard_all`] called? Errors that follow from it are not to be told.
pub fn is_interrupted() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}

/// Removes what killed processes have left in `home` of what was to be called `name`.
pub fn remove_stale(home: &Path, name: &str) {
    for path in stale(home, name) {
        // Locked while it is removed, so that whoever made it just now makes another.
        if let Ok(file) = File::open(&path)
            && file.try_lock().is_ok()
        {
            let _ = remove(&path);
        }
    }
}

/// What nobody makes any more in `home` of what was to be called `name`, in order.
pub fn stale(home: &Path, name: &str) -> Vec<PathBuf> {
    let prefix = prefix(name);
    let is_ours = |path: &PathBuf| {
        let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        name.strip_prefix(&prefix).is_some_and(|rest| {
            rest.strip_suffix(".gone").unwrap_or(rest).len() == RANDOM && !rest.contains(['-', '/'])
        })
    };
    let is_free = |path: &PathBuf| File::open(path).is_ok_and(|file| file.try_lock().is_ok());
    let entries = fs::read_dir(home).into_iter().flatten().flatten();
    let mut found: Vec<_> = entries.map(|entry| entry.path()).filter(is_ours).filter(is_free).collect();
    found.sort();
    found
}

/// The nearest folder above `path` that is there: what is made there can be renamed to `path`.
pub fn home_of(path: &Path) -> Option<&Path> {
    let above = path.ancestors().skip(1);
    let named = |folder: &Path| if folder.as_os_str().is_empty() { Path::new(".") } else { folder }.is_dir();
    above
        .into_iter()
        .find(|folder| named(folder))
        .map(|folder| if folder.as_os_str().is_empty() { Path::new(".") } else { folder })
}

/// The error without the hidden name at which it occurred: nobody asked for that.
fn plain(error: io::Error) -> io::Error {
    // Only the text holds what the system said: the error that carries the name keeps its cause to itself.
    let text = error.to_string();
    match text.split_once(" at path ") {
        Some((why, _)) => io::Error::new(error.kind(), why),
        None => error,
    }
}

fn prefix(name: &str) -> String {
    let end = name.char_indices().map(|(at, c)| at + c.len_utf8()).take_while(|end| *end <= MOST_OF_NAME);
    format!("{PREFIX}{}-", &name[..end.last().unwrap_or(0)])
}

fn remove(path: &Path) -> io::Result<()> {
    for _ in 1..ATTEMPTS {
        if remove_once(path).is_ok() {
            return Ok(());
        }
    }
    remove_once(path)
}

fn remove_once(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn what_is_not_finished_goes_and_what_is_stays() {
        let home = tempfile::tempdir().unwrap();
        drop(Making::folder(home.path(), "out").unwrap());
        drop(Making::file(home.path(), "out").unwrap());
        assert_eq!(names(home.path()), [""; 0]);
        let failed =
            Making::folder(home.path(), "out").unwrap().finish(|_| Err::<(), _>(io::Error::other("no")));
        assert!(failed.is_err());
        assert_eq!(names(home.path()), [""; 0]);
        let target = home.path().join("out");
        Making::folder(home.path(), "out").unwrap().finish(|made| fs::rename(made, &target)).unwrap();
        assert_eq!(names(home.path()), ["out"]);
    }

    #[test]
    fn what_nobody_makes_any_more_is_removed_by_the_next_of_that_name_only() {
        let home = tempfile::tempdir().unwrap();
        let stale = [".rcsim-out-AbCdE1", ".rcsim-out-AbCdE2", ".rcsim-out-AbCdE3.gone"];
        let kept = [".rcsim-out-AbCdE", ".rcsim-out-x-AbCdE1", ".rcsim-output-AbCdE1", "out"];
        fs::create_dir_all(home.path().join(stale[0]).join("deep/er")).unwrap();
        fs::write(home.path().join(stale[1]), "").unwrap();
        fs::create_dir(home.path().join(stale[2])).unwrap();
        for name in kept {
            fs::create_dir(home.path().join(name)).unwrap();
        }
        let other = Making::folder(home.path(), "out").unwrap();
        assert_eq!(names(home.path()).len(), kept.len() + 1);
        // One that is being made is not stale, by whichever process.
        let second = Making::file(home.path(), "out").unwrap();
        assert!(other.path().exists() && second.path().exists());
        drop((other, second));
        assert_eq!(names(home.path()), kept);
    }

    #[test]
    #[cfg(unix)]
    fn an_error_does_not_name_the_hidden_file() {
        let home = tempfile::NamedTempFile::new().unwrap();
        for error in [Making::folder(home.path(), "out"), Making::file(home.path(), "out")] {
            let error = error.unwrap_err();
            assert_eq!(error.to_string(), "Not a directory (os error 20)");
            assert_eq!(error.kind(), io::ErrorKind::NotADirectory);
        }
    }

    #[test]
    fn a_long_name_is_cut() {
        let home = tempfile::tempdir().unwrap();
        let name = "\u{e4}".repeat(120);
        let making = Making::folder(home.path(), &name).unwrap();
        assert!(making.path().file_name().unwrap().len() < 120);
    }

    #[test]
    fn the_home_of_what_is_not_there_is_the_nearest_folder_that_is() {
        let home = tempfile::tempdir().unwrap();
        assert_eq!(home_of(&home.path().join("a/b/c")), Some(home.path()));
        assert_eq!(home_of(Path::new("no-such-thing")), Some(Path::new(".")));
        assert_eq!(home_of(Path::new("/")), None);
    }
}
