//! Regressions shrink to what a person would write; the same bytes each time.

use std::path::Path;

use super::*;
use crate::scenario::load;

fn shipped(name: &str) -> Scenario {
    load(&Path::new(env!("CARGO_MANIFEST_DIR")).join(name), &[]).unwrap_or_else(|error| panic!("{error}"))
}

/// Check, writes, pairs, systems, faults, and lost packets of the smallest scenario.
fn sizes(shrunk: &Shrunk) -> (&'static str, u64, u64, u64, u64, u64) {
    let Size { writes, pairs, systems, faults, lost, .. } = shrunk.to;
    (shrunk.check.name(), writes, pairs, systems, faults, lost)
}

/// Where markers come at so short an interval that a run of some seconds has hundreds of thousands of them, what stands still
/// shrinks to what stands still, not to a run that is cut off.
#[test]
fn a_run_of_many_intervals_is_waited_for() {
    let set = ["wan.delay=1ms", "protocol.retransmit_timeout=5ms", "protocol.marker_interval=25us"];
    let set = [&set[..], &["protocol.limit_period=1ms", "run.duration=50ms", "run.drain_limit=1s"]].concat();
    let set: Vec<_> = set.into_iter().map(String::from).collect();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/regressions/resend.toml");
    let scenario = load(&path, &set).unwrap_or_else(|error| panic!("{error}"));
    let shrunk = shrink(&scenario, Some(Check::Complete)).unwrap();
    assert_eq!(shrunk.scenario.protocol.rules.departures().len(), 1, "{}", shrunk.text);
    assert!(shrunk.scenario.run.drain_limit.as_ns() > 0, "{}", shrunk.text);
}

/// A demo with thousands of writes over a bad network ends as two writes that overtake each other.
#[test]
fn the_negative_control_shrinks_to_two_writes() {
    let mut scenario = shipped("scenarios/demos/none.toml");
    scenario.run.duration = crate::units::SimDuration::from_ms(200);
    scenario.run.warm_up = crate::units::SimDuration::ZERO;
    let shrunk = shrink(&scenario, None).unwrap();
    assert!(shrunk.from.writes > 50, "{:?}", shrunk.from);
    assert_eq!(sizes(&shrunk), ("recoverable-prefix", 2, 1, 2, 0, 0), "{}", shrunk.text);
    assert_eq!(shrink(&scenario, None).unwrap(), shrunk, "the same bytes");
    // It replays without luck: with any seed.
    for seed in 1..5 {
        let mut again = parse("again", &shrunk.text, Path::new(""), &[]).unwrap();
        again.run.seed = seed;
        assert!(shrunk.text.contains("[script]"), "{}", shrunk.text);
        let judged = judge_only(&again, ()).unwrap();
        assert!(broken(&judged, Check::RecoverablePrefix).is_some());
    }
}

/// Fewer writes than a person wrote down, in some: a single write whose completion is lost is destaged twice.
#[test]
fn regressions_shrink() {
    let names = ["run", "idle-stream-exclude", "duplicate", "resend", "tape-medium"];
    let found = names.map(|name| {
        let scenario = shipped(&format!("scenarios/regressions/{name}.toml"));
        let shrunk = shrink(&scenario, None).unwrap();
        let read = parse("small", &shrunk.text, Path::new(""), &[]).unwrap();
        let judged = judge_only(&read, ()).unwrap();
        assert!(broken(&judged, shrunk.check).is_some(), "{name}");
        // A run that is cut off would break `complete` without any rule.
        assert_eq!(read.protocol.rules.departures().len(), 1, "{name}: {}", shrunk.text);
        sizes(&shrunk)
    });
    assert_eq!(
        found,
        [
            ("recoverable-prefix", 2, 1, 2, 0, 1),
            ("recoverable-prefix", 2, 2, 2, 0, 1),
            ("pair-order", 1, 1, 2, 0, 1),
            ("complete", 1, 1, 2, 0, 1),
            ("tape-order", 2, 0, 1, 0, 1),
        ]
    );
}

/// The literal rules all at once: one departure is enough, and only that one is left.
#[test]
fn only_the_rules_that_it_takes_are_left() {
    let shrunk = shrink(&shipped("scenarios/regressions/literal.toml"), None).unwrap();
    assert_eq!(shrunk.scenario.protocol.rules.departures().len(), 1, "{}", shrunk.text);
}

#[test]
fn what_holds_is_not_shrunk() {
    let scenario = shipped("scenarios/figures/fig-4.toml");
    assert!(matches!(shrink(&scenario, None), Err(ShrinkError::Holds)));
    let broken = shipped("scenarios/regressions/run.toml");
    assert!(matches!(
        shrink(&broken, Some(Check::LocalOrder)),
        Err(ShrinkError::NotBroken(Check::LocalOrder))
    ));
}

/// Where the writes could not be written down the hosts go on drawing them. A pair that nothing is written to is tried
/// without, and a group that it was alone in with it.
#[test]
fn pairs_are_left_out_beside_hosts_that_draw() {
    let text = r#"
        run.duration = "4us"
        protocol.scheme = "none"
        local_system = [{ name = "L1", units = 3 }]
        remote_system = [{ name = "R1", units = 3, destage_time = "100us" }]
        group = [
            { name = "G1", pairs = ["L1:1 -> R1:1"] },
            { name = "G2", pairs = ["L1:2 -> R1:2", "L1:3 -> R1:3"] },
        ]
        [[host]]
        name = "H1"
        workload = { kind = "scripted", writes = [
            { name = "a", at = "1us", unit = "L1:2" },
            { name = "b", after = "a", at = "1us", unit = "L1:3" },
        ] }
        [[host]]
        name = "H2"
        workload = { kind = "transaction", log = "L1:2", data_writes = 2, sessions = 2, think_time = "100ns", on = ["L1:3"] }
        [wan]
        delay = { distribution = "exponential", mean = "20us", minimum = "1us" }
    "#;
    let scenario = parse("draws", text, Path::new(""), &[]).unwrap();
    let way = Way::of(&judge_only(&scenario, ()).unwrap(), None).unwrap();
    let mut search =
        Search { way, best: scenario, facts: 1_000_000, left: MOST_FACTS, runs: 0, patient: None };
    remove::pass(&mut search);
    assert!(broken(&judge_only(&search.best, ()).unwrap(), search.way.check()).is_some());
}

/// Two local and two remote systems where one of each does. The packet that is late goes on being late on the line to which
/// its pair moves.
#[test]
fn systems_are_one_where_one_is_enough() {
    let text = r#"
        run.duration = "1ms"
        protocol.scheme = "adaptive-copy"
        local_system = [{ name = "L1", units = 1 }, { name = "L2", units = 1 }]
        remote_system = [{ name = "R1", units = 1 }, { name = "R2", units = 1 }]
        group = [{ name = "G1", pairs = ["L1:1 -> R2:1", "L2:1 -> R1:1"] }]
        script.packets = [{ from = "L1", to = "R2", class = "write-data", number = 1, delay = "50us" }]
        [[host]]
        name = "H1"
        workload = { kind = "scripted", writes = [
            { name = "a", at = "0s", unit = "L1:1" },
            { name = "b", at = "30us", unit = "L2:1" },
        ] }
        [wan]
        delay = "0s"
    "#;
    let shrunk = shrink(&parse("two", text, Path::new(""), &[]).unwrap(), None).unwrap();
    assert_eq!(sizes(&shrunk), ("recoverable-prefix", 2, 2, 2, 0, 0), "{}", shrunk.text);
    assert_eq!((shrunk.alike, shrunk.other_seeds), (8, 8));
}

/// Of two packets that arrive at once the seed says which is first: no file says that.
#[test]
fn what_the_seed_decides_is_told() {
    let text = r#"
        run = { seed = 3, duration = "1us", ties = "seeded" }
        protocol.scheme = "none"
        local_system = [{ name = "L1", units = 2 }]
        remote_system = [{ name = "R1", units = 1 }, { name = "R2", units = 1 }]
        group = [{ name = "G1", pairs = ["L1:1 -> R1:1", "L1:2 -> R2:1"] }]
        [[host]]
        name = "H1"
        workload = { kind = "scripted", writes = [
            { name = "a", at = "0s", unit = "L1:1" },
            { name = "b", at = "0s", unit = "L1:2" },
        ] }
        [wan]
        delay = "10ns"
        [[path]]
        from = "L1"
        to = "R1"
        delay = "11ns"
    "#;
    let best = parse("ties", text, Path::new(""), &[]).unwrap();
    let way = Way::of(&judge_only(&best, ()).unwrap(), None).unwrap();
    let search = Search { way, best, facts: 100, left: MOST_FACTS, runs: 0, patient: None };
    assert!((1..8).contains(&search.alike()), "{}", search.alike());
}

/// A pair is left out also where a write of its unit has to stay: it is written locally then.
#[test]
fn a_write_may_stay_without_its_pair() {
    let text = r#"
        run.duration = "1us"
        protocol.scheme = "none"
        local_system = [{ name = "L1", units = 3 }]
        remote_system = [{ name = "R1", units = 2 }]
        group = [{ name = "G1", pairs = ["L1:1 -> R1:1", "L1:2 -> R1:2"] }]
        [[host]]
        name = "H1"
        workload = { kind = "scripted", writes = [
            { name = "a", at = "5ns", unit = "L1:2" },
            { name = "b", at = "1ns", unit = "L1:1" },
            { name = "c", after = "b", at = "9ns", unit = "L1:1" },
        ] }
        [wan]
        delay = "10ns"
        [script]
        packets = [{ from = "L1", to = "R1", class = "write-data", number = 1, lost = true }]
    "#;
    let scenario = parse("local", text, Path::new(""), &[]).unwrap();
    let way = Way::of(&judge_only(&scenario, ()).unwrap(), None).unwrap();
    let mut search = Search { way, best: scenario, facts: 1_000, left: MOST_FACTS, runs: 0, patient: None };
    remove::pairs(&mut search);
    assert_eq!(search.best.pairs.len(), 1, "{}", write(&search.best).unwrap());
}
