//! The weather of a line: what it does at an instant, whoever sends then.
//!
//! Good and bad times follow one another (`Bursts`), and a Gaussian process (`Scores`) moves the delays. Both are
//! functions of time alone, fixed by the seed: which packets look at them, and how often, changes nothing, so that
//! every scheme meets the same weather with write data, resends and markers alike.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use crate::engine::random::{Probability, Streams, chance, redraw, unit_open};
use crate::hardware::distribution::normal_quantile;
use crate::units::{SimDuration, SimTime};

/// Good and bad times by turns, each exponential (Gilbert-Elliott in continuous time).
#[derive(Clone, Debug)]
pub(super) struct Bursts {
    random: ChaCha8Rng,
    bad: bool,
    /// When the state changes next.
    until: SimTime,
    good: SimDuration,
    bad_time: SimDuration,
}

impl Bursts {
    /// Times of these means. It begins in its long-run law.
    pub(super) fn new(good: SimDuration, bad_time: SimDuration, streams: Streams, name: &str) -> Self {
        let mut random = streams.stream(&format!("{name}/bursts"));
        let (g, b) = (good.as_ns() as f64, bad_time.as_ns() as f64);
        let bad = chance(&mut random, Probability::new(b / (g + b)));
        let mut bursts = Self { random, bad, until: SimTime::ZERO, good, bad_time };
        // Exponential times have no memory: what is left of the first one is a whole one.
        bursts.until = SimTime::ZERO + bursts.spell();
        bursts
    }

    /// Is it bad at `at`? `at` never decreases from one call to the next.
    pub(super) fn is_bad(&mut self, at: SimTime) -> bool {
        while self.until <= at {
            self.bad = !self.bad;
            let spell = self.spell();
            self.until += spell;
            if self.until == SimTime::MAX {
                break;
            }
        }
        self.bad
    }

    /// Good and bad times to come are drawn anew; the one that it is in is as long as it was going to be.
    pub(super) fn redraw(&mut self, salt: u64) {
        redraw(&mut self.random, salt);
    }

    fn spell(&mut self) -> SimDuration {
        let mean = if self.bad { self.bad_time } else { self.good };
        let ns = -(mean.as_ns() as f64) * libm::log(unit_open(&mut self.random));
        SimDuration::from_ns((ns + 0.5) as u64)
    }
}

/// A stationary Gaussian process of mean 0, variance 1 and correlation exp(-dt / T): an Ornstein-Uhlenbeck process,
/// which is the only one that is Gaussian, stationary and Markov (Doob 1942).
///
/// Its value at any instant is found by halving: far apart its values are independent, and given the values at both
/// ends of a stretch the one in the middle is normal, with mean r (a + b) / (1 + r^2) and variance
/// (1 - r^2) / (1 + r^2), r = exp(-half / T). The normal deviate of each middle depends on its place
/// alone, so that the value is a function of the instant.
#[derive(Clone, Debug)]
pub(super) struct Scores {
    /// What makes the deviates of this process other than those of any other.
    keys: [u64; 2],
    /// Length of the coarsest stretch, as a power of two of nanoseconds: at its ends values are independent.
    coarsest_log2: u32,
    /// By level: the weight of (a + b), and of the deviate.
    weights: Vec<(f64, f64)>,
    /// The stretches that held the last instant, the coarsest first: number, value at either end.
    path: Vec<(u64, f64, f64)>,
}

impl Scores {
    /// e^-40 is less than the last bit of an `f64` next to 1.
    const INDEPENDENT: u64 = 40;
    /// Below T / 2^20 the process is taken to stand still: its deviation over that time is 0.0014.
    const FINEST_LOG2: u32 = 20;

    /// Of this correlation time T, above zero.
    pub(super) fn new(correlation_time: SimDuration, streams: Streams, name: &str) -> Self {
        let time = correlation_time.as_ns().clamp(1, u64::MAX / 128);
        let coarsest_log2 = (time * Self::INDEPENDENT).ilog2() + 1;
        let finest_log2 = time.ilog2().saturating_sub(Self::FINEST_LOG2);
        let weights = (finest_log2..coarsest_log2).rev().map(|half_log2| {
            let r = libm::exp(-((1_u64 << half_log2) as f64) / time as f64);
            let square = r * r;
            (r / (1.0 + square), ((1.0 - square) / (1.0 + square)).sqrt())
        });
        let mut random = streams.stream(name);
        let keys = [random.next_u64(), random.next_u64()];
        Self { keys, coarsest_log2, weights: weights.collect(), path: Vec::new() }
    }

    /// Its value at `at`.
    pub(super) fn at(&mut self, at: SimTime) -> f64 {
        let at = at.as_ns();
        // What still holds of the stretches of last time.
        let same = |(level, &(number, ..)): (usize, &(u64, f64, f64))| {
            at >> (self.coarsest_log2 - level as u32) == number
        };
        let kept = self.path.iter().enumerate().take_while(|&stretch| same(stretch)).count();
        self.path.truncate(kept);
        if self.path.is_empty() {
            let number = at >> self.coarsest_log2;
            let (left, right) = (self.deviate(0, number), self.deviate(0, number.wrapping_add(1)));
            self.path.push((number, left, right));
        }
        while self.path.len() <= self.weights.len()
            && let Some(&(number, left, right)) = self.path.last()
        {
            let level = self.path.len();
            let (ends, own) = self.weights[level - 1];
            let middle = ends * (left + right) + own * self.deviate(level, number);
            let half = at >> (self.coarsest_log2 - level as u32);
            self.path.push(if half & 1 == 0 { (half, left, middle) } else { (half, middle, right) });
        }
        self.path.last().map_or(0.0, |&(_, left, _)| left)
    }

    /// The deviate in the middle of a stretch or, at level 0, at its beginning: a hash of the place, since a random
    /// stream of its own for each would cost a thousand times as much.
    fn deviate(&self, level: usize, number: u64) -> f64 {
        // Levels are fewer than 64: no two places are one.
        let place = number << 6 | level as u64;
        let bits = mix(mix(place ^ self.keys[0]) ^ self.keys[1]);
        // In the middle of one of 2^53 equal steps: never 0 or 1.
        normal_quantile(((bits >> 11) as f64 + 0.5) / (1_u64 << 53) as f64)
    }
}

/// A bijection of 64 bits that leaves no order: the finaliser of `SplitMix64` (Steele, Lea and Flood 2014).
const fn mix(mut bits: u64) -> u64 {
    bits = bits.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hardware::statistics::{assert_distributed, assert_mean};

    fn ms(ms: u64) -> SimDuration {
        SimDuration::from_ms(ms)
    }

    /// Share b / (g + b) bad, and two instants dt apart are both bad with the law of a two-state Markov process.
    #[test]
    fn bursts_have_their_share_and_their_length() {
        let (good, bad) = (ms(90), ms(10));
        let states = |seed| -> Vec<bool> {
            let mut bursts = Bursts::new(good, bad, Streams::new(seed), "wan/x");
            (0..200_000_u64).map(|i| bursts.is_bad(SimTime::from_ns(i * 1_000_000))).collect()
        };
        assert_mean("share of bad time", 0.1, |seed| {
            states(seed).iter().filter(|&&bad| bad).count() as f64 / 200_000.0
        });
        // P(bad at t + dt | bad at t) = s + (1 - s) exp(-dt (1/g + 1/b)), here after 5 ms.
        let stays = 0.1 + 0.9 * libm::exp(-5.0 * (1.0 / 90.0 + 1.0 / 10.0));
        assert_mean("still bad after 5 ms", stays, |seed| {
            let states = states(seed);
            let pairs = states.windows(6).filter(|window| window[0]);
            let (all, both) =
                pairs.fold((0.0, 0.0), |(all, both), w| (all + 1.0, both + f64::from(u8::from(w[5]))));
            both / all
        });
    }

    /// However often it is looked at, it is the same at the same instant.
    #[test]
    fn weather_is_a_function_of_time() {
        let streams = Streams::new(7);
        let (mut often, mut seldom) =
            (Bursts::new(ms(5), ms(3), streams, "x"), Bursts::new(ms(5), ms(3), streams, "x"));
        let (mut all, mut one) = (Scores::new(ms(5), streams, "y"), Scores::new(ms(5), streams, "y"));
        for i in 0..20_000_u64 {
            let at = SimTime::from_ns(i * 77_777);
            let (bad, score) = (often.is_bad(at), all.at(at));
            if i % 17 == 0 {
                assert_eq!((bad, score.to_bits()), (seldom.is_bad(at), one.at(at).to_bits()));
            }
        }
        // Scores may even be asked for out of order.
        let (late, early) = (SimTime::from_ns(900_000_000), SimTime::from_ns(123));
        let value = one.at(early);
        one.at(late);
        assert_eq!(one.at(early).to_bits(), value.to_bits());
    }

    #[test]
    fn scores_are_standard_normal() {
        for seed in 1..=5 {
            let mut scores = Scores::new(ms(1), Streams::new(seed), "scores");
            let drawn = (0..4_000_u64).map(|i| scores.at(SimTime::from_ns(i * 50_000_007))).collect();
            assert_distributed("scores", drawn, |z| 0.5 * libm::erfc(-z / std::f64::consts::SQRT_2));
        }
    }

    /// E[z(t) z(t + dt)] = exp(-dt / T), within a stretch and across its ends.
    #[test]
    fn scores_are_correlated_as_asked() {
        let time_ns = 3_000_000_u64;
        for dt_ns in [30_000, 1_000_000, 3_000_000] {
            let expected = libm::exp(-(dt_ns as f64) / time_ns as f64);
            assert_mean(&format!("correlation over {dt_ns} ns"), expected, |seed| {
                let mut scores = Scores::new(SimDuration::from_ns(time_ns), Streams::new(seed), "scores");
                let products = (0..5_000_u64).map(|i| {
                    let at = i * 130_000_019;
                    scores.at(SimTime::from_ns(at)) * scores.at(SimTime::from_ns(at + dt_ns))
                });
                products.sum::<f64>() / 5_000.0
            });
        }
    }
}
