//! Random recordings: written in each format, and read again.

use std::fmt::Write as _;
use std::io::Write as _;

use proptest::prelude::*;

use super::*;

/// A request: seconds, microseconds, does it write, volume, block, blocks.
type Request = (u64, u64, bool, u8, u64, u64);

fn requests() -> impl Strategy<Value = Vec<Request>> {
    let request = (0_u64..50, 0_u64..1_000_000, any::<bool>(), 0_u8..3, 0_u64..1 << 40, 1_u64..2_000);
    proptest::collection::vec(request, 1..40)
}

/// What is expected of requests in the order of the file: their writes since the first one, those of one instant in
/// the order of the file.
fn expected(requests: &[Request], time_ns: impl Fn(&Request) -> u64) -> Vec<(u64, u32, u64, u32)> {
    let first = requests.iter().map(&time_ns).min().unwrap();
    let writes = requests.iter().filter(|request| request.2);
    let mut writes: Vec<_> = writes
        .map(|r| (time_ns(r) - first, u32::from(r.3), r.4, u32::try_from(r.5).unwrap() * 512))
        .collect();
    writes.sort_by_key(|write| write.0);
    writes
}

/// Microseconds of a request.
fn us(request: &Request) -> u64 {
    request.0 * 1_000_000 + request.1
}

fn by_us(request: &Request) -> u64 {
    us(request) * 1_000
}

/// A line for each request, behind `head`.
fn lines(head: &str, requests: &[Request], line: impl Fn(&mut String, &Request)) -> Vec<u8> {
    let mut text = head.to_owned();
    for request in requests {
        line(&mut text, request);
        text.push('\n');
    }
    text.into_bytes()
}

fn letter(request: &Request) -> char {
    if request.2 { 'W' } else { 'R' }
}

/// Every text format: its name, its content, and the names of its volumes.
fn texts(requests: &[Request]) -> Vec<(&'static str, Vec<u8>, [&'static str; 3])> {
    let plain = ["0", "1", "2"];
    vec![
        (
            "msr",
            lines("", requests, |text, r| {
                let kind = if r.2 { "Write" } else { "Read" };
                let ticks = 130_000_000_000_000_000 + us(r) * 10;
                write!(text, "{ticks},h,{},{kind},{},{},7", r.3, r.4 * 512, r.5 * 512).unwrap();
            }),
            ["h.0", "h.1", "h.2"],
        ),
        (
            "alibaba",
            lines("", requests, |text, r| {
                let time = 1_577_808_000_000_000 + us(r);
                write!(text, "{},{},{},{},{time}", r.3, letter(r), r.4 * 512, r.5 * 512).unwrap();
            }),
            plain,
        ),
        (
            "spc",
            lines("", requests, |text, r| {
                write!(text, "{},{},{},{},{}.{:06}", r.3, r.4, r.5 * 512, letter(r), r.0, r.1).unwrap();
            }),
            plain,
        ),
        (
            "systor17",
            lines("Timestamp,Response,IOType,LUN,Offset,Size\n", requests, |text, r| {
                let seconds = 1_456_095_145 + r.0;
                let (offset, size) = (r.4 * 512, r.5 * 512);
                write!(text, "{seconds}.{:06}000,0.1,{},{},{offset},{size}", r.1, letter(r), r.3).unwrap();
            }),
            plain,
        ),
        (
            "fio-iolog",
            lines("fio version 3 iolog\n", requests, |text, r| {
                let kind = if r.2 { "write" } else { "read" };
                write!(text, "{} v{} {kind} {} {}", us(r), r.3, r.4 * 512, r.5 * 512).unwrap();
            }),
            ["v0", "v1", "v2"],
        ),
        (
            "blkparse",
            lines("", requests, |text, r| {
                let time = format!("{}.{:06}000", r.0, r.1);
                write!(
                    text,
                    "  8,{:<2}  0  1 {time:>15}   700  Q {:>3} {} + {} [app]",
                    r.3,
                    letter(r),
                    r.4,
                    r.5
                )
                .unwrap();
            }),
            ["8,0", "8,1", "8,2"],
        ),
    ]
}

/// The records of one virtual disk, of both versions.
fn vscsi(requests: &[Request]) -> [Vec<u8>; 2] {
    let mut versions = [Vec::new(), Vec::new()];
    for (serial, r) in requests.iter().enumerate() {
        let command: u16 = if r.2 { 0x8a } else { 0x88 };
        let serial = (serial as u32).to_le_bytes();
        let (command, length) = (command.to_le_bytes(), (r.5 as u32 * 512).to_le_bytes());
        let (block, time) = (r.4.to_le_bytes(), us(r).to_le_bytes());
        versions[0].extend([&serial[..], &length, &[1, 0, 0, 0], &command, &[7, 1], &block, &time].concat());
        versions[1].extend(
            [&command[..], &[7, 2], &serial, &length, &[1, 0, 0, 0], &block, &time, &[9; 8]].concat(),
        );
    }
    versions
}

fn sorted(requests: &[Request]) -> Vec<Request> {
    let mut sorted = requests.to_vec();
    sorted.sort_by_key(us);
    sorted
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// In the order of time, and in any order with `sort`.
    #[test]
    fn what_was_written_is_read(requests in requests()) {
        let in_order = sorted(&requests);
        for (name, content, volumes) in texts(&in_order) {
            prop_assert_eq!(writes_of(&content, &volumes, false), Ok(expected(&in_order, by_us)), "{}", name);
        }
        for (name, content, volumes) in texts(&requests) {
            prop_assert_eq!(writes_of(&content, &volumes, true), Ok(expected(&requests, by_us)), "{}", name);
        }
        // Tencent counts seconds.
        let tencent = |requests: &[Request]| lines("", requests, |text, r| {
            write!(text, "{},{},{},{},{}", 1_538_323_200 + r.0, r.4, r.5, u8::from(r.2), r.3).unwrap();
        });
        let seconds = |request: &Request| request.0 * 1_000_000_000;
        let volumes = ["0", "1", "2"];
        prop_assert_eq!(writes_of(&tencent(&in_order), &volumes, false), Ok(expected(&in_order, seconds)));
        prop_assert_eq!(writes_of(&tencent(&requests), &volumes, true), Ok(expected(&requests, seconds)));
        // vscsi has one volume.
        let one: Vec<Request> = requests.iter().map(|r| (r.0, r.1, r.2, 0, r.4, r.5)).collect();
        for content in vscsi(&sorted(&one)) {
            prop_assert_eq!(writes_of(&content, &["trace"], false), Ok(expected(&sorted(&one), by_us)));
        }
    }

    /// However it is packed, whatever its line ends, and however it is cut into files.
    #[test]
    fn neither_packing_nor_cutting_changes_a_write(requests in requests(), cuts in proptest::collection::vec(0_usize..3, 40)) {
        let in_order = sorted(&requests);
        let (_, content, volumes) = texts(&in_order).swap_remove(0);
        let whole = writes_of(&content, &volumes, false).unwrap();
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        gzip.write_all(&content).unwrap();
        prop_assert_eq!(writes_of(&gzip.finish().unwrap(), &volumes, false), Ok(whole.clone()));
        let zstd = ruzstd::encoding::compress_to_vec(&content[..], ruzstd::encoding::CompressionLevel::Fastest);
        prop_assert_eq!(writes_of(&zstd, &volumes, false), Ok(whole.clone()));
        let text = String::from_utf8(content).unwrap();
        let crlf = format!("\u{feff}{}", text.replace('\n', "\r\n"));
        prop_assert_eq!(writes_of(crlf.as_bytes(), &volumes, false), Ok(whole.clone()));
        let mut parts = [String::new(), String::new(), String::new()];
        for (line, part) in text.lines().zip(cuts) {
            writeln!(parts[part], "{line}").unwrap();
        }
        let files: Vec<_> = parts.iter().filter(|part| !part.is_empty()).map(|part| file(part.as_bytes())).collect();
        let paths: Vec<_> = files.iter().map(|file| file.path.as_path()).collect();
        let plan = plan(&paths, &Reading::default(), &volumes, false).unwrap();
        let mut merged = told(&replay(&plan).unwrap().1);
        // Of one instant, the order is that of the files.
        merged.sort_unstable();
        let mut whole = whole;
        whole.sort_unstable();
        prop_assert_eq!(merged, whole);
    }
}
