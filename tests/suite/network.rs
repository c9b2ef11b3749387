//! What a user says of a line, end to end: from the text of a scenario to the figures of its result.

use std::path::Path;

use rcsim::metrics::Options;
use rcsim::report::RunResult;
use rcsim::scenario::parse;
use rcsim::world::simulate;

/// One pair, writes of 4 KiB at a constant rate; `wan` is what stands under `[wan]`, and after it.
fn scenario(protocol: &str, rate: &str, seconds: u32, wan: &str) -> String {
    format!(
        "[run]\nduration = \"{seconds}s\"\n[protocol]\n{protocol}\n[[local_system]]\nname = \"L1\"\nunits = 1\n\
         [[remote_system]]\nname = \"R1\"\nunits = 1\n[[group]]\nname = \"g\"\npairs = [\"L1:1 -> R1:1\"]\n\
         [[host]]\nname = \"H1\"\n[host.workload]\nkind = \"constant\"\nrate = \"{rate}\"\nsize = \"4KiB\"\n\
         on = [\"L1\"]\n[wan]\n{wan}\n"
    )
}

fn run(text: &str, set: &[&str]) -> RunResult {
    let set: Vec<String> = set.iter().map(|&set| set.to_owned()).collect();
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let scenario = parse("network", text, &here, &set).unwrap_or_else(|error| panic!("{error}"));
    RunResult::new(&scenario, &simulate(&scenario, Options::default(), &mut |_| {}).unwrap())
}

/// Nothing is sent again, no limit is waited for.
const QUIET: &str = "scheme = \"none\"\nretransmit_timeout = \"100s\"";

const BROWN_OUT: &str =
    "[[fault]]\nkind = \"brown-out\"\nat = \"1s\"\nduration = \"2s\"\nbandwidth = \"16Mbit/s\"";

/// At most 64 KiB wait in a brown-out of a line that is otherwise unlimited: (32.8 - 16)/32.8 of 2,000 packets do not
/// fit, and none waits longer than 64 KiB take at 16 Mbit/s, 33 ms.
#[test]
fn a_queue_counts_in_a_brown_out() {
    let text = scenario(QUIET, "1000/s", 5, &format!("delay = \"10ms\"\nqueue = \"64KiB\"\n{BROWN_OUT}"));
    for set in [&[][..], &["wan.bandwidth=10Gbit/s"]] {
        let result = run(&text, &[set, &["run.drain_limit=10ms"]].concat());
        let expected = 2_000.0 * (32.768 - 16.0) / 32.768;
        assert!((result.wan.lost as f64 - expected).abs() < 25.0, "{} of {expected}", result.wan.lost);
        assert!(result.wan.delay.p99_s < 0.0101 + 0.033 + 0.002, "{}", result.wan.delay.p99_s);
    }
}

/// 2 s x (32.8 - 16) Mbit/s wait when the line is whole again, and leave at the rate that it has then, before what
/// comes later.
#[test]
fn a_rate_that_comes_back_serves_what_waits() {
    let text =
        scenario(QUIET, "1000/s", 5, &format!("delay = \"10ms\"\nbandwidth = \"10Gbit/s\"\n{BROWN_OUT}"));
    let backlog = 2.0 * (32.768e6 - 16e6);
    for (bandwidth, rate) in [("10Gbit/s", 10e9), ("100Mbit/s", 100e6), ("unlimited", f64::INFINITY)] {
        let result = run(&text, &[&format!("wan.bandwidth={bandwidth}")]);
        let caught_up = 3.0 + backlog / rate + 0.010;
        let fault = &result.faults[0];
        let found = fault.caught_up_s.unwrap();
        assert!((found - caught_up).abs() < 0.004, "{bandwidth}: caught up at {found}, computed {caught_up}");
        assert!(
            (fault.received_lag_max_s - 1.034).abs() < 0.006,
            "{bandwidth}: {}",
            fault.received_lag_max_s
        );
    }
}

/// A burst is a state of the line: with one chain for all packets a resend 30 ms into a burst of 100 packets is lost
/// nearly as often as not (42 % to 49 % where the kernel's steps are taken by hand).
#[test]
fn resends_meet_the_burst_that_lost_the_first() {
    let protocol = "scheme = \"none\"\nretransmit_timeout = \"30ms\"";
    let wan = "delay = \"10ms\"\nloss = { model = \"gilbert-elliott\", good_to_bad = 0.0004, bad_to_good = 0.01 }\n\
               [wan.reverse]\nloss = 0.0";
    let text = scenario(protocol, "1000/s", 200, wan);
    let (mut lost, mut first) = (0.0, 0.0);
    for seed in 1..=4 {
        let result = run(&text, &[&format!("run.seed={seed}")]);
        // Each loss brings one resend, so that of R losses those that are not of first sendings are of resends.
        let writes = result.writes.acknowledged as f64;
        assert!((result.wan.offered as f64 - writes - result.wan.retransmitted as f64).abs() < 1.0);
        lost += result.wan.lost as f64;
        first += writes;
        let lag = &result.received_lag;
        assert!((0.1..=0.131).contains(&lag.p999_s), "seed {seed}: p99.9 {}", lag.p999_s);
        assert!((0.15..=0.25).contains(&lag.max_s), "seed {seed}: max {}", lag.max_s);
        assert!(result.warnings.iter().any(|warning| warning.contains("only for first sendings")));
    }
    // p/(p + r) of all packets are lost in the long run.
    assert!((lost / (lost + first) - 0.0004 / 0.0104).abs() < 0.006, "{lost} of {}", lost + first);
}

/// Bursts in time are the same weather whoever sends: every scheme loses the same first sendings.
#[test]
fn every_scheme_meets_the_same_bursts() {
    let wan = "delay = \"10ms\"\nloss = { model = \"gilbert-elliott\", good = \"1s\", bad = \"50ms\" }\n\
               [wan.reverse]\nloss = 0.0";
    let first_losses = |scheme: &str| {
        let protocol =
            format!("scheme = \"{scheme}\"\nretransmit_timeout = \"100s\"\nmarker_interval = \"3ms\"");
        let result = run(&scenario(&protocol, "200/s", 20, wan), &["run.drain_limit=1ms"]);
        (result.writes.acknowledged, result.writes.acknowledged - result.received_lag.count, result.warnings)
    };
    let (writes, lost, warnings) = first_losses("none");
    assert!(lost > 50, "{lost} of {writes}");
    assert!(warnings.is_empty(), "{warnings:?}");
    assert_eq!(first_losses("timestamp-only").1, lost);
}

/// A series with the law and the neighbours' correlation of measured round trips (0.48), at 100 packets a second: in
/// its own order it reorders about two thirds of what independent draws of the same values do.
#[test]
fn delays_that_hang_together_reorder_less() {
    let file = "file = \"delays/round-trips.txt\"";
    let ratio = |delay: &str| {
        run(&scenario(QUIET, "100/s", 130, &format!("delay = {{ {delay} }}")), &[]).wan.reordered_ratio
    };
    let independent = ratio(&format!("distribution = \"empirical\", {file}"));
    let in_order = ratio(&format!("distribution = \"series\", {file}, every = \"10ms\""));
    // exp(-10 ms / T) = 0.57, the correlation of the scores by which the series was made.
    let copula = ratio(&format!("distribution = \"empirical\", {file}, correlation_time = \"17.8ms\""));
    assert!((independent - 0.265).abs() < 0.015, "{independent}");
    assert!((in_order - 0.178).abs() < 0.005, "{in_order}");
    assert!((copula - 0.178).abs() < 0.02, "{copula}");
}

/// Two arrays of 65 Mbit/s do not fit through 100 Mbit/s, if they share the line.
#[test]
fn a_shared_line_is_one_line() {
    let text = |shared: bool| {
        format!(
            "[run]\nduration = \"2s\"\n[protocol]\n{QUIET}\n[[local_system]]\nname = \"L1\"\nunits = 1\n\
             [[local_system]]\nname = \"L2\"\nunits = 1\n[[remote_system]]\nname = \"R1\"\nunits = 2\n[[group]]\nname \
             = \"g\"\npairs = [\"L1:1 -> R1:1\", \"L2:1 -> R1:2\"]\n[[host]]\nname = \"H1\"\n[host.workload]\nkind = \
             \"constant\"\nrate = \"1984/s\"\nsize = \"4KiB\"\non = [\"L1\", \"L2\"]\n[wan]\ndelay = \
             \"1ms\"\nbandwidth = \"100Mbit/s\"\nshared = {shared}\n"
        )
    };
    let alone = run(&text(false), &[]);
    assert!(alone.wan.delay.p99_s < 0.0018, "{}", alone.wan.delay.p99_s);
    // 130 Mbit/s through 100: the last packet waits for 2 s x 30 Mbit at 100 Mbit/s.
    let shared = run(&text(true), &[]);
    assert!((shared.received_lag.max_s - 0.6).abs() < 0.02, "{}", shared.received_lag.max_s);
}

/// Headers travel with each packet: 4,096 bytes as three packets of at most 1,460 and 40 more each.
#[test]
fn headers_take_their_part_of_the_line() {
    let wan = "delay = \"10ms\"\nbandwidth = \"10Mbit/s\"\nmtu = \"1460B\"\nheader = \"40B\"";
    let result = run(&scenario(QUIET, "100/s", 2, wan), &[]);
    let writes = result.writes.acknowledged;
    assert_eq!(result.wan.offered, 3 * writes);
    assert_eq!(result.wan.offered_bytes, (4_096 + 3 * 40) * writes);
    let lag = (4_096.0 + 120.0) * 8.0 / 10e6 + 0.010;
    assert!((result.received_lag.max_s - lag).abs() < 1e-6, "{}", result.received_lag.max_s);
}

/// Half of the round trip each way, and its deviation as jitter.
#[test]
fn a_preset_is_half_the_round_trip_each_way() {
    let result = run(&scenario(QUIET, "1000/s", 20, "preset = \"aws:us-east-1 -> eu-west-1\""), &[]);
    for direction in [&result.wan, &result.wan_reverse] {
        assert!((direction.delay.mean_s - 0.035_254).abs() < 0.000_01, "{}", direction.delay.mean_s);
        assert!((direction.delay.p99_s - (0.035_254 + 2.326 * 0.000_146)).abs() < 0.000_05);
    }
}

/// What netem's arguments say, in the figures of the result; the other direction is a line of its own.
#[test]
fn netem_in_the_figures_of_a_run() {
    let text = |netem: &str| {
        scenario(QUIET, "1000/s", 60, &format!("netem = \"{netem}\"\n[wan.reverse]\ndelay = \"1ms\""))
    };
    let jitter = run(&text("delay 100ms 10ms distribution normal"), &[]);
    assert!((jitter.wan.delay.mean_s - 0.1).abs() < 0.000_3, "{}", jitter.wan.delay.mean_s);
    assert!((jitter.wan.delay.p99_s - 0.123_26).abs() < 0.000_8, "{}", jitter.wan.delay.p99_s);
    assert!(jitter.wan.reordered_ratio > 0.5);
    assert!((jitter.wan_reverse.delay.mean_s - 0.001).abs() < 1e-9);
    let fates = run(&text("loss 5% duplicate 10%"), &[]);
    let share = |count: u64| count as f64 / fates.wan.offered as f64;
    assert!(
        (share(fates.wan.lost) - 0.05 * 0.9).abs() < 0.004,
        "lost and not duplicated: {}",
        share(fates.wan.lost)
    );
    assert!(
        (share(fates.wan.duplicated) - 0.1 * 0.95 * 0.95).abs() < 0.005,
        "{}",
        share(fates.wan.duplicated)
    );
    let reorder = run(&text("delay 10ms reorder 25% gap 5"), &[]);
    // One in 4 + 1/0.25 goes at once, and overtakes the nine before it.
    assert!((reorder.wan.delay.mean_s - 0.010 * (1.0 - 1.0 / 8.0)).abs() < 0.000_2);
    let none = run(&text("delay 50ms 20ms rate 1gbit"), &[]);
    assert!(none.wan.reordered_ratio < f64::MIN_POSITIVE);
    assert!(none.warnings.iter().any(|warning| warning.contains("jitter reorders nothing")));
    let slots = run(&text("slot 20ms"), &[]);
    // Whatever comes within a slot leaves together when the next one opens.
    assert!((slots.wan.delay.mean_s - 0.010).abs() < 0.001, "{}", slots.wan.delay.mean_s);
    assert!(slots.wan.lost == 0 && slots.wan.reordered_ratio < f64::MIN_POSITIVE);
}

/// From a file: a thin second, a lossy second, a slow second.
#[test]
fn a_line_over_time_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let rows = "time,bandwidth,loss,delay\n0s,unlimited,0,0s\n1s,16Mbit/s,0,0s\n2s,unlimited,0.5,0s\n3s,unlimited,0,30ms\n4s,unlimited,0,0s\n";
    std::fs::write(folder.path().join("line.csv"), rows).unwrap();
    let text = scenario(
        QUIET,
        "1000/s",
        5,
        "delay = \"10ms\"\nqueue = \"1GiB\"\ntimeline = \"line.csv\"\n[wan.reverse]\nloss = 0",
    );
    let scenario = parse("network", &text, folder.path(), &["run.drain_limit=1ms".to_owned()]).unwrap();
    let result = RunResult::new(&scenario, &simulate(&scenario, Options::default(), &mut |_| {}).unwrap());
    assert!((result.wan.lost as f64 - 500.0).abs() < 70.0, "{}", result.wan.lost);
    // The thin second leaves half a second of backlog, which goes at once at its end.
    assert!(
        (result.received_lag.max_s - (1.0 - 16.0 / 32.768 + 0.01)).abs() < 0.01,
        "{}",
        result.received_lag.max_s
    );
}
