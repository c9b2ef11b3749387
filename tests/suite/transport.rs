//! `[transport]` as a user meets it: round trips above the default timer, outages, early losses, windows.

use assert_cmd::Command;

/// A group of one pair, 100 writes a second of 64 KiB, with this `[wan]` and these lines more.
fn scenario(seconds: u32, wan: &str, more: &str) -> String {
    format!(
        "[run]\nduration = \"{seconds}s\"\n[protocol]\nscheme = \"group\"\n\
         [[local_system]]\nname = \"L1\"\nunits = 1\n[[remote_system]]\nname = \"R1\"\nunits = 1\n\
         [[group]]\nname = \"g\"\npairs = [\"L1:1 -> R1:1\"]\n\
         [[host]]\nname = \"H1\"\n[host.workload]\nkind = \"constant\"\nrate = \"100/s\"\nsize = \"64KiB\"\non = [\"L1\"]\n\
         [wan]\n{wan}\n{more}"
    )
}

fn rcsim(arguments: &[&str], scenario: &str) -> (Option<i32>, String) {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("rcsim"));
    let output = command.args(arguments).write_stdin(scenario).output().unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

fn run(scenario: &str, set: &[&str]) -> serde_json::Value {
    let set = set.iter().flat_map(|key| ["--set", key]);
    let arguments: Vec<&str> = ["run", "-", "--format", "json"].into_iter().chain(set).collect();
    let (code, stdout) = rcsim(&arguments, scenario);
    let found: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(found["order"]["verdict"], "holds", "exit {code:?}");
    found
}

const SATELLITE: &str = "delay = \"270ms\"\nbandwidth = \"130Mbit/s\"";

#[test]
fn a_round_trip_of_544_ms_needs_no_setting() {
    let found = run(&scenario(10, SATELLITE, ""), &[]);
    assert_eq!(found["wan"]["retransmitted"], 0);
    // 270 ms of delay, 4 ms of sending, and at most a marker interval of 10 ms until the limit.
    let lag = found["received_lag"]["p99_s"].as_f64().unwrap();
    assert!((0.274..0.30).contains(&lag), "{lag}");
    assert_eq!(found["warnings"], serde_json::json!([]));
}

#[test]
fn a_fixed_timer_below_the_round_trip_is_warned_of() {
    let text = scenario(1, SATELLITE, "[transport]\nretransmit = \"fixed\"");
    let (code, stdout) = rcsim(&["validate", "-"], &text);
    assert_eq!(code, Some(0));
    assert!(
        stdout.contains("warning retransmit_timeout (200ms) is not above the least round trip of L1-R1"),
        "{stdout}"
    );
    assert!(stdout.contains("everything is sent again"), "{stdout}");
    let (_, stdout) = rcsim(&["validate", "-", "--set", "protocol.retransmit_timeout=600ms"], &text);
    assert!(!stdout.contains("warning"), "{stdout}");
}

/// 44 packets of 64 KiB are sent at once. The first is transmitted, and 43 wait: 64,036 bytes of data and 40 more each.
#[test]
fn a_write_that_no_queue_holds_is_warned_of() {
    let line = |queue: &str| {
        format!(
            "delay = \"5ms\"\nbandwidth = \"100Mbit/s\"\nmtu = \"1500B\"\nheader = \"40B\"\nqueue = \"{queue}\""
        )
    };
    let told = |queue: &str| rcsim(&["validate", "-"], &scenario(1, &line(queue), "")).1;
    let short = told("65755B");
    assert!(short.contains("warning a write of 64KiB never arrives whole"), "{short}");
    assert!(short.contains("so that 65.756KB wait, and the queue of L1-R1 holds 65.755KB"), "{short}");
    assert!(!told("65756B").contains("warning"));
    for (queue, received) in [("65755B", false), ("65756B", true)] {
        let text = scenario(1, &line(queue), "[expect]\norder = \"any\"");
        let (_, stdout) = rcsim(&["run", "-", "--format", "json", "--set", "run.drain_limit=3s"], &text);
        let found: serde_json::Value = serde_json::from_str(&stdout).unwrap();
        let outstanding = found["writes"]["outstanding"].as_u64().unwrap();
        assert_eq!(outstanding, if received { 0 } else { 99 }, "{queue}");
    }
    let by_packet = [&line("65755B"), "[transport]\nunit = \"packet\""].map(String::from).join("\n");
    let found = run(&scenario(1, &by_packet, ""), &[]);
    assert_eq!((&found["writes"]["outstanding"], &found["warnings"]), (&0.into(), &serde_json::json!([])));
}

/// A script goes on as long as hosts write.
#[test]
fn a_write_that_is_due_after_the_end_is_warned_of() {
    let script = |at: &str| {
        let writes = format!("[{{ at = \"1ms\", unit = \"L1:1\" }}, {{ at = \"{at}\", unit = \"L1:1\" }}]");
        scenario(1, "delay = \"5ms\"", "").replace(
            "kind = \"constant\"\nrate = \"100/s\"\nsize = \"64KiB\"\non = [\"L1\"]",
            &format!("kind = \"scripted\"\nwrites = {writes}"),
        )
    };
    let late = run(&script("1s"), &[]);
    assert_eq!(late["writes"]["acknowledged"], 1);
    let warning = "H1 never issues 1 of its 2 writes: the first of them is due at 1s, and hosts write for 1s (run.duration)";
    assert_eq!(late["warnings"], serde_json::json!([warning]));
    let in_time = run(&script("999999999ns"), &[]);
    assert_eq!(
        (&in_time["writes"]["acknowledged"], &in_time["warnings"]),
        (&2.into(), &serde_json::json!([]))
    );
}

/// A time-out that may not grow to the round trip is none better; one that is as long as it sends nothing again that is not
/// delayed.
#[test]
fn a_timer_that_cannot_reach_the_round_trip_is_warned_of() {
    let text = scenario(5, "delay = \"600ms\"", "[transport]\nmax_timeout = \"1s\"");
    let (_, stdout) = rcsim(&["validate", "-"], &text);
    assert!(
        stdout
            .contains("warning transport.max_timeout (1s) is not above the least round trip of L1-R1 (1.2s)"),
        "{stdout}"
    );
    assert!(run(&text, &[])["wan"]["spurious"].as_u64().unwrap() > 100);
    let text = scenario(1, "delay = \"100ms\"", "[transport]\nretransmit = \"fixed\"");
    let (_, stdout) = rcsim(&["validate", "-"], &text);
    assert!(
        stdout.contains("(200ms): what takes any longer is sent again, though nothing is lost"),
        "{stdout}"
    );
    assert_eq!(run(&text, &[])["wan"]["spurious"], 0);
}

#[test]
fn an_outage_of_three_seconds_at_16_percent_load_is_caught_up_with() {
    let wan = "delay = \"20ms\"\nbandwidth = \"330Mbit/s\"";
    let fault = "[[fault]]\nkind = \"wan-outage\"\nat = \"3s\"\nduration = \"3s\"";
    let found = run(&scenario(20, wan, fault), &[]);
    let caught_up = found["faults"][0]["caught_up_s"].as_f64().unwrap();
    assert!(caught_up < 9.0, "caught up at {caught_up} s");
}

#[test]
fn early_retransmission_resends_for_nothing_where_the_line_reorders_and_off_does_not() {
    // Nothing is lost; a packet is late by up to 60 ms, six packets.
    let wan = "delay = { distribution = \"uniform\", minimum = \"20ms\", maximum = \"80ms\" }";
    let text = scenario(10, wan, "");
    let spurious = |set: &[&str]| {
        let found = run(&text, set);
        assert_eq!(found["wan"]["lost"], 0);
        (found["wan"]["spurious"].as_u64().unwrap(), found["wan"]["retransmitted"].as_u64().unwrap())
    };
    assert_eq!(spurious(&[]).0, 0);
    let (fast, resent) = spurious(&["transport.early=3"]);
    assert!(fast > 20 && fast <= resent, "{fast} of {resent}");
    let (rack, resent) = spurious(&["transport.early=rack"]);
    assert!(rack > 20 && rack <= resent, "{rack} of {resent}");
}

#[test]
fn a_window_holds_writes_back_in_the_cache() {
    let wan = "delay = \"50ms\"";
    // One write of 64 KiB in a round trip of 100 ms is ten a second, and a hundred are written.
    let text = scenario(2, wan, "");
    let limited = run(&text, &["transport.window=64KiB"]);
    let lag = limited["received_lag"]["max_s"].as_f64().unwrap();
    assert!(lag > 10.0, "{lag}");
    // Slow start opens a window as large as needed.
    let aimd = run(&text, &["transport.window=aimd"]);
    let lag = aimd["received_lag"]["max_s"].as_f64().unwrap();
    assert!((0.05..2.0).contains(&lag), "{lag}");
}

#[test]
fn in_order_transport_over_aimd_and_rack_keeps_the_order_under_loss() {
    let text = scenario(5, "delay = \"20ms\"\nloss = 0.02", "");
    let tcp = ["protocol.scheme=in-order-transport", "transport.early=rack", "transport.window=aimd"];
    let found = run(&text, &tcp);
    assert!(found["wan"]["retransmitted"].as_u64().unwrap() > 0);
}

#[test]
fn a_path_has_its_own_transport_and_bad_ones_are_refused() {
    let own = "[transport]\nearly = 3\n[[path]]\nfrom = \"L1\"\nto = \"R1\"\ntransport = { early = \"off\", window = \"1MiB\" }";
    let (code, stdout) = rcsim(&["run", "-"], &scenario(1, "delay = \"5ms\"", own));
    assert_eq!(code, Some(0));
    assert!(stdout.contains("a window of 1MiB") && !stdout.contains("later completions"), "{stdout}");
    for (wrong, expected) in [
        ("[transport]\nearly = \"soon\"", "expected \"off\", \"rack\", or a number of completions such as 3"),
        ("[transport]\nwindow = \"0B\"", "expected a size such as \"1MiB\", \"unlimited\" or \"aimd\""),
        (
            "[transport]\nmax_timeout = \"100ms\"",
            "expected `initial_timeout` up to `max_timeout` (100ms), found 1s",
        ),
        (
            "[[path]]\nfrom = \"R1\"\nto = \"L1\"\ntransport = { early = 3 }",
            "expected `transport` on a path from a local system, found it on one to a local system",
        ),
    ] {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("rcsim"));
        let text = scenario(1, "delay = \"5ms\"", wrong);
        let output = command.args(["validate", "-"]).write_stdin(text).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{wrong}");
        assert!(stderr.contains(expected), "{wrong}: {stderr}");
    }
}

/// Of a write in several packets only the lost ones travel again. Nothing is lost on the way back, and the timer is
/// never too short, so each lost packet is resent once; those of the last round trip are resent when nobody counts.
#[test]
fn of_a_write_in_packets_only_the_lost_ones_travel_again() {
    let wan = "delay = \"20ms\"\nloss = 0.01\nmtu = \"1500B\"\n[wan.reverse]\nloss = 0";
    let text = scenario(10, wan, "");
    let packets = |found: &serde_json::Value, what: &str| found["wan"][what].as_u64().unwrap();
    let whole = run(&text, &[]);
    let parts = run(&text, &["transport.unit=packet"]);
    let (lost, resent) = (packets(&parts, "lost"), packets(&parts, "retransmitted"));
    assert!(lost > 300 && resent <= lost && resent + 30 > lost, "{resent} of {lost}");
    assert!(packets(&whole, "retransmitted") > 10 * resent);
    assert_eq!(packets(&parts, "spurious"), 0);
    for found in [&whole, &parts] {
        assert_eq!(found["writes"]["outstanding"], 0);
    }
    // The answers to parts may be lost, too, and either end may crash.
    let crash = "[wan.reverse]\nloss = 0.05\n[transport]\nunit = \"packet\"\n[[fault]]\nkind = \"crash\"\nsystem = \"R1\"\n\
                 at = \"1s\"\nduration = \"100ms\"\n[[fault]]\nkind = \"crash\"\nsystem = \"L1\"\nat = \"1500ms\"\nduration = \"100ms\"";
    let found = run(&scenario(3, "delay = \"20ms\"\nloss = 0.01\nmtu = \"1500B\"", crash), &[]);
    assert_eq!(found["writes"]["outstanding"], 0);
}

/// A line that is offered more than it carries is told, and by what.
#[test]
fn a_saturated_line_is_told_with_what_fills_it() {
    let wan = "delay = \"20ms\"\nbandwidth = \"40Mbit/s\"\nqueue = \"unlimited\"";
    let text = scenario(4, wan, "");
    let found = run(&text, &["run.drain_limit=60s"]);
    let line = &found["wan"]["busiest_line"];
    assert_eq!(line["name"], "L1 to R1");
    // 100 writes a second of 64 KiB are 52.4 Mbit/s.
    let first = line["first_share"].as_f64().unwrap();
    assert!((1.30..1.32).contains(&first), "{first}");
    let (_, page) = rcsim(&["run", "-", "--set", "run.drain_limit=60s"], &text);
    let page = page.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(page.contains("L1 to R1 is saturated: while statistics ran it was offered"), "{page}");
    let (_, page) = rcsim(&["run", "-", "--set", "wan.bandwidth=80Mbit/s"], &text);
    assert!(!page.contains("is saturated"));
}

/// A tape job learns its round trip: over 300 ms each way no block is sent twice, where a fixed 200 ms sends each
/// again. A window of one block is stop-and-wait.
#[test]
fn a_tape_job_learns_its_round_trip() {
    let text = "[run]\nduration = \"60s\"\n[protocol]\n[[tape_system]]\nname = \"T\"\nunits = 1\ndrive = { block = \"64KiB\" }\nnumbering = \"sequence-number\"\n\
                [[tape_job]]\nname = \"J\"\nkind = \"backup\"\nunit = \"T:1\"\nblocks = 40\nm = 8\n\
                [wan]\ndelay = \"300ms\"\n[wan.reverse]\ndelay = \"300ms\"\n";
    let adaptive = run(text, &["transport.initial_timeout=2s"]);
    // The unit takes seconds to be taken and given back, and only these two requests are sent again.
    assert!(adaptive["wan"]["retransmitted"].as_u64().unwrap() <= 4);
    let fixed = run(text, &["transport.retransmit=fixed"]);
    assert!(fixed["wan"]["retransmitted"].as_u64().unwrap() >= 40);
    let one = run(text, &["transport.initial_timeout=2s", "transport.window=64KiB"]);
    let (_, told) = rcsim(&["validate", "-", "--set", "transport.retransmit=fixed"], text);
    assert!(
        told.contains("retransmit_timeout (200ms) is not above the least round trip of J-T (600ms)"),
        "{told}"
    );
    // One block in each round trip, and no more.
    let rate = one["tape"]["jobs"][0]["write_bytes_per_s"].as_f64().unwrap();
    assert!((rate / (65_536.0 / 0.6) - 1.0).abs() < 0.05, "{rate}");
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("rcsim"));
    let output =
        command.args(["validate", "-", "--set", "transport.unit=packet"]).write_stdin(text).output().unwrap();
    assert!(String::from_utf8(output.stderr).unwrap().contains("found \"packet\""));
}
