//! Closed workloads: a write follows the completion of another.

use rand_chacha::ChaCha8Rng;

use super::{HostOutput, Surroundings, Target, later};
use crate::engine::random::below;
use crate::hardware::distribution::{Distribution, Sampler};
use crate::hardware::workload::{Arrivals, Workload};
use crate::units::{SimDuration, SimTime};

/// The processes of a closed workload: one per place of the queue, or per session of transactions.
#[derive(Debug)]
pub struct Closed {
    /// Units that writes, or data writes, are drawn from.
    targets: Vec<Target>,
    /// Transactions: the log, and data writes in each.
    log: Option<(Target, u32)>,
    think_time: Sampler,
    processes: Vec<Process>,
}

#[derive(Debug)]
struct Process {
    random: ChaCha8Rng,
    /// Writes whose completion it waits for.
    awaited: u32,
    /// Transactions: the log write is completed.
    logged: bool,
}

impl Closed {
    pub fn new(workload: &Workload, surroundings: &Surroundings) -> Self {
        let (count, think_time, log) = match &workload.arrivals {
            Arrivals::ClosedLoop { queue_depth, think_time } => (*queue_depth, think_time.clone(), None),
            Arrivals::Transaction { log, data_writes, sessions, think_time } => {
                (*sessions, think_time.clone(), Some((*log, *data_writes)))
            }
            _ => (0, Distribution::constant(SimDuration::ZERO), None),
        };
        let target = |unit| surroundings.target(unit, workload.addresses, &workload.sizes);
        let process = |index: u32| Process {
            random: surroundings.stream(&format!("session-{}", index + 1)),
            awaited: 0,
            logged: false,
        };
        Self {
            targets: workload.units.iter().map(|&unit| target(unit)).collect(),
            log: log.map(|(unit, writes)| (target(unit), writes)),
            think_time: Sampler::new(&think_time),
            processes: (0..count).map(process).collect(),
        }
    }

    pub fn start(&mut self, out: &mut Vec<HostOutput>) {
        for index in 0..self.processes.len() as u32 {
            self.think(SimTime::ZERO, index, out);
        }
    }

    /// The think time is over: the next write, or the next transaction's log write.
    pub fn wake(&mut self, index: u32, out: &mut Vec<HostOutput>) {
        let process = &mut self.processes[index as usize];
        process.logged = false;
        process.awaited = 1;
        let issue = match &mut self.log {
            Some((log, _)) => log.issue(index),
            None => self.draw(index),
        };
        out.push(HostOutput::Issue(issue));
    }

    pub fn on_completed(&mut self, now: SimTime, index: u32, out: &mut Vec<HostOutput>) {
        let process = &mut self.processes[index as usize];
        process.awaited -= 1;
        if process.awaited > 0 {
            return;
        }
        match self.log {
            Some((_, writes)) if !process.logged && writes > 0 => {
                process.logged = true;
                process.awaited = writes;
                for _ in 0..writes {
                    let issue = self.draw(index);
                    out.push(HostOutput::Issue(issue));
                }
            }
            _ => self.think(now, index, out),
        }
    }

    fn think(&mut self, now: SimTime, index: u32, out: &mut Vec<HostOutput>) {
        let think_time = self.think_time.sample(&mut self.processes[index as usize].random);
        out.push(HostOutput::Wake(later(now, think_time), index));
    }

    /// A write to a unit drawn uniformly.
    fn draw(&mut self, index: u32) -> super::Issue {
        let chosen = below(&mut self.processes[index as usize].random, self.targets.len() as u64);
        self.targets[chosen as usize].issue(index)
    }
}
