//! Each probe is met by a small run that is about it, and not by one in which nothing happens.

use std::path::Path;

use super::*;
use crate::scenario::parse;
use crate::world::judge_only;

/// Two local and two remote systems, two groups of which one is at both remote systems.
const DISK: &str = r#"
    run = { duration = "100ms", drain_limit = "2s" }
    local_system = [{ name = "L1", units = 3 }, { name = "L2", units = 1 }]
    remote_system = [{ name = "R1", units = 3 }, { name = "R2", units = 1 }]
    group = [
        { name = "G1", pairs = ["L1:1 -> R1:1", "L1:3 -> R2:1", "L2:1 -> R1:3"] },
        { name = "G2", pairs = ["L1:2 -> R1:2"] },
    ]
    wan = { delay = "5ms" }
    [protocol]
    scheme = "group"
    limit_period = "0s"
    marker_interval = "5ms"
    retransmit_timeout = "40ms"
"#;

/// One job that writes 20 blocks, loses its volume and reads it back.
const TAPE: &str = r#"
    run = { duration = "100ms", drain_limit = "2s" }
    protocol = { retransmit_timeout = "40ms" }
    tape_job = [{ name = "J1", kind = "circle", unit = "T1:1", blocks = 20, m = 2 }]
    wan = { delay = "5ms" }
    [[tape_system]]
    name = "T1"
    cache = "128KiB"
    drive = { block = "64KiB", load_time = "0s", locate_time = "0s", back_hitch = "0s" }
"#;

/// How often a probe is met in a run of this text and these settings.
fn times(probe: Probe, text: &str, set: &[&str]) -> u64 {
    let set: Vec<String> = set.iter().map(ToString::to_string).collect();
    let scenario = parse("probe", text, Path::new(""), &set);
    let scenario = scenario.unwrap_or_else(|error| panic!("{error}"));
    let mut prober = Prober::new(&scenario);
    let judged = judge_only(&scenario, &mut prober).unwrap();
    prober.finish(&judged).times(probe)
}

/// Is a probe met on disk with these writes, and what else there is?
fn meets(probe: Probe, writes: &str, more: &str, set: &[&str]) {
    let host = |writes: &str| {
        format!(
            "{DISK}\n[[host]]\nname = \"H1\"\nworkload = {{ kind = \"scripted\", writes = [{writes}] }}\n"
        )
    };
    let text = format!("{}{more}", host(writes));
    assert!(times(probe, &text, set) > 0, "{} is not met", probe.name());
    // Where a single write meets nothing, the probe is about what differs.
    if !matches!(probe, Probe::MarkerAsContiguousEnd | Probe::LimitsCross) {
        let quiet = host(r#"{ at = "10ms", unit = "L1:1" }"#);
        assert_eq!(times(probe, &quiet, &[]), 0, "{} is met by a single write", probe.name());
    }
}

const ONE: &str = r#"{ at = "10ms", unit = "L1:1" }"#;
const TWO: &str = r#"{ at = "10ms", unit = "L1:1" }, { at = "11ms", unit = "L1:1", position = 8 }"#;

/// The first write is lost.
const LOST: &str = r#"
[script]
packets = [{ from = "L1", to = "R1", class = "write-data", number = 1, lost = true }]
"#;

/// The first marker to R2 comes late, its first resend is lost, and so the limit of G1 waits.
const LATE_MARKER: &str = r#"
[script]
packets = [
    { from = "L1", to = "R2", class = "marker", number = 1, delay = "80ms" },
    { from = "L1", to = "R2", class = "resend", number = 1, lost = true },
]
"#;

fn fault(keys: &str) -> String {
    format!("\n[[fault]]\n{keys}\n")
}

#[test]
fn gap_holds_limit() {
    let script = r#"
[script]
packets = [
    { from = "L1", to = "R1", class = "write-data", number = 1, lost = true },
    { from = "L1", to = "R2", class = "marker", number = 1, delay = "15ms" },
]
"#;
    meets(Probe::GapHoldsLimit, TWO, script, &[]);
}

#[test]
fn gap_filled_by_resend() {
    meets(Probe::GapFilledByResend, TWO, LOST, &[]);
}

#[test]
fn duplicate_after_destage() {
    let script = r#"
[script]
packets = [{ from = "L1", to = "R1", class = "write-data", number = 1, delay = "5ms", again = "60ms" }]
"#;
    meets(Probe::DuplicateAfterDestage, ONE, script, &[]);
}

#[test]
fn resend_of_cached_write() {
    let outage =
        fault("kind = \"wan-outage\"\nfrom = \"R1\"\nto = \"L1\"\nat = \"14ms\"\nduration = \"2ms\"");
    meets(Probe::ResendOfCachedWrite, ONE, &format!("{LATE_MARKER}{outage}"), &[]);
}

#[test]
fn crash_between_601_and_602() {
    let crash =
        fault("kind = \"crash\"\nsystem = \"L1\"\nbefore_send = true\nat = \"9ms\"\nduration = \"5ms\"");
    meets(Probe::CrashBetween601And602, ONE, &crash, &[]);
}

#[test]
fn write_issued_again() {
    let crash = fault("kind = \"crash\"\nsystem = \"L1\"\nat = \"11ms\"\nduration = \"5ms\"");
    meets(Probe::WriteIssuedAgain, ONE, &crash, &["host.H1.delay=2ms", "host.H1.retry_timeout=20ms"]);
}

#[test]
fn remote_crash_with_cached_writes() {
    let crash = fault("kind = \"crash\"\nsystem = \"R1\"\nat = \"16ms\"\nduration = \"5ms\"");
    meets(Probe::RemoteCrashWithCachedWrites, ONE, &format!("{LATE_MARKER}{crash}"), &[]);
}

#[test]
fn marker_as_contiguous_end() {
    meets(Probe::MarkerAsContiguousEnd, ONE, "", &[]);
}

#[test]
fn stored_limit_behind_a_newer() {
    let script = r#"
[script]
messages = [
    { system = "R2", message = "limit", number = 2, delay = "900us" },
    { system = "R2", message = "limit", number = 3, delay = "1ms" },
]
"#;
    meets(Probe::StoredLimitBehindANewer, ONE, script, &[]);
}

#[test]
fn limits_cross() {
    meets(Probe::LimitsCross, ONE, "", &[]);
}

#[test]
fn admission_refused() {
    // A place for each of the three streams of R1, and no more.
    meets(Probe::AdmissionRefused, TWO, LOST, &["remote_system.R1.cache=12KiB"]);
}

#[test]
fn local_cache_full() {
    meets(Probe::LocalCacheFull, TWO, "", &["local_system.L1.cache=4KiB"]);
}

#[test]
fn number_wrapped() {
    let host = r#"
[[host]]
name = "H1"
workload = { kind = "constant", rate = "3/ms", on = ["L1:1"] }
"#;
    let text = format!("{DISK}{host}");
    assert_eq!(times(Probe::NumberWrapped, &text, &["protocol.rule.width=serial-8"]), 1);
    assert_eq!(times(Probe::NumberWrapped, &text, &[]), 0);
}

#[test]
fn dependent_write_first() {
    let writes =
        r#"{ name = "w0", at = "10ms", unit = "L1:1" }, { after = "w0", unit = "L1:3", position = 8 }"#;
    meets(Probe::DependentWriteFirst, writes, LOST, &[]);
}

#[test]
fn accepted_together() {
    let writes = r#"{ at = "10ms", unit = "L1:1" }, { at = "10ms", unit = "L2:1" }"#;
    meets(Probe::AcceptedTogether, writes, "", &[]);
}

#[test]
fn loss_with_outstanding_writes() {
    meets(Probe::LossWithOutstandingWrites, ONE, &fault("kind = \"local-site-loss\"\nat = \"12ms\""), &[]);
}

#[test]
fn recovery_discards() {
    let loss = fault("kind = \"local-site-loss\"\nat = \"20ms\"");
    meets(Probe::RecoveryDiscards, TWO, &format!("{LOST}{loss}"), &[]);
}

#[test]
fn recovery_destages() {
    let loss = fault("kind = \"local-site-loss\"\nat = \"30ms\"");
    meets(Probe::RecoveryDestages, TWO, &loss, &["remote_system.R1.destage_time=20ms"]);
}

#[test]
fn write_in_parts_came_together() {
    meets(Probe::WriteInPartsCameTogether, ONE, LOST, &["wan.mtu=1500B"]);
}

#[test]
fn faults_overlap() {
    let outage = fault("kind = \"wan-outage\"\nat = \"10ms\"\nduration = \"10ms\"");
    let stop = fault("kind = \"master-stop\"\nat = \"12ms\"\nduration = \"2ms\"");
    meets(Probe::FaultsOverlap, ONE, &format!("{outage}{stop}"), &[]);
}

/// The first block is lost on its way to the MT system.
const LOST_BLOCK: &str = r#"
[script]
packets = [{ from = "J1", to = "T1", class = "write-data", number = 1, lost = true }]
"#;

#[test]
fn tape_block_late() {
    let text = format!("{TAPE}{LOST_BLOCK}");
    assert!(times(Probe::TapeBlockLate, &text, &[]) > 0);
    assert_eq!(times(Probe::TapeBlockLate, TAPE, &[]), 0);
}

#[test]
fn tape_queue_full() {
    let text = format!("{TAPE}{LOST_BLOCK}");
    assert!(times(Probe::TapeQueueFull, &text, &["protocol.rule.window=outstanding"]) > 0);
    assert_eq!(times(Probe::TapeQueueFull, &text, &[]), 0, "the repaired rule leaves room");
}

#[test]
fn tape_volume_read_back() {
    assert_eq!(times(Probe::TapeVolumeReadBack, TAPE, &[]), 1);
    assert_eq!(times(Probe::TapeVolumeReadBack, TAPE, &["tape_job.J1.kind=backup"]), 0);
}

/// Every probe has a test of its name here.
#[test]
fn every_probe_has_a_test() {
    let text = include_str!("tests.rs");
    for probe in Probe::ALL {
        let name = format!("\nfn {}()", probe.name().replace('-', "_"));
        assert!(text.contains(&name), "{}", probe.name());
    }
}
