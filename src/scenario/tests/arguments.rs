//! `--set`: the same as a change of the file, and errors that point at the argument.

use std::fmt::Write as _;

use insta::assert_snapshot;

use super::{DESIGN, edited, good, read};
use crate::scenario::assignable_keys;

/// Arguments, and the edits of the example that say the same.
type Case = (&'static [&'static str], &'static [(&'static str, &'static str)]);

#[test]
fn an_argument_is_as_good_as_a_change_of_the_file() {
    let cases: &[Case] = &[
        (&["run.seed=7"], &[("seed = 1", "seed = 7")]),
        (&["run.duration=3s"], &[("duration = \"10s\"", "duration = \"3s\"")]),
        (&["run.duration=\"3s\""], &[("duration = \"10s\"", "duration = \"3s\"")]),
        (&["protocol.scheme=pair"], &[("scheme = \"group\"", "scheme = \"pair\"")]),
        (&["wan.loss=0.1"], &[("loss = 0.0", "loss = 0.1")]),
        (&["wan.loss=1"], &[("loss = 0.0", "loss = 1.0")]),
        (
            &["wan.delay=5ms"],
            &[(
                "delay = { distribution = \"exponential\", mean = \"20ms\", minimum = \"0s\" }",
                "delay = \"5ms\"",
            )],
        ),
        (&["wan.delay.mean=30ms"], &[("mean = \"20ms\"", "mean = \"30ms\"")]),
        (
            &["wan.delay={distribution=\"uniform\",minimum=\"1ms\",maximum=\"2ms\"}"],
            &[(
                "\"exponential\", mean = \"20ms\", minimum = \"0s\"",
                "\"uniform\", minimum = \"1ms\", maximum = \"2ms\"",
            )],
        ),
        (&["control.loss=0.1"], &[("[control] ", "[control]\nloss = 0.1 ")]),
        (&["wan.reverse.loss=0.1"], &[("[explore]", "[wan.reverse]\nloss = 0.1\n[explore]")]),
        (
            &["protocol.rule.run=longest"],
            &[("[[local_system]]", "[protocol.rule]\nrun = \"longest\"\n[[local_system]]")],
        ),
        (
            &["protocol.rule.width=8"],
            &[("[[local_system]]", "[protocol.rule]\nwidth = \"8\"\n[[local_system]]")],
        ),
        (
            &["protocol.rule.non-volatile=[\"counters\"]"],
            &[("[[local_system]]", "[protocol.rule]\nnon-volatile = \"counters\"\n[[local_system]]")],
        ),
        (&["host.H1.workload.rate=300/s"], &[("200/s", "300/s")]),
        (&["host.0.workload.rate=300/s"], &[("200/s", "300/s")]),
        (&["host.H1.clock.skew=-1ms"], &[("name = \"H1\"", "name = \"H1\"\nclock = { skew = \"-1ms\" }")]),
        (&["local_system.L1.cache=1GiB"], &[("cache = \"256MiB\"", "cache = \"1GiB\"")]),
        // A short form becomes the long one.
        (&["remote_system.R1.destage_time.mean=3ms"], &[("\"100us\"", "\"3ms\"")]),
        (
            &["remote_system.R1.destage_time.distribution=exponential"],
            &[("\"100us\"", "{ distribution = \"exponential\", mean = \"100us\" }")],
        ),
        (
            &["wan.loss.model=gilbert-elliott", "wan.loss.good_to_bad=0.1", "wan.loss.bad_to_good=0.2"],
            &[("loss = 0.0", "loss = { model = \"gilbert-elliott\", good_to_bad = 0.1, bad_to_good = 0.2 }")],
        ),
        (&["group.solid.pairs.0=L1:1 -> R1:1"], &[]),
        (&["explore.writes = 3"], &[("writes = 4", "writes = 3")]),
        (&["title=Ten = ten"], &[("One array, two remote arrays, two groups", "Ten = ten")]),
        // The last word counts.
        (&["run.seed=7", "run.seed=8"], &[("seed = 1", "seed = 8")]),
        (
            &["expect.checks.destage-order=not-judged"],
            &[("[expect]", "[expect.checks]\ndestage-order = \"not-judged\"\n[expect]")],
        ),
    ];
    for (set, edits) in cases {
        assert_eq!(good(DESIGN, set), good(&edited(edits), &[]), "{set:?}");
    }
}

#[test]
fn volumes_of_a_trace_are_named_in_quotes() {
    let trace = "host.H1.workload={ kind=\"trace\", file=\"trace-good.csv\", map={} }";
    let scenario = good(DESIGN, &[trace, "host.H1.workload.map.\"pg.1\"=L1:3"]);
    assert_eq!(scenario.largest_write, 73_728);
}

#[test]
fn errors_point_at_the_argument() {
    let mut all = String::new();
    for set in [
        &["wan.loss=2"][..],
        &["wan.los=0.1"],
        &["loss=0.1"],
        &["wan.loss.x=0.1"],
        &["wan.loss.model=gilbert-elliott"],
        &["wan.delay.men=3ms"],
        &["wan.delay.maximum=3ms"],
        &["control.delay.mean=3ms"],
        &["wan"],
        &["=3"],
        &["wan..loss=3"],
        &["wan.\"loss=3"],
        &["wan=3"],
        &["wan=3", "wan.loss=0.1"],
        &["run.duration="],
        &["run.duration=1 day"],
        &["run.duration=20"],
        &["run.seed.x=20"],
        &["run.warm_up=20s"],
        &["run.duration=1s"],
        &["host.H2.workload.rate=1/s"],
        &["host.3.workload.rate=1/s"],
        &["path.0.loss=0.1"],
        &["fault.0.at=1s"],
        &["host.H1.workload.kind=closed-loop"],
        &["host.H1.workload.queue_depth=3"],
        &["protocol.rule.runn=longest"],
        &["protocol.rule.run=longer"],
        &["group.solid.pairs.1=L1:1 -> R1:1"],
        &["group.solid.pairs.x=L1:1 -> R1:1"],
        &["run.seed=2", "protocol.limit_delay=1ms", "control.delay=2ms"],
    ] {
        let Err(error) = read(DESIGN, set) else { panic!("no error: {set:?}") };
        writeln!(all, "{error}\n").unwrap();
    }
    assert_snapshot!(all);
}

#[test]
fn every_assignable_key_is_listed() {
    assert_snapshot!(assignable_keys().join("\n"));
}

/// A table that is named is meant: keys of another are offered only where it has none that is like the one written.
#[test]
fn keys_of_the_table_that_was_named_are_offered_first() {
    let help = |set: &str| {
        let error = read(DESIGN, &[set]).unwrap_err().to_string();
        error.lines().find_map(|line| line.trim().strip_prefix("= help: ").map(str::to_owned))
    };
    assert_eq!(help("explore.loss=1").as_deref(), Some("did you mean `losses`?"));
    assert_eq!(help("protocol.delay=1ms").as_deref(), Some("did you mean one of limit_delay, send_delay?"));
    assert_eq!(help("run.loss=1").map(|help| help.contains("wan.loss")), Some(true));
}

/// Who wrote `--vary` is not told of a `--set`.
#[test]
fn a_varied_value_is_shown_as_it_was_given() {
    let set = ["wan.loss=0".to_owned(), "wan.los=1".to_owned()];
    let read = |varied: &[String]| {
        let read = crate::scenario::parse_varied("design", DESIGN, std::path::Path::new("."), &set, varied);
        read.unwrap_err().to_string()
    };
    assert!(read(&[]).contains(":1:11\n  |\n1 | --set wan.los=1\n"), "{}", read(&[]));
    let varied = read(&["wan.los".to_owned()]);
    assert!(varied.contains(":1:12\n  |\n1 | --vary wan.los=1\n  |            ^^^\n"), "{varied}");
}
