//! The file that an export is written to: it appears whole or not at all, and is packed if its name ends in `.zst`.
//!
//! What is no regular file (a pipe) is written to as it is: whoever reads it sees the run go on. `making` does so.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use ruzstd::encoding::{CompressionLevel, compress_to_vec};

use crate::making::Place;

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

impl Target {
    /// Begins to write what will be `path`.
    ///
    /// # Errors
    /// When nothing can be written there.
    pub fn begin(path: &Path) -> io::Result<Self> {
        let packed = path.extension().is_some_and(|extension| extension == "zst");
        let file = BufWriter::with_capacity(1 << 16, Place::begin(path)?);
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
        self.file.into_inner().map_err(io::IntoInnerError::into_error)?.finish()
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
