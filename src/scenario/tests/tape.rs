//! What a file says of tape: defaults, and bad input.

use super::read;
use crate::hardware::tape_unit::DriveSpec;
use crate::protocol::tape::Numbering;
use crate::scenario::tape::JobKind;
use crate::units::Direction;

const GOOD: &str = r#"
title = "tape"
[run]
duration = "1s"
[protocol]
[[tape_system]]
name = "T1"
units = 2
cache = "16MiB"
[[tape_job]]
name = "J1"
kind = "restore"
unit = "T1:2"
blocks = 100
[wan]
delay = "10ms"
"#;

#[test]
fn tape_alone_is_a_scenario_and_its_drive_is_that_of_lto_8() {
    let tape = read(GOOD, &[]).unwrap_or_else(|error| panic!("{error}")).tape;
    let (system, job) = (&tape.systems[0], &tape.jobs[0]);
    assert_eq!(
        (system.drive, system.queue, system.numbering),
        (DriveSpec::LTO_8, 32, Numbering::SequenceNumber)
    );
    assert_eq!((job.kind, job.unit.0, job.m, job.memory), (JobKind::Restore, 1, 16, 1024));
    assert_eq!(tape.unit_names(), ["T1:1", "T1:2"]);
}

#[test]
fn a_path_of_a_job_and_its_outage_are_named_by_job_and_system() {
    let text = format!(
        "{GOOD}[[path]]\nfrom = \"T1\"\nto = \"J1\"\nloss = 0.5\n[[fault]]\nkind = \"wan-outage\"\nat = \"1s\"\n\
         duration = \"1s\"\nfrom = \"J1\"\nto = \"T1\"\n"
    );
    let scenario = read(&text, &[]).unwrap_or_else(|error| panic!("{error}"));
    let job = &scenario.tape.jobs[0];
    assert_ne!(job.forward, job.reverse);
    let outage = format!("{:?}", scenario.faults[0].kind);
    assert!(
        outage.contains("PathId(0)") && outage.contains(&format!("{:?}", Direction::Forward)),
        "{outage}"
    );
}

#[test]
fn bad_input_is_one_error_that_points_at_the_place() {
    for (set, id, says) in [
        ("tape_job.J1.m=0", "out-of-range", "1 to 65536"),
        ("tape_job.J1.m=33", "m-above-queue", "the MT queue of T1:2 holds"),
        ("tape_job.J1.memory=1MiB", "small-memory", "memory for 4"),
        ("tape_job.J1.blocks=0", "out-of-range", "from 1"),
        ("tape_job.J1.read=101", "read-past-end", "past the end of the data"),
        ("tape_job.J1.unit=T1:3", "unit", "from 1 to 2"),
        ("tape_job.J1.unit=t1:1", "unknown-name", "did you mean"),
        ("tape_job.J1.kind=circel", "unknown-name", "circle"),
        ("tape_job.J1.name=T1", "duplicate-name", "twice"),
        ("tape_job.J1.start=2min", "contradiction", "within the run"),
        ("tape_system.T1.cache=400KiB", "small-cache", "512"),
        ("tape_system.T1.numbering=sequence", "unknown-name", "sequence-number"),
        ("tape_system.T1.drive.native_rate=unlimited", "quantity", "360MB/s"),
        ("tape_system.T1.drive.lowest_rate=1GB/s", "contradiction", "native rate"),
        ("tape_system.T1.drive.capacity=1MB", "tape-full", "the tape ends"),
        ("protocol.rule.medium=queued", "unknown-name", "as-queued"),
    ] {
        let error = read(GOOD, &[set]).map(|_| ()).expect_err(set);
        let shown = error.render(false);
        assert_eq!(error.id(), id, "{set}: {shown}");
        assert!(shown.contains(says), "{set}: {shown}");
    }
    let two_ends = GOOD.replace("[wan]", "[[path]]\nfrom = \"J1\"\nto = \"J1\"\nloss = 0.5\n[wan]");
    assert_eq!(read(&two_ends, &[]).unwrap_err().id(), "no-path");
    let read_of_backup = GOOD.replace("kind = \"restore\"", "kind = \"backup\"\nread = 5");
    assert_eq!(read(&read_of_backup, &[]).unwrap_err().id(), "key-of-another-kind");
}

#[test]
fn without_tape_the_disk_tables_are_needed_and_so_is_the_scheme() {
    let no_tape = GOOD.split("[[tape_system]]").next().unwrap().to_owned() + "[wan]\ndelay = \"1ms\"\n";
    assert_eq!(read(&no_tape, &[]).unwrap_err().id(), "missing-key");
}
