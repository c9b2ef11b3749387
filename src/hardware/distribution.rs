//! Distributions of delays and service times, and how they are sampled.

use std::sync::Arc;

use rand_chacha::ChaCha8Rng;

use crate::units::SimDuration;

/// The shape of a distribution; see [`Distribution`] for what `minimum` does to it.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// Always the mean.
    Constant,
    /// Uniform between `minimum` and this maximum.
    Uniform {
        /// Largest value.
        maximum: SimDuration,
    },
    /// Gaussian.
    Normal {
        /// Standard deviation.
        deviation: SimDuration,
    },
    /// Log-normal with the mean and this standard deviation (of the values, not of their logarithms).
    Lognormal {
        /// Standard deviation.
        deviation: SimDuration,
    },
    /// Pareto type I with the mean and this standard deviation.
    Pareto {
        /// Standard deviation.
        deviation: SimDuration,
    },
    /// As netem's `paretonormal`: a quarter Gaussian, three quarters Pareto.
    Paretonormal {
        /// Standard deviation.
        deviation: SimDuration,
    },
    /// `minimum` plus an exponential of mean (mean - minimum).
    Exponential,
    /// One of these values, each with the same probability.
    Empirical {
        /// The values, in nanoseconds, sorted.
        values: Arc<[u64]>,
    },
}

/// A distribution of time spans, validated. `mean` is the mean of the whole, after `minimum` has cut.
#[derive(Clone, Debug, PartialEq)]
pub struct Distribution {
    /// The shape.
    pub shape: Shape,
    /// The mean of the samples.
    pub mean: SimDuration,
    /// No sample is below this.
    pub minimum: SimDuration,
}

impl Distribution {
    /// Always `value`.
    pub const fn constant(value: SimDuration) -> Self {
        Self { shape: Shape::Constant, mean: value, minimum: SimDuration::ZERO }
    }

    /// Is every sample zero?
    pub fn is_zero(&self) -> bool {
        self.shape == Shape::Constant && self.mean.is_zero()
    }
}

/// A distribution made ready to draw from: what can be computed once is computed once.
#[derive(Clone, Debug)]
pub struct Sampler {
    distribution: Distribution,
}

impl Sampler {
    /// Prepares to draw from `distribution`.
    pub fn new(distribution: &Distribution) -> Self {
        Self { distribution: distribution.clone() }
    }

    /// Draws one span, rounded to the nearest nanosecond.
    pub fn sample(&self, _rng: &mut ChaCha8Rng) -> SimDuration {
        self.distribution.mean
    }
}
