//! DESIGN 9, item 4: what the limit time costs over several streams. No delay anywhere: the lag is the wait for the
//! other streams alone, to show that nothing earlier is under way on them.
//!
//! A write of one of N streams is recoverable once each of the other N - 1 has sent a packet after it. Let each
//! stream send Poisson writes of rate λ and a marker whenever h has passed since its last packet. Its packets are
//! then a renewal process of gaps min(Exp(λ), h); the wait from an instant that knows nothing of it has the density
//! P(gap > x) / E[gap] (Cox, "Renewal Theory", 1962, section 5.2), an exponential cut off at h:
//! P(W <= x) = (1 - e^-λx) / (1 - e^-λh). The lag is the greatest of N - 1 such waits.
//!
//! Without markers (h infinite) its mean is H(N-1)/λ, of harmonic number H; with rare writes (λh → 0) the waits are
//! uniform and it is h (N-1)/N. A limit period P adds the wait for the next activation: uniform, P/2 on average.

use rcsim::protocol::Scheme;
use rcsim::protocol::rules::LimitScope;
use rcsim::world::Outcome;

use super::{since_sent, since_sent_of_ns};
use crate::builder::{World, constant_ms, seconds};
use crate::statistics::{assert_distributed, assert_mean, integral, pool, runs};

/// The wait for `others` streams. Times in seconds; no markers: `marker` is infinite.
#[derive(Clone, Copy, Debug)]
struct Wait {
    others: usize,
    rate: f64,
    marker: f64,
    period: f64,
}

impl Wait {
    /// P(lag <= t) without a limit period.
    fn for_streams(self, t: f64) -> f64 {
        let one = libm::expm1(-self.rate * t.clamp(0.0, self.marker)) / libm::expm1(-self.rate * self.marker);
        libm::pow(one, self.others as f64)
    }

    /// P(lag <= t).
    fn cdf(self, t: f64) -> f64 {
        if self.period == 0.0 {
            return self.for_streams(t);
        }
        // Smooth but at 0 and where markers end all waiting.
        let mut ends = vec![t - self.period, t];
        ends.extend([0.0, self.marker].into_iter().filter(|at| (t - self.period..t).contains(at)));
        ends.sort_unstable_by(f64::total_cmp);
        let pieces = ends.windows(2).map(|ends| integral(ends[0], ends[1], 100, |at| self.for_streams(at)));
        pieces.sum::<f64>() / self.period
    }

    fn mean(self) -> f64 {
        // e^-50 is nothing.
        let end = self.marker.min(50.0 / self.rate);
        integral(0.0, end, 20_000, |t| 1.0 - self.for_streams(t)) + self.period / 2.0
    }
}

fn harmonic(n: usize) -> f64 {
    (1..=n).map(|k| 1.0 / k as f64).sum()
}

fn received_s(outcome: &Outcome) -> f64 {
    since_sent(outcome.judgement.summary.received_lag.mean_s)
}

/// Name, streams, world: of four or six streams, one for each way in which streams come about: pairs (Fig. 2), local systems, remote
/// systems (where the limit goes from slave to master and back), groups of systems on both sides.
fn worlds() -> Vec<(String, usize, World)> {
    let mut worlds = vec![("4 pairs".to_owned(), 4, World::new(Scheme::Pair).pairs(4))];
    for scheme in [Scheme::Pair, Scheme::RemoteSystem, Scheme::Group, Scheme::InOrderTransport] {
        let meshes = [(4, 1, "4 local systems"), (1, 4, "4 remote systems"), (2, 3, "2 by 3 systems")];
        for (locals, remotes, name) in meshes {
            worlds.push((
                format!("{scheme}, {name}"),
                locals * remotes,
                World::new(scheme).mesh(locals, remotes),
            ));
        }
    }
    worlds
}

/// So many writes in all. Runs cut off the last lags: of those still open at the end none is counted. That shortens the mean by no more
/// than Var(lag)/length, here less than a thousandth of it.
fn poisson(world: World, streams: usize, rate: f64, writes: f64) -> World {
    world.poisson(rate).warm_up(20.0 / rate).seconds(20.0 / rate + writes / rate / streams as f64)
}

#[test]
fn without_markers_a_write_waits_for_the_slowest_stream() {
    for (name, streams, world) in worlds() {
        let rate = 100.0;
        let world = poisson(world, streams, rate, 10_000.0);
        let values = runs(20, |seed| received_s(&world.run(seed)));
        assert_mean(&format!("hold, {name}"), harmonic(streams - 1) / rate, 0.03, &values);
    }
    for streams in [2, 3, 10, 30] {
        let rate = 40.0;
        let world = poisson(World::new(Scheme::Pair).pairs(streams), streams, rate, 10_000.0);
        let values = runs(20, |seed| received_s(&world.run(seed)));
        assert_mean(&format!("hold, {streams} pairs"), harmonic(streams - 1) / rate, 0.04, &values);
    }
}

/// Paragraph 7: by time stamp alone a remote image goes by the least of the latest stamps received. Where nothing
/// overtakes that is the same wait; recovery looks at what has arrived and needs no limit period, destaging does.
#[test]
fn by_time_stamp_alone_the_wait_is_the_same() {
    let (rate, period) = (100.0, 0.023);
    let world = poisson(World::new(Scheme::TimestampOnly).mesh(2, 2), 4, rate, 10_000.0)
        .limit_period(seconds(period));
    let outcomes = runs(20, |seed| world.run(seed));
    let received: Vec<f64> = outcomes.iter().map(received_s).collect();
    assert_mean("timestamp-only, received", harmonic(3) / rate, 0.03, &received);
    let applied = |outcome: &Outcome| since_sent(outcome.judgement.summary.applied_lag.mean_s);
    let applied: Vec<f64> = outcomes.iter().map(applied).collect();
    assert_mean("timestamp-only, applied", harmonic(3) / rate + period / 2.0, 0.03, &applied);
}

/// Streams of one key are one stream: nothing to wait for.
#[test]
fn one_stream_waits_for_nothing() {
    let one = |scheme| World::new(scheme).pairs(4);
    for (name, world) in [
        ("remote-system", one(Scheme::RemoteSystem)),
        ("group", one(Scheme::Group)),
        ("two groups", World::new(Scheme::Pair).pair(0, 0, 0).pair(0, 0, 1)),
        ("two groups of Fig. 4", World::new(Scheme::Group).pair(0, 0, 0).pair(0, 0, 1).pair(0, 0, 0)),
        ("none", World::new(Scheme::None).mesh(2, 2)),
        ("synchronous", World::new(Scheme::Synchronous).mesh(2, 2)),
    ] {
        let lag = poisson(world, 4, 100.0, 10_000.0).run(1).judgement.summary.received_lag;
        assert!(lag.count > 4_000 && lag.max_s == 0.0, "{name}: {lag:?}");
    }
}

/// A constant delay on the way comes on top; so does one of the control network, each way.
#[test]
fn constant_delays_come_on_top() {
    let (rate, streams) = (100.0, 4);
    let world =
        poisson(World::new(Scheme::Group).mesh(1, 4), streams, rate, 10_000.0).delay(constant_ms(15.0));
    let world = world.control_delay(constant_ms(2.5));
    let values = runs(20, |seed| received_s(&world.run(seed)));
    let predicted = harmonic(streams - 1) / rate + 0.015 + 2.0 * 0.0025;
    assert_mean("delays of 15 and 2 times 2.5 ms", predicted, 0.02, &values);
}

#[test]
fn markers_cut_the_wait_off() {
    let (rate, marker) = (100.0, 0.010);
    for (name, streams, world) in worlds() {
        let world = poisson(world, streams, rate, 4_000.0).markers(seconds(marker));
        let values = runs(20, |seed| received_s(&world.run(seed)));
        let predicted = Wait { others: streams - 1, rate, marker, period: 0.0 };
        assert_mean(&format!("markers, {name}"), predicted.mean(), 0.01, &values);
    }
}

/// Otherwise idle: h (N-1)/N, but for what the writes themselves cut off.
#[test]
fn idle_streams_wait_for_markers_alone() {
    let (rate, marker) = (2.0, 0.010);
    for (name, streams, world) in [
        ("2 pairs", 2, World::new(Scheme::Pair).pairs(2)),
        ("4 remote systems", 4, World::new(Scheme::Group).mesh(1, 4)),
        ("4 local systems", 4, World::new(Scheme::RemoteSystem).mesh(4, 1)),
        ("8 pairs", 8, World::new(Scheme::Pair).pairs(8)),
    ] {
        let predicted = marker * (streams - 1) as f64 / streams as f64;
        let exact = Wait { others: streams - 1, rate, marker, period: 0.0 }.mean();
        assert!((exact / predicted - 1.0).abs() < 0.005, "rare writes: {exact} {predicted}");
        let world = world.poisson(rate).markers(seconds(marker)).warm_up(1.0).seconds(101.0);
        let values = runs(20, |seed| received_s(&world.run(seed)));
        assert_mean(&format!("idle, {name}"), exact, 0.04, &values);
    }
}

#[test]
fn a_limit_period_adds_half_of_itself() {
    let rate = 100.0;
    for (name, streams, world) in worlds().into_iter().step_by(4) {
        for (marker, period) in [(f64::INFINITY, 0.023), (0.010, 0.0173), (0.010, 0.003)] {
            let world = poisson(world.clone(), streams, rate, 6_000.0).limit_period(seconds(period));
            let world = if marker.is_finite() { world.markers(seconds(marker)) } else { world };
            let values = runs(20, |seed| received_s(&world.run(seed)));
            let predicted = Wait { others: streams - 1, rate, marker, period };
            assert_mean(&format!("period {period}, {name}"), predicted.mean(), 0.03, &values);
        }
    }
    let world = poisson(World::new(Scheme::Pair).pairs(1), 1, rate, 10_000.0).limit_period(seconds(0.023));
    let values = runs(20, |seed| received_s(&world.run(seed)));
    assert_mean("the period alone", 0.0115, 0.01, &values);
}

/// Probes on a stream and in a group of their own, under one limit for all groups (rule `limit-scope = "global"`):
/// each waits for `others` streams of Poisson writes. Twelve mean gaps apart, nothing is left of the wait before.
#[test]
fn lags_are_distributed_as_the_greatest_wait() {
    let rate = 100.0;
    for (name, scheme, locals, remotes) in [
        ("pairs", Scheme::Pair, 1, 1),
        ("local systems", Scheme::RemoteSystem, 4, 1),
        ("remote systems", Scheme::Group, 1, 4),
    ] {
        for (marker, period) in [(f64::INFINITY, 0.0), (0.010, 0.0), (f64::INFINITY, 0.0231), (0.010, 0.0047)]
        {
            let others = 3;
            let place = |index: usize| (index.min(locals - 1), index.min(remotes - 1));
            let world = (0..=others).fold(World::new(scheme), |world, index| {
                let (local, remote) = place(index);
                world.pair(local, remote, usize::from(index == others))
            });
            let world = world.rules(|rules| rules.limit_scope = LimitScope::Global);
            let gap = 12.0 / rate;
            let world = world.poisson_to(0..others, rate).every(seconds(gap), [others]);
            let world = world.limit_period(seconds(period)).warm_up(1.0).seconds(1.0 + 320.0 * gap);
            let world = if marker.is_finite() { world.markers(seconds(marker)) } else { world };
            let bars = pool(runs(20, |seed| {
                let summary = world.run(seed).judgement.summary;
                summary.groups[1].applied_lag_bars.clone()
            }));
            let predicted = Wait { others, rate, marker, period };
            let what = format!("lag behind {others} {name}, markers {marker}, period {period}");
            assert_distributed(&what, &bars, 0.025, |lag_ns| predicted.cdf(since_sent_of_ns(lag_ns)));
        }
    }
}

/// The formulas of DESIGN are the ends of the one above.
#[test]
fn the_general_wait_contains_both_ends() {
    for streams in [2, 4, 10] {
        let others = streams - 1;
        let free = Wait { others, rate: 100.0, marker: f64::INFINITY, period: 0.0 };
        assert!((free.mean() * 100.0 / harmonic(others) - 1.0).abs() < 1e-9);
        let idle = Wait { others, rate: 1e-6, marker: 0.01, period: 0.0 };
        assert!((idle.mean() / (0.01 * others as f64 / streams as f64) - 1.0).abs() < 1e-6);
        let cdf = Wait { others, rate: 100.0, marker: 0.01, period: 0.004 };
        let mean = integral(0.0, 0.014, 10_000, |t| 1.0 - cdf.cdf(t));
        assert!((mean / cdf.mean() - 1.0).abs() < 1e-6, "{mean} {}", cdf.mean());
    }
}
