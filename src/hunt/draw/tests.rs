//! Worlds are what they claim to be: the same from the same seed, writable, and of every kind.

use std::collections::BTreeSet;
use std::path::Path;

use super::*;
use crate::scenario::{parse, write};

const MIXED: Wanted = Wanted { scheme: None, rules: RulesWanted::Mixed, tiny: false };

/// What is printed of a world is all of it: the file gives the very same scenario.
#[test]
fn every_world_is_a_scenario_file() {
    for wanted in [MIXED, Wanted { rules: RulesWanted::Any, ..MIXED }, Wanted { tiny: true, ..MIXED }] {
        for seed in 0..400 {
            let scenario = world(seed, &wanted).scenario;
            let text = write(&scenario).unwrap();
            let read = parse("world", &text, Path::new(""), &[]);
            let mut read = read.unwrap_or_else(|error| panic!("seed {seed}: {error}\n{text}"));
            // Where a file says a window is no part of the world.
            read.paths.iter_mut().for_each(|path| path.has_own_window = false);
            let [read, expected] = [read, scenario].map(|scenario| format!("{scenario:#?}"));
            let differs = read.lines().zip(expected.lines()).find(|(read, expected)| read != expected);
            assert_eq!(differs, None, "seed {seed}\n{text}");
            assert_eq!(read, expected, "seed {seed}");
        }
    }
}

/// Every scheme and every kind of trouble is met, alone and with others; and none is in every world.
#[test]
fn the_swarm_has_every_kind() {
    let worlds: Vec<World> = (0..500).map(|seed| world(seed, &MIXED)).collect();
    for &kind in Kind::ALL {
        let with = worlds.iter().filter(|world| world.troubles.has(kind)).count();
        assert!(with > 0 && with < worlds.len(), "{}: {with}", kind.name());
    }
    let names =
        |of: &dyn Fn(&World) -> Vec<&'static str>| worlds.iter().flat_map(of).collect::<BTreeSet<_>>();
    let faults = names(&|world| world.scenario.faults.iter().map(|fault| fault.kind.name()).collect());
    assert_eq!(faults.len(), 7, "{faults:?}");
    let schemes = names(&|world| vec![world.scenario.protocol.scheme.name()]);
    assert_eq!(schemes.len(), Scheme::ALL.len(), "{schemes:?}");
    assert!(worlds.iter().any(|world| world.scenario.pairs.is_empty()));
    assert_eq!(world(7, &MIXED), world(7, &MIXED));
    assert_ne!(world(7, &MIXED).scenario, world(8, &MIXED).scenario);
}

/// All faults are over when hosts stop: what is left undone later is nobody else's fault.
#[test]
fn faults_are_over_when_hosts_stop() {
    for seed in 0..300 {
        let scenario = world(seed, &MIXED).scenario;
        let stop = SimTime::ZERO + scenario.run.duration;
        assert_eq!(scenario.run.heal, Some(stop));
        for fault in &scenario.faults {
            assert!(fault.at + fault.kind.length().unwrap_or_default() <= stop, "seed {seed}: {fault:?}");
        }
    }
}
