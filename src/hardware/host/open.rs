//! Open workloads: each unit is written by a process of its own, whatever becomes of its writes.

use rand_chacha::ChaCha8Rng;

use super::{HostOutput, Surroundings, Target, later};
use crate::hardware::distribution::{Distribution, Sampler, Shape};
use crate::hardware::workload::{Arrivals, Workload};
use crate::units::{SimDuration, SimTime};

/// The processes of an open workload, one per unit.
#[derive(Debug)]
pub struct Open {
    law: Law,
    /// Nobody writes then or later.
    until: SimTime,
    processes: Vec<Process>,
}

/// Gaps between writes to one unit.
#[derive(Debug)]
enum Law {
    Gaps(Sampler),
    Bursty { gap: Sampler, on: Sampler, off: Sampler },
}

#[derive(Debug)]
struct Process {
    target: Target,
    random: ChaCha8Rng,
    /// Bursty: when the burst ends.
    burst_ends: SimTime,
}

fn exponential(mean: SimDuration) -> Sampler {
    Sampler::new(&Distribution { shape: Shape::Exponential, mean, minimum: SimDuration::ZERO })
}

impl Open {
    pub fn new(workload: &Workload, surroundings: &Surroundings) -> Self {
        let law = match &workload.arrivals {
            Arrivals::Bursty { mean_gap_on, mean_on, mean_off } => Law::Bursty {
                gap: exponential(*mean_gap_on),
                on: exponential(*mean_on),
                off: exponential(*mean_off),
            },
            Arrivals::Constant { gap } => Law::Gaps(Sampler::new(&Distribution::constant(*gap))),
            Arrivals::Poisson { mean_gap } => Law::Gaps(exponential(*mean_gap)),
            _ => Law::Gaps(exponential(SimDuration::MAX)),
        };
        let process = |&unit: &_| Process {
            target: surroundings.target(unit, workload.addresses, &workload.sizes),
            random: surroundings.stream(&format!("{}/arrivals", surroundings.unit_name(unit))),
            burst_ends: SimTime::ZERO,
        };
        Self { law, until: surroundings.until, processes: workload.units.iter().map(process).collect() }
    }

    pub fn start(&mut self, out: &mut Vec<HostOutput>) {
        for index in 0..self.processes.len() {
            let at = self.next(SimTime::ZERO, index);
            out.push(HostOutput::Wake(at, index as u32));
        }
    }

    #[inline]
    pub fn wake(&mut self, now: SimTime, process: u32, out: &mut Vec<HostOutput>) {
        out.push(HostOutput::Issue(self.processes[process as usize].target.issue(process)));
        let at = self.next(now, process as usize);
        out.push(HostOutput::Wake(at, process));
    }

    /// When the next write after `now` is issued; some time from `until` on if there is none before.
    #[inline]
    fn next(&mut self, now: SimTime, index: usize) -> SimTime {
        let until = self.until;
        let Process { random, burst_ends, .. } = &mut self.processes[index];
        match &self.law {
            Law::Gaps(gap) => later(now, gap.sample(random)),
            Law::Bursty { gap, on, off } => {
                // A Poisson process stopped at the end of a burst goes on afresh in the next: it has no memory.
                let mut from = now;
                loop {
                    let at = later(from, gap.sample(random));
                    // Times saturate: without an end, a silence that lasts for ever would be waited for for ever.
                    if at < *burst_ends || *burst_ends >= until {
                        return at;
                    }
                    from = later(*burst_ends, off.sample(random)).max(now);
                    *burst_ends = from + on.sample(random);
                }
            }
        }
    }
}
