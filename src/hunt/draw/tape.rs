//! Random worlds of tape: MT systems, and jobs that write to them and read from them.

use super::{DURATION, Kind, RulesWanted, Table, Wanted, World, bounded, network, run, trouble};
use crate::hardware::link::Link;
use crate::hardware::tape_unit::DriveSpec;
use crate::protocol::disk::ordering::epoch::EpochSettings;
use crate::protocol::tape::Numbering;
use crate::protocol::{Rules, Scheme};
use crate::scenario::Scenario;
use crate::scenario::tape::{InitiatorKind, JobKind, Tape, TapeJob, TapeSystem};
use crate::scenario::validated::{Expect, Explore, Protocol, Script};
use crate::units::{SimDuration, SimTime, TapeUnitId};

/// Bytes of a block.
const BLOCK: u32 = 1_000;

/// A world of one MT system, and of up to three jobs.
pub(super) fn world(table: &mut Table, seed: u64, rules: Rules, wanted: &Wanted) -> World {
    let system = system(table, wanted);
    let jobs = (0..table.dice.one_of(&[1, 1, 2, 3])).map(|index| job(table, index, &system)).collect();
    let tape = Tape { systems: vec![system], jobs };
    let faults = trouble::faults(table, (0, 0, 0), tape.jobs.len());
    let scenario = Scenario {
        name: "world".into(),
        title: format!("Random world {seed}"),
        run: run(table, seed),
        protocol: Protocol {
            scheme: Scheme::Group,
            rules,
            limit_period: SimDuration::ZERO,
            send_delay: SimDuration::ZERO,
            marker_interval: table.span(1),
            preset: None,
            epoch: EpochSettings::default(),
            cut: crate::protocol::disk::ordering::cut::CutSettings::default(),
            network_sync: None,
            release: crate::protocol::disk::ordering::streams::Release::Received,
            pull: None,
        },
        local_systems: vec![],
        remote_systems: vec![],
        groups: vec![],
        pairs: vec![],
        hosts: vec![],
        paths: vec![],
        tape,
        control: Link::ideal(),
        script: Script::default(),
        faults,
        explore: Explore::default(),
        expect: Expect::default(),
        largest_write: 0,
    };
    bounded(scenario, table, wanted)
}

fn system(table: &mut Table, wanted: &Wanted) -> TapeSystem {
    let sabotaged = matches!(wanted.rules, RulesWanted::Sabotaged(_));
    let numberings =
        [Numbering::SequenceNumber, Numbering::SequenceNumber, Numbering::BlockId, Numbering::None];
    let numberings = if sabotaged || table.dice.percent(90) { &numberings[..3] } else { &numberings[3..] };
    // Some units of time for a block; a drive that is fed more slowly than a quarter of that stops.
    let block_units = 1 + table.dice.below(4);
    let native_rate = u64::from(BLOCK) * 1_000_000_000 / (block_units * table.scale);
    let some = |table: &mut Table, most: u64| {
        let units = if table.dice.percent(50) { 0 } else { table.dice.below(most) };
        table.span(units)
    };
    TapeSystem {
        name: "T1".into(),
        units: 1 + table.dice.below(2) as u32,
        numbering: table.dice.one_of(numberings),
        queue: table.dice.one_of(&[2, 3, 4, 8, 16]),
        group: table.dice.one_of(&[1, 2, 4, 8]),
        drive: DriveSpec {
            native_rate,
            lowest_rate: native_rate / 4,
            block: BLOCK,
            load: some(table, 50),
            locate: some(table, 20),
            back_hitch: some(table, 10),
            capacity: 1 << 30,
        },
    }
}

fn job(table: &mut Table, index: usize, system: &TapeSystem) -> TapeJob {
    let kind = table.dice.one_of(&[JobKind::Backup, JobKind::Circle, JobKind::Restore]);
    let blocks = 2 + table.dice.below(24);
    let m = 1 + table.dice.below(system.queue);
    let (forward, reverse) = (network::link(table), network::link(table));
    let start = table.dice.below(DURATION / 2);
    let crash =
        (kind != JobKind::Restore && table.trouble(Kind::CrashLocal)).then(|| 1 + table.dice.below(blocks));
    TapeJob {
        name: format!("J{}", index + 1),
        kind,
        initiator: table.dice.one_of(&InitiatorKind::ALL),
        system: 0,
        unit: TapeUnitId(table.dice.below(u64::from(system.units)) as u32),
        blocks,
        read: if kind == JobKind::Restore { 1 + table.dice.below(blocks) } else { blocks },
        m,
        memory: m + table.dice.below(8),
        volume_rate: table.dice.percent(30).then_some(system.drive.native_rate / 2),
        start: if table.dice.percent(50) { SimTime::ZERO } else { table.at(start) },
        transport: network::of_tape(table, &forward),
        crash_after: crash,
        forward,
        reverse,
    }
}
