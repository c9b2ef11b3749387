//! Which write each packet of a run carries: when a write is taken away, the fates of its packets go with it, and those
//! of later packets keep theirs under a lower number.

use std::collections::{BTreeMap, BTreeSet};

use super::compact::writes_of;
use crate::hardware::workload::LocalUnit;
use crate::scenario::Scenario;
use crate::trace::{Observer, PacketClass, Record};
use crate::units::{Direction, PathId, SimTime};
use crate::world::observe_only;

/// The packets of one class in one direction of one path.
type Lane = (PathId, Direction, PacketClass);

/// By packet, the write that it carries or completes: its host, and its place in the script of that.
#[derive(Debug, Default)]
pub struct Carried {
    packets: BTreeMap<(Lane, u64), (usize, usize)>,
}

impl Carried {
    /// In the run of a scenario whose workloads are all scripts.
    pub fn of(scenario: &Scenario) -> Self {
        let mut watch = Watch {
            scenario,
            open: scenario.hosts.iter().map(|host| (0..writes_of(&host.workload).len()).collect()).collect(),
            place: BTreeMap::new(),
            counts: BTreeMap::new(),
            carried: Self::default(),
        };
        // A run that cannot be watched carries nothing that is known.
        let _ = observe_only(scenario, &mut watch);
        watch.carried
    }

    /// Takes the fates of the packets that carried writes which are `gone` out of the script, and numbers the rest anew.
    pub fn without(&self, scenario: &mut Scenario, gone: impl Fn(usize, usize) -> bool) {
        let mut removed: BTreeMap<Lane, Vec<u64>> = BTreeMap::new();
        for (&(lane, number), &(host, index)) in &self.packets {
            if gone(host, index) {
                removed.entry(lane).or_default().push(number);
            }
        }
        scenario.script.packets.retain_mut(|packet| {
            let Some(numbers) = removed.get(&(packet.path, packet.direction, packet.class)) else {
                return true;
            };
            match numbers.binary_search(&packet.number) {
                Ok(_) => false,
                Err(before) => {
                    packet.number -= before as u64;
                    true
                }
            }
        });
    }
}

struct Watch<'a> {
    scenario: &'a Scenario,
    /// By host: writes of the script that were not issued yet.
    open: Vec<BTreeSet<usize>>,
    place: BTreeMap<u64, (usize, usize)>,
    counts: BTreeMap<Lane, u64>,
    carried: Carried,
}

impl Watch<'_> {
    /// The write of the script that a host issues now.
    fn issued(&mut self, now: SimTime, host: usize, what: (LocalUnit, u64, u32)) -> Option<usize> {
        let writes = writes_of(&self.scenario.hosts.get(host)?.workload);
        let is_it = |index: &&usize| {
            let write = &writes[**index];
            (write.unit, write.position, write.size) == what && (write.after.is_some() || write.at == now)
        };
        let found = self.open[host].iter().find(is_it).copied()?;
        self.open[host].remove(&found);
        Some(found)
    }
}

impl Observer for Watch<'_> {
    fn observe(&mut self, now: SimTime, record: &Record) {
        match *record {
            Record::Issued { write, host, local, unit, position, size, .. } => {
                let what = (LocalUnit { system: local, unit }, position, size);
                if let Some(index) = self.issued(now, host.index(), what) {
                    self.place.insert(write.serial, (host.index(), index));
                }
            }
            Record::PacketSent { path, direction, class, write, .. } => {
                let lane = (path, direction, class);
                let count = self.counts.entry(lane).or_default();
                *count += 1;
                if let Some(&place) = write.and_then(|write| self.place.get(&write.serial)) {
                    self.carried.packets.insert((lane, *count), place);
                }
            }
            _ => {}
        }
    }
}
