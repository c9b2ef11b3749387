//! A file's bytes, undone from gzip or zstd on the fly. What it is packed with shows in its first bytes, not in
//! its name.
//!
//! Memory: the window of the packer (32 KiB for gzip; at most 128 MiB for zstd, 8 MiB at its usual levels).

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;
use ruzstd::decoding::FrameDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};

use super::error::TraceError;

/// What a file is packed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// RFC 1952, one member or several.
    Gzip,
    /// RFC 8878, one frame or several.
    Zstd,
}

impl Compression {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }
}

/// First bytes of packed files that are not undone here, what they are, and how to unpack them.
const PACKED: [(&[u8], &str, &str); 6] = [
    (b"\xfd7zXZ\0", "xz", "unxz"),
    (b"BZh", "bzip2", "bunzip2"),
    (b"PK\x03\x04", "zip", "unzip"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip", "7z x"),
    (b"\x04\x22\x4d\x18", "lz4", "unlz4"),
    (b"\x1f\x9d", "compress", "uncompress"),
];

/// Opens a regular file; its content, and what it is packed with.
pub(super) fn open(path: &Path) -> Result<(Box<dyn Read + Send>, Option<Compression>), TraceError> {
    let mut file = BufReader::with_capacity(64 * 1024, open_file(path)?);
    let start = file
        .fill_buf()
        .map_err(|error| TraceError::of_file(path, "trace-unreadable", format!("cannot be read: {error}")))?;
    if let Some((_, name, tool)) = PACKED.iter().find(|(magic, ..)| start.starts_with(magic)) {
        let message =
            format!("found a file packed with {name}; expected text, gzip or zstd: run {tool} first");
        return Err(TraceError::of_file(path, "trace-packed", message));
    }
    Ok(if start.starts_with(b"\x1f\x8b") {
        (Box::new(Damageable { inner: MultiGzDecoder::new(file), name: "gzip" }), Some(Compression::Gzip))
    } else if is_zstd(start) {
        (Box::new(Damageable { inner: Zstd::new(file), name: "zstd" }), Some(Compression::Zstd))
    } else {
        (Box::new(file), None)
    })
}

/// The magic number of a frame, or of one that is skipped (RFC 8878, sections 3.1.1 and 3.1.2).
fn is_zstd(start: &[u8]) -> bool {
    start.starts_with(b"\x28\xb5\x2f\xfd") || matches!(start, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..])
}

/// Opens a regular file for reading.
fn open_file(path: &Path) -> Result<File, TraceError> {
    let not_a_file = |found| {
        TraceError::of_file(path, "trace-not-a-file", format!("found {found}; expected a trace file"))
    };
    // Asked before opening: to open a pipe is to wait for its writer, and a trace is read twice.
    let file = match fs::metadata(path) {
        Ok(found) if found.is_dir() => return Err(not_a_file("a folder")),
        Ok(found) if !found.is_file() => return Err(not_a_file("a device or a pipe")),
        Ok(_) => File::open(path),
        Err(error) => Err(error),
    };
    file.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => {
            TraceError::of_file(path, "trace-not-found", "found no such file; expected a trace".into())
        }
        _ => TraceError::of_file(path, "trace-unreadable", format!("cannot be opened: {error}")),
    })
}

/// Marks the errors of an unpacker, so that damage of the file is not taken for a failure of the disk.
struct Damageable<R> {
    inner: R,
    name: &'static str,
}

/// A file whose packed content is damaged.
#[derive(Debug, thiserror::Error)]
#[error("the {name} data end too early or are damaged ({source})")]
struct Damage {
    name: &'static str,
    source: io::Error,
}

impl<R: Read> Read for Damageable<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.inner.read(buffer).map_err(|source| {
            let of_the_machine = source.raw_os_error().is_some();
            if of_the_machine || source.kind() == io::ErrorKind::Interrupted {
                source
            } else {
                io::Error::other(Damage { name: self.name, source })
            }
        })
    }
}

/// What is wrong with the file, if `error` is one of its unpacker.
pub(super) fn damage(error: &io::Error) -> Option<String> {
    error.get_ref()?.downcast_ref::<Damage>().map(ToString::to_string)
}

/// Undoes zstd: frames one behind the other, some of which are skipped.
struct Zstd<R> {
    source: R,
    decoder: FrameDecoder,
    in_frame: bool,
}

impl<R: BufRead> Zstd<R> {
    fn new(source: R) -> Self {
        Self { source, decoder: FrameDecoder::new(), in_frame: false }
    }

    /// Begins the next frame; `false` at the end of the file.
    fn begin_frame(&mut self) -> io::Result<bool> {
        while !self.source.fill_buf()?.is_empty() {
            match self.decoder.init(&mut self.source) {
                Ok(()) => return Ok(true),
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => {
                    let skipped = io::copy(&mut (&mut self.source).take(length.into()), &mut io::sink())?;
                    if skipped < length.into() {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                }
                Err(error) => return Err(io::Error::other(error)),
            }
        }
        Ok(false)
    }
}

impl<R: BufRead> Read for Zstd<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        use ruzstd::decoding::BlockDecodingStrategy::UptoBlocks;
        loop {
            if !self.in_frame {
                if !self.begin_frame()? {
                    return Ok(0);
                }
                self.in_frame = true;
            }
            while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
                self.decoder.decode_blocks(&mut self.source, UptoBlocks(1)).map_err(io::Error::other)?;
            }
            let read = self.decoder.read(buffer)?;
            if read > 0 {
                return Ok(read);
            }
            if buffer.is_empty() {
                return Ok(0);
            }
            self.in_frame = false;
            if let Some(recorded) = self.decoder.get_checksum_from_data()
                && self.decoder.get_calculated_checksum() != Some(recorded)
            {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "the checksum does not match"));
            }
        }
    }
}
