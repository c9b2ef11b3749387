//! One recording in every format: the samples under `scenarios/traces/samples` are one list of writes.

use std::path::{Path, PathBuf};

use super::*;

const S: u64 = 1_000_000_000;

/// The writes of the recording: second, unit, block, bytes. Each sample has two reads beside them.
const RECORDING: [(u64, u32, u64, u32); 6] = [
    (0, 0, 16, 4096),
    (S, 1, 2048, 8192),
    (2 * S, 0, 24, 4096),
    (3 * S, 0, 16, 4096),
    (7 * S, 1, 2064, 16384),
    (9 * S, 0, 3, 512),
];

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/traces/samples").join(name)
}

fn is_the_recording(names: &[&str], format: TraceFormat, volumes: &[&str]) {
    let paths: Vec<_> = names.iter().map(|name| sample(name)).collect();
    let paths: Vec<_> = paths.iter().map(PathBuf::as_path).collect();
    let plan = plan(&paths, &Reading::default(), volumes, false).unwrap();
    let (scan, writes) = replay(&plan).unwrap();
    assert_eq!(told(&writes), RECORDING, "{names:?}");
    for file in &scan.files {
        assert_eq!(file.format, format, "{names:?} is recognised");
    }
    assert_eq!(scan.files.iter().map(|file| file.reads).sum::<u64>(), 2, "{names:?}");
}

#[test]
fn every_format_tells_the_same_recording() {
    is_the_recording(&["msr.csv"], TraceFormat::Msr, &["app.0", "app.1"]);
    is_the_recording(&["alibaba.csv"], TraceFormat::Alibaba, &["0", "1"]);
    is_the_recording(&["tencent.csv"], TraceFormat::Tencent, &["0", "1"]);
    is_the_recording(&["spc.spc"], TraceFormat::Spc, &["0", "1"]);
    is_the_recording(&["systor17.csv"], TraceFormat::Systor, &["0", "1"]);
    is_the_recording(&["fio-2.iolog"], TraceFormat::FioIolog, &["/dev/v0", "/dev/v1"]);
    is_the_recording(&["fio-3.iolog"], TraceFormat::FioIolog, &["/dev/v0", "/dev/v1"]);
    is_the_recording(&["blkparse.txt"], TraceFormat::Blkparse, &["8,0", "8,16"]);
    for version in [1, 2] {
        let files = [0, 1].map(|disk| format!("vscsi{version}-disk{disk}.bin"));
        let volumes = [0, 1].map(|disk| format!("vscsi{version}-disk{disk}"));
        is_the_recording(&[&files[0], &files[1]], TraceFormat::Vscsi, &[&volumes[0], &volumes[1]]);
    }
}

/// A header, a byte order mark, CRLF, two members of gzip; zstd with a checksum: none of it changes a write.
#[test]
fn packed_files_are_unpacked_on_the_fly() {
    is_the_recording(&["msr.csv.gz"], TraceFormat::Msr, &["app.0", "app.1"]);
    is_the_recording(&["alibaba.csv.zst"], TraceFormat::Alibaba, &["0", "1"]);
    let packed = |name: &str| Records::open(&sample(name), &Reading::default()).unwrap().compression();
    assert_eq!(packed("msr.csv.gz"), Some(Compression::Gzip));
    assert_eq!(packed("alibaba.csv.zst"), Some(Compression::Zstd));
    assert_eq!(packed("alibaba.csv"), None);
}

#[test]
fn several_frames_of_zstd_are_one_file_and_others_are_skipped() {
    let frame = std::fs::read(sample("alibaba.csv.zst")).unwrap();
    let later = |text: &str| text.replace("16000000", "16000001");
    let text = std::fs::read_to_string(sample("alibaba.csv")).unwrap();
    // A frame that is skipped (RFC 8878, section 3.1.2), and a second one with data that are not packed.
    let second = later(&text);
    let mut raw = b"\x28\xb5\x2f\xfd\x20".to_vec();
    raw.push(u8::try_from(second.len()).unwrap());
    let block_header = ((second.len() as u32) << 3 | 1).to_le_bytes();
    raw.extend(&block_header[..3]);
    raw.extend(second.as_bytes());
    let skipped = b"\x50\x2a\x4d\x18\x03\0\0\0abc";
    let whole = [&skipped[..], &frame, skipped, &raw].concat();
    let expected = writes_of((text + &second).as_bytes(), &["0", "1"], false).unwrap();
    assert_eq!(expected.len(), 12);
    assert_eq!(writes_of(&whole, &["0", "1"], false), Ok(expected));
}

#[test]
fn a_log_that_fio_recorded_gives_the_figures_that_awk_gives() {
    let path = sample("fio-3-recorded.iolog");
    let plan = plan(&[&path], &Reading::default(), &["volume"], false).unwrap();
    let (scan, writes) = replay(&plan).unwrap();
    let file = &scan.files[0];
    assert_eq!((file.requests, file.writes, file.bytes, file.reads), (60, 47, 413_696, 13));
    // The first line of the log, `20 volume add`, is time zero: the first write is recorded at 223 us.
    let ends = (writes[0].at.as_ns(), writes[46].at.as_ns());
    assert_eq!(ends, (203_000, 220_180_000));
    assert_eq!(scan.volumes[0].end, 2_097_152);
}

#[test]
fn a_table_is_read_by_the_columns_that_are_named() {
    let by_name = Columns {
        time: ColumnName::Header("ms".into()),
        time_unit_ns: 1_000_000,
        volume: Some(ColumnName::Header("disk".into())),
        operation: Some(ColumnName::Position(3)),
        offset: ColumnName::Header("sector".into()),
        offset_unit: 512,
        length: ColumnName::Header("sectors".into()),
        length_unit: 512,
        separator: Separator::Blanks,
        ..Columns::default()
    };
    let by_position = Columns {
        time: ColumnName::Position(1),
        volume: Some(ColumnName::Position(2)),
        write: vec!["wr".into()],
        offset: ColumnName::Position(4),
        length: ColumnName::Position(5),
        ..by_name.clone()
    };
    for columns in [by_name, by_position] {
        let reading = Reading { format: Some(TraceFormat::Columns), columns: Some(columns) };
        let path = sample("table.txt");
        let plan = plan(&[&path], &reading, &["d0", "d1"], false).unwrap();
        assert_eq!(told(&replay(&plan).unwrap().1), RECORDING);
    }
}

/// A flush is a write in name only: blkparse gives it no length, and no sector before it completes.
#[test]
fn what_moves_no_blocks_is_no_write_in_the_text_of_blkparse() {
    let line = |us: u64, rest: &str| format!("  8,0    3 {us:8}     0.{us:06}000 10166  {rest}\n");
    let of = |lines: &[&str]| {
        let text: String = lines.iter().enumerate().map(|(us, rest)| line(us as u64, rest)).collect();
        let file = file(text.as_bytes());
        let plan = plan(&[&file.path], &Reading::default(), &["8,0"], false)?;
        replay(&plan).map(|(scan, writes)| {
            (
                scan.files[0].others,
                scan.files[0].empty,
                told(&writes).iter().map(|w| (w.2, w.3)).collect::<Vec<_>>(),
            )
        })
    };
    let queued = [
        "Q FWS [jbd2/sda1-8]",
        "G FWS [jbd2/sda1-8]",
        "Q   W 223490 + 8 [my proc + 1]",
        "D  FN [kworker/0:2H]",
        "C WS 16 [0]",
        "Q  FF [Web Content]",
        "Q   W 36 (12 00 00 00 24 00 ..) [hald-addon-stor]",
        "Q   W 36 [hald-addon-stor]",
        "Q FWS 0 + 0 [umount]",
        "Q FWFSM 8392272 + 8 [umount]",
    ];
    let blocks = vec![(223_490, 4096), (8_392_272, 4096)];
    assert_eq!(of(&queued).unwrap(), (4, 1, blocks));
    let completed =
        ["C FWS 0 [0]", "C  WS 16 (   12345) [0]", "C   W (2a 00 ..) [0]", "C  WS 16 + 32 (   12345) [0]"];
    assert_eq!(of(&completed).unwrap(), (3, 0, vec![(16, 16_384)]));
    // A line that is cut off is none of these.
    for cut in ["Q   W", "Q   W 2234", "Q   W 223490 +", "Q   W 223490 8"] {
        assert!(of(&[cut]).unwrap_err().message.contains("sector"), "{cut}");
    }
}

#[test]
fn an_iolog_may_have_any_kind_of_sync() {
    let log = "fio version 3 iolog\n0 f add\n0 f open\n1 f write 0 512\n2 f sync 0 0\n2 f datasync\n3 f syncfs\n\
               3 f sync_file_range 0 512\n4 f trim 0 512\n5 f write 512 512\n6 f close\n";
    assert_eq!(writes_of(log.as_bytes(), &["f"], false), Ok(vec![(1_000, 0, 0, 512), (5_000, 0, 1, 512)]));
}

#[test]
fn a_format_is_recognised_by_content_and_not_by_name() {
    // MSR without a single write, and under the name `trace.txt`.
    let known = |content: &str| {
        let file = file(content.as_bytes());
        Records::open(&file.path, &Reading::default()).map(|records| records.format().name())
    };
    let of = |content: &str| known(content).map_err(|error| error.message);
    assert_eq!(of("5,h,0,Read,0,512,1"), Ok("msr"));
    assert_eq!(of("Timestamp, Hostname, DiskNumber, Type, Offset, Size, ResponseTime\r\n"), Ok("msr"));
    assert_eq!(of("Timestamp,Response,IOType,LUN,Offset,Size\n1.5,,,0,0,0\n"), Ok("systor17"));
    assert_eq!(of("a bad line\n3,W,0,512,7\n"), Ok("alibaba"));
    assert_eq!(of("CPU\n  8,0  3  1  0.0  697  G   W 223490 + 8 [kjournald]\n"), Ok("blkparse"));
}

#[test]
fn what_is_known_and_not_read_is_named() {
    let of = |content: &[u8]| {
        let file = file(content);
        let error = Records::open(&file.path, &Reading::default()).unwrap_err();
        error.message
    };
    let cases: [(&[u8], &str, &str); 17] = [
        (b"\xfd7zXZ\0\0", "xz", "unxz"),
        (b"BZh91AY", "bzip2", "bunzip2"),
        (b"PK\x03\x04\x14", "zip", "unzip"),
        (b"\x04\x22\x4d\x18\x60", "lz4", "unlz4"),
        (b"\x07tae\x01\0\0\0", "blktrace", "blkparse -i"),
        (b"PAR1\x15", "Parquet", "columns"),
        (b"SQLite format 3\0", "SQLite", "columns"),
        (b"\xff\xfe1\0", "UTF-16", "iconv"),
        (b"{\"ts\": 1}", "JSON", "columns"),
        (b"fio version 4 iolog\n", "iolog", "version 2 or 3"),
        (b"700 1.5 pwrite64(3, \"\"..., 4096, 0) = 4096\n", "strace", "strace_to_msr.py"),
        (b"TIME(s)     COMM           PID    DISK    T SECTOR     BYTES  LAT(ms)\n", "biosnoop", "columns"),
        (b"89966277128112 4253 nfsd 508345472 8 W 6 0 abcdef\n", "FIU", "columns"),
        (b"0.5 1 524288 16 0\n", "DiskSim", "write = [\"0\"]"),
        (b"\x7fELF\x02\x01\x01", "no text", "gzip, zstd"),
        (b"hello\n", "hello", "columns"),
        (b"", "no request", "a trace"),
    ];
    for (content, name, advice) in cases {
        let message = of(content);
        assert!(message.contains(name) && message.contains(advice), "{content:?}: {message}");
    }
    let mut tar = vec![0; 512];
    tar[257..262].copy_from_slice(b"ustar");
    assert!(of(&tar).contains("a tar archive"));
}

#[test]
fn a_file_of_another_format_than_was_said_is_named() {
    let file = file(b"3,W,8192,4096,1600000000000100\n");
    let reading = Reading { format: Some(TraceFormat::Msr), columns: None };
    let error = scan_error(&file.path, &reading);
    assert!(error.contains("expected an MSR Cambridge trace (Timestamp,"), "{error}");
    assert!(error.contains("it looks like an Alibaba block trace"), "{error}");
    // A later line is not compared: the file is of the format it began in.
    let file = self::file(b"5,h,0,Write,0,512,1\n3,W,8192,4096,1600000000000100\n");
    let error = scan_error(&file.path, &reading);
    assert!(error.ends_with(":2:10: found the Type `4096`; expected `Read` or `Write`"), "{error}");
}

fn scan_error(path: &Path, reading: &Reading) -> String {
    let mut records = Records::open(path, reading).unwrap();
    loop {
        match records.next_request() {
            Ok(Some(_)) => {}
            Ok(None) => panic!("no error"),
            Err(error) => return error.to_string(),
        }
    }
}

#[test]
fn faults_are_told_by_file_line_and_column() {
    let of = |content: &str| writes_of(content.as_bytes(), &["h.0"], false).unwrap_err();
    let good = "5,h,0,Write,0,512,1\n";
    let with = |line: &str| of(&format!("{good}{line}\n{good}"));
    assert_eq!(with("5,h,0,Write,0,many,1"), "2:15: found the Size `many`; expected a whole number");
    assert_eq!(with("5,h,0,Write,-8,512,1"), "2:13: found the Offset `-8`; expected 0 or more");
    assert_eq!(with("x5,h,0,Write,0,512,1"), "2:1: found the Timestamp `x5`; expected a whole number");
    assert_eq!(
        with("5,h,0,Write,0"),
        "2:14: found 5 fields and no Size; expected Timestamp,Hostname,DiskNumber,Type,Offset,Size,ResponseTime"
    );
    assert!(with("5,h,0,Write,0,512,1,2").starts_with("2:21: found 8 fields; expected 7: "));
    assert_eq!(with("5,h,0,Wipe,0,512,1"), "2:7: found the Type `Wipe`; expected `Read` or `Write`");
    assert!(with("").starts_with("2:1: found an empty line; expected Timestamp,"));
    assert!(
        with("5,h,0,Write,0,4294967296,1")
            .starts_with("2:15: found 4294967296 bytes at the offset 0; expected a write below 4 GiB")
    );
    assert!(with("5,h,0,Write,18446744073709551104,1024,1").ends_with("expected an end below 2^64"));
    assert!(with("184467440737095517,h,0,Write,0,512,1").ends_with("expected at most 184467440737095516"));
    let long = format!("5,{},0,Write,0,512,1", "h".repeat(5000));
    assert!(with(&long).starts_with("2:4097: found a line of more than 4096 bytes"));
}

/// The bytes of a binary record are counted from the start of the file.
#[test]
fn faults_of_binary_records_are_told_by_record_and_byte() {
    let mut bytes = std::fs::read(sample("vscsi2-disk0.bin")).unwrap();
    bytes[2 * 40 + 3] = 9;
    let error = writes_of(&bytes, &["trace"], false).unwrap_err();
    assert_eq!(error, " record 3, byte 82: found the version 0x0900; expected that of the first record");
    let bytes = std::fs::read(sample("vscsi1-disk0.bin")).unwrap();
    let error = writes_of(&bytes[..bytes.len() - 1], &["trace"], false).unwrap_err();
    assert_eq!(error, " record 5, byte 128: found 31 bytes at the end; expected a record of 32");
}

#[test]
fn writes_out_of_order_are_an_error_or_put_in_order() {
    let line = |ticks: u64, kind: &str, offset: u64| format!("{ticks},h,0,{kind},{offset},512,1\n");
    let disordered = line(100, "Write", 0)
        + &line(700, "Write", 512)
        + &line(300, "Write", 1024)
        + &line(600, "Write", 1536);
    let error = writes_of(disordered.as_bytes(), &["h.0"], false).unwrap_err();
    assert_eq!(
        error,
        "3:1: found a write 40us earlier than one before it; expected writes in the order of time; 2 of 4 are not, \
         by up to 40us: `sort = true` puts them in order"
    );
    let sorted = writes_of(disordered.as_bytes(), &["h.0"], true).unwrap();
    assert_eq!(sorted, [(0, 0, 0, 512), (20_000, 0, 2, 512), (50_000, 0, 3, 512), (60_000, 0, 1, 512)]);
    // A read out of order harms nobody; a write before the first request does.
    let reads = line(100, "Write", 0) + &line(50, "Read", 0) + &line(200, "Write", 0);
    assert_eq!(writes_of(reads.as_bytes(), &["h.0"], false).unwrap().len(), 2);
    let before = line(100, "Read", 0) + &line(50, "Write", 0);
    assert!(writes_of(before.as_bytes(), &["h.0"], false).unwrap_err().starts_with("2:1: found a write 5us"));
    assert_eq!(writes_of(before.as_bytes(), &["h.0"], true), Ok(vec![(0, 0, 0, 512)]));
    // Of one instant, the order of the file is kept.
    let ties = line(200, "Write", 0) + &line(100, "Write", 512) + &line(200, "Write", 1024);
    let places: Vec<_> = writes_of(ties.as_bytes(), &["h.0"], true).unwrap().iter().map(|w| w.2).collect();
    assert_eq!(places, [1, 0, 2]);
}

#[test]
fn a_write_within_a_block_is_widened_and_one_of_nothing_is_skipped() {
    let file = file(b"0,h,0,Write,700,512,1\n0,h,0,Write,700,0,1\n0,h,0,Read,700,0,1\n");
    let plan = plan(&[&file.path], &Reading::default(), &["h.0"], false).unwrap();
    let (scan, writes) = replay(&plan).unwrap();
    assert_eq!(told(&writes), [(0, 0, 1, 512 + 188)]);
    let seen = &scan.files[0];
    assert_eq!((seen.widened, seen.empty, seen.reads, scan.volumes[0].end), (1, 1, 1, 1212));
}

#[test]
fn files_of_one_recording_are_merged_by_time() {
    let first = file(b"100,h,0,Write,0,512,1\n400,h,0,Write,512,512,1\n");
    let second = file(b"200,h,1,Write,0,512,1\n400,h,1,Write,512,512,1\n500,h,1,Write,1024,512,1\n");
    let plan = plan(&[&first.path, &second.path], &Reading::default(), &["h.0", "h.1"], false).unwrap();
    let (_, writes) = replay(&plan).unwrap();
    let expected =
        [(0, 0, 0, 512), (10_000, 1, 0, 512), (30_000, 0, 1, 512), (30_000, 1, 1, 512), (40_000, 1, 2, 512)];
    assert_eq!(told(&writes), expected);
}

#[test]
fn a_window_cuts_and_scales() {
    let file = file(
        b"0,h,0,Write,0,512,1\n10,h,0,Write,512,512,1\n20,h,0,Write,1024,512,1\n30,h,0,Write,1536,512,1\n",
    );
    let mut plan = plan(&[&file.path], &Reading::default(), &["h.0"], false).unwrap();
    plan.window.from = SimDuration::from_ns(1_000);
    plan.window.to = Some(SimDuration::from_ns(3_000));
    let (scan, writes) = replay(&plan).unwrap();
    assert_eq!(told(&writes), [(0, 0, 1, 512), (1_000, 0, 2, 512)]);
    assert_eq!((scan.files[0].before, scan.files[0].after), (1, 1));
    plan.window.to = None;
    plan.window.speed = 4.0;
    assert_eq!(told(&replay(&plan).unwrap().1), [(0, 0, 1, 512), (250, 0, 2, 512), (500, 0, 3, 512)]);
    plan.window = Window { stretch: 2.5, ..Window::default() };
    let times: Vec<_> = told(&replay(&plan).unwrap().1).iter().map(|write| write.0).collect();
    assert_eq!(times, [0, 2_500, 5_000, 7_500]);
    let cut = super::scan(&plan, false, SimDuration::from_ns(5_000)).unwrap();
    assert_eq!(cut.files[0].cut_off, 2, "hosts write before `duration`, not at it");
}

/// Each byte of a volume has one place, neighbours within a stripe stay neighbours, and no write crosses a stripe.
#[test]
fn a_volume_is_spread_over_units_by_address() {
    let volume = Volume { name: vec![], units: vec![unit(0), unit(1), unit(2)], stripe: 1024, base: 2048 };
    let stretch = plan::Stretch { offset: 512, size: 4096 };
    let writes: Vec<_> = volume.writes(crate::units::SimTime::ZERO, stretch).collect();
    let expected = [(0, 0, 5, 512), (0, 1, 4, 1024), (0, 2, 4, 1024), (0, 0, 6, 1024), (0, 1, 6, 512)];
    assert_eq!(told(&writes), expected);
    for end in [0, 1, 512, 1024, 1025, 3072, 3073, 4608, 10_000] {
        let stretch = plan::Stretch { offset: 0, size: end as u32 };
        let writes = volume.writes(crate::units::SimTime::ZERO, stretch);
        let fullest = writes.map(|w| w.position * 512 + u64::from(w.size)).max().unwrap_or(2048);
        assert_eq!(volume.end_on_a_unit(end), fullest, "a volume that ends at {end}");
    }
}
