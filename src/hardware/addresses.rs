//! Where in a unit a write goes, and how large it is: samplers for [`Addresses`] and [`Sizes`].
//!
//! Positions are blocks of 512 bytes. A write is aligned to its own size, rounded up to whole blocks, so that
//! writes of one size overlap wholly or not at all. When writes come is not decided here.

use rand_chacha::ChaCha8Rng;

use crate::engine::random::{below, unit_f64};
use crate::hardware::workload::{Addresses, Sizes};

/// Bytes of a block.
pub const BLOCK_BYTES: u64 = 512;

/// Draws the positions of the writes to one unit.
#[derive(Clone, Debug)]
pub struct AddressSampler {
    unit_blocks: u64,
    law: AddressLaw,
}

#[derive(Clone, Debug)]
enum AddressLaw {
    Uniform,
    /// The block after the write before.
    Sequential {
        next: u64,
    },
    /// One law per number of places seen: as many as there are sizes of writes.
    Zipf {
        exponent: f64,
        laws: Vec<Zipf>,
    },
}

impl AddressSampler {
    /// Prepares to draw positions in a unit of `unit_bytes`.
    pub fn new(addresses: Addresses, unit_bytes: u64) -> Self {
        let law = match addresses {
            Addresses::Uniform => AddressLaw::Uniform,
            Addresses::Sequential => AddressLaw::Sequential { next: 0 },
            Addresses::Zipf { exponent } => AddressLaw::Zipf { exponent, laws: Vec::new() },
        };
        Self { unit_blocks: unit_bytes / BLOCK_BYTES, law }
    }

    /// Draws the first block of a write of `size_bytes`.
    ///
    /// A write that is larger than the unit has no place in it, which the scenario refuses; here it goes to 0.
    #[inline]
    pub fn sample(&mut self, size_bytes: u32, rng: &mut ChaCha8Rng) -> u64 {
        let blocks = u64::from(size_bytes).div_ceil(BLOCK_BYTES).max(1);
        let places = (self.unit_blocks / blocks).max(1);
        match &mut self.law {
            AddressLaw::Uniform => below(rng, places) * blocks,
            AddressLaw::Sequential { next } => {
                let place = Some(next.div_ceil(blocks)).filter(|&place| place < places).unwrap_or(0);
                *next = (place + 1) * blocks;
                place * blocks
            }
            AddressLaw::Zipf { exponent, laws } => {
                let known = laws.iter().position(|law| law.count == places);
                let index = known.unwrap_or_else(|| {
                    laws.push(Zipf::new(places, *exponent));
                    laws.len() - 1
                });
                (laws[index].sample(rng) - 1) * blocks
            }
        }
    }
}

/// Zipf's law: rank k from 1 to `count` with probability in proportion to k^-exponent.
///
/// Rejection-inversion (Hörmann and Derflinger, "Rejection-inversion to generate variates from monotone discrete
/// distributions", 1996): exact for every exponent above 0, without a table, whatever the count.
#[derive(Clone, Debug)]
struct Zipf {
    count: u64,
    exponent: f64,
    /// H(3/2) - h(1): one end of the areas that are drawn from, that of rank 1.
    first: f64,
    /// H(count + 1/2): the other end.
    last: f64,
    /// Within so much below its rank, a point is accepted without further ado.
    squeeze: f64,
}

impl Zipf {
    fn new(count: u64, exponent: f64) -> Self {
        let mut law = Self { count, exponent, first: 0.0, last: 0.0, squeeze: 0.0 };
        law.first = law.area(1.5) - 1.0;
        law.last = law.area(count as f64 + 0.5);
        law.squeeze = 2.0 - law.inverse_area(law.area(2.5) - law.height(2.0));
        law
    }

    #[inline]
    fn sample(&self, rng: &mut ChaCha8Rng) -> u64 {
        loop {
            let area = self.last + unit_f64(rng) * (self.first - self.last);
            let x = self.inverse_area(area);
            // `as` saturates, so rounding errors at the ends stay within the ranks.
            let rank = ((x + 0.5) as u64).clamp(1, self.count);
            let k = rank as f64;
            if k - x <= self.squeeze || area >= self.area(k + 0.5) - self.height(k) {
                return rank;
            }
        }
    }

    /// h(x) = x^-s.
    fn height(&self, x: f64) -> f64 {
        libm::exp(-self.exponent * libm::log(x))
    }

    /// H(x), an integral of h: (x^(1-s) - 1) / (1 - s), which is ln x at s = 1. `expm1` keeps it exact near 1.
    fn area(&self, x: f64) -> f64 {
        let power = 1.0 - self.exponent;
        let log = libm::log(x);
        if power == 0.0 { log } else { libm::expm1(power * log) / power }
    }

    /// The x with H(x) = `area`.
    fn inverse_area(&self, area: f64) -> f64 {
        let power = 1.0 - self.exponent;
        let log = if power == 0.0 {
            area
        } else {
            // Rounding may carry the product just below -1, where the inverse has its pole.
            libm::log1p((area * power).max(-1.0)) / power
        };
        libm::exp(log)
    }
}

/// Draws the sizes of writes.
#[derive(Clone, Debug, PartialEq)]
pub struct SizeSampler {
    /// Each size and the share of draws up to and including it, rising to 1.
    steps: Vec<(u32, f64)>,
}

impl SizeSampler {
    /// Prepares to draw from `sizes`.
    pub fn new(sizes: &Sizes) -> Self {
        let weighted = match sizes {
            Sizes::Constant(size) => vec![(*size, 1.0)],
            Sizes::Mixed(sizes) => sizes.clone(),
        };
        let total: f64 = weighted.iter().map(|&(_, weight)| weight).sum();
        let mut sum = 0.0;
        let step = |(size, weight)| {
            sum += weight;
            (size, sum / total)
        };
        Self { steps: weighted.into_iter().map(step).collect() }
    }

    /// Draws a size in bytes; a constant size takes no draw.
    #[inline]
    pub fn sample(&self, rng: &mut ChaCha8Rng) -> u32 {
        match self.steps.as_slice() {
            [] => 0,
            [(size, _)] => *size,
            [others @ .., (last, _)] => {
                let u = unit_f64(rng);
                // The last takes what is left, so that rounding of its share to below 1 does no harm.
                others.iter().find(|&&(_, share)| u < share).map_or(*last, |&(size, _)| size)
            }
        }
    }
}

#[cfg(test)]
mod tests;
