//! What theory says of a scenario, where its assumptions hold; nothing where they do not.
//!
//! Each group's writes must come by Poisson processes to all its pairs, over paths without bandwidth, queue,
//! duplicates or faults; limits must be made at once (`limit_period = "0s"`, an ideal `[control]`), and caches
//! must not refuse. Then two cases have a closed form:
//! - one stream per limit, over exponential transit or constant transit with losses: delivery in order;
//! - several streams of one rate over a constant delay: the wait for idle streams.
//!
//! The formulas stand in `metrics::closed_form`; here it is only decided which applies.

use std::collections::BTreeMap;

use crate::hardware::distribution::Shape;
use crate::hardware::link::{Course, Link, Loss};
use crate::hardware::workload::{Arrivals, LocalUnit};
use crate::metrics::closed_form;
use crate::protocol::Scheme;
use crate::protocol::rules::{Admission, Compare, IdleStream, LimitScope, Resend, Run, Stamp};
use crate::protocol::transport::{Early, Retransmit, Transport, WindowRule};
use crate::scenario::Scenario;
use crate::scenario::validated::Pair;
use crate::units::{GroupId, SimDuration};

/// What a stream is known by: its ends, and the pair or group that it is of, if numbered so.
type StreamKey = (u32, u32, u32);

/// Mean received lag in seconds over all writes.
pub fn received_lag_s(scenario: &Scenario) -> Option<f64> {
    if !assumptions_hold(scenario) {
        return None;
    }
    let rates = pair_rates(scenario)?;
    let (mut weighted, mut total) = (0.0, 0.0);
    for index in 0..scenario.groups.len() {
        let group = GroupId(index as u32);
        let rate: f64 = of_group(scenario, &rates, group).map(|(_, rate)| rate).sum();
        weighted += rate * group_lag_s(scenario, &rates, group)?;
        total += rate;
    }
    (total > 0.0).then(|| weighted / total)
}

/// RFC 4737 reordered ratio of the data direction, over exponential transit on one path.
pub fn reordered_ratio(scenario: &Scenario) -> Option<f64> {
    let [path] = scenario.paths.as_slice() else { return None };
    if !is_plain(&path.forward) || !is_lossless(&path.forward) || path.forward.reorder > 0.0 {
        return None;
    }
    let jitter = jitter_s(&path.forward)?;
    let rate: f64 = pair_rates(scenario)?.iter().sum();
    Some(closed_form::reordered_ratio_exponential(rate, jitter))
}

/// The probability with which a packet of any path is lost.
pub fn loss(scenario: &Scenario) -> Option<f64> {
    let mut losses = scenario.paths.iter().map(|path| match path.forward.loss {
        Loss::Bernoulli(loss) if path.forward.netem.is_none() && path.forward.timeline.is_none() => {
            Some(loss)
        }
        Loss::Bernoulli(_) | Loss::GilbertElliott { .. } | Loss::Bursts { .. } => None,
    });
    let first = losses.next()??;
    losses.all(|loss| loss == Some(first)).then_some(first)
}

/// Bytes per second of a tape job over a network that only delays: m blocks a round trip, up to the drive's rate.
/// It is the rate in the long run: a short job has a first and a last half round trip beside.
pub fn tape_bytes_per_s(scenario: &Scenario, job: &str) -> Option<f64> {
    let job = scenario.tape.jobs.iter().find(|known| known.name == job)?;
    let drive = &scenario.tape.systems.get(job.system)?.drive;
    let delays_only = |link: &Link| {
        is_plain(link) && is_lossless(link) && link.reorder <= 0.0 && link.delay.shape == Shape::Constant
    };
    let alone = scenario.tape.jobs.len() == 1 && scenario.faults.is_empty() && job.volume_rate.is_none();
    let round_trip_s = job.forward.delay.mean.as_secs_f64() + job.reverse.delay.mean.as_secs_f64();
    (alone && delays_only(&job.forward) && delays_only(&job.reverse)).then(|| {
        let (m, block, rate) = (job.m as f64, f64::from(drive.block), drive.native_rate as f64);
        closed_form::window_throughput(m, block, round_trip_s, rate)
    })
}

fn assumptions_hold(scenario: &Scenario) -> bool {
    let protocol = &scenario.protocol;
    let rules = &protocol.rules_in_force();
    let ordered = match protocol.scheme {
        Scheme::Pair | Scheme::RemoteSystem | Scheme::Group | Scheme::InOrderTransport => true,
        Scheme::None
        | Scheme::TimestampOnly
        | Scheme::Synchronous
        | Scheme::AdaptiveCopy
        | Scheme::Epoch
        | Scheme::Cut => false,
    };
    let scope = rules.limit_scope == LimitScope::Group || scenario.groups.len() == 1;
    ordered
        && scope
        && rules.run == Run::NextExpected
        && rules.compare == Compare::WholeKey
        && rules.stamp == Stamp::Receipt
        && rules.resend == Resend::UntilCompleted
        && rules.admission == Admission::Reserve
        && protocol.limit_period.is_zero()
        && scenario.control == Link::ideal()
        && scenario.faults.is_empty()
        && scenario.paths.iter().all(|path| is_plain(&path.forward))
        && scenario
            .local_systems
            .iter()
            .all(|system| system.clock == crate::hardware::clock::Clock::default())
}

fn is_plain(link: &Link) -> bool {
    link.bandwidth.is_none()
        && link.mtu.is_none()
        && !link.fifo
        && link.duplicate <= 0.0
        && link.course == Course::Independent
        && link.hold_back.is_none()
        && link.timeline.is_none()
        && link.netem.is_none()
}

fn is_lossless(link: &Link) -> bool {
    matches!(link.loss, Loss::Bernoulli(loss) if loss <= 0.0)
}

/// Mean of the exponential part of a delay, in seconds.
fn jitter_s(link: &Link) -> Option<f64> {
    (link.delay.shape == Shape::Exponential)
        .then(|| link.delay.mean.as_secs_f64() - link.delay.minimum.as_secs_f64())
}

/// Writes per second to each pair; `None` if any host is not Poisson.
fn pair_rates(scenario: &Scenario) -> Option<Vec<f64>> {
    let mut of_unit: BTreeMap<(u32, u32), f64> = BTreeMap::new();
    for host in &scenario.hosts {
        let Arrivals::Poisson { mean_gap } = host.workload.arrivals else { return None };
        for LocalUnit { system, unit } in &host.workload.units {
            *of_unit.entry((system.0, *unit)).or_default() += 1.0 / mean_gap.as_secs_f64();
        }
    }
    let rate = |pair: &Pair| of_unit.get(&(pair.local.system.0, pair.local.unit)).copied().unwrap_or(0.0);
    Some(scenario.pairs.iter().map(rate).collect())
}

fn of_group<'a>(
    scenario: &'a Scenario,
    rates: &'a [f64],
    group: GroupId,
) -> impl Iterator<Item = (StreamKey, f64)> + 'a {
    let pairs = scenario.pairs.iter().enumerate().zip(rates);
    pairs
        .filter(move |((_, pair), _)| pair.group == group)
        .map(move |((index, pair), rate)| (stream_of(scenario.protocol.scheme, index as u32, pair), *rate))
}

fn stream_of(scheme: Scheme, index: u32, pair: &Pair) -> StreamKey {
    let third = match scheme {
        Scheme::Pair | Scheme::TimestampOnly => index,
        Scheme::Group | Scheme::Epoch | Scheme::Cut => pair.group.0,
        Scheme::RemoteSystem
        | Scheme::None
        | Scheme::Synchronous
        | Scheme::InOrderTransport
        | Scheme::AdaptiveCopy => 0,
    };
    (pair.local.system.0, pair.remote.0, third)
}

fn group_lag_s(scenario: &Scenario, rates: &[f64], group: GroupId) -> Option<f64> {
    let protocol = &scenario.protocol;
    let mut streams: BTreeMap<StreamKey, f64> =
        of_group(scenario, rates, group).map(|(key, _)| (key, 0.0)).collect();
    // A stream may carry writes of other groups too (Fig. 3): they count for its rate.
    for ((index, pair), rate) in scenario.pairs.iter().enumerate().zip(rates) {
        if let Some(sum) = streams.get_mut(&stream_of(protocol.scheme, index as u32, pair)) {
            *sum += rate;
        }
    }
    let paths: Vec<_> =
        scenario.pairs.iter().filter(|pair| pair.group == group).map(|pair| pair.path.index()).collect();
    let link = |path: usize| scenario.paths.get(path).map(|path| &path.forward);
    let first = link(*paths.first()?)?;
    // With a time-out that adapts there is a closed form only where it plays no part.
    let is_plain = |path: &usize| {
        scenario.paths.get(*path).is_some_and(|path| {
            let Transport { retransmit, early, window, .. } = path.transport;
            (early, window) == (Early::Off, WindowRule::Unlimited)
                && (matches!(retransmit, Retransmit::Fixed(_)) || is_lossless(&path.forward))
        })
    };
    if !paths.iter().all(is_plain) {
        return None;
    }
    let timeout =
        |path: &usize| scenario.paths.get(*path).map_or(0.0, |path| least_timeout_s(&path.transport));
    let timeout = paths.iter().map(timeout).reduce(f64::min)?;
    if paths.iter().any(|&path| link(path) != Some(first)) || first.reorder > 0.0 {
        return None;
    }
    let rate = *streams.values().next()?;
    if streams.len() == 1 {
        one_stream_lag_s(scenario, first, rate, timeout)
    } else {
        idle_lag_s(scenario, first, &streams)
    }
}

/// The time-out where it is constant, else the least that it can become, in seconds.
fn least_timeout_s(transport: &Transport) -> f64 {
    match transport.retransmit {
        Retransmit::Untimed => f64::INFINITY,
        Retransmit::Fixed(timeout) => timeout.as_secs_f64(),
        Retransmit::Adaptive { minimum, .. } => minimum.as_secs_f64(),
    }
}

/// One stream: a write is recoverable when it and all before it have come.
fn one_stream_lag_s(scenario: &Scenario, link: &Link, rate: f64, timeout: f64) -> Option<f64> {
    let protocol = &scenario.protocol;
    // A marker is numbered too; where it is rare it does not matter.
    let markers = rate * protocol.marker_interval.as_secs_f64() < 6.0
        && protocol.rules.idle_stream == IdleStream::Marker
        && protocol.scheme.is_numbered();
    if markers {
        return None;
    }
    let mean = link.delay.mean.as_secs_f64();
    match (&link.delay.shape, &link.loss) {
        // A resend that is faster than the first copy would spoil it.
        (Shape::Exponential, _) if is_lossless(link) && timeout > 10.0 * mean => {
            let jitter = jitter_s(link)?;
            Some(closed_form::in_order_delay_exponential_s(rate, mean - jitter, jitter))
        }
        (Shape::Constant, Loss::Bernoulli(loss)) if timeout > 2.0 * mean && rate > 0.0 => {
            Some(closed_form::in_order_delay_loss_s(rate, mean, timeout, *loss))
        }
        _ => None,
    }
}

/// Several streams over one constant delay: a write waits for the slowest of the others.
fn idle_lag_s(scenario: &Scenario, link: &Link, streams: &BTreeMap<StreamKey, f64>) -> Option<f64> {
    let protocol = &scenario.protocol;
    let rate = *streams.values().next()?;
    let alike = streams.values().all(|other| (other - rate).abs() <= 1e-9 * rate);
    if !alike || !is_lossless(link) || link.delay.shape != Shape::Constant || !protocol.scheme.is_numbered() {
        return None;
    }
    let interval = match protocol.rules.idle_stream {
        IdleStream::Marker => {
            Some(protocol.marker_interval).filter(|interval| *interval > SimDuration::ZERO)?
        }
        IdleStream::Hold => {
            return Some(
                link.delay.mean.as_secs_f64()
                    + closed_form::idle_stream_wait_s(streams.len() as u32, rate, None),
            )
            .filter(|_| rate > 0.0);
        }
        IdleStream::Exclude | IdleStream::Naked => return None,
    };
    let wait = closed_form::idle_stream_wait_s(streams.len() as u32, rate, Some(interval.as_secs_f64()));
    Some(link.delay.mean.as_secs_f64() + wait)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::metrics::{Interval, Options};
    use crate::world::simulate;

    const REORDERING: &str = include_str!("../../../scenarios/study/reordering.toml");
    const IDLE: &str = include_str!("../../../scenarios/study/idle-streams.toml");
    const TAPE: &str = include_str!("../../../scenarios/figures/tape-throughput.toml");
    const LOSS: &str = include_str!("../../../scenarios/study/loss.toml");

    fn scenario(text: &str, set: &[&str]) -> Scenario {
        let set: Vec<String> = set.iter().map(|&setting| setting.to_owned()).collect();
        crate::scenario::parse("study", text, Path::new(""), &set).unwrap()
    }

    /// The mean over independent runs lies where theory says: within the interval of 99.9 %.
    fn agrees(text: &str, set: &[&str]) {
        let mut scenario = scenario(text, set);
        let theory = received_lag_s(&scenario).unwrap();
        let runs = (1..=12).map(|seed| {
            scenario.run.seed = seed;
            simulate(&scenario, Options::default(), &mut |_| {})
                .unwrap()
                .judgement
                .summary
                .received_lag
                .mean_s
        });
        let interval = Interval::of(&runs.collect::<Vec<_>>(), 0.999).unwrap();
        assert!(interval.holds(theory), "{set:?}: theory {theory}, found {interval:?}");
        // An interval that holds everything would say nothing.
        assert!(interval.half_width < 0.15 * interval.mean, "{set:?}: {interval:?}");
    }

    #[test]
    fn simulation_agrees_with_what_is_drawn_over_it() {
        agrees(REORDERING, &["protocol.scheme=group"]);
        agrees(REORDERING, &["protocol.scheme=remote-system", "wan.delay.minimum=18ms"]);
        agrees(REORDERING, &["protocol.scheme=in-order-transport"]);
        agrees(LOSS, &["protocol.scheme=group"]);
        agrees(LOSS, &["protocol.scheme=remote-system", "wan.loss=0.003"]);
        agrees(IDLE, &["protocol.rule.idle-stream=hold", "host.H.workload.rate=20/s"]);
        agrees(IDLE, &["host.H.workload.rate=20/s", "run.duration=60s"]);
    }

    #[test]
    fn the_reordered_ratio_is_that_of_the_packets() {
        let mut scenario = scenario(REORDERING, &["wan.delay.minimum=18ms"]);
        let theory = reordered_ratio(&scenario).unwrap();
        let runs = (1..=12).map(|seed| {
            scenario.run.seed = seed;
            let outcome = simulate(&scenario, Options::default(), &mut |_| {}).unwrap();
            outcome.judgement.summary.wan.reordering.ratio()
        });
        let interval = Interval::of(&runs.collect::<Vec<_>>(), 0.999).unwrap();
        assert!(interval.holds(theory), "theory {theory}, found {interval:?}");
    }

    #[test]
    fn nothing_is_said_where_an_assumption_does_not_hold() {
        for set in [
            "protocol.scheme=none",
            "protocol.scheme=timestamp-only",
            "protocol.scheme=synchronous",
            // Two streams over a path that reorders: no form is known.
            "protocol.scheme=pair",
            "protocol.limit_period=10ms",
            "protocol.rule.run=longest",
            "protocol.rule.limit-scope=global",
            // Resends overtake first copies.
            "protocol.retransmit_timeout=50ms",
            // Markers are numbered among the writes.
            "protocol.marker_interval=2ms",
            "wan.loss=0.01",
            "wan.duplicate=0.01",
            "wan.bandwidth=1Gbit/s",
            "control.delay=1ms",
            "host.H.workload.kind=constant",
        ] {
            assert_eq!(received_lag_s(&scenario(REORDERING, &[set])), None, "{set}");
        }
        assert_eq!(received_lag_s(&scenario(IDLE, &["wan.loss=0.01"])), None);
        assert_eq!(received_lag_s(&scenario(IDLE, &["protocol.rule.idle-stream=exclude"])), None);
        let tape = |set| tape_bytes_per_s(&scenario(TAPE, &[set]), "volume");
        // 16 blocks of 256 KiB in 40 ms; then the drive's 360 MB/s.
        assert_eq!(tape("wan.loss=0"), Some(16.0 * 262_144.0 / 0.04));
        assert_eq!(tape("tape_job.volume.m=256"), Some(360e6));
        assert_eq!(tape("wan.loss=0.01"), None);
        assert_eq!(loss(&scenario(LOSS, &["wan.loss=0.03"])), Some(0.03));
    }
}
