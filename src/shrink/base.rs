//! Writes down all that a run drew: every write of its hosts, and the fate of every packet that did not travel as most
//! did.

use std::collections::BTreeMap;

use super::Size;
use crate::hardware::distribution::{Distribution, Shape};
use crate::hardware::link::{Link, ScriptedFate};
use crate::hardware::workload::{Addresses, Arrivals, LocalUnit, ScriptedWrite, Sizes, Workload};
use crate::protocol::transport::Transport;
use crate::scenario::Scenario;
use crate::scenario::validated::Script;
use crate::trace::{Observer, Record};
use crate::units::{HostId, SimDuration, SimTime};

/// What hosts issued in a run.
#[derive(Debug)]
pub struct Recording {
    /// By host: what it issued of its own accord, in order.
    writes: Vec<Vec<ScriptedWrite>>,
    /// Writes that hosts will issue again, since they gave them up in this instant.
    again: BTreeMap<(LocalUnit, u64, u32), u32>,
    issued: BTreeMap<u64, (LocalUnit, u64, u32)>,
    now: SimTime,
    /// Facts of the run.
    pub facts: u64,
}

impl Recording {
    /// Nothing yet.
    pub fn new(scenario: &Scenario) -> Self {
        Self {
            writes: vec![Vec::new(); scenario.hosts.len()],
            again: BTreeMap::new(),
            issued: BTreeMap::new(),
            now: SimTime::ZERO,
            facts: 0,
        }
    }

    fn count(&self) -> u64 {
        self.writes.iter().map(|writes| writes.len() as u64).sum()
    }
}

impl Observer for Recording {
    fn observe(&mut self, now: SimTime, record: &Record) {
        self.facts += 1;
        if now != self.now {
            self.now = now;
            self.again.clear();
        }
        match *record {
            Record::Issued { write, host, local, unit, position, size, .. } => {
                let unit = LocalUnit { system: local, unit };
                self.issued.insert(write.serial, (unit, position, size));
                if let Some(times) = self.again.get_mut(&(unit, position, size))
                    && *times > 0
                {
                    *times -= 1;
                    return; // The host does so by itself.
                }
                let HostId(host) = host;
                let write = ScriptedWrite { at: now, after: None, unit, position, size };
                self.writes[host as usize].push(write);
            }
            Record::Abandoned { write } => {
                if let Some(&what) = self.issued.get(&write.serial) {
                    *self.again.entry(what).or_default() += 1;
                }
            }
            _ => {}
        }
    }
}

/// How large a scenario is, of which this was recorded.
pub fn size(scenario: &Scenario, recording: &Recording, script: &Script) -> Size {
    let lost = |fate: &ScriptedFate| *fate == ScriptedFate::Lost;
    let fates = script.packets.iter().map(|packet| &packet.fate);
    let fates = fates.chain(script.messages.iter().map(|message| &message.fate));
    let blocks: u64 = scenario.tape.jobs.iter().map(|job| job.blocks).sum();
    let systems = scenario.local_systems.len() + scenario.remote_systems.len() + scenario.tape.systems.len();
    Size {
        writes: recording.count() + blocks,
        pairs: scenario.pairs.len() as u64,
        systems: systems as u64,
        groups: scenario.groups.len() as u64,
        faults: scenario.faults.len() as u64,
        lost: fates.filter(|fate| lost(fate)).count() as u64,
        scripted: (scenario.script.packets.len() + scenario.script.messages.len()) as u64,
    }
}

/// The largest write of any host, in bytes.
pub fn largest_write(scenario: &Scenario) -> u32 {
    let largest = |host: &crate::scenario::validated::Host| match &host.workload.arrivals {
        Arrivals::Scripted { writes } => writes.iter().map(|write| write.size).max().unwrap_or(0),
        _ => host.workload.sizes.largest(),
    };
    scenario.hosts.iter().map(largest).max().unwrap_or(0)
}

/// A workload of these writes.
pub fn scripted(writes: Vec<ScriptedWrite>) -> Workload {
    let largest = writes.iter().map(|write| write.size).max().unwrap_or(0);
    Workload {
        arrivals: Arrivals::Scripted { writes: writes.into() },
        units: Vec::new(),
        addresses: Addresses::Uniform,
        sizes: Sizes::Constant(largest),
    }
}

/// The delay that most have; of several, the shortest.
fn usual(delays: impl Iterator<Item = SimDuration>) -> SimDuration {
    let mut counts: BTreeMap<SimDuration, u64> = BTreeMap::new();
    for delay in delays {
        *counts.entry(delay).or_default() += 1;
    }
    let most = counts.iter().max_by_key(|&(delay, count)| (*count, std::cmp::Reverse(*delay)));
    most.map_or(SimDuration::ZERO, |(delay, _)| *delay)
}

const fn delay_of(fate: &ScriptedFate) -> Option<SimDuration> {
    match *fate {
        ScriptedFate::Arrives { delay, .. } => Some(delay),
        ScriptedFate::Lost => None,
    }
}

/// A line of a constant delay, cut to packets as it was.
fn steady(link: &Link, delay: SimDuration) -> Link {
    Link { delay: Distribution::constant(delay), mtu: link.mtu, header: link.header, ..Link::ideal() }
}

/// Always the mean.
fn constant(distribution: &Distribution) -> Distribution {
    Distribution::constant(distribution.mean)
}

/// The scenario with all of it written down; first with constant service times, which a file may hold, then with those
/// that it has.
pub fn written_down(scenario: &Scenario, recording: &Recording, script: &Script) -> Vec<Scenario> {
    let mut written = scenario.clone();
    for (host, writes) in written.hosts.iter_mut().zip(&recording.writes) {
        // What was written down already keeps its dependences.
        if !matches!(host.workload.arrivals, Arrivals::Scripted { .. }) {
            host.workload = scripted(writes.clone());
        }
    }
    written.hosts.retain(|host| match &host.workload.arrivals {
        Arrivals::Scripted { writes } => !writes.is_empty(),
        _ => true,
    });
    if written.hosts.len() != scenario.hosts.len() {
        // A host that wrote nothing is named by its faults.
        let kept: Vec<_> = written.hosts.iter().map(|host| host.name.clone()).collect();
        super::compact::forget_hosts(&mut written, scenario, &kept);
    }
    let delays = script.packets.iter().filter_map(|packet| delay_of(&packet.fate));
    let delay = usual(delays);
    for path in &mut written.paths {
        path.forward = steady(&path.forward, delay);
        path.reverse = steady(&path.reverse, delay);
        path.transport.segment = path.forward.mtu.unwrap_or(Transport::SEGMENT);
    }
    for job in &mut written.tape.jobs {
        job.forward = steady(&job.forward, delay);
        job.reverse = steady(&job.reverse, delay);
        job.transport.segment = job.forward.mtu.unwrap_or(Transport::SEGMENT);
    }
    let control_delay = usual(script.messages.iter().filter_map(|message| delay_of(&message.fate)));
    written.control = steady(&Link { mtu: None, ..scenario.control.clone() }, control_delay);
    written.script = script.clone();
    let as_usual = |delay| ScriptedFate::Arrives { delay, again: None };
    written.script.packets.retain(|packet| packet.fate != as_usual(delay));
    written.script.messages.retain(|message| message.fate != as_usual(control_delay));
    // Outages and brown-outs stand in the fates of their packets.
    written.run.warm_up = SimDuration::ZERO;
    let varied = written.clone();
    let mut plain = written;
    for system in &mut plain.local_systems {
        system.destage_time = constant(&system.destage_time);
    }
    for system in &mut plain.remote_systems {
        system.destage_time = constant(&system.destage_time);
    }
    for host in &mut plain.hosts {
        host.delay = constant(&host.delay);
    }
    let is_constant = |distribution: &Distribution| distribution.shape == Shape::Constant;
    let units = varied.local_systems.iter().map(|system| &system.destage_time);
    let units = units.chain(varied.remote_systems.iter().map(|system| &system.destage_time));
    if units.chain(varied.hosts.iter().map(|host| &host.delay)).all(is_constant) {
        return vec![plain];
    }
    vec![plain, varied]
}
