//! The rivals (`docs/rivals.md`): what their sources say of them, or what follows from how they work.

use std::path::Path;

use rcsim::metrics::Options;
use rcsim::protocol::Scheme;
use rcsim::report::RunResult;
use rcsim::scenario::parse;
use rcsim::world::simulate;

use crate::builder::{World, constant_ms};

/// Epochs over one in-order line cost nothing: whatever arrives may be applied, since all before it has arrived, and no
/// period and no marker is waited for. Each lag is the delay of the line, less the nanosecond of the completion.
#[test]
fn an_epoch_over_one_in_order_line_has_the_lag_of_that_line() {
    let world = World::new(Scheme::Epoch).pairs(3).poisson(300.0).delay(constant_ms(7.0));
    let world = world.limit_period(crate::builder::ms(50.0)).seconds(5.0);
    let judgement = world.run(1).judgement;
    assert!(judgement.verdict.holds(), "{:?}", judgement.verdict.violations);
    let lag = judgement.summary.received_lag;
    assert!(lag.count > 4_000);
    let line_s = 0.007 - 1e-9;
    assert!((lag.max_s - line_s).abs() < 1e-12 && (lag.mean_s - line_s).abs() < 1e-9, "{lag:?}");
}

/// An array that is written to for 20 s, a thousand times a second and to 1,024 blocks of 4 KiB, with a cut every 500 ms,
/// over a line of 100 ms.
fn cuts() -> RunResult {
    let text = r#"
        [run]
        duration = "20s"
        warm_up = "2s"
        [protocol]
        scheme = "cut"
        limit_period = "0s"
        cut = { period = "500ms" }
        [[local_system]]
        name = "L1"
        units = 1
        unit_size = "4MiB"
        [[remote_system]]
        name = "R1"
        units = 1
        [[group]]
        name = "G"
        pairs = ["L1:1 -> R1:1"]
        [[host]]
        name = "H"
        [host.workload]
        kind = "poisson"
        rate = "1000/s"
        size = "4KiB"
        on = ["L1"]
        [wan]
        delay = "100ms"
        "#;
    let scenario = parse("cuts", text, Path::new("."), &[]).unwrap_or_else(|error| panic!("{error}"));
    let outcome = simulate(&scenario, Options::default(), &mut |_| {}).unwrap();
    RunResult::new(&scenario, &outcome)
}

/// With a cycle of T and a transfer of X <= T, the age of the image reaches T + X just before the next commitment, and is
/// T/2 + X in the mean; so change volumes never exceed twice the cycle (Storwize V5000 Gen2 Redbook, p. 574: RPO).
#[test]
fn the_age_of_an_image_is_that_of_its_cycle_and_its_transfer() {
    let (cycle_s, transfer_s) = (0.5, 0.1);
    let rpo = cuts().rpo;
    // Writes come every millisecond in the mean: the oldest that is missing is about as much younger than the cut.
    assert!((rpo.mean_s - (cycle_s / 2.0 + transfer_s)).abs() < 0.005, "{rpo:?}");
    assert!((rpo.max_s - (cycle_s + transfer_s)).abs() < 0.005, "{rpo:?}");
    assert!(rpo.max_s <= 2.0 * cycle_s);
}

/// Distinct blocks in a cycle of n uniform writes over B: B(1 - (1 - 1/B)^n); these are sent, and the rest is saved.
#[test]
fn what_is_sent_of_a_cycle_is_its_distinct_blocks() {
    let (blocks, writes) = (1024.0, 500.0);
    let wan = cuts().wan;
    // Poisson many writes: the mean of (1 - 1/B)^n is exp(-n/B). One barrier closes each set.
    let distinct = blocks * (1.0 - libm::exp(-writes / blocks));
    let sent = (wan.offered - wan.markers) as f64 / wan.markers as f64;
    assert!((sent - distinct).abs() / distinct < 0.02, "{sent}, {distinct}");
    assert!(sent < 0.8 * writes, "a fifth of the bytes is saved");
}

/// To serialise costs hosts at most its bound: here 5 ms to tell two arrays, of which the first waits that long.
#[test]
fn to_serialise_costs_at_most_its_bound() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/rivals/global-mirror.toml");
    let scenario = rcsim::scenario::load(&path, &[]).unwrap_or_else(|error| panic!("{error}"));
    let outcome = simulate(&scenario, Options::default(), &mut |_| {}).unwrap();
    let response = RunResult::new(&scenario, &outcome).response_time;
    // A write is accepted in the nanosecond after the cut, or in one after that, where others wait too.
    assert!(response.max_s > 0.004 && response.max_s <= 0.005 + 1e-6, "{response:?}");
}
