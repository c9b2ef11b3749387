//! Leaves out what nothing uses any more: hosts without writes, systems without pairs, groups without pairs, units
//! beyond the last one in use; and what was said of them.

use std::collections::BTreeMap;

use crate::hardware::workload::{Arrivals, LocalUnit, ScriptedWrite};
use crate::scenario::Scenario;
use crate::scenario::validated::{ClockOwner, ControlUnit, FaultKind, Group, Pair};
use crate::units::{GroupId, HostId, LocalId, PairId, PathId, RemoteId};

/// The writes of a host that are written down.
pub fn writes_of(workload: &crate::hardware::workload::Workload) -> &[ScriptedWrite] {
    match &workload.arrivals {
        Arrivals::Scripted { writes } => writes,
        _ => &[],
    }
}

/// The scenario has only the hosts of these names; `before` had all.
pub fn forget_hosts(scenario: &mut Scenario, before: &Scenario, kept: &[String]) {
    let place = |id: HostId| kept.iter().position(|name| *name == before.hosts[id.index()].name);
    scenario.faults.retain_mut(|fault| match &mut fault.kind {
        FaultKind::ClockError { clock: ClockOwner::Host(id), .. } => match place(*id) {
            Some(index) => {
                *id = HostId::from(index);
                true
            }
            None => false,
        },
        _ => true,
    });
}

/// From old places to new ones, of those that are used.
fn dense(used: impl Iterator<Item = usize>) -> BTreeMap<usize, usize> {
    let mut used: Vec<usize> = used.collect();
    used.sort_unstable();
    used.dedup();
    used.into_iter().enumerate().map(|(new, old)| (old, new)).collect()
}

/// Keeps the items with a new place.
fn keep<T>(items: &mut Vec<T>, places: &BTreeMap<usize, usize>) {
    let mut index = 0;
    items.retain(|_| {
        index += 1;
        places.contains_key(&(index - 1))
    });
}

/// The scenario without what nothing uses. All workloads must be scripts.
pub fn compact(scenario: &Scenario) -> Scenario {
    let mut new = scenario.clone();
    let kept: Vec<String> = new
        .hosts
        .iter()
        .filter(|host| {
            !writes_of(&host.workload).is_empty()
                || !matches!(host.workload.arrivals, Arrivals::Scripted { .. })
        })
        .map(|host| host.name.clone())
        .collect();
    if kept.len() != new.hosts.len() {
        new.hosts.retain(|host| kept.contains(&host.name));
        forget_hosts(&mut new, scenario, &kept);
    }
    let written: Vec<LocalUnit> =
        new.hosts.iter().flat_map(|host| writes_of(&host.workload).iter().map(|write| write.unit)).collect();
    let drawn = new.hosts.iter().any(|host| writes_of(&host.workload).is_empty());
    if drawn {
        return new; // Its units are named elsewhere.
    }
    let locals = dense(
        new.pairs
            .iter()
            .map(|pair| pair.local.system.index())
            .chain(written.iter().map(|unit| unit.system.index())),
    );
    let remotes = dense(new.pairs.iter().map(|pair| pair.remote.index()));
    let groups = dense(new.pairs.iter().map(|pair| pair.group.index()));
    let local_units: BTreeMap<usize, BTreeMap<usize, usize>> = locals
        .keys()
        .map(|&local| {
            let of = |unit: &LocalUnit| unit.system.index() == local;
            let paired = new.pairs.iter().map(|pair| pair.local).filter(of);
            let units = paired.chain(written.iter().copied().filter(of)).map(|unit| unit.unit as usize);
            (local, dense(units))
        })
        .collect();
    let unit = |unit: LocalUnit| LocalUnit {
        system: LocalId::from(locals[&unit.system.index()]),
        unit: local_units[&unit.system.index()][&(unit.unit as usize)] as u32,
    };
    for host in &mut new.hosts {
        let mut writes = writes_of(&host.workload).to_vec();
        for write in &mut writes {
            write.unit = unit(write.unit);
        }
        host.workload = super::base::scripted(writes);
    }
    // Paths are those of the pairs, sorted by their ends.
    let ends: Vec<(usize, usize)> =
        scenario.paths.iter().map(|path| (path.local.index(), path.remote.index())).collect();
    let used = dense(new.pairs.iter().filter_map(|pair| {
        ends.iter().position(|&end| end == (pair.local.system.index(), pair.remote.index()))
    }));
    let (disk_paths, disk_paths_now) = (scenario.paths.len(), used.len());
    let path = |id: PathId| match id.index().checked_sub(disk_paths) {
        Some(job) => Some(PathId::from(disk_paths_now + job)),
        None => used.get(&id.index()).map(|&index| PathId::from(index)),
    };
    keep(&mut new.paths, &used);
    for path in &mut new.paths {
        path.local = LocalId::from(locals[&path.local.index()]);
        path.remote = RemoteId::from(remotes[&path.remote.index()]);
    }
    for (&old, units) in &local_units {
        new.local_systems[old].units = units.len().max(1) as u32;
    }
    keep(&mut new.local_systems, &locals);
    keep(&mut new.remote_systems, &remotes);
    keep(&mut new.groups, &groups);
    // The pairs of each remote system stand on its first units.
    let mut taken = vec![0_u32; remotes.len()];
    for pair in &mut new.pairs {
        let ends = (pair.local.system.index(), pair.remote.index());
        let old = scenario.paths.iter().position(|path| (path.local.index(), path.remote.index()) == ends);
        let remote = remotes[&pair.remote.index()];
        let remote_unit = taken[remote];
        taken[remote] += 1;
        *pair = Pair {
            local: unit(pair.local),
            remote: RemoteId::from(remote),
            remote_unit,
            group: GroupId::from(groups[&pair.group.index()]),
            path: old.and_then(|old| path(PathId::from(old))).unwrap_or_default(),
        };
    }
    for (system, units) in new.remote_systems.iter_mut().zip(&taken) {
        system.units = (*units).max(1);
    }
    renumber_groups(&mut new);
    let remote = |id: RemoteId| remotes.get(&id.index()).map(|&index| RemoteId::from(index));
    let local = |id: LocalId| locals.get(&id.index()).map(|&index| LocalId::from(index));
    rename_what_happens(&mut new, &path, &remote, &local);
    new
}

/// Script and faults name what has new names, and nothing that is gone.
pub fn rename_what_happens(
    new: &mut Scenario,
    path: &dyn Fn(PathId) -> Option<PathId>,
    remote: &dyn Fn(RemoteId) -> Option<RemoteId>,
    local: &dyn Fn(LocalId) -> Option<LocalId>,
) {
    new.script.packets.retain_mut(|packet| {
        path(packet.path).is_some_and(|now| {
            packet.path = now;
            true
        })
    });
    new.script.messages.retain_mut(|message| {
        remote(message.remote).is_some_and(|now| {
            message.remote = now;
            true
        })
    });
    new.faults.retain_mut(|fault| match &mut fault.kind {
        FaultKind::WanOutage { path: of, .. } | FaultKind::BrownOut { path: of, .. } => match *of {
            None => true,
            Some(old) => {
                *of = path(old);
                of.is_some()
            }
        },
        FaultKind::Crash { system: ControlUnit::Local(id), .. }
        | FaultKind::ClockError { clock: ClockOwner::Local(id), .. } => put(id, local(*id)),
        FaultKind::Crash { system: ControlUnit::Remote(id), .. }
        | FaultKind::SlaveStop { remote: id, .. } => put(id, remote(*id)),
        FaultKind::ClockError { .. } | FaultKind::MasterStop { .. } | FaultKind::LocalSiteLoss => true,
    });
}

/// Puts the new name in place of the old one; false if there is none.
fn put<T>(place: &mut T, new: Option<T>) -> bool {
    match new {
        Some(new) => {
            *place = new;
            true
        }
        None => false,
    }
}

/// Groups list the pairs that name them; a file lists pairs group by group.
pub fn renumber_groups(scenario: &mut Scenario) {
    scenario.pairs.sort_by_key(|pair| pair.group);
    let pairs = &scenario.pairs;
    for (index, group) in scenario.groups.iter_mut().enumerate() {
        let of = |id: &PairId| pairs[id.index()].group.index() == index;
        *group = Group {
            name: group.name.clone(),
            pairs: (0..pairs.len()).map(PairId::from).filter(of).collect(),
        };
    }
}
