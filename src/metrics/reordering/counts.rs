//! How often each whole number was seen: exact, cheap for small ones.

use std::collections::BTreeMap;

use super::tally::{Spread, share};

/// Numbers below this have a counter of their own in a plain list.
const SMALL: usize = 1024;
/// The list is doubled when there are more numbers beyond it than one for so many of its counters.
const COUNTERS_TO_A_LARGE: usize = 4;

/// Counts of whole numbers. Memory is that of the numbers that were seen, not of the greatest.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    /// By number, for the numbers below its length.
    small: Vec<u64>,
    /// The others.
    large: BTreeMap<u64, u64>,
}

/// However they are kept.
impl PartialEq for Counts {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Counts {}

impl Counts {
    /// Counts `value` once more.
    #[inline]
    pub fn add(&mut self, value: u64) {
        self.add_many(value, 1);
    }

    /// Counts `value` this many times more.
    #[inline]
    pub fn add_many(&mut self, value: u64, times: u64) {
        match usize::try_from(value).ok().and_then(|index| self.small.get_mut(index)) {
            Some(count) => *count += times,
            None => self.add_beyond(value, times),
        }
    }

    /// The same where the list does not reach.
    fn add_beyond(&mut self, value: u64, times: u64) {
        if value < SMALL as u64 {
            self.small.resize(value as usize + 1, 0);
            self.small[value as usize] = times;
            return;
        }
        *self.large.entry(value).or_default() += times;
        if self.large.len() * COUNTERS_TO_A_LARGE > self.small.len().max(SMALL) {
            self.small.resize((2 * self.small.len()).max(SMALL), 0);
            let beyond = self.large.split_off(&(self.small.len() as u64));
            for (value, count) in std::mem::replace(&mut self.large, beyond) {
                self.small[value as usize] = count;
            }
        }
    }

    /// Counts all that `other` has counted.
    pub fn merge(&mut self, other: &Self) {
        for (value, count) in other.iter() {
            self.add_many(value, count);
        }
    }

    /// Each number that was seen, ascending, and how often.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (u64, u64)> + '_ {
        let small = self.small.iter().enumerate().map(|(value, &count)| (value as u64, count));
        let large = self.large.iter().map(|(&value, &count)| (value, count));
        small.chain(large).filter(|&(_, count)| count > 0)
    }

    /// Count, mean, quantiles and maximum, all exact.
    pub fn spread(&self) -> Spread {
        let count = self.total();
        let sum: u128 = self.iter().map(|(value, times)| u128::from(value) * u128::from(times)).sum();
        // The least value that at least the share `of_100` of all does not exceed.
        let quantile = |of_100: u128| {
            let mut left = (u128::from(count) * of_100).div_ceil(100);
            let mut values = self.iter();
            let found = values.find(|&(_, times)| {
                left = left.saturating_sub(u128::from(times));
                left == 0
            });
            found.map_or(0, |(value, _)| value)
        };
        Spread {
            count,
            mean: share(sum as f64, count),
            p50: quantile(50),
            p99: quantile(99),
            max: self.iter().next_back().map_or(0, |(value, _)| value),
        }
    }

    /// How many were counted.
    pub fn total(&self) -> u64 {
        self.iter().map(|(_, count)| count).sum()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn small_and_large_numbers_come_back_in_order() {
        let mut counts = Counts::default();
        for value in [1024, 3, 1 << 40, 3, 1023] {
            counts.add(value);
        }
        let mut twice = counts.clone();
        twice.merge(&counts);
        assert_eq!(counts.iter().collect::<Vec<_>>(), [(3, 2), (1023, 1), (1024, 1), (1 << 40, 1)]);
        assert_eq!(twice.iter().collect::<Vec<_>>(), [(3, 4), (1023, 2), (1024, 2), (1 << 40, 2)]);
        assert_eq!(twice.total(), 10);
        let spread = counts.spread();
        assert_eq!((spread.count, spread.p50, spread.p99, spread.max), (5, 1023, 1 << 40, 1 << 40));
        assert!((spread.mean - (3.0 + 3.0 + 1023.0 + 1024.0 + (1_u64 << 40) as f64) / 5.0).abs() < 1e-3);
        assert_eq!(Counts::default().spread(), Spread::default());
    }

    proptest! {
        /// In whichever order numbers come, few or many of them large: each is counted, and the list is no longer than the
        /// numbers that were seen ask for.
        #[test]
        fn counts_as_a_map(values in prop::collection::vec((0..4_u8, 0..70_000_u64), 0..3_000)) {
            let (mut counts, mut plain) = (Counts::default(), BTreeMap::new());
            for (what, value) in values {
                let value = match what {
                    0 => value % 300,
                    1 => value % 5_000,
                    2 => value,
                    _ => value << 40,
                };
                counts.add(value);
                *plain.entry(value).or_insert(0) += 1;
                let most = (2 * COUNTERS_TO_A_LARGE * plain.len()).max(SMALL);
                prop_assert!(counts.small.len() <= most, "{} for {}", counts.small.len(), plain.len());
            }
            prop_assert!(counts.iter().eq(plain.iter().map(|(&value, &count)| (value, count))));
            let mut downwards = Counts::default();
            plain.iter().rev().for_each(|(&value, &count)| downwards.add_many(value, count));
            prop_assert_eq!(downwards, counts);
        }
    }
}
