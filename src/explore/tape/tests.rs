//! Small scopes of tape whose states are counted, and literal rules, each of which yields its shortest way to break the
//! order by itself.

use super::{TapeMachines, TapeScope};
use crate::explore::search::{Found, Search};
use crate::scenario::parse;
use crate::words::Check;

/// A volume of which four blocks are explored; three requests are outstanding at most, and four blocks have room.
const TAPE: &str = r#"
    run = { duration = "1s" }
    protocol = { rules = "repaired" }
    wan = { delay = "5ms" }
    explore = { writes = 4, losses = 0, duplicates = 0, resends = 0 }
    [[tape_system]]
    name = "T1"
    cache = "256KiB"
    group = 2
    drive = { block = "64KiB" }
    [[tape_job]]
    name = "J1"
    kind = "backup"
    unit = "T1:1"
    blocks = 100
    m = 3
"#;

const READ: &str = "tape_job.J1.kind=restore";
const BY_BLOCK_ID: &str = "tape_system.T1.numbering=block-id";

fn explore(set: &[&str]) -> Found {
    let set: Vec<String> = set.iter().map(ToString::to_string).collect();
    let scenario =
        parse("tape", TAPE, std::path::Path::new(""), &set).unwrap_or_else(|error| panic!("{error}"));
    Search::new(TapeMachines::new(&TapeScope::new(&scenario).unwrap())).run(&mut |_| None).unwrap()
}

/// Writing, reading, and both one after the other, numbered by sequence number and by block id: with a loss, a duplicate
/// and a resend at any point every block reaches its place, once.
#[test]
fn both_numberings_keep_the_order() {
    let faults = ["explore.losses=1", "explore.duplicates=1", "explore.resends=1"];
    let two = ["explore.writes=2", "tape_job.J1.m=2"];
    for (kind, states) in [("backup", 1_531), ("restore", 1_852), ("circle", 8_351)] {
        for numbering in ["sequence-number", "block-id"] {
            let (kind, numbering) =
                (format!("tape_job.J1.kind={kind}"), format!("tape_system.T1.numbering={numbering}"));
            let found = explore(&[&faults[..], &two, &[&kind, &numbering]].concat());
            assert_eq!((found.states, found.counterexamples), (states, vec![]), "{kind}, {numbering}");
        }
    }
}

/// Without numbers the medium holds the order of arrival, and so does the reader's memory.
#[test]
fn without_numbers_the_order_is_that_of_arrival() {
    for (set, length) in [("tape_job.J1.kind=backup", 6), (READ, 8)] {
        let found = explore(&["tape_system.T1.numbering=none", set]);
        let first = &found.counterexamples[0];
        assert_eq!((first.check, first.steps.len()), (Check::TapeOrder, length), "{set}");
    }
}

/// Rule, settings, the check that breaks first, and the steps to it.
type Row<'a> = (&'a str, &'a [&'a str], Check, usize);

/// Each literal form alone; the repaired one holds in the same scope. Fig. 21 is immune to `next-counter`.
#[test]
fn every_literal_form_yields_its_shortest_counterexample() {
    let five = ["explore.writes=5", "tape_job.J1.m=5", "tape_system.T1.cache=320KiB"];
    let two_jobs = r#"tape_job=[{ name = "host", kind = "backup", unit = "T1:1", blocks = 1, m = 2 },
        { name = "array", kind = "backup", unit = "T1:1", blocks = 1, m = 2, initiator = "disk-system" }]"#;
    let (order, complete) = (Check::TapeOrder, Check::Complete);
    let table: [Row; 11] = [
        ("medium", &[], order, 6),
        ("insert", &[READ], order, 12),
        ("insert", &five, complete, 7),
        ("next-counter", &[READ], order, 12),
        ("retain", &[READ, "explore.losses=1"], complete, 7),
        ("duplicate", &["explore.duplicates=1"], complete, 6),
        ("resend", &["explore.losses=1"], complete, 2),
        ("window", &["tape_job.J1.m=2", "tape_system.T1.cache=128KiB"], complete, 7),
        ("assembly", &[READ], order, 7),
        ("initiators", &["tape_job.J1.crash_after=2"], order, 8),
        ("initiators", &[two_jobs], complete, 16),
    ];
    for (rule, set, check, length) in table {
        let literal = format!("protocol.rule.{rule}=literal");
        let found = explore(&[set, &[&literal]].concat());
        let first = found.counterexamples.first().map(|one| (one.check, one.steps.len()));
        assert_eq!(first, Some((check, length)), "{rule}: {:?}", found.counterexamples);
        let repaired = explore(set);
        assert_eq!(repaired.counterexamples, [], "{rule}");
    }
    assert_eq!(explore(&[READ, BY_BLOCK_ID, "protocol.rule.next-counter=literal"]).counterexamples, []);
}

/// Neither does tape hang on the number of threads.
#[test]
fn the_number_of_threads_changes_nothing() {
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let set = ["explore.writes=3", "explore.losses=1", "protocol.rule.retain=literal", READ];
        pool.install(|| format!("{:?}", explore(&set)))
    };
    let one = on(1);
    assert!(one.contains("is lost"), "{one}");
    assert_eq!((on(2), on(3)), (one.clone(), one));
}

/// A bound that would do nothing is refused by its name.
#[test]
fn bounds_of_disk_systems_are_refused() {
    for key in ["crashes", "control_losses", "markers_before"] {
        let set = [format!("explore.{key}=1")];
        let scenario =
            parse("tape", TAPE, std::path::Path::new(""), &set).unwrap_or_else(|error| panic!("{error}"));
        let told = TapeScope::new(&scenario).map(|_| ()).unwrap_err().to_string();
        assert!(told.starts_with(&format!("`{key}` under [explore] has no effect")), "{told}");
    }
}
