//! Laws of transit times, and what in-order delivery makes of them: formulas only, in seconds.
//!
//! F is the distribution function of the transit, M(t) the integral of 1 - F from t to infinity.

use crate::statistics::{integral, normal_cdf};

/// The law of one sending's delay.
#[derive(Clone, Copy, Debug)]
pub enum Law {
    Constant(f64),
    /// `shift` plus an exponential of mean `scale`.
    Exponential {
        shift: f64,
        scale: f64,
    },
    Uniform {
        low: f64,
        high: f64,
    },
    /// exp(location + deviation N).
    Lognormal {
        location: f64,
        deviation: f64,
    },
}

impl Law {
    /// The log-normal law of this mean and standard deviation.
    pub fn lognormal(mean: f64, deviation: f64) -> Self {
        let variance = libm::log1p(deviation * deviation / (mean * mean));
        Self::Lognormal { location: libm::log(mean) - variance / 2.0, deviation: variance.sqrt() }
    }

    /// F.
    fn cdf(self, t: f64) -> f64 {
        match self {
            Self::Constant(delay) => f64::from(t >= delay),
            Self::Exponential { shift, scale } => -libm::expm1(-(t - shift).max(0.0) / scale),
            Self::Uniform { low, high } => ((t - low) / (high - low)).clamp(0.0, 1.0),
            Self::Lognormal { .. } if t <= 0.0 => 0.0,
            Self::Lognormal { location, deviation } => normal_cdf((libm::log(t) - location) / deviation),
        }
    }

    /// M.
    fn excess(self, t: f64) -> f64 {
        match self {
            Self::Constant(delay) => (delay - t).max(0.0),
            Self::Exponential { shift, scale } => {
                (shift - t).max(0.0) + scale * libm::exp(-(t - shift).max(0.0) / scale)
            }
            Self::Uniform { low, high } if t < low => low.midpoint(high) - t,
            Self::Uniform { low, high } => {
                let left = (high - t).max(0.0);
                left * left / (2.0 * (high - low))
            }
            Self::Lognormal { location, deviation } => {
                let mean = libm::exp(location + deviation * deviation / 2.0);
                if t <= 0.0 {
                    return mean - t;
                }
                let z = (location - libm::log(t)) / deviation;
                mean * normal_cdf(z + deviation) - t * normal_cdf(z)
            }
        }
    }

    /// Points between which F is smooth, the last of them beyond which nothing is left.
    fn joints(self) -> Vec<f64> {
        match self {
            Self::Constant(delay) => vec![delay],
            // e^-45 is nothing.
            Self::Exponential { shift, scale } => {
                vec![shift, shift + 5.0 * scale, shift + 15.0 * scale, shift + 45.0 * scale]
            }
            Self::Uniform { low, high } => vec![low, high],
            Self::Lognormal { location, deviation } => {
                (-8..=8).map(|z| libm::exp(location + deviation * f64::from(z))).collect()
            }
        }
    }
}

/// From the first sending to the arrival of the first copy: a sending that is lost is repeated after a constant
/// time-out, so that the transit is the delay + k time-outs with probability (1 - p) p^k.
#[derive(Clone, Copy, Debug)]
pub struct Transit {
    pub law: Law,
    /// p.
    pub loss: f64,
    pub timeout: f64,
}

impl Transit {
    pub fn lossless(law: Law) -> Self {
        Self { law, loss: 0.0, timeout: 0.0 }
    }

    /// (k time-outs, the probability of so many losses), up to where nothing is left.
    fn losses(self) -> impl Iterator<Item = (f64, f64)> {
        let terms = if self.loss == 0.0 { 1 } else { (libm::log(1e-15) / libm::log(self.loss)) as u32 + 1 };
        (0..terms).map(move |k| {
            let k = f64::from(k);
            (k * self.timeout, (1.0 - self.loss) * libm::pow(self.loss, k))
        })
    }

    pub fn cdf(self, t: f64) -> f64 {
        self.losses().map(|(late, share)| share * self.law.cdf(t - late)).sum()
    }

    fn excess(self, t: f64) -> f64 {
        self.losses().map(|(late, share)| share * self.law.excess(t - late)).sum()
    }

    /// M(0).
    pub fn mean(self) -> f64 {
        self.excess(0.0)
    }

    /// The integral from 0 to where nothing is left of a function that is as smooth as F.
    fn integral(self, f: impl Fn(f64) -> f64) -> f64 {
        let mut joints: Vec<f64> = self
            .losses()
            .flat_map(|(late, _)| self.law.joints().into_iter().map(move |at| at + late))
            .collect();
        joints.push(0.0);
        joints.sort_unstable_by(f64::total_cmp);
        joints.dedup();
        let piece = |ends: &[f64]| {
            // Just inside: F may step at a joint.
            let margin = 1e-12 * (ends[1] - ends[0]);
            integral(ends[0] + margin, ends[1] - margin, 1000, &f)
        };
        joints.windows(2).map(piece).sum()
    }
}

/// Delivery in the order of sending, of a Poisson process of sendings with i.i.d. transits.
///
/// F. Baccelli, E. Gelenbe, B. Plateau, "An end-to-end approach to the resequencing problem", J. ACM 31 (1984):
/// a write is delivered when it and all earlier ones have arrived. Earlier sendings lie at the points of a Poisson
/// process before it; that none of them arrives later than t after this write's sending has probability
/// exp(-λ ∫(1 - F(t + s)) ds) = exp(-λ M(t)).
#[derive(Clone, Copy, Debug)]
pub struct InOrder {
    pub transit: Transit,
    /// λ, per second.
    pub rate: f64,
}

impl InOrder {
    /// P(D <= t) = F(t) exp(-λ M(t)).
    pub fn cdf(self, t: f64) -> f64 {
        self.transit.cdf(t) * libm::exp(-self.rate * self.transit.excess(t))
    }

    /// E[D] = ∫ P(D > t) dt.
    pub fn mean(self) -> f64 {
        self.transit.integral(|t| 1.0 - self.cdf(t))
    }

    /// E[D] less the mean transit: what waiting for earlier writes costs.
    pub fn mean_resequencing_delay(self) -> f64 {
        self.mean() - self.transit.mean()
    }

    /// RFC 4737, section 3.3: the share of packets before which a later one arrives. Without losses only.
    ///
    /// With a transit of x, no later packet arrives first with probability G(x) = exp(-λ A(x)), where
    /// A(x) = ∫0..x F = x - mean + M(x). The ratio is 1 - ∫ G dF = 1 - λ ∫ F² G dx, in parts.
    pub fn reordered_ratio(self) -> f64 {
        let Self { transit, rate } = self;
        let overtaken_by_none = |x: f64| libm::exp(-rate * (x - transit.mean() + transit.excess(x)).max(0.0));
        let up_to_last_joint = transit.integral(|x| libm::pow(transit.cdf(x), 2.0) * overtaken_by_none(x));
        // Beyond the last joint F is 1, and G falls exponentially.
        let last = transit.law.joints().into_iter().fold(0.0, f64::max);
        1.0 - rate * (up_to_last_joint + overtaken_by_none(last) / rate)
    }
}

/// The closed form for exponential transit of mean 1/μ: (1/μ) [Ein(ρ) + (1 - e^-ρ)/ρ - 1], ρ = λ/μ.
pub fn exponential_resequencing_delay(mean: f64, rate: f64) -> f64 {
    let rho = rate * mean;
    let ein = integral(1e-12, rho, 2000, |x| -libm::expm1(-x) / x);
    mean * (ein - libm::expm1(-rho) / rho - 1.0)
}

/// The closed form for exponential transit of mean 1/μ: 1 - ∫0..1 x^ρ e^(ρ(1-x)) dx, ρ = λ/μ.
pub fn exponential_reordered_ratio(mean: f64, rate: f64) -> f64 {
    let rho = rate * mean;
    // x = v^4: smooth at 0, whatever ρ.
    let term = |v: f64| {
        let x = libm::pow(v, 4.0);
        libm::pow(x, rho) * libm::exp(rho * (1.0 - x)) * 4.0 * libm::pow(v, 3.0)
    };
    1.0 - integral(0.0, 1.0, 4000, term)
}

/// General formulas and closed forms were derived apart from one another: they agree.
#[test]
fn the_general_formulas_contain_the_closed_forms() {
    for (mean, rate) in [(0.02, 10.0), (0.02, 50.0), (0.02, 800.0), (3.0, 0.1)] {
        let law = Law::Exponential { shift: 0.0, scale: mean };
        let general = InOrder { transit: Transit::lossless(law), rate };
        let (delay, closed) = (general.mean_resequencing_delay(), exponential_resequencing_delay(mean, rate));
        assert!((delay / closed - 1.0).abs() < 1e-6, "{delay} {closed}");
        let (ratio, closed) = (general.reordered_ratio(), exponential_reordered_ratio(mean, rate));
        assert!((ratio / closed - 1.0).abs() < 1e-6, "{ratio} {closed}");
    }
    // Two packets in flight at most, of a law that anybody can integrate by hand: transits 0 or 1 (as a time-out).
    let retried = Transit { law: Law::Constant(0.0), loss: 0.25, timeout: 1.0 };
    assert!((retried.mean() - 1.0 / 3.0).abs() < 1e-9);
    assert!((retried.excess(1.5) - (0.5 / 16.0 + 1.0 / 48.0)).abs() < 1e-9);
    // M of each law is the integral of its 1 - F.
    for law in [
        Law::Exponential { shift: 0.3, scale: 0.7 },
        Law::Uniform { low: 0.2, high: 1.4 },
        Law::lognormal(1.0, 0.8),
        Law::Constant(0.9),
    ] {
        let transit = Transit { law, loss: 0.1, timeout: 2.0 };
        let mean = transit.integral(|t| 1.0 - transit.cdf(t));
        assert!((mean / transit.mean() - 1.0).abs() < 1e-6, "{law:?}: {mean} {}", transit.mean());
        let above = transit.integral(|t| if t < 0.8 { 0.0 } else { 1.0 - transit.cdf(t) });
        assert!((above / transit.excess(0.8) - 1.0).abs() < 2e-3, "{law:?}");
    }
}
