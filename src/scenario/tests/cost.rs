//! Costs, told before they are spent.

use super::{edited, good, shipped};
use crate::scenario::cost::{Cost, cost};
use crate::scenario::load;

const GIB: f64 = (1_u64 << 30) as f64;

fn cost_of(edits: &[(&str, &str)], set: &[&str]) -> Cost {
    cost(&good(&edited(edits), set))
}

fn scenarios(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| if path.is_dir() { scenarios(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect()
}

#[test]
fn no_shipped_scenario_is_costly() {
    let all = scenarios(&shipped());
    assert!(all.len() > 60);
    for path in all {
        let found = cost(&load(&path, &[]).unwrap());
        assert!(found.events < 1e8 && found.bytes < 0.2 * GIB, "{}: {found:?}", path.display());
    }
}

/// The design's example: 7 pairs, 200 writes a second each, 10 s.
#[test]
fn events_are_foreseen_within_a_factor_of_a_few() {
    let found = cost_of(&[], &[]);
    assert!((7.0 * 2_000.0 * 6.0..1e6).contains(&found.events), "{found:?}");
    assert!(found.bytes < 1e7, "{found:?}");
}

#[test]
fn what_is_out_of_proportion_is_seen_and_named() {
    let fault = |text: &str| format!("[[fault]]\n{text}\n[explore]");
    let outage = fault("kind = \"wan-outage\"\nat = \"1s\"\nduration = \"2h\"");
    let rate = ("rate = \"200/s\"\n", "");
    let closed = ("kind = \"poisson\"", "kind = \"closed-loop\"\nqueue_depth = 60000");
    let transaction = (
        "kind = \"poisson\"",
        "kind = \"transaction\"\nlog = \"L1:1\"\ndata_writes = 60000\nsessions = 60000",
    );
    for (edits, set, most_events, most_bytes, what) in [
        (
            &[("[explore]", outage.as_str())] as &[(&str, &str)],
            &["run.duration=3h", "host.H1.workload.rate=2000/s"] as &[&str],
            0.0,
            2.0 * GIB,
            "behind an outage of 7200s",
        ),
        (&[closed, rate], &["local_system.L1.cache=unlimited"], 1e10, 0.0, "writes of host H1"),
        (
            &[transaction, rate, ("on = [\"L1\"]", "on = [\"L1:2\"]")],
            &[],
            0.0,
            2.0 * GIB,
            "outstanding writes of host H1",
        ),
        (
            &[],
            &[
                "host.H1.workload.size=1GiB",
                "wan.mtu=64B",
                "local_system.L1.cache=unlimited",
                "remote_system.R1.cache=unlimited",
            ],
            0.0,
            2.0 * GIB,
            "packets",
        ),
        (&[], &["host.H1.workload.rate=1/ns"], 1e10, 0.0, "writes of host H1"),
        (&[], &["run.duration=1000000h"], 1e10, 0.0, "writes of host H1"),
        (&[], &["protocol.limit_period=1ns", "run.duration=1h"], 1e10, 0.0, "limit_period"),
        (&[], &["protocol.marker_interval=1ns", "run.duration=1h"], 1e10, 0.0, "marker_interval"),
        (&[], &["protocol.marker_interval=1ns"], 0.0, 2.0 * GIB, "markers travel at a time"),
        (&[], &["wan.bandwidth=1kbit/s", "run.duration=10000s"], 0.0, 2.0 * GIB, "before a line of 1kbit/s"),
        (
            &[],
            &["remote_system.R1.destage_time=1h", "run.duration=10000s"],
            0.0,
            2.0 * GIB,
            "before units that take 3600s a write",
        ),
    ] {
        let found = cost_of(edits, set);
        assert!(found.events >= most_events && found.bytes >= most_bytes, "{set:?}: {found:?}");
        let told = if most_bytes > 0.0 { &found.most_bytes } else { &found.most_events };
        assert!(told.contains(what), "{set:?}: {found:?}");
    }
}
