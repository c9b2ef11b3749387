//! A small language for worlds: what a test does not say is ideal (no delay, no loss, no limit period, free disks).
//!
//! ```text
//! World::new(Scheme::Pair).pairs(4).poisson(200.0).delay(exponential_ms(20.0)).seconds(60.0).run(seed)
//! ```
//!
//! Systems, pairs and groups are named by position, from 0; systems and groups come into being when named. What comes
//! out is a scenario file (`text`), read and validated as a user's is.

mod text;

use std::sync::Arc;

use rcsim::hardware::distribution::{Distribution, Shape};
use rcsim::hardware::link::{Link, Loss};
use rcsim::hardware::workload::{Addresses, Arrivals, LocalUnit, ScriptedWrite, Sizes};
use rcsim::metrics::Options;
use rcsim::protocol::rules::IdleStream;
use rcsim::protocol::{Rules, Scheme};
use rcsim::scenario::Scenario;
use rcsim::trace::{Record, Recorder};
use rcsim::units::{LocalId, SimDuration, SimTime};
use rcsim::world::{Outcome, simulate, simulate_observed};

/// Bytes of every write, unless the workload says otherwise.
pub const WRITE_BYTES: u32 = 4096;

pub fn ns(ns: u64) -> SimDuration {
    SimDuration::from_ns(ns)
}

pub fn ms(ms: f64) -> SimDuration {
    seconds(ms / 1e3)
}

pub fn seconds(seconds: f64) -> SimDuration {
    SimDuration::from_secs_f64(seconds)
}

pub fn constant_ms(value: f64) -> Distribution {
    Distribution::constant(ms(value))
}

pub fn exponential_ms(mean: f64) -> Distribution {
    shifted_exponential_ms(0.0, mean)
}

/// `minimum` plus an exponential, `mean` in all.
pub fn shifted_exponential_ms(minimum: f64, mean: f64) -> Distribution {
    Distribution::new(Shape::Exponential, ms(mean), ms(minimum)).unwrap()
}

pub fn uniform_ms(minimum: f64, maximum: f64) -> Distribution {
    Distribution::uniform(ms(minimum), ms(maximum)).unwrap()
}

pub fn lognormal_ms(mean: f64, deviation: f64) -> Distribution {
    let shape = Shape::Lognormal { deviation: ms(deviation) };
    Distribution::new(shape, ms(mean), SimDuration::ZERO).unwrap()
}

/// A pair by its two systems and its group; each pair has units of its own.
#[derive(Clone, Copy, Debug)]
struct PairPlace {
    local: usize,
    remote: usize,
    group: usize,
}

/// A scenario in the making.
#[derive(Clone, Debug)]
pub struct World {
    scheme: Scheme,
    rules: Rules,
    pairs: Vec<PairPlace>,
    hosts: Vec<(Arrivals, Vec<usize>)>,
    forward: Link,
    reverse: Link,
    control: Link,
    destage_time: Distribution,
    limit_period: SimDuration,
    send_delay: SimDuration,
    marker_interval: SimDuration,
    retransmit_timeout: SimDuration,
    duration: SimDuration,
    warm_up: SimDuration,
    drain_limit: SimDuration,
    addresses: Addresses,
    sizes: Sizes,
    seeded_ties: bool,
}

impl World {
    /// Ideal, without a pair, under repaired rules, but with no markers (`idle-stream = "hold"`), so that nothing
    /// travels but what a test sends.
    pub fn new(scheme: Scheme) -> Self {
        Self {
            scheme,
            rules: Rules { idle_stream: IdleStream::Hold, ..Rules::REPAIRED },
            pairs: Vec::new(),
            hosts: Vec::new(),
            forward: Link::ideal(),
            reverse: Link::ideal(),
            control: Link::ideal(),
            destage_time: Distribution::constant(SimDuration::ZERO),
            limit_period: SimDuration::ZERO,
            send_delay: SimDuration::ZERO,
            marker_interval: ms(10.0),
            retransmit_timeout: seconds(3600.0),
            duration: seconds(10.0),
            warm_up: SimDuration::ZERO,
            drain_limit: seconds(10.0),
            addresses: Addresses::Uniform,
            sizes: Sizes::Constant(WRITE_BYTES),
            seeded_ties: false,
        }
    }

    /// One pair more.
    pub fn pair(mut self, local: usize, remote: usize, group: usize) -> Self {
        self.pairs.push(PairPlace { local, remote, group });
        self
    }

    /// So many pairs more of group 0, between the first local and the first remote system.
    pub fn pairs(self, count: usize) -> Self {
        (0..count).fold(self, |world, _| world.pair(0, 0, 0))
    }

    /// A pair of group 0 from each of so many local systems to each of so many remote systems.
    pub fn mesh(self, locals: usize, remotes: usize) -> Self {
        let ends = (0..locals).flat_map(|local| (0..remotes).map(move |remote| (local, remote)));
        ends.fold(self, |world, (local, remote)| world.pair(local, remote, 0))
    }

    /// Poisson writes to each pair so far, so many a second.
    pub fn poisson(self, rate: f64) -> Self {
        let all = 0..self.pairs.len();
        self.poisson_to(all, rate)
    }

    /// Poisson writes to each of these pairs, so many a second.
    pub fn poisson_to(self, pairs: impl IntoIterator<Item = usize>, rate: f64) -> Self {
        self.host(Arrivals::Poisson { mean_gap: seconds(1.0 / rate) }, pairs)
    }

    /// Writes to each of these pairs, `gap` apart.
    pub fn every(self, gap: SimDuration, pairs: impl IntoIterator<Item = usize>) -> Self {
        self.host(Arrivals::Constant { gap }, pairs)
    }

    /// A host that writes to these pairs.
    pub fn host(mut self, arrivals: Arrivals, pairs: impl IntoIterator<Item = usize>) -> Self {
        self.hosts.push((arrivals, pairs.into_iter().collect()));
        self
    }

    /// A host that writes what is written down: at so many nanoseconds, to that pair.
    pub fn script(mut self, writes: &[(u64, usize)]) -> Self {
        let units = self.units();
        let write = |&(at, pair): &(u64, usize)| ScriptedWrite {
            at: SimTime::from_ns(at),
            after: None,
            unit: units[pair],
            position: 0,
            size: WRITE_BYTES,
        };
        let writes: Arc<[ScriptedWrite]> = writes.iter().map(write).collect();
        self.hosts.push((Arrivals::Scripted { writes }, Vec::new()));
        self
    }

    /// The local unit of each pair.
    pub fn units(&self) -> Vec<LocalUnit> {
        let unit = |(index, pair): (usize, &PairPlace)| LocalUnit {
            system: LocalId::from(pair.local),
            unit: self.pairs[..index].iter().filter(|earlier| earlier.local == pair.local).count() as u32,
        };
        self.pairs.iter().enumerate().map(unit).collect()
    }

    /// Delay of write data and markers.
    pub fn delay(mut self, delay: Distribution) -> Self {
        self.forward.delay = delay;
        self
    }

    /// Delay of completions.
    pub fn return_delay(mut self, delay: Distribution) -> Self {
        self.reverse.delay = delay;
        self
    }

    /// Delay between slaves and master, each way.
    pub fn control_delay(mut self, delay: Distribution) -> Self {
        self.control.delay = delay;
        self
    }

    /// Loss of write data and markers.
    pub fn loss(mut self, probability: f64) -> Self {
        self.forward.loss = Loss::Bernoulli(probability);
        self
    }

    /// netem's reorder of write data and markers.
    pub fn reorder(mut self, share: f64) -> Self {
        self.forward.reorder = share;
        self
    }

    /// Both directions of every path.
    pub fn wan(mut self, link: Link) -> Self {
        self.reverse = link.clone();
        self.forward = link;
        self
    }

    pub fn timeout(mut self, timeout: SimDuration) -> Self {
        self.retransmit_timeout = timeout;
        self
    }

    /// Service time of a remote destage.
    pub fn destage_time(mut self, time: Distribution) -> Self {
        self.destage_time = time;
        self
    }

    pub fn limit_period(mut self, period: SimDuration) -> Self {
        self.limit_period = period;
        self
    }

    /// Markers on idle streams, so long after the last packet.
    pub fn markers(mut self, interval: SimDuration) -> Self {
        self.rules.idle_stream = IdleStream::Marker;
        self.marker_interval = interval;
        self
    }

    /// Sets rules.
    pub fn rules(mut self, set: impl FnOnce(&mut Rules)) -> Self {
        set(&mut self.rules);
        self
    }

    pub fn addresses(mut self, addresses: Addresses) -> Self {
        self.addresses = addresses;
        self
    }

    pub fn sizes(mut self, sizes: Sizes) -> Self {
        self.sizes = sizes;
        self
    }

    /// Hosts write this long.
    pub fn seconds(mut self, length: f64) -> Self {
        self.duration = seconds(length);
        self
    }

    /// Left out of statistics.
    pub fn warm_up(mut self, length: f64) -> Self {
        self.warm_up = seconds(length);
        self
    }

    /// The run ends at most this long after the last write.
    pub fn drain_limit(mut self, length: f64) -> Self {
        self.drain_limit = seconds(length);
        self
    }

    pub fn seeded_ties(mut self) -> Self {
        self.seeded_ties = true;
        self
    }

    /// Runs it.
    pub fn run(&self, seed: u64) -> Outcome {
        simulate(&self.scenario(seed), Options::default(), &mut |_| {}).unwrap()
    }

    /// Runs it: the places, in the order of issue, of the writes that landed at the remote site, in their order.
    pub fn destaged(&self, seed: u64) -> Vec<u64> {
        let mut recorder = Recorder::default();
        simulate_observed(&self.scenario(seed), Options::default(), &mut recorder, &mut |_| {}).unwrap();
        let serial = |(_, record): &(SimTime, Record)| match record {
            Record::RemoteDestaged { write, .. } => Some(write.serial),
            _ => None,
        };
        recorder.records.iter().filter_map(serial).collect()
    }

    /// The scenario.
    pub fn scenario(&self, seed: u64) -> Scenario {
        text::scenario(self, seed)
    }

    /// So many systems or groups have come into being.
    fn count(&self, of: fn(&PairPlace) -> usize) -> usize {
        self.pairs.iter().map(of).max().map_or(0, |last| last + 1)
    }
}
