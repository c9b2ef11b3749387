//! The file that an export is written to: it appears whole or not at all, and is packed if its name ends in `.zst`.
//!
//! What is no regular file (a pipe) is written to as it is: whoever reads it sees the run go on.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use ruzstd::encoding::{CompressionLevel, compress_to_vec};

use crate::making::Making;

/// This many bytes are packed at once, each into a frame of its own.
const FRAME: usize = 1 << 20;

/// A file that is being written.
#[derive(Debug)]
pub struct Target {
    path: PathBuf,
    file: BufWriter<Place>,
    /// What waits to be packed; `None` where nothing is.
    unpacked: Option<Vec<u8>>,
}

#[derive(Debug)]
enum Place {
    /// Until it is whole.
    Temporary(Making),
    /// A pipe, or the like.
    Direct(File),
}

impl Target {
    /// Begins to write what will be `path`.
    ///
    /// # Errors
    /// When nothing can be written there.
    pub fn begin(path: &Path) -> io::Result<Self> {
        let place = match std::fs::metadata(path) {
            Ok(there) if there.is_dir() => {
                return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder"));
            }
            Ok(there) if !there.is_file() => Place::Direct(OpenOptions::new().write(true).open(path)?),
            _ => {
                let folder = path.parent().filter(|folder| *folder != Path::new(""));
                let folder = folder.unwrap_or(Path::new("."));
                let name =
                    path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
                Place::Temporary(Making::file(folder, &name)?)
            }
        };
        let packed = path.extension().is_some_and(|extension| extension == "zst");
        let file = BufWriter::with_capacity(1 << 16, place);
        Ok(Self { path: path.to_owned(), file, unpacked: packed.then(Vec::new) })
    }

    /// The file that it will be.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes the file appear.
    ///
    /// # Errors
    /// When what is left cannot be written: then there is no file.
    pub fn commit(mut self) -> io::Result<()> {
        self.pack()?;
        match self.file.into_inner().map_err(io::IntoInnerError::into_error)? {
            Place::Direct(_) => Ok(()),
            Place::Temporary(file) => file.finish(|made| std::fs::rename(made, &self.path)),
        }
    }

    /// Packs what waits.
    fn pack(&mut self) -> io::Result<()> {
        if let Some(unpacked) = self.unpacked.as_mut().filter(|unpacked| !unpacked.is_empty()) {
            self.file.write_all(&compress_to_vec(unpacked.as_slice(), CompressionLevel::Fastest))?;
            unpacked.clear();
        }
        Ok(())
    }
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(unpacked) = &mut self.unpacked else { return self.file.write(bytes) };
        unpacked.extend_from_slice(bytes);
        if unpacked.len() >= FRAME {
            self.pack()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Write for Place {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Temporary(file) => file.writer().write(bytes),
            Self::Direct(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Temporary(file) => file.writer().flush(),
            Self::Direct(file) => file.flush(),
        }
    }
}
