//! Which format a file is in, by what it begins with; and the names of known formats that are not read.
//!
//! A format is recognised by one whole line (or two binary records). What follows may still be wrong.

use super::error::{LineFault, quoted};
use super::format::{Parser, TraceFormat, VscsiVersion, blkparse_action, iolog_version};
use super::record::Record;

/// The format of a file that begins with `start`.
pub(super) fn recognise(start: &[u8]) -> Result<TraceFormat, LineFault> {
    if start.is_empty() {
        return Err(LineFault::new("trace-no-writes", 0, "found no request; expected a trace"));
    }
    if let Some(format) = known(start) {
        return Ok(format);
    }
    Err(match foreign(start) {
        Some(Foreign { name, advice }) => {
            let message = format!("found {name}, which is not read; {advice}");
            LineFault::new("trace-format", 0, message)
        }
        None if is_binary(start) => {
            let known = "found no text and no binary format that is known; expected a trace, packed with gzip, \
                         zstd or not at all";
            LineFault::new("trace-not-text", 0, known)
        }
        None => {
            let names: Vec<_> = TraceFormat::NAMED.iter().map(|format| format.name()).collect();
            let first = lines(start).next().unwrap_or_default();
            let message = format!(
                "found the line {}, which is of no known format ({}); \
                 name its columns with `columns`, or its format with `format`",
                quoted(first),
                names.join(", ")
            );
            LineFault::new("trace-format", 0, message)
        }
    })
}

/// The format, if it is one that is read.
pub(super) fn known(start: &[u8]) -> Option<TraceFormat> {
    let first = lines(start).next().unwrap_or_default();
    if matches!(iolog_version(first), Some(b"2" | b"3")) {
        return Some(TraceFormat::FioIolog);
    }
    if lines(start).take(16).any(|line| blkparse_action(line).is_some()) {
        return Some(TraceFormat::Blkparse);
    }
    let tables =
        [TraceFormat::Msr, TraceFormat::Systor, TraceFormat::Alibaba, TraceFormat::Spc, TraceFormat::Tencent];
    for format in tables {
        if is_header_of(first, format) || has_line_of(start, format) {
            return Some(format);
        }
    }
    VscsiVersion::of(start).is_ok().then_some(TraceFormat::Vscsi)
}

fn is_header_of(line: &[u8], format: TraceFormat) -> bool {
    let letters = |text: &[u8]| -> Vec<u8> {
        text.iter().filter(|byte| !byte.is_ascii_whitespace()).map(u8::to_ascii_lowercase).collect()
    };
    letters(line) == letters(format.layout().as_bytes())
}

/// Is one of the first lines whole, and a request of that format? One bad line at the start of an otherwise good
/// file must not hide its format.
fn has_line_of(start: &[u8], format: TraceFormat) -> bool {
    lines(start).take(3).any(|line| {
        let parser = Parser::new(format, None, start);
        parser.and_then(|mut parser| parser.parse(line, &mut Record::default())).is_ok()
    })
}

/// The lines of the start of a file, the last of which may be cut off.
fn lines(start: &[u8]) -> impl Iterator<Item = &[u8]> {
    start.split(|&byte| byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line))
}

fn is_binary(start: &[u8]) -> bool {
    let start = &start[..start.len().min(512)];
    start.iter().any(|byte| byte.is_ascii_control() && !matches!(byte, b'\t' | b'\r' | b'\n'))
}

/// A known format that is not read.
struct Foreign {
    /// As in "found ...".
    name: &'static str,
    /// What to do.
    advice: &'static str,
}

/// First bytes of files, what they are, and what to do.
const MAGICS: [(&[u8], &str, &str); 12] = [
    (b"\x07tae", "a binary trace of blktrace", "blkparse -i FILE prints text that is read"),
    (b"eat\x07", "a binary trace of blktrace", "blkparse -i FILE prints text that is read"),
    (b"PAR1", "a Parquet file", "write it as CSV and name its `columns`"),
    (b"ARROW1", "an Arrow file", "write it as CSV and name its `columns`"),
    (b"ORC", "an ORC file", "write it as CSV and name its `columns`"),
    (b"SQLite format 3\0", "an SQLite database", "write the table as CSV and name its `columns`"),
    (b"\xd4\xc3\xb2\xa1", "a packet capture (pcap)", "expected requests of a block device"),
    (b"\xa1\xb2\xc3\xd4", "a packet capture (pcap)", "expected requests of a block device"),
    (b"\x0a\x0d\x0d\x0a", "a packet capture (pcapng)", "expected requests of a block device"),
    (b"\xff\xfe", "text in UTF-16", "iconv -f UTF-16 -t UTF-8 FILE writes text that is read"),
    (b"\xfe\xff", "text in UTF-16", "iconv -f UTF-16 -t UTF-8 FILE writes text that is read"),
    (b"{", "JSON", "write it as CSV and name its `columns`"),
];

/// Which known format this is, of those that are not read.
fn foreign(start: &[u8]) -> Option<Foreign> {
    let found = |name, advice| Some(Foreign { name, advice });
    if let Some(&(_, name, advice)) = MAGICS.iter().find(|(magic, ..)| start.starts_with(magic)) {
        return found(name, advice);
    }
    if start.get(257..262) == Some(b"ustar") {
        return found("a tar archive", "tar -xf FILE unpacks it (tar -xzf, tar --zstd -xf)");
    }
    let first = lines(start).find(|line| !line.is_empty()).unwrap_or_default();
    if iolog_version(first).is_some() {
        return found("a fio iolog of a version that is not read", "expected version 2 or 3");
    }
    let words: Vec<&[u8]> =
        first.split(|byte| matches!(byte, b' ' | b'\t')).filter(|word| !word.is_empty()).collect();
    let number = |word: &&[u8]| word.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
    let is =
        |index: usize, word: &[u8]| words.get(index).is_some_and(|found| found.eq_ignore_ascii_case(word));
    if is(0, b"TIME(s)") && is(1, b"COMM") {
        return found(
            "the output of biosnoop",
            "name its columns: columns = { time = \"TIME(s)\", time_unit = \"1s\", volume = \"DISK\", op = \"T\", \
             offset = \"SECTOR\", offset_unit = \"512B\", length = \"BYTES\", separator = \" \" }",
        );
    }
    let calls: [&[u8]; 4] = [b"pwrite64(", b"pwritev(", b"openat(", b"write("];
    if lines(start)
        .take(16)
        .any(|line| calls.iter().any(|call| line.windows(call.len()).any(|at| at == *call)))
    {
        return found("the output of strace", "scripts/strace_to_msr.py writes a trace that is read");
    }
    if words.len() == 9 && (is(5, b"W") || is(5, b"R")) {
        return found(
            "an FIU trace (IODedup)",
            "name its columns: columns = { time = 1, time_unit = \"1ns\", op = 6, offset = 4, \
             offset_unit = \"512B\", length = 5, length_unit = \"512B\", separator = \" \" }",
        );
    }
    if words.len() == 5 && words.iter().all(number) {
        return found(
            "a DiskSim trace",
            "name its columns: columns = { time = 1, time_unit = \"1ms\", volume = 2, offset = 3, \
             offset_unit = \"512B\", length = 4, length_unit = \"512B\", op = 5, write = [\"0\"], separator = \" \" }",
        );
    }
    None
}
