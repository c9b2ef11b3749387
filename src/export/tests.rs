//! The formats by hand-made facts; whole runs are judged from outside in `tests/suite/exports.rs`.

use std::path::Path;

use super::*;
use crate::scenario::{Scenario, TEMPLATE, parse};
use crate::trace::{End, Observer, Preamble, Record};
use crate::units::{GroupId, HostId, LocalId, PairId, RemoteId, SimTime, WriteRef};

fn scenario() -> Scenario {
    parse("template", TEMPLATE, Path::new(""), &[]).unwrap()
}

fn target(folder: &tempfile::TempDir, name: &str) -> Target {
    Target::begin(&folder.path().join(name)).unwrap()
}

/// A write that lands before its completion is never outstanding, and counts down nothing.
#[test]
fn a_track_of_a_group_counts_what_is_completed_and_has_not_landed() {
    let folder = tempfile::tempdir().unwrap();
    let mut trace = Perfetto::new(&scenario(), target(&folder, "trace.json"));
    let pair = crate::trace::PreamblePair {
        group: GroupId(0),
        local: LocalId(0),
        local_unit: 0,
        remote: RemoteId(0),
        remote_unit: 0,
    };
    trace.begin(&Preamble::of_pairs(vec![pair]));
    let write = |serial| WriteRef { serial, slot: 3 };
    let issued = |serial| Record::Issued {
        write: write(serial),
        host: HostId(0),
        local: LocalId(0),
        unit: 0,
        pair: Some(PairId(0)),
        position: 0,
        size: 512,
    };
    let completed = |serial| Record::Completed { write: write(serial) };
    let landed =
        |serial| Record::RemoteDestaged { write: write(serial), remote: RemoteId(0), unit: 0, position: 0 };
    let records = [issued(0), completed(0), landed(0), landed(0), issued(1), landed(1), completed(1)];
    for (at, record) in records.iter().enumerate() {
        trace.observe(SimTime::from_ns(at as u64), record);
    }
    trace.end(&End { at: SimTime::from_ns(9), local_site_lost: false, drained: true });
    trace.finish().unwrap().commit().unwrap();
    let text = std::fs::read_to_string(folder.path().join("trace.json")).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let events = json["traceEvents"].as_array().unwrap();
    let of =
        |ph: &str| -> Vec<&serde_json::Value> { events.iter().filter(|event| event["ph"] == ph).collect() };
    let counts: Vec<_> = of("C").iter().map(|event| event["args"]["writes"].as_u64().unwrap()).collect();
    assert_eq!(counts, [1, 0]);
    assert_eq!((of("b").len(), of("e").len()), (1, 1));
    // No step of a write comes after the end of its flow: there is no end.
    assert_eq!((of("s").len(), of("t").len(), of("f").len()), (2, 5, 0));
}

#[test]
fn what_is_called_zst_is_packed_in_frames_and_reads_back() {
    let folder = tempfile::tempdir().unwrap();
    let text: Vec<u8> = (0..400_000_u32).flat_map(|number| format!("{number}\n").into_bytes()).collect();
    let mut target = target(&folder, "numbers.zst");
    for part in text.chunks(7_001) {
        io::Write::write_all(&mut target, part).unwrap();
    }
    assert!(!folder.path().join("numbers.zst").exists(), "it is not whole yet");
    target.commit().unwrap();
    let packed = std::fs::read(folder.path().join("numbers.zst")).unwrap();
    assert!(packed.len() < text.len() / 2, "{} of {}", packed.len(), text.len());
    let (mut rest, mut unpacked, mut frames) = (packed.as_slice(), Vec::new(), 0);
    while !rest.is_empty() {
        let mut decoder = ruzstd::decoding::StreamingDecoder::new(&mut rest).unwrap();
        io::Read::read_to_end(&mut decoder, &mut unpacked).unwrap();
        frames += 1;
    }
    assert!(frames > 1 && unpacked == text, "{frames} frames");
}

#[test]
fn a_target_that_is_dropped_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut dropped = target(&folder, "half.jsonl");
    io::Write::write_all(&mut dropped, b"{}").unwrap();
    drop(dropped);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    assert!(Target::begin(folder.path()).is_err(), "a folder");
    assert!(Target::begin(&folder.path().join("no/such/folder.jsonl")).is_err());
}

#[test]
fn the_dissector_knows_every_class() {
    let dissector = include_str!("../../examples/rcsim.lua");
    for (number, name) in (1..).zip(pcap::class_names()) {
        assert!(dissector.contains(&format!("[{number}] = \"{name}\"")), "{name}");
    }
}
