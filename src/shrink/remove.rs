//! Takes away: rules, time, faults, writes, fates, pairs, groups, systems, jobs.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::Search;
use super::base::scripted;
use super::carried::Carried;
use super::compact::{compact, rename_what_happens, renumber_groups, writes_of};
use crate::hardware::link::ScriptedFate;
use crate::hardware::workload::{Arrivals, LocalUnit, ScriptedWrite};
use crate::scenario::Scenario;
use crate::scenario::tape::TapeJob;
use crate::scenario::validated::{Host, Path, Script, ScriptedPacket};
use crate::trace::PacketClass;
use crate::units::{Direction, GroupId, LocalId, PathId, RemoteId, SimDuration, SimTime};

/// One round.
pub fn pass(search: &mut Search) {
    rules(search);
    end(search);
    each(
        search,
        |scenario| scenario.faults.len(),
        |scenario, index| {
            scenario.faults.remove(index);
        },
    );
    writes(search);
    jobs(search);
    fates(search);
    dependences(search);
    hosts(search);
    pairs(search);
    merge(search);
    jobs(search);
    fates(search);
}

/// Repairs each departure that is not needed.
fn rules(search: &mut Search) {
    for departure in search.best.protocol.rules.departures() {
        let mut candidate = search.best.clone();
        candidate.protocol.rules = candidate.protocol.rules.without(&departure);
        search.attempt(candidate);
    }
}

/// Ends the run as soon as it has shown what it shows.
fn end(search: &mut Search) {
    for shorten in [drain as fn(&mut Scenario, u64), write_time] {
        let mut low = 0;
        // By halves, as long as that breaks.
        while low < 64 {
            let mut candidate = search.best.clone();
            shorten(&mut candidate, 2);
            if !search.attempt(candidate) {
                break;
            }
            low += 1;
        }
    }
}

fn drain(scenario: &mut Scenario, by: u64) {
    scenario.run.drain_limit = SimDuration::from_ns(scenario.run.drain_limit.as_ns() / by);
}

/// Hosts stop earlier; what they would have written later is not written.
fn write_time(scenario: &mut Scenario, by: u64) {
    let duration = SimDuration::from_ns((scenario.run.duration.as_ns() / by).max(1));
    scenario.run.duration = duration;
    // A fault after the end is a mistake.
    let end = SimTime::ZERO + duration.saturating_add(scenario.run.drain_limit);
    scenario.faults.retain(|fault| fault.at <= end);
}

/// Takes away one thing after the other, the last first.
fn each(search: &mut Search, count: fn(&Scenario) -> usize, remove: fn(&mut Scenario, usize)) {
    let mut index = count(&search.best);
    while index > 0 {
        index -= 1;
        if index < count(&search.best) {
            let mut candidate = search.best.clone();
            remove(&mut candidate, index);
            search.attempt(candidate);
        }
    }
}

/// Takes away parts of a list, first large ones, then single items.
fn parts(
    search: &mut Search,
    count: impl Fn(&Scenario) -> usize,
    without: impl Fn(&Scenario, std::ops::Range<usize>) -> Scenario,
) {
    let mut size = count(&search.best);
    while size > 0 {
        let mut from = 0;
        while from < count(&search.best) && !search.is_over() {
            let to = (from + size).min(count(&search.best));
            let candidate = without(&search.best, from..to);
            if !search.attempt(candidate) {
                from = to;
            }
        }
        size /= 2;
    }
}

/// Fates that are written down.
fn fates(search: &mut Search) {
    let mut none = search.best.clone();
    none.script = Script::default();
    search.attempt(none);
    parts(
        search,
        |scenario| scenario.script.packets.len(),
        |scenario, range| {
            let mut candidate = scenario.clone();
            candidate.script.packets.drain(range);
            candidate
        },
    );
    parts(
        search,
        |scenario| scenario.script.messages.len(),
        |scenario, range| {
            let mut candidate = scenario.clone();
            candidate.script.messages.drain(range);
            candidate
        },
    );
}

/// Writes of all hosts, as one list. One that waited for a write which is gone waits for what that waited for.
fn writes(search: &mut Search) {
    let count = |scenario: &Scenario| {
        scenario.hosts.iter().map(|host| writes_of(&host.workload).len()).sum::<usize>()
    };
    // Watched once for each scenario that is the best for a while.
    let watched: RefCell<Option<(Scenario, Carried)>> = RefCell::new(None);
    parts(search, count, |scenario, range| {
        let mut watched = watched.borrow_mut();
        if watched.as_ref().is_none_or(|(of, _)| of != scenario) {
            *watched = Some((scenario.clone(), Carried::of(scenario)));
        }
        let mut candidate = scenario.clone();
        let mut firsts = Vec::new();
        let mut first = 0;
        for host in &mut candidate.hosts {
            firsts.push(first);
            let Arrivals::Scripted { writes } = &host.workload.arrivals else { continue };
            let gone = |index: usize| range.contains(&(first + index));
            let left = without(writes, gone);
            let length = writes.len();
            if left.len() != length {
                host.workload = scripted(left);
            }
            first += length;
        }
        if let Some((_, carried)) = &*watched {
            carried.without(&mut candidate, |host, index| range.contains(&(firsts[host] + index)));
        }
        compact(&candidate)
    });
}

/// The script without the writes that are `gone`.
fn without(writes: &[ScriptedWrite], gone: impl Fn(usize) -> bool) -> Vec<ScriptedWrite> {
    let mut place = vec![0; writes.len()];
    let mut left: Vec<ScriptedWrite> = Vec::new();
    for (index, write) in writes.iter().enumerate() {
        if gone(index) {
            continue;
        }
        let mut write = write.clone();
        // Later by what the missing ones would have waited.
        while let Some(after) = write.after.filter(|&after| gone(after)) {
            write.at += writes[after].at.since(SimTime::ZERO);
            write.after = writes[after].after;
        }
        write.after = write.after.map(|after| place[after]);
        place[index] = left.len();
        left.push(write);
    }
    left
}

/// A write that waits for another is issued at a time of its own.
fn dependences(search: &mut Search) {
    for host in 0..search.best.hosts.len() {
        for index in 0..search.best.hosts.get(host).map_or(0, |host| writes_of(&host.workload).len()) {
            let Some(before) = search.best.hosts.get(host) else { return };
            let mut writes = writes_of(&before.workload).to_vec();
            let Some(after) = writes.get(index).and_then(|write| write.after) else { continue };
            let later = writes[after].at.since(SimTime::ZERO) + SimDuration::from_ns(1);
            writes[index].at += later;
            writes[index].after = writes[after].after;
            let mut candidate = search.best.clone();
            candidate.hosts[host].workload = scripted(writes);
            search.attempt(candidate);
        }
    }
}

/// All writes by one host.
fn hosts(search: &mut Search) {
    while search.best.hosts.len() > 1 {
        let mut candidate = search.best.clone();
        let Some(last) = candidate.hosts.pop() else { return };
        let kept: Vec<String> = candidate.hosts.iter().map(|host| host.name.clone()).collect();
        let mut writes = writes_of(&candidate.hosts[0].workload).to_vec();
        let first = writes.len();
        writes.extend(writes_of(&last.workload).iter().cloned().map(|mut write| {
            write.after = write.after.map(|after| after + first);
            write
        }));
        candidate.hosts[0].workload = scripted(writes);
        let before = search.best.clone();
        super::compact::forget_hosts(&mut candidate, &before, &kept);
        if !search.attempt(candidate) {
            return;
        }
    }
}

/// Pairs: what is written to a unit without one is written locally only.
pub(super) fn pairs(search: &mut Search) {
    each(
        search,
        |scenario| scenario.pairs.len(),
        |scenario, index| {
            scenario.pairs.remove(index);
            renumber_groups(scenario);
            if !scenario.pairs.is_empty() {
                *scenario = compact(scenario);
            }
        },
    );
}

/// Everything of one group, at one remote system, of one local system: one after the other.
fn merge(search: &mut Search) {
    for group in (1..search.best.groups.len()).rev() {
        let mut candidate = search.best.clone();
        for pair in candidate.pairs.iter_mut().filter(|pair| pair.group.index() == group) {
            pair.group = GroupId(0);
        }
        renumber_groups(&mut candidate);
        search.attempt(compact(&candidate));
    }
    one_unit(search);
    for remote in (1..search.best.remote_systems.len()).rev() {
        let to = |id: RemoteId| if id.index() == remote { RemoteId(0) } else { id };
        [true, false].into_iter().any(|events| {
            let candidate = moved(&search.best, |unit| unit, to, events);
            search.attempt(candidate)
        });
    }
    let is_drawn = |host: &Host| !matches!(host.workload.arrivals, Arrivals::Scripted { .. });
    if search.best.hosts.iter().any(is_drawn) {
        return; // They name their units elsewhere.
    }
    for local in (1..search.best.local_systems.len()).rev() {
        // Its units stand behind those of the first one.
        let behind = search.best.local_systems[0].units;
        let behind_it = |unit: u32| LocalUnit { system: LocalId(0), unit: behind + unit };
        let to = |unit: LocalUnit| {
            if unit.system.index() == local { behind_it(unit.unit) } else { unit }
        };
        [true, false].into_iter().any(|events| {
            let candidate = moved(&search.best, to, |remote| remote, events);
            search.attempt(candidate)
        });
    }
}

/// Writes to the unit of the first one.
fn one_unit(search: &mut Search) {
    for host in 0..search.best.hosts.len() {
        for index in 0..search.best.hosts.get(host).map_or(0, |host| writes_of(&host.workload).len()) {
            let first = search.best.hosts.iter().find_map(|host| writes_of(&host.workload).first());
            let Some(first) = first.map(|write| write.unit) else { return };
            let Some(of) = search.best.hosts.get(host) else { return };
            let mut writes = writes_of(&of.workload).to_vec();
            let Some(write) = writes.get_mut(index).filter(|write| write.unit != first) else { continue };
            write.unit = first;
            let mut candidate = search.best.clone();
            candidate.hosts[host].workload = scripted(writes);
            search.attempt(compact(&candidate));
        }
    }
}

/// Units and pairs at other systems. A path between two of them that was not there is as the first one that is moved to it,
/// with all that happens on it; and so is what happens to a system, if `events`.
fn moved(
    scenario: &Scenario,
    unit: impl Fn(LocalUnit) -> LocalUnit,
    remote: impl Fn(RemoteId) -> RemoteId,
    events: bool,
) -> Scenario {
    let local = |system: LocalId| unit(LocalUnit { system, unit: 0 }).system;
    let mut candidate = scenario.clone();
    for pair in &mut candidate.pairs {
        (pair.local, pair.remote) = (unit(pair.local), remote(pair.remote));
    }
    for host in &mut candidate.hosts {
        if let Arrivals::Scripted { writes } = &host.workload.arrivals {
            let moved = writes.iter().map(|write| ScriptedWrite { unit: unit(write.unit), ..write.clone() });
            host.workload = scripted(moved.collect());
        }
    }
    // By new ends, the old path that is now between them: one that was there before all.
    let ends = |path: &Path| (path.local, path.remote);
    let ends_now = |path: &Path| (local(path.local), remote(path.remote));
    let mut paths: BTreeMap<(LocalId, RemoteId), usize> = BTreeMap::new();
    for (index, path) in scenario.paths.iter().enumerate() {
        let stays = ends(path) == ends_now(path);
        let now = paths.entry(ends_now(path)).or_insert(index);
        if stays {
            *now = index;
        }
    }
    candidate.paths.clear();
    for (&(local, remote), &old) in &paths {
        candidate.paths.push(Path { local, remote, ..scenario.paths[old].clone() });
    }
    for pair in &mut candidate.pairs {
        let ends = (pair.local.system, pair.remote);
        pair.path = paths.keys().position(|&path| path == ends).map_or(pair.path, PathId::from);
    }
    let before = scenario.paths.len();
    let place = |id: PathId| match id.index().checked_sub(before) {
        Some(job) => Some(PathId::from(paths.len() + job)),
        None => paths.values().position(|&old| old == id.index()).map(PathId::from),
    };
    let of_remote = |id: RemoteId| (events || remote(id) == id).then(|| remote(id));
    let of_local = |id: LocalId| (events || local(id) == id).then(|| local(id));
    rename_what_happens(&mut candidate, &place, &of_remote, &of_local);
    compact(&candidate)
}

/// Jobs of tape, and their blocks.
fn jobs(search: &mut Search) {
    each(
        search,
        |scenario| scenario.tape.jobs.len(),
        |scenario, index| {
            if scenario.tape.jobs.len() > 1 {
                let path = scenario.paths.len() + index;
                scenario.tape.jobs.remove(index);
                scenario.script.packets.retain(|packet| packet.path.index() != path);
                for packet in &mut scenario.script.packets {
                    if packet.path.index() > path {
                        packet.path = PathId::from(packet.path.index() - 1);
                    }
                }
                scenario.faults.retain(|fault| {
                    use crate::scenario::validated::FaultKind;
                    !matches!(
                        fault.kind,
                        FaultKind::WanOutage { path: Some(_), .. }
                            | FaultKind::BrownOut { path: Some(_), .. }
                    )
                });
            }
        },
    );
    for job in 0..search.best.tape.jobs.len() {
        first_lost(search, job);
        least(
            search,
            job,
            |job| job.blocks,
            |job, blocks| {
                job.blocks = blocks;
                job.read = job.read.min(blocks);
            },
        );
        least(search, job, |job| job.read, |job, read| job.read = read);
        least(search, job, |job| job.m, |job, m| job.m = m);
        least(search, job, |job| job.memory, |job, memory| job.memory = memory);
        least(
            search,
            job,
            |job| job.crash_after.unwrap_or(1),
            |job, request| {
                job.crash_after = job.crash_after.map(|_| request);
            },
        );
        let mut candidate = search.best.clone();
        candidate.tape.jobs[job].crash_after = None;
        search.attempt(candidate);
    }
    for system in 0..search.best.tape.systems.len() {
        for queue in 1..search.best.tape.systems[system].queue.min(9) {
            let mut candidate = search.best.clone();
            candidate.tape.systems[system].queue = queue;
            if search.attempt(candidate) {
                break;
            }
        }
        for group in 1..search.best.tape.systems[system].group.min(9) {
            let mut candidate = search.best.clone();
            candidate.tape.systems[system].group = group;
            if search.attempt(candidate) {
                break;
            }
        }
    }
}

/// A job of a few blocks whose first packet is lost, and nothing else: what happened late in a long job happens to most
/// of these, too.
fn first_lost(search: &mut Search, job: usize) {
    let lost = |class| ScriptedPacket {
        path: PathId::from(search.best.paths.len() + job),
        direction: Direction::Forward,
        class,
        number: 1,
        fate: ScriptedFate::Lost,
    };
    let firsts = [PacketClass::WriteData, PacketClass::Request].map(lost);
    for blocks in 2..5 {
        for first in firsts {
            let mut candidate = search.best.clone();
            if candidate.tape.jobs[job].blocks <= blocks {
                return;
            }
            candidate.tape.jobs[job].blocks = blocks;
            candidate.tape.jobs[job].read = candidate.tape.jobs[job].read.min(blocks);
            candidate.script = Script { packets: vec![first], messages: Vec::new() };
            if search.attempt(candidate) {
                return;
            }
        }
    }
}

/// The least value of a count of a job that still breaks: by halves, then one by one.
fn least(search: &mut Search, job: usize, get: fn(&TapeJob) -> u64, set: fn(&mut TapeJob, u64)) {
    loop {
        let now = get(&search.best.tape.jobs[job]);
        let mut smaller: Vec<u64> = vec![1, 2, 3, 4, now / 2, now * 3 / 4, now.saturating_sub(1)];
        smaller.retain(|&value| value > 0 && value < now);
        smaller.sort_unstable();
        smaller.dedup();
        let is_less = smaller.into_iter().any(|value| {
            let mut candidate = search.best.clone();
            set(&mut candidate.tape.jobs[job], value);
            search.attempt(candidate)
        });
        if !is_less {
            return;
        }
    }
}
