//! Choices from one named random stream, as tests and the hunt for random worlds make them.

use rand_chacha::ChaCha8Rng;

use super::random::{Streams, below};

/// Draws choices from one random stream.
#[derive(Clone, Debug)]
pub struct Dice(ChaCha8Rng);

impl Dice {
    /// The stream of this name and seed, from its beginning.
    pub fn new(name: &str, seed: u64) -> Self {
        Self(Streams::new(seed).stream(name))
    }

    /// Uniform in 0..n, with n at least 1.
    pub fn below(&mut self, n: u64) -> u64 {
        below(&mut self.0, n)
    }

    /// Uniform in 0..n, for an index.
    pub fn index(&mut self, n: usize) -> usize {
        self.below(n as u64) as usize
    }

    /// True this many times in a hundred.
    pub fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of these.
    pub fn one_of<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.index(choices.len())].clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many in a hundred: none of 0, all of 100, and about a quarter of 25.
    #[test]
    fn percent_is_of_a_hundred() {
        let mut dice = Dice::new("dice", 1);
        let mut count = |percent| (0..10_000).filter(|_| dice.percent(percent)).count();
        assert_eq!((count(0), count(100)), (0, 10_000));
        // Four standard deviations.
        assert!(count(25).abs_diff(2_500) < 4 * 43);
        assert!(count(1).abs_diff(100) < 4 * 10);
    }
}
