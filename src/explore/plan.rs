//! Which writes are explored: the first that the workload issues, in its order, and what each of them waits for.
//!
//! The hosts' own processes say it, before a network that completes every write at once: what a write waits for is then
//! only what its process waits for.

use std::collections::BTreeMap;

use crate::engine::random::Streams;
use crate::hardware::host::{HostOutput, Issue};
use crate::hardware::workload::LocalUnit;
use crate::scenario::Scenario;
use crate::units::{HostId, LocalId, PairId, SimDuration, SimTime};
use crate::world::{SimulateError, build};

/// A write of the scope.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PlannedWrite {
    /// Its host.
    pub host: HostId,
    /// The local system it goes to.
    pub local: LocalId,
    /// The local unit, from 0.
    pub unit: u32,
    /// Its pair.
    pub pair: PairId,
    /// First block (512 bytes each).
    pub position: u64,
    /// Length in bytes.
    pub size: u32,
    /// The writes whose completions its process waits for, a bit each.
    pub after: u64,
}

/// The most writes of a scope: a set of them is a word.
pub const MOST_WRITES: u32 = 64;

/// What happens next at a host.
#[derive(Clone, Copy, Debug)]
enum Event {
    /// A process of a host, which waited for these writes, is woken.
    Wake(usize, u32, u64),
    /// Host, tag and number of a write that is completed.
    Completed(usize, u32, usize),
}

#[derive(Debug)]
struct Planner {
    pair_of_unit: Vec<Vec<Option<PairId>>>,
    most: usize,
    agenda: BTreeMap<(SimTime, u64), Event>,
    scheduled: u64,
    writes: Vec<PlannedWrite>,
    /// By host and tag: the writes that are completed.
    completed: BTreeMap<(usize, u32), u64>,
}

/// The first `most` writes to pairs.
///
/// # Errors
/// When a recorded workload cannot be read.
pub fn writes(scenario: &Scenario, most: u32) -> Result<Vec<PlannedWrite>, SimulateError> {
    let mut hosts = build::hosts(scenario, Streams::new(scenario.run.seed))?;
    let stop = SimTime::ZERO + scenario.run.duration;
    let mut planner = Planner {
        pair_of_unit: build::pair_of_unit(scenario),
        most: most.min(MOST_WRITES) as usize,
        agenda: BTreeMap::new(),
        scheduled: 0,
        writes: Vec::new(),
        completed: BTreeMap::new(),
    };
    let mut out = Vec::new();
    for (index, host) in hosts.iter_mut().enumerate() {
        host.start(&mut out)?;
        planner.settle(SimTime::ZERO, index, 0, &mut out);
    }
    while planner.writes.len() < planner.most
        && let Some(((now, _), event)) = planner.agenda.pop_first()
        && now < stop
    {
        match event {
            Event::Wake(host, process, after) => {
                hosts[host].wake(now, process, &mut out)?;
                planner.settle(now, host, after, &mut out);
            }
            Event::Completed(host, tag, write) => {
                let done = planner.completed.entry((host, tag)).or_default();
                *done |= if write < planner.most { 1 << write } else { 0 };
                let after = *done;
                hosts[host].on_completed(now, tag, &mut out);
                planner.settle(now, host, after, &mut out);
            }
        }
    }
    Ok(planner.writes)
}

impl Planner {
    /// Does what a host says at an instant, after these writes.
    fn settle(&mut self, now: SimTime, host: usize, after: u64, out: &mut Vec<HostOutput>) {
        for output in out.drain(..) {
            let (at, event) = match output {
                HostOutput::Wake(at, process) => (at, Event::Wake(host, process, after)),
                HostOutput::Issue(issue) => {
                    let number = self.issue(host, after, &issue);
                    (now + SimDuration::NANOSECOND, Event::Completed(host, issue.tag, number))
                }
            };
            self.scheduled += 1;
            self.agenda.insert((at, self.scheduled), event);
        }
    }

    /// The number of the write; a write to a unit without a pair has none, is completed, and does not take part.
    fn issue(&mut self, host: usize, after: u64, issue: &Issue) -> usize {
        let Issue { unit: LocalUnit { system: local, unit }, position, size, .. } = *issue;
        let Some(pair) = self.pair_of_unit[local.index()][unit as usize] else { return usize::MAX };
        if self.writes.len() >= self.most {
            return usize::MAX;
        }
        self.writes.push(PlannedWrite { host: HostId::from(host), local, unit, pair, position, size, after });
        self.writes.len() - 1
    }
}
