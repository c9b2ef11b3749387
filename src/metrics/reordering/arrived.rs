//! The numbers that have arrived, with their sizes: is one among them, and how many bytes have larger numbers.
//!
//! A sorted list cut into blocks with a sum each. To add, to look up and to sum costs little whether numbers are
//! dense or far apart (byte positions of a connection). Numbers below a mark are forgotten block by block. It
//! knows nothing of order or time.

/// A full block is cut into two halves.
const BLOCK: usize = 256;

/// A sorted list of numbers and sizes.
#[derive(Clone, Debug, Default)]
pub(super) struct Arrived {
    /// Each sorted and not empty; all numbers of one are below those of the next.
    blocks: Vec<Vec<(u64, u32)>>,
    /// Bytes of each block.
    sums: Vec<u64>,
}

impl Arrived {
    /// Adds `number`, which must not be there.
    pub(super) fn insert(&mut self, number: u64, bytes: u32) {
        if self.blocks.is_empty() {
            self.blocks.push(Vec::new());
            self.sums.push(0);
        }
        let index = self.block_of(number);
        let block = &mut self.blocks[index];
        let place = block.partition_point(|&(other, _)| other < number);
        block.insert(place, (number, bytes));
        self.sums[index] += u64::from(bytes);
        if block.len() > BLOCK {
            let upper = block.split_off(BLOCK / 2);
            let sum = upper.iter().map(|&(_, bytes)| u64::from(bytes)).sum();
            self.sums[index] -= sum;
            self.blocks.insert(index + 1, upper);
            self.sums.insert(index + 1, sum);
        }
    }

    /// Is `number` there?
    pub(super) fn contains(&self, number: u64) -> bool {
        self.blocks
            .get(self.block_of(number))
            .is_some_and(|block| block.binary_search_by_key(&number, |&(other, _)| other).is_ok())
    }

    /// Bytes of all numbers above `number`.
    pub(super) fn bytes_above(&self, number: u64) -> u64 {
        let index = self.block_of(number);
        let Some(block) = self.blocks.get(index) else { return 0 };
        let above = block.iter().rev().take_while(|&&(other, _)| other > number);
        above.map(|&(_, bytes)| u64::from(bytes)).sum::<u64>() + self.sums[index + 1..].iter().sum::<u64>()
    }

    /// Numbers below `mark` will not be asked for again: whole blocks of them are dropped.
    pub(super) fn forget_below(&mut self, mark: u64) {
        let stale = self
            .blocks
            .iter()
            .take_while(|block| block.last().is_none_or(|&(number, _)| number < mark))
            .count();
        if stale > 0 {
            self.blocks.drain(..stale);
            self.sums.drain(..stale);
        }
    }

    /// Entries held.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.blocks.iter().map(Vec::len).sum()
    }

    /// The block in which `number` stands or belongs: the last that begins at or below it, else the first.
    fn block_of(&self, number: u64) -> usize {
        let begins = |block: &Vec<(u64, u32)>| block.first().is_some_and(|&(first, _)| first <= number);
        self.blocks.partition_point(begins).saturating_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// It says what a plain map says, through cuts of blocks and after forgetting.
        #[test]
        fn it_agrees_with_a_map(numbers in prop::collection::vec((0_u64..3_000, 0_u32..9_000), 0..1_500), mark in 0_u64..3_000) {
            let mut arrived = Arrived::default();
            let mut map = BTreeMap::new();
            for (number, bytes) in numbers {
                prop_assert_eq!(arrived.contains(number), map.contains_key(&number));
                if map.insert(number, bytes).is_none() {
                    arrived.insert(number, bytes);
                } else {
                    // Only the first is kept.
                    map.insert(number, arrived_bytes(&arrived, number));
                }
            }
            prop_assert_eq!(arrived.len(), map.len());
            arrived.forget_below(mark);
            for number in (mark..3_000).step_by(7) {
                prop_assert_eq!(arrived.contains(number), map.contains_key(&number));
                let above: u64 = map.range(number + 1..).map(|(_, &bytes)| u64::from(bytes)).sum();
                prop_assert_eq!(arrived.bytes_above(number), above);
            }
        }
    }

    fn arrived_bytes(arrived: &Arrived, number: u64) -> u32 {
        let found = arrived.blocks.iter().flatten().find(|&&(other, _)| other == number);
        found.map_or(0, |&(_, bytes)| bytes)
    }

    #[test]
    fn what_is_forgotten_takes_no_memory() {
        let mut arrived = Arrived::default();
        for number in 0..100_000 {
            arrived.insert(number, 1);
            arrived.forget_below(number.saturating_sub(100));
            assert!(arrived.len() <= 100 + 2 * BLOCK);
        }
    }
}
