//! Distributions of delays and service times: which there are, and which make sense.
//!
//! `mean` is always the mean of the samples, after `minimum` has cut (DESIGN, section 7). How samples are drawn
//! so that this is true stands in `sampler`; how a file of measured delays is read, in `empirical`.

mod empirical;
mod sampler;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use empirical::{EmpiricalError, read_empirical};
pub use sampler::{Sampler, normal_quantile};

use crate::units::SimDuration;

/// The shape of a distribution; see [`Distribution`] for what `minimum` does to it.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// Always the mean.
    Constant,
    /// Uniform between `minimum` and this maximum, both included.
    Uniform {
        /// Largest value.
        maximum: SimDuration,
    },
    /// Gaussian.
    Normal {
        /// Standard deviation, uncut.
        deviation: SimDuration,
    },
    /// Log-normal with the mean and this standard deviation (of the values, not of their logarithms).
    Lognormal {
        /// Standard deviation, uncut; deviation / mean is kept where `minimum` cuts.
        deviation: SimDuration,
    },
    /// Pareto type I with the mean and this standard deviation.
    Pareto {
        /// Standard deviation, uncut; deviation / mean is kept where `minimum` cuts.
        deviation: SimDuration,
    },
    /// As netem's `paretonormal`: a quarter Gaussian, three quarters Pareto of shape 3, here standardised exactly.
    Paretonormal {
        /// Standard deviation, uncut.
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

impl Shape {
    /// Its name in the scenario file.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Constant => "constant",
            Self::Uniform { .. } => "uniform",
            Self::Normal { .. } => "normal",
            Self::Lognormal { .. } => "lognormal",
            Self::Pareto { .. } => "pareto",
            Self::Paretonormal { .. } => "paretonormal",
            Self::Exponential => "exponential",
            Self::Empirical { .. } => "empirical",
        }
    }

    /// The names of all shapes, in the order in which the documentation lists them.
    pub const NAMES: [&'static str; 8] =
        ["constant", "uniform", "normal", "lognormal", "pareto", "paretonormal", "exponential", "empirical"];
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

/// Why there is no such distribution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DistributionError {
    /// Nothing could be cut to reach that mean.
    #[error("the minimum ({minimum}) is above the mean ({mean})")]
    MinimumAboveMean {
        /// The minimum.
        minimum: SimDuration,
        /// The mean.
        mean: SimDuration,
    },
    /// Only a constant has its mean at its minimum.
    #[error(
        "the mean ({mean}) is the minimum: samples that vary have a mean above it; use `constant`, or raise the mean"
    )]
    MeanAtMinimum {
        /// The mean, and the minimum.
        mean: SimDuration,
    },
    /// Nothing lies between.
    #[error("the maximum ({maximum}) is below the minimum ({minimum})")]
    MaximumBelowMinimum {
        /// The maximum.
        maximum: SimDuration,
        /// The minimum.
        minimum: SimDuration,
    },
    /// Samples that do not vary are a constant.
    #[error("the deviation is zero; use `constant` for samples that do not vary")]
    ZeroDeviation,
    /// There is nothing to draw from.
    #[error("there is no value to draw from")]
    NoValues,
}

impl Distribution {
    /// Always `value`.
    pub const fn constant(value: SimDuration) -> Self {
        Self { shape: Shape::Constant, mean: value, minimum: SimDuration::ZERO }
    }

    /// Uniform between two spans, both included; the mean is their midpoint.
    pub fn uniform(minimum: SimDuration, maximum: SimDuration) -> Result<Self, DistributionError> {
        Self::new(Shape::Uniform { maximum }, SimDuration::ZERO, minimum)
    }

    /// One of `values`, each with the same probability; those below `minimum` are raised to it.
    pub fn empirical(values: Vec<SimDuration>, minimum: SimDuration) -> Result<Self, DistributionError> {
        let values = values.into_iter().map(SimDuration::as_ns).collect();
        Self::new(Shape::Empirical { values }, SimDuration::ZERO, minimum)
    }

    /// The distribution of this shape, mean and minimum.
    ///
    /// The mean of `Uniform` and `Empirical` follows from their values: `mean` is then not looked at.
    ///
    /// # Errors
    /// When there is no such distribution.
    pub fn new(shape: Shape, mean: SimDuration, minimum: SimDuration) -> Result<Self, DistributionError> {
        use DistributionError as Error;
        let deviation = match shape {
            Shape::Uniform { maximum } => {
                if maximum < minimum {
                    return Err(Error::MaximumBelowMinimum { maximum, minimum });
                }
                let mean = SimDuration::from_ns(minimum.as_ns().midpoint(maximum.as_ns()));
                return Ok(Self { shape, mean, minimum });
            }
            Shape::Empirical { values } => return Self::from_values(&values, minimum),
            Shape::Constant | Shape::Exponential => None,
            Shape::Normal { deviation }
            | Shape::Lognormal { deviation }
            | Shape::Pareto { deviation }
            | Shape::Paretonormal { deviation } => Some(deviation),
        };
        if minimum > mean {
            return Err(Error::MinimumAboveMean { minimum, mean });
        }
        match deviation {
            Some(SimDuration::ZERO) => Err(Error::ZeroDeviation),
            Some(_) if minimum == mean => Err(Error::MeanAtMinimum { mean }),
            _ => Ok(Self { shape, mean, minimum }),
        }
    }

    fn from_values(values: &[u64], minimum: SimDuration) -> Result<Self, DistributionError> {
        let mut values: Vec<u64> = values.iter().map(|&value| value.max(minimum.as_ns())).collect();
        if values.is_empty() {
            return Err(DistributionError::NoValues);
        }
        values.sort_unstable();
        let sum: u128 = values.iter().copied().map(u128::from).sum();
        let count = values.len() as u128;
        // A mean of 64-bit values fits into 64 bits.
        let mean = SimDuration::from_ns(((sum + count / 2) / count) as u64);
        Ok(Self { shape: Shape::Empirical { values: values.into() }, mean, minimum })
    }

    /// No sample is below this.
    pub fn least(&self) -> SimDuration {
        match &self.shape {
            Shape::Constant => self.mean,
            Shape::Empirical { values } => SimDuration::from_ns(values.first().copied().unwrap_or_default()),
            _ => self.minimum,
        }
    }

    /// Is every sample zero?
    pub fn is_zero(&self) -> bool {
        match &self.shape {
            Shape::Constant | Shape::Exponential => self.mean.is_zero(),
            Shape::Uniform { maximum } => maximum.is_zero(),
            Shape::Empirical { values } => values.last().is_none_or(|&largest| largest == 0),
            _ => false,
        }
    }
}
