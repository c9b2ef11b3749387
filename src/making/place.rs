//! Where one file will stand: it is written beside its place and takes it whole, or it never does.
//!
//! A link stays a link: what it points to is replaced. What is no regular file (a pipe, a device) is written to as it
//! is, and so is what a program has open under a name of the system's, such as `/dev/stdout` and `/dev/fd/3`: a
//! regular file behind such a door is written to at its end.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::Making;

/// A file that is being written.
#[derive(Debug)]
pub enum Place {
    /// Until it is whole, beside its place.
    Beside(Making, PathBuf),
    /// A pipe, or the like.
    Open(File),
}

impl Place {
    /// Begins to write what will be `path`.
    ///
    /// # Errors
    /// When nothing can be written there.
    pub fn begin(path: &Path) -> io::Result<Self> {
        let place = placed(path)?;
        match fs::metadata(path) {
            Ok(there) if there.is_dir() => {
                return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder"));
            }
            Ok(there) if !there.is_file() || is_door(&place) => return Ok(Self::Open(door(path)?)),
            _ => {}
        }
        // What a link points to takes the new content, and the link stays.
        let target = fs::canonicalize(path).unwrap_or(place);
        let home = target.parent().unwrap_or(Path::new("."));
        let name = target.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self::Beside(Making::file(home, &name)?, target))
    }

    /// Makes the file appear.
    ///
    /// # Errors
    /// When it cannot: then there is no file, or the old one.
    pub fn finish(self) -> io::Result<()> {
        match self {
            Self::Beside(making, target) => making.finish(|made| fs::rename(made, target)),
            Self::Open(_) => Ok(()),
        }
    }

    fn file(&mut self) -> &mut File {
        match self {
            Self::Beside(making, _) => making.writer(),
            Self::Open(file) => file,
        }
    }
}

impl Write for Place {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file().flush()
    }
}

/// The path with its folder as the disk knows it; the last name as it was given.
///
/// # Errors
/// When the folder is not there.
pub fn placed(path: &Path) -> io::Result<PathBuf> {
    let folder = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    Ok(fs::canonicalize(folder)?.join(path.file_name().unwrap_or_default()))
}

/// Is it a link of the system's to what a program has open? (`/dev/shm` is a folder of files like any other.)
fn is_door(placed: &Path) -> bool {
    placed.is_symlink() && (placed.starts_with("/proc") || placed.parent() == Some(Path::new("/dev")))
}

/// Opens what stands there. Standard output is shared: what else is written there follows.
fn door(path: &Path) -> io::Result<File> {
    #[cfg(unix)]
    if ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"].iter().any(|stdout| path == Path::new(stdout)) {
        use std::os::fd::AsFd as _;
        return Ok(File::from(io::stdout().as_fd().try_clone_to_owned()?));
    }
    OpenOptions::new().append(true).open(path)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn write(path: &Path, text: &str) -> io::Result<()> {
        let mut place = Place::begin(path)?;
        place.write_all(text.as_bytes())?;
        place.finish()
    }

    #[test]
    fn a_link_stays_a_link() {
        let home = tempfile::tempdir().unwrap();
        let (file, link) = (home.path().join("file"), home.path().join("link"));
        fs::write(&file, "old").unwrap();
        symlink("file", &link).unwrap();
        write(&link, "new").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 2);
    }

    #[test]
    fn what_is_not_finished_is_not_there_and_the_old_file_is() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("file");
        fs::write(&file, "old").unwrap();
        let mut place = Place::begin(&file).unwrap();
        place.write_all(b"half").unwrap();
        drop(place);
        assert_eq!(fs::read_to_string(&file).unwrap(), "old");
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1);
    }

    #[test]
    fn an_open_file_is_written_to_at_its_end_through_its_door() {
        use std::os::fd::AsRawFd as _;
        let mut open = tempfile::tempfile().unwrap();
        open.write_all(b"before ").unwrap();
        write(Path::new(&format!("/dev/fd/{}", open.as_raw_fd())), "after").unwrap();
        let mut text = String::new();
        io::Seek::rewind(&mut open).unwrap();
        io::Read::read_to_string(&mut open, &mut text).unwrap();
        assert_eq!(text, "before after");
    }

    #[test]
    fn a_folder_that_is_not_there_is_told_without_a_name_of_ours() {
        let home = tempfile::tempdir().unwrap();
        let error = write(&home.path().join("none/file"), "").unwrap_err();
        assert_eq!(error.to_string(), "No such file or directory (os error 2)");
        assert_eq!(write(home.path(), "").unwrap_err().to_string(), "it is a folder");
    }
}
