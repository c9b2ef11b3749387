//! What a run will cost, roughly, before it is run: so that a typo is told, not paid for.
//!
//! Counts follow from the scenario's own rates, sizes and times, on the safe side: they are meant to be right within
//! a factor of a few, and to see what is out of all proportion. Nothing here comes into a result.

use super::Scenario;
use super::validated::FaultKind;
use crate::hardware::link::Link;
use crate::hardware::workload::{Arrivals, Sizes, Workload};
use crate::protocol::rules::IdleStream;
use crate::protocol::transport::Retransmit;
use crate::units::{Direction, PathId, SimDuration};

/// Events that a write takes beside its packets: issued, accepted, completed, destaged on either side.
const EVENTS_PER_WRITE: f64 = 6.0;
/// Bytes of memory that a write takes while it is on its way: measured, 30,000 writes behind an outage took 28 MB.
const BYTES_PER_WRITE: f64 = 1_000.0;
/// Bytes of memory that a packet takes while it travels.
const BYTES_PER_PACKET: f64 = 200.0;
/// Bytes of memory that a block of a tape job takes: on the medium, in queues, in the comparison.
const BYTES_PER_BLOCK: f64 = 100.0;
/// A disk system can accept one write per nanosecond: no host waits less for an answer.
const LEAST_RESPONSE_S: f64 = 2e-9;

/// What a run will cost.
#[derive(Clone, Debug, PartialEq)]
pub struct Cost {
    /// Events that are simulated.
    pub events: f64,
    /// Bytes of memory at the peak.
    pub bytes: f64,
    /// What takes the most of either: a phrase each, such as `10,000,000 writes pile up behind an outage of 1000s`.
    pub most_events: String,
    /// As above, of memory.
    pub most_bytes: String,
}

/// The largest item so far, and the sum of all.
#[derive(Default)]
struct Sum {
    total: f64,
    largest: f64,
    what: String,
}

impl Sum {
    fn add(&mut self, amount: f64, what: impl FnOnce() -> String) {
        self.total += amount;
        if amount > self.largest {
            self.largest = amount;
            self.what = what();
        }
    }
}

/// What hosts write to one local system.
#[derive(Clone, Copy, Default)]
struct Load {
    /// Writes in a second.
    rate: f64,
    /// Writes that are waited for all the time.
    outstanding: f64,
    /// Bytes of a write, on average.
    size: f64,
    /// Bytes of the largest write.
    largest: f64,
}

/// What a run of `scenario` will cost.
pub fn cost(scenario: &Scenario) -> Cost {
    let (mut events, mut bytes) = (Sum::default(), Sum::default());
    let writing_s = scenario
        .faults
        .iter()
        .filter(|fault| matches!(fault.kind, FaultKind::LocalSiteLoss))
        .map(|fault| fault.at.as_secs_f64())
        .fold(scenario.run.duration.as_secs_f64(), f64::min);
    for host in &scenario.hosts {
        let load = load(&host.workload, scenario, host.delay.mean, writing_s);
        disk(scenario, &host.name, load, &host.workload, writing_s, &mut events, &mut bytes);
        if let Arrivals::Bursty { mean_on, mean_off, .. } = host.workload.arrivals {
            let bursts = writing_s / (mean_on.as_secs_f64() + mean_off.as_secs_f64()).max(1e-9);
            let bursts = bursts * host.workload.units.len() as f64;
            events.add(bursts, || format!("{} bursts of host {}", rounded(bursts), host.name));
        }
    }
    timers(scenario, writing_s, &mut events, &mut bytes);
    for job in &scenario.tape.jobs {
        let blocks = job.blocks as f64;
        events.add(8.0 * blocks, || format!("{} blocks of tape job {}", rounded(blocks), job.name));
        bytes
            .add(BYTES_PER_BLOCK * blocks, || format!("{} blocks of tape job {}", rounded(blocks), job.name));
    }
    Cost { events: events.total, bytes: bytes.total, most_events: events.what, most_bytes: bytes.what }
}

/// What a host writes.
fn load(workload: &Workload, scenario: &Scenario, host_delay: SimDuration, writing_s: f64) -> Load {
    let units = workload.units.len() as f64;
    let (size, largest) = match &workload.sizes {
        Sizes::Constant(size) => (f64::from(*size), f64::from(*size)),
        Sizes::Mixed(sizes) => {
            let weights: f64 = sizes.iter().map(|(_, weight)| weight).sum();
            let mean = sizes.iter().map(|&(size, weight)| f64::from(size) * weight).sum::<f64>() / weights;
            (mean, f64::from(workload.sizes.largest()))
        }
    };
    let response_s = 2.0 * host_delay.as_secs_f64() + LEAST_RESPONSE_S + waits_for_remote_s(scenario);
    let open = |gap: SimDuration| units / gap.as_secs_f64().max(1e-9);
    let (rate, outstanding) = match &workload.arrivals {
        Arrivals::Poisson { mean_gap } => (open(*mean_gap), 0.0),
        Arrivals::Constant { gap } => (open(*gap), 0.0),
        Arrivals::Bursty { mean_gap_on, mean_on, mean_off } => {
            let (on, off) = (mean_on.as_secs_f64(), mean_off.as_secs_f64());
            (open(*mean_gap_on) * on / (on + off).max(1e-9), 0.0)
        }
        Arrivals::ClosedLoop { queue_depth, think_time } => {
            let depth = f64::from(*queue_depth);
            (depth / (think_time.mean.as_secs_f64() + response_s), depth)
        }
        Arrivals::Transaction { data_writes, sessions, think_time, .. } => {
            let (sessions, writes) = (f64::from(*sessions), f64::from(*data_writes));
            let cycle_s = think_time.mean.as_secs_f64() + 2.0 * response_s;
            (sessions * (1.0 + writes) / cycle_s, sessions * (1.0 + writes))
        }
        // Counted when the files were read through.
        Arrivals::Trace(recording) => {
            let writes: u64 = recording.scan.files.iter().map(|file| file.writes - file.cut_off).sum();
            (writes as f64 / writing_s.max(1e-9), 0.0)
        }
        Arrivals::Scripted { writes } => (writes.len() as f64 / writing_s.max(1e-9), 0.0),
    };
    // Process 210 of each system accepts at most one write per nanosecond.
    let rate = rate.min(1e9 * scenario.local_systems.len().max(1) as f64);
    Load { rate, outstanding, size, largest }
}

/// Under `synchronous` a completion comes back from the remote site.
fn waits_for_remote_s(scenario: &Scenario) -> f64 {
    if !scenario.protocol.scheme.waits_for_remote() {
        return 0.0;
    }
    let round_trip = |link: &Link, back: &Link| link.delay.mean.as_secs_f64() + back.delay.mean.as_secs_f64();
    scenario.paths.iter().map(|path| round_trip(&path.forward, &path.reverse)).fold(f64::INFINITY, f64::min)
}

/// What the writes of a host cost.
fn disk(
    scenario: &Scenario,
    host: &str,
    load: Load,
    workload: &Workload,
    writing_s: f64,
    events: &mut Sum,
    bytes: &mut Sum,
) {
    let mut writes = load.rate * writing_s;
    if load.outstanding > 0.0
        && let Some(most) = most_through_caches(scenario, load, writing_s)
    {
        writes = writes.min(most);
    }
    let rate = writes / writing_s.max(1e-9);
    let per_write = packets(scenario, load.size);
    events.add(writes * (EVENTS_PER_WRITE + 2.0 * per_write), || {
        format!("{} writes of host {host}", rounded(writes))
    });
    bytes.add(load.outstanding * BYTES_PER_WRITE, || {
        format!("{} outstanding writes of host {host}", rounded(load.outstanding))
    });
    // What travels at any time; at least one write of the largest size.
    let delay_s = scenario.paths.iter().map(|path| path.forward.delay.mean.as_secs_f64()).fold(0.0, f64::max);
    let largest = packets(scenario, load.largest);
    let travelling = (rate * per_write * delay_s).min(writes * per_write).max(largest);
    bytes.add(travelling * BYTES_PER_PACKET, || {
        if largest >= travelling {
            format!("a write of host {host} travels as {} packets", rounded(largest))
        } else {
            format!("{} packets of host {host} travel at a time", rounded(travelling))
        }
    });
    // Each write is sent again until its completion is back: where that takes longer than the timer, many times. An
    // adaptive timer learns how long it takes, but never waits longer than its maximum.
    let run_s = writing_s + scenario.run.drain_limit.as_secs_f64();
    let sent_again = |path: &super::validated::Path| {
        let away_s = path.forward.delay.mean.as_secs_f64() + path.reverse.delay.mean.as_secs_f64();
        let timer = match path.transport.retransmit {
            Retransmit::Untimed => return 0.0,
            Retransmit::Fixed(timeout) => timeout,
            Retransmit::Adaptive { maximum, .. } => maximum,
        };
        (away_s.min(run_s) / timer.as_secs_f64().max(1e-9)).floor()
    };
    let resends = writes * scenario.paths.iter().map(sent_again).fold(0.0, f64::max);
    events.add(2.0 * resends * per_write, || {
        format!("{} resends (the time-out is below the round trip)", rounded(resends))
    });
    bytes.add(resends * per_write * BYTES_PER_PACKET, || {
        format!("{} resends travel (the time-out is below the round trip)", rounded(resends))
    });
    let (waiting, why) = backlog(scenario, load, rate, writing_s, workload.units.len().max(1));
    bytes.add(waiting * BYTES_PER_WRITE, || {
        format!("{} writes of host {host} pile up {why}", rounded(waiting))
    });
}

/// Writes of a closed workload get through a limited local cache only as fast as they leave it.
fn most_through_caches(scenario: &Scenario, load: Load, writing_s: f64) -> Option<f64> {
    let mut all = 0.0;
    for (index, system) in scenario.local_systems.iter().enumerate() {
        let cache = system.cache? as f64;
        let paths = scenario.paths.iter().filter(|path| path.local.index() == index);
        let round_trip = |link: &Link, back: &Link| {
            (link.delay.mean.as_secs_f64() + back.delay.mean.as_secs_f64()).max(LEAST_RESPONSE_S)
        };
        let fastest =
            paths.map(|path| round_trip(&path.forward, &path.reverse)).fold(f64::INFINITY, f64::min);
        all += cache / load.size.max(1.0) * (1.0 + writing_s / fastest);
    }
    Some(all)
}

/// Packets of a write of this many bytes.
fn packets(scenario: &Scenario, size: f64) -> f64 {
    let least = scenario.paths.iter().filter_map(|path| path.forward.mtu).min();
    least.map_or(1.0, |mtu| (size / f64::from(mtu.max(1))).ceil().max(1.0))
}

/// Writes that wait at the worst, and for what: an outage, a line or a disk unit that is too slow.
fn backlog(scenario: &Scenario, load: Load, rate: f64, writing_s: f64, units: usize) -> (f64, String) {
    let mut worst = (0.0, String::new());
    let mut consider = |waiting: f64, why: String| {
        if waiting > worst.0 {
            worst = (waiting, why);
        }
    };
    // A host that waits for completions does not go on while all of them are due.
    let is_closed_by = |waits: bool| waits && load.outstanding > 0.0;
    for fault in &scenario.faults {
        let (length, what) = match fault.kind {
            FaultKind::WanOutage { length, direction, .. } => {
                let back = if direction == Some(Direction::Reverse) { " of the way back" } else { "" };
                (length, format!("behind an outage{back} of {length}"))
            }
            FaultKind::Crash { length, .. } => (length, format!("behind a crash of {length}")),
            FaultKind::SlaveStop { length, .. } => (length, format!("behind a stopped slave for {length}")),
            FaultKind::MasterStop { length } => (length, format!("behind a stopped master for {length}")),
            FaultKind::BrownOut { length, ref brown_out, .. } if brown_out.bandwidth.is_some() => {
                (length, format!("behind a brown-out of {length}"))
            }
            _ => continue,
        };
        let left_s = (writing_s - fault.at.as_secs_f64()).max(0.0);
        let synchronous = is_closed_by(scenario.protocol.scheme.waits_for_remote());
        if !synchronous {
            consider(rate * length.as_secs_f64().min(left_s), what);
        }
    }
    // Each path carries the share of the units that it has pairs of.
    let pairs = scenario.pairs.len().max(1) as f64;
    for (index, path) in scenario.paths.iter().enumerate() {
        let Some(bandwidth) = path.forward.bandwidth else { continue };
        let of_path = scenario.pairs.iter().filter(|pair| pair.path == PathId::from(index)).count() as f64;
        let offered = rate * load.size * 8.0 * of_path / pairs;
        if offered > bandwidth as f64 {
            let share = 1.0 - bandwidth as f64 / offered;
            let why = format!("before a line of {}", crate::units::quantity::Bandwidth(Some(bandwidth)));
            consider(rate * of_path / pairs * writing_s * share, why);
        }
    }
    let locals = scenario.local_systems.iter().map(|system| system.destage_time.mean);
    let remotes = scenario.remote_systems.iter().map(|system| system.destage_time.mean);
    if let Some(slowest) = locals.chain(remotes).max() {
        let busy = rate / units as f64 * slowest.as_secs_f64();
        if busy > 1.0 {
            consider(
                rate * writing_s * (1.0 - 1.0 / busy),
                format!("before units that take {slowest} a write"),
            );
        }
    }
    worst
}

/// Timers that run whether or not anybody writes.
fn timers(scenario: &Scenario, writing_s: f64, events: &mut Sum, bytes: &mut Sum) {
    let of = |period: SimDuration, count: usize| writing_s / period.as_secs_f64().max(1e-9) * count as f64;
    let protocol = &scenario.protocol;
    let rules = protocol.rules_in_force();
    if !protocol.scheme.goes_by_limits(&rules) || scenario.pairs.is_empty() {
        return;
    }
    if !protocol.limit_period.is_zero() {
        let activations = of(protocol.limit_period, 4 * scenario.remote_systems.len());
        events.add(activations, || {
            format!("{} activations of slave processes (limit_period)", rounded(activations / 4.0))
        });
    }
    let sends_markers = match rules.idle_stream {
        IdleStream::Marker | IdleStream::Naked => true,
        IdleStream::Exclude | IdleStream::Hold => false,
    };
    if sends_markers {
        // At most: a timer starts afresh at each packet.
        let markers = of(protocol.marker_interval, 4 * scenario.paths.len());
        events.add(markers, || format!("{} markers (marker_interval)", rounded(markers / 4.0)));
        let away = |path: &super::validated::Path| path.forward.delay.mean.as_secs_f64().min(writing_s);
        let away_s: f64 = scenario.paths.iter().map(away).sum();
        let travelling = away_s / protocol.marker_interval.as_secs_f64().max(1e-9);
        bytes.add(travelling * BYTES_PER_PACKET, || {
            format!("{} markers travel at a time (marker_interval)", rounded(travelling))
        });
    }
}

/// A count to two digits, as a person would say it of an estimate.
fn rounded(count: f64) -> String {
    match count {
        ..1e4 => format!("{count:.0}"),
        1e4..1e6 => format!("{:.0} thousand", count / 1e3),
        1e6..1e9 => format!("{:.0} million", count / 1e6),
        1e9..1e12 => format!("{:.0} billion", count / 1e9),
        _ => format!("{count:.0e}"),
    }
}
