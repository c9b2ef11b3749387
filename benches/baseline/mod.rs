//! The yardstick: what a hand-written event loop over `std::collections::BinaryHeap` costs that checks nothing.
//!
//! Every write has eight events, those of the simulator:
//!
//! ```text
//! arrival ─► fix ─┬─► host completion
//!                 └─► packet arrival ─┬─► limit ─► remote destage
//!                                     └─► remote completion arrival ─► local destage
//! ```
//!
//! The gaps between writes and the delays of packets are the simulator's own, draw by draw, from the random
//! streams of the same names: both see the same writes at the same instants. A loop like this one knows nothing
//! of numbers, limits, caches or resends, keeps no state of a write, measures nothing and proves nothing.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rand_chacha::ChaCha8Rng;
use rcsim::engine::random::Streams;
use rcsim::hardware::distribution::{Distribution, Sampler, Shape};
use rcsim::units::{SimDuration, SimTime};

/// What the loop simulates.
#[derive(Clone, Debug)]
pub struct Load {
    /// Seed of the random streams.
    pub seed: u64,
    /// Hosts write until then.
    pub stop: SimTime,
    /// Nanoseconds between writes to one pair, on average.
    pub mean_gap: SimDuration,
    /// Delay of a packet, either way.
    pub delay: Distribution,
    /// A limit comes at every multiple of this.
    pub limit_period: SimDuration,
    /// Service time of a destage at the local site.
    pub local_destage: SimDuration,
    /// Service time of a destage at the remote site.
    pub remote_destage: SimDuration,
    /// Names of the random streams that the gaps of each pair are drawn from.
    pub arrivals: Vec<String>,
    /// By pair: its path.
    pub path_of_pair: Vec<u32>,
    /// By path: names of the random streams that the delays of write data and of completions are drawn from.
    pub paths: Vec<[String; 2]>,
}

/// What the loop counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Writes that a host had the completion of.
    pub completed: u64,
    /// Writes that landed on a remote unit.
    pub destaged_remotely: u64,
    /// Writes that landed on a local unit.
    pub destaged_locally: u64,
    /// Events.
    pub events: u64,
}

/// What happens to a write to the pair of this number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Arrival(u32),
    Fix(u32),
    HostCompletion,
    PacketArrival(u32),
    RemoteCompletionArrival,
    Limit,
    RemoteDestage,
    LocalDestage,
}

/// The loop's agenda: the earliest event first, and of those of one instant the one scheduled first.
#[derive(Debug, Default)]
struct Agenda {
    heap: BinaryHeap<Reverse<(SimTime, u64, Event)>>,
    scheduled: u64,
}

impl Agenda {
    fn schedule(&mut self, at: SimTime, event: Event) {
        self.heap.push(Reverse((at, self.scheduled, event)));
        self.scheduled += 1;
    }
}

/// Runs `load` to the end.
pub fn run(load: &Load) -> Counts {
    let streams = Streams::new(load.seed);
    let gap = Sampler::new(&Distribution {
        shape: Shape::Exponential,
        mean: load.mean_gap,
        minimum: SimDuration::ZERO,
    });
    let delay = Sampler::new(&load.delay);
    let mut arrivals: Vec<ChaCha8Rng> = load.arrivals.iter().map(|name| streams.stream(name)).collect();
    let mut delays: Vec<[ChaCha8Rng; 2]> =
        load.paths.iter().map(|names| names.each_ref().map(|name| streams.stream(name))).collect();

    let mut agenda = Agenda::default();
    let mut counts = Counts::default();
    for (pair, random) in (0..).zip(&mut arrivals) {
        agenda
            .schedule(SimTime::ZERO + gap.sample(random).max(SimDuration::NANOSECOND), Event::Arrival(pair));
    }
    while let Some(Reverse((now, _, event))) = agenda.heap.pop() {
        counts.events += 1;
        match event {
            Event::Arrival(pair) => {
                let next = now + gap.sample(&mut arrivals[pair as usize]).max(SimDuration::NANOSECOND);
                if next < load.stop {
                    agenda.schedule(next, Event::Arrival(pair));
                }
                agenda.schedule(now, Event::Fix(pair));
            }
            Event::Fix(pair) => {
                let [forward, _] = &mut delays[load.path_of_pair[pair as usize] as usize];
                agenda.schedule(now + SimDuration::NANOSECOND, Event::HostCompletion);
                agenda.schedule(now + delay.sample(forward), Event::PacketArrival(pair));
            }
            Event::HostCompletion => counts.completed += 1,
            Event::PacketArrival(pair) => {
                let [_, reverse] = &mut delays[load.path_of_pair[pair as usize] as usize];
                let period = load.limit_period.as_ns();
                let limit = SimTime::from_ns(now.as_ns().next_multiple_of(period));
                agenda.schedule(now + delay.sample(reverse), Event::RemoteCompletionArrival);
                agenda.schedule(limit, Event::Limit);
            }
            Event::RemoteCompletionArrival => agenda.schedule(now + load.local_destage, Event::LocalDestage),
            Event::Limit => agenda.schedule(now + load.remote_destage, Event::RemoteDestage),
            Event::RemoteDestage => counts.destaged_remotely += 1,
            Event::LocalDestage => counts.destaged_locally += 1,
        }
    }
    counts
}
