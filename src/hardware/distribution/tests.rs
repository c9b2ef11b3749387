//! Samples are the right bits, follow their law, and have the mean that was asked for, cut or not.

use std::io;

use super::*;
use crate::engine::random::Streams;
use crate::hardware::statistics::{assert_distributed, assert_mean};

fn us(us: u64) -> SimDuration {
    SimDuration::from_ns(us * 1_000)
}

fn made(shape: Shape, mean_us: u64, minimum_us: u64) -> Distribution {
    Distribution::new(shape, us(mean_us), us(minimum_us)).unwrap()
}

/// Every shape, without a cut that matters and with one that does.
fn examples() -> Vec<(&'static str, Distribution)> {
    let deviation = us(8_000);
    let values = [3_000, 20_000, 20_000, 100_000].map(us).to_vec();
    vec![
        ("uniform", Distribution::uniform(us(5_000), us(45_000)).unwrap()),
        ("exponential", made(Shape::Exponential, 20_000, 0)),
        ("exponential, shifted", made(Shape::Exponential, 20_000, 15_000)),
        ("normal", made(Shape::Normal { deviation }, 50_000, 0)),
        ("normal, cut at zero", made(Shape::Normal { deviation: us(30_000) }, 20_000, 0)),
        ("normal, cut above its centre", made(Shape::Normal { deviation }, 20_000, 19_000)),
        ("normal, cut out of reach", made(Shape::Normal { deviation }, 80_000, 0)),
        ("lognormal", made(Shape::Lognormal { deviation }, 20_000, 0)),
        ("lognormal, cut", made(Shape::Lognormal { deviation }, 20_000, 18_000)),
        ("pareto", made(Shape::Pareto { deviation }, 20_000, 0)),
        ("pareto, cut below its scale", made(Shape::Pareto { deviation }, 20_000, 10_000)),
        ("pareto, cut", made(Shape::Pareto { deviation }, 20_000, 18_000)),
        ("paretonormal", made(Shape::Paretonormal { deviation }, 50_000, 0)),
        ("paretonormal, cut", made(Shape::Paretonormal { deviation }, 20_000, 17_000)),
        ("paretonormal, cut out of reach", made(Shape::Paretonormal { deviation }, 80_000, 0)),
        ("empirical", Distribution::empirical(values.clone(), us(0)).unwrap()),
        ("empirical, cut", Distribution::empirical(values, us(10_000)).unwrap()),
    ]
}

/// Kolmogorov-Smirnov against the distribution function, at five seeds; one right sampler in 10,000 fails each.
#[test]
fn samples_follow_their_law() {
    for (name, distribution) in examples() {
        let sampler = Sampler::new(&distribution);
        for seed in 1..=5 {
            let mut rng = Streams::new(seed).stream(name);
            let drawn = (0..10_000).map(|_| sampler.sample_ns(&mut rng)).collect();
            assert_distributed(&format!("{name}, seed {seed}"), drawn, |ns| sampler.cdf(ns));
        }
    }
}

/// Φ of the quantile is the share, to the last digits that erfc has, from far below to far above.
#[test]
fn normal_quantiles_invert_the_law() {
    for exponent in 1..=300 {
        for mantissa in [1.0, 2.7, 4.9] {
            let p = mantissa * libm::exp10(-f64::from(exponent));
            let back = 0.5 * libm::erfc(-normal_quantile(p) / std::f64::consts::SQRT_2);
            assert!((back / p - 1.0).abs() < 1e-11, "{p}: {back}");
            if exponent < 3 {
                assert!((normal_quantile(1.0 - p) + normal_quantile(p)).abs() < 1e-13, "{p}");
            }
        }
    }
    assert_eq!(normal_quantile(0.5).to_bits(), 0);
}

/// Scores that are standard normal give spans that follow the law, whatever the law.
#[test]
fn scores_give_the_law() {
    for (name, distribution) in examples() {
        let sampler = Sampler::new(&distribution);
        for seed in 1..=3 {
            let mut rng = Streams::new(seed).stream(name);
            let mut score = || normal_quantile(crate::engine::random::unit_f64(&mut rng).max(1e-300));
            let mut drawn = || sampler.at_scores(score(), score());
            let drawn = (0..10_000).map(|_| drawn().as_ns() as f64).collect();
            assert_distributed(&format!("{name}, seed {seed}"), drawn, |ns| sampler.cdf(ns));
        }
    }
}

/// The mean of the whole is `mean`, within the 99.9% interval of 20 runs, cut or not.
#[test]
fn the_mean_is_the_mean_after_the_cut() {
    for (name, distribution) in examples() {
        let sampler = Sampler::new(&distribution);
        assert_mean(name, distribution.mean.as_ns() as f64, |seed| {
            let mut rng = Streams::new(seed).stream(name);
            let sum: u64 = (0..10_000).map(|_| sampler.sample(&mut rng).as_ns()).sum();
            sum as f64 / 1e4
        });
    }
}

/// The mean is the integral of 1 - F: the solved parameters against the distribution function, without chance.
#[test]
fn the_solved_parameters_give_the_mean() {
    let mut cases = examples();
    let wide = SimDuration::from_ms(60_000);
    cases.push(("normal, nearly all cut", made(Shape::Normal { deviation: wide }, 100, 99)));
    cases.push(("lognormal, nearly all cut", made(Shape::Lognormal { deviation: us(50) }, 100, 99)));
    for (name, distribution) in cases {
        let sampler = Sampler::new(&distribution);
        let (minimum, mean) = (distribution.minimum.as_ns() as f64, distribution.mean.as_ns() as f64);
        // Trapezoids on x = minimum + e^y - 1, which reaches far tails in few steps.
        let steps = 20_000_u32;
        let top = libm::log1p(1e15);
        let width = top / f64::from(steps);
        let mut integral = minimum;
        for i in 0..steps {
            let low = libm::expm1(f64::from(i) * width);
            let high = libm::expm1(f64::from(i + 1) * width);
            integral += (high - low) * (1.0 - sampler.cdf(minimum + 0.5 * (low + high)));
        }
        let error = (integral - mean).abs() / (mean - minimum);
        assert!(error < 1e-3, "{name}: {integral} for {mean}, off by {error} of what is above the minimum");
    }
}

#[test]
fn no_sample_is_below_the_minimum() {
    for (name, distribution) in examples() {
        let sampler = Sampler::new(&distribution);
        let mut rng = Streams::new(9).stream(name);
        let least = (0..20_000).map(|_| sampler.sample(&mut rng)).min().unwrap();
        assert!(least >= distribution.minimum, "{name}: {least}");
    }
}

/// Raw bits before rounding and whole nanoseconds after it, for good: a change here changes every result.
#[test]
fn golden_samples() {
    let line = |(name, distribution): (&str, Distribution)| {
        let sampler = Sampler::new(&distribution);
        let (mut raw, mut rounded) = (Streams::new(1).stream(name), Streams::new(1).stream(name));
        let bits = [(); 3].map(|()| format!("{:016x}", sampler.sample_ns(&mut raw).to_bits())).join(" ");
        let ns = [(); 3].map(|()| sampler.sample(&mut rounded).as_ns().to_string()).join(" ");
        format!("{name}: {bits} | {ns}")
    };
    let seen: Vec<String> = examples().into_iter().map(line).collect();
    insta::assert_snapshot!(seen.join("\n"));
}

#[test]
fn a_constant_takes_no_draw() {
    let sampler = Sampler::new(&Distribution::constant(us(20)));
    let mut rng = Streams::new(1).stream("constant");
    assert_eq!(sampler.always(), Some(us(20)));
    assert_eq!(sampler.sample(&mut rng), us(20));
    assert_eq!(rng, Streams::new(1).stream("constant"));
}

/// Extremes: an exponential of no mean, a uniform over all of 64 bits, a tail beyond them.
#[test]
fn extremes_saturate() {
    let mut rng = Streams::new(1).stream("extremes");
    let nothing = Sampler::new(&made(Shape::Exponential, 0, 0));
    assert_eq!(nothing.sample(&mut rng), SimDuration::ZERO);
    let all = Sampler::new(&Distribution::uniform(SimDuration::ZERO, SimDuration::MAX).unwrap());
    let long = Sampler::new(&Distribution {
        shape: Shape::Exponential,
        mean: SimDuration::MAX,
        minimum: SimDuration::ZERO,
    });
    let mut saturated = 0;
    for _ in 0..100 {
        all.sample(&mut rng);
        saturated += u32::from(long.sample(&mut rng) == SimDuration::MAX);
    }
    assert!((15..60).contains(&saturated), "P(exponential > its mean) = 1/e, found {saturated} of 100");
}

#[test]
fn what_makes_no_sense_is_refused() {
    let told =
        |shape, mean, minimum| Distribution::new(shape, us(mean), us(minimum)).unwrap_err().to_string();
    let deviation = us(1);
    assert_eq!(told(Shape::Constant, 10, 20), "the minimum (20us) is above the mean (10us)");
    assert_eq!(told(Shape::Exponential, 10, 20), "the minimum (20us) is above the mean (10us)");
    assert!(told(Shape::Normal { deviation }, 20, 20).starts_with("the mean (20us) is the minimum"));
    assert!(told(Shape::Pareto { deviation }, 0, 0).starts_with("the mean (0s) is the minimum"));
    assert!(told(Shape::Normal { deviation: us(0) }, 20, 0).starts_with("the deviation is zero"));
    assert_eq!(
        told(Shape::Uniform { maximum: us(10) }, 0, 20),
        "the maximum (10us) is below the minimum (20us)"
    );
    let none = Distribution::empirical(Vec::new(), us(0)).unwrap_err();
    assert_eq!(none.to_string(), "there is no value to draw from");
}

#[test]
fn the_mean_of_uniform_and_empirical_follows() {
    assert_eq!(Distribution::uniform(us(10), us(30)).unwrap().mean, us(20));
    let values = vec![us(30), us(1), us(2)];
    assert_eq!(Distribution::empirical(values.clone(), us(0)).unwrap().mean, us(11));
    let cut = Distribution::empirical(values, us(3)).unwrap();
    assert_eq!((cut.mean, cut.minimum), (us(12), us(3)));
}

#[test]
fn a_file_of_delays() {
    let text = "# round trips, halved\n20ms\n\n 0.5s  # slow\r\n100 us";
    assert_eq!(read_empirical(text.as_bytes()).unwrap(), [us(20_000), us(500_000), us(100)]);
    assert_eq!(read_empirical("\u{feff}20ms\r\n1ms".as_bytes()).unwrap(), [us(20_000), us(1_000)]);
}

#[test]
fn a_bad_file_of_delays_names_the_line() {
    let told = |text: &[u8]| read_empirical(text).unwrap_err().to_string();
    assert!(told(b"20ms\n# good\n20\n").starts_with("line 3: expected a duration"));
    assert!(told(b"").starts_with("holds no value"));
    assert!(told(b"# nothing\n").starts_with("holds no value"));
    assert!(told(b"1ms\n\xff\n").starts_with("line 2: expected a duration such as \"20ms\", found bytes"));
}

/// A gigabyte of zeros is refused after its first kilobyte.
#[test]
fn a_line_without_an_end_is_not_read_through() {
    let mut zeros = io::BufReader::new(io::Read::take(io::repeat(0), 1 << 30));
    let told = read_empirical(&mut zeros).unwrap_err().to_string();
    assert!(told.starts_with("line 1: expected a duration such as \"20ms\", found a line of more"), "{told}");
    assert!(zeros.into_inner().limit() > (1 << 30) - 100_000);
}
