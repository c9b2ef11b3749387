//! What theory says a run should measure, where it says anything in closed form.
//!
//! Each form is written once, here; figures draw it over the simulation and tests compare the two. Rates are
//! per second and times are seconds. Nothing here simulates, and nothing knows a scenario: whether the
//! assumptions of a form hold is for the caller to say.

use libm::{exp, expm1, pow};

/// Mean time for which a write waits for the other streams of its limit, in seconds.
///
/// `streams` independent Poisson streams of `rate` each share one limit time over paths of one constant delay;
/// the limit follows every change at once. A stream that has been idle for `marker_interval` seconds sends a
/// marker, after which its timer starts anew; `None` is rule `idle-stream = "hold"`: no markers at all.
///
/// A write waits until each of the other streams has sent something later: the greatest of `streams - 1`
/// residual times of renewal processes with gaps min(exponential, interval). Without markers this is the
/// greatest of that many exponentials, H(N-1)/λ; for rates that go to zero it is h(N-1)/N.
pub fn idle_stream_wait_s(streams: u32, rate: f64, marker_interval: Option<f64>) -> f64 {
    let others = streams.saturating_sub(1);
    let Some(interval) = marker_interval else {
        return harmonic(others) / rate;
    };
    // P(residual > t) = (e^-λt - e^-λh) / (1 - e^-λh), and (h - t)/h as λ goes to zero.
    let beyond = |t: f64| {
        let whole = -expm1(-rate * interval);
        if whole < 1e-12 {
            1.0 - t / interval
        } else {
            exp(-rate * t) * -expm1(-rate * (interval - t)) / whole
        }
    };
    // Beyond 50 / λ nothing is left of any exponential.
    let end = if rate > 0.0 { interval.min(50.0 / rate) } else { interval };
    integral(0.0, end, |t| 1.0 - pow(1.0 - beyond(t), f64::from(others)))
}

/// The harmonic number 1 + 1/2 + ... + 1/n.
pub fn harmonic(n: u32) -> f64 {
    (1..=n).map(|k| 1.0 / f64::from(k)).sum()
}

/// Mean time from sending to delivery in order, in seconds, of a Poisson stream of `rate` over a path whose
/// transit is `minimum` plus an exponential of mean `jitter`, each packet by itself.
///
/// Baccelli, Gelenbe, Plateau 1984: with ρ = rate · jitter the wait for the missing adds
/// jitter · (Ein(ρ) + (1 - e^-ρ)/ρ - 1).
pub fn in_order_delay_exponential_s(rate: f64, minimum: f64, jitter: f64) -> f64 {
    let load = rate * jitter;
    if load <= 0.0 {
        return minimum + jitter;
    }
    minimum + jitter + jitter * (ein(load) - expm1(-load) / load - 1.0)
}

/// RFC 4737 reordered ratio of a Poisson stream of `rate` over that path: 1 - ∫0..1 x^ρ e^(ρ(1-x)) dx.
pub fn reordered_ratio_exponential(rate: f64, jitter: f64) -> f64 {
    let load = rate * jitter;
    if load <= 0.0 {
        return 0.0;
    }
    // With x = 1 - u the integrand is (1-u)^ρ e^ρu: as narrow as 1/sqrt(ρ), so the integral ends where it does.
    let end = (12.0 / load.sqrt()).min(1.0);
    1.0 - integral(0.0, end, |u| exp(load * (libm::log1p(-u) + u)))
}

/// Mean time from sending to delivery in order, in seconds, of a Poisson stream of `rate` over a path of
/// constant `delay` that loses a share `loss` of the packets; each is resent every `timeout` seconds, which
/// is longer than the round trip, until one copy is through.
///
/// The transit is delay + k·timeout with probability (1-p)p^k and P(D ≤ t) = F(t)·exp(-λM(t)), M(t) = ∫t..∞ (1-F).
/// On each step of F, M is a straight line, so the integral of 1 - P is a sum.
pub fn in_order_delay_loss_s(rate: f64, delay: f64, timeout: f64, loss: f64) -> f64 {
    if loss <= 0.0 {
        return delay;
    }
    let mut mean = delay;
    // The share that is still on its way after k time-outs.
    let mut late = loss;
    while late > 1e-18 {
        // M at the end of the step, and how much more it is at its start.
        let end = late * loss / (1.0 - loss) * timeout;
        let fall = late * timeout;
        let passed = exp(-rate * end) * -expm1(-rate * fall) / (rate * late);
        mean += timeout - (1.0 - late) * passed;
        late *= loss;
    }
    mean
}

/// RFC 4737 reordered ratio where a share `at_once` of packets, sent every `spacing` seconds, skips a constant
/// `delay` (netem's `reorder`): (1-q)(1-(1-q)^m), m = ceil(delay/spacing) - 1.
pub fn reordered_ratio_netem(at_once: f64, delay: f64, spacing: f64) -> f64 {
    let overtakers = (libm::ceil(delay / spacing) - 1.0).max(0.0);
    (1.0 - at_once) * (1.0 - pow(1.0 - at_once, overtakers))
}

/// Bytes a second that a window of `outstanding` blocks lets through: a block's worth of the window every round
/// trip, and never more than the `drive` takes.
pub fn window_throughput(
    outstanding: f64,
    block_bytes: f64,
    round_trip_s: f64,
    drive_bytes_per_s: f64,
) -> f64 {
    (outstanding * block_bytes / round_trip_s).min(drive_bytes_per_s)
}

/// Ein(x) = ∫0..x (1 - e^-t)/t dt.
fn ein(x: f64) -> f64 {
    let slope = |t: f64| if t < 1e-9 { 1.0 - t / 2.0 } else { -expm1(-t) / t };
    // Up to 1 it is smooth; beyond, with t = e^s, each e-fold is as smooth as the one before.
    let head = integral(0.0, x.min(1.0), slope);
    if x <= 1.0 { head } else { head + integral(0.0, libm::log(x), |s| -expm1(-exp(s))) }
}

/// Simpson's rule over 2,000 steps: the integrands here are smooth, and the error is below 1e-9 of the result.
fn integral(from: f64, to: f64, of: impl Fn(f64) -> f64) -> f64 {
    const STEPS: u32 = 2_000;
    let width = (to - from) / f64::from(STEPS);
    let inner: f64 = (1..STEPS)
        .map(|step| of(from + width * f64::from(step)) * if step % 2 == 1 { 4.0 } else { 2.0 })
        .sum();
    (of(from) + inner + of(to)) * width / 3.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: f64, expected: f64) {
        let tolerance = 1e-6 * expected.abs().max(1e-9);
        assert!((found - expected).abs() <= tolerance, "{found} is not {expected}");
    }

    #[test]
    fn idle_streams_have_both_limits() {
        // H(7) = 363/140.
        close(idle_stream_wait_s(8, 10.0, None), 363.0 / 140.0 / 10.0);
        // Markers that never come, and writes that never come.
        close(idle_stream_wait_s(8, 10.0, Some(100.0)), 363.0 / 140.0 / 10.0);
        close(idle_stream_wait_s(8, 0.0, Some(0.08)), 0.07);
        close(idle_stream_wait_s(8, 1e-9, Some(0.08)), 0.07);
        assert!(idle_stream_wait_s(1, 10.0, Some(0.01)).abs() < 1e-15);
    }

    /// Two streams: the mean residual of min(exponential, h) is E[g²]/2E[g], which is elementary.
    #[test]
    fn two_streams_wait_for_a_mean_residual() {
        let (rate, h) = (40.0_f64, 0.03_f64);
        let tail = exp(-rate * h);
        let mean = (1.0 - tail) / rate;
        let square = 2.0 * (1.0 - tail * (1.0 + rate * h)) / (rate * rate);
        close(idle_stream_wait_s(2, rate, Some(h)), square / (2.0 * mean));
    }

    #[test]
    fn ein_is_that_of_the_tables() {
        // Ein(x) = E1(x) + ln x + γ; E1 from Abramowitz and Stegun, table 5.1 and 5.2.
        close(ein(1.0), 0.219_383_934 + 0.577_215_665);
        close(ein(10.0), 4.156_968_93e-6 + libm::log(10.0) + 0.577_215_664_9);
    }

    #[test]
    fn in_order_delivery_over_exponential_transit() {
        // Integrates 1 - F(t) exp(-λM(t)) directly, F = 1 - e^-μt and M = e^-μt/μ.
        let (rate, jitter) = (300.0, 0.02);
        let direct = integral(0.0, 1.0, |t| {
            let late = exp(-t / jitter);
            1.0 - (1.0 - late) * exp(-rate * jitter * late)
        });
        close(in_order_delay_exponential_s(rate, 0.005, jitter), 0.005 + direct);
        close(in_order_delay_exponential_s(0.0, 0.005, jitter), 0.025);
    }

    #[test]
    fn the_reordered_ratio_of_exponential_transit() {
        // ρ = 1: 1 - ∫ x e^(1-x) dx = 1 - (e - 2) = 3 - e.
        close(reordered_ratio_exponential(50.0, 0.02), 3.0 - std::f64::consts::E);
        close(reordered_ratio_exponential(0.0, 0.02), 0.0);
        // For large ρ the ratio goes to 1 - sqrt(π/2ρ) + O(1/ρ).
        let load = 1e6_f64;
        let expected = 1.0 - (std::f64::consts::PI / (2.0 * load)).sqrt();
        assert!((reordered_ratio_exponential(load, 1.0) - expected).abs() < 2.0 / load);
    }

    #[test]
    fn in_order_delivery_over_a_path_that_loses() {
        // Integrates 1 - P(D ≤ t) step by step without the closed form of a step.
        let (rate, delay, timeout, loss) = (100.0, 0.02, 0.2, 0.05);
        let mut late = loss;
        let mut direct = delay;
        for _ in 0..12 {
            let end = late * loss / (1.0 - loss) * timeout;
            direct +=
                integral(0.0, timeout, |t| 1.0 - (1.0 - late) * exp(-rate * (end + late * (timeout - t))));
            late *= loss;
        }
        close(in_order_delay_loss_s(rate, delay, timeout, loss), direct);
        close(in_order_delay_loss_s(rate, delay, timeout, 0.0), delay);
        // One packet now and then waits only for itself: delay + p/(1-p) time-outs.
        close(in_order_delay_loss_s(1e-6, delay, timeout, loss), delay + timeout * loss / (1.0 - loss));
    }

    #[test]
    fn netem_and_the_window() {
        // 10 ms over spacing 1 ms: nine packets may overtake.
        close(reordered_ratio_netem(0.25, 0.010, 0.001), 0.75 * (1.0 - pow(0.75, 9.0)));
        assert!(reordered_ratio_netem(0.25, 0.001, 0.001).abs() < 1e-15);
        close(window_throughput(4.0, 65_536.0, 0.02, 1e9), 13_107_200.0);
        close(window_throughput(400.0, 65_536.0, 0.02, 1e8), 1e8);
    }
}
