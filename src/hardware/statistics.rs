//! For tests only: is a sample from this distribution, and is its mean that mean?
//!
//! Every bound has a stated confidence: a right program fails such a check, for one choice of seeds, with at
//! most the probability named. Seeds are fixed, so a check that has passed does not fail later.

/// Does the largest distance between `samples` and the distribution `cdf` stay below what one right sample
/// set in 10,000 exceeds (Kolmogorov-Smirnov, asymptotic, conservative where the distribution has steps)?
///
/// At a step (a cut, or whole nanoseconds) `cdf` must include it: P(X <= x).
pub fn assert_distributed(what: &str, mut samples: Vec<f64>, cdf: impl Fn(f64) -> f64) {
    samples.sort_unstable_by(f64::total_cmp);
    let n = samples.len() as f64;
    let mut distance = 0.0_f64;
    let mut below = 0;
    for group in samples.chunk_by(|a, b| a.total_cmp(b).is_eq()) {
        let before = below as f64 / n;
        below += group.len();
        let expected = cdf(group[0]);
        // On the left of a value that came up once the empirical function still stands at `before`. A value that
        // came up more often is a step, of which only the right end is known.
        if group.len() == 1 {
            distance = distance.max(expected - before);
        }
        distance = distance.max((expected - below as f64 / n).abs());
    }
    // sqrt(-ln(alpha / 2) / 2) with alpha = 1e-4.
    let critical = 2.225 / n.sqrt();
    assert!(distance < critical, "{what}: distance {distance}, critical {critical} for {n} samples");
}

/// Is `expected` within the 99.9% interval of the mean of 20 independent runs (Student, 19 degrees of freedom)?
///
/// `run` is given the number of the run, from 1: its seed.
pub fn assert_mean(what: &str, expected: f64, run: impl Fn(u64) -> f64) {
    const RUNS: u64 = 20;
    const STUDENT: f64 = 3.883;
    let results: Vec<f64> = (1..=RUNS).map(run).collect();
    let mean = results.iter().sum::<f64>() / RUNS as f64;
    let variance = results.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (RUNS - 1) as f64;
    let half = STUDENT * (variance / RUNS as f64).sqrt();
    assert!((mean - expected).abs() <= half, "{what}: {mean} ± {half}, expected {expected}");
    // An interval as wide as what it bounds would prove nothing.
    assert!(half < 0.2 * expected.abs(), "{what}: ± {half} around {mean} is too wide to tell");
}
