//! Timed worlds in the scope of a scenario that is explored: its systems, pairs, writes and rules stay; when things happen,
//! and what the network does, is drawn. `explore` knows order and no time, so that a run which breaks as its counterexample
//! does has to be looked for.

use super::{Table, Troubles, network, turn};
use crate::engine::dice::Dice;
use crate::hardware::link::{Link, Loss};
use crate::hardware::workload::{Arrivals, ScriptedWrite};
use crate::protocol::transport::{ResendUnit, Transport};
use crate::scenario::Scenario;
use crate::scenario::validated::{ControlUnit, Expect, Fault, FaultKind};
use crate::units::{LocalId, RemoteId, SimDuration};

/// A unit of time, in nanoseconds: friendly to read.
const MILLISECOND: u64 = 1_000_000;
/// Everything begins, and faults are over, in so many units.
const DURATION: u64 = 150;
/// A run drains for so many turns.
const TURNS: u64 = 50;

/// The world of this seed in the scope of `scenario`: its writes, and no loss, duplicate or crash where `[explore]` has none.
/// (How many of them happen is luck.)
pub fn of_scope(scenario: &Scenario, seed: u64) -> Scenario {
    let mut dice = Dice::new("hunt/scope", seed);
    let troubles = Troubles::draw(&mut dice, true);
    let mut table = Table { dice, scale: MILLISECOND, troubles, tiny: true };
    let explore = scenario.explore;
    let mut world = scenario.clone();
    world.expect = Expect::default();
    world.run.seed = seed;
    world.run.duration = table.span(DURATION);
    world.run.warm_up = SimDuration::ZERO;
    world.run.seeded_ties = true;
    world.run.heal = Some(table.at(DURATION));
    let units = 20 + table.dice.below(40);
    let transport = Transport { unit: ResendUnit::Write, ..Transport::fixed(table.span(units)) };
    let link = |table: &mut Table, losses: u32| {
        let mut link = Link { mtu: None, header: 0, ..network::link(table) };
        if losses == 0 {
            link.loss = Loss::Bernoulli(0.0);
        }
        if explore.duplicates == 0 {
            link.duplicate = 0.0;
        }
        link
    };
    for path in &mut world.paths {
        (path.forward, path.reverse, path.transport) =
            (link(&mut table, explore.losses), link(&mut table, explore.losses), transport);
    }
    for job in &mut world.tape.jobs {
        (job.forward, job.reverse, job.transport) =
            (link(&mut table, explore.losses), link(&mut table, explore.losses), transport);
    }
    world.control = link(&mut table, explore.control_losses);
    world.protocol.limit_period = if table.dice.percent(50) { SimDuration::ZERO } else { table.span(7) };
    let marker = 5 + table.dice.below(60);
    world.protocol.marker_interval = table.span(marker);
    for system in &mut world.local_systems {
        system.destage_time = table.few();
    }
    for system in &mut world.remote_systems {
        system.destage_time = table.few();
    }
    for host in &mut world.hosts {
        if let Arrivals::Scripted { writes } = &mut host.workload.arrivals {
            // One that waits for another comes soon after it.
            let most = |write: &ScriptedWrite| if write.after.is_some() { 10 } else { DURATION - 50 };
            let at = |table: &mut Table, write: &ScriptedWrite| {
                let units = table.dice.below(most(write));
                ScriptedWrite { at: table.at(units), ..write.clone() }
            };
            *writes = writes.iter().map(|write| at(&mut table, write)).collect();
        }
    }
    let crashes = if explore.crashes > 0 { 1 + table.dice.below(u64::from(explore.crashes)) } else { 0 };
    world.faults = (0..crashes).map(|_| crash(&mut table, scenario)).collect();
    world.faults.sort_by_key(|fault| fault.at);
    world.run.drain_limit = SimDuration::from_ns(turn(&world).as_ns().saturating_mul(TURNS));
    world
}

/// A control unit crashes while hosts write.
fn crash(table: &mut Table, scenario: &Scenario) -> Fault {
    let at = table.dice.below(DURATION - 40);
    let length = 1 + table.dice.below(30);
    let length = table.span(length);
    let remotes = scenario.remote_systems.len();
    let is_remote = remotes > 0 && table.dice.percent(50);
    let system = if is_remote {
        ControlUnit::Remote(RemoteId::from(table.dice.index(remotes)))
    } else {
        ControlUnit::Local(LocalId::from(table.dice.index(scenario.local_systems.len().max(1))))
    };
    let before_send = !is_remote && table.dice.percent(50);
    Fault { at: table.at(at), kind: FaultKind::Crash { system, length, before_send } }
}
