//! Positions are aligned, inside the unit, and follow their law.

use proptest::prelude::*;

use super::*;
use crate::engine::random::Streams;

const MIB: u64 = 1 << 20;

fn drawn(addresses: Addresses, unit_bytes: u64, size: u32, seed: u64, count: usize) -> Vec<u64> {
    let mut sampler = AddressSampler::new(addresses, unit_bytes);
    let mut rng = Streams::new(seed).stream("addresses");
    (0..count).map(|_| sampler.sample(size, &mut rng)).collect()
}

/// Pearson's statistic of counts against probabilities.
fn chi_square(counts: &[u32], probabilities: &[f64]) -> f64 {
    let total: u32 = counts.iter().sum();
    let term = |(&count, &p): (&u32, &f64)| {
        let expected = p * f64::from(total);
        (f64::from(count) - expected) * (f64::from(count) - expected) / expected
    };
    counts.iter().zip(probabilities).map(term).sum()
}

/// The value that chi-square with `freedom` degrees exceeds with probability 1e-4 (Wilson and Hilferty 1931).
fn critical(freedom: usize) -> f64 {
    let (k, z) = (freedom as f64, 3.719);
    let root = 1.0 - 2.0 / (9.0 * k) + z * (2.0 / (9.0 * k)).sqrt();
    k * root * root * root
}

/// The first draws, for good.
#[test]
fn golden_positions() {
    let zipf = |exponent| Addresses::Zipf { exponent };
    assert_eq!(drawn(Addresses::Uniform, MIB, 4_096, 1, 6), [1496, 608, 1168, 1168, 96, 1336]);
    assert_eq!(drawn(zipf(0.99), MIB, 4_096, 1, 6), [16, 328, 56, 56, 1520, 32]);
    assert_eq!(
        drawn(zipf(1.0), 1 << 50, 512, 1, 6),
        [1_247, 359_244_250, 129_626, 137_682, 527_071_849_998, 11_967]
    );
    assert_eq!(drawn(zipf(2.5), MIB, 512, 1, 6), [0, 0, 0, 0, 4, 0]);
    let sizes = SizeSampler::new(&Sizes::Mixed(vec![(512, 1.0), (4_096, 6.0), (65_536, 3.0)]));
    let mut rng = Streams::new(1).stream("sizes");
    assert_eq!([(); 8].map(|()| sizes.sample(&mut rng)), [4096, 4096, 65536, 4096, 4096, 65536, 512, 512]);
}

/// 4 KiB in 64 KiB: sixteen places, each as likely; five seeds, each fails one right sampler in 10,000.
#[test]
fn uniform_places_are_equally_likely() {
    for seed in 1..=5 {
        let mut counts = [0; 16];
        for position in drawn(Addresses::Uniform, 65_536, 4_096, seed, 20_000) {
            assert_eq!(position % 8, 0);
            counts[(position / 8) as usize] += 1;
        }
        let statistic = chi_square(&counts, &[1.0 / 16.0; 16]);
        assert!(statistic < critical(15), "seed {seed}: {statistic}");
    }
}

/// Ranks against k^-s / sum: exponents below, at, next to and above 1.
#[test]
fn zipf_ranks_follow_zipfs_law() {
    let places = 50;
    for exponent in [0.01, 0.5, 0.99, 1.0, 1.0 + 1e-12, 1.2, 3.0] {
        let weights: Vec<f64> = (1..=places).map(|k| libm::pow(f64::from(k), -exponent)).collect();
        let total: f64 = weights.iter().sum();
        // Ranks that are hardly ever drawn are counted together, for the statistic is only asymptotically right.
        let single = weights.iter().filter(|&&weight| weight / total > 5e-4).count();
        let mut probabilities: Vec<f64> = weights[..single].iter().map(|weight| weight / total).collect();
        if single < weights.len() {
            probabilities.push(1.0 - probabilities.iter().sum::<f64>());
        }
        for seed in 1..=5 {
            let mut counts = vec![0; probabilities.len()];
            let unit_bytes = places as u64 * 4_096;
            for position in drawn(Addresses::Zipf { exponent }, unit_bytes, 4_096, seed, 40_000) {
                counts[((position / 8) as usize).min(probabilities.len() - 1)] += 1;
            }
            let statistic = chi_square(&counts, &probabilities);
            let critical = critical(probabilities.len() - 1);
            assert!(statistic < critical, "exponent {exponent}, seed {seed}: {statistic} over {critical}");
        }
    }
}

#[test]
fn sequential_goes_round() {
    let positions = drawn(Addresses::Sequential, 5 * 4_096 + 100, 4_096, 1, 7);
    assert_eq!(positions, [0, 8, 16, 24, 32, 0, 8]);
}

/// After a small write a large one is aligned up, and goes to the start when it does not fit any more.
#[test]
fn sequential_with_mixed_sizes() {
    let mut sampler = AddressSampler::new(Addresses::Sequential, 4 * 4_096);
    let mut rng = Streams::new(1).stream("addresses");
    let positions = [512, 4_096, 1_000, 4_096, 4_096, 512].map(|size| sampler.sample(size, &mut rng));
    assert_eq!(positions, [0, 8, 16, 24, 0, 8]);
    // Three blocks have five places in sixteen; after the last block of the unit comes the first.
    let mut sampler = AddressSampler::new(Addresses::Sequential, 16 * 512);
    let positions = [4_096, 4_096, 1_536, 1_536].map(|size| sampler.sample(size, &mut rng));
    assert_eq!(positions, [0, 8, 0, 3]);
}

/// Chi-square over three sizes, two degrees of freedom.
#[test]
fn sizes_come_by_weight() {
    let sizes = [512, 4_096, 65_536];
    let sampler = SizeSampler::new(&Sizes::Mixed(vec![(512, 1.0), (4_096, 6.0), (65_536, 3.0)]));
    for seed in 1..=5 {
        let mut rng = Streams::new(seed).stream("sizes");
        let mut counts = [0; 3];
        for _ in 0..10_000 {
            let size = sampler.sample(&mut rng);
            counts[sizes.iter().position(|&known| known == size).unwrap()] += 1;
        }
        let statistic = chi_square(&counts, &[0.1, 0.6, 0.3]);
        assert!(statistic < critical(2), "seed {seed}: {statistic}");
    }
}

#[test]
fn a_constant_size_takes_no_draw() {
    let mut rng = Streams::new(1).stream("sizes");
    assert_eq!(SizeSampler::new(&Sizes::Constant(4_096)).sample(&mut rng), 4_096);
    assert_eq!(rng, Streams::new(1).stream("sizes"));
}

proptest! {
    /// Every write lies in its unit and is aligned to its own size, for every law and every mix of sizes.
    #[test]
    fn writes_are_aligned_and_inside(
        addresses in prop_oneof![
            Just(Addresses::Uniform),
            Just(Addresses::Sequential),
            (0.001..20.0).prop_map(|exponent| Addresses::Zipf { exponent }),
        ],
        unit_blocks in 300_u64..(1 << 50),
        shift in 0_u32..42,
        sizes in prop::collection::vec(1_u32..150_000, 1..40),
        seed in 0_u64..100,
    ) {
        let unit_blocks = (unit_blocks >> shift).max(300);
        let mut sampler = AddressSampler::new(addresses, unit_blocks * BLOCK_BYTES);
        let mut rng = Streams::new(seed).stream("addresses");
        for size in sizes {
            let blocks = u64::from(size).div_ceil(BLOCK_BYTES);
            let position = sampler.sample(size, &mut rng);
            prop_assert_eq!(position % blocks, 0);
            prop_assert!(position + blocks <= unit_blocks);
        }
    }
}
