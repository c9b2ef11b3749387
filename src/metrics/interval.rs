//! Confidence intervals of a mean over independent runs (Student 1908).
//!
//! A run is one replication: its mean is one value here. It does not know what was measured, and it makes no
//! claim about values that depend on one another (writes within one run do).

use libm::{exp, fabs, lgamma, log};

/// A mean and how far the true one may be from it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The mean of the values.
    pub mean: f64,
    /// Half the width: the true mean lies within `mean` ± this with the stated confidence. Infinite for
    /// fewer than two values.
    pub half_width: f64,
}

impl Interval {
    /// The interval of `confidence` (0.95, say) for the mean of independent `values`; `None` if there is none.
    pub fn of(values: &[f64], confidence: f64) -> Option<Self> {
        if values.is_empty() {
            return None;
        }
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        if values.len() == 1 {
            return Some(Self { mean, half_width: f64::INFINITY });
        }
        let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
        let deviation = (squares / (n - 1.0)).sqrt();
        let half_width = t_quantile(0.5 + confidence / 2.0, n - 1.0) * deviation / n.sqrt();
        Some(Self { mean, half_width })
    }

    /// Does the interval hold `value`?
    pub fn holds(&self, value: f64) -> bool {
        (value - self.mean).abs() <= self.half_width
    }
}

/// Student's t distribution function with `freedom` degrees of freedom.
pub fn t_probability(t: f64, freedom: f64) -> f64 {
    let tail = 0.5 * incomplete_beta(freedom / 2.0, 0.5, freedom / (freedom + t * t));
    if t >= 0.0 { 1.0 - tail } else { tail }
}

/// The value that a t-distributed quantity with `freedom` degrees of freedom stays below with `probability`.
pub fn t_quantile(probability: f64, freedom: f64) -> f64 {
    if probability < 0.5 {
        return -t_quantile(1.0 - probability, freedom);
    }
    if probability >= 1.0 {
        return f64::INFINITY;
    }
    let (mut low, mut high) = (0.0, 1.0);
    while t_probability(high, freedom) < probability && high < 1e300 {
        high *= 2.0;
    }
    // Halving ends when no float lies between: about 60 steps, and the same on every machine.
    loop {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            return middle;
        }
        if t_probability(middle, freedom) < probability {
            low = middle;
        } else {
            high = middle;
        }
    }
}

/// The regularised incomplete beta function `I_x(a, b)` (Abramowitz and Stegun 26.5).
pub(super) fn incomplete_beta(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log(1.0 - x));
    // The fraction converges fast on this side of the mean only; I_x(a, b) = 1 - I_(1-x)(b, a) gives the other.
    if x < (a + 1.0) / (a + b + 2.0) {
        front * beta_fraction(a, b, x) / a
    } else {
        1.0 - front * beta_fraction(b, a, 1.0 - x) / b
    }
}

/// The continued fraction of the incomplete beta function (Abramowitz and Stegun 26.5.8), evaluated from its
/// front by Lentz's method.
fn beta_fraction(a: f64, b: f64, x: f64) -> f64 {
    /// Stands for zero in a denominator.
    const TINY: f64 = 1e-300;
    let away_from_zero = |value: f64| if fabs(value) < TINY { TINY } else { value };
    let (mut above, mut below) = (1.0, 1.0 / away_from_zero(1.0 - (a + b) * x / (a + 1.0)));
    let mut fraction = below;
    for step in 1..1000 {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut factor = 1.0;
        for term in [even, odd] {
            below = 1.0 / away_from_zero(1.0 + term * below);
            above = away_from_zero(1.0 + term / above);
            factor = above * below;
            fraction *= factor;
        }
        if fabs(factor - 1.0) < 1e-15 {
            break;
        }
    }
    fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: f64, expected: f64, tolerance: f64) {
        assert!((found - expected).abs() <= tolerance, "{found} is not {expected}");
    }

    /// The printed table of Student's t, three digits after the point.
    #[test]
    fn quantiles_are_those_of_the_printed_tables() {
        for (probability, freedom, expected) in [
            (0.975, 1.0, 12.706),
            (0.975, 2.0, 4.303),
            (0.975, 9.0, 2.262),
            (0.975, 29.0, 2.045),
            (0.95, 5.0, 2.015),
            (0.995, 10.0, 3.169),
            (0.9995, 3.0, 12.924),
            (0.975, 1000.0, 1.962),
        ] {
            close(t_quantile(probability, freedom), expected, 0.0005);
        }
    }

    /// With one and two degrees of freedom there are closed forms.
    #[test]
    fn quantiles_agree_with_the_closed_forms() {
        // One: tan(pi (p - 1/2)); at p = 3/4 that is 1.
        close(t_quantile(0.75, 1.0), 1.0, 1e-12);
        // Two: (2p - 1) sqrt(2 / (4p(1 - p))).
        for p in [0.6_f64, 0.9, 0.99, 0.9999] {
            let closed = (2.0 * p - 1.0) * (2.0 / (4.0 * p * (1.0 - p))).sqrt();
            close(t_quantile(p, 2.0), closed, 1e-9 * closed);
        }
        close(t_quantile(0.25, 1.0), -1.0, 1e-12);
        close(t_quantile(0.5, 7.0), 0.0, 1e-9);
    }

    #[test]
    fn an_interval_of_known_values() {
        // Mean 3, variance 2.5, n = 5: t(0.975, 4) = 2.776, half width 2.776 * sqrt(2.5 / 5).
        let interval = Interval::of(&[1.0, 2.0, 3.0, 4.0, 5.0], 0.95).unwrap();
        close(interval.mean, 3.0, 1e-12);
        close(interval.half_width, 1.9632, 0.0005);
        assert!(interval.holds(1.1) && !interval.holds(0.9));
    }

    #[test]
    fn one_value_says_nothing_of_its_error_and_none_has_no_mean() {
        assert_eq!(Interval::of(&[], 0.95), None);
        assert!(Interval::of(&[7.0], 0.95).unwrap().half_width.is_infinite());
    }
}
