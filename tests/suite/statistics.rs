//! What a known answer is compared with: independent runs, intervals of their means, and distributions.
//!
//! Every bound has a stated confidence: a right simulator fails such a check, for one choice of seeds, with at most
//! the probability named. Seeds are fixed, so that a check that has passed does not fail later; with the variable
//! `RCSIM_FIRST_SEED` in the environment the same tests take other seeds, so that none is tuned to its own.

use rcsim::metrics::{Bar, Interval};

/// Of every interval and of every test of a distribution.
pub const CONFIDENCE: f64 = 0.999;

/// The seed of the first run.
fn first_seed() -> u64 {
    std::env::var("RCSIM_FIRST_SEED").map_or(1, |seed| seed.parse().unwrap())
}

/// What independent runs, each with a seed of its own, come to.
pub fn runs<T>(count: u64, run: impl Fn(u64) -> T) -> Vec<T> {
    (first_seed()..).take(count as usize).map(run).collect()
}

/// Panics unless the interval of the mean over independent runs holds `predicted`, and half its width is at most the
/// share `precision` of that: an interval as wide as what it bounds would prove nothing.
#[track_caller]
pub fn assert_mean(what: &str, predicted: f64, precision: f64, values: &[f64]) {
    match check_mean(predicted, precision, values) {
        Ok(found) => println!("{what}: {found}"),
        Err(why) => panic!("{what}: {why}"),
    }
}

fn check_mean(predicted: f64, precision: f64, values: &[f64]) -> Result<String, String> {
    assert!(values.len() >= 20, "too few runs for Student's interval to be trusted");
    let interval = Interval::of(values, CONFIDENCE).unwrap();
    let share = interval.half_width / predicted.abs();
    let off = interval.mean / predicted - 1.0;
    let found = format!("off {predicted:.6e} by {:+.3}% ± {:.3}%", 100.0 * off, 100.0 * share);
    if !interval.holds(predicted) {
        return Err(found);
    }
    if share > precision {
        return Err(format!("{found}: too wide to tell"));
    }
    Ok(found)
}

/// The bars of several runs as one list, ascending.
pub fn pool(runs: impl IntoIterator<Item = Vec<Bar>>) -> Vec<Bar> {
    let mut bars: Vec<Bar> = runs.into_iter().flatten().collect();
    bars.sort_unstable_by_key(|bar| bar.low_ns);
    let mut pooled: Vec<Bar> = Vec::new();
    for bar in bars {
        match pooled.last_mut() {
            Some(last) if last.low_ns == bar.low_ns => last.count += bar.count,
            _ => pooled.push(bar),
        }
    }
    pooled
}

/// Kolmogorov-Smirnov: panics unless the largest distance between the empirical distribution of independent samples
/// and `cdf` (of nanoseconds) is below what one right sample set in 1,000 exceeds (asymptotic; conservative where
/// `cdf` has steps), and that bound is at most `precision`.
///
/// A histogram shows the empirical distribution exactly at both edges of each bar, and bars are 0.1% wide. A cdf
/// that is steep within a bar is compared at its edges only, which can only hide distance, not make it.
#[track_caller]
pub fn assert_distributed(what: &str, bars: &[Bar], precision: f64, cdf: impl Fn(f64) -> f64) {
    match check_distribution(bars, precision, cdf) {
        Ok(found) => println!("{what}: {found}"),
        Err(why) => panic!("{what}: {why}"),
    }
}

fn check_distribution(bars: &[Bar], precision: f64, cdf: impl Fn(f64) -> f64) -> Result<String, String> {
    let n = bars.iter().map(|bar| bar.count).sum::<u64>() as f64;
    let mut distance = 0.0_f64;
    let mut below = 0;
    for bar in bars {
        // Spans are whole nanoseconds: what is below a bar is at most one nanosecond less than its low edge.
        let before = below as f64 / n;
        below += bar.count;
        if bar.low_ns > 0 {
            distance = distance.max((cdf(bar.low_ns as f64 - 1.0) - before).abs());
        }
        distance = distance.max((cdf(bar.high_ns as f64) - below as f64 / n).abs());
    }
    let critical = (-0.5 * libm::log(0.5 * (1.0 - CONFIDENCE))).sqrt() / n.sqrt();
    let found = format!("distance {distance:.4}, critical {critical:.4} for {n} samples");
    if distance >= critical {
        return Err(found);
    }
    if critical > precision {
        return Err(format!("{found}: too few to tell"));
    }
    Ok(found)
}

/// The integral of a smooth `f` from `from` to `to`, by Simpson's rule over `intervals` (even) intervals.
pub fn integral(from: f64, to: f64, intervals: u32, f: impl Fn(f64) -> f64) -> f64 {
    assert!(intervals.is_multiple_of(2));
    let step = (to - from) / f64::from(intervals);
    let inner: f64 =
        (1..intervals).map(|i| if i % 2 == 1 { 4.0 } else { 2.0 } * f(from + f64::from(i) * step)).sum();
    (f(from) + inner + f(to)) * step / 3.0
}

/// Φ.
pub fn normal_cdf(z: f64) -> f64 {
    0.5 * libm::erfc(-z * std::f64::consts::FRAC_1_SQRT_2)
}

#[test]
fn the_integral_is_right_to_many_digits() {
    assert!((integral(0.0, 1.0, 1000, libm::exp) - (std::f64::consts::E - 1.0)).abs() < 1e-12);
}

/// The tools can fail: a mean that is off by more than its error, and a law that is not the one claimed.
#[test]
fn a_wrong_prediction_is_noticed() {
    let bars: Vec<Bar> = (0..10_000).map(|i| Bar { low_ns: i, high_ns: i, count: 1 }).collect();
    let uniform = |ns: f64| (ns + 1.0) / 10_000.0;
    assert!(check_distribution(&bars, 0.02, uniform).is_ok());
    assert!(check_distribution(&bars, 0.02, |ns| uniform(ns) * uniform(ns)).is_err(), "another law");
    assert!(check_distribution(&bars, 0.01, uniform).is_err(), "too few samples");
    let values: Vec<f64> = (0..20).map(|i| 1.0 + 0.001 * f64::from(i)).collect();
    assert!(check_mean(1.0095, 0.02, &values).is_ok());
    assert!(check_mean(1.02, 0.02, &values).is_err(), "another mean");
    assert!(check_mean(1.0095, 0.001, &values).is_err(), "too wide an interval");
}
