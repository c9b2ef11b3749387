//! Named random streams, and the few conversions from raw bits that the simulator uses.
//!
//! Every component draws from a stream of its own, named after the component and the purpose
//! (`host/H1/arrivals`, `wan/L1-R2/forward/write-data/loss`). A stream depends on the run's seed and its name
//! alone, so that two schemes see the same writes and the same network fate (common random numbers).
//!
//! There is no generator without a name here, none that is seeded per event, and no distribution but the
//! uniform: those stand with the hardware that has them.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Domain separation for BLAKE3's key derivation. A change changes every sample of every run.
const CONTEXT: &str = "rcsim named random stream, version 1";

/// The same for what is drawn anew in a copy of a run.
const CONTEXT_ANEW: &str = "rcsim random stream drawn anew, version 1";

/// The random streams of one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Streams {
    seed: u64,
}

impl Streams {
    /// The streams of the run with this seed.
    pub const fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// The stream of that name, from its beginning.
    pub fn stream(&self, name: &str) -> ChaCha8Rng {
        // The seed has a fixed length, so that no two (seed, name) give the same bytes.
        let mut hasher = blake3::Hasher::new_derive_key(CONTEXT);
        hasher.update(&self.seed.to_le_bytes());
        hasher.update(name.as_bytes());
        ChaCha8Rng::from_seed(*hasher.finalize().as_bytes())
    }
}

impl Streams {
    /// Other streams of the same names, one set for each `salt`: the same for the same.
    #[must_use]
    pub fn anew(self, salt: u64) -> Self {
        Self { seed: self.stream(&format!("anew/{salt}")).next_u64() }
    }
}

/// From now on `rng` draws otherwise, as `salt` says: what it draws depends on what it was and on the salt alone.
pub fn redraw(rng: &mut ChaCha8Rng, salt: u64) {
    let mut hasher = blake3::Hasher::new_derive_key(CONTEXT_ANEW);
    hasher.update(&salt.to_le_bytes());
    hasher.update(&rng.get_seed());
    *rng = ChaCha8Rng::from_seed(*hasher.finalize().as_bytes());
}

/// 2^-53: the distance between two neighbours of [`unit_f64`].
const STEP: f64 = 1.0 / (1_u64 << 53) as f64;

/// The top 53 bits of one draw: as many as an `f64` holds exactly.
fn top_53(rng: &mut ChaCha8Rng) -> u64 {
    rng.next_u64() >> 11
}

/// Passes over this many draws, as if they had been drawn.
pub fn pass_over(rng: &mut ChaCha8Rng, draws: u64) {
    // A draw takes two words.
    rng.set_word_pos(rng.get_word_pos() + 2 * u128::from(draws));
}

/// Uniform in [0, 1), a multiple of 2^-53, from one draw.
pub fn unit_f64(rng: &mut ChaCha8Rng) -> f64 {
    top_53(rng) as f64 * STEP
}

/// Uniform in (0, 1], a multiple of 2^-53, from one draw: its logarithm is finite.
pub fn unit_open(rng: &mut ChaCha8Rng) -> f64 {
    (top_53(rng) + 1) as f64 * STEP
}

/// Uniform in 0..n without bias (Lemire, "Fast random integer generation in an interval", 2019).
///
/// Takes one draw, and another with probability below n / 2^64.
///
/// # Panics
/// When `n` is 0: there is nothing to choose from.
#[inline]
pub fn below(rng: &mut ChaCha8Rng, n: u64) -> u64 {
    assert!(n > 0, "a choice from nothing");
    let mut product = u128::from(rng.next_u64()) * u128::from(n);
    if (product as u64) < n {
        // The 2^64 mod n lowest remainders would come up once too often.
        let surplus = n.wrapping_neg() % n;
        while (product as u64) < surplus {
            product = u128::from(rng.next_u64()) * u128::from(n);
        }
    }
    (product >> 64) as u64
}

/// A probability, ready to be compared with raw bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Probability {
    /// How many of the 2^53 equally likely draws are hits.
    hits: u64,
}

impl Probability {
    /// It never happens.
    pub const NEVER: Self = Self { hits: 0 };
    /// It always happens.
    pub const ALWAYS: Self = Self { hits: 1 << 53 };

    /// `p`, of which what lies outside [0, 1] is cut off; NaN is never.
    ///
    /// A draw hits exactly when [`unit_f64`] would be below `p`, so that what is possible stays possible.
    pub fn new(p: f64) -> Self {
        // Scaling by a power of two is exact; `as` saturates below and maps NaN to 0.
        let hits = (p / STEP).ceil() as u64;
        Self { hits: hits.min(Self::ALWAYS.hits) }
    }

    /// Can it not happen?
    pub const fn is_never(self) -> bool {
        self.hits == 0
    }
}

/// Does it happen? Takes one draw, whatever the probability.
pub fn chance(rng: &mut ChaCha8Rng, p: Probability) -> bool {
    top_53(rng) < p.hits
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first draws of a stream, for good: a change here changes every result ever published.
    #[test]
    fn golden_streams() {
        let draws = |seed, name| {
            let mut rng = Streams::new(seed).stream(name);
            [rng.next_u64(), rng.next_u64(), rng.next_u64()]
        };
        assert_eq!(
            draws(1, "host/H1/arrivals"),
            [0x794f_7b0c_4b40_a6f3, 0x7e74_e097_8012_6811, 0x54bd_aafb_001a_d5c4]
        );
        assert_eq!(
            draws(2, "host/H1/arrivals"),
            [0x6517_aa02_1399_c3e8, 0xf840_6084_0b7e_330f, 0xeaf0_4908_e4b4_b36a]
        );
        assert_eq!(
            draws(1, "wan/L1-R2/forward/write-data/loss"),
            [0xabcb_520d_68ab_ca7c, 0xa719_d295_320c_9c45, 0x306b_91ae_50b3_c867]
        );
        assert_eq!(
            draws(u64::MAX, ""),
            [0x7d45_2e44_1bad_abec, 0xa632_fb49_7294_ada3, 0x421c_85a5_4920_0055]
        );
    }

    #[test]
    fn golden_conversions() {
        let mut rng = Streams::new(1).stream("conversions");
        let bits = [(); 3].map(|()| unit_f64(&mut rng).to_bits());
        assert_eq!(bits, [0x3fcc_e195_1540_0fd0, 0x3fea_901b_b4ce_07a5, 0x3fed_afc5_a83f_86b7]);
        let bits = [(); 3].map(|()| unit_open(&mut rng).to_bits());
        assert_eq!(bits, [0x3fec_b30f_44e0_4251, 0x3fda_f8b1_7d61_264e, 0x3fe5_9a39_74bc_fe3a]);
        assert_eq!([(); 4].map(|()| below(&mut rng, 6)), [2, 5, 2, 3]);
        assert_eq!(
            [(); 3].map(|()| below(&mut rng, (1 << 63) + 1)),
            [0x07de_8053_9512_69d4, 0x7516_a9c4_5415_48c4, 0x5c15_fed7_cfe6_4b74]
        );
        let half = Probability::new(0.5);
        let coins: String = (0..16).map(|_| if chance(&mut rng, half) { '1' } else { '0' }).collect();
        assert_eq!(coins, "1111001011011011");
    }

    /// Streams differ by seed and by name, and where one ends and the other begins is not blurred.
    #[test]
    fn streams_are_distinct_and_repeat() {
        let first = |seed, name| Streams::new(seed).stream(name).next_u64();
        assert_eq!(first(1, "a"), first(1, "a"));
        assert_ne!(first(1, "a"), first(1, "b"));
        assert_ne!(first(1, "a"), first(2, "a"));
        assert_ne!(first(u64::from(b'a'), ""), first(0, "a"));
    }

    /// What is drawn anew differs from what it was, by stream and by salt, and is the same again for the same.
    #[test]
    fn what_is_drawn_anew_is_distinct_and_repeats() {
        let first = |name, salt| {
            let mut rng = Streams::new(1).stream(name);
            redraw(&mut rng, salt);
            rng.next_u64()
        };
        assert_eq!(first("a", 1), first("a", 1));
        assert_ne!(first("a", 1), first("a", 2));
        assert_ne!(first("a", 1), first("b", 1));
        assert_ne!(first("a", 1), Streams::new(1).stream("a").next_u64());
        assert_eq!(Streams::new(1).anew(7), Streams::new(1).anew(7));
        assert_ne!(Streams::new(1).anew(7), Streams::new(1).anew(8));
    }

    /// `chance` is `unit_f64 < p`, draw by draw, at the ends of the interval too.
    #[test]
    fn chance_is_the_comparison_of_the_unit_draw() {
        for p in [0.0, 1e-300, STEP, 0.1, 0.5, 0.9, 1.0 - STEP, 1.0] {
            let (mut a, mut b) = (Streams::new(3).stream("chance"), Streams::new(3).stream("chance"));
            for _ in 0..2_000 {
                assert_eq!(chance(&mut a, Probability::new(p)), unit_f64(&mut b) < p, "p = {p}");
            }
        }
    }

    /// A draw that is exactly at the probability is no hit: it is not below.
    #[test]
    fn chance_leaves_out_its_end() {
        for seed in 0..100 {
            let stream = || Streams::new(seed).stream("chance");
            let draw = unit_f64(&mut stream());
            assert!(!chance(&mut stream(), Probability::new(draw)));
            assert!(chance(&mut stream(), Probability::new(draw + STEP)));
        }
    }

    #[test]
    fn probabilities_are_cut_to_the_unit_interval() {
        assert!(Probability::NEVER.is_never() && !Probability::ALWAYS.is_never());
        assert_eq!(Probability::new(-0.5), Probability::NEVER);
        assert_eq!(Probability::new(f64::NAN), Probability::NEVER);
        assert_eq!(Probability::new(1.5), Probability::ALWAYS);
        assert_eq!(Probability::new(f64::INFINITY), Probability::ALWAYS);
        assert!(!Probability::new(1e-300).is_never(), "what is possible stays possible");
    }

    /// Chi-square over 10 classes, 9 degrees of freedom: 33.7 is exceeded once in 10,000 fair generators.
    #[test]
    fn below_is_uniform() {
        for seed in 0..5 {
            let mut rng = Streams::new(seed).stream("below");
            let mut counts = [0_u32; 10];
            for _ in 0..10_000 {
                counts[below(&mut rng, 10) as usize] += 1;
            }
            let chi_square: f64 =
                counts.iter().map(|&n| (f64::from(n) - 1e3) * (f64::from(n) - 1e3) / 1e3).sum();
            assert!(chi_square < 33.7, "seed {seed}: {chi_square}");
        }
    }

    /// For n just above 2^63 nearly half of all draws fall among the surplus; without rejection the lower half
    /// of the results would come up twice as often as the upper.
    #[test]
    fn below_rejects_the_surplus() {
        let n = (1_u64 << 63) / 2 * 3;
        let mut rng = Streams::new(1).stream("surplus");
        let draws = 30_000_u32;
        // A multiple of the count makes the bias visible: unrejected, results that are 0 mod 3 come twice.
        let hits = (0..draws).filter(|_| below(&mut rng, n).is_multiple_of(3)).count() as f64;
        let (mean, sd) = (f64::from(draws) / 3.0, (f64::from(draws) * 2.0 / 9.0).sqrt());
        assert!((hits - mean).abs() < 3.9 * sd, "{hits} of {draws}");
    }
}
