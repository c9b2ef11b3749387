//! DESIGN 9, items 1 and 2: what the order costs on one stream. The received lag of a write, with a limit on every
//! change and an ideal control network, is the delay of delivery in the order of sending.

use rcsim::hardware::distribution::Distribution;
use rcsim::protocol::Scheme;
use rcsim::world::Outcome;

use super::transit::{InOrder, Law, Transit, exponential_reordered_ratio, exponential_resequencing_delay};
use super::{since_sent, since_sent_of_ns};
use crate::builder::{
    World, constant_ms, exponential_ms, lognormal_ms, ms, seconds, shifted_exponential_ms, uniform_ms,
};
use crate::statistics::{assert_distributed, assert_mean, pool, runs};

/// Mean transit in all of this, in seconds.
const MEAN: f64 = 0.020;

/// A law, as the scenario says it and as the formulas do. All have a mean of 20 ms.
fn laws() -> [(&'static str, Distribution, Law); 4] {
    [
        ("exponential", exponential_ms(20.0), Law::Exponential { shift: 0.0, scale: MEAN }),
        (
            "12 ms + exponential",
            shifted_exponential_ms(12.0, 20.0),
            Law::Exponential { shift: 0.012, scale: 0.008 },
        ),
        ("uniform", uniform_ms(5.0, 35.0), Law::Uniform { low: 0.005, high: 0.035 }),
        ("lognormal", lognormal_ms(20.0, 15.0), Law::lognormal(MEAN, 0.015)),
    ]
}

/// One pair, so many writes long; the warm-up is many transits.
fn one_stream(scheme: Scheme, rate: f64, delay: Distribution, writes: f64) -> World {
    World::new(scheme).pairs(1).poisson(rate).delay(delay).warm_up(1.0).seconds(1.0 + writes / rate)
}

fn received_s(outcome: &Outcome) -> f64 {
    since_sent(outcome.judgement.summary.received_lag.mean_s)
}

/// Received lag less transit, of the same writes: what is common to both does not blur their difference.
fn resequencing_s(outcome: &Outcome) -> f64 {
    received_s(outcome) - outcome.judgement.summary.wan.delay.mean_s
}

fn reordered(outcome: &Outcome) -> f64 {
    outcome.judgement.summary.wan.reordering.ratio()
}

#[test]
fn exponential_transit_costs_the_closed_form() {
    for (rho, writes, precision) in
        [(0.25, 20_000.0, 0.05), (1.0, 20_000.0, 0.03), (4.0, 30_000.0, 0.02), (16.0, 60_000.0, 0.02)]
    {
        let rate = rho / MEAN;
        let world = one_stream(Scheme::Pair, rate, exponential_ms(20.0), writes);
        let outcomes = runs(20, |seed| world.run(seed));
        let values = |of: fn(&Outcome) -> f64| outcomes.iter().map(of).collect::<Vec<_>>();
        let delay = exponential_resequencing_delay(MEAN, rate);
        assert_mean(&format!("resequencing, rho {rho}"), delay, precision, &values(resequencing_s));
        assert_mean(&format!("received lag, rho {rho}"), MEAN + delay, precision, &values(received_s));
        let ratio = exponential_reordered_ratio(MEAN, rate);
        assert_mean(&format!("reordered ratio, rho {rho}"), ratio, precision, &values(reordered));
    }
}

#[test]
fn any_transit_costs_the_general_formula() {
    for (name, distribution, law) in laws().into_iter().skip(1) {
        for (rate, writes, precision) in [(50.0, 20_000.0, 0.04), (400.0, 40_000.0, 0.03)] {
            let predicted = InOrder { transit: Transit::lossless(law), rate };
            let world = one_stream(Scheme::Pair, rate, distribution.clone(), writes);
            let outcomes = runs(20, |seed| world.run(seed));
            let values = |of: fn(&Outcome) -> f64| outcomes.iter().map(of).collect::<Vec<_>>();
            let what = |of| format!("{of}, {name}, {rate}/s");
            let delay = predicted.mean_resequencing_delay();
            assert_mean(&what("resequencing"), delay, precision, &values(resequencing_s));
            assert_mean(&what("received lag"), predicted.mean(), precision, &values(received_s));
            assert_mean(&what("reordered ratio"), predicted.reordered_ratio(), precision, &values(reordered));
        }
    }
}

/// A probe every `gap_s`, among Poisson writes to another group that shares the stream (Fig. 3).
fn probed(rate: f64, gap_s: f64, probes: f64) -> World {
    let world = World::new(Scheme::RemoteSystem).pair(0, 0, 0).pair(0, 0, 1);
    let world = world.poisson_to([0], rate).every(seconds(gap_s), [1]);
    world.warm_up(1.0).seconds(1.0 + probes * gap_s)
}

/// With free disks the applied lag is the received lag, and of that there is a histogram.
fn assert_probes_distributed(what: &str, world: &World, predicted: InOrder) {
    let bars = pool(runs(20, |seed| {
        let summary = world.run(seed).judgement.summary;
        assert_eq!(summary.applied_lag, summary.received_lag);
        summary.groups[1].applied_lag_bars.clone()
    }));
    assert_distributed(what, &bars, 0.025, |lag_ns| predicted.cdf(since_sent_of_ns(lag_ns)));
}

/// P(D <= t) = F(t) exp(-λ M(t)). Probes are 10 mean transits apart, of which an exponential one exceeds that
/// with probability 5e-5.
#[test]
fn lags_are_distributed_as_in_order_delivery_says() {
    for (name, distribution, law) in laws() {
        for rate in [25.0, 200.0] {
            let world = probed(rate, 10.0 * MEAN, 400.0).delay(distribution.clone());
            let predicted = InOrder { transit: Transit::lossless(law), rate };
            assert_probes_distributed(&format!("lag, {name}, {rate}/s"), &world, predicted);
        }
    }
}

/// Where there is one pair, every numbering and the transport in order are one and the same: to the nanosecond, since
/// all see the same writes and the same network. What does not order (`none`) costs the transit alone.
#[test]
fn one_pair_costs_the_same_under_every_scheme_that_orders() {
    let summary = |scheme| {
        let outcome = one_stream(scheme, 200.0, exponential_ms(20.0), 4_000.0).run(1);
        outcome.judgement.summary
    };
    let pair = summary(Scheme::Pair);
    for scheme in [Scheme::RemoteSystem, Scheme::Group, Scheme::InOrderTransport] {
        let other = summary(scheme);
        assert_eq!((other.received_lag, other.wan), (pair.received_lag, pair.wan), "{scheme}");
    }
    for scheme in [Scheme::None, Scheme::TimestampOnly] {
        let other = summary(scheme);
        assert_eq!(other.wan, pair.wan, "{scheme}");
        let off = since_sent(other.received_lag.mean_s) - other.wan.delay.mean_s;
        assert!(off.abs() < 1e-9, "{scheme}: {off} s beyond the transit");
    }
}

/// Item 2. The time-out (50 ms) is longer than every round trip, and completions are not lost: a write is sent again
/// only where it was lost, so often that k losses cost k time-outs.
#[test]
fn a_loss_costs_a_time_out_and_holds_up_what_follows() {
    const TIMEOUT_S: f64 = 0.050;
    let laws = [
        ("constant", constant_ms(20.0), Law::Constant(MEAN)),
        ("uniform", uniform_ms(5.0, 35.0), laws()[2].2),
    ];
    for (name, distribution, law) in laws {
        for (loss, rate, writes) in [(0.01, 100.0, 20_000.0), (0.1, 20.0, 10_000.0), (0.2, 200.0, 40_000.0)] {
            let transit = Transit { law, loss, timeout: TIMEOUT_S };
            let predicted = InOrder { transit, rate };
            let lossy = |world: World| {
                let world = world.delay(distribution.clone()).return_delay(constant_ms(10.0));
                world.loss(loss).timeout(seconds(TIMEOUT_S))
            };
            let what = |of| format!("{of}, {name}, loss {loss}, {rate}/s");
            let world = lossy(one_stream(Scheme::Pair, rate, distribution.clone(), writes));
            let outcomes = runs(20, |seed| world.run(seed));
            let received: Vec<f64> = outcomes.iter().map(received_s).collect();
            assert_mean(&what("received lag"), predicted.mean(), 0.02, &received);
            // Sendings per write: 1/(1 - p).
            let sendings = |outcome: &Outcome| {
                let wan = outcome.judgement.summary.wan;
                wan.offered as f64 / (wan.offered - wan.retransmitted) as f64
            };
            let sendings: Vec<f64> = outcomes.iter().map(sendings).collect();
            assert_mean(&what("sendings per write"), 1.0 / (1.0 - loss), 0.005, &sendings);
            // Probes ten time-outs apart: one is lost so often with probability loss^9.
            let world = lossy(probed(rate, 10.0 * TIMEOUT_S, 400.0));
            assert_probes_distributed(&what("lag"), &world, predicted);
        }
    }
}

/// The time-out runs from each sending, so a completion that comes just in time prevents the resend.
#[test]
fn nothing_is_sent_again_within_the_round_trip() {
    let world = one_stream(Scheme::Pair, 100.0, constant_ms(20.0), 2_000.0).return_delay(constant_ms(20.0));
    let resends = |timeout| world.clone().timeout(timeout).run(1).judgement.summary.wan.retransmitted;
    assert_eq!(resends(ms(40.001)), 0);
    assert!(resends(ms(39.999)) > 1_900);
}
