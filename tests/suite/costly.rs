//! What would take very long or very much is told before it is spent, and refused unless `--yes` says that it is meant.

use std::process::Command;

use crate::desk::{Desk, one_pair};

/// One write after the other for a tenth of a second.
fn desk() -> Desk {
    let run = "duration = \"100ms\"\ndrain_limit = \"5s\"";
    let workload = "kind = \"poisson\"\nrate = \"100/s\"\non = [\"L1\"]";
    Desk::with(&one_pair(run, workload, "delay = \"1ms\""))
}

impl Desk {
    /// The refusal: exit code 2, and nothing anywhere but one line on standard error.
    fn refused(&self, arguments: &[&str]) -> String {
        let output = self.output(arguments);
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {error}");
        assert_eq!(output.stdout, b"", "{arguments:?}");
        assert_eq!(std::fs::read_dir(self.path("")).unwrap().count(), 1, "{arguments:?}");
        assert_eq!(error.lines().count(), 1, "{error}");
        error
    }
}

#[test]
fn very_many_runs_are_told_with_what_they_would_take() {
    let desk = desk();
    for arguments in [
        &["run", "small.toml", "--seeds", "1..1000000000", "--out", "out"] as &[&str],
        &["run", "small.toml", "--seeds", "1..1000000000", "--format", "json"],
        &["run", "small.toml", "--seeds", "0..18446744073709551614"],
    ] {
        let error = desk.refused(arguments);
        assert!(error.contains("The first took") && error.contains("Pass --yes"), "{error}");
    }
    let error = desk.refused(&[
        "sweep",
        "small.toml",
        "--vary",
        "wan.loss=0,0.1",
        "--seeds",
        "1..10000000",
        "--out",
        "o",
    ]);
    assert!(error.contains("20,000,000 runs") && error.contains("Pass --yes"), "{error}");
    // No memory holds what is known of so many, whatever was said.
    let endless = ["sweep", "small.toml", "--seeds", "1..1000000000000", "--out", "o", "--yes"];
    assert!(desk.refused(&endless).contains("--shard"));
}

#[test]
fn a_run_of_too_many_events_or_too_much_memory_is_told() {
    let desk = desk();
    for (settings, what) in [
        (&["host.H1.workload.size=1GiB", "wan.mtu=64B"] as &[&str], "packets"),
        (&["run.duration=100h", "host.H1.workload.rate=1/us"], "writes of host H1"),
        (&["run.drain_limit=5124095h", "wan.delay=5124095h"], "resends"),
        (
            &[
                "run.duration=20h",
                "host.H1.workload.rate=1/ms",
                "fault=[{kind=\"wan-outage\",at=\"1s\",duration=\"10h\"}]",
            ],
            "pile up behind an outage of 36000s",
        ),
    ] {
        let mut arguments = vec!["run", "small.toml"];
        arguments.extend(settings.iter().flat_map(|setting| ["--set", setting]));
        let error = desk.refused(&arguments);
        assert!(error.contains(what) && error.contains("Pass --yes"), "{error}");
        arguments[0] = "sweep";
        arguments.extend(["--seeds", "1..2", "--out", "o"]);
        assert!(desk.refused(&arguments).contains(what));
    }
}

#[test]
fn any_number_of_disasters_takes_no_memory() {
    let desk = desk();
    let error = desk.refused(&["run", "small.toml", "--disasters", "4294967295"]);
    assert!(error.contains("4,294,967,295 disasters") && error.contains("Pass --yes"), "{error}");
    assert_eq!(desk.output(&["run", "small.toml", "--disasters", "1000"]).status.code(), Some(0));
}

#[test]
fn any_number_of_threads_is_as_many_as_there_are_runs() {
    let desk = desk();
    for threads in ["1", "100000", "18446744073709551615"] {
        let output = desk.output(&["run", "small.toml", "--seeds", "1..3", "--threads", threads]);
        assert_eq!(output.status.code(), Some(0));
    }
    let sweep = ["sweep", "small.toml", "--seeds", "1..3", "--threads", "100000", "--out", "o"];
    assert_eq!(desk.output(&sweep).status.code(), Some(0));
}

/// Times saturate at some 584 years: what is due then is never due, and nobody waits for it.
#[test]
fn times_beyond_all_time_end_nothing_and_are_not_waited_for() {
    let desk = desk();
    let bursty = "host.H1.workload={ kind = \"bursty\", on = [\"L1\"], rate = \"RATE\", mean_on = \"ON\", mean_off = \"OFF\" }";
    let bursts =
        |rate: &str, on: &str, off: &str| bursty.replace("RATE", rate).replace("ON", on).replace("OFF", off);
    let never = "5124095h";
    for settings in [
        &[bursts("1/ms", "1ms", never)] as &[String],
        &[bursts("1/ms", never, never)],
        &[bursts("0.000000000000000001/h", "1us", "1us")],
        &["host.H1.workload.rate=0.000000000000000001/h".to_owned()],
        &[format!("wan.delay={never}")],
        &[format!("remote_system.R1.destage_time={never}")],
        &[format!("protocol.retransmit_timeout={never}"), "wan.loss=0.5".to_owned()],
        &[format!("protocol.limit_period={never}")],
        &[format!("protocol.marker_interval={never}")],
        &[
            format!("run.drain_limit={never}"),
            "run.duration=1000h".to_owned(),
            "host.H1.workload.rate=1/h".to_owned(),
        ],
        &[format!("control.delay={never}")],
        &[format!("host.H1.delay={never}")],
        &[format!("fault=[{{kind=\"wan-outage\",at=\"10ms\",duration=\"{never}\"}}]")],
        &[format!("fault=[{{kind=\"crash\",system=\"R1\",at=\"10ms\",duration=\"{never}\"}}]")],
        &[format!("fault=[{{kind=\"crash\",system=\"L1\",at=\"10ms\",duration=\"{never}\"}}]")],
    ] {
        let mut arguments = vec!["run", "small.toml", "--yes", "--set", "protocol.marker_interval=10h"];
        arguments.extend(["--set", "protocol.limit_period=10h"]);
        arguments.extend(settings.iter().flat_map(|setting| ["--set", setting]));
        let output = desk.output(&arguments);
        let code = output.status.code().unwrap();
        assert!(code < 2, "{settings:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

/// What was meant, and does not fit all the same, ends with a message.
#[cfg(target_os = "linux")]
#[test]
fn the_end_of_memory_is_told() {
    let desk = desk();
    let limited = "ulimit -v 700000; exec \"$0\" \"$@\"";
    let mut command = Command::new("sh");
    command.args(["-c", limited]).arg(assert_cmd::cargo::cargo_bin!("rcsim"));
    command.args(["run", "small.toml", "--yes", "--out", "o", "--set", "run.duration=1000h"]);
    command.args(["--set", "host.H1.workload.rate=1/us"]);
    command.args(["--set", "wan.bandwidth=1kbit/s", "--set", "protocol.retransmit_timeout=100h"]);
    let output = command.current_dir(desk.path("")).output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{error}");
    assert!(error.starts_with("error: out of memory"), "{error}");
    assert_eq!(std::fs::read_dir(desk.path("")).unwrap().count(), 1);
}
