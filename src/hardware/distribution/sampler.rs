//! Draws from a distribution, with parameters solved once so that the mean after the cut is the mean asked for.
//!
//! All arithmetic is IEEE basic operations, `sqrt` and the pinned `libm`, so that samples are the same bits on
//! every machine. Nothing is cached between samples: the k-th sample of a stream depends on the draws alone.

use std::f64::consts::{FRAC_1_SQRT_2, PI};
use std::sync::Arc;

use rand_chacha::ChaCha8Rng;

use super::{Distribution, Shape};
use crate::engine::random::{below, pass_over, unit_f64, unit_open};
use crate::units::SimDuration;

/// A distribution made ready to draw from: what can be computed once is computed once.
#[derive(Clone, Debug, PartialEq)]
pub struct Sampler {
    law: Law,
}

/// A law with its parameters; spans in nanoseconds. `cut` raises smaller samples to itself.
#[derive(Clone, Debug, PartialEq)]
enum Law {
    Constant(SimDuration),
    /// `first` and the `count - 1` nanoseconds that follow, equally likely.
    Uniform {
        first: u64,
        count: u64,
    },
    Empirical(Arc<[u64]>),
    Exponential {
        shift: f64,
        scale: f64,
    },
    Normal {
        location: f64,
        deviation: f64,
        cut: f64,
    },
    /// exp(location + deviation * N).
    Lognormal {
        location: f64,
        deviation: f64,
        cut: f64,
    },
    /// scale * U^(-1 / shape), U uniform in (0, 1].
    Pareto {
        scale: f64,
        shape: f64,
        cut: f64,
    },
    Paretonormal {
        location: f64,
        deviation: f64,
        cut: f64,
    },
}

impl Sampler {
    /// Prepares to draw from `distribution`.
    pub fn new(distribution: &Distribution) -> Self {
        let mean = distribution.mean.as_ns() as f64;
        let cut = distribution.minimum.as_ns() as f64;
        let law = match &distribution.shape {
            Shape::Constant => Law::Constant(distribution.mean),
            Shape::Uniform { maximum } => {
                let first = distribution.minimum.as_ns();
                let span = maximum.as_ns().saturating_sub(first);
                Law::Uniform { first, count: span.saturating_add(1) }
            }
            Shape::Empirical { values } => Law::Empirical(Arc::clone(values)),
            Shape::Exponential => Law::Exponential { shift: cut, scale: mean - cut },
            Shape::Normal { deviation } => {
                let deviation = deviation.as_ns() as f64;
                let location = solve_location(mean, deviation, cut, normal_excess);
                Law::Normal { location, deviation, cut }
            }
            Shape::Lognormal { deviation } => solve_lognormal(mean, deviation.as_ns() as f64, cut),
            Shape::Pareto { deviation } => solve_pareto(mean, deviation.as_ns() as f64, cut),
            Shape::Paretonormal { deviation } => {
                let deviation = deviation.as_ns() as f64;
                let location = solve_location(mean, deviation, cut, paretonormal::excess);
                Law::Paretonormal { location, deviation, cut }
            }
        };
        Self { law }
    }

    /// The sample that is always drawn, if there is only one: such a sampler needs no random stream.
    pub const fn always(&self) -> Option<SimDuration> {
        match self.law {
            Law::Constant(value) => Some(value),
            _ => None,
        }
    }

    /// Passes over this many samples of a stream, if each takes equally many draws; else nothing happens, and the answer is
    /// false.
    pub fn pass_over(&self, samples: u64, rng: &mut ChaCha8Rng) -> bool {
        match self.law {
            Law::Constant(_) => true,
            Law::Exponential { .. } | Law::Pareto { .. } => {
                pass_over(rng, samples);
                true
            }
            // Whether there is another draw depends on the one before.
            Law::Uniform { .. }
            | Law::Empirical(_)
            | Law::Normal { .. }
            | Law::Lognormal { .. }
            | Law::Paretonormal { .. } => false,
        }
    }

    /// Draws one span, rounded to the nearest nanosecond.
    #[inline]
    pub fn sample(&self, rng: &mut ChaCha8Rng) -> SimDuration {
        match &self.law {
            Law::Constant(value) => *value,
            // Drawn as integers: no rounding, however long the span.
            Law::Uniform { first, count } => SimDuration::from_ns(first + below(rng, *count)),
            Law::Empirical(values) => match values.len() as u64 {
                0 => SimDuration::ZERO,
                count => SimDuration::from_ns(values[below(rng, count) as usize]),
            },
            // `as` saturates: no span is longer than 2^64 - 1 ns.
            _ => SimDuration::from_ns((self.sample_ns(rng) + 0.5) as u64),
        }
    }

    /// Draws one span in nanoseconds before rounding; takes the same draws as [`Self::sample`].
    #[inline]
    pub fn sample_ns(&self, rng: &mut ChaCha8Rng) -> f64 {
        match self.law {
            Law::Constant(_) | Law::Uniform { .. } | Law::Empirical(_) => self.sample(rng).as_ns() as f64,
            Law::Exponential { shift, scale } => shift - scale * libm::log(unit_open(rng)),
            Law::Normal { location, deviation, cut } => {
                (location + deviation * standard_normal(rng)).max(cut)
            }
            Law::Lognormal { location, deviation, cut } => {
                libm::exp(location + deviation * standard_normal(rng)).max(cut)
            }
            Law::Pareto { scale, shape, cut } => (scale * standard_pareto(shape, rng)).max(cut),
            Law::Paretonormal { location, deviation, cut } => {
                (location + deviation * paretonormal::sample(rng)).max(cut)
            }
        }
    }

    /// Does [`Self::at_scores`] look at the second score?
    pub const fn takes_two_scores(&self) -> bool {
        matches!(self.law, Law::Paretonormal { .. })
    }

    /// The span at this place of the law, where a standard normal score says which: if the scores are N(0, 1) and
    /// independent of each other, spans follow the law exactly (a Gaussian copula; Sklar 1959). Only a law made of
    /// two independent parts looks at `second`.
    pub fn at_scores(&self, score: f64, second: f64) -> SimDuration {
        let below_score = normal_cdf(score);
        // From the upper tail, where 1 - below_score would lose its digits.
        let above = |score: f64| normal_cdf(-score).max(f64::MIN_POSITIVE);
        let ns = match &self.law {
            Law::Constant(value) => return *value,
            Law::Uniform { first, count } => {
                let offset = (below_score * *count as f64) as u64;
                return SimDuration::from_ns(first + offset.min(count - 1));
            }
            Law::Empirical(values) => {
                let place = (below_score * values.len() as f64) as usize;
                let value = values.get(place).or(values.last());
                return SimDuration::from_ns(value.copied().unwrap_or_default());
            }
            Law::Exponential { shift, scale } => shift - scale * libm::log(above(score)),
            Law::Normal { location, deviation, cut } => (location + deviation * score).max(*cut),
            Law::Lognormal { location, deviation, cut } => libm::exp(location + deviation * score).max(*cut),
            Law::Pareto { scale, shape, cut } => (scale * libm::pow(above(score), -1.0 / shape)).max(*cut),
            Law::Paretonormal { location, deviation, cut } => {
                (location + deviation * paretonormal::of(score, libm::cbrt(1.0 / above(second)))).max(*cut)
            }
        };
        // `as` saturates: no span is longer than 2^64 - 1 ns.
        SimDuration::from_ns((ns + 0.5) as u64)
    }

    /// The probability of a sample of at most `ns` nanoseconds (before rounding).
    pub fn cdf(&self, ns: f64) -> f64 {
        let step = |value: f64| if ns < value { 0.0 } else { 1.0 };
        match self.law {
            Law::Constant(value) => step(value.as_ns() as f64),
            Law::Uniform { first, count } => {
                ((ns.floor() - first as f64 + 1.0) / count as f64).clamp(0.0, 1.0)
            }
            Law::Empirical(ref values) => {
                values.partition_point(|&value| value as f64 <= ns) as f64 / values.len() as f64
            }
            Law::Exponential { shift, scale } => {
                if ns < shift || scale == 0.0 {
                    step(shift)
                } else {
                    -libm::expm1((shift - ns) / scale)
                }
            }
            Law::Normal { location, deviation, cut } => step(cut) * normal_cdf((ns - location) / deviation),
            Law::Lognormal { location, deviation, cut } => {
                let above_zero = ns > 0.0 && ns >= cut;
                if above_zero { normal_cdf((libm::log(ns) - location) / deviation) } else { 0.0 }
            }
            Law::Pareto { scale, shape, cut } => {
                if ns < scale.max(cut) {
                    0.0
                } else {
                    1.0 - libm::pow(scale / ns, shape)
                }
            }
            Law::Paretonormal { location, deviation, cut } => {
                step(cut) * paretonormal::cdf((ns - location) / deviation)
            }
        }
    }
}

/// A sample of N(0, 1): the polar method (Marsaglia and Bray 1964), which is exact. The second sample of each
/// pair is not kept, so that a sampler has no state.
fn standard_normal(rng: &mut ChaCha8Rng) -> f64 {
    loop {
        let x = 2.0 * unit_f64(rng) - 1.0;
        let y = 2.0 * unit_f64(rng) - 1.0;
        let square = x * x + y * y;
        if square < 1.0 && square > 0.0 {
            return x * (-2.0 * libm::log(square) / square).sqrt();
        }
    }
}

/// A sample of the Pareto law of type I with smallest value 1, by inversion.
fn standard_pareto(shape: f64, rng: &mut ChaCha8Rng) -> f64 {
    libm::exp(-libm::log(unit_open(rng)) / shape)
}

/// Φ.
fn normal_cdf(z: f64) -> f64 {
    0.5 * libm::erfc(-z * FRAC_1_SQRT_2)
}

/// The inverse of Φ for p in (0, 1), to about 16 digits: algorithm AS 241, PPND16 (Wichura 1988).
pub fn normal_quantile(p: f64) -> f64 {
    /// Coefficients of the highest power first.
    fn ratio(x: f64, above: [f64; 8], below: [f64; 8]) -> f64 {
        let polynomial = |coefficients: [f64; 8]| coefficients.iter().fold(0.0, |sum, c| sum * x + c);
        polynomial(above) / polynomial(below)
    }
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        let central = ratio(
            0.180_625 - q * q,
            [
                2.509_080_928_730_122_7e3,
                3.343_057_558_358_813e4,
                6.726_577_092_700_87e4,
                4.592_195_393_154_987e4,
                1.373_169_376_550_946e4,
                1.971_590_950_306_551_3e3,
                1.331_416_678_917_843_8e2,
                3.387_132_872_796_366_5,
            ],
            [
                5.226_495_278_852_854e3,
                2.872_908_573_572_194_3e4,
                3.930_789_580_009_271e4,
                2.121_379_430_158_659_7e4,
                5.394_196_021_424_751e3,
                6.871_870_074_920_579e2,
                4.231_333_070_160_091e1,
                1.0,
            ],
        );
        return q * central;
    }
    let tail = (-libm::log(p.min(1.0 - p))).sqrt();
    let z = if tail <= 5.0 {
        ratio(
            tail - 1.6,
            [
                7.745_450_142_783_414e-4,
                2.272_384_498_926_918_4e-2,
                2.417_807_251_774_506e-1,
                1.270_458_252_452_368_4,
                3.647_848_324_763_204_5,
                5.769_497_221_460_691,
                4.630_337_846_156_546,
                1.423_437_110_749_683_5,
            ],
            [
                1.050_750_071_644_416_9e-9,
                5.475_938_084_995_345e-4,
                1.519_866_656_361_645_7e-2,
                1.481_039_764_274_800_8e-1,
                6.897_673_349_851e-1,
                1.676_384_830_183_803_8,
                2.053_191_626_637_759,
                1.0,
            ],
        )
    } else {
        ratio(
            tail - 5.0,
            [
                2.010_334_399_292_288_1e-7,
                2.711_555_568_743_487_6e-5,
                1.242_660_947_388_078_4e-3,
                2.653_218_952_657_612_4e-2,
                2.965_605_718_285_048_7e-1,
                1.784_826_539_917_291_3,
                5.463_784_911_164_114,
                6.657_904_643_501_103,
            ],
            [
                2.044_263_103_389_939_8e-15,
                1.421_511_758_316_446e-7,
                1.846_318_317_510_054_8e-5,
                7.868_691_311_456_133e-4,
                1.487_536_129_085_061_5e-2,
                1.369_298_809_227_358e-1,
                5.998_322_065_558_879e-1,
                1.0,
            ],
        )
    };
    if q < 0.0 { -z } else { z }
}

/// φ.
fn normal_density(z: f64) -> f64 {
    libm::exp(-0.5 * z * z) / (2.0 * PI).sqrt()
}

/// E[max(N + d, 0)] for N standard normal: d Φ(d) + φ(d).
fn normal_excess(d: f64) -> f64 {
    d * normal_cdf(d) + normal_density(d)
}

/// The location that gives max(location + deviation * Z, cut) the mean `mean`, where Z has mean 0 and
/// `excess(d)` is E[max(Z + d, 0)].
///
/// With d = (location - cut) / deviation the equation is excess(d) = (mean - cut) / deviation, and excess
/// increases from 0. As excess(d) >= d, the root is at most the right side; below -40 no `f64` is left of it.
fn solve_location(mean: f64, deviation: f64, cut: f64, excess: impl Fn(f64) -> f64) -> f64 {
    /// This many deviations above the cut, what it changes in the mean is less than the last bit of an `f64`.
    const OUT_OF_REACH: f64 = 8.5;
    let wanted = (mean - cut) / deviation;
    if wanted > OUT_OF_REACH {
        return mean;
    }
    cut + deviation * root(-40.0, wanted, |d| excess(d) - wanted)
}

/// The log-normal law with coefficient of variation `deviation / mean` whose mean after the cut is `mean`.
fn solve_lognormal(mean: f64, deviation: f64, cut: f64) -> Law {
    let variation = deviation / mean;
    let variance = libm::log1p(variation * variation);
    let sigma = variance.sqrt();
    let uncut = libm::log(mean) - 0.5 * variance;
    let location = if cut > 0.0 {
        // E[max(X, a)] = e^(location + variance/2) Φ(σ - k) + a Φ(k) with k = (ln a - location) / σ.
        let log_cut = libm::log(cut);
        let mean_at = |location: f64| {
            let k = (log_cut - location) / sigma;
            libm::exp(location + 0.5 * variance) * normal_cdf(sigma - k) + cut * normal_cdf(k)
        };
        // The cut only raises the mean, so the location is at most that without it; 40 deviations below the
        // cut nothing rises above it.
        root(log_cut.min(uncut) - 40.0 * sigma - variance, uncut, |location| mean_at(location) - mean)
    } else {
        uncut
    };
    Law::Lognormal { location, deviation: sigma, cut }
}

/// The Pareto law of type I with coefficient of variation `deviation / mean` whose mean after the cut is `mean`.
fn solve_pareto(mean: f64, deviation: f64, cut: f64) -> Law {
    let inverse = mean / deviation;
    let shape = 1.0 + (1.0 + inverse * inverse).sqrt();
    let uncut = mean * (shape - 1.0) / shape;
    let scale = if cut > uncut {
        // E[max(X, a)] = a + a (scale / a)^shape / (shape - 1) for a above the scale.
        cut * libm::pow((mean - cut) * (shape - 1.0) / cut, 1.0 / shape)
    } else {
        uncut
    };
    Law::Pareto { scale, shape, cut }
}

/// The zero of an increasing function between `low` and `high`, to the last bit that halving reaches.
fn root(mut low: f64, mut high: f64, f: impl Fn(f64) -> f64) -> f64 {
    /// An interval of `f64` is halved to neighbours in about 64 steps, unless it holds zero.
    const STEPS: u32 = 80;
    for _ in 0..STEPS {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if f(middle) < 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

/// netem's `paretonormal`: W = N/4 + 3P/4, with N standard normal and P Pareto of shape 3 and smallest value 1,
/// standardised to mean 0 and deviation 1.
///
/// netem draws from a table that is standardised approximately and ends at its last entry; here both are exact,
/// and the tail goes on.
mod paretonormal {
    use rand_chacha::ChaCha8Rng;

    use super::{normal_cdf, normal_excess, standard_normal, standard_pareto};

    const SHAPE: f64 = 3.0;
    /// `E[W] = 3/4 * 3/2`.
    const MEAN: f64 = 1.125;
    /// Var W = 1/16 + 9/16 * 3/4 = 31/64.
    const VARIANCE: f64 = 0.484_375;
    /// Intervals of Simpson's rule, even. The integrals below are right to about nine digits with it.
    const INTERVALS: u32 = 256;

    #[inline]
    pub(super) fn sample(rng: &mut ChaCha8Rng) -> f64 {
        let normal = standard_normal(rng);
        of(normal, standard_pareto(SHAPE, rng))
    }

    /// W standardised, of its two parts.
    pub(super) fn of(normal: f64, pareto: f64) -> f64 {
        let w = 0.25 * normal + 0.75 * pareto;
        (w - MEAN) / VARIANCE.sqrt()
    }

    /// E[g(P)]: the quantiles of P are u^(-1/3); with u = v^3 the integral over (0, 1) is that of
    /// 3 v^2 g(1/v), which stays smooth in the tail. `g` grows at most like P, so that the integrand is 0 at 0.
    fn over_pareto(g: impl Fn(f64) -> f64) -> f64 {
        let step = 1.0 / f64::from(INTERVALS);
        let sum: f64 = (1..=INTERVALS)
            .map(|i| {
                let weight = match i {
                    INTERVALS => 1.0,
                    odd if odd % 2 == 1 => 4.0,
                    _ => 2.0,
                };
                let v = f64::from(i) * step;
                weight * 3.0 * v * v * g(1.0 / v)
            })
            .sum();
        sum * step / 3.0
    }

    /// E[max(Z + d, 0)].
    pub(super) fn excess(d: f64) -> f64 {
        // Given P, Z + d is normal around this with deviation 1/4 before standardising.
        let around = |p: f64| 0.75 * p - MEAN + d * VARIANCE.sqrt();
        over_pareto(|p| 0.25 * normal_excess(4.0 * around(p))) / VARIANCE.sqrt()
    }

    /// P(Z <= z).
    pub(super) fn cdf(z: f64) -> f64 {
        over_pareto(|p| normal_cdf(4.0 * (z * VARIANCE.sqrt() + MEAN - 0.75 * p)))
    }
}
