//! DESIGN 9, item 5: the queue before the remote disk unit. Writes arrive as a Poisson process, are destaged in local
//! order, one at a time: an M/G/1 queue, first come first served. From received to applied is its sojourn time.
//!
//! Mean: E\[S\] + λ E\[S²\] / (2 (1 - ρ)), ρ = λ E\[S\] (Pollaczek 1930, Khinchine 1932; Kleinrock, "Queueing
//! Systems I", 1975, section 5.6). Exponential service: sojourn times are exponential of rate μ - λ. Constant service
//! of length D: the wait is at most t with probability (1 - ρ) Σ (λ(kD - t))^k / k! e^(-λ(kD - t)), k from 0 to
//! t/D (Erlang 1909).

use rcsim::hardware::distribution::Distribution;
use rcsim::protocol::Scheme;
use rcsim::protocol::rules::Destage;
use rcsim::world::Outcome;

use super::since_sent_of_ns;
use crate::builder::{World, constant_ms, exponential_ms, lognormal_ms, uniform_ms};
use crate::statistics::{assert_distributed, assert_mean, pool, runs};

/// Mean service time in all of this, in seconds.
const SERVICE: f64 = 0.001;

/// Service times of mean 1 ms, and the square of their coefficient of variation.
fn services() -> [(&'static str, Distribution, f64); 4] {
    [
        ("M/M/1", exponential_ms(1.0), 1.0),
        ("M/D/1", constant_ms(1.0), 0.0),
        ("M/U/1", uniform_ms(0.0, 2.0), 1.0 / 3.0),
        // As variable as the exponential, but of another shape: the mean is the same.
        ("M/G/1, lognormal", lognormal_ms(1.0, 1.0), 1.0),
    ]
}

/// Pollaczek-Khinchine: the mean sojourn time at utilisation `rho`.
fn mean_sojourn(rho: f64, square_variation: f64) -> f64 {
    SERVICE * (1.0 + rho * (1.0 + square_variation) / (2.0 * (1.0 - rho)))
}

/// Applied less received, on average over the writes of one run; of `group`, or of all.
fn sojourn_s(outcome: &Outcome, group: Option<usize>) -> f64 {
    let summary = &outcome.judgement.summary;
    let (applied, received) = match group {
        None => (summary.applied_lag, summary.received_lag),
        Some(group) => (summary.groups[group].applied_lag, summary.groups[group].received_lag),
    };
    assert_eq!(applied.count, received.count);
    applied.mean_s - received.mean_s
}

fn writes(world: World, rate: f64, writes: f64) -> World {
    world.warm_up(1.0).seconds(1.0 + writes / rate)
}

#[test]
fn one_unit_is_pollaczek_and_khinchines_queue() {
    for (name, service, square_variation) in services() {
        for (rho, length, precision) in [(0.2, 6_000.0, 0.03), (0.5, 15_000.0, 0.03), (0.7, 30_000.0, 0.06)] {
            let rate = rho / SERVICE;
            // The constant delay on the way leaves arrivals a Poisson process.
            let world = World::new(Scheme::Pair).pairs(1).poisson(rate).delay(constant_ms(5.0));
            let world = writes(world.destage_time(service.clone()), rate, length);
            let values = runs(20, |seed| sojourn_s(&world.run(seed), None));
            assert_mean(
                &format!("{name}, rho {rho}"),
                mean_sojourn(rho, square_variation),
                precision,
                &values,
            );
        }
    }
}

/// Rule `destage`: three units of one system, two groups. The system, each unit, or each group is one server.
#[test]
fn rule_destage_says_what_the_server_is() {
    let unit_rho = 0.2;
    let rate = unit_rho / SERVICE;
    for (destage, rho_first, rho_second) in [
        (Destage::System, 3.0 * unit_rho, 3.0 * unit_rho),
        (Destage::Pair, unit_rho, unit_rho),
        (Destage::Serial, 2.0 * unit_rho, unit_rho),
    ] {
        let world = World::new(Scheme::RemoteSystem).pair(0, 0, 0).pair(0, 0, 0).pair(0, 0, 1);
        let world =
            world.poisson(rate).destage_time(exponential_ms(1.0)).rules(|rules| rules.destage = destage);
        let world = writes(world, rate, 8_000.0);
        let outcomes = runs(20, |seed| world.run(seed));
        for (group, rho) in [(0, rho_first), (1, rho_second)] {
            let values: Vec<f64> = outcomes.iter().map(|outcome| sojourn_s(outcome, Some(group))).collect();
            let what = format!("destage = {destage}, group {}", group + 1);
            assert_mean(&what, mean_sojourn(rho, 1.0), 0.05, &values);
        }
    }
}

/// P(sojourn <= t) for exponential service.
fn exponential_service(rho: f64, t: f64) -> f64 {
    -libm::expm1(-(1.0 - rho) / SERVICE * t)
}

/// P(sojourn <= t) for constant service.
fn constant_service(rho: f64, t: f64) -> f64 {
    let (t, rate) = ((t - SERVICE) / SERVICE, rho);
    if t < 0.0 {
        return 0.0;
    }
    let term = |k: u32| {
        let x = rate * (f64::from(k) - t);
        let factors: f64 = (1..=k).map(|i| x / f64::from(i)).product();
        factors * libm::exp(-x)
    };
    (1.0 - rho) * (0..=t as u32).map(term).sum::<f64>()
}

/// Of 60 writes one is a probe, picked at random: both together are the Poisson process. The queue forgets within
/// about 1/(μ(1 - √ρ)²), 12 service times; probes are 120 apart on average.
#[test]
fn sojourn_times_are_distributed_as_they_should_be() {
    let rho = 0.5;
    let rate = rho / SERVICE;
    for (name, service, cdf) in [
        ("M/M/1", exponential_ms(1.0), exponential_service as fn(f64, f64) -> f64),
        ("M/D/1", constant_ms(1.0), constant_service),
    ] {
        let world = World::new(Scheme::RemoteSystem).pair(0, 0, 0).pair(0, 0, 1);
        let world = world.poisson_to([0], rate * 59.0 / 60.0).poisson_to([1], rate / 60.0);
        let world = writes(world.destage_time(service), rate, 24_000.0);
        let bars =
            pool(runs(20, |seed| world.run(seed).judgement.summary.groups[1].applied_lag_bars.clone()));
        assert_distributed(name, &bars, 0.025, |lag_ns| cdf(rho, since_sent_of_ns(lag_ns)));
    }
}

/// Erlang's formula has the mean of Pollaczek and Khinchine.
#[test]
fn erlangs_distribution_has_the_mean_of_the_queue() {
    for rho in [0.2, 0.5] {
        // The distribution steps at one service time and bends at each.
        let piece = |k: u32| {
            let from = f64::from(k) * SERVICE;
            let inside = 1e-9 * SERVICE;
            let above = |t| 1.0 - constant_service(rho, t);
            crate::statistics::integral(from + inside, from + SERVICE - inside, 100, above)
        };
        let mean: f64 = (0..20).map(piece).sum();
        assert!((mean / mean_sojourn(rho, 0.0) - 1.0).abs() < 1e-5, "{mean}");
    }
}
